/** Writes the group /comparison of a result file. */
#ifndef TACRO_RUN_COMPARISON_RESULTS_H
#define TACRO_RUN_COMPARISON_RESULTS_H

#include "run/compare.h"
#include "store/writer.h"

/**
 * quantile  [nquantiles] of the file
 * field     first of the group
 * errors    TACRO_EIO, TACRO_ENOMEM
 */
enum tacro_status tacro_comparison_write(const struct tacro_compare *compare,
                                         const double *quantile, size_t nquantiles,
                                         struct tacro_writer *writer, size_t field,
                                         struct tacro_error *err) TACRO_MUST_USE;

#endif
