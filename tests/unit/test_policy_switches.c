/** Rules that switch the plan, by levels, outcomes and days that the test sets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MORE "\n  " /* the next key of a regimen */
#define TWICE "steps: [{give: 3 mg, every: 12 h}]" MORE
#define DAILY "adjust: {every: 24 h, target: 10-15 ng/mL}"
#define PRES 0
#define REJECTION 1

/* -- switches ---------------------------------------------------------------------- */

static void test_policy_level_above_switches_at_the_next_dose_time(void **state)
{
    static const struct test_level level[] = {{-1.0, 20.0}, {40.0, 20.1}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {every: 24 h}" MORE
                         "when: {level_above: {level: 20 ng/mL, steps: [{hold: 1 d}, "
                         "{give: 1 mg, every: 8 h}]}}",
        .level = level,
        .nlevels = 2,
        .horizon = 120.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0); /* sample 48, result 54 */
    assert_true(test_policy_dose(r, 48.0) == 3.0);
    assert_int_equal(test_policy_doses(r, 48.1, 84.0), 0);
    assert_true(test_policy_dose(r, 84.0) == 1.0);
    assert_true(test_policy_dose(r, 92.0) == 1.0);
    test_policy_free(r);
}

static void test_policy_level_below_switches(void **state)
{
    static const struct test_level level[] = {{-1.0, 5.0}, {40.0, 4.9}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {every: 24 h}" MORE
                         "when: {level_below: {level: 5 ng/mL, steps: [{give: 7 mg, "
                         "every: 12 h}]}}",
        .level = level,
        .nlevels = 2,
        .horizon = 120.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    assert_true(test_policy_dose(r, 60.0) == 7.0);
    test_policy_free(r);
}

static void test_policy_outcome_is_recognised_later_and_acts_on_the_grid(void **state)
{
    static const struct test_happening at50[] = {{PRES, 50.0}};
    static const struct test_happening at54[] = {{PRES, 54.0}};
    static const double when[] = {50.0};
    static const double what[] = {PRES};
    const struct test_script script = {.regimen = TWICE
                                       "when: {pres: [{give: 1 mg, every: 12 h}]}",
                                       .event = at50,
                                       .nevents = 1,
                                       .horizon = 120.0};
    struct test_script edge = script;
    struct test_script late = script;
    struct test_policy *r = test_policy_follow(&script);
    (void)state;
    test_policy_check(r, TACRO_LEDGER_EVENT, when, what, 1);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    assert_true(test_policy_dose(r, 60.0) == 1.0);
    test_policy_free(r);
    edge.event = at54; /* recognised at 60 h, at the dose */
    r = test_policy_follow(&edge);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    test_policy_free(r);
    late.regimen = TWICE "when: {pres: {recognised_after: 11 h, steps: [{hold: 1 d}]}}";
    r = test_policy_follow(&late);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 72.0);
    test_policy_free(r);
}

static void test_policy_outcome_of_another_kind_does_nothing(void **state)
{
    static const struct test_happening other[] = {{REJECTION, 50.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "when: {pres: [{hold: 1 d}]}", .event = other, .nevents = 1});
    (void)state;
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_EVENT), 1);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_SWITCH), 0);
    assert_int_equal(r->ndoses, 28);
    test_policy_free(r);
}

/* Day 3 begins at 06:00, 70 h after the start; the next dose is at 72 h. */
static void test_policy_day_switches_at_its_first_dose(void **state)
{
    static const struct tacro_clock early = {
        .start_day = 0.0, .start_clock = 8.0, .trough_clock = 6.0, .occasion = 12.0};
    const char *regimen =
        TWICE "when: {day: {day: 3, steps: [{give: 1 mg, every: 24 h}]}}";
    struct test_policy *r =
        test_policy_follow(&(struct test_script){.regimen = regimen, .horizon = 130.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 72.0);
    test_policy_free(r);
    r = test_policy_follow(
        &(struct test_script){.regimen = regimen, .clock = &early, .horizon = 130.0});
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 72.0);
    assert_true(test_policy_dose(r, 60.0) == 3.0);
    assert_true(test_policy_dose(r, 72.0) == 1.0);
    assert_int_equal(test_policy_doses(r, 72.1, 130.0), 2);
    test_policy_free(r);
}

/* -- priority ---------------------------------------------------------------------- */

static void test_policy_earlier_entry_wins_at_one_instant(void **state)
{
    static const struct test_happening both[] = {{REJECTION, 50.0}, {PRES, 50.0}};
    static const double when[] = {60.0};
    static const double which[] = {0.0};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "when: {pres: [{give: 1 mg, every: 12 h}], rejection: [{give: "
                         "5 mg, every: 12 h}]}",
        .event = both,
        .nevents = 2});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_SWITCH, when, which, 1);
    assert_true(test_policy_dose(r, 60.0) == 1.0);
    test_policy_free(r);
    r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "when: {rejection: [{give: 5 mg, every: 12 h}], pres: [{give: "
                         "1 mg, every: 12 h}]}",
        .event = both,
        .nevents = 2});
    test_policy_check(r, TACRO_LEDGER_SWITCH, when, which, 1);
    assert_true(test_policy_dose(r, 60.0) == 5.0);
    test_policy_free(r);
}

/* Recognised at 50 and 55 h, both act at 60 h at the earliest. */
static void test_policy_earlier_entry_wins_while_another_waits(void **state)
{
    static const struct test_happening first[] = {{REJECTION, 49.0}, {PRES, 53.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "when: {pres: [{give: 1 mg, every: 12 h}], rejection: [{give: "
                         "5 mg, every: 12 h}]}",
        .event = first,
        .nevents = 2});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    assert_true(test_policy_dose(r, 60.0) == 1.0);
    test_policy_free(r);
}

static void
test_policy_switch_in_force_is_replaced_only_by_an_earlier_entry(void **state)
{
    static const struct test_happening pres_last[] = {{REJECTION, 40.0}, {PRES, 70.0}};
    static const struct test_happening pres_first[] = {{PRES, 40.0}, {REJECTION, 70.0}};
    static const double when[] = {48.0, 84.0};
    static const double which[] = {1.0, 0.0};
    static const char regimen[] =
        TWICE "when: {pres: [{give: 1 mg, every: 12 h}], rejection: [{give: 5 mg, "
              "every: 12 h}]}";
    struct test_policy *r = test_policy_follow(
        &(struct test_script){.regimen = regimen, .event = pres_last, .nevents = 2});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_SWITCH, when, which, 2);
    assert_true(test_policy_dose(r, 72.0) == 5.0);
    assert_true(test_policy_dose(r, 84.0) == 1.0);
    test_policy_free(r);
    r = test_policy_follow(
        &(struct test_script){.regimen = regimen, .event = pres_first, .nevents = 2});
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 48.0);
    assert_true(test_policy_dose(r, 84.0) == 1.0);
    test_policy_free(r);
}

/* -- resume ------------------------------------------------------------------------ */

static const char hold_above[] =
    TWICE "monitor: {every: 24 h}" MORE
          "when: {level_above: {level: 20 ng/mL, resume: {level_below: 12 ng/mL}}}";

static void test_policy_resumes_by_level_at_its_own_dose_time(void **state)
{
    static const struct test_level level[] = {{-1.0, 25.0}, {40.0, 12.0}, {60.0, 11.9}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = hold_above, .level = level, .nlevels = 3, .horizon = 120.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 36.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 24.0, 48.0, 72.0, 96.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 84.0); /* sample 72, result 78 */
    assert_int_equal(test_policy_doses(r, 24.1, 84.0), 0);
    assert_true(test_policy_dose(r, 84.0) == 3.0);
    assert_true(test_policy_dose(r, 96.0) == 3.0);
    test_policy_free(r);
}

static void test_policy_level_rule_is_armed_again_after_resuming(void **state)
{
    static const struct test_level level[] = {
        {-1.0, 25.0}, {40.0, 11.0}, {60.0, 12.0}, {80.0, 25.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = hold_above, .level = level, .nlevels = 4, .horizon = 130.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 60.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 36.0, 108.0); /* sample 96, result 102 */
    test_policy_free(r);
}

static void test_policy_resumes_some_time_after_the_switch(void **state)
{
    static const struct test_happening at50[] = {{PRES, 50.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "when: {pres: {steps: [{give: 1 mg, every: 12 h}], resume: "
                         "{after: 30 h}}}",
        .event = at50,
        .nevents = 1,
        .horizon = 120.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 90.0);
    assert_true(test_policy_dose(r, 84.0) == 1.0);
    assert_int_equal(test_policy_doses(r, 84.1, 96.0), 0);
    assert_true(test_policy_dose(r, 96.0) == 3.0);
    test_policy_free(r);
}

/* The plan stands where it would be without the switch: in its second step. */
static void test_policy_resumes_at_the_dose_time_of_the_step_then_in_use(void **state)
{
    static const struct test_level level[] = {{-1.0, 25.0}, {45.0, 11.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen =
            "steps: [{give: 3 mg, every: 8 h, for: 36 h}, {give: 2 mg, every: 24 "
            "h}]" MORE "monitor: {every: 24 h, until: 70 h}" MORE
            "when: {level_above: {level: 20 ng/mL, resume: {level_below: 12 "
            "ng/mL}}}",
        .level = level,
        .nlevels = 2,
        .horizon = 120.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 32.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 60.0); /* sample 48, result 54; 36 + 24 */
    assert_true(test_policy_dose(r, 60.0) == 2.0);
    test_policy_free(r);
}

static void test_policy_resumes_its_own_adjusted_dose(void **state)
{
    static const struct test_level level[] = {{-1.0, 6.25}, {30.0, 25.0}, {50.0, 11.0}};
    static const double decided[] = {30.0, 54.0}; /* adjust acts until the switch */
    static const double dose[] = {6.0, 3.0};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE DAILY MORE
        "when: {level_above: {level: 24 ng/mL, steps: [{give: 1 mg, every: 12 h}], "
        "resume: {level_below: 12 ng/mL}}}",
        .level = level,
        .nlevels = 3,
        .horizon = 100.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_DECISION, decided, dose, 2);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 60.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 84.0);
    assert_true(test_policy_dose(r, 60.0) == 1.0);
    assert_true(test_policy_dose(r, 84.0) == 3.0);
    test_policy_free(r);
}

/* -- what a switch ends ------------------------------------------------------------ */

static void test_policy_switch_ends_adjust(void **state)
{
    static const struct test_level low[] = {{-1.0, 12.0}, {50.0, 5.0}};
    static const struct test_happening at40[] = {{PRES, 40.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE DAILY MORE "when: {pres: [{give: 1 mg, every: 12 h}]}",
        .level = low,
        .nlevels = 2,
        .event = at40,
        .nevents = 1});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 48.0);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_RESULT), 13);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_DECISION), 0);
    assert_true(test_policy_dose(r, 324.0) == 1.0);
    test_policy_free(r);
}

static void test_policy_switch_with_its_own_adjust_goes_on(void **state)
{
    static const struct test_level low[] = {
        {-1.0, 12.0}, {40.0, 7.0}, {50.0, 5.0}, {80.0, 7.0}};
    static const struct test_happening at40[] = {{PRES, 40.0}};
    static const double decided[] = {78.0};
    static const double dose[] = {1.5}; /* 1 x 7/5 mg */
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE DAILY MORE
        "when: {pres: {steps: [{give: 1 mg, every: 12 h}], adjust: {target: 6-8 "
        "ng/mL}}}",
        .level = low,
        .nlevels = 4,
        .event = at40,
        .nevents = 1});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_DECISION, decided, dose, 1);
    assert_true(test_policy_dose(r, 84.0) == 1.5);
    test_policy_free(r);
}

static void test_policy_adjusted_dose_does_not_outlive_a_switch(void **state)
{
    static const struct test_level low[] = {{-1.0, 6.25}, {30.0, 12.0}};
    static const struct test_happening at60[] = {{PRES, 60.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE DAILY MORE
        "when: {pres: {steps: [{give: 1 mg, every: 12 h}], resume: {after: 2 d}}}",
        .level = low,
        .nlevels = 2,
        .event = at60,
        .nevents = 1,
        .horizon = 150.0});
    (void)state;
    assert_true(test_policy_dose(r, 60.0) == 6.0);
    assert_true(test_policy_dose(r, 72.0) == 1.0);
    assert_true(test_policy_dose(r, 120.0) == 6.0); /* resumed as it was */
    test_policy_free(r);
}

static void test_policy_only_the_first_event_acts(void **state)
{
    static const struct test_happening twice[] = {{PRES, 40.0}, {PRES, 130.0}};
    struct test_policy *r = test_policy_follow(
        &(struct test_script){.regimen = TWICE "when: {pres: {resume: {after: 1 d}}}",
                              .event = twice,
                              .nevents = 2});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SWITCH, 48.0);
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESUME, 72.0);
    assert_int_equal(test_policy_doses(r, 130.0, 336.0), 17);
    test_policy_free(r);
}

static void test_policy_watches_an_outcome_until_it_happens(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "when: {pres: {recognised_after: 3 h, steps: [{hold: 1 d}]}, "
                         "rejection: [{hold: 2 d}]}",
        .horizon = 1.0});
    (void)state;
    assert_true(tacro_policy_watches(&r->policy, PRES));
    assert_true(tacro_policy_watches(&r->policy, REJECTION));
    assert_false(tacro_policy_watches(&r->policy, 2));
    assert_true(tacro_policy_recognition(&r->policy) == 3.0);
    assert_true(tacro_policy_event(&r->policy, PRES, 5.0, &r->ledger));
    assert_false(tacro_policy_watches(&r->policy, PRES));
    assert_true(tacro_policy_watches(&r->policy, REJECTION));
    assert_true(tacro_policy_recognition(&r->policy) == 6.0);
    assert_true(tacro_policy_next(&r->policy) == 8.0);
    assert_true(tacro_policy_event(&r->policy, REJECTION, 6.0, &r->ledger));
    assert_true(tacro_policy_recognition(&r->policy) == INFINITY);
    test_policy_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_level_above_switches_at_the_next_dose_time),
        cmocka_unit_test(test_policy_level_below_switches),
        cmocka_unit_test(test_policy_outcome_is_recognised_later_and_acts_on_the_grid),
        cmocka_unit_test(test_policy_outcome_of_another_kind_does_nothing),
        cmocka_unit_test(test_policy_day_switches_at_its_first_dose),
        cmocka_unit_test(test_policy_earlier_entry_wins_at_one_instant),
        cmocka_unit_test(test_policy_earlier_entry_wins_while_another_waits),
        cmocka_unit_test(
            test_policy_switch_in_force_is_replaced_only_by_an_earlier_entry),
        cmocka_unit_test(test_policy_resumes_by_level_at_its_own_dose_time),
        cmocka_unit_test(test_policy_level_rule_is_armed_again_after_resuming),
        cmocka_unit_test(test_policy_resumes_some_time_after_the_switch),
        cmocka_unit_test(test_policy_resumes_at_the_dose_time_of_the_step_then_in_use),
        cmocka_unit_test(test_policy_resumes_its_own_adjusted_dose),
        cmocka_unit_test(test_policy_switch_ends_adjust),
        cmocka_unit_test(test_policy_switch_with_its_own_adjust_goes_on),
        cmocka_unit_test(test_policy_adjusted_dose_does_not_outlive_a_switch),
        cmocka_unit_test(test_policy_only_the_first_event_acts),
        cmocka_unit_test(test_policy_watches_an_outcome_until_it_happens),
    };
    return cmocka_run_group_tests_name("policy_switches", tests, NULL, NULL);
}
