/*
 * CVODE against the independent exact reference, on the patients of the case scenario:
 * individual parameters, kappas per slot, covariates that step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/engine.h"
#include "tests/support/exact_course.h"
#include "tests/support/schedule.h"

#define NPATIENTS 200

/* Asked for: 1e-6 at rtol 1e-8. */
#define RTOL_TIGHT 1e-8
#define ERROR_TIGHT 1e-6

static struct tacro_scenario *open_case(void)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    const struct tacro_overrides overrides = {.subjects = NPATIENTS, .draws = 1};
    struct tacro_scenario *s = NULL;
    const enum tacro_status st = tacro_scenario_open(
        TACRO_SOURCE_DIR "/params/scenario/pres_lung_transplant.yaml", &overrides,
        &notes, &s, &err);
    if (st != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    tacro_notes_free(&notes);
    return s;
}

static size_t regimen_named(const struct tacro_scenario *s, const char *label)
{
    for (size_t i = 0; i < s->input->nregimens; i++) {
        if (strcmp(s->input->regimen[i].label, label) == 0) {
            return i;
        }
    }
    fail_msg("no regimen %s", label);
    return 0;
}

/* A parameter of a set by name, at t. */
static double value_of(const struct tacro_scenario *s, size_t set, const char *name,
                       const struct tacro_subject *subject, double t, int32_t slot)
{
    for (size_t i = 0; i < s->rules->n; i++) {
        if (s->rules->rule[i].set == set &&
            strcmp(s->rules->rule[i].theta->name, name) == 0) {
            return tacro_subject_value(s->rules, i, subject, t, slot);
        }
    }
    fail_msg("no parameter %s", name);
    return NAN;
}

static void fill_segments(const struct tacro_scenario *s, size_t regimen,
                          const struct tacro_subject *subject,
                          struct test_segment *segment)
{
    const struct tacro_course *course = &s->arm[regimen].course;
    const double h0 = test_pres_typical().h0 / 24.0;
    const double lam = test_rejection_typical().lam / 24.0;
    for (size_t k = 0; k < course->n; k++) {
        const struct tacro_segment *c = &course->segment[k];
        const double f1 = value_of(s, 0, "F1", subject, c->t0, c->slot);
        segment[k] = (struct test_segment){
            .t0 = c->t0,
            .t1 = c->t1,
            .CL = value_of(s, 0, "CL", subject, c->t0, c->slot),
            .V1 = value_of(s, 0, "V1", subject, c->t0, c->slot),
            .Q = value_of(s, 0, "Q", subject, c->t0, c->slot),
            .V2 = value_of(s, 0, "V2", subject, c->t0, c->slot),
            .KA = value_of(s, 0, "KA", subject, c->t0, c->slot),
            .amount = f1 * test_bolus(course, k),
            .multP = value_of(s, 1, "H0", subject, c->t0, c->slot) / h0,
            .multR = value_of(s, 2, "LAM", subject, c->t0, c->slot) / lam};
    }
}

/* The exact points of every patient at all output times, [patient][time]. */
static struct test_point *exact_points(const struct tacro_scenario *s, size_t regimen,
                                       const struct test_courses *c)
{
    const size_t n = s->arm[regimen].course.n;
    struct test_segment *segment = calloc(n, sizeof *segment);
    struct test_point *point = calloc(c->nsubjects * s->ntimes, sizeof *point);
    assert_non_null(segment);
    assert_non_null(point);
    for (size_t i = 0; i < c->nsubjects; i++) {
        struct test_course course = test_course_typical(n, segment);
        course.day0 = (24.0 * s->input->start_day + s->input->start_clock) / 24.0;
        course.rejection.phi = s->input->pk->trough_to_mean;
        fill_segments(s, regimen, &c->subject[i], segment);
        assert_true(
            test_course_run(&course, s->ntimes, s->time, point + i * s->ntimes));
    }
    free(segment);
    return point;
}

static double relative(double value, double want)
{
    return fabs(value - want) / fabs(want);
}

/* Largest relative error over patients: concentrations at all times, states at days. */
static double largest_error(const struct tacro_scenario *s,
                            const struct test_courses *c,
                            const struct test_point *point)
{
    double worst = 0.0;
    for (size_t i = 0; i < c->nsubjects; i++) {
        for (size_t o = 1; o < s->ntimes; o++) {
            const struct test_point *p = &point[i * s->ntimes + o];
            worst = fmax(worst, relative(c->concentration[i * s->ntimes + o], p->C));
        }
        for (size_t d = 1; d < s->ndays; d++) {
            const struct test_point *p = &point[i * s->ntimes + s->day_output[d]];
            const double t = s->time[s->day_output[d]];
            worst = fmax(worst,
                         relative(test_state_at(c, i, "PERIPHERAL", t), p->peripheral));
            worst = fmax(worst, relative(test_state_at(c, i, "AUC", t), p->AUC));
            worst = fmax(worst, relative(test_state_at(c, i, "CE", t), p->Ce));
            worst = fmax(worst, relative(test_state_at(c, i, "STRESS", t), p->E));
            worst = fmax(worst, relative(test_state_at(c, i, "HP", t), p->HP));
            worst = fmax(worst, relative(test_state_at(c, i, "CA", t), p->Ca));
            worst = fmax(worst, relative(test_state_at(c, i, "HR", t), p->HR));
        }
    }
    return worst;
}

static void test_cvode_agrees_with_exact_solution_for_200_patients(void **state)
{
    struct tacro_scenario *s = open_case();
    const size_t regimen = regimen_named(s, "hold_taper");
    struct test_courses *c = test_run_courses(s, regimen, NPATIENTS, RTOL_TIGHT, NULL);
    struct test_point *point = exact_points(s, regimen, c);
    const double error = largest_error(s, c, point);
    (void)state;
    print_message("largest relative error %.2e at rtol %.0e\n", error, RTOL_TIGHT);
    assert_true(error <= ERROR_TIGHT);
    assert_true(error > 0.0); /* else nothing was compared */
    free(point);
    test_courses_free(c);
    tacro_scenario_free(s);
}

static void test_error_falls_five_times_per_decade_of_rtol(void **state)
{
    static const double rtol[] = {1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9};
    struct tacro_scenario *s = open_case();
    const size_t regimen = regimen_named(s, "hold_taper");
    struct test_point *point = NULL;
    double previous = INFINITY;
    (void)state;
    for (size_t i = 0; i < sizeof rtol / sizeof rtol[0]; i++) {
        struct test_courses *c =
            test_run_courses(s, regimen, TACRO_LANES, rtol[i], NULL);
        double error;
        if (point == NULL) {
            point = exact_points(s, regimen, c);
        }
        error = largest_error(s, c, point);
        print_message("rtol %.0e: largest relative error %.2e, %lld steps\n", rtol[i],
                      error, (long long)c->steps);
        assert_true(error <= previous / 5.0);
        previous = error;
        test_courses_free(c);
    }
    free(point);
    tacro_scenario_free(s);
}

/* The propagator's error is that of its panels alone, within the tolerance asked. */
static void test_exact_solver_keeps_every_tolerance(void **state)
{
    static const double rtol[] = {1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10};
    struct tacro_scenario *s = open_case();
    const size_t regimen = regimen_named(s, "hold_taper");
    struct test_point *point = NULL;
    (void)state;
    test_method = &tacro_method_exact;
    for (size_t i = 0; i < sizeof rtol / sizeof rtol[0]; i++) {
        struct test_courses *c = test_run_courses(s, regimen, NPATIENTS, rtol[i], NULL);
        double error;
        if (point == NULL) {
            point = exact_points(s, regimen, c);
        }
        error = largest_error(s, c, point);
        print_message("exact, rtol %.0e: largest relative error %.2e, %lld panels\n",
                      rtol[i], error, (long long)c->steps);
        assert_true(error <= rtol[i]);
        test_courses_free(c);
    }
    test_method = &tacro_method_cvode;
    free(point);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_solver_keeps_every_tolerance),
        cmocka_unit_test(test_cvode_agrees_with_exact_solution_for_200_patients),
        cmocka_unit_test(test_error_falls_five_times_per_decade_of_rtol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
