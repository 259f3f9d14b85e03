/* What any linear pharmacokinetic model must obey, and what a hazard must. */
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

#define NPATIENTS 256

/*
 * Patients of the thoracic ICU, several regimens, hematocrit and blood pressure step.
 */
static const char scenario_text[] =
    "title: properties\npk: sikma2020_thoracic_icu\nrisk: [pres_lung, rejection_lung]\n"
    "start: {day: 0, clock: \"08:00\"}\nhorizon: 10 d\noutput: {every: 2 h}\nseed: 7\n"
    "patients:\n  n: 256\n"
    "  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: 0.27}]\n"
    "  map: [{from: 0 d, value: 105 mmHg}, {from: 3 d, value: 95 mmHg}]\n"
    "regimens:\n"
    "  morning: {steps: [{give: 2 mg, every: 24 h}]}\n"
    "  evening: {steps: [{hold: 12 h}, {give: 3 mg, every: 24 h}]}\n"
    "  both: {steps: [{give: 2 mg, every: 24 h, for: 12 h}, {give: 3 mg, every: 24 h, "
    "for: 12 h}, {give: 2 mg, every: 24 h, for: 12 h}, {give: 3 mg, every: 24 h, for: "
    "12 "
    "h}, {give: 2 mg, every: 24 h, for: 12 h}, {give: 3 mg, every: 24 h, for: 12 h}, "
    "{hold: 7 d}]}\n"
    "  morning_3d: {steps: [{give: 2 mg, every: 24 h, for: 3 d}, {hold: 7 d}]}\n"
    "  evening_3d: {steps: [{hold: 12 h}, {give: 3 mg, every: 24 h, for: 3 d}, {hold: "
    "6 "
    "d}]}\n"
    "  double: {steps: [{give: 4 mg, every: 24 h}]}\n"
    "  more: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  longer_hold: {steps: [{give: 3 mg, every: 12 h, for: 3 d}, {hold: 3 d}, {give: "
    "3 "
    "mg, every: 12 h}]}\n"
    "  shorter_hold: {steps: [{give: 3 mg, every: 12 h, for: 3 d}, {hold: 1 d}, {give: "
    "3 "
    "mg, every: 12 h}]}\n";

static size_t regimen_named(const struct tacro_scenario *s, const char *label)
{
    for (size_t i = 0; i < s->input->nregimens; i++) {
        if (strcmp(s->input->regimen[i].label, label) == 0) {
            return i;
        }
    }
    fail_msg("no regimen %s", label);
    return 0;
}

static struct test_courses *run(const struct tacro_scenario *s, const char *label,
                                double rtol)
{
    return test_run_courses(s, regimen_named(s, label), NPATIENTS, rtol, NULL);
}

/* mg that have entered the depot of a subject by time t */
static double given(const struct tacro_scenario *s, size_t regimen,
                    const struct tacro_subject *subject, double t)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->arm[regimen].doses.n; i++) {
        const struct tacro_plan_dose *dose = &s->arm[regimen].doses.dose[i];
        if (dose->time < t - TACRO_SAME_TIME) {
            sum += dose->amount *
                   tacro_subject_value(s->rules, s->rules->f1, subject, dose->time,
                                       tacro_clock_slot(&s->clock, dose->time));
        }
    }
    return sum;
}

static double parameter(const struct tacro_scenario *s, const char *name,
                        const struct tacro_subject *subject)
{
    for (size_t i = 0; i < s->rules->n; i++) {
        if (s->rules->rule[i].set == 0 &&
            strcmp(s->rules->rule[i].theta->name, name) == 0) {
            return subject->fixed[i];
        }
    }
    fail_msg("no parameter %s", name);
    return 0.0;
}

static void test_mass_is_conserved_at_the_default_tolerance(void **state)
{
    struct tacro_scenario *s = test_scenario(scenario_text);
    const size_t regimen = regimen_named(s, "more");
    struct test_courses *c = run(s, "more", 1e-6);
    double worst = 0.0;
    (void)state;
    for (size_t i = 0; i < NPATIENTS; i++) {
        for (size_t d = 1; d < s->ndays; d++) {
            const double t = s->time[s->day_output[d]];
            const double dose = given(s, regimen, &c->subject[i], t);
            const double eliminated = parameter(s, "CL", &c->subject[i]) *
                                      test_state_at(c, i, "AUC", t) / 1000.0;
            const double found = test_state_at(c, i, "DEPOT", t) +
                                 test_state_at(c, i, "CENTRAL", t) +
                                 test_state_at(c, i, "PERIPHERAL", t) + eliminated;
            worst = fmax(worst, fabs(found / dose - 1.0));
        }
    }
    print_message("largest error of the mass balance %.2e\n", worst);
    assert_true(worst < 1e-8);
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* Two runs take different steps: each is right to some 10 rtol. */
#define RTOL 1e-9
#define TOL_TWO_RUNS 1e-7
/* Below this level [ng/mL] the absolute tolerance of the amounts is what counts. */
#define LEVEL_OF_ATOL 1e-2

static void test_separate_doses_superpose(void **state)
{
    struct tacro_scenario *s = test_scenario(scenario_text);
    struct test_courses *a = run(s, "morning_3d", RTOL);
    struct test_courses *b = run(s, "evening_3d", RTOL);
    struct test_courses *both = run(s, "both", RTOL);
    (void)state;
    for (size_t i = 0; i < NPATIENTS * s->ntimes; i++) {
        const double sum = a->concentration[i] + b->concentration[i];
        const double scale = fmax(both->concentration[i], LEVEL_OF_ATOL);
        assert_true(fabs(sum - both->concentration[i]) <= TOL_TWO_RUNS * scale);
    }
    assert_true(both->concentration[s->ntimes - 1] > 0.0);
    test_courses_free(a);
    test_courses_free(b);
    test_courses_free(both);
    tacro_scenario_free(s);
}

static void test_double_dose_doubles_the_level(void **state)
{
    struct tacro_scenario *s = test_scenario(scenario_text);
    struct test_courses *one = run(s, "morning", RTOL);
    struct test_courses *two = run(s, "double", RTOL);
    (void)state;
    for (size_t i = 0; i < NPATIENTS * s->ntimes; i++) {
        test_check_close("linearity", two->concentration[i],
                         2.0 * one->concentration[i], TOL_TWO_RUNS);
    }
    test_courses_free(one);
    test_courses_free(two);
    tacro_scenario_free(s);
}

static void
test_more_drug_means_more_pres_and_less_rejection_in_every_patient(void **state)
{
    struct tacro_scenario *s = test_scenario(scenario_text);
    struct test_courses *less = run(s, "morning", 1e-6);
    struct test_courses *more = run(s, "more", 1e-6);
    const double end = s->input->horizon;
    (void)state;
    for (size_t i = 0; i < NPATIENTS; i++) {
        assert_true(test_state_at(more, i, "HP", end) >
                    test_state_at(less, i, "HP", end));
        assert_true(test_state_at(more, i, "HR", end) <
                    test_state_at(less, i, "HR", end));
    }
    test_courses_free(less);
    test_courses_free(more);
    tacro_scenario_free(s);
}

/* What the last day adds to the level depends on that day's kappas alone. */
static void test_longer_hold_changes_no_later_kappa(void **state)
{
    struct tacro_scenario *s = test_scenario(scenario_text);
    struct test_courses *lng = run(s, "longer_hold", RTOL);
    struct test_courses *shrt = run(s, "shorter_hold", RTOL);
    const size_t a = regimen_named(s, "longer_hold");
    const size_t b = regimen_named(s, "shorter_hold");
    const double last = 216.0;
    (void)state;
    for (size_t i = 0; i < NPATIENTS; i++) {
        /*
         * absorbed on the last day: the depot at 08:00 before it is nearly empty in
         * both
         */
        const double from_long = given(s, a, &lng->subject[i], last + 24.0) -
                                 given(s, a, &lng->subject[i], last);
        const double from_short = given(s, b, &shrt->subject[i], last + 24.0) -
                                  given(s, b, &shrt->subject[i], last);
        test_check_close("dose reaching the depot", from_long, from_short, 1e-12);
        /* mass balance of the last day by the solver, not by the rules */
        const double cl = parameter(s, "CL", &lng->subject[i]) / 1000.0;
        double gain[2];
        const struct test_courses *c[2] = {lng, shrt};
        for (size_t k = 0; k < 2; k++) {
            gain[k] = cl * (test_state_at(c[k], i, "AUC", last + 24.0) -
                            test_state_at(c[k], i, "AUC", last));
            gain[k] += test_state_at(c[k], i, "DEPOT", last + 24.0) -
                       test_state_at(c[k], i, "DEPOT", last);
            gain[k] += test_state_at(c[k], i, "CENTRAL", last + 24.0) -
                       test_state_at(c[k], i, "CENTRAL", last);
            gain[k] += test_state_at(c[k], i, "PERIPHERAL", last + 24.0) -
                       test_state_at(c[k], i, "PERIPHERAL", last);
        }
        test_check_close("given on the last day", gain[0], gain[1], TOL_TWO_RUNS);
    }
    test_courses_free(lng);
    test_courses_free(shrt);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mass_is_conserved_at_the_default_tolerance),
        cmocka_unit_test(test_separate_doses_superpose),
        cmocka_unit_test(test_double_dose_doubles_the_level),
        cmocka_unit_test(
            test_more_drug_means_more_pres_and_less_rejection_in_every_patient),
        cmocka_unit_test(test_longer_hold_changes_no_later_kappa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
