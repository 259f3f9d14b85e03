/** Event tables that are good: columns, times, occasions, covariates, warnings. */
#include "input/dataset.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/folder.h"

static const char *const ports[] = {"DEPOT", "CENTRAL", "DEPOT_LCP"};

static struct tacro_notes notes;

/** Read a table that must be good; its notes stay in `notes` until the next one. */
static struct tacro_dataset *read_table(const char *text, bool is_locf,
                                        double start_clock)
{
    const struct tacro_dataset_frame frame = {.nports = 3,
                                              .port = ports,
                                              .start_clock = start_clock,
                                              .horizon = 100.0,
                                              .is_locf = is_locf};
    struct tacro_dataset *set;
    FILE *file = fopen(test_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    tacro_notes_free(&notes);
    if (tacro_dataset_read(test_path, &frame, &notes, &set, NULL) != TACRO_OK) {
        fail_msg("%s", notes.n > 0 ? notes.note[0].text : "no note");
    }
    return set;
}

static void check_record(const struct tacro_record *r, double time, int evid,
                         size_t port, double amount, double rate, double ii,
                         unsigned addl, unsigned ss, int32_t occasion, size_t line)
{
    assert_true(r->time == time);
    assert_int_equal(r->evid, evid);
    assert_int_equal(r->port, port);
    assert_true(r->amount == amount);
    assert_true(r->rate == rate);
    assert_true(r->duration == 0.0);
    assert_true(r->ii == ii);
    assert_int_equal(r->addl, addl);
    assert_int_equal(r->ss, ss);
    assert_int_equal(r->occasion, occasion);
    assert_int_equal(r->line, line);
}

static void
test_dataset_keeps_patients_and_records_in_the_order_of_the_file(void **state)
{
    struct tacro_dataset *set = read_table("ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,OCC\n"
                                           "7,0,1,3,DEPOT,0,12,3,2,1\n"
                                           "7,12,2,.,.,.,.,.,.,\n"
                                           "7,12,0,.,central,.,.,.,.,.\n"
                                           "7,12,4,2.5,2,-0,0,0,0,0\n"
                                           "B 1,1.5,1,0,2,0.25,0,0,1,.\n"
                                           "\n"
                                           "B 1,1.5,3,.,.,.,.,.,.,.\n"
                                           "B 1,3,1,1,1,-2,.,.,.,.\n"
                                           "03,0,1,1,depot_lcp,,,,,\n",
                                           false, 0.0);
    const struct tacro_dataset_patient *p = set->patient;
    (void)state;
    assert_int_equal(notes.n, 0);
    assert_int_equal(set->n, 3);
    assert_string_equal(p[0].id, "7");
    assert_string_equal(p[1].id, "B 1");
    assert_string_equal(p[2].id, "03");
    assert_int_equal(p[0].line, 2);
    assert_int_equal(p[1].line, 6);
    assert_int_equal(p[0].nrecords, 4);
    assert_int_equal(p[1].nrecords, 3);
    assert_int_equal(p[2].nrecords, 1);
    check_record(&p[0].record[0], 0, 1, 0, 3, 0, 12, 3, 2, 1, 2);
    check_record(&p[0].record[1], 12, 2, 0, 0, 0, 0, 0, 0, TACRO_NO_OCCASION, 3);
    check_record(&p[0].record[2], 12, 0, 1, 0, 0, 0, 0, 0, TACRO_NO_OCCASION, 4);
    check_record(&p[0].record[3], 12, 4, 1, 2.5, 0, 0, 0, 0, 0, 5);
    check_record(&p[1].record[0], 1.5, 1, 1, 0, 0.25, 0, 0, 1, TACRO_NO_OCCASION, 6);
    check_record(&p[1].record[1], 1.5, 3, 0, 0, 0, 0, 0, 0, TACRO_NO_OCCASION, 8);
    check_record(&p[1].record[2], 3, 1, 0, 1, -2, 0, 0, 0, TACRO_NO_OCCASION, 9);
    check_record(&p[2].record[0], 0, 1, 2, 1, 0, 0, 0, 0, TACRO_NO_OCCASION, 10);
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        assert_false(set->has_covariate[i]);
        assert_int_equal(p[0].covariate[i].n, 0);
    }
    tacro_dataset_free(set);
}

static void test_dataset_columns_stand_in_any_order_and_case(void **state)
{
    static const char text[] = "dv,mdv,Time,amt,Id,aki,Weight\r\n"
                               ".,1,0,3,1,1,60\r\n"
                               "8.5,0,6,.,1,0,.\r\n"
                               ".,.,7,2,1,.,.";
    struct tacro_dataset *set = read_table(text, true, 0.0);
    const struct tacro_dataset_patient *p = set->patient;
    (void)state;
    assert_int_equal(notes.n, 0);
    assert_int_equal(set->n, 1);
    assert_int_equal(p->nrecords, 3);
    check_record(&p->record[0], 0, 1, 0, 3, 0, 0, 0, 0, TACRO_NO_OCCASION, 2);
    check_record(&p->record[1], 6, 0, 0, 0, 0, 0, 0, 0, TACRO_NO_OCCASION, 3);
    check_record(&p->record[2], 7, 1, 0, 2, 0, 0, 0, 0, TACRO_NO_OCCASION, 4);
    assert_true(set->has_covariate[TACRO_COV_weight]);
    assert_true(set->has_covariate[TACRO_COV_aki]);
    assert_false(set->has_covariate[TACRO_COV_age]);
    assert_int_equal(set->size, sizeof text - 1);
    assert_string_equal(set->text, text);
    assert_string_equal(set->path, test_path);
    tacro_dataset_free(set);
}

/* AMT or RATE > 0 make a dose; anything else is an observation. */
static void test_dataset_missing_evid_follows_amt_and_rate(void **state)
{
    struct tacro_dataset *set = read_table("ID,TIME,EVID,AMT,CMT,RATE,SS\n"
                                           "1,0,.,2,.,.,.\n"
                                           "1,1,,0,CENTRAL,2,1\n"
                                           "1,2,.,0,.,0,.\n",
                                           false, 0.0);
    (void)state;
    assert_int_equal(set->patient->record[0].evid, TACRO_EVID_DOSE);
    assert_int_equal(set->patient->record[1].evid, TACRO_EVID_DOSE);
    assert_int_equal(set->patient->record[2].evid, TACRO_EVID_OBSERVATION);
    tacro_dataset_free(set);
}

/* The day of the first record of the file at start_clock; days of 24 h throughout. */
static void test_dataset_dates_count_from_the_first_day_at_the_start_clock(void **state)
{
    static const char text[] =
        "ID,TIME,AMT\n"
        "1,2026-03-28T09:30,1\n"
        "1,2026-03-28 20:00:36,1\n"
        "1,2026-03-29T08:00,1\n" /* summer time begins in Europe */
        "1,2026-03-30T08:00:00,1\n"
        "2,2026-03-28T08:00,1\n"
        "2,2026-04-01T08:00,1\n";
    static const double want[] = {1.5, 12.01, 24.0, 48.0, 0.0, 96.0};
    struct tacro_dataset *set = read_table(text, false, 8.0);
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const double time =
            i < 4 ? set->patient[0].record[i].time : set->patient[1].record[i - 4].time;
        assert_true(fabs(time - want[i]) < 1e-12);
    }
    tacro_dataset_free(set);
    set = read_table("ID,TIME\n1,2024-02-28T00:00\n1,2024-03-01T00:00\n", false, 0.0);
    assert_true(set->patient->record[1].time == 48.0);
    tacro_dataset_free(set);
    set = read_table("ID,TIME\n1,1999-12-31T23:00\n1,2001-01-01T00:00\n", false, 0.0);
    assert_true(set->patient->record[1].time == 367.0 * 24.0); /* 2000: a leap year */
    tacro_dataset_free(set);
}

static void check_steps(const struct tacro_dataset *set, size_t patient,
                        enum tacro_covariate_id id, size_t n,
                        const struct tacro_covariate_step *want)
{
    const struct tacro_column *column = &set->patient[patient].covariate[id];
    assert_int_equal(column->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(column->step[i].from == want[i].from);
        assert_true(column->step[i].value == want[i].value);
    }
}

#define CHECK_STEPS(patient, id, ...)                                                  \
    do {                                                                               \
        const struct tacro_covariate_step want[] = {__VA_ARGS__};                      \
        check_steps(set, patient, TACRO_COV_##id, sizeof want / sizeof want[0], want); \
    } while (0)

static const char covariates[] = "ID,TIME,WT,HCT,SEX,AKI\n"
                                 "1,0,60,.,female,0\n"
                                 "1,24,62,.,.,0\n"
                                 "1,48,.,0.3,.,1\n"
                                 "1,72,61,0.25,.,0\n"
                                 "1,72,63,0.28,.,0\n"
                                 "1,96,63,0.28,.,0\n"
                                 "2,5,70,.,0,.\n"
                                 "2,10,71,.,0,.\n"
                                 "2,20,70,.,0,.\n";

/* Record 24 h: its 62 kg hold from the record before it, as NONMEM takes them. */
static void test_dataset_nocb_holds_from_the_record_before(void **state)
{
    struct tacro_dataset *set = read_table(covariates, false, 0.0);
    (void)state;
    CHECK_STEPS(0, weight, {-INFINITY, 62}, {48, 61}, {72, 63});
    CHECK_STEPS(0, hematocrit, {-INFINITY, 0.3}, {48, 0.25}, {72, 0.28});
    CHECK_STEPS(0, sex, {-INFINITY, 1});
    CHECK_STEPS(0, aki, {-INFINITY, 0}, {24, 1}, {48, 0});
    CHECK_STEPS(1, weight, {-INFINITY, 70}, {5, 71}, {10, 70});
    CHECK_STEPS(1, sex, {-INFINITY, 0});
    assert_int_equal(set->patient[1].covariate[TACRO_COV_hematocrit].n, 0);
    assert_int_equal(set->patient[1].covariate[TACRO_COV_aki].n, 0);
    tacro_dataset_free(set);
}

static void test_dataset_locf_holds_from_the_record_on(void **state)
{
    struct tacro_dataset *set = read_table(covariates, true, 0.0);
    (void)state;
    CHECK_STEPS(0, weight, {-INFINITY, 60}, {24, 62}, {72, 63});
    CHECK_STEPS(0, hematocrit, {-INFINITY, 0.3}, {72, 0.28});
    CHECK_STEPS(0, aki, {-INFINITY, 0}, {48, 1}, {72, 0});
    CHECK_STEPS(1, weight, {-INFINITY, 70}, {10, 71}, {20, 70});
    tacro_dataset_free(set);
}

/* Steps in time against the definition, record by record. */
static double value_by_definition(size_t n, const double *time, const double *value,
                                  bool is_locf, double t)
{
    double at = value[0];
    for (size_t i = 1; i < n; i++) {
        if (t >= (is_locf ? time[i] : time[i - 1])) {
            at = value[i];
        }
    }
    return at;
}

static void test_dataset_steps_are_those_of_the_definition(void **state)
{
    static const double time[] = {0, 0, 3, 3, 3, 8, 9, 9, 15};
    static const double value[] = {60, 61, 61, 62, 60, 60, 63, 61, 61};
    char text[512];
    int n = snprintf(text, sizeof text, "ID,TIME,WT\n");
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        n +=
            snprintf(text + n, sizeof text - (size_t)n, "1,%g,%g\n", time[i], value[i]);
    }
    for (int locf = 0; locf < 2; locf++) {
        struct tacro_dataset *set = read_table(text, locf == 1, 0.0);
        const struct tacro_column *c = &set->patient->covariate[TACRO_COV_weight];
        for (int half_hours = 0; half_hours < 40; half_hours++) {
            const double t = 0.5 * half_hours;
            double x = c->step[0].value;
            for (size_t i = 1; i < c->n; i++) {
                assert_true(c->step[i].from > c->step[i - 1].from);
                assert_true(c->step[i].value != c->step[i - 1].value);
                x = t >= c->step[i].from ? c->step[i].value : x;
            }
            assert_true(x == value_by_definition(9, time, value, locf == 1, t));
        }
        tacro_dataset_free(set);
    }
}

/* -- warnings ---------------------------------------------------------------------- */

static void check_warning(size_t i, size_t line, size_t column, const char *text)
{
    if (i >= notes.n || notes.note[i].severity != TACRO_WARNING ||
        notes.note[i].line != line || notes.note[i].column != column ||
        strcmp(notes.note[i].text, text) != 0) {
        fail_msg("%s", i < notes.n ? notes.note[i].text : "no such warning");
    }
}

static void test_dataset_observation_after_a_dose_at_one_time_is_warned_of(void **state)
{
    (void)state;
    tacro_dataset_free(read_table("ID,TIME,EVID,AMT\n"
                                  "1,0,0,.\n1,0,1,3\n1,12,0,.\n1,12,1,3\n"
                                  "1,12,2,.\n1,12,0,.\n2,12,0,.\n",
                                  false, 0.0));
    assert_int_equal(notes.n, 1);
    check_warning(
        0, 7, 3,
        "TIME: an observation after the dose of line 5 at one time: its level "
        "is that after the dose");
    tacro_dataset_free(read_table("ID,TIME,EVID,AMT\n"
                                  "1,0,4,3\n1,0,0,.\n1,0,0,.\n2,1,1,1\n2,1,0,.\n",
                                  false, 0.0));
    assert_int_equal(notes.n, 1);
    check_warning(
        0, 3, 3,
        "TIME: an observation after the dose of line 2 at one time: its level "
        "is that after the dose; 3 such rows in all");
}

static void test_dataset_values_outside_calibration_are_warned_of_once(void **state)
{
    (void)state;
    tacro_dataset_free(read_table(
        "ID,TIME,WT,HCT\n1,0,60,0.3\n1,1,150,0.3\n1,2,160,0.5\n", true, 0.0));
    assert_int_equal(notes.n, 2);
    check_warning(0, 3, 5,
                  "WT: 150 is outside the calibrated range, 40 to 132 kg; more such "
                  "values are not named");
    check_warning(1, 4, 9,
                  "HCT: 0.5 is outside the calibrated range, 0.2 to 0.47; more such "
                  "values are not named");
}

static void test_dataset_doses_without_effect_are_warned_of_once(void **state)
{
    (void)state;
    tacro_dataset_free(read_table(
        "ID,TIME,AMT,II\n1,0,3,12\n1,1,3,12\n1,100,3,.\n1,101,3,.\n", false, 0.0));
    assert_int_equal(notes.n, 2);
    check_warning(
        0, 2, 7,
        "II: 12 h without ADDL or SS: no effect; more such rows are not named");
    check_warning(1, 4, 3,
                  "TIME: a dose at 100 h, at or after the horizon of 100 h: not given; "
                  "more such doses are not named");
}

static int drop(void **state)
{
    tacro_notes_free(&notes);
    return test_folder_drop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_dataset_keeps_patients_and_records_in_the_order_of_the_file),
        cmocka_unit_test(test_dataset_columns_stand_in_any_order_and_case),
        cmocka_unit_test(test_dataset_missing_evid_follows_amt_and_rate),
        cmocka_unit_test(
            test_dataset_dates_count_from_the_first_day_at_the_start_clock),
        cmocka_unit_test(test_dataset_nocb_holds_from_the_record_before),
        cmocka_unit_test(test_dataset_locf_holds_from_the_record_on),
        cmocka_unit_test(test_dataset_steps_are_those_of_the_definition),
        cmocka_unit_test(
            test_dataset_observation_after_a_dose_at_one_time_is_warned_of),
        cmocka_unit_test(test_dataset_values_outside_calibration_are_warned_of_once),
        cmocka_unit_test(test_dataset_doses_without_effect_are_warned_of_once),
    };
    return cmocka_run_group_tests(tests, test_folder_make, drop);
}
