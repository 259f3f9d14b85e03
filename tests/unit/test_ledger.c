/* The ledger in a result file: the same rows and bytes whatever the order. */
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
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/result_file.h"
#include "store/ledger_reader.h"

#define SHARED_ROWS 28
#define CHUNK_ROWS 8192
#define GROUP 512

static const char *const ports[] = {"oral", "iv", "LCP"};

/* -- rows ------------------------------------------------------------------------- */

/* Rows of a subject: from none to 45, so that chunks end within subjects. */
static size_t nrows_of(size_t subject)
{
    return subject * 7 % 46;
}

static struct tacro_ledger_row row_of(size_t regimen, size_t subject, size_t k)
{
    return (struct tacro_ledger_row){
        .time = 12.0 * (double)k + 0.01 * (double)subject,
        .amount = k % 9 == 8 ? NAN : 0.5 * (double)(k % 7 + 1),
        .rate = k % 5 == 4 ? -2.0 : 0.25 * (double)(k % 3),
        .duration = (double)(k % 4),
        .ii = k % 11 == 0 ? 12.0 : 0.0,
        .kind = (uint8_t)((k + subject) % TACRO_NLEDGER_KINDS),
        .route = (uint8_t)((k + regimen) % 3),
        .ss = (uint8_t)(k % 3),
        .occasion = (int32_t)k - 3,
    };
}

/* Freed by the caller. */
static struct tacro_ledger ledger_of(size_t regimen, size_t subject, size_t n)
{
    struct tacro_ledger ledger = {0};
    for (size_t k = 0; k < n; k++) {
        const struct tacro_ledger_row row = row_of(regimen, subject, k);
        assert_true(tacro_ledger_add(&ledger, &row));
    }
    return ledger;
}

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void assert_row(const struct tacro_ledger_row *row, struct tacro_ledger_row want)
{
    assert_true(is_same(row->time, want.time));
    assert_true(is_same(row->amount, want.amount));
    assert_true(is_same(row->rate, want.rate));
    assert_true(is_same(row->duration, want.duration));
    assert_true(is_same(row->ii, want.ii));
    assert_int_equal(row->kind, want.kind);
    assert_int_equal(row->route, want.route);
    assert_int_equal(row->ss, want.ss);
    assert_int_equal(row->occasion, want.occasion);
}

static void test_ledger_keeps_rows_as_it_grows(void **state)
{
    struct tacro_ledger ledger = ledger_of(1, 2, 1000);
    (void)state;
    assert_int_equal(ledger.n, 1000);
    for (size_t k = 0; k < ledger.n; k++) {
        assert_row(&ledger.row[k], row_of(1, 2, k));
    }
    tacro_ledger_free(&ledger);
    assert_int_equal(ledger.n, 0);
    assert_null(ledger.row);
    tacro_ledger_free(&ledger);
}

/* -- files ------------------------------------------------------------------------ */

struct part {
    size_t first;
    size_t n;
};

static enum tacro_status add_part(struct tacro_ledger_spool *spool, size_t regimen,
                                  struct part part, struct tacro_error *err)
{
    static struct tacro_ledger ledger[TEST_NSUBJECTS];
    static const struct tacro_ledger *borrowed[TEST_NSUBJECTS];
    for (size_t i = 0; i < part.n; i++) {
        const size_t subject = part.first + i;
        ledger[i] = ledger_of(regimen, subject, nrows_of(subject));
        borrowed[i] = &ledger[i];
    }
    enum tacro_status st =
        tacro_ledger_spool_add(spool, regimen, part.first, part.n, borrowed, err);
    for (size_t i = 0; i < part.n; i++) {
        tacro_ledger_free(&ledger[i]);
    }
    return st;
}

/* Regimen 0 with ledgers of each subject's own, regimen 1 with one for all of them. */
static enum tacro_status add_all(struct tacro_ledger_spool *spool,
                                 const struct part *part, size_t nparts, size_t nshared,
                                 struct tacro_error *err)
{
    struct tacro_ledger shared = ledger_of(1, 0, nshared);
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < nparts; i++) {
        if (i == nparts / 2) {
            TACRO_TRY(tacro_ledger_spool_add_shared(spool, 1, &shared, err));
        }
        TACRO_TRY(add_part(spool, 0, part[i], err));
    }
done:
    tacro_ledger_free(&shared);
    return st;
}

static enum tacro_status write_file(struct test_place *place, const struct part *part,
                                    size_t nparts, char hash[65])
{
    struct tacro_writer *writer = NULL;
    struct tacro_ledger_spool *spool = NULL;
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(test_create(place, true, &writer));
    const size_t nfiles = test_place_count(place);
    TACRO_TRY(tacro_writer_spool(writer, &spool, &place->err));
    assert_int_equal(test_place_count(place), nfiles);
    TACRO_TRY(add_all(spool, part, nparts, SHARED_ROWS, &place->err));
    TACRO_TRY(tacro_writer_ledger(writer, spool, ports, 3, &place->err));
    TACRO_TRY(tacro_writer_finish(writer, hash, &place->err));
done:
    tacro_ledger_spool_free(spool);
    tacro_writer_free(writer);
    return st;
}

/* A file with one ledger for every subject of every regimen. */
static enum tacro_status write_shared(struct test_place *place,
                                      const struct tacro_ledger *ledger, char hash[65])
{
    struct tacro_writer *writer = NULL;
    struct tacro_ledger_spool *spool = NULL;
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(test_create(place, true, &writer));
    TACRO_TRY(tacro_writer_spool(writer, &spool, &place->err));
    for (size_t r = 0; r < TEST_NREGIMENS; r++) {
        TACRO_TRY(tacro_ledger_spool_add_shared(spool, r, ledger, &place->err));
    }
    TACRO_TRY(tacro_writer_ledger(writer, spool, ports, 3, &place->err));
    TACRO_TRY(tacro_writer_finish(writer, hash, &place->err));
done:
    tacro_ledger_spool_free(spool);
    tacro_writer_free(writer);
    return st;
}

static const struct part in_order[] = {{0, GROUP}, {GROUP, TEST_NSUBJECTS - GROUP}};
static const struct part backward[] = {{GROUP, TEST_NSUBJECTS - GROUP}, {0, GROUP}};
static const struct part in_pieces[] = {
    {400, 113}, {1, 99}, {0, 1}, {100, 300}, {513, TEST_NSUBJECTS - 513}};

static size_t read_bytes(const char *path, unsigned char **bytes)
{
    FILE *file = fopen(path, "rb");
    struct stat size;
    assert_non_null(file);
    assert_int_equal(stat(path, &size), 0);
    *bytes = malloc((size_t)size.st_size);
    assert_non_null(*bytes);
    assert_int_equal(fread(*bytes, 1, (size_t)size.st_size, file), size.st_size);
    fclose(file);
    return (size_t)size.st_size;
}

/* -- what comes back -------------------------------------------------------------- */

static void assert_ledger(const struct test_place *place, size_t regimen,
                          size_t subject, size_t n)
{
    struct tacro_ledger ledger;
    assert_int_equal(tacro_ledger_read(place->path, regimen, subject, &ledger, NULL),
                     TACRO_OK);
    assert_int_equal(ledger.n, n);
    for (size_t k = 0; k < n; k++) {
        const size_t owner = regimen == 0 ? subject : 0;
        assert_row(&ledger.row[k], row_of(regimen, owner, k));
    }
    tacro_ledger_free(&ledger);
}

static void test_ledger_rows_come_back_for_every_subject(void **state)
{
    struct test_place *place = *state;
    char hash[65];
    assert_int_equal(write_file(place, in_pieces, 5, hash), TACRO_OK);
    assert_int_equal(test_place_count(place), 1);
    for (size_t i = 0; i < TEST_NSUBJECTS; i++) {
        assert_ledger(place, 0, i, nrows_of(i));
    }
    assert_ledger(place, 1, 0, SHARED_ROWS);
    assert_ledger(place, 1, TEST_NSUBJECTS - 1, SHARED_ROWS);
}

static void test_ledger_of_all_subjects_is_stored_once(void **state)
{
    struct test_place *place = *state;
    static int64_t size[TEST_NREGIMENS][TEST_NSUBJECTS];
    static int64_t start[TEST_NREGIMENS][TEST_NSUBJECTS];
    char hash[65];
    int64_t next = 0;
    hsize_t nrows = 0;
    assert_int_equal(write_file(place, in_order, 2, hash), TACRO_OK);
    hid_t file = H5Fopen(place->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5LTread_dataset(file, "ledger/row_size", H5T_NATIVE_INT64, size) >= 0);
    assert_true(H5LTread_dataset(file, "ledger/row_start", H5T_NATIVE_INT64, start) >=
                0);
    for (size_t i = 0; i < TEST_NSUBJECTS; i++) {
        assert_int_equal(size[0][i], nrows_of(i));
        assert_int_equal(start[0][i], next);
        next += size[0][i];
    }
    assert_true(next > CHUNK_ROWS); /* or the test would not see two chunks */
    for (size_t i = 0; i < TEST_NSUBJECTS; i++) {
        assert_int_equal(size[1][i], SHARED_ROWS);
        assert_int_equal(start[1][i], next);
    }
    assert_true(H5LTget_dataset_info(file, "ledger/time", &nrows, NULL, NULL) >= 0);
    assert_int_equal(nrows, next + SHARED_ROWS);
    H5Fclose(file);
}

static void test_ledger_bytes_do_not_depend_on_the_order(void **state)
{
    struct test_place *place = *state;
    const struct {
        const struct part *part;
        size_t n;
    } orders[] = {{in_order, 2}, {backward, 2}, {in_pieces, 5}};
    char first[65];
    char hash[65];
    unsigned char *want = NULL;
    unsigned char *bytes = NULL;
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(write_file(place, orders[i].part, orders[i].n, hash),
                         TACRO_OK);
        if (i == 0) {
            memcpy(first, hash, sizeof first);
            n = read_bytes(place->path, &want);
            continue;
        }
        assert_string_equal(hash, first);
        assert_int_equal(read_bytes(place->path, &bytes), n);
        assert_memory_equal(bytes, want, n);
        free(bytes);
    }
    free(want);
}

/* Of a file with one row in all ledgers, whose field `column` is off by one. */
static void hash_with_change(struct test_place *place, int column, char hash[65])
{
    struct tacro_ledger_row row = row_of(0, 0, 1);
    const struct tacro_ledger ledger = {.n = 1, .row = &row};
    row.time += column == 0 ? 1 : 0;
    row.amount += column == 1 ? 1 : 0;
    row.rate += column == 2 ? 1 : 0;
    row.duration += column == 3 ? 1 : 0;
    row.ii += column == 4 ? 1 : 0;
    row.kind = (uint8_t)(row.kind + (column == 5));
    row.route = (uint8_t)(row.route + (column == 6));
    row.ss = (uint8_t)(row.ss + (column == 7));
    row.occasion += column == 8 ? 1 : 0;
    assert_int_equal(write_shared(place, &ledger, hash), TACRO_OK);
}

static void test_ledger_columns_are_in_the_content_hash(void **state)
{
    struct test_place *place = *state;
    char hash[10][65];
    for (int column = 0; column < 10; column++) { /* 9: no change */
        hash_with_change(place, column, hash[column]);
        for (int other = 0; other < column; other++) {
            assert_string_not_equal(hash[other], hash[column]);
        }
    }
}

static void test_ledger_without_rows_makes_a_file(void **state)
{
    struct test_place *place = *state;
    const struct tacro_ledger none = {0};
    hsize_t nrows = 1;
    char hash[65];
    assert_int_equal(write_shared(place, &none, hash), TACRO_OK);
    assert_ledger(place, 0, 0, 0);
    assert_ledger(place, 1, TEST_NSUBJECTS - 1, 0);
    hid_t file = H5Fopen(place->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5LTget_dataset_info(file, "ledger/time", &nrows, NULL, NULL) >= 0);
    assert_int_equal(nrows, 0);
    H5Fclose(file);
}

/* -- what the file says about itself ---------------------------------------------- */

static void assert_text(hid_t file, const char *path, const char *name,
                        const char *want)
{
    char *text = NULL;
    hid_t attribute = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0);
    hid_t type = H5Aget_type(attribute);
    assert_true(H5Aread(attribute, type, &text) >= 0);
    if (want == NULL) {
        assert_true(strlen(text) > 0);
    } else {
        assert_string_equal(text, want);
    }
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
}

static void test_ledger_datasets_are_described(void **state)
{
    static const struct {
        const char *path;
        const char *unit;
        int rank;
    } want[] = {{"ledger/row_size", "1", 2}, {"ledger/row_start", "1", 2},
                {"ledger/time", "h", 1},     {"ledger/amount", "mg or ng/mL", 1},
                {"ledger/rate", "mg/h", 1},  {"ledger/duration", "h", 1},
                {"ledger/ii", "h", 1},       {"ledger/kind", "1", 1},
                {"ledger/route", "1", 1},    {"ledger/ss", "1", 1},
                {"ledger/occasion", "1", 1}};
    struct test_place *place = *state;
    char hash[65];
    assert_int_equal(write_file(place, in_order, 2, hash), TACRO_OK);
    hid_t file = H5Fopen(place->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        hid_t dataset = H5Dopen2(file, want[i].path, H5P_DEFAULT);
        hid_t dcpl = H5Dget_create_plist(dataset);
        assert_text(file, want[i].path, "units", want[i].unit);
        assert_text(file, want[i].path, "long_name", NULL);
        assert_text(file, want[i].path, "description", NULL);
        for (int k = 0; k < want[i].rank; k++) {
            assert_int_equal(H5DSget_num_scales(dataset, (unsigned)k), 1);
        }
        assert_int_equal(H5Pget_layout(dcpl), H5D_CHUNKED);
        assert_int_equal(H5Pget_nfilters(dcpl), 3);
        H5Pclose(dcpl);
        H5Dclose(dataset);
    }
    assert_text(file, "ledger/kind", "flag_meanings",
                "dose missed reset sample result decision event switch resume cut");
    assert_text(file, "ledger/route", "flag_meanings", "oral iv LCP");
    assert_text(file, "ledger/row_size", "sample_dimension", "row");
    H5Fclose(file);
}

/* -- what goes wrong -------------------------------------------------------------- */

static void test_ledger_of_a_subject_missing_or_twice_is_a_bug(void **state)
{
    static const struct {
        struct part part[3];
        size_t nparts;
        const char *text;
    } cases[] = {{{{0, GROUP}}, 1, "the ledger of subject 512 of regimen 0 is missing"},
                 {{{1, TEST_NSUBJECTS - 1}}, 1, "subject 0 of regimen 0 is missing"},
                 {{{0, GROUP}, {GROUP, 88}, {GROUP, 88}}, 3, "is there twice"}};
    struct test_place *place = *state;
    char hash[65];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(write_file(place, cases[i].part, cases[i].nparts, hash),
                         TACRO_EBUG);
        assert_non_null(strstr(place->err.text, cases[i].text));
        assert_int_equal(test_place_count(place), 0);
    }
}

static void test_ledger_out_of_range_is_a_bug(void **state)
{
    struct test_place *place = *state;
    struct tacro_writer *writer = NULL;
    struct tacro_ledger_spool *spool = NULL;
    const struct tacro_ledger none = {0};
    const struct part over = {TEST_NSUBJECTS - 1, 2};
    assert_int_equal(test_create(place, false, &writer), TACRO_OK);
    assert_int_equal(tacro_writer_spool(writer, &spool, NULL), TACRO_OK);
    assert_int_equal(add_part(spool, 0, over, &place->err), TACRO_EBUG);
    assert_string_equal(place->err.text,
                        "the ledger has no subjects 599 to 601 of regimen 0");
    assert_int_equal(tacro_ledger_spool_add_shared(spool, 2, &none, &place->err),
                     TACRO_EBUG);
    assert_string_equal(place->err.text, "the ledger has no regimen 2");
    tacro_writer_free(writer);
    tacro_ledger_spool_free(spool);
    tacro_ledger_spool_free(NULL);
}

static enum tacro_status write_large(struct test_place *place)
{
    char hash[65];
    return write_file(place, in_order, 2, hash);
}

static enum tacro_status write_small(struct test_place *place)
{
    char hash[65];
    struct tacro_ledger ledger = ledger_of(0, 0, SHARED_ROWS);
    enum tacro_status st = write_shared(place, &ledger, hash);
    tacro_ledger_free(&ledger);
    return st;
}

/* Write while no file may grow beyond `first`/32, ... 31/32 of `most` bytes. */
static void fill_disk(struct test_place *place, rlim_t first, rlim_t most,
                      enum tacro_status (*write)(struct test_place *), const char *text)
{
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (rlim_t part = first; part < 32; part++) {
        struct rlimit limit = {most * part / 32, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum tacro_status st = write(place);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(st, TACRO_EIO);
        if (strstr(place->err.text, text) == NULL) {
            fail_msg("%s: expected %s", place->err.text, text);
        }
        assert_non_null(strstr(place->err.text, "File too large"));
        assert_int_equal(test_place_count(place), 0);
    }
}

/* A full disk, at whatever point it comes: EIO with the reason, and nothing is left. */
static void test_ledger_full_disk_is_reported_and_leaves_nothing(void **state)
{
    struct test_place *place = *state;
    const rlim_t spool_bytes = 600000; /* a little less than that of write_large */
    struct stat whole;
    signal(SIGXFSZ, SIG_IGN);
    /* parts in which the start of the draft finds room */
    fill_disk(place, 4, spool_bytes, write_large,
              "x.h5: cannot write its temporary file beyond ");
    assert_int_equal(write_small(place), TACRO_OK);
    assert_int_equal(stat(place->path, &whole), 0);
    unlink(place->path);
    /* parts in which all of the spool finds room */
    fill_disk(place, 10, (rlim_t)whole.st_size, write_small,
              "x.h5: cannot write beyond ");
    assert_int_equal(write_large(place), TACRO_OK);
}

static void test_ledger_killed_program_leaves_no_temporary_file(void **state)
{
    struct test_place *place = *state;
    char left[sizeof place->path + 32];
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct tacro_writer *writer = NULL;
        struct tacro_ledger_spool *spool = NULL;
        if (test_create(place, false, &writer) == TACRO_OK &&
            tacro_writer_spool(writer, &spool, NULL) == TACRO_OK &&
            add_all(spool, in_order, 2, SHARED_ROWS, NULL) == TACRO_OK) {
            raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(test_place_count(place), 1);
    snprintf(left, sizeof left, "%s.%ld.part", place->path, (long)child);
    assert_int_equal(unlink(left), 0); /* the draft, which keeps its name */
}

static void test_ledger_read_names_what_is_wrong(void **state)
{
    struct test_place *place = *state;
    struct tacro_ledger ledger;
    char hash[65];
    assert_int_equal(tacro_ledger_read(place->path, 0, 0, &ledger, &place->err),
                     TACRO_ENOINPUT);
    assert_non_null(strstr(place->err.text, "x.h5: No such file or directory"));
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    fputs("text", file);
    fclose(file);
    assert_int_equal(tacro_ledger_read(place->path, 0, 0, &ledger, &place->err),
                     TACRO_ENOINPUT);
    assert_non_null(strstr(place->err.text, "x.h5: not an HDF5 file"));
    unlink(place->path);
    assert_int_equal(test_write_file(place, false, "here", hash), TACRO_OK);
    assert_int_equal(tacro_ledger_read(place->path, 0, 0, &ledger, &place->err),
                     TACRO_EINPUT);
    assert_non_null(strstr(place->err.text, "x.h5 has no ledger"));
    assert_int_equal(write_file(place, in_order, 2, hash), TACRO_OK);
    assert_int_equal(
        tacro_ledger_read(place->path, 0, TEST_NSUBJECTS, &ledger, &place->err),
        TACRO_EINPUT);
    assert_non_null(strstr(place->err.text, "no ledger of regimen 0, subject 600, "
                                            "expected less than 2 and 600"));
    assert_int_equal(tacro_ledger_read(place->path, 2, 0, &ledger, &place->err),
                     TACRO_EINPUT);
    assert_null(ledger.row);
}

#define TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, test_place_create, test_place_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_keeps_rows_as_it_grows),
        TEST(test_ledger_rows_come_back_for_every_subject),
        TEST(test_ledger_of_all_subjects_is_stored_once),
        TEST(test_ledger_bytes_do_not_depend_on_the_order),
        TEST(test_ledger_columns_are_in_the_content_hash),
        TEST(test_ledger_without_rows_makes_a_file),
        TEST(test_ledger_datasets_are_described),
        TEST(test_ledger_of_a_subject_missing_or_twice_is_a_bug),
        TEST(test_ledger_out_of_range_is_a_bug),
        TEST(test_ledger_full_disk_is_reported_and_leaves_nothing),
        TEST(test_ledger_killed_program_leaves_no_temporary_file),
        TEST(test_ledger_read_names_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
