#include "run/gather.h"

#include "run/observed.h"

#include <math.h>
#include <stdlib.h>

/* NaN, as there is nothing to say before the landmark. */
static double *new_unknown(size_t n)
{
    double *value = malloc((n + 1) * sizeof *value);
    for (size_t i = 0; value != NULL && i < n + 1; i++) {
        value[i] = NAN;
    }
    return value;
}

static bool create_risks(size_t nrows, size_t ndays, size_t noutcomes,
                         size_t nendpoints, struct tacro_gather *g)
{
    const size_t days = nrows * ndays;
    g->risk = new_unknown(noutcomes * days);
    g->risk_horizon = new_unknown(noutcomes * nrows);
    g->first = new_unknown(noutcomes * days);
    g->first_horizon = new_unknown(noutcomes * nrows);
    g->death = new_unknown(days);
    g->death_horizon = new_unknown(nrows);
    g->event_free = new_unknown(days);
    g->event_free_horizon = new_unknown(nrows);
    g->event_time = new_unknown(noutcomes * nrows);
    g->endpoint = new_unknown(nendpoints * nrows);
    return g->risk != NULL && g->risk_horizon != NULL && g->first != NULL &&
           g->first_horizon != NULL && g->death != NULL && g->death_horizon != NULL &&
           g->event_free != NULL && g->event_free_horizon != NULL &&
           g->event_time != NULL && g->endpoint != NULL;
}

static bool create_rows(const struct tacro_scenario *scenario, struct tacro_gather *g)
{
    const size_t nrows = g->nrows;
    const size_t nt = scenario->ntimes;
    const size_t days = nrows * scenario->ndays + 1;
    const bool is_shared = scenario->arm[g->regimen].is_shared;
    g->concentration = calloc(nrows * nt, sizeof *g->concentration);
    g->bin = calloc(nrows * nt, sizeof *g->bin);
    g->trough = calloc(days, sizeof *g->trough);
    g->auc24 = calloc(days, sizeof *g->auc24);
    g->dose_given = calloc(days, sizeof *g->dose_given);
    g->mapped = calloc(scenario->arm[g->regimen].system->noutputs * days + 1,
                       sizeof *g->mapped);
    g->status = calloc(nrows, sizeof *g->status);
    g->steps = calloc(nrows, sizeof *g->steps);
    g->rhs_calls = calloc(nrows, sizeof *g->rhs_calls);
    g->failure_time = calloc(nrows, sizeof *g->failure_time);
    g->ledger = is_shared ? NULL : calloc(nrows, sizeof *g->ledger);
    return g->concentration != NULL && g->bin != NULL && g->trough != NULL &&
           g->auc24 != NULL && g->dose_given != NULL && g->mapped != NULL &&
           g->status != NULL && g->steps != NULL && g->rhs_calls != NULL &&
           g->failure_time != NULL && (is_shared || g->ledger != NULL);
}

/* Rows for the same patients with simulated outcomes, which only risks differ in. */
static bool create_control(const struct tacro_scenario *scenario,
                           struct tacro_gather *g)
{
    bool simulated[TACRO_MAX_RISKS];
    if (g->regimen != tacro_input_reference(scenario->input, g->regimen) ||
        !tacro_scenario_control(scenario, simulated)) {
        return true;
    }
    g->control = calloc(1, sizeof *g->control);
    if (g->control == NULL) {
        return false;
    }
    g->control->nrows = g->nrows;
    return create_risks(g->nrows, scenario->ndays, scenario->input->nrisks, 0,
                        g->control);
}

enum tacro_status tacro_gather_create(const struct tacro_scenario *scenario,
                                      size_t regimen, size_t group, size_t nrows,
                                      size_t nblocks, struct tacro_gather **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_gather *g = calloc(1, sizeof *g);
    bool ok = g != NULL;
    *out = NULL;
    if (ok) {
        g->regimen = regimen;
        g->group = group;
        g->nrows = nrows;
        g->blocks_left = nblocks;
        ok = create_rows(scenario, g) && tacro_observed_create(scenario, g) &&
             create_risks(nrows, scenario->ndays, scenario->input->nrisks,
                          scenario->input->nendpoints, g);
    }
    ok = ok && create_control(scenario, g);
    if (!ok) {
        st = tacro_fail(err, TACRO_ENOMEM, "group of %zu subjects x %zu times", nrows,
                        scenario->ntimes);
        goto done;
    }
    TACRO_TRY(tacro_recovery_rows_create(scenario, nrows, &g->recovery, err));
    *out = g;
    g = NULL;
done:
    tacro_gather_free(g);
    return st;
}

void tacro_gather_free(struct tacro_gather *gather)
{
    if (gather == NULL) {
        return;
    }
    tacro_gather_free(gather->control);
    free(gather->concentration);
    free(gather->bin);
    free(gather->trough);
    free(gather->auc24);
    free(gather->dose_given);
    free(gather->mapped);
    free(gather->observed);
    free(gather->risk);
    free(gather->risk_horizon);
    free(gather->first);
    free(gather->first_horizon);
    free(gather->death);
    free(gather->death_horizon);
    free(gather->event_free);
    free(gather->event_free_horizon);
    free(gather->event_time);
    free(gather->endpoint);
    tacro_recovery_rows_free(gather->recovery);
    free(gather->status);
    free(gather->steps);
    free(gather->rhs_calls);
    free(gather->failure_time);
    for (size_t i = 0; gather->ledger != NULL && i < gather->nrows; i++) {
        tacro_ledger_free(&gather->ledger[i]);
    }
    free(gather->ledger);
    free(gather);
}

/* Output times that are transposed together: a cache line of floats. */
#define TIMES 16

static void gather_curves(const struct tacro_scenario *scenario,
                          const struct tacro_grid *grid,
                          const struct tacro_block_result *result, const size_t *row,
                          struct tacro_gather *g)
{
    const size_t nt = scenario->ntimes;
    float level[TIMES][TACRO_LANES];
    for (size_t first = 0; first < nt; first += TIMES) {
        const size_t n = nt - first < TIMES ? nt - first : TIMES;
        for (size_t i = 0; i < n; i++) {
            const double *c = result->concentration + (first + i) * TACRO_LANES;
            uint16_t *to = g->bin + (first + i) * g->nrows;
            uint16_t bin[TACRO_LANES];
            tacro_grid_bins(grid, c, bin);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                to[row[l]] = bin[l];
            }
            for (size_t l = 0; l < TACRO_LANES; l++) {
                level[i][l] = (float)c[l];
            }
        }
        for (size_t l = 0; l < TACRO_LANES; l++) {
            float *to = g->concentration + row[l] * nt + first;
            for (size_t i = 0; i < n; i++) {
                to[i] = level[i][l];
            }
        }
    }
}

/* One value per lane into a column of the rows. */
static void scatter(const double *value, const size_t *row, size_t ncolumns, double *to)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        to[row[l] * ncolumns] = value[l];
    }
}

static void fill(double value, double *lane)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        lane[l] = value;
    }
}

static void subtract(const double *a, const double *b, double *lane)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        lane[l] = a[l] - b[l];
    }
}

/* A state of the lanes at output o, which is a record. */
static const double *state_at(const struct tacro_scenario *scenario,
                              const struct tacro_arm *arm,
                              const struct tacro_block_result *result, size_t o,
                              int state)
{
    const size_t record = (size_t)scenario->record_of[o];
    return result->state +
           (record * arm->system->nstates + (size_t)state) * TACRO_LANES;
}

/* First dose of each lane, h from start; a steady state before the start counts. */
static void first_doses(const struct tacro_course *const *course, double *first)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_ledger *ledger = &course[l]->ledger;
        first[l] = INFINITY;
        for (size_t i = 0; i < ledger->n && first[l] == INFINITY; i++) {
            if (ledger->row[i].kind == TACRO_LEDGER_DOSE) {
                first[l] =
                    ledger->row[i].ss > 0 ? (double)-INFINITY : ledger->row[i].time;
            }
        }
    }
}

/* The values of lanes that have had a dose, NaN for the others. */
static void with_drug(const double *value, const double *first_dose, double t,
                      double *lane)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        lane[l] = first_dose[l] < t - TACRO_SAME_TIME ? value[l] : (double)NAN;
    }
}

/* mg given to each lane in a dosing day, NaN if the horizon cuts it. */
static void daily_doses(const struct tacro_scenario *scenario,
                        const struct tacro_course *const *course, size_t d,
                        double *lane)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        lane[l] = l > 0 && course[l] == course[l - 1]
                      ? lane[l - 1]
                      : tacro_scenario_daily_dose(scenario, &course[l]->ledger, d);
    }
}

static void gather_days(const struct tacro_scenario *scenario,
                        const struct tacro_block_result *result,
                        const struct tacro_course *const *course, const size_t *row,
                        struct tacro_gather *g)
{
    const struct tacro_arm *arm = &scenario->arm[g->regimen];
    const size_t nd = scenario->ndays;
    const size_t nmapped = arm->system->noutputs;
    const int auc = arm->system->auc_state;
    double first_dose[TACRO_LANES];
    double lane[TACRO_LANES];
    first_doses(course, first_dose);
    for (size_t d = 0; d < nd; d++) {
        const size_t o = scenario->day_output[d];
        const double t = scenario->time[o];
        const size_t record = (size_t)scenario->record_of[o];
        with_drug(result->concentration + o * TACRO_LANES, first_dose, t, lane);
        scatter(lane, row, nd, g->trough + d);
        for (size_t m = 0; m < nmapped; m++) {
            with_drug(result->mapped + (record * nmapped + m) * TACRO_LANES, first_dose,
                      t, lane);
            scatter(lane, row, nd, g->mapped + m * g->nrows * nd + d);
        }
        daily_doses(scenario, course, d, lane);
        scatter(lane, row, nd, g->dose_given + d);
        fill(NAN, lane);
        if (d + 1 < nd) {
            subtract(state_at(scenario, arm, result, scenario->day_output[d + 1], auc),
                     state_at(scenario, arm, result, o, auc), lane);
        }
        scatter(lane, row, nd, g->auc24 + d);
    }
}

/*
 * The records from the landmark on: it, the days after it and the horizon.
 *
 * output  [ndays + 2] of each
 * day     [ndays + 2] index of each day, SIZE_MAX: none
 */
static size_t list_records(const struct tacro_scenario *scenario, size_t *output,
                           size_t *day)
{
    size_t n = 1;
    output[0] = scenario->landmark_output;
    day[0] = SIZE_MAX;
    for (size_t d = 0; d < scenario->ndays; d++) {
        const size_t o = scenario->day_output[d];
        if (o == scenario->landmark_output) {
            day[0] = d;
        } else if (o > scenario->landmark_output) {
            output[n] = o;
            day[n++] = d;
        }
    }
    if (output[n - 1] != scenario->ntimes - 1) {
        output[n] = scenario->ntimes - 1;
        day[n++] = SIZE_MAX;
    }
    return n;
}

/*
 * Cumulative hazards of the lanes since the landmark; of an event that the patients
 * have had, those of a recurrence.
 */
static void read_hazards(const struct tacro_scenario *scenario,
                         const struct tacro_arm *arm,
                         const struct tacro_block_result *result, const size_t *output,
                         const struct tacro_recovery_rows *recovery, const size_t *row,
                         struct tacro_course_hazards *hazards)
{
    hazards->death = scenario->input->death_hazard;
    hazards->event_time = result->event_time;
    for (size_t k = 0; k < hazards->noutcomes; k++) {
        const int state = arm->system->hazard_state[k + 1];
        hazards->is_simulated[k] = arm->reacts[k];
        for (size_t j = 0; j < hazards->n; j++) {
            subtract(state_at(scenario, arm, result, output[j], state),
                     state_at(scenario, arm, result, output[0], state),
                     hazards->hazard + (k * hazards->n + j) * TACRO_LANES);
        }
    }
    for (size_t j = 0; recovery != NULL && j < hazards->n; j++) {
        const size_t k = scenario->input->history.risk;
        tacro_recovery_recur(recovery, row,
                             hazards->hazard + (k * hazards->n + j) * TACRO_LANES);
    }
}

/* One probability at all records into its days, NaN before the landmark. */
static void scatter_days(const struct tacro_course_hazards *hazards, const size_t *day,
                         const double *value, const size_t *row, size_t ndays,
                         double *days, double *horizon)
{
    for (size_t j = 0; j < hazards->n; j++) {
        if (day[j] != SIZE_MAX) {
            scatter(value + j * TACRO_LANES, row, ndays, days + day[j]);
        }
    }
    scatter(value + (hazards->n - 1) * TACRO_LANES, row, 1, horizon);
}

static void scatter_risks(const struct tacro_course_hazards *hazards,
                          const struct tacro_course_risks *risks, const size_t *day,
                          const size_t *row, size_t nd, struct tacro_gather *g)
{
    for (size_t k = 0; k < hazards->noutcomes; k++) {
        const size_t at = k * hazards->n * TACRO_LANES;
        const size_t all = k * g->nrows;
        scatter_days(hazards, day, risks->ever + at, row, nd, g->risk + all * nd,
                     g->risk_horizon + all);
        scatter_days(hazards, day, risks->first + at, row, nd, g->first + all * nd,
                     g->first_horizon + all);
    }
    scatter_days(hazards, day, risks->death, row, nd, g->death, g->death_horizon);
    scatter_days(hazards, day, risks->free, row, nd, g->event_free,
                 g->event_free_horizon);
}

static void gather_times(const struct tacro_scenario *scenario,
                         const struct tacro_block_result *result, const size_t *row,
                         struct tacro_gather *g)
{
    const struct tacro_input *input = scenario->input;
    for (size_t k = 0; k < input->nrisks; k++) {
        const bool is_again = input->history.is_given && k == input->history.risk;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double t = is_again ? g->recovery->again[row[l]]
                                      : result->event_time[k * TACRO_LANES + l];
            g->event_time[k * g->nrows + row[l]] = isfinite(t) ? t : (double)NAN;
        }
    }
}

static enum tacro_status gather_risks(const struct tacro_scenario *scenario,
                                      const struct tacro_kernels *kernels,
                                      const struct tacro_block_result *result,
                                      const size_t *row, struct tacro_gather *g,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nd = scenario->ndays;
    struct tacro_course_hazards hazards = {0};
    struct tacro_course_risks risks = {NULL, NULL, NULL, NULL};
    size_t *output = calloc(2 * (nd + 2), sizeof *output);
    double *time = malloc((nd + 2) * sizeof *time);
    size_t *day;
    size_t n;
    if (output == NULL || time == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "risks of a group");
        goto done;
    }
    day = output + nd + 2;
    n = list_records(scenario, output, day);
    for (size_t j = 0; j < n; j++) {
        time[j] = scenario->time[output[j]];
    }
    TACRO_TRY(
        tacro_course_risks_create(scenario->input->nrisks, n, &hazards, &risks, err));
    hazards.n = n; /* day and output have as many */
    hazards.time = time;
    read_hazards(scenario, &scenario->arm[g->regimen], result, output, g->recovery, row,
                 &hazards);
    tacro_course_risks_fill(&hazards, kernels, &risks);
    scatter_risks(&hazards, &risks, day, row, nd, g);
    if (g->control != NULL) {
        tacro_scenario_control(scenario, hazards.is_simulated);
        tacro_course_risks_fill(&hazards, kernels, &risks);
        scatter_risks(&hazards, &risks, day, row, nd, g->control);
    }
    gather_times(scenario, result, row, g);
done:
    tacro_course_risks_free(&hazards, &risks);
    free(time);
    free(output);
    return st;
}

/* Ledgers of lanes with courses of their own; a copy of a lane overwrites its row. */
static bool gather_ledgers(const struct tacro_course *const *course, const size_t *row,
                           struct tacro_gather *g)
{
    bool ok = true;
    for (size_t l = 0; g->ledger != NULL && l < TACRO_LANES; l++) {
        ok = ok && tacro_ledger_copy(&course[l]->ledger, &g->ledger[row[l]]);
    }
    return ok;
}

enum tacro_status tacro_gather_block(const struct tacro_scenario *scenario,
                                     const struct tacro_kernels *kernels,
                                     const struct tacro_grid *grid,
                                     const struct tacro_block_result *result,
                                     const struct tacro_course *const *course,
                                     const size_t *row, struct tacro_gather *gather,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    gather_curves(scenario, grid, result, row, gather);
    gather_days(scenario, result, course, row, gather);
    TACRO_TRY(gather_risks(scenario, kernels, result, row, gather, err));
    for (size_t l = 0; l < TACRO_LANES; l++) {
        gather->status[row[l]] = (uint8_t)result->status[l];
        gather->failure_time[row[l]] = result->failure_time[l];
        gather->steps[row[l]] = result->steps;
        gather->rhs_calls[row[l]] = result->rhs_calls;
    }
    if (!gather_ledgers(course, row, gather)) {
        st = tacro_fail(err, TACRO_ENOMEM, "ledgers of a group");
    }
done:
    return st;
}
