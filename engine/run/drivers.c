#include "run/drivers.h"

#include "run/driver_words.h"
#include "run/variance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_T 2.5 /* of many numbers some reach 2 by chance */

/* Whether a number of `after` acts on the recurrence of its event. */
static bool is_of_recurrence(const char *name)
{
    static const enum tacro_after_id acting[] = {
        TACRO_AFTER_RECURRENCE, TACRO_AFTER_RECOVERY, TACRO_AFTER_RECOVERY_SD,
        TACRO_AFTER_EXPOSURE_SLOPE, TACRO_AFTER_EXPOSURE_FREE};
    for (size_t i = 0; i < sizeof acting / sizeof acting[0]; i++) {
        if (strcmp(name, tacro_after_name(acting[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* A number of the PK file or the outcome's own that was drawn itself. */
static bool is_looked_at(const struct tacro_input *input,
                         const struct tacro_drawn *drawn, size_t outcome)
{
    const struct tacro_history *history = &input->history;
    const bool is_after = strncmp(drawn->name, "after.", 6) == 0;
    if (drawn->law == TACRO_LAW_NONE || drawn->value == NULL ||
        !tacro_driver_acts(input, drawn) ||
        (drawn->set != 0 && drawn->set != outcome + 1)) {
        return false;
    }
    return !is_after || (history->is_given && history->risk == outcome &&
                         is_of_recurrence(drawn->name + 6));
}

static double logit(double p)
{
    return tacro_log(p) - tacro_log(1.0 - p);
}

/* On the scale on which the number is spread. */
static double on_scale(enum tacro_law law, double x)
{
    switch (law) {
    case TACRO_LAW_LOG:
        return x > 0.0 ? tacro_log(x) : x;
    case TACRO_LAW_LOGIT:
    case TACRO_LAW_BETA:
        return x > 0.0 && x < 1.0 ? logit(x) : x;
    case TACRO_LAW_NONE:
    case TACRO_LAW_NORMAL:
    case TACRO_LAW_TRUNCATED:
        break;
    }
    return x;
}

/* What is explained, in place; false: a draw has no such figure. */
static bool to_scale(double *y, size_t n, bool is_risk)
{
    bool are_positive = true;
    bool are_negative = true;
    for (size_t m = 0; m < n; m++) {
        are_positive &= y[m] > 0.0;
        are_negative &= y[m] < 0.0;
        if (isnan(y[m]) || (is_risk && !(y[m] > 0.0 && y[m] < 1.0))) {
            return false;
        }
    }
    for (size_t m = 0; m < n; m++) {
        if (is_risk) {
            y[m] = logit(y[m]);
        } else if (are_positive || are_negative) {
            y[m] = tacro_log(fabs(y[m]));
        }
    }
    return true;
}

/* Those that stand out, the largest first, equals in their order. */
static void take_largest(const struct tacro_pk *pk, const size_t *which, size_t p,
                         double *share, const double *t, struct tacro_drivers *out)
{
    for (size_t best = 0; best < p && out->n < TACRO_NDRIVERS;) {
        best = p;
        for (size_t k = 0; k < p; k++) {
            const bool stands_out = share[k] > 0.0 && fabs(t[k]) > SMALLEST_T;
            best = stands_out && (best == p || share[k] > share[best]) ? k : best;
        }
        if (best < p) {
            const struct tacro_drawn *drawn = &pk->rules->drawn[which[best]];
            struct tacro_driver *driver = &out->driver[out->n++];
            driver->set = drawn->set == 0 ? pk->input->pk->name
                                          : pk->input->risk[drawn->set - 1]->name;
            driver->name = drawn->name;
            driver->share = share[best];
            tacro_driver_words(pk->input, drawn, driver->words, sizeof driver->words);
            share[best] = -1.0;
        }
    }
    for (size_t k = 0; k < p; k++) {
        out->rest += share[k] > 0.0 ? share[k] : 0.0;
    }
}

static enum tacro_status explain(const struct tacro_pk *pk,
                                 const struct tacro_compare *c,
                                 struct tacro_drivers *out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t all = pk->rules->ndrawn;
    const size_t reference = tacro_compare_reference(c, out->regimen);
    const size_t n = c->ndraws;
    double *x = calloc((all + 1) * n, sizeof *x);
    double *share = calloc(2 * (all + 1), sizeof *share);
    double *t = share == NULL ? NULL : share + all + 1;
    size_t *which = calloc(all + 1, sizeof *which);
    double *y = c->scratch;
    bool is_good;
    if (x == NULL || share == NULL || which == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "regression on %zu numbers", all);
        goto done;
    }
    for (size_t i = 0; i < all; i++) {
        const struct tacro_drawn *drawn = &pk->rules->drawn[i];
        if (is_looked_at(pk->input, drawn, out->outcome)) {
            for (size_t m = 0; m < n; m++) {
                x[out->nparameters * n + m] =
                    on_scale(drawn->law, drawn->value[c->draw[m]]);
            }
            which[out->nparameters++] = i;
        }
    }
    if (out->regimen == reference) {
        memcpy(y, tacro_compare_values(c, out->outcome, out->regimen), n * sizeof *y);
    } else {
        tacro_compare_difference(c, out->outcome, out->regimen, reference, y);
    }
    is_good = to_scale(y, n, out->regimen == reference);
    if (is_good && out->nparameters > 0 &&
        n >= TACRO_DRAWS_PER_DRIVER * out->nparameters) {
        TACRO_TRY(tacro_variance_shares(x, out->nparameters, y, n, share, t,
                                        &out->unexplained, err));
        out->is_computed = !isnan(out->unexplained);
    }
    if (out->is_computed) {
        take_largest(pk, which, out->nparameters, share, t, out);
    }
done:
    free(x);
    free(share);
    free(which);
    return st;
}

/*
 * The regimen farthest from a reference at the medians, of the same model; the
 * reference if none is.
 */
static size_t farthest(const struct tacro_summary *summary,
                       const struct tacro_compare *c, size_t reference, size_t outcome)
{
    const size_t nr = summary->nregimens;
    const size_t first = tacro_compare_first(c, reference);
    size_t best = reference;
    double largest = 0.0;
    for (size_t r = first; r < first + c->nplans && r < nr; r++) {
        const double d =
            fabs(summary->comparison.difference[(outcome * nr + r) * nr + reference]);
        if (d > largest) {
            largest = d;
            best = r;
        }
    }
    return best;
}

/* Of one PK model: the reference's risks, and the regimens farthest from it. */
static enum tacro_status list_model(const struct tacro_pk *pk,
                                    const struct tacro_compare *compare,
                                    size_t reference, struct tacro_summary *summary,
                                    struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t k = 0; pk->rules->ndrawn > 0 && k < 2 * compare->noutcomes; k++) {
        const size_t outcome = k / 2;
        const size_t regimen =
            k % 2 == 0 ? reference : farthest(summary, compare, reference, outcome);
        if (k % 2 == 0 || regimen != reference) {
            struct tacro_drivers *next = &summary->drivers[summary->ndrivers++];
            *next = (struct tacro_drivers){.outcome = outcome, .regimen = regimen};
            TACRO_TRY(explain(pk, compare, next, err));
        }
    }
done:
    return st;
}

enum tacro_status tacro_drivers_list(const struct tacro_scenario *scenario,
                                     const struct tacro_compare *compare,
                                     struct tacro_summary *summary,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t n = 2 * compare->noutcomes * scenario->npks;
    if (compare->ndraws < 2) {
        return TACRO_OK;
    }
    summary->drivers = calloc(n + 1, sizeof *summary->drivers);
    if (summary->drivers == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "drivers of %zu outcomes",
                          compare->noutcomes);
    }
    for (size_t m = 0; m < scenario->npks; m++) {
        TACRO_TRY(list_model(&scenario->pk[m], compare,
                             m * compare->nplans + compare->reference, summary, err));
    }
done:
    return st;
}
