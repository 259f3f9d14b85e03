/** How many parameter draws a scenario may ask for. */
#include "input/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "input/checksum.h"
#include "tests/support/draw_table.h"
#include "tests/support/folder.h"

#define PARAMS TACRO_SOURCE_DIR "/params"

static void in_folder(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", test_folder, name);
}

static void write_text(const char *name, const char *text)
{
    char path[64];
    in_folder(path, sizeof path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A risk file of a constant hazard, with a table of n draws; 0: without a table. */
static void write_risk(const char *name, size_t n)
{
    char text[1024];
    char file[32];
    char path[64];
    size_t used = 0;
    snprintf(
        text, sizeof text,
        "name: %s\nkind: risk\ntitle: t\npopulation: p\nsource: {author: A}\n"
        "parts: [exponential]\noutcome: %s\nendpoint: e\n"
        "anchor: {incidence: 1 %%, within: 365 d, solves: H0, mark: P, from: f}\n"
        "%s%s%s"
        "theta:\n  H0: {value: 1e-4 1/h, mark: P, from: f}\n"
        "  BETA: {value: 0.1 mL/ng, uncertainty: {log_sd: 0.1}, mark: P, from: f}\n",
        name, name, n > 0 ? "draws: " : "", n > 0 ? name : "", n > 0 ? ".csv\n" : "");
    snprintf(file, sizeof file, "%s.yaml", name);
    write_text(file, text);
    used = (size_t)snprintf(text, sizeof text, "draw,BETA,H0\n");
    for (size_t i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%zu,0.1,1e-4\n", i);
    }
    snprintf(file, sizeof file, "%s.csv", name);
    in_folder(path, sizeof path, file);
    test_draw_table_write(path, name, text);
}

/* Faults of a scenario with these lines, the first as `text`. */
static size_t faults_of(const char *pk, const char *risk, const char *draws,
                        uint64_t asked, char *text, size_t size)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS, .draws = asked};
    struct tacro_notes notes = {0};
    struct tacro_input *in = NULL;
    char yaml[1024];
    text[0] = '\0';
    snprintf(yaml, sizeof yaml,
             "title: t\npk: %s\n%s%sbefore: none\nhorizon: 1 d\npatients: {n: 2, "
             "hematocrit: 0.3, weight: 70 kg, bilateral: false, cyp3a5_expresser: "
             "false, voriconazole: false, amiodarone: false}\n"
             "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
             pk, risk, draws);
    write_text("x.yaml", yaml);
    const enum tacro_status st =
        tacro_input_read(test_path, &overrides, &notes, &in, NULL);
    const size_t n = notes.nfaults;
    for (size_t i = 0; i < notes.n; i++) {
        if (notes.note[i].severity == TACRO_FAULT) {
            snprintf(text, size, "%zu: %s", notes.note[i].line, notes.note[i].text);
            break;
        }
    }
    assert_int_equal(st, n > 0 ? TACRO_EINPUT : TACRO_OK);
    if (st == TACRO_OK) {
        assert_int_equal(in->ndraws, asked > 0           ? asked
                                     : strlen(draws) > 0 ? strtoull(draws + 7, NULL, 10)
                                                         : 1);
    }
    tacro_notes_free(&notes);
    tacro_input_free(in);
    return n;
}

static void expect(const char *pk, const char *risk, const char *draws, uint64_t asked,
                   const char *fault)
{
    char text[256];
    const size_t n = faults_of(pk, risk, draws, asked, text, sizeof text);
    if (fault == NULL ? n != 0 : strstr(text, fault) == NULL) {
        fail_msg("%s%s: %zu faults, %s", risk, draws, n, text);
    }
}

#define PK "sikma2020_thoracic_icu"

static void test_draws_up_to_the_shortest_table_are_read(void **state)
{
    static const char both[] = "risk: [a.yaml, b.yaml]\n";
    char text[256];
    (void)state;
    write_risk("a", 5);
    write_risk("b", 3);
    expect(PK, both, "", 0, NULL);
    expect(PK, both, "draws: 3\n", 0, NULL);
    expect(PK, both, "draws: 9\n", 3, NULL);
    expect(PK, "risk: a.yaml\n", "draws: 5\n", 0, NULL);
    expect(PK, both, "draws: 4\n", 0,
           "4: draws: 4 asked for, the table of b has 3; `tacro calibrate` makes more");
    expect(PK, both, "draws: 1\n", 4, "0: draws: 4 asked for, the table of b has 3");
    assert_int_equal(faults_of(PK, both, "draws: 6\n", 0, text, sizeof text), 2);
}

static void test_draws_need_a_table_of_every_risk_file(void **state)
{
    (void)state;
    write_risk("a", 5);
    write_risk("b", 0);
    expect(PK, "risk: [a.yaml, b.yaml]\n", "draws: 2\n", 0,
           "4: draws: 2 asked for, b names no table of draws; `tacro calibrate` makes");
    expect(PK, "risk: [a.yaml, b.yaml]\n", "draws: 1\n", 0, NULL);
}

static void test_draws_without_risk_need_an_uncertain_parameter(void **state)
{
    static const char fixed[] =
        "name: p\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n"
        "parts: [first_order, 1cmt]\ntheta:\n"
        "  CL: {value: 20 L/h, mark: P, from: f}\n"
        "  V1: {value: 220 L, mark: P, from: f}\n"
        "  KA: {value: 1 1/h, mark: P, from: f}\n  F1: {value: 1, mark: P, from: f}\n";
    (void)state;
    write_text("p.yaml", fixed);
    expect("p.yaml", "", "draws: 2\n", 0,
           "3: draws: 2 asked for, p has no uncertain parameter, expected 1");
    expect("p.yaml", "", "", 2, "0: draws: 2 asked for, p has no uncertain");
    expect("p.yaml", "", "draws: 1\n", 0, NULL);
    expect("miano2024_lung_pod14", "", "draws: 1000\n", 0, NULL);
}

/* -- a table of other values ------------------------------------------------------- */

/* Put the checksum of a risk file's values as they are into its table of n draws. */
static void make_table(const char *name, size_t n)
{
    struct tacro_notes notes = {0};
    struct tacro_paramset *set = NULL;
    char path[64];
    char file[32];
    char hex[65];
    char rows[256] = "draw,BETA,H0\n";
    snprintf(file, sizeof file, "%s.yaml", name);
    in_folder(path, sizeof path, file);
    assert_int_equal(
        tacro_paramset_read_without_draws(path, TACRO_SET_RISK, &notes, &set, NULL),
        TACRO_OK);
    assert_int_equal(tacro_values_hash(set, hex, NULL), TACRO_OK);
    tacro_paramset_free(set);
    tacro_notes_free(&notes);
    for (size_t i = 0; i < n; i++) {
        const size_t used = strlen(rows);
        snprintf(rows + used, sizeof rows - used, "%zu,0.1,1e-4\n", i);
    }
    snprintf(file, sizeof file, "%s.csv", name);
    in_folder(path, sizeof path, file);
    test_draw_table_write_of(path, name, hex, rows);
}

/* The first `old` of a file of the folder becomes `new`. */
static void change(const char *name, const char *old, const char *new)
{
    char path[64];
    char text[1024] = "";
    char changed[1100];
    in_folder(path, sizeof path, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    const char *at = strstr(text, old);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, new,
             at + strlen(old));
    write_text(name, changed);
}

/* Warnings of a run with two risk files that a table was made from other values. */
static size_t changes_of(uint64_t ndraws, char *text, size_t size)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS, .draws = ndraws};
    struct tacro_notes notes = {0};
    struct tacro_input *in = NULL;
    size_t n = 0;
    text[0] = '\0';
    write_text("x.yaml", "title: t\npk: " PK "\nrisk: [a.yaml, b.yaml]\nbefore: none\n"
                         "horizon: 1 d\npatients: {n: 2, hematocrit: 0.3}\n"
                         "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n");
    assert_int_equal(tacro_input_read(test_path, &overrides, &notes, &in, NULL),
                     TACRO_OK);
    for (size_t i = 0; i < notes.n; i++) {
        const struct tacro_note *note = &notes.note[i];
        if (strstr(note->text, "other values") != NULL) {
            assert_int_equal(note->severity, TACRO_WARNING);
            snprintf(text, size, "%s:%zu: %s", strrchr(note->file, '/') + 1, note->line,
                     note->text);
            n++;
        }
    }
    tacro_notes_free(&notes);
    tacro_input_free(in);
    return n;
}

static void test_draws_of_other_values_are_a_warning(void **state)
{
    char text[256];
    (void)state;
    write_risk("a", 3);
    write_risk("b", 3);
    make_table("a", 3);
    make_table("b", 3);
    assert_int_equal(changes_of(2, text, sizeof text), 0);
    change("b.yaml", "title: t", "# a comment\ntitle: another");
    change("b.yaml", "from: f", "from: elsewhere");
    assert_int_equal(changes_of(2, text, sizeof text), 0);
    change("b.yaml", "0.1 mL/ng", "0.2 mL/ng");
    assert_int_equal(changes_of(2, text, sizeof text), 1);
    assert_string_equal(text, "b.yaml:11: b.csv was made from other values of b.yaml: "
                              "run tacro calibrate");
    assert_int_equal(changes_of(1, text, sizeof text), 0); /* the table is not used */
    change("a.yaml", "log_sd: 0.1", "log_sd: 0.11");
    assert_int_equal(changes_of(3, text, sizeof text), 2);
    make_table("a", 3);
    make_table("b", 3);
    assert_int_equal(changes_of(3, text, sizeof text), 0);
}

/* A value that the scenario sets is as certain as it says. */
static void test_parameter_set_by_the_scenario_is_not_uncertain(void **state)
{
    (void)state;
    write_text("p.yaml",
               "name: p\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n"
               "parts: [first_order, 1cmt]\ntheta:\n"
               "  CL: {value: 4 L/h, rse: 10 %, mark: P, from: f}\n"
               "  V1: {value: 600 L, ci: 500-700 L, mark: P, from: f}\n"
               "  KA: {value: 1 1/h, mark: P, from: f}\n"
               "  F1: {value: 1, mark: P, from: f}\n");
    expect("p.yaml", "parameters: {CL: 4 L/h}\n", "draws: 2\n", 0, NULL);
    expect("p.yaml", "parameters: {CL: 4 L/h, V1: 600 L}\n", "draws: 2\n", 0,
           "has no uncertain parameter");
    /* of another file effects and spreads are uncertain as well */
    expect("miano2024_lung_pod14", "parameters: {CL: 4 L/h, V1: 600 L}\n", "draws: 2\n",
           0, NULL);
}

/* Counts of 32 bits hold the patients of all draws, and memory their statistics. */
static void test_draws_have_a_limit_in_all(void **state)
{
    static const struct {
        uint64_t subjects;
        uint64_t draws;
        const char *fault;
    } cases[] = {
        {16000000, 268, NULL},
        {16000000, 269, "draws: 269 of 16000000 patients, expected at most 4294967295"},
        {1, 1000000, "draws: 1000000 take 8 GB of statistics, expected at most 4 GB"}};
    (void)state;
    write_text("x.yaml",
               "title: t\npk: miano2024_lung_pod14\nbefore: none\nhorizon: 360 d\n"
               "output: {every: 24 h}\npatients: {n: 2, hematocrit: 0.3, weight: 70 "
               "kg, bilateral: false, cyp3a5_expresser: false, voriconazole: false, "
               "amiodarone: false}\n"
               "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct tacro_overrides overrides = {.params_dir = PARAMS,
                                                  .subjects = cases[i].subjects,
                                                  .draws = cases[i].draws};
        struct tacro_notes notes = {0};
        struct tacro_scenario *s = NULL;
        const char *last = "";
        const enum tacro_status st =
            tacro_scenario_open(test_path, &overrides, &notes, &s, NULL);
        for (size_t k = 0; k < notes.n; k++) {
            last = notes.note[k].severity == TACRO_FAULT ? notes.note[k].text : last;
        }
        assert_int_equal(st, cases[i].fault == NULL ? TACRO_OK : TACRO_EINPUT);
        if (strstr(last, cases[i].fault == NULL ? "" : cases[i].fault) == NULL) {
            fail_msg("%s", last);
        }
        tacro_notes_free(&notes);
        tacro_scenario_free(s);
    }
}

static int drop(void **state)
{
    static const char *const names[] = {"a.yaml", "a.csv", "b.yaml", "b.csv", "p.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[64];
        in_folder(path, sizeof path, names[i]);
        unlink(path);
    }
    return test_folder_drop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_up_to_the_shortest_table_are_read),
        cmocka_unit_test(test_draws_need_a_table_of_every_risk_file),
        cmocka_unit_test(test_draws_without_risk_need_an_uncertain_parameter),
        cmocka_unit_test(test_draws_of_other_values_are_a_warning),
        cmocka_unit_test(test_parameter_set_by_the_scenario_is_not_uncertain),
        cmocka_unit_test(test_draws_have_a_limit_in_all),
    };
    return cmocka_run_group_tests(tests, test_folder_make, drop);
}
