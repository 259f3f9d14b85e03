/**
 * exp, log and power: the scalar twins against long double, the lanes of every kernel
 * build against the scalar twins bit for bit.
 *
 * The lane functions live inside the kernels; they are reached through what a kernel
 * makes of them: a log bin, the PRES part's time course and its powers.
 */
#include "core/lanemath.h"
#include "core/rng.h"
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

#include "tests/support/check.h"
#include "tests/support/kernels.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/*
 * SLEEF's u10 functions promise 1.0 ulp; 2 leaves room for its rounding of constants.
 */
#define ULPS 2.0

#define LANES_ARRAY(name) double name[TACRO_LANES] __attribute__((aligned(64)))

static double ulps(double value, long double want)
{
    const double nearest = (double)want;
    const double ulp = fabs(nearest) > DBL_MIN
                           ? nextafter(fabs(nearest), INFINITY) - fabs(nearest)
                           : 0x1p-1074;
    return (double)(fabsl((long double)value - want) / (long double)ulp);
}

static void check_ulps(const char *what, double x, double value, long double want)
{
    if (!(ulps(value, want) <= ULPS)) {
        fail_msg("%s(%.17g) = %.17g, %.2f ulp off", what, x, value, ulps(value, want));
    }
}

static void test_scalar_functions_are_within_2_ulp_of_long_double(void **state)
{
    uint64_t seed = 11;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        const double wide = test_draw(&seed, -708.0, 709.0);
        const double small = test_draw_log(&seed, 1e-300, 1.0);
        const double any = test_draw_log(&seed, 1e-300, 1e300);
        const double near = 1.0 + test_draw(&seed, -0.5, 0.5);
        check_ulps("exp", wide, tacro_exp(wide), expl(wide));
        check_ulps("exp", -small, tacro_exp(-small), expl(-small));
        check_ulps("log", any, tacro_log(any), logl(any));
        check_ulps("log", near, tacro_log(near), logl(near));
        check_ulps("expm1", -small, tacro_expm1(-small), expm1l(-small));
        check_ulps("expm1", wide, tacro_expm1(wide), expm1l(wide));
        check_ulps("log1p", any, tacro_log1p(any), log1pl(any));
        check_ulps("log1p", -small, tacro_log1p(-small * 0.99), log1pl(-small * 0.99));
    }
}

static void test_scalar_functions_at_the_ends_of_their_range(void **state)
{
    (void)state;
    assert_true(tacro_exp(0.0) == 1.0);
    assert_true(tacro_exp(-INFINITY) == 0.0);
    assert_true(tacro_exp(-800.0) == 0.0);
    assert_true(tacro_exp(800.0) == INFINITY);
    assert_true(isnan(tacro_exp(NAN)));
    assert_true(tacro_log(1.0) == 0.0);
    assert_true(tacro_log(0.0) == -INFINITY);
    assert_true(isnan(tacro_log(-1.0)));
    assert_true(isnan(tacro_log(NAN)));
    assert_true(tacro_log(INFINITY) == INFINITY);
    assert_true(tacro_expm1(0.0) == 0.0);
    assert_true(tacro_log1p(0.0) == 0.0);
}

/* The same bits; every NaN counts as the same. */
static void check_bits(const char *kernels, const char *what, const double *x,
                       const double *value, const double *want)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const bool is_same =
            isnan(want[l]) ? isnan(value[l]) != 0 : test_same_bits(value[l], want[l]);
        if (!is_same) {
            fail_msg("%s: %s(%.17g) = %a in lane %zu, scalar %a", kernels, what, x[l],
                     value[l], l, want[l]);
        }
    }
}

/* The two of a hazard against the scalar exp and expm1. */
static void check_hazard(const struct tacro_kernels *kernels, const double *x)
{
    LANES_ARRAY(risk);
    LANES_ARRAY(survival);
    double want_risk[TACRO_LANES];
    double want_survival[TACRO_LANES];
    kernels->risk(x, risk);
    kernels->survival(x, survival);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        want_risk[l] = -tacro_expm1(-x[l]);
        want_survival[l] = tacro_exp(-x[l]);
    }
    check_bits(kernels->name, "risk", x, risk, want_risk);
    check_bits(kernels->name, "survival", x, survival, want_survival);
}

static void check_quantile(const struct tacro_kernels *kernels, const double *p)
{
    LANES_ARRAY(x);
    double want[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        want[l] = tacro_normal_quantile(p[l]);
    }
    kernels->math.quantile(p, x);
    check_bits(kernels->name, "quantile", p, x, want);
    memcpy(x, p, sizeof x);
    kernels->math.quantile(x, x);
    check_bits(kernels->name, "quantile in place", p, x, want);
}

static void check_exp_times(const struct tacro_kernels *kernels, const double *factor,
                            const double *log)
{
    LANES_ARRAY(y);
    double want[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        want[l] = factor[l] * tacro_exp(log[l]);
    }
    kernels->math.exp_times(factor, log, y);
    check_bits(kernels->name, "exp_times", log, y, want);
}

/* Middle, tail and far tail in neighbouring lanes, and the points where they meet. */
static void test_lanes_quantile_and_exp_times_are_the_scalar_twins(void **state)
{
    static const double edge[] = {0x1p-54,
                                  0x1p-53,
                                  1.0 - 0x1p-53,
                                  0.5,
                                  0.075,
                                  0.925,
                                  1.3887943864964021e-11, /* exp(-25): r = 5 */
                                  1.0 - 1.3887943864964021e-11};
    (void)state;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        uint64_t seed = 12;
        for (int i = 0; kernels != NULL && i < 20000; i++) {
            LANES_ARRAY(p);
            LANES_ARRAY(log);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                const double small = test_draw_log(&seed, 0x1p-54, 0.5);
                const double at = edge[(size_t)i % COUNT(edge)];
                const double ulps_off = test_draw(&seed, -4.0, 4.0) * 0x1p-53;
                log[l] = test_draw(&seed, -60.0, 60.0);
                p[l] = l % 3 == 0 ? test_draw(&seed, 0x1p-54, 1.0 - 0x1p-53) : small;
                p[l] = l % 4 == 1 ? 1.0 - small : p[l];
                p[l] = l % 8 == 2 ? at * (1.0 + ulps_off) : p[l];
                p[l] = p[l] >= 1.0 ? 1.0 - 0x1p-53 : p[l];
            }
            check_quantile(kernels, p);
            check_exp_times(kernels, p, log);
        }
    }
}

struct pres {
    const struct tacro_part *part;
    size_t time_constant;
    size_t late;
    size_t scale;
    size_t organ;
    size_t exponent;
    size_t base;
};

static size_t param(const struct tacro_part *part, const char *name)
{
    for (size_t i = 0; i < part->nparams; i++) {
        if (strcmp(part->params[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("no parameter %s", name);
    return 0;
}

static struct pres pres_of(const struct tacro_kernels *kernels)
{
    const struct tacro_part *part = kernels->parts[tacro_parts_find("pres")];
    return (struct pres){part,
                         param(part, "TAUP"),
                         param(part, "WP"),
                         param(part, "H0"),
                         param(part, "M_ORG"),
                         param(part, "G"),
                         param(part, "EC50")};
}

/* h = 1 * 1 * (0 + 1 exp(-t/1)) * 1: exp of -t, and nothing is rounded after it. */
static void check_exp(const struct tacro_kernels *kernels, const double *x)
{
    const struct pres pres = pres_of(kernels);
    double coef[TACRO_MAX_COEFS][TACRO_LANES] __attribute__((aligned(64))) = {{0.0}};
    LANES_ARRAY(time);
    LANES_ARRAY(one);
    LANES_ARRAY(value);
    double want[TACRO_LANES];
    const struct tacro_view view = {.coef = (const double(*)[TACRO_LANES])coef,
                                    .time = time};
    for (size_t l = 0; l < TACRO_LANES; l++) {
        coef[pres.time_constant][l] = 1.0;
        coef[pres.scale][l] = 1.0;
        coef[pres.organ][l] = 1.0;
        time[l] = -x[l];
        one[l] = 1.0;
        want[l] = tacro_exp(x[l]);
    }
    pres.part->integrals[0].f(&view, one, value, NULL);
    check_bits(kernels->name, "exp", x, value, want);
}

/* The first derived rate is EC50^G. */
static void check_power(const struct tacro_kernels *kernels, const double *x,
                        const double *g)
{
    const struct pres pres = pres_of(kernels);
    double coef[TACRO_MAX_COEFS][TACRO_LANES] __attribute__((aligned(64))) = {{0.0}};
    double want[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double floored = x[l] > TACRO_POWER_FLOOR ? x[l] : TACRO_POWER_FLOOR;
        coef[pres.base][l] = x[l];
        coef[pres.exponent][l] = g[l];
        want[l] = tacro_exp(g[l] * tacro_log(floored));
    }
    pres.part->rates(coef);
    check_bits(kernels->name, "power", x, coef[pres.part->nparams], want);
}

static void test_lanes_of_every_kernel_build_equal_the_scalar_twins(void **state)
{
    (void)state;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        uint64_t seed = 5;
        for (int i = 0; kernels != NULL && i < 2000; i++) {
            LANES_ARRAY(x);
            LANES_ARRAY(g);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                x[l] = test_draw_log(&seed, 1e-300, 1e300);
            }
            check_hazard(kernels, x);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                x[l] = test_draw_log(&seed, 1e-6, 100.0);
            }
            check_hazard(kernels, x);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                x[l] = i % 2 == 0 ? test_draw(&seed, -760.0, 720.0)
                                  : test_draw(&seed, -2.0, 2.0);
            }
            check_exp(kernels, x);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                x[l] = test_draw_log(&seed, 1e-15, 1e4);
                g[l] = test_draw(&seed, -4.0, 8.0);
            }
            check_power(kernels, x, g);
        }
    }
}

static void test_lanes_of_every_kernel_build_treat_special_values_alike(void **state)
{
    static const double special[] = {0.0,       -0.0,      1.0,      -1.0,    INFINITY,
                                     -INFINITY, NAN,       DBL_MIN,  DBL_MAX, 0x1p-1074,
                                     -DBL_MAX,  0x1p-1030, 709.7,    709.9,   -745.2,
                                     -740.0,    1e-12,     0.999e-12};
    (void)state;
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        for (size_t i = 0; kernels != NULL && i < TACRO_LANES; i++) {
            LANES_ARRAY(x);
            LANES_ARRAY(g);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                x[l] = special[(i + l) % COUNT(special)];
                g[l] = 1.8;
            }
            check_hazard(kernels, x);
            check_exp(kernels, x);
            check_power(kernels, x, g);
        }
    }
}

/*
 * exp(g log x) is off by |g log x| ulp of the product's rounding (half an ulp) and of
 * the logarithm (one), plus exp's own.
 */
static void test_power_is_the_power_of_the_floored_base(void **state)
{
    const struct tacro_kernels *kernels = tacro_kernels_find("baseline");
    const struct pres pres = pres_of(kernels);
    uint64_t seed = 6;
    (void)state;
    for (int i = 0; i < 500; i++) {
        double coef[TACRO_MAX_COEFS][TACRO_LANES]
            __attribute__((aligned(64))) = {{0.0}};
        for (size_t l = 0; l < TACRO_LANES; l++) {
            coef[pres.base][l] = l == 0 ? -3.0 : test_draw_log(&seed, 1e-15, 1e4);
            coef[pres.exponent][l] = test_draw(&seed, -4.0, 8.0);
        }
        pres.part->rates(coef);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double g = coef[pres.exponent][l];
            const double x = fmax(coef[pres.base][l], 1e-12);
            const double rel = (2.0 + 2.0 * fabs(g * log(x))) * DBL_EPSILON;
            test_check_close("power", coef[pres.part->nparams][l], (double)powl(x, g),
                             rel);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalar_functions_are_within_2_ulp_of_long_double),
        cmocka_unit_test(test_lanes_quantile_and_exp_times_are_the_scalar_twins),
        cmocka_unit_test(test_scalar_functions_at_the_ends_of_their_range),
        cmocka_unit_test(test_lanes_of_every_kernel_build_equal_the_scalar_twins),
        cmocka_unit_test(test_lanes_of_every_kernel_build_treat_special_values_alike),
        cmocka_unit_test(test_power_is_the_power_of_the_floored_base),
    };
    return cmocka_run_group_tests_name("lanemath", tests, NULL, NULL);
}
