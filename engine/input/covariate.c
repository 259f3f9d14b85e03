#include "input/covariate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_LOW(x) ((x) < 0 ? -INFINITY : (x))
#define OPEN_HIGH(x) ((x) < 0 ? INFINITY : (x))
#define INFO(name, type, dimension, hard_min, hard_max, low, high, is_inhibitor)       \
    {#name,                                                                            \
     TACRO_COVARIATE_##type,                                                           \
     is_inhibitor,                                                                     \
     {TACRO_##dimension, hard_min, hard_max, OPEN_LOW(low), OPEN_HIGH(high)},          \
     TACRO_COVARIATE_##type == TACRO_COVARIATE_CHOICE ? (size_t)(hard_max) + 1 : 0,    \
     TACRO_COVARIATE_##type == TACRO_COVARIATE_CHOICE ? levels[TACRO_COV_##name]       \
                                                      : NULL},
/* By the numbers that stand for them; `any` is all solid organs together. */
static const char *const levels[TACRO_NALL_COVARIATES][4] = {
    [TACRO_COV_sex] = {"male", "female"},
    [TACRO_COV_organ] = {"lung", "any", "liver", "heart"},
    [TACRO_COV_induction] = {"none", "basiliximab"},
};

static const struct tacro_covariate_info infos[TACRO_NALL_COVARIATES] = {
    TACRO_COVARIATE_LIST(INFO) TACRO_MADE_COVARIATE_LIST(INFO)};
#undef INFO

static const struct tacro_quantity probabilities = {TACRO_NUMBER, 0.0, 1.0, 0.0, 1.0};
static const struct tacro_quantity ages = {TACRO_AGE, 0.5, 100.0, 0.5, 100.0};
/* h from start; ten years either way, as the day since transplantation */
static const struct tacro_quantity times = {TACRO_TIME, -87600.0, 87600.0, -87600.0,
                                            87600.0};

const struct tacro_covariate_info *tacro_covariate_info(enum tacro_covariate_id id)
{
    return &infos[id];
}

enum tacro_covariate_id tacro_covariate_find(const char *name)
{
    size_t i = 0;
    while (i < TACRO_NCOVARIATES && strcmp(infos[i].name, name) != 0) {
        i++;
    }
    return (enum tacro_covariate_id)i;
}

enum tacro_covariate_id tacro_covariate_find_any(const char *name)
{
    size_t i = 0;
    while (i < TACRO_NALL_COVARIATES && strcmp(infos[i].name, name) != 0) {
        i++;
    }
    return (enum tacro_covariate_id)i;
}

/* A count of alleles: no part of one. */
static bool is_whole(const struct tacro_covariate_info *info)
{
    return info == &infos[TACRO_COV_cyp3a5_alleles];
}

bool tacro_covariate_is_value(const struct tacro_covariate_info *info, double x)
{
    return x >= info->quantity.hard_min && x <= info->quantity.hard_max &&
           (!is_whole(info) || x == floor(x));
}

struct tacro_excerpt tacro_covariate_scale(const struct tacro_covariate_info *info,
                                           double value)
{
    static const struct {
        enum tacro_dimension dimension;
        const char *unit; /* in which the level is often printed */
    } others[] = {{TACRO_ALBUMIN, "g/dL"}, {TACRO_CREATININE, "mg/dL"}};
    struct tacro_excerpt out = {""};
    if (is_whole(info)) {
        snprintf(out.s, sizeof out.s, ", a whole number");
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const enum tacro_dimension dimension = others[i].dimension;
        char text[48];
        double x = 0.0;
        snprintf(text, sizeof text, "%.17g %s", value, others[i].unit);
        if (info->quantity.dimension == dimension &&
            tacro_units_parse(text, dimension, &x, NULL) == TACRO_OK &&
            tacro_covariate_is_value(info, x)) {
            snprintf(out.s, sizeof out.s, ": %g %s is %.3g %s", value, others[i].unit,
                     x, tacro_dimension_unit(dimension));
        }
    }
    return out;
}

/** 28 for a hematocrit of 0.28 is the one mistake that deserves a hint of its own. */
static bool is_percent_as_number(struct tacro_reader *reader,
                                 const struct tacro_node *node,
                                 const struct tacro_quantity *q)
{
    double x = 0.0;
    if (node->kind != TACRO_SCALAR || q->dimension != TACRO_NUMBER ||
        q->hard_max >= 1.0 ||
        tacro_units_parse(node->text, TACRO_NUMBER, &x, NULL) != TACRO_OK ||
        x < 100.0 * q->hard_min || x > 100.0 * q->hard_max) {
        return false;
    }
    tacro_schema_note(
        reader, TACRO_FAULT, node,
        "%s is outside %g to %g: a hematocrit is a fraction, %g %% is %g or "
        "`%g %%`",
        tacro_excerpt(node->text).s, q->hard_min, q->hard_max, x, x / 100.0, x);
    return true;
}

/** 3.5 g/L of albumin, 1.1 umol/L of creatinine: numbers of g/dL and mg/dL. */
static bool is_other_scale(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct tacro_covariate_info *info)
{
    const struct tacro_quantity *q = &info->quantity;
    double x = 0.0;
    if (node->kind != TACRO_SCALAR || is_whole(info) ||
        tacro_units_parse(node->text, q->dimension, &x, NULL) != TACRO_OK ||
        tacro_covariate_is_value(info, x) ||
        tacro_covariate_scale(info, x).s[0] == '\0') {
        return false;
    }
    tacro_schema_note(reader, TACRO_FAULT, node, "%s is outside %g to %g %s%s",
                      tacro_excerpt(node->text).s, q->hard_min, q->hard_max,
                      tacro_dimension_unit(q->dimension),
                      tacro_covariate_scale(info, x).s);
    return true;
}

static bool read_number(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_covariate_info *info,
                        const struct tacro_quantity *q, double *value)
{
    if (node == NULL || is_percent_as_number(reader, node, q) ||
        is_other_scale(reader, node, info) ||
        !tacro_schema_number(reader, node, q, value)) {
        return false;
    }
    if (!tacro_covariate_is_value(info, *value)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s: expected 0, 1 or 2",
                          tacro_excerpt(node->text).s);
        return false;
    }
    return true;
}

/** One value of the covariate's type, as a number. */
static bool read_value(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_covariate_info *info, double *value)
{
    bool flag = false;
    size_t level = 0;
    switch (info->type) {
    case TACRO_COVARIATE_FLAG:
        if (!tacro_schema_flag(reader, node, &flag)) {
            return false;
        }
        *value = flag ? 1.0 : 0.0;
        return true;
    case TACRO_COVARIATE_CHOICE:
        if (!tacro_schema_choice(reader, node, info->level, info->nlevels, &level)) {
            return false;
        }
        *value = (double)level;
        return true;
    default:
        return read_number(reader, node, info, &info->quantity, value);
    }
}

static bool read_constant(struct tacro_reader *reader, const struct tacro_node *node,
                          const struct tacro_covariate_info *info,
                          struct tacro_covariate *out)
{
    double value = 0.0;
    if (strcmp(node->text, "unknown") == 0) {
        out->distribution = TACRO_UNKNOWN;
        return true;
    }
    if (!read_value(reader, node, info, &value)) {
        return false;
    }
    out->step = malloc(sizeof *out->step);
    if (out->step == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
        return false;
    }
    out->step[0] = (struct tacro_covariate_step){-INFINITY, value};
    out->n = 1;
    out->distribution = TACRO_STEPS;
    return true;
}

static bool read_step(struct tacro_reader *reader, const struct tacro_node *item,
                      const struct tacro_covariate_info *info,
                      struct tacro_covariate *out)
{
    static const struct tacro_key keys[] = {
        {"from", TACRO_REQUIRED, "the time from which the value holds, such as 2 d"},
        {"value", TACRO_REQUIRED, "the value"},
    };
    struct tacro_covariate_step step = {0};
    if (!tacro_schema_keys(reader, item, keys, 2)) {
        return false;
    }
    const struct tacro_node *from = tacro_node_get(item, "from");
    const bool has_from = tacro_schema_number(reader, from, &times, &step.from);
    const bool has_value =
        read_value(reader, tacro_node_get(item, "value"), info, &step.value);
    if (!has_from || !has_value) {
        return false;
    }
    if (item->index == 0 && step.from > 0.0) {
        tacro_schema_note(
            reader, TACRO_FAULT, from,
            "%s: the first value must hold from 0 d (the start) or earlier",
            from->text);
        return false;
    }
    if (out->n > 0 && !(step.from > out->step[out->n - 1].from)) {
        tacro_schema_note(reader, TACRO_FAULT, from,
                          "%s is not after the item before it", from->text);
        return false;
    }
    out->step[out->n++] = step;
    return true;
}

static bool read_steps(struct tacro_reader *reader, const struct tacro_node *node,
                       enum tacro_covariate_id id, struct tacro_covariate *out)
{
    bool is_good = true;
    if (id == TACRO_COV_age || id == TACRO_COV_sex || id == TACRO_COV_organ) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s does not change with time, expected one value",
                          infos[id].name);
        return false;
    }
    if (!tacro_schema_list(reader, node)) {
        return false;
    }
    out->step = calloc(node->n, sizeof *out->step);
    if (out->step == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
        return false;
    }
    for (size_t i = 0; i < node->n; i++) {
        is_good = read_step(reader, &node->item[i], &infos[id], out) && is_good;
    }
    out->distribution = TACRO_STEPS;
    return is_good;
}

/** sd, or cv of the mean. */
static bool read_spread(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_covariate_info *info,
                        struct tacro_covariate *out)
{
    static const struct tacro_quantity fractions = {TACRO_NUMBER, 0.0, 3.0, 0.0, 3.0};
    const struct tacro_node *sd = tacro_node_get(node, "sd");
    const struct tacro_node *cv = tacro_node_get(node, "cv");
    const struct tacro_node *given = sd != NULL ? sd : cv;
    struct tacro_quantity q = info->quantity;
    double fraction = 0.0;
    if ((sd == NULL) == (cv == NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "expected either `sd` or `cv`");
        return false;
    }
    q.hard_min = 0.0;
    q.hard_max -= info->quantity.hard_min;
    q.calibrated_min = -INFINITY;
    q.calibrated_max = INFINITY;
    if (cv != NULL && tacro_schema_number(reader, cv, &fractions, &fraction)) {
        out->sd = fraction * out->mean;
    } else if (cv != NULL || !tacro_schema_number(reader, sd, &q, &out->sd)) {
        return false;
    }
    if (!(out->sd > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, given,
                          "%s: a spread must be above 0, write a single value for none",
                          given->text);
        return false;
    }
    return true;
}

static bool read_limits(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_covariate_info *info,
                        struct tacro_covariate *out)
{
    const struct tacro_node *min = tacro_node_get(node, "min");
    const struct tacro_node *max = tacro_node_get(node, "max");
    struct tacro_quantity q = info->quantity;
    q.calibrated_min = -INFINITY; /* a tail outside calibration needs no warning */
    q.calibrated_max = INFINITY;
    out->min = q.hard_min;
    out->max = q.hard_max;
    const bool is_min_good =
        min == NULL || read_number(reader, min, info, &q, &out->min);
    const bool is_max_good =
        max == NULL || read_number(reader, max, info, &q, &out->max);
    if (!is_min_good || !is_max_good) {
        return false;
    }
    if (!(out->min < out->max && out->mean >= out->min && out->mean <= out->max)) {
        tacro_schema_note(
            reader, TACRO_FAULT, node,
            "expected min <= mean <= max and min < max, found min %g, mean "
            "%g, max %g (%s)",
            out->min, out->mean, out->max,
            tacro_dimension_unit(info->quantity.dimension));
        return false;
    }
    return true;
}

static bool read_normal(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_covariate_info *info,
                        struct tacro_covariate *out)
{
    static const struct tacro_key keys[] = {
        {"mean", TACRO_REQUIRED, "the mean"},
        {"sd", TACRO_OPTIONAL, "the standard deviation"},
        {"cv", TACRO_OPTIONAL, "the standard deviation over the mean"},
        {"min", TACRO_OPTIONAL, "the smallest value"},
        {"max", TACRO_OPTIONAL, "the largest value"},
        {"outside", TACRO_OPTIONAL, "clip or redraw"},
        {"mark", TACRO_OPTIONAL, "how the numbers were verified"},
        {"from", TACRO_OPTIONAL, "where the numbers were read"},
    };
    static const char *const outside[] = {"redraw", "clip"};
    const struct tacro_node *limits = tacro_node_get(node, "outside");
    size_t way = 0;
    if (info->type != TACRO_COVARIATE_NUMBER || is_whole(info)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s has no mean, expected one value or {probability: ...}",
                          info->name);
        return false;
    }
    if (!tacro_schema_keys(reader, node, keys, sizeof keys / sizeof keys[0]) ||
        !read_number(reader, tacro_node_get(node, "mean"), info, &info->quantity,
                     &out->mean) ||
        !read_spread(reader, node, info, out) ||
        !read_limits(reader, node, info, out) ||
        (limits != NULL && !tacro_schema_choice(reader, limits, outside, 2, &way))) {
        return false;
    }
    out->distribution = way == 1 ? TACRO_CLIPPED : TACRO_NORMAL;
    return true;
}

/* The flag with which there is none: known to be so, not drawn so. */
static bool read_absent_with(struct tacro_reader *reader, const struct tacro_node *node,
                             const struct tacro_covariate_info *info,
                             struct tacro_covariate *out)
{
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return false;
    }
    out->absent_with = tacro_covariate_find(name);
    if (out->absent_with == TACRO_NCOVARIATES ||
        infos[out->absent_with].type != TACRO_COVARIATE_FLAG ||
        &infos[out->absent_with] == info) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s: expected another flag",
                          tacro_excerpt(name).s);
        return false;
    }
    out->has_absent_with = true;
    return true;
}

/* Its value is a level or 1, unless the covariate is a number. */
static bool read_drawn_value(struct tacro_reader *reader, const struct tacro_node *node,
                             const struct tacro_covariate_info *info,
                             struct tacro_covariate *out)
{
    const struct tacro_node *value = tacro_node_get(node, "value");
    const bool needs_value = info->type == TACRO_COVARIATE_NUMBER;
    if (info->nlevels > 2) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s has %zu levels, expected one of them", info->name,
                          info->nlevels);
        return false;
    }
    if (needs_value != (value != NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, value != NULL ? value : node,
                          needs_value
                              ? "expected {probability: ..., value: ...} or {mean: "
                                "..., sd: ...}, %s is a number"
                              : "%s is drawn as such, expected no `value`",
                          info->name);
        return false;
    }
    out->value = 1.0;
    return !needs_value ||
           read_number(reader, value, info, &info->quantity, &out->value);
}

static bool read_bernoulli(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct tacro_covariate_info *info, bool is_reference,
                           struct tacro_covariate *out)
{
    static const struct tacro_key keys[] = {
        {"probability", TACRO_REQUIRED, "a probability, such as 40 %"},
        {"value", TACRO_OPTIONAL, "the value with that probability"},
        {"below_age", TACRO_OPTIONAL, "the age from which on there is none"},
        {"mark", TACRO_OPTIONAL, "how the numbers were verified"},
        {"from", TACRO_OPTIONAL, "where the numbers were read"},
        {"absent_with", TACRO_OPTIONAL, "the flag with which there is none"},
    };
    const struct tacro_node *age = tacro_node_get(node, "below_age");
    const struct tacro_node *with = tacro_node_get(node, "absent_with");
    const size_t nkeys = sizeof keys / sizeof keys[0] - (is_reference ? 0 : 1);
    if (!tacro_schema_keys(reader, node, keys, nkeys) ||
        !tacro_schema_number(reader, tacro_node_get(node, "probability"),
                             &probabilities, &out->probability) ||
        !read_drawn_value(reader, node, info, out)) {
        return false;
    }
    if (age != NULL && !tacro_schema_number(reader, age, &ages, &out->below_age)) {
        return false;
    }
    if (with != NULL && !read_absent_with(reader, with, info, out)) {
        return false;
    }
    out->distribution = TACRO_BERNOULLI;
    return true;
}

static bool read_distribution(struct tacro_reader *reader,
                              const struct tacro_node *node,
                              const struct tacro_covariate_info *info,
                              bool is_reference, struct tacro_covariate *out)
{
    if (tacro_node_get(node, "probability") != NULL) {
        return read_bernoulli(reader, node, info, is_reference, out);
    }
    if (tacro_node_get(node, "mean") != NULL) {
        return read_normal(reader, node, info, out);
    }
    tacro_schema_note(
        reader, TACRO_FAULT, node,
        info->type == TACRO_COVARIATE_NUMBER
            ? "expected one value, {mean: ..., sd: ...}, {probability: ..., "
              "value: ...} or a list of {from: ..., value: ...}"
            : "expected one value, {probability: ...} or a list of {from: "
              "..., value: ...}");
    return false;
}

/* {value: lung, mark: ..., from: ...} */
static bool read_default(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_covariate_info *info,
                         struct tacro_covariate *out)
{
    static const struct tacro_key keys[] = {
        {"value", TACRO_REQUIRED, "the level"},
        {"mark", TACRO_OPTIONAL, "how it was verified"},
        {"from", TACRO_OPTIONAL, "where it was read"},
    };
    const struct tacro_node *value = tacro_node_get(node, "value");
    if (info->type == TACRO_COVARIATE_NUMBER) {
        tacro_schema_note(reader, TACRO_FAULT, value,
                          "%s is a number, expected {mean: ..., sd: ...} or "
                          "{probability: ..., value: ...}",
                          info->name);
        return false;
    }
    if (!tacro_schema_keys(reader, node, keys, sizeof keys / sizeof keys[0])) {
        return false;
    }
    if (value->kind != TACRO_SCALAR || strcmp(value->text, "unknown") == 0) {
        tacro_schema_note(reader, TACRO_FAULT, value, "expected one value of %s",
                          info->name);
        return false;
    }
    return read_constant(reader, value, info, out);
}

bool tacro_covariate_read(struct tacro_reader *reader, const struct tacro_node *node,
                          enum tacro_covariate_id id, struct tacro_covariate *out)
{
    bool is_good = false;
    *out =
        (struct tacro_covariate){.distribution = TACRO_ABSENT, .below_age = INFINITY};
    if (node == NULL) {
        return false;
    }
    out->line = node->line;
    if (node->kind == TACRO_SCALAR) {
        is_good = read_constant(reader, node, &infos[id], out);
    } else if (node->kind == TACRO_LIST) {
        is_good = read_steps(reader, node, id, out);
    } else {
        is_good = read_distribution(reader, node, &infos[id], false, out);
    }
    if (!is_good) {
        tacro_covariate_free(out);
    }
    return is_good;
}

bool tacro_covariate_read_reference(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    enum tacro_covariate_id id,
                                    struct tacro_covariate *out)
{
    const bool is_default = tacro_node_get(node, "value") != NULL &&
                            tacro_node_get(node, "probability") == NULL;
    *out =
        (struct tacro_covariate){.distribution = TACRO_ABSENT, .below_age = INFINITY};
    const bool is_good = is_default
                             ? read_default(reader, node, &infos[id], out)
                             : read_distribution(reader, node, &infos[id], true, out);
    out->line = node->line;
    if (!is_good) {
        tacro_covariate_free(out);
    }
    return is_good;
}

void tacro_covariate_free(struct tacro_covariate *covariate)
{
    free(covariate->step);
    covariate->step = NULL;
    covariate->n = 0;
    covariate->distribution = TACRO_ABSENT;
}

bool tacro_covariate_is_true(const struct tacro_covariate *covariate)
{
    return covariate->distribution == TACRO_STEPS && covariate->n == 1 &&
           covariate->step[0].value != 0.0;
}
