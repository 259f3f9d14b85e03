/** Random numbers: known answers, independence of keys, the normal distribution. */
#include "core/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NDRAWS 200000

/* -- Philox4x64-10 written from the paper (Salmon et al. 2011, section 3.3) -------- */

__extension__ typedef unsigned __int128 wide;

static void philox_round(uint64_t c[4], const uint64_t k[2])
{
    const wide a = (wide)0xD2E7470EE14C6C93U * c[0];
    const wide b = (wide)0xCA5A826395121157U * c[2];
    const uint64_t out[4] = {(uint64_t)(b >> 64) ^ c[1] ^ k[0], (uint64_t)b,
                             (uint64_t)(a >> 64) ^ c[3] ^ k[1], (uint64_t)a};
    for (size_t i = 0; i < 4; i++) {
        c[i] = out[i];
    }
}

static void philox(uint64_t c[4], uint64_t k0, uint64_t k1)
{
    uint64_t k[2] = {k0, k1};
    for (int r = 0; r < 10; r++) {
        philox_round(c, k);
        k[0] += 0x9E3779B97F4A7C15U; /* golden ratio */
        k[1] += 0xBB67AE8584CAA73BU; /* sqrt(3) - 1 */
    }
}

/* The number of a key: counter (patient, draw, occasion:k, stream), key (seed, 0). */
static double uniform_of(const struct tacro_rng_key *key)
{
    uint64_t c[4] = {key->patient, key->draw,
                     (uint64_t)(uint32_t)key->occasion << 32 | key->k,
                     (uint64_t)key->stream};
    philox(c, key->seed, 0);
    return ((double)(c[0] >> 11) + 0.5) * 0x1p-53;
}

/* kat_vectors of Random123: counter, key, answer of philox4x64 with 10 rounds. */
static void test_philox_of_this_test_gives_published_answers(void **state)
{
    static const uint64_t kat[][10] = {
        {0, 0, 0, 0, 0, 0, 0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b,
         0x7e68b68aec7ba23b},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
         0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6,
         0xa09caebf594f0ba0},
        {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89,
         0x452821e638d01377, 0xbe5466cf34e90c6c, 0xa528f45403e61d95, 0x38c72dbd566e9788,
         0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(kat); i++) {
        uint64_t c[4] = {kat[i][0], kat[i][1], kat[i][2], kat[i][3]};
        philox(c, kat[i][4], kat[i][5]);
        for (size_t k = 0; k < 4; k++) {
            assert_true(c[k] == kat[i][6 + k]);
        }
    }
}

static void test_occasions_are_the_uniforms_of_their_keys(void **state)
{
    struct tacro_rng_key key = {.seed = 7,
                                .stream = TACRO_STREAM_KAPPA,
                                .draw = 3,
                                .patient = 41,
                                .occasion = -5,
                                .k = tacro_rng_name("pk.KA")};
    double u[30];
    (void)state;
    tacro_rng_occasions(&key, COUNT(u), u);
    for (size_t i = 0; i < COUNT(u); i++) {
        assert_true(u[i] == tacro_rng_uniform(&key));
        key.occasion++;
    }
}

static void test_uniform_of_zero_key_is_the_published_answer(void **state)
{
    const struct tacro_rng_key key = {.stream = TACRO_STREAM_THETA};
    const uint64_t word = 0x16554d9eca36314c; /* kat_vectors, first row */
    (void)state;
    assert_true(tacro_rng_uniform(&key) == ((double)(word >> 11) + 0.5) * 0x1p-53);
}

static void test_uniform_of_random_keys_equals_philox_of_this_test(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        const struct tacro_rng_key key = {
            .seed = (uint64_t)test_draw(&seed, 0.0, 0x1p63),
            .stream = (enum tacro_stream)test_draw(&seed, 0.0, TACRO_NSTREAMS),
            .draw = (uint32_t)test_draw(&seed, 0.0, 0x1p32),
            .patient = (uint64_t)test_draw(&seed, 0.0, 0x1p63),
            .occasion = (int32_t)test_draw(&seed, -0x1p31, 0x1p31),
            .k = (uint32_t)test_draw(&seed, 0.0, 0x1p32)};
        assert_true(tacro_rng_uniform(&key) == uniform_of(&key));
    }
}

/* Streams are append-only: a change here changes every result ever stored. */
static void test_first_draws_of_each_stream_are_pinned(void **state)
{
    static const struct {
        enum tacro_stream stream;
        unsigned id;
        double uniform;
    } row[] = {
        {TACRO_STREAM_THETA, 0, 0.4336807960914118},
        {TACRO_STREAM_COVARIATE, 1, 0.50644945405300734},
        {TACRO_STREAM_ETA, 2, 0.59659331056595355},
        {TACRO_STREAM_KAPPA, 3, 0.0050171835110612295},
        {TACRO_STREAM_EPS, 4, 0.58208646806622411},
        {TACRO_STREAM_ADHERENCE, 5, 0.69177813424071011},
        {TACRO_STREAM_OUTCOME, 6, 0.11939929001782107},
        {TACRO_STREAM_WANDER, 7, 0.3604722957468787},
        {TACRO_STREAM_RECOVERY, 8, 0.4910498484992168},
    };
    (void)state;
    assert_int_equal(TACRO_NSTREAMS, COUNT(row));
    for (size_t i = 0; i < COUNT(row); i++) {
        const struct tacro_rng_key key = {.seed = 20260322,
                                          .stream = row[i].stream,
                                          .draw = 0,
                                          .patient = 1,
                                          .occasion = 2,
                                          .k = tacro_rng_name("pk.CL")};
        assert_int_equal(row[i].stream, row[i].id);
        test_check_close("uniform", tacro_rng_uniform(&key), row[i].uniform, 0.0);
    }
}

/* FNV-1a test vectors of the authors (isthe.com/chongo/tech/comp/fnv). */
static void test_name_is_fnv_1a(void **state)
{
    (void)state;
    assert_true(tacro_rng_name("") == 0x811c9dc5U);
    assert_true(tacro_rng_name("a") == 0xe40c292cU);
    assert_true(tacro_rng_name("foobar") == 0xbf9cf968U);
    assert_true(tacro_rng_name("pk.CL") == 0x9a4fd3e9U);
}

static void test_uniform_every_field_of_the_key_gives_another_number(void **state)
{
    const struct tacro_rng_key a = {.seed = 5,
                                    .stream = TACRO_STREAM_ETA,
                                    .draw = 1,
                                    .patient = 1,
                                    .occasion = 1,
                                    .k = 1};
    struct tacro_rng_key b[8];
    (void)state;
    for (size_t i = 0; i < COUNT(b); i++) {
        b[i] = a;
    }
    b[0].seed = 6;
    b[1].stream = TACRO_STREAM_KAPPA;
    b[2].draw = 2;
    b[3].patient = 2;
    b[4].occasion = 2;
    b[5].k = 2;
    b[6].occasion = -1;
    b[7].patient = (uint64_t)1 << 40;
    for (size_t i = 0; i < COUNT(b); i++) {
        assert_true(tacro_rng_uniform(&b[i]) != tacro_rng_uniform(&a));
        for (size_t k = 0; k < i; k++) {
            assert_true(tacro_rng_uniform(&b[i]) != tacro_rng_uniform(&b[k]));
        }
    }
}

static void test_uniform_negative_occasions_differ_from_positive_ones(void **state)
{
    (void)state;
    for (int32_t o = 1; o <= 1000; o++) {
        struct tacro_rng_key plus = {.stream = TACRO_STREAM_KAPPA, .occasion = o};
        struct tacro_rng_key minus = {.stream = TACRO_STREAM_KAPPA, .occasion = -o};
        assert_true(tacro_rng_uniform(&plus) != tacro_rng_uniform(&minus));
    }
}

/* The largest and the smallest word stay inside the open interval. */
static void test_uniform_of_extreme_words_is_inside_the_open_interval(void **state)
{
    (void)state;
    assert_true(tacro_rng_unit(0) > 0.0);
    assert_true(tacro_rng_unit(0) == 0x1p-54);
    assert_true(tacro_rng_unit(UINT64_MAX) < 1.0);
    assert_true(tacro_rng_unit(UINT64_MAX >> 1) < 0.5 + 0x1p-53);
    assert_true(isfinite(tacro_normal_quantile(tacro_rng_unit(0))));
    assert_true(isfinite(tacro_normal_quantile(tacro_rng_unit(UINT64_MAX))));
}

/* Numbers of consecutive patients, which is how they are used. */
static struct tacro_rng_key key_of(enum tacro_stream stream, uint64_t patient)
{
    return (struct tacro_rng_key){
        .seed = 20260322, .stream = stream, .patient = patient, .k = 77};
}

/*
 * Standard errors: mean 1/sqrt(12 n); variance sqrt(1/180 n), from the fourth moment.
 */
static void test_uniform_moments_are_within_4_standard_errors(void **state)
{
    (void)state;
    for (unsigned s = 0; s < TACRO_NSTREAMS; s++) {
        double sum = 0.0;
        double square = 0.0;
        for (uint64_t i = 0; i < NDRAWS; i++) {
            const struct tacro_rng_key key = key_of((enum tacro_stream)s, i);
            const double u = tacro_rng_uniform(&key) - 0.5;
            assert_true(u > -0.5 && u < 0.5);
            sum += u;
            square += u * u;
        }
        assert_true(fabs(sum / NDRAWS) < 4.0 / sqrt(12.0 * NDRAWS));
        assert_true(fabs(square / NDRAWS - 1.0 / 12) < 4.0 / sqrt(180.0 * NDRAWS));
    }
}

/*
 * Standard errors: mean 1/sqrt(n), variance sqrt(2/n), neighbours' product 1/sqrt(n).
 */
static void test_normal_moments_are_within_4_standard_errors(void **state)
{
    double sum = 0.0;
    double square = 0.0;
    double product = 0.0;
    double last = 0.0;
    (void)state;
    for (uint64_t i = 0; i < NDRAWS; i++) {
        const struct tacro_rng_key key = key_of(TACRO_STREAM_ETA, i);
        const double z = tacro_rng_normal(&key);
        assert_true(z == tacro_normal_quantile(tacro_rng_uniform(&key)));
        sum += z;
        square += z * z;
        product += z * last;
        last = z;
    }
    assert_true(fabs(sum / NDRAWS) < 4.0 / sqrt(NDRAWS));
    assert_true(fabs(square / NDRAWS - 1.0) < 4.0 * sqrt(2.0 / NDRAWS));
    assert_true(fabs(product / NDRAWS) < 4.0 / sqrt(NDRAWS));
}

/* -- the normal distribution ------------------------------------------------------- */

static long double cdf(long double x)
{
    return 0.5L * erfcl(-x / sqrtl(2.0L));
}

/* Root of cdf(x) = p by bisection on the side where the cdf keeps its digits. */
static long double quantile(double p)
{
    const bool is_upper = p > 0.5;
    const long double tail = is_upper ? 1.0L - (long double)p : (long double)p;
    long double low = -40.0L;
    long double high = 0.0L;
    for (int i = 0; i < 120; i++) {
        const long double middle = 0.5L * (low + high);
        if (cdf(middle) < tail) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return is_upper ? -high : high;
}

/*
 * AS 241 promises about 1e-16; its coefficients and the logarithm are rounded, so 2e-15
 * relative. Around 1/2 the quantile is proportional to p - 1/2, which is exact.
 */
static void test_normal_quantile_equals_the_root_of_the_distribution(void **state)
{
    static const double p[] = {0x1p-54, 1e-300, 1e-100, 1e-20, 1e-12, 1e-9,   1e-6,
                               1e-4,    0.001,  0.01,   0.025, 0.05,  0.0749, 0.075,
                               0.0751,  0.1,    0.25,   0.3,   0.45,  0.499};
    uint64_t seed = 3;
    (void)state;
    for (size_t i = 0; i < COUNT(p); i++) {
        test_check_close("lower", tacro_normal_quantile(p[i]), (double)quantile(p[i]),
                         2e-15);
        if (1.0 - p[i] < 1.0) {
            test_check_close("upper", tacro_normal_quantile(1.0 - p[i]),
                             (double)quantile(1.0 - p[i]), 2e-15);
        }
    }
    for (int i = 0; i < 2000; i++) {
        const double u = test_draw(&seed, 0.0, 1.0);
        test_check_close("random", tacro_normal_quantile(u), (double)quantile(u),
                         2e-15);
    }
    assert_true(tacro_normal_quantile(0.5) == 0.0);
}

/* SLEEF's erfc is within 1.5 ulp; the argument's rounding adds up to x^2 ulp. */
static void test_normal_cdf_equals_the_distribution(void **state)
{
    (void)state;
    for (int i = -3700; i <= 800; i++) {
        const double x = i / 100.0;
        test_check_close("cdf", tacro_normal_cdf(x), (double)cdf(x),
                         (3.0 + x * x) * 0x1p-52);
    }
    assert_true(tacro_normal_cdf(0.0) == 0.5);
}

/* d(cdf) = density dx: the quantile's rounding comes back as |x| times 4e-16 of p. */
static void test_normal_cdf_of_quantile_is_the_probability(void **state)
{
    uint64_t seed = 9;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        const double p = test_draw_log(&seed, 1e-30, 0.999);
        const double x = tacro_normal_quantile(p);
        test_check_close("round trip", tacro_normal_cdf(x), p,
                         (4.0 + 4.0 * x * x) * 4e-16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_of_this_test_gives_published_answers),
        cmocka_unit_test(test_occasions_are_the_uniforms_of_their_keys),
        cmocka_unit_test(test_uniform_of_zero_key_is_the_published_answer),
        cmocka_unit_test(test_uniform_of_random_keys_equals_philox_of_this_test),
        cmocka_unit_test(test_first_draws_of_each_stream_are_pinned),
        cmocka_unit_test(test_name_is_fnv_1a),
        cmocka_unit_test(test_uniform_every_field_of_the_key_gives_another_number),
        cmocka_unit_test(test_uniform_negative_occasions_differ_from_positive_ones),
        cmocka_unit_test(test_uniform_of_extreme_words_is_inside_the_open_interval),
        cmocka_unit_test(test_uniform_moments_are_within_4_standard_errors),
        cmocka_unit_test(test_normal_moments_are_within_4_standard_errors),
        cmocka_unit_test(test_normal_quantile_equals_the_root_of_the_distribution),
        cmocka_unit_test(test_normal_cdf_equals_the_distribution),
        cmocka_unit_test(test_normal_cdf_of_quantile_is_the_probability),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
