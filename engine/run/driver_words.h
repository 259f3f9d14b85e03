/** Uncertain numbers in words, and whether they can act in a scenario. */
#ifndef TACRO_RUN_DRIVER_WORDS_H
#define TACRO_RUN_DRIVER_WORDS_H

#include "cohort/subject.h"

/** "effect of age", "incidence of the anchor", "G (Hill exponent of the stress)". */
void tacro_driver_words(const struct tacro_input *input,
                        const struct tacro_drawn *drawn, char *text, size_t size);

/**
 * Whether a number can change a course: not the coefficient of a covariate that all
 * patients have at its reference, at all times.
 */
bool tacro_driver_acts(const struct tacro_input *input,
                       const struct tacro_drawn *drawn);

#endif
