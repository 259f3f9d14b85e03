#include "input/paramset.h"

#include "input/anchor.h"
#include "input/params.h"
#include "input/relations.h"
#include "input/thetas.h"
#include "input/uncertain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK_TEXT(name) #name,
static const char *const mark_names[] = {TACRO_MARK_LIST(MARK_TEXT)};
#undef MARK_TEXT

#define DEFAULT_OCCASION 12.0 /* h */

const char *tacro_mark_name(enum tacro_mark mark)
{
    return mark_names[mark];
}

static enum tacro_status out_of_memory(struct tacro_error *err, const char *what)
{
    return tacro_fail(err, TACRO_ENOMEM, "%s of a params file", what);
}

const char *tacro_paramset_keep(struct tacro_paramset *set, const char *before,
                                const char *text)
{
    char **made = realloc(set->made, (set->nmade + 1) * sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    set->made = made;
    const size_t n = strlen(before) + strlen(text) + 1;
    char *joined = malloc(n);
    if (joined != NULL) {
        snprintf(joined, n, "%s%s", before, text);
        set->made[set->nmade++] = joined;
    }
    return joined;
}

bool tacro_mark_read(struct tacro_reader *reader, const struct tacro_node *entry,
                     enum tacro_mark *mark, const char **from)
{
    size_t index = 0;
    const bool has_mark = tacro_schema_choice(reader, tacro_node_get(entry, "mark"),
                                              mark_names, TACRO_NMARKS, &index);
    const bool has_from =
        tacro_schema_text(reader, tacro_node_get(entry, "from"), from);
    *mark = (enum tacro_mark)index;
    return has_mark && has_from;
}

/* -- the head of the file ---------------------------------------------------------- */

/** The name is the file's: basename without its last extension. */
static void check_name(struct tacro_reader *reader, const struct tacro_node *root,
                       struct tacro_paramset *set)
{
    const struct tacro_node *node = tacro_node_get(root, "name");
    const char *slash = strrchr(reader->file, '/');
    const char *base = slash != NULL ? slash + 1 : reader->file;
    const char *dot = strrchr(base, '.');
    const size_t n = dot != NULL ? (size_t)(dot - base) : strlen(base);
    if (tacro_schema_text(reader, node, &set->name) &&
        (strlen(set->name) != n || memcmp(set->name, base, n) != 0)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: expected %.*s, the name of the file",
                          tacro_excerpt(set->name).s, (int)n, base);
    }
}

static void check_kind(struct tacro_reader *reader, const struct tacro_node *root,
                       enum tacro_set_kind kind)
{
    static const char *const kinds[] = {"pk", "risk"};
    const struct tacro_node *node = tacro_node_get(root, "kind");
    size_t index = 0;
    if (tacro_schema_choice(reader, node, kinds, 2, &index) && index != (size_t)kind) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s: expected a file of kind %s",
                          kinds[index], kinds[kind]);
    }
}

static void read_days(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_paramset *set)
{
    static const struct tacro_key keys[] = {
        {"from", TACRO_REQUIRED, "the first calibrated day, such as 1 d"},
        {"to", TACRO_REQUIRED, "the last calibrated day, such as 6 d"},
    };
    static const struct tacro_quantity times = {TACRO_TIME, 0.0, 87600.0, 0.0, 87600.0};
    double from = 0.0;
    double to = 0.0;
    set->first_day = (double)NAN;
    set->last_day = (double)NAN;
    if (!tacro_schema_keys(reader, node, keys, 2)) {
        return;
    }
    const struct tacro_node *last = tacro_node_get(node, "to");
    if (tacro_schema_number(reader, tacro_node_get(node, "from"), &times, &from) &&
        tacro_schema_number(reader, last, &times, &to)) {
        if (to < from) {
            tacro_schema_note(reader, TACRO_FAULT, last, "%s is before `from`",
                              last->text);
        }
        set->first_day = from / 24.0;
        set->last_day = to / 24.0;
    }
}

/** "author year, doi ..., table; read in ..." */
static enum tacro_status read_source(struct tacro_reader *reader,
                                     const struct tacro_node *node,
                                     struct tacro_paramset *set,
                                     struct tacro_error *err)
{
    static const struct tacro_key keys[] = {
        {"author", TACRO_REQUIRED, "who found the numbers"},
        {"year", TACRO_OPTIONAL, "the year of publication"},
        {"doi", TACRO_OPTIONAL, "the DOI"},
        {"table", TACRO_OPTIONAL, "the table of the paper"},
        {"read", TACRO_OPTIONAL, "where it was read"},
    };
    static const char *const before[] = {"", " ", ", doi ", ", ", "; read in "};
    char text[1024] = "";
    size_t used = 0;
    uint64_t year = 0;
    if (!tacro_schema_keys(reader, node, keys, 5)) {
        return TACRO_OK;
    }
    tacro_schema_count(reader, tacro_node_get(node, "year"), 1900, 2200, &year);
    for (size_t i = 0; i < 5 && used < sizeof text; i++) {
        const char *part = NULL;
        if (tacro_schema_text(reader, tacro_node_get(node, keys[i].name), &part)) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", before[i],
                                     part);
        }
    }
    set->source = tacro_paramset_keep(set, "", text);
    return set->source != NULL ? TACRO_OK : out_of_memory(err, "source");
}

static void check_outcome(struct tacro_reader *reader, const struct tacro_node *node,
                          const char *outcome)
{
    if (outcome != NULL &&
        outcome[strspn(outcome, "abcdefghijklmnopqrstuvwxyz")] != '\0') {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s: expected lower-case letters",
                          tacro_excerpt(outcome).s);
    }
}

static void read_trough_to_mean(struct tacro_reader *reader,
                                const struct tacro_node *node,
                                struct tacro_paramset *set)
{
    static const struct tacro_key keys[] = {
        {"value", TACRO_REQUIRED, "trough over mean level, such as 0.78"},
        {"mark", TACRO_REQUIRED, "how the number was verified"},
        {"from", TACRO_REQUIRED, "where the number was read"},
    };
    static const struct tacro_quantity ratio = {TACRO_NUMBER, 0.01, 1.0, 0.01, 1.0};
    enum tacro_mark mark;
    const char *from = NULL;
    set->trough_to_mean = (double)NAN;
    if (tacro_schema_keys(reader, node, keys, 3)) {
        tacro_mark_read(reader, node, &mark, &from);
        tacro_schema_number(reader, tacro_node_get(node, "value"), &ratio,
                            &set->trough_to_mean);
    }
}

/* -- the file ---------------------------------------------------------------------- */

#define HEAD_KEYS                                                                      \
    {"name", TACRO_REQUIRED, "the name of the file"},                                  \
        {"kind", TACRO_REQUIRED, "pk or risk"},                                        \
        {"title", TACRO_REQUIRED, "one line about the model"},                         \
        {"population", TACRO_REQUIRED, "whom the numbers are about"},                  \
        {"days", TACRO_OPTIONAL, "calibrated days {from: 1 d, to: 6 d}"},              \
        {"source", TACRO_REQUIRED, "{author, year, doi, table, read}"},                \
        {"parts", TACRO_REQUIRED, "a list of parts, see `tacro models`"},              \
        {"theta", TACRO_REQUIRED, "the typical values"},                               \
        {"omega", TACRO_OPTIONAL, "the variability between patients"},                 \
    {                                                                                  \
        "covariates", TACRO_OPTIONAL, "a list of covariate relations"                  \
    }

static const struct tacro_key pk_keys[] = {
    HEAD_KEYS,
    {"occasion", TACRO_OPTIONAL, "the length of an occasion, such as 12 h"},
    {"trough_to_mean", TACRO_OPTIONAL, "{value, mark, from}"},
    {"kappa", TACRO_OPTIONAL, "the variability between occasions"},
    {"wander", TACRO_OPTIONAL, "the slow variability of a dose's parameters"},
    {"sigma", TACRO_OPTIONAL, "the residual error"},
};

static const struct tacro_key risk_keys[] = {
    HEAD_KEYS,
    {"outcome", TACRO_REQUIRED, "a word for the outcome, such as pres"},
    {"endpoint", TACRO_REQUIRED, "what the probability is of"},
    {"anchor", TACRO_OPTIONAL, "the incidence that the hazard scale reproduces"},
    {"after", TACRO_OPTIONAL, "what follows the event"},
    {"draws", TACRO_OPTIONAL, "the table of parameter draws, a file beside this one"},
    {"reference", TACRO_OPTIONAL, "the reference population"},
};

static void read_head(struct tacro_reader *reader, const struct tacro_node *root,
                      struct tacro_paramset *set)
{
    static const struct tacro_quantity occasions = {TACRO_TIME, 1.0, 168.0, 1.0, 168.0};
    const struct tacro_node *outcome = tacro_node_get(root, "outcome");
    check_name(reader, root, set);
    check_kind(reader, root, set->kind);
    tacro_schema_text(reader, tacro_node_get(root, "title"), &set->title);
    tacro_schema_text(reader, tacro_node_get(root, "population"), &set->population);
    read_days(reader, tacro_node_get(root, "days"), set);
    set->occasion = DEFAULT_OCCASION;
    set->trough_to_mean = (double)NAN;
    if (set->kind == TACRO_SET_PK) {
        tacro_schema_number(reader, tacro_node_get(root, "occasion"), &occasions,
                            &set->occasion);
        read_trough_to_mean(reader, tacro_node_get(root, "trough_to_mean"), set);
    } else {
        tacro_schema_text(reader, outcome, &set->outcome);
        check_outcome(reader, outcome, set->outcome);
        tacro_schema_text(reader, tacro_node_get(root, "endpoint"), &set->endpoint);
    }
}

static enum tacro_status read_set(struct tacro_reader *reader, bool without_draws,
                                  struct tacro_paramset *set, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nbefore = reader->notes->nfaults;
    const struct tacro_node *root = &set->yaml->root;
    if (set->kind == TACRO_SET_PK) {
        tacro_schema_keys(reader, root, pk_keys, sizeof pk_keys / sizeof pk_keys[0]);
    } else {
        tacro_schema_keys(reader, root, risk_keys,
                          sizeof risk_keys / sizeof risk_keys[0]);
    }
    read_head(reader, root, set);
    TACRO_TRY(read_source(reader, tacro_node_get(root, "source"), set, err));
    if (!tacro_parts_read(reader, tacro_node_get(root, "parts"), set)) {
        goto done;
    }
    TACRO_TRY(tacro_thetas_read(reader, tacro_node_get(root, "theta"), set, err));
    TACRO_TRY(tacro_effects_read(reader, root, set, err));
    TACRO_TRY(tacro_relations_read(reader, root, set, err));
    if (set->kind == TACRO_SET_RISK) {
        tacro_reference_read(reader, root, set);
        TACRO_TRY(tacro_anchor_read(reader, tacro_node_get(root, "anchor"), set, err));
        TACRO_TRY(tacro_after_read(reader, tacro_node_get(root, "after"), set, err));
    }
    TACRO_TRY(tacro_uncertain_list(reader, set, err));
    if (without_draws) {
        goto done;
    }
    TACRO_TRY(tacro_uncertain_read(reader, tacro_node_get(root, "draws"),
                                   reader->notes->nfaults == nbefore, set, err));
done:
    return st;
}

static enum tacro_status read_file(const char *path, enum tacro_set_kind kind,
                                   bool without_draws, struct tacro_notes *notes,
                                   struct tacro_paramset **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_reader reader = {.file = path, .notes = notes};
    const size_t nbefore = notes->nfaults;
    struct tacro_paramset *set = calloc(1, sizeof *set);
    *out = NULL;
    if (set == NULL) {
        st = out_of_memory(err, "head");
        goto done;
    }
    set->kind = kind;
    TACRO_TRY(tacro_yaml_read(path, notes, &set->yaml, err));
    reader.file = set->yaml->path;
    TACRO_TRY(read_set(&reader, without_draws, set, err));
    if (notes->nfaults > nbefore) {
        const size_t n = notes->nfaults - nbefore;
        st =
            tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", path, n, n > 1 ? "s" : "");
        goto done;
    }
    *out = set;
    set = NULL;
done:
    tacro_paramset_free(set);
    return st;
}

enum tacro_status tacro_paramset_read(const char *path, enum tacro_set_kind kind,
                                      struct tacro_notes *notes,
                                      struct tacro_paramset **out,
                                      struct tacro_error *err)
{
    return read_file(path, kind, false, notes, out, err);
}

enum tacro_status tacro_paramset_read_without_draws(const char *path,
                                                    enum tacro_set_kind kind,
                                                    struct tacro_notes *notes,
                                                    struct tacro_paramset **out,
                                                    struct tacro_error *err)
{
    return read_file(path, kind, true, notes, out, err);
}

void tacro_paramset_free(struct tacro_paramset *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        tacro_covariate_free(&set->reference[i]);
    }
    for (size_t i = 0; i < set->nmade; i++) {
        free(set->made[i]);
    }
    free(set->made);
    tacro_draws_free(set->draws);
    free(set->uncertain);
    free(set->part);
    free(set->theta);
    free(set->effect);
    free(set->relation);
    tacro_yaml_free(set->yaml);
    free(set);
}

size_t tacro_paramset_theta(const struct tacro_paramset *set, const char *name)
{
    size_t i = 0;
    while (i < set->nthetas && strcmp(set->theta[i].name, name) != 0) {
        i++;
    }
    return i;
}
