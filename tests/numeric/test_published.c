/*
 * Numbers of the evidence that are no figure of a level: half-lives of dispositions,
 * whole-blood values behind plasma ones, variances behind printed spreads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/engine.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define RTOL 1e-10
#define FOLDER TACRO_SOURCE_DIR "/params/pk/"
#define HOURS_A_DAY 24.0

#define SOAKED 12.0 /* h after a dose when nothing of it is left to absorb */

static struct tacro_scenario *open_dose(const char *pk, const char *patient,
                                        const char *more)
{
    char yaml[1024];
    const int n =
        snprintf(yaml, sizeof yaml,
                 "title: a dose\npk: " FOLDER "%s.yaml\nunused: allow\nhorizon: 30 d\n"
                 "output: {every: 1 h}\npatients: {typical: true, %s}\n%s"
                 "regimens:\n  plan:\n    steps: [{give: 1 mg, every: 24 h, for: 1 h}, "
                 "{hold: 60 d}]\n",
                 pk, patient, more);
    assert_true(n > 0 && (size_t)n < sizeof yaml);
    return test_scenario(yaml);
}

/*
 * The two half-lives [h] after absorption, from four levels `step` h apart. Sums of two
 * exponentials at equal steps obey y[k+2] = p y[k+1] - q y[k]; their factors a step are
 * the roots of z^2 - p z + q.
 */
static void half_lives(const struct test_courses *c, double first, double step,
                       double *fast, double *slow)
{
    double y[4];
    for (size_t k = 0; k < COUNT(y); k++) {
        y[k] = test_concentration_at(c, 0, first + (double)k * step);
    }
    const double det = y[1] * y[1] - y[0] * y[2];
    const double p = (y[1] * y[2] - y[0] * y[3]) / det;
    const double q = (y[2] * y[2] - y[1] * y[3]) / det;
    const double root = sqrt(0.25 * p * p - q);
    *slow = -log(2.0) * step / log(0.5 * p + root);
    *fast = -log(2.0) * step / log(0.5 * p - root);
}

static void test_half_lives_are_those_of_the_evidence(void **state)
{
    static const struct {
        const char *pk;
        const char *patient;
        const char *more;
        double first; /* h */
        double step;
        double unit;      /* h, of the printed numbers */
        const char *fast; /* NULL: not printed */
        const char *slow;
    } row[] = {
        /* its own KA would be a third exponential beside the fast one */
        {"sikma2020_thoracic_icu", "hematocrit: 0.28",
         "start: {day: 0, clock: \"00:00\"}\nparameters: {KA: 40 1/h}\n", 1.0, 2.0, 1.0,
         "1.262", "26.10"},
        {"andrews2019_kidney",
         "age: 55.72 y, sex: male, weight: 70.4139 kg, height: 185.1391 cm, "
         "cyp3a5_expresser: false, cyp3a4_22: false, albumin: 42 g/L, "
         "creatinine: 134.98 umol/L, hematocrit: 0.34",
         "start: {day: 0, clock: \"00:00\"}\n", SOAKED, 24.0, HOURS_A_DAY, NULL, "20"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct tacro_scenario *s = open_dose(row[i].pk, row[i].patient, row[i].more);
        struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
        double fast = 0.0;
        double slow = 0.0;
        half_lives(c, row[i].first, row[i].step, &fast, &slow);
        if (row[i].fast != NULL) {
            test_check_printed(row[i].pk, row[i].fast, fast / row[i].unit);
        }
        test_check_printed(row[i].pk, row[i].slow, slow / row[i].unit);
        test_courses_free(c);
        tacro_scenario_free(s);
    }
}

/* Within a day, as the clearance steps at midnight. */
static void test_zhou_half_life_is_that_of_the_evidence(void **state)
{
    struct tacro_scenario *s =
        open_dose("zhou2025_lung_3mo",
                  "hematocrit: 0.265, cyp3a5_alleles: 0, voriconazole: false, "
                  "posaconazole: false, "
                  "itraconazole: false",
                  "before: none\nstart: {day: 49, clock: \"00:00\"}\n");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    const double ratio =
        test_concentration_at(c, 0, SOAKED) / test_concentration_at(c, 0, 23.0);
    (void)state;
    test_check_printed("zhou2025_lung_3mo", "64.1",
                       log(2.0) * (23.0 - SOAKED) / log(ratio));
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* -- numbers of files -------------------------------------------------------------- */

static double theta_of(const struct tacro_paramset *set, const char *name)
{
    const size_t i = tacro_paramset_theta(set, name);
    assert_true(i < set->nthetas);
    return set->theta[i].value;
}

static const struct tacro_effect *effect_of(const struct tacro_paramset *set,
                                            const char *name)
{
    for (size_t i = 0; i < set->neffects; i++) {
        if (strcmp(set->theta[set->effect[i].theta].name, name) == 0) {
            return &set->effect[i];
        }
    }
    fail_msg("%s has no random effect", name);
    return NULL;
}

static struct tacro_paramset *open_set(const char *name)
{
    char path[512];
    struct tacro_notes notes = {0};
    struct tacro_error err = {.text = ""};
    struct tacro_paramset *set = NULL;
    snprintf(path, sizeof path, TACRO_SOURCE_DIR "/params/pk/%s.yaml", name);
    if (tacro_paramset_read(path, TACRO_SET_PK, &notes, &set, &err) != TACRO_OK) {
        fail_msg("%s: %s", path, err.text);
    }
    tacro_notes_free(&notes);
    return set;
}

static void test_storset_whole_blood_is_plasma_over_the_binding(void **state)
{
    struct tacro_paramset *set = open_set("storset2014_kidney_plasma");
    const double ratio = 1.0 + theta_of(set, "BMAX") * 0.45 / theta_of(set, "KD");
    (void)state;
    test_check_printed("Cwb/Cp", "50.5", ratio);
    test_check_printed("CL", "16.06", theta_of(set, "CL") / ratio);
    test_check_printed("V1", "124.6", theta_of(set, "V1") / ratio);
    test_check_printed("Q", "23.8", theta_of(set, "Q") / ratio);
    test_check_printed("V2", "635.6", theta_of(set, "V2") / ratio);
    tacro_paramset_free(set);
}

/* The transcription has variances of more digits than the CVs in whole percent. */
#define ROUNDED 2e-3

static void test_storset_variances_are_those_of_the_evidence(void **state)
{
    static const struct {
        const char *name;
        double omega2; /* 0: none */
        double kappa2;
    } row[] = {
        {"CL", 0.14842, 0.0}, {"V1", 0.25612, 0.0}, {"Q", 0.33429, 0.0},
        {"F1", 0.0, 0.0515},  {"KA", 0.0, 0.892},
    };
    struct tacro_paramset *set = open_set("storset2014_kidney_plasma");
    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        const struct tacro_effect *effect = effect_of(set, row[i].name);
        if (row[i].omega2 > 0.0) {
            test_check_close(row[i].name, effect->omega * effect->omega, row[i].omega2,
                             ROUNDED);
        } else {
            test_check_close(row[i].name, effect->kappa * effect->kappa, row[i].kappa2,
                             ROUNDED);
        }
    }
    tacro_paramset_free(set);
}

static void test_storset_covariances_are_those_of_the_evidence(void **state)
{
    static const struct {
        const char *with;
        double covariance;
    } row[] = {{"V1", 0.08385}, {"Q", 0.13809}};
    struct tacro_paramset *set = open_set("storset2014_kidney_plasma");
    const double cl = effect_of(set, "CL")->omega;
    (void)state;
    assert_int_equal(set->omega_corr.n, COUNT(row));
    for (size_t i = 0; i < COUNT(row); i++) {
        const double other = effect_of(set, row[i].with)->omega;
        test_check_close(row[i].with, set->omega_corr.pair[i].value * cl * other,
                         row[i].covariance, ROUNDED);
    }
    tacro_paramset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_lives_are_those_of_the_evidence),
        cmocka_unit_test(test_zhou_half_life_is_that_of_the_evidence),
        cmocka_unit_test(test_storset_whole_blood_is_plasma_over_the_binding),
        cmocka_unit_test(test_storset_variances_are_those_of_the_evidence),
        cmocka_unit_test(test_storset_covariances_are_those_of_the_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
