#include "input/patients.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Probabilities are summed over the patients of a draw in 64 bits of 2^-40 each. */
#define MAX_PATIENTS 16000000U
#define MODELS_TEXT 512

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define COVARIATE_KEY(name, ...) {#name, TACRO_OPTIONAL, NULL},
static const struct tacro_key patient_keys[] = {{"n", TACRO_OPTIONAL, NULL},
                                                {"typical", TACRO_OPTIONAL, NULL},
                                                {"file", TACRO_LATER, NULL},
                                                {"induction", TACRO_LATER, NULL},
                                                TACRO_COVARIATE_LIST(COVARIATE_KEY)};
#undef COVARIATE_KEY

/* -- reading ----------------------------------------------------------------------- */

static void read_size(struct tacro_reader *reader, const struct tacro_node *node,
                      uint64_t subjects, struct tacro_input *in)
{
    const struct tacro_node *n = tacro_node_get(node, "n");
    const struct tacro_node *typical = tacro_node_get(node, "typical");
    in->npatients = 1;
    if (typical != NULL) {
        tacro_schema_flag(reader, typical, &in->is_typical);
    }
    if (in->is_typical && n != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, n,
                          "`typical: true` is one patient, expected no n beside it");
    } else if (n != NULL) {
        tacro_schema_count(reader, n, 1, MAX_PATIENTS, &in->npatients);
    } else if (!in->is_typical && tacro_node_get(node, "file") == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "n is missing, expected how many patients to simulate, e.g. "
                          "n: 1000, or typical: true");
    }
    if (subjects > MAX_PATIENTS || (in->is_typical && subjects > 1)) {
        tacro_notes_add(reader->notes, TACRO_FAULT, reader->file, 0, 0,
                        "patients.n: %" PRIu64 " asked for, expected at most %u%s",
                        subjects, in->is_typical ? 1 : MAX_PATIENTS,
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
            tacro_schema_note(
                reader, TACRO_WARNING, item,
                "the value from %g h on is at or after the horizon of %g h: "
                "no effect",
                covariate->step[covariate->n - 1].from, in->horizon);
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
            note_absent(r, TACRO_NOTICE, id, given,
                        "drawn from the reference population of ", risk->name);
            return;
        }
    }
    if (is_used) {
        note_absent(r, TACRO_NOTICE, id, given, "taken as absent (0)", "");
    } else if (r->in->covariate[id].distribution == TACRO_UNKNOWN && r->is_complete) {
        note_absent(r, TACRO_NOTICE, id, given, "no effect in ", r->models);
    }
}

/** Whether the covariate can differ from 0 in any patient at any time. */
static bool is_ever_set(const struct tacro_covariate *covariate)
{
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

/** The covariate has a value. */
static void check_unused(const struct rules *r, const struct tacro_node *item,
                         enum tacro_covariate_id id)
{
    const struct tacro_input *in = r->in;
    bool is_used = in->pk != NULL && relation_of(in->pk, id) != NULL;
    if (in->pk != NULL && !is_used && tacro_covariate_info(id)->is_inhibitor &&
        is_ever_set(&in->covariate[id])) {
        if (r->is_unused_allowed) {
            tacro_schema_note(r->reader, TACRO_WARNING, item,
                              "%s has no effect of it on the level: ignored",
                              in->pk->name);
        } else {
            tacro_schema_note(r->reader, TACRO_FAULT, item,
                              "%s has no effect of it on the level, expected a PK file "
                              "that has, or `multiply` and `unused: allow`",
                              in->pk->name);
        }
        return;
    }
    for (size_t i = 0; i < in->nrisks && !is_used; i++) {
        is_used = relation_of(in->risk[i], id) != NULL;
    }
    if (!is_used && r->is_complete) {
        tacro_schema_note(r->reader, TACRO_NOTICE, item, "no effect in %s", r->models);
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
    name_models(&r);
    for (enum tacro_covariate_id id = 0; id < TACRO_NCOVARIATES; id++) {
        const struct tacro_node *item =
            tacro_node_get(node, tacro_covariate_info(id)->name);
        enum tacro_distribution distribution = in->covariate[id].distribution;
        if (item == NULL || distribution == TACRO_UNKNOWN) {
            check_absent(&r, id);
        } else if (distribution != TACRO_ABSENT) {
            check_unused(&r, item, id);
        } /* else: a fault has been noted */
    }
}
