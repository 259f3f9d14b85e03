/** The scale of a hazard that gives a cohort an incidence. */
#ifndef TACRO_CALIBRATE_ANCHOR_H
#define TACRO_CALIBRATE_ANCHOR_H

#include "core/status.h"

/**
 * Solve mean over i of [1 - exp(-scale * a[i])] = incidence.
 *
 * a       [n] cumulative hazards at scale 1, finite, >= 0
 * scale   solved to rounding; the same bits on every processor
 * errors  TACRO_EINPUT: the incidence is not between 0 and the share of patients who
 *         have a hazard at all
 */
enum tacro_status tacro_anchor_solve(const double *a, size_t n, double incidence,
                                     double *scale,
                                     struct tacro_error *err) TACRO_MUST_USE;

#endif
