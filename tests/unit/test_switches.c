/** Switches of PK files: what an option replaces, and what a scenario may choose. */
#include "input/switches.h"

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

#include "input/scenario.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 - 5 */
    "parts: [first_order, 1cmt]\n"                                      /* 6 */
    "theta:\n"                                                          /* 7 */
    "  CL: {value: 20 L/h, mark: P, from: f}\n"
    "  V1: {value: 220 L, mark: P, from: f}\n"
    "  KA: {value: 1 1/h, mark: P, from: f}\n"
    "  F1: {value: 0.5, mark: P, from: f}\n"
    "omega:\n" /* 12 */
    "  CL: {cv: 40 %, mark: P, from: f}\n"
    "  V1: {cv: 30 %, mark: P, from: f}\n"
    "  corr: [{between: [CL, V1], value: 0.5, mark: P, from: f}]\n"
    "switches:\n" /* 16 */
    "  scale:\n"
    "    doc: sd or variance\n"
    "    default: variance\n" /* 19 */
    "    options:\n"
    "      variance: {}\n"
    "      sd:\n"
    "        omega: {V1: {log_sd: 0.7, mark: ASSUMED, from: g}, " /* 23 */
    "KA: {cv: 10 %, mark: P, from: g}}\n"
    "      none:\n"
    "        omega: {corr: [{between: [CL, V1], value: 0.1, mark: P, from: g}]}\n"
    "  site:\n" /* 26 */
    "    doc: where\n"
    "    default: here\n"
    "    options:\n"
    "      here: {theta: {CL: {value: 21 L/h, mark: P, from: h}}}\n" /* 30 */
    "      there:\n"
    "        theta: {CL: {value: 30 L/h, mark: P, from: g}}\n" /* 32 */
    "        kappa: {F1: {cv: 20 %, mark: P, from: g}}\n"
    "        sigma: {conc: {proportional: 5 %, mark: P, from: g}}\n"; /* 34 */

static double cl_of(const struct tacro_paramset *set)
{
    return set->theta[tacro_paramset_theta(set, "CL")].value;
}

static const struct tacro_effect *effect_on(const struct tacro_paramset *set,
                                            const char *name)
{
    for (size_t i = 0; i < set->neffects; i++) {
        if (strcmp(set->theta[set->effect[i].theta].name, name) == 0) {
            return &set->effect[i];
        }
    }
    return NULL;
}

/* The scenario over the file of test_path; the first fault, or notice, in `first`. */
static struct tacro_input *read_with(const char *line, char *first, size_t size)
{
    char path[256];
    char yaml[1024];
    struct tacro_notes notes = {0};
    struct tacro_input *in = NULL;
    const struct tacro_overrides overrides = {.params_dir =
                                                  TACRO_SOURCE_DIR "/tests/params"};
    snprintf(yaml, sizeof yaml,
             "title: t\npk: %s\n%s\nbefore: none\nhorizon: 1 d\npatients: {n: 2}\n"
             "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
             test_path, line);
    test_temporary(path, "s.yaml");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    const enum tacro_status st = tacro_input_read(path, &overrides, &notes, &in, NULL);
    assert_int_equal(st == TACRO_OK, in != NULL);
    first[0] = '\0';
    for (size_t i = 0; i < notes.n && first[0] == '\0'; i++) {
        if (notes.note[i].severity == (in == NULL ? TACRO_FAULT : TACRO_NOTICE) &&
            strncmp(notes.note[i].text, "switch", 6) == 0) {
            snprintf(first, size, "%s", notes.note[i].text);
        }
    }
    tacro_notes_free(&notes);
    unlink(path);
    return in;
}

static void test_defaults_are_taken_unless_chosen(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    char chosen[64];
    (void)state;
    assert_int_equal(set->nswitches, 2);
    assert_string_equal(set->switches[0].name, "scale");
    assert_string_equal(set->switches[0].text, "variance; or sd, none");
    assert_string_equal(set->switches[1].text, "here; or there");
    assert_true(cl_of(set) == 21.0); /* a default may replace as well */
    test_check_close("V1", effect_on(set, "V1")->omega, sqrt(log1p(0.09)), 1e-15);
    assert_null(effect_on(set, "KA"));
    assert_null(effect_on(set, "F1"));
    assert_true(set->omega_corr.pair[0].value == 0.5);
    tacro_switches_text(set, chosen, sizeof chosen);
    assert_string_equal(chosen, "");
    tacro_paramset_free(set);
}

static void test_chosen_options_replace_entries_by_key(void **state)
{
    char first[256];
    char chosen[64];
    struct tacro_input *in;
    (void)state;
    test_params_change(text, "name: x", "name: x");
    in = read_with("switch: {scale: sd, site: there}", first, sizeof first);
    assert_non_null(in);
    assert_string_equal(first, "switch.scale: sd instead of variance of x: sd or "
                               "variance");
    const struct tacro_paramset *pk = in->pk;
    assert_true(cl_of(pk) == 30.0 && effect_on(pk, "V1")->omega == 0.7);
    assert_int_equal(effect_on(pk, "V1")->omega_mark, TACRO_MARK_ASSUMED);
    test_check_close("CL", effect_on(pk, "CL")->omega, sqrt(log1p(0.16)), 1e-15);
    test_check_close("KA", effect_on(pk, "KA")->omega, sqrt(log1p(0.01)), 1e-15);
    test_check_close("F1", effect_on(pk, "F1")->kappa, sqrt(log1p(0.04)), 1e-15);
    assert_true(pk->omega_corr.pair[0].value == 0.5);
    tacro_switches_text(pk, chosen, sizeof chosen);
    assert_string_equal(chosen, "scale: sd\nsite: there\n");
    tacro_input_free(in);
    in = read_with("switch: {scale: none}", first, sizeof first);
    assert_non_null(in);
    assert_true(in->pk->omega_corr.pair[0].value == 0.1 && cl_of(in->pk) == 21.0);
    tacro_input_free(in);
    in = read_with("switch: {scale: variance}", first, sizeof first);
    assert_non_null(in);
    assert_string_equal(first, "");
    tacro_input_free(in);
}

static void test_unknown_choices_are_refused_with_what_there_is(void **state)
{
    static const struct {
        const char *line;
        const char *fault;
    } cases[] = {
        {"switch: {scal: sd}",
         "switch.scal: no PK file has this switch, expected one of: scale, site"},
        {"switch: {scale: se}",
         "switch.scale: x has no option se, expected one of: variance, sd, none"},
        {"switch: {scale: [sd]}", "switch.scale: expected"},
        {"switch: sd", "switch: expected a map"},
    };
    char first[256];
    (void)state;
    test_params_change(text, "name: x", "name: x");
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(read_with(cases[i].line, first, sizeof first));
        if (strncmp(first, cases[i].fault, strlen(cases[i].fault)) != 0) {
            fail_msg("%s: %s", cases[i].line, first);
        }
    }
}

/* Whether or not an option is chosen. */
static const struct test_bad_params bad[] = {
    {"log_sd: 0.7", "log_sd: 2.7", 23,
     "switches.scale.options.sd.omega.V1.log_sd: 2.7 is outside 0 to 2"},
    {"value: 30 L/h", "value: 30 L", 32,
     "switches.site.options.there.theta.CL.value: 30 L"},
    {"        kappa: {F1", "        kappa: {F2", 33,
     "kappa.F2: `theta` has no parameter of this name"},
    {"proportional: 5 %", "proportion: 5 %", 34, "sigma.conc.proportion: unknown key"},
    {"value: 21 L/h", "value: -21 L/h", 30, "switches.site.options.here.theta.CL"},
    {"value: 0.1, mark", "value: 1, mark", 25, "is not positive definite"},
    {"        theta: {CL", "        thetas: {CL", 32,
     "switches.site.options.there.thetas: unknown key"},
    {"default: variance", "default: cv", 19,
     "switches.scale.default: no option cv, expected one of: variance, sd, none"},
    {"    doc: where\n", "", 26, "switches.site.doc: missing"},
    {"cv: 30 %", "cv: 30 kg", 14, "omega.V1.cv: 30 kg"},
};

static void test_a_fault_in_any_option_is_one_of_the_file(void **state)
{
    (void)state;
    test_params_expect_faults(text, TACRO_SET_PK, bad, COUNT(bad));
}

/* A fault that every option would meet is told once. */
static void test_a_fault_outside_of_options_is_noted_once(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_paramset *set = NULL;
    (void)state;
    test_params_change(text, "value: 220 L", "value: 220 kg");
    assert_int_equal(tacro_paramset_read(test_path, TACRO_SET_PK, &notes, &set, NULL),
                     TACRO_EINPUT);
    assert_int_equal(notes.nfaults, 1);
    tacro_notes_free(&notes);
}

static void expect_spread(const char *pk, const char *line, const char *name,
                          double omega, double kappa)
{
    char yaml[1024];
    struct tacro_scenario *s;
    snprintf(yaml, sizeof yaml,
             "title: t\npk: %s\n%sbefore: none\nhorizon: 1 d\npatients: {n: 2, "
             "hematocrit: 0.3, weight: 70 kg, bilateral: false, cyp3a5_expresser: "
             "false, voriconazole: false, amiodarone: false}\nunused: allow\n"
             "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
             pk, line);
    s = test_scenario(yaml);
    const struct tacro_effect *e = effect_on(s->input->pk, name);
    assert_non_null(e);
    test_check_close(pk, e->omega, omega, 1e-4);
    test_check_close(pk, e->kappa, kappa, 1e-15);
    tacro_scenario_free(s);
}

static void test_shipped_files_switch_what_their_papers_leave_open(void **state)
{
    const double f1 = sqrt(log1p(0.01));
    (void)state;
    expect_spread("miano2024_lung_pod14", "", "CL", sqrt(0.29), 0.0);
    expect_spread("miano2024_lung_pod14", "", "V1", sqrt(0.54), 0.0);
    expect_spread("miano2024_lung_pod14", "switch: {iiv_scale: sd}\n", "CL", 0.29, 0.0);
    expect_spread("miano2024_lung_pod14", "switch: {iiv_scale: sd}\n", "V1", 0.54, 0.0);
    expect_spread("sikma2020_thoracic_icu", "", "F1", f1, sqrt(log1p(0.65 * 0.65)));
    expect_spread("sikma2020_thoracic_icu", "switch: {iov_f: whole_blood}\n", "F1", f1,
                  sqrt(log1p(0.55 * 0.55)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_taken_unless_chosen),
        cmocka_unit_test(test_chosen_options_replace_entries_by_key),
        cmocka_unit_test(test_unknown_choices_are_refused_with_what_there_is),
        cmocka_unit_test(test_a_fault_in_any_option_is_one_of_the_file),
        cmocka_unit_test(test_a_fault_outside_of_options_is_noted_once),
        cmocka_unit_test(test_shipped_files_switch_what_their_papers_leave_open),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
