/** One number of a planned check: a level, an area, a parameter, over its subjects. */
#ifndef TACRO_RUN_FIGURE_H
#define TACRO_RUN_FIGURE_H

#include "run/plan.h"

/**
 * Compute what a check asks for in each subject of its scenario, and the statistic over
 * them.
 *
 * scenario  of tacro_check_scenario, with the same check and case
 * value     canonical unit of the quantity
 * errors    TACRO_EFAILED: a course cannot be integrated; TACRO_EINPUT: the doses do
 *           not bring the parameter into use; TACRO_ENOMEM
 */
enum tacro_status tacro_figure_compute(const struct tacro_scenario *scenario,
                                       const struct tacro_check *check,
                                       const struct tacro_check_case *c, double *value,
                                       struct tacro_error *err) TACRO_MUST_USE;

/** Statistic of n > 0 values, which are sorted by it. */
double tacro_figure_statistic(enum tacro_check_statistic statistic, double *value,
                              size_t n);

#endif
