#include "input/relations.h"

#include "core/lanemath.h"
#include "models/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum spread_kind { OMEGA, KAPPA, WANDER };

/** One number of variability: its standard deviation on the log scale and its text. */
struct spread {
    double log_sd;
    struct tacro_spreads steps; /* of a list */
    double correlation_time;
    bool has_mean_one;
    const char *text;
    enum tacro_mark mark;
};

/** The standard deviation on the log scale that a CV says. */
static bool read_one_cv(struct tacro_reader *reader, const char *parameter,
                        const struct tacro_node *cv, double *log_sd)
{
    /* pk-models.md 9.4 allows 150 % for the bioavailability; no paper prints 300 % */
    const double max = strcmp(parameter, "F1") == 0 ? 1.5 : 3.0;
    const struct tacro_quantity q = {TACRO_NUMBER, 0.0, max, 0.0, max};
    double x = 0.0;
    if (!tacro_schema_number(reader, cv, &q, &x)) {
        return false;
    }
    *log_sd = sqrt(tacro_log1p(x * x));
    return true;
}

/** One {from, value} of a list, whose `from` is after `before` unless it is the first.
 */
static bool read_step(struct tacro_reader *reader, const char *parameter,
                      const struct tacro_node *node, double before, double *from,
                      double *log_sd)
{
    static const struct tacro_key keys[] = {
        {"from", TACRO_REQUIRED, "the time since transplantation, such as 7 d"},
        {"value", TACRO_REQUIRED, "the coefficient of variation from then on"},
    };
    static const struct tacro_quantity instant = {TACRO_TIME, 0.0, 87600.0, -INFINITY,
                                                  INFINITY}; /* ten years */
    const struct tacro_node *start = tacro_node_get(node, "from");
    const struct tacro_node *cv = tacro_node_get(node, "value");
    if (!tacro_schema_keys(reader, node, keys, COUNT(keys))) {
        return false;
    }
    bool ok = tacro_schema_number(reader, start, &instant, from);
    if (ok && !(*from > before)) {
        tacro_schema_note(reader, TACRO_FAULT, start,
                          "%g h is not after %g h, expected ascending times", *from,
                          before);
        ok = false;
    }
    if (!read_one_cv(reader, parameter, cv, log_sd)) {
        return false;
    }
    if (!(*log_sd > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, cv, "%s is not > 0", cv->text);
        return false;
    }
    return ok;
}

/** A list of {from, value}; its text is "55 % from 0 d, 30 % from 7 d". */
static bool read_steps(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_node *list, struct tacro_paramset *set,
                       struct spread *out)
{
    char text[512] = "";
    size_t length = 0;
    double before = -INFINITY;
    bool ok = true;
    if (!tacro_schema_list(reader, list)) {
        return false;
    }
    if (list->n > TACRO_MAX_SPREADS) {
        tacro_schema_note(reader, TACRO_FAULT, list, "%zu steps, expected at most %d",
                          list->n, TACRO_MAX_SPREADS);
        return false;
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct tacro_node *node = &list->item[i];
        double from = before;
        double log_sd = 0.0;
        ok = read_step(reader, item->key, node, before, &from, &log_sd) && ok;
        before = from;
        out->steps.step[i].from = from;
        out->steps.step[i].log_sd = log_sd;
        if (ok && length < sizeof text) {
            length += (size_t)snprintf(text + length, sizeof text - length,
                                       "%s%s from %s", i == 0 ? "" : ", ",
                                       tacro_node_get(node, "value")->text,
                                       tacro_node_get(node, "from")->text);
        }
    }
    if (ok) {
        out->steps.n = list->n;
        out->log_sd = out->steps.step[0].log_sd;
        out->text = tacro_paramset_keep(set, text, "");
    }
    return ok;
}

static bool read_cv(struct tacro_reader *reader, const struct tacro_node *item,
                    const struct tacro_node *cv, enum spread_kind kind,
                    struct tacro_paramset *set, struct spread *out)
{
    if (kind != OMEGA && cv->kind == TACRO_LIST) {
        return read_steps(reader, item, cv, set, out);
    }
    out->text = cv->text;
    return read_one_cv(reader, item->key, cv, &out->log_sd);
}

static bool read_log_sd(struct tacro_reader *reader, const struct tacro_node *node,
                        struct tacro_paramset *set, struct spread *out)
{
    static const struct tacro_quantity q = {TACRO_NUMBER, 0.0, 2.0, 0.0, 2.0};
    if (!tacro_schema_number(reader, node, &q, &out->log_sd)) {
        return false;
    }
    out->text = tacro_paramset_keep(set, "log sd ", node->text);
    return true;
}

static void check_spread_ci(struct tacro_reader *reader, const struct tacro_node *ci,
                            const struct tacro_node *given)
{
    static const struct tacro_quantity q = {TACRO_NUMBER, 0.0, 10.0, 0.0, 10.0};
    double x = 0.0;
    double low = 0.0;
    double high = 0.0;
    if (ci == NULL) {
        return;
    }
    if (given->kind == TACRO_LIST) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "expected beside one value alone");
    } else if (tacro_schema_range(reader, ci, &q, &low, &high) &&
               tacro_units_parse(given->text, TACRO_NUMBER, &x, NULL) == TACRO_OK &&
               !(x >= low && x <= high)) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s does not contain %s", ci->text,
                          given->text);
    }
}

/** A day so long ago counts no more (cohort/occasion.c). */
#define WANDER_CUT 9.2103403719761836 /* -ln 1e-4, correlation times */

/** `correlation_time` of a wander. */
static void read_correlation(struct tacro_reader *reader, const struct tacro_node *node,
                             struct spread *out)
{
    static const struct tacro_quantity times = {TACRO_TIME, 0.0, 8760.0, 0.0, 8760.0};
    const double longest = floor((TACRO_MAX_WANDER_DAYS - 2) / WANDER_CUT); /* d */
    if (tacro_schema_positive(reader, node, &times, &out->correlation_time) &&
        out->correlation_time > 24.0 * longest) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s is too long, expected at most %g d", node->text, longest);
    }
}

/** {cv | log_sd, ci, mean_one, mark, from}; text stays NULL after a fault. */
static void read_spread(struct tacro_reader *reader, const struct tacro_node *item,
                        enum spread_kind kind, struct tacro_paramset *set,
                        struct spread *out)
{
    static const struct tacro_key keys[] = {
        {"cv", TACRO_OPTIONAL, "the coefficient of variation"},
        {"log_sd", TACRO_OPTIONAL, "the standard deviation of the logarithm"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
        /* the last one depends on the kind; `kappa` has none */
        {"mean_one", TACRO_OPTIONAL, "true: the factor has mean 1, not median 1"},
    };
    static const struct tacro_key correlation = {
        "correlation_time", TACRO_REQUIRED,
        "the time in which the correlation falls to 1/e, such as 5 d"};
    struct tacro_key own[COUNT(keys)];
    const char *from = NULL;
    memcpy(own, keys, sizeof keys);
    if (kind == WANDER) {
        own[COUNT(keys) - 1] = correlation;
    }
    if (!tacro_schema_keys(reader, item, own, COUNT(keys) - (kind == KAPPA ? 1 : 0))) {
        return;
    }
    const struct tacro_node *cv = tacro_node_get(item, "cv");
    const struct tacro_node *log_sd = tacro_node_get(item, "log_sd");
    const struct tacro_node *given = cv != NULL ? cv : log_sd;
    tacro_mark_read(reader, item, &out->mark, &from);
    tacro_schema_flag(reader, tacro_node_get(item, "mean_one"), &out->has_mean_one);
    read_correlation(reader, tacro_node_get(item, "correlation_time"), out);
    if ((cv == NULL) == (log_sd == NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected either `cv` or `log_sd`");
    } else if (cv != NULL ? read_cv(reader, item, cv, kind, set, out)
                          : read_log_sd(reader, log_sd, set, out)) {
        check_spread_ci(reader, tacro_node_get(item, "ci"), given);
        if (!(out->log_sd > 0.0)) {
            tacro_schema_note(reader, TACRO_FAULT, given, "%s is not > 0", given->text);
        }
    }
}

static void keep_spread(const struct spread *spread, enum spread_kind kind,
                        struct tacro_effect *effect)
{
    switch (kind) {
    case OMEGA:
        effect->omega = spread->log_sd;
        effect->omega_text = spread->text;
        effect->omega_mark = spread->mark;
        effect->has_mean_one = spread->has_mean_one;
        break;
    case KAPPA:
        effect->kappa = spread->log_sd;
        effect->kappas = spread->steps;
        effect->kappa_text = spread->text;
        effect->kappa_mark = spread->mark;
        break;
    case WANDER:
        effect->wander = spread->log_sd;
        effect->wanders = spread->steps;
        effect->correlation_time = spread->correlation_time;
        effect->wander_text = spread->text;
        effect->wander_mark = spread->mark;
        break;
    }
}

/** Into effect[] as long as set->theta; what has no effect is dropped afterwards. */
static void read_spreads(struct tacro_reader *reader, const struct tacro_node *map,
                         enum spread_kind kind, struct tacro_paramset *set)
{
    if (!tacro_schema_map(reader, map)) {
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct tacro_node *item = &map->item[i];
        const size_t theta = tacro_paramset_theta(set, item->key);
        struct spread spread = {0};
        if (theta == set->nthetas) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              strcmp(item->key, "corr") == 0
                                  ? "correlations are not supported by this version"
                                  : "`theta` has no parameter of this name");
            continue;
        }
        if (kind == WANDER && set->theta[theta].part != set->nparts) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "%s is no parameter of a dose, expected one such as F1",
                              item->key);
            continue;
        }
        read_spread(reader, item, kind, set, &spread);
        keep_spread(&spread, kind, &set->effect[theta]);
    }
}

/** Unit of an output by name; `conc` is whole blood. NULL: no such output. */
static const char *observed_unit(const struct tacro_paramset *set, const char *name)
{
    if (strcmp(name, "conc") == 0) {
        return tacro_dimension_unit(TACRO_CONCENTRATION);
    }
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *part = tacro_parts_at(set->part[k]);
        for (size_t i = 0; i < part->noutputs; i++) {
            if (strcmp(part->outputs[i].name, name) == 0) {
                return part->outputs[i].unit;
            }
        }
    }
    return NULL;
}

/** One error of {proportional, ci} or {additive, additive_ci}, if it is there. */
static void check_error(struct tacro_reader *reader, const struct tacro_node *item,
                        const char *key, const char *ci_key,
                        const struct tacro_quantity *q)
{
    const struct tacro_node *given = tacro_node_get(item, key);
    const struct tacro_node *ci = tacro_node_get(item, ci_key);
    double x = 0.0;
    double low = 0.0;
    double high = 0.0;
    if (tacro_schema_number(reader, given, q, &x) &&
        tacro_schema_range(reader, ci, q, &low, &high) && !(x >= low && x <= high)) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s does not contain %s", ci->text,
                          given->text);
    } else if (given == NULL && ci != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "expected `%s` beside it", key);
    }
}

static void check_sigma_entry(struct tacro_reader *reader,
                              const struct tacro_node *item, const char *unit)
{
    static const struct tacro_key keys[] = {
        {"proportional", TACRO_OPTIONAL, "the proportional error, such as 16.7 %"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval of `proportional`"},
        {"additive", TACRO_OPTIONAL, "the additive error, such as 1.8 ng/mL"},
        {"additive_ci", TACRO_OPTIONAL, "the 95 % confidence interval of `additive`"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    static const struct tacro_quantity fractions = {TACRO_NUMBER, 0.0, 3.0, 0.0, 3.0};
    const struct tacro_quantity levels = {tacro_dimension_of(unit), 0.0, 1000.0, 0.0,
                                          1000.0};
    enum tacro_mark mark;
    const char *from = NULL;
    if (!tacro_schema_keys(reader, item, keys, COUNT(keys)) ||
        !tacro_mark_read(reader, item, &mark, &from)) {
        return;
    }
    if (tacro_node_get(item, "proportional") == NULL &&
        tacro_node_get(item, "additive") == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected `proportional`, `additive` or both");
    }
    check_error(reader, item, "proportional", "ci", &fractions);
    check_error(reader, item, "additive", "additive_ci", &levels);
}

/** The residual error is checked only: simulated levels are true levels. */
static void check_sigma(struct tacro_reader *reader, const struct tacro_node *map,
                        const struct tacro_paramset *set)
{
    if (!tacro_schema_map(reader, map)) {
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct tacro_node *item = &map->item[i];
        const char *unit = observed_unit(set, item->key);
        if (unit == NULL) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "expected conc or the name of an output of the parts");
        } else {
            check_sigma_entry(reader, item, unit);
        }
    }
}

enum tacro_status tacro_effects_read(struct tacro_reader *reader,
                                     const struct tacro_node *root,
                                     struct tacro_paramset *set,
                                     struct tacro_error *err)
{
    if (set->nthetas == 0) {
        return TACRO_OK;
    }
    set->effect = calloc(set->nthetas, sizeof *set->effect);
    if (set->effect == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "omega of a params file");
    }
    read_spreads(reader, tacro_node_get(root, "omega"), OMEGA, set);
    if (set->kind == TACRO_SET_PK) {
        read_spreads(reader, tacro_node_get(root, "kappa"), KAPPA, set);
        read_spreads(reader, tacro_node_get(root, "wander"), WANDER, set);
        check_sigma(reader, tacro_node_get(root, "sigma"), set);
    }
    for (size_t i = 0; i < set->nthetas; i++) {
        struct tacro_effect effect = set->effect[i];
        effect.theta = i;
        if (effect.omega > 0.0 || effect.kappa > 0.0 || effect.wander > 0.0) {
            set->effect[set->neffects++] = effect;
        }
    }
    return TACRO_OK;
}
