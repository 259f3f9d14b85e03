#include "run/endpoints.h"

#include "cohort/population.h"
#include "core/rng.h"
#include "run/over_draws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK 7 /* days */
#define MONTH 30

/* -- numbers of a draw ------------------------------------------------------------- */

enum tacro_status tacro_endpoints_draw(struct tacro_scenario *scenario,
                                       struct tacro_error *err)
{
    const struct tacro_input *input = scenario->input;
    const size_t n = input->nendpoints * (size_t)input->ndraws;
    scenario->endpoint_numbers = calloc(n + 1, sizeof *scenario->endpoint_numbers);
    if (scenario->endpoint_numbers == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "numbers of %zu endpoints",
                          input->nendpoints);
    }
    for (size_t i = 0; i < n; i++) {
        const struct tacro_endpoint *e = &input->endpoint[i / input->ndraws];
        struct tacro_rng_key key = {.seed = input->seed,
                                    .stream = TACRO_STREAM_THETA,
                                    .draw = (uint32_t)(i % input->ndraws)};
        for (size_t k = 0; k < e->nnumbers; k++) {
            char name[96];
            snprintf(name, sizeof name, "endpoint.%s.%s", e->name,
                     tacro_endpoint_number(e->id, k));
            key.k = tacro_rng_name(name);
            scenario->endpoint_numbers[i].value[k] =
                input->ndraws == 1 ? e->number[k].value
                                   : tacro_uncertainty_draw(&e->number[k].uncertainty,
                                                            e->number[k].value,
                                                            tacro_rng_uniform(&key));
        }
    }
    return TACRO_OK;
}

static const struct tacro_endpoint_numbers *numbers_of(const struct tacro_scenario *s,
                                                       size_t endpoint, uint64_t draw)
{
    return &s->endpoint_numbers[endpoint * s->input->ndraws + draw];
}

/* -- one patient ------------------------------------------------------------------- */

double tacro_aki_probability(const struct tacro_endpoint_numbers *numbers,
                             bool is_supratherapeutic, double nephrotoxic,
                             double infection, double cystic_fibrosis)
{
    const double *v = numbers->value;
    const double logit = v[TACRO_AKI_INTERCEPT] +
                         (is_supratherapeutic ? v[TACRO_AKI_SUPRATHERAPEUTIC] : 0.0) +
                         v[TACRO_AKI_NEPHROTOXIC] * nephrotoxic +
                         v[TACRO_AKI_INFECTION] * infection +
                         v[TACRO_AKI_CYSTIC_FIBROSIS] * cystic_fibrosis;
    return 1.0 / (1.0 + tacro_exp(-logit));
}

double tacro_infection_probability(const struct tacro_endpoint_numbers *numbers,
                                   double baseline, double mean_trough)
{
    const bool is_high = mean_trough > numbers->value[TACRO_INFECTION_LIMIT];
    const double p = is_high
                         ? baseline * tacro_exp(numbers->value[TACRO_INFECTION_LOG_RR])
                         : baseline;
    return fmin(p, 1.0);
}

/* Whether any trough of week 1 is above the target of its day. */
static bool is_supratherapeutic(const struct tacro_scenario *s, const double *trough)
{
    bool is_any = false;
    for (size_t d = 0; d < s->ndays; d++) {
        double low = 0.0;
        double high = INFINITY;
        (void)tacro_scenario_target(s, s->time[s->day_output[d]], &low, &high);
        is_any = is_any || (s->day[d] >= 1 && s->day[d] <= WEEK && trough[d] > high);
    }
    return is_any;
}

/* Mean of the troughs of month 1; 0 without any: no drug is no high level. */
static double mean_trough(const struct tacro_scenario *s, const double *trough)
{
    double sum = 0.0;
    double n = 0.0;
    for (size_t d = 0; d < s->ndays; d++) {
        if (s->day[d] >= 1 && s->day[d] <= MONTH && !isnan(trough[d])) {
            sum += trough[d];
            n += 1.0;
        }
    }
    return n > 0.0 ? sum / n : 0.0;
}

/* Largest value of a covariate at the troughs of week 1. */
static double in_week(const struct tacro_scenario *s,
                      const struct tacro_subject *subject, enum tacro_covariate_id id)
{
    double largest = 0.0;
    for (size_t d = 0; d < s->ndays; d++) {
        if (s->day[d] >= 1 && s->day[d] <= WEEK) {
            largest = fmax(largest, tacro_population_of(s->input, subject->covariate,
                                                        subject->patient, id,
                                                        s->time[s->day_output[d]]));
        }
    }
    return largest;
}

/* Other nephrotoxic drugs are no covariate of a patient: drawn. */
static double nephrotoxic(const struct tacro_scenario *s,
                          const struct tacro_subject *subject, double share)
{
    const struct tacro_rng_key key = {.seed = s->input->seed,
                                      .stream = TACRO_STREAM_COVARIATE,
                                      .draw = subject->draw,
                                      .patient = subject->patient,
                                      .k = tacro_rng_name("endpoint.nephrotoxic")};
    return s->input->is_typical ? share : tacro_rng_uniform(&key) < share ? 1.0 : 0.0;
}

static double probability(const struct tacro_scenario *s, size_t i,
                          const struct tacro_subject *subject, const double *trough)
{
    const struct tacro_endpoint *e = &s->input->endpoint[i];
    const struct tacro_endpoint_numbers *n = numbers_of(s, i, subject->draw);
    switch (e->id) {
    case TACRO_AKI_WEEK1:
        return tacro_aki_probability(
            n, is_supratherapeutic(s, trough),
            nephrotoxic(s, subject, n->value[TACRO_AKI_NEPHROTOXIC_SHARE]),
            in_week(s, subject, TACRO_COV_infection),
            in_week(s, subject, TACRO_COV_cystic_fibrosis));
    case TACRO_INFECTION_YEAR1:
        return tacro_infection_probability(n, e->baseline, mean_trough(s, trough));
    case TACRO_DM_FLARE:
        return n->value[e->cases];
    case TACRO_NENDPOINTS:
        break;
    }
    return NAN;
}

void tacro_endpoints_gather(const struct tacro_scenario *scenario,
                            const struct tacro_subject *const *subject,
                            const size_t *row, struct tacro_gather *gather)
{
    for (size_t i = 0; i < scenario->input->nendpoints; i++) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            gather->endpoint[i * gather->nrows + row[l]] = probability(
                scenario, i, subject[l], gather->trough + row[l] * scenario->ndays);
        }
    }
}

void tacro_endpoints_add(const struct tacro_scenario *scenario,
                         const struct tacro_gather *gather, size_t row, uint64_t draw,
                         struct tacro_regimen_tally *t)
{
    for (size_t i = 0; i < scenario->input->nendpoints; i++) {
        tacro_tally_add_probability(&t->endpoint[i * scenario->input->ndraws + draw],
                                    gather->endpoint[i * gather->nrows + row]);
    }
}

/* -- datasets and summary ---------------------------------------------------------- */

/* Patient average in a draw. */
static double mean_of(const struct tacro_tally *tally, size_t regimen, size_t endpoint,
                      size_t draw)
{
    const struct tacro_scenario *s = tally->scenario;
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    return tacro_tally_mean(t->endpoint[endpoint * s->input->ndraws + draw],
                            t->n[draw]);
}

/* Window and assumptions, in words. */
static void describe(const struct tacro_endpoint *e, char *text, size_t size)
{
    switch (e->id) {
    case TACRO_AKI_WEEK1:
        snprintf(text, size,
                 "days 1 to 7 after transplantation; a trough above its target counts, "
                 "other nephrotoxic drugs are drawn in %g %% of patients (%s)",
                 100.0 * e->number[TACRO_AKI_NEPHROTOXIC_SHARE].value,
                 tacro_mark_name(e->number[TACRO_AKI_NEPHROTOXIC_SHARE].mark));
        break;
    case TACRO_INFECTION_YEAR1:
        snprintf(text, size,
                 "1 year; baseline %g %% by the scenario, times %.2f where the mean "
                 "trough of days 1 to 30 is above %g ng/mL: a kidney ratio, halved for "
                 "lung (%s)",
                 100.0 * e->baseline,
                 tacro_exp(e->number[TACRO_INFECTION_LOG_RR].value),
                 e->number[TACRO_INFECTION_LIMIT].value,
                 tacro_mark_name(e->number[TACRO_INFECTION_LOG_RR].mark));
        break;
    case TACRO_DM_FLARE:
        snprintf(text, size,
                 "after discharge; %s cases, whatever the dose: no exposure-response "
                 "information exists%s",
                 e->cases == TACRO_FLARE_1_OF_11 ? "1 of 11" : "2 of 13",
                 e->has_high_titre ? "; FLAG: anti-MDA5 titre persistently high, no "
                                     "multiplier (one patient)"
                                   : "");
        break;
    case TACRO_NENDPOINTS:
        break;
    }
}

enum tacro_status tacro_endpoints_fields_add(const struct tacro_scenario *scenario,
                                             struct tacro_fields *fields, size_t *index,
                                             struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < scenario->input->nendpoints; i++) {
        const struct tacro_endpoint *e = &scenario->input->endpoint[i];
        char path[64];
        char words[400];
        char description[480];
        const struct tacro_field_form form = {
            .path = path,
            .unit = "1",
            .long_name = e->title,
            .description = description,
            .storage = TACRO_F8,
            .naxes = 2,
            .axis = {TACRO_AXIS_REGIMEN, TACRO_AXIS_DRAW}};
        snprintf(path, sizeof path, "%s_probability", e->name);
        describe(e, words, sizeof words);
        snprintf(description, sizeof description,
                 "Patient average of each parameter draw. Window: %s.", words);
        TACRO_TRY(tacro_fields_add(fields, &form, &index[i], err));
    }
done:
    return st;
}

enum tacro_status tacro_endpoints_write(const struct tacro_tally *tally,
                                        const size_t *index,
                                        struct tacro_writer *writer,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = tally->scenario->input;
    const size_t draws = input->ndraws;
    double *mean = malloc(input->nregimens * draws * sizeof *mean);
    if (mean == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "endpoints in %zu draws", draws);
    }
    for (size_t i = 0; i < input->nendpoints; i++) {
        for (size_t k = 0; k < input->nregimens * draws; k++) {
            mean[k] = mean_of(tally, k / draws, i, k % draws);
        }
        TACRO_TRY(tacro_writer_whole(writer, index[i], mean, err));
    }
done:
    free(mean);
    return st;
}

static enum tacro_status summarise_one(const struct tacro_tally *tally, size_t i,
                                       double *value,
                                       struct tacro_endpoint_summary *out,
                                       struct tacro_error *err)
{
    const struct tacro_input *input = tally->scenario->input;
    const struct tacro_endpoint *e = &input->endpoint[i];
    char words[400];
    describe(e, words, sizeof words);
    out->name = e->name;
    out->title = e->title;
    out->population = e->population;
    out->words = strdup(words);
    out->probability = calloc(input->nregimens, sizeof *out->probability);
    if (out->words == NULL || out->probability == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "summary of %s", e->name);
    }
    for (size_t r = 0; r < input->nregimens; r++) {
        for (size_t m = 0; m < input->ndraws; m++) {
            value[m] = mean_of(tally, r, i, m);
        }
        out->probability[r] = tacro_over_draws_estimate(value, input->ndraws);
    }
    return TACRO_OK;
}

enum tacro_status tacro_endpoints_summarise(const struct tacro_tally *tally,
                                            struct tacro_summary *summary,
                                            struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_input *input = tally->scenario->input;
    double *value = malloc(input->ndraws * sizeof *value);
    summary->endpoint = calloc(input->nendpoints + 1, sizeof *summary->endpoint);
    if (value == NULL || summary->endpoint == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "summary of endpoints");
        goto done;
    }
    for (size_t i = 0; i < input->nendpoints; i++) {
        summary->nendpoints++;
        TACRO_TRY(summarise_one(tally, i, value, &summary->endpoint[i], err));
    }
done:
    free(value);
    return st;
}

void tacro_endpoints_summary_free(struct tacro_summary *summary)
{
    for (size_t i = 0; i < summary->nendpoints; i++) {
        free(summary->endpoint[i].words);
        free(summary->endpoint[i].probability);
    }
    free(summary->endpoint);
}
