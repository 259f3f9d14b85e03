/** The datasets of the group /comparison: regimens against each other over draws. */
#ifndef TACRO_STORE_COMPARISON_FIELDS_H
#define TACRO_STORE_COMPARISON_FIELDS_H

#include "store/fields.h"

#include <stdbool.h>

/**
 * Places in the group. A measure is an outcome, event_free or days_in_range; each has
 * its differences and its probabilities. Behind all of them stand the Monte Carlo
 * errors of the outcomes and of event_free, and then what follows.
 */
enum { TACRO_PAIR_DIFFERENCE, TACRO_PAIR_LOWER, TACRO_NPAIR_FIELDS };

/** With exactly two outcomes; else only DAYS is there. */
enum tacro_comparison_field {
    TACRO_COMPARISON_DAYS,
    TACRO_COMPARISON_FRONTIER,
    TACRO_COMPARISON_RATIO,
    TACRO_COMPARISON_LESS,
    TACRO_COMPARISON_MORE,
    TACRO_COMPARISON_BETTER,
    TACRO_COMPARISON_WORSE,
    TACRO_COMPARISON_BEST,
    TACRO_COMPARISON_UTILITY,
    TACRO_NCOMPARISON_FIELDS
};

/** How many fields the group has. */
size_t tacro_comparison_nfields(size_t noutcomes);

/** Place of the Monte Carlo error of an outcome, or of event_free (noutcomes). */
size_t tacro_comparison_error_place(size_t noutcomes, size_t measure);

/** Place of what stands behind them. */
size_t tacro_comparison_place(size_t noutcomes, enum tacro_comparison_field which);

/** Fill them; false when memory is out. */
bool tacro_comparison_fields_fill(struct tacro_field *field,
                                  const struct tacro_named *outcome, size_t noutcomes);

#endif
