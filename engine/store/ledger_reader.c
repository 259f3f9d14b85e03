#include "store/ledger_reader.h"

#include "store/hdf5.h"
#include "store/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NUMBER 8 /* bytes of a number of a column */

struct place {
    const char *path;
    hid_t file;
    hsize_t start; /* row */
    hsize_t n;     /* rows */
};

static enum tacro_status fail_read(const struct place *place, const char *name,
                                   struct tacro_error *err)
{
    char reason[256];
    tacro_hdf5_reason(reason, sizeof reason);
    return tacro_fail(err, TACRO_EIO, "%s: cannot read ledger/%s: %s", place->path,
                      name, reason);
}

/* Numbers [start, start + count) of a dataset of `rank` axes; negative on failure. */
static herr_t read_part(hid_t dataset, hid_t type, int rank, const hsize_t *start,
                        const hsize_t *count, void *values)
{
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(rank, count, NULL);
    herr_t bad = H5Sget_simple_extent_ndims(space) == rank ? 0 : -1;
    if (bad >= 0) {
        bad = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    }
    if (bad >= 0) {
        bad = H5Dread(dataset, type, memory, space, H5P_DEFAULT, values);
    }
    tacro_hdf5_close(memory);
    tacro_hdf5_close(space);
    return bad;
}

/* row_size or row_start. */
static enum tacro_status read_number(const struct place *place, const char *name,
                                     size_t regimen, size_t subject, hsize_t *number,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const hsize_t start[] = {regimen, subject};
    const hsize_t one[] = {1, 1};
    hsize_t extent[H5S_MAX_RANK] = {0};
    int64_t value = -1;
    hid_t group = H5Gopen2(place->file, "ledger", H5P_DEFAULT);
    hid_t dataset = group < 0 ? H5I_INVALID_HID : H5Dopen2(group, name, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    if (dataset < 0) {
        st = tacro_fail(err, TACRO_EINPUT, "%s has no ledger", place->path);
    } else if (H5Sget_simple_extent_dims(space, extent, NULL) != 2 ||
               regimen >= extent[0] || subject >= extent[1]) {
        st = tacro_fail(err, TACRO_EINPUT,
                        "%s: no ledger of regimen %zu, subject %zu, expected less than "
                        "%llu and %llu",
                        place->path, regimen, subject, (unsigned long long)extent[0],
                        (unsigned long long)extent[1]);
    } else if (read_part(dataset, H5T_NATIVE_INT64, 2, start, one, &value) < 0 ||
               value < 0) {
        st = fail_read(place, name, err);
    }
    *number = (hsize_t)value;
    tacro_hdf5_close(space);
    tacro_hdf5_close(dataset);
    tacro_hdf5_close(group);
    return st;
}

/* A number of `size` bytes of struct tacro_ledger_row. */
static hid_t memory_type(size_t size)
{
    if (size == sizeof(uint8_t)) {
        return H5T_NATIVE_UINT8;
    }
    return size == sizeof(int32_t) ? H5T_NATIVE_INT32 : H5T_NATIVE_DOUBLE;
}

static enum tacro_status read_column(const struct place *place, const char *path,
                                     size_t offset, size_t size, unsigned char *values,
                                     struct tacro_ledger_row *row,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    hid_t dataset = H5Dopen2(place->file, path, H5P_DEFAULT);
    if (dataset < 0 || read_part(dataset, memory_type(size), 1, &place->start,
                                 &place->n, values) < 0) {
        st = fail_read(place, strchr(path, '/') + 1, err);
        goto done;
    }
    for (hsize_t k = 0; k < place->n; k++) {
        memcpy((unsigned char *)&row[k] + offset, values + k * size, size);
    }
done:
    tacro_hdf5_close(dataset);
    return st;
}

enum tacro_status tacro_ledger_read(const char *path, size_t regimen, size_t subject,
                                    struct tacro_ledger *out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct place place = {path, H5I_INVALID_HID, 0, 0};
    struct tacro_ledger_row *row = NULL;
    unsigned char *values = NULL;
    *out = (struct tacro_ledger){0};
    tacro_hdf5_quiet();
    if (access(path, R_OK) != 0) {
        return tacro_fail(err, TACRO_ENOINPUT, "%s: %s", path, strerror(errno));
    }
    place.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (place.file < 0) {
        return tacro_fail(err, TACRO_ENOINPUT, "%s: not an HDF5 file", path);
    }
    TACRO_TRY(read_number(&place, "row_size", regimen, subject, &place.n, err));
    TACRO_TRY(read_number(&place, "row_start", regimen, subject, &place.start, err));
    if (place.n == 0) {
        goto done;
    }
    if (place.n <= SIZE_MAX / sizeof *row) {
        row = calloc((size_t)place.n, sizeof *row);
        values = malloc((size_t)place.n * MAX_NUMBER);
    }
    if (row == NULL || values == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "%s: ledger of %llu rows", path,
                        (unsigned long long)place.n);
        goto done;
    }
#define READ(name)                                                                     \
    TACRO_TRY(read_column(&place, "ledger/" #name,                                     \
                          offsetof(struct tacro_ledger_row, name), sizeof row->name,   \
                          values, row, err));
    TACRO_LEDGER_COLUMN_LIST(READ)
#undef READ
    *out = (struct tacro_ledger){
        .n = (size_t)place.n, .capacity = (size_t)place.n, .row = row};
    row = NULL;
done:
    free(row);
    free(values);
    tacro_hdf5_close(place.file);
    return st;
}
