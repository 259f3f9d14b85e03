/** What `adjust` does from step to step, and rules that wait for others to end. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/policy_run.h"

#define MORE "\n  " /* the next key of a regimen */
#define DAILY "adjust: {every: 24 h, target: 10-15 ng/mL}"

static const struct test_level low[] = {{-1.0, 5.0}};

static struct test_policy *follow_low(const char *regimen)
{
    return test_policy_follow(&(struct test_script){
        .regimen = regimen, .level = low, .nlevels = 1, .horizon = 240.0});
}

/* -- from step to step ------------------------------------------------------------- */

/* 2 mg x 12.5/5 is 5 mg in 4 h, faster than 1 mg/h. */
static void test_policy_an_infusion_is_not_raised_past_its_rate(void **state)
{
    struct test_policy *r = follow_low(
        "steps: [{give: 2 mg, every: 12 h, route: iv, over: 4 h}]" MORE DAILY);
    (void)state;
    assert_true(test_policy_dose(r, 24.0) == 2.0);
    assert_true(test_policy_dose(r, 36.0) == 4.0); /* sample 24, result 30 */
    assert_true(test_policy_dose(r, 228.0) == 4.0);
    test_policy_free(r);
}

static void test_policy_a_shorter_infusion_takes_less(void **state)
{
    struct test_policy *r = follow_low(
        "steps: [{give: 2 mg, every: 12 h, route: iv, over: 6 h, for: 2 d}, {give: 2 "
        "mg, every: 12 h, route: iv, over: 3 h}]" MORE DAILY);
    (void)state;
    assert_true(test_policy_dose(r, 36.0) == 5.0);
    assert_true(test_policy_dose(r, 48.0) == 3.0);
    assert_true(test_policy_dose(r, 228.0) == 3.0);
    test_policy_free(r);
}

/* Raised to 7.5 mg, then 3, 2, 1 mg as written, then 0.5 mg until the next result. */
static void test_policy_a_taper_keeps_its_doses_and_ends_the_adjusted_one(void **state)
{
    struct test_policy *r = follow_low(
        "steps: [{give: 3 mg, every: 12 h, for: 2 d}, {taper: {doses: [3 mg, 2 mg, 1 "
        "mg], every: 12 h, each: 1 d}}, {give: 0.5 mg, every: 12 h}]" MORE DAILY);
    (void)state;
    assert_true(test_policy_dose(r, 36.0) == 7.5);
    for (int i = 0; i < 6; i++) {
        const int step = i / 2;
        assert_true(test_policy_dose(r, 48.0 + 12.0 * i) == 3.0 - step);
    }
    assert_true(test_policy_dose(r, 120.0) == 0.5);
    /* drawn at 120 h, in the taper, known at 126 h */
    assert_true(test_policy_dose(r, 132.0) == 0.5);
    assert_true(test_policy_dose(r, 144.0) == 0.5);
    assert_true(test_policy_dose(r, 156.0) == 1.5); /* of 144 h: 1.25 mg, rounded */
    test_policy_free(r);
}

static void test_policy_another_route_begins_as_planned(void **state)
{
    struct test_policy *r = follow_low(
        "steps: [{give: 1 mg, every: 12 h, route: iv, over: 12 h, for: 3 d}, {give: 4 "
        "mg, every: 12 h}]" MORE DAILY);
    (void)state;
    assert_true(test_policy_dose(r, 36.0) == 2.5);
    assert_true(test_policy_dose(r, 60.0) == 6.5);
    assert_true(test_policy_dose(r, 72.0) == 4.0);
    assert_true(test_policy_dose(r, 84.0) == 4.0);   /* drawn at 72 h, under the IV */
    assert_true(test_policy_dose(r, 108.0) == 10.0); /* drawn at 96 h */
    test_policy_free(r);
}

/* A taper that passes during a switch ends the dose that had been set before it. */
static void test_policy_resumes_after_a_taper_as_planned(void **state)
{
    static const struct test_happening pres[] = {{0, 40.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, every: 12 h, for: 2 d}, {taper: {doses: [3 "
                   "mg, 2 mg], every: 12 h, each: 1 d}}, {give: 1 mg, every: 12 "
                   "h}]" MORE DAILY MORE
                   "when: {pres: {steps: [{hold: 1 d}], resume: {after: 84 h}}}",
        .level = low,
        .nlevels = 1,
        .event = pres,
        .nevents = 1,
        .horizon = 240.0});
    (void)state;
    assert_true(test_policy_dose(r, 36.0) == 7.5);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 48.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 132.0);
    assert_true(test_policy_dose(r, 132.0) == 1.0);
    test_policy_free(r);
}

static void test_policy_another_interval_or_formulation_keeps_the_dose(void **state)
{
    struct test_policy *r = follow_low(
        "steps: [{give: 3 mg, every: 12 h, for: 2 d}, {give: 3 mg, every: 24 h, "
        "formulation: LCP}]" MORE
        "adjust: {every: 24 h, until: 26 h, target: 10-15 ng/mL}");
    (void)state;
    assert_true(test_policy_dose(r, 36.0) == 7.5);
    assert_true(test_policy_dose(r, 48.0) == 7.5);
    assert_true(test_policy_dose(r, 72.0) == 7.5);
    assert_int_equal(test_policy_doses(r, 48.1, 72.0), 0);
    test_policy_free(r);
}

/* -- rules that wait --------------------------------------------------------------- */

/* Day 4 begins at 96 h, in the hold of PRES from 60 to 132 h. */
static void test_policy_a_day_waits_for_the_switch_in_force_to_end(void **state)
{
    static const struct test_happening pres[] = {{0, 50.0}};
    static const double when[] = {60.0, 132.0};
    static const double which[] = {0.0, 1.0};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, every: 12 h}]" MORE
                   "when: {pres: {resume: {after: 72 h}}, day: {day: 4, steps: [{give: "
                   "1 mg, every: 12 h}]}}",
        .event = pres,
        .nevents = 1,
        .horizon = 240.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_SWITCH, when, which, 2);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 132.0);
    assert_int_equal(test_policy_doses(r, 60.0, 131.9), 0);
    assert_true(test_policy_dose(r, 132.0) == 1.0);
    assert_true(test_policy_dose(r, 228.0) == 1.0);
    test_policy_free(r);
}

static void test_policy_an_outcome_waits_for_the_switch_in_force_to_end(void **state)
{
    static const struct test_happening both[] = {{0, 50.0}, {1, 70.0}};
    static const double when[] = {60.0, 132.0};
    static const double which[] = {0.0, 1.0};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, every: 12 h}]" MORE
                   "when: {pres: {resume: {after: 72 h}}, rejection: [{give: 5 mg, "
                   "every: 12 h}]}",
        .event = both,
        .nevents = 2,
        .horizon = 240.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_SWITCH, when, which, 2);
    assert_true(test_policy_dose(r, 132.0) == 5.0);
    test_policy_free(r);
}

/* A result of long ago says nothing: a level is measured again. */
static void test_policy_a_level_does_not_wait(void **state)
{
    static const struct test_happening pres[] = {{0, 50.0}};
    static const struct test_level level[] = {
        {-1.0, 12.0}, {70.0, 30.0}, {100.0, 12.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, every: 12 h}]" MORE "monitor: {}" MORE
                   "when: {pres: {resume: {after: 72 h}}, level_above: {level: 20 "
                   "ng/mL, steps: [{hold: 30 d}]}}",
        .level = level,
        .nlevels = 3,
        .event = pres,
        .nevents = 1,
        .horizon = 240.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    assert_true(test_policy_dose(r, 132.0) == 3.0);
    test_policy_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_an_infusion_is_not_raised_past_its_rate),
        cmocka_unit_test(test_policy_a_shorter_infusion_takes_less),
        cmocka_unit_test(test_policy_a_taper_keeps_its_doses_and_ends_the_adjusted_one),
        cmocka_unit_test(test_policy_another_route_begins_as_planned),
        cmocka_unit_test(test_policy_resumes_after_a_taper_as_planned),
        cmocka_unit_test(test_policy_another_interval_or_formulation_keeps_the_dose),
        cmocka_unit_test(test_policy_a_day_waits_for_the_switch_in_force_to_end),
        cmocka_unit_test(test_policy_an_outcome_waits_for_the_switch_in_force_to_end),
        cmocka_unit_test(test_policy_a_level_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
