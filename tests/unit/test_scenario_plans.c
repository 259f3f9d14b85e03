/** Plans of a whole scenario: rules, tables, what was before, the trough clock. */
#include "input/scenario.h"

#include "tests/support/folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PARAMS TACRO_SOURCE_DIR "/params"
#define HEAD                                                                           \
    "title: t\npk: sikma2020_thoracic_icu\nrisk: [pres_lung, rejection_lung]\n"        \
    "horizon: 14 d\n"
#define PATIENT "patients: {n: 2, hematocrit: 0.28}\n"
#define TWICE_DAILY "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n"

/** A scenario read, with what was noted. */
struct sample {
    struct tacro_notes notes;
    struct tacro_error err;
    struct tacro_input *in;
    enum tacro_status st;
};

static struct sample read_text(const char *text)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS};
    struct sample s = {.in = NULL};
    FILE *file = fopen(test_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    s.st = tacro_input_read(test_path, &overrides, &s.notes, &s.in, &s.err);
    return s;
}

static struct sample read_good(const char *text)
{
    struct sample s = read_text(text);
    for (size_t i = 0; i < s.notes.n && s.st != TACRO_OK; i++) {
        print_error("%zu:%zu: %s\n", s.notes.note[i].line, s.notes.note[i].column,
                    s.notes.note[i].text);
    }
    assert_int_equal(s.st, TACRO_OK);
    return s;
}

static void release(struct sample *s)
{
    tacro_input_free(s->in);
    tacro_notes_free(&s->notes);
}

static bool says(const struct sample *s, const char *text)
{
    for (size_t i = 0; i < s->notes.n; i++) {
        if (strstr(s->notes.note[i].text, text) != NULL) {
            return true;
        }
    }
    return false;
}

/** One fault, in that place. */
static void refuse(const char *text, size_t line, size_t column, const char *fault)
{
    struct sample s = read_text(text);
    assert_int_equal(s.st, TACRO_EINPUT);
    assert_int_equal(s.notes.nfaults, 1);
    for (size_t i = 0; i < s.notes.n; i++) {
        const struct tacro_note *note = &s.notes.note[i];
        if (note->severity == TACRO_FAULT) {
            assert_string_equal(note->text, fault);
            assert_int_equal(note->line, line);
            assert_int_equal(note->column, column);
        }
    }
    release(&s);
}

/* -- rules ------------------------------------------------------------------------- */

static void test_plans_rules_know_outcomes_and_targets_of_the_scenario(void **state)
{
    struct sample s = read_good(
        HEAD PATIENT
        "target: [{from: 0 d, trough: 9-15 ng/mL}]\n"
        "regimens:\n"
        "  a:\n"
        "    steps: [{give: 3 mg, every: 12 h}]\n"
        "    adjust: {}\n"
        "    when: {rejection: [{give: 4 mg, every: 12 h}], pres: [{hold: 1 d}]}\n"
        "  b: {steps: [{give: 3 mg, every: 12 h}]}\n");
    const struct tacro_protocol *p = &s.in->regimen[0].protocol;
    (void)state;
    assert_true(p->adjust.is_given);
    assert_int_equal(p->ntriggers, 2);
    assert_string_equal(s.in->risk[p->trigger[0].outcome]->outcome, "rejection");
    assert_string_equal(s.in->risk[p->trigger[1].outcome]->outcome, "pres");
    assert_false(tacro_protocol_reacts(&s.in->regimen[1].protocol));
    release(&s);
}

static void test_plans_adjust_without_any_target_is_a_fault(void **state)
{
    (void)state;
    refuse(HEAD PATIENT "regimens:\n  a:\n    steps: [{give: 3 mg, every: 12 h}]\n"
                        "    adjust: {}\n",
           9, 5,
           "regimens.a.adjust: no target to go by, expected `target: 10-15 ng/mL` here "
           "or the scenario's `target`");
}

static void test_plans_outcome_of_a_lost_risk_file_is_one_fault(void **state)
{
    (void)state;
    refuse("title: t\npk: sikma2020_thoracic_icu\nrisk: " PARAMS "/risk/pres.yaml\n"
           "horizon: 14 d\n" PATIENT
           "regimens: {a: {steps: [{hold: 14 d}], when: {pres: [{hold: 1 d}]}}}\n",
           3, 7,
           "risk: no file " PARAMS "/risk/pres.yaml, expected the name of a file in "
           "risk/ or a path");
}

/* -- doses by weight --------------------------------------------------------------- */

static void test_plans_weight_is_used_by_doses(void **state)
{
    static const char by_weight[] =
        HEAD "patients: {n: 2, hematocrit: 0.28, weight: 60 kg}\n"
             "regimens: {a: {steps: [{give: 0.05 mg/kg, every: 12 h}]}}\n";
    static const char by_rule[] =
        HEAD "patients: {n: 2, hematocrit: 0.28, weight: 60 kg}\n"
             "regimens: {a: {steps: [{give: 3 mg, every: 12 h}], when: {pres: [{give: "
             "0.05 mg/kg, every: 12 h}]}}}\n";
    static const char by_number[] =
        HEAD "patients: {n: 2, hematocrit: 0.28, weight: 60 kg}\n" TWICE_DAILY;
    struct sample s = read_good(by_weight);
    (void)state;
    assert_false(says(&s, "patients.weight: no effect in"));
    release(&s);
    s = read_good(by_rule);
    assert_false(says(&s, "patients.weight: no effect in"));
    release(&s);
    s = read_good(by_number);
    assert_true(says(&s, "patients.weight: no effect in"));
    release(&s);
}

static void test_plans_unknown_weight_gives_no_dose(void **state)
{
    (void)state;
    refuse(
        HEAD "patients: {n: 2, hematocrit: 0.28, weight: unknown}\n"
             "regimens: {a: {steps: [{give: 0.05 mg/kg, every: 12 h}]}}\n",
        6, 31,
        "regimens.a.steps[0].give: 0.05 mg/kg: the patients have no weight, expected "
        "patients.weight");
}

/* -- tables ------------------------------------------------------------------------ */

static const char *const tables[] = {"doses-1.csv", "doses.csv", "data/doses-1.csv",
                                     "data/doses_2.csv"};
#define NTABLES (sizeof tables / sizeof tables[0])

/* Two doses from 9 h on, in a table of each name beside the scenario. */
static int make_tables(void **state)
{
    char path[96];
    if (test_folder_make(state) != 0) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/data", test_folder);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < NTABLES; i++) {
        FILE *file;
        snprintf(path, sizeof path, "%s/%s", test_folder, tables[i]);
        file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs("ID,TIME,AMT,HCT\n1,9,3,0.3\n1,21,2,0.25\n", file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
    return 0;
}

static int drop_tables(void **state)
{
    char path[96];
    for (size_t i = 0; i < NTABLES; i++) {
        snprintf(path, sizeof path, "%s/%s", test_folder, tables[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/data", test_folder);
    rmdir(path);
    return test_folder_drop(state);
}

static void test_plans_table_alone_is_named_after_its_file(void **state)
{
    struct sample s = read_good(HEAD PATIENT "reference: doses_2\nregimens:\n"
                                             "  file: data/doses_2.csv\n"
                                             "  covariates: locf\n");
    const struct tacro_regimen *r = s.in->regimen;
    (void)state;
    assert_int_equal(s.in->nregimens, 1);
    assert_string_equal(r->label, "doses_2");
    assert_string_equal(r->table, "data/doses_2.csv");
    assert_true(r->is_locf);
    assert_int_equal(r->line, 8);
    assert_int_equal(r->column, 3);
    assert_int_equal(s.in->reference, 0);
    assert_true(s.in->trough_clock == 9.0); /* of the first dose of the table */
    release(&s);
}

static void test_plans_tables_stand_beside_steps_under_labels(void **state)
{
    struct sample s =
        read_good(HEAD PATIENT "regimens:\n"
                               "  measured: {file: doses-1.csv}\n"
                               "  file: {steps: [{give: 3 mg, every: 12 h}]}\n");
    (void)state;
    assert_int_equal(s.in->nregimens, 2);
    assert_string_equal(s.in->regimen[0].table, "doses-1.csv");
    assert_string_equal(s.in->regimen[1].label, "file"); /* a label like any other */
    release(&s);
}

static void test_plans_table_without_a_label_is_a_fault(void **state)
{
    (void)state;
    refuse(HEAD PATIENT "regimens: {file: data/doses-1.csv}\n", 6, 18,
           "regimens.file: doses-1 is no label of letters, digits and _, expected "
           "`label: {file: data/doses-1.csv}`");
    refuse(HEAD PATIENT "reference: b\nregimens: {file: doses.csv}\n", 6, 12,
           "reference: b: expected doses");
}

static void test_plans_table_that_is_not_there_is_a_fault(void **state)
{
    char fault[128];
    (void)state;
    snprintf(fault, sizeof fault, "regimens.file: %s/lost.csv: no such file",
             test_folder);
    refuse(HEAD PATIENT "regimens: {file: lost.csv}\n", 6, 18, fault);
}

/* -- before the start -------------------------------------------------------------- */

static void test_plans_before_is_a_steady_state(void **state)
{
    struct sample s = read_good(
        HEAD PATIENT
        "start: {day: 5, clock: \"08:00\"}\n"
        "before: {give: 3 mg, every: 12 h, steady_state: true}\n" TWICE_DAILY);
    (void)state;
    assert_true(s.in->has_before);
    assert_true(s.in->before.amount == 3.0 && s.in->before.every == 12.0);
    assert_int_equal(s.in->before.port, TACRO_PORT_ORAL);
    release(&s);
    s = read_good(HEAD PATIENT "start: {day: 5}\nbefore: none\n" TWICE_DAILY);
    assert_false(s.in->has_before);
    release(&s);
}

static void test_plans_before_may_go_by_weight(void **state)
{
    struct sample s = read_good(
        HEAD "patients: {n: 2, hematocrit: 0.28, weight: 60 kg}\nstart: {day: 5}\n"
             "before: {give: 0.1 mg/kg/day in 2, steady_state: true}\n" TWICE_DAILY);
    (void)state;
    assert_true(s.in->before.is_per_kg && s.in->before.every == 12.0);
    assert_false(says(&s, "patients.weight: no effect in"));
    release(&s);
}

/* -- the trough clock -------------------------------------------------------------- */

static void test_plans_trough_is_at_the_first_dose_of_any_step(void **state)
{
    static const struct {
        const char *steps;
        double clock;
    } rows[] = {
        {"{hold: 3 h}, {give: 3 mg, at: [\"08:00\", \"21:00\"], until: 40 h}, {give: 3 "
         "mg, every: 12 h}",
         8.0},
        {"{hold: 1 h}, {taper: {doses: [4 mg, 3 mg], every: 12 h, each: 1 d}}, {hold: "
         "9 "
         "d}",
         21.0},
        {"{give: 0.2 mg/kg/day in 4, at: [\"01:00\", \"07:00\", \"13:00\", \"19:00\"]}",
         1.0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];
        struct sample s;
        snprintf(text, sizeof text,
                 "title: t\npk: sikma2020_thoracic_icu\nhorizon: 14 d\nstart: {clock: "
                 "\"20:00\"}\n"
                 "patients: {n: 2, hematocrit: 0.28, weight: 60 kg}\n"
                 "regimens: {a: {steps: [%s]}}\n",
                 rows[i].steps);
        s = read_good(text);
        assert_true(s.in->trough_clock == rows[i].clock);
        release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans_rules_know_outcomes_and_targets_of_the_scenario),
        cmocka_unit_test(test_plans_adjust_without_any_target_is_a_fault),
        cmocka_unit_test(test_plans_outcome_of_a_lost_risk_file_is_one_fault),
        cmocka_unit_test(test_plans_weight_is_used_by_doses),
        cmocka_unit_test(test_plans_unknown_weight_gives_no_dose),
        cmocka_unit_test(test_plans_table_alone_is_named_after_its_file),
        cmocka_unit_test(test_plans_tables_stand_beside_steps_under_labels),
        cmocka_unit_test(test_plans_table_without_a_label_is_a_fault),
        cmocka_unit_test(test_plans_table_that_is_not_there_is_a_fault),
        cmocka_unit_test(test_plans_before_is_a_steady_state),
        cmocka_unit_test(test_plans_before_may_go_by_weight),
        cmocka_unit_test(test_plans_trough_is_at_the_first_dose_of_any_step),
    };
    return cmocka_run_group_tests(tests, make_tables, drop_tables);
}
