/** Drawn ETAs, kappas and frailties have the moments of the shipped params files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine.h"

#define NSUBJECTS 40000
#define NOCCASIONS 10
#define NPER_SLOT (NSUBJECTS / NOCCASIONS)

/* Seeds are fixed: a bound of 4 standard errors is met or missed once and for all. */
#define BOUND 4.0

/*
 * Every random effect of the shipped files, as published: cv of a log-normal, or log
 * sd.
 */
static const struct {
    size_t set; /* 0: sikma2020_thoracic_icu, 1: pres_lung, 2: rejection_lung */
    const char *theta;
    double omega_cv;
    double omega_log_sd;
    double kappa_cv;
} effects[] = {
    {0, "CL", 0.421, 0.0, 0.0},     {0, "V1", 0.10, 0.0, 0.0},
    {0, "Q", 0.10, 0.0, 0.0},       {0, "V2", 0.10, 0.0, 0.0},
    {0, "KA", 0.10, 0.0, 0.983},    {0, "F1", 0.10, 0.0, 0.65},
    {0, "BMAX", 0.27, 0.0, 0.0},    {0, "KD", 0.03, 0.0, 0.0},
    {0, "NPLASMA", 0.29, 0.0, 0.0}, {1, "H0", 0.0, 0.7, 0.0},
    {2, "LAM", 0.0, 0.5, 0.0},
};
#define NEFFECTS (sizeof effects / sizeof effects[0])

struct sample {
    struct tacro_scenario *scenario;
    size_t rule[NEFFECTS];
    double *eta[NEFFECTS];   /* [NSUBJECTS] */
    double *kappa[NEFFECTS]; /* [NSUBJECTS]: NPER_SLOT patients in each of the slots */
};

static const char text[] = "title: statistics\n"
                           "pk: sikma2020_thoracic_icu\n"
                           "risk: [pres_lung, rejection_lung]\n"
                           "start: {day: 0, clock: \"08:00\"}\n"
                           "horizon: 4 d\n"
                           "output: {every: 6 h}\n"
                           "seed: 20260322\n"
                           "draws: 1\n"
                           "patients:\n"
                           "  n: 40000\n"
                           "  hematocrit: 0.3\n"
                           "  age: 50 y\n"
                           "  sex: male\n"
                           "  map: 95 mmHg\n"
                           "  aki: false\n"
                           "  infection: false\n"
                           "  hypomagnesemia: false\n"
                           "  cystic_fibrosis: false\n"
                           "  connective_tissue_disease: false\n"
                           "  hla_mismatches: 2\n"
                           "  bilateral: true\n"
                           "regimens:\n"
                           "  a: {steps: [{give: 3 mg, every: 12 h}]}\n";

static double log_sd(double cv)
{
    return sqrt(log(1.0 + cv * cv));
}

static double omega_of(size_t e)
{
    return effects[e].omega_log_sd > 0.0 ? effects[e].omega_log_sd
                                         : log_sd(effects[e].omega_cv);
}

/* What the covariates above leave of a typical value: -0.75 x 0.72 - 0.25 x 0.56. */
static double typical_log(const struct sample *x, size_t e)
{
    const double typical = x->scenario->rules->rule[x->rule[e]].typical;
    const bool is_lam = strcmp(effects[e].theta, "LAM") == 0;
    return log(typical) + (is_lam ? -0.75 * 0.72 - 0.25 * 0.56 : 0.0);
}

static void draw_effect(struct sample *x, const struct tacro_subject *subject, size_t i,
                        size_t e)
{
    const struct tacro_rules *rules = x->scenario->rules;
    const size_t rule = x->rule[e];
    const int32_t slot = (int32_t)(i / NPER_SLOT) - 2; /* before start, too */
    const double omega = omega_of(e);
    const double shift = effects[e].set > 0 ? 0.5 * omega * omega : 0.0; /* frailty */
    x->eta[e][i] = log(subject->fixed[rule]) - typical_log(x, e) + shift;
    x->kappa[e][i] = log(tacro_subject_value(rules, rule, subject, 12.0 * slot, slot)) -
                     log(subject->fixed[rule]);
}

static int set_up(void **state)
{
    struct sample *x = calloc(1, sizeof *x);
    assert_non_null(x);
    x->scenario = test_scenario(text);
    for (size_t e = 0; e < NEFFECTS; e++) {
        const struct tacro_rules *rules = x->scenario->rules;
        x->eta[e] = calloc(NSUBJECTS, sizeof *x->eta[e]);
        x->kappa[e] = calloc(NSUBJECTS, sizeof *x->kappa[e]);
        assert_non_null(x->eta[e]);
        assert_non_null(x->kappa[e]);
        while (x->rule[e] < rules->n &&
               (rules->rule[x->rule[e]].set != effects[e].set ||
                strcmp(rules->rule[x->rule[e]].theta->name, effects[e].theta) != 0)) {
            x->rule[e]++;
        }
        assert_true(x->rule[e] < rules->n);
    }
    for (size_t i = 0; i < NSUBJECTS; i++) {
        struct tacro_subject subject;
        tacro_subject_draw(x->scenario->rules, i, &subject);
        for (size_t e = 0; e < NEFFECTS; e++) {
            draw_effect(x, &subject, i, e);
        }
    }
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct sample *x = *state;
    for (size_t e = 0; e < NEFFECTS; e++) {
        free(x->eta[e]);
        free(x->kappa[e]);
    }
    tacro_scenario_free(x->scenario);
    free(x);
    return 0;
}

static void test_statistics_every_effect_of_the_files_is_looked_at(void **state)
{
    const struct sample *x = *state;
    const struct tacro_input *in = x->scenario->input;
    const unsigned ports = tacro_input_ports(in);
    size_t n = 0;
    for (size_t i = 0; i < in->pk->neffects; i++) {
        n += tacro_paramset_is_used(in->pk, &in->pk->theta[in->pk->effect[i].theta],
                                    ports);
    }
    for (size_t i = 0; i < in->nrisks; i++) {
        n += in->risk[i]->neffects;
    }
    assert_int_equal(n, NEFFECTS);
}

/*
 * A normal sample: mean within sd/sqrt(n), variance within sd^2 sqrt(2/n), third
 * central moment within sd^3 sqrt(6/n), fourth within sd^4 sqrt(96/n) of 3 sd^4.
 */
static void check_normal(const char *what, const char *name, const double *z, size_t n,
                         double sd)
{
    const double count = (double)n;
    const double want[4] = {0.0, 1.0, 0.0, 3.0};
    const double error[4] = {1.0, sqrt(2.0), sqrt(15.0), sqrt(96.0)};
    double moment[4] = {0.0, 0.0, 0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        for (int p = 0; p < 4; p++) {
            moment[p] += pow(z[i] / sd, p + 1) / count;
        }
    }
    for (int p = 0; p < 4; p++) {
        if (!(fabs(moment[p] - want[p]) < BOUND * error[p] / sqrt(count))) {
            fail_msg("%s of %s: moment %d is %.5f, expected %g within %.5f", what, name,
                     p + 1, moment[p], want[p], BOUND * error[p] / sqrt(count));
        }
    }
}

static void
test_statistics_eta_moments_match_omega_within_4_standard_errors(void **state)
{
    const struct sample *x = *state;
    for (size_t e = 0; e < NEFFECTS; e++) {
        check_normal("ETA", effects[e].theta, x->eta[e], NSUBJECTS, omega_of(e));
    }
}

static void test_statistics_kappa_moments_match_within_4_standard_errors(void **state)
{
    const struct sample *x = *state;
    for (size_t e = 0; e < NEFFECTS; e++) {
        const double sd = log_sd(effects[e].kappa_cv);
        if (sd > 0.0) {
            check_normal("kappa", effects[e].theta, x->kappa[e], NSUBJECTS, sd);
            for (size_t o = 0; o < NOCCASIONS; o++) {
                check_normal("kappa of one slot", effects[e].theta,
                             x->kappa[e] + o * NPER_SLOT, NPER_SLOT, sd);
            }
        } else {
            for (size_t i = 0; i < NSUBJECTS; i++) {
                assert_true(x->kappa[e][i] == 0.0);
            }
        }
    }
}

/* Log-normal with mean 1: standard error sqrt((exp(omega^2) - 1) / n). */
static void test_statistics_frailties_have_mean_one(void **state)
{
    const struct sample *x = *state;
    for (size_t e = 0; e < NEFFECTS; e++) {
        if (effects[e].set > 0) {
            const double omega = omega_of(e);
            double mean = 0.0;
            for (size_t i = 0; i < NSUBJECTS; i++) {
                mean += exp(x->eta[e][i] - 0.5 * omega * omega) / NSUBJECTS;
            }
            assert_true(fabs(mean - 1.0) <
                        BOUND * sqrt((exp(omega * omega) - 1.0) / NSUBJECTS));
        }
    }
}

/* Independent normals: the correlation has standard error 1/sqrt(n). */
static void check_uncorrelated(const char *what, const double *a, double sd_a,
                               const double *b, double sd_b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] / sd_a * (b[i] / sd_b) / (double)n;
    }
    if (!(fabs(sum) < BOUND / sqrt((double)n))) {
        fail_msg("%s: correlation %.5f, standard error %.5f", what, sum,
                 1.0 / sqrt((double)n));
    }
}

static void
test_statistics_effects_of_different_parameters_are_uncorrelated(void **state)
{
    const struct sample *x = *state;
    for (size_t e = 0; e < NEFFECTS; e++) {
        for (size_t f = 0; f < NEFFECTS; f++) {
            char what[64];
            const double kappa = log_sd(effects[f].kappa_cv);
            snprintf(what, sizeof what, "%s and %s", effects[e].theta,
                     effects[f].theta);
            if (f < e) {
                check_uncorrelated(what, x->eta[e], omega_of(e), x->eta[f], omega_of(f),
                                   NSUBJECTS);
            }
            if (kappa > 0.0) {
                check_uncorrelated(what, x->eta[e], omega_of(e), x->kappa[f], kappa,
                                   NSUBJECTS);
            }
            if (kappa > 0.0 && f < e && effects[e].kappa_cv > 0.0) {
                check_uncorrelated(what, x->kappa[e], log_sd(effects[e].kappa_cv),
                                   x->kappa[f], kappa, NSUBJECTS);
            }
        }
    }
}

static void
test_statistics_neighbours_in_patient_and_slot_are_uncorrelated(void **state)
{
    const struct sample *x = *state;
    const struct tacro_rules *rules = x->scenario->rules;
    double *next = calloc(NSUBJECTS, sizeof *next);
    assert_non_null(next);
    for (size_t e = 0; e < NEFFECTS; e++) {
        const double omega = omega_of(e);
        const double kappa = log_sd(effects[e].kappa_cv);
        check_uncorrelated("neighbours' ETA", x->eta[e], omega, x->eta[e] + 1, omega,
                           NSUBJECTS - 1);
        for (size_t i = 0; kappa > 0.0 && i < NSUBJECTS; i++) {
            struct tacro_subject subject;
            const int32_t slot = (int32_t)(i / NPER_SLOT) - 1;
            tacro_subject_draw(rules, i, &subject);
            next[i] = log(tacro_subject_value(rules, x->rule[e], &subject, 0.0, slot)) -
                      log(subject.fixed[x->rule[e]]);
        }
        if (kappa > 0.0) {
            check_uncorrelated("kappas of neighbouring slots", x->kappa[e], kappa, next,
                               kappa, NSUBJECTS);
        }
    }
    free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics_every_effect_of_the_files_is_looked_at),
        cmocka_unit_test(
            test_statistics_eta_moments_match_omega_within_4_standard_errors),
        cmocka_unit_test(test_statistics_kappa_moments_match_within_4_standard_errors),
        cmocka_unit_test(test_statistics_frailties_have_mean_one),
        cmocka_unit_test(
            test_statistics_effects_of_different_parameters_are_uncorrelated),
        cmocka_unit_test(
            test_statistics_neighbours_in_patient_and_slot_are_uncorrelated),
    };
    return cmocka_run_group_tests_name("statistics", tests, set_up, tear_down);
}
