/** Relations of one patient at one time, and when they change. */
#include "cohort/subject.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/plan.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct tacro_scenario *open_lung(const char *start, const char *patients)
{
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "title: relations\npk: miano2024_lung_pod14\nstart: %s\nhorizon: 6 d\n"
             "before: none\npatients:\n  weight: 75 kg\n  cyp3a5_expresser: false\n"
             "  amiodarone: false\n%s"
             "regimens:\n  a: {steps: [{give: 2 mg, every: 12 h}]}\n",
             start, patients);
    return test_scenario(yaml);
}

static const char morning[] = "{day: 0, clock: \"08:00\"}";

static size_t clearance_of(const struct tacro_scenario *s)
{
    size_t i = 0;
    while (i < s->rules->n && strcmp(s->rules->rule[i].theta->name, "CL") != 0) {
        i++;
    }
    assert_true(i < s->rules->n);
    return i;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void expect_times(double *cut, size_t n, const double *want, size_t nwant)
{
    if (n != nwant) {
        fail_msg("%zu times, expected %zu", n, nwant);
        return;
    }
    qsort(cut, n, sizeof *cut, compare);
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(cut[i] - want[i]) < 1e-9)) {
            fail_msg("time %zu is %g h, expected %g h", i, cut[i], want[i]);
        }
    }
}

static void test_pod_counts_midnights_and_is_at_least_1(void **state)
{
    static const struct {
        const char *start;
        double t;
        double pod;
    } row[] = {
        {morning, 0.0, 1.0},
        {morning, 15.9, 1.0},
        {morning, 16.0, 1.0}, /* 00:00 of day 1 */
        {morning, 39.999, 1.0},
        {morning, 40.0 - 1e-8, 2.0}, /* the same instant */
        {morning, 40.0, 2.0},
        {morning, 143.0, 6.0},
        {"{day: 3, clock: \"00:00\"}", 0.0, 3.0},
        {"{day: 3, clock: \"23:30\"}", 0.25, 3.0},
        {"{day: 3, clock: \"23:30\"}", 0.5, 4.0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct tacro_scenario *s =
            open_lung(row[i].start, "  typical: true\n  hematocrit: 0.33\n"
                                    "  bilateral: false\n  voriconazole: false\n");
        struct tacro_subject x;
        tacro_subject_draw(s->rules, 0, &x);
        test_check_close(
            row[i].start,
            tacro_subject_value(s->rules, clearance_of(s), &x, row[i].t, 0),
            3.69 * pow(row[i].pod, 0.67), 1e-14);
        tacro_scenario_free(s);
    }
}

/* The power by day, the two windows, the azole 24 h late. */
static void test_courses_are_cut_at_midnights_and_after_delays(void **state)
{
    static const double want[] = {24.0, 40.0, 64.0,  72.0, 88.0,
                                  88.0, 88.0, 112.0, 136.0};
    struct tacro_scenario *s = open_lung(
        morning,
        "  n: 3\n  hematocrit: 0.33\n  bilateral: true\n"
        "  voriconazole: [{from: 0 d, value: false}, {from: 2 d, value: true}]\n");
    const size_t cl = clearance_of(s);
    double cut[COUNT(want) + 1] = {0.0};
    (void)state;
    assert_int_equal(tacro_rule_cuts(s->rules, cl, NULL), COUNT(want));
    expect_times(cut, tacro_rule_cuts(s->rules, cl, cut), want, COUNT(want));
    assert_true(s->rules->rule[cl].is_dynamic);
    assert_false(s->rules->rule[cl].is_own);
    /* each is the end of a segment */
    for (size_t i = 0; i < COUNT(want); i++) {
        bool is_end = false;
        for (size_t k = 0; k < s->arm[0].course.n; k++) {
            is_end = is_end ||
                     fabs(s->arm[0].course.segment[k].t1 - want[i]) < TACRO_SAME_TIME;
        }
        assert_true(is_end);
    }
    tacro_scenario_free(s);
}

static void test_days_of_a_drawn_covariate_differ_between_patients(void **state)
{
    struct tacro_scenario *s =
        open_lung(morning, "  n: 40\n  hematocrit: 0.33\n"
                           "  bilateral: {probability: 50 %}\n  voriconazole: false\n");
    const size_t cl = clearance_of(s);
    const double day = 40.0; /* 00:00 of day 2 */
    size_t ndoubles = 0;
    (void)state;
    assert_true(s->rules->rule[cl].is_own);
    for (uint64_t i = 0; i < 40; i++) {
        struct tacro_subject x;
        tacro_subject_draw(s->rules, i, &x);
        const bool is_double = x.covariate[TACRO_COV_bilateral] == 1.0;
        const double early = tacro_subject_value(s->rules, cl, &x, day, 0);
        const double late = tacro_subject_value(s->rules, cl, &x, day + 48.0, 0);
        test_check_close("CL", late,
                         early * pow(2.0, 0.67) * (is_double ? 0.82 / 0.48 : 1.0),
                         1e-14);
        ndoubles += is_double;
    }
    assert_true(ndoubles > 5 && ndoubles < 35);
    tacro_scenario_free(s);
}

static void test_delays_of_a_table_follow_each_patient(void **state)
{
    static const double first[] = {10.0, 34.0, 50.0, 74.0};
    static const double second[] = {30.0, 54.0};
    char path[256];
    char patients[512];
    double cut[8] = {0.0};
    double since = -INFINITY;
    double until = INFINITY;
    struct tacro_subject x;
    (void)state;
    test_temporary(path, "relation.csv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "ID,TIME,VORICONAZOLE\n1,0,0\n1,10,1\n1,50,0\n2,0,1\n2,30,0\n");
    assert_int_equal(fclose(file), 0);
    snprintf(patients, sizeof patients,
             "  file: %s\n  covariates: locf\n  hematocrit: 0.33\n  bilateral: true\n",
             path);
    struct tacro_scenario *s = open_lung(morning, patients);
    const size_t cl = clearance_of(s);
    assert_int_equal(tacro_population_cuts(s->input, 0, NULL), COUNT(first));
    expect_times(cut, tacro_population_cuts(s->input, 0, cut), first, COUNT(first));
    expect_times(cut, tacro_population_cuts(s->input, 1, cut), second, COUNT(second));
    tacro_population_stretch(s->input, 0, 36.0, &since, &until);
    assert_true(fabs(since - 34.0) < 1e-9 && fabs(until - 50.0) < 1e-9);
    tacro_subject_draw(s->rules, 0, &x);
    for (int hour = 0; hour < 88; hour++) { /* to the end of day 3 */
        const double t = hour + 0.5;
        const double azole = t > 34.0 && t < 74.0 ? 0.39 : 1.0;
        const double pod = fmax(floor((t + 8.0) / 24.0), 1.0);
        test_check_close("CL", tacro_subject_value(s->rules, cl, &x, t, 0),
                         3.69 * exp(x.fixed_log[cl]) * pow(pod, 0.67) * 0.48 * azole,
                         1e-13);
    }
    tacro_scenario_free(s);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pod_counts_midnights_and_is_at_least_1),
        cmocka_unit_test(test_courses_are_cut_at_midnights_and_after_delays),
        cmocka_unit_test(test_days_of_a_drawn_covariate_differ_between_patients),
        cmocka_unit_test(test_delays_of_a_table_follow_each_patient),
    };
    return cmocka_run_group_tests_name("relation", tests, NULL, NULL);
}
