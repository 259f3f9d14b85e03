#include "input/patients.h"

#include "input/event_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Probabilities are summed over the patients of a draw in 64 bits of 2^-40 each. */
#define MODELS_TEXT 512

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define COVARIATE_KEY(name, ...) {#name, TACRO_OPTIONAL, NULL},
static const struct tacro_key patient_keys[] = {{"n", TACRO_OPTIONAL, NULL},
                                                {"typical", TACRO_OPTIONAL, NULL},
                                                {"file", TACRO_OPTIONAL, NULL},
                                                {"covariates", TACRO_OPTIONAL, NULL},
                                                TACRO_COVARIATE_LIST(COVARIATE_KEY)};
#undef COVARIATE_KEY

/* -- the table --------------------------------------------------------------------- */

/** Whether the regimens come from a table too: then a dose of this one may be given. */
static bool has_dose_file(const struct tacro_node *root)
{
    const struct tacro_node *regimens = tacro_node_get(root, "regimens");
    bool has_file = tacro_node_get(regimens, "file") != NULL;
    for (size_t i = 0; regimens != NULL && i < regimens->n; i++) {
        has_file = has_file || tacro_node_get(&regimens->item[i], "file") != NULL;
    }
    return has_file;
}

static void note_doses(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_node *file, const struct tacro_dataset *table)
{
    size_t n = 0;
    for (size_t i = 0; i < table->n; i++) {
        for (size_t k = 0; k < table->patient[i].nrecords; k++) {
            n += tacro_record_is_dose(&table->patient[i].record[k]);
        }
    }
    if (n > 0 && !has_dose_file(node->parent)) {
        tacro_schema_note(reader, TACRO_NOTICE, file,
                          "%zu dose record%s of the table %s not given: it serves "
                          "covariates, doses are those of `regimens`",
                          n, n == 1 ? "" : "s", n == 1 ? "is" : "are");
    }
}

static void read_table(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_input *in)
{
    const struct tacro_node *file = tacro_node_get(node, "file");
    const struct tacro_node *covariates = tacro_node_get(node, "covariates");
    const bool is_locf = tacro_event_file_is_locf(reader, covariates);
    if (covariates != NULL && file == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, covariates,
                          "expected beside `file` only, lists of a scenario are locf");
    }
    in->patients =
        file == NULL ? NULL : tacro_event_file_read(reader, file, is_locf, in);
    if (in->patients != NULL) {
        tacro_schema_note(reader, TACRO_NOTICE, file,
                          "%zu patient%s, covariates hold from %s", in->patients->n,
                          in->patients->n == 1 ? "" : "s",
                          tacro_event_file_way(is_locf));
        note_doses(reader, node, file, in->patients);
    }
}

/** Take a column over as the covariate of the patients. */
static void read_column(struct tacro_reader *reader, const struct tacro_node *item,
                        enum tacro_covariate_id id, struct tacro_input *in)
{
    const struct tacro_dataset *table = in->patients;
    const char *name = tacro_covariate_info(id)->name;
    const struct tacro_dataset_patient *first = NULL;
    size_t nmissing = 0;
    bool is_stepped = false;
    for (size_t i = 0; i < table->n; i++) {
        const size_t n = table->patient[i].covariate[id].n;
        first = n == 0 && nmissing == 0 ? &table->patient[i] : first;
        nmissing += n == 0;
        is_stepped = is_stepped || n > 1;
    }
    if (nmissing == table->n) {
        return; /* an empty column is none */
    }
    if (item != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "also a column of %s, expected one of the two", table->path);
    }
    if (nmissing == 1) {
        tacro_notes_add(reader->notes, TACRO_FAULT, table->path, first->line, 1,
                        "ID %s has no %s, expected at least one value",
                        tacro_excerpt(first->id).s, name);
    } else if (nmissing > 0) {
        tacro_notes_add(
            reader->notes, TACRO_FAULT, table->path, first->line, 1,
            "ID %s and %zu more have no %s, expected at least one value each",
            tacro_excerpt(first->id).s, nmissing - 1, name);
    }
    tacro_covariate_free(&in->covariate[id]);
    in->covariate[id] =
        (struct tacro_covariate){.distribution = TACRO_TABLE, .is_stepped = is_stepped};
}

/* -- reading ----------------------------------------------------------------------- */

/** How many patients the table has. */
static void read_table_size(struct tacro_reader *reader, const struct tacro_node *node,
                            uint64_t subjects, struct tacro_input *in)
{
    const struct tacro_node *n = tacro_node_get(node, "n");
    const uint64_t most = in->patients == NULL ? TACRO_MAX_PATIENTS : in->patients->n;
    if (n != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, n,
                          "the patients are those of `file`, expected no n beside it");
    }
    if (in->patients == NULL) {
        return;
    }
    in->npatients = most;
    if (in->is_typical && most > 1) {
        tacro_schema_note(reader, TACRO_FAULT, tacro_node_get(node, "typical"),
                          "`typical: true` is one patient, expected a table of one ID, "
                          "found %" PRIu64,
                          most);
    }
    if (subjects > most) {
        tacro_notes_add(reader->notes, TACRO_FAULT, reader->file, 0, 0,
                        "patients.n: %" PRIu64 " asked for, expected at most %" PRIu64
                        ", the patients of %s",
                        subjects, most, in->patients->path);
    } else if (subjects > 0) {
        in->npatients = subjects; /* the first ones */
    }
}

static void read_size(struct tacro_reader *reader, const struct tacro_node *node,
                      uint64_t subjects, struct tacro_input *in)
{
    const struct tacro_node *n = tacro_node_get(node, "n");
    const struct tacro_node *typical = tacro_node_get(node, "typical");
    in->npatients = 1;
    if (typical != NULL) {
        tacro_schema_flag(reader, typical, &in->is_typical);
    }
    if (tacro_node_get(node, "file") != NULL) {
        read_table_size(reader, node, subjects, in);
        return;
    }
    if (in->is_typical && n != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, n,
                          "`typical: true` is one patient, expected no n beside it");
    } else if (n != NULL) {
        tacro_schema_count(reader, n, 1, TACRO_MAX_PATIENTS, &in->npatients);
    } else if (!in->is_typical) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "n is missing, expected how many patients to simulate, e.g. "
                          "n: 1000, typical: true or file: patients.csv");
    }
    if (subjects > TACRO_MAX_PATIENTS || (in->is_typical && subjects > 1)) {
        tacro_notes_add(reader->notes, TACRO_FAULT, reader->file, 0, 0,
                        "--subjects: %" PRIu64 " asked for, expected at most %u%s",
                        subjects, in->is_typical ? 1 : TACRO_MAX_PATIENTS,
                        in->is_typical ? ", the typical patient" : "");
    } else if (subjects > 0) {
        in->npatients = subjects;
    }
}

void tacro_patients_read(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_overrides *overrides,
                         struct tacro_input *in)
{
    if (node == NULL) {
        return;
    }
    tacro_schema_keys(reader, node, patient_keys, COUNT(patient_keys));
    if (node->kind != TACRO_MAP) {
        return;
    }
    read_table(reader, node, in);
    read_size(reader, node, overrides == NULL ? 0 : overrides->subjects, in);
    for (enum tacro_covariate_id id = 0; id < TACRO_NCOVARIATES; id++) {
        const struct tacro_node *item =
            tacro_node_get(node, tacro_covariate_info(id)->name);
        struct tacro_covariate *covariate = &in->covariate[id];
        if (item == NULL) {
            continue;
        }
        if (!tacro_covariate_read(reader, item, id, covariate)) {
            tacro_covariate_free(covariate);
            *covariate = (struct tacro_covariate){.distribution = TACRO_ABSENT};
        } else if (covariate->distribution == TACRO_STEPS &&
                   covariate->step[covariate->n - 1].from >= in->horizon) {
            const struct tacro_node *from =
                tacro_node_get(&item->item[item->n - 1], "from");
            tacro_schema_note(reader, TACRO_WARNING, item,
                              "the value from %s on is at or after the horizon of %s: "
                              "no effect",
                              from->text,
                              tacro_units_time_beside(in->horizon, from->text).s);
        }
    }
    for (enum tacro_covariate_id id = 0; in->patients != NULL && id < TACRO_NCOVARIATES;
         id++) {
        if (in->patients->has_covariate[id]) {
            read_column(reader, tacro_node_get(node, tacro_covariate_info(id)->name),
                        id, in);
        }
    }
}

/* -- what the models need ---------------------------------------------------------- */

/** What the rules compare. */
struct rules {
    struct tacro_reader *reader;
    const struct tacro_node *node;
    const struct tacro_input *in;
    bool is_complete;
    bool is_unused_allowed;
    char models[MODELS_TEXT]; /**< "pk, risk, risk" */
};

/** The first relation of the set that reads the covariate, or NULL. */
static const struct tacro_relation *relation_of(const struct tacro_paramset *set,
                                                enum tacro_covariate_id id)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        if (set->relation[i].covariate == id) {
            return &set->relation[i];
        }
    }
    return NULL;
}

static void name_models(struct rules *r)
{
    size_t n = 0;
    for (size_t i = 0; i <= r->in->nrisks && n < sizeof r->models; i++) {
        const struct tacro_paramset *set = i == 0 ? r->in->pk : r->in->risk[i - 1];
        int written = set == NULL ? 0
                                  : snprintf(r->models + n, sizeof r->models - n,
                                             "%s%s", n == 0 ? "" : ", ", set->name);
        n += written < 0 ? 0 : (size_t)written;
    }
}

/** A place for what is said about a covariate that the scenario does not name. */
static void note_absent(const struct rules *r, enum tacro_severity severity,
                        enum tacro_covariate_id id, const char *given, const char *text,
                        const char *name)
{
    const struct tacro_node *item =
        tacro_node_get(r->node, tacro_covariate_info(id)->name);
    if (item != NULL) {
        tacro_schema_note(r->reader, severity, item, "%s; %s%s", given, text, name);
    } else {
        tacro_notes_add(r->reader->notes, severity, r->reader->file, r->node->key_line,
                        r->node->key_column, "patients.%s: %s; %s%s",
                        tacro_covariate_info(id)->name, given, text, name);
    }
}

/**
 * The covariate is that of the reference population. Its default needs no word, but
 * `unknown` asks for one.
 */
static void note_reference(const struct rules *r, enum tacro_covariate_id id,
                           const char *given, const struct tacro_paramset *risk)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(id);
    const struct tacro_covariate *reference = &risk->reference[id];
    char text[128];
    if (reference->distribution == TACRO_STEPS) {
        const double value = reference->step[0].value;
        snprintf(text, sizeof text, "taken as %s, the default of ",
                 info->nlevels > 0 ? info->level[(size_t)value]
                 : value != 0.0    ? "true"
                                   : "false");
        if (r->in->covariate[id].distribution == TACRO_UNKNOWN) {
            note_absent(r, TACRO_NOTICE, id, given, text, risk->name);
        }
    } else if (reference->has_absent_with &&
               tacro_covariate_is_true(&r->in->covariate[reference->absent_with])) {
        note_absent(r, TACRO_NOTICE, id, given, "taken as absent (0) with ",
                    tacro_covariate_info(reference->absent_with)->name);
    } else {
        note_absent(r, TACRO_NOTICE, id, given,
                    "drawn from the reference population of ", risk->name);
    }
}

/** The covariate is absent or unknown. */
static void check_absent(const struct rules *r, enum tacro_covariate_id id)
{
    const char *given =
        r->in->covariate[id].distribution == TACRO_UNKNOWN ? "unknown" : "not given";
    const struct tacro_relation *relation =
        r->in->pk == NULL ? NULL : relation_of(r->in->pk, id);
    bool is_used = false;
    if (relation != NULL) {
        char text[128];
        snprintf(text, sizeof text, "%s needs a value for ", r->in->pk->name);
        note_absent(r, TACRO_FAULT, id, given, text,
                    r->in->pk->theta[relation->theta].name);
        return;
    }
    for (size_t i = 0; i < r->in->nrisks; i++) {
        const struct tacro_paramset *risk = r->in->risk[i];
        if (relation_of(risk, id) == NULL) {
            continue;
        }
        is_used = true;
        if (risk->reference[id].distribution != TACRO_ABSENT) {
            note_reference(r, id, given, risk);
            return;
        }
    }
    if (is_used) {
        note_absent(r, TACRO_NOTICE, id, given, "taken as absent (0)", "");
    } else if (r->in->covariate[id].distribution == TACRO_UNKNOWN && r->is_complete) {
        note_absent(r, TACRO_NOTICE, id, given, "no effect in ", r->models);
    }
}

/** Whether any patient of the table has a value other than 0 at any time. */
static bool is_ever_set_in_table(const struct tacro_dataset *table,
                                 enum tacro_covariate_id id)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct tacro_column *column = &table->patient[i].covariate[id];
        for (size_t k = 0; k < column->n; k++) {
            if (column->step[k].value != 0.0) {
                return true;
            }
        }
    }
    return false;
}

/** Whether the covariate can differ from 0 in any patient at any time. */
static bool is_ever_set(const struct tacro_input *in, enum tacro_covariate_id id)
{
    const struct tacro_covariate *covariate = &in->covariate[id];
    if (covariate->distribution == TACRO_TABLE) {
        return is_ever_set_in_table(in->patients, id);
    }
    if (covariate->distribution == TACRO_BERNOULLI) {
        return covariate->probability > 0.0;
    }
    for (size_t i = 0; i < covariate->n; i++) {
        if (covariate->step[i].value != 0.0) {
            return true;
        }
    }
    return false;
}

static bool is_dosed_by_weight(const struct tacro_input *in)
{
    bool is_per_kg = in->has_before && in->before.is_per_kg;
    for (size_t i = 0; i < in->nregimens && !is_per_kg; i++) {
        is_per_kg = tacro_regimen_is_per_kg(&in->regimen[i]);
    }
    return is_per_kg;
}

/** The covariate has a value. */
static void check_unused(const struct rules *r, const struct tacro_node *item,
                         enum tacro_covariate_id id)
{
    const struct tacro_input *in = r->in;
    char column[64] = ""; /* of the table, at whose name the note is */
    if (in->covariate[id].distribution == TACRO_TABLE) {
        snprintf(column, sizeof column, "%s: ", tacro_covariate_info(id)->name);
    }
    bool is_used = in->pk != NULL && relation_of(in->pk, id) != NULL;
    if (in->pk != NULL && !is_used && tacro_covariate_info(id)->is_inhibitor &&
        is_ever_set(in, id)) {
        if (r->is_unused_allowed) {
            tacro_schema_note(r->reader, TACRO_WARNING, item,
                              "%s%s has no effect of it on the level: ignored", column,
                              in->pk->name);
        } else {
            tacro_schema_note(r->reader, TACRO_FAULT, item,
                              "%s%s has no effect of it on the level, expected a PK "
                              "file that has, or `multiply` and `unused: allow`",
                              column, in->pk->name);
        }
        return;
    }
    is_used = is_used || (id == TACRO_COV_weight && is_dosed_by_weight(in));
    for (size_t i = 0; i < in->nrisks && !is_used; i++) {
        is_used = relation_of(in->risk[i], id) != NULL;
    }
    if (!is_used && r->is_complete) {
        tacro_schema_note(r->reader, TACRO_NOTICE, item, "%sno effect in %s", column,
                          r->models);
    }
}

/* -- the organ --------------------------------------------------------------------- */

/** Whether the covariate is `value` in any patient at any time. */
static bool is_ever(const struct tacro_input *in, enum tacro_covariate_id id,
                    double value)
{
    const struct tacro_covariate *covariate = &in->covariate[id];
    bool is = false;
    if (covariate->distribution == TACRO_TABLE) {
        for (size_t i = 0; i < in->patients->n; i++) {
            const struct tacro_column *column = &in->patients->patient[i].covariate[id];
            for (size_t k = 0; k < column->n; k++) {
                is = is || column->step[k].value == value;
            }
        }
        return is;
    }
    for (size_t i = 0; covariate->distribution == TACRO_STEPS && i < covariate->n;
         i++) {
        is = is || covariate->step[i].value == value;
    }
    return is;
}

/** "lung" of rejection_lung; else the words for what its numbers are about. */
static const char *population_of(const struct tacro_paramset *risk)
{
    static const char end[] = "_lung";
    const size_t n = strlen(risk->name);
    return n >= sizeof end && strcmp(risk->name + n - (sizeof end - 1), end) == 0
               ? "lung"
               : "its population";
}

/** A covariate that means the lung alone, with another organ. */
static void check_lung_alone(const struct rules *r, enum tacro_covariate_id id,
                             const char *organ)
{
    const char *name = tacro_covariate_info(id)->name;
    const enum tacro_distribution given = r->in->covariate[id].distribution;
    const struct tacro_node *item =
        tacro_node_get(r->node, given == TACRO_TABLE ? "file" : name);
    if (item != NULL && given != TACRO_ABSENT && given != TACRO_UNKNOWN &&
        is_ever_set(r->in, id)) {
        tacro_schema_note(r->reader, TACRO_WARNING, item,
                          "%s%smeans a transplantation of the lung, but the organ is "
                          "%s: it acts all the same",
                          given == TACRO_TABLE ? name : "",
                          given == TACRO_TABLE ? ": " : "", organ);
    }
}

/** What the risk files do not know of the organ. */
static void check_organ(const struct rules *r)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(TACRO_COV_organ);
    const enum tacro_distribution given =
        r->in->covariate[TACRO_COV_organ].distribution;
    const struct tacro_node *item =
        tacro_node_get(r->node, given == TACRO_TABLE ? "file" : info->name);
    for (size_t level = 1; item != NULL && level < info->nlevels; level++) {
        if (!is_ever(r->in, TACRO_COV_organ, (double)level)) {
            continue;
        }
        for (size_t i = 0; i < r->in->nrisks; i++) {
            const struct tacro_paramset *risk = r->in->risk[i];
            if (relation_of(risk, TACRO_COV_organ) == NULL) {
                tacro_schema_note(r->reader, TACRO_WARNING, item,
                                  "%s has no numbers for %s: its risk stays that of %s",
                                  risk->name, info->level[level], population_of(risk));
            }
        }
        check_lung_alone(r, TACRO_COV_bilateral, info->level[level]);
        check_lung_alone(r, TACRO_COV_cystic_fibrosis, info->level[level]);
    }
}

void tacro_patients_check(struct tacro_reader *reader, const struct tacro_node *node,
                          bool is_complete, bool is_unused_allowed,
                          const struct tacro_input *in)
{
    struct rules r = {.reader = reader,
                      .node = node,
                      .in = in,
                      .is_complete = is_complete,
                      .is_unused_allowed = is_unused_allowed};
    if (node == NULL || node->kind != TACRO_MAP) {
        return;
    }
    const struct tacro_node *file = tacro_node_get(node, "file");
    const bool is_table_read = file == NULL || in->patients != NULL;
    name_models(&r);
    for (enum tacro_covariate_id id = 0; id < TACRO_NCOVARIATES; id++) {
        const struct tacro_node *item =
            tacro_node_get(node, tacro_covariate_info(id)->name);
        enum tacro_distribution distribution = in->covariate[id].distribution;
        if (distribution == TACRO_TABLE) {
            check_unused(&r, file, id);
        } else if (item == NULL || distribution == TACRO_UNKNOWN) {
            if (is_table_read) { /* else the table may have it */
                check_absent(&r, id);
            }
        } else if (distribution != TACRO_ABSENT) {
            check_unused(&r, item, id);
        } /* else: a fault has been noted */
    }
    check_organ(&r);
}
