/**
 * Statistics over subjects as integers, so that order, threads and shards change
 * nothing.
 *
 * Counts are counts; probabilities are summed in units of 2^-40.
 */
#ifndef TACRO_RUN_TALLY_H
#define TACRO_RUN_TALLY_H

#include "run/gather.h"

#define TACRO_NG 1e6 /* ng in a mg */

/** Per regimen; counts leave out failed subjects unless said otherwise. */
struct tacro_regimen_tally {
    uint32_t *level; /**< [ntimes][TACRO_NCOUNTS], failed ones in their bin */
    uint64_t *cmax;  /**< [TACRO_NCOUNTS] */
    uint64_t *
        below_10_at; /**< [ntimes + 1] first output >= landmark under 10, last: never */
    uint64_t *below_5_at;   /**< [ntimes + 1] */
    uint64_t *days_below_5; /**< [ndays + 1] */
    uint64_t *target;       /**< [ndays][3] below, in, above */
    uint64_t troughs;       /**< days from the first dose or the landmark on */
    uint64_t troughs_under_2;
    uint64_t troughs_over_25;
    uint64_t failed;
    uint64_t *n;                  /**< [ndraws] */
    uint64_t *risk;               /**< [outcome][ndraws][ndays], 2^-40 */
    uint64_t *risk_horizon;       /**< [outcome][ndraws] */
    uint64_t *event_free;         /**< [ndraws][ndays] */
    uint64_t *event_free_horizon; /**< [ndraws] */
    uint64_t *dose; /**< [ndays] sum of the doses given, ng, where not NaN */
};

struct tacro_tally {
    const struct tacro_scenario *scenario;
    struct tacro_regimen_tally *regimen; /**< [nregimens] */
};

enum tacro_status tacro_tally_create(const struct tacro_scenario *scenario,
                                     struct tacro_tally **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_tally_free(struct tacro_tally *tally);

/** Add rows [first, end) of a group; subject0 is the index of row 0 over all draws. */
void tacro_tally_add(struct tacro_tally *tally, const struct tacro_gather *gather,
                     size_t first, size_t end, uint64_t subject0);

/** Bytes that one tally takes. */
double tacro_tally_bytes(const struct tacro_scenario *scenario);

/** Add all of `from`, a tally of the same scenario, to `into`. */
void tacro_tally_merge(struct tacro_tally *into, const struct tacro_tally *from);

/** Mean of probabilities summed in 2^-40; NaN if n is 0. */
double tacro_tally_mean(uint64_t sum, uint64_t n);

/** Quantile of a histogram of levels, ng/mL; failed ones are left out; NaN if empty. */
double tacro_tally_level_quantile(const uint32_t *level, double q);

#endif
