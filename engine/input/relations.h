/** What a params file says beside its typical values: variability and covariates. */
#ifndef TACRO_INPUT_RELATIONS_H
#define TACRO_INPUT_RELATIONS_H

#include "input/paramset.h"

/**
 * Read `omega` and `kappa` into set->effect, in the order of set->theta, and check
 * `sigma`.
 *
 * cv is the coefficient of variation of a log-normal: omega^2 = ln(1 + cv^2).
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_effects_read(struct tacro_reader *reader,
                                     const struct tacro_node *root,
                                     struct tacro_paramset *set,
                                     struct tacro_error *err) TACRO_MUST_USE;

/**
 * Read `covariates` into set->relation and `reference` into set->reference.
 *
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_relations_read(struct tacro_reader *reader,
                                       const struct tacro_node *root,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err) TACRO_MUST_USE;

#endif
