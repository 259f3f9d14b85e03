/**
 * Draws and parameters in lanes: the bits of tacro_subject_draw and, at any time and
 * slot of each lane, of tacro_subject_value, in every kernel build; and which
 * coefficients a step along the course has changed.
 */
#include "solve/parameters.h"

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
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/kernels.h"

#define NSLOTS 10 /* drawn ahead, from slot 0 */

static const char stepped[] =
    "  n: 300\n"
    "  weight: {mean: 60 kg, cv: 20 %, min: 40 kg, max: 90 kg}\n"
    "  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: 0.27}]\n"
    "  map: [{from: 0 d, value: 105 mmHg}, {from: 3 d, value: 95 mmHg}]\n"
    "  infection: [{from: 0 d, value: false}, {from: 30 h, value: true}]\n"
    "  aki: [{from: 0 d, value: true}, {from: 30 h, value: false}]\n";
static const char multiply[] =
    "multiply:\n"
    "  CL: [{from: 1 d, value: 0.2}, {from: 4 d, value: 0.5}]\n"
    "  KA: [{from: 0 d, value: 2}, {from: 31 h, value: 0.7}]\n"
    "  F1: [{from: 2 d, value: 0.9}]\n";

#define SIKMA "sikma2020_thoracic_icu"
#define MIANO "miano2024_lung_pod14" /* days, windows of days, delays */

#define NPATIENTS 300 /* of the event tables */
static char table_path[256];
static char table_key[300]; /* `file:` of a scenario */
static char lung_path[256];
static char lung_key[300];

/* Every patient's covariates step at times of its own, some at no time at all. */
static int write_table(void **state)
{
    FILE *file;
    (void)state;
    test_temporary(table_path, "patients.csv");
    snprintf(table_key, sizeof table_key, "  file: %s\n", table_path);
    file = fopen(table_path, "w");
    if (file == NULL) {
        return -1;
    }
    fprintf(file, "ID,TIME,HCT,MAP,INFECTION,WT\n");
    for (int i = 0; i < NPATIENTS; i++) {
        fprintf(file, "%d,0,%g,%d,%d,%d\n", i, 0.25 + 0.0002 * i, 85 + i % 30, i % 2,
                50 + i % 20);
        for (int k = 0; k < i % 5; k++) {
            fprintf(file, "%d,%d,%g,%d,%d,.\n", i, 24 * k + i % 13 + 1, 0.27 + 0.01 * k,
                    90 + 3 * k + i % 7, (i + k) % 3 == 0);
        }
    }
    return fclose(file);
}

/* An inhibitor that begins and ends at times of each patient's own. */
static int write_lung_table(void)
{
    FILE *file;
    test_temporary(lung_path, "lung.csv");
    snprintf(lung_key, sizeof lung_key, "  file: %s\n", lung_path);
    file = fopen(lung_path, "w");
    if (file == NULL) {
        return -1;
    }
    fprintf(file, "ID,TIME,HCT,WT,BILATERAL,VORICONAZOLE\n");
    for (int i = 0; i < NPATIENTS; i++) {
        fprintf(file, "%d,0,%g,%d,%d,%d\n", i, 0.25 + 0.0002 * i, 50 + i % 20,
                i % 3 > 0, i % 4 == 0);
        fprintf(file, "%d,%d,.,.,.,%d\n", i, 10 + i % 37, i % 4 != 0);
        fprintf(file, "%d,%d,%g,.,.,%d\n", i, 60 + i % 41, 0.30 - 0.0001 * i,
                i % 4 == 0);
    }
    return fclose(file);
}

static int write_tables(void **state)
{
    return write_table(state) != 0 ? -1 : write_lung_table();
}

static int remove_tables(void **state)
{
    (void)state;
    return unlink(table_path) != 0 ? -1 : unlink(lung_path);
}

struct fixture {
    struct tacro_scenario *scenario;
    struct tacro_parameters *parameters;
    struct tacro_subject subject[TACRO_LANES];
    const struct tacro_subject *lane[TACRO_LANES];
    double *kappa;
};

static void open_fixture(struct fixture *f, const char *pk, const char *patients,
                         const char *top)
{
    char text[4096];
    snprintf(text, sizeof text,
             "title: parameters\n"
             "pk: %s\n"
             "risk: [pres_lung, rejection_lung]\n"
             "start: {day: 0, clock: \"08:00\"}\n"
             "horizon: 6 d\n"
             "output: {every: 6 h}\n"
             "seed: 7\n"
             "draws: 1\n"
             "%spatients:\n%sregimens:\n  a: {steps: [{give: 3 mg, every: 12 h}]}\n",
             pk, top, patients);
    f->scenario = test_scenario(text);
    f->kappa = NULL;
}

static void create(struct fixture *f, const char *kernels)
{
    const struct tacro_scenario *s = f->scenario;
    assert_int_equal(tacro_parameters_create(s->rules, s->system,
                                             tacro_kernels_find(kernels), s->coef,
                                             &f->parameters, NULL),
                     TACRO_OK);
}

/* Subjects from `first` on; the kappas of every lane but each third are drawn ahead. */
static void begin(struct fixture *f, uint64_t first, bool is_ahead)
{
    const struct tacro_rules *rules = f->scenario->rules;
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    const size_t room = TACRO_LANES * (rules->nkappas * NSLOTS + 1);
    free(f->kappa);
    f->kappa = calloc(room, sizeof *f->kappa);
    assert_non_null(f->kappa);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_subject_draw(rules, first + l, &f->subject[l]);
        f->lane[l] = &f->subject[l];
    }
    if (is_ahead) {
        tacro_subjects_draw_kappas(rules, &kernels->math, 0, NSLOTS, TACRO_LANES,
                                   f->subject, f->kappa);
        for (size_t l = 0; l < TACRO_LANES; l += 3) {
            tacro_subject_draw(rules, first + l, &f->subject[l]);
        }
    }
    tacro_parameters_begin(f->parameters, f->lane);
}

static void close_fixture(struct fixture *f)
{
    free(f->kappa);
    tacro_scenario_free(f->scenario);
}

/* Every used rule against its definition, derived rates against those of all parts. */
static void check_values(const struct fixture *f, const double *t, const int32_t *slot)
{
    const struct tacro_scenario *s = f->scenario;
    double want[TACRO_MAX_COEFS][TACRO_LANES] __attribute__((aligned(64)));
    const double *f1 = tacro_parameters_f1(f->parameters);
    double(*coef)[TACRO_LANES] = tacro_parameters_coef(f->parameters);
    for (size_t i = 0; i < s->rules->n; i++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double x =
                tacro_subject_value(s->rules, i, f->lane[l], t[l], slot[l]);
            const bool is_f1 = i == s->rules->f1;
            if (is_f1 && !test_same_bits(f1[l], x)) {
                fail_msg("F1, lane %zu: %a, want %a", l, f1[l], x);
            }
            if (s->coef[i] == TACRO_NONE) {
                continue;
            }
            want[s->coef[i]][l] = x;
            if (!test_same_bits(coef[s->coef[i]][l], x)) {
                fail_msg("%s, lane %zu, t %.17g, slot %d: %a, want %a",
                         s->rules->rule[i].theta->name, l, t[l], (int)slot[l],
                         coef[s->coef[i]][l], x);
            }
        }
    }
    tacro_kernels_find("baseline")->rates(s->system, want);
    for (size_t c = 0; c < s->system->ncoefs; c++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (!test_same_bits(coef[c][l], want[c][l])) {
                fail_msg("coefficient %zu, lane %zu: %a, want %a", c, l, coef[c][l],
                         want[c][l]);
            }
        }
    }
}

/* Move to (t, slot); a row that is said to be unchanged has the bits it had. */
static void move(const struct fixture *f, const double *t, const int32_t *slot)
{
    double before[TACRO_MAX_COEFS][TACRO_LANES];
    const size_t n = f->scenario->system->ncoefs;
    const bool *changed = tacro_parameters_changed(f->parameters);
    double(*coef)[TACRO_LANES] = tacro_parameters_coef(f->parameters);
    memcpy(before, coef, n * sizeof *before);
    tacro_parameters_at(f->parameters, t, slot);
    for (size_t c = 0; c < n; c++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            assert_true(changed[c] || test_same_bits(before[c][l], coef[c][l]));
        }
    }
    check_values(f, t, slot);
}

static void move_all(const struct fixture *f, double t, int32_t slot)
{
    double each_t[TACRO_LANES];
    int32_t each_slot[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        each_t[l] = t;
        each_slot[l] = slot;
    }
    move(f, each_t, each_slot);
}

enum spread { SHARED, PER_LANE, PAIRS, NSPREADS };

/* Random moments; some are steps themselves, some repeat the one before. */
static void wander(const struct fixture *f, uint64_t *seed)
{
    static const double at[] = {0.0,  24.0, 30.0, 31.0, 48.0,
                                72.0, 96.0, 54.0, 88.0, 30.0 - 1e-8};
    double t[TACRO_LANES] = {0.0};
    int32_t slot[TACRO_LANES] = {0};
    for (int k = 0; k < 60; k++) {
        const enum spread spread = (enum spread)test_draw(seed, 0.0, NSPREADS);
        const size_t same = spread == SHARED ? TACRO_LANES : (spread == PAIRS ? 32 : 1);
        const bool has_new_t = test_draw(seed, 0.0, 1.0) < 0.7;
        const bool has_new_slot = test_draw(seed, 0.0, 1.0) < 0.5;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const bool is_step = test_draw(seed, 0.0, 1.0) < 0.5;
            const double step = at[(size_t)test_draw(seed, 0.0, 10.0)];
            const double any = test_draw(seed, -1.0, 144.0);
            const double its = test_draw(seed, -3.0, NSLOTS + 2.0);
            t[l] =
                !has_new_t ? t[l] : (l % same != 0 ? t[l - 1] : (is_step ? step : any));
            slot[l] =
                !has_new_slot ? slot[l] : (l % same != 0 ? slot[l - 1] : (int32_t)its);
        }
        move(f, t, slot);
    }
}

static void check_model(const char *pk, const char *patients, const char *top)
{
    struct fixture f;
    uint64_t seed = 5;
    open_fixture(&f, pk, patients, top);
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        if (tacro_kernels_find(test_kernel_names[k]) == NULL) {
            continue;
        }
        create(&f, test_kernel_names[k]);
        for (uint64_t first = 0; first < 200; first += 50) {
            begin(&f, first, first >= 100);
            wander(&f, &seed);
        }
        tacro_parameters_free(f.parameters);
    }
    close_fixture(&f);
}

static void check_scenario(const char *patients, const char *top)
{
    check_model(SIKMA, patients, top);
}

static void test_parameters_in_lanes_are_those_of_each_subject(void **state)
{
    (void)state;
    check_scenario(stepped, multiply);
    check_scenario(stepped, "");
    check_scenario("  n: 300\n  hematocrit: 0.3\n", multiply);
    check_scenario("  n: 300\n  hematocrit: 0.3\n", "");
}

static void test_parameters_of_a_table_follow_each_patient_s_own_times(void **state)
{
    char patients[512];
    (void)state;
    check_scenario(table_key, multiply);
    check_scenario(table_key, "");
    snprintf(patients, sizeof patients,
             "%s  covariates: locf\n"
             "  aki: [{from: 0 d, value: true}, {from: 30 h, value: false}]\n",
             table_key);
    check_scenario(patients, multiply);
}

static const char azole[] = /* late by 24 h */
    "  cyp3a5_expresser: {probability: 20 %}\n  amiodarone: true\n"
    "  voriconazole: [{from: 0 d, value: false}, {from: 30 h, value: true}, {from: 3 "
    "d, "
    "value: false}]\n";

static void test_parameters_change_at_midnight_and_after_delays(void **state)
{
    char patients[1024];
    (void)state;
    snprintf(patients, sizeof patients,
             "  n: 300\n  weight: 75 kg\n  bilateral: true\n"
             "  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: 0.27}]\n%s",
             azole);
    check_model(MIANO, patients, "");
    /* days on which a drawn covariate acts */
    snprintf(
        patients, sizeof patients,
        "  n: 300\n  weight: {mean: 75 kg, cv: 20 %%}\n"
        "  hematocrit: {mean: 0.33, sd: 0.04}\n  bilateral: {probability: 66 %%}\n%s",
        azole);
    check_model(MIANO, patients, "multiply: {CL: [{from: 1 d, value: 0.5}]}\n");
    snprintf(patients, sizeof patients,
             "  typical: true\n  weight: 75 kg\n  hematocrit: 0.33\n"
             "  bilateral: {probability: 66 %%}\n%s",
             azole);
    check_model(MIANO, patients, "");
}

static void test_parameters_of_a_table_act_late_in_each_patient(void **state)
{
    char patients[1024];
    (void)state;
    snprintf(patients, sizeof patients,
             "%s  cyp3a5_expresser: false\n  amiodarone: false\n", lung_key);
    check_model(MIANO, patients, "");
}

/* What a lane has after a course is the next subject's own. */
static void test_parameters_of_a_table_change_with_the_subjects(void **state)
{
    struct fixture f;
    (void)state;
    open_fixture(&f, SIKMA, table_key, "");
    create(&f, NULL);
    for (uint64_t first = 0; first < 200; first += 40) {
        begin(&f, first, false);
        move_all(&f, 20.0, 1);
        move_all(&f, 20.5, 1);
        begin(&f, first + 20, false);
        move_all(&f, 20.5, 1);
    }
    tacro_parameters_free(f.parameters);
    close_fixture(&f);
}

static void test_parameters_of_a_typical_patient_have_no_random_effect(void **state)
{
    (void)state;
    check_scenario(
        "  typical: true\n"
        "  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: 0.27}]\n"
        "  map: [{from: 0 d, value: 105 mmHg}, {from: 3 d, value: 95 mmHg}]\n",
        multiply);
}

static size_t rule_of(const struct tacro_scenario *s, const char *name)
{
    for (size_t i = 0; i < s->rules->n; i++) {
        if (strcmp(s->rules->rule[i].theta->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no rule %s", name);
    return 0;
}

/* A parameter that is a drawn covariate, and changes for another reason. */
static void test_parameters_drawn_covariate_is_each_lane_s_own(void **state)
{
    struct fixture f;
    uint64_t seed = 6;
    (void)state;
    open_fixture(&f, SIKMA,
                 "  n: 300\n  hematocrit: {mean: 0.3, sd: 0.03, min: 0.2, max: 0.4}\n",
                 "");
    f.scenario->rules->rule[rule_of(f.scenario, "HCT")].is_dynamic = true;
    create(&f, NULL);
    begin(&f, 0, true);
    wander(&f, &seed);
    tacro_parameters_free(f.parameters);
    close_fixture(&f);
}

static size_t count_changed(const struct fixture *f)
{
    const bool *changed = tacro_parameters_changed(f->parameters);
    size_t n = 0;
    for (size_t c = 0; c < f->scenario->system->ncoefs; c++) {
        n += changed[c];
    }
    return n;
}

static void test_parameters_changed_names_what_a_slot_or_a_step_changes(void **state)
{
    struct fixture f;
    const bool *changed;
    const int *coef;
    size_t ka;
    size_t h0;
    size_t hct;
    (void)state;
    open_fixture(&f, SIKMA, stepped, "");
    create(&f, NULL);
    begin(&f, 0, true);
    changed = tacro_parameters_changed(f.parameters);
    coef = f.scenario->coef;
    ka = (size_t)coef[rule_of(f.scenario, "KA")];
    h0 = (size_t)coef[rule_of(f.scenario, "H0")];
    hct = (size_t)coef[rule_of(f.scenario, "HCT")];
    move_all(&f, 0.0, 0);
    assert_int_equal(count_changed(&f), f.scenario->system->ncoefs);
    move_all(&f, 0.0, 0);
    assert_int_equal(count_changed(&f), 0);
    move_all(&f, 6.0, 0);
    assert_int_equal(count_changed(&f), 0);
    move_all(&f, 12.0, 1);
    assert_true(changed[ka] && !changed[h0] && !changed[hct]);
    move_all(&f, 48.0, 1);
    assert_true(!changed[ka] && changed[h0] && changed[hct]);
    begin(&f, 64, true);
    move_all(&f, 48.0, 1);
    assert_int_equal(count_changed(&f), f.scenario->system->ncoefs);
    tacro_parameters_free(f.parameters);
    close_fixture(&f);
}

/* 37 x 2 x 7 numbers: the last row of lanes is not full. */
static void test_kappas_drawn_ahead_are_those_of_their_keys(void **state)
{
    struct fixture f;
    struct tacro_subject subject[37];
    double normal[37 * 2 * 7 + TACRO_LANES];
    const struct tacro_rules *rules;
    (void)state;
    open_fixture(&f, SIKMA, stepped, "");
    rules = f.scenario->rules;
    assert_int_equal(rules->nkappas, 2);
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        const struct tacro_kernels *kernels = tacro_kernels_find(test_kernel_names[k]);
        for (size_t i = 0; i < 37; i++) {
            tacro_subject_draw(rules, 100 + i, &subject[i]);
        }
        if (kernels != NULL) {
            tacro_subjects_draw_kappas(rules, &kernels->math, -2, 7, 37, subject,
                                       normal);
        }
        for (size_t i = 0; i < 37 * rules->n; i++) {
            const struct tacro_rule *rule = &rules->rule[i % rules->n];
            struct tacro_rng_key key = {.seed = 7,
                                        .stream = TACRO_STREAM_KAPPA,
                                        .patient = 100 + i / rules->n,
                                        .k = rule->key};
            for (key.occasion = -4; rule->kappa > 0.0 && key.occasion < 7;
                 key.occasion++) {
                assert_true(test_same_bits(tacro_subject_kappa(rules, i % rules->n,
                                                               &subject[i / rules->n],
                                                               key.occasion),
                                           tacro_rng_normal(&key)));
            }
        }
    }
    close_fixture(&f);
}

static void check_drawn(const struct tacro_rules *rules,
                        const struct tacro_subject *subject, uint64_t index)
{
    struct tacro_subject alone;
    tacro_subject_draw(rules, index, &alone);
    assert_true(subject->index == index && subject->draw == alone.draw &&
                subject->patient == alone.patient);
    assert_true(subject->nslots == 0 && subject->kappa == NULL);
    assert_memory_equal(subject->covariate, alone.covariate, sizeof alone.covariate);
    for (size_t i = 0; i < rules->n; i++) {
        if (!test_same_bits(subject->fixed_log[i], alone.fixed_log[i]) ||
            !test_same_bits(subject->fixed[i], alone.fixed[i])) {
            fail_msg("%s of subject %llu: %a, alone %a", rules->rule[i].theta->name,
                     (unsigned long long)index, subject->fixed[i], alone.fixed[i]);
        }
    }
}

/* 130 subjects from 1170 on, across two draws: two rows of lanes and two lanes. */
static void test_subjects_drawn_in_lanes_are_those_drawn_alone(void **state)
{
    const char *const patients[] = {
        stepped, "  n: 300\n  hematocrit: {mean: 0.3, sd: 0.03, min: 0.2, max: 0.4}\n",
        "  typical: true\n  hematocrit: 0.3\n", table_key};
    (void)state;
    for (size_t p = 0; p < 4; p++) {
        struct fixture f;
        open_fixture(&f, SIKMA, patients[p], multiply);
        f.scenario->input->ndraws = 5;
        for (size_t k = 0; k < TEST_NKERNELS; k++) {
            const struct tacro_kernels *kernels =
                tacro_kernels_find(test_kernel_names[k]);
            static struct tacro_subject subject[130];
            if (kernels == NULL) {
                continue;
            }
            tacro_subjects_draw(f.scenario->rules, &kernels->math, 1170, 130, subject);
            for (size_t i = 0; i < 130; i++) {
                check_drawn(f.scenario->rules, &subject[i], 1170 + i);
            }
        }
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_in_lanes_are_those_of_each_subject),
        cmocka_unit_test(test_parameters_of_a_typical_patient_have_no_random_effect),
        cmocka_unit_test(test_parameters_of_a_table_follow_each_patient_s_own_times),
        cmocka_unit_test(test_parameters_change_at_midnight_and_after_delays),
        cmocka_unit_test(test_parameters_of_a_table_act_late_in_each_patient),
        cmocka_unit_test(test_parameters_of_a_table_change_with_the_subjects),
        cmocka_unit_test(test_parameters_drawn_covariate_is_each_lane_s_own),
        cmocka_unit_test(test_parameters_changed_names_what_a_slot_or_a_step_changes),
        cmocka_unit_test(test_subjects_drawn_in_lanes_are_those_drawn_alone),
        cmocka_unit_test(test_kappas_drawn_ahead_are_those_of_their_keys),
    };
    return cmocka_run_group_tests(tests, write_tables, remove_tables);
}
