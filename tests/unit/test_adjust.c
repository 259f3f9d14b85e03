/** The dose after a measured level: proportional, limited, rounded, capped. */
#include "dose/adjust.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Half a milligram to the nearest, no limit: a fresh copy for each test. */
static struct tacro_adjust plain(void)
{
    return (struct tacro_adjust){.is_given = true,
                                 .max_change = INFINITY,
                                 .round = 0.5,
                                 .rounding = TACRO_ROUND_NEAREST,
                                 .min_dose = 0.5,
                                 .max_dose = 30.0};
}

/* Target 10-15 ng/mL. */
static double after(const struct tacro_adjust *adjust, double dose, double measured)
{
    const struct tacro_evidence evidence = {
        .measured = measured, .low = 10.0, .high = 15.0, .dose = dose};
    return tacro_adjust_dose(adjust, &evidence);
}

static void check(const struct tacro_adjust *adjust, double dose, double measured,
                  double want)
{
    const double got = after(adjust, dose, measured);
    if (!(fabs(got - want) < 1e-12)) {
        fail_msg("%g mg at %g ng/mL becomes %.12g mg, expected %g mg", dose, measured,
                 got, want);
    }
}

static void test_adjust_is_proportional_to_the_middle_of_the_target(void **state)
{
    const struct tacro_adjust a = plain();
    (void)state;
    check(&a, 4.0, 25.0, 2.0);
    check(&a, 2.0, 5.0, 5.0);
    check(&a, 3.0, 6.25, 6.0);
}

static void test_adjust_level_in_range_changes_nothing(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.rounding = TACRO_ROUND_UP;
    check(&a, 3.3, 10.0, 3.3); /* not even rounding or caps */
    check(&a, 3.3, 15.0, 3.3);
    check(&a, 0.1, 12.0, 0.1);
    check(&a, 50.0, 12.0, 50.0);
    assert_true(after(&a, 3.0, 9.999) > 3.0);
    a.rounding = TACRO_ROUND_DOWN;
    assert_true(after(&a, 3.0, 15.001) < 3.0);
}

static void test_adjust_max_change_limits_both_ways(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.max_change = 0.5;
    check(&a, 4.0, 100.0, 2.0);
    check(&a, 4.0, 1.0, 6.0);
    a.max_change = 0.25;
    check(&a, 4.0, 100.0, 3.0);
    check(&a, 4.0, 1.0, 5.0);
    a.max_change = 2.0; /* down to the least dose, up to three times */
    check(&a, 4.0, 1000.0, 0.5);
    check(&a, 4.0, 1.0, 12.0);
}

static void test_adjust_rounds_nearest_down_and_up(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    /* 5 x 12.5/20 = 3.125 mg */
    check(&a, 5.0, 20.0, 3.0);
    a.rounding = TACRO_ROUND_DOWN;
    check(&a, 5.0, 20.0, 3.0);
    a.rounding = TACRO_ROUND_UP;
    check(&a, 5.0, 20.0, 3.5);
    /* 3 x 12.5/8 = 4.6875 mg */
    check(&a, 3.0, 8.0, 5.0);
    a.rounding = TACRO_ROUND_DOWN;
    check(&a, 3.0, 8.0, 4.5);
    a.rounding = TACRO_ROUND_NEAREST;
    check(&a, 3.0, 8.0, 4.5);
    a.round = 1.0;
    check(&a, 3.0, 8.0, 5.0);
}

/* 6 x 12.5/25 = 3 mg is a multiple: rounding errors must not move it. */
static void test_adjust_rounding_keeps_what_is_a_multiple(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.round = 0.1;
    a.min_dose = 0.1;
    for (int way = TACRO_ROUND_NEAREST; way <= TACRO_ROUND_UP; way++) {
        a.rounding = (enum tacro_rounding)way;
        check(&a, 6.0, 25.0, 3.0);
        check(&a, 0.6, 25.0, 0.3);
        check(&a, 1.4, 25.0, 0.7);
    }
}

/* 5 mg within 10 %: 4.5 to 5.5 mg; 3 mg: 2.7 to 3.3 mg, no other multiple of 0.5 mg. */
static void test_adjust_rounding_stays_within_the_largest_change(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.max_change = 0.1;
    check(&a, 5.0, 1.0, 5.5);
    check(&a, 3.0, 1.0, 3.0);
    a.rounding = TACRO_ROUND_UP;
    check(&a, 5.2, 1.0, 5.5); /* of 5.72 mg, up is 6 mg */
}

/* 2 mg in 4 h: at most 4 mg. A dose that is faster as planned is not lowered. */
static void test_adjust_an_infusion_is_capped_by_its_rate(void **state)
{
    const struct tacro_adjust a = plain();
    struct tacro_evidence evidence = {
        .measured = 5.0, .low = 10.0, .high = 15.0, .dose = 2.0, .over = 4.0};
    (void)state;
    assert_true(tacro_adjust_dose(&a, &evidence) == 4.0);
    evidence.dose = 4.8;
    assert_true(tacro_adjust_dose(&a, &evidence) == 4.8);
    evidence.measured = 20.0;
    assert_true(tacro_adjust_dose(&a, &evidence) == 3.0);
}

static void test_adjust_caps_come_last(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.max_dose = 8.0;
    a.min_dose = 2.0;
    check(&a, 4.0, 1.0, 8.0);
    check(&a, 4.0, 100.0, 2.0);
    a.max_change = 0.1;
    check(&a, 1.0, 5.0, 2.0); /* the least dose is further than the limit */
    check(&a, 10.0, 20.0, 8.0);
}

static void test_adjust_cap_does_not_move_a_dose_the_wrong_way(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.max_dose = 8.0;
    a.min_dose = 2.0;
    check(&a, 1.0, 20.0, 1.0);
    check(&a, 10.0, 5.0, 10.0);
}

static void test_adjust_half_a_milligram_at_50_percent_stays(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.max_change = 0.5;
    for (int way = TACRO_ROUND_NEAREST; way <= TACRO_ROUND_UP; way++) {
        a.rounding = (enum tacro_rounding)way;
        check(&a, 0.5, 2.0, 0.5);  /* 0.75 mg is no multiple and 1 mg is too much */
        check(&a, 0.5, 60.0, 0.5); /* 0.25 mg is no multiple and 0 mg is too little */
    }
    a.max_change = 1.0;
    check(&a, 0.5, 2.0, 1.0);
}

static void test_adjust_dose_that_is_no_multiple_is_not_rounded_back(void **state)
{
    struct tacro_adjust a = plain();
    (void)state;
    a.max_change = 0.1;
    check(&a, 0.7, 2.0, 0.7); /* 0.63 to 0.77 mg holds no multiple */
    check(&a, 0.7, 60.0, 0.7);
    a.rounding = TACRO_ROUND_UP;
    check(&a, 2.7, 15.5, 2.5); /* 2.177 mg up is 2.5 mg; within 2.43 to 2.97 mg */
}

/* Within the caps the dose never goes the wrong way nor past the largest change. */
static void test_adjust_rounding_never_passes_the_limit_nor_turns(void **state)
{
    static const double change[] = {0.1, 0.25, 0.5, 1.0, 3.0};
    static const double unit[] = {0.1, 0.25, 0.5, 1.0};
    uint64_t seed = 5;
    size_t nmoved = 0;
    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        struct tacro_adjust a = plain();
        const double dose = test_draw(&seed, 0.5, 20.0);
        const double measured = test_draw_log(&seed, 0.5, 60.0);
        double got;
        a.max_change = change[i % COUNT(change)];
        a.round = unit[i / 5 % COUNT(unit)];
        a.rounding = (enum tacro_rounding)(i % 3);
        a.min_dose = 0.0;
        a.max_dose = 1000.0;
        got = after(&a, dose, measured);
        assert_true(got >= 0.0);
        assert_true(got <= dose * (1.0 + a.max_change) + 1e-9);
        assert_true(got >= dose * fmax(1.0 - a.max_change, 0.0) - 1e-9);
        if (measured < 10.0) {
            assert_true(got >= dose);
        } else if (measured > 15.0) {
            assert_true(got <= dose);
        } else {
            assert_true(got == dose);
        }
        if (got != dose) {
            const double n = got / a.round;
            assert_true(fabs(n - floor(n + 0.5)) < 1e-6);
            nmoved++;
        }
    }
    assert_true(nmoved > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adjust_is_proportional_to_the_middle_of_the_target),
        cmocka_unit_test(test_adjust_level_in_range_changes_nothing),
        cmocka_unit_test(test_adjust_max_change_limits_both_ways),
        cmocka_unit_test(test_adjust_rounds_nearest_down_and_up),
        cmocka_unit_test(test_adjust_rounding_keeps_what_is_a_multiple),
        cmocka_unit_test(test_adjust_rounding_stays_within_the_largest_change),
        cmocka_unit_test(test_adjust_an_infusion_is_capped_by_its_rate),
        cmocka_unit_test(test_adjust_caps_come_last),
        cmocka_unit_test(test_adjust_cap_does_not_move_a_dose_the_wrong_way),
        cmocka_unit_test(test_adjust_half_a_milligram_at_50_percent_stays),
        cmocka_unit_test(test_adjust_dose_that_is_no_multiple_is_not_rounded_back),
        cmocka_unit_test(test_adjust_rounding_never_passes_the_limit_nor_turns),
    };
    return cmocka_run_group_tests_name("adjust", tests, NULL, NULL);
}
