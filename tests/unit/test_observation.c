/** The residual error of a PK file, and levels observed with it. */
#include "cohort/observation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define N 20000 /* samples of a moment */

static const char text[] =
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 to 5 */
    "parts: [first_order, 1cmt, rbc]\n"                                 /* 6 */
    "theta:\n"                                                          /* 7 */
    "  CL: {value: 20 L/h, mark: P, from: f}\n"                         /* 8 */
    "  V1: {value: 220 L, mark: P, from: f}\n"                          /* 9 */
    "  KA: {half_life: 1 h, mark: P, from: f}\n"                        /* 10 */
    "  F1: {value: 1, mark: P, from: f}\n"                              /* 11 */
    "  BMAX: {value: 2700 ng/mL, mark: P, from: f}\n"                   /* 12 */
    "  KD: {value: 0.142 ng/mL, mark: P, from: f}\n"                    /* 13 */
    "  NPLASMA: {value: 137, mark: P, from: f}\n"                       /* 14 */
    "  HCT: {value: 0.35, mark: P, from: f}\n"                          /* 15 */
    "sigma:\n"                                                          /* 16 */
    "  conc:\n"                                                         /* 17 */
    "    - {assay: lcms, proportional: 10 %, ci: 9-11 %, additive: 0.5 ng/mL,\n"
    "       mark: P, from: f}\n"                                                /* 19 */
    "    - {assay: immunoassay, proportional: 20 %, mark: P, from: f}\n"        /* 20 */
    "  unbound: {log_sd: 0.3, ci: 0.2-0.4, mark: P, from: f}\n"                 /* 21 */
    "  plasma: {additive: 2 ng/mL, additive_ci: 1-3 ng/mL, mark: P, from: f}\n" /* 22 */
    "  corr:\n"                                                                 /* 23 */
    "    - {between: [conc, unbound], value: 0.6, mark: P, from: f}\n"          /* 24 */
    "    - {between: [plasma, conc], value: -0.5, mark: P, from: f}\n";         /* 25 */

static void test_sigma_is_read_by_output_and_assay(void **state)
{
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    const struct tacro_residual *r = &set->residual;
    const char *output[TACRO_MAX_OBSERVED];
    const struct tacro_sigma *s;
    (void)state;
    assert_int_equal(tacro_sigma_outputs(r, output), 3);
    assert_string_equal(output[0], "conc");
    assert_string_equal(output[2], "plasma");
    s = tacro_sigma_find(r, "conc", TACRO_ASSAY_ANY); /* lcms where all are named */
    assert_true(s->proportional == 0.1 && s->additive == 0.5 && !(s->log_sd > 0.0));
    assert_int_equal(s->assay, TACRO_ASSAY_LCMS);
    s = tacro_sigma_find(r, "conc", TACRO_ASSAY_IMMUNOASSAY);
    assert_true(s->proportional == 0.2 && !(s->additive > 0.0));
    s = tacro_sigma_find(r, "unbound", TACRO_ASSAY_IMMUNOASSAY); /* serves any */
    assert_true(s->log_sd == 0.3);
    assert_null(tacro_sigma_find(r, "other", TACRO_ASSAY_ANY));
    assert_int_equal(r->ncorrelations, 2);
    assert_true(r->correlation[1].value == -0.5);
    tacro_paramset_free(set);
}

/* An additive error is in the unit of its output, whatever it is written in. */
static void test_an_additive_error_is_in_the_unit_of_its_output(void **state)
{
    static const char before[] = "log_sd: 0.3, ci: 0.2-0.4";
    const char *at = strstr(text, before);
    struct tacro_paramset *set;
    char own[sizeof text + 64];
    (void)state;
    snprintf(own, sizeof own, "%.*sadditive: 0.003 ng/mL%s", (int)(at - text), text,
             at + strlen(before));
    set = test_params_good(own, TACRO_SET_PK);
    test_check_close(
        "pg/mL", tacro_sigma_find(&set->residual, "unbound", TACRO_ASSAY_ANY)->additive,
        3.0, 1e-12);
    tacro_paramset_free(set);
}

static const struct test_bad_params bad[] = {
    {"proportional: 20 %,", "", 20,
     "sigma.conc[1]: expected `proportional`, `additive`"},
    {"assay: immunoassay", "assay: elisa", 20, "sigma.conc[1].assay: elisa"},
    {"assay: immunoassay", "assay: lcms", 20, "sigma.conc[1]: a second entry lcms"},
    {"log_sd: 0.3,", "log_sd: 0.3, additive: 1 ng/L,", 21,
     "sigma.unbound.log_sd: expected alone"},
    {"log_sd: 0.3, ci: 0.2-0.4,", "log_sd: 0,", 21,
     "sigma.unbound.log_sd: 0 is not > 0"},
    {"ci: 0.2-0.4", "ci: 0.4-0.5", 21,
     "sigma.unbound.ci: 0.4-0.5 does not contain 0.3"},
    {"additive: 2 ng/mL, additive_ci", "proportional: 2 %, additive_ci", 22,
     "sigma.plasma.additive_ci: expected `additive` beside it"},
    {"  plasma:", "  serum:", 22,
     "sigma.serum: expected conc or the name of an output"},
    {"[conc, unbound]", "[conc, serum]", 24, "between[1]: `sigma` has no serum"},
    {"[conc, unbound]", "[conc]", 24, "between: expected two outputs"},
    {"[conc, unbound]", "[conc, conc]", 24, "between: expected two outputs"},
    {"[conc, unbound]", "[conc, plasma]", 25, "between: given twice"},
    {"value: 0.6", "value: 1.6", 24, "value: 1.6 is outside -1 to 1"},
    {"value: 0.6", "value: 0.9", 24, "sigma.corr: the correlations are not positive"},
    {"value: 0.6", "value: 1", 24, "sigma.corr: the correlations are not positive"},
};

static void test_bad_sigmas_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(text, TACRO_SET_PK, bad, COUNT(bad));
}

/* -- observations ------------------------------------------------------------------ */

struct moments {
    double n;
    double sum;
    double square;
};

static void add(struct moments *m, double x)
{
    m->n += 1.0;
    m->sum += x;
    m->square += x * x;
}

static double mean(const struct moments *m)
{
    return m->sum / m->n;
}

static double sd(const struct moments *m)
{
    return sqrt(m->square / m->n - mean(m) * mean(m));
}

/* Within five standard errors of N samples. */
static void check_moments(const char *what, const struct moments *m, double want_mean,
                          double want_sd)
{
    if (!(fabs(mean(m) - want_mean) < 5.0 * want_sd / sqrt(N)) ||
        !(fabs(sd(m) / want_sd - 1.0) < 5.0 / sqrt(2.0 * N))) {
        fail_msg("%s: mean %g, sd %g, expected %g and %g", what, mean(m), sd(m),
                 want_mean, want_sd);
    }
}

static void test_observations_have_the_published_moments(void **state)
{
    static const double level[3] = {8.0, 40.0, 5.0};
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    struct tacro_observer observer;
    struct moments conc = {0.0, 0.0, 0.0};
    struct moments unbound = conc;
    struct moments plasma = conc;
    struct moments products[3] = {conc, conc, conc};
    double nnegative = 0.0;
    (void)state;
    tacro_observer_set(&set->residual, TACRO_ASSAY_ANY, 11, &observer);
    assert_int_equal(observer.n, 3);
    for (uint64_t i = 0; i < N; i++) {
        double y[3];
        double e[3];
        tacro_observe(&observer, 0, i, 600, level, y);
        e[0] = (y[0] / 8.0 - 1.0) / sqrt(0.01 + 0.0625 * 0.0625);
        e[1] = log(y[1] / 40.0) / 0.3;
        e[2] = (y[2] - 5.0) / 2.0;
        add(&conc, y[0]);
        add(&unbound, log(y[1]));
        add(&plasma, y[2]);
        add(&products[0], e[0] * e[1]);
        add(&products[1], e[0] * e[2]);
        add(&products[2], e[1] * e[2]);
        nnegative += y[2] < 0.0 ? 1.0 : 0.0;
    }
    check_moments("conc", &conc, 8.0, sqrt(0.8 * 0.8 + 0.5 * 0.5));
    check_moments("unbound", &unbound, log(40.0), 0.3);
    check_moments("plasma", &plasma, 5.0, 2.0);
    /* of conc the proportional part alone goes with the others */
    const double share = 0.8 / sqrt(0.8 * 0.8 + 0.5 * 0.5);
    assert_true(fabs(mean(&products[0]) - 0.6 * share) < 0.04);
    assert_true(fabs(mean(&products[1]) + 0.5 * share) < 0.04);
    assert_true(fabs(mean(&products[2])) < 0.04);
    assert_true(nnegative > 0.0); /* P(z < -2.5) = 0.6 %: none is moved to 0 */
    tacro_paramset_free(set);
}

/* An error is that of seed, draw, patient and minute; each of them makes another. */
static void test_an_error_belongs_to_patient_draw_and_minute(void **state)
{
    static const double level[3] = {8.0, 40.0, 5.0};
    static const double other[3] = {16.0, NAN, 5.0};
    struct tacro_paramset *set = test_params_good(text, TACRO_SET_PK);
    struct tacro_observer observer;
    double y[3];
    double again[3];
    (void)state;
    tacro_observer_set(&set->residual, TACRO_ASSAY_IMMUNOASSAY, 11, &observer);
    tacro_observe(&observer, 1, 2, 3, level, y);
    tacro_observe(&observer, 1, 2, 3, other, again);   /* as under another regimen */
    assert_true(test_same_bits(again[0], 2.0 * y[0])); /* purely proportional */
    assert_true(isnan(again[1]));
    assert_true(test_same_bits(again[2], y[2]));
    tacro_observe(&observer, 0, 2, 3, level, again);
    assert_true(fabs(again[0] - y[0]) > 1e-6);
    tacro_observe(&observer, 1, 1, 3, level, again);
    assert_true(fabs(again[0] - y[0]) > 1e-6);
    tacro_observe(&observer, 1, 2, 4, level, again);
    assert_true(fabs(again[0] - y[0]) > 1e-6);
    observer.seed = 12;
    tacro_observe(&observer, 1, 2, 3, level, again);
    assert_true(fabs(again[0] - y[0]) > 1e-6);
    tacro_paramset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sigma_is_read_by_output_and_assay),
        cmocka_unit_test(test_an_additive_error_is_in_the_unit_of_its_output),
        cmocka_unit_test(test_bad_sigmas_are_refused_at_their_place),
        cmocka_unit_test(test_observations_have_the_published_moments),
        cmocka_unit_test(test_an_error_belongs_to_patient_draw_and_minute),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
