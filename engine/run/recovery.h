/**
 * Patients who have had an event (`history`): how long they take to recover, and what
 * is left of its hazard afterwards.
 *
 * Time from onset to recovery = m * exp(sd*z) * exp(slope * max(E - free, 0)): m, sd,
 * slope and free are numbers of the risk file (input/after.h) in the subject's draw, z
 * the patient's own normal under every regimen, E the mean over the window after onset
 * of the state that drives the hazard. Before recovery the hazard is 0, afterwards
 * RECURRENCE times what it would be. `evidence`: risk files and params/README.md.
 */
#ifndef TACRO_RUN_RECOVERY_H
#define TACRO_RUN_RECOVERY_H

#include "run/plan.h"

/** Days after onset at which the summary says who has recovered. */
extern const double tacro_recovery_days[TACRO_NRECOVERY];

/** The numbers after the event in one draw: [TACRO_NAFTER], canonical units. */
struct tacro_after {
    double value[TACRO_NAFTER];
};

/** Of the scenario's history, in a draw. */
struct tacro_after tacro_after_of(const struct tacro_scenario *scenario, uint32_t draw);

/** Median of the log-normal time to recovery at mean stress E, h. */
double tacro_recovery_median(const struct tacro_after *after, double stress);

/** Probability of recovery within `since` h of the onset; 0 at and before it. */
double tacro_recovery_by(const struct tacro_after *after, double median, double since);

/** Probability of complete recovery in imaging within `since` h of the onset. */
double tacro_imaging_by(const struct tacro_after *after, double since);

/**
 * Probability of an unfavourable outcome.
 *
 * sepsis, aki  at the landmark: 0 or 1, of a typical patient the probability
 */
double tacro_unfavourable(const struct tacro_after *after,
                          enum tacro_consciousness severity, double sepsis, double aki);

/** Standard normal of a patient's time to recovery: 0 if typical. */
double tacro_recovery_normal(const struct tacro_scenario *scenario, uint32_t draw,
                             uint64_t patient);

/**
 * State that drives the hazard of a params file: the filter that its integral reads.
 *
 * set      0 is the PK file, k + 1 risk file k
 * returns  TACRO_NONE: it reads no filter
 */
int tacro_recovery_driver(const struct tacro_system *system, size_t set);

/**
 * Plan the window after onset: an even number of equal steps of at most 6 h, with the
 * weights of Simpson's rule, which sum to 1. Cut at the horizon.
 *
 * time, weight  NULL: only count; else [returned]
 */
size_t tacro_recovery_window(const struct tacro_input *input, double *time,
                             double *weight);

/**
 * Title of an outcome's column: "recurrence of PRES after recovery" of the one that the
 * patients have had, else the endpoint of its risk file.
 *
 * returns  for free(); NULL when memory is out
 */
char *tacro_recovery_endpoint(const struct tacro_input *input, size_t outcome);

/** What recovery means for the rows of one group under one regimen. */
struct tacro_recovery_rows {
    double *time;   /**< [nrows] recovery, h from start */
    double *hazard; /**< [nrows] of the event, cumulated from the landmark to the
                               recovery as if there had been none; INFINITY: no recovery
                               before the horizon */
    double *factor; /**< [nrows] of the hazard afterwards */
    double *again;  /**< [nrows] h from start of the recurrence; INFINITY: none */
    double *by_day; /**< [nrows][ndays] probability of recovery; NaN before onset */
    double *by;     /**< [nrows][TACRO_NRECOVERY] */
    double *unfavourable; /**< [nrows] probability */
};

/** NULL of a scenario without history. errors  TACRO_ENOMEM */
enum tacro_status tacro_recovery_rows_create(const struct tacro_scenario *scenario,
                                             size_t nrows,
                                             struct tacro_recovery_rows **out,
                                             struct tacro_error *err) TACRO_MUST_USE;
void tacro_recovery_rows_free(struct tacro_recovery_rows *rows);

/**
 * Put a block's lanes into their rows; before the risks of the block are taken.
 *
 * arm      that the block followed
 * subject  [TACRO_LANES]; row [TACRO_LANES], copies may repeat a row
 * rows     NULL: nothing is done
 */
void tacro_recovery_gather(const struct tacro_scenario *scenario,
                           const struct tacro_arm *arm,
                           const struct tacro_block_result *result,
                           const struct tacro_subject *const *subject,
                           const size_t *row, struct tacro_recovery_rows *rows);

/**
 * Turn the cumulative hazard of the outcome of the history into that of a recurrence.
 *
 * h        [TACRO_LANES] from the landmark on; NaN stays
 */
void tacro_recovery_recur(const struct tacro_recovery_rows *rows, const size_t *row,
                          double *h);

/** Sums over patients of one regimen, 2^-40. */
struct tacro_recovery_sums {
    uint64_t *by_day;       /**< [ndraws][ndays] */
    uint64_t *by;           /**< [ndraws][TACRO_NRECOVERY] */
    uint64_t *unfavourable; /**< [ndraws] */
};

/** NULL of a scenario without history. errors  TACRO_ENOMEM */
enum tacro_status tacro_recovery_sums_create(const struct tacro_scenario *scenario,
                                             struct tacro_recovery_sums **out,
                                             struct tacro_error *err) TACRO_MUST_USE;
void tacro_recovery_sums_free(struct tacro_recovery_sums *sums);

/** Add one row. */
void tacro_recovery_add(const struct tacro_scenario *scenario,
                        const struct tacro_recovery_rows *rows, size_t row,
                        uint64_t draw, struct tacro_recovery_sums *sums);
void tacro_recovery_merge(const struct tacro_scenario *scenario,
                          struct tacro_recovery_sums *into,
                          const struct tacro_recovery_sums *from);

#endif
