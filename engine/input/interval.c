#include "input/interval.h"

#include "core/lanemath.h"

#include <math.h>
#include <stdio.h>

/* 97.5 % quantile of the standard normal: 95 % lie within so many sds of the mean */
#define QUANTILE_975 1.95996398454

bool tacro_interval_read(struct tacro_reader *reader, const struct tacro_node *item,
                         const struct tacro_node *given,
                         const struct tacro_quantity *quantity, double value,
                         struct tacro_precision *out)
{
    static const struct tacro_quantity ratios = {TACRO_NUMBER, 0.0, 3.0, 0.0, 3.0};
    const struct tacro_node *ci = tacro_node_get(item, "ci");
    const struct tacro_node *rse = tacro_node_get(item, "rse");
    bool ok = true;
    *out = (struct tacro_precision){.has_ci = false};
    if (ci != NULL) {
        out->has_ci = tacro_schema_range(reader, ci, quantity, &out->low, &out->high);
        ok = out->has_ci;
    }
    /* a factor comes back from its logarithm, rounded */
    const double slack = 1e-12 * fabs(value);
    if (out->has_ci && !(value + slack >= out->low && value - slack <= out->high)) {
        char text[64];
        snprintf(text, sizeof text, "%g", value);
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s does not contain %s", ci->text,
                          given != NULL ? given->text : text);
        out->has_ci = false;
        ok = false;
    }
    return (rse == NULL || tacro_schema_positive(reader, rse, &ratios, &out->rse)) &&
           ok;
}

static double logit(double x)
{
    return tacro_log(x / (1.0 - x));
}

/* The spread that the interval says, on its scale; not above 0: it has none there. */
static double spread_of_ci(const struct tacro_precision *i, enum tacro_scale scale,
                           double value)
{
    switch (scale) {
    case TACRO_SCALE_LOG:
        return i->low > 0.0 ? tacro_log(i->high / i->low) / (2.0 * QUANTILE_975) : 0.0;
    case TACRO_SCALE_FRACTION:
        if (!(i->low > 0.0)) {
            return 0.0;
        }
        return i->high < 1.0 ? (logit(i->high) - logit(i->low)) / (2.0 * QUANTILE_975)
                             : (logit(value) - logit(i->low)) / QUANTILE_975;
    case TACRO_SCALE_PLAIN:
    case TACRO_SCALE_SIGNED:
        break;
    }
    return (i->high - i->low) / (2.0 * QUANTILE_975);
}

static double spread_of_rse(double rse, enum tacro_scale scale, double value)
{
    switch (scale) {
    case TACRO_SCALE_LOG:
        return value > 0.0 ? sqrt(tacro_log1p(rse * rse)) : 0.0;
    case TACRO_SCALE_FRACTION:
        return rse / (1.0 - value);
    case TACRO_SCALE_PLAIN:
    case TACRO_SCALE_SIGNED:
        break;
    }
    return rse * fabs(value);
}

bool tacro_interval_law(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct tacro_precision *interval, enum tacro_scale scale,
                        double value, struct tacro_uncertainty *out)
{
    static const enum tacro_law laws[] = {[TACRO_SCALE_LOG] = TACRO_LAW_LOG,
                                          [TACRO_SCALE_FRACTION] = TACRO_LAW_LOGIT,
                                          [TACRO_SCALE_PLAIN] = TACRO_LAW_NORMAL,
                                          [TACRO_SCALE_SIGNED] = TACRO_LAW_TRUNCATED};
    const struct tacro_node *ci = tacro_node_get(item, "ci");
    *out = (struct tacro_uncertainty){
        .law = TACRO_LAW_NONE, .min = -INFINITY, .max = INFINITY, .text = ""};
    if (!interval->has_ci && !(interval->rse > 0.0)) {
        return true;
    }
    if (scale == TACRO_SCALE_FRACTION && !(value > 0.0 && value < 1.0)) {
        scale = TACRO_SCALE_LOG; /* its limit cuts the draws off */
    }
    out->sd = interval->has_ci ? spread_of_ci(interval, scale, value)
                               : spread_of_rse(interval->rse, scale, value);
    if (!interval->has_ci && !(out->sd > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "rse"),
                          "the value %g has no relative standard error, expected `ci`",
                          value);
        return false;
    }
    if (!(out->sd > 0.0) && scale <= TACRO_SCALE_FRACTION && !(interval->low > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, ci,
                          "%s is not that of a log-normal, expected an interval above "
                          "0, or `rse`",
                          ci->text);
        return false;
    }
    if (!(out->sd > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s has no width", ci->text);
        return false;
    }
    out->law = laws[scale];
    if (scale == TACRO_SCALE_SIGNED && value > 0.0) {
        out->min = 0.0;
    } else if (scale == TACRO_SCALE_SIGNED) {
        out->max = 0.0;
    }
    return true;
}

bool tacro_interval_relation(struct tacro_reader *reader, const struct tacro_node *item,
                             enum tacro_set_kind kind, enum tacro_dimension dimension,
                             struct tacro_relation *relation)
{
    const struct tacro_quantity q = {dimension, -INFINITY, INFINITY, -INFINITY,
                                     INFINITY};
    const bool is_factor = relation->kind == TACRO_RELATION_FACTOR;
    const double value =
        is_factor ? tacro_exp(relation->coefficient) : relation->coefficient;
    static const char *const keys[] = {
        [TACRO_RELATION_VALUE] = "",
        [TACRO_RELATION_EXPONENTIAL] = "coefficient",
        [TACRO_RELATION_POWER] = "exponent",
        [TACRO_RELATION_FACTOR] = "factor",
        [TACRO_RELATION_LINEAR] = "slope",
        [TACRO_RELATION_EMAX] = "max",
        [TACRO_RELATION_ETA] = "",
    };
    const char *key = keys[relation->kind];
    struct tacro_precision interval;
    struct tacro_uncertainty law;
    if (!tacro_interval_read(reader, item, tacro_node_get(item, key), &q, value,
                             &interval)) {
        return false;
    }
    if (kind != TACRO_SET_PK || relation->uncertainty.law != TACRO_LAW_NONE) {
        return true;
    }
    if (!tacro_interval_law(reader, item, &interval,
                            is_factor ? TACRO_SCALE_LOG : TACRO_SCALE_PLAIN, value,
                            &law)) {
        return false;
    }
    if (is_factor && law.law == TACRO_LAW_LOG) {
        law.law = TACRO_LAW_NORMAL; /* of the coefficient, its logarithm */
    }
    relation->uncertainty = law;
    return true;
}
