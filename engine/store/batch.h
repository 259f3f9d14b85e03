/** Encoded chunks on their way to the file: a worker fills, the writer empties them. */
#ifndef TACRO_STORE_BATCH_H
#define TACRO_STORE_BATCH_H

#include "core/status.h"
#include "store/fields.h"

struct tacro_codec;

/** Where an encoded chunk belongs and where its bytes are. */
struct tacro_batch_chunk {
    size_t field;
    size_t start[TACRO_MAX_AXES]; /**< its first number in the dataset */
    size_t at;                    /**< offset in the batch's bytes */
    size_t nbytes;
};

/** One per thread; its memory is that of its fullest time. */
struct tacro_batch {
    struct tacro_codec *codec;
    size_t n;
    size_t chunk_capacity;
    struct tacro_batch_chunk *chunk;
    size_t nbytes;
    size_t capacity;
    unsigned char *bytes;
};

enum tacro_status tacro_batch_create(struct tacro_batch **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_batch_free(struct tacro_batch *batch);

/**
 * Encode one chunk into the batch.
 *
 * start   [TACRO_MAX_AXES]
 * values  [n] numbers of `size` bytes; `fill` makes them `total`
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_batch_add(struct tacro_batch *batch, size_t field,
                                  const size_t *start, const void *values, size_t n,
                                  size_t size, const void *fill, size_t total,
                                  struct tacro_error *err) TACRO_MUST_USE;

/** Forget the chunks, keep the memory. */
void tacro_batch_clear(struct tacro_batch *batch);

#endif
