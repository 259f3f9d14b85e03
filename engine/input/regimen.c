#include "input/regimen.h"

#include "input/covariate.h"
#include "input/limits.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define TRAP                                                                           \
    "rules stand under `when`, expected that key (YAML 1.1 reads a bare `on` as true)"
#define BESIDE_FILE "does not belong beside `file`"

static const struct tacro_key regimen_keys[] = {
    {"steps", TACRO_REQUIRED, "a list of steps such as {give: 3 mg, every: 12 h}"},
    {"monitor", TACRO_OPTIONAL, NULL},
    {"adjust", TACRO_OPTIONAL, NULL},
    {"when", TACRO_OPTIONAL, NULL},
    {"induction", TACRO_OPTIONAL, NULL},
    {"file", TACRO_OPTIONAL, NULL},
    {"covariates", TACRO_REFUSED, "belongs to a table of events, expected `file`"},
    {"on", TACRO_REFUSED, TRAP},
    {"true", TACRO_REFUSED, TRAP},
};

static const struct tacro_key table_keys[] = {
    {"file", TACRO_REQUIRED, NULL},         {"covariates", TACRO_OPTIONAL, NULL},
    {"steps", TACRO_REFUSED, BESIDE_FILE},  {"monitor", TACRO_REFUSED, BESIDE_FILE},
    {"adjust", TACRO_REFUSED, BESIDE_FILE}, {"when", TACRO_REFUSED, BESIDE_FILE},
    {"induction", TACRO_OPTIONAL, NULL},
};

static const char *const carried[] = {"nocb", "locf"};

static bool keep_text(struct tacro_reader *reader, const struct tacro_node *node,
                      const char *text, char **out)
{
    *out = strdup(text);
    if (*out == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
    }
    return *out != NULL;
}

static bool read_table(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_regimen *out)
{
    const struct tacro_node *covariates = tacro_node_get(node, "covariates");
    const char *path = NULL;
    size_t choice = 0;
    bool ok = tacro_schema_keys(reader, node, table_keys, COUNT(table_keys));
    ok = tacro_schema_text(reader, tacro_node_get(node, "file"), &path) &&
         keep_text(reader, node, path, &out->table) && ok;
    if (covariates != NULL &&
        !tacro_schema_choice(reader, covariates, carried, COUNT(carried), &choice)) {
        ok = false;
    }
    out->is_locf = choice == 1;
    return ok;
}

static bool read_plan(struct tacro_reader *reader, const struct tacro_node *node,
                      const struct tacro_protocol_frame *frame,
                      struct tacro_regimen *out)
{
    const struct tacro_node *steps = tacro_node_get(node, "steps");
    bool ok = tacro_schema_keys(reader, node, regimen_keys, COUNT(regimen_keys));
    ok = steps != NULL && tacro_sequence_read(reader, steps, frame, 0.0, &out->plan) &&
         ok;
    return tacro_protocol_read(reader, node, frame, &out->protocol) && ok;
}

static bool read_drug(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_cover *out)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(TACRO_COV_induction);
    size_t level = 0;
    if (node == NULL ||
        !tacro_schema_choice(reader, node, info->level, info->nlevels, &level)) {
        return false;
    }
    out->level = (double)level;
    return true;
}

/** `basiliximab`, or {drug: basiliximab, from: 3 d}. */
static bool read_induction(struct tacro_reader *reader, const struct tacro_node *node,
                           double horizon, struct tacro_cover *out)
{
    static const struct tacro_key keys[] = {
        {"drug", TACRO_REQUIRED, "a drug, e.g. basiliximab"},
        {"from", TACRO_OPTIONAL, NULL},
    };
    const struct tacro_node *from = tacro_node_get(node, "from");
    bool ok = true;
    out->is_given = node != NULL;
    if (node == NULL) {
        return true;
    }
    if (node->kind == TACRO_SCALAR) {
        return read_drug(reader, node, out);
    }
    ok = tacro_schema_keys(reader, node, keys, COUNT(keys));
    ok = read_drug(reader, tacro_node_get(node, "drug"), out) && ok;
    if (from != NULL &&
        !tacro_schema_number(reader, from, &tacro_limit_time, &out->from)) {
        return false;
    }
    tacro_limit_warn_late(reader, from, out->from, horizon);
    return ok;
}

bool tacro_regimen_read(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_protocol_frame *frame,
                        struct tacro_regimen *out)
{
    bool ok;
    *out = (struct tacro_regimen){.line = node->line, .column = node->column};
    if (node->key != NULL) {
        out->line = node->key_line;
        out->column = node->key_column;
    }
    ok = keep_text(reader, node, node->key == NULL ? "" : node->key, &out->label);
    if (tacro_node_get(node, "file") != NULL) {
        ok = read_table(reader, node, out) && ok;
    } else {
        ok = read_plan(reader, node, frame, out) && ok;
    }
    ok = read_induction(reader, tacro_node_get(node, "induction"), frame->horizon,
                        &out->induction) &&
         ok;
    if (!ok) {
        tacro_regimen_free(out);
    }
    return ok;
}

void tacro_regimen_free(struct tacro_regimen *regimen)
{
    if (regimen == NULL) {
        return;
    }
    free(regimen->label);
    free(regimen->arm);
    free(regimen->table);
    tacro_dataset_free(regimen->dataset);
    tacro_sequence_free(&regimen->plan);
    tacro_protocol_free(&regimen->protocol);
    *regimen = (struct tacro_regimen){0};
}

const char *tacro_regimen_name(const struct tacro_regimen *regimen)
{
    return regimen->arm != NULL ? regimen->arm : regimen->label;
}

bool tacro_regimen_is_per_kg(const struct tacro_regimen *regimen)
{
    const struct tacro_protocol *protocol = &regimen->protocol;
    bool is_per_kg = tacro_sequence_is_per_kg(&regimen->plan);
    for (size_t i = 0; i < protocol->ntriggers && !is_per_kg; i++) {
        is_per_kg = tacro_sequence_is_per_kg(&protocol->trigger[i].steps);
    }
    return is_per_kg;
}

static unsigned ports_of_steps(const struct tacro_sequence *sequence)
{
    unsigned ports = 0;
    for (size_t i = 0; i < sequence->nsteps; i++) {
        if (sequence->step[i].kind == TACRO_STEP_GIVE) {
            ports |= 1U << sequence->step[i].port;
        }
    }
    return ports;
}

unsigned tacro_regimen_ports(const struct tacro_regimen *regimen)
{
    const struct tacro_dataset *table = regimen->dataset;
    unsigned ports = ports_of_steps(&regimen->plan);
    for (size_t i = 0; i < regimen->protocol.ntriggers; i++) {
        ports |= ports_of_steps(&regimen->protocol.trigger[i].steps);
    }
    for (size_t i = 0; table != NULL && i < table->n; i++) {
        for (size_t k = 0; k < table->patient[i].nrecords; k++) {
            const struct tacro_record *r = &table->patient[i].record[k];
            ports |= tacro_record_is_dose(r) ? 1U << r->port : 0;
        }
    }
    return ports;
}
