/** The figures of `struct tacro_summary`, from the tally. */
#ifndef TACRO_RUN_REPORT_H
#define TACRO_RUN_REPORT_H

#include "run/tally.h"

/** Texts are borrowed from the scenario, which must outlive the summary. */
enum tacro_status tacro_report_create(const struct tacro_scenario *scenario,
                                      const struct tacro_tally *tally,
                                      struct tacro_summary **out,
                                      struct tacro_error *err) TACRO_MUST_USE;

#endif
