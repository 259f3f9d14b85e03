/**
 * Writes one HDF5 result (design: xarray, netCDF4 and R open it unmodified).
 *
 * The file grows under a temporary name beside its final one and is renamed when it is
 * complete. One thread at a time, but for tacro_writer_pack.
 */
#ifndef TACRO_STORE_WRITER_H
#define TACRO_STORE_WRITER_H

#include "store/batch.h"
#include "store/fields.h"
#include "store/ledger.h"

/** The axes of a result. */
struct tacro_axes {
    size_t nregimens;
    const char *const *regimen;       /**< labels */
    const char *const *regimen_plan;  /**< NULL: one PK model; else of each regimen */
    const char *const *regimen_model; /**< likewise */
    size_t ndraws;
    size_t nsubjects;       /**< rows of the subject axis */
    uint64_t first_subject; /**< label of row 0 */
    uint64_t per_draw;      /**< patients per draw: subject_draw = label / per_draw */
    size_t ntimes;
    const double *time; /**< h */
    size_t ndays;
    const int *day; /**< POD */
    size_t nquantiles;
    const double *quantile;
    size_t nweights;
    const double *weight; /**< of utilities */
};

struct tacro_writer;

/**
 * Create the file, its scales and its empty datasets.
 *
 * fields  borrowed until the writer is freed
 * force   replace a file that exists, if it is HDF5 or empty
 * errors  TACRO_ECREATE: the file exists and may not be replaced, or cannot be created
 */
enum tacro_status tacro_writer_create(const char *path, bool force,
                                      const struct tacro_axes *axes,
                                      const struct tacro_fields *fields,
                                      struct tacro_writer **out,
                                      struct tacro_error *err) TACRO_MUST_USE;

/**
 * Encode rows of a field whose axes are (regimen, subject, ...) or (subject, ...).
 *
 * Any thread may do it at any time: the writer does not change and HDF5 is not asked.
 *
 * first_row, nrows  whole chunks: multiples of 512 rows are, and so is what lies
 *                   between one and the end of the subject axis
 * data    [nrows][inner axes], of the field's storage type (U1 uint8_t, I8 int64_t)
 * batch   receives the chunks
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_writer_pack(const struct tacro_writer *writer, size_t field,
                                    size_t regimen, size_t first_row, size_t nrows,
                                    const void *data, struct tacro_batch *batch,
                                    struct tacro_error *err) TACRO_MUST_USE;

/**
 * Write the chunks of a batch as they are, and empty it.
 *
 * errors  TACRO_EIO
 */
enum tacro_status tacro_writer_commit(struct tacro_writer *writer,
                                      struct tacro_batch *batch,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** Write all of a field. */
enum tacro_status tacro_writer_whole(struct tacro_writer *writer, size_t field,
                                     const void *data,
                                     struct tacro_error *err) TACRO_MUST_USE;

/**
 * Begin the ledger of the file: a spool of its sizes, beside its draft.
 *
 * out     freed with tacro_ledger_spool_free, before or after the writer
 * errors  TACRO_ECREATE, TACRO_ENOMEM
 */
enum tacro_status tacro_writer_spool(const struct tacro_writer *writer,
                                     struct tacro_ledger_spool **out,
                                     struct tacro_error *err) TACRO_MUST_USE;

/**
 * Write the group /ledger, once every subject of every regimen is in the spool.
 *
 * port    [nports] names, "oral", "iv" and those of formulations, as `route` counts
 * errors  TACRO_EIO, TACRO_ENOMEM; TACRO_EBUG if a subject is missing or there twice
 */
enum tacro_status tacro_writer_ledger(struct tacro_writer *writer,
                                      struct tacro_ledger_spool *spool,
                                      const char *const *port, size_t nports,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** A text as a variable-length UTF-8 scalar dataset, for instance "input/scenario". */
enum tacro_status tacro_writer_text(struct tacro_writer *writer, const char *path,
                                    const char *text, const char *description,
                                    struct tacro_error *err) TACRO_MUST_USE;

/** Attributes of a group: "/" the root, "/provenance" what may differ between runs. */
enum tacro_status tacro_writer_attribute(struct tacro_writer *writer, const char *group,
                                         const char *name, const char *text,
                                         struct tacro_error *err) TACRO_MUST_USE;
enum tacro_status tacro_writer_number(struct tacro_writer *writer, const char *group,
                                      const char *name, double value,
                                      struct tacro_error *err) TACRO_MUST_USE;
/** A 1-D attribute of n values; n = 0 writes none. */
enum tacro_status tacro_writer_numbers(struct tacro_writer *writer, const char *group,
                                       const char *name, const double *values, size_t n,
                                       struct tacro_error *err) TACRO_MUST_USE;
enum tacro_status tacro_writer_integer(struct tacro_writer *writer, const char *group,
                                       const char *name, int64_t value,
                                       struct tacro_error *err) TACRO_MUST_USE;

/**
 * Hash the content, write `content_hash` and `complete = 1`, flush to disk, rename.
 *
 * hash    [65] receives the SHA-256 of everything outside /provenance, in hex
 */
enum tacro_status tacro_writer_finish(struct tacro_writer *writer, char hash[65],
                                      struct tacro_error *err) TACRO_MUST_USE;

/** Close; an unfinished file is removed. */
void tacro_writer_free(struct tacro_writer *writer);

#endif
