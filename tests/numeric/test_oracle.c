/*
 * The exact reference of tests/support/, held to textbook formulas and reference
 * numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/check.h"
#include "tests/support/closed_form.h"
#include "tests/support/exact_course.h"
#include "tests/support/expm.h"
#include "tests/support/schedule.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The promise of exact_course.h; closed forms keep 14 digits or more in long double. */
#define TOL_EXACT 1e-12
/* Sums of doubles that were rounded once at the interface. */
#define TOL_ROUNDING 1e-14
/* Fourth order: the largest error is 1e-10 at 1/256 h and 6e-12 at half that step. */
#define TOL_RUNGE_KUTTA 1e-9

#define II 12.0  /* [h] */
#define NCASE 14 /* 13 doses and one drug-free day */

/* Every output, so that no test forgets one. */
static void check_points_close(const struct test_point *a, const struct test_point *b,
                               double rel)
{
    test_check_close("depot", a->depot, b->depot, rel);
    test_check_close("central", a->central, b->central, rel);
    test_check_close("peripheral", a->peripheral, b->peripheral, rel);
    test_check_close("C", a->C, b->C, rel);
    test_check_close("AUC", a->AUC, b->AUC, rel);
    test_check_close("Ce", a->Ce, b->Ce, rel);
    test_check_close("E", a->E, b->E, rel);
    test_check_close("HP", a->HP, b->HP, rel);
    test_check_close("Ca", a->Ca, b->Ca, rel);
    test_check_close("HR", a->HR, b->HR, rel);
}

/* ---- matrix exponential and closed forms ---- */

static void test_expm_rotation_gives_cosine_and_sine(void **state)
{
    const long double a[4] = {0.0L, -1.0L, 1.0L, 0.0L};
    long double e[4];

    (void)state;
    test_expm(2, a, 10.0L, e);
    assert_true(fabsl(e[0] - cosl(10.0L)) < 1e-17L);
    assert_true(fabsl(e[2] - sinl(10.0L)) < 1e-17L);
}

static void test_expm_erlang_chain_gives_poisson_terms(void **state)
{
    long double a[TEST_EXPM_MAX * TEST_EXPM_MAX] = {0.0L};
    long double e[TEST_EXPM_MAX * TEST_EXPM_MAX];
    long double want = expl(-30.0L);

    (void)state;
    for (size_t i = 0; i < TEST_EXPM_MAX; i++) {
        a[i * TEST_EXPM_MAX + i] = -1.0L;
        if (i > 0) {
            a[i * TEST_EXPM_MAX + i - 1] = 1.0L;
        }
    }
    test_expm(TEST_EXPM_MAX, a, 30.0L, e);
    for (size_t i = 0; i < TEST_EXPM_MAX; i++) {
        assert_true(fabsl(e[i * TEST_EXPM_MAX] - want) < 1e-17L * want);
        want *= 30.0L / (long double)(i + 1);
    }
}

static void test_closed_form_typical_patient_gives_reference_curve(void **state)
{
    static const struct {
        double t;
        const char *C;
    } row[] = {{0.5, "2.0541"}, {1.0, "3.2237"},  {2.0, "4.0472"}, {3.0, "3.9312"},
               {6.0, "2.7131"}, {12.0, "1.7359"}, {24.0, "1.2238"}};
    long double alpha = 0.0L;
    long double beta = 0.0L;

    (void)state;
    test_oral2_rates(&test_sikma, &alpha, &beta);
    test_check_printed("fast half-life", "1.262", (double)(logl(2.0L) / alpha));
    test_check_printed("slow half-life", "26.10", (double)(logl(2.0L) / beta));
    for (size_t i = 0; i < COUNT(row); i++) {
        test_check_printed("single dose", row[i].C,
                           (double)test_oral2_single(&test_sikma, 2.0, row[i].t));
    }
}

static void test_closed_form_steady_state_gives_reference_interval(void **state)
{
    double peak = 0.0;
    double tmax = 0.0;

    (void)state;
    for (int i = 0; i <= 12000; i++) {
        const double C = (double)test_oral2_steady(&test_sikma, 2.0, II, i / 1000.0);

        if (C > peak) {
            peak = C;
            tmax = i / 1000.0;
        }
    }
    test_check_printed("Cmax", "9.917", peak);
    test_check_printed("Tmax", "2.04", tmax);
    test_check_printed("trough", "6.221",
                       (double)test_oral2_steady(&test_sikma, 2.0, II, II));
    test_check_printed("AUC", "95.694", (double)test_linear_auc(test_sikma.CL, 2.0));
    test_check_printed("trough", "15.551",
                       (double)test_oral2_steady(&test_sikma, 5.0, II, II));
    test_check_printed("AUC", "239.234", (double)test_linear_auc(test_sikma.CL, 5.0));
}

static void test_course_random_single_dose_equals_closed_form(void **state)
{
    uint64_t seed = 20;

    (void)state;
    for (int i = 0; i < 200; i++) {
        const struct test_oral2 par = {.CL = test_draw_log(&seed, 1.0, 100.0),
                                       .V1 = test_draw_log(&seed, 20.0, 800.0),
                                       .Q = test_draw_log(&seed, 2.0, 200.0),
                                       .V2 = test_draw_log(&seed, 50.0, 2000.0),
                                       .KA = test_draw_log(&seed, 0.05, 20.0)};
        const double amount = test_draw(&seed, 0.1, 10.0);
        const double time[] = {0.01, 0.3, 1.0, 5.0, 12.0, 47.0};
        const struct test_segment s = test_segment_of(&par, 0.0, 48.0, amount);
        const struct test_course course = test_course_typical(1, &s);
        struct test_point out[COUNT(time)];

        assert_true(test_course_run(&course, COUNT(time), time, out));
        for (size_t k = 0; k < COUNT(time); k++) {
            const long double want = test_oral2_single(&par, amount, time[k]);

            test_check_close("C", out[k].C, (double)want, TOL_EXACT);
        }
    }
}

static void test_course_long_dosing_reaches_closed_steady_state(void **state)
{
    struct test_segment segment[100]; /* 1200 h are 46 slow half-lives */
    double time[5];
    struct test_point out[5];

    (void)state;
    for (size_t k = 0; k < COUNT(segment); k++) {
        const double t0 = II * (double)k;

        segment[k] = test_segment_of(&test_sikma, t0, t0 + II, 2.0);
    }
    for (size_t i = 0; i < 5; i++) {
        time[i] = 1188.0 + 3.0 * (double)i;
    }
    const struct test_course course = test_course_typical(COUNT(segment), segment);

    assert_true(test_course_run(&course, 5, time, out));
    for (size_t i = 1; i < 5; i++) {
        const double since = time[i] - 1188.0;

        test_check_close("C", out[i].C,
                         (double)test_oral2_steady(&test_sikma, 2.0, II, since),
                         TOL_EXACT);
    }
    test_check_close("AUC of an interval", out[4].AUC - out[0].AUC,
                     (double)test_linear_auc(test_sikma.CL, 2.0), TOL_EXACT * 100.0);
}

static void test_course_long_after_dose_reaches_closed_auc(void **state)
{
    const struct test_segment s = test_segment_of(&test_sikma, 0.0, 2000.0, 2.0);
    const struct test_course course = test_course_typical(1, &s);
    const double time = 2000.0;
    struct test_point out;

    (void)state;
    assert_true(test_course_run(&course, 1, &time, &out));
    test_check_close("AUC", out.AUC, (double)test_linear_auc(test_sikma.CL, 2.0),
                     TOL_EXACT);
}

/* ---- reference schedules ---- */

/* 2 mg q12h from 0 to 60 h, none at 72 and 84 h, 0.5 mg q24h from 96 h. */
static void test_course_case_schedule_gives_reference_levels(void **state)
{
    static const struct {
        double t;
        const char *C;
    } row[] = {{12.0, "1.736"},  {24.0, "2.960"},  {36.0, "3.849"},  {48.0, "4.496"},
               {60.0, "4.967"},  {72.0, "5.309"},  {84.0, "3.822"},  {96.0, "2.779"},
               {97.5, "3.625"},  {120.0, "1.775"}, {144.0, "1.245"}, {168.0, "0.964"},
               {192.0, "0.816"}, {216.0, "0.737"}, {240.0, "0.696"}, {264.0, "0.674"}};
    struct test_segment segment[NCASE];
    double time[COUNT(row)];
    struct test_point out[COUNT(row)];

    (void)state;
    for (size_t k = 0; k < NCASE; k++) {
        const double t0 = k < 6 ? 12.0 * (double)k : 72.0 + 24.0 * (double)(k - 6);
        const double t1 = k < 6 ? t0 + 12.0 : t0 + 24.0;

        segment[k] = test_segment_of(&test_sikma, t0, t1, k < 6 ? 2.0 : 0.5);
    }
    segment[6].amount = 0.0;
    for (size_t i = 0; i < COUNT(row); i++) {
        time[i] = row[i].t;
    }
    const struct test_course course = test_course_typical(NCASE, segment);

    assert_true(test_course_run(&course, COUNT(row), time, out));
    for (size_t i = 0; i < COUNT(row); i++) {
        test_check_printed("C", row[i].C, out[i].C);
    }
    test_check_printed("AUC", "716.25", out[COUNT(row) - 1].AUC);
}

static void plan_run(const struct test_plan *plan, const struct test_oral2 *par,
                     struct test_point *out)
{
    struct test_segment segment[TEST_PLAN_NSEGMENTS];

    test_plan_fill(plan, par, segment);
    const struct test_course course = test_course_typical(COUNT(segment), segment);

    assert_true(test_course_run(&course, TEST_PLAN_NTIMES, test_plan_time, out));
}

static const struct test_plan plan_continue = {3.0, 3.0, 3.0, 3.0, 3.0};
static const struct test_plan plan_taper = {3.0, 0.0, 1.0, 0.5, 0.25};

static void test_course_six_schedules_give_reference_trajectories(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_PLAN_NROWS; i++) {
        const struct test_plan_row *row = &test_plan_rows[i];
        struct test_point out[TEST_PLAN_NTIMES];

        plan_run(&row->plan, &test_rounded, out);
        test_check_printed(row->name, row->C_D4, out[TEST_PLAN_D4].C);
        test_check_printed(row->name, row->C_D7, out[TEST_PLAN_D7].C);
        test_check_printed(row->name, row->C_D14, out[TEST_PLAN_D14].C);
        test_check_printed(row->name, row->E_D4, out[TEST_PLAN_D4].E);
        test_check_printed(row->name, row->E_D7, out[TEST_PLAN_D7].E);
        test_check_printed(row->name, row->Ca_D14, out[TEST_PLAN_D14].Ca);
        test_check_printed(row->name, row->HP_M14, out[TEST_PLAN_M14].HP);
        test_check_printed(row->name, row->HP_M30, out[TEST_PLAN_M30].HP);
        test_check_printed(row->name, row->HR_M14, out[TEST_PLAN_M14].HR);
        test_check_printed(row->name, row->HR_M30, out[TEST_PLAN_M30].HR);
    }
}

static void test_course_smaller_q_gives_reference_risks(void **state)
{
    static const struct {
        double Q;
        const char *C4, *HP_continue, *HR_continue, *HP_taper, *HR_taper;
    } row[] = {{12.0, "2.6", "7.65e-4", "0.162", "2.19e-4", "0.402"},
               {50.0, "4.5", "7.59e-4", "0.164", "2.14e-4", "0.394"}};

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct test_oral2 par = test_rounded;
        struct test_point out[TEST_PLAN_NTIMES];

        par.Q = row[i].Q;
        plan_run(&plan_continue, &par, out);
        test_check_printed("continue, HP", row[i].HP_continue, out[TEST_PLAN_M14].HP);
        test_check_printed("continue, HR", row[i].HR_continue, out[TEST_PLAN_M14].HR);
        plan_run(&plan_taper, &par, out);
        test_check_printed("taper, HP", row[i].HP_taper, out[TEST_PLAN_M14].HP);
        test_check_printed("taper, HR", row[i].HR_taper, out[TEST_PLAN_M14].HR);
        test_check_printed("hold, C", row[i].C4, out[TEST_PLAN_D4].C);
    }
}

static void test_course_low_clearance_gives_reference_trajectories(void **state)
{
    static const struct test_plan go_on = {1.0, 1.0, 1.0, 1.0, 1.0};
    static const struct test_plan low = {1.0, 0.0, 0.25, 0.25, 0.25};
    static const struct test_plan taper = {1.0, 0.0, 1.0, 0.5, 0.25};
    struct test_oral2 par = test_rounded;
    struct test_point out[TEST_PLAN_NTIMES];

    (void)state;
    par.CL = 4.2;
    plan_run(&go_on, &par, out);
    test_check_printed("continue, C day 4", "7.70", out[TEST_PLAN_D4].C);
    test_check_printed("continue, C day 14", "15.85", out[TEST_PLAN_D14].C);
    test_check_printed("continue, C day 30", "18.51", out[TEST_PLAN_D30].C);
    test_check_printed("continue, HP", "1.406e-3", out[TEST_PLAN_M30].HP);
    test_check_printed("continue, HR", "0.288", out[TEST_PLAN_M30].HR);
    plan_run(&low, &par, out);
    test_check_printed("low, C day 4", "5.35", out[TEST_PLAN_D4].C);
    test_check_printed("low, C day 14", "4.90", out[TEST_PLAN_D14].C);
    test_check_printed("low, C day 30", "4.74", out[TEST_PLAN_D30].C);
    test_check_printed("low, HP", "3.16e-4", out[TEST_PLAN_M30].HP);
    test_check_printed("low, HR", "0.584", out[TEST_PLAN_M30].HR);
    plan_run(&taper, &par, out);
    test_check_printed("taper, HP", "4.08e-4", out[TEST_PLAN_M30].HP);
    test_check_printed("taper, HR", "0.507", out[TEST_PLAN_M30].HR);
}

/* ---- properties ---- */

#define NRANDOM 12 /* segments of a random course */

/* Doses 1 to 12 h apart, every parameter redrawn at each; KA up to ka_high [1/h]. */
static void random_segments(uint64_t *seed, double ka_high,
                            struct test_segment *segment)
{
    double t0 = 0.0;

    for (size_t k = 0; k < NRANDOM; k++) {
        const struct test_oral2 par = {.CL = test_draw_log(seed, 2.0, 60.0),
                                       .V1 = test_draw_log(seed, 80.0, 500.0),
                                       .Q = test_draw_log(seed, 5.0, 120.0),
                                       .V2 = test_draw_log(seed, 100.0, 1500.0),
                                       .KA = test_draw_log(seed, 0.1, ka_high)};
        const double t1 = t0 + test_draw(seed, 1.0, 12.0);

        segment[k] = test_segment_of(&par, t0, t1, test_draw(seed, 0.0, 6.0));
        segment[k].multP = test_draw_log(seed, 0.2, 5.0);
        segment[k].multR = test_draw_log(seed, 0.2, 5.0);
        t0 = t1;
    }
}

/* Right-hand side of the nine equations, written out once more. */
static void course_rates(const struct test_course *c, const struct test_segment *s,
                         double t, const double *y, double *dy)
{
    const struct test_pres *p = &c->pres;
    const struct test_rejection *r = &c->rejection;
    const double C = 1000.0 * y[1] / s->V1;
    const double day = c->day0 + t / 24.0;
    const double eg = pow(p->EC50, p->g);
    const double ig = pow(r->IC50, r->gR);
    const double x = pow(fmax(y[4], 0.0), p->g);
    const double ref = pow(p->Cref, p->g);
    const double c0 = pow(fmax(r->phi * y[7], 0.0), r->gR);
    const double c12 = pow(r->rho_ref, r->gR);
    const double rho =
        (1.0 - r->Imax * c0 / (ig + c0)) / (1.0 - r->Imax * c12 / (ig + c12));
    const double rise = day * day / (r->onset * r->onset + day * day);

    dy[0] = -s->KA * y[0];
    dy[1] = s->KA * y[0] - (s->CL + s->Q) / s->V1 * y[1] + s->Q / s->V2 * y[2];
    dy[2] = s->Q / s->V1 * y[1] - s->Q / s->V2 * y[2];
    dy[3] = C;
    dy[4] = p->ke0 * (C - y[4]);
    dy[5] = p->kE * (x / (eg + x) / (ref / (eg + ref)) - y[5]);
    dy[6] =
        p->h0 * s->multP * (p->wP + (1.0 - p->wP) * exp(-day / p->tauP)) * y[5] / 24.0;
    dy[7] = r->kI * (C - y[7]);
    dy[8] = r->lam * s->multR * rise * (r->wR + (1.0 - r->wR) * exp(-day / r->tauR)) *
            rho / 24.0;
}

#define NEQUATIONS 9

/* Classical Runge-Kutta steps of about 1/256 h over one segment. */
static void runge_kutta(const struct test_course *c, const struct test_segment *s,
                        double *y)
{
    static const double stage[4] = {0.0, 0.5, 0.5, 1.0};
    static const double weight[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};
    const int nsteps = (int)ceil((s->t1 - s->t0) * 256.0);
    const double h = (s->t1 - s->t0) / nsteps;

    y[0] += s->amount;
    for (int k = 0; k < nsteps; k++) {
        double slope[NEQUATIONS] = {0.0};
        double sum[NEQUATIONS] = {0.0};

        for (int j = 0; j < 4; j++) {
            double at[NEQUATIONS];

            for (int i = 0; i < NEQUATIONS; i++) {
                at[i] = y[i] + stage[j] * h * slope[i];
            }
            course_rates(c, s, s->t0 + (k + stage[j]) * h, at, slope);
            for (int i = 0; i < NEQUATIONS; i++) {
                sum[i] += weight[j] * slope[i];
            }
        }
        for (int i = 0; i < NEQUATIONS; i++) {
            y[i] += h * sum[i];
        }
    }
}

static void test_course_changing_parameters_agree_with_runge_kutta(void **state)
{
    struct test_segment segment[NRANDOM];
    double y[NEQUATIONS] = {0.0};
    uint64_t seed = 3;

    (void)state;
    random_segments(&seed, 2.0, segment);
    struct test_course course = test_course_typical(NRANDOM, segment);

    course.day0 = 2.5;
    for (size_t k = 0; k < NRANDOM; k++) {
        struct test_point out;

        runge_kutta(&course, &segment[k], y);
        const struct test_point want = {
            segment[k].t1, y[0], y[1], y[2], 1000.0 * y[1] / segment[k].V1, y[3], y[4],
            y[5],          y[6], y[7], y[8]};
        assert_true(test_course_run(&course, 1, &segment[k].t1, &out));
        check_points_close(&out, &want, TOL_RUNGE_KUTTA);
    }
}

static void test_course_halved_panels_give_same_result(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 30; i++) {
        struct test_segment segment[NRANDOM];
        struct test_point coarse[24];
        struct test_point fine[24];
        double time[24];

        random_segments(&seed, 20.0, segment);
        struct test_course course = test_course_typical(NRANDOM, segment);

        course.pres.g = test_draw_log(&seed, 0.3, 6.0);
        course.pres.kE = log(2.0) / test_draw_log(&seed, 2.0, 60.0);
        course.rejection.gR = test_draw_log(&seed, 1.0, 6.0);
        course.day0 = test_draw(&seed, 0.0, 5.0);
        for (size_t k = 0; k < NRANDOM; k++) {
            time[2 * k] = test_draw(&seed, segment[k].t0, segment[k].t1);
            time[2 * k + 1] = segment[k].t1;
        }
        assert_true(test_course_run(&course, 24, time, coarse));
        course.refine = 1;
        assert_true(test_course_run(&course, 24, time, fine));
        for (size_t k = 0; k < 24; k++) {
            check_points_close(&coarse[k], &fine[k], TOL_EXACT);
        }
    }
}

static void test_course_more_outputs_change_nothing(void **state)
{
    static const double end = 36.0;
    const struct test_segment s = test_segment_of(&test_sikma, 0.0, 36.0, 3.0);
    const struct test_course course = test_course_typical(1, &s);
    double time[361];
    struct test_point many[361];
    struct test_point one;

    (void)state;
    for (int i = 0; i <= 360; i++) {
        time[i] = i / 10.0;
    }
    assert_true(test_course_run(&course, 361, time, many));
    assert_true(test_course_run(&course, 1, &end, &one));
    check_points_close(&many[360], &one, TOL_EXACT);
}

static void test_course_mass_is_conserved(void **state)
{
    struct test_segment segment[NRANDOM];
    double time[NRANDOM];
    struct test_point out[NRANDOM];
    double given = 0.0;
    double eliminated = 0.0;
    double auc = 0.0;
    uint64_t seed = 11;

    (void)state;
    random_segments(&seed, 20.0, segment);
    for (size_t k = 0; k < NRANDOM; k++) {
        time[k] = segment[k].t1;
    }
    const struct test_course course = test_course_typical(NRANDOM, segment);

    assert_true(test_course_run(&course, NRANDOM, time, out));
    for (size_t k = 0; k < NRANDOM; k++) {
        given += segment[k].amount;
        eliminated += segment[k].CL * (out[k].AUC - auc) / 1000.0;
        auc = out[k].AUC;
        test_check_close("mass",
                         out[k].depot + out[k].central + out[k].peripheral + eliminated,
                         given, TOL_ROUNDING);
    }
}

static void test_course_output_at_a_dose_precedes_the_dose(void **state)
{
    const struct test_segment segment[2] = {
        test_segment_of(&test_sikma, 0.0, 12.0, 2.0),
        test_segment_of(&test_sikma, 12.0, 24.0, 3.0)};
    const struct test_course course = test_course_typical(2, segment);
    const double time[3] = {0.0, 12.0, 12.0 + 0x1p-30};
    struct test_point out[3];

    (void)state;
    assert_true(test_course_run(&course, 3, time, out));
    assert_true(out[0].depot == 0.0 && out[0].HR == 0.0);
    assert_true(out[1].depot < 0.002);
    assert_true(out[2].depot > 3.0);
}

static void test_course_bad_input_is_refused(void **state)
{
    struct test_segment segment[2] = {test_segment_of(&test_sikma, 0.0, 12.0, 2.0),
                                      test_segment_of(&test_sikma, 12.0, 24.0, 3.0)};
    const struct test_course course = test_course_typical(2, segment);
    const double falling[2] = {6.0, 5.0};
    const double late = 24.5;
    struct test_point out[2];

    (void)state;
    assert_false(test_course_run(&course, 2, falling, out));
    assert_false(test_course_run(&course, 1, &late, out));
    segment[1].t0 = 13.0;
    assert_false(test_course_run(&course, 1, falling, out));
    segment[1].t0 = 12.0;
    segment[0].V1 = 0.0;
    assert_false(test_course_run(&course, 1, falling, out));
    segment[0].V1 = NAN;
    assert_false(test_course_run(&course, 1, falling, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expm_rotation_gives_cosine_and_sine),
        cmocka_unit_test(test_expm_erlang_chain_gives_poisson_terms),
        cmocka_unit_test(test_closed_form_typical_patient_gives_reference_curve),
        cmocka_unit_test(test_closed_form_steady_state_gives_reference_interval),
        cmocka_unit_test(test_course_random_single_dose_equals_closed_form),
        cmocka_unit_test(test_course_long_dosing_reaches_closed_steady_state),
        cmocka_unit_test(test_course_long_after_dose_reaches_closed_auc),
        cmocka_unit_test(test_course_case_schedule_gives_reference_levels),
        cmocka_unit_test(test_course_six_schedules_give_reference_trajectories),
        cmocka_unit_test(test_course_smaller_q_gives_reference_risks),
        cmocka_unit_test(test_course_low_clearance_gives_reference_trajectories),
        cmocka_unit_test(test_course_changing_parameters_agree_with_runge_kutta),
        cmocka_unit_test(test_course_halved_panels_give_same_result),
        cmocka_unit_test(test_course_more_outputs_change_nothing),
        cmocka_unit_test(test_course_mass_is_conserved),
        cmocka_unit_test(test_course_output_at_a_dose_precedes_the_dose),
        cmocka_unit_test(test_course_bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
