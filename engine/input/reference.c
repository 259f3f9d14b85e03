#include "input/relations.h"

static void read_reference_entry(struct tacro_reader *reader,
                                 const struct tacro_node *item,
                                 enum tacro_covariate_id id, struct tacro_paramset *set)
{
    const char *from = NULL;
    if (item->kind != TACRO_MAP) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected a distribution {mean: ..., sd: ...}, {probability: "
                          "...} or a level {value: ...}");
        return;
    }
    if (tacro_node_get(item, "mark") == NULL || tacro_node_get(item, "from") == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item, "expected `mark` and `from`");
        return;
    }
    tacro_mark_read(reader, item, &set->reference_mark[id], &from);
    tacro_covariate_read_reference(reader, item, id, &set->reference[id]);
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
        if (set->relation[i].covariate != TACRO_COV_POD &&
            tacro_node_get(map, info->name) == NULL) {
            tacro_schema_note(reader, TACRO_FAULT, list,
                              "%s is used (line %zu) but has no entry in `reference`",
                              info->name, set->relation[i].line);
        }
    }
}

void tacro_reference_read(struct tacro_reader *reader, const struct tacro_node *root,
                          struct tacro_paramset *set)
{
    const struct tacro_node *map = tacro_node_get(root, "reference");
    read_reference(reader, map, set);
    check_reference(reader, tacro_node_get(root, "covariates"), map, set);
}
