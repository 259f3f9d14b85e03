#include "input/rhythm.h"

#include "core/units.h"
#include "input/interval.h"
#include "input/uncertain.h"
#include "models/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_DRAWN 0.99 /* relative amplitude */

/* A number as it stands: relative, or in the unit of its parameter. */
static struct tacro_quantity quantity_of(const struct tacro_theta *theta,
                                         const struct tacro_node *node)
{
    const size_t n = strlen(node->text);
    const bool is_relative = strspn(node->text, "0123456789.eE+-% ") == n;
    const double max = is_relative ? 1.0 : theta->value;
    return (struct tacro_quantity){is_relative ? TACRO_NUMBER
                                               : tacro_dimension_of(theta->unit),
                                   0.0, max, -INFINITY, INFINITY};
}

/*
 * Normal on the relative amplitude, truncated: never of the other sign, and below 1,
 * as the parameter stays above 0.
 */
static enum tacro_status read_law(struct tacro_reader *reader,
                                  const struct tacro_node *item,
                                  struct tacro_precision *interval, double unit,
                                  struct tacro_paramset *set, struct tacro_rhythm *out,
                                  struct tacro_error *err)
{
    struct tacro_uncertainty law;
    interval->low /= unit;
    interval->high /= unit;
    if (!tacro_interval_law(reader, item, interval, TACRO_SCALE_SIGNED, out->amplitude,
                            &law)) {
        return TACRO_OK;
    }
    if (law.law != TACRO_LAW_NONE) {
        law.max = fmax(LARGEST_DRAWN, out->amplitude);
        law.has_min = true; /* shown: they move the median */
        law.has_max = true;
    }
    return tacro_uncertain_keep(set, &law, "1", &out->uncertainty, err);
}

/* Relative amplitude and its uncertainty; *ok is false after a fault. */
static enum tacro_status read_amplitude(struct tacro_reader *reader,
                                        const struct tacro_node *item,
                                        struct tacro_paramset *set,
                                        struct tacro_rhythm *out, bool *ok,
                                        struct tacro_error *err)
{
    const struct tacro_theta *theta = &set->theta[out->theta];
    const struct tacro_node *node = tacro_node_get(item, "amplitude");
    const char *text = NULL;
    struct tacro_precision interval;
    struct tacro_quantity q;
    double x = 0.0;
    double unit;
    *ok = false;
    if (!tacro_schema_text(reader, node, &text)) {
        return TACRO_OK;
    }
    q = quantity_of(theta, node);
    if (!tacro_schema_positive(reader, node, &q, &x)) {
        return TACRO_OK;
    }
    unit = q.dimension == TACRO_NUMBER ? 1.0 : theta->value;
    out->amplitude = x / unit;
    if (!(out->amplitude < 1.0)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: expected less than the typical value of %s, %s", text,
                          theta->name, theta->text);
        return TACRO_OK;
    }
    q.hard_min = -INFINITY; /* an interval may go beyond what the amplitude may be */
    q.hard_max = INFINITY;
    *ok = tacro_interval_read(reader, item, node, &q, x, &interval);
    return *ok ? read_law(reader, item, &interval, unit, set, out, err) : TACRO_OK;
}

/* What solvers can follow: how fast mass moves, but not where it is. */
static bool may_follow(struct tacro_reader *reader, const struct tacro_node *item,
                       const struct tacro_paramset *set,
                       const struct tacro_theta *theta)
{
    const enum tacro_dimension dimension = tacro_dimension_of(theta->unit);
    const bool is_dose = theta->part == set->nparts;
    const bool is_rate = dimension == TACRO_RATE || dimension == TACRO_CLEARANCE;
    if (dimension == TACRO_VOLUME) {
        tacro_schema_note(
            reader, TACRO_FAULT, item,
            "a volume cannot follow the clock, as the concentration would "
            "change with no mass moving; expected a rate constant or a "
            "clearance");
        return false;
    }
    if (is_dose || !is_rate ||
        tacro_parts_at(set->part[theta->part])->role > TACRO_DISPOSITION) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "expected a rate constant or a clearance of an absorption or "
                          "a disposition, such as KA or CL");
        return false;
    }
    return true;
}

/* *ok is false after a fault. */
static enum tacro_status read_one(struct tacro_reader *reader,
                                  const struct tacro_node *item,
                                  struct tacro_paramset *set, struct tacro_rhythm *out,
                                  bool *ok, struct tacro_error *err)
{
    static const struct tacro_key keys[] = {
        {"amplitude", TACRO_REQUIRED, "of the cosine, such as 3.42 L/h or 25 %"},
        {"peak", TACRO_REQUIRED, "the clock time of the highest value, such as 17:00"},
        {"ci", TACRO_OPTIONAL, "the 95 % confidence interval of the amplitude"},
        {"rse", TACRO_OPTIONAL, "the relative standard error of the amplitude"},
        {"mark", TACRO_REQUIRED, "how the number was verified"},
        {"from", TACRO_REQUIRED, "where the number was read"},
    };
    const size_t theta = tacro_paramset_theta(set, item->key);
    enum tacro_status st = TACRO_OK;
    *ok = false;
    if (theta == set->nthetas) {
        tacro_schema_note(reader, TACRO_FAULT, item, "no parameter of `theta`");
        return TACRO_OK;
    }
    if (!tacro_schema_keys(reader, item, keys, sizeof keys / sizeof keys[0]) ||
        !may_follow(reader, item, set, &set->theta[theta])) {
        return TACRO_OK;
    }
    *out = (struct tacro_rhythm){.theta = theta, .uncertainty = {.text = ""}};
    TACRO_TRY(read_amplitude(reader, item, set, out, ok, err));
    *ok = tacro_schema_clock(reader, tacro_node_get(item, "peak"), &out->peak) && *ok;
    *ok = tacro_mark_read(reader, item, &out->mark, &out->from) && *ok;
done:
    return st;
}

enum tacro_status tacro_rhythm_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    if (node == NULL || !tacro_schema_map(reader, node)) {
        return TACRO_OK;
    }
    set->rhythm = calloc(node->n, sizeof *set->rhythm);
    if (set->rhythm == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "rhythms of a params file");
    }
    for (size_t i = 0; i < node->n; i++) {
        bool ok = false;
        if (set->nrhythms == TACRO_MAX_SET_RHYTHMS) {
            tacro_schema_note(reader, TACRO_FAULT, &node->item[i],
                              "more than %d parameters follow the clock",
                              TACRO_MAX_SET_RHYTHMS);
            continue;
        }
        TACRO_TRY(read_one(reader, &node->item[i], set, &set->rhythm[set->nrhythms],
                           &ok, err));
        set->nrhythms += ok;
    }
done:
    return st;
}

const struct tacro_rhythm *tacro_rhythm_of(const struct tacro_paramset *set,
                                           size_t theta)
{
    for (size_t i = 0; i < set->nrhythms; i++) {
        if (set->rhythm[i].theta == theta) {
            return &set->rhythm[i];
        }
    }
    return NULL;
}

void tacro_rhythm_words(const struct tacro_rhythm *rhythm, char *text, size_t size)
{
    const int minutes = (int)floor(rhythm->peak * 60.0 + 0.5);
    snprintf(text, size, "%.4g %% at %02d:%02d", 100.0 * rhythm->amplitude,
             minutes / 60, minutes % 60);
}
