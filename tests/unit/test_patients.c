/** `patients: {file}`: covariates from an event table, each patient's own in time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cohort/subject.h"
#include "tests/support/folder.h"

#define PARAMS TACRO_SOURCE_DIR "/tests/params"

static char table_path[64];

static struct tacro_notes notes;

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/** Read a scenario with these patient keys and this patients.csv beside it. */
static enum tacro_status read_with(const char *patients, const char *table,
                                   uint64_t subjects, struct tacro_input **out)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS,
                                              .subjects = subjects};
    char text[2048];
    snprintf(text, sizeof text,
             "title: table\n"
             "pk: sikma2020_thoracic_icu\n"
             "risk: [pres_lung, rejection_lung]\n"
             "start: {day: 0, clock: \"08:00\"}\n"
             "horizon: 6 d\n"
             "seed: 7\n"
             "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
             "patients:\n%s",
             patients);
    write_file(test_path, text);
    write_file(table_path, table);
    tacro_notes_free(&notes);
    return tacro_input_read(test_path, &overrides, &notes, out, NULL);
}

static struct tacro_input *read_good(const char *patients, const char *table)
{
    struct tacro_input *in;
    if (read_with(patients, table, 0, &in) != TACRO_OK) {
        fail_msg("%s", notes.n > 0 ? notes.note[0].text : "no note");
    }
    return in;
}

static const char good[] = "ID,TIME,HCT,MAP,WT\n"
                           "a,0,0.30,100,60\n"
                           "a,24,0.28,.,60\n"
                           "a,48,0.26,90,60\n"
                           "b,0,0.35,95,70\n"
                           "b,30,0.33,95,70\n"
                           "c,0,0.40,110,80\n";

static const char locf[] = "  file: patients.csv\n  covariates: locf\n";

static void test_patients_are_those_of_the_table(void **state)
{
    struct tacro_input *in = read_good("  file: patients.csv\n", good);
    (void)state;
    assert_int_equal(in->npatients, 3);
    assert_string_equal(in->patients->path, table_path);
    assert_int_equal(in->covariate[TACRO_COV_hematocrit].distribution, TACRO_TABLE);
    assert_true(tacro_population_is_stepped(in, TACRO_COV_hematocrit));
    assert_true(tacro_population_is_own(in, TACRO_COV_hematocrit));
    assert_true(tacro_population_is_stepped(in, TACRO_COV_map));
    assert_int_equal(in->covariate[TACRO_COV_weight].distribution, TACRO_TABLE);
    assert_false(tacro_population_is_stepped(in, TACRO_COV_weight));
    assert_false(tacro_population_is_own(in, TACRO_COV_age));
    tacro_input_free(in);
}

static void test_patients_file_may_be_an_absolute_path(void **state)
{
    char key[96];
    snprintf(key, sizeof key, "  file: %s\n", table_path);
    (void)state;
    tacro_input_free(read_good(key, good));
}

static void test_patients_first_ones_are_taken_of_a_table(void **state)
{
    struct tacro_input *in;
    (void)state;
    assert_int_equal(read_with("  file: patients.csv\n", good, 2, &in), TACRO_OK);
    assert_int_equal(in->npatients, 2);
    tacro_input_free(in);
}

static double hct_at(const struct tacro_input *in, uint32_t draw, uint64_t patient,
                     double t)
{
    double drawn[TACRO_NCOVARIATES];
    tacro_population_draw(in, draw, patient, drawn);
    return tacro_population_of(in, drawn, patient, TACRO_COV_hematocrit, t);
}

static void test_patients_values_are_those_of_each_row(void **state)
{
    struct tacro_input *in = read_good("  file: patients.csv\n", good);
    double drawn[TACRO_NCOVARIATES];
    (void)state;
    assert_true(hct_at(in, 0, 0, 0.0) == 0.28); /* NOCB: the row at 24 h */
    assert_true(hct_at(in, 0, 0, 23.9) == 0.28);
    assert_true(hct_at(in, 3, 0, 24.0) == 0.26);
    assert_true(hct_at(in, 0, 1, 1.0) == 0.33);
    assert_true(hct_at(in, 0, 2, 100.0) == 0.40);
    tacro_input_free(in);
    in = read_good(locf, good);
    assert_true(hct_at(in, 0, 0, 0.0) == 0.30);
    assert_true(hct_at(in, 0, 0, 24.0 - 1e-6) == 0.30);
    assert_true(hct_at(in, 0, 0, 24.0 - 1e-8) == 0.28); /* one instant */
    assert_true(hct_at(in, 0, 0, 48.0) == 0.26);
    assert_true(hct_at(in, 1, 1, 29.0) == 0.35);
    assert_true(hct_at(in, 1, 1, 30.0) == 0.33);
    tacro_population_draw(in, 0, 1, drawn);
    assert_true(drawn[TACRO_COV_weight] == 70.0);
    assert_true(tacro_population_at(in, drawn, TACRO_COV_hematocrit, 0.0) == 0.35);
    assert_true(tacro_population_of(in, drawn, 1, TACRO_COV_weight, 50.0) == 70.0);
    tacro_input_free(in);
}

static void test_patients_cuts_are_each_patient_s_own_steps(void **state)
{
    struct tacro_input *in = read_good(locf, good);
    double cut[4];
    double since = -INFINITY;
    double until = INFINITY;
    (void)state;
    assert_int_equal(tacro_population_cuts(in, 0, NULL), 3);
    assert_int_equal(tacro_population_cuts(in, 0, cut), 3);
    assert_true(cut[0] == 24.0 && cut[1] == 48.0 && cut[2] == 48.0);
    assert_int_equal(tacro_population_cuts(in, 1, cut), 1);
    assert_true(cut[0] == 30.0);
    assert_int_equal(tacro_population_cuts(in, 2, NULL), 0);
    tacro_population_stretch(in, 0, 30.0, &since, &until);
    assert_true(since == 24.0 && until == 48.0);
    since = 26.0;
    until = 40.0;
    tacro_population_stretch(in, 0, 30.0, &since, &until);
    assert_true(since == 26.0 && until == 40.0);
    tacro_input_free(in);
}

/* HCT is a parameter of the PK file, MAP acts on H0 of PRES with 0.035 per mmHg. */
static void test_patients_parameter_changes_at_each_patient_s_own_time(void **state)
{
    struct tacro_input *in = read_good(locf, good);
    struct tacro_rules *rules;
    struct tacro_subject x;
    size_t hct = 0;
    size_t h0 = 0;
    (void)state;
    assert_int_equal(tacro_rules_create(in, &rules, NULL), TACRO_OK);
    for (size_t i = 0; i < rules->n; i++) {
        hct = strcmp(rules->rule[i].theta->name, "HCT") == 0 ? i : hct;
        h0 = strcmp(rules->rule[i].theta->name, "H0") == 0 ? i : h0;
    }
    assert_true(rules->rule[hct].is_own && rules->rule[hct].is_dynamic);
    assert_true(rules->rule[h0].is_own && rules->rule[h0].is_dynamic);
    assert_int_equal(tacro_rule_cuts(rules, hct, NULL), 0); /* none for all subjects */
    tacro_subject_draw(rules, 0, &x);
    assert_true(x.fixed[hct] == 0.30);
    assert_true(tacro_subject_value(rules, hct, &x, 23.9, 1) == 0.30);
    assert_true(tacro_subject_value(rules, hct, &x, 24.0, 2) == 0.28);
    const double factor = tacro_subject_value(rules, h0, &x, 48.0, 4) /
                          tacro_subject_value(rules, h0, &x, 47.9, 3);
    assert_true(fabs(log(factor) + 0.035 * 5.0) < 1e-12); /* 100 to 95: clip at 95 */
    tacro_subject_draw(rules, 4, &x);                     /* patient b of draw 1 */
    assert_int_equal(x.patient, 1);
    assert_true(tacro_subject_value(rules, hct, &x, 29.9, 2) == 0.35);
    assert_true(tacro_subject_value(rules, hct, &x, 30.0, 2) == 0.33);
    assert_true(tacro_subject_value(rules, h0, &x, 48.0, 4) ==
                tacro_subject_value(rules, h0, &x, 0.0, 0));
    tacro_rules_free(rules);
    tacro_input_free(in);
}

static double value_of(const struct tacro_rules *rules, uint64_t patient, size_t rule,
                       double t)
{
    struct tacro_subject x;
    tacro_subject_draw(rules, patient, &x);
    return tacro_subject_value(rules, rule, &x, t, 0);
}

/* The flags of a table act a day later, and a constant one in its days alone. */
static void test_patients_flags_follow_their_delay_and_days(void **state)
{
    static const char table[] =
        "ID,TIME,WT,HCT,CYP3A5_EXPRESSER,AMIODARONE,BILATERAL,VORICONAZOLE\n"
        "a,0,75,0.33,0,0,1,0\na,10,75,0.33,0,0,1,1\na,40,75,0.33,0,0,1,0\n"
        "b,0,75,0.33,0,0,0,0\nb,20,75,0.33,0,0,0,1\n";
    const struct tacro_overrides overrides = {.params_dir = PARAMS};
    struct tacro_input *in;
    struct tacro_rules *rules;
    double cut[8];
    double since = -INFINITY;
    double until = INFINITY;
    size_t cl = 0;
    (void)state;
    write_file(test_path,
               "title: table\npk: miano2024_lung_pod14\n"
               "start: {day: 0, clock: \"00:00\"}\nhorizon: 6 d\n"
               "regimens:\n  a: {steps: [{give: 2 mg, every: 12 h}]}\n"
               "patients: {typical: false, file: patients.csv, covariates: locf}\n");
    write_file(table_path, table);
    tacro_notes_free(&notes);
    if (tacro_input_read(test_path, &overrides, &notes, &in, NULL) != TACRO_OK) {
        fail_msg("%s", notes.n > 0 ? notes.note[0].text : "no note");
    }
    assert_int_equal(tacro_rules_create(in, &rules, NULL), TACRO_OK);
    while (strcmp(rules->rule[cl].theta->name, "CL") != 0) {
        cl++;
    }
    assert_true(rules->rule[cl].is_own && rules->rule[cl].is_dynamic);
    assert_int_equal(tacro_population_cuts(in, 0, NULL), 4);
    assert_int_equal(tacro_population_cuts(in, 0, cut), 4);
    assert_true(cut[0] == 10.0 && cut[1] == 40.0 && cut[2] == 34.0 && cut[3] == 64.0);
    tacro_population_stretch(in, 0, 36.0, &since, &until);
    assert_true(since == 34.0 && until == 40.0);
    tacro_population_stretch(in, 1, 50.0, &since, &until);
    assert_true(since == 44.0 && until == 40.0); /* narrowed further, never widened */
    for (int t = 1; t < 144; t++) {
        const double a = (t >= 34 && t < 64 ? 0.39 : 1.0) * (t < 96 ? 0.48 : 0.82);
        const double b = t >= 44 ? 0.39 : 1.0;
        const double day = t < 48 ? 1.0 : floor(t / 24.0);
        const double at_start = value_of(rules, 0, cl, 0.0) / 0.48;
        assert_true(fabs(value_of(rules, 0, cl, t) / at_start / pow(day, 0.67) - a) <
                    1e-14);
        assert_true(fabs(value_of(rules, 1, cl, t) / value_of(rules, 1, cl, 0.0) /
                             pow(day, 0.67) -
                         b) < 1e-14);
    }
    tacro_rules_free(rules);
    tacro_input_free(in);
}

/* A covariate that the table lacks is the scenario's; an empty column is lacking. */
static void test_patients_other_keys_stand_beside_the_table(void **state)
{
    struct tacro_input *in =
        read_good("  file: patients.csv\n  hematocrit: 0.3\n  age: 36 y\n",
                  "ID,TIME,WT,HCT\n1,0,60,.\n2,0,61,.\n");
    (void)state;
    assert_int_equal(in->covariate[TACRO_COV_hematocrit].distribution, TACRO_STEPS);
    assert_true(hct_at(in, 0, 1, 5.0) == 0.3);
    tacro_input_free(in);
}

static void check_notice(const char *text)
{
    for (size_t i = 0; i < notes.n; i++) {
        if (notes.note[i].severity == TACRO_NOTICE &&
            strcmp(notes.note[i].text, text) == 0) {
            return;
        }
    }
    fail_msg("no notice: %s", text);
}

static void test_patients_notices_say_what_the_table_is_taken_for(void **state)
{
    static const char table[] = "ID,TIME,AMT,HCT\n1,0,3,0.3\n1,12,3,.\n";
    (void)state;
    tacro_input_free(read_good("  file: patients.csv\n", table));
    check_notice("patients.file: 1 patient, covariates hold from the row before on "
                 "(nocb)");
    check_notice("patients.file: 2 dose records of the table are not given: it serves "
                 "covariates, doses are those of `regimens`");
    tacro_input_free(read_good(locf, good));
    check_notice("patients.file: 3 patients, covariates hold from their own row on "
                 "(locf)");
}

/* -- faults ------------------------------------------------------------------------ */

static const struct {
    const char *patients;
    const char *table;
    uint64_t subjects;
    bool is_of_table;
    size_t line;
    const char *text;
} bad[] = {
    {"  file: patients.csv\n  n: 3\n", good, 0, false, 11,
     "patients.n: the patients are those of `file`, expected no n beside it"},
    {"  file: patients.csv\n  typical: true\n", good, 0, false, 11,
     "patients.typical: `typical: true` is one patient, expected a table of one ID, "
     "found 3"},
    {"  file: patients.csv\n  hematocrit: 0.3\n", good, 0, false, 11, NULL},
    {"  file: patients.csv\n  covariates: loc\n", good, 0, false, 11,
     "patients.covariates: loc: expected nocb or locf, did you mean `locf`?"},
    {"  n: 3\n  hematocrit: 0.3\n  covariates: locf\n", good, 0, false, 12,
     "patients.covariates: expected beside `file` only, lists of a scenario are locf"},
    {"  file: lost.csv\n", good, 0, false, 10, NULL},
    {"  file: patients.csv\n", good, 4, false, 0, NULL},
    {"  file: patients.csv\n", "ID,TIME,HCT\n1,0,0.3\n1,1,0.3\n2,0,.\n", 0, true, 4,
     "ID 2 has no hematocrit, expected at least one value"},
    {"  file: patients.csv\n", "ID,TIME,HCT\n1,0,.\n2,0,0.3\n3,0,.\n4,1,.\n", 0, true,
     2, "ID 1 and 2 more have no hematocrit, expected at least one value each"},
    {"  file: patients.csv\n", "ID,TIME,HCT\n1,0,30\n", 0, true, 2,
     "HCT: 30: expected a fraction from 0.1 to 0.65, 30 % is 0.3"},
    {"  file: patients.csv\n", "ID,TIME,WT\n1,0,60\n", 0, false, 9,
     "patients.hematocrit: not given; sikma2020_thoracic_icu needs a value for HCT"},
    {"  file: patients.csv\n", "ID,TIME,HCT,VORICONAZOLE\n1,0,0.3,0\n1,2,0.3,1\n", 0,
     false, 10,
     "patients.file: voriconazole: sikma2020_thoracic_icu has no effect of it on the "
     "level, expected a PK file that has, or `multiply` and `unused: allow`"},
};

static void test_patients_bad_tables_and_keys_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tacro_input *in;
        char text[256];
        const struct tacro_note *note = NULL;
        snprintf(text, sizeof text, "%s", bad[i].text != NULL ? bad[i].text : "");
        if (i == 2) {
            snprintf(
                text, sizeof text,
                "patients.hematocrit: also a column of %s, expected one of the two",
                table_path);
        } else if (i == 5) {
            snprintf(text, sizeof text, "patients.file: %s/lost.csv: no such file",
                     test_folder);
        } else if (i == 6) {
            snprintf(text, sizeof text,
                     "patients.n: 4 asked for, expected at most 3, the patients of %s",
                     table_path);
        }
        assert_int_equal(read_with(bad[i].patients, bad[i].table, bad[i].subjects, &in),
                         TACRO_EINPUT);
        for (size_t k = 0; k < notes.n; k++) {
            note = notes.note[k].severity == TACRO_FAULT ? &notes.note[k] : note;
        }
        if (notes.nfaults != 1 || note == NULL || strcmp(note->text, text) != 0 ||
            note->line != bad[i].line ||
            strcmp(note->file, bad[i].is_of_table ? table_path : test_path) != 0) {
            fail_msg("%zu: %zu faults, %s:%zu: %s, want line %zu: %s", i, notes.nfaults,
                     note == NULL ? "" : note->file, note == NULL ? 0 : note->line,
                     note == NULL ? "" : note->text, bad[i].line, text);
        }
    }
}

static int make(void **state)
{
    const int failed = test_folder_make(state);
    snprintf(table_path, sizeof table_path, "%s/patients.csv", test_folder);
    return failed;
}

static int drop(void **state)
{
    tacro_notes_free(&notes);
    unlink(table_path);
    return test_folder_drop(state);
}

/* What one patient of the table has rules out what another one may have. */
static void test_patients_disease_of_the_table_rules_another_out(void **state)
{
    enum { N = 400 };
    static char table[N * 32];
    size_t n = (size_t)snprintf(table, sizeof table,
                                "ID,TIME,HCT,AGE,connective_tissue_disease,organ\n");
    double with = 0.0;
    double without = 0.0;
    (void)state;
    for (int i = 0; i < N; i++) {
        n += (size_t)snprintf(table + n, sizeof table - n, "%d,0,0.3,30,%d,%s\n", i + 1,
                              i % 2, i % 2 == 0 ? "liver" : "3");
    }
    struct tacro_input *in = read_good("  file: patients.csv\n", table);
    for (uint64_t i = 0; i < N; i++) {
        double v[TACRO_NCOVARIATES];
        tacro_population_draw(in, 0, i, v);
        *(i % 2 == 0 ? &without : &with) += v[TACRO_COV_cystic_fibrosis];
        assert_true(v[TACRO_COV_organ] == (i % 2 == 0 ? 2.0 : 3.0));
    }
    assert_true(with == 0.0);
    /* 24 % of 200, 4 standard errors are 24 */
    assert_true(without > 24.0 && without < 72.0);
    tacro_input_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patients_are_those_of_the_table),
        cmocka_unit_test(test_patients_file_may_be_an_absolute_path),
        cmocka_unit_test(test_patients_first_ones_are_taken_of_a_table),
        cmocka_unit_test(test_patients_values_are_those_of_each_row),
        cmocka_unit_test(test_patients_disease_of_the_table_rules_another_out),
        cmocka_unit_test(test_patients_cuts_are_each_patient_s_own_steps),
        cmocka_unit_test(test_patients_parameter_changes_at_each_patient_s_own_time),
        cmocka_unit_test(test_patients_flags_follow_their_delay_and_days),
        cmocka_unit_test(test_patients_other_keys_stand_beside_the_table),
        cmocka_unit_test(test_patients_notices_say_what_the_table_is_taken_for),
        cmocka_unit_test(test_patients_bad_tables_and_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
