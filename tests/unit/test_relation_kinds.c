/** Relations of each kind as a params file has them, and what is wrong with others. */
#include "input/relation_kinds.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "input/relations.h"
#include "run/relation_text.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define HEAD                                                                           \
    "name: x\nkind: pk\ntitle: t\npopulation: p\n"                                     \
    "source: {author: A, year: 2020, doi: 10.1, table: t}\n"                           \
    "parts: [first_order, first_order@LCP, 1cmt]\n"                                    \
    "trough_to_mean: {value: 0.78, mark: C, from: f}\n"                                \
    "theta:\n"                                                                         \
    "  F1: {value: 1, mark: P, from: f}\n"                                             \
    "  KA: {value: 1 1/h, mark: P, from: f}\n"                                         \
    "  KA_LCP: {value: 1 1/h, mark: P, from: f}\n"                                     \
    "  FREL_LCP: {value: 1, mark: P, from: f}\n"                                       \
    "  CL: {value: 20 L/h, mark: P, from: f}\n"                                        \
    "  V1: {value: 220 L, mark: P, from: f}\n"                                         \
    "covariates:\n"

#define LINE 16 /* of the first relation */

static const char good[] = HEAD
    "  - {parameter: CL, covariate: prednisolone, kind: emax, max: -0.67, half: 35 "
    "mg/day, mark: P, from: f}\n";

static struct tacro_paramset *read_one(const char *relation)
{
    char text[4096];
    snprintf(text, sizeof text, HEAD "  - {%s, mark: P, from: f}\n", relation);
    return test_params_good(text, TACRO_SET_PK);
}

/* A relation, what is read of it, and its words. */
static const struct {
    const char *relation;
    enum tacro_covariate_id covariate;
    enum tacro_relation_kind kind;
    double coefficient;
    double ref; /* EMAX: half */
    const char *unit;
    const char *text;
} kinds[] = {
    {"parameter: F1, covariate: prednisolone, kind: emax, max: -0.67, ci: "
     "-0.89--0.41, half: 35 mg/day",
     TACRO_COV_prednisolone, TACRO_RELATION_EMAX, -0.67, 35.0, "1",
     "* (1 - 0.67 prednisolone / (35 mg/day + prednisolone))"},
    {"parameter: CL, covariate: pod, kind: emax, max: 1, half: 3.81, hill: 2.54",
     TACRO_COV_POD, TACRO_RELATION_EMAX, 1.0, 3.81, "1",
     "* (1 + pod^2.54 / (3.81^2.54 + pod^2.54))"},
    {"parameter: CL, covariate: hematocrit, kind: linear, slope: -1.01, ref: 0.33",
     TACRO_COV_hematocrit, TACRO_RELATION_LINEAR, -1.01, 0.33, "1",
     "* (1 - 1.01 (hematocrit - 0.33))"},
    {"parameter: CL, covariate: pod, kind: linear, slope: -0.0021, ref: 22.7, "
     "clip: 1-180",
     TACRO_COV_POD, TACRO_RELATION_LINEAR, -0.0021, 22.7, "1",
     "* (1 - 0.0021 (pod within 1 to 180 - 22.7))"},
    {"parameter: V1, covariate: prednisolone_cmax, kind: linear, slope: -0.0028 "
     "1/(nmol/L), ref: 155.5 nmol/L, clip: 0-500 nmol/L",
     TACRO_COV_prednisolone_cmax, TACRO_RELATION_LINEAR, -0.0028, 155.5, "1/(nmol/L)",
     "* (1 - 0.0028 (prednisolone_cmax within 0 to 500 nmol/L - 155.5 nmol/L))"},
    {"parameter: CL, covariate: azole, is: true, kind: eta, cv: 89.5 %",
     TACRO_COV_azole, TACRO_RELATION_ETA, 0.7670436, 0.0, "1",
     "IIV 89.5 % if [azole: true]"},
    {"parameter: CL, covariate: first_day, kind: eta, log_sd: 0.5", TACRO_COV_first_day,
     TACRO_RELATION_ETA, 0.5, 0.0, "1", "IIV log sd 0.5 if first_day"},
    {"parameter: CL, covariate: pod, above: 7, kind: eta, variance: 0.09",
     TACRO_COV_POD, TACRO_RELATION_ETA, 0.3, 0.0, "1", "IIV omega^2 0.09 if [pod > 7]"},
    {"parameter: CL, covariate: pod, at_least: 28, kind: factor, factor: 0.5",
     TACRO_COV_POD, TACRO_RELATION_FACTOR, -0.6931472, 0.0, "1",
     "* 0.5 if [pod >= 28]"},
    {"parameter: CL, covariate: cyp3a5_alleles, is: 2, kind: exponential, "
     "coefficient: 1.00",
     TACRO_COV_cyp3a5_alleles, TACRO_RELATION_EXPONENTIAL, 1.0, 0.0, "1",
     "* exp(1 [cyp3a5_alleles: 2])"},
    {"parameter: F1, covariate: dose, kind: exponential, coefficient: -0.3 1/mg, "
     "ref: 2 mg",
     TACRO_COV_dose, TACRO_RELATION_EXPONENTIAL, -0.3, 2.0, "1/mg",
     "* exp(-0.3 (dose - 2 mg))"},
    {"parameter: FREL_LCP, covariate: dose, kind: power, exponent: -0.1, ref: 4 "
     "mg, clip: 1-9 mg",
     TACRO_COV_dose, TACRO_RELATION_POWER, -0.1, 4.0, "1",
     "* (dose within 1 to 9 mg / 4 mg)^-0.1"},
    {"parameter: CL, covariate: albumin, kind: exponential, coefficient: -0.02 "
     "1/(g/L), ref: 40 g/L",
     TACRO_COV_albumin, TACRO_RELATION_EXPONENTIAL, -0.02, 40.0, "1/(g/L)",
     "* exp(-0.02 (albumin - 40 g/L))"},
    {"parameter: CL, covariate: ffm, kind: power, exponent: 0.75, ref: 60 kg",
     TACRO_COV_ffm, TACRO_RELATION_POWER, 0.75, 60.0, "1", "* (ffm / 60 kg)^0.75"},
    {"parameter: CL, covariate: azole, kind: factor, factor: 0.2, offset: 7 d",
     TACRO_COV_azole, TACRO_RELATION_FACTOR, -1.6094379, 0.0, "1",
     "* 0.2 if azole, begins 0 h, ends 168 h later"},
    {"parameter: CL, covariate: caspofungin, kind: factor, factor: 1.2, route: iv",
     TACRO_COV_caspofungin, TACRO_RELATION_FACTOR, 0.1823216, 0.0, "1",
     "* 1.2 if caspofungin, of doses into a vein"},
};

static void test_each_kind_is_read_and_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct tacro_paramset *set = read_one(kinds[i].relation);
        const struct tacro_relation *r = &set->relation[0];
        char text[TACRO_RELATION_TEXT];
        assert_int_equal(set->nrelations, 1);
        assert_int_equal(r->covariate, kinds[i].covariate);
        assert_int_equal(r->kind, kinds[i].kind);
        test_check_close(kinds[i].relation, r->coefficient, kinds[i].coefficient, 1e-5);
        assert_true((r->kind == TACRO_RELATION_EMAX ? r->half : r->ref) ==
                    kinds[i].ref);
        assert_string_equal(tacro_relation_unit(r), kinds[i].unit);
        tacro_relation_text(set, r, text, sizeof text);
        assert_string_equal(text, kinds[i].text);
        tacro_paramset_free(set);
    }
}

static const struct test_bad_params refused[] = {
    {"max: -0.67, ", "", LINE, "covariates[0]: expected `max` and `half`"},
    {", half: 35 mg/day", "", LINE, "covariates[0]: expected `max` and `half`"},
    {"half: 35 mg/day", "half: 35", LINE, "half: 35: unit missing, expected a dail"},
    {"half: 35 mg/day", "half: 0 mg/day", LINE, "half: 0 mg/day is not above 0"},
    {"half: 35 mg/day", "half: 35 mg/day, hill: 0", LINE, "hill: 0 is not above 0"},
    {"half: 35 mg/day", "half: 35 mg/day, ref: 1 mg/day", LINE,
     "ref: a relation of kind emax has no `ref`"},
    {"max: -0.67", "max: -1.2", LINE, "max: -1.2 is outside -1 to 100"},
    {"max: -0.67, half: 35", "max: -1, half: 1", LINE, "the factor is not above 0.01"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "kind: linear, slope: -0.01 1/(mg/day), ref: 10 mg/day", LINE,
     "covariates[0]: at prednisolone 1000 mg/day the factor is not above 0.01, "
     "expected `clip` to a range in which it is"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "kind: linear, slope: -0.01 1/(mg/day), ref: 10 mg/day, clip: 0-200 mg/day", LINE,
     "at prednisolone 200 mg/day the factor is not above"},
    {"kind: emax, max: -0.67, half: 35 mg/day", "kind: linear, ref: 10 mg/day", LINE,
     "covariates[0]: expected `slope` and `ref`"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "kind: linear, slope: -0.01, ref: 10 mg/day", LINE,
     "slope: -0.01: unit missing, expected a change per daily dose in 1/(mg/day)"},
    {"kind: emax, max: -0.67, half: 35 mg/day", "kind: eta, cv: 30 %", LINE,
     "prednisolone is no flag, expected `at_least`, `above` or `is`"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "above: 25 mg/day, kind: eta, cv: 30 %, log_sd: 0.3", LINE,
     "expected one of `cv`, `log_sd` and `variance`"},
    {"kind: emax, max: -0.67, half: 35 mg/day", "above: 25 mg/day, kind: eta", LINE,
     "expected one of `cv`, `log_sd` and `variance`"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "above: 25 mg/day, kind: eta, variance: 0", LINE, "variance: 0 is not > 0"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "above: 25 mg/day, at_least: 3 mg/day, kind: factor, factor: 2", LINE,
     "above: expected no `at_least` beside it"},
    {"kind: emax, max: -0.67, half: 35 mg/day",
     "above: 25 mg/day, is: 3 mg/day, kind: factor, factor: 2", LINE,
     "is: expected no `above` beside it"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, kind: emax, max: -0.67, half: 1", LINE,
     "covariates[0]: azole has no maximum, expected the kind factor"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, is: yes please, kind: factor, factor: 2", LINE, "is: yes"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, kind: factor, factor: 2, delay: 1 h, onset: 2 h", LINE,
     "delay: expected no `onset` or `offset` beside it, it is both"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, kind: factor, factor: 2, offset: -1 h", LINE,
     "offset: -1 h is outside 0 to 8760 h"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, kind: factor, factor: 2, route: nasal", LINE,
     "route: nasal: expected oral or iv"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, kind: power, exponent: 1, ref: 1", LINE,
     "azole has no power, expected the kind factor"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: pod, at_least: 3, kind: factor, factor: 2, days: {to: 3}", LINE,
     "days: pod is the day itself, expected `at_least`, `above` or `is`"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: dose, kind: linear, slope: 0.01 1/mg, ref: 2 mg", LINE,
     "parameter: CL: the dose acts on F1 and FREL_<formulation> alone"},
    {"parameter: CL, covariate: prednisolone, kind: emax, max: -0.67, half: 35 "
     "mg/day",
     "parameter: F1, covariate: dose, at_least: 2 mg, kind: factor, factor: 2", LINE,
     "kind: expected exponential, power or linear for the dose"},
    {"parameter: CL, covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "parameter: F1, covariate: dose, kind: exponential, coefficient: -0.3 1/mg, ref: "
     "2 mg, route: iv",
     LINE, "route: the dose of F1 and FREL_<formulation> is by mouth"},
    {"covariate: prednisolone", "covariate: prednisolon", LINE,
     "prednisolon: unknown covariate, did you mean `prednisolone`?"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, is: true, kind: eta, cv: 30 %, mark: P, from: f}\n  - "
     "{parameter: CL, covariate: azole, kind: eta, cv: 20 %",
     LINE + 1, "azole on CL is given twice, first in line 16"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: azole, is: true, kind: eta, cv: 30 %, mark: P, from: f}\n  - "
     "{parameter: CL, covariate: azole, is: false, kind: eta, cv: 20 %, offset: 7 "
     "d",
     LINE + 1, "azole on CL is given twice, first in line 16"},
    {"covariate: prednisolone, kind: emax, max: -0.67, half: 35 mg/day",
     "covariate: pod, at_least: 3, kind: factor, factor: 2, mark: P, from: f}\n  - "
     "{parameter: CL, covariate: pod, is: 3, kind: factor, factor: 2",
     LINE + 1, "pod on CL is given twice, first in line 16"},
};

static void test_bad_relations_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(good, TACRO_SET_PK, refused, COUNT(refused));
}

/* A random effect beside a factor; levels, windows and routes that do not meet. */
static void test_relations_that_never_meet_stand_beside_each_other(void **state)
{
    static const struct {
        const char *pair;
        const char *name[2];
    } row[] = {
        {"parameter: CL, covariate: azole, is: true, kind: eta, cv: 89.5 %, mark: P, "
         "from: f}\n  - {parameter: CL, covariate: azole, is: false, kind: eta, cv: "
         "61 %",
         {"CL:azole:true:eta", "CL:azole:false:eta"}},
        {"parameter: CL, covariate: azole, kind: factor, factor: 0.2, mark: P, "
         "from: f}\n  - {parameter: CL, covariate: azole, kind: eta, cv: 61 %",
         {"CL:azole", "CL:azole:eta"}},
        {"parameter: CL, covariate: bilateral, kind: factor, factor: 0.5, days: {to: "
         "3}, mark: P, from: f}\n  - {parameter: CL, covariate: bilateral, kind: "
         "factor, factor: 0.8, days: {from: 4}",
         {"CL:bilateral:days_1_3", "CL:bilateral:days_4_on"}},
        {"parameter: CL, covariate: diarrhea, kind: factor, factor: 0.5, route: oral, "
         "mark: P, from: f}\n  - {parameter: CL, covariate: diarrhea, kind: factor, "
         "factor: 0.8, route: iv",
         {"CL:diarrhea:oral", "CL:diarrhea:iv"}},
        {"parameter: CL, covariate: pod, above: 3, kind: factor, factor: 2, mark: P, "
         "from: f}\n  - {parameter: CL, covariate: pod, is: 3, kind: factor, factor: 3",
         {"CL:pod", "CL:pod:3"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct tacro_paramset *set = read_one(row[i].pair);
        assert_int_equal(set->nrelations, 2);
        for (size_t k = 0; k < 2; k++) {
            char name[TACRO_RELATION_NAME];
            tacro_relation_name(set, &set->relation[k], name, sizeof name);
            assert_string_equal(name, row[i].name[k]);
        }
        tacro_paramset_free(set);
    }
}

/* pk-models.md 2.2 and 2.5; where a draw leaves it, a factor is never 0 or below. */
static void test_factors_are_the_published_ones(void **state)
{
    static const double dose[] = {10.0, 20.0, 40.0, 80.0};
    static const char *const storset[] = {"0.851", "0.756", "0.643", "0.534"};
    static const double day[] = {1.0, 3.81, 10.0, 100.0};
    static const char *const antignac[] = {"1.869", "2.715", "3.476", "3.620"};
    const struct tacro_relation steroid = {
        .kind = TACRO_RELATION_EMAX, .half = 35.0, .hill = 1.0};
    const struct tacro_relation late = {
        .kind = TACRO_RELATION_EMAX, .half = 3.81, .hill = 2.54};
    const struct tacro_relation line = {.kind = TACRO_RELATION_LINEAR, .ref = 0.33};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        test_check_printed("F1", storset[i],
                           tacro_relation_factor(&steroid, -0.67, dose[i]));
        test_check_printed("CL", antignac[i],
                           1.81 * tacro_relation_factor(&late, 1.0, day[i]));
    }
    assert_true(tacro_relation_factor(&late, 1.0, 0.0) == 1.0);
    test_check_close("Bergmann", tacro_relation_factor(&line, -1.01, 0.28), 1.0505,
                     1e-14);
    assert_true(tacro_relation_factor(&line, 10.0, 0.1) == TACRO_LEAST_FACTOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_is_read_and_told),
        cmocka_unit_test(test_bad_relations_are_refused_at_their_place),
        cmocka_unit_test(test_relations_that_never_meet_stand_beside_each_other),
        cmocka_unit_test(test_factors_are_the_published_ones),
    };
    return cmocka_run_group_tests_name("relation_kinds", tests, test_folder_make,
                                       test_folder_drop);
}
