/*
 * The exact propagator on single segments against matrix exponentials in long double,
 * where closed forms lose their digits: equal rates, no clearance, no exchange, stiff
 * absorption.
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

#include "solve/solver.h"
#include "tests/support/chain.h"
#include "tests/support/check.h"
#include "tests/support/expm.h"
#include "tests/support/kernels.h"

/* A squaring doubles the relative error of 1e-16; a stiff lane takes up to 14. */
#define EXACT 4e-12

#define NOUTPUTS 5

static const char *const oral[] = {"first_order", "2cmt", "auc"};

struct outputs {
    double offset[NOUTPUTS][TACRO_LANES] __attribute__((aligned(64)));
    double value[NOUTPUTS][TACRO_LANES] __attribute__((aligned(64)));
};

static void set_all(struct test_chain *chain, const char *name, double value)
{
    double *row = test_chain_coef(chain, name);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        row[l] = value;
    }
}

static struct tacro_solver *create_method(const struct tacro_method *method,
                                          const struct test_chain *chain,
                                          const char *kernels)
{
    struct tacro_solver *solver = NULL;
    assert_int_equal(
        method->create(chain->system, tacro_kernels_find(kernels), 1e-8, &solver, NULL),
        TACRO_OK);
    solver->method->begin(solver);
    return solver;
}

static struct tacro_solver *create(const struct test_chain *chain, const char *kernels)
{
    return create_method(&tacro_method_exact, chain, kernels);
}

/* One segment from chain->y; its end stands in solver->state. */
static void advance(struct test_chain *chain, struct tacro_solver *solver,
                    struct outputs *out)
{
    const size_t size = chain->system->nstates * TACRO_LANES * sizeof(double);
    struct tacro_curve curve = {.n = NOUTPUTS,
                                .offset = (const double(*)[TACRO_LANES])out->offset,
                                .value = out->value};
    double tau = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        curve.count[l] = NOUTPUTS;
        for (size_t j = 0; j < NOUTPUTS; j++) {
            out->offset[j][l] = chain->span[l] * ((double)j + 0.5) / NOUTPUTS;
        }
    }
    tacro_kernels_find(NULL)->rates(chain->system, chain->coef);
    memcpy(solver->state, chain->y, size);
    assert_int_equal(solver->method->advance(solver, &chain->lanes, &curve, &tau, NULL),
                     TACRO_OK);
    assert_true(tau == 1.0);
}

/* The state of a lane at tau in long double, with constant input as one state more. */
static void reference(const struct test_chain *chain, size_t l, long double tau,
                      long double *y)
{
    const size_t n = chain->system->nstates;
    const size_t m = n + 1;
    const double *input = tacro_lanes_input(&chain->lanes, 0);
    long double jacobian[TACRO_MAX_STATES * TACRO_MAX_STATES];
    long double a[TEST_EXPM_MAX * TEST_EXPM_MAX] = {0};
    long double e[TEST_EXPM_MAX * TEST_EXPM_MAX];
    assert_true(m <= TEST_EXPM_MAX);
    test_chain_jacobian(chain, tacro_kernels_find("baseline"), l, jacobian);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            a[i * m + j] = jacobian[i * n + j];
        }
    }
    a[(size_t)chain->system->dose_state * m + n] =
        input == NULL ? 0.0L : (long double)input[l] * chain->span[l];
    test_expm(m, a, tau, e);
    for (size_t i = 0; i < n; i++) {
        y[i] = e[i * m + n];
        for (size_t j = 0; j < n; j++) {
            y[i] += e[i * m + j] * chain->y[j * TACRO_LANES + l];
        }
    }
}

static void check_lane(const struct test_chain *chain,
                       const struct tacro_solver *solver, const struct outputs *out,
                       size_t l)
{
    const struct tacro_reading conc = chain->system->signal[TACRO_CONC];
    long double y[TACRO_MAX_STATES] = {0.0L};
    char what[64];
    reference(chain, l, 1.0L, y);
    for (size_t s = 0; s < chain->system->nstates; s++) {
        snprintf(what, sizeof what, "%s of lane %zu", chain->system->state[s]->name, l);
        /* what has decayed to nothing is zero */
        if (y[s] > 1e-250L) {
            test_check_close(what, solver->state[s * TACRO_LANES + l], (double)y[s],
                             EXACT);
        }
    }
    for (size_t j = 0; j < NOUTPUTS; j++) {
        reference(chain, l, ((long double)j + 0.5L) / NOUTPUTS, y);
        snprintf(what, sizeof what, "output %zu of lane %zu", j, l);
        test_check_close(what, out->value[j][l],
                         (double)(y[conc.state] * chain->coef[conc.gain][l]), EXACT);
    }
}

static void check_segment(struct test_chain *chain)
{
    struct tacro_solver *solver = create(chain, NULL);
    struct outputs out;
    advance(chain, solver, &out);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        check_lane(chain, solver, &out, l);
    }
    solver->method->free(solver);
}

static struct test_chain *oral_chain(uint64_t seed)
{
    return test_chain_create(oral, sizeof oral / sizeof oral[0], &seed);
}

static void test_random_lanes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct test_chain *chain = oral_chain(seed);
        check_segment(chain);
        test_chain_free(chain);
    }
}

/* The fast eigenvalue of the disposition. */
static double alpha(double CL, double V1, double Q, double V2)
{
    const double sum = CL / V1 + Q / V1 + Q / V2;
    return (sum + sqrt(sum * sum - 4.0 * CL / V1 * Q / V2)) / 2.0;
}

static void test_absorption_rate_equal_to_alpha(void **state)
{
    static const double nearly[] = {1.0, 1.0 + 1e-15, 1.0 - 1e-12, 1.0 + 1e-8,
                                    1.0 - 1e-5};
    (void)state;
    for (size_t i = 0; i < sizeof nearly / sizeof nearly[0]; i++) {
        struct test_chain *chain = oral_chain(100 + i);
        double *KA = test_chain_coef(chain, "KA");
        for (size_t l = 0; l < TACRO_LANES; l++) {
            KA[l] = nearly[i] * alpha(test_chain_coef(chain, "CL")[l],
                                      test_chain_coef(chain, "V1")[l],
                                      test_chain_coef(chain, "Q")[l],
                                      test_chain_coef(chain, "V2")[l]);
        }
        check_segment(chain);
        test_chain_free(chain);
    }
}

static void check_with(const char *name, const double *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct test_chain *chain = oral_chain(200 + i);
        set_all(chain, name, value[i]);
        check_segment(chain);
        test_chain_free(chain);
    }
}

static void test_clearance_towards_zero(void **state)
{
    static const double value[] = {1e-3, 1e-8, 1e-15, 0.0};
    (void)state;
    check_with("CL", value, sizeof value / sizeof value[0]);
}

static void test_exchange_towards_zero(void **state)
{
    static const double value[] = {1e-3, 1e-8, 1e-15, 0.0};
    (void)state;
    check_with("Q", value, sizeof value / sizeof value[0]);
}

static void test_stiff_absorption(void **state)
{
    static const double value[] = {30.0, 100.0, 300.0};
    (void)state;
    check_with("KA", value, sizeof value / sizeof value[0]);
}

static void test_constant_input(void **state)
{
    (void)state;
    for (uint64_t seed = 300; seed < 310; seed++) {
        struct test_chain *chain = oral_chain(seed);
        double input[1][TACRO_LANES] __attribute__((aligned(64)));
        for (size_t l = 0; l < TACRO_LANES; l++) {
            input[0][l] = test_draw(&seed, 0.0, 2.0);
        }
        tacro_system_infuse(chain->system, chain->system->dose_state);
        chain->lanes.input = (const double(*)[TACRO_LANES])input;
        check_segment(chain);
        /* from nothing, all comes from the infusion */
        memset(chain->y, 0, sizeof chain->y);
        check_segment(chain);
        test_chain_free(chain);
    }
}

/* A new KA touches the columns that depend on it: the rest stays, to the bit. */
static void test_partial_update_equals_a_new_solver(void **state)
{
    uint64_t seed = 400;
    struct test_chain *chain = oral_chain(seed);
    struct tacro_solver *kept = create(chain, NULL);
    struct outputs a;
    struct outputs b;
    double *KA = test_chain_coef(chain, "KA");
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        KA[l] = 2.0; /* the largest of all: the ladder starts equally low */
    }
    advance(chain, kept, &a);
    for (size_t k = 0; k < 5; k++) {
        struct tacro_solver *fresh = create(chain, NULL);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            KA[l] = l == 0 ? 2.0 : test_draw(&seed, 0.1, 2.0);
        }
        test_chain_draw_states(chain, &seed);
        advance(chain, kept, &a);
        advance(chain, fresh, &b);
        for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i++) {
            assert_true(test_same_bits(kept->state[i], fresh->state[i]));
        }
        for (size_t j = 0; j < NOUTPUTS; j++) {
            assert_memory_equal(a.value[j], b.value[j], sizeof a.value[j]);
        }
        fresh->method->free(fresh);
    }
    kept->method->free(kept);
    test_chain_free(chain);
}

static void test_idle_lanes_stay(void **state)
{
    struct test_chain *chain = oral_chain(500);
    struct tacro_solver *solver = create(chain, NULL);
    struct outputs out;
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l += 2) {
        chain->span[l] = 0.0;
    }
    advance(chain, solver, &out);
    for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i += 2) {
        assert_true(solver->state[i] == chain->y[i]);
    }
    check_lane(chain, solver, &out, 1);
    solver->method->free(solver);
    test_chain_free(chain);
}

static void test_kernels_give_the_same_bits(void **state)
{
    static const char *const whole[] = {"first_order", "2cmt", "auc", "pres",
                                        "rejection"};
    uint64_t seed = 600;
    struct test_chain *chain =
        test_chain_create(whole, sizeof whole / sizeof whole[0], &seed);
    struct tacro_solver *baseline = create(chain, "baseline");
    struct outputs a;
    struct outputs b;
    (void)state;
    advance(chain, baseline, &a);
    for (size_t k = 1; k < TEST_NKERNELS; k++) {
        struct tacro_solver *other;
        if (tacro_kernels_find(test_kernel_names[k]) == NULL) {
            continue;
        }
        other = create(chain, test_kernel_names[k]);
        advance(chain, other, &b);
        for (size_t i = 0; i < chain->system->nstates * TACRO_LANES; i++) {
            assert_true(test_same_bits(baseline->state[i], other->state[i]));
        }
        for (size_t j = 0; j < NOUTPUTS; j++) {
            assert_memory_equal(a.value[j], b.value[j], sizeof a.value[j]);
        }
        other->method->free(other);
    }
    baseline->method->free(baseline);
    test_chain_free(chain);
}

/* The transit chain: every rate equal, as stiff as 100 /h. */
static void test_equal_transit_rates(void **state)
{
    static const char *const transit[] = {"erlang_4", "2cmt", "auc"};
    static const double value[] = {0.3, 3.0, 30.0, 100.0};
    (void)state;
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        uint64_t seed = 700 + i;
        struct test_chain *chain =
            test_chain_create(transit, sizeof transit / sizeof transit[0], &seed);
        set_all(chain, "KTR", value[i]);
        check_segment(chain);
        test_chain_free(chain);
    }
}

/* The ends of the families, and the longest chain before the most compartments. */
static void test_chains_of_any_length(void **state)
{
    static const char *const chain[][3] = {{"erlang_1", "1cmt", "auc"},
                                           {"erlang_3", "3cmt", "auc"},
                                           {"erlang_24", "3cmt", "auc"},
                                           {"transit_1", "2cmt", "auc"},
                                           {"transit_20", "3cmt", "auc"}};
    (void)state;
    for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++) {
        uint64_t seed = 750 + i;
        struct test_chain *c = test_chain_create(chain[i], 3, &seed);
        check_segment(c);
        test_chain_free(c);
    }
}

/*
 * The hazard at the time found, from a segment that ends there, is the level asked for.
 * Lanes whose level the segment does not reach report none.
 */
static void check_crossings(const struct tacro_method *method, double allowed)
{
    static const char *const whole[] = {"first_order", "2cmt", "auc", "pres",
                                        "rejection"};
    uint64_t seed = 800;
    struct test_chain *chain =
        test_chain_create(whole, sizeof whole / sizeof whole[0], &seed);
    struct tacro_solver *solver = create_method(method, chain, NULL);
    const size_t hazard = test_chain_state(chain, "HP") * TACRO_LANES;
    double level[TACRO_LANES];
    double offset[TACRO_LANES];
    const struct tacro_watch watch = {(int)(hazard / TACRO_LANES), level, offset};
    struct tacro_curve curve = {.nwatches = 1, .watch = &watch};
    double tau = 0.0;
    const size_t size = chain->system->nstates * TACRO_LANES * sizeof(double);
    memset(chain->y + hazard, 0, TACRO_LANES * sizeof *chain->y);
    memcpy(solver->state, chain->y, size);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        level[l] = INFINITY;
    }
    assert_int_equal(solver->method->advance(solver, &chain->lanes, &curve, &tau, NULL),
                     TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(isinf(offset[l]));
        /* every tenth lane's is out of reach */
        level[l] = solver->state[hazard + l] *
                   (l % 10 == 9 ? 1.01 : test_draw(&seed, 0.01, 0.99));
    }
    memcpy(solver->state, chain->y, size);
    assert_int_equal(solver->method->advance(solver, &chain->lanes, &curve, &tau, NULL),
                     TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_true(l % 10 == 9 ? isinf(offset[l])
                                : offset[l] > 0.0 && offset[l] < chain->span[l]);
        chain->span[l] = isinf(offset[l]) ? 0.0 : offset[l];
    }
    curve.nwatches = 0;
    memcpy(solver->state, chain->y, size);
    assert_int_equal(solver->method->advance(solver, &chain->lanes, &curve, &tau, NULL),
                     TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (l % 10 != 9) {
            test_check_close("hazard at the event", solver->state[hazard + l], level[l],
                             allowed);
        }
    }
    solver->method->free(solver);
    test_chain_free(chain);
}

static void test_event_times_of_the_propagator(void **state)
{
    (void)state;
    check_crossings(&tacro_method_exact, 1e-7);
}

static void test_event_times_of_cvode(void **state)
{
    (void)state;
    check_crossings(&tacro_method_cvode, 1e-6);
}

/* x(z) of dx/dz = u^m - x, x(0) = 0 at u = z/Z: by parts, downwards from x' = 0. */
static long double filtered_power(long double Z, int m, long double u)
{
    const int n = 400;
    long double sum = 0.0L;
    /* long double Simpson over exp(-(uZ - s)) (s/Z)^m, s in [lower, uZ] */
    const long double top = u * Z;
    const long double lower = top > 60.0L ? top - 60.0L : 0.0L;
    const long double h = (top - lower) / n;
    for (int i = 0; i <= n; i++) {
        const long double s = lower + h * i;
        const long double w = i == 0 || i == n ? 1.0L : i % 2 == 1 ? 4.0L : 2.0L;
        sum += w * expl(s - top) * powl(s / Z, m);
    }
    return sum * h / 3.0L;
}

static void test_filter_weights_are_exact_for_polynomials(void **state)
{
    static const double value[] = {1e-9, 1e-3, 0.5, 1.9, 2.1, 7.0, 40.0, 1e3};
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    double z[TACRO_LANES] __attribute__((aligned(64)));
    double(*w)[TACRO_LANES] =
        aligned_alloc(64, (size_t)TACRO_POINTS * TACRO_POINTS * sizeof *w);
    (void)state;
    assert_non_null(w);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        z[l] = value[l % 8];
    }
    kernels->filter_weights(z, w[0]);
    for (size_t l = 0; l < 8; l++) {
        for (size_t i = 0; i < TACRO_POINTS; i++) {
            const double u = i < TACRO_NODES ? tacro_gauss_node[i] : 1.0;
            test_check_close("decay", w[i * TACRO_POINTS][l], exp(-u * z[l]), 1e-12);
            for (int m = 0; m < TACRO_NODES; m++) {
                double sum = 0.0;
                for (size_t j = 0; j < TACRO_NODES; j++) {
                    sum += w[i * TACRO_POINTS + 1 + j][l] * pow(tacro_gauss_node[j], m);
                }
                /* Simpson's error is (60/400)^4/180 of the largest at most */
                assert_true(fabs(sum - (double)filtered_power(z[l], m, u)) <=
                            3e-6 * fmin(1.0, z[l]));
            }
        }
    }
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lanes),
        cmocka_unit_test(test_absorption_rate_equal_to_alpha),
        cmocka_unit_test(test_clearance_towards_zero),
        cmocka_unit_test(test_exchange_towards_zero),
        cmocka_unit_test(test_stiff_absorption),
        cmocka_unit_test(test_equal_transit_rates),
        cmocka_unit_test(test_chains_of_any_length),
        cmocka_unit_test(test_constant_input),
        cmocka_unit_test(test_event_times_of_the_propagator),
        cmocka_unit_test(test_event_times_of_cvode),
        cmocka_unit_test(test_partial_update_equals_a_new_solver),
        cmocka_unit_test(test_idle_lanes_stay),
        cmocka_unit_test(test_kernels_give_the_same_bits),
        cmocka_unit_test(test_filter_weights_are_exact_for_polynomials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
