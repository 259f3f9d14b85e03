#include "run/observed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tacro_observed_plan(struct tacro_scenario *scenario)
{
    const struct tacro_input *input = scenario->input;
    for (size_t m = 0; input->is_observed && m < scenario->npks; m++) {
        struct tacro_pk *pk = &scenario->pk[m];
        struct tacro_observer *o = &pk->observer;
        tacro_observer_set(&pk->input->pk->residual, input->assay, input->seed, o);
        for (size_t i = 0; i < o->n; i++) {
            pk->observed[i] = TACRO_NONE;
            for (size_t k = 0; k < pk->system->noutputs; k++) {
                if (strcmp(pk->system->output[k].output->name, o->output[i].name) ==
                    0) {
                    pk->observed[i] = (int)k;
                }
            }
        }
    }
}

bool tacro_observed_create(const struct tacro_scenario *scenario,
                           struct tacro_gather *gather)
{
    const size_t n = tacro_scenario_pk(scenario, gather->regimen)->observer.n;
    if (n > 0) {
        gather->observed =
            malloc((n * gather->nrows * scenario->ndays + 1) * sizeof(double));
    }
    return n == 0 || gather->observed != NULL;
}

void tacro_observed_gather(const struct tacro_scenario *scenario,
                           const struct tacro_subject *const *subject,
                           const size_t *row, struct tacro_gather *gather)
{
    const struct tacro_pk *pk = tacro_scenario_pk(scenario, gather->regimen);
    const struct tacro_observer *o = &pk->observer;
    const size_t nd = scenario->ndays;
    const size_t all = gather->nrows * nd;
    for (size_t d = 0; o->n > 0 && d < nd; d++) {
        const double t = scenario->time[scenario->day_output[d]];
        const int32_t minute =
            (int32_t)floor(60.0 * tacro_clock_absolute(&scenario->clock, t) + 0.5);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const size_t at = row[l] * nd + d;
            double level[TACRO_MAX_OBSERVED];
            double value[TACRO_MAX_OBSERVED];
            for (size_t i = 0; i < o->n; i++) {
                level[i] = pk->observed[i] == TACRO_NONE
                               ? gather->trough[at]
                               : gather->mapped[(size_t)pk->observed[i] * all + at];
            }
            tacro_observe(o, subject[l]->draw, subject[l]->patient, minute, level,
                          value);
            for (size_t i = 0; i < o->n; i++) {
                gather->observed[i * all + at] = isnan(level[i]) ? level[i] : value[i];
            }
        }
    }
}

void tacro_observed_add(const struct tacro_scenario *scenario,
                        const struct tacro_gather *gather, size_t row,
                        struct tacro_regimen_tally *t)
{
    const struct tacro_pk *pk = tacro_scenario_pk(scenario, gather->regimen);
    const size_t nd = scenario->ndays;
    for (size_t i = 0; i < pk->observer.n; i++) {
        const double *value = gather->observed + (i * gather->nrows + row) * nd;
        for (size_t d = 0; pk->observed[i] == TACRO_NONE && d < nd; d++) {
            const size_t output = scenario->day_output[d];
            double low = 0.0;
            double high = 0.0;
            if (output >= scenario->landmark_output && !isnan(value[d]) &&
                tacro_scenario_target(scenario, scenario->time[output], &low, &high)) {
                t->observed++;
                t->observed_outside += value[d] < low || value[d] > high;
            }
        }
    }
}

/* -- datasets ---------------------------------------------------------------------- */

/* "proportional 16.7 %, additive 1.8 ng/mL, by lcms". */
static void describe(const struct tacro_sigma *s, const char *unit, char *text,
                     size_t size)
{
    size_t n = 0;
    if (s->log_sd > 0.0) {
        n += (size_t)snprintf(text, size, "log sd %g", s->log_sd);
    } else {
        if (s->proportional > 0.0) {
            n += (size_t)snprintf(text, size, "proportional %g %%",
                                  100.0 * s->proportional);
        }
        if (n < size && (s->additive > 0.0 || n == 0)) {
            n += (size_t)snprintf(text + n, size - n, "%sadditive %g %s",
                                  n > 0 ? ", " : "", s->additive, unit);
        }
    }
    if (n < size) {
        snprintf(text + n, size - n, ", by %s",
                 s->assay == TACRO_ASSAY_ANY ? "an assay that the file does not name"
                                             : tacro_assay_name(s->assay));
    }
}

/* Place of an output among the fields, or their number. */
static size_t place_of(const struct tacro_observed_fields *observed, const char *name)
{
    size_t i = 0;
    while (i < observed->n && strcmp(observed->name[i], name) != 0) {
        i++;
    }
    return i;
}

/* Whose error it is: with a list each model's that observes the output. */
static void describe_all(const struct tacro_scenario *s, const char *name,
                         const char *unit, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t m = 0; m < s->npks; m++) {
        const struct tacro_observer *o = &s->pk[m].observer;
        for (size_t i = 0; i < o->n && n < size; i++) {
            char error[160];
            if (strcmp(o->output[i].name, name) != 0) {
                continue;
            }
            describe(&o->output[i].sigma, unit, error, sizeof error);
            n += (size_t)snprintf(text + n, size - n, "%s%s%s%s", n > 0 ? "; " : "",
                                  s->npks > 1 ? s->pk[m].input->pk->name : "",
                                  s->npks > 1 ? ": " : "", error);
        }
    }
}

static enum tacro_status add_field(const struct tacro_scenario *scenario,
                                   const char *name, const struct tacro_output *output,
                                   struct tacro_fields *fields,
                                   struct tacro_observed_fields *observed,
                                   struct tacro_error *err)
{
    const char *unit = output == NULL ? "ng/mL" : output->unit;
    char path[96];
    char long_name[256];
    char error[2048];
    char description[2560];
    const struct tacro_field_form form = {
        .path = path,
        .unit = unit,
        .long_name = long_name,
        .description = description,
        .storage = TACRO_F8,
        .naxes = 3,
        .axis = {TACRO_AXIS_REGIMEN, TACRO_AXIS_SUBJECT, TACRO_AXIS_DAY}};
    if (observed->n == TACRO_MAX_OBSERVED) {
        return tacro_fail(err, TACRO_EINPUT, "more than %d outputs are observed",
                          TACRO_MAX_OBSERVED);
    }
    describe_all(scenario, name, unit, error, sizeof error);
    snprintf(path, sizeof path, "observation%s%s", output == NULL ? "" : "_",
             output == NULL ? "" : output->name);
    snprintf(long_name, sizeof long_name, "%.160s, trough as measured",
             output == NULL ? "tacrolimus in whole blood" : output->doc);
    snprintf(description, sizeof description,
             "The true trough with the residual error of the PK model (%s). Errors "
             "belong to patient, draw and minute, and are the same in every "
             "regimen; values may be below 0, no limit of quantification is "
             "applied. NaN where the true trough is.",
             error);
    observed->name[observed->n] = name;
    return tacro_fields_add(fields, &form, &observed->field[observed->n++], err);
}

enum tacro_status tacro_observed_fields_add(const struct tacro_scenario *scenario,
                                            struct tacro_fields *fields,
                                            struct tacro_observed_fields *observed,
                                            struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    observed->n = 0;
    for (size_t m = 0; m < scenario->npks; m++) {
        const struct tacro_pk *pk = &scenario->pk[m];
        for (size_t i = 0; i < pk->observer.n; i++) {
            const char *name = pk->observer.output[i].name;
            const struct tacro_output *output =
                pk->observed[i] == TACRO_NONE
                    ? NULL
                    : pk->system->output[pk->observed[i]].output;
            if (place_of(observed, name) == observed->n) {
                TACRO_TRY(add_field(scenario, name, output, fields, observed, err));
            }
        }
    }
done:
    return st;
}

enum tacro_status tacro_observed_pack(const struct tacro_scenario *scenario,
                                      const struct tacro_observed_fields *observed,
                                      const struct tacro_writer *writer,
                                      const struct tacro_gather *gather, size_t first,
                                      size_t end, size_t at, struct tacro_batch *batch,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_observer *o =
        &tacro_scenario_pk(scenario, gather->regimen)->observer;
    const size_t nd = scenario->ndays;
    const size_t n = (end - first) * nd;
    const double *value[TACRO_MAX_OBSERVED] = {NULL};
    double *none = NULL;
    if (observed->n == 0) {
        return TACRO_OK;
    }
    none = malloc((n + 1) * sizeof *none);
    if (none == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "observations of a group");
    }
    for (size_t i = 0; i < n; i++) {
        none[i] = NAN;
    }
    for (size_t i = 0; i < o->n; i++) {
        value[place_of(observed, o->output[i].name)] =
            gather->observed + (i * gather->nrows + first) * nd;
    }
    for (size_t i = 0; i < observed->n; i++) {
        TACRO_TRY(tacro_writer_pack(writer, observed->field[i], gather->regimen, at,
                                    end - first, value[i] == NULL ? none : value[i],
                                    batch, err));
    }
done:
    free(none);
    return st;
}

/* -- summary ----------------------------------------------------------------------- */

void tacro_observed_summarise(const struct tacro_tally *tally,
                              struct tacro_summary *summary)
{
    const struct tacro_observer *o = &tally->scenario->pk[0].observer;
    const enum tacro_assay asked = tally->scenario->input->assay;
    if (o->n > 0) {
        const enum tacro_assay assay =
            asked == TACRO_ASSAY_ANY ? o->output[0].sigma.assay : asked;
        summary->observed = tacro_assay_name(assay);
    }
    for (size_t i = 0; o->n > 0 && i < summary->nregimens; i++) {
        const struct tacro_regimen_tally *t = &tally->regimen[i];
        summary->regimen[i].observed_outside =
            t->observed == 0 ? (double)NAN
                             : (double)t->observed_outside / (double)t->observed;
    }
}
