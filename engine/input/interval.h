/** How uncertain a published number is: its `ci` or its `rse` as a law over draws. */
#ifndef TACRO_INPUT_INTERVAL_H
#define TACRO_INPUT_INTERVAL_H

#include "input/paramset.h"

/** On which scale a number of a kind is uncertain. */
enum tacro_scale {
    TACRO_SCALE_LOG,      /**< log-normal: above 0 */
    TACRO_SCALE_FRACTION, /**< logit-normal: between 0 and 1 */
    TACRO_SCALE_PLAIN,    /**< normal: of any sign */
    TACRO_SCALE_SIGNED    /**< normal, truncated at 0: the sign is certain */
};

/** What a file prints beside a number. */
struct tacro_precision {
    bool has_ci;
    double low; /**< the 95 % interval, canonical unit */
    double high;
    double rse; /**< relative standard error; 0: none */
};

/**
 * Read `ci` and `rse` of an entry. False after a fault: an interval that does not
 * contain the value, a standard error that is not above 0.
 *
 * given     the value as it is written; NULL: its canonical value stands in messages
 * quantity  of the value
 */
bool tacro_interval_read(struct tacro_reader *reader, const struct tacro_node *item,
                         const struct tacro_node *given,
                         const struct tacro_quantity *quantity, double value,
                         struct tacro_precision *out);

/**
 * The law of a number with that interval: `ci` if it is given, else `rse`, else none.
 *
 *            from `ci`                                from `rse`
 * LOG        log sd ln(high / low) / (2 * 1.96)       sqrt(ln(1 + rse^2))
 * FRACTION   logit sd, of the logits likewise         rse / (1 - value)
 * PLAIN      sd (high - low) / (2 * 1.96)             rse * |value|
 *
 * A fraction of 1 is log-normal, cut off at 1; of an interval that ends at 1 the lower
 * half counts.
 * False after a fault: an interval that the scale does not have, a value 0 with `rse`.
 */
bool tacro_interval_law(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct tacro_precision *interval, enum tacro_scale scale,
                        double value, struct tacro_uncertainty *out);

/**
 * The same of the coefficient of a relation that has no law from `uncertainty`: of a
 * factor on the log scale, else normal. In a risk file both only document.
 *
 * dimension  of the coefficient
 */
bool tacro_interval_relation(struct tacro_reader *reader, const struct tacro_node *item,
                             enum tacro_set_kind kind, enum tacro_dimension dimension,
                             struct tacro_relation *relation);

#endif
