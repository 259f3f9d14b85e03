/** Regimens: steps as written to windows, doses of a taper, faults and warnings. */
#include "tests/support/regimen_text.h"

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

#define DOSE_TOLERANCE 1e-12

/** Steps as a list; they stand in line 2 from column 10 on. */
static struct test_regimen read_steps(const char *steps, double horizon)
{
    struct tacro_protocol_frame frame = test_frame();
    char body[1024];
    frame.horizon = horizon;
    assert_true(snprintf(body, sizeof body, "steps: %s", steps) < (int)sizeof body);
    return test_regimen_read(body, &frame);
}

/** Steps that must be good and silent. */
static struct test_regimen read_good(const char *steps)
{
    struct test_regimen s = read_steps(steps, TEST_HORIZON);
    assert_string_equal(test_first_note(&s.notes, TACRO_FAULT), "");
    assert_string_equal(test_first_note(&s.notes, TACRO_WARNING), "");
    assert_true(s.ok);
    return s;
}

static void expect_give(const struct tacro_step *step, double amount, double every,
                        double duration)
{
    assert_int_equal(step->kind, TACRO_STEP_GIVE);
    assert_true(fabs(step->amount - amount) < DOSE_TOLERANCE);
    assert_true(step->every == every);
    assert_true(step->duration == duration);
}

static void test_steps_give_without_for_lasts_to_the_horizon(void **state)
{
    struct test_regimen s = read_steps("[{give: 3 mg, every: 12 h}]", TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    assert_string_equal(s.regimen.label, "r");
    assert_int_equal(s.regimen.plan.nsteps, 1);
    assert_int_equal(s.regimen.line, 1); /* of its label */
    assert_int_equal(s.regimen.column, 1);
    expect_give(&s.regimen.plan.step[0], 3.0, 12.0, INFINITY);
    assert_false(s.regimen.plan.step[0].is_from_taper);
    test_regimen_free(&s);
}

static void test_steps_hold_has_its_own_length(void **state)
{
    struct test_regimen s =
        read_steps("[{give: 3 mg, every: 12 h, for: 3 d}, {hold: 1 d}, "
                   "{give: 500 ug, every: 1 d}]",
                   TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    assert_int_equal(s.regimen.plan.nsteps, 3);
    expect_give(&s.regimen.plan.step[0], 3.0, 12.0, 72.0);
    assert_int_equal(s.regimen.plan.step[1].kind, TACRO_STEP_HOLD);
    assert_true(s.regimen.plan.step[1].duration == 24.0);
    expect_give(&s.regimen.plan.step[2], 0.5, 24.0, INFINITY);
    test_regimen_free(&s);
}

static void test_steps_hold_to_the_end_stops_the_drug(void **state)
{
    struct test_regimen s =
        read_steps("[{give: 3 mg, every: 12 h, for: 3 d}, {hold: 2 d}]", TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0); /* a hold says that no dose follows */
    test_regimen_free(&s);
}

static void test_steps_at_gives_clock_times(void **state)
{
    struct test_regimen s =
        read_steps("[{give: 3 mg, at: [\"08:00\", \"20:30\"]}]", TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.step[0].nclocks, 2);
    assert_true(s.regimen.plan.step[0].clock[0] == 8.0);
    assert_true(s.regimen.plan.step[0].clock[1] == 20.5);
    assert_true(s.regimen.plan.step[0].every == 0.0);
    test_regimen_free(&s);
}

static void test_steps_taper_goes_down_in_rounded_doses(void **state)
{
    /* 4, 3.3, 2.6, 1.9, 1.2, 0.5 mg before rounding */
    static const double amounts[] = {4.0, 3.5, 2.5, 2.0, 1.0, 0.5};
    struct test_regimen s =
        read_steps("[{taper: {from: 4 mg, to: 0.5 mg, over: 6 d, every: 24 h}}, "
                   "{give: 0.5 mg, every: 24 h}]",
                   TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    assert_int_equal(s.regimen.plan.nsteps, 6 + 1);
    for (size_t i = 0; i < 6; i++) {
        expect_give(&s.regimen.plan.step[i], amounts[i], 24.0, 24.0);
        assert_true(s.regimen.plan.step[i].is_from_taper);
        assert_int_equal(s.regimen.plan.step[i].line, 2);
    }
    assert_false(s.regimen.plan.step[6].is_from_taper);
    test_regimen_free(&s);
}

static void test_steps_taper_merges_equal_doses(void **state)
{
    struct test_regimen s = read_steps("[{taper: {from: 2 mg, to: 1 mg, over: 4 d, "
                                       "every: 24 h}}, {hold: 1 d}]",
                                       TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.nsteps, 3 + 1);
    expect_give(&s.regimen.plan.step[0], 2.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[1], 1.5, 24.0, 48.0);
    expect_give(&s.regimen.plan.step[2], 1.0, 24.0, 24.0);
    test_regimen_free(&s);
}

static void test_steps_taper_rounds_to_the_unit_given(void **state)
{
    struct test_regimen s = read_steps("[{taper: {from: 3 mg, to: 1 mg, over: 3 d, "
                                       "every: 24 h, round: 1 mg}}, {hold: 1 d}]",
                                       TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.nsteps, 3 + 1);
    expect_give(&s.regimen.plan.step[0], 3.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[1], 2.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[2], 1.0, 24.0, 24.0);
    test_regimen_free(&s);
}

static void test_steps_taper_lasts_over_also_when_no_multiple_of_every(void **state)
{
    struct test_regimen s = read_steps("[{taper: {from: 2 mg, to: 1 mg, over: 60 h, "
                                       "every: 24 h}}, {hold: 1 d}]",
                                       TEST_HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.nsteps, 3 + 1);
    expect_give(&s.regimen.plan.step[0], 2.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[1], 1.5, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[2], 1.0, 24.0, 12.0);
    test_regimen_free(&s);
}

/** One fault, or one warning, of a regimen. */
struct said {
    const char *steps;
    size_t column; /**< in line 2, where the list starts in column 10 */
    const char *text;
};

static void expect_said(const struct said *rows, size_t n, enum tacro_severity severity)
{
    for (size_t i = 0; i < n; i++) {
        struct test_regimen s = read_steps(rows[i].steps, TEST_HORIZON);
        const char *note = test_first_note(&s.notes, severity);
        char place[32];
        snprintf(place, sizeof place, "2:%zu: r.steps", rows[i].column);
        print_message("%s\n%s\n", rows[i].steps, note);
        assert_int_equal(s.notes.nfaults, severity == TACRO_FAULT);
        assert_non_null(strstr(note, rows[i].text));
        assert_int_equal(strncmp(note, place, strlen(place)), 0);
        assert_int_equal(s.ok, severity != TACRO_FAULT);
        assert_int_equal(s.regimen.label == NULL, severity == TACRO_FAULT);
        test_regimen_free(&s);
    }
}

static void test_steps_faults_say_what_was_expected(void **state)
{
    static const struct said rows[] = {
        {"[]", 10, "steps: empty list, expected"},
        {"3 mg", 10, "steps: expected a list"},
        {"[3 mg]", 11, "steps[0]: expected a map"},
        {"[{}]", 11, "expected exactly one of `give`, `hold` and `taper`"},
        {"[{give: 1 mg, hold: 1 d}]", 11, "expected exactly one of"},
        {"[{give: 3 mg}]", 11, "neither `every` nor `at`"},
        {"[{give: 3 mg, every: 12 h, at: [\"08:00\"]}]", 11, "both `every` and `at`"},
        {"[{give: 0 mg, every: 12 h}]", 18, "give: 0 mg is not above 0 mg"},
        {"[{give: -3 mg, every: 12 h}]", 18, "outside 0 to 30 mg"},
        {"[{give: 31 mg, every: 12 h}]", 18, "outside 0 to 30 mg"},
        {"[{give: 3, every: 12 h}]", 18, "unit missing, expected a dose in mg"},
        {"[{give: 3 mg, every: 10 min}]", 31, "outside 0.5 to 87600 h"},
        {"[{give: 3 mg, every: 12 mg}]", 31, "is a dose, expected a time"},
        {"[{give: 3 mg, every: 12 h, for: 0 d}]", 42, "0 d is not above 0 h"},
        {"[{give: 3 mg, every: 12 h}, {hold: 1 d}]", 11, "`for` is missing"},
        {"[{hold: 0 h}, {give: 3 mg, every: 12 h}]", 18, "0 h is not above 0 h"},
        {"[{hold: 1 d, for: 1 d}]", 28, "for: does not belong beside `hold`"},
        {"[{hold: 15 d}, {give: 3 mg, every: 12 h}]", 25,
         "starts at 360 h, at or after the horizon of 336 h"},
        {"[{give: 1 mg, at: []}]", 28, "at: empty list"},
        {"[{give: 1 mg, at: \"08:00\"}]", 28, "at: expected a list"},
        {"[{give: 1 mg, at: [\"20:00\", \"08:00\"]}]", 38,
         "08:00 is not after 20:00, expected ascending"},
        {"[{give: 1 mg, at: [\"25:00\"]}]", 29, "at[0]: "},
        {"[{give: 1 mg, evry: 12 h, every: 12 h}]", 24, "did you mean `every`?"},
        {"[{taper: 3 mg}]", 19, "taper: expected a map"},
        {"[{taper: {from: 3 mg, to: 1 mg, every: 12 h}}]", 12,
         "over: missing, expected how long the taper lasts"},
        {"[{taper: {from: 1 mg, to: 1 mg, over: 3 d, every: 12 h}}]", 36,
         "1 mg is not below 1 mg"},
        {"[{taper: {from: 3 mg, to: 0.2 mg, over: 3 d, every: 12 h}}]", 36,
         "0.2 mg becomes 0 mg when rounded to 0.5 mg"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 1 d, every: 24 h}}]", 48,
         "1 d holds one dose"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 3 d, every: 24 h, round: 0 mg}}]", 73,
         "0 mg is not above 0 mg"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 3 d, every: 24 h}, at: [\"08:00\"]}]",
         71, "at: does not belong beside `taper`"},
    };
    (void)state;
    expect_said(rows, sizeof rows / sizeof rows[0], TACRO_FAULT);
}

static void test_steps_warnings_keep_the_regimen(void **state)
{
    static const struct said rows[] = {
        {"[{give: 13 mg, every: 12 h}]", 18, "outside the calibrated range"},
        {"[{give: 3 mg, every: 12 h, for: 3 d}]", 11,
         "ends at 72 h, before the horizon of 336 h: no dose after it"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 3 d, every: 24 h}}]", 11,
         "ends at 72 h, before the horizon of 336 h: no dose after it"},
    };
    (void)state;
    expect_said(rows, sizeof rows / sizeof rows[0], TACRO_WARNING);
}

static void test_steps_every_fault_of_a_regimen_is_noted(void **state)
{
    struct test_regimen s =
        read_steps("[{give: 99 mg, every: 1 min}, {hold: -1 d, at: []}]", TEST_HORIZON);
    (void)state;
    assert_false(s.ok);
    assert_int_equal(s.notes.nfaults, 5);
    test_regimen_free(&s);
}

static void test_steps_until_ends_a_step_at_a_time_from_start(void **state)
{
    struct test_regimen s = read_good("[{hold: 1 d}, {give: 3 mg, every: 12 h, until: "
                                      "5 d}, {give: 1 mg, every: 12 h, for: 1 d}, "
                                      "{give: 2 mg, every: 12 h, until: 336 h}]");
    (void)state;
    assert_true(s.regimen.plan.step[1].duration == 96.0);
    assert_true(s.regimen.plan.step[3].duration == 336.0 - 144.0);
    test_regimen_free(&s);
}

static void test_steps_are_oral_at_once_and_taken_by_default(void **state)
{
    struct test_regimen s = read_good("[{give: 3 mg, every: 12 h}]");
    const struct tacro_step *step = s.regimen.plan.step;
    (void)state;
    assert_int_equal(step->port, TACRO_PORT_ORAL);
    assert_false(step->is_per_kg);
    assert_true(step->round == 0.0 && step->loading == 0.0 && step->over == 0.0);
    assert_true(step->missed == 0.0 && step->late_sd == 0.0);
    test_regimen_free(&s);
}

static void test_steps_iv_dose_runs_in(void **state)
{
    struct test_regimen s =
        read_good("[{give: 1 mg, every: 24 h, route: iv, over: 24 h, for: 2 d}, "
                  "{give: 3 mg, every: 12 h, route: oral}]");
    (void)state;
    assert_int_equal(s.regimen.plan.step[0].port, TACRO_PORT_IV);
    assert_true(s.regimen.plan.step[0].over == 24.0);
    assert_int_equal(s.regimen.plan.step[1].port, TACRO_PORT_ORAL);
    assert_true(s.regimen.plan.step[1].over == 0.0);
    test_regimen_free(&s);
}

static void test_steps_iv_rate_of_1_mg_per_h_is_allowed(void **state)
{
    struct test_regimen s =
        read_good("[{give: 4 mg, every: 12 h, route: iv, over: 4 h}]");
    (void)state;
    test_regimen_free(&s);
}

static void test_steps_formulation_is_a_port_of_the_model(void **state)
{
    struct test_regimen s =
        read_good("[{give: 3 mg, every: 12 h, formulation: IR, for: 1 d}, {give: 4 mg, "
                  "every: 24 h, formulation: LCP, for: 1 d}, {give: 5 mg, every: 24 h, "
                  "formulation: XR}]");
    (void)state;
    assert_int_equal(s.regimen.plan.step[0].port, TACRO_PORT_ORAL);
    assert_int_equal(s.regimen.plan.step[1].port, TACRO_PORT_FORMULATION);
    assert_int_equal(s.regimen.plan.step[2].port, TACRO_PORT_FORMULATION + 1);
    test_regimen_free(&s);
}

static void test_steps_loading_missed_and_late_belong_to_a_step(void **state)
{
    struct test_regimen s =
        read_good("[{give: 3 mg, every: 12 h, loading: 6 mg, missed: 5 %, late: {sd: "
                  "1 h}, for: 2 d}, {give: 3 mg, every: 12 h}]");
    const struct tacro_step *step = s.regimen.plan.step;
    (void)state;
    assert_true(step[0].loading == 6.0 && step[0].missed == 0.05);
    assert_true(step[0].late_sd == 1.0);
    assert_true(step[1].loading == 0.0 && step[1].missed == 0.0);
    assert_true(step[1].late_sd == 0.0);
    test_regimen_free(&s);
}

static void test_steps_dose_by_weight_is_rounded_to_capsules(void **state)
{
    struct test_regimen s = read_good(
        "[{give: 0.0375 mg/kg, loading: 75 ug/kg, every: 12 h, for: 1 d}, "
        "{give: 0.1 mg/kg, every: 24 h, formulation: LCP, round: 1 mg, for: 1 "
        "d}, {give: 0.01 mg/kg, every: 24 h, route: iv, over: 24 h}]");
    const struct tacro_step *step = s.regimen.plan.step;
    (void)state;
    assert_true(step[0].is_per_kg && step[0].amount == 0.0375);
    assert_true(step[0].loading == 0.075);
    assert_true(step[0].round == 0.5);
    assert_true(step[1].round == 1.0);
    assert_true(step[2].round == 0.0); /* a syringe has no capsules */
    assert_true(tacro_regimen_is_per_kg(&s.regimen));
    test_regimen_free(&s);
}

static void test_steps_daily_dose_is_shared_among_the_doses(void **state)
{
    struct test_regimen s =
        read_good("[{give: 0.075 mg/kg/day in 2, for: 1 d}, {give: 0.3 mg/kg/d in 3, "
                  "at: [\"06:00\", \"14:00\", \"22:00\"]}]");
    const struct tacro_step *step = s.regimen.plan.step;
    (void)state;
    assert_true(step[0].is_per_kg && fabs(step[0].amount - 0.0375) < DOSE_TOLERANCE);
    assert_true(step[0].every == 12.0);
    assert_true(fabs(step[1].amount - 0.1) < DOSE_TOLERANCE);
    assert_true(step[1].every == 0.0);
    assert_int_equal(step[1].nclocks, 3);
    test_regimen_free(&s);
}

static void test_steps_listed_taper_gives_each_dose_its_time(void **state)
{
    static const double amounts[] = {4.0, 3.0, 3.0, 2.0};
    struct test_regimen s =
        read_good("[{taper: {doses: [4 mg, 3 mg, 3 mg, 2 mg], every: 24 h, each: 2 d}, "
                  "formulation: LCP, missed: 1 %, late: {sd: 30 min}}, {hold: 1 d}]");
    (void)state;
    assert_int_equal(s.regimen.plan.nsteps, 4 + 1);
    for (size_t i = 0; i < 4; i++) {
        const struct tacro_step *step = &s.regimen.plan.step[i];
        expect_give(step, amounts[i], 24.0, 48.0);
        assert_true(step->is_from_taper);
        assert_int_equal(step->port, TACRO_PORT_FORMULATION);
        assert_true(step->missed == 0.01 && step->late_sd == 0.5);
    }
    test_regimen_free(&s);
}

static void test_steps_taper_may_run_in(void **state)
{
    struct test_regimen s =
        read_good("[{taper: {from: 4 mg, to: 2 mg, over: 2 d, every: 24 h}, route: iv, "
                  "over: 4 h}, {hold: 1 d}]");
    (void)state;
    assert_int_equal(s.regimen.plan.nsteps, 2 + 1);
    assert_int_equal(s.regimen.plan.step[1].port, TACRO_PORT_IV);
    assert_true(s.regimen.plan.step[1].over == 4.0);
    test_regimen_free(&s);
}

static void test_steps_of_an_unread_model_take_any_formulation(void **state)
{
    struct tacro_protocol_frame frame = test_frame();
    struct test_regimen s;
    (void)state;
    frame.pk = NULL;
    s = test_regimen_read(
        "steps: [{give: 3 mg, every: 12 h, formulation: LCP, for: 1 d}"
        ", {give: 1 mg, every: 12 h, route: iv, over: 4 h}]",
        &frame);
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    test_regimen_free(&s);
}

/* -- before the start -------------------------------------------------------------- */

/** What was given before, from the text behind `before:`. */
static bool read_before(const char *text, struct tacro_step *out,
                        struct tacro_notes *notes)
{
    const struct tacro_protocol_frame frame = test_frame();
    struct tacro_error err;
    struct tacro_yaml *yaml;
    char path[] = "/tmp/tacro_before_XXXXXX";
    const int fd = mkstemp(path);
    struct tacro_reader reader = {.file = path, .notes = notes};
    bool ok;
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "before: %s\n", text) > 0);
    close(fd);
    assert_int_equal(tacro_yaml_read(path, notes, &yaml, &err), TACRO_OK);
    ok = tacro_step_before_read(&reader, tacro_node_get(&yaml->root, "before"), &frame,
                                out);
    tacro_yaml_free(yaml);
    unlink(path);
    return ok;
}

static void test_steps_before_is_a_give_without_end(void **state)
{
    struct tacro_notes notes = {0};
    struct tacro_step step;
    (void)state;
    assert_true(
        read_before("{give: 3 mg, every: 12 h, steady_state: true}", &step, &notes));
    expect_give(&step, 3.0, 12.0, INFINITY);
    assert_int_equal(step.port, TACRO_PORT_ORAL);
    assert_true(read_before("{give: 0.1 mg/kg/day in 1, formulation: LCP, round: 1 mg, "
                            "steady_state: true}",
                            &step, &notes));
    expect_give(&step, 0.1, 24.0, INFINITY);
    assert_true(step.is_per_kg && step.round == 1.0);
    assert_int_equal(step.port, TACRO_PORT_FORMULATION);
    assert_int_equal(notes.n, 0);
    tacro_notes_free(&notes);
}

static void test_steps_before_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *fault;
    } rows[] = {
        {"{give: 3 mg, every: 12 h}",
         "1:1: before.steady_state: missing, expected `steady_state: true`"},
        {"{every: 12 h, steady_state: true}",
         "1:1: before.give: missing, expected a dose, e.g. 3 mg"},
        {"{give: 3 mg, steady_state: true}",
         "1:9: before: `every` is missing, expected an interval such as `every: 12 h`"},
        {"{give: 3 mg, every: 12 h, steady_state: false}",
         "1:49: before.steady_state: false: expected true, or `before: none`"},
        {"{give: 3 mg, every: 12 h, steady_state: yes}",
         "1:49: before.steady_state: yes: expected true or false"},
        {"{give: 31 mg, every: 12 h, steady_state: true}",
         "1:16: before.give: 31 mg is outside 0 to 30 mg"},
        {"{give: 3 mg, every: 12 h, route: iv, steady_state: true}",
         "1:35: before.route: doses before the start are oral, expected no `route`"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tacro_notes notes = {0};
        struct tacro_step step = {.amount = -1.0};
        assert_false(read_before(rows[i].text, &step, &notes));
        assert_string_equal(test_first_note(&notes, TACRO_FAULT), rows[i].fault);
        assert_int_equal(notes.nfaults, 1);
        assert_true(step.amount == -1.0);
        tacro_notes_free(&notes);
    }
}

static void test_steps_without_a_horizon_are_read(void **state)
{
    struct test_regimen s =
        read_steps("[{give: 3 mg, every: 12 h, for: 3 d}, {hold: 400 d}]", (double)NAN);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    test_regimen_free(&s);
    tacro_regimen_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_give_without_for_lasts_to_the_horizon),
        cmocka_unit_test(test_steps_hold_has_its_own_length),
        cmocka_unit_test(test_steps_hold_to_the_end_stops_the_drug),
        cmocka_unit_test(test_steps_at_gives_clock_times),
        cmocka_unit_test(test_steps_taper_goes_down_in_rounded_doses),
        cmocka_unit_test(test_steps_taper_merges_equal_doses),
        cmocka_unit_test(test_steps_taper_rounds_to_the_unit_given),
        cmocka_unit_test(test_steps_taper_lasts_over_also_when_no_multiple_of_every),
        cmocka_unit_test(test_steps_faults_say_what_was_expected),
        cmocka_unit_test(test_steps_warnings_keep_the_regimen),
        cmocka_unit_test(test_steps_every_fault_of_a_regimen_is_noted),
        cmocka_unit_test(test_steps_until_ends_a_step_at_a_time_from_start),
        cmocka_unit_test(test_steps_are_oral_at_once_and_taken_by_default),
        cmocka_unit_test(test_steps_iv_dose_runs_in),
        cmocka_unit_test(test_steps_iv_rate_of_1_mg_per_h_is_allowed),
        cmocka_unit_test(test_steps_formulation_is_a_port_of_the_model),
        cmocka_unit_test(test_steps_loading_missed_and_late_belong_to_a_step),
        cmocka_unit_test(test_steps_dose_by_weight_is_rounded_to_capsules),
        cmocka_unit_test(test_steps_daily_dose_is_shared_among_the_doses),
        cmocka_unit_test(test_steps_listed_taper_gives_each_dose_its_time),
        cmocka_unit_test(test_steps_taper_may_run_in),
        cmocka_unit_test(test_steps_of_an_unread_model_take_any_formulation),
        cmocka_unit_test(test_steps_before_is_a_give_without_end),
        cmocka_unit_test(test_steps_before_is_refused_with_its_place),
        cmocka_unit_test(test_steps_without_a_horizon_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
