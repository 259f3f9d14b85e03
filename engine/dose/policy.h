/**
 * The rules of a regimen at work in one patient: samples, results, changes, switches.
 *
 * A policy sees measured levels, when they are known, and outcomes, when they are
 * recognised. It decides which planner is in use and how large its doses are.
 */
#ifndef TACRO_DOSE_POLICY_H
#define TACRO_DOSE_POLICY_H

#include "cohort/subject.h"
#include "dose/adjust.h"
#include "dose/planner.h"
#include "input/regimen.h"

#define TACRO_NO_TRIGGER (-1)
#define TACRO_MAX_SAMPLES                                                              \
    2 /* each comes less than two intervals after its nominal time */

struct tacro_policy_setup {
    const struct tacro_rules *rules;
    const struct tacro_regimen *regimen;
    const struct tacro_clock *clock;
    double horizon;
    size_t ntargets;
    const struct tacro_target *target;
};

struct tacro_result {
    double due;      /* h from start */
    double drawn;    /* h from start */
    double measured; /* ng/mL; NaN: below LLOQ */
    bool is_held;    /* drawn in a hold */
};

/** What the rules know and have decided; a plain value. */
struct tacro_policy {
    const struct tacro_policy_setup *setup;
    const struct tacro_subject *subject;
    struct tacro_planner
        own; /* of the regimen's steps, as they would be without a switch */
    struct tacro_planner planner;      /* in use */
    const struct tacro_adjust *adjust; /* in use, or NULL */
    double dose;                       /* mg set by `adjust`; NaN: as planned */
    double own_dose;                   /* the same of the regimen's own steps */
    const struct tacro_step *step;     /* of the last dose passed; NULL: none yet */
    const struct tacro_step *own_step; /* the same of the regimen's own steps */
    double nominal; /* h from start of the next sample's nominal time; INFINITY */
    uint32_t nsamples;
    size_t nscheduled;
    double sample[TACRO_MAX_SAMPLES]; /* h from start, ascending, of samples to come */
    size_t nresults;
    struct tacro_result result[TACRO_MAX_RESULTS];
    double due[TACRO_MAX_TRIGGERS]; /* h from start when recognised; INFINITY */
    bool has_fired[TACRO_MAX_TRIGGERS];
    bool is_waiting[TACRO_MAX_TRIGGERS]; /* happened, and an earlier entry came first */
    int in_force; /* trigger whose steps are in use, or TACRO_NO_TRIGGER */
    int pending;  /* trigger that acts at `switch_at`, or TACRO_NO_TRIGGER */
    double switch_at;
    double
        since; /* h from start: a plan other than the one before is in use since then */
    double resume_at; /* h from start; INFINITY */
};

void tacro_policy_begin(struct tacro_policy *policy,
                        const struct tacro_policy_setup *setup,
                        const struct tacro_subject *subject);

/**
 * mg of a planned dose before `adjust`: the loading dose, or by weight, rounded.
 *
 * subject  NULL: NaN where it depends on the weight
 */
double tacro_planned_amount(const struct tacro_planned *planned,
                            const struct tacro_rules *rules,
                            const struct tacro_subject *subject);

/**
 * mg of the dose that the policy's planner has next: as `adjust` has set it, until a
 * taper or another route; from there on as planned.
 */
double tacro_policy_amount(const struct tacro_policy *policy);

/** Pass that dose. */
void tacro_policy_pass(struct tacro_policy *policy);

/** Next instant after which something may be decided; INFINITY: none. */
double tacro_policy_next(const struct tacro_policy *policy);

/**
 * All that falls due at or before t, before any dose at t.
 *
 * level   ng/mL, the true level just before t; samples are drawn from it
 * ledger  receives what happens; false: memory is out
 */
bool tacro_policy_act(struct tacro_policy *policy, double t, double level,
                      struct tacro_ledger *ledger);

/** Outcome k happened at `when` [h]. */
bool tacro_policy_event(struct tacro_policy *policy, size_t k, double when,
                        struct tacro_ledger *ledger);

/** Whether a rule waits for outcome k; and the shortest recognition of all [h]. */
bool tacro_policy_watches(const struct tacro_policy *policy, size_t k);
double tacro_policy_recognition(const struct tacro_policy *policy);

#endif
