/**
 * The lane loops: one source, compiled for several instruction sets, one table each.
 *
 * Every build gives the same bits. Arrays are [..][TACRO_LANES], 64-byte aligned;
 * lengths are counted in rows of TACRO_LANES.
 */
#ifndef TACRO_SOLVE_KERNELS_H
#define TACRO_SOLVE_KERNELS_H

#include "solve/system.h"

/** One segment of a block: what the right-hand side needs beside the state. */
struct tacro_lanes {
    double (*coef)[TACRO_LANES]; /**< [ncoefs] */
    double *time0;               /**< h since transplantation at tau = 0 */
    double *span;                /**< h; dy/dtau = span * f; 0 for an idle lane */
};

#define TACRO_MAX_ORDER 12 /* of a method's dense output */

struct tacro_kernels {
    const char *name;
    const struct tacro_part *const *parts;

    /** Derived rates of every part from its parameters. */
    void (*rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES]);
    /** dy = span * f(tau, y); [nstates] rows. */
    void (*rhs)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                double tau, const double *y, double *dy);
    /** Factor I - gamma*span*J into `lu` [nentries] rows. */
    void (*factor)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                   double tau, double gamma, const double *y, double *lu);
    /** Solve with the factors; x and b may be the same array. */
    void (*solve)(const struct tacro_system *system, const double *lu, const double *b,
                  double *x);
    /** value = sum_k derivative[k] dt^k / k!, one row. */
    void (*taylor)(size_t order, const double *const *derivative, const double *dt,
                   double *value);
    /** coef*y of a reading, one row. */
    void (*read)(const struct tacro_lanes *lanes, struct tacro_reading reading,
                 const double *y, double *value);
    /** An output map of a part, one row from one row. */
    void (*output)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                   size_t output, const double *signal, double *value);
    /** Bin of a log grid: floor((log x - log first) / step), as double, one row. */
    void (*log_bin)(const double *x, double log_first, double step, double *bin);

    void (*linear_sum)(size_t rows, double a, const double *x, double b,
                       const double *y, double *z);
    void (*fill)(size_t rows, double c, double *z);
    void (*product)(size_t rows, const double *x, const double *y, double *z);
    void (*quotient)(size_t rows, const double *x, const double *y, double *z);
    void (*scale)(size_t rows, double c, const double *x, double *z);
    void (*absolute)(size_t rows, const double *x, double *z);
    void (*inverse)(size_t rows, const double *x, double *z);
    void (*add_constant)(size_t rows, const double *x, double b, double *z);
    /** z = sum_k c[k] x[k] */
    void (*combine)(size_t rows, size_t n, const double *c, const double *const *x,
                    double *z);
    /** 1 / (rtol |y| + atol[state]) */
    void (*weights)(size_t rows, double rtol, const double *atol, const double *y,
                    double *w);
    /**
     * The worst lane's weighted root mean square over its rows; infinity if not finite.
     */
    double (*worst_norm)(size_t rows, const double *x, const double *w);
    double (*max_norm)(size_t rows, const double *x);
};

/**
 * Kernels by name; NULL: the best this processor has. NULL if it has none of that name.
 */
const struct tacro_kernels *tacro_kernels_find(const char *name);

#endif
