#include "cli/summary_risk_json.h"

#include <math.h>

#include "cli/statements.h"
#include "cli/summary_models.h"

json_t *tacro_cli_band_json(struct tacro_band band)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_number(object, "p05", band.low);
    tacro_cli_json_number(object, "p50", band.median);
    tacro_cli_json_number(object, "p95", band.high);
    return object;
}

json_t *tacro_cli_interval_json(struct tacro_interval interval)
{
    if (isnan(interval.low)) {
        return json_null();
    }
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_number(object, "p025", interval.low);
    tacro_cli_json_number(object, "p50", interval.median);
    tacro_cli_json_number(object, "p975", interval.high);
    return object;
}

static json_t *number_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *tacro_cli_risk_json(const struct tacro_summary *summary,
                            const struct tacro_risk_summary *risk,
                            const struct tacro_outcome_summary *outcome)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_text(object, "outcome",
                        outcome == NULL ? "event_free" : outcome->name);
    tacro_cli_json_text(object, "endpoint",
                        outcome == NULL ? "none of these events" : outcome->endpoint);
    tacro_cli_json_number(object, "probability", risk->probability);
    tacro_cli_json_put(object, "interval", tacro_cli_interval_json(risk->interval));
    tacro_cli_json_text(object, "interval_status", tacro_cli_interval_words(summary).s);
    tacro_cli_json_number(object, "difference", risk->difference);
    tacro_cli_json_put(object, "difference_interval",
                       tacro_cli_interval_json(risk->difference_interval));
    tacro_cli_json_number(object, "probability_lower", risk->lower);
    tacro_cli_json_number(object, outcome == NULL ? "death_first" : "first",
                          risk->first);
    tacro_cli_json_put(object,
                       outcome == NULL ? "death_first_interval" : "first_interval",
                       tacro_cli_interval_json(risk->first_interval));
    tacro_cli_json_put(object, "patients", tacro_cli_band_json(risk->patients));
    tacro_cli_json_put(object, "is_simulated", json_boolean(risk->is_simulated));
    tacro_cli_json_number(object, "monte_carlo_standard_error", risk->standard_error);
    tacro_cli_json_number(object, "patients_needed", risk->needed);
    tacro_cli_json_put(object, "are_patients_too_few_to_tell",
                       json_boolean(isinf(risk->needed)));
    return object;
}

void tacro_cli_days_json(const struct tacro_regimen_summary *regimen, json_t *object)
{
    tacro_cli_json_number(object, "days_in_range", regimen->days_in_range);
    tacro_cli_json_put(object, "days_in_range_interval",
                       tacro_cli_interval_json(regimen->days_in_range_interval));
    tacro_cli_json_number(object, "days_with_target", regimen->days_with_target);
}

/* -- comparison -------------------------------------------------------------------- */

static json_t *pairs_json(const struct tacro_summary *summary)
{
    const struct tacro_comparison *c = &summary->comparison;
    const size_t nr = summary->nregimens;
    json_t *pairs = tacro_cli_json_array();
    for (size_t k = 0; k < summary->noutcomes + 2; k++) {
        json_t *object = tacro_cli_json_object();
        json_t *difference = tacro_cli_json_array();
        json_t *interval = tacro_cli_json_array();
        json_t *lower = tacro_cli_json_array();
        for (size_t r = 0; r < nr; r++) {
            json_t *row[3] = {tacro_cli_json_array(), tacro_cli_json_array(),
                              tacro_cli_json_array()};
            for (size_t i = 0; i < nr; i++) {
                const size_t at = (k * nr + r) * nr + i;
                tacro_cli_json_append(row[0], number_json(c->difference[at]));
                tacro_cli_json_append(
                    row[1], tacro_cli_interval_json(c->difference_interval[at]));
                tacro_cli_json_append(row[2], number_json(c->lower[at]));
            }
            tacro_cli_json_append(difference, row[0]);
            tacro_cli_json_append(interval, row[1]);
            tacro_cli_json_append(lower, row[2]);
        }
        tacro_cli_json_text(object, "measure",
                            k < summary->noutcomes    ? summary->outcome[k].name
                            : k == summary->noutcomes ? "event_free"
                                                      : "days_in_range");
        tacro_cli_json_put(object, "difference", difference);
        tacro_cli_json_put(object, "difference_interval", interval);
        tacro_cli_json_put(object, "probability_lower", lower);
        tacro_cli_json_append(pairs, object);
    }
    return pairs;
}

static json_t *numbers_json(const double *value, size_t n)
{
    json_t *array = tacro_cli_json_array();
    for (size_t i = 0; i < n; i++) {
        tacro_cli_json_append(array, number_json(value[i]));
    }
    return array;
}

static json_t *benefit_json(const struct tacro_summary *summary, size_t r)
{
    static const char *const trades[TACRO_NTRADES] = {
        [TACRO_TRADE_SAME] = "same",          [TACRO_TRADE_LESS] = "less_of_first",
        [TACRO_TRADE_MORE] = "more_of_first", [TACRO_TRADE_BETTER] = "better",
        [TACRO_TRADE_WORSE] = "worse",
    };
    const struct tacro_benefit *benefit = &summary->comparison.benefit[r];
    json_t *object = tacro_cli_json_object();
    json_t *shares = tacro_cli_json_object();
    json_t *interval = tacro_cli_json_array();
    tacro_cli_json_text(object, "label", summary->regimen[r].label);
    tacro_cli_json_put(object, "is_on_frontier", json_boolean(benefit->is_on_frontier));
    tacro_cli_json_number(object, "frontier_probability", benefit->frontier);
    tacro_cli_json_text(object, "against_reference", trades[benefit->trade]);
    for (size_t i = 0; i < TACRO_NTRADES; i++) {
        tacro_cli_json_number(shares, trades[i], benefit->trade_share[i]);
    }
    tacro_cli_json_put(object, "against_reference_share", shares);
    tacro_cli_json_number(object, "switching_ratio", benefit->switching_ratio);
    tacro_cli_json_put(object, "switching_ratio_interval",
                       tacro_cli_interval_json(benefit->switching_interval));
    for (size_t i = 0; i < TACRO_NWEIGHTS; i++) {
        tacro_cli_json_append(interval,
                              tacro_cli_interval_json(benefit->utility_interval[i]));
    }
    tacro_cli_json_put(object, "best_probability_shown",
                       numbers_json(benefit->best, TACRO_NSHOWN));
    tacro_cli_json_put(object, "best_probability",
                       numbers_json(benefit->best_at, TACRO_NWEIGHTS));
    tacro_cli_json_put(object, "utility",
                       numbers_json(benefit->utility, TACRO_NWEIGHTS));
    tacro_cli_json_put(object, "utility_interval", interval);
    return object;
}

static json_t *ranking_json(const struct tacro_summary *summary)
{
    const struct tacro_comparison *c = &summary->comparison;
    json_t *object = tacro_cli_json_object();
    json_t *regimens = tacro_cli_json_array();
    json_t *preferences = tacro_cli_json_array();
    for (size_t r = 0; r < summary->nregimens; r++) {
        tacro_cli_json_append(regimens, benefit_json(summary, r));
    }
    for (size_t i = 0; i < c->npreferences; i++) {
        json_t *range = tacro_cli_json_object();
        tacro_cli_json_text(range, "label",
                            summary->regimen[c->preference[i].regimen].label);
        tacro_cli_json_number(range, "weight_from", c->preference[i].from);
        tacro_cli_json_number(range, "weight_to", c->preference[i].to);
        tacro_cli_json_append(preferences, range);
    }
    tacro_cli_json_text(object, "first_outcome", summary->outcome[c->weighed].name);
    tacro_cli_json_text(object, "second_outcome", summary->outcome[c->other].name);
    tacro_cli_json_put(object, "weights", numbers_json(c->weight, TACRO_NWEIGHTS));
    tacro_cli_json_put(object, "weights_shown", numbers_json(c->shown, TACRO_NSHOWN));
    tacro_cli_json_put(object, "regimens", regimens);
    tacro_cli_json_put(object, "highest_mean_utility", preferences);
    return object;
}

json_t *tacro_cli_comparison_json(const struct tacro_summary *summary)
{
    const struct tacro_comparison *c = &summary->comparison;
    json_t *object = tacro_cli_json_object();
    json_t *regimens = tacro_cli_json_array();
    for (size_t r = 0; r < summary->nregimens; r++) {
        tacro_cli_json_append(regimens, json_string(summary->regimen[r].label));
    }
    tacro_cli_json_count(object, "draws", c->ndraws);
    tacro_cli_json_put(object, "regimens", regimens);
    tacro_cli_json_put(object, "pairs", pairs_json(summary));
    tacro_cli_json_text(object, "why_not", c->why_not);
    tacro_cli_json_put(object, "ranking",
                       c->why_not == NULL ? ranking_json(summary) : json_null());
    return object;
}

json_t *tacro_cli_drivers_json(const struct tacro_summary *summary)
{
    json_t *array = tacro_cli_json_array();
    for (size_t i = 0; i < summary->ndrivers; i++) {
        const struct tacro_drivers *d = &summary->drivers[i];
        json_t *object = tacro_cli_json_object();
        json_t *numbers = tacro_cli_json_array();
        tacro_cli_json_text(object, "outcome", summary->outcome[d->outcome].name);
        tacro_cli_json_text(object, "regimen", summary->regimen[d->regimen].label);
        tacro_cli_json_put(
            object, "is_difference",
            json_boolean(d->regimen != tacro_cli_reference(summary, d->regimen)));
        tacro_cli_json_count(object, "parameters", d->nparameters);
        tacro_cli_json_put(object, "is_computed", json_boolean(d->is_computed));
        for (size_t k = 0; k < d->n; k++) {
            json_t *number = tacro_cli_json_object();
            tacro_cli_json_text(number, "file", d->driver[k].set);
            tacro_cli_json_text(number, "name", d->driver[k].name);
            tacro_cli_json_text(number, "words", d->driver[k].words);
            tacro_cli_json_number(number, "share", d->driver[k].share);
            tacro_cli_json_append(numbers, number);
        }
        tacro_cli_json_put(object, "largest", numbers);
        tacro_cli_json_number(object, "rest", d->is_computed ? d->rest : (double)NAN);
        tacro_cli_json_number(object, "unexplained",
                              d->is_computed ? d->unexplained : (double)NAN);
        tacro_cli_json_append(array, object);
    }
    return array;
}
