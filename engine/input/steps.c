#include "input/steps.h"

#include "input/intake.h"
#include "input/limits.h"
#include "input/paramset.h"
#include "input/taper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define INTAKE_KEY(name) {#name, TACRO_OPTIONAL, NULL},
static const struct tacro_key step_keys[] = {
    {"give", TACRO_OPTIONAL, NULL},    {"hold", TACRO_OPTIONAL, NULL},
    {"taper", TACRO_OPTIONAL, NULL},   {"for", TACRO_OPTIONAL, NULL},
    {"until", TACRO_OPTIONAL, NULL},   {"every", TACRO_OPTIONAL, NULL},
    {"at", TACRO_OPTIONAL, NULL},      {"round", TACRO_OPTIONAL, NULL},
    {"loading", TACRO_OPTIONAL, NULL}, TACRO_INTAKE_LIST(INTAKE_KEY)};
#undef INTAKE_KEY

static const struct tacro_key before_keys[] = {
    {"give", TACRO_REQUIRED, "a dose, e.g. 3 mg"},
    {"every", TACRO_OPTIONAL, NULL},
    {"round", TACRO_OPTIONAL, NULL},
    {"formulation", TACRO_OPTIONAL, NULL},
    {"steady_state", TACRO_REQUIRED, "`steady_state: true`"},
    {"route", TACRO_REFUSED, "doses before the start are oral, expected no `route`"},
};

/** Steps while they are read. */
struct growing {
    struct tacro_reader *reader;
    const struct tacro_protocol_frame *frame;
    struct tacro_sequence *sequence;
    size_t capacity;
    bool is_of_rule;
    double start; /**< h, of the step that is read; NaN: not known */
};

static bool add_step(struct growing *g, const struct tacro_node *node,
                     const struct tacro_step *step)
{
    struct tacro_sequence *sequence = g->sequence;
    if (sequence->nsteps == g->capacity) {
        size_t capacity = g->capacity == 0 ? 8 : 2 * g->capacity;
        struct tacro_step *bigger = realloc(sequence->step, capacity * sizeof *bigger);
        if (bigger == NULL) {
            tacro_schema_note(g->reader, TACRO_FAULT, node, "out of memory");
            return false;
        }
        sequence->step = bigger;
        g->capacity = capacity;
    }
    sequence->step[sequence->nsteps++] = *step;
    return true;
}

/** Note each key that has no meaning beside `what`. */
static bool is_alone(struct tacro_reader *reader, const struct tacro_node *node,
                     const char *what, const char *const *others, size_t n)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const struct tacro_node *other = tacro_node_get(node, others[i]);
        if (other != NULL) {
            tacro_schema_note(reader, TACRO_FAULT, other, "does not belong beside `%s`",
                              what);
            ok = false;
        }
    }
    return ok;
}

/* -- amounts ----------------------------------------------------------------------- */

/** An amount as written. */
struct amount {
    double value; /**< mg or mg/kg, of one dose */
    bool is_per_kg;
    bool is_daily; /**< `mg/kg/day in 2` */
    size_t ndaily; /**< doses a day then; 0: not known */
};

/** Read "0.075 mg/kg/day in 2", whose `in` is at `in` (NULL: missing). */
static bool read_daily(struct tacro_reader *reader, const struct tacro_node *node,
                       const char *in, struct amount *out)
{
    struct tacro_quantity total = tacro_limit_dose_per_weight;
    struct tacro_node front = *node;
    char text[64];
    char *end = NULL;
    unsigned long n = in == NULL ? 0 : strtoul(in + strlen(" in "), &end, 10);
    if (n < 1 || n > TACRO_MAX_CLOCKS || *end != '\0') {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: expected the doses a day, 1 to %d, such as "
                          "`0.075 mg/kg/day in 2`",
                          tacro_excerpt(node->text).s, TACRO_MAX_CLOCKS);
        return false;
    }
    if ((size_t)(in - node->text) < sizeof text) {
        memcpy(text, node->text, (size_t)(in - node->text));
        text[in - node->text] = '\0';
        front.text = text;
    }
    total.dimension = TACRO_DAILY_DOSE_PER_WEIGHT;
    total.hard_max *= (double)n;
    if (!tacro_schema_positive(reader, &front, &total, &out->value)) {
        return false;
    }
    out->value /= (double)n;
    out->ndaily = n;
    return true;
}

static bool read_amount(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_protocol_frame *frame, struct amount *out)
{
    const char *text = node->kind == TACRO_SCALAR ? node->text : "";
    const char *in = strstr(text, " in ");
    out->is_per_kg = strstr(text, "/kg") != NULL;
    out->is_daily = in != NULL || strstr(text, "/kg/") != NULL;
    out->ndaily = 0;
    if (!out->is_per_kg) {
        out->is_daily = false;
        return tacro_schema_positive(reader, node, &tacro_limit_dose, &out->value);
    }
    if (!frame->has_weight) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: the patients have no weight, expected patients.weight",
                          tacro_excerpt(text).s);
        return false;
    }
    if (out->is_daily) {
        return read_daily(reader, node, in, out);
    }
    return tacro_schema_positive(reader, node, &tacro_limit_dose_per_weight,
                                 &out->value);
}

/** `round`, which only a dose by weight has. step->port is known. */
static bool read_round(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_step *step)
{
    const struct tacro_node *unit = tacro_node_get(node, "round");
    if (step->is_per_kg && step->port != TACRO_PORT_IV) {
        step->round = TACRO_SMALLEST_CAPSULE;
    }
    if (unit == NULL) {
        return true;
    }
    if (!step->is_per_kg) {
        tacro_schema_note(reader, TACRO_FAULT, unit,
                          "only a dose in mg/kg is rounded, expected no `round`");
        return false;
    }
    return tacro_schema_positive(reader, unit, &tacro_limit_round, &step->round);
}

static bool read_loading(struct growing *g, const struct tacro_node *node,
                         struct tacro_step *step)
{
    const struct tacro_node *loading = tacro_node_get(node, "loading");
    struct amount amount;
    if (loading == NULL) {
        return true;
    }
    if (!read_amount(g->reader, loading, g->frame, &amount)) {
        return false;
    }
    if (amount.is_per_kg != step->is_per_kg || amount.is_daily) {
        tacro_schema_note(g->reader, TACRO_FAULT, loading,
                          "%s, expected one dose in %s as `give` is", loading->text,
                          step->is_per_kg ? "mg/kg" : "mg");
        return false;
    }
    step->loading = amount.value;
    return true;
}

/* -- give -------------------------------------------------------------------------- */

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

/** Doses a day leave no choice of `every`, and as many clock times. */
static bool read_daily_times(struct tacro_reader *reader, const struct tacro_node *node,
                             size_t ndaily, struct tacro_step *step)
{
    const struct tacro_node *every = tacro_node_get(node, "every");
    const struct tacro_node *at = tacro_node_get(node, "at");
    if (ndaily == 0) {
        return false; /* which has been noted */
    }
    if (every != NULL) {
        tacro_schema_note(reader, TACRO_FAULT, every,
                          "does not belong beside %zu doses a day, every %g h", ndaily,
                          24.0 / (double)ndaily);
        return false;
    }
    if (at == NULL) {
        step->every = 24.0 / (double)ndaily;
        return true;
    }
    if (!read_clocks(reader, at, step)) {
        return false;
    }
    if (step->nclocks != ndaily) {
        tacro_schema_note(reader, TACRO_FAULT, at,
                          "%zu clock time%s, expected %zu, as there are doses a day",
                          step->nclocks, step->nclocks == 1 ? "" : "s", ndaily);
        return false;
    }
    return true;
}

static bool read_times(struct tacro_reader *reader, const struct tacro_node *node,
                       struct tacro_step *step)
{
    const struct tacro_node *every = tacro_node_get(node, "every");
    const struct tacro_node *at = tacro_node_get(node, "at");
    bool ok = true;
    if ((every == NULL) == (at == NULL)) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s, expected either `every: 12 h` or `at: [\"08:00\"]`",
                          every == NULL ? "neither `every` nor `at`"
                                        : "both `every` and `at`");
        ok = false;
    }
    if (every != NULL &&
        !tacro_schema_number(reader, every, &tacro_limit_interval, &step->every)) {
        ok = false;
    }
    if (at != NULL && !read_clocks(reader, at, step)) {
        ok = false;
    }
    return ok;
}

static bool read_until(const struct growing *g, const struct tacro_node *until,
                       struct tacro_step *step)
{
    double end;
    if (g->is_of_rule) {
        tacro_schema_note(g->reader, TACRO_FAULT, until,
                          "the time at which a rule switches is not known, expected "
                          "`for`");
        return false;
    }
    if (!tacro_schema_number(g->reader, until, &tacro_limit_time, &end)) {
        return false;
    }
    if (isnan(g->start)) {
        return true; /* a step before it is at fault */
    }
    if (end <= g->start + TACRO_SAME_TIME) {
        tacro_schema_note(g->reader, TACRO_FAULT, until,
                          "%s is not after the step's start at %g h", until->text,
                          g->start);
        return false;
    }
    step->duration = end - g->start;
    return true;
}

/** How long a `give` lasts. */
static bool read_window(const struct growing *g, const struct tacro_node *node,
                        bool is_last, struct tacro_step *step)
{
    const struct tacro_node *window = tacro_node_get(node, "for");
    const struct tacro_node *until = tacro_node_get(node, "until");
    step->duration = INFINITY;
    if (window != NULL && until != NULL) {
        tacro_schema_note(g->reader, TACRO_FAULT, until,
                          "does not belong beside `for`");
        return false;
    }
    if (until != NULL) {
        return read_until(g, until, step);
    }
    if (window != NULL) {
        return tacro_schema_positive(g->reader, window, &tacro_limit_time,
                                     &step->duration);
    }
    if (!is_last) {
        tacro_schema_note(g->reader, TACRO_FAULT, node,
                          "`for` is missing: the next step would never start, "
                          "expected a duration such as `for: 3 d`");
    }
    return is_last;
}

static bool read_give(struct growing *g, const struct tacro_node *node, bool is_last,
                      double *length)
{
    struct tacro_reader *reader = g->reader;
    struct amount amount = {.value = 0.0};
    struct tacro_step step = {
        .kind = TACRO_STEP_GIVE, .line = node->line, .column = node->column};
    const bool has_amount =
        read_amount(reader, tacro_node_get(node, "give"), g->frame, &amount);
    bool ok = has_amount;
    bool has_times;
    step.amount = amount.value;
    step.is_per_kg = amount.is_per_kg;
    has_times = amount.is_daily ? read_daily_times(reader, node, amount.ndaily, &step)
                                : read_times(reader, node, &step);
    ok = has_times && ok;
    if (read_window(g, node, is_last, &step)) {
        *length = step.duration;
    } else {
        ok = false;
    }
    ok = read_loading(g, node, &step) && ok;
    ok = tacro_intake_read(reader, node, g->frame, &step) && ok;
    ok = read_round(reader, node, &step) && ok;
    if (has_amount && has_times) {
        ok = tacro_intake_check(reader, node, &step, fmax(step.amount, step.loading)) &&
             ok;
    }
    return ok && add_step(g, node, &step);
}

/* -- hold and taper ---------------------------------------------------------------- */

static bool read_hold(struct growing *g, const struct tacro_node *node, double *length)
{
    static const char *const others[] = {"for",         "until",   "every", "at",
                                         "round",       "loading", "route", "over",
                                         "formulation", "missed",  "late"};
    struct tacro_step step = {
        .kind = TACRO_STEP_HOLD, .line = node->line, .column = node->column};
    bool ok = is_alone(g->reader, node, "hold", others, COUNT(others));
    if (!tacro_schema_positive(g->reader, tacro_node_get(node, "hold"),
                               &tacro_limit_time, &step.duration)) {
        return false;
    }
    *length = step.duration;
    return add_step(g, node, &step) && ok;
}

static bool read_taper(struct growing *g, const struct tacro_node *node, double *length)
{
    static const char *const others[] = {"for", "until", "every",
                                         "at",  "round", "loading"};
    struct tacro_step step = {.kind = TACRO_STEP_GIVE,
                              .is_from_taper = true,
                              .line = node->line,
                              .column = node->column};
    struct tacro_taper taper;
    bool ok = is_alone(g->reader, node, "taper", others, COUNT(others));
    ok = tacro_intake_read(g->reader, node, g->frame, &step) && ok;
    if (!tacro_taper_read(g->reader, tacro_node_get(node, "taper"), &taper)) {
        return false;
    }
    *length = taper.length;
    step.every = taper.every;
    ok = tacro_intake_check(g->reader, node, &step, taper.stage[0].amount) && ok;
    for (size_t i = 0; ok && i < taper.n; i++) {
        step.amount = taper.stage[i].amount;
        step.duration = taper.stage[i].duration;
        ok = add_step(g, node, &step);
    }
    tacro_taper_free(&taper);
    return ok;
}

/* -- the list ---------------------------------------------------------------------- */

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

static bool read_steps(struct growing *g, const struct tacro_node *list)
{
    const double horizon = g->frame->horizon;
    bool ok = true;
    for (size_t i = 0; i < list->n; i++) {
        const struct tacro_node *node = &list->item[i];
        double length = NAN;
        if (g->start >= horizon && isfinite(g->start)) {
            tacro_schema_note(g->reader, TACRO_FAULT, node,
                              "starts at %g h, at or after the horizon of %g h",
                              g->start, horizon);
            ok = false;
        }
        ok = read_step(g, node, i + 1 == list->n, &length) && ok;
        g->start += length;
    }
    if (ok && g->start < horizon &&
        g->sequence->step[g->sequence->nsteps - 1].kind == TACRO_STEP_GIVE) {
        tacro_schema_note(g->reader, TACRO_WARNING, &list->item[list->n - 1],
                          "ends at %g h, before the horizon of %g h: no dose after it",
                          g->start, horizon);
    }
    return ok;
}

bool tacro_sequence_read(struct tacro_reader *reader, const struct tacro_node *list,
                         const struct tacro_protocol_frame *frame, double start,
                         struct tacro_sequence *out)
{
    struct growing g = {.reader = reader,
                        .frame = frame,
                        .sequence = out,
                        .is_of_rule = isnan(start),
                        .start = start};
    *out = (struct tacro_sequence){0};
    if (!tacro_schema_list(reader, list)) {
        return false;
    }
    if (!read_steps(&g, list)) {
        tacro_sequence_free(out);
        return false;
    }
    return true;
}

void tacro_sequence_free(struct tacro_sequence *sequence)
{
    free(sequence->step);
    *sequence = (struct tacro_sequence){0};
}

double tacro_sequence_length(const struct tacro_sequence *sequence)
{
    double length = 0.0;
    for (size_t i = 0; i < sequence->nsteps; i++) {
        length += sequence->step[i].duration;
    }
    return length;
}

bool tacro_sequence_is_per_kg(const struct tacro_sequence *sequence)
{
    for (size_t i = 0; i < sequence->nsteps; i++) {
        if (sequence->step[i].is_per_kg) {
            return true;
        }
    }
    return false;
}

/* -- before the start -------------------------------------------------------------- */

static bool read_before_interval(struct tacro_reader *reader,
                                 const struct tacro_node *node,
                                 const struct amount *amount, struct tacro_step *step)
{
    const struct tacro_node *every = tacro_node_get(node, "every");
    if (amount->is_daily) {
        return read_daily_times(reader, node, amount->ndaily, step);
    }
    if (every == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "`every` is missing, expected an interval such as "
                          "`every: 12 h`");
        return false;
    }
    return tacro_schema_number(reader, every, &tacro_limit_interval, &step->every);
}

/* Doses before the start are oral: a model of IV doses alone has none. */
static bool before_is_oral(struct tacro_reader *reader, const struct tacro_node *node,
                           const struct tacro_paramset *pk)
{
    if (pk == NULL || tacro_paramset_has_absorption(pk)) {
        return true;
    }
    tacro_schema_note(reader, TACRO_FAULT, node,
                      "doses before the start are oral, and %s has no absorption, "
                      "expected `before: none`",
                      pk->name);
    return false;
}

bool tacro_step_before_read(struct tacro_reader *reader, const struct tacro_node *node,
                            const struct tacro_protocol_frame *frame,
                            struct tacro_step *out)
{
    const struct tacro_node *give = tacro_node_get(node, "give");
    const struct tacro_node *steady = tacro_node_get(node, "steady_state");
    struct amount amount = {.value = 0.0};
    struct tacro_step step = {.kind = TACRO_STEP_GIVE,
                              .duration = INFINITY,
                              .line = node->line,
                              .column = node->column};
    bool is_steady = true;
    bool ok = tacro_schema_keys(reader, node, before_keys, COUNT(before_keys));
    if (give == NULL) {
        return false;
    }
    ok = read_amount(reader, give, frame, &amount) && ok;
    step.amount = amount.value;
    step.is_per_kg = amount.is_per_kg;
    ok = read_before_interval(reader, node, &amount, &step) && ok;
    ok = before_is_oral(reader, node, frame->pk) && ok;
    ok = tacro_intake_formulation(reader, node, frame, &step.port) && ok;
    ok = read_round(reader, node, &step) && ok;
    if (steady != NULL && !tacro_schema_flag(reader, steady, &is_steady)) {
        ok = false;
    } else if (!is_steady) {
        tacro_schema_note(reader, TACRO_FAULT, steady,
                          "false: expected true, or `before: none`");
        ok = false;
    }
    if (ok) {
        *out = step;
    }
    return ok;
}
