#include "run/gather.h"

#include <math.h>
#include <stdlib.h>

enum tacro_status tacro_gather_create(const struct tacro_scenario *scenario,
                                      size_t regimen, size_t group, size_t nrows,
                                      size_t nblocks, struct tacro_gather **out,
                                      struct tacro_error *err)
{
    const size_t nt = scenario->ntimes;
    const size_t days = nrows * scenario->ndays + 1;
    const size_t no = scenario->input->nrisks;
    struct tacro_gather *g = calloc(1, sizeof *g);
    *out = g;
    if (g != NULL) {
        g->regimen = regimen;
        g->group = group;
        g->nrows = nrows;
        g->blocks_left = nblocks;
        g->concentration = calloc(nrows * nt, sizeof *g->concentration);
        g->bin = calloc(nrows * nt, sizeof *g->bin);
        g->trough = calloc(days, sizeof *g->trough);
        g->auc24 = calloc(days, sizeof *g->auc24);
        g->dose_given = calloc(days, sizeof *g->dose_given);
        g->mapped = calloc(scenario->system->noutputs * days + 1, sizeof *g->mapped);
        g->risk = calloc(no * days + 1, sizeof *g->risk);
        g->risk_horizon = calloc(no * nrows + 1, sizeof *g->risk_horizon);
        g->event_free = calloc(days, sizeof *g->event_free);
        g->event_free_horizon = calloc(nrows, sizeof *g->event_free_horizon);
        g->status = calloc(nrows, sizeof *g->status);
        g->steps = calloc(nrows, sizeof *g->steps);
        g->rhs_calls = calloc(nrows, sizeof *g->rhs_calls);
        g->failure_time = calloc(nrows, sizeof *g->failure_time);
        if (!scenario->arm[regimen].is_shared) {
            g->ledger = calloc(nrows, sizeof *g->ledger);
        }
    }
    if (g == NULL || g->concentration == NULL || g->bin == NULL || g->trough == NULL ||
        g->auc24 == NULL || g->dose_given == NULL || g->mapped == NULL ||
        g->risk == NULL || g->risk_horizon == NULL || g->event_free == NULL ||
        g->event_free_horizon == NULL || g->status == NULL || g->steps == NULL ||
        g->rhs_calls == NULL || g->failure_time == NULL ||
        (!scenario->arm[regimen].is_shared && g->ledger == NULL)) {
        tacro_gather_free(g);
        *out = NULL;
        return tacro_fail(err, TACRO_ENOMEM, "group of %zu subjects x %zu times", nrows,
                          nt);
    }
    return TACRO_OK;
}

void tacro_gather_free(struct tacro_gather *gather)
{
    if (gather == NULL) {
        return;
    }
    free(gather->concentration);
    free(gather->bin);
    free(gather->trough);
    free(gather->auc24);
    free(gather->dose_given);
    free(gather->mapped);
    free(gather->risk);
    free(gather->risk_horizon);
    free(gather->event_free);
    free(gather->event_free_horizon);
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

/* Lanes whose course failed keep their NaN. */
static void simulated(const double *event_time, double t, double *h)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double all = event_time[l] <= t ? (double)INFINITY : 0.0;
        h[l] = isnan(h[l]) ? h[l] : all;
    }
}

/*
 * Probability of at least one event from the landmark to output o; NaN before it. Every
 * outcome can follow every other and nobody dies, so each is 1 - exp(-H) of its own
 * hazard, and neither is exp(-sum H). Where a rule changes the course at an outcome,
 * that outcome is simulated: before it its H counts as 0, after it as infinite.
 *
 * to      [outcome] first of each outcome's column, and of the column of neither
 */
static void gather_risks_at(const struct tacro_scenario *scenario,
                            const struct tacro_kernels *kernels,
                            const struct tacro_arm *arm,
                            const struct tacro_block_result *result, size_t o,
                            const size_t *row, size_t ncolumns, double *const *to)
{
    const size_t no = scenario->input->nrisks;
    const size_t landmark = scenario->landmark_output;
    double h[TACRO_LANES] __attribute__((aligned(64)));
    double p[TACRO_LANES] __attribute__((aligned(64)));
    double sum[TACRO_LANES] __attribute__((aligned(64)));
    fill(0.0, sum);
    fill(NAN, p);
    for (size_t k = 0; k < no; k++) {
        if (o >= landmark) {
            const int state = arm->system->hazard_state[k + 1];
            subtract(state_at(scenario, arm, result, o, state),
                     state_at(scenario, arm, result, landmark, state), h);
            if (arm->reacts[k]) {
                simulated(result->event_time + k * TACRO_LANES, scenario->time[o], h);
            }
            kernels->risk(h, p);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                sum[l] += h[l];
            }
        }
        scatter(p, row, ncolumns, to[k]);
    }
    if (o >= landmark) {
        kernels->survival(sum, p);
    }
    scatter(p, row, ncolumns, to[no]);
}

static void gather_risks(const struct tacro_scenario *scenario,
                         const struct tacro_kernels *kernels,
                         const struct tacro_block_result *result, const size_t *row,
                         struct tacro_gather *g)
{
    const struct tacro_arm *arm = &scenario->arm[g->regimen];
    const size_t nd = scenario->ndays;
    const size_t no = scenario->input->nrisks;
    double *to[TACRO_MAX_RISKS + 1];
    for (size_t d = 0; d < nd; d++) {
        for (size_t k = 0; k < no; k++) {
            to[k] = g->risk + k * g->nrows * nd + d;
        }
        to[no] = g->event_free + d;
        gather_risks_at(scenario, kernels, arm, result, scenario->day_output[d], row,
                        nd, to);
    }
    for (size_t k = 0; k < no; k++) {
        to[k] = g->risk_horizon + k * g->nrows;
    }
    to[no] = g->event_free_horizon;
    gather_risks_at(scenario, kernels, arm, result, scenario->ntimes - 1, row, 1, to);
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
    gather_curves(scenario, grid, result, row, gather);
    gather_days(scenario, result, course, row, gather);
    gather_risks(scenario, kernels, result, row, gather);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        gather->status[row[l]] = (uint8_t)result->status[l];
        gather->failure_time[row[l]] = result->failure_time[l];
        gather->steps[row[l]] = result->steps;
        gather->rhs_calls[row[l]] = result->rhs_calls;
    }
    return gather_ledgers(course, row, gather)
               ? TACRO_OK
               : tacro_fail(err, TACRO_ENOMEM, "ledgers of a group");
}
