#include "input/uncertain.h"

#include "input/checksum.h"
#include "input/params.h"
#include "input/relations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum tacro_status tacro_uncertain_keep(struct tacro_paramset *set,
                                       const struct tacro_uncertainty *law,
                                       const char *unit, struct tacro_uncertainty *out,
                                       struct tacro_error *err)
{
    const bool has_unit =
        (law->law == TACRO_LAW_NORMAL || law->law == TACRO_LAW_TRUNCATED) &&
        strcmp(unit, "1") != 0;
    char words[96];
    char limits[96];
    char text[256];
    tacro_uncertainty_words(law, words, sizeof words);
    tacro_uncertainty_limits(law, unit, limits, sizeof limits);
    snprintf(text, sizeof text, "%s%s%s%s", words, has_unit ? " " : "",
             has_unit ? unit : "", limits);
    *out = *law;
    out->text = text[0] == '\0' ? "" : tacro_paramset_keep(set, "", text);
    return out->text != NULL
               ? TACRO_OK
               : tacro_fail(err, TACRO_ENOMEM, "uncertainty in a params file");
}

/* -- the list ---------------------------------------------------------------------- */

/* A law of the set; without one the number is not listed. */
static void add(struct tacro_paramset *set, const struct tacro_uncertain *number)
{
    if (number->uncertainty->law != TACRO_LAW_NONE) {
        set->uncertain[set->nuncertain++] = *number;
    }
}

static void add_thetas(struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nthetas; i++) {
        const struct tacro_theta *t = &set->theta[i];
        add(set, &(struct tacro_uncertain){.kind = TACRO_UNCERTAIN_THETA,
                                           .index = i,
                                           .name = t->name,
                                           .unit = t->unit,
                                           .value = t->value,
                                           .mark = t->mark,
                                           .uncertainty = &t->uncertainty,
                                           .theta = i});
    }
}

static const char *relation_name(struct tacro_paramset *set,
                                 const struct tacro_relation *r)
{
    char name[TACRO_RELATION_NAME];
    tacro_relation_name(set, r, name, sizeof name);
    return tacro_paramset_keep(set, name, "");
}

static void add_relations(struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *r = &set->relation[i];
        if (r->uncertainty.law != TACRO_LAW_NONE) {
            add(set, &(struct tacro_uncertain){.kind = TACRO_UNCERTAIN_COEFFICIENT,
                                               .index = i,
                                               .name = relation_name(set, r),
                                               .unit = tacro_relation_unit(r),
                                               .value = r->coefficient,
                                               .mark = r->mark,
                                               .uncertainty = &r->uncertainty,
                                               .theta = r->theta});
        }
    }
}

static void add_spread(struct tacro_paramset *set, enum tacro_uncertain_kind kind,
                       size_t effect, const char *before, double log_sd,
                       enum tacro_mark mark, const struct tacro_uncertainty *law)
{
    const size_t theta = set->effect[effect].theta;
    if (law->law != TACRO_LAW_NONE) {
        add(set, &(struct tacro_uncertain){
                     .kind = kind,
                     .index = effect,
                     .name = tacro_paramset_keep(set, before, set->theta[theta].name),
                     .unit = "1",
                     .value = log_sd,
                     .mark = mark,
                     .uncertainty = law,
                     .theta = theta});
    }
}

/* Of each effect: a spread is uncertain by itself. */
static void add_effects(struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->neffects; i++) {
        const struct tacro_effect *e = &set->effect[i];
        add_spread(set, TACRO_UNCERTAIN_OMEGA, i, "omega.", e->omega, e->omega_mark,
                   &e->omega_law);
        add_spread(set, TACRO_UNCERTAIN_KAPPA, i, "kappa.", e->kappa, e->kappa_mark,
                   &e->kappa_law);
        add_spread(set, TACRO_UNCERTAIN_WANDER, i, "wander.", e->wander, e->wander_mark,
                   &e->wander_law);
    }
}

static void add_rhythms(struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nrhythms; i++) {
        const struct tacro_rhythm *r = &set->rhythm[i];
        if (r->uncertainty.law != TACRO_LAW_NONE) {
            add(set, &(struct tacro_uncertain){
                         .kind = TACRO_UNCERTAIN_RHYTHM,
                         .index = i,
                         .name = tacro_paramset_keep(set, "rhythm.",
                                                     set->theta[r->theta].name),
                         .unit = "1",
                         .value = r->amplitude,
                         .mark = r->mark,
                         .uncertainty = &r->uncertainty,
                         .theta = r->theta});
        }
    }
}

static void add_after(struct tacro_paramset *set)
{
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        const enum tacro_after_id id = (enum tacro_after_id)i;
        const struct tacro_number *n = &set->after[i];
        if (n->text != NULL && n->uncertainty.law != TACRO_LAW_NONE) {
            add(set, &(struct tacro_uncertain){.kind = TACRO_UNCERTAIN_AFTER,
                                               .index = i,
                                               .name = tacro_paramset_keep(
                                                   set, "after.", tacro_after_name(id)),
                                               .unit = tacro_after_unit(id),
                                               .value = n->value,
                                               .mark = n->mark,
                                               .uncertainty = &n->uncertainty,
                                               .theta = set->nthetas});
        }
    }
}

static void add_anchor(struct tacro_paramset *set)
{
    static const struct tacro_uncertainty none = {.law = TACRO_LAW_NONE, .text = ""};
    const struct tacro_number *n = &set->anchor.incidence;
    const struct tacro_theta *t = &set->theta[set->anchor.solves];
    if (!set->anchor.is_given) {
        return;
    }
    add(set, &(struct tacro_uncertain){.kind = TACRO_UNCERTAIN_INCIDENCE,
                                       .name = "incidence",
                                       .unit = "1",
                                       .value = n->value,
                                       .mark = n->mark,
                                       .uncertainty = &n->uncertainty,
                                       .theta = set->nthetas});
    set->uncertain[set->nuncertain++] =
        (struct tacro_uncertain){.kind = TACRO_UNCERTAIN_SOLVED,
                                 .index = set->anchor.solves,
                                 .name = t->name,
                                 .unit = t->unit,
                                 .value = t->value,
                                 .mark = t->mark,
                                 .uncertainty = &none,
                                 .theta = set->anchor.solves};
}

static void check_names(struct tacro_reader *reader, const struct tacro_paramset *set)
{
    for (size_t i = 0; i < set->nuncertain; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(set->uncertain[i].name, set->uncertain[k].name) == 0) {
                tacro_schema_note(reader, TACRO_FAULT, &set->yaml->root,
                                  "two uncertain numbers are %s, expected "
                                  "`uncertainty` of one of them",
                                  set->uncertain[i].name);
            }
        }
    }
}

enum tacro_status tacro_uncertain_list(struct tacro_reader *reader,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err)
{
    set->uncertain = calloc(set->nthetas + set->nrelations + 3 * set->neffects +
                                set->nrhythms + TACRO_NAFTER + 2,
                            sizeof *set->uncertain);
    if (set->uncertain == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "uncertain numbers of a params file");
    }
    add_thetas(set);
    add_relations(set);
    add_effects(set);
    add_rhythms(set);
    add_after(set);
    add_anchor(set);
    for (size_t i = 0; i < set->nuncertain; i++) {
        if (set->uncertain[i].name == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "uncertain numbers of a params file");
        }
    }
    check_names(reader, set);
    return TACRO_OK;
}

/* -- their draws ------------------------------------------------------------------- */

/* Each number has its column, each column is of a number. */
static void check_columns(struct tacro_reader *reader, const struct tacro_node *node,
                          struct tacro_paramset *set)
{
    const struct tacro_draws *draws = set->draws;
    if (strcmp(draws->outcome, set->outcome) != 0) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s is of %s, expected %s",
                          node->text, tacro_excerpt(draws->outcome).s, set->outcome);
    }
    for (size_t i = 0; i < set->nuncertain; i++) {
        struct tacro_uncertain *number = &set->uncertain[i];
        number->column = tacro_draws_column(draws, number->name);
        if (number->column == draws->ncolumns) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "%s has no column %s, which is uncertain; `tacro "
                              "calibrate` makes the table",
                              node->text, number->name);
        }
    }
    for (size_t k = 0; k < draws->ncolumns; k++) {
        size_t i = 0;
        while (i < set->nuncertain &&
               strcmp(set->uncertain[i].name, draws->name[k]) != 0) {
            i++;
        }
        if (i == set->nuncertain) {
            tacro_schema_note(reader, TACRO_FAULT, node,
                              "%s has a column %s, but no uncertain number is so named",
                              node->text, tacro_excerpt(draws->name[k]).s);
        }
    }
}

/** Where the draws of a number may lie. */
struct support {
    double min;
    double max;
    bool is_above; /**< not min itself */
};

/* What its law can draw, within what its kind of number may be. */
static struct support support_of(const struct tacro_paramset *set,
                                 const struct tacro_uncertain *number)
{
    const struct tacro_uncertainty *u = number->uncertainty;
    const bool is_fraction = number->kind == TACRO_UNCERTAIN_INCIDENCE ||
                             u->law == TACRO_LAW_LOGIT || u->law == TACRO_LAW_BETA;
    struct support out = {u->min, u->max, false};
    if (u->law == TACRO_LAW_NONE) {
        out = (struct support){-INFINITY, INFINITY, false};
    }
    if (is_fraction) {
        out = (struct support){fmax(out.min, 0.0), fmin(out.max, 1.0), false};
    }
    if (number->kind == TACRO_UNCERTAIN_THETA ||
        number->kind == TACRO_UNCERTAIN_SOLVED) {
        const struct tacro_theta *theta = &set->theta[number->index];
        const enum tacro_dimension dimension = tacro_dimension_of(theta->unit);
        const struct tacro_quantity q =
            tacro_params_limits(set, theta, dimension, INFINITY);
        out.min = fmax(out.min, q.hard_min);
        out.max = fmin(out.max, q.hard_max);
        out.is_above = !(out.min > 0.0) && dimension != TACRO_NUMBER &&
                       !tacro_params_may_be_zero(set, theta);
    }
    if (u->law == TACRO_LAW_LOG && !(out.min > 0.0)) {
        out.min = 0.0;
        out.is_above = true;
    }
    return out;
}

static void words_of(const struct support *s, char *text, size_t size)
{
    if (isfinite(s->min) && isfinite(s->max)) {
        snprintf(text, size, "outside %g to %g", s->min, s->max);
    } else if (isfinite(s->max)) {
        snprintf(text, size, "above %g", s->max);
    } else {
        snprintf(text, size, "%s %g", s->is_above ? "not above" : "below", s->min);
    }
}

/* A table writes its numbers with 9 digits: so far may a limit be exceeded. */
static bool is_inside(const struct support *s, double x)
{
    const double slack = 1e-8 * fabs(x);
    return x + slack >= s->min && x - slack <= s->max && !(s->is_above && x <= s->min);
}

/* Each draw is one that the number may have; the first of a column that is not so. */
static void check_values(struct tacro_reader *reader, const char *path,
                         const struct tacro_paramset *set)
{
    const struct tacro_draws *draws = set->draws;
    for (size_t i = 0; i < set->nuncertain; i++) {
        const struct tacro_uncertain *number = &set->uncertain[i];
        const struct support support = support_of(set, number);
        size_t n = 0;
        size_t first = 0;
        for (size_t k = 0; number->column < draws->ncolumns && k < draws->n; k++) {
            if (!is_inside(&support, tacro_draws_at(draws, number->column, k))) {
                first = n++ == 0 ? k : first;
            }
        }
        if (n > 0) {
            char limits[96];
            char more[48] = "";
            words_of(&support, limits, sizeof limits);
            if (n > 1) {
                snprintf(more, sizeof more, "; %zu draws are", n);
            }
            tacro_notes_add(reader->notes, TACRO_FAULT, path, draws->line[first], 1,
                            "%s: %.9g of draw %zu is %s%s", number->name,
                            tacro_draws_at(draws, number->column, first), first, limits,
                            more);
        }
    }
}

enum tacro_status tacro_uncertain_read(struct tacro_reader *reader,
                                       const struct tacro_node *node, bool is_complete,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err)
{
    const size_t before = reader->notes->nfaults;
    struct tacro_error why = {.status = TACRO_OK};
    const char *name = NULL;
    char *path;
    enum tacro_status st;
    if (!tacro_schema_text(reader, node, &name)) {
        return TACRO_OK;
    }
    path = tacro_bytes_beside(reader->file, name);
    if (path == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "path of %s", name);
    }
    st = tacro_draws_read(path, reader->notes, &set->draws, &why);
    if (st == TACRO_ENOMEM || st == TACRO_EBUG) {
        free(path);
        return tacro_fail(err, st, "%s", why.text);
    }
    if (st == TACRO_OK && is_complete) {
        char hex[65];
        check_columns(reader, node, set);
        st = tacro_values_hash(set, hex, err);
        if (st != TACRO_OK) {
            free(path);
            return st;
        }
        set->has_changed = strcmp(hex, set->draws->risk) != 0;
        check_values(reader, path, set);
    } else if (st != TACRO_OK && reader->notes->nfaults == before) {
        tacro_schema_note(reader, TACRO_FAULT, node, "%s", why.text);
    }
    free(path);
    return TACRO_OK;
}
