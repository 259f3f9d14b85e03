#include "store/chunk_reader.h"

#include "store/hdf5.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CHUNK ((hsize_t)256 << 20) /* bytes */

static bool has_our_filters(hid_t dcpl)
{
    static const H5Z_filter_t ours[] = {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE,
                                        H5Z_FILTER_FLETCHER32};
    const int n = (int)(sizeof ours / sizeof ours[0]);
    bool is_ours = H5Pget_layout(dcpl) == H5D_CHUNKED && H5Pget_nfilters(dcpl) == n;
    for (int i = 0; is_ours && i < n; i++) {
        unsigned flags = 0;
        size_t nvalues = 0;
        is_ours = H5Pget_filter2(dcpl, (unsigned)i, &flags, &nvalues, NULL, 0, NULL,
                                 NULL) == ours[i];
    }
    return is_ours;
}

/* One of each axis, some of one, all of the others. */
static bool is_row_major(const struct tacro_chunk_reader *reader)
{
    size_t k = 0;
    while (k < reader->rank && reader->chunk[k] == 1) {
        k++;
    }
    for (k++; k < reader->rank; k++) {
        if (reader->chunk[k] != reader->extent[k]) {
            return false;
        }
    }
    return true;
}

static bool is_little_endian(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    return (class == H5T_INTEGER || class == H5T_FLOAT) &&
           (H5Tget_size(type) == 1 || H5Tget_order(type) == H5T_ORDER_LE);
}

static bool describe(struct tacro_chunk_reader *reader, hid_t type, hid_t dcpl)
{
    const int rank = H5Sget_simple_extent_dims(reader->space, reader->extent, NULL);
    hsize_t total = 1;
    if (rank < 1 || !is_little_endian(type) || !has_our_filters(dcpl) ||
        H5Pget_chunk(dcpl, H5S_MAX_RANK, reader->chunk) != rank) {
        return false;
    }
    reader->rank = (size_t)rank;
    reader->size = H5Tget_size(type);
    for (size_t k = 0; k < reader->rank; k++) {
        if (reader->extent[k] == 0 || reader->chunk[k] > MAX_CHUNK / total) {
            return false;
        }
        total *= reader->chunk[k];
    }
    reader->total = (size_t)total;
    return is_row_major(reader);
}

bool tacro_chunk_reader_open(hid_t dataset, hid_t memory_type,
                             struct tacro_codec *codec,
                             struct tacro_chunk_reader *reader)
{
    hid_t type = H5Dget_type(dataset);
    hid_t dcpl = H5Dget_create_plist(dataset);
    bool is_good = false;
    memset(reader, 0, sizeof *reader);
    reader->dataset = dataset;
    reader->memory_type = memory_type;
    reader->codec = codec;
    reader->space = H5Dget_space(dataset);
    if (describe(reader, type, dcpl)) {
        reader->values = malloc(reader->total * reader->size);
        is_good = reader->values != NULL;
    }
    tacro_hdf5_close(dcpl);
    tacro_hdf5_close(type);
    if (!is_good) {
        tacro_chunk_reader_close(reader);
    }
    return is_good;
}

void tacro_chunk_reader_close(struct tacro_chunk_reader *reader)
{
    tacro_hdf5_close(reader->space);
    free(reader->values);
    free(reader->bytes);
    memset(reader, 0, sizeof *reader);
    reader->space = H5I_INVALID_HID;
}

/* The chunk at start, whole; false: HDF5 must read it. */
static bool read_encoded(struct tacro_chunk_reader *reader)
{
    hsize_t nbytes = 0;
    uint32_t skipped = 0; /* filters that were */
    if (H5Dget_chunk_storage_size(reader->dataset, reader->start, &nbytes) < 0 ||
        nbytes == 0 || nbytes > 2 * MAX_CHUNK) {
        return false;
    }
    if (nbytes > reader->capacity) {
        free(reader->bytes);
        reader->bytes = malloc((size_t)nbytes);
        reader->capacity = reader->bytes == NULL ? 0 : (size_t)nbytes;
    }
    return reader->bytes != NULL &&
           H5Dread_chunk(reader->dataset, H5P_DEFAULT, reader->start, &skipped,
                         reader->bytes) >= 0 &&
           skipped == 0 &&
           tacro_chunk_decode(reader->codec, reader->bytes, (size_t)nbytes,
                              reader->size, reader->total, reader->values);
}

static herr_t read_slab(const struct tacro_chunk_reader *reader, const hsize_t *count)
{
    hid_t memory = H5Screate_simple((int)reader->rank, count, NULL);
    herr_t bad = H5Sselect_hyperslab(reader->space, H5S_SELECT_SET, reader->start, NULL,
                                     count, NULL);
    if (bad >= 0) {
        bad = H5Dread(reader->dataset, reader->memory_type, memory, reader->space,
                      H5P_DEFAULT, reader->values);
    }
    tacro_hdf5_close(memory);
    return bad;
}

herr_t tacro_chunk_reader_next(struct tacro_chunk_reader *reader, size_t *n,
                               const void **values)
{
    hsize_t count[H5S_MAX_RANK];
    *n = 0;
    *values = reader->values;
    if (reader->is_at_end) {
        return 0;
    }
    *n = 1;
    for (size_t k = 0; k < reader->rank; k++) {
        const hsize_t left = reader->extent[k] - reader->start[k];
        count[k] = left < reader->chunk[k] ? left : reader->chunk[k];
        *n *= (size_t)count[k];
    }
    if (!read_encoded(reader) && read_slab(reader, count) < 0) {
        return -1;
    }
    reader->is_at_end = true;
    for (size_t k = reader->rank; reader->is_at_end && k-- > 0;) {
        reader->start[k] += reader->chunk[k];
        reader->is_at_end = reader->start[k] >= reader->extent[k];
        if (reader->is_at_end) {
            reader->start[k] = 0;
        }
    }
    return 0;
}
