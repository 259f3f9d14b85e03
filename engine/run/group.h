/** 512 consecutive subjects and the order in which they fill blocks. */
#ifndef TACRO_RUN_GROUP_H
#define TACRO_RUN_GROUP_H

#include "run/plan.h"

#define TACRO_GROUP_BLOCKS (TACRO_GROUP / TACRO_LANES)

/** One per thread; the subjects are the same under every regimen of a PK model. */
struct tacro_group {
    size_t index;
    const struct tacro_rules *rules; /**< of the model; NULL: nothing is loaded */
    size_t n;
    size_t nblocks;
    struct tacro_subject *subject; /**< [TACRO_GROUP], in order of index */
    int32_t first_slot;
    size_t nslots; /**< of the horizon, or fewer */
    double *kappa; /**< normals of the subjects, [TACRO_GROUP][nkappas][nslots] */
    size_t order[TACRO_GROUP]; /**< rows, by stiffness and then by index */
};

enum tacro_status tacro_group_create(const struct tacro_scenario *scenario,
                                     struct tacro_group **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_group_free(struct tacro_group *group);

size_t tacro_group_count(const struct tacro_scenario *scenario);
size_t tacro_group_size(const struct tacro_scenario *scenario, size_t index);

/**
 * Draw the subjects of a group and their kappas, unless they are there already.
 *
 * setup   of the first variant of the PK model whose subjects they are
 */
void tacro_group_load(const struct tacro_scenario *scenario,
                      const struct tacro_block_setup *setup, size_t index,
                      struct tacro_group *group);

/** Rows of a block, [TACRO_LANES]; the tail repeats the last row. */
void tacro_group_rows(const struct tacro_group *group, size_t block, size_t *row);

#endif
