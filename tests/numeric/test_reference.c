/*
 * The engine, held to the reference numbers of the evidence, to their printed digits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/schedule.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Tight enough for five printed digits; the references were computed with the same. */
#define RTOL 1e-9

static const char typical[] =
    "patients: {typical: true, age: 50 y, sex: male, map: 95 mmHg, aki: false, "
    "infection: false, hypomagnesemia: false, cystic_fibrosis: false, "
    "connective_tissue_disease: false, steroid_pulse: false, ecmo: false}\n";

/* One step of a plan: a day of doses at 08:00 and 20:00, or none. */
static int add_step(char *yaml, size_t size, double amount, const char *days)
{
    if (amount > 0.0) {
        return snprintf(yaml, size,
                        "      - {give: %g mg, at: [\"08:00\", \"20:00\"]%s%s}\n",
                        amount, days[0] == '\0' ? "" : ", for: ", days);
    }
    return snprintf(yaml, size, "      - {hold: %s}\n",
                    days[0] == '\0' ? "40 d" : days);
}

/* A scenario on the rounded test set; the landmark is 00:00 of day 14. */
static struct tacro_scenario *open_plan(const struct test_plan *plan, const char *extra,
                                        const char *horizon)
{
    char yaml[4096];
    size_t n = (size_t)snprintf(
        yaml, sizeof yaml,
        "title: reference trajectory\npk: rounded\nrisk: [pres_lung, rejection_lung]\n"
        "start: {day: 0, clock: \"00:00\"}\nhorizon: %s\nlandmark: 14 d\n"
        "trough_at: \"08:00\"\noutput: {every: 8 h}\n%s%sregimens:\n  plan:\n    "
        "steps:\n",
        horizon, typical, extra);
    const double amount[] = {plan->first, plan->day3, plan->day4, plan->day5,
                             plan->later};
    static const char *const days[] = {"3 d", "1 d", "1 d", "1 d", ""};
    for (size_t i = 0; i < COUNT(amount); i++) {
        n += (size_t)add_step(yaml + n, sizeof yaml - n, amount[i], days[i]);
    }
    assert_true(n < sizeof yaml);
    return test_scenario(yaml);
}

static void test_six_schedules_give_reference_trajectories(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_PLAN_NROWS; i++) {
        const struct test_plan_row *row = &test_plan_rows[i];
        struct tacro_scenario *s = open_plan(&row->plan, "", "30 d");
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        test_check_printed(row->name, row->C_D4, test_concentration_at(c, 0, 104.0));
        test_check_printed(row->name, row->C_D7, test_concentration_at(c, 0, 176.0));
        test_check_printed(row->name, row->C_D14, test_concentration_at(c, 0, 344.0));
        test_check_printed(row->name, row->E_D4, test_state_at(c, 0, "STRESS", 104.0));
        test_check_printed(row->name, row->E_D7, test_state_at(c, 0, "STRESS", 176.0));
        test_check_printed(row->name, row->Ca_D14, test_state_at(c, 0, "CA", 344.0));
        test_check_printed(row->name, row->HP_M14, test_state_at(c, 0, "HP", 336.0));
        test_check_printed(row->name, row->HP_M30, test_state_at(c, 0, "HP", 720.0));
        test_check_printed(row->name, row->HR_M14, test_state_at(c, 0, "HR", 336.0));
        test_check_printed(row->name, row->HR_M30, test_state_at(c, 0, "HR", 720.0));
        test_courses_free(c);
        tacro_scenario_free(s);
    }
}

static void test_smaller_q_gives_reference_risks(void **state)
{
    static const struct {
        const char *q;
        struct test_plan plan;
        const char *c_d4;
        const char *hp;
        const char *hr;
    } row[] = {
        {"parameters: {Q: 12 L/h}\n", {3, 3, 3, 3, 3}, NULL, "7.65e-4", "0.162"},
        {"parameters: {Q: 50 L/h}\n", {3, 3, 3, 3, 3}, NULL, "7.59e-4", "0.164"},
        {"parameters: {Q: 12 L/h}\n", {3, 0, 1, 0.5, 0.25}, "2.6", "2.19e-4", "0.402"},
        {"parameters: {Q: 50 L/h}\n", {3, 0, 1, 0.5, 0.25}, "4.5", "2.14e-4", "0.394"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct tacro_scenario *s = open_plan(&row[i].plan, row[i].q, "30 d");
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        if (row[i].c_d4 != NULL) {
            test_check_printed("C", row[i].c_d4, test_concentration_at(c, 0, 104.0));
        }
        test_check_printed("HP", row[i].hp, test_state_at(c, 0, "HP", 336.0));
        test_check_printed("HR", row[i].hr, test_state_at(c, 0, "HR", 336.0));
        test_courses_free(c);
        tacro_scenario_free(s);
    }
}

static void test_low_clearance_gives_reference_trajectories(void **state)
{
    static const char low[] = "parameters: {CL: 4.2 L/h}\n";
    static const struct {
        struct test_plan plan;
        const char *c_d4;
        const char *c_d14;
        const char *c_d30;
        const char *hp;
        const char *hr;
    } row[] = {
        {{1, 1, 1, 1, 1}, "7.70", "15.85", "18.51", "1.406e-3", "0.288"},
        {{1, 0, 0.25, 0.25, 0.25}, "5.35", "4.90", "4.74", "3.16e-4", "0.584"},
        {{1, 0, 1, 0.5, 0.25}, NULL, NULL, NULL, "4.08e-4", "0.507"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct tacro_scenario *s = open_plan(&row[i].plan, low, "30 d");
        struct tacro_scenario *later = open_plan(&row[i].plan, low, "31 d");
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        struct test_courses *d = test_run_courses(later, 0, 1, RTOL, NULL);
        if (row[i].c_d4 != NULL) {
            test_check_printed("C", row[i].c_d4, test_concentration_at(c, 0, 104.0));
            test_check_printed("C", row[i].c_d14, test_concentration_at(c, 0, 344.0));
            test_check_printed("C", row[i].c_d30, test_concentration_at(d, 0, 728.0));
        }
        test_check_printed("HP", row[i].hp, test_state_at(c, 0, "HP", 720.0));
        test_check_printed("HR", row[i].hr, test_state_at(c, 0, "HR", 720.0));
        test_courses_free(c);
        test_courses_free(d);
        tacro_scenario_free(s);
        tacro_scenario_free(later);
    }
}

/* ---- the thoracic ICU model, typical patient ---- */

static struct tacro_scenario *open_sikma(const char *horizon, const char *hematocrit,
                                         const char *steps)
{
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "title: reference numbers\npk: sikma2020_thoracic_icu\n"
             "start: {day: 0, clock: \"00:00\"}\nhorizon: %s\noutput: {every: 0.01 h}\n"
             "trough_at: \"00:00\"\npatients: {typical: true, hematocrit: %s}\n"
             "regimens:\n  plan:\n    steps: [%s]\n",
             horizon, hematocrit, steps);
    return test_scenario(yaml);
}

static void test_sikma_single_dose_gives_reference_curve(void **state)
{
    static const struct {
        double t;
        const char *c;
    } row[] = {{0.5, "2.0541"}, {1, "3.2237"},  {2, "4.0472"}, {3, "3.9312"},
               {6, "2.7131"},   {12, "1.7359"}, {24, "1.2238"}};
    struct tacro_scenario *s =
        open_sikma("1 d", "0.28", "{give: 2 mg, every: 24 h, for: 1 h}, {hold: 1 d}");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        test_check_printed("C", row[i].c, test_concentration_at(c, 0, row[i].t));
    }
    test_courses_free(c);
    tacro_scenario_free(s);
}

static void test_sikma_steady_state_gives_reference_interval(void **state)
{
    static const struct {
        const char *steps;
        const char *trough;
        const char *auc;
    } row[] = {{"{give: 2 mg, every: 12 h}", "6.221", "95.694"},
               {"{give: 5 mg, every: 12 h}", "15.551", "239.234"}};
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        /* 40 days are 37 slow half-lives */
        struct tacro_scenario *s = open_sikma("40 d", "0.28", row[i].steps);
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        const double auc24 =
            test_state_at(c, 0, "AUC", 960.0) - test_state_at(c, 0, "AUC", 936.0);
        test_check_printed("trough", row[i].trough, test_concentration_at(c, 0, 960.0));
        test_check_printed("AUC0-12", row[i].auc, 0.5 * auc24);
        if (i == 0) {
            double cmax = 0.0;
            double tmax = 0.0;
            for (int k = 0; k <= 1200; k++) {
                const double x = test_concentration_at(c, 0, 948.0 + 0.01 * k);
                tmax = x > cmax ? 0.01 * k : tmax;
                cmax = x > cmax ? x : cmax;
            }
            test_check_printed("Cmax", "9.917", cmax);
            test_check_printed("Tmax", "2.04", tmax);
            test_check_close("trough over mean of the params file",
                             s->input->pk->trough_to_mean,
                             test_concentration_at(c, 0, 960.0) / (auc24 / 24.0), 1e-4);
        }
        test_courses_free(c);
        tacro_scenario_free(s);
    }
}

static void test_case_schedule_gives_reference_levels(void **state)
{
    static const struct {
        double t;
        const char *c;
    } row[] = {{12, "1.736"},   {24, "2.960"},  {36, "3.849"},  {48, "4.496"},
               {60, "4.967"},   {72, "5.309"},  {84, "3.822"},  {96, "2.779"},
               {97.5, "3.625"}, {120, "1.775"}, {144, "1.245"}, {168, "0.964"},
               {192, "0.816"},  {216, "0.737"}, {240, "0.696"}, {264, "0.674"}};
    struct tacro_scenario *s =
        open_sikma("11 d", "0.28",
                   "{give: 2 mg, every: 12 h, for: 3 d}, {hold: 1 d}, "
                   "{give: 0.5 mg, every: 24 h}");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        test_check_printed("C", row[i].c, test_concentration_at(c, 0, row[i].t));
    }
    test_check_printed("AUC0-264", "716.25", test_state_at(c, 0, "AUC", 264.0));
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* The unbound map alone, at whole-blood 10 ng/mL. */
static double unbound_at(const char *hematocrit, size_t output, double concentration)
{
    struct tacro_scenario *s =
        open_sikma("1 d", hematocrit, "{give: 2 mg, every: 12 h}");
    const struct tacro_block_setup setup = test_setup(s, RTOL, NULL);
    struct tacro_parameters *parameters = NULL;
    double time0[TACRO_LANES] = {0};
    double span[TACRO_LANES] = {0};
    struct tacro_lanes lanes = {.time0 = time0, .span = span};
    struct tacro_subject subject;
    const struct tacro_subject *all[TACRO_LANES];
    const double t[TACRO_LANES] = {0};
    const int32_t slot[TACRO_LANES] = {0};
    double signal[TACRO_LANES];
    double value[TACRO_LANES];
    tacro_subject_draw(s->rules, 0, &subject);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        all[l] = &subject;
        signal[l] = concentration;
    }
    assert_int_equal(tacro_parameters_create(s->rules, s->system, setup.kernels,
                                             s->coef, &parameters, NULL),
                     TACRO_OK);
    tacro_parameters_begin(parameters, all);
    tacro_parameters_at(parameters, t, slot);
    lanes.coef = tacro_parameters_coef(parameters);
    setup.kernels->output(s->system, &lanes, output, signal, value);
    tacro_parameters_free(parameters);
    tacro_scenario_free(s);
    return value[TACRO_LANES - 1];
}

static void test_unbound_at_10_gives_reference_pair(void **state)
{
    (void)state;
    test_check_printed("HCT 0.50", "1.060", unbound_at("0.50", 0, 10.0));
    test_check_printed("HCT 0.25", "2.135", unbound_at("0.25", 0, 10.0));
    test_check_printed("HCT 0.30", "1.775", unbound_at("0.30", 0, 10.0));
    test_check_printed("HCT 0.50 at 9", "0.953", unbound_at("0.50", 0, 9.0));
    test_check_printed("HCT 0.25 at 9", "1.919", unbound_at("0.25", 0, 9.0));
    /* total plasma is 137 times unbound */
    test_check_close("plasma", unbound_at("0.25", 1, 10.0),
                     137.0 * unbound_at("0.25", 0, 10.0) / 1000.0, 1e-14);
}

static void test_unbound_near_the_capacity_is_nan(void **state)
{
    (void)state;
    /* capacity 675 ng/mL at 0.25: the map is used up to 0.9 of it */
    assert_true(unbound_at("0.25", 0, 607.0) > 0.0);
    assert_true(isnan(unbound_at("0.25", 0, 608.0)));
    assert_true(isnan(unbound_at("0.25", 1, 700.0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_six_schedules_give_reference_trajectories),
        cmocka_unit_test(test_smaller_q_gives_reference_risks),
        cmocka_unit_test(test_low_clearance_gives_reference_trajectories),
        cmocka_unit_test(test_sikma_single_dose_gives_reference_curve),
        cmocka_unit_test(test_sikma_steady_state_gives_reference_interval),
        cmocka_unit_test(test_case_schedule_gives_reference_levels),
        cmocka_unit_test(test_unbound_at_10_gives_reference_pair),
        cmocka_unit_test(test_unbound_near_the_capacity_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
