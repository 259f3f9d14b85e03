/**
 * Risks of a course in which outcomes follow each other and death ends it, against
 * closed forms.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "run/course_risk.h"
#include "tests/support/check.h"

#define N 12          /* times: the landmark and every 24 h */
#define LANDMARK 30.0 /* h */
#define STEP 24.0     /* h */
#define SUM_TOL 1e-12
#define MANY 4000 /* intervals, where the form is exact for infinitely many */

struct course {
    struct tacro_course_hazards hazards;
    struct tacro_course_risks risks;
    double *time;
    double event[TACRO_MAX_RISKS * TACRO_LANES];
};

static void create(struct course *c, size_t noutcomes, size_t n, double step)
{
    *c = (struct course){0};
    c->time = calloc(n, sizeof *c->time);
    assert_non_null(c->time);
    for (size_t j = 0; j < n; j++) {
        c->time[j] = LANDMARK + step * (double)j;
    }
    assert_int_equal(
        tacro_course_risks_create(noutcomes, n, &c->hazards, &c->risks, NULL),
        TACRO_OK);
    c->hazards.time = c->time;
    c->hazards.event_time = c->event;
    for (size_t i = 0; i < (size_t)TACRO_MAX_RISKS * TACRO_LANES; i++) {
        c->event[i] = INFINITY;
    }
}

static void release(struct course *c)
{
    tacro_course_risks_free(&c->hazards, &c->risks);
    free(c->time);
}

static void fill(struct course *c)
{
    tacro_course_risks_fill(&c->hazards, tacro_kernels_find(NULL), &c->risks);
}

/* Hazard of a lane, 1/h: no two lanes have the same. */
static double constant(size_t k, size_t l)
{
    return 1e-5 * pow(1.15, (double)l) * (k == 0 ? 1.0 : 7.0 / (1.0 + (double)l));
}

static void set_constant(struct course *c)
{
    for (size_t k = 0; k < c->hazards.noutcomes; k++) {
        for (size_t j = 0; j < c->hazards.n; j++) {
            for (size_t l = 0; l < TACRO_LANES; l++) {
                c->hazards.hazard[(k * c->hazards.n + j) * TACRO_LANES + l] =
                    constant(k, l) * (c->time[j] - c->time[0]);
            }
        }
    }
}

static double at(const struct course *c, const double *value, size_t k, size_t j,
                 size_t l)
{
    return value[(k * c->hazards.n + j) * TACRO_LANES + l];
}

static void check_sum(const struct course *c)
{
    for (size_t j = 0; j < c->hazards.n; j++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            double sum = at(c, c->risks.death, 0, j, l) + at(c, c->risks.free, 0, j, l);
            for (size_t k = 0; k < c->hazards.noutcomes; k++) {
                sum += at(c, c->risks.first, k, j, l);
            }
            if (!(fabs(sum - 1.0) <= SUM_TOL)) {
                fail_msg("lane %zu, time %zu: all ends add up to 1%+.3g", l, j,
                         sum - 1.0);
            }
        }
    }
}

static void test_constant_hazards_and_death_have_their_closed_form(void **state)
{
    const double death = 0.0012 / 24.0;
    struct course c;
    (void)state;
    create(&c, 2, N, STEP);
    set_constant(&c);
    c.hazards.death = death;
    fill(&c);
    check_sum(&c);
    for (size_t j = 0; j < N; j++) {
        const double t = STEP * (double)j;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double all = constant(0, l) + constant(1, l) + death;
            const double any = -expm1(-all * t);
            for (size_t k = 0; k < 2; k++) {
                const double h = constant(k, l);
                test_check_close("ever", at(&c, c.risks.ever, k, j, l),
                                 -expm1(-(h + death) * t) * h / (h + death), 1e-13);
                test_check_close("first", at(&c, c.risks.first, k, j, l), any * h / all,
                                 1e-13);
            }
            test_check_close("death", at(&c, c.risks.death, 0, j, l), any * death / all,
                             1e-13);
            test_check_close("free", at(&c, c.risks.free, 0, j, l), exp(-all * t),
                             1e-13);
        }
    }
    release(&c);
}

/* Bit by bit: that is what a scenario without death has always had. */
static void test_without_death_each_outcome_keeps_its_own_probability(void **state)
{
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    struct course c;
    (void)state;
    create(&c, 2, N, STEP);
    set_constant(&c);
    fill(&c);
    check_sum(&c);
    for (size_t k = 0; k < 2; k++) {
        for (size_t j = 0; j < N; j++) {
            double p[TACRO_LANES] __attribute__((aligned(64)));
            const size_t row = (k * N + j) * TACRO_LANES;
            kernels->risk(c.hazards.hazard + row, p);
            assert_memory_equal(p, c.risks.ever + row, sizeof p);
        }
    }
    for (size_t i = 0; i < (size_t)N * TACRO_LANES; i++) {
        assert_true(c.risks.death[i] == 0.0);
    }
    release(&c);
}

static void test_one_outcome_alone_is_its_own_first_event(void **state)
{
    struct course c;
    (void)state;
    create(&c, 1, N, STEP);
    set_constant(&c);
    fill(&c);
    for (size_t j = 0; j < N; j++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            test_check_close("first", at(&c, c.risks.first, 0, j, l),
                             -expm1(-constant(0, l) * STEP * (double)j), 1e-14);
        }
    }
    release(&c);
}

/* Gompertz hazards a exp(b t) of one b and a death that is constant. */
static void test_growing_hazards_follow_the_integral(void **state)
{
    const double b = 0.01;
    const double a[2] = {2e-4, 5e-4};
    const double death = 1e-3;
    const double step = 300.0 / MANY;
    struct course c;
    double want[2] = {0.0, 0.0};
    (void)state;
    create(&c, 2, MANY + 1, step);
    c.hazards.death = death;
    for (size_t k = 0; k < 2; k++) {
        for (size_t j = 0; j <= MANY; j++) {
            for (size_t l = 0; l < TACRO_LANES; l++) {
                c.hazards.hazard[(k * (MANY + 1) + j) * TACRO_LANES + l] =
                    a[k] / b * expm1(b * step * (double)j);
            }
        }
    }
    fill(&c);
    check_sum(&c);
    for (size_t j = 0; j < MANY; j++) { /* midpoints of a_k exp(b t) S(t) */
        const double t = step * ((double)j + 0.5);
        const double left = exp(-(a[0] + a[1]) / b * expm1(b * t) - death * t);
        want[0] += step * a[0] * exp(b * t) * left;
        want[1] += step * a[1] * exp(b * t) * left;
    }
    for (size_t k = 0; k < 2; k++) {
        test_check_close("first", at(&c, c.risks.first, k, MANY, 5), want[k], 1e-6);
    }
    release(&c);
}

/*
 * A simulated outcome 0 in the middle of an interval, before it hazard 1 and death as
 * they are, after it nothing that could be first.
 */
static void test_a_simulated_event_takes_who_is_left_at_its_time(void **state)
{
    const double death = 2e-4;
    struct course c;
    (void)state;
    create(&c, 2, N, STEP);
    set_constant(&c);
    c.hazards.death = death;
    c.hazards.is_simulated[0] = true;
    for (size_t l = 0; l < 40; l++) {
        c.event[l] = LANDMARK + 1.0 + 5.0 * (double)l; /* the others have none */
    }
    fill(&c);
    check_sum(&c);
    for (size_t j = 0; j < N; j++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const bool is_past = c.event[l] <= c.time[j];
            const double event = c.event[l] - LANDMARK;
            const double t = is_past ? event : STEP * (double)j;
            const double h = constant(1, l);
            const double any = -expm1(-(h + death) * t);
            test_check_close("ever", at(&c, c.risks.ever, 0, j, l),
                             is_past ? exp(-death * event) : 0.0, 1e-13);
            test_check_close("first", at(&c, c.risks.first, 0, j, l),
                             is_past ? exp(-(h + death) * event) : 0.0, 1e-12);
            test_check_close("other", at(&c, c.risks.first, 1, j, l),
                             any * h / (h + death), 1e-12);
            test_check_close("death", at(&c, c.risks.death, 0, j, l),
                             any * death / (h + death), 1e-12);
            test_check_close("free", at(&c, c.risks.free, 0, j, l),
                             is_past ? 0.0 : exp(-(h + death) * t), 1e-13);
        }
    }
    release(&c);
}

static void test_of_two_simulated_events_the_earlier_is_first(void **state)
{
    struct course c;
    (void)state;
    create(&c, 2, N, STEP);
    set_constant(&c);
    c.hazards.is_simulated[0] = true;
    c.hazards.is_simulated[1] = true;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        c.event[l] = LANDMARK + 50.0;
        c.event[TACRO_LANES + l] = LANDMARK + (l < 32 ? 49.0 : 51.0);
    }
    fill(&c);
    check_sum(&c);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(at(&c, c.risks.first, 0, N - 1, l) == (l < 32 ? 0.0 : 1.0));
        assert_true(at(&c, c.risks.first, 1, N - 1, l) == (l < 32 ? 1.0 : 0.0));
        assert_true(at(&c, c.risks.ever, 0, N - 1, l) == 1.0);
        assert_true(at(&c, c.risks.ever, 1, N - 1, l) == 1.0);
        assert_true(at(&c, c.risks.free, 0, 2, l) == 1.0);
        assert_true(at(&c, c.risks.free, 0, 3, l) == 0.0);
    }
    release(&c);
}

static void test_a_failed_lane_has_no_risk_at_all(void **state)
{
    (void)state;
    for (size_t simulated = 0; simulated < 2; simulated++) {
        struct course c;
        create(&c, 2, N, STEP);
        set_constant(&c);
        c.hazards.death = 1e-4;
        c.hazards.is_simulated[0] = simulated == 1;
        for (size_t i = 0; i < (size_t)2 * N; i++) {
            c.hazards.hazard[i * TACRO_LANES + 7] = NAN;
        }
        c.event[7] = NAN;
        fill(&c);
        for (size_t j = 0; j < N; j++) {
            for (size_t k = 0; k < 2; k++) {
                assert_true(isnan(at(&c, c.risks.ever, k, j, 7)));
                assert_true(isnan(at(&c, c.risks.first, k, j, 7)));
                assert_true(isfinite(at(&c, c.risks.first, k, j, 8)));
            }
            assert_true(isnan(at(&c, c.risks.death, 0, j, 7)));
            assert_true(isnan(at(&c, c.risks.free, 0, j, 7)));
        }
        release(&c);
    }
}

/* No hazard at all in an interval: no share of nothing. */
static void test_no_hazard_gives_no_event(void **state)
{
    struct course c;
    (void)state;
    create(&c, 2, N, STEP);
    for (size_t i = 0; i < (size_t)2 * N * TACRO_LANES; i++) {
        c.hazards.hazard[i] = 0.0;
    }
    fill(&c);
    check_sum(&c);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(at(&c, c.risks.free, 0, N - 1, l) == 1.0);
        assert_true(at(&c, c.risks.ever, 1, N - 1, l) == 0.0);
    }
    release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_hazards_and_death_have_their_closed_form),
        cmocka_unit_test(test_without_death_each_outcome_keeps_its_own_probability),
        cmocka_unit_test(test_one_outcome_alone_is_its_own_first_event),
        cmocka_unit_test(test_growing_hazards_follow_the_integral),
        cmocka_unit_test(test_a_simulated_event_takes_who_is_left_at_its_time),
        cmocka_unit_test(test_of_two_simulated_events_the_earlier_is_first),
        cmocka_unit_test(test_a_failed_lane_has_no_risk_at_all),
        cmocka_unit_test(test_no_hazard_gives_no_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
