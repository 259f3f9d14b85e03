/**
 * Random effects of PK files: correlations and their Cholesky factor, spreads that are
 * drawn, in scalar and in lanes, ahead or when they are asked for.
 */
#include "solve/parameters.h"

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

#include "core/rng.h"
#include "input/correlations.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/kernels.h"
#include "tests/support/params_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A sum of a few products, and the logarithm of a quotient. */
#define TOL_ROUNDING 1e-13

#define SPREAD_OMEGA 0.4
#define SPREAD_KAPPA 0.5

#define HEAD                                                                           \
    "name: x\nkind: pk\ntitle: t\npopulation: p\nsource: {author: A}\n" /* 1 - 5 */    \
    "parts: [first_order, first_order@LCP, 2cmt]\n"                     /* 6 */        \
    "theta:\n"                                                          /* 7 */        \
    "  CL: {value: 20 L/h, mark: P, from: f}\n"                                        \
    "  V1: {value: 200 L, mark: P, from: f}\n"                                         \
    "  Q: {value: 70 L/h, mark: P, from: f}\n"                                         \
    "  V2: {value: 500 L, mark: P, from: f}\n"                                         \
    "  KA: {value: 0.6 1/h, mark: P, from: f}\n"                                       \
    "  KA_LCP: {value: 0.1 1/h, mark: P, from: f}\n"                                   \
    "  F1: {value: 0.25, mark: P, from: f}\n"                                          \
    "  FREL_LCP: {value: 1, mark: P, from: f}\n" /* 15 */
#define OMEGA                                                                          \
    "omega:\n" /* 16 */                                                                \
    "  CL: {log_sd: 0.4, mark: P, from: f}\n"                                          \
    "  V1: {log_sd: 0.4, mark: P, from: f}\n"                                          \
    "  KA: {log_sd: 0.4, mark: P, from: f}\n"                                          \
    "  KA_LCP: {log_sd: 0.4, mark: P, from: f}\n"                                      \
    "  F1: {log_sd: 0.4, mark: P, from: f}\n" /* 21 */
/* rows of the factor: V1 (0.6, 0.8) from CL, KA_LCP (0.5, 0.25, sqrt(0.6875)) */
#define CORR                                                                           \
    "  corr:\n"                                                           /* 22 */     \
    "    - {between: [CL, V1], value: 0.6, mark: P, from: f}\n"           /* 23 */     \
    "    - {between: [KA_LCP, CL], value: 0.5, mark: P, from: f}\n"       /* 24 */     \
    "    - {between: [V1, KA_LCP], value: 0.5, mark: ASSUMED, from: f}\n" /* 25 */
#define KAPPA                                                                          \
    "kappa:\n" /* 26 */                                                                \
    "  CL: {log_sd: 0.5, mark: P, from: f}\n"                                          \
    "  V1: {log_sd: 0.5, mark: P, from: f}\n"                                          \
    "  F1: {log_sd: 0.5, mark: P, from: f}\n" /* 29 */
#define KAPPA_CORR                                                                     \
    "  corr: [{between: [V1, F1], value: -0.8, mark: P, from: f}]\n" /* 30 */
/* every spread is uncertain, and F1 wanders */
#define DRAWN                                                                          \
    "omega:\n"                                                                         \
    "  CL: {log_sd: 0.4, rse: 20 %, mark: P, from: f}\n"                               \
    "  V1: {log_sd: 0.4, ci: 0.3-0.5, mark: P, from: f}\n"                             \
    "  KA: {variance: 0.16, rse: 20 %, mark: P, from: f}\n"                            \
    "  KA_LCP: {log_sd: 0.4, mark: P, from: f}\n" CORR "kappa:\n"                      \
    "  CL: {log_sd: 0.5, rse: 30 %, mark: P, from: f}\n"                               \
    "  V1: {log_sd: 0.5, mark: P, from: f}\n"                                          \
    "  F1: {log_sd: 0.5, rse: 30 %, mark: P, from: f}\n" KAPPA_CORR "wander:\n"        \
    "  F1: {log_sd: 0.3, rse: 30 %, correlation_time: 3 d, mark: P, from: f}\n"

#define ORAL "{give: 3 mg, every: 12 h}"
#define LCP "{give: 3 mg, every: 24 h, formulation: LCP}"

static struct tacro_scenario *open_with(const char *pk, const char *dose,
                                        const char *patients, unsigned draws)
{
    char text[1024];
    test_params_change(pk, "name: x", "name: x");
    snprintf(text, sizeof text,
             "title: effects\npk: %s\nbefore: none\nhorizon: 6 d\n"
             "output: {every: 6 h}\nseed: 7\ndraws: %u\npatients: {%s}\n"
             "regimens:\n  a: {steps: [%s]}\n",
             test_path, draws, patients, dose);
    return test_scenario(text);
}

static size_t rule_of(const struct tacro_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (strcmp(rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no rule %s", name);
    return 0;
}

static double normal_of(const char *name, enum tacro_stream stream, uint32_t draw,
                        uint64_t patient, int32_t occasion)
{
    char full[64];
    snprintf(full, sizeof full, "pk.%s", name);
    const struct tacro_rng_key key = {.seed = 7,
                                      .stream = stream,
                                      .draw = draw,
                                      .patient = patient,
                                      .occasion = occasion,
                                      .k = tacro_rng_name(full)};
    return tacro_rng_normal(&key);
}

/* -- the factor -------------------------------------------------------------------- */

static void test_factor_is_that_of_the_matrix_of_all_effects(void **state)
{
    /* CL, V1, KA, KA_LCP, F1 */
    const double want[5][5] = {{1},
                               {0.6, 0.8},
                               {0, 0, 1},
                               {0.5, 0.25, 0, sqrt(1.0 - 0.25 - 0.0625)},
                               {0, 0, 0, 0, 1}};
    struct tacro_paramset *set = test_params_good(HEAD OMEGA CORR, TACRO_SET_PK);
    (void)state;
    assert_int_equal(set->neffects, 5);
    assert_int_equal(set->omega_corr.n, 3);
    assert_true(set->kappa_corr.n == 0 && set->kappa_corr.factor == NULL);
    for (size_t i = 0; i < 25; i++) {
        assert_true(fabs(set->omega_corr.factor[i] - want[i / 5][i % 5]) < 1e-15);
    }
    const struct tacro_correlation *last = &set->omega_corr.pair[2];
    assert_true(last->a == 1 && last->b == 3 && last->value == 0.5);
    assert_int_equal(last->mark, TACRO_MARK_ASSUMED);
    tacro_paramset_free(set);
}

static void test_cholesky_says_where_a_matrix_fails(void **state)
{
    const double good[9] = {4, 0, 0, 2, 5, 0, -2, 3, 14};
    const double want[9] = {2, 0, 0, 1, 2, 0, -1, 2, 3};
    const double bad[9] = {1, 0, 0, 0.9, 1, 0, 0.9, -0.9, 1};
    double factor[9];
    (void)state;
    assert_int_equal(tacro_cholesky(good, 3, factor), 3);
    for (size_t i = 0; i < 9; i++) {
        assert_true(factor[i] == want[i]);
    }
    assert_int_equal(tacro_cholesky(bad, 3, factor), 2);
}

static const struct test_bad_params bad[] = {
    {"V1, KA_LCP], value: 0.5", "V1, KA_LCP], value: -0.5", 23,
     "omega.corr: the correlation matrix of CL, V1, KA_LCP is not positive definite"},
    {"[CL, V1], value: 0.6", "[CL, V1], value: 1", 23,
     "the correlation matrix of CL, V1, KA_LCP is not positive definite"},
    {"value: 0.6, mark", "value: 1.2, mark", 23,
     "omega.corr[0].value: 1.2 is outside -1 to 1"},
    {"value: 0.6, ", "", 23, "omega.corr[0].value: missing"},
    {"[CL, V1]", "[CL]", 23, "omega.corr[0].between: 1 names, expected two"},
    {"[CL, V1]", "[CL, CL]", 23, "omega.corr[0].between: CL twice"},
    {"[CL, V1]", "[CL, V2]", 23, "between[1]: V2 has no spread in `omega`"},
    {"[KA_LCP, CL]", "[V1, CL]", 24, "omega.corr[1].between: this pair is given twice"},
    {"[V1, F1]", "[V1, KA]", 30, "between[1]: KA has no spread in `kappa`"},
    {"kappa:", "wander:", 30, "wander.corr: `theta` has no parameter of this name"},
};

static void test_bad_correlations_are_refused_at_their_place(void **state)
{
    (void)state;
    test_params_expect_faults(HEAD OMEGA CORR KAPPA KAPPA_CORR, TACRO_SET_PK, bad,
                              COUNT(bad));
}

/* -- subjects ---------------------------------------------------------------------- */

static void test_eta_is_the_row_of_the_factor_times_the_normals(void **state)
{
    struct tacro_scenario *s = open_with(HEAD OMEGA CORR, LCP, "n: 40", 1);
    (void)state;
    for (uint64_t i = 0; i < 40; i++) {
        struct tacro_subject x;
        const double cl = normal_of("CL", TACRO_STREAM_ETA, 0, i, 0);
        const double v1 = normal_of("V1", TACRO_STREAM_ETA, 0, i, 0);
        const double lcp = normal_of("KA_LCP", TACRO_STREAM_ETA, 0, i, 0);
        const struct {
            const char *name;
            double eta;
        } rows[] = {{"CL", cl},
                    {"V1", 0.6 * cl + 0.8 * v1},
                    {"KA", normal_of("KA", TACRO_STREAM_ETA, 0, i, 0)},
                    {"KA_LCP", 0.5 * cl + 0.25 * v1 + sqrt(0.6875) * lcp}};
        tacro_subject_draw(s->rules, i, &x);
        for (size_t k = 0; k < COUNT(rows); k++) {
            const double got = x.fixed_log[rule_of(s->rules, rows[k].name)];
            assert_true(fabs(got - SPREAD_OMEGA * rows[k].eta) < TOL_ROUNDING);
        }
    }
    tacro_scenario_free(s);
}

/* Neither without correlations nor where a formulation that correlates is not taken. */
static void test_effects_of_others_keep_their_bits(void **state)
{
    struct tacro_scenario *plain = open_with(HEAD OMEGA, ORAL, "n: 40", 1);
    struct tacro_scenario *oral = open_with(HEAD OMEGA CORR, ORAL, "n: 40", 1);
    struct tacro_scenario *lcp = open_with(HEAD OMEGA CORR, LCP, "n: 40", 1);
    (void)state;
    for (uint64_t i = 0; i < 40; i++) {
        struct tacro_subject x;
        struct tacro_subject y;
        struct tacro_subject z;
        tacro_subject_draw(plain->rules, i, &x);
        tacro_subject_draw(oral->rules, i, &y);
        tacro_subject_draw(lcp->rules, i, &z);
        for (size_t k = 0; k < oral->rules->n; k++) {
            const char *name = oral->rules->rule[k].theta->name;
            const double here = y.fixed[k];
            assert_true(test_same_bits(here, x.fixed[rule_of(plain->rules, name)]) ==
                        (strcmp(name, "V1") != 0)); /* of the block, CL comes first */
            assert_true(test_same_bits(here, z.fixed[rule_of(lcp->rules, name)]));
        }
    }
    tacro_scenario_free(plain);
    tacro_scenario_free(oral);
    tacro_scenario_free(lcp);
}

#define NSUBJECTS 20000

/* The correlation of n pairs has the standard error (1 - r^2) / sqrt(n). */
static void check_correlation(const char *what, const double *a, const double *b,
                              double r)
{
    double sums[5] = {0.0};
    const double n = NSUBJECTS;
    for (size_t i = 0; i < NSUBJECTS; i++) {
        sums[0] += a[i];
        sums[1] += b[i];
        sums[2] += a[i] * a[i];
        sums[3] += b[i] * b[i];
        sums[4] += a[i] * b[i];
    }
    const double va = sums[2] / n - sums[0] / n * (sums[0] / n);
    const double vb = sums[3] / n - sums[1] / n * (sums[1] / n);
    const double got = (sums[4] / n - sums[0] / n * (sums[1] / n)) / sqrt(va * vb);
    if (!(fabs(got - r) < 4.0 * (1.0 - r * r) / sqrt(n))) {
        fail_msg("%s: correlation %.4f, expected %.4f", what, got, r);
    }
}

static void test_many_subjects_correlate_as_the_file_says(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        double eta;
        double kappa;
    } pairs[] = {{"CL", "V1", 0.6, 0.0},
                 {"CL", "KA_LCP", 0.5, NAN},
                 {"V1", "KA_LCP", 0.5, NAN},
                 {"V1", "F1", 0.0, -0.8},
                 {"CL", "F1", 0.0, 0.0}};
    struct tacro_scenario *s =
        open_with(HEAD OMEGA CORR KAPPA KAPPA_CORR, LCP, "n: 20000", 1);
    double *value = calloc((size_t)4 * NSUBJECTS, sizeof *value);
    double *const row[4] = {value, value + NSUBJECTS, value + 2 * (size_t)NSUBJECTS,
                            value + 3 * (size_t)NSUBJECTS};
    (void)state;
    assert_non_null(value);
    for (size_t p = 0; p < COUNT(pairs); p++) {
        const size_t a = rule_of(s->rules, pairs[p].a);
        const size_t b = rule_of(s->rules, pairs[p].b);
        const bool has_kappa = !isnan(pairs[p].kappa);
        for (uint64_t i = 0; i < NSUBJECTS; i++) {
            struct tacro_subject x;
            tacro_subject_draw(s->rules, i, &x);
            row[0][i] = x.fixed_log[a];
            row[1][i] = x.fixed_log[b];
            row[2][i] = has_kappa ? tacro_subject_kappa(s->rules, a, &x, 3) : 0.0;
            row[3][i] = has_kappa ? tacro_subject_kappa(s->rules, b, &x, 3) : 0.0;
        }
        check_correlation(pairs[p].b, row[0], row[1], pairs[p].eta);
        if (has_kappa) {
            check_correlation("kappa", row[2], row[3], pairs[p].kappa);
        }
    }
    free(value);
    tacro_scenario_free(s);
}

/* -- spreads that are drawn -------------------------------------------------------- */

#define NDRAWS 3
#define NPATIENTS 50
#define NALL ((size_t)NDRAWS * NPATIENTS)
#define NSLOTS 9

static const double *drawn_of(const struct tacro_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->ndrawn; i++) {
        if (strcmp(rules->drawn[i].name, name) == 0) {
            return rules->drawn[i].value;
        }
    }
    return NULL;
}

static void test_spreads_are_those_of_the_draw(void **state)
{
    struct tacro_scenario *s = open_with(HEAD DRAWN, ORAL, "n: 50", NDRAWS);
    const struct tacro_rules *rules = s->rules;
    (void)state;
    assert_int_equal(rules->ndrawn, 6);
    const double *omega = drawn_of(rules, "omega.CL");
    const double *kappa = drawn_of(rules, "kappa.CL");
    const double *f1 = drawn_of(rules, "kappa.F1");
    const double *wander = drawn_of(rules, "wander.F1");
    assert_true(omega != NULL && kappa != NULL && f1 != NULL && wander != NULL);
    assert_true(drawn_of(rules, "omega.V1") != NULL && drawn_of(rules, "omega.KA"));
    const double z = normal_of("omega.CL", TACRO_STREAM_THETA, 1, 0, 0);
    test_check_close("omega.CL", omega[1], 0.4 * exp(sqrt(log1p(0.04)) * z),
                     TOL_ROUNDING);
    for (uint64_t i = 0; i < NALL; i += 7) {
        struct tacro_subject x;
        tacro_subject_draw(rules, i, &x);
        const uint32_t d = x.draw;
        const double eta = normal_of("CL", TACRO_STREAM_ETA, d, x.patient, 0);
        assert_true(fabs(x.fixed_log[rule_of(rules, "CL")] - omega[d] * eta) < 1e-14);
        const double k = normal_of("CL", TACRO_STREAM_KAPPA, d, x.patient, 2);
        test_check_close("CL",
                         tacro_subject_value(rules, rule_of(rules, "CL"), &x, 25.0, 2),
                         20.0 * exp(omega[d] * eta + kappa[d] * k), TOL_ROUNDING);
        const double v1 = normal_of("V1", TACRO_STREAM_KAPPA, d, x.patient, 2);
        const double own = normal_of("F1", TACRO_STREAM_KAPPA, d, x.patient, 2);
        const double phi = exp(-1.0 / 3.0);
        double w = 0.0;
        for (int32_t j = 0; j < 200; j++) {
            w += sqrt(1.0 - phi * phi) * pow(phi, j) *
                 normal_of("F1", TACRO_STREAM_WANDER, d, x.patient, 1 - j);
        }
        const double log = f1[d] * (-0.8 * v1 + 0.6 * own) + wander[d] * w;
        assert_true(fabs(tacro_subject_value(rules, rules->f1, &x, 25.0, 2) /
                             (0.25 * exp(log)) -
                         1.0) < 1e-3); /* the wander is cut off where it is small */
    }
    tacro_scenario_free(s);
}

static void check_same(const struct tacro_rules *rules, const struct tacro_subject *a,
                       const struct tacro_subject *b)
{
    for (size_t i = 0; i < rules->n; i++) {
        assert_true(test_same_bits(a->fixed[i], b->fixed[i]) &&
                    test_same_bits(a->fixed_log[i], b->fixed_log[i]));
        for (int32_t slot = -2; slot < NSLOTS; slot++) {
            assert_true(
                test_same_bits(tacro_subject_value(rules, i, a, 12.0 * slot, slot),
                               tacro_subject_value(rules, i, b, 12.0 * slot, slot)));
        }
    }
}

/* Lanes of any build, and kappas drawn ahead; then the numbers of another draw. */
static void test_lanes_have_the_bits_of_each_alone(void **state)
{
    static struct tacro_subject lanes[NALL];
    struct tacro_scenario *s = open_with(HEAD DRAWN, ORAL, "n: 50", NDRAWS);
    const struct tacro_rules *rules = s->rules;
    const size_t room = NALL * rules->nkappas * NSLOTS + TACRO_LANES;
    double *kappa = calloc(room, sizeof *kappa);
    (void)state;
    assert_true(kappa != NULL && rules->nkappas == 3 && rules->is_course_drawn);
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        if (kernels == NULL) {
            continue;
        }
        tacro_subjects_draw(rules, &kernels->math, 0, NALL, lanes);
        tacro_subjects_draw_kappas(rules, &kernels->math, -1, NSLOTS, NALL, lanes,
                                   kappa);
        for (uint64_t i = 0; i < NALL; i++) {
            struct tacro_subject alone;
            tacro_subject_draw(rules, i, &alone);
            check_same(rules, &lanes[i], &alone);
        }
        tacro_subjects_set_draw(rules, &kernels->math, 1, NALL, lanes);
        for (uint64_t i = NPATIENTS; i < (uint64_t)2 * NPATIENTS; i++) {
            struct tacro_subject alone;
            tacro_subject_draw(rules, i, &alone);
            check_same(rules, &lanes[i], &alone);
        }
        const double *omega = drawn_of(rules, "omega.CL");
        const double eta = normal_of("CL", TACRO_STREAM_ETA, 0, 4, 0);
        assert_true(fabs(lanes[4].fixed_log[rule_of(rules, "CL")] - omega[1] * eta) <
                    1e-14);
    }
    free(kappa);
    tacro_scenario_free(s);
}

/* A block may hold lanes of several draws. */
static void test_parameters_have_the_kappa_of_each_lane(void **state)
{
    static struct tacro_subject subject[TACRO_LANES];
    struct tacro_scenario *s = open_with(HEAD DRAWN, ORAL, "n: 50", NDRAWS);
    const struct tacro_subject *lane[TACRO_LANES];
    struct tacro_parameters *parameters = NULL;
    const size_t cl = rule_of(s->rules, "CL");
    (void)state;
    assert_int_equal(tacro_parameters_create(s->rules, s->system,
                                             tacro_kernels_find("baseline"), s->coef,
                                             &parameters, NULL),
                     TACRO_OK);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_subject_draw(s->rules, (l * 37) % NALL, &subject[l]);
        lane[l] = &subject[l];
    }
    tacro_parameters_begin(parameters, lane);
    for (int32_t at = 0; at < 4; at++) {
        double t[TACRO_LANES];
        int32_t slot[TACRO_LANES];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            t[l] = 12.0 * at;
            slot[l] = at;
        }
        tacro_parameters_at(parameters, t, slot);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            assert_true(
                test_same_bits(tacro_parameters_coef(parameters)[s->coef[cl]][l],
                               tacro_subject_value(s->rules, cl, lane[l], t[l], at)));
            assert_true(test_same_bits(
                tacro_parameters_f1(parameters)[l],
                tacro_subject_value(s->rules, s->rules->f1, lane[l], t[l], at)));
        }
    }
    tacro_parameters_free(parameters);
    tacro_scenario_free(s);
}

/* Nobody has an effect: its spread is no number of the run. */
static void test_spreads_of_a_typical_patient_are_not_drawn(void **state)
{
    struct tacro_scenario *s = open_with(HEAD DRAWN, ORAL, "typical: true", NDRAWS);
    (void)state;
    assert_int_equal(s->rules->ndrawn, 0);
    tacro_scenario_free(s);
    s = open_with(HEAD DRAWN, ORAL, "n: 50", 1);
    assert_int_equal(s->rules->ndrawn, 0);
    assert_true(tacro_rule_omega(s->rules, rule_of(s->rules, "CL"), 0) == SPREAD_OMEGA);
    assert_true(tacro_rule_kappa(s->rules, rule_of(s->rules, "CL"), 0) == SPREAD_KAPPA);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor_is_that_of_the_matrix_of_all_effects),
        cmocka_unit_test(test_cholesky_says_where_a_matrix_fails),
        cmocka_unit_test(test_bad_correlations_are_refused_at_their_place),
        cmocka_unit_test(test_eta_is_the_row_of_the_factor_times_the_normals),
        cmocka_unit_test(test_effects_of_others_keep_their_bits),
        cmocka_unit_test(test_many_subjects_correlate_as_the_file_says),
        cmocka_unit_test(test_spreads_are_those_of_the_draw),
        cmocka_unit_test(test_lanes_have_the_bits_of_each_alone),
        cmocka_unit_test(test_parameters_have_the_kappa_of_each_lane),
        cmocka_unit_test(test_spreads_of_a_typical_patient_are_not_drawn),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
