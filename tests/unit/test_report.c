/** The summary of a run, on made-up rows, against plain means and sorting. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/report.h"
#include "tests/support/check.h"
#include "tests/support/rows.h"

static void check_band(const char *what, struct tacro_band band, double *value,
                       size_t n, double rel)
{
    test_check_close(what, band.low, test_quantile(value, n, 0.05), rel);
    test_check_close(what, band.median, test_quantile(value, n, 0.50), rel);
    test_check_close(what, band.high, test_quantile(value, n, 0.95), rel);
}

static struct tacro_summary *report(const struct test_rows *f)
{
    struct tacro_summary *summary = NULL;
    assert_int_equal(tacro_report_create(f->scenario, f->tally, &summary, NULL),
                     TACRO_OK);
    return summary;
}

static void test_report_troughs_landmark_and_cmax_are_bands_of_levels(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    struct tacro_summary *summary = report(f);
    double value[TEST_ROWS_N];
    size_t n;
    for (size_t d = 1; d < s->ndays; d++) {
        n = test_rows_levels(f, 0, s->day_output[d], value);
        check_band("trough", summary->regimen[0].day[d].trough, value, n, TEST_TOL_BIN);
    }
    assert_true(isnan(summary->regimen[0].day[0].trough.median)); /* before any dose */
    n = test_rows_levels(f, 0, s->landmark_output, value);
    check_band("landmark", summary->regimen[0].at_landmark, value, n, TEST_TOL_BIN);
    n = 0;
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        if (test_rows_is_ok(f, 0, i)) {
            value[n] = 0.0;
            for (size_t o = 0; o < s->ntimes; o++) {
                value[n] = fmax(value[n], test_rows_level(f, 0, i, o));
            }
            n++;
        }
    }
    check_band("cmax", summary->regimen[0].cmax, value, n, TEST_TOL_BIN);
    tacro_summary_free(summary);
}

/*
 * Hours from the landmark to the first output under `limit`; the horizon if there is
 * none.
 */
static double hours_below(const struct test_rows *f, size_t i, double limit,
                          bool *is_never)
{
    const struct tacro_scenario *s = f->scenario;
    for (size_t o = s->landmark_output; o < s->ntimes; o++) {
        if (test_rows_level(f, 0, i, o) < limit) {
            *is_never = false;
            return s->time[o] - s->input->landmark;
        }
    }
    *is_never = true;
    return s->input->horizon - s->input->landmark;
}

static void check_hours(const struct test_rows *f, double limit, struct tacro_band band,
                        double never)
{
    double value[TEST_ROWS_N];
    double nnever = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        if (test_rows_is_ok(f, 0, i)) {
            bool is_never = false;
            value[n++] = hours_below(f, i, limit, &is_never);
            nnever += is_never;
        }
    }
    check_band("hours", band, value, n, 0.0);
    test_check_close("never", never, nnever / (double)n, 1e-15);
}

static void test_report_hours_until_below_count_from_the_landmark(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_summary *summary = report(f);
    const struct tacro_regimen_summary *r = &summary->regimen[0];
    check_hours(f, 10.0, r->hours_below_10, r->never_below_10);
    check_hours(f, 5.0, r->hours_below_5, r->never_below_5);
    assert_true(r->never_below_5 > 0.0 && r->never_below_10 < r->never_below_5);
    tacro_summary_free(summary);
}

static void test_report_days_below_5_count_troughs_from_the_landmark(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    struct tacro_summary *summary = report(f);
    double value[TEST_ROWS_N];
    size_t n = 0;
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        if (test_rows_is_ok(f, 0, i)) {
            value[n] = 0.0;
            for (size_t d = 0; d < s->ndays; d++) {
                value[n] += s->day_output[d] >= s->landmark_output &&
                            test_rows_trough(f, 0, i, d) < 5.0;
            }
            n++;
        }
    }
    check_band("days", summary->regimen[0].days_below_5, value, n, 0.0);
    assert_true(summary->regimen[0].days_below_5.high > 0.0);
    tacro_summary_free(summary);
}

/* Day 1: 9-15, from day 2 on 5-8 ng/mL, ends inside; NaN troughs are left out. */
static void test_report_target_shares_are_those_of_the_troughs(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    struct tacro_summary *summary = report(f);
    const struct tacro_regimen_summary *r = &summary->regimen[0];
    double all[3] = {0.0, 0.0, 0.0};
    for (size_t d = 0; d < s->ndays; d++) {
        const struct tacro_day_summary *day = &r->day[d];
        const double low = d == 1 ? 9.0 : 5.0;
        const double high = d == 1 ? 15.0 : 8.0;
        double n[3] = {0.0, 0.0, 0.0};
        if (d == 0) {
            assert_true(isnan(day->target_low) && isnan(day->target_high));
            assert_true(isnan(day->below) && isnan(day->in) && isnan(day->above));
            continue;
        }
        for (size_t i = 0; i < TEST_ROWS_N; i++) {
            const double c0 = test_rows_trough(f, 0, i, d);
            n[0] += c0 < low;
            n[1] += c0 >= low && c0 <= high;
            n[2] += c0 > high;
        }
        assert_true(day->target_low == low && day->target_high == high);
        test_check_close("below", day->below, n[0] / (n[0] + n[1] + n[2]), 1e-15);
        test_check_close("in", day->in, n[1] / (n[0] + n[1] + n[2]), 1e-15);
        test_check_close("above", day->above, n[2] / (n[0] + n[1] + n[2]), 1e-15);
        for (size_t k = 0; k < 3 && s->day_output[d] >= s->landmark_output; k++) {
            all[k] += n[k];
        }
    }
    test_check_close("below", r->below, all[0] / (all[0] + all[1] + all[2]), 1e-15);
    test_check_close("in", r->in, all[1] / (all[0] + all[1] + all[2]), 1e-15);
    test_check_close("above", r->above, all[2] / (all[0] + all[1] + all[2]), 1e-15);
    tacro_summary_free(summary);
}

static void
test_report_extrapolated_troughs_are_shares_of_those_in_the_window(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_summary *summary = report(f);
    double n = 0.0;
    double low = 0.0;
    double high = 0.0;
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        for (size_t d = 0; d < f->scenario->ndays; d++) {
            const double c0 = test_rows_trough(f, 1, i, d);
            const bool is_in =
                f->scenario->day_output[d] >= f->scenario->landmark_output;
            n += is_in && !isnan(c0);
            low += is_in && c0 < 2.0;
            high += is_in && c0 > 25.0;
        }
    }
    assert_true(low > 0.0 && high > 0.0);
    test_check_close("under 2", summary->regimen[1].trough_under_2, low / n, 1e-15);
    test_check_close("over 25", summary->regimen[1].trough_over_25, high / n, 1e-15);
    tacro_summary_free(summary);
}

static bool is_ok_in_both(const struct test_rows *f, size_t i)
{
    return test_rows_is_ok(f, 0, i) && test_rows_is_ok(f, 1, i);
}

/* The patients' means of each draw: PRES, rejection, neither. */
static void risk_means(const struct test_rows *f, size_t regimen,
                       double mean[3][TEST_ROWS_NDRAWS])
{
    for (size_t draw = 0; draw < TEST_ROWS_NDRAWS; draw++) {
        double sum[3] = {0.0, 0.0, 0.0};
        double n = 0.0;
        for (size_t i = 0; i < TEST_ROWS_N; i++) {
            const struct tacro_gather *g = test_rows_of(f, regimen, i);
            const size_t row = i % TEST_ROWS_PER_GROUP;
            if (i / TEST_ROWS_PER_DRAW == draw && is_ok_in_both(f, i)) {
                sum[0] += g->risk_horizon[row];
                sum[1] += g->risk_horizon[TEST_ROWS_PER_GROUP + row];
                sum[2] += g->event_free_horizon[row];
                n += 1.0;
            }
        }
        for (size_t k = 0; k < 3; k++) {
            mean[k][draw] = sum[k] / n;
        }
    }
}

static const struct tacro_risk_summary *risk_of(const struct tacro_summary *summary,
                                                size_t regimen, size_t k)
{
    const struct tacro_regimen_summary *r = &summary->regimen[regimen];
    return k < 2 ? &r->risk[k] : &r->event_free;
}

/* On the patients that could be integrated under both regimens. */
static void test_report_risks_are_medians_with_paired_differences(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_tally *tally = NULL;
    struct tacro_summary *summary = NULL;
    double mean[2][3][TEST_ROWS_NDRAWS];
    assert_int_equal(tacro_tally_create(f->scenario, &tally, NULL), TACRO_OK);
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        const size_t row = i % TEST_ROWS_PER_GROUP;
        for (size_t r = 0; r < 2 && is_ok_in_both(f, i); r++) {
            tacro_tally_add(tally, test_rows_of(f, r, i), row, row + 1, i - row);
        }
    }
    assert_int_equal(tacro_report_create(f->scenario, tally, &summary, NULL), TACRO_OK);
    risk_means(f, 0, mean[0]);
    risk_means(f, 1, mean[1]);
    for (size_t k = 0; k < 3; k++) {
        for (size_t r = 0; r < 2; r++) {
            const struct tacro_risk_summary *risk = risk_of(summary, r, k);
            const double *x = mean[r][k]; /* of two draws the median is the lower */
            const double d[2] = {x[0] - mean[0][k][0], x[1] - mean[0][k][1]};
            assert_true(fabs(risk->probability - fmin(x[0], x[1])) <=
                        TEST_TOL_SUM + 1e-9);
            assert_true(fabs(risk->interval.high - fmax(x[0], x[1])) <=
                        TEST_TOL_SUM + 1e-9);
            assert_true(fabs(risk->difference - fmin(d[0], d[1])) <=
                        2.0 * TEST_TOL_SUM + 1e-9);
            assert_true(fabs(risk->difference_interval.high - fmax(d[0], d[1])) <=
                        2.0 * TEST_TOL_SUM + 1e-9);
        }
        assert_true(risk_of(summary, 0, k)->difference == 0.0);
        assert_true(risk_of(summary, 1, k)->difference != 0.0);
    }
    tacro_summary_free(summary);
    tacro_tally_free(tally);
}

/* A failed course has no partner: its regimen differs from another cohort. */
static void test_report_difference_is_nan_when_a_course_has_failed(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_summary *summary = report(f);
    assert_true(f->tally->regimen[0].failed > 0 && f->tally->regimen[1].failed > 0);
    for (size_t k = 0; k < 3; k++) {
        assert_true(isfinite(risk_of(summary, 1, k)->probability));
        assert_true(isnan(risk_of(summary, 1, k)->difference));
        assert_true(risk_of(summary, 0, k)->difference == 0.0); /* from itself */
    }
    tacro_summary_free(summary);
}

/* Of regimen b: the mean over patients whose course is there; none on a cut day. */
static void check_mean_dose(const struct test_rows *f, size_t d, double dose)
{
    const size_t ndays = f->scenario->ndays;
    double sum = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < TEST_ROWS_N; i++) {
        if (test_rows_is_ok(f, 1, i)) {
            sum +=
                test_rows_of(f, 1, i)->dose_given[i % TEST_ROWS_PER_GROUP * ndays + d];
            n++;
        }
    }
    if (d + 1 == ndays) {
        assert_true(isnan(dose));
    } else {
        assert_true(dose > 1.0);
        test_check_close("mean dose", dose, sum / (double)n, 1e-12);
    }
}

static void test_report_frame_counts_and_days(void **state)
{
    const struct test_rows *f = *state;
    const struct tacro_scenario *s = f->scenario;
    struct tacro_summary *summary = report(f);
    assert_string_equal(summary->title, "rows");
    assert_int_equal(summary->npks, 1);
    assert_string_equal(summary->pk[0].name, "rounded");
    assert_int_equal(summary->subjects, TEST_ROWS_PER_DRAW);
    assert_int_equal(summary->draws, TEST_ROWS_NDRAWS);
    assert_int_equal(summary->courses, 2 * TEST_ROWS_N);
    assert_int_equal(summary->failed,
                     f->tally->regimen[0].failed + f->tally->regimen[1].failed);
    assert_int_equal(summary->regimen[1].failed, f->tally->regimen[1].failed);
    assert_int_equal(summary->reference, 0);
    assert_string_equal(summary->regimen[1].label, "b");
    assert_true(summary->landmark == 30.0 && summary->horizon == 99.0);
    assert_true(summary->start_clock == 8.0 && summary->trough_clock == 8.0);
    assert_int_equal(summary->noutcomes, 2);
    assert_string_equal(summary->outcome[0].name, "pres");
    assert_string_equal(summary->outcome[0].endpoint,
                        "new PRES in a comparable patient who has not had it");
    assert_string_equal(summary->outcome[1].file, "rejection_lung");
    for (size_t d = 0; d < s->ndays; d++) {
        const struct tacro_day_summary *day = &summary->regimen[1].day[d];
        assert_int_equal(day->day, (int)d);
        assert_true(day->time == 24.0 * (double)d);
        check_mean_dose(f, d, day->dose);
        assert_false(day->is_outside_calibration);
    }
    tacro_summary_free(summary);
    tacro_summary_free(NULL);
}

static void test_report_days_outside_calibration_are_marked(void **state)
{
    const struct test_rows *f = *state;
    struct tacro_paramset *pk = f->scenario->input->pk;
    const double last = pk->last_day;
    struct tacro_summary *summary;
    pk->last_day = 2.0;
    summary = report(f);
    assert_false(summary->regimen[0].day[2].is_outside_calibration);
    assert_true(summary->regimen[0].day[3].is_outside_calibration);
    pk->last_day = last;
    tacro_summary_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_troughs_landmark_and_cmax_are_bands_of_levels),
        cmocka_unit_test(test_report_hours_until_below_count_from_the_landmark),
        cmocka_unit_test(test_report_days_below_5_count_troughs_from_the_landmark),
        cmocka_unit_test(test_report_target_shares_are_those_of_the_troughs),
        cmocka_unit_test(
            test_report_extrapolated_troughs_are_shares_of_those_in_the_window),
        cmocka_unit_test(test_report_risks_are_medians_with_paired_differences),
        cmocka_unit_test(test_report_difference_is_nan_when_a_course_has_failed),
        cmocka_unit_test(test_report_frame_counts_and_days),
        cmocka_unit_test(test_report_days_outside_calibration_are_marked),
    };
    return cmocka_run_group_tests_name("report", tests, test_rows_set_up,
                                       test_rows_tear_down);
}
