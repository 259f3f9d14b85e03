/** Steps to doses: windows [start, end), clock times, warnings. */
#include "dose/regimen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DOSE(t, mg)                                                                    \
    {                                                                                  \
        .time = (t), .amount = (mg)                                                    \
    }

/* Start on POD 0 at 08:00. */
static const struct tacro_clock morning = {
    .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};

static struct tacro_step give(double amount, double every, double duration)
{
    return (struct tacro_step){.kind = TACRO_STEP_GIVE,
                               .amount = amount,
                               .every = every,
                               .duration = duration,
                               .line = 7,
                               .column = 9};
}

static struct tacro_step hold(double duration)
{
    return (struct tacro_step){.kind = TACRO_STEP_HOLD, .duration = duration};
}

static struct tacro_step at_clocks(double amount, double first, double second,
                                   double duration)
{
    struct tacro_step step = give(amount, 0.0, duration);
    step.nclocks = second < 0.0 ? 1 : 2;
    step.clock[0] = first;
    step.clock[1] = second;
    return step;
}

struct expanded {
    struct tacro_notes notes;
    struct tacro_doses doses;
};

static struct expanded expand(struct tacro_step *step, size_t nsteps,
                              const struct tacro_clock *clock, double horizon)
{
    static char label[] = "r";
    const struct tacro_regimen regimen = {.label = label,
                                          .plan = {.nsteps = nsteps, .step = step}};
    struct expanded x = {{0}, {0, NULL}};
    assert_int_equal(tacro_doses_create(&regimen, NULL, clock, horizon, "case.yaml",
                                        &x.notes, &x.doses, NULL),
                     TACRO_OK);
    return x;
}

static void release(struct expanded *x)
{
    tacro_doses_free(&x->doses);
    assert_int_equal(x->doses.n, 0);
    assert_null(x->doses.dose);
    tacro_notes_free(&x->notes);
}

static void check_doses(struct expanded *x, const struct tacro_plan_dose *want,
                        size_t n)
{
    assert_int_equal(x->doses.n, n);
    for (size_t i = 0; i < n; i++) {
        if (fabs(x->doses.dose[i].time - want[i].time) > 1e-12 ||
            x->doses.dose[i].amount != want[i].amount) {
            fail_msg("dose %zu: %g mg at %g h, expected %g mg at %g h", i,
                     x->doses.dose[i].amount, x->doses.dose[i].time, want[i].amount,
                     want[i].time);
        }
    }
    release(x);
}

static void test_doses_one_at_the_start_none_at_the_horizon(void **state)
{
    static const struct tacro_plan_dose want[] = {DOSE(0, 3), DOSE(12, 3), DOSE(24, 3),
                                                  DOSE(36, 3)};
    struct tacro_step step = give(3, 12, INFINITY);
    struct expanded x = expand(&step, 1, &morning, 48.0);
    (void)state;
    assert_int_equal(x.notes.n, 0);
    check_doses(&x, want, COUNT(want));
}

static void test_doses_end_of_a_step_belongs_to_the_next_step(void **state)
{
    static const struct tacro_plan_dose want[] = {DOSE(0, 3), DOSE(12, 3), DOSE(24, 1),
                                                  DOSE(32, 1), DOSE(40, 1)};
    struct tacro_step step[] = {give(3, 12, 24), give(1, 8, INFINITY)};
    struct expanded x = expand(step, 2, &morning, 48.0);
    (void)state;
    assert_int_equal(x.notes.n, 0);
    check_doses(&x, want, COUNT(want));
}

static void test_doses_hold_gives_none_and_the_next_step_starts_at_its_end(void **state)
{
    static const struct tacro_plan_dose want[] = {DOSE(0, 3), DOSE(12, 3), DOSE(54, 1),
                                                  DOSE(78, 1)};
    struct tacro_step step[] = {give(3, 12, 24), hold(30), give(1, 24, INFINITY)};
    struct expanded x = expand(step, 3, &morning, 96.0);
    (void)state;
    assert_int_equal(x.notes.n, 0);
    check_doses(&x, want, COUNT(want));
}

/* 7 h in 24 h: doses at 0, 7, 14, 21 h, then the next step's own rhythm. */
static void test_doses_interval_that_does_not_divide_the_window(void **state)
{
    static const struct tacro_plan_dose want[] = {DOSE(0, 2), DOSE(7, 2), DOSE(14, 2),
                                                  DOSE(21, 2), DOSE(24, 1)};
    struct tacro_step step[] = {give(2, 7, 24), give(1, 12, INFINITY)};
    struct expanded x = expand(step, 2, &morning, 30.0);
    (void)state;
    assert_int_equal(x.notes.n, 1); /* 21 h and 24 h are near */
    check_doses(&x, want, COUNT(want));
}

static void test_doses_horizon_inside_a_step_cuts_it_and_what_follows(void **state)
{
    static const struct tacro_plan_dose want[] = {DOSE(0, 3), DOSE(12, 3)};
    struct tacro_step step[] = {give(3, 12, 48), give(1, 12, INFINITY)};
    struct expanded x = expand(step, 2, &morning, 20.0);
    (void)state;
    check_doses(&x, want, COUNT(want));
}

/* In binary 3 x 0.7 h is just below 2.1 h and 3 x 0.1 h just above 0.3 h. */
static void test_doses_rounding_brings_no_dose_at_the_end(void **state)
{
    struct tacro_step step[] = {give(1, 0.7, 2.1), hold(1.9), give(1, 0.1, 0.3)};
    struct expanded x = expand(step, 3, &morning, 5.0);
    (void)state;
    assert_true(3 * 0.7 < 2.1 && 3 * 0.1 > 0.3);
    assert_int_equal(x.doses.n, 6);
    assert_true(x.doses.dose[2].time < 1.5);
    assert_true(x.doses.dose[3].time == 4.0);
    assert_true(x.doses.dose[5].time < 4.25);
    release(&x);
}

/* t = 0 is 08:00: 08:00 is 0 h, 20:30 is 12.5 h, day by day. */
static void test_doses_at_clock_times_are_counted_from_midnight(void **state)
{
    static const struct tacro_plan_dose want[] = {DOSE(0, 3), DOSE(12.5, 3),
                                                  DOSE(24, 3), DOSE(36.5, 3)};
    struct tacro_step step = at_clocks(3, 8.0, 20.5, INFINITY);
    struct expanded x = expand(&step, 1, &morning, 48.0);
    (void)state;
    check_doses(&x, want, COUNT(want));
}

/* Start at 14:30: the first 08:00 is that of the next day. */
static void test_doses_clock_times_before_the_start_are_left_out(void **state)
{
    const struct tacro_clock afternoon = {
        .start_day = 3.0, .start_clock = 14.5, .trough_clock = 8.0, .occasion = 12.0};
    static const struct tacro_plan_dose want[] = {DOSE(5.5, 2), DOSE(17.5, 2),
                                                  DOSE(29.5, 2)};
    struct tacro_step step = at_clocks(2, 8.0, 20.0, INFINITY);
    struct expanded x = expand(&step, 1, &afternoon, 41.5);
    (void)state;
    check_doses(&x, want, COUNT(want));
}

/* The window of the second step is [26 h, 74 h): 10:00 to 10:00. */
static void test_doses_clock_times_follow_the_window_of_their_step(void **state)
{
    static const struct tacro_plan_dose want[] = {
        DOSE(0, 3), DOSE(12, 3), DOSE(24, 3), DOSE(26, 1), DOSE(50, 1), DOSE(84, 2)};
    struct tacro_step step[] = {give(3, 12, 26), at_clocks(1, 10.0, -1.0, 48),
                                at_clocks(2, 20.0, -1.0, INFINITY)};
    struct expanded x = expand(step, 3, &morning, 96.0);
    (void)state;
    assert_int_equal(x.notes.n, 1);
    check_doses(&x, want, COUNT(want));
}

static void test_doses_without_a_give_are_none(void **state)
{
    struct tacro_step step = hold(1000.0);
    struct expanded x = expand(&step, 1, &morning, 48.0);
    (void)state;
    check_doses(&x, NULL, 0);
}

static void test_doses_amount_of_no_capsules_is_warned_at_its_step(void **state)
{
    struct tacro_step step[] = {give(0.3, 12, 24), give(1.5, 12, INFINITY)};
    struct expanded x = expand(step, 2, &morning, 48.0);
    (void)state;
    assert_int_equal(x.notes.n, 1);
    assert_int_equal(x.notes.nfaults, 0);
    assert_int_equal(x.notes.note[0].severity, TACRO_WARNING);
    assert_string_equal(x.notes.note[0].file, "case.yaml");
    assert_int_equal(x.notes.note[0].line, 7);
    assert_int_equal(x.notes.note[0].column, 9);
    assert_string_equal(x.notes.note[0].text,
                        "regimens.r: 0.3 mg is no sum of capsules of 0.5, 1 and 5 mg");
    release(&x);
}

static void test_doses_nearer_than_half_of_every_at_a_join_are_warned(void **state)
{
    struct tacro_step step[] = {give(3, 12, 17), give(1, 12, INFINITY)};
    struct expanded x = expand(step, 2, &morning, 48.0);
    (void)state;
    assert_int_equal(x.notes.n, 1);
    assert_int_equal(x.notes.note[0].severity, TACRO_WARNING);
    assert_string_equal(
        x.notes.note[0].text,
        "regimens.r: two doses only 5 h apart where this step follows the "
        "one before (at 12 h and 17 h)");
    release(&x);
}

static void test_doses_half_of_every_apart_at_a_join_are_not_warned(void **state)
{
    struct tacro_step step[] = {give(3, 12, 18), give(1, 12, INFINITY)};
    struct expanded x = expand(step, 2, &morning, 48.0);
    (void)state;
    assert_int_equal(x.notes.n, 0);
    release(&x);
}

/* Twice a day by the clock stands for every 12 h: 3 h after a dose is near, 7 h not. */
static void test_doses_join_to_clock_times_is_warned(void **state)
{
    struct tacro_step near[] = {give(3, 12, 13), at_clocks(1, 11.0, 23.0, INFINITY)};
    struct tacro_step far[] = {give(3, 12, 13), at_clocks(1, 3.0, 15.0, INFINITY)};
    struct expanded x = expand(near, 2, &morning, 48.0);
    (void)state;
    assert_int_equal(x.notes.n, 1);
    assert_string_equal(
        x.notes.note[0].text,
        "regimens.r: two doses only 3 h apart where this step follows the "
        "one before (at 12 h and 15 h)");
    release(&x);
    x = expand(far, 2, &morning, 48.0);
    assert_true(x.doses.dose[2].time == 19.0);
    assert_int_equal(x.notes.n, 0);
    release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doses_one_at_the_start_none_at_the_horizon),
        cmocka_unit_test(test_doses_end_of_a_step_belongs_to_the_next_step),
        cmocka_unit_test(
            test_doses_hold_gives_none_and_the_next_step_starts_at_its_end),
        cmocka_unit_test(test_doses_interval_that_does_not_divide_the_window),
        cmocka_unit_test(test_doses_horizon_inside_a_step_cuts_it_and_what_follows),
        cmocka_unit_test(test_doses_rounding_brings_no_dose_at_the_end),
        cmocka_unit_test(test_doses_at_clock_times_are_counted_from_midnight),
        cmocka_unit_test(test_doses_clock_times_before_the_start_are_left_out),
        cmocka_unit_test(test_doses_clock_times_follow_the_window_of_their_step),
        cmocka_unit_test(test_doses_without_a_give_are_none),
        cmocka_unit_test(test_doses_amount_of_no_capsules_is_warned_at_its_step),
        cmocka_unit_test(test_doses_nearer_than_half_of_every_at_a_join_are_warned),
        cmocka_unit_test(test_doses_half_of_every_apart_at_a_join_are_not_warned),
        cmocka_unit_test(test_doses_join_to_clock_times_is_warned),
    };
    return cmocka_run_group_tests_name("regimen", tests, NULL, NULL);
}
