/** Risks of a regimen with their three layers of chance: draws, patients, events. */
#ifndef TACRO_RUN_RISK_REPORT_H
#define TACRO_RUN_RISK_REPORT_H

#include "run/compare.h"

/** Fill the risks, event_free and days in range of a regimen's summary. */
void tacro_risk_report(const struct tacro_scenario *scenario,
                       const struct tacro_tally *tally,
                       const struct tacro_compare *compare, size_t regimen,
                       struct tacro_regimen_summary *out);

#endif
