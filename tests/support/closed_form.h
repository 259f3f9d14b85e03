#ifndef TEST_CLOSED_FORM_H
#define TEST_CLOSED_FORM_H

/** Two compartments with first-order absorption: CL, Q [L/h], V1, V2 [L], KA [1/h]. */
struct test_oral2 {
    double CL;
    double V1;
    double Q;
    double V2;
    double KA;
};

/**
 * Disposition rate constants of the central curve, alpha > beta > 0.
 *
 * par    all values > 0
 * alpha  [1/h], the fast one
 * beta   [1/h], the slow one
 */
void test_oral2_rates(const struct test_oral2 *par, long double *alpha,
                      long double *beta);

/**
 * Concentration in the central compartment after one oral dose into an empty system.
 *
 * par    all values > 0; KA must differ from alpha and beta (relative 1e-4 costs about
 *        four of the eighteen digits)
 * amount dose times bioavailability [mg]
 * t      time after the dose [h], >= 0
 * return [ng/mL]
 * source Gibaldi and Perrier, Pharmacokinetics, 2nd ed., Marcel Dekker 1982, chapter 2
 */
long double test_oral2_single(const struct test_oral2 *par, double amount, double t);

/**
 * The same at steady state, t hours after the last of an endless row of doses.
 *
 * tau    dose interval [h], > 0
 * t      0 to tau [h]; tau gives the trough
 * return [ng/mL]
 * source Gibaldi and Perrier, chapter 3: each exponential divided by 1 - exp(-rate tau)
 */
long double test_oral2_steady(const struct test_oral2 *par, double amount, double tau,
                              double t);

/**
 * Area under the curve of one dose to infinity, or of one interval at steady state.
 *
 * CL     clearance [L/h], > 0
 * return amount / CL [ng h/mL], for every linear model
 * source Gibaldi and Perrier, appendix on the estimation of areas
 */
long double test_linear_auc(double CL, double amount);

#endif
