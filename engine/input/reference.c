#include "input/derived.h"
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

static void check_entry(struct tacro_reader *reader, const struct tacro_node *list,
                        const struct tacro_node *map, enum tacro_covariate_id id,
                        const struct tacro_relation *relation)
{
    const char *name = tacro_covariate_info(id)->name;
    const char *of = tacro_covariate_info(relation->covariate)->name;
    if (tacro_node_get(map, name) != NULL) {
        return;
    }
    tacro_schema_note(reader, TACRO_FAULT, list,
                      "%s is used (line %zu%s%s) but has no entry in `reference`", name,
                      relation->line, relation->covariate == id ? "" : ", by ",
                      relation->covariate == id ? "" : of);
}

/** A patient whose value is not known is drawn from it, so each covariate needs one. */
static void check_reference(struct tacro_reader *reader, const struct tacro_node *list,
                            const struct tacro_node *map,
                            const struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *relation = &set->relation[i];
        enum tacro_covariate_id source[TACRO_MAX_SOURCES];
        const size_t n = tacro_derived_sources(relation->covariate, source);
        for (size_t k = 0; k < n; k++) {
            check_entry(reader, list, map, source[k], relation);
        }
        if (relation->covariate < TACRO_NCOVARIATES) {
            check_entry(reader, list, map, relation->covariate, relation);
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
