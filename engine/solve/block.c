#include "solve/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tacro_block {
    struct tacro_block_setup setup;
    struct tacro_solver *solver;
    struct tacro_parameters *parameters;
    double (*offset)[TACRO_LANES]; /* [noutputs] of the segment's curve */
    double (
        *scratch)[TACRO_LANES]; /* [noutputs] of lanes with output times of their own */
    double time0[TACRO_LANES];
    double span[TACRO_LANES];
    double input[TACRO_LANES]; /* mg/h into the dose state */
    struct tacro_block_result result;
    struct tacro_block_result redo; /* lanes alone, before they are copied */
    const struct tacro_segment *segment[TACRO_LANES]; /* of the current k, NULL: idle */
};

static double *rows(size_t n)
{
    return aligned_alloc(64, (n == 0 ? 1 : n) * TACRO_LANES * sizeof(double));
}

static bool create_result(const struct tacro_block_setup *setup,
                          struct tacro_block_result *r)
{
    r->concentration = rows(setup->noutputs);
    r->state = rows(setup->nrecords * setup->system->nstates);
    r->mapped = rows(setup->nrecords * setup->system->noutputs);
    return r->concentration != NULL && r->state != NULL && r->mapped != NULL;
}

static void free_result(struct tacro_block_result *r)
{
    free(r->concentration);
    free(r->state);
    free(r->mapped);
}

enum tacro_status tacro_block_create(const struct tacro_block_setup *setup,
                                     struct tacro_block **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_block *block = calloc(1, sizeof *block);
    *out = NULL;
    if (block == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "block");
    }
    block->setup = *setup;
    block->offset = (double(*)[TACRO_LANES])rows(setup->noutputs);
    block->scratch = (double(*)[TACRO_LANES])rows(setup->noutputs);
    if (block->offset == NULL || block->scratch == NULL ||
        !create_result(setup, &block->result) || !create_result(setup, &block->redo)) {
        st =
            tacro_fail(err, TACRO_ENOMEM, "block of %zu output times", setup->noutputs);
        goto done;
    }
    TACRO_TRY(tacro_parameters_create(setup->rules, setup->system, setup->kernels,
                                      setup->coef, &block->parameters, err));
    TACRO_TRY(setup->method->create(setup->system, setup->kernels, setup->rtol,
                                    &block->solver, err));
    *out = block;
    block = NULL;
done:
    tacro_block_free(block);
    return st;
}

void tacro_block_free(struct tacro_block *block)
{
    if (block == NULL) {
        return;
    }
    tacro_parameters_free(block->parameters);
    if (block->solver != NULL) {
        block->solver->method->free(block->solver);
    }
    free_result(&block->result);
    free_result(&block->redo);
    free(block->offset);
    free(block->scratch);
    free(block);
}

/* A dose's F1 is that of its start, whatever the slot it is still running in. */
static double infusion_rate(const struct tacro_block *block,
                            const struct tacro_subject *subject,
                            const struct tacro_segment *s)
{
    const struct tacro_rules *rules = block->setup.rules;
    const struct tacro_infusion *i = &s->infusion;
    if (i->rate == 0.0 || rules->f1 == rules->n) {
        return i->rate;
    }
    return i->rate * tacro_subject_value(rules, rules->f1, subject, i->start, i->slot);
}

/*
 * Take every lane into its k-th segment: parameters, span, dose. False: no lane has
 * one.
 */
static bool enter_segment(struct tacro_block *block,
                          const struct tacro_subject *const *subject,
                          const struct tacro_course *const *course, size_t k)
{
    const double *f1 = tacro_parameters_f1(block->parameters);
    double *depot =
        block->solver->state + (size_t)block->setup.system->dose_state * TACRO_LANES;
    double t[TACRO_LANES];
    double dose[TACRO_LANES];
    int32_t slot[TACRO_LANES];
    bool is_any = false;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const bool is_idle = k >= course[l]->n;
        const struct tacro_segment *s =
            &course[l]->segment[is_idle ? course[l]->n - 1 : k];
        is_any = is_any || !is_idle;
        t[l] = s->t0;
        slot[l] = s->slot;
        dose[l] = is_idle ? 0.0 : s->dose;
        block->segment[l] = is_idle ? NULL : s;
        block->time0[l] = tacro_clock_absolute(block->setup.clock, s->t0);
        block->span[l] = is_idle ? 0.0 : s->t1 - s->t0;
        block->input[l] = is_idle ? 0.0 : infusion_rate(block, subject[l], s);
    }
    if (is_any) {
        tacro_parameters_at(block->parameters, t, slot);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            depot[l] += f1[l] * dose[l];
        }
    }
    return is_any;
}

static struct tacro_lanes lanes_of(struct tacro_block *block)
{
    return (struct tacro_lanes){tacro_parameters_coef(block->parameters), block->time0,
                                block->span,
                                block->setup.system->has_input ? block->input : NULL};
}

/* Keep a record of lane l: its states and the output maps. */
static void keep_record(struct tacro_block *block, size_t record, size_t l,
                        const double (*mapped)[TACRO_LANES],
                        struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const double *y = block->solver->state;
    for (size_t s = 0; s < system->nstates; s++) {
        r->state[(record * system->nstates + s) * TACRO_LANES + l] =
            y[s * TACRO_LANES + l];
    }
    for (size_t i = 0; i < system->noutputs; i++) {
        r->mapped[(record * system->noutputs + i) * TACRO_LANES + l] = mapped[i][l];
    }
}

/* Keep output `output` (SIZE_MAX: none) of every lane from the block's own state. */
static void keep_state(struct tacro_block *block, const size_t *output,
                       struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_kernels *kernels = block->setup.kernels;
    const struct tacro_lanes lanes = lanes_of(block);
    double mapped[TACRO_MAX_EQUATIONS][TACRO_LANES] __attribute__((aligned(64)));
    double concentration[TACRO_LANES] __attribute__((aligned(64)));
    bool is_mapped = false;
    kernels->read(&lanes, system->signal[TACRO_CONC], block->solver->state,
                  concentration);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (output[l] == SIZE_MAX) {
            continue;
        }
        const int record = block->setup.record_of[output[l]];
        r->concentration[output[l] * TACRO_LANES + l] = concentration[l];
        if (record != TACRO_NONE && !is_mapped) {
            is_mapped = true;
            for (size_t i = 0; i < system->noutputs; i++) {
                double signal[TACRO_LANES] __attribute__((aligned(64)));
                kernels->read(&lanes, system->output[i].source, block->solver->state,
                              signal);
                kernels->output(system, &lanes, i, signal, mapped[i]);
            }
        }
        if (record != TACRO_NONE) {
            keep_record(block, (size_t)record, l, (const double(*)[TACRO_LANES])mapped,
                        r);
        }
    }
}

/*
 * The outputs inside each lane's segment, and in `last` the one at its end (SIZE_MAX:
 * none). Where all lanes share their output times the rows go to the result itself.
 */
static void plan_curve(struct tacro_block *block, struct tacro_block_result *r,
                       struct tacro_curve *curve, size_t *last)
{
    const struct tacro_segment *first = block->segment[0];
    bool is_shared = first != NULL;
    curve->n = 0;
    curve->nwatches = 0;
    curve->watch = NULL;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        size_t end = s == NULL ? 0 : s->end_output;
        last[l] = SIZE_MAX;
        if (s != NULL && end > s->first_output &&
            block->setup.output[end - 1] >= s->t1 - TACRO_SAME_TIME) {
            last[l] = --end;
        }
        curve->count[l] = s == NULL ? 0 : end - s->first_output;
        curve->n = curve->count[l] > curve->n ? curve->count[l] : curve->n;
        is_shared = is_shared && s != NULL && s->first_output == first->first_output;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        is_shared = is_shared && curve->count[l] == curve->n;
        for (size_t j = 0; j < curve->n; j++) {
            block->offset[j][l] = j < curve->count[l]
                                      ? block->setup.output[s->first_output + j] - s->t0
                                      : block->span[l];
        }
    }
    curve->offset = (const double(*)[TACRO_LANES])block->offset;
    curve->value = is_shared
                       ? (double(*)[TACRO_LANES])r->concentration + first->first_output
                       : block->scratch;
}

static void scatter_curve(struct tacro_block *block, const struct tacro_curve *curve,
                          struct tacro_block_result *r)
{
    for (size_t l = 0; curve->value == block->scratch && l < TACRO_LANES; l++) {
        for (size_t j = 0; j < curve->count[l]; j++) {
            r->concentration[(block->segment[l]->first_output + j) * TACRO_LANES + l] =
                curve->value[j][l];
        }
    }
}

/* The state before the first dose, with the parameters of t = 0. */
static void keep_start(struct tacro_block *block, struct tacro_block_result *r)
{
    const size_t output[TACRO_LANES] = {0};
    double *depot =
        block->solver->state + (size_t)block->setup.system->dose_state * TACRO_LANES;
    double kept[TACRO_LANES];
    memcpy(kept, depot, sizeof kept);
    memset(depot, 0, sizeof kept);
    keep_state(block, output, r);
    memcpy(depot, kept, sizeof kept);
}

/* All segments of a block; on failure `failed_at` [h] is where the first lane stood. */
static enum tacro_status integrate(struct tacro_block *block,
                                   const struct tacro_subject *const *subject,
                                   const struct tacro_course *const *course,
                                   struct tacro_block_result *r, double *failed_at)
{
    struct tacro_solver *solver = block->solver;
    memset(solver->state, 0,
           block->setup.system->nstates * TACRO_LANES * sizeof *solver->state);
    tacro_parameters_begin(block->parameters, subject);
    solver->method->begin(solver);
    for (size_t k = 0; enter_segment(block, subject, course, k); k++) {
        const struct tacro_lanes lanes = lanes_of(block);
        struct tacro_curve curve;
        size_t last[TACRO_LANES];
        double tau = 0.0;
        if (k == 0) {
            keep_start(block, r);
        }
        plan_curve(block, r, &curve, last);
        if (solver->method->advance(solver, &lanes, &curve, &tau, NULL) != TACRO_OK) {
            *failed_at = block->segment[0] == NULL
                             ? 0.0
                             : block->segment[0]->t0 + tau * block->span[0];
            return TACRO_ESOLVER;
        }
        scatter_curve(block, &curve, r);
        keep_state(block, last, r);
    }
    return TACRO_OK;
}

static void copy_lane(const struct tacro_block *block, size_t from, size_t to)
{
    const struct tacro_block_setup *setup = &block->setup;
    const struct tacro_block_result *a = &block->redo;
    const struct tacro_block_result *b = &block->result;
    for (size_t i = 0; i < setup->noutputs; i++) {
        b->concentration[i * TACRO_LANES + to] =
            a->concentration[i * TACRO_LANES + from];
    }
    for (size_t i = 0; i < setup->nrecords * setup->system->nstates; i++) {
        b->state[i * TACRO_LANES + to] = a->state[i * TACRO_LANES + from];
    }
    for (size_t i = 0; i < setup->nrecords * setup->system->noutputs; i++) {
        b->mapped[i * TACRO_LANES + to] = a->mapped[i * TACRO_LANES + from];
    }
}

static void set_nan(const struct tacro_block *block, size_t l)
{
    const struct tacro_block_setup *setup = &block->setup;
    const struct tacro_block_result *r = &block->result;
    for (size_t i = 0; i < setup->noutputs; i++) {
        r->concentration[i * TACRO_LANES + l] = NAN;
    }
    for (size_t i = 0; i < setup->nrecords * setup->system->nstates; i++) {
        r->state[i * TACRO_LANES + l] = NAN;
    }
    for (size_t i = 0; i < setup->nrecords * setup->system->noutputs; i++) {
        r->mapped[i * TACRO_LANES + l] = NAN;
    }
}

/* Each lane alone, all lanes of the block being its copies. */
static void redo_lanes(struct tacro_block *block,
                       const struct tacro_subject *const *subject,
                       const struct tacro_course *const *course)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_subject *one[TACRO_LANES];
        const struct tacro_course *its[TACRO_LANES];
        double failed_at = 0.0;
        for (size_t k = 0; k < TACRO_LANES; k++) {
            one[k] = subject[l];
            its[k] = course[l];
        }
        if (integrate(block, one, its, &block->redo, &failed_at) == TACRO_OK) {
            copy_lane(block, 0, l);
        } else {
            set_nan(block, l);
            block->result.status[l] = TACRO_LANE_SOLVER;
            block->result.failure_time[l] = failed_at;
        }
    }
}

static void check_finite(struct tacro_block *block)
{
    const struct tacro_block_setup *setup = &block->setup;
    struct tacro_block_result *r = &block->result;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        for (size_t i = 0; r->status[l] == TACRO_LANE_OK && i < setup->noutputs; i++) {
            if (!isfinite(r->concentration[i * TACRO_LANES + l])) {
                r->status[l] = TACRO_LANE_NOT_FINITE;
                r->failure_time[l] = setup->output[i];
                set_nan(block, l);
            }
        }
    }
}

const struct tacro_block_result *
tacro_block_run(struct tacro_block *block, const struct tacro_subject *const *subject,
                const struct tacro_course *const *course)
{
    struct tacro_block_result *r = &block->result;
    double failed_at = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        r->status[l] = TACRO_LANE_OK;
        r->failure_time[l] = NAN;
    }
    block->solver->counts = (struct tacro_solver_counts){0, 0};
    if (integrate(block, subject, course, r, &failed_at) != TACRO_OK) {
        redo_lanes(block, subject, course);
    }
    check_finite(block);
    r->steps = block->solver->counts.steps;
    r->rhs_calls = block->solver->counts.rhs_calls;
    return r;
}
