/**
 * What changes inside a segment: the kernel that moves coefficients and inputs, and the
 * lists of doses on their way.
 */
#include "solve/moving.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_sf_gamma.h>

#include "tests/support/chain.h"
#include "tests/support/check.h"
#include "tests/support/kernels.h"

#define TURN 6.28318530717958647692528676655900577L
#define ROUNDING 1e-14 /* of some ten operations; the exponents are below 50 */
#define PEAK 17.25

struct fixture {
    struct test_chain *chain;
    struct tacro_moving *moving;
    double *mesor; /* borrowed by `moving`: it stays where it is */
    double *amplitude;
    double *cl;
};

/* CL with a rhythm; doses through `savic`. */
static struct fixture create(void)
{
    static const char *const part[] = {"savic", "2cmt", "auc"};
    struct fixture f;
    struct tacro_error err = {.status = TACRO_OK};
    uint64_t seed = 23;
    f.chain = test_chain_create(part, 3, &seed);
    f.cl = test_chain_coef(f.chain, "CL");
    f.mesor = tacro_lanes_alloc(1);
    assert_non_null(f.mesor);
    f.amplitude = tacro_lanes_alloc(1);
    assert_non_null(f.amplitude);
    memcpy(f.mesor, f.cl, TACRO_LANES * sizeof *f.mesor);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        f.amplitude[l] = test_draw(&seed, 0.0, 0.4);
        test_chain_coef(f.chain, "MTT")[l] = test_draw(&seed, 0.5, 8.0);
        test_chain_coef(f.chain, "NTR")[l] = l == 0 ? 0.0 : test_draw(&seed, 0.1, 12.0);
    }
    tacro_kernels_find("baseline")->rates(f.chain->system, f.chain->coef);
    tacro_system_add_rhythm(f.chain->system, 1,
                            (int)(f.cl - f.chain->coef[0]) / TACRO_LANES, 0, PEAK);
    if (tacro_moving_create(f.chain->system, (const double(*)[TACRO_LANES])f.mesor,
                            (const double(*)[TACRO_LANES])f.amplitude, &f.moving,
                            &err) != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    f.chain->lanes.moving = f.moving;
    return f;
}

static void end(struct fixture *f)
{
    tacro_moving_free(f->moving);
    free(f->mesor);
    free(f->amplitude);
    test_chain_free(f->chain);
}

static const double (*coef(const struct fixture *f))[TACRO_LANES]
{
    return (const double(*)[TACRO_LANES])f->chain->coef;
}

static long double input_of(const struct fixture *f, size_t l, double amount, double t)
{
    const long double n = test_chain_coef(f->chain, "NTR")[l];
    const long double ktr = (n + 1.0L) / test_chain_coef(f->chain, "MTT")[l];
    return amount * ktr * expl(n * logl(ktr * t) - ktr * t - lgammal(n + 1.0L));
}

static void test_kernel_moves_coefficients_and_inputs(void **state)
{
    struct fixture f = create();
    const struct test_chain *c = f.chain;
    double first[2][TACRO_LANES];
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(tacro_moving_add(f.moving, 0, l, coef(&f), 3.0, c->time0[l]));
        if (l % 2 == 0) {
            assert_true(
                tacro_moving_add(f.moving, 0, l, coef(&f), 2.0, c->time0[l] - 5.0));
        }
    }
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        if (kernels == NULL) {
            continue;
        }
        f.moving->tau = NAN;
        kernels->move(c->system, &c->lanes, 0.75);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double time = c->time0[l] + 0.75 * c->span[l];
            const double t = time - c->time0[l];
            const long double cosine = cosl(TURN * ((long double)time - PEAK) / 24.0L);
            const long double more =
                l % 2 == 0 ? input_of(&f, l, 2.0, time - (c->time0[l] - 5.0)) : 0.0L;
            test_check_close("CL", f.cl[l],
                             (double)(f.mesor[l] * (1.0L + f.amplitude[l] * cosine)),
                             4e-15);
            test_check_close("CL/V1", c->coef[c->system->part[1].coef + 4][l],
                             f.cl[l] / test_chain_coef(f.chain, "V1")[l], 0.0);
            test_check_close("input", f.moving->forced[0][l],
                             (double)(input_of(&f, l, 3.0, t) + more), 20.0 * ROUNDING);
        }
        if (k > 0) {
            assert_memory_equal(f.cl, first[0], sizeof first[0]);
            assert_memory_equal(f.moving->forced[0], first[1], sizeof first[1]);
        }
        memcpy(first[0], f.cl, sizeof first[0]);
        memcpy(first[1], f.moving->forced[0], sizeof first[1]);
    }
    end(&f);
}

/* Equations see what the kernel moved: rhs is its residual, of another instant each. */
static void test_equations_move_by_themselves(void **state)
{
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    struct fixture f = create();
    const struct test_chain *c = f.chain;
    const size_t size = c->system->nstates * TACRO_LANES;
    double *dy = tacro_lanes_alloc(c->system->nstates);
    double *zero = tacro_lanes_alloc(c->system->nstates);
    double *left = tacro_lanes_alloc(c->system->nstates);
    (void)state;
    memset(zero, 0, size * sizeof *zero);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(tacro_moving_add(f.moving, 0, l, coef(&f), 3.0, c->time0[l]));
    }
    for (int step = 0; 0.25 + 0.25 * step <= 1.0; step++) {
        const double tau = 0.25 + 0.25 * step;
        f.moving->tau = NAN;
        kernels->rhs(c->system, &c->lanes, tau, c->y, dy);
        assert_true(f.moving->tau == tau);
        f.moving->tau = NAN;
        kernels->residual(c->system, &c->lanes, tau, 1.0, 0.0, c->y, zero, NULL, left);
        for (size_t i = 0; i < size; i++) {
            test_check_close("residual", left[i], dy[i], 1e-15);
        }
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double ka = test_chain_coef(f.chain, "KA")[l];
            test_check_close("DEPOT", dy[l],
                             c->span[l] * (f.moving->forced[0][l] - ka * c->y[l]),
                             1e-13);
        }
    }
    free(dy);
    free(zero);
    free(left);
    end(&f);
}

/* Nothing is forgotten of which 1e-16 is to come, and little after that. */
static void test_doses_are_forgotten_when_nothing_is_left(void **state)
{
    struct fixture f = create();
    double time[TACRO_LANES];
    (void)state;
    for (int step = 0; 0.5 * step < 200.0; step++) {
        const double t = 0.5 * step;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double n1 = test_chain_coef(f.chain, "NTR")[l] + 1.0;
            const double x = n1 / test_chain_coef(f.chain, "MTT")[l] * t;
            const double left = gsl_sf_gamma_inc_Q(n1, x);
            const bool is_left = tacro_moving_is_left(f.moving, 0, l, coef(&f), t);
            if (left > 1.0001e-16) {
                assert_true(is_left);
            } else if (left < 3e-17) {
                assert_false(is_left);
            }
        }
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        time[l] = 1000.0;
        assert_true(tacro_moving_add(f.moving, 0, l, coef(&f), 1.0, 0.0));
        assert_true(tacro_moving_add(f.moving, 0, l, coef(&f), 2.0, 999.0));
    }
    assert_int_equal(f.moving->coming[0].n, 2);
    tacro_moving_prune(f.moving, time);
    assert_int_equal(f.moving->coming[0].n, 1);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(f.moving->coming[0].amount[0][l] == 2.0);
        assert_true(f.moving->coming[0].amount[1][l] == 0.0);
    }
    tacro_moving_clear_lane(f.moving, 3);
    assert_true(f.moving->coming[0].amount[0][3] == 0.0);
    assert_true(f.moving->coming[0].amount[0][4] == 2.0);
    tacro_moving_clear(f.moving);
    assert_int_equal(f.moving->coming[0].n, 0);
    assert_true(f.moving->coming[0].amount[0][4] == 0.0);
    end(&f);
}

static void test_a_lane_has_room_for_many_doses_and_says_when_not(void **state)
{
    struct fixture f = create();
    (void)state;
    for (size_t i = 0; i < TACRO_MOST_DOSES; i++) {
        assert_true(tacro_moving_add(f.moving, 0, 5, coef(&f), 1.0, (double)i));
    }
    for (size_t i = 0; i < TACRO_MOST_DOSES; i++) {
        assert_true(f.moving->coming[0].entry[i][5] == (double)i);
        assert_true(f.moving->coming[0].amount[i][6] == 0.0);
    }
    assert_false(tacro_moving_add(f.moving, 0, 5, coef(&f), 1.0, 0.0));
    end(&f);
}

/* Half a standard deviation of the narrowest input, until its bulk has come. */
static void test_steps_do_not_pass_over_a_dose(void **state)
{
    struct fixture f = create();
    const struct tacro_lanes *lanes = &f.chain->lanes;
    double until = 0.0;
    (void)state;
    assert_true(tacro_moving_step(lanes, 0.0, &until) == 0.0);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        f.chain->span[l] = 12.0;
        test_chain_coef(f.chain, "NTR")[l] = 24.0;
        test_chain_coef(f.chain, "MTT")[l] = l == 9 ? 1.0 : 2.0; /* sd: a fifth */
    }
    tacro_kernels_find("baseline")->rates(f.chain->system, f.chain->coef);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double entry = f.chain->time0[l];
        assert_true(tacro_moving_add(f.moving, 0, l, coef(&f), 1.0, entry));
    }
    test_check_close("step", tacro_moving_step(lanes, 0.0, &until), 0.1 / 12.0, 1e-12);
    test_check_close("until", until, 2.6 / 12.0, 1e-12);
    test_check_close("step", tacro_moving_step(lanes, 0.3, &until), 0.2 / 12.0, 1e-12);
    test_check_close("until", until, 5.2 / 12.0, 1e-12);
    assert_true(tacro_moving_step(lanes, 0.5, &until) == 0.0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_moves_coefficients_and_inputs),
        cmocka_unit_test(test_equations_move_by_themselves),
        cmocka_unit_test(test_doses_are_forgotten_when_nothing_is_left),
        cmocka_unit_test(test_a_lane_has_room_for_many_doses_and_says_when_not),
        cmocka_unit_test(test_steps_do_not_pass_over_a_dose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
