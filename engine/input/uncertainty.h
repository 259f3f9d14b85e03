/** How far an uncertain number may lie from its value: its law over parameter draws. */
#ifndef TACRO_INPUT_UNCERTAINTY_H
#define TACRO_INPUT_UNCERTAINTY_H

#include "input/schema.h"

enum tacro_law {
    TACRO_LAW_NONE,     /**< the number is not uncertain */
    TACRO_LAW_NORMAL,   /**< value + sd * N, clipped */
    TACRO_LAW_LOG,      /**< value * exp(sd * N), clipped */
    TACRO_LAW_LOGIT,    /**< logit(value) + sd * N; the value is a fraction */
    TACRO_LAW_BETA,     /**< Beta(alpha, beta), whatever the value */
    TACRO_LAW_TRUNCATED /**< normal, truncated to [min, max]: drawn by its quantile */
};

struct tacro_uncertainty {
    enum tacro_law law;
    double sd; /**< on the scale of the law; canonical unit where that is the value's */
    double alpha; /**< of a Beta */
    double beta;
    double min; /**< -INFINITY, INFINITY: none */
    double max;
    bool has_min;     /**< the file gives it ... */
    bool has_max;     /**< ... or this; else a limit is that of the kind of number */
    const char *text; /**< as printed: "log sd 0.6", borrowed or kept by the set */
};

/**
 * Read `uncertainty`: {sd | log_sd | logit_sd | alpha and beta, min, max, outside:
 * truncate}. NULL: nothing is read and the law is NONE. False after a fault.
 *
 * value       as read; a logit needs a fraction, a log a value above 0
 * dimension   of the value, for `sd`, `min` and `max`
 */
bool tacro_uncertainty_read(struct tacro_reader *reader, const struct tacro_node *node,
                            enum tacro_dimension dimension, double value,
                            struct tacro_uncertainty *out);

/** "log sd 0.6", "sd 0.02", "Beta(18.5, 7.5)", "" without a law. */
void tacro_uncertainty_words(const struct tacro_uncertainty *uncertainty, char *text,
                             size_t size);

/**
 * The limits that the file gives, to go behind those words: ", 0.3 to 6", ", truncated
 * at 0 mg", "" without.
 *
 * unit  canonical, of the value
 */
void tacro_uncertainty_limits(const struct tacro_uncertainty *uncertainty,
                              const char *unit, char *text, size_t size);

/**
 * The value of one draw.
 *
 * u        uniform on (0, 1)
 * returns  the quantile of u, within the limits; the value itself without a law
 */
double tacro_uncertainty_draw(const struct tacro_uncertainty *uncertainty, double value,
                              double u);

#endif
