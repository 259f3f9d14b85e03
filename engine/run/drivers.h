/** Which uncertain numbers the interval of a risk comes from. */
#ifndef TACRO_RUN_DRIVERS_H
#define TACRO_RUN_DRIVERS_H

#include "run/compare.h"

/**
 * Fill summary->drivers: for each outcome the risk under the reference, on the logit
 * scale, and the largest difference from it, on the log scale where all draws agree on
 * its sign. Nothing with one draw.
 */
enum tacro_status tacro_drivers_list(const struct tacro_scenario *scenario,
                                     const struct tacro_compare *compare,
                                     struct tacro_summary *summary,
                                     struct tacro_error *err) TACRO_MUST_USE;

#endif
