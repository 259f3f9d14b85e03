/** A group's rows while its blocks come in, in the layout of the result file. */
#ifndef TACRO_RUN_GATHER_H
#define TACRO_RUN_GATHER_H

#include "run/course_risk.h"
#include "run/grid.h"
#include "run/plan.h"
#include "run/recovery.h"

/** What the blocks leave of one group under one regimen. Rows are subjects. */
struct tacro_gather {
    size_t regimen;
    size_t group;
    size_t nrows;
    size_t blocks_left;
    float *concentration; /**< [nrows][ntimes] */
    uint16_t *bin;        /**< [ntimes][nrows], as the histograms take them */
    double *trough;       /**< [nrows][ndays], NaN before the first dose */
    double *auc24;        /**< [nrows][ndays] */
    double *dose_given;   /**< [nrows][ndays] */
    double *mapped;       /**< [output][nrows][ndays] */
    double *observed;     /**< [observed output][nrows][ndays]; NULL: none */
    double *risk;         /**< [outcome][nrows][ndays], from the landmark; NaN before */
    double *risk_horizon; /**< [outcome][nrows] */
    double *first;        /**< [outcome][nrows][ndays] as the first event of all */
    double *first_horizon;      /**< [outcome][nrows] */
    double *death;              /**< [nrows][ndays] before any event */
    double *death_horizon;      /**< [nrows] */
    double *event_free;         /**< [nrows][ndays] */
    double *event_free_horizon; /**< [nrows] */
    double *event_time; /**< [outcome][nrows] h from start of the first of each, NaN:
                             none by the horizon, or the course failed */
    double *endpoint;   /**< [endpoint][nrows] probabilities */
    struct tacro_recovery_rows *recovery; /**< NULL without history */
    struct tacro_gather *control; /**< of the reference: its risks with the outcomes of
                                       tacro_scenario_control simulated; or NULL */
    uint8_t *status;              /**< [nrows] */
    int64_t *steps;               /**< [nrows] */
    int64_t *rhs_calls;           /**< [nrows] */
    double *failure_time;         /**< [nrows] */
    struct tacro_ledger
        *ledger; /**< [nrows], of an arm without a common course; NULL */
};

enum tacro_status tacro_gather_create(const struct tacro_scenario *scenario,
                                      size_t regimen, size_t group, size_t nrows,
                                      size_t nblocks, struct tacro_gather **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_gather_free(struct tacro_gather *gather);

/**
 * Put a block's lanes into their rows; row [TACRO_LANES], copies may repeat a row.
 *
 * course  [TACRO_LANES] that the lanes followed, for their doses and ledgers
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_gather_block(const struct tacro_scenario *scenario,
                                     const struct tacro_kernels *kernels,
                                     const struct tacro_grid *grid,
                                     const struct tacro_block_result *result,
                                     const struct tacro_course *const *course,
                                     const size_t *row, struct tacro_gather *gather,
                                     struct tacro_error *err) TACRO_MUST_USE;

#endif
