/** Three layers of chance kept apart: draws, patients, Monte Carlo; by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/driver_words.h"
#include "run/drivers.h"
#include "run/monte_carlo.h"
#include "run/report.h"
#include "run/risk_report.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

#define NDRAWS 8
#define NPATIENTS 100
#define TOL 1e-9

static const char text[] =
    "title: risks\n"
    "pk: rounded\n"
    "risk: [pres_lung, rejection_lung]\n"
    "start: {day: 0, clock: \"08:00\"}\n"
    "horizon: 99 h\n"
    "landmark: 30 h\n"
    "output: {every: 1 h}\n"
    "seed: 1\n"
    "patients: {n: 100}\n"
    "reference: a\n"
    "regimens:\n"
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  b:\n"
    "    steps: [{give: 1 mg, every: 12 h}]\n"
    "    when: {pres: [{hold: 1 d}, {give: 1 mg, every: 12 h}]}\n";

/* Counts that are there for the test alone where the tally does not make them. */
struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_tally *tally;
    uint64_t square[2][3 * NDRAWS];
    uint64_t first[2 * NDRAWS];
    uint64_t death[NDRAWS];
    uint32_t spread[3 * NDRAWS * TACRO_NSPREAD];
    struct tacro_regimen_tally kept[2];
};

/* Level 1 or -1 of three factors: all combinations over the eight draws. */
static double level(size_t factor, size_t m)
{
    return (m >> factor & 1) != 0 ? 1.0 : -1.0;
}

static uint64_t sum_of(double mean)
{
    return (uint64_t)(mean * NPATIENTS * 0x1p40 + 0.5);
}

/* PRES: 2 % to 9 %; rejection logit: 1 x first factor + 0.5 x second. */
static double mean_risk(size_t k, size_t r, size_t m)
{
    if (k == 0) {
        return (0.02 + 0.01 * (double)m) / (double)(r + 1);
    }
    const double odds = exp(-1.0 + 1.0 * level(0, m) + 0.5 * level(1, m));
    return odds / (1.0 + odds);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->scenario = test_scenario(text);
    f->scenario->input->ndraws = NDRAWS;
    assert_int_equal(tacro_tally_create(f->scenario, &f->tally, NULL), TACRO_OK);
    for (size_t r = 0; r < 2; r++) {
        struct tacro_regimen_tally *t = &f->tally->regimen[r];
        f->kept[r] = *t;
        t->square = f->square[r];
        t->first_horizon = f->first;
        t->death_horizon = f->death;
        t->spread = f->spread;
        for (size_t m = 0; m < NDRAWS; m++) {
            t->n[m] = NPATIENTS;
            for (size_t k = 0; k < 2; k++) {
                t->risk_horizon[k * NDRAWS + m] = sum_of(mean_risk(k, r, m));
            }
            t->event_free_horizon[m] = sum_of(0.5);
        }
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    memcpy(f->tally->regimen, f->kept, sizeof f->kept);
    tacro_tally_free(f->tally);
    tacro_scenario_free(f->scenario);
    free(f);
    return 0;
}

static struct tacro_summary *report(const struct fixture *f)
{
    struct tacro_summary *summary = NULL;
    assert_int_equal(tacro_report_create(f->scenario, f->tally, &summary, NULL),
                     TACRO_OK);
    return summary;
}

static void test_interval_is_over_draws(void **state)
{
    struct tacro_summary *s = report(*state);
    const struct tacro_risk_summary *pres = &s->regimen[1].risk[0];
    test_check_close("median", pres->probability, 0.025, TOL); /* 4th of 8 */
    test_check_close("low", pres->interval.low, 0.01, TOL);
    test_check_close("high", pres->interval.high, 0.045, TOL);
    test_check_close("difference", pres->difference, -0.03, TOL); /* 4th from below */
    test_check_close("difference", pres->difference_interval.low, -0.045, TOL);
    assert_true(pres->lower == 1.0);
    assert_true(s->regimen[0].risk[0].difference == 0.0);
    assert_int_equal(s->comparison.ndraws, NDRAWS);
    tacro_summary_free(s);
}

/*
 * Variance (mean p^2 - mean^2) / n, root mean square over draws: of a share of events,
 * 0 or 1 in each patient, q (1 - q) / n; of being event-free beside them less. Paired
 * with the reference: its variance, and that of the |p - q| who differ.
 */
static void test_monte_carlo_error_is_that_of_one_draw(void **state)
{
    struct fixture *f = *state;
    double exact = 0.0;
    double binomial = 0.0;
    double paired = 0.0;
    for (size_t m = 0; m < NDRAWS; m++) {
        const double p = mean_risk(0, 0, m);
        const double q = mean_risk(0, 1, m);
        f->square[0][m] = sum_of(p * p + 0.0001 * (double)(m + 1));
        f->square[0][(size_t)2 * NDRAWS + m] = sum_of(0.25 + 0.01);
        f->square[1][m] = sum_of(q);
        f->square[1][(size_t)2 * NDRAWS + m] = sum_of(0.25 + 0.04);
        exact += 0.0001 * (double)(m + 1) / NPATIENTS / NDRAWS;
        paired += (p - q) / NPATIENTS / NDRAWS;
        binomial += q * (1.0 - q) / NPATIENTS / NDRAWS;
    }
    struct tacro_summary *s = report(f);
    assert_false(s->regimen[0].risk[0].is_simulated);
    assert_true(s->regimen[1].risk[0].is_simulated);
    assert_false(s->regimen[1].risk[1].is_simulated);
    assert_true(s->regimen[1].event_free.is_simulated);
    test_check_close("exact", s->regimen[0].risk[0].standard_error, sqrt(exact), 1e-6);
    test_check_close("paired", s->regimen[1].risk[0].standard_error,
                     sqrt(exact + paired), 1e-6);
    test_check_close("event-free", s->regimen[1].event_free.standard_error,
                     sqrt(0.01 / NPATIENTS), 1e-6);
    assert_true(isnan(s->regimen[0].risk[0].needed)); /* of eight draws */
    tacro_summary_free(s);
    f->tally->regimen[0].control = NULL;
    s = report(f);
    test_check_close("binomial", s->regimen[1].risk[0].standard_error, sqrt(binomial),
                     1e-6);
    test_check_close("event-free", s->regimen[1].event_free.standard_error,
                     sqrt(0.04 / NPATIENTS), 1e-6);
    tacro_summary_free(s);
}

/* A tenth of 0.05 less what the error adds: sqrt(0.05^2 - (3.92 se)^2). */
static void test_patients_needed_are_of_the_width_without_the_error(void **state)
{
    const struct tacro_interval x = {0.1, 0.12, 0.15};
    const struct tacro_interval none = {NAN, NAN, NAN};
    const struct tacro_interval point = {0.1, 0.1, 0.1};
    (void)state;
    assert_true(tacro_patients_needed(0.0046, x, 850, 40) == 0.0);
    assert_true(tacro_patients_needed(0.0049, x, 850, 40) == 960.0); /* 957.7 */
    assert_true(tacro_patients_needed(0.01, x, 841, 40) == 8800.0);  /* 8729.9 */
    assert_true(tacro_patients_needed(0.01, x, 5, 40) == 52.0);      /* 51.9 */
    assert_true(tacro_patients_needed(0.01, x, 10, 40) == 110.0);    /* 103.8 */
    assert_true(isinf(tacro_patients_needed(0.0128, x, 10, 40)));
    assert_true(isnan(tacro_patients_needed(0.01, x, 10, 39)));
    assert_true(isnan(tacro_patients_needed(0.01, none, 10, 40)));
    assert_true(isnan(tacro_patients_needed(0.01, point, 10, 40)));
    assert_true(isnan(tacro_patients_needed(NAN, x, 10, 40)));
}

static void test_spread_is_between_the_patients_of_a_draw(void **state)
{
    struct fixture *f = *state;
    for (size_t m = 0; m < NDRAWS; m++) { /* 10, 80, 10 patients; draws are apart */
        uint32_t *count = f->spread + m * TACRO_NSPREAD;
        count[100 + m] = 10;
        count[150 + m] = 80;
        count[200 + m] = 10;
        count =
            f->spread + ((size_t)2 * NDRAWS + m) * TACRO_NSPREAD; /* 1 - event-free */
        count[100] = 10;
        count[150] = 80;
        count[200] = 10;
    }
    struct tacro_summary *s = report(f);
    const struct tacro_band band = s->regimen[0].risk[0].patients;
    test_check_close("low", band.low, tacro_tally_spread_value(103), TOL);
    test_check_close("median", band.median, tacro_tally_spread_value(153), TOL);
    test_check_close("high", band.high, tacro_tally_spread_value(203), TOL);
    const struct tacro_band whole = s->regimen[0].event_free.patients;
    test_check_close("low", whole.low, 1.0 - tacro_tally_spread_value(200), TOL);
    test_check_close("high", whole.high, 1.0 - tacro_tally_spread_value(100), TOL);
    assert_true(whole.low < whole.median && whole.median < whole.high);
    /* nobody was counted; and a simulated outcome has no spread */
    assert_true(isnan(s->regimen[0].risk[1].patients.median));
    assert_true(isnan(s->regimen[1].risk[0].patients.median));
    tacro_summary_free(s);
    test_check_close("first", tacro_tally_spread_value(0), 1e-6, TOL);
    test_check_close("last", tacro_tally_spread_value(TACRO_NSPREAD - 1), 1.0, TOL);
}

static void test_first_events_and_death_have_intervals(void **state)
{
    struct fixture *f = *state;
    for (size_t m = 0; m < NDRAWS; m++) {
        f->first[m] = sum_of(0.01 * (double)(m + 1));
        f->first[NDRAWS + m] = sum_of(0.3);
        f->death[m] = sum_of(0.02 * (double)(m + 1));
    }
    struct tacro_summary *s = report(f);
    test_check_close("first", s->regimen[0].risk[0].first, 0.04, TOL);
    test_check_close("high", s->regimen[0].risk[0].first_interval.high, 0.08, TOL);
    test_check_close("first", s->regimen[0].risk[1].first, 0.3, TOL);
    test_check_close("death", s->regimen[0].event_free.first, 0.08, TOL);
    tacro_summary_free(s);
}

/* Without what a tally may lack there is no figure, and no fault. */
static void test_a_bare_tally_is_enough(void **state)
{
    struct fixture *f = *state;
    for (size_t r = 0; r < 2; r++) {
        struct tacro_regimen_tally *t = &f->tally->regimen[r];
        t->square = t->first_horizon = t->death_horizon = NULL;
        t->spread = NULL;
    }
    struct tacro_summary *s = report(f);
    assert_true(isnan(s->regimen[0].risk[0].standard_error));
    assert_true(isnan(s->regimen[0].risk[0].needed));
    assert_true(isnan(s->regimen[0].risk[0].first));
    assert_true(isnan(s->regimen[0].risk[0].patients.low));
    assert_true(isnan(s->regimen[0].days_in_range));
    tacro_summary_free(s);
}

/* -- where the interval comes from ------------------------------------------------- */

static bool has_text(const struct tacro_summary *s, const char *kind, const char *part)
{
    for (size_t i = 0; i < s->nassumptions; i++) {
        if (strcmp(s->assumption[i].kind, kind) == 0 &&
            strstr(s->assumption[i].text, part) != NULL) {
            return true;
        }
    }
    return false;
}

/*
 * Of rejection, logit 1 x a + 0.5 x b: a 0.8, b 0.2. What is solved, what follows an
 * event, and what another file has are not looked at, though they would explain it.
 */
static void test_drivers_are_those_of_the_logit(void **state)
{
    struct fixture *f = *state;
    double value[6][NDRAWS];
    struct tacro_drawn drawn[6] = {
        {.set = 2, .name = "B", .law = TACRO_LAW_LOGIT, .value = value[0]},
        {.set = 0, .name = "A", .law = TACRO_LAW_LOG, .value = value[1]},
        {.set = 2, .name = "LAM", .law = TACRO_LAW_NONE, .value = value[2]},
        {.set = 2, .name = "after.RECOVERY", .law = TACRO_LAW_LOG, .value = value[2]},
        {.set = 1, .name = "G", .law = TACRO_LAW_LOG, .value = value[2]},
        {.set = 1, .name = "G2", .law = TACRO_LAW_LOG, .value = value[3]},
    };
    struct tacro_rules *rules = f->scenario->rules;
    const struct tacro_rules kept = *rules;
    for (size_t m = 0; m < NDRAWS; m++) {
        value[0][m] = 1.0 / (1.0 + exp(-level(1, m)));
        value[1][m] = exp(level(0, m));
        value[2][m] = mean_risk(1, 0, m);
        value[3][m] = exp(level(2, m));
    }
    rules->drawn = drawn;
    rules->ndrawn = 5;
    struct tacro_summary *s = report(f);
    assert_int_equal(s->ndrivers, 3); /* rejection does not differ between regimens */
    assert_int_equal(s->drivers[1].outcome, 0);
    assert_int_equal(s->drivers[1].regimen, 1);
    const struct tacro_drivers *d = &s->drivers[2];
    assert_int_equal(d->outcome, 1);
    assert_int_equal(d->regimen, 0);
    assert_true(d->is_computed);
    assert_int_equal(d->n, 2);
    assert_string_equal(d->driver[0].name, "A");
    assert_string_equal(d->driver[0].set, "rounded");
    test_check_close("a", d->driver[0].share, 0.8, 1e-6);
    assert_string_equal(d->driver[1].name, "B");
    assert_string_equal(d->driver[1].set, "rejection_lung");
    test_check_close("b", d->driver[1].share, 0.2, 1e-6);
    assert_true(fabs(d->unexplained) < 1e-6 && d->rest == 0.0);
    tacro_summary_free(s);
    rules->ndrawn = 6; /* PRES: A, G, G2; three draws a number are nine */
    s = report(f);
    assert_int_equal(s->drivers[0].nparameters, 3);
    assert_false(s->drivers[0].is_computed);
    assert_true(s->drivers[2].is_computed);
    tacro_summary_free(s);
    *rules = kept;
}

/* Of the covariates that the scenario has at the reference nothing can come. */
static void test_drivers_can_act_and_are_named(void **state)
{
    struct fixture *f = *state;
    struct tacro_input *input = f->scenario->input;
    const struct tacro_paramset *risk = input->risk[0];
    struct tacro_covariate_step step = {.value = 0.0};
    struct tacro_covariate *organ = &input->covariate[TACRO_COV_organ];
    const struct tacro_covariate kept = *organ;
    struct tacro_drawn liver = {.set = 1, .name = "M_ORG:organ:liver"};
    const struct tacro_drawn others[] = {{.set = 1, .name = "H0:age"},
                                         {.set = 1, .name = "G"},
                                         {.set = 1, .name = "incidence"},
                                         {.set = 0, .name = "none"}};
    static const char *const words[] = {"effect of age",
                                        "G (Hill exponent of the stress)",
                                        "incidence of the anchor", "PK none"};
    char said[128];
    assert_true(risk->nuncertain > 0);
    *organ =
        (struct tacro_covariate){.distribution = TACRO_STEPS, .n = 1, .step = &step};
    assert_false(tacro_driver_acts(input, &liver)); /* lung */
    step.value = 2.0;
    assert_true(tacro_driver_acts(input, &liver));
    organ->n = 2; /* changes with time */
    step.value = 0.0;
    assert_true(tacro_driver_acts(input, &liver));
    *organ = (struct tacro_covariate){.distribution = TACRO_ABSENT};
    assert_false(tacro_driver_acts(input, &liver)); /* lung in the reference */
    *organ = kept;
    tacro_driver_words(input, &liver, said, sizeof said);
    assert_string_equal(said, "effect of organ liver");
    for (size_t i = 0; i < 4; i++) {
        assert_true(tacro_driver_acts(input, &others[i]));
        tacro_driver_words(input, &others[i], said, sizeof said);
        assert_string_equal(said, words[i]);
    }
}

/* What follows the event acts on its recurrence, but for what comes of the event. */
static void test_drivers_of_a_recurrence_are_also_of_the_recovery(void **state)
{
    struct fixture *f = *state;
    struct tacro_history *history = &f->scenario->input->history;
    struct tacro_rules *rules = f->scenario->rules;
    const struct tacro_rules kept = *rules;
    double value[NDRAWS];
    struct tacro_drawn drawn[3] = {
        {.set = 1, .name = "after.RECOVERY", .law = TACRO_LAW_LOG, .value = value},
        {.set = 1, .name = "after.MORTALITY", .law = TACRO_LAW_BETA, .value = value},
        {.set = 2, .name = "after.RECOVERY", .law = TACRO_LAW_LOG, .value = value}};
    struct tacro_compare *compare = NULL;
    struct tacro_summary summary = {.reference = 0, .nregimens = 1};
    for (size_t m = 0; m < NDRAWS; m++) {
        value[m] = mean_risk(0, 0, m);
    }
    assert_int_equal(tacro_compare_create(f->scenario, f->tally, true, &compare, NULL),
                     TACRO_OK);
    assert_int_equal(tacro_compare_fill(compare, &summary.comparison, NULL), TACRO_OK);
    rules->drawn = drawn;
    rules->ndrawn = 3;
    history->is_given = true;
    history->risk = 0;
    assert_int_equal(tacro_drivers_list(f->scenario, compare, &summary, NULL),
                     TACRO_OK);
    assert_int_equal(summary.ndrivers, 2); /* one regimen, two outcomes */
    assert_int_equal(summary.drivers[0].nparameters, 1);
    assert_string_equal(summary.drivers[0].driver[0].name, "after.RECOVERY");
    assert_int_equal(summary.drivers[1].nparameters, 0);
    history->is_given = false;
    *rules = kept;
    free(summary.drivers);
    tacro_comparison_free(&summary.comparison);
    tacro_compare_free(compare);
}

static void test_ledger_marks_laws_and_extrapolation(void **state)
{
    struct fixture *f = *state;
    struct tacro_paramset *risk = f->scenario->input->risk[0];
    struct tacro_theta *ke = &risk->theta[tacro_paramset_theta(risk, "KE")];
    struct tacro_theta *g = &risk->theta[tacro_paramset_theta(risk, "G")];
    const struct tacro_uncertainty law = {.law = TACRO_LAW_LOG,
                                          .sd = 0.6,
                                          .min = -INFINITY,
                                          .max = INFINITY,
                                          .text = "log sd 0.6"};
    const double last = risk->last_day;
    ke->uncertainty = g->uncertainty = law;
    risk->last_day = 2.0;
    f->tally->regimen[1].troughs = 50;
    f->tally->regimen[1].troughs_under_2 = 6;
    f->scenario->input->ndraws = 1;
    struct tacro_summary *s = report(f);
    assert_false(has_text(s, "uncertainty", "KE")); /* nothing varies */
    assert_true(
        has_text(s, "extrapolation", "b: 12 % of all C0 in the window under 2 ng/mL"));
    assert_false(has_text(s, "extrapolation", "a: "));
    assert_true(has_text(s, "extrapolation", "risk file pres_lung is calibrated"));
    assert_false(has_text(s, "extrapolation", "rejection_lung is calibrated"));
    tacro_summary_free(s);
    f->scenario->input->ndraws = NDRAWS;
    s = report(f);
    assert_true(
        has_text(s, "uncertainty", "pres_lung: KE: drawn with log sd 0.6 (ASSUMED)"));
    assert_false(
        has_text(s, "uncertainty", "pres_lung: G: ")); /* computed, not assumed */
    tacro_summary_free(s);
    risk->last_day = last;
}

int main(void)
{
#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(test_interval_is_over_draws),
        WITH(test_monte_carlo_error_is_that_of_one_draw),
        cmocka_unit_test(test_patients_needed_are_of_the_width_without_the_error),
        WITH(test_spread_is_between_the_patients_of_a_draw),
        WITH(test_first_events_and_death_have_intervals),
        WITH(test_a_bare_tally_is_enough),
        WITH(test_drivers_are_those_of_the_logit),
        WITH(test_drivers_can_act_and_are_named),
        WITH(test_drivers_of_a_recurrence_are_also_of_the_recovery),
        WITH(test_ledger_marks_laws_and_extrapolation),
    };
    return cmocka_run_group_tests_name("risk report", tests, NULL, NULL);
}
