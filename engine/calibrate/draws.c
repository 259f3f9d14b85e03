#include "calibrate/draws.h"

#include "calibrate/anchor.h"
#include "run/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROPORTIONAL 1e-9 /* relative, of a doubled hazard */

struct tacro_calibrator_worker {
    const struct tacro_calibrator *calibrator;
    struct tacro_rules *rules; /* the scenario's, with the numbers of the draw */
    struct tacro_relation *relation[TACRO_MAX_RISKS]; /* copies that the rules use */
    struct tacro_subject *subject;                    /* [TACRO_GROUP] */
    double (*coef)[TACRO_LANES];
    double *hazard; /* [npatients] */
    double *value;  /* room for the numbers of any file */
};

static const struct tacro_paramset *set_of(const struct tacro_calibrator_worker *worker,
                                           size_t risk)
{
    return worker->calibrator->scenario->input->risk[risk];
}

/* The rules of the risk files read relations of the worker's own. */
static enum tacro_status own_relations(struct tacro_calibrator_worker *worker,
                                       struct tacro_error *err)
{
    const struct tacro_input *input = worker->calibrator->scenario->input;
    for (size_t k = 0; k < input->nrisks; k++) {
        const struct tacro_paramset *set = input->risk[k];
        worker->relation[k] = calloc(set->nrelations + 1, sizeof *worker->relation[k]);
        if (worker->relation[k] == NULL) {
            return tacro_fail(err, TACRO_ENOMEM, "relations of %s", set->name);
        }
        if (set->nrelations > 0) {
            memcpy(worker->relation[k], set->relation,
                   set->nrelations * sizeof *set->relation);
        }
    }
    for (size_t i = 0; i < worker->rules->n; i++) {
        struct tacro_rule *rule = &worker->rules->rule[i];
        for (size_t k = 0; rule->set > 0 && k < rule->nrelations; k++) {
            const struct tacro_paramset *set = set_of(worker, rule->set - 1);
            rule->relation[k] =
                &worker->relation[rule->set - 1][rule->relation[k] - set->relation];
        }
    }
    return TACRO_OK;
}

enum tacro_status
tacro_calibrator_worker_create(const struct tacro_calibrator *calibrator,
                               struct tacro_calibrator_worker **out,
                               struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_calibrator_worker *w = calloc(1, sizeof *w);
    size_t nvalues = 1;
    *out = NULL;
    for (size_t k = 0; k < calibrator->scenario->input->nrisks; k++) {
        const size_t n = calibrator->scenario->input->risk[k]->nuncertain;
        nvalues = n > nvalues ? n : nvalues;
    }
    if (w != NULL) {
        w->calibrator = calibrator;
        w->rules = malloc(sizeof *w->rules);
        w->subject = calloc(TACRO_GROUP, sizeof *w->subject);
        w->coef =
            aligned_alloc(64, calibrator->block->system->ncoefs * sizeof *w->coef);
        w->hazard = calloc(calibrator->courses->npatients, sizeof *w->hazard);
        w->value = calloc(nvalues, sizeof *w->value);
    }
    if (w == NULL || w->rules == NULL || w->subject == NULL || w->coef == NULL ||
        w->hazard == NULL || w->value == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "draws of %llu patients",
                        (unsigned long long)calibrator->courses->npatients);
        goto done;
    }
    memset(w->coef, 0, calibrator->block->system->ncoefs * sizeof *w->coef);
    *w->rules = *calibrator->scenario->rules;
    TACRO_TRY(own_relations(w, err));
    *out = w;
    w = NULL;
done:
    tacro_calibrator_worker_free(w);
    return st;
}

void tacro_calibrator_worker_free(struct tacro_calibrator_worker *worker)
{
    if (worker != NULL) {
        for (size_t k = 0; k < TACRO_MAX_RISKS; k++) {
            free(worker->relation[k]);
        }
        free(worker->rules); /* a copy: what it points to is the scenario's */
        free(worker->subject);
        free(worker->coef);
        free(worker->hazard);
        free(worker->value);
        free(worker);
    }
}

/* Put the numbers of a draw into the rules. */
static void set_numbers(struct tacro_calibrator_worker *worker, size_t risk,
                        const double *value)
{
    const struct tacro_paramset *set = set_of(worker, risk);
    for (size_t i = 0; i < set->nuncertain; i++) {
        const struct tacro_uncertain *number = &set->uncertain[i];
        if (number->kind == TACRO_UNCERTAIN_COEFFICIENT) {
            worker->relation[risk][number->index].coefficient = value[i];
        }
        for (size_t r = 0; r < worker->rules->n; r++) {
            struct tacro_rule *rule = &worker->rules->rule[r];
            if ((number->kind == TACRO_UNCERTAIN_THETA ||
                 number->kind == TACRO_UNCERTAIN_SOLVED) &&
                rule->theta == &set->theta[number->index]) {
                rule->typical = value[i];
            }
        }
    }
}

/* The part whose parameter a rule is, or nparts. */
static size_t part_of(const struct tacro_block_setup *setup, size_t rule)
{
    const struct tacro_system *system = setup->system;
    size_t p = 0;
    while (p < system->nparts &&
           (setup->coef[rule] < (int)system->part[p].coef ||
            (p + 1 < system->nparts &&
             setup->coef[rule] >= (int)system->part[p + 1].coef))) {
        p++;
    }
    return p;
}

bool tacro_calibrator_reads(const struct tacro_calibrator *calibrator, size_t risk,
                            size_t rule)
{
    const size_t part = part_of(calibrator->block, rule);
    return part < calibrator->block->system->nparts &&
           tacro_chain_uses(&calibrator->chain[risk], part);
}

/* Coefficients of the parts behind a hazard for the lanes of a block. */
static void fill_coefs(struct tacro_calibrator_worker *worker, size_t risk,
                       const uint64_t *patient, uint64_t first)
{
    const struct tacro_block_setup *setup = worker->calibrator->block;
    const struct tacro_system *system = setup->system;
    for (size_t i = 0; i < worker->rules->n; i++) {
        if (!tacro_calibrator_reads(worker->calibrator, risk, i)) {
            continue;
        }
        for (size_t l = 0; l < TACRO_LANES; l++) {
            worker->coef[setup->coef[i]][l] =
                worker->subject[patient[l] - first].fixed[i];
        }
    }
    for (size_t p = 0; p < system->nparts; p++) {
        if (tacro_chain_uses(&worker->calibrator->chain[risk], p)) {
            setup->kernels->part_rates(system, p, worker->coef);
        }
    }
}

static void walk_block(struct tacro_calibrator_worker *worker, size_t risk,
                       size_t block, uint64_t first)
{
    const struct tacro_calibrator *c = worker->calibrator;
    const struct tacro_input *input = c->scenario->input;
    const uint64_t *patient = c->courses->patient + block * TACRO_LANES;
    double hazard[TACRO_LANES] __attribute__((aligned(64)));
    fill_coefs(worker, risk, patient, first);
    tacro_chain_walk(&c->chain[risk], c->block->kernels,
                     (const double(*)[TACRO_LANES])worker->coef,
                     tacro_courses_block(c->courses, block), c->npanels[risk],
                     24.0 * input->start_day + input->start_clock, hazard);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        worker->hazard[patient[l]] = hazard[l];
    }
}

const double *tacro_calibrator_hazards(struct tacro_calibrator_worker *worker,
                                       size_t risk, const double *value)
{
    const struct tacro_courses *courses = worker->calibrator->courses;
    const struct tacro_lane_math *math = &worker->calibrator->block->kernels->math;
    set_numbers(worker, risk, value);
    for (size_t block = 0; block < courses->nblocks; block++) {
        const uint64_t first = (uint64_t)(block / TACRO_GROUP_BLOCKS) * TACRO_GROUP;
        const uint64_t left = courses->npatients - first;
        if (block % TACRO_GROUP_BLOCKS == 0) {
            tacro_subjects_draw(worker->rules, math, first,
                                left < TACRO_GROUP ? (size_t)left : TACRO_GROUP,
                                worker->subject);
        }
        walk_block(worker, risk, block, first);
    }
    return worker->hazard;
}

enum tacro_status tacro_calibrator_solve(struct tacro_calibrator_worker *worker,
                                         size_t risk, double *value,
                                         struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_calibrator *c = worker->calibrator;
    const struct tacro_paramset *set = set_of(worker, risk);
    const size_t solved = tacro_numbers_find(set, TACRO_UNCERTAIN_SOLVED);
    const size_t drawn = tacro_numbers_find(set, TACRO_UNCERTAIN_INCIDENCE);
    const double incidence =
        drawn < set->nuncertain ? value[drawn] : set->anchor.incidence.value;
    struct tacro_error why = {.status = TACRO_OK};
    const double *hazard;
    double scale = NAN;
    value[solved] = 1.0;
    hazard = tacro_calibrator_hazards(worker, risk, value);
    st = tacro_anchor_solve(hazard, (size_t)c->courses->npatients, incidence, &scale,
                            &why);
    if (st != TACRO_OK) {
        return tacro_fail(err, st, "%s: anchor: %s", set->name, why.text);
    }
    value[solved] = tacro_number_rounded(scale);
    return TACRO_OK;
}

enum tacro_status tacro_calibrator_check(struct tacro_calibrator_worker *worker,
                                         size_t risk, struct tacro_error *err)
{
    const struct tacro_calibrator *c = worker->calibrator;
    const struct tacro_paramset *set = set_of(worker, risk);
    const size_t solved = tacro_numbers_find(set, TACRO_UNCERTAIN_SOLVED);
    double *value = worker->value;
    double once[TACRO_LANES];
    tacro_numbers_central(set, value);
    value[solved] = 1.0;
    for (size_t pass = 0; pass < 2; pass++) {
        const uint64_t n = c->courses->npatients;
        set_numbers(worker, risk, value);
        tacro_subjects_draw(worker->rules, &c->block->kernels->math, 0,
                            n < TACRO_GROUP ? (size_t)n : TACRO_GROUP, worker->subject);
        walk_block(worker, risk, 0, 0);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double h = worker->hazard[c->courses->patient[l]];
            if (pass == 0) {
                once[l] = h;
            } else if (!(fabs(h - 2.0 * once[l]) <= PROPORTIONAL * fabs(h))) {
                return tacro_fail(err, TACRO_EINPUT,
                                  "%s: anchor: the hazard is not proportional to %s, "
                                  "which it solves",
                                  set->name, set->uncertain[solved].name);
            }
        }
        value[solved] = 2.0;
    }
    return TACRO_OK;
}
