/** The residual error of a PK file: by output, by assay, and how errors go together. */
#ifndef TACRO_INPUT_SIGMA_H
#define TACRO_INPUT_SIGMA_H

#include "input/paramset.h"

/**
 * Read `sigma` into set->residual: of each output one entry, or a list of entries by
 * assay, and `corr`.
 *
 * map  NULL: nothing is read. The entries of an output replace those it has; with
 *      `corr` all correlations are replaced.
 */
void tacro_sigma_read(struct tacro_reader *reader, const struct tacro_node *map,
                      struct tacro_paramset *set);

/** "lcms", "immunoassay"; of TACRO_ASSAY_ANY "any". */
const char *tacro_assay_name(enum tacro_assay assay);

/**
 * The error of an output by an assay: its own entry, or that without an assay; with
 * TACRO_ASSAY_ANY that without an assay, or that of lcms. NULL: there is none.
 */
const struct tacro_sigma *tacro_sigma_find(const struct tacro_residual *residual,
                                           const char *output, enum tacro_assay assay);

/**
 * Names of the outputs that have an error, in the order of the file.
 *
 * output  [TACRO_MAX_OBSERVED]; returns how many
 */
size_t tacro_sigma_outputs(const struct tacro_residual *residual, const char **output);

/**
 * Lower Cholesky factor of the correlations of n outputs, at most TACRO_MAX_OBSERVED.
 *
 * factor  [n][n]
 * Returns false where the matrix is not positive definite.
 */
bool tacro_sigma_factor(const struct tacro_residual *residual,
                        const char *const *output, size_t n, double *factor);

/**
 * Read `observe` of a scenario: true, false or {assay}. Notes a fault, which lists what
 * there is, if an output of the PK file lacks the assay's error or all lack any.
 *
 * node   NULL: nothing is observed
 * pk     NULL after faults of its own
 * Returns whether levels are observed.
 */
bool tacro_observe_read(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *pk, enum tacro_assay *assay);

#endif
