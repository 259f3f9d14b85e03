#include "cli/summary_json.h"

#include <string.h>

#include <math.h>

#include "cli/json.h"
#include "cli/plan.h"
#include "cli/quantity.h"
#include "cli/statements.h"
#include "cli/summary_after.h"
#include "cli/summary_models.h"
#include "cli/summary_risk_json.h"

static json_t *shares_json(double below, double in, double above)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_number(object, "below", below);
    tacro_cli_json_number(object, "in", in);
    tacro_cli_json_number(object, "above", above);
    return object;
}

static json_t *moment_json(const struct tacro_summary *summary, double time)
{
    json_t *object = tacro_cli_json_object();
    struct tacro_cli_moment moment =
        tacro_cli_moment(summary->start_day, summary->start_clock, time);
    tacro_cli_json_number(object, "time_h", time);
    tacro_cli_json_integer(object, "day", moment.day);
    tacro_cli_json_text(object, "clock", tacro_cli_clock(moment).s);
    return object;
}

static json_t *day_json(const struct tacro_day_summary *day,
                        const struct tacro_plan *plan)
{
    json_t *object = tacro_cli_json_object();
    struct tacro_cli_dose_range range =
        tacro_cli_doses_between(plan, day->time, day->time + 24);
    tacro_cli_json_integer(object, "day", day->day);
    tacro_cli_json_number(object, "time_h", day->time);
    tacro_cli_json_number(object, "dose_mg", day->dose);
    tacro_cli_json_put(object, "capsules",
                       isnan(day->dose)
                           ? json_null()
                           : tacro_cli_json_capsules(range.dose, range.ndoses));
    tacro_cli_json_put(object, "trough_ng_per_mL", tacro_cli_band_json(day->trough));
    tacro_cli_json_number(object, "target_low_ng_per_mL", day->target_low);
    tacro_cli_json_number(object, "target_high_ng_per_mL", day->target_high);
    tacro_cli_json_put(object, "target_share",
                       shares_json(day->below, day->in, day->above));
    tacro_cli_json_put(object, "is_outside_calibration",
                       json_boolean(day->is_outside_calibration));
    return object;
}

static json_t *hours_json(struct tacro_band band, double never)
{
    json_t *object = tacro_cli_band_json(band);
    tacro_cli_json_number(object, "never", never);
    return object;
}

static json_t *regimen_json(const struct tacro_summary *summary, size_t r,
                            const struct tacro_plan *plan)
{
    const struct tacro_regimen_summary *regimen = &summary->regimen[r];
    json_t *object = tacro_cli_json_object();
    json_t *days = tacro_cli_json_array();
    json_t *risks = tacro_cli_json_array();
    for (size_t d = 0; d < regimen->ndays; d++) {
        tacro_cli_json_append(days, day_json(&regimen->day[d], plan));
    }
    for (size_t k = 0; k < summary->noutcomes; k++) {
        tacro_cli_json_append(risks, tacro_cli_risk_json(summary, &regimen->risk[k],
                                                         &summary->outcome[k]));
    }
    tacro_cli_json_text(object, "label", regimen->label);
    if (tacro_cli_has_models(summary)) {
        tacro_cli_json_text(object, "plan", regimen->plan);
        tacro_cli_json_text(object, "model", summary->pk[regimen->model].name);
    }
    tacro_cli_json_put(object, "is_reference",
                       json_boolean(r == tacro_cli_reference(summary, r)));
    tacro_cli_json_count(object, "failed", regimen->failed);
    tacro_cli_json_put(object, "at_landmark_ng_per_mL",
                       tacro_cli_band_json(regimen->at_landmark));
    tacro_cli_json_put(object, "target_share",
                       shares_json(regimen->below, regimen->in, regimen->above));
    tacro_cli_json_put(object, "cmax_ng_per_mL", tacro_cli_band_json(regimen->cmax));
    tacro_cli_json_put(object, "hours_to_level_below_10",
                       hours_json(regimen->hours_below_10, regimen->never_below_10));
    tacro_cli_json_put(object, "hours_to_level_below_5",
                       hours_json(regimen->hours_below_5, regimen->never_below_5));
    tacro_cli_json_put(object, "days_with_trough_below_5",
                       tacro_cli_band_json(regimen->days_below_5));
    tacro_cli_json_number(object, "trough_share_below_2", regimen->trough_under_2);
    tacro_cli_json_number(object, "trough_share_above_25", regimen->trough_over_25);
    if (summary->observed != NULL) {
        tacro_cli_json_number(object, "observations_outside_target",
                              regimen->observed_outside);
    }
    tacro_cli_days_json(regimen, object);
    tacro_cli_json_put(object, "risks", risks);
    tacro_cli_json_put(object, "event_free",
                       tacro_cli_risk_json(summary, &regimen->event_free, NULL));
    tacro_cli_json_put(object, "days", days);
    return object;
}

static json_t *words_json(const struct tacro_summary *summary)
{
    json_t *array = tacro_cli_json_array();
    const char *text = tacro_cli_statement(summary, 0);
    tacro_cli_json_append(array, json_string(tacro_cli_band_words(summary)));
    for (size_t i = 1; text != NULL; i++) {
        tacro_cli_json_append(array, json_string(text));
        text = tacro_cli_statement(summary, i);
    }
    return array;
}

/* "a, b" as a list. */
static json_t *names_json(const char *names)
{
    json_t *array = tacro_cli_json_array();
    while (*names != '\0') {
        const size_t n = strcspn(names, ",");
        tacro_cli_json_append(array, json_stringn(names, n));
        names += n;
        names += strspn(names, ", ");
    }
    return array;
}

static json_t *pk_json(const struct tacro_pk_summary *pk)
{
    json_t *object = tacro_cli_json_object();
    tacro_cli_json_text(object, "name", pk->name);
    tacro_cli_json_text(object, "population", pk->population);
    tacro_cli_json_number(object, "first_day", pk->first_day);
    tacro_cli_json_number(object, "last_day", pk->last_day);
    tacro_cli_json_put(object, "acting", names_json(pk->acting));
    tacro_cli_json_put(object, "ignored", names_json(pk->ignored));
    return object;
}

static void put_range(json_t *object, const char *name, struct tacro_cli_range range)
{
    json_t *pair = tacro_cli_json_object();
    tacro_cli_json_number(pair, "lowest", range.low);
    tacro_cli_json_number(pair, "highest", range.high);
    tacro_cli_json_put(object, name, pair);
}

/* Lowest and highest of the models for each plan. */
static json_t *across_json(const struct tacro_summary *summary)
{
    json_t *array = tacro_cli_json_array();
    for (size_t p = 0; p < summary->nplans; p++) {
        json_t *object = tacro_cli_json_object();
        json_t *risks = tacro_cli_json_object();
        for (size_t k = 0; k < summary->noutcomes; k++) {
            put_range(risks, summary->outcome[k].name,
                      tacro_cli_models_range(summary, p, TACRO_CLI_FIRST_RISK + k));
        }
        tacro_cli_json_text(object, "plan", tacro_cli_row_label(summary, p));
        put_range(object, "at_landmark_ng_per_mL",
                  tacro_cli_models_range(summary, p, TACRO_CLI_AT_LANDMARK));
        put_range(object, "last_trough_ng_per_mL",
                  tacro_cli_models_range(summary, p, TACRO_CLI_LAST_TROUGH));
        put_range(object, "in_target",
                  tacro_cli_models_range(summary, p, TACRO_CLI_IN_TARGET));
        tacro_cli_json_put(object, "risks", risks);
        tacro_cli_json_append(array, object);
    }
    return array;
}

/* An object; of a list of models an array, and what they say of each plan. */
static void put_pks(json_t *object, const struct tacro_summary *summary)
{
    json_t *models;
    if (!tacro_cli_has_models(summary)) {
        tacro_cli_json_put(object, "pk", pk_json(&summary->pk[0]));
        return;
    }
    models = tacro_cli_json_array();
    for (size_t m = 0; m < summary->npks; m++) {
        tacro_cli_json_append(models, pk_json(&summary->pk[m]));
    }
    tacro_cli_json_put(object, "pk", models);
    tacro_cli_json_put(object, "across_models", across_json(summary));
}

json_t *tacro_cli_summary_json(const struct tacro_scenario *scenario,
                               const struct tacro_summary *summary,
                               const uint64_t *subject)
{
    json_t *object = tacro_cli_json_object();
    json_t *outcomes = tacro_cli_json_array();
    json_t *regimens = tacro_cli_json_array();
    json_t *assumptions = tacro_cli_json_array();
    for (size_t k = 0; k < summary->noutcomes; k++) {
        json_t *row = tacro_cli_json_object();
        tacro_cli_json_text(row, "name", summary->outcome[k].name);
        tacro_cli_json_text(row, "endpoint", summary->outcome[k].endpoint);
        tacro_cli_json_text(row, "file", summary->outcome[k].file);
        tacro_cli_json_text(row, "population", summary->outcome[k].population);
        tacro_cli_json_number(row, "first_day", summary->outcome[k].first_day);
        tacro_cli_json_number(row, "last_day", summary->outcome[k].last_day);
        tacro_cli_json_text(row, "organ_changes", summary->outcome[k].organ_changes);
        tacro_cli_json_append(outcomes, row);
    }
    for (size_t r = 0; r < summary->nregimens; r++) {
        struct tacro_plan plan = tacro_scenario_plan(scenario, r);
        tacro_cli_json_append(regimens, regimen_json(summary, r, &plan));
    }
    for (size_t k = 0; k < summary->nassumptions; k++) {
        json_t *row = tacro_cli_json_object();
        tacro_cli_json_text(row, "kind", summary->assumption[k].kind);
        tacro_cli_json_text(row, "text", summary->assumption[k].text);
        tacro_cli_json_append(assumptions, row);
    }
    tacro_cli_json_text(object, "title", summary->title);
    tacro_cli_json_put(object, "statements", words_json(summary));
    put_pks(object, summary);
    tacro_cli_json_count(object, "subjects", summary->subjects);
    if (subject != NULL) {
        tacro_cli_json_count(object, "subject", *subject);
    } else {
        tacro_cli_json_put(object, "subject", json_null());
    }
    tacro_cli_json_count(object, "draws", summary->draws);
    tacro_cli_json_count(object, "seed", summary->seed);
    tacro_cli_json_number(object, "death_hazard_per_h", summary->death_hazard);
    tacro_cli_json_text(object, "organ", summary->organ);
    tacro_cli_json_count(object, "courses", summary->courses);
    tacro_cli_json_count(object, "failed", summary->failed);
    tacro_cli_json_put(object, "start", moment_json(summary, 0));
    tacro_cli_json_put(object, "landmark", moment_json(summary, summary->landmark));
    tacro_cli_json_put(object, "horizon", moment_json(summary, summary->horizon));
    tacro_cli_json_number(object, "trough_clock_h", summary->trough_clock);
    tacro_cli_json_text(object, "reference",
                        summary->reference < summary->nregimens
                            ? tacro_cli_row_label(summary, summary->reference)
                            : NULL);
    tacro_cli_json_put(object, "outcomes", outcomes);
    tacro_cli_json_put(object, "regimens", regimens);
    tacro_cli_json_put(object, "has_history", json_boolean(summary->has_history));
    tacro_cli_json_put(object, "comparison", tacro_cli_comparison_json(summary));
    tacro_cli_json_put(object, "drivers", tacro_cli_drivers_json(summary));
    tacro_cli_json_put(object, "endpoints", tacro_cli_endpoints_json(summary));
    tacro_cli_json_put(object, "after", tacro_cli_summary_after_json(summary));
    tacro_cli_json_put(object, "assumptions", assumptions);
    if (summary->observed != NULL) {
        tacro_cli_json_text(object, "observed_by", summary->observed);
    }
    tacro_cli_json_text(object, "content_hash", summary->content_hash);
    tacro_cli_json_text(object, "solver", summary->solver);
    tacro_cli_json_text(object, "other_solver", summary->other_solver);
    tacro_cli_json_count(object, "checked_courses", summary->checked);
    tacro_cli_json_number(object, "level_difference", summary->level_difference);
    tacro_cli_json_number(object, "hazard_difference", summary->hazard_difference);
    tacro_cli_json_text(object, "kernels", summary->kernels);
    tacro_cli_json_count(object, "threads", summary->threads);
    tacro_cli_json_number(object, "seconds", summary->seconds);
    return object;
}
