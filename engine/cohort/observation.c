#include "cohort/observation.h"

#include "core/lanemath.h"
#include "core/rng.h"

#include <stdio.h>

void tacro_observer_set(const struct tacro_residual *residual, enum tacro_assay assay,
                        uint64_t seed, struct tacro_observer *observer)
{
    const char *output[TACRO_MAX_OBSERVED];
    const size_t n = tacro_sigma_outputs(residual, output);
    *observer = (struct tacro_observer){.seed = seed};
    for (size_t i = 0; i < n; i++) {
        const struct tacro_sigma *sigma = tacro_sigma_find(residual, output[i], assay);
        struct tacro_observed_output *o = &observer->output[observer->n];
        char name[96];
        if (sigma == NULL) {
            continue; /* a fault of the scenario, found when it was read */
        }
        o->name = output[i];
        o->sigma = *sigma;
        snprintf(name, sizeof name, "sigma.%s", output[i]);
        o->key = tacro_rng_name(name);
        snprintf(name, sizeof name, "sigma.%s.additive", output[i]);
        o->additive_key = tacro_rng_name(name);
        output[observer->n++] = output[i];
    }
    (void)tacro_sigma_factor(residual, output, observer->n, observer->factor);
}

static double normal(const struct tacro_observer *observer, uint32_t draw,
                     uint64_t patient, int32_t minute, uint32_t k)
{
    const struct tacro_rng_key key = {.seed = observer->seed,
                                      .stream = TACRO_STREAM_EPS,
                                      .draw = draw,
                                      .patient = patient,
                                      .occasion = minute,
                                      .k = k};
    return tacro_rng_normal(&key);
}

void tacro_observe(const struct tacro_observer *observer, uint32_t draw,
                   uint64_t patient, int32_t minute, const double *level, double *out)
{
    const size_t n = observer->n;
    double z[TACRO_MAX_OBSERVED];
    for (size_t i = 0; i < n; i++) {
        z[i] = normal(observer, draw, patient, minute, observer->output[i].key);
    }
    for (size_t i = 0; i < n; i++) {
        const struct tacro_sigma *s = &observer->output[i].sigma;
        double e = 0.0;
        for (size_t k = 0; k <= i; k++) {
            e += observer->factor[i * n + k] * z[k];
        }
        if (s->log_sd > 0.0) {
            out[i] = level[i] * tacro_exp(s->log_sd * e);
        } else if (!(s->proportional > 0.0)) {
            out[i] = level[i] + s->additive * e;
        } else {
            out[i] = level[i] * (1.0 + s->proportional * e);
            if (s->additive > 0.0) {
                out[i] += s->additive * normal(observer, draw, patient, minute,
                                               observer->output[i].additive_key);
            }
        }
    }
}
