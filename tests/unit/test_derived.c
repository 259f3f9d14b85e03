/** Covariates that come from others: known persons, courses, and what is missing. */
#include "input/derived.h"

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

#include "cohort/population.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define TOL_ROUNDING 1e-13

/* -- formulas ---------------------------------------------------------------------- */

static double value_of(enum tacro_covariate_id id, double a, double b, double c)
{
    const double x[TACRO_MAX_SOURCES] = {a, b, c};
    return tacro_derived_value(id, x);
}

/* pk-models.md 2.2 and 9.3 by hand; 0 is a man. */
static void test_sizes_of_known_persons(void **state)
{
    (void)state;
    /* 70 kg, 175 cm: BMI 22.857143 */
    test_check_close("BMI", value_of(TACRO_COV_bmi, 70, 175, 0), 22.857142857, 1e-10);
    test_check_printed("FFM", "55.857", value_of(TACRO_COV_ffm, 70, 175, 0));
    test_check_printed("FFM", "45.197", value_of(TACRO_COV_ffm, 70, 175, 1));
    test_check_printed("LBM", "56.52", value_of(TACRO_COV_lbm, 70, 175, 0));
    test_check_printed("LBM", "51.22", value_of(TACRO_COV_lbm, 70, 175, 1));
    test_check_printed("BSA", "1.848", value_of(TACRO_COV_bsa, 70, 175, 0));
    test_check_printed("BSA", "1.460", value_of(TACRO_COV_bsa, 50, 154, 0));
    /* moved to the limits: James is below 0 where the body mass index is high */
    assert_true(value_of(TACRO_COV_lbm, 200, 130, 1) == 5.0);
    assert_true(value_of(TACRO_COV_bmi, 200, 60, 0) == 80.0);
}

static void test_flags_are_counted(void **state)
{
    (void)state;
    assert_true(value_of(TACRO_COV_azole, 0, 0, 0) == 0.0);
    assert_true(value_of(TACRO_COV_azole, 0, 0, 1) == 1.0);
    assert_true(value_of(TACRO_COV_azole, 1, 1, 1) == 1.0);
    assert_true(value_of(TACRO_COV_cyp3a5_carriers, 0, 0, 0) == 0.0);
    assert_true(value_of(TACRO_COV_cyp3a5_carriers, 2, 0, 0) == 1.0); /* alleles */
    assert_true(value_of(TACRO_COV_cyp3a5_carriers, 1, 1, 0) == 2.0);
    assert_true(value_of(TACRO_COV_cyp3a5_expresser, 2, 0, 0) == 1.0);
    assert_true(value_of(TACRO_COV_cyp3a5_expresser, 0, 0, 0) == 0.0);
}

/* -- scenarios --------------------------------------------------------------------- */

static const char model[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\n"
    "source: {author: A, year: 2020, doi: 10.1, table: t}\n"
    "parts: [first_order, 1cmt]\n"
    "trough_to_mean: {value: 0.78, mark: C, from: f}\n"
    "theta:\n"
    "  F1: {value: 1, mark: P, from: f}\n"
    "  KA: {value: 1 1/h, mark: P, from: f}\n"
    "  CL: {value: 20 L/h, mark: P, from: f}\n"
    "  V1: {value: 100 L, mark: P, from: f}\n"
    "covariates:\n"
    "  - {parameter: CL, covariate: ffm, kind: power, exponent: 0.75, ref: 60 kg, "
    "mark: "
    "P, from: f}\n"
    "  - {parameter: V1, covariate: azole, kind: factor, factor: 0.5, mark: P, from: "
    "f}\n"
    "  - {parameter: KA, covariate: cyp3a5_carriers, is: 1, kind: factor, factor: "
    "1.33, "
    "mark: P, from: f}\n"
    "  - {parameter: KA, covariate: cyp3a5_carriers, is: 2, kind: factor, factor: "
    "1.71, "
    "mark: P, from: f}\n"
    "  - {parameter: F1, covariate: cyp3a5_expresser, kind: factor, factor: 0.82, "
    "mark: "
    "P, from: f}\n";

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *name, const char *text, char path[256])
{
    test_temporary(path, name);
    write_text(path, text);
}

static void fill(const char *pk, const char *patients, char *text, size_t size)
{
    snprintf(
        text, size,
        "title: derived\npk: %s\nhorizon: 6 d\nseed: 5\npatients: {%s}\nregimens:\n"
        "  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
        pk, patients);
}

static struct tacro_scenario *open_with(const char *patients)
{
    char text[2048];
    write_text(test_path, model);
    fill(test_path, patients, text, sizeof text);
    return test_scenario(text);
}

static double parameter(const struct tacro_scenario *s, const char *name,
                        uint64_t patient, double t)
{
    struct tacro_subject x;
    size_t i = 0;
    while (i < s->rules->n && strcmp(s->rules->rule[i].theta->name, name) != 0) {
        i++;
    }
    assert_true(i < s->rules->n);
    tacro_subject_draw(s->rules, patient, &x);
    return tacro_subject_value(s->rules, i, &x, t, 0);
}

#define GENES "cyp3a5_alleles: 1, donor_cyp3a5_expresser: true, "

static void test_derived_values_follow_weight_steps(void **state)
{
    struct tacro_scenario *s = open_with(
        GENES "n: 3, height: 175 cm, sex: male, itraconazole: true, weight: [{from: 0 "
              "d, value: 70 kg}, {from: 2 d, value: 80 kg}]");
    const double light = value_of(TACRO_COV_ffm, 70, 175, 0);
    const double heavy = value_of(TACRO_COV_ffm, 80, 175, 0);
    (void)state;
    test_check_close("CL", parameter(s, "CL", 1, 0.0), 20.0 * pow(light / 60.0, 0.75),
                     TOL_ROUNDING);
    test_check_close("CL", parameter(s, "CL", 1, 48.0), 20.0 * pow(heavy / 60.0, 0.75),
                     TOL_ROUNDING);
    test_check_close("V1", parameter(s, "V1", 1, 0.0), 50.0, TOL_ROUNDING);
    test_check_close("KA", parameter(s, "KA", 1, 0.0), 1.71, TOL_ROUNDING);
    test_check_close("F1", parameter(s, "F1", 1, 0.0), 0.82, TOL_ROUNDING);
    tacro_scenario_free(s);
}

static void test_derived_values_are_those_of_drawn_patients(void **state)
{
    struct tacro_scenario *s = open_with(
        "n: 100, weight: {mean: 70 kg, sd: 10 kg}, height: [{from: 0 d, value: 170 "
        "cm}, "
        "{from: 1 d, value: 171 cm}], sex: {probability: 50 %}, cyp3a5_expresser: "
        "{probability: 50 %}, donor_cyp3a5_expresser: {probability: 50 %}, "
        "posaconazole: {probability: 30 %}, voriconazole: {probability: 30 %}");
    static const double factor[] = {1.0, 1.33, 1.71};
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        struct tacro_subject x;
        tacro_subject_draw(s->rules, i, &x);
        const double *v = x.covariate;
        for (int day = 0; day < 2; day++) {
            const double ffm = value_of(TACRO_COV_ffm, v[TACRO_COV_weight], 170.0 + day,
                                        v[TACRO_COV_sex]);
            test_check_close("CL", parameter(s, "CL", i, 24.0 * day),
                             20.0 * pow(ffm / 60.0, 0.75), TOL_ROUNDING);
        }
        const bool has_azole =
            v[TACRO_COV_posaconazole] + v[TACRO_COV_voriconazole] > 0.0;
        test_check_close("V1", parameter(s, "V1", i, 0.0), has_azole ? 50.0 : 100.0,
                         TOL_ROUNDING);
        const double n =
            v[TACRO_COV_cyp3a5_expresser] + v[TACRO_COV_donor_cyp3a5_expresser];
        test_check_close("KA", parameter(s, "KA", i, 0.0), factor[(size_t)n],
                         TOL_ROUNDING);
    }
    tacro_scenario_free(s);
}

/* A typical patient is the mean over what may be there or not, on the log scale. */
static void test_derived_values_of_a_typical_patient_are_means(void **state)
{
    struct tacro_scenario *s = open_with(
        "typical: true, weight: {mean: 70 kg, sd: 10 kg}, height: 175 cm, sex: "
        "{probability: 25 %}, cyp3a5_alleles: {probability: 20 %, value: 2}, "
        "donor_cyp3a5_expresser: {probability: 50 %}, posaconazole: {probability: 30 "
        "%}, voriconazole: {probability: 50 %}");
    const double ffm = 0.75 * value_of(TACRO_COV_ffm, 70, 175, 0) +
                       0.25 * value_of(TACRO_COV_ffm, 70, 175, 1);
    (void)state;
    test_check_close("CL", parameter(s, "CL", 0, 0.0), 20.0 * pow(ffm / 60.0, 0.75),
                     TOL_ROUNDING);
    test_check_close("V1", parameter(s, "V1", 0, 0.0), 100.0 * pow(0.5, 0.65),
                     TOL_ROUNDING);
    test_check_close("KA", parameter(s, "KA", 0, 0.0),
                     pow(1.33, 0.2 * 0.5 + 0.8 * 0.5) * pow(1.71, 0.1), TOL_ROUNDING);
    test_check_close("F1", parameter(s, "F1", 0, 0.0), pow(0.82, 0.2), TOL_ROUNDING);
    tacro_scenario_free(s);
}

static void test_derived_values_follow_event_tables(void **state)
{
    char table[256];
    char patients[512];
    double cut[4];
    (void)state;
    write_file(
        "derived.csv",
        "ID,TIME,WT,HEIGHT,SEX,VORICONAZOLE,CYP3A5_ALLELES,DONOR_CYP3A5_EXPRESSER\n"
        "1,0,70,175,male,0,0,0\n1,30,80,175,male,1,0,0\n"
        "2,0,50,160,female,0,2,0\n2,40,52,160,female,0,2,0\n",
        table);
    snprintf(patients, sizeof patients, "file: %s, covariates: locf", table);
    struct tacro_scenario *s = open_with(patients);
    test_check_close("CL", parameter(s, "CL", 0, 29.0),
                     20.0 * pow(value_of(TACRO_COV_ffm, 70, 175, 0) / 60.0, 0.75),
                     TOL_ROUNDING);
    test_check_close("CL", parameter(s, "CL", 0, 30.0),
                     20.0 * pow(value_of(TACRO_COV_ffm, 80, 175, 0) / 60.0, 0.75),
                     TOL_ROUNDING);
    test_check_close("CL", parameter(s, "CL", 1, 40.0),
                     20.0 * pow(value_of(TACRO_COV_ffm, 52, 160, 1) / 60.0, 0.75),
                     TOL_ROUNDING);
    test_check_close("V1", parameter(s, "V1", 0, 30.0), 50.0, TOL_ROUNDING);
    test_check_close("V1", parameter(s, "V1", 1, 40.0), 100.0, TOL_ROUNDING);
    test_check_close("KA", parameter(s, "KA", 1, 0.0), 1.33, TOL_ROUNDING);
    test_check_close("F1", parameter(s, "F1", 1, 0.0), 0.82, TOL_ROUNDING);
    assert_true(tacro_population_is_own(s->input, TACRO_COV_ffm));
    assert_false(tacro_population_is_own(s->input, TACRO_COV_cyp3a5_carriers));
    assert_int_equal(tacro_population_cuts(s->input, 0, NULL), 2);
    assert_int_equal(tacro_population_cuts(s->input, 1, cut), 1);
    assert_true(cut[0] == 40.0);
    tacro_scenario_free(s);
    assert_int_equal(unlink(table), 0);
}

/* -- faults ------------------------------------------------------------------------ */

/* The patients are refused, with this among the notes. */
static void expect_fault(const char *patients, const char *message)
{
    char path[256];
    char text[2048];
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *s = NULL;
    bool is_found = false;
    write_text(test_path, model);
    fill(test_path, patients, text, sizeof text);
    write_file("derived_scenario.yaml", text, path);
    assert_int_equal(tacro_scenario_open(path, NULL, &notes, &s, &err), TACRO_EINPUT);
    for (size_t i = 0; i < notes.n; i++) {
        is_found = is_found || (notes.note[i].severity == TACRO_FAULT &&
                                strstr(notes.note[i].text, message) != NULL);
    }
    if (!is_found) {
        fail_msg("`%s` gave %zu notes, the first: %s", patients, notes.n,
                 notes.n > 0 ? notes.note[0].text : "");
    }
    tacro_notes_free(&notes);
    unlink(path);
}

#define BODY "n: 2, weight: 70 kg, height: 175 cm, sex: male, "
#define AZOLE "voriconazole: false, "
#define REST BODY AZOLE GENES

static void test_what_a_covariate_comes_from_must_be_given(void **state)
{
    (void)state;
    expect_fault("n: 2, weight: 70 kg, sex: male, " AZOLE GENES,
                 "patients.height: not given; x needs a value for ffm, which "
                 "comes from weight, height and sex: height is missing");
    expect_fault("n: 2, weight: 70 kg, sex: unknown, height: 175 cm, " AZOLE GENES,
                 "unknown; x needs a value for ffm, which comes from weight, "
                 "height and sex: sex is missing");
    expect_fault(BODY GENES,
                 "x needs a value for azole, which comes from voriconazole, "
                 "posaconazole and itraconazole: none is given");
    expect_fault(BODY AZOLE "cyp3a5_expresser: true",
                 "x needs a value for cyp3a5_carriers, which comes from "
                 "cyp3a5_expresser and donor_cyp3a5_expresser: donor_cyp3a5_expresser "
                 "is missing");
}

static void test_wrong_scales_are_refused_with_the_right_one(void **state)
{
    (void)state;
    expect_fault(REST "hematocrit: 33",
                 "33 is outside 0.1 to 0.65: a hematocrit is a fraction, 33 % is 0.33");
    expect_fault(REST "creatinine: 1.1 umol/L",
                 "creatinine: 1.1 umol/L is outside 20 to 2000 umol/L: 1.1 mg/dL is "
                 "97.2 umol/L");
    expect_fault(REST "creatinine: 1.1",
                 "creatinine: 1.1: unit missing, expected a creatinine level in umol/L "
                 "or mg/dL");
    expect_fault(REST "creatinine: 90 mg/dL", "is outside 20 to 2000 umol/L");
    expect_fault(REST "albumin: 3.5 g/L",
                 "albumin: 3.5 g/L is outside 10 to 60 g/L: 3.5 g/dL is 35 g/L");
    expect_fault(REST "albumin: 35 g/dL", "is outside 10 to 60 g/L");
    expect_fault(REST "albumin: 35", "albumin: 35: unit missing, expected an albumin");
    expect_fault(REST "albumin: {mean: 3.5 g/L, sd: 1 g/L}", "3.5 g/dL is 35 g/L");
    expect_fault(REST "voriconazole_level: 12 mg/L", "12 mg/L is outside 0 to 10 mg/L");
    expect_fault(REST "egfr: 300 mL/min", "300 mL/min is outside 1 to 250 mL/min");
    expect_fault(REST "egfr: 5 L/h",
                 "5 L/h is a clearance, expected a filtration rate");
    expect_fault(REST "prednisolone_cmax: 20000 nmol/L", "outside 0 to 10000 nmol/L");
    expect_fault(BODY AZOLE "donor_cyp3a5_expresser: true, cyp3a5_alleles: 0.5",
                 "cyp3a5_alleles: 0.5: expected 0, 1 or 2");
    expect_fault(BODY AZOLE
                 "donor_cyp3a5_expresser: true, cyp3a5_alleles: {mean: 1, sd: 0.5}",
                 "cyp3a5_alleles has no mean");
    expect_fault(BODY AZOLE "donor_cyp3a5_expresser: true, cyp3a5_alleles: "
                            "{probability: 20 %, value: 1.5}",
                 "1.5: expected 0, 1 or 2");
}

static void test_wrong_scales_of_a_table_are_refused(void **state)
{
    static const struct {
        const char *column;
        const char *value;
        const char *message;
    } row[] = {
        {"ALBUMIN", "3.5", "ALBUMIN: 3.5: expected 10 to 60 g/L: 3.5 g/dL is 35 g/L"},
        {"CREATININE", "1.1",
         "CREATININE: 1.1: expected 20 to 2000 umol/L: 1.1 mg/dL is 97.2 umol/L"},
        {"HCT", "33", "HCT: 33: expected a fraction from 0.1 to 0.65, 33 % is 0.33"},
        {"CYP3A5_ALLELES", "0.5",
         "CYP3A5_ALLELES: 0.5: expected 0 to 2, a whole number"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        char table[256];
        char text[256];
        char patients[512];
        snprintf(text, sizeof text, "ID,TIME,%s\n1,0,%s\n", row[i].column,
                 row[i].value);
        write_file("derived.csv", text, table);
        snprintf(patients, sizeof patients,
                 "file: %s, weight: 70 kg, height: 175 cm, sex: male, " AZOLE, table);
        expect_fault(patients, row[i].message);
        assert_int_equal(unlink(table), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_of_known_persons),
        cmocka_unit_test(test_flags_are_counted),
        cmocka_unit_test(test_derived_values_follow_weight_steps),
        cmocka_unit_test(test_derived_values_are_those_of_drawn_patients),
        cmocka_unit_test(test_derived_values_of_a_typical_patient_are_means),
        cmocka_unit_test(test_derived_values_follow_event_tables),
        cmocka_unit_test(test_what_a_covariate_comes_from_must_be_given),
        cmocka_unit_test(test_wrong_scales_are_refused_with_the_right_one),
        cmocka_unit_test(test_wrong_scales_of_a_table_are_refused),
    };
    return cmocka_run_group_tests_name("derived", tests, test_folder_make,
                                       test_folder_drop);
}
