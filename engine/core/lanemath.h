/**
 * exp, log and power in lanes and scalar, with the same bits in every width.
 *
 * SLEEF's `cinz` functions give one result for SSE2, AVX, AVX-512 and plain C; the
 * processor's own variants of libm do not. Everything else in lanes is +, -, *, /.
 */
#ifndef TACRO_CORE_LANEMATH_H
#define TACRO_CORE_LANEMATH_H

#include <sleef.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/** Patients that advance together; part of what defines a result. */
#define TACRO_LANES 64

/**
 * The only SIMD spelling: constant trip count, no remainder, no branch on lane data.
 */
/* clang-format off */
/* NOLINTNEXTLINE(bugprone-macro-parentheses): l is the name being declared */
#define TACRO_EACH_LANE(l) _Pragma("omp simd") for (size_t l = 0; l < TACRO_LANES; l++)
/* clang-format on */

/** Powers take max(x, floor): 0^g is then 0 within the absolute tolerances. */
#define TACRO_POWER_FLOOR 1e-12

#if defined(__AVX512F__)
#define TACRO_WIDTH 8
#define TACRO_WIDE_MATH(name)                                                          \
    _mm512_storeu_pd(y + i,                                                            \
                     Sleef_cinz_##name##d8_u10avx512fnofma(_mm512_loadu_pd(x + i)))
#elif defined(__AVX__)
#define TACRO_WIDTH 4
#define TACRO_WIDE_MATH(name)                                                          \
    _mm256_storeu_pd(y + i, Sleef_cinz_##name##d4_u10avx(_mm256_loadu_pd(x + i)))
#elif defined(__SSE2__)
#define TACRO_WIDTH 2
#define TACRO_WIDE_MATH(name)                                                          \
    _mm_storeu_pd(y + i, Sleef_cinz_##name##d2_u10sse2(_mm_loadu_pd(x + i)))
#else
#define TACRO_WIDTH 1
#define TACRO_WIDE_MATH(name) y[i] = Sleef_cinz_##name##d1_u10purec(x[i])
#endif

/** As many lanes as a register holds. */
typedef double tacro_wide __attribute__((vector_size(TACRO_WIDTH * sizeof(double))));

/** True if all lanes have the same bits: 0 is not -0, a NaN is itself. */
static inline bool tacro_lanes_same_bits(const double *x, const double *y)
{
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*): bits are meant */
    return memcmp(x, y, TACRO_LANES * sizeof *x) == 0;
}

/** n rows of TACRO_LANES numbers for free(), not yet set; NULL without memory. */
static inline double *tacro_lanes_alloc(size_t n)
{
    return aligned_alloc(64, (n == 0 ? 1 : n) * TACRO_LANES * sizeof(double));
}

/** y = exp(x), [TACRO_LANES]; x and y may be the same array. */
static inline void tacro_lanes_exp(const double *x, double *y)
{
    for (size_t i = 0; i < TACRO_LANES; i += TACRO_WIDTH) {
        TACRO_WIDE_MATH(exp);
    }
}

/** y = log(x), [TACRO_LANES]; x and y may be the same array. */
static inline void tacro_lanes_log(const double *x, double *y)
{
    for (size_t i = 0; i < TACRO_LANES; i += TACRO_WIDTH) {
        TACRO_WIDE_MATH(log);
    }
}

/** y = exp(x) - 1, [TACRO_LANES]; x and y may be the same array. */
static inline void tacro_lanes_expm1(const double *x, double *y)
{
    for (size_t i = 0; i < TACRO_LANES; i += TACRO_WIDTH) {
        TACRO_WIDE_MATH(expm1);
    }
}

/** y = cos(x), [TACRO_LANES]; x and y may be the same array. */
static inline void tacro_lanes_cos(const double *x, double *y)
{
    for (size_t i = 0; i < TACRO_LANES; i += TACRO_WIDTH) {
        TACRO_WIDE_MATH(cos);
    }
}

/** y = log Gamma(x), x > 0, [TACRO_LANES]; x and y may be the same array. */
static inline void tacro_lanes_lgamma(const double *x, double *y)
{
    for (size_t i = 0; i < TACRO_LANES; i += TACRO_WIDTH) {
        TACRO_WIDE_MATH(lgamma);
    }
}

/** y = max(x, TACRO_POWER_FLOOR)^g as exp(g log x), [TACRO_LANES]. */
static inline void tacro_lanes_power(const double *x, const double *g, double *y)
{
    TACRO_EACH_LANE(l) {
        y[l] = x[l] > TACRO_POWER_FLOOR ? x[l] : TACRO_POWER_FLOOR;
    }
    tacro_lanes_log(y, y);
    TACRO_EACH_LANE(l) {
        y[l] *= g[l];
    }
    tacro_lanes_exp(y, y);
}

/**
 * Hill curve y = x^g / (half_g + x^g), half_g = half^g; its slope unless dy is NULL.
 */
static inline void tacro_lanes_hill(const double *restrict x, const double *restrict g,
                                    const double *restrict half_g, double *restrict y,
                                    double *restrict dy)
{
    tacro_lanes_power(x, g, y);
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            const double den = half_g[l] + y[l];
            const double slope = g[l] * half_g[l] * y[l] / (x[l] * den * den);
            dy[l] = x[l] > TACRO_POWER_FLOOR ? slope : 0.0;
        }
    }
    TACRO_EACH_LANE(l) {
        y[l] = y[l] / (half_g[l] + y[l]);
    }
}

/** y = factor * exp(log), [TACRO_LANES]; y may be either of them. */
static inline void tacro_lanes_exp_times(const double *factor, const double *log,
                                         double *y)
{
    double power[TACRO_LANES];
    tacro_lanes_exp(log, power);
    TACRO_EACH_LANE(l) {
        y[l] = factor[l] * power[l];
    }
}

/** Lane functions of one kernel build, for the layers left of solve/. */
struct tacro_lane_math {
    /** Standard normal quantiles of p, 0 < p < 1, one row. */
    void (*quantile)(const double *p, double *x);
    /** y = factor * exp(log), one row. */
    void (*exp_times)(const double *factor, const double *log, double *y);
};

static inline double tacro_exp(double x)
{
    return Sleef_cinz_expd1_u10purec(x);
}

static inline double tacro_expm1(double x)
{
    return Sleef_cinz_expm1d1_u10purec(x);
}

static inline double tacro_log(double x)
{
    return Sleef_cinz_logd1_u10purec(x);
}

static inline double tacro_log1p(double x)
{
    return Sleef_cinz_log1pd1_u10purec(x);
}

#endif
