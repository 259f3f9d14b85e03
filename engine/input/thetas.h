/** The typical values of a params file. */
#ifndef TACRO_INPUT_THETAS_H
#define TACRO_INPUT_THETAS_H

#include "input/paramset.h"

/**
 * Read `theta` into set->theta, which the parts have been read for.
 *
 * In a PK file a `ci` without `uncertainty` beside it is that of a log-normal: log sd
 * ln(high / low) / (2 * 1.96).
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_thetas_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set,
                                    struct tacro_error *err) TACRO_MUST_USE;

#endif
