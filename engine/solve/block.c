#include "solve/lane_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool create_result(const struct tacro_block_setup *setup,
                          struct tacro_block_result *r)
{
    r->concentration = tacro_lanes_alloc(setup->noutputs);
    r->state = tacro_lanes_alloc(setup->nrecords * setup->system->nstates);
    r->mapped = tacro_lanes_alloc(setup->nrecords * setup->system->noutputs);
    r->event_time = tacro_lanes_alloc(setup->noutcomes);
    return r->concentration != NULL && r->state != NULL && r->mapped != NULL &&
           r->event_time != NULL;
}

static void free_result(struct tacro_block_result *r)
{
    free(r->concentration);
    free(r->state);
    free(r->mapped);
    free(r->event_time);
}

static bool create_rows(struct tacro_block *block)
{
    const struct tacro_block_setup *setup = &block->setup;
    block->shared = tacro_lanes_alloc(setup->noutputs / TACRO_LANES + 1);
    block->saved = tacro_lanes_alloc(setup->system->nstates);
    block->slope = tacro_lanes_alloc(setup->system->nstates);
    block->offset = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->noutputs);
    block->scratch = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->noutputs);
    block->input = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->system->ninputs);
    block->level = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->noutcomes);
    block->crossing = (double(*)[TACRO_LANES])tacro_lanes_alloc(setup->noutcomes);
    block->watch = calloc(setup->noutcomes + 1, sizeof *block->watch);
    return block->shared != NULL && block->saved != NULL && block->slope != NULL &&
           block->offset != NULL && block->scratch != NULL && block->input != NULL &&
           block->level != NULL && block->crossing != NULL && block->watch != NULL;
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
    if (!create_rows(block) || !create_result(setup, &block->result) ||
        !create_result(setup, &block->redo)) {
        st =
            tacro_fail(err, TACRO_ENOMEM, "block of %zu output times", setup->noutputs);
        goto done;
    }
    TACRO_TRY(tacro_steady_create(setup->system, &block->steady, err));
    TACRO_TRY(tacro_parameters_create(setup->rules, setup->system, setup->kernels,
                                      setup->coef, &block->parameters, err));
    TACRO_TRY(setup->method->create(setup->system, setup->kernels, setup->rtol,
                                    &block->solver, err));
    if (tacro_system_moves(setup->system)) {
        TACRO_TRY(tacro_moving_create(
            setup->system, tacro_parameters_mesor(block->parameters),
            tacro_parameters_amplitude(block->parameters), &block->moving, err));
        TACRO_TRY(tacro_settling_create(block, err));
    }
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
    tacro_moving_free(block->moving);
    tacro_settling_free(block->settling);
    free_result(&block->result);
    free_result(&block->redo);
    tacro_steady_free(block->steady);
    free(block->shared);
    free(block->saved);
    free(block->slope);
    free(block->offset);
    free(block->scratch);
    free(block->input);
    free(block->level);
    free(block->crossing);
    free(block->watch);
    free(block);
}

struct tacro_lanes tacro_block_lanes(struct tacro_block *block)
{
    if (block->moving != NULL) {
        block->moving->tau = NAN; /* coefficients may be those of another instant */
    }
    return (struct tacro_lanes){.coef = tacro_parameters_coef(block->parameters),
                                .time0 = block->time0,
                                .span = block->span,
                                .input =
                                    block->setup.system->ninputs > 0
                                        ? (const double(*)[TACRO_LANES])block->input
                                        : NULL,
                                .moving = block->moving,
                                .changed = tacro_parameters_changed(block->parameters)};
}

/* One segment, from its start to what is kept at its end. */
static enum tacro_status run_segment(struct tacro_block *block,
                                     struct tacro_block_result *r, double *tau)
{
    struct tacro_solver *solver = block->solver;
    const struct tacro_lanes lanes = tacro_block_lanes(block);
    struct tacro_curve curve = {0};
    size_t last[TACRO_LANES];
    tacro_block_plan(block, r, &curve, last);
    tacro_events_watch(block, &curve);
    memcpy(block->saved, solver->state,
           block->setup.system->nstates * TACRO_LANES * sizeof *block->saved);
    if (solver->method->advance(solver, &lanes, &curve, tau, NULL) != TACRO_OK) {
        return TACRO_ESOLVER;
    }
    tacro_events_note_broken(block, &lanes);
    tacro_block_keep(block, &curve, last, r);
    tacro_events_keep(block, r);
    return TACRO_OK;
}

/* Who the lanes are, and which courses they follow. */
static void begin_lanes(struct tacro_block *block,
                        const struct tacro_subject *const *subject,
                        const struct tacro_course *const *course,
                        struct tacro_agenda *const *agenda)
{
    block->is_shared = true;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        block->subject[l] = subject[l];
        block->agenda[l] = agenda == NULL ? NULL : agenda[l];
        block->course[l] = agenda == NULL ? course[l] : tacro_agenda_course(agenda[l]);
        block->segment[l] = NULL;
        block->is_shared = block->is_shared && block->course[l] == block->course[0];
        block->broken_at[l] = NAN;
        block->broken[l] = TACRO_LANE_OK;
    }
    for (size_t l = 0; agenda != NULL && l < TACRO_LANES; l++) {
        if (l == 0 || agenda[l] != agenda[l - 1]) {
            tacro_agenda_begin(agenda[l], subject[l]);
        }
    }
}

/*
 * All segments of a block; on failure `failed_at` [h] is where the first lane stood
 * and its `broken` in what way.
 */
static enum tacro_status integrate(struct tacro_block *block,
                                   const struct tacro_subject *const *subject,
                                   const struct tacro_course *const *course,
                                   struct tacro_agenda *const *agenda,
                                   struct tacro_block_result *r, double *failed_at)
{
    struct tacro_solver *solver = block->solver;
    memset(solver->state, 0,
           block->setup.system->nstates * TACRO_LANES * sizeof *solver->state);
    tacro_parameters_begin(block->parameters, subject);
    solver->method->begin(solver);
    begin_lanes(block, subject, course, agenda);
    if (block->moving != NULL) {
        tacro_moving_clear(block->moving);
    }
    tacro_events_begin(block, r);
    for (size_t k = 0; tacro_block_enter(block, k, r); k++) {
        double tau = 0.0;
        if (run_segment(block, r, &tau) != TACRO_OK) {
            *failed_at = block->segment[0] == NULL
                             ? 0.0
                             : block->segment[0]->t0 + tau * block->span[0];
            block->broken[0] = tacro_events_has_broken_hazard(block, tau)
                                   ? TACRO_LANE_HAZARD_NOT_FINITE
                                   : TACRO_LANE_SOLVER;
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
    for (size_t i = 0; i < setup->noutcomes; i++) {
        b->event_time[i * TACRO_LANES + to] = a->event_time[i * TACRO_LANES + from];
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
    for (size_t i = 0; i < setup->noutcomes; i++) {
        r->event_time[i * TACRO_LANES + l] = NAN;
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
                       const struct tacro_course *const *course,
                       struct tacro_agenda *const *agenda)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_subject *one[TACRO_LANES];
        const struct tacro_course *its[TACRO_LANES];
        struct tacro_agenda *made[TACRO_LANES];
        double failed_at = 0.0;
        for (size_t k = 0; k < TACRO_LANES; k++) {
            one[k] = subject[l];
            its[k] = course == NULL ? NULL : course[l];
            made[k] = agenda == NULL ? NULL : agenda[l];
        }
        if (integrate(block, one, its, agenda == NULL ? NULL : made, &block->redo,
                      &failed_at) != TACRO_OK) {
            fail_lane(block, l, block->broken[0], failed_at);
        } else if (!isnan(block->broken_at[0])) {
            fail_lane(block, l, block->broken[0], block->broken_at[0]);
        } else {
            copy_lane(block, 0, l);
        }
    }
}

static const struct tacro_block_result *run(struct tacro_block *block,
                                            const struct tacro_subject *const *subject,
                                            const struct tacro_course *const *course,
                                            struct tacro_agenda *const *agenda)
{
    struct tacro_block_result *r = &block->result;
    double failed_at = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        r->status[l] = TACRO_LANE_OK;
        r->failure_time[l] = NAN;
    }
    block->solver->counts = (struct tacro_solver_counts){0, 0};
    if (integrate(block, subject, course, agenda, r, &failed_at) != TACRO_OK) {
        redo_lanes(block, subject, course, agenda);
    } else {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (!isnan(block->broken_at[l])) {
                fail_lane(block, l, block->broken[l], block->broken_at[l]);
            }
        }
    }
    r->steps = block->solver->counts.steps;
    r->rhs_calls = block->solver->counts.rhs_calls;
    return r;
}

const struct tacro_block_result *
tacro_block_run(struct tacro_block *block, const struct tacro_subject *const *subject,
                const struct tacro_course *const *course)
{
    return run(block, subject, course, NULL);
}

const struct tacro_block_result *
tacro_block_follow(struct tacro_block *block,
                   const struct tacro_subject *const *subject,
                   struct tacro_agenda *const *agenda)
{
    return run(block, subject, NULL, agenda);
}
