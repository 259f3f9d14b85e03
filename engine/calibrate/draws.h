/** The draws of a calibration: numbers drawn, hazards walked, scales solved. */
#ifndef TACRO_CALIBRATE_DRAWS_H
#define TACRO_CALIBRATE_DRAWS_H

#include "calibrate/courses.h"
#include "calibrate/numbers.h"
#include "calibrate/walk.h"

/** What all draws share; constant. */
struct tacro_calibrator {
    const struct tacro_scenario *scenario;
    const struct tacro_block_setup *block;
    const struct tacro_courses *courses;
    struct tacro_chain chain[TACRO_MAX_RISKS];
    size_t npanels[TACRO_MAX_RISKS]; /**< from the start to the end of the anchor */
};

/** Whether a rule of the scenario is a parameter of what is behind a hazard. */
bool tacro_calibrator_reads(const struct tacro_calibrator *calibrator, size_t risk,
                            size_t rule);

struct tacro_calibrator_worker;

/** A workspace; one per thread. */
enum tacro_status
tacro_calibrator_worker_create(const struct tacro_calibrator *calibrator,
                               struct tacro_calibrator_worker **out,
                               struct tacro_error *err) TACRO_MUST_USE;
void tacro_calibrator_worker_free(struct tacro_calibrator_worker *worker);

/**
 * Cumulative hazards of the cohort at the end of the anchor.
 *
 * risk    of the scenario's risk files
 * value   [nuncertain] numbers of the file; the solved one as given
 * hazard  [npatients] borrowed until the next call
 */
const double *tacro_calibrator_hazards(struct tacro_calibrator_worker *worker,
                                       size_t risk, const double *value);

/**
 * Solve the scale of a risk file, one of `value`, rounded as the table prints it.
 *
 * errors  as tacro_anchor_solve, naming the file
 */
enum tacro_status tacro_calibrator_solve(struct tacro_calibrator_worker *worker,
                                         size_t risk, double *value,
                                         struct tacro_error *err) TACRO_MUST_USE;

/**
 * Check that a hazard is proportional to the parameter that its anchor solves.
 *
 * errors  TACRO_EINPUT
 */
enum tacro_status tacro_calibrator_check(struct tacro_calibrator_worker *worker,
                                         size_t risk,
                                         struct tacro_error *err) TACRO_MUST_USE;

#endif
