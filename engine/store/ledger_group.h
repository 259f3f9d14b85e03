/** The group /ledger of a result file: what happened to each patient, row by row. */
#ifndef TACRO_STORE_LEDGER_GROUP_H
#define TACRO_STORE_LEDGER_GROUP_H

#include "store/draft.h"
#include "store/fields.h"
#include "store/ledger.h"

/**
 * Write a spool, a chunk at a time.
 *
 * group   empty, of the draft's file
 * scale   [TACRO_NAXES] open dimension scales
 * extent  [TACRO_NAXES]
 * port    [nports] names of the values of `route`
 * errors  TACRO_EIO, TACRO_ENOMEM; TACRO_EBUG of tacro_ledger_spool_sort
 */
enum tacro_status tacro_ledger_group_write(struct tacro_draft *draft, hid_t group,
                                           const hid_t *scale, const hsize_t *extent,
                                           struct tacro_ledger_spool *spool,
                                           const char *const *port, size_t nports,
                                           struct tacro_error *err) TACRO_MUST_USE;

#endif
