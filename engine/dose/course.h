/**
 * One patient's course as stretches between discontinuities, and what enters in each.
 *
 * A regimen without rules and without anything of the patient's own is one course,
 * shared by all lanes; else each lane has its own, made while it is followed
 * (agenda.h).
 */
#ifndef TACRO_DOSE_COURSE_H
#define TACRO_DOSE_COURSE_H

#include "dose/clock.h"
#include "dose/ledger.h"

#include <stddef.h>

/** An amount or a rate before bioavailability, which is that of (time, slot). */
struct tacro_entry {
    size_t port;   /**< paramset.h, and TACRO_PORT_ZERO on */
    double amount; /**< mg at once, or mg/h */
    double time;   /**< h from start: the nominal time of the dose */
    int32_t slot;  /**< occasion slot whose kappas hold for the dose */
    double dose;   /**< mg of the dose as given, at once or run in */
};

enum tacro_action_kind {
    TACRO_ACTION_BOLUS,  /**< the entry's amount is added to its compartment */
    TACRO_ACTION_RESET,  /**< flows and filters become 0 */
    TACRO_ACTION_STEADY, /**< flows and filters become those of a periodic regimen */
    TACRO_ACTION_STEADY_ADDED /**< the same, added to flows and linear filters */
};

/** What happens at the start of a segment; several act in order. */
struct tacro_action {
    enum tacro_action_kind kind;
    struct tacro_entry
        entry; /**< BOLUS, STEADY: amount per dose, or mg/h of an infusion */
    double ii; /**< STEADY: h from dose to dose; 0: a constant infusion that ends */
    double duration; /**< STEADY: h that each dose runs in, 0: at once; may exceed ii */
    double lag;      /**< STEADY: h from each dose to its entry */
    bool is_halved;  /**< STEADY: the next action, STEADY_ADDED, is the rest of the same
                          doses */
};

/**
 * From t0 to t1 nothing changes; at t0 actions take place, all along entries run in.
 */
struct tacro_segment {
    double t0; /**< h from start */
    double t1; /**< h from start, > t0 */
    int32_t slot;
    size_t first_output; /**< outputs with t0 < time <= t1 are [first, end) */
    size_t end_output;
    size_t first_action; /**< of the course, [first, end) */
    size_t end_action;
    size_t first_running; /**< of the course, [first, end) */
    size_t end_running;
};

/** Zero-initialise; freed with tacro_course_free. The arrays grow, indices stay. */
struct tacro_course {
    size_t n;
    struct tacro_segment *segment;
    size_t nactions;
    struct tacro_action *action;
    size_t nrunning;
    struct tacro_entry *running;
    struct tacro_ledger ledger;
    size_t capacity; /**< of segment, action and running */
    size_t action_capacity;
    size_t running_capacity;
};

void tacro_course_free(struct tacro_course *course);

/** Forget all segments; the memory stays. */
void tacro_course_clear(struct tacro_course *course);

/** Append; false when memory is out. */
bool tacro_course_add_segment(struct tacro_course *course,
                              const struct tacro_segment *segment);
bool tacro_course_add_action(struct tacro_course *course,
                             const struct tacro_action *action);
bool tacro_course_add_running(struct tacro_course *course,
                              const struct tacro_entry *entry);

/** Make `to`, zero-initialised or in use, a copy of `from`; false: memory is out. */
bool tacro_course_copy(const struct tacro_course *from, struct tacro_course *to);

/**
 * Sort times and leave out what is outside [0, horizon] or the same instant as another.
 *
 * Returns the number that stays.
 */
size_t tacro_times_unique(double *time, size_t n, double horizon);

#endif
