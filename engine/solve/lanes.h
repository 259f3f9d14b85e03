/**
 * Lane loops of the kernel being compiled; kernels_table.c puts them into its table.
 */
#ifndef TACRO_SOLVE_LANES_H
#define TACRO_SOLVE_LANES_H

#include "solve/kernels.h"

#define K(name) TACRO_KERNEL_NAME(tacro_lanes_##name)

extern const struct tacro_part *const TACRO_KERNEL_NAME(tacro_parts)[];

void K(quantile)(const double *p, double *x);
void K(exp_times)(const double *factor, const double *log, double *y);

void K(rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES]);
void K(total_rates)(const struct tacro_system *system, double (*coef)[TACRO_LANES]);
void K(part_rates)(const struct tacro_system *system, size_t part,
                   double (*coef)[TACRO_LANES]);
void K(move)(const struct tacro_system *system, const struct tacro_lanes *lanes,
             double tau);
void K(rhs)(const struct tacro_system *system, const struct tacro_lanes *lanes,
            double tau, const double *y, double *dy);
void K(factor)(const struct tacro_system *system, const struct tacro_lanes *lanes,
               double tau, double gamma, const double *y, double *lu);
void K(solve)(const struct tacro_system *system, const double *lu, const double *b,
              double *x);
void K(residual)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 double tau, double gamma, double rl1, const double *y,
                 const double *slope, const double *total, double *left);
double K(correct)(size_t rows, double factor, const double *x, const double *w,
                  bool is_more, double *total);
void K(taylor)(size_t order, const double *const *derivative, const double *dt,
               double *value);
void K(read)(const struct tacro_system *system, const struct tacro_lanes *lanes,
             struct tacro_reading reading, const double *y, double *value);
void K(read_row)(const struct tacro_system *system, const struct tacro_lanes *lanes,
                 struct tacro_reading reading, const double *restrict row,
                 double *restrict value);
/** y = map(x), and its slope unless that is NULL. */
void K(map)(const struct tacro_system *system, const struct tacro_lanes *lanes, int map,
            const double *restrict x, double *restrict y, double *restrict slope);
void K(output)(const struct tacro_system *system, const struct tacro_lanes *lanes,
               size_t output, const double *signal, double *value);
void K(risk)(const double *hazard, double *risk);
void K(survival)(const double *hazard, double *survival);

void K(products)(const struct tacro_products *plan, size_t first, size_t end,
                 const double *a, const double *b, double *c);
void K(dots)(size_t nrows, size_t n, const double *row, const double *y, double *value);
void K(horner)(const struct tacro_products *plan, size_t first, size_t end,
               double factor, size_t diagonal, const double *a, const double *b,
               double *c);
void K(filter_weights)(const double *z, double *w);
void K(gauss)(const double *x0, const double *h, const double *f, double *x1,
              double *nodes);
double K(panel_error)(const double *f, const double *scale, const double *stiffness,
                      const double *x1, double rtol, double atol);
void K(integral_polynomial)(const double *x0, const double *h, const double *f,
                            double *c);
void K(crossing)(size_t degree, const double *c, double low, double high,
                 const double *level, double *at);

void K(linear_sum)(size_t rows, double a, const double *x, double b, const double *y,
                   double *z);
void K(fill)(size_t rows, double c, double *z);
void K(product)(size_t rows, const double *x, const double *y, double *z);
void K(quotient)(size_t rows, const double *x, const double *y, double *z);
void K(scale)(size_t rows, double c, const double *x, double *z);
void K(absolute)(size_t rows, const double *x, double *z);
void K(inverse)(size_t rows, const double *x, double *z);
void K(add_constant)(size_t rows, const double *x, double b, double *z);
void K(combine)(size_t rows, size_t n, const double *c, const double *const *x,
                double *z);
void K(scale_add)(size_t rows, size_t n, const double *a, const double *x,
                  const double *const *y, double *const *z);
void K(predict)(size_t rows, size_t order, double *const *z);
void K(weights)(size_t rows, double rtol, const double *atol, const double *y,
                double *w);
double K(worst_norm)(size_t rows, const double *x, const double *w);
double K(max_norm)(size_t rows, const double *x);
void K(sum_of_zeros)(size_t rows, const double *x, double *sum);

#endif
