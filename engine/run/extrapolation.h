/** What a result rests on beyond its inputs' values: their laws, and extrapolation. */
#ifndef TACRO_RUN_EXTRAPOLATION_H
#define TACRO_RUN_EXTRAPOLATION_H

#include "run/plan.h"

/** Add the laws of assumed numbers, which act with more than one draw. */
enum tacro_status tacro_uncertainties_add(const struct tacro_scenario *scenario,
                                          struct tacro_summary *summary,
                                          struct tacro_error *err) TACRO_MUST_USE;

/**
 * Add levels, days and shares of drawn patients that lie outside the data; the regimens
 * are filled.
 */
enum tacro_status tacro_extrapolations_add(const struct tacro_scenario *scenario,
                                           struct tacro_summary *summary,
                                           struct tacro_error *err) TACRO_MUST_USE;

#endif
