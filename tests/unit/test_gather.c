/**
 * What the blocks leave: rows of a group, bins of the log grid, the order in a group.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/gather.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/kernels.h"

static const char text[] = "title: gather\n"
                           "pk: sikma2020_thoracic_icu\n"
                           "risk: [pres_lung, rejection_lung]\n"
                           "start: {day: 0, clock: \"08:00\"}\n"
                           "horizon: 99 h\n"
                           "landmark: 30 h\n"
                           "output: {every: 10 h}\n"
                           "seed: 20260322\n"
                           "draws: 1\n"
                           "patients: {n: 600, hematocrit: 0.3}\n"
                           "reference: a\n"
                           "regimens:\n"
                           "  a: {steps: [{give: 3 mg, every: 12 h}]}\n"
                           "  b: {steps: [{hold: 24 h}, {give: 1 mg, every: 12 h}]}\n";

/* -- bins -------------------------------------------------------------------------- */

static uint16_t bin_of(const struct tacro_grid *grid, double concentration)
{
    double c[TACRO_LANES] __attribute__((aligned(64)));
    uint16_t bin[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        c[l] = concentration;
    }
    tacro_grid_bins(grid, c, bin);
    for (size_t l = 1; l < TACRO_LANES; l++) {
        assert_int_equal(bin[l], bin[0]);
    }
    return bin[0];
}

/* The grid itself: 0.01 ng/mL and then steps of 0.5 %, up to and over 1000 ng/mL. */
static void test_bins_cover_the_grid_and_its_outside(void **state)
{
    struct tacro_grid grid;
    (void)state;
    tacro_grid_fill(&grid);
    assert_true(0.01 * pow(1.005, TACRO_NBINS) >= 1000.0);
    assert_true(0.01 * pow(1.005, TACRO_NBINS - 1) < 1000.0);
    assert_int_equal(bin_of(&grid, 0.0), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, -0.0), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, -1e-12), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, DBL_TRUE_MIN), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, -DBL_MAX), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, -INFINITY), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, 0.009999), TACRO_BIN_UNDER);
    assert_int_equal(bin_of(&grid, 0.010001), 1);
    assert_int_equal(bin_of(&grid, 0.01 * 1.0049), 1);
    assert_int_equal(bin_of(&grid, 0.01 * 1.0051), 2);
    assert_int_equal(bin_of(&grid, 1000.0), TACRO_NBINS);
    assert_int_equal(bin_of(&grid, 1010.0), TACRO_BIN_OVER);
    assert_int_equal(bin_of(&grid, 1024.0), TACRO_BIN_OVER);
    assert_int_equal(bin_of(&grid, DBL_MAX), TACRO_BIN_OVER);
    assert_int_equal(bin_of(&grid, INFINITY), TACRO_BIN_OVER);
    assert_int_equal(bin_of(&grid, NAN), TACRO_BIN_FAILED);
    assert_int_equal(bin_of(&grid, -NAN), TACRO_BIN_FAILED);
}

/* floor(log(x / first) / log(ratio)), the definition, on either side of every edge. */
static void test_bins_are_those_of_the_logarithm(void **state)
{
    struct tacro_grid grid;
    double x = 0.0101;
    (void)state;
    tacro_grid_fill(&grid);
    assert_true(isinf(grid.edge[TACRO_NBINS + 1]));
    for (size_t k = 0; k <= TACRO_NBINS; k++) {
        const double edge = grid.edge[k];
        test_check_close("edge", edge, 0.01 * pow(1.005, (double)k), 1e-12);
        assert_int_equal(bin_of(&grid, edge), k + 1);
        assert_int_equal(bin_of(&grid, nextafter(edge, 0.0)), k);
        assert_int_equal(bin_of(&grid, nextafter(edge, INFINITY)), k + 1);
    }
    while (x < 1000.0) {
        const double place = log(x / 0.01) / log(1.005);
        if (fabs(place - floor(place + 0.5)) > 1e-9) {
            assert_int_equal(bin_of(&grid, x), floor(place) + 1.0);
        }
        x *= 1.00007;
    }
}

/* A bin's value is its geometric middle: never more than half a step, 0.25 %, away. */
static void test_bins_value_is_within_a_quarter_percent(void **state)
{
    struct tacro_grid grid;
    uint64_t seed = 8;
    (void)state;
    tacro_grid_fill(&grid);
    for (int i = 0; i < 20000; i++) {
        const double c = test_draw_log(&seed, 0.0101, 999.0);
        const uint16_t bin = bin_of(&grid, c);
        assert_in_range(bin, 1, TACRO_NBINS);
        test_check_close("bin", tacro_bin_value(bin), c, 0.00252);
    }
    assert_true(tacro_bin_value(TACRO_BIN_UNDER) == 0.0);
    assert_true(isinf(tacro_bin_value(TACRO_BIN_OVER)));
    for (size_t b = 1; b < TACRO_NBINS; b++) {
        test_check_close("step", tacro_bin_value(b + 1) / tacro_bin_value(b), 1.005,
                         1e-12);
        assert_int_equal(bin_of(&grid, tacro_bin_value(b)), b);
    }
}

/* -- rows -------------------------------------------------------------------------- */

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_block *block;
    const struct tacro_block_result *result;
    struct tacro_subject subject[TACRO_LANES];
    struct tacro_gather *gather;
    size_t row[TACRO_LANES];
};

/*
 * One block of regimen `regimen`, 50 rows in reverse order, the tail repeating row 0.
 */
static struct fixture *gather_of(const char *yaml, size_t regimen, bool has_failure)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct tacro_block_setup setup;
    struct tacro_grid grid;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    assert_non_null(f);
    f->scenario = test_scenario(yaml);
    setup = test_setup(f->scenario, 1e-6, NULL);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        f->row[l] = l < 50 ? 49 - l : 0;
        tacro_subject_draw(f->scenario->rules, f->row[l], &f->subject[l]);
        subject[l] = &f->subject[l];
        course[l] = &f->scenario->arm[regimen].course;
    }
    if (has_failure) {
        f->subject[7].fixed[1] = NAN; /* V1 */
    }
    assert_int_equal(tacro_block_create(&setup, &f->block, NULL), TACRO_OK);
    f->result = tacro_block_run(f->block, subject, course);
    assert_int_equal(
        tacro_gather_create(f->scenario, regimen, 0, 50, 1, &f->gather, NULL),
        TACRO_OK);
    tacro_grid_fill(&grid);
    assert_int_equal(tacro_gather_block(f->scenario, setup.kernels, &grid, f->result,
                                        course, f->row, f->gather, NULL),
                     TACRO_OK);
    return f;
}

static struct fixture *gather(size_t regimen, bool has_failure)
{
    return gather_of(text, regimen, has_failure);
}

static void release(struct fixture *f)
{
    tacro_gather_free(f->gather);
    tacro_block_free(f->block);
    tacro_scenario_free(f->scenario);
    free(f);
}

static double state_of(const struct fixture *f, size_t output, const char *name,
                       size_t l)
{
    const struct tacro_scenario *s = f->scenario;
    const int record = s->record_of[output];
    assert_int_not_equal(record, TACRO_NONE);
    return f->result->state
        [((size_t)record * s->system->nstates + test_state(s, name)) * TACRO_LANES + l];
}

static void test_gather_curves_stand_in_the_row_of_their_lane(void **state)
{
    struct fixture *f = gather(0, false);
    const size_t nt = f->scenario->ntimes;
    struct tacro_grid grid;
    (void)state;
    tacro_grid_fill(&grid);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const size_t row = f->row[l];
        for (size_t i = 0; i < nt; i++) {
            const double c = f->result->concentration[i * TACRO_LANES + l];
            assert_true(f->gather->concentration[row * nt + i] == (float)c);
            assert_int_equal(f->gather->bin[i * f->gather->nrows + row],
                             bin_of(&grid, c));
        }
        assert_int_equal(f->gather->status[row], TACRO_LANE_OK);
        assert_true(isnan(f->gather->failure_time[row]));
        assert_true(f->gather->steps[row] == f->result->steps);
        assert_true(f->gather->rhs_calls[row] == f->result->rhs_calls);
    }
    assert_true(f->result->steps > 0 && f->result->rhs_calls >= f->result->steps);
    release(f);
}

static void
test_gather_troughs_are_levels_at_trough_times_nan_before_the_first_dose(void **state)
{
    (void)state;
    for (size_t regimen = 0; regimen < 2; regimen++) {
        struct fixture *f = gather(regimen, false);
        const struct tacro_scenario *s = f->scenario;
        assert_int_equal(s->ndays, 5);
        for (size_t l = 0; l < 50; l++) {
            for (size_t d = 0; d < s->ndays; d++) {
                const double trough = f->gather->trough[f->row[l] * s->ndays + d];
                const double mapped = f->gather->mapped[f->row[l] * s->ndays + d];
                /* the dose at the trough itself comes after it: no level yet */
                const bool is_before = d <= regimen;
                assert_int_equal(isnan(trough) != 0, is_before);
                assert_int_equal(isnan(mapped) != 0, is_before);
                assert_true(
                    is_before ||
                    trough ==
                        f->result->concentration[s->day_output[d] * TACRO_LANES + l]);
            }
        }
        release(f);
    }
}

static void test_gather_auc24_is_the_area_of_the_dosing_day_nan_when_cut(void **state)
{
    struct fixture *f = gather(0, false);
    const struct tacro_scenario *s = f->scenario;
    (void)state;
    for (size_t l = 0; l < 50; l++) {
        for (size_t d = 0; d < s->ndays; d++) {
            const double auc = f->gather->auc24[f->row[l] * s->ndays + d];
            const double dose = f->gather->dose_given[f->row[l] * s->ndays + d];
            if (d + 1 == s->ndays) {
                assert_true(isnan(auc) && isnan(dose));
                continue;
            }
            assert_true(auc == state_of(f, s->day_output[d + 1], "AUC", l) -
                                   state_of(f, s->day_output[d], "AUC", l));
            assert_true(auc > 0.0);
            assert_true(dose == 6.0);
        }
    }
    release(f);
}

/* 1 - exp(-(H(t) - H(landmark))); libm's expm1 and the engine's agree to 4 ulp. */
static void test_gather_risks_count_from_the_landmark(void **state)
{
    struct fixture *f = gather(0, false);
    const struct tacro_scenario *s = f->scenario;
    const struct tacro_gather *g = f->gather;
    (void)state;
    for (size_t l = 0; l < 50; l++) {
        const size_t row = f->row[l];
        for (size_t d = 0; d <= s->ndays; d++) {
            const bool is_day = d < s->ndays;
            const size_t o = is_day ? s->day_output[d] : s->ntimes - 1;
            const size_t at = row * s->ndays + d;
            const size_t n = g->nrows * s->ndays;
            const double pres = is_day ? g->risk[at] : g->risk_horizon[row];
            const double rejection =
                is_day ? g->risk[n + at] : g->risk_horizon[g->nrows + row];
            const double neither =
                is_day ? g->event_free[at] : g->event_free_horizon[row];
            double h[2];
            if (o < s->landmark_output) {
                assert_true(isnan(pres) && isnan(rejection) && isnan(neither));
                continue;
            }
            h[0] = state_of(f, o, "HP", l) - state_of(f, s->landmark_output, "HP", l);
            h[1] = state_of(f, o, "HR", l) - state_of(f, s->landmark_output, "HR", l);
            assert_true(h[0] > 0.0 && h[1] > 0.0);
            test_check_close("pres", pres, -expm1(-h[0]), 1e-15);
            test_check_close("rejection", rejection, -expm1(-h[1]), 1e-15);
            test_check_close("event free", neither, exp(-(h[0] + h[1])), 1e-15);
        }
    }
    release(f);
}

/* Death, and PRES as what comes first; their sum over the ends is 1. */
static void test_gather_death_competes_from_the_landmark_on(void **state)
{
    static char yaml[sizeof text + 64];
    const double death = 0.012 / 24.0;
    struct fixture *f;
    (void)state;
    snprintf(yaml, sizeof yaml, "death_hazard: 0.012 1/d\n%s", text);
    f = gather_of(yaml, 0, false);
    test_check_close("1/h", f->scenario->input->death_hazard, death, 1e-15);
    for (size_t row = 0; row < 50; row++) {
        const struct tacro_gather *g = f->gather;
        const struct tacro_scenario *s = f->scenario;
        const size_t l = 49 - row;
        const double h = state_of(f, s->ntimes - 1, "HP", l) -
                         state_of(f, s->landmark_output, "HP", l) +
                         state_of(f, s->ntimes - 1, "HR", l) -
                         state_of(f, s->landmark_output, "HR", l);
        const double neither = exp(-h - death * (99.0 - 30.0));
        test_check_close("event free", g->event_free_horizon[row], neither, 1e-14);
        test_check_close("all ends",
                         g->first_horizon[row] + g->first_horizon[g->nrows + row] +
                             g->death_horizon[row] + g->event_free_horizon[row],
                         1.0, 1e-12);
        assert_true(g->first_horizon[row] < g->risk_horizon[row]);
        assert_true(g->death_horizon[row] < 1.0 - exp(-death * (99.0 - 30.0)));
        assert_true(isnan(g->death[row * s->ndays]));
        assert_true(isnan(g->first[row * s->ndays]));
        /* day 4, at 96 h, comes 3 h before the horizon */
        assert_true(g->death[row * s->ndays + 4] < g->death_horizon[row]);
        assert_true(g->first[row * s->ndays + 4] < g->first_horizon[row]);
    }
    release(f);
}

static void test_gather_event_times_stand_in_the_row_of_their_lane(void **state)
{
    struct fixture *f = gather(0, true);
    const struct tacro_gather *g = f->gather;
    size_t nevents = 0;
    (void)state;
    for (size_t l = 0; l < 50; l++) {
        for (size_t k = 0; k < 2; k++) {
            const double t = f->result->event_time[k * TACRO_LANES + l];
            const double kept = g->event_time[k * g->nrows + f->row[l]];
            assert_true(isfinite(t) ? kept == t : isnan(kept));
            assert_true(!isfinite(t) || (t > 30.0 && t <= 99.0));
            assert_int_equal(isnan(t) != 0, l == 7); /* the lane that failed */
            nevents += isfinite(t) ? 1 : 0;
        }
    }
    assert_true(nevents < 50);
    release(f);
}

static void test_gather_failed_lane_keeps_its_row_full_of_nan(void **state)
{
    struct fixture *f = gather(0, true);
    const struct tacro_scenario *s = f->scenario;
    const size_t row = f->row[7];
    (void)state;
    assert_int_equal(f->gather->status[row], TACRO_LANE_SOLVER);
    assert_true(f->gather->failure_time[row] == 0.0);
    for (size_t i = 0; i < s->ntimes; i++) {
        assert_true(isnan(f->gather->concentration[row * s->ntimes + i]));
        assert_int_equal(f->gather->bin[i * f->gather->nrows + row], TACRO_BIN_FAILED);
    }
    for (size_t d = 0; d < s->ndays; d++) {
        assert_true(isnan(f->gather->trough[row * s->ndays + d]));
        assert_true(isnan(f->gather->auc24[row * s->ndays + d]));
        assert_true(isnan(f->gather->risk[row * s->ndays + d]));
        assert_true(isnan(f->gather->event_free[row * s->ndays + d]));
    }
    assert_true(isnan(f->gather->risk_horizon[row]));
    assert_true(isnan(f->gather->event_free_horizon[row]));
    assert_true(isnan(f->gather->first_horizon[row]));
    assert_true(isnan(f->gather->death_horizon[row]));
    assert_int_equal(f->gather->status[row + 1], TACRO_LANE_OK);
    assert_true(isfinite(f->gather->risk_horizon[row + 1]));
    release(f);
}

/* -- groups ------------------------------------------------------------------------ */

/* Fastest flow of a patient at t = 0, from the parameters. */
static double fastest(const struct tacro_scenario *s, const struct tacro_subject *x)
{
    double v[5] = {0.0};
    static const char *const name[5] = {"CL", "V1", "Q", "V2", "KA"};
    for (size_t i = 0; i < s->rules->n; i++) {
        for (size_t k = 0; k < 5 && s->rules->rule[i].set == 0; k++) {
            if (strcmp(s->rules->rule[i].theta->name, name[k]) == 0) {
                v[k] = x->fixed[i];
            }
        }
    }
    return fmax(fmax(v[0] / v[1], v[2] / v[1]), fmax(v[2] / v[3], v[4]));
}

static void test_group_fills_blocks_by_stiffness_then_index(void **state)
{
    struct tacro_scenario *s = test_scenario(text);
    const struct tacro_block_setup setup = test_setup(s, 1e-6, NULL);
    struct tacro_group *group = NULL;
    bool seen[TACRO_GROUP] = {false};
    (void)state;
    assert_int_equal(tacro_group_create(s, &group, NULL), TACRO_OK);
    tacro_group_load(s, &setup, 0, group);
    assert_int_equal(group->n, TACRO_GROUP);
    assert_int_equal(group->nblocks, TACRO_GROUP_BLOCKS);
    for (size_t i = 0; i < group->n; i++) {
        assert_int_equal(group->subject[i].index, i);
        assert_false(seen[group->order[i]]);
        seen[group->order[i]] = true;
        if (i > 0) {
            const double a = fastest(s, &group->subject[group->order[i - 1]]);
            const double b = fastest(s, &group->subject[group->order[i]]);
            assert_true(a < b || (a == b && group->order[i - 1] < group->order[i]));
        }
    }
    tacro_group_free(group);
    tacro_group_free(NULL);
    tacro_scenario_free(s);
}

static void test_group_has_the_kappas_of_every_slot_of_its_courses(void **state)
{
    struct tacro_scenario *s = test_scenario(text);
    const struct tacro_block_setup setup = test_setup(s, 1e-6, NULL);
    struct tacro_group *group = NULL;
    (void)state;
    assert_true(s->rules->nkappas > 0);
    assert_int_equal(tacro_group_create(s, &group, NULL), TACRO_OK);
    for (size_t index = 0; index < 2; index++) {
        tacro_group_load(s, &setup, index, group);
        for (size_t i = 0; i < group->n; i++) {
            const struct tacro_subject *x = &group->subject[i];
            const struct tacro_course *course = &s->arm[i % s->input->nregimens].course;
            struct tacro_subject alone;
            tacro_subject_draw(s->rules, x->index, &alone);
            for (size_t k = 0; k < course->n; k++) {
                const int32_t slot = course->segment[k].slot;
                assert_true(slot >= x->first_slot);
                assert_true((size_t)(slot - x->first_slot) < x->nslots);
                for (size_t r = 0; r < s->rules->n; r++) {
                    assert_true(!(s->rules->rule[r].kappa > 0.0) ||
                                tacro_subject_kappa(s->rules, r, x, slot) ==
                                    tacro_subject_kappa(s->rules, r, &alone, slot));
                }
            }
        }
    }
    tacro_group_free(group);
    tacro_scenario_free(s);
}

static void test_group_last_one_is_short_and_its_tail_repeats_a_row(void **state)
{
    struct tacro_scenario *s = test_scenario(text);
    const struct tacro_block_setup setup = test_setup(s, 1e-6, NULL);
    struct tacro_group *group = NULL;
    size_t row[TACRO_LANES];
    (void)state;
    assert_int_equal(tacro_group_count(s), 2);
    assert_int_equal(tacro_group_size(s, 0), 512);
    assert_int_equal(tacro_group_size(s, 1), 88);
    assert_int_equal(tacro_group_create(s, &group, NULL), TACRO_OK);
    tacro_group_load(s, &setup, 1, group);
    assert_int_equal(group->n, 88);
    assert_int_equal(group->nblocks, 2);
    assert_int_equal(group->subject[87].index, 599);
    tacro_group_rows(group, 1, row);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(row[l], group->order[l < 24 ? 64 + l : 87]);
    }
    tacro_group_free(group);
    tacro_scenario_free(s);
}

static void
test_group_loaded_again_is_drawn_once_and_reloaded_when_another(void **state)
{
    struct tacro_scenario *s = test_scenario(text);
    const struct tacro_block_setup setup = test_setup(s, 1e-6, NULL);
    struct tacro_group *group = NULL;
    (void)state;
    assert_int_equal(tacro_group_create(s, &group, NULL), TACRO_OK);
    tacro_group_load(s, &setup, 0, group);
    group->subject[0].index = 12345; /* stays: the group is there already */
    tacro_group_load(s, &setup, 0, group);
    assert_int_equal(group->subject[0].index, 12345);
    tacro_group_load(s, &setup, 1, group);
    assert_int_equal(group->subject[0].index, 512);
    tacro_group_load(s, &setup, 0, group);
    assert_int_equal(group->subject[0].index, 0);
    tacro_group_free(group);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_cover_the_grid_and_its_outside),
        cmocka_unit_test(test_bins_are_those_of_the_logarithm),
        cmocka_unit_test(test_bins_value_is_within_a_quarter_percent),
        cmocka_unit_test(test_gather_curves_stand_in_the_row_of_their_lane),
        cmocka_unit_test(
            test_gather_troughs_are_levels_at_trough_times_nan_before_the_first_dose),
        cmocka_unit_test(test_gather_auc24_is_the_area_of_the_dosing_day_nan_when_cut),
        cmocka_unit_test(test_gather_risks_count_from_the_landmark),
        cmocka_unit_test(test_gather_death_competes_from_the_landmark_on),
        cmocka_unit_test(test_gather_event_times_stand_in_the_row_of_their_lane),
        cmocka_unit_test(test_gather_failed_lane_keeps_its_row_full_of_nan),
        cmocka_unit_test(test_group_fills_blocks_by_stiffness_then_index),
        cmocka_unit_test(test_group_has_the_kappas_of_every_slot_of_its_courses),
        cmocka_unit_test(test_group_last_one_is_short_and_its_tail_repeats_a_row),
        cmocka_unit_test(
            test_group_loaded_again_is_drawn_once_and_reloaded_when_another),
    };
    return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
