#include "input/sets.h"

#include "input/absolute.h"
#include "input/limits.h"
#include "input/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST (3650.0 * 24.0) /* h, pk-models.md 9.4 (POD) */

/* Factors on a typical value, pk-models.md 9.4: inhibitors 0.02-1, inducers 1-5;
   published 0.20 (azoles, heart) to 1.47 (rifampin). */
#define FACTOR_MIN 0.02
#define FACTOR_MAX 5.0
static const struct tacro_quantity factor = {TACRO_NUMBER, FACTOR_MIN, FACTOR_MAX, 0.20,
                                             1.47};
static const struct tacro_quantity instant = {TACRO_TIME, 0.0, LONGEST, -INFINITY,
                                              INFINITY};

static const struct tacro_key factor_keys[] = {
    {"from", TACRO_REQUIRED, "the time it holds from, e.g. 0 d"},
    {"value", TACRO_REQUIRED, "a factor, e.g. 0.2"},
};

/* -- params files ------------------------------------------------------------------ */

/** The folder of a path, without a slash at its end; "" for the root folder. */
static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (int)(slash - path);
}

/** The folder above `length` characters of path, or path/.. where that has no name. */
static char *folder_above(const char *path, int length)
{
    size_t room = (size_t)length + sizeof "../..";
    char *above = malloc(room);
    int start = length;
    if (above == NULL) {
        return NULL;
    }
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    if (length == 0) {
        snprintf(above, room, "%s", path[0] == '/' ? "/" : "..");
    } else if (path[length - 1] == '.' || path[length - 1] == '/') {
        snprintf(above, room, "%.*s/..", length, path);
    } else if (start == 0) {
        snprintf(above, room, ".");
    } else {
        snprintf(above, room, "%.*s", start > 1 ? start - 1 : 1, path);
    }
    return above;
}

static bool is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') != NULL ||
           (length > 5 && strcmp(name + length - 5, ".yaml") == 0);
}

char *tacro_sets_path(const char *scenario, const char *params_dir,
                      const char *subfolder, const char *name)
{
    size_t room =
        strlen(scenario) + strlen(name) + strlen(subfolder) + sizeof "/..//.yaml";
    char *above = NULL;
    char *path;
    int folder = folder_length(scenario);
    if (params_dir == NULL && !is_path(name)) {
        above = folder_above(scenario, folder);
        if (above == NULL) {
            return NULL;
        }
        params_dir = above;
    }
    room += params_dir == NULL ? 0 : strlen(params_dir);
    path = malloc(room);
    if (path == NULL) {
        free(above);
        return NULL;
    }
    if (!is_path(name)) {
        snprintf(path, room, "%s/%s/%s.yaml", params_dir, subfolder, name);
    } else if (name[0] == '/' || folder == 0) {
        snprintf(path, room, "%s%s", scenario[0] == '/' && name[0] != '/' ? "/" : "",
                 name);
    } else {
        snprintf(path, room, "%.*s/%s", folder, scenario, name);
    }
    free(above);
    return path;
}

static enum tacro_status read_set(struct tacro_reader *reader,
                                  const struct tacro_node *node, const char *params_dir,
                                  enum tacro_set_kind kind, bool without_draws,
                                  struct tacro_paramset **out, struct tacro_error *err)
{
    const char *name;
    char *path;
    struct stat info;
    struct tacro_error why = {.status = TACRO_OK};
    enum tacro_status st = TACRO_OK;
    *out = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return TACRO_OK;
    }
    path = tacro_sets_path(reader->file, params_dir,
                           kind == TACRO_SET_PK ? "pk" : "risk", name);
    if (path == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "path of %s", name);
    }
    if (stat(path, &info) != 0) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "no file %s, expected the name of a file in %s/ or a path",
                          path, kind == TACRO_SET_PK ? "pk" : "risk");
    } else if (!S_ISREG(info.st_mode)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is no regular file", path);
    } else {
        size_t before = reader->notes->nfaults;
        st = without_draws ? tacro_paramset_read_without_draws(path, kind,
                                                               reader->notes, out, &why)
                           : tacro_paramset_read(path, kind, reader->notes, out, &why);
        if (st == TACRO_EINPUT || st == TACRO_ENOINPUT) {
            if (reader->notes->nfaults == before) {
                tacro_schema_note(reader, TACRO_FAULT, node, "%s", why.text);
            }
            st = TACRO_OK;
        } else if (st != TACRO_OK && err != NULL) {
            *err = why;
        }
        if (*out != NULL && kind == TACRO_SET_PK) {
            st = tacro_absolute_default(*out, err);
        }
    }
    free(path);
    return st;
}

static void check_outcome(struct tacro_reader *reader, const struct tacro_node *node,
                          const struct tacro_input *in)
{
    const struct tacro_paramset *last = in->risk[in->nrisks - 1];
    for (size_t i = 0; i + 1 < in->nrisks; i++) {
        if (strcmp(in->risk[i]->outcome, last->outcome) == 0) {
            tacro_schema_note(
                reader, TACRO_FAULT, node,
                "%s and %s both give the outcome %s, expected one file an "
                "outcome",
                in->risk[i]->name, last->name, last->outcome);
        }
    }
}

static enum tacro_status read_risk(struct tacro_reader *reader,
                                   const struct tacro_node *node,
                                   const char *params_dir, struct tacro_input *in,
                                   bool *is_complete, struct tacro_error *err)
{
    struct tacro_paramset *set;
    enum tacro_status st = read_set(reader, node, params_dir, TACRO_SET_RISK,
                                    in->is_without_draws, &set, err);
    if (set == NULL) {
        *is_complete = false;
        return st;
    }
    in->risk[in->nrisks++] = set;
    check_outcome(reader, node, in);
    return st;
}

/** The name stands for a model of its own among those that were read. */
static void check_model(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_input *in)
{
    const struct tacro_paramset *last = in->model[in->npks - 1].pk;
    for (size_t i = 0; i + 1 < in->npks; i++) {
        if (strcmp(in->model[i].pk->name, last->name) == 0) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "%s is in the list twice, expected each PK model once",
                              last->name);
            return;
        }
    }
}

static enum tacro_status read_pk(struct tacro_reader *reader,
                                 const struct tacro_node *node, const char *params_dir,
                                 struct tacro_input *in, bool *is_complete,
                                 struct tacro_error *err)
{
    struct tacro_paramset *set;
    enum tacro_status st =
        read_set(reader, node, params_dir, TACRO_SET_PK, false, &set, err);
    if (set == NULL) {
        *is_complete = false;
        return st;
    }
    in->model[in->npks++].pk = set;
    check_model(reader, node, in);
    return st;
}

/** One PK model, or a list of them. */
static enum tacro_status read_pks(struct tacro_reader *reader,
                                  const struct tacro_node *pk, const char *params_dir,
                                  struct tacro_input *in, bool *is_complete,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    if (pk != NULL && pk->kind == TACRO_LIST && (pk->n == 0 || pk->n > TACRO_MAX_PKS)) {
        tacro_schema_note(reader, TACRO_FAULT, pk,
                          "%zu PK models, expected a name or a list of 1 to %d", pk->n,
                          TACRO_MAX_PKS);
    } else if (pk != NULL && pk->kind == TACRO_LIST) {
        for (size_t i = 0; i < pk->n; i++) {
            TACRO_TRY(read_pk(reader, &pk->item[i], params_dir, in, is_complete, err));
        }
    } else if (pk != NULL) {
        TACRO_TRY(read_pk(reader, pk, params_dir, in, is_complete, err));
    }
    in->pk = in->model[0].pk;
    *is_complete = *is_complete && in->npks > 0;
done:
    return st;
}

enum tacro_status tacro_sets_read(struct tacro_reader *reader,
                                  const struct tacro_node *root, const char *params_dir,
                                  struct tacro_input *in, bool *is_complete,
                                  struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_node *risk = tacro_node_get(root, "risk");
    *is_complete = true;
    TACRO_TRY(
        read_pks(reader, tacro_node_get(root, "pk"), params_dir, in, is_complete, err));
    if (risk != NULL && risk->kind == TACRO_LIST && risk->n > TACRO_MAX_RISKS) {
        tacro_schema_note(reader, TACRO_FAULT, risk,
                          "%zu risk files, expected at most %d", risk->n,
                          TACRO_MAX_RISKS);
        *is_complete = false;
    } else if (risk != NULL && risk->kind == TACRO_LIST) {
        for (size_t i = 0; i < risk->n; i++) {
            TACRO_TRY(
                read_risk(reader, &risk->item[i], params_dir, in, is_complete, err));
        }
    } else if (risk != NULL) {
        TACRO_TRY(read_risk(reader, risk, params_dir, in, is_complete, err));
    }
done:
    return st;
}

/* -- changes of typical values ----------------------------------------------------- */

/** Check that the map's keys are parameters of a PK file of the scenario. */
static bool check_names(struct tacro_reader *reader, const struct tacro_node *map,
                        const struct tacro_input *in)
{
    bool ok;
    size_t n = 0;
    struct tacro_key *keys;
    for (size_t m = 0; m < in->npks; m++) {
        n += in->model[m].pk->nthetas;
    }
    keys = calloc(n + 1, sizeof *keys);
    if (keys == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, map, "out of memory");
        return false;
    }
    n = 0;
    for (size_t m = 0; m < in->npks; m++) {
        for (size_t i = 0; i < in->model[m].pk->nthetas; i++) {
            const char *name = in->model[m].pk->theta[i].name;
            size_t k = 0;
            while (k < n && strcmp(keys[k].name, name) != 0) {
                k++;
            }
            keys[k] = (struct tacro_key){.name = name, .use = TACRO_OPTIONAL};
            n += k == n;
        }
    }
    ok = tacro_schema_keys(reader, map, keys, n);
    free(keys);
    return ok;
}

/** A parameter that is a covariate itself cannot be changed beside it. */
static bool is_covariate(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_paramset *pk, size_t theta)
{
    for (size_t i = 0; i < pk->nrelations; i++) {
        const struct tacro_relation *relation = &pk->relation[i];
        if (relation->theta == theta && relation->kind == TACRO_RELATION_VALUE) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "%s is the covariate itself, expected patients.%s",
                              node->key,
                              tacro_covariate_info(relation->covariate)->name);
            return true;
        }
    }
    return false;
}

static void change_value(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_paramset *pk, struct tacro_theta *theta)
{
    struct tacro_quantity quantity = {tacro_dimension_of(theta->unit), 0.0, INFINITY,
                                      -INFINITY, INFINITY};
    double value;
    if (theta->part == pk->nparts) {
        quantity = tacro_params_limits(pk, theta, quantity.dimension, INFINITY);
    }
    if (!tacro_schema_number(reader, node, &quantity, &value)) {
        return;
    }
    if (value <= 0.0 && !tacro_params_may_be_zero(pk, theta)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is not above 0", node->text);
        return;
    }
    if (theta->value > 0.0 &&
        (value < FACTOR_MIN * theta->value || value > FACTOR_MAX * theta->value)) {
        tacro_schema_note(
            reader, TACRO_WARNING, node,
            "%s is %.3g times the value of %s, %s; inhibitors and inducers "
            "are within %g to %g times",
            node->text, value / theta->value, pk->name, theta->text, FACTOR_MIN,
            FACTOR_MAX);
    }
    tacro_schema_note(reader, TACRO_NOTICE, node, "%s instead of %s of %s", node->text,
                      theta->text, pk->name);
    theta->value = value;
    theta->text = node->text;
    theta->mark = TACRO_MARK_ASSUMED;
    theta->from = TACRO_SET_BY_SCENARIO;
    theta->uncertainty.law = TACRO_LAW_NONE; /* that was the file's number's */
}

static bool read_factor(struct tacro_reader *reader, const struct tacro_node *node,
                        struct tacro_covariate_step *step)
{
    bool ok = tacro_schema_keys(reader, node, factor_keys, 2);
    ok = tacro_schema_number(reader, tacro_node_get(node, "from"), &instant,
                             &step->from) &&
         ok;
    return tacro_schema_number(reader, tacro_node_get(node, "value"), &factor,
                               &step->value) &&
           ok;
}

/** The factors of one parameter; the caller owns out->step also after a fault. */
static void read_factors(struct tacro_reader *reader, const struct tacro_node *list,
                         double horizon, struct tacro_multiplier *out)
{
    bool was_read = false;
    if (!tacro_schema_list(reader, list)) {
        return;
    }
    out->step = calloc(list->n, sizeof *out->step);
    if (out->step == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, list, "out of memory");
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct tacro_node *node = &list->item[i];
        const struct tacro_node *from = tacro_node_get(node, "from");
        bool ok = read_factor(reader, node, &out->step[i]);
        if (ok && was_read && out->step[i].from <= out->step[i - 1].from) {
            tacro_schema_note(
                reader, TACRO_FAULT, from,
                "%s is not after %s, expected ascending times", from->text,
                tacro_units_time_beside(out->step[i - 1].from, from->text).s);
        }
        if (ok) {
            tacro_limit_warn_late(reader, from, out->step[i].from, horizon);
        }
        was_read = ok;
    }
    out->n = list->n;
}

/** The factors on the parameters that a model has. */
static void read_multiply(struct tacro_reader *reader, const struct tacro_node *map,
                          double horizon, struct tacro_pk_input *model)
{
    model->multiplier = calloc(map->n + 1, sizeof *model->multiplier);
    if (model->multiplier == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, map, "out of memory");
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const size_t k = tacro_paramset_theta(model->pk, map->item[i].key);
        struct tacro_multiplier *multiplier = &model->multiplier[model->nmultipliers];
        if (k < model->pk->nthetas &&
            !is_covariate(reader, &map->item[i], model->pk, k)) {
            multiplier->theta = k;
            model->nmultipliers++;
            read_factors(reader, &map->item[i], horizon, multiplier);
        }
    }
}

/** New values of the parameters that a model has. */
static void read_parameters(struct tacro_reader *reader, const struct tacro_node *map,
                            const struct tacro_paramset *pk)
{
    for (size_t i = 0; i < map->n && map->kind == TACRO_MAP; i++) {
        const size_t k = tacro_paramset_theta(pk, map->item[i].key);
        if (k < pk->nthetas && !is_covariate(reader, &map->item[i], pk, k)) {
            change_value(reader, &map->item[i], pk, &pk->theta[k]);
        }
    }
}

void tacro_sets_change(struct tacro_reader *reader, const struct tacro_node *root,
                       struct tacro_input *in)
{
    const struct tacro_node *parameters = tacro_node_get(root, "parameters");
    const struct tacro_node *multiply = tacro_node_get(root, "multiply");
    if (in->npks == 0) {
        return;
    }
    if (parameters != NULL) {
        check_names(reader, parameters, in);
    }
    if (multiply != NULL) {
        check_names(reader, multiply, in);
    }
    for (size_t m = 0; m < in->npks; m++) {
        if (parameters != NULL) {
            read_parameters(reader, parameters, in->model[m].pk);
        }
        if (multiply != NULL && multiply->kind == TACRO_MAP) {
            read_multiply(reader, multiply, in->horizon, &in->model[m]);
        }
    }
    in->nmultipliers = in->model[0].nmultipliers;
    in->multiplier = in->model[0].multiplier;
}
