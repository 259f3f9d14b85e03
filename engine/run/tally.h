/**
 * Statistics over subjects as integers, so that order, threads and shards change
 * nothing.
 *
 * Counts are counts; probabilities are summed in units of 2^-40.
 */
#ifndef TACRO_RUN_TALLY_H
#define TACRO_RUN_TALLY_H

#include "run/gather.h"

#define TACRO_NG 1e6      /* ng in a mg */
#define TACRO_NSPREAD 512 /* bins of a patient's probability, 2.7 % wide */

/** Per regimen; counts leave out failed subjects unless said otherwise. */
struct tacro_regimen_tally {
    uint32_t *level; /**< [ntimes][TACRO_NCOUNTS], failed ones in their bin */
    uint64_t *cmax;  /**< [TACRO_NCOUNTS] */
    uint64_t *
        below_10_at; /**< [ntimes + 1] first output >= landmark under 10, last: never */
    uint64_t *below_5_at;   /**< [ntimes + 1] */
    uint64_t *days_below_5; /**< [ndays + 1] */
    uint64_t *target;       /**< [ndays][3] below, in, above */
    uint64_t observed;      /**< observations with a target from the landmark on */
    uint64_t observed_outside;
    uint64_t troughs; /**< days from the landmark on */
    uint64_t troughs_under_2;
    uint64_t troughs_over_25;
    uint64_t failed;
    uint64_t *n;                  /**< [ndraws] */
    uint64_t *risk;               /**< [outcome][ndraws][ndays], 2^-40 */
    uint64_t *risk_horizon;       /**< [outcome][ndraws] */
    uint64_t *first;              /**< [outcome][ndraws][ndays]: as the first event */
    uint64_t *first_horizon;      /**< [outcome][ndraws] */
    uint64_t *death;              /**< [ndraws][ndays]: death as the first event */
    uint64_t *death_horizon;      /**< [ndraws]; both NULL without a death hazard */
    uint64_t *event_free;         /**< [ndraws][ndays] */
    uint64_t *event_free_horizon; /**< [ndraws] */
    uint64_t *square;      /**< [outcome + 1][ndraws] of p at the horizon, 2^-40; the
                                 last is event_free: for the Monte Carlo error */
    uint64_t *in_range;    /**< [ndraws] troughs in target from the landmark on */
    uint64_t *target_days; /**< [ndraws] troughs with a target from the landmark on */
    uint32_t *spread;      /**< [outcome + 1][ndraws][TACRO_NSPREAD] patients by their
                                 p at the horizon, bins of tacro_tally_spread_value;
                                 of event_free by 1 - p, small as it is */
    struct tacro_regimen_tally *control; /**< of the reference: risks alone, with
                                              outcomes simulated; or NULL */
    uint64_t *dose;     /**< [ndays] sum of the doses given, ng, where not NaN */
    uint64_t *endpoint; /**< [endpoint][ndraws], 2^-40 */
    struct tacro_recovery_sums *recovery; /**< NULL without history */
};

struct tacro_tally {
    const struct tacro_scenario *scenario;
    struct tacro_regimen_tally *regimen; /**< [nregimens] */
    size_t nfailures;
    struct tacro_failure failure[TACRO_NFAILURES]; /**< first by subject and regimen */
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

/** Add a probability to a sum in 2^-40; NaN adds nothing. */
void tacro_tally_add_probability(uint64_t *sum, double p);

/** Add n sums or counts to others. */
void tacro_tally_add_counts(uint64_t *into, const uint64_t *from, size_t n);

/**
 * Take the chance of simulated outcomes out of the comparison with the reference, once
 * all is merged: to the sums of each regimen that simulates an outcome, add what the
 * exact sums of the reference differ from its simulated ones. The same events of the
 * same patients cancel. Draws with a failed course stay as they are.
 */
void tacro_tally_pair(struct tacro_tally *tally);

/** Whether tacro_tally_pair acts on a draw of a regimen, the reference left out. */
bool tacro_tally_is_paired(const struct tacro_tally *tally, size_t regimen,
                           size_t draw);

/** Mean of probabilities summed in 2^-40; NaN if n is 0. */
double tacro_tally_mean(uint64_t sum, uint64_t n);

/** Bin of a probability in `spread`. */
size_t tacro_tally_spread_bin(double p);

/** Middle of a bin of `spread`: 1e-6 to 1 on a log grid, ends included. */
double tacro_tally_spread_value(size_t bin);

/** Quantile of a histogram of levels, ng/mL; failed ones are left out; NaN if empty. */
double tacro_tally_level_quantile(const uint32_t *level, double q);

#endif
