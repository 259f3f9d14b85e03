/** Draws of the uncertain numbers of a risk file: the rows of its table. */
#ifndef TACRO_CALIBRATE_NUMBERS_H
#define TACRO_CALIBRATE_NUMBERS_H

#include "input/paramset.h"
#include "input/uncertain.h"

/**
 * Draw set->uncertain, each number rounded to the digits of the table; the one that is
 * solved is NaN.
 *
 * value   [set->nuncertain]
 */
void tacro_numbers_draw(const struct tacro_paramset *set, uint64_t seed, uint32_t draw,
                        double *value);

/** The same numbers at their central values. */
void tacro_numbers_central(const struct tacro_paramset *set, double *value);

/** The one of a kind that a file has once at most, or set->nuncertain. */
size_t tacro_numbers_find(const struct tacro_paramset *set,
                          enum tacro_uncertain_kind kind);

/** As the table prints it, nine digits: read back it is the same on every machine. */
double tacro_number_rounded(double value);

#endif
