/** PRES: brain exposure, endothelial stress and the hazard it drives. */
#include "models/part.h"

#define STATES(X)                                                                      \
    X(CE, "ng/mL", 1e-9, "brain and endothelium exposure")                             \
    X(STRESS, "1", 1e-9, "endothelial stress; 1 at CE = CREF held")                    \
    X(HP, "1", 1e-10, "cumulative PRES hazard")
#define PARAMS(X)                                                                      \
    X(KE0, "1/h", "rate constant into the effect site")                                \
    X(KE, "1/h", "rate constant of the stress")                                        \
    X(G, "1", "Hill exponent of the stress")                                           \
    X(EC50, "ng/mL", "half-maximal exposure")                                          \
    X(CREF, "ng/mL", "exposure at which the stress is 1")                              \
    X(H0, "1/h", "hazard at stress 1 on day 0, reference covariates")                  \
    X(M_ORG, "1", "factor of the transplanted organ")                                  \
    X(TAUP, "h", "time constant of the early excess")                                  \
    X(WP, "1", "late share of the hazard")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

enum { R_EC50G = NPARAMS, R_SCALE, R_END };

/* S(x) = SCALE * x^G / (EC50^G + x^G), SCALE such that S(CREF) = 1 */
static void rates(double (*coef)[TACRO_LANES])
{
    double crefg[TACRO_LANES];
    tacro_lanes_power(coef[P_EC50], coef[P_G], coef[R_EC50G]);
    tacro_lanes_power(coef[P_CREF], coef[P_G], crefg);
    TACRO_EACH_LANE(l) {
        coef[R_SCALE][l] = (coef[R_EC50G][l] + crefg[l]) / crefg[l];
    }
}

static void stress(const struct tacro_view *view, const double *restrict x,
                   double *restrict y, double *restrict dy)
{
    const double *scale = view->coef[R_SCALE];
    tacro_lanes_hill(x, view->coef[P_G], view->coef[R_EC50G], y, dy);
    TACRO_EACH_LANE(l) {
        y[l] *= scale[l];
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] *= scale[l];
        }
    }
}

/* h = H0 * M_ORG * (WP + (1 - WP) exp(-t/TAUP)) * STRESS */
static void hazard(const struct tacro_view *view, const double *restrict x,
                   double *restrict y, double *restrict dy)
{
    double b[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        b[l] = -view->time[l] / view->coef[P_TAUP][l];
    }
    tacro_lanes_exp(b, b);
    TACRO_EACH_LANE(l) {
        const double wp = view->coef[P_WP][l];
        b[l] = view->coef[P_H0][l] * view->coef[P_M_ORG][l] * (wp + (1.0 - wp) * b[l]);
        y[l] = b[l] * x[l];
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] = b[l];
        }
    }
}

static const struct tacro_filter filters[] = {
    {.state = S_CE, .rate = P_KE0, .source = TACRO_SIGNAL(TACRO_CONC)},
    {.state = S_STRESS, .rate = P_KE, .source = TACRO_OWN(S_CE), .f = stress},
};

static const struct tacro_integral integrals[] = {
    {.state = S_HP, .source = TACRO_OWN(S_STRESS), .f = hazard},
};

TACRO_PART(hazard_pres) = {
    .name = "pres",
    .role = TACRO_HAZARD,
    .doc = "dCE/dt = KE0*(CONC - CE)\n"
           "dSTRESS/dt = KE*(S(CE) - STRESS), S(x) = [x^G/(EC50^G + x^G)] / "
           "[CREF^G/(EC50^G + CREF^G)]\n"
           "dHP/dt = H0*M_ORG*(WP + (1 - WP)*exp(-t/TAUP))*STRESS, t since "
           "transplantation",
    .source = "structure chosen for this engine; evidence in params/risk",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    .nrates = R_END - NPARAMS,
    .rates = rates,
    TACRO_TABLE(filters, filters),
    TACRO_TABLE(integrals, integrals),
    .dose_state = TACRO_NONE,
    .hazard_state = S_HP,
};
