/** The next dose of steps that follow one another, holds and the clock grid. */
#include "dose/planner.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/regimen_text.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct tacro_clock morning = {
    .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};

/* Start at 14:30. */
static const struct tacro_clock afternoon = {
    .start_day = 3.0, .start_clock = 14.5, .trough_clock = 8.0, .occasion = 12.0};

struct plan {
    struct test_regimen text;
    struct tacro_planner planner;
};

/*
 * `steps` as a scenario lists them, from `start` on. The planner points into the text,
 * which stands still.
 */
static struct plan *begin(const char *steps, const struct tacro_clock *clock,
                          double start, double horizon)
{
    static struct plan p;
    const struct tacro_protocol_frame frame = test_frame();
    memset(&p, 0, sizeof p);
    p.text = test_regimen_read(steps, &frame);
    if (!p.text.ok) {
        fail_msg("%s", test_first_note(&p.text.notes, TACRO_FAULT));
    }
    tacro_planner_begin(&p.planner, &p.text.regimen.plan, clock, start, horizon);
    return &p;
}

static void end(struct plan *p)
{
    test_regimen_free(&p->text);
}

struct want {
    double time;
    double amount; /* of the step */
    bool is_first;
};

static void check_doses(struct plan *p, const struct want *want, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct tacro_planned next = p->planner.next;
        if (!(fabs(next.time - want[i].time) < 1e-12)) {
            fail_msg("dose %zu at %.17g h, expected %g h", i, next.time, want[i].time);
        }
        assert_non_null(next.step);
        assert_true(next.step->amount == want[i].amount);
        assert_int_equal(next.is_first, want[i].is_first);
        tacro_planner_pass(&p->planner);
    }
    assert_true(p->planner.next.time == INFINITY);
    assert_null(p->planner.next.step);
    assert_false(p->planner.next.is_first);
    end(p);
}

static void test_planner_window_includes_its_start_and_excludes_its_end(void **state)
{
    static const struct want want[] = {
        {0, 3, true}, {12, 3, false}, {24, 2, true}, {32, 2, false}};
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 24 h}, "
                           "{give: 2 mg, every: 8 h}]",
                           &morning, 0.0, 40.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

static void test_planner_no_dose_at_the_horizon(void **state)
{
    static const struct want want[] = {{0, 3, true}, {12, 3, false}};
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h}]", &morning, 0.0, 24.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

static void test_planner_hold_delays_the_next_step(void **state)
{
    static const struct want want[] = {{10, 1, true}, {34, 1, false}};
    struct plan *p =
        begin("steps: [{hold: 10 h}, {give: 1 mg, every: 24 h}]", &morning, 0.0, 50.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

static void test_planner_sequence_without_steps_has_no_dose(void **state)
{
    static const struct tacro_sequence none = {0};
    struct tacro_planner p;
    (void)state;
    tacro_planner_begin(&p, &none, &morning, 5.0, 50.0);
    assert_true(p.next.time == INFINITY);
    assert_true(tacro_planner_is_held(&p, 5.0));
    assert_true(tacro_planner_is_held(&p, 49.0));
    assert_true(tacro_planner_grid(&p, 17.3) == 17.3);
}

/* A sequence of a rule starts when it switches; the windows count from there. */
static void test_planner_begins_where_it_is_told(void **state)
{
    static const struct want want[] = {{53.5, 1, true}, {65.5, 1, false}};
    struct plan *p =
        begin("steps: [{hold: 1 d}, {give: 1 mg, every: 12 h}]", &morning, 29.5, 77.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

static void test_planner_start_at_or_after_the_horizon_has_no_dose(void **state)
{
    struct plan *p = begin("steps: [{give: 1 mg, every: 12 h}]", &morning, 48.0, 48.0);
    (void)state;
    assert_true(p->planner.next.time == INFINITY);
    end(p);
}

static void test_planner_clock_doses_are_at_clock_times_of_each_day(void **state)
{
    /* 08:00 and 20:00 from 08:00 on */
    static const struct want at_start[] = {
        {0, 3, true}, {12, 3, false}, {24, 3, false}};
    /* from 14:30 on the first is at 20:00 */
    static const struct want later[] = {
        {5.5, 3, true}, {17.5, 3, false}, {29.5, 3, false}};
    struct plan *p =
        begin("steps: [{give: 3 mg, at: [\"08:00\", \"20:00\"]}]", &morning, 0.0, 36.0);
    (void)state;
    check_doses(p, at_start, COUNT(at_start));
    p = begin("steps: [{give: 3 mg, at: [\"08:00\", \"20:00\"]}]", &afternoon, 0.0,
              36.0);
    check_doses(p, later, COUNT(later));
}

/* All clock times of the first day have passed: the next day's come. */
static void test_planner_clock_doses_before_the_start_are_left_out(void **state)
{
    static const struct want want[] = {{16, 2, true}, {20, 2, false}, {40, 2, false}};
    struct plan *p =
        begin("steps: [{give: 2 mg, at: [\"00:00\", \"04:00\"]}]", &morning, 0.0, 44.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

static void test_planner_clock_step_ends_with_its_window(void **state)
{
    static const struct want want[] = {
        {0, 3, true}, {12, 3, false}, {24, 1, true}, {48, 1, false}};
    struct plan *p =
        begin("steps: [{give: 3 mg, at: [\"08:00\", \"20:00\"], for: 1 d}, "
              "{give: 1 mg, at: [\"08:00\"]}]",
              &morning, 0.0, 72.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

/* A step that began at a clock time after rounding has its first dose there. */
static void test_planner_clock_dose_within_rounding_of_the_start_is_given(void **state)
{
    struct plan *p =
        begin("steps: [{give: 3 mg, at: [\"20:00\"]}]", &morning, 12.0 + 1e-9, 48.0);
    (void)state;
    assert_true(p->planner.next.time == 12.0 + 1e-9);
    tacro_planner_pass(&p->planner);
    assert_true(fabs(p->planner.next.time - 36.0) < 1e-6);
    end(p);
}

static void test_planner_loading_is_the_first_dose_of_its_step_alone(void **state)
{
    static const struct want want[] = {
        {0, 3, true}, {12, 3, false}, {24, 2, true}, {36, 2, false}};
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 1 d}, "
                           "{give: 2 mg, every: 12 h, loading: 5 mg}]",
                           &morning, 0.0, 48.0);
    (void)state;
    assert_true(p->planner.next.step->loading == 0.0);
    assert_true(p->text.regimen.plan.step[1].loading == 5.0);
    check_doses(p, want, COUNT(want));
}

static void test_planner_step_shorter_than_its_interval_gives_one_dose(void **state)
{
    static const struct want want[] = {{0, 3, true}, {7, 2, true}};
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 7 h}, "
                           "{give: 2 mg, every: 12 h, for: 5 h}, {hold: 1 d}]",
                           &morning, 0.0, 40.0);
    (void)state;
    check_doses(p, want, COUNT(want));
}

static void test_planner_seek_passes_what_is_before(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 2 d}, {hold: 1 d}, "
                           "{give: 2 mg, every: 12 h}]",
                           &morning, 0.0, 100.0);
    (void)state;
    tacro_planner_seek(&p->planner, 12.0);
    assert_true(p->planner.next.time == 12.0); /* a dose at the instant is kept */
    assert_false(p->planner.next.is_first);
    tacro_planner_seek(&p->planner, 12.0 + 1e-9);
    assert_true(p->planner.next.time == 12.0);
    tacro_planner_seek(&p->planner, 12.1);
    assert_true(p->planner.next.time == 24.0);
    tacro_planner_seek(&p->planner, 3.0); /* never back */
    assert_true(p->planner.next.time == 24.0);
    tacro_planner_seek(&p->planner, 50.0);
    assert_true(p->planner.next.time == 72.0);
    assert_true(p->planner.next.is_first);
    tacro_planner_seek(&p->planner, 1e6);
    assert_true(p->planner.next.time == INFINITY);
    end(p);
}

/* -- holds ------------------------------------------------------------------------- */

static void check_held(const struct plan *p, double t, bool want)
{
    if (tacro_planner_is_held(&p->planner, t) != want) {
        fail_msg("at %g h %s", t, want ? "not held" : "held");
    }
}

static void test_planner_holds_from_the_start_to_the_end_of_a_hold(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 2 d}, {hold: 1 d}, "
                           "{give: 2 mg, every: 12 h}]",
                           &morning, 0.0, 200.0);
    (void)state;
    check_held(p, 0.0, false);
    check_held(p, 36.0, false);
    tacro_planner_seek(&p->planner, 37.0); /* next dose is that of 72 h */
    assert_true(p->planner.next.time == 72.0);
    check_held(p, 37.0, false);
    check_held(p, 47.9, false);
    check_held(p, 48.0, true);
    check_held(p, 71.9, true);
    check_held(p, 72.0, false);
    end(p);
}

static void test_planner_holds_at_the_very_start(void **state)
{
    struct plan *p =
        begin("steps: [{hold: 1 d}, {give: 2 mg, every: 12 h}]", &morning, 10.0, 200.0);
    (void)state;
    check_held(p, 10.0, true);
    check_held(p, 33.9, true);
    check_held(p, 34.0, false);
    end(p);
}

/* A last hold may be longer than what is left: it still starts where it starts. */
static void test_planner_last_hold_past_the_horizon_starts_after_the_doses(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 2 d}, {hold: 10 d}]",
                           &morning, 0.0, 100.0);
    (void)state;
    tacro_planner_seek(&p->planner, 37.0);
    assert_true(p->planner.next.time == INFINITY);
    check_held(p, 37.0, false);
    check_held(p, 48.0, true);
    check_held(p, 99.0, true);
    end(p);
}

static void test_planner_without_a_step_left_it_holds(void **state)
{
    struct plan *p =
        begin("steps: [{give: 3 mg, every: 12 h, for: 2 d}]", &morning, 0.0, 100.0);
    (void)state;
    tacro_planner_seek(&p->planner, 37.0);
    check_held(p, 40.0, false);
    check_held(p, 48.0, true);
    check_held(p, 90.0, true);
    end(p);
}

/* -- grid -------------------------------------------------------------------------- */

static void check_grid(const struct plan *p, double t, double want)
{
    const double got = tacro_planner_grid(&p->planner, t);
    if (!(fabs(got - want) <= 1e-12)) {
        fail_msg("grid from %.12g h is %.12g h, expected %.12g h", t, got, want);
    }
}

static void test_planner_grid_within_a_step_is_its_next_dose_time(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 8 h}]", &morning, 5.0, 100.0);
    (void)state;
    check_grid(p, 5.0, 5.0);
    check_grid(p, 5.1, 13.0);
    check_grid(p, 13.0, 13.0);
    check_grid(p, 13.0 + 1e-9, 13.0); /* one instant */
    tacro_planner_seek(&p->planner, 30.0);
    check_grid(p, 30.0, 37.0);
    end(p);
}

static void test_planner_grid_in_a_hold_is_that_of_the_doses_after_it(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 1 d}, {hold: 30 h}, "
                           "{give: 2 mg, every: 8 h}]",
                           &morning, 0.0, 100.0);
    (void)state;
    tacro_planner_seek(&p->planner, 24.0);
    check_grid(p, 24.0, 30.0); /* 54 - 3 x 8 */
    check_grid(p, 30.1, 38.0);
    check_grid(p, 50.0, 54.0);
    end(p);
}

static void test_planner_grid_before_a_first_hold_goes_backwards(void **state)
{
    struct plan *p =
        begin("steps: [{hold: 30 h}, {give: 2 mg, every: 12 h}]", &morning, 0.0, 100.0);
    (void)state;
    check_grid(p, 0.0, 6.0);
    check_grid(p, 6.0, 6.0);
    check_grid(p, 6.5, 18.0);
    end(p);
}

/* The step in use until its window ends, although its last dose has been passed. */
static void
test_planner_grid_after_the_last_dose_of_a_step_is_still_its_own(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 2 d}, "
                           "{give: 2 mg, every: 8 h}]",
                           &morning, 0.0, 100.0);
    (void)state;
    tacro_planner_seek(&p->planner, 37.0);
    assert_true(p->planner.next.time == 48.0);
    check_grid(p, 37.0, 48.0);
    check_grid(p, 48.5, 56.0);
    end(p);
}

/* The next step starts before the next point of the grid: its first dose is next. */
static void
test_planner_grid_does_not_reach_past_the_start_of_the_next_give(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 42 h}, "
                           "{give: 2 mg, every: 24 h}]",
                           &morning, 0.0, 100.0);
    (void)state;
    tacro_planner_seek(&p->planner, 40.0);
    check_grid(p, 40.0, 42.0);
    end(p);
}

static void test_planner_grid_after_the_end_goes_on_with_the_last_doses(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 8 h, for: 1 d}, {give: 1 mg, "
                           "every: 12 h, for: 1 d}, {hold: 10 h}]",
                           &morning, 3.0, 200.0);
    (void)state;
    tacro_planner_seek(&p->planner, 60.0);
    assert_true(p->planner.next.time == INFINITY);
    check_grid(p, 60.0, 63.0);
    check_grid(p, 64.0, 75.0);
    end(p);
}

/* As `own` of a policy stands while another plan is in use. */
static void test_planner_grid_is_that_of_the_time_not_of_the_next_dose(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, every: 12 h, for: 1 d}, {give: 2 mg, "
                           "every: 24 h, for: 3 d}, {give: 1 mg, every: 8 h}]",
                           &morning, 0.0, 200.0);
    (void)state;
    check_grid(p, 30.0, 48.0);
    check_grid(p, 97.0, 104.0);
    end(p);
}

static void test_planner_grid_of_clock_times_is_the_clock(void **state)
{
    struct plan *p = begin("steps: [{give: 3 mg, at: [\"08:00\", \"20:00\"]}]",
                           &morning, 5.0, 200.0);
    (void)state;
    check_grid(p, 5.0, 12.0);
    check_grid(p, 12.0, 12.0);
    check_grid(p, 12.5, 24.0);
    check_grid(p, 100.0, 108.0);
    end(p);
}

static void test_planner_grid_of_clock_times_goes_backwards_in_a_hold(void **state)
{
    struct plan *p = begin("steps: [{hold: 2 d}, {give: 3 mg, at: [\"06:00\", "
                           "\"18:00\"]}]",
                           &morning, 0.0, 200.0);
    (void)state;
    check_grid(p, 0.0, 10.0);
    check_grid(p, 10.0, 10.0);
    check_grid(p, 11.0, 22.0);
    check_grid(p, 47.0, 58.0);
    end(p);
}

static void test_planner_grid_without_a_give_is_the_time_itself(void **state)
{
    struct plan *p = begin("steps: [{hold: 3 d}]", &morning, 0.0, 200.0);
    (void)state;
    check_grid(p, 17.3, 17.3);
    check_grid(p, 100.0, 100.0);
    end(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planner_window_includes_its_start_and_excludes_its_end),
        cmocka_unit_test(test_planner_no_dose_at_the_horizon),
        cmocka_unit_test(test_planner_hold_delays_the_next_step),
        cmocka_unit_test(test_planner_sequence_without_steps_has_no_dose),
        cmocka_unit_test(test_planner_begins_where_it_is_told),
        cmocka_unit_test(test_planner_start_at_or_after_the_horizon_has_no_dose),
        cmocka_unit_test(test_planner_clock_doses_are_at_clock_times_of_each_day),
        cmocka_unit_test(test_planner_clock_doses_before_the_start_are_left_out),
        cmocka_unit_test(test_planner_clock_step_ends_with_its_window),
        cmocka_unit_test(test_planner_clock_dose_within_rounding_of_the_start_is_given),
        cmocka_unit_test(test_planner_loading_is_the_first_dose_of_its_step_alone),
        cmocka_unit_test(test_planner_step_shorter_than_its_interval_gives_one_dose),
        cmocka_unit_test(test_planner_seek_passes_what_is_before),
        cmocka_unit_test(test_planner_holds_from_the_start_to_the_end_of_a_hold),
        cmocka_unit_test(test_planner_holds_at_the_very_start),
        cmocka_unit_test(
            test_planner_last_hold_past_the_horizon_starts_after_the_doses),
        cmocka_unit_test(test_planner_without_a_step_left_it_holds),
        cmocka_unit_test(test_planner_grid_within_a_step_is_its_next_dose_time),
        cmocka_unit_test(test_planner_grid_in_a_hold_is_that_of_the_doses_after_it),
        cmocka_unit_test(test_planner_grid_before_a_first_hold_goes_backwards),
        cmocka_unit_test(
            test_planner_grid_after_the_last_dose_of_a_step_is_still_its_own),
        cmocka_unit_test(
            test_planner_grid_does_not_reach_past_the_start_of_the_next_give),
        cmocka_unit_test(test_planner_grid_after_the_end_goes_on_with_the_last_doses),
        cmocka_unit_test(test_planner_grid_is_that_of_the_time_not_of_the_next_dose),
        cmocka_unit_test(test_planner_grid_of_clock_times_is_the_clock),
        cmocka_unit_test(test_planner_grid_of_clock_times_goes_backwards_in_a_hold),
        cmocka_unit_test(test_planner_grid_without_a_give_is_the_time_itself),
    };
    return cmocka_run_group_tests_name("planner", tests, NULL, NULL);
}
