/*
 * Two solvers, one meaning: the exact propagator against CVODE on random courses, each
 * patient with doses, infusions, kappas and covariate steps of its own.
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

#include "tests/support/engine.h"

#define NBLOCKS 6 /* of each scenario: four make 1,536 cases */
#define RTOL 1e-6
#define ALLOWED (10.0 * RTOL)
#define MAX_DOSES 64

static const char case_text[] =
    "title: random courses\n"
    "pk: sikma2020_thoracic_icu\n"
    "risk: [pres_lung, rejection_lung]\n"
    "start: {day: 0, clock: \"08:00\"}\n"
    "horizon: 8 d\n"
    "landmark: 1 d\n"
    "output: {every: 3 h}\n"
    "seed: 6\n"
    "draws: 1\n"
    "patients:\n"
    "  n: 512\n"
    "  hematocrit: [{from: 0 d, value: 0.31}, {from: 50 h, value: 0.27}]\n"
    "  map: [{from: 0 d, value: 105 mmHg}, {from: 77 h, value: 95 mmHg}]\n"
    "  infection: [{from: 0 d, value: false}, {from: 90 h, value: true}]\n"
    "multiply: {CL: [{from: 1 d, value: 0.4}, {from: 100 h, value: 1.3}]}\n"
    "reference: a\n"
    "regimens:\n"
    "  a: {steps: [{give: 3 mg, every: 12 h}]}\n";

static const char rounded_text[] =
    "title: random courses of a model with rounded numbers\n"
    "pk: rounded\n"
    "risk: [pres_lung, rejection_lung]\n"
    "start: {day: 0, clock: \"20:00\"}\n"
    "horizon: 5 d\n"
    "landmark: 1 d\n"
    "output: {every: 1 h}\n"
    "seed: 7\n"
    "draws: 1\n"
    "patients: {n: 512}\n"
    "reference: a\n"
    "regimens:\n"
    "  a: {steps: [{give: 2 mg, every: 24 h}]}\n";

/* SplitMix64, uniform in [0, 1) */
static double uniform(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Bolus or infusion every 2 to 26 h, some at the same hour as a slot or a record. */
static size_t draw_doses(const struct tacro_scenario *s, uint64_t *seed,
                         struct tacro_record *record)
{
    double t = 0.0;
    size_t n = 0;
    while (t < s->input->horizon - 1.0 && n < MAX_DOSES) {
        const bool is_infused = uniform(seed) < 0.4;
        const double length = is_infused ? 0.5 + 10.0 * uniform(seed) : 0.0;
        const double end = fmin(t + length, s->input->horizon);
        record[n++] = (struct tacro_record){
            .time = t,
            .evid = TACRO_EVID_DOSE,
            .amount = is_infused ? 0.4 * length : 0.5 + 4.0 * uniform(seed),
            .duration = length,
            .occasion = TACRO_NO_OCCASION};
        t = end + (uniform(seed) < 0.5 ? floor(2.0 + 12.0 * uniform(seed))
                                       : 2.0 + 24.0 * uniform(seed));
    }
    return n;
}

static void create_course(const struct tacro_scenario *s, uint64_t *seed,
                          const struct tacro_subject *subject,
                          struct tacro_course *course)
{
    struct tacro_agenda_setup setup = s->arm[0].agenda;
    struct tacro_record record[MAX_DOSES];
    struct tacro_agenda *agenda = NULL;
    setup.regimen = NULL;
    assert_int_equal(tacro_agenda_create(&setup, &agenda, NULL), TACRO_OK);
    tacro_agenda_take(agenda, record, draw_doses(s, seed, record), NULL, 0);
    tacro_agenda_begin(agenda, subject);
    while (tacro_agenda_next(agenda, NULL)) {
    }
    assert_true(tacro_course_copy(tacro_agenda_course(agenda), course));
    tacro_agenda_free(agenda);
}

/* |a - b| over what is allowed: 10 rtol of `size`, and 10 of the absolute tolerance */
static double excess(double a, double b, double size, double atol)
{
    return fabs(a - b) / (ALLOWED * size + 10.0 * atol);
}

/*
 * Concentrations and risk states are compared relative to themselves, amounts relative
 * to a tenth of a dose at least: in a depot that empties through many e-folds CVODE
 * keeps its tolerance step by step, not over all of them.
 */
#define SMALLEST_AMOUNT 0.3

static double lane_difference(const struct tacro_scenario *s,
                              const struct tacro_block_result *a,
                              const struct tacro_block_result *b, size_t l)
{
    const size_t n = s->system->nstates;
    double worst = 0.0;
    for (size_t o = 0; o < s->ntimes; o++) {
        const double x = a->concentration[o * TACRO_LANES + l];
        const double y = b->concentration[o * TACRO_LANES + l];
        /* 1e-9 mg in a central volume of 10 L or more */
        worst = fmax(worst, excess(x, y, fabs(y), 1e-7));
    }
    for (size_t state = 0; state < n; state++) {
        const bool is_amount = strcmp(s->system->state[state]->unit, "mg") == 0;
        for (size_t k = 0; k < s->nrecords; k++) {
            const size_t at = (k * n + state) * TACRO_LANES + l;
            worst =
                fmax(worst,
                     excess(a->state[at], b->state[at],
                            fmax(fabs(b->state[at]), is_amount ? SMALLEST_AMOUNT : 0.0),
                            s->system->atol[state]));
        }
    }
    return worst;
}

static double worst_difference(const struct tacro_scenario *s,
                               const struct tacro_block_result *a,
                               const struct tacro_block_result *b,
                               const struct tacro_subject *const *subject)
{
    double worst = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        assert_int_equal(a->status[l], TACRO_LANE_OK);
        assert_int_equal(b->status[l], TACRO_LANE_OK);
        worst = fmax(worst, lane_difference(s, a, b, l));
        if (!(worst <= 1.0)) {
            fail_msg("subject %llu: solvers differ by %.2f of what is allowed",
                     (unsigned long long)subject[l]->index, worst);
        }
    }
    return worst;
}

/* Random courses of a scenario's patients, block by block; frees the scenario. */
static void compare(struct tacro_scenario *s, uint64_t seed)
{
    struct tacro_block_setup setup = test_setup(s, RTOL, NULL);
    struct tacro_subject *drawn = calloc(TACRO_LANES, sizeof *drawn);
    struct tacro_course *random = calloc(TACRO_LANES, sizeof *random);
    struct tacro_block *block[2] = {NULL, NULL};
    double worst = 0.0;
    tacro_system_infuse(s->variant[0].system, s->system->dose_state);
    setup.method = &tacro_method_cvode;
    assert_int_equal(tacro_block_create(&setup, &block[0], NULL), TACRO_OK);
    setup.method = &tacro_method_exact;
    assert_int_equal(tacro_block_create(&setup, &block[1], NULL), TACRO_OK);
    for (size_t b = 0; b < NBLOCKS; b++) {
        const struct tacro_subject *subject[TACRO_LANES];
        const struct tacro_course *course[TACRO_LANES];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            tacro_subject_draw(s->rules, b * TACRO_LANES + l, &drawn[l]);
            create_course(s, &seed, &drawn[l], &random[l]);
            subject[l] = &drawn[l];
            course[l] = &random[l];
        }
        worst =
            fmax(worst,
                 worst_difference(s, tacro_block_run(block[0], subject, course),
                                  tacro_block_run(block[1], subject, course), subject));
        for (size_t l = 0; l < TACRO_LANES; l++) {
            tacro_course_free(&random[l]);
        }
    }
    print_message("%d random courses: largest difference %.2f of 10 rtol\n",
                  NBLOCKS * TACRO_LANES, worst);
    assert_true(worst > 0.0); /* else nothing was compared */
    tacro_block_free(block[0]);
    tacro_block_free(block[1]);
    free(random);
    free(drawn);
    tacro_scenario_free(s);
}

static void test_solvers_agree_on_the_case_model(void **state)
{
    (void)state;
    compare(test_scenario(case_text), 1);
}

static void test_solvers_agree_on_the_rounded_model(void **state)
{
    (void)state;
    compare(test_scenario(rounded_text), 2);
}

static struct tacro_scenario *benchmark(const char *path)
{
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    const struct tacro_overrides overrides = {.subjects =
                                                  (uint64_t)NBLOCKS * TACRO_LANES};
    struct tacro_scenario *s = NULL;
    if (tacro_scenario_open(path, &overrides, &notes, &s, &err) != TACRO_OK) {
        fail_msg("%s", err.text);
    }
    tacro_notes_free(&notes);
    return s;
}

/* Transit chain, effect site, exponential and Emax hazards. */
static void test_solvers_agree_on_the_benchmark_models(void **state)
{
    (void)state;
    compare(benchmark(TACRO_SOURCE_DIR "/benchmarks/w1.yaml"), 3);
    compare(benchmark(TACRO_SOURCE_DIR "/benchmarks/w2.yaml"), 3);
}

/*
 * One patient alone, long intervals, then a dose: absorption at 10 /h is over before
 * most of a long panel's nodes. The hazard must not miss it.
 */
static void check_fast_absorption(const char *parameters, const char *steps)
{
    char text[1024];
    struct tacro_scenario *s;
    struct test_courses *c[2];
    snprintf(text, sizeof text,
             "title: a fast absorption after a quiet stretch\n"
             "pk: %s/benchmarks/params/pk/w2.yaml\n"
             "risk: [%s/benchmarks/params/risk/w2_toxicity.yaml]\n"
             "start: {day: 0, clock: \"00:00\"}\n"
             "horizon: 10 d\n"
             "output: {every: 24 h}\n"
             "seed: 1\n"
             "patients: {typical: true}\n"
             "parameters: {%s}\n"
             "regimens:\n"
             "  a: {steps: [%s]}\n",
             TACRO_SOURCE_DIR, TACRO_SOURCE_DIR, parameters, steps);
    s = test_scenario(text);
    test_method = &tacro_method_exact;
    c[0] = test_run_courses(s, 0, 1, RTOL, NULL);
    c[1] = test_run_courses(s, 0, 1, 1e-11, NULL);
    for (size_t d = 1; d < s->ndays; d++) {
        const double t = s->time[s->day_output[d]];
        const double want = test_state_at(c[1], 0, "HEXP", t);
        assert_true(fabs(test_state_at(c[0], 0, "HEXP", t) - want) <= RTOL * want);
    }
    test_courses_free(c[0]);
    test_courses_free(c[1]);
    tacro_scenario_free(s);
}

static void test_fast_absorption_is_not_missed(void **state)
{
    (void)state;
    check_fast_absorption(
        "KTR: 10 1/h, KE0: 0.014 1/h, V1: 400 L, CL: 40 L/h, Q: 30 L/h",
        "{hold: 3 d}, {give: 5 mg, every: 24 h}");
    check_fast_absorption("KTR: 10 1/h, KE0: 0.062 1/h, V1: 400 L, CL: 4 L/h, Q: 5 L/h",
                          "{give: 5 mg, every: 100 h}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solvers_agree_on_the_case_model),
        cmocka_unit_test(test_solvers_agree_on_the_rounded_model),
        cmocka_unit_test(test_solvers_agree_on_the_benchmark_models),
        cmocka_unit_test(test_fast_absorption_is_not_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
