/**
 * Ledgers of patients, put down in any order and read back in that of the result.
 *
 * Groups of subjects finish in any order. Their rows wait in a nameless file beside the
 * draft, so that memory stays flat and the bytes of the result depend on no order.
 * One thread at a time.
 */
#ifndef TACRO_STORE_LEDGER_H
#define TACRO_STORE_LEDGER_H

#include "core/status.h"
#include "dose/ledger.h"

/** Fields of struct tacro_ledger_row: a column of /ledger each. */
#define TACRO_LEDGER_COLUMN_LIST(X)                                                    \
    X(time)                                                                            \
    X(kind)                                                                            \
    X(amount)                                                                          \
    X(rate)                                                                            \
    X(duration)                                                                        \
    X(ii)                                                                              \
    X(route)                                                                           \
    X(ss)                                                                              \
    X(occasion)

struct tacro_draft;
struct tacro_ledger_spool;

/**
 * Begin a spool beside a draft (tacro_writer_spool has the sizes).
 *
 * errors  TACRO_ECREATE, TACRO_ENOMEM
 */
enum tacro_status tacro_ledger_spool_create(const struct tacro_draft *draft,
                                            size_t nregimens, size_t nsubjects,
                                            struct tacro_ledger_spool **out,
                                            struct tacro_error *err) TACRO_MUST_USE;
void tacro_ledger_spool_free(struct tacro_ledger_spool *spool);

/**
 * Put down the ledgers of subjects that follow each other.
 *
 * ledger  [nsubjects], borrowed
 * errors  TACRO_EIO, also when an earlier call failed; TACRO_ENOMEM; TACRO_EBUG
 */
enum tacro_status tacro_ledger_spool_add(struct tacro_ledger_spool *spool,
                                         size_t regimen, size_t first_subject_row,
                                         size_t nsubjects,
                                         const struct tacro_ledger *const *ledger,
                                         struct tacro_error *err) TACRO_MUST_USE;

/** The same for a regimen in which all subjects have one ledger: stored once. */
enum tacro_status tacro_ledger_spool_add_shared(struct tacro_ledger_spool *spool,
                                                size_t regimen,
                                                const struct tacro_ledger *ledger,
                                                struct tacro_error *err) TACRO_MUST_USE;

/** Subjects of one regimen, as they were put down. */
struct tacro_ledger_piece {
    size_t regimen;
    size_t first; /**< subject row */
    size_t nsubjects;
    bool is_shared; /**< one ledger for all subjects of the regimen */
    uint64_t nrows; /**< of all of them */
    uint64_t at;    /**< byte of the file; used by the spool alone */
};

/**
 * Turn to reading: the pieces in order of regimen and subject.
 *
 * npieces, piece  borrowed
 * errors  TACRO_EIO; TACRO_EBUG unless every subject of every regimen is there once
 */
enum tacro_status tacro_ledger_spool_sort(struct tacro_ledger_spool *spool,
                                          size_t *npieces,
                                          const struct tacro_ledger_piece **piece,
                                          struct tacro_error *err) TACRO_MUST_USE;

/** Go to the sizes of a piece, one a subject, one in all if shared; or to its rows. */
void tacro_ledger_spool_seek_sizes(struct tacro_ledger_spool *spool,
                                   const struct tacro_ledger_piece *piece);
void tacro_ledger_spool_seek_rows(struct tacro_ledger_spool *spool,
                                  const struct tacro_ledger_piece *piece);

/** Read on: a size, a row. errors TACRO_EIO */
enum tacro_status tacro_ledger_spool_size(struct tacro_ledger_spool *spool,
                                          uint64_t *size,
                                          struct tacro_error *err) TACRO_MUST_USE;
enum tacro_status tacro_ledger_spool_row(struct tacro_ledger_spool *spool,
                                         struct tacro_ledger_row *row,
                                         struct tacro_error *err) TACRO_MUST_USE;

#endif
