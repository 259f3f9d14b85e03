/* Dense output and risks. */
#include "solve/lanes.h"

#include <math.h>
#include <string.h>

static const double inverse_factorial[TACRO_MAX_ORDER + 1] = {1.0,
                                                              1.0,
                                                              1.0 / 2,
                                                              1.0 / 6,
                                                              1.0 / 24,
                                                              1.0 / 120,
                                                              1.0 / 720,
                                                              1.0 / 5040,
                                                              1.0 / 40320,
                                                              1.0 / 362880,
                                                              1.0 / 3628800,
                                                              1.0 / 39916800,
                                                              1.0 / 479001600};

void K(taylor)(size_t order, const double *const *derivative, const double *dt,
               double *value)
{
    double sum[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        sum[l] = derivative[order][l] * inverse_factorial[order];
    }
    for (size_t k = order; k-- > 0;) {
        const double *restrict d = derivative[k];
        const double f = inverse_factorial[k];
        TACRO_EACH_LANE(l) {
            sum[l] = sum[l] * dt[l] + d[l] * f;
        }
    }
    memcpy(value, sum, sizeof sum);
}

/* NaN has one form here, so that a failed lane has the same bits in every build. */
void K(risk)(const double *hazard, double *risk)
{
    double y[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        y[l] = -hazard[l];
    }
    tacro_lanes_expm1(y, y);
    TACRO_EACH_LANE(l) {
        risk[l] = hazard[l] == hazard[l] ? -y[l] : (double)NAN;
    }
}

void K(survival)(const double *hazard, double *survival)
{
    double y[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        y[l] = -hazard[l];
    }
    tacro_lanes_exp(y, y);
    TACRO_EACH_LANE(l) {
        survival[l] = hazard[l] == hazard[l] ? y[l] : (double)NAN;
    }
}

void K(sum_of_zeros)(size_t rows, const double *x, double *sum)
{
    double zero[TACRO_LANES] __attribute__((aligned(64)));
    TACRO_EACH_LANE(l) {
        zero[l] = 0.0;
    }
    for (size_t r = 0; r < rows; r++) {
        const double *restrict row = x + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            zero[l] += 0.0 * row[l];
        }
    }
    memcpy(sum, zero, sizeof zero);
}
