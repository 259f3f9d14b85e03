#include "input/relations.h"

#include "core/lanemath.h"
#include "input/interval.h"
#include "input/relation_indicator.h"
#include "input/relation_kinds.h"
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
    const char *names[TACRO_NALL_COVARIATES];
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return false;
    }
    *id = tacro_covariate_find_any(name);
    if (*id < TACRO_NALL_COVARIATES) {
        return true;
    }
    for (size_t i = 0; i < TACRO_NALL_COVARIATES; i++) {
        names[i] = tacro_covariate_info((enum tacro_covariate_id)i)->name;
    }
    const char *nearest = tacro_schema_nearest(name, names, TACRO_NALL_COVARIATES);
    tacro_schema_note(reader, TACRO_FAULT, node, "%s: unknown covariate%s%s%s",
                      tacro_excerpt(name).s, nearest != NULL ? ", did you mean `" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "`?" : "");
    return false;
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
        const bool is_same =
            old->covariate == new->covariate &&
            (old->kind == TACRO_RELATION_ETA) == (new->kind == TACRO_RELATION_ETA);
        if (is_same && !tacro_relations_are_apart(old, new)) {
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

/** What tells a relation from others on its parameter, behind the covariate. */
static void add_indicator(const struct tacro_relation *r, char *text, size_t size)
{
    char level[32];
    char days[64] = "";
    if (r->has_days && isfinite(r->last_pod)) {
        snprintf(days, sizeof days, ":days_%g_%g", r->first_pod, r->last_pod);
    } else if (r->has_days) {
        snprintf(days, sizeof days, ":days_%g_on", r->first_pod);
    }
    snprintf(text, size, "%s%s%s%s", r->is_level ? ":" : "",
             r->is_level ? tacro_relation_level(r, level, sizeof level) : "", days,
             !r->has_route     ? ""
             : r->route == 0.0 ? ":oral"
                               : ":iv");
}

void tacro_relation_key(const struct tacro_paramset *set,
                        const struct tacro_relation *relation, char *text, size_t size)
{
    char indicator[TACRO_RELATION_NAME];
    add_indicator(relation, indicator, sizeof indicator);
    snprintf(text, size, "%s:%s%s", set->theta[relation->theta].name,
             tacro_covariate_info(relation->covariate)->name, indicator);
}

void tacro_relation_name(const struct tacro_paramset *set,
                         const struct tacro_relation *relation, char *text, size_t size)
{
    char key[TACRO_RELATION_NAME];
    tacro_relation_key(set, relation, key, sizeof key);
    snprintf(text, size, "%s%s", key,
             relation->kind == TACRO_RELATION_ETA ? ":eta" : "");
}

const char *tacro_relation_unit(const struct tacro_relation *relation)
{
    return tacro_dimension_unit(tacro_relation_coefficient_dimension(relation));
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
              : tacro_uncertainty_read(reader, node,
                                       tacro_relation_coefficient_dimension(out),
                                       out->coefficient, u))) {
        return false;
    }
    if (u->law == TACRO_LAW_LOGIT || u->law == TACRO_LAW_BETA) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "the number of a relation is no fraction, expected `sd`");
        return false;
    }
    if (out->kind == TACRO_RELATION_ETA) {
        return true; /* it has its own */
    }
    if (!tacro_interval_relation(reader, item, set->kind,
                                 tacro_relation_coefficient_dimension(out), out)) {
        return false;
    }
    if (replaces != NULL && set->kind == TACRO_SET_PK) {
        tacro_schema_note(reader, TACRO_FAULT, replaces,
                          "a draw of a PK file has both numbers, expected none");
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
        {"kind", TACRO_REQUIRED,
         "value, exponential, power, factor, linear, emax or eta"},
        {"coefficient", TACRO_OPTIONAL, "the coefficient with its unit"},
        {"exponent", TACRO_OPTIONAL, "the exponent of the power"},
        {"factor", TACRO_OPTIONAL, "the factor if the flag is set"},
        {"slope", TACRO_OPTIONAL, "the change of the factor per unit"},
        {"max", TACRO_OPTIONAL, "the largest change of the factor"},
        {"half", TACRO_OPTIONAL, "the covariate at half of that change"},
        {"hill", TACRO_OPTIONAL, "the exponent of the covariate"},
        {"cv", TACRO_OPTIONAL, "the spread between patients while it acts"},
        {"log_sd", TACRO_OPTIONAL, "the same on the log scale"},
        {"variance", TACRO_OPTIONAL, "the same squared"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval"},
        {"rse", TACRO_OPTIONAL, "the relative standard error, such as 8.5 %"},
        {"ref", TACRO_OPTIONAL, "the covariate at which the factor is 1"},
        {"clip", TACRO_OPTIONAL, "the range into which the covariate is moved"},
        {"at_least", TACRO_OPTIONAL, "the value from which on the indicator is 1"},
        {"above", TACRO_OPTIONAL, "the value above which the indicator is 1"},
        {"is", TACRO_OPTIONAL, "the level at which the relation acts"},
        {"days", TACRO_OPTIONAL, "the days on which the relation acts"},
        {"route", TACRO_OPTIONAL, "oral or iv: the doses with which it acts"},
        {"delay", TACRO_OPTIONAL, "how much later the flag acts, such as 24 h"},
        {"onset", TACRO_OPTIONAL, "how much later the flag begins to act"},
        {"offset", TACRO_OPTIONAL, "how much later the flag ceases to act"},
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
    if (!tacro_schema_choice(reader, tacro_node_get(item, "kind"), tacro_relation_kinds,
                             TACRO_NRELATION_KINDS, &kind) ||
        !has_theta || !has_covariate) {
        return;
    }
    relation.kind = (enum tacro_relation_kind)kind;
    relation.uncertainty = (struct tacro_uncertainty){
        .law = TACRO_LAW_NONE, .min = -INFINITY, .max = INFINITY, .text = ""};
    if (tacro_relation_read_kind(reader, item, set, &relation) &&
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
