/*
 * The reference of dosing events, held to textbook formulas and to its own definition.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>

#include "tests/support/check.h"
#include "tests/support/closed_form.h"
#include "tests/support/event_reference.h"
#include "tests/support/exact_course.h"
#include "tests/support/schedule.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Sums of long doubles over times that were rounded to double. */
#define TOL 1e-14
#define NTIMES 120

/* h after the first time that a test looks at */
static const double spread[] = {0.0, 0.25, 1.0, 2.5, 7.0, 16.0, 40.0, 90.0};

static const struct test_event_model model = {.KA = 0.6,
                                              .CL = 20.0,
                                              .V1 = 220.0,
                                              .Q = 70.0,
                                              .V2 = 470.0,
                                              .F1 = 1.0,
                                              .D1 = 3.0,
                                              .R1 = 0.8,
                                              .FABS = 1.0};
static const struct test_oral2 oral = {
    .CL = 20.0, .V1 = 220.0, .Q = 70.0, .V2 = 470.0, .KA = 0.6};

static void run(const struct test_event_model *m, size_t nrecords,
                const struct tacro_record *record, size_t ntimes, const double *time,
                struct test_event_point *out)
{
    assert_true(test_event_reference(m, nrecords, record, ntimes, time, out));
}

/* Concentration at one time. */
static double level(const struct test_event_model *m, size_t nrecords,
                    const struct tacro_record *record, double t)
{
    struct test_event_point point;
    run(m, nrecords, record, 1, &t, &point);
    return (double)test_event_concentration(m, &point);
}

static void fill_grid(double *time, double step)
{
    for (size_t i = 0; i < NTIMES; i++) {
        time[i] = step * (double)i;
    }
}

static void check_amounts(const struct test_event_point *a,
                          const struct test_event_point *b, double size)
{
    assert_true(fabsl(a->depot - b->depot) <= TOL * size);
    assert_true(fabsl(a->central - b->central) <= TOL * size);
    assert_true(fabsl(a->peripheral - b->peripheral) <= TOL * size);
}

/* `na` records of a model and `nb` of `model` give the same amounts, 0 to 119 steps. */
static void check_same(const struct test_event_model *m, size_t na,
                       const struct tacro_record *a, size_t nb,
                       const struct tacro_record *b, double step)
{
    double time[NTIMES];
    struct test_event_point x[NTIMES];
    struct test_event_point y[NTIMES];
    fill_grid(time, step);
    run(m, na, a, NTIMES, time, x);
    run(&model, nb, b, NTIMES, time, y);
    assert_true(x[NTIMES - 1].AUC > 0.0L);
    for (size_t i = 0; i < NTIMES; i++) {
        check_amounts(&x[i], &y[i], 1.0);
    }
}

/* An intravenous bolus of 1 mg: coef[0] exp(-rate[0] t) + coef[1] exp(-rate[1] t). */
static void bolus_terms(long double coef[2], long double rate[2])
{
    const long double k21 = 70.0L / 470.0L;
    test_oral2_rates(&oral, &rate[0], &rate[1]);
    coef[0] = 1000.0L / 220.0L * (rate[0] - k21) / (rate[0] - rate[1]);
    coef[1] = 1000.0L / 220.0L * (k21 - rate[1]) / (rate[0] - rate[1]);
}

/* An infusion of 1 mg/h over D hours, t >= D after its start; tau INFINITY: one. */
static double after_infusion(double D, double t, double tau)
{
    long double coef[2];
    long double rate[2];
    long double c = 0.0L;
    bolus_terms(coef, rate);
    for (int i = 0; i < 2; i++) {
        c += coef[i] / rate[i] * expm1l(rate[i] * D) * expl(-rate[i] * t) /
             (1.0L - expl(-rate[i] * tau));
    }
    return (double)c;
}

/* ---- one dose ---- */

static void test_reference_oral_bolus_gives_three_exponentials(void **state)
{
    const struct tacro_record dose[] = {
        {.time = 2.0, .evid = TACRO_EVID_DOSE, .amount = 3.0}};
    (void)state;
    for (int k = 0; k <= 2; k++) {
        const double t = k;
        assert_true(level(&model, 1, dose, t) == 0.0);
    }
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 0.25 + spread[k];
        test_check_close("C", level(&model, 1, dose, 2.0 + t),
                         (double)test_oral2_single(&oral, 3.0, t), TOL);
    }
}

static void test_reference_intravenous_bolus_gives_two_exponentials(void **state)
{
    const struct tacro_record dose[] = {
        {.evid = TACRO_EVID_DOSE, .port = 1, .amount = 2.0}};
    long double coef[2];
    long double rate[2];
    (void)state;
    bolus_terms(coef, rate);
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 0.25 + spread[k];
        const long double want =
            2.0L * (coef[0] * expl(-rate[0] * t) + coef[1] * expl(-rate[1] * t));
        test_check_close("C", level(&model, 1, dose, t), (double)want, TOL);
    }
}

static void test_reference_infusion_gives_rise_and_decay(void **state)
{
    const struct tacro_record dose[] = {
        {.evid = TACRO_EVID_DOSE, .port = 1, .amount = 2.0, .rate = 0.5}};
    (void)state;
    test_check_close("at its end", level(&model, 1, dose, 4.0),
                     0.5 * after_infusion(4.0, 4.0, INFINITY), TOL);
    test_check_close("while it runs", level(&model, 1, dose, 1.5),
                     0.5 * after_infusion(1.5, 1.5, INFINITY), TOL);
    test_check_close("later", level(&model, 1, dose, 30.0),
                     0.5 * after_infusion(4.0, 30.0, INFINITY), TOL);
}

/* 1 mg/h into the depot over D hours: single doses under Simpson's rule. */
static double oral_infusion(double D, double t)
{
    const int n = 4000;
    const double to = fmin(D, t);
    const double h = to / n;
    long double sum = 0.0L;
    for (int i = 0; i <= n; i++) {
        const long double weight = i == 0 || i == n ? 1.0L : (i % 2 == 1 ? 4.0L : 2.0L);
        sum += weight * test_oral2_single(&oral, 1.0, t - h * i);
    }
    return (double)(sum * h / 3.0L);
}

static void test_reference_oral_infusion_gives_integral_of_single_doses(void **state)
{
    const struct tacro_record dose[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 4.0, .rate = 0.8}};
    (void)state;
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 1.0 + spread[k];
        /* Simpson's error: (D/n)^4 = 2e-12 */
        test_check_close("C", level(&model, 1, dose, t), 0.8 * oral_infusion(5.0, t),
                         1e-11);
    }
}

static void test_reference_lag_shifts_an_oral_dose_alone(void **state)
{
    const struct tacro_record now[] = {
        {.time = 1.5, .evid = TACRO_EVID_DOSE, .amount = 3.0},
        {.time = 6.5, .evid = TACRO_EVID_DOSE, .amount = 3.0, .rate = 1.0},
        {.time = 7.0, .evid = TACRO_EVID_DOSE, .port = 1, .amount = 1.0}};
    const struct tacro_record early[] = {
        {.time = 1.0, .evid = TACRO_EVID_DOSE, .amount = 3.0},
        {.time = 6.0, .evid = TACRO_EVID_DOSE, .amount = 3.0, .rate = 1.0},
        {.time = 7.0, .evid = TACRO_EVID_DOSE, .port = 1, .amount = 1.0}};
    struct test_event_model lagged = model;
    (void)state;
    lagged.ALAG1 = 0.5;
    check_same(&lagged, 3, early, 3, now, 0.25);
}

/* ---- F, RATE, duration ---- */

static void test_reference_f_changes_the_duration_of_a_rate(void **state)
{
    const struct tacro_record dose[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 4.0, .rate = 0.8}};
    const struct tacro_record want[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 1.48, .rate = 0.8}};
    struct test_event_model half = model;
    (void)state;
    half.F1 = 0.37;
    test_check_close("running", level(&half, 1, dose, 1.8), level(&model, 1, dose, 1.8),
                     TOL);
    test_check_close("ended", level(&half, 1, dose, 9.0), level(&model, 1, want, 9.0),
                     TOL);
}

static void test_reference_modelled_rate_and_duration(void **state)
{
    const struct tacro_record by_rate[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 4.0, .rate = TACRO_RATE_R1}};
    const struct tacro_record by_duration[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 4.0, .rate = TACRO_RATE_D1}};
    const struct tacro_record fixed[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 4.0, .duration = 5.0}};
    struct test_event_model half = model;
    (void)state;
    half.F1 = 0.37;
    /* R1 0.8 mg/h for F 4/0.8 h; 4 F mg over D1 = 3 h; 4 F mg over 5 h */
    test_check_close("R1", level(&half, 1, by_rate, 9.0),
                     0.8 * oral_infusion(1.85, 9.0), 1e-11);
    test_check_close("D1", level(&half, 1, by_duration, 9.0),
                     0.37 * 4.0 / 3.0 * oral_infusion(3.0, 9.0), 1e-11);
    test_check_close("duration", level(&half, 1, fixed, 9.0),
                     0.37 * 0.8 * oral_infusion(5.0, 9.0), 1e-11);
}

static void test_reference_fabs_scales_intravenous_doses_alone(void **state)
{
    const struct tacro_record bolus[] = {
        {.evid = TACRO_EVID_DOSE, .port = 1, .amount = 2.0}};
    const struct tacro_record infusion[] = {
        {.evid = TACRO_EVID_DOSE, .port = 1, .amount = 2.0, .rate = 0.5}};
    const struct tacro_record tablet[] = {{.evid = TACRO_EVID_DOSE, .amount = 2.0}};
    struct test_event_model apparent = model;
    (void)state;
    apparent.FABS = 0.25;
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 1.0 + spread[k];
        test_check_close("bolus", level(&apparent, 1, bolus, t),
                         4.0 * level(&model, 1, bolus, t), TOL);
        test_check_close("infusion", level(&apparent, 1, infusion, t),
                         4.0 * level(&model, 1, infusion, t), TOL);
        test_check_close("tablet", level(&apparent, 1, tablet, t),
                         level(&model, 1, tablet, t), TOL);
    }
}

static void test_reference_zero_duration_enters_at_once(void **state)
{
    const struct tacro_record dose[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .rate = TACRO_RATE_D1}};
    struct test_event_model at_once = model;
    (void)state;
    at_once.D1 = 0.0;
    test_check_close("C", level(&at_once, 1, dose, 3.0),
                     (double)test_oral2_single(&oral, 2.0, 3.0), TOL);
}

/* ---- several doses ---- */

static void test_reference_doses_add_up(void **state)
{
    const struct tacro_record doses[] = {
        {.time = 1.0, .evid = TACRO_EVID_DOSE, .amount = 2.0},
        {.time = 5.0, .evid = TACRO_EVID_DOSE, .amount = 1.0},
        {.time = 5.0, .evid = TACRO_EVID_DOSE, .amount = 3.0}};
    (void)state;
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 5.5 + spread[k];
        const long double want = test_oral2_single(&oral, 2.0, t - 1.0) +
                                 test_oral2_single(&oral, 4.0, t - 5.0);
        test_check_close("C", level(&model, 3, doses, t), (double)want, TOL);
    }
}

static void test_reference_addl_is_the_doses_written_out(void **state)
{
    const struct tacro_record folded[] = {{.time = 1.0,
                                           .evid = TACRO_EVID_DOSE,
                                           .amount = 2.0,
                                           .rate = 0.3,
                                           .ii = 5.0,
                                           .addl = 2}};
    const struct tacro_record written[] = {
        {.time = 1.0, .evid = TACRO_EVID_DOSE, .amount = 2.0, .rate = 0.3},
        {.time = 6.0, .evid = TACRO_EVID_DOSE, .amount = 2.0, .rate = 0.3},
        {.time = 11.0, .evid = TACRO_EVID_DOSE, .amount = 2.0, .rate = 0.3}};
    (void)state;
    check_same(&model, 1, folded, 3, written, 0.5);
}

static void test_reference_balances_mass(void **state)
{
    const struct tacro_record doses[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .ii = 7.0, .addl = 3},
        {.time = 3.0, .evid = TACRO_EVID_DOSE, .port = 1, .amount = 1.0, .rate = 0.25},
        {.time = 9.0, .evid = TACRO_EVID_DOSE, .amount = 4.0, .rate = TACRO_RATE_D1}};
    double time[NTIMES];
    struct test_event_point x[NTIMES];
    struct test_event_model lagged = model;
    (void)state;
    lagged.ALAG1 = 0.4;
    fill_grid(time, 1.0);
    run(&lagged, 3, doses, NTIMES, time, x);
    for (size_t i = 30; i < NTIMES; i++) {
        const long double left =
            x[i].depot + x[i].central + x[i].peripheral + x[i].AUC * 20.0L / 1000.0L;
        test_check_close("all that was given", (double)left, 13.0, TOL);
    }
}

/* ---- steady state ---- */

static void test_reference_steady_bolus_gives_geometric_sum(void **state)
{
    const double ii[] = {8.0, 12.0, 24.0};
    (void)state;
    for (size_t i = 0; i < COUNT(ii); i++) {
        const struct tacro_record dose[] = {{.time = 5.0,
                                             .evid = TACRO_EVID_DOSE,
                                             .amount = 3.0,
                                             .ii = ii[i],
                                             .ss = 1}};
        for (int k = 1; k <= (int)(2.0 * ii[i]); k++) {
            const double t = 0.5 * k;
            test_check_close("C", level(&model, 1, dose, 5.0 + t),
                             (double)test_oral2_steady(&oral, 3.0, ii[i], t), TOL);
        }
    }
}

static void test_reference_steady_infusion_gives_geometric_sum(void **state)
{
    const struct tacro_record dose[] = {{.time = 1.0,
                                         .evid = TACRO_EVID_DOSE,
                                         .port = 1,
                                         .amount = 2.0,
                                         .rate = 0.5,
                                         .ii = 12.0,
                                         .ss = 1}};
    (void)state;
    for (int k = 4; k <= 12; k++) {
        const double t = k;
        test_check_close("C", level(&model, 1, dose, 1.0 + t),
                         0.5 * after_infusion(4.0, t, 12.0), TOL);
    }
}

static void test_reference_constant_infusion_gives_rate_over_clearance(void **state)
{
    const struct tacro_record dose[] = {
        {.time = 2.0, .evid = TACRO_EVID_DOSE, .port = 1, .rate = 0.3, .ss = 1},
        {.time = 2.0, .evid = TACRO_EVID_OTHER}};
    long double coef[2];
    long double rate[2];
    (void)state;
    bolus_terms(coef, rate);
    test_check_close("just after its end", level(&model, 2, dose, 2.000001),
                     1000.0 * 0.3 / 20.0, 1e-6);
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 1.0 + spread[k];
        const long double want = 0.3L * (coef[0] / rate[0] * expl(-rate[0] * t) +
                                         coef[1] / rate[1] * expl(-rate[1] * t));
        test_check_close("C", level(&model, 2, dose, 2.0 + t), (double)want, TOL);
    }
}

/* After SS 1 with ADDL each interval is like the one before, and holds AMT/CL. */
static void check_periodic(const struct test_event_model *m,
                           const struct tacro_record *dose, double amount)
{
    for (int k = 1; k < (int)(2.0 * dose->ii); k++) {
        const double t = dose->time + 0.5 * k;
        const double time[] = {t, t + dose->ii};
        struct test_event_point x[2];
        run(m, 1, dose, 2, time, x);
        check_amounts(&x[0], &x[1], 10.0);
        test_check_close("AUC", (double)(x[1].AUC - x[0].AUC),
                         (double)test_linear_auc(m->CL, amount), TOL);
    }
}

static void test_reference_steady_state_is_periodic(void **state)
{
    const double lag[] = {0.0, 0.4, 9.0, 26.0};
    const double rate[] = {0.0, 1.5, 0.25, TACRO_RATE_R1, TACRO_RATE_D1};
    (void)state;
    for (size_t i = 0; i < COUNT(lag); i++) {
        for (size_t k = 0; k < COUNT(rate); k++) {
            struct tacro_record dose = {.time = 1.0,
                                        .evid = TACRO_EVID_DOSE,
                                        .amount = 3.0,
                                        .rate = rate[k],
                                        .ii = 8.0,
                                        .addl = 3,
                                        .ss = 1};
            struct test_event_model m = model;
            m.ALAG1 = lag[i];
            check_periodic(&m, &dose, 3.0);
            dose.port = 1;
            if (rate[k] >= 0.0) {
                check_periodic(&m, &dose, 3.0);
            }
        }
    }
}

static void test_reference_steady_state_with_lag_is_the_same_curve_later(void **state)
{
    const struct tacro_record dose[] = {
        {.time = 5.0, .evid = TACRO_EVID_DOSE, .amount = 3.0, .ii = 12.0, .ss = 1}};
    struct test_event_model m = model;
    (void)state;
    m.ALAG1 = 0.5;
    test_check_close("before it enters", level(&m, 1, dose, 5.25),
                     (double)test_oral2_steady(&oral, 3.0, 12.0, 11.75), TOL);
    test_check_close("after", level(&m, 1, dose, 8.5),
                     (double)test_oral2_steady(&oral, 3.0, 12.0, 3.0), TOL);
    /* lag of two and a half intervals: two doses are on their way */
    m.ALAG1 = 30.0;
    test_check_close("before any enters", level(&m, 1, dose, 10.0),
                     (double)test_oral2_steady(&oral, 3.0, 12.0, 11.0), TOL);
    test_check_close("after the first", level(&m, 1, dose, 15.0),
                     (double)test_oral2_steady(&oral, 3.0, 12.0, 4.0), TOL);
    test_check_close("after its own", level(&m, 1, dose, 45.0),
                     (double)test_oral2_steady(&oral, 3.0, 12.0, 10.0), TOL);
}

static void test_reference_steady_state_is_added_or_replaces(void **state)
{
    const struct tacro_record added[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 5.0, .ii = 6.0, .addl = 9},
        {.time = 15.0, .evid = TACRO_EVID_DOSE, .amount = 3.0, .ii = 12.0, .ss = 2}};
    struct tacro_record replaced[] = {added[0], added[1]};
    (void)state;
    replaced[1].ss = 1;
    for (int k = 15; k < 27; k++) {
        const double t = k + 0.5;
        const double steady = (double)test_oral2_steady(&oral, 3.0, 12.0, t - 15.0);
        test_check_close("SS 1", level(&model, 2, replaced, t), steady, TOL);
        test_check_close("SS 2", level(&model, 2, added, t),
                         steady + level(&model, 1, added, t), TOL);
    }
}

/* ---- resets ---- */

static void test_reference_reset_empties_and_keeps_the_area(void **state)
{
    const struct tacro_record records[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 5.0, .ii = 6.0, .addl = 9},
        {.time = 1.0, .evid = TACRO_EVID_DOSE, .port = 1, .amount = 5.0, .rate = 0.25},
        {.time = 12.0, .evid = TACRO_EVID_RESET},
        {.time = 30.0, .evid = TACRO_EVID_DOSE, .amount = 2.0}};
    double time[NTIMES];
    struct test_event_point x[NTIMES];
    (void)state;
    fill_grid(time, 0.5);
    run(&model, 4, records, NTIMES, time, x);
    assert_true(x[24].central > 0.0L); /* before the reset */
    for (size_t i = 25; i <= 60; i++) {
        assert_true(x[i].depot == 0.0L && x[i].central == 0.0L);
        assert_true(x[i].peripheral == 0.0L);
        test_check_close("AUC", (double)x[i].AUC, (double)x[24].AUC, TOL);
    }
    test_check_close("next dose",
                     (double)test_event_concentration(&model, &x[NTIMES - 1]),
                     (double)test_oral2_single(&oral, 2.0, 29.5), TOL);
}

static void test_reference_reset_and_dose_begins_anew(void **state)
{
    const struct tacro_record records[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 5.0, .ii = 6.0, .addl = 9},
        {.time = 12.0,
         .evid = TACRO_EVID_RESET_AND_DOSE,
         .amount = 2.0,
         .ii = 12.0,
         .addl = 1}};
    (void)state;
    for (size_t k = 0; k < COUNT(spread); k++) {
        const double t = 25.0 + spread[k];
        const long double want = test_oral2_single(&oral, 2.0, t - 12.0) +
                                 test_oral2_single(&oral, 2.0, t - 24.0);
        test_check_close("C", level(&model, 2, records, t), (double)want, TOL);
    }
}

static void test_reference_records_at_one_time_count_in_order(void **state)
{
    const struct tacro_record dose = {
        .time = 4.0, .evid = TACRO_EVID_DOSE, .amount = 2.0};
    const struct tacro_record reset = {.time = 4.0, .evid = TACRO_EVID_RESET};
    const struct tacro_record dose_first[] = {dose, reset};
    const struct tacro_record reset_first[] = {reset, dose};
    struct test_event_model lagged = model;
    (void)state;
    lagged.ALAG1 = 0.5;
    assert_true(level(&model, 2, dose_first, 8.0) == 0.0);
    assert_true(level(&lagged, 2, dose_first, 8.0) == 0.0);
    test_check_close("C", level(&model, 2, reset_first, 8.0),
                     (double)test_oral2_single(&oral, 2.0, 4.0), TOL);
}

/* ---- clearance that changes ---- */

static void test_reference_clearance_steps_give_the_exact_course(void **state)
{
    const struct test_event_change change[] = {{9.0, 5.0}, {20.0, 31.0}};
    const struct tacro_record doses[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .ii = 12.0, .addl = 1}};
    const double time[] = {6.0, 9.0, 12.0, 18.0, 20.0, 33.0, 40.0};
    struct test_event_model m = model;
    struct test_oral2 slow = oral;
    struct test_oral2 fast = oral;
    struct test_event_point x[COUNT(time)];
    struct test_point want[COUNT(time)];
    slow.CL = 5.0;
    fast.CL = 31.0;
    const struct test_segment segment[] = {test_segment_of(&oral, 0.0, 9.0, 2.0),
                                           test_segment_of(&slow, 9.0, 12.0, 0.0),
                                           test_segment_of(&slow, 12.0, 20.0, 2.0),
                                           test_segment_of(&fast, 20.0, 40.0, 0.0)};
    const struct test_course course = test_course_typical(COUNT(segment), segment);
    (void)state;
    m.nchanges = COUNT(change);
    m.change = change;
    run(&m, 1, doses, COUNT(time), time, x);
    assert_true(test_course_run(&course, COUNT(time), time, want));
    for (size_t i = 0; i < COUNT(time); i++) {
        test_check_close("depot", (double)x[i].depot, want[i].depot, TOL);
        test_check_close("central", (double)x[i].central, want[i].central, TOL);
        test_check_close("peripheral", (double)x[i].peripheral, want[i].peripheral,
                         TOL);
        test_check_close("AUC", (double)x[i].AUC, want[i].AUC, TOL);
    }
}

static void test_reference_refuses_what_has_no_meaning(void **state)
{
    const struct tacro_record bad[] = {
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .port = 2},
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .port = 1, .rate = TACRO_RATE_R1},
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .rate = -3.0},
        {.evid = TACRO_EVID_DOSE, .amount = 2.0, .ss = 1}};
    const double t = 1.0;
    struct test_event_point point;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(test_event_reference(&model, 1, &bad[i], 1, &t, &point));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_oral_bolus_gives_three_exponentials),
        cmocka_unit_test(test_reference_intravenous_bolus_gives_two_exponentials),
        cmocka_unit_test(test_reference_infusion_gives_rise_and_decay),
        cmocka_unit_test(test_reference_oral_infusion_gives_integral_of_single_doses),
        cmocka_unit_test(test_reference_lag_shifts_an_oral_dose_alone),
        cmocka_unit_test(test_reference_f_changes_the_duration_of_a_rate),
        cmocka_unit_test(test_reference_modelled_rate_and_duration),
        cmocka_unit_test(test_reference_fabs_scales_intravenous_doses_alone),
        cmocka_unit_test(test_reference_zero_duration_enters_at_once),
        cmocka_unit_test(test_reference_doses_add_up),
        cmocka_unit_test(test_reference_addl_is_the_doses_written_out),
        cmocka_unit_test(test_reference_balances_mass),
        cmocka_unit_test(test_reference_steady_bolus_gives_geometric_sum),
        cmocka_unit_test(test_reference_steady_infusion_gives_geometric_sum),
        cmocka_unit_test(test_reference_constant_infusion_gives_rate_over_clearance),
        cmocka_unit_test(test_reference_steady_state_is_periodic),
        cmocka_unit_test(test_reference_steady_state_with_lag_is_the_same_curve_later),
        cmocka_unit_test(test_reference_steady_state_is_added_or_replaces),
        cmocka_unit_test(test_reference_reset_empties_and_keeps_the_area),
        cmocka_unit_test(test_reference_reset_and_dose_begins_anew),
        cmocka_unit_test(test_reference_records_at_one_time_count_in_order),
        cmocka_unit_test(test_reference_clearance_steps_give_the_exact_course),
        cmocka_unit_test(test_reference_refuses_what_has_no_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
