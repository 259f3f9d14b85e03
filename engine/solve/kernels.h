/**
 * The lane loops: one source, compiled for several instruction sets, one table each.
 *
 * Every build gives the same bits. Arrays are [..][TACRO_LANES], 64-byte aligned;
 * lengths are counted in rows of TACRO_LANES.
 */
#ifndef TACRO_SOLVE_KERNELS_H
#define TACRO_SOLVE_KERNELS_H

#include "solve/system.h"

struct tacro_moving; /* moving.h */

/** One segment of a block: what the right-hand side needs beside the state. */
struct tacro_lanes {
    double (*coef)[TACRO_LANES]; /**< [ncoefs] */
    double *time0;               /**< h since 00:00 of the day of
                                      transplantation at tau = 0 */
    double *span;                /**< h; dy/dtau = span * f; 0 for an idle lane */
    const double (*input)[TACRO_LANES]; /**< [ninputs] mg/h; NULL: none */
    struct tacro_moving *moving; /**< what changes inside the segment: `coef` then holds
                                      values of one instant; NULL: nothing does */
    const bool *changed; /**< [ncoefs] coefficients that may differ from the segment
                              before; NULL: any */
};

/** Row i of the inputs, or NULL: none. */
static inline const double *tacro_lanes_input(const struct tacro_lanes *lanes, int i)
{
    return lanes->input == NULL ? NULL : lanes->input[i];
}

#define TACRO_MAX_ORDER 12    /* of a method's dense output */
#define TACRO_PREDICT_ORDER 5 /* highest that `predict` does */

struct tacro_pair {
    uint16_t a;
    uint16_t b;
};

/** Sums of products of rows: row target of c = sum of a[pair.a] * b[pair.b]. */
struct tacro_products {
    size_t n;
    uint16_t *target;        /**< [n] */
    size_t *first;           /**< [n + 1] first pair of each */
    struct tacro_pair *pair; /**< [first[n]] */
};

/** Points of a collocation panel: Gauss nodes, then its end. */
#define TACRO_NODES 5
#define TACRO_POINTS (TACRO_NODES + 1)

/** Gauss nodes and weights on [0, 1]. */
extern const double tacro_gauss_node[TACRO_NODES];
extern const double tacro_gauss_weight[TACRO_NODES];

struct tacro_kernels {
    const char *name;
    const struct tacro_part *const *parts;
    struct tacro_lane_math math;

    /** Derived rates of every part from its parameters. */
    void (*rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES]);
    /** Derived rates of one part of the system. */
    void (*part_rates)(const struct tacro_system *system, size_t part,
                       double (*coef)[TACRO_LANES]);
    /** Totals of the rates out of states with several flows, from those rates. */
    void (*total_rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES]);
    /**
     * Bring coefficients that follow the clock, the rates and totals made of them, and
     * what doses on their way bring in, to tau; `rhs`, `residual` and `factor` do so
     * themselves. lanes->moving is not NULL.
     */
    void (*move)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 double tau);
    /** dy = span * f(tau, y); [nstates] rows. */
    void (*rhs)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                double tau, const double *y, double *dy);
    /** Factor I - gamma*span*J into `lu` [nentries] rows. */
    void (*factor)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                   double tau, double gamma, const double *y, double *lu);
    /** Solve with the factors; x and b may be the same array. */
    void (*solve)(const struct tacro_system *system, const double *lu, const double *b,
                  double *x);
    /**
     * What is left of an implicit step: gamma span f(tau, y) - rl1 slope - total;
     * total NULL: zero. [nstates] rows.
     */
    void (*residual)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                     double tau, double gamma, double rl1, const double *y,
                     const double *slope, const double *total, double *left);
    /** total = factor x, or += if `is_more`; gives worst_norm(factor x, w). */
    double (*correct)(size_t rows, double factor, const double *x, const double *w,
                      bool is_more, double *total);
    /** value = sum_k derivative[k] dt^k / k!, one row. */
    void (*taylor)(size_t order, const double *const *derivative, const double *dt,
                   double *value);
    /** A reading of y [nstates] rows, one row. */
    void (*read)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 struct tacro_reading reading, const double *y, double *value);
    /** The same from the row of its state alone. */
    void (*read_row)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                     struct tacro_reading reading, const double *restrict row,
                     double *restrict value);
    /** y = map(x), one row each, and its slope unless that is NULL. */
    void (*map)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                int map, const double *restrict x, double *restrict y,
                double *restrict slope);
    /** An output map of a part, one row from one row. */
    void (*output)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                   size_t output, const double *signal, double *value);
    /** 1 - exp(-H) and exp(-H) of a cumulative hazard, one row. */
    void (*risk)(const double *hazard, double *risk);
    void (*survival)(const double *hazard, double *survival);

    /** Sums [first, end) of a plan. c is another array than a and b. */
    void (*products)(const struct tacro_products *plan, size_t first, size_t end,
                     const double *a, const double *b, double *c);
    /** value[j] = sum over i < n of row[j][i] * y[i]; row is [nrows][n] rows. */
    void (*dots)(size_t nrows, size_t n, const double *row, const double *y,
                 double *value);
    /**
     * The sums of `products` times `factor`, plus 1 in row `diagonal`: one Horner step
     * of exp.
     */
    void (*horner)(const struct tacro_products *plan, size_t first, size_t end,
                   double factor, size_t diagonal, const double *a, const double *b,
                   double *c);
    /**
     * A filter dx/dz = f - x over z = rate*h, f the polynomial through its values at
     * the nodes: w [TACRO_POINTS][TACRO_POINTS] rows, at each point the factors of x(0)
     * and of the values.
     */
    void (*filter_weights)(const double *z, double *w);
    /**
     * x1 = x0 + h * Gauss sum of f [TACRO_NODES] rows; x at the nodes, [TACRO_NODES]
     * rows, unless NULL.
     */
    void (*gauss)(const double *x0, const double *h, const double *f, double *x1,
                  double *nodes);
    /**
     * Worst lane's estimated error of a panel over rtol |x1| + atol; infinity if not
     * finite. scale is what the mean of f is multiplied by, stiffness 0 for an
     * integral.
     */
    double (*panel_error)(const double *f, const double *scale, const double *stiffness,
                          const double *x1, double rtol, double atol);

    /**
     * Polynomial x0 + h * integral from 0 to u of f, by powers of u: c [TACRO_POINTS]
     * rows.
     */
    void (*integral_polynomial)(const double *x0, const double *h, const double *f,
                                double *c);
    /**
     * Where a polynomial that does not fall, c [degree + 1] rows by powers, reaches a
     * level in [low, high]; INFINITY: nowhere, or low's value is above it.
     */
    void (*crossing)(size_t degree, const double *c, double low, double high,
                     const double *level, double *at);

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
    /** z[k] = a[k] x + y[k], k < n; z[k] may be y[k] */
    void (*scale_add)(size_t rows, size_t n, const double *a, const double *x,
                      const double *const *y, double *const *z);
    /**
     * A multistep prediction: for k = 1..order, for j = order..k, z[j-1] += z[j].
     *
     * order <= TACRO_PREDICT_ORDER
     */
    void (*predict)(size_t rows, size_t order, double *const *z);
    /** 1 / (rtol |y| + atol[state]) */
    void (*weights)(size_t rows, double rtol, const double *atol, const double *y,
                    double *w);
    /**
     * The worst lane's weighted root mean square over its rows; infinity if not finite.
     */
    double (*worst_norm)(size_t rows, const double *x, const double *w);
    double (*max_norm)(size_t rows, const double *x);
    /** Per lane 0 if all rows are finite, else NaN. */
    void (*sum_of_zeros)(size_t rows, const double *x, double *sum);
};

/**
 * Kernels by name; NULL: the best this processor has. NULL if it has none of that name.
 */
const struct tacro_kernels *tacro_kernels_find(const char *name);

#endif
