/* The pages of `tacro models`: parts, PK files and risk files as text. */
#include "core/lanemath.h"
#include "input/paramset.h"
#include "models/registry.h"
#include "run/reference_text.h"

#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Texts made for the pages; they live as long as the library. */
struct texts {
    size_t n;
    char **text;
    bool is_out_of_memory;
};

struct tacro_library {
    size_t nmodels;
    struct tacro_model *model; /**< room for parts and sets */
    size_t nsets;
    struct tacro_paramset **set; /**< what the pages borrow their words from */
    struct texts texts;
};

/** A text of the library; "" when memory is out, which is_out_of_memory remembers. */
static const char *make(struct texts *texts, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull));
static const char *make(struct texts *texts, const char *format, ...)
{
    va_list args;
    char **grown = realloc(texts->text, (texts->n + 1) * sizeof *grown);
    char *text = NULL;
    if (grown != NULL) {
        texts->text = grown;
        va_start(args, format);
        const int n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        text = malloc((size_t)n + 1);
        if (text != NULL) {
            va_start(args, format);
            vsnprintf(text, (size_t)n + 1, format, args);
            va_end(args);
            texts->text[texts->n++] = text;
        }
    }
    texts->is_out_of_memory = texts->is_out_of_memory || text == NULL;
    return text != NULL ? text : "";
}

/* -- equations --------------------------------------------------------------------- */

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text != '\0'; text++) {
        n += *text == '\n' ? 1 : 0;
    }
    return n;
}

/**
 * The lines of a part's doc, appended to equation[]; of a formulation with its name.
 */
static void add_lines(struct texts *texts, const char *text, const char *formulation,
                      const char **equation, size_t *n)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        equation[(*n)++] = make(texts, "%s%s%.*s", formulation,
                                formulation[0] == '\0' ? "" : ": ", (int)length, text);
        text += length;
        text += *text == '\n' ? 1 : 0;
    }
}

/** Name of the formulation that a part of the set is of, or "". */
static const char *formulation_of(const struct tacro_paramset *set, size_t part)
{
    for (size_t f = 0; set != NULL && f < set->nformulations; f++) {
        if (set->formulation[f].part == part) {
            return set->formulation[f].name;
        }
    }
    return "";
}

/** set: of the parts, or NULL for a part alone */
static bool add_equations(struct tacro_library *library, struct tacro_model *model,
                          const struct tacro_paramset *set, const size_t *part,
                          size_t nparts)
{
    size_t n = 0;
    for (size_t k = 0; k < nparts; k++) {
        n += count_lines(tacro_parts_at(part[k])->doc);
    }
    const char **equation = calloc(n + 1, sizeof *equation);
    if (equation == NULL) {
        return false;
    }
    model->equation = equation;
    for (size_t k = 0; k < nparts; k++) {
        add_lines(&library->texts, tacro_parts_at(part[k])->doc, formulation_of(set, k),
                  equation, &model->nequations);
    }
    return true;
}

/* -- parts ------------------------------------------------------------------------- */

static struct tacro_model_row plain_row(const char *name, const char *value,
                                        const char *mark, const char *doc)
{
    return (struct tacro_model_row){.name = name,
                                    .unit = "",
                                    .value = value,
                                    .spread = "",
                                    .uncertainty = "",
                                    .mark = mark,
                                    .doc = doc};
}

static struct tacro_model_row part_row(const char *name, const char *unit,
                                       const char *doc)
{
    struct tacro_model_row row = plain_row(name, "", "", doc);
    row.unit = unit;
    return row;
}

static bool add_part(struct tacro_library *library, size_t index)
{
    static const char *const roles[] = {
        [TACRO_ABSORPTION] = "absorption",    [TACRO_DISPOSITION] = "disposition",
        [TACRO_BINDING] = "binding in blood", [TACRO_EXPOSURE] = "exposure",
        [TACRO_EFFECT_SITE] = "effect site",  [TACRO_HAZARD] = "hazard",
    };
    const struct tacro_part *part = tacro_parts_at(index);
    const size_t nrows = part->nstates + part->nparams + part->noutputs;
    struct tacro_model *model = &library->model[library->nmodels++];
    *model = (struct tacro_model){.name = part->name,
                                  .kind = "part",
                                  .doc = roles[part->role],
                                  .source = part->source,
                                  .population = ""};
    model->row = calloc(nrows, sizeof *model->row);
    if (model->row == NULL || !add_equations(library, model, NULL, &index, 1)) {
        return false;
    }
    for (size_t i = 0; i < part->nstates; i++) {
        const struct tacro_state_info *state = &part->states[i];
        model->row[model->nrows++] = part_row(
            state->name, state->unit, make(&library->texts, "state: %s", state->doc));
    }
    for (size_t i = 0; i < part->nparams; i++) {
        const struct tacro_param_info *param = &part->params[i];
        model->row[model->nrows++] =
            part_row(param->name, param->unit,
                     make(&library->texts, "parameter: %s", param->doc));
    }
    for (size_t i = 0; i < part->noutputs; i++) {
        const struct tacro_output *output = &part->outputs[i];
        model->row[model->nrows++] =
            part_row(output->name, output->unit,
                     make(&library->texts, "output: %s", output->doc));
    }
    return true;
}

/* -- params files ------------------------------------------------------------------ */

static const char *spread_text(struct tacro_library *library,
                               const struct tacro_paramset *set, size_t theta)
{
    const char *text = "";
    for (size_t i = 0; i < set->neffects; i++) {
        const struct tacro_effect *e = &set->effect[i];
        if (e->theta != theta) {
            continue;
        }
        if (e->omega_text != NULL) {
            text = make(&library->texts, "IIV %s%s", e->omega_text,
                        e->has_mean_one ? ", mean 1" : "");
        }
        if (e->kappa_text != NULL) {
            text = make(&library->texts, "%s%sIOV %s", text,
                        text[0] == '\0' ? "" : ", ", e->kappa_text);
        }
        if (e->wander_text != NULL) {
            text =
                make(&library->texts, "%s%swander %s over %g h", text,
                     text[0] == '\0' ? "" : ", ", e->wander_text, e->correlation_time);
        }
    }
    return text;
}

static struct tacro_model_row theta_row(struct tacro_library *library,
                                        const struct tacro_paramset *set, size_t theta)
{
    const struct tacro_theta *t = &set->theta[theta];
    struct tacro_model_row row =
        plain_row(t->name, t->text, tacro_mark_name(t->mark), t->from);
    row.spread = spread_text(library, set, theta);
    row.uncertainty = t->uncertainty.text;
    return row;
}

/** "age within 18 to 72 y", "[female]", "[hla_mismatches >= 4]" */
static const char *moved_covariate(struct texts *texts, const struct tacro_relation *r)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(r->covariate);
    const bool is_plain = info->quantity.dimension == TACRO_NUMBER;
    const char *unit = is_plain ? "" : tacro_dimension_unit(info->quantity.dimension);
    if (r->is_indicator && info->type == TACRO_COVARIATE_CHOICE) {
        return make(texts, "[%s]", info->level[(size_t)r->at_least]);
    }
    if (r->is_level) {
        return make(texts, "[%s: %s]", info->name, info->level[(size_t)r->level]);
    }
    if (r->is_indicator) {
        return make(texts, "[%s >= %g]", info->name, r->at_least);
    }
    if (isfinite(r->clip_min)) {
        return make(texts, "%s within %g to %g%s%s", info->name, r->clip_min,
                    r->clip_max, is_plain ? "" : " ", unit);
    }
    return info->name;
}

/** "(age within 18 to 72 y - 50 y)", "[female]", "([hla_mismatches >= 4] - 0.75)" */
static const char *relation_variable(struct texts *texts,
                                     const struct tacro_relation *r)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(r->covariate);
    const bool is_plain =
        r->is_indicator || r->is_level || info->quantity.dimension == TACRO_NUMBER;
    const char *unit = is_plain ? "" : tacro_dimension_unit(info->quantity.dimension);
    const char *x = moved_covariate(texts, r);
    return r->ref != 0.0
               ? make(texts, "(%s - %g%s%s)", x, r->ref, is_plain ? "" : " ", unit)
               : x;
}

/** "* (weight / 75 kg)^0.4", "* pod^0.67" */
static const char *power_text(struct texts *texts, const struct tacro_relation *r)
{
    const enum tacro_dimension dimension =
        tacro_covariate_info(r->covariate)->quantity.dimension;
    const char *x = moved_covariate(texts, r);
    if (dimension != TACRO_NUMBER) {
        return make(texts, "* (%s / %g %s)^%g", x, r->ref,
                    tacro_dimension_unit(dimension), r->coefficient);
    }
    return r->ref == 1.0 ? make(texts, "* %s^%g", x, r->coefficient)
                         : make(texts, "* (%s / %g)^%g", x, r->ref, r->coefficient);
}

/** "* 0.48 if bilateral, days 1 to 3" */
static const char *factor_text(struct texts *texts, const struct tacro_relation *r)
{
    const char *factor = make(texts, "* %g if %s", tacro_exp(r->coefficient),
                              relation_variable(texts, r));
    if (!r->has_days) {
        return factor;
    }
    return isfinite(r->last_pod)
               ? make(texts, "%s, days %g to %g", factor, r->first_pod, r->last_pod)
               : make(texts, "%s, from day %g", factor, r->first_pod);
}

static const char *effect_text(struct texts *texts, const struct tacro_relation *r,
                               const char *theta)
{
    const char *text = "";
    switch (r->kind) {
    case TACRO_RELATION_VALUE:
        return make(texts, "%s = %s", theta, tacro_covariate_info(r->covariate)->name);
    case TACRO_RELATION_EXPONENTIAL:
        text = make(texts, "* exp(%g %s)", r->coefficient, relation_variable(texts, r));
        break;
    case TACRO_RELATION_POWER:
        text = power_text(texts, r);
        break;
    case TACRO_RELATION_FACTOR:
        text = factor_text(texts, r);
        break;
    }
    return r->delay > 0.0 ? make(texts, "%s, %g h later", text, r->delay) : text;
}

static struct tacro_model_row relation_row(struct tacro_library *library,
                                           const struct tacro_paramset *set,
                                           const struct tacro_relation *r)
{
    struct texts *texts = &library->texts;
    const char *theta = set->theta[r->theta].name;
    const char *covariate = tacro_covariate_info(r->covariate)->name;
    struct tacro_model_row row =
        plain_row(make(texts, "%s on %s", covariate, theta),
                  effect_text(texts, r, theta), tacro_mark_name(r->mark), r->from);
    row.uncertainty = r->replaces
                          ? make(texts, "%s of the product", r->uncertainty.text)
                          : r->uncertainty.text;
    return row;
}

/** The ratio stands beside the parameters, so it is read from the tree again. */
static struct tacro_model_row ratio_row(const struct tacro_node *ratio)
{
    return plain_row("trough_to_mean", tacro_node_get(ratio, "value")->text,
                     tacro_node_get(ratio, "mark")->text,
                     tacro_node_get(ratio, "from")->text);
}

static struct tacro_model_row number_row(const char *name,
                                         const struct tacro_number *number,
                                         const char *value, const char *doc)
{
    struct tacro_model_row row =
        plain_row(name, value, tacro_mark_name(number->mark), doc);
    row.uncertainty = number->uncertainty.text;
    return row;
}

/** A line per covariate of the reference population, and where it was read. */
static void add_reference_rows(struct tacro_library *library,
                               const struct tacro_paramset *set,
                               struct tacro_model *model)
{
    const struct tacro_node *map = tacro_node_get(&set->yaml->root, "reference");
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        const char *name = tacro_covariate_info(id)->name;
        char value[128];
        if (set->reference[i].distribution == TACRO_ABSENT) {
            continue;
        }
        tacro_reference_text(&set->reference[i], id, value, sizeof value);
        model->row[model->nrows++] = plain_row(
            make(&library->texts, "reference.%s", name),
            make(&library->texts, "%s", value), tacro_mark_name(set->reference_mark[i]),
            tacro_node_get(tacro_node_get(map, name), "from")->text);
    }
}

/** What a risk file says beside its parameters: anchor, after, draws. */
static void add_risk_rows(struct tacro_library *library,
                          const struct tacro_paramset *set, struct tacro_model *model)
{
    struct texts *texts = &library->texts;
    if (set->anchor.is_given) {
        const struct tacro_number *n = &set->anchor.incidence;
        model->row[model->nrows++] = number_row(
            "anchor", n, make(texts, "%s in %g d", n->text, set->anchor.within / 24.0),
            make(texts, "incidence that %s reproduces; %s",
                 set->theta[set->anchor.solves].name, n->from));
    }
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        const struct tacro_number *n = &set->after[i];
        const enum tacro_after_id id = (enum tacro_after_id)i;
        if (n->text != NULL) {
            model->row[model->nrows++] =
                number_row(make(texts, "after.%s", tacro_after_name(id)), n, n->text,
                           make(texts, "%s; %s", tacro_after_doc(id), n->from));
        }
    }
    if (set->draws != NULL) {
        model->row[model->nrows++] = plain_row(
            "draws", make(texts, "%zu", set->draws->n), tacro_mark_name(TACRO_MARK_C),
            make(texts, "joint draws of the uncertain numbers, made by `%s`",
                 set->draws->command));
    }
}

static const char *population_text(struct texts *texts,
                                   const struct tacro_paramset *set)
{
    if (isnan(set->first_day)) {
        return set->population;
    }
    return make(texts, "%s; calibrated for days %g to %g after transplantation",
                set->population, set->first_day, set->last_day);
}

static bool add_set(struct tacro_library *library, struct tacro_paramset *set)
{
    struct tacro_model *model = &library->model[library->nmodels++];
    *model = (struct tacro_model){.name = set->name,
                                  .kind = set->kind == TACRO_SET_PK ? "pk" : "risk",
                                  .doc = set->title,
                                  .source = set->source,
                                  .population = population_text(&library->texts, set)};
    const struct tacro_node *ratio = tacro_node_get(&set->yaml->root, "trough_to_mean");
    model->row =
        calloc(set->nthetas + set->nrelations + TACRO_NAFTER + TACRO_NCOVARIATES + 3,
               sizeof *model->row);
    if (model->row == NULL ||
        !add_equations(library, model, set, set->part, set->nparts)) {
        return false;
    }
    for (size_t i = 0; i < set->nthetas; i++) {
        model->row[model->nrows++] = theta_row(library, set, i);
    }
    for (size_t i = 0; i < set->nrelations; i++) {
        model->row[model->nrows++] = relation_row(library, set, &set->relation[i]);
    }
    if (ratio != NULL) {
        model->row[model->nrows++] = ratio_row(ratio);
    }
    add_reference_rows(library, set, model);
    add_risk_rows(library, set, model);
    return true;
}

/* -- the folders ------------------------------------------------------------------- */

struct names {
    size_t n;
    char **name;
};

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->name[i]);
    }
    free(names->name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_yaml_name(const char *name)
{
    const size_t n = strlen(name);
    return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".yaml") == 0;
}

/**
 * Paths of the *.yaml files of a folder, by name; a folder that is not there has none.
 */
static enum tacro_status list_folder(const char *params_dir, const char *kind,
                                     struct names *names, bool *is_there,
                                     struct tacro_error *err)
{
    char folder[4096];
    const int length = snprintf(folder, sizeof folder, "%s/%s", params_dir, kind);
    DIR *dir = length < (int)sizeof folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    if (dir == NULL) {
        return TACRO_OK;
    }
    *is_there = true;
    while ((entry = readdir(dir)) != NULL) {
        if (!is_yaml_name(entry->d_name)) {
            continue;
        }
        char **grown = realloc(names->name, (names->n + 1) * sizeof *grown);
        const size_t size = strlen(folder) + strlen(entry->d_name) + 2;
        char *path = grown != NULL ? malloc(size) : NULL;
        names->name = grown != NULL ? grown : names->name;
        if (path == NULL) {
            closedir(dir);
            return tacro_fail(err, TACRO_ENOMEM, "%s: list of files", folder);
        }
        snprintf(path, size, "%s/%s", folder, entry->d_name);
        names->name[names->n++] = path;
    }
    closedir(dir);
    if (names->n > 0) {
        qsort(names->name, names->n, sizeof *names->name, compare_names);
    }
    return TACRO_OK;
}

/** Read the files; a broken one leaves its notes and no page. */
static enum tacro_status read_sets(struct tacro_library *library,
                                   const struct names *names, enum tacro_set_kind kind,
                                   struct tacro_notes *notes, struct tacro_error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        struct tacro_error why = {0};
        struct tacro_paramset *set = NULL;
        const size_t nbefore = notes->nfaults;
        const enum tacro_status st =
            tacro_paramset_read(names->name[i], kind, notes, &set, &why);
        if (st == TACRO_ENOMEM) {
            return tacro_fail(err, st, "%s", why.text);
        }
        if (st != TACRO_OK && notes->nfaults == nbefore) {
            const char *text =
                strstr(why.text, ": "); /* the note names the file itself */
            tacro_notes_add(notes, TACRO_FAULT, names->name[i], 0, 0, "%s",
                            text != NULL ? text + 2 : why.text);
        }
        if (st == TACRO_OK) {
            library->set[library->nsets++] = set;
        }
    }
    return TACRO_OK;
}

static enum tacro_status build(struct tacro_library *library, const struct names *pk,
                               const struct names *risk, struct tacro_notes *notes,
                               struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    bool is_good = true;
    library->model =
        calloc(tacro_parts_count() + pk->n + risk->n, sizeof *library->model);
    library->set = calloc(pk->n + risk->n + 1, sizeof(struct tacro_paramset *));
    if (library->model == NULL || library->set == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "list of models");
        goto done;
    }
    TACRO_TRY(read_sets(library, pk, TACRO_SET_PK, notes, err));
    TACRO_TRY(read_sets(library, risk, TACRO_SET_RISK, notes, err));
    for (size_t i = 0; is_good && i < library->nsets; i++) {
        is_good = add_set(library, library->set[i]);
    }
    for (size_t i = 0; is_good && i < tacro_parts_count(); i++) {
        is_good = add_part(library, i);
    }
    if (!is_good || library->texts.is_out_of_memory) {
        st = tacro_fail(err, TACRO_ENOMEM, "pages of models");
    }
done:
    return st;
}

enum tacro_status tacro_library_open(const char *params_dir, struct tacro_notes *notes,
                                     struct tacro_library **out,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct names pk = {0};
    struct names risk = {0};
    bool is_there = false;
    struct tacro_library *library = calloc(1, sizeof *library);
    *out = NULL;
    if (library == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "list of models");
        goto done;
    }
    TACRO_TRY(list_folder(params_dir, "pk", &pk, &is_there, err));
    TACRO_TRY(list_folder(params_dir, "risk", &risk, &is_there, err));
    if (!is_there) {
        st = tacro_fail(err, TACRO_ENOINPUT, "%s: no folder pk or risk in it",
                        params_dir);
        goto done;
    }
    TACRO_TRY(build(library, &pk, &risk, notes, err));
    tacro_notes_sort(notes);
    *out = library;
    library = NULL;
done:
    free_names(&pk);
    free_names(&risk);
    tacro_library_free(library);
    return st;
}

size_t tacro_library_size(const struct tacro_library *library)
{
    return library->nmodels;
}

const struct tacro_model *tacro_library_model(const struct tacro_library *library,
                                              size_t i)
{
    return i < library->nmodels ? &library->model[i] : NULL;
}

void tacro_library_free(struct tacro_library *library)
{
    if (library == NULL) {
        return;
    }
    for (size_t i = 0; i < library->nmodels; i++) {
        free((void *)library->model[i].equation);
        free(library->model[i].row);
    }
    for (size_t i = 0; i < library->nsets; i++) {
        tacro_paramset_free(library->set[i]);
    }
    for (size_t i = 0; i < library->texts.n; i++) {
        free(library->texts.text[i]);
    }
    free(library->texts.text);
    free(library->model);
    free(library->set);
    free(library);
}
