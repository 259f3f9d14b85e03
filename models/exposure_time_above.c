/**
 * Time above a limit, with a smooth step so that both solvers integrate it.
 *
 * The step goes from 5 % to 95 % over 6 WIDTH. A straight crossing costs nothing, the
 * step being symmetric; a bent one adds (pi^2/6) WIDTH^2 c''/|c'|^3, for a decay at
 * rate k 1.64/k (WIDTH/LIMIT)^2: 0.6 s at WIDTH of 0.1 % of LIMIT and k = 0.01 1/h.
 * A level that stays near the limit, within 5 WIDTH, is counted in part. Narrow steps
 * cost steps of the solver.
 */
#include "models/part.h"

#define STATES(X) X(TABOVE, "h", 1e-7, "time above the limit since start")
#define PARAMS(X)                                                                      \
    X(LIMIT, "ng/mL", "level above which the time counts")                             \
    X(WIDTH, "ng/mL", "distance from the limit at which an hour counts 0.73 or 0.27 h")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

static void above(const struct tacro_view *view, const double *restrict x,
                  double *restrict y, double *restrict dy)
{
    const double *limit = view->coef[P_LIMIT];
    const double *width = view->coef[P_WIDTH];
    double u[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        u[l] = (limit[l] - x[l]) / width[l];
    }
    tacro_lanes_exp(u, u);
    TACRO_EACH_LANE(l) {
        y[l] = 1.0 / (1.0 + u[l]);
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] = y[l] * (1.0 - y[l]) / width[l];
        }
    }
}

static void hours(const struct tacro_view *view, const double *restrict x,
                  double *restrict y,
                  double *restrict dy) /* NOLINT: the contract's type */
{
    (void)view;
    (void)dy;
    TACRO_EACH_LANE(l) {
        y[l] = x[l];
    }
}

static const struct tacro_threshold threshold = {.limit = P_LIMIT, .width = P_WIDTH};

static const struct tacro_integral integrals[] = {
    {.state = S_TABOVE,
     .source = TACRO_SIGNAL(TACRO_CONC),
     .f = above,
     .threshold = &threshold},
};

static const struct tacro_output outputs[] = {
    {.name = "time_above",
     .unit = "h",
     .doc = "time above the limit since the start",
     .source = TACRO_OWN(S_TABOVE),
     .f = hours},
};

TACRO_PART(exposure_time_above) = {
    .name = "time_above",
    .role = TACRO_EXPOSURE,
    .doc = "dTABOVE/dt = 1/(1 + exp(-(CONC - LIMIT)/WIDTH))\n"
           "error of a crossing [h] = (pi^2/6)*WIDTH^2*c''/|c'|^3, c the level; for a "
           "decay at rate k 1.64/k*(WIDTH/LIMIT)^2",
    .source = "definition, with a logistic step",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    TACRO_TABLE(integrals, integrals),
    TACRO_TABLE(outputs, outputs),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
