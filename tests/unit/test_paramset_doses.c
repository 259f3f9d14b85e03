/** Formulations and parameters of doses in params files. */
#include "input/paramset.h"

#include "input/absolute.h"
#include "models/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 to 5 */
    "parts: [first_order, erlang_4@XR, first_order@LCP, 1cmt]\n"        /* 6 */
    "theta:\n"                                                          /* 7 */
    "  CL: {value: 20 L/h, mark: P, from: f}\n"                         /* 8 */
    "  V1: {value: 220 L, mark: P, from: f}\n"                          /* 9 */
    "  KA: {half_life: 1 h, mark: P, from: f}\n"                        /* 10 */
    "  F1: {value: 0.5, mark: P, from: f}\n"                            /* 11 */
    "  ALAG1: {value: 30 min, mark: P, from: f}\n"                      /* 12 */
    "  D1: {value: 2 h, mark: P, from: f}\n"                            /* 13 */
    "  R1: {value: 0.5 mg/h, mark: P, from: f}\n"                       /* 14 */
    "  FABS: {value: 23 %, ci: 5-93 %, mark: P, from: f}\n"             /* 15 */
    "  KTR_XR: {value: 3.76 1/h, mark: P, from: f}\n"                   /* 16 */
    "  FREL_XR: {value: 1, mark: P, from: f}\n"                         /* 17 */
    "  KA_LCP: {value: 0.111 1/h, mark: P, from: f}\n"                  /* 18 */
    "  FREL_LCP: {value: 1.34, mark: P, from: f}\n"                     /* 19 */
    "  ALAG1_LCP: {value: 1.4 h, mark: P, from: f}\n"                   /* 20 */
    "omega: {KA_LCP: {cv: 67 %, mark: P, from: f}}\n"                   /* 21 */
    "kappa: {ALAG1: {cv: 20 %, mark: P, from: f}}\n"                    /* 22 */
    "covariates:\n"                                                     /* 23 */
    "  - {parameter: FREL_LCP, covariate: cyp3a5_expresser, kind: exponential, "
    "coefficient: 0.2, mark: P, from: f}\n"; /* 24 */

static const struct tacro_theta *theta_of(const struct tacro_paramset *set,
                                          const char *name)
{
    const size_t i = tacro_paramset_theta(set, name);
    assert_true(i < set->nthetas);
    return &set->theta[i];
}

static void test_formulations_are_parts_with_names_of_their_own(void **state)
{
    static const char *const parts[] = {"first_order", "erlang_4", "first_order",
                                        "1cmt"};
    static const char *const ports[] = {"DEPOT", "CENTRAL", "DEPOT_XR", "DEPOT_LCP"};
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    (void)state;
    assert_int_equal(set->nparts, COUNT(parts));
    for (size_t i = 0; i < COUNT(parts); i++) {
        assert_string_equal(tacro_parts_at(set->part[i])->name, parts[i]);
    }
    assert_int_equal(set->nformulations, 2);
    assert_string_equal(set->formulation[0].name, "XR");
    assert_int_equal(set->formulation[0].part, 1);
    assert_string_equal(set->formulation[1].name, "LCP");
    assert_int_equal(set->formulation[1].part, 2);
    assert_int_equal(tacro_paramset_nports(set), COUNT(ports));
    for (size_t i = 0; i < COUNT(ports); i++) {
        assert_string_equal(tacro_paramset_port_name(set, i), ports[i]);
    }
    assert_int_equal(theta_of(set, "KA")->part, 0);
    assert_int_equal(theta_of(set, "KTR_XR")->part, 1);
    assert_int_equal(theta_of(set, "KA_LCP")->part, 2);
    assert_string_equal(theta_of(set, "KA_LCP")->unit, "1/h");
    assert_int_equal(set->effect[0].theta, tacro_paramset_theta(set, "ALAG1"));
    assert_int_equal(set->effect[1].theta, tacro_paramset_theta(set, "KA_LCP"));
    assert_int_equal(set->relation[0].theta, tacro_paramset_theta(set, "FREL_LCP"));
    tacro_paramset_free(set);
}

static void test_dose_parameters_belong_to_no_part(void **state)
{
    static const struct {
        const char *name;
        enum tacro_dose_param param;
        size_t formulation;
        double value;
        const char *unit;
    } want[] = {
        {"F1", TACRO_DOSE_F1, 0, 0.5, "1"},
        {"ALAG1", TACRO_DOSE_ALAG1, 0, 0.5, "h"},
        {"D1", TACRO_DOSE_D1, 0, 2.0, "h"},
        {"R1", TACRO_DOSE_R1, 0, 0.5, "mg/h"},
        {"FABS", TACRO_DOSE_FABS, 0, 0.23, "1"},
        {"FREL_XR", TACRO_DOSE_FREL, 0, 1.0, "1"},
        {"FREL_LCP", TACRO_DOSE_FREL, 1, 1.34, "1"},
        {"ALAG1_LCP", TACRO_DOSE_ALAGF, 1, 1.4, "h"},
    };
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    (void)state;
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct tacro_theta *theta = theta_of(set, want[i].name);
        assert_int_equal(theta->part, set->nparts);
        assert_int_equal(theta->param, want[i].param);
        assert_int_equal(theta->formulation, want[i].formulation);
        assert_true(theta->value == want[i].value);
        assert_string_equal(theta->unit, want[i].unit);
    }
    tacro_paramset_free(set);
}

static void test_parameters_of_doses_not_given_are_not_used(void **state)
{
    static const struct {
        const char *name;
        unsigned ports; /* any of them uses it */
    } want[] = {{"CL", 0xFF},   {"KA", 0xFF},  {"F1", 0xFF},    {"ALAG1", 0xFF},
                {"D1", 0xFF},   {"R1", 0xFF},  {"FABS", 2},     {"KTR_XR", 4},
                {"FREL_XR", 4}, {"KA_LCP", 8}, {"FREL_LCP", 8}, {"ALAG1_LCP", 8}};
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    (void)state;
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct tacro_theta *theta = theta_of(set, want[i].name);
        for (unsigned port = 1; port < 16; port <<= 1) {
            assert_int_equal(tacro_paramset_is_used(set, theta, port),
                             (want[i].ports & port) != 0);
        }
    }
    tacro_paramset_free(set);
}

static const struct test_bad_params bad[] = {
    {"erlang_4@XR", "erlang_4@", 6,
     "parts[1]: : expected a formulation of up to 15 letters and digits after @"},
    {"erlang_4@XR", "erlang_4@X-R", 6, "parts[1]: X-R: expected a formulation of up"},
    {"erlang_4@XR", "erlang_4@X@R", 6, "parts[1]: X@R: expected a formulation of up"},
    {"erlang_4@XR", "erlang_4@IR", 6, "letters and digits after @, other than IR"},
    {"erlang_4@XR", "erlang_4@ABCDEFGHIJKLMNOP", 6, "up to 15 letters and digits"},
    {"erlang_4@XR", "erlang4@XR", 6,
     "parts[1]: erlang4@XR: unknown part, did you mean `erlang_4`?"},
    {"erlang_4@XR", "2cmt@XR", 6,
     "parts[1]: 2cmt is no absorption: only an absorption can be that of a "
     "formulation"},
    {"[first_order, erlang_4@XR, first_order@LCP, 1cmt]",
     "[erlang_4@XR, first_order, first_order@LCP, 1cmt]", 6,
     "parts[0]: expected the model's own absorption first, then those of formulations"},
    {"erlang_4@XR", "erlang_4@LCP", 6, "parts[2]: LCP: formulation named twice"},
    {"first_order@LCP", "first_order@A, first_order@B, first_order@C, first_order@D", 6,
     "parts[5]: D: more than 4 formulations"},
    {"first_order@LCP", "erlang_4", 6,
     "expected one absorption (or none) and one disposition, found 2 and 1"},
    {"first_order@LCP, 1cmt", "1cmt, first_order@LCP", 6,
     "parts[3]: expected the order absorption, disposition"},
    {"value: 0.5, mark", "value: 1.5, mark", 11,
     "theta.F1.value: 1.5 is outside 0.02 to 1"},
    {"  F1:", "  F2:", 8, "theta: F1 is missing: bioavailability of a dose [1]"},
    {"value: 30 min", "value: -1 min", 12, "theta.ALAG1.value: -1 min"},
    {"value: 30 min", "value: 49 h", 12, "theta.ALAG1.value: 49 h is outside 0 to 48"},
    {"value: 30 min", "value: 30", 12, "theta.ALAG1.value: 30: unit missing"},
    {"value: 2 h", "value: 200 h", 13, "theta.D1.value: 200 h is outside 0 to 168"},
    {"value: 0.5 mg/h", "value: 0.5 mg", 14, "theta.R1.value: 0.5 mg is a dose, expec"},
    {"value: 23 %", "value: 1 %", 15, "theta.FABS.value: 1 % (0.01) is outside 0.02"},
    {"ci: 5-93 %", "ci: 30-93 %", 15, "theta.FABS.ci: 30-93 % does not contain"},
    {"KTR_XR: {value: 3.76 1/h", "KTR: {value: 3.76 1/h", 16,
     "theta.KTR: no part has this parameter, did you mean `"},
    {"KTR_XR: {value: 3.76 1/h", "KTR_XX: {value: 3.76 1/h", 8,
     "theta: KTR_XR is missing: rate constant out of each compartment of the chain "
     "[1/h], of part erlang_4"},
    {"FREL_XR:", "FREL:", 17, "theta.FREL: no part has this parameter"},
    {"  FREL_LCP: {value: 1.34, mark: P, from: f}\n", "", 8,
     "theta: FREL_LCP is missing: bioavailability relative to F1 [1]"},
    {"value: 1.34", "value: 13.4", 19, "theta.FREL_LCP.value: 13.4 is outside 0.02"},
    {"KA_LCP: {value: 0.111 1/h", "KA_LPC: {value: 0.111 1/h", 18,
     "theta.KA_LPC: no part has this parameter, did you mean `KA_LCP`?"},
    {"  D1: {value: 2 h,", "  FZERO: {value: 0.4,", 8,
     "theta: DZERO is missing: mixed input has both FZERO and DZERO"},
    {"  D1: {value: 2 h,", "  DZERO_XR: {value: 2 h,", 8,
     "theta: FZERO_XR is missing: mixed input has both FZERO_XR and DZERO_XR"},
    {"  D1: {value: 2 h,", "  FZERO: {value: 1.4,", 13,
     "theta.FZERO.value: 1.4 is outside 0 to 1"},
    {"  D1: {value: 2 h,", "  DZERO: {value: 0 h,", 13,
     "theta.DZERO.value: 0 h is not"},
    {"omega: {KA_LCP", "omega: {KA_XR", 21,
     "omega.KA_XR: `theta` has no parameter of this name"},
};

static void test_bad_formulations_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(text, TACRO_SET_PK, bad, COUNT(bad));
}

#define FABS_LINE "  FABS: {value: 23 %, ci: 5-93 %, mark: P, from: f}\n"

/* FABS of a file that has none, with that typical F1; the file keeps one it has. */
static void test_absolute_bioavailability_has_a_default(void **state)
{
    static const struct {
        const char *f1;
        const char *fabs;
        double value;
        enum tacro_mark mark;
    } want[] = {{"0.5", "", 1.0, TACRO_MARK_C},
                {"1", "", 0.23, TACRO_MARK_ASSUMED},
                {"1", FABS_LINE, 0.23, TACRO_MARK_P}};
    (void)state;
    for (size_t i = 0; i < COUNT(want); i++) {
        char f1[64];
        char changed[sizeof text + 64];
        struct tacro_notes notes = {0};
        struct tacro_paramset *set = NULL;
        const struct tacro_theta *theta;
        const char *at = strstr(text, FABS_LINE);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text,
                 want[i].fabs, at + strlen(FABS_LINE));
        snprintf(f1, sizeof f1, "F1: {value: %s,", want[i].f1);
        test_params_change(changed, "F1: {value: 0.5,", f1);
        assert_int_equal(
            tacro_paramset_read(test_path, TACRO_SET_PK, &notes, &set, NULL), TACRO_OK);
        tacro_notes_free(&notes);
        assert_int_equal(tacro_absolute_default(set, NULL), TACRO_OK);
        theta = theta_of(set, "FABS");
        assert_true(theta->value == want[i].value);
        assert_int_equal(theta->mark, want[i].mark);
        assert_int_equal(theta->param, TACRO_DOSE_FABS);
        assert_int_equal(theta->is_default, want[i].fabs[0] == '\0');
        assert_false(tacro_paramset_is_used(set, theta, 1U << TACRO_PORT_ORAL));
        assert_true(tacro_paramset_is_used(set, theta, 1U << TACRO_PORT_IV));
        tacro_paramset_free(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulations_are_parts_with_names_of_their_own),
        cmocka_unit_test(test_dose_parameters_belong_to_no_part),
        cmocka_unit_test(test_parameters_of_doses_not_given_are_not_used),
        cmocka_unit_test(test_absolute_bioavailability_has_a_default),
        cmocka_unit_test(test_bad_formulations_are_refused_at_their_place),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
