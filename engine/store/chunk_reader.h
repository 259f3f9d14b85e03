/**
 * Reads a dataset chunk by chunk where chunks follow each other as its numbers do.
 *
 * HDF5 hands over the bytes and the codec here decodes them, several times as fast as
 * HDF5's own filters. What the codec refuses, HDF5 reads, and gives the reason.
 */
#ifndef TACRO_STORE_CHUNK_READER_H
#define TACRO_STORE_CHUNK_READER_H

#include "store/chunk.h"

#include <hdf5.h>

struct tacro_chunk_reader {
    hid_t dataset; /**< borrowed */
    hid_t space;
    hid_t memory_type;         /**< borrowed */
    struct tacro_codec *codec; /**< borrowed */
    size_t rank;
    size_t size; /**< bytes of a number */
    hsize_t extent[H5S_MAX_RANK];
    hsize_t chunk[H5S_MAX_RANK];
    hsize_t start[H5S_MAX_RANK]; /**< of the next chunk */
    size_t total;                /**< numbers in a chunk */
    bool is_at_end;
    unsigned char *values; /**< [total] */
    unsigned char *bytes;  /**< encoded */
    size_t capacity;
};

/**
 * Begin; false if the dataset is not of that kind: little-endian numbers, the filters
 * of tacro_hdf5_set_chunks and chunks whose order is row-major.
 *
 * memory_type  little-endian
 */
bool tacro_chunk_reader_open(hid_t dataset, hid_t memory_type,
                             struct tacro_codec *codec,
                             struct tacro_chunk_reader *reader);
void tacro_chunk_reader_close(struct tacro_chunk_reader *reader);

/**
 * The next numbers in row-major order; negative on failure.
 *
 * n       how many, 0 at the end
 * values  borrowed until the next call
 */
herr_t tacro_chunk_reader_next(struct tacro_chunk_reader *reader, size_t *n,
                               const void **values);

#endif
