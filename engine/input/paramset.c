#include "input/paramset.h"

#include "input/anchor.h"
#include "input/correlations.h"
#include "input/params.h"
#include "input/ranges.h"
#include "input/relations.h"
#include "input/rhythm.h"
#include "input/sigma.h"
#include "input/switches.h"
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
        {"patient", TACRO_OPTIONAL, "covariates of the typical patient"},
        {"start", TACRO_OPTIONAL, "{day, clock} of the interval"},
        {"give", TACRO_OPTIONAL, "the dose, such as 2 mg"},
    };
    static const struct tacro_quantity ratio = {TACRO_NUMBER, 0.01, 1.0, 0.01, 1.0};
    enum tacro_mark mark;
    const char *from = NULL;
    set->trough_to_mean = (double)NAN;
    if (tacro_schema_keys(reader, node, keys, sizeof keys / sizeof keys[0])) {
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
        {"ranges", TACRO_OPTIONAL,                                                     \
         "covariates of the population {weight: 46-122 kg}"},                          \
    {                                                                                  \
        "covariates", TACRO_OPTIONAL, "a list of covariate relations"                  \
    }

static const struct tacro_key pk_keys[] = {
    HEAD_KEYS,
    {"occasion", TACRO_OPTIONAL, "the length of an occasion, such as 12 h"},
    {"trough_to_mean", TACRO_OPTIONAL, "{value, mark, from}"},
    {"kappa", TACRO_OPTIONAL, "the variability between occasions"},
    {"wander", TACRO_OPTIONAL, "the slow variability of a dose's parameters"},
    {"rhythm", TACRO_OPTIONAL, "the parameters that follow the clock"},
    {"sigma", TACRO_OPTIONAL, "the residual error"},
    {"switches", TACRO_OPTIONAL, "options where sources conflict"},
    {"checks", TACRO_OPTIONAL, "published figures that the file reproduces"},
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

/** How a file is read. */
struct manner {
    bool without_draws;
    const struct tacro_choices *choices; /* NULL: every switch at its default */
};

static enum tacro_status read_set(struct tacro_reader *reader,
                                  const struct manner *manner,
                                  struct tacro_paramset *set, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nbefore = reader->notes->nfaults;
    const struct tacro_node *root = &set->root;
    if (set->kind == TACRO_SET_PK) {
        tacro_schema_keys(reader, &set->yaml->root, pk_keys,
                          sizeof pk_keys / sizeof pk_keys[0]);
    } else {
        tacro_schema_keys(reader, &set->yaml->root, risk_keys,
                          sizeof risk_keys / sizeof risk_keys[0]);
    }
    TACRO_TRY(tacro_switches_read(reader, manner->choices, set, err));
    read_head(reader, root, set);
    TACRO_TRY(read_source(reader, tacro_node_get(root, "source"), set, err));
    if (!tacro_parts_read(reader, tacro_node_get(root, "parts"), set)) {
        goto done;
    }
    TACRO_TRY(tacro_thetas_read(reader, tacro_node_get(root, "theta"), set, err));
    TACRO_TRY(tacro_rhythm_read(reader, tacro_node_get(root, "rhythm"), set, err));
    TACRO_TRY(tacro_effects_read(reader, root, set, err));
    if (set->kind == TACRO_SET_PK) {
        tacro_sigma_read(reader, tacro_node_get(root, "sigma"), set);
    }
    TACRO_TRY(tacro_relations_read(reader, root, set, err));
    if (set->kind == TACRO_SET_RISK) {
        tacro_reference_read(reader, root, set);
        TACRO_TRY(tacro_anchor_read(reader, tacro_node_get(root, "anchor"), set, err));
        TACRO_TRY(tacro_after_read(reader, tacro_node_get(root, "after"), set, err));
    }
    tacro_ranges_read(reader, tacro_node_get(root, "ranges"), set);
    TACRO_TRY(tacro_checks_read(reader, tacro_node_get(root, "checks"), set, err));
    TACRO_TRY(tacro_uncertain_list(reader, set, err));
    if (manner->without_draws) {
        goto done;
    }
    TACRO_TRY(tacro_uncertain_read(reader, tacro_node_get(root, "draws"),
                                   reader->notes->nfaults == nbefore, set, err));
done:
    return st;
}

/** A set over a tree; the tree is its own after success alone. */
static enum tacro_status read_tree(struct tacro_yaml *yaml, enum tacro_set_kind kind,
                                   const struct manner *manner,
                                   struct tacro_notes *notes,
                                   struct tacro_paramset **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_reader reader = {.file = yaml->path, .notes = notes};
    const size_t nbefore = notes->nfaults;
    struct tacro_paramset *set = calloc(1, sizeof *set);
    *out = NULL;
    if (set == NULL) {
        return out_of_memory(err, "head");
    }
    set->kind = kind;
    set->yaml = yaml;
    st = read_set(&reader, manner, set, err);
    if (st == TACRO_OK && notes->nfaults > nbefore) {
        const size_t n = notes->nfaults - nbefore;
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", yaml->path, n,
                        n > 1 ? "s" : "");
    }
    if (st == TACRO_OK) {
        *out = set;
        return st;
    }
    set->yaml = NULL;
    tacro_paramset_free(set);
    return st;
}

/** Faults of one list that another one lacks. */
static void add_faults(const struct tacro_notes *from, struct tacro_notes *to)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct tacro_note *note = &from->note[i];
        bool is_new = note->severity == TACRO_FAULT;
        for (size_t k = 0; is_new && k < to->n; k++) {
            is_new = to->note[k].line != note->line ||
                     to->note[k].column != note->column ||
                     strcmp(to->note[k].text, note->text) != 0 ||
                     strcmp(to->note[k].file, note->file) != 0;
        }
        if (is_new) {
            tacro_notes_add(to, TACRO_FAULT, note->file, note->line, note->column, "%s",
                            note->text);
        }
    }
}

/** Read the file once more with an option in place of the default. */
static enum tacro_status try_option(struct tacro_yaml *yaml,
                                    const struct tacro_node *node,
                                    const struct tacro_node *option,
                                    struct tacro_notes *notes, struct tacro_error *err)
{
    const struct tacro_choice choice = {node->key, option->key};
    const struct tacro_choices choices = {1, &choice};
    const struct manner manner = {.choices = &choices};
    struct tacro_notes own = {0};
    struct tacro_paramset *set = NULL;
    struct tacro_error why = {.status = TACRO_OK};
    enum tacro_status st = read_tree(yaml, TACRO_SET_PK, &manner, &own, &set, &why);
    if (set != NULL) {
        set->yaml = NULL; /* borrowed */
        tacro_paramset_free(set);
    }
    add_faults(&own, notes);
    tacro_notes_free(&own);
    return st == TACRO_OK || st == TACRO_EINPUT ? TACRO_OK
                                                : tacro_fail(err, st, "%s", why.text);
}

static enum tacro_status try_options(struct tacro_yaml *yaml, struct tacro_notes *notes,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_node *map = tacro_node_get(&yaml->root, "switches");
    for (size_t i = 0; map != NULL && map->kind == TACRO_MAP && i < map->n; i++) {
        const struct tacro_node *options = tacro_node_get(&map->item[i], "options");
        for (size_t k = 0; options != NULL && options->kind == TACRO_MAP &&
                           k < options->n && k < TACRO_MAX_OPTIONS;
             k++) {
            TACRO_TRY(try_option(yaml, &map->item[i], &options->item[k], notes, err));
        }
    }
done:
    return st;
}

static enum tacro_status read_file(const char *path, enum tacro_set_kind kind,
                                   bool without_draws, struct tacro_notes *notes,
                                   struct tacro_paramset **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct manner manner = {.without_draws = without_draws};
    const size_t nbefore = notes->nfaults;
    struct tacro_yaml *yaml = NULL;
    struct tacro_paramset *set = NULL;
    *out = NULL;
    TACRO_TRY(tacro_yaml_read(path, notes, &yaml, err));
    st = read_tree(yaml, kind, &manner, notes, &set, err);
    if (kind == TACRO_SET_PK && (st == TACRO_OK || st == TACRO_EINPUT)) {
        const enum tacro_status tried = try_options(yaml, notes, err);
        st = tried != TACRO_OK ? tried : st;
    }
    if ((st == TACRO_OK || st == TACRO_EINPUT) && notes->nfaults > nbefore) {
        const size_t n = notes->nfaults - nbefore;
        st =
            tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", path, n, n > 1 ? "s" : "");
    }
    if (st == TACRO_OK) {
        *out = set;
        return st;
    }
done:
    if (set != NULL) {
        set->yaml = NULL;
        tacro_paramset_free(set);
    }
    tacro_yaml_free(yaml);
    return st;
}

enum tacro_status tacro_paramset_switch(struct tacro_paramset **set,
                                        const struct tacro_choices *choices,
                                        struct tacro_notes *notes,
                                        struct tacro_error *err)
{
    const struct manner manner = {.choices = choices};
    struct tacro_paramset *other = NULL;
    struct tacro_error why = {.status = TACRO_OK};
    const enum tacro_status st =
        read_tree((*set)->yaml, (*set)->kind, &manner, notes, &other, &why);
    if (st != TACRO_OK) {
        return st == TACRO_EINPUT ? TACRO_OK : tacro_fail(err, st, "%s", why.text);
    }
    (*set)->yaml = NULL; /* the other's */
    tacro_paramset_free(*set);
    *set = other;
    return TACRO_OK;
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

bool tacro_paramset_kind(const char *path, enum tacro_set_kind *kind)
{
    struct tacro_notes notes = {0};
    struct tacro_yaml *yaml = NULL;
    bool is_one = false;
    if (tacro_yaml_read(path, &notes, &yaml, NULL) == TACRO_OK) {
        const struct tacro_node *root = &yaml->root;
        const struct tacro_node *word = tacro_node_get(root, "kind");
        is_one = tacro_node_get(root, "parts") != NULL ||
                 tacro_node_get(root, "theta") != NULL;
        *kind = word != NULL && word->text != NULL && strcmp(word->text, "risk") == 0
                    ? TACRO_SET_RISK
                    : TACRO_SET_PK;
    }
    tacro_yaml_free(yaml);
    tacro_notes_free(&notes);
    return is_one;
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
    tacro_switches_free(set);
    tacro_draws_free(set->draws);
    free(set->uncertain);
    free(set->part);
    free(set->theta);
    free(set->effect);
    tacro_correlations_free(&set->omega_corr);
    tacro_correlations_free(&set->kappa_corr);
    free(set->relation);
    free(set->rhythm);
    free(set->check);
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
