#include "input/protocol.h"

#include "input/limits.h"
#include "input/monitor.h"
#include "input/scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECOGNISED_AFTER 6.0 /* h, default from an event to its recognition */
#define MAX_DAY 3650U

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define KEY(name) {#name, TACRO_OPTIONAL, NULL},
#define COMMON_LIST(X)                                                                 \
    X(steps)                                                                           \
    X(adjust)                                                                          \
    X(resume)
static const struct tacro_key event_keys[] = {COMMON_LIST(KEY) KEY(recognised_after)};
static const struct tacro_key level_keys[] = {
    COMMON_LIST(KEY){"level", TACRO_REQUIRED, "a level, e.g. 20 ng/mL"}};
static const struct tacro_key day_keys[] = {
    COMMON_LIST(KEY){"day", TACRO_REQUIRED, "a day since transplantation, e.g. 5"}};
#undef KEY

static const struct tacro_key resume_keys[] = {
    {"level_below", TACRO_OPTIONAL, NULL},
    {"level_above", TACRO_OPTIONAL, NULL},
    {"after", TACRO_OPTIONAL, NULL},
};

/** Keys of `when` beside the outcomes. */
static const struct {
    const char *name;
    enum tacro_trigger_kind kind;
} words[] = {
    {"level_above", TACRO_WHEN_LEVEL_ABOVE},
    {"level_below", TACRO_WHEN_LEVEL_BELOW},
    {"day", TACRO_WHEN_DAY},
};

/* The engine looks at events every `recognised_after` hours. */
static const struct tacro_quantity recognition = {TACRO_TIME, 0.5, 3650.0 * 24.0,
                                                  -INFINITY, INFINITY};

/** A regimen's rules while they are read. */
struct reading {
    struct tacro_reader *reader;
    const struct tacro_protocol_frame *frame;
    bool has_levels; /**< the regimen has `monitor` or `adjust` */
    struct tacro_protocol *out;
};

/* -- what a rule waits for --------------------------------------------------------- */

/** "pres, rejection, level_above, level_below or day" */
static void name_triggers(const struct tacro_protocol_frame *frame, char *text,
                          size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < frame->noutcomes && used < room; i++) {
        used += (size_t)snprintf(text + used, room - used, "%s, ", frame->outcome[i]);
    }
    if (used < room) {
        snprintf(text + used, room - used, "level_above, level_below or day");
    }
}

static void refuse_trigger(const struct reading *r, const struct tacro_node *node)
{
    const char *name[COUNT(words) + TACRO_MAX_RISKS];
    const char *nearest;
    char known[256];
    size_t n = 0;
    /* of the same first letter: `infection` is not meant to be `rejection` */
    for (size_t i = 0; i < r->frame->noutcomes && i < TACRO_MAX_RISKS; i++) {
        name[n] = r->frame->outcome[i];
        n += name[n][0] == node->key[0];
    }
    for (size_t i = 0; i < COUNT(words); i++) {
        name[n] = words[i].name;
        n += name[n][0] == node->key[0];
    }
    nearest = tacro_schema_nearest(node->key, name, n);
    name_triggers(r->frame, known, sizeof known);
    if (nearest != NULL) {
        tacro_schema_note_key(r->reader, TACRO_FAULT, node,
                              "no outcome of the risk files, did you mean `%s`?",
                              nearest);
    } else if (r->frame->noutcomes > 0) {
        tacro_schema_note_key(r->reader, TACRO_FAULT, node,
                              "no outcome of the risk files, expected %s", known);
    } else {
        tacro_schema_note_key(r->reader, TACRO_FAULT, node,
                              "the scenario names no risk file that has this outcome, "
                              "expected %s",
                              known);
    }
}

/** What the key of `when` stands for; false if nothing, which has been noted. */
static bool find_kind(const struct reading *r, const struct tacro_node *node,
                      struct tacro_trigger *out)
{
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(node->key, words[i].name) == 0) {
            out->kind = words[i].kind;
            return true;
        }
    }
    out->kind = TACRO_WHEN_EVENT;
    for (size_t i = 0; i < r->frame->noutcomes; i++) {
        if (strcmp(node->key, r->frame->outcome[i]) == 0) {
            out->outcome = i;
            return true;
        }
    }
    if (!r->frame->has_all_outcomes) {
        return true; /* of a risk file that is at fault */
    }
    refuse_trigger(r, node);
    return false;
}

static bool read_day(const struct reading *r, const struct tacro_node *node,
                     struct tacro_trigger *out)
{
    const double start = r->frame->start_day;
    uint64_t day = 0;
    if (!tacro_schema_count(r->reader, node, 0, MAX_DAY, &day)) {
        return false;
    }
    out->day = (int)day;
    if ((double)day < start) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "day %d is before the start, expected day %g or later",
                          out->day, start);
        return false;
    }
    if (24.0 * ((double)day - start - 1.0) >= r->frame->horizon) {
        tacro_schema_note(r->reader, TACRO_WARNING, node,
                          "day %d is after the horizon of %g h: no effect", out->day,
                          r->frame->horizon);
    }
    return true;
}

static bool read_cause(const struct reading *r, const struct tacro_node *node,
                       struct tacro_trigger *out)
{
    const struct tacro_node *after = tacro_node_get(node, "recognised_after");
    switch (out->kind) {
    case TACRO_WHEN_EVENT:
        out->recognised_after = RECOGNISED_AFTER;
        return after == NULL || tacro_schema_number(r->reader, after, &recognition,
                                                    &out->recognised_after);
    case TACRO_WHEN_DAY:
        return read_day(r, tacro_node_get(node, "day"), out);
    default:
        return tacro_schema_positive(r->reader, tacro_node_get(node, "level"),
                                     &tacro_limit_level, &out->level);
    }
}

/* -- what ends a switch ------------------------------------------------------------ */

/** A level that resumes lies on the other side of those that switch. */
static bool is_resume_apart(const struct reading *r, const struct tacro_node *node,
                            const struct tacro_trigger *trigger)
{
    const bool is_same = (trigger->kind == TACRO_WHEN_LEVEL_ABOVE &&
                          trigger->resume == TACRO_RESUME_LEVEL_ABOVE) ||
                         (trigger->kind == TACRO_WHEN_LEVEL_BELOW &&
                          trigger->resume == TACRO_RESUME_LEVEL_BELOW);
    const bool is_high = trigger->kind == TACRO_WHEN_LEVEL_ABOVE &&
                         trigger->resume == TACRO_RESUME_LEVEL_BELOW &&
                         trigger->resume_value > trigger->level;
    const bool is_low = trigger->kind == TACRO_WHEN_LEVEL_BELOW &&
                        trigger->resume == TACRO_RESUME_LEVEL_ABOVE &&
                        trigger->resume_value < trigger->level;
    if (is_same) {
        const bool is_above = trigger->kind == TACRO_WHEN_LEVEL_ABOVE;
        tacro_schema_note_key(r->reader, TACRO_FAULT, node,
                              "a level %s switches, expected `level_%s` or `after`",
                              is_above ? "above" : "below",
                              is_above ? "below" : "above");
        return false;
    }
    if (!(trigger->level > 0.0)) {
        return true; /* of an outcome or a day, or at fault itself */
    }
    if (is_high || is_low) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "%s is %s the %g ng/mL that switch, expected at %s that",
                          node->text, is_high ? "above" : "below", trigger->level,
                          is_high ? "most" : "least");
    }
    return !is_high && !is_low;
}

static bool read_resume(const struct reading *r, const struct tacro_node *node,
                        struct tacro_trigger *out)
{
    static const enum tacro_resume_kind kinds[] = {
        TACRO_RESUME_LEVEL_BELOW, TACRO_RESUME_LEVEL_ABOVE, TACRO_RESUME_AFTER};
    const struct tacro_node *item = NULL;
    size_t n = 0;
    if (!tacro_schema_keys(r->reader, node, resume_keys, COUNT(resume_keys))) {
        return false;
    }
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct tacro_node *found = tacro_node_get(node, resume_keys[i].name);
        if (found != NULL) {
            item = found;
            out->resume = kinds[i];
            n++;
        }
    }
    if (n != 1) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "expected exactly one of `level_below`, `level_above` and "
                          "`after`");
        return false;
    }
    return tacro_schema_positive(r->reader, item,
                                 out->resume == TACRO_RESUME_AFTER ? &tacro_limit_time
                                                                   : &tacro_limit_level,
                                 &out->resume_value) &&
           is_resume_apart(r, item, out);
}

/* -- one rule ---------------------------------------------------------------------- */

static bool check_keys(const struct reading *r, const struct tacro_node *node,
                       enum tacro_trigger_kind kind)
{
    switch (kind) {
    case TACRO_WHEN_EVENT:
        return tacro_schema_keys(r->reader, node, event_keys, COUNT(event_keys));
    case TACRO_WHEN_DAY:
        return tacro_schema_keys(r->reader, node, day_keys, COUNT(day_keys));
    default:
        return tacro_schema_keys(r->reader, node, level_keys, COUNT(level_keys));
    }
}

static bool resumes_by_level(const struct tacro_trigger *trigger)
{
    return trigger->resume == TACRO_RESUME_LEVEL_ABOVE ||
           trigger->resume == TACRO_RESUME_LEVEL_BELOW;
}

static bool check_whole(const struct reading *r, const struct tacro_node *node,
                        const struct tacro_trigger *trigger)
{
    const struct tacro_node *adjust = tacro_node_get(node, "adjust");
    const bool has_steps = tacro_node_get(node, "steps") != NULL;
    const bool has_resume = tacro_node_get(node, "resume") != NULL;
    const bool goes_by_levels = trigger->kind == TACRO_WHEN_LEVEL_ABOVE ||
                                trigger->kind == TACRO_WHEN_LEVEL_BELOW ||
                                resumes_by_level(trigger) || adjust != NULL;
    bool ok = true;
    if (!has_steps && !has_resume) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "neither `steps` nor `resume`, expected steps to switch to, "
                          "or what ends a time without doses");
        ok = false;
    } else if (!has_steps && adjust != NULL) {
        tacro_schema_note_key(r->reader, TACRO_FAULT, adjust,
                              "no dose to change, expected `steps` beside it");
        ok = false;
    }
    if (goes_by_levels && !r->has_levels) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "goes by measured levels, of which the regimen has none: "
                          "expected `monitor` or `adjust` beside `when`");
        ok = false;
    }
    return ok;
}

/** Steps that end, and nothing after them: easily meant otherwise. */
static void warn_end(const struct reading *r, const struct tacro_node *node,
                     const struct tacro_trigger *trigger)
{
    const double length = tacro_sequence_length(&trigger->steps);
    if (trigger->steps.nsteps > 0 && trigger->resume == TACRO_RESUME_NEVER &&
        !(length >= r->frame->horizon)) {
        tacro_schema_note_key(
            r->reader, TACRO_WARNING, node,
            "its steps end %g h after the switch: no dose after that, "
            "as no step without `for` and no `resume` follows",
            length);
    }
}

/** A `resume` by a level after the last sample. */
static void warn_resume(const struct reading *r, const struct tacro_node *resume,
                        const struct tacro_trigger *trigger)
{
    const double until = r->out->monitor.until;
    const double start = 24.0 * (trigger->day - r->frame->start_day - 1.0);
    if (!resumes_by_level(trigger) || !isfinite(until)) {
        return;
    }
    if (trigger->kind == TACRO_WHEN_DAY && start >= until) {
        tacro_schema_note_key(r->reader, TACRO_WARNING, resume,
                              "no sample is planned from %g h on, before day %d: it "
                              "never resumes",
                              until, trigger->day);
    } else {
        tacro_schema_note_key(r->reader, TACRO_WARNING, resume,
                              "no sample is planned from %g h on: a switch after the "
                              "last result never resumes",
                              until);
    }
}

static bool read_trigger(const struct reading *r, const struct tacro_node *node,
                         struct tacro_trigger *out)
{
    const struct tacro_node *steps = tacro_node_get(node, "steps");
    const struct tacro_node *adjust = tacro_node_get(node, "adjust");
    const struct tacro_node *resume = tacro_node_get(node, "resume");
    bool ok = check_keys(r, node, out->kind);
    if (node->kind != TACRO_MAP) {
        return false;
    }
    ok = read_cause(r, node, out) && ok;
    if (steps != NULL) {
        ok = tacro_sequence_read(r->reader, steps, r->frame, NAN, &out->steps) && ok;
    }
    if (adjust != NULL) {
        ok = tacro_adjust_read(r->reader, adjust, r->frame, TACRO_ADJUST_IN_RULE,
                               &out->adjust) &&
             ok;
    }
    if (resume != NULL) {
        ok = read_resume(r, resume, out) && ok;
    }
    ok = check_whole(r, node, out) && ok;
    if (ok) {
        warn_end(r, node, out);
        warn_resume(r, resume, out);
    }
    return ok;
}

/* -- all rules --------------------------------------------------------------------- */

/** Room for one more; NULL if there is none, which has been noted. */
static struct tacro_trigger *add_trigger(const struct reading *r,
                                         const struct tacro_node *node,
                                         const struct tacro_trigger *trigger)
{
    struct tacro_protocol *p = r->out;
    if (p->ntriggers == TACRO_MAX_TRIGGERS) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "one rule too many, expected at most %d in a regimen",
                          TACRO_MAX_TRIGGERS);
        return NULL;
    }
    p->trigger[p->ntriggers] = *trigger;
    p->trigger[p->ntriggers].line = node->key == NULL ? node->line : node->key_line;
    p->trigger[p->ntriggers].column =
        node->key == NULL ? node->column : node->key_column;
    return &p->trigger[p->ntriggers++];
}

/** An entry of `when`: one rule, or a list of them for levels and days. */
static bool read_entry(const struct reading *r, const struct tacro_node *node)
{
    struct tacro_trigger trigger = {.kind = TACRO_WHEN_EVENT};
    bool ok = true;
    if (!find_kind(r, node, &trigger)) {
        return false;
    }
    if (node->kind == TACRO_LIST && trigger.kind == TACRO_WHEN_EVENT) {
        struct tacro_trigger *added = add_trigger(r, node, &trigger);
        if (added == NULL) {
            return false;
        }
        added->recognised_after = RECOGNISED_AFTER;
        ok = tacro_sequence_read(r->reader, node, r->frame, NAN, &added->steps);
        if (ok) {
            warn_end(r, node, added);
        }
        return ok;
    }
    if (node->kind == TACRO_SCALAR && trigger.kind == TACRO_WHEN_EVENT) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "expected a list of steps or a map {steps: [...]}");
        return false;
    }
    if (node->kind == TACRO_LIST && !tacro_schema_list(r->reader, node)) {
        return false;
    }
    for (size_t i = 0; i < (node->kind == TACRO_LIST ? node->n : 1); i++) {
        const struct tacro_node *map = node->kind == TACRO_LIST ? &node->item[i] : node;
        struct tacro_trigger *added = add_trigger(r, map, &trigger);
        if (added == NULL) {
            return false;
        }
        ok = read_trigger(r, map, added) && ok;
    }
    return ok;
}

static bool read_when(const struct reading *r, const struct tacro_node *when)
{
    bool ok = tacro_schema_map(r->reader, when);
    if (when->kind != TACRO_MAP) {
        return false;
    }
    r->out->trigger = calloc(TACRO_MAX_TRIGGERS, sizeof *r->out->trigger);
    if (r->out->trigger == NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, when, "out of memory");
        return false;
    }
    for (size_t i = 0; i < when->n; i++) {
        ok = read_entry(r, &when->item[i]) && ok;
    }
    return ok;
}

bool tacro_protocol_read(struct tacro_reader *reader, const struct tacro_node *node,
                         const struct tacro_protocol_frame *frame,
                         struct tacro_protocol *out)
{
    const struct tacro_node *monitor = tacro_node_get(node, "monitor");
    const struct tacro_node *adjust = tacro_node_get(node, "adjust");
    const struct tacro_node *when = tacro_node_get(node, "when");
    const struct reading r = {.reader = reader,
                              .frame = frame,
                              .has_levels = monitor != NULL || adjust != NULL,
                              .out = out};
    bool ok;
    *out = (struct tacro_protocol){.ntriggers = 0};
    ok = tacro_monitor_read(reader, node, frame, &out->monitor);
    if (adjust != NULL) {
        ok = tacro_adjust_read(reader, adjust, frame,
                               monitor == NULL ? TACRO_ADJUST_ALONE
                                               : TACRO_ADJUST_BESIDE_MONITOR,
                               &out->adjust) &&
             ok;
    }
    if (when != NULL) {
        ok = read_when(&r, when) && ok;
    }
    if (!ok) {
        tacro_protocol_free(out);
    }
    return ok;
}

void tacro_protocol_free(struct tacro_protocol *protocol)
{
    for (size_t i = 0; i < protocol->ntriggers; i++) {
        tacro_sequence_free(&protocol->trigger[i].steps);
    }
    free(protocol->trigger);
    *protocol = (struct tacro_protocol){.ntriggers = 0};
}

bool tacro_protocol_reacts(const struct tacro_protocol *protocol)
{
    return protocol->adjust.is_given || protocol->ntriggers > 0;
}
