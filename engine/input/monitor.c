#include "input/monitor.h"

#include "input/limits.h"

#include <math.h>
#include <string.h>

#define EVERY 24.0       /* h, default between samples */
#define RESULT_AFTER 6.0 /* h, default from a sample to its result */
#define MAX_DOSE 30.0    /* mg, tacro_limit_dose */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define SAMPLING_LIST(X)                                                               \
    X(sample)                                                                          \
    X(every)                                                                           \
    X(from)                                                                            \
    X(until)                                                                           \
    X(result_after)                                                                    \
    X(assay)                                                                           \
    X(lloq)
#define DOSE_LIST(X)                                                                   \
    X(target)                                                                          \
    X(max_change)                                                                      \
    X(round)                                                                           \
    X(rounding)                                                                        \
    X(min)                                                                             \
    X(max)                                                                             \
    X(rule)

#define FREE(name) {#name, TACRO_OPTIONAL, NULL},
#define TAKEN(name)                                                                    \
    {#name, TACRO_REFUSED, "samples are those of `monitor`, expected there"},
#define COMMON(name)                                                                   \
    {#name, TACRO_REFUSED,                                                             \
     "samples are those of the regimen, expected in its `monitor` or `adjust`"},

static const struct tacro_key monitor_keys[] = {SAMPLING_LIST(FREE)};

#define NKEYS 14

/** Keys of an `adjust`, by where it stands. */
static const struct tacro_key adjust_keys[][NKEYS] = {
    [TACRO_ADJUST_ALONE] = {SAMPLING_LIST(FREE) DOSE_LIST(FREE)},
    [TACRO_ADJUST_BESIDE_MONITOR] = {SAMPLING_LIST(TAKEN) DOSE_LIST(FREE)},
    [TACRO_ADJUST_IN_RULE] = {SAMPLING_LIST(COMMON) DOSE_LIST(FREE)},
};

static const char *const rounding_choices[] = {"nearest", "down", "up"};

const char *const tacro_dose_rule_names[] = {"proportional", NULL};

static const struct tacro_quantity change = {TACRO_NUMBER, 0.0, INFINITY, -INFINITY,
                                             INFINITY};

/* -- samples ----------------------------------------------------------------------- */

static bool read_sample(struct tacro_reader *reader, const struct tacro_node *node,
                        double every, double *after_dose)
{
    static const char expected[] = "expected `trough` or a time after the dose such as "
                                   "`2 h`";
    if (node == NULL ||
        (node->kind == TACRO_SCALAR && strcmp(node->text, "trough") == 0)) {
        return true;
    }
    if (node->kind == TACRO_SCALAR && strpbrk(node->text, "0123456789") == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s: %s",
                          tacro_excerpt(node->text).s, expected);
        return false;
    }
    if (!tacro_schema_positive(reader, node, &tacro_limit_time, after_dose)) {
        return false;
    }
    if (*after_dose >= every) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s after the dose, expected a time before the next sample, "
                          "%g h later",
                          node->text, every);
        return false;
    }
    return true;
}

/** A value that may be missing; false after a fault. */
static bool read_optional(struct tacro_reader *reader, const struct tacro_node *map,
                          const char *key, const struct tacro_quantity *quantity,
                          double *value)
{
    const struct tacro_node *node = tacro_node_get(map, key);
    return node == NULL || tacro_schema_number(reader, node, quantity, value);
}

static bool read_positive(struct tacro_reader *reader, const struct tacro_node *map,
                          const char *key, const struct tacro_quantity *quantity,
                          double *value)
{
    const struct tacro_node *node = tacro_node_get(map, key);
    return node == NULL || tacro_schema_positive(reader, node, quantity, value);
}

/** When samples are taken. */
static bool read_times(struct tacro_reader *reader, const struct tacro_node *map,
                       double horizon, struct tacro_monitor *out)
{
    const struct tacro_node *from = tacro_node_get(map, "from");
    const struct tacro_node *until = tacro_node_get(map, "until");
    bool ok = read_optional(reader, map, "every", &tacro_limit_interval, &out->every);
    out->from = out->every;
    out->until = INFINITY;
    if (ok) {
        ok = read_sample(reader, tacro_node_get(map, "sample"), out->every,
                         &out->after_dose);
    }
    if (!read_optional(reader, map, "from", &tacro_limit_time, &out->from) ||
        !read_optional(reader, map, "until", &tacro_limit_time, &out->until)) {
        return false;
    }
    if (until != NULL && out->until <= out->from) {
        tacro_schema_note(reader, TACRO_FAULT, until,
                          "%s is not after the first sample at %s", until->text,
                          tacro_units_time_beside(out->from, until->text).s);
        return false;
    }
    tacro_limit_warn_late(reader, from, out->from, horizon);
    return ok;
}

/** Only so many results may be on their way at a time. */
static bool read_result_after(struct tacro_reader *reader, const struct tacro_node *map,
                              struct tacro_monitor *out)
{
    const struct tacro_node *node = tacro_node_get(map, "result_after");
    if (!read_optional(reader, map, "result_after", &tacro_limit_time,
                       &out->result_after)) {
        return false;
    }
    if (out->result_after > (TACRO_MAX_RESULTS - 2) * out->every) {
        tacro_schema_note(reader, TACRO_FAULT, node != NULL ? node : map,
                          "%g h with a sample every %g h, expected a result after at "
                          "most %d samples",
                          out->result_after, out->every, TACRO_MAX_RESULTS - 2);
        return false;
    }
    return true;
}

bool tacro_monitor_read(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_protocol_frame *frame,
                        struct tacro_monitor *out)
{
    const struct tacro_node *map = tacro_node_get(node, "monitor");
    bool ok = true;
    *out = (struct tacro_monitor){0};
    if (map != NULL) {
        ok = tacro_schema_keys(reader, map, monitor_keys, COUNT(monitor_keys));
    } else {
        map = tacro_node_get(node, "adjust");
    }
    if (map == NULL || map->kind != TACRO_MAP) {
        return ok; /* of an `adjust` that is no map tacro_adjust_read says so */
    }
    *out = (struct tacro_monitor){
        .is_given = true, .every = EVERY, .result_after = RESULT_AFTER};
    ok = read_times(reader, map, frame->horizon, out) && ok;
    ok = read_result_after(reader, map, out) && ok;
    ok = read_optional(reader, map, "assay", &tacro_limit_share, &out->assay_cv) && ok;
    ok = read_optional(reader, map, "lloq", &tacro_limit_level, &out->lloq) && ok;
    return ok;
}

/* -- doses ------------------------------------------------------------------------- */

static bool read_target(struct tacro_reader *reader, const struct tacro_node *node,
                        bool has_target, struct tacro_adjust *out)
{
    const struct tacro_node *target = tacro_node_get(node, "target");
    if (target != NULL) {
        return tacro_schema_range(reader, target, &tacro_limit_level, &out->low,
                                  &out->high);
    }
    if (!has_target) {
        tacro_schema_note_key(reader, TACRO_FAULT, node,
                              "no target to go by, expected `target: 10-15 ng/mL` here "
                              "or the scenario's `target`");
    }
    return has_target;
}

static bool read_caps(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_adjust *out)
{
    const struct tacro_node *least = tacro_node_get(node, "min");
    const struct tacro_node *most = tacro_node_get(node, "max");
    bool ok = read_positive(reader, node, "round", &tacro_limit_round, &out->round);
    out->min_dose = out->round;
    ok = read_positive(reader, node, "min", &tacro_limit_dose, &out->min_dose) && ok;
    ok = read_positive(reader, node, "max", &tacro_limit_dose, &out->max_dose) && ok;
    if (ok && out->max_dose < out->min_dose) {
        tacro_schema_note(reader, TACRO_FAULT, most == NULL ? least : most,
                          "the largest dose of %g mg is below the smallest of %g mg, "
                          "expected at least that",
                          out->max_dose, out->min_dose);
        ok = false;
    }
    return ok;
}

bool tacro_adjust_read(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_protocol_frame *frame,
                       enum tacro_adjust_place place, struct tacro_adjust *out)
{
    const struct tacro_node *rounding = tacro_node_get(node, "rounding");
    const struct tacro_node *rule = tacro_node_get(node, "rule");
    size_t choice = TACRO_ROUND_NEAREST;
    bool ok = tacro_schema_keys(reader, node, adjust_keys[place], NKEYS);
    *out = (struct tacro_adjust){.is_given = true,
                                 .low = NAN,
                                 .high = NAN,
                                 .max_change = INFINITY,
                                 .round = TACRO_SMALLEST_CAPSULE,
                                 .max_dose = MAX_DOSE,
                                 .line = node->key_line,
                                 .column = node->key_column};
    if (node->kind != TACRO_MAP) {
        return false;
    }
    ok = read_target(reader, node, frame->has_target, out) && ok;
    ok = read_positive(reader, node, "max_change", &change, &out->max_change) && ok;
    ok = read_caps(reader, node, out) && ok;
    if (rounding != NULL && !tacro_schema_choice(reader, rounding, rounding_choices,
                                                 COUNT(rounding_choices), &choice)) {
        ok = false;
    }
    out->rounding = (enum tacro_rounding)choice;
    if (rule != NULL &&
        !tacro_schema_choice(reader, rule, tacro_dose_rule_names,
                             COUNT(tacro_dose_rule_names) - 1, &out->rule)) {
        ok = false;
    }
    return ok;
}
