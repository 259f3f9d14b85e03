#include "solve/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tacro_block {
    struct tacro_block_setup setup;
    struct tacro_solver *solver;
    struct tacro_parameters *parameters;
    double *shared;                /* [noutputs] the same of lanes of one course */
    double (*offset)[TACRO_LANES]; /* [noutputs] of the segment's curve */
    double (
        *scratch)[TACRO_LANES]; /* [noutputs] of lanes with output times of their own */
    double time0[TACRO_LANES];
    double span[TACRO_LANES];
    double input[TACRO_LANES];     /* mg/h into the dose state */
    double broken_at[TACRO_LANES]; /* h, where a state ceased to be finite, or NAN */
    bool is_shared;                /* all lanes follow one course */
    struct tacro_block_result result;
    struct tacro_block_result redo; /* lanes alone, before they are copied */
    const struct tacro_segment *segment[TACRO_LANES]; /* of the current k, NULL: idle */
};

static bool create_result(const struct tacro_block_setup *setup,
                          struct tacro_block_result *r)
{
    r->concentration = tacro_lanes_alloc(setup->noutputs);
    r->state = tacro_lanes_alloc(setup->nrecords * setup->system->nstates);
    r->mapped = tacro_lanes_alloc(setup->nrecords * setup->system->noutputs);
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
    block->shared = tacro_lanes_alloc(setup->noutputs / TACRO_LANES + 1);
    block->offset = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->noutputs);
    block->scratch = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->noutputs);
    if (block->shared == NULL || block->offset == NULL || block->scratch == NULL ||
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
    free(block->shared);
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

/* The segment of a lane at index k; past its course the last one, with no span. */
static const struct tacro_segment *segment_at(const struct tacro_course *course,
                                              size_t k)
{
    return &course->segment[k < course->n ? k : course->n - 1];
}

/* All lanes follow one course: every value is the same. */
static void enter_shared(struct tacro_block *block,
                         const struct tacro_subject *const *subject,
                         const struct tacro_segment *s, double *t, double *dose,
                         int32_t *slot)
{
    const double time0 = tacro_clock_absolute(block->setup.clock, s->t0);
    const double span = s->t1 - s->t0;
    TACRO_EACH_LANE(l) {
        t[l] = s->t0;
        dose[l] = s->dose;
        slot[l] = s->slot;
        block->time0[l] = time0;
        block->span[l] = span;
        block->input[l] = 0.0;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        block->segment[l] = s;
    }
    for (size_t l = 0; s->infusion.rate > 0.0 && l < TACRO_LANES; l++) {
        block->input[l] = infusion_rate(block, subject[l], s);
    }
}

static void enter_lane(struct tacro_block *block, const struct tacro_subject *subject,
                       const struct tacro_course *course, size_t k, size_t l)
{
    const struct tacro_segment *s = segment_at(course, k);
    const bool is_idle = k >= course->n;
    block->segment[l] = is_idle ? NULL : s;
    block->time0[l] = tacro_clock_absolute(block->setup.clock, s->t0);
    block->span[l] = is_idle ? 0.0 : s->t1 - s->t0;
    block->input[l] = is_idle ? 0.0 : infusion_rate(block, subject, s);
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
    bool is_any = block->is_shared && k < course[0]->n;
    for (size_t l = 0; !block->is_shared && l < TACRO_LANES; l++) {
        const struct tacro_segment *s = segment_at(course[l], k);
        is_any = is_any || k < course[l]->n;
        t[l] = s->t0;
        slot[l] = s->slot;
        dose[l] = k < course[l]->n ? s->dose : 0.0;
        enter_lane(block, subject[l], course[l], k, l);
    }
    if (!is_any) {
        return false;
    }
    if (block->is_shared) {
        enter_shared(block, subject, segment_at(course[0], k), t, dose, slot);
    }
    tacro_parameters_at(block->parameters, t, slot);
    TACRO_EACH_LANE(l) {
        depot[l] += f1[l] * dose[l];
    }
    return true;
}

static struct tacro_lanes lanes_of(struct tacro_block *block)
{
    return (struct tacro_lanes){.coef = tacro_parameters_coef(block->parameters),
                                .time0 = block->time0,
                                .span = block->span,
                                .input = block->setup.system->has_input ? block->input
                                                                        : NULL,
                                .changed = tacro_parameters_changed(block->parameters)};
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

/* The output maps at the block's state, [system->noutputs] rows. */
static void map_outputs(struct tacro_block *block, double (*mapped)[TACRO_LANES])
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_kernels *kernels = block->setup.kernels;
    const struct tacro_lanes lanes = lanes_of(block);
    for (size_t i = 0; i < system->noutputs; i++) {
        double signal[TACRO_LANES] __attribute__((aligned(64)));
        kernels->read(&lanes, system->output[i].source, block->solver->state, signal);
        kernels->output(system, &lanes, i, signal, mapped[i]);
    }
}

/* Keep output `output` (SIZE_MAX: none) of every lane from the block's own state. */
static void keep_state(struct tacro_block *block, const size_t *output,
                       struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_lanes lanes = lanes_of(block);
    double mapped[TACRO_MAX_EQUATIONS][TACRO_LANES] __attribute__((aligned(64)));
    double concentration[TACRO_LANES] __attribute__((aligned(64)));
    bool is_mapped = false;
    block->setup.kernels->read(&lanes, system->signal[TACRO_CONC], block->solver->state,
                               concentration);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const int record =
            output[l] == SIZE_MAX ? TACRO_NONE : block->setup.record_of[output[l]];
        if (output[l] != SIZE_MAX) {
            r->concentration[output[l] * TACRO_LANES + l] = concentration[l];
        }
        if (record != TACRO_NONE) {
            if (!is_mapped) {
                map_outputs(block, mapped);
                is_mapped = true;
            }
            keep_record(block, (size_t)record, l, (const double(*)[TACRO_LANES])mapped,
                        r);
        }
    }
}

/* The same for an output of all lanes: whole rows. */
static void keep_shared(struct tacro_block *block, size_t output,
                        struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_lanes lanes = lanes_of(block);
    const int record = block->setup.record_of[output];
    block->setup.kernels->read(&lanes, system->signal[TACRO_CONC], block->solver->state,
                               r->concentration + output * TACRO_LANES);
    if (record != TACRO_NONE) {
        const size_t size = system->nstates * TACRO_LANES;
        memcpy(r->state + (size_t)record * size, block->solver->state,
               size * sizeof(double));
        map_outputs(block, (double(*)[TACRO_LANES])r->mapped +
                               (size_t)record * system->noutputs);
    }
}

/* Outputs inside a segment; *last receives the one at its end, SIZE_MAX: none. */
static size_t inside(const struct tacro_block *block, const struct tacro_segment *s,
                     size_t *last)
{
    size_t end = s->end_output;
    *last = SIZE_MAX;
    if (end > s->first_output &&
        block->setup.output[end - 1] >= s->t1 - TACRO_SAME_TIME) {
        *last = --end;
    }
    return end - s->first_output;
}

/* Lanes share their output times: the rows go to the result itself. */
static void plan_shared(struct tacro_block *block, struct tacro_block_result *r,
                        struct tacro_curve *curve, size_t *last)
{
    const struct tacro_segment *s = block->segment[0];
    const size_t n = inside(block, s, &last[0]);
    curve->n = n;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        curve->count[l] = n;
    }
    for (size_t j = 0; j < n; j++) {
        block->shared[j] = block->setup.output[s->first_output + j] - s->t0;
    }
    curve->shared = block->shared;
    curve->value = (double(*)[TACRO_LANES])r->concentration + s->first_output;
}

/* The outputs inside each lane's segment, and in `last` the one at its end. */
static void plan_lanes(struct tacro_block *block, struct tacro_curve *curve,
                       size_t *last)
{
    curve->n = 0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        last[l] = SIZE_MAX;
        curve->count[l] = s == NULL ? 0 : inside(block, s, &last[l]);
        curve->n = curve->count[l] > curve->n ? curve->count[l] : curve->n;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        for (size_t j = 0; j < curve->n; j++) {
            block->offset[j][l] = j < curve->count[l]
                                      ? block->setup.output[s->first_output + j] - s->t0
                                      : block->span[l];
        }
    }
    curve->offset = (const double(*)[TACRO_LANES])block->offset;
    curve->value = block->scratch;
}

static void scatter_curve(struct tacro_block *block, const struct tacro_curve *curve,
                          struct tacro_block_result *r)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        for (size_t j = 0; j < curve->count[l]; j++) {
            r->concentration[(block->segment[l]->first_output + j) * TACRO_LANES + l] =
                curve->value[j][l];
        }
    }
}

/* The state before the first dose, with the parameters of t = 0. */
static void keep_start(struct tacro_block *block, struct tacro_block_result *r)
{
    double *depot =
        block->solver->state + (size_t)block->setup.system->dose_state * TACRO_LANES;
    double kept[TACRO_LANES];
    memcpy(kept, depot, sizeof kept);
    memset(depot, 0, sizeof kept);
    keep_shared(block, 0, r);
    memcpy(depot, kept, sizeof kept);
}

/* The lanes whose state or level is no longer finite, and the segment that broke it. */
static void note_broken(struct tacro_block *block, const struct tacro_lanes *lanes)
{
    const struct tacro_kernels *kernels = block->setup.kernels;
    const struct tacro_system *system = block->setup.system;
    double level[TACRO_LANES] __attribute__((aligned(64)));
    double states[TACRO_LANES] __attribute__((aligned(64)));
    kernels->read(lanes, system->signal[TACRO_CONC], block->solver->state, level);
    /* 0 times what is finite is 0, else NaN */
    kernels->sum_of_zeros(system->nstates, block->solver->state, states);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        if ((states[l] != 0.0 || !isfinite(level[l])) && isnan(block->broken_at[l]) &&
            block->segment[l] != NULL) {
            block->broken_at[l] = block->segment[l]->t0;
        }
    }
}

/* One segment, from its start to what is kept at its end. */
static enum tacro_status run_segment(struct tacro_block *block,
                                     struct tacro_block_result *r, double *tau)
{
    struct tacro_solver *solver = block->solver;
    const struct tacro_lanes lanes = lanes_of(block);
    struct tacro_curve curve = {0};
    size_t last[TACRO_LANES];
    if (block->is_shared) {
        plan_shared(block, r, &curve, last);
    } else {
        plan_lanes(block, &curve, last);
    }
    if (solver->method->advance(solver, &lanes, &curve, tau, NULL) != TACRO_OK) {
        return TACRO_ESOLVER;
    }
    note_broken(block, &lanes);
    if (!block->is_shared) {
        scatter_curve(block, &curve, r);
        keep_state(block, last, r);
    } else if (last[0] != SIZE_MAX) {
        keep_shared(block, last[0], r);
    }
    return TACRO_OK;
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
    block->is_shared = true;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        block->is_shared = block->is_shared && course[l] == course[0];
        block->broken_at[l] = NAN;
    }
    for (size_t k = 0; enter_segment(block, subject, course, k); k++) {
        double tau = 0.0;
        if (k == 0) {
            keep_start(block, r);
        }
        if (run_segment(block, r, &tau) != TACRO_OK) {
            *failed_at = block->segment[0] == NULL
                             ? 0.0
                             : block->segment[0]->t0 + tau * block->span[0];
            return TACRO_ESOLVER;
        }
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

static void fail_lane(struct tacro_block *block, size_t l,
                      enum tacro_lane_status status, double time)
{
    set_nan(block, l);
    block->result.status[l] = status;
    block->result.failure_time[l] = time;
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
        if (integrate(block, one, its, &block->redo, &failed_at) != TACRO_OK) {
            fail_lane(block, l, TACRO_LANE_SOLVER, failed_at);
        } else if (!isnan(block->broken_at[0])) {
            fail_lane(block, l, TACRO_LANE_NOT_FINITE, block->broken_at[0]);
        } else {
            copy_lane(block, 0, l);
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
    } else {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (!isnan(block->broken_at[l])) {
                fail_lane(block, l, TACRO_LANE_NOT_FINITE, block->broken_at[l]);
            }
        }
    }
    r->steps = block->solver->counts.steps;
    r->rhs_calls = block->solver->counts.rhs_calls;
    return r;
}
