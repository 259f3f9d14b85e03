#include "run/report.h"

#include "run/assumptions.h"
#include "run/drivers.h"
#include "run/endpoints.h"
#include "run/observed.h"
#include "run/organ.h"
#include "run/pk_covariates.h"
#include "run/recovery_report.h"
#include "run/risk_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double band_quantile[3] = {0.05, 0.5, 0.95};

static struct tacro_band band_of(const double value[3])
{
    return (struct tacro_band){value[0], value[1], value[2]};
}

static struct tacro_band level_band(const uint32_t *level)
{
    double value[3];
    for (size_t i = 0; i < 3; i++) {
        value[i] = tacro_tally_level_quantile(level, band_quantile[i]);
    }
    return band_of(value);
}

/* Index at which a histogram's cumulative count reaches q; n if it is empty. */
static size_t quantile_index(const uint64_t *count, size_t n, double q)
{
    uint64_t all = 0;
    uint64_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        all += count[i];
    }
    for (size_t i = 0; i < n; i++) {
        seen += count[i];
        if (all > 0 && (double)seen >= q * (double)all) {
            return i;
        }
    }
    return n;
}

static struct tacro_band cmax_band(const uint64_t *count)
{
    double value[3];
    for (size_t i = 0; i < 3; i++) {
        const size_t bin = quantile_index(count, TACRO_BIN_FAILED, band_quantile[i]);
        value[i] = bin == TACRO_BIN_FAILED ? (double)NAN : tacro_bin_value(bin);
    }
    return band_of(value);
}

/*
 * Hours from the landmark to the outputs counted in at[]; never counts as the horizon.
 */
static struct tacro_band hours_band(const struct tacro_scenario *s, const uint64_t *at,
                                    double *never)
{
    double value[3];
    uint64_t all = 0;
    for (size_t i = 0; i <= s->ntimes; i++) {
        all += at[i];
    }
    *never = all == 0 ? (double)NAN : (double)at[s->ntimes] / (double)all;
    for (size_t i = 0; i < 3; i++) {
        const size_t k = quantile_index(at, s->ntimes + 1, band_quantile[i]);
        const double t = k >= s->ntimes ? s->input->horizon : s->time[k];
        value[i] = all == 0 ? (double)NAN : t - s->input->landmark;
    }
    return band_of(value);
}

static struct tacro_band days_band(const struct tacro_scenario *s,
                                   const uint64_t *count)
{
    double value[3];
    for (size_t i = 0; i < 3; i++) {
        const size_t k = quantile_index(count, s->ndays + 1, band_quantile[i]);
        value[i] = k > s->ndays ? (double)NAN : (double)k;
    }
    return band_of(value);
}

static double share(uint64_t n, uint64_t all)
{
    return all == 0 ? (double)NAN : (double)n / (double)all;
}

/* Mean over patients, NaN if the horizon cuts the day. */
static double mean_dose(const struct tacro_scenario *s,
                        const struct tacro_regimen_tally *t, size_t d)
{
    const double start = s->time[s->day_output[d]];
    uint64_t n = 0;
    for (size_t m = 0; m < s->input->ndraws; m++) {
        n += t->n[m];
    }
    if (n == 0 || start + 24.0 > s->input->horizon + TACRO_SAME_TIME) {
        return NAN;
    }
    return (double)t->dose[d] / (double)n / TACRO_NG;
}

static void fill_day(const struct tacro_scenario *s,
                     const struct tacro_regimen_tally *t, size_t regimen, size_t d,
                     struct tacro_day_summary *out)
{
    const size_t o = s->day_output[d];
    const uint64_t *n = t->target + 3 * d;
    const double pod = s->day[d];
    const struct tacro_paramset *pk = tacro_scenario_pk(s, regimen)->input->pk;
    out->day = s->day[d];
    out->time = s->time[o];
    out->dose = mean_dose(s, t, d);
    out->trough = (struct tacro_band){NAN, NAN, NAN};
    if (tacro_scenario_first_dose(s, regimen) < s->time[o] - TACRO_SAME_TIME) {
        out->trough = level_band(t->level + o * TACRO_NCOUNTS);
    }
    out->target_low = NAN;
    out->target_high = NAN;
    (void)tacro_scenario_target(s, s->time[o], &out->target_low, &out->target_high);
    out->below = share(n[0], n[0] + n[1] + n[2]);
    out->in = share(n[1], n[0] + n[1] + n[2]);
    out->above = share(n[2], n[0] + n[1] + n[2]);
    out->is_outside_calibration = pod < pk->first_day || pod > pk->last_day;
}

static void fill_shares(const struct tacro_scenario *s,
                        const struct tacro_regimen_tally *t,
                        struct tacro_regimen_summary *out)
{
    uint64_t n[3] = {0, 0, 0};
    for (size_t d = 0; d < s->ndays; d++) {
        for (size_t k = 0; s->day_output[d] >= s->landmark_output && k < 3; k++) {
            n[k] += t->target[3 * d + k];
        }
    }
    out->below = share(n[0], n[0] + n[1] + n[2]);
    out->in = share(n[1], n[0] + n[1] + n[2]);
    out->above = share(n[2], n[0] + n[1] + n[2]);
    out->trough_under_2 = share(t->troughs_under_2, t->troughs);
    out->trough_over_25 = share(t->troughs_over_25, t->troughs);
}

/* Before the first dose there is no level that could fall. */
static void fill_falls(const struct tacro_scenario *s,
                       const struct tacro_regimen_tally *t, size_t regimen,
                       struct tacro_regimen_summary *out)
{
    const struct tacro_band none = {NAN, NAN, NAN};
    out->at_landmark = out->hours_below_10 = out->hours_below_5 = none;
    out->never_below_10 = out->never_below_5 = NAN;
    if (tacro_scenario_first_dose(s, regimen) < s->input->landmark - TACRO_SAME_TIME) {
        out->at_landmark = level_band(t->level + s->landmark_output * TACRO_NCOUNTS);
        out->hours_below_10 = hours_band(s, t->below_10_at, &out->never_below_10);
        out->hours_below_5 = hours_band(s, t->below_5_at, &out->never_below_5);
    }
}

static void fill_regimen(const struct tacro_scenario *s,
                         const struct tacro_tally *tally,
                         const struct tacro_compare *compare, size_t regimen,
                         struct tacro_regimen_summary *out)
{
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    out->label = tacro_regimen_name(&s->input->regimen[regimen]);
    out->plan = s->input->regimen[regimen].label;
    out->model = s->arm[regimen].model;
    out->ndays = s->ndays;
    for (size_t d = 0; d < s->ndays; d++) {
        fill_day(s, t, regimen, d, &out->day[d]);
    }
    out->cmax = cmax_band(t->cmax);
    fill_falls(s, t, regimen, out);
    out->days_below_5 = days_band(s, t->days_below_5);
    out->failed = t->failed;
    fill_shares(s, t, out);
    tacro_risk_report(s, tally, compare, regimen, out);
}

static void fill_frame(const struct tacro_scenario *s, struct tacro_summary *out)
{
    const struct tacro_input *input = s->input;
    out->title = input->title;
    for (size_t m = 0; m < input->npks; m++) {
        const struct tacro_paramset *pk = input->model[m].pk;
        out->pk[m] = (struct tacro_pk_summary){
            pk->name, pk->population, pk->first_day, pk->last_day, "", ""};
        tacro_pk_covariates(input, m, &out->pk[m]);
    }
    out->subjects = input->npatients;
    out->draws = input->ndraws;
    out->seed = input->seed;
    out->death_hazard = input->death_hazard;
    out->organ = tacro_organ(input);
    out->landmark = input->landmark;
    out->horizon = input->horizon;
    out->start_day = input->start_day;
    out->start_clock = input->start_clock;
    out->trough_clock = input->trough_clock;
    out->reference = input->reference;
    out->has_history = input->history.is_given;
    for (size_t i = 0; i < input->nrisks; i++) {
        const struct tacro_paramset *risk = input->risk[i];
        out->outcome[i] = (struct tacro_outcome_summary){risk->outcome,
                                                         s->endpoint[i],
                                                         risk->name,
                                                         risk->population,
                                                         risk->first_day,
                                                         risk->last_day,
                                                         tacro_organ_changes(risk)};
    }
}

static bool allocate(const struct tacro_scenario *s, struct tacro_summary *out)
{
    const size_t no = s->input->nrisks;
    out->nregimens = s->input->nregimens;
    out->nplans = s->input->nplans;
    out->npks = s->input->npks;
    out->noutcomes = no;
    out->pk = calloc(out->npks, sizeof *out->pk);
    out->regimen = calloc(out->nregimens, sizeof *out->regimen);
    out->outcome = calloc(no + 1, sizeof *out->outcome);
    for (size_t i = 0; out->regimen != NULL && i < out->nregimens; i++) {
        out->regimen[i].day = calloc(s->ndays + 1, sizeof *out->regimen[i].day);
        out->regimen[i].risk = calloc(no + 1, sizeof *out->regimen[i].risk);
        if (out->regimen[i].day == NULL || out->regimen[i].risk == NULL) {
            return false;
        }
    }
    return out->regimen != NULL && out->outcome != NULL && out->pk != NULL;
}

enum tacro_status tacro_report_create(const struct tacro_scenario *scenario,
                                      const struct tacro_tally *tally,
                                      struct tacro_summary **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_summary *summary = calloc(1, sizeof *summary);
    struct tacro_compare *compare = NULL;
    *out = NULL;
    if (summary == NULL || !allocate(scenario, summary)) {
        st = tacro_fail(err, TACRO_ENOMEM, "summary");
        goto done;
    }
    fill_frame(scenario, summary);
    TACRO_TRY(
        tacro_compare_create(scenario, tally, summary->has_history, &compare, err));
    TACRO_TRY(tacro_compare_fill(compare, &summary->comparison, err));
    TACRO_TRY(tacro_drivers_list(scenario, compare, summary, err));
    for (size_t i = 0; i < summary->nregimens; i++) {
        const struct tacro_regimen_tally *t = &tally->regimen[i];
        fill_regimen(scenario, tally, compare, i, &summary->regimen[i]);
        summary->failed += t->failed;
        for (size_t m = 0; m < scenario->input->ndraws; m++) {
            summary->courses += t->n[m];
        }
        summary->courses += t->failed;
    }
    tacro_observed_summarise(tally, summary);
    TACRO_TRY(tacro_endpoints_summarise(tally, summary, err));
    TACRO_TRY(tacro_recovery_summarise(tally, summary, err));
    TACRO_TRY(tacro_assumptions_list(scenario, summary, err));
    *out = summary;
    summary = NULL;
done:
    tacro_compare_free(compare);
    tacro_summary_free(summary);
    return st;
}

void tacro_summary_free(struct tacro_summary *summary)
{
    if (summary == NULL) {
        return;
    }
    for (size_t i = 0; summary->regimen != NULL && i < summary->nregimens; i++) {
        free(summary->regimen[i].day);
        free(summary->regimen[i].risk);
    }
    tacro_endpoints_summary_free(summary);
    tacro_recovery_summary_free(summary->recovery);
    tacro_assumptions_free(summary);
    tacro_comparison_free(&summary->comparison);
    free(summary->drivers);
    free(summary->pk);
    free(summary->regimen);
    free(summary->outcome);
    free(summary);
}
