#include "run/recovery_report.h"

#include "input/history.h"
#include "run/over_draws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- datasets ---------------------------------------------------------------------- */

static const struct {
    const char *suffix;
    const char *long_name;
    const char *description;
    const char *unit;
    size_t naxes;
    enum tacro_axis axis[TACRO_MAX_AXES];
} forms[] = {
    {"_recovery",
     "probability of clinical recovery",
     "By the instant of the day's trough, in patients who have had the event "
     "(history); "
     "patient average of each parameter draw, given survival. NaN before the onset. "
     "The "
     "times were published for patients whose drug was reduced or stopped and whose "
     "blood pressure was controlled; an effect of the dose on them is assumed.",
     "1",
     3,
     {TACRO_AXIS_REGIMEN, TACRO_AXIS_DRAW, TACRO_AXIS_DAY}},
    {"_recovery_quantile",
     "probability of clinical recovery, quantiles over draws",
     "Exact order statistics over the parameter draws. NaN before the onset.",
     "1",
     3,
     {TACRO_AXIS_REGIMEN, TACRO_AXIS_QUANTILE, TACRO_AXIS_DAY}},
    {"_recovery_time",
     "time of clinical recovery",
     "From start, one draw per patient with the same normal under every regimen; it "
     "may "
     "lie after the horizon. The hazard of a recurrence begins with it.",
     "h",
     2,
     {TACRO_AXIS_REGIMEN, TACRO_AXIS_SUBJECT}},
    {"_imaging_recovery",
     "probability of complete recovery in imaging",
     "By the instant of the day's trough; the same for all patients and regimens. NaN "
     "before the onset.",
     "1",
     2,
     {TACRO_AXIS_DRAW, TACRO_AXIS_DAY}},
    {"_unfavourable",
     "probability of an unfavourable outcome",
     "By severity at onset, infection and acute kidney injury at the landmark; patient "
     "average of each parameter draw. It does not depend on the regimen, but for "
     "courses "
     "that failed.",
     "1",
     2,
     {TACRO_AXIS_REGIMEN, TACRO_AXIS_DRAW}},
    {"_mortality",
     "hospital mortality after the event",
     "The same for all patients and regimens.",
     "1",
     1,
     {TACRO_AXIS_DRAW}},
};

enum { NFORMS = sizeof forms / sizeof forms[0] };

enum tacro_status tacro_recovery_fields_add(const struct tacro_scenario *scenario,
                                            struct tacro_fields *fields,
                                            struct tacro_recovery_fields *out,
                                            struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_history *history = &scenario->input->history;
    size_t *const index[NFORMS] = {&out->by_day,  &out->quantile,     &out->time,
                                   &out->imaging, &out->unfavourable, &out->mortality};
    for (size_t i = 0; history->is_given && i < NFORMS; i++) {
        const char *outcome = scenario->input->risk[history->risk]->outcome;
        char path[128];
        char long_name[256];
        struct tacro_field_form form = {.path = path,
                                        .unit = forms[i].unit,
                                        .long_name = long_name,
                                        .description = forms[i].description,
                                        .storage = TACRO_F8,
                                        .naxes = forms[i].naxes};
        memcpy(form.axis, forms[i].axis, sizeof form.axis);
        snprintf(path, sizeof path, "%s%s", outcome, forms[i].suffix);
        snprintf(long_name, sizeof long_name, "after %s: %s", outcome,
                 forms[i].long_name);
        TACRO_TRY(tacro_fields_add(fields, &form, index[i], err));
    }
done:
    return st;
}

enum tacro_status tacro_recovery_pack(const struct tacro_recovery_fields *fields,
                                      const struct tacro_writer *writer,
                                      const struct tacro_gather *gather, size_t first,
                                      size_t end, size_t at, struct tacro_batch *batch,
                                      struct tacro_error *err)
{
    return gather->recovery == NULL
               ? TACRO_OK
               : tacro_writer_pack(writer, fields->time, gather->regimen, at,
                                   end - first, gather->recovery->time + first, batch,
                                   err);
}

static double since_onset(const struct tacro_scenario *s, size_t day)
{
    return s->time[s->day_output[day]] - s->input->history.onset;
}

/* Patient average of a draw by a day; NaN before the onset. */
static double mean_by_day(const struct tacro_tally *tally, size_t regimen, size_t draw,
                          size_t day)
{
    const struct tacro_scenario *s = tally->scenario;
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    return since_onset(s, day) < -TACRO_SAME_TIME
               ? (double)NAN
               : tacro_tally_mean(t->recovery->by_day[draw * s->ndays + day],
                                  t->n[draw]);
}

static enum tacro_status write_days(const struct tacro_recovery_fields *fields,
                                    const struct tacro_tally *tally,
                                    const double *quantile, size_t n,
                                    struct tacro_writer *writer,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_scenario *s = tally->scenario;
    const size_t nr = s->input->nregimens;
    const size_t draws = s->input->ndraws;
    const size_t nd = s->ndays;
    double *mean = malloc((nr * draws * nd + 1) * sizeof *mean);
    double *order = malloc((nr * n * nd + 1) * sizeof *order);
    double *sorted = malloc(draws * sizeof *sorted);
    if (mean == NULL || order == NULL || sorted == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "recovery in %zu draws", draws);
        goto done;
    }
    for (size_t i = 0; i < nr * nd; i++) {
        const size_t r = i / nd;
        const size_t d = i % nd;
        for (size_t m = 0; m < draws; m++) {
            sorted[m] = mean_by_day(tally, r, m, d);
            mean[(r * draws + m) * nd + d] = sorted[m];
        }
        for (size_t q = 0; q < n; q++) {
            order[(r * n + q) * nd + d] =
                tacro_order_statistic(sorted, draws, quantile[q]);
        }
    }
    TACRO_TRY(tacro_writer_whole(writer, fields->by_day, mean, err));
    TACRO_TRY(tacro_writer_whole(writer, fields->quantile, order, err));
done:
    free(mean);
    free(order);
    free(sorted);
    return st;
}

enum tacro_status tacro_recovery_write(const struct tacro_recovery_fields *fields,
                                       const struct tacro_tally *tally,
                                       const double *quantile, size_t n,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_scenario *s = tally->scenario;
    const size_t nr = s->input->nregimens;
    const size_t draws = s->input->ndraws;
    double *imaging = NULL;
    double *unfavourable = NULL;
    double *mortality = NULL;
    if (!s->input->history.is_given) {
        return TACRO_OK;
    }
    imaging = malloc((draws * s->ndays + 1) * sizeof *imaging);
    unfavourable = malloc(nr * draws * sizeof *unfavourable);
    mortality = malloc(draws * sizeof *mortality);
    if (imaging == NULL || unfavourable == NULL || mortality == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "outcome in %zu draws", draws);
        goto done;
    }
    for (size_t m = 0; m < draws; m++) {
        const struct tacro_after after = tacro_after_of(s, (uint32_t)m);
        mortality[m] = after.value[TACRO_AFTER_MORTALITY];
        for (size_t d = 0; d < s->ndays; d++) {
            const double since = since_onset(s, d);
            imaging[m * s->ndays + d] = since < -TACRO_SAME_TIME
                                            ? (double)NAN
                                            : tacro_imaging_by(&after, since);
        }
        for (size_t r = 0; r < nr; r++) {
            const struct tacro_regimen_tally *t = &tally->regimen[r];
            unfavourable[r * draws + m] =
                tacro_tally_mean(t->recovery->unfavourable[m], t->n[m]);
        }
    }
    TACRO_TRY(tacro_writer_whole(writer, fields->imaging, imaging, err));
    TACRO_TRY(tacro_writer_whole(writer, fields->unfavourable, unfavourable, err));
    TACRO_TRY(tacro_writer_whole(writer, fields->mortality, mortality, err));
    TACRO_TRY(write_days(fields, tally, quantile, n, writer, err));
done:
    free(imaging);
    free(unfavourable);
    free(mortality);
    return st;
}

/* -- summary ----------------------------------------------------------------------- */

/* Planned mg, or mg/kg, in [from, until). */
static double planned(const struct tacro_doses *doses, double from, double until)
{
    double sum = 0.0;
    for (size_t i = 0; i < doses->n; i++) {
        const struct tacro_plan_dose *dose = &doses->dose[i];
        if (dose->time >= from - TACRO_SAME_TIME &&
            dose->time < until - TACRO_SAME_TIME) {
            sum += dose->is_per_kg ? dose->per_kg : dose->amount;
        }
    }
    return sum;
}

/* mg a day before the start, at steady state. */
static double daily_before(const struct tacro_input *input)
{
    return input->before.amount * 24.0 / input->before.every;
}

/*
 * Whether the plan gives as much on each of the first days after the onset as on the
 * day before it. What cannot be compared counts as unchanged: then recovery is shown
 * with its warning.
 */
static bool is_unchanged(const struct tacro_scenario *s, size_t regimen)
{
    enum { DAYS = 3 };
    const struct tacro_doses *doses = &s->arm[regimen].doses;
    const double onset = s->input->history.onset;
    const double before = onset < 24.0 && s->input->has_before
                              ? daily_before(s->input)
                              : planned(doses, onset - 24.0, onset);
    for (int d = 0; d < DAYS; d++) {
        const double from = onset + 24.0 * d;
        if (from + 24.0 <= s->input->horizon + TACRO_SAME_TIME &&
            planned(doses, from, from + 24.0) < 0.99 * before) {
            return false;
        }
    }
    return true;
}

/* Estimates over the draws with patients, of the reference's and of all regimens. */
static void fill(const struct tacro_tally *tally, double *value,
                 struct tacro_recovery_summary *out)
{
    const struct tacro_scenario *s = tally->scenario;
    const struct tacro_input *input = s->input;
    const size_t draws = input->ndraws;
    const struct tacro_regimen_tally *reference = &tally->regimen[input->reference];
    for (size_t r = 0; r < input->nregimens; r++) {
        const struct tacro_regimen_tally *t = &tally->regimen[r];
        out->regimen[r].is_unchanged = is_unchanged(s, r);
        for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
            for (size_t m = 0; m < draws; m++) {
                value[m] =
                    tacro_tally_mean(t->recovery->by[m * TACRO_NRECOVERY + i], t->n[m]);
            }
            out->regimen[r].by[i] = tacro_over_draws_estimate(value, draws);
        }
    }
    for (size_t i = 0; i < TACRO_NRECOVERY; i++) {
        out->day[i] = tacro_recovery_days[i];
        for (size_t m = 0; m < draws; m++) {
            const struct tacro_after after = tacro_after_of(s, (uint32_t)m);
            value[m] = reference->n[m] == 0
                           ? (double)NAN
                           : tacro_imaging_by(&after, 24.0 * out->day[i]);
        }
        out->imaging[i] = tacro_over_draws_estimate(value, draws);
    }
    for (size_t m = 0; m < draws; m++) {
        value[m] =
            tacro_tally_mean(reference->recovery->unfavourable[m], reference->n[m]);
    }
    out->unfavourable = tacro_over_draws_estimate(value, draws);
    for (size_t m = 0; m < draws; m++) {
        const struct tacro_after after = tacro_after_of(s, (uint32_t)m);
        value[m] =
            reference->n[m] == 0 ? (double)NAN : after.value[TACRO_AFTER_MORTALITY];
    }
    out->mortality = tacro_over_draws_estimate(value, draws);
}

enum tacro_status tacro_recovery_summarise(const struct tacro_tally *tally,
                                           struct tacro_summary *summary,
                                           struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = tally->scenario->input;
    const struct tacro_history *history = &input->history;
    struct tacro_recovery_summary *out = NULL;
    double *value = NULL;
    if (!history->is_given) {
        return TACRO_OK;
    }
    out = calloc(1, sizeof *out);
    value = malloc(input->ndraws * sizeof *value);
    if (out == NULL || value == NULL ||
        (out->regimen = calloc(input->nregimens, sizeof *out->regimen)) == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "summary of the recovery");
        goto done;
    }
    out->outcome = input->risk[history->risk]->outcome;
    out->severity = tacro_consciousness_name(history->severity);
    out->is_severity_assumed = !history->is_severity_given;
    out->onset = history->onset;
    fill(tally, value, out);
    summary->recovery = out;
    out = NULL;
done:
    free(value);
    tacro_recovery_summary_free(out);
    return st;
}

void tacro_recovery_summary_free(struct tacro_recovery_summary *recovery)
{
    if (recovery != NULL) {
        free(recovery->regimen);
        free(recovery);
    }
}
