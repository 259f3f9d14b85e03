#include "input/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST (3650.0 * 24.0) /* h, pk-models.md 9.4 (POD) */
#define CAPSULE 0.5 /* mg, the smallest; every sum of 0.5, 1 and 5 mg fits */
#define SLACK 1e-9  /* of a whole number of intervals, against rounding */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct tacro_key regimen_keys[] = {
    {"steps", TACRO_REQUIRED, "a list of steps such as {give: 3 mg, every: 12 h}"},
    {"adjust", TACRO_LATER, NULL},
    {"when", TACRO_LATER, NULL},
    {"file", TACRO_LATER, NULL},
};

static const struct tacro_key step_keys[] = {
    {"give", TACRO_OPTIONAL, NULL},     {"hold", TACRO_OPTIONAL, NULL},
    {"taper", TACRO_OPTIONAL, NULL},    {"for", TACRO_OPTIONAL, NULL},
    {"every", TACRO_OPTIONAL, NULL},    {"at", TACRO_OPTIONAL, NULL},
    {"route", TACRO_LATER, NULL},       {"over", TACRO_LATER, NULL},
    {"formulation", TACRO_LATER, NULL}, {"missed", TACRO_LATER, NULL},
    {"late", TACRO_LATER, NULL},        {"until", TACRO_LATER, NULL},
};

static const struct tacro_key taper_keys[] = {
    {"from", TACRO_REQUIRED, "the first dose, e.g. 4 mg"},
    {"to", TACRO_REQUIRED, "the last dose, e.g. 0.5 mg"},
    {"over", TACRO_REQUIRED, "how long the taper lasts, e.g. 6 d"},
    {"every", TACRO_REQUIRED, "the dosing interval, e.g. 24 h"},
    {"round", TACRO_OPTIONAL, NULL},
};

/* Limits of pk-models.md 9.4. */
static const struct tacro_quantity dose = {TACRO_DOSE, 0.0, 30.0, 0.05, 12.0};
static const struct tacro_quantity rounding = {TACRO_DOSE, 0.0, 5.0, -INFINITY,
                                               INFINITY};
static const struct tacro_quantity duration = {TACRO_TIME, 0.0, LONGEST, -INFINITY,
                                               INFINITY};
static const struct tacro_quantity interval = {TACRO_TIME, 0.5, LONGEST, -INFINITY,
                                               INFINITY};

/** A regimen while it grows. */
struct growing {
    struct tacro_reader *reader;
    struct tacro_regimen *regimen;
    size_t capacity;
};

static bool add_step(struct growing *g, const struct tacro_node *node,
                     const struct tacro_step *step)
{
    struct tacro_regimen *regimen = g->regimen;
    if (regimen->plan.nsteps == g->capacity) {
        size_t capacity = g->capacity == 0 ? 8 : 2 * g->capacity;
        struct tacro_step *bigger = realloc(regimen->plan.step, capacity * sizeof *bigger);
        if (bigger == NULL) {
            tacro_schema_note(g->reader, TACRO_FAULT, node, "out of memory");
            return false;
        }
        regimen->plan.step = bigger;
        g->capacity = capacity;
    }
    regimen->plan.step[regimen->plan.nsteps++] = *step;
    return true;
}

static bool read_positive(struct tacro_reader *reader, const struct tacro_node *node,
                          const struct tacro_quantity *quantity, double *value)
{
    if (!tacro_schema_number(reader, node, quantity, value)) {
        return false;
    }
    if (*value <= 0.0) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is not above 0 %s", node->text,
                          tacro_dimension_unit(quantity->dimension));
        return false;
    }
    return true;
}

static bool read_clocks(struct tacro_reader *reader, const struct tacro_node *node,
                        struct tacro_step *step)
{
    if (!tacro_schema_list(reader, node)) {
        return false;
    }
    if (node->n > TACRO_MAX_CLOCKS) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%zu clock times, expected at most %d", node->n,
                          TACRO_MAX_CLOCKS);
        return false;
    }
    for (size_t i = 0; i < node->n; i++) {
        if (!tacro_schema_clock(reader, &node->item[i], &step->clock[i])) {
            return false;
        }
        if (i > 0 && step->clock[i] <= step->clock[i - 1]) {
            tacro_schema_note(reader, TACRO_FAULT, &node->item[i],
                              "%s is not after %s, expected ascending clock times",
                              node->item[i].text, node->item[i - 1].text);
            return false;
        }
    }
    step->nclocks = node->n;
    return true;
}

/** Note each key that has no meaning beside `what`. */
static bool is_alone(struct tacro_reader *reader, const struct tacro_node *node,
                     const char *what)
{
    static const char *const others[] = {"for", "every", "at"};
    bool ok = true;
    for (size_t i = 0; i < COUNT(others); i++) {
        const struct tacro_node *other = tacro_node_get(node, others[i]);
        if (other != NULL) {
            tacro_schema_note(reader, TACRO_FAULT, other, "does not belong beside `%s`",
                              what);
            ok = false;
        }
    }
    return ok;
}

static bool read_give(struct growing *g, const struct tacro_node *node, bool is_last,
                      double *length)
{
    struct tacro_reader *reader = g->reader;
    const struct tacro_node *give = tacro_node_get(node, "give");
    const struct tacro_node *every = tacro_node_get(node, "every");
    const struct tacro_node *at = tacro_node_get(node, "at");
    const struct tacro_node *window = tacro_node_get(node, "for");
    struct tacro_step step = {.kind = TACRO_STEP_GIVE,
                              .duration = INFINITY,
                              .line = node->line,
                              .column = node->column};
    bool ok = read_positive(reader, give, &dose, &step.amount);
    if ((every == NULL) == (at == NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s, expected either `every: 12 h` or `at: [\"08:00\"]`",
                          every == NULL ? "neither `every` nor `at`"
                                        : "both `every` and `at`");
        ok = false;
    }
    if (every != NULL && !tacro_schema_number(reader, every, &interval, &step.every)) {
        ok = false;
    }
    if (at != NULL && !read_clocks(reader, at, &step)) {
        ok = false;
    }
    if (window != NULL) {
        if (read_positive(reader, window, &duration, &step.duration)) {
            *length = step.duration;
        } else {
            ok = false;
        }
    } else if (!is_last) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "`for` is missing: the next step would never start, "
                          "expected a duration such as `for: 3 d`");
        ok = false;
    } else {
        *length = INFINITY;
    }
    return ok && add_step(g, node, &step);
}

static bool read_hold(struct growing *g, const struct tacro_node *node, double *length)
{
    struct tacro_step step = {
        .kind = TACRO_STEP_HOLD, .line = node->line, .column = node->column};
    bool ok = is_alone(g->reader, node, "hold");
    if (!read_positive(g->reader, tacro_node_get(node, "hold"), &duration,
                       &step.duration)) {
        return false;
    }
    *length = step.duration;
    return add_step(g, node, &step) && ok;
}

struct taper {
    double from;
    double to;
    double over;
    double every;
    double round;
};

static bool read_taper_values(struct tacro_reader *reader,
                              const struct tacro_node *node, struct taper *taper)
{
    const struct tacro_node *unit = tacro_node_get(node, "round");
    bool ok = tacro_schema_keys(reader, node, taper_keys, COUNT(taper_keys));
    if (node->kind != TACRO_MAP) {
        return false;
    }
    taper->round = CAPSULE;
    ok = read_positive(reader, tacro_node_get(node, "from"), &dose, &taper->from) && ok;
    ok = read_positive(reader, tacro_node_get(node, "to"), &dose, &taper->to) && ok;
    ok = read_positive(reader, tacro_node_get(node, "over"), &duration, &taper->over) &&
         ok;
    ok = tacro_schema_number(reader, tacro_node_get(node, "every"), &interval,
                             &taper->every) &&
         ok;
    if (unit != NULL) {
        ok = read_positive(reader, unit, &rounding, &taper->round) && ok;
    }
    return ok;
}

static double taper_dose(const struct taper *taper, size_t i, size_t n)
{
    double share = (double)i / (double)(n - 1);
    double exact = taper->from + (taper->to - taper->from) * share;
    return taper->round * round(exact / taper->round);
}

static bool is_taper_sound(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct taper *taper)
{
    const struct tacro_node *to = tacro_node_get(node, "to");
    if (taper->to >= taper->from) {
        tacro_schema_note(reader, TACRO_FAULT, to,
                          "%s is not below %s: expected a taper that goes down",
                          to->text, tacro_node_get(node, "from")->text);
        return false;
    }
    if (taper->over <= taper->every * (1.0 + SLACK)) {
        const struct tacro_node *over = tacro_node_get(node, "over");
        tacro_schema_note(reader, TACRO_FAULT, over,
                          "%s holds one dose, expected at least two, every %s",
                          over->text, tacro_node_get(node, "every")->text);
        return false;
    }
    if (taper_dose(taper, 1, 2) <= 0.0) {
        tacro_schema_note(reader, TACRO_FAULT, to,
                          "%s becomes 0 mg when rounded to %g mg", to->text,
                          taper->round);
        return false;
    }
    return true;
}

/** Doses of equal amount, one after another, are one step. */
static bool read_taper(struct growing *g, const struct tacro_node *node, double *length)
{
    const struct tacro_node *map = tacro_node_get(node, "taper");
    struct taper taper;
    bool ok = is_alone(g->reader, node, "taper");
    size_t n;
    if (!read_taper_values(g->reader, map, &taper) ||
        !is_taper_sound(g->reader, map, &taper)) {
        return false;
    }
    *length = taper.over;
    n = (size_t)ceil(taper.over / taper.every - SLACK);
    for (size_t first = 0, next; first < n; first = next) {
        struct tacro_step step = {.kind = TACRO_STEP_GIVE,
                                  .amount = taper_dose(&taper, first, n),
                                  .every = taper.every,
                                  .is_from_taper = true,
                                  .line = node->line,
                                  .column = node->column};
        next = first + 1;
        while (next < n && taper_dose(&taper, next, n) == step.amount) {
            next++;
        }
        step.duration = (next == n ? taper.over : (double)next * taper.every) -
                        (double)first * taper.every;
        if (!add_step(g, node, &step)) {
            return false;
        }
    }
    return ok;
}

/** length is set to that of the step [h], and left alone when it is not known. */
static bool read_step(struct growing *g, const struct tacro_node *node, bool is_last,
                      double *length)
{
    bool ok = tacro_schema_keys(g->reader, node, step_keys, COUNT(step_keys));
    bool has_give = tacro_node_get(node, "give") != NULL;
    bool has_hold = tacro_node_get(node, "hold") != NULL;
    bool has_taper = tacro_node_get(node, "taper") != NULL;
    if (node->kind != TACRO_MAP) {
        return false;
    }
    if ((int)has_give + (int)has_hold + (int)has_taper != 1) {
        tacro_schema_note(g->reader, TACRO_FAULT, node,
                          "expected exactly one of `give`, `hold` and `taper`");
        return false;
    }
    if (has_give) {
        return read_give(g, node, is_last, length) && ok;
    }
    if (has_hold) {
        return read_hold(g, node, length) && ok;
    }
    return read_taper(g, node, length) && ok;
}

static bool read_steps(struct growing *g, const struct tacro_node *list, double horizon)
{
    bool ok = true;
    double start = 0.0;
    for (size_t i = 0; i < list->n; i++) {
        const struct tacro_node *node = &list->item[i];
        double length = NAN;
        if (start >= horizon && isfinite(start)) {
            tacro_schema_note(g->reader, TACRO_FAULT, node,
                              "starts at %g h, at or after the horizon of %g h", start,
                              horizon);
            ok = false;
        }
        ok = read_step(g, node, i + 1 == list->n, &length) && ok;
        start += length;
    }
    if (ok && start < horizon &&
        g->regimen->plan.step[g->regimen->plan.nsteps - 1].kind == TACRO_STEP_GIVE) {
        tacro_schema_note(g->reader, TACRO_WARNING, &list->item[list->n - 1],
                          "ends at %g h, before the horizon of %g h: no dose after it",
                          start, horizon);
    }
    return ok;
}

bool tacro_regimen_read(struct tacro_reader *reader, const struct tacro_node *node,
                        double horizon, struct tacro_regimen *out)
{
    struct growing g = {.reader = reader, .regimen = out};
    const struct tacro_node *steps = tacro_node_get(node, "steps");
    bool ok = tacro_schema_keys(reader, node, regimen_keys, COUNT(regimen_keys));
    *out = (struct tacro_regimen){.line = node->line, .column = node->column};
    if (node->key != NULL) {
        out->line = node->key_line;
        out->column = node->key_column;
    }
    out->label = strdup(node->key == NULL ? "" : node->key);
    if (out->label == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
        return false;
    }
    if (steps == NULL || !tacro_schema_list(reader, steps) ||
        !read_steps(&g, steps, horizon)) {
        ok = false;
    }
    if (!ok) {
        tacro_regimen_free(out);
    }
    return ok;
}

void tacro_regimen_free(struct tacro_regimen *regimen)
{
    if (regimen == NULL) {
        return;
    }
    free(regimen->label);
    free(regimen->plan.step);
    *regimen = (struct tacro_regimen){0};
}
