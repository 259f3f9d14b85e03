/** Figures over parameter draws: order statistics of one value a draw. */
#ifndef TACRO_RUN_OVER_DRAWS_H
#define TACRO_RUN_OVER_DRAWS_H

#include "tacro.h"

#include <stddef.h>

/**
 * The ceil(q n)-th smallest of n values, for n = 1 the value; NaN ones are left out,
 * and NaN if there is no other. Sorts them, NaN ones last.
 */
double tacro_order_statistic(double *value, size_t n, double q);

/** 2.5 %, 50 % and 97.5 % of them; NaN unless two values are not. Sorts likewise. */
struct tacro_interval tacro_order_interval(double *value, size_t n);

/** Median and interval; with one value itself, and NaN for the interval. */
struct tacro_estimate tacro_over_draws_estimate(double *value, size_t n);

#endif
