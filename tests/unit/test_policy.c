/** Samples, results and doses that follow them, driven by levels that the test sets. */
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

/* -- samples ----------------------------------------------------------------------- */

static void test_policy_sample_is_drawn_at_the_dose_and_known_later(void **state)
{
    static const struct test_level level[] = {{24.0, 99.0}, {30.0, 7.5}};
    static const double known[] = {30.0, 54.0};
    static const double measured[] = {12.0, 7.5}; /* just before the dose of 24 h */
    struct test_policy *r = test_policy_follow(
        &(struct test_script){.regimen = TWICE "monitor: {every: 24 h}",
                              .level = level,
                              .nlevels = 2,
                              .horizon = 60.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 24.0, 48.0);
    test_policy_check(r, TACRO_LEDGER_RESULT, known, measured, 2);
    assert_int_equal(r->ledger.n, 4);
    test_policy_free(r);
}

static void test_policy_result_delay_is_that_of_the_protocol(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {every: 24 h, result_after: 90 min}",
        .horizon = 60.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESULT, 25.5, 49.5);
    test_policy_free(r);
    r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {every: 24 h, result_after: 0 h}", .horizon = 60.0});
    TEST_POLICY_ROWS(r, TACRO_LEDGER_RESULT, 24.0, 48.0);
    test_policy_free(r);
}

static void test_policy_nominal_time_moves_to_the_next_planned_dose(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, at: [\"07:00\", \"19:00\"]}]" MORE
                   "monitor: {from: 20 h, every: 24 h, until: 90 h}"});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 23.0, 47.0, 71.0);
    test_policy_free(r);
}

/* 48 h lies in a hold and the next dose is 36 h off; 72 h moves to the dose of 84 h. */
static void test_policy_nominal_time_in_a_hold_stays_unless_a_dose_is_near(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, every: 12 h, for: 36 h}, {hold: 2 d}, "
                   "{give: 2 mg, every: 12 h}]" MORE "monitor: {every: 24 h}",
        .horizon = 110.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 24.0, 48.0, 84.0, 96.0);
    test_policy_free(r);
}

static void test_policy_sample_some_time_after_the_dose(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {sample: 2 h, every: 24 h}", .horizon = 60.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 26.0, 50.0);
    test_policy_free(r);
}

/* The dose of the nominal time 12 h is at 23 h, its sample at 25 h, after 24 h. */
static void test_policy_sample_later_than_the_next_nominal_time_is_drawn(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, at: [\"07:00\", \"19:00\"]}]" MORE
                   "monitor: {sample: 2 h, every: 12 h}",
        .horizon = 60.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 25.0, 37.0, 49.0);
    test_policy_free(r);
}

static void test_policy_samples_are_from_and_before_their_limits(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {from: 0 h, every: 12 h, until: 36 h}"});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 0.0, 12.0, 24.0);
    test_policy_free(r);
}

static void test_policy_level_below_lloq_is_no_number_and_changes_nothing(void **state)
{
    static const struct test_level level[] = {{-1.0, 1.99}, {40.0, 2.0}};
    static const double known[] = {30.0, 54.0};
    static const double measured[] = {NAN, 2.0};
    static const double decided[] = {54.0};
    static const double dose[] = {19.0}; /* 3 x 12.5/2 = 18.75 mg */
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen =
            TWICE "adjust: {every: 24 h, lloq: 2 ng/mL, target: 10-15 ng/mL}" MORE
                  "when: {level_below: {level: 1.995 ng/mL, steps: [{hold: 1 d}]}}",
        .level = level,
        .nlevels = 2,
        .horizon = 70.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_RESULT, known, measured, 2);
    test_policy_check(r, TACRO_LEDGER_DECISION, decided, dose, 1);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_SWITCH), 0);
    test_policy_free(r);
}

static void test_policy_level_of_nothing_is_no_number(void **state)
{
    static const struct test_level none[] = {{-1.0, 0.0}};
    static const double known[] = {30.0};
    static const double measured[] = {NAN};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "adjust: {every: 24 h, target: 10-15 ng/mL}",
        .level = none,
        .nlevels = 1,
        .horizon = 40.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_RESULT, known, measured, 1);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_DECISION), 0);
    test_policy_free(r);
}

/* -- assay ------------------------------------------------------------------------- */

#define ASSAYS 2000

/* Relative errors of results drawn at every hour; returns how many. */
static size_t errors_of(const char *regimen, double level, uint64_t patient,
                        double *error)
{
    const struct test_level constant[] = {{-1.0, level}};
    size_t n = 0;
    struct test_policy *r =
        test_policy_follow(&(struct test_script){.regimen = regimen,
                                                 .level = constant,
                                                 .nlevels = 1,
                                                 .horizon = ASSAYS + 1.0,
                                                 .patient = patient});
    for (size_t i = 0; i < r->ledger.n; i++) {
        if (r->ledger.row[i].kind == TACRO_LEDGER_RESULT) {
            error[n++] = r->ledger.row[i].amount / level - 1.0;
        }
    }
    test_policy_free(r);
    return n;
}

#define HOURLY "monitor: {every: 1 h, result_after: 0.5 h, assay: 8 %}"

static void test_policy_assay_error_is_the_patients_and_the_minutes(void **state)
{
    static double one[ASSAYS];
    static double same[ASSAYS];
    static double other[ASSAYS];
    size_t ndifferent = 0;
    (void)state;
    assert_int_equal(
        errors_of("steps: [{give: 3 mg, every: 1 h}]" MORE HOURLY, 12.0, 5, one),
        ASSAYS);
    assert_int_equal(
        errors_of("steps: [{give: 1 mg, every: 1 h}]" MORE HOURLY, 4.0, 5, same),
        ASSAYS);
    assert_int_equal(
        errors_of("steps: [{give: 3 mg, every: 1 h}]" MORE HOURLY, 12.0, 6, other),
        ASSAYS);
    for (size_t i = 0; i < ASSAYS; i++) {
        assert_true(fabs(one[i] - same[i]) < 1e-12);
        ndifferent += fabs(one[i] - other[i]) > 1e-9 ? 1 : 0;
        assert_true(i == 0 || one[i] != one[i - 1]);
    }
    assert_true(ndifferent > ASSAYS - 5);
}

static void test_policy_assay_error_has_mean_0_and_its_cv(void **state)
{
    static double error[ASSAYS];
    double sum = 0.0;
    double squares = 0.0;
    double sd;
    (void)state;
    errors_of("steps: [{give: 3 mg, every: 1 h}]" MORE HOURLY, 12.0, 9, error);
    for (size_t i = 0; i < ASSAYS; i++) {
        sum += error[i];
        squares += error[i] * error[i];
    }
    sum /= ASSAYS;
    sd = sqrt(squares / ASSAYS - sum * sum);
    /* within 4 standard errors */
    assert_true(fabs(sum) < 4.0 * 0.08 / sqrt(ASSAYS));
    assert_true(fabs(sd / 0.08 - 1.0) < 4.0 / sqrt(2.0 * ASSAYS));
}

/* -- adjust ------------------------------------------------------------------------ */

static void
test_policy_adjust_applies_from_the_first_dose_after_the_result(void **state)
{
    static const struct test_level low[] = {{-1.0, 7.5}, {25.0, 12.0}};
    static const double decided[] = {30.0};
    static const double dose[] = {5.0};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE DAILY, .level = low, .nlevels = 2, .horizon = 96.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_DECISION, decided, dose, 1);
    assert_true(test_policy_dose(r, 24.0) == 3.0);
    assert_true(test_policy_dose(r, 36.0) == 5.0);
    assert_true(test_policy_dose(r, 84.0) == 5.0);
    test_policy_free(r);
}

static void test_policy_adjust_applies_to_the_dose_at_the_result(void **state)
{
    static const struct test_level low[] = {{-1.0, 7.5}, {25.0, 12.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen =
            TWICE "adjust: {every: 24 h, result_after: 12 h, target: 10-15 ng/mL}",
        .level = low,
        .nlevels = 2,
        .horizon = 96.0});
    (void)state;
    assert_true(test_policy_dose(r, 24.0) == 3.0);
    assert_true(test_policy_dose(r, 36.0) == 5.0);
    test_policy_free(r);
}

static void test_policy_adjust_starts_from_the_dose_in_use(void **state)
{
    static const struct test_level low[] = {{-1.0, 6.25}, {25.0, 25.0}};
    static const double decided[] = {30.0, 54.0, 78.0};
    static const double dose[] = {6.0, 3.0, 1.5};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE DAILY, .level = low, .nlevels = 2, .horizon = 96.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_DECISION, decided, dose, 3);
    test_policy_free(r);
}

static void test_policy_adjust_level_in_range_leaves_no_decision(void **state)
{
    struct test_policy *r =
        test_policy_follow(&(struct test_script){.regimen = TWICE DAILY});
    (void)state;
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_RESULT), 13);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_DECISION), 0);
    assert_true(test_policy_dose(r, 324.0) == 3.0);
    test_policy_free(r);
}

/* At 36 h the target was 10-15 ng/mL, although the result comes after 48 h. */
static void test_policy_target_is_that_of_the_sample(void **state)
{
    static const struct tacro_target target[] = {{0.0, 10.0, 15.0}, {48.0, 5.0, 8.0}};
    static const struct test_level nine[] = {{-1.0, 9.0}};
    static const double decided[] = {56.0, 92.0};
    static const double dose[] = {4.0, 3.0}; /* 4.17 mg, then 2.89 mg */
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "adjust: {every: 36 h, result_after: 20 h}",
        .level = nine,
        .nlevels = 1,
        .target = target,
        .ntargets = 2,
        .horizon = 100.0});
    (void)state;
    test_policy_check(r, TACRO_LEDGER_DECISION, decided, dose, 2);
    test_policy_free(r);
}

static void test_policy_before_the_first_target_nothing_changes(void **state)
{
    static const struct tacro_target target[] = {{48.0, 10.0, 15.0}};
    static const struct test_level low[] = {{-1.0, 6.25}};
    struct test_policy *r = test_policy_follow(
        &(struct test_script){.regimen = TWICE "adjust: {every: 24 h}",
                              .level = low,
                              .nlevels = 1,
                              .target = target,
                              .ntargets = 1,
                              .horizon = 70.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_DECISION, 54.0);
    test_policy_free(r);
}

#define HOLD                                                                           \
    "steps: [{give: 3 mg, every: 12 h, for: 36 h}, {hold: 30 h}, {give: 3 mg, "        \
    "every: 12 h}]" MORE                                                               \
    "adjust: {every: 12 h, result_after: 20 h, target: 10-15 ng/mL}"

/* Samples at 12, 24, 36 (held), 48 (held), 66, 72 h; that of 48 h is known at 68 h. */
static void test_policy_level_drawn_in_a_hold_changes_nothing(void **state)
{
    static const struct test_level held[] = {{47.0, 5.0}, {49.0, 12.0}};
    static const struct test_level given[] = {{65.0, 6.25}, {67.0, 12.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = HOLD, .level = held, .nlevels = 2, .horizon = 96.0});
    (void)state;
    TEST_POLICY_ROWS(r, TACRO_LEDGER_SAMPLE, 12.0, 24.0, 36.0, 48.0, 66.0, 78.0, 90.0);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_DECISION), 0);
    test_policy_free(r);
    r = test_policy_follow(&(struct test_script){
        .regimen = HOLD, .level = given, .nlevels = 2, .horizon = 96.0});
    TEST_POLICY_ROWS(r, TACRO_LEDGER_DECISION, 86.0);
    test_policy_free(r);
}

static void test_policy_loading_dose_is_not_adjusted(void **state)
{
    static const struct test_level low[] = {{-1.0, 6.25}, {25.0, 12.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3 mg, every: 12 h, for: 2 d}, {give: 2 mg, every: "
                   "12 h, loading: 8 mg}]" MORE DAILY,
        .level = low,
        .nlevels = 2,
        .horizon = 96.0});
    (void)state;
    assert_true(test_policy_dose(r, 36.0) == 6.0);
    assert_true(test_policy_dose(r, 48.0) == 8.0);
    assert_true(test_policy_dose(r, 60.0) == 6.0);
    test_policy_free(r);
}

static void test_policy_monitor_alone_changes_nothing(void **state)
{
    static const struct test_level low[] = {{-1.0, 2.0}};
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = TWICE "monitor: {every: 24 h}", .level = low, .nlevels = 1});
    (void)state;
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_RESULT), 13);
    assert_int_equal(test_policy_count(r, TACRO_LEDGER_DECISION), 0);
    test_policy_free(r);
}

/* -- amounts ----------------------------------------------------------------------- */

static void test_policy_amount_by_weight_is_rounded(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 0.0375 mg/kg, every: 12 h, for: 1 d, loading: 0.1 "
                   "mg/kg}, {give: 0.0375 mg/kg, every: 12 h, round: 0.1 mg}]",
        .horizon = 48.0});
    struct tacro_planned planned = {0.0, &r->text.regimen.plan.step[0], false};
    (void)state;
    assert_true(test_policy_dose(r, 0.0) == 6.0);  /* 6.2 mg */
    assert_true(test_policy_dose(r, 12.0) == 2.5); /* 2.325 mg */
    assert_true(fabs(test_policy_dose(r, 24.0) - 2.3) < 1e-12);
    r->subject.covariate[TACRO_COV_weight] = 80.0;
    assert_true(tacro_planned_amount(&planned, test_policy_rules(), &r->subject) ==
                3.0);
    assert_true(isnan(tacro_planned_amount(&planned, test_policy_rules(), NULL)));
    test_policy_free(r);
}

static void test_policy_amount_in_mg_needs_no_patient(void **state)
{
    struct test_policy *r = test_policy_follow(&(struct test_script){
        .regimen = "steps: [{give: 3.3 mg, every: 12 h, loading: 5 mg}]",
        .horizon = 24.0});
    struct tacro_planned planned = {0.0, &r->text.regimen.plan.step[0], true};
    (void)state;
    assert_true(tacro_planned_amount(&planned, test_policy_rules(), NULL) == 5.0);
    planned.is_first = false;
    assert_true(tacro_planned_amount(&planned, test_policy_rules(), NULL) == 3.3);
    test_policy_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_sample_is_drawn_at_the_dose_and_known_later),
        cmocka_unit_test(test_policy_result_delay_is_that_of_the_protocol),
        cmocka_unit_test(test_policy_nominal_time_moves_to_the_next_planned_dose),
        cmocka_unit_test(
            test_policy_nominal_time_in_a_hold_stays_unless_a_dose_is_near),
        cmocka_unit_test(test_policy_sample_some_time_after_the_dose),
        cmocka_unit_test(test_policy_sample_later_than_the_next_nominal_time_is_drawn),
        cmocka_unit_test(test_policy_samples_are_from_and_before_their_limits),
        cmocka_unit_test(test_policy_level_below_lloq_is_no_number_and_changes_nothing),
        cmocka_unit_test(test_policy_level_of_nothing_is_no_number),
        cmocka_unit_test(test_policy_assay_error_is_the_patients_and_the_minutes),
        cmocka_unit_test(test_policy_assay_error_has_mean_0_and_its_cv),
        cmocka_unit_test(
            test_policy_adjust_applies_from_the_first_dose_after_the_result),
        cmocka_unit_test(test_policy_adjust_applies_to_the_dose_at_the_result),
        cmocka_unit_test(test_policy_adjust_starts_from_the_dose_in_use),
        cmocka_unit_test(test_policy_adjust_level_in_range_leaves_no_decision),
        cmocka_unit_test(test_policy_target_is_that_of_the_sample),
        cmocka_unit_test(test_policy_before_the_first_target_nothing_changes),
        cmocka_unit_test(test_policy_level_drawn_in_a_hold_changes_nothing),
        cmocka_unit_test(test_policy_loading_dose_is_not_adjusted),
        cmocka_unit_test(test_policy_monitor_alone_changes_nothing),
        cmocka_unit_test(test_policy_amount_by_weight_is_rounded),
        cmocka_unit_test(test_policy_amount_in_mg_needs_no_patient),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
