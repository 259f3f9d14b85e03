#include "input/thetas.h"

#include "input/interval.h"
#include "input/params.h"
#include "input/uncertain.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LN2 0.69314718055994530942
#define LARGEST_VALUE 1e9 /* of any typical value, canonical unit */

static enum tacro_status out_of_memory(struct tacro_error *err, const char *what)
{
    return tacro_fail(err, TACRO_ENOMEM, "%s of a params file", what);
}

/* Draws stay where values may be. False after a fault. */
static bool check_limits(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_quantity *q, bool may_be_0,
                         struct tacro_uncertainty *out)
{
    const bool is_linear =
        out->law == TACRO_LAW_NORMAL || out->law == TACRO_LAW_TRUNCATED;
    if (is_linear && !(out->min >= q->hard_min && (may_be_0 || out->min > 0.0))) {
        tacro_schema_note(
            reader, TACRO_FAULT, node, "draws may be %s %g, expected `min` or `log_sd`",
            may_be_0 || q->hard_min > 0.0 ? "below" : "at or below", q->hard_min);
        return false;
    }
    if (out->law != TACRO_LAW_NONE && q->hard_min > 0.0) {
        out->min = fmax(out->min, q->hard_min);
    }
    if (out->law != TACRO_LAW_NONE && q->hard_max < LARGEST_VALUE) {
        out->max = fmin(out->max, q->hard_max);
    }
    return true;
}

/* A rate constant is as uncertain as its half-life, on the log scale alone. */
static bool check_half_life(struct tacro_reader *reader, const struct tacro_node *node,
                            const struct tacro_uncertainty *u)
{
    if (u->law != TACRO_LAW_LOG || isfinite(u->min) || isfinite(u->max)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "expected `log_sd` alone beside `half_life`");
        return false;
    }
    return true;
}

/* `uncertainty`, `ci` and `rse`; x is the value or the half-life, as given */
static enum tacro_status read_spread(struct tacro_reader *reader,
                                     const struct tacro_node *item,
                                     const struct tacro_quantity *q, double x,
                                     struct tacro_paramset *set,
                                     struct tacro_theta *theta, struct tacro_error *err)
{
    const struct tacro_node *node = tacro_node_get(item, "uncertainty");
    const bool is_half_life = tacro_node_get(item, "value") == NULL;
    const bool may_be_0 =
        q->dimension == TACRO_NUMBER || tacro_params_may_be_zero(set, theta);
    const enum tacro_scale scale = q->dimension == TACRO_NUMBER && q->hard_max == 1.0
                                       ? TACRO_SCALE_FRACTION
                                       : TACRO_SCALE_LOG;
    struct tacro_precision interval;
    struct tacro_uncertainty u;
    const bool has_interval = tacro_interval_read(
        reader, item, tacro_node_get(item, is_half_life ? "half_life" : "value"), q, x,
        &interval);
    if (!tacro_uncertainty_read(reader, node, q->dimension, x, &u)) {
        return TACRO_OK;
    }
    if (node != NULL && ((is_half_life && !check_half_life(reader, node, &u)) ||
                         !check_limits(reader, node, q, may_be_0, &u))) {
        return TACRO_OK;
    }
    if (u.law == TACRO_LAW_BETA && set->kind == TACRO_SET_PK) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "draws of a PK file are quantiles, expected `logit_sd`");
        return TACRO_OK;
    }
    if (node == NULL && has_interval && set->kind == TACRO_SET_PK) {
        if (!tacro_interval_law(reader, item, &interval, scale, x, &u) ||
            (!is_half_life && !check_limits(reader, item, q, may_be_0, &u))) {
            return TACRO_OK;
        }
    }
    return tacro_uncertain_keep(set, &u, theta->unit, &theta->uncertainty, err);
}

/** `value`, or `half_life` for a rate constant: k = ln 2 / half-life. */
static enum tacro_status read_value(struct tacro_reader *reader,
                                    const struct tacro_node *item,
                                    struct tacro_paramset *set,
                                    struct tacro_theta *theta, struct tacro_error *err)
{
    const struct tacro_node *value = tacro_node_get(item, "value");
    const struct tacro_node *half_life = tacro_node_get(item, "half_life");
    const struct tacro_node *given = value != NULL ? value : half_life;
    const enum tacro_dimension dimension =
        value == NULL ? TACRO_TIME : tacro_dimension_of(theta->unit);
    const struct tacro_quantity q =
        tacro_params_limits(set, theta, dimension, LARGEST_VALUE);
    double x = 0.0;
    if ((value == NULL) == (half_life == NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected either `value` or `half_life`");
        return TACRO_OK;
    }
    if (value == NULL && strcmp(theta->unit, "1/h") != 0) {
        tacro_schema_note(reader, TACRO_FAULT, half_life,
                          "%s is no rate constant, expected `value`", theta->name);
        return TACRO_OK;
    }
    if (!tacro_schema_number(reader, given, &q, &x)) {
        return TACRO_OK;
    }
    if (!(x > 0.0) && dimension != TACRO_NUMBER &&
        !tacro_params_may_be_zero(set, theta)) {
        tacro_schema_note(reader, TACRO_FAULT, given, "%s is not > 0", given->text);
        return TACRO_OK;
    }
    theta->value = value == NULL ? LN2 / x : x;
    theta->text = value == NULL ? tacro_paramset_keep(set, "half-life ", given->text)
                                : given->text;
    return theta->text != NULL ? read_spread(reader, item, &q, x, set, theta, err)
                               : out_of_memory(err, "half-life");
}

/* What comes from the PK file is as uncertain there. */
static void refuse_spread(struct tacro_reader *reader, const struct tacro_node *item)
{
    const struct tacro_node *node = tacro_node_get(item, "uncertainty");
    if (node != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "the value is the PK file's, expected none beside it");
    }
}

static enum tacro_status read_theta(struct tacro_reader *reader,
                                    const struct tacro_node *item,
                                    struct tacro_paramset *set, struct tacro_error *err)
{
    static const struct tacro_key keys[] = {
        {"value", TACRO_OPTIONAL, "the typical value with its unit"},
        {"half_life", TACRO_OPTIONAL, "ln 2 over the rate constant"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"rse", TACRO_OPTIONAL, "the relative standard error, such as 8.5 %"},
        {"uncertainty", TACRO_OPTIONAL, "how far the number may lie from its value"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    struct tacro_theta theta = {.name = item->key,
                                .line = item->line,
                                .column = item->column,
                                .value = (double)NAN,
                                .uncertainty = {.text = ""}};
    if (!tacro_params_find(set, item->key, &theta)) {
        tacro_params_note_unknown(reader, item, set);
        return TACRO_OK;
    }
    assert(tacro_dimension_of(theta.unit) < TACRO_NDIMENSIONS);
    enum tacro_status st = TACRO_OK;
    if (tacro_schema_keys(reader, item, keys, sizeof keys / sizeof keys[0])) {
        const struct tacro_node *value = tacro_node_get(item, "value");
        tacro_mark_read(reader, item, &theta.mark, &theta.from);
        theta.is_trough_to_mean = set->kind == TACRO_SET_RISK && value != NULL &&
                                  value->kind == TACRO_SCALAR &&
                                  strcmp(theta.unit, "1") == 0 &&
                                  strcmp(value->text, "trough_to_mean") == 0;
        if (theta.is_trough_to_mean) {
            theta.text = value->text;
            refuse_spread(reader, item);
        } else {
            st = read_value(reader, item, set, &theta, err);
        }
    }
    set->theta[set->nthetas++] = theta;
    return st;
}

enum tacro_status tacro_thetas_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    if (!tacro_schema_map(reader, node)) {
        return TACRO_OK;
    }
    set->theta = calloc(node->n, sizeof *set->theta);
    if (set->theta == NULL) {
        return out_of_memory(err, "theta");
    }
    for (size_t i = 0; i < node->n; i++) {
        TACRO_TRY(read_theta(reader, &node->item[i], set, err));
    }
    tacro_params_check(reader, node, set);
done:
    return st;
}
