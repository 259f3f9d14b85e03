/** What a result keeps of all patients: bands, target shares, risks over draws. */
#ifndef TACRO_RUN_STATISTICS_H
#define TACRO_RUN_STATISTICS_H

#include "run/tally.h"
#include "store/writer.h"

/** All borrowed. */
struct tacro_statistics {
    const struct tacro_scenario *scenario;
    const struct tacro_tally *tally;
    const struct tacro_fields *fields;
    size_t nquantiles;
    const double *quantile;
};

/**
 * Write every dataset without a subject axis, but for the check of the solver.
 *
 * errors  TACRO_ENOMEM, TACRO_EIO
 */
enum tacro_status tacro_statistics_write(const struct tacro_statistics *statistics,
                                         struct tacro_writer *writer,
                                         struct tacro_error *err) TACRO_MUST_USE;

#endif
