/** The beta distribution against closed forms and libm's gamma function. */
#include "core/beta.h"

#include "tests/support/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_log_gamma_is_libm_s(void **state)
{
    (void)state;
    for (int i = 0; i < 147; i++) { /* 0.01 to 200 */
        const double x = 0.01 * pow(1.07, i);
        const double want = lgamma(x);
        if (!(fabs(tacro_log_gamma(x) - want) <= 2e-14 * fmax(1.0, fabs(want)))) {
            fail_msg("log gamma of %g: %.17g, expected %.17g", x, tacro_log_gamma(x),
                     want);
        }
    }
}

static void test_cdf_has_its_closed_forms(void **state)
{
    (void)state;
    for (int i = 0; i < 58; i++) { /* 0.001 to 0.99 */
        const double x = 0.001 + 0.0173 * i;
        test_check_close("uniform", tacro_beta_cdf(1.0, 1.0, x), x, 1e-13);
        test_check_close("power", tacro_beta_cdf(3.5, 1.0, x), pow(x, 3.5), 1e-13);
        test_check_close("other end", tacro_beta_cdf(1.0, 2.5, x),
                         -expm1(2.5 * log1p(-x)), 1e-13);
        test_check_close("arcsine", tacro_beta_cdf(0.5, 0.5, x),
                         2.0 / acos(-1.0) * asin(sqrt(x)), 1e-13);
        /* binomial: 2 or more of 4 */
        test_check_close(
            "binomial", tacro_beta_cdf(2.0, 3.0, x),
            x * x * (6.0 * (1.0 - x) * (1.0 - x) + 4.0 * x * (1.0 - x) + x * x), 1e-12);
        test_check_close(
            "sum", tacro_beta_cdf(1.5, 10.5, x) + tacro_beta_cdf(10.5, 1.5, 1.0 - x),
            1.0, 1e-13);
    }
    assert_true(tacro_beta_cdf(2.0, 3.0, 0.0) == 0.0);
    assert_true(tacro_beta_cdf(2.0, 3.0, -1.0) == 0.0);
    assert_true(tacro_beta_cdf(2.0, 3.0, 1.0) == 1.0);
    assert_true(isnan(tacro_beta_cdf(2.0, 3.0, NAN)));
}

/* The intervals of the evidence: Beta(1.5, 10.5) 1-35 %, Beta(2.5, 11.5) 3-41 %. */
static void test_quantiles_are_the_evidence_s(void **state)
{
    const struct {
        double a;
        double b;
        double low;
        double high;
    } law[] = {{1.5, 10.5, 0.01, 0.35}, {2.5, 11.5, 0.03, 0.41}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const double low = tacro_beta_quantile(law[i].a, law[i].b, 0.025);
        const double high = tacro_beta_quantile(law[i].a, law[i].b, 0.975);
        assert_true(floor(100.0 * low + 0.5) / 100.0 == law[i].low);
        assert_true(fabs(high - law[i].high) < 0.01);
        test_check_close("low", tacro_beta_cdf(law[i].a, law[i].b, low), 0.025, 1e-13);
        test_check_close("high", tacro_beta_cdf(law[i].a, law[i].b, high), 0.975,
                         1e-13);
    }
}

/* The mean of a law is the integral of its quantile. */
static void test_quantile_has_the_mean(void **state)
{
    const int n = 4000;
    double sum = 0.0;
    double last = 0.0;
    (void)state;
    for (int i = 0; i < n; i++) {
        const double x = tacro_beta_quantile(1.5, 10.5, ((double)i + 0.5) / n);
        assert_true(x > last && x < 1.0);
        last = x;
        sum += x;
    }
    test_check_close("mean", sum / n, 0.125, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_gamma_is_libm_s),
        cmocka_unit_test(test_cdf_has_its_closed_forms),
        cmocka_unit_test(test_quantiles_are_the_evidence_s),
        cmocka_unit_test(test_quantile_has_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
