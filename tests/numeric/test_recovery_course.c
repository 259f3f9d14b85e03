/**
 * Recovery and recurrence of whole courses: the mean stress by an integration of its
 * own, the recurrence from the records of the cumulative hazard.
 */
#include "run/gather.h"

#include "core/rng.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONSET 60.0 /* h from start; the landmark is later */
#define LANDMARK 120.0
#define TEXT(patients, every)                                                          \
    "title: recovery\n"                                                                \
    "pk: sikma2020_thoracic_icu\n"                                                     \
    "risk: [rejection_lung, pres_lung]\n"                                              \
    "start: {day: 0, clock: \"08:00\"}\n"                                              \
    "horizon: 20 d\n"                                                                  \
    "history: {pres: {onset: 60 h, severity: impaired}}\n"                             \
    "landmark: 5 d\n"                                                                  \
    "output: {every: " every "}\n"                                                     \
    "seed: 7\n"                                                                        \
    "draws: 1\n"                                                                       \
    "patients: {" patients ", hematocrit: 0.3}\n"                                      \
    "reference: continue\n"                                                            \
    "regimens:\n"                                                                      \
    "  continue: {steps: [{give: 3 mg, every: 12 h}]}\n"                               \
    "  stop: {steps: [{give: 3 mg, every: 12 h, for: 60 h}, {hold: 18 d}]}\n"
#define PRES 1 /* index of its risk file */

struct course {
    struct tacro_scenario *scenario;
    struct tacro_block *block;
    const struct tacro_block_result *result;
    struct tacro_subject subject[TACRO_LANES];
    struct tacro_gather *gather;
    size_t row[TACRO_LANES];
};

static struct course *follow(const char *text, size_t regimen)
{
    struct course *c = calloc(1, sizeof *c);
    struct tacro_block_setup setup;
    struct tacro_grid grid;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    assert_non_null(c);
    c->scenario = test_scenario(text);
    setup = test_setup(c->scenario, 1e-8, NULL);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const size_t n = (size_t)tacro_scenario_subjects(c->scenario);
        c->row[l] = l < n ? l : n - 1;
        tacro_subject_draw(c->scenario->rules, c->row[l], &c->subject[l]);
        subject[l] = &c->subject[l];
        course[l] = &c->scenario->arm[regimen].course;
    }
    assert_int_equal(tacro_block_create(&setup, &c->block, NULL), TACRO_OK);
    c->result = tacro_block_run(c->block, subject, course);
    assert_int_equal(
        tacro_gather_create(c->scenario, regimen, 0, TACRO_LANES, 1, &c->gather, NULL),
        TACRO_OK);
    tacro_grid_fill(&grid);
    tacro_recovery_gather(c->scenario, &c->scenario->arm[regimen], c->result, subject,
                          c->row, c->gather->recovery);
    assert_int_equal(tacro_gather_block(c->scenario, setup.kernels, &grid, c->result,
                                        course, c->row, c->gather, NULL),
                     TACRO_OK);
    return c;
}

static void release(struct course *c)
{
    tacro_gather_free(c->gather);
    tacro_block_free(c->block);
    tacro_scenario_free(c->scenario);
    free(c);
}

static double theta(const struct tacro_paramset *set, const char *name)
{
    const size_t i = tacro_paramset_theta(set, name);
    assert_true(i < set->nthetas);
    return set->theta[i].value;
}

static double after(const struct course *c, enum tacro_after_id id)
{
    return c->scenario->input->risk[PRES]->after[id].value;
}

/* Mean of E over 72 h after onset by small steps of the levels of lane 0. */
static double mean_stress(const struct course *c)
{
    const struct tacro_scenario *s = c->scenario;
    const struct tacro_paramset *risk = s->input->risk[PRES];
    const double g = theta(risk, "G");
    const double half = pow(theta(risk, "EC50"), g);
    const double cref = pow(theta(risk, "CREF"), g);
    const double ke0 = theta(risk, "KE0");
    const double ke = theta(risk, "KE");
    double ce = 0.0;
    double e = 0.0;
    double area = 0.0;
    for (size_t i = 1; i < s->ntimes; i++) {
        const double dt = s->time[i] - s->time[i - 1];
        const double level = 0.5 * (c->result->concentration[i * TACRO_LANES] +
                                    c->result->concentration[(i - 1) * TACRO_LANES]);
        const double next = level + (ce - level) * exp(-ke0 * dt);
        const double x = pow(fmax(0.5 * (ce + next), 0.0), g);
        const double drive = x / (half + x) * (half + cref) / cref;
        const double later = drive + (e - drive) * exp(-ke * dt);
        if (s->time[i] > ONSET + 1e-9 && s->time[i] < ONSET + 72.0 + 1e-9) {
            area += 0.5 * (e + later) * dt;
        }
        ce = next;
        e = later;
    }
    return area / 72.0;
}

static void test_recovery_follows_the_mean_stress_after_onset(void **state)
{
    (void)state;
    for (size_t regimen = 0; regimen < 2; regimen++) {
        struct course *c = follow(TEXT("typical: true", "0.1 h"), regimen);
        const double stress = mean_stress(c);
        const double excess = fmax(stress - after(c, TACRO_AFTER_EXPOSURE_FREE), 0.0);
        const double want = 120.0 * exp(after(c, TACRO_AFTER_EXPOSURE_SLOPE) * excess);
        /* the typical patient has the median */
        test_check_close("time", c->gather->recovery->time[0] - ONSET, want, 5e-4);
        if (regimen == 0) {
            assert_true(excess > 0.2); /* else the slope is not tested */
        } else {
            assert_true(stress > 0.05 && stress < 0.3);
        }
        release(c);
    }
}

static double hazard_at(const struct course *c, double t, size_t l)
{
    const struct tacro_scenario *s = c->scenario;
    const size_t state = (size_t)s->system->hazard_state[PRES + 1] * TACRO_LANES + l;
    double before = 0.0;
    double h = 0.0;
    for (size_t o = s->landmark_output; o < s->ntimes; o++) {
        if (s->record_of[o] != TACRO_NONE) {
            const double next =
                c->result
                    ->state[(size_t)s->record_of[o] * s->system->nstates * TACRO_LANES +
                            state];
            if (s->time[o] >= t - 1e-9) {
                return o == s->landmark_output
                           ? next
                           : h + (next - h) * (t - before) / (s->time[o] - before);
            }
            before = s->time[o];
            h = next;
        }
    }
    fail_msg("%g h is after the horizon", t);
    return NAN;
}

static void test_recurrence_is_the_hazard_after_recovery(void **state)
{
    struct course *c = follow(TEXT("n: 64", "12 h"), 0);
    const struct tacro_scenario *s = c->scenario;
    const struct tacro_recovery_rows *rows = c->gather->recovery;
    size_t nbefore = 0;
    size_t nearly = 0;
    size_t nafter = 0;
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double recovered = rows->time[l];
        nearly += recovered < LANDMARK;
        for (size_t d = 0; d < s->ndays; d++) {
            const double t = s->time[s->day_output[d]];
            const double p =
                c->gather->risk[((size_t)PRES * TACRO_LANES + l) * s->ndays + d];
            if (t < LANDMARK - 1e-9) {
                assert_true(isnan(p));
            } else if (t <= recovered) {
                assert_true(p == 0.0);
                nbefore++;
            } else {
                const double h =
                    hazard_at(c, t, l) - hazard_at(c, fmax(recovered, LANDMARK), l);
                test_check_close("recurrence", p,
                                 -expm1(-after(c, TACRO_AFTER_RECURRENCE) * h), 1e-9);
                nafter++;
            }
        }
    }
    assert_true(nbefore > 50 && nafter > 50 && nearly > 0);
    release(c);
}

/* The time of a recurrence is where its hazard reaches -ln U, if it does. */
static void test_recurrence_happens_where_its_hazard_is_reached(void **state)
{
    struct course *c = follow(TEXT("n: 64", "12 h"), 0);
    const struct tacro_scenario *s = c->scenario;
    const struct tacro_subject *subject[TACRO_LANES];
    size_t n = 0;
    (void)state;
    /* a factor that lets most of them happen */
    s->input->risk[PRES]->after[TACRO_AFTER_RECURRENCE].value = 3000.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &c->subject[l];
    }
    tacro_recovery_gather(s, &s->arm[0], c->result, subject, c->row,
                          c->gather->recovery);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_recovery_rows *rows = c->gather->recovery;
        const struct tacro_rng_key key = {.seed = 7,
                                          .stream = TACRO_STREAM_OUTCOME,
                                          .patient = l,
                                          .k = s->outcome_key[PRES]};
        const double level = -log(tacro_rng_uniform(&key));
        const double t = rows->again[l];
        assert_true(t >= rows->time[l]);
        if (isfinite(t)) {
            const double h =
                hazard_at(c, t, l) - hazard_at(c, fmax(rows->time[l], LANDMARK), l);
            test_check_close("level", 3000.0 * h, level, 1e-7);
            n++;
        } else if (rows->time[l] < s->input->horizon) {
            const double h = hazard_at(c, s->input->horizon, l) -
                             hazard_at(c, fmax(rows->time[l], LANDMARK), l);
            assert_true(3000.0 * h < level);
        }
    }
    assert_true(n > 20);
    release(c);
}

/* One normal per patient: under stop nobody recovers later, and many earlier. */
static void test_patients_keep_their_normal_under_every_regimen(void **state)
{
    struct course *go = follow(TEXT("n: 64", "12 h"), 0);
    struct course *stop = follow(TEXT("n: 64", "12 h"), 1);
    size_t n = 0;
    double sum = 0.0;
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double z = tacro_recovery_normal(go->scenario, 0, l);
        const double with_drug = go->gather->recovery->time[l];
        const double without = stop->gather->recovery->time[l];
        assert_true(z == tacro_recovery_normal(stop->scenario, 0, l));
        assert_true(without <= with_drug);
        /* the median is 5 d at least */
        assert_true(without - ONSET >= 120.0 * exp(0.9 * z) * (1.0 - 1e-12));
        n += without < with_drug;
        sum += z;
    }
    assert_true(n > 30);
    assert_true(fabs(sum / TACRO_LANES) < 0.5);
    assert_true(tacro_recovery_normal(go->scenario, 0, 1) !=
                tacro_recovery_normal(go->scenario, 1, 1));
    release(go);
    release(stop);
}

static void test_recovery_by_day_rises_from_the_onset_on(void **state)
{
    struct course *c = follow(TEXT("n: 64", "12 h"), 0);
    const struct tacro_scenario *s = c->scenario;
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double *p = c->gather->recovery->by_day + l * s->ndays;
        for (size_t d = 0; d < s->ndays; d++) {
            assert_int_equal(isnan(p[d]) != 0, s->time[s->day_output[d]] < ONSET);
            assert_true(d == 0 || isnan(p[d - 1]) || p[d] > p[d - 1]);
        }
        assert_true(c->gather->recovery->unfavourable[l] > 0.07);
    }
    release(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recovery_follows_the_mean_stress_after_onset),
        cmocka_unit_test(test_recurrence_is_the_hazard_after_recovery),
        cmocka_unit_test(test_recurrence_happens_where_its_hazard_is_reached),
        cmocka_unit_test(test_patients_keep_their_normal_under_every_regimen),
        cmocka_unit_test(test_recovery_by_day_rises_from_the_onset_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
