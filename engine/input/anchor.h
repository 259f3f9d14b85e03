/** What a risk file says of incidence and of what follows an event. */
#ifndef TACRO_INPUT_ANCHOR_H
#define TACRO_INPUT_ANCHOR_H

#include "input/paramset.h"

/**
 * Read `anchor`: {incidence, uncertainty, within, solves, mark, from}.
 *
 * node    NULL: there is none
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_anchor_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set,
                                    struct tacro_error *err) TACRO_MUST_USE;

/**
 * Read `after` (after.c): a map of all names of TACRO_AFTER_LIST, each {value,
 * uncertainty, mark, from}.
 *
 * node    NULL: there is none
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_after_read(struct tacro_reader *reader,
                                   const struct tacro_node *node,
                                   struct tacro_paramset *set,
                                   struct tacro_error *err) TACRO_MUST_USE;

#endif
