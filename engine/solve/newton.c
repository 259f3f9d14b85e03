#include "solve/newton.h"

static SUNMatrix_ID matrix_id(SUNMatrix matrix)
{
    (void)matrix;
    return SUNMATRIX_CUSTOM;
}

static int matrix_zero(SUNMatrix matrix)
{
    (void)matrix; /* the setup clears its own entries */
    return 0;
}

static void matrix_destroy(SUNMatrix matrix)
{
    SUNMatFreeEmpty(matrix);
}

SUNMatrix tacro_newton_matrix(SUNContext context)
{
    SUNMatrix matrix = SUNMatNewEmpty(context);
    if (matrix != NULL) {
        matrix->ops->getid = matrix_id;
        matrix->ops->zero = matrix_zero;
        matrix->ops->destroy = matrix_destroy;
    }
    return matrix;
}

int tacro_newton_setup(sunrealtype tau, N_Vector y, N_Vector fy, SUNMatrix matrix,
                       tacro_sunbool jok, tacro_sunbool *jcur, sunrealtype gamma,
                       void *user, N_Vector t1, N_Vector t2, N_Vector t3)
{
    struct tacro_newton *newton = user;
    (void)fy;
    (void)matrix;
    (void)jok; /* the Jacobian costs no more than keeping it would */
    (void)t1;
    (void)t2;
    (void)t3;
    newton->kernels->factor(newton->system, newton->lanes, tau, gamma,
                            tacro_vector_data(y), newton->lu);
    *jcur = 1;
    return 0;
}

static SUNLinearSolver_Type solver_type(SUNLinearSolver solver)
{
    (void)solver;
    return SUNLINEARSOLVER_DIRECT;
}

static int solver_solve(SUNLinearSolver solver, SUNMatrix matrix, N_Vector x,
                        N_Vector b, sunrealtype tol)
{
    const struct tacro_newton *newton = solver->content;
    (void)matrix;
    (void)tol;
    newton->kernels->solve(newton->system, newton->lu, tacro_vector_data(b),
                           tacro_vector_data(x));
    return 0;
}

static int solver_free(SUNLinearSolver solver)
{
    if (solver != NULL) {
        solver->content = NULL;
        SUNLinSolFreeEmpty(solver);
    }
    return 0;
}

SUNLinearSolver tacro_newton_solver(struct tacro_newton *newton, SUNContext context)
{
    SUNLinearSolver solver = SUNLinSolNewEmpty(context);
    if (solver != NULL) {
        solver->content = newton;
        solver->ops->gettype = solver_type;
        solver->ops->solve = solver_solve;
        solver->ops->free = solver_free;
    }
    return solver;
}
