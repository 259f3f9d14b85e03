/**
 * Parameters that follow the clock, against an integration by GSL; steady states under
 * them; and what makes a lane's bits: not its place, not the kernels.
 */
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
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "run/driver_words.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"
#include "tests/support/follow.h"
#include "tests/support/kernels.h"

#define RTOL 1e-11
#define EXACT 1e-8
#define HORIZON 96 /* h */
#define TURN 6.28318530717958647693

/* -- the equations once more: params/pk/rhythm.yaml of the tests ------------------- */

enum { DEPOT, CENTRAL, PERIPHERAL, AUC, N };

static double rhythmic(double mesor, double relative, double peak, double clock)
{
    return mesor * (1.0 + relative * cos(TURN * (clock - peak) / 24.0));
}

static double infused; /* mg/h into CENTRAL */
static double amplitude_cl = 3.42 / 11.9;
static double amplitude_ka = 0.76;

static int slope(double t, const double *y, double *dy, void *data)
{
    const double ka = rhythmic(2.04, amplitude_ka, 3.0, t);
    const double cl = rhythmic(11.9, amplitude_cl, 17.0, t);
    const double k12 = 25.8 / 78.0;
    const double k21 = 25.8 / 500.0;
    (void)data;
    dy[DEPOT] = -ka * y[DEPOT];
    dy[CENTRAL] =
        infused + ka * y[DEPOT] - (cl / 78.0 + k12) * y[CENTRAL] + k21 * y[PERIPHERAL];
    dy[PERIPHERAL] = k12 * y[CENTRAL] - k21 * y[PERIPHERAL];
    dy[AUC] = 1000.0 / 78.0 * y[CENTRAL];
    return GSL_SUCCESS;
}

/* y from t to t1, h since midnight of day 0. */
static void integrate(double t, double t1, double *y)
{
    gsl_odeiv2_system system = {slope, NULL, N, NULL};
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
        &system, gsl_odeiv2_step_rk8pd, 1e-4, 1e-14, 1e-13);
    assert_non_null(driver);
    assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, t1, y), GSL_SUCCESS);
    gsl_odeiv2_driver_free(driver);
}

/* -- runs -------------------------------------------------------------------------- */

static struct tacro_scenario *open_scenario(const char *pk, const char *start,
                                            const char *extra, const char *regimen)
{
    char text[1024];
    snprintf(text, sizeof text,
             "title: rhythm\npk: %s\nstart: {day: 0, clock: \"%s\"}\nhorizon: %d h\n"
             "landmark: 0 d\noutput: {every: 1 h}\ntrough_at: \"%s\"\nseed: 5\n"
             "%sreference: a\nregimens:\n  a: %s\n",
             pk, start, HORIZON, start, extra, regimen);
    return test_scenario(text);
}

static void test_levels_are_those_of_gsl(void **state)
{
    struct tacro_scenario *s = open_scenario("rhythm", "07:30", "patients: {n: 1}\n",
                                             "{steps: [{give: 3 mg, every: 10 h}]}");
    struct test_courses *c = test_run_courses(s, 0, 1, RTOL, NULL);
    double y[N] = {0.0};
    (void)state;
    for (int t = 0; t < HORIZON; t++) {
        y[DEPOT] += t % 10 == 0 ? 3.0 * 0.745 : 0.0;
        integrate(7.5 + t, 7.5 + t + 1.0, y);
        test_check_close("level", test_concentration_at(c, 0, t + 1.0),
                         1000.0 / 78.0 * y[CENTRAL], EXACT);
    }
    test_check_close("AUC", test_state_at(c, 0, "AUC", HORIZON), y[AUC], EXACT);
    test_courses_free(c);
    tacro_scenario_free(s);
}

static const struct tacro_drawn *drawn_of(const struct tacro_scenario *s,
                                          const char *name)
{
    for (size_t i = 0; i < s->rules->ndrawn; i++) {
        if (strcmp(s->rules->drawn[i].name, name) == 0) {
            return &s->rules->drawn[i];
        }
    }
    fail_msg("%s is not drawn", name);
    return NULL;
}

/* Lanes of one block are of different draws: each has the amplitudes of its own. */
static void test_amplitudes_are_those_of_the_draw(void **state)
{
    struct tacro_scenario *s =
        open_scenario("rhythm", "07:30",
                      "draws: 5\npatients: {n: 1}\n"
                      "before: {give: 3 mg, every: 12 h, steady_state: true}\n",
                      "{steps: [{give: 3 mg, every: 12 h}]}");
    struct test_courses *c = test_run_courses(s, 0, 5, RTOL, NULL);
    const struct tacro_drawn *cl = drawn_of(s, "rhythm.CL");
    const struct tacro_drawn *ka = drawn_of(s, "rhythm.KA");
    char words[128];
    (void)state;
    assert_int_equal(s->rules->ndrawn, 2);
    tacro_driver_words(s->input, cl, words, sizeof words);
    assert_string_equal(words, "PK amplitude of the rhythm of CL");
    for (size_t i = 0; i < 5; i++) {
        double y[N] = {0.0};
        amplitude_cl = cl->value[i];
        amplitude_ka = ka->value[i];
        assert_true(i == 0 || fabs(amplitude_ka - ka->value[i - 1]) > 1e-3);
        for (int dose = -300; 12.0 * dose < HORIZON; dose++) {
            const double t = 12.0 * dose;
            y[DEPOT] += 3.0 * 0.745;
            integrate(7.5 + t, 7.5 + t + 12.0, y);
            if (t >= 0.0) {
                test_check_close("level", test_concentration_at(c, i, t + 12.0),
                                 1000.0 / 78.0 * y[CENTRAL], EXACT);
            }
        }
    }
    amplitude_cl = 3.42 / 11.9;
    amplitude_ka = 0.76;
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* A model of its own among several: the second has the rhythms of its own file. */
static void test_each_model_has_its_rhythms(void **state)
{
    struct tacro_scenario *one = open_scenario("rhythm", "07:30", "patients: {n: 1}\n",
                                               "{steps: [{give: 3 mg, every: 10 h}]}");
    struct tacro_scenario *two = open_scenario("[plasma, rhythm]", "07:30",
                                               "patients: {n: 1, hematocrit: 0.3}\n",
                                               "{steps: [{give: 3 mg, every: 10 h}]}");
    (void)state;
    assert_int_equal(two->pk[0].system->nrhythms, 0);
    assert_int_equal(two->pk[1].system->nrhythms, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct tacro_system_rhythm *want = &one->pk[0].system->rhythm[i];
        const struct tacro_system_rhythm *got = &two->pk[1].system->rhythm[i];
        assert_int_equal(got->placed, want->placed);
        assert_int_equal(got->rhythm, want->rhythm);
        assert_true(got->peak == want->peak);
    }
    tacro_scenario_free(two);
    tacro_scenario_free(one);
}

/* Steady at once where GSL has had 150 days for it, at intervals below and above. */
static void test_steady_state_is_where_many_doses_lead(void **state)
{
    static const double every[] = {8.0, 24.0, 48.0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char extra[128];
        struct tacro_scenario *s;
        struct test_courses *c;
        double y[N] = {0.0};
        double before;
        snprintf(extra, sizeof extra,
                 "before: {give: 3 mg, every: %g h, steady_state: true}\n"
                 "patients: {n: 1}\n",
                 every[i]);
        s = open_scenario("rhythm", "08:00", extra, "{steps: [{hold: 4 d}]}");
        c = test_run_courses(s, 0, 1, RTOL, NULL);
        for (int step = 0; - 3600.0 + every[i] * step < 0.0; step++) {
            const double t = -3600.0 + every[i] * step;
            y[DEPOT] += 3.0 * 0.745;
            integrate(8.0 + t, 8.0 + t + every[i], y);
        }
        test_check_close("C0", test_concentration_at(c, 0, 0.0),
                         1000.0 / 78.0 * y[CENTRAL], EXACT);
        before = y[AUC];
        integrate(8.0, 32.0, y);
        test_check_close(
            "AUC24", test_state_at(c, 0, "AUC", 24.0) - test_state_at(c, 0, "AUC", 0.0),
            y[AUC] - before, EXACT);
        test_courses_free(c);
        tacro_scenario_free(s);
    }
}

/* An infusion that has always run, and ends at the start: 0.2 mg/h from -150 d on. */
static void test_constant_infusion_has_a_steady_state(void **state)
{
    char path[256];
    char regimen[300];
    FILE *file;
    struct tacro_scenario *s;
    struct test_follow f;
    const struct tacro_block_result *r;
    double y[N] = {0.0};
    (void)state;
    test_temporary(path, "events.csv");
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("ID,TIME,EVID,AMT,CMT,RATE,II,SS\n"
                      "1,0,1,0,CENTRAL,0.2,0,1\n",
                      file) >= 0);
    assert_int_equal(fclose(file), 0);
    snprintf(regimen, sizeof regimen, "{file: %s}", path);
    s = open_scenario("rhythm", "08:00", "patients: {n: 1}\n", regimen);
    test_follow_create(s, 0, &tacro_method_cvode, RTOL, &f);
    r = test_follow_block(&f, 0, 0);
    infused = 0.2;
    integrate(8.0 - 3600.0, 8.0, y);
    infused = 0.0;
    for (int t = 1; t <= HORIZON; t++) {
        integrate(8.0 + t - 1.0, 8.0 + t, y);
        test_check_close("level",
                         r->concentration[tacro_scenario_output(s, t) * TACRO_LANES],
                         1000.0 / 78.0 * y[CENTRAL], EXACT);
    }
    test_follow_free(&f);
    tacro_scenario_free(s);
    unlink(path);
}

/* Under a regimen that goes on, every state of a patient repeats: filters as well. */
static void test_steady_state_goes_on(void **state)
{
    static const char *const repeats[] = {"DEPOT", "CENTRAL", "PERIPHERAL", "CE",
                                          "STRESS"};
    struct tacro_scenario *s =
        open_scenario("moving", "08:00",
                      "risk: [pres_lung]\n"
                      "before: {give: 3 mg, every: 12 h, steady_state: true}\n"
                      "patients: {typical: true}\n",
                      "{steps: [{give: 3 mg, every: 12 h}]}");
    struct test_courses *c = test_run_courses(s, 0, 1, 1e-9, NULL);
    (void)state;
    assert_true(test_concentration_at(c, 0, 0.0) > 1.0);
    for (size_t i = 0; i < sizeof repeats / sizeof repeats[0]; i++) {
        for (int step = 0; 24.0 + 24.0 * step <= HORIZON; step++) {
            const double t = 24.0 + 24.0 * step;
            test_check_close(repeats[i], test_state_at(c, 0, repeats[i], t),
                             test_state_at(c, 0, repeats[i], 0.0), 1e-6);
        }
    }
    test_check_close(
        "day by day",
        test_state_at(c, 0, "AUC", 48.0) - test_state_at(c, 0, "AUC", 24.0),
        test_state_at(c, 0, "AUC", 24.0) - test_state_at(c, 0, "AUC", 0.0), 1e-6);
    test_courses_free(c);
    tacro_scenario_free(s);
}

/* Named, it says why. */
static void test_exact_does_not_take_what_moves(void **state)
{
    struct tacro_error err = {.status = TACRO_OK};
    const struct tacro_method *method = NULL;
    struct tacro_scenario *s = open_scenario("rhythm", "08:00", "patients: {n: 1}\n",
                                             "{steps: [{give: 3 mg, every: 12 h}]}");
    (void)state;
    assert_int_equal(tacro_method_choose("auto", s->system, &method, &err), TACRO_OK);
    assert_ptr_equal(method, &tacro_method_cvode);
    assert_int_equal(tacro_method_choose("exact", s->system, &method, &err),
                     TACRO_EUSAGE);
    assert_non_null(strstr(err.text, "follow the clock"));
    tacro_scenario_free(s);
    s = open_scenario("savic", "08:00", "patients: {n: 1}\n",
                      "{steps: [{give: 3 mg, every: 12 h}]}");
    assert_int_equal(tacro_method_choose("exact", s->system, &method, &err),
                     TACRO_EUSAGE);
    assert_non_null(strstr(err.text, "arrive over time"));
    tacro_scenario_free(s);
}

/* -- what makes a lane's bits ------------------------------------------------------ */

/* A block of the first 64 subjects, lane l being subject `who[l]`. */
static double *run_block(const struct tacro_scenario *s, const char *kernels,
                         const size_t *who)
{
    const struct tacro_block_setup setup = test_setup(s, 1e-6, kernels);
    const size_t size = s->ntimes * TACRO_LANES;
    struct tacro_subject *drawn = calloc(TACRO_LANES, sizeof *drawn);
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *r;
    struct tacro_block *block = NULL;
    double *level = malloc(size * sizeof *level);
    assert_non_null(drawn);
    assert_non_null(level);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_subject_draw(s->rules, who[l], &drawn[l]);
        subject[l] = &drawn[l];
        course[l] = &s->arm[0].course;
    }
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    for (int twice = 0; twice < 2; twice++) { /* nothing is left of a block before */
        r = tacro_block_run(block, subject, course);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(r->status[l], TACRO_LANE_OK);
        for (size_t i = 0; i < s->ntimes; i++) {
            level[who[l] * s->ntimes + i] = r->concentration[i * TACRO_LANES + l];
        }
    }
    tacro_block_free(block);
    free(drawn);
    return level;
}

static void test_bits_do_not_depend_on_lane_or_kernels(void **state)
{
    struct tacro_scenario *s =
        open_scenario("moving", "08:00",
                      "before: {give: 3 mg, every: 12 h, steady_state: true}\n"
                      "patients: {n: 64}\n",
                      "{steps: [{give: 3 mg, every: 12 h}]}");
    const size_t size = s->ntimes * TACRO_LANES;
    size_t straight[TACRO_LANES];
    size_t turned[TACRO_LANES];
    double *want;
    double *other;
    (void)state;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        straight[l] = l;
        turned[l] = (37 * l + 11) % TACRO_LANES;
    }
    want = run_block(s, "baseline", straight);
    other = run_block(s, "baseline", turned);
    assert_memory_equal(other, want, size * sizeof *want);
    free(other);
    for (size_t k = 0; k < TEST_NKERNELS; k++) {
        if (tacro_kernels_find(test_kernel_names[k]) != NULL) {
            other = run_block(s, test_kernel_names[k], turned);
            assert_memory_equal(other, want, size * sizeof *want);
            free(other);
        }
    }
    free(want);
    tacro_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_are_those_of_gsl),
        cmocka_unit_test(test_amplitudes_are_those_of_the_draw),
        cmocka_unit_test(test_each_model_has_its_rhythms),
        cmocka_unit_test(test_steady_state_is_where_many_doses_lead),
        cmocka_unit_test(test_constant_infusion_has_a_steady_state),
        cmocka_unit_test(test_steady_state_goes_on),
        cmocka_unit_test(test_exact_does_not_take_what_moves),
        cmocka_unit_test(test_bits_do_not_depend_on_lane_or_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
