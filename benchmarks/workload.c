#include "benchmarks/workload.h"

#include "benchmarks/oracle.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TILE 8 /* times that are turned at once: a line of the cache a lane */

enum tacro_status bench_scenario(const char *path, uint64_t subjects,
                                 struct tacro_scenario **out, struct tacro_error *err)
{
    struct tacro_notes notes = {0};
    const struct tacro_overrides overrides = {.subjects = subjects, .draws = 1};
    const enum tacro_status st =
        tacro_scenario_open(path, &overrides, &notes, out, err);
    for (size_t i = 0; st != TACRO_OK && i < notes.n; i++) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", notes.note[i].file, notes.note[i].line,
                notes.note[i].column, notes.note[i].text);
    }
    tacro_notes_free(&notes);
    return st;
}

static void set_up(struct bench_workload *w, const struct bench_choice *choice)
{
    const struct tacro_scenario *s = w->scenario;
    w->nsubjects = (size_t)tacro_scenario_subjects(s);
    w->ngroups = tacro_group_count(s);
    w->nthreads = choice->nthreads;
    w->nquantities = 1;
    w->nvalues = s->ntimes;
    if (s->input->nrisks > 0) {
        w->nquantities += s->input->nrisks;
        w->nquantities += s->system->signal[TACRO_EFFECT].state != TACRO_NONE;
        w->nvalues = s->ndays * w->nquantities;
    }
    w->setup = tacro_scenario_setup(s, 0, tacro_kernels_find(choice->kernels),
                                    choice->method, choice->rtol);
}

static enum tacro_status allocate(struct bench_workload *w, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = w->scenario->input->nregimens * w->nsubjects * w->nvalues;
    w->group = calloc(w->ngroups, sizeof(struct tacro_group *));
    w->block = calloc(w->nthreads, sizeof(struct tacro_block *));
    w->value = malloc(n * sizeof *w->value);
    if (w->group == NULL || w->block == NULL || w->value == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu subjects", w->nsubjects);
    }
    memset(w->value, 0xFF, n * sizeof *w->value); /* NaN; and the pages are there */
    for (size_t i = 0; i < w->nthreads; i++) {
        TACRO_TRY(tacro_block_create(&w->setup, &w->block[i], err));
    }
    for (size_t i = 0; i < w->ngroups; i++) {
        TACRO_TRY(tacro_group_create(w->scenario, &w->group[i], err));
        tacro_group_load(w->scenario, &w->setup, i, w->group[i]);
    }
done:
    return st;
}

enum tacro_status bench_workload_create(struct tacro_scenario *scenario,
                                        const struct bench_choice *choice,
                                        struct bench_workload **out,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct bench_workload *w = calloc(1, sizeof *w);
    *out = NULL;
    if (w == NULL) {
        tacro_scenario_free(scenario);
        return tacro_fail(err, TACRO_ENOMEM, "workload");
    }
    w->scenario = scenario;
    set_up(w, choice);
    if (w->setup.kernels == NULL) {
        st = tacro_fail(err, TACRO_EUSAGE, "kernels %s: not here", choice->kernels);
        goto done;
    }
    TACRO_TRY(allocate(w, err));
    *out = w;
    w = NULL;
done:
    bench_workload_free(w);
    return st;
}

void bench_workload_free(struct bench_workload *w)
{
    if (w == NULL) {
        return;
    }
    for (size_t i = 0; w->block != NULL && i < w->nthreads; i++) {
        tacro_block_free(w->block[i]);
    }
    for (size_t i = 0; w->group != NULL && i < w->ngroups; i++) {
        tacro_group_free(w->group[i]);
    }
    free(w->block);
    free(w->group);
    free(w->value);
    tacro_scenario_free(w->scenario);
    free(w);
}

static double *course_of(const struct bench_workload *w, size_t regimen, size_t subject)
{
    return w->value + (regimen * w->nsubjects + subject) * w->nvalues;
}

const double *bench_workload_course(const struct bench_workload *workload,
                                    size_t regimen, size_t subject)
{
    return course_of(workload, regimen, subject);
}

/*
 * Levels of all lanes from [time][lane] to the subjects' rows. Two lanes and two times
 * at a time are a shuffle of registers; eight times fill a line of the cache of each
 * row.
 */
static void keep_levels(const struct tacro_block_result *r, size_t ntimes,
                        double *const *row)
{
    size_t first = 0;
    for (; first + TILE <= ntimes; first += TILE) {
        const double *from = r->concentration + first * TACRO_LANES;
        for (size_t l = 0; l < TACRO_LANES; l += 2) {
            double *restrict even = row[l] + first;
            double *restrict odd = row[l + 1] + first;
            for (size_t i = 0; i < TILE; i++) {
                even[i] = from[i * TACRO_LANES + l];
                odd[i] = from[i * TACRO_LANES + l + 1];
            }
        }
    }
    for (; first < ntimes; first++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            row[l][first] = r->concentration[first * TACRO_LANES + l];
        }
    }
}

/* Levels, effect site and hazards at each day. */
static void keep_days(const struct bench_workload *w,
                      const struct tacro_block_result *r, double *const *row)
{
    const struct tacro_scenario *s = w->scenario;
    const struct tacro_system *system = s->system;
    const double *source[2 + TACRO_MAX_RISKS];
    for (size_t d = 0; d < s->ndays; d++) {
        const size_t output = s->day_output[d];
        const double *state =
            r->state + (size_t)s->record_of[output] * system->nstates * TACRO_LANES;
        const int effect = system->signal[TACRO_EFFECT].state;
        size_t n = 0;
        source[n++] = r->concentration + output * TACRO_LANES;
        if (effect != TACRO_NONE) {
            source[n++] = state + (size_t)effect * TACRO_LANES;
        }
        for (size_t k = 1; k <= s->input->nrisks; k++) {
            source[n++] = state + (size_t)system->hazard_state[k] * TACRO_LANES;
        }
        for (size_t l = 0; l < TACRO_LANES; l++) {
            for (size_t q = 0; q < n; q++) {
                row[l][d * n + q] = source[q][l];
            }
        }
    }
}

/* One block under one regimen; returns the courses that failed. */
static size_t solve_block(const struct bench_workload *w, struct tacro_block *block,
                          const struct tacro_group *group, size_t index, size_t regimen)
{
    const struct tacro_scenario *s = w->scenario;
    const struct tacro_subject *subject[TACRO_LANES];
    const struct tacro_course *course[TACRO_LANES];
    const struct tacro_block_result *r;
    double *row[TACRO_LANES];
    size_t rows[TACRO_LANES];
    size_t nfailed = 0;
    tacro_group_rows(group, index, rows);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        subject[l] = &group->subject[rows[l]];
        course[l] = &s->arm[regimen].course;
        row[l] = course_of(w, regimen, group->index * TACRO_GROUP + rows[l]);
    }
    r = tacro_block_run(block, subject, course);
    if (s->input->nrisks == 0) {
        keep_levels(r, s->ntimes, row);
    } else {
        keep_days(w, r, row);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const bool is_copy = l > 0 && rows[l] == rows[l - 1];
        nfailed += !is_copy && r->status[l] != TACRO_LANE_OK;
    }
    return nfailed;
}

void bench_workload_solve(struct bench_workload *workload)
{
    struct bench_workload *w = workload;
    const size_t nregimens = w->scenario->input->nregimens;
    const size_t nunits = w->ngroups * nregimens * TACRO_GROUP_BLOCKS;
    size_t nfailed = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)w->nthreads)            \
    reduction(+ : nfailed) default(none) shared(w, nunits, nregimens)
    for (size_t unit = 0; unit < nunits; unit++) {
        const size_t index = unit % TACRO_GROUP_BLOCKS;
        const size_t regimen = unit / TACRO_GROUP_BLOCKS % nregimens;
        const struct tacro_group *group =
            w->group[unit / TACRO_GROUP_BLOCKS / nregimens];
        if (index < group->nblocks) {
            nfailed +=
                solve_block(w, w->block[omp_get_thread_num()], group, index, regimen);
        }
    }
    w->nfailed = nfailed;
}

double bench_parameter(const struct tacro_scenario *scenario,
                       const struct tacro_subject *subject, const char *name,
                       double absent)
{
    for (size_t i = 0; i < scenario->rules->n; i++) {
        if (strcmp(scenario->rules->rule[i].theta->name, name) == 0) {
            return subject->fixed[i];
        }
    }
    return absent;
}

static struct bench_patient patient_of(const struct tacro_scenario *s,
                                       const struct tacro_subject *subject)
{
    return (struct bench_patient){.CL = bench_parameter(s, subject, "CL", NAN),
                                  .V1 = bench_parameter(s, subject, "V1", NAN),
                                  .Q = bench_parameter(s, subject, "Q", NAN),
                                  .V2 = bench_parameter(s, subject, "V2", NAN),
                                  .KTR = bench_parameter(s, subject, "KTR", NAN),
                                  .F1 = bench_parameter(s, subject, "F1", NAN),
                                  .KE0 = bench_parameter(s, subject, "KE0", 0.0),
                                  .H0 = bench_parameter(s, subject, "H0", 0.0),
                                  .BETA = bench_parameter(s, subject, "BETA", 0.0),
                                  .R0 = bench_parameter(s, subject, "R0", 0.0),
                                  .EC50 = bench_parameter(s, subject, "EC50", 1.0),
                                  .G = bench_parameter(s, subject, "G", 1.0)};
}

/* The larger of two; a NaN stays. */
static double larger(double worst, double x)
{
    return isnan(worst) || x <= worst ? worst : x;
}

/* Largest error of one course: [ntimes] against quantity 0, or [ndays][nquantities]. */
static double course_error(const struct bench_workload *w, size_t subject,
                           const struct bench_dose *dose, size_t ndoses)
{
    const struct tacro_scenario *s = w->scenario;
    const struct bench_patient patient =
        patient_of(s, &w->group[subject / TACRO_GROUP]->subject[subject % TACRO_GROUP]);
    const double *value = course_of(w, 0, subject);
    double(*want)[BENCH_NQUANTITIES] = malloc(s->ntimes * sizeof *want);
    double worst = 0.0;
    size_t ntimes = w->nvalues / w->nquantities;
    if (want == NULL) {
        return NAN;
    }
    bench_oracle(&patient, ndoses, dose, s->ntimes, s->time, want);
    for (size_t i = 1; i < ntimes; i++) {
        const double *ref = want[w->nquantities == 1 ? i : s->day_output[i]];
        for (size_t q = 0; q < w->nquantities; q++) {
            const double error =
                fabs(value[i * w->nquantities + q] - ref[q]) / fabs(ref[q]);
            worst = larger(worst, error);
        }
    }
    free(want);
    return worst;
}

double bench_workload_error(const struct bench_workload *workload, size_t n)
{
    const struct bench_workload *w = workload;
    const struct tacro_plan plan = tacro_scenario_plan(w->scenario, 0);
    struct bench_dose *dose = calloc(plan.ndoses + 1, sizeof *dose);
    double worst = 0.0;
    const bool is_known = tacro_scenario_regimens(w->scenario) == 1 &&
                          isfinite(patient_of(w->scenario, w->group[0]->subject).KTR) &&
                          (w->nquantities == 1 || w->nquantities == BENCH_NQUANTITIES);
    for (size_t i = 0; dose != NULL && i < plan.ndoses; i++) {
        dose[i] = (struct bench_dose){plan.dose[i].time, plan.dose[i].amount};
    }
    for (size_t i = 0; dose != NULL && is_known && i < n && i < w->nsubjects; i++) {
        worst = larger(worst, course_error(w, i, dose, plan.ndoses));
    }
    free(dose);
    return is_known ? worst : NAN;
}
