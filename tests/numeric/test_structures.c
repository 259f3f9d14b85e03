/*
 * Chains of any length against the gamma distribution, whole blood as a map of plasma,
 * time above a limit, and a model of IV doses alone.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "calibrate/walk.h"
#include "tests/support/chain.h"
#include "tests/support/check.h"
#include "tests/support/engine.h"

#define NOUTPUTS 5
#define RTOL 1e-12

/* Errors of RTOL add up over the steps; seen up to 75 of it, where a chain empties. */
#define AGREED 3e-10

/* What an absolute tolerance of 1e-15 of CVODE's lets pass, summed likewise. */
#define AGREED_ABSOLUTE 1e-13

struct outcome {
    double state[TACRO_MAX_STATES * TACRO_LANES];
    double offset[NOUTPUTS][TACRO_LANES] __attribute__((aligned(64)));
    double level[NOUTPUTS][TACRO_LANES] __attribute__((aligned(64)));
};

static void set_all(struct test_chain *chain, const char *name, double value)
{
    double *row = test_chain_coef(chain, name);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        row[l] = value;
    }
}

static double *state_row(struct test_chain *chain, const char *name)
{
    return chain->y + TACRO_LANES * test_chain_state(chain, name);
}

static void integrate(struct test_chain *chain, const struct tacro_method *method,
                      double rtol, struct outcome *out)
{
    const size_t size = chain->system->nstates * TACRO_LANES * sizeof(double);
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    struct tacro_curve curve = {.n = NOUTPUTS,
                                .offset = (const double(*)[TACRO_LANES])out->offset,
                                .value = out->level};
    struct tacro_solver *solver = NULL;
    double tau = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        curve.count[l] = NOUTPUTS;
        for (size_t j = 0; j < NOUTPUTS; j++) {
            out->offset[j][l] = chain->span[l] * ((double)j + 0.5) / NOUTPUTS;
        }
    }
    kernels->rates(chain->system, chain->coef);
    assert_int_equal(method->create(chain->system, kernels, rtol, &solver, NULL),
                     TACRO_OK);
    method->begin(solver);
    memcpy(solver->state, chain->y, size);
    assert_int_equal(method->advance(solver, &chain->lanes, &curve, &tau, NULL),
                     TACRO_OK);
    memcpy(out->state, solver->state, size);
    method->free(solver);
}

/* -- chains ------------------------------------------------------------------------ */

/* Share of a gamma distribution of integer shape n below x: exp(-x) sum x^k/k!, k >= n
 */
static long double gamma_share(size_t n, long double x)
{
    long double term = expl(-x);
    long double sum = 0.0L;
    for (size_t k = 0; k < n + 400; k++) {
        sum += k >= n ? term : 0.0L;
        term *= x / (long double)(k + 1);
    }
    return sum;
}

/* Without elimination the central compartment holds what has been absorbed. */
static void test_erlang_chains_absorb_a_gamma_distribution(void **state)
{
    static const size_t length[] = {1, 3, 8, 24};
    static const struct tacro_method *const methods[] = {&tacro_method_exact,
                                                         &tacro_method_cvode};
    struct outcome out;
    (void)state;
    for (size_t i = 0; i < 2 * sizeof length / sizeof length[0]; i++) {
        const size_t n = length[i / 2];
        char name[16];
        const char *const part[] = {name, "1cmt", "auc"};
        uint64_t seed = 31 + i / 2;
        struct test_chain *chain;
        snprintf(name, sizeof name, "erlang_%zu", n);
        chain = test_chain_create(part, 3, &seed);
        memset(chain->y, 0, sizeof chain->y);
        set_all(chain, "CL", 0.0);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            state_row(chain, "DEPOT")[l] = 5.0;
        }
        integrate(chain, methods[i % 2], RTOL, &out);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const long double x = (long double)test_chain_coef(chain, "KTR")[l];
            const long double want = 5.0L * gamma_share(n, x * chain->span[l]);
            const double value =
                out.state[TACRO_LANES * test_chain_state(chain, "CENTRAL") + l];
            if (!(fabs(value - (double)want) <=
                  AGREED * (double)want + AGREED_ABSOLUTE)) {
                fail_msg("%s by %s: %.15g, expected %.15Lg", name, methods[i % 2]->name,
                         value, want);
            }
        }
        test_chain_free(chain);
    }
}

/* N transits and an absorption compartment of the same rate are N + 1 in a row. */
static void test_transit_chain_with_equal_rates_is_an_erlang_chain(void **state)
{
    static const char *const a[] = {"transit_7", "3cmt", "auc"};
    static const char *const b[] = {"erlang_8", "3cmt", "auc"};
    struct test_chain *chain[2];
    struct outcome out[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static const char *const same[] = {"CL", "V1", "Q", "V2", "Q3", "V3"};
        uint64_t seed = 5;
        chain[i] = test_chain_create(i == 0 ? a : b, 3, &seed);
        for (size_t k = 0; i == 1 && k < sizeof same / sizeof same[0]; k++) {
            memcpy(test_chain_coef(chain[1], same[k]),
                   test_chain_coef(chain[0], same[k]), sizeof chain[0]->span);
        }
        memcpy(chain[i]->span, chain[0]->span, sizeof chain[0]->span);
        memcpy(chain[i]->time0, chain[0]->time0, sizeof chain[0]->time0);
        memset(chain[i]->y, 0, sizeof chain[i]->y);
        set_all(chain[i], "KTR", 1.7);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            state_row(chain[i], "DEPOT")[l] = 3.0;
        }
    }
    set_all(chain[0], "KA", 1.7);
    for (size_t i = 0; i < 2; i++) {
        integrate(chain[i], &tacro_method_exact, RTOL, &out[i]);
    }
    for (size_t k = 0; k < chain[0]->system->nstates * TACRO_LANES; k++) {
        test_check_close("state", out[0].state[k], out[1].state[k], 1e-14);
    }
    test_chain_free(chain[0]);
    test_chain_free(chain[1]);
}

/* -- whole blood of plasma --------------------------------------------------------- */

static double blood_of(double plasma, double hct)
{
    return plasma * (1.0 + 418.0 * hct / (plasma + 3.8));
}

/* pk-models.md 2.2: the map as published, and its slope at low levels. */
static void test_whole_blood_of_plasma_as_published(void **state)
{
    static const char *const part[] = {"first_order", "1cmt", "blood", "auc"};
    static const double hct[] = {0.25, 0.33, 0.45};
    static const char *const printed[] = {"5.425", "7.097", "9.605"};
    const struct tacro_kernels *kernels = tacro_kernels_find(NULL);
    double level[TACRO_LANES] __attribute__((aligned(64)));
    uint64_t seed = 8;
    struct test_chain *chain = test_chain_create(part, 4, &seed);
    const struct tacro_reading conc = chain->system->signal[TACRO_CONC];
    (void)state;
    set_all(chain, "BMAX", 418.0);
    set_all(chain, "KD", 3.8);
    set_all(chain, "V1", 2000.0);
    for (size_t i = 0; i < 3; i++) {
        test_chain_coef(chain, "HCT")[i] = hct[i];
        state_row(chain, "CENTRAL")[i] = 0.4; /* 0.2 ng/mL in 2000 L */
    }
    test_chain_coef(chain, "HCT")[3] = 0.45;
    state_row(chain, "CENTRAL")[3] = 1e-6;
    kernels->rates(chain->system, chain->coef);
    kernels->read(chain->system, &chain->lanes, conc, chain->y, level);
    for (size_t i = 0; i < 3; i++) {
        test_check_printed("whole blood at 0.2 of plasma", printed[i], level[i]);
        test_check_close("whole blood", level[i], blood_of(0.2, hct[i]), 1e-15);
    }
    test_check_printed("whole blood over plasma", "50.5", level[3] / 5e-7);
    test_chain_free(chain);
}

/* All that may read the level, by both solvers, and the levels on the way. */
static void test_solvers_agree_over_a_mapped_level(void **state)
{
    static const char *const part[] = {
        "erlang_3",    "3cmt", "blood", "lymphocyte", "time_above",
        "effect_site", "auc",  "pres",  "rejection",  "exponential"};
    struct outcome exact;
    struct outcome cvode;
    (void)state;
    for (uint64_t seed = 40; seed < 46; seed++) {
        uint64_t drawn = seed;
        struct test_chain *chain =
            test_chain_create(part, sizeof part / sizeof part[0], &drawn);
        const size_t n = chain->system->nstates;
        const int central = chain->system->signal[TACRO_CENTRAL].state;
        integrate(chain, &tacro_method_exact, RTOL, &exact);
        integrate(chain, &tacro_method_cvode, RTOL, &cvode);
        for (size_t i = 0; i < n * TACRO_LANES; i++) {
            if (!(fabs(exact.state[i] - cvode.state[i]) <=
                  AGREED * fabs(cvode.state[i]) + AGREED_ABSOLUTE)) {
                fail_msg("%s of lane %zu: exact %.15g, cvode %.15g",
                         chain->system->state[i / TACRO_LANES]->name, i % TACRO_LANES,
                         exact.state[i], cvode.state[i]);
            }
        }
        for (size_t j = 0; j < NOUTPUTS; j++) {
            for (size_t l = 0; l < TACRO_LANES; l++) {
                test_check_close("level", exact.level[j][l], cvode.level[j][l], AGREED);
            }
        }
        assert_true(central >= 0 && chain->system->signal[TACRO_CONC].map >= 0);
        test_chain_free(chain);
    }
}

/* A hazard of the mapped level follows the level of a course, not its state. */
static void test_hazard_of_a_mapped_level_is_walked_from_the_level(void **state)
{
    static const char *const part[] = {"first_order", "1cmt", "blood", "auc", "pres"};
    uint64_t seed = 2;
    struct test_chain *chain = test_chain_create(part, 5, &seed);
    struct tacro_chain walk;
    (void)state;
    assert_int_equal(tacro_chain_find(chain->system, 4, &walk, NULL), TACRO_OK);
    assert_int_equal(walk.n, 3);
    assert_int_equal(walk.link[0].source, TACRO_NONE);
    assert_int_equal(walk.link[0].gain, TACRO_NONE);
    test_chain_free(chain);
}

/* What is held in the central compartment shows at every output, through the map. */
static void test_a_held_plasma_level_gives_its_whole_blood(void **state)
{
    static const char *const part[] = {"first_order", "1cmt", "blood", "lymphocyte",
                                       "auc"};
    static const struct tacro_method *const methods[] = {&tacro_method_exact,
                                                         &tacro_method_cvode};
    struct outcome out;
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        uint64_t seed = 12;
        struct test_chain *chain = test_chain_create(part, 5, &seed);
        memset(chain->y, 0, sizeof chain->y);
        set_all(chain, "CL", 0.0);
        set_all(chain, "BMAX", 418.0);
        set_all(chain, "KD", 3.8);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            state_row(chain, "CENTRAL")[l] = 0.01;
        }
        integrate(chain, methods[m], RTOL, &out);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double level = blood_of(10.0 / test_chain_coef(chain, "V1")[l],
                                          test_chain_coef(chain, "HCT")[l]);
            const double k = test_chain_coef(chain, "KLY")[l];
            const double *auc =
                out.state + TACRO_LANES * test_chain_state(chain, "AUC");
            const double *cly =
                out.state + TACRO_LANES * test_chain_state(chain, "CLY");
            for (size_t j = 0; j < NOUTPUTS; j++) {
                test_check_close("level", out.level[j][l], level, 1e-14);
            }
            test_check_close("AUC", auc[l], level * chain->span[l], AGREED);
            test_check_close("CLY", cly[l], -level * expm1(-k * chain->span[l]),
                             AGREED);
        }
        test_chain_free(chain);
    }
}

/* -- time above a limit ------------------------------------------------------------ */

/*
 * A decay from above the limit crosses it at ln(C0/LIMIT)/k; the smooth step adds
 * pi^2/6 (WIDTH/LIMIT)^2/k. Lanes cross at times of their own, two thirds of them all.
 */
static void check_time_above(const struct tacro_method *method, double width,
                             double rtol, double allowed)
{
    static const char *const part[] = {"first_order", "1cmt", "time_above", "auc"};
    const double pi2 = 9.869604401089358;
    const double limit = 10.0;
    struct outcome out;
    uint64_t seed = 3;
    struct test_chain *chain = test_chain_create(part, 4, &seed);
    memset(chain->y, 0, sizeof chain->y);
    set_all(chain, "V1", 100.0);
    set_all(chain, "LIMIT", limit);
    set_all(chain, "WIDTH", width);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        chain->span[l] = 12.0;
        test_chain_coef(chain, "CL")[l] = 5.0 + 0.4 * (double)l;
        state_row(chain, "CENTRAL")[l] = 0.5 + 0.06 * (double)l;
    }
    integrate(chain, method, rtol, &out);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double k = test_chain_coef(chain, "CL")[l] / 100.0;
        const double c0 = 10.0 * state_row(chain, "CENTRAL")[l];
        const double crossing = c0 > limit ? log(c0 / limit) / k : 0.0;
        const double bend = pi2 / 6.0 * (width / limit) * (width / limit) / k;
        const double value =
            out.state[TACRO_LANES * test_chain_state(chain, "TABOVE") + l];
        /* where the step is cut off by the start or the end, it is not whole */
        if (fabs(c0 - limit) < 40.0 * width ||
            fabs(c0 * exp(-12.0 * k) - limit) < 40.0 * width) {
            continue;
        }
        if (crossing == 0.0 || crossing > 12.0) {
            test_check_close("time above", value + 1.0, crossing > 0.0 ? 13.0 : 1.0,
                             allowed);
        } else {
            test_check_close("time above", value, crossing + bend, allowed);
        }
    }
    test_chain_free(chain);
}

/* ng/mL t hours after 3 mg: KA 2, k 0.1 1/h, V1 100 L. */
static double bateman(double t)
{
    return 30.0 * 2.0 / 1.9 * (exp(-0.1 * t) - exp(-2.0 * t));
}

/* Where it passes the limit between low and high, one of which is above. */
static double passes(double low, double high, double limit)
{
    const bool is_rising = bateman(low) < limit;
    for (int i = 0; i < 100; i++) {
        const double t = 0.5 * (low + high);
        if ((bateman(t) < limit) == is_rising) {
            low = t;
        } else {
            high = t;
        }
    }
    return low;
}

/*
 * All lanes alike: no lane's crossing makes the panels short for another's. A peak
 * above the limit may lie between two nodes of a panel, or a crossing behind its last.
 */
static void check_peak(const struct tacro_method *method, double share, double span)
{
    static const char *const part[] = {"first_order", "1cmt", "time_above", "auc"};
    const double top = log(2.0 / 0.1) / 1.9;
    const double limit = share * bateman(top);
    struct outcome out;
    uint64_t seed = 4;
    struct test_chain *chain = test_chain_create(part, 4, &seed);
    memset(chain->y, 0, sizeof chain->y);
    set_all(chain, "KA", 2.0);
    set_all(chain, "V1", 100.0);
    set_all(chain, "CL", 10.0);
    set_all(chain, "LIMIT", limit);
    set_all(chain, "WIDTH", 0.002);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        chain->span[l] = span;
        state_row(chain, "DEPOT")[l] = 3.0;
    }
    integrate(chain, method, 1e-6, &out);
    test_check_close("time above",
                     out.state[TACRO_LANES * test_chain_state(chain, "TABOVE")],
                     passes(top, 100.0, limit) - passes(0.0, top, limit), 1e-4);
    test_chain_free(chain);
}

static void test_time_above_sees_every_peak(void **state)
{
    (void)state;
    for (int i = 1; i < 40; i++) {
        for (int k = 0; k < 4; k++) {
            check_peak(&tacro_method_exact, (double)i / 40.0, 48.0 * (1.0 + 0.3 * k));
            check_peak(&tacro_method_cvode, (double)i / 40.0, 48.0 * (1.0 + 0.3 * k));
        }
    }
}

/* The next term of the bend is of the order of (WIDTH/LIMIT)^4: 1e-8 at 1 %. */
static void test_time_above_equals_the_crossing_of_a_decay(void **state)
{
    (void)state;
    check_time_above(&tacro_method_exact, 0.1, 1e-9, 1e-6);
    check_time_above(&tacro_method_cvode, 0.1, 1e-9, 1e-6);
    check_time_above(&tacro_method_exact, 0.002, 1e-6, 1e-5);
    check_time_above(&tacro_method_cvode, 0.002, 1e-6, 1e-3);
}

/* -- scenarios --------------------------------------------------------------------- */

static const char steady_text[] =
    "title: steady state of a mapped level\n"
    "pk: plasma\n"
    "risk: [pres_lung]\n"
    "start: {day: 20, clock: \"08:00\"}\n"
    "before: {give: 3 mg, every: 12 h, steady_state: true}\n"
    "horizon: 2 d\n"
    "output: {every: 2 h}\n"
    "seed: 1\n"
    "draws: 1\n"
    "patients: {n: 1}\n"
    "reference: a\n"
    "regimens:\n"
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n";

/* A steady state repeats itself, filters of the mapped level included. */
static void test_steady_state_of_a_mapped_level_repeats(void **state)
{
    static const char *const same[] = {"CENTRAL", "PERIPHERAL", "CLY", "CE"};
    static const struct tacro_method *const methods[] = {&tacro_method_exact,
                                                         &tacro_method_cvode};
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        struct tacro_scenario *s = test_scenario(steady_text);
        struct test_courses *c;
        double plasma;
        test_method = methods[m];
        c = test_run_courses(s, 0, 1, 1e-9, NULL);
        for (size_t k = 0; k < sizeof same / sizeof same[0]; k++) {
            const double first = test_state_at(c, 0, same[k], 0.0);
            assert_true(first > 0.0);
            test_check_close(same[k], test_state_at(c, 0, same[k], 24.0), first, 1e-7);
        }
        plasma = test_state_at(c, 0, "CENTRAL", 24.0) / 6.29;
        test_check_close("trough", test_concentration_at(c, 0, 24.0),
                         blood_of(plasma, 0.33), 1e-12);
        test_check_close("plasma", c->mapped[s->system->noutputs], plasma, 1e-7);
        test_courses_free(c);
        tacro_scenario_free(s);
    }
    test_method = &tacro_method_cvode;
}

static const char iv_text[] = "title: IV doses alone\n"
                              "pk: iv_only\n"
                              "start: {day: 1, clock: \"08:00\"}\n"
                              "before: none\n"
                              "horizon: 2 d\n"
                              "output: {every: 2 h}\n"
                              "seed: 1\n"
                              "draws: 1\n"
                              "patients: {n: 1}\n"
                              "reference: a\n"
                              "regimens:\n"
                              "  a: {steps: [{give: 4 mg, every: 24 h, over: 24 h, "
                              "route: iv}]}\n";

/* A constant infusion: rate/CL (1 - exp(-k t)), with no bioavailability anywhere. */
static void check_infusion(const struct tacro_scenario *s,
                           const struct tacro_method *method)
{
    const struct tacro_block_setup setup = tacro_scenario_setup(
        s, s->arm[0].variant, tacro_kernels_find(NULL), method, 1e-9);
    const struct tacro_block_result *r;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    struct tacro_subject drawn;
    struct tacro_block *block = NULL;
    memset(&drawn, 0, sizeof drawn);
    tacro_subject_draw(s->rules, 0, &drawn);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &drawn;
        course[l] = &s->arm[0].course;
    }
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    r = tacro_block_run(block, subject, course);
    for (size_t i = 0; i < s->ntimes; i++) {
        const double want =
            -1000.0 * 4.0 / 24.0 / 2.0 * expm1(-2.0 / 50.0 * s->time[i]);
        if (s->time[i] > 0.0) {
            test_check_close("level", r->concentration[i * TACRO_LANES], want, 1e-7);
        }
    }
    tacro_block_free(block);
}

static void test_model_without_absorption_takes_infusions(void **state)
{
    struct tacro_scenario *s = test_scenario(iv_text);
    (void)state;
    assert_true(s->ntimes > 20);
    check_infusion(s, &tacro_method_exact);
    check_infusion(s, &tacro_method_cvode);
    tacro_scenario_free(s);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A scenario of iv_only with its regimen and `before` is refused with the message. */
static void refuse(const char *before, const char *regimen, const char *message)
{
    const struct tacro_overrides overrides = {.params_dir =
                                                  TACRO_SOURCE_DIR "/tests/params"};
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *s = NULL;
    bool is_said = false;
    char path[256];
    char text[1024];
    test_temporary(path, "oral.yaml");
    snprintf(text, sizeof text, "%.*sbefore: %s\n%.*s  a: %s\n",
             (int)(strstr(iv_text, "before") - iv_text), iv_text, before,
             (int)(strstr(iv_text, "  a:") - strstr(iv_text, "horizon")),
             strstr(iv_text, "horizon"), regimen);
    write_file(path, text);
    assert_int_not_equal(tacro_scenario_open(path, &overrides, &notes, &s, &err),
                         TACRO_OK);
    for (size_t k = 0; k < notes.n; k++) {
        is_said = is_said || strstr(notes.note[k].text, message) != NULL;
    }
    if (!is_said) {
        fail_msg("not said: %s; but: %s", message,
                 notes.n > 0 ? notes.note[0].text : err.text);
    }
    tacro_notes_free(&notes);
    remove(path);
}

/* Each oral dose is refused where it stands. */
static void test_model_without_absorption_refuses_oral_doses(void **state)
{
    static const char iv[] = "{steps: [{give: 4 mg, every: 24 h, over: 24 h, "
                             "route: iv}]}";
    static const char expected[] = "iv_only has no absorption and takes no oral dose, "
                                   "expected `route: iv`";
    char table[256];
    char regimen[512];
    (void)state;
    refuse("none", "{steps: [{give: 4 mg, every: 24 h, route: oral}]}", expected);
    refuse("none", "{steps: [{give: 4 mg, every: 24 h}]}", expected);
    refuse("{give: 2 mg, every: 12 h, steady_state: true}", iv,
           "doses before the start are oral, and iv_only has no absorption");
    test_temporary(table, "oral.csv");
    write_file(table, "ID,TIME,EVID,AMT,CMT,RATE\n1,0,1,4,2,1\n1,24,1,4,1,0\n");
    snprintf(regimen, sizeof regimen, "{file: %s}", table);
    refuse("none", regimen,
           "iv_only has no absorption and takes no oral dose, expected CMT 2");
    remove(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erlang_chains_absorb_a_gamma_distribution),
        cmocka_unit_test(test_transit_chain_with_equal_rates_is_an_erlang_chain),
        cmocka_unit_test(test_whole_blood_of_plasma_as_published),
        cmocka_unit_test(test_solvers_agree_over_a_mapped_level),
        cmocka_unit_test(test_hazard_of_a_mapped_level_is_walked_from_the_level),
        cmocka_unit_test(test_a_held_plasma_level_gives_its_whole_blood),
        cmocka_unit_test(test_time_above_equals_the_crossing_of_a_decay),
        cmocka_unit_test(test_time_above_sees_every_peak),
        cmocka_unit_test(test_steady_state_of_a_mapped_level_repeats),
        cmocka_unit_test(test_model_without_absorption_takes_infusions),
        cmocka_unit_test(test_model_without_absorption_refuses_oral_doses),
    };
    return cmocka_run_group_tests_name("structures", tests, NULL, NULL);
}
