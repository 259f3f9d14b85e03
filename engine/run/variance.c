#include "run/variance.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Of a standardised number beside the others; under it, it repeats them. */
#define TOLERANCE 1e-10

/* Scaled to mean 0 and square sum 1. False: it does not vary, z is 0. */
static bool standardise(const double *x, size_t n, double *z)
{
    double mean = 0.0;
    double square = 0.0;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        mean += x[i] / (double)n;
        largest = fmax(largest, fabs(x[i]));
    }
    for (size_t i = 0; i < n; i++) {
        z[i] = x[i] - mean;
        square += z[i] * z[i];
    }
    const bool varies = square > (double)n * largest * largest * 1e-24;
    for (size_t i = 0; i < n; i++) {
        z[i] = varies ? z[i] / sqrt(square) : 0.0;
    }
    return varies;
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/*
 * Solve C b = r with C = L L^T, C [p][p] positive semidefinite with diagonal 1 or 0; L
 * takes its lower half. What has no pivot of its own stays out: b is 0.
 */
static void solve(double *c, size_t p, double *b)
{
    for (size_t j = 0; j < p; j++) {
        const double pivot = c[j * p + j] - dot(c + j * p, c + j * p, j);
        const double root = pivot > TOLERANCE ? sqrt(pivot) : 0.0;
        for (size_t i = j + 1; i < p; i++) {
            c[i * p + j] =
                root > 0.0 ? (c[i * p + j] - dot(c + i * p, c + j * p, j)) / root : 0.0;
        }
        b[j] = root > 0.0 ? (b[j] - dot(c + j * p, b, j)) / root : 0.0;
        c[j * p + j] = root;
    }
    for (size_t j = p; j-- > 0;) {
        double rest = b[j];
        for (size_t i = j + 1; i < p; i++) {
            rest -= c[i * p + j] * b[i];
        }
        b[j] = c[j * p + j] > 0.0 ? rest / c[j * p + j] : 0.0;
    }
}

/* b: coefficients; r: correlations of y. Returns R^2. */
static double explain(const double *b, const double *r, size_t p, double *share)
{
    double explained = 0.0;
    double squares = 0.0;
    for (size_t k = 0; k < p; k++) {
        explained += b[k] * r[k];
        squares += b[k] * b[k];
    }
    explained = explained < 0.0 ? 0.0 : explained > 1.0 ? 1.0 : explained;
    for (size_t k = 0; k < p; k++) {
        share[k] = squares > 0.0 ? explained * b[k] * b[k] / squares : 0.0;
    }
    return explained;
}

/*
 * Coefficients over their standard errors. With C = L L^T the variance of coefficient k
 * is that of the rest times the square sum of column k of the inverse of L.
 *
 * l        [p][p] of solve; b [p]; column [p] room
 */
static void put_t(const double *l, size_t p, const double *b, double unexplained,
                  size_t n, double *column, double *t)
{
    size_t rank = 0;
    for (size_t k = 0; k < p; k++) {
        rank += l[k * p + k] > 0.0;
    }
    const double rest = unexplained / ((double)n - (double)rank - 1.0);
    for (size_t k = 0; k < p; k++) {
        double square = 0.0;
        for (size_t i = k; i < p; i++) {
            const double known = dot(l + i * p + k, column + k, i - k);
            const double pivot = l[i * p + i];
            column[i] = pivot > 0.0 ? ((i == k ? 1.0 : 0.0) - known) / pivot : 0.0;
            square += column[i] * column[i];
        }
        t[k] = l[k * p + k] > 0.0 ? b[k] / sqrt(rest * square) : 0.0;
    }
}

enum tacro_status tacro_variance_shares(const double *x, size_t p, const double *y,
                                        size_t n, double *share, double *t,
                                        double *unexplained, struct tacro_error *err)
{
    double *z = calloc((p + 1) * n + 1, sizeof *z);
    double *c = calloc(p * p + 2 * p + 1, sizeof *c);
    double *b = c == NULL ? NULL : c + p * p;
    enum tacro_status st = TACRO_OK;
    if (z == NULL || c == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "regression on %zu numbers", p);
        goto done;
    }
    for (size_t k = 0; k < p; k++) {
        (void)standardise(x + k * n, n, z + k * n);
    }
    if (!standardise(y, n, z + p * n)) {
        *unexplained = NAN;
        for (size_t k = 0; k < p; k++) {
            share[k] = NAN;
            if (t != NULL) {
                t[k] = NAN;
            }
        }
        goto done;
    }
    for (size_t k = 0; k < p; k++) {
        for (size_t j = 0; j <= k; j++) {
            c[k * p + j] = dot(z + k * n, z + j * n, n);
        }
        b[k] = b[p + k] = dot(z + k * n, z + p * n, n);
    }
    solve(c, p, b);
    *unexplained = 1.0 - explain(b, b + p, p, share);
    if (t != NULL) {
        put_t(c, p, b, *unexplained, n, b + p, t);
    }
done:
    free(z);
    free(c);
    return st;
}
