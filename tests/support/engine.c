#include "tests/support/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

const struct tacro_method *test_method = &tacro_method_cvode;

void test_temporary(char *path, const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, 256, "%s/tacro_test_%ld_%s", folder == NULL ? "/tmp" : folder,
             (long)getpid(), name);
}

struct tacro_scenario *test_scenario(const char *yaml)
{
    char path[256];
    struct tacro_notes notes = {0};
    struct tacro_error err = {.status = TACRO_OK};
    struct tacro_scenario *scenario = NULL;
    const struct tacro_overrides overrides = {.params_dir =
                                                  TACRO_SOURCE_DIR "/tests/params"};
    FILE *file;
    test_temporary(path, "scenario.yaml");
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    if (tacro_scenario_open(path, &overrides, &notes, &scenario, &err) != TACRO_OK) {
        for (size_t i = 0; i < notes.n; i++) {
            print_error("%s:%zu:%zu: %s\n", notes.note[i].file, notes.note[i].line,
                        notes.note[i].column, notes.note[i].text);
        }
        fail_msg("%s", err.text);
    }
    tacro_notes_free(&notes);
    unlink(path);
    return scenario;
}

struct tacro_block_setup test_setup(const struct tacro_scenario *s, double rtol,
                                    const char *kernels)
{
    const struct tacro_block_setup setup =
        tacro_scenario_setup(s, 0, tacro_kernels_find(kernels), test_method, rtol);
    assert_non_null(setup.kernels);
    return setup;
}

static struct test_courses *allocate(const struct tacro_scenario *s, size_t n)
{
    struct test_courses *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->scenario = s;
    c->nsubjects = n;
    c->concentration = calloc(n * s->ntimes, sizeof(double));
    c->state = calloc(n * s->nrecords * s->system->nstates, sizeof(double));
    c->mapped = calloc(n * s->nrecords * s->system->noutputs + 1, sizeof(double));
    c->subject = calloc(n, sizeof *c->subject);
    assert_non_null(c->concentration);
    assert_non_null(c->state);
    assert_non_null(c->mapped);
    assert_non_null(c->subject);
    return c;
}

static void copy_lane(struct test_courses *c, size_t subject, size_t l,
                      const struct tacro_block_result *r)
{
    const struct tacro_scenario *s = c->scenario;
    const size_t ns = s->nrecords * s->system->nstates;
    const size_t nm = s->nrecords * s->system->noutputs;
    for (size_t i = 0; i < s->ntimes; i++) {
        c->concentration[subject * s->ntimes + i] =
            r->concentration[i * TACRO_LANES + l];
    }
    for (size_t i = 0; i < ns; i++) {
        c->state[subject * ns + i] = r->state[i * TACRO_LANES + l];
    }
    for (size_t i = 0; i < nm; i++) {
        c->mapped[subject * nm + i] = r->mapped[i * TACRO_LANES + l];
    }
}

struct test_courses *test_run_courses(const struct tacro_scenario *scenario,
                                      size_t regimen, size_t nsubjects, double rtol,
                                      const char *kernels)
{
    struct test_courses *c = allocate(scenario, nsubjects);
    const struct tacro_block_setup setup = test_setup(scenario, rtol, kernels);
    struct tacro_block *block = NULL;
    assert_int_equal(tacro_block_create(&setup, &block, NULL), TACRO_OK);
    for (size_t first = 0; first < nsubjects; first += TACRO_LANES) {
        const struct tacro_subject *subject[TACRO_LANES];
        const struct tacro_course *course[TACRO_LANES];
        const struct tacro_block_result *r;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const size_t i = first + l < nsubjects ? first + l : nsubjects - 1;
            tacro_subject_draw(scenario->rules, i, &c->subject[i]);
            subject[l] = &c->subject[i];
            course[l] = &scenario->arm[regimen].course;
        }
        r = tacro_block_run(block, subject, course);
        c->steps += r->steps;
        for (size_t l = 0; l < TACRO_LANES && first + l < nsubjects; l++) {
            assert_int_equal(r->status[l], TACRO_LANE_OK);
            copy_lane(c, first + l, l, r);
        }
    }
    tacro_block_free(block);
    return c;
}

double test_bolus(const struct tacro_course *course, size_t segment)
{
    const struct tacro_segment *s = &course->segment[segment];
    double sum = 0.0;
    for (size_t i = s->first_action; i < s->end_action; i++) {
        if (course->action[i].kind == TACRO_ACTION_BOLUS) {
            sum += course->action[i].entry.amount;
        }
    }
    return sum;
}

void test_courses_free(struct test_courses *courses)
{
    free(courses->concentration);
    free(courses->state);
    free(courses->mapped);
    free(courses->subject);
    free(courses);
}

size_t test_state(const struct tacro_scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->system->nstates; i++) {
        if (strcmp(scenario->system->state[i]->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no state %s", name);
    return 0;
}

double test_state_at(const struct test_courses *courses, size_t subject,
                     const char *state, double t)
{
    const struct tacro_scenario *s = courses->scenario;
    const int record = s->record_of[tacro_scenario_output(s, t)];
    assert_int_not_equal(record, TACRO_NONE);
    return courses
        ->state[(subject * s->nrecords + (size_t)record) * s->system->nstates +
                test_state(s, state)];
}

double test_concentration_at(const struct test_courses *courses, size_t subject,
                             double t)
{
    const struct tacro_scenario *s = courses->scenario;
    return courses->concentration[subject * s->ntimes + tacro_scenario_output(s, t)];
}
