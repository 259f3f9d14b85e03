/**
 * One patient's next segment, from what is planned and from what has been seen.
 *
 * All that regimens do to a course passes through here: doses with their lags, modelled
 * rates and durations, resets and steady states, missed and late doses, weight-based
 * doses, samples and rules. An agenda knows the levels at the ends of its segments and
 * the outcomes that happened, nothing of what is still to come.
 */
#ifndef TACRO_DOSE_AGENDA_H
#define TACRO_DOSE_AGENDA_H

#include "cohort/subject.h"
#include "dose/course.h"
#include "input/scenario.h"

/** What all courses of a regimen share; constant. */
struct tacro_agenda_setup {
    const struct tacro_rules *rules;
    const struct tacro_clock *clock;
    double horizon;
    double landmark;
    size_t noutputs;
    const double
        *output; /**< [noutputs] ascending output times [h], from 0 to horizon */
    size_t ncuts;
    const double *cut; /**< [ncuts] ascending: steps of covariates, records, slots */
    const struct tacro_step *before; /**< steady state at the start, or NULL: no drug */
    const struct tacro_regimen *regimen; /**< steps and rules, or NULL: records alone */
    size_t nrecords;
    const struct tacro_record *record; /**< [nrecords] ascending, without ADDL; at one
                                            time they come before the steps */
    size_t noutcomes;
    size_t ntargets;
    const struct tacro_target *target;
};

/** What a block saw at the end of a lane's last segment. */
struct tacro_seen {
    double level;        /**< ng/mL, the true level just before anything happens */
    const double *event; /**< [noutcomes] h from start at which each watched outcome
                              happened in the segment, INFINITY: it did not */
};

struct tacro_agenda;

/** setup  borrowed */
enum tacro_status tacro_agenda_create(const struct tacro_agenda_setup *setup,
                                      struct tacro_agenda **out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_agenda_free(struct tacro_agenda *agenda);

/** Serve another regimen from now on; the memory stays. */
void tacro_agenda_aim(struct tacro_agenda *agenda,
                      const struct tacro_agenda_setup *setup);

/**
 * Begin a patient's course at t = 0.
 *
 * subject  NULL: what does not depend on a patient (typical lags, no missed dose)
 */
void tacro_agenda_begin(struct tacro_agenda *agenda,
                        const struct tacro_subject *subject);

/** For the courses from now on: records and cuts of a patient's own, borrowed. */
void tacro_agenda_take(struct tacro_agenda *agenda, const struct tacro_record *record,
                       size_t nrecords, const double *cut, size_t ncuts);

/**
 * Append the next segment to the agenda's course.
 *
 * seen    at the end of the last one; NULL for the first, or where no rule looks
 * Returns false at the horizon. Memory that is out shows in tacro_agenda_status.
 */
bool tacro_agenda_next(struct tacro_agenda *agenda, const struct tacro_seen *seen);

/** The course so far, with its ledger; borrowed. */
const struct tacro_course *tacro_agenda_course(const struct tacro_agenda *agenda);

/** Whether outcome k is being watched: a rule waits for it and it has not happened. */
bool tacro_agenda_watches(const struct tacro_agenda *agenda, size_t k);

enum tacro_status tacro_agenda_status(const struct tacro_agenda *agenda);

/** True if every patient of the regimen has the same segments. */
bool tacro_agenda_is_shared(const struct tacro_agenda_setup *setup);

#endif
