#include "input/relations.h"

#include "core/lanemath.h"
#include "models/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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
