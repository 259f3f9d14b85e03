#include "run/statistics.h"

#include "run/over_draws.h"
#include "run/pk_union.h"

#include <math.h>
#include <stdlib.h>

static enum tacro_status write_quantiles(const struct tacro_statistics *s,
                                         struct tacro_writer *writer,
                                         struct tacro_error *err)
{
    enum tacro_status st;
    const size_t nt = s->scenario->ntimes;
    const size_t nr = s->scenario->input->nregimens;
    double *value = malloc(nr * s->nquantiles * nt * sizeof *value);
    if (value == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "quantiles");
    }
    for (size_t i = 0; i < nr; i++) {
        for (size_t q = 0; q < s->nquantiles; q++) {
            for (size_t t = 0; t < nt; t++) {
                value[(i * s->nquantiles + q) * nt + t] = tacro_tally_level_quantile(
                    s->tally->regimen[i].level + t * TACRO_NCOUNTS, s->quantile[q]);
            }
        }
    }
    st = tacro_writer_whole(writer, TACRO_FIELD_CONCENTRATION_QUANTILE, value, err);
    free(value);
    return st;
}

static enum tacro_status write_targets(const struct tacro_statistics *s,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    static const size_t field[3] = {TACRO_FIELD_BELOW_TARGET, TACRO_FIELD_IN_TARGET,
                                    TACRO_FIELD_ABOVE_TARGET};
    const size_t nd = s->scenario->ndays;
    const size_t nr = s->scenario->input->nregimens;
    double *share = malloc((nr * nd + 1) * sizeof *share);
    if (share == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "target shares");
    }
    for (size_t where = 0; where < 3; where++) {
        for (size_t i = 0; i < nr * nd; i++) {
            const uint64_t *n = s->tally->regimen[i / nd].target + 3 * (i % nd);
            const uint64_t all = n[0] + n[1] + n[2];
            share[i] = all == 0 ? (double)NAN : (double)n[where] / (double)all;
        }
        TACRO_TRY(tacro_writer_whole(writer, field[where], share, err));
    }
done:
    free(share);
    return st;
}

/* -- risks ------------------------------------------------------------------------- */

/*
 * Patient averages of one probability, [regimen][draw][ndays]; NaN before the landmark.
 *
 * sum     of a regimen, [draw][ndays] in units of 2^-40
 * ndays   0: at the horizon
 */
static void fill_means(const struct tacro_statistics *s,
                       const struct tacro_regimen_tally *t, const uint64_t *sum,
                       size_t ndays, double *mean)
{
    const size_t columns = ndays == 0 ? 1 : ndays;
    const size_t draws = s->scenario->input->ndraws;
    for (size_t m = 0; m < draws * columns; m++) {
        const bool is_before = ndays > 0 && s->scenario->day_output[m % columns] <
                                                s->scenario->landmark_output;
        const bool is_void = is_before || s->scenario->input->nrisks == 0;
        mean[m] = is_void ? (double)NAN : tacro_tally_mean(sum[m], t->n[m / columns]);
    }
}

/* Quantiles over draws of means [regimen][draw][day], [regimen][quantile][day]. */
static enum tacro_status write_order(const struct tacro_statistics *s, size_t field,
                                     const double *mean, struct tacro_writer *writer,
                                     struct tacro_error *err)
{
    enum tacro_status st;
    const size_t nd = s->scenario->ndays;
    const size_t nr = s->scenario->input->nregimens;
    const size_t draws = s->scenario->input->ndraws;
    double *value = malloc((nr * s->nquantiles * nd + 1) * sizeof *value);
    double *column = malloc(draws * sizeof *column);
    if (value == NULL || column == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "quantiles of %zu draws", draws);
        goto done;
    }
    for (size_t at = 0; at < nr * nd; at++) {
        const size_t d = at % nd;
        const size_t i = at / nd;
        for (size_t q = 0; q < s->nquantiles; q++) {
            for (size_t m = 0; m < draws; m++) {
                column[m] = mean[(i * draws + m) * nd + d];
            }
            value[(i * s->nquantiles + q) * nd + d] =
                tacro_order_statistic(column, draws, s->quantile[q]);
        }
    }
    st = tacro_writer_whole(writer, field, value, err);
done:
    free(column);
    free(value);
    return st;
}

/* Which of a regimen's sums a field averages. */
typedef const uint64_t *tacro_sum_of(const struct tacro_regimen_tally *t, size_t at);

static const uint64_t *risk_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->risk + at;
}

static const uint64_t *first_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->first + at;
}

static const uint64_t *risk_horizon_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->risk_horizon + at;
}

static const uint64_t *first_horizon_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->first_horizon + at;
}

static const uint64_t *death_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->death + at;
}

static const uint64_t *death_horizon_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->death_horizon + at;
}

static const uint64_t *free_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->event_free + at;
}

static const uint64_t *free_horizon_of(const struct tacro_regimen_tally *t, size_t at)
{
    return t->event_free_horizon + at;
}

/*
 * Means of one probability, by days or at the horizon, and their quantiles over draws.
 *
 * k           outcome, 0 where there is none
 * quantiles   field of theirs, SIZE_MAX: none
 */
static enum tacro_status write_means(const struct tacro_statistics *s,
                                     tacro_sum_of *sum_of, size_t k, size_t ndays,
                                     size_t field, size_t quantiles,
                                     struct tacro_writer *writer,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nr = s->scenario->input->nregimens;
    const size_t size = (size_t)s->scenario->input->ndraws * (ndays == 0 ? 1 : ndays);
    double *mean = calloc(nr * size + 1, sizeof *mean);
    if (mean == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "risks of %zu numbers", nr * size);
    }
    for (size_t i = 0; i < nr; i++) {
        const struct tacro_regimen_tally *t = &s->tally->regimen[i];
        fill_means(s, t, sum_of(t, k * size), ndays, mean + i * size);
    }
    TACRO_TRY(tacro_writer_whole(writer, field, mean, err));
    if (quantiles != SIZE_MAX) {
        TACRO_TRY(write_order(s, quantiles, mean, writer, err));
    }
done:
    free(mean);
    return st;
}

static enum tacro_status write_outcome(const struct tacro_statistics *s, size_t k,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nd = s->scenario->ndays;
    const size_t field = s->fields->outcome + k * TACRO_NRISK_FIELDS;
    TACRO_TRY(write_means(s, risk_of, k, nd, field + TACRO_OUTCOME_RISK,
                          field + TACRO_OUTCOME_RISK_QUANTILE, writer, err));
    TACRO_TRY(write_means(s, first_of, k, nd, field + TACRO_OUTCOME_RISK_FIRST,
                          SIZE_MAX, writer, err));
    TACRO_TRY(write_means(s, risk_horizon_of, k, 0, field + TACRO_OUTCOME_RISK_HORIZON,
                          SIZE_MAX, writer, err));
    TACRO_TRY(write_means(s, first_horizon_of, k, 0,
                          field + TACRO_OUTCOME_RISK_FIRST_HORIZON, SIZE_MAX, writer,
                          err));
done:
    return st;
}

/* -- all --------------------------------------------------------------------------- */

enum tacro_status tacro_statistics_write(const struct tacro_statistics *s,
                                         struct tacro_writer *writer,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nd = s->scenario->ndays;
    const struct tacro_drawn *drawn;
    size_t model = 0;
    TACRO_TRY(write_quantiles(s, writer, err));
    TACRO_TRY(write_targets(s, writer, err));
    for (size_t k = 0; k < s->scenario->input->nrisks; k++) {
        TACRO_TRY(write_outcome(s, k, writer, err));
    }
    TACRO_TRY(write_means(s, free_of, 0, nd, TACRO_FIELD_EVENT_FREE,
                          TACRO_FIELD_EVENT_FREE_QUANTILE, writer, err));
    TACRO_TRY(write_means(s, free_horizon_of, 0, 0, TACRO_FIELD_EVENT_FREE_HORIZON,
                          SIZE_MAX, writer, err));
    if (s->fields->death != SIZE_MAX) {
        TACRO_TRY(write_means(s, death_of, 0, nd, s->fields->death + TACRO_DEATH_RISK,
                              SIZE_MAX, writer, err));
        TACRO_TRY(write_means(s, death_horizon_of, 0, 0,
                              s->fields->death + TACRO_DEATH_RISK_HORIZON, SIZE_MAX,
                              writer, err));
    }
    for (size_t i = 0; (drawn = tacro_pk_union_drawn(s->scenario, i, &model)) != NULL;
         i++) {
        TACRO_TRY(tacro_writer_whole(writer, s->fields->drawn + i, drawn->value, err));
    }
done:
    return st;
}
