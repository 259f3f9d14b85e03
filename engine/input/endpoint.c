#include "input/endpoint.h"

#include "input/scenario.h"
#include "input/sets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MONTH 30 /* days */
#define WEEK 7

static const char *const names[TACRO_NENDPOINTS] = {[TACRO_AKI_WEEK1] = "aki_week1",
                                                    [TACRO_INFECTION_YEAR1] =
                                                        "infection_year1",
                                                    [TACRO_DM_FLARE] = "dm_flare"};

/* The numbers that a file must have, in the order of the enums. */
struct form {
    const char *name;
    enum tacro_dimension dimension;
    double min;
    double max;
};

static const struct form forms[TACRO_NENDPOINTS][TACRO_MAX_ENDPOINT_NUMBERS] = {
    [TACRO_AKI_WEEK1] = {{"INTERCEPT", TACRO_NUMBER, -20.0, 20.0},
                         {"SUPRATHERAPEUTIC", TACRO_NUMBER, -20.0, 20.0},
                         {"NEPHROTOXIC", TACRO_NUMBER, -20.0, 20.0},
                         {"INFECTION", TACRO_NUMBER, -20.0, 20.0},
                         {"CYSTIC_FIBROSIS", TACRO_NUMBER, -20.0, 20.0},
                         {"NEPHROTOXIC_SHARE", TACRO_NUMBER, 0.0, 1.0}},
    [TACRO_INFECTION_YEAR1] = {{"LOG_RR", TACRO_NUMBER, -5.0, 5.0},
                               {"LIMIT", TACRO_CONCENTRATION, 0.0, 100.0}},
    [TACRO_DM_FLARE] = {{"CASES_1_OF_11", TACRO_NUMBER, 0.0, 1.0},
                        {"CASES_2_OF_13", TACRO_NUMBER, 0.0, 1.0}},
};

const char *tacro_endpoint_number(enum tacro_endpoint_id id, size_t number)
{
    return forms[id][number].name;
}

/* -- the file of an endpoint ------------------------------------------------------- */

static void read_number(struct tacro_reader *reader, const struct tacro_node *item,
                        const struct form *form, struct tacro_number *out)
{
    static const struct tacro_key keys[] = {
        {"value", TACRO_REQUIRED, "the value with its unit"},
        {"uncertainty", TACRO_OPTIONAL, NULL},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    const struct tacro_quantity q = {form->dimension, form->min, form->max, -INFINITY,
                                     INFINITY};
    const struct tacro_node *value = tacro_node_get(item, "value");
    if (tacro_schema_keys(reader, item, keys, COUNT(keys)) &&
        tacro_mark_read(reader, item, &out->mark, &out->from) &&
        tacro_schema_number(reader, value, &q, &out->value) &&
        tacro_uncertainty_read(reader, tacro_node_get(item, "uncertainty"),
                               form->dimension, out->value, &out->uncertainty)) {
        out->text = value->text;
    }
}

static void read_numbers(struct tacro_reader *reader, const struct tacro_node *map,
                         struct tacro_endpoint *out)
{
    struct tacro_key keys[TACRO_MAX_ENDPOINT_NUMBERS];
    for (out->nnumbers = 0; out->nnumbers < TACRO_MAX_ENDPOINT_NUMBERS &&
                            forms[out->id][out->nnumbers].name != NULL;
         out->nnumbers++) {
        keys[out->nnumbers] = (struct tacro_key){forms[out->id][out->nnumbers].name,
                                                 TACRO_REQUIRED, "a number"};
    }
    tacro_schema_keys(reader, map, keys, out->nnumbers);
    for (size_t i = 0; i < out->nnumbers; i++) {
        const struct tacro_node *item = tacro_node_get(map, keys[i].name);
        if (item != NULL) {
            read_number(reader, item, &forms[out->id][i], &out->number[i]);
        }
    }
}

static void read_file(struct tacro_reader *reader, const struct tacro_node *root,
                      struct tacro_endpoint *out)
{
    static const struct tacro_key keys[] = {
        {"name", TACRO_REQUIRED, "the name of the endpoint"},
        {"kind", TACRO_REQUIRED, "endpoint"},
        {"title", TACRO_REQUIRED, "what the probability is of"},
        {"population", TACRO_REQUIRED, "whom the numbers are about"},
        {"numbers", TACRO_REQUIRED, "the numbers"},
    };
    static const char *const kinds[] = {"endpoint"};
    size_t kind;
    size_t name = TACRO_NENDPOINTS;
    const struct tacro_node *node = tacro_node_get(root, "name");
    tacro_schema_keys(reader, root, keys, COUNT(keys));
    tacro_schema_choice(reader, tacro_node_get(root, "kind"), kinds, 1, &kind);
    if (tacro_schema_choice(reader, node, names, TACRO_NENDPOINTS, &name) &&
        name != (size_t)out->id) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s, expected %s", node->text,
                          out->name);
    }
    tacro_schema_text(reader, tacro_node_get(root, "title"), &out->title);
    tacro_schema_text(reader, tacro_node_get(root, "population"), &out->population);
    read_numbers(reader, tacro_node_get(root, "numbers"), out);
}

static enum tacro_status open_file(struct tacro_reader *reader,
                                   const struct tacro_node *node,
                                   const char *params_dir, struct tacro_endpoint *out,
                                   struct tacro_error *err)
{
    const size_t nbefore = reader->notes->nfaults;
    struct tacro_error why = {.status = TACRO_OK};
    struct tacro_reader inner = {.notes = reader->notes};
    enum tacro_status st = TACRO_OK;
    char *path = tacro_sets_path(reader->file, params_dir, "endpoint", out->name);
    if (path == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "path of %s", out->name);
    }
    st = tacro_yaml_read(path, reader->notes, &out->yaml, &why);
    if (st == TACRO_OK) {
        inner.file = out->yaml->path;
        read_file(&inner, &out->yaml->root, out);
    } else if (st != TACRO_ENOMEM) {
        if (reader->notes->nfaults == nbefore) {
            tacro_schema_note(reader, TACRO_FAULT, node, "%s", why.text);
        }
        st = TACRO_OK;
    } else if (err != NULL) {
        *err = why;
    }
    free(path);
    return st;
}

/* -- the scenario's list ----------------------------------------------------------- */

static void read_baseline(struct tacro_reader *reader, const struct tacro_node *item,
                          const struct tacro_node *options, struct tacro_endpoint *out)
{
    static const struct tacro_key keys[] = {
        {"baseline", TACRO_REQUIRED, "the risk within a year, e.g. 12 %"},
    };
    static const struct tacro_quantity fraction = {TACRO_NUMBER, 0.0, 1.0, -INFINITY,
                                                   INFINITY};
    if (options == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "its baseline is not known, expected {infection_year1: "
                          "{baseline: 12 %%}} with the risk of your centre");
    } else if (tacro_schema_keys(reader, options, keys, COUNT(keys))) {
        tacro_schema_number(reader, tacro_node_get(options, "baseline"), &fraction,
                            &out->baseline);
    }
}

static void read_cases(struct tacro_reader *reader, const struct tacro_node *options,
                       struct tacro_endpoint *out)
{
    static const struct tacro_key keys[] = {
        {"cases", TACRO_OPTIONAL, NULL},
        {"anti_mda5", TACRO_OPTIONAL, NULL},
    };
    static const char *const cases[] = {
        [TACRO_FLARE_1_OF_11] = "1 of 11", [TACRO_FLARE_2_OF_13] = "2 of 13"};
    static const char *const titres[] = {"unknown", "high", "negative"};
    size_t titre = 0;
    if (options != NULL && tacro_schema_keys(reader, options, keys, COUNT(keys))) {
        tacro_schema_choice(reader, tacro_node_get(options, "cases"), cases,
                            COUNT(cases), &out->cases);
        tacro_schema_choice(reader, tacro_node_get(options, "anti_mda5"), titres,
                            COUNT(titres), &titre);
        out->has_high_titre = titre == 1;
    }
}

static void refuse_options(struct tacro_reader *reader,
                           const struct tacro_node *options)
{
    if (options != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, options,
                          "has no options, expected its name alone");
    }
}

/* A name, or a map of one name to its options. */
static enum tacro_status read_one(struct tacro_reader *reader,
                                  const struct tacro_node *item, const char *params_dir,
                                  struct tacro_input *in, struct tacro_error *err)
{
    const bool is_map = item->kind == TACRO_MAP && item->n == 1;
    const struct tacro_node *options = is_map ? &item->item[0] : NULL;
    struct tacro_endpoint *out = &in->endpoint[in->nendpoints];
    size_t id = 0;
    if (item->kind != TACRO_SCALAR && !is_map) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected a name or {name: {option: value}}");
        return TACRO_OK;
    }
    while (id < TACRO_NENDPOINTS &&
           strcmp(names[id], is_map ? options->key : item->text) != 0) {
        id++;
    }
    if (id == TACRO_NENDPOINTS) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s is no endpoint, expected aki_week1, infection_year1 or "
                          "dm_flare",
                          tacro_excerpt(is_map ? options->key : item->text).s);
        return TACRO_OK;
    }
    for (size_t i = 0; i < in->nendpoints; i++) {
        if ((size_t)in->endpoint[i].id == id) {
            tacro_schema_note(reader, TACRO_FAULT, item, "%s is given twice",
                              names[id]);
            return TACRO_OK;
        }
    }
    *out = (struct tacro_endpoint){.id = (enum tacro_endpoint_id)id, .name = names[id]};
    in->nendpoints++;
    switch (out->id) {
    case TACRO_AKI_WEEK1:
        refuse_options(reader, options);
        break;
    case TACRO_INFECTION_YEAR1:
        read_baseline(reader, item, options, out);
        break;
    case TACRO_DM_FLARE:
        read_cases(reader, options, out);
        break;
    case TACRO_NENDPOINTS:
        break;
    }
    return open_file(reader, item, params_dir, out, err);
}

enum tacro_status tacro_endpoints_read(struct tacro_reader *reader,
                                       const struct tacro_node *root,
                                       const char *params_dir, struct tacro_input *in,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_node *list = tacro_node_get(root, "endpoints");
    if (list == NULL || !tacro_schema_list(reader, list)) {
        return TACRO_OK;
    }
    for (size_t i = 0; i < list->n; i++) {
        TACRO_TRY(read_one(reader, &list->item[i], params_dir, in, err));
    }
done:
    return st;
}

/* -- what they need ---------------------------------------------------------------- */

/* h from start of the trough on a day. */
static double trough_of(const struct tacro_input *in, int day)
{
    return (day - in->start_day) * 24.0 + in->trough_clock - in->start_clock;
}

static void need_days(struct tacro_reader *reader, const struct tacro_node *list,
                      const struct tacro_input *in, const char *name, int last)
{
    if (trough_of(in, 1) < 0.0 || !(trough_of(in, last) <= in->horizon)) {
        tacro_schema_note(reader, TACRO_FAULT, list,
                          "%s goes by the troughs of days 1 to %d after "
                          "transplantation, expected a start and a horizon around them",
                          name, last);
    }
}

static void need_covariate(struct tacro_reader *reader, const struct tacro_node *list,
                           const struct tacro_input *in, const char *name,
                           enum tacro_covariate_id id)
{
    const enum tacro_distribution given = in->covariate[id].distribution;
    bool is_known = given != TACRO_ABSENT && given != TACRO_UNKNOWN;
    for (size_t k = 0; k < in->nrisks; k++) {
        is_known = is_known || in->risk[k]->reference[id].distribution != TACRO_ABSENT;
    }
    if (!is_known) {
        tacro_schema_note(reader, TACRO_FAULT, list,
                          "%s needs patients.%s, which neither the scenario nor a risk "
                          "file gives",
                          name, tacro_covariate_info(id)->name);
    }
}

void tacro_endpoints_check(struct tacro_reader *reader, const struct tacro_node *root,
                           const struct tacro_input *in)
{
    const struct tacro_node *list = tacro_node_get(root, "endpoints");
    for (size_t i = 0; i < in->nendpoints; i++) {
        const char *name = in->endpoint[i].name;
        switch (in->endpoint[i].id) {
        case TACRO_AKI_WEEK1:
            need_days(reader, list, in, name, WEEK);
            need_covariate(reader, list, in, name, TACRO_COV_infection);
            need_covariate(reader, list, in, name, TACRO_COV_cystic_fibrosis);
            if (in->ntargets == 0 || !(in->target[0].from <=
                                       fmax(trough_of(in, 1), 0.0) + TACRO_SAME_TIME)) {
                tacro_schema_note(reader, TACRO_FAULT, list,
                                  "%s counts troughs above the target, expected a "
                                  "`target` from day 1 on",
                                  name);
            }
            break;
        case TACRO_INFECTION_YEAR1:
            need_days(reader, list, in, name, MONTH);
            break;
        case TACRO_DM_FLARE:
        case TACRO_NENDPOINTS:
            break;
        }
    }
}
