/**
 * The lane loops of every kernel build: each operation to the bit, each norm's guard.
 */
#include "models/registry.h"
#include "solve/kernels.h"

#include <float.h>
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
#define ROWS 9
#define SIZE ((size_t)ROWS * TACRO_LANES)

struct rows {
    double v[SIZE] __attribute__((aligned(64)));
};

static struct rows x;
static struct rows y;
static struct rows z;
static struct rows want;

/* Numbers of either sign over many orders of magnitude; the same for each build. */
static void draw_all(uint64_t seed)
{
    for (size_t i = 0; i < SIZE; i++) {
        x.v[i] =
            test_draw_log(&seed, 1e-12, 1e12) * (test_draw(&seed, 0, 1) < 0.5 ? -1 : 1);
        y.v[i] =
            test_draw_log(&seed, 1e-12, 1e12) * (test_draw(&seed, 0, 1) < 0.5 ? -1 : 1);
    }
}

static void check(const struct tacro_kernels *kernels, const char *what)
{
    for (size_t i = 0; i < SIZE; i++) {
        if (!test_same_bits(z.v[i], want.v[i])) {
            fail_msg("%s: %s of %.17g and %.17g is %a, expected %a", kernels->name,
                     what, x.v[i], y.v[i], z.v[i], want.v[i]);
        }
    }
}

/*
 * Calls `test` with each build that this processor has; the portable one is always
 * there.
 */
static void for_each_build(void (*test)(const struct tacro_kernels *kernels))
{
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        assert_true(k > 0 || kernels != NULL);
        if (kernels != NULL) {
            draw_all(17);
            test(kernels);
        }
    }
}

static void test_kernels_are_found_by_name(void **state)
{
    const struct tacro_kernels *best = tacro_kernels_find(NULL);
    const struct tacro_kernels *last = NULL;
    (void)state;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        if (kernels != NULL) {
            assert_string_equal(kernels->name, test_kernel_names[k]);
            last = kernels;
        }
    }
    assert_non_null(best);
    assert_ptr_equal(best, last);
}

static void test_kernels_unknown_name_gives_none(void **state)
{
    (void)state;
    assert_null(tacro_kernels_find("v5"));
    assert_null(tacro_kernels_find(""));
    assert_null(tacro_kernels_find("V3"));
}

/*
 * Builds that the processor lacks must not be handed out: they would be illegal there.
 */
static void test_kernels_there_are_those_the_processor_can_run(void **state)
{
    (void)state;
#ifdef __x86_64__
    assert_int_equal(tacro_kernels_find("v3") != NULL,
                     __builtin_cpu_supports("avx2") != 0);
    assert_int_equal(tacro_kernels_find("v4") != NULL,
                     __builtin_cpu_supports("avx512f") != 0 &&
                         __builtin_cpu_supports("avx512dq") != 0);
#else
    assert_null(tacro_kernels_find("v3"));
#endif
}

static void parts_of(const struct tacro_kernels *kernels)
{
    const size_t n = tacro_parts_count();
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(kernels->parts[i]->name, tacro_parts_at(i)->name);
    }
    assert_null(kernels->parts[n]);
}

static void test_kernels_each_build_has_the_registry_s_parts(void **state)
{
    (void)state;
    for_each_build(parts_of);
    assert_int_equal(tacro_parts_find("no such part"), tacro_parts_count());
}

/* Fill `want` with an expression of i, and compare z. */
#define CHECK(what, expression)                                                        \
    do {                                                                               \
        for (size_t i = 0; i < SIZE; i++) {                                            \
            want.v[i] = (expression);                                                  \
        }                                                                              \
        check(kernels, what);                                                          \
    } while (0)

static void element_wise(const struct tacro_kernels *kernels)
{
    kernels->linear_sum(ROWS, 0.3, x.v, -7.1, y.v, z.v);
    CHECK("linear_sum", 0.3 * x.v[i] + -7.1 * y.v[i]);
    kernels->fill(ROWS, 0.1, z.v);
    CHECK("fill", 0.1);
    kernels->product(ROWS, x.v, y.v, z.v);
    CHECK("product", x.v[i] * y.v[i]);
    kernels->quotient(ROWS, x.v, y.v, z.v);
    CHECK("quotient", x.v[i] / y.v[i]);
    kernels->scale(ROWS, 1.0 / 3.0, x.v, z.v);
    CHECK("scale", 1.0 / 3.0 * x.v[i]);
    kernels->absolute(ROWS, x.v, z.v);
    CHECK("absolute", fabs(x.v[i]));
    kernels->inverse(ROWS, x.v, z.v);
    CHECK("inverse", 1.0 / x.v[i]);
    kernels->add_constant(ROWS, x.v, 0.7, z.v);
    CHECK("add_constant", x.v[i] + 0.7);
}

static void in_place(const struct tacro_kernels *kernels)
{
    z = x;
    kernels->linear_sum(ROWS, 2.0, z.v, 0.1, y.v, z.v);
    CHECK("linear_sum", 2.0 * x.v[i] + 0.1 * y.v[i]);
    z = y;
    kernels->product(ROWS, x.v, z.v, z.v);
    CHECK("product", x.v[i] * y.v[i]);
    z = x;
    kernels->scale(ROWS, 0.1, z.v, z.v);
    CHECK("scale", 0.1 * x.v[i]);
    z = x;
    kernels->inverse(ROWS, z.v, z.v);
    CHECK("inverse", 1.0 / x.v[i]);
}

static void test_kernels_element_wise_operations_give_the_scalar_bits(void **state)
{
    (void)state;
    for_each_build(element_wise);
    for_each_build(in_place);
}

static void combination(const struct tacro_kernels *kernels)
{
    static const double c[3] = {0.1, -2.7, 1e5};
    const double *const term[3] = {x.v, y.v, z.v};
    for (size_t i = 0; i < SIZE; i++) {
        z.v[i] = x.v[SIZE - 1 - i];
        want.v[i] = c[0] * x.v[i] + c[1] * y.v[i] + c[2] * z.v[i];
    }
    kernels->combine(ROWS, 3, c, term, z.v); /* the result may be one of the terms */
    check(kernels, "combine");
    for (size_t i = 0; i < SIZE; i++) {
        want.v[i] = c[1] * y.v[i];
    }
    kernels->combine(ROWS, 1, c + 1, term + 1, z.v);
    check(kernels, "combine of one");
}

static void corrections(const struct tacro_kernels *kernels)
{
    static const double a[2] = {0.3, -7.1};
    static struct rows other;
    const double *const from[2] = {y.v, other.v};
    double *const into[2] = {z.v, other.v}; /* the second in place */
    double norm;
    for (size_t i = 0; i < SIZE; i++) {
        other.v[i] = y.v[SIZE - 1 - i];
    }
    kernels->scale_add(ROWS, 2, a, x.v, from, into);
    for (size_t i = 0; i < SIZE; i++) {
        assert_true(other.v[i] == a[1] * x.v[i] + y.v[SIZE - 1 - i]);
    }
    CHECK("scale_add", a[0] * x.v[i] + y.v[i]);
    norm = kernels->correct(ROWS, 0.9, x.v, y.v, false, z.v);
    CHECK("correct", 0.9 * x.v[i]);
    assert_true(norm == kernels->worst_norm(ROWS, z.v, y.v));
    memcpy(other.v, z.v, sizeof other.v);
    assert_true(kernels->correct(ROWS, 0.9, x.v, y.v, true, z.v) == norm);
    CHECK("correct again", other.v[i] + 0.9 * x.v[i]);
}

static void weights(const struct tacro_kernels *kernels)
{
    double atol[ROWS];
    for (size_t r = 0; r < ROWS; r++) {
        atol[r] = 1e-9 * (double)(r + 1);
    }
    kernels->weights(ROWS, 1e-6, atol, x.v, z.v);
    CHECK("weights", 1.0 / (1e-6 * fabs(x.v[i]) + atol[i / TACRO_LANES]));
}

static void test_kernels_combinations_and_weights_give_the_scalar_bits(void **state)
{
    (void)state;
    for_each_build(combination);
    for_each_build(corrections);
    for_each_build(weights);
}

/* The sum runs over rows in order, then the largest lane, then the root. */
static double norm_of(const double *v, const double *w)
{
    double worst = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        double sum = 0.0;
        for (size_t r = 0; r < ROWS; r++) {
            const double q = v[r * TACRO_LANES + l] * w[r * TACRO_LANES + l];
            sum += q * q;
        }
        worst = sum > worst ? sum : worst;
    }
    return sqrt(worst / ROWS);
}

static void norms(const struct tacro_kernels *kernels)
{
    const double last = x.v[SIZE - 1];
    double largest = 0.0;
    for (size_t i = 0; i < SIZE; i++) {
        largest = fmax(largest, fabs(x.v[i]));
    }
    assert_true(kernels->worst_norm(ROWS, x.v, y.v) == norm_of(x.v, y.v));
    assert_true(kernels->max_norm(ROWS, x.v) == largest);
    /* the worst lane alone decides, also when it is the last one */
    x.v[SIZE - 1] = -1e40;
    y.v[SIZE - 1] = 1.0;
    assert_true(kernels->worst_norm(ROWS, x.v, y.v) == norm_of(x.v, y.v));
    test_check_close("worst lane", kernels->worst_norm(ROWS, x.v, y.v), 1e40 / 3.0,
                     1e-7);
    assert_true(kernels->max_norm(ROWS, x.v) == 1e40);
    x.v[SIZE - 1] = last;
    kernels->fill(ROWS, 0.0, z.v);
    assert_true(kernels->worst_norm(ROWS, z.v, y.v) == 0.0);
}

static void guards(const struct tacro_kernels *kernels)
{
    static const double bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < SIZE; i++) {
        const double kept = x.v[i];
        for (size_t k = 0; k < COUNT(bad); k++) {
            x.v[i] = bad[k];
            if (kernels->worst_norm(ROWS, x.v, y.v) != INFINITY ||
                kernels->max_norm(ROWS, x.v) != INFINITY) {
                fail_msg("%s: %g in lane %zu goes unseen", kernels->name, bad[k],
                         i % TACRO_LANES);
            }
        }
        x.v[i] = kept;
    }
    x.v[0] = 1e200; /* its square overflows */
    assert_true(kernels->worst_norm(ROWS, x.v, y.v) == INFINITY);
}

static void test_kernels_worst_norm_is_that_of_the_worst_lane(void **state)
{
    (void)state;
    for_each_build(norms);
}

static void test_kernels_norms_are_infinite_whichever_value_is_not_finite(void **state)
{
    (void)state;
    for_each_build(guards);
}

/*
 * Horner's scheme on 13 terms of one sign: at most 3 x 13 roundings of the sum, 5e-15.
 */
static void polynomials(const struct tacro_kernels *kernels)
{
    uint64_t seed = 4;
    struct rows value;
    for (size_t order = 0; order <= TACRO_MAX_ORDER; order++) {
        static struct rows d[2];
        const double *derivative[TACRO_MAX_ORDER + 1];
        double dt[TACRO_LANES];
        for (size_t k = 0; k <= order; k++) {
            derivative[k] = d[k / ROWS].v + k % ROWS * TACRO_LANES;
        }
        for (size_t i = 0; i < 2 * SIZE; i++) {
            d[i / SIZE].v[i % SIZE] = test_draw_log(&seed, 0.1, 10.0);
        }
        for (size_t l = 0; l < TACRO_LANES; l++) {
            dt[l] = test_draw(&seed, 0.0, 2.0);
        }
        kernels->taylor(order, derivative, dt, value.v);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            long double sum = 0.0L;
            long double term = 1.0L;
            for (size_t k = 0; k <= order; k++) {
                sum += term * derivative[k][l];
                term *= (long double)dt[l] / (long double)(k + 1);
            }
            test_check_close("taylor", value.v[l], (double)sum, 5e-15);
        }
    }
}

static void risks(const struct tacro_kernels *kernels)
{
    double risk[TACRO_LANES] __attribute__((aligned(64)));
    double survival[TACRO_LANES] __attribute__((aligned(64)));
    const double none = NAN;
    kernels->absolute(ROWS, x.v, x.v);
    x.v[0] = 0.0;
    x.v[1] = -NAN;
    x.v[2] = 1e-18;
    x.v[3] = INFINITY;
    kernels->risk(x.v, risk);
    kernels->survival(x.v, survival);
    assert_true(risk[0] == 0.0 && !signbit(risk[0]) && survival[0] == 1.0);
    assert_memory_equal(&risk[1], &none, sizeof none);
    assert_memory_equal(&survival[1], &none, sizeof none);
    assert_true(risk[3] == 1.0 && survival[3] == 0.0);
    for (size_t l = 2; l < TACRO_LANES; l++) {
        test_check_close("risk", risk[l], -expm1(-x.v[l]), 1e-15);
        test_check_close("survival", survival[l], exp(-x.v[l]), 1e-15);
    }
}

static void test_kernels_dense_output_is_the_taylor_polynomial(void **state)
{
    (void)state;
    for_each_build(polynomials);
}

static void test_kernels_risk_is_that_of_the_hazard(void **state)
{
    (void)state;
    for_each_build(risks);
}

/* -- a whole chain: the same bits in each build ------------------------------------ */

struct outcome {
    double coef[TACRO_MAX_COEFS][TACRO_LANES] __attribute__((aligned(64)));
    double dy[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    double lu[TACRO_MAX_ENTRIES * TACRO_LANES] __attribute__((aligned(64)));
    double x[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    double left[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    double left_more[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    double signal[TACRO_LANES] __attribute__((aligned(64)));
    double mapped[2][TACRO_LANES] __attribute__((aligned(64)));
    double taylor[TACRO_LANES] __attribute__((aligned(64)));
    double risk[TACRO_LANES] __attribute__((aligned(64)));
    double norm;
};

static void run_chain(const struct tacro_kernels *kernels,
                      const struct test_chain *chain, struct outcome *out)
{
    const double *derivative[6];
    struct tacro_lanes lanes = chain->lanes;
    memset(out, 0, sizeof *out);
    memcpy(out->coef, chain->coef, sizeof out->coef);
    lanes.coef = out->coef;
    kernels->rates(chain->system, out->coef);
    kernels->rhs(chain->system, &lanes, 0.3, chain->y, out->dy);
    kernels->factor(chain->system, &lanes, 0.3, 0.05, chain->y, out->lu);
    kernels->solve(chain->system, out->lu, out->dy, out->x);
    kernels->residual(chain->system, &lanes, 0.3, 0.05, 0.7, chain->y, out->dy, NULL,
                      out->left);
    kernels->residual(chain->system, &lanes, 0.3, 0.05, 0.7, chain->y, out->dy, out->x,
                      out->left_more);
    kernels->read(chain->system, &lanes, chain->system->signal[TACRO_CONC], chain->y,
                  out->signal);
    for (size_t i = 0; i < 2; i++) {
        kernels->output(chain->system, &lanes, i, out->signal, out->mapped[i]);
    }
    for (size_t i = 0; i < COUNT(derivative); i++) {
        derivative[i] = out->dy + i * TACRO_LANES;
    }
    kernels->taylor(5, derivative, chain->y, out->taylor);
    kernels->risk(out->signal, out->risk);
    out->norm = kernels->worst_norm(chain->system->nstates, out->x, out->dy);
}

/* gamma dy - rl1 slope - total, the slope here being dy itself */
static void check_residual(size_t n, const struct outcome *out)
{
    for (size_t i = 0; i < n; i++) {
        const double scale = fabs(out->dy[i]) + fabs(out->x[i]);
        const double first = (0.05 - 0.7) * out->dy[i];
        assert_true(fabs(out->left[i] - first) <= 1e-14 * scale);
        assert_true(fabs(out->left_more[i] - (first - out->x[i])) <= 1e-14 * scale);
    }
}

static void
test_kernels_chain_of_all_parts_gives_the_same_bits_in_each_build(void **state)
{
    static const char *const part[] = {"first_order", "2cmt", "rbc",
                                       "auc",         "pres", "rejection"};
    static struct outcome portable;
    static struct outcome other;
    uint64_t seed = 31;
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct test_chain *chain = test_chain_create(part, COUNT(part), &seed);
        run_chain(tacro_kernels_find("baseline"), chain, &portable);
        check_residual(chain->system->nstates * TACRO_LANES, &portable);
        for (size_t k = 1; k < TEST_NKERNELS; k++) {
            const struct tacro_kernels *kernels =
                tacro_kernels_find(test_kernel_names[k]);
            if (kernels != NULL) {
                run_chain(kernels, chain, &other);
                assert_memory_equal(&other, &portable, sizeof portable);
            }
        }
        test_chain_free(chain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_are_found_by_name),
        cmocka_unit_test(test_kernels_unknown_name_gives_none),
        cmocka_unit_test(test_kernels_there_are_those_the_processor_can_run),
        cmocka_unit_test(test_kernels_each_build_has_the_registry_s_parts),
        cmocka_unit_test(test_kernels_element_wise_operations_give_the_scalar_bits),
        cmocka_unit_test(test_kernels_combinations_and_weights_give_the_scalar_bits),
        cmocka_unit_test(test_kernels_worst_norm_is_that_of_the_worst_lane),
        cmocka_unit_test(test_kernels_norms_are_infinite_whichever_value_is_not_finite),
        cmocka_unit_test(test_kernels_dense_output_is_the_taylor_polynomial),
        cmocka_unit_test(test_kernels_risk_is_that_of_the_hazard),
        cmocka_unit_test(
            test_kernels_chain_of_all_parts_gives_the_same_bits_in_each_build),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
