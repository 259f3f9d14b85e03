/** The uncertain numbers of a scenario in the draws of a run. */
#ifndef TACRO_COHORT_DRAWN_H
#define TACRO_COHORT_DRAWN_H

#include "cohort/subject.h"

/**
 * Build rules->drawn, once all rules are there, and link the rules to it.
 *
 * errors  TACRO_EINPUT: a draw table is shorter than the run; TACRO_ENOMEM
 */
enum tacro_status tacro_drawn_build(struct tacro_rules *rules,
                                    struct tacro_error *err) TACRO_MUST_USE;

#endif
