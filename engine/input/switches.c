#include "input/switches.h"

#include "input/absolute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Sections whose entries an option may replace. */
static const char *const sections[] = {"theta", "omega", "kappa", "sigma", "rhythm"};

/* -- the tree with the options chosen ---------------------------------------------- */

/* Room for n nodes for the life of the set; NULL when memory is out. */
static struct tacro_node *keep_nodes(struct tacro_paramset *set, size_t n)
{
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    const size_t size = (set->nmerged + 1) * sizeof *set->merged;
    struct tacro_node **grown = realloc(set->merged, size);
    struct tacro_node *nodes;
    if (grown == NULL) {
        return NULL;
    }
    set->merged = grown;
    nodes = calloc(n + 1, sizeof *nodes);
    if (nodes != NULL) {
        set->merged[set->nmerged++] = nodes;
    }
    return nodes;
}

/* Index of a key among the items of a map, or n. */
static size_t find_item(const struct tacro_node *map, const char *key)
{
    size_t i = 0;
    while (i < map->n && strcmp(map->item[i].key, key) != 0) {
        i++;
    }
    return i;
}

/* Entries of `from` take the place of those of the same key. False: memory is out. */
static bool replace_entries(struct tacro_paramset *set, struct tacro_node *section,
                            const struct tacro_node *from)
{
    struct tacro_node *item = keep_nodes(set, section->n + from->n);
    if (item == NULL) {
        return false;
    }
    if (section->n > 0) {
        memcpy(item, section->item, section->n * sizeof *item);
    }
    section->item = item;
    for (size_t i = 0; i < from->n; i++) {
        const size_t at = find_item(section, from->item[i].key);
        section->item[at] = from->item[i]; /* its place and path are the option's */
        section->item[at].index = at;
        section->n += at == section->n;
    }
    return true;
}

/* What an option says, over set->root. False: memory is out. */
static bool apply(struct tacro_paramset *set, const struct tacro_node *option)
{
    for (size_t i = 0; i < option->n; i++) {
        const struct tacro_node *from = &option->item[i];
        const size_t at = find_item(&set->root, from->key);
        struct tacro_node *section = &set->root.item[at];
        if (at == set->root.n) {
            *section = *from; /* a section that the file does not have */
            section->index = at;
            set->root.n++;
        } else if (section->kind == TACRO_MAP && from->kind == TACRO_MAP &&
                   !replace_entries(set, section, from)) {
            return false;
        }
    }
    return true;
}

/* -- the file's switches ----------------------------------------------------------- */

static void read_option(struct tacro_reader *reader, const struct tacro_node *node,
                        struct tacro_switch *out)
{
    struct tacro_key keys[COUNT(sections)];
    for (size_t i = 0; i < COUNT(sections); i++) {
        keys[i] = (struct tacro_key){sections[i], TACRO_OPTIONAL,
                                     "entries that replace those of the file"};
    }
    if (!tacro_schema_keys(reader, node, keys, COUNT(keys))) {
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        tacro_schema_map(reader, &node->item[i]);
    }
    out->option[out->noptions++] = node;
}

/* "variance; or sd" */
static bool keep_text(struct tacro_paramset *set, struct tacro_switch *s)
{
    char text[512];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", s->option[s->chosen]->key);
    for (size_t i = 0; i < s->noptions && used < sizeof text; i++) {
        if (i != s->chosen) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                     strchr(text, ';') == NULL ? "; or " : ", ",
                                     s->option[i]->key);
        }
    }
    s->text = tacro_paramset_keep(set, "", text);
    return s->text != NULL;
}

static size_t find_option(const struct tacro_switch *s, const char *name)
{
    size_t i = 0;
    while (i < s->noptions && strcmp(s->option[i]->key, name) != 0) {
        i++;
    }
    return i;
}

/* "variance, sd" */
static void list_options(const struct tacro_switch *s, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < s->noptions && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ",
                                 s->option[i]->key);
    }
}

/* False after a fault. */
static bool read_switch(struct tacro_reader *reader, const struct tacro_node *node,
                        struct tacro_switch *out)
{
    static const struct tacro_key keys[] = {
        {"doc", TACRO_REQUIRED, "what the sources say differently"},
        {"default", TACRO_REQUIRED, "the name of the option taken unless chosen"},
        {"options", TACRO_REQUIRED, "a map of option: what it replaces"},
    };
    const size_t nbefore = reader->notes->nfaults;
    const struct tacro_node *options = tacro_node_get(node, "options");
    const struct tacro_node *by_default = tacro_node_get(node, "default");
    const char *name = NULL;
    char list[256];
    *out = (struct tacro_switch){.name = node->key};
    if (!tacro_schema_keys(reader, node, keys, COUNT(keys)) ||
        !tacro_schema_text(reader, tacro_node_get(node, "doc"), &out->doc) ||
        !tacro_schema_map(reader, options) ||
        !tacro_schema_text(reader, by_default, &name)) {
        return false;
    }
    if (options->n > TACRO_MAX_OPTIONS) {
        tacro_schema_note(reader, TACRO_FAULT, options,
                          "%zu options, expected at most %d", options->n,
                          TACRO_MAX_OPTIONS);
        return false;
    }
    for (size_t i = 0; i < options->n; i++) {
        read_option(reader, &options->item[i], out);
    }
    if (reader->notes->nfaults > nbefore) {
        return false;
    }
    out->by_default = find_option(out, name);
    out->chosen = out->by_default;
    if (out->by_default == out->noptions) {
        list_options(out, list, sizeof list);
        tacro_schema_note(reader, TACRO_FAULT, by_default,
                          "no option %s, expected one of: %s", tacro_excerpt(name).s,
                          list);
        return false;
    }
    return true;
}

static void take_choice(const struct tacro_choices *choices, struct tacro_switch *s)
{
    for (size_t i = 0; choices != NULL && i < choices->n; i++) {
        const struct tacro_choice *c = &choices->choice[i];
        if (strcmp(c->name, s->name) == 0) {
            const size_t option = find_option(s, c->option);
            s->chosen = option < s->noptions ? option : s->chosen;
        }
    }
}

enum tacro_status tacro_switches_read(struct tacro_reader *reader,
                                      const struct tacro_choices *choices,
                                      struct tacro_paramset *set,
                                      struct tacro_error *err)
{
    const struct tacro_node *map = tacro_node_get(&set->yaml->root, "switches");
    char words[1024] = "";
    size_t used = 0;
    set->root = set->yaml->root;
    set->switch_words = "";
    if (map == NULL || set->kind != TACRO_SET_PK || !tacro_schema_map(reader, map)) {
        return TACRO_OK;
    }
    set->switches = calloc(map->n, sizeof *set->switches);
    set->root.item = keep_nodes(set, set->root.n + COUNT(sections));
    if (set->switches == NULL || set->root.item == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "switches of a params file");
    }
    memcpy(set->root.item, set->yaml->root.item, set->root.n * sizeof *set->root.item);
    for (size_t i = 0; i < map->n; i++) {
        struct tacro_switch *s = &set->switches[set->nswitches];
        if (!read_switch(reader, &map->item[i], s)) {
            continue;
        }
        set->nswitches++;
        take_choice(choices, s);
        if (!apply(set, s->option[s->chosen]) || !keep_text(set, s)) {
            return tacro_fail(err, TACRO_ENOMEM, "switches of a params file");
        }
        if (used < sizeof words) {
            used += (size_t)snprintf(words + used, sizeof words - used, "%s%s = %s",
                                     used == 0 ? "" : " | ", s->name, s->text);
        }
    }
    set->switch_words = tacro_paramset_keep(set, "", words);
    return set->switch_words != NULL
               ? TACRO_OK
               : tacro_fail(err, TACRO_ENOMEM, "switches of a params file");
}

void tacro_switches_free(struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nmerged; i++) {
        free(set->merged[i]);
    }
    free(set->merged);
    free(set->switches);
}

/* -- what a scenario chooses ------------------------------------------------------- */

static const struct tacro_switch *find_switch(const struct tacro_paramset *set,
                                              const char *name)
{
    for (size_t i = 0; set != NULL && i < set->nswitches; i++) {
        if (strcmp(set->switches[i].name, name) == 0) {
            return &set->switches[i];
        }
    }
    return NULL;
}

/* "iiv_scale, iov_f" of all files. */
static void list_switches(struct tacro_paramset *const *pk, size_t n, char *text,
                          size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; pk[k] != NULL && i < pk[k]->nswitches && used < size; i++) {
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     used == 0 ? "" : ", ", pk[k]->switches[i].name);
        }
    }
}

/* False after a fault. */
static bool check_choice(struct tacro_reader *reader, const struct tacro_node *node,
                         struct tacro_paramset *const *pk, size_t n, const char *option)
{
    char list[512];
    bool is_found = false;
    bool is_good = true;
    for (size_t k = 0; k < n; k++) {
        const struct tacro_switch *s = find_switch(pk[k], node->key);
        if (s == NULL) {
            continue;
        }
        is_found = true;
        const size_t chosen = find_option(s, option);
        if (chosen == s->noptions) {
            list_options(s, list, sizeof list);
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "%s has no option %s, expected one of: %s", pk[k]->name,
                              tacro_excerpt(option).s, list);
            is_good = false;
        } else if (chosen != s->by_default) {
            tacro_schema_note(reader, TACRO_NOTICE, node, "%s instead of %s of %s: %s",
                              option, s->option[s->by_default]->key, pk[k]->name,
                              s->doc);
        }
    }
    if (!is_found) {
        list_switches(pk, n, list, sizeof list);
        tacro_schema_note(reader, TACRO_FAULT, node, "no PK file has this switch%s%s",
                          list[0] == '\0' ? "" : ", expected one of: ", list);
    }
    return is_found && is_good;
}

static bool is_changed(const struct tacro_paramset *set,
                       const struct tacro_choices *choices)
{
    bool has_changed = false;
    for (size_t i = 0; set != NULL && i < choices->n; i++) {
        const struct tacro_switch *s = find_switch(set, choices->choice[i].name);
        has_changed =
            has_changed ||
            (s != NULL && find_option(s, choices->choice[i].option) != s->chosen);
    }
    return has_changed;
}

enum tacro_status tacro_switches_choose(struct tacro_reader *reader,
                                        const struct tacro_node *node,
                                        struct tacro_paramset **pk, size_t n,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_choices choices = {.n = 0};
    struct tacro_choice *choice = NULL;
    bool is_good = true;
    if (node == NULL || !tacro_schema_map(reader, node)) {
        return TACRO_OK;
    }
    for (size_t k = 0; k < n; k++) {
        is_good = is_good && pk[k] != NULL; /* what it has is not known */
    }
    choice = calloc(node->n, sizeof *choice);
    if (choice == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "switches of a scenario");
    }
    for (size_t i = 0; is_good && i < node->n; i++) {
        const struct tacro_node *item = &node->item[i];
        const char *option = NULL;
        if (tacro_schema_text(reader, item, &option) &&
            check_choice(reader, item, pk, n, option)) {
            choice[choices.n++] = (struct tacro_choice){item->key, option};
        }
    }
    choices.choice = choice;
    for (size_t k = 0; k < n; k++) {
        if (is_changed(pk[k], &choices)) {
            TACRO_TRY(tacro_paramset_switch(&pk[k], &choices, reader->notes, err));
            TACRO_TRY(tacro_absolute_default(pk[k], err));
        }
    }
done:
    free(choice);
    return st;
}

void tacro_switches_text(const struct tacro_paramset *set, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < set->nswitches && used < size; i++) {
        const struct tacro_switch *s = &set->switches[i];
        if (s->chosen != s->by_default) {
            used += (size_t)snprintf(text + used, size - used, "%s: %s\n", s->name,
                                     s->option[s->chosen]->key);
        }
    }
}

char *tacro_switches_words(struct tacro_paramset *const *pk, size_t n)
{
    size_t room = 1;
    size_t used = 0;
    char *text;
    for (size_t i = 0; i < n; i++) {
        room +=
            pk[i] == NULL ? 0 : strlen(pk[i]->name) + strlen(pk[i]->switch_words) + 4;
    }
    text = malloc(room);
    if (text == NULL) {
        return NULL;
    }
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (pk[i] != NULL && pk[i]->switch_words[0] != '\0') {
            used += (size_t)snprintf(text + used, room - used, "%s%s%s%s",
                                     used > 0 ? "; " : "", n > 1 ? pk[i]->name : "",
                                     n > 1 ? ": " : "", pk[i]->switch_words);
        }
    }
    return text;
}
