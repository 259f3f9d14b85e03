/** Regimens: steps as written to windows, doses of a taper, faults and warnings. */
#include "input/steps.h"

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

#define HORIZON 336.0 /* h */
#define DOSE_TOLERANCE 1e-12

/** A regimen `r` read from text, with what was noted. */
struct sample {
    struct tacro_notes notes;
    struct tacro_yaml *yaml;
    struct tacro_regimen regimen;
    bool ok;
};

static struct sample read_regimen(const char *steps, double horizon)
{
    struct sample s = {.ok = false};
    struct tacro_error err;
    char path[] = "/tmp/tacro_steps_XXXXXX";
    int fd = mkstemp(path);
    struct tacro_reader reader = {.file = path, .notes = &s.notes};
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "r: {steps: %s}\n", steps) > 0);
    close(fd);
    assert_int_equal(tacro_yaml_read(path, &s.notes, &s.yaml, &err), TACRO_OK);
    s.ok = tacro_regimen_read(&reader, tacro_node_get(&s.yaml->root, "r"), horizon,
                              &s.regimen);
    unlink(path);
    return s;
}

static void release(struct sample *s)
{
    tacro_regimen_free(&s->regimen);
    tacro_yaml_free(s->yaml);
    tacro_notes_free(&s->notes);
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
    struct sample s = read_regimen("[{give: 3 mg, every: 12 h}]", HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    assert_string_equal(s.regimen.label, "r");
    assert_int_equal(s.regimen.plan.nsteps, 1);
    assert_int_equal(s.regimen.line, 1);
    assert_int_equal(s.regimen.column, 1);
    expect_give(&s.regimen.plan.step[0], 3.0, 12.0, INFINITY);
    assert_false(s.regimen.plan.step[0].is_from_taper);
    release(&s);
}

static void test_steps_hold_has_its_own_length(void **state)
{
    struct sample s = read_regimen("[{give: 3 mg, every: 12 h, for: 3 d}, {hold: 1 d}, "
                                   "{give: 500 ug, every: 1 d}]",
                                   HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    assert_int_equal(s.regimen.plan.nsteps, 3);
    expect_give(&s.regimen.plan.step[0], 3.0, 12.0, 72.0);
    assert_int_equal(s.regimen.plan.step[1].kind, TACRO_STEP_HOLD);
    assert_true(s.regimen.plan.step[1].duration == 24.0);
    expect_give(&s.regimen.plan.step[2], 0.5, 24.0, INFINITY);
    release(&s);
}

static void test_steps_hold_to_the_end_stops_the_drug(void **state)
{
    struct sample s =
        read_regimen("[{give: 3 mg, every: 12 h, for: 3 d}, {hold: 2 d}]", HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0); /* a hold says that no dose follows */
    release(&s);
}

static void test_steps_at_gives_clock_times(void **state)
{
    struct sample s =
        read_regimen("[{give: 3 mg, at: [\"08:00\", \"20:30\"]}]", HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.step[0].nclocks, 2);
    assert_true(s.regimen.plan.step[0].clock[0] == 8.0);
    assert_true(s.regimen.plan.step[0].clock[1] == 20.5);
    assert_true(s.regimen.plan.step[0].every == 0.0);
    release(&s);
}

static void test_steps_taper_goes_down_in_rounded_doses(void **state)
{
    /* 4, 3.3, 2.6, 1.9, 1.2, 0.5 mg before rounding */
    static const double amounts[] = {4.0, 3.5, 2.5, 2.0, 1.0, 0.5};
    struct sample s =
        read_regimen("[{taper: {from: 4 mg, to: 0.5 mg, over: 6 d, every: 24 h}}, "
                     "{give: 0.5 mg, every: 24 h}]",
                     HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    assert_int_equal(s.regimen.plan.nsteps, 6 + 1);
    for (size_t i = 0; i < 6; i++) {
        expect_give(&s.regimen.plan.step[i], amounts[i], 24.0, 24.0);
        assert_true(s.regimen.plan.step[i].is_from_taper);
        assert_int_equal(s.regimen.plan.step[i].line, 1);
    }
    assert_false(s.regimen.plan.step[6].is_from_taper);
    release(&s);
}

static void test_steps_taper_merges_equal_doses(void **state)
{
    struct sample s = read_regimen("[{taper: {from: 2 mg, to: 1 mg, over: 4 d, "
                                   "every: 24 h}}, {hold: 1 d}]",
                                   HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.nsteps, 3 + 1);
    expect_give(&s.regimen.plan.step[0], 2.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[1], 1.5, 24.0, 48.0);
    expect_give(&s.regimen.plan.step[2], 1.0, 24.0, 24.0);
    release(&s);
}

static void test_steps_taper_rounds_to_the_unit_given(void **state)
{
    struct sample s = read_regimen("[{taper: {from: 3 mg, to: 1 mg, over: 3 d, "
                                   "every: 24 h, round: 1 mg}}, {hold: 1 d}]",
                                   HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.nsteps, 3 + 1);
    expect_give(&s.regimen.plan.step[0], 3.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[1], 2.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[2], 1.0, 24.0, 24.0);
    release(&s);
}

static void test_steps_taper_lasts_over_also_when_no_multiple_of_every(void **state)
{
    struct sample s = read_regimen("[{taper: {from: 2 mg, to: 1 mg, over: 60 h, "
                                   "every: 24 h}}, {hold: 1 d}]",
                                   HORIZON);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.regimen.plan.nsteps, 3 + 1);
    expect_give(&s.regimen.plan.step[0], 2.0, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[1], 1.5, 24.0, 24.0);
    expect_give(&s.regimen.plan.step[2], 1.0, 24.0, 12.0);
    release(&s);
}

/** One fault, or one warning, of a regimen. */
struct said {
    const char *steps;
    size_t column; /**< in line 1, where the list starts in column 12 */
    const char *text;
};

static const struct tacro_note *first_note(const struct tacro_notes *notes,
                                           enum tacro_severity severity)
{
    for (size_t i = 0; i < notes->n; i++) {
        if (notes->note[i].severity == severity) {
            return &notes->note[i];
        }
    }
    fail_msg("nothing was said");
    return NULL;
}

static void expect_said(const struct said *rows, size_t n, enum tacro_severity severity)
{
    for (size_t i = 0; i < n; i++) {
        struct sample s = read_regimen(rows[i].steps, HORIZON);
        const struct tacro_note *note = first_note(&s.notes, severity);
        print_message("%s\n%*s %s\n", rows[i].steps, (int)note->column - 11, "^",
                      note->text);
        assert_int_equal(s.notes.nfaults, severity == TACRO_FAULT);
        assert_non_null(strstr(note->text, rows[i].text));
        assert_int_equal(note->line, 1);
        assert_int_equal(note->column, rows[i].column);
        assert_int_equal(s.ok, severity != TACRO_FAULT);
        assert_int_equal(s.regimen.label == NULL, severity == TACRO_FAULT);
        release(&s);
    }
}

static void test_steps_faults_say_what_was_expected(void **state)
{
    static const struct said rows[] = {
        {"[]", 12, "steps: empty list, expected"},
        {"3 mg", 12, "steps: expected a list"},
        {"[3 mg]", 13, "steps[0]: expected a map"},
        {"[{}]", 13, "expected exactly one of `give`, `hold` and `taper`"},
        {"[{give: 1 mg, hold: 1 d}]", 13, "expected exactly one of"},
        {"[{give: 3 mg}]", 13, "neither `every` nor `at`"},
        {"[{give: 3 mg, every: 12 h, at: [\"08:00\"]}]", 13, "both `every` and `at`"},
        {"[{give: 0 mg, every: 12 h}]", 20, "give: 0 mg is not above 0 mg"},
        {"[{give: -3 mg, every: 12 h}]", 20, "outside 0 to 30 mg"},
        {"[{give: 31 mg, every: 12 h}]", 20, "outside 0 to 30 mg"},
        {"[{give: 3, every: 12 h}]", 20, "unit missing, expected a dose in mg"},
        {"[{give: 3 mg, every: 10 min}]", 33, "outside 0.5 to 87600 h"},
        {"[{give: 3 mg, every: 12 mg}]", 33, "is a dose, expected a time"},
        {"[{give: 3 mg, every: 12 h, for: 0 d}]", 44, "0 d is not above 0 h"},
        {"[{give: 3 mg, every: 12 h}, {hold: 1 d}]", 13, "`for` is missing"},
        {"[{hold: 0 h}, {give: 3 mg, every: 12 h}]", 20, "0 h is not above 0 h"},
        {"[{hold: 1 d, for: 1 d}]", 30, "for: does not belong beside `hold`"},
        {"[{hold: 15 d}, {give: 3 mg, every: 12 h}]", 27,
         "starts at 360 h, at or after the horizon of 336 h"},
        {"[{give: 1 mg, at: []}]", 30, "at: empty list"},
        {"[{give: 1 mg, at: \"08:00\"}]", 30, "at: expected a list"},
        {"[{give: 1 mg, at: [\"20:00\", \"08:00\"]}]", 40,
         "08:00 is not after 20:00, expected ascending"},
        {"[{give: 1 mg, at: [\"25:00\"]}]", 31, "at[0]: "},
        {"[{give: 1 mg, every: 12 h, route: iv}]", 39, "route: not supported by this"},
        {"[{give: 1 mg, evry: 12 h, every: 12 h}]", 26, "did you mean `every`?"},
        {"[{taper: 3 mg}]", 21, "taper: expected a map"},
        {"[{taper: {from: 3 mg, to: 1 mg, every: 12 h}}]", 14,
         "over: missing, expected how long the taper lasts"},
        {"[{taper: {from: 1 mg, to: 1 mg, over: 3 d, every: 12 h}}]", 38,
         "1 mg is not below 1 mg"},
        {"[{taper: {from: 3 mg, to: 0.2 mg, over: 3 d, every: 12 h}}]", 38,
         "0.2 mg becomes 0 mg when rounded to 0.5 mg"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 1 d, every: 24 h}}]", 50,
         "1 d holds one dose"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 3 d, every: 24 h, round: 0 mg}}]", 75,
         "0 mg is not above 0 mg"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 3 d, every: 24 h}, at: [\"08:00\"]}]",
         73, "at: does not belong beside `taper`"},
    };
    (void)state;
    expect_said(rows, sizeof rows / sizeof rows[0], TACRO_FAULT);
}

static void test_steps_warnings_keep_the_regimen(void **state)
{
    static const struct said rows[] = {
        {"[{give: 13 mg, every: 12 h}]", 20, "outside the calibrated range"},
        {"[{give: 3 mg, every: 12 h, for: 3 d}]", 13,
         "ends at 72 h, before the horizon of 336 h: no dose after it"},
        {"[{taper: {from: 3 mg, to: 1 mg, over: 3 d, every: 24 h}}]", 13,
         "ends at 72 h, before the horizon of 336 h: no dose after it"},
    };
    (void)state;
    expect_said(rows, sizeof rows / sizeof rows[0], TACRO_WARNING);
}

static void test_steps_every_fault_of_a_regimen_is_noted(void **state)
{
    struct sample s =
        read_regimen("[{give: 99 mg, every: 1 min}, {hold: -1 d, at: []}]", HORIZON);
    (void)state;
    assert_false(s.ok);
    assert_int_equal(s.notes.nfaults, 5);
    release(&s);
}

static void test_steps_of_keys_for_later_say_so(void **state)
{
    static const char *const keys[] = {"route",  "over", "formulation",
                                       "missed", "late", "until"};
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[64];
        struct sample s;
        snprintf(text, sizeof text, "[{give: 1 mg, every: 12 h, %s: 1}]", keys[i]);
        s = read_regimen(text, HORIZON);
        assert_int_equal(s.notes.n, 1);
        assert_non_null(strstr(s.notes.note[0].text, "not supported by this version"));
        release(&s);
    }
}

static void test_steps_without_a_horizon_are_read(void **state)
{
    struct sample s = read_regimen(
        "[{give: 3 mg, every: 12 h, for: 3 d}, {hold: 400 d}]", (double)NAN);
    (void)state;
    assert_true(s.ok);
    assert_int_equal(s.notes.n, 0);
    release(&s);
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
        cmocka_unit_test(test_steps_of_keys_for_later_say_so),
        cmocka_unit_test(test_steps_without_a_horizon_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
