/** A YAML file as a tree of nodes that know their line and column (libfyaml inside). */
#ifndef TACRO_INPUT_YAML_H
#define TACRO_INPUT_YAML_H

#include "input/bytes.h"

#include <stdbool.h>
#include <stdio.h>

#define TACRO_YAML_MAX_DEPTH 32
#define TACRO_YAML_MAX_NODES 20000

enum tacro_node_kind { TACRO_SCALAR, TACRO_MAP, TACRO_LIST };

/** line and column count from 1. A map keeps duplicate keys in file order. */
struct tacro_node {
    enum tacro_node_kind kind;
    size_t line;
    size_t column;
    const char *text; /**< scalar: its text; else NULL */
    bool is_quoted;
    const char *key; /**< name under which the parent map holds it; NULL in a list */
    size_t key_line;
    size_t key_column;
    size_t index; /**< position in the parent */
    const struct tacro_node *parent;
    size_t n; /**< items of a map or list */
    struct tacro_node *item;
};

struct tacro_yaml {
    char *path; /**< as given; used in messages */
    char *text; /**< the file word for word */
    size_t length;
    struct tacro_node root;
};

/**
 * Read a file into a tree. Anchors, aliases, tags, merge keys, a second document, more
 * than TACRO_YAML_MAX_NODES values, nesting deeper than TACRO_YAML_MAX_DEPTH, what
 * tacro_bytes_check refuses and files over TACRO_BYTES_MAX are faults. The root must be
 * a map.
 *
 * notes   receives the faults
 * errors  TACRO_ENOINPUT: no such file, or not a regular file; TACRO_EINPUT: faults
 */
enum tacro_status tacro_yaml_read(const char *path, struct tacro_notes *notes,
                                  struct tacro_yaml **out,
                                  struct tacro_error *err) TACRO_MUST_USE;

/** The same of a text in memory; `path` is what messages call it. */
enum tacro_status tacro_yaml_read_text(const char *path, const char *text,
                                       struct tacro_notes *notes,
                                       struct tacro_yaml **out,
                                       struct tacro_error *err) TACRO_MUST_USE;
void tacro_yaml_free(struct tacro_yaml *yaml);

/** First item of a map with this key, or NULL (also when map is NULL or no map). */
const struct tacro_node *tacro_node_get(const struct tacro_node *map, const char *key);

/** Print a tree on one line, every text in quotes: reading it gives the same tree. */
void tacro_node_print(FILE *out, const struct tacro_node *node);

#endif
