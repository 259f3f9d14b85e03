/**
 * Random numbers as a pure function of who they are for (no generator state).
 *
 * source  Philox4x64-10, Salmon et al. 2011, doi 10.1145/2063384.2063405 (Random123)
 */
#ifndef TACRO_CORE_RNG_H
#define TACRO_CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

/** Append-only: the index is the identity of a stream. */
#define TACRO_STREAM_LIST(X)                                                           \
    X(THETA)                                                                           \
    X(COVARIATE)                                                                       \
    X(ETA)                                                                             \
    X(KAPPA)                                                                           \
    X(EPS)                                                                             \
    X(ADHERENCE)                                                                       \
    X(OUTCOME)                                                                         \
    X(WANDER)                                                                          \
    X(RECOVERY)

#define TACRO_STREAM_NAME(name) TACRO_STREAM_##name,
enum tacro_stream { TACRO_STREAM_LIST(TACRO_STREAM_NAME) TACRO_NSTREAMS };
#undef TACRO_STREAM_NAME

/**
 * Whose number it is. `patient` counts within the draw, `occasion` is a time slot or a
 * day.
 */
struct tacro_rng_key {
    uint64_t seed;
    enum tacro_stream stream;
    uint32_t draw;
    uint64_t patient;
    int32_t occasion;
    uint32_t k; /**< which quantity: tacro_rng_name of its name */
};

/** A stable number for a quantity's name ("pk.CL"): 32-bit FNV-1a. */
uint32_t tacro_rng_name(const char *name);

/** 64 random bits as a number of the open interval (0, 1), 53 bits. */
double tacro_rng_unit(uint64_t bits);

/** Uniform on the open interval (0, 1). */
double tacro_rng_uniform(const struct tacro_rng_key *key);

/** Uniforms [n] of `first` and the n - 1 occasions that follow it. */
void tacro_rng_occasions(const struct tacro_rng_key *first, size_t n, double *u);

/** Standard normal: the quantile of tacro_rng_uniform. */
double tacro_rng_normal(const struct tacro_rng_key *key);

/**
 * Standard normal quantile, 0 < p < 1.
 *
 * source  Wichura 1988, algorithm AS 241 (PPND16), Applied Statistics 37:477
 */
double tacro_normal_quantile(double p);

/** Standard normal distribution function. */
double tacro_normal_cdf(double x);

#endif
