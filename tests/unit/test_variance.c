/** Shares of a variance on designs whose answer is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "run/variance.h"
#include "tests/support/check.h"

#define N 8
#define TOL 1e-12

/* Two levels of three factors, all combinations: orthogonal. */
static double level(size_t factor, size_t i)
{
    return (i >> factor & 1) != 0 ? 1.0 : -1.0;
}

static void test_shares_of_a_factorial_are_those_of_its_effects(void **state)
{
    double x[2 * N];
    double y[N];
    double share[2];
    double t[2];
    double unexplained;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = 100.0 + 3.0 * level(0, i); /* scale and place do not matter */
        x[N + i] = level(1, i);
        y[i] = 7.0 + 2.0 * level(0, i) + level(1, i) + level(2, i);
    }
    assert_int_equal(tacro_variance_shares(x, 2, y, N, share, t, &unexplained, NULL),
                     TACRO_OK);
    test_check_close("first", share[0], 4.0 / 6.0, TOL);
    test_check_close("second", share[1], 1.0 / 6.0, TOL);
    test_check_close("rest", unexplained, 1.0 / 6.0, TOL);
    /* b 2 and 1, residual sum N 1, N - 3 degrees: variance of b 1 / (N - 3) */
    test_check_close("t", t[0], 2.0 * sqrt(N - 3.0), 1e-9);
    test_check_close("t", t[1], sqrt(N - 3.0), 1e-9);
}

/* y = x0 + 2 x1 exactly, x not orthogonal: b is 1 and 2 times the scales. */
static void test_a_linear_model_is_explained_whole(void **state)
{
    static const double a[N] = {0, 1, 2, 3, 4, 5, 6, 9};
    static const double b[N] = {1, 0, 4, 2, 2, 7, 1, 3};
    double x[2 * N];
    double y[N];
    double share[2];
    double unexplained;
    double sa = 0.0;
    double sb = 0.0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = a[i];
        x[N + i] = b[i];
        y[i] = a[i] + 2.0 * b[i];
        sa += (a[i] - 3.75) * (a[i] - 3.75);
        sb += (b[i] - 2.5) * (b[i] - 2.5);
    }
    assert_int_equal(tacro_variance_shares(x, 2, y, N, share, NULL, &unexplained, NULL),
                     TACRO_OK);
    assert_true(fabs(unexplained) < TOL);
    test_check_close("first", share[0], sa / (sa + 4.0 * sb), 1e-10);
    test_check_close("second", share[1], 4.0 * sb / (sa + 4.0 * sb), 1e-10);
}

/* Two numbers of correlation r: variance of a standardised b, s^2 / (1 - r^2). */
static void test_t_is_smaller_of_numbers_that_go_together(void **state)
{
    double x[2 * N];
    double y[N];
    double share[2];
    double t[2];
    double unexplained;
    (void)state;
    for (size_t i = 0; i < N; i++) { /* r = 0.6 */
        x[i] = level(0, i);
        x[N + i] = 0.6 * level(0, i) + 0.8 * level(1, i);
        y[i] = x[i] + level(2, i);
    }
    assert_int_equal(tacro_variance_shares(x, 2, y, N, share, t, &unexplained, NULL),
                     TACRO_OK);
    test_check_close("t", t[0], sqrt((N - 3.0) * (1.0 - 0.36)), 1e-9);
    assert_true(fabs(t[1]) < 1e-9);
}

static void test_constants_and_repeats_have_no_share(void **state)
{
    double x[3 * N];
    double y[N];
    double share[3];
    double unexplained;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = 0.1;
        x[N + i] = level(0, i);
        x[(size_t)2 * N + i] = 5.0 - 2.0 * level(0, i);
        y[i] = level(0, i);
    }
    assert_int_equal(tacro_variance_shares(x, 3, y, N, share, NULL, &unexplained, NULL),
                     TACRO_OK);
    assert_true(share[0] == 0.0 && share[2] == 0.0);
    test_check_close("second", share[1], 1.0, TOL);
    assert_true(fabs(unexplained) < TOL);
}

static void test_what_does_not_vary_is_not_explained(void **state)
{
    double x[N];
    double y[N];
    double share[1];
    double unexplained = 0.0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = level(0, i);
        y[i] = 0.3;
    }
    assert_int_equal(tacro_variance_shares(x, 1, y, N, share, NULL, &unexplained, NULL),
                     TACRO_OK);
    assert_true(isnan(unexplained) && isnan(share[0]));
    y[3] = 0.4;
    assert_int_equal(tacro_variance_shares(x, 0, y, N, share, NULL, &unexplained, NULL),
                     TACRO_OK);
    assert_true(unexplained == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_of_a_factorial_are_those_of_its_effects),
        cmocka_unit_test(test_a_linear_model_is_explained_whole),
        cmocka_unit_test(test_t_is_smaller_of_numbers_that_go_together),
        cmocka_unit_test(test_constants_and_repeats_have_no_share),
        cmocka_unit_test(test_what_does_not_vary_is_not_explained),
    };
    return cmocka_run_group_tests_name("variance", tests, NULL, NULL);
}
