#include "run/grid.h"

#include "core/lanemath.h"

#include <math.h>
#include <string.h>

#define CELL_FIRST 0x1p-7 /* the power of two below TACRO_BIN_FIRST */
#define CELL_LAST 0x1p10  /* and the one above the grid */
#define CELL_SHIFT 44     /* leaves sign, exponent and 8 bits of the fraction */

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double grid_level(double k)
{
    return tacro_exp(tacro_log(TACRO_BIN_FIRST) + k * tacro_log(TACRO_BIN_RATIO));
}

double tacro_bin_value(size_t bin)
{
    if (bin == TACRO_BIN_UNDER) {
        return 0.0;
    }
    if (bin >= TACRO_BIN_OVER) {
        return INFINITY;
    }
    return grid_level((double)bin - 0.5);
}

void tacro_grid_fill(struct tacro_grid *grid)
{
    const uint64_t first = bits_of(CELL_FIRST) >> CELL_SHIFT;
    uint16_t below = 0;
    for (size_t k = 0; k <= TACRO_NBINS; k++) {
        grid->edge[k] = grid_level((double)k);
    }
    grid->edge[TACRO_NBINS + 1] = INFINITY;
    for (size_t cell = 0; cell < TACRO_GRID_CELLS; cell++) {
        const uint64_t bits = (first + cell) << CELL_SHIFT;
        double level;
        memcpy(&level, &bits, sizeof level);
        while (grid->edge[below] <= level) {
            below++;
        }
        grid->below[cell] = below;
    }
}

void tacro_grid_bins(const struct tacro_grid *grid, const double *concentration,
                     uint16_t *bin)
{
    const uint64_t first = bits_of(CELL_FIRST) >> CELL_SHIFT;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double x = concentration[l];
        const double above = x > CELL_FIRST ? x : CELL_FIRST; /* NaN too */
        const double c = above < CELL_LAST ? above : CELL_LAST;
        const uint16_t below = grid->below[(bits_of(c) >> CELL_SHIFT) - first];
        const uint16_t at = (uint16_t)(below + (c >= grid->edge[below]));
        bin[l] = x == x ? at : TACRO_BIN_FAILED;
    }
}
