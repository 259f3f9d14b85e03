/** Correlations of the random effects of a params file. */
#ifndef TACRO_INPUT_CORRELATIONS_H
#define TACRO_INPUT_CORRELATIONS_H

#include "input/paramset.h"

/**
 * Read `corr` of `omega` and `kappa` into set->omega_corr and set->kappa_corr, once the
 * effects are known.
 *
 * The correlation matrix goes over all effects of the file, so that one that nobody
 * uses changes no bit of the others; it must be positive definite.
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_correlations_read(struct tacro_reader *reader,
                                          const struct tacro_node *root,
                                          struct tacro_paramset *set,
                                          struct tacro_error *err) TACRO_MUST_USE;

void tacro_correlations_free(struct tacro_correlations *correlations);

/**
 * Lower Cholesky factor of a symmetric matrix.
 *
 * matrix   [n][n], row-major; its lower half is read
 * factor   [n][n]; what is above the diagonal becomes 0
 * returns  n; or the first row at which the matrix is not positive definite
 */
size_t tacro_cholesky(const double *matrix, size_t n, double *factor);

#endif
