#include "input/relations.h"

#include "core/lanemath.h"
#include "input/uncertain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* -- covariates -------------------------------------------------------------------- */

static bool find_theta(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_paramset *set, size_t *theta)
{
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return false;
    }
    *theta = tacro_paramset_theta(set, name);
    if (*theta == set->nthetas) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: `theta` has no parameter of this name",
                          tacro_excerpt(name).s);
        return false;
    }
    return true;
}

static bool find_covariate(struct tacro_reader *reader, const struct tacro_node *node,
                           enum tacro_covariate_id *id)
{
    const char *names[TACRO_NCOVARIATES];
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return false;
    }
    *id = tacro_covariate_find(name);
    if (*id < TACRO_NCOVARIATES) {
        return true;
    }
    if (strcmp(name, tacro_covariate_info(TACRO_COV_POD)->name) == 0) {
        *id = TACRO_COV_POD;
        return true;
    }
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        names[i] = tacro_covariate_info((enum tacro_covariate_id)i)->name;
    }
    const char *nearest = tacro_schema_nearest(name, names, TACRO_NCOVARIATES);
    tacro_schema_note(reader, TACRO_FAULT, node, "%s: unknown covariate%s%s%s",
                      tacro_excerpt(name).s, nearest != NULL ? ", did you mean `" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "`?" : "");
    return false;
}

/** Dimension of 1/covariate; TACRO_NDIMENSIONS if there is no unit for it. */
static enum tacro_dimension per(enum tacro_dimension dimension)
{
    switch (dimension) {
    case TACRO_NUMBER:
        return TACRO_NUMBER;
    case TACRO_AGE:
        return TACRO_PER_AGE;
    case TACRO_PRESSURE:
        return TACRO_PER_PRESSURE;
    default:
        return TACRO_NDIMENSIONS;
    }
}

/** `is: liver`: the relation acts on those of that level. */
static bool read_level(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_covariate_info *info,
                       struct tacro_relation *out)
{
    size_t level = 0;
    if (info->type != TACRO_COVARIATE_CHOICE) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s has no levels", info->name);
        return false;
    }
    if (!tacro_schema_choice(reader, node, info->level, info->nlevels, &level)) {
        return false;
    }
    out->is_level = true;
    out->level = (double)level;
    return true;
}

/** `at_least: female`, `at_least: 4`, `is: liver`: it acts through an indicator. */
static bool read_indicator(struct tacro_reader *reader, const struct tacro_node *item,
                           const struct tacro_covariate_info *info,
                           struct tacro_relation *out)
{
    const struct tacro_node *node = tacro_node_get(item, "at_least");
    const struct tacro_node *is = tacro_node_get(item, "is");
    size_t level = 0;
    out->is_indicator = node != NULL;
    if (is != NULL && node != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, is, "expected no `at_least` beside it");
        return false;
    }
    if (is != NULL) {
        return read_level(reader, is, info, out);
    }
    if (info->type == TACRO_COVARIATE_CHOICE && (node == NULL || info->nlevels > 2)) {
        tacro_schema_note(reader, TACRO_FAULT, node != NULL ? node : item,
                          "expected `is: %s`, or another level of %s", info->level[1],
                          info->name);
        return false;
    }
    if (node == NULL) {
        return true;
    }
    if (info->type == TACRO_COVARIATE_CHOICE) {
        const bool is_good =
            tacro_schema_choice(reader, node, info->level, info->nlevels, &level);
        out->at_least = (double)level;
        return is_good;
    }
    return tacro_schema_number(reader, node, &info->quantity, &out->at_least);
}

static bool read_clip(struct tacro_reader *reader, const struct tacro_node *item,
                      const struct tacro_covariate_info *info,
                      struct tacro_relation *out)
{
    const struct tacro_node *clip = tacro_node_get(item, "clip");
    return clip == NULL || tacro_schema_range(reader, clip, &info->quantity,
                                              &out->clip_min, &out->clip_max);
}

/** The number of a relation, and that its `ci` contains it. */
static bool read_effect(struct tacro_reader *reader, const struct tacro_node *item,
                        const char *key, const struct tacro_quantity *q, double *value)
{
    const struct tacro_node *given = tacro_node_get(item, key);
    const struct tacro_node *ci = tacro_node_get(item, "ci");
    double low = 0.0;
    double high = 0.0;
    if (!tacro_schema_number(reader, given, q, value)) {
        return false;
    }
    if (ci != NULL && tacro_schema_range(reader, ci, q, &low, &high) &&
        !(*value >= low && *value <= high)) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s does not contain %s", ci->text,
                          given->text);
    }
    return true;
}

/** factor exp(coefficient * (x - ref)), x the covariate moved into `clip`, or 0 or 1 */
static bool read_exponential(struct tacro_reader *reader, const struct tacro_node *item,
                             const struct tacro_covariate_info *info,
                             struct tacro_relation *out)
{
    const struct tacro_node *ref = tacro_node_get(item, "ref");
    const bool is_binary = tacro_node_get(item, "at_least") != NULL ||
                           tacro_node_get(item, "is") != NULL ||
                           info->type != TACRO_COVARIATE_NUMBER;
    const enum tacro_dimension x = is_binary ? TACRO_NUMBER : info->quantity.dimension;
    const struct tacro_quantity coefficients = {per(x), -100.0, 100.0, -100.0, 100.0};
    const struct tacro_quantity refs = {x, is_binary ? 0.0 : info->quantity.hard_min,
                                        is_binary ? 1.0 : info->quantity.hard_max,
                                        -INFINITY, INFINITY};
    if (!read_indicator(reader, item, info, out)) {
        return false;
    }
    if (coefficients.dimension == TACRO_NDIMENSIONS) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "no unit for a coefficient per %s of %s, expected `at_least`",
                          tacro_dimension_unit(x), info->name);
        return false;
    }
    if (tacro_node_get(item, "coefficient") == NULL || (ref == NULL && !is_binary)) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `coefficient`%s",
                          is_binary ? "" : " and `ref`");
        return false;
    }
    const bool has_coefficient =
        read_effect(reader, item, "coefficient", &coefficients, &out->coefficient);
    const bool has_ref =
        ref == NULL || tacro_schema_number(reader, ref, &refs, &out->ref);
    const bool has_clip = read_clip(reader, item, info, out);
    return has_coefficient && has_ref && has_clip;
}

/** factor (x / ref)^exponent, x the covariate moved into `clip` */
static bool read_power(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_covariate_info *info,
                       struct tacro_relation *out)
{
    static const struct tacro_quantity exponents = {TACRO_NUMBER, -10.0, 10.0, -10.0,
                                                    10.0};
    const struct tacro_node *ref = tacro_node_get(item, "ref");
    struct tacro_quantity refs = info->quantity;
    refs.calibrated_min = -INFINITY;
    refs.calibrated_max = INFINITY;
    if (info->type != TACRO_COVARIATE_NUMBER) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s has no power, expected the kind factor", info->name);
        return false;
    }
    if (tacro_node_get(item, "exponent") == NULL || ref == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `exponent` and `ref`");
        return false;
    }
    const bool has_exponent =
        read_effect(reader, item, "exponent", &exponents, &out->coefficient);
    const bool has_ref = tacro_schema_positive(reader, ref, &refs, &out->ref);
    const bool has_clip = read_clip(reader, item, info, out);
    if (has_clip && !(fmax(info->quantity.hard_min, out->clip_min) > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s may be 0, expected `clip` to a range above 0",
                          info->name);
        return false;
    }
    return has_exponent && has_ref && has_clip;
}

/** `days: {from: 1, to: 3}`, whole days since transplantation */
static bool read_days(struct tacro_reader *reader, const struct tacro_node *days,
                      struct tacro_relation *out)
{
    static const struct tacro_key keys[] = {
        {"from", TACRO_OPTIONAL, "the first day on which the relation acts"},
        {"to", TACRO_OPTIONAL, "the last day on which the relation acts"},
    };
    uint64_t first = 1;
    uint64_t last = 0;
    if (days == NULL) {
        return true;
    }
    if (!tacro_schema_keys(reader, days, keys, COUNT(keys))) {
        return false;
    }
    const struct tacro_node *from = tacro_node_get(days, "from");
    const struct tacro_node *to = tacro_node_get(days, "to");
    if (from == NULL && to == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, days, "expected `from`, `to` or both");
        return false;
    }
    const bool has_first =
        from == NULL || tacro_schema_count(reader, from, 1, TACRO_LAST_POD, &first);
    const bool has_last =
        to == NULL || tacro_schema_count(reader, to, 1, TACRO_LAST_POD, &last);
    if (!has_first || !has_last) {
        return false;
    }
    if (to != NULL && last < first) {
        tacro_schema_note(reader, TACRO_FAULT, to, "%s is before `from`", to->text);
        return false;
    }
    out->has_days = true;
    out->first_pod = (double)first;
    out->last_pod = to != NULL ? (double)last : INFINITY;
    return true;
}

/** factor^x, x a flag or an indicator */
static bool read_factor(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct tacro_covariate_info *info,
                        struct tacro_relation *out)
{
    static const struct tacro_quantity factors = {TACRO_NUMBER, 0.0, 1000.0, 0.0,
                                                  1000.0};
    const struct tacro_node *node = tacro_node_get(item, "factor");
    double factor = 0.0;
    if (!read_indicator(reader, item, info, out)) {
        return false;
    }
    if (info->type == TACRO_COVARIATE_NUMBER && !out->is_indicator) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s is no flag, expected `at_least`", info->name);
        return false;
    }
    if (node == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `factor`");
        return false;
    }
    const bool has_factor = read_effect(reader, item, "factor", &factors, &factor);
    const bool has_days = read_days(reader, tacro_node_get(item, "days"), out);
    if (has_factor && !(factor > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is not > 0", node->text);
        return false;
    }
    out->coefficient = has_factor ? tacro_log(factor) : 0.0;
    return has_factor && has_days;
}

/** `delay: 24 h`: what the flag was so long before */
static bool read_delay(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_covariate_info *info,
                       struct tacro_relation *out)
{
    static const struct tacro_quantity delays = {TACRO_TIME, 0.0, 8760.0, 0.0, 8760.0};
    const struct tacro_node *delay = tacro_node_get(item, "delay");
    if (delay != NULL && info->type != TACRO_COVARIATE_FLAG) {
        tacro_schema_note(reader, TACRO_FAULT, delay, "%s is no flag", info->name);
        return false;
    }
    return delay == NULL || tacro_schema_positive(reader, delay, &delays, &out->delay);
}

/** The parameter is the covariate, so it has the same dimension. */
static bool check_value(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct tacro_covariate_info *info,
                        const struct tacro_theta *theta)
{
    if (strcmp(theta->unit, tacro_dimension_unit(info->quantity.dimension)) != 0) {
        tacro_schema_note(reader, TACRO_FAULT, item, "%s is in %s, %s in %s",
                          theta->name, theta->unit, info->name,
                          tacro_dimension_unit(info->quantity.dimension));
        return false;
    }
    return true;
}

static const char *const kinds[] = {"value", "exponential", "power", "factor"};

/** A key that says something of another kind is a fault. */
static bool check_keys(struct tacro_reader *reader, const struct tacro_node *item,
                       enum tacro_relation_kind kind)
{
    enum {
        EXPONENTIAL = 1 << TACRO_RELATION_EXPONENTIAL,
        POWER = 1 << TACRO_RELATION_POWER,
        FACTOR = 1 << TACRO_RELATION_FACTOR
    };
    static const struct {
        const char *name;
        int kinds;
    } uses[] = {
        {"coefficient", EXPONENTIAL},
        {"exponent", POWER},
        {"factor", FACTOR},
        {"ref", EXPONENTIAL | POWER},
        {"clip", EXPONENTIAL | POWER},
        {"at_least", EXPONENTIAL | FACTOR},
        {"is", EXPONENTIAL | FACTOR},
        {"days", FACTOR},
        {"delay", EXPONENTIAL | FACTOR},
        {"ci", EXPONENTIAL | POWER | FACTOR},
        {"uncertainty", EXPONENTIAL | POWER | FACTOR},
        {"replaces", EXPONENTIAL | FACTOR},
    };
    bool is_good = true;
    for (size_t i = 0; i < COUNT(uses); i++) {
        const struct tacro_node *node = tacro_node_get(item, uses[i].name);
        if (node != NULL && (uses[i].kinds & (1 << kind)) == 0) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "a relation of kind %s has no `%s`", kinds[kind],
                              uses[i].name);
            is_good = false;
        }
    }
    return is_good;
}

/** What the kind needs. */
static bool read_kind(struct tacro_reader *reader, const struct tacro_node *item,
                      const struct tacro_paramset *set, struct tacro_relation *out)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(out->covariate);
    if (out->covariate == TACRO_COV_POD && out->kind != TACRO_RELATION_POWER) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "kind"),
                          "expected the kind power for pod, the day");
        return false;
    }
    if (!check_keys(reader, item, out->kind) || !read_delay(reader, item, info, out)) {
        return false;
    }
    switch (out->kind) {
    case TACRO_RELATION_EXPONENTIAL:
        return read_exponential(reader, item, info, out);
    case TACRO_RELATION_POWER:
        return read_power(reader, item, info, out);
    case TACRO_RELATION_FACTOR:
        return read_factor(reader, item, info, out);
    case TACRO_RELATION_VALUE:
        break;
    }
    return check_value(reader, item, info, &set->theta[out->theta]);
}

/** Two relations of a pair whose days or levels do not meet are parts of one. */
static bool is_apart(const struct tacro_relation *a, const struct tacro_relation *b)
{
    if (a->is_level && b->is_level && a->level != b->level) {
        return true;
    }
    return a->has_days && b->has_days &&
           (a->last_pod < b->first_pod || b->last_pod < a->first_pod);
}

static void check_pair(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_paramset *set,
                       const struct tacro_relation *new)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *old = &set->relation[i];
        if (old->theta != new->theta) {
            continue;
        }
        if (old->covariate == new->covariate && !is_apart(old, new)) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "%s on %s is given twice, first in line %zu",
                              tacro_covariate_info(new->covariate)->name,
                              set->theta[new->theta].name, old->line);
        } else if (old->kind == TACRO_RELATION_VALUE && new->kind == old->kind) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "%s is a covariate's value already, since line %zu",
                              set->theta[new->theta].name, old->line);
        }
    }
}

/** The dimension of what the law is about: the coefficient, on the log scale. */
static enum tacro_dimension coefficient_dimension(const struct tacro_relation *r)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(r->covariate);
    return r->kind != TACRO_RELATION_EXPONENTIAL || r->is_indicator || r->is_level
               ? TACRO_NUMBER
               : per(info->quantity.dimension);
}

void tacro_relation_name(const struct tacro_paramset *set,
                         const struct tacro_relation *relation, char *text, size_t size)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(relation->covariate);
    snprintf(text, size, "%s:%s%s%s", set->theta[relation->theta].name, info->name,
             relation->is_level ? ":" : "",
             relation->is_level ? info->level[(size_t)relation->level] : "");
}

const char *tacro_relation_unit(const struct tacro_relation *relation)
{
    return tacro_dimension_unit(coefficient_dimension(relation));
}

/** A factor with `log_sd` is a coefficient with `sd`; its limits are those of it. */
static bool read_factor_spread(struct tacro_reader *reader,
                               const struct tacro_node *node,
                               struct tacro_relation *out)
{
    struct tacro_uncertainty *u = &out->uncertainty;
    const double factor = tacro_exp(out->coefficient);
    if (!tacro_uncertainty_read(reader, node, TACRO_NUMBER, factor, u)) {
        return false;
    }
    if ((isfinite(u->min) && !(u->min > 0.0)) || !(u->max > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "expected `min` and `max` above 0, as the factor is");
        return false;
    }
    u->law = TACRO_LAW_NORMAL;
    u->min = isfinite(u->min) ? tacro_log(u->min) : u->min;
    u->max = isfinite(u->max) ? tacro_log(u->max) : u->max;
    return true;
}

/** "sd 0.02 1/y"; of a factor "log sd 0.4". False when memory is out. */
static bool keep_words(struct tacro_paramset *set, struct tacro_relation *out)
{
    struct tacro_uncertainty *u = &out->uncertainty;
    struct tacro_uncertainty law = *u; /* in words its limits are those of the factor */
    const double min = u->min;
    const double max = u->max;
    if (out->kind == TACRO_RELATION_FACTOR) {
        law.min = law.has_min ? tacro_exp(min) : min;
        law.max = law.has_max ? tacro_exp(max) : max;
    }
    if (tacro_uncertain_keep(set, &law, tacro_relation_unit(out), u, NULL) !=
        TACRO_OK) {
        return false;
    }
    u->min = min;
    u->max = max;
    if (out->kind == TACRO_RELATION_FACTOR && law.law != TACRO_LAW_NONE) {
        u->text = tacro_paramset_keep(set, "log ", u->text);
    }
    return u->text != NULL;
}

static bool read_spread(struct tacro_reader *reader, const struct tacro_node *item,
                        struct tacro_paramset *set, struct tacro_relation *out)
{
    const struct tacro_node *node = tacro_node_get(item, "uncertainty");
    const struct tacro_node *replaces = tacro_node_get(item, "replaces");
    struct tacro_uncertainty *u = &out->uncertainty;
    const bool is_factor = out->kind == TACRO_RELATION_FACTOR;
    const bool has_log_sd = tacro_node_get(node, "log_sd") != NULL;
    if (node != NULL &&
        !(is_factor && has_log_sd
              ? read_factor_spread(reader, node, out)
              : tacro_uncertainty_read(reader, node, coefficient_dimension(out),
                                       out->coefficient, u))) {
        return false;
    }
    if (u->law == TACRO_LAW_LOGIT || u->law == TACRO_LAW_BETA) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "the number of a relation is no fraction, expected `sd`");
        return false;
    }
    if (node != NULL && set->kind == TACRO_SET_PK) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "of a PK file typical values alone are drawn, expected none");
        return false;
    }
    if (replaces != NULL && !tacro_schema_flag(reader, replaces, &out->replaces)) {
        return false;
    }
    if (out->replaces && u->law == TACRO_LAW_NONE) {
        tacro_schema_note(reader, TACRO_FAULT, replaces,
                          "expected `uncertainty` beside it, that of the product");
        return false;
    }
    if (!keep_words(set, out)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
        return false;
    }
    return true;
}

static void read_relation(struct tacro_reader *reader, const struct tacro_node *item,
                          struct tacro_paramset *set)
{
    static const struct tacro_key keys[] = {
        {"parameter", TACRO_REQUIRED, "the name of a parameter in `theta`"},
        {"covariate", TACRO_REQUIRED, "the name of a covariate, or pod"},
        {"kind", TACRO_REQUIRED, "value, exponential, power or factor"},
        {"coefficient", TACRO_OPTIONAL, "the coefficient with its unit"},
        {"exponent", TACRO_OPTIONAL, "the exponent of the power"},
        {"factor", TACRO_OPTIONAL, "the factor if the flag is set"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"ref", TACRO_OPTIONAL, "the covariate at which the factor is 1"},
        {"clip", TACRO_OPTIONAL, "the range into which the covariate is moved"},
        {"at_least", TACRO_OPTIONAL, "the value from which on the indicator is 1"},
        {"is", TACRO_OPTIONAL, "the level at which the relation acts"},
        {"days", TACRO_OPTIONAL, "the days on which the relation acts"},
        {"delay", TACRO_OPTIONAL, "how much later the flag acts, such as 24 h"},
        {"uncertainty", TACRO_OPTIONAL, "how far the number may lie from its value"},
        {"replaces", TACRO_OPTIONAL, "true: no uncertainty of the parameter beside it"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    struct tacro_relation relation = {
        .clip_min = -INFINITY, .clip_max = INFINITY, .line = item->line};
    size_t kind = 0;
    if (!tacro_schema_keys(reader, item, keys, COUNT(keys))) {
        return;
    }
    tacro_mark_read(reader, item, &relation.mark, &relation.from);
    const bool has_theta =
        find_theta(reader, tacro_node_get(item, "parameter"), set, &relation.theta);
    const bool has_covariate =
        find_covariate(reader, tacro_node_get(item, "covariate"), &relation.covariate);
    if (!tacro_schema_choice(reader, tacro_node_get(item, "kind"), kinds, COUNT(kinds),
                             &kind) ||
        !has_theta || !has_covariate) {
        return;
    }
    relation.kind = (enum tacro_relation_kind)kind;
    relation.uncertainty = (struct tacro_uncertainty){
        .law = TACRO_LAW_NONE, .min = -INFINITY, .max = INFINITY, .text = ""};
    if (read_kind(reader, item, set, &relation) &&
        read_spread(reader, item, set, &relation)) {
        check_pair(reader, item, set, &relation);
        set->relation[set->nrelations++] = relation;
    }
}

enum tacro_status tacro_relations_read(struct tacro_reader *reader,
                                       const struct tacro_node *root,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err)
{
    const struct tacro_node *list = tacro_node_get(root, "covariates");
    if (tacro_schema_list(reader, list)) {
        set->relation = calloc(list->n, sizeof *set->relation);
        if (set->relation == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "covariates of a params file");
        }
        for (size_t i = 0; i < list->n; i++) {
            read_relation(reader, &list->item[i], set);
        }
    }
    return TACRO_OK;
}
