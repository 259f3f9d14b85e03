/** `history` of a scenario: what is read, and every fault in its place. */
#include "input/history.h"
#include "run/plan.h"

#include "tests/support/engine.h"
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PARAMS TACRO_SOURCE_DIR "/params"
#define HEAD                                                                           \
    "title: t\npk: sikma2020_thoracic_icu\nrisk: [pres_lung, rejection_lung]\n"        \
    "horizon: 14 d\npatients: {n: 2, hematocrit: 0.28}\n"
#define TWICE_DAILY "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n"

struct sample {
    struct tacro_notes notes;
    struct tacro_input *in;
    enum tacro_status st;
};

static struct sample read_text(const char *text)
{
    const struct tacro_overrides overrides = {.params_dir = PARAMS};
    struct sample s = {.in = NULL};
    FILE *file = fopen(test_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    s.st = tacro_input_read(test_path, &overrides, &s.notes, &s.in, NULL);
    return s;
}

static void release(struct sample *s)
{
    tacro_input_free(s->in);
    tacro_notes_free(&s->notes);
}

static void print_notes(const struct sample *s)
{
    for (size_t i = 0; i < s->notes.n; i++) {
        print_error("%zu:%zu: %s\n", s->notes.note[i].line, s->notes.note[i].column,
                    s->notes.note[i].text);
    }
}

static bool says(const struct sample *s, enum tacro_severity severity, size_t line,
                 const char *text)
{
    for (size_t i = 0; i < s->notes.n; i++) {
        const struct tacro_note *note = &s->notes.note[i];
        if (note->severity == severity && note->line == line &&
            strstr(note->text, text) != NULL) {
            return true;
        }
    }
    return false;
}

static void refuse(const char *text, size_t line, const char *fault)
{
    struct sample s = read_text(text);
    assert_int_equal(s.st, TACRO_EINPUT);
    if (s.notes.nfaults != 1 || !says(&s, TACRO_FAULT, line, fault)) {
        print_notes(&s);
        fail_msg("expected one fault on line %zu: %s", line, fault);
    }
    release(&s);
}

static void test_history_is_read(void **state)
{
    struct sample s = read_text(
        HEAD "landmark: 4 d\nhistory: {rejection: {onset: 0 h}}\n" TWICE_DAILY);
    (void)state;
    /* rejection_lung has no numbers after the event */
    assert_int_equal(s.st, TACRO_EINPUT);
    assert_true(says(&s, TACRO_FAULT, 7, "has no numbers `after` the event"));
    release(&s);
    s = read_text(
        HEAD
        "landmark: 4 d\nhistory: {pres: {onset: 3 d, severity: coma}}\n" TWICE_DAILY);
    assert_int_equal(s.st, TACRO_OK);
    assert_true(s.in->history.is_given);
    assert_int_equal(s.in->history.risk, 0);
    assert_true(s.in->history.onset == 72.0);
    assert_int_equal(s.in->history.severity, TACRO_COMA);
    assert_true(s.in->landmark == 96.0);
    release(&s);
    s = read_text(HEAD TWICE_DAILY);
    assert_int_equal(s.st, TACRO_OK);
    assert_false(s.in->history.is_given);
    release(&s);
}

static void test_onset_is_the_landmark_unless_one_is_given(void **state)
{
    struct sample s = read_text(HEAD "history: {pres: {onset: 2 d}}\n" TWICE_DAILY);
    (void)state;
    assert_int_equal(s.st, TACRO_OK);
    assert_true(s.in->landmark == 48.0);
    assert_int_equal(s.in->history.severity, TACRO_CONSCIOUS);
    assert_true(says(&s, TACRO_NOTICE, 6, "no landmark is given: it is the onset"));
    release(&s);
}

static void test_faults_stand_in_their_place(void **state)
{
    (void)state;
    refuse(HEAD "history: {pres: {onset: 4 d}}\nlandmark: 3 d\n" TWICE_DAILY, 6,
           "4 d is after the landmark of 3 d (72 h)");
    refuse(HEAD "history: {pres: {onset: 14 d}}\n" TWICE_DAILY, 6,
           "14 d is not before the horizon of 14 d (336 h)");
    refuse(HEAD "history: {pres: {onset: -1 d}}\n" TWICE_DAILY, 6, "-1 d");
    refuse(HEAD "history: {pres: {}}\n" TWICE_DAILY, 6, "onset");
    refuse(HEAD "history: {pres: {onset: 3 d, severity: comatose}}\n" TWICE_DAILY, 6,
           "coma");
    refuse(HEAD "history: {pres: {onset: 3 d, sevrity: coma}}\n" TWICE_DAILY, 6,
           "severity");
    refuse(HEAD "history: {infection: {onset: 3 d}}\n" TWICE_DAILY, 6,
           "no risk file of the scenario has this outcome");
    refuse(HEAD "history: {prse: {onset: 3 d}}\n" TWICE_DAILY, 6,
           "did you mean `pres`?");
    refuse(HEAD "history: pres\n" TWICE_DAILY, 6, "history");
}

static void test_every_fault_of_two_events_is_told(void **state)
{
    struct sample s =
        read_text(HEAD "history: {pres: {onset: -1 d}, stroke: {}}\n" TWICE_DAILY);
    (void)state;
    assert_int_equal(s.st, TACRO_EINPUT);
    assert_int_equal(s.notes.nfaults, 4);
    assert_true(says(&s, TACRO_FAULT, 6, "history: 2 events, expected one"));
    assert_true(
        says(&s, TACRO_FAULT, 6, "history.pres.onset: -1 d (-24 h) is below 0"));
    assert_true(says(&s, TACRO_FAULT, 6, "history.stroke: no risk file"));
    assert_true(says(&s, TACRO_FAULT, 6, "history.stroke.onset: missing"));
    release(&s);
}

static void test_severity_that_is_not_given_is_told(void **state)
{
    struct sample s = read_text(HEAD "history: {pres: {onset: 2 d}}\n" TWICE_DAILY);
    struct tacro_scenario *kept =
        test_scenario(HEAD "history: {pres: {onset: 2 d}}\n" TWICE_DAILY);
    const char text[] = "history.pres: severity: not given, taken as none";
    (void)state;
    assert_true(says(&s, TACRO_NOTICE, 6, text));
    release(&s);
    assert_non_null(strstr(kept->notes, text)); /* of the result */
    tacro_scenario_free(kept);
    s = read_text(HEAD "history: {pres: {onset: 2 d, severity: none}}\n" TWICE_DAILY);
    assert_false(says(&s, TACRO_NOTICE, 6, "severity"));
    release(&s);
}

static void test_no_rule_waits_for_what_has_happened(void **state)
{
    (void)state;
    refuse(HEAD "history: {pres: {onset: 3 d}}\n"
                "landmark: 3 d\n"
                "regimens:\n"
                "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
                "  b:\n"
                "    steps: [{give: 3 mg, every: 12 h}]\n"
                "    when:\n"
                "      pres: [{hold: 1 d}, {give: 1 mg, every: 12 h}]\n",
           13, "put the doses from its onset on into `steps`");
}

static void test_column_is_a_recurrence(void **state)
{
    struct tacro_scenario *s =
        test_scenario(HEAD "history: {pres: {onset: 3 d}}\n" TWICE_DAILY);
    (void)state;
    assert_string_equal(s->endpoint[0], "recurrence of PRES after recovery");
    assert_string_equal(s->endpoint[1], s->input->risk[1]->endpoint);
    assert_int_equal(s->nwindow, 13);
    for (size_t i = 0; i < s->nwindow; i++) {
        assert_true(s->record_of[s->window_output[i]] >= 0);
        assert_true(s->time[s->window_output[i]] == 72.0 + 6.0 * (double)i);
    }
    tacro_scenario_free(s);
    s = test_scenario(HEAD TWICE_DAILY);
    assert_string_equal(s->endpoint[0], s->input->risk[0]->endpoint);
    assert_int_equal(s->nwindow, 0);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_is_read),
        cmocka_unit_test(test_onset_is_the_landmark_unless_one_is_given),
        cmocka_unit_test(test_faults_stand_in_their_place),
        cmocka_unit_test(test_every_fault_of_two_events_is_told),
        cmocka_unit_test(test_severity_that_is_not_given_is_told),
        cmocka_unit_test(test_no_rule_waits_for_what_has_happened),
        cmocka_unit_test(test_column_is_a_recurrence),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
