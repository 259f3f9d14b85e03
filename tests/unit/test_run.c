/**
 * A whole run through tacro.h: one result whatever the threads, kernels and subjects.
 */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <hdf5.h>

#include "tests/support/engine.h"
#include "tests/support/kernels.h"

#define NSUBJECTS 600 /* a whole group and a part of one whose last block is padded */
#define NREGIMENS 2
#define MAX_DATASETS 128

static const char two[] =
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  b: {steps: [{give: 3 mg, every: 12 h, for: 1 d}, {hold: 12 h}, "
    "{give: 1 mg, every: 12 h}]}\n";
static const char three[] =
    "  c: {steps: [{give: 5 mg, every: 8 h, for: 24 h}, {hold: 36 h}]}\n"
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  b: {steps: [{give: 3 mg, every: 12 h, for: 1 d}, {hold: 12 h}, "
    "{give: 1 mg, every: 12 h}]}\n";

struct place {
    char folder[256];
    char path[512];
    char other[512];
};

static struct tacro_scenario *open_with(unsigned n, const char *regimens)
{
    char text[4096];
    snprintf(text, sizeof text,
             "title: run\n"
             "pk: sikma2020_thoracic_icu\n"
             "risk: [pres_lung, rejection_lung]\n"
             "start: {day: 0, clock: \"08:00\"}\n"
             "horizon: 60 h\n"
             "landmark: 1 d\n"
             "output: {every: 4 h}\n"
             "seed: 20260322\n"
             "draws: 1\n"
             "target: [{from: 0 d, trough: 9-15 ng/mL}]\n"
             "patients:\n"
             "  n: %u\n"
             "  hematocrit: [{from: 0 d, value: 0.31}, {from: 30 h, value: 0.27}]\n"
             "reference: a\n"
             "regimens:\n%s",
             n, regimens);
    return test_scenario(text);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    test_temporary(place->folder, "run");
    assert_int_equal(mkdir(place->folder, 0700), 0);
    snprintf(place->path, sizeof place->path, "%s/result.h5", place->folder);
    snprintf(place->other, sizeof place->other, "%s/other.h5", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    unlink(place->other);
    assert_int_equal(rmdir(place->folder), 0); /* no other file is left */
    free(place);
    return 0;
}

static size_t count_files(const struct place *place)
{
    size_t n = 0;
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    }
    closedir(folder);
    return n;
}

/* Run and expect success; the summary is the caller's. */
static struct tacro_summary *run(const struct tacro_scenario *scenario,
                                 const struct tacro_run_options *options)
{
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_summary *summary = NULL;
    if (tacro_run(scenario, options, &summary, &err) != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    assert_non_null(summary);
    return summary;
}

static void refuse(const struct tacro_scenario *scenario,
                   const struct tacro_run_options *options, enum tacro_status status,
                   const char *words)
{
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_summary *summary = (struct tacro_summary *)&err;
    assert_int_equal(tacro_run(scenario, options, &summary, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.text, words);
    assert_null(summary);
}

/* -- one result -------------------------------------------------------------------- */

static void run_hash(const struct place *place, const struct tacro_scenario *scenario,
                     unsigned threads, const char *kernels, char *hash)
{
    const struct tacro_run_options options = {
        .output = place->path, .force = true, .threads = threads, .kernels = kernels};
    struct tacro_summary *summary = run(scenario, &options);
    assert_int_equal(strlen(summary->content_hash), 64);
    assert_int_equal(summary->threads, threads);
    assert_int_equal(summary->courses, NSUBJECTS * NREGIMENS);
    assert_int_equal(summary->failed, 0);
    memcpy(hash, summary->content_hash, 65);
    tacro_summary_free(summary);
}

static void test_run_any_number_of_threads_gives_one_content_hash(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(NSUBJECTS, two);
    char first[65];
    run_hash(place, s, 1, NULL, first);
    for (unsigned threads = 1; threads <= 4; threads++) {
        char hash[65];
        run_hash(place, s, threads, NULL, hash);
        assert_string_equal(hash, first);
    }
    tacro_scenario_free(s);
}

static void test_run_every_kernel_build_gives_one_content_hash(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(NSUBJECTS, two);
    char first[65];
    run_hash(place, s, 2, "baseline", first);
    for (size_t k = 1; k < TEST_NKERNELS; k++) {
        if (tacro_kernels_find(test_kernel_names[k]) != NULL) {
            char hash[65];
            run_hash(place, s, 2, test_kernel_names[k], hash);
            assert_string_equal(hash, first);
        }
    }
    tacro_scenario_free(s);
}

/* Another seed or tolerance is another result: the hash can tell. */
static void test_run_another_seed_or_tolerance_gives_another_hash(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(70, two);
    const struct tacro_run_options plain = {.output = place->path, .force = true};
    struct tacro_run_options tighter = plain;
    struct tacro_summary *a = run(s, &plain);
    struct tacro_summary *b;
    tighter.rtol = 1e-7;
    b = run(s, &tighter);
    assert_string_not_equal(a->content_hash, b->content_hash);
    tacro_summary_free(b);
    s->input->seed++;
    b = run(s, &plain);
    assert_string_not_equal(a->content_hash, b->content_hash);
    tacro_summary_free(a);
    tacro_summary_free(b);
    tacro_scenario_free(s);
}

/* -- comparing files --------------------------------------------------------------- */

/* One dataset of a file, or a part of it, as bytes. */
struct values {
    size_t size;
    unsigned char *byte;
};

static hid_t open_file(const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static int shape(hid_t dataset, hsize_t dims[4])
{
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_ndims(space);
    assert_in_range(rank, 0, 4);
    assert_true(H5Sget_simple_extent_dims(space, dims, NULL) >= 0);
    H5Sclose(space);
    return rank;
}

/* Rows `start` of `count` along each axis, in the file's own type. */
static struct values read_part(hid_t dataset, int rank, const hsize_t *start,
                               const hsize_t *count)
{
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    const hid_t memory = H5Screate_simple(rank, count, NULL);
    struct values v = {H5Tget_size(type), NULL};
    for (int i = 0; i < rank; i++) {
        v.size *= count[i];
    }
    v.byte = malloc(v.size);
    assert_non_null(v.byte);
    assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >=
                0);
    assert_true(H5Dread(dataset, type, memory, space, H5P_DEFAULT, v.byte) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    return v;
}

/* The same dataset of two files, each with its regimens and subjects. */
struct comparison {
    hid_t a;
    hid_t b;
    hsize_t nsubjects_a;
    hsize_t nregimens_a;
    hsize_t subject; /* the one that b has, or all if nsubjects_b is nsubjects_a */
    hsize_t nsubjects_b;
    hsize_t regimen_a; /* first regimen of a ... */
    hsize_t regimen_b; /* ... and its place in b */
    hsize_t nregimens;
    size_t ncompared;
};

static void compare(struct comparison *c, const char *name, hid_t a, hid_t b)
{
    hsize_t dims[4];
    hsize_t start_a[4] = {0};
    hsize_t start_b[4] = {0};
    hsize_t count[4];
    struct values x;
    struct values y;
    const int rank = shape(a, dims);
    const bool is_course =
        rank >= 2 && dims[0] == c->nregimens_a && dims[1] == c->nsubjects_a;
    const bool is_person = rank == 1 && dims[0] == c->nsubjects_a;
    const int axis = is_course ? 1 : 0;
    if (strcmp(name, "ledger/row_start") == 0) {
        return; /* where a ledger lies in this file: after those of other regimens */
    }
    if (!is_course && !is_person) {
        return; /* a statistic, a scale */
    }
    memcpy(count, dims, sizeof count);
    count[axis] = c->nsubjects_b;
    start_a[axis] = c->nsubjects_b == c->nsubjects_a ? 0 : c->subject;
    if (is_course) {
        count[0] = c->nregimens;
        start_a[0] = c->regimen_a;
        start_b[0] = c->regimen_b;
    }
    x = read_part(a, rank, start_a, count);
    y = read_part(b, rank, start_b, count);
    if (x.size != y.size || memcmp(x.byte, y.byte, x.size) != 0) {
        fail_msg("%s differs for subject %llu", name, (unsigned long long)c->subject);
    }
    free(x.byte);
    free(y.byte);
    c->ncompared++;
}

/* Paths of the datasets of a file; nothing may fail inside HDF5's own loop. */
struct names {
    size_t n;
    char path[MAX_DATASETS][64];
};

static herr_t add_name(hid_t file, const char *name, const H5O_info_t *info,
                       void *context)
{
    struct names *names = context;
    (void)file;
    if (info->type == H5O_TYPE_DATASET && names->n < MAX_DATASETS) {
        snprintf(names->path[names->n++], sizeof names->path[0], "%s", name);
    }
    return 0;
}

static void compare_named(struct comparison *c, const char *name)
{
    const hid_t a = H5Dopen2(c->a, name, H5P_DEFAULT);
    const hid_t b = H5Dopen2(c->b, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(a);
    assert_true(a >= 0 && b >= 0);
    if (H5Tget_class(type) != H5T_STRING) {
        compare(c, name, a, b);
    }
    H5Tclose(type);
    H5Dclose(b);
    H5Dclose(a);
}

/* Compare every dataset that has a row per course or person; returns their number. */
static size_t compare_files(const struct place *place, struct comparison *c)
{
    struct names names = {0};
    c->a = open_file(place->path);
    c->b = open_file(place->other);
    assert_true(H5Ovisit(c->a, H5_INDEX_NAME, H5_ITER_NATIVE, add_name, &names) >= 0);
    assert_in_range(names.n, 1, MAX_DATASETS - 1);
    for (size_t i = 0; i < names.n; i++) {
        compare_named(c, names.path[i]);
    }
    H5Fclose(c->b);
    H5Fclose(c->a);
    return c->ncompared;
}

/*
 * concentration, trough, auc24, dose_given, status, trough_unbound, trough_plasma, two
 * probabilities, steps, rhs_calls, failure_time: 12 by course; `subject`, its draw and
 * the population's columns by person.
 */
#define NCOURSE_DATASETS 12

static void test_run_subject_alone_has_its_bytes_in_every_dataset(void **state)
{
    static const uint64_t subject[] = {0, 77, 511, 512, 598, 599};
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(NSUBJECTS, two);
    struct tacro_run_options options = {.output = place->path, .threads = 2};
    tacro_summary_free(run(s, &options));
    options.output = place->other;
    options.force = true;
    options.has_subject = true;
    for (size_t i = 0; i < sizeof subject / sizeof subject[0]; i++) {
        struct comparison c = {.nsubjects_a = NSUBJECTS,
                               .nregimens_a = NREGIMENS,
                               .subject = subject[i],
                               .nsubjects_b = 1,
                               .nregimens = NREGIMENS};
        struct tacro_summary *summary;
        options.subject = subject[i];
        summary = run(s, &options);
        assert_int_equal(summary->courses, NREGIMENS);
        tacro_summary_free(summary);
        assert_true(compare_files(place, &c) > NCOURSE_DATASETS + 10);
    }
    tacro_scenario_free(s);
}

/* c comes first in the second scenario: a and b keep their numbers, one place later. */
static void test_run_another_regimen_changes_no_number_of_the_others(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(NSUBJECTS, two);
    struct tacro_scenario *more = open_with(NSUBJECTS, three);
    struct tacro_run_options options = {.output = place->path, .threads = 2};
    struct tacro_summary *a = run(s, &options);
    struct tacro_summary *b;
    struct comparison c = {.nsubjects_a = NSUBJECTS,
                           .nregimens_a = NREGIMENS,
                           .nsubjects_b = NSUBJECTS,
                           .regimen_b = 1,
                           .nregimens = NREGIMENS};
    options.output = place->other;
    b = run(more, &options);
    assert_true(compare_files(place, &c) > NCOURSE_DATASETS + 10);
    for (size_t r = 0; r < NREGIMENS; r++) {
        const struct tacro_regimen_summary *x = &a->regimen[r];
        const struct tacro_regimen_summary *y = &b->regimen[r + 1];
        assert_string_equal(x->label, y->label);
        assert_true(x->risk[0].probability == y->risk[0].probability);
        assert_true(x->risk[1].difference == y->risk[1].difference);
        assert_true(x->event_free.probability == y->event_free.probability);
        assert_memory_equal(&x->cmax, &y->cmax, sizeof x->cmax);
        assert_true(x->in == y->in);
    }
    tacro_summary_free(a);
    tacro_summary_free(b);
    tacro_scenario_free(s);
    tacro_scenario_free(more);
}

/* -- progress ---------------------------------------------------------------------- */

struct watch {
    uint64_t calls;
    uint64_t last;
    uint64_t total;
    uint64_t stop_at;
};

static bool watch(void *context, uint64_t done, uint64_t total)
{
    struct watch *w = context;
    assert_true(done >= w->last && done <= total);
    w->last = done;
    w->total = total;
    w->calls++;
    return done < w->stop_at;
}

static void test_run_progress_rises_to_the_total(void **state)
{
    struct tacro_scenario *s = open_with(NSUBJECTS, two);
    struct watch w = {.stop_at = UINT64_MAX};
    const struct tacro_run_options options = {
        .threads = 2, .progress = watch, .context = &w};
    (void)state;
    tacro_summary_free(run(s, &options));
    assert_int_equal(w.calls, 10 * NREGIMENS + 1); /* blocks, and one of the check */
    assert_int_equal(w.total, NSUBJECTS * NREGIMENS);
    assert_int_equal(w.last, w.total);
    tacro_scenario_free(s);
}

static void test_run_stopped_by_progress_leaves_no_file(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(NSUBJECTS, two);
    struct watch w = {.stop_at = 1};
    const struct tacro_run_options options = {
        .output = place->path, .progress = watch, .context = &w};
    refuse(s, &options, TACRO_ESTOPPED, "stopped after 512 of 1200 patient courses");
    assert_int_equal(w.calls, TACRO_GROUP_BLOCKS);
    assert_int_equal(count_files(place), 0);
    tacro_scenario_free(s);
}

/* -- options ----------------------------------------------------------------------- */

static void test_run_without_output_gives_the_summary_alone(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(70, two);
    const struct tacro_run_options silent = {.threads = 0};
    const struct tacro_run_options writing = {.output = place->path};
    struct tacro_summary *a = run(s, &silent);
    struct tacro_summary *b = run(s, &writing);
    assert_string_equal(a->content_hash, "");
    assert_int_equal(a->threads, 1);
    assert_string_equal(a->kernels, tacro_kernels_find(NULL)->name);
    assert_int_equal(a->courses, b->courses);
    assert_true(a->regimen[1].risk[0].probability == b->regimen[1].risk[0].probability);
    assert_true(a->regimen[1].cmax.median == b->regimen[1].cmax.median);
    tacro_summary_free(a);
    tacro_summary_free(b);
    tacro_scenario_free(s);
}

static void test_run_unknown_kernels_are_refused_by_name(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(3, two);
    const struct tacro_run_options options = {.output = place->path, .kernels = "sse9"};
    refuse(
        s, &options, TACRO_EUSAGE,
        "kernels sse9: not here; baseline, v3 (AVX2) and v4 (AVX-512) are there where "
        "the processor has them");
    assert_int_equal(count_files(place), 0);
    tacro_scenario_free(s);
}

static void test_run_subject_out_of_range_is_refused(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(3, two);
    const struct tacro_run_options options = {
        .output = place->path, .has_subject = true, .subject = 3};
    refuse(s, &options, TACRO_EUSAGE, "subject 3: the scenario has 0 to 2");
    assert_int_equal(count_files(place), 0);
    tacro_scenario_free(s);
}

static void test_run_existing_file_stays_without_force(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(3, two);
    const struct tacro_run_options options = {.output = place->path};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_summary *summary = NULL;
    char kept[8] = "";
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    assert_true(fputs("mine", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_run(s, &options, &summary, &err), TACRO_ECREATE);
    assert_non_null(strstr(err.text, place->path));
    assert_null(summary);
    file = fopen(place->path, "r");
    assert_non_null(file);
    assert_non_null(fgets(kept, sizeof kept, file));
    assert_int_equal(fclose(file), 0);
    assert_string_equal(kept, "mine");
    assert_int_equal(count_files(place), 1);
    tacro_scenario_free(s);
}

/* -- courses that fail ------------------------------------------------------------- */

/* exp(1000) with cystic fibrosis: their hazard overflows. Returns how many have it. */
static uint64_t break_some(struct tacro_scenario *s, uint64_t n)
{
    struct tacro_paramset *pres = s->input->risk[0];
    uint64_t failing = 0;
    for (size_t i = 0; i < pres->nrelations; i++) {
        if (pres->relation[i].covariate == TACRO_COV_cystic_fibrosis) {
            pres->relation[i].coefficient = 1000.0;
        }
    }
    for (uint64_t i = 0; i < n; i++) {
        struct tacro_subject subject;
        bool is_finite = true;
        tacro_subject_draw(s->rules, i, &subject);
        for (size_t k = 0; k < s->rules->n; k++) {
            is_finite = is_finite && isfinite(subject.fixed[k]);
        }
        failing += is_finite ? 0 : 1;
    }
    return failing;
}

static void test_run_failed_courses_are_counted_against_max_failed(void **state)
{
    const struct place *place = *state;
    struct tacro_scenario *s = open_with(TACRO_LANES, two);
    const uint64_t failing = NREGIMENS * break_some(s, TACRO_LANES);
    struct tacro_run_options options = {
        .output = place->path, .force = true, .max_failed = failing};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_summary *summary = run(s, &options);
    char words[64];
    assert_in_range(failing, 2, NREGIMENS * TACRO_LANES / 2);
    assert_int_equal(summary->failed, failing);
    assert_int_equal(summary->regimen[0].failed, failing / NREGIMENS);
    assert_int_equal(summary->courses, NREGIMENS * TACRO_LANES);
    assert_true(isfinite(summary->regimen[0].cmax.median));
    assert_true(isfinite(summary->regimen[0].risk[0].probability));
    tacro_summary_free(summary);
    options.max_failed = failing - 1;
    options.output = place->other;
    snprintf(words, sizeof words, "%llu of %d patient courses failed",
             (unsigned long long)failing, NREGIMENS * TACRO_LANES);
    assert_int_equal(tacro_run(s, &options, &summary, &err), TACRO_EFAILED);
    assert_string_equal(err.text, words);
    assert_non_null(summary); /* and the file is there, and complete */
    assert_int_equal(summary->failed, failing);
    assert_int_equal(strlen(summary->content_hash), 64);
    assert_int_equal(count_files(place), 2);
    tacro_summary_free(summary);
    tacro_scenario_free(s);
}

#define RUN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_run_any_number_of_threads_gives_one_content_hash),
        RUN_TEST(test_run_every_kernel_build_gives_one_content_hash),
        RUN_TEST(test_run_another_seed_or_tolerance_gives_another_hash),
        RUN_TEST(test_run_subject_alone_has_its_bytes_in_every_dataset),
        RUN_TEST(test_run_another_regimen_changes_no_number_of_the_others),
        RUN_TEST(test_run_progress_rises_to_the_total),
        RUN_TEST(test_run_stopped_by_progress_leaves_no_file),
        RUN_TEST(test_run_without_output_gives_the_summary_alone),
        RUN_TEST(test_run_unknown_kernels_are_refused_by_name),
        RUN_TEST(test_run_subject_out_of_range_is_refused),
        RUN_TEST(test_run_existing_file_stays_without_force),
        RUN_TEST(test_run_failed_courses_are_counted_against_max_failed),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
