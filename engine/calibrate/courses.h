/** Levels of a reference cohort on an even grid, computed once for all draws. */
#ifndef TACRO_CALIBRATE_COURSES_H
#define TACRO_CALIBRATE_COURSES_H

#include "run/plan.h"

/** h between the levels; a panel is two of them. */
#define TACRO_COURSE_STEP 0.5
#define TACRO_COURSE_PANEL 1.0

/** Lane-minor blocks, in the order in which the engine fills them. */
struct tacro_courses {
    uint64_t npatients;
    size_t nblocks;
    size_t npanels;
    float *level;      /**< [nblocks][2 npanels + 1][TACRO_LANES] ng/mL */
    uint64_t *patient; /**< [nblocks][TACRO_LANES]; copies at the end repeat the last */
};

/** What the caller asked of the computation. */
struct tacro_courses_setup {
    const struct tacro_block_setup *block; /**< of the regimen's variant */
    size_t regimen;
    size_t npanels; /**< from the start on */
    unsigned threads;
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
    uint64_t total; /**< for progress */
};

/**
 * Follow every patient of draw 0 under one regimen.
 *
 * errors  TACRO_EFAILED: a course could not be integrated; TACRO_ESTOPPED, TACRO_ENOMEM
 */
enum tacro_status tacro_courses_create(const struct tacro_scenario *scenario,
                                       const struct tacro_courses_setup *setup,
                                       struct tacro_courses **out,
                                       struct tacro_error *err) TACRO_MUST_USE;
void tacro_courses_free(struct tacro_courses *courses);

/** The grid of a block. */
const float *tacro_courses_block(const struct tacro_courses *courses, size_t block);

#endif
