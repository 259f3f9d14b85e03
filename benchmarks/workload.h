/** A scenario with its subjects in memory, and the loop that turns them into curves. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "run/group.h"

struct bench_workload {
    struct tacro_scenario *scenario;
    struct tacro_block_setup setup;
    size_t nsubjects;
    size_t ngroups;
    struct tacro_group **group; /**< [ngroups], drawn */
    /**
     * Kept of a course: without risk files the level at every output time; with them
     * level, effect site (if there is one) and cumulative hazards at each day.
     */
    size_t nvalues;
    size_t nquantities;
    size_t nthreads;
    struct tacro_block **block; /**< [nthreads] */
    double *value;              /**< [nregimens][nsubjects][nvalues] */
    size_t nfailed;             /**< courses of the last solve */
};

struct bench_choice {
    const struct tacro_method *method;
    const char *kernels; /**< NULL: the best */
    double rtol;
    size_t nthreads;
};

/** Open a scenario; prints its faults. subjects 0: as in the file. */
enum tacro_status bench_scenario(const char *path, uint64_t subjects,
                                 struct tacro_scenario **out,
                                 struct tacro_error *err) TACRO_MUST_USE;

/**
 * Draw the subjects and make one block a thread; all memory is touched.
 *
 * scenario  owned from then on, also after a failure
 * errors    TACRO_EUSAGE: no such kernels here; TACRO_ENOMEM
 */
enum tacro_status bench_workload_create(struct tacro_scenario *scenario,
                                        const struct bench_choice *choice,
                                        struct bench_workload **out,
                                        struct tacro_error *err) TACRO_MUST_USE;
void bench_workload_free(struct bench_workload *workload);

/** Parameters in memory to curves in memory: what scope `solve` measures. */
void bench_workload_solve(struct bench_workload *workload);

/** Values of one course, [nvalues]: by output time, or [day][quantity]. */
const double *bench_workload_course(const struct bench_workload *workload,
                                    size_t regimen, size_t subject);

/**
 * Largest |x - ref| / ref of the first `n` subjects after t = 0, any quantity.
 *
 * NaN where the chain is neither that of W1 nor of W2 or has more than one regimen.
 */
double bench_workload_error(const struct bench_workload *workload, size_t n);

/** A parameter of a subject by name, without kappa; `absent` if the files lack it. */
double bench_parameter(const struct tacro_scenario *scenario,
                       const struct tacro_subject *subject, const char *name,
                       double absent);

#endif
