#include "input/anchor.h"

#include "input/uncertain.h"

#include <math.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct tacro_key keys[] = {
    {"incidence", TACRO_REQUIRED, "a cumulative incidence, such as 1.3 %"},
    {"uncertainty", TACRO_OPTIONAL, "how far the number may lie from its value"},
    {"within", TACRO_REQUIRED, "a time since transplantation, such as 365 d"},
    {"solves", TACRO_REQUIRED, "the parameter that is set by it, such as H0"},
    {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
    {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
};

/* The THETA that is solved is in no other way uncertain. */
static bool read_solves(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *set, size_t *theta)
{
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return false;
    }
    *theta = tacro_paramset_theta(set, name);
    if (*theta == set->nthetas || set->theta[*theta].is_trough_to_mean) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s: `theta` has no parameter of this name to solve",
                          tacro_excerpt(name).s);
        return false;
    }
    if (set->theta[*theta].uncertainty.law != TACRO_LAW_NONE) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s is solved, expected no `uncertainty` of its own in line "
                          "%zu",
                          name, set->theta[*theta].line);
        return false;
    }
    return true;
}

static bool read_incidence(struct tacro_reader *reader, const struct tacro_node *node,
                           struct tacro_number *out, struct tacro_uncertainty *u)
{
    static const struct tacro_quantity fractions = {TACRO_NUMBER, 0.0, 1.0, 0.0, 1.0};
    const struct tacro_node *value = tacro_node_get(node, "incidence");
    const struct tacro_node *spread = tacro_node_get(node, "uncertainty");
    if (!tacro_schema_positive(reader, value, &fractions, &out->value)) {
        return false;
    }
    if (!(out->value < 1.0)) {
        tacro_schema_note(reader, TACRO_FAULT, value, "%s is not below 1", value->text);
        return false;
    }
    if (!tacro_uncertainty_read(reader, spread, TACRO_NUMBER, out->value, u)) {
        return false;
    }
    if (u->law != TACRO_LAW_NONE && u->law != TACRO_LAW_LOGIT &&
        u->law != TACRO_LAW_BETA && !(u->min > 0.0 && u->max < 1.0)) {
        tacro_schema_note(reader, TACRO_FAULT, spread,
                          "draws may be no fraction, expected `logit_sd`, or `min` and "
                          "`max` between 0 and 1");
        return false;
    }
    out->text = value->text;
    return true;
}

enum tacro_status tacro_anchor_read(struct tacro_reader *reader,
                                    const struct tacro_node *node,
                                    struct tacro_paramset *set, struct tacro_error *err)
{
    static const struct tacro_quantity times = {TACRO_TIME, 0.0, 87600.0, 0.0, 87600.0};
    struct tacro_anchor *anchor = &set->anchor;
    struct tacro_number *incidence = &anchor->incidence;
    struct tacro_uncertainty u;
    incidence->uncertainty.text = "";
    if (node == NULL || !tacro_schema_keys(reader, node, keys, COUNT(keys))) {
        return TACRO_OK;
    }
    const bool has_mark =
        tacro_mark_read(reader, node, &incidence->mark, &incidence->from);
    const bool has_within = tacro_schema_positive(
        reader, tacro_node_get(node, "within"), &times, &anchor->within);
    const bool has_theta =
        read_solves(reader, tacro_node_get(node, "solves"), set, &anchor->solves);
    if (!read_incidence(reader, node, incidence, &u)) {
        return TACRO_OK;
    }
    anchor->is_given = has_mark && has_within && has_theta;
    return tacro_uncertain_keep(set, &u, "1", &incidence->uncertainty, err);
}
