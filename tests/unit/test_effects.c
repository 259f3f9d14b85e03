/** Variability that changes with the time and that wanders, in params files. */
#include "input/paramset.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 to 5 */
    "occasion: 24 h\n"                                                  /* 6 */
    "parts: [first_order, 1cmt]\n"                                      /* 7 */
    "theta:\n"                                                          /* 8 */
    "  CL: {value: 20 L/h, mark: P, from: f}\n"                         /* 9 */
    "  V1: {value: 220 L, mark: P, from: f}\n"                          /* 10 */
    "  KA: {half_life: 1 h, mark: P, from: f}\n"                        /* 11 */
    "  F1: {value: 0.5, mark: P, from: f}\n"                            /* 12 */
    "  ALAG1: {value: 30 min, mark: P, from: f}\n"                      /* 13 */
    "omega:\n"                                                          /* 14 */
    "  F1: {cv: 40 %, mark: P, from: f}\n"                              /* 15 */
    "kappa:\n"                                                          /* 16 */
    "  F1: {cv: [{from: 0 d, value: 55 %}, {from: 1 week, value: 30 %}], "
    "mark: P, from: f}\n"                               /* 17 */
    "  KA: {cv: 50 %, ci: 40-60 %, mark: P, from: f}\n" /* 18 */
    "wander:\n"                                         /* 19 */
    "  F1: {cv: [{from: 1 d, value: 35 %}, {from: 180 d, value: 27 %}], "
    "correlation_time: 5 d, mark: ASSUMED, from: f}\n" /* 20 */
    "  ALAG1: {cv: 20 %, correlation_time: 6 h, ci: 10-30 %, mark: T, "
    "from: f}\n"; /* 21 */

static double log_sd(double cv)
{
    return sqrt(log(1.0 + cv * cv));
}

static const struct tacro_effect *effect_on(const struct tacro_paramset *set,
                                            const char *name)
{
    for (size_t i = 0; i < set->neffects; i++) {
        if (strcmp(set->theta[set->effect[i].theta].name, name) == 0) {
            return &set->effect[i];
        }
    }
    fail_msg("no effect on %s", name);
    return NULL;
}

static void test_spreads_are_read_step_by_step(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    const struct tacro_effect *f1 = effect_on(set, "F1");
    (void)state;
    test_check_close("omega", f1->omega, log_sd(0.40), 1e-15);
    test_check_close("kappa", f1->kappa, log_sd(0.55), 1e-15);
    test_check_close("wander", f1->wander, log_sd(0.35), 1e-15);
    assert_true(f1->correlation_time == 120.0);
    assert_int_equal(f1->kappas.n, 2);
    assert_true(f1->kappas.step[0].from == 0.0 && f1->kappas.step[1].from == 168.0);
    assert_true(f1->kappas.step[0].log_sd == f1->kappa);
    test_check_close("then", f1->kappas.step[1].log_sd, log_sd(0.30), 1e-15);
    assert_int_equal(f1->wanders.n, 2);
    assert_true(f1->wanders.step[0].from == 24.0 && f1->wanders.step[1].from == 4320.0);
    test_check_close("then", f1->wanders.step[1].log_sd, log_sd(0.27), 1e-15);
    assert_string_equal(f1->omega_text, "40 %");
    assert_string_equal(f1->kappa_text, "55 % from 0 d, 30 % from 1 week");
    assert_string_equal(f1->wander_text, "35 % from 1 d, 27 % from 180 d");
    assert_int_equal(f1->wander_mark, TACRO_MARK_ASSUMED);
    tacro_paramset_free(set);
}

static void test_spreads_of_one_value_have_no_steps(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    const struct tacro_effect *ka = effect_on(set, "KA");
    const struct tacro_effect *lag = effect_on(set, "ALAG1");
    (void)state;
    assert_true(ka->kappas.n == 0 && ka->wander == 0.0 && ka->wander_text == NULL);
    assert_true(lag->omega == 0.0 && lag->kappa == 0.0 && lag->wanders.n == 0);
    test_check_close("wander", lag->wander, log_sd(0.20), 1e-15);
    assert_true(lag->correlation_time == 6.0);
    assert_int_equal(lag->wander_mark, TACRO_MARK_T);
    tacro_paramset_free(set);
}

#define FOUR                                                                           \
    "{from: 1 d, value: 9 %}, {from: 2 d, value: 9 %}, {from: 3 d, value: 9 %}, "      \
    "{from: 4 d, value: 9 %}, "

static const struct test_bad_params bad[] = {
    {"{from: 1 week", "{from: 0 h", 17,
     "kappa.F1.cv[1].from: 0 h is not after 0 h, expected ascending times"},
    {"{from: 0 d, v", "{from: -1 d, v", 17,
     "kappa.F1.cv[0].from: -1 d (-24 h) is outside 0"},
    {"{from: 0 d, v", "{from: 3, v", 17, "kappa.F1.cv[0].from: 3: unit missing"},
    {"value: 30 %", "value: 0 %", 17, "kappa.F1.cv[1].value: 0 % is not > 0"},
    {"value: 30 %", "value: 160 %", 17,
     "kappa.F1.cv[1].value: 160 % (1.6) is outside 0 to 1.5"},
    {"value: 30 %", "cv: 30 %", 17, "kappa.F1.cv[1].cv: unknown key"},
    {"{from: 0 d, value: 55 %}", "30 %", 17, "kappa.F1.cv[0]: expected a map"},
    {"[{from: 0 d, value: 55 %}, {from: 1 week, value: 30 %}]", "[]", 17,
     "kappa.F1.cv: empty list"},
    {"30 %}], ", "30 %}], ci: 30-60 %, ", 17,
     "kappa.F1.ci: expected beside one value alone"},
    {"[{from: 0 d, value: 55 %}, {",
     "[{from: 0 d, value: 9 %}, " FOUR "{from: 5 d, value: 9 %}, {from: 6 d, value: 9 "
     "%}, {from: 6.5 d, value: 9 %}, {",
     17, "kappa.F1.cv: 9 steps, expected at most 8"},
    {"cv: 40 %", "cv: [{from: 0 d, value: 40 %}]", 15,
     "omega.F1.cv: expected a single value, found a list"},
    {"cv: 50 %", "correlation_time: 5 d, cv: 50 %", 18,
     "kappa.KA.correlation_time: unknown key"},
    {"correlation_time: 5 d, ", "", 20, "wander.F1.correlation_time: missing"},
    {"time: 5 d", "time: 0 d", 20, "wander.F1.correlation_time: 0 d is not above 0 h"},
    {"time: 5 d", "time: 111 d", 20,
     "wander.F1.correlation_time: 111 d is too long, expected at most 110 d"},
    {"cv: 20 %", "mean_one: true, cv: 20 %", 21, "wander.ALAG1.mean_one: unknown key"},
    {"ci: 10-30 %", "ci: 1-3 %", 21, "wander.ALAG1.ci: 1-3 % does not contain 20 %"},
    {"mark: ASSUMED, ", "", 20, "wander.F1.mark: missing"},
    {"  ALAG1: {cv", "  CL: {cv", 21,
     "wander.CL: CL is no parameter of a dose, expected one such as F1"},
    {"  ALAG1: {cv", "  FREL: {cv", 21,
     "wander.FREL: `theta` has no parameter of this name"},
};

static void test_bad_spreads_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(text, TACRO_SET_PK, bad, COUNT(bad));
}

static void test_longest_wander_is_read(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_paramset *set = NULL;
    (void)state;
    test_params_change(text, "time: 5 d", "time: 110 d");
    assert_int_equal(tacro_paramset_read(test_path, TACRO_SET_PK, &notes, &set, NULL),
                     TACRO_OK);
    assert_true(effect_on(set, "F1")->correlation_time == 2640.0);
    tacro_paramset_free(set);
    tacro_notes_free(&notes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spreads_are_read_step_by_step),
        cmocka_unit_test(test_spreads_of_one_value_have_no_steps),
        cmocka_unit_test(test_bad_spreads_are_refused_at_their_place),
        cmocka_unit_test(test_longest_wander_is_read),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
