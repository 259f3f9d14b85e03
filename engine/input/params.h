/** Which parts a params file names, and which parameters these and a dose have. */
#ifndef TACRO_INPUT_PARAMS_H
#define TACRO_INPUT_PARAMS_H

#include "input/paramset.h"

/**
 * Read `parts`: names of the registry; `first_order@LCP` is the absorption of the
 * formulation LCP.
 *
 * Returns false when a part cannot be used: what its parameters are is then not known.
 */
bool tacro_parts_read(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_paramset *set);

/**
 * Set the theta's part, param, formulation and unit by its name; false: no such one.
 */
bool tacro_params_find(const struct tacro_paramset *set, const char *name,
                       struct tacro_theta *theta);
void tacro_params_note_unknown(struct tacro_reader *reader,
                               const struct tacro_node *item,
                               const struct tacro_paramset *set);

/** Note every parameter that the thetas read so far lack. */
void tacro_params_check(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *set);

/** Whether a THETA may be 0: a lag or an FZERO. */
bool tacro_params_may_be_zero(const struct tacro_paramset *set,
                              const struct tacro_theta *theta);

/**
 * Hard limits of a typical value; a dose's are those of pk-models.md 9.4.
 *
 * largest  of a part's parameter
 */
struct tacro_quantity tacro_params_limits(const struct tacro_paramset *set,
                                          const struct tacro_theta *theta,
                                          enum tacro_dimension dimension,
                                          double largest);

#endif
