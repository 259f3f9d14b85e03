/**
 * Reading a tree by tables of keys: every fault is noted with its place, none stops.
 *
 * The readers return false when the node is missing or faulty; a fault has then been
 * noted (a NULL node is silent: required keys are the business of tacro_schema_keys).
 */
#ifndef TACRO_INPUT_SCHEMA_H
#define TACRO_INPUT_SCHEMA_H

#include "core/units.h"
#include "input/yaml.h"

/** Where the notes about one file go. */
struct tacro_reader {
    const char *file;
    struct tacro_notes *notes;
};

enum tacro_key_use {
    TACRO_OPTIONAL,
    TACRO_REQUIRED,
    TACRO_LATER,  /**< known, but not supported by this version: a fault that says so */
    TACRO_REFUSED /**< known, but wrong here: a fault with the text of `doc` */
};

struct tacro_key {
    const char *name;
    enum tacro_key_use use;
    const char *doc; /**< what is expected, or for TACRO_REFUSED the whole text */
};

/** Note a fault at a node as `path.to.key: text`; a warning or notice likewise. */
void tacro_schema_note(struct tacro_reader *reader, enum tacro_severity severity,
                       const struct tacro_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** The same at the place of the node's key. */
void tacro_schema_note_key(struct tacro_reader *reader, enum tacro_severity severity,
                           const struct tacro_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * Check a map against its table: is a map, no unknown key (the nearest known key is
 * named), no duplicate, none missing that is required.
 */
bool tacro_schema_keys(struct tacro_reader *reader, const struct tacro_node *map,
                       const struct tacro_key *keys, size_t n);

/** A map whose keys are names: is a map, not empty, no name twice, at most 1000. */
bool tacro_schema_map(struct tacro_reader *reader, const struct tacro_node *map);

/** A number's dimension and limits in canonical units; hard outside is a fault, outside
 *  calibrated a warning. Use -INFINITY / INFINITY for none. */
struct tacro_quantity {
    enum tacro_dimension dimension;
    double hard_min;
    double hard_max;
    double calibrated_min;
    double calibrated_max;
};

bool tacro_schema_number(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_quantity *quantity, double *value);
/** The same, and above 0. */
bool tacro_schema_positive(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct tacro_quantity *quantity, double *value);
bool tacro_schema_range(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_quantity *quantity, double *low,
                        double *high);
bool tacro_schema_clock(struct tacro_reader *reader, const struct tacro_node *node,
                        double *hours);
/** A whole number without unit, min <= value <= max. */
bool tacro_schema_count(struct tacro_reader *reader, const struct tacro_node *node,
                        uint64_t min, uint64_t max, uint64_t *value);
bool tacro_schema_flag(struct tacro_reader *reader, const struct tacro_node *node,
                       bool *value);
/** Text, borrowed from the tree; empty text is a fault. */
bool tacro_schema_text(struct tacro_reader *reader, const struct tacro_node *node,
                       const char **text);
/** Index of the text among choices; the nearest is named in the fault. */
bool tacro_schema_choice(struct tacro_reader *reader, const struct tacro_node *node,
                         const char *const *choices, size_t n, size_t *index);
/** A list with at least one item. */
bool tacro_schema_list(struct tacro_reader *reader, const struct tacro_node *node);

/**
 * The candidate nearest to `text` (edit distance <= a third of its length + 1) or NULL.
 */
const char *tacro_schema_nearest(const char *text, const char *const *candidates,
                                 size_t n);

#endif
