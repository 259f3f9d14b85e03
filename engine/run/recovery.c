#include "run/recovery.h"

#include "cohort/population.h"
#include "core/rng.h"
#include "run/tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STEP 6.0 /* h between the records of the window, at most */

const double tacro_recovery_days[TACRO_NRECOVERY] = {1.0, 2.0, 4.0, 7.0, 14.0};

/* -- one patient ------------------------------------------------------------------- */

struct tacro_after tacro_after_of(const struct tacro_scenario *scenario, uint32_t draw)
{
    struct tacro_after after;
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        after.value[i] =
            tacro_rules_after(scenario->rules, scenario->input->history.risk,
                              (enum tacro_after_id)i, draw);
    }
    return after;
}

double tacro_recovery_median(const struct tacro_after *after, double stress)
{
    const double excess = stress - after->value[TACRO_AFTER_EXPOSURE_FREE];
    const double cost = excess > 0.0 ? excess : 0.0 * excess; /* NaN stays */
    return after->value[TACRO_AFTER_RECOVERY] *
           tacro_exp(after->value[TACRO_AFTER_EXPOSURE_SLOPE] * cost);
}

/* Log-normal distribution function. */
static double lognormal_cdf(double x, double median, double sd)
{
    return x > 0.0 ? tacro_normal_cdf(tacro_log(x / median) / sd) : 0.0;
}

double tacro_recovery_by(const struct tacro_after *after, double median, double since)
{
    return isnan(median)
               ? (double)NAN
               : lognormal_cdf(since, median, after->value[TACRO_AFTER_RECOVERY_SD]);
}

double tacro_imaging_by(const struct tacro_after *after, double since)
{
    return after->value[TACRO_AFTER_IMAGING] *
           lognormal_cdf(since, after->value[TACRO_AFTER_IMAGING_TIME],
                         after->value[TACRO_AFTER_IMAGING_SD]);
}

double tacro_unfavourable(const struct tacro_after *after,
                          enum tacro_consciousness severity, double sepsis, double aki)
{
    const double *v = after->value;
    const double logit =
        v[TACRO_AFTER_UNFAVOURABLE] +
        (severity == TACRO_CONSCIOUS ? 0.0 : v[TACRO_AFTER_UNFAVOURABLE_COMA]) +
        v[TACRO_AFTER_UNFAVOURABLE_SEPSIS] * sepsis +
        v[TACRO_AFTER_UNFAVOURABLE_AKI] * aki;
    return 1.0 / (1.0 + tacro_exp(-logit));
}

double tacro_recovery_normal(const struct tacro_scenario *scenario, uint32_t draw,
                             uint64_t patient)
{
    const struct tacro_rng_key key = {
        .seed = scenario->input->seed,
        .stream = TACRO_STREAM_RECOVERY,
        .draw = draw,
        .patient = patient,
        .k = scenario->outcome_key[scenario->input->history.risk]};
    return scenario->input->is_typical ? 0.0 : tacro_rng_normal(&key);
}

/* -- the window -------------------------------------------------------------------- */

int tacro_recovery_driver(const struct tacro_system *system, size_t set)
{
    const int hazard = system->hazard_state[set];
    int source = TACRO_NONE;
    for (size_t i = 0; hazard != TACRO_NONE && i < system->nequations; i++) {
        const struct tacro_system_equation *e = &system->equation[i];
        if (e->state == hazard && e->source.gain == TACRO_NONE) {
            source = e->source.state;
        }
    }
    for (size_t i = 0; source != TACRO_NONE && i < system->nequations; i++) {
        if (system->equation[i].state == source &&
            system->equation[i].rate != TACRO_NONE) {
            return source;
        }
    }
    return TACRO_NONE;
}

size_t tacro_recovery_window(const struct tacro_input *input, double *time,
                             double *weight)
{
    const struct tacro_history *history = &input->history;
    double length;
    size_t n;
    if (!history->is_given) {
        return 0;
    }
    length = fmin(input->risk[history->risk]->after[TACRO_AFTER_EXPOSURE_WINDOW].value,
                  input->horizon - history->onset);
    n = 2 * (size_t)ceil(length / (2.0 * STEP) - TACRO_SAME_TIME);
    n = n < 2 ? 2 : n;
    for (size_t i = 0; time != NULL && i <= n; i++) {
        const bool is_end = i == 0 || i == n;
        time[i] = history->onset + length * (double)i / (double)n;
        weight[i] = (is_end ? 1.0 : i % 2 == 1 ? 4.0 : 2.0) / (3.0 * (double)n);
    }
    return n + 1;
}

/* -- words ------------------------------------------------------------------------- */

char *tacro_recovery_endpoint(const struct tacro_input *input, size_t outcome)
{
    static const char form[] = "recurrence of %.*s after recovery";
    const char *endpoint = input->risk[outcome]->endpoint;
    const char *name = input->risk[outcome]->outcome;
    const size_t n = strlen(name);
    char *text = NULL;
    if (!input->history.is_given || input->history.risk != outcome) {
        return strdup(endpoint);
    }
    /* as the endpoint spells it: pres is PRES */
    for (const char *at = endpoint; strlen(at) >= n; at++) {
        if (strncasecmp(at, name, n) == 0) {
            name = at;
            break;
        }
    }
    text = malloc(sizeof form + n);
    if (text != NULL) {
        snprintf(text, sizeof form + n, form, (int)n, name);
    }
    return text;
}

/* -- rows of a group --------------------------------------------------------------- */

enum tacro_status tacro_recovery_rows_create(const struct tacro_scenario *scenario,
                                             size_t nrows,
                                             struct tacro_recovery_rows **out,
                                             struct tacro_error *err)
{
    struct tacro_recovery_rows *rows;
    *out = NULL;
    if (!scenario->input->history.is_given) {
        return TACRO_OK;
    }
    rows = calloc(1, sizeof *rows);
    if (rows != NULL) {
        rows->time = calloc(nrows, sizeof *rows->time);
        rows->hazard = calloc(nrows, sizeof *rows->hazard);
        rows->factor = calloc(nrows, sizeof *rows->factor);
        rows->again = calloc(nrows, sizeof *rows->again);
        rows->by_day = calloc(nrows * scenario->ndays + 1, sizeof *rows->by_day);
        rows->by = calloc(nrows * TACRO_NRECOVERY, sizeof *rows->by);
        rows->unfavourable = calloc(nrows, sizeof *rows->unfavourable);
    }
    if (rows == NULL || rows->time == NULL || rows->hazard == NULL ||
        rows->factor == NULL || rows->again == NULL || rows->by_day == NULL ||
        rows->by == NULL || rows->unfavourable == NULL) {
        tacro_recovery_rows_free(rows);
        return tacro_fail(err, TACRO_ENOMEM, "recovery of %zu subjects", nrows);
    }
    *out = rows;
    return TACRO_OK;
}

void tacro_recovery_rows_free(struct tacro_recovery_rows *rows)
{
    if (rows != NULL) {
        free(rows->time);
        free(rows->hazard);
        free(rows->factor);
        free(rows->again);
        free(rows->by_day);
        free(rows->by);
        free(rows->unfavourable);
        free(rows);
    }
}

/* One lane's view of a block: a state at the records. */
struct course {
    const struct tacro_scenario *scenario;
    const struct tacro_arm *arm;
    const struct tacro_block_result *result;
    size_t lane;
};

static double state_at(const struct course *c, size_t output, int state)
{
    const size_t record = (size_t)c->scenario->record_of[output];
    return c->result
        ->state[(record * c->arm->system->nstates + (size_t)state) * TACRO_LANES +
                c->lane];
}

static double mean_stress(const struct course *c)
{
    const struct tacro_scenario *s = c->scenario;
    const int state = tacro_recovery_driver(c->arm->system, s->input->history.risk + 1);
    double mean = 0.0;
    for (size_t i = 0; i < s->nwindow; i++) {
        mean += s->window_weight[i] * state_at(c, s->window_output[i], state);
    }
    return mean;
}

/* A point of a curve in time: the cumulative hazard since the landmark. */
struct point {
    double time;
    double hazard;
};

/*
 * Where the curve, straight between records, first reaches a time and a hazard;
 * INFINITY for both if it does not before the horizon, the landmark if it has by then.
 */
static struct point reach(const struct course *c, double time, double hazard)
{
    const struct tacro_scenario *s = c->scenario;
    const int state = c->arm->system->hazard_state[s->input->history.risk + 1];
    const double start = state_at(c, s->landmark_output, state);
    struct point from = {s->time[s->landmark_output], 0.0};
    if (isnan(start) || isnan(time) || isnan(hazard)) {
        return (struct point){NAN, NAN};
    }
    for (size_t o = s->landmark_output + 1; o < s->ntimes; o++) {
        if (s->record_of[o] != TACRO_NONE) {
            const struct point to = {s->time[o], state_at(c, o, state) - start};
            if (to.time > time && to.hazard >= hazard) {
                const double rise = to.hazard - from.hazard;
                const double x = fmax((time - from.time) / (to.time - from.time),
                                      rise > 0.0 ? (hazard - from.hazard) / rise : 0.0);
                const double share = fmin(fmax(x, 0.0), 1.0);
                return (struct point){from.time + (to.time - from.time) * share,
                                      from.hazard + rise * share};
            }
            from = to;
        }
    }
    return (struct point){INFINITY, INFINITY};
}

/* -ln U of the outcome, as events are simulated elsewhere. */
static double unit_exponential(const struct tacro_scenario *s,
                               const struct tacro_subject *subject)
{
    const struct tacro_rng_key key = {.seed = s->input->seed,
                                      .stream = TACRO_STREAM_OUTCOME,
                                      .draw = subject->draw,
                                      .patient = subject->patient,
                                      .k = s->outcome_key[s->input->history.risk]};
    return -tacro_log(tacro_rng_uniform(&key));
}

/* A covariate of the patient at the landmark. */
static double at_landmark(const struct tacro_scenario *s,
                          const struct tacro_subject *subject,
                          enum tacro_covariate_id id)
{
    return tacro_population_of(s->input, subject->covariate, subject->patient, id,
                               s->input->landmark);
}

void tacro_recovery_gather(const struct tacro_scenario *scenario,
                           const struct tacro_arm *arm,
                           const struct tacro_block_result *result,
                           const struct tacro_subject *const *subject,
                           const size_t *row, struct tacro_recovery_rows *rows)
{
    const struct tacro_history *history = &scenario->input->history;
    for (size_t l = 0; rows != NULL && l < TACRO_LANES; l++) {
        const struct course c = {scenario, arm, result, l};
        const struct tacro_after after = tacro_after_of(scenario, subject[l]->draw);
        const double median = tacro_recovery_median(&after, mean_stress(&c));
        const double z =
            tacro_recovery_normal(scenario, subject[l]->draw, subject[l]->patient);
        const size_t r = row[l];
        rows->time[r] = history->onset +
                        median * tacro_exp(after.value[TACRO_AFTER_RECOVERY_SD] * z);
        rows->hazard[r] = reach(&c, rows->time[r], 0.0).hazard;
        rows->factor[r] = after.value[TACRO_AFTER_RECURRENCE];
        rows->again[r] =
            reach(&c, rows->time[r],
                  rows->hazard[r] +
                      unit_exponential(scenario, subject[l]) / rows->factor[r])
                .time;
        for (size_t d = 0; d < scenario->ndays; d++) {
            const double since =
                scenario->time[scenario->day_output[d]] - history->onset;
            rows->by_day[r * scenario->ndays + d] =
                since < -TACRO_SAME_TIME ? (double)NAN
                                         : tacro_recovery_by(&after, median, since);
        }
        for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
            rows->by[r * TACRO_NRECOVERY + i] =
                tacro_recovery_by(&after, median, 24.0 * tacro_recovery_days[i]);
        }
        rows->unfavourable[r] =
            tacro_unfavourable(&after, history->severity,
                               at_landmark(scenario, subject[l], TACRO_COV_infection),
                               at_landmark(scenario, subject[l], TACRO_COV_aki));
    }
}

void tacro_recovery_recur(const struct tacro_recovery_rows *rows, const size_t *row,
                          double *h)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double base = rows->hazard[row[l]];
        /* a lane whose course failed stays NaN */
        h[l] = h[l] <= base ? 0.0 : rows->factor[row[l]] * (h[l] - base);
    }
}

/* -- sums -------------------------------------------------------------------------- */

enum tacro_status tacro_recovery_sums_create(const struct tacro_scenario *scenario,
                                             struct tacro_recovery_sums **out,
                                             struct tacro_error *err)
{
    const size_t draws = scenario->input->ndraws;
    struct tacro_recovery_sums *sums;
    *out = NULL;
    if (!scenario->input->history.is_given) {
        return TACRO_OK;
    }
    sums = calloc(1, sizeof *sums);
    if (sums != NULL) {
        sums->by_day = calloc(draws * scenario->ndays + 1, sizeof *sums->by_day);
        sums->by = calloc(draws * TACRO_NRECOVERY, sizeof *sums->by);
        sums->unfavourable = calloc(draws, sizeof *sums->unfavourable);
    }
    if (sums == NULL || sums->by_day == NULL || sums->by == NULL ||
        sums->unfavourable == NULL) {
        tacro_recovery_sums_free(sums);
        return tacro_fail(err, TACRO_ENOMEM, "recovery in %zu draws", draws);
    }
    *out = sums;
    return TACRO_OK;
}

void tacro_recovery_sums_free(struct tacro_recovery_sums *sums)
{
    if (sums != NULL) {
        free(sums->by_day);
        free(sums->by);
        free(sums->unfavourable);
        free(sums);
    }
}

/* NaN (before the onset) adds nothing. */
static void add_row(const double *p, size_t n, uint64_t *sum)
{
    for (size_t i = 0; i < n; i++) {
        tacro_tally_add_probability(&sum[i], p[i]);
    }
}

void tacro_recovery_add(const struct tacro_scenario *scenario,
                        const struct tacro_recovery_rows *rows, size_t row,
                        uint64_t draw, struct tacro_recovery_sums *sums)
{
    const size_t nd = scenario->ndays;
    if (rows != NULL) {
        add_row(rows->by_day + row * nd, nd, sums->by_day + draw * nd);
        add_row(rows->by + row * TACRO_NRECOVERY, TACRO_NRECOVERY,
                sums->by + draw * TACRO_NRECOVERY);
        add_row(rows->unfavourable + row, 1, sums->unfavourable + draw);
    }
}

void tacro_recovery_merge(const struct tacro_scenario *scenario,
                          struct tacro_recovery_sums *into,
                          const struct tacro_recovery_sums *from)
{
    const size_t draws = scenario->input->ndraws;
    if (from != NULL) {
        tacro_tally_add_counts(into->by_day, from->by_day, draws * scenario->ndays);
        tacro_tally_add_counts(into->by, from->by, draws * TACRO_NRECOVERY);
        tacro_tally_add_counts(into->unfavourable, from->unfavourable, draws);
    }
}
