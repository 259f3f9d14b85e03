/** What a result says about itself: inputs and attributes, and how the run went. */
#ifndef TACRO_RUN_PROVENANCE_H
#define TACRO_RUN_PROVENANCE_H

#include "run/plan.h"
#include "store/writer.h"

/** Root attributes and /input: what defines the science. */
enum tacro_status tacro_provenance_science(const struct tacro_scenario *scenario,
                                           const struct tacro_block_setup *setup,
                                           struct tacro_writer *writer,
                                           struct tacro_error *err) TACRO_MUST_USE;

/** How a run went; goes to /provenance, which no hash covers. */
struct tacro_provenance {
    unsigned threads;
    const char *kernels;
    double seconds;
};

/** /provenance: host, time, threads; no hash covers it. */
enum tacro_status tacro_provenance_run(const struct tacro_provenance *provenance,
                                       struct tacro_writer *writer,
                                       struct tacro_error *err) TACRO_MUST_USE;

#endif
