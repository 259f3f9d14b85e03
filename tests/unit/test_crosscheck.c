/* The built-in check: the sample is fixed by index, and a wrong course is found. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "run/crosscheck.h"
#include "tests/support/engine.h"

#define NPATIENTS 100

static const char text[] = "title: check\n"
                           "pk: sikma2020_thoracic_icu\n"
                           "risk: [pres_lung, rejection_lung]\n"
                           "start: {day: 0, clock: \"08:00\"}\n"
                           "horizon: 3 d\n"
                           "landmark: 1 d\n"
                           "output: {every: 6 h}\n"
                           "seed: 1\n"
                           "draws: 1\n"
                           "patients: {n: 100, hematocrit: 0.3}\n"
                           "reference: a\n"
                           "regimens:\n"
                           "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
                           "  b: {steps: [{give: 1 mg, every: 24 h}]}\n";

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_block_setup setup;
    struct tacro_subject subject[NPATIENTS];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->scenario = test_scenario(text);
    f->setup = test_setup(f->scenario, 1e-6, NULL);
    f->setup.method = &tacro_method_exact;
    for (size_t i = 0; i < NPATIENTS; i++) {
        tacro_subject_draw(f->scenario->rules, i, &f->subject[i]);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tacro_scenario_free(f->scenario);
    free(f);
    return 0;
}

/* The run's own courses of all patients, each level times `factor` at one output. */
static void keep_all(const struct fixture *f, struct tacro_crosscheck *check,
                     double factor)
{
    struct tacro_block *block = NULL;
    assert_int_equal(tacro_block_create(&f->setup, &block, NULL), TACRO_OK);
    for (size_t regimen = 0; regimen < 2; regimen++) {
        for (size_t first = 0; first < NPATIENTS; first += TACRO_LANES) {
            const struct tacro_subject *subject[TACRO_LANES];
            const struct tacro_course *course[TACRO_LANES];
            const struct tacro_block_result *r;
            for (size_t l = 0; l < TACRO_LANES; l++) {
                const size_t i = first + l < NPATIENTS ? first + l : NPATIENTS - 1;
                subject[l] = &f->subject[i];
                course[l] = &f->scenario->arm[regimen].course;
            }
            r = tacro_block_run(block, subject, course);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                r->concentration[(size_t)5 * TACRO_LANES + l] *= factor;
            }
            assert_int_equal(
                tacro_crosscheck_keep(check, regimen, subject, course, r, NULL),
                TACRO_OK);
        }
    }
    tacro_block_free(block);
}

static void check_all(struct tacro_crosscheck *check)
{
    /* 2 regimens of 32 patients are one block of lanes */
    assert_int_equal(tacro_crosscheck_blocks(check), 1);
    assert_int_equal(tacro_crosscheck_run(check, 0, NULL), TACRO_OK);
}

static struct tacro_crosscheck *create(const struct fixture *f, uint64_t first,
                                       uint64_t n)
{
    struct tacro_crosscheck *check = NULL;
    assert_int_equal(
        tacro_crosscheck_create(f->scenario, &f->setup, first, n, &check, NULL),
        TACRO_OK);
    return check;
}

static void test_solvers_differ_by_their_tolerance(void **state)
{
    struct fixture *f = *state;
    struct tacro_crosscheck *check = create(f, 0, NPATIENTS);
    assert_string_equal(tacro_crosscheck_name(check, 0), "cvode");
    keep_all(f, check, 1.0);
    check_all(check);
    for (size_t regimen = 0; regimen < 2; regimen++) {
        const struct tacro_difference d = tacro_crosscheck_difference(check, regimen);
        assert_int_equal(d.n, TACRO_CROSSCHECK_SAMPLE);
        assert_true(d.level > 0.0 && d.level < 1e-5);
        assert_true(d.hazard > 0.0 && d.hazard < 1e-5);
    }
    tacro_crosscheck_free(check);
}

static void test_a_wrong_level_is_found(void **state)
{
    struct fixture *f = *state;
    struct tacro_crosscheck *check = create(f, 0, NPATIENTS);
    keep_all(f, check, 1.001);
    check_all(check);
    assert_true(fabs(tacro_crosscheck_difference(check, 0).level - 1e-3) < 1e-5);
    tacro_crosscheck_free(check);
}

static void test_one_subject_is_its_own_sample(void **state)
{
    struct fixture *f = *state;
    struct tacro_crosscheck *check = create(f, 77, 1);
    keep_all(f, check, 1.0);
    check_all(check);
    assert_int_equal(tacro_crosscheck_difference(check, 1).n, 1);
    tacro_crosscheck_free(check);
}

static void test_nothing_kept_is_nothing_compared(void **state)
{
    struct fixture *f = *state;
    struct tacro_crosscheck *check = create(f, 0, NPATIENTS);
    check_all(check);
    assert_int_equal(tacro_crosscheck_difference(check, 0).n, 0);
    assert_true(isnan(tacro_crosscheck_difference(check, 0).level));
    tacro_crosscheck_free(check);
}

static void test_the_exact_solver_checks_cvode(void **state)
{
    struct fixture *f = *state;
    const struct tacro_method *method = NULL;
    struct tacro_crosscheck *check;
    f->setup.method = &tacro_method_cvode;
    check = create(f, 0, NPATIENTS);
    assert_string_equal(tacro_crosscheck_name(check, 0), "exact");
    tacro_crosscheck_free(check);
    f->setup.method = &tacro_method_exact;
    assert_int_equal(tacro_method_choose("auto", f->scenario->system, &method, NULL),
                     TACRO_OK);
    assert_true(method == &tacro_method_exact);
    assert_int_equal(tacro_method_choose("cvode", f->scenario->system, &method, NULL),
                     TACRO_OK);
    assert_true(method == &tacro_method_cvode);
    assert_int_equal(tacro_method_choose("euler", f->scenario->system, &method, NULL),
                     TACRO_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solvers_differ_by_their_tolerance),
        cmocka_unit_test(test_a_wrong_level_is_found),
        cmocka_unit_test(test_one_subject_is_its_own_sample),
        cmocka_unit_test(test_nothing_kept_is_nothing_compared),
        cmocka_unit_test(test_the_exact_solver_checks_cvode),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
