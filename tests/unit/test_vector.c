/**
 * The lanes as a SUNDIALS vector and nonlinear solver: sizes, operations, ownership.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <cvode/cvode.h>

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

/* CVODE's prediction is one pass over memory; every order has the bits of its sums. */
static void test_vector_predictions_have_the_bits_of_their_sums(void **state)
{
    const struct fixture *f = *state;
    for (size_t order = 1; order <= TACRO_PREDICT_ORDER + 1; order++) {
        N_Vector column[TACRO_PREDICT_ORDER + 2];
        static double want[TACRO_PREDICT_ORDER + 2][SIZE];
        uint64_t seed = order;
        for (size_t k = 0; k <= order; k++) {
            column[k] = N_VClone(f->x);
            for (size_t i = 0; i < SIZE; i++) {
                want[k][i] = test_draw(&seed, 0.5, 2.0);
            }
            memcpy(tacro_vector_data(column[k]), want[k], sizeof want[k]);
        }
        for (size_t k = 1; k <= order; k++) {
            for (size_t j = order; j >= k; j--) {
                N_VLinearSum(1.0, column[j - 1], 1.0, column[j], column[j - 1]);
                for (size_t i = 0; i < SIZE; i++) {
                    want[j - 1][i] += want[j][i];
                }
            }
        }
        for (size_t k = 0; k <= order; k++) {
            assert_memory_equal(tacro_vector_data(column[k]), want[k], sizeof want[k]);
            N_VDestroy(column[k]);
        }
    }
}

/* Sums that are no prediction: asked for in between, or of a vector and itself. */
static void test_vector_sums_in_place_are_there_when_read(void **state)
{
    const struct fixture *f = *state;
    N_VConst(1.0, f->z);
    N_VLinearSum(1.0, f->z, 1.0, f->x, f->z);
    N_VLinearSum(1.0, f->z, 1.0, f->y, f->z);
    for (size_t i = 0; i < SIZE; i++) {
        const double sum =
            1.0 + tacro_vector_data(f->x)[i] + tacro_vector_data(f->y)[i];
        assert_true(tacro_vector_data(f->z)[i] == sum);
    }
    N_VConst(1.0, f->z); /* f->z is a clone of f->x, f->y is not */
    N_VLinearSum(1.0, f->z, 1.0, f->z, f->z);
    N_VLinearSum(1.0, f->z, 1.0, f->z, f->z);
    assert_true(N_VMaxNorm(f->z) == 4.0);
}

static void test_vector_window_takes_its_row(void **state)
{
    const struct fixture *f = *state;
    const size_t row = ROWS - 2;
    double c[2] = {3.0, -0.5};
    N_Vector term[2] = {f->x, f->y};
    N_Vector window = tacro_vector_window(f->x, row);
    assert_non_null(window);
    assert_int_equal(N_VGetLength(window), TACRO_LANES);
    assert_int_equal(N_VLinearCombination(2, c, term, window), 0);
    N_VScale(2.0, window, window);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const size_t i = row * TACRO_LANES + l;
        const double sum =
            3.0 * tacro_vector_data(f->x)[i] + -0.5 * tacro_vector_data(f->y)[i];
        assert_true(tacro_vector_data(window)[l] == 2.0 * sum);
    }
    N_VDestroy(window);
}

static void test_vector_keeps_a_known_norm_until_written_to(void **state)
{
    const struct fixture *f = *state;
    N_VConst(2.0, f->z);
    tacro_vector_set_norm(f->z, 7.0);
    assert_true(N_VWrmsNorm(f->z, f->z) == 7.0);
    N_VScale(1.0, f->z, f->z);
    assert_true(N_VWrmsNorm(f->z, f->z) == 4.0);
}

struct problem {
    struct tacro_newton newton;
    const struct test_chain *chain;
};

static int rhs(sunrealtype tau, N_Vector y, N_Vector dy, void *user)
{
    const struct problem *p = user;
    p->newton.kernels->rhs(p->chain->system, &p->chain->lanes, tau,
                           tacro_vector_data(y), tacro_vector_data(dy));
    return 0;
}

static int weights(N_Vector y, N_Vector w, void *user)
{
    (void)y;
    (void)user;
    N_VConst(1e-3, w); /* loose: the first step is taken as it is */
    return 0;
}

/* CVODE's first step is y1 = y0 + h f(h, y1); linear equations have it at once. */
static void test_newton_solver_solves_the_implicit_step(void **state)
{
    static const char *const part[] = {"first_order", "2cmt", "auc"};
    static double lu[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    static double step[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    static double dy[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    const struct fixture *f = *state;
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    const double h = 1e-3;
    uint64_t seed = 5;
    double tau = 0.0;
    struct test_chain *chain = test_chain_create(part, 3, &seed);
    const size_t n = chain->system->nstates * TACRO_LANES;
    struct problem problem = {
        .newton = {.system = chain->system, .kernels = kernels, .lu = lu, .step = step},
        .chain = chain};
    SUNNonlinearSolver solver = tacro_newton_solver(&problem.newton, f->context);
    N_Vector y = tacro_vector_create(chain->system->nstates, kernels, f->context);
    void *cvode = CVodeCreate(CV_BDF, f->context);
    memcpy(tacro_vector_data(y), chain->y, n * sizeof *chain->y);
    tacro_newton_restart(&problem.newton, &chain->lanes);
    assert_int_equal(SUNNonlinSolGetType(solver), SUNNONLINEARSOLVER_ROOTFIND);
    assert_int_equal(CVodeInit(cvode, rhs, 0.0, y), CV_SUCCESS);
    assert_int_equal(CVodeWFtolerances(cvode, weights), CV_SUCCESS);
    assert_int_equal(CVodeSetUserData(cvode, &problem), CV_SUCCESS);
    assert_int_equal(CVodeSetNonlinearSolver(cvode, solver), CV_SUCCESS);
    assert_int_equal(CVodeSetInitStep(cvode, h), CV_SUCCESS);
    assert_int_equal(CVode(cvode, 1.0, y, &tau, CV_ONE_STEP), CV_SUCCESS);
    assert_true(tau == h);
    assert_true(problem.newton.rhs_calls > 0);
    kernels->rhs(chain->system, &chain->lanes, tau, tacro_vector_data(y), dy);
    for (size_t i = 0; i < n; i++) {
        test_check_close("implicit step", tacro_vector_data(y)[i],
                         chain->y[i] + h * dy[i], 1e-13);
    }
    CVodeFree(&cvode);
    N_VDestroy(y);
    SUNNonlinSolFree(solver);
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
        cmocka_unit_test(test_vector_predictions_have_the_bits_of_their_sums),
        cmocka_unit_test(test_vector_sums_in_place_are_there_when_read),
        cmocka_unit_test(test_vector_window_takes_its_row),
        cmocka_unit_test(test_vector_keeps_a_known_norm_until_written_to),
        cmocka_unit_test(test_newton_solver_solves_the_implicit_step),
    };
    return cmocka_run_group_tests_name("vector", tests, set_up, tear_down);
}
