#include "tests/support/expm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define NENTRIES (TEST_EXPM_MAX * TEST_EXPM_MAX)

/* The scaled matrix has norm <= 1, where 1/28! = 3e-30 is far below rounding. */
#define NTERMS 28

/* Skips zeros: the matrix of a chain of compartments is mostly empty, and stays so. */
static void matrix_multiply(size_t n, const long double *a, const long double *b,
                            long double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            const long double aik = a[i * n + k];

            if (aik == 0.0L) {
                continue;
            }
            for (size_t j = 0; j < n; j++) {
                out[i * n + j] += aik * b[k * n + j];
            }
        }
    }
}

/* Largest sum of absolute values in a row. */
static long double matrix_norm(size_t n, const long double *a)
{
    long double norm = 0.0L;

    for (size_t i = 0; i < n; i++) {
        long double sum = 0.0L;

        for (size_t j = 0; j < n; j++) {
            sum += fabsl(a[i * n + j]);
        }
        norm = fmaxl(norm, sum);
    }
    return norm;
}

/* exp(b) by its Taylor sum, for a matrix of norm <= 1. */
static void matrix_taylor(size_t n, const long double *b, long double *e)
{
    long double term[NENTRIES] = {0.0L};
    long double next[NENTRIES];

    for (size_t i = 0; i < n; i++) {
        term[i * n + i] = 1.0L;
    }
    memcpy(e, term, n * n * sizeof *e);
    for (int k = 1; k <= NTERMS; k++) {
        matrix_multiply(n, b, term, next);
        for (size_t i = 0; i < n * n; i++) {
            term[i] = next[i] / (long double)k;
            e[i] += term[i];
        }
    }
}

void test_expm(size_t n, const long double *a, long double t, long double *e)
{
    long double b[NENTRIES];
    long double square[NENTRIES];
    long double shift = 0.0L;
    long double norm = 0.0L;
    int nsquarings = 0;

    assert(n >= 1 && n <= TEST_EXPM_MAX);
    /*
     * exp(A t) = exp(-shift t) exp((A + shift I) t). The shifted matrix of a
     * compartment model has no negative entry, so neither the sum nor the squarings
     * cancel.
     */
    for (size_t i = 0; i < n; i++) {
        shift = fmaxl(shift, -a[i * n + i]);
    }
    for (size_t i = 0; i < n * n; i++) {
        b[i] = a[i] * t;
    }
    for (size_t i = 0; i < n; i++) {
        b[i * n + i] = (a[i * n + i] + shift) * t;
    }
    norm = matrix_norm(n, b);
    while (ldexpl(norm, -nsquarings) > 1.0L) {
        nsquarings++;
    }
    for (size_t i = 0; i < n * n; i++) {
        b[i] = ldexpl(b[i], -nsquarings);
    }
    matrix_taylor(n, b, e);
    for (size_t i = 0; i < n * n; i++) {
        e[i] *= expl(ldexpl(-shift * t, -nsquarings));
    }
    for (int k = 0; k < nsquarings; k++) {
        matrix_multiply(n, e, e, square);
        memcpy(e, square, n * n * sizeof *e);
    }
}
