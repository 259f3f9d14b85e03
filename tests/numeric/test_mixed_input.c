/**
 * Oral doses that enter partly by first and partly by zero order (FZERO, DZERO).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cohort/dosing.h"
#include "solve/steady.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/follow.h"

#define CL 20.0
#define V1 220.0
#define KA 0.6
#define F1 0.8
#define LAG 0.4
#define FREL_LCP 1.2
#define DZERO_LCP 9.0

#define RTOL 1e-9

/* A block of patients under the first regimen, shared course or their own. */
struct ran {
    struct tacro_scenario *s;
    struct tacro_block_setup setup;
    struct tacro_block *block;
    struct tacro_agenda *agenda[TACRO_LANES];
    struct tacro_subject *subject;
    const struct tacro_subject *of[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *r;
};

static struct ran run(const char *yaml, const struct tacro_method *method)
{
    struct ran ran = {.s = test_scenario(yaml)};
    const struct tacro_arm *arm = &ran.s->arm[0];
    ran.setup = tacro_scenario_setup(ran.s, arm->variant, tacro_kernels_find(NULL),
                                     method, RTOL);
    assert_int_equal(tacro_block_create(&ran.setup, &ran.block, NULL), TACRO_OK);
    ran.subject = calloc(TACRO_LANES, sizeof *ran.subject);
    assert_non_null(ran.subject);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const uint64_t i = ran.s->input->npatients > l ? l : 0;
        tacro_subject_draw(ran.s->rules, i, &ran.subject[l]);
        ran.of[l] = &ran.subject[l];
        ran.course[l] = &arm->course;
        if (!arm->is_shared) {
            assert_int_equal(tacro_agenda_create(&arm->agenda, &ran.agenda[l], NULL),
                             TACRO_OK);
            tacro_arm_assign(arm, ran.of[l]->patient, ran.agenda[l]);
        }
    }
    ran.r = arm->is_shared ? tacro_block_run(ran.block, ran.of, ran.course)
                           : tacro_block_follow(ran.block, ran.of, ran.agenda);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(ran.r->status[l], TACRO_LANE_OK);
        if (!arm->is_shared) {
            ran.course[l] = tacro_agenda_course(ran.agenda[l]);
        }
    }
    return ran;
}

static void drop(struct ran *ran)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_agenda_free(ran->agenda[l]);
    }
    free(ran->subject);
    tacro_block_free(ran->block);
    tacro_scenario_free(ran->s);
}

static double level(const struct ran *ran, size_t output, size_t l)
{
    return ran->r->concentration[output * TACRO_LANES + l];
}

/* State at the horizon, which is the last record. */
static double last_state(const struct ran *ran, size_t state, size_t l)
{
    const struct tacro_system *system = ran->s->arm[0].system;
    const int record = ran->s->record_of[ran->s->ntimes - 1];
    assert_int_not_equal(record, TACRO_NONE);
    return ran->r->state[((size_t)record * system->nstates + state) * TACRO_LANES + l];
}

/* -- closed form in one compartment ------------------------------------------------ */

/* ng/mL of one dose, tau h after it has begun to enter. */
static double of_dose(double amount, double ka, double fzero, double dzero, double tau)
{
    const double k = CL / V1;
    const double running = fmin(tau, dzero);
    double first;
    double zero;
    if (tau <= 0.0) {
        return 0.0;
    }
    first = ka / (V1 * (ka - k)) * (exp(-k * tau) - exp(-ka * tau));
    zero = (1.0 - exp(-k * running)) * exp(-k * (tau - running)) / (dzero * CL);
    return 1000.0 * amount * ((1.0 - fzero) * first + fzero * zero);
}

static void check_closed_form(double fzero, double dzero,
                              const struct tacro_method *method, double allowed)
{
    char text[1024];
    struct ran ran;
    double largest = 0.0;
    snprintf(text, sizeof text,
             "title: t\npk: mixed\nhorizon: 3 d\noutput: {every: 0.5 h}\n"
             "patients: {n: 1}\nparameters: {FZERO: %.17g, DZERO: %.17g h}\n"
             "regimens:\n"
             "  a:\n"
             "    steps:\n"
             "      - {give: 3 mg, every: 12 h, until: 1 d}\n"
             "      - {give: 2 mg, every: 24 h, formulation: LCP}\n",
             fzero, dzero);
    ran = run(text, method);
    assert_true(ran.s->arm[0].is_shared);
    for (size_t o = 0; o < ran.s->ntimes; o++) {
        const double t = ran.s->time[o];
        const double want =
            of_dose(F1 * 3.0, KA, fzero, dzero, t - LAG) +
            of_dose(F1 * 3.0, KA, fzero, dzero, t - 12.0 - LAG) +
            of_dose(F1 * FREL_LCP * 2.0, 0.1, 1.0, DZERO_LCP, t - 24.0) +
            of_dose(F1 * FREL_LCP * 2.0, 0.1, 1.0, DZERO_LCP, t - 48.0);
        largest = fmax(largest, fabs(level(&ran, o, 0) - want));
    }
    if (!(largest < allowed)) {
        fail_msg("FZERO %g, DZERO %g h: off by %.3g ng/mL", fzero, dzero, largest);
    }
    drop(&ran);
}

static void test_mixed_input_is_the_closed_form(void **state)
{
    static const double shares[] = {0.0, 0.35, 1.0};
    static const double durations[] = {5.0, 12.0, 20.0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            check_closed_form(shares[i], durations[j], &tacro_method_exact, 1e-8);
            check_closed_form(shares[i], durations[j], &tacro_method_cvode, 1e-5);
        }
    }
}

/* A share that steps at 12 h: the dose of then has the later one, that of 0 h not. */
static void test_a_share_is_that_of_the_time_of_the_dose(void **state)
{
    struct ran ran =
        run("title: t\npk: mixed\nhorizon: 2 d\noutput: {every: 0.5 h}\n"
            "patients: {n: 1}\n"
            "multiply: {FZERO: [{from: 12 h, value: 0.5}], DZERO: [{from: 2 h, "
            "value: 2}]}\n"
            "regimens: {a: {steps: [{give: 3 mg, every: 12 h, until: 1 d}]}}\n",
            &tacro_method_exact);
    (void)state;
    for (size_t o = 0; o < ran.s->ntimes; o++) {
        const double t = ran.s->time[o];
        const double want = of_dose(F1 * 3.0, KA, 0.35, 5.0, t - LAG) +
                            of_dose(F1 * 3.0, KA, 0.175, 10.0, t - 12.0 - LAG);
        assert_true(fabs(level(&ran, o, 0) - want) < 1e-8);
    }
    drop(&ran);
}

static void test_mixed_input_brings_in_the_whole_dose(void **state)
{
    static const char *const change[] = {"{FZERO: 0}", "{FZERO: 0.5, DZERO: 30 h}",
                                         "{FZERO: 1}"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        struct ran ran;
        snprintf(text, sizeof text,
                 "title: t\npk: mixed\nhorizon: 20 d\noutput: {every: 12 h}\n"
                 "patients: {n: 1}\nparameters: %s\n"
                 "regimens: {a: {steps: [{give: 3 mg, every: 24 h, until: 1 d}]}}\n",
                 change[i]);
        ran = run(text, &tacro_method_exact);
        test_check_close("area",
                         last_state(&ran, (size_t)ran.s->arm[0].system->auc_state, 0),
                         1000.0 * F1 * 3.0 / CL, 1e-9);
        drop(&ran);
    }
}

/* -- tables of events -------------------------------------------------------------- */

/* model: `pk` and `patients` of the scenario */
static struct ran run_rows(const char *rows, const char *model, const char *change,
                           const struct tacro_method *method)
{
    char path[128];
    char text[512];
    FILE *file;
    snprintf(path, sizeof path, "%s/events.csv", test_folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "ID,TIME,EVID,AMT,CMT,RATE,SS,II\n%s", rows);
    assert_int_equal(fclose(file), 0);
    snprintf(text, sizeof text,
             "title: t\n%shorizon: 2 d\noutput: {every: 1 h}\n"
             "parameters: %s\nregimens: {a: {file: %s}}\n",
             model, change, path);
    struct ran ran = run(text, method);
    test_file_remove(path);
    return ran;
}

static struct ran run_table(const char *rows, const char *change)
{
    return run_rows(rows, "pk: mixed\npatients: {n: 1}\n", change, &tacro_method_exact);
}

static void test_a_reset_ends_both_shares(void **state)
{
    struct ran ran = run_table("1,0,1,3,1,0,0,0\n1,2,3,.,.,.,.,.\n"
                               "1,10,1,3,1,0,0,0\n1,10.2,3,.,.,.,.,.\n",
                               "{FZERO: 0.5}");
    (void)state;
    assert_true(level(&ran, 2, 0) > 1.0);
    for (size_t o = 3; o < ran.s->ntimes; o++) {
        assert_true(level(&ran, o, 0) == 0.0); /* the second dose was in its lag */
    }
    drop(&ran);
}

/* What runs in at a rate or over D1 goes through the depot, whatever FZERO is. */
static void test_a_dose_with_a_rate_is_not_split(void **state)
{
    static const char rows[] = "1,0,1,3,1,-2,0,0\n1,12,1,2,1,0.5,0,0\n";
    struct ran split = run_table(rows, "{FZERO: 0.9}");
    struct ran whole = run_table(rows, "{FZERO: 0}");
    (void)state;
    for (size_t o = 0; o < split.s->ntimes; o++) {
        assert_true(test_same_bits(level(&split, o, 0), level(&whole, o, 0)));
    }
    assert_true(level(&split, 6, 0) > 1.0);
    drop(&whole);
    drop(&split);
}

static void check_periodic(const char *rows, double amount, double fzero, double dzero,
                           double ii)
{
    char change[64];
    struct ran ran;
    snprintf(change, sizeof change, "{FZERO: %g, DZERO: %g h}", fzero, dzero);
    ran = run_table(rows, change);
    for (size_t o = 1; o < ran.s->ntimes; o++) {
        const double t = ran.s->time[o];
        double want = 0.0;
        for (int n = 0; n < 60; n++) {
            want += of_dose(F1 * amount, KA, fzero, dzero, t - LAG + n * ii);
        }
        if (!(fabs(level(&ran, o, 0) - want) < 1e-8)) {
            fail_msg("FZERO %g, DZERO %g h, at %g h: %.12g, expected %.12g", fzero,
                     dzero, t, level(&ran, o, 0), want);
        }
    }
    drop(&ran);
}

static void test_steady_state_is_that_of_many_doses(void **state)
{
    static const double shares[] = {0.0, 0.35, 1.0};
    static const double durations[] = {5.0, 12.0, 11.6, 30.0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 4; j++) {
            check_periodic("1,0,1,3,1,0,1,12\n", 3.0, shares[i], durations[j], 12.0);
            check_periodic("1,0,1,1,1,0,1,12\n1,0,1,2,1,0,2,12\n", 3.0, shares[i],
                           durations[j], 12.0);
        }
    }
}

/* Also where equations change inside an interval: two doses at once are one of both. */
static void test_steady_state_that_is_added_has_both_shares(void **state)
{
    static const char model[] =
        "pk: mixed_moving\npatients: {typical: true, weight: 70 kg}\n";
    static const char change[] = "{FZERO: 0.6}";
    struct ran one = run_rows("1,0,1,3,1,0,1,12\n", model, change, &tacro_method_cvode);
    struct ran two = run_rows("1,0,1,1,1,0,1,12\n1,0,1,2,1,0,2,12\n", model, change,
                              &tacro_method_cvode);
    (void)state;
    for (size_t o = 1; o < one.s->ntimes; o++) {
        assert_true(level(&one, o, 0) > 1.0);
        assert_true(fabs(level(&two, o, 0) - level(&one, o, 0)) < 1e-6);
    }
    drop(&two);
    drop(&one);
}

/* -- patients ---------------------------------------------------------------------- */

#define PATIENTS                                                                       \
    "risk: pres_lung\nstart: {day: 0, clock: \"08:00\"}\nseed: 3\n"                    \
    "patients: {n: 64, age: 40 y, sex: male,\n"                                        \
    "  weight: {mean: 70 kg, cv: 20 %, min: 40 kg, max: 120 kg}}\n"

static const char patients[] = "title: t\npk: mixed_patients\n" PATIENTS;
static const char moving[] = "title: t\npk: mixed_moving\n" PATIENTS;

/* Also what follows the level without being linear in it, the stress of PRES. */
static void check_before(const char *file, const struct tacro_method *method, int days,
                         double allowed)
{
    char text[2048];
    struct ran before;
    struct ran many;
    const struct tacro_system *system;
    size_t ncompared = 0;
    snprintf(text, sizeof text,
             "%shorizon: 24 h\noutput: {every: 6 h}\n"
             "before: {give: 3 mg, every: 12 h, steady_state: true}\n"
             "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n",
             file);
    before = run(text, method);
    snprintf(text, sizeof text,
             "%shorizon: %d d\noutput: {every: 12 h}\n"
             "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n",
             file, days);
    many = run(text, method);
    assert_false(before.s->arm[0].is_shared);
    system = before.s->arm[0].system;
    for (size_t i = 0; i < system->nstates; i++) {
        for (size_t l = 0; l < TACRO_LANES && tacro_steady_is_acted_on(system, i);
             l++) {
            const double want = last_state(&many, i, l);
            if (!(fabs(last_state(&before, i, l) - want) <=
                  allowed * fabs(want) + 1e-15)) {
                fail_msg("%s of lane %zu: %.9g, after many doses %.9g",
                         system->state[i]->name, l, last_state(&before, i, l), want);
            }
            ncompared++;
        }
    }
    assert_true(ncompared >= (size_t)5 * TACRO_LANES); /* depot, V1, V2, CE, STRESS */
    drop(&many);
    drop(&before);
}

static void test_before_is_the_state_after_many_doses(void **state)
{
    (void)state;
    check_before(patients, &tacro_method_exact, 120, 1e-6);
    check_before(moving, &tacro_method_cvode, 60, 1e-5);
}

static void test_patients_are_alike_in_both_solvers(void **state)
{
    char text[2048];
    struct ran exact;
    struct ran cvode;
    (void)state;
    snprintf(text, sizeof text,
             "%shorizon: 4 d\noutput: {every: 1 h}\n"
             "before: {give: 3 mg, every: 12 h, steady_state: true}\n"
             "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n",
             patients);
    exact = run(text, &tacro_method_exact);
    cvode = run(text, &tacro_method_cvode);
    for (size_t o = 0; o < exact.s->ntimes; o++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            test_check_close("level", level(&cvode, o, l), level(&exact, o, l), 1e-6);
        }
    }
    drop(&cvode);
    drop(&exact);
}

/* mixed_patients.yaml with shares that differ from occasion to occasion. */
static void write_occasions(char *path)
{
    char text[4096];
    FILE *file = fopen(TACRO_SOURCE_DIR "/tests/params/pk/mixed_patients.yaml", "r");
    size_t n;
    assert_non_null(file);
    n = fread(text, 1, sizeof text - 1, file);
    assert_true(n < sizeof text - 1);
    text[n] = '\0';
    assert_int_equal(fclose(file), 0);
    snprintf(path, 128, "%s/mixed_patients.yaml", test_folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "%skappa:\n  FZERO: {cv: 50 %%, mark: ASSUMED, from: test}\n"
            "  DZERO: {cv: 50 %%, mark: ASSUMED, from: test}\n",
            text);
    assert_int_equal(fclose(file), 0);
}

static void test_a_share_is_that_of_the_occasion_of_the_dose(void **state)
{
    char path[128];
    char text[1024];
    struct ran ran;
    size_t nshares = 0;
    double last = 0.0;
    (void)state;
    write_occasions(path);
    snprintf(text, sizeof text,
             "title: t\npk: %s\nhorizon: 3 d\noutput: {every: 6 h}\n"
             "patients: {n: 64, weight: 70 kg}\n"
             "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n",
             path);
    ran = run(text, &tacro_method_exact);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_course *c = ran.course[l];
        for (size_t i = 0; i < c->nrunning; i++) {
            const struct tacro_entry *e = &c->running[i];
            const struct tacro_dose_mix mix =
                tacro_subject_mix(ran.s->rules, ran.of[l], 0, e->time, e->slot);
            assert_int_equal(e->port, TACRO_PORT_ORAL + TACRO_PORT_ZERO);
            assert_int_equal(e->slot, tacro_clock_slot(&ran.s->clock, e->time));
            test_check_close("rate", e->amount, 3.0 * mix.share / mix.duration, 1e-15);
            nshares += fabs(mix.share - last) > 1e-6 ? 1 : 0;
            last = mix.share;
        }
    }
    assert_true(nshares > (size_t)2 * TACRO_LANES);
    test_file_remove(path);
    drop(&ran);
}

/* A share is the patient's, at most 1; the ledger has each dose once and replays. */
static void test_a_ledger_has_each_dose_once_and_replays(void **state)
{
    char text[2048];
    struct ran ran;
    struct tacro_block *again = NULL;
    struct tacro_course own[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *r;
    size_t nwhole = 0;
    (void)state;
    snprintf(text, sizeof text,
             "%shorizon: 3 d\noutput: {every: 1 h}\n"
             "regimens: {a: {steps: [{give: 3 mg, every: 12 h}]}}\n",
             patients);
    ran = run(text, &tacro_method_exact);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_rules *rules = ran.s->rules;
        const struct tacro_ledger *ledger = &ran.course[l]->ledger;
        const double value =
            tacro_subject_value(rules, rules->fzero[0], ran.of[l], 0.0, 0);
        const struct tacro_dose_mix mix =
            tacro_subject_mix(rules, ran.of[l], 0, 0.0, 0);
        size_t ndoses = 0;
        assert_true(mix.share == fmin(value, 1.0));
        nwhole += value > 1.0 ? 1 : 0;
        for (size_t i = 0; i < ledger->n; i++) {
            if (ledger->row[i].kind == TACRO_LEDGER_DOSE) {
                assert_true(ledger->row[i].amount == 3.0 &&
                            ledger->row[i].rate == 0.0 &&
                            ledger->row[i].route == TACRO_PORT_ORAL);
                ndoses++;
            }
        }
        assert_int_equal(ndoses, 6);
        own[l] = test_replay(&ran.s->arm[0], ledger, ran.of[l]);
        course[l] = &own[l];
    }
    assert_true(nwhole > 5);
    assert_int_equal(tacro_block_create(&ran.setup, &again, NULL), TACRO_OK);
    r = tacro_block_run(again, ran.of, course);
    for (size_t i = 0; i < ran.s->ntimes * TACRO_LANES; i++) {
        assert_true(test_same_bits(r->concentration[i], ran.r->concentration[i]));
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_course_free(&own[l]);
    }
    tacro_block_free(again);
    drop(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixed_input_is_the_closed_form),
        cmocka_unit_test(test_a_share_is_that_of_the_time_of_the_dose),
        cmocka_unit_test(test_a_share_is_that_of_the_occasion_of_the_dose),
        cmocka_unit_test(test_mixed_input_brings_in_the_whole_dose),
        cmocka_unit_test(test_a_reset_ends_both_shares),
        cmocka_unit_test(test_a_dose_with_a_rate_is_not_split),
        cmocka_unit_test(test_steady_state_is_that_of_many_doses),
        cmocka_unit_test(test_steady_state_that_is_added_has_both_shares),
        cmocka_unit_test(test_before_is_the_state_after_many_doses),
        cmocka_unit_test(test_patients_are_alike_in_both_solvers),
        cmocka_unit_test(test_a_ledger_has_each_dose_once_and_replays),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
