/** The log grid of the histograms of levels: 0.01 to 1000 ng/mL at 0.5 %. */
#ifndef TACRO_RUN_GRID_H
#define TACRO_RUN_GRID_H

#include <stddef.h>
#include <stdint.h>

#define TACRO_BIN_FIRST 0.01
#define TACRO_BIN_RATIO 1.005
#define TACRO_NBINS                                                                    \
    2309 /* inside; 0 is underflow, NBINS + 1 overflow, NBINS + 2 failed */
#define TACRO_BIN_UNDER 0
#define TACRO_BIN_OVER (TACRO_NBINS + 1)
#define TACRO_BIN_FAILED (TACRO_NBINS + 2)
#define TACRO_NCOUNTS (TACRO_NBINS + 3)

#define TACRO_GRID_CELLS (17 * 256 + 1) /* 2^-7 to 2^10 ng/mL, 256 to an octave */

/**
 * The bin of a level without a logarithm.
 *
 * The first bits of a double name a cell, narrower than a bin: one comparison with the
 * one edge that may lie in it is left.
 */
struct tacro_grid {
    double edge[TACRO_NBINS + 2]; /**< FIRST RATIO^k: bin b is [edge[b - 1], edge[b]);
                                       the last is infinity */
    uint16_t below[TACRO_GRID_CELLS]; /**< edges not above a cell's first level */
};

void tacro_grid_fill(struct tacro_grid *grid);

/** Bins of TACRO_LANES levels, ng/mL: the number of edges not above each. */
void tacro_grid_bins(const struct tacro_grid *grid, const double *concentration,
                     uint16_t *bin);

/** Concentration in the middle of a bin [ng/mL]; 0 below the grid, infinity above. */
double tacro_bin_value(size_t bin);

#endif
