#include "input/checks.h"

#include "input/limits.h"
#include "input/paramset.h"
#include "input/protocol.h"
#include "models/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MAX_POWER 1000L /* of ten: none beyond is a number */
#define SLACK 1e-6      /* of the value: the arithmetic is not the paper's */

static const char *const quantities[] = {"conc", "auc", "cmax", "tmax",
                                         "trough_to_mean"};
static const char *const statistics[] = {"geometric_mean", "median", "mean"};
static const char *const statistic_words[] = {"geometric mean", "median", "mean"};

#define CASE_KEYS                                                                      \
    {"patient", TACRO_OPTIONAL, NULL}, {"switch", TACRO_OPTIONAL, NULL},               \
        {"start", TACRO_OPTIONAL, NULL}, {"before", TACRO_OPTIONAL, NULL},             \
        {"steps", TACRO_OPTIONAL, NULL}, {"at", TACRO_OPTIONAL, NULL},                 \
        {"since", TACRO_OPTIONAL, NULL},                                               \
    {                                                                                  \
        "to", TACRO_OPTIONAL, NULL                                                     \
    }

static const struct tacro_key over_keys[] = {CASE_KEYS};

static const struct tacro_key check_keys[] = {
    CASE_KEYS,
    {"figure", TACRO_REQUIRED, "what was published, in words"},
    {"quantity", TACRO_REQUIRED, "conc, auc, cmax, tmax, an output or a parameter"},
    {"over", TACRO_OPTIONAL, NULL},
    {"subjects", TACRO_OPTIONAL, NULL},
    {"statistic", TACRO_OPTIONAL, NULL},
    {"value", TACRO_REQUIRED, "the published figure with its unit"},
    {"within", TACRO_OPTIONAL, NULL},
    {"expect", TACRO_OPTIONAL, NULL},
    {"reason", TACRO_OPTIONAL, NULL},
    {"mark", TACRO_REQUIRED, "how the number was verified"},
    {"from", TACRO_REQUIRED, "where the number was read"},
};

static const struct tacro_key start_keys[] = {
    {"day", TACRO_OPTIONAL, NULL},
    {"clock", TACRO_OPTIONAL, NULL},
};

/** A check while it is read. */
struct reading {
    struct tacro_reader *reader;
    struct tacro_paramset *set;
    struct tacro_check *check;
};

const char *tacro_check_statistic_words(enum tacro_check_statistic statistic)
{
    return statistic_words[statistic];
}

/* -- the published number ---------------------------------------------------------- */

/** Behind the number at the start of a text; *place is the power of its last digit. */
static const char *behind_number(const char *text, long *place)
{
    const char *at = text + strspn(text, " \t+-");
    const char *start = at;
    *place = 0;
    at += strspn(at, "0123456789");
    if (*at == '.') {
        const size_t n = strspn(at + 1, "0123456789");
        *place = -(long)n;
        at += 1 + n;
    }
    if (at > start && (*at == 'e' || *at == 'E')) {
        char *end = NULL;
        const long power = strtol(at + 1, &end, 10);
        *place += power < -MAX_POWER  ? -MAX_POWER
                  : power > MAX_POWER ? MAX_POWER
                                      : power;
        at = end;
    }
    return at;
}

double tacro_check_half_digit(const char *text, enum tacro_dimension dimension)
{
    char half[128];
    long place = 0;
    double value = 0.0;
    const char *unit = behind_number(text, &place);
    snprintf(half, sizeof half, "5e%ld%s", place - 1, unit);
    return tacro_units_parse(half, dimension, &value, NULL) == TACRO_OK ? value
                                                                        : (double)NAN;
}

const char *tacro_check_unit(const char *text)
{
    long place = 0;
    const char *unit = behind_number(text, &place);
    return unit + strspn(unit, " \t");
}

/** Canonical value of 1 in the unit of a number's text. */
static double scale_of(const char *text, enum tacro_dimension dimension)
{
    char one[128];
    long place = 0;
    double value = 1.0;
    snprintf(one, sizeof one, "1%s", behind_number(text, &place));
    return tacro_units_parse(one, dimension, &value, NULL) == TACRO_OK ? value : 1.0;
}

bool tacro_check_matches(const struct tacro_check *check, double ours)
{
    return fabs(ours - check->value) <= check->tolerance + SLACK * fabs(check->value);
}

/** `within`: a share of the value, or a difference in its dimension. */
static bool read_within(const struct reading *r, const struct tacro_node *node)
{
    static const struct tacro_quantity shares = {TACRO_NUMBER, 0.0, 1.0, -INFINITY,
                                                 INFINITY};
    const struct tacro_quantity differences = {r->check->dimension, 0.0, INFINITY,
                                               -INFINITY, INFINITY};
    double value = 0.0;
    if (node == NULL) {
        r->check->tolerance =
            tacro_check_half_digit(r->check->text, r->check->dimension);
        return true;
    }
    if (node->text != NULL && strchr(node->text, '%') != NULL) {
        if (!tacro_schema_positive(r->reader, node, &shares, &value)) {
            return false;
        }
        r->check->tolerance = value * fabs(r->check->value);
        return true;
    }
    return tacro_schema_positive(r->reader, node, &differences, &r->check->tolerance);
}

static bool read_value(const struct reading *r, const struct tacro_node *node)
{
    const struct tacro_quantity quantity = {r->check->dimension, 0.0, INFINITY,
                                            -INFINITY, INFINITY};
    const struct tacro_node *value = tacro_node_get(node, "value");
    if (!tacro_schema_number(r->reader, value, &quantity, &r->check->value)) {
        return false;
    }
    r->check->text = value->text;
    r->check->scale = scale_of(value->text, r->check->dimension);
    return read_within(r, tacro_node_get(node, "within"));
}

/* -- what is asked for ------------------------------------------------------------- */

static bool find_in_parts(const struct tacro_paramset *set, struct tacro_check *check)
{
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *part = tacro_parts_at(set->part[k]);
        for (size_t i = 0; i < part->noutputs; i++) {
            if (strcmp(part->outputs[i].name, check->name) == 0) {
                check->kind = TACRO_CHECK_OUTPUT;
                return tacro_units_find(part->outputs[i].unit, &check->dimension,
                                        &check->raw);
            }
        }
        for (size_t i = 0; i < part->nstates; i++) {
            if (strcmp(part->states[i].name, check->name) == 0) {
                check->kind = TACRO_CHECK_STATE;
                return tacro_units_find(part->states[i].unit, &check->dimension,
                                        &check->raw);
            }
        }
    }
    return false;
}

/** The nearest of what may be asked for; NULL: none is near. */
static const char *nearest_quantity(const struct tacro_paramset *set, const char *name)
{
    enum { ROOM = 256 };
    const char *names[ROOM];
    size_t n = 0;
    for (; n < COUNT(quantities); n++) {
        names[n] = quantities[n];
    }
    for (size_t i = 0; i < set->nthetas && n < ROOM; i++) {
        names[n++] = set->theta[i].name;
    }
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *part = tacro_parts_at(set->part[k]);
        for (size_t i = 0; i < part->noutputs && n < ROOM; i++) {
            names[n++] = part->outputs[i].name;
        }
    }
    return tacro_schema_nearest(name, names, n);
}

static bool read_quantity(const struct reading *r, const struct tacro_node *node)
{
    static const enum tacro_dimension dimensions[] = {
        TACRO_CONCENTRATION, TACRO_AUC, TACRO_CONCENTRATION, TACRO_TIME, TACRO_NUMBER};
    struct tacro_check *check = r->check;
    check->raw = 1.0;
    if (!tacro_schema_text(r->reader, node, &check->name)) {
        return false;
    }
    for (size_t i = 0; i < COUNT(quantities); i++) {
        if (strcmp(quantities[i], check->name) == 0) {
            check->kind = (enum tacro_check_kind)i;
            check->dimension = dimensions[i];
            return true;
        }
    }
    const size_t theta = tacro_paramset_theta(r->set, check->name);
    if (theta < r->set->nthetas) {
        check->kind = TACRO_CHECK_PARAMETER;
        check->dimension = tacro_dimension_of(r->set->theta[theta].unit);
        return true;
    }
    if (find_in_parts(r->set, check)) {
        return true;
    }
    const char *nearest = nearest_quantity(r->set, check->name);
    tacro_schema_note(
        r->reader, TACRO_FAULT, node,
        "%s: expected conc, auc, cmax, tmax, trough_to_mean, an output of "
        "the parts or a parameter%s%s%s",
        tacro_excerpt(check->name).s, nearest == NULL ? "" : "; did you mean `",
        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "`?");
    return false;
}

bool tacro_check_has_interval(const struct tacro_check *check)
{
    return check->kind == TACRO_CHECK_AUC || check->kind == TACRO_CHECK_CMAX ||
           check->kind == TACRO_CHECK_TMAX || check->kind == TACRO_CHECK_TROUGH_TO_MEAN;
}

/** Note a key that has no meaning for what is asked for. */
static void refuse(const struct reading *r, const struct tacro_node *node,
                   const char *expected)
{
    if (node != NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, node, "not of `quantity: %s`, %s",
                          r->check->name, expected);
    }
}

/** When it is looked at; `is_whole`: no other case gives what is missing. */
static void read_times(const struct reading *r, const struct tacro_node *node,
                       bool is_whole, struct tacro_check_case *c)
{
    const struct tacro_node *at = tacro_node_get(node, "at");
    const struct tacro_node *since = tacro_node_get(node, "since");
    const struct tacro_node *to = tacro_node_get(node, "to");
    if (!tacro_check_has_interval(r->check)) {
        refuse(r, since, "expected `at`");
        refuse(r, to, "expected `at`");
        tacro_schema_number(r->reader, at, &tacro_limit_time, &c->at);
        if (at == NULL && is_whole && r->check->kind != TACRO_CHECK_PARAMETER) {
            tacro_schema_note(r->reader, TACRO_FAULT, node,
                              "missing key `at`, expected the time of %s, e.g. 12 h",
                              r->check->name);
        }
        return;
    }
    refuse(r, at, "expected `since` and `to`");
    tacro_schema_number(r->reader, since, &tacro_limit_time, &c->from);
    if (to == NULL && is_whole) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "missing key `to`, expected the end of the interval, e.g. 12 "
                          "h");
    } else if ((to == NULL ||
                tacro_schema_number(r->reader, to, &tacro_limit_time, &c->at)) &&
               c->from >= c->at) {
        const struct tacro_node *end = since == NULL ? node : since;
        tacro_schema_note(r->reader, TACRO_FAULT, to == NULL ? end : to,
                          "the interval ends before it begins");
    }
}

/* -- patients and doses ------------------------------------------------------------ */

static void read_patient(struct tacro_reader *reader, const struct tacro_node *patient)
{
    const char *names[TACRO_NCOVARIATES];
    if (patient == NULL || !tacro_schema_map(reader, patient)) {
        return;
    }
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        names[i] = tacro_covariate_info((enum tacro_covariate_id)i)->name;
    }
    for (size_t i = 0; i < patient->n; i++) {
        const struct tacro_node *item = &patient->item[i];
        const enum tacro_covariate_id id = tacro_covariate_find(item->key);
        struct tacro_covariate covariate = {0};
        if (id < TACRO_NCOVARIATES) {
            tacro_covariate_read(reader, item, id, &covariate);
            tacro_covariate_free(&covariate);
            continue;
        }
        const char *nearest = tacro_schema_nearest(item->key, names, TACRO_NCOVARIATES);
        tacro_schema_note_key(reader, TACRO_FAULT, item, "no such covariate%s%s%s",
                              nearest == NULL ? "" : ", did you mean `",
                              nearest == NULL ? "" : nearest,
                              nearest == NULL ? "" : "`?");
    }
}

static double read_start(struct tacro_reader *reader, const struct tacro_node *start)
{
    uint64_t day = 0;
    double clock = 0.0;
    if (start != NULL && tacro_schema_keys(reader, start, start_keys, 2)) {
        tacro_schema_count(reader, tacro_node_get(start, "day"), 0, 3650, &day);
        tacro_schema_clock(reader, tacro_node_get(start, "clock"), &clock);
    }
    return (double)day;
}

static void read_doses(struct tacro_reader *reader, const struct tacro_paramset *set,
                       const struct tacro_check_case *c, double day)
{
    const struct tacro_protocol_frame frame = {
        .horizon = c->at > 0.0 ? c->at : 1.0,
        .start_day = day,
        .has_all_outcomes = true,
        .has_weight = tacro_node_get(c->patient, "weight") != NULL,
        .pk = set,
    };
    struct tacro_sequence steps = {0};
    struct tacro_step before = {0};
    const bool is_none = c->before != NULL && c->before->text != NULL &&
                         strcmp(c->before->text, "none") == 0;
    if (c->steps != NULL &&
        tacro_sequence_read(reader, c->steps, &frame, 0.0, &steps)) {
        tacro_sequence_free(&steps);
    }
    if (c->before != NULL && !is_none) {
        tacro_step_before_read(reader, c->before, &frame, &before);
    }
}

/**
 * What the reader of scenarios will say of a case, here for the faults alone: what is
 * uncommon in it is no warning to whoever uses the model.
 */
static void check_case(const struct reading *r, const struct tacro_check_case *c)
{
    struct tacro_notes notes = {0};
    struct tacro_reader reader = {.file = r->reader->file, .notes = &notes};
    read_patient(&reader, c->patient);
    read_doses(&reader, r->set, c, read_start(&reader, c->start));
    tacro_notes_add_faults(r->reader->notes, &notes);
    tacro_notes_free(&notes);
}

static void take_node(const struct tacro_node *node, const char *key,
                      const struct tacro_node **to)
{
    const struct tacro_node *given = tacro_node_get(node, key);
    *to = given != NULL ? given : *to;
}

/** c holds what the node does not say. */
static void read_case(const struct reading *r, const struct tacro_node *node,
                      bool is_whole, struct tacro_check_case *c)
{
    take_node(node, "patient", &c->patient);
    take_node(node, "switch", &c->switches);
    take_node(node, "start", &c->start);
    take_node(node, "before", &c->before);
    take_node(node, "steps", &c->steps);
    read_times(r, node, is_whole, c);
    if (is_whole && r->check->kind != TACRO_CHECK_PARAMETER && c->steps == NULL &&
        c->before == NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, node,
                          "missing key `steps`, expected the doses");
    }
    check_case(r, c);
}

/* -- the check --------------------------------------------------------------------- */

static void read_population(const struct reading *r, const struct tacro_node *node)
{
    const struct tacro_node *subjects = tacro_node_get(node, "subjects");
    const struct tacro_node *statistic = tacro_node_get(node, "statistic");
    size_t index = TACRO_STATISTIC_MEDIAN;
    tacro_schema_count(r->reader, subjects, 1, TACRO_MAX_CHECK_SUBJECTS,
                       &r->check->subjects);
    tacro_schema_choice(r->reader, statistic, statistics, COUNT(statistics), &index);
    r->check->statistic = (enum tacro_check_statistic)index;
    if ((subjects == NULL) != (statistic == NULL)) {
        tacro_schema_note(r->reader, TACRO_FAULT,
                          subjects == NULL ? statistic : subjects,
                          "expected `subjects` and `statistic` together");
    }
}

static void read_expectation(const struct reading *r, const struct tacro_node *node)
{
    static const char *const ways[] = {"matches", "differs"};
    const struct tacro_node *expect = tacro_node_get(node, "expect");
    const struct tacro_node *reason = tacro_node_get(node, "reason");
    size_t way = 0;
    tacro_schema_choice(r->reader, expect, ways, 2, &way);
    tacro_schema_text(r->reader, reason, &r->check->reason);
    r->check->is_to_differ = way == 1;
    if (r->check->is_to_differ && reason == NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, expect,
                          "expected a `reason` beside it");
    } else if (!r->check->is_to_differ && reason != NULL) {
        tacro_schema_note(r->reader, TACRO_FAULT, reason,
                          "expected beside `expect: differs` only");
    }
}

static void read_check(const struct reading *r, const struct tacro_node *node)
{
    struct tacro_check *check = r->check;
    const struct tacro_node *over = tacro_node_get(node, "over");
    enum tacro_mark mark = TACRO_MARK_P;
    check->node = node;
    if (!tacro_schema_keys(r->reader, node, check_keys, COUNT(check_keys))) {
        return;
    }
    tacro_schema_text(r->reader, tacro_node_get(node, "figure"), &check->figure);
    tacro_mark_read(r->reader, node, &mark, &check->from);
    check->mark = (int)mark;
    if (!read_quantity(r, tacro_node_get(node, "quantity"))) {
        return;
    }
    read_case(r, node, true, &check->of);
    if (over != NULL &&
        tacro_schema_keys(r->reader, over, over_keys, COUNT(over_keys))) {
        check->is_ratio = true;
        check->dimension = TACRO_NUMBER;
        check->over = check->of;
        read_case(r, over, false, &check->over);
    }
    read_population(r, node);
    read_value(r, node);
    read_expectation(r, node);
}

enum tacro_status tacro_checks_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set, struct tacro_error *err)
{
    if (node == NULL || !tacro_schema_list(reader, node)) {
        return TACRO_OK;
    }
    set->check = calloc(node->n, sizeof *set->check);
    if (set->check == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "%zu checks of a params file", node->n);
    }
    set->nchecks = node->n;
    for (size_t i = 0; i < node->n; i++) {
        const struct reading r = {reader, set, &set->check[i]};
        read_check(&r, &node->item[i]);
    }
    return TACRO_OK;
}
