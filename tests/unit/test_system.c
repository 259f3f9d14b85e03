/**
 * Chains of parts: what is refused, where things are, the sparse LU and the Jacobian.
 */
#include "models/registry.h"
#include "solve/system.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/chain.h"
#include "tests/support/check.h"
#include "tests/support/kernels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const full_chain[] = {"first_order", "2cmt", "rbc",
                                         "auc",         "pres", "rejection"};

static enum tacro_status create(const char *const *name, size_t n,
                                struct tacro_system **out, struct tacro_error *err)
{
    size_t part[2 * TACRO_MAX_PARTS] = {0};
    size_t set[2 * TACRO_MAX_PARTS] = {0};
    for (size_t i = 0; i < n; i++) {
        part[i] = tacro_parts_find(name[i]);
        assert_true(part[i] < tacro_parts_count());
    }
    return tacro_system_create(part, set, n, out, err);
}

static void refuse(const char *const *name, size_t n, const char *words)
{
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_system *system = (struct tacro_system *)&err; /* must become NULL */
    assert_int_equal(create(name, n, &system, &err), TACRO_EINPUT);
    assert_int_equal(err.status, TACRO_EINPUT);
    assert_string_equal(err.text, words);
    assert_null(system);
}

static void test_system_signal_read_before_it_is_written_is_refused(void **state)
{
    static const char *const hazard[] = {"pres", "first_order", "2cmt"};
    static const char *const area[] = {"first_order", "auc", "2cmt"};
    static const char *const map[] = {"first_order", "rbc", "2cmt"};
    (void)state;
    refuse(hazard, 3, "part pres reads CONC, which no part before it writes");
    refuse(area, 3, "part auc reads CONC, which no part before it writes");
    refuse(map, 3, "part rbc reads CONC, which no part before it writes");
}

static void test_system_second_taker_of_mass_is_refused(void **state)
{
    static const char *const name[] = {"first_order", "2cmt", "2cmt"};
    (void)state;
    refuse(name, 3, "part 2cmt takes up mass that another part takes up already");
}

static void test_system_mass_that_goes_nowhere_is_refused(void **state)
{
    static const char *const name[] = {"first_order"};
    (void)state;
    refuse(name, 1, "part first_order: no part takes up the mass that leaves it");
}

/* The level is the map's alone: nothing reads it before, no other part makes it. */
static void test_system_level_has_one_map_before_its_readers(void **state)
{
    static const char *const late[] = {"first_order", "2cmt", "rbc", "blood"};
    static const char *const twice[] = {"first_order", "2cmt", "blood", "blood"};
    (void)state;
    refuse(late, 4, "part rbc reads CONC, which no part before it writes");
    refuse(twice, 4, "part blood writes a signal that another part writes already");
}

static void test_system_without_a_dosed_part_is_refused(void **state)
{
    static const char *const name[] = {"auc"};
    (void)state;
    refuse(name, 0, "no part of the chain takes doses");
}

static void test_system_too_many_parts_are_refused(void **state)
{
    const char *name[TACRO_MAX_PARTS + 1] = {"first_order", "2cmt"};
    struct tacro_system *system = NULL;
    (void)state;
    for (size_t i = 2; i < COUNT(name); i++) {
        name[i] = "auc";
    }
    refuse(name, COUNT(name), "part auc: the chain is too long");
    assert_int_equal(create(name, TACRO_MAX_PARTS, &system, NULL), TACRO_OK);
    tacro_system_free(system);
}

static void test_system_places_states_and_coefficients_in_chain_order(void **state)
{
    static const char *const name[] = {"DEPOT",  "CENTRAL", "PERIPHERAL", "AUC", "CE",
                                       "STRESS", "HP",      "CA",         "HR"};
    size_t part[COUNT(full_chain)];
    static const size_t set[] = {0, 0, 0, 0, 1, 2};
    struct tacro_system *s = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(full_chain); i++) {
        part[i] = tacro_parts_find(full_chain[i]);
    }
    assert_int_equal(tacro_system_create(part, set, COUNT(part), &s, NULL), TACRO_OK);
    assert_int_equal(s->nstates, COUNT(name));
    for (size_t i = 0; i < COUNT(name); i++) {
        assert_string_equal(s->state[i]->name, name[i]);
        assert_true(s->atol[i] == s->state[i]->atol);
    }
    for (size_t i = 1; i < s->nparts; i++) {
        const struct tacro_part *before = tacro_parts_at(part[i - 1]);
        assert_int_equal(s->part[i].state, s->part[i - 1].state + before->nstates);
        assert_int_equal(s->part[i].coef,
                         s->part[i - 1].coef + before->nparams + before->nrates);
        assert_int_equal(s->part[i].set, set[i]);
    }
    assert_int_equal(s->dose_state, 0);
    assert_int_equal(s->auc_state, 3);
    assert_int_equal(s->hazard_state[0], TACRO_NONE);
    assert_int_equal(s->hazard_state[1], 6);
    assert_int_equal(s->hazard_state[2], 8);
    assert_int_equal(s->signal[TACRO_CONC].state, 1);
    assert_int_equal(s->signal[TACRO_RATE_IN].state, TACRO_NONE);
    assert_int_equal(s->noutputs, 2);
    assert_string_equal(s->output[0].output->name, "unbound");
    assert_string_equal(s->output[1].output->name, "plasma");
    tacro_system_free(s);
    tacro_system_free(NULL);
}

/* Every step of the elimination reads entries that are there. */
static void test_system_lu_touches_entries_of_the_pattern_only(void **state)
{
    uint64_t seed = 1;
    struct test_chain *chain = test_chain_create(full_chain, COUNT(full_chain), &seed);
    const struct tacro_system *s = chain->system;
    (void)state;
    for (size_t i = 0; i < s->nlu; i++) {
        assert_in_range(s->lu[i].a, 0, s->nentries - 1);
        assert_in_range(s->lu[i].b, 0, s->nentries - 1);
        assert_in_range(s->lu[i].c, 0, s->nentries - 1);
    }
    for (size_t i = 0; i < s->nsolve; i++) {
        assert_in_range(s->solve[i].entry, 0, s->nentries - 1);
    }
    test_chain_free(chain);
}

/*
 * M = I - gamma J of random chains. Elimination without pivoting of these diagonally
 * dominant matrices loses no digits to speak of: 1e-11 of the largest component.
 */
static void check_solution(const struct test_chain *chain,
                           const struct tacro_kernels *kernels, double gamma,
                           const double *b, const double *x)
{
    const size_t n = chain->system->nstates;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        long double m[TACRO_MAX_STATES * TACRO_MAX_STATES];
        long double want[TACRO_MAX_STATES];
        long double largest = 0.0L;
        test_chain_jacobian(chain, kernels, l, m);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                m[i * n + j] =
                    (i == j ? 1.0L : 0.0L) - (long double)gamma * m[i * n + j];
            }
            want[i] = b[i * TACRO_LANES + l];
        }
        test_dense_solve(n, m, want);
        for (size_t i = 0; i < n; i++) {
            largest = fmaxl(largest, fabsl(want[i]));
        }
        for (size_t i = 0; i < n; i++) {
            const double value = x[i * TACRO_LANES + l];
            if (!(fabsl((long double)value - want[i]) <= 1e-11L * largest)) {
                fail_msg("%s: lane %zu, state %zu: %.17g, dense %.17Lg", kernels->name,
                         l, i, value, want[i]);
            }
        }
    }
}

static void test_system_factor_and_solve_equal_dense_elimination(void **state)
{
    static double lu[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    static double b[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    static double x[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    (void)state;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        uint64_t seed = 2;
        for (int round = 0; kernels != NULL && round < 10; round++) {
            struct test_chain *chain =
                test_chain_create(full_chain, COUNT(full_chain), &seed);
            const size_t size = chain->system->nstates * TACRO_LANES;
            const double gamma = test_draw_log(&seed, 1e-4, 10.0);
            for (size_t i = 0; i < size; i++) {
                b[i] = test_draw(&seed, -1.0, 1.0);
            }
            kernels->factor(chain->system, &chain->lanes, 0.0, gamma, chain->y, lu);
            kernels->solve(chain->system, lu, b, x);
            check_solution(chain, kernels, gamma, b, x);
            kernels->solve(chain->system, lu, b, b); /* in place */
            assert_memory_equal(b, x, size * sizeof *x);
            test_chain_free(chain);
        }
    }
}

/*
 * tau enters through the hazards' clock: M at tau equals M of a chain that starts
 * there.
 */
static void test_system_factor_at_tau_uses_the_time_of_each_lane(void **state)
{
    static double at_tau[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    static double moved[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    static double at_0[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    const struct tacro_kernels *kernels = tacro_kernels_find("baseline");
    uint64_t seed = 3;
    struct test_chain *chain = test_chain_create(full_chain, COUNT(full_chain), &seed);
    const size_t bytes = chain->system->nentries * TACRO_LANES * sizeof *at_0;
    (void)state;
    kernels->factor(chain->system, &chain->lanes, 0.0, 0.1, chain->y, at_0);
    kernels->factor(chain->system, &chain->lanes, 0.25, 0.1, chain->y, at_tau);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        chain->time0[l] += 0.25 * chain->span[l];
    }
    kernels->factor(chain->system, &chain->lanes, 0.0, 0.1, chain->y, moved);
    assert_memory_equal(at_tau, moved, bytes);
    assert_memory_not_equal(at_tau, at_0, bytes);
    test_chain_free(chain);
}

/* The same of the right-hand side. */
static void test_system_rhs_at_tau_uses_the_time_of_each_lane(void **state)
{
    static double dy[3][TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    const struct tacro_kernels *kernels = tacro_kernels_find("baseline");
    uint64_t seed = 4;
    struct test_chain *chain = test_chain_create(full_chain, COUNT(full_chain), &seed);
    const size_t bytes = chain->system->nstates * TACRO_LANES * sizeof(double);
    (void)state;
    kernels->rhs(chain->system, &chain->lanes, 0.0, chain->y, dy[0]);
    kernels->rhs(chain->system, &chain->lanes, 0.25, chain->y, dy[1]);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        chain->time0[l] += 0.25 * chain->span[l];
    }
    kernels->rhs(chain->system, &chain->lanes, 0.0, chain->y, dy[2]);
    assert_memory_equal(dy[1], dy[2], bytes);
    assert_memory_not_equal(dy[1], dy[0], bytes);
    test_chain_free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_signal_read_before_it_is_written_is_refused),
        cmocka_unit_test(test_system_second_taker_of_mass_is_refused),
        cmocka_unit_test(test_system_mass_that_goes_nowhere_is_refused),
        cmocka_unit_test(test_system_level_has_one_map_before_its_readers),
        cmocka_unit_test(test_system_without_a_dosed_part_is_refused),
        cmocka_unit_test(test_system_too_many_parts_are_refused),
        cmocka_unit_test(test_system_places_states_and_coefficients_in_chain_order),
        cmocka_unit_test(test_system_lu_touches_entries_of_the_pattern_only),
        cmocka_unit_test(test_system_factor_and_solve_equal_dense_elimination),
        cmocka_unit_test(test_system_factor_at_tau_uses_the_time_of_each_lane),
        cmocka_unit_test(test_system_rhs_at_tau_uses_the_time_of_each_lane),
    };
    return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
