/** Recovery as datasets of the result file and as figures of the summary. */
#ifndef TACRO_RUN_RECOVERY_REPORT_H
#define TACRO_RUN_RECOVERY_REPORT_H

#include "run/tally.h"
#include "store/writer.h"

/** Indices of the datasets in the table of fields. */
struct tacro_recovery_fields {
    size_t by_day;   /**< <outcome>_recovery */
    size_t quantile; /**< <outcome>_recovery_quantile */
    size_t time;     /**< <outcome>_recovery_time */
    size_t imaging;  /**< <outcome>_imaging_recovery */
    size_t unfavourable;
    size_t mortality;
};

/** Add the datasets of a scenario with history; else nothing. errors  TACRO_ENOMEM */
enum tacro_status tacro_recovery_fields_add(const struct tacro_scenario *scenario,
                                            struct tacro_fields *fields,
                                            struct tacro_recovery_fields *out,
                                            struct tacro_error *err) TACRO_MUST_USE;

/** Rows [first, end) of a group; nothing without history. */
enum tacro_status tacro_recovery_pack(const struct tacro_recovery_fields *fields,
                                      const struct tacro_writer *writer,
                                      const struct tacro_gather *gather, size_t first,
                                      size_t end, size_t at, struct tacro_batch *batch,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** What is summed over patients; nothing without history. quantile [n] */
enum tacro_status tacro_recovery_write(const struct tacro_recovery_fields *fields,
                                       const struct tacro_tally *tally,
                                       const double *quantile, size_t n,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err) TACRO_MUST_USE;

/** Fill summary->recovery; NULL without history. errors  TACRO_ENOMEM */
enum tacro_status tacro_recovery_summarise(const struct tacro_tally *tally,
                                           struct tacro_summary *summary,
                                           struct tacro_error *err) TACRO_MUST_USE;
void tacro_recovery_summary_free(struct tacro_recovery_summary *recovery);

#endif
