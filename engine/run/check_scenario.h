/** A check of a PK file as the scenario that computes it. */
#ifndef TACRO_RUN_CHECK_SCENARIO_H
#define TACRO_RUN_CHECK_SCENARIO_H

#include "run/plan.h"

/**
 * Write a case of a check as a scenario in YAML, read it as every scenario is read, and
 * plan it. The file itself is its `pk`; nothing is written to the disc.
 *
 * The interval is from the landmark to the horizon, which is also the instant `at`: the
 * states are kept there.
 *
 * check   what is asked for; its `of` or `over` is not looked at
 * c       the case
 * patient items of `patients` beside those of the case, "weight: 70 kg, "; or ""
 * notes   receives faults alone, at their places in the params file
 * out     freed with tacro_scenario_free
 * errors  TACRO_EINPUT, TACRO_ENOMEM
 */
enum tacro_status tacro_check_scenario(const struct tacro_paramset *set,
                                       const struct tacro_check *check,
                                       const struct tacro_check_case *c,
                                       const char *patient, struct tacro_notes *notes,
                                       struct tacro_scenario **out,
                                       struct tacro_error *err) TACRO_MUST_USE;

/**
 * The typical patient of a model as items of `patients`: every covariate of its
 * relations where it changes nothing (its `ref`; a flag is false; a parameter that is a
 * covariate keeps its own value).
 *
 * given    the items that are given are left out; NULL: none is
 * returns  for free(); NULL when memory is out
 */
char *tacro_check_typical(const struct tacro_paramset *set,
                          const struct tacro_node *given);

#endif
