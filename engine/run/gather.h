/** A group's rows while its blocks come in, in the layout of the result file. */
#ifndef TACRO_RUN_GATHER_H
#define TACRO_RUN_GATHER_H

#include "run/plan.h"

/** Log grid of the histograms: 0.01 to 1000 ng/mL at 0.5 %. */
#define TACRO_BIN_FIRST 0.01
#define TACRO_BIN_RATIO 1.005
#define TACRO_NBINS                                                                    \
    2309 /* inside; 0 is underflow, NBINS + 1 overflow, NBINS + 2 failed */
#define TACRO_BIN_UNDER 0
#define TACRO_BIN_OVER (TACRO_NBINS + 1)
#define TACRO_BIN_FAILED (TACRO_NBINS + 2)
#define TACRO_NCOUNTS (TACRO_NBINS + 3)

/** What the blocks leave of one group under one regimen. Rows are subjects. */
struct tacro_gather {
    size_t regimen;
    size_t group;
    size_t nrows;
    size_t blocks_left;
    float *concentration; /**< [nrows][ntimes] */
    uint16_t *bin;        /**< [nrows][ntimes] */
    double *trough;       /**< [nrows][ndays], NaN before the first dose */
    double *auc24;        /**< [nrows][ndays] */
    double *dose_given;   /**< [nrows][ndays] */
    double *mapped;       /**< [output][nrows][ndays] */
    double *risk;         /**< [outcome][nrows][ndays], from the landmark; NaN before */
    double *risk_horizon; /**< [outcome][nrows] */
    double *event_free;   /**< [nrows][ndays] */
    double *event_free_horizon; /**< [nrows] */
    uint8_t *status;            /**< [nrows] */
    int64_t *steps;             /**< [nrows] */
    int64_t *rhs_calls;         /**< [nrows] */
    double *failure_time;       /**< [nrows] */
};

enum tacro_status tacro_gather_create(const struct tacro_scenario *scenario,
                                      size_t regimen, size_t group, size_t nrows,
                                      size_t nblocks, struct tacro_gather **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_gather_free(struct tacro_gather *gather);

/** Put a block's lanes into their rows; row [TACRO_LANES], copies may repeat a row. */
void tacro_gather_block(const struct tacro_scenario *scenario,
                        const struct tacro_kernels *kernels,
                        const struct tacro_block_result *result, const size_t *row,
                        struct tacro_gather *gather);

/** Concentration in the middle of a bin [ng/mL]; 0 below the grid, infinity above. */
double tacro_bin_value(size_t bin);

/** Bins of TACRO_LANES concentrations. */
void tacro_bin_lanes(const struct tacro_kernels *kernels, const double *concentration,
                     uint16_t *bin);

#endif
