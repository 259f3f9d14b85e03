#include "run/tally.h"

#include "core/lanemath.h"
#include "run/endpoints.h"
#include "run/observed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 0x1p40
#define SPAN 32 /* levels looked at together */

#define SMALLEST_LOG (-13.815510557964274) /* of 1e-6, the value of bin 0 */

static bool create_risks(const struct tacro_scenario *s, struct tacro_regimen_tally *t)
{
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    const size_t no = s->input->nrisks;
    const bool has_death = s->input->death_hazard > 0.0;
    t->n = calloc(draws, sizeof *t->n);
    t->risk = calloc(no * draws * nd + 1, sizeof *t->risk);
    t->risk_horizon = calloc(no * draws + 1, sizeof *t->risk_horizon);
    t->first = calloc(no * draws * nd + 1, sizeof *t->first);
    t->first_horizon = calloc(no * draws + 1, sizeof *t->first_horizon);
    t->death = has_death ? calloc(draws * nd + 1, sizeof *t->death) : NULL;
    t->death_horizon = has_death ? calloc(draws, sizeof *t->death_horizon) : NULL;
    t->event_free = calloc(draws * nd + 1, sizeof *t->event_free);
    t->event_free_horizon = calloc(draws, sizeof *t->event_free_horizon);
    t->square = calloc((no + 1) * draws, sizeof *t->square);
    t->in_range = calloc(draws, sizeof *t->in_range);
    t->target_days = calloc(draws, sizeof *t->target_days);
    t->spread = calloc((no + 1) * draws * TACRO_NSPREAD, sizeof *t->spread);
    return t->n != NULL && t->risk != NULL && t->risk_horizon != NULL &&
           t->first != NULL && t->first_horizon != NULL &&
           (!has_death || (t->death != NULL && t->death_horizon != NULL)) &&
           t->event_free != NULL && t->event_free_horizon != NULL &&
           t->square != NULL && t->in_range != NULL && t->target_days != NULL &&
           t->spread != NULL;
}

/* Beside the reference's own risks, those with outcomes simulated. */
static bool create_control(const struct tacro_scenario *s,
                           struct tacro_regimen_tally *reference)
{
    bool simulated[TACRO_MAX_RISKS];
    if (!tacro_scenario_control(s, simulated)) {
        return true;
    }
    reference->control = calloc(1, sizeof *reference->control);
    return reference->control != NULL && create_risks(s, reference->control);
}

static bool create_regimen(const struct tacro_scenario *s,
                           struct tacro_regimen_tally *t)
{
    const size_t nt = s->ntimes;
    const size_t nd = s->ndays;
    t->level = calloc(nt * TACRO_NCOUNTS, sizeof *t->level);
    t->cmax = calloc(TACRO_NCOUNTS, sizeof *t->cmax);
    t->below_10_at = calloc(nt + 1, sizeof *t->below_10_at);
    t->below_5_at = calloc(nt + 1, sizeof *t->below_5_at);
    t->days_below_5 = calloc(nd + 1, sizeof *t->days_below_5);
    t->target = calloc(3 * nd + 1, sizeof *t->target);
    t->dose = calloc(nd + 1, sizeof *t->dose);
    t->endpoint =
        calloc(s->input->nendpoints * s->input->ndraws + 1, sizeof *t->endpoint);
    return t->level != NULL && t->cmax != NULL && t->below_10_at != NULL &&
           t->below_5_at != NULL && t->days_below_5 != NULL && t->target != NULL &&
           t->dose != NULL && t->endpoint != NULL && create_risks(s, t);
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
        ok = create_regimen(scenario, &tally->regimen[i]) &&
             tacro_recovery_sums_create(scenario, &tally->regimen[i].recovery, err) ==
                 TACRO_OK;
    }
    for (size_t i = 0; ok && i < n; i++) {
        ok = i != tacro_input_reference(scenario->input, i) ||
             create_control(scenario, &tally->regimen[i]);
    }
    if (!ok) {
        tacro_tally_free(tally);
        return tacro_fail(err, TACRO_ENOMEM, "statistics of %zu output times",
                          scenario->ntimes);
    }
    *out = tally;
    return TACRO_OK;
}

static void free_risks(struct tacro_regimen_tally *t)
{
    free(t->n);
    free(t->risk);
    free(t->risk_horizon);
    free(t->first);
    free(t->first_horizon);
    free(t->death);
    free(t->death_horizon);
    free(t->event_free);
    free(t->event_free_horizon);
    free(t->square);
    free(t->in_range);
    free(t->target_days);
    free(t->spread);
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
        free_risks(t);
        if (t->control != NULL) {
            free_risks(t->control);
            free(t->control);
        }
        free(t->dose);
        free(t->endpoint);
        tacro_recovery_sums_free(t->recovery);
    }
    free(tally->regimen);
    free(tally);
}

void tacro_tally_add_probability(uint64_t *sum, double p)
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
 * C0 under 5, under 2 and over 25 count from the landmark on, also without a dose: no
 * drug is a low level. Targets count troughs alone.
 */
static void add_troughs(const struct tacro_scenario *s, const struct tacro_gather *g,
                        size_t row, uint64_t draw, struct tacro_regimen_tally *t)
{
    size_t days_below_5 = 0;
    for (size_t d = 0; d < s->ndays; d++) {
        const size_t o = s->day_output[d];
        const double trough = g->trough[row * s->ndays + d];
        const double c0 = isnan(trough) ? 0.0 : trough;
        double low = 0.0;
        double high = 0.0;
        if (o >= s->landmark_output) {
            t->troughs++;
            t->troughs_under_2 += c0 < 2.0;
            t->troughs_over_25 += c0 > 25.0;
            days_below_5 += c0 < 5.0;
        }
        if (!isnan(trough) && tacro_scenario_target(s, s->time[o], &low, &high)) {
            const size_t where = c0 < low ? 0 : c0 <= high ? 1 : 2;
            t->target[3 * d + where]++;
            t->target_days[draw] += o >= s->landmark_output;
            t->in_range[draw] += o >= s->landmark_output && where == 1;
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

/* A probability over the days and at the horizon, of a row and of its draw. */
static void add_days(size_t nd, const double *days, double horizon, uint64_t *sum,
                     uint64_t *sum_horizon)
{
    for (size_t d = 0; d < nd; d++) {
        tacro_tally_add_probability(&sum[d], days[d]);
    }
    tacro_tally_add_probability(sum_horizon, horizon);
}

/* What tells of the differences between patients: of outcome k, or of event_free. */
static void add_patient(const struct tacro_scenario *s, size_t k, uint64_t draw,
                        double p, struct tacro_regimen_tally *t)
{
    const size_t draws = s->input->ndraws;
    const size_t no = s->input->nrisks;
    const size_t at = k * draws + draw;
    tacro_tally_add_probability(&t->square[at], p * p);
    if (!isnan(p)) {
        const double small = k < no ? p : 1.0 - p;
        t->spread[at * TACRO_NSPREAD + tacro_tally_spread_bin(small)]++;
    }
}

static void add_risks(const struct tacro_scenario *s, const struct tacro_gather *g,
                      size_t row, uint64_t draw, struct tacro_regimen_tally *t)
{
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    const size_t no = s->input->nrisks;
    t->n[draw]++;
    for (size_t k = 0; k < no; k++) {
        const size_t from = k * g->nrows + row;
        const size_t to = k * draws + draw;
        add_days(nd, g->risk + from * nd, g->risk_horizon[from], t->risk + to * nd,
                 &t->risk_horizon[to]);
        add_days(nd, g->first + from * nd, g->first_horizon[from], t->first + to * nd,
                 &t->first_horizon[to]);
        add_patient(s, k, draw, g->risk_horizon[from], t);
    }
    if (t->death != NULL) {
        add_days(nd, g->death + row * nd, g->death_horizon[row], t->death + draw * nd,
                 &t->death_horizon[draw]);
    }
    add_days(nd, g->event_free + row * nd, g->event_free_horizon[row],
             t->event_free + draw * nd, &t->event_free_horizon[draw]);
    add_patient(s, no, draw, g->event_free_horizon[row], t);
}

static const char *reason_of(enum tacro_lane_status status)
{
    switch (status) {
    case TACRO_LANE_NOT_FINITE:
        return "a value is not finite";
    case TACRO_LANE_HAZARD_NOT_FINITE:
        return "a hazard is not finite";
    case TACRO_LANE_NEGATIVE_HAZARD:
        return "a hazard is negative";
    case TACRO_LANE_OK:
    case TACRO_LANE_SOLVER:
        break;
    }
    return "the solver cannot meet its tolerance";
}

/* Keep the first ones in order, whatever the order in which they come. */
static void name_failure(struct tacro_tally *tally, struct tacro_failure failure)
{
    size_t at = tally->nfailures;
    while (at > 0 && (tally->failure[at - 1].subject > failure.subject ||
                      (tally->failure[at - 1].subject == failure.subject &&
                       tally->failure[at - 1].regimen > failure.regimen))) {
        at--;
    }
    if (at < TACRO_NFAILURES) {
        const size_t n =
            tally->nfailures < TACRO_NFAILURES ? tally->nfailures : TACRO_NFAILURES - 1;
        memmove(&tally->failure[at + 1], &tally->failure[at],
                (n - at) * sizeof failure);
        tally->failure[at] = failure;
        tally->nfailures = n + 1;
    }
}

static void add_failure(struct tacro_tally *tally, const struct tacro_gather *g,
                        size_t row, uint64_t subject)
{
    const uint64_t per_draw = tally->scenario->input->npatients;
    name_failure(tally, (struct tacro_failure){
                            .subject = subject,
                            .draw = subject / per_draw,
                            .patient = subject % per_draw,
                            .regimen = g->regimen,
                            .reason = reason_of((enum tacro_lane_status)g->status[row]),
                            .time = g->failure_time[row]});
    tally->regimen[g->regimen].failed++;
}

void tacro_tally_add(struct tacro_tally *tally, const struct tacro_gather *gather,
                     size_t first, size_t end, uint64_t subject0)
{
    const struct tacro_scenario *s = tally->scenario;
    struct tacro_regimen_tally *t = &tally->regimen[gather->regimen];
    add_levels(s, gather, first, end, t);
    for (size_t row = first; row < end; row++) {
        const uint64_t draw = (subject0 + row) / s->input->npatients;
        if (gather->status[row] == TACRO_LANE_OK) {
            add_falls(s, gather, row, t);
            add_troughs(s, gather, row, draw, t);
            tacro_observed_add(s, gather, row, t);
            add_doses(s, gather, row, t);
            add_risks(s, gather, row, draw, t);
            if (t->control != NULL) {
                add_risks(s, gather->control, row, draw, t->control);
            }
            tacro_endpoints_add(s, gather, row, draw, t);
            tacro_recovery_add(s, gather->recovery, row, draw, t->recovery);
        } else {
            add_failure(tally, gather, row, subject0 + row);
        }
    }
}

double tacro_tally_bytes(const struct tacro_scenario *scenario)
{
    const double nt = (double)scenario->ntimes;
    const double noutcomes = (double)scenario->input->nrisks;
    const double per_draw =
        (2.0 * noutcomes + 2.0) * (double)(scenario->ndays + 1) * sizeof(uint64_t) +
        (noutcomes + 1.0) * (sizeof(uint64_t) + TACRO_NSPREAD * sizeof(uint32_t)) +
        (3.0 + (double)scenario->input->nendpoints) * sizeof(uint64_t) +
        (scenario->input->history.is_given
             ? (double)(scenario->ndays + TACRO_NRECOVERY + 1) * sizeof(uint64_t)
             : 0.0);
    return (double)scenario->input->nregimens *
           (nt * (TACRO_NCOUNTS * sizeof(uint32_t) + 2 * sizeof(uint64_t)) +
            (double)scenario->input->ndraws * per_draw);
}

void tacro_tally_add_counts(uint64_t *into, const uint64_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        into[i] += from[i];
    }
}

static void merge_risks(const struct tacro_scenario *s,
                        struct tacro_regimen_tally *into,
                        const struct tacro_regimen_tally *from)
{
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    const size_t no = s->input->nrisks;
    tacro_tally_add_counts(into->n, from->n, draws);
    tacro_tally_add_counts(into->risk, from->risk, no * draws * nd);
    tacro_tally_add_counts(into->risk_horizon, from->risk_horizon, no * draws);
    tacro_tally_add_counts(into->first, from->first, no * draws * nd);
    tacro_tally_add_counts(into->first_horizon, from->first_horizon, no * draws);
    if (into->death != NULL) {
        tacro_tally_add_counts(into->death, from->death, draws * nd);
        tacro_tally_add_counts(into->death_horizon, from->death_horizon, draws);
    }
    tacro_tally_add_counts(into->event_free, from->event_free, draws * nd);
    tacro_tally_add_counts(into->event_free_horizon, from->event_free_horizon, draws);
    tacro_tally_add_counts(into->square, from->square, (no + 1) * draws);
    tacro_tally_add_counts(into->in_range, from->in_range, draws);
    tacro_tally_add_counts(into->target_days, from->target_days, draws);
    for (size_t i = 0; i < (no + 1) * draws * TACRO_NSPREAD; i++) {
        into->spread[i] += from->spread[i];
    }
}

static void merge_regimen(const struct tacro_scenario *s,
                          struct tacro_regimen_tally *into,
                          const struct tacro_regimen_tally *from)
{
    const size_t nt = s->ntimes;
    const size_t nd = s->ndays;
    for (size_t i = 0; i < nt * TACRO_NCOUNTS; i++) {
        into->level[i] += from->level[i];
    }
    tacro_tally_add_counts(into->cmax, from->cmax, TACRO_NCOUNTS);
    tacro_tally_add_counts(into->below_10_at, from->below_10_at, nt + 1);
    tacro_tally_add_counts(into->below_5_at, from->below_5_at, nt + 1);
    tacro_tally_add_counts(into->days_below_5, from->days_below_5, nd + 1);
    tacro_tally_add_counts(into->target, from->target, 3 * nd);
    into->observed += from->observed;
    into->observed_outside += from->observed_outside;
    into->troughs += from->troughs;
    into->troughs_under_2 += from->troughs_under_2;
    into->troughs_over_25 += from->troughs_over_25;
    into->failed += from->failed;
    tacro_tally_add_counts(into->dose, from->dose, nd);
    merge_risks(s, into, from);
    if (into->control != NULL) {
        merge_risks(s, into->control, from->control);
    }
    tacro_tally_add_counts(into->endpoint, from->endpoint,
                           s->input->nendpoints * s->input->ndraws);
    tacro_recovery_merge(s, into->recovery, from->recovery);
}

void tacro_tally_merge(struct tacro_tally *into, const struct tacro_tally *from)
{
    for (size_t i = 0; i < into->scenario->input->nregimens; i++) {
        merge_regimen(into->scenario, &into->regimen[i], &from->regimen[i]);
    }
    for (size_t i = 0; i < from->nfailures; i++) {
        name_failure(into, from->failure[i]);
    }
}

/* sum += exact - simulated for each of n days of a draw; no probability is under 0 */
static void pair_sums(uint64_t *sum, const uint64_t *exact, const uint64_t *simulated,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t total = sum[i] + exact[i];
        sum[i] = total > simulated[i] ? total - simulated[i] : 0;
    }
}

/* As the first event of all an outcome is no likelier than at all. */
static void limit_sums(uint64_t *sum, const uint64_t *most, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] = sum[i] < most[i] ? sum[i] : most[i];
    }
}

static void pair_draw(const struct tacro_scenario *s, size_t draw,
                      const struct tacro_regimen_tally *reference,
                      struct tacro_regimen_tally *t)
{
    const struct tacro_regimen_tally *c = reference->control;
    const size_t nd = s->ndays;
    const size_t draws = s->input->ndraws;
    for (size_t k = 0; k < s->input->nrisks; k++) {
        const size_t at = k * draws + draw;
        pair_sums(t->risk + at * nd, reference->risk + at * nd, c->risk + at * nd, nd);
        pair_sums(t->risk_horizon + at, reference->risk_horizon + at,
                  c->risk_horizon + at, 1);
        pair_sums(t->first + at * nd, reference->first + at * nd, c->first + at * nd,
                  nd);
        pair_sums(t->first_horizon + at, reference->first_horizon + at,
                  c->first_horizon + at, 1);
        limit_sums(t->first + at * nd, t->risk + at * nd, nd);
        limit_sums(t->first_horizon + at, t->risk_horizon + at, 1);
    }
    if (t->death != NULL) {
        pair_sums(t->death + draw * nd, reference->death + draw * nd,
                  c->death + draw * nd, nd);
        pair_sums(t->death_horizon + draw, reference->death_horizon + draw,
                  c->death_horizon + draw, 1);
    }
    pair_sums(t->event_free + draw * nd, reference->event_free + draw * nd,
              c->event_free + draw * nd, nd);
    pair_sums(t->event_free_horizon + draw, reference->event_free_horizon + draw,
              c->event_free_horizon + draw, 1);
}

bool tacro_tally_is_paired(const struct tacro_tally *tally, size_t regimen, size_t draw)
{
    const struct tacro_scenario *s = tally->scenario;
    const struct tacro_regimen_tally *reference =
        &tally->regimen[tacro_input_reference(s->input, regimen)];
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    bool simulated[TACRO_MAX_RISKS];
    /* with other outcomes simulated than in the control, chance would come in */
    bool is_alike = reference->control != NULL && tacro_scenario_control(s, simulated);
    for (size_t k = 0; is_alike && k < s->input->nrisks; k++) {
        is_alike = s->arm[regimen].reacts[k] == simulated[k];
    }
    return is_alike && t->n[draw] == s->input->npatients &&
           reference->n[draw] == t->n[draw];
}

void tacro_tally_pair(struct tacro_tally *tally)
{
    const struct tacro_scenario *s = tally->scenario;
    for (size_t i = 0; i < s->input->nregimens; i++) {
        const struct tacro_regimen_tally *reference =
            &tally->regimen[tacro_input_reference(s->input, i)];
        for (size_t m = 0; m < s->input->ndraws; m++) {
            if (tacro_tally_is_paired(tally, i, m)) {
                pair_draw(s, m, reference, &tally->regimen[i]);
            }
        }
    }
}

double tacro_tally_mean(uint64_t sum, uint64_t n)
{
    return n == 0 ? (double)NAN : (double)sum / UNIT / (double)n;
}

size_t tacro_tally_spread_bin(double p)
{
    const double place =
        p > 0.0 ? (1.0 - tacro_log(p) / SMALLEST_LOG) * (TACRO_NSPREAD - 1) : 0.0;
    return place <= 0.0                 ? 0
           : place >= TACRO_NSPREAD - 1 ? TACRO_NSPREAD - 1
                                        : (size_t)(place + 0.5);
}

double tacro_tally_spread_value(size_t bin)
{
    return tacro_exp(SMALLEST_LOG * (1.0 - (double)bin / (double)(TACRO_NSPREAD - 1)));
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
