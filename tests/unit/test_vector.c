/**
 * The lanes as a SUNDIALS vector and linear solver: sizes, operations, what is owned.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "solve/newton.h"
#include "tests/support/chain.h"
#include "tests/support/check.h"

#define ROWS 5
#define SIZE ((size_t)ROWS * TACRO_LANES)

struct fixture {
    SUNContext context;
    N_Vector x;
    N_Vector y;
    N_Vector z;
};

static N_Vector filled(const struct fixture *f, uint64_t *seed)
{
    N_Vector v = tacro_vector_create(ROWS, tacro_kernels_find(NULL), f->context);
    assert_non_null(v);
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(tacro_vector_data(v)[i] == 0.0);
        tacro_vector_data(v)[i] = test_draw(seed, 0.5, 2.0);
    }
    return v;
}

static int set_up(void **state)
{
    static struct fixture f;
    uint64_t seed = 61;
    assert_int_equal(TACRO_CONTEXT_CREATE(&f.context), 0);
    f.x = filled(&f, &seed);
    f.y = filled(&f, &seed);
    f.z = N_VClone(f.x);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    N_VDestroy(f->x);
    N_VDestroy(f->y);
    N_VDestroy(f->z);
    SUNContext_Free(&f->context);
    return 0;
}

static void test_vector_has_a_value_per_row_and_lane(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(N_VGetLength(f->x), SIZE);
    assert_int_equal(N_VGetVectorID(f->x), SUNDIALS_NVEC_CUSTOM);
    assert_int_equal((uintptr_t)tacro_vector_data(f->x) % 64, 0);
}

static void test_vector_clone_is_zero_and_its_own(void **state)
{
    const struct fixture *f = *state;
    const double kept = tacro_vector_data(f->x)[0];
    N_Vector v = N_VClone(f->x);
    N_VConst(7.0, v); /* memory that may come again */
    N_VDestroy(v);
    v = N_VClone(f->x);
    assert_int_equal(N_VGetLength(v), SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(tacro_vector_data(v)[i] == 0.0);
    }
    N_VConst(7.0, v);
    assert_true(tacro_vector_data(f->x)[0] == kept);
    assert_true(tacro_vector_data(v)[SIZE - 1] == 7.0);
    N_VDestroy(v);
}

/* Every value of z is an expression of i. */
#define CHECK(expression)                                                              \
    do {                                                                               \
        for (size_t i = 0; i < SIZE; i++) {                                            \
            assert_true(z[i] == (expression));                                         \
        }                                                                              \
    } while (0)

static void test_vector_operations_reach_every_row(void **state)
{
    const struct fixture *f = *state;
    const double *x = tacro_vector_data(f->x);
    const double *y = tacro_vector_data(f->y);
    const double *z = tacro_vector_data(f->z);
    double c[2] = {3.0, -0.5};
    N_Vector term[2] = {f->x, f->y};
    N_VLinearSum(2.0, f->x, -3.0, f->y, f->z);
    CHECK(2.0 * x[i] + -3.0 * y[i]);
    N_VProd(f->x, f->y, f->z);
    CHECK(x[i] * y[i]);
    N_VDiv(f->x, f->y, f->z);
    CHECK(x[i] / y[i]);
    N_VScale(-2.0, f->x, f->z);
    CHECK(-2.0 * x[i]);
    N_VAbs(f->z, f->z);
    CHECK(2.0 * x[i]);
    N_VInv(f->x, f->z);
    CHECK(1.0 / x[i]);
    N_VAddConst(f->x, 0.25, f->z);
    CHECK(x[i] + 0.25);
    N_VConst(4.0, f->z);
    CHECK(4.0);
    assert_int_equal(N_VLinearCombination(2, c, term, f->z), 0);
    CHECK(3.0 * x[i] + -0.5 * y[i]);
}

static void test_vector_scale_add_multi_adds_to_each(void **state)
{
    const struct fixture *f = *state;
    double a[2] = {2.0, 0.5};
    N_Vector from[2] = {f->y, f->y};
    N_Vector to[2] = {f->z, N_VClone(f->z)};
    assert_int_equal(N_VScaleAddMulti(2, a, f->x, from, to), 0);
    for (size_t i = 0; i < SIZE; i++) {
        const double x = tacro_vector_data(f->x)[i];
        const double y = tacro_vector_data(f->y)[i];
        assert_true(tacro_vector_data(to[0])[i] == 2.0 * x + y);
        assert_true(tacro_vector_data(to[1])[i] == 0.5 * x + y);
    }
    N_VDestroy(to[1]);
}

/* Whichever row and lane is bad: the norm is that of the lane, over all of its rows. */
static void test_vector_norm_is_the_worst_lane_over_all_rows(void **state)
{
    const struct fixture *f = *state;
    double *x = tacro_vector_data(f->x);
    N_VConst(1.0, f->z);
    for (size_t i = 0; i < SIZE; i++) {
        const double kept = x[i];
        double sum = 0.0;
        x[i] = -1e6;
        for (size_t r = 0; r < ROWS; r++) {
            const double q = x[r * TACRO_LANES + i % TACRO_LANES];
            sum += q * q;
        }
        assert_true(N_VWrmsNorm(f->x, f->z) == sqrt(sum / ROWS));
        assert_true(N_VMaxNorm(f->x) == 1e6);
        x[i] = NAN;
        assert_true(N_VWrmsNorm(f->x, f->z) == INFINITY);
        x[i] = kept;
    }
    N_VConst(0.0, f->z);
    assert_true(N_VWrmsNorm(f->x, f->z) == 0.0); /* weighted */
}

/* What CVODE sees: factor at its gamma, solve, free. */
static void test_newton_solver_solves_with_the_kernel_s_factors(void **state)
{
    static const char *const part[] = {"first_order", "2cmt", "pres"}; /* its clock */
    static double lu[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    static double want[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    const struct fixture *f = *state;
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    uint64_t seed = 5;
    struct test_chain *chain = test_chain_create(part, 3, &seed);
    const size_t n = chain->system->nstates * TACRO_LANES;
    static double factors[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    struct tacro_newton newton = {chain->system, kernels, &chain->lanes, factors};
    SUNLinearSolver solver = tacro_newton_solver(&newton, f->context);
    SUNMatrix matrix = tacro_newton_matrix(f->context);
    N_Vector y = tacro_vector_create(chain->system->nstates, kernels, f->context);
    N_Vector x = N_VClone(y);
    tacro_sunbool is_current = 0;
    for (size_t i = 0; i < n; i++) {
        tacro_vector_data(y)[i] = chain->y[i];
    }
    assert_int_equal(SUNLinSolGetType(solver), SUNLINEARSOLVER_DIRECT);
    assert_int_equal(SUNMatGetID(matrix), SUNMATRIX_CUSTOM);
    assert_int_equal(SUNMatZero(matrix), 0);
    assert_int_equal(tacro_newton_setup(0.5, y, NULL, matrix, 0, &is_current, 0.1,
                                        &newton, NULL, NULL, NULL),
                     0);
    assert_true(is_current);
    assert_int_equal(SUNLinSolSolve(solver, matrix, x, y, 0.0), 0);
    kernels->factor(chain->system, &chain->lanes, 0.5, 0.1, chain->y, lu);
    kernels->solve(chain->system, lu, chain->y, want);
    assert_memory_equal(tacro_vector_data(x), want, n * sizeof *want);
    N_VDestroy(x);
    N_VDestroy(y);
    SUNLinSolFree(solver);
    SUNMatDestroy(matrix);
    test_chain_free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector_has_a_value_per_row_and_lane),
        cmocka_unit_test(test_vector_clone_is_zero_and_its_own),
        cmocka_unit_test(test_vector_operations_reach_every_row),
        cmocka_unit_test(test_vector_scale_add_multi_adds_to_each),
        cmocka_unit_test(test_vector_norm_is_the_worst_lane_over_all_rows),
        cmocka_unit_test(test_newton_solver_solves_with_the_kernel_s_factors),
    };
    return cmocka_run_group_tests_name("vector", tests, set_up, tear_down);
}
