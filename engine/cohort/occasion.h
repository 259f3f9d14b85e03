/**
 * Random effects that change between the occasions of a subject: kappa and wander.
 *
 * The number of a slot times tacro_rule_kappa is its whole log factor. Where the kappa
 * of a rule is the same at all times and nothing wanders, it is a standard normal z (of
 * a rule whose kappa correlates with others a sum of them, cohort/mix.h); else
 *
 *   (s(slot) z(slot) + r(slot) w(day)) / rule->kappa
 *
 * with the log sd s of `kappa` and r of `wander` at the start of the slot, those of the
 * subject's parameter draw. What wanders
 * is the same in all slots of a day, of the 24 h that begin with slot 0 or a multiple
 * of 24 h before or after it:
 *
 *   w(day) = sqrt(1 - phi^2) sum_{j = 0 .. J} phi^j y(day - j),
 *
 * phi = exp(-24 h / correlation_time), phi^J < 1e-4, y standard normals of a stream of
 * their own: a stationary autoregression that has no beginning, so that a slot's number
 * depends on nothing but seed, draw, patient and slot.
 */
#ifndef TACRO_COHORT_OCCASION_H
#define TACRO_COHORT_OCCASION_H

#include "cohort/subject.h"
#include "core/rng.h"

/** Whose random number it is; `occasion` is a slot, of the stream WANDER a day. */
static inline struct tacro_rng_key
tacro_subject_key(const struct tacro_rules *rules, const struct tacro_rule *rule,
                  const struct tacro_subject *subject, enum tacro_stream stream,
                  int32_t occasion)
{
    return (struct tacro_rng_key){.seed = rules->input->seed,
                                  .stream = stream,
                                  .draw = subject->draw,
                                  .patient = subject->patient,
                                  .occasion = occasion,
                                  .k = rule->key};
}

/**
 * Take over the kappa and wander of an effect; rule->wander_weight is owned by the
 * rules.
 *
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_rule_set_occasions(struct tacro_rule *rule,
                                           const struct tacro_effect *effect,
                                           struct tacro_error *err) TACRO_MUST_USE;

#endif
