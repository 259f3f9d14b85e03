/** What a run rests on that nobody measured: assumed numbers, drawn covariates. */
#ifndef TACRO_RUN_ASSUMPTIONS_H
#define TACRO_RUN_ASSUMPTIONS_H

#include "run/plan.h"

/** Fill summary->assumption; the regimens of the summary are filled. */
enum tacro_status tacro_assumptions_list(const struct tacro_scenario *scenario,
                                         struct tacro_summary *summary,
                                         struct tacro_error *err) TACRO_MUST_USE;

/** Add one; kind is a literal, text is copied. */
enum tacro_status tacro_assumptions_add(struct tacro_summary *summary, const char *kind,
                                        const char *text,
                                        struct tacro_error *err) TACRO_MUST_USE;
void tacro_assumptions_free(struct tacro_summary *summary);

#endif
