#include "solve/kernels.h"

#include "models/registry.h"

#include <string.h>

extern const struct tacro_kernels tacro_kernels_baseline;
extern const struct tacro_part *const tacro_parts_baseline[];

#ifdef TACRO_HAVE_V3
extern const struct tacro_kernels tacro_kernels_v3;
#endif
#ifdef TACRO_HAVE_V4
extern const struct tacro_kernels tacro_kernels_v4;
#endif

const struct tacro_kernels *tacro_kernels_find(const char *name)
{
#ifdef TACRO_HAVE_V4
    if ((name == NULL || strcmp(name, "v4") == 0) &&
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        return &tacro_kernels_v4;
    }
#endif
#ifdef TACRO_HAVE_V3
    if ((name == NULL || strcmp(name, "v3") == 0) && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma")) {
        return &tacro_kernels_v3;
    }
#endif
    return name == NULL || strcmp(name, "baseline") == 0 ? &tacro_kernels_baseline
                                                         : NULL;
}

size_t tacro_parts_count(void)
{
    size_t n = 0;
    while (tacro_parts_baseline[n] != NULL) {
        n++;
    }
    return n;
}

const struct tacro_part *tacro_parts_at(size_t i)
{
    return tacro_parts_baseline[i];
}

const struct tacro_part *tacro_parts_last_like(const char *name)
{
    const struct tacro_part *last = NULL;
    for (size_t i = 0; tacro_parts_baseline[i] != NULL; i++) {
        const struct tacro_part *part = tacro_parts_baseline[i];
        if (part->family != NULL &&
            strncmp(name, part->family, strlen(part->family) - 1) == 0) {
            last = part;
        }
    }
    return last;
}

size_t tacro_parts_find(const char *name)
{
    size_t i = 0;
    while (tacro_parts_baseline[i] != NULL &&
           strcmp(tacro_parts_baseline[i]->name, name) != 0) {
        i++;
    }
    return i;
}
