/**
 * Relations evaluated: published numbers, onset and offset, routes, doses, random
 * effects; lanes have the bits of single subjects.
 */
#include "solve/parameters.h"

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

#include "cohort/dosing.h"
#include "core/rng.h"
#include "input/relations.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/kernels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A product of a few rounded factors. */
#define TOL_ROUNDING 1e-13

#define TWICE "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"

/* A one-compartment model of CL 1.81 L/h with these relations. */
static struct tacro_scenario *open_with(const char *relations, const char *top,
                                        const char *patients, const char *regimens)
{
    char text[4096];
    FILE *file = fopen(test_path, "w");
    assert_non_null(file);
    fprintf(file,
            "name: x\nkind: pk\ntitle: t\npopulation: p\n"
            "source: {author: A, year: 2020, doi: 10.1, table: t}\n"
            "parts: [first_order, first_order@LCP, 1cmt]\n"
            "trough_to_mean: {value: 0.78, mark: C, from: f}\n"
            "theta:\n"
            "  F1: {value: 1, mark: P, from: f}\n"
            "  FABS: {value: 0.2, mark: P, from: f}\n"
            "  KA: {value: 1 1/h, mark: P, from: f}\n"
            "  KA_LCP: {value: 1 1/h, mark: P, from: f}\n"
            "  FREL_LCP: {value: 1, mark: P, from: f}\n"
            "  CL: {value: 1.81 L/h, mark: P, from: f}\n"
            "  V1: {value: 98.4 L, mark: P, from: f}\n"
            "omega: {CL: {log_sd: 0.2, mark: P, from: f}}\n"
            "covariates:\n%s",
            relations);
    assert_int_equal(fclose(file), 0);
    snprintf(text, sizeof text,
             "title: relations\npk: %s\nstart: {day: 0, clock: \"08:00\"}\n"
             "horizon: 20 d\nseed: 11\n%spatients: %s\nregimens:\n%s",
             test_path, top, patients, regimens);
    return test_scenario(text);
}

static size_t rule_of(const struct tacro_rules *rules, const char *name)
{
    size_t i = 0;
    while (i < rules->n && strcmp(rules->rule[i].theta->name, name) != 0) {
        i++;
    }
    assert_true(i < rules->n);
    return i;
}

static double value_at(const struct tacro_scenario *s, size_t regimen, uint64_t index,
                       const char *name, double t)
{
    const struct tacro_rules *rules = s->variant[s->arm[regimen].variant].rules;
    struct tacro_subject x;
    tacro_subject_draw(s->rules, index, &x);
    return tacro_subject_value(rules, rule_of(rules, name), &x, t, 0);
}

/* -- published numbers ------------------------------------------------------------- */

static const char antignac[] =
    "  - {parameter: CL, covariate: pod, kind: emax, max: 1, half: 3.81, hill: 2.54, "
    "mark: P, from: f}\n"
    "  - {parameter: CL, covariate: prednisolone, above: 25 mg/day, kind: factor, "
    "factor: 1.575, mark: P, from: f}\n"
    "  - {parameter: F1, covariate: prednisolone, kind: emax, max: -0.67, half: 35 "
    "mg/day, mark: P, from: f}\n";

static void test_emax_of_day_and_dose_follow_the_time(void **state)
{
    struct tacro_scenario *s = open_with(
        antignac, "",
        "{typical: true, prednisolone: [{from: 0 d, value: 80 mg/day}, {from: 5 d, "
        "value: 25 mg/day}, {from: 12 d, value: 10 mg/day}]}",
        TWICE);
    (void)state;
    test_check_printed("CL, day 1", "1.869", value_at(s, 0, 0, "CL", 20.0) / 1.575);
    test_check_printed("CL, day 10", "3.476", value_at(s, 0, 0, "CL", 240.0));
    test_check_printed("F1", "0.534", value_at(s, 0, 0, "F1", 119.9));
    test_check_close("F1", value_at(s, 0, 0, "F1", 120.0), 1.0 - 0.67 * 25.0 / 60.0,
                     TOL_ROUNDING);
    test_check_printed("F1", "0.851", value_at(s, 0, 0, "F1", 288.0));
    test_check_close("above is strict",
                     value_at(s, 0, 0, "CL", 119.9) / value_at(s, 0, 0, "CL", 120.0),
                     1.575, TOL_ROUNDING); /* day 5 both */
    tacro_scenario_free(s);
}

/* pk-models.md 1.3: HCT 0.30 to 0.20, and POD 30 to 90, in percent. */
static void test_powers_of_zhou_are_reproduced(void **state)
{
    static const char zhou[] =
        "  - {parameter: CL, covariate: hematocrit, kind: power, exponent: -0.71, ref: "
        "0.265, mark: P, from: f}\n"
        "  - {parameter: V1, covariate: pod, kind: power, exponent: 0.14, ref: 49, "
        "mark: P, from: f}\n";
    struct tacro_scenario *s =
        open_with(zhou, "",
                  "{typical: true, hematocrit: [{from: 0 d, value: 0.30}, {from: 1 d, "
                  "value: 0.20}]}",
                  TWICE);
    (void)state;
    test_check_printed(
        "CL", "33.36",
        100.0 * (value_at(s, 0, 0, "CL", 30.0) / value_at(s, 0, 0, "CL", 0.0) - 1.0));
    test_check_printed("V1", "16.63",
                       100.0 * (value_at(s, 0, 0, "V1", 24.0 * 90) /
                                    value_at(s, 0, 0, "V1", 24.0 * 30) -
                                1.0));
    tacro_scenario_free(s);
}

/* -- when a flag acts -------------------------------------------------------------- */

#define FLAG(timing)                                                                   \
    "  - {parameter: CL, covariate: azole, kind: factor, factor: 0.2, " timing         \
    ", mark: P, from: f}\n"

static void test_flags_begin_and_end_late(void **state)
{
    static const struct {
        const char *relations;
        double begins; /* of a flag from 48 h to 96 h and from 120 h to 126 h */
        double ends;
        double begins_again; /* NaN: it is one stretch, or the second is too short */
        double ends_again;
        size_t ncuts;
    } row[] = {
        {FLAG("delay: 24 h"), 72.0, 120.0, 144.0, 150.0, 5},
        {FLAG("offset: 7 d"), 48.0, 294.0, NAN, NAN, 10},
        {FLAG("offset: 12 h"), 48.0, 108.0, 120.0, 138.0, 10},
        {FLAG("onset: 12 h"), 60.0, 96.0, NAN, NAN, 10},
        {FLAG("onset: 2 h, offset: 3 h"), 50.0, 99.0, 122.0, 129.0, 10},
        {FLAG("onset: 4 h, offset: 1 h"), 52.0, 97.0, 124.0, 127.0, 10},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct tacro_scenario *s = open_with(
            row[i].relations, "",
            "{typical: true, posaconazole: [{from: 0 d, value: false}, {from: 48 h, "
            "value: true}, {from: 96 h, value: false}, {from: 120 h, value: true}, "
            "{from: 126 h, value: false}]}",
            TWICE);
        const size_t cl = rule_of(s->rules, "CL");
        double *cut = calloc(row[i].ncuts, sizeof *cut);
        double before = 1.81;
        assert_int_equal(tacro_rule_cuts(s->rules, cl, NULL), row[i].ncuts);
        assert_int_equal(tacro_rule_cuts(s->rules, cl, cut), row[i].ncuts);
        for (int step = 0; 0.5 * step < 400.0; step++) {
            const double t = 0.5 * step;
            const bool is_on = (t >= row[i].begins && t < row[i].ends) ||
                               (t >= row[i].begins_again && t < row[i].ends_again);
            const double value = value_at(s, 0, 0, "CL", t);
            bool is_cut = false;
            if (fabs(value / (is_on ? 0.362 : 1.81) - 1.0) > TOL_ROUNDING) {
                fail_msg("%s: CL is %g at %g h", row[i].relations, value, t);
            }
            for (size_t k = 0; k < row[i].ncuts; k++) {
                is_cut = is_cut || cut[k] == t;
            }
            assert_true(is_cut || value == before); /* none is missed */
            before = value;
        }
        free(cut);
        tacro_scenario_free(s);
    }
}

/* `is: false` is the opposite of the flag as it acts, so that the two never meet. */
static void test_what_is_not_so_is_the_opposite(void **state)
{
    static const char *const timing[] = {"delay: 6 h", "offset: 12 h", "onset: 12 h",
                                         "onset: 2 h, offset: 3 h"};
    (void)state;
    for (size_t i = 0; i < COUNT(timing); i++) {
        char relations[512];
        snprintf(
            relations, sizeof relations,
            "  - {parameter: CL, covariate: azole, is: true, kind: factor, factor: "
            "0.2, %s, mark: P, from: f}\n"
            "  - {parameter: CL, covariate: azole, is: false, kind: factor, factor: "
            "3, %s, mark: P, from: f}\n",
            timing[i], timing[i]);
        struct tacro_scenario *s = open_with(
            relations, "",
            "{typical: true, voriconazole: [{from: 0 d, value: false}, {from: 48 h, "
            "value: true}, {from: 96 h, value: false}, {from: 104 h, value: true}, "
            "{from: 109 h, value: false}]}",
            TWICE);
        size_t nsteps = 0;
        double before = 3.0;
        for (int step = 0; 0.5 * step < 150.0; step++) {
            const double t = 0.5 * step;
            const double factor = value_at(s, 0, 0, "CL", t) / 1.81;
            const bool is_with = fabs(factor / 0.2 - 1.0) < TOL_ROUNDING;
            assert_true(is_with || fabs(factor / 3.0 - 1.0) < TOL_ROUNDING);
            nsteps += fabs(factor - before) > 1.0;
            before = factor;
        }
        assert_int_equal(nsteps, strcmp(timing[i], "offset: 12 h") == 0  ? 2
                                 : strcmp(timing[i], "onset: 12 h") == 0 ? 2
                                                                         : 4);
        tacro_scenario_free(s);
    }
}

/* Each patient of a table at his own times, kept on for a day. */
static void test_offsets_of_a_table_follow_each_patient(void **state)
{
    char path[256];
    char patients[512];
    double cut[16];
    double since = -INFINITY;
    double until = INFINITY;
    (void)state;
    test_temporary(path, "relation_values.csv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "ID,TIME,VORICONAZOLE,ITRACONAZOLE\n1,0,0,0\n1,10,1,0\n1,50,0,0\n"
                  "2,0,1,0\n2,30,0,1\n2,60,0,0\n");
    assert_int_equal(fclose(file), 0);
    snprintf(patients, sizeof patients, "{file: %s, covariates: locf}", path);
    struct tacro_scenario *s = open_with(FLAG("offset: 24 h"), "", patients, TWICE);
    const size_t cl = rule_of(s->rules, "CL");
    struct tacro_subject x;
    assert_true(s->rules->rule[cl].is_own);
    assert_int_equal(tacro_population_cuts(s->input, 0, cut), 4); /* 10, 50; 34, 74 */
    assert_int_equal(tacro_population_cuts(s->input, 1, cut), 6);
    tacro_population_stretch(s->input, 0, 60.0, &since, &until);
    assert_true(since == 50.0 && until == 74.0);
    tacro_subject_draw(s->rules, 0, &x);
    for (int hour = 0; hour < 100; hour++) {
        const double t = hour + 0.5;
        const double base = 1.81 * exp(x.fixed_log[cl]);
        test_check_close("CL", tacro_subject_value(s->rules, cl, &x, t, 0),
                         t > 10.0 && t < 74.0 ? 0.2 * base : base, TOL_ROUNDING);
    }
    tacro_subject_draw(s->rules, 1, &x);
    test_check_close("CL", tacro_subject_value(s->rules, cl, &x, 83.0, 0),
                     0.2 * 1.81 * exp(x.fixed_log[cl]), TOL_ROUNDING);
    test_check_close("CL", tacro_subject_value(s->rules, cl, &x, 85.0, 0),
                     1.81 * exp(x.fixed_log[cl]), TOL_ROUNDING);
    tacro_scenario_free(s);
    assert_int_equal(unlink(path), 0);
}

/* -- what the doses say ------------------------------------------------------------ */

static const char of_doses[] =
    "  - {parameter: CL, covariate: caspofungin, kind: factor, factor: 2, route: iv, "
    "mark: P, from: f}\n"
    "  - {parameter: V1, covariate: modified_release, kind: factor, factor: 3, mark: "
    "P, from: f}\n"
    "  - {parameter: F1, covariate: first_day, kind: factor, factor: 2.68, mark: P, "
    "from: f}\n";

static const char four[] =
    "  by_mouth: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  first_iv: {steps: [{give: 1 mg, every: 24 h, route: iv, over: 24 h, for: 2 d}, "
    "{give: 3 mg, every: 12 h}]}\n"
    "  later: {steps: [{hold: 1 d}, {give: 3 mg, every: 12 h, for: 2 d}, {give: 3 mg, "
    "every: 24 h, formulation: LCP}]}\n";

static void test_regimens_set_route_formulation_and_first_day(void **state)
{
    struct tacro_scenario *s =
        open_with(of_doses, "", "{typical: true, caspofungin: true}", four);
    (void)state;
    test_check_close("CL", value_at(s, 0, 0, "CL", 10.0), 1.81, TOL_ROUNDING);
    test_check_close("CL", value_at(s, 1, 0, "CL", 10.0), 3.62, TOL_ROUNDING);
    test_check_close("CL", value_at(s, 1, 0, "CL", 47.9), 3.62, TOL_ROUNDING);
    test_check_close("CL", value_at(s, 1, 0, "CL", 48.0), 1.81, TOL_ROUNDING);
    test_check_close("V1", value_at(s, 2, 0, "V1", 71.9), 98.4, TOL_ROUNDING);
    test_check_close("V1", value_at(s, 2, 0, "V1", 72.0), 295.2, TOL_ROUNDING);
    test_check_close("F1", value_at(s, 0, 0, "F1", 0.0), 2.68, TOL_ROUNDING);
    test_check_close("F1", value_at(s, 0, 0, "F1", 23.9), 2.68, TOL_ROUNDING);
    test_check_close("F1", value_at(s, 0, 0, "F1", 24.0), 1.0, TOL_ROUNDING);
    test_check_close("F1", value_at(s, 2, 0, "F1", 23.9), 1.0, TOL_ROUNDING);
    test_check_close("F1", value_at(s, 2, 0, "F1", 24.0), 2.68, TOL_ROUNDING);
    test_check_close("F1", value_at(s, 2, 0, "F1", 48.0), 1.0, TOL_ROUNDING);
    tacro_scenario_free(s);
    s = open_with(of_doses, "before: {give: 3 mg, every: 12 h, steady_state: true}\n",
                  "{typical: true, caspofungin: false}", four);
    test_check_close("F1", value_at(s, 0, 0, "F1", 0.0), 1.0, TOL_ROUNDING);
    tacro_scenario_free(s);
}

/* In an event table each patient has his own first day and route. */
static void test_tables_of_doses_set_them_for_each_patient(void **state)
{
    char path[256];
    char regimens[512];
    (void)state;
    test_temporary(path, "relation_values.csv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "ID,TIME,EVID,AMT,CMT,RATE\n1,0,1,3,1,0\n1,48,1,1,2,0.5\n"
                  "2,10,1,1,2,0.5\n2,60,1,3,3,0\n");
    assert_int_equal(fclose(file), 0);
    snprintf(regimens, sizeof regimens, "  file: %s\n", path);
    char patients[512];
    snprintf(patients, sizeof patients, "{file: %s, caspofungin: true}", path);
    struct tacro_scenario *s = open_with(of_doses, "", patients, regimens);
    const struct tacro_rules *rules = s->variant[s->arm[0].variant].rules;
    const size_t cl = rule_of(rules, "CL");
    static const struct {
        uint64_t patient;
        const char *name;
        double t;
        double want;
    } row[] = {
        {0, "F1", 0.0, 2.68},  {0, "F1", 24.0, 1.0},  {1, "F1", 9.9, 1.0},
        {1, "F1", 10.0, 2.68}, {1, "F1", 33.9, 2.68}, {1, "F1", 34.0, 1.0},
        {0, "V1", 60.0, 98.4}, {1, "V1", 59.9, 98.4}, {1, "V1", 60.0, 295.2},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        test_check_close(row[i].name,
                         value_at(s, 0, row[i].patient, row[i].name, row[i].t),
                         row[i].want, TOL_ROUNDING);
    }
    for (uint64_t i = 0; i < 2; i++) {
        struct tacro_subject x;
        tacro_subject_draw(s->rules, i, &x);
        const double oral = 1.81 * exp(x.fixed_log[cl]);
        test_check_close("CL", tacro_subject_value(rules, cl, &x, 20.0, 0),
                         i == 0 ? oral : 2.0 * oral, TOL_ROUNDING);
        test_check_close("CL", tacro_subject_value(rules, cl, &x, 70.0, 0),
                         i == 0 ? 2.0 * oral : oral, TOL_ROUNDING);
    }
    assert_true(s->arm[0].own[1].ncuts > 0);
    tacro_scenario_free(s);
    assert_int_equal(unlink(path), 0);
}

/* pk-models.md 3.4, S24: F1 exp(-0.3 (dose - 2 mg)). */
static void test_bioavailability_falls_with_the_dose(void **state)
{
    static const char falling[] =
        "  - {parameter: F1, covariate: dose, kind: exponential, coefficient: -0.3 "
        "1/mg, ref: 2 mg, mark: P, from: f}\n"
        "  - {parameter: FREL_LCP, covariate: dose, kind: linear, slope: -0.1 1/mg, "
        "ref: 1 mg, clip: 0-8 mg, mark: P, from: f}\n";
    struct tacro_scenario *s = open_with(
        falling, "", "{typical: true}",
        "  two: {steps: [{give: 2 mg, every: 12 h}]}\n"
        "  four: {steps: [{give: 4 mg, every: 12 h}]}\n"
        "  lcp: {steps: [{give: 4 mg, every: 24 h, formulation: LCP}]}\n"
        "  iv: {steps: [{give: 4 mg, every: 24 h, route: iv, over: 24 h}]}\n");
    struct tacro_subject x;
    struct tacro_dose_values v;
    (void)state;
    tacro_subject_draw(s->rules, 0, &x);
    tacro_subject_dose(s->rules, &x, TACRO_PORT_ORAL, 2.0, 0.0, 0, &v);
    test_check_close("F of 2 mg", v.f, 1.0, TOL_ROUNDING);
    tacro_subject_dose(s->rules, &x, TACRO_PORT_ORAL, 4.0, 0.0, 0, &v);
    test_check_close("F of 4 mg", v.f, exp(-0.6), TOL_ROUNDING);
    tacro_subject_dose(s->rules, &x, TACRO_PORT_FORMULATION, 4.0, 0.0, 0, &v);
    test_check_close("F of LCP", v.f, 0.7 * exp(-0.6), TOL_ROUNDING);
    tacro_subject_dose(s->rules, &x, TACRO_PORT_FORMULATION, 20.0, 0.0, 0, &v);
    test_check_close("F of LCP", v.f, 0.3 * exp(-0.3 * 18.0), TOL_ROUNDING);
    tacro_subject_dose(s->rules, &x, TACRO_PORT_IV, 4.0, 0.0, 0, &v);
    test_check_close("F into a vein", v.f, 5.0, TOL_ROUNDING);
    /* and in a course: all that is seen is proportional to F times the dose */
    struct test_courses *two = test_run_courses(s, 0, 1, 1e-10, "baseline");
    struct test_courses *four_mg = test_run_courses(s, 1, 1, 1e-10, "baseline");
    test_check_close("level", test_concentration_at(four_mg, 0, 60.0),
                     2.0 * exp(-0.6) * test_concentration_at(two, 0, 60.0), 1e-8);
    test_courses_free(four_mg);
    test_courses_free(two);
    tacro_scenario_free(s);
}

/* -- random effects ---------------------------------------------------------------- */

static const char two_states[] =
    "  - {parameter: CL, covariate: azole, kind: factor, factor: 0.2, mark: P, from: "
    "f}\n"
    "  - {parameter: CL, covariate: azole, is: true, kind: eta, log_sd: 0.8, mark: P, "
    "from: f}\n"
    "  - {parameter: CL, covariate: azole, is: false, kind: eta, log_sd: 0.5, mark: P, "
    "from: f}\n"
    "  - {parameter: CL, covariate: pod, kind: linear, slope: -0.0021, ref: 22.7, "
    "clip: 1-180, mark: P, from: f}\n"
    "  - {parameter: V1, covariate: sex, is: female, kind: eta, cv: 50 %, mark: P, "
    "from: f}\n";

static double normal_of(uint64_t patient, const char *name)
{
    const struct tacro_rng_key key = {.seed = 11,
                                      .stream = TACRO_STREAM_ETA,
                                      .patient = patient,
                                      .k = tacro_rng_name(name)};
    return tacro_rng_normal(&key);
}

static const char azole_from_day_two[] =
    "{n: 200, sex: {probability: 50 %}, voriconazole: [{from: 0 d, value: false}, "
    "{from: "
    "2 d, value: true}]}";

static void test_random_effects_act_with_their_state(void **state)
{
    struct tacro_scenario *s = open_with(two_states, "", azole_from_day_two, TWICE);
    const size_t v1 = rule_of(s->rules, "V1");
    size_t nwomen = 0;
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        struct tacro_subject x;
        tacro_subject_draw(s->rules, i, &x);
        const double cl = 1.81 * exp(0.2 * normal_of(i, "pk.CL"));
        const double without = cl * exp(0.5 * normal_of(i, "pk.CL:azole:false"));
        const double with = 0.2 * cl * exp(0.8 * normal_of(i, "pk.CL:azole:true"));
        test_check_close("CL", value_at(s, 0, i, "CL", 30.0),
                         without * (1.0 - 0.0021 * (1.0 - 22.7)), TOL_ROUNDING);
        test_check_close("CL", value_at(s, 0, i, "CL", 240.0),
                         with * (1.0 - 0.0021 * (10.0 - 22.7)), TOL_ROUNDING);
        const bool is_woman = x.covariate[TACRO_COV_sex] == 1.0;
        test_check_close(
            "V1", x.fixed[v1],
            98.4 * (is_woman ? exp(sqrt(log(1.25)) * normal_of(i, "pk.V1:sex:female"))
                             : 1.0),
            TOL_ROUNDING);
        nwomen += is_woman;
    }
    assert_true(nwomen > 50 && nwomen < 150);
    tacro_scenario_free(s);
    s = open_with(two_states, "", "{typical: true, sex: female, voriconazole: true}",
                  TWICE);
    test_check_close("CL", value_at(s, 0, 0, "CL", 0.0), 0.362 * (1.0 + 0.0021 * 21.7),
                     TOL_ROUNDING);
    assert_true(value_at(s, 0, 0, "V1", 0.0) == 98.4);
    tacro_scenario_free(s);
}

/* -- lanes ------------------------------------------------------------------------- */

#define NSUBJECTS 150

/* Every parameter of each lane at some times has the bits of the subject alone. */
static void check_lanes(const struct tacro_scenario *s, const struct tacro_rules *rules,
                        size_t regimen)
{
    static const double time[] = {0.0, 30.0, 47.9, 48.0, 72.0, 215.9, 216.0, 400.0};
    const struct tacro_variant *v = &s->variant[s->arm[regimen].variant];
    const struct tacro_kernels *kernels = tacro_kernels_find("baseline");
    struct tacro_subject *all = calloc(NSUBJECTS, sizeof *all);
    struct tacro_parameters *p = NULL;
    assert_non_null(all);
    assert_int_equal(
        tacro_parameters_create(rules, v->system, kernels, v->coef, &p, NULL),
        TACRO_OK);
    tacro_subjects_draw(rules, &kernels->math, 0, NSUBJECTS, all);
    for (size_t first = 0; first < NSUBJECTS; first += TACRO_LANES) {
        const struct tacro_subject *lane[TACRO_LANES];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            lane[l] = &all[first + l < NSUBJECTS ? first + l : NSUBJECTS - 1];
        }
        tacro_parameters_begin(p, lane);
        for (size_t k = 0; k < COUNT(time); k++) {
            double t[TACRO_LANES];
            int32_t slot[TACRO_LANES] = {0};
            for (size_t l = 0; l < TACRO_LANES; l++) {
                t[l] = time[(k + l / 7) % COUNT(time)];
            }
            tacro_parameters_at(p, t, slot);
            for (size_t i = 0; i < rules->n; i++) {
                for (size_t l = 0; v->coef[i] != TACRO_NONE && l < TACRO_LANES; l++) {
                    struct tacro_subject alone;
                    tacro_subject_draw(rules, lane[l]->index, &alone);
                    assert_true(test_same_bits(alone.fixed[i], lane[l]->fixed[i]));
                    assert_true(
                        test_same_bits(tacro_parameters_coef(p)[v->coef[i]][l],
                                       tacro_subject_value(rules, i, &alone, t[l], 0)));
                }
            }
        }
    }
    tacro_parameters_free(p);
    free(all);
}

static void test_lanes_have_the_bits_of_subjects(void **state)
{
    struct tacro_scenario *s = open_with(two_states, "", azole_from_day_two, TWICE);
    (void)state;
    check_lanes(s, s->rules, 0);
    tacro_scenario_free(s);
    s = open_with(antignac, "",
                  "{n: 150, prednisolone: [{from: 0 d, value: 80 mg/day}, {from: 2 d, "
                  "value: 25 mg/day}, {from: 9 d, value: 10 mg/day}]}",
                  TWICE);
    check_lanes(s, s->rules, 0);
    tacro_scenario_free(s);
}

/* Slopes and maxima of several draws in one block: x is each lane's own. */
static void test_drawn_slopes_are_inside_their_factors(void **state)
{
    struct tacro_scenario *s =
        open_with(antignac, "",
                  "{n: 50, prednisolone: [{from: 0 d, value: 80 mg/day}, {from: 2 d, "
                  "value: 25 mg/day}, {from: 9 d, value: 10 mg/day}]}",
                  TWICE);
    static const double most[] = {1.0, 1.5, 0.4};
    struct tacro_drawn drawn = {.name = "CL:pod", .unit = "1", .value = most};
    struct tacro_rules *rules = s->rules;
    const size_t cl = rule_of(rules, "CL");
    struct tacro_rule *rule = &rules->rule[cl];
    (void)state;
    s->input->ndraws = COUNT(most);
    rules->ndrawn = 1;
    rules->drawn = &drawn;
    rule->is_drawn = true;
    rule->is_own = true; /* as tacro_rules_create finds it */
    rule->drawn_coefficient[0] = 0;
    check_lanes(s, rules, 0);
    for (uint64_t i = 0; i < NSUBJECTS; i += 50) {
        const double share =
            pow(10.0, 2.54) / (pow(3.81, 2.54) + pow(10.0, 2.54)); /* day 10 */
        struct tacro_subject x;
        tacro_subject_draw(rules, i, &x);
        assert_int_equal(x.parameter_draw, i / 50);
        test_check_close("CL", tacro_subject_value(rules, cl, &x, 240.0, 0),
                         1.81 * exp(x.fixed_log[cl]) *
                             (1.0 + most[x.parameter_draw] * share),
                         TOL_ROUNDING);
    }
    rules->drawn = NULL;
    rules->ndrawn = 0;
    s->input->ndraws = 1;
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emax_of_day_and_dose_follow_the_time),
        cmocka_unit_test(test_powers_of_zhou_are_reproduced),
        cmocka_unit_test(test_flags_begin_and_end_late),
        cmocka_unit_test(test_what_is_not_so_is_the_opposite),
        cmocka_unit_test(test_offsets_of_a_table_follow_each_patient),
        cmocka_unit_test(test_regimens_set_route_formulation_and_first_day),
        cmocka_unit_test(test_tables_of_doses_set_them_for_each_patient),
        cmocka_unit_test(test_bioavailability_falls_with_the_dose),
        cmocka_unit_test(test_random_effects_act_with_their_state),
        cmocka_unit_test(test_lanes_have_the_bits_of_subjects),
        cmocka_unit_test(test_drawn_slopes_are_inside_their_factors),
    };
    return cmocka_run_group_tests_name("relation_values", tests, test_folder_make,
                                       test_folder_drop);
}
