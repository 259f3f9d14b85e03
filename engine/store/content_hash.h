/** One SHA-256 over the science in a result: everything outside /provenance. */
#ifndef TACRO_STORE_CONTENT_HASH_H
#define TACRO_STORE_CONTENT_HASH_H

#include "core/status.h"

#include <hdf5.h>

/**
 * Hash an open result file.
 *
 * Covers paths in name order, types, shapes, values and attributes; leaves out
 * /provenance, `content_hash`, `complete`, and what HDF5 keeps for dimension scales.
 * Memory is bounded: datasets are read in pieces.
 */
enum tacro_status tacro_content_hash(hid_t file, char hash[65],
                                     struct tacro_error *err) TACRO_MUST_USE;

#endif
