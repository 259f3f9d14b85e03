#include "solve/parameters.h"

#include "input/relation_kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A rule whose values stay as they are after `begin`. */
struct fixed {
    size_t rule;
    double *row;
};

/*
 * A rule that changes along a course, and what its last values were made of: row =
 * typical * factor * exp(fixed_log + kappa * normal + sum_k coefficient[k] * x[k]).
 * Lanes may be of different parameter draws, hence a coefficient and a kappa each.
 */
struct varying {
    double typical[TACRO_LANES];
    double fixed_log[TACRO_LANES];
    double normal[TACRO_LANES];
    double factor[TACRO_LANES];
    double x[TACRO_MAX_RULE_RELATIONS][TACRO_LANES];
    double coefficient[TACRO_MAX_RULE_RELATIONS][TACRO_LANES];
    size_t relation[TACRO_MAX_RULE_RELATIONS]; /* of the rule: the k-th that changes */
    size_t nx;
    size_t nown; /* of the nx: all, or none where lanes share their coefficients */
    double kappa[TACRO_LANES];
    bool has_kappa;
    bool is_kappa_drawn; /* a lane's is that of its draw */
    size_t rule;
    int coef; /* TACRO_NONE: F1 */
    double *row;
};

struct tacro_parameters {
    const struct tacro_rules *rules;
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    size_t nfixed;
    struct fixed *fixed;
    size_t nvarying;
    struct varying *varying;
    double (*coef)[TACRO_LANES];
    double (*mesor)[TACRO_LANES]; /* [system->nrhythms] of parameters with a rhythm */
    double (*amplitude)[TACRO_LANES]; /* likewise, of the rhythm */
    bool *changed;                    /* [ncoefs] */
    double f1[TACRO_LANES];
    size_t ncuts;
    double *cut;               /* h from start, at which a step changes a rule */
    double since[TACRO_LANES]; /* the cuts before and after each lane */
    double until[TACRO_LANES];
    int32_t slot[TACRO_LANES]; /* of the last evaluation */
    const struct tacro_subject *subject[TACRO_LANES];
    bool is_begun; /* the last evaluation was of these subjects */
    bool is_own;   /* a rule changes at times of each patient's own */
};

static void add_varying(struct tacro_parameters *p, size_t rule, int coef, double *row)
{
    const struct tacro_rule *r = &p->rules->rule[rule];
    struct varying *v = &p->varying[p->nvarying++];
    v->rule = rule;
    v->coef = coef;
    v->row = row;
    v->has_kappa = r->kappa > 0.0 && !p->rules->input->is_typical;
    v->is_kappa_drawn = v->has_kappa && r->drawn_kappa != TACRO_NONE;
    TACRO_EACH_LANE(l) {
        v->kappa[l] = r->kappa;
    }
    v->nx = tacro_rule_stepped(p->rules, rule, v->relation);
    v->nown = r->is_drawn ? v->nx : 0;
    for (size_t k = 0; k < v->nx; k++) {
        const struct tacro_relation *relation = r->relation[v->relation[k]];
        const double coefficient =
            tacro_relation_is_shape(relation) ? 1.0 : relation->coefficient;
        v->nown = relation->kind == TACRO_RELATION_ETA ? v->nx : v->nown;
        TACRO_EACH_LANE(l) {
            v->coefficient[k][l] = coefficient;
        }
    }
    p->is_own = p->is_own || r->is_own;
    p->ncuts += tacro_rule_cuts(p->rules, rule, p->cut + p->ncuts);
}

/* Where the values of a coefficient go: what follows the clock has its mesor apart. */
static double *row_of(struct tacro_parameters *p, int coef)
{
    for (size_t i = 0; i < p->system->nrhythms; i++) {
        if (p->system->rhythm[i].coef == coef) {
            return p->mesor[i];
        }
    }
    return p->coef[coef];
}

static void sort_rules(struct tacro_parameters *p, const int *coef)
{
    for (size_t i = 0; i < p->rules->n; i++) {
        double *row = coef[i] != TACRO_NONE ? row_of(p, coef[i]) : p->f1;
        if (coef[i] == TACRO_NONE && i != p->rules->f1) {
            continue;
        }
        if (p->rules->rule[i].is_dynamic) {
            add_varying(p, i, coef[i], row);
        } else {
            p->fixed[p->nfixed++] = (struct fixed){i, row};
        }
    }
}

/* No lane is between two cuts yet. */
static void leave_stretches(struct tacro_parameters *p)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        p->since[l] = INFINITY;
        p->until[l] = -INFINITY;
    }
}

enum tacro_status tacro_parameters_create(const struct tacro_rules *rules,
                                          const struct tacro_system *system,
                                          const struct tacro_kernels *kernels,
                                          const int *coef,
                                          struct tacro_parameters **out,
                                          struct tacro_error *err)
{
    struct tacro_parameters *p = calloc(1, sizeof *p);
    size_t nvarying = 0;
    size_t ncuts = 0;
    *out = NULL;
    for (size_t i = 0; i < rules->n; i++) {
        nvarying += rules->rule[i].is_dynamic;
        ncuts += tacro_rule_cuts(rules, i, NULL);
    }
    if (p != NULL) {
        p->coef = aligned_alloc(64, system->ncoefs * sizeof *p->coef);
        p->mesor = (double(*)[TACRO_LANES])tacro_lanes_alloc(system->nrhythms);
        p->amplitude = (double(*)[TACRO_LANES])tacro_lanes_alloc(system->nrhythms);
        p->changed = calloc(system->ncoefs, sizeof *p->changed);
        p->fixed = calloc(rules->n + 1, sizeof *p->fixed);
        p->varying = calloc(nvarying + 1, sizeof *p->varying);
        p->cut = calloc(ncuts + 1, sizeof *p->cut);
    }
    if (p == NULL || p->coef == NULL || p->mesor == NULL || p->amplitude == NULL ||
        p->changed == NULL || p->fixed == NULL || p->varying == NULL ||
        p->cut == NULL) {
        tacro_parameters_free(p);
        return tacro_fail(err, TACRO_ENOMEM, "%zu parameters", system->ncoefs);
    }
    p->rules = rules;
    p->system = system;
    p->kernels = kernels;
    sort_rules(p, coef);
    leave_stretches(p);
    *out = p;
    return TACRO_OK;
}

void tacro_parameters_free(struct tacro_parameters *parameters)
{
    if (parameters != NULL) {
        free(parameters->coef);
        free(parameters->mesor);
        free(parameters->amplitude);
        free(parameters->changed);
        free(parameters->fixed);
        free(parameters->varying);
        free(parameters->cut);
        free(parameters);
    }
}

/* A lane's rhythms are those of its draw. */
static void begin_rhythms(struct tacro_parameters *p, size_t l)
{
    for (size_t i = 0; i < p->system->nrhythms; i++) {
        p->amplitude[i][l] = tacro_rules_rhythm(p->rules, p->system->rhythm[i].rhythm,
                                                p->subject[l]->parameter_draw);
    }
}

void tacro_parameters_begin(struct tacro_parameters *parameters,
                            const struct tacro_subject *const *subject)
{
    struct tacro_parameters *p = parameters;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_subject *s = subject[l];
        p->subject[l] = s;
        p->f1[l] = 1.0;
        begin_rhythms(p, l);
        for (size_t i = 0; i < p->nfixed; i++) {
            p->fixed[i].row[l] = s->fixed[p->fixed[i].rule];
        }
        for (size_t i = 0; i < p->nvarying; i++) {
            struct varying *v = &p->varying[i];
            v->typical[l] = tacro_subject_typical(p->rules, v->rule, s);
            v->fixed_log[l] = s->fixed_log[v->rule];
            if (v->is_kappa_drawn) {
                v->kappa[l] = tacro_rule_kappa(p->rules, v->rule, s->parameter_draw);
            }
            for (size_t k = 0; k < v->nown; k++) {
                v->coefficient[k][l] =
                    tacro_subject_coefficient(p->rules, v->rule, v->relation[k], s);
            }
        }
    }
    p->is_begun = false;
    if (p->is_own) { /* other subjects, other stretches */
        leave_stretches(p);
    }
}

static void follow_slot(const struct tacro_parameters *p, struct varying *v,
                        const int32_t *slot)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        v->normal[l] = tacro_subject_kappa(p->rules, v->rule, p->subject[l], slot[l]);
    }
}

/*
 * The lanes that have left the stretch between two cuts, and the stretches they are in
 * now. False: none has.
 */
static bool follow_cuts(struct tacro_parameters *p, const double *t, bool *has_left)
{
    bool is_any = false;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const double limit = t[l] + TACRO_SAME_TIME;
        has_left[l] = !(limit >= p->since[l] && limit < p->until[l]);
        is_any = is_any || has_left[l];
    }
    for (size_t l = 0; is_any && l < TACRO_LANES; l++) {
        const double limit = t[l] + TACRO_SAME_TIME;
        if (l > 0 && t[l] == t[l - 1] && !p->is_own) {
            p->since[l] = p->since[l - 1];
            p->until[l] = p->until[l - 1];
        } else if (has_left[l]) {
            p->since[l] = -INFINITY;
            p->until[l] = INFINITY;
            for (size_t i = 0; i < p->ncuts; i++) {
                if (p->cut[i] <= limit) {
                    p->since[l] = fmax(p->since[l], p->cut[i]);
                } else {
                    p->until[l] = fmin(p->until[l], p->cut[i]);
                }
            }
            if (p->is_own) {
                tacro_population_stretch(p->rules->input, p->subject[l]->patient, t[l],
                                         &p->since[l], &p->until[l]);
            }
        }
    }
    return is_any;
}

/* Whether a step changes a lane's factor or distance; NaN counts as changed. */
static bool follow_time(const struct tacro_parameters *p, struct varying *v,
                        const double *t, const bool *has_left)
{
    const bool is_own = p->rules->rule[v->rule].is_own;
    double x[TACRO_MAX_RULE_RELATIONS];
    double factor = 1.0;
    bool has_changed = false;
    size_t last = TACRO_LANES;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (!has_left[l]) {
            continue;
        }
        if (is_own || last == TACRO_LANES || t[l] != t[last]) {
            factor = tacro_rule_at(p->rules, v->rule, p->subject[l], t[l], x);
            last = l;
        }
        has_changed = has_changed || !(v->factor[l] == factor);
        v->factor[l] = factor;
        for (size_t k = 0; k < v->nx; k++) {
            has_changed = has_changed || !(v->x[k][l] == x[k]);
            v->x[k][l] = x[k];
        }
    }
    return has_changed;
}

static void evaluate(const struct tacro_parameters *p, const struct varying *v)
{
    double typical[TACRO_LANES];
    double log[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        typical[l] = v->typical[l] * v->factor[l];
        log[l] = v->fixed_log[l];
    }
    if (v->has_kappa) {
        TACRO_EACH_LANE(l) {
            log[l] += v->kappa[l] * v->normal[l];
        }
    }
    for (size_t k = 0; k < v->nx; k++) {
        TACRO_EACH_LANE(l) {
            log[l] += v->coefficient[k][l] * v->x[k][l];
        }
    }
    p->kernels->math.exp_times(typical, log, v->row);
}

/* Derived rates of the parts with a changed parameter. */
static void update_rates(struct tacro_parameters *p)
{
    bool is_any = false;
    for (size_t i = 0; i < p->system->nparts; i++) {
        const struct tacro_placed_part *place = &p->system->part[i];
        const struct tacro_part *part = p->kernels->parts[place->part];
        bool *changed = p->changed + place->coef;
        bool has_changed = false;
        for (size_t k = 0; k < part->nparams; k++) {
            has_changed = has_changed || changed[k];
        }
        if (has_changed) {
            p->kernels->part_rates(p->system, i, p->coef);
            memset(changed + part->nparams, true, part->nrates * sizeof *changed);
        }
        is_any = is_any || has_changed;
    }
    if (is_any) {
        const size_t first = p->system->first_total;
        p->kernels->total_rates(p->system, p->coef);
        memset(p->changed + first, true,
               (p->system->ncoefs - first) * sizeof *p->changed);
    }
}

void tacro_parameters_at(struct tacro_parameters *parameters, const double *t,
                         const int32_t *slot)
{
    struct tacro_parameters *p = parameters;
    const bool is_new = !p->is_begun;
    const bool is_new_slot = is_new || memcmp(slot, p->slot, sizeof p->slot) != 0;
    bool has_left[TACRO_LANES];
    const bool is_past_cut = follow_cuts(p, t, has_left);
    memset(p->changed, is_new, p->system->ncoefs * sizeof *p->changed);
    for (size_t i = 0; i < p->nvarying; i++) {
        struct varying *v = &p->varying[i];
        bool has_changed = is_new;
        if (v->has_kappa && is_new_slot) {
            follow_slot(p, v, slot);
            has_changed = true;
        }
        if (is_past_cut) {
            has_changed = follow_time(p, v, t, has_left) || has_changed;
        }
        if (has_changed) {
            evaluate(p, v);
            if (v->coef != TACRO_NONE) {
                p->changed[v->coef] = true;
            }
        }
    }
    for (size_t i = 0; i < p->system->nrhythms; i++) {
        const int coef = p->system->rhythm[i].coef;
        memcpy(p->coef[coef], p->mesor[i], sizeof *p->mesor);
        p->changed[coef] = true;
    }
    update_rates(p);
    memcpy(p->slot, slot, sizeof p->slot);
    p->is_begun = true;
}

double (*tacro_parameters_coef(struct tacro_parameters *parameters))[TACRO_LANES]
{
    return parameters->coef;
}

const double *tacro_parameters_f1(const struct tacro_parameters *parameters)
{
    return parameters->f1;
}

const bool *tacro_parameters_changed(const struct tacro_parameters *parameters)
{
    return parameters->changed;
}

const double (
    *tacro_parameters_mesor(const struct tacro_parameters *parameters))[TACRO_LANES]
{
    return (const double(*)[TACRO_LANES])parameters->mesor;
}

const double (
    *tacro_parameters_amplitude(const struct tacro_parameters *parameters))[TACRO_LANES]
{
    return (const double(*)[TACRO_LANES])parameters->amplitude;
}
