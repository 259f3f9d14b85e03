/**
 * The clocks: slots from trough_at of day 0, dosing days, days since transplantation.
 */
#include "dose/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Start on POD 0 at 08:00, troughs at 08:00, slots of 12 h. */
static const struct tacro_clock plain = {
    .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};

/* Start on POD 3 at 14:30, troughs at 08:00. */
static const struct tacro_clock later = {
    .start_day = 3.0, .start_clock = 14.5, .trough_clock = 8.0, .occasion = 12.0};

/* Start on POD 0 at 02:00, six hours before the first slot. */
static const struct tacro_clock early = {
    .start_day = 0.0, .start_clock = 2.0, .trough_clock = 8.0, .occasion = 12.0};

static void test_clock_absolute_counts_from_midnight_of_day_0(void **state)
{
    (void)state;
    assert_true(tacro_clock_absolute(&plain, 0.0) == 8.0);
    assert_true(tacro_clock_absolute(&plain, 16.0) == 24.0);
    assert_true(tacro_clock_absolute(&later, 0.0) == 86.5);
}

static void test_clock_slot_0_starts_at_trough_at_of_day_0(void **state)
{
    (void)state;
    assert_int_equal(tacro_clock_slot(&plain, 0.0), 0);
    assert_int_equal(tacro_clock_slot(&plain, 11.999), 0);
    assert_int_equal(tacro_clock_slot(&plain, 12.0), 1);
    assert_int_equal(tacro_clock_slot(&plain, 24.0), 2);
    assert_int_equal(tacro_clock_slot(&later, 0.0), 6); /* 78.5 h after it */
    assert_int_equal(tacro_clock_slot(&later, 5.499), 6);
    assert_int_equal(tacro_clock_slot(&later, 5.5), 7);
}

static void test_clock_slots_before_trough_at_of_day_0_are_negative(void **state)
{
    const struct tacro_clock day_minus_2 = {
        .start_day = -2.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};
    (void)state;
    assert_int_equal(tacro_clock_slot(&early, 0.0), -1);
    assert_int_equal(tacro_clock_slot(&early, 5.999), -1);
    assert_int_equal(tacro_clock_slot(&early, 6.0), 0);
    assert_int_equal(tacro_clock_slot(&day_minus_2, 0.0), -4);
    assert_int_equal(tacro_clock_slot(&day_minus_2, 12.0), -3);
    assert_int_equal(tacro_clock_slot(&day_minus_2, 48.0), 0);
}

/*
 * Sums of clock times are rounded: an instant just before a start belongs to the slot.
 */
static void test_clock_slot_forgives_rounding_of_its_start(void **state)
{
    (void)state;
    assert_int_equal(tacro_clock_slot(&plain, 12.0 - 0.5 * TACRO_SAME_TIME), 1);
    assert_int_equal(tacro_clock_slot(&plain, 12.0 - 2.0 * TACRO_SAME_TIME), 0);
}

static void test_clock_slot_start_is_the_first_instant_of_the_slot(void **state)
{
    static const struct tacro_clock *const clock[] = {&plain, &later, &early};
    (void)state;
    assert_true(tacro_clock_slot_start(&plain, 1) == 12.0);
    assert_true(tacro_clock_slot_start(&later, 7) == 5.5);
    assert_true(tacro_clock_slot_start(&early, -1) == -6.0);
    for (size_t i = 0; i < 3; i++) {
        for (int32_t slot = -10; slot < 60; slot++) {
            const double t = tacro_clock_slot_start(clock[i], slot);
            assert_int_equal(tacro_clock_slot(clock[i], t), slot);
            assert_int_equal(tacro_clock_slot(clock[i], t - 0.001), slot - 1);
        }
    }
}

static void test_clock_slot_length_is_the_occasion(void **state)
{
    const struct tacro_clock daily = {
        .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 24.0};
    (void)state;
    assert_int_equal(tacro_clock_slot(&daily, 23.9), 0);
    assert_int_equal(tacro_clock_slot(&daily, 24.0), 1);
    assert_true(tacro_clock_slot_start(&daily, 3) == 72.0);
}

static void test_clock_dosing_day_runs_from_trough_at_to_trough_at(void **state)
{
    (void)state;
    assert_true(tacro_clock_day_start(&plain, 0) == 0.0);
    assert_true(tacro_clock_day_start(&plain, 3) == 72.0);
    assert_true(tacro_clock_day_start(&later, 4) == 17.5);
    assert_true(tacro_clock_day_start(&early, 0) == 6.0);
}

static void test_clock_next_day_starts_at_or_after_the_instant(void **state)
{
    (void)state;
    assert_int_equal(tacro_clock_next_day(&plain, 0.0), 0);
    assert_int_equal(tacro_clock_next_day(&plain, 0.001), 1);
    assert_int_equal(tacro_clock_next_day(&plain, 24.0), 1);
    assert_int_equal(tacro_clock_next_day(&plain, 0.5 * TACRO_SAME_TIME), 0);
    assert_int_equal(tacro_clock_next_day(&later, 0.0), 4);
    assert_int_equal(tacro_clock_next_day(&early, 0.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_absolute_counts_from_midnight_of_day_0),
        cmocka_unit_test(test_clock_slot_0_starts_at_trough_at_of_day_0),
        cmocka_unit_test(test_clock_slots_before_trough_at_of_day_0_are_negative),
        cmocka_unit_test(test_clock_slot_forgives_rounding_of_its_start),
        cmocka_unit_test(test_clock_slot_start_is_the_first_instant_of_the_slot),
        cmocka_unit_test(test_clock_slot_length_is_the_occasion),
        cmocka_unit_test(test_clock_dosing_day_runs_from_trough_at_to_trough_at),
        cmocka_unit_test(test_clock_next_day_starts_at_or_after_the_instant),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
