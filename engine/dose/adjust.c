#include "dose/adjust.h"

#include "input/limits.h"

#include <math.h>

#define SLACK 1e-9 /* of a unit of rounding, against rounding errors */

/* At steady state of linear kinetics the level is proportional to the dose. */
static double propose_proportional(const struct tacro_evidence *evidence)
{
    return evidence->dose * 0.5 * (evidence->low + evidence->high) / evidence->measured;
}

tacro_dose_rule *const tacro_dose_rules[] = {propose_proportional};

static double round_dose(const struct tacro_adjust *adjust, double dose)
{
    const double n = dose / adjust->round;
    switch (adjust->rounding) {
    case TACRO_ROUND_DOWN:
        return adjust->round * floor(n + SLACK);
    case TACRO_ROUND_UP:
        return adjust->round * ceil(n - SLACK);
    case TACRO_ROUND_NEAREST:
        break;
    }
    return adjust->round * floor(n + 0.5);
}

double tacro_adjust_cap(double dose, double over)
{
    return over > 0.0 ? fmin(dose, TACRO_LIMIT_RATE * over) : dose;
}

double tacro_adjust_dose(const struct tacro_adjust *adjust,
                         const struct tacro_evidence *evidence)
{
    const double least = evidence->dose * fmax(1.0 - adjust->max_change, 0.0);
    const double most = evidence->dose * (1.0 + adjust->max_change);
    double dose;
    if (evidence->measured >= evidence->low && evidence->measured <= evidence->high) {
        return evidence->dose;
    }
    dose = tacro_dose_rules[adjust->rule](evidence);
    dose = fmin(fmax(dose, least), most);
    dose = round_dose(adjust, dose);
    /* rounding must not take the dose past the largest change */
    if (dose > most + SLACK * adjust->round) {
        dose = adjust->round * floor(most / adjust->round + SLACK);
    }
    if (dose < least - SLACK * adjust->round) {
        dose = adjust->round * ceil(least / adjust->round - SLACK);
    }
    if (dose > most + SLACK * adjust->round) {
        dose = evidence->dose; /* no multiple within the largest change */
    }
    dose = fmin(fmax(dose, adjust->min_dose), adjust->max_dose);
    dose = tacro_adjust_cap(dose, evidence->over);
    /* nor the wrong way */
    if ((evidence->measured < evidence->low && dose < evidence->dose) ||
        (evidence->measured > evidence->high && dose > evidence->dose)) {
        return evidence->dose;
    }
    return dose;
}
