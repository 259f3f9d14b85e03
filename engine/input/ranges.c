#include "input/ranges.h"

#include <math.h>
#include <string.h>

/* -- reading ----------------------------------------------------------------------- */

static void note_unknown(struct tacro_reader *reader, const struct tacro_node *item)
{
    const char *names[TACRO_NALL_COVARIATES];
    for (size_t i = 0; i < TACRO_NALL_COVARIATES; i++) {
        names[i] = tacro_covariate_info((enum tacro_covariate_id)i)->name;
    }
    const char *nearest = tacro_schema_nearest(item->key, names, TACRO_NALL_COVARIATES);
    if (nearest != NULL) {
        tacro_schema_note_key(reader, TACRO_FAULT, item,
                              "no such covariate, did you mean `%s`?", nearest);
    } else {
        tacro_schema_note_key(reader, TACRO_FAULT, item, "no such covariate");
    }
}

static void read_range(struct tacro_reader *reader, const struct tacro_node *item,
                       struct tacro_paramset *set)
{
    struct tacro_range *range = &set->range[set->nranges];
    const enum tacro_covariate_id id = tacro_covariate_find_any(item->key);
    if (id == TACRO_NALL_COVARIATES) {
        note_unknown(reader, item);
        return;
    }
    const struct tacro_covariate_info *info = tacro_covariate_info(id);
    struct tacro_quantity quantity = info->quantity;
    quantity.calibrated_min = -INFINITY; /* it says what is calibrated */
    quantity.calibrated_max = INFINITY;
    if (info->type != TACRO_COVARIATE_NUMBER) {
        tacro_schema_note_key(reader, TACRO_FAULT, item,
                              "is no number, expected covariates that have a range");
    } else if (tacro_schema_range(reader, item, &quantity, &range->low, &range->high)) {
        range->covariate = id;
        range->text = item->text;
        set->nranges++;
    }
}

void tacro_ranges_read(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_paramset *set)
{
    if (node == NULL || !tacro_schema_map(reader, node)) {
        return;
    }
    for (size_t i = 0; i < node->n && set->nranges < TACRO_MAX_RANGES; i++) {
        read_range(reader, &node->item[i], set);
    }
}

/* -- the patients of a scenario ---------------------------------------------------- */

static void warn(struct tacro_reader *reader, const struct tacro_node *node,
                 const struct tacro_range *range, const struct tacro_paramset *set,
                 double value)
{
    if (node != NULL && node->text != NULL &&
        (value < range->low || value > range->high)) {
        tacro_schema_note(reader, TACRO_WARNING, node,
                          "%s is outside %s, the population of %s", node->text,
                          range->text, set->name);
    }
}

static void warn_of(struct tacro_reader *reader, const struct tacro_node *node,
                    const struct tacro_covariate *c, const struct tacro_range *range,
                    const struct tacro_paramset *set)
{
    switch (c->distribution) {
    case TACRO_STEPS:
        if (node->kind == TACRO_SCALAR) {
            warn(reader, node, range, set, c->step[0].value);
        }
        for (size_t i = 0; node->kind == TACRO_LIST && i < node->n && i < c->n; i++) {
            warn(reader, tacro_node_get(&node->item[i], "value"), range, set,
                 c->step[i].value);
        }
        break;
    case TACRO_NORMAL:
    case TACRO_CLIPPED:
        warn(reader, tacro_node_get(node, "mean"), range, set, c->mean);
        break;
    case TACRO_BERNOULLI:
        warn(reader, tacro_node_get(node, "value"), range, set, c->value);
        break;
    default: /* absent, unknown, of a table: each patient's own */
        break;
    }
}

static void warn_of_set(struct tacro_reader *reader, const struct tacro_node *patients,
                        const struct tacro_input *in, const struct tacro_paramset *set)
{
    for (size_t i = 0; set != NULL && i < set->nranges; i++) {
        const struct tacro_range *range = &set->range[i];
        const char *name = tacro_covariate_info(range->covariate)->name;
        const struct tacro_node *node = tacro_node_get(patients, name);
        if (node != NULL && range->covariate < TACRO_NCOVARIATES) {
            warn_of(reader, node, &in->covariate[range->covariate], range, set);
        }
    }
}

void tacro_ranges_warn(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_input *in)
{
    for (size_t i = 0; i < in->npks; i++) {
        warn_of_set(reader, node, in, in->model[i].pk);
    }
    for (size_t i = 0; i < in->nrisks; i++) {
        warn_of_set(reader, node, in, in->risk[i]);
    }
}
