#include "input/history.h"

#include <math.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct tacro_key event_keys[] = {
    {"onset", TACRO_REQUIRED, "the time from the start, e.g. 3 d"},
    {"severity", TACRO_OPTIONAL, NULL},
};

static const struct tacro_quantity instant = {TACRO_TIME, 0.0, INFINITY, -INFINITY,
                                              INFINITY};

static const char *const severities[] = {
    [TACRO_CONSCIOUS] = "none", [TACRO_IMPAIRED] = "impaired", [TACRO_COMA] = "coma"};

const char *tacro_consciousness_name(enum tacro_consciousness severity)
{
    return severities[severity];
}

/** Index of the risk file with this outcome, or nrisks. */
static size_t find_risk(const struct tacro_input *in, const char *outcome)
{
    size_t k = 0;
    while (k < in->nrisks && strcmp(in->risk[k]->outcome, outcome) != 0) {
        k++;
    }
    return k;
}

static bool has_after(const struct tacro_paramset *risk)
{
    bool is_given = true;
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        is_given = is_given && risk->after[i].text != NULL;
    }
    return is_given;
}

/** The landmark follows the onset, unless the scenario has one of its own. */
static void place_landmark(struct tacro_reader *reader, const struct tacro_node *onset,
                           bool is_given, struct tacro_input *in)
{
    const double t = in->history.onset;
    if (!is_given) {
        in->landmark = t;
        tacro_schema_note(reader, TACRO_NOTICE, onset,
                          "no landmark is given: it is the onset, %s from the start",
                          tacro_units_time_beside(t, onset->text).s);
        if (t >= in->horizon) {
            tacro_schema_note(reader, TACRO_FAULT, onset,
                              "%s is not before the horizon of %s", onset->text,
                              tacro_units_time_beside(in->horizon, onset->text).s);
        }
    } else if (t > in->landmark) {
        tacro_schema_note(reader, TACRO_FAULT, onset,
                          "%s is after the landmark of %s, expected an onset at or "
                          "before it: risks are counted from the landmark on",
                          onset->text,
                          tacro_units_time_beside(in->landmark, onset->text).s);
    }
}

/** Which risk file an event is of; nrisks: none, which has been noted. */
static size_t read_outcome(struct tacro_reader *reader, const struct tacro_node *event,
                           bool is_complete, const struct tacro_input *in)
{
    const size_t risk = find_risk(in, event->key);
    const char *outcome[TACRO_MAX_RISKS] = {NULL};
    const char *nearest;
    size_t n = 0;
    for (size_t k = 0; k < in->nrisks; k++) { /* of the same first letter */
        outcome[n] = in->risk[k]->outcome;
        n += outcome[n][0] == event->key[0];
    }
    nearest = tacro_schema_nearest(event->key, outcome, n);
    if (risk == in->nrisks && is_complete && nearest != NULL) {
        tacro_schema_note_key(reader, TACRO_FAULT, event,
                              "no risk file of the scenario has this outcome, did you "
                              "mean `%s`?",
                              nearest);
    } else if (risk == in->nrisks && is_complete) {
        tacro_schema_note_key(reader, TACRO_FAULT, event,
                              "no risk file of the scenario has this outcome, "
                              "expected one that `risk` names, e.g. pres");
    } else if (risk < in->nrisks && !has_after(in->risk[risk])) {
        tacro_schema_note_key(reader, TACRO_FAULT, event,
                              "%s has no numbers `after` the event (recovery, "
                              "recurrence), expected a risk file that has them",
                              in->risk[risk]->name);
    }
    return risk;
}

/** False after a fault. */
static bool read_event(struct tacro_reader *reader, const struct tacro_node *event,
                       bool is_complete, const struct tacro_input *in,
                       struct tacro_history *out)
{
    const struct tacro_node *given = tacro_node_get(event, "severity");
    size_t severity = TACRO_CONSCIOUS;
    bool ok;
    *out = (struct tacro_history){.risk = read_outcome(reader, event, is_complete, in)};
    ok = tacro_schema_keys(reader, event, event_keys, COUNT(event_keys));
    if (given != NULL) {
        ok = tacro_schema_choice(reader, given, severities, COUNT(severities),
                                 &severity) &&
             ok;
    } else if (ok) {
        tacro_schema_note_key(reader, TACRO_NOTICE, event,
                              "severity: not given, taken as none");
    }
    out->severity = (enum tacro_consciousness)severity;
    out->is_severity_given = given != NULL;
    return tacro_schema_number(reader, tacro_node_get(event, "onset"), &instant,
                               &out->onset) &&
           ok;
}

void tacro_history_read(struct tacro_reader *reader, const struct tacro_node *root,
                        bool is_complete, struct tacro_input *in)
{
    const struct tacro_node *map = tacro_node_get(root, "history");
    bool ok = true;
    if (map == NULL || !tacro_schema_map(reader, map)) {
        return;
    }
    if (map->n > 1) {
        tacro_schema_note(reader, TACRO_FAULT, map,
                          "%zu events, expected one: {pres: {onset: 3 d}}", map->n);
    }
    for (size_t i = 0; i < map->n; i++) {
        struct tacro_history event;
        ok = read_event(reader, &map->item[i], is_complete, in, &event) && ok;
        in->history = event;
    }
    if (ok && map->n == 1) {
        in->history.is_given = in->history.risk < in->nrisks;
        place_landmark(reader, tacro_node_get(&map->item[0], "onset"),
                       tacro_node_get(root, "landmark") != NULL, in);
    }
}

void tacro_history_check(struct tacro_reader *reader, const struct tacro_node *root,
                         const struct tacro_input *in)
{
    const struct tacro_node *regimens = tacro_node_get(root, "regimens");
    for (size_t i = 0; in->history.is_given && i < in->nregimens; i++) {
        const struct tacro_regimen *regimen = &in->regimen[i];
        const char *outcome = in->risk[in->history.risk]->outcome;
        const struct tacro_node *when =
            tacro_node_get(tacro_node_get(regimens, regimen->label), "when");
        for (size_t k = 0; k < regimen->protocol.ntriggers; k++) {
            const struct tacro_trigger *trigger = &regimen->protocol.trigger[k];
            if (trigger->kind == TACRO_WHEN_EVENT &&
                trigger->outcome == in->history.risk) {
                tacro_schema_note_key(reader, TACRO_FAULT,
                                      tacro_node_get(when, outcome),
                                      "the patients have had it already (history.%s): "
                                      "put the doses from its onset on into `steps`",
                                      outcome);
            }
        }
    }
}
