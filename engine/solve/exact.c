/*
 * The exact propagator behind solve/solver.h: matrix exponentials for all that is
 * linear, collocation on panels for nonlinear filters and integrals.
 */
#include "solve/collocation.h"
#include "solve/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Panels are the segment halved up to so many times. */
#define MAX_HALVINGS 20

/* The first panel of a block's first segment; then the last segment's is tried. */
#define FIRST_HALVINGS 4

/*
 * The first panel's first node lies 0.047 of it after the dose: no more than one time
 * constant of the fastest rate, else a transient could pass unseen by all nodes.
 */
#define FIRST_REACH 20.0

/*
 * The next panel may be twice as long where the last had this share of its error: what
 * a dose stirs up has decayed meanwhile.
 */
#define SHARE_TO_DOUBLE 0.5

/* So may the first panel of the next segment, where this one's had so little. */
#define SHARE_TO_BEGIN 2e-4

struct exact_solver {
    struct tacro_solver base;
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    double atol[TACRO_MAX_STATES];
    struct tacro_linear *linear;
    struct tacro_linear *upstream; /* of the concentration */
    struct tacro_generator *generator;
    struct tacro_propagator *whole;
    struct tacro_collocation *collocation;
    struct tacro_rows *rows;
    double *trial;               /* [nstates] nonlinear states at the end of a panel */
    double (*y)[TACRO_LANES];    /* [linear->n] */
    double (*next)[TACRO_LANES]; /* [linear->n] */
    int first_halvings;
};

static void free_solver(struct tacro_solver *base)
{
    struct exact_solver *solver = (struct exact_solver *)base;
    if (solver == NULL) {
        return;
    }
    tacro_collocation_free(solver->collocation);
    tacro_rows_free(solver->rows);
    tacro_propagator_free(solver->whole);
    tacro_generator_free(solver->generator);
    tacro_linear_free(solver->linear);
    tacro_linear_free(solver->upstream);
    free(solver->base.state);
    free(solver->trial);
    free(solver->y);
    free(solver->next);
    free(solver);
}

static enum tacro_status create_parts(struct exact_solver *solver, double rtol,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const struct tacro_system *system = solver->system;
    const struct tacro_kernels *kernels = solver->kernels;
    TACRO_TRY(tacro_linear_create(system, TACRO_NONE, &solver->linear, err));
    TACRO_TRY(tacro_linear_create(system, system->signal[TACRO_CONC].state,
                                  &solver->upstream, err));
    TACRO_TRY(tacro_generator_create(solver->linear, kernels, &solver->generator, err));
    TACRO_TRY(tacro_propagator_create(solver->generator, &solver->whole, err));
    TACRO_TRY(tacro_collocation_create(solver->linear, solver->generator, kernels, rtol,
                                       solver->atol, &solver->collocation, err));
    TACRO_TRY(tacro_rows_create(solver->upstream, kernels, &solver->rows, err));
done:
    return st;
}

static enum tacro_status create(const struct tacro_system *system,
                                const struct tacro_kernels *kernels, double rtol,
                                struct tacro_solver **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct exact_solver *solver = calloc(1, sizeof *solver);
    *out = NULL;
    if (solver == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "solver");
    }
    solver->base.method = &tacro_method_exact;
    solver->system = system;
    solver->kernels = kernels;
    for (size_t s = 0; s < system->nstates; s++) {
        solver->atol[s] = system->atol[s] * (rtol / 1e-6);
    }
    solver->base.state = tacro_lanes_alloc(system->nstates);
    solver->trial = tacro_lanes_alloc(system->nstates);
    solver->y = (double(*)[TACRO_LANES])tacro_lanes_alloc(TACRO_MAX_LINEAR);
    solver->next = (double(*)[TACRO_LANES])tacro_lanes_alloc(TACRO_MAX_LINEAR);
    if (solver->base.state == NULL || solver->trial == NULL || solver->y == NULL ||
        solver->next == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "solver of %zu states", system->nstates);
        goto done;
    }
    TACRO_TRY(create_parts(solver, rtol, err));
    *out = &solver->base;
    solver = NULL;
done:
    free_solver(solver == NULL ? NULL : &solver->base);
    return st;
}

static void begin(struct tacro_solver *base)
{
    struct exact_solver *solver = (struct exact_solver *)base;
    tacro_generator_reset(solver->generator);
    tacro_rows_reset(solver->rows);
    solver->first_halvings = FIRST_HALVINGS;
}

/*
 * The unit of time: every lane's span, halved or doubled until the longest is half an
 * hour to an hour, so that spans of one length and of twice that have it in common.
 * Returns its halvings.
 */
static int choose_unit(struct exact_solver *solver, const double *span, bool is_shared,
                       bool is_new)
{
    double unit[TACRO_LANES] __attribute__((aligned(64)));
    double longest = span[0];
    int halvings = 0;
    for (size_t l = 0; !is_shared && l < TACRO_LANES; l++) {
        longest = span[l] > longest ? span[l] : longest;
    }
    frexp(longest, &halvings);
    solver->kernels->scale(1, ldexp(1.0, -halvings), span, unit);
    if (is_new || !tacro_propagator_is_at(solver->whole, unit)) {
        tacro_propagator_aim(solver->whole, unit);
        tacro_collocation_aim(solver->collocation, unit);
    }
    return halvings;
}

static void load(struct exact_solver *solver, const struct tacro_lanes *lanes)
{
    for (size_t i = 0; i < solver->linear->n; i++) {
        const int s = solver->linear->state[i];
        const double *from = s == TACRO_NONE
                                 ? tacro_lanes_input(lanes, solver->linear->input[i])
                                 : solver->base.state + (size_t)s * TACRO_LANES;
        if (from == NULL) {
            solver->kernels->fill(1, 0.0, solver->y[i]);
        } else {
            memcpy(solver->y[i], from, sizeof solver->y[i]);
        }
    }
}

static void keep_linear(struct exact_solver *solver)
{
    for (size_t i = 0; i < solver->linear->n; i++) {
        const int s = solver->linear->state[i];
        if (s != TACRO_NONE) {
            memcpy(solver->base.state + (size_t)s * TACRO_LANES, solver->y[i],
                   sizeof solver->y[i]);
        }
    }
}

/* Linear states to the end of a panel; false: no propagator. */
static bool propagate(struct exact_solver *solver, int level)
{
    double(*y)[TACRO_LANES] = solver->y;
    const double *m = tacro_propagator_level(solver->whole, level);
    if (m == NULL) {
        return false;
    }
    solver->kernels->products(&solver->linear->apply, 0, solver->linear->n, m, y[0],
                              solver->next[0]);
    solver->y = solver->next;
    solver->next = y;
    return true;
}

/* The nonlinear states of an accepted panel. */
static void accept(struct exact_solver *solver)
{
    for (size_t s = 0; s < solver->system->nstates; s++) {
        if (solver->linear->index[s] == TACRO_NONE) {
            memcpy(solver->base.state + s * TACRO_LANES,
                   solver->trial + s * TACRO_LANES, TACRO_LANES * sizeof(double));
        }
    }
}

/* The watched integrals that reached their level in the accepted panel. */
static bool note_crossings(const struct exact_solver *solver,
                           const struct tacro_lanes *lanes,
                           const struct tacro_curve *curve,
                           const struct tacro_panel *panel)
{
    for (size_t i = 0; i < curve->nwatches; i++) {
        const struct tacro_watch *watch = &curve->watch[i];
        double at[TACRO_LANES] __attribute__((aligned(64)));
        if (!tacro_watch_is_due(watch, solver->base.state)) {
            continue;
        }
        if (!tacro_collocation_crossing(solver->collocation, panel, watch, at)) {
            return false;
        }
        /* the polynomial begins at the state and ends within the rounding of it */
        tacro_watch_keep(watch, solver->base.state, at, 1.0, panel->tau, panel->width,
                         lanes->span);
    }
    return true;
}

/* Halvings of the segment that make its first panel. */
static int first_panel(const struct exact_solver *solver, const double *span)
{
    const double reach = tacro_generator_fastest(solver->generator, span);
    int halvings = 0;
    if (reach > FIRST_REACH && isfinite(reach)) {
        frexp(reach / FIRST_REACH, &halvings);
    }
    return halvings > solver->first_halvings ? halvings : solver->first_halvings;
}

/*
 * Panels over the segment: each a fraction 2^-k of it and a multiple of its own length
 * from the start, so that any number of doublings ends at tau = 1 exactly.
 */
static bool panels(struct exact_solver *solver, const struct tacro_lanes *lanes,
                   const struct tacro_curve *curve, int halvings, double *tau)
{
    int k = first_panel(solver, lanes->span);
    bool is_first = true;
    while (*tau < 1.0) {
        struct tacro_panel panel = {*tau, ldexp(1.0, -k), halvings - k};
        const double error =
            tacro_collocation_panel(solver->collocation, lanes, solver->whole, &panel,
                                    solver->y[0], solver->base.state, solver->trial);
        solver->base.counts.rhs_calls += TACRO_NODES;
        if (!(error <= 1.0)) {
            if (++k > MAX_HALVINGS) {
                return false;
            }
            continue;
        }
        accept(solver);
        if (!note_crossings(solver, lanes, curve, &panel) ||
            !propagate(solver, panel.level)) {
            return false;
        }
        solver->base.counts.steps++;
        if (is_first) {
            solver->first_halvings = k - (k > 0 && error < SHARE_TO_BEGIN);
            is_first = false;
        }
        *tau += panel.width;
        if (k > 0 && error < SHARE_TO_DOUBLE && fmod(*tau, 2.0 * panel.width) == 0.0 &&
            *tau + 2.0 * panel.width <= 1.0) {
            k--;
        }
    }
    return true;
}

static enum tacro_status advance(struct tacro_solver *base,
                                 const struct tacro_lanes *lanes,
                                 const struct tacro_curve *curve, double *tau,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct exact_solver *solver = (struct exact_solver *)base;
    const uint64_t columns = tacro_generator_update(solver->generator, lanes);
    const int halvings = choose_unit(solver, lanes->span, curve->shared != NULL,
                                     columns == TACRO_ALL_COLUMNS);
    bool ok;
    *tau = 0.0;
    tacro_curve_begin(curve);
    if (columns != 0) {
        tacro_propagator_touch(solver->whole, columns);
        tacro_collocation_touch(solver->collocation, columns);
    }
    TACRO_TRY(tacro_rows_fill(solver->rows, lanes, solver->base.state, curve, err));
    load(solver, lanes);
    if (tacro_collocation_is_needed(solver->collocation)) {
        ok = panels(solver, lanes, curve, halvings, tau);
    } else {
        /* nothing that could be watched: no state is an integral of the collocation */
        ok = curve->nwatches == 0 && propagate(solver, halvings);
        *tau = 1.0;
        solver->base.counts.steps++;
    }
    if (!ok) {
        st = tacro_fail(err, TACRO_ESOLVER,
                        "the exact propagator stops at %.3g of a segment", *tau);
        goto done;
    }
    keep_linear(solver);
done:
    return st;
}

/*
 * All that parts can declare: flows, filters fed by what comes before, integrals. The
 * columns of a matrix, with those of the inputs, must fit the bits of a word.
 */
static bool accepts(const struct tacro_system *system)
{
    return !tacro_system_moves(system) && system->nstates + system->ninputs < 64;
}

const struct tacro_method tacro_method_exact = {.name = "exact",
                                                .accepts = accepts,
                                                .create = create,
                                                .free = free_solver,
                                                .begin = begin,
                                                .advance = advance};
