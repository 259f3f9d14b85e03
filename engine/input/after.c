#include "input/after.h"

#include "input/anchor.h"
#include "input/uncertain.h"

#include <math.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define YEAR 8766.0 /* h */

#define NAME_KEY(name, dimension, doc) {#name, TACRO_REQUIRED, doc},
static const struct tacro_key names[] = {TACRO_AFTER_LIST(NAME_KEY)};
#undef NAME_KEY

/* What a draw may be. */
static const struct limits {
    double min;
    double max;
    bool is_above; /* not min itself */
} limits[TACRO_NAFTER] = {
    [TACRO_AFTER_RECURRENCE] = {0.0, 1e6, false},
    [TACRO_AFTER_RECOVERY] = {0.0, 10.0 * YEAR, true},
    [TACRO_AFTER_RECOVERY_SD] = {0.0, 5.0, false},
    [TACRO_AFTER_EXPOSURE_SLOPE] = {0.0, 10.0, false},
    [TACRO_AFTER_EXPOSURE_FREE] = {0.0, 100.0, false},
    [TACRO_AFTER_EXPOSURE_WINDOW] = {0.0, YEAR, true},
    [TACRO_AFTER_IMAGING] = {0.0, 1.0, false},
    [TACRO_AFTER_IMAGING_TIME] = {0.0, 10.0 * YEAR, true},
    [TACRO_AFTER_IMAGING_SD] = {0.0, 5.0, false},
    [TACRO_AFTER_UNFAVOURABLE] = {-20.0, 20.0, false},
    [TACRO_AFTER_UNFAVOURABLE_COMA] = {-20.0, 20.0, false},
    [TACRO_AFTER_UNFAVOURABLE_SEPSIS] = {-20.0, 20.0, false},
    [TACRO_AFTER_UNFAVOURABLE_AKI] = {-20.0, 20.0, false},
    [TACRO_AFTER_MORTALITY] = {0.0, 1.0, false},
};

#define DIMENSION(name, dimension, doc) TACRO_##dimension,
static const enum tacro_dimension dimensions[] = {TACRO_AFTER_LIST(DIMENSION)};
#undef DIMENSION

const char *tacro_after_name(enum tacro_after_id id)
{
    return names[id].name;
}

const char *tacro_after_doc(enum tacro_after_id id)
{
    return names[id].doc;
}

const char *tacro_after_unit(enum tacro_after_id id)
{
    return tacro_dimension_unit(dimensions[id]);
}

/*
 * Draws stay where values may be, and all of them are averages over the same records.
 * False after a fault.
 */
static bool check_spread(struct tacro_reader *reader, const struct tacro_node *node,
                         enum tacro_after_id id, struct tacro_uncertainty *u)
{
    const struct limits *limit = &limits[id];
    const bool is_linear = u->law == TACRO_LAW_NORMAL || u->law == TACRO_LAW_TRUNCATED;
    const bool is_signed = limit->min < 0.0;
    if (id == TACRO_AFTER_EXPOSURE_WINDOW && node != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "the window is the same in all draws, expected none");
        return false;
    }
    if (is_linear && !is_signed &&
        !(limit->is_above ? u->min > limit->min : u->min >= limit->min)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "draws may be below 0, expected `min` or `log_sd`");
        return false;
    }
    u->max = u->law == TACRO_LAW_NONE || is_signed ? u->max : fmin(u->max, limit->max);
    return true;
}

static enum tacro_status read_number(struct tacro_reader *reader,
                                     const struct tacro_node *item,
                                     enum tacro_after_id id, struct tacro_paramset *set,
                                     struct tacro_error *err)
{
    static const struct tacro_key keys[] = {
        {"value", TACRO_REQUIRED, "the value with its unit"},
        {"uncertainty", TACRO_OPTIONAL, "how far the number may lie from its value"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    const struct limits *limit = &limits[id];
    const struct tacro_quantity q = {dimensions[id], limit->min, limit->max, -INFINITY,
                                     INFINITY};
    const struct tacro_node *value = tacro_node_get(item, "value");
    const struct tacro_node *node = tacro_node_get(item, "uncertainty");
    struct tacro_number *out = &set->after[id];
    struct tacro_uncertainty u;
    if (!tacro_schema_keys(reader, item, keys, COUNT(keys))) {
        return TACRO_OK;
    }
    tacro_mark_read(reader, item, &out->mark, &out->from);
    if (!(limit->is_above ? tacro_schema_positive(reader, value, &q, &out->value)
                          : tacro_schema_number(reader, value, &q, &out->value)) ||
        !tacro_uncertainty_read(reader, node, q.dimension, out->value, &u) ||
        !check_spread(reader, node, id, &u)) {
        return TACRO_OK;
    }
    out->text = value->text;
    return tacro_uncertain_keep(set, &u, tacro_after_unit(id), &out->uncertainty, err);
}

enum tacro_status tacro_after_read(struct tacro_reader *reader,
                                   const struct tacro_node *node,
                                   struct tacro_paramset *set, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        set->after[i].uncertainty.text = "";
    }
    if (node == NULL) {
        return TACRO_OK;
    }
    tacro_schema_keys(reader, node, names, COUNT(names));
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        const struct tacro_node *item = tacro_node_get(node, names[i].name);
        if (item != NULL) {
            TACRO_TRY(read_number(reader, item, (enum tacro_after_id)i, set, err));
        }
    }
done:
    return st;
}
