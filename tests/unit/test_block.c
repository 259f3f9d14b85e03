/**
 * Blocks: a lane's bits depend on who is in the block, not where; failures stay alone.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/kernels.h"

#define RTOL 1e-6

static const char text[] =
    "title: block\n"
    "pk: sikma2020_thoracic_icu\n"
    "risk: [pres_lung, rejection_lung]\n"
    "start: {day: 0, clock: \"08:00\"}\n"
    "horizon: 6 d\n"
    "landmark: 1 d\n"
    "output: {every: 5 h}\n"
    "seed: 20260322\n"
    "draws: 1\n"
    "patients:\n"
    "  n: 600\n"
    "  hematocrit: [{from: 0 d, value: 0.31}, {from: 50 h, value: 0.27}]\n"
    "reference: a\n"
    "regimens:\n"
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
    "  b: {steps: [{give: 1 mg, every: 5 h}]}\n"
    "  hold_1: {steps: [{give: 3 mg, every: 12 h, for: 2 d}, {hold: 1 d}, {give: 2 mg, "
    "every: 12 h}]}\n"
    "  hold_2: {steps: [{give: 3 mg, every: 12 h, for: 2 d}, {hold: 2 d}, {give: 2 mg, "
    "every: 12 h}]}\n"
    "  day_3: {steps: [{hold: 3 d}, {give: 2 mg, every: 12 h, for: 1 d}, {hold: 2 "
    "d}]}\n";

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_subject subject[TACRO_LANES];
};

/* What a block leaves of its lanes, copied: the block's own is borrowed. */
struct kept {
    const struct tacro_scenario *scenario;
    double *concentration;
    double *state;
    double *mapped;
    enum tacro_lane_status status[TACRO_LANES];
    double failure_time[TACRO_LANES];
    int64_t steps;
};

static size_t regimen_of(const struct tacro_scenario *s, const char *label)
{
    for (size_t i = 0; i < s->input->nregimens; i++) {
        if (strcmp(s->input->regimen[i].label, label) == 0) {
            return i;
        }
    }
    fail_msg("no regimen %s", label);
    return 0;
}

static double *copy_rows(const double *from, size_t rows)
{
    double *to = malloc((rows * TACRO_LANES + 1) * sizeof *to);
    assert_non_null(to);
    memcpy(to, from, rows * TACRO_LANES * sizeof *to);
    return to;
}

static struct kept run(const struct tacro_scenario *s, const char *kernels,
                       const struct tacro_subject *const *subject,
                       const size_t *regimen)
{
    const struct tacro_block_setup setup = test_setup(s, RTOL, kernels);
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *r;
    struct tacro_block *block = NULL;
    struct kept kept = {.scenario = s};
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        course[l] = &s->arm[regimen == NULL ? 0 : regimen[l]].course;
    }
    r = tacro_block_run(block, subject, course);
    kept.concentration = copy_rows(r->concentration, s->ntimes);
    kept.state = copy_rows(r->state, s->nrecords * s->system->nstates);
    kept.mapped = copy_rows(r->mapped, s->nrecords * s->system->noutputs);
    memcpy(kept.status, r->status, sizeof kept.status);
    memcpy(kept.failure_time, r->failure_time, sizeof kept.failure_time);
    kept.steps = r->steps;
    tacro_block_free(block);
    return kept;
}

static void release(struct kept *kept)
{
    free(kept->concentration);
    free(kept->state);
    free(kept->mapped);
}

static void check_rows(const double *a, size_t la, const double *b, size_t lb,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        const double x = a[i * TACRO_LANES + la];
        const double y = b[i * TACRO_LANES + lb];
        if (!test_same_bits(x, y)) {
            fail_msg("row %zu: %a in lane %zu, %a in lane %zu", i, x, la, y, lb);
        }
    }
}

/* Lane la of a and lane lb of b hold the same bits everywhere. */
static void check_same(const struct kept *a, size_t la, const struct kept *b, size_t lb)
{
    const struct tacro_scenario *s = a->scenario;
    check_rows(a->concentration, la, b->concentration, lb, s->ntimes);
    check_rows(a->state, la, b->state, lb, s->nrecords * s->system->nstates);
    check_rows(a->mapped, la, b->mapped, lb, s->nrecords * s->system->noutputs);
    assert_int_equal(a->status[la], b->status[lb]);
}

static void check_finite(const struct kept *a, size_t l)
{
    const struct tacro_scenario *s = a->scenario;
    assert_int_equal(a->status[l], TACRO_LANE_OK);
    assert_true(isnan(a->failure_time[l]));
    for (size_t i = 0; i < s->ntimes; i++) {
        assert_true(isfinite(a->concentration[i * TACRO_LANES + l]));
    }
    for (size_t i = 0; i < s->nrecords * s->system->nstates; i++) {
        assert_true(isfinite(a->state[i * TACRO_LANES + l]));
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->scenario = test_scenario(text);
    for (size_t i = 0; i < TACRO_LANES; i++) {
        tacro_subject_draw(f->scenario->rules, i, &f->subject[i]);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tacro_scenario_free(f->scenario);
    free(f);
    return 0;
}

static void test_block_permuted_lanes_keep_every_subject_s_bits(void **state)
{
    const struct fixture *f = *state;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_subject *straight[TACRO_LANES];
        const struct tacro_subject *permuted[TACRO_LANES];
        struct kept a;
        struct kept b;
        if (tacro_kernels_find(test_kernel_names[k]) == NULL) {
            continue;
        }
        for (size_t l = 0; l < TACRO_LANES; l++) {
            straight[l] = &f->subject[l];
            permuted[(l * 37 + 11) % TACRO_LANES] = &f->subject[l]; /* 37 is odd */
        }
        a = run(f->scenario, test_kernel_names[k], straight, NULL);
        b = run(f->scenario, test_kernel_names[k], permuted, NULL);
        assert_int_equal(a.steps, b.steps);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            check_finite(&a, l);
            check_same(&a, l, &b, (l * 37 + 11) % TACRO_LANES);
        }
        release(&a);
        release(&b);
    }
}

static void test_block_every_kernel_build_gives_the_same_bits(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_subject *subject[TACRO_LANES];
    struct kept portable;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &f->subject[l];
    }
    portable = run(f->scenario, "baseline", subject, NULL);
    for (size_t k = 1; k < TEST_NKERNELS; k++) {
        if (tacro_kernels_find(test_kernel_names[k]) != NULL) {
            struct kept other = run(f->scenario, test_kernel_names[k], subject, NULL);
            assert_int_equal(other.steps, portable.steps);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                check_same(&portable, l, &other, l);
            }
            release(&other);
        }
    }
    release(&portable);
}

/*
 * The same ten patients, padded with copies of the last, of the first, or of several.
 */
static void test_block_padding_with_copies_changes_no_bit(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_subject *subject[3][TACRO_LANES];
    struct kept kept[3];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[0][l] = &f->subject[l < 10 ? l : 9];
        subject[1][l] = &f->subject[l < 10 ? l : 0];
        subject[2][l] = &f->subject[l % 10];
    }
    for (size_t k = 0; k < 3; k++) {
        kept[k] = run(f->scenario, NULL, subject[k], NULL);
    }
    for (size_t l = 0; l < 10; l++) {
        check_same(&kept[0], l, &kept[1], l);
        check_same(&kept[0], l, &kept[2], l);
        check_same(&kept[2], l, &kept[2], l + 30); /* a copy is its patient */
    }
    for (size_t k = 0; k < 3; k++) {
        release(&kept[k]);
    }
}

/*
 * Lanes with fewer segments idle at the end. Each lane is at its own tolerance: against
 * a block of one regimen only the steps differ, so 100 times rtol.
 */
static void test_block_lanes_with_fewer_segments_finish(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const struct tacro_subject *subject[TACRO_LANES];
    size_t regimen[3][TACRO_LANES];
    struct kept kept[3];
    assert_true(s->arm[0].course.n < s->arm[1].course.n);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &f->subject[l];
        regimen[0][l] = 0;
        regimen[1][l] = 1;
        regimen[2][l] = l % 2;
    }
    for (size_t k = 0; k < 3; k++) {
        kept[k] = run(s, NULL, subject, regimen[k]);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        check_finite(&kept[2], l);
        for (size_t i = 0; i < s->ntimes; i++) {
            const double want = kept[l % 2].concentration[i * TACRO_LANES + l];
            const double value = kept[2].concentration[i * TACRO_LANES + l];
            assert_true(fabs(value - want) <= 100.0 * RTOL * (fabs(want) + 1e-3));
        }
    }
    for (size_t k = 0; k < 3; k++) {
        release(&kept[k]);
    }
}

/*
 * Copies that stop at 36 h, and stand still from then on: lane 0 goes on as if alone.
 */
static void test_block_idle_lanes_have_no_say_in_the_steps(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const struct tacro_block_setup setup = test_setup(s, RTOL, NULL);
    const struct tacro_course *whole = &s->arm[regimen_of(s, "hold_2")].course;
    struct tacro_course part = *whole;
    struct tacro_block *block = NULL;
    while (part.segment[part.n - 1].t1 > 36.0) {
        part.n--;
    }
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    for (size_t i = 0; i < 8; i++) {
        const struct tacro_subject *subject[TACRO_LANES];
        const struct tacro_course *course[2][TACRO_LANES];
        const struct tacro_block_result *r;
        double alone;
        int64_t steps;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            subject[l] = &f->subject[i];
            course[0][l] = whole;
            course[1][l] = l == 0 ? whole : &part;
        }
        r = tacro_block_run(block, subject, course[0]);
        alone = r->concentration[(s->ntimes - 1) * TACRO_LANES];
        steps = r->steps;
        r = tacro_block_run(block, subject, course[1]);
        /* lanes that go idle are a new unit of time for the propagator's ladder */
        test_check_close("level", r->concentration[(s->ntimes - 1) * TACRO_LANES],
                         alone, test_method == &tacro_method_exact ? 1e-13 : 0.0);
        assert_int_equal(r->steps, steps);
    }
    tacro_block_free(block);
}

static void test_block_first_output_is_the_state_before_the_first_dose(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const struct tacro_subject *subject[TACRO_LANES];
    struct kept kept;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &f->subject[l];
    }
    kept = run(s, NULL, subject, NULL);
    assert_true(s->time[0] == 0.0 && s->record_of[0] == 0);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(kept.concentration[l] == 0.0);
        for (size_t k = 0; k < s->system->nstates; k++) {
            assert_true(kept.state[k * TACRO_LANES + l] == 0.0);
        }
        assert_true(kept.concentration[TACRO_LANES + l] > 0.0);
    }
    release(&kept);
}

/* -- lanes that fail --------------------------------------------------------------- */

static size_t rule_of(const struct tacro_scenario *s, const char *name)
{
    for (size_t i = 0; i < s->rules->n; i++) {
        if (strcmp(s->rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no rule %s", name);
    return 0;
}

/* NaN rows, a status and a time in [low, high] h. */
static void check_failed(const struct kept *a, size_t l, double low, double high)
{
    const struct tacro_scenario *s = a->scenario;
    assert_int_not_equal(a->status[l], TACRO_LANE_OK);
    if (!(a->failure_time[l] >= low && a->failure_time[l] <= high)) {
        fail_msg("lane %zu fails at %g h", l, a->failure_time[l]);
    }
    for (size_t i = 0; i < s->ntimes; i++) {
        assert_true(isnan(a->concentration[i * TACRO_LANES + l]));
    }
    for (size_t i = 0; i < s->nrecords * s->system->nstates; i++) {
        assert_true(isnan(a->state[i * TACRO_LANES + l]));
    }
    for (size_t i = 0; i < s->nrecords * s->system->noutputs; i++) {
        assert_true(isnan(a->mapped[i * TACRO_LANES + l]));
    }
}

/* A block of 64 copies of one subject. */
static struct kept run_alone(const struct tacro_scenario *s,
                             const struct tacro_subject *subject)
{
    const struct tacro_subject *copy[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        copy[l] = subject;
    }
    return run(s, NULL, copy, NULL);
}

static void test_block_lane_that_cannot_be_integrated_fails_alone(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const size_t v1 = rule_of(s, "V1");
    const size_t ke0 = rule_of(s, "KE0");
    const size_t lam = rule_of(s, "LAM");
    const struct tacro_subject *subject[TACRO_LANES];
    static struct tacro_subject bad[5];
    static const size_t lane[5] = {0, 17, 40, 41, 63};
    size_t nfine = 0;
    struct kept kept;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &f->subject[l];
    }
    for (size_t i = 0; i < 5; i++) {
        bad[i] = f->subject[lane[i]];
        subject[lane[i]] = &bad[i];
    }
    bad[0].fixed[v1] = NAN;
    bad[1].fixed[v1] = 0.0;   /* infinite rates */
    bad[2].fixed[v1] = -1e-3; /* grows without bound */
    bad[3].fixed[ke0] = NAN;  /* risk states alone: the level is fine */
    bad[4].fixed[lam] = NAN;
    kept = run(s, NULL, subject, NULL);
    for (size_t i = 0; i < 5; i++) {
        check_failed(&kept, lane[i], 0.0, i == 2 ? 12.0 : 0.0);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (kept.status[l] == TACRO_LANE_OK) {
            struct kept alone = run_alone(s, subject[l]);
            check_finite(&kept, l);
            check_same(&kept, l, &alone, 0);
            release(&alone);
            nfine++;
        }
    }
    assert_int_equal(nfine, TACRO_LANES - 5);
    release(&kept);
}

/* A clearance that is no number from 48 h on. */
static void test_block_failure_keeps_the_time_at_which_it_happened(void **state)
{
    const struct fixture *f = *state;
    struct tacro_scenario *s = f->scenario;
    struct tacro_covariate_step breaks[2] = {{0.0, 1.0}, {48.0, NAN}};
    const struct tacro_multiplier multiplier = {
        .theta = rule_of(s, "CL"), .n = 2, .step = breaks};
    struct tacro_rule *rule = &s->rules->rule[rule_of(s, "CL")];
    const struct tacro_rule kept_rule = *rule;
    struct kept kept;
    rule->multiplier = &multiplier;
    rule->is_dynamic = true;
    kept = run_alone(s, &f->subject[3]);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(kept.status[l], test_method == &tacro_method_cvode
                                             ? TACRO_LANE_SOLVER
                                             : TACRO_LANE_NOT_FINITE);
        check_failed(&kept, l, 48.0, 48.0);
    }
    *rule = kept_rule;
    release(&kept);
}

/* Neither is "no event": the lane fails, and says in what way. */
static void test_block_hazard_must_be_finite_and_not_negative(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    static const double factor[2] = {INFINITY, -1.0};
    static const enum tacro_lane_status want[2] = {TACRO_LANE_HAZARD_NOT_FINITE,
                                                   TACRO_LANE_NEGATIVE_HAZARD};
    for (size_t i = 0; i < 2; i++) {
        const struct tacro_subject *subject[TACRO_LANES];
        static struct tacro_subject bad;
        struct kept kept;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            subject[l] = &f->subject[l];
        }
        bad = f->subject[11];
        bad.fixed[rule_of(s, "LAM")] *= factor[i];
        subject[11] = &bad;
        kept = run(s, NULL, subject, NULL);
        assert_int_equal(kept.status[11], want[i]);
        check_failed(&kept, 11, 0.0, 24.0);
        assert_int_equal(kept.status[12], TACRO_LANE_OK);
        check_finite(&kept, 12);
        release(&kept);
    }
}

/* The same block object after a failure: nothing is left over. */
static void test_block_after_a_failure_gives_the_same_bits_as_a_new_one(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const struct tacro_block_setup setup = test_setup(s, RTOL, NULL);
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *r;
    static struct tacro_subject bad;
    struct tacro_block *block = NULL;
    struct kept fresh;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &f->subject[l];
        course[l] = &s->arm[0].course;
    }
    fresh = run(s, NULL, subject, NULL);
    bad = f->subject[5];
    bad.fixed[rule_of(s, "V1")] = NAN;
    subject[5] = &bad;
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    r = tacro_block_run(block, subject, course);
    assert_int_not_equal(r->status[5], TACRO_LANE_OK);
    subject[5] = &f->subject[5];
    r = tacro_block_run(block, subject, course);
    assert_memory_equal(r->concentration, fresh.concentration,
                        s->ntimes * TACRO_LANES * sizeof(double));
    assert_memory_equal(r->state, fresh.state,
                        s->nrecords * s->system->nstates * TACRO_LANES *
                            sizeof(double));
    assert_int_equal(r->steps, fresh.steps);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(r->status[l], TACRO_LANE_OK);
        assert_true(isnan(r->failure_time[l]));
    }
    tacro_block_free(block);
    tacro_block_free(NULL);
    release(&fresh);
}

/* -- kappas ------------------------------------------------------------------------ */

/*
 * Holding for two days instead of one takes away the doses of day 3 and nothing else:
 * with linear kinetics the levels differ by what those doses alone give. Had a kappa
 * been counted by dose, every later F1 and KA (cv 65 and 98 %) would have moved.
 */
static void test_block_longer_hold_changes_no_later_kappa(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    struct test_courses *c[3];
    const double rtol = 1e-9;
    double largest = 0.0;
    c[0] = test_run_courses(s, regimen_of(s, "hold_1"), TACRO_LANES, rtol, NULL);
    c[1] = test_run_courses(s, regimen_of(s, "hold_2"), TACRO_LANES, rtol, NULL);
    c[2] = test_run_courses(s, regimen_of(s, "day_3"), TACRO_LANES, rtol, NULL);
    for (size_t i = 0; i < TACRO_LANES * s->ntimes; i++) {
        const double missing = c[0]->concentration[i] - c[1]->concentration[i];
        const double level = c[0]->concentration[i];
        largest = fmax(largest, missing);
        if (!(fabs(missing - c[2]->concentration[i]) <= 1e3 * rtol * (level + 1.0))) {
            fail_msg("at %g h: %.9g ng/mL missing, day 3 gives %.9g",
                     s->time[i % s->ntimes], missing, c[2]->concentration[i]);
        }
    }
    assert_true(largest > 1.0); /* ng/mL: there is something to see */
    for (size_t i = 0; i < 3; i++) {
        test_courses_free(c[i]);
    }
}

/* The dose's F1 is that of its slot, under whichever regimen it is given. */
static void test_block_dose_takes_the_f1_of_its_slot(void **state)
{
    const struct fixture *f = *state;
    const struct tacro_scenario *s = f->scenario;
    const double rtol = 1e-9;
    struct test_courses *c =
        test_run_courses(s, regimen_of(s, "day_3"), TACRO_LANES, rtol, NULL);
    for (size_t i = 0; i < TACRO_LANES; i++) {
        const struct tacro_subject *x = &c->subject[i];
        const double f1 = tacro_subject_value(s->rules, s->rules->f1, x, 72.0, 6) +
                          tacro_subject_value(s->rules, s->rules->f1, x, 84.0, 7);
        const double cl = x->fixed[rule_of(s, "CL")];
        const double end = s->input->horizon;
        const double left = test_state_at(c, i, "DEPOT", end) +
                            test_state_at(c, i, "CENTRAL", end) +
                            test_state_at(c, i, "PERIPHERAL", end);
        const double cleared = cl * test_state_at(c, i, "AUC", end) / 1000.0;
        test_check_close("mg given", left + cleared, 2.0 * f1, 1e3 * rtol);
    }
    test_courses_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block_permuted_lanes_keep_every_subject_s_bits),
        cmocka_unit_test(test_block_every_kernel_build_gives_the_same_bits),
        cmocka_unit_test(test_block_padding_with_copies_changes_no_bit),
        cmocka_unit_test(test_block_lanes_with_fewer_segments_finish),
        cmocka_unit_test(test_block_idle_lanes_have_no_say_in_the_steps),
        cmocka_unit_test(test_block_first_output_is_the_state_before_the_first_dose),
        cmocka_unit_test(test_block_lane_that_cannot_be_integrated_fails_alone),
        cmocka_unit_test(test_block_failure_keeps_the_time_at_which_it_happened),
        cmocka_unit_test(test_block_hazard_must_be_finite_and_not_negative),
        cmocka_unit_test(test_block_after_a_failure_gives_the_same_bits_as_a_new_one),
        cmocka_unit_test(test_block_longer_hold_changes_no_later_kappa),
        cmocka_unit_test(test_block_dose_takes_the_f1_of_its_slot),
    };
    int failed;
    test_method = &tacro_method_cvode;
    failed = cmocka_run_group_tests_name("block by cvode", tests, set_up, tear_down);
    test_method = &tacro_method_exact;
    return failed +
           cmocka_run_group_tests_name("block by exact", tests, set_up, tear_down);
}
