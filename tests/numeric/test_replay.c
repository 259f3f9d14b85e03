/**
 * Patients with courses of their own: what the ledger holds is the course, and neither
 * the neighbours in the block nor the other regimens of the scenario enter it.
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

#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/follow.h"

#define RTOL 1e-6

/* H0 of PRES 1000-fold: about half of the patients have it within the horizon. */
#define PUBLISHED "value: 1.6e-4 1/d"
#define RAISED "value: 1.6e-1 1/d"

/* %s: path of the risk file, trough_at, further lines, reference. */
static const char head[] =
    "title: replay\n"
    "pk: sikma2020_thoracic_icu\n"
    "risk: [%s, rejection_lung]\n"
    "start: {day: 1, clock: \"08:00\"}\n"
    "horizon: 6 d\n"
    "landmark: 12 h\n"
    "trough_at: \"%s\"\n"
    "output: {every: 4 h}\n"
    "seed: 5\n"
    "before: {give: 2 mg, every: 12 h, steady_state: true}\n"
    "patients:\n"
    "  n: 512\n"
    "  age: 36 y\n"
    "  sex: female\n"
    "  weight: {mean: 70 kg, cv: 20 %%, min: 40 kg, max: 120 kg}\n"
    "  hematocrit: [{from: 0 d, value: 0.31}, {from: 2 d, value: 0.27}]\n"
    "target: [{from: 0 d, trough: 10-15 ng/mL}]\n"
    "reference: %s\n"
    "regimens:\n";

/* Everything that makes a course a patient's own: chance, weight, levels, outcomes. */
static const char rules[] =
    "  rules:\n"
    "    steps: [{give: 0.04 mg/kg, every: 12 h, missed: 10 %, late: {sd: 1 h}}]\n"
    "    adjust: {sample: trough, every: 24 h, from: 1 d, result_after: 6 h,\n"
    "      assay: 12 %, lloq: 0.5 ng/mL, max_change: 50 %}\n"
    "    when:\n"
    "      pres:\n"
    "        recognised_after: 2 h\n"
    "        steps: [{hold: 1 d}, {give: 1 mg, every: 12 h}]\n"
    "      rejection: [{give: 5 mg, every: 12 h}]\n"
    "      level_above: {level: 20 ng/mL, resume: {level_below: 12 ng/mL}}\n"
    "      level_below: {level: 5 ng/mL, steps: [{give: 4 mg, every: 8 h}],\n"
    "        resume: {after: 2 d}}\n";

/* Other equations: an absorption of its own with a lag, and infusions. */
static const char formulations[] =
    "  formulations:\n"
    "    steps:\n"
    "      - {give: 0.5 mg, every: 12 h, route: iv, over: 4 h, until: 2 d}\n"
    "      - {give: 6 mg, every: 24 h, formulation: LCP, missed: 20 %}\n"
    "    when:\n"
    "      pres: [{give: 0.25 mg, every: 12 h, route: iv, over: 2 h}]\n";

static const char fixed[] = "  fixed: {steps: [{give: 3 mg, at: [\"07:00\", "
                            "\"21:30\"], formulation: XR}]}\n";

static char risk_path[128];

static int write_risk(void **state)
{
    if (test_folder_make(state) != 0) {
        return -1;
    }
    test_risk_file("pres_lung", PUBLISHED, RAISED, risk_path);
    return 0;
}

static int remove_risk(void **state)
{
    test_file_remove(risk_path);
    return test_folder_drop(state);
}

static struct tacro_scenario *open_scenario(const char *trough_at,
                                            const char *reference,
                                            const char *const *regimen, size_t n)
{
    char text[8192];
    size_t used =
        (size_t)snprintf(text, sizeof text, head, risk_path, trough_at, reference);
    for (size_t i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", regimen[i]);
    }
    assert_true(used < sizeof text);
    return test_scenario(text);
}

static size_t regimen_of(const struct tacro_scenario *s, const char *label)
{
    for (size_t i = 0; i < s->input->nregimens; i++) {
        if (strcmp(s->input->regimen[i].label, label) == 0) {
            return i;
        }
    }
    fail_msg("no regimen %s", label);
    return 0;
}

static void count_kinds(const struct tacro_ledger *ledger, size_t *count)
{
    for (size_t i = 0; i < ledger->n; i++) {
        count[ledger->row[i].kind]++;
    }
}

/* -- a whole group ----------------------------------------------------------------- */

static void check_bits(const char *what, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!test_same_bits(a[i], b[i])) {
            fail_msg("%s, row %zu, lane %zu: %.17g followed, %.17g replayed", what,
                     i / TACRO_LANES, i % TACRO_LANES, a[i], b[i]);
        }
    }
}

static void check_results(const struct tacro_block_setup *setup,
                          const struct tacro_block_result *a,
                          const struct tacro_block_result *b)
{
    check_bits("level", a->concentration, b->concentration,
               setup->noutputs * TACRO_LANES);
    check_bits("state", a->state, b->state,
               setup->nrecords * setup->system->nstates * TACRO_LANES);
    check_bits("output", a->mapped, b->mapped,
               setup->nrecords * setup->system->noutputs * TACRO_LANES);
}

/* The segments as well: one that is not cut where it was would only come near. */
static void check_segments(const struct tacro_course *a, const struct tacro_course *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->nactions, b->nactions);
    assert_int_equal(a->nrunning, b->nrunning);
    for (size_t k = 0; k < a->n; k++) {
        assert_true(test_same_bits(a->segment[k].t0, b->segment[k].t0));
        assert_true(test_same_bits(a->segment[k].t1, b->segment[k].t1));
    }
}

static void replay_group(const struct tacro_scenario *s, size_t regimen,
                         const struct tacro_method *method, size_t *count)
{
    struct test_follow f;
    struct tacro_block *again = NULL;
    const size_t nblocks = tacro_group_size(s, 0) / TACRO_LANES;
    test_follow_create(s, regimen, method, RTOL, &f);
    assert_int_equal(tacro_block_create(&f.setup, &again, NULL), TACRO_OK);
    for (size_t block = 0; block < nblocks; block++) {
        const struct tacro_block_result *followed = test_follow_block(&f, 0, block);
        struct tacro_course own[TACRO_LANES];
        const struct tacro_course *course[TACRO_LANES];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            own[l] = test_replay(f.arm, &f.course[l]->ledger, f.subject[l]);
            course[l] = &own[l];
            check_segments(f.course[l], course[l]);
            count_kinds(&f.course[l]->ledger, count);
        }
        check_results(&f.setup, followed, tacro_block_run(again, f.subject, course));
        for (size_t l = 0; l < TACRO_LANES; l++) {
            tacro_course_free(&own[l]);
        }
    }
    tacro_block_free(again);
    test_follow_free(&f);
}

static void test_a_ledger_replays_to_the_same_bits(void **state)
{
    static const char *const regimen[] = {rules, formulations};
    const struct tacro_method *const method[] = {&tacro_method_exact,
                                                 &tacro_method_cvode};
    struct tacro_scenario *s = open_scenario("08:00", "rules", regimen, 2);
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        size_t count[TACRO_NLEDGER_KINDS] = {0};
        replay_group(s, 0, method[m], count);
        assert_true(count[TACRO_LEDGER_MISSED] > 200);
        assert_true(count[TACRO_LEDGER_DECISION] > 200);
        assert_true(count[TACRO_LEDGER_EVENT] > 100);
        assert_true(count[TACRO_LEDGER_SWITCH] > 200);
        assert_true(count[TACRO_LEDGER_RESUME] > 20);
        memset(count, 0, sizeof count);
        replay_group(s, 1, method[m], count);
        assert_true(count[TACRO_LEDGER_MISSED] > 100);
        assert_true(count[TACRO_LEDGER_SWITCH] > 50);
    }
    tacro_scenario_free(s);
}

/*
 * Of 64 patients: hematocrits that step, doses at steady state that run on, infusions
 * whose duration is the patient's own, a formulation with a lag, resets.
 */
static void write_table(char *path)
{
    FILE *file;
    snprintf(path, 128, "%s/events.csv", test_folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("ID,TIME,EVID,AMT,CMT,RATE,SS,II,ADDL,OCC,HCT\n", file);
    for (int i = 0; i < TACRO_LANES; i++) {
        const int ss = i % 3;
        fprintf(file, "%d,%d.25,1,3,1,0.5,%d,12,4,.,0.3%d\n", i, i % 5, ss, i % 10);
        fprintf(file, "%d,%d.5,2,.,.,.,.,.,.,.,0.2%d\n", i, 30 + i % 7, i % 10);
        fprintf(file, "%d,50,1,4,DEPOT_LCP,.,.,.,.,5,.\n", i);
        fprintf(file, "%d,50,1,2,CENTRAL,0.4,%d,24,1,.,.\n", i, i % 2);
        fprintf(file, "%d,%d,%d,2,1,.,.,.,.,.,0.33\n", i, 60 + i % 4,
                i % 2 == 0 ? 4 : 1);
    }
    assert_int_equal(fclose(file), 0);
}

static void test_a_table_replays_to_the_same_bits(void **state)
{
    static const char head_of_table[] = "title: replay of a table\n"
                                        "pk: sikma2020_thoracic_icu\n"
                                        "risk: [%s, rejection_lung]\n"
                                        "horizon: 5 d\n"
                                        "output: {every: 3 h}\n"
                                        "seed: 5\n"
                                        "patients: {file: %s}\n"
                                        "regimens:\n"
                                        "  measured: {file: %s}\n"
                                        "  planned:\n"
                                        "    steps: [{give: 3 mg, every: 12 h}]\n"
                                        "    when: {pres: [{hold: 1 d}]}\n";
    const struct tacro_method *const method[] = {&tacro_method_exact,
                                                 &tacro_method_cvode};
    char table[128];
    char text[2048];
    struct tacro_scenario *s;
    (void)state;
    write_table(table);
    snprintf(text, sizeof text, head_of_table, risk_path, table, table);
    s = test_scenario(text);
    for (size_t m = 0; m < 2; m++) {
        size_t count[TACRO_NLEDGER_KINDS] = {0};
        replay_group(s, 0, method[m], count);
        assert_int_equal(count[TACRO_LEDGER_RESET], TACRO_LANES / 2);
        assert_true(count[TACRO_LEDGER_DOSE] > (size_t)5 * TACRO_LANES);
        assert_true(count[TACRO_LEDGER_CUT] >= TACRO_LANES);
        memset(count, 0, sizeof count);
        replay_group(s, 1, method[m], count);
        assert_true(count[TACRO_LEDGER_EVENT] > 5);
    }
    tacro_scenario_free(s);
    test_file_remove(table);
}

/* -- one patient alone ------------------------------------------------------------- */

/*
 * Level by level; what is under a thousandth of the highest counts as that. CVODE takes
 * other steps for other neighbours, each course within 10 rtol of the true one
 * (numeric/solvers); the exact solver only rounds.
 */
static void check_alone(const struct test_follow *f, const struct tacro_block_result *a,
                        size_t l, const struct tacro_block_result *b)
{
    const double bound = f->setup.method == &tacro_method_cvode ? 20.0 * RTOL : 1e-11;
    double highest = 0.0;
    for (size_t i = 0; i < f->setup.noutputs; i++) {
        highest = fmax(highest, a->concentration[i * TACRO_LANES + l]);
    }
    assert_true(highest > 1.0);
    for (size_t i = 0; i < f->setup.noutputs; i++) {
        const double row = a->concentration[i * TACRO_LANES + l];
        const double alone = b->concentration[i * TACRO_LANES];
        const double d = fabs(alone - row) / fmax(fabs(row), 1e-3 * highest);
        if (!(d <= bound)) {
            fail_msg("patient %zu at %.6g h under %s: %.9g ng/mL alone, %.9g in the "
                     "group, relative difference %.3g",
                     f->row[l], f->setup.output[i], f->setup.method->name, alone, row,
                     d);
        }
    }
}

static void test_a_patient_alone_has_the_levels_of_his_row(void **state)
{
    static const char *const regimen[] = {rules, formulations};
    const struct tacro_method *const method[] = {&tacro_method_exact,
                                                 &tacro_method_cvode};
    struct tacro_scenario *s = open_scenario("08:00", "rules", regimen, 2);
    (void)state;
    for (size_t at = 0; at < 4; at++) {
        struct test_follow f;
        struct tacro_block *alone = NULL;
        test_follow_create(s, at / 2, method[at % 2], RTOL, &f);
        assert_int_equal(tacro_block_create(&f.setup, &alone, NULL), TACRO_OK);
        for (size_t block = 0; block < TACRO_GROUP_BLOCKS; block += 3) {
            const struct tacro_block_result *followed = test_follow_block(&f, 0, block);
            for (size_t l = 0; l < TACRO_LANES; l += 21) {
                const struct tacro_subject *subject[TACRO_LANES];
                const struct tacro_course *course[TACRO_LANES];
                struct tacro_course own =
                    test_replay(f.arm, &f.course[l]->ledger, f.subject[l]);
                for (size_t k = 0; k < TACRO_LANES; k++) {
                    subject[k] = f.subject[l];
                    course[k] = &own;
                }
                check_alone(&f, followed, l, tacro_block_run(alone, subject, course));
                tacro_course_free(&own);
            }
        }
        tacro_block_free(alone);
        test_follow_free(&f);
    }
    tacro_scenario_free(s);
}

/* -- beside other regimens --------------------------------------------------------- */

static void check_same_ledger(const struct tacro_ledger *a,
                              const struct tacro_ledger *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(a->row[i].kind, b->row[i].kind);
        assert_true(test_same_bits(a->row[i].time, b->row[i].time));
        assert_true(test_same_bits(a->row[i].amount, b->row[i].amount));
    }
}

/*
 * Levels at the output times of the scenario of one regimen; the other has more. The
 * exact solver goes from output to output inside a segment, so what stands between two
 * of them enters by rounding, into nothing but the curve.
 */
static void check_same_levels(const struct tacro_scenario *one,
                              const struct tacro_block_result *a,
                              const struct tacro_scenario *many,
                              const struct tacro_block_result *b, bool has_same_bits)
{
    for (size_t i = 0; i < one->ntimes; i++) {
        const size_t j = tacro_scenario_output(many, one->time[i]);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double x = a->concentration[i * TACRO_LANES + l];
            const double y = b->concentration[j * TACRO_LANES + l];
            const double bound = has_same_bits ? 0.0 : 1e-13 * fmax(x, 1e-3);
            if (!(fabs(x - y) <= bound)) {
                fail_msg("level at %.6g h, lane %zu: %.17g alone, %.17g beside others",
                         one->time[i], l, x, y);
            }
        }
    }
}

static void check_beside(const char *trough_at, const char *label, const char *text,
                         const struct tacro_method *method)
{
    const char *const all[] = {fixed, rules, formulations};
    struct tacro_scenario *one = open_scenario(trough_at, label, &text, 1);
    struct tacro_scenario *many = open_scenario(trough_at, "fixed", all, 3);
    struct test_follow f;
    struct test_follow g;
    assert_true(many->ntimes > one->ntimes);
    assert_int_equal(many->nrecords, one->nrecords);
    test_follow_create(one, 0, method, RTOL, &f);
    test_follow_create(many, regimen_of(many, label), method, RTOL, &g);
    assert_int_equal(f.setup.system->nstates, g.setup.system->nstates);
    for (size_t block = 0; block < TACRO_GROUP_BLOCKS; block += 2) {
        const struct tacro_block_result *a = test_follow_block(&f, 0, block);
        const struct tacro_block_result *b = test_follow_block(&g, 0, block);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            assert_int_equal(f.row[l], g.row[l]);
            check_same_ledger(&f.course[l]->ledger, &g.course[l]->ledger);
        }
        check_same_levels(one, a, many, b, method == &tacro_method_cvode);
        check_bits("state", a->state, b->state,
                   one->nrecords * f.setup.system->nstates * TACRO_LANES);
    }
    test_follow_free(&f);
    test_follow_free(&g);
    tacro_scenario_free(one);
    tacro_scenario_free(many);
}

static void test_other_regimens_change_no_bit_of_a_course(void **state)
{
    (void)state;
    check_beside("08:00", "rules", rules, &tacro_method_exact);
    check_beside("20:00", "rules", rules, &tacro_method_cvode);
    check_beside("06:30", "formulations", formulations, &tacro_method_exact);
    check_beside("08:00", "formulations", formulations, &tacro_method_cvode);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_ledger_replays_to_the_same_bits),
        cmocka_unit_test(test_a_table_replays_to_the_same_bits),
        cmocka_unit_test(test_a_patient_alone_has_the_levels_of_his_row),
        cmocka_unit_test(test_other_regimens_change_no_bit_of_a_course),
    };
    return cmocka_run_group_tests(tests, write_risk, remove_risk);
}
