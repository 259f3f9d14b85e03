/*
 * Steady states where equations change inside an interval: parameters that follow the
 * clock, doses that arrive over time.
 *
 * Regimen and clock repeat after a period, over which linear states go through
 * x -> M x + b. A solver with a smaller tolerance of its own follows one mg in each of
 * them for the columns of M, and the regimen from nothing for b; steady.c solves for x.
 */
#include "solve/lane_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Of the block's tolerance: I - M loses what a slow compartment keeps, a factor of 100
 * at a half-life of a month.
 */
#define FINER 1e-3
#define FINEST 1e-12

struct tacro_settling {
    struct tacro_solver *solver;
    struct tacro_moving *moving;  /* doses of the regimens alone */
    double (*image)[TACRO_LANES]; /* as tacro_steady_of_images wants them */
    double (*x)[TACRO_LANES];     /* [nstates] found, and not yet taken */
    bool has_x[TACRO_LANES];
    bool is_found[TACRO_LANES];
    size_t ntaken[TACRO_LANES]; /* steady regimens of the segment, already taken */
};

enum tacro_status tacro_settling_create(struct tacro_block *block,
                                        struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_block_setup *setup = &block->setup;
    const size_t n = setup->system->nstates;
    const double rtol = fmax(FINER * setup->rtol, FINEST);
    struct tacro_settling *settling = calloc(1, sizeof *settling);
    block->settling = settling;
    if (settling == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "steady state");
    }
    settling->image = (double(*)[TACRO_LANES])tacro_lanes_alloc((n + 1) * n);
    settling->x = (double(*)[TACRO_LANES])tacro_lanes_alloc(n);
    if (settling->image == NULL || settling->x == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "steady state of %zu states", n);
    }
    TACRO_TRY(tacro_moving_create(
        setup->system, tacro_parameters_mesor(block->parameters),
        tacro_parameters_amplitude(block->parameters), &settling->moving, err));
    TACRO_TRY(setup->method->create(setup->system, setup->kernels, rtol,
                                    &settling->solver, err));
done:
    return st;
}

void tacro_settling_free(struct tacro_settling *settling)
{
    if (settling == NULL) {
        return;
    }
    if (settling->solver != NULL) {
        settling->solver->method->free(settling->solver);
    }
    tacro_moving_free(settling->moving);
    free(settling->image);
    free(settling->x);
    free(settling);
}

void tacro_settling_begin(struct tacro_block *block)
{
    struct tacro_settling *settling = block->settling;
    memset(settling->has_x, 0, sizeof settling->has_x);
    memset(settling->ntaken, 0, sizeof settling->ntaken);
}

/* -- doses on their way ------------------------------------------------------------ */

static const double (*coefs(const struct tacro_block *block))[TACRO_LANES]
{
    return (const double(*)[TACRO_LANES])tacro_parameters_coef(block->parameters);
}

/* h from an instant of the regimen to the next entry of a dose, below the interval. */
static double first_entry(const struct tacro_action *action)
{
    const double entry = fmod(action->lag, action->ii);
    return entry > action->ii - TACRO_SAME_TIME ? 0.0 : entry;
}

/*
 * The doses of a half that entered before an instant of it and are still on their
 * way then, oldest first.
 */
static bool add_half(const struct tacro_block *block, struct tacro_moving *moving,
                     size_t l, const struct tacro_action *action, double instant)
{
    const int forcing = tacro_system_forcing_of(
        block->setup.system, tacro_block_state(block, &action->entry));
    const double amount =
        tacro_block_fraction(block, l, &action->entry) * action->entry.amount;
    size_t n = 0;
    bool ok = true;
    double ago;
    if (forcing == TACRO_NONE || !(action->ii > 0.0)) {
        return true;
    }
    ago = action->ii - first_entry(action);
    while (n <= TACRO_MOST_DOSES &&
           tacro_moving_is_left(moving, (size_t)forcing, l, coefs(block),
                                ago + (double)n * action->ii)) {
        n++;
    }
    ok = n <= TACRO_MOST_DOSES;
    while (ok && n-- > 0) {
        ok = tacro_moving_add(moving, (size_t)forcing, l, coefs(block), amount,
                              instant - (ago + (double)n * action->ii));
    }
    return ok;
}

static bool add_past(const struct tacro_block *block, struct tacro_moving *moving,
                     size_t l, const struct tacro_action *action, double instant)
{
    bool ok = true;
    for (size_t h = 0; h < tacro_halves(action); h++) {
        ok = ok && add_half(block, moving, l, &action[h], instant);
    }
    return ok;
}

/* -- through a period -------------------------------------------------------------- */

/* What a part of an interval brings into a lane at its start. */
static bool enter(struct tacro_block *block, struct tacro_solver *solver, size_t l,
                  const struct tacro_action *action,
                  const struct tacro_stretch_pair *pair)
{
    const struct tacro_system *system = block->setup.system;
    bool ok = true;
    for (size_t h = 0; h < tacro_halves(action); h++) {
        const int state = tacro_block_state(block, &action[h].entry);
        const int forcing = tacro_system_forcing_of(system, state);
        const size_t row = tacro_block_input(system, state);
        if (row < system->ninputs) {
            block->input[row][l] += pair->rate[h];
        }
        if (forcing == TACRO_NONE) {
            solver->state[(size_t)state * TACRO_LANES + l] += pair->bolus[h];
        } else if (pair->bolus[h] > 0.0) {
            ok = ok && tacro_moving_add(block->settling->moving, (size_t)forcing, l,
                                        coefs(block), pair->bolus[h], block->time0[l]);
        }
    }
    return ok;
}

/*
 * The k-th part of every lane's n-th interval before `instant`; with_doses: what the
 * regimens bring in comes.
 */
static bool follow_part(struct tacro_block *block, struct tacro_solver *solver,
                        const struct tacro_action *const *action,
                        const struct tacro_stretch_pair (*pair)[TACRO_STRETCH_PAIRS],
                        size_t k, const double *start, const bool *is_moving,
                        bool with_doses)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_curve curve = {0};
    struct tacro_lanes lanes;
    double tau = 0.0;
    bool is_any = false;
    bool ok = true;
    memset(block->input, 0, system->ninputs * sizeof *block->input);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        double at = start[l];
        for (size_t i = 0; i < k; i++) {
            at += pair[l][i].length;
        }
        block->time0[l] = at;
        block->span[l] = is_moving[l] ? pair[l][k].length : 0.0;
        is_any = is_any || block->span[l] > 0.0;
        if (with_doses && block->span[l] > 0.0) {
            ok = ok && enter(block, solver, l, action[l], &pair[l][k]);
        }
    }
    lanes = tacro_block_lanes(block);
    lanes.moving = block->settling->moving;
    lanes.moving->tau = NAN;
    return ok && (!is_any || solver->method->advance(solver, &lanes, &curve, &tau,
                                                     NULL) == TACRO_OK);
}

static bool follow(struct tacro_block *block, struct tacro_solver *solver,
                   const struct tacro_action *const *action, bool with_doses)
{
    struct tacro_stretch_pair pair[TACRO_LANES][TACRO_STRETCH_PAIRS];
    double instant[TACRO_LANES];
    double span[TACRO_LANES];
    double period[TACRO_LANES];
    size_t n = 0;
    bool ok = true;
    memcpy(instant, block->time0, sizeof instant);
    memcpy(span, block->span, sizeof span);
    memset(pair, 0, sizeof pair);
    tacro_moving_clear(block->settling->moving);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        period[l] = 0.0;
        if (action[l] != NULL) {
            period[l] = tacro_steady_period(block->setup.system, action[l]);
            ok = ok && isfinite(period[l]);
            tacro_block_pairs(block, l, action[l], pair[l]);
        }
        if (ok && action[l] != NULL) {
            const size_t own =
                (size_t)(period[l] / tacro_steady_interval(action[l]) + 0.5);
            n = own > n ? own : n;
            ok = !with_doses || add_past(block, block->settling->moving, l, action[l],
                                         instant[l] - period[l]);
        }
    }
    for (size_t i = 0; ok && i < n; i++) {
        double start[TACRO_LANES];
        bool is_moving[TACRO_LANES];
        for (size_t l = 0; l < TACRO_LANES; l++) {
            const double ii =
                action[l] == NULL ? 0.0 : tacro_steady_interval(action[l]);
            start[l] = instant[l] - period[l] + (double)i * ii;
            is_moving[l] =
                action[l] != NULL && (double)i * ii < period[l] - TACRO_SAME_TIME;
        }
        for (size_t k = 0; ok && k < TACRO_STRETCH_PAIRS; k++) {
            ok = follow_part(
                block, solver, action,
                (const struct tacro_stretch_pair(*)[TACRO_STRETCH_PAIRS])pair, k, start,
                is_moving, with_doses);
        }
    }
    memcpy(block->time0, instant, sizeof instant);
    memcpy(block->span, span, sizeof span);
    return ok;
}

bool tacro_settling_follow(struct tacro_block *block,
                           const struct tacro_action *const *action)
{
    return follow(block, block->solver, action, true);
}

/* -- the fixed point --------------------------------------------------------------- */

/* The lane's n-th regimen that makes states steady in this segment; NULL: none. */
static const struct tacro_action *steady_at(const struct tacro_block *block, size_t l,
                                            size_t n)
{
    const struct tacro_segment *s = block->segment[l];
    for (size_t i = s == NULL ? 0 : s->first_action; s != NULL && i < s->end_action;
         i++) {
        const struct tacro_action *a = &block->course[l]->action[i];
        if (a->kind != TACRO_ACTION_STEADY && a->kind != TACRO_ACTION_STEADY_ADDED) {
            continue;
        }
        if (n-- == 0) {
            return a;
        }
        i += tacro_halves(a) - 1;
    }
    return NULL;
}

/* The images of lanes with an action, one state after the other. */
static bool find_images(struct tacro_block *block,
                        const struct tacro_action *const *action, size_t n,
                        const size_t *state)
{
    struct tacro_settling *settling = block->settling;
    double *y = settling->solver->state;
    bool ok = true;
    for (size_t j = 0; ok && j <= n; j++) {
        memset(y, 0, block->setup.system->nstates * TACRO_LANES * sizeof *y);
        for (size_t l = 0; j < n && l < TACRO_LANES; l++) {
            y[state[j] * TACRO_LANES + l] = 1.0;
        }
        ok = follow(block, settling->solver, action, j == n);
        for (size_t i = 0; i < n; i++) {
            memcpy(settling->image[j * n + i], y + state[i] * TACRO_LANES,
                   sizeof *settling->image);
        }
    }
    return ok;
}

/* The lanes with an action; false: no solver gets through their period together. */
static bool settle_lanes(struct tacro_block *block,
                         const struct tacro_action *const *action)
{
    struct tacro_settling *settling = block->settling;
    size_t state[TACRO_MAX_STATES];
    const size_t n = tacro_steady_states(block->steady, state);
    const bool ok = find_images(block, action, n, state);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        double x[TACRO_MAX_STATES];
        if (action[l] == NULL) {
            continue;
        }
        settling->has_x[l] = true;
        settling->is_found[l] =
            ok &&
            tacro_steady_of_images(block->steady,
                                   (const double(*)[TACRO_LANES])settling->image, l, x);
        for (size_t s = 0; settling->is_found[l] && s < block->setup.system->nstates;
             s++) {
            settling->x[s][l] = x[s];
        }
    }
    return ok;
}

/* All lanes that have a regimen to settle under and no state for it yet. */
static void settle(struct tacro_block *block)
{
    struct tacro_settling *settling = block->settling;
    const struct tacro_action *action[TACRO_LANES];
    for (size_t l = 0; l < TACRO_LANES; l++) {
        action[l] =
            settling->has_x[l] ? NULL : steady_at(block, l, settling->ntaken[l]);
    }
    if (settle_lanes(block, action)) {
        return;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) { /* one of them: each alone */
        const struct tacro_action *one[TACRO_LANES] = {NULL};
        one[l] = action[l];
        if (one[l] != NULL) {
            settle_lanes(block, one);
        }
    }
}

/* Of an action that has been taken. */
static bool is_other_half(const struct tacro_block *block, size_t l,
                          const struct tacro_action *action)
{
    const struct tacro_action *first =
        &block->course[l]->action[block->segment[l]->first_action];
    return action > first && action[-1].is_halved;
}

bool tacro_settling_take(struct tacro_block *block, size_t l,
                         const struct tacro_action *action, double *x)
{
    struct tacro_settling *settling = block->settling;
    const size_t nstates = block->setup.system->nstates;
    if (is_other_half(block, l, action)) {
        memset(x, 0, nstates * sizeof *x);
        return true;
    }
    if (!settling->has_x[l]) {
        settle(block);
    }
    settling->has_x[l] = false;
    settling->ntaken[l]++;
    for (size_t s = 0; s < nstates; s++) {
        x[s] = settling->is_found[l] ? settling->x[s][l] : 0.0;
    }
    return settling->is_found[l] &&
           add_past(block, block->moving, l, action, block->time0[l]);
}
