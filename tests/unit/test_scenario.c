/** Good scenarios: the shipped cases, defaults, overrides and the covariate rules. */
#include "input/scenario.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PARAMS TACRO_SOURCE_DIR "/params"
#define CASE PARAMS "/scenario/pres_lung_transplant.yaml"
#define LOW_CLEARANCE PARAMS "/scenario/pres_lung_transplant_low_clearance.yaml"

#define PK "pk: sikma2020_thoracic_icu\n"
#define HEAD "title: t\n" PK "horizon: 14 d\n"
#define TWICE_DAILY "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n"
#define PATIENT "patients: {n: 2, hematocrit: 0.28}\n"

/* A PK file that needs voriconazole. */
static const char azole_pk[] = "name: azole\n"
                               "kind: pk\n"
                               "title: a test\n"
                               "population: nobody\n"
                               "source: {author: nobody}\n"
                               "parts: [first_order, 2cmt]\n"
                               "theta:\n"
                               "  CL: {value: 20 L/h, mark: ASSUMED, from: test}\n"
                               "  V1: {value: 200 L, mark: ASSUMED, from: test}\n"
                               "  Q: {value: 70 L/h, mark: ASSUMED, from: test}\n"
                               "  V2: {value: 500 L, mark: ASSUMED, from: test}\n"
                               "  KA: {value: 0.6 1/h, mark: ASSUMED, from: test}\n"
                               "  F1: {value: 1, mark: ASSUMED, from: test}\n"
                               "covariates:\n"
                               "  - {parameter: CL, covariate: voriconazole, kind: "
                               "exponential, coefficient: -0.9,\n"
                               "     mark: ASSUMED, from: test}\n";

static char folder[64];

static void path_in_folder(char *path, size_t n, const char *name)
{
    assert_true(snprintf(path, n, "%s/%s", folder, name) < (int)n);
}

static void write_text(const char *name, const char *text)
{
    char path[128];
    FILE *file;
    path_in_folder(path, sizeof path, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tacro_scenario_XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    write_text("azole.yaml", azole_pk);
    return 0;
}

static void remove_file(const char *name)
{
    char path[128];
    path_in_folder(path, sizeof path, name);
    unlink(path);
}

static int remove_folder(void **state)
{
    (void)state;
    remove_file("azole.yaml");
    remove_file("s.yaml");
    return rmdir(folder);
}

/** A scenario read, with what was noted. */
struct sample {
    struct tacro_notes notes;
    struct tacro_error err;
    struct tacro_input *in;
    enum tacro_status st;
};

static struct sample read_path(const char *path,
                               const struct tacro_overrides *overrides)
{
    struct sample s = {.in = NULL};
    s.st = tacro_input_read(path, overrides, &s.notes, &s.in, &s.err);
    return s;
}

static struct sample read_with(const char *text, struct tacro_overrides overrides)
{
    char path[128];
    overrides.params_dir = PARAMS;
    write_text("s.yaml", text);
    path_in_folder(path, sizeof path, "s.yaml");
    return read_path(path, &overrides);
}

static struct sample read_good(const char *text)
{
    struct sample s = read_with(text, (struct tacro_overrides){0});
    for (size_t i = 0; i < s.notes.n && s.st != TACRO_OK; i++) {
        print_error("%zu:%zu: %s\n", s.notes.note[i].line, s.notes.note[i].column,
                    s.notes.note[i].text);
    }
    assert_int_equal(s.st, TACRO_OK);
    return s;
}

static void release(struct sample *s)
{
    tacro_input_free(s->in);
    tacro_notes_free(&s->notes);
}

static const struct tacro_note *find_note(const struct sample *s, const char *text)
{
    for (size_t i = 0; i < s->notes.n; i++) {
        if (strstr(s->notes.note[i].text, text) != NULL) {
            return &s->notes.note[i];
        }
    }
    return NULL;
}

static void expect_note(const struct sample *s, enum tacro_severity severity,
                        const char *text)
{
    const struct tacro_note *note = find_note(s, text);
    if (note == NULL) {
        fail_msg("nothing says: %s", text);
        return;
    }
    assert_int_equal(note->severity, severity);
}

/* -- the shipped cases ------------------------------------------------------------- */

static void test_scenario_case_is_as_designed(void **state)
{
    static const char *const labels[] = {"continue", "hold_resume", "hold_half",
                                         "hold_taper"};
    struct sample s = read_path(CASE, NULL);
    const struct tacro_input *in = s.in;
    (void)state;
    assert_int_equal(s.st, TACRO_OK);
    assert_string_equal(in->title, "PRES on day 3 after bilateral lung transplant");
    assert_string_equal(in->pk->name, "sikma2020_thoracic_icu");
    assert_int_equal(in->nrisks, 2);
    assert_string_equal(in->risk[0]->outcome, "pres");
    assert_string_equal(in->risk[1]->outcome, "rejection");
    assert_true(in->start_day == 0.0 && in->start_clock == 8.0);
    assert_true(in->trough_clock == 8.0);
    assert_true(in->horizon == 336.0 && in->landmark == 72.0);
    assert_true(in->output_every == 1.0);
    assert_int_equal(in->seed, 20260322);
    assert_int_equal(in->ndraws, 100);
    assert_int_equal(in->npatients, 200);
    assert_false(in->is_typical);
    assert_int_equal(in->ntargets, 2);
    assert_true(in->target[1].from == 192.0 && in->target[1].low == 10.0);
    assert_int_equal(in->nmultipliers, 0);
    assert_int_equal(in->nregimens, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(in->regimen[i].label, labels[i]);
    }
    assert_int_equal(in->reference, 0);
    release(&s);
}

static void test_scenario_case_tapers_to_half_a_milligram_a_day(void **state)
{
    static const double amounts[] = {3.0, 0.0, 1.0, 0.5, 0.5};
    static const double lengths[] = {72.0, 24.0, 24.0, 24.0, (double)INFINITY};
    static const double intervals[] = {12.0, 0.0, 12.0, 12.0, 24.0};
    struct sample s = read_path(CASE, NULL);
    const struct tacro_regimen *taper = &s.in->regimen[3];
    (void)state;
    assert_int_equal(taper->plan.nsteps, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(taper->plan.step[i].amount == amounts[i]);
        assert_true(taper->plan.step[i].duration == lengths[i]);
        assert_true(taper->plan.step[i].every == intervals[i]);
    }
    release(&s);
}

static void test_scenario_cases_differ_in_clearance_and_doses_alone(void **state)
{
    struct sample s = read_path(CASE, NULL);
    struct sample low = read_path(LOW_CLEARANCE, NULL);
    (void)state;
    assert_int_equal(low.st, TACRO_OK);
    assert_int_equal(low.in->nmultipliers, 1);
    assert_string_equal(low.in->pk->theta[low.in->multiplier[0].theta].name, "CL");
    assert_int_equal(low.in->multiplier[0].n, 1);
    assert_true(low.in->multiplier[0].step[0].from == 0.0);
    assert_true(low.in->multiplier[0].step[0].value == 0.2);
    assert_int_equal(low.in->nregimens, s.in->nregimens);
    for (size_t i = 0; i < s.in->nregimens; i++) {
        assert_string_equal(low.in->regimen[i].label, s.in->regimen[i].label);
        assert_true(low.in->regimen[i].plan.step[0].amount == 1.0);
    }
    assert_true(low.in->regimen[2].plan.step[2].amount == 0.5);
    assert_int_equal(low.in->npatients, s.in->npatients);
    assert_int_equal(low.in->seed, s.in->seed);
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        assert_int_equal(low.in->covariate[i].distribution,
                         s.in->covariate[i].distribution);
    }
    release(&s);
    release(&low);
}

static void test_scenario_case_notes_drawn_and_unused_covariates(void **state)
{
    struct sample s = read_path(CASE, NULL);
    (void)state;
    expect_note(&s, TACRO_NOTICE,
                "patients.hla_mismatches: unknown; drawn from the reference population "
                "of rejection_lung");
    expect_note(&s, TACRO_NOTICE,
                "patients.weight: no effect in sikma2020_thoracic_icu, pres_lung, "
                "rejection_lung");
    for (size_t i = 0; i < s.notes.n; i++) {
        assert_int_equal(s.notes.note[i].severity, TACRO_NOTICE);
    }
    release(&s);
}

static void test_scenario_case_lists_its_assumed_lines(void **state)
{
    static const char *const facts[] = {
        "age:", "sex:", "bilateral:", "connective", "horizon:", "hold: 1 d"};
    struct sample s = read_path(CASE, NULL);
    (void)state;
    assert_true(s.in->nassumed > 10);
    for (size_t i = 0; i < s.in->nassumed; i++) {
        assert_int_equal(strncmp(s.in->assumed[i], "line ", 5), 0);
        assert_non_null(strstr(s.in->assumed[i], "  # ASSUMED: "));
        for (size_t k = 0; k < sizeof facts / sizeof facts[0]; k++) {
            assert_null(strstr(s.in->assumed[i], facts[k]));
        }
    }
    release(&s);
}

/* -- values ------------------------------------------------------------------------ */

static void test_scenario_defaults_hold_where_a_key_is_missing(void **state)
{
    struct sample s = read_good(HEAD PATIENT TWICE_DAILY);
    (void)state;
    assert_int_equal(s.in->nrisks, 0);
    assert_true(s.in->start_day == 0.0 && s.in->start_clock == 0.0);
    assert_true(s.in->trough_clock == 0.0);
    assert_true(s.in->landmark == 0.0);
    assert_true(s.in->output_every == 1.0);
    assert_int_equal(s.in->seed, 1);
    assert_int_equal(s.in->ndraws, 1);
    assert_int_equal(s.in->npatients, 2);
    assert_int_equal(s.in->ntargets, 0);
    assert_int_equal(s.in->reference, 0);
    assert_int_equal(s.in->nassumed, 0);
    assert_int_equal(s.notes.n, 0);
    release(&s);
}

static void test_scenario_json_is_a_scenario(void **state)
{
    struct sample s = read_good("{\"title\": \"t\", \"pk\": "
                                "\"sikma2020_thoracic_icu\", \"horizon\": \"14 d\",\n"
                                " \"patients\": {\"n\": 2, \"hematocrit\": 0.28},\n"
                                " \"regimens\": {\"a\": {\"steps\": [{\"give\": \"3 "
                                "mg\", \"every\": \"12 h\"}]}}}\n");
    (void)state;
    assert_true(s.in->regimen[0].plan.step[0].amount == 3.0);
    release(&s);
}

static void test_scenario_overrides_replace_values(void **state)
{
    struct sample s =
        read_with(HEAD "seed: 5\n" PATIENT TWICE_DAILY,
                  (struct tacro_overrides){
                      .subjects = 7, .draws = 1, .seed = 0, .has_seed = true});
    (void)state;
    assert_int_equal(s.st, TACRO_OK);
    assert_int_equal(s.in->npatients, 7);
    assert_int_equal(s.in->seed, 0);
    release(&s);
    s = read_with(HEAD "draws: 9\n" PATIENT TWICE_DAILY,
                  (struct tacro_overrides){.draws = 1});
    assert_int_equal(s.st, TACRO_OK);
    release(&s);
}

static void test_scenario_typical_is_one_patient(void **state)
{
    static const char text[] =
        HEAD "patients: {typical: true, hematocrit: 0.28}\n" TWICE_DAILY;
    struct sample s = read_good(text);
    (void)state;
    assert_true(s.in->is_typical);
    assert_int_equal(s.in->npatients, 1);
    release(&s);
    s = read_with(text, (struct tacro_overrides){.subjects = 2});
    assert_int_equal(s.st, TACRO_EINPUT);
    expect_note(&s, TACRO_FAULT,
                "2 asked for, expected at most 1, the typical patient");
    release(&s);
}

static void test_scenario_late_start_says_what_was_before(void **state)
{
    struct sample s = read_good(HEAD "start: {day: 5, clock: \"06:30\"}\n"
                                     "before: none\n" PATIENT TWICE_DAILY);
    (void)state;
    assert_true(s.in->start_day == 5.0);
    assert_true(s.in->start_clock == 6.5);
    release(&s);
}

static void test_scenario_trough_is_at_the_first_dose_of_the_reference(void **state)
{
    static const struct {
        const char *text;
        double clock;
    } rows[] = {
        {"regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n", 20.0},
        {"regimens: {a: {steps: [{hold: 6 h}, {give: 3 mg, every: 12 h}]}}\n", 2.0},
        {"regimens: {a: {steps: [{give: 3 mg, at: [\"08:00\", \"21:00\"]}]}}\n", 21.0},
        {"regimens: {a: {steps: [{give: 3 mg, at: [\"08:00\", \"19:00\"]}]}}\n", 8.0},
        {"regimens: {a: {steps: [{give: 3 mg, at: [\"20:00\"]}]}}\n", 20.0},
        /* a window that ends before its first clock time, [start, end) */
        {"regimens: {a: {steps: [{give: 3 mg, at: [\"21:00\"], for: 1 h},\n"
         "  {give: 3 mg, every: 12 h}]}}\n",
         21.0},
        {"regimens: {a: {steps: [{give: 3 mg, at: [\"22:00\"], for: 1 h},\n"
         "  {give: 3 mg, every: 12 h, for: 3 d}]}}\n",
         21.0},
        {"regimens: {a: {steps: [{hold: 14 d}]}}\n", 20.0},
        {"trough_at: \"07:15\"\nregimens: {a: {steps: [{hold: 14 d}]}}\n", 7.25},
        {"reference: b\nregimens: {a: {steps: [{hold: 14 d}]},\n"
         "  b: {steps: [{give: 1 mg, at: [\"09:00\"]}]}}\n",
         9.0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        struct sample s;
        snprintf(text, sizeof text, "%s%s", HEAD "start: {clock: \"20:00\"}\n" PATIENT,
                 rows[i].text);
        s = read_good(text);
        assert_true(s.in->trough_clock == rows[i].clock);
        release(&s);
    }
}

static void test_scenario_parameters_replace_typical_values(void **state)
{
    struct sample s = read_good(
        HEAD "parameters: {CL: 70 mL/min, KA: 4.5 1/h}\n" PATIENT TWICE_DAILY);
    const struct tacro_theta *cl =
        &s.in->pk->theta[tacro_paramset_theta(s.in->pk, "CL")];
    (void)state;
    assert_true(cl->value == 4.2);
    assert_string_equal(cl->text, "70 mL/min");
    assert_int_equal(cl->mark, TACRO_MARK_ASSUMED);
    expect_note(
        &s, TACRO_NOTICE,
        "parameters.CL: 70 mL/min instead of 20.9 L/h of sikma2020_thoracic_icu");
    expect_note(&s, TACRO_WARNING, "parameters.KA: 4.5 1/h is 7.77 times the value");
    release(&s);
}

static void test_scenario_multiply_is_warned_outside_published_factors(void **state)
{
    struct sample s = read_good(
        HEAD "multiply: {CL: [{from: 0 d, value: 1}, {from: 2 d, value: 10 %},\n"
             "  {from: 20 d, value: 1}]}\n" PATIENT TWICE_DAILY);
    (void)state;
    assert_int_equal(s.in->nmultipliers, 1);
    assert_int_equal(s.in->multiplier[0].n, 3);
    assert_true(s.in->multiplier[0].step[1].from == 48.0);
    assert_true(s.in->multiplier[0].step[1].value == 0.1);
    expect_note(&s, TACRO_WARNING, "multiply.CL[1].value: 10 % (0.1) is outside the");
    expect_note(&s, TACRO_WARNING, "20 d is at or after the horizon of 14 d (336 h)");
    release(&s);
}

static void test_scenario_assumed_is_read_from_comments_after_values(void **state)
{
    struct sample s = read_good("# ASSUMED alone on a line holds no value\n"
                                "title: 'ASSUMED in a text'\n" PK
                                "horizon: 14 d #no comment sign without ASSUMED\n"
                                "   \n" PATIENT "seed: 3   \t# ASSUMED: why   \r\n"
                                "landmark: 3 d # [ASSUMED]\n" TWICE_DAILY);
    (void)state;
    assert_int_equal(s.in->nassumed, 3);
    assert_string_equal(s.in->assumed[1], "line 7: seed: 3  # ASSUMED: why");
    assert_string_equal(s.in->assumed[2], "line 8: landmark: 3 d  # [ASSUMED]");
    release(&s);
}

/* -- covariate rules --------------------------------------------------------------- */

static void test_scenario_risk_covariate_not_given_is_drawn(void **state)
{
    struct sample s = read_good(HEAD "risk: rejection_lung\n" PATIENT TWICE_DAILY);
    const struct tacro_note *note = find_note(&s, "hla_mismatches: not given; drawn");
    (void)state;
    assert_non_null(note);
    assert_int_equal(note->severity, TACRO_NOTICE);
    assert_int_equal(note->line, 5);
    assert_int_equal(note->column, 1);
    assert_int_equal(s.in->covariate[TACRO_COV_hla_mismatches].distribution,
                     TACRO_ABSENT);
    release(&s);
}

static void test_scenario_unused_inhibitor_needs_a_word(void **state)
{
    static const char given[] =
        HEAD "patients: {n: 2, hematocrit: 0.28, voriconazole: true}\n" TWICE_DAILY;
    char allowed[512];
    struct sample s = read_with(given, (struct tacro_overrides){0});
    (void)state;
    assert_int_equal(s.st, TACRO_EINPUT);
    expect_note(&s, TACRO_FAULT,
                "patients.voriconazole: sikma2020_thoracic_icu has no effect of it");
    release(&s);
    snprintf(allowed, sizeof allowed, "%sunused: allow\n", given);
    s = read_good(allowed);
    expect_note(&s, TACRO_WARNING,
                "patients.voriconazole: sikma2020_thoracic_icu has no effect of it on "
                "the level: ignored");
    release(&s);
    snprintf(allowed, sizeof allowed, "%sunused: refuse\n", given);
    s = read_with(allowed, (struct tacro_overrides){0});
    assert_int_equal(s.st, TACRO_EINPUT);
    release(&s);
}

static void test_scenario_inhibitor_not_taken_is_a_notice(void **state)
{
    struct sample s = read_good(
        HEAD
        "patients: {n: 2, hematocrit: 0.28, voriconazole: false, rifampin: unknown,\n"
        "  amiodarone: {probability: 0}}\n" TWICE_DAILY);
    (void)state;
    expect_note(&s, TACRO_NOTICE, "patients.voriconazole: no effect in");
    expect_note(&s, TACRO_NOTICE, "patients.rifampin: unknown; no effect in");
    expect_note(&s, TACRO_NOTICE, "patients.amiodarone: no effect in");
    release(&s);
}

static void test_scenario_used_inhibitor_is_needed_and_silent(void **state)
{
    static const char head[] = "title: t\npk: azole.yaml\nhorizon: 14 d\n";
    char text[512];
    struct sample s;
    (void)state;
    snprintf(text, sizeof text, "%spatients: {n: 2, voriconazole: true}\n%s", head,
             TWICE_DAILY);
    s = read_good(text);
    assert_int_equal(s.notes.n, 0);
    assert_int_equal(s.in->pk->nrelations, 1);
    release(&s);
    snprintf(text, sizeof text, "%spatients: {n: 2}\n%s", head, TWICE_DAILY);
    s = read_with(text, (struct tacro_overrides){0});
    expect_note(&s, TACRO_FAULT,
                "patients.voriconazole: not given; azole needs a value for CL");
    release(&s);
}

static void test_scenario_covariate_beyond_the_horizon_is_warned(void **state)
{
    struct sample s = read_good(
        HEAD
        "patients: {n: 2, hematocrit: [{from: 0 d, value: 0.3}, {from: 20 d, value: "
        "0.4}]}\n" TWICE_DAILY);
    (void)state;
    expect_note(&s, TACRO_WARNING,
                "patients.hematocrit: the value from 20 d on is at "
                "or after the horizon of 14 d (336 h)");
    release(&s);
}

/* -- params files ------------------------------------------------------------------ */

static void test_scenario_paths_are_relative_to_its_folder(void **state)
{
    char text[512];
    struct sample s;
    (void)state;
    snprintf(text, sizeof text,
             "title: t\npk: %s/azole.yaml\nrisk: [" PARAMS "/risk/pres_lung.yaml]\n"
             "horizon: 14 d\npatients: {n: 2, voriconazole: false}\n%s",
             folder, TWICE_DAILY);
    s = read_good(text);
    assert_string_equal(s.in->pk->name, "azole");
    assert_int_equal(s.in->nrisks, 1);
    release(&s);
}

static void test_scenario_broken_params_file_hides_no_other_fault(void **state)
{
    char path[128];
    struct sample s;
    (void)state;
    write_text("broken.yaml", "name: broken\nkind: pk\nsurce: nobody\n");
    s = read_with(
        "title: t\npk: broken.yaml\nhorizon: 14\nlandmark: 3 kg\n" PATIENT TWICE_DAILY
        "reference: b\n",
        (struct tacro_overrides){0});
    assert_int_equal(s.st, TACRO_EINPUT);
    expect_note(&s, TACRO_FAULT, "did you mean `source`?");
    expect_note(&s, TACRO_FAULT, "horizon: 14: unit missing");
    expect_note(&s, TACRO_FAULT, "landmark: 3 kg is a weight");
    expect_note(&s, TACRO_FAULT, "reference: b: expected a");
    path_in_folder(path, sizeof path, "broken.yaml");
    assert_string_equal(find_note(&s, "did you mean `source`?")->file, path);
    /* each file in one piece, in the order of its lines */
    for (size_t i = 1; i < s.notes.n; i++) {
        const struct tacro_note *note = &s.notes.note[i];
        if (strcmp(note->file, note[-1].file) == 0) {
            assert_true(note->line >= note[-1].line);
        } else {
            for (size_t k = i + 1; k < s.notes.n; k++) {
                assert_string_equal(s.notes.note[k].file, note->file);
            }
            break;
        }
    }
    release(&s);
    remove_file("broken.yaml");
}

static void test_scenario_free_takes_null(void **state)
{
    (void)state;
    tacro_input_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenario_case_is_as_designed),
        cmocka_unit_test(test_scenario_case_tapers_to_half_a_milligram_a_day),
        cmocka_unit_test(test_scenario_cases_differ_in_clearance_and_doses_alone),
        cmocka_unit_test(test_scenario_case_notes_drawn_and_unused_covariates),
        cmocka_unit_test(test_scenario_case_lists_its_assumed_lines),
        cmocka_unit_test(test_scenario_defaults_hold_where_a_key_is_missing),
        cmocka_unit_test(test_scenario_json_is_a_scenario),
        cmocka_unit_test(test_scenario_overrides_replace_values),
        cmocka_unit_test(test_scenario_typical_is_one_patient),
        cmocka_unit_test(test_scenario_late_start_says_what_was_before),
        cmocka_unit_test(test_scenario_trough_is_at_the_first_dose_of_the_reference),
        cmocka_unit_test(test_scenario_parameters_replace_typical_values),
        cmocka_unit_test(test_scenario_multiply_is_warned_outside_published_factors),
        cmocka_unit_test(test_scenario_assumed_is_read_from_comments_after_values),
        cmocka_unit_test(test_scenario_risk_covariate_not_given_is_drawn),
        cmocka_unit_test(test_scenario_unused_inhibitor_needs_a_word),
        cmocka_unit_test(test_scenario_inhibitor_not_taken_is_a_notice),
        cmocka_unit_test(test_scenario_used_inhibitor_is_needed_and_silent),
        cmocka_unit_test(test_scenario_covariate_beyond_the_horizon_is_warned),
        cmocka_unit_test(test_scenario_paths_are_relative_to_its_folder),
        cmocka_unit_test(test_scenario_broken_params_file_hides_no_other_fault),
        cmocka_unit_test(test_scenario_free_takes_null),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
