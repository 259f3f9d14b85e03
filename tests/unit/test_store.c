/* The result file: what it holds, and that it is whole or absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/result_file.h"
#include "store/writer.h"

#define NAMES 300 /* longest message about a path */

/* -- reading back ----------------------------------------------------------------- */

static hid_t open_result(const struct test_place *place, unsigned flags)
{
    hid_t file = H5Fopen(place->path, flags, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void assert_text(hid_t file, const char *object, const char *name,
                        const char *expected)
{
    char *text = NULL;
    hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    assert_true(H5Tis_variable_str(type) > 0);
    assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
    assert_true(H5Aread(attribute, type, &text) >= 0);
    assert_string_equal(text == NULL ? "" : text, expected);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
}

/* Words, scales on every axis, and checksums on what is chunked. */
static void assert_field(hid_t file, const struct tacro_field *field)
{
    hid_t dataset = H5Dopen2(file, field->path, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_text(file, field->path, "units", field->unit);
    assert_text(file, field->path, "long_name", field->long_name);
    assert_text(file, field->path, "description", field->description);
    assert_null(strstr(field->description, ".."));
    assert_int_equal(field->description[strlen(field->description) - 1], '.');
    for (unsigned k = 0; k < field->naxes; k++) {
        assert_int_equal(H5DSget_num_scales(dataset, k), 1);
    }
    hid_t dcpl = H5Dget_create_plist(dataset);
    assert_int_equal(H5Pget_layout(dcpl), H5D_CHUNKED);
    assert_int_equal(H5Pget_nfilters(dcpl), 3);
    H5Pclose(dcpl);
    H5Dclose(dataset);
}

static void test_writer_describes_every_field(void **state)
{
    struct test_place *place = *state;
    char hash[65];
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    assert_int_equal(test_place_count(place), 1);
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_int_equal(place->fields->n, TACRO_NFIELDS + 2 * TACRO_NRISK_FIELDS + 1 + 2 +
                                           1 + 2 + 4 * 2 + 3 + 9);
    for (size_t i = 0; i < place->fields->n; i++) {
        assert_field(file, &place->fields->field[i]);
    }
    assert_string_equal(
        place->fields->field[place->fields->outcome + TACRO_NRISK_FIELDS].path,
        "rejection_risk");
    assert_string_equal(place->fields->field[place->fields->drawn].path,
                        "draws/pres_H0");
    assert_string_equal(place->fields->field[place->fields->death].path, "death_risk");
    assert_string_equal(place->fields->field[place->fields->output].path,
                        "trough_unbound");
    assert_string_equal(place->fields->field[place->fields->column + 1].path,
                        "population/CL");
    assert_string_equal(place->fields->field[place->fields->comparison + 3].path,
                        "comparison/rejection_probability_lower");
    assert_text(file, "comparison/days_in_range_difference_quantile", "units", "d");
    assert_text(file, "comparison/frontier_probability", "long_name",
                "probability of being on the frontier of pres and rejection");
    assert_text(file, "population/weight", "long_name", "weight: body weight");
    assert_text(file, "population/CL", "long_name", "CL: clearance");
    assert_text(file, "rejection_risk", "long_name",
                "treated rejection: probability since the landmark");
    assert_text(file, "draws/pres_H0", "long_name", "H0 of pres_lung");
    assert_text(file, "event_free_horizon", "long_name",
                "probability of being alive and free of every outcome from the "
                "landmark to the horizon");
    assert_text(file, "status", "flag_meanings",
                "ok solver_failed not_finite hazard_not_finite negative_hazard");
    assert_text(file, "time", "units", "h");
    assert_text(file, "/", "content_hash", hash);
    assert_text(file, "/", "note", "");
    assert_text(file, "/provenance", "host", "here");
    H5Fclose(file);
}

static void test_writer_rows_keep_their_place(void **state)
{
    struct test_place *place = *state;
    static float data[TEST_NREGIMENS][TEST_NSUBJECTS][TEST_NTIMES];
    static double trough[TEST_NREGIMENS][TEST_NSUBJECTS][TEST_NDAYS];
    static double weight[TEST_NSUBJECTS];
    static uint8_t status[TEST_NREGIMENS][TEST_NSUBJECTS];
    int64_t draw[TEST_NSUBJECTS];
    char hash[65];
    assert_int_equal(test_write_file(place, true, "here", hash), TACRO_OK);
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_true(H5LTread_dataset(file, "concentration", H5T_NATIVE_FLOAT, data) >= 0);
    assert_true(H5LTread_dataset(file, "trough", H5T_NATIVE_DOUBLE, trough) >= 0);
    assert_true(
        H5LTread_dataset(file, "population/weight", H5T_NATIVE_DOUBLE, weight) >= 0);
    assert_true(H5LTread_dataset(file, "status", H5T_NATIVE_UINT8, status) >= 0);
    assert_true(H5LTread_dataset(file, "subject_draw", H5T_NATIVE_INT64, draw) >= 0);
    for (size_t r = 0; r < TEST_NREGIMENS; r++) {
        for (size_t i = 0; i < TEST_NSUBJECTS; i++) {
            assert_true(data[r][i][0] == test_level(r, i, 0));
            assert_true(data[r][i][TEST_NTIMES - 1] ==
                        test_level(r, i, TEST_NTIMES - 1));
            assert_true(isnan(trough[r][i][0])); /* never written */
            assert_int_equal(status[r][i], 255);
        }
    }
    assert_true(weight[TEST_NSUBJECTS - 1] == 50.0 + TEST_NSUBJECTS - 1);
    assert_int_equal(draw[TEST_NSUBJECTS / 2 - 1], 0);
    assert_int_equal(draw[TEST_NSUBJECTS / 2], 1);
    H5Fclose(file);
}

static void test_writer_takes_a_shard(void **state)
{
    struct test_place *place = *state;
    struct tacro_axes axes = test_axes();
    struct tacro_writer *writer = NULL;
    char hash[65];
    int64_t subject = 0;
    int64_t draw = 0;
    axes.nsubjects = 1;
    axes.first_subject = 417;
    assert_int_equal(tacro_writer_create(place->path, false, &axes, place->fields,
                                         &writer, &place->err),
                     TACRO_OK);
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_OK);
    tacro_writer_free(writer);
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_true(H5LTread_dataset(file, "subject", H5T_NATIVE_INT64, &subject) >= 0);
    assert_true(H5LTread_dataset(file, "subject_draw", H5T_NATIVE_INT64, &draw) >= 0);
    assert_int_equal(subject, 417);
    assert_int_equal(draw, 1);
    H5Fclose(file);
}

static void test_writer_without_days_makes_a_file(void **state)
{
    struct test_place *place = *state;
    struct tacro_axes axes = test_axes();
    struct tacro_writer *writer = NULL;
    char hash[65];
    axes.ndays = 0;
    assert_int_equal(tacro_writer_create(place->path, false, &axes, place->fields,
                                         &writer, &place->err),
                     TACRO_OK);
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_OK);
    tacro_writer_free(writer);
}

/* -- what goes wrong -------------------------------------------------------------- */

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_file(const char *path, const char *text)
{
    char read[NAMES] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(read, sizeof read, file));
    fclose(file);
    assert_string_equal(read, text);
}

static void test_writer_existing_file_is_kept_without_force(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    char expected[NAMES];
    put_file(place->path, "precious");
    assert_int_equal(test_create(place, false, &writer), TACRO_ECREATE);
    assert_null(writer);
    snprintf(expected, sizeof expected,
             "%s exists and is no HDF5 file; it is not replaced", place->path);
    assert_string_equal(place->err.text, expected);
    assert_file(place->path, "precious");
    put_file(place->path, "");
    assert_int_equal(test_create(place, false, &writer), TACRO_ECREATE);
    snprintf(expected, sizeof expected, "%s exists; use --force to replace it",
             place->path);
    assert_string_equal(place->err.text, expected);
    assert_int_equal(test_place_count(place), 1);
}

/* A scenario or a thesis is no result: --force with the wrong name loses nothing. */
static void test_writer_force_keeps_what_is_no_hdf5_file(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    put_file(place->path, "precious");
    assert_int_equal(test_create(place, true, &writer), TACRO_ECREATE);
    assert_null(writer);
    assert_non_null(
        strstr(place->err.text, "x.h5 exists and is no HDF5 file; it is not replaced"));
    assert_file(place->path, "precious");
    unlink(place->path);
    assert_int_equal(test_create(place, true, &writer), TACRO_OK);
    put_file(place->path, "precious"); /* while the run goes on */
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_ECREATE);
    tacro_writer_free(writer);
    assert_non_null(strstr(place->err.text, "is no HDF5 file; it is not replaced"));
    assert_file(place->path, "precious");
    assert_int_equal(test_place_count(place), 1);
    put_file(place->path, "");
    assert_int_equal(test_write_file(place, true, "here", hash), TACRO_OK);
    H5Fclose(open_result(place, H5F_ACC_RDONLY));
}

static bool is_link(const char *path)
{
    struct stat file;
    return lstat(path, &file) == 0 && S_ISLNK(file.st_mode);
}

static void test_writer_follows_a_link_and_keeps_it(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    struct stat before;
    struct stat after;
    char link[sizeof place->path];
    char target[sizeof place->path];
    char hash[65];
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    snprintf(target, sizeof target, "%s", place->path);
    snprintf(link, sizeof link, "%s/link.h5", place->folder);
    snprintf(place->path, sizeof place->path, "%s", link);
    assert_int_equal(symlink("x.h5", link), 0);
    assert_int_equal(test_create(place, false, &writer), TACRO_ECREATE);
    assert_int_equal(stat(target, &before), 0);
    assert_int_equal(test_write_file(place, false, "there", hash), TACRO_OK);
    assert_true(is_link(link));
    assert_int_equal(stat(target, &after), 0);
    assert_true(after.st_ino != before.st_ino && !is_link(target));
    assert_int_equal(test_place_count(place), 2);
    H5Fclose(open_result(place, H5F_ACC_RDONLY));
    put_file(target, "precious");
    assert_int_equal(test_create(place, true, &writer), TACRO_ECREATE);
    assert_file(target, "precious");
    unlink(target);
    for (int force = 0; force < 2; force++) {
        assert_int_equal(test_create(place, force == 1, &writer), TACRO_ECREATE);
        assert_non_null(
            strstr(place->err.text, "a symbolic link that leads to no file"));
    }
    unlink(link);
    assert_int_equal(symlink("/dev/null", link), 0);
    assert_int_equal(test_create(place, true, &writer), TACRO_ECREATE);
    assert_non_null(strstr(place->err.text, "link.h5: it is not a regular file"));
    assert_true(is_link(link));
}

static void
test_writer_existing_file_is_replaced_with_force_only_when_complete(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    struct stat before;
    struct stat after;
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    assert_int_equal(stat(place->path, &before), 0);
    assert_int_equal(test_create(place, true, &writer), TACRO_OK);
    assert_int_equal(test_write_all(place, writer, false, "here"), TACRO_OK);
    assert_int_equal(stat(place->path, &after), 0);
    assert_true(after.st_ino == before.st_ino);
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_OK);
    tacro_writer_free(writer);
    assert_int_equal(stat(place->path, &after), 0);
    assert_true(after.st_ino != before.st_ino);
    assert_int_equal(test_place_count(place), 1);
    H5Fclose(open_result(place, H5F_ACC_RDONLY));
}

static void test_writer_file_that_appears_meanwhile_is_kept(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    assert_int_equal(test_create(place, false, &writer), TACRO_OK);
    put_file(place->path, "precious");
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_ECREATE);
    assert_non_null(strstr(place->err.text, "x.h5 exists and is no HDF5 file"));
    tacro_writer_free(writer);
    assert_file(place->path, "precious");
    assert_int_equal(test_place_count(place), 1);
}

static void test_writer_two_at_once_do_not_share_a_draft(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *first = NULL;
    struct tacro_writer *second = NULL;
    char hash[65];
    assert_int_equal(test_create(place, false, &first), TACRO_OK);
    assert_int_equal(test_create(place, false, &second), TACRO_OK);
    assert_int_equal(test_place_count(place), 2);
    assert_int_equal(tacro_writer_finish(second, hash, &place->err), TACRO_OK);
    assert_int_equal(tacro_writer_finish(first, hash, &place->err), TACRO_ECREATE);
    tacro_writer_free(first);
    tacro_writer_free(second);
    assert_int_equal(test_place_count(place), 1);
}

static void test_writer_missing_folder_is_named(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    char expected[NAMES];
    snprintf(place->path, sizeof place->path, "%s/no/x.h5", place->folder);
    assert_int_equal(test_create(place, false, &writer), TACRO_ECREATE);
    snprintf(expected, sizeof expected, "cannot create %s: there is no folder %s/no",
             place->path, place->folder);
    assert_string_equal(place->err.text, expected);
}

static void test_writer_folder_or_device_is_refused(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    snprintf(place->path, sizeof place->path, "%s", place->folder);
    assert_int_equal(test_create(place, true, &writer), TACRO_ECREATE);
    assert_non_null(strstr(place->err.text, "it is a folder"));
    snprintf(place->path, sizeof place->path, "/dev/null");
    assert_int_equal(test_create(place, true, &writer), TACRO_ECREATE);
    assert_string_equal(place->err.text,
                        "cannot create /dev/null: it is not a regular file");
    place->path[0] = '\0'; /* for tear_down */
}

static void test_writer_unfinished_file_leaves_nothing(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    assert_int_equal(test_create(place, false, &writer), TACRO_OK);
    assert_int_equal(test_write_all(place, writer, false, "here"), TACRO_OK);
    assert_int_equal(test_place_count(place), 1);
    tacro_writer_free(writer);
    assert_int_equal(test_place_count(place), 0);
    tacro_writer_free(NULL);
}

static void test_writer_rows_out_of_range_are_a_bug(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    const double data[2 * TEST_NDAYS] = {0};
    assert_int_equal(test_create(place, false, &writer), TACRO_OK);
    assert_int_equal(test_write_rows(writer, TACRO_FIELD_TROUGH, 0, TEST_NSUBJECTS - 1,
                                     2, data, &place->err),
                     TACRO_EBUG);
    assert_string_equal(place->err.text, "trough has no rows 599 to 601 of regimen 0");
    assert_int_equal(test_write_rows(writer, TACRO_FIELD_TROUGH, TEST_NREGIMENS, 0, 2,
                                     data, &place->err),
                     TACRO_EBUG);
    assert_int_equal(
        test_write_rows(writer, TACRO_FIELD_BELOW_TARGET, 0, 0, 1, data, &place->err),
        TACRO_EBUG);
    assert_int_equal(
        test_write_rows(writer, TACRO_FIELD_TROUGH, 0, 63, 2, data, &place->err),
        TACRO_EBUG);
    assert_string_equal(place->err.text, "trough: rows 63 to 65 are not whole chunks");
    assert_int_equal(
        test_write_rows(writer, TACRO_FIELD_TROUGH, 0, 64, 2, data, &place->err),
        TACRO_EBUG);
    tacro_writer_free(writer);
}

static void test_writer_same_attribute_twice_fails(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    assert_int_equal(test_create(place, false, &writer), TACRO_OK);
    assert_int_equal(tacro_writer_attribute(writer, "/", "a", "1", &place->err),
                     TACRO_OK);
    assert_int_equal(tacro_writer_attribute(writer, "/", "a", "2", &place->err),
                     TACRO_EIO);
    assert_non_null(strstr(place->err.text, "x.h5: cannot write attribute a: "));
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_EIO);
    tacro_writer_free(writer);
    assert_int_equal(test_place_count(place), 0);
}

/* A full disk, at whatever point it comes: EIO with the reason, and nothing is left. */
static void test_writer_full_disk_is_reported_and_leaves_nothing(void **state)
{
    struct test_place *place = *state;
    struct stat whole;
    struct rlimit old;
    char hash[65];
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    assert_int_equal(stat(place->path, &whole), 0);
    unlink(place->path);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (rlim_t part = 0; part < 32; part++) {
        struct rlimit limit = {(rlim_t)whole.st_size * part / 32, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum tacro_status st = test_write_file(place, false, "here", hash);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(st, TACRO_EIO);
        assert_non_null(strstr(place->err.text, "x.h5: cannot write beyond "));
        assert_non_null(strstr(place->err.text, "File too large"));
        assert_int_equal(test_place_count(place), 0);
    }
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
}

#define TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, test_place_create, test_place_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writer_describes_every_field),
        TEST(test_writer_rows_keep_their_place),
        TEST(test_writer_takes_a_shard),
        TEST(test_writer_without_days_makes_a_file),
        TEST(test_writer_existing_file_is_kept_without_force),
        TEST(test_writer_existing_file_is_replaced_with_force_only_when_complete),
        TEST(test_writer_force_keeps_what_is_no_hdf5_file),
        TEST(test_writer_follows_a_link_and_keeps_it),
        TEST(test_writer_file_that_appears_meanwhile_is_kept),
        TEST(test_writer_two_at_once_do_not_share_a_draft),
        TEST(test_writer_missing_folder_is_named),
        TEST(test_writer_folder_or_device_is_refused),
        TEST(test_writer_unfinished_file_leaves_nothing),
        TEST(test_writer_rows_out_of_range_are_a_bug),
        TEST(test_writer_same_attribute_twice_fails),
        TEST(test_writer_full_disk_is_reported_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
