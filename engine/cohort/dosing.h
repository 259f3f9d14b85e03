/** What a patient makes of a dose: bioavailability, lag, modelled rate and duration. */
#ifndef TACRO_COHORT_DOSING_H
#define TACRO_COHORT_DOSING_H

#include "cohort/subject.h"

struct tacro_dose_values {
    double f;   /**< amount that enters over the amount given */
    double lag; /**< h */
    double d1;  /**< h; NaN: the model has none for this port */
    double r1;  /**< mg/h; NaN: none */
};

/**
 * Parameters of a dose through a port at t [h from start] in an occasion slot.
 *
 * f is F1 by mouth, F1 FREL of a formulation, 1/FABS into a vein.
 * port     of a dose or of an entry: the zero-order share has the values of its dose
 * subject  NULL: typical values, and f = 1
 * amount   mg of the dose as given, on which its bioavailability may depend
 */
void tacro_subject_dose(const struct tacro_rules *rules,
                        const struct tacro_subject *subject, size_t port, double amount,
                        double t, int32_t slot, struct tacro_dose_values *out);

/** How much of a dose enters by zero order, and how long it takes. */
struct tacro_dose_mix {
    double share;    /**< of the dose, 0 to 1 */
    double duration; /**< h */
};

/** Whether the model has doses through a port enter partly by zero order. */
bool tacro_rules_mix(const struct tacro_rules *rules, size_t port);

/**
 * FZERO, limited to 1, and DZERO of a dose through a port of which tacro_rules_mix is
 * true; subject NULL: typical values.
 */
struct tacro_dose_mix tacro_subject_mix(const struct tacro_rules *rules,
                                        const struct tacro_subject *subject,
                                        size_t port, double t, int32_t slot);

/** The rule that gives the lag of a port's doses; rules->n: none. */
size_t tacro_rules_lag(const struct tacro_rules *rules, size_t port);

/** Whether a rule differs between patients or along a course. */
bool tacro_rules_vary(const struct tacro_rules *rules, size_t rule);

#endif
