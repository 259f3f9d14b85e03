#include "store/writer.h"

#include "store/chunk.h"
#include "store/content_hash.h"
#include "store/draft.h"
#include "store/hdf5.h"
#include "store/ledger_group.h"
#include "store/scales.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_ROWS 64         /* subjects per chunk, of one curve each */
#define MAX_ROWS 256        /* the same where a subject has little */
#define ROWS_ALONE 512      /* the same where a subject has one value: a group */
#define SMALL_CHUNK 65536   /* bytes up to which more rows make less work */
#define MAX_WHOLE (4 << 20) /* bytes of a field without subjects in one chunk */

struct tacro_writer {
    struct tacro_draft *draft;
    hid_t file; /* the draft's */
    const struct tacro_fields *fields;
    hsize_t extent[TACRO_NAXES];
    hid_t scale[TACRO_NAXES];
    hid_t *dataset;                   /* [fields->n] */
    hsize_t (*chunk)[TACRO_MAX_AXES]; /* [fields->n] */
};

static const uint8_t flag_values[] = {0, 1, 2, 3, 4};
static const char flag_meanings[] =
    "ok solver_failed not_finite hazard_not_finite negative_hazard";

/* -- storage ---------------------------------------------------------------------- */

static hid_t file_type(enum tacro_storage storage)
{
    switch (storage) {
    case TACRO_F4:
        return H5T_IEEE_F32LE;
    case TACRO_F8:
        return H5T_IEEE_F64LE;
    case TACRO_U1:
        return H5T_STD_U8LE;
    case TACRO_I8:
        break;
    }
    return H5T_STD_I64LE;
}

static hid_t memory_type(enum tacro_storage storage)
{
    switch (storage) {
    case TACRO_F4:
        return H5T_NATIVE_FLOAT;
    case TACRO_F8:
        return H5T_NATIVE_DOUBLE;
    case TACRO_U1:
        return H5T_NATIVE_UINT8;
    case TACRO_I8:
        break;
    }
    return H5T_NATIVE_INT64;
}

static size_t storage_size(enum tacro_storage storage)
{
    switch (storage) {
    case TACRO_F4:
        return sizeof(float);
    case TACRO_U1:
        return sizeof(uint8_t);
    case TACRO_F8:
    case TACRO_I8:
        break;
    }
    return sizeof(double);
}

/* The position of the subject axis, or naxes. */
static size_t row_axis(const struct tacro_field *field)
{
    size_t k = 0;
    while (k < field->naxes && field->axis[k] != TACRO_AXIS_SUBJECT) {
        k++;
    }
    return k;
}

/* Powers of two up to a group: rows arrive in groups, and so in whole chunks. */
static hsize_t choose_rows(size_t row_bytes)
{
    hsize_t rows = MIN_ROWS;
    while (rows < MAX_ROWS && 2 * rows * row_bytes <= SMALL_CHUNK) {
        rows *= 2;
    }
    return rows;
}

static size_t choose_chunk(const struct tacro_field *field, const hsize_t *extent,
                           hsize_t *chunk)
{
    size_t row = row_axis(field);
    size_t bytes = storage_size(field->storage);
    memcpy(chunk, extent, field->naxes * sizeof *chunk);
    for (size_t k = 0; k < row && row < field->naxes; k++) {
        chunk[k] = 1;
    }
    if (row < field->naxes) {
        size_t row_bytes = bytes;
        for (size_t k = row + 1; k < field->naxes; k++) {
            row_bytes *= extent[k];
        }
        hsize_t rows = row + 1 < field->naxes ? choose_rows(row_bytes) : ROWS_ALONE;
        chunk[row] = rows < extent[row] ? rows : extent[row];
    }
    for (size_t k = 0; k < field->naxes; k++) {
        bytes *= chunk[k];
    }
    if (row == field->naxes && bytes > MAX_WHOLE) {
        bytes /= chunk[0];
        chunk[0] = 1;
    }
    return bytes;
}

/* One number that stands where nothing was written. */
static const void *fill_value(enum tacro_storage storage)
{
    static const float none_f4 = NAN;
    static const double none_f8 = NAN;
    static const uint8_t none_u1 = 255;
    static const int64_t none_i8 = -1;
    static const void *const fill[] = {[TACRO_F4] = &none_f4,
                                       [TACRO_F8] = &none_f8,
                                       [TACRO_U1] = &none_u1,
                                       [TACRO_I8] = &none_i8};
    return fill[storage];
}

static herr_t set_fill(hid_t dcpl, enum tacro_storage storage)
{
    return H5Pset_fill_value(dcpl, memory_type(storage), fill_value(storage));
}

/* -- groups ----------------------------------------------------------------------- */

static hid_t open_child(hid_t file, const char *path)
{
    if (H5Lexists(file, path, H5P_DEFAULT) > 0) {
        return H5Gopen2(file, path, H5P_DEFAULT);
    }
    hid_t gcpl = tacro_hdf5_properties(H5P_GROUP_CREATE);
    hid_t group = H5I_INVALID_HID;
    if (gcpl >= 0 && H5Pset_link_creation_order(gcpl, H5P_CRT_ORDER_TRACKED |
                                                          H5P_CRT_ORDER_INDEXED) >= 0) {
        group = H5Gcreate2(file, path, H5P_DEFAULT, gcpl, H5P_DEFAULT);
    }
    tacro_hdf5_close(gcpl);
    return group;
}

/* Opens the first `length` characters of path as a group, and makes what is missing. */
static hid_t open_group(hid_t file, const char *path, size_t length)
{
    char prefix[256];
    hid_t group = H5Gopen2(file, "/", H5P_DEFAULT);
    if (length >= sizeof prefix) {
        tacro_hdf5_close(group);
        return H5I_INVALID_HID;
    }
    for (size_t end = 1; end <= length && group >= 0; end++) {
        if (path[end - 1] != '/' && (end == length || path[end] == '/')) {
            snprintf(prefix, sizeof prefix, "%.*s", (int)end, path);
            tacro_hdf5_close(group);
            group = open_child(file, prefix);
        }
    }
    return group;
}

static herr_t make_parents(hid_t file, const char *path)
{
    const char *slash = strrchr(path, '/');
    hid_t group = open_group(file, path, slash == NULL ? 0 : (size_t)(slash - path));
    tacro_hdf5_close(group);
    return group < 0 ? -1 : 0;
}

/* -- fields ----------------------------------------------------------------------- */

static herr_t attach_scales(const struct tacro_writer *writer,
                            const struct tacro_field *field, hid_t dataset)
{
    for (size_t k = 0; k < field->naxes; k++) {
        hid_t scale = writer->scale[field->axis[k]];
        if (H5DSattach_scale(dataset, scale, (unsigned)k) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Only floats have _FillValue: xarray would make floats of integers that have it. */
static herr_t put_field_attributes(const struct tacro_writer *writer, size_t id,
                                   hid_t dataset)
{
    const struct tacro_field *field = &writer->fields->field[id];
    const double fill = NAN;
    herr_t bad = tacro_hdf5_put_words(dataset, field->unit, field->long_name,
                                      field->description);
    if (bad >= 0 && (field->storage == TACRO_F4 || field->storage == TACRO_F8)) {
        bad = tacro_hdf5_put_values(dataset, "_FillValue", file_type(field->storage),
                                    H5T_NATIVE_DOUBLE, 1, &fill);
    }
    if (bad >= 0 && id == TACRO_FIELD_STATUS) {
        bad = tacro_hdf5_put_values(dataset, "flag_values", H5T_STD_U8LE,
                                    H5T_NATIVE_UINT8, sizeof flag_values, flag_values);
    }
    if (bad >= 0 && id == TACRO_FIELD_STATUS) {
        bad = tacro_hdf5_put_text(dataset, "flag_meanings", flag_meanings);
    }
    return bad < 0 ? -1 : attach_scales(writer, field, dataset);
}

static hid_t create_dataset(struct tacro_writer *writer, size_t id)
{
    const struct tacro_field *field = &writer->fields->field[id];
    hsize_t *chunk = writer->chunk[id];
    hsize_t extent[TACRO_MAX_AXES] = {0};
    bool is_empty = false;
    for (size_t k = 0; k < field->naxes; k++) {
        extent[k] = writer->extent[field->axis[k]];
        is_empty = is_empty || extent[k] == 0;
    }
    size_t bytes = choose_chunk(field, extent, chunk);
    hid_t dcpl = tacro_hdf5_properties(H5P_DATASET_CREATE);
    hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
    hid_t space = H5Screate_simple((int)field->naxes, extent, NULL);
    hid_t dataset = H5I_INVALID_HID;
    /* A cache of one chunk: whole chunks pass through it, memory is flat. */
    if (set_fill(dcpl, field->storage) >= 0 &&
        (is_empty || tacro_hdf5_set_chunks(dcpl, field->naxes, chunk) >= 0) &&
        H5Pset_chunk_cache(dapl, 7, bytes, 1.0) >= 0 &&
        make_parents(writer->file, field->path) >= 0) {
        dataset = H5Dcreate2(writer->file, field->path, file_type(field->storage),
                             space, H5P_DEFAULT, dcpl, dapl);
    }
    tacro_hdf5_close(space);
    tacro_hdf5_close(dapl);
    tacro_hdf5_close(dcpl);
    return dataset;
}

static enum tacro_status create_fields(struct tacro_writer *writer,
                                       struct tacro_error *err)
{
    for (size_t i = 0; i < writer->fields->n; i++) {
        const struct tacro_field *field = &writer->fields->field[i];
        writer->dataset[i] = create_dataset(writer, i);
        bool is_good = writer->dataset[i] >= 0 &&
                       put_field_attributes(writer, i, writer->dataset[i]) >= 0;
        enum tacro_status st =
            tacro_draft_check(writer->draft, is_good, "create", field->path, err);
        if (st != TACRO_OK) {
            return st;
        }
    }
    return TACRO_OK;
}

enum tacro_status tacro_writer_create(const char *path, bool force,
                                      const struct tacro_axes *axes,
                                      const struct tacro_fields *fields,
                                      struct tacro_writer **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_writer *writer = calloc(1, sizeof *writer);
    *out = NULL;
    tacro_hdf5_quiet();
    if (writer != NULL) {
        writer->dataset = malloc((fields->n + 1) * sizeof *writer->dataset);
        writer->chunk = calloc(fields->n + 1, sizeof *writer->chunk);
    }
    if (writer == NULL || writer->dataset == NULL || writer->chunk == NULL) {
        if (writer != NULL) {
            free(writer->dataset);
            free(writer->chunk);
        }
        free(writer);
        return tacro_fail(err, TACRO_ENOMEM, "result file %s", path);
    }
    writer->fields = fields;
    for (size_t i = 0; i < fields->n; i++) {
        writer->dataset[i] = H5I_INVALID_HID;
    }
    for (size_t i = 0; i < TACRO_NAXES; i++) {
        writer->scale[i] = H5I_INVALID_HID;
    }
    const hsize_t extent[TACRO_NAXES] = {[TACRO_AXIS_REGIMEN] = axes->nregimens,
                                         [TACRO_AXIS_DRAW] = axes->ndraws,
                                         [TACRO_AXIS_SUBJECT] = axes->nsubjects,
                                         [TACRO_AXIS_TIME] = axes->ntimes,
                                         [TACRO_AXIS_DAY] = axes->ndays,
                                         [TACRO_AXIS_QUANTILE] = axes->nquantiles,
                                         [TACRO_AXIS_OTHER_REGIMEN] = axes->nregimens,
                                         [TACRO_AXIS_UTILITY_WEIGHT] = axes->nweights};
    memcpy(writer->extent, extent, sizeof extent);
    TACRO_TRY(tacro_draft_create(path, force, &writer->draft, err));
    writer->file = tacro_draft_file(writer->draft);
    TACRO_TRY(tacro_scales_create(writer->draft, axes, writer->scale, err));
    TACRO_TRY(create_fields(writer, err));
    *out = writer;
    writer = NULL;
done:
    tacro_writer_free(writer);
    return st;
}

/* -- data ------------------------------------------------------------------------- */

enum tacro_status tacro_writer_pack(const struct tacro_writer *writer, size_t id,
                                    size_t regimen, size_t first_row, size_t nrows,
                                    const void *data, struct tacro_batch *batch,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_field *field = &writer->fields->field[id];
    const size_t row = row_axis(field);
    const size_t size = storage_size(field->storage);
    const size_t end = first_row + nrows;
    size_t start[TACRO_MAX_AXES] = {0};
    size_t inner = 1; /* numbers of a row */
    size_t step;      /* rows of a chunk */
    if (row == field->naxes || regimen >= writer->extent[TACRO_AXIS_REGIMEN] ||
        end > writer->extent[TACRO_AXIS_SUBJECT]) {
        return tacro_fail(err, TACRO_EBUG, "%s has no rows %zu to %zu of regimen %zu",
                          field->path, first_row, end, regimen);
    }
    step = (size_t)writer->chunk[id][row];
    if (first_row % step != 0 ||
        (end % step != 0 && end != writer->extent[TACRO_AXIS_SUBJECT])) {
        return tacro_fail(err, TACRO_EBUG, "%s: rows %zu to %zu are not whole chunks",
                          field->path, first_row, end);
    }
    for (size_t k = row + 1; k < field->naxes; k++) {
        inner *= writer->extent[field->axis[k]];
    }
    start[0] = row > 0 ? regimen : 0;
    for (size_t i = first_row; inner > 0 && i < end; i += step) {
        const size_t n = end - i < step ? end - i : step;
        start[row] = i;
        TACRO_TRY(tacro_batch_add(
            batch, id, start,
            (const unsigned char *)data + (i - first_row) * inner * size, n * inner,
            size, fill_value(field->storage), step * inner, err));
    }
done:
    return st;
}

enum tacro_status tacro_writer_commit(struct tacro_writer *writer,
                                      struct tacro_batch *batch,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    tacro_hdf5_quiet();
    for (size_t i = 0; i < batch->n; i++) {
        const struct tacro_batch_chunk *chunk = &batch->chunk[i];
        hsize_t start[TACRO_MAX_AXES];
        for (size_t k = 0; k < TACRO_MAX_AXES; k++) {
            start[k] = chunk->start[k];
        }
        const herr_t bad =
            H5Dwrite_chunk(writer->dataset[chunk->field], H5P_DEFAULT, 0, start,
                           chunk->nbytes, batch->bytes + chunk->at);
        TACRO_TRY(tacro_draft_check(writer->draft, bad >= 0, "write",
                                    writer->fields->field[chunk->field].path, err));
    }
done:
    tacro_batch_clear(batch);
    return st;
}

enum tacro_status tacro_writer_whole(struct tacro_writer *writer, size_t id,
                                     const void *data, struct tacro_error *err)
{
    const struct tacro_field *field = &writer->fields->field[id];
    tacro_hdf5_quiet();
    return tacro_draft_check(writer->draft,
                             tacro_hdf5_write_all(writer->dataset[id],
                                                  memory_type(field->storage),
                                                  data) >= 0,
                             "write", field->path, err);
}

enum tacro_status tacro_writer_spool(const struct tacro_writer *writer,
                                     struct tacro_ledger_spool **out,
                                     struct tacro_error *err)
{
    return tacro_ledger_spool_create(writer->draft, writer->extent[TACRO_AXIS_REGIMEN],
                                     writer->extent[TACRO_AXIS_SUBJECT], out, err);
}

enum tacro_status tacro_writer_ledger(struct tacro_writer *writer,
                                      struct tacro_ledger_spool *spool,
                                      const char *const *port, size_t nports,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    tacro_hdf5_quiet();
    hid_t group = open_group(writer->file, "ledger", strlen("ledger"));
    TACRO_TRY(tacro_draft_check(writer->draft, group >= 0, "create", "ledger", err));
    TACRO_TRY(tacro_ledger_group_write(writer->draft, group, writer->scale,
                                       writer->extent, spool, port, nports, err));
done:
    tacro_hdf5_close(group);
    return st;
}

enum tacro_status tacro_writer_text(struct tacro_writer *writer, const char *path,
                                    const char *text, const char *description,
                                    struct tacro_error *err)
{
    tacro_hdf5_quiet();
    hid_t type = tacro_hdf5_string_type();
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t dcpl = tacro_hdf5_properties(H5P_DATASET_CREATE);
    hid_t dataset = H5I_INVALID_HID;
    if (dcpl >= 0 && make_parents(writer->file, path) >= 0) {
        dataset =
            H5Dcreate2(writer->file, path, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    }
    bool is_good = dataset >= 0 && tacro_hdf5_write_all(dataset, type, &text) >= 0 &&
                   tacro_hdf5_put_words(dataset, "1", description, description) >= 0;
    enum tacro_status st =
        tacro_draft_check(writer->draft, is_good, "write", path, err);
    tacro_hdf5_close(dataset);
    tacro_hdf5_close(dcpl);
    tacro_hdf5_close(space);
    tacro_hdf5_close(type);
    return st;
}

/* -- attributes ------------------------------------------------------------------- */

enum tacro_status tacro_writer_attribute(struct tacro_writer *writer, const char *path,
                                         const char *name, const char *text,
                                         struct tacro_error *err)
{
    tacro_hdf5_quiet();
    hid_t group = open_group(writer->file, path, strlen(path));
    bool is_good = group >= 0 && tacro_hdf5_put_text(group, name, text) >= 0;
    enum tacro_status st =
        tacro_draft_check(writer->draft, is_good, "write attribute", name, err);
    tacro_hdf5_close(group);
    return st;
}

static enum tacro_status put_values(struct tacro_writer *writer, const char *path,
                                    const char *name, hid_t to, hid_t from, size_t n,
                                    const void *values, struct tacro_error *err)
{
    tacro_hdf5_quiet();
    hid_t group = open_group(writer->file, path, strlen(path));
    bool is_good =
        group >= 0 && tacro_hdf5_put_values(group, name, to, from, n, values) >= 0;
    enum tacro_status st =
        tacro_draft_check(writer->draft, is_good, "write attribute", name, err);
    tacro_hdf5_close(group);
    return st;
}

enum tacro_status tacro_writer_number(struct tacro_writer *writer, const char *path,
                                      const char *name, double value,
                                      struct tacro_error *err)
{
    return put_values(writer, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, &value,
                      err);
}

enum tacro_status tacro_writer_numbers(struct tacro_writer *writer, const char *path,
                                       const char *name, const double *values, size_t n,
                                       struct tacro_error *err)
{
    return n == 0 ? TACRO_OK
                  : put_values(writer, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n,
                               values, err);
}

enum tacro_status tacro_writer_integer(struct tacro_writer *writer, const char *path,
                                       const char *name, int64_t value,
                                       struct tacro_error *err)
{
    return put_values(writer, path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 0, &value,
                      err);
}

/* -- end -------------------------------------------------------------------------- */

static void close_datasets(struct tacro_writer *writer)
{
    for (size_t i = 0; i < writer->fields->n; i++) {
        tacro_hdf5_close(writer->dataset[i]);
        writer->dataset[i] = H5I_INVALID_HID;
    }
    for (size_t i = 0; i < TACRO_NAXES; i++) {
        tacro_hdf5_close(writer->scale[i]);
        writer->scale[i] = H5I_INVALID_HID;
    }
}

static enum tacro_status flush(struct tacro_writer *writer, struct tacro_error *err)
{
    return tacro_draft_check(writer->draft,
                             H5Fflush(writer->file, H5F_SCOPE_GLOBAL) >= 0, "flush",
                             "the file", err);
}

enum tacro_status tacro_writer_finish(struct tacro_writer *writer, char hash[65],
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    tacro_hdf5_quiet();
    close_datasets(writer);
    TACRO_TRY(flush(writer, err));
    TACRO_TRY(tacro_content_hash(writer->file, hash, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/", "content_hash", hash, err));
    TACRO_TRY(flush(writer, err));
    TACRO_TRY(tacro_writer_integer(writer, "/", "complete", 1, err));
    TACRO_TRY(tacro_draft_publish(writer->draft, err));
done:
    return st;
}

void tacro_writer_free(struct tacro_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    tacro_hdf5_quiet();
    close_datasets(writer);
    tacro_draft_free(writer->draft);
    free(writer->dataset);
    free(writer->chunk);
    free(writer);
}
