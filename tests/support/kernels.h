#ifndef TEST_KERNELS_H
#define TEST_KERNELS_H

#include "solve/kernels.h"

/** Names of the kernel builds; this processor need not have all of them. */
#define TEST_NKERNELS 3
static const char *const test_kernel_names[TEST_NKERNELS] = {"baseline", "v3", "v4"};

#endif
