/* CVODE behind solve/solver.h: 64 patients as one stiff problem. */
#include "solve/moving.h"
#include "solve/newton.h"
#include "solve/solver.h"

#include "core/lanemath.h"

#include <cvode/cvode.h>
#include <math.h>
#include <stdlib.h>

/* A segment that needs more is hopeless: a dosing interval takes 150 to 250. */
#define MAX_STEPS_PER_SEGMENT 20000

/*
 * CVODE keeps a step until it could grow by half; with these kernels a new step is
 * cheap, so it may grow by three tenths: 6 % fewer steps. Each step then uses more
 * of what the tolerance allows, and errors add up over a course: hence a reserve.
 */
#define LEAST_GROWTH 1.3
#define SAFETY 0.5

struct cvode_solver {
    struct tacro_solver base;
    struct tacro_newton newton;
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    double rtol;
    double atol[TACRO_MAX_STATES];
    SUNContext context;
    void *cvode;
    N_Vector y;
    SUNNonlinearSolver nonlinear;
    N_Vector derivative[TACRO_MAX_ORDER + 1]; /* of the state of the concentration */
    N_Vector whole;                           /* a derivative of all states */
    size_t order;                             /* of the prepared dense output */
};

/*
 * CVODE chooses its steps with this function. SUNDIALS' own calls libm's pow, whose
 * bits depend on the processor; the definition here takes its place when the program is
 * linked.
 */
__attribute__((visibility("default"))) sunrealtype SUNRpowerR(sunrealtype base,
                                                              sunrealtype exponent);
sunrealtype SUNRpowerR(sunrealtype base, sunrealtype exponent)
{
    return base > 0.0 ? tacro_exp(exponent * tacro_log(base)) : 0.0;
}

static int rhs(sunrealtype tau, N_Vector y, N_Vector dy, void *user)
{
    const struct tacro_newton *newton = &((struct cvode_solver *)user)->newton;
    newton->kernels->rhs(newton->system, newton->lanes, tau, tacro_vector_data(y),
                         tacro_vector_data(dy));
    return 0;
}

static int weights(N_Vector y, N_Vector w, void *user)
{
    const struct cvode_solver *solver = user;
    solver->kernels->weights(solver->system->nstates, solver->rtol, solver->atol,
                             tacro_vector_data(y), tacro_vector_data(w));
    return 0;
}

static enum tacro_status checked(int flag, const char *call, struct tacro_error *err)
{
    return flag >= 0 ? TACRO_OK
                     : tacro_fail(err, TACRO_ESOLVER, "%s: CVODE says %d", call, flag);
}

static enum tacro_status allocate(struct cvode_solver *solver, struct tacro_error *err)
{
    const struct tacro_system *system = solver->system;
    const size_t conc = (size_t)system->signal[TACRO_CONC].state;
    bool ok;
    if (TACRO_CONTEXT_CREATE(&solver->context) != 0) {
        return tacro_fail(err, TACRO_ENOMEM, "SUNDIALS context");
    }
    solver->newton.lu =
        aligned_alloc(64, system->nentries * TACRO_LANES * sizeof *solver->newton.lu);
    solver->newton.step =
        aligned_alloc(64, system->nstates * TACRO_LANES * sizeof *solver->newton.step);
    solver->y = tacro_vector_create(system->nstates, solver->kernels, solver->context);
    solver->whole = solver->y == NULL ? NULL : N_VClone(solver->y);
    solver->nonlinear = tacro_newton_solver(&solver->newton, solver->context);
    solver->cvode = CVodeCreate(CV_BDF, solver->context);
    ok = solver->newton.lu != NULL && solver->newton.step != NULL &&
         solver->y != NULL && solver->whole != NULL && solver->nonlinear != NULL &&
         solver->cvode != NULL;
    for (size_t k = 0; ok && k <= TACRO_MAX_ORDER; k++) {
        solver->derivative[k] = tacro_vector_window(solver->y, conc);
        ok = solver->derivative[k] != NULL;
    }
    return ok ? TACRO_OK
              : tacro_fail(err, TACRO_ENOMEM, "solver of %zu states", system->nstates);
}

static enum tacro_status configure(struct cvode_solver *solver, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    void *cvode = solver->cvode;
    TACRO_SILENCE(solver->context, cvode);
    TACRO_TRY(checked(CVodeInit(cvode, rhs, 0.0, solver->y), "CVodeInit", err));
    TACRO_TRY(checked(CVodeWFtolerances(cvode, weights), "CVodeWFtolerances", err));
    TACRO_TRY(checked(CVodeSetEtaFixedStepBounds(cvode, 0.0, LEAST_GROWTH),
                      "CVodeSetEtaFixedStepBounds", err));
    TACRO_TRY(checked(CVodeSetUserData(cvode, solver), "CVodeSetUserData", err));
    TACRO_TRY(checked(CVodeSetNonlinearSolver(cvode, solver->nonlinear),
                      "CVodeSetNonlinearSolver", err));
done:
    return st;
}

static void free_solver(struct tacro_solver *base)
{
    struct cvode_solver *solver = (struct cvode_solver *)base;
    if (solver == NULL) {
        return;
    }
    if (solver->cvode != NULL) {
        CVodeFree(&solver->cvode);
    }
    for (size_t k = 0; k <= TACRO_MAX_ORDER; k++) {
        if (solver->derivative[k] != NULL) {
            N_VDestroy(solver->derivative[k]);
        }
    }
    if (solver->whole != NULL) {
        N_VDestroy(solver->whole);
    }
    if (solver->y != NULL) {
        N_VDestroy(solver->y);
    }
    if (solver->nonlinear != NULL) {
        SUNNonlinSolFree(solver->nonlinear);
    }
    if (solver->context != NULL) {
        SUNContext_Free(&solver->context);
    }
    free(solver->newton.lu);
    free(solver->newton.step);
    free(solver);
}

static enum tacro_status create(const struct tacro_system *system,
                                const struct tacro_kernels *kernels, double rtol,
                                struct tacro_solver **out, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct cvode_solver *solver = calloc(1, sizeof *solver);
    *out = NULL;
    if (solver == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "solver");
    }
    solver->base.method = &tacro_method_cvode;
    solver->system = system;
    solver->kernels = kernels;
    solver->rtol = SAFETY * rtol;
    solver->newton.system = system;
    solver->newton.kernels = kernels;
    for (size_t s = 0; s < system->nstates; s++) {
        solver->atol[s] = SAFETY * system->atol[s] * (rtol / 1e-6);
    }
    TACRO_TRY(allocate(solver, err));
    TACRO_TRY(configure(solver, err));
    solver->base.state = tacro_vector_data(solver->y);
    *out = &solver->base;
    solver = NULL;
done:
    free_solver(solver == NULL ? NULL : &solver->base);
    return st;
}

/* No step passes over a dose on its way; `until` is the tau up to which that holds. */
static enum tacro_status limit_step(struct cvode_solver *solver,
                                    const struct tacro_lanes *lanes, double tau,
                                    double *until, struct tacro_error *err)
{
    *until = INFINITY;
    if (lanes->moving == NULL || solver->system->nforcings == 0) {
        return TACRO_OK;
    }
    return checked(CVodeSetMaxStep(solver->cvode, tacro_moving_step(lanes, tau, until)),
                   "CVodeSetMaxStep", err);
}

static enum tacro_status start(struct cvode_solver *solver,
                               const struct tacro_lanes *lanes, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    tacro_newton_restart(&solver->newton, lanes);
    TACRO_TRY(checked(CVodeReInit(solver->cvode, 0.0, solver->y), "CVodeReInit", err));
    TACRO_TRY(checked(CVodeSetStopTime(solver->cvode, 1.0), "CVodeSetStopTime", err));
done:
    return st;
}

/* CVodeReInit sets CVODE's own counters to zero: keep them at the end of a segment. */
static void keep_counts(struct cvode_solver *solver)
{
    long steps = 0;
    long calls = 0;
    CVodeGetNumSteps(solver->cvode, &steps);
    CVodeGetNumRhsEvals(solver->cvode, &calls);
    solver->base.counts.steps += steps;
    solver->base.counts.rhs_calls += calls + solver->newton.rhs_calls;
    solver->newton.rhs_calls = 0;
}

/* The derivatives of the last step at its end, once a step. */
static enum tacro_status prepare_dense(struct cvode_solver *solver, double tau,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    int order = 0;
    TACRO_TRY(
        checked(CVodeGetLastOrder(solver->cvode, &order), "CVodeGetLastOrder", err));
    for (int k = 0; k <= order; k++) {
        TACRO_TRY(checked(CVodeGetDky(solver->cvode, tau, k, solver->derivative[k]),
                          "CVodeGetDky", err));
    }
    solver->order = (size_t)order;
done:
    return st;
}

/* Where each lane's next output lies, as tau; INFINITY: the segment has no more. */
struct outputs {
    size_t next[TACRO_LANES];
    double at[TACRO_LANES];
    double first; /* least of `at` */
};

static void plan_lane(struct outputs *o, const struct tacro_lanes *lanes,
                      const struct tacro_curve *curve, size_t l)
{
    const size_t j = o->next[l];
    if (j < curve->count[l]) {
        o->at[l] = (curve->shared != NULL ? curve->shared[j] : curve->offset[j][l]) /
                   lanes->span[l];
    } else {
        o->at[l] = INFINITY;
    }
}

static void plan_first(struct outputs *o)
{
    o->first = INFINITY;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        o->first = o->at[l] < o->first ? o->at[l] : o->first;
    }
}

/* The outputs that the step to tau has passed, one a lane and round. */
static enum tacro_status passed_outputs(struct cvode_solver *solver,
                                        const struct tacro_lanes *lanes,
                                        const struct tacro_curve *curve, double tau,
                                        struct outputs *o, struct tacro_error *err)
{
    const struct tacro_reading reading = solver->system->signal[TACRO_CONC];
    const double *row[TACRO_MAX_ORDER + 1];
    double y[TACRO_LANES] __attribute__((aligned(64)));
    double level[TACRO_LANES] __attribute__((aligned(64)));
    double dt[TACRO_LANES] __attribute__((aligned(64)));
    if (prepare_dense(solver, tau, err) != TACRO_OK) {
        return TACRO_ESOLVER;
    }
    for (size_t k = 0; k <= solver->order; k++) {
        row[k] = tacro_vector_data(solver->derivative[k]);
    }
    while (o->first <= tau) {
        for (size_t l = 0; l < TACRO_LANES; l++) {
            dt[l] = o->at[l] <= tau ? o->at[l] - tau : 0.0;
        }
        solver->kernels->taylor(solver->order, row, dt, y);
        solver->kernels->read_row(solver->system, lanes, reading, y, level);
        for (size_t l = 0; l < TACRO_LANES; l++) {
            if (o->at[l] <= tau) {
                curve->value[o->next[l]++][l] = level[l];
                plan_lane(o, lanes, curve, l);
            }
        }
        plan_first(o);
    }
    return TACRO_OK;
}

/* Taylor polynomial of a watched state in tau - end of the step, by powers. */
static enum tacro_status watched_polynomial(struct cvode_solver *solver, int state,
                                            double tau, int order, double *c,
                                            struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    double factorial = 1.0;
    for (int k = 0; k <= order; k++) {
        const double *row;
        TACRO_TRY(checked(CVodeGetDky(solver->cvode, tau, k, solver->whole),
                          "CVodeGetDky", err));
        row = tacro_vector_data(solver->whole) + (size_t)state * TACRO_LANES;
        factorial *= k > 1 ? (double)k : 1.0;
        solver->kernels->scale(1, 1.0 / factorial, row, c + (size_t)k * TACRO_LANES);
    }
done:
    return st;
}

/* The watched states that reached their level in the step from `from` to tau. */
static enum tacro_status note_crossings(struct cvode_solver *solver,
                                        const struct tacro_lanes *lanes,
                                        const struct tacro_curve *curve, double from,
                                        double tau, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    int order = 0;
    TACRO_TRY(
        checked(CVodeGetLastOrder(solver->cvode, &order), "CVodeGetLastOrder", err));
    for (size_t i = 0; i < curve->nwatches; i++) {
        const struct tacro_watch *watch = &curve->watch[i];
        double c[TACRO_MAX_ORDER + 1][TACRO_LANES] __attribute__((aligned(64)));
        double at[TACRO_LANES] __attribute__((aligned(64)));
        if (!tacro_watch_is_due(watch, solver->base.state)) {
            continue;
        }
        TACRO_TRY(watched_polynomial(solver, watch->state, tau, order, c[0], err));
        solver->kernels->crossing((size_t)order, c[0], from - tau, 0.0, watch->level,
                                  at);
        /* the polynomial ends at the state and begins within the tolerance of it */
        tacro_watch_keep(watch, solver->base.state, at, from - tau, tau, 1.0,
                         lanes->span);
    }
done:
    return st;
}

static enum tacro_status advance(struct tacro_solver *base,
                                 const struct tacro_lanes *lanes,
                                 const struct tacro_curve *curve, double *tau,
                                 struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct cvode_solver *solver = (struct cvode_solver *)base;
    struct outputs outputs = {.first = INFINITY};
    long steps = 0;
    double until;
    *tau = 0.0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        plan_lane(&outputs, lanes, curve, l);
    }
    plan_first(&outputs);
    tacro_curve_begin(curve);
    TACRO_TRY(limit_step(solver, lanes, 0.0, &until, err));
    TACRO_TRY(start(solver, lanes, err));
    while (*tau < 1.0) {
        const double from = *tau;
        const int flag = CVode(solver->cvode, 1.0, solver->y, tau, CV_ONE_STEP);
        if (flag < 0 || ++steps > MAX_STEPS_PER_SEGMENT) {
            st = tacro_fail(err, TACRO_ESOLVER, "CVODE stops at %.3g of a segment: %s",
                            *tau, flag < 0 ? "step failed" : "too many steps");
            goto done;
        }
        if (*tau >= until) {
            TACRO_TRY(limit_step(solver, lanes, *tau, &until, err));
        }
        if (outputs.first <= *tau) {
            TACRO_TRY(passed_outputs(solver, lanes, curve, *tau, &outputs, err));
        }
        if (curve->nwatches > 0) {
            TACRO_TRY(note_crossings(solver, lanes, curve, from, *tau, err));
        }
    }
done:
    keep_counts(solver);
    return st;
}

static void begin(struct tacro_solver *base)
{
    (void)base;
}

static bool accepts(const struct tacro_system *system)
{
    (void)system;
    return true;
}

const struct tacro_method tacro_method_cvode = {.name = "cvode",
                                                .accepts = accepts,
                                                .create = create,
                                                .free = free_solver,
                                                .begin = begin,
                                                .advance = advance};
