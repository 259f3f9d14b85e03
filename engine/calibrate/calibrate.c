/* Draw tables of risk files, from a scenario to the files. */
#include "calibrate/draws.h"
#include "calibrate/table.h"
#include "input/checksum.h"
#include "run/over_draws.h"
#include "run/variant.h"

#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DEFAULT_DRAWS 1000
#define RTOL 1e-6
#define MAX_RATIO 1000.0 /* of a solved scale and the file's, either way */

/* What all threads share. */
struct job {
    const struct tacro_calibrate_options *options;
    struct tacro_scenario *scenario;
    struct tacro_block_setup block;
    struct tacro_courses *courses;
    struct tacro_calibrator calibrator;
    unsigned threads;
    uint64_t ndraws;
    double *value[TACRO_MAX_RISKS];   /* [ndraws][n] */
    double *central[TACRO_MAX_RISKS]; /* [n] */
    uint64_t done;                    /* draws */
    atomic_bool has_failed;
    uint64_t failed_draw; /* lowest draw that failed, with its error */
    enum tacro_status status;
    struct tacro_error error;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* -- what can be said before anything is computed ---------------------------------- */

static enum tacro_status check_folder(const struct job *job, struct tacro_error *err)
{
    const struct tacro_input *input = job->scenario->input;
    const char *folder = job->options->output_dir;
    struct stat info;
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return tacro_fail(err, TACRO_ECREATE, "%s: no such folder", folder);
    }
    for (size_t k = 0; k < input->nrisks; k++) {
        char *path = tacro_table_path(folder, input->risk[k]);
        const bool is_there = path != NULL && lstat(path, &info) == 0;
        const enum tacro_status st =
            path == NULL ? tacro_fail(err, TACRO_ENOMEM, "name of a draw table")
            : is_there && !job->options->force
                ? tacro_fail(err, TACRO_ECREATE,
                             "%s exists; --force replaces a draw table", path)
                : TACRO_OK;
        free(path);
        if (st != TACRO_OK) {
            return st;
        }
    }
    return TACRO_OK;
}

/* A parameter that changes with the time has no single value in a draw. */
static void check_rules(const struct job *job, size_t k, struct tacro_notes *notes)
{
    const struct tacro_rules *rules = job->scenario->rules;
    for (size_t i = 0; i < rules->n; i++) {
        const struct tacro_rule *rule = &rules->rule[i];
        if (rule->is_dynamic && tacro_calibrator_reads(&job->calibrator, k, i)) {
            tacro_notes_add(notes, TACRO_FAULT, job->scenario->input->yaml->path, 0, 0,
                            "%s, behind the hazard of %s, changes with the time; "
                            "expected covariates that keep their values",
                            rule->theta->name, job->scenario->input->risk[k]->name);
        }
    }
}

static void check_numbers(const struct tacro_paramset *set, struct tacro_notes *notes)
{
    if (!set->anchor.is_given) {
        tacro_notes_add(notes, TACRO_FAULT, set->yaml->path, 0, 0,
                        "no `anchor`: there is nothing to solve");
    } else if (set->nuncertain < 2) {
        tacro_notes_add(notes, TACRO_FAULT, set->yaml->path, 0, 0,
                        "no number has an `uncertainty`: all draws would be the same");
    }
}

/* Whole panels from the start to the end of an anchor. */
static void count_panels(struct job *job, size_t k, struct tacro_notes *notes)
{
    const struct tacro_input *input = job->scenario->input;
    const double start = 24.0 * input->start_day + input->start_clock;
    const double hours = input->risk[k]->anchor.within - start;
    const double panels = floor(hours / TACRO_COURSE_PANEL + 0.5);
    if (input->start_day > 0.0 || input->has_before) {
        tacro_notes_add(notes, TACRO_FAULT, input->yaml->path, 0, 0,
                        "expected a cohort that starts on day 0 without tacrolimus");
    }
    if (!(panels >= 1.0) ||
        fabs(panels * TACRO_COURSE_PANEL - hours) > TACRO_SAME_TIME ||
        hours > input->horizon + TACRO_SAME_TIME) {
        tacro_notes_add(
            notes, TACRO_FAULT, input->yaml->path, 0, 0,
            "the anchor of %s ends %g h after the start, expected a multiple "
            "of %g h within the horizon of %g h",
            input->risk[k]->name, hours, TACRO_COURSE_PANEL, input->horizon);
        return;
    }
    job->calibrator.npanels[k] = (size_t)panels;
}

static enum tacro_status prepare(struct job *job, struct tacro_notes *notes,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a failed open is not OK */
    const struct tacro_input *input = job->scenario->input;
    const size_t nfaults = notes->nfaults;
    TACRO_TRY(check_folder(job, err));
    if (input->nrisks == 0) {
        tacro_notes_add(notes, TACRO_FAULT, input->yaml->path, 0, 0,
                        "no `risk`: there is nothing to calibrate");
    }
    if (input->npks > 1) {
        tacro_notes_add(notes, TACRO_FAULT, input->yaml->path, 0, 0,
                        "pk: a list of %zu models, expected the one whose levels the "
                        "incidences belong to",
                        input->npks);
    }
    for (size_t k = 0; k < input->nrisks; k++) {
        struct tacro_error why = {.status = TACRO_OK};
        check_numbers(input->risk[k], notes);
        if (input->risk[k]->anchor.is_given) {
            count_panels(job, k, notes);
        }
        if (tacro_chain_find(job->block.system, k + 1, &job->calibrator.chain[k],
                             &why) != TACRO_OK) {
            tacro_notes_add(notes, TACRO_FAULT, input->risk[k]->yaml->path, 0, 0, "%s",
                            why.text);
        } else {
            check_rules(job, k, notes);
        }
    }
    if (notes->nfaults > nfaults) {
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", input->yaml->path,
                        notes->nfaults - nfaults,
                        notes->nfaults - nfaults == 1 ? "" : "s");
    }
done:
    return st;
}

static enum tacro_status open_scenario(struct job *job, struct tacro_notes *notes,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_calibrate_options *o = job->options;
    const struct tacro_overrides overrides = {.params_dir = o->params_dir,
                                              .subjects = o->patients,
                                              .draws = 1,
                                              .seed = o->seed,
                                              .has_seed = o->has_seed,
                                              .is_without_draws = true};
    const struct tacro_kernels *kernels = tacro_kernels_find(o->kernels);
    const struct tacro_method *method = NULL;
    const struct tacro_scenario *s;
    if (kernels == NULL) {
        return tacro_fail(err, TACRO_EUSAGE, "kernels %s: not here", o->kernels);
    }
    TACRO_TRY(tacro_scenario_open(o->scenario, &overrides, notes, &job->scenario, err));
    s = job->scenario;
    TACRO_TRY(tacro_variants_method(s, 0, NULL, &method, err));
    job->block = tacro_scenario_setup(s, s->arm[s->input->reference].variant, kernels,
                                      method, RTOL);
    job->calibrator.scenario = s;
    job->calibrator.block = &job->block;
done:
    return st;
}

/* -- draws ------------------------------------------------------------------------- */

static void end_draw(struct job *job, uint64_t draw, enum tacro_status st,
                     struct tacro_error *error)
{
    const struct tacro_calibrate_options *o = job->options;
    const uint64_t n = job->courses->npatients;
#pragma omp critical(tacro_calibrate)
    {
        job->done++;
        if (st == TACRO_OK && o->progress != NULL &&
            !o->progress(o->context, n * job->done, n * (job->ndraws + 1))) {
            st = tacro_fail(error, TACRO_ESTOPPED, "stopped after %" PRIu64 " draws",
                            job->done);
        }
        if (st != TACRO_OK) {
            if (job->status == TACRO_OK || draw < job->failed_draw) {
                job->status = st;
                job->failed_draw = draw;
                job->error = *error;
            }
            atomic_store(&job->has_failed, true);
        }
    }
}

/* Levels of nothing leave a hazard of rounding errors, which no scale makes real. */
static enum tacro_status check_scale(const struct tacro_paramset *set, double solved,
                                     struct tacro_error *err)
{
    const struct tacro_theta *theta = &set->theta[set->anchor.solves];
    const double ratio = solved / theta->value;
    if (!(ratio > 1.0 / MAX_RATIO && ratio < MAX_RATIO)) {
        return tacro_fail(err, TACRO_EINPUT,
                          "%s: anchor: this cohort has the incidence with %s = %g %s, "
                          "%.1e times the value of the file, expected %g times at most",
                          set->name, theta->name, solved, theta->unit, ratio,
                          MAX_RATIO);
    }
    return TACRO_OK;
}

/* Draw number `draw` of all risk files; ndraws is the one at central values. */
static enum tacro_status run_draw(struct job *job,
                                  struct tacro_calibrator_worker *worker, uint64_t draw,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = job->scenario->input;
    for (size_t k = 0; k < input->nrisks; k++) {
        const struct tacro_paramset *set = input->risk[k];
        double *value = job->central[k];
        if (draw < job->ndraws) {
            value = job->value[k] + draw * set->nuncertain;
            tacro_numbers_draw(set, input->seed, (uint32_t)draw, value);
        } else {
            TACRO_TRY(tacro_calibrator_check(worker, k, err));
            tacro_numbers_central(set, value);
        }
        TACRO_TRY(tacro_calibrator_solve(worker, k, value, err));
        if (draw == job->ndraws) {
            TACRO_TRY(check_scale(
                set, value[tacro_numbers_find(set, TACRO_UNCERTAIN_SOLVED)], err));
        }
    }
done:
    return st;
}

static void run_draws(struct job *job)
{
#pragma omp parallel num_threads(job->threads) default(none) shared(job)
    {
        struct tacro_calibrator_worker *worker = NULL;
        struct tacro_error error = {.status = TACRO_OK};
        enum tacro_status st =
            tacro_calibrator_worker_create(&job->calibrator, &worker, &error);
        if (st != TACRO_OK) {
            end_draw(job, 0, st, &error);
        }
#pragma omp for schedule(dynamic, 1)
        for (uint64_t i = 0; i <= job->ndraws; i++) {
            /* the central one first: its errors are those of the files */
            const uint64_t draw = i == 0 ? job->ndraws : i - 1;
            if (!atomic_load(&job->has_failed)) {
                st = run_draw(job, worker, draw, &error);
                end_draw(job, i, st, &error);
            }
        }
        tacro_calibrator_worker_free(worker);
    }
}

static enum tacro_status compute(struct job *job, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = job->scenario->input;
    size_t npanels = 0;
    struct tacro_courses_setup setup = {.block = &job->block,
                                        .regimen = input->reference,
                                        .threads = job->threads,
                                        .progress = job->options->progress,
                                        .context = job->options->context,
                                        .total = input->npatients * (job->ndraws + 1)};
    for (size_t k = 0; k < input->nrisks; k++) {
        const size_t n = input->risk[k]->nuncertain;
        npanels =
            job->calibrator.npanels[k] > npanels ? job->calibrator.npanels[k] : npanels;
        job->value[k] = calloc(job->ndraws * n, sizeof *job->value[k]);
        job->central[k] = calloc(n, sizeof *job->central[k]);
        if (job->value[k] == NULL || job->central[k] == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "%" PRIu64 " draws", job->ndraws);
        }
    }
    setup.npanels = npanels;
    TACRO_TRY(tacro_courses_create(job->scenario, &setup, &job->courses, err));
    job->calibrator.courses = job->courses;
    run_draws(job);
    if (job->status != TACRO_OK) {
        st = tacro_fail(err, job->status, "%s", job->error.text);
    }
done:
    return st;
}

/* -- what comes of it -------------------------------------------------------------- */

/* Order statistics of a column over draws, times a factor; NaN with one draw. */
static enum tacro_status spread_of(const struct job *job, size_t k, size_t column,
                                   double factor, struct tacro_interval *out,
                                   struct tacro_error *err)
{
    const size_t n = (size_t)job->ndraws;
    double *x = malloc(n * sizeof *x);
    if (x == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu draws", n);
    }
    for (size_t m = 0; m < n; m++) {
        x[m] = factor *
               job->value[k][m * job->scenario->input->risk[k]->nuncertain + column];
    }
    *out = tacro_order_interval(x, n);
    out->median = tacro_order_statistic(x, n, 0.5);
    free(x);
    return TACRO_OK;
}

/* The unit of a THETA as its file writes it, and what makes a canonical value of it. */
static const char *written_unit(const struct tacro_theta *theta, double *factor)
{
    char *end = NULL;
    const double written = theta->text == NULL ? NAN : strtod(theta->text, &end);
    *factor = 1.0;
    if (end == NULL || end == theta->text || *end != ' ' || !(written > 0.0)) {
        return theta->unit;
    }
    *factor = written / theta->value;
    return end + 1;
}

static enum tacro_status fill_risk(const struct job *job, size_t k,
                                   struct tacro_calibrated *out,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_paramset *set = job->scenario->input->risk[k];
    const struct tacro_theta *theta = &set->theta[set->anchor.solves];
    const size_t solved = tacro_numbers_find(set, TACRO_UNCERTAIN_SOLVED);
    const size_t drawn = tacro_numbers_find(set, TACRO_UNCERTAIN_INCIDENCE);
    double factor;
    out->file = set->name;
    out->outcome = set->outcome;
    out->nnumbers = set->nuncertain;
    out->within = set->anchor.within;
    out->incidence = set->anchor.incidence.value;
    out->solved = theta->name;
    out->unit = written_unit(theta, &factor);
    out->before = factor * theta->value;
    out->central = factor * job->central[k][solved];
    out->incidence_spread =
        (struct tacro_interval){out->incidence, out->incidence, out->incidence};
    TACRO_TRY(spread_of(job, k, solved, factor, &out->spread, err));
    if (drawn < set->nuncertain) {
        TACRO_TRY(spread_of(job, k, drawn, 1.0, &out->incidence_spread, err));
    }
    out->path = tacro_table_path(job->options->output_dir, set);
    if (out->path == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "name of a draw table");
    }
done:
    return st;
}

static enum tacro_status write_table(const struct job *job, size_t k, const char *path,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = job->scenario->input;
    const char *slash = strrchr(job->options->scenario, '/');
    char command[512];
    struct tacro_table table = {.set = input->risk[k],
                                .command = command,
                                .seed = input->seed,
                                .npatients = input->npatients,
                                .ndraws = (size_t)job->ndraws,
                                .value = job->value[k]};
    snprintf(command, sizeof command,
             "tacro calibrate %s --draws %" PRIu64 " --subjects %" PRIu64
             " --seed %" PRIu64,
             slash == NULL ? job->options->scenario : slash + 1, job->ndraws,
             input->npatients, input->seed);
    TACRO_TRY(tacro_inputs_hash(input, input->risk[k], table.inputs, err));
    TACRO_TRY(tacro_values_hash(input->risk[k], table.risk, err));
    TACRO_TRY(tacro_table_write(&table, path, job->options->force, err));
done:
    return st;
}

static enum tacro_status report(struct job *job, double start,
                                struct tacro_calibration **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = job->scenario->input;
    struct tacro_calibration *c = calloc(1, sizeof *c);
    if (c != NULL) {
        c->risk = calloc(input->nrisks, sizeof *c->risk);
    }
    if (c == NULL || c->risk == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "calibration");
        goto done;
    }
    c->n = input->nrisks;
    c->patients = input->npatients;
    c->draws = job->ndraws;
    c->seed = input->seed;
    c->horizon = (double)job->courses->npanels * TACRO_COURSE_PANEL;
    for (size_t k = 0; k < c->n; k++) {
        TACRO_TRY(fill_risk(job, k, &c->risk[k], err));
    }
    for (size_t k = 0; k < c->n; k++) {
        TACRO_TRY(write_table(job, k, c->risk[k].path, err));
    }
    c->seconds = now() - start;
    c->scenario = job->scenario;
    job->scenario = NULL;
    *out = c;
    c = NULL;
done:
    tacro_calibration_free(c);
    return st;
}

enum tacro_status tacro_calibrate(const struct tacro_calibrate_options *options,
                                  struct tacro_notes *notes,
                                  struct tacro_calibration **out,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const double start = now();
    struct job job = {.options = options,
                      .threads = options->threads == 0 ? 1 : options->threads,
                      .ndraws = options->draws == 0 ? DEFAULT_DRAWS : options->draws,
                      .status = TACRO_OK};
    *out = NULL;
    TACRO_TRY(open_scenario(&job, notes, err));
    TACRO_TRY(prepare(&job, notes, err));
    TACRO_TRY(compute(&job, err));
    TACRO_TRY(report(&job, start, out, err));
done:
    for (size_t k = 0; k < TACRO_MAX_RISKS; k++) {
        free(job.value[k]);
        free(job.central[k]);
    }
    tacro_courses_free(job.courses);
    tacro_scenario_free(job.scenario);
    return st;
}

void tacro_calibration_free(struct tacro_calibration *calibration)
{
    if (calibration != NULL) {
        for (size_t k = 0; calibration->risk != NULL && k < calibration->n; k++) {
            free(calibration->risk[k].path);
        }
        free(calibration->risk);
        tacro_scenario_free(calibration->scenario);
        free(calibration);
    }
}
