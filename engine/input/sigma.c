#include "input/sigma.h"

#include "input/correlations.h"
#include "models/registry.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const assays[TACRO_NASSAYS] = {
    [TACRO_ASSAY_ANY] = "any",
    [TACRO_ASSAY_LCMS] = "lcms",
    [TACRO_ASSAY_IMMUNOASSAY] = "immunoassay",
};

const char *tacro_assay_name(enum tacro_assay assay)
{
    return assays[assay];
}

/** `lcms` or `immunoassay`; without it, ANY. */
static bool read_assay(struct tacro_reader *reader, const struct tacro_node *node,
                       enum tacro_assay *assay)
{
    size_t choice = 0;
    *assay = TACRO_ASSAY_ANY;
    if (node == NULL) {
        return true;
    }
    if (!tacro_schema_choice(reader, node, assays + 1, TACRO_NASSAYS - 1, &choice)) {
        return false;
    }
    *assay = (enum tacro_assay)(choice + 1);
    return true;
}

/* -- what was read ----------------------------------------------------------------- */

size_t tacro_sigma_outputs(const struct tacro_residual *residual, const char **output)
{
    size_t n = 0;
    for (size_t i = 0; i < residual->n; i++) {
        if (n == 0 || strcmp(output[n - 1], residual->sigma[i].output) != 0) {
            output[n++] = residual->sigma[i].output;
        }
    }
    return n;
}

const struct tacro_sigma *tacro_sigma_find(const struct tacro_residual *residual,
                                           const char *output, enum tacro_assay assay)
{
    const enum tacro_assay wanted = assay == TACRO_ASSAY_ANY ? TACRO_ASSAY_LCMS : assay;
    const struct tacro_sigma *exact = NULL;
    const struct tacro_sigma *any = NULL;
    for (size_t i = 0; i < residual->n; i++) {
        const struct tacro_sigma *s = &residual->sigma[i];
        if (strcmp(s->output, output) == 0) {
            exact = s->assay == wanted ? s : exact;
            any = s->assay == TACRO_ASSAY_ANY ? s : any;
        }
    }
    if (assay == TACRO_ASSAY_ANY && any != NULL) {
        return any;
    }
    return exact != NULL ? exact : any;
}

static double correlation_of(const struct tacro_residual *residual, const char *a,
                             const char *b)
{
    double value = 0.0;
    for (size_t i = 0; i < residual->ncorrelations; i++) {
        const struct tacro_sigma_correlation *c = &residual->correlation[i];
        const bool is_it =
            (strcmp(c->output[0], a) == 0 && strcmp(c->output[1], b) == 0) ||
            (strcmp(c->output[0], b) == 0 && strcmp(c->output[1], a) == 0);
        value = is_it ? c->value : value;
    }
    return value;
}

bool tacro_sigma_factor(const struct tacro_residual *residual,
                        const char *const *output, size_t n, double *factor)
{
    double matrix[TACRO_MAX_OBSERVED * TACRO_MAX_OBSERVED];
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            matrix[i * n + j] =
                i == j ? 1.0 : correlation_of(residual, output[i], output[j]);
        }
    }
    return tacro_cholesky(matrix, n, factor) == n;
}

/* -- reading ----------------------------------------------------------------------- */

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
static void read_error(struct tacro_reader *reader, const struct tacro_node *given,
                       const struct tacro_node *ci, const struct tacro_quantity *q,
                       double *value)
{
    double low = 0.0;
    double high = 0.0;
    if (tacro_schema_number(reader, given, q, value) &&
        tacro_schema_range(reader, ci, q, &low, &high) &&
        !(*value >= low && *value <= high)) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "%s does not contain %s", ci->text,
                          given->text);
    }
}

static void check_keys(struct tacro_reader *reader, const struct tacro_node *item)
{
    const bool has_log_sd = tacro_node_get(item, "log_sd") != NULL;
    const bool has_proportional = tacro_node_get(item, "proportional") != NULL;
    const bool has_additive = tacro_node_get(item, "additive") != NULL;
    const struct tacro_node *ci = tacro_node_get(item, "ci");
    const struct tacro_node *additive_ci = tacro_node_get(item, "additive_ci");
    if (!has_proportional && !has_additive && !has_log_sd) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected `proportional`, `additive` or both, or `log_sd`");
    } else if (has_log_sd && (has_proportional || has_additive)) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(item, "log_sd"),
                          "expected alone, without `proportional` and `additive`");
    }
    if (ci != NULL && !has_proportional && !has_log_sd) {
        tacro_schema_note(reader, TACRO_FAULT, ci, "expected `proportional` beside it");
    }
    if (additive_ci != NULL && !has_additive) {
        tacro_schema_note(reader, TACRO_FAULT, additive_ci,
                          "expected `additive` beside it");
    }
}

static bool read_entry(struct tacro_reader *reader, const struct tacro_node *item,
                       const char *unit, struct tacro_sigma *out)
{
    static const struct tacro_key keys[] = {
        {"proportional", TACRO_OPTIONAL, "the proportional error, such as 16.7 %"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval of `proportional`"},
        {"additive", TACRO_OPTIONAL, "the additive error, such as 1.8 ng/mL"},
        {"additive_ci", TACRO_OPTIONAL, "the 95 % confidence interval of `additive`"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
        {"log_sd", TACRO_OPTIONAL, "the standard deviation of the logarithm"},
        {"assay", TACRO_OPTIONAL, "lcms or immunoassay"},
    };
    static const struct tacro_quantity fractions = {TACRO_NUMBER, 0.0, 3.0, 0.0, 3.0};
    enum tacro_dimension dimension = TACRO_CONCENTRATION;
    double one = 1.0;
    const bool has_levels = tacro_units_find(unit, &dimension, &one);
    const struct tacro_quantity levels = {dimension, 0.0, 1000.0 * one, 0.0,
                                          1000.0 * one};
    const struct tacro_node *log_sd = tacro_node_get(item, "log_sd");
    const struct tacro_node *ci = tacro_node_get(item, "ci");
    if (!tacro_schema_keys(reader, item, keys, COUNT(keys)) ||
        !tacro_mark_read(reader, item, &out->mark, &out->from) ||
        !read_assay(reader, tacro_node_get(item, "assay"), &out->assay)) {
        return false;
    }
    check_keys(reader, item);
    read_error(reader, tacro_node_get(item, "proportional"), ci, &fractions,
               &out->proportional);
    read_error(reader, log_sd, ci, &fractions, &out->log_sd);
    if (has_levels) { /* units of outputs are known ones */
        read_error(reader, tacro_node_get(item, "additive"),
                   tacro_node_get(item, "additive_ci"), &levels, &out->additive);
        out->additive /= one; /* as the output is */
    }
    if (log_sd != NULL && !(out->log_sd > 0.0) && log_sd->kind == TACRO_SCALAR) {
        tacro_schema_note(reader, TACRO_FAULT, log_sd, "%s is not > 0", log_sd->text);
    }
    return true;
}

static void add_entry(struct tacro_reader *reader, const struct tacro_node *item,
                      const char *output, const char *unit,
                      struct tacro_residual *residual)
{
    struct tacro_sigma sigma = {.output = output, .line = item->line};
    if (!read_entry(reader, item, unit, &sigma)) {
        return;
    }
    for (size_t i = 0; i < residual->n; i++) {
        if (strcmp(residual->sigma[i].output, output) == 0 &&
            residual->sigma[i].assay == sigma.assay) {
            tacro_schema_note(reader, TACRO_FAULT, item,
                              "a second entry %s, expected one for each assay",
                              sigma.assay == TACRO_ASSAY_ANY
                                  ? "without `assay`"
                                  : tacro_assay_name(sigma.assay));
            return;
        }
    }
    residual->sigma[residual->n++] = sigma; /* as many as outputs times assays */
}

/** Forget the entries of an output, which others replace. */
static void drop_output(struct tacro_residual *residual, const char *output)
{
    size_t n = 0;
    for (size_t i = 0; i < residual->n; i++) {
        if (strcmp(residual->sigma[i].output, output) != 0) {
            residual->sigma[n++] = residual->sigma[i];
        }
    }
    residual->n = n;
}

static void read_output(struct tacro_reader *reader, const struct tacro_node *item,
                        struct tacro_paramset *set)
{
    const char *known[TACRO_MAX_OBSERVED];
    const char *unit = observed_unit(set, item->key);
    if (unit == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected conc or the name of an output of the parts");
        return;
    }
    drop_output(&set->residual, item->key);
    if (tacro_sigma_outputs(&set->residual, known) == TACRO_MAX_OBSERVED) {
        tacro_schema_note(reader, TACRO_FAULT, item, "more than %d outputs",
                          TACRO_MAX_OBSERVED);
    } else if (item->kind != TACRO_LIST) {
        add_entry(reader, item, item->key, unit, &set->residual);
    } else if (tacro_schema_list(reader, item)) {
        for (size_t i = 0; i < item->n; i++) {
            add_entry(reader, &item->item[i], item->key, unit, &set->residual);
        }
    }
}

/** Name of an output that has an error, or NULL after a fault. */
static const char *read_between(struct tacro_reader *reader,
                                const struct tacro_node *node,
                                const struct tacro_residual *residual)
{
    const char *known[TACRO_MAX_OBSERVED];
    const size_t n = tacro_sigma_outputs(residual, known);
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(known[i], name) == 0) {
            return known[i];
        }
    }
    tacro_schema_note(reader, TACRO_FAULT, node, "`sigma` has no %s",
                      tacro_excerpt(name).s);
    return NULL;
}

static void read_correlation(struct tacro_reader *reader, const struct tacro_node *item,
                             struct tacro_residual *residual)
{
    static const struct tacro_key keys[] = {
        {"between", TACRO_REQUIRED, "two outputs such as [conc, unbound]"},
        {"value", TACRO_REQUIRED, "the correlation, between -1 and 1"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    static const struct tacro_quantity q = {TACRO_NUMBER, -1.0, 1.0, -1.0, 1.0};
    struct tacro_sigma_correlation c = {.value = 0.0};
    const struct tacro_node *between = tacro_node_get(item, "between");
    if (!tacro_schema_keys(reader, item, keys, COUNT(keys)) ||
        !tacro_mark_read(reader, item, &c.mark, &c.from) ||
        !tacro_schema_number(reader, tacro_node_get(item, "value"), &q, &c.value) ||
        !tacro_schema_list(reader, between)) {
        return;
    }
    if (between->n != 2) {
        tacro_schema_note(reader, TACRO_FAULT, between,
                          "expected two outputs such as [conc, unbound]");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        c.output[i] = read_between(reader, &between->item[i], residual);
    }
    if (c.output[0] == NULL || c.output[1] == NULL) {
        return;
    }
    if (strcmp(c.output[0], c.output[1]) == 0) {
        tacro_schema_note(reader, TACRO_FAULT, between, "expected two outputs");
    } else if (correlation_of(residual, c.output[0], c.output[1]) != 0.0) {
        tacro_schema_note(reader, TACRO_FAULT, between, "given twice");
    } else if (c.value != 0.0) {
        /* so there are never more than pairs of outputs */
        residual->correlation[residual->ncorrelations++] = c;
    }
}

static void read_correlations(struct tacro_reader *reader,
                              const struct tacro_node *list,
                              struct tacro_residual *residual)
{
    const char *output[TACRO_MAX_OBSERVED];
    double factor[TACRO_MAX_OBSERVED * TACRO_MAX_OBSERVED];
    const size_t n = tacro_sigma_outputs(residual, output);
    residual->ncorrelations = 0;
    if (!tacro_schema_list(reader, list)) {
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        read_correlation(reader, &list->item[i], residual);
    }
    if (!tacro_sigma_factor(residual, output, n, factor)) {
        tacro_schema_note(reader, TACRO_FAULT, list,
                          "the correlations are not positive definite: no errors can "
                          "go together so");
    }
}

void tacro_sigma_read(struct tacro_reader *reader, const struct tacro_node *map,
                      struct tacro_paramset *set)
{
    const struct tacro_node *corr = tacro_node_get(map, "corr");
    if (!tacro_schema_map(reader, map)) {
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        if (&map->item[i] != corr) {
            read_output(reader, &map->item[i], set);
        }
    }
    if (corr != NULL) {
        read_correlations(reader, corr, &set->residual);
    }
}

/* -- what a scenario observes ------------------------------------------------------ */

/** "conc by lcms or immunoassay, unbound by any". */
static void list_known(const struct tacro_residual *residual, char *text, size_t size)
{
    size_t used = 0;
    const char *last = NULL;
    text[0] = '\0';
    for (size_t i = 0; i < residual->n && used < size; i++) {
        const struct tacro_sigma *s = &residual->sigma[i];
        const bool is_same = last != NULL && strcmp(last, s->output) == 0;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s",
                                 is_same        ? " or "
                                 : last == NULL ? ""
                                                : ", ",
                                 is_same ? "" : s->output, is_same ? "" : " by ",
                                 tacro_assay_name(s->assay));
        last = s->output;
    }
}

static bool check_assay(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *pk, enum tacro_assay assay)
{
    const char *output[TACRO_MAX_OBSERVED];
    const size_t n = tacro_sigma_outputs(&pk->residual, output);
    char known[256];
    if (n == 0) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s has no `sigma`: it has no residual error to observe with",
                          pk->name);
        return false;
    }
    list_known(&pk->residual, known, sizeof known);
    for (size_t i = 0; i < n; i++) {
        if (tacro_sigma_find(&pk->residual, output[i], assay) == NULL) {
            tacro_schema_note(
                reader, TACRO_FAULT, node,
                "%s has no residual error of %s by %s, expected an "
                "assay of: %s",
                pk->name, output[i],
                tacro_assay_name(assay == TACRO_ASSAY_ANY ? TACRO_ASSAY_LCMS : assay),
                known);
            return false;
        }
    }
    return true;
}

bool tacro_observe_read(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *pk, enum tacro_assay *assay)
{
    static const struct tacro_key keys[] = {
        {"assay", TACRO_REQUIRED, "lcms or immunoassay"},
    };
    bool is_observed = true;
    *assay = TACRO_ASSAY_ANY;
    if (node == NULL) {
        return false;
    }
    if (node->kind == TACRO_SCALAR) {
        if (!tacro_schema_flag(reader, node, &is_observed)) {
            return false;
        }
    } else if (!tacro_schema_keys(reader, node, keys, COUNT(keys)) ||
               !read_assay(reader, tacro_node_get(node, "assay"), assay)) {
        return false;
    }
    return is_observed && pk != NULL && check_assay(reader, node, pk, *assay);
}
