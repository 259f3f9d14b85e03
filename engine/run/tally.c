#include "run/tally.h"

#include <math.h>
#include <stdlib.h>

#define UNIT 0x1p40
#define SPAN 32 /* levels looked at together */

static bool create_regimen(const struct tacro_scenario *s,
                           struct tacro_regimen_tally *t)
{
    const size_t nt = s->ntimes;
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    const size_t no = s->input->nrisks;
    t->level = calloc(nt * TACRO_NCOUNTS, sizeof *t->level);
    t->cmax = calloc(TACRO_NCOUNTS, sizeof *t->cmax);
    t->below_10_at = calloc(nt + 1, sizeof *t->below_10_at);
    t->below_5_at = calloc(nt + 1, sizeof *t->below_5_at);
    t->days_below_5 = calloc(nd + 1, sizeof *t->days_below_5);
    t->target = calloc(3 * nd + 1, sizeof *t->target);
    t->n = calloc(draws, sizeof *t->n);
    t->risk = calloc(no * draws * nd + 1, sizeof *t->risk);
    t->risk_horizon = calloc(no * draws + 1, sizeof *t->risk_horizon);
    t->event_free = calloc(draws * nd + 1, sizeof *t->event_free);
    t->event_free_horizon = calloc(draws, sizeof *t->event_free_horizon);
    t->dose = calloc(nd + 1, sizeof *t->dose);
    return t->level != NULL && t->cmax != NULL && t->below_10_at != NULL &&
           t->below_5_at != NULL && t->days_below_5 != NULL && t->target != NULL &&
           t->n != NULL && t->risk != NULL && t->risk_horizon != NULL &&
           t->event_free != NULL && t->event_free_horizon != NULL && t->dose != NULL;
}

enum tacro_status tacro_tally_create(const struct tacro_scenario *scenario,
                                     struct tacro_tally **out, struct tacro_error *err)
{
    struct tacro_tally *tally = calloc(1, sizeof *tally);
    const size_t n = scenario->input->nregimens;
    bool ok = tally != NULL;
    *out = NULL;
    if (ok) {
        tally->scenario = scenario;
        tally->regimen = calloc(n, sizeof *tally->regimen);
        ok = tally->regimen != NULL;
    }
    for (size_t i = 0; ok && i < n; i++) {
        ok = create_regimen(scenario, &tally->regimen[i]);
    }
    if (!ok) {
        tacro_tally_free(tally);
        return tacro_fail(err, TACRO_ENOMEM, "statistics of %zu output times",
                          scenario->ntimes);
    }
    *out = tally;
    return TACRO_OK;
}

void tacro_tally_free(struct tacro_tally *tally)
{
    if (tally == NULL) {
        return;
    }
    for (size_t i = 0; tally->regimen != NULL && i < tally->scenario->input->nregimens;
         i++) {
        struct tacro_regimen_tally *t = &tally->regimen[i];
        free(t->level);
        free(t->cmax);
        free(t->below_10_at);
        free(t->below_5_at);
        free(t->days_below_5);
        free(t->target);
        free(t->n);
        free(t->risk);
        free(t->risk_horizon);
        free(t->event_free);
        free(t->event_free_horizon);
        free(t->dose);
    }
    free(tally->regimen);
    free(tally);
}

/* NaN (before the landmark) adds nothing. */
static void add_probability(uint64_t *sum, double p)
{
    if (p >= 0.0) {
        *sum += (uint64_t)(p * UNIT + 0.5);
    }
}

/* Whether any of n levels that count is under a limit, without a branch among them. */
static bool is_any_below(const float *c, const bool *is_own, size_t n, float limit)
{
    unsigned any = 0;
    for (size_t i = 0; i < n; i++) {
        any |= (unsigned)is_own[i] & (unsigned)(c[i] < limit);
    }
    return any != 0;
}

static size_t first_below(const float *c, const bool *is_own, size_t first, size_t n,
                          float limit)
{
    size_t i = first;
    while (i + SPAN <= n && !is_any_below(c + i, is_own + i, SPAN, limit)) {
        i += SPAN;
    }
    while (i < n && !(is_own[i] && c[i] < limit)) {
        i++;
    }
    return i;
}

/* One output time after the other: each has its own counts, which stay in the cache. */
static void add_levels(const struct tacro_scenario *s, const struct tacro_gather *g,
                       size_t first, size_t end, struct tacro_regimen_tally *t)
{
    const bool *own = s->is_own + g->regimen * s->ntimes;
    uint16_t highest[TACRO_GROUP] = {0};
    for (size_t i = 0; i < s->ntimes; i++) {
        const uint16_t *bin = g->bin + i * g->nrows;
        uint32_t *level = t->level + i * TACRO_NCOUNTS;
        for (size_t row = first; row < end; row++) {
            level[bin[row]]++;
        }
        for (size_t row = first; own[i] && row < end; row++) {
            highest[row] = bin[row] > highest[row] ? bin[row] : highest[row];
        }
    }
    for (size_t row = first; row < end; row++) {
        t->cmax[highest[row]] += g->status[row] == TACRO_LANE_OK;
    }
}

static void add_falls(const struct tacro_scenario *s, const struct tacro_gather *g,
                      size_t row, struct tacro_regimen_tally *t)
{
    const size_t nt = s->ntimes;
    const float *c = g->concentration + row * nt;
    const bool *own = s->is_own + g->regimen * nt;
    t->below_10_at[first_below(c, own, s->landmark_output, nt, 10.0F)]++;
    t->below_5_at[first_below(c, own, s->landmark_output, nt, 5.0F)]++;
}

/*
 * C0 under 5, under 2 and over 25 count from the first dose on, and from the landmark
 * on also without one: no drug is a low level. Targets count troughs alone.
 */
static void add_troughs(const struct tacro_scenario *s, const struct tacro_gather *g,
                        size_t row, struct tacro_regimen_tally *t)
{
    size_t days_below_5 = 0;
    for (size_t d = 0; d < s->ndays; d++) {
        const size_t o = s->day_output[d];
        const double trough = g->trough[row * s->ndays + d];
        const double c0 = isnan(trough) ? 0.0 : trough;
        double low = 0.0;
        double high = 0.0;
        if (!isnan(trough) || o >= s->landmark_output) {
            t->troughs++;
            t->troughs_under_2 += c0 < 2.0;
            t->troughs_over_25 += c0 > 25.0;
            days_below_5 += o >= s->landmark_output && c0 < 5.0;
        }
        if (!isnan(trough) && tacro_scenario_target(s, s->time[o], &low, &high)) {
            t->target[3 * d + (c0 < low ? 0 : c0 <= high ? 1 : 2)]++;
        }
    }
    t->days_below_5[days_below_5]++;
}

/* In ng: of doses in mg the sums are exact. */
static void add_doses(const struct tacro_scenario *s, const struct tacro_gather *g,
                      size_t row, struct tacro_regimen_tally *t)
{
    for (size_t d = 0; d < s->ndays; d++) {
        const double dose = g->dose_given[row * s->ndays + d];
        if (dose >= 0.0) {
            t->dose[d] += (uint64_t)(dose * TACRO_NG + 0.5);
        }
    }
}

static void add_risks(const struct tacro_scenario *s, const struct tacro_gather *g,
                      size_t row, uint64_t draw, struct tacro_regimen_tally *t)
{
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    t->n[draw]++;
    for (size_t k = 0; k < s->input->nrisks; k++) {
        for (size_t d = 0; d < nd; d++) {
            add_probability(&t->risk[(k * draws + draw) * nd + d],
                            g->risk[(k * g->nrows + row) * nd + d]);
        }
        add_probability(&t->risk_horizon[k * draws + draw],
                        g->risk_horizon[k * g->nrows + row]);
    }
    for (size_t d = 0; d < nd; d++) {
        add_probability(&t->event_free[draw * nd + d], g->event_free[row * nd + d]);
    }
    add_probability(&t->event_free_horizon[draw], g->event_free_horizon[row]);
}

void tacro_tally_add(struct tacro_tally *tally, const struct tacro_gather *gather,
                     size_t first, size_t end, uint64_t subject0)
{
    const struct tacro_scenario *s = tally->scenario;
    struct tacro_regimen_tally *t = &tally->regimen[gather->regimen];
    add_levels(s, gather, first, end, t);
    for (size_t row = first; row < end; row++) {
        if (gather->status[row] == TACRO_LANE_OK) {
            add_falls(s, gather, row, t);
            add_troughs(s, gather, row, t);
            add_doses(s, gather, row, t);
            add_risks(s, gather, row, (subject0 + row) / s->input->npatients, t);
        } else {
            t->failed++;
        }
    }
}

double tacro_tally_bytes(const struct tacro_scenario *scenario)
{
    const double nt = (double)scenario->ntimes;
    const double per_draw = (double)(scenario->input->nrisks + 1) *
                            (double)(scenario->ndays + 1) * sizeof(uint64_t);
    return (double)scenario->input->nregimens *
           (nt * (TACRO_NCOUNTS * sizeof(uint32_t) + 2 * sizeof(uint64_t)) +
            (double)scenario->input->ndraws * per_draw);
}

static void add_counts(uint64_t *restrict into, const uint64_t *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        into[i] += from[i];
    }
}

static void merge_regimen(const struct tacro_scenario *s,
                          struct tacro_regimen_tally *into,
                          const struct tacro_regimen_tally *from)
{
    const size_t nt = s->ntimes;
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    const size_t no = s->input->nrisks;
    for (size_t i = 0; i < nt * TACRO_NCOUNTS; i++) {
        into->level[i] += from->level[i];
    }
    add_counts(into->cmax, from->cmax, TACRO_NCOUNTS);
    add_counts(into->below_10_at, from->below_10_at, nt + 1);
    add_counts(into->below_5_at, from->below_5_at, nt + 1);
    add_counts(into->days_below_5, from->days_below_5, nd + 1);
    add_counts(into->target, from->target, 3 * nd);
    into->troughs += from->troughs;
    into->troughs_under_2 += from->troughs_under_2;
    into->troughs_over_25 += from->troughs_over_25;
    into->failed += from->failed;
    add_counts(into->n, from->n, draws);
    add_counts(into->risk, from->risk, no * draws * nd);
    add_counts(into->risk_horizon, from->risk_horizon, no * draws);
    add_counts(into->event_free, from->event_free, draws * nd);
    add_counts(into->event_free_horizon, from->event_free_horizon, draws);
    add_counts(into->dose, from->dose, nd);
}

void tacro_tally_merge(struct tacro_tally *into, const struct tacro_tally *from)
{
    for (size_t i = 0; i < into->scenario->input->nregimens; i++) {
        merge_regimen(into->scenario, &into->regimen[i], &from->regimen[i]);
    }
}

double tacro_tally_mean(uint64_t sum, uint64_t n)
{
    return n == 0 ? (double)NAN : (double)sum / UNIT / (double)n;
}

double tacro_tally_level_quantile(const uint32_t *level, double q)
{
    uint64_t n = 0;
    uint64_t seen = 0;
    for (size_t b = 0; b < TACRO_BIN_FAILED; b++) {
        n += level[b];
    }
    for (size_t b = 0; b < TACRO_BIN_FAILED; b++) {
        seen += level[b];
        if (n > 0 && (double)seen >= q * (double)n) {
            return tacro_bin_value(b);
        }
    }
    return NAN;
}
