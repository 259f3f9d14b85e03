#include "input/yaml.h"

#include "input/bytes.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place {
    size_t line;
    size_t column;
};

/** A map or list that is still open. Its node stays put: the parent grows later. */
struct level {
    struct tacro_node *node;
    struct place place;
    size_t capacity;
    bool has_key; /**< the next event of a map is the value of `key` */
    char *key;
    size_t key_line;
    size_t key_column;
};

struct builder {
    struct tacro_yaml *yaml;
    struct tacro_notes *notes;
    struct tacro_error *err;
    size_t depth; /**< open levels */
    struct level level[TACRO_YAML_MAX_DEPTH];
    size_t nnodes;
    bool has_root;
    size_t ndocuments;
};

/* -- events to nodes --------------------------------------------------------------- */

static void fault(const struct builder *b, struct place p, const char *text)
{
    tacro_notes_add(b->notes, TACRO_FAULT, b->yaml->path, p.line, p.column, "%s", text);
}

static enum tacro_status stop_at(const struct builder *b, struct place p,
                                 const char *text)
{
    fault(b, p, text);
    return TACRO_EINPUT;
}

/** libfyaml counts from 0; `before` characters of the token precede its mark. */
static struct place place_of(const struct fy_mark *mark, size_t before)
{
    if (mark == NULL) {
        return (struct place){0, 0};
    }
    const size_t column = (size_t)mark->column + 1;
    return (struct place){(size_t)mark->line + 1,
                          column > before ? column - before : 1};
}

/** Text of a scalar, owned; refuses what no message should print. */
static enum tacro_status copy_text(const struct builder *b, struct fy_token *token,
                                   struct place p, char **out)
{
    size_t n = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &n) : "";
    if (text == NULL || (*out = malloc(n + 1)) == NULL) {
        return tacro_fail(b->err, TACRO_ENOMEM, "%s: text of %zu bytes", b->yaml->path,
                          n);
    }
    memcpy(*out, text, n);
    (*out)[n] = '\0';
    for (size_t i = 0; i < n;) { /* escapes such as "\0" are resolved only here */
        unsigned long code = 0;
        const size_t step = tacro_bytes_character(*out + i, &code);
        if (step == 0 || tacro_bytes_is_control(code)) {
            free(*out);
            *out = NULL;
            return stop_at(b, p, "escape of a control character");
        }
        i += step;
    }
    return TACRO_OK;
}

/** Append a node to the open level, under its key if that is a map. */
static enum tacro_status append(struct builder *b, const struct tacro_node *node,
                                struct tacro_node **out)
{
    if (++b->nnodes > TACRO_YAML_MAX_NODES) {
        return stop_at(b, (struct place){node->line, node->column},
                       "more than 20000 values");
    }
    if (b->depth == 0) {
        b->yaml->root = *node;
        b->has_root = true;
        *out = &b->yaml->root;
        return TACRO_OK;
    }
    struct level *level = &b->level[b->depth - 1];
    struct tacro_node *parent = level->node;
    if (parent->n == level->capacity) {
        const size_t capacity = level->capacity == 0 ? 4 : 2 * level->capacity;
        struct tacro_node *item = realloc(parent->item, capacity * sizeof *item);
        if (item == NULL) {
            return tacro_fail(b->err, TACRO_ENOMEM, "%s: %zu values", b->yaml->path,
                              capacity);
        }
        parent->item = item;
        level->capacity = capacity;
    }
    *out = &parent->item[parent->n];
    **out = *node;
    (*out)->index = parent->n++;
    if (parent->kind == TACRO_MAP) {
        (*out)->key = level->key;
        (*out)->key_line = level->key_line;
        (*out)->key_column = level->key_column;
        level->key = NULL;
        level->has_key = false;
    }
    return TACRO_OK;
}

static bool is_key_expected(const struct builder *b)
{
    return b->depth > 0 && b->level[b->depth - 1].node->kind == TACRO_MAP &&
           !b->level[b->depth - 1].has_key;
}

static enum tacro_status open_level(struct builder *b, enum tacro_node_kind kind,
                                    struct place p)
{
    const struct tacro_node node = {.kind = kind, .line = p.line, .column = p.column};
    struct tacro_node *added = NULL;
    if (is_key_expected(b)) {
        return stop_at(b, p, "a key must be a plain word");
    }
    if (b->depth == TACRO_YAML_MAX_DEPTH) {
        return stop_at(b, p, "nested deeper than 32 levels");
    }
    const enum tacro_status st = append(b, &node, &added);
    if (st == TACRO_OK) {
        b->level[b->depth++] = (struct level){.node = added, .place = p};
    }
    return st;
}

static bool is_quoted(struct fy_event *event)
{
    if (event->type != FYET_SCALAR || event->scalar.value == NULL) {
        return false;
    }
    const enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static enum tacro_status add_key(struct builder *b, struct fy_event *event,
                                 struct place p)
{
    struct level *level = &b->level[b->depth - 1];
    struct fy_token *value = event->type == FYET_SCALAR ? event->scalar.value : NULL;
    const enum tacro_status st = copy_text(b, value, p, &level->key);
    if (st != TACRO_OK) {
        return st;
    }
    level->has_key = true;
    level->key_line = p.line;
    level->key_column = p.column;
    if (level->key[0] == '\0' && event->type == FYET_SCALAR) {
        fault(b, p, "a key without a name");
    } else if (strcmp(level->key, "<<") == 0) {
        fault(b, p, "merge keys are not allowed, write the keys out");
    }
    return TACRO_OK;
}

static enum tacro_status add_scalar(struct builder *b, struct fy_event *event,
                                    struct place p)
{
    enum tacro_status st;
    char *text = NULL;
    struct tacro_node node = {.kind = TACRO_SCALAR, .line = p.line, .column = p.column};
    struct tacro_node *added = NULL;
    if (is_key_expected(b)) {
        return add_key(b, event, p);
    }
    if (event->type == FYET_SCALAR) {
        node.is_quoted = is_quoted(event);
        TACRO_TRY(copy_text(b, event->scalar.value, p, &text));
    } else {
        TACRO_TRY(copy_text(b, NULL, p, &text)); /* an alias, refused already */
    }
    node.text = text;
    TACRO_TRY(append(b, &node, &added));
    text = NULL;
done:
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): append() has taken it over */
    free(text);
    return st;
}

/** Anchors, aliases and tags: refused where they stand, before anything is expanded. */
static void refuse_extras(const struct builder *b, struct fy_event *event,
                          struct place p)
{
    struct fy_token *anchor = fy_event_get_anchor_token(event);
    struct fy_token *tag = fy_event_get_tag_token(event);
    if (event->type == FYET_ALIAS) {
        fault(b, p, "aliases (*name) are not allowed, write the value out");
        return;
    }
    if (anchor != NULL) { /* the mark is behind the & */
        fault(b, place_of(fy_token_start_mark(anchor), 1),
              "anchors (&name) are not allowed");
    }
    if (tag != NULL) {
        fault(b, place_of(fy_token_start_mark(tag), 0), "tags (!name) are not allowed");
    }
}

/** An empty value has no mark of its own: it is where its key is. */
static struct place event_place(const struct builder *b, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (mark == NULL && b->depth > 0) {
        const struct level *level = &b->level[b->depth - 1];
        return level->has_key ? (struct place){level->key_line, level->key_column}
                              : level->place;
    }
    return place_of(mark, is_quoted(event) || event->type == FYET_ALIAS ? 1 : 0);
}

static enum tacro_status take(struct builder *b, struct fy_event *event)
{
    const struct place p = event_place(b, event);
    switch (event->type) {
    case FYET_DOCUMENT_START:
        return ++b->ndocuments > 1 ? stop_at(b, p, "a second document starts here")
                                   : TACRO_OK;
    case FYET_MAPPING_START:
        refuse_extras(b, event, p);
        return open_level(b, TACRO_MAP, p);
    case FYET_SEQUENCE_START:
        refuse_extras(b, event, p);
        return open_level(b, TACRO_LIST, p);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        b->depth--;
        return TACRO_OK;
    case FYET_ALIAS:
    case FYET_SCALAR:
        refuse_extras(b, event, p);
        return add_scalar(b, event, p);
    default:
        return TACRO_OK;
    }
}

/* -- libfyaml ---------------------------------------------------------------------- */

static void say_nothing(struct fy_diag *diag, void *user, const char *text,
                        size_t length)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)length;
}

/** The first error of the YAML reader: what follows it is its echo. */
static void note_syntax(const struct builder *b, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    const bool has_place = error != NULL && error->line > 0 && error->column > 0;
    tacro_notes_add(b->notes, TACRO_FAULT, b->yaml->path,
                    has_place ? (size_t)error->line : 0,
                    has_place ? (size_t)error->column : 0, "not valid YAML: %s",
                    error != NULL && error->msg != NULL ? error->msg : "unreadable");
}

static enum tacro_status parse(struct builder *b, struct fy_parser *parser,
                               struct fy_diag *diag)
{
    enum tacro_status st = TACRO_OK;
    struct fy_event *event;
    if (fy_parser_set_string(parser, b->yaml->text, b->yaml->length) != 0) {
        return tacro_fail(b->err, TACRO_ENOMEM, "%s: YAML reader", b->yaml->path);
    }
    while (st == TACRO_OK && (event = fy_parser_parse(parser)) != NULL) {
        st = take(b, event);
        fy_parser_event_free(parser, event);
    }
    if (st == TACRO_OK && fy_parser_get_stream_error(parser)) {
        note_syntax(b, diag);
        st = TACRO_EINPUT;
    }
    while (b->depth > 0) {
        free(b->level[--b->depth].key);
    }
    return st;
}

static enum tacro_status build(struct builder *b)
{
    enum tacro_status st;
    const struct fy_diag_cfg diag_cfg = {
        .output_fn = say_nothing, .level = FYET_ERROR, .module_mask = ~0U};
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 |
                                        FYPCF_JSON_NONE | FYPCF_ALLOW_DUPLICATE_KEYS |
                                        FYPCF_SLOPPY_FLOW_INDENTATION,
                               .diag = diag};
    struct fy_parser *parser = NULL;
    if (diag == NULL || (parser = fy_parser_create(&cfg)) == NULL) {
        st = tacro_fail(b->err, TACRO_ENOMEM, "%s: YAML reader", b->yaml->path);
        goto done;
    }
    fy_diag_set_collect_errors(diag, true);
    st = parse(b, parser, diag);
done:
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return st;
}

/** Items moved while their list grew: parents are set when nothing moves any more. */
static void set_parents(struct tacro_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        node->item[i].parent = node;
        set_parents(&node->item[i]);
    }
}

static void check_root(const struct builder *b)
{
    if (!b->has_root) {
        fault(b, (struct place){0, 0},
              "the file is empty, expected `key: value` lines");
    } else if (b->yaml->root.kind != TACRO_MAP) {
        fault(b, (struct place){b->yaml->root.line, b->yaml->root.column},
              "expected `key: value` lines");
    }
}

/** The tree of yaml->text, which is read. */
static enum tacro_status build_tree(struct tacro_yaml *yaml, size_t nbefore,
                                    struct tacro_notes *notes, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct builder b = {.yaml = yaml, .notes = notes, .err = err};
    if (tacro_bytes_check(yaml->path, yaml->text, yaml->length, notes)) {
        st = build(&b);
        if (st == TACRO_OK) {
            check_root(&b);
        }
    }
    if (notes->nfaults > nbefore) {
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", yaml->path,
                        notes->nfaults - nbefore,
                        notes->nfaults - nbefore > 1 ? "s" : "");
    }
    if (st == TACRO_OK) {
        set_parents(&yaml->root);
    }
    return st;
}

/** text NULL: that of the file */
static enum tacro_status read_tree(const char *path, const char *text,
                                   struct tacro_notes *notes, struct tacro_yaml **out,
                                   struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t nbefore = notes->nfaults;
    struct tacro_yaml *yaml = calloc(1, sizeof *yaml);
    *out = NULL;
    if (yaml == NULL || (yaml->path = strdup(path)) == NULL ||
        (text != NULL && (yaml->text = strdup(text)) == NULL)) {
        st = tacro_fail(err, TACRO_ENOMEM, "%s", path);
        goto done;
    }
    if (text == NULL) {
        TACRO_TRY(tacro_bytes_read(path, &yaml->text, &yaml->length, notes, err));
    } else {
        yaml->length = strlen(text);
    }
    TACRO_TRY(build_tree(yaml, nbefore, notes, err));
    *out = yaml;
    yaml = NULL;
done:
    tacro_yaml_free(yaml);
    return st;
}

enum tacro_status tacro_yaml_read(const char *path, struct tacro_notes *notes,
                                  struct tacro_yaml **out, struct tacro_error *err)
{
    return read_tree(path, NULL, notes, out, err);
}

enum tacro_status tacro_yaml_read_text(const char *path, const char *text,
                                       struct tacro_notes *notes,
                                       struct tacro_yaml **out, struct tacro_error *err)
{
    return read_tree(path, text, notes, out, err);
}

static void print_scalar(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '\n' || *text == '\t') {
            fputs(*text == '\n' ? "\\n" : "\\t", out);
            continue;
        }
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

void tacro_node_print(FILE *out, const struct tacro_node *node)
{
    if (node->kind == TACRO_SCALAR) {
        print_scalar(out, node->text);
        return;
    }
    fputc(node->kind == TACRO_MAP ? '{' : '[', out);
    for (size_t i = 0; i < node->n; i++) {
        fputs(i == 0 ? "" : ", ", out);
        if (node->kind == TACRO_MAP) {
            print_scalar(out, node->item[i].key);
            fputs(": ", out);
        }
        tacro_node_print(out, &node->item[i]);
    }
    fputc(node->kind == TACRO_MAP ? '}' : ']', out);
}

static void free_node(const struct tacro_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        free_node(&node->item[i]);
        free((char *)node->item[i].key);
    }
    free((char *)node->text);
    free(node->item);
}

void tacro_yaml_free(struct tacro_yaml *yaml)
{
    if (yaml == NULL) {
        return;
    }
    free_node(&yaml->root);
    free(yaml->path);
    free(yaml->text);
    free(yaml);
}

const struct tacro_node *tacro_node_get(const struct tacro_node *map, const char *key)
{
    if (map == NULL || map->kind != TACRO_MAP) {
        return NULL;
    }
    for (size_t i = 0; i < map->n; i++) {
        if (strcmp(map->item[i].key, key) == 0) {
            return &map->item[i];
        }
    }
    return NULL;
}
