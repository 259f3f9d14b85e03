/*
 * CVODE's modified Newton iteration, written for lanes: a residual, a solve and a norm
 * make three passes over memory instead of a dozen calls of vector operations. When to
 * factor and when to stop follow CVODE's own solver.
 */
#include "solve/newton.h"

#include <cvode/cvode.h>
#include <math.h>

#define MAX_ITERATIONS 3
#define MAX_AGE 20 /* solutions before the factors are renewed anyway */
#define MAX_GAMMA_CHANGE 0.3
#define FRESH_RATE 0.3 /* factors just made leave curvature alone to iterate on */
#define RATE_DECAY 0.3 /* the rate seen last counts for less each iteration */
#define DIVERGENCE 2.0

/* One step from y_predicted + correction, from the data that CVODE keeps. */
struct equation {
    sunrealtype tau;
    sunrealtype gamma;
    sunrealtype rl1;
    N_Vector predicted;
    N_Vector slope; /* h dy/dtau as predicted */
    N_Vector y;
};

static SUNNonlinearSolver_Type solver_type(SUNNonlinearSolver solver)
{
    (void)solver;
    return SUNNONLINEARSOLVER_ROOTFIND;
}

static int get_equation(void *cvode, struct equation *e)
{
    N_Vector f;
    void *user;
    return CVodeGetNonlinearSystemData(cvode, &e->tau, &e->predicted, &e->y, &f,
                                       &e->gamma, &e->rl1, &e->slope, &user);
}

static void factor(struct tacro_newton *newton, const struct equation *e)
{
    newton->kernels->factor(newton->system, newton->lanes, e->tau, e->gamma,
                            tacro_vector_data(e->predicted), newton->lu);
    newton->has_factors = true;
    newton->gamma = e->gamma;
    newton->rate = FRESH_RATE;
    newton->age = 0;
}

/* Iterate from a correction of zero; `norm` receives the first one's. */
static int iterate(struct tacro_newton *newton, const struct equation *e,
                   N_Vector correction, const double *weights, double tolerance)
{
    const struct tacro_kernels *kernels = newton->kernels;
    const size_t rows = newton->system->nstates;
    const double ratio = e->gamma / newton->gamma;
    const double *y = tacro_vector_data(e->predicted);
    double *total = tacro_vector_data(correction);
    double last = 0.0;
    for (int m = 0; m < MAX_ITERATIONS; m++) {
        double norm;
        if (m > 0) {
            kernels->linear_sum(rows, 1.0, tacro_vector_data(e->predicted), 1.0, total,
                                tacro_vector_data(e->y));
            y = tacro_vector_data(e->y);
        }
        kernels->residual(newton->system, newton->lanes, e->tau, e->gamma, e->rl1, y,
                          tacro_vector_data(e->slope), m > 0 ? total : NULL,
                          newton->step);
        newton->rhs_calls++;
        newton->iterations++;
        kernels->solve(newton->system, newton->lu, newton->step, newton->step);
        /* factors of another gamma: the best single factor for it, as in CVODE */
        norm = kernels->correct(rows, 2.0 / (1.0 + ratio), newton->step, weights, m > 0,
                                total);
        if (m > 0) {
            newton->rate = fmax(RATE_DECAY * newton->rate, norm / last);
        }
        if (norm * fmin(1.0, newton->rate) <= tolerance) {
            if (m == 0) {
                tacro_vector_set_norm(correction, norm);
            }
            return SUN_NLS_SUCCESS;
        }
        if (!isfinite(norm) || (m > 0 && norm > DIVERGENCE * last)) {
            break;
        }
        last = norm;
    }
    return SUN_NLS_CONV_RECVR;
}

static int solver_solve(SUNNonlinearSolver solver, N_Vector predicted,
                        N_Vector correction, N_Vector weights, sunrealtype tolerance,
                        tacro_sunbool setup, void *cvode)
{
    struct tacro_newton *newton = solver->content;
    struct equation e;
    int flag;
    bool is_fresh;
    (void)predicted;
    (void)setup; /* CVODE has no linear solver to set up */
    if (get_equation(cvode, &e) != CV_SUCCESS) {
        return SUN_NLS_MEM_NULL;
    }
    newton->iterations = 0;
    /* a step that is taken again ends before the one that failed */
    is_fresh = !newton->has_factors || e.tau <= newton->tau || newton->age >= MAX_AGE ||
               fabs(e.gamma / newton->gamma - 1.0) > MAX_GAMMA_CHANGE;
    newton->tau = e.tau;
    newton->age++;
    if (is_fresh) {
        factor(newton, &e);
    }
    flag = iterate(newton, &e, correction, tacro_vector_data(weights), tolerance);
    if (flag != SUN_NLS_SUCCESS && !is_fresh) {
        factor(newton, &e);
        flag = iterate(newton, &e, correction, tacro_vector_data(weights), tolerance);
    }
    newton->failures = flag == SUN_NLS_SUCCESS ? 0 : 1;
    return flag;
}

/* CVODE offers its own residual; the kernels have a better one. */
static int solver_set_system(SUNNonlinearSolver solver, SUNNonlinSolSysFn function)
{
    (void)solver;
    (void)function;
    return SUN_NLS_SUCCESS;
}

static int solver_iterations(SUNNonlinearSolver solver, long *n)
{
    *n = ((const struct tacro_newton *)solver->content)->iterations;
    return SUN_NLS_SUCCESS;
}

static int solver_failures(SUNNonlinearSolver solver, long *n)
{
    *n = ((const struct tacro_newton *)solver->content)->failures;
    return SUN_NLS_SUCCESS;
}

static int solver_free(SUNNonlinearSolver solver)
{
    if (solver != NULL) {
        solver->content = NULL;
        SUNNonlinSolFreeEmpty(solver);
    }
    return SUN_NLS_SUCCESS;
}

SUNNonlinearSolver tacro_newton_solver(struct tacro_newton *newton, SUNContext context)
{
    SUNNonlinearSolver solver = SUNNonlinSolNewEmpty(context);
    if (solver != NULL) {
        solver->content = newton;
        solver->ops->gettype = solver_type;
        solver->ops->solve = solver_solve;
        solver->ops->free = solver_free;
        solver->ops->setsysfn = solver_set_system;
        solver->ops->getnumiters = solver_iterations;
        solver->ops->getnumconvfails = solver_failures;
    }
    return solver;
}

void tacro_newton_restart(struct tacro_newton *newton, const struct tacro_lanes *lanes)
{
    newton->lanes = lanes;
    newton->has_factors = false;
}
