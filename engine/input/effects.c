#include "input/relations.h"

#include "core/lanemath.h"
#include "input/correlations.h"
#include "input/interval.h"
#include "input/uncertain.h"

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
    struct tacro_uncertainty law;
};

/** What the number of a spread is. */
enum spread_scale { CV, LOG_SD, VARIANCE };

static double to_log_sd(enum spread_scale scale, double x)
{
    switch (scale) {
    case CV:
        return sqrt(tacro_log1p(x * x));
    case VARIANCE:
        return sqrt(x);
    case LOG_SD:
        break;
    }
    return x;
}

/** d ln(log sd) / d ln x: so much of a relative error of x is one of the log sd. */
static double elasticity(enum spread_scale scale, double x)
{
    const double square = x * x;
    switch (scale) {
    case CV:
        return square / ((1.0 + square) * tacro_log1p(square));
    case VARIANCE:
        return 0.5;
    case LOG_SD:
        break;
    }
    return 1.0;
}

/** The standard deviation on the log scale that a CV says. */
static bool read_one_cv(struct tacro_reader *reader, const char *parameter,
                        const struct tacro_node *cv, double *log_sd)
{
    /* pk-models.md 9.4 allows 150 % for the bioavailability; no paper prints 300 % */
    const double max = parameter != NULL && strcmp(parameter, "F1") == 0 ? 1.5 : 3.0;
    const struct tacro_quantity q = {TACRO_NUMBER, 0.0, max, 0.0, max};
    double x = 0.0;
    if (!tacro_schema_number(reader, cv, &q, &x)) {
        return false;
    }
    *log_sd = to_log_sd(CV, x);
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

static bool read_variance(struct tacro_reader *reader, const struct tacro_node *node,
                          struct tacro_paramset *set, struct spread *out)
{
    static const struct tacro_quantity q = {TACRO_NUMBER, 0.0, 4.0, 0.0, 4.0};
    double x = 0.0;
    if (!tacro_schema_number(reader, node, &q, &x)) {
        return false;
    }
    out->log_sd = to_log_sd(VARIANCE, x);
    out->text = tacro_paramset_keep(set, "omega^2 ", node->text);
    return true;
}

/**
 * `ci` and `rse` of a spread: in PK files its law, on the log scale of the log sd. The
 * standard error is that of the number as it is given.
 */
static void read_law(struct tacro_reader *reader, const struct tacro_node *item,
                     const struct tacro_node *given, enum spread_scale scale,
                     struct tacro_paramset *set, struct spread *out)
{
    static const struct tacro_quantity q = {TACRO_NUMBER, 0.0, 10.0, 0.0, 10.0};
    const struct tacro_node *ci = tacro_node_get(item, "ci");
    const struct tacro_node *rse = tacro_node_get(item, "rse");
    struct tacro_precision interval;
    struct tacro_uncertainty law;
    double x = 0.0;
    if (ci == NULL && rse == NULL) {
        return;
    }
    if (given->kind == TACRO_LIST) {
        tacro_schema_note(reader, TACRO_FAULT, ci != NULL ? ci : rse,
                          "expected beside one value alone");
        return;
    }
    if (tacro_units_parse(given->text, TACRO_NUMBER, &x, NULL) != TACRO_OK ||
        !tacro_interval_read(reader, item, given, &q, x, &interval) ||
        set->kind != TACRO_SET_PK) {
        return;
    }
    interval.low = to_log_sd(scale, interval.low);
    interval.high = to_log_sd(scale, interval.high);
    if (tacro_interval_law(reader, item, &interval, TACRO_SCALE_LOG, out->log_sd,
                           &law)) {
        law.sd *= interval.has_ci ? 1.0 : elasticity(scale, x);
        if (tacro_uncertain_keep(set, &law, "1", &out->law, NULL) != TACRO_OK) {
            tacro_schema_note(reader, TACRO_FAULT, item, "out of memory");
        }
    }
}

/** `correlation_time` of a wander. */
static void read_correlation(struct tacro_reader *reader, const struct tacro_node *node,
                             struct spread *out)
{
    static const struct tacro_quantity times = {TACRO_TIME, 0.0, 8760.0, 0.0, 8760.0};
    /* all days that count have room */
    const double longest =
        floor((TACRO_MAX_WANDER_DAYS - 2) / -tacro_log(TACRO_WANDER_CUT)); /* d */
    if (tacro_schema_positive(reader, node, &times, &out->correlation_time) &&
        out->correlation_time > 24.0 * longest) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s is too long, expected at most %g d", node->text, longest);
    }
}

/** The one of `cv`, `log_sd` and `variance` that is given, and its uncertainty. */
static void read_size(struct tacro_reader *reader, const struct tacro_node *item,
                      enum spread_kind kind, struct tacro_paramset *set,
                      struct spread *out)
{
    const struct tacro_node *const ways[] = {
        [CV] = tacro_node_get(item, "cv"),
        [LOG_SD] = tacro_node_get(item, "log_sd"),
        [VARIANCE] = tacro_node_get(item, "variance"),
    };
    const struct tacro_node *given = NULL;
    enum spread_scale scale = CV;
    size_t n = 0;
    bool ok = false;
    for (size_t i = 0; i < COUNT(ways); i++) {
        if (ways[i] != NULL) {
            given = ways[i];
            scale = (enum spread_scale)i;
            n++;
        }
    }
    if (n != 1) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected one of `cv`, `log_sd` and `variance`");
        return;
    }
    switch (scale) {
    case CV:
        ok = read_cv(reader, item, given, kind, set, out);
        break;
    case LOG_SD:
        ok = read_log_sd(reader, given, set, out);
        break;
    case VARIANCE:
        ok = read_variance(reader, given, set, out);
        break;
    }
    if (ok && out->text == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, given, "out of memory");
    } else if (ok && !(out->log_sd > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, given, "%s is not > 0", given->text);
    } else if (ok) {
        read_law(reader, item, given, scale, set, out);
    }
}

bool tacro_spread_read(struct tacro_reader *reader, const struct tacro_node *item,
                       struct tacro_paramset *set, struct tacro_spread *out)
{
    const size_t nbefore = reader->notes->nfaults;
    struct spread spread = {
        .law = {.law = TACRO_LAW_NONE, .min = -INFINITY, .max = INFINITY, .text = ""}};
    read_size(reader, item, OMEGA, set, &spread);
    *out = (struct tacro_spread){spread.log_sd, spread.text, spread.law};
    return reader->notes->nfaults == nbefore;
}

/**
 * {cv | log_sd | variance, ci, rse, mean_one, mark, from}; text stays NULL after a
 * fault.
 */
static void read_spread(struct tacro_reader *reader, const struct tacro_node *item,
                        enum spread_kind kind, struct tacro_paramset *set,
                        struct spread *out)
{
    static const struct tacro_key keys[] = {
        {"cv", TACRO_OPTIONAL, "the coefficient of variation"},
        {"log_sd", TACRO_OPTIONAL, "the standard deviation of the logarithm"},
        {"variance", TACRO_OPTIONAL, "the variance of the logarithm, omega^2"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"rse", TACRO_OPTIONAL, "the relative standard error, such as 8.5 %"},
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
    tacro_mark_read(reader, item, &out->mark, &from);
    tacro_schema_flag(reader, tacro_node_get(item, "mean_one"), &out->has_mean_one);
    read_correlation(reader, tacro_node_get(item, "correlation_time"), out);
    read_size(reader, item, kind, set, out);
}

static void keep_spread(const struct spread *spread, enum spread_kind kind,
                        struct tacro_effect *effect)
{
    switch (kind) {
    case OMEGA:
        effect->omega = spread->log_sd;
        effect->omega_law = spread->law;
        effect->omega_text = spread->text;
        effect->omega_mark = spread->mark;
        effect->has_mean_one = spread->has_mean_one;
        break;
    case KAPPA:
        effect->kappa = spread->log_sd;
        effect->kappas = spread->steps;
        effect->kappa_law = spread->law;
        effect->kappa_text = spread->text;
        effect->kappa_mark = spread->mark;
        break;
    case WANDER:
        effect->wander = spread->log_sd;
        effect->wanders = spread->steps;
        effect->correlation_time = spread->correlation_time;
        effect->wander_law = spread->law;
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
        struct spread spread = {.law = {.law = TACRO_LAW_NONE, .text = ""}};
        if (strcmp(item->key, "corr") == 0 && kind != WANDER) {
            continue; /* once all effects are known */
        }
        if (theta == set->nthetas) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "`theta` has no parameter of this name");
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
    }
    for (size_t i = 0; i < set->nthetas; i++) {
        struct tacro_effect effect = set->effect[i];
        effect.theta = i;
        if (effect.omega > 0.0 || effect.kappa > 0.0 || effect.wander > 0.0) {
            set->effect[set->neffects++] = effect;
        }
    }
    return tacro_correlations_read(reader, root, set, err);
}
