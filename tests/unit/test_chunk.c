/* The chunk encoder against HDF5's own filters, in both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../support/result_file.h"
#include "store/chunk.h"
#include "store/chunk_reader.h"
#include "store/hdf5.h"

#define ROWS 5            /* of the dataset: two chunks, the second of one row */
#define CHUNK ((size_t)4) /* rows */
#define MAX_BYTES (1 << 22)

/* How the numbers of a test look; `bytes` of n numbers of a size. */
enum look { NOISE, SMOOTH, EQUAL, LOOKS };

static void fill(enum look look, size_t n, size_t size, unsigned char *bytes)
{
    uint64_t x = 88172645463325252U;
    for (size_t i = 0; i < n; i++) {
        float f = expf(-(float)(i % 300) / 40.0F);
        double d = (double)f;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        if (look == SMOOTH && size == 4) {
            memcpy(bytes + 4 * i, &f, 4);
        } else if (look == SMOOTH && size == 8) {
            memcpy(bytes + 8 * i, &d, 8);
        } else {
            for (size_t j = 0; j < size; j++) {
                bytes[size * i + j] = (unsigned char)(look == EQUAL ? j : x >> (8 * j));
            }
        }
    }
}

static hid_t type_of(size_t size)
{
    return size == 1 ? H5T_STD_U8LE : size == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
}

static hid_t create(const struct test_place *place, size_t size, size_t inner)
{
    const hsize_t extent[2] = {ROWS, inner};
    const hsize_t chunk[2] = {CHUNK, inner};
    hid_t file = H5Fcreate(place->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, extent, NULL);
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(tacro_hdf5_set_chunks(dcpl, 2, chunk) >= 0);
    hid_t dataset =
        H5Dcreate2(file, "x", type_of(size), space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Pclose(dcpl);
    H5Sclose(space);
    return file;
}

static void write_chunk(hid_t file, hsize_t row, const unsigned char *bytes, size_t n)
{
    const hsize_t start[2] = {row, 0};
    hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, start, n, bytes) >= 0);
    H5Dclose(dataset);
}

/* Both chunks from the encoder; the last row alone, padded with `pad`. */
static void write_encoded(hid_t file, size_t size, size_t inner,
                          const unsigned char *values)
{
    const uint64_t pad = 0x0102030405060708U;
    const size_t total = CHUNK * inner;
    unsigned char *out = malloc(tacro_chunk_bound(total, size));
    struct tacro_codec *codec = NULL;
    size_t n = 0;
    assert_int_equal(tacro_codec_create(&codec, NULL), TACRO_OK);
    assert_non_null(out);
    assert_int_equal(
        tacro_chunk_encode(codec, values, total, size, &pad, total, out, &n, NULL),
        TACRO_OK);
    assert_true(n <= tacro_chunk_bound(total, size));
    write_chunk(file, 0, out, n);
    assert_int_equal(tacro_chunk_encode(codec, values + total * size, inner, size, &pad,
                                        total, out, &n, NULL),
                     TACRO_OK);
    write_chunk(file, CHUNK, out, n);
    tacro_codec_free(codec);
    free(out);
}

static herr_t read_all(const struct test_place *place, unsigned char *values)
{
    hid_t file = H5Fopen(place->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    herr_t bad = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(file);
    return bad;
}

/* Inner axes around the ends of stored blocks (65535 bytes) and of vectors. */
static const size_t sizes[] = {1, 4, 8};
static const size_t inners[] = {1, 3, 16, 337, 16383, 16384, 65536};

static void test_chunk_encoded_is_what_hdf5_reads(void **state)
{
    const struct test_place *place = *state;
    unsigned char *values = malloc(MAX_BYTES);
    unsigned char *read = malloc(MAX_BYTES);
    assert_non_null(values);
    assert_non_null(read);
    for (size_t k = 0; k < sizeof inners / sizeof inners[0] * 3 * LOOKS; k++) {
        const size_t size = sizes[k % 3];
        const size_t inner = inners[k / 3 / LOOKS];
        fill((enum look)(k / 3 % LOOKS), ROWS * inner, size, values);
        hid_t file = create(place, size, inner);
        write_encoded(file, size, inner, values);
        H5Fclose(file);
        memset(read, 0xee, MAX_BYTES);
        assert_true(read_all(place, read) >= 0);
        assert_memory_equal(read, values, ROWS * inner * size);
    }
    free(read);
    free(values);
}

/* What lies beyond the edge: read through a dataset that is as large as its chunks. */
static void test_chunk_at_the_edge_is_padded(void **state)
{
    static const double values[3] = {1.5, -2.5, 3.5};
    static const double pad = 7.25;
    unsigned char bytes[1024];
    double out[8];
    struct tacro_codec *codec = NULL;
    size_t n = 0;
    (void)state;
    assert_int_equal(tacro_codec_create(&codec, NULL), TACRO_OK);
    assert_true(tacro_chunk_bound(8, 8) <= sizeof bytes);
    assert_int_equal(tacro_chunk_encode(codec, values, 3, 8, &pad, 8, bytes, &n, NULL),
                     TACRO_OK);
    assert_true(tacro_chunk_decode(codec, bytes, n, 8, 8, (unsigned char *)out));
    for (size_t i = 0; i < 8; i++) {
        assert_true(out[i] == (i < 3 ? values[i] : pad));
    }
    tacro_codec_free(codec);
}

static void read_by_chunks(const struct test_place *place, size_t nbytes,
                           unsigned char *values)
{
    struct tacro_chunk_reader reader;
    struct tacro_codec *codec = NULL;
    const void *part = NULL;
    size_t at = 0;
    size_t n = 0;
    hid_t file = H5Fopen(place->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    assert_int_equal(tacro_codec_create(&codec, NULL), TACRO_OK);
    assert_true(tacro_chunk_reader_open(dataset, type, codec, &reader));
    do {
        assert_true(tacro_chunk_reader_next(&reader, &n, &part) >= 0);
        memcpy(values + at, part, n * reader.size);
        at += n * reader.size;
        assert_true(at <= nbytes);
    } while (n > 0);
    assert_int_equal(at, nbytes);
    tacro_chunk_reader_close(&reader);
    tacro_codec_free(codec);
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(file);
}

/* Chunks of HDF5's own filters, and one that was never written. */
static void test_chunk_reader_reads_what_hdf5_wrote(void **state)
{
    const struct test_place *place = *state;
    const hsize_t start[2] = {CHUNK, 0};
    unsigned char *values = malloc(MAX_BYTES);
    unsigned char *read = malloc(MAX_BYTES);
    assert_non_null(values);
    assert_non_null(read);
    tacro_hdf5_quiet();
    for (size_t k = 0; k < sizeof inners / sizeof inners[0] * 3 * LOOKS; k++) {
        const size_t size = sizes[k % 3];
        const size_t inner = inners[k / 3 / LOOKS];
        const hsize_t count[2] = {1, inner};
        fill((enum look)(k / 3 % LOOKS), ROWS * inner, size, values);
        memset(values, 0, CHUNK * inner * size); /* the fill value */
        hid_t file = create(place, size, inner);
        hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
        hid_t space = H5Dget_space(dataset);
        hid_t memory = H5Screate_simple(2, count, NULL);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
        assert_true(H5Dwrite(dataset, type_of(size), memory, space, H5P_DEFAULT,
                             values + CHUNK * inner * size) >= 0);
        H5Sclose(memory);
        H5Sclose(space);
        H5Dclose(dataset);
        H5Fclose(file);
        read_by_chunks(place, ROWS * inner * size, read);
        assert_memory_equal(read, values, ROWS * inner * size);
    }
    free(read);
    free(values);
}

/* Every byte counts: HDF5 and the decoder refuse a chunk with any one changed. */
static void test_chunk_damaged_is_refused(void **state)
{
    const struct test_place *place = *state;
    float values[CHUNK * 9];
    unsigned char bytes[1024];
    float out[CHUNK * 9];
    unsigned char read[ROWS * 9 * 4];
    struct tacro_codec *codec = NULL;
    size_t n = 0;
    fill(SMOOTH, CHUNK * 9, 4, (unsigned char *)values);
    assert_int_equal(tacro_codec_create(&codec, NULL), TACRO_OK);
    assert_int_equal(tacro_chunk_encode(codec, values, CHUNK * 9, 4, values, CHUNK * 9,
                                        bytes, &n, NULL),
                     TACRO_OK);
    tacro_hdf5_quiet();
    for (size_t i = 0; i <= n; i++) {
        const unsigned char old = bytes[i];
        bytes[i] ^= i < n ? 0x10 : 0;
        hid_t file = create(place, 4, 9);
        write_chunk(file, 0, bytes, n);
        H5Fclose(file);
        assert_int_equal(read_all(place, read) >= 0, i == n);
        assert_int_equal(
            tacro_chunk_decode(codec, bytes, n, 4, CHUNK * 9, (unsigned char *)out),
            i == n);
        bytes[i] = old;
    }
    assert_memory_equal(out, values, sizeof values);
    assert_memory_equal(read, values, sizeof values);
    /* of another length, or cut off */
    assert_false(
        tacro_chunk_decode(codec, bytes, n, 4, CHUNK * 9 - 1, (unsigned char *)out));
    for (size_t i = 0; i < n; i++) {
        assert_false(
            tacro_chunk_decode(codec, bytes, i, 4, CHUNK * 9, (unsigned char *)out));
    }
    tacro_codec_free(codec);
}

/* Low bytes that are noise cost no more than they are; equal ones nearly nothing. */
static void test_chunk_sizes(void **state)
{
    const size_t n = (size_t)64 * 337;
    unsigned char *values = malloc(8 * n);
    unsigned char *bytes = malloc(tacro_chunk_bound(n, 8));
    struct tacro_codec *codec = NULL;
    size_t nbytes = 0;
    (void)state;
    assert_non_null(values);
    assert_non_null(bytes);
    assert_int_equal(tacro_codec_create(&codec, NULL), TACRO_OK);
    for (size_t size = 1; size <= 8; size *= size == 1 ? 4 : 2) {
        fill(NOISE, n, size, values);
        assert_int_equal(
            tacro_chunk_encode(codec, values, n, size, values, n, bytes, &nbytes, NULL),
            TACRO_OK);
        assert_in_range(nbytes, n * size, n * size + n * size / 1000 + 32);
        fill(EQUAL, n, size, values);
        assert_int_equal(
            tacro_chunk_encode(codec, values, n, size, values, n, bytes, &nbytes, NULL),
            TACRO_OK);
        assert_in_range(nbytes, 1, n * size / 50);
    }
    tacro_codec_free(codec);
    free(bytes);
    free(values);
}

/* Worked by hand from the definition: 16-bit words, high byte first. */
static void test_fletcher32_known_values(void **state)
{
    static unsigned char ones[100000];
    (void)state;
    assert_int_equal(tacro_fletcher32((const unsigned char *)"", 0), 0);
    assert_int_equal(tacro_fletcher32((const unsigned char *)"ab", 2), 0x61626162);
    assert_int_equal(tacro_fletcher32((const unsigned char *)"abcd", 4), 0x2629c4c6);
    assert_int_equal(tacro_fletcher32((const unsigned char *)"a", 1), 0x61006100);
    memset(ones, 0xff, sizeof ones); /* 65535 = 0 (mod 65535), written as 65535 */
    assert_true(tacro_fletcher32(ones, sizeof ones) == 0xffffffffU);
}

#define TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, test_place_create, test_place_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_chunk_encoded_is_what_hdf5_reads),
        TEST(test_chunk_reader_reads_what_hdf5_wrote),
        TEST(test_chunk_damaged_is_refused),
        cmocka_unit_test(test_chunk_at_the_edge_is_padded),
        cmocka_unit_test(test_chunk_sizes),
        cmocka_unit_test(test_fletcher32_known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
