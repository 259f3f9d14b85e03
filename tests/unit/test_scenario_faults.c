/** Bad scenarios: one change to a good one gives one fault with its place. */
#include "input/scenario.h"

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

#define PARAMS TACRO_SOURCE_DIR "/params"
#define EXIT_DATA 65
#define EXIT_NO_INPUT 66

static const char *const good[] = {
    /*  1 */ "title: base",
    /*  2 */ "pk: sikma2020_thoracic_icu",
    /*  3 */ "risk: [pres_lung, rejection_lung]",
    /*  4 */ "start: {day: 0, clock: \"08:00\"}",
    /*  5 */ "horizon: 14 d",
    /*  6 */ "landmark: 3 d",
    /*  7 */ "output: {every: 1 h}",
    /*  8 */ "seed: 1",
    /*  9 */ "draws: 1",
    /* 10 */ "patients:",
    /* 11 */ "  n: 10",
    /* 12 */ "  age: 36 y",
    /* 13 */ "  sex: female",
    /* 14 */ "  hematocrit: 0.28",
    /* 15 */ "  bilateral: true",
    /* 16 */
    "target: [{from: 0 d, trough: 9-15 ng/mL}, {from: 8 d, trough: 10-15 ng/mL}]",
    /* 17 */ "reference: continue",
    /* 18 */ "regimens:",
    /* 19 */ "  continue:",
    /* 20 */ "    steps: [{give: 3 mg, every: 12 h}]",
    /* 21 */ "  hold_half:",
    /* 22 */ "    steps:",
    /* 23 */ "      - {give: 3 mg, every: 12 h, for: 3 d}",
    /* 24 */ "      - {hold: 1 d}",
    /* 25 */ "      - {give: 1.5 mg, every: 12 h}",
};
#define NLINES (sizeof good / sizeof good[0])

/** A line in place of another, and the fault it makes. */
struct bad {
    size_t line; /**< of the good scenario; NLINES + 1: added at its end */
    const char *instead;
    size_t fault_line;
    size_t fault_column; /**< 0: not held */
    const char *text;    /**< part of the message */
};

static const struct bad bad_frame[] = {
    {1, "title: base\ntitel: base", 2, 1, "titel: unknown key, did you mean `title`?"},
    {1, "title: \"\"", 1, 8, "title: empty, expected text"},
    {1, "title: [a, b]", 1, 8, "expected a single value, found a list"},
    {2, "pk: sikma2020", 2, 5, "params/pk/sikma2020.yaml"},
    {2, "pk: []", 2, 5, "pk: 0 PK models, expected a name or a list of 1 to 12"},
    {2, "pk: [sikma2020_thoracic_icu, nosuch]", 2, 30, "pk[1]: no file"},
    {2, "pk: [sikma2020_thoracic_icu, sikma2020_thoracic_icu]", 2, 30,
     "pk[1]: sikma2020_thoracic_icu is in the list twice, expected each PK model once"},
    {2, "pk: [[sikma2020_thoracic_icu]]", 2, 6, "pk[0]: expected"},
    {2, "pk: lost/model.yaml", 2, 5, "/lost/model.yaml"},
    {2, "pk: " PARAMS "/pk", 2, 5, "is no regular file"},
    {3, "risk: [pres_lung, pres_heart]", 3, 19, "params/risk/pres_heart.yaml"},
    {3, "risk: [pres_lung, pres_lung]", 3, 19, "both give the outcome pres"},
    {3, "risk: [a, b, c, d, e]", 3, 7, "5 risk files, expected at most 4"},
    {3, "risk: {pres: pres_lung}", 3, 7, "expected a single value"},
    {4, "start: {day: -1, clock: \"08:00\"}", 4, 14, "expected a whole number from 0"},
    {4, "start: {day: 0.5}", 4, 14, "expected a whole number from 0"},
    {4, "start: {day: 5}", 4, 14, "expected `before: none`"},
    {4, "start: {day: 0, clock: \"24:00\"}", 4, 24, "clock: 24:00: not a clock time"},
    {4, "start: {day: 0, clock: 8}", 4, 24, "expected \"hh:mm\""},
    {4, "start: {dya: 0}", 4, 9, "start.dya: unknown key, did you mean `day`?"},
    {4, "start: {day: 5}", 4, 14, "or `before: {give: 3 mg, every: 12 h, steady_"},
    {4, "before: {give: 3 mg, every: 12 h}", 4, 1,
     "before.steady_state: missing, expected `steady_state: true`"},
    {4, "before: {give: 3 mg, every: 12 h, steady_state: true, formulation: MR}", 4, 68,
     "MR is no formulation of sikma2020_thoracic_icu, expected IR, XR or LCP"},
    {4, "before: {give: 0.1 mg/kg, every: 12 h, steady_state: true}", 4, 16,
     "the patients have no weight, expected patients.weight"},
    {4, "before: some", 4, 9, "some: expected none or {give: 3 mg, every: 12 h, "},
    {4, "before: [none]", 4, 9, "before: expected none or {give: 3 mg, every: 12 h, "},
    {5, "horizon: 0 d", 5, 10, "0 d is not above 0 h"},
    {5, "horizon: -14 d", 5, 10, "-14 d (-336 h) is outside 0 to 87600 h"},
    {5, "horizon: 3651 d", 5, 10, "outside 0 to 87600 h"},
    {5, "horizon: 3650 d", 5, 10, "3650 d ends after day 3650"},
    {5, "horizon: 14", 5, 10, "14: unit missing, expected a time in h"},
    {5, "horizon: 14 mg", 5, 10, "14 mg is a dose, expected a time"},
    {5, "horizon: 14 fortnights", 5, 10, "unknown unit `fortnights`"},
    {5, "horizon: 1e308 d", 5, 10, "too large"},
    {5, "horizon: 1e999 d", 5, 10, "too large"},
    {5, "horizon: NaN", 5, 10, "not a finite number, expected a time"},
    {5, "horizon: .inf d", 5, 10, "not a finite number, expected a time"},
    {5, "horizon: 0x10 d", 5, 10, "hexadecimal"},
    {5, "horizon:", 5, 0, "empty, expected a time"},
    {6, "landmark: 14 d", 6, 11, "14 d is not before the horizon of 14 d (336 h)"},
    {6, "landmark: -1 h", 6, 11, "outside 0 to 87600 h"},
    {7, "output: {every: 0 h}", 7, 17, "0 h is not above 0 h"},
    {7, "output: {every: 15 d}", 7, 17,
     "15 d is longer than the horizon of 14 d (336 h)"},
    {7, "output: {every: 0.0001 h}", 7, 17, "expected at most 1e+06"},
    {7, "output: {}", 7, 1, "output.every: missing, expected a duration"},
    {8, "seed: -1", 8, 7, "expected a whole number from 0 to 9223372036854775807"},
    {8, "seed: 18446744073709551616", 8, 7, "expected a whole number"},
    {9, "draws: 0", 9, 8, "expected a whole number from 1"},
    {16, "target: [{from: 8 d, trough: 9-15 ng/mL}, {from: 0 d, trough: 9-15 ng/mL}]",
     16, 50, "0 d is not after 8 d (192 h), expected ascending times"},
    {16, "target: [{from: 0 d, trough: 15-9 ng/mL}]", 16, 30, "15-9 ng/mL"},
    {16, "target: [{from: 0 d, trough: 9-15 mg}]", 16, 30, "expected a concentration"},
    {16, "target: [{trough: 9-15 ng/mL}]", 16, 10, "target[0].from: missing, expected"},
    {16, "target: 9-15 ng/mL", 16, 9, "expected a list"},
    {17, "reference: contine", 17, 12, "did you mean `continue`?"},
    {17, "trough_at: morning", 17, 12, "not a clock time"},
    {17, "history: pres", 17, 10, "expected a map"},
    {17, "death_hazard: 1.5 1/d", 17, 15, "1.5 1/d is outside 0 to 1 1/d"},
    {17, "death_hazard: -0.001 1/d", 17, 15, "-0.001 1/d is outside 0 to 1 1/d"},
    {17, "death_hazard: 5 1/h", 17, 15, "5 1/h is outside 0 to 1 1/d"},
    {17, "death_hazard: 0.001", 17, 15, "expected a rate"},
    {17, "death_hazard: 0.1 d", 17, 15, "expected a rate"},
    {17, "unused: alow", 17, 9, "did you mean `allow`?"},
    {17, "seed: 2", 17, 1, "seed: given twice, first in line 8"},
};

static const struct bad bad_patients[] = {
    {11, "  n: 0", 11, 6, "expected a whole number from 1 to 16000000"},
    {11, "  n: 2000000000", 11, 6, "expected a whole number from 1 to 16000000"},
    {11, "  n: 1e3", 11, 6, "expected a whole number"},
    {11, "  n: 10\n  typical: true", 11, 6, "`typical: true` is one patient"},
    {11, "  typical: maybe\n  n: 10", 11, 12, "expected true or false"},
    {11, "  map: 90 mmHg", 11, 3, "n is missing, expected how many patients"},
    {11, "  file: patients.csv", 11, 9, "/patients.csv: no such file"},
    {11, "  n: 10\n  induction: true", 12, 14, "true: expected none or basiliximab"},
    {11, "  n: 10\n  organ: kidney", 12, 10, "expected lung, any, liver or heart"},
    {11, "  n: 10\n  organ: [{from: 0 d, value: lung}]", 12, 10,
     "organ does not change with time, expected one value"},
    {11, "  n: 10\n  organ: {probability: 10 %}", 12, 10,
     "organ has 4 levels, expected one of them"},
    {11, "  n: 10\n  aki: {probability: 10 %, absent_with: ecmo}", 12, 28,
     "patients.aki.absent_with: unknown key"},
    {11, "  n: 10\n  intravenous: oral", 12, 16, "oral: expected true or false"},
    {12, "  age: 36", 12, 8, "36: unit missing, expected an age"},
    {12, "  age: 150 y", 12, 8, "150 y is outside 0.5 to 100 y"},
    {12, "  age: 36 kg", 12, 8, "36 kg is a weight, expected an age"},
    {12, "  pod: 3", 12, 3, "patients.pod: unknown key"},
    {12, "  aeg: 36 y", 12, 3, "patients.aeg: unknown key, did you mean `age`?"},
    {13, "  sex: femal", 13, 8, "did you mean `female`?"},
    {14, "  hematocrit: 28", 14, 15, "28 is outside 0.1 to 0.65"},
    {14, "  hematocrit: 0,28", 14, 15, "comma in a number, write a decimal point"},
    {14, "  hematocrit: 0.28 L", 14, 15, "expected a number without unit"},
    {14, "  hematocrit: [{from: 2 d, value: 0.28}]", 14, 23, "must hold from 0 d"},
    {14, "  hematocrit: unknown", 14, 15,
     "unknown; sikma2020_thoracic_icu needs a value for HCT"},
    {14, "  albumin: 30 g/L", 10, 1,
     "patients.hematocrit: not given; sikma2020_thoracic_icu needs a value for HCT"},
    {15, "  bilateral: yes", 15, 14, "yes: expected true or false"},
    {15, "  voriconazole: true", 15, 17, "sikma2020_thoracic_icu has no effect of it"},
    {15, "  rifampin: {probability: 10 %}", 15, 13, "no effect of it"},
};

static const struct bad bad_regimens[] = {
    {17, "parameters: {CLL: 4 L/h}", 17, 14, "unknown key, did you mean `CL`?"},
    {17, "parameters: {CL: 0 L/h}", 17, 18, "0 L/h is not above 0"},
    {17, "parameters: {CL: 4 mg}", 17, 18, "4 mg is a dose, expected a clearance"},
    {17, "parameters: {F1: 1.5}", 17, 18, "1.5 is outside 0.02 to 1"},
    {17, "parameters: {HCT: 0.3}", 17, 19, "expected patients.hematocrit"},
    {17, "parameters: [CL]", 17, 13, "parameters: expected a map"},
    {17, "multiply: {CLL: [{from: 0 d, value: 0.2}]}", 17, 12, "did you mean `CL`?"},
    {17, "multiply: {CL: [{from: 0 d, value: 0.01}]}", 17, 36, "outside 0.02 to 5"},
    {17, "multiply: {CL: [{from: 0 d, value: 20}]}", 17, 36, "outside 0.02 to 5"},
    {17, "multiply: {CL: [{from: 0 d, value: -1}]}", 17, 36, "outside 0.02 to 5"},
    {17, "multiply: {CL: 0.2}", 17, 16, "expected a list"},
    {17, "multiply: {CL: [{from: 1 d, value: 1}, {from: 1 d, value: 1}]}", 17, 47,
     "expected ascending times"},
    {19, "  file: doses.csv\n  continue:", 19, 3,
     "regimens.file: a table beside other regimens, expected `label: {file: "
     "doses.csv}`"},
    {19, "  3mg:\n    steps: [{hold: 20 d}]\n  continue:", 19, 3,
     "starts with a letter"},
    {19, "  a-b:\n    steps: [{hold: 20 d}]\n  continue:", 19, 3,
     "letters, digits and _"},
    {21, "  continue:", 21, 3, "regimens.continue: given twice"},
    {20, "    adjust: {sample: peak}\n    steps: [{hold: 20 d}]", 20, 22,
     "regimens.continue.adjust.sample: peak: expected `trough` or"},
    {20, "    on: {pres: [{hold: 1 d}]}\n    steps: [{hold: 20 d}]", 20, 5,
     "regimens.continue.on: rules stand under `when`"},
    {20, "    when: {prse: [{hold: 1 d}]}\n    steps: [{hold: 20 d}]", 20, 12,
     "regimens.continue.when.prse: no outcome of the risk files, did you mean "
     "`pres`?"},
    {20, "    file: doses.csv\n    steps: [{hold: 20 d}]", 21, 5,
     "regimens.continue.steps: does not belong beside `file`"},
    {20, "    steps: [{give: 0.1 mg/kg, every: 12 h}]", 20, 20,
     "0.1 mg/kg: the patients have no weight, expected patients.weight"},
    {20, "    steps: [{give: 3 mg, every: 12 h, formulation: lcp}]", 20, 52,
     "lcp is no formulation of sikma2020_thoracic_icu, expected IR, XR or LCP"},
    {20, "    stpes: [{hold: 20 d}]\n    steps: [{hold: 20 d}]", 20, 5,
     "did you mean `steps`?"},
    {20, "    {}", 19, 3, "regimens.continue.steps: missing, expected a list of steps"},
    {20, "    steps: [{give: -3 mg, every: 12 h}]", 20, 20, "outside 0 to 30 mg"},
    {20, "    steps: [{give: 300 mg, every: 12 h}]", 20, 20, "outside 0 to 30 mg"},
    {20, "    steps: [{give: 1e308 mg, every: 12 h}]", 20, 20, "outside 0 to 30 mg"},
    {20, "    steps: [{give: NaN mg, every: 12 h}]", 20, 20, "not a finite number"},
    {20, "    steps:\n      - give: 1,5 mg\n        every: 12 h", 21, 15,
     "comma in a number, write a decimal point"},
    {23, "      - {give: 3 mg, every: 12 h}", 23, 9, "`for` is missing"},
    {24, "      - {hold: 11 d}", 25, 9,
     "starts at 336 h, at or after the horizon of 336 h"},
    {24, "      - {hold: 1 d", 25, 0, "not valid YAML"},
};

static const struct bad bad_yaml[] = {
    {12, "\tage: 36 y", 12, 1, "tab used as indentation"},
    {12, "  age: &a 36 y", 12, 8, "anchors (&name) are not allowed"},
    {12, "  age: *a", 12, 8, "aliases (*name) are not allowed"},
    {12, "  age: !!str 36 y", 12, 8, "tags (!name) are not allowed"},
    {12, "  <<: {age: 36 y}", 12, 3, "merge keys are not allowed"},
    {12, "  age: 36\xff y", 12, 10, "byte 0xff is not UTF-8"},
    {12, "  age: 36\x01 y", 12, 10, "control character 0x01"},
    {12, "  age: \"36\\0 y\"", 12, 8, "escape of a control character"},
    {12, "  age: \"36 y", 12, 0, "not valid YAML"},
    {NLINES + 1, "---\ntitle: second", 26, 0, "a second document starts here"},
};

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tacro_faults_XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void path_in_folder(char *path, size_t n, const char *name)
{
    assert_true(snprintf(path, n, "%s/%s", folder, name) < (int)n);
}

/** Read a file as a scenario; no scenario may come out of it. */
static enum tacro_status refuse(const char *path,
                                const struct tacro_overrides *overrides,
                                struct tacro_notes *notes, struct tacro_error *err)
{
    struct tacro_input *input = NULL;
    struct tacro_overrides defaults = {.params_dir = PARAMS};
    enum tacro_status st = tacro_input_read(
        path, overrides == NULL ? &defaults : overrides, notes, &input, err);
    assert_null(input);
    assert_int_not_equal(st, TACRO_OK);
    assert_int_equal(err->status, st);
    return st;
}

static void write_bad(const char *path, const struct bad *bad)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < NLINES; i++) {
        fprintf(file, "%s\n", bad->line == i + 1 ? bad->instead : good[i]);
    }
    if (bad->line > NLINES) {
        fprintf(file, "%s\n", bad->instead);
    }
    assert_int_equal(fclose(file), 0);
}

static const struct tacro_note *first_fault(const struct tacro_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        if (notes->note[i].severity == TACRO_FAULT) {
            return &notes->note[i];
        }
    }
    fail_msg("no fault");
    return NULL;
}

static bool is_as_expected(const struct bad *bad, const struct tacro_note *fault,
                           size_t nfaults)
{
    return fault->line == bad->fault_line &&
           (bad->fault_column == 0 || fault->column == bad->fault_column) &&
           strstr(fault->text, bad->text) != NULL && nfaults == 1;
}

static void refuse_each(const struct bad *rows, size_t n)
{
    char path[128];
    size_t nwrong = 0;
    path_in_folder(path, sizeof path, "bad.yaml");
    for (size_t i = 0; i < n; i++) {
        struct tacro_notes notes = {0};
        struct tacro_error err;
        const struct tacro_note *fault;
        write_bad(path, &rows[i]);
        assert_int_equal(tacro_status_exit_code(refuse(path, NULL, &notes, &err)),
                         EXIT_DATA);
        fault = first_fault(&notes);
        assert_string_equal(fault->file, path);
        if (!is_as_expected(&rows[i], fault, notes.nfaults)) {
            print_error(
                "%s\n  gives %zu faults, the first %zu:%zu: %s\n  not %zu:%zu: %s\n",
                rows[i].instead, notes.nfaults, fault->line, fault->column, fault->text,
                rows[i].fault_line, rows[i].fault_column, rows[i].text);
            nwrong++;
        }
        tacro_notes_free(&notes);
    }
    unlink(path);
    assert_int_equal(nwrong, 0);
}

#define REFUSE_EACH(rows) refuse_each(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_scenario_bad_frame_is_one_fault_with_its_place(void **state)
{
    (void)state;
    REFUSE_EACH(bad_frame);
}

static void test_scenario_bad_patients_are_one_fault_with_its_place(void **state)
{
    (void)state;
    REFUSE_EACH(bad_patients);
}

static void test_scenario_bad_regimens_are_one_fault_with_its_place(void **state)
{
    (void)state;
    REFUSE_EACH(bad_regimens);
}

static void test_scenario_bad_yaml_is_one_fault_with_its_place(void **state)
{
    (void)state;
    REFUSE_EACH(bad_yaml);
}

/* -- whole files ------------------------------------------------------------------- */

static void expect_fault(const struct tacro_notes *notes, const char *text)
{
    for (size_t i = 0; i < notes->n; i++) {
        if (notes->note[i].severity == TACRO_FAULT &&
            strstr(notes->note[i].text, text) != NULL) {
            return;
        }
    }
    fail_msg("no fault says: %s", text);
}

/** Write bytes, read them as a scenario, expect exit 65 and the text in a fault. */
static void refuse_bytes(const char *bytes, size_t n, const char *text)
{
    char path[128];
    struct tacro_notes notes = {0};
    struct tacro_error err;
    FILE *file;
    path_in_folder(path, sizeof path, "bytes.yaml");
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_status_exit_code(refuse(path, NULL, &notes, &err)),
                     EXIT_DATA);
    expect_fault(&notes, text);
    tacro_notes_free(&notes);
    unlink(path);
}

static void refuse_path(const char *path, const char *text)
{
    struct tacro_notes notes = {0};
    struct tacro_error err;
    assert_int_equal(tacro_status_exit_code(refuse(path, NULL, &notes, &err)),
                     EXIT_NO_INPUT);
    assert_non_null(strstr(err.text, text));
    assert_non_null(strstr(err.text, path));
    tacro_notes_free(&notes);
}

static void test_scenario_that_is_no_file_is_no_input(void **state)
{
    char path[128];
    (void)state;
    path_in_folder(path, sizeof path, "missing.yaml");
    refuse_path(path, "no such file");
    refuse_path(folder, "not a regular file");
    refuse_path("/dev/zero", "not a regular file");
    path_in_folder(path, sizeof path, "fifo.yaml");
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse_path(path, "not a regular file");
    unlink(path);
}

static void test_scenario_without_content_is_bad_data(void **state)
{
    static const char nul[] = "title: a\0b\n";
    (void)state;
    refuse_bytes("", 0, "empty");
    refuse_bytes("\n\n", 2, "empty");
    refuse_bytes("# nothing\n", 10, "empty");
    refuse_bytes("---\n...\n", 8, "");
    refuse_bytes("3 mg\n", 5, "");
    refuse_bytes(nul, sizeof nul - 1, "NUL");
    refuse_bytes("- a\n- b\n", 8, "expected `key: value` lines");
    refuse_bytes("{}\n", 3, "title: missing, expected");
    refuse_bytes("patients: 5\ntitle: a\n", 21, "patients: expected a map");
    refuse_bytes("regimens: {}\ntitle: a\n", 22,
                 "expected a map of 1 to 1000 regimens");
    refuse_bytes("\xef\xbb\xbf\n", 4, ""); /* a byte order mark alone */
}

static void test_scenario_alias_bomb_is_refused_unexpanded(void **state)
{
    char text[4096] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    size_t used = strlen(text);
    (void)state;
    for (int i = 1; i < 20; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
                                 i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    refuse_bytes(text, used, "anchors (&name) are not allowed");
}

static void test_scenario_deep_nesting_is_refused(void **state)
{
    static char text[200000];
    (void)state;
    memset(text, '[', sizeof text);
    text[0] = 't';
    text[1] = ':';
    text[2] = ' ';
    refuse_bytes(text, sizeof text, "nested deeper than 32 levels");
    memset(text, '{', sizeof text);
    refuse_bytes(text, sizeof text, "");
}

static void test_scenario_line_of_100_mb_is_refused_unread(void **state)
{
    char path[128];
    struct tacro_notes notes = {0};
    struct tacro_error err;
    char *line = malloc(1 << 20);
    FILE *file;
    (void)state;
    assert_non_null(line);
    memset(line, 'a', 1 << 20);
    path_in_folder(path, sizeof path, "long.yaml");
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("title: ", file);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(fwrite(line, 1, 1 << 20, file), 1 << 20);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(refuse(path, NULL, &notes, &err), TACRO_EINPUT);
    assert_non_null(strstr(first_fault(&notes)->text, "larger than 4 MiB"));
    tacro_notes_free(&notes);
    unlink(path);
    refuse_bytes(line, 1 << 20, ""); /* within the limit, and still no map */
    free(line);
}

static void test_scenario_with_very_many_regimens_is_refused(void **state)
{
    static char text[64000] = "regimens: {";
    size_t used = strlen(text);
    (void)state;
    for (int i = 0; i < 5000; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "r%d: {}, ", i);
    }
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "}\ntitle: a\npk: sikma2020_thoracic_icu\nhorizon: 1 d\n"
                             "patients: {n: 1, hematocrit: 0.3}\n");
    refuse_bytes(text, used, "expected a map of 1 to 1000 regimens");
}

/* -- overrides and several faults -------------------------------------------------- */

static void test_scenario_overrides_are_checked(void **state)
{
    static const struct bad none = {0, NULL, 0, 0, NULL};
    static const struct {
        struct tacro_overrides overrides;
        const char *text;
    } rows[] = {
        {{.params_dir = PARAMS, .draws = 1000000}, "draws: 1000000 asked for, "},
        {{.params_dir = PARAMS, .subjects = 16000001}, "expected at most 16000000"},
        {{.params_dir = PARAMS, .has_seed = true, .seed = UINT64_MAX},
         "seed: 18446744073709551615 asked for, expected at most 9223372036854775807"},
        {{.params_dir = "/nowhere"}, "/nowhere/pk/sikma2020_thoracic_icu.yaml"},
        {{.params_dir = NULL}, "/tmp/pk/sikma2020_thoracic_icu.yaml"},
    };
    char path[128];
    (void)state;
    path_in_folder(path, sizeof path, "good.yaml");
    write_bad(path, &none);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tacro_notes notes = {0};
        struct tacro_error err;
        assert_int_equal(refuse(path, &rows[i].overrides, &notes, &err), TACRO_EINPUT);
        assert_non_null(strstr(first_fault(&notes)->text, rows[i].text));
        assert_int_equal(first_fault(&notes)->line, i < 3 ? 0 : 2);
        tacro_notes_free(&notes);
    }
    unlink(path);
}

static void test_scenario_all_faults_come_at_once_in_order(void **state)
{
    static const char text[] = "landmark: 20 d\n"
                               "horizon: 14\n"
                               "pk: nobody\n"
                               "risk: nothing\n"
                               "patients: {n: 0, age: 36, weihgt: 50 kg}\n"
                               "regimens:\n"
                               "  a: {steps: [{give: 99 mg, every: 12 h}]}\n"
                               "  b: {steps: [{give: 1 mg}]}\n"
                               "reference: c\n";
    static const size_t lines[] = {1, 2, 3, 4, 5, 5, 5, 7, 8, 9};
    struct tacro_notes notes = {0};
    struct tacro_error err;
    char path[128];
    FILE *file;
    size_t n = 0;
    (void)state;
    path_in_folder(path, sizeof path, "many.yaml");
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(refuse(path, NULL, &notes, &err), TACRO_EINPUT);
    assert_int_equal(notes.nfaults, sizeof lines / sizeof lines[0]);
    assert_non_null(strstr(err.text, "10 faults"));
    for (size_t i = 0; i < notes.n; i++) {
        if (notes.note[i].severity == TACRO_FAULT) {
            assert_int_equal(notes.note[i].line, lines[n++]);
        }
    }
    tacro_notes_free(&notes);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenario_bad_frame_is_one_fault_with_its_place),
        cmocka_unit_test(test_scenario_bad_patients_are_one_fault_with_its_place),
        cmocka_unit_test(test_scenario_bad_regimens_are_one_fault_with_its_place),
        cmocka_unit_test(test_scenario_bad_yaml_is_one_fault_with_its_place),
        cmocka_unit_test(test_scenario_that_is_no_file_is_no_input),
        cmocka_unit_test(test_scenario_without_content_is_bad_data),
        cmocka_unit_test(test_scenario_alias_bomb_is_refused_unexpanded),
        cmocka_unit_test(test_scenario_deep_nesting_is_refused),
        cmocka_unit_test(test_scenario_line_of_100_mb_is_refused_unread),
        cmocka_unit_test(test_scenario_with_very_many_regimens_is_refused),
        cmocka_unit_test(test_scenario_overrides_are_checked),
        cmocka_unit_test(test_scenario_all_faults_come_at_once_in_order),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
