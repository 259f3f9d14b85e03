#include "store/ledger_group.h"

#include "store/chunk.h"
#include "store/hdf5.h"

#include <ctype.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 8192    /* ledger rows of a chunk */
#define SUBJECTS 512 /* subjects of a chunk: a group */
#define BATCH 512    /* rows turned into columns at once */

/* An array of rows and one number for each subject and regimen, by column. */
enum { ROW_SIZE, ROW_START, FIRST_COLUMN };

enum kind_of_number { F8, U1, I4, I8 };

static const struct {
    const char *name;
    const char *unit;
    const char *long_name;
    const char *description;
    enum kind_of_number number;
    size_t offset; /* in struct tacro_ledger_row */
} tables[] = {
    {"row_size", "1", "rows of the ledger of a subject",
     "Number of rows in the columns of this group.", I8, 0},
    {"row_start", "1", "first row of the ledger of a subject",
     "Index on the dimension `row`; rows row_start to row_start + row_size - 1 are the "
     "subject's, in the order in which things happened. In a regimen that is the same "
     "for all subjects, all share the same rows.",
     I8, 0},
    {"time", "h", "time from start", "Nominal time, of a dose before its lag.", F8,
     offsetof(struct tacro_ledger_row, time)},
    {"kind", "1", "what happened",
     "0 dose given, or with `ss` 3 what was given before the start; 1 dose planned and "
     "not taken; 2 compartments emptied; 3 blood "
     "drawn; 4 measured level known; 5 dose changed by a rule; 6 outcome happened; 7 "
     "rule switched the plan; 8 plan resumed; 9 course looked at.",
     U1, offsetof(struct tacro_ledger_row, kind)},
    {"amount", "mg or ng/mL", "amount, by kind",
     "Of a dose, given or not taken, mg before bioavailability; of a result the level "
     "as measured in ng/mL, NaN below the limit of quantification; of a decision mg "
     "per "
     "dose from now on; of an outcome its index, in the order of the outcomes of the "
     "scenario; of a switch the index of its rule in the regimen; else 0.",
     F8, offsetof(struct tacro_ledger_row, amount)},
    {"rate", "mg/h", "rate of a dose",
     "0 at once, above 0 the rate of an infusion; -1 the rate is R1 of the model, -2 "
     "the duration is its D1. Not used where `duration` is above 0.",
     F8, offsetof(struct tacro_ledger_row, rate)},
    {"duration", "h", "duration of a dose",
     "Time in which a dose runs in whatever its bioavailability; 0: as `rate` says, so "
     "also where a rate is given.",
     F8, offsetof(struct tacro_ledger_row, duration)},
    {"ii", "h", "interval of a dose at steady state",
     "Time between the doses that have made the steady state; 0 where `ss` is 0.", F8,
     offsetof(struct tacro_ledger_row, ii)},
    {"route", "1", "where a dose enters",
     "0 the absorption of the model, 1 intravenous, from 2 on the formulations of the "
     "PK model, named in flag_meanings; 0 where nothing is dosed.",
     U1, offsetof(struct tacro_ledger_row, route)},
    {"ss", "1", "steady state before a dose",
     "0 none; 1 the state becomes the steady state of such doses; 2 that is added; 3 "
     "such doses were given before the start: a row of kind 0 that stands for them "
     "and gives no dose of its own.",
     U1, offsetof(struct tacro_ledger_row, ss)},
    {"occasion", "1", "occasion of a dose",
     "Slot of the kappas that hold for the dose; 0 where nothing is dosed.", I4,
     offsetof(struct tacro_ledger_row, occasion)},
};

#define NTABLES (sizeof tables / sizeof tables[0])

/* A dataset that is written from its first number to its last. */
struct stream {
    hid_t dataset;
    char path[32];
    size_t size;  /* bytes of a number */
    size_t total; /* numbers of a chunk */
    size_t n;     /* in `values` */
    const void *fill;
    hsize_t start[2]; /* of the chunk in `values` */
    size_t axis;      /* of `start` that moves */
    unsigned char *values;
};

struct ledger_group {
    struct tacro_draft *draft;
    hid_t group;
    struct tacro_codec *codec;
    unsigned char *bytes; /* an encoded chunk */
    hid_t row;            /* the scale of rows */
    struct stream stream[NTABLES];
};

/* -- numbers ---------------------------------------------------------------------- */

static hid_t file_type(enum kind_of_number number)
{
    switch (number) {
    case F8:
        return H5T_IEEE_F64LE;
    case U1:
        return H5T_STD_U8LE;
    case I4:
        return H5T_STD_I32LE;
    case I8:
        break;
    }
    return H5T_STD_I64LE;
}

static hid_t memory_type(enum kind_of_number number)
{
    switch (number) {
    case F8:
        return H5T_NATIVE_DOUBLE;
    case U1:
        return H5T_NATIVE_UINT8;
    case I4:
        return H5T_NATIVE_INT32;
    case I8:
        break;
    }
    return H5T_NATIVE_INT64;
}

static size_t size_of(enum kind_of_number number)
{
    static const size_t size[] = {[F8] = 8, [U1] = 1, [I4] = 4, [I8] = 8};
    return size[number];
}

static const void *fill_of(enum kind_of_number number)
{
    static const double none_f8 = NAN;
    static const uint8_t none_u1 = 255;
    static const int32_t none_i4 = -1;
    static const int64_t none_i8 = -1;
    static const void *const fill[] = {
        [F8] = &none_f8, [U1] = &none_u1, [I4] = &none_i4, [I8] = &none_i8};
    return fill[number];
}

/* -- attributes ------------------------------------------------------------------- */

/* Values 0, 1, ... with their names: words joined by blanks. */
static herr_t put_flags(hid_t dataset, const char *const *word, size_t n)
{
    uint8_t value[256];
    char meanings[1024];
    size_t used = 0;
    for (size_t i = 0; i < n && i < sizeof value; i++) {
        value[i] = (uint8_t)i;
        used += (size_t)snprintf(meanings + used, sizeof meanings - used, "%s%s",
                                 i == 0 ? "" : " ", word[i]);
        if (used >= sizeof meanings) {
            return -1;
        }
    }
    if (n == 0 || n > sizeof value ||
        tacro_hdf5_put_values(dataset, "flag_values", H5T_STD_U8LE, H5T_NATIVE_UINT8, n,
                              value) < 0) {
        return -1;
    }
    return tacro_hdf5_put_text(dataset, "flag_meanings", meanings);
}

static herr_t put_kinds(hid_t dataset)
{
    static const char *const upper[] = {
#define NAME(name, text) #name,
        TACRO_LEDGER_KIND_LIST(NAME)
#undef NAME
    };
    char lower[TACRO_NLEDGER_KINDS][16];
    const char *word[TACRO_NLEDGER_KINDS];
    for (size_t i = 0; i < TACRO_NLEDGER_KINDS; i++) {
        size_t k = 0;
        for (; upper[i][k] != '\0' && k + 1 < sizeof lower[i]; k++) {
            lower[i][k] = (char)tolower((unsigned char)upper[i][k]);
        }
        lower[i][k] = '\0';
        word[i] = lower[i];
    }
    return put_flags(dataset, word, TACRO_NLEDGER_KINDS);
}

static herr_t put_attributes(hid_t dataset, size_t t, const char *const *port,
                             size_t nports)
{
    const double none = NAN;
    herr_t bad = tacro_hdf5_put_words(dataset, tables[t].unit, tables[t].long_name,
                                      tables[t].description);
    if (bad >= 0 && tables[t].number == F8) {
        bad = tacro_hdf5_put_values(dataset, "_FillValue", H5T_IEEE_F64LE,
                                    H5T_NATIVE_DOUBLE, 1, &none);
    }
    if (bad >= 0 && t == ROW_SIZE) { /* CF: contiguous ragged array */
        bad = tacro_hdf5_put_text(dataset, "sample_dimension", "row");
    }
    if (bad >= 0 && strcmp(tables[t].name, "kind") == 0) {
        bad = put_kinds(dataset);
    }
    if (bad >= 0 && strcmp(tables[t].name, "route") == 0) {
        bad = put_flags(dataset, port, nports);
    }
    return bad;
}

/* -- datasets --------------------------------------------------------------------- */

/* A dimension without values: netCDF knows such a scale by its name. */
static herr_t create_row(struct ledger_group *g, hsize_t nrows)
{
    char name[96];
    hid_t dcpl = tacro_hdf5_properties(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &nrows, NULL);
    g->row = H5Dcreate2(g->group, "row", H5T_STD_U8LE, space, H5P_DEFAULT, dcpl,
                        H5P_DEFAULT);
    tacro_hdf5_close(space);
    tacro_hdf5_close(dcpl);
    snprintf(name, sizeof name,
             "This is a netCDF dimension but not a netCDF variable.%10llu",
             (unsigned long long)nrows);
    if (g->row < 0 || H5DSset_scale(g->row, name) < 0) {
        return -1;
    }
    return tacro_hdf5_put_words(
        g->row, "1", "row of the ledger",
        "Rows of all subjects one after the other; holds no values.");
}

static herr_t attach(const struct ledger_group *g, size_t t, const hid_t *scale)
{
    const hid_t dataset = g->stream[t].dataset;
    if (t >= FIRST_COLUMN) {
        return H5DSattach_scale(dataset, g->row, 0);
    }
    if (H5DSattach_scale(dataset, scale[TACRO_AXIS_REGIMEN], 0) < 0) {
        return -1;
    }
    return H5DSattach_scale(dataset, scale[TACRO_AXIS_SUBJECT], 1);
}

static hsize_t smaller(hsize_t a, hsize_t b)
{
    return a < b ? a : b;
}

/* `stream` is zero but for its dataset. */
static herr_t create_stream(const struct ledger_group *g, size_t t,
                            const hsize_t *shape, struct stream *stream)
{
    const enum kind_of_number number = tables[t].number;
    const bool is_column = t >= FIRST_COLUMN;
    const size_t rank = is_column ? 1 : 2;
    const hsize_t length = shape[rank - 1];
    const hsize_t chunk[2] = {is_column ? smaller(length, ROWS) : 1,
                              smaller(length, SUBJECTS)};
    snprintf(stream->path, sizeof stream->path, "ledger/%s", tables[t].name);
    stream->size = size_of(number);
    stream->total = (size_t)chunk[rank - 1];
    stream->fill = fill_of(number);
    stream->axis = rank - 1;
    stream->values = malloc((stream->total + 1) * stream->size);
    hid_t dcpl = tacro_hdf5_properties(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple((int)rank, shape, NULL);
    if (stream->values != NULL &&
        H5Pset_fill_value(dcpl, memory_type(number), stream->fill) >= 0 &&
        (length == 0 || shape[0] == 0 ||
         tacro_hdf5_set_chunks(dcpl, rank, chunk) >= 0)) {
        stream->dataset = H5Dcreate2(g->group, tables[t].name, file_type(number), space,
                                     H5P_DEFAULT, dcpl, H5P_DEFAULT);
    }
    tacro_hdf5_close(space);
    tacro_hdf5_close(dcpl);
    return stream->dataset < 0 ? -1 : 0;
}

static enum tacro_status create_all(struct ledger_group *g, hsize_t nrows,
                                    const hid_t *scale, const hsize_t *extent,
                                    const char *const *port, size_t nports,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const hsize_t line[] = {nrows};
    const hsize_t table[] = {extent[TACRO_AXIS_REGIMEN], extent[TACRO_AXIS_SUBJECT]};
    bool is_good = create_row(g, nrows) >= 0;
    TACRO_TRY(tacro_draft_check(g->draft, is_good, "create", "ledger/row", err));
    for (size_t t = 0; t < NTABLES; t++) {
        struct stream *stream = &g->stream[t];
        is_good = create_stream(g, t, t < FIRST_COLUMN ? table : line, stream) >= 0 &&
                  put_attributes(stream->dataset, t, port, nports) >= 0 &&
                  attach(g, t, scale) >= 0;
        TACRO_TRY(tacro_draft_check(g->draft, is_good, "create", stream->path, err));
    }
done:
    return st;
}

/* -- values ----------------------------------------------------------------------- */

static enum tacro_status write_chunk(struct ledger_group *g, struct stream *stream,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    size_t nbytes = 0;
    if (stream->n == 0) {
        return TACRO_OK;
    }
    TACRO_TRY(tacro_chunk_encode(g->codec, stream->values, stream->n, stream->size,
                                 stream->fill, stream->total, g->bytes, &nbytes, err));
    const bool is_good = H5Dwrite_chunk(stream->dataset, H5P_DEFAULT, 0, stream->start,
                                        nbytes, g->bytes) >= 0;
    TACRO_TRY(tacro_draft_check(g->draft, is_good, "write", stream->path, err));
    stream->start[stream->axis] += stream->n;
    stream->n = 0;
done:
    return st;
}

static enum tacro_status put(struct ledger_group *g, struct stream *stream,
                             const void *value, struct tacro_error *err)
{
    memcpy(stream->values + stream->n * stream->size, value, stream->size);
    return ++stream->n < stream->total ? TACRO_OK : write_chunk(g, stream, err);
}

/* row_size and row_start of a piece whose rows begin at `row`. */
static enum tacro_status put_piece(struct ledger_group *g,
                                   struct tacro_ledger_spool *spool,
                                   const struct tacro_ledger_piece *piece, uint64_t row,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    uint64_t size = 0;
    tacro_ledger_spool_seek_sizes(spool, piece);
    for (size_t i = 0; i < piece->nsubjects; i++) {
        if (i == 0 || !piece->is_shared) {
            TACRO_TRY(tacro_ledger_spool_size(spool, &size, err));
        }
        const int64_t number[] = {(int64_t)size, (int64_t)row};
        for (size_t t = 0; t < FIRST_COLUMN; t++) {
            TACRO_TRY(put(g, &g->stream[t], &number[t], err));
        }
        row += piece->is_shared ? 0 : size;
    }
done:
    return st;
}

/* Before all rows: chunks are written in an order that no piece's end changes. */
static enum tacro_status put_subjects(struct ledger_group *g,
                                      struct tacro_ledger_spool *spool, size_t npieces,
                                      const struct tacro_ledger_piece *piece,
                                      hsize_t nsubjects, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    uint64_t row = 0;
    for (size_t i = 0; i < npieces; i++) {
        TACRO_TRY(put_piece(g, spool, &piece[i], row, err));
        row += piece[i].nrows;
        if (piece[i].first + piece[i].nsubjects < nsubjects) {
            continue;
        }
        for (size_t t = 0; t < FIRST_COLUMN; t++) { /* a regimen ends */
            TACRO_TRY(write_chunk(g, &g->stream[t], err));
            g->stream[t].start[0] = piece[i].regimen + 1;
            g->stream[t].start[1] = 0;
        }
    }
done:
    return st;
}

/* n numbers of a column, from rows. */
static void copy_column(const struct tacro_ledger_row *row, size_t n, size_t offset,
                        size_t size, unsigned char *out)
{
    const unsigned char *from = (const unsigned char *)row + offset;
    switch (size) { /* sizes that the compiler knows: a move each */
    case sizeof(double):
        for (size_t i = 0; i < n; i++) {
            memcpy(out + i * sizeof(double), from + i * sizeof *row, sizeof(double));
        }
        break;
    case sizeof(int32_t):
        for (size_t i = 0; i < n; i++) {
            memcpy(out + i * sizeof(int32_t), from + i * sizeof *row, sizeof(int32_t));
        }
        break;
    default:
        for (size_t i = 0; i < n; i++) {
            out[i] = from[i * sizeof *row];
        }
        break;
    }
}

static enum tacro_status put_column(struct ledger_group *g, size_t t,
                                    const struct tacro_ledger_row *row, size_t n,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct stream *stream = &g->stream[t];
    while (n > 0) {
        const size_t space = stream->total - stream->n;
        const size_t part = n < space ? n : space;
        copy_column(row, part, tables[t].offset, stream->size,
                    stream->values + stream->n * stream->size);
        stream->n += part;
        row += part;
        n -= part;
        if (stream->n == stream->total) {
            TACRO_TRY(write_chunk(g, stream, err));
        }
    }
done:
    return st;
}

static enum tacro_status put_rows(struct ledger_group *g,
                                  struct tacro_ledger_spool *spool, size_t npieces,
                                  const struct tacro_ledger_piece *piece,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_ledger_row row[BATCH] = {0};
    size_t n = 0;
    for (size_t i = 0; i < npieces; i++) {
        tacro_ledger_spool_seek_rows(spool, &piece[i]);
        for (uint64_t k = 0; k < piece[i].nrows; k++) {
            TACRO_TRY(tacro_ledger_spool_row(spool, &row[n++], err));
            for (size_t t = FIRST_COLUMN; t < NTABLES && n == BATCH; t++) {
                TACRO_TRY(put_column(g, t, row, n, err));
            }
            n = n == BATCH ? 0 : n;
        }
    }
    for (size_t t = FIRST_COLUMN; t < NTABLES; t++) {
        TACRO_TRY(put_column(g, t, row, n, err));
        TACRO_TRY(write_chunk(g, &g->stream[t], err));
    }
done:
    return st;
}

static void close_all(struct ledger_group *g)
{
    for (size_t t = 0; t < NTABLES; t++) {
        tacro_hdf5_close(g->stream[t].dataset);
        free(g->stream[t].values);
    }
    tacro_hdf5_close(g->row);
    tacro_codec_free(g->codec);
    free(g->bytes);
}

enum tacro_status tacro_ledger_group_write(struct tacro_draft *draft, hid_t group,
                                           const hid_t *scale, const hsize_t *extent,
                                           struct tacro_ledger_spool *spool,
                                           const char *const *port, size_t nports,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct ledger_group g = {.draft = draft, .group = group, .row = H5I_INVALID_HID};
    const struct tacro_ledger_piece *piece = NULL;
    size_t npieces = 0;
    uint64_t nrows = 0;
    for (size_t t = 0; t < NTABLES; t++) {
        g.stream[t].dataset = H5I_INVALID_HID;
    }
    TACRO_TRY(tacro_codec_create(&g.codec, err));
    g.bytes = malloc(tacro_chunk_bound(ROWS, TACRO_MAX_ITEM));
    if (g.bytes == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "ledger");
        goto done;
    }
    TACRO_TRY(tacro_ledger_spool_sort(spool, &npieces, &piece, err));
    for (size_t i = 0; i < npieces; i++) {
        nrows += piece[i].nrows;
    }
    TACRO_TRY(create_all(&g, nrows, scale, extent, port, nports, err));
    TACRO_TRY(put_subjects(&g, spool, npieces, piece, extent[TACRO_AXIS_SUBJECT], err));
    TACRO_TRY(put_rows(&g, spool, npieces, piece, err));
done:
    close_all(&g);
    return st;
}
