#include "run/check_scenario.h"

#include "input/derived.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINEST 0.01 /* h between levels among which the largest is sought */
#define MAX_LEVELS 20000.0
#define SHORTEST 1.0 /* h, horizon of what needs no time */

/* -- doses ------------------------------------------------------------------------- */

/* Which formulation a parameter is of; NULL: none. */
static const char *formulation_of(const struct tacro_paramset *set,
                                  const struct tacro_theta *theta)
{
    const bool is_dose = theta->part == set->nparts;
    if (is_dose &&
        (theta->param == TACRO_DOSE_FREL || theta->param == TACRO_DOSE_ALAGF ||
         theta->param == TACRO_DOSE_FZEROF || theta->param == TACRO_DOSE_DZEROF)) {
        return set->formulation[theta->formulation].name;
    }
    return is_dose ? NULL : tacro_paramset_formulation(set, theta->part);
}

/*
 * Doses for a parameter alone: such that it takes part. A file without absorption can
 * be dosed into the vein only.
 */
static void print_any_steps(FILE *out, const struct tacro_paramset *set,
                            const struct tacro_check *check)
{
    const size_t theta = tacro_paramset_theta(set, check->name);
    const char *formulation =
        theta < set->nthetas ? formulation_of(set, &set->theta[theta]) : NULL;
    const bool is_iv = tacro_paramset_theta(set, "F1") == set->nthetas ||
                       strcmp(check->name, "FABS") == 0;
    fprintf(out, "[{give: 1 mg, every: 12 h%s%s%s%s}]",
            is_iv ? ", route: iv, over: 4 h" : "",
            formulation == NULL ? "" : ", formulation: \"",
            formulation == NULL ? "" : formulation, formulation == NULL ? "" : "\"");
}

/* -- the text ---------------------------------------------------------------------- */

static void print_key(FILE *out, const char *key, const struct tacro_node *node,
                      const char *otherwise)
{
    if (node != NULL || otherwise != NULL) {
        fprintf(out, "%s: ", key);
    }
    if (node != NULL) {
        tacro_node_print(out, node);
        fputc('\n', out);
    } else if (otherwise != NULL) {
        fprintf(out, "%s\n", otherwise);
    }
}

static void print_patients(FILE *out, const struct tacro_check *check,
                           const struct tacro_check_case *c, const char *patient)
{
    if (check->subjects > 0) {
        fprintf(out, "patients: {n: %llu, %s", (unsigned long long)check->subjects,
                patient);
    } else {
        fprintf(out, "patients: {typical: true, %s", patient);
    }
    for (size_t i = 0; c->patient != NULL && i < c->patient->n; i++) {
        fprintf(out, "%s\"%s\": ", i == 0 ? "" : ", ", c->patient->item[i].key);
        tacro_node_print(out, &c->patient->item[i]);
    }
    fputs("}\n", out);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void print_times(FILE *out, const struct tacro_check *check,
                        const struct tacro_check_case *c)
{
    const bool is_sought =
        check->kind == TACRO_CHECK_CMAX || check->kind == TACRO_CHECK_TMAX;
    const double horizon = c->at > 0.0 ? c->at : SHORTEST;
    const double every = is_sought ? fmax(FINEST, horizon / MAX_LEVELS) : horizon;
    fprintf(out, "horizon: %.17g h\noutput: {every: %.17g h}\n", horizon,
            fmin(every, horizon));
    fprintf(out, "landmark: %.17g h\n", c->from);
}

static void print_scenario(FILE *out, const struct tacro_paramset *set,
                           const struct tacro_check *check,
                           const struct tacro_check_case *c, const char *patient)
{
    fprintf(out, "title: a check\npk: \"./%s\"\nunused: allow\nseed: 1\n",
            base_name(set->yaml->path));
    print_key(out, "start", c->start, "{day: 0, clock: \"08:00\"}");
    print_key(out, "before", c->before, "none");
    print_key(out, "switch", c->switches, NULL);
    print_times(out, check, c);
    print_patients(out, check, c, patient);
    fputs("regimens:\n  check:\n    ", out);
    if (c->steps != NULL) {
        print_key(out, "steps", c->steps, NULL);
    } else if (c->before != NULL) {
        fputs("steps: [{hold: 365 d}]\n", out);
    } else {
        fputs("steps: ", out);
        print_any_steps(out, set, check);
        fputc('\n', out);
    }
}

/* -- places ------------------------------------------------------------------------ */

/* Everything is where the check is ... */
static void place_all(struct tacro_node *node, const struct tacro_node *at)
{
    node->line = at->line;
    node->column = at->column;
    node->key_line = at->line;
    node->key_column = at->column;
    for (size_t i = 0; i < node->n; i++) {
        place_all(&node->item[i], at);
    }
}

/* ... but for what it says itself: `copy` was printed from `from`. */
static void place_copy(struct tacro_node *copy, const struct tacro_node *from)
{
    copy->line = from->line;
    copy->column = from->column;
    copy->key_line = from->key_line;
    copy->key_column = from->key_column;
    for (size_t i = 0; i < copy->n && i < from->n; i++) {
        place_copy(&copy->item[i], &from->item[i]);
    }
}

static struct tacro_node *item_of(struct tacro_node *map, const char *key)
{
    for (size_t i = 0; map != NULL && map->kind == TACRO_MAP && i < map->n; i++) {
        if (strcmp(map->item[i].key, key) == 0) {
            return &map->item[i];
        }
    }
    return NULL;
}

static void place(struct tacro_node *copy, const struct tacro_node *from)
{
    if (copy != NULL && from != NULL) {
        place_copy(copy, from);
    }
}

static void set_places(struct tacro_node *root, const struct tacro_node *check,
                       const struct tacro_check_case *c)
{
    struct tacro_node *patients = item_of(root, "patients");
    if (check != NULL) {
        place_all(root, check);
    }
    for (size_t i = 0; c->patient != NULL && i < c->patient->n; i++) {
        place(item_of(patients, c->patient->item[i].key), &c->patient->item[i]);
    }
    place(item_of(root, "start"), c->start);
    place(item_of(root, "before"), c->before);
    place(item_of(root, "switch"), c->switches);
    place(item_of(item_of(item_of(root, "regimens"), "check"), "steps"), c->steps);
}

/* -- reading ----------------------------------------------------------------------- */

static char *scenario_text(const struct tacro_paramset *set,
                           const struct tacro_check *check,
                           const struct tacro_check_case *c, const char *patient)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    print_scenario(out, set, check, c, patient);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

enum tacro_status tacro_check_scenario(const struct tacro_paramset *set,
                                       const struct tacro_check *check,
                                       const struct tacro_check_case *c,
                                       const char *patient, struct tacro_notes *notes,
                                       struct tacro_scenario **out,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_notes said = {0};
    struct tacro_yaml *yaml = NULL;
    struct tacro_input *input = NULL;
    char *text = scenario_text(set, check, c, patient);
    *out = NULL;
    if (text == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "scenario of a check");
        goto done;
    }
    TACRO_TRY(tacro_yaml_read_text(set->yaml->path, text, &said, &yaml, err));
    set_places(&yaml->root, check->node, c);
    TACRO_TRY(tacro_input_take(yaml, NULL, &said, &input, err));
    TACRO_TRY(tacro_scenario_create(input, &said, out, err));
done:
    /* what is uncommon in a check is no warning to whoever reads the figures */
    tacro_notes_add_faults(notes, &said);
    tacro_notes_free(&said);
    free(text);
    return st;
}

/* -- the typical patient ----------------------------------------------------------- */

/* The level that no relation of the set is about, or the first. */
static size_t neutral_level(const struct tacro_paramset *set,
                            enum tacro_covariate_id id)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(id);
    for (size_t level = 0; level < info->nlevels; level++) {
        bool is_neutral = true;
        for (size_t i = 0; i < set->nrelations; i++) {
            const struct tacro_relation *r = &set->relation[i];
            const bool is_reached = r->is_above ? (double)level > r->at_least
                                                : (double)level >= r->at_least;
            const bool is_hit = (r->is_level && r->level == (double)level) ||
                                (r->is_indicator && is_reached);
            is_neutral = is_neutral && !(r->covariate == id && is_hit);
        }
        if (is_neutral) {
            return level;
        }
    }
    return 0;
}

static void print_typical(FILE *out, const struct tacro_paramset *set,
                          const struct tacro_relation *r)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(r->covariate);
    const char *unit = tacro_dimension_unit(info->quantity.dimension);
    double value = r->ref;
    if (info->type == TACRO_COVARIATE_FLAG) {
        fprintf(out, "%s: false, ", info->name);
        return;
    }
    if (info->type == TACRO_COVARIATE_CHOICE) {
        fprintf(out, "%s: %s, ", info->name,
                info->level[neutral_level(set, r->covariate)]);
        return;
    }
    if (r->kind == TACRO_RELATION_VALUE) {
        value = set->theta[r->theta].value;
    } else if (r->is_indicator || r->is_level) {
        value = info->quantity.hard_min;
    }
    value = fmin(fmax(value, info->quantity.hard_min), info->quantity.hard_max);
    fprintf(out, "%s: %.17g%s%s, ", info->name, value,
            info->quantity.dimension == TACRO_NUMBER ? "" : " ",
            info->quantity.dimension == TACRO_NUMBER ? "" : unit);
}

/* Whether a patient key is to be filled in: neither given nor set by the doses. */
static bool is_open(const struct tacro_node *given, enum tacro_covariate_id id)
{
    return !tacro_covariate_is_of_regimens(id) &&
           tacro_node_get(given, tacro_covariate_info(id)->name) == NULL;
}

/* What a derived covariate comes from: an adult man without drugs. */
static void print_source(FILE *out, enum tacro_covariate_id id)
{
    switch (id) {
    case TACRO_COV_weight:
        fputs("weight: 70 kg, ", out);
        break;
    case TACRO_COV_height:
        fputs("height: 170 cm, ", out);
        break;
    case TACRO_COV_sex:
        fputs("sex: male, ", out);
        break;
    default:
        fprintf(out, "%s: false, ", tacro_covariate_info(id)->name);
        break;
    }
}

char *tacro_check_typical(const struct tacro_paramset *set,
                          const struct tacro_node *given)
{
    bool is_done[TACRO_NCOVARIATES] = {false};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < set->nrelations; i++) {
        const enum tacro_covariate_id id = set->relation[i].covariate;
        if (id < TACRO_NCOVARIATES && !is_done[id] && is_open(given, id)) {
            is_done[id] = true;
            print_typical(out, set, &set->relation[i]);
        }
    }
    for (size_t i = 0; i < set->nrelations; i++) {
        enum tacro_covariate_id source[TACRO_MAX_SOURCES];
        const size_t n = tacro_derived_sources(set->relation[i].covariate, source);
        for (size_t k = 0; k < n; k++) {
            if (!is_done[source[k]] && is_open(given, source[k])) {
                is_done[source[k]] = true;
                print_source(out, source[k]);
            }
        }
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
