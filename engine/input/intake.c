#include "input/intake.h"

#include "input/limits.h"
#include "input/paramset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SLACK 1e-9 /* of an interval or a rate, against rounding */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const routes[] = {"oral", "iv"};

static const struct tacro_key late_keys[] = {
    {"sd", TACRO_REQUIRED, "how late a dose comes, e.g. 1 h"},
};

bool tacro_intake_takes_oral(struct tacro_reader *reader, const struct tacro_node *node,
                             const struct tacro_paramset *pk)
{
    if (pk == NULL || tacro_paramset_has_absorption(pk)) {
        return true;
    }
    tacro_schema_note(reader, TACRO_FAULT, node,
                      "%s has no absorption and takes no oral dose, expected `route: "
                      "iv` with `over: 4 h`",
                      pk->name);
    return false;
}

static bool read_route(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_paramset *pk, struct tacro_step *step)
{
    const struct tacro_node *route = tacro_node_get(node, "route");
    const struct tacro_node *over = tacro_node_get(node, "over");
    size_t choice = TACRO_PORT_ORAL;
    if (route != NULL &&
        !tacro_schema_choice(reader, route, routes, COUNT(routes), &choice)) {
        return false;
    }
    step->port = choice;
    if (choice == TACRO_PORT_ORAL && !tacro_intake_takes_oral(reader, node, pk)) {
        return false;
    }
    if (choice == TACRO_PORT_ORAL) {
        if (over != NULL) {
            tacro_schema_note(reader, TACRO_FAULT, over,
                              "an oral dose does not run in, expected `route: iv` "
                              "beside it");
        }
        return over == NULL;
    }
    if (over == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, route,
                          "an IV dose runs in, expected a duration such as `over: 4 h` "
                          "beside it");
        return false;
    }
    return tacro_schema_positive(reader, over, &tacro_limit_time, &step->over);
}

bool tacro_intake_formulation(struct tacro_reader *reader,
                              const struct tacro_node *node,
                              const struct tacro_protocol_frame *frame, size_t *port)
{
    const struct tacro_node *formulation = tacro_node_get(node, "formulation");
    const struct tacro_paramset *pk = frame->pk;
    const char *name = NULL;
    char known[256] = "IR";
    size_t used = 2;
    if (formulation == NULL) {
        return true;
    }
    if (!tacro_schema_text(reader, formulation, &name)) {
        return false;
    }
    for (size_t i = 0; pk != NULL && i < pk->nformulations; i++) {
        if (strcmp(name, pk->formulation[i].name) == 0) {
            *port = TACRO_PORT_FORMULATION + i;
            return true;
        }
        if (used < sizeof known) {
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                     i + 1 == pk->nformulations ? " or " : ", ",
                                     pk->formulation[i].name);
        }
    }
    if (strcmp(name, "IR") == 0 || pk == NULL) {
        *port = TACRO_PORT_ORAL;
        return true;
    }
    tacro_schema_note(reader, TACRO_FAULT, formulation,
                      "%s is no formulation of %s, expected %s", tacro_excerpt(name).s,
                      pk->name, known);
    return false;
}

static bool read_missed(struct tacro_reader *reader, const struct tacro_node *missed,
                        struct tacro_step *step)
{
    if (!tacro_schema_number(reader, missed, &tacro_limit_share, &step->missed)) {
        return false;
    }
    if (step->missed >= 1.0) {
        tacro_schema_note(reader, TACRO_FAULT, missed,
                          "%s: no dose is taken, expected less than 100 %% or `hold`",
                          missed->text);
        return false;
    }
    return true;
}

static bool read_late(struct tacro_reader *reader, const struct tacro_node *late,
                      struct tacro_step *step)
{
    bool ok = tacro_schema_keys(reader, late, late_keys, COUNT(late_keys));
    return tacro_schema_positive(reader, tacro_node_get(late, "sd"), &tacro_limit_time,
                                 &step->late_sd) &&
           ok;
}

bool tacro_intake_read(struct tacro_reader *reader, const struct tacro_node *node,
                       const struct tacro_protocol_frame *frame,
                       struct tacro_step *step)
{
    const struct tacro_node *formulation = tacro_node_get(node, "formulation");
    const struct tacro_node *missed = tacro_node_get(node, "missed");
    const struct tacro_node *late = tacro_node_get(node, "late");
    bool ok = read_route(reader, node, frame->pk, step);
    if (formulation != NULL && step->port == TACRO_PORT_IV) {
        tacro_schema_note(reader, TACRO_FAULT, formulation,
                          "does not belong beside `route: iv`");
        ok = false;
    } else {
        ok = tacro_intake_formulation(reader, node, frame, &step->port) && ok;
    }
    ok = (missed == NULL || read_missed(reader, missed, step)) && ok;
    if (late != NULL && !read_late(reader, late, step)) {
        ok = false;
    }
    return ok;
}

/** h, the shortest time between two doses of the step. */
static double shortest_interval(const struct tacro_step *step)
{
    double shortest = step->every;
    for (size_t i = 0; i < step->nclocks; i++) {
        const double next =
            i + 1 < step->nclocks ? step->clock[i + 1] : step->clock[0] + 24.0;
        const double gap = next - step->clock[i];
        shortest = i == 0 ? gap : fmin(shortest, gap);
    }
    return shortest;
}

bool tacro_intake_check(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_step *step, double largest)
{
    const struct tacro_node *over = tacro_node_get(node, "over");
    const struct tacro_node *late = tacro_node_get(node, "late");
    const double interval = shortest_interval(step);
    bool ok = true;
    if (step->over > interval * (1.0 + SLACK)) {
        tacro_schema_note(reader, TACRO_FAULT, over,
                          "%s is longer than the %g h between two doses", over->text,
                          interval);
        ok = false;
    }
    if (!step->is_per_kg && largest > TACRO_LIMIT_RATE * step->over * (1.0 + SLACK) &&
        step->over > 0.0) {
        tacro_schema_note(reader, TACRO_FAULT, over,
                          "%g mg in %s is %g mg/h, expected at most %g mg/h", largest,
                          over->text, largest / step->over, TACRO_LIMIT_RATE);
        ok = false;
    }
    if (step->late_sd > interval * (1.0 + SLACK)) {
        const struct tacro_node *sd = tacro_node_get(late, "sd");
        tacro_schema_note(reader, TACRO_FAULT, sd,
                          "%s is longer than the %g h between two doses", sd->text,
                          interval);
        ok = false;
    }
    return ok;
}
