#include "store/batch.h"

#include "store/chunk.h"

#include <stdlib.h>
#include <string.h>

enum tacro_status tacro_batch_create(struct tacro_batch **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_batch *batch = calloc(1, sizeof *batch);
    *out = NULL;
    if (batch == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "compression");
    }
    TACRO_TRY(tacro_codec_create(&batch->codec, err));
    *out = batch;
    batch = NULL;
done:
    tacro_batch_free(batch);
    return st;
}

void tacro_batch_free(struct tacro_batch *batch)
{
    if (batch != NULL) {
        tacro_codec_free(batch->codec);
        free(batch->chunk);
        free(batch->bytes);
        free(batch);
    }
}

static bool reserve(struct tacro_batch *batch, size_t nbytes)
{
    if (batch->n == batch->chunk_capacity) {
        const size_t capacity = 2 * batch->chunk_capacity + 64;
        void *grown = realloc(batch->chunk, capacity * sizeof *batch->chunk);
        if (grown == NULL) {
            return false;
        }
        batch->chunk = grown;
        batch->chunk_capacity = capacity;
    }
    if (batch->capacity - batch->nbytes < nbytes) {
        const size_t capacity = batch->nbytes + batch->nbytes / 2 + nbytes;
        void *grown = realloc(batch->bytes, capacity);
        if (grown == NULL) {
            return false;
        }
        batch->bytes = grown;
        batch->capacity = capacity;
    }
    return true;
}

enum tacro_status tacro_batch_add(struct tacro_batch *batch, size_t field,
                                  const size_t *start, const void *values, size_t n,
                                  size_t size, const void *fill, size_t total,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_batch_chunk *chunk;
    if (!reserve(batch, tacro_chunk_bound(total, size))) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu chunks to write", batch->n + 1);
    }
    chunk = &batch->chunk[batch->n];
    chunk->field = field;
    chunk->at = batch->nbytes;
    memcpy(chunk->start, start, sizeof chunk->start);
    TACRO_TRY(tacro_chunk_encode(batch->codec, values, n, size, fill, total,
                                 batch->bytes + chunk->at, &chunk->nbytes, err));
    batch->nbytes += chunk->nbytes;
    batch->n++;
done:
    return st;
}

void tacro_batch_clear(struct tacro_batch *batch)
{
    batch->n = 0;
    batch->nbytes = 0;
}
