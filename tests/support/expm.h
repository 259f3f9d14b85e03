#ifndef TEST_EXPM_H
#define TEST_EXPM_H

#include <stddef.h>

/** Largest order of a matrix that test_expm takes. */
#define TEST_EXPM_MAX 32

/**
 * Matrix exponential exp(A t) of a small dense matrix.
 *
 * n      order, 1 to TEST_EXPM_MAX
 * a      [n * n] row by row, borrowed
 * t      unit inverse to that of A
 * e      [n * n] row by row, must not overlap a
 *
 * Error about 1e-19 * |A t|, taken entry by entry when t >= 0 and no entry of A off
 * the diagonal is negative (every compartment model), else relative to the norm.
 *
 * source scaling and squaring: Higham, Functions of Matrices, SIAM 2008, chapter 10
 */
void test_expm(size_t n, const long double *a, long double t, long double *e);

#endif
