/** Reads the ledger of one patient back from a result file. */
#ifndef TACRO_STORE_LEDGER_READER_H
#define TACRO_STORE_LEDGER_READER_H

#include "core/status.h"
#include "dose/ledger.h"

/**
 * Read the rows of one subject in one regimen.
 *
 * regimen, subject  indices on the file's axes
 * out     overwritten; freed with tacro_ledger_free
 * errors  TACRO_ENOINPUT: the file cannot be opened; TACRO_EINPUT: it has no ledger, or
 *         none of that regimen and subject; TACRO_EIO; TACRO_ENOMEM
 */
enum tacro_status tacro_ledger_read(const char *path, size_t regimen, size_t subject,
                                    struct tacro_ledger *out,
                                    struct tacro_error *err) TACRO_MUST_USE;

#endif
