/**
 * Transit absorption with a real number of transits, in closed form: the chain of
 * transit compartments is not integrated, its outflow is the input (F1 and the lag act
 * on the doses).
 */
#include "models/part.h"

#define STATES(X) X(DEPOT, "mg", 1e-9, "amount in the absorption compartment")
#define PARAMS(X)                                                                      \
    X(KA, "1/h", "first-order absorption rate constant")                               \
    X(MTT, "h", "mean transit time to the absorption compartment")                     \
    X(NTR, "1", "number of transit compartments, real")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

enum { R_KTR = NPARAMS, R_SCALE, R_END };

static void rates(double (*coef)[TACRO_LANES])
{
    double n1[TACRO_LANES];
    double gamma[TACRO_LANES];
    double log[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        n1[l] = coef[P_NTR][l] + 1.0;
        coef[R_KTR][l] = n1[l] / coef[P_MTT][l];
    }
    tacro_lanes_lgamma(n1, gamma);
    tacro_lanes_log(coef[R_KTR], log);
    TACRO_EACH_LANE(l) {
        coef[R_SCALE][l] = n1[l] * log[l] - gamma[l];
    }
}

static const struct tacro_flow flows[] = {
    {.from = S_DEPOT, .to = TACRO_SIGNAL(TACRO_RATE_IN), .rate = P_KA},
};

static const struct tacro_forcing forcings[] = {
    {.state = S_DEPOT, .rate = R_KTR, .order = P_NTR, .scale = R_SCALE},
};

TACRO_PART(absorption_savic) = {
    .name = "savic",
    .role = TACRO_ABSORPTION,
    .doc = "INPUT = sum over doses of "
           "F*AMT*KTR*(KTR*t)^NTR*exp(-KTR*t)/Gamma(NTR+1)\n"
           "KTR = (NTR+1)/MTT, t since the dose entered\n"
           "dDEPOT/dt = INPUT - KA*DEPOT\n"
           "RATE_IN = KA*DEPOT",
    .source = "Savic et al. 2007, J Pharmacokinet Pharmacodyn 34:711, over repeated "
              "doses and with Gamma in full",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    .nrates = R_END - NPARAMS,
    .rates = rates,
    TACRO_TABLE(flows, flows),
    TACRO_TABLE(forcings, forcings),
    .dose_state = S_DEPOT,
    .hazard_state = TACRO_NONE,
};
