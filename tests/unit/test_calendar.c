/* The capsule calendar of a plan, whose doses are made up here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/plan.h"
#include "cli/quantity.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct tacro_plan_dose dose_of(double time, double amount, const char *route)
{
    return (struct tacro_plan_dose){.time = time, .amount = amount, .route = route};
}

static struct tacro_plan_dose infusion(double time, double amount, double duration)
{
    struct tacro_plan_dose dose = dose_of(time, amount, "iv");
    dose.duration = duration;
    return dose;
}

static struct tacro_plan_dose by_weight(double time, double amount, double per_kg)
{
    struct tacro_plan_dose dose = dose_of(time, amount, "oral");
    dose.is_per_kg = true;
    dose.per_kg = per_kg;
    return dose;
}

/* From 08:00 on POD 0, where dosing days begin. */
static struct tacro_frame frame_of(double horizon)
{
    return (struct tacro_frame){
        .start_clock = 8, .trough_clock = 8, .horizon = horizon, .title = "case"};
}

/* -- capsules ---------------------------------------------------------------------- */

static void test_capsules_are_the_fewest_that_sum_exactly(void **state)
{
    static const struct {
        const char *route;
        double amount;
        const char *text;
    } cases[] = {
        {"oral", 0, "none"},
        {"oral", 0.5, "1x0.5"},
        {"oral", 3, "3x1"},
        {"oral", 11.5, "2x5 + 1x1 + 1x0.5"},
        {"oral", 0.75, "no sum of capsules"},
        {"oral", 0.2, "no sum of capsules"},
        {"XR", 6.5, "XR 1x5 + 1x1 + 1x0.5"},
        {"XR", 0.75, "no sum of capsules"},
        {"LCP", 0.75, "LCP 1x0.75"},
        {"LCP", 1.5, "LCP 2x0.75"},       /* not 1 and a rest */
        {"LCP", 4.5, "LCP 3x1 + 2x0.75"}, /* not 6x0.75; not 4 and a rest */
        {"LCP", 5.75, "LCP 1x4 + 1x1 + 1x0.75"},
        {"LCP", 6.25, "LCP 1x4 + 3x0.75"},
        {"LCP", 12, "LCP 3x4"},
        {"LCP", 0.5, "no sum of capsules"},
        {"LCP", 1.25, "no sum of capsules"},
        {"iv", 1.234, "none"},
        {"granules", 1, "not known"},
        {"oral", (double)NAN, "not known"},
        {"oral", (double)INFINITY, "no sum of capsules"},
        {"oral", -1, "no sum of capsules"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct tacro_plan_dose dose = dose_of(0, cases[i].amount, cases[i].route);
        const struct tacro_cli_text text =
            tacro_cli_capsules_text(tacro_cli_capsules(&dose, 1));
        if (strcmp(text.s, cases[i].text) != 0) {
            fail_msg("%g mg %s: %s, expected %s", cases[i].amount, cases[i].route,
                     text.s, cases[i].text);
        }
    }
}

/* Every amount that some capsules make, against all ways to make it. */
static void test_capsules_of_every_amount_are_as_few_as_can_be(void **state)
{
    enum { MOST = 200 }; /* quarters of 1 mg */
    unsigned fewest[MOST] = {0};
    (void)state;
    for (size_t p = 0; p < TACRO_CLI_NPRODUCTS; p++) {
        const struct tacro_cli_product *product = &tacro_cli_products[p];
        for (size_t q = 1; q < MOST; q++) {
            fewest[q] = UINT32_MAX;
            for (size_t k = 0; k < TACRO_CLI_NSTRENGTHS; k++) {
                const size_t size = (size_t)lround(4 * product->strength[k]);
                if (size <= q && fewest[q - size] < UINT32_MAX &&
                    fewest[q - size] + 1 < fewest[q]) {
                    fewest[q] = fewest[q - size] + 1;
                }
            }
            const struct tacro_plan_dose dose =
                dose_of(0, 0.25 * (double)q, product->route);
            const struct tacro_cli_capsules got = tacro_cli_capsules(&dose, 1);
            assert_int_equal(got.is_exact, fewest[q] < UINT32_MAX);
            if (got.is_exact) {
                assert_int_equal(got.n[p][0] + got.n[p][1] + got.n[p][2], fewest[q]);
            }
        }
    }
}

static void test_capsules_of_several_doses_are_counted_dose_by_dose(void **state)
{
    const struct tacro_plan_dose doses[] = {
        dose_of(0, 3, "oral"), dose_of(1, 3, "oral"), dose_of(2, 4.75, "LCP"),
        infusion(3, 0.3, 4)};
    (void)state;
    assert_string_equal(tacro_cli_capsules_text(tacro_cli_capsules(doses, 4)).s,
                        "6x1 + LCP 1x4 + 1x0.75");
    json_t *json = tacro_cli_json_capsules(doses, 4);
    assert_int_equal(json_object_size(json), 6);
    assert_int_equal(json_integer_value(json_object_get(json, "1 mg")), 6);
    assert_int_equal(json_integer_value(json_object_get(json, "LCP 0.75 mg")), 1);
    json_decref(json);
    json = tacro_cli_json_capsules(&doses[2], 1);
    assert_int_equal(json_object_size(json), 3);
    assert_int_equal(json_integer_value(json_object_get(json, "LCP 4 mg")), 1);
    json_decref(json);
    json = tacro_cli_json_capsules(&doses[3], 1);
    assert_int_equal(json_integer_value(json_object_get(json, "5 mg")), 0);
    json_decref(json);
    const struct tacro_plan_dose odd[] = {doses[0], dose_of(4, 0.3, "oral")};
    json = tacro_cli_json_capsules(odd, 2);
    assert_true(json_is_null(json));
    json_decref(json);
}

static void test_dose_text_says_route_duration_and_weight(void **state)
{
    const struct {
        struct tacro_plan_dose dose;
        const char *text;
    } cases[] = {
        {dose_of(0, 3, "oral"), "3 mg"},
        {dose_of(0, 4.75, "LCP"), "4.75 mg LCP"},
        {infusion(0, 2.4, 24), "2.4 mg IV over 24 h"},
        {dose_of(0, 0.5, "iv"), "0.5 mg IV"},
        {by_weight(0, (double)NAN, 0.0375), "0.0375 mg/kg"},
        {by_weight(0, 2.5, 0.0375), "2.5 mg (0.0375 mg/kg)"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(tacro_cli_dose_text(&cases[i].dose).s, cases[i].text);
    }
}

/* -- the calendar ------------------------------------------------------------------ */

static void check_page(const struct tacro_plan_dose *dose, size_t ndoses,
                       const struct tacro_frame *frame, const char *want)
{
    const struct tacro_plan plan = {
        .label = "plan", .plan = "plan", .ndoses = ndoses, .dose = dose};
    char *text = NULL;
    size_t size = 0;
    const struct tacro_cli_page page = {.out = open_memstream(&text, &size)};
    assert_non_null(page.out);
    tacro_cli_plan_print(&page, &plan, frame);
    assert_int_equal(fclose(page.out), 0);
    assert_string_equal(text, want);
    free(text);
}

#define HEAD                                                                           \
    "  from 08:00  mg/day    clock       dose                          capsules, n x " \
    "mg\n"

static void test_calendar_folds_equal_days(void **state)
{
    const struct tacro_frame frame = frame_of(96);
    struct tacro_plan_dose dose[7];
    (void)state;
    for (size_t k = 0; k < COUNT(dose); k++) {
        dose[k] = dose_of(12.0 * (double)k, k < 6 ? 3 : 0.7, "oral");
    }
    check_page(
        dose, COUNT(dose), &frame,
        "\nplan\n"
        "  7 doses, 18.7 mg in all\n" HEAD
        "  days 0-2         6    08:00       3 mg                          3x1\n"
        "                        20:00       3 mg                          3x1\n"
        "  day 3          0.7    08:00       0.7 mg                        no sum "
        "of capsules\n"
        "  gap: 24 h without a dose, from day 3 08:00 to day 4 08:00 (the "
        "end)\n");
}

/* The same doses at another time are another day. */
static void test_calendar_of_days_with_other_clocks_is_not_folded(void **state)
{
    const struct tacro_frame frame = frame_of(72);
    const struct tacro_plan_dose dose[] = {
        dose_of(0, 1, "oral"), dose_of(24, 1, "oral"), dose_of(66, 1, "oral")};
    (void)state;
    check_page(dose, COUNT(dose), &frame,
               "\nplan\n"
               "  3 doses, 3 mg in all\n" HEAD
               "  days 0-1         1    08:00       1 mg                          1x1\n"
               "  day 2            1    02:00 +1 d  1 mg                          1x1\n"
               "  gap: 42 h without a dose, from day 1 08:00 to day 3 02:00\n");
}

static void test_calendar_shows_routes_and_weights(void **state)
{
    const struct tacro_frame frame = frame_of(72);
    const struct tacro_plan_dose dose[] = {
        infusion(0, 2.4, 24), by_weight(24, (double)NAN, 0.0375),
        by_weight(36, (double)NAN, 0.0375), dose_of(48, 4.75, "LCP")};
    (void)state;
    check_page(
        dose, COUNT(dose), &frame,
        "\nplan\n"
        "  4 doses; 2 by weight, 7.15 mg in all others\n" HEAD
        "  day 0          2.4    08:00       2.4 mg IV over 24 h           none\n"
        "  day 1       0.075/kg  08:00       0.0375 mg/kg                  by weight\n"
        "                        20:00       0.0375 mg/kg                  by weight\n"
        "  day 2         4.75    08:00       4.75 mg LCP                   LCP 1x4 + "
        "1x0.75\n"
        "  gap: 24 h without a dose, from day 2 08:00 to day 3 08:00 (the end)\n");
}

static void test_calendar_starts_before_the_first_trough(void **state)
{
    struct tacro_frame frame = frame_of(30);
    const struct tacro_plan_dose dose[] = {dose_of(0, 2, "oral"),
                                           dose_of(6, 3, "oral")};
    (void)state;
    frame.start_clock = 2;
    frame.start_day = 3;
    check_page(
        dose, COUNT(dose), &frame,
        "\nplan\n"
        "  2 doses, 5 mg in all\n" HEAD
        "  before           2    02:00       2 mg                          2x1\n"
        "  day 3            3    08:00       3 mg                          3x1\n"
        "  gap: 24 h without a dose, from day 3 08:00 to day 4 08:00 (the end)\n");
}

static void test_calendar_says_a_cycle_once(void **state)
{
    const struct tacro_frame frame = frame_of(240);
    struct tacro_plan_dose dose[5];
    (void)state;
    for (size_t k = 0; k < COUNT(dose); k++) {
        dose[k] = dose_of(48.0 * (double)k, 1, "oral");
    }
    check_page(dose, COUNT(dose), &frame,
               "\nplan\n"
               "  5 doses, 5 mg in all\n" HEAD "  0-9: every 2 days the same, namely\n"
               "  day 0            1    08:00       1 mg                          1x1\n"
               "  day 1            0    none\n");
}

static void test_calendar_without_doses_is_one_gap(void **state)
{
    const struct tacro_frame frame = frame_of(24);
    (void)state;
    check_page(NULL, 0, &frame,
               "\nplan\n"
               "  0 doses, 0 mg in all\n"
               "  gap: 24 h without a dose, from day 0 08:00 to day 1 08:00 (the "
               "end)\n");
}

/* -- gaps and JSON ----------------------------------------------------------------- */

static json_t *plan_json(const struct tacro_plan_dose *dose, size_t ndoses,
                         double horizon)
{
    const struct tacro_frame frame = frame_of(horizon);
    const struct tacro_plan plan = {
        .label = "plan", .plan = "plan", .ndoses = ndoses, .dose = dose};
    return tacro_cli_plan_json(&plan, &frame);
}

static void check_gaps(const double *time, size_t n, double horizon, size_t ngaps)
{
    struct tacro_plan_dose dose[16];
    for (size_t k = 0; k < n; k++) {
        dose[k] = dose_of(time[k], 1, "oral");
    }
    json_t *json = plan_json(dose, n, horizon);
    assert_int_equal(json_array_size(json_object_get(json, "gaps")), ngaps);
    json_decref(json);
}

static void test_gap_is_a_day_without_a_dose(void **state)
{
    static const double daily[] = {0, 24, 48, 72};
    static const double slower[] = {0, 12, 24, 48, 72};
    static const double missed[] = {0, 12, 36, 48};
    static const double short_miss[] = {0, 8, 24, 32, 40};
    static const double held[] = {0, 12, 24, 60, 72};
    (void)state;
    check_gaps(daily, COUNT(daily), 96, 0);
    check_gaps(slower, COUNT(slower), 96, 0);
    check_gaps(missed, COUNT(missed), 60, 1);
    check_gaps(short_miss, COUNT(short_miss), 48, 0); /* 16 h */
    check_gaps(held, COUNT(held), 84, 1);
}

/* The last dose before the start was 12 h before it. */
static void test_gap_reaches_back_to_the_doses_before_the_start(void **state)
{
    const struct tacro_frame frame = frame_of(72);
    const struct tacro_plan_dose late[] = {
        dose_of(24, 1, "oral"), dose_of(36, 1, "oral"), dose_of(48, 1, "oral"),
        dose_of(60, 1, "oral")};
    struct tacro_plan plan = {.label = "plan",
                              .plan = "plan",
                              .ndoses = COUNT(late),
                              .dose = late,
                              .every_before = 12};
    json_t *json = tacro_cli_plan_json(&plan, &frame);
    const json_t *gaps = json_object_get(json, "gaps");
    (void)state;
    assert_int_equal(json_array_size(gaps), 1);
    assert_true(json_real_value(json_object_get(json_array_get(gaps, 0), "from_h")) ==
                -12);
    assert_true(json_real_value(json_object_get(json_array_get(gaps, 0), "to_h")) ==
                24);
    json_decref(json);
    plan.every_before = 24; /* a dose is missing still */
    json = tacro_cli_plan_json(&plan, &frame);
    assert_int_equal(json_array_size(json_object_get(json, "gaps")), 1);
    json_decref(json);
    plan.every_before = 48;
    json = tacro_cli_plan_json(&plan, &frame);
    assert_int_equal(json_array_size(json_object_get(json, "gaps")), 0);
    json_decref(json);
}

static void test_calendar_marks_days_that_start_or_end_cut(void **state)
{
    struct tacro_frame frame = frame_of(44);
    const struct tacro_plan_dose dose[] = {dose_of(0, 1, "oral"),
                                           dose_of(24, 1, "oral")};
    (void)state;
    frame.start_clock = 16; /* 8 h into day 0; the horizon is 4 h into day 2 */
    check_page(dose, COUNT(dose), &frame,
               "\nplan\n"
               "  2 doses, 2 mg in all\n" HEAD
               "  day 0*           1    16:00       1 mg                          1x1\n"
               "  day 1            1    16:00       1 mg                          1x1\n"
               "  day 2*           0    none\n"
               "  * part of a dosing day, which the start or the end cuts.\n");
}

static void test_gap_begins_where_an_infusion_ends(void **state)
{
    const struct tacro_plan_dose dose[] = {
        dose_of(0, 1, "oral"), dose_of(12, 1, "oral"), infusion(24, 4, 48),
        dose_of(72, 1, "oral"), dose_of(84, 1, "oral")};
    (void)state;
    json_t *json = plan_json(dose, COUNT(dose), 96);
    assert_int_equal(json_array_size(json_object_get(json, "gaps")), 0);
    json_decref(json);
}

static void test_json_holds_runs_of_days(void **state)
{
    struct tacro_plan_dose dose[] = {by_weight(0, (double)NAN, 0.05),
                                     infusion(42, 2, 4), infusion(66, 2, 4)};
    (void)state;
    json_t *json = plan_json(dose, COUNT(dose), 72);
    const json_t *days = json_object_get(json, "days");
    assert_int_equal(json_array_size(days), 2);
    const json_t *first = json_array_get(days, 0);
    const json_t *second = json_array_get(days, 1);
    assert_true(json_is_null(json_object_get(first, "mg_per_day")));
    assert_true(json_is_null(json_object_get(first, "capsules")));
    assert_int_equal(json_integer_value(json_object_get(second, "first_day")), 1);
    assert_int_equal(json_integer_value(json_object_get(second, "last_day")), 2);
    const json_t *given = json_array_get(json_object_get(first, "doses"), 0);
    assert_true(json_is_null(json_object_get(given, "amount_mg")));
    assert_true(json_real_value(json_object_get(given, "mg_per_kg")) == 0.05);
    given = json_array_get(json_object_get(second, "doses"), 0);
    assert_string_equal(json_string_value(json_object_get(given, "clock")), "02:00");
    assert_true(json_is_true(json_object_get(given, "is_next_day")));
    assert_string_equal(json_string_value(json_object_get(given, "route")), "iv");
    assert_true(json_real_value(json_object_get(given, "duration_h")) == 4);
    assert_true(json_is_null(json_object_get(given, "mg_per_kg")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capsules_are_the_fewest_that_sum_exactly),
        cmocka_unit_test(test_capsules_of_every_amount_are_as_few_as_can_be),
        cmocka_unit_test(test_capsules_of_several_doses_are_counted_dose_by_dose),
        cmocka_unit_test(test_dose_text_says_route_duration_and_weight),
        cmocka_unit_test(test_calendar_folds_equal_days),
        cmocka_unit_test(test_calendar_of_days_with_other_clocks_is_not_folded),
        cmocka_unit_test(test_calendar_shows_routes_and_weights),
        cmocka_unit_test(test_calendar_starts_before_the_first_trough),
        cmocka_unit_test(test_calendar_says_a_cycle_once),
        cmocka_unit_test(test_calendar_without_doses_is_one_gap),
        cmocka_unit_test(test_gap_is_a_day_without_a_dose),
        cmocka_unit_test(test_gap_begins_where_an_infusion_ends),
        cmocka_unit_test(test_gap_reaches_back_to_the_doses_before_the_start),
        cmocka_unit_test(test_calendar_marks_days_that_start_or_end_cut),
        cmocka_unit_test(test_json_holds_runs_of_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
