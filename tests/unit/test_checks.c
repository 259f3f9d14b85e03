/** `checks` and `ranges` of params files: reading, printed digits, verdicts. */
#include "input/checks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/figure.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

static const char good[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 to 5 */
    "parts: [first_order, 2cmt, rbc]\n"
    "theta:\n"
    "  CL: {value: 20 L/h, mark: P, from: f}\n"
    "  V1: {value: 200 L, mark: P, from: f}\n"
    "  Q: {value: 70 L/h, mark: P, from: f}\n" /* 10 */
    "  V2: {value: 470 L, mark: P, from: f}\n"
    "  KA: {value: 1 1/h, mark: P, from: f}\n"
    "  F1: {value: 1, mark: P, from: f}\n"
    "  BMAX: {value: 2700 ng/mL, mark: P, from: f}\n"
    "  KD: {value: 0.142 ng/mL, mark: P, from: f}\n" /* 15 */
    "  NPLASMA: {value: 137, mark: P, from: f}\n"
    "  HCT: {value: 0.3, mark: P, from: f}\n"
    "covariates:\n"
    "  - {parameter: HCT, covariate: hematocrit, kind: value, mark: P, from: f}\n"
    "ranges: {hematocrit: 20-47 %, weight: 46-122 kg}\n" /* 20 */
    "checks:\n"
    "  - figure: trough\n"
    "    patient: {hematocrit: 0.3}\n"
    "    before: {give: 2 mg, every: 12 h, steady_state: true}\n"
    "    steps: [{give: 2 mg, every: 12 h}]\n" /* 25 */
    "    quantity: conc\n"
    "    at: 12 h\n"
    "    value: 6.22 ng/mL\n"
    "    mark: P\n"
    "    from: f\n" /* 30 */
    "  - figure: ratio of areas\n"
    "    patient: {hematocrit: 0.3}\n"
    "    steps: [{give: 2 mg, every: 12 h}]\n"
    "    quantity: auc\n"
    "    to: 24 h\n" /* 35 */
    "    over: {since: 12 h}\n"
    "    value: 150 %\n"
    "    within: 2 %\n"
    "    expect: differs\n"
    "    reason: r\n" /* 40 */
    "    mark: T\n"
    "    from: f\n"
    "  - figure: unbound\n"
    "    patient: {hematocrit: 0.3}\n"
    "    steps: [{give: 2 mg, every: 12 h}]\n" /* 45 */
    "    quantity: unbound\n"
    "    at: 1 d\n"
    "    subjects: 100\n"
    "    statistic: median\n"
    "    value: 1.06 pg/mL\n" /* 50 */
    "    within: 0.1 pg/mL\n"
    "    mark: T\n"
    "    from: f\n";

static void test_checks_are_read_with_what_they_leave_out(void **state)
{
    (void)state;
    struct tacro_paramset *set = test_params_good(good, TACRO_SET_PK);
    assert_int_equal(set->nranges, 2);
    assert_int_equal(set->range[0].covariate, TACRO_COV_hematocrit);
    assert_true(fabs(set->range[0].low - 0.2) < 1e-12);
    assert_true(fabs(set->range[1].high - 122.0) < 1e-12);
    assert_string_equal(set->range[1].text, "46-122 kg");
    assert_int_equal(set->nchecks, 3);
    const struct tacro_check *trough = &set->check[0];
    assert_int_equal(trough->kind, TACRO_CHECK_LEVEL);
    assert_true(trough->of.at == 12.0 && trough->value == 6.22);
    assert_true(fabs(trough->tolerance - 0.005) < 1e-12);
    assert_int_equal(trough->subjects, 0);
    assert_non_null(trough->of.steps);
    assert_null(trough->of.switches);
    const struct tacro_check *ratio = &set->check[1];
    assert_true(ratio->is_ratio && ratio->is_to_differ);
    assert_int_equal(ratio->dimension, TACRO_NUMBER);
    assert_true(ratio->of.from == 0.0 && ratio->of.at == 24.0);
    assert_true(ratio->over.from == 12.0 && ratio->over.at == 24.0);
    assert_ptr_equal(ratio->over.steps, ratio->of.steps);
    assert_true(fabs(ratio->value - 1.5) < 1e-12);
    assert_true(fabs(ratio->tolerance - 0.03) < 1e-12);
    assert_true(fabs(ratio->scale - 0.01) < 1e-15);
    const struct tacro_check *unbound = &set->check[2];
    assert_int_equal(unbound->kind, TACRO_CHECK_OUTPUT);
    assert_int_equal(unbound->statistic, TACRO_STATISTIC_MEDIAN);
    assert_true(fabs(unbound->raw - 1e-3) < 1e-15);
    assert_true(fabs(unbound->value - 1.06e-3) < 1e-15);
    assert_true(fabs(unbound->tolerance - 1e-4) < 1e-15);
    tacro_paramset_free(set);
}

static void test_checks_faults_have_their_places(void **state)
{
    static const struct test_bad_params bad[] = {
        {"weight: 46", "wieght: 46", 20,
         "ranges.wieght: no such covariate, did you mean"},
        {"46-122 kg", "122-46 kg", 20, "the range does not go up"},
        {"20-47 %", "20-47 kg", 20, "ranges.hematocrit"},
        {"weight: 46-122 kg", "sex: 0-1", 20, "is no number"},
        {"{hematocrit: 0.3}", "{hematocrti: 0.3}", 23, "did you mean `hematocrit`?"},
        {"{hematocrit: 0.3}", "{hematocrit: 3}", 23, "checks[0].patient.hematocrit"},
        {"give: 2 mg, every: 12 h, steady", "give: 2 kg, every: 12 h, steady", 24,
         "checks[0].before.give"},
        {"steps: [{give: 2 mg", "steps: [{give: 99 mg", 25, "checks[0].steps[0].give"},
        {"quantity: conc", "quantity: con", 26, "did you mean `conc`?"},
        {"at: 12 h", "to: 12 h", 27, "not of `quantity: conc`, expected `at`"},
        {"    at: 12 h\n", "", 22, "missing key `at`"},
        {"value: 6.22 ng/mL", "value: 6.22 mg", 28, "checks[0].value"},
        {"since: 12 h", "since: 30 h", 36, "ends before it begins"},
        {"    reason: r\n", "", 39, "expected a `reason`"},
        {"    expect: differs\n", "", 39, "beside `expect: differs` only"},
        {"    statistic: median\n", "", 48, "`subjects` and `statistic` together"},
        {"within: 0.1 pg/mL", "within: 0.1 h", 51, "checks[2].within"},
    };
    (void)state;
    test_params_expect_faults(good, TACRO_SET_PK, bad, sizeof bad / sizeof bad[0]);
}

static void test_checks_half_of_the_last_printed_digit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tacro_dimension dimension;
        double half;
    } cases[] = {
        {"6.221 ng/mL", TACRO_CONCENTRATION, 5e-4},
        {"6.20 ng/mL", TACRO_CONCENTRATION, 5e-3},
        {"120 ng*h/mL", TACRO_AUC, 0.5},
        {"0.78", TACRO_NUMBER, 5e-3},
        {"78 %", TACRO_NUMBER, 5e-3},
        {"1.6e-4 1/h", TACRO_RATE, 5e-6},
        {"90 min", TACRO_TIME, 0.5 / 60.0},
        {"1060. pg/mL", TACRO_CONCENTRATION, 5e-4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double half = tacro_check_half_digit(cases[i].text, cases[i].dimension);
        assert_true(fabs(half - cases[i].half) < 1e-9 * cases[i].half);
    }
    assert_true(isnan(tacro_check_half_digit("6.2 kg", TACRO_CONCENTRATION)));
}

static void test_checks_match_within_the_tolerance_and_a_hair(void **state)
{
    const struct tacro_check check = {.value = 6.22, .tolerance = 0.005};
    (void)state;
    assert_true(tacro_check_matches(&check, 6.22));
    assert_true(tacro_check_matches(&check, 6.2250001));
    assert_false(tacro_check_matches(&check, 6.2251));
    assert_true(tacro_check_matches(&check, 6.2149999));
    assert_false(tacro_check_matches(&check, 6.2149));
    assert_false(tacro_check_matches(&check, NAN));
}

static void test_figures_are_statistics_of_any_order(void **state)
{
    double odd[] = {4.0, 1.0, 2.0};
    double even[] = {8.0, 1.0, 4.0, 2.0};
    (void)state;
    assert_true(tacro_figure_statistic(TACRO_STATISTIC_MEDIAN, odd, 3) == 2.0);
    assert_true(tacro_figure_statistic(TACRO_STATISTIC_MEDIAN, even, 4) == 3.0);
    assert_true(tacro_figure_statistic(TACRO_STATISTIC_MEAN, even, 4) == 3.75);
    assert_true(fabs(tacro_figure_statistic(TACRO_STATISTIC_GEOMETRIC_MEAN, odd, 3) -
                     2.0) < 1e-14);
}

static void test_yaml_printed_tree_is_read_as_it_was(void **state)
{
    (void)state;
    struct tacro_paramset *set = test_params_good(good, TACRO_SET_PK);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    tacro_node_print(out, &set->yaml->root);
    assert_int_equal(fclose(out), 0);
    struct tacro_notes notes = {0};
    struct tacro_yaml *yaml = NULL;
    assert_int_equal(tacro_yaml_read_text("memory", text, &notes, &yaml, NULL),
                     TACRO_OK);
    assert_int_equal(notes.n, 0);
    char *again = NULL;
    out = open_memstream(&again, &size);
    assert_non_null(out);
    tacro_node_print(out, &yaml->root);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, again);
    assert_non_null(strstr(text, "\"value\": \"6.22 ng/mL\""));
    free(text);
    free(again);
    tacro_yaml_free(yaml);
    tacro_paramset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checks_are_read_with_what_they_leave_out),
        cmocka_unit_test(test_checks_faults_have_their_places),
        cmocka_unit_test(test_checks_half_of_the_last_printed_digit),
        cmocka_unit_test(test_checks_match_within_the_tolerance_and_a_hair),
        cmocka_unit_test(test_figures_are_statistics_of_any_order),
        cmocka_unit_test(test_yaml_printed_tree_is_read_as_it_was),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
