#include "input/params.h"

#include "models/registry.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 64 /* of a parameter with its formulation */
#define MIN_BIOAVAILABILITY 0.02
#define MAX_RELATIVE 10.0  /* of a formulation over another */
#define MAX_LAG 48.0       /* h */
#define MAX_DURATION 168.0 /* h */
#define MAX_RATE 30.0      /* mg/h: the largest dose in an hour */

struct dose_param {
    const char *name; /* of a formulation's: without _LCP */
    const char *unit;
    const char *doc;
    bool is_required;
    bool is_of_formulation;
    double min;
    double max;
};

static const struct dose_param dose_params[TACRO_NDOSE_PARAMS] = {
    [TACRO_DOSE_F1] = {"F1", "1", "bioavailability of a dose", true, false,
                       MIN_BIOAVAILABILITY, 1.0},
    [TACRO_DOSE_ALAG1] = {"ALAG1", "h", "lag of an oral dose", false, false, 0.0,
                          MAX_LAG},
    [TACRO_DOSE_D1] = {"D1", "h", "duration of a zero-order input", false, false, 0.0,
                       MAX_DURATION},
    [TACRO_DOSE_R1] = {"R1", "mg/h", "rate of a zero-order input", false, false, 0.0,
                       MAX_RATE},
    [TACRO_DOSE_FABS] = {"FABS", "1", "absolute bioavailability of an oral dose", false,
                         false, MIN_BIOAVAILABILITY, 1.0},
    [TACRO_DOSE_FREL] = {"FREL", "1", "bioavailability relative to F1", true, true,
                         MIN_BIOAVAILABILITY, MAX_RELATIVE},
    [TACRO_DOSE_ALAGF] = {"ALAG1", "h", "lag of a dose", false, true, 0.0, MAX_LAG},
    [TACRO_DOSE_FZERO] = {"FZERO", "1",
                          "share of an oral dose that enters by zero order", false,
                          false, 0.0, 1.0},
    [TACRO_DOSE_DZERO] = {"DZERO", "h", "duration of its zero-order input", false,
                          false, 0.0, MAX_DURATION},
    [TACRO_DOSE_FZEROF] = {"FZERO", "1", "share of a dose that enters by zero order",
                           false, true, 0.0, 1.0},
    [TACRO_DOSE_DZEROF] = {"DZERO", "h", "duration of its zero-order input", false,
                           true, 0.0, MAX_DURATION},
};

/* -- names ------------------------------------------------------------------------- */

struct name {
    char s[MAX_NAME];
};

/* KA, or KA_LCP of a formulation. */
static struct name full_name(const char *name, const char *formulation)
{
    struct name full;
    snprintf(full.s, sizeof full.s, "%s%s%s", name, formulation == NULL ? "" : "_",
             formulation == NULL ? "" : formulation);
    return full;
}

const char *tacro_paramset_formulation(const struct tacro_paramset *set, size_t part)
{
    for (size_t f = 0; f < set->nformulations; f++) {
        if (set->formulation[f].part == part) {
            return set->formulation[f].name;
        }
    }
    return NULL;
}

bool tacro_paramset_has_absorption(const struct tacro_paramset *set)
{
    return set->nparts == 0 || tacro_parts_at(set->part[0])->role != TACRO_DISPOSITION;
}

size_t tacro_paramset_nports(const struct tacro_paramset *set)
{
    return TACRO_PORT_FORMULATION + set->nformulations;
}

/* The first state that takes doses, or the one that takes up what is absorbed. */
static const char *state_name(const struct tacro_paramset *set, size_t port)
{
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *p = tacro_parts_at(set->part[k]);
        if (port == TACRO_PORT_ORAL && p->dose_state != TACRO_NONE) {
            return p->states[p->dose_state].name;
        }
        if (port == TACRO_PORT_IV && p->ninlets > 0) {
            return p->states[p->inlets[0].state].name;
        }
    }
    return "";
}

const char *tacro_paramset_port_name(struct tacro_paramset *set, size_t port)
{
    const struct tacro_formulation *f;
    const struct tacro_part *p;
    if (port < TACRO_PORT_FORMULATION) {
        return state_name(set, port);
    }
    f = &set->formulation[port - TACRO_PORT_FORMULATION];
    p = tacro_parts_at(set->part[f->part]);
    return tacro_paramset_keep(set, "",
                               full_name(p->states[p->dose_state].name, f->name).s);
}

/* -- parts ------------------------------------------------------------------------- */

static void note_unknown_part(struct tacro_reader *reader,
                              const struct tacro_node *item, const char *name)
{
    const struct tacro_part *last = tacro_parts_last_like(name);
    const char *nearest = NULL;
    if (last != NULL) {
        const char *family = last->family;
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s: unknown part, expected %s with N from 1 to %s",
                          tacro_excerpt(item->text).s, family,
                          last->name + strlen(family) - 1);
        return;
    }
    for (size_t i = 0; i < tacro_parts_count(); i++) {
        const char *const pair[] = {tacro_parts_at(i)->name, nearest};
        nearest = tacro_schema_nearest(name, pair, nearest == NULL ? 1 : 2);
    }
    tacro_schema_note(reader, TACRO_FAULT, item, "%s: unknown part%s%s%s",
                      tacro_excerpt(item->text).s,
                      nearest != NULL ? ", did you mean `" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "`?" : "");
}

/* The name after @, checked and kept; NULL after a fault. */
static const char *formulation_name(struct tacro_reader *reader,
                                    const struct tacro_node *item, const char *name,
                                    const struct tacro_paramset *set)
{
    bool ok = isalpha((unsigned char)name[0]) != 0 && strlen(name) < 16;
    for (const char *c = name; *c != '\0'; c++) {
        ok = ok && isalnum((unsigned char)*c) != 0;
    }
    if (!ok || strcmp(name, "IR") == 0) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s: expected a formulation of up to 15 letters and digits "
                          "after @, other than IR, such as LCP",
                          tacro_excerpt(name).s);
        return NULL;
    }
    for (size_t f = 0; f < set->nformulations; f++) {
        if (strcmp(set->formulation[f].name, name) == 0) {
            tacro_schema_note(reader, TACRO_FAULT, item, "%s: formulation named twice",
                              name);
            return NULL;
        }
    }
    if (set->nformulations == TACRO_MAX_FORMULATIONS) {
        tacro_schema_note(reader, TACRO_FAULT, item, "%s: more than %d formulations",
                          name, TACRO_MAX_FORMULATIONS);
        return NULL;
    }
    return name;
}

/* Whether a part may stand where it is named; else a fault is noted. */
static bool may_stand(struct tacro_reader *reader, const struct tacro_node *item,
                      size_t found, const char *formulation,
                      const struct tacro_paramset *set)
{
    const char *name = tacro_parts_at(found)->name;
    const enum tacro_role role = tacro_parts_at(found)->role;
    const bool is_hazard = role == TACRO_HAZARD;
    if (formulation != NULL && role != TACRO_ABSORPTION) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "%s is no absorption: only an absorption can be that of a "
                          "formulation",
                          name);
        return false;
    }
    for (size_t k = 0; formulation == NULL && k < set->nparts; k++) {
        if (set->part[k] == found && tacro_paramset_formulation(set, k) == NULL) {
            tacro_schema_note(reader, TACRO_FAULT, item, "%s: named twice", name);
            return false;
        }
    }
    if (strcmp(name, "auc") == 0) {
        tacro_schema_note(reader, TACRO_FAULT, item,
                          "auc: every chain has it, expected no such part in a file");
        return false;
    }
    if (is_hazard != (set->kind == TACRO_SET_RISK)) {
        tacro_schema_note(reader, TACRO_FAULT, item, "%s: %s hazard in a %s file", name,
                          is_hazard ? "a" : "not a",
                          set->kind == TACRO_SET_PK ? "PK" : "risk");
        return false;
    }
    return true;
}

static void add_part(struct tacro_reader *reader, const struct tacro_node *item,
                     struct tacro_paramset *set)
{
    const char *text = NULL;
    const char *formulation = NULL;
    struct name name;
    size_t found;
    if (!tacro_schema_text(reader, item, &text)) {
        return;
    }
    snprintf(name.s, sizeof name.s, "%s", text);
    name.s[strcspn(name.s, "@")] = '\0';
    found = tacro_parts_find(name.s);
    if (found == tacro_parts_count()) {
        note_unknown_part(reader, item, name.s);
        return;
    }
    if (strchr(text, '@') != NULL &&
        (formulation = formulation_name(reader, item, strchr(text, '@') + 1, set)) ==
            NULL) {
        return;
    }
    if (!may_stand(reader, item, found, formulation, set)) {
        return;
    }
    if (formulation != NULL) {
        set->formulation[set->nformulations++] =
            (struct tacro_formulation){formulation, set->nparts};
    }
    set->part[set->nparts++] = found;
}

/*
 * Which roles a file must have: a disposition, with one absorption or none (IV doses
 * alone), or one hazard.
 */
static void check_roles(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *set)
{
    size_t count[TACRO_HAZARD + 1] = {0};
    for (size_t k = 0; k < set->nparts; k++) {
        const enum tacro_role role = tacro_parts_at(set->part[k])->role;
        count[role] += tacro_paramset_formulation(set, k) == NULL;
        if (k > 0 && role < tacro_parts_at(set->part[k - 1])->role) {
            tacro_schema_note(reader, TACRO_FAULT, &node->item[k],
                              "expected the order absorption, disposition, binding, "
                              "exposure, effect site");
        }
        if (k == 0 && tacro_paramset_formulation(set, k) != NULL) {
            tacro_schema_note(
                reader, TACRO_FAULT, &node->item[k],
                "expected the model's own absorption first, then those of "
                "formulations");
        }
    }
    if (set->kind == TACRO_SET_PK &&
        (count[TACRO_ABSORPTION] > 1 || count[TACRO_DISPOSITION] != 1)) {
        tacro_schema_note(
            reader, TACRO_FAULT, node,
            "expected one absorption (or none) and one disposition, found %zu and %zu",
            count[TACRO_ABSORPTION], count[TACRO_DISPOSITION]);
    }
    if (count[TACRO_BINDING] > 1) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "expected at most one binding in blood, found %zu",
                          count[TACRO_BINDING]);
    }
    if (set->kind == TACRO_SET_RISK && count[TACRO_HAZARD] != 1) {
        tacro_schema_note(reader, TACRO_FAULT, node, "expected one hazard, found %zu",
                          count[TACRO_HAZARD]);
    }
}

bool tacro_parts_read(struct tacro_reader *reader, const struct tacro_node *node,
                      struct tacro_paramset *set)
{
    const size_t nbefore = reader->notes->nfaults;
    if (!tacro_schema_list(reader, node)) {
        return false;
    }
    set->part = calloc(node->n, sizeof *set->part);
    if (set->part == NULL) {
        tacro_schema_note(reader, TACRO_FAULT, node, "out of memory");
        return false;
    }
    for (size_t i = 0; i < node->n; i++) {
        add_part(reader, &node->item[i], set);
    }
    if (reader->notes->nfaults == nbefore) {
        check_roles(reader, node, set);
    }
    return reader->notes->nfaults == nbefore;
}

/* -- parameters -------------------------------------------------------------------- */

static bool find_dose_param(const struct tacro_paramset *set, const char *name,
                            struct tacro_theta *theta)
{
    if (!tacro_paramset_has_absorption(set)) {
        return false; /* all of them are of oral doses */
    }
    for (size_t i = 0; i < TACRO_NDOSE_PARAMS; i++) {
        const struct dose_param *p = &dose_params[i];
        const size_t n = p->is_of_formulation ? set->nformulations : 1;
        for (size_t f = 0; f < n; f++) {
            const char *formulation =
                p->is_of_formulation ? set->formulation[f].name : NULL;
            if (strcmp(full_name(p->name, formulation).s, name) == 0) {
                theta->part = set->nparts;
                theta->param = i;
                theta->formulation = p->is_of_formulation ? f : 0;
                theta->unit = p->unit;
                return true;
            }
        }
    }
    return false;
}

bool tacro_params_find(const struct tacro_paramset *set, const char *name,
                       struct tacro_theta *theta)
{
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *p = tacro_parts_at(set->part[k]);
        const char *formulation = tacro_paramset_formulation(set, k);
        for (size_t i = 0; i < p->nparams; i++) {
            if (strcmp(full_name(p->params[i].name, formulation).s, name) == 0) {
                theta->part = k;
                theta->param = i;
                theta->unit = p->params[i].unit;
                return true;
            }
        }
    }
    return set->kind == TACRO_SET_PK && find_dose_param(set, name, theta);
}

void tacro_params_note_unknown(struct tacro_reader *reader,
                               const struct tacro_node *item,
                               const struct tacro_paramset *set)
{
    const char *nearest = NULL;
    struct name best;
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *p = tacro_parts_at(set->part[k]);
        for (size_t i = 0; i < p->nparams; i++) {
            const struct name name =
                full_name(p->params[i].name, tacro_paramset_formulation(set, k));
            const char *const pair[] = {name.s, nearest};
            const char *found =
                tacro_schema_nearest(item->key, pair, nearest == NULL ? 1 : 2);
            if (found == name.s) {
                best = name;
                nearest = best.s;
            }
        }
    }
    tacro_schema_note(reader, TACRO_FAULT, item, "no part has this parameter%s%s%s",
                      nearest != NULL ? ", did you mean `" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "`?" : "");
}

/* FZERO and DZERO of a dose: both or neither. */
static void check_mixed(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *set, const char *formulation)
{
    const struct name share = full_name("FZERO", formulation);
    const struct name duration = full_name("DZERO", formulation);
    const bool has_share = tacro_paramset_theta(set, share.s) < set->nthetas;
    const bool has_duration = tacro_paramset_theta(set, duration.s) < set->nthetas;
    if (has_share != has_duration) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s is missing: mixed input has both %s and %s",
                          has_share ? duration.s : share.s, share.s, duration.s);
    }
}

static void check_dose_params(struct tacro_reader *reader,
                              const struct tacro_node *node,
                              const struct tacro_paramset *set)
{
    for (size_t i = 0; i < TACRO_NDOSE_PARAMS; i++) {
        const struct dose_param *p = &dose_params[i];
        const size_t n = p->is_of_formulation ? set->nformulations : 1;
        for (size_t f = 0; p->is_required && f < n; f++) {
            const struct name name = full_name(
                p->name, p->is_of_formulation ? set->formulation[f].name : NULL);
            if (tacro_paramset_theta(set, name.s) == set->nthetas) {
                tacro_schema_note(reader, TACRO_FAULT, node, "%s is missing: %s [%s]",
                                  name.s, p->doc, p->unit);
            }
        }
    }
    check_mixed(reader, node, set, NULL);
    for (size_t f = 0; f < set->nformulations; f++) {
        check_mixed(reader, node, set, set->formulation[f].name);
    }
}

void tacro_params_check(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *set)
{
    for (size_t k = 0; k < set->nparts; k++) {
        const struct tacro_part *p = tacro_parts_at(set->part[k]);
        for (size_t i = 0; i < p->nparams; i++) {
            const struct name name =
                full_name(p->params[i].name, tacro_paramset_formulation(set, k));
            if (tacro_paramset_theta(set, name.s) == set->nthetas) {
                tacro_schema_note(reader, TACRO_FAULT, node,
                                  "%s is missing: %s [%s], of part %s", name.s,
                                  p->params[i].doc, p->params[i].unit, p->name);
            }
        }
    }
    if (set->kind == TACRO_SET_PK && tacro_paramset_has_absorption(set)) {
        check_dose_params(reader, node, set);
    }
}

bool tacro_params_may_be_zero(const struct tacro_paramset *set,
                              const struct tacro_theta *theta)
{
    return theta->part == set->nparts &&
           (theta->param == TACRO_DOSE_ALAG1 || theta->param == TACRO_DOSE_ALAGF ||
            theta->param == TACRO_DOSE_FZERO || theta->param == TACRO_DOSE_FZEROF);
}

struct tacro_quantity tacro_params_limits(const struct tacro_paramset *set,
                                          const struct tacro_theta *theta,
                                          enum tacro_dimension dimension,
                                          double largest)
{
    const bool is_dose = theta->part == set->nparts;
    const double min = is_dose ? dose_params[theta->param].min : 0.0;
    const double max = is_dose ? dose_params[theta->param].max : largest;
    return (struct tacro_quantity){dimension, min, max, -INFINITY, INFINITY};
}

const char *tacro_paramset_doc(const struct tacro_paramset *set,
                               const struct tacro_theta *theta)
{
    return theta->part == set->nparts
               ? dose_params[theta->param].doc
               : tacro_parts_at(set->part[theta->part])->params[theta->param].doc;
}

bool tacro_paramset_is_used(const struct tacro_paramset *set,
                            const struct tacro_theta *theta, unsigned ports)
{
    size_t port = TACRO_PORT_ORAL;
    if (theta->part == set->nparts) {
        const bool is_formulation = dose_params[theta->param].is_of_formulation;
        port = is_formulation ? TACRO_PORT_FORMULATION + theta->formulation : port;
        port = theta->param == TACRO_DOSE_FABS ? TACRO_PORT_IV : port;
    }
    for (size_t f = 0; f < set->nformulations; f++) {
        port =
            set->formulation[f].part == theta->part ? TACRO_PORT_FORMULATION + f : port;
    }
    return port == TACRO_PORT_ORAL || (ports >> port & 1U) != 0;
}

const char *tacro_paramset_route(const struct tacro_paramset *pk, size_t port)
{
    static const char *const plain[] = {"oral", "iv"};
    return pk == NULL || port < TACRO_PORT_FORMULATION
               ? plain[port == TACRO_PORT_IV]
               : pk->formulation[port - TACRO_PORT_FORMULATION].name;
}
