/* What a block keeps: curves at the output times, all states at the records. */
#include "solve/lane_state.h"

#include <string.h>

/* Keep a record of lane l: its states and the output maps. */
static void keep_record(struct tacro_block *block, size_t record, size_t l,
                        const double (*mapped)[TACRO_LANES],
                        struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const double *y = block->solver->state;
    for (size_t s = 0; s < system->nstates; s++) {
        r->state[(record * system->nstates + s) * TACRO_LANES + l] =
            y[s * TACRO_LANES + l];
    }
    for (size_t i = 0; i < system->noutputs; i++) {
        r->mapped[(record * system->noutputs + i) * TACRO_LANES + l] = mapped[i][l];
    }
}

/* The output maps at the block's state, [system->noutputs] rows. */
static void map_outputs(struct tacro_block *block, double (*mapped)[TACRO_LANES])
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_kernels *kernels = block->setup.kernels;
    const struct tacro_lanes lanes = tacro_block_lanes(block);
    for (size_t i = 0; i < system->noutputs; i++) {
        double signal[TACRO_LANES] __attribute__((aligned(64)));
        kernels->read(system, &lanes, system->output[i].source, block->solver->state,
                      signal);
        kernels->output(system, &lanes, i, signal, mapped[i]);
    }
}

/* Keep output `output` (SIZE_MAX: none) of every lane from the block's own state. */
static void keep_state(struct tacro_block *block, const size_t *output,
                       struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_lanes lanes = tacro_block_lanes(block);
    double mapped[TACRO_MAX_EQUATIONS][TACRO_LANES] __attribute__((aligned(64)));
    double concentration[TACRO_LANES] __attribute__((aligned(64)));
    bool is_mapped = false;
    block->setup.kernels->read(system, &lanes, system->signal[TACRO_CONC],
                               block->solver->state, concentration);
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const int record =
            output[l] == SIZE_MAX ? TACRO_NONE : block->setup.record_of[output[l]];
        if (output[l] != SIZE_MAX) {
            r->concentration[output[l] * TACRO_LANES + l] = concentration[l];
        }
        if (record != TACRO_NONE) {
            if (!is_mapped) {
                map_outputs(block, mapped);
                is_mapped = true;
            }
            keep_record(block, (size_t)record, l, (const double(*)[TACRO_LANES])mapped,
                        r);
        }
    }
}

/* The same for an output of all lanes: whole rows. */
static void keep_shared(struct tacro_block *block, size_t output,
                        struct tacro_block_result *r)
{
    const struct tacro_system *system = block->setup.system;
    const struct tacro_lanes lanes = tacro_block_lanes(block);
    const int record = block->setup.record_of[output];
    block->setup.kernels->read(system, &lanes, system->signal[TACRO_CONC],
                               block->solver->state,
                               r->concentration + output * TACRO_LANES);
    if (record != TACRO_NONE) {
        const size_t size = system->nstates * TACRO_LANES;
        memcpy(r->state + (size_t)record * size, block->solver->state,
               size * sizeof(double));
        map_outputs(block, (double(*)[TACRO_LANES])r->mapped +
                               (size_t)record * system->noutputs);
    }
}

/* Outputs inside a segment; *last receives the one at its end, SIZE_MAX: none. */
static size_t inside(const struct tacro_block *block, const struct tacro_segment *s,
                     size_t *last)
{
    size_t end = s->end_output;
    *last = SIZE_MAX;
    if (end > s->first_output &&
        block->setup.output[end - 1] >= s->t1 - TACRO_SAME_TIME) {
        *last = --end;
    }
    return end - s->first_output;
}

/* Lanes share their output times: the rows go to the result itself. */
static void plan_shared(struct tacro_block *block, struct tacro_block_result *r,
                        struct tacro_curve *curve, size_t *last)
{
    const struct tacro_segment *s = block->segment[0];
    const size_t n = inside(block, s, &last[0]);
    curve->n = n;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        curve->count[l] = n;
    }
    for (size_t j = 0; j < n; j++) {
        block->shared[j] = block->setup.output[s->first_output + j] - s->t0;
    }
    curve->shared = block->shared;
    curve->value = (double(*)[TACRO_LANES])r->concentration + s->first_output;
}

/* The outputs inside each lane's segment, and in `last` the one at its end. */
static void plan_lanes(struct tacro_block *block, struct tacro_curve *curve,
                       size_t *last)
{
    curve->n = 0;
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        last[l] = SIZE_MAX;
        curve->count[l] = s == NULL ? 0 : inside(block, s, &last[l]);
        curve->n = curve->count[l] > curve->n ? curve->count[l] : curve->n;
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        const struct tacro_segment *s = block->segment[l];
        for (size_t j = 0; j < curve->n; j++) {
            block->offset[j][l] = j < curve->count[l]
                                      ? block->setup.output[s->first_output + j] - s->t0
                                      : block->span[l];
        }
    }
    curve->offset = (const double(*)[TACRO_LANES])block->offset;
    curve->value = block->scratch;
}

static void scatter_curve(struct tacro_block *block, const struct tacro_curve *curve,
                          struct tacro_block_result *r)
{
    for (size_t l = 0; l < TACRO_LANES; l++) {
        for (size_t j = 0; j < curve->count[l]; j++) {
            r->concentration[(block->segment[l]->first_output + j) * TACRO_LANES + l] =
                curve->value[j][l];
        }
    }
}

void tacro_block_plan(struct tacro_block *block, struct tacro_block_result *r,
                      struct tacro_curve *curve, size_t last[TACRO_LANES])
{
    if (block->is_shared) {
        plan_shared(block, r, curve, last);
    } else {
        plan_lanes(block, curve, last);
    }
}

void tacro_block_keep(struct tacro_block *block, const struct tacro_curve *curve,
                      const size_t last[TACRO_LANES], struct tacro_block_result *r)
{
    if (!block->is_shared) {
        scatter_curve(block, curve, r);
        keep_state(block, last, r);
    } else if (last[0] != SIZE_MAX) {
        keep_shared(block, last[0], r);
    }
}

void tacro_block_keep_start(struct tacro_block *block, struct tacro_block_result *r)
{
    keep_shared(block, 0, r);
}
