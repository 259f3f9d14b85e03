/** A hazard whose logarithm is linear in the exposure at the effect site. */
#include "models/part.h"

#define STATES(X) X(HEXP, "1", 1e-10, "cumulative hazard")
#define PARAMS(X)                                                                      \
    X(H0, "1/h", "hazard without exposure")                                            \
    X(BETA, "mL/ng", "log hazard ratio per ng/mL")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

static void hazard(const struct tacro_view *view, const double *restrict x,
                   double *restrict y, double *restrict dy)
{
    const double *restrict h0 = view->coef[P_H0];
    const double *restrict beta = view->coef[P_BETA];
    TACRO_EACH_LANE(l) {
        y[l] = beta[l] * x[l];
    }
    tacro_lanes_exp(y, y);
    TACRO_EACH_LANE(l) {
        y[l] *= h0[l];
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] = beta[l] * y[l];
        }
    }
}

static const struct tacro_integral integrals[] = {
    {.state = S_HEXP, .source = TACRO_SIGNAL(TACRO_EFFECT), .f = hazard},
};

TACRO_PART(hazard_exponential) = {
    .name = "exponential",
    .role = TACRO_HAZARD,
    .doc = "dHEXP/dt = H0*exp(BETA*EFFECT)",
    .source = "proportional hazards, Cox 1972, J R Stat Soc B 34:187, with constant "
              "baseline",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    TACRO_TABLE(integrals, integrals),
    .dose_state = TACRO_NONE,
    .hazard_state = S_HEXP,
};
