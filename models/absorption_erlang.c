/**
 * Absorption through a chain of N compartments, all emptied at KTR: the dose is delayed
 * by a gamma distribution of shape N (Erlang).
 */
#include "models/absorption_chain.h"

#define DEPOT_STATE                                                                    \
    {                                                                                  \
        "DEPOT", "mg", 1e-9, "drug left at the absorption site"                        \
    }
#define PARAMS(X) X(KTR, "1/h", "rate constant out of each compartment of the chain")
TACRO_PARAM_TABLE(PARAMS)

/* The first N are those of erlang_N. */
static const struct tacro_state_info states[] = {DEPOT_STATE,
                                                 TACRO_CHAIN_24(TACRO_CHAIN_STATE)};

#define ERLANG(N)                                                                      \
    static const struct tacro_flow flows_##N[] = {TACRO_CHAIN_##N(TACRO_CHAIN_FLOW){   \
        .from = (N)-1, .to = TACRO_SIGNAL(TACRO_RATE_IN), .rate = P_KTR}};             \
    TACRO_PART(absorption_erlang_##N) = {                                              \
        .name = "erlang_" #N,                                                          \
        .family = "erlang_N",                                                          \
        .role = TACRO_ABSORPTION,                                                      \
        .doc = "dDEPOT/dt = -KTR*DEPOT\n" TACRO_CHAIN_##N(                             \
            TACRO_CHAIN_DOC) "RATE_IN = KTR*" TACRO_CHAIN_LAST_##N,                    \
        .source = "Savic et al. 2007, J Pharmacokinet Pharmacodyn 34:711, with "       \
                  "KA = KTR: an Erlang delay",                                         \
        .states = states,                                                              \
        .nstates = (N),                                                                \
        TACRO_TABLE(params, params),                                                   \
        .flows = flows_##N,                                                            \
        .nflows = (N),                                                                 \
        .dose_state = 0,                                                               \
        .hazard_state = TACRO_NONE,                                                    \
    };

ERLANG(1)
ERLANG(2)
ERLANG(3)
ERLANG(4)
ERLANG(5)
ERLANG(6)
ERLANG(7)
ERLANG(8)
ERLANG(9)
ERLANG(10)
ERLANG(11)
ERLANG(12)
ERLANG(13)
ERLANG(14)
ERLANG(15)
ERLANG(16)
ERLANG(17)
ERLANG(18)
ERLANG(19)
ERLANG(20)
ERLANG(21)
ERLANG(22)
ERLANG(23)
ERLANG(24)
