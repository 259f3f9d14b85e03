#include "input/schema.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** "path.to.key", a list item as "steps[2].give", "" for the root. */
struct path {
    char s[320];
};

static struct path path_of(const struct tacro_node *node)
{
    struct path out = {.s = ""};
    const struct tacro_node *chain[TACRO_YAML_MAX_DEPTH + 1];
    size_t n = 0;
    size_t used = 0;
    for (; node->parent != NULL && n <= TACRO_YAML_MAX_DEPTH; node = node->parent) {
        chain[n++] = node;
    }
    while (n > 0 && used < sizeof out.s) {
        const struct tacro_node *item = chain[--n];
        int wrote;
        if (item->key != NULL) {
            wrote = snprintf(out.s + used, sizeof out.s - used, "%s%s",
                             used > 0 ? "." : "", tacro_excerpt(item->key).s);
        } else {
            wrote = snprintf(out.s + used, sizeof out.s - used, "[%zu]", item->index);
        }
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return out;
}

/** Note at a place of its own, for instance a key's. `path` may be "". */
static void note_at(struct tacro_reader *reader, enum tacro_severity severity,
                    size_t line, size_t column, const char *path, const char *text)
{
    tacro_notes_add(reader->notes, severity, reader->file, line, column, "%s%s%s", path,
                    *path == '\0' ? "" : ": ", text);
}

void tacro_schema_note(struct tacro_reader *reader, enum tacro_severity severity,
                       const struct tacro_node *node, const char *format, ...)
{
    char text[800];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    note_at(reader, severity, node->line, node->column, path_of(node).s, text);
}

void tacro_schema_note_key(struct tacro_reader *reader, enum tacro_severity severity,
                           const struct tacro_node *node, const char *format, ...)
{
    char text[800];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    note_at(reader, severity, node->key_line, node->key_column, path_of(node).s, text);
}

/* -- the nearest known word -------------------------------------------------------- */

#define LONGEST_WORD 48

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/** Levenshtein distance; both texts are at most LONGEST_WORD bytes long. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[LONGEST_WORD + 1];
    const size_t nb = strlen(b);
    for (size_t j = 0; j <= nb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smaller(replaced, smaller(row[j - 1], row[j]) + 1);
        }
    }
    return row[nb];
}

const char *tacro_schema_nearest(const char *text, const char *const *candidates,
                                 size_t n)
{
    const char *nearest = NULL;
    const size_t length = strlen(text);
    size_t best = length / 3 + 2;
    if (length > LONGEST_WORD) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (strlen(candidates[i]) <= LONGEST_WORD) {
            const size_t distance = edit_distance(text, candidates[i]);
            if (distance < best) {
                best = distance;
                nearest = candidates[i];
            }
        }
    }
    return nearest;
}

#define LARGEST_MAP 1000

/* -- maps -------------------------------------------------------------------------- */

static const char *kind_name(const struct tacro_node *node)
{
    static const char *const names[] = {"a single value", "a map {key: value}",
                                        "a list"};
    return names[node->kind];
}

static bool expect_kind(struct tacro_reader *reader, const struct tacro_node *node,
                        enum tacro_node_kind kind)
{
    static const char *const wanted[] = {"a single value", "a map {key: value}",
                                         "a list [..., ...]"};
    if (node->kind != kind) {
        tacro_schema_note(reader, TACRO_FAULT, node, "expected %s, found %s",
                          wanted[kind], kind_name(node));
        return false;
    }
    return true;
}

static void note_unknown(struct tacro_reader *reader, const struct tacro_node *item,
                         const struct tacro_key *keys, size_t n)
{
    const char *nearest = NULL;
    char text[256];
    for (size_t i = 0; i < n;
         i++) { /* keep the nearest of the one so far and the next */
        const char *const pair[] = {nearest, keys[i].name};
        if (keys[i].use == TACRO_REFUSED) {
            continue;
        }
        nearest = nearest == NULL ? tacro_schema_nearest(item->key, &keys[i].name, 1)
                                  : tacro_schema_nearest(item->key, pair, 2);
    }
    if (nearest != NULL) {
        snprintf(text, sizeof text, "unknown key, did you mean `%s`?", nearest);
    } else {
        size_t used = (size_t)snprintf(text, sizeof text, "unknown key, expected");
        const char *gap = " ";
        for (size_t i = 0; i < n && used < sizeof text; i++) {
            if (keys[i].use != TACRO_REFUSED) {
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", gap,
                                         keys[i].name);
                gap = ", ";
            }
        }
        if (used >= sizeof text) {
            snprintf(text + sizeof text - 6, 6, ", ...");
        }
    }
    note_at(reader, TACRO_FAULT, item->key_line, item->key_column, path_of(item).s,
            text);
}

static const struct tacro_key *known_key(const char *name, const struct tacro_key *keys,
                                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static void note_missing(struct tacro_reader *reader, const struct tacro_node *map,
                         const struct tacro_key *key)
{
    char path[512];
    char text[256];
    const struct path of_map = path_of(map);
    const bool has_key = map->key != NULL;
    snprintf(path, sizeof path, "%s%s%s", of_map.s, *of_map.s == '\0' ? "" : ".",
             key->name);
    snprintf(text, sizeof text, "missing, expected %s", key->doc);
    note_at(reader, TACRO_FAULT, has_key ? map->key_line : map->line,
            has_key ? map->key_column : map->column, path, text);
}

/** Every later item with this item's key is a fault at its own place. */
static void check_twice(struct tacro_reader *reader, const struct tacro_node *map,
                        const struct tacro_node *first)
{
    for (size_t i = first->index + 1; i < map->n; i++) {
        const struct tacro_node *item = &map->item[i];
        if (strcmp(item->key, first->key) == 0) {
            char text[64];
            snprintf(text, sizeof text, "given twice, first in line %zu",
                     first->key_line);
            note_at(reader, TACRO_FAULT, item->key_line, item->key_column,
                    path_of(item).s, text);
        }
    }
}

/** A key of the table: required and missing, given twice, or for a later version. */
static void check_key(struct tacro_reader *reader, const struct tacro_node *map,
                      const struct tacro_key *key)
{
    const struct tacro_node *first = tacro_node_get(map, key->name);
    if (first == NULL) {
        if (key->use == TACRO_REQUIRED) {
            note_missing(reader, map, key);
        }
        return;
    }
    if (key->use == TACRO_LATER) {
        note_at(reader, TACRO_FAULT, first->key_line, first->key_column,
                path_of(first).s, "not supported by this version");
    }
    if (key->use == TACRO_REFUSED) {
        note_at(reader, TACRO_FAULT, first->key_line, first->key_column,
                path_of(first).s, key->doc);
    }
    check_twice(reader, map, first);
}

bool tacro_schema_keys(struct tacro_reader *reader, const struct tacro_node *map,
                       const struct tacro_key *keys, size_t n)
{
    const size_t nbefore = reader->notes->nfaults;
    if (map == NULL || !expect_kind(reader, map, TACRO_MAP)) {
        return false;
    }
    for (size_t i = 0; i < map->n; i++) {
        if (known_key(map->item[i].key, keys, n) == NULL) {
            note_unknown(reader, &map->item[i], keys, n);
        }
    }
    for (size_t i = 0; i < n; i++) {
        check_key(reader, map, &keys[i]);
    }
    return reader->notes->nfaults == nbefore;
}

bool tacro_schema_map(struct tacro_reader *reader, const struct tacro_node *map)
{
    const size_t nbefore = reader->notes->nfaults;
    if (map == NULL || !expect_kind(reader, map, TACRO_MAP)) {
        return false;
    }
    if (map->n == 0 || map->n > LARGEST_MAP) {
        tacro_schema_note(reader, TACRO_FAULT, map, "%zu keys, expected 1 to %d",
                          map->n, LARGEST_MAP);
        return false;
    }
    for (size_t i = 0; i < map->n; i++) {
        if (tacro_node_get(map, map->item[i].key) == &map->item[i]) {
            check_twice(reader, map, &map->item[i]);
        }
    }
    return reader->notes->nfaults == nbefore;
}

/* -- values ------------------------------------------------------------------------ */

static bool is_scalar(struct tacro_reader *reader, const struct tacro_node *node)
{
    return node != NULL && expect_kind(reader, node, TACRO_SCALAR);
}

/** " mg" behind a number; nothing for plain numbers. */
static const char *unit_behind(enum tacro_dimension dimension)
{
    return dimension == TACRO_NUMBER ? "" : tacro_dimension_unit(dimension);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/** The value as read, with its canonical form behind it where the unit is another. */
static struct path value_text(const struct tacro_node *node,
                              enum tacro_dimension dimension, double value)
{
    struct path out;
    const char *unit = unit_behind(dimension);
    const bool is_canonical = dimension == TACRO_NUMBER ? !ends_with(node->text, "%")
                                                        : ends_with(node->text, unit);
    if (is_canonical) {
        snprintf(out.s, sizeof out.s, "%s", tacro_excerpt(node->text).s);
    } else {
        snprintf(out.s, sizeof out.s, "%s (%g%s%s)", tacro_excerpt(node->text).s, value,
                 *unit == '\0' ? "" : " ", unit);
    }
    return out;
}

/** "outside 0 to 30 mg", "above 30 mg", "below 0 mg" */
static struct path limits_text(const char *range, enum tacro_dimension dimension,
                               double min, double max)
{
    struct path out;
    const char *unit = unit_behind(dimension);
    const char *gap = *unit == '\0' ? "" : " ";
    if (isinf(min)) {
        snprintf(out.s, sizeof out.s, "above %s%g%s%s", range, max, gap, unit);
    } else if (isinf(max)) {
        snprintf(out.s, sizeof out.s, "below %s%g%s%s", range, min, gap, unit);
    } else {
        snprintf(out.s, sizeof out.s, "outside %s%g to %g%s%s", range, min, max, gap,
                 unit);
    }
    return out;
}

/** Hard limits are a fault (false), calibrated ones a warning. */
static bool check_limits(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_quantity *q, double value)
{
    if (!(value >= q->hard_min && value <= q->hard_max)) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is %s",
                          value_text(node, q->dimension, value).s,
                          limits_text("", q->dimension, q->hard_min, q->hard_max).s);
        return false;
    }
    if (!(value >= q->calibrated_min && value <= q->calibrated_max)) {
        tacro_schema_note(reader, TACRO_WARNING, node, "%s is %s",
                          value_text(node, q->dimension, value).s,
                          limits_text("the calibrated range ", q->dimension,
                                      q->calibrated_min, q->calibrated_max)
                              .s);
    }
    return true;
}

bool tacro_schema_number(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_quantity *quantity, double *value)
{
    struct tacro_error err;
    double x = 0.0;
    if (!is_scalar(reader, node)) {
        return false;
    }
    if (tacro_units_parse(node->text, quantity->dimension, &x, &err) != TACRO_OK) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s", err.text);
        return false;
    }
    if (!check_limits(reader, node, quantity, x)) {
        return false;
    }
    *value = x;
    return true;
}

bool tacro_schema_positive(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct tacro_quantity *quantity, double *value)
{
    struct tacro_quantity hard = *quantity;
    double x = 0.0;
    hard.calibrated_min = -INFINITY;
    hard.calibrated_max = INFINITY;
    if (!tacro_schema_number(reader, node, &hard, &x)) {
        return false;
    }
    if (x <= 0.0) {
        const char *unit = unit_behind(quantity->dimension);
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is not above 0%s%s",
                          node->text, *unit == '\0' ? "" : " ", unit);
        return false;
    }
    *value = x;
    return check_limits(reader, node, quantity, x);
}

bool tacro_schema_range(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_quantity *quantity, double *low,
                        double *high)
{
    struct tacro_error err;
    double a = 0.0;
    double b = 0.0;
    if (!is_scalar(reader, node)) {
        return false;
    }
    if (tacro_units_parse_range(node->text, quantity->dimension, &a, &b, &err) !=
        TACRO_OK) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s", err.text);
        return false;
    }
    const double outer = a < quantity->hard_min || a < quantity->calibrated_min ? a : b;
    if (!check_limits(reader, node, quantity, outer)) {
        return false;
    }
    *low = a;
    *high = b;
    return true;
}

bool tacro_schema_clock(struct tacro_reader *reader, const struct tacro_node *node,
                        double *hours)
{
    struct tacro_error err;
    if (!is_scalar(reader, node)) {
        return false;
    }
    if (tacro_units_parse_clock(node->text, hours, &err) != TACRO_OK) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s", err.text);
        return false;
    }
    return true;
}

/** Decimal digits only; false if there is anything else or the value does not fit. */
static bool to_count(const char *text, uint64_t *value)
{
    uint64_t x = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        const uint64_t digit = (uint64_t)(*text - '0');
        if (x > (UINT64_MAX - digit) / 10) {
            return false;
        }
        x = 10 * x + digit;
    }
    *value = x;
    return true;
}

bool tacro_schema_count(struct tacro_reader *reader, const struct tacro_node *node,
                        uint64_t min, uint64_t max, uint64_t *value)
{
    uint64_t x = 0;
    if (!is_scalar(reader, node)) {
        return false;
    }
    if (!to_count(node->text, &x) || x < min || x > max) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: expected a whole number from %llu to %llu",
                          tacro_excerpt(node->text).s, (unsigned long long)min,
                          (unsigned long long)max);
        return false;
    }
    *value = x;
    return true;
}

bool tacro_schema_flag(struct tacro_reader *reader, const struct tacro_node *node,
                       bool *value)
{
    if (!is_scalar(reader, node)) {
        return false;
    }
    const bool is_true = strcmp(node->text, "true") == 0;
    if (!is_true && strcmp(node->text, "false") != 0) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s: expected true or false",
                          tacro_excerpt(node->text).s);
        return false;
    }
    *value = is_true;
    return true;
}

bool tacro_schema_text(struct tacro_reader *reader, const struct tacro_node *node,
                       const char **text)
{
    if (!is_scalar(reader, node)) {
        return false;
    }
    if (node->text[strspn(node->text, " \t\r\n")] == '\0') {
        tacro_schema_note(reader, TACRO_FAULT, node, "empty, expected text");
        return false;
    }
    *text = node->text;
    return true;
}

bool tacro_schema_choice(struct tacro_reader *reader, const struct tacro_node *node,
                         const char *const *choices, size_t n, size_t *index)
{
    char all[256] = "";
    size_t used = 0;
    if (!is_scalar(reader, node)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(node->text, choices[i]) == 0) {
            *index = i;
            return true;
        }
        if (used < sizeof all) {
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s",
                                     i == 0       ? ""
                                     : i == n - 1 ? " or "
                                                  : ", ",
                                     choices[i]);
        }
    }
    const char *nearest = tacro_schema_nearest(node->text, choices, n);
    tacro_schema_note(reader, TACRO_FAULT, node, "%s: expected %s%s%s%s",
                      tacro_excerpt(node->text).s, all,
                      nearest != NULL ? ", did you mean `" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "`?" : "");
    return false;
}

bool tacro_schema_list(struct tacro_reader *reader, const struct tacro_node *node)
{
    if (node == NULL || !expect_kind(reader, node, TACRO_LIST)) {
        return false;
    }
    if (node->n == 0) {
        tacro_schema_note(reader, TACRO_FAULT, node, "empty list, expected an item");
        return false;
    }
    return true;
}
