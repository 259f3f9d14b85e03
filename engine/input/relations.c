#include "input/relations.h"

#include "core/lanemath.h"
#include "models/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* -- random effects ---------------------------------------------------------------- */

/** One number of variability: its standard deviation on the log scale and its text. */
struct spread {
    double log_sd;
    bool has_mean_one;
    const char *text;
    enum tacro_mark mark;
};

static bool read_cv(struct tacro_reader *reader, const struct tacro_node *item,
                    const struct tacro_node *cv, struct spread *out)
{
    /* pk-models.md 9.4 allows 150 % for the bioavailability; no paper prints 300 % */
    const double max = strcmp(item->key, "F1") == 0 ? 1.5 : 3.0;
    const struct tacro_quantity q = {TACRO_NUMBER, 0.0, max, 0.0, max};
    double x = 0.0;
    if (!tacro_schema_number(reader, cv, &q, &x)) {
        return false;
    }
    out->log_sd = sqrt(tacro_log1p(x * x));
    out->text = cv->text;
    return true;
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
    if (tacro_schema_range(reader, ci, &q, &low, &high) &&
        tacro_units_parse(given->text, TACRO_NUMBER, &x, NULL) == TACRO_OK &&
        !(x >= low && x <= high)) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s does not contain %s", ci->text,
                          given->text);
    }
}

/** {cv | log_sd, ci, mean_one, mark, from}; text stays NULL after a fault. */
static void read_spread(struct tacro_reader *reader, const struct tacro_node *item,
                        bool is_kappa, struct tacro_paramset *set, struct spread *out)
{
    static const struct tacro_key keys[] = {
        {"cv", TACRO_OPTIONAL, "the coefficient of variation"},
        {"log_sd", TACRO_OPTIONAL, "the standard deviation of the logarithm"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
        {"mean_one", TACRO_OPTIONAL, "true: the factor has mean 1, not median 1"},
    };
    const char *from = NULL;
    if (!tacro_schema_keys(reader, item, keys, COUNT(keys) - (is_kappa ? 1 : 0))) {
        return;
    }
    const struct tacro_node *cv = tacro_node_get(item, "cv");
    const struct tacro_node *log_sd = tacro_node_get(item, "log_sd");
    const struct tacro_node *given = cv != NULL ? cv : log_sd;
    tacro_mark_read(reader, item, &out->mark, &from);
    tacro_schema_flag(reader, tacro_node_get(item, "mean_one"), &out->has_mean_one);
    if ((cv == NULL) == (log_sd == NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected either `cv` or `log_sd`");
    } else if (cv != NULL ? read_cv(reader, item, cv, out)
                          : read_log_sd(reader, log_sd, set, out)) {
        check_spread_ci(reader, tacro_node_get(item, "ci"), given);
        if (!(out->log_sd > 0.0)) {
            tacro_schema_note(reader, TACRO_FAULT, given, "%s is not > 0", given->text);
        }
    }
}

/** Into effect[] as long as set->theta; what has no effect is dropped afterwards. */
static void read_spreads(struct tacro_reader *reader, const struct tacro_node *map,
                         bool is_kappa, struct tacro_paramset *set)
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
        read_spread(reader, item, is_kappa, set, &spread);
        struct tacro_effect *effect = &set->effect[theta];
        if (is_kappa) {
            effect->kappa = spread.log_sd;
            effect->kappa_text = spread.text;
            effect->kappa_mark = spread.mark;
        } else {
            effect->omega = spread.log_sd;
            effect->omega_text = spread.text;
            effect->omega_mark = spread.mark;
            effect->has_mean_one = spread.has_mean_one;
        }
    }
}

/** `conc` is whole blood; the other names are outputs of the parts. */
static bool is_observed(const struct tacro_paramset *set, const char *name)
{
    if (strcmp(name, "conc") == 0) {
        return true;
    }
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *part = tacro_parts_at(set->part[k]);
        for (size_t i = 0; i < part->noutputs; i++) {
            if (strcmp(part->outputs[i].name, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/** The residual error is checked only: simulated levels are true levels. */
static void check_sigma(struct tacro_reader *reader, const struct tacro_node *map,
                        const struct tacro_paramset *set)
{
    static const struct tacro_key keys[] = {
        {"proportional", TACRO_REQUIRED, "the proportional error, such as 16.7 %"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    static const struct tacro_quantity q = {TACRO_NUMBER, 0.0, 3.0, 0.0, 3.0};
    if (!tacro_schema_map(reader, map)) {
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct tacro_node *item = &map->item[i];
        enum tacro_mark mark;
        const char *from = NULL;
        double x = 0.0;
        if (!is_observed(set, item->key)) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "expected conc or the name of an output of the parts");
        } else if (tacro_schema_keys(reader, item, keys, COUNT(keys)) &&
                   tacro_mark_read(reader, item, &mark, &from) &&
                   tacro_schema_number(reader, tacro_node_get(item, "proportional"), &q,
                                       &x)) {
            check_spread_ci(reader, tacro_node_get(item, "ci"),
                            tacro_node_get(item, "proportional"));
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
    read_spreads(reader, tacro_node_get(root, "omega"), false, set);
    if (set->kind == TACRO_SET_PK) {
        read_spreads(reader, tacro_node_get(root, "kappa"), true, set);
        check_sigma(reader, tacro_node_get(root, "sigma"), set);
    }
    for (size_t i = 0; i < set->nthetas; i++) {
        struct tacro_effect effect = set->effect[i];
        effect.theta = i;
        if (effect.omega > 0.0 || effect.kappa > 0.0) {
            set->effect[set->neffects++] = effect;
        }
    }
    return TACRO_OK;
}

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

/** `at_least: female`, `at_least: 4`: the relation acts through an indicator. */
static bool read_indicator(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct tacro_covariate_info *info,
                           struct tacro_relation *out)
{
    size_t level = 0;
    if (node == NULL && info->type == TACRO_COVARIATE_CHOICE) {
        return false;
    }
    out->is_indicator = node != NULL;
    if (node == NULL) {
        return true;
    }
    if (info->type == TACRO_COVARIATE_CHOICE) {
        const bool is_good =
            tacro_schema_choice(reader, node, tacro_covariate_sexes, 2, &level);
        out->at_least = (double)level;
        return is_good;
    }
    return tacro_schema_number(reader, node, &info->quantity, &out->at_least);
}

/** factor exp(coefficient * (x - ref)), x the covariate moved into `clip`, or 0 or 1 */
static bool read_exponential(struct tacro_reader *reader, const struct tacro_node *item,
                             const struct tacro_covariate_info *info,
                             struct tacro_relation *out)
{
    const struct tacro_node *at_least = tacro_node_get(item, "at_least");
    const struct tacro_node *clip = tacro_node_get(item, "clip");
    const struct tacro_node *ref = tacro_node_get(item, "ref");
    const bool is_binary = at_least != NULL || info->type != TACRO_COVARIATE_NUMBER;
    const enum tacro_dimension x = is_binary ? TACRO_NUMBER : info->quantity.dimension;
    const struct tacro_quantity coefficients = {per(x), -100.0, 100.0, -100.0, 100.0};
    const struct tacro_quantity refs = {x, is_binary ? 0.0 : info->quantity.hard_min,
                                        is_binary ? 1.0 : info->quantity.hard_max,
                                        -INFINITY, INFINITY};
    if (!read_indicator(reader, at_least, info, out)) {
        if (at_least == NULL) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "expected `at_least: female` or `at_least: male` for %s",
                              info->name);
        }
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
    const bool has_coefficient = tacro_schema_number(
        reader, tacro_node_get(item, "coefficient"), &coefficients, &out->coefficient);
    const bool has_ref =
        ref == NULL || tacro_schema_number(reader, ref, &refs, &out->ref);
    const bool has_clip =
        clip == NULL || tacro_schema_range(reader, clip, &info->quantity,
                                           &out->clip_min, &out->clip_max);
    return has_coefficient && has_ref && has_clip;
}

/** The parameter is the covariate: same dimension, and nothing else to say. */
static bool check_value(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct tacro_covariate_info *info,
                        const struct tacro_theta *theta)
{
    static const char *const others[] = {"coefficient", "ref", "clip", "at_least"};
    bool is_good = true;
    for (size_t i = 0; i < COUNT(others); i++) {
        const struct tacro_node *node = tacro_node_get(item, others[i]);
        if (node != NULL) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "a relation of kind value has no `%s`", others[i]);
            is_good = false;
        }
    }
    if (strcmp(theta->unit, tacro_dimension_unit(info->quantity.dimension)) != 0) {
        tacro_schema_note(reader, TACRO_FAULT, item, "%s is in %s, %s in %s",
                          theta->name, theta->unit, info->name,
                          tacro_dimension_unit(info->quantity.dimension));
        is_good = false;
    }
    return is_good;
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
        if (old->covariate == new->covariate) {
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

static void read_relation(struct tacro_reader *reader, const struct tacro_node *item,
                          struct tacro_paramset *set)
{
    static const struct tacro_key keys[] = {
        {"parameter", TACRO_REQUIRED, "the name of a parameter in `theta`"},
        {"covariate", TACRO_REQUIRED, "the name of a covariate"},
        {"kind", TACRO_REQUIRED, "value or exponential"},
        {"coefficient", TACRO_OPTIONAL, "the coefficient with its unit"},
        {"ref", TACRO_OPTIONAL, "the covariate at which the factor is 1"},
        {"clip", TACRO_OPTIONAL, "the range into which the covariate is moved"},
        {"at_least", TACRO_OPTIONAL, "the value from which on the indicator is 1"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    static const char *const kinds[] = {"value", "exponential"};
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
    if (!tacro_schema_choice(reader, tacro_node_get(item, "kind"), kinds, 2, &kind) ||
        !has_theta || !has_covariate) {
        return;
    }
    relation.kind = (enum tacro_relation_kind)kind;
    const struct tacro_covariate_info *info = tacro_covariate_info(relation.covariate);
    if (relation.kind == TACRO_RELATION_VALUE
            ? check_value(reader, item, info, &set->theta[relation.theta])
            : read_exponential(reader, item, info, &relation)) {
        check_pair(reader, item, set, &relation);
        set->relation[set->nrelations++] = relation;
    }
}

/* -- the reference population ------------------------------------------------------ */

static void read_reference_entry(struct tacro_reader *reader,
                                 const struct tacro_node *item,
                                 enum tacro_covariate_id id, struct tacro_paramset *set)
{
    const char *from = NULL;
    if (item->kind != TACRO_MAP) {
        tacro_schema_note(
            reader, TACRO_FAULT, item,
            "expected a distribution {mean: ..., sd: ...} or {probability: "
            "...}");
        return;
    }
    if (tacro_node_get(item, "mark") == NULL || tacro_node_get(item, "from") == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `mark` and `from`");
        return;
    }
    tacro_mark_read(reader, item, &set->reference_mark[id], &from);
    tacro_covariate_read(reader, item, id, &set->reference[id]);
}

static void read_reference(struct tacro_reader *reader, const struct tacro_node *map,
                           struct tacro_paramset *set)
{
    struct tacro_key keys[TACRO_NCOVARIATES];
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        keys[i] = (struct tacro_key){
            tacro_covariate_info((enum tacro_covariate_id)i)->name, TACRO_OPTIONAL, ""};
    }
    tacro_schema_keys(reader, map, keys, TACRO_NCOVARIATES);
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        const struct tacro_node *item = tacro_node_get(map, keys[i].name);
        if (item != NULL) {
            read_reference_entry(reader, item, (enum tacro_covariate_id)i, set);
        }
    }
}

/** A patient whose value is not known is drawn from it, so each covariate needs one. */
static void check_reference(struct tacro_reader *reader, const struct tacro_node *list,
                            const struct tacro_node *map,
                            const struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_covariate_info *info =
            tacro_covariate_info(set->relation[i].covariate);
        if (tacro_node_get(map, info->name) == NULL) {
            tacro_schema_note(reader, TACRO_FAULT, list,
                              "%s is used (line %zu) but has no entry in `reference`",
                              info->name, set->relation[i].line);
        }
    }
}

enum tacro_status tacro_relations_read(struct tacro_reader *reader,
                                       const struct tacro_node *root,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err)
{
    const struct tacro_node *list = tacro_node_get(root, "covariates");
    const struct tacro_node *reference = tacro_node_get(root, "reference");
    if (tacro_schema_list(reader, list)) {
        set->relation = calloc(list->n, sizeof *set->relation);
        if (set->relation == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "covariates of a params file");
        }
        for (size_t i = 0; i < list->n; i++) {
            read_relation(reader, &list->item[i], set);
        }
    }
    if (set->kind == TACRO_SET_RISK) {
        read_reference(reader, reference, set);
        check_reference(reader, list, reference, set);
    }
    return TACRO_OK;
}
