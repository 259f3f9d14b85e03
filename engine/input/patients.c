#include "input/patients.h"

#include "input/derived.h"
#include "input/event_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
