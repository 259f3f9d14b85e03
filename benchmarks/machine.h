#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

/** What a measurement says about the machine it was made on. */

/** Monotonic time [s]. */
double bench_now(void);

/** Largest resident size of this process so far [MiB]. */
double bench_peak_mib(void);

/** Model name of the processor; "" where the system does not tell. */
void bench_cpu(char *text, size_t size);

/** Commit the program was built from; "" outside a repository. */
const char *bench_commit(void);

#endif
