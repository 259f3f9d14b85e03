/** What a params file says of uncertainty: laws, levels, anchor, `after`, draws. */
#include "input/anchor.h"
#include "input/uncertain.h"

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

#include "tests/support/check.h"
#include "tests/support/draw_table.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define PARAMS TACRO_SOURCE_DIR "/params"
#define COUNT(array) (sizeof(array) / sizeof *(array))

#define HEAD                                                                           \
    "name: x\nkind: risk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 - 5 */  \
    "parts: [pres]\noutcome: pres\nendpoint: e\n"                         /* 6 - 8 */
#define ANCHOR                                                                         \
    "anchor: {incidence: 1.3 %, uncertainty: {logit_sd: 0.55}, within: 365 d, "        \
    "solves: H0, mark: C, from: f}\n" /* 9 */
#define THETA                                                                          \
    "theta:\n"                                    /* 10 */                             \
    "  KE0: {half_life: 6 h, mark: P, from: f}\n" /* 11 */                             \
    "  KE: {half_life: 12 h, uncertainty: {log_sd: 0.6}, mark: P, from: f}\n"          \
    "  G: {value: 1.8, uncertainty: {log_sd: 0.5, min: 0.3, max: 6}, mark: P, "        \
    "from: f}\n" /* 13 */                                                              \
    "  EC50: {value: 30 ng/mL, uncertainty: {sd: 3 ng/mL, min: 1 ng/mL}, mark: P, "    \
    "from: f}\n"                                                             /* 14 */  \
    "  CREF: {value: 15 ng/mL, ci: 10-20 ng/mL, mark: P, from: f}\n"         /* 15 */  \
    "  H0: {value: 1.6e-4 1/d, mark: P, from: f}\n"                          /* 16 */  \
    "  M_ORG: {value: 1, mark: P, from: f}\n"                                /* 17 */  \
    "  TAUP: {value: 14 d, mark: P, from: f}\n"                              /* 18 */  \
    "  WP: {value: 0.012, uncertainty: {logit_sd: 0.4}, mark: P, from: f}\n" /* 19 */
#define COVARIATES                                                                     \
    "covariates:\n" /* 20 */                                                           \
    "  - {parameter: H0, covariate: age, kind: exponential, coefficient: -0.05 1/y, "  \
    "ref: 50 y, uncertainty: {sd: 0.02 1/y}, mark: P, from: f}\n" /* 21 */             \
    "  - {parameter: M_ORG, covariate: organ, is: liver, kind: factor, factor: 0.72, " \
    "uncertainty: {log_sd: 0.4, min: 0.1}, mark: P, from: f}\n" /* 22 */               \
    "  - {parameter: M_ORG, covariate: organ, is: heart, kind: factor, factor: 2, "    \
    "uncertainty: {sd: 0.4}, mark: P, from: f}\n" /* 23 */                             \
    "  - {parameter: WP, covariate: induction, is: basiliximab, kind: exponential, "   \
    "coefficient: -0.3, replaces: true, uncertainty: {sd: 0.35}, mark: P, from: f}\n"
#define REFERENCE                                                                      \
    "reference:\n"                                      /* 25 */                       \
    "  age: {mean: 50 y, sd: 13 y, mark: P, from: f}\n" /* 26 */                       \
    "  organ: {value: lung, mark: P, from: f}\n"        /* 27 */                       \
    "  induction: {value: none, mark: P, from: f}\n"    /* 28 */                       \
    "  cystic_fibrosis: {probability: 24 %, absent_with: connective_tissue_disease, "  \
    "mark: P, from: f}\n" /* 29 */
#define AFTER                                                                          \
    "after:\n" /* 30 */                                                                \
    "  RECURRENCE: {value: 3, uncertainty: {log_sd: 0.7}, mark: P, from: f}\n"         \
    "  RECOVERY: {value: 5 d, uncertainty: {log_sd: 0.25}, mark: P, from: f}\n"        \
    "  RECOVERY_SD: {value: 0.9, mark: P, from: f}\n" /* 33 */                         \
    "  EXPOSURE_SLOPE: {value: 0.3, uncertainty: {sd: 0.3, min: 0, outside: "          \
    "truncate}, mark: P, from: f}\n"                       /* 34 */                    \
    "  EXPOSURE_FREE: {value: 0.3, mark: P, from: f}\n"    /* 35 */                    \
    "  EXPOSURE_WINDOW: {value: 72 h, mark: P, from: f}\n" /* 36 */                    \
    "  IMAGING: {value: 0.712, uncertainty: {alpha: 18.5, beta: 7.5}, mark: P, "       \
    "from: f}\n"                                         /* 37 */                      \
    "  IMAGING_TIME: {value: 28 d, mark: P, from: f}\n"  /* 38 */                      \
    "  IMAGING_SD: {value: 0.6, mark: P, from: f}\n"     /* 39 */                      \
    "  UNFAVOURABLE: {value: -2.52, mark: P, from: f}\n" /* 40 */                      \
    "  UNFAVOURABLE_COMA: {value: 1.19, uncertainty: {sd: 0.6}, mark: P, from: f}\n"   \
    "  UNFAVOURABLE_SEPSIS: {value: 1.75, mark: P, from: f}\n" /* 42 */                \
    "  UNFAVOURABLE_AKI: {value: 1.15, mark: P, from: f}\n"    /* 43 */                \
    "  MORTALITY: {value: 0.0625, uncertainty: {alpha: 5, beta: 75}, mark: P, "        \
    "from: f}\n" /* 44 */

static const char risk_text[] = HEAD ANCHOR THETA COVARIATES REFERENCE AFTER;

/* The names and numbers of the file above, in the order of draws.h. */
static const struct {
    const char *name;
    enum tacro_uncertain_kind kind;
    const char *unit;
    double value;
    const char *words;
} numbers[] = {
    {"KE", TACRO_UNCERTAIN_THETA, "1/h", 0.057762265046662105, "log sd 0.6"},
    {"G", TACRO_UNCERTAIN_THETA, "1", 1.8, "log sd 0.5, 0.3 to 6"},
    {"EC50", TACRO_UNCERTAIN_THETA, "ng/mL", 30.0, "sd 3 ng/mL, at least 1 ng/mL"},
    {"WP", TACRO_UNCERTAIN_THETA, "1", 0.012, "logit sd 0.4"},
    {"H0:age", TACRO_UNCERTAIN_COEFFICIENT, "1/y", -0.05, "sd 0.02 1/y"},
    {"M_ORG:organ:liver", TACRO_UNCERTAIN_COEFFICIENT, "1", -0.3285040669720361,
     "log sd 0.4, at least 0.1"},
    {"M_ORG:organ:heart", TACRO_UNCERTAIN_COEFFICIENT, "1", 0.6931471805599453,
     "log sd 0.4"},
    {"WP:induction:basiliximab", TACRO_UNCERTAIN_COEFFICIENT, "1", -0.3, "sd 0.35"},
    {"after.RECURRENCE", TACRO_UNCERTAIN_AFTER, "1", 3.0, "log sd 0.7"},
    {"after.RECOVERY", TACRO_UNCERTAIN_AFTER, "h", 120.0, "log sd 0.25"},
    {"after.EXPOSURE_SLOPE", TACRO_UNCERTAIN_AFTER, "1", 0.3, "sd 0.3, truncated at 0"},
    {"after.IMAGING", TACRO_UNCERTAIN_AFTER, "1", 0.712, "Beta(18.5, 7.5)"},
    {"after.UNFAVOURABLE_COMA", TACRO_UNCERTAIN_AFTER, "1", 1.19, "sd 0.6"},
    {"after.MORTALITY", TACRO_UNCERTAIN_AFTER, "1", 0.0625, "Beta(5, 75)"},
    {"incidence", TACRO_UNCERTAIN_INCIDENCE, "1", 0.013, "logit sd 0.55"},
    {"H0", TACRO_UNCERTAIN_SOLVED, "1/h", 1.6e-4 / 24.0, ""},
};

static void test_uncertain_numbers_are_listed_by_name(void **state)
{
    struct tacro_paramset *set = test_params_good(risk_text, TACRO_SET_RISK);
    (void)state;
    assert_int_equal(set->nuncertain, COUNT(numbers));
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const struct tacro_uncertain *u = &set->uncertain[i];
        assert_string_equal(u->name, numbers[i].name);
        assert_int_equal(u->kind, numbers[i].kind);
        assert_string_equal(u->unit, numbers[i].unit);
        test_check_close(u->name, u->value, numbers[i].value, 1e-14);
        assert_string_equal(u->uncertainty->text, numbers[i].words);
    }
    assert_int_equal(set->uncertain[15].uncertainty->law, TACRO_LAW_NONE);
    tacro_paramset_free(set);
}

static void test_uncertain_laws_and_limits_are_as_written(void **state)
{
    struct tacro_paramset *set = test_params_good(risk_text, TACRO_SET_RISK);
    const struct tacro_uncertain *u = set->uncertain;
    (void)state;
    assert_int_equal(u[1].uncertainty->law, TACRO_LAW_LOG);
    assert_true(u[1].uncertainty->min == 0.3 && u[1].uncertainty->max == 6.0);
    assert_int_equal(u[2].uncertainty->law, TACRO_LAW_NORMAL);
    assert_true(u[2].uncertainty->sd == 3.0 && isinf(u[2].uncertainty->max));
    assert_int_equal(u[5].uncertainty->law, TACRO_LAW_NORMAL); /* of the logarithm */
    assert_true(u[5].uncertainty->sd == 0.4);
    test_check_close("min", u[5].uncertainty->min, log(0.1), 1e-14);
    assert_int_equal(u[6].uncertainty->law, TACRO_LAW_NORMAL);
    assert_true(u[6].uncertainty->sd == 0.4);
    assert_int_equal(u[10].uncertainty->law, TACRO_LAW_TRUNCATED);
    assert_true(u[10].uncertainty->min == 0.0);
    assert_true(u[11].uncertainty->alpha == 18.5 && u[11].uncertainty->beta == 7.5);
    /* an interval of a risk file only documents */
    assert_int_equal(set->theta[tacro_paramset_theta(set, "CREF")].uncertainty.law,
                     TACRO_LAW_NONE);
    tacro_paramset_free(set);
}

static void test_levels_anchor_and_defaults_are_as_written(void **state)
{
    struct tacro_paramset *set = test_params_good(risk_text, TACRO_SET_RISK);
    (void)state;
    assert_true(set->relation[1].is_level && set->relation[1].level == 2.0);
    assert_true(set->relation[2].is_level && set->relation[2].level == 3.0);
    assert_false(set->relation[1].replaces || set->relation[1].is_indicator);
    assert_true(set->relation[3].replaces && set->relation[3].level == 1.0);
    assert_true(set->anchor.is_given);
    test_check_close("incidence", set->anchor.incidence.value, 0.013, 1e-15);
    assert_true(set->anchor.within == 8760.0);
    assert_string_equal(set->theta[set->anchor.solves].name, "H0");
    const struct tacro_covariate *organ = &set->reference[TACRO_COV_organ];
    assert_int_equal(organ->distribution, TACRO_STEPS);
    assert_true(organ->n == 1 && organ->step[0].value == 0.0);
    const struct tacro_covariate *cf = &set->reference[TACRO_COV_cystic_fibrosis];
    assert_true(cf->has_absent_with);
    assert_int_equal(cf->absent_with, TACRO_COV_connective_tissue_disease);
    assert_false(set->reference[TACRO_COV_age].has_absent_with);
    assert_true(set->after[TACRO_AFTER_EXPOSURE_WINDOW].value == 72.0);
    assert_string_equal(set->after[TACRO_AFTER_RECOVERY].text, "5 d");
    tacro_paramset_free(set);
}

static void test_risk_file_without_anchor_and_after_has_none(void **state)
{
    struct tacro_paramset *set =
        test_params_good(HEAD THETA COVARIATES REFERENCE, TACRO_SET_RISK);
    (void)state;
    assert_false(set->anchor.is_given);
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        assert_null(set->after[i].text);
    }
    assert_string_equal(set->uncertain[set->nuncertain - 1].name,
                        "WP:induction:basiliximab");
    tacro_paramset_free(set);
}

static const struct test_bad_params bad_risk[] = {
    {"incidence: 1.3 %, ", "", 9, "anchor.incidence: missing"},
    {"1.3 %", "130 %", 9, "anchor.incidence: 130 % (1.3) is outside 0 to 1"},
    {"1.3 %", "0 %", 9, "anchor.incidence: 0 % is not above 0"},
    {"1.3 %", "100 %", 9, "anchor.incidence: 100 % is not below 1"},
    {"{logit_sd: 0.55}", "{sd: 0.5}", 9,
     "anchor.uncertainty: draws may be no fraction"},
    {"{logit_sd: 0.55}", "{logit_sd: 0}", 9, "logit_sd: 0 is not above 0"},
    {"{logit_sd: 0.55}", "0.55", 9, "anchor.uncertainty: expected a map"},
    {"365 d", "365", 9, "anchor.within: 365: unit missing"},
    {"solves: H0", "solves: H1", 9, "anchor.solves: H1: `theta` has no parameter"},
    {"solves: H0", "solves: G", 9,
     "anchor.solves: G is solved, expected no `uncertainty` of its own in line 13"},
    {"solves: H0, ", "solve: H0, ", 9, "anchor.solve: unknown key, did you mean `solv"},
    {"anchor: {", "anchor: 1.3 %\nafter: {", 9, "anchor: expected a map"},
    {"{log_sd: 0.6}", "{sd: 1 h}", 12, "expected `log_sd` alone beside `half_life`"},
    {"{log_sd: 0.6}", "{log_sd: 0.6, min: 1 h}", 12,
     "expected `log_sd` alone beside `half_life`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{}", 13,
     "G.uncertainty: expected one of `sd`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{log_sd: 0.5, sd: 1}", 13,
     "theta.G.uncertainty: expected one of `sd`, `log_sd`, `logit_sd`, or `alpha`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{alpha: 2}", 13, "or `alpha` and `beta`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{beta: 2}", 13, "or `alpha` and `beta`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{alpha: 2, beta: 2}", 13,
     "alpha, beta: the value 1.8 is no fraction"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{logit_sd: 0.5}", 13,
     "logit_sd: the value 1.8 is not between 0 and 1"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{log_sd: 6}", 13, "6 is outside 0 to 5"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{log_sd: 0.5, min: 2}", 13,
     "the value 1.8 is not within `min` and `max`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{log_sd: 0.5, max: 1}", 13,
     "the value 1.8 is not within `min` and `max`"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{log_sd: 0.5, min: 1, outside: truncate}", 13,
     "outside: truncate: expected with `sd` alone"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{log_sd: 0.5, outside: redraw}", 13,
     "redraw: expected clip or truncate"},
    {"{log_sd: 0.5, min: 0.3, max: 6}", "{logsd: 0.5}", 13,
     "logsd: unknown key, did you mean `log_sd`?"},
    {"{sd: 3 ng/mL, min: 1 ng/mL}", "{sd: 3, min: 1 ng/mL}", 14, "3: unit missing"},
    {"{sd: 3 ng/mL, min: 1 ng/mL}", "{sd: 3 ng/mL, min: 1 h}", 14, "1 h is a time"},
    {"{sd: 3 ng/mL, min: 1 ng/mL}", "{sd: 3 ng/mL}", 14,
     "theta.EC50.uncertainty: draws may be at or below 0, expected `min` or"},
    {"{sd: 3 ng/mL, min: 1 ng/mL}", "{sd: 3 ng/mL, min: 0 ng/mL}", 14,
     "theta.EC50.uncertainty: draws may be at or below 0, expected `min` or"},
    {"{sd: 0.02 1/y}", "{sd: 0.02}", 21, "0.02: unit missing"},
    {"{value: 72 h,", "{value: 72 h, uncertainty: {log_sd: 0.2},", 36,
     "after.EXPOSURE_WINDOW.uncertainty: the window is the same in all draws"},
    {"{sd: 0.02 1/y}", "{log_sd: 0.02}", 21, "log_sd: the value -0.05 is not above 0"},
    {"coefficient: -0.05 1/y, ref: 50 y, uncertainty: {sd: 0.02 1/y}",
     "at_least: 50 y, coefficient: 0.5, uncertainty: {logit_sd: 0.02}", 21,
     "uncertainty: the number of a relation is no fraction, expected `sd`"},
    {"is: liver", "is: kidney", 22, "is: kidney: expected lung, any, liver or heart"},
    {"is: liver", "at_least: liver", 22, "at_least: expected `is: any`, or another"},
    {"is: liver", "is: liver, at_least: liver", 22, "is: expected no `at_least` bes"},
    {"is: liver", "is: heart", 23, "organ on M_ORG is given twice, first in line 22"},
    {"min: 0.1}", "min: -1}", 22, "expected `min` and `max` above 0, as the factor"},
    {"covariate: age, kind", "covariate: age, is: old, kind", 21,
     "is: old: not a number, expected an age"},
    {"replaces: true, uncertainty: {sd: 0.35}", "replaces: true", 24,
     "replaces: expected `uncertainty` beside it"},
    {"replaces: true", "replaces: 1", 24, "1: expected true or false"},
    {"value: lung", "value: kidney", 27, "kidney: expected lung, any, liver or heart"},
    {"value: lung", "value: unknown", 27, "value: expected one value of organ"},
    {"{value: lung", "{value: lung, sd: 3", 27, "reference.organ.sd: unknown key"},
    {"{mean: 50 y, sd: 13 y", "{value: 50 y", 26, "age is a number, expected {mean:"},
    {"absent_with: connective_tissue_disease", "absent_with: age", 29,
     "absent_with: age: expected another flag"},
    {"absent_with: connective_tissue_disease", "absent_with: cystic_fibrosis", 29,
     "absent_with: cystic_fibrosis: expected another flag"},
    {"  RECOVERY_SD: {value: 0.9, mark: P, from: f}\n", "", 30,
     "after.RECOVERY_SD: missing"},
    {"  RECURRENCE:", "  RELAPSE:", 31, "after.RELAPSE: unknown key"},
    {"value: 3, uncertainty", "value: -3, uncertainty", 31, "-3 is outside 0 to"},
    {"value: 5 d", "value: 5", 32, "after.RECOVERY.value: 5: unit missing"},
    {"value: 5 d, uncertainty: {log_sd: 0.25}",
     "value: 5 d, uncertainty: {sd: 1 d, min: 0 d}", 32,
     "after.RECOVERY.uncertainty: draws may be below 0"},
    {"{value: 0.3, uncertainty: {sd: 0.3, min: 0, outside: truncate}",
     "{value: 0.3, uncertainty: {sd: 0.3}", 34,
     "after.EXPOSURE_SLOPE.uncertainty: draws may be below 0"},
    {"value: 0.712", "value: 1.712", 37, "1.712 is outside 0 to 1"},
    {"beta: 7.5", "beta: 0", 37, "beta: 0 is not above 0"},
    {"value: -2.52, mark: P", "value: -2.52", 40, "after.UNFAVOURABLE.mark: missing"},
    {"{value: 1.15, mark", "{value: 1.15, unit: 1, mark", 43, "unit: unknown key"},
};

static void test_wrong_uncertainty_is_refused_at_its_place(void **state)
{
    (void)state;
    test_params_expect_faults(risk_text, TACRO_SET_RISK, bad_risk, COUNT(bad_risk));
}

/* -- PK files ---------------------------------------------------------------------- */

static const char pk_text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 - 5 */
    "parts: [first_order, 1cmt]\n"                                      /* 6 */
    "theta:\n"                                                          /* 7 */
    "  CL: {value: 20 L/h, ci: 16-25 L/h, mark: P, from: f}\n"          /* 8 */
    "  V1: {value: 220 L, ci: 200-242 L, uncertainty: {log_sd: 0.2}, mark: P, from: "
    "f}\n"                                                    /* 9 */
    "  KA: {half_life: 1 h, ci: 0.5-2 h, mark: P, from: f}\n" /* 10 */
    "  F1: {value: 0.5, ci: 0.25-1, mark: P, from: f}\n"      /* 11 */
    "covariates:\n"                                           /* 12 */
    "  - {parameter: CL, covariate: weight, kind: power, exponent: 0.75, ref: 70 kg, "
    "ci: 0.5-1, mark: P, from: f}\n"; /* 13 */

/* ln(high / low) / (2 * 1.95996398454), of the half-life too */
static void test_pk_interval_is_that_of_a_law(void **state)
{
    static const struct {
        const char *name;
        enum tacro_law law;
        double sd;
        double max;
    } rows[] = {
        {"CL", TACRO_LAW_LOG, 0.11385084, INFINITY}, /* ln(25/16) = 0.4462871 */
        {"V1", TACRO_LAW_LOG, 0.2, INFINITY}, /* as given, whatever the interval */
        {"KA", TACRO_LAW_LOG, 0.35365302, INFINITY}, /* ln 4 = 1.3862944 */
        {"F1", TACRO_LAW_LOGIT, 0.56052677, 1.0}, /* ln 3 / 1.96 from the lower end */
        {"CL:weight", TACRO_LAW_NORMAL, 0.12755336, INFINITY}, /* 0.5 */
    };
    struct tacro_paramset *set = test_params_good(pk_text, TACRO_SET_PK);
    (void)state;
    assert_int_equal(set->nuncertain, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct tacro_uncertain *u = &set->uncertain[i];
        assert_string_equal(u->name, rows[i].name);
        assert_int_equal(u->uncertainty->law, rows[i].law);
        test_check_close(u->name, u->uncertainty->sd, rows[i].sd, 1e-7);
        assert_true(u->uncertainty->max == rows[i].max);
    }
    tacro_paramset_free(set);
}

static const struct test_bad_params bad_pk[] = {
    {"ci: 16-25 L/h", "ci: 0-25 L/h", 8, "0-25 L/h is not that of a log-normal"},
    {"ci: 16-25 L/h", "ci: 21-25 L/h", 8,
     "theta.CL.ci: 21-25 L/h does not contain 20 L/h"},
    {"uncertainty: {log_sd: 0.2}", "uncertainty: {sd: 20 L/h}", 9, "is a clearance"},
    {"ci: 0.25-1", "uncertainty: {sd: 0.1, min: 0.01}", 11,
     "draws may be below 0.02, expected `min`"},
    {"ci: 0.25-1", "uncertainty: {alpha: 2, beta: 2}", 11,
     "draws of a PK file are quantiles, expected `logit_sd`"},
    {"ci: 0.5-1", "uncertainty: {logit_sd: 0.1}", 13,
     "the number of a relation is no fraction, expected `sd`"},
    {"parts:", "anchor: {}\nparts:", 6, "anchor: unknown key"},
    {"parts:", "draws: x.csv\nparts:", 6, "draws: unknown key"},
    {"kind: power", "kind: power, replaces: true", 13, "kind power has no `replaces`"},
};

static void test_pk_wrong_uncertainty_is_refused(void **state)
{
    (void)state;
    test_params_expect_faults(pk_text, TACRO_SET_PK, bad_pk, COUNT(bad_pk));
}

/* -- draw tables ------------------------------------------------------------------- */

#define NAMES                                                                          \
    "draw,KE,G,EC50,WP,H0:age,M_ORG:organ:liver,M_ORG:organ:heart,"                    \
    "WP:induction:basiliximab,after.RECURRENCE,after.RECOVERY,after.EXPOSURE_SLOPE,"   \
    "after.IMAGING,after.UNFAVOURABLE_COMA,after.MORTALITY,incidence,H0"
#define ROW(draw) #draw ",1,2,3,0.4,5,6,7,8,9,10,1.1,0.12,13,0.14,0.15,16"
static const double row[] = {1, 2,  3,   0.4,  5,  6,    7,    8,
                             9, 10, 1.1, 0.12, 13, 0.14, 0.15, 16};

static void write_draws(char *path, size_t size, const char *outcome, const char *rows)
{
    snprintf(path, size, "%s/d.csv", test_folder);
    test_draw_table_write(path, outcome, rows);
}

static void test_draws_columns_are_found_by_name(void **state)
{
    char path[64];
    (void)state;
    write_draws(path, sizeof path, "pres", NAMES "\n" ROW(0) "\n" ROW(1) "\n");
    struct tacro_paramset *set = test_params_good(
        HEAD ANCHOR "draws: d.csv\n" THETA COVARIATES REFERENCE AFTER, TACRO_SET_RISK);
    assert_non_null(set->draws);
    assert_int_equal(set->draws->n, 2);
    for (size_t i = 0; i < set->nuncertain; i++) {
        assert_int_equal(set->uncertain[i].column, i);
        assert_true(tacro_draws_at(set->draws, set->uncertain[i].column, 1) == row[i]);
    }
    tacro_paramset_free(set);
    unlink(path);
}

static void test_draws_that_do_not_fit_the_file_are_refused(void **state)
{
    static const struct {
        const char *outcome;
        const char *rows;
        const char *message;
    } rows[] = {
        {"rejection", NAMES "\n" ROW(0) "\n", "d.csv is of rejection, expected pres"},
        {"pres", "draw,KE\n0,1\n", "d.csv has no column G, which is uncertain"},
        {"pres", "draw,KE\n0,1\n", "d.csv has no column H0, which is uncertain"},
        {"pres", NAMES ",CREF\n" ROW(0) ",1\n",
         "d.csv has a column CREF, but no uncertain number is so named"},
    };
    const char text[] = HEAD ANCHOR "draws: d.csv\n" THETA COVARIATES REFERENCE AFTER;
    struct test_bad_params bad = {"draws: d.csv", "draws: d.csv", 10, NULL};
    char path[64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_draws(path, sizeof path, rows[i].outcome, rows[i].rows);
        bad.message = rows[i].message;
        test_params_expect_faults(text, TACRO_SET_RISK, &bad, 1);
    }
    unlink(path);
    bad.message = "d.csv: no such file";
    test_params_expect_faults(text, TACRO_SET_RISK, &bad, 1);
}

/* The first row is good, the second and the third have the number in this column. */
static void test_draws_that_a_number_cannot_have_are_refused(void **state)
{
    static const struct {
        size_t column;
        const char *value;
        const char *message;
    } bad[] = {
        {0, "0", "KE: 0 of draw 1 is not above 0; 2 draws are"},
        {0, "-1", "KE: -1 of draw 1 is not above 0"},
        {1, "6.1", "G: 6.1 of draw 1 is outside 0.3 to 6"},
        {2, "0.9", "EC50: 0.9 of draw 1 is below 1"},
        {3, "1.85", "WP: 1.85 of draw 1 is outside 0 to 1; 2 draws are"},
        {10, "-0.1", "after.EXPOSURE_SLOPE: -0.1 of draw 1 is outside 0 to 10"},
        {13, "1.2", "after.MORTALITY: 1.2 of draw 1 is outside 0 to 1"},
        {14, "-0.2", "incidence: -0.2 of draw 1 is outside 0 to 1"},
        {15, "0", "H0: 0 of draw 1 is not above 0"},
    };
    char path[64];
    char params[80];
    (void)state;
    snprintf(params, sizeof params, "%s/x.yaml", test_folder);
    for (size_t i = 0; i < COUNT(bad); i++) {
        char rows[1024] = NAMES "\n" ROW(0) "\n";
        struct tacro_notes notes = {0};
        struct tacro_paramset *set = NULL;
        FILE *file = fopen(params, "w");
        assert_non_null(file);
        fputs(HEAD ANCHOR "draws: d.csv\n" THETA COVARIATES REFERENCE AFTER, file);
        assert_int_equal(fclose(file), 0);
        for (size_t draw = 1; draw <= 2; draw++) {
            size_t n = strlen(rows);
            n += (size_t)snprintf(rows + n, sizeof rows - n, "%zu", draw);
            for (size_t k = 0; k < COUNT(row); k++) {
                char plain[32];
                snprintf(plain, sizeof plain, "%g", row[k]);
                n += (size_t)snprintf(rows + n, sizeof rows - n, ",%s",
                                      k == bad[i].column ? bad[i].value : plain);
            }
            snprintf(rows + n, sizeof rows - n, "\n");
        }
        write_draws(path, sizeof path, "pres", rows);
        assert_int_equal(
            tacro_paramset_read(params, TACRO_SET_RISK, &notes, &set, NULL),
            TACRO_EINPUT);
        assert_int_equal(notes.nfaults, 1);
        if (strstr(notes.note[0].text, bad[i].message) == NULL) {
            fail_msg("%s, not %s", notes.note[0].text, bad[i].message);
        }
        assert_string_equal(notes.note[0].file, path);
        assert_int_equal(notes.note[0].line, 10); /* 7 of the head, names, draw 0 */
        tacro_notes_free(&notes);
    }
    unlink(params);
    unlink(path);
}

/* -- the shipped files ------------------------------------------------------------- */

static void expect_number(const struct tacro_paramset *set, const char *name,
                          enum tacro_law law, double sd)
{
    for (size_t i = 0; i < set->nuncertain; i++) {
        const struct tacro_uncertain *u = &set->uncertain[i];
        if (strcmp(u->name, name) == 0) {
            if (u->uncertainty->law != law || u->uncertainty->sd != sd) {
                fail_msg("%s: law %d, sd %g", name, (int)u->uncertainty->law,
                         u->uncertainty->sd);
            }
            return;
        }
    }
    fail_msg("%s is not uncertain", name);
}

static struct tacro_paramset *read_shipped(const char *path)
{
    struct tacro_notes notes = {0};
    struct tacro_paramset *set = NULL;
    assert_int_equal(tacro_paramset_read(path, TACRO_SET_RISK, &notes, &set, NULL),
                     TACRO_OK);
    assert_int_equal(notes.n, 0);
    return set;
}

/* risk-models.md 2.2 to 2.5 */
static void test_shipped_pres_has_the_laws_of_its_evidence(void **state)
{
    static const struct {
        const char *name;
        enum tacro_law law;
        double sd;
    } rows[] = {
        {"KE", TACRO_LAW_LOG, 0.6},
        {"G", TACRO_LAW_LOG, 0.5},
        {"TAUP", TACRO_LAW_LOG, 0.5},
        {"WP", TACRO_LAW_LOG, 0.4},
        {"H0:age", TACRO_LAW_NORMAL, 0.02},
        {"H0:sex", TACRO_LAW_NORMAL, 0.25},
        {"H0:map", TACRO_LAW_NORMAL, 0.012},
        {"H0:aki", TACRO_LAW_NORMAL, 0.3},
        {"H0:infection", TACRO_LAW_NORMAL, 0.4},
        {"H0:hypomagnesemia", TACRO_LAW_NORMAL, 0.4},
        {"H0:cystic_fibrosis", TACRO_LAW_NORMAL, 0.5},
        {"H0:connective_tissue_disease", TACRO_LAW_NORMAL, 0.5},
        {"H0:steroid_pulse", TACRO_LAW_NORMAL, 0.4},
        {"H0:ecmo", TACRO_LAW_NORMAL, 0.4},
        {"H0:intravenous", TACRO_LAW_NORMAL, 0.3},
        {"M_ORG:organ:any", TACRO_LAW_NORMAL, 0.4},
        {"M_ORG:organ:liver", TACRO_LAW_NORMAL, 0.4},
        {"M_ORG:organ:heart", TACRO_LAW_NORMAL, 0.4},
        {"after.RECURRENCE", TACRO_LAW_LOG, 0.7},
        {"after.RECOVERY", TACRO_LAW_LOG, 0.25},
        {"after.EXPOSURE_SLOPE", TACRO_LAW_TRUNCATED, 0.3},
        {"after.IMAGING", TACRO_LAW_BETA, 0.0},
        {"after.UNFAVOURABLE_COMA", TACRO_LAW_NORMAL, 0.6},
        {"after.UNFAVOURABLE_SEPSIS", TACRO_LAW_NORMAL, 0.6},
        {"after.UNFAVOURABLE_AKI", TACRO_LAW_NORMAL, 0.6},
        {"after.MORTALITY", TACRO_LAW_BETA, 0.0},
        {"incidence", TACRO_LAW_LOGIT, 0.55},
        {"H0", TACRO_LAW_NONE, 0.0},
    };
    struct tacro_paramset *set = read_shipped(PARAMS "/risk/pres_lung.yaml");
    (void)state;
    assert_int_equal(set->nuncertain, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        expect_number(set, rows[i].name, rows[i].law, rows[i].sd);
    }
    tacro_paramset_free(set);
}

/* risk-models.md 3 */
static void test_shipped_rejection_has_the_laws_of_its_evidence(void **state)
{
    static const struct {
        const char *name;
        enum tacro_law law;
        double sd;
    } rows[] = {
        {"KI", TACRO_LAW_LOG, 0.4},
        {"IMAX", TACRO_LAW_LOGIT, 0.35},
        {"IC50", TACRO_LAW_LOG, 0.3},
        {"GR", TACRO_LAW_LOG, 0.25},
        {"TAUR", TACRO_LAW_LOG, 0.3},
        {"WR", TACRO_LAW_LOG, 0.5},
        {"B", TACRO_LAW_LOG, 0.35},
        {"LAM:hla_mismatches", TACRO_LAW_NORMAL, 0.25},
        {"LAM:bilateral", TACRO_LAW_NORMAL, 0.2},
        {"B:induction:basiliximab", TACRO_LAW_NORMAL, 0.35},
        {"incidence", TACRO_LAW_LOGIT, 0.25},
        {"LAM", TACRO_LAW_NONE, 0.0},
    };
    struct tacro_paramset *set = read_shipped(PARAMS "/risk/rejection_lung.yaml");
    (void)state;
    assert_int_equal(set->nuncertain, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        expect_number(set, rows[i].name, rows[i].law, rows[i].sd);
    }
    assert_true(set->relation[set->nrelations - 1].replaces);
    tacro_paramset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uncertain_numbers_are_listed_by_name),
        cmocka_unit_test(test_uncertain_laws_and_limits_are_as_written),
        cmocka_unit_test(test_levels_anchor_and_defaults_are_as_written),
        cmocka_unit_test(test_risk_file_without_anchor_and_after_has_none),
        cmocka_unit_test(test_wrong_uncertainty_is_refused_at_its_place),
        cmocka_unit_test(test_pk_interval_is_that_of_a_law),
        cmocka_unit_test(test_pk_wrong_uncertainty_is_refused),
        cmocka_unit_test(test_draws_columns_are_found_by_name),
        cmocka_unit_test(test_draws_that_do_not_fit_the_file_are_refused),
        cmocka_unit_test(test_draws_that_a_number_cannot_have_are_refused),
        cmocka_unit_test(test_shipped_pres_has_the_laws_of_its_evidence),
        cmocka_unit_test(test_shipped_rejection_has_the_laws_of_its_evidence),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
