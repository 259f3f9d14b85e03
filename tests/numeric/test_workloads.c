/*
 * The workloads of the benchmark: their doses, their chains, and both solvers against
 * the benchmark's long double reference.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "benchmarks/workload.h"
#include "models/registry.h"

#define NSUBJECTS 64
#define NLEVELS 673 /* each hour */
#define NDAILY 116  /* four quantities at 29 days */

/*
 * Largest relative errors at rtol 1e-6: the goals of the engine. The exact propagator
 * keeps levels to rounding and hazards to the tolerance.
 */
#define ERROR_CVODE 1e-5
#define ERROR_EXACT_LEVEL 1e-10
#define ERROR_EXACT_HAZARD 1e-6

static struct tacro_scenario *open_named(const char *name)
{
    char path[512];
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *scenario = NULL;
    snprintf(path, sizeof path, "%s/benchmarks/%s.yaml", TACRO_SOURCE_DIR, name);
    if (bench_scenario(path, NSUBJECTS, &scenario, &err) != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    return scenario;
}

/* 5 mg q12h 3 d, nothing 1 d, 2 mg q12h 2 d, 1 mg q12h 2 d, 0.5 mg q24h to day 28. */
static void check_doses(const char *name)
{
    static const struct {
        size_t n;
        double start;
        double every;
        double amount;
    } run[] = {{6, 0, 12, 5}, {4, 96, 12, 2}, {4, 144, 12, 1}, {20, 192, 24, 0.5}};
    struct tacro_scenario *s = open_named(name);
    const struct tacro_plan plan = tacro_scenario_plan(s, 0);
    size_t n = 0;
    assert_int_equal(tacro_scenario_regimens(s), 1);
    assert_int_equal(plan.ndoses, 34);
    for (size_t k = 0; k < sizeof run / sizeof run[0]; k++) {
        for (size_t i = 0; i < run[k].n; i++) {
            const double t = run[k].start + (double)i * run[k].every;
            assert_float_equal(plan.dose[n].time, t, 1e-9);
            assert_float_equal(plan.dose[n++].amount, run[k].amount, 1e-9);
        }
    }
    tacro_scenario_free(s);
}

static void test_workloads_have_the_doses_of_the_contract(void **state)
{
    (void)state;
    check_doses("w1");
    check_doses("w2");
}

static void check_states(const char *name, size_t n, const char *const *want)
{
    struct tacro_scenario *s = open_named(name);
    assert_int_equal(s->system->nstates, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(s->system->state[i]->name, want[i]);
    }
    tacro_scenario_free(s);
}

static void test_workloads_have_no_state_too_many(void **state)
{
    static const char *const w1[] = {"DEPOT",   "A2",         "A3", "A4",
                                     "CENTRAL", "PERIPHERAL", "AUC"};
    static const char *const w2[] = {"DEPOT",      "A2", "A3",  "A4",   "CENTRAL",
                                     "PERIPHERAL", "CE", "AUC", "HEXP", "HEMAX"};
    (void)state;
    check_states("w1", sizeof w1 / sizeof w1[0], w1);
    check_states("w2", sizeof w2 / sizeof w2[0], w2);
}

static void test_workloads_share_their_subjects(void **state)
{
    struct tacro_scenario *s1 = open_named("w1");
    struct tacro_scenario *s2 = open_named("w2");
    static const char *const name[] = {"CL", "V1", "KTR", "F1", "Q", "V2"};
    static struct tacro_subject a;
    static struct tacro_subject b;
    (void)state;
    tacro_subject_draw(s1->rules, 7, &a);
    tacro_subject_draw(s2->rules, 7, &b);
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        const double x = bench_parameter(s1, &a, name[i], (double)NAN);
        assert_true(x == bench_parameter(s2, &b, name[i], (double)NAN));
    }
    tacro_scenario_free(s1);
    tacro_scenario_free(s2);
}

static void check_error(const char *name, const struct tacro_method *method,
                        double most, size_t nvalues)
{
    const struct bench_choice choice = {method, NULL, 1e-6, 1};
    struct bench_workload *w = NULL;
    struct tacro_error err = {.status = TACRO_OK};
    double error;
    if (bench_workload_create(open_named(name), &choice, &w, &err) != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(w->nvalues, nvalues);
    bench_workload_solve(w);
    assert_int_equal(w->nfailed, 0);
    error = bench_workload_error(w, NSUBJECTS);
    if (!(error <= most)) {
        fail_msg("%s by %s: error %g, expected at most %g", name, method->name, error,
                 most);
    }
    bench_workload_free(w);
}

static void test_workloads_agree_with_the_reference(void **state)
{
    (void)state;
    check_error("w1", &tacro_method_exact, ERROR_EXACT_LEVEL, NLEVELS);
    check_error("w2", &tacro_method_exact, ERROR_EXACT_HAZARD, NDAILY);
    check_error("w1", &tacro_method_cvode, ERROR_CVODE, NLEVELS);
    check_error("w2", &tacro_method_cvode, ERROR_CVODE, NDAILY);
}

/* The check can fail: a value that is off, and one that is NaN. */
static void test_workloads_error_sees_a_wrong_value(void **state)
{
    const struct bench_choice choice = {&tacro_method_exact, NULL, 1e-6, 1};
    struct bench_workload *w = NULL;
    (void)state;
    assert_int_equal(bench_workload_create(open_named("w1"), &choice, &w, NULL),
                     TACRO_OK);
    bench_workload_solve(w);
    w->value[3 * w->nvalues + 100] *= 1.001;
    assert_float_equal(bench_workload_error(w, NSUBJECTS), 0.001, 1e-9);
    w->value[5 * w->nvalues + 100] = NAN;
    assert_true(isnan(bench_workload_error(w, NSUBJECTS)));
    bench_workload_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workloads_have_the_doses_of_the_contract),
        cmocka_unit_test(test_workloads_have_no_state_too_many),
        cmocka_unit_test(test_workloads_share_their_subjects),
        cmocka_unit_test(test_workloads_agree_with_the_reference),
        cmocka_unit_test(test_workloads_error_sees_a_wrong_value),
    };
    return cmocka_run_group_tests_name("workloads", tests, NULL, NULL);
}
