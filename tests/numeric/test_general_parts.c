/*
 * The parts that belong to no outcome: transit chain, effect site, exponential and Emax
 * hazard, by both solvers against closed forms and quadrature.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "solve/solver.h"
#include "tests/support/chain.h"
#include "tests/support/check.h"

#define RTOL 1e-8

/*
 * Local errors of RTOL add up over the steps of a segment; measured up to 10 times. An
 * absolute error of 1e-11 mg stands in for what the absolute tolerances let pass.
 */
#define TOL (30.0 * RTOL)
#define TOL_ABSOLUTE 1e-10

static const struct tacro_method *const methods[] = {&tacro_method_cvode,
                                                     &tacro_method_exact};

static const char *const chain_names[] = {"erlang_4", "2cmt", "effect_site",
                                          "exponential", "emax"};
enum { NCHAIN = sizeof chain_names / sizeof chain_names[0] };

/* A chain at rest but for one amount, alike in all lanes, by random parameters. */
static struct test_chain *chain_with(const char *state, double amount)
{
    uint64_t seed = 61;
    struct test_chain *chain = test_chain_create(chain_names, NCHAIN, &seed);
    memset(chain->y, 0, sizeof chain->y);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        chain->y[TACRO_LANES * test_chain_state(chain, state) + l] = amount;
    }
    return chain;
}

/* y at the end of the segment. */
static void integrate(struct test_chain *chain, const struct tacro_method *method)
{
    const size_t size = chain->system->nstates * TACRO_LANES * sizeof *chain->y;
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    const struct tacro_curve curve = {.n = 0};
    struct tacro_solver *solver = NULL;
    double tau = 0.0;
    kernels->rates(chain->system, chain->coef);
    assert_int_equal(method->create(chain->system, kernels, RTOL, &solver, NULL),
                     TACRO_OK);
    method->begin(solver);
    memcpy(solver->state, chain->y, size);
    assert_int_equal(method->advance(solver, &chain->lanes, &curve, &tau, NULL),
                     TACRO_OK);
    memcpy(chain->y, solver->state, size);
    method->free(solver);
}

static void check(const char *what, double value, long double want)
{
    const double error = fabs(value - (double)want);
    if (!(error <= TOL * fabs((double)want) + TOL_ABSOLUTE)) {
        fail_msg("%s: %.12g, expected %.12Lg", what, value, want);
    }
}

/* A bolus in the depot: amount * (KTR t)^k / k! * exp(-KTR t) in the k-th after it. */
static void test_transit_chain_is_an_erlang_delay(void **state)
{
    static const char *const name[] = {"DEPOT", "A2", "A3", "A4"};
    const double amount = 5.0;
    (void)state;
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
        struct test_chain *chain = chain_with("DEPOT", amount);
        integrate(chain, methods[m]);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const long double x =
                (long double)test_chain_coef(chain, "KTR")[l] * chain->span[l];
            long double want = amount * expl(-x);
            for (size_t k = 0; k < 4; k++) {
                want *= k == 0 ? 1.0L : x / (long double)k;
                check(name[k],
                      chain->y[TACRO_LANES * test_chain_state(chain, name[k]) + l],
                      want);
            }
        }
        test_chain_free(chain);
    }
}

/* What a hazard is at the effect site's concentration, and its integral by Simpson. */
struct held {
    long double level; /* ng/mL, constant */
    long double ke0;
    long double scale;
    long double slope; /* BETA, or G */
    long double half;  /* EC50; 0: the exponential hazard */
};

static long double hazard_at(const struct held *h, long double t)
{
    const long double ce = -h->level * expm1l(-h->ke0 * t);
    return h->half > 0.0L ? h->scale / (1.0L + powl(ce / h->half, h->slope))
                          : h->scale * expl(h->slope * ce);
}

/*
 * t = u^4 takes the branch point of a power at 0 away; 4,000 panels leave 1e-13.
 */
static long double cumulative(const struct held *h, long double end)
{
    const int n = 8000;
    const long double step = powl(end, 0.25L) / n;
    long double sum = 0.0L;
    for (int i = 0; i <= n; i++) {
        const long double u = step * i;
        const long double weight = i == 0 || i == n ? 1.0L : i % 2 == 1 ? 4.0L : 2.0L;
        sum += weight * 4.0L * u * u * u * hazard_at(h, u * u * u * u);
    }
    return sum * step / 3.0L;
}

/* Without clearance and exchange the level stands still; the effect site fills. */
static void test_hazards_at_a_constant_level_equal_quadrature(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
        struct test_chain *chain = chain_with("CENTRAL", 2.0);
        memset(test_chain_coef(chain, "CL"), 0, sizeof chain->coef[0]);
        memset(test_chain_coef(chain, "Q"), 0, sizeof chain->coef[0]);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            test_chain_coef(chain, "V1")[l] = 50.0 + 5.0 * (double)l;
        }
        integrate(chain, methods[m]);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const struct held h = {.level = 2000.0L / test_chain_coef(chain, "V1")[l],
                                   .ke0 = test_chain_coef(chain, "KE0")[l],
                                   .scale = test_chain_coef(chain, "H0")[l],
                                   .slope = test_chain_coef(chain, "BETA")[l]};
            struct held inhibited = h;
            const long double t = chain->span[l];
            inhibited.scale = test_chain_coef(chain, "R0")[l];
            inhibited.slope = test_chain_coef(chain, "G")[l];
            inhibited.half = test_chain_coef(chain, "EC50")[l];
            check("CE", chain->y[TACRO_LANES * test_chain_state(chain, "CE") + l],
                  -h.level * expm1l(-h.ke0 * t));
            check("HEXP", chain->y[TACRO_LANES * test_chain_state(chain, "HEXP") + l],
                  cumulative(&h, t));
            check("HEMAX", chain->y[TACRO_LANES * test_chain_state(chain, "HEMAX") + l],
                  cumulative(&inhibited, t));
        }
        test_chain_free(chain);
    }
}

/* Both hazards read one state: a chain with them has no second effect site. */
static void test_hazards_share_the_effect_site(void **state)
{
    struct test_chain *chain = chain_with("CENTRAL", 1.0);
    const struct tacro_system *system = chain->system;
    const size_t site = test_chain_state(chain, "CE");
    (void)state;
    assert_int_equal(system->nstates, 9);
    assert_int_equal(system->signal[TACRO_EFFECT].state, site);
    assert_int_equal(system->signal[TACRO_EFFECT].gain, TACRO_NONE);
    assert_int_equal(system->equation[1].source.state, site);
    assert_int_equal(system->equation[2].source.state, site);
    test_chain_free(chain);
}

static void test_hazard_without_an_effect_site_is_refused(void **state)
{
    const size_t part[] = {tacro_parts_find("first_order"), tacro_parts_find("2cmt"),
                           tacro_parts_find("emax")};
    const size_t set[] = {0, 0, 1};
    struct tacro_system *system = NULL;
    struct tacro_error err = {.status = TACRO_OK};
    (void)state;
    assert_int_equal(tacro_system_create(part, set, 3, &system, &err), TACRO_EINPUT);
    assert_string_equal(err.text,
                        "part emax reads EFFECT, which no part before it writes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transit_chain_is_an_erlang_delay),
        cmocka_unit_test(test_hazards_at_a_constant_level_equal_quadrature),
        cmocka_unit_test(test_hazards_share_the_effect_site),
        cmocka_unit_test(test_hazard_without_an_effect_site_is_refused),
    };
    return cmocka_run_group_tests_name("general parts", tests, NULL, NULL);
}
