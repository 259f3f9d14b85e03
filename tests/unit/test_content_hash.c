/* The content hash: equal for equal science, different for anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <fcntl.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/result_file.h"
#include "store/content_hash.h"

static hid_t open_result(const struct test_place *place, unsigned flags)
{
    hid_t file = H5Fopen(place->path, flags, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void hash_of(struct test_place *place, char hash[65])
{
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_OK);
    H5Fclose(file);
}

static void test_hash_does_not_depend_on_order_or_provenance(void **state)
{
    struct test_place *place = *state;
    char first[65];
    char second[65];
    char again[65];
    assert_int_equal(test_write_file(place, false, "here", first), TACRO_OK);
    hash_of(place, again);
    assert_string_equal(again, first);
    assert_int_equal(strlen(first), 64);
    assert_int_equal(test_write_file(place, true, "there", second), TACRO_OK);
    assert_string_equal(second, first);
}

static void flip_bit(struct test_place *place, const char *path, size_t size, size_t at)
{
    hid_t file = open_result(place, H5F_ACC_RDWR);
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    bytes[at] ^= 1;
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(file);
    free(bytes);
}

static void test_hash_changes_with_one_bit(void **state)
{
    struct test_place *place = *state;
    const size_t size = sizeof(float) * TEST_NREGIMENS * TEST_NSUBJECTS * TEST_NTIMES;
    char first[65];
    char hash[65];
    assert_int_equal(test_write_file(place, false, "here", first), TACRO_OK);
    flip_bit(place, "concentration", size, size - 4);
    hash_of(place, hash);
    assert_string_not_equal(hash, first);
    flip_bit(place, "concentration", size, size - 4);
    hash_of(place, hash);
    assert_string_equal(hash, first);
    flip_bit(place, "population/CL", TEST_NSUBJECTS * sizeof(double),
             0); /* a NaN's payload */
    hash_of(place, hash);
    assert_string_not_equal(hash, first);
}

static void test_hash_covers_attributes_and_names(void **state)
{
    struct test_place *place = *state;
    char first[65];
    char hash[65];
    assert_int_equal(test_write_file(place, false, "here", first), TACRO_OK);
    hid_t file = open_result(place, H5F_ACC_RDWR);
    H5LTset_attribute_string(file, "/provenance", "user", "me");
    H5LTset_attribute_string(file, "/", "complete", "no");
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_OK);
    assert_string_equal(hash, first);
    H5LTset_attribute_string(file, "trough", "units", "mg");
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_OK);
    assert_string_not_equal(hash, first);
    memcpy(first, hash, sizeof first);
    assert_true(H5Lmove(file, "auc24", file, "auc25", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_OK);
    assert_string_not_equal(hash, first);
    H5Fclose(file);
}

static void test_hash_refuses_what_tacro_does_not_write(void **state)
{
    struct test_place *place = *state;
    char hash[65];
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    hid_t file = open_result(place, H5F_ACC_RDWR);
    assert_true(H5Lcreate_external("/etc/passwd", "/", file, "elsewhere", H5P_DEFAULT,
                                   H5P_DEFAULT) >= 0);
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_EINPUT);
    assert_string_equal(place->err.text, "/elsewhere: not a result of tacro");
    H5Fclose(file);
}

/* Bytes changed behind HDF5's back are found by the checksums. */
static void test_hash_damaged_file_fails(void **state)
{
    struct test_place *place = *state;
    char hash[65];
    haddr_t address = 0;
    hsize_t zero[3] = {0};
    unsigned mask = 0;
    hsize_t size = 0;
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    hid_t dataset = H5Dopen2(file, "concentration", H5P_DEFAULT);
    assert_true(H5Dget_chunk_info_by_coord(dataset, zero, &mask, &address, &size) >= 0);
    H5Dclose(dataset);
    H5Fclose(file);
    int fd = open(place->path, O_RDWR);
    unsigned char byte = 0;
    off_t at = (off_t)(address + size / 2);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
    file = open_result(place, H5F_ACC_RDONLY);
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_EIO);
    assert_non_null(strstr(place->err.text, "cannot read /concentration: "));
    H5Fclose(file);
}

/* -- chunks ----------------------------------------------------------------------- */

#define WIDE 200000 /* values in a row: more than the hash reads at once in two rows */
#define COUNTER ((H5Z_filter_t)300)

static size_t nread; /* chunks that went through the filter on their way in */

static size_t count_reads(unsigned flags, size_t n, const unsigned values[],
                          size_t nbytes, size_t *size, /* NOLINT: the type of HDF5 */
                          void **buffer)
{
    (void)n;
    (void)values;
    (void)size;
    (void)buffer;
    nread += (flags & H5Z_FLAG_REVERSE) != 0;
    return nbytes;
}

/* [2][8][WIDE] values, in chunks of that shape; NULL: in one piece. */
static void put_wide(struct test_place *place, const hsize_t *chunk, char hash[65])
{
    const hsize_t extent[3] = {2, 8, WIDE};
    const size_t n = (size_t)2 * 8 * WIDE;
    float *values = malloc(n * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)(i % 8191);
    }
    hid_t file = H5Fcreate(place->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(3, extent, NULL);
    if (chunk != NULL) {
        assert_true(H5Pset_chunk(dcpl, 3, chunk) >= 0);
        assert_true(H5Pset_filter(dcpl, COUNTER, 0, 0, NULL) >= 0);
    }
    hid_t dataset = H5Dcreate2(file, "level", H5T_IEEE_F32LE, space, H5P_DEFAULT, dcpl,
                               H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                         values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(dcpl);
    H5Fclose(file);
    free(values);
    nread = 0;
    hash_of(place, hash);
}

/* A fine output grid makes chunks larger than HDF5's cache of 1 MB. */
static void test_hash_reads_each_chunk_once(void **state)
{
    struct test_place *place = *state;
    const H5Z_class2_t counter = {H5Z_CLASS_T_VERS, COUNTER, 1,    1,
                                  "counter",        NULL,    NULL, count_reads};
    const hsize_t whole_rows[3] = {1, 4, WIDE};
    const hsize_t parts_of_rows[3] = {1, 3, WIDE / 2 + 1};
    const hsize_t both_axes[3] = {2, 8, WIDE / 4};
    char first[65];
    char hash[65];
    assert_true(H5Zregister(&counter) >= 0);
    put_wide(place, NULL, first);
    put_wide(place, whole_rows, hash);
    assert_string_equal(hash, first);
    assert_int_equal(nread, 2 * 2);
    put_wide(place, parts_of_rows, hash);
    assert_string_equal(hash, first);
    assert_int_equal(nread, 2 * 3 * 2);
    put_wide(place, both_axes, hash);
    assert_string_equal(hash, first);
    assert_int_equal(nread, 4);
    assert_true(H5Zunregister(COUNTER) >= 0);
}

#define TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, test_place_create, test_place_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hash_does_not_depend_on_order_or_provenance),
        TEST(test_hash_changes_with_one_bit),
        TEST(test_hash_covers_attributes_and_names),
        TEST(test_hash_refuses_what_tacro_does_not_write),
        TEST(test_hash_damaged_file_fails),
        TEST(test_hash_reads_each_chunk_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
