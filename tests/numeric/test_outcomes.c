/**
 * Outcomes that rules wait for: drawn from the patient's own hazard, and counted as
 * they happened. Outcomes that no rule waits for keep the mean of their probabilities.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rng.h"
#include "run/tally.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/follow.h"

#define NPATIENTS 4096
#define HAZARD 0.015        /* 1/h, of PRES */
#define OTHER 0.004         /* 1/h, of rejection */
#define LANDMARK 30.0       /* h */
#define HORIZON 480.0       /* h */
#define ONE 1099511627776.0 /* 2^40, in which a tally counts probabilities */

/* %s: PK file, risk files, patients, regimens */
static const char head[] = "title: outcomes\n"
                           "pk: %s\n"
                           "risk: [%s, %s]\n"
                           "start: {day: 0, clock: \"08:00\"}\n"
                           "horizon: 480 h\n"
                           "landmark: 30 h\n"
                           "output: {every: 12 h}\n"
                           "seed: 20261\n"
                           "patients: {n: 4096%s}\n"
                           "regimens:\n%s";

/* The first dose after the event is another one, so the levels do change. */
static const char stop_at_pres[] = "  stop:\n"
                                   "    steps: [{give: 3 mg, every: 12 h}]\n"
                                   "    when: {pres: [{give: 1 mg, every: 24 h}]}\n";

static char pres_path[128];
static char rejection_path[128];
static char raised_path[128];

static int write_risks(void **state)
{
    if (test_folder_make(state) != 0) {
        return -1;
    }
    test_constant_hazard("pres", HAZARD, pres_path);
    test_constant_hazard("rejection", OTHER, rejection_path);
    test_risk_file("pres_lung", "value: 1.6e-4 1/d", "value: 8e-2 1/d", raised_path);
    return 0;
}

static int remove_risks(void **state)
{
    test_file_remove(pres_path);
    test_file_remove(rejection_path);
    test_file_remove(raised_path);
    return test_folder_drop(state);
}

/* -- a run in memory --------------------------------------------------------------- */

/* What a run of one regimen leaves of the outcomes, patient by patient. */
struct outcomes {
    struct tacro_scenario *scenario;
    struct tacro_tally *tally;
    double *event;  /* [NPATIENTS][2] h from start, INFINITY: none */
    double *hazard; /* [NPATIENTS][2][ndays] cumulative from the landmark; NaN before */
};

static void keep_lane(struct outcomes *o, const struct test_follow *f,
                      const struct tacro_block_result *r, size_t l, size_t patient)
{
    const struct tacro_scenario *s = o->scenario;
    const size_t nstates = f->setup.system->nstates;
    const size_t origin = (size_t)s->record_of[s->landmark_output];
    for (size_t k = 0; k < 2; k++) {
        const size_t state = (size_t)f->setup.system->hazard_state[k + 1];
        const double *h = r->state + state * TACRO_LANES + l;
        o->event[2 * patient + k] = r->event_time[k * TACRO_LANES + l];
        for (size_t d = 0; d < s->ndays; d++) {
            const size_t record = (size_t)s->record_of[s->day_output[d]];
            o->hazard[(2 * patient + k) * s->ndays + d] =
                record < origin ? (double)NAN
                                : h[record * nstates * TACRO_LANES] -
                                      h[origin * nstates * TACRO_LANES];
        }
    }
}

static struct outcomes run_outcomes(const char *yaml, const struct tacro_method *method,
                                    size_t ngroups)
{
    struct outcomes o = {.scenario = test_scenario(yaml)};
    struct test_follow f;
    struct tacro_grid grid;
    tacro_grid_fill(&grid);
    o.event = calloc((size_t)2 * NPATIENTS, sizeof *o.event);
    o.hazard = calloc((size_t)2 * NPATIENTS * o.scenario->ndays, sizeof *o.hazard);
    assert_non_null(o.event);
    assert_non_null(o.hazard);
    assert_int_equal(tacro_tally_create(o.scenario, &o.tally, NULL), TACRO_OK);
    test_follow_create(o.scenario, 0, method, 1e-6, &f);
    for (size_t group = 0; group < ngroups; group++) {
        struct tacro_gather *gather = NULL;
        assert_int_equal(tacro_gather_create(o.scenario, 0, group, TACRO_GROUP,
                                             TACRO_GROUP_BLOCKS, &gather, NULL),
                         TACRO_OK);
        for (size_t block = 0; block < TACRO_GROUP_BLOCKS; block++) {
            const struct tacro_block_result *r = test_follow_block(&f, group, block);
            assert_int_equal(tacro_gather_block(o.scenario, f.setup.kernels, &grid, r,
                                                f.course, f.row, gather, NULL),
                             TACRO_OK);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                keep_lane(&o, &f, r, l, group * TACRO_GROUP + f.row[l]);
            }
        }
        tacro_tally_add(o.tally, gather, 0, TACRO_GROUP, group * TACRO_GROUP);
        tacro_gather_free(gather);
    }
    test_follow_free(&f);
    return o;
}

static void free_outcomes(struct outcomes *o)
{
    tacro_tally_free(o->tally);
    tacro_scenario_free(o->scenario);
    free(o->event);
    free(o->hazard);
}

static struct outcomes run_constant(const struct tacro_method *method, size_t ngroups)
{
    char yaml[4096];
    snprintf(yaml, sizeof yaml, head, "effect_site", pres_path, rejection_path, "",
             stop_at_pres);
    return run_outcomes(yaml, method, ngroups);
}

/* -- times ------------------------------------------------------------------------- */

/* When a patient's outcome comes under a constant hazard from the landmark on. */
static double expected_time(const struct tacro_scenario *s, size_t outcome,
                            uint64_t patient)
{
    const double hazard = outcome == 0 ? HAZARD : OTHER;
    const struct tacro_rng_key key = {.seed = s->input->seed,
                                      .stream = TACRO_STREAM_OUTCOME,
                                      .patient = patient,
                                      .k = s->outcome_key[outcome]};
    const double t = LANDMARK - log(tacro_rng_uniform(&key)) / hazard;
    return t <= HORIZON ? t : (double)INFINITY;
}

static void check_times(const struct outcomes *o, size_t n)
{
    for (size_t i = 0; i < 2 * n; i++) { /* no rule waits for rejection */
        const double want = expected_time(o->scenario, i % 2, i / 2);
        const double t = o->event[i];
        if (isfinite(want) ? !(fabs(t - want) <= 1e-6) : t != want) {
            fail_msg("patient %zu, outcome %zu: at %.12g h, expected %.12g h", i / 2,
                     i % 2, t, want);
        }
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Largest distance of the share of patients with an event from 1 - exp(-h t). */
static double kolmogorov(const struct outcomes *o, size_t n)
{
    double *time = calloc(n, sizeof *time);
    double worst = 0.0;
    assert_non_null(time);
    for (size_t i = 0; i < n; i++) {
        time[i] = o->event[2 * i];
    }
    qsort(time, n, sizeof *time, ascending);
    for (size_t i = 0; i < n && isfinite(time[i]); i++) {
        const double p = -expm1(-HAZARD * (time[i] - LANDMARK));
        worst = fmax(worst, fabs((double)i / (double)n - p));
        worst = fmax(worst, fabs((double)(i + 1) / (double)n - p));
    }
    free(time);
    return worst;
}

static void test_event_times_are_exponential(void **state)
{
    struct outcomes o = run_constant(&tacro_method_exact, NPATIENTS / TACRO_GROUP);
    const double d = kolmogorov(&o, NPATIENTS);
    (void)state;
    check_times(&o, NPATIENTS);
    /* 1.63 / sqrt(n): exceeded with a probability of 1 % */
    if (!(d < 1.63 / sqrt(NPATIENTS))) {
        fail_msg("Kolmogorov-Smirnov distance %.4g", d);
    }
    free_outcomes(&o);
}

static void test_cvode_has_the_same_event_times(void **state)
{
    struct outcomes o = run_constant(&tacro_method_cvode, 1);
    (void)state;
    check_times(&o, TACRO_GROUP);
    free_outcomes(&o);
}

/* -- risks ------------------------------------------------------------------------- */

static size_t events_until(const struct outcomes *o, size_t outcome, double t)
{
    size_t n = 0;
    for (size_t i = 0; i < NPATIENTS; i++) {
        n += o->event[2 * i + outcome] <= t;
    }
    return n;
}

/* Mean probability of an outcome, and of neither, at a day as the definition has it. */
static void mean_risks(const struct outcomes *o, size_t d, double *rejection,
                       double *neither)
{
    const struct tacro_scenario *s = o->scenario;
    const double t = s->time[s->day_output[d]];
    double sum[2] = {0.0, 0.0};
    for (size_t i = 0; i < NPATIENTS; i++) {
        const double h = o->hazard[(2 * i + 1) * s->ndays + d];
        sum[0] += -expm1(-h);
        sum[1] += o->event[2 * i] <= t ? 0.0 : exp(-h);
    }
    *rejection = sum[0] / NPATIENTS;
    *neither = sum[1] / NPATIENTS;
}

/* Of a run of all patients under a regimen that waits for outcome 0 alone. */
static void check_risks(const struct outcomes *o)
{
    const struct tacro_scenario *s = o->scenario;
    const struct tacro_regimen_tally *t = &o->tally->regimen[0];
    size_t ndays = 0;
    assert_int_equal(t->failed, 0);
    assert_int_equal(t->n[0], NPATIENTS);
    for (size_t d = 0; d < s->ndays; d++) {
        const double time = s->time[s->day_output[d]];
        double rejection;
        double neither;
        if (time < LANDMARK) {
            assert_true(t->risk[d] == 0);
            continue;
        }
        mean_risks(o, d, &rejection, &neither);
        assert_true((double)t->risk[d] == ONE * (double)events_until(o, 0, time));
        assert_true(fabs((double)t->risk[s->ndays + d] / ONE / NPATIENTS - rejection) <
                    1e-9);
        assert_true(fabs((double)t->event_free[d] / ONE / NPATIENTS - neither) < 1e-9);
        ndays++;
    }
    assert_int_equal(ndays, s->ndays - 2); /* 08:00 of days 0 and 1 come before */
    assert_true((double)t->risk_horizon[0] ==
                ONE * (double)events_until(o, 0, HORIZON));
}

static void test_a_constant_hazard_gives_the_share_of_events(void **state)
{
    struct outcomes o = run_constant(&tacro_method_exact, NPATIENTS / TACRO_GROUP);
    const struct tacro_scenario *s = o.scenario;
    (void)state;
    check_risks(&o);
    for (size_t d = 2; d < s->ndays; d++) {
        /* the hazard of the outcome that is not simulated is not touched by rules */
        const double t = s->time[s->day_output[d]];
        const double risk =
            (double)o.tally->regimen[0].risk[s->ndays + d] / ONE / NPATIENTS;
        assert_true(fabs(risk + expm1(-OTHER * (t - LANDMARK))) < 1e-8);
    }
    assert_true(events_until(&o, 0, HORIZON) > NPATIENTS * 99 / 100);
    free_outcomes(&o);
}

static void test_an_outcome_without_a_rule_keeps_its_probability(void **state)
{
    char yaml[4096];
    struct outcomes o;
    (void)state;
    snprintf(yaml, sizeof yaml, head, "sikma2020_thoracic_icu", raised_path,
             "rejection_lung", ", hematocrit: 0.3", stop_at_pres);
    o = run_outcomes(yaml, &tacro_method_exact, NPATIENTS / TACRO_GROUP);
    check_risks(&o);
    assert_true(events_until(&o, 0, HORIZON) > NPATIENTS / 10);
    assert_true(events_until(&o, 0, HORIZON) < NPATIENTS * 9 / 10);
    {
        /* the rejections that were drawn are as many as the hazard says: 4 SD */
        const double p = (double)o.tally->regimen[0].risk_horizon[1] / ONE / NPATIENTS;
        const double share = (double)events_until(&o, 1, HORIZON) / NPATIENTS;
        assert_true(p > 0.01);
        assert_true(fabs(share - p) < 4.0 * sqrt(p * (1.0 - p) / NPATIENTS));
    }
    free_outcomes(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_times_are_exponential),
        cmocka_unit_test(test_cvode_has_the_same_event_times),
        cmocka_unit_test(test_a_constant_hazard_gives_the_share_of_events),
        cmocka_unit_test(test_an_outcome_without_a_rule_keeps_its_probability),
    };
    return cmocka_run_group_tests(tests, write_risks, remove_risks);
}
