#ifndef BENCH_ORACLE_H
#define BENCH_ORACLE_H

#include <stddef.h>

/**
 * W1 and W2 in long double, from the equations as design and README state them: no code
 * of the engine. Amounts and Ce by matrix exponentials, hazards by Gauss-Legendre
 * quadrature of ten nodes a quarter of an hour.
 */
struct bench_patient {
    double CL;   /**< L/h */
    double V1;   /**< L */
    double Q;    /**< L/h */
    double V2;   /**< L */
    double KTR;  /**< 1/h */
    double F1;   /**< fraction */
    double KE0;  /**< 1/h; 0: no effect site */
    double H0;   /**< 1/h */
    double BETA; /**< mL/ng */
    double R0;   /**< 1/h */
    double EC50; /**< ng/mL */
    double G;    /**< Hill exponent */
};

struct bench_dose {
    double time;   /**< h */
    double amount; /**< mg */
};

enum { BENCH_C, BENCH_CE, BENCH_HEXP, BENCH_HEMAX, BENCH_NQUANTITIES };

/**
 * Compute one patient's course; a dose at an output time is not in yet.
 *
 * dose    [ndoses] ascending; time [ntimes] ascending, all whole quarter hours
 * out     [ntimes][BENCH_NQUANTITIES]
 */
void bench_oracle(const struct bench_patient *patient, size_t ndoses,
                  const struct bench_dose *dose, size_t ntimes, const double *time,
                  double (*out)[BENCH_NQUANTITIES]);

#endif
