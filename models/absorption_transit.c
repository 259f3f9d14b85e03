/** Absorption through a depot and three transit compartments (Erlang delay). */
#include "models/part.h"

#define STATES(X)                                                                      \
    X(DEPOT, "mg", 1e-9, "drug left at the absorption site")                           \
    X(TRANSIT1, "mg", 1e-9, "amount in the first transit compartment")                 \
    X(TRANSIT2, "mg", 1e-9, "amount in the second transit compartment")                \
    X(TRANSIT3, "mg", 1e-9, "amount in the third transit compartment")
#define PARAMS(X) X(KTR, "1/h", "rate constant out of the depot and each transit")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

static const struct tacro_flow flows[] = {
    {.from = S_DEPOT, .to = TACRO_OWN(S_TRANSIT1), .rate = P_KTR},
    {.from = S_TRANSIT1, .to = TACRO_OWN(S_TRANSIT2), .rate = P_KTR},
    {.from = S_TRANSIT2, .to = TACRO_OWN(S_TRANSIT3), .rate = P_KTR},
    {.from = S_TRANSIT3, .to = TACRO_SIGNAL(TACRO_RATE_IN), .rate = P_KTR},
};

TACRO_PART(absorption_transit) = {
    .name = "transit_3",
    .role = TACRO_ABSORPTION,
    .doc = "dDEPOT/dt = -KTR*DEPOT\n"
           "dTRANSIT1/dt = KTR*(DEPOT - TRANSIT1)\n"
           "dTRANSIT2/dt = KTR*(TRANSIT1 - TRANSIT2)\n"
           "dTRANSIT3/dt = KTR*(TRANSIT2 - TRANSIT3)\n"
           "RATE_IN = KTR*TRANSIT3",
    .source = "Savic et al. 2007, J Pharmacokinet Pharmacodyn 34:711, with KA = KTR "
              "and three compartments: an Erlang delay",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    TACRO_TABLE(flows, flows),
    .dose_state = S_DEPOT,
    .hazard_state = TACRO_NONE,
};
