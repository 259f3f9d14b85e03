/** Level in lymphocytes: whole blood behind a first-order delay, and its ratio. */
#include "models/part.h"

#define STATES(X) X(CLY, "ng/mL", 1e-9, "whole blood as the lymphocytes follow it")
#define PARAMS(X)                                                                      \
    X(KLY, "1/h", "rate constant into and out of lymphocytes")                         \
    X(RLY, "1", "level in whole blood over that in lymphocytes")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

static void lymphocyte(const struct tacro_view *view, const double *restrict x,
                       double *restrict y,
                       double *restrict dy) /* NOLINT: the contract's type */
{
    (void)dy;
    TACRO_EACH_LANE(l) {
        y[l] = x[l] / view->coef[P_RLY][l];
    }
}

static const struct tacro_filter filters[] = {
    {.state = S_CLY, .rate = P_KLY, .source = TACRO_SIGNAL(TACRO_CONC)},
};

static const struct tacro_output outputs[] = {
    {.name = "lymphocyte",
     .unit = "ng/mL",
     .doc = "level in lymphocytes; ng/mL if RLY is a ratio of such levels",
     .source = TACRO_OWN(S_CLY),
     .f = lymphocyte},
};

TACRO_PART(exposure_lymphocyte) = {
    .name = "lymphocyte",
    .role = TACRO_EXPOSURE,
    .doc =
        "dCLY/dt = KLY*(CONC - CLY)\n"
        "LYMPHOCYTE = CLY/RLY, in the unit that RLY makes of ng/mL: the source's unit "
        "of the level in the cells could not be read",
    .source = "Franken et al. 2022, PMC9232416",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    TACRO_TABLE(filters, filters),
    TACRO_TABLE(outputs, outputs),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
