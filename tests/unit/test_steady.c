/** Steady states against superposition: an endless row of past doses, added up. */
#include "solve/steady.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/chain.h"
#include "tests/support/closed_form.h"

#define LANE 3
#define DOSE 3.0 /* mg */
#define F 0.7

/* Long double throughout; a slow compartment over a short interval costs digits. */
#define EXACT 1e-12

static const struct test_oral2 par = {
    .CL = 20.9, .V1 = 220.0, .Q = 72.0, .V2 = 469.0, .KA = 0.579};

struct fixture {
    struct test_chain *chain;
    struct tacro_steady *steady;
    double x[TACRO_MAX_STATES];
};

static void set(struct test_chain *chain, const char *name, double value)
{
    test_chain_coef(chain, name)[LANE] = value;
}

static struct fixture create(const struct test_oral2 *p)
{
    static const char *const part[] = {"first_order", "2cmt", "auc"};
    struct fixture f;
    uint64_t seed = 9;
    memset(&f, 0, sizeof f);
    f.chain = test_chain_create(part, 3, &seed);
    set(f.chain, "CL", p->CL);
    set(f.chain, "V1", p->V1);
    set(f.chain, "Q", p->Q);
    set(f.chain, "V2", p->V2);
    set(f.chain, "KA", p->KA);
    tacro_kernels_find("baseline")->rates(f.chain->system, f.chain->coef);
    assert_int_equal(tacro_steady_create(f.chain->system, &f.steady, NULL), TACRO_OK);
    return f;
}

static void end(struct fixture *f)
{
    tacro_steady_free(f->steady);
    test_chain_free(f->chain);
}

static bool solve(struct fixture *f, const struct tacro_action *action,
                  const char *state)
{
    return tacro_steady_solve(f->steady, (const double(*)[TACRO_LANES])f->chain->coef,
                              LANE, action, F, (int)test_chain_state(f->chain, state),
                              f->x);
}

static double state_of(const struct fixture *f, const char *state)
{
    return f->x[test_chain_state(f->chain, state)];
}

static struct tacro_action doses(double ii, double duration, double lag)
{
    return (struct tacro_action){
        .kind = TACRO_ACTION_STEADY,
        .entry = {.amount = duration > 0.0 ? DOSE / duration : DOSE},
        .ii = ii,
        .duration = duration,
        .lag = lag};
}

/* What is left at age a of a dose that decays at k: at once, or at a rate until T. */
static long double left(long double k, long double a, double duration)
{
    if (!(duration > 0.0)) {
        return F * DOSE * expl(-k * a);
    }
    if (a < duration) {
        return F * DOSE / duration * -expm1l(-k * a) / k;
    }
    return F * DOSE / duration * expm1l(k * duration) / k * expl(-k * a);
}

/* Of all doses at -II, -2 II, ..., each entering `lag` later. */
static long double row_of(long double k, double ii, double duration, double lag)
{
    long double sum = 0.0L;
    for (int n = 1; n < 200000; n++) {
        const long double a = (long double)n * ii - lag;
        const long double more = a < 0.0L ? 0.0L : left(k, a, duration);
        sum += more;
        if (a > duration && more < 1e-22L) {
            break;
        }
    }
    return sum;
}

static void check(const char *what, double got, long double want)
{
    if (!(fabsl(got - want) <= EXACT * fabsl(want))) {
        fail_msg("%s is %.17g mg, expected %.17Lg mg", what, got, want);
    }
}

/* One compartment that only loses: the depot. */
static void check_depot(double ii, double duration, double lag)
{
    const struct tacro_action action = doses(ii, duration, lag);
    struct fixture f = create(&par);
    assert_true(solve(&f, &action, "DEPOT"));
    check("DEPOT", state_of(&f, "DEPOT"), row_of(par.KA, ii, duration, lag));
    end(&f);
}

/* Two compartments, dosed into the central one. */
static void check_central(const struct test_oral2 *p, double ii, double duration,
                          double lag)
{
    const struct tacro_action action = doses(ii, duration, lag);
    const long double k12 = (long double)p->Q / p->V1;
    const long double k21 = (long double)p->Q / p->V2;
    struct fixture f = create(p);
    long double alpha;
    long double beta;
    long double a;
    long double b;
    test_oral2_rates(p, &alpha, &beta);
    a = row_of(alpha, ii, duration, lag);
    b = row_of(beta, ii, duration, lag);
    assert_true(solve(&f, &action, "CENTRAL"));
    check("CENTRAL", state_of(&f, "CENTRAL"),
          ((alpha - k21) * a + (k21 - beta) * b) / (alpha - beta));
    check("PERIPHERAL", state_of(&f, "PERIPHERAL"), k12 / (alpha - beta) * (b - a));
    assert_true(state_of(&f, "DEPOT") == 0.0);
    end(&f);
}

static void test_steady_one_compartment_of_doses_at_once(void **state)
{
    const double gone = exp(-par.KA * 12.0);
    const struct tacro_action action = doses(12.0, 0.0, 0.0);
    struct fixture f = create(&par);
    (void)state;
    assert_true(solve(&f, &action, "DEPOT"));
    check("DEPOT", state_of(&f, "DEPOT"), F * DOSE * gone / (1.0 - gone));
    end(&f);
    check_depot(12.0, 0.0, 0.0);
    check_depot(0.5, 0.0, 0.0);
    check_depot(72.0, 0.0, 0.0);
}

static void test_steady_one_compartment_of_infusions(void **state)
{
    (void)state;
    check_depot(12.0, 4.0, 0.0);
    check_depot(12.0, 12.0, 0.0);
    check_depot(12.0, 11.999, 0.0);
}

static void test_steady_two_compartments_of_doses_at_once(void **state)
{
    (void)state;
    check_central(&par, 12.0, 0.0, 0.0);
    check_central(&par, 24.0, 0.0, 0.0);
    check_central(&par, 0.5, 0.0, 0.0);
}

static void test_steady_two_compartments_of_infusions(void **state)
{
    (void)state;
    check_central(&par, 12.0, 4.0, 0.0);
    check_central(&par, 24.0, 24.0, 0.0);
    check_central(&par, 12.0, 0.01, 0.0);
}

static void test_steady_duration_longer_than_the_interval(void **state)
{
    (void)state;
    check_depot(12.0, 30.0, 0.0);
    check_central(&par, 12.0, 30.0, 0.0);
    check_central(&par, 12.0, 24.0, 0.0);
    check_central(&par, 8.0, 100.0, 3.0);
}

static void test_steady_lag_shifts_the_phase(void **state)
{
    (void)state;
    check_depot(12.0, 0.0, 1.4);
    check_central(&par, 12.0, 0.0, 1.4);
    check_central(&par, 12.0, 4.0, 1.4);
    check_central(&par, 12.0, 4.0, 9.0);  /* runs over the end of the interval */
    check_central(&par, 12.0, 4.0, 8.0);  /* ends with it */
    check_central(&par, 1.0, 0.0, 1.4);   /* a lag longer than the interval */
    check_central(&par, 12.0, 30.0, 7.0); /* and runs longer too */
}

/* A dose whose lag is the interval enters at its end: it is still to come. */
static void test_steady_lag_of_the_interval_leaves_one_dose_out(void **state)
{
    const struct tacro_action none = doses(12.0, 0.0, 0.0);
    const struct tacro_action whole = doses(12.0, 0.0, 12.0);
    struct fixture f = create(&par);
    double x;
    (void)state;
    assert_true(solve(&f, &none, "CENTRAL"));
    x = state_of(&f, "CENTRAL");
    assert_true(solve(&f, &whole, "CENTRAL"));
    assert_true(state_of(&f, "CENTRAL") == x);
    end(&f);
}

/* The level before a dose by mouth, by the book. */
static void test_steady_oral_trough_is_that_of_the_closed_form(void **state)
{
    const struct tacro_action action = doses(12.0, 0.0, 0.0);
    struct fixture f = create(&par);
    (void)state;
    assert_true(solve(&f, &action, "DEPOT"));
    check("level", 1000.0 * state_of(&f, "CENTRAL") / par.V1,
          test_oral2_steady(&par, F * DOSE, 12.0, 12.0));
    end(&f);
}

static void test_steady_constant_infusion_is_rate_over_clearance(void **state)
{
    const double rate = 0.1;
    const struct tacro_action action = {.kind = TACRO_ACTION_STEADY,
                                        .entry = {.amount = rate}};
    struct fixture f = create(&par);
    (void)state;
    assert_true(solve(&f, &action, "CENTRAL"));
    check("CENTRAL", state_of(&f, "CENTRAL"), F * rate / par.CL * par.V1);
    check("PERIPHERAL", state_of(&f, "PERIPHERAL"), F * rate / par.CL * par.V2);
    assert_true(solve(&f, &action, "DEPOT"));
    check("DEPOT", state_of(&f, "DEPOT"), F * rate / par.KA);
    check("CENTRAL", state_of(&f, "CENTRAL"), F * rate / par.CL * par.V1);
    end(&f);
}

/* A half-life of two years, doses every half hour. */
static void test_steady_slow_elimination_keeps_its_digits(void **state)
{
    const struct test_oral2 slow = {
        .CL = 0.02, .V1 = 220.0, .Q = 72.0, .V2 = 469.0, .KA = 0.579};
    const struct tacro_action action = doses(0.5, 0.0, 0.0);
    struct fixture f = create(&slow);
    (void)state;
    assert_true(solve(&f, &action, "DEPOT"));
    assert_true(fabsl(1000.0 * state_of(&f, "CENTRAL") / slow.V1 /
                          test_oral2_steady(&slow, F * DOSE, 0.5, 0.5) -
                      1.0L) < 1e-10L);
    end(&f);
}

static void test_steady_leaves_integrals_alone(void **state)
{
    const struct tacro_action action = doses(12.0, 0.0, 0.0);
    struct fixture f = create(&par);
    const struct tacro_system *system = f.chain->system;
    (void)state;
    assert_true(solve(&f, &action, "DEPOT"));
    assert_true(state_of(&f, "CENTRAL") > 0.0);
    assert_true(state_of(&f, "AUC") == 0.0);
    assert_true(tacro_steady_is_acted_on(system, test_chain_state(f.chain, "DEPOT")));
    assert_true(tacro_steady_is_acted_on(system, test_chain_state(f.chain, "CENTRAL")));
    assert_false(tacro_steady_is_acted_on(system, test_chain_state(f.chain, "AUC")));
    end(&f);
}

static void test_steady_without_elimination_there_is_none(void **state)
{
    struct test_oral2 closed = par;
    const struct tacro_action at_once = doses(12.0, 0.0, 0.0);
    const struct tacro_action infused = doses(12.0, 4.0, 0.0);
    const struct tacro_action constant = {.kind = TACRO_ACTION_STEADY,
                                          .entry = {.amount = 0.1}};
    struct fixture f;
    (void)state;
    closed.CL = 0.0;
    f = create(&closed);
    assert_false(solve(&f, &at_once, "CENTRAL"));
    assert_false(solve(&f, &at_once, "DEPOT"));
    assert_false(solve(&f, &infused, "CENTRAL"));
    assert_false(solve(&f, &constant, "CENTRAL"));
    end(&f);
}

/* -- stretches --------------------------------------------------------------------- */

static void check_stretches(double ii, double duration, double lag, size_t n)
{
    const struct tacro_action action = doses(ii, duration, lag);
    struct tacro_stretch stretch[TACRO_STRETCHES];
    double length = 0.0;
    double amount = 0.0;
    size_t found = 0;
    tacro_steady_stretches(&action, F, stretch);
    for (size_t i = 0; i < TACRO_STRETCHES; i++) {
        length += stretch[i].length;
        amount += stretch[i].bolus + stretch[i].rate * stretch[i].length;
        found += stretch[i].length > 0.0 ? 1 : 0;
        assert_true(stretch[i].length >= 0.0);
    }
    assert_int_equal(found, n);
    assert_true(fabs(length - ii) < 1e-12 * ii);
    assert_true(fabs(amount - F * DOSE) < 1e-12 * DOSE);
}

/* One interval takes in one dose, whatever the phase. */
static void test_steady_stretches_make_one_interval_and_one_dose(void **state)
{
    (void)state;
    check_stretches(12.0, 0.0, 0.0, 1);
    check_stretches(12.0, 0.0, 1.4, 2);
    check_stretches(12.0, 0.0, 24.0, 1);
    check_stretches(12.0, 4.0, 0.0, 2);
    check_stretches(12.0, 4.0, 1.4, 3);
    check_stretches(12.0, 4.0, 8.0, 2);
    check_stretches(12.0, 4.0, 10.0, 3);
    check_stretches(12.0, 12.0, 0.0, 1);
    check_stretches(12.0, 30.0, 0.0, 2);
    check_stretches(12.0, 30.0, 10.0, 3);
}

static void test_steady_stretch_of_a_constant_infusion_is_an_hour(void **state)
{
    const struct tacro_action action = {.entry = {.amount = 0.5}};
    struct tacro_stretch s[TACRO_STRETCHES];
    (void)state;
    tacro_steady_stretches(&action, F, s);
    assert_true(s[0].length == 1.0 && s[0].bolus == 0.0 && s[0].rate == F * 0.5);
    assert_true(s[1].length == 0.0 && s[2].length == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_one_compartment_of_doses_at_once),
        cmocka_unit_test(test_steady_one_compartment_of_infusions),
        cmocka_unit_test(test_steady_two_compartments_of_doses_at_once),
        cmocka_unit_test(test_steady_two_compartments_of_infusions),
        cmocka_unit_test(test_steady_duration_longer_than_the_interval),
        cmocka_unit_test(test_steady_lag_shifts_the_phase),
        cmocka_unit_test(test_steady_lag_of_the_interval_leaves_one_dose_out),
        cmocka_unit_test(test_steady_oral_trough_is_that_of_the_closed_form),
        cmocka_unit_test(test_steady_constant_infusion_is_rate_over_clearance),
        cmocka_unit_test(test_steady_slow_elimination_keeps_its_digits),
        cmocka_unit_test(test_steady_leaves_integrals_alone),
        cmocka_unit_test(test_steady_without_elimination_there_is_none),
        cmocka_unit_test(test_steady_stretches_make_one_interval_and_one_dose),
        cmocka_unit_test(test_steady_stretch_of_a_constant_infusion_is_an_hour),
    };
    return cmocka_run_group_tests_name("steady", tests, NULL, NULL);
}
