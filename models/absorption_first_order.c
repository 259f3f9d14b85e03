/** First-order absorption: one depot emptied at rate KA (F1 acts on its doses). */
#include "models/part.h"

#define STATES(X) X(DEPOT, "mg", 1e-9, "drug left at the absorption site")
#define PARAMS(X) X(KA, "1/h", "first-order absorption rate constant")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

static const struct tacro_flow flows[] = {
    {.from = S_DEPOT, .to = TACRO_SIGNAL(TACRO_RATE_IN), .rate = P_KA},
};

TACRO_PART(absorption_first_order) = {
    .name = "first_order",
    .role = TACRO_ABSORPTION,
    .doc = "dDEPOT/dt = -KA*DEPOT\n"
           "RATE_IN = KA*DEPOT",
    .source = "NONMEM ADVAN4, depot equation",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    TACRO_TABLE(flows, flows),
    .dose_state = S_DEPOT,
    .hazard_state = TACRO_NONE,
};
