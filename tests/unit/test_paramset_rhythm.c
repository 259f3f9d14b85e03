/** Parameters that follow the clock, in params files. */
#include "input/rhythm.h"

#include "input/uncertain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 to 5 */
    "parts: [savic, 1cmt]\n"                                            /* 6 */
    "theta:\n"                                                          /* 7 */
    "  CL: {value: 12 L/h, mark: P, from: f}\n"                         /* 8 */
    "  V1: {value: 220 L, mark: P, from: f}\n"                          /* 9 */
    "  KA: {value: 2 1/h, mark: P, from: f}\n"                          /* 10 */
    "  MTT: {value: 3 h, mark: P, from: f}\n"                           /* 11 */
    "  NTR: {value: 1.58, mark: P, from: f}\n"                          /* 12 */
    "  F1: {value: 0.5, mark: P, from: f}\n"                            /* 13 */
    "rhythm:\n"                                                         /* 14 */
    "  CL: {amplitude: 3 L/h, peak: \"17:30\", ci: 2-4 L/h, rse: 17 %, mark: T, from: "
    "f}\n"                                                                /* 15 */
    "  KA: {amplitude: 60 %, peak: \"03:08\", mark: ASSUMED, from: g}\n"; /* 16 */

static void test_rhythms_are_relative_to_the_typical_value(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    const struct tacro_rhythm *cl;
    const struct tacro_rhythm *ka;
    char words[64];
    (void)state;
    assert_int_equal(set->nrhythms, 2);
    cl = tacro_rhythm_of(set, tacro_paramset_theta(set, "CL"));
    ka = tacro_rhythm_of(set, tacro_paramset_theta(set, "KA"));
    assert_non_null(cl);
    assert_non_null(ka);
    assert_null(tacro_rhythm_of(set, tacro_paramset_theta(set, "V1")));
    test_check_close("amplitude", cl->amplitude, 0.25, 1e-15);
    test_check_close("peak", cl->peak, 17.5, 1e-15);
    assert_int_equal(cl->mark, TACRO_MARK_T);
    assert_string_equal(cl->from, "f");
    test_check_close("amplitude", ka->amplitude, 0.6, 1e-15);
    assert_int_equal(ka->mark, TACRO_MARK_ASSUMED);
    tacro_rhythm_words(ka, words, sizeof words);
    assert_string_equal(words, "60 % at 03:08");
    tacro_paramset_free(set);
}

/* The text with a change that is no fault. */
static struct tacro_paramset *changed(const char *old, const char *new)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {0};
    struct tacro_paramset *set = NULL;
    test_params_change(text, old, new);
    if (tacro_paramset_read(test_path, TACRO_SET_PK, &notes, &set, &err) != TACRO_OK) {
        fail_msg("%s; %s", err.text, notes.n > 0 ? notes.note[0].text : "");
    }
    tacro_notes_free(&notes);
    return set;
}

static void test_an_amplitude_may_stand_bare(void **state)
{
    struct tacro_paramset *set = changed("amplitude: 60 %", "amplitude: 0.7");
    (void)state;
    test_check_close("amplitude", set->rhythm[1].amplitude, 0.7, 1e-15);
    tacro_paramset_free(set);
}

/* Of the relative amplitude: by the interval, else by the standard error. */
static void test_an_amplitude_is_uncertain(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    const struct tacro_uncertainty *u = &set->rhythm[0].uncertainty;
    (void)state;
    assert_int_equal(u->law, TACRO_LAW_TRUNCATED);
    test_check_close("sd by `ci`", u->sd, 2.0 / 12.0 / (2.0 * 1.95996398454), 1e-15);
    assert_true(u->min == 0.0 && u->max == 0.99);
    assert_string_equal(u->text, "sd 0.0425, truncated to 0 to 0.99");
    assert_int_equal(set->rhythm[1].uncertainty.law, TACRO_LAW_NONE);
    assert_string_equal(set->rhythm[1].uncertainty.text, "");
    assert_int_equal(set->nuncertain, 1);
    assert_int_equal(set->uncertain[0].kind, TACRO_UNCERTAIN_RHYTHM);
    assert_string_equal(set->uncertain[0].name, "rhythm.CL");
    assert_string_equal(set->uncertain[0].unit, "1");
    test_check_close("central", set->uncertain[0].value, 0.25, 1e-15);
    assert_int_equal(set->uncertain[0].theta, tacro_paramset_theta(set, "CL"));
    tacro_paramset_free(set);
    set = changed("ci: 2-4 L/h, ", "");
    test_check_close("sd by `rse`", set->rhythm[0].uncertainty.sd, 0.17 * 0.25, 1e-15);
    tacro_paramset_free(set);
}

/* The draws of an amplitude that could leave [0, 1): they have its density inside. */
static void test_drawn_amplitudes_stay_below_1(void **state)
{
    struct tacro_paramset *set =
        changed("amplitude: 60 %,", "amplitude: 76 %, rse: 44.5 %,");
    const struct tacro_uncertain *number;
    double sum = 0.0;
    double last = 0.0;
    (void)state;
    assert_int_equal(set->nuncertain, 2);
    number = &set->uncertain[1];
    assert_string_equal(number->name, "rhythm.KA");
    for (int i = 0; i < 1000; i++) {
        const double u = (i + 0.5) / 1000.0;
        const double x = tacro_uncertainty_draw(number->uncertainty, number->value, u);
        assert_true(x > last && x < 0.99);
        last = x;
        sum += x;
    }
    /* the mean of a normal (0.76, 0.3382) between 0 and 0.99, in closed form */
    test_check_close("mean", sum / 1000.0, 0.6298176142721859, 1e-5);
    tacro_paramset_free(set);
}

static const struct test_bad_params bad[] = {
    {"  KA: {amplitude", "  V1: {amplitude", 16,
     "rhythm.V1: a volume cannot follow the clock"},
    {"  KA: {amplitude", "  F1: {amplitude", 16,
     "rhythm.F1: expected a rate constant or a clearance"},
    {"  KA: {amplitude", "  MTT: {amplitude", 16,
     "rhythm.MTT: expected a rate constant or a clearance"},
    {"  KA: {amplitude", "  KB: {amplitude", 16, "rhythm.KB: no parameter of `theta`"},
    {"  KA: {amplitude", "  CL: {amplitude", 16, "twice"},
    {"amplitude: 60 %", "amplitude: 100 %", 16,
     "rhythm.KA.amplitude: 100 %: expected less than the typical value of KA, 2 1/h"},
    {"amplitude: 60 %", "amplitude: 150 %", 16, "rhythm.KA.amplitude: 150 %"},
    {"amplitude: 60 %", "amplitude: 0", 16, "rhythm.KA.amplitude: 0"},
    {"amplitude: 60 %", "amplitude: 1 L/h", 16, "rhythm.KA.amplitude: 1 L/h is a"},
    {"amplitude: 3 L/h", "amplitude: 12 L/h", 15,
     "rhythm.CL.amplitude: 12 L/h: expected less than the typical value of CL"},
    {"ci: 2-4 L/h", "ci: 4-5 L/h", 15, "rhythm.CL.ci: 4-5 L/h does not contain 3 L/h"},
    {"ci: 2-4 L/h", "ci: 0.1-0.4", 15, "rhythm.CL.ci: 0.1-0.4"},
    {"rse: 17 %", "rse: 400 %", 15, "rhythm.CL.rse: 400 %"},
    {"ci: 2-4 L/h", "ci: 3-3 L/h", 15, "rhythm.CL.ci: 3-3 L/h"},
    {"rse: 17 %", "rse: 0 %", 15, "rhythm.CL.rse: 0 %"},
    {"peak: \"03:08\"", "peak: \"24:08\"", 16, "rhythm.KA.peak: "},
    {", peak: \"03:08\"", "", 16, "peak"},
    {"mark: ASSUMED, from: g", "mark: ASSUMED", 16, "from"},
    {"mark: ASSUMED, from: g", "mark: MAYBE, from: g", 16, "rhythm.KA.mark: "},
    {"rhythm:\n", "rhythms:\n", 14, "did you mean `rhythm`?"},
};

static void test_bad_rhythms_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(text, TACRO_SET_PK, bad, COUNT(bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rhythms_are_relative_to_the_typical_value),
        cmocka_unit_test(test_an_amplitude_may_stand_bare),
        cmocka_unit_test(test_an_amplitude_is_uncertain),
        cmocka_unit_test(test_drawn_amplitudes_stay_below_1),
        cmocka_unit_test(test_bad_rhythms_are_refused_at_their_place),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
