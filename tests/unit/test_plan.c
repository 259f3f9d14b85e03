/** A scenario made ready: output times, day axis, daily doses, targets, records. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/registry.h"
#include "tests/support/engine.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* `start` is {day: ..., clock: ...}; `top` are lines at the root. */
static struct tacro_scenario *open_with(const char *start, const char *top,
                                        const char *regimens)
{
    char text[4096];
    snprintf(text, sizeof text,
             "title: plan\n"
             "pk: rounded\n"
             "risk: [pres_lung]\n"
             "start: %s\n"
             "horizon: 75 h\n"
             "seed: 7\n"
             "draws: 1\n"
             "%s"
             "patients: {n: 700}\n"
             "regimens:\n%s",
             start, top, regimens);
    return test_scenario(text);
}

static const char morning[] = "{day: 0, clock: \"08:00\"}";
static const char two[] =
    "  a: {steps: [{give: 3 mg, every: 7 h, for: 14 h}, {give: 2 mg, "
    "every: 12 h}]}\n"
    "  b: {steps: [{hold: 5 h}, {give: 1 mg, every: 24 h}]}\n";

static void check_times(const struct tacro_scenario *s, const double *want, size_t n)
{
    assert_int_equal(s->ntimes, n);
    for (size_t i = 0; i < n; i++) {
        if (fabs(s->time[i] - want[i]) > 1e-12) {
            fail_msg("time %zu is %.17g h, expected %g h", i, s->time[i], want[i]);
        }
        assert_int_equal(tacro_scenario_output(s, want[i]), i);
    }
}

static void
test_plan_output_times_are_grid_doses_troughs_landmark_horizon_once(void **state)
{
    static const double want[] = {0,  5,  7,  10, 14, 20, 24, 26, 29, 30, 38,
                                  40, 48, 50, 53, 60, 62, 70, 72, 74, 75};
    struct tacro_scenario *s =
        open_with(morning, "output: {every: 10 h}\nlandmark: 1 d\nreference: a\n", two);
    (void)state;
    check_times(s, want, COUNT(want));
    tacro_scenario_free(s);
}

static void test_plan_landmark_off_the_grid_is_an_output(void **state)
{
    struct tacro_scenario *s = open_with(
        morning, "output: {every: 25 h}\nlandmark: 33 h\nreference: a\n", two);
    (void)state;
    assert_true(s->time[s->landmark_output] == 33.0);
    assert_true(s->time[s->ntimes - 1] == 75.0);
    tacro_scenario_free(s);
}

static void check_days(const struct tacro_scenario *s, int first, double time0,
                       size_t n)
{
    assert_int_equal(s->ndays, n);
    for (size_t d = 0; d < n; d++) {
        assert_int_equal(s->day[d], first + (int)d);
        assert_true(fabs(s->time[s->day_output[d]] - (time0 + 24.0 * (double)d)) <
                    1e-9);
        assert_int_not_equal(s->record_of[s->day_output[d]], TACRO_NONE);
    }
}

/* trough_at is by default the clock of the reference regimen's first dose. */
static void test_plan_days_start_at_the_start_that_is_a_trough(void **state)
{
    struct tacro_scenario *s = open_with(morning, "reference: a\n", two);
    (void)state;
    check_days(s, 0, 0.0, 4);
    tacro_scenario_free(s);
    s = open_with(morning, "reference: b\n", two); /* first dose at 13:00 */
    assert_true(s->input->trough_clock == 13.0);
    check_days(s, 0, 5.0, 3);
    tacro_scenario_free(s);
}

static void test_plan_days_of_a_start_before_trough_at_begin_on_that_day(void **state)
{
    struct tacro_scenario *s = open_with("{day: 0, clock: \"02:00\"}",
                                         "trough_at: \"08:00\"\nreference: a\n", two);
    (void)state;
    check_days(s, 0, 6.0, 3);
    tacro_scenario_free(s);
}

static void
test_plan_days_of_a_start_after_trough_at_begin_on_the_next_day(void **state)
{
    struct tacro_scenario *s =
        open_with("{day: 0, clock: \"14:30\"}",
                  "trough_at: \"08:00\"\noutput: {every: 10 h}\nreference: a\n", two);
    (void)state;
    check_days(s, 1, 17.5, 3);
    tacro_scenario_free(s);
}

/* a: 3 mg at 0, 7 h; 2 mg at 14, 26, 38, 50, 62, 74 h. Days: 0, 24, 48, 72 h. */
static double daily_dose(const struct tacro_scenario *s, size_t regimen, size_t d)
{
    return tacro_scenario_daily_dose(s, &s->arm[regimen].course.ledger, d);
}

static void test_plan_daily_dose_sums_a_dosing_day_and_is_nan_when_cut(void **state)
{
    static const double want[] = {8.0, 4.0, 4.0};
    struct tacro_scenario *s = open_with(morning, "reference: a\n", two);
    (void)state;
    for (size_t d = 0; d < 3; d++) {
        assert_true(daily_dose(s, 0, d) == want[d]);
        assert_true(daily_dose(s, 1, d) == 1.0);
    }
    assert_true(isnan(daily_dose(s, 0, 3)));
    assert_true(isnan(daily_dose(s, 1, 3)));
    tacro_scenario_free(s);
}

/* A dose at the instant of the trough opens its day. */
static void test_plan_dose_at_a_trough_counts_for_the_day_that_starts(void **state)
{
    struct tacro_scenario *s = open_with(
        morning, "reference: a\n",
        "  a: {steps: [{give: 1 mg, every: 24 h, for: 1 d}, {give: 2 mg, every: "
        "24 h}]}\n");
    (void)state;
    assert_true(daily_dose(s, 0, 0) == 1.0);
    assert_true(daily_dose(s, 0, 1) == 2.0);
    tacro_scenario_free(s);
}

static void test_plan_targets_hold_from_their_time_on(void **state)
{
    struct tacro_scenario *s =
        open_with(morning,
                  "target: [{from: 1 d, trough: 9-15 ng/mL}, {from: "
                  "2 d, trough: 10-12 ng/mL}]\nreference: a\n",
                  two);
    double low = -1.0;
    double high = -1.0;
    (void)state;
    assert_false(tacro_scenario_target(s, 23.9, &low, &high));
    assert_true(low == -1.0 && high == -1.0);
    assert_true(tacro_scenario_target(s, 24.0 - 1e-9, &low, &high));
    assert_true(low == 9.0 && high == 15.0);
    assert_true(tacro_scenario_target(s, 47.9, &low, &high));
    assert_true(low == 9.0 && high == 15.0);
    assert_true(tacro_scenario_target(s, 48.0, &low, &high));
    assert_true(low == 10.0 && high == 12.0);
    tacro_scenario_free(s);
}

static void test_plan_without_target_has_none(void **state)
{
    struct tacro_scenario *s = open_with(morning, "reference: a\n", two);
    double low = 0.0;
    double high = 0.0;
    (void)state;
    assert_false(tacro_scenario_target(s, 72.0, &low, &high));
    tacro_scenario_free(s);
}

static void test_plan_records_are_days_landmark_and_horizon(void **state)
{
    struct tacro_scenario *s = open_with(
        morning, "output: {every: 10 h}\nlandmark: 30 h\nreference: a\n", two);
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < s->ntimes; i++) {
        const double t = s->time[i];
        const bool is_record = fmod(t, 24.0) == 0.0 || t == 30.0 || t == 75.0;
        assert_int_equal(s->record_of[i], is_record ? (int)n : TACRO_NONE);
        n += is_record ? 1 : 0;
    }
    assert_int_equal(s->nrecords, n);
    assert_int_equal(n, 6);
    tacro_scenario_free(s);
}

/* Grid of 10 h, records and own doses; not what another regimen's doses add. */
static void test_plan_own_times_do_not_depend_on_other_regimens(void **state)
{
    static const double a[] = {0,  7,  10, 14, 20, 24, 26, 30, 38,
                               40, 48, 50, 60, 62, 70, 72, 74, 75};
    static const double b[] = {0,  5,  10, 20, 24, 29, 30, 40,
                               48, 50, 53, 60, 70, 72, 75};
    struct tacro_scenario *s =
        open_with(morning, "output: {every: 10 h}\nlandmark: 1 d\nreference: a\n", two);
    size_t n[2] = {0, 0};
    (void)state;
    for (size_t i = 0; i < s->ntimes; i++) {
        if (s->is_own[i]) {
            assert_true(n[0] < COUNT(a) && s->time[i] == a[n[0]]);
            n[0]++;
        }
        if (s->is_own[s->ntimes + i]) {
            assert_true(n[1] < COUNT(b) && s->time[i] == b[n[1]]);
            n[1]++;
        }
    }
    assert_int_equal(n[0], COUNT(a));
    assert_int_equal(n[1], COUNT(b));
    tacro_scenario_free(s);
}

static void test_plan_more_statistics_than_memory_are_refused(void **state)
{
    char path[256];
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *s = NULL;
    const struct tacro_overrides overrides = {.params_dir =
                                                  TACRO_SOURCE_DIR "/tests/params"};
    FILE *file;
    (void)state;
    test_temporary(path, "fine.yaml");
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("title: fine\npk: rounded\nstart: {day: 0, clock: \"08:00\"}\n"
                      "horizon: 365 d\noutput: {every: 1 min}\nseed: 1\ndraws: 1\n"
                      "patients: {n: 1}\n"
                      "regimens: {a: {steps: [{give: 1 mg, every: 12 h}]}}\n",
                      file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_scenario_open(path, &overrides, &notes, &s, &err),
                     TACRO_EINPUT);
    assert_null(s);
    assert_int_equal(notes.nfaults, 1);
    assert_string_equal(notes.note[notes.n - 1].text,
                        "output.every: 525601 output times x 1 regimens take 5 GB of "
                        "statistics, expected at most 4 GB: a longer interval");
    tacro_notes_free(&notes);
    unlink(path);
}

static void test_plan_first_dose_and_subjects(void **state)
{
    struct tacro_scenario *s =
        open_with(morning, "reference: a\n",
                  "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
                  "  b: {steps: [{hold: 5 h}, {give: 1 mg, every: 24 h}]}\n"
                  "  c: {steps: [{hold: 75 h}]}\n");
    (void)state;
    assert_true(tacro_scenario_first_dose(s, 0) == 0.0);
    assert_true(tacro_scenario_first_dose(s, 1) == 5.0);
    assert_true(tacro_scenario_first_dose(s, 2) == INFINITY);
    assert_int_equal(tacro_scenario_subjects(s), 700);
    s->input->ndraws = 3;
    assert_int_equal(tacro_scenario_subjects(s), 2100);
    tacro_scenario_free(s);
}

static void test_plan_chain_is_pk_then_area_then_risks(void **state)
{
    static const char *const name[] = {"DEPOT", "CENTRAL", "PERIPHERAL", "AUC",
                                       "CE",    "STRESS",  "HP"};
    struct tacro_scenario *s = open_with(morning, "reference: a\n", two);
    (void)state;
    assert_int_equal(s->system->nstates, COUNT(name));
    for (size_t i = 0; i < COUNT(name); i++) {
        assert_string_equal(s->system->state[i]->name, name[i]);
    }
    assert_int_equal(s->system->hazard_state[1], 6);
    tacro_scenario_free(s);
}

/* Every parameter lands on the coefficient of its own name; F1 on none. */
static void test_plan_maps_every_rule_to_its_coefficient(void **state)
{
    struct tacro_scenario *s = open_with(morning, "reference: a\n", two);
    (void)state;
    for (size_t i = 0; i < s->rules->n; i++) {
        const struct tacro_rule *rule = &s->rules->rule[i];
        bool is_found = false;
        for (size_t k = 0; k < s->system->nparts && s->coef[i] != TACRO_NONE; k++) {
            const struct tacro_placed_part *place = &s->system->part[k];
            const struct tacro_part *p = tacro_parts_at(place->part);
            const size_t at = (size_t)s->coef[i];
            if (place->set == rule->set && at >= place->coef &&
                at < place->coef + p->nparams) {
                is_found =
                    strcmp(p->params[at - place->coef].name, rule->theta->name) == 0;
            }
        }
        assert_int_equal(is_found, strcmp(rule->theta->name, "F1") != 0);
    }
    tacro_scenario_free(s);
}

static void test_plan_is_told_through_the_public_functions(void **state)
{
    struct tacro_scenario *s =
        open_with("{day: 2, clock: \"20:00\"}",
                  "landmark: 30 h\nreference: a\nbefore: none\n", two);
    const struct tacro_frame frame = tacro_scenario_frame(s);
    const struct tacro_plan plan = tacro_scenario_plan(s, 1);
    (void)state;
    assert_int_equal(tacro_scenario_regimens(s), 2);
    assert_string_equal(plan.label, "b");
    assert_int_equal(plan.ndoses, 3);
    assert_true(plan.dose[0].time == 5.0 && plan.dose[0].amount == 1.0);
    assert_string_equal(frame.title, "plan");
    assert_int_equal(frame.npks, 1);
    assert_string_equal(frame.pk[0], "rounded");
    assert_int_equal(frame.noutcomes, 1);
    assert_int_equal(frame.subjects, 700);
    assert_int_equal(frame.draws, 1);
    assert_int_equal(frame.seed, 7);
    assert_true(frame.start_day == 2.0 && frame.start_clock == 20.0);
    assert_true(frame.horizon == 75.0 && frame.landmark == 30.0);
    tacro_scenario_free(s);
    tacro_scenario_free(NULL);
}

static void test_plan_of_a_bad_scenario_fails_with_notes_and_no_scenario(void **state)
{
    char path[256];
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *s = (struct tacro_scenario *)&err;
    FILE *file;
    (void)state;
    test_temporary(path, "bad.yaml");
    assert_int_equal(tacro_scenario_open(path, NULL, &notes, &s, &err), TACRO_ENOINPUT);
    assert_null(s);
    tacro_notes_free(&notes);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("title: only\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tacro_scenario_open(path, NULL, &notes, &s, &err), TACRO_EINPUT);
    assert_null(s);
    assert_true(notes.nfaults > 0);
    tacro_notes_free(&notes);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_plan_output_times_are_grid_doses_troughs_landmark_horizon_once),
        cmocka_unit_test(test_plan_landmark_off_the_grid_is_an_output),
        cmocka_unit_test(test_plan_days_start_at_the_start_that_is_a_trough),
        cmocka_unit_test(test_plan_days_of_a_start_before_trough_at_begin_on_that_day),
        cmocka_unit_test(
            test_plan_days_of_a_start_after_trough_at_begin_on_the_next_day),
        cmocka_unit_test(test_plan_daily_dose_sums_a_dosing_day_and_is_nan_when_cut),
        cmocka_unit_test(test_plan_dose_at_a_trough_counts_for_the_day_that_starts),
        cmocka_unit_test(test_plan_targets_hold_from_their_time_on),
        cmocka_unit_test(test_plan_without_target_has_none),
        cmocka_unit_test(test_plan_records_are_days_landmark_and_horizon),
        cmocka_unit_test(test_plan_own_times_do_not_depend_on_other_regimens),
        cmocka_unit_test(test_plan_more_statistics_than_memory_are_refused),
        cmocka_unit_test(test_plan_first_dose_and_subjects),
        cmocka_unit_test(test_plan_chain_is_pk_then_area_then_risks),
        cmocka_unit_test(test_plan_maps_every_rule_to_its_coefficient),
        cmocka_unit_test(test_plan_is_told_through_the_public_functions),
        cmocka_unit_test(test_plan_of_a_bad_scenario_fails_with_notes_and_no_scenario),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
