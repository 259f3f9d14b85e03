#include "input/relation_kinds.h"

#include "core/lanemath.h"
#include "input/relation_indicator.h"
#include "input/relations.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *const tacro_relation_kinds[TACRO_NRELATION_KINDS] = {
    "value", "exponential", "power", "factor", "linear", "emax", "eta"};

/* -- numbers ----------------------------------------------------------------------- */

/** The number of a relation. */
static bool read_effect(struct tacro_reader *reader, const struct tacro_node *item,
                        const char *key, const struct tacro_quantity *q, double *value)
{
    return tacro_schema_number(reader, tacro_node_get(item, key), q, value);
}

/** The covariate's limits without those of its calibration. */
static struct tacro_quantity hard_limits(const struct tacro_covariate_info *info)
{
    struct tacro_quantity q = info->quantity;
    q.calibrated_min = -INFINITY;
    q.calibrated_max = INFINITY;
    return q;
}

/** Where a paper moves the covariate says nothing of the patients it was fitted to. */
static bool read_clip(struct tacro_reader *reader, const struct tacro_node *item,
                      const struct tacro_covariate_info *info,
                      struct tacro_relation *out)
{
    const struct tacro_node *clip = tacro_node_get(item, "clip");
    const struct tacro_quantity q = hard_limits(info);
    return clip == NULL ||
           tacro_schema_range(reader, clip, &q, &out->clip_min, &out->clip_max);
}

/** A number has a value, a flag or a level is there or not. */
static bool needs_number(struct tacro_reader *reader, const struct tacro_node *item,
                         const struct tacro_covariate_info *info, const char *what)
{
    if (info->type != TACRO_COVARIATE_NUMBER) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s has no %s, expected the kind factor", info->name, what);
        return false;
    }
    return true;
}

/* -- kinds ------------------------------------------------------------------------- */

/** factor exp(coefficient * (x - ref)), x the covariate moved into `clip`, or 0 or 1 */
static bool read_exponential(struct tacro_reader *reader, const struct tacro_node *item,
                             const struct tacro_covariate_info *info,
                             struct tacro_relation *out)
{
    const struct tacro_node *ref = tacro_node_get(item, "ref");
    if (!tacro_relation_read_indicator(reader, item, out)) {
        return false;
    }
    const bool is_binary = tacro_relation_is_binary(out);
    const enum tacro_dimension x = is_binary ? TACRO_NUMBER : info->quantity.dimension;
    const struct tacro_quantity coefficients = {tacro_dimension_per(x), -100.0, 100.0,
                                                -100.0, 100.0};
    const struct tacro_quantity refs = {x, is_binary ? 0.0 : info->quantity.hard_min,
                                        is_binary ? 1.0 : info->quantity.hard_max,
                                        -INFINITY, INFINITY};
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
    const struct tacro_quantity refs = hard_limits(info);
    if (!needs_number(reader, item, info, "power")) {
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

/** A factor that runs one way between two ends is positive if it is so at both. */
static bool check_factor(struct tacro_reader *reader, const struct tacro_node *item,
                         const struct tacro_covariate_info *info,
                         const struct tacro_relation *r)
{
    const struct tacro_quantity *q = &info->quantity;
    const double end[] = {fmax(q->hard_min, r->clip_min),
                          fmin(q->hard_max, r->clip_max)};
    const char *unit =
        q->dimension == TACRO_NUMBER ? "" : tacro_dimension_unit(q->dimension);
    for (size_t i = 0; i < COUNT(end); i++) {
        if (!(tacro_relation_factor(r, r->coefficient, end[i]) > TACRO_LEAST_FACTOR)) {
            tacro_schema_note(
                reader, TACRO_FAULT, item,
                "at %s %g%s%s the factor is not above %g, expected `clip` "
                "to a range in which it is",
                info->name, end[i], *unit == '\0' ? "" : " ", unit, TACRO_LEAST_FACTOR);
            return false;
        }
    }
    return true;
}

/** factor 1 + slope * (x - ref), x the covariate moved into `clip` */
static bool read_linear(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct tacro_covariate_info *info,
                        struct tacro_relation *out)
{
    const struct tacro_quantity slopes = {tacro_dimension_per(info->quantity.dimension),
                                          -100.0, 100.0, -100.0, 100.0};
    const struct tacro_node *ref = tacro_node_get(item, "ref");
    const struct tacro_quantity refs = hard_limits(info);
    if (!needs_number(reader, item, info, "slope")) {
        return false;
    }
    if (tacro_node_get(item, "slope") == NULL || ref == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `slope` and `ref`");
        return false;
    }
    const bool has_slope =
        read_effect(reader, item, "slope", &slopes, &out->coefficient);
    const bool has_ref = tacro_schema_number(reader, ref, &refs, &out->ref);
    const bool has_clip = read_clip(reader, item, info, out);
    return has_slope && has_ref && has_clip && check_factor(reader, item, info, out);
}

/** factor 1 + max * x^hill / (half^hill + x^hill), x the covariate moved into `clip` */
static bool read_emax(struct tacro_reader *reader, const struct tacro_node *item,
                      const struct tacro_covariate_info *info,
                      struct tacro_relation *out)
{
    static const struct tacro_quantity most = {TACRO_NUMBER, -1.0, 100.0, -1.0, 100.0};
    static const struct tacro_quantity hills = {TACRO_NUMBER, 0.0, 20.0, 0.0, 20.0};
    const struct tacro_node *half = tacro_node_get(item, "half");
    const struct tacro_node *hill = tacro_node_get(item, "hill");
    struct tacro_quantity halves = hard_limits(info);
    halves.hard_min = 0.0; /* where half of the effect is there nobody need be */
    out->hill = 1.0;
    if (!needs_number(reader, item, info, "maximum")) {
        return false;
    }
    if (tacro_node_get(item, "max") == NULL || half == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `max` and `half`");
        return false;
    }
    const bool has_max = read_effect(reader, item, "max", &most, &out->coefficient);
    const bool has_half = tacro_schema_positive(reader, half, &halves, &out->half);
    const bool has_hill =
        hill == NULL || tacro_schema_positive(reader, hill, &hills, &out->hill);
    const bool has_clip = read_clip(reader, item, info, out);
    return has_max && has_half && has_hill && has_clip &&
           check_factor(reader, item, info, out);
}

/** It acts where something is so or not so: a flag, or an indicator. */
static bool needs_indicator(struct tacro_reader *reader, const struct tacro_node *item,
                            const struct tacro_covariate_info *info,
                            const struct tacro_relation *out)
{
    if (!tacro_relation_is_binary(out)) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s is no flag, expected `at_least`, `above` or `is`",
                          info->name);
        return false;
    }
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
    if (!tacro_relation_read_indicator(reader, item, out) ||
        !needs_indicator(reader, item, info, out)) {
        return false;
    }
    if (node == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `factor`");
        return false;
    }
    const bool has_factor = read_effect(reader, item, "factor", &factors, &factor);
    if (has_factor && !(factor > 0.0)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is not > 0", node->text);
        return false;
    }
    out->coefficient = has_factor ? tacro_log(factor) : 0.0;
    return has_factor;
}

/** A random effect where a flag or an indicator is set. */
static bool read_eta(struct tacro_reader *reader, const struct tacro_node *item,
                     const struct tacro_covariate_info *info,
                     struct tacro_paramset *set, struct tacro_relation *out)
{
    struct tacro_spread spread;
    if (!tacro_relation_read_indicator(reader, item, out) ||
        !needs_indicator(reader, item, info, out) ||
        !tacro_spread_read(reader, item, set, &spread)) {
        return false;
    }
    out->coefficient = spread.log_sd;
    out->text = spread.text;
    out->uncertainty = spread.law;
    return true;
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

/* -- which keys a kind has --------------------------------------------------------- */

/** A key that says something of another kind is a fault. */
static bool check_keys(struct tacro_reader *reader, const struct tacro_node *item,
                       enum tacro_relation_kind kind)
{
    enum {
        EXPONENTIAL = 1 << TACRO_RELATION_EXPONENTIAL,
        POWER = 1 << TACRO_RELATION_POWER,
        FACTOR = 1 << TACRO_RELATION_FACTOR,
        LINEAR = 1 << TACRO_RELATION_LINEAR,
        EMAX = 1 << TACRO_RELATION_EMAX,
        ETA = 1 << TACRO_RELATION_ETA,
        INDICATED = EXPONENTIAL | FACTOR | ETA,
        SMOOTH = EXPONENTIAL | POWER | LINEAR
    };
    static const struct {
        const char *name;
        int kinds;
    } uses[] = {
        {"coefficient", EXPONENTIAL},
        {"exponent", POWER},
        {"factor", FACTOR},
        {"slope", LINEAR},
        {"max", EMAX},
        {"half", EMAX},
        {"hill", EMAX},
        {"cv", ETA},
        {"log_sd", ETA},
        {"variance", ETA},
        {"ref", SMOOTH},
        {"clip", SMOOTH | EMAX},
        {"at_least", INDICATED},
        {"above", INDICATED},
        {"is", INDICATED},
        {"days", INDICATED},
        {"delay", INDICATED},
        {"onset", INDICATED},
        {"offset", INDICATED},
        {"route", INDICATED},
        {"ci", SMOOTH | EMAX | FACTOR | ETA},
        {"rse", SMOOTH | EMAX | FACTOR | ETA},
        {"uncertainty", SMOOTH | EMAX | FACTOR},
        {"replaces", EXPONENTIAL | FACTOR},
    };
    bool is_good = true;
    for (size_t i = 0; i < COUNT(uses); i++) {
        const struct tacro_node *node = tacro_node_get(item, uses[i].name);
        if (node != NULL && (uses[i].kinds & (1 << kind)) == 0) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "a relation of kind %s has no `%s`",
                              tacro_relation_kinds[kind], uses[i].name);
            is_good = false;
        }
    }
    return is_good;
}

/** The day is no parameter, and the dose acts on how much of it enters. */
static bool check_covariate(struct tacro_reader *reader, const struct tacro_node *item,
                            const struct tacro_paramset *set,
                            const struct tacro_relation *out)
{
    const struct tacro_theta *theta = &set->theta[out->theta];
    if (out->covariate == TACRO_COV_POD && out->kind == TACRO_RELATION_VALUE) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "kind"),
                          "expected power, linear, emax, factor or eta for pod, the "
                          "day");
        return false;
    }
    if (out->covariate != TACRO_COV_dose) {
        return true;
    }
    if (theta->part != set->nparts ||
        (theta->param != TACRO_DOSE_F1 && theta->param != TACRO_DOSE_FREL)) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "parameter"),
                          "%s: the dose acts on F1 and FREL_<formulation> alone",
                          theta->name);
        return false;
    }
    if (tacro_node_get(item, "route") != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "route"),
                          "the dose of F1 and FREL_<formulation> is by mouth, expected "
                          "no route");
        return false;
    }
    if (out->kind != TACRO_RELATION_EXPONENTIAL && out->kind != TACRO_RELATION_POWER &&
        out->kind != TACRO_RELATION_LINEAR) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "kind"),
                          "expected exponential, power or linear for the dose");
        return false;
    }
    return true;
}

bool tacro_relation_read_kind(struct tacro_reader *reader,
                              const struct tacro_node *item, struct tacro_paramset *set,
                              struct tacro_relation *out)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(out->covariate);
    if (!check_covariate(reader, item, set, out) ||
        !check_keys(reader, item, out->kind)) {
        return false;
    }
    switch (out->kind) {
    case TACRO_RELATION_EXPONENTIAL:
        return read_exponential(reader, item, info, out);
    case TACRO_RELATION_POWER:
        return read_power(reader, item, info, out);
    case TACRO_RELATION_FACTOR:
        return read_factor(reader, item, info, out);
    case TACRO_RELATION_LINEAR:
        return read_linear(reader, item, info, out);
    case TACRO_RELATION_EMAX:
        return read_emax(reader, item, info, out);
    case TACRO_RELATION_ETA:
        return read_eta(reader, item, info, set, out);
    case TACRO_RELATION_VALUE:
        break;
    }
    return check_value(reader, item, info, &set->theta[out->theta]);
}

enum tacro_dimension
tacro_relation_coefficient_dimension(const struct tacro_relation *relation)
{
    const enum tacro_dimension x =
        tacro_covariate_info(relation->covariate)->quantity.dimension;
    const bool is_per_unit = relation->kind == TACRO_RELATION_LINEAR ||
                             (relation->kind == TACRO_RELATION_EXPONENTIAL &&
                              !relation->is_indicator && !relation->is_level);
    return is_per_unit ? tacro_dimension_per(x) : TACRO_NUMBER;
}

double tacro_relation_factor(const struct tacro_relation *relation, double coefficient,
                             double x)
{
    double share;
    if (relation->kind == TACRO_RELATION_LINEAR) {
        return fmax(1.0 + coefficient * (x - relation->ref), TACRO_LEAST_FACTOR);
    }
    if (relation->hill == 1.0) {
        share = x / (relation->half + x);
    } else if (x > 0.0) {
        const double ratio = tacro_exp(relation->hill * tacro_log(x / relation->half));
        share = isinf(ratio) ? 1.0 : ratio / (1.0 + ratio);
    } else {
        share = 0.0;
    }
    return fmax(1.0 + coefficient * share, TACRO_LEAST_FACTOR);
}
