/** After an event: time to recovery, recurrence, outcome; by hand, by closed forms. */
#include "run/recovery.h"

#include "core/lanemath.h"
#include "tests/support/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY 24.0
#define WINDOW 72.0

static void check_near(const char *what, double value, double want, double within)
{
    if (!(fabs(value - want) <= within)) {
        fail_msg("%s: %.17g, expected %.17g within %g", what, value, want, within);
    }
}

/* Central values of the evidence: median 5 d, log sd 0.9, slope 0.3 above 0.3. */
static struct tacro_after central(void)
{
    struct tacro_after after = {{0.0}};
    after.value[TACRO_AFTER_RECURRENCE] = 3.0;
    after.value[TACRO_AFTER_RECOVERY] = 5.0 * DAY;
    after.value[TACRO_AFTER_RECOVERY_SD] = 0.9;
    after.value[TACRO_AFTER_EXPOSURE_SLOPE] = 0.3;
    after.value[TACRO_AFTER_EXPOSURE_FREE] = 0.3;
    after.value[TACRO_AFTER_EXPOSURE_WINDOW] = WINDOW;
    after.value[TACRO_AFTER_IMAGING] = 18.5 / 26.0;
    after.value[TACRO_AFTER_IMAGING_TIME] = 28.0 * DAY;
    after.value[TACRO_AFTER_IMAGING_SD] = 0.6;
    after.value[TACRO_AFTER_UNFAVOURABLE] = -2.52;
    after.value[TACRO_AFTER_UNFAVOURABLE_COMA] = 1.19;
    after.value[TACRO_AFTER_UNFAVOURABLE_SEPSIS] = 1.75;
    after.value[TACRO_AFTER_UNFAVOURABLE_AKI] = 1.15;
    after.value[TACRO_AFTER_MORTALITY] = 0.0625;
    return after;
}

static void test_recovery_has_the_published_shares(void **state)
{
    const struct tacro_after after = central();
    const double median = tacro_recovery_median(&after, 0.1);
    const struct {
        double days;
        double share;
    } published[] = {{2, 0.15}, {4, 0.40}, {7, 0.65}, {14, 0.87}};
    (void)state;
    assert_true(median == 5.0 * DAY);
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        const double p = tacro_recovery_by(&after, median, published[i].days * DAY);
        check_near("share", p, published[i].share, 0.006);
        check_near("closed form", p,
                   0.5 * erfc(-log(published[i].days / 5.0) / 0.9 / sqrt(2.0)), 1e-14);
    }
    assert_true(tacro_recovery_by(&after, median, 0.0) == 0.0);
    assert_true(tacro_recovery_by(&after, median, -1.0) == 0.0);
    check_near("half", tacro_recovery_by(&after, median, median), 0.5, 1e-15);
    assert_true(isnan(tacro_recovery_by(&after, NAN, 24.0)));
}

static void test_exposure_costs_time_above_its_limit(void **state)
{
    struct tacro_after after = central();
    (void)state;
    assert_true(tacro_recovery_median(&after, 0.3) == 5.0 * DAY);
    test_check_close("0.5 above", tacro_recovery_median(&after, 0.8),
                     5.0 * DAY * exp(0.15), 1e-14);
    assert_true(isnan(tacro_recovery_median(&after, NAN)));
    after.value[TACRO_AFTER_EXPOSURE_SLOPE] = 0.0;
    assert_true(tacro_recovery_median(&after, 0.8) == 5.0 * DAY);
}

static void test_imaging_recovers_later_and_not_in_all(void **state)
{
    const struct tacro_after after = central();
    (void)state;
    assert_true(tacro_imaging_by(&after, 0.0) == 0.0);
    test_check_close("median", tacro_imaging_by(&after, 28.0 * DAY), 18.5 / 52.0,
                     1e-14);
    check_near("in the end", tacro_imaging_by(&after, 1e6 * DAY), 18.5 / 26.0, 1e-12);
}

static void test_unfavourable_outcome_has_the_evidence_s_values(void **state)
{
    const struct tacro_after after = central();
    (void)state;
    check_near("none", tacro_unfavourable(&after, TACRO_CONSCIOUS, 0.0, 0.0), 0.07,
               0.006);
    check_near("coma", tacro_unfavourable(&after, TACRO_COMA, 0.0, 0.0), 0.21, 0.006);
    check_near("and sepsis", tacro_unfavourable(&after, TACRO_COMA, 1.0, 0.0), 0.60,
               0.006);
    check_near("all", tacro_unfavourable(&after, TACRO_COMA, 1.0, 1.0), 0.83, 0.006);
    assert_true(tacro_unfavourable(&after, TACRO_IMPAIRED, 0.0, 1.0) ==
                tacro_unfavourable(&after, TACRO_COMA, 0.0, 1.0));
    test_check_close("by hand", tacro_unfavourable(&after, TACRO_CONSCIOUS, 0.0, 1.0),
                     1.0 / (1.0 + exp(2.52 - 1.15)), 1e-14);
}

static size_t window_of(double onset, double horizon, double *time, double *weight)
{
    struct tacro_paramset risk = {.outcome = "pres"};
    struct tacro_input input = {.nrisks = 1,
                                .risk = {&risk},
                                .horizon = horizon,
                                .history = {.is_given = true, .onset = onset}};
    size_t n;
    risk.after[TACRO_AFTER_EXPOSURE_WINDOW].value = WINDOW;
    n = tacro_recovery_window(&input, NULL, NULL);
    assert_true(n <= 13);
    assert_int_equal(tacro_recovery_window(&input, time, weight), n);
    return n;
}

/* Simpson's rule integrates a cubic exactly: the mean of (t - onset)^3 is L^3 / 4. */
static void check_cubic(double onset, double horizon, double length)
{
    double time[13];
    double weight[13];
    const size_t n = window_of(onset, horizon, time, weight);
    double one = 0.0;
    double cube = 0.0;
    assert_true(n % 2 == 1);
    for (size_t i = 0; i < n; i++) {
        one += weight[i];
        cube += weight[i] * pow(time[i] - onset, 3.0);
        assert_true(i == 0 || time[i] - time[i - 1] <= 6.0 + 1e-9);
    }
    test_check_close("start", time[0], onset, 1e-15);
    test_check_close("end", time[n - 1], onset + length, 1e-14);
    test_check_close("weights", one, 1.0, 1e-14);
    test_check_close("cubic", cube, pow(length, 3.0) / 4.0, 1e-13);
}

static void test_window_is_simpson_s_rule(void **state)
{
    struct tacro_input none = {.horizon = 336.0};
    double time[13];
    double weight[13];
    (void)state;
    assert_int_equal(window_of(72.0, 336.0, time, weight), 13);
    check_cubic(72.0, 336.0, 72.0);
    check_cubic(72.0, 144.0, 72.0);
    check_cubic(72.0, 100.0, 28.0);
    check_cubic(72.0, 73.0, 1.0);
    assert_int_equal(tacro_recovery_window(&none, NULL, NULL), 0);
}

/* Nothing before the recovery, afterwards a multiple of what comes on top. */
static void test_hazard_recurs_after_recovery(void **state)
{
    double hazard[2] = {0.02, INFINITY};
    double factor[2] = {3.0, 3.0};
    const struct tacro_recovery_rows rows = {.hazard = hazard, .factor = factor};
    size_t row[TACRO_LANES];
    double h[TACRO_LANES];
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const size_t pair = l / 2;
        row[l] = l % 2;
        h[l] = 0.01 * (double)pair;
    }
    h[62] = NAN;
    h[63] = NAN;
    tacro_recovery_recur(&rows, row, h);
    assert_true(h[0] == 0.0 && h[2] == 0.0 && h[4] == 0.0);
    check_near("0.03", h[6], 3.0 * 0.01, 1e-15);
    check_near("0.05", h[10], 3.0 * 0.03, 1e-15);
    for (size_t l = 1; l < 62; l += 2) {
        assert_true(h[l] == 0.0);
    }
    assert_true(isnan(h[62]));
    assert_true(isnan(h[63]));
}

/* State 2 is a filter, 3 a hazard; 1 is filled by flows. */
static void test_driver_is_the_filter_that_the_hazard_reads(void **state)
{
    struct tacro_system *system = calloc(1, sizeof *system);
    (void)state;
    assert_non_null(system);
    system->nequations = 2;
    system->equation[0] = (struct tacro_system_equation){
        .state = 2, .rate = 0, .source = {.state = 1, .gain = TACRO_NONE}};
    system->equation[1] = (struct tacro_system_equation){
        .state = 3, .rate = TACRO_NONE, .source = {.state = 2, .gain = TACRO_NONE}};
    system->hazard_state[0] = TACRO_NONE;
    system->hazard_state[1] = 3;
    assert_int_equal(tacro_recovery_driver(system, 1), 2);
    assert_int_equal(tacro_recovery_driver(system, 0), TACRO_NONE);
    system->equation[1].source.gain = 4; /* a level, an amount times a coefficient */
    assert_int_equal(tacro_recovery_driver(system, 1), TACRO_NONE);
    system->equation[1].source = (struct tacro_reading){.state = 1, .gain = TACRO_NONE};
    assert_int_equal(tacro_recovery_driver(system, 1), TACRO_NONE);
    free(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recovery_has_the_published_shares),
        cmocka_unit_test(test_exposure_costs_time_above_its_limit),
        cmocka_unit_test(test_imaging_recovers_later_and_not_in_all),
        cmocka_unit_test(test_unfavourable_outcome_has_the_evidence_s_values),
        cmocka_unit_test(test_driver_is_the_filter_that_the_hazard_reads),
        cmocka_unit_test(test_window_is_simpson_s_rule),
        cmocka_unit_test(test_hazard_recurs_after_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
