/* The OpenMP loop: blocks in, rows and statistics out. */
#include "run/crosscheck.h"
#include "run/endpoints.h"
#include "run/observed.h"
#include "run/report.h"
#include "run/results.h"
#include "run/variant.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_SHARES_BYTES 256e6 /* of statistics beside the first copy */
#define CHUNKS_PER_THREAD 8    /* to share out, so that threads end together */

/* A copy of the statistics; threads beyond the number of copies share them. */
struct share {
    struct tacro_tally *tally;
    omp_lock_t lock;
};

/* What all threads share. */
struct run {
    const struct tacro_scenario *scenario;
    const struct tacro_run_options *options;
    struct tacro_block_setup *setup; /* [nvariants] */
    struct tacro_results *results;   /* NULL: no file */
    struct tacro_crosscheck *check;
    struct tacro_grid grid;
    unsigned threads;
    size_t nshares;
    struct share *share;
    struct tacro_gather **gather; /* by group and regimen, NULL: not begun or done */
    uint64_t total;               /* patient courses */
    uint64_t done;
    atomic_bool has_failed;
    size_t failed_unit; /* lowest unit that failed, with its error */
    enum tacro_status status;
    struct tacro_error error;
};

/* What each thread owns. */
struct worker {
    struct tacro_block **block; /* [nvariants], made when first needed */
    struct tacro_agenda *agenda[TACRO_LANES];
    struct tacro_group *group;
    struct tacro_batch *batch;
    struct share *share;
};

static void remember(struct run *run, size_t unit, enum tacro_status status,
                     const struct tacro_error *error)
{
    if (run->status == TACRO_OK || unit < run->failed_unit) {
        run->status = status;
        run->failed_unit = unit;
        run->error = *error;
    }
    atomic_store(&run->has_failed, true);
}

static size_t slot_of(const struct run *run, size_t group, size_t regimen)
{
    return group * run->scenario->input->nregimens + regimen;
}

/* Rows of a group that this run keeps: all, or the one subject asked for. */
static void kept_rows(const struct run *run, const struct tacro_group *group,
                      size_t *first, size_t *end)
{
    *first = 0;
    *end = group->n;
    if (run->options->has_subject) {
        *first = (size_t)(run->options->subject % TACRO_GROUP);
        *end = *first + 1;
    }
}

static bool is_wanted(const struct run *run, const size_t *row)
{
    const size_t wanted = (size_t)(run->options->subject % TACRO_GROUP);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (row[l] == wanted) {
            return true;
        }
    }
    return !run->options->has_subject;
}

/* A complete group: statistics and rows. Only the write itself waits for others. */
static enum tacro_status finish_group(struct run *run, const struct worker *worker,
                                      const struct tacro_gather *gather,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_group *group = worker->group;
    const uint64_t subject0 = (uint64_t)group->index * TACRO_GROUP;
    size_t first;
    size_t end;
    kept_rows(run, group, &first, &end);
    omp_set_lock(&worker->share->lock);
    tacro_tally_add(worker->share->tally, gather, first, end, subject0);
    omp_unset_lock(&worker->share->lock);
    if (run->results != NULL) {
        const size_t at = run->options->has_subject ? 0 : (size_t)subject0;
        TACRO_TRY(tacro_results_pack(run->results, gather, group, first, end, at,
                                     worker->batch, err));
#pragma omp critical(tacro_writer)
        st = tacro_results_commit(run->results, worker->batch, gather, first, end, at,
                                  err);
    }
done:
    return st;
}

/* The group's buffer, begun by whichever block comes first. */
static enum tacro_status begin_group(struct run *run, const struct tacro_group *group,
                                     size_t regimen, struct tacro_gather **out,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_gather **slot = &run->gather[slot_of(run, group->index, regimen)];
    if (*slot == NULL) {
        const size_t nblocks = run->options->has_subject ? 1 : group->nblocks;
        TACRO_TRY(tacro_gather_create(run->scenario, regimen, group->index, group->n,
                                      nblocks, slot, err));
    }
done:
    *out = *slot;
    return st;
}

/* Progress, and whether to go on; asked after every block. */
static enum tacro_status report_progress(const struct run *run, struct tacro_error *err)
{
    if (run->options->progress == NULL ||
        run->options->progress(run->options->context, run->done, run->total)) {
        return TACRO_OK;
    }
    return tacro_fail(err, TACRO_ESTOPPED, "stopped after %llu of %llu patient courses",
                      (unsigned long long)run->done, (unsigned long long)run->total);
}

/* The workspace for an arm's equations. */
static enum tacro_status find_block(const struct run *run, const struct worker *worker,
                                    const struct tacro_arm *arm,
                                    struct tacro_block **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_block **block = &worker->block[arm->variant];
    if (*block == NULL) {
        TACRO_TRY(tacro_block_create(&run->setup[arm->variant], block, err));
    }
done:
    *out = *block;
    return st;
}

/* Agendas of lanes with courses of their own. */
static enum tacro_status assign_agendas(struct worker *worker,
                                        const struct tacro_arm *arm,
                                        const struct tacro_subject *const *subject,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (worker->agenda[l] == NULL) {
            TACRO_TRY(tacro_agenda_create(&arm->agenda, &worker->agenda[l], err));
        }
        tacro_arm_assign(arm, subject[l]->patient, worker->agenda[l]);
    }
done:
    return st;
}

/* One block of a group under one regimen; `course` receives what the lanes followed. */
static enum tacro_status follow_block(const struct run *run, struct worker *worker,
                                      size_t regimen, const size_t *row,
                                      const struct tacro_subject **subject,
                                      const struct tacro_course **course,
                                      const struct tacro_block_result **result,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_arm *arm = &run->scenario->arm[regimen];
    struct tacro_block *block = NULL;
    TACRO_TRY(find_block(run, worker, arm, &block, err));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &worker->group->subject[row[l]];
        course[l] = &arm->course;
    }
    if (arm->is_shared) {
        *result = tacro_block_run(block, subject, course);
        goto done;
    }
    TACRO_TRY(assign_agendas(worker, arm, subject, err));
    *result = tacro_block_follow(block, subject, worker->agenda);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        course[l] = tacro_agenda_course(worker->agenda[l]);
        if (tacro_agenda_status(worker->agenda[l]) != TACRO_OK) {
            st = tacro_fail(err, tacro_agenda_status(worker->agenda[l]),
                            "course of a patient");
        }
    }
done:
    return st;
}

/* Rows of a block into their group's buffer; true: it was the group's last. */
static enum tacro_status keep_block(struct run *run, const struct tacro_group *group,
                                    size_t regimen, const size_t *row,
                                    const struct tacro_subject *const *subject,
                                    const struct tacro_course *const *course,
                                    const struct tacro_block_result *result,
                                    struct tacro_gather **gather, bool *is_last,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    *is_last = false;
#pragma omp critical(tacro_gather)
    st = begin_group(run, group, regimen, gather, err);
    if (st == TACRO_OK) {
        /* rows of different blocks do not overlap */
        tacro_recovery_gather(run->scenario, &run->scenario->arm[regimen], result,
                              subject, row, (*gather)->recovery);
        st = tacro_gather_block(run->scenario, run->setup->kernels, &run->grid, result,
                                course, row, *gather, err);
        tacro_endpoints_gather(run->scenario, subject, row, *gather);
        tacro_observed_gather(run->scenario, subject, row, *gather);
    }
#pragma omp critical(tacro_gather)
    *is_last = st == TACRO_OK && --(*gather)->blocks_left == 0;
    return st;
}

static void run_block(struct run *run, struct worker *worker, size_t unit)
{
    const size_t nregimens = run->scenario->input->nregimens;
    const size_t block = unit % TACRO_GROUP_BLOCKS;
    const size_t regimen = unit / TACRO_GROUP_BLOCKS % nregimens;
    struct tacro_group *group = worker->group;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *result = NULL;
    struct tacro_gather *gather = NULL;
    struct tacro_error error = {.status = TACRO_OK};
    enum tacro_status st = TACRO_OK;
    size_t row[TACRO_LANES];
    size_t rows = 0;
    bool is_last = false;
    tacro_group_load(run->scenario, &run->setup[run->scenario->arm[regimen].model],
                     unit / TACRO_GROUP_BLOCKS / nregimens, group);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a failed worker is not OK */
    if (block >= group->nblocks) {
        return;
    }
    tacro_group_rows(group, block, row);
    if (!is_wanted(run, row)) {
        return;
    }
    st = follow_block(run, worker, regimen, row, subject, course, &result, &error);
    if (st == TACRO_OK) {
        st =
            tacro_crosscheck_keep(run->check, regimen, subject, course, result, &error);
    }
    if (st == TACRO_OK) {
        st = keep_block(run, group, regimen, row, subject, course, result, &gather,
                        &is_last, &error);
    }
    if (is_last) {
        /* no other thread comes to this group any more */
        rows = run->options->has_subject ? 1 : group->n;
        st = finish_group(run, worker, gather, &error);
        tacro_gather_free(gather);
        run->gather[slot_of(run, group->index, regimen)] = NULL;
    }
#pragma omp critical(tacro_gather)
    {
        run->done += rows;
        if (st == TACRO_OK) {
            st = report_progress(run, &error);
        }
        if (st != TACRO_OK) {
            remember(run, unit, st, &error);
        }
    }
}

static enum tacro_status create_worker(struct run *run, struct worker *worker,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a failed prepare() is not OK */
    worker->share = &run->share[(size_t)omp_get_thread_num() % run->nshares];
    worker->block = calloc(run->scenario->nvariants, sizeof(struct tacro_block *));
    if (worker->block == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "workspace of a thread");
    }
    TACRO_TRY(tacro_group_create(run->scenario, &worker->group, err));
    TACRO_TRY(tacro_batch_create(&worker->batch, err));
done:
    return st;
}

static void free_worker(const struct run *run, struct worker *worker)
{
    for (size_t v = 0; worker->block != NULL && v < run->scenario->nvariants; v++) {
        tacro_block_free(worker->block[v]);
    }
    free(worker->block);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        tacro_agenda_free(worker->agenda[l]);
    }
    tacro_group_free(worker->group);
    tacro_batch_free(worker->batch);
}

/*
 * Units that a thread takes at a time. A group's blocks on one thread draw its subjects
 * once and keep its rows in that processor's cache; single blocks end together. So the
 * largest of a group, a group under one regimen and a block that still gives every
 * thread enough to take.
 */
static int units_at_a_time(const struct run *run, size_t nunits)
{
    const size_t sizes[] = {run->scenario->input->nregimens * TACRO_GROUP_BLOCKS,
                            TACRO_GROUP_BLOCKS, 1};
    size_t i = 0;
    while (sizes[i] > 1 &&
           nunits / sizes[i] < (size_t)run->threads * CHUNKS_PER_THREAD) {
        i++;
    }
    return run->threads == 1 ? (int)sizes[0] : (int)sizes[i];
}

static void run_check(struct run *run, size_t block)
{
    struct tacro_error error = {.status = TACRO_OK};
    enum tacro_status st = tacro_crosscheck_run(run->check, block, &error);
#pragma omp critical(tacro_gather)
    if (st == TACRO_OK) {
        st = report_progress(run, &error);
    }
    if (st != TACRO_OK) {
#pragma omp critical(tacro_gather)
        remember(run, SIZE_MAX, st, &error);
    }
}

static void run_units(struct run *run, size_t first, size_t end)
{
    const size_t nchecks = tacro_crosscheck_blocks(run->check);
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): schedule() reads it */
    const int chunk = units_at_a_time(run, end - first);
#pragma omp parallel num_threads(run->threads) default(none)                           \
    shared(run, first, end, chunk, nchecks)
    {
        struct worker worker = {0};
        struct tacro_error error = {.status = TACRO_OK};
        const enum tacro_status st = create_worker(run, &worker, &error);
        if (st != TACRO_OK) {
#pragma omp critical(tacro_gather)
            remember(run, 0, st, &error);
        }
        /* all wait here: the check replays what every block has kept */
#pragma omp for schedule(dynamic, chunk)
        for (size_t unit = first; unit < end; unit++) {
            if (!atomic_load(&run->has_failed)) {
                run_block(run, &worker, unit);
            }
        }
#pragma omp for schedule(dynamic, 1)
        for (size_t block = 0; block < nchecks; block++) {
            if (!atomic_load(&run->has_failed)) {
                run_check(run, block);
            }
        }
        free_worker(run, &worker);
    }
}

static enum tacro_status create_shares(struct run *run, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const double extra = MAX_SHARES_BYTES / tacro_tally_bytes(run->scenario);
    size_t n = run->threads;
    n = (double)(n - 1) <= extra ? n : (size_t)extra + 1;
    run->share = calloc(n, sizeof *run->share);
    if (run->share == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "statistics of %zu threads", n);
    }
    for (; run->nshares < n; run->nshares++) {
        struct share *share = &run->share[run->nshares];
        TACRO_TRY(tacro_tally_create(run->scenario, &share->tally, err));
        omp_init_lock(&share->lock);
    }
done:
    return st;
}

static void merge_shares(const struct run *run)
{
    for (size_t i = 1; i < run->nshares; i++) {
        tacro_tally_merge(run->share[0].tally, run->share[i].tally);
    }
    tacro_tally_pair(run->share[0].tally);
}

static enum tacro_status prepare(struct run *run, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_scenario *s = run->scenario;
    const struct tacro_run_options *o = run->options;
    const uint64_t subjects = tacro_scenario_subjects(s);
    const struct tacro_kernels *kernels = tacro_kernels_find(o->kernels);
    if (kernels == NULL) {
        return tacro_fail(
            err, TACRO_EUSAGE,
            "kernels %s: not here; baseline, v3 (AVX2) and v4 (AVX-512) are "
            "there where the processor has them",
            o->kernels);
    }
    if (o->has_subject && o->subject >= subjects) {
        return tacro_fail(err, TACRO_EUSAGE, "subject %llu: the scenario has 0 to %llu",
                          (unsigned long long)o->subject,
                          (unsigned long long)(subjects - 1));
    }
    run->setup = calloc(s->nvariants, sizeof *run->setup);
    if (run->setup == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu variants", s->nvariants);
    }
    for (size_t v = 0; v < s->nvariants; v++) {
        const struct tacro_method *method = NULL; /* each model's own */
        TACRO_TRY(
            tacro_variants_method(s, s->variant[v].model, o->solver, &method, err));
        run->setup[v] =
            tacro_scenario_setup(s, v, kernels, method, o->rtol > 0.0 ? o->rtol : 1e-6);
    }
    run->total = (o->has_subject ? 1 : subjects) * s->input->nregimens;
    run->gather = calloc(tacro_group_count(s) * s->input->nregimens,
                         sizeof(struct tacro_gather *));
    if (run->gather == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%llu subjects",
                          (unsigned long long)subjects);
    }
    tacro_grid_fill(&run->grid);
    TACRO_TRY(create_shares(run, err));
    TACRO_TRY(tacro_crosscheck_create(s, run->setup, o->has_subject ? o->subject : 0,
                                      o->has_subject ? 1 : subjects, &run->check, err));
    if (o->output != NULL) {
        TACRO_TRY(tacro_results_create(
            s, o->output, o->force, o->has_subject ? o->subject : 0,
            o->has_subject ? 1 : subjects, run->setup, &run->results, err));
    }
done:
    return st;
}

static void release(struct run *run)
{
    const size_t n = tacro_group_count(run->scenario) * run->scenario->input->nregimens;
    for (size_t i = 0; run->gather != NULL && i < n; i++) {
        tacro_gather_free(run->gather[i]);
    }
    free(run->gather);
    for (size_t i = 0; i < run->nshares; i++) {
        tacro_tally_free(run->share[i].tally);
        omp_destroy_lock(&run->share[i].lock);
    }
    free(run->share);
    free(run->setup);
    tacro_crosscheck_free(run->check);
    tacro_results_free(run->results);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_all(struct run *run)
{
    const size_t per_group = run->scenario->input->nregimens * TACRO_GROUP_BLOCKS;
    size_t first = 0;
    size_t end = tacro_group_count(run->scenario);
    if (run->options->has_subject) {
        first = (size_t)(run->options->subject / TACRO_GROUP);
        end = first + 1;
    }
    run_units(run, first * per_group, end * per_group);
    merge_shares(run);
}

/* Models may need different solvers: then words for all of them. */
static void name_solvers(const struct run *run, struct tacro_summary *summary)
{
    const struct tacro_scenario *s = run->scenario;
    summary->solver = run->setup->method->name;
    summary->other_solver = tacro_crosscheck_name(run->check, 0);
    for (size_t m = 1; m < s->npks; m++) {
        const char *next = tacro_crosscheck_name(run->check, m * s->input->nplans);
        if (run->setup[m].method != run->setup->method) {
            summary->solver = "exact or cvode, as each model allows";
        }
        if (strcmp(next, summary->other_solver) != 0) {
            summary->other_solver = "the other where it can, else the same at 1/100 of "
                                    "the tolerance";
        }
    }
}

static void fill_solver(const struct run *run, struct tacro_summary *summary)
{
    name_solvers(run, summary);
    summary->rtol = run->setup->rtol;
    summary->level_difference = NAN;
    summary->hazard_difference = NAN;
    for (size_t i = 0; i < run->scenario->input->nregimens; i++) {
        const struct tacro_difference d = tacro_crosscheck_difference(run->check, i);
        summary->checked += d.n;
        summary->unmatched += d.unmatched;
        summary->level_difference = fmax(summary->level_difference, d.level);
        summary->hazard_difference = fmax(summary->hazard_difference, d.hazard);
    }
}

enum tacro_status tacro_run(const struct tacro_scenario *scenario,
                            const struct tacro_run_options *options,
                            struct tacro_summary **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const double start = now();
    struct run run = {.scenario = scenario,
                      .options = options,
                      .threads = options->threads == 0 ? 1 : options->threads,
                      .status = TACRO_OK};
    struct tacro_summary *summary = NULL;
    *out = NULL;
    TACRO_TRY(prepare(&run, err));
    run_all(&run);
    if (run.status != TACRO_OK) {
        st = tacro_fail(err, run.status, "%s", run.error.text);
        goto done;
    }
    TACRO_TRY(tacro_report_create(scenario, run.share[0].tally, &summary, err));
    fill_solver(&run, summary);
    summary->nfailures = run.share[0].tally->nfailures;
    memcpy(summary->failure, run.share[0].tally->failure, sizeof summary->failure);
    summary->kernels = run.setup->kernels->name;
    summary->threads = run.threads;
    summary->seconds = now() - start;
    if (run.results != NULL) {
        const struct tacro_provenance provenance = {
            run.threads, run.setup->kernels->name, summary->seconds};
        TACRO_TRY(tacro_results_finish(run.results, run.share[0].tally, run.check,
                                       &provenance, summary->content_hash, err));
    }
    if (summary->failed > options->max_failed) {
        st = tacro_fail(err, TACRO_EFAILED, "%llu of %llu patient courses failed",
                        (unsigned long long)summary->failed,
                        (unsigned long long)summary->courses);
    }
    *out = summary;
    summary = NULL;
done:
    tacro_summary_free(summary);
    release(&run);
    return st;
}
