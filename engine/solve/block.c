#include "solve/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tacro_block {
    struct tacro_block_setup setup;
    struct tacro_solver *solver;
    double (*coef)[TACRO_LANES];
    double time0[TACRO_LANES];
    double span[TACRO_LANES];
    struct tacro_block_result result;
    struct tacro_block_result redo; /* lanes alone, before they are copied */
    const struct tacro_segment *segment[TACRO_LANES]; /* of the current k, NULL: idle */
    size_t next[TACRO_LANES];                         /* next output of each lane */
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
    block->coef = aligned_alloc(64, setup->system->ncoefs * sizeof *block->coef);
    if (block->coef == NULL || !create_result(setup, &block->result) ||
        !create_result(setup, &block->redo)) {
        st =
            tacro_fail(err, TACRO_ENOMEM, "block of %zu output times", setup->noutputs);
        goto done;
    }
    TACRO_TRY(tacro_solver_create(setup->system, setup->kernels, setup->rtol,
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
    tacro_solver_free(block->solver);
    free_result(&block->result);
    free_result(&block->redo);
    free(block->coef);
    free(block);
}

void tacro_block_coefs(const struct tacro_block_setup *setup,
                       const struct tacro_subject *const *subject, const double *t,
                       const int32_t *slot, bool is_first, double (*coef)[TACRO_LANES])
{
    for (size_t i = 0; i < setup->rules->n; i++) {
        const bool is_needed = setup->coef[i] != TACRO_NONE &&
                               (is_first || setup->rules->rule[i].is_dynamic);
        for (size_t l = 0; is_needed && l < TACRO_LANES; l++) {
            coef[setup->coef[i]][l] =
                tacro_subject_value(setup->rules, i, subject[l], t[l], slot[l]);
        }
    }
    setup->kernels->rates(setup->system, coef);
}

/*
 * Take every lane into its k-th segment: parameters, span, dose. False: no lane has
 * one.
 */
static bool enter_segment(struct tacro_block *block,
                          const struct tacro_subject *const *subject,
                          const struct tacro_course *const *course, size_t k)
{
    const struct tacro_rules *rules = block->setup.rules;
    double *depot = tacro_solver_state(block->solver) +
                    (size_t)block->setup.system->dose_state * TACRO_LANES;
    double t[TACRO_LANES];
    int32_t slot[TACRO_LANES];
    bool is_any = false;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const bool is_idle = k >= course[l]->n;
        const struct tacro_segment *s =
            &course[l]->segment[is_idle ? course[l]->n - 1 : k];
        is_any = is_any || !is_idle;
        t[l] = s->t0;
        slot[l] = s->slot;
        block->segment[l] = is_idle ? NULL : s;
        block->time0[l] = tacro_clock_absolute(block->setup.clock, s->t0);
        block->span[l] = is_idle ? 0.0 : s->t1 - s->t0;
        block->next[l] = is_idle ? 0 : s->first_output;
        if (!is_idle && s->dose > 0.0) {
            const double f1 =
                rules->f1 < rules->n
                    ? tacro_subject_value(rules, rules->f1, subject[l], s->t0, s->slot)
                    : 1.0;
            depot[l] += f1 * s->dose;
        }
    }
    if (is_any) {
        tacro_block_coefs(&block->setup, subject, t, slot, k == 0, block->coef);
    }
    return is_any;
}

static struct tacro_lanes lanes_of(struct tacro_block *block)
{
    return (struct tacro_lanes){block->coef, block->time0, block->span};
}

/* Keep what a lane has at output o: its concentration, and at a record its states. */
static void keep(struct tacro_block *block, const double *y,
                 const double *concentration, size_t o, size_t l,
                 struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const int record = block->setup.record_of[o];
    r->concentration[o * TACRO_LANES + l] = concentration[l];
    if (record != TACRO_NONE) {
        double *state = r->state + (size_t)record * system->nstates * TACRO_LANES;
        for (size_t s = 0; s < system->nstates; s++) {
            state[s * TACRO_LANES + l] = y[s * TACRO_LANES + l];
        }
    }
}

/* The output maps of a record, for the lanes in `mask`. */
static void keep_mapped(struct tacro_block *block, const double *y,
                        const size_t *output, const bool *mask,
                        struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_lanes lanes = lanes_of(block);
    double signal[TACRO_LANES];
    double value[TACRO_LANES];
    for (size_t i = 0; i < system->noutputs; i++) {
        block->setup.kernels->read(&lanes, system->output[i].source, y, signal);
        block->setup.kernels->output(system, &lanes, i, signal, value);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const int record = mask[l] ? block->setup.record_of[output[l]] : TACRO_NONE;
            if (record != TACRO_NONE) {
                r->mapped[((size_t)record * system->noutputs + i) * TACRO_LANES + l] =
                    value[l];
            }
        }
    }
}

/* Keep one output of every lane in `mask` from the block's state at those instants. */
static void keep_lanes(struct tacro_block *block, const double *y, const size_t *output,
                       const bool *mask, struct tacro_block_result *r)
{
    const struct tacro_lanes lanes = lanes_of(block);
    double concentration[TACRO_LANES] __attribute__((aligned(64)));
    block->setup.kernels->read(&lanes, block->setup.system->signal[TACRO_CONC], y,
                               concentration);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if (mask[l]) {
            keep(block, y, concentration, output[l], l, r);
        }
    }
    keep_mapped(block, y, output, mask, r);
}

/* tau of a lane's next output inside its segment; INFINITY: none left. */
static double next_tau(const struct tacro_block *block, size_t l)
{
    const struct tacro_segment *s = block->segment[l];
    if (s == NULL || block->next[l] >= s->end_output) {
        return INFINITY;
    }
    return (block->setup.output[block->next[l]] - s->t0) / (s->t1 - s->t0);
}

/*
 * Evaluate the outputs that the last step has passed, one a lane and round. Only the
 * states that are needed: all at a record, else those behind the concentration.
 */
static enum tacro_status passed_outputs(struct tacro_block *block, double tau,
                                        struct tacro_block_result *r,
                                        struct tacro_error *err)
{
    const struct tacro_system *system = block->setup.system;
    const int conc_state = system->signal[TACRO_CONC].state;
    double y[TACRO_MAX_STATES * TACRO_LANES] __attribute__((aligned(64)));
    bool is_prepared = false;
    for (;;) {
        double dt[TACRO_LANES] __attribute__((aligned(64)));
        size_t output[TACRO_LANES];
        bool mask[TACRO_LANES];
        bool is_any = false;
        bool is_record = false;
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double at = next_tau(block, l);
            /* the segment's end is taken from the state itself */
            mask[l] = at <= tau && at < 1.0;
            output[l] = block->next[l];
            dt[l] = mask[l] ? at - tau : 0.0;
            is_any = is_any || mask[l];
            is_record = is_record ||
                        (mask[l] && block->setup.record_of[output[l]] != TACRO_NONE);
            block->next[l] += mask[l] ? 1 : 0;
        }
        if (!is_any) {
            return TACRO_OK;
        }
        if (!is_prepared &&
            tacro_solver_dense_prepare(block->solver, err) != TACRO_OK) {
            return TACRO_ESOLVER;
        }
        is_prepared = true;
        for (size_t s = 0; s < system->nstates; s++) {
            if (is_record || (int)s == conc_state) {
                tacro_solver_dense(block->solver, s, dt, y + s * TACRO_LANES);
            }
        }
        if (is_record) {
            keep_lanes(block, y, output, mask, r);
        } else {
            const struct tacro_lanes lanes = lanes_of(block);
            double c[TACRO_LANES] __attribute__((aligned(64)));
            block->setup.kernels->read(&lanes, system->signal[TACRO_CONC], y, c);
            for (size_t l = 0; l < TACRO_LANES; l++) {
                if (mask[l]) {
                    r->concentration[output[l] * TACRO_LANES + l] = c[l];
                }
            }
        }
    }
}

/* What is left of a segment's outputs stands at its end. */
static void end_outputs(struct tacro_block *block, struct tacro_block_result *r)
{
    size_t output[TACRO_LANES];
    bool mask[TACRO_LANES];
    bool is_any = false;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        mask[l] = s != NULL && block->next[l] < s->end_output;
        output[l] = block->next[l];
        is_any = is_any || mask[l];
    }
    if (is_any) {
        keep_lanes(block, tacro_solver_state(block->solver), output, mask, r);
    }
}

static void start_outputs(struct tacro_block *block, struct tacro_block_result *r)
{
    const size_t output[TACRO_LANES] = {0};
    bool mask[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        mask[l] = true;
    }
    keep_lanes(block, tacro_solver_state(block->solver), output, mask, r);
}

/* All segments of a block; on failure `failed_at` [h] is where the first lane stood. */
static enum tacro_status integrate(struct tacro_block *block,
                                   const struct tacro_subject *const *subject,
                                   const struct tacro_course *const *course,
                                   struct tacro_block_result *r, double *failed_at)
{
    const size_t n = block->setup.system->nstates;
    double *y = tacro_solver_state(block->solver);
    memset(y, 0, n * TACRO_LANES * sizeof *y);
    for (size_t k = 0;; k++) {
        struct tacro_lanes lanes;
        double tau = 0.0;
        if (k == 0) {
            /* the state before the first dose, with the parameters of t = 0 */
            double kept[TACRO_LANES];
            double *depot = y + (size_t)block->setup.system->dose_state * TACRO_LANES;
            enter_segment(block, subject, course, 0);
            memcpy(kept, depot, sizeof kept);
            memset(depot, 0, sizeof kept);
            start_outputs(block, r);
            memcpy(depot, kept, sizeof kept);
        } else if (!enter_segment(block, subject, course, k)) {
            return TACRO_OK;
        }
        lanes = lanes_of(block);
        *failed_at = block->segment[0] == NULL ? 0.0 : block->segment[0]->t0;
        if (tacro_solver_start(block->solver, &lanes, NULL) != TACRO_OK) {
            return TACRO_ESOLVER;
        }
        while (tau < 1.0) {
            if (tacro_solver_step(block->solver, &tau, NULL) != TACRO_OK) {
                *failed_at += tau * block->span[0];
                return TACRO_ESOLVER;
            }
            if (passed_outputs(block, tau, r, NULL) != TACRO_OK) {
                *failed_at += tau * block->span[0];
                return TACRO_ESOLVER;
            }
        }
        end_outputs(block, r);
    }
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
    struct tacro_solver_counts counts;
    double failed_at = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        r->status[l] = TACRO_LANE_OK;
        r->failure_time[l] = NAN;
    }
    tacro_solver_reset_counts(block->solver);
    if (integrate(block, subject, course, r, &failed_at) != TACRO_OK) {
        redo_lanes(block, subject, course);
    }
    check_finite(block);
    counts = tacro_solver_counts(block->solver);
    r->steps = counts.steps;
    r->rhs_calls = counts.rhs_calls;
    return r;
}
