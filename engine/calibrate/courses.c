#include "calibrate/courses.h"

#include "run/group.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What all threads share. */
struct pass {
    const struct tacro_scenario *scenario;
    const struct tacro_courses_setup *setup;
    struct tacro_courses *courses;
    size_t *output; /* [2 npanels + 1] output index of each level */
    uint64_t done;
    atomic_bool has_failed;
    size_t failed_block; /* lowest block that failed, with its error */
    enum tacro_status status;
    struct tacro_error error;
};

/* What each thread owns. */
struct worker {
    struct tacro_block *block;
    struct tacro_agenda *agenda[TACRO_LANES];
    struct tacro_group *group;
};

static enum tacro_status create_worker(const struct pass *pass, struct worker *worker,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_arm *arm = &pass->scenario->arm[pass->setup->regimen];
    TACRO_TRY(tacro_group_create(pass->scenario, &worker->group, err));
    TACRO_TRY(tacro_block_create(pass->setup->block, &worker->block, err));
    for (size_t l = 0; !arm->is_shared && l < TACRO_LANES; l++) {
        TACRO_TRY(tacro_agenda_create(&arm->agenda, &worker->agenda[l], err));
    }
done:
    return st;
}

static void free_worker(struct worker *worker)
{
    tacro_block_free(worker->block);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_agenda_free(worker->agenda[l]);
    }
    tacro_group_free(worker->group);
}

static enum tacro_status follow(const struct pass *pass, struct worker *worker,
                                const struct tacro_subject *const *subject,
                                const struct tacro_block_result **result,
                                struct tacro_error *err)
{
    const struct tacro_arm *arm = &pass->scenario->arm[pass->setup->regimen];
    const struct tacro_course *course[TACRO_LANES];
    if (arm->is_shared) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            course[l] = &arm->course;
        }
        *result = tacro_block_run(worker->block, subject, course);
    } else {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            tacro_arm_assign(arm, subject[l]->patient, worker->agenda[l]);
        }
        *result = tacro_block_follow(worker->block, subject, worker->agenda);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const enum tacro_status made =
            arm->is_shared ? TACRO_OK : tacro_agenda_status(worker->agenda[l]);
        if (made != TACRO_OK) {
            return tacro_fail(err, made, "course of patient %llu",
                              (unsigned long long)subject[l]->patient);
        }
        if ((*result)->status[l] != TACRO_LANE_OK) {
            return tacro_fail(err, TACRO_EFAILED,
                              "patient %llu of the cohort: the course cannot be "
                              "integrated at %g h",
                              (unsigned long long)subject[l]->patient,
                              (*result)->failure_time[l]);
        }
    }
    return TACRO_OK;
}

static enum tacro_status run_block(struct pass *pass, struct worker *worker,
                                   size_t block, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_courses *c = pass->courses;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_block_result *result = NULL;
    float *to = c->level + block * (2 * c->npanels + 1) * TACRO_LANES;
    size_t row[TACRO_LANES];
    tacro_group_load(pass->scenario, pass->setup->block, block / TACRO_GROUP_BLOCKS,
                     worker->group);
    tacro_group_rows(worker->group, block % TACRO_GROUP_BLOCKS, row);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &worker->group->subject[row[l]];
        c->patient[block * TACRO_LANES + l] = subject[l]->patient;
    }
    TACRO_TRY(follow(pass, worker, subject, &result, err));
    for (size_t i = 0; i < 2 * c->npanels + 1; i++) {
        const double *from = result->concentration + pass->output[i] * TACRO_LANES;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            to[i * TACRO_LANES + l] = (float)from[l];
        }
    }
done:
    return st;
}

static void remember(struct pass *pass, size_t block, enum tacro_status status,
                     const struct tacro_error *error)
{
    if (pass->status == TACRO_OK || block < pass->failed_block) {
        pass->status = status;
        pass->failed_block = block;
        pass->error = *error;
    }
    atomic_store(&pass->has_failed, true);
}

static void end_block(struct pass *pass, size_t block, enum tacro_status st,
                      struct tacro_error *error)
{
    const struct tacro_courses_setup *setup = pass->setup;
    const uint64_t n = pass->courses->npatients;
#pragma omp critical(tacro_courses)
    {
        pass->done += pass->done + TACRO_LANES < n ? TACRO_LANES : n - pass->done;
        if (st == TACRO_OK && setup->progress != NULL &&
            !setup->progress(setup->context, pass->done, setup->total)) {
            st = tacro_fail(error, TACRO_ESTOPPED, "stopped in the courses");
        }
        if (st != TACRO_OK) {
            remember(pass, block, st, error);
        }
    }
}

static void run_blocks(struct pass *pass)
{
    const size_t nblocks = pass->courses->nblocks;
    /* a group's blocks on one thread draw its patients once */
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): schedule() reads it */
    const int chunk = nblocks >= 4 * (size_t)pass->setup->threads * TACRO_GROUP_BLOCKS
                          ? TACRO_GROUP_BLOCKS
                          : 1;
#pragma omp parallel num_threads(pass->setup->threads) default(none)                   \
    shared(pass, nblocks, chunk)
    {
        struct worker worker = {0};
        struct tacro_error error = {.status = TACRO_OK};
        enum tacro_status st = create_worker(pass, &worker, &error);
        if (st != TACRO_OK) {
            end_block(pass, 0, st, &error);
        }
#pragma omp for schedule(dynamic, chunk)
        for (size_t block = 0; block < nblocks; block++) {
            if (!atomic_load(&pass->has_failed)) {
                st = run_block(pass, &worker, block, &error);
                end_block(pass, block, st, &error);
            }
        }
        free_worker(&worker);
    }
}

/* The output times of the scenario hold the grid. */
static enum tacro_status find_outputs(struct pass *pass, struct tacro_error *err)
{
    const struct tacro_scenario *s = pass->scenario;
    const size_t n = 2 * pass->courses->npanels + 1;
    pass->output = malloc(n * sizeof *pass->output);
    if (pass->output == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu levels", n);
    }
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i * TACRO_COURSE_STEP;
        pass->output[i] = tacro_scenario_output(s, t);
        if (fabs(s->time[pass->output[i]] - t) > TACRO_SAME_TIME) {
            return tacro_fail(err, TACRO_EINPUT,
                              "%s: no output at %g h; expected `output: {every: %g h}` "
                              "and a horizon that reaches the anchor",
                              s->input->yaml->path, t, TACRO_COURSE_STEP);
        }
    }
    return TACRO_OK;
}

enum tacro_status tacro_courses_create(const struct tacro_scenario *scenario,
                                       const struct tacro_courses_setup *setup,
                                       struct tacro_courses **out,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_courses *c = calloc(1, sizeof *c);
    struct pass pass = {.scenario = scenario, .setup = setup, .courses = c};
    *out = NULL;
    if (c == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "courses");
    }
    c->npatients = scenario->input->npatients;
    c->npanels = setup->npanels;
    c->nblocks = (size_t)((c->npatients + TACRO_LANES - 1) / TACRO_LANES);
    c->level =
        malloc(c->nblocks * (2 * c->npanels + 1) * TACRO_LANES * sizeof *c->level);
    c->patient = malloc(c->nblocks * TACRO_LANES * sizeof *c->patient);
    if (c->level == NULL || c->patient == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "courses of %llu patients over %g h",
                        (unsigned long long)c->npatients,
                        (double)c->npanels * TACRO_COURSE_PANEL);
        goto done;
    }
    TACRO_TRY(find_outputs(&pass, err));
    run_blocks(&pass);
    if (pass.status != TACRO_OK) {
        st = tacro_fail(err, pass.status, "%s", pass.error.text);
        goto done;
    }
    *out = c;
    c = NULL;
done:
    free(pass.output);
    tacro_courses_free(c);
    return st;
}

void tacro_courses_free(struct tacro_courses *courses)
{
    if (courses != NULL) {
        free(courses->level);
        free(courses->patient);
        free(courses);
    }
}

const float *tacro_courses_block(const struct tacro_courses *courses, size_t block)
{
    return courses->level + block * (2 * courses->npanels + 1) * TACRO_LANES;
}
