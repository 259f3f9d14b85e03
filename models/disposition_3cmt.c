/**
 * Three-compartment disposition with linear elimination.
 *
 * The level is that of the fluid the volumes refer to: apparent whole blood, or plasma
 * where a binding part makes whole blood of it.
 */
#include "models/part.h"

#define STATES(X)                                                                      \
    X(CENTRAL, "mg", 1e-9, "amount in the central compartment")                        \
    X(PERIPHERAL, "mg", 1e-9, "amount in the peripheral compartment")                  \
    X(PERIPHERAL2, "mg", 1e-9, "amount in the second peripheral compartment")
#define PARAMS(X)                                                                      \
    X(CL, "L/h", "clearance")                                                          \
    X(V1, "L", "central volume")                                                       \
    X(Q, "L/h", "intercompartmental clearance")                                        \
    X(V2, "L", "peripheral volume")                                                    \
    X(Q3, "L/h", "intercompartmental clearance of the second peripheral one")          \
    X(V3, "L", "second peripheral volume")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

enum { R_K10 = NPARAMS, R_K12, R_K21, R_K13, R_K31, R_GAIN, R_END };

static void rates(double (*coef)[TACRO_LANES])
{
    TACRO_EACH_LANE(l) {
        coef[R_K10][l] = coef[P_CL][l] / coef[P_V1][l];
        coef[R_K12][l] = coef[P_Q][l] / coef[P_V1][l];
        coef[R_K21][l] = coef[P_Q][l] / coef[P_V2][l];
        coef[R_K13][l] = coef[P_Q3][l] / coef[P_V1][l];
        coef[R_K31][l] = coef[P_Q3][l] / coef[P_V3][l];
        coef[R_GAIN][l] = 1000.0 / coef[P_V1][l]; /* mg/L to ng/mL */
    }
}

static const struct tacro_flow flows[] = {
    {.from = S_CENTRAL, .to = TACRO_OUT, .rate = R_K10},
    {.from = S_CENTRAL, .to = TACRO_OWN(S_PERIPHERAL), .rate = R_K12},
    {.from = S_PERIPHERAL, .to = TACRO_OWN(S_CENTRAL), .rate = R_K21},
    {.from = S_CENTRAL, .to = TACRO_OWN(S_PERIPHERAL2), .rate = R_K13},
    {.from = S_PERIPHERAL2, .to = TACRO_OWN(S_CENTRAL), .rate = R_K31},
};

static const struct tacro_inlet inlets[] = {
    {.signal = TACRO_RATE_IN, .state = S_CENTRAL},
};

static const struct tacro_emission emissions[] = {
    {.signal = TACRO_CENTRAL, .state = S_CENTRAL, .gain = R_GAIN},
};

TACRO_PART(disposition_3cmt) = {
    .name = "3cmt",
    .role = TACRO_DISPOSITION,
    .doc = "dCENTRAL/dt = RATE_IN - (CL + Q + Q3)/V1*CENTRAL + Q/V2*PERIPHERAL + "
           "Q3/V3*PERIPHERAL2\n"
           "dPERIPHERAL/dt = Q/V1*CENTRAL - Q/V2*PERIPHERAL\n"
           "dPERIPHERAL2/dt = Q3/V1*CENTRAL - Q3/V3*PERIPHERAL2\n"
           "CONC = 1000*CENTRAL/V1",
    .source = "NONMEM ADVAN12, TRANS4, with V1 central, V2 and V3 peripheral",
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
