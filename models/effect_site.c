/** Effect site: the concentration behind a first-order delay, for hazards to read. */
#include "models/part.h"

#define STATES(X) X(CE, "ng/mL", 1e-9, "concentration at the effect site")
#define PARAMS(X) X(KE0, "1/h", "rate constant into and out of the effect site")
TACRO_STATE_TABLE(STATES)
TACRO_PARAM_TABLE(PARAMS)

static const struct tacro_filter filters[] = {
    {.state = S_CE, .rate = P_KE0, .source = TACRO_SIGNAL(TACRO_CONC)},
};

static const struct tacro_emission emissions[] = {
    {.signal = TACRO_EFFECT, .state = S_CE, .gain = TACRO_NONE},
};

TACRO_PART(effect_site) = {
    .name = "effect_site",
    .role = TACRO_EFFECT_SITE,
    .doc = "dCE/dt = KE0*(CONC - CE)\n"
           "EFFECT = CE",
    .source = "Sheiner et al. 1979, Clin Pharmacol Ther 25:358",
    TACRO_TABLE(states, states),
    TACRO_TABLE(params, params),
    TACRO_TABLE(filters, filters),
    TACRO_TABLE(emissions, emissions),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
