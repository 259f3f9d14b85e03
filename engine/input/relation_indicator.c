#include "input/relation_indicator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const routes[] = {"oral", "iv"};

/** `is: liver`, `is: true`, `is: 2`: the relation acts on those of that value. */
static bool read_level(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_covariate_info *info,
                       struct tacro_relation *out)
{
    struct tacro_quantity q = info->quantity;
    size_t level = 0;
    bool flag = false;
    bool is_good = false;
    q.calibrated_min = -INFINITY;
    q.calibrated_max = INFINITY;
    out->is_level = true;
    switch (info->type) {
    case TACRO_COVARIATE_CHOICE:
        is_good = tacro_schema_choice(reader, node, info->level, info->nlevels, &level);
        out->level = (double)level;
        break;
    case TACRO_COVARIATE_FLAG:
        is_good = tacro_schema_flag(reader, node, &flag);
        out->level = flag ? 1.0 : 0.0;
        break;
    case TACRO_COVARIATE_NUMBER:
        is_good = tacro_schema_number(reader, node, &q, &out->level);
        break;
    }
    return is_good;
}

/** `at_least: female`, `above: 25 mg/day`, `is: liver`: it acts by an indicator. */
static bool read_limit(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_covariate_info *info,
                       struct tacro_relation *out)
{
    const struct tacro_node *at_least = tacro_node_get(item, "at_least");
    const struct tacro_node *above = tacro_node_get(item, "above");
    const struct tacro_node *is = tacro_node_get(item, "is");
    const struct tacro_node *node = at_least != NULL ? at_least : above;
    size_t level = 0;
    if (node != NULL && (is != NULL || node != above) &&
        (is != NULL || above != NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, is != NULL ? is : above,
                          "expected no `%s` beside it", node->key);
        return false;
    }
    out->is_indicator = node != NULL;
    out->is_above = above != NULL;
    if (is != NULL) {
        return read_level(reader, is, info, out);
    }
    if (info->type == TACRO_COVARIATE_CHOICE &&
        (at_least == NULL || info->nlevels > 2)) {
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
    if (out->covariate == TACRO_COV_POD) {
        tacro_schema_note(
            reader, TACRO_FAULT, days,
            "pod is the day itself, expected `at_least`, `above` or `is`");
        return false;
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

/** `delay: 24 h`, or `onset` and `offset`: how much later the flag begins and ends. */
static bool read_delay(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_covariate_info *info,
                       struct tacro_relation *out)
{
    static const struct tacro_quantity delays = {TACRO_TIME, 0.0, 8760.0, 0.0, 8760.0};
    const struct tacro_node *delay = tacro_node_get(item, "delay");
    const struct tacro_node *onset = tacro_node_get(item, "onset");
    const struct tacro_node *offset = tacro_node_get(item, "offset");
    const struct tacro_node *given = delay != NULL   ? delay
                                     : onset != NULL ? onset
                                                     : offset;
    if (given == NULL) {
        return true;
    }
    if (info->type != TACRO_COVARIATE_FLAG) {
        tacro_schema_note(reader, TACRO_FAULT, given, "%s is no flag", info->name);
        return false;
    }
    if (delay != NULL && (onset != NULL || offset != NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, delay,
                          "expected no `onset` or `offset` beside it, it is both");
        return false;
    }
    if (delay != NULL) {
        const bool is_good = tacro_schema_positive(reader, delay, &delays, &out->onset);
        out->offset = out->onset;
        return is_good;
    }
    const bool has_onset =
        onset == NULL || tacro_schema_number(reader, onset, &delays, &out->onset);
    const bool has_offset =
        offset == NULL || tacro_schema_number(reader, offset, &delays, &out->offset);
    return has_onset && has_offset;
}

static bool read_route(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_relation *out)
{
    size_t route = 0;
    if (node == NULL) {
        return true;
    }
    out->has_route = true;
    const bool is_good =
        tacro_schema_choice(reader, node, routes, COUNT(routes), &route);
    out->route = (double)route;
    return is_good;
}

bool tacro_relation_read_indicator(struct tacro_reader *reader,
                                   const struct tacro_node *item,
                                   struct tacro_relation *out)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(out->covariate);
    const bool has_limit = read_limit(reader, item, info, out);
    const bool has_days = read_days(reader, tacro_node_get(item, "days"), out);
    const bool has_delay = read_delay(reader, item, info, out);
    const bool has_route = read_route(reader, tacro_node_get(item, "route"), out);
    return has_limit && has_days && has_delay && has_route;
}

bool tacro_relation_is_binary(const struct tacro_relation *relation)
{
    return relation->is_indicator || relation->is_level ||
           tacro_covariate_info(relation->covariate)->type == TACRO_COVARIATE_FLAG;
}

bool tacro_relation_is_set(const struct tacro_relation *relation, double value)
{
    if (relation->is_level) {
        return value == relation->level;
    }
    if (relation->is_indicator) {
        return relation->is_above ? value > relation->at_least
                                  : value >= relation->at_least;
    }
    return value != 0.0;
}

const char *tacro_relation_level(const struct tacro_relation *relation, char *text,
                                 size_t size)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(relation->covariate);
    if (info->type == TACRO_COVARIATE_CHOICE) {
        return info->level[(size_t)relation->level];
    }
    if (info->type == TACRO_COVARIATE_FLAG) {
        return relation->level != 0.0 ? "true" : "false";
    }
    snprintf(text, size, "%g", relation->level);
    return text;
}

bool tacro_relations_are_apart(const struct tacro_relation *a,
                               const struct tacro_relation *b)
{
    const bool is_in_step = a->onset == b->onset && a->offset == b->offset;
    if (is_in_step && a->is_level && (b->is_level || b->is_indicator) &&
        !tacro_relation_is_set(b, a->level)) {
        return true;
    }
    if (is_in_step && b->is_level && a->is_indicator &&
        !tacro_relation_is_set(a, b->level)) {
        return true;
    }
    if (a->has_route && b->has_route && a->route != b->route) {
        return true;
    }
    return a->has_days && b->has_days &&
           (a->last_pod < b->first_pod || b->last_pod < a->first_pod);
}
