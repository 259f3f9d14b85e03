/* The result file: what it holds, that it is whole or absent, and its content hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/content_hash.h"
#include "store/writer.h"

#define NREGIMENS 2
#define NDRAWS 2
#define NSUBJECTS 600 /* one whole group and a part of one */
#define NTIMES 25
#define NDAYS 2
#define NQUANTILES 3
#define NAMES 300 /* longest path of a test file */

static const char *const labels[NREGIMENS] = {"continue", "hält_an"};
static const double quantiles[NQUANTILES] = {0.05, 0.5, 0.95};
static const int days[NDAYS] = {0, 1};
static double times[NTIMES];

static const struct tacro_named outcomes[] = {{"pres", "1", "new PRES"},
                                              {"rejection", "1", "treated rejection"}};
static const struct tacro_named outputs[] = {
    {"unbound", "pg/mL", "unbound tacrolimus"}};
static const struct tacro_named columns[] = {{"weight", "kg", "body weight"},
                                             {"CL", "L/h", "clearance"}};

/* A folder of its own per test, empty in the end or the test fails. */
struct place {
    char folder[64];
    char path[128];
    struct tacro_fields *fields;
    struct tacro_error err;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->folder, sizeof place->folder, "/tmp/tacro_store_XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/x.h5", place->folder);
    for (size_t i = 0; i < NTIMES; i++) {
        times[i] = (double)i;
    }
    assert_int_equal(tacro_fields_create(outcomes, 2, outputs, 1, columns, 2,
                                         &place->fields, &place->err),
                     TACRO_OK);
    *state = place;
    return 0;
}

static size_t count_files(const struct place *place)
{
    size_t n = 0;
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        n += entry->d_name[0] != '.';
    }
    closedir(folder);
    return n;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    bool is_clean = rmdir(place->folder) == 0;
    tacro_fields_free(place->fields);
    free(place);
    return is_clean ? 0 : -1;
}

/* -- a small result --------------------------------------------------------------- */

static float level(size_t regimen, size_t subject, size_t time)
{
    return (float)(10.0 * (double)regimen + 0.01 * (double)subject +
                   0.1 * (double)time);
}

static struct tacro_axes axes_of(void)
{
    return (struct tacro_axes){.nregimens = NREGIMENS,
                               .regimen = labels,
                               .ndraws = NDRAWS,
                               .nsubjects = NSUBJECTS,
                               .first_subject = 0,
                               .per_draw = NSUBJECTS / NDRAWS,
                               .ntimes = NTIMES,
                               .time = times,
                               .ndays = NDAYS,
                               .day = days,
                               .nquantiles = NQUANTILES,
                               .quantile = quantiles};
}

static enum tacro_status create(struct place *place, bool force,
                                struct tacro_writer **out)
{
    const struct tacro_axes axes = axes_of();
    return tacro_writer_create(place->path, force, &axes, place->fields, out,
                               &place->err);
}

static enum tacro_status write_group(struct place *place, struct tacro_writer *writer,
                                     size_t regimen, size_t first, size_t n)
{
    static float rows[512][NTIMES];
    static double weight[512];
    for (size_t i = 0; i < n; i++) {
        weight[i] = 50.0 + (double)(first + i);
        for (size_t k = 0; k < NTIMES; k++) {
            rows[i][k] = level(regimen, first + i, k);
        }
    }
    enum tacro_status st = tacro_writer_rows(writer, TACRO_FIELD_CONCENTRATION, regimen,
                                             first, n, rows, &place->err);
    if (st != TACRO_OK) {
        return st;
    }
    return tacro_writer_rows(writer, place->fields->column, regimen, first, n, weight,
                             &place->err);
}

static enum tacro_status write_rest(struct place *place, struct tacro_writer *writer,
                                    const char *host)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_error *err = &place->err;
    const double risk[NREGIMENS][NDRAWS][NDAYS] = {{{NAN, 0.1}, {NAN, 0.2}},
                                                   {{NAN, 0.3}, {NAN, 0.4}}};
    const double range[2] = {9.0, 15.0};
    TACRO_TRY(tacro_writer_whole(writer, place->fields->outcome, risk, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/", "title", "a test", err));
    TACRO_TRY(tacro_writer_attribute(writer, "/", "note", "", err));
    TACRO_TRY(tacro_writer_number(writer, "/", "landmark", 72.0, err));
    TACRO_TRY(tacro_writer_numbers(writer, "/", "range", range, 2, err));
    TACRO_TRY(tacro_writer_numbers(writer, "/", "nothing", range, 0, err));
    TACRO_TRY(tacro_writer_integer(writer, "/", "seed", 20260322, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "host", host, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "time", "now", err));
    TACRO_TRY(
        tacro_writer_text(writer, "input/scenario", "title: µ\n", "the scenario", err));
    TACRO_TRY(
        tacro_writer_text(writer, "input/risk/pres", "", "an empty risk file", err));
done:
    return st;
}

/* All groups, in one order or the other. */
static enum tacro_status write_all(struct place *place, struct tacro_writer *writer,
                                   bool is_backward, const char *host)
{
    static const struct {
        size_t regimen;
        size_t first;
        size_t n;
    } groups[] = {{0, 0, 512}, {0, 512, 88}, {1, 0, 512}, {1, 512, 88}};
    for (size_t i = 0; i < 4; i++) {
        size_t g = is_backward ? 3 - i : i;
        enum tacro_status st =
            write_group(place, writer, groups[g].regimen, groups[g].first, groups[g].n);
        if (st != TACRO_OK) {
            return st;
        }
    }
    return write_rest(place, writer, host);
}

static enum tacro_status write_file(struct place *place, bool is_backward,
                                    const char *host, char hash[65])
{
    struct tacro_writer *writer = NULL;
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(create(place, true, &writer));
    TACRO_TRY(write_all(place, writer, is_backward, host));
    TACRO_TRY(tacro_writer_finish(writer, hash, &place->err));
done:
    tacro_writer_free(writer);
    return st;
}

/* -- reading back ----------------------------------------------------------------- */

static hid_t open_result(const struct place *place, unsigned flags)
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
    struct place *place = *state;
    char hash[65];
    assert_int_equal(write_file(place, false, "here", hash), TACRO_OK);
    assert_int_equal(count_files(place), 1);
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_int_equal(place->fields->n, TACRO_NFIELDS + 2 * 3 + 1 + 2);
    for (size_t i = 0; i < place->fields->n; i++) {
        assert_field(file, &place->fields->field[i]);
    }
    assert_string_equal(place->fields->field[place->fields->outcome + 3].path,
                        "rejection_risk");
    assert_string_equal(place->fields->field[place->fields->output].path,
                        "trough_unbound");
    assert_string_equal(place->fields->field[place->fields->column + 1].path,
                        "population/CL");
    assert_text(file, "status", "flag_meanings", "ok solver_failed not_finite");
    assert_text(file, "time", "units", "h");
    assert_text(file, "/", "content_hash", hash);
    assert_text(file, "/", "note", "");
    assert_text(file, "/provenance", "host", "here");
    H5Fclose(file);
}

static void test_writer_rows_keep_their_place(void **state)
{
    struct place *place = *state;
    static float data[NREGIMENS][NSUBJECTS][NTIMES];
    static double trough[NREGIMENS][NSUBJECTS][NDAYS];
    static double weight[NSUBJECTS];
    static uint8_t status[NREGIMENS][NSUBJECTS];
    int64_t draw[NSUBJECTS];
    char hash[65];
    assert_int_equal(write_file(place, true, "here", hash), TACRO_OK);
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_true(H5LTread_dataset(file, "concentration", H5T_NATIVE_FLOAT, data) >= 0);
    assert_true(H5LTread_dataset(file, "trough", H5T_NATIVE_DOUBLE, trough) >= 0);
    assert_true(
        H5LTread_dataset(file, "population/weight", H5T_NATIVE_DOUBLE, weight) >= 0);
    assert_true(H5LTread_dataset(file, "status", H5T_NATIVE_UINT8, status) >= 0);
    assert_true(H5LTread_dataset(file, "subject_draw", H5T_NATIVE_INT64, draw) >= 0);
    for (size_t r = 0; r < NREGIMENS; r++) {
        for (size_t i = 0; i < NSUBJECTS; i++) {
            assert_true(data[r][i][0] == level(r, i, 0));
            assert_true(data[r][i][NTIMES - 1] == level(r, i, NTIMES - 1));
            assert_true(isnan(trough[r][i][0])); /* never written */
            assert_int_equal(status[r][i], 255);
        }
    }
    assert_true(weight[NSUBJECTS - 1] == 50.0 + NSUBJECTS - 1);
    assert_int_equal(draw[NSUBJECTS / 2 - 1], 0);
    assert_int_equal(draw[NSUBJECTS / 2], 1);
    H5Fclose(file);
}

static void test_writer_takes_a_shard(void **state)
{
    struct place *place = *state;
    struct tacro_axes axes = axes_of();
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
    struct place *place = *state;
    struct tacro_axes axes = axes_of();
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
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    char expected[NAMES];
    put_file(place->path, "precious");
    assert_int_equal(create(place, false, &writer), TACRO_ECREATE);
    assert_null(writer);
    snprintf(expected, sizeof expected, "%s exists; use --force to replace it",
             place->path);
    assert_string_equal(place->err.text, expected);
    assert_file(place->path, "precious");
    assert_int_equal(count_files(place), 1);
}

static void
test_writer_existing_file_is_replaced_with_force_only_when_complete(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    put_file(place->path, "precious");
    assert_int_equal(create(place, true, &writer), TACRO_OK);
    assert_int_equal(write_all(place, writer, false, "here"), TACRO_OK);
    assert_file(place->path, "precious");
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_OK);
    tacro_writer_free(writer);
    assert_int_equal(count_files(place), 1);
    H5Fclose(open_result(place, H5F_ACC_RDONLY));
}

static void test_writer_file_that_appears_meanwhile_is_kept(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    assert_int_equal(create(place, false, &writer), TACRO_OK);
    put_file(place->path, "precious");
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_ECREATE);
    assert_non_null(strstr(place->err.text, "x.h5 exists; use --force to replace it"));
    tacro_writer_free(writer);
    assert_file(place->path, "precious");
    assert_int_equal(count_files(place), 1);
}

static void test_writer_two_at_once_do_not_share_a_draft(void **state)
{
    struct place *place = *state;
    struct tacro_writer *first = NULL;
    struct tacro_writer *second = NULL;
    char hash[65];
    assert_int_equal(create(place, false, &first), TACRO_OK);
    assert_int_equal(create(place, false, &second), TACRO_OK);
    assert_int_equal(count_files(place), 2);
    assert_int_equal(tacro_writer_finish(second, hash, &place->err), TACRO_OK);
    assert_int_equal(tacro_writer_finish(first, hash, &place->err), TACRO_ECREATE);
    tacro_writer_free(first);
    tacro_writer_free(second);
    assert_int_equal(count_files(place), 1);
}

static void test_writer_missing_folder_is_named(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    char expected[NAMES];
    snprintf(place->path, sizeof place->path, "%s/no/x.h5", place->folder);
    assert_int_equal(create(place, false, &writer), TACRO_ECREATE);
    snprintf(expected, sizeof expected, "cannot create %s: there is no folder %s/no",
             place->path, place->folder);
    assert_string_equal(place->err.text, expected);
}

static void test_writer_folder_or_device_is_refused(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    snprintf(place->path, sizeof place->path, "%s", place->folder);
    assert_int_equal(create(place, true, &writer), TACRO_ECREATE);
    assert_non_null(strstr(place->err.text, "it is a folder"));
    snprintf(place->path, sizeof place->path, "/dev/null");
    assert_int_equal(create(place, true, &writer), TACRO_ECREATE);
    assert_string_equal(place->err.text,
                        "cannot create /dev/null: it is not a regular file");
    place->path[0] = '\0'; /* for tear_down */
}

static void test_writer_unfinished_file_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    assert_int_equal(create(place, false, &writer), TACRO_OK);
    assert_int_equal(write_all(place, writer, false, "here"), TACRO_OK);
    assert_int_equal(count_files(place), 1);
    tacro_writer_free(writer);
    assert_int_equal(count_files(place), 0);
    tacro_writer_free(NULL);
}

static void test_writer_rows_out_of_range_are_a_bug(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    const double data[2 * NDAYS] = {0};
    assert_int_equal(create(place, false, &writer), TACRO_OK);
    assert_int_equal(tacro_writer_rows(writer, TACRO_FIELD_TROUGH, 0, NSUBJECTS - 1, 2,
                                       data, &place->err),
                     TACRO_EBUG);
    assert_string_equal(place->err.text, "trough has no rows 599 to 601 of regimen 0");
    assert_int_equal(tacro_writer_rows(writer, TACRO_FIELD_TROUGH, NREGIMENS, 0, 2,
                                       data, &place->err),
                     TACRO_EBUG);
    assert_int_equal(
        tacro_writer_rows(writer, TACRO_FIELD_BELOW_TARGET, 0, 0, 1, data, &place->err),
        TACRO_EBUG);
    tacro_writer_free(writer);
}

static void test_writer_same_attribute_twice_fails(void **state)
{
    struct place *place = *state;
    struct tacro_writer *writer = NULL;
    char hash[65];
    assert_int_equal(create(place, false, &writer), TACRO_OK);
    assert_int_equal(tacro_writer_attribute(writer, "/", "a", "1", &place->err),
                     TACRO_OK);
    assert_int_equal(tacro_writer_attribute(writer, "/", "a", "2", &place->err),
                     TACRO_EIO);
    assert_non_null(strstr(place->err.text, "x.h5: cannot write attribute a: "));
    assert_int_equal(tacro_writer_finish(writer, hash, &place->err), TACRO_EIO);
    tacro_writer_free(writer);
    assert_int_equal(count_files(place), 0);
}

/* A full disk, at whatever point it comes: EIO with the reason, and nothing is left. */
static void test_writer_full_disk_is_reported_and_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct stat whole;
    struct rlimit old;
    char hash[65];
    assert_int_equal(write_file(place, false, "here", hash), TACRO_OK);
    assert_int_equal(stat(place->path, &whole), 0);
    unlink(place->path);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (rlim_t part = 0; part < 32; part++) {
        struct rlimit limit = {(rlim_t)whole.st_size * part / 32, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum tacro_status st = write_file(place, false, "here", hash);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(st, TACRO_EIO);
        assert_non_null(strstr(place->err.text, "x.h5: cannot write beyond "));
        assert_non_null(strstr(place->err.text, "File too large"));
        assert_int_equal(count_files(place), 0);
    }
    assert_int_equal(write_file(place, false, "here", hash), TACRO_OK);
}

/* -- content hash ----------------------------------------------------------------- */

static void hash_of(struct place *place, char hash[65])
{
    hid_t file = open_result(place, H5F_ACC_RDONLY);
    assert_int_equal(tacro_content_hash(file, hash, &place->err), TACRO_OK);
    H5Fclose(file);
}

static void test_hash_does_not_depend_on_order_or_provenance(void **state)
{
    struct place *place = *state;
    char first[65];
    char second[65];
    char again[65];
    assert_int_equal(write_file(place, false, "here", first), TACRO_OK);
    hash_of(place, again);
    assert_string_equal(again, first);
    assert_int_equal(strlen(first), 64);
    assert_int_equal(write_file(place, true, "there", second), TACRO_OK);
    assert_string_equal(second, first);
}

static void flip_bit(struct place *place, const char *path, size_t size, size_t at)
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
    struct place *place = *state;
    const size_t size = sizeof(float) * NREGIMENS * NSUBJECTS * NTIMES;
    char first[65];
    char hash[65];
    assert_int_equal(write_file(place, false, "here", first), TACRO_OK);
    flip_bit(place, "concentration", size, size - 4);
    hash_of(place, hash);
    assert_string_not_equal(hash, first);
    flip_bit(place, "concentration", size, size - 4);
    hash_of(place, hash);
    assert_string_equal(hash, first);
    flip_bit(place, "population/CL", NSUBJECTS * sizeof(double),
             0); /* a NaN's payload */
    hash_of(place, hash);
    assert_string_not_equal(hash, first);
}

static void test_hash_covers_attributes_and_names(void **state)
{
    struct place *place = *state;
    char first[65];
    char hash[65];
    assert_int_equal(write_file(place, false, "here", first), TACRO_OK);
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
    struct place *place = *state;
    char hash[65];
    assert_int_equal(write_file(place, false, "here", hash), TACRO_OK);
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
    struct place *place = *state;
    char hash[65];
    haddr_t address = 0;
    hsize_t zero[3] = {0};
    unsigned mask = 0;
    hsize_t size = 0;
    assert_int_equal(write_file(place, false, "here", hash), TACRO_OK);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writer_describes_every_field),
        TEST(test_writer_rows_keep_their_place),
        TEST(test_writer_takes_a_shard),
        TEST(test_writer_without_days_makes_a_file),
        TEST(test_writer_existing_file_is_kept_without_force),
        TEST(test_writer_existing_file_is_replaced_with_force_only_when_complete),
        TEST(test_writer_file_that_appears_meanwhile_is_kept),
        TEST(test_writer_two_at_once_do_not_share_a_draft),
        TEST(test_writer_missing_folder_is_named),
        TEST(test_writer_folder_or_device_is_refused),
        TEST(test_writer_unfinished_file_leaves_nothing),
        TEST(test_writer_rows_out_of_range_are_a_bug),
        TEST(test_writer_same_attribute_twice_fails),
        TEST(test_writer_full_disk_is_reported_and_leaves_nothing),
        TEST(test_hash_does_not_depend_on_order_or_provenance),
        TEST(test_hash_changes_with_one_bit),
        TEST(test_hash_covers_attributes_and_names),
        TEST(test_hash_refuses_what_tacro_does_not_write),
        TEST(test_hash_damaged_file_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
