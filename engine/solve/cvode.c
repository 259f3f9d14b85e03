/* CVODE behind solve/solver.h: 64 patients as one stiff problem. */
#include "solve/newton.h"
#include "solve/solver.h"

#include "core/lanemath.h"

#include <cvode/cvode.h>
#include <math.h>
#include <stdlib.h>

/* A segment that needs more is hopeless: a dosing interval takes about 100. */
#define MAX_STEPS_PER_SEGMENT 20000

struct tacro_solver {
    struct tacro_newton newton; /* first: CVODE's user data is the solver and this */
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    double rtol;
    double atol[TACRO_MAX_STATES];
    SUNContext context;
    void *cvode;
    N_Vector y;
    SUNMatrix matrix;
    SUNLinearSolver linear;
    N_Vector derivative[TACRO_MAX_ORDER + 1];
    size_t order; /* of the prepared dense output */
    double tau;
    long segment_steps;
    struct tacro_solver_counts counts;
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
    const struct tacro_newton *newton = user;
    newton->kernels->rhs(newton->system, newton->lanes, tau, tacro_vector_data(y),
                         tacro_vector_data(dy));
    return 0;
}

static int weights(N_Vector y, N_Vector w, void *user)
{
    const struct tacro_solver *solver = user;
    solver->kernels->weights(solver->system->nstates, solver->rtol, solver->atol,
                             tacro_vector_data(y), tacro_vector_data(w));
    return 0;
}

static enum tacro_status checked(int flag, const char *call, struct tacro_error *err)
{
    return flag >= 0 ? TACRO_OK
                     : tacro_fail(err, TACRO_ESOLVER, "%s: CVODE says %d", call, flag);
}

static enum tacro_status allocate(struct tacro_solver *solver, struct tacro_error *err)
{
    const struct tacro_system *system = solver->system;
    bool ok;
    if (TACRO_CONTEXT_CREATE(&solver->context) != 0) {
        return tacro_fail(err, TACRO_ENOMEM, "SUNDIALS context");
    }
    solver->newton.lu =
        aligned_alloc(64, system->nentries * TACRO_LANES * sizeof *solver->newton.lu);
    solver->y = tacro_vector_create(system->nstates, solver->kernels, solver->context);
    solver->matrix = tacro_newton_matrix(solver->context);
    solver->linear = tacro_newton_solver(&solver->newton, solver->context);
    solver->cvode = CVodeCreate(CV_BDF, solver->context);
    ok = solver->newton.lu != NULL && solver->y != NULL && solver->matrix != NULL &&
         solver->linear != NULL && solver->cvode != NULL;
    for (size_t k = 0; ok && k <= TACRO_MAX_ORDER; k++) {
        solver->derivative[k] = N_VClone(solver->y);
        ok = solver->derivative[k] != NULL;
    }
    return ok ? TACRO_OK
              : tacro_fail(err, TACRO_ENOMEM, "solver of %zu states", system->nstates);
}

static enum tacro_status configure(struct tacro_solver *solver, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    void *cvode = solver->cvode;
    TACRO_SILENCE(solver->context, cvode);
    TACRO_TRY(checked(CVodeInit(cvode, rhs, 0.0, solver->y), "CVodeInit", err));
    TACRO_TRY(checked(CVodeWFtolerances(cvode, weights), "CVodeWFtolerances", err));
    TACRO_TRY(checked(CVodeSetUserData(cvode, solver), "CVodeSetUserData", err));
    TACRO_TRY(checked(CVodeSetLinearSolver(cvode, solver->linear, solver->matrix),
                      "CVodeSetLinearSolver", err));
    TACRO_TRY(
        checked(CVodeSetLinSysFn(cvode, tacro_newton_setup), "CVodeSetLinSysFn", err));
done:
    return st;
}

enum tacro_status tacro_solver_create(const struct tacro_system *system,
                                      const struct tacro_kernels *kernels, double rtol,
                                      struct tacro_solver **out,
                                      struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_solver *solver = calloc(1, sizeof *solver);
    *out = NULL;
    if (solver == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "solver");
    }
    solver->system = system;
    solver->kernels = kernels;
    solver->rtol = rtol;
    solver->newton.system = system;
    solver->newton.kernels = kernels;
    for (size_t s = 0; s < system->nstates; s++) {
        solver->atol[s] = system->atol[s] * (rtol / 1e-6);
    }
    TACRO_TRY(allocate(solver, err));
    TACRO_TRY(configure(solver, err));
    *out = solver;
    solver = NULL;
done:
    tacro_solver_free(solver);
    return st;
}

void tacro_solver_free(struct tacro_solver *solver)
{
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
    if (solver->y != NULL) {
        N_VDestroy(solver->y);
    }
    if (solver->linear != NULL) {
        SUNLinSolFree(solver->linear);
    }
    if (solver->matrix != NULL) {
        SUNMatDestroy(solver->matrix);
    }
    if (solver->context != NULL) {
        SUNContext_Free(&solver->context);
    }
    free(solver->newton.lu);
    free(solver);
}

double *tacro_solver_state(struct tacro_solver *solver)
{
    return tacro_vector_data(solver->y);
}

enum tacro_status tacro_solver_start(struct tacro_solver *solver,
                                     const struct tacro_lanes *lanes,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    solver->newton.lanes = lanes;
    solver->tau = 0.0;
    solver->segment_steps = 0;
    TACRO_TRY(checked(CVodeReInit(solver->cvode, 0.0, solver->y), "CVodeReInit", err));
    TACRO_TRY(checked(CVodeSetStopTime(solver->cvode, 1.0), "CVodeSetStopTime", err));
done:
    return st;
}

/* CVodeReInit sets CVODE's own counters to zero: keep them at the end of a segment. */
static void keep_counts(struct tacro_solver *solver)
{
    long steps = 0;
    long calls = 0;
    CVodeGetNumSteps(solver->cvode, &steps);
    CVodeGetNumRhsEvals(solver->cvode, &calls);
    solver->counts.steps += steps;
    solver->counts.rhs_calls += calls;
}

enum tacro_status tacro_solver_step(struct tacro_solver *solver, double *tau,
                                    struct tacro_error *err)
{
    const int flag = CVode(solver->cvode, 1.0, solver->y, &solver->tau, CV_ONE_STEP);
    *tau = solver->tau;
    if (flag < 0 || ++solver->segment_steps > MAX_STEPS_PER_SEGMENT) {
        keep_counts(solver);
        return tacro_fail(err, TACRO_ESOLVER, "CVODE stops at %.3g of a segment: %s",
                          solver->tau, flag < 0 ? "step failed" : "too many steps");
    }
    if (solver->tau >= 1.0) {
        keep_counts(solver);
    }
    return TACRO_OK;
}

enum tacro_status tacro_solver_dense_prepare(struct tacro_solver *solver,
                                             struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    int order = 0;
    double end = 0.0;
    TACRO_TRY(
        checked(CVodeGetLastOrder(solver->cvode, &order), "CVodeGetLastOrder", err));
    TACRO_TRY(
        checked(CVodeGetCurrentTime(solver->cvode, &end), "CVodeGetCurrentTime", err));
    for (int k = 0; k <= order; k++) {
        TACRO_TRY(checked(CVodeGetDky(solver->cvode, end, k, solver->derivative[k]),
                          "CVodeGetDky", err));
    }
    solver->order = (size_t)order;
done:
    return st;
}

void tacro_solver_dense(const struct tacro_solver *solver, size_t state,
                        const double *dt, double *value)
{
    const double *row[TACRO_MAX_ORDER + 1];
    for (size_t k = 0; k <= solver->order; k++) {
        row[k] = tacro_vector_data(solver->derivative[k]) + state * TACRO_LANES;
    }
    solver->kernels->taylor(solver->order, row, dt, value);
}

struct tacro_solver_counts tacro_solver_counts(const struct tacro_solver *solver)
{
    return solver->counts;
}

void tacro_solver_reset_counts(struct tacro_solver *solver)
{
    solver->counts = (struct tacro_solver_counts){0, 0};
}
