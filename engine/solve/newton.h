/** The lanes' Newton systems as one SUNDIALS linear solver: one small LU per lane. */
#ifndef TACRO_SOLVE_NEWTON_H
#define TACRO_SOLVE_NEWTON_H

#include "solve/vector.h"

/** What the linear solver reads; owned by the integrator. */
struct tacro_newton {
    const struct tacro_system *system;
    const struct tacro_kernels *kernels;
    const struct tacro_lanes *lanes; /**< of the current segment */
    double *lu;                      /**< [nentries][TACRO_LANES] */
};

/** Solver and (empty) matrix for CVodeSetLinearSolver; NULL without memory. */
SUNLinearSolver tacro_newton_solver(struct tacro_newton *newton, SUNContext context);
SUNMatrix tacro_newton_matrix(SUNContext context);

/** CVLsLinSysFn: factor I - gamma*J; user data is a struct tacro_newton. */
int tacro_newton_setup(sunrealtype tau, N_Vector y, N_Vector fy, SUNMatrix matrix,
                       tacro_sunbool jok, tacro_sunbool *jcur, sunrealtype gamma,
                       void *user, N_Vector t1, N_Vector t2, N_Vector t3);

#endif
