/**
 * Random effects between occasions: kappas whose spread changes, and wander, against
 * their definition and the closed forms of a stationary autoregression.
 */
#include "cohort/subject.h"

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
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/kernels.h"

#define OCCASION 12.0 /* h, of the PK file */
#define DAY 24.0
#define CORRELATION 120.0
#define WANDER 0.35

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_rules *rules;
    size_t f1;
};

static struct tacro_effect *effect_on(const struct tacro_scenario *s, const char *name)
{
    struct tacro_paramset *pk = s->input->pk;
    for (size_t i = 0; i < pk->neffects; i++) {
        if (strcmp(pk->theta[pk->effect[i].theta].name, name) == 0) {
            return &pk->effect[i];
        }
    }
    fail_msg("no effect on %s", name);
    return NULL;
}

/* F1 with that effect between occasions; KA keeps its plain kappa. */
static void open_fixture(struct fixture *f, const struct tacro_effect *effect,
                         const char *start, const char *horizon)
{
    char text[1024];
    struct tacro_effect *f1;
    snprintf(text, sizeof text,
             "title: occasions\n"
             "pk: sikma2020_thoracic_icu\n"
             "start: {%s}\n"
             "%s"
             "horizon: %s\n"
             "output: {every: 6 h}\n"
             "seed: 7\n"
             "draws: 1\n"
             "patients: {n: 300, hematocrit: 0.3}\n"
             "regimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
             start, strstr(start, "day: 0") != NULL ? "" : "before: none\n", horizon);
    f->scenario = test_scenario(text);
    f1 = effect_on(f->scenario, "F1");
    const size_t theta = f1->theta;
    *f1 = *effect;
    f1->theta = theta;
    assert_int_equal(tacro_rules_create(f->scenario->input, &f->rules, NULL), TACRO_OK);
    f->f1 = f->rules->f1;
}

static void close_fixture(struct fixture *f)
{
    tacro_rules_free(f->rules);
    tacro_scenario_free(f->scenario);
}

static const struct tacro_effect wandering = {.wander = WANDER,
                                              .correlation_time = CORRELATION};
static const struct tacro_effect both = {
    .kappa = 0.5,
    .wander = WANDER,
    .correlation_time = CORRELATION,
    .kappas = {3, {{24.0, 0.5}, {168.0, 0.3}, {240.0, 0.7}}},
    .wanders = {2, {{0.0, WANDER}, {192.0, 0.2}}}};

static double normal_at(enum tacro_stream stream, uint64_t patient, int32_t occasion)
{
    const struct tacro_rng_key key = {.seed = 7,
                                      .stream = stream,
                                      .patient = patient,
                                      .occasion = occasion,
                                      .k = tacro_rng_name("pk.F1")};
    return tacro_rng_normal(&key);
}

/* Of slots of 12 h. */
static int32_t day_of(int32_t slot)
{
    return slot >= 0 ? slot / 2 : -((1 - slot) / 2);
}

/* The definition, as far back as the terms matter to a double. */
static double wander_on(uint64_t patient, int32_t day, double cut)
{
    const double phi = exp(-DAY / CORRELATION);
    double sum = 0.0;
    for (int32_t j = 0; j == 0 || pow(phi, j - 1) >= cut; j++) {
        sum += sqrt(1.0 - phi * phi) * pow(phi, j) *
               normal_at(TACRO_STREAM_WANDER, patient, day - j);
    }
    return sum;
}

static double factor_of(const struct fixture *f, const struct tacro_subject *subject,
                        int32_t slot)
{
    return f->rules->rule[f->f1].kappa *
           tacro_subject_kappa(f->rules, f->f1, subject, slot);
}

/* -- definition -------------------------------------------------------------------- */

static void test_wander_is_the_sum_of_its_days(void **state)
{
    struct fixture f;
    struct tacro_subject x;
    (void)state;
    open_fixture(&f, &wandering, "day: 0, clock: \"08:00\"", "30 d");
    const struct tacro_rule *rule = &f.rules->rule[f.f1];
    assert_true(rule->kappa == WANDER && rule->is_dynamic && rule->has_course);
    assert_int_equal(f.rules->nkappas, 2); /* KA's beside it */
    /* phi = exp(-0.2): phi^46 >= 1e-4 > phi^47 */
    assert_int_equal(rule->nwander, 48);
    for (uint64_t i = 0; i < 40; i++) {
        tacro_subject_draw(f.rules, i, &x);
        for (int32_t slot = -3; slot < 60; slot += 3) {
            const double want = WANDER * wander_on(i, day_of(slot), 1e-4);
            assert_true(fabs(factor_of(&f, &x, slot) - want) < 1e-13);
            /* what is left out */
            assert_true(fabs(want - WANDER * wander_on(i, day_of(slot), 1e-18)) < 5e-4);
            test_check_close("F1", tacro_subject_value(f.rules, f.f1, &x, 0.0, slot),
                             x.fixed[f.f1] * exp(want), 1e-12);
        }
    }
    close_fixture(&f);
}

/* All slots of a day, from a multiple of 24 h after slot 0 on, before it too. */
static void test_wander_is_the_same_within_a_day(void **state)
{
    static const struct {
        double occasion;
        int slots; /* of a day */
    } days[] = {{12.0, 2}, {8.0, 3}, {2.4, 10}, {24.0, 1}};
    struct fixture f;
    struct tacro_subject x;
    (void)state;
    open_fixture(&f, &wandering, "day: 0, clock: \"08:00\"", "30 d");
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        f.scenario->input->pk->occasion = days[i].occasion;
        tacro_subject_draw(f.rules, i, &x);
        for (int32_t day = -4; day < 30; day++) {
            for (int32_t s = 0; s < days[i].slots; s++) {
                const double got = factor_of(&f, &x, day * days[i].slots + s);
                assert_true(fabs(got - WANDER * wander_on(i, day, 1e-4)) < 1e-13);
            }
        }
    }
    /* slots of two days and a half: the days that they start in */
    f.scenario->input->pk->occasion = 60.0;
    assert_true(fabs(factor_of(&f, &x, 3) - WANDER * wander_on(3, 7, 1e-4)) < 1e-13);
    assert_true(fabs(factor_of(&f, &x, -1) - WANDER * wander_on(3, -3, 1e-4)) < 1e-13);
    close_fixture(&f);
}

/* Slots start at the trough clock, 08:00: slot 14 at 176 h, slot 13 at 164 h. */
static void test_spreads_step_at_the_slot_that_starts_at_or_after_them(void **state)
{
    struct fixture f;
    struct tacro_subject x;
    (void)state;
    open_fixture(&f, &both, "day: 4, clock: \"08:00\"", "30 d");
    f.scenario->input->trough_clock = 8.0;
    assert_true(f.rules->rule[f.f1].kappa == 0.5);
    for (uint64_t i = 0; i < 20; i++) {
        tacro_subject_draw(f.rules, i, &x);
        for (int32_t slot = -2; slot < 40; slot++) {
            const double hours = 12.0 * slot + 8.0;
            const double kappa = hours < 168.0 ? 0.5 : hours < 240.0 ? 0.3 : 0.7;
            const double wander = hours < 192.0 ? WANDER : 0.2;
            const double want = kappa * normal_at(TACRO_STREAM_KAPPA, i, slot) +
                                wander * wander_on(i, day_of(slot), 1e-4);
            assert_true(fabs(factor_of(&f, &x, slot) - want) < 1e-13);
        }
    }
    /* a slot that starts at the very instant has the spread from then on */
    f.scenario->input->trough_clock = 0.0;
    const double at =
        0.3 * normal_at(TACRO_STREAM_KAPPA, 19, 14) + WANDER * wander_on(19, 7, 1e-4);
    assert_true(fabs(factor_of(&f, &x, 14) - at) < 1e-13);
    close_fixture(&f);
}

static void test_kappa_alone_may_change_with_the_time(void **state)
{
    const struct tacro_effect effect = {.kappa = 0.5,
                                        .kappas = {2, {{0.0, 0.5}, {168.0, 0.25}}}};
    struct fixture f;
    struct tacro_subject x;
    (void)state;
    open_fixture(&f, &effect, "day: 0, clock: \"08:00\"", "30 d");
    tacro_subject_draw(f.rules, 3, &x);
    for (int32_t slot = 0; slot < 40; slot++) {
        const double hours = 12.0 * slot + f.scenario->input->trough_clock;
        test_check_close("factor", factor_of(&f, &x, slot),
                         (hours < 168.0 ? 0.5 : 0.25) *
                             normal_at(TACRO_STREAM_KAPPA, 3, slot),
                         1e-15);
    }
    close_fixture(&f);
}

/* -- drawn ahead ------------------------------------------------------------------- */

/*
 * 2,500 slots: more days than are computed at once, and the last row is not full. Slots
 * from -3 on begin within a day; those of 30 h leave days out.
 */
static void test_numbers_drawn_ahead_have_the_bits_of_those_drawn_later(void **state)
{
    enum { N = 3, NSLOTS = 2500 };
    const struct tacro_effect *const effects[] = {&wandering, &both};
    double *number = calloc(N * 2 * NSLOTS + TACRO_LANES, sizeof *number);
    (void)state;
    assert_non_null(number);
    for (size_t e = 0; e < 4; e++) {
        struct fixture f;
        open_fixture(&f, effects[e % 2], "day: 0, clock: \"08:00\"", "30 d");
        f.scenario->input->pk->occasion = e < 2 ? OCCASION : 30.0;
        for (size_t k = 0; k < TEST_NKERNELS; k++) {
            const struct tacro_kernels *kernels =
                tacro_kernels_find(test_kernel_names[k]);
            struct tacro_subject ahead[N];
            struct tacro_subject later[N];
            if (kernels == NULL) {
                continue;
            }
            for (size_t i = 0; i < N; i++) {
                tacro_subject_draw(f.rules, 5 + i, &ahead[i]);
                later[i] = ahead[i];
            }
            tacro_subjects_draw_kappas(f.rules, &kernels->math, -3, NSLOTS, N, ahead,
                                       number);
            for (size_t i = 0; i < N * f.rules->n; i++) {
                const size_t rule = i % f.rules->n;
                const size_t s = i / f.rules->n;
                for (int32_t slot = -5;
                     f.rules->rule[rule].kappa > 0.0 && slot < NSLOTS; slot++) {
                    assert_true(test_same_bits(
                        tacro_subject_kappa(f.rules, rule, &ahead[s], slot),
                        tacro_subject_kappa(f.rules, rule, &later[s], slot)));
                }
            }
        }
        close_fixture(&f);
    }
    free(number);
}

static void test_numbers_depend_on_neither_start_nor_horizon(void **state)
{
    struct fixture a;
    struct fixture b;
    (void)state;
    open_fixture(&a, &both, "day: 0, clock: \"08:00\"", "30 d");
    open_fixture(&b, &both, "day: 9, clock: \"20:00\"", "4 d");
    b.scenario->input->trough_clock = a.scenario->input->trough_clock;
    for (uint64_t i = 0; i < 20; i++) {
        struct tacro_subject x;
        struct tacro_subject y;
        tacro_subject_draw(a.rules, i, &x);
        tacro_subject_draw(b.rules, i, &y);
        for (int32_t slot = 0; slot < 60; slot++) {
            assert_true(
                test_same_bits(factor_of(&a, &x, slot), factor_of(&b, &y, slot)));
        }
    }
    close_fixture(&a);
    close_fixture(&b);
}

/* -- statistics -------------------------------------------------------------------- */

#define NSERIES 50
#define NDAYS 2000 /* 1e5 days in all */
#define LENGTH ((size_t)2 * NDAYS)
#define NLAGS 4

/*
 * Variance and autocovariances of 1e5 days. Standard errors of a Gaussian AR(1) with
 * phi = exp(-0.2), Bartlett: var(c_k) = (1/n) sum_m (rho_m^2 + rho_{m+k} rho_{m-k}),
 * at most (2/n) (1 + phi^2) / (1 - phi^2), 0.0101 in all.
 */
static void test_wander_has_the_moments_of_its_closed_form(void **state)
{
    static const int lag[NLAGS] = {0, 1, 5, 15};
    const double phi = exp(-DAY / CORRELATION);
    const double n = (double)NSERIES * NDAYS;
    const double se = sqrt(2.0 / n * (1.0 + phi * phi) / (1.0 - phi * phi));
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    double *number = calloc((size_t)NSERIES * 2 * LENGTH + TACRO_LANES, sizeof *number);
    static struct tacro_subject subject[NSERIES];
    double sum = 0.0;
    double product[NLAGS] = {0.0};
    double with_kappa = 0.0;
    struct fixture f;
    (void)state;
    assert_non_null(number);
    open_fixture(&f, &wandering, "day: 0, clock: \"08:00\"", "30 d");
    for (size_t i = 0; i < NSERIES; i++) {
        tacro_subject_draw(f.rules, i, &subject[i]);
    }
    tacro_subjects_draw_kappas(f.rules, &kernels->math, 0, LENGTH, NSERIES, subject,
                               number);
    for (size_t i = 0; i < NSERIES; i++) {
        const double *w = subject[i].kappa + f.rules->rule[f.f1].kappa_row * LENGTH;
        for (int day = 0; day < NDAYS; day++) {
            const double *slot = w + (ptrdiff_t)2 * day;
            const double x = slot[0];
            assert_true(test_same_bits(x, slot[1]));
            sum += x;
            with_kappa += x * normal_at(TACRO_STREAM_KAPPA, i, day);
            for (size_t k = 0; k < NLAGS; k++) {
                product[k] += day >= lag[k] ? x * slot[(ptrdiff_t)-2 * lag[k]] : 0.0;
            }
        }
    }
    /* of the mean: (1 + phi) / (1 - phi) / n */
    assert_true(fabs(sum / n) < 4.0 * sqrt((1.0 + phi) / (1.0 - phi) / n));
    assert_true(fabs(with_kappa / n) < 4.0 / sqrt(n));
    for (size_t k = 0; k < NLAGS; k++) {
        const double got = product[k] / (n - (double)NSERIES * lag[k]);
        if (!(fabs(got - pow(phi, lag[k])) < 4.0 * se)) {
            fail_msg("lag %d: %g, want %g within %g", lag[k], got, pow(phi, lag[k]),
                     4.0 * se);
        }
    }
    close_fixture(&f);
    free(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wander_is_the_sum_of_its_days),
        cmocka_unit_test(test_wander_is_the_same_within_a_day),
        cmocka_unit_test(test_spreads_step_at_the_slot_that_starts_at_or_after_them),
        cmocka_unit_test(test_kappa_alone_may_change_with_the_time),
        cmocka_unit_test(test_numbers_drawn_ahead_have_the_bits_of_those_drawn_later),
        cmocka_unit_test(test_numbers_depend_on_neither_start_nor_horizon),
        cmocka_unit_test(test_wander_has_the_moments_of_its_closed_form),
    };
    return cmocka_run_group_tests_name("occasion", tests, NULL, NULL);
}
