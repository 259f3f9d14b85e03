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
    }
    if (g == NULL || g->concentration == NULL || g->bin == NULL || g->trough == NULL ||
        g->auc24 == NULL || g->dose_given == NULL || g->mapped == NULL ||
        g->risk == NULL || g->risk_horizon == NULL || g->event_free == NULL ||
        g->event_free_horizon == NULL || g->status == NULL || g->steps == NULL ||
        g->rhs_calls == NULL || g->failure_time == NULL) {
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
    free(gather);
}

double tacro_bin_value(size_t bin)
{
    if (bin == TACRO_BIN_UNDER) {
        return 0.0;
    }
    if (bin >= TACRO_BIN_OVER) {
        return INFINITY;
    }
    return tacro_exp(tacro_log(TACRO_BIN_FIRST) +
                     ((double)bin - 0.5) * tacro_log(TACRO_BIN_RATIO));
}

void tacro_bin_lanes(const struct tacro_kernels *kernels, const double *concentration,
                     uint16_t *bin)
{
    double at[TACRO_LANES];
    kernels->log_bin(concentration, tacro_log(TACRO_BIN_FIRST),
                     tacro_log(TACRO_BIN_RATIO), at);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (isnan(concentration[l])) {
            bin[l] = TACRO_BIN_FAILED;
        } else if (!(at[l] >= 0.0)) {
            bin[l] = TACRO_BIN_UNDER;
        } else if (at[l] >= TACRO_NBINS) {
            bin[l] = TACRO_BIN_OVER;
        } else {
            bin[l] = (uint16_t)(at[l] + 1.0);
        }
    }
}

static void gather_curves(const struct tacro_scenario *scenario,
                          const struct tacro_kernels *kernels,
                          const struct tacro_block_result *result, const size_t *row,
                          struct tacro_gather *g)
{
    const size_t nt = scenario->ntimes;
    for (size_t i = 0; i < nt; i++) {
        const double *c = result->concentration + i * TACRO_LANES;
        uint16_t bin[TACRO_LANES];
        tacro_bin_lanes(kernels, c, bin);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            g->concentration[row[l] * nt + i] = (float)c[l];
            g->bin[row[l] * nt + i] = bin[l];
        }
    }
}

/* A state of a lane at output o, which is a record. */
static double state_at(const struct tacro_scenario *scenario,
                       const struct tacro_block_result *result, size_t o, int state,
                       size_t l)
{
    const size_t record = (size_t)scenario->record_of[o];
    return result
        ->state[(record * scenario->system->nstates + (size_t)state) * TACRO_LANES + l];
}

static void gather_days(const struct tacro_scenario *scenario,
                        const struct tacro_block_result *result, size_t l, size_t row,
                        struct tacro_gather *g)
{
    const size_t nd = scenario->ndays;
    const double first_dose = tacro_scenario_first_dose(scenario, g->regimen);
    const int auc = scenario->system->auc_state;
    for (size_t d = 0; d < nd; d++) {
        const size_t o = scenario->day_output[d];
        const bool has_drug = first_dose < scenario->time[o] - TACRO_SAME_TIME;
        const size_t at = row * nd + d;
        g->trough[at] =
            has_drug ? result->concentration[o * TACRO_LANES + l] : (double)NAN;
        g->dose_given[at] = scenario->daily_dose[g->regimen * nd + d];
        g->auc24[at] = d + 1 < nd ? state_at(scenario, result,
                                             scenario->day_output[d + 1], auc, l) -
                                        state_at(scenario, result, o, auc, l)
                                  : (double)NAN;
        for (size_t m = 0; m < scenario->system->noutputs; m++) {
            const size_t record = (size_t)scenario->record_of[o];
            const double value =
                result->mapped[(record * scenario->system->noutputs + m) * TACRO_LANES +
                               l];
            g->mapped[m * g->nrows * nd + at] = has_drug ? value : (double)NAN;
        }
    }
}

/* Cumulative hazard of an outcome from the landmark to output o; NaN before it. */
static double hazard_from_landmark(const struct tacro_scenario *scenario,
                                   const struct tacro_block_result *result,
                                   size_t outcome, size_t o, size_t l)
{
    const int state = scenario->system->hazard_state[outcome + 1];
    const size_t landmark = scenario->landmark_output;
    if (o < landmark) {
        return NAN;
    }
    return state_at(scenario, result, o, state, l) -
           state_at(scenario, result, landmark, state, l);
}

/*
 * Probability of at least one event. Every outcome can follow every other and nobody
 * dies, so each is 1 - exp(-H) of its own hazard, and neither is exp(-sum H).
 */
static void gather_risks(const struct tacro_scenario *scenario,
                         const struct tacro_block_result *result, size_t l, size_t row,
                         struct tacro_gather *g)
{
    const size_t nd = scenario->ndays;
    const size_t no = scenario->input->nrisks;
    for (size_t d = 0; d <= nd; d++) {
        const size_t o = d < nd ? scenario->day_output[d] : scenario->ntimes - 1;
        double sum = 0.0;
        double free_of_events;
        for (size_t k = 0; k < no; k++) {
            const double h = hazard_from_landmark(scenario, result, k, o, l);
            const double p = -tacro_expm1(-h);
            sum += h;
            if (d < nd) {
                g->risk[(k * g->nrows + row) * nd + d] = p;
            } else {
                g->risk_horizon[k * g->nrows + row] = p;
            }
        }
        free_of_events = o < scenario->landmark_output ? (double)NAN : tacro_exp(-sum);
        if (d < nd) {
            g->event_free[row * nd + d] = free_of_events;
        } else {
            g->event_free_horizon[row] = free_of_events;
        }
    }
}

void tacro_gather_block(const struct tacro_scenario *scenario,
                        const struct tacro_kernels *kernels,
                        const struct tacro_block_result *result, const size_t *row,
                        struct tacro_gather *gather)
{
    gather_curves(scenario, kernels, result, row, gather);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        gather_days(scenario, result, l, row[l], gather);
        gather_risks(scenario, result, l, row[l], gather);
        gather->status[row[l]] = (uint8_t)result->status[l];
        gather->failure_time[row[l]] = result->failure_time[l];
        gather->steps[row[l]] = result->steps;
        gather->rhs_calls[row[l]] = result->rhs_calls;
    }
}
