#include "input/taper.h"

#include "input/limits.h"

#include <math.h>
#include <stdlib.h>

#define SLACK 1e-9 /* of a whole number of intervals, against rounding */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct tacro_key line_keys[] = {
    {"from", TACRO_REQUIRED, "the first dose, e.g. 4 mg"},
    {"to", TACRO_REQUIRED, "the last dose, e.g. 0.5 mg"},
    {"over", TACRO_REQUIRED, "how long the taper lasts, e.g. 6 d"},
    {"every", TACRO_REQUIRED, "the dosing interval, e.g. 24 h"},
    {"round", TACRO_OPTIONAL, NULL},
};

#define BESIDE_DOSES "does not belong beside `doses`"
static const struct tacro_key list_keys[] = {
    {"doses", TACRO_REQUIRED, NULL},
    {"every", TACRO_REQUIRED, "the dosing interval, e.g. 24 h"},
    {"each", TACRO_REQUIRED, "how long each dose is given, e.g. 2 d"},
    {"from", TACRO_REFUSED, BESIDE_DOSES},
    {"to", TACRO_REFUSED, BESIDE_DOSES},
    {"over", TACRO_REFUSED, BESIDE_DOSES},
    {"round", TACRO_REFUSED, BESIDE_DOSES},
};

static bool make_room(struct tacro_reader *reader, const struct tacro_node *node,
                      size_t n, struct tacro_taper *out)
{
    out->stage = calloc(n, sizeof *out->stage);
    if (out->stage == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
        return false;
    }
    return true;
}

/* -- a straight line --------------------------------------------------------------- */

struct line {
    double from;
    double to;
    double over;
    double every;
    double round;
};

static bool read_line(struct tacro_reader *reader, const struct tacro_node *node,
                      struct line *line)
{
    const struct tacro_node *unit = tacro_node_get(node, "round");
    bool ok = tacro_schema_keys(reader, node, line_keys, COUNT(line_keys));
    line->round = TACRO_SMALLEST_CAPSULE;
    ok = tacro_schema_positive(reader, tacro_node_get(node, "from"), &tacro_limit_dose,
                               &line->from) &&
         ok;
    ok = tacro_schema_positive(reader, tacro_node_get(node, "to"), &tacro_limit_dose,
                               &line->to) &&
         ok;
    ok = tacro_schema_positive(reader, tacro_node_get(node, "over"), &tacro_limit_time,
                               &line->over) &&
         ok;
    ok = tacro_schema_number(reader, tacro_node_get(node, "every"),
                             &tacro_limit_interval, &line->every) &&
         ok;
    if (unit != NULL) {
        ok =
            tacro_schema_positive(reader, unit, &tacro_limit_round, &line->round) && ok;
    }
    return ok;
}

static double line_dose(const struct line *line, size_t i, size_t n)
{
    double share = (double)i / (double)(n - 1);
    double exact = line->from + (line->to - line->from) * share;
    return line->round * round(exact / line->round);
}

static bool is_line_sound(struct tacro_reader *reader, const struct tacro_node *node,
                          const struct line *line)
{
    const struct tacro_node *to = tacro_node_get(node, "to");
    if (line->to >= line->from) {
        tacro_schema_note(reader, TACRO_FAULT, to,
                          "%s is not below %s: expected a taper that goes down",
                          to->text, tacro_node_get(node, "from")->text);
        return false;
    }
    if (line->over <= line->every * (1.0 + SLACK)) {
        const struct tacro_node *over = tacro_node_get(node, "over");
        tacro_schema_note(reader, TACRO_FAULT, over,
                          "%s holds one dose, expected at least two, every %s",
                          over->text, tacro_node_get(node, "every")->text);
        return false;
    }
    if (line_dose(line, 1, 2) <= 0.0) {
        tacro_schema_note(reader, TACRO_FAULT, to,
                          "%s becomes 0 mg when rounded to %g mg", to->text,
                          line->round);
        return false;
    }
    return true;
}

/** Doses of equal amount, one after another, are one stage. */
static bool expand_line(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct line *line, struct tacro_taper *out)
{
    const size_t n = (size_t)ceil(line->over / line->every - SLACK);
    if (!make_room(reader, node, n, out)) {
        return false;
    }
    out->every = line->every;
    out->length = line->over;
    for (size_t first = 0, next; first < n; first = next) {
        const double amount = line_dose(line, first, n);
        double end;
        next = first + 1;
        while (next < n && line_dose(line, next, n) == amount) {
            next++;
        }
        end = next == n ? line->over : (double)next * line->every;
        out->stage[out->n++] =
            (struct tacro_taper_stage){amount, end - (double)first * line->every};
    }
    return true;
}

/* -- a list of doses --------------------------------------------------------------- */

static bool read_doses(struct tacro_reader *reader, const struct tacro_node *doses,
                       struct tacro_taper *out)
{
    bool ok = true;
    if (!tacro_schema_list(reader, doses)) {
        return false;
    }
    if (doses->n < 2) {
        tacro_schema_note(reader, TACRO_FAULT, doses,
                          "one dose, expected at least two");
        return false;
    }
    if (!make_room(reader, doses, doses->n, out)) {
        return false;
    }
    for (size_t i = 0; i < doses->n; i++) {
        double *amount = &out->stage[i].amount;
        if (!tacro_schema_positive(reader, &doses->item[i], &tacro_limit_dose,
                                   amount)) {
            ok = false;
        } else if (ok && i > 0 && *amount > out->stage[i - 1].amount) {
            tacro_schema_note(reader, TACRO_FAULT, &doses->item[i],
                              "%s is above %s: expected a taper that goes down",
                              doses->item[i].text, doses->item[i - 1].text);
            ok = false;
        }
    }
    return ok;
}

static bool read_list(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_taper *out)
{
    const struct tacro_node *doses = tacro_node_get(node, "doses");
    const struct tacro_node *each = tacro_node_get(node, "each");
    double length = 0.0;
    bool ok = tacro_schema_keys(reader, node, list_keys, COUNT(list_keys));
    ok = tacro_schema_number(reader, tacro_node_get(node, "every"),
                             &tacro_limit_interval, &out->every) &&
         ok;
    ok = tacro_schema_positive(reader, each, &tacro_limit_time, &length) && ok;
    ok = read_doses(reader, doses, out) && ok;
    if (!ok) {
        return false;
    }
    if (length < out->every * (1.0 - SLACK)) {
        tacro_schema_note(reader, TACRO_FAULT, each,
                          "%s is shorter than the interval of %g h", each->text,
                          out->every);
        return false;
    }
    out->n = doses->n;
    out->length = length * (double)doses->n;
    for (size_t i = 0; i < out->n; i++) {
        out->stage[i].duration = length;
    }
    return true;
}

/* -- the whole --------------------------------------------------------------------- */

bool tacro_taper_read(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_taper *out)
{
    struct line line;
    bool ok;
    *out = (struct tacro_taper){0};
    if (tacro_node_get(node, "doses") != NULL) {
        ok = read_list(reader, node, out);
    } else {
        ok = read_line(reader, node, &line) && is_line_sound(reader, node, &line) &&
             expand_line(reader, node, &line, out);
    }
    if (!ok) {
        tacro_taper_free(out);
    }
    return ok;
}

void tacro_taper_free(struct tacro_taper *taper)
{
    free(taper->stage);
    *taper = (struct tacro_taper){0};
}
