/** Area under the whole-blood concentration. */
#include "models/part.h"

#define STATES(X) X(AUC, "ng*h/mL", 1e-7, "area under the concentration since start")
TACRO_STATE_TABLE(STATES)

static const struct tacro_integral integrals[] = {
    {.state = S_AUC, .source = TACRO_SIGNAL(TACRO_CONC)},
};

TACRO_PART(exposure_auc) = {
    .name = "auc",
    .role = TACRO_EXPOSURE,
    .doc = "dAUC/dt = CONC",
    .source = "definition",
    TACRO_TABLE(states, states),
    TACRO_TABLE(integrals, integrals),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
