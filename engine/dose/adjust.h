/** Rules by which a dose follows measured levels; one interface for all of them. */
#ifndef TACRO_DOSE_ADJUST_H
#define TACRO_DOSE_ADJUST_H

#include "dose/ledger.h"
#include "input/protocol.h"

/** All that a rule may know: what was given and measured until now. */
struct tacro_evidence {
    double now;      /**< h from start */
    double drawn;    /**< h from start: when the blood was drawn */
    double measured; /**< ng/mL, with its error; never below LLOQ */
    double low;      /**< ng/mL, target at `drawn` */
    double high;
    double dose;                       /**< mg, the dose in use */
    double over;                       /**< h that it runs in; 0: at once */
    const struct tacro_ledger *ledger; /**< doses given and results until `now` */
};

/** A dose that the rule would like, mg, before limits and rounding. */
typedef double tacro_dose_rule(const struct tacro_evidence *evidence);

/** In the order of tacro_dose_rule_names. */
extern tacro_dose_rule *const tacro_dose_rules[];

/**
 * The dose after a result: the rule's, within the largest change, rounded, capped.
 *
 * A multiple of the unit outside the largest change gives way to the next one within
 * it; where there is none, nothing changes. The caps are `min`, `max` and, of a dose
 * that runs in, TACRO_LIMIT_RATE; they never move the dose away from the target. A
 * level in the target range changes nothing.
 */
double tacro_adjust_dose(const struct tacro_adjust *adjust,
                         const struct tacro_evidence *evidence);

/** At most what an infusion over so many hours may bring in, mg; 0 h: any dose. */
double tacro_adjust_cap(double dose, double over);

#endif
