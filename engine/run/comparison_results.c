#include "run/comparison_results.h"

#include "run/over_draws.h"
#include "store/comparison_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is written, and where to. */
struct target {
    const struct tacro_compare *compare;
    const double *quantile;
    size_t nquantiles;
    struct tacro_writer *writer;
    size_t field;
    double *value; /* the largest dataset fits */
};

/*
 * Quantiles of n values, `stride` apart: all of them, or of one value only the middle.
 */
static void put_quantiles(const struct target *t, double *value, size_t n, double *out,
                          size_t stride)
{
    for (size_t q = 0; q < t->nquantiles; q++) {
        const bool is_middle = t->quantile[q] == 0.5;
        out[q * stride] = n > 1 || is_middle
                              ? tacro_order_statistic(value, n, t->quantile[q])
                              : (double)NAN;
    }
}

static enum tacro_status write_pairs(const struct target *t, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_compare *c = t->compare;
    const size_t nr = c->nregimens;
    for (size_t k = 0; k < c->nmeasures; k++) {
        const size_t field = t->field + k * TACRO_NPAIR_FIELDS;
        for (size_t i = 0; i < nr * nr; i++) {
            tacro_compare_difference(c, k, i / nr, i % nr, c->scratch);
            put_quantiles(t, c->scratch, c->ndraws, t->value + i * t->nquantiles, 1);
        }
        TACRO_TRY(tacro_writer_whole(t->writer, field + TACRO_PAIR_DIFFERENCE, t->value,
                                     err));
        for (size_t i = 0; i < nr * nr; i++) {
            t->value[i] = tacro_compare_lower(c, k, i / nr, i % nr);
        }
        TACRO_TRY(
            tacro_writer_whole(t->writer, field + TACRO_PAIR_LOWER, t->value, err));
    }
done:
    return st;
}

static enum tacro_status write_errors(const struct target *t, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_compare *c = t->compare;
    for (size_t k = 0; k <= c->noutcomes; k++) {
        const size_t place = tacro_comparison_error_place(c->noutcomes, k);
        TACRO_TRY(tacro_writer_whole(t->writer, t->field + place,
                                     c->error + k * c->nregimens, err));
    }
done:
    return st;
}

static enum tacro_status write_one(const struct target *t,
                                   enum tacro_comparison_field which,
                                   struct tacro_error *err)
{
    const size_t place = tacro_comparison_place(t->compare->noutcomes, which);
    return tacro_writer_whole(t->writer, t->field + place, t->value, err);
}

static enum tacro_status write_days(const struct target *t, struct tacro_error *err)
{
    const struct tacro_compare *c = t->compare;
    for (size_t r = 0; r < c->nregimens; r++) {
        memcpy(c->scratch, tacro_compare_values(c, c->noutcomes + 1, r),
               c->ndraws * sizeof *c->scratch);
        put_quantiles(t, c->scratch, c->ndraws, t->value + r * t->nquantiles, 1);
    }
    return write_one(t, TACRO_COMPARISON_DAYS, err);
}

/* Where nothing is ranked the datasets stay as they were created, NaN. */
static enum tacro_status write_ranks(const struct target *t,
                                     const struct tacro_comparison *summary,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_compare *c = t->compare;
    const size_t nr = c->nregimens;
    static const struct {
        enum tacro_comparison_field field;
        enum tacro_trade trade;
    } trades[] = {{TACRO_COMPARISON_LESS, TACRO_TRADE_LESS},
                  {TACRO_COMPARISON_MORE, TACRO_TRADE_MORE},
                  {TACRO_COMPARISON_BETTER, TACRO_TRADE_BETTER},
                  {TACRO_COMPARISON_WORSE, TACRO_TRADE_WORSE}};
    for (size_t r = 0; r < nr; r++) {
        t->value[r] = summary->benefit[r].frontier;
    }
    TACRO_TRY(write_one(t, TACRO_COMPARISON_FRONTIER, err));
    for (size_t i = 0; i < sizeof trades / sizeof trades[0]; i++) {
        for (size_t r = 0; r < nr; r++) {
            t->value[r] = c->ndraws < 2
                              ? (double)NAN
                              : summary->benefit[r].trade_share[trades[i].trade];
        }
        TACRO_TRY(write_one(t, trades[i].field, err));
    }
    for (size_t r = 0; r < nr; r++) {
        const size_t n =
            tacro_compare_ratios(c, r, summary->benefit[r].trade, c->scratch);
        put_quantiles(t, c->scratch, n, t->value + r * t->nquantiles, 1);
    }
    TACRO_TRY(write_one(t, TACRO_COMPARISON_RATIO, err));
    for (size_t r = 0; r < nr; r++) {
        memcpy(t->value + r * TACRO_NWEIGHTS, summary->benefit[r].best_at,
               sizeof summary->benefit[r].best_at);
    }
    TACRO_TRY(write_one(t, TACRO_COMPARISON_BEST, err));
    for (size_t i = 0; i < nr * TACRO_NWEIGHTS; i++) {
        const size_t r = i / TACRO_NWEIGHTS;
        const size_t w = i % TACRO_NWEIGHTS;
        tacro_compare_utilities(c, r, summary->weight[w], c->scratch);
        put_quantiles(t, c->scratch, c->ndraws,
                      t->value + r * t->nquantiles * TACRO_NWEIGHTS + w,
                      TACRO_NWEIGHTS);
    }
    TACRO_TRY(write_one(t, TACRO_COMPARISON_UTILITY, err));
done:
    return st;
}

enum tacro_status tacro_comparison_write(const struct tacro_compare *compare,
                                         const double *quantile, size_t nquantiles,
                                         struct tacro_writer *writer, size_t field,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nr = compare->nregimens;
    const size_t most = nr > TACRO_NWEIGHTS ? nr : TACRO_NWEIGHTS;
    struct tacro_comparison summary = {0};
    const struct target t = {.compare = compare,
                             .quantile = quantile,
                             .nquantiles = nquantiles,
                             .writer = writer,
                             .field = field,
                             .value = calloc(nr * nquantiles * most, sizeof *t.value)};
    if (t.value == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "comparison of %zu regimens", nr);
    }
    TACRO_TRY(write_pairs(&t, err));
    TACRO_TRY(write_errors(&t, err));
    TACRO_TRY(write_days(&t, err));
    if (compare->why_not == NULL) {
        TACRO_TRY(tacro_compare_fill(compare, &summary, err));
        TACRO_TRY(write_ranks(&t, &summary, err));
    }
done:
    tacro_comparison_free(&summary);
    free(t.value);
    return st;
}
