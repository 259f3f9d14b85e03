#include "input/plans.h"

#include "input/derived.h"
#include "input/event_file.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REGIMENS 1000

/** The plans of a scenario while they are read. */
struct reading {
    struct tacro_reader *reader;
    const struct tacro_node *root;
    struct tacro_protocol_frame frame; /**< pk: of the model that they are read for */
    struct tacro_input *in;
};

static const struct tacro_node *get(const struct reading *r, const char *key)
{
    return tacro_node_get(r->root, key);
}

/* -- regimens ---------------------------------------------------------------------- */

static bool is_label(const char *text)
{
    if (!isalpha((unsigned char)text[0])) {
        return false;
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '_') {
            return false;
        }
    }
    return true;
}

/** Whether the item's label can be that of a regimen; else a fault is noted. */
static bool check_label(struct reading *r, const struct tacro_node *map, size_t i)
{
    const struct tacro_node *item = &map->item[i];
    const char *fault = NULL;
    size_t first = 0;
    while (strcmp(map->item[first].key, item->key) != 0) {
        first++;
    }
    if (!is_label(item->key)) {
        fault = "expected a label of letters, digits and _ that starts with a letter";
    } else if (first < i) {
        fault = "given twice, expected each label once";
    }
    if (fault != NULL) {
        tacro_notes_add(r->reader->notes, TACRO_FAULT, r->reader->file, item->key_line,
                        item->key_column, "regimens.%s: %s", tacro_excerpt(item->key).s,
                        fault);
    }
    return fault == NULL;
}

/** `file` as a key of the map itself, which is one regimen then; NULL: none. */
static const struct tacro_node *sole_table(const struct tacro_node *map)
{
    const struct tacro_node *file = tacro_node_get(map, "file");
    return file != NULL && file->kind == TACRO_SCALAR ? file : NULL;
}

/** Base name of the path without extension, if that is a label; freed by the caller. */
static char *table_label(struct reading *r, const struct tacro_node *file)
{
    const char *slash = strrchr(file->text, '/');
    char *label = strdup(slash == NULL ? file->text : slash + 1);
    char *dot = label == NULL ? NULL : strrchr(label, '.');
    if (label == NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, file, "out of memory");
        return NULL;
    }
    if (dot != NULL) {
        *dot = '\0';
    }
    if (!is_label(label)) {
        tacro_schema_note(r->reader, TACRO_FAULT, file,
                          "%s is no label of letters, digits and _, expected "
                          "`label: {file: %s}`",
                          tacro_excerpt(label).s, tacro_excerpt(file->text).s);
        free(label);
        return NULL;
    }
    return label;
}

/* Patients that the table of regimens does not have get no dose: say so. */
static void check_ids(struct reading *r, const struct tacro_node *file,
                      const struct tacro_dataset *table)
{
    const struct tacro_dataset *patients = r->in->patients;
    for (size_t i = 0; patients != NULL && i < patients->n; i++) {
        if (tacro_dataset_find(table, patients->patient[i].id) == table->n) {
            tacro_schema_note(r->reader, TACRO_FAULT, file,
                              "no records of ID %s, a patient of patients.file",
                              tacro_excerpt(patients->patient[i].id).s);
            return;
        }
    }
}

/* The table of a regimen that has been read: {file, covariates}. */
static void read_table(struct reading *r, const struct tacro_node *node,
                       struct tacro_regimen *regimen)
{
    const struct tacro_node *file = tacro_node_get(node, "file");
    bool has_covariate = false;
    if (file == NULL) {
        return;
    }
    regimen->dataset = tacro_event_file_read(r->reader, file, regimen->is_locf, r->in);
    if (regimen->dataset == NULL) {
        return;
    }
    check_ids(r, file, regimen->dataset);
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        has_covariate = has_covariate || regimen->dataset->has_covariate[i];
    }
    if (has_covariate && r->in->patients == NULL) {
        tacro_schema_note(r->reader, TACRO_NOTICE, file,
                          "its covariate columns are not used: patients.file takes "
                          "covariates from a table");
    }
}

static void read_sole_table(struct reading *r, const struct tacro_node *map,
                            const struct tacro_node *file)
{
    struct tacro_regimen *regimen = &r->in->regimen[r->in->nregimens];
    for (size_t i = 0; i < map->n; i++) {
        const struct tacro_node *item = &map->item[i];
        if (strcmp(item->key, "file") != 0 && strcmp(item->key, "covariates") != 0) {
            tacro_schema_note_key(r->reader, TACRO_FAULT, file,
                                  "a table beside other regimens, expected `label: "
                                  "{file: %s}`",
                                  tacro_excerpt(file->text).s);
            return;
        }
    }
    if (tacro_regimen_read(r->reader, map, &r->frame, regimen)) {
        char *label = table_label(r, file);
        if (label == NULL) {
            tacro_regimen_free(regimen);
            return;
        }
        free(regimen->label);
        regimen->label = label;
        regimen->line = file->key_line;
        regimen->column = file->key_column;
        read_table(r, map, regimen);
        r->in->nregimens++;
    }
}

/** Whether there is a map of plans; room for those of all models is made. */
static bool make_room(struct reading *r)
{
    const struct tacro_node *map = get(r, "regimens");
    struct tacro_input *in = r->in;
    const size_t npks = in->npks > 1 ? in->npks : 1;
    if (map == NULL) {
        return false;
    }
    if (map->kind != TACRO_MAP || map->n == 0 || map->n > MAX_REGIMENS) {
        tacro_schema_note(r->reader, TACRO_FAULT, map,
                          "expected a map of 1 to %d regimens, label: {steps: [...]}",
                          MAX_REGIMENS);
        return false;
    }
    if (map->n * npks > MAX_REGIMENS) {
        tacro_schema_note(r->reader, TACRO_FAULT, map,
                          "%zu regimens under each of %zu PK models, expected at most "
                          "%d in all",
                          map->n, npks, MAX_REGIMENS);
        return false;
    }
    in->regimen = calloc(map->n * npks, sizeof *in->regimen);
    if (in->regimen == NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, map, "out of memory");
    }
    return in->regimen != NULL;
}

/** The plans as one model takes them, behind those of the models before it. */
static void read_regimens(struct reading *r)
{
    const struct tacro_node *map = get(r, "regimens");
    const struct tacro_node *file = sole_table(map);
    struct tacro_input *in = r->in;
    if (file != NULL) {
        read_sole_table(r, map, file);
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        if (check_label(r, map, i) &&
            tacro_regimen_read(r->reader, &map->item[i], &r->frame,
                               &in->regimen[in->nregimens])) {
            read_table(r, &map->item[i], &in->regimen[in->nregimens++]);
        }
    }
}

/** Name each regimen `plan@model`, where there is more than one model. */
static void name_arms(struct reading *r)
{
    struct tacro_input *in = r->in;
    const bool is_whole = in->nregimens == in->nplans * in->npks;
    for (size_t i = 0; in->npks > 1 && is_whole && i < in->nregimens; i++) {
        struct tacro_regimen *regimen = &in->regimen[i];
        const char *model = in->model[i / in->nplans].pk->name;
        const size_t room = strlen(regimen->label) + strlen(model) + sizeof "@";
        regimen->arm = malloc(room);
        if (regimen->arm == NULL) {
            tacro_schema_note(r->reader, TACRO_FAULT, get(r, "regimens"),
                              "out of memory");
            return;
        }
        snprintf(regimen->arm, room, "%s@%s", regimen->label, model);
    }
}

/** The index counts the regimens of the file: those that were read, if all were. */
static void read_reference(struct reading *r)
{
    const struct tacro_node *map = get(r, "regimens");
    const char *labels[MAX_REGIMENS];
    size_t n = 0;
    if (map == NULL || map->kind != TACRO_MAP || map->n == 0 || map->n > MAX_REGIMENS) {
        return;
    }
    if (sole_table(map) != NULL) {
        if (r->in->nregimens == 0) {
            return;
        }
        labels[n++] = r->in->regimen[0].label;
    }
    for (size_t i = 0; i < map->n && sole_table(map) == NULL; i++) {
        labels[n++] = map->item[i].key;
    }
    tacro_schema_choice(r->reader, get(r, "reference"), labels, n, &r->in->reference);
}

/* -- what was before, and the trough clock ----------------------------------------- */

static void read_before(struct reading *r)
{
    const struct tacro_node *before = get(r, "before");
    const bool is_word = before != NULL && before->kind == TACRO_SCALAR;
    if (before == NULL) {
        return;
    }
    if (before->kind == TACRO_MAP) {
        r->in->has_before =
            tacro_step_before_read(r->reader, before, &r->frame, &r->in->before);
    } else if (!is_word || strcmp(before->text, "none") != 0) {
        tacro_schema_note(r->reader, TACRO_FAULT, before,
                          "%s%sexpected none or {give: 3 mg, every: 12 h, "
                          "steady_state: true}",
                          is_word ? tacro_excerpt(before->text).s : "",
                          is_word ? ": " : "");
    }
}

/** h from the start to the first dose; 0 if the regimen has none. */
static double first_dose(const struct tacro_regimen *regimen, double start_clock)
{
    const struct tacro_dataset *table = regimen->dataset;
    double start = 0.0;
    for (size_t i = 0; table != NULL && i < table->patient[0].nrecords; i++) {
        if (table->patient[0].record[i].amount > 0.0) {
            return table->patient[0].record[i].time;
        }
    }
    for (size_t i = 0; i < regimen->plan.nsteps; i++) {
        const struct tacro_step *step = &regimen->plan.step[i];
        double clock = fmod(start_clock + start, 24.0);
        if (step->kind == TACRO_STEP_GIVE && step->nclocks == 0) {
            return start;
        }
        for (size_t k = 0; k <= step->nclocks && step->nclocks > 0; k++) {
            double next = k < step->nclocks ? step->clock[k] : step->clock[0] + 24.0;
            if (next >= clock) {
                if (next - clock < step->duration) {
                    return start + next - clock;
                }
                break;
            }
        }
        start += step->duration;
    }
    return 0.0;
}

static void read_trough_clock(struct reading *r)
{
    const struct tacro_node *node = get(r, "trough_at");
    struct tacro_input *in = r->in;
    if (node != NULL) {
        tacro_schema_clock(r->reader, node, &in->trough_clock);
    } else if (in->reference < in->nregimens) {
        in->trough_clock = fmod(
            in->start_clock + first_dose(&in->regimen[in->reference], in->start_clock),
            24.0);
    }
}

/* A bridge that begins later needs one value before it. */
static void check_induction(struct reading *r, const struct tacro_regimen *regimen)
{
    const struct tacro_covariate *given = &r->in->covariate[TACRO_COV_induction];
    if (given->distribution == TACRO_TABLE && given->is_stepped &&
        regimen->induction.from > 0.0) {
        tacro_notes_add(r->reader->notes, TACRO_FAULT, r->reader->file, regimen->line,
                        regimen->column,
                        "regimens.%s.induction: that of the patients' table changes "
                        "with time, expected no `from`",
                        regimen->label);
    }
}

/* What some model reads of the doses, unless the patients say it. */
static void find_set(struct tacro_input *in, enum tacro_covariate_id id)
{
    bool is_read = in->pk != NULL && tacro_paramset_reads(in, in->pk, id);
    for (size_t i = 0; i < in->nrisks; i++) {
        is_read = is_read ||
                  (in->risk[i] != NULL && tacro_paramset_reads(in, in->risk[i], id));
    }
    if (is_read && in->covariate[id].distribution == TACRO_ABSENT) {
        in->is_set_by_regimens[id] = true;
    }
}

/* Which covariates some regimen sets for its patients. */
static void find_set_covariates(struct reading *r)
{
    struct tacro_input *in = r->in;
    for (size_t i = 0; i < in->nregimens; i++) {
        const struct tacro_regimen *regimen = &in->regimen[i];
        if (regimen->induction.is_given) {
            in->is_set_by_regimens[TACRO_COV_induction] = true;
            check_induction(r, regimen);
        }
        if ((tacro_regimen_ports(regimen) >> TACRO_PORT_IV & 1U) != 0 &&
            in->covariate[TACRO_COV_intravenous].distribution == TACRO_ABSENT) {
            in->is_set_by_regimens[TACRO_COV_intravenous] = true;
        }
    }
    find_set(in, TACRO_COV_first_day);
    find_set(in, TACRO_COV_modified_release);
}

/** What a list of PK models does to the plans: each is read for each model. */
static void read_for_models(struct reading *r)
{
    struct tacro_input *in = r->in;
    read_regimens(r);
    in->nplans = in->nregimens;
    for (size_t i = 1; i < in->npks; i++) {
        in->pk = in->model[i].pk;
        r->frame.pk = in->pk;
        read_regimens(r);
    }
    if (in->npks > 0) {
        in->pk = in->model[0].pk;
        r->frame.pk = in->pk;
    }
    name_arms(r);
}

void tacro_plans_read(struct tacro_reader *reader, const struct tacro_node *root,
                      bool is_complete, struct tacro_input *in)
{
    const char *outcome[TACRO_MAX_RISKS] = {NULL};
    const struct tacro_node *weight =
        tacro_node_get(tacro_node_get(root, "patients"), "weight");
    struct reading r = {
        .reader = reader,
        .root = root,
        .in = in,
        .frame = {.horizon = in->horizon,
                  .start_day = in->start_day,
                  .noutcomes = in->nrisks,
                  .outcome = outcome,
                  .has_all_outcomes = is_complete,
                  .has_target = tacro_node_get(root, "target") != NULL,
                  .has_weight =
                      in->covariate[TACRO_COV_weight].distribution == TACRO_TABLE ||
                      (weight != NULL &&
                       in->covariate[TACRO_COV_weight].distribution != TACRO_UNKNOWN),
                  .pk = in->pk},
    };
    for (size_t i = 0; i < in->nrisks; i++) {
        outcome[i] = in->risk[i]->outcome;
    }
    if (make_room(&r)) {
        read_for_models(&r);
    }
    read_reference(&r);
    find_set_covariates(&r);
    if (in->npks == 0) {
        read_before(&r);
    }
    for (size_t i = in->npks; i-- > 0;) { /* the first model's stays */
        r.frame.pk = in->model[i].pk;
        read_before(&r);
        in->model[i].before = in->before;
    }
    read_trough_clock(&r);
}
