/**
 * Simulated event times against the hazard that they come from: constant, growing as
 * Gompertz's, and driven by doses. The hazard is integrated here from the levels.
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

#include "tests/support/engine.h"
#include "tests/support/folder.h"
#include "tests/support/follow.h"

#define NSUBJECTS 100032 /* whole blocks */
#define NFEW 4096        /* with CVODE */
#define LANDMARK 30.0    /* h */
#define HORIZON 240      /* h */
#define GRID 0.5         /* h between the levels that the hazard is integrated from */
#define NGRID (2 * HORIZON + 1)
#define KE0 0.1 /* 1/h, of effect_site.yaml */
#define H0 2e-4 /* 1/h, of the Gompertz-like hazard */
#define BETA 0.12

/* One patient, so that all have one hazard. %s: risk file, steps, other keys */
static const char head[] = "title: event times\n"
                           "pk: effect_site\n"
                           "risk: [%s]\n"
                           "start: {day: 0, clock: \"08:00\"}\n"
                           "horizon: 240 h\n"
                           "landmark: 30 h\n"
                           "output: {every: 0.5 h}\n"
                           "seed: 20263\n"
                           "patients: {n: 100032}\n"
                           "regimens:\n"
                           "  a:\n"
                           "    steps: [%s]\n"
                           "%s";

static const char drops[] = "{give: 0.5 mg, every: 4 h}";
static const char tablets[] = "{give: 5 mg, every: 12 h, for: 4 d}, {hold: 1 d}, "
                              "{give: 12 mg, every: 12 h}";

/* -- risk files -------------------------------------------------------------------- */

static void write_risk(const char *name, const char *parts, const char *theta,
                       char *path)
{
    FILE *file;
    snprintf(path, 128, "%s/%s.yaml", test_folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file,
                        "name: %s\n"
                        "kind: risk\n"
                        "title: Hazard of a test\n"
                        "population: nobody\n"
                        "days: {from: 0 d, to: 365 d}\n"
                        "source: {author: tests}\n"
                        "parts: [%s]\n"
                        "outcome: pres\n"
                        "endpoint: an event of the test\n"
                        "theta:\n%s",
                        name, parts, theta) > 0);
    assert_int_equal(fclose(file), 0);
}

#define THETA(name, value) "  " name ": {value: " value ", mark: ASSUMED, from: test}\n"

static const char gompertz[] = THETA("H0", "2e-4 1/h") THETA("BETA", "0.12 mL/ng");
static const char pres[] =
    THETA("KE0", "0.1155 1/h") THETA("KE", "0.0578 1/h") THETA("G", "1.8")
        THETA("EC50", "30 ng/mL") THETA("CREF", "15 ng/mL") THETA("H0", "0.02 1/h")
            THETA("M_ORG", "1") THETA("TAUP", "336 h") THETA("WP", "0.012");

/* -- hazards from levels ----------------------------------------------------------- */

/* Derivatives of (CE, STRESS, H) at a level and t hours since transplantation. */
typedef void slopes(double level, double t, const double *y, double *dy);

static void constant_slopes(double level, double t, const double *y, double *dy)
{
    (void)level;
    (void)t;
    (void)y;
    dy[0] = dy[1] = 0.0;
    dy[2] = 0.015;
}

static void gompertz_slopes(double level, double t, const double *y, double *dy)
{
    (void)t;
    dy[0] = KE0 * (level - y[0]);
    dy[1] = 0.0;
    dy[2] = H0 * exp(BETA * y[0]);
}

static double stress(double x)
{
    const double g = pow(fmax(x, 0.0), 1.8);
    const double reference = pow(15.0, 1.8);
    const double half = pow(30.0, 1.8);
    return g / (half + g) * (half + reference) / reference;
}

static void pres_slopes(double level, double t, const double *y, double *dy)
{
    dy[0] = 0.1155 * (level - y[0]);
    dy[1] = 0.0578 * (stress(y[0]) - y[1]);
    dy[2] = 0.02 * (0.012 + 0.988 * exp(-t / 336.0)) * y[1];
}

/* Classical Runge-Kutta over two grid steps, with the level between them. */
static void step(slopes *f, const double *level, double t, double *y)
{
    static const double weight[4] = {1.0, 2.0, 2.0, 1.0};
    static const double part[4] = {0.0, 0.5, 0.5, 1.0};
    static const size_t at[4] = {0, 1, 1, 2};
    double k[4][3];
    double sum[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < 4; i++) {
        double x[3];
        for (size_t s = 0; s < 3; s++) {
            x[s] = y[s] + (i == 0 ? 0.0 : 2.0 * GRID * part[i] * k[i - 1][s]);
        }
        f(level[at[i]], t + 2.0 * GRID * part[i], x, k[i]);
        for (size_t s = 0; s < 3; s++) {
            sum[s] += weight[i] * k[i][s] / 6.0;
        }
    }
    for (size_t s = 0; s < 3; s++) {
        y[s] += 2.0 * GRID * sum[s];
    }
}

/* H since the landmark at every second grid time, [NGRID / 2 + 1]. */
static void integrate(slopes *f, const double *level, double *h)
{
    double y[3] = {0.0, 0.0, 0.0};
    double landmark = 0.0;
    for (size_t i = 0; 2 * i + 2 < NGRID; i++) {
        const double t = 2.0 * GRID * (double)i;
        landmark = t == LANDMARK ? y[2] : landmark;
        h[i] = y[2];
        step(f, level + 2 * i, 8.0 + t, y);
        h[i + 1] = y[2];
    }
    for (size_t i = 0; i <= NGRID / 2; i++) {
        h[i] -= landmark;
    }
}

static double hazard_at(const double *h, double t)
{
    const double place = t / (2.0 * GRID);
    const size_t i = (size_t)place;
    const double part = place - (double)i;
    return i >= NGRID / 2 ? h[NGRID / 2] : (1.0 - part) * h[i] + part * h[i + 1];
}

/* -- event times ------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Event times of subjects from 0 on, and the levels of the one curve of all. */
static void simulate(const struct tacro_scenario *s, const struct tacro_method *method,
                     size_t n, double *time, double *level)
{
    const struct tacro_block_result *r = NULL;
    static struct tacro_subject subject[TACRO_LANES];
    const struct tacro_subject *who[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    struct tacro_block *block = NULL;
    struct tacro_block_setup setup = tacro_scenario_setup(
        s, s->arm[0].variant, tacro_kernels_find(NULL), method, 1e-8);
    assert_true(s->arm[0].is_shared);
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    for (size_t first = 0; first < n; first += TACRO_LANES) {
        tacro_subjects_draw(s->rules, &setup.kernels->math, first, TACRO_LANES,
                            subject);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            who[l] = &subject[l];
            course[l] = &s->arm[0].course;
        }
        r = tacro_block_run(block, who, course);
        memcpy(time + first, r->event_time, TACRO_LANES * sizeof *time);
    }
    assert_non_null(r);
    for (size_t i = 0; r != NULL && i < NGRID; i++) {
        level[i] =
            r->concentration[tacro_scenario_output(s, GRID * (double)i) * TACRO_LANES];
    }
    tacro_block_free(block);
}

/* Largest distance of the shares with an event from 1 - exp(-H). */
static double kolmogorov(double *time, size_t n, const double *h)
{
    double worst = 0.0;
    size_t nevents = 0;
    qsort(time, n, sizeof *time, ascending);
    for (size_t i = 0; i < n && isfinite(time[i]); i++, nevents++) {
        const double p = -expm1(-hazard_at(h, time[i]));
        assert_true(time[i] > LANDMARK && time[i] <= HORIZON);
        worst = fmax(worst, fabs((double)i / (double)n - p));
        worst = fmax(worst, fabs((double)(i + 1) / (double)n - p));
    }
    worst = fmax(worst, fabs((double)nevents / (double)n + expm1(-h[NGRID / 2])));
    assert_true(nevents > n / 20);
    return worst;
}

static void check(const char *name, const char *parts, const char *theta,
                  const char *steps, const char *more, slopes *f)
{
    static double time[NSUBJECTS];
    static double few[NFEW];
    static double level[NGRID];
    static double h[NGRID];
    char path[128];
    char yaml[2048];
    struct tacro_scenario *s;
    double d;
    write_risk(name, parts, theta, path);
    snprintf(yaml, sizeof yaml, head, path, steps, more);
    s = test_scenario(yaml);
    simulate(s, &tacro_method_exact, NSUBJECTS, time, level);
    simulate(s, &tacro_method_cvode, NFEW, few, level);
    integrate(f, level, h);
    for (size_t i = 0; i < NFEW; i++) {
        if (isfinite(time[i]) ? !(fabs(time[i] - few[i]) < 1e-3) : few[i] != time[i]) {
            fail_msg("%s, subject %zu: %.9g h with one solver, %.9g h with the other",
                     name, i, time[i], few[i]);
        }
    }
    d = kolmogorov(time, NSUBJECTS, h);
    /* 1.95 / sqrt(n): exceeded with a probability of 0.1 % */
    if (!(d < 1.9495 / sqrt(NSUBJECTS))) {
        fail_msg("%s: Kolmogorov-Smirnov distance %.4g", name, d);
    }
    d = kolmogorov(few, NFEW, h);
    if (!(d < 1.9495 / sqrt(NFEW))) {
        fail_msg("%s, CVODE: Kolmogorov-Smirnov distance %.4g", name, d);
    }
    tacro_scenario_free(s);
    test_file_remove(path);
}

static void test_event_times_follow_a_constant_hazard(void **state)
{
    (void)state;
    check("constant", "exponential",
          THETA("H0", "0.015 1/h") THETA("BETA", "1e-15 mL/ng"), tablets, "",
          constant_slopes);
}

/* Drops that fill the patient: the logarithm of the hazard grows with the time. */
static void test_event_times_follow_a_growing_hazard(void **state)
{
    (void)state;
    check("gompertz", "exponential", gompertz, drops, "parameters: {CL: 1 L/h}\n",
          gompertz_slopes);
}

static void test_event_times_follow_a_hazard_that_doses_drive(void **state)
{
    (void)state;
    check("driven", "pres", pres, tablets, "", pres_slopes);
}

/* Small risks are proportional to the hazard, and events come the sooner. */
static void test_twice_the_hazard_doubles_a_small_risk(void **state)
{
    double risk[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        char yaml[2048];
        char theta[sizeof pres + 16];
        const char *h0 = strstr(pres, "0.02 1/h");
        struct tacro_scenario *s;
        struct test_courses *c;
        snprintf(theta, sizeof theta, "%.*s%s%s", (int)(h0 - pres), pres,
                 i == 0 ? "1e-7 1/h" : "2e-7 1/h", h0 + strlen("0.02 1/h"));
        write_risk("small", "pres", theta, path);
        snprintf(yaml, sizeof yaml, head, path, tablets, "");
        s = test_scenario(yaml);
        c = test_run_courses(s, 0, 1, 1e-8, NULL);
        risk[i] = -expm1(test_state_at(c, 0, "HP", LANDMARK) -
                         test_state_at(c, 0, "HP", HORIZON));
        test_courses_free(c);
        tacro_scenario_free(s);
        test_file_remove(path);
    }
    assert_true(risk[0] > 1e-6 && risk[0] < 1e-4);
    assert_true(fabs(risk[1] / risk[0] - 2.0) < 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_times_follow_a_constant_hazard),
        cmocka_unit_test(test_event_times_follow_a_growing_hazard),
        cmocka_unit_test(test_event_times_follow_a_hazard_that_doses_drive),
        cmocka_unit_test(test_twice_the_hazard_doubles_a_small_risk),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
