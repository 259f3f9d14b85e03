/*
 * Vector operations on rows of lanes. z may be x or y, hence no restrict: each element
 * is read before it is written.
 */
#include "solve/lanes.h"

#include <math.h>

void K(linear_sum)(size_t rows, double a, const double *x, double b, const double *y,
                   double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = a * x[i + l] + b * y[i + l];
        }
    }
}

void K(fill)(size_t rows, double c, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = c;
        }
    }
}

void K(product)(size_t rows, const double *x, const double *y, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = x[i + l] * y[i + l];
        }
    }
}

void K(quotient)(size_t rows, const double *x, const double *y, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = x[i + l] / y[i + l];
        }
    }
}

void K(scale)(size_t rows, double c, const double *x, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = c * x[i + l];
        }
    }
}

void K(absolute)(size_t rows, const double *x, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = fabs(x[i + l]);
        }
    }
}

void K(inverse)(size_t rows, const double *x, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = 1.0 / x[i + l];
        }
    }
}

void K(add_constant)(size_t rows, const double *x, double b, double *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        TACRO_EACH_LANE(l) {
            z[i + l] = x[i + l] + b;
        }
    }
}

void K(combine)(size_t rows, size_t n, const double *c, const double *const *x,
                double *z)
{
    for (size_t r = 0; r < rows; r++) {
        double sum[TACRO_LANES];
        const double *x0 = x[0] + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            sum[l] = c[0] * x0[l];
        }
        for (size_t k = 1; k < n; k++) {
            const double *xk = x[k] + r * TACRO_LANES;
            const double ck = c[k];
            TACRO_EACH_LANE(l) {
                sum[l] += ck * xk[l];
            }
        }
        TACRO_EACH_LANE(l) {
            z[r * TACRO_LANES + l] = sum[l];
        }
    }
}

void K(weights)(size_t rows, double rtol, const double *atol, const double *y,
                double *w)
{
    for (size_t r = 0; r < rows; r++) {
        const double a = atol[r];
        const double *restrict yr = y + r * TACRO_LANES;
        double *restrict wr = w + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            wr[l] = 1.0 / (rtol * fabs(yr[l]) + a);
        }
    }
}

double K(worst_norm)(size_t rows, const double *x, const double *w)
{
    double sum[TACRO_LANES];
    double worst = 0.0;
    TACRO_EACH_LANE(l) {
        sum[l] = 0.0;
    }
    for (size_t r = 0; r < rows; r++) {
        const double *restrict xr = x + r * TACRO_LANES;
        const double *restrict wr = w + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            const double q = xr[l] * wr[l];
            sum[l] += q * q;
        }
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        /* a NaN fails the comparison and must not vanish in the maximum */
        worst = sum[l] <= worst ? worst : sum[l];
        if (!isfinite(worst)) {
            return INFINITY;
        }
    }
    return sqrt(worst / (double)rows);
}

double K(max_norm)(size_t rows, const double *x)
{
    double worst = 0.0;
    for (size_t i = 0; i < rows * TACRO_LANES; i++) {
        const double a = fabs(x[i]);
        worst = a <= worst ? worst : a;
        if (!isfinite(worst)) {
            return INFINITY;
        }
    }
    return worst;
}
