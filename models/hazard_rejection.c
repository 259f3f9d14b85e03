/** First treated acute rejection, driven by slow immune exposure. */
#include "models/part.h"

#define STATES(X)                                                                      \
    X(CA, "ng/mL", 1e-9, "immune exposure")                                            \
    X(HR, "1", 1e-10, "cumulative rejection hazard")
#define PARAMS(X)                                                                      \
    X(KI, "1/h", "rate constant of the immune exposure")                               \
    X(PHI, "1", "trough over mean level, from the PK file")                            \
    X(IMAX, "1", "largest reduction of the hazard")                                    \
    X(IC50, "ng/mL", "trough with half of IMAX")                                       \
    X(GR, "1", "Hill exponent")                                                        \
    X(C0REF, "ng/mL", "trough at which the relative hazard is 1")                      \
    X(LAM, "1/h", "hazard scale at trough C0REF, reference covariates")                \
    X(TON, "h", "time of half onset")                                                  \
    X(TAUR, "h", "time constant of the early excess")                                  \
    X(WR, "1", "late share of the hazard")                                             \
    X(B, "1", "factor of the background immunosuppression")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

enum { R_IC50G = NPARAMS, R_RHOREF, R_END };

static void rates(double (*coef)[TACRO_LANES])
{
    double u[TACRO_LANES];
    tacro_lanes_power(coef[P_IC50], coef[P_GR], coef[R_IC50G]);
    tacro_lanes_power(coef[P_C0REF], coef[P_GR], u);
    TACRO_EACH_LANE(l) {
        coef[R_RHOREF][l] = 1.0 - coef[P_IMAX][l] * u[l] / (coef[R_IC50G][l] + u[l]);
    }
}

/*
 * LAM * B * r(t) / rho(C0REF), r(t) = (t/TON)^2/(1+(t/TON)^2) (WR + (1-WR)
 * exp(-t/TAUR))
 */
static void time_course(const struct tacro_view *view, double *restrict scale)
{
    TACRO_EACH_LANE(l) {
        scale[l] = -view->time[l] / view->coef[P_TAUR][l];
    }
    tacro_lanes_exp(scale, scale);
    TACRO_EACH_LANE(l) {
        const double v = view->time[l] / view->coef[P_TON][l];
        const double wr = view->coef[P_WR][l];
        scale[l] = view->coef[P_LAM][l] * view->coef[P_B][l] * (v * v / (1.0 + v * v)) *
                   (wr + (1.0 - wr) * scale[l]) / view->coef[R_RHOREF][l];
    }
}

/* h = time course * rho(PHI*CA), rho(c) = 1 - IMAX c^GR/(IC50^GR + c^GR) */
static void hazard(const struct tacro_view *view, const double *restrict x,
                   double *restrict y, double *restrict dy)
{
    const double *phi = view->coef[P_PHI];
    const double *imax = view->coef[P_IMAX];
    double scale[TACRO_LANES];
    double c[TACRO_LANES];
    time_course(view, scale);
    TACRO_EACH_LANE(l) {
        c[l] = phi[l] * x[l];
    }
    tacro_lanes_hill(c, view->coef[P_GR], view->coef[R_IC50G], y, dy);
    TACRO_EACH_LANE(l) {
        y[l] = scale[l] * (1.0 - imax[l] * y[l]);
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] *= -scale[l] * imax[l] * phi[l];
        }
    }
}

static const struct tacro_filter filters[] = {
    {.state = S_CA, .rate = P_KI, .source = TACRO_SIGNAL(TACRO_CONC)},
};

static const struct tacro_integral integrals[] = {
    {.state = S_HR, .source = TACRO_OWN(S_CA), .f = hazard},
};

TACRO_PART(hazard_rejection) = {
    .name = "rejection",
    .role = TACRO_HAZARD,
    .doc = "dCA/dt = KI*(CONC - CA)\n"
           "dHR/dt = LAM*B*r(t)*rho(PHI*CA)/rho(C0REF)\n"
           "rho(c) = 1 - IMAX*c^GR/(IC50^GR + c^GR)\n"
           "r(t) = (t/TON)^2/(1 + (t/TON)^2)*(WR + (1 - WR)*exp(-t/TAUR)), t since "
           "transplantation",
    .source = "structure chosen for this engine; evidence in params/risk",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    .nrates = R_END - NPARAMS,
    .rates = rates,
    TACRO_TABLE(filters, filters),
    TACRO_TABLE(integrals, integrals),
    .dose_state = TACRO_NONE,
    .hazard_state = S_HR,
};
