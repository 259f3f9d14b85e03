/**
 * Absorption behind N transit compartments: they are emptied at KTR, the absorption
 * compartment after them at KA.
 */
#include "models/absorption_chain.h"

#define DEPOT_STATE                                                                    \
    {                                                                                  \
        "DEPOT", "mg", 1e-9, "dose in the first transit compartment"                   \
    }
#define GUT_STATE                                                                      \
    {                                                                                  \
        "GUT", "mg", 1e-9, "amount in the absorption compartment"                      \
    }
#define PARAMS(X)                                                                      \
    X(KTR, "1/h", "rate constant out of each transit compartment")                     \
    X(KA, "1/h", "rate constant out of the absorption compartment")
TACRO_PARAM_TABLE(PARAMS)

#define TRANSIT(N)                                                                     \
    static const struct tacro_state_info states_##N[] = {                              \
        DEPOT_STATE, TACRO_CHAIN_##N(TACRO_CHAIN_STATE) GUT_STATE};                    \
    static const struct tacro_flow flows_##N[] = {                                     \
        TACRO_CHAIN_##N(TACRO_CHAIN_FLOW){                                             \
            .from = (N)-1, .to = TACRO_OWN(N), .rate = P_KTR},                         \
        {.from = (N), .to = TACRO_SIGNAL(TACRO_RATE_IN), .rate = P_KA}};               \
    TACRO_PART(absorption_transit_##N) = {                                             \
        .name = "transit_" #N,                                                         \
        .family = "transit_N",                                                         \
        .role = TACRO_ABSORPTION,                                                      \
        .doc = "dDEPOT/dt = -KTR*DEPOT\n" TACRO_CHAIN_##N(                             \
            TACRO_CHAIN_DOC) "dGUT/dt = KTR*" TACRO_CHAIN_LAST_##N " - KA*GUT\n"       \
                                                                   "RATE_IN = KA*GUT", \
        .source = "Savic et al. 2007, J Pharmacokinet Pharmacodyn 34:711, the chain "  \
                  "of compartments that its equation stands for",                      \
        TACRO_TABLE(states, states_##N),                                               \
        TACRO_TABLE(params, params),                                                   \
        TACRO_TABLE(flows, flows_##N),                                                 \
        .dose_state = 0,                                                               \
        .hazard_state = TACRO_NONE,                                                    \
    };

TRANSIT(1)
TRANSIT(2)
TRANSIT(3)
TRANSIT(4)
TRANSIT(5)
TRANSIT(6)
TRANSIT(7)
TRANSIT(8)
TRANSIT(9)
TRANSIT(10)
TRANSIT(11)
TRANSIT(12)
TRANSIT(13)
TRANSIT(14)
TRANSIT(15)
TRANSIT(16)
TRANSIT(17)
TRANSIT(18)
TRANSIT(19)
TRANSIT(20)
