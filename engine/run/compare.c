#include "run/compare.h"

#include "core/lanemath.h"
#include "run/monte_carlo.h"
#include "run/organ.h"
#include "run/over_draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double shown_weights[TACRO_NSHOWN] = {0.1, 1.0, 3.0, 10.0, 30.0, 100.0};

/* -- averages of the draws --------------------------------------------------------- */

static bool is_full(const struct tacro_tally *tally, size_t draw)
{
    for (size_t r = 0; r < tally->scenario->input->nregimens; r++) {
        if (tally->regimen[r].n[draw] == 0) {
            return false;
        }
    }
    return true;
}

/*
 * Courses that are the same by other ways differ in their last digits: a probability
 * counts in steps of 1e-9, so that such regimens tie.
 */
static double in_steps(double p)
{
    return floor(p * 1e9 + 0.5) / 1e9;
}

/* Days in range are a mean over patients too; NaN if no day has a target. */
static double average(const struct tacro_scenario *s,
                      const struct tacro_regimen_tally *t, size_t measure, size_t draw)
{
    const size_t no = s->input->nrisks;
    if (measure < no) {
        return in_steps(tacro_tally_mean(
            t->risk_horizon[measure * s->input->ndraws + draw], t->n[draw]));
    }
    if (measure == no) {
        return no == 0 ? (double)NAN
                       : in_steps(
                             tacro_tally_mean(t->event_free_horizon[draw], t->n[draw]));
    }
    if (t->in_range == NULL || t->target_days == NULL || t->target_days[draw] == 0) {
        return NAN;
    }
    return (double)t->in_range[draw] / (double)t->n[draw];
}

static bool is_named(const struct tacro_scenario *s, size_t k, const char *name)
{
    return k < s->input->nrisks && strcmp(s->input->risk[k]->outcome, name) == 0;
}

/* A rule that waits for an outcome comes too late for that risk, and costs others. */
static bool is_after_an_event(const struct tacro_scenario *s)
{
    for (size_t r = 0; r < s->input->nregimens; r++) {
        for (size_t k = 0; k < s->input->nrisks; k++) {
            if (s->arm[r].reacts[k]) {
                return true;
            }
        }
    }
    return false;
}

static const char *why_not_ranked(const struct tacro_scenario *s,
                                  const struct tacro_compare *c, bool has_history)
{
    if (has_history) {
        return "the patient has had an outcome: a risk of its recurrence is not to be "
               "weighed as one of a first event";
    }
    if (c->noutcomes != 2) {
        return "they need exactly two outcomes";
    }
    if (is_after_an_event(s)) {
        return "rules of a regimen act after an event: what they change is not in its "
               "risk, so nothing is weighed";
    }
    if (!tacro_organ_is_one(s->input)) {
        return "the risk files are not of one organ";
    }
    if (c->ndraws == 0) {
        return "no draw has a patient in every regimen";
    }
    for (size_t r = 0; r < c->nregimens; r++) {
        if (c->has_failed[r]) {
            return "a course failed: the regimens are not averages of the same "
                   "patients";
        }
    }
    return NULL;
}

static void fill_values(const struct tacro_scenario *s, const struct tacro_tally *tally,
                        struct tacro_compare *c)
{
    for (size_t m = 0; m < s->input->ndraws; m++) {
        if (is_full(tally, m)) {
            c->draw[c->ndraws++] = m;
        }
    }
    for (size_t r = 0; r < c->nregimens; r++) {
        const struct tacro_regimen_tally *t = &tally->regimen[r];
        c->has_failed[r] = t->failed > 0;
        for (size_t k = 0; k < c->nmeasures; k++) {
            for (size_t m = 0; m < c->ndraws; m++) {
                c->value[(k * c->nregimens + r) * c->ndraws + m] =
                    average(s, t, k, c->draw[m]);
            }
        }
    }
}

enum tacro_status tacro_compare_create(const struct tacro_scenario *scenario,
                                       const struct tacro_tally *tally,
                                       bool has_history, struct tacro_compare **out,
                                       struct tacro_error *err)
{
    const size_t draws = scenario->input->ndraws;
    const size_t nr = scenario->input->nregimens;
    const size_t nmeasures = scenario->input->nrisks + 2;
    struct tacro_compare *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL || (c->draw = calloc(draws, sizeof *c->draw)) == NULL ||
        (c->scratch = calloc(draws, sizeof *c->scratch)) == NULL ||
        (c->error = calloc((nmeasures - 1) * nr, sizeof *c->error)) == NULL ||
        (c->has_failed = calloc(nr, sizeof *c->has_failed)) == NULL ||
        (c->value = calloc(nmeasures * nr * draws, sizeof *c->value)) == NULL) {
        tacro_compare_free(c);
        return tacro_fail(err, TACRO_ENOMEM, "comparison of %zu regimens, %zu draws",
                          nr, draws);
    }
    c->nregimens = nr;
    c->noutcomes = scenario->input->nrisks;
    c->nmeasures = nmeasures;
    c->nplans = scenario->npks > 1 ? scenario->input->nplans : nr;
    c->reference = scenario->input->reference;
    c->weighed = is_named(scenario, 1, "pres") ? 1 : 0;
    c->other = 1 - c->weighed;
    fill_values(scenario, tally, c);
    for (size_t k = 0; k + 1 < nmeasures; k++) {
        for (size_t r = 0; r < nr; r++) {
            c->error[k * nr + r] = tacro_monte_carlo_error(tally, c, r, k);
        }
    }
    c->why_not = why_not_ranked(scenario, c, has_history);
    *out = c;
    return TACRO_OK;
}

void tacro_compare_free(struct tacro_compare *compare)
{
    if (compare != NULL) {
        free(compare->draw);
        free(compare->value);
        free(compare->error);
        free(compare->has_failed);
        free(compare->scratch);
        free(compare);
    }
}

size_t tacro_compare_first(const struct tacro_compare *compare, size_t regimen)
{
    return regimen / compare->nplans * compare->nplans;
}

size_t tacro_compare_reference(const struct tacro_compare *compare, size_t regimen)
{
    return tacro_compare_first(compare, regimen) + compare->reference;
}

const double *tacro_compare_values(const struct tacro_compare *compare, size_t measure,
                                   size_t regimen)
{
    return compare->value + (measure * compare->nregimens + regimen) * compare->ndraws;
}

/* -- pairs ------------------------------------------------------------------------- */

void tacro_compare_difference(const struct tacro_compare *compare, size_t measure,
                              size_t row, size_t column, double *out)
{
    const double *a = tacro_compare_values(compare, measure, row);
    const double *b = tacro_compare_values(compare, measure, column);
    const bool is_paired =
        row == column ||
        (!(compare->has_failed[row] || compare->has_failed[column]) &&
         tacro_compare_first(compare, row) == tacro_compare_first(compare, column));
    for (size_t m = 0; m < compare->ndraws; m++) {
        out[m] = is_paired ? a[m] - b[m] : (double)NAN;
    }
}

double tacro_compare_lower(const struct tacro_compare *compare, size_t measure,
                           size_t row, size_t column)
{
    double sum = 0.0;
    tacro_compare_difference(compare, measure, row, column, compare->scratch);
    for (size_t m = 0; m < compare->ndraws; m++) {
        const double d = compare->scratch[m];
        sum += isnan(d) ? (double)NAN : d < 0.0 ? 1.0 : d > 0.0 ? 0.0 : 0.5;
    }
    return compare->ndraws < 2 ? (double)NAN : sum / (double)compare->ndraws;
}

/* -- two risks weighed against each other ------------------------------------------ */

bool tacro_is_on_frontier(const double *a, const double *b, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++) {
        if (a[k] <= a[i] && b[k] <= b[i] && (a[k] < a[i] || b[k] < b[i])) {
            return false;
        }
    }
    return true;
}

enum tacro_trade tacro_trade(double a, double b, double a0, double b0)
{
    if (a < a0 && b > b0) {
        return TACRO_TRADE_LESS;
    }
    if (a > a0 && b < b0) {
        return TACRO_TRADE_MORE;
    }
    if (a < a0 || b < b0) {
        return TACRO_TRADE_BETTER;
    }
    return a > a0 || b > b0 ? TACRO_TRADE_WORSE : TACRO_TRADE_SAME;
}

double tacro_utility(double a, double b, double weight)
{
    return 1.0 - (weight * a + b) / (1.0 + weight);
}

/* 10^((i - 40) / 20), with reciprocals on both sides of 1. */
double tacro_weight(size_t i)
{
    static const double step = 0.11512925464970228; /* ln 10 / 20 */
    const size_t middle = TACRO_NWEIGHTS / 2;
    return i < middle ? 1.0 / tacro_exp((double)(middle - i) * step)
                      : tacro_exp((double)(i - middle) * step);
}

void tacro_compare_utilities(const struct tacro_compare *compare, size_t regimen,
                             double weight, double *out)
{
    const double *a = tacro_compare_values(compare, compare->weighed, regimen);
    const double *b = tacro_compare_values(compare, compare->other, regimen);
    for (size_t m = 0; m < compare->ndraws; m++) {
        out[m] = tacro_utility(a[m], b[m], weight);
    }
}

static enum tacro_trade trade_of_draw(const struct tacro_compare *c, size_t regimen,
                                      size_t m)
{
    const size_t reference = tacro_compare_reference(c, regimen);
    return tacro_trade(tacro_compare_values(c, c->weighed, regimen)[m],
                       tacro_compare_values(c, c->other, regimen)[m],
                       tacro_compare_values(c, c->weighed, reference)[m],
                       tacro_compare_values(c, c->other, reference)[m]);
}

size_t tacro_compare_ratios(const struct tacro_compare *compare, size_t regimen,
                            enum tacro_trade trade, double *out)
{
    const struct tacro_compare *c = compare;
    const double *a = tacro_compare_values(c, c->weighed, regimen);
    const double *b = tacro_compare_values(c, c->other, regimen);
    const size_t reference = tacro_compare_reference(c, regimen);
    const double *a0 = tacro_compare_values(c, c->weighed, reference);
    const double *b0 = tacro_compare_values(c, c->other, reference);
    size_t n = 0;
    if (trade != TACRO_TRADE_LESS && trade != TACRO_TRADE_MORE) {
        return 0;
    }
    for (size_t m = 0; m < c->ndraws; m++) {
        if (trade_of_draw(c, regimen, m) == trade) {
            out[n++] = (b[m] - b0[m]) / (a0[m] - a[m]);
        }
    }
    return n;
}

/* Add the best regimen of a draw among `nplans` from the first on; equals share it. */
static void add_best(const struct tacro_compare *c, size_t m, size_t first,
                     double weight, double *share)
{
    double best = -INFINITY;
    double n = 0.0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t r = first; r < first + c->nplans; r++) {
            const double u =
                tacro_utility(tacro_compare_values(c, c->weighed, r)[m],
                              tacro_compare_values(c, c->other, r)[m], weight);
            if (pass == 1) {
                share[r] += u == best ? 1.0 / n : 0.0;
            } else if (u >= best) {
                n = u == best ? n + 1.0 : 1.0;
                best = u;
            }
        }
    }
}

/* How often each regimen is the best of its model at a weight. */
static void count_best(const struct tacro_compare *c, double weight, double *share)
{
    for (size_t r = 0; r < c->nregimens; r++) {
        share[r] = c->ndraws < 2 ? (double)NAN : 0.0;
    }
    for (size_t m = 0; m < c->ndraws; m++) {
        for (size_t first = 0; first < c->nregimens; first += c->nplans) {
            add_best(c, m, first, weight, share);
        }
    }
    for (size_t r = 0; r < c->nregimens; r++) {
        share[r] /= (double)c->ndraws;
    }
}

static double central(const struct tacro_compare *c, const double *value, size_t n)
{
    memcpy(c->scratch, value, n * sizeof *value);
    return tacro_order_statistic(c->scratch, n, 0.5);
}

static void fill_trade(const struct tacro_compare *c, size_t r,
                       struct tacro_benefit *out)
{
    size_t n;
    for (size_t m = 0; m < c->ndraws; m++) {
        out->trade_share[trade_of_draw(c, r, m)] += 1.0;
    }
    for (enum tacro_trade i = 0; i < TACRO_NTRADES; i++) {
        if (out->trade_share[i] > out->trade_share[out->trade]) {
            out->trade = i;
        }
    }
    for (size_t i = 0; i < TACRO_NTRADES; i++) {
        out->trade_share[i] /= (double)c->ndraws;
    }
    n = tacro_compare_ratios(c, r, out->trade, c->scratch);
    out->switching_ratio = tacro_order_statistic(c->scratch, n, 0.5);
    out->switching_interval = tacro_order_interval(c->scratch, n);
}

/* Whether no other regimen of the same model is as low in both and lower in one. */
static bool is_on_own_frontier(const struct tacro_compare *c, const double *a,
                               const double *b, size_t r)
{
    const size_t first = tacro_compare_first(c, r);
    return tacro_is_on_frontier(a + first, b + first, c->nplans, r - first);
}

/* Frontier at the medians and over draws; a and b have room for [nregimens]. */
static void fill_frontier(const struct tacro_compare *c, struct tacro_benefit *benefit,
                          double *a, double *b)
{
    const size_t nr = c->nregimens;
    for (size_t r = 0; r < nr; r++) {
        a[r] = central(c, tacro_compare_values(c, c->weighed, r), c->ndraws);
        b[r] = central(c, tacro_compare_values(c, c->other, r), c->ndraws);
    }
    for (size_t r = 0; r < nr; r++) {
        benefit[r].is_on_frontier = is_on_own_frontier(c, a, b, r);
        benefit[r].frontier = c->ndraws < 2 ? (double)NAN : 0.0;
    }
    for (size_t m = 0; m < c->ndraws; m++) {
        for (size_t r = 0; r < nr; r++) {
            a[r] = tacro_compare_values(c, c->weighed, r)[m];
            b[r] = tacro_compare_values(c, c->other, r)[m];
        }
        for (size_t r = 0; r < nr; r++) {
            benefit[r].frontier += is_on_own_frontier(c, a, b, r) ? 1.0 : 0.0;
        }
    }
    for (size_t r = 0; r < nr; r++) {
        benefit[r].frontier /= (double)c->ndraws;
    }
}

static double mean_of(const struct tacro_compare *c, size_t measure, size_t regimen)
{
    const double *value = tacro_compare_values(c, measure, regimen);
    double sum = 0.0;
    for (size_t m = 0; m < c->ndraws; m++) {
        sum += value[m];
    }
    return sum / (double)c->ndraws;
}

/* Of one model's regimens; a and b [nregimens] are mean risks. */
static void add_preferences(const struct tacro_compare *c, size_t first,
                            const double *a, const double *b,
                            struct tacro_comparison *out)
{
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        size_t best = first;
        for (size_t r = first + 1; r < first + c->nplans; r++) {
            if (tacro_utility(a[r], b[r], out->weight[i]) >
                tacro_utility(a[best], b[best], out->weight[i])) {
                best = r;
            }
        }
        struct tacro_preference *last =
            i == 0 ? NULL : &out->preference[out->npreferences - 1];
        if (last == NULL || last->regimen != best) {
            double from = out->weight[i];
            if (last != NULL) { /* where the two are equal, between two weights */
                const double w =
                    (b[best] - b[last->regimen]) / (a[last->regimen] - a[best]);
                from = w > out->weight[i - 1] && w < from ? w : from;
                last->to = from;
            }
            out->preference[out->npreferences++] =
                (struct tacro_preference){best, from, out->weight[i]};
        } else {
            last->to = out->weight[i];
        }
    }
}

/* The mean utility is that of the mean risks; a and b are those, [nregimens]. */
static void fill_preferences(const struct tacro_compare *c,
                             struct tacro_comparison *out, double *a, double *b)
{
    for (size_t r = 0; r < c->nregimens; r++) {
        a[r] = mean_of(c, c->weighed, r);
        b[r] = mean_of(c, c->other, r);
    }
    for (size_t first = 0; first < c->nregimens; first += c->nplans) {
        add_preferences(c, first, a, b, out);
    }
}

static void fill_utility(const struct tacro_compare *c, struct tacro_comparison *out,
                         double *share)
{
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        count_best(c, out->weight[i], share);
        for (size_t r = 0; r < c->nregimens; r++) {
            struct tacro_benefit *benefit = &out->benefit[r];
            benefit->best_at[i] = share[r];
            tacro_compare_utilities(c, r, out->weight[i], c->scratch);
            benefit->utility[i] = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
            benefit->utility_interval[i] = tacro_order_interval(c->scratch, c->ndraws);
        }
    }
    for (size_t i = 0; i < TACRO_NSHOWN; i++) {
        count_best(c, out->shown[i], share);
        for (size_t r = 0; r < c->nregimens; r++) {
            out->benefit[r].best[i] = share[r];
        }
    }
}

static void fill_pairs(const struct tacro_compare *c, struct tacro_comparison *out)
{
    const size_t nr = c->nregimens;
    for (size_t i = 0; i < c->nmeasures * nr * nr; i++) {
        const size_t k = i / (nr * nr);
        out->lower[i] = tacro_compare_lower(c, k, i / nr % nr, i % nr);
        tacro_compare_difference(c, k, i / nr % nr, i % nr, c->scratch);
        out->difference[i] = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
        out->difference_interval[i] = tacro_order_interval(c->scratch, c->ndraws);
    }
}

enum tacro_status tacro_compare_fill(const struct tacro_compare *compare,
                                     struct tacro_comparison *out,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nr = compare->nregimens;
    const size_t npairs = compare->nmeasures * nr * nr;
    double *room = calloc(2 * nr, sizeof *room);
    *out = (struct tacro_comparison){.ndraws = compare->ndraws,
                                     .why_not = compare->why_not,
                                     .weighed = compare->weighed,
                                     .other = compare->other};
    out->difference = calloc(npairs, sizeof *out->difference);
    out->difference_interval = calloc(npairs, sizeof *out->difference_interval);
    out->lower = calloc(npairs, sizeof *out->lower);
    out->benefit = calloc(nr, sizeof *out->benefit);
    out->preference =
        calloc(TACRO_NWEIGHTS * (nr / compare->nplans), sizeof *out->preference);
    if (room == NULL || out->difference == NULL || out->difference_interval == NULL ||
        out->lower == NULL || out->benefit == NULL || out->preference == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "comparison of %zu regimens", nr);
        goto done;
    }
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        out->weight[i] = tacro_weight(i);
    }
    memcpy(out->shown, shown_weights, sizeof out->shown);
    fill_pairs(compare, out);
    if (compare->why_not == NULL) {
        for (size_t r = 0; r < nr; r++) {
            fill_trade(compare, r, &out->benefit[r]);
        }
        fill_frontier(compare, out->benefit, room, room + nr);
        fill_preferences(compare, out, room, room + nr);
        fill_utility(compare, out, room);
    }
done:
    free(room);
    if (st != TACRO_OK) {
        tacro_comparison_free(out);
    }
    return st;
}

void tacro_comparison_free(struct tacro_comparison *comparison)
{
    free(comparison->difference);
    free(comparison->difference_interval);
    free(comparison->lower);
    free(comparison->benefit);
    free(comparison->preference);
    *comparison = (struct tacro_comparison){0};
}
