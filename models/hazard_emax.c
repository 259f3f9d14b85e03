/** A hazard that exposure at the effect site takes away, down to none. */
#include "models/part.h"

#define STATES(X) X(HEMAX, "1", 1e-10, "cumulative hazard")
#define PARAMS(X)                                                                      \
    X(R0, "1/h", "hazard without exposure")                                            \
    X(EC50, "ng/mL", "exposure that halves the hazard")                                \
    X(G, "1", "Hill exponent")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

enum { R_EC50G = NPARAMS, R_END };

static void rates(double (*coef)[TACRO_LANES])
{
    tacro_lanes_power(coef[P_EC50], coef[P_G], coef[R_EC50G]);
}

/* R0 / (1 + (x/EC50)^G) = R0 (1 - x^G / (EC50^G + x^G)) */
static void hazard(const struct tacro_view *view, const double *restrict x,
                   double *restrict y, double *restrict dy)
{
    const double *restrict r0 = view->coef[P_R0];
    tacro_lanes_hill(x, view->coef[P_G], view->coef[R_EC50G], y, dy);
    TACRO_EACH_LANE(l) {
        y[l] = r0[l] * (1.0 - y[l]);
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] *= -r0[l];
        }
    }
}

static const struct tacro_integral integrals[] = {
    {.state = S_HEMAX, .source = TACRO_SIGNAL(TACRO_EFFECT), .f = hazard},
};

TACRO_PART(hazard_emax) = {
    .name = "emax",
    .role = TACRO_HAZARD,
    .doc = "dHEMAX/dt = R0/(1 + (EFFECT/EC50)^G)",
    .source = "inhibitory sigmoid Emax model, Holford and Sheiner 1981, Clin "
              "Pharmacokinet 6:429",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    .nrates = R_END - NPARAMS,
    .rates = rates,
    TACRO_TABLE(integrals, integrals),
    .dose_state = TACRO_NONE,
    .hazard_state = S_HEMAX,
};
