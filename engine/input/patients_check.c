/* Which covariates the models and doses use, of those that the patients give. */
#include "input/patients.h"

#include "input/derived.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODELS_TEXT 512

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
static const struct tacro_relation *relation_of(const struct tacro_input *in,
                                                const struct tacro_paramset *set,
                                                enum tacro_covariate_id id)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        if (tacro_relation_reads(in, &set->relation[i], id)) {
            return &set->relation[i];
        }
    }
    return NULL;
}

static void name_models(struct rules *r)
{
    const struct tacro_input *in = r->in;
    size_t n = 0;
    for (size_t i = 0; i < in->npks + in->nrisks && n < sizeof r->models; i++) {
        const struct tacro_paramset *set =
            i < in->npks ? in->model[i].pk : in->risk[i - in->npks];
        int written = snprintf(r->models + n, sizeof r->models - n, "%s%s",
                               n == 0 ? "" : ", ", set->name);
        n += written < 0 ? 0 : (size_t)written;
    }
}

/** How many of the PK models read the covariate. */
static size_t count_readers(const struct tacro_input *in, enum tacro_covariate_id id)
{
    size_t n = 0;
    for (size_t m = 0; m < in->npks; m++) {
        n += relation_of(in, in->model[m].pk, id) != NULL;
    }
    return n;
}

/** "a, b": the PK models that read the covariate, or those that do not. */
static void name_readers(const struct tacro_input *in, enum tacro_covariate_id id,
                         bool is_reader, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t m = 0; m < in->npks && n < size; m++) {
        if ((relation_of(in, in->model[m].pk, id) != NULL) == is_reader) {
            n += (size_t)snprintf(text + n, size - n, "%s%s", n == 0 ? "" : ", ",
                                  in->model[m].pk->name);
        }
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

/**
 * The PK file reads a covariate that is not given, itself or as a source of the one it
 * needs. Of the azoles one is enough: whoever has that is known, the others are not.
 */
static void note_needed(const struct rules *r, const struct tacro_paramset *pk,
                        enum tacro_covariate_id id, const char *given,
                        const struct tacro_relation *relation)
{
    const char *made = tacro_covariate_info(relation->covariate)->name;
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    const size_t n = tacro_input_sources(r->in, relation->covariate, source);
    char text[256];
    int length;
    bool is_any = false;
    if (n == 0) {
        snprintf(text, sizeof text, "%s needs a value for ", pk->name);
        note_absent(r, TACRO_FAULT, id, given, text, pk->theta[relation->theta].name);
        return;
    }
    length = snprintf(text, sizeof text, "%s needs a value for %s, which comes from ",
                      pk->name, made);
    for (size_t i = 0; i < n; i++) {
        is_any = is_any || tacro_input_gives(r->in, source[i]);
        if (length >= 0 && (size_t)length < sizeof text) {
            length += snprintf(text + length, sizeof text - (size_t)length, "%s%s",
                               i == 0       ? ""
                               : i + 1 == n ? " and "
                                            : ", ",
                               tacro_covariate_info(source[i])->name);
        }
    }
    if (relation->covariate != TACRO_COV_azole) {
        char missing[320];
        snprintf(missing, sizeof missing, "%s: %s is missing", text,
                 tacro_covariate_info(id)->name);
        note_absent(r, TACRO_FAULT, id, given, missing, "");
    } else if (!is_any && id == source[0]) {
        note_absent(r, TACRO_FAULT, id, given, text, ": none is given");
    }
}

/** The covariate is absent or unknown. */
static void check_absent(const struct rules *r, enum tacro_covariate_id id)
{
    const char *given =
        r->in->covariate[id].distribution == TACRO_UNKNOWN ? "unknown" : "not given";
    enum tacro_covariate_id source[TACRO_MAX_SOURCES];
    bool is_used = false;
    if (tacro_input_sources(r->in, id, source) > 0) {
        return; /* it follows from what is given */
    }
    for (size_t m = 0; m < r->in->npks; m++) {
        const struct tacro_paramset *pk = r->in->model[m].pk;
        const struct tacro_relation *relation = relation_of(r->in, pk, id);
        if (relation == NULL) {
            continue;
        }
        is_used = true;
        if (!tacro_covariate_is_of_regimens(id)) { /* else the regimens say so */
            note_needed(r, pk, id, given, relation);
        }
    }
    if (is_used) {
        return;
    }
    for (size_t i = 0; i < r->in->nrisks; i++) {
        const struct tacro_paramset *risk = r->in->risk[i];
        if (relation_of(r->in, risk, id) == NULL) {
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
    for (size_t i = 0; table != NULL && i < table->n; i++) {
        const struct tacro_column *column = &table->patient[i].covariate[id];
        for (size_t k = 0; k < column->n; k++) {
            if (column->step[k].value != 0.0) {
                return true;
            }
        }
    }
    return false;
}

bool tacro_patients_ever_have(const struct tacro_input *in, enum tacro_covariate_id id)
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

const char tacro_patients_ignored[] = "no effect of it on the level in ";

/**
 * An inhibitor that PK models ignore: of a list one that knows it is enough, and what
 * the others leave out is said.
 */
static void check_ignored(const struct rules *r, const struct tacro_node *item,
                          enum tacro_covariate_id id, const char *column)
{
    const struct tacro_input *in = r->in;
    char ignoring[MODELS_TEXT];
    char readers[MODELS_TEXT];
    name_readers(in, id, false, ignoring, sizeof ignoring);
    name_readers(in, id, true, readers, sizeof readers);
    if (readers[0] != '\0') {
        tacro_schema_note(r->reader, TACRO_WARNING, item,
                          "%s%s%s: ignored there, only under %s does it act", column,
                          tacro_patients_ignored, ignoring, readers);
    } else if (r->is_unused_allowed) {
        tacro_schema_note(r->reader, TACRO_WARNING, item,
                          in->npks > 1 ? "%snone of %s has an effect of it on the "
                                         "level: ignored"
                                       : "%s%s has no effect of it on the level: "
                                         "ignored",
                          column, ignoring);
    } else {
        tacro_schema_note(r->reader, TACRO_FAULT, item,
                          in->npks > 1
                              ? "%snone of %s has an effect of it on the level, "
                                "expected a PK file that has, or `multiply` and "
                                "`unused: allow`"
                              : "%s%s has no effect of it on the level, expected a PK "
                                "file that has, or `multiply` and `unused: allow`",
                          column, ignoring);
    }
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
    const size_t nreaders = count_readers(in, id);
    bool is_used = nreaders > 0;
    if (nreaders < in->npks && tacro_covariate_info(id)->is_inhibitor &&
        tacro_patients_ever_have(in, id)) {
        check_ignored(r, item, id, column);
        return;
    }
    is_used = is_used || (id == TACRO_COV_weight && is_dosed_by_weight(in));
    for (size_t i = 0; i < in->nrisks && !is_used; i++) {
        is_used = relation_of(in, in->risk[i], id) != NULL;
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
        tacro_patients_ever_have(r->in, id)) {
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
            if (relation_of(r->in, risk, TACRO_COV_organ) == NULL) {
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
