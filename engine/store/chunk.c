#include "store/chunk.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 1
#define CHECKSUM_BYTES 4
#define ZLIB_HEADER_BYTES 2
#define ZLIB_TRAILER_BYTES 4
#define STORED_BYTES 65535 /* of one stored block */
#define STORED_HEADER_BYTES 5
#define SAMPLE_BYTES 4096  /* of a plane, to see whether it can shrink */
#define FLETCHER_WORDS 256 /* summed at once */

struct tacro_codec {
    struct libdeflate_compressor *compressor;
    struct libdeflate_decompressor *decompressor;
    unsigned char *planes; /* a chunk by bytes: all first ones, all second ones, ... */
    size_t capacity;
};

enum tacro_status tacro_codec_create(struct tacro_codec **out, struct tacro_error *err)
{
    struct tacro_codec *codec = calloc(1, sizeof *codec);
    *out = codec;
    if (codec != NULL) {
        codec->compressor = libdeflate_alloc_compressor(LEVEL);
        codec->decompressor = libdeflate_alloc_decompressor();
    }
    if (codec == NULL || codec->compressor == NULL || codec->decompressor == NULL) {
        tacro_codec_free(codec);
        *out = NULL;
        return tacro_fail(err, TACRO_ENOMEM, "compression");
    }
    return TACRO_OK;
}

void tacro_codec_free(struct tacro_codec *codec)
{
    if (codec != NULL) {
        libdeflate_free_compressor(codec->compressor);
        libdeflate_free_decompressor(codec->decompressor);
        free(codec->planes);
        free(codec);
    }
}

static bool reserve(struct tacro_codec *codec, size_t bytes)
{
    if (bytes > codec->capacity) {
        free(codec->planes);
        codec->planes = malloc(bytes);
        codec->capacity = codec->planes == NULL ? 0 : bytes;
    }
    return codec->planes != NULL;
}

/* -- checksum --------------------------------------------------------------------- */

/*
 * HDF5 adds word after word to a first sum and the first sum to a second. Of n words w,
 * the first grows by sum w and the second by n times the old first plus sum (n - i) w:
 * sums without a chain, which cannot overflow for this many words.
 */
static void add_words(const unsigned char *bytes, size_t n, uint32_t *sum1,
                      uint32_t *sum2)
{
    uint32_t plain = 0;
    uint32_t weighted = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t word = (uint32_t)bytes[2 * i] << 8 | bytes[2 * i + 1];
        plain += word;
        weighted += word * (uint32_t)(n - i);
    }
    *sum2 += *sum1 * (uint32_t)n + weighted;
    *sum1 += plain;
    *sum1 = (*sum1 & 0xffff) + (*sum1 >> 16);
    *sum2 = (*sum2 & 0xffff) + (*sum2 >> 16);
}

uint32_t tacro_fletcher32(const unsigned char *bytes, size_t n)
{
    uint32_t sum1 = 0;
    uint32_t sum2 = 0;
    size_t left = n / 2;
    for (; left >= FLETCHER_WORDS; left -= FLETCHER_WORDS) {
        add_words(bytes, FLETCHER_WORDS, &sum1, &sum2);
        bytes += (size_t)2 * FLETCHER_WORDS;
    }
    add_words(bytes, left, &sum1, &sum2);
    if (n % 2 != 0) {
        const unsigned char last[2] = {bytes[2 * left], 0};
        add_words(last, 1, &sum1, &sum2);
    }
    sum1 = (sum1 & 0xffff) + (sum1 >> 16);
    sum2 = (sum2 & 0xffff) + (sum2 >> 16);
    return sum2 << 16 | sum1;
}

static void put_little(unsigned char *to, uint32_t number, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (unsigned char)(number >> (8 * i));
    }
}

static uint32_t little32(const unsigned char *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

/* -- shuffle ---------------------------------------------------------------------- */

/* By shifts, so that plane 0 holds the lowest bytes whatever the processor's order. */
static void split4(const void *values, size_t n, size_t total, unsigned char *planes)
{
    const unsigned char *from = values;
    unsigned char *restrict p0 = planes;
    unsigned char *restrict p1 = planes + total;
    unsigned char *restrict p2 = planes + 2 * total;
    unsigned char *restrict p3 = planes + 3 * total;
    for (size_t i = 0; i < n; i++) {
        uint32_t v;
        memcpy(&v, from + 4 * i, sizeof v);
        p0[i] = (unsigned char)v;
        p1[i] = (unsigned char)(v >> 8);
        p2[i] = (unsigned char)(v >> 16);
        p3[i] = (unsigned char)(v >> 24);
    }
}

static void split8(const void *values, size_t n, size_t total, unsigned char *planes)
{
    const unsigned char *from = values;
    for (size_t j = 0; j < 8; j++) {
        unsigned char *restrict plane = planes + j * total;
        for (size_t i = 0; i < n; i++) {
            uint64_t v;
            memcpy(&v, from + 8 * i, sizeof v);
            plane[i] = (unsigned char)(v >> (8 * j));
        }
    }
}

static void split(const void *values, size_t n, size_t size, size_t total,
                  unsigned char *planes)
{
    if (size == 4) {
        split4(values, n, total, planes);
    } else if (size == 8) {
        split8(values, n, total, planes);
    } else {
        memcpy(planes, values, n);
    }
}

static void join4(const unsigned char *planes, size_t n, unsigned char *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        out[4 * i] = planes[i];
        out[4 * i + 1] = planes[n + i];
        out[4 * i + 2] = planes[2 * n + i];
        out[4 * i + 3] = planes[3 * n + i];
    }
}

static void join8(const unsigned char *planes, size_t n, unsigned char *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        out[8 * i] = planes[i];
        out[8 * i + 1] = planes[n + i];
        out[8 * i + 2] = planes[2 * n + i];
        out[8 * i + 3] = planes[3 * n + i];
        out[8 * i + 4] = planes[4 * n + i];
        out[8 * i + 5] = planes[5 * n + i];
        out[8 * i + 6] = planes[6 * n + i];
        out[8 * i + 7] = planes[7 * n + i];
    }
}

/* -- deflate ---------------------------------------------------------------------- */

size_t tacro_chunk_bound(size_t n, size_t size)
{
    const size_t bytes = n * size;
    const size_t blocks = size * (n / STORED_BYTES + 1);
    return ZLIB_HEADER_BYTES + blocks * STORED_HEADER_BYTES +
           libdeflate_deflate_compress_bound(NULL, bytes) + ZLIB_TRAILER_BYTES +
           CHECKSUM_BYTES;
}

/* log2 in units of 1/256, linear between powers of two: up to 0.09 too low. */
static uint32_t log2_of(uint32_t count)
{
    uint32_t whole = 0;
    while (count >> whole > 1) {
        whole++;
    }
    return whole * 256 + ((count << 8 >> whole) & 255);
}

/* Bits in 256 that a byte of a plane needs with codes by frequency: 2048 for noise. */
static uint32_t bits_needed(const unsigned char *plane, size_t n)
{
    uint32_t count[256] = {0};
    uint32_t sum = 0;
    const uint32_t all = (uint32_t)(n < SAMPLE_BYTES ? n : SAMPLE_BYTES);
    for (size_t i = 0; i < all; i++) {
        count[plane[i]]++;
    }
    for (size_t i = 0; i < 256; i++) {
        sum += count[i] > 0 ? count[i] * log2_of(count[i]) : 0;
    }
    return log2_of(all) - sum / all;
}

/* The first planes that would not shrink by an eighth; never all. */
static size_t count_noise(const unsigned char *planes, size_t n, size_t size)
{
    size_t noise = 0;
    uint32_t bits = 0;
    for (size_t j = 0; j + 1 < size; j++) {
        bits += bits_needed(planes + j * n, n);
        noise = bits >= (j + 1) * 7 * 256 ? j + 1 : noise;
    }
    return noise;
}

static unsigned char *put_stored(const unsigned char *bytes, size_t n,
                                 unsigned char *out)
{
    while (n > 0) {
        const size_t part = n < STORED_BYTES ? n : STORED_BYTES;
        out[0] = 0; /* neither the last block nor compressed */
        put_little(out + 1, (uint32_t)part, 2);
        put_little(out + 3, ~(uint32_t)part, 2);
        memcpy(out + STORED_HEADER_BYTES, bytes, part);
        out += STORED_HEADER_BYTES + part;
        bytes += part;
        n -= part;
    }
    return out;
}

/*
 * A zlib stream of the planes. Low bytes of levels are noise, on which a search for
 * matches is lost: they become stored blocks.
 */
static unsigned char *deflate_planes(const struct tacro_codec *codec, size_t n,
                                     size_t size, unsigned char *out,
                                     const unsigned char *end)
{
    const uint32_t adler = libdeflate_adler32(1, codec->planes, n * size);
    const size_t stored = count_noise(codec->planes, n, size);
    size_t packed;
    out[0] = 0x78; /* deflate, window of 32 kB; fastest; a multiple of 31 */
    out[1] = 0x01;
    out = put_stored(codec->planes, stored * n, out + ZLIB_HEADER_BYTES);
    packed = libdeflate_deflate_compress(
        codec->compressor, codec->planes + stored * n, (size - stored) * n, out,
        (size_t)(end - out) - ZLIB_TRAILER_BYTES - CHECKSUM_BYTES);
    if (packed == 0) {
        return NULL;
    }
    out += packed;
    for (size_t i = 0; i < ZLIB_TRAILER_BYTES; i++) {
        out[i] = (unsigned char)(adler >> (24 - 8 * i));
    }
    return out + ZLIB_TRAILER_BYTES;
}

/* -- chunks ----------------------------------------------------------------------- */

enum tacro_status tacro_chunk_encode(struct tacro_codec *codec, const void *values,
                                     size_t n, size_t size, const void *fill,
                                     size_t total, unsigned char *out, size_t *nbytes,
                                     struct tacro_error *err)
{
    unsigned char pad[TACRO_MAX_ITEM];
    unsigned char *end;
    if (!reserve(codec, total * size)) {
        return tacro_fail(err, TACRO_ENOMEM, "chunk of %zu bytes", total * size);
    }
    split(values, n, size, total, codec->planes);
    split(fill, 1, size, 1, pad);
    for (size_t j = 0; j < size; j++) {
        memset(codec->planes + j * total + n, pad[j], total - n);
    }
    end = deflate_planes(codec, total, size, out, out + tacro_chunk_bound(total, size));
    if (end == NULL) {
        return tacro_fail(err, TACRO_EBUG, "chunk of %zu bytes outgrew its bound",
                          total * size);
    }
    put_little(end, tacro_fletcher32(out, (size_t)(end - out)), CHECKSUM_BYTES);
    *nbytes = (size_t)(end - out) + CHECKSUM_BYTES;
    return TACRO_OK;
}

bool tacro_chunk_decode(struct tacro_codec *codec, const unsigned char *bytes,
                        size_t nbytes, size_t size, size_t total, unsigned char *out)
{
    if (nbytes < CHECKSUM_BYTES || !reserve(codec, total * size)) {
        return false;
    }
    nbytes -= CHECKSUM_BYTES;
    /* without the room for how many came out, libdeflate insists on this many */
    if (little32(bytes + nbytes) != tacro_fletcher32(bytes, nbytes) ||
        libdeflate_zlib_decompress(codec->decompressor, bytes, nbytes, codec->planes,
                                   total * size, NULL) != LIBDEFLATE_SUCCESS) {
        return false;
    }
    if (size == 4) {
        join4(codec->planes, total, out);
    } else if (size == 8) {
        join8(codec->planes, total, out);
    } else if (size == 1) {
        memcpy(out, codec->planes, total);
    }
    return size == 1 || size == 4 || size == 8;
}
