/**
 * Doses that arrive over time: against closed forms, against the chain of compartments
 * that a whole number of transits is, and their mass balance.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <gsl/gsl_sf_gamma.h>

#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/expm.h"
#include "tests/support/follow.h"

#define RTOL 1e-11  /* asked of the solver ... */
#define EXACT 1e-8  /* ... and what it then keeps */
#define LEAST 1e-3  /* ng/mL that differences are relative to, at least */
#define HORIZON 144 /* h */

/* params/pk/savic.yaml of the tests */
static const double CL = 12.0, V1 = 200.0, KA = 0.7, MTT = 1.8, NTR = 1.58, F1 = 0.8,
                    LAG = 0.4;

/* -- closed form of one dose of 1 mg, t h after it entered ------------------------- */

/* A gamma density of shape NTR + 1 and rate KTR through a compartment emptied at k. */
static double through(double k, double t)
{
    const double ktr = (NTR + 1.0) / MTT;
    return t <= 0.0 ? 0.0
                    : exp(-k * t) * pow(ktr / (ktr - k), NTR + 1.0) *
                          gsl_sf_gamma_inc_P(NTR + 1.0, (ktr - k) * t);
}

static double depot(double t)
{
    return through(KA, t);
}

static double central(double t)
{
    const double k = CL / V1;
    return KA / (KA - k) * (through(k, t) - through(KA, t));
}

static double to_come(double t)
{
    return t <= 0.0 ? 1.0 : gsl_sf_gamma_inc_Q(NTR + 1.0, (NTR + 1.0) / MTT * t);
}

/* Sum over doses of `amount` mg that enter at first, first + ii ... before t. */
static double sum(double (*of_one)(double t), double t, double amount, double first,
                  double ii)
{
    double total = 0.0;
    for (int step = 0; first + ii * step < t; step++) {
        total += amount * of_one(t - (first + ii * step));
    }
    return total;
}

/* -- runs -------------------------------------------------------------------------- */

static struct tacro_scenario *open_scenario(const char *pk, const char *before,
                                            const char *regimen)
{
    char text[1024];
    snprintf(text, sizeof text,
             "title: savic\npk: %s\nstart: {day: 0, clock: \"08:00\"}\n"
             "horizon: %d h\nlandmark: 0 d\noutput: {every: 1 h}\nseed: 1\ndraws: 1\n"
             "%spatients: {n: 1}\nreference: a\nregimens:\n  a: %s\n",
             pk, HORIZON, before, regimen);
    return test_scenario(text);
}

static void check_level(double t, double value, double want)
{
    if (!(fabs(value - want) <= EXACT * fmax(fabs(want), LEAST))) {
        fail_msg("%g h: %.15g ng/mL, expected %.15g, %.1e off", t, value, want,
                 fabs(value - want) / fmax(fabs(want), LEAST));
    }
}

static void test_repeated_doses_follow_the_closed_form(void **state)
{
    struct tacro_scenario *s =
        open_scenario("savic", "", "{steps: [{give: 3 mg, every: 6 h}]}");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    (void)state;
    for (int t = 0; t <= HORIZON; t++) {
        const double want = 1000.0 / V1 * sum(central, t, 3.0 * F1, LAG, 6.0);
        check_level(t, test_concentration_at(c, 0, t), want);
    }
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* What was absorbed and not, left the body or not, is what was given. */
static void test_mass_is_kept(void **state)
{
    struct tacro_scenario *s =
        open_scenario("savic", "", "{steps: [{give: 3 mg, every: 11 h}]}");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    double most = 0.0;
    (void)state;
    for (int t = 24; t <= HORIZON; t += 24) {
        const double entered = ceil((t - LAG) / 11.0) * 3.0 * F1;
        const double left = sum(to_come, t, 3.0 * F1, LAG, 11.0);
        const double body =
            test_state_at(c, 0, "DEPOT", t) + test_state_at(c, 0, "CENTRAL", t);
        const double out = test_state_at(c, 0, "AUC", t) * CL / 1000.0;
        most = fmax(most, left);
        test_check_close("mass", left + body + out, entered, EXACT);
        test_check_close("depot", test_state_at(c, 0, "DEPOT", t),
                         sum(depot, t, 3.0 * F1, LAG, 11.0), EXACT);
    }
    assert_true(most > 1.0); /* else this says nothing about what is to come */
    test_courses_free(c);
    tacro_scenario_free(s);
}

static void test_steady_state_is_that_of_an_endless_row_of_doses(void **state)
{
    static const struct {
        const char *before;
        double ii;
    } given[] = {{"before: {give: 3 mg, every: 12 h, steady_state: true}\n", 12.0},
                 {"before: {give: 3 mg, every: 5 h, steady_state: true}\n", 5.0}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tacro_scenario *s =
            open_scenario("savic", given[i].before, "{steps: [{hold: 6 d}]}");
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        for (int t = 0; t <= 48; t++) {
            /* the last at -ii, which with its lag entered before 0 */
            double want = 0.0;
            for (int step = 0; 1.0 + step < 400.0; step++) {
                const double n = 1.0 + step;
                want += 3.0 * F1 * central(t - LAG + n * given[i].ii);
            }
            check_level(t, test_concentration_at(c, 0, t), 1000.0 / V1 * want);
        }
        test_courses_free(c);
        tacro_scenario_free(s);
    }
}

/* -- a whole number of transits ---------------------------------------------------- */

#define CHAIN                                                                          \
    7 /* DEPOT of up to 4 transits and what comes before, CENTRAL, PERIPHERAL */

/* CENTRAL t h after 1 mg entered a chain of ntr + 1 compartments at (ntr + 1) / mtt. */
static double chain(size_t ntr, double mtt, double ka, double t)
{
    static const long double cl = 20.0L, v1 = 220.0L, q = 70.0L, v2 = 470.0L;
    const size_t depot = ntr + 1;
    const size_t n = ntr + 4;
    const long double ktr = ((long double)ntr + 1.0L) / mtt;
    long double a[CHAIN * CHAIN] = {0.0L};
    long double e[CHAIN * CHAIN];
    for (size_t i = 0; i <= depot; i++) {
        const long double rate = i < depot ? ktr : (long double)ka;
        a[i * n + i] -= rate;
        a[(i + 1) * n + i] += rate;
    }
    a[(depot + 1) * n + depot + 1] -= cl / v1 + q / v1;
    a[(depot + 1) * n + depot + 2] += q / v2;
    a[(depot + 2) * n + depot + 1] += q / v1;
    a[(depot + 2) * n + depot + 2] -= q / v2;
    if (t <= 0.0) {
        return 0.0;
    }
    test_expm(n, a, t, e);
    return (double)e[(depot + 1) * n];
}

static void test_whole_transits_are_a_chain_of_compartments(void **state)
{
    struct tacro_scenario *s =
        open_scenario("savic_2cmt", "", "{steps: [{give: 3 mg, every: 12 h}]}");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    (void)state;
    for (int t = 0; t <= HORIZON; t++) {
        double want = 0.0;
        for (int step = 0; 12.0 * step < t; step++) {
            const double at = 12.0 * step;
            want += 3.0 * chain(2, 3.4, 2.9, t - at);
        }
        check_level(t, test_concentration_at(c, 0, t), 1000.0 / 220.0 * want);
    }
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* Two such absorptions in one body, each with the doses of its own. */
static void test_formulation_has_doses_of_its_own(void **state)
{
    struct tacro_scenario *s = open_scenario(
        "savic_2cmt", "",
        "{steps: [{give: 3 mg, every: 12 h, for: 2 d}, {give: 2 mg, every: 24 h, "
        "formulation: XR}]}");
    const struct tacro_block_setup setup = tacro_scenario_setup(
        s, s->arm[0].variant, tacro_kernels_find(NULL), &tacro_method_cvode, RTOL);
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_subject *subjects[TACRO_LANES];
    const struct tacro_block_result *r;
    struct tacro_subject subject;
    struct tacro_block *block = NULL;
    (void)state;
    assert_int_equal(setup.system->nforcings, 2);
    tacro_subject_draw(s->rules, 0, &subject);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subjects[l] = &subject;
        course[l] = &s->arm[0].course;
    }
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    r = tacro_block_run(block, subjects, course);
    for (int t = 0; t <= HORIZON; t++) {
        const double value =
            r->concentration[tacro_scenario_output(s, t) * TACRO_LANES];
        double want = 0.0;
        for (int step = 0; 12.0 * step < fmin(t, 48.0); step++) {
            const double at = 12.0 * step;
            want += 3.0 * chain(2, 3.4, 2.9, t - at);
        }
        for (int step = 0; 48.0 + 24.0 * step < t; step++) {
            const double at = 48.0 + 24.0 * step;
            want += 2.0 * 1.5 * chain(3, 8.0, 0.5, t - at);
        }
        check_level(t, value, 1000.0 / 220.0 * want);
    }
    tacro_block_free(block);
    tacro_scenario_free(s);
}

/* -- event tables ------------------------------------------------------------------ */

static struct tacro_scenario *open_table(const char *rows, char *path)
{
    char regimen[300];
    FILE *file;
    test_temporary(path, "events.csv");
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("ID,TIME,EVID,AMT,CMT,II,SS\n", file) >= 0);
    assert_true(fputs(rows, file) >= 0);
    assert_int_equal(fclose(file), 0);
    snprintf(regimen, sizeof regimen, "{file: %s}", path);
    return open_scenario("savic", "", regimen);
}

/* EVID 3 takes away what is still to come; EVID 4 likewise, and doses. */
static void check_table(const struct tacro_scenario *s, double first,
                        double (*want)(double t, int ss), int ss)
{
    struct test_follow f;
    const struct tacro_block_result *r;
    test_follow_create(s, 0, &tacro_method_cvode, RTOL, &f);
    r = test_follow_block(&f, 0, 0);
    for (int step = 0; first + step <= HORIZON; step++) {
        const double t = first + step;
        check_level(t, r->concentration[tacro_scenario_output(s, t) * TACRO_LANES],
                    1000.0 / V1 * F1 * want(t, ss));
    }
    test_follow_free(&f);
}

static double after_resets(double t, int ss)
{
    (void)ss;
    if (t == 1.0 || t == 25.0) {
        return 3.0 * central(1.0 - LAG); /* as it was before the reset */
    }
    return t > 25.0 ? 2.0 * central(t - 25.0 - LAG) : 0.0;
}

static double after_steady(double t, int ss)
{
    double want = ss == 2 ? 5.0 * central(t - LAG) : 0.0;
    for (int step = 0; step < 400.0; step++) {
        const double n = step;
        want += 3.0 * central(t - 2.0 - LAG + 12.0 * n);
    }
    return want;
}

static void test_reset_clears_what_is_to_come(void **state)
{
    char path[256];
    struct tacro_scenario *s = open_table("1,0,1,3,DEPOT,0,0\n"
                                          "1,1,3,0,DEPOT,0,0\n"
                                          "1,24,1,3,DEPOT,0,0\n"
                                          "1,25,4,2,DEPOT,0,0\n",
                                          path);
    (void)state;
    check_table(s, 0.0, after_resets, 0);
    tacro_scenario_free(s);
    unlink(path);
}

/* SS 1 replaces what was given, SS 2 adds to it, doses on their way included. */
static void test_steady_state_of_a_table_replaces_or_adds(void **state)
{
    (void)state;
    for (int ss = 1; ss <= 2; ss++) {
        char path[256];
        char rows[128];
        struct tacro_scenario *s;
        snprintf(rows, sizeof rows, "1,0,1,5,DEPOT,0,0\n1,2,1,3,DEPOT,12,%d\n", ss);
        s = open_table(rows, path);
        check_table(s, 3.0, after_steady, ss);
        tacro_scenario_free(s);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeated_doses_follow_the_closed_form),
        cmocka_unit_test(test_mass_is_kept),
        cmocka_unit_test(test_steady_state_is_that_of_an_endless_row_of_doses),
        cmocka_unit_test(test_whole_transits_are_a_chain_of_compartments),
        cmocka_unit_test(test_formulation_has_doses_of_its_own),
        cmocka_unit_test(test_reset_clears_what_is_to_come),
        cmocka_unit_test(test_steady_state_of_a_table_replaces_or_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
