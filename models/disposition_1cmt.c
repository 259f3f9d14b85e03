/**
 * One-compartment disposition with linear elimination.
 *
 * The level is that of the fluid the volumes refer to: apparent whole blood, or plasma
 * where a binding part makes whole blood of it.
 */
#include "models/part.h"

#define STATES(X) X(CENTRAL, "mg", 1e-9, "amount in the compartment")
#define PARAMS(X)                                                                      \
    X(CL, "L/h", "clearance")                                                          \
    X(V1, "L", "volume")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

enum { R_K10 = NPARAMS, R_GAIN, R_END };

static void rates(double (*coef)[TACRO_LANES])
{
    TACRO_EACH_LANE(l) {
        coef[R_K10][l] = coef[P_CL][l] / coef[P_V1][l];
        coef[R_GAIN][l] = 1000.0 / coef[P_V1][l]; /* mg/L to ng/mL */
    }
}

static const struct tacro_flow flows[] = {
    {.from = S_CENTRAL, .to = TACRO_OUT, .rate = R_K10},
};

static const struct tacro_inlet inlets[] = {
    {.signal = TACRO_RATE_IN, .state = S_CENTRAL},
};

static const struct tacro_emission emissions[] = {
    {.signal = TACRO_CENTRAL, .state = S_CENTRAL, .gain = R_GAIN},
};

TACRO_PART(disposition_1cmt) = {
    .name = "1cmt",
    .role = TACRO_DISPOSITION,
    .doc = "dCENTRAL/dt = RATE_IN - CL/V1*CENTRAL\n"
           "CONC = 1000*CENTRAL/V1",
    .source = "NONMEM ADVAN2, TRANS2",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    .nrates = R_END - NPARAMS,
    .rates = rates,
    TACRO_TABLE(flows, flows),
    TACRO_TABLE(inlets, inlets),
    TACRO_TABLE(emissions, emissions),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
