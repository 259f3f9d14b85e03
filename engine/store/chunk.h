/**
 * One chunk through the filters a result file declares: shuffle, deflate, fletcher32.
 *
 * Any thread may do it at any time, which HDF5 cannot offer; its own filters read what
 * is made here and the other way round.
 */
#ifndef TACRO_STORE_CHUNK_H
#define TACRO_STORE_CHUNK_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TACRO_MAX_ITEM 8 /* bytes of a number */

/** Workspace of one thread. */
struct tacro_codec;

enum tacro_status tacro_codec_create(struct tacro_codec **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_codec_free(struct tacro_codec *codec);

/** Largest encoded size of n numbers. */
size_t tacro_chunk_bound(size_t n, size_t size);

/**
 * Encode a chunk.
 *
 * values  [n] numbers of `size` bytes (1, 4 or 8) in the order of the processor
 * fill    one number, repeated until the chunk holds `total`
 * out     receives up to tacro_chunk_bound(total, size) bytes
 * nbytes  how many
 * errors  TACRO_ENOMEM
 * source  HDF5 1.10: H5Zshuffle.c, H5Zdeflate.c, H5Zfletcher32.c; RFC 1950 and 1951
 */
enum tacro_status tacro_chunk_encode(struct tacro_codec *codec, const void *values,
                                     size_t n, size_t size, const void *fill,
                                     size_t total, unsigned char *out, size_t *nbytes,
                                     struct tacro_error *err) TACRO_MUST_USE;

/**
 * Decode a chunk; false if the bytes are no such chunk, are damaged, or memory ran out.
 *
 * out     [total] numbers of `size` bytes, little-endian
 */
bool tacro_chunk_decode(struct tacro_codec *codec, const unsigned char *bytes,
                        size_t nbytes, size_t size, size_t total, unsigned char *out);

/**
 * Fletcher's checksum as HDF5 defines it: over 16-bit words, high byte first.
 *
 * source  HDF5 1.10, H5checksum.c, H5_checksum_fletcher32
 */
uint32_t tacro_fletcher32(const unsigned char *bytes, size_t n);

#endif
