/*
 * The lung model of days 1 to 14, held to the reference numbers of the evidence: its
 * clearance steps at midnight, by the day and by what was given a day before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/engine.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Tight enough for five printed digits; the references were computed with the same. */
#define RTOL 1e-9

#define SINGLE "bilateral: false"
#define BILATERAL "bilateral: true"
#define NO_INHIBITOR "voriconazole: false, amiodarone: false"

/* 2 mg at 06:00 and 18:00 from day 1 on; t counts from 00:00 of the day `start`. */
static struct tacro_scenario *open_patient(const char *start, const char *who)
{
    char yaml[2048];
    const int n = snprintf(
        yaml, sizeof yaml,
        "title: the first fortnight\npk: miano2024_lung_pod14\n"
        "start: %s\nhorizon: 15 d\noutput: {every: 1 h}\ntrough_at: \"05:00\"\n"
        "patients: {typical: true, weight: 75 kg, hematocrit: 33 %%, "
        "cyp3a5_expresser: false, %s}\n"
        "regimens:\n  plan:\n    steps:\n      - {hold: 30 h}\n"
        "      - {give: 2 mg, every: 12 h}\n",
        start, who);
    assert_true(n > 0 && (size_t)n < sizeof yaml);
    return test_scenario(yaml);
}

#define DAY_0 "{day: 0, clock: \"00:00\"}"

static size_t rule_of(const struct tacro_scenario *s, const char *name)
{
    for (size_t i = 0; i < s->rules->n; i++) {
        if (strcmp(s->rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no parameter %s", name);
    return 0;
}

static double cl_at(const struct tacro_scenario *s, double t)
{
    struct tacro_subject subject;
    tacro_subject_draw(s->rules, 0, &subject);
    return tacro_subject_value(s->rules, rule_of(s, "CL"), &subject, t, 0);
}

static size_t cuts_of(const struct tacro_scenario *s, const char *name, double *cut)
{
    const size_t rule = rule_of(s, name);
    return tacro_rule_cuts(s->rules, rule, cut);
}

static void test_clearance_follows_the_day(void **state)
{
    static const struct {
        int day;
        const char *single;
        const char *bilateral;
    } row[] = {{1, "3.690", "1.771"},
               {3, "7.704", "3.698"},
               {4, "9.341", "7.660"},
               {7, "13.591", "11.144"},
               {14, "21.624", "17.732"}};
    struct tacro_scenario *one = open_patient(DAY_0, SINGLE ", " NO_INHIBITOR);
    struct tacro_scenario *two = open_patient(DAY_0, BILATERAL ", " NO_INHIBITOR);
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        for (int hour = 0; hour < 24; hour += 23) { /* all day long */
            const double t = 24.0 * row[i].day + hour;
            test_check_printed("single", row[i].single, cl_at(one, t));
            test_check_printed("bilateral", row[i].bilateral, cl_at(two, t));
        }
    }
    test_check_printed("day 0 counts as 1", "3.690", cl_at(one, 0.0));
    tacro_scenario_free(one);
    tacro_scenario_free(two);
}

static void test_troughs_are_those_of_the_reference(void **state)
{
    static const char *const trough[] = {
        "5.901",  "11.026", "14.798", "16.071", "16.333", "15.894", "15.037",
        "13.986", "12.893", "11.851", "10.908", "10.078", "9.360"};
    static const struct tacro_method *const method[2] = {&tacro_method_cvode,
                                                         &tacro_method_exact};
    struct tacro_scenario *s = open_patient(DAY_0, BILATERAL ", " NO_INHIBITOR);
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        test_method = method[m];
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        test_method = &tacro_method_cvode;
        for (size_t i = 0; i < COUNT(trough); i++) {
            const double t = 24.0 * (double)(i + 2) + 5.0;
            test_check_printed("trough", trough[i], test_concentration_at(c, 0, t));
        }
        test_courses_free(c);
    }
    tacro_scenario_free(s);
}

/* Each midnight from day 2 on; day 0 counts as 1, and 15 d after it nothing follows. */
static void test_cuts_are_the_midnights_and_the_delayed_steps(void **state)
{
    struct tacro_scenario *s = open_patient(
        DAY_0, BILATERAL ", amiodarone: false, voriconazole: "
                         "[{from: 0 d, value: false}, {from: 50 h, value: true}, "
                         "{from: 100 h, value: false}]");
    double cut[64];
    bool is_found[16] = {false};
    size_t nsteps = 0;
    (void)state;
    assert_int_equal(cuts_of(s, "V1", cut), 0);
    assert_int_equal(cuts_of(s, "KA", cut), 0);
    const size_t n = cuts_of(s, "CL", cut);
    assert_int_equal(n, cuts_of(s, "CL", NULL));
    for (size_t i = 0; i < n; i++) {
        if (fmod(cut[i], 24.0) == 0.0 && cut[i] != 24.0) {
            is_found[(size_t)cut[i] / 24] = true;
        } else {
            nsteps += cut[i] == 24.0 || cut[i] == 74.0 || cut[i] == 124.0;
        }
    }
    assert_int_equal(nsteps, 3); /* the first step's too, though it changes nothing */
    for (size_t day = 0; day < COUNT(is_found); day++) {
        assert_int_equal(is_found[day], day >= 2 && day <= 14);
    }
    tacro_scenario_free(s);
}

static void test_inhibitor_acts_a_day_later(void **state)
{
    static const char *const flag[] = {"voriconazole", "amiodarone"};
    static const char *const other[] = {"amiodarone", "voriconazole"};
    static const double factor[] = {0.39, 0.77};
    struct tacro_scenario *plain = open_patient(DAY_0, SINGLE ", " NO_INHIBITOR);
    (void)state;
    for (size_t i = 0; i < COUNT(flag); i++) {
        char who[256];
        snprintf(who, sizeof who,
                 SINGLE ", %s: false, %s: [{from: 0 d, value: false}, "
                        "{from: 2 d, value: true}, {from: 102 h, value: false}]",
                 other[i], flag[i]);
        struct tacro_scenario *s = open_patient(DAY_0, who);
        for (int t = 0; t < 15 * 24; t++) {
            const double want = t >= 72 && t < 126 ? factor[i] : 1.0;
            test_check_close(flag[i], cl_at(s, t) / cl_at(plain, t), want, 1e-14);
        }
        tacro_scenario_free(s);
    }
    tacro_scenario_free(plain);
}

/*
 * Levels before the delayed step are as without the inhibitor, those after it higher.
 */
static void test_inhibitor_raises_levels_a_day_later(void **state)
{
    struct tacro_scenario *plain = open_patient(DAY_0, SINGLE ", " NO_INHIBITOR);
    struct tacro_scenario *azole = open_patient(
        DAY_0, SINGLE ", amiodarone: false, voriconazole: [{from: 0 d, value: false}, "
                      "{from: 2 d, value: true}]");
    struct test_courses *a = test_run_courses(plain, 0, 1, RTOL, NULL);
    struct test_courses *b = test_run_courses(azole, 0, 1, RTOL, NULL);
    (void)state;
    for (int t = 0; t <= 72; t++) {
        test_check_close("before", test_concentration_at(b, 0, t),
                         test_concentration_at(a, 0, t), 1e-7);
    }
    for (int t = 74; t < 15 * 24; t++) {
        assert_true(test_concentration_at(b, 0, t) >
                    1.005 * test_concentration_at(a, 0, t));
    }
    test_courses_free(a);
    test_courses_free(b);
    tacro_scenario_free(plain);
    tacro_scenario_free(azole);
}

static void test_patient_covariates_scale_as_published(void **state)
{
    static const char yaml[] =
        "title: covariates\npk: miano2024_lung_pod14\n"
        "start: {day: 0, clock: \"00:00\"}\nhorizon: 15 d\noutput: {every: 12 h}\n"
        "trough_at: \"05:00\"\n"
        "patients: {typical: true, weight: 60 kg, hematocrit: 25 %, "
        "cyp3a5_expresser: true, bilateral: true, voriconazole: true, amiodarone: "
        "true}\n"
        "regimens:\n  plan:\n    steps: [{give: 2 mg, every: 12 h}]\n";
    struct tacro_scenario *s = test_scenario(yaml);
    struct tacro_subject subject;
    (void)state;
    tacro_subject_draw(s->rules, 0, &subject);
    for (int day = 1; day <= 14; day++) {
        const double want = 3.69 * pow(day, 0.67) * pow(0.25 / 0.33, -1.45) *
                            (day <= 3 ? 0.48 : 0.82) * 1.78 * 0.39 * 0.77 *
                            pow(60.0 / 75.0, 0.40);
        test_check_close("CL", cl_at(s, 24.0 * day + 1.0), want, 1e-13);
    }
    test_check_close("V1",
                     tacro_subject_value(s->rules, rule_of(s, "V1"), &subject, 0.0, 0),
                     642.0 * pow(60.0 / 75.0, 0.79), 1e-13);
    tacro_scenario_free(s);
}

/* A start in the middle of a day, late in the course: the same days of the calendar. */
static void test_day_is_that_of_the_calendar(void **state)
{
    struct tacro_scenario *s = open_patient("{day: 2, clock: \"15:00\"}\nbefore: none",
                                            BILATERAL ", " NO_INHIBITOR);
    double cut[64];
    (void)state;
    test_check_close("day 2", cl_at(s, 8.9), 3.69 * 0.48 * pow(2.0, 0.67), 1e-14);
    test_check_printed("day 3", "3.698", cl_at(s, 9.0));
    test_check_printed("day 3", "3.698", cl_at(s, 32.9));
    test_check_printed("day 4", "7.660", cl_at(s, 33.0));
    const size_t n = cuts_of(s, "CL", cut);
    assert_int_equal(n, 17); /* 15 midnights, and both edges at day 4 again */
    for (size_t i = 0; i < n; i++) {
        assert_true(fmod(cut[i], 24.0) == 9.0 && cut[i] < 360.0);
    }
    tacro_scenario_free(s);
}

/* The flag is each patient's own: lanes of both kinds, each as the scalar course. */
static void test_drawn_flags_keep_their_days(void **state)
{
    static const char yaml[] =
        "title: drawn flags\npk: miano2024_lung_pod14\n"
        "start: {day: 0, clock: \"00:00\"}\nhorizon: 6 d\noutput: {every: 12 h}\n"
        "trough_at: \"05:00\"\n"
        "patients: {n: 100, weight: 75 kg, hematocrit: 33 %, "
        "cyp3a5_expresser: {probability: 20 %}, bilateral: {probability: 66 %}, "
        "voriconazole: false, amiodarone: false}\n"
        "regimens:\n  plan:\n    steps: [{give: 2 mg, every: 12 h}]\n";
    struct tacro_scenario *s = test_scenario(yaml);
    const struct tacro_block_setup setup = test_setup(s, RTOL, NULL);
    const size_t cl = rule_of(s, "CL");
    static struct tacro_subject subject[TACRO_LANES];
    const struct tacro_subject *lane[TACRO_LANES];
    struct tacro_parameters *parameters = NULL;
    size_t nbilateral = 0;
    (void)state;
    assert_true(s->rules->rule[cl].is_own && s->rules->rule[cl].is_dynamic);
    assert_int_equal(tacro_parameters_create(s->rules, s->system, setup.kernels,
                                             s->coef, &parameters, NULL),
                     TACRO_OK);
    tacro_subjects_draw(s->rules, &setup.kernels->math, 0, TACRO_LANES, subject);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        lane[l] = &subject[l];
        nbilateral += subject[l].covariate[TACRO_COV_bilateral] > 0.0;
    }
    assert_true(nbilateral > 0 && nbilateral < TACRO_LANES);
    tacro_parameters_begin(parameters, lane);
    for (int day = 0; day < 6; day++) {
        double t[TACRO_LANES];
        const int32_t slot[TACRO_LANES] = {0};
        for (size_t l = 0; l < TACRO_LANES; l++) {
            t[l] = 24.0 * day;
        }
        tacro_parameters_at(parameters, t, slot);
        const double *row = tacro_parameters_coef(parameters)[s->coef[cl]];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            struct tacro_subject alone;
            tacro_subject_draw(s->rules, l, &alone);
            const bool is_bilateral = alone.covariate[TACRO_COV_bilateral] > 0.0;
            const double both = day <= 3 ? 0.48 : 0.82;
            const double want = 3.69 * tacro_exp(alone.fixed_log[cl]) *
                                pow(day < 1 ? 1.0 : day, 0.67) *
                                (is_bilateral ? both : 1.0);
            assert_true(test_same_bits(
                row[l], tacro_subject_value(s->rules, cl, &alone, t[l], 0)));
            test_check_close("CL", row[l], want, 1e-13);
        }
    }
    tacro_parameters_free(parameters);
    tacro_scenario_free(s);
}

/* The file's ratio is that of day 7 in a single-lung patient, from the closed form. */
static void test_trough_to_mean_is_that_of_day_7(void **state)
{
    struct tacro_scenario *s = open_patient(DAY_0, SINGLE ", " NO_INHIBITOR);
    const double ka = 4.5;
    const double k = cl_at(s, 24.0 * 7.0) / 642.0;
    const double of_k = exp(-12.0 * k) / -expm1(-12.0 * k);
    const double of_ka = exp(-12.0 * ka) / -expm1(-12.0 * ka);
    (void)state;
    test_check_printed("trough over mean", "0.8825",
                       12.0 * k * ka / (ka - k) * (of_k - of_ka));
    test_check_close("of the file", s->input->pk->trough_to_mean, 0.8825, 1e-14);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clearance_follows_the_day),
        cmocka_unit_test(test_troughs_are_those_of_the_reference),
        cmocka_unit_test(test_cuts_are_the_midnights_and_the_delayed_steps),
        cmocka_unit_test(test_inhibitor_acts_a_day_later),
        cmocka_unit_test(test_inhibitor_raises_levels_a_day_later),
        cmocka_unit_test(test_patient_covariates_scale_as_published),
        cmocka_unit_test(test_day_is_that_of_the_calendar),
        cmocka_unit_test(test_drawn_flags_keep_their_days),
        cmocka_unit_test(test_trough_to_mean_is_that_of_day_7),
    };
    return cmocka_run_group_tests_name("miano", tests, NULL, NULL);
}
