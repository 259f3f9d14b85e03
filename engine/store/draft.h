/**
 * A result file in the making: beside its final name, and renamed when it is complete.
 *
 * HDF5 writes through a driver of ours. It keeps the system's reason for the first
 * write that fails and lets every later one pass: HDF5 cannot close a file whose writes
 * fail. No one sees the damage, because such a draft is never published.
 */
#ifndef TACRO_STORE_DRAFT_H
#define TACRO_STORE_DRAFT_H

#include "core/status.h"

#include <hdf5.h>

struct tacro_draft;

/**
 * Create `<path>.<process>.part`, a name that no file has.
 *
 * A symbolic link is followed and stays. Force replaces HDF5 files and empty ones only.
 *
 * errors  TACRO_ECREATE: path exists and may not be replaced, is a link to no file or
 *         no regular file, or cannot be created
 */
enum tacro_status tacro_draft_create(const char *path, bool force,
                                     struct tacro_draft **out,
                                     struct tacro_error *err) TACRO_MUST_USE;

/** The open HDF5 file, owned by the draft. */
hid_t tacro_draft_file(const struct tacro_draft *draft);

/** The path as it was given, for messages; borrowed. */
const char *tacro_draft_path(const struct tacro_draft *draft);

/**
 * Create an empty file on the draft's disk that has no name: it goes when it is closed,
 * however the program ends.
 *
 * fd      open for reading and writing, closed by the caller
 * errors  TACRO_ECREATE
 */
enum tacro_status tacro_draft_scratch(const struct tacro_draft *draft, int *fd,
                                      struct tacro_error *err) TACRO_MUST_USE;

/**
 * Turn the result of an HDF5 call into ours. A draft that failed once stays failed.
 *
 * verb    "write", of the object, "trough"
 * errors  TACRO_EIO if the call failed or any write did
 */
enum tacro_status tacro_draft_check(struct tacro_draft *draft, bool is_good,
                                    const char *verb, const char *object,
                                    struct tacro_error *err) TACRO_MUST_USE;

/**
 * Close, flush to disk, rename.
 *
 * errors  TACRO_EIO; TACRO_ECREATE when by now the name is taken by what may not be
 *         replaced
 */
enum tacro_status tacro_draft_publish(struct tacro_draft *draft,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** Close; what was not published is removed. */
void tacro_draft_free(struct tacro_draft *draft);

#endif
