/** Shares of a variance: a linear regression on independent numbers. */
#ifndef TACRO_RUN_VARIANCE_H
#define TACRO_RUN_VARIANCE_H

#include "core/status.h"

#include <stddef.h>

/**
 * What each of p independent numbers adds to the variance of y.
 *
 * Of the standardised regression of y on all of them, the squared coefficients, scaled
 * so that they add up to what the regression explains (R^2). A number that does not
 * vary, or repeats those before it, has no share.
 *
 * x        [p][n]
 * y        [n]
 * share    [p]
 * t        [p] coefficient over its standard error, 0 of what has no share; NULL: none
 * unexplained  1 - R^2, or NaN, as all shares, if y does not vary
 * errors   TACRO_ENOMEM
 */
enum tacro_status tacro_variance_shares(const double *x, size_t p, const double *y,
                                        size_t n, double *share, double *t,
                                        double *unexplained,
                                        struct tacro_error *err) TACRO_MUST_USE;

#endif
