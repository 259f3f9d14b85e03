/*
 * Vector operations on rows of lanes. z may be x or y, hence no restrict: each element
 * is read before it is written.
 */
#include "solve/lanes.h"

#include <float.h>
#include <math.h>

#define FOLD 8 /* lanes kept apart in a maximum: one register of the widest build */

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

void K(scale_add)(size_t rows, size_t n, const double *a, const double *x,
                  const double *const *y, double *const *z)
{
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        double row[TACRO_LANES];
        TACRO_EACH_LANE(l) {
            row[l] = x[i + l];
        }
        for (size_t k = 0; k < n; k++) {
            const double ak = a[k];
            const double *yk = y[k] + i;
            double *zk = z[k] + i;
            TACRO_EACH_LANE(l) {
                zk[l] = ak * row[l] + yk[l];
            }
        }
    }
}

/* Pascal's triangle in registers: every order up to 5 with rows of zeros above it. */
static void predict_row(double *restrict z0, double *restrict z1, double *restrict z2,
                        double *restrict z3, double *restrict z4,
                        const double *restrict z5)
{
    TACRO_EACH_LANE(l) {
        const double a5 = z5[l];
        const double a4 = z4[l] + a5;
        const double a3 = z3[l] + a4;
        const double a2 = z2[l] + a3;
        const double a1 = z1[l] + a2;
        const double b4 = a4 + a5;
        const double b3 = a3 + b4;
        const double b2 = a2 + b3;
        const double c4 = b4 + a5;
        const double c3 = b3 + c4;
        const double d4 = c4 + a5;
        z0[l] += a1;
        z1[l] = a1 + b2;
        z2[l] = b2 + c3;
        z3[l] = c3 + d4;
        z4[l] = d4 + a5;
    }
}

void K(predict)(size_t rows, size_t order, double *const *z)
{
    double none[TACRO_PREDICT_ORDER + 1][TACRO_LANES] = {{0}};
    double *row[TACRO_PREDICT_ORDER + 1];
    for (size_t i = 0; i < rows * TACRO_LANES; i += TACRO_LANES) {
        for (size_t k = 0; k <= TACRO_PREDICT_ORDER; k++) {
            row[k] = k <= order ? z[k] + i : none[k];
        }
        predict_row(row[0], row[1], row[2], row[3], row[4], row[5]);
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

/* Largest of a row of magnitudes; infinity if one is not finite. */
static double largest(const double *restrict row)
{
    double most[FOLD] = {0};
    double worst = 0.0;
    for (size_t i = 0; i < TACRO_LANES; i += FOLD) {
        for (size_t l = 0; l < FOLD; l++) {
            /* a NaN fails the comparison and must not vanish in the maximum */
            const double a = row[i + l] <= DBL_MAX ? row[i + l] : INFINITY;
            most[l] = a > most[l] ? a : most[l];
        }
    }
    for (size_t l = 0; l < FOLD; l++) {
        worst = most[l] > worst ? most[l] : worst;
    }
    return worst;
}

double K(worst_norm)(size_t rows, const double *x, const double *w)
{
    double sum[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        const double q = x[l] * w[l];
        sum[l] = q * q;
    }
    for (size_t r = 1; r < rows; r++) {
        const double *restrict xr = x + r * TACRO_LANES;
        const double *restrict wr = w + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            const double q = xr[l] * wr[l];
            sum[l] += q * q;
        }
    }
    return sqrt(largest(sum) / (double)rows);
}

double K(correct)(size_t rows, double factor, const double *x, const double *w,
                  bool is_more, double *total)
{
    double sum[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        sum[l] = 0.0;
    }
    for (size_t r = 0; r < rows; r++) {
        const double *restrict xr = x + r * TACRO_LANES;
        const double *restrict wr = w + r * TACRO_LANES;
        double *restrict tr = total + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            const double change = factor * xr[l];
            const double q = change * wr[l];
            tr[l] = is_more ? tr[l] + change : change;
            sum[l] += q * q;
        }
    }
    return sqrt(largest(sum) / (double)rows);
}

double K(max_norm)(size_t rows, const double *x)
{
    double most[TACRO_LANES] = {0};
    for (size_t r = 0; r < rows; r++) {
        const double *restrict xr = x + r * TACRO_LANES;
        TACRO_EACH_LANE(l) {
            const double a = fabs(xr[l]) <= DBL_MAX ? fabs(xr[l]) : INFINITY;
            most[l] = a > most[l] ? a : most[l];
        }
    }
    return largest(most);
}
