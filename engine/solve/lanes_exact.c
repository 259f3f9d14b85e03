/* Lane loops of the exact propagator. */
#include "solve/lanes.h"

#include <math.h>
#include <string.h>

#define ROW(y, s) ((y) + (size_t)(s)*TACRO_LANES)
#define WIDES (TACRO_LANES / TACRO_WIDTH)
#define UNROLL (WIDES < 4 ? WIDES : 4)

/* Four registers of the sum of products of a dot, from wide `w` on. */
static inline void dot(const struct tacro_pair *pair, size_t n, const double *a,
                       const double *b, size_t w, tacro_wide *sum)
{
    for (size_t u = 0; u < UNROLL; u++) {
        sum[u] = (tacro_wide){0.0};
    }
    for (size_t k = 0; k < n; k++) {
        const tacro_wide *x = (const tacro_wide *)ROW(a, pair[k].a) + w;
        const tacro_wide *y = (const tacro_wide *)ROW(b, pair[k].b) + w;
#pragma GCC unroll 4
        for (size_t u = 0; u < UNROLL; u++) {
            sum[u] += x[u] * y[u];
        }
    }
}

void K(products)(const struct tacro_products *plan, size_t first, size_t end,
                 const double *a, const double *b, double *c)
{
    for (size_t i = first; i < end; i++) {
        const struct tacro_pair *pair = plan->pair + plan->first[i];
        const size_t n = plan->first[i + 1] - plan->first[i];
        tacro_wide *out = (tacro_wide *)ROW(c, plan->target[i]);
        for (size_t w = 0; w < WIDES; w += UNROLL) {
            tacro_wide sum[UNROLL];
            dot(pair, n, a, b, w, sum);
            for (size_t u = 0; u < UNROLL; u++) {
                out[w + u] = sum[u];
            }
        }
    }
}

/* y of two registers' lanes stays in registers while the rows pass. */
#define PAIR (WIDES < 2 ? WIDES : 2)
#define DOTS(N)                                                                        \
    static void dots_##N(size_t nrows, const double *row, const double *y,             \
                         double *value)                                                \
    {                                                                                  \
        const size_t stride = (size_t)(N)*WIDES;                                       \
        for (size_t w = 0; w < WIDES; w += PAIR) {                                     \
            const tacro_wide *a = (const tacro_wide *)row + w;                         \
            tacro_wide *out = (tacro_wide *)value + w;                                 \
            tacro_wide x[N][PAIR];                                                     \
            for (size_t i = 0; i < (N); i++) {                                         \
                for (size_t u = 0; u < PAIR; u++) {                                    \
                    x[i][u] = ((const tacro_wide *)y)[i * WIDES + w + u];              \
                }                                                                      \
            }                                                                          \
            for (size_t j = 0; j < nrows; j++, a += stride, out += WIDES) {            \
                for (size_t u = 0; u < PAIR; u++) {                                    \
                    tacro_wide sum = a[u] * x[0][u];                                   \
                    for (size_t i = 1; i < (N); i++) {                                 \
                        sum += a[i * WIDES + u] * x[i][u];                             \
                    }                                                                  \
                    out[u] = sum;                                                      \
                }                                                                      \
            }                                                                          \
        }                                                                              \
    }

DOTS(1)
DOTS(2)
DOTS(3)
DOTS(4)
DOTS(5)
DOTS(6)
DOTS(7)
DOTS(8)

void K(dots)(size_t nrows, size_t n, const double *row, const double *y, double *value)
{
    static void (*const fixed[])(size_t, const double *, const double *, double *) = {
        NULL, dots_1, dots_2, dots_3, dots_4, dots_5, dots_6, dots_7, dots_8};
    if (n < sizeof fixed / sizeof fixed[0]) {
        fixed[n](nrows, row, y, value);
        return;
    }
    for (size_t j = 0; j < nrows; j++) {
        double *restrict out = ROW(value, j);
        TACRO_EACH_LANE(l) {
            out[l] = row[j * n * TACRO_LANES + l] * y[l];
        }
        for (size_t i = 1; i < n; i++) {
            TACRO_EACH_LANE(l) {
                out[l] += row[(j * n + i) * TACRO_LANES + l] * y[i * TACRO_LANES + l];
            }
        }
    }
}

void K(horner)(const struct tacro_products *plan, size_t first, size_t end,
               double factor, size_t diagonal, const double *a, const double *b,
               double *c)
{
    for (size_t i = first; i < end; i++) {
        const struct tacro_pair *pair = plan->pair + plan->first[i];
        const size_t n = plan->first[i + 1] - plan->first[i];
        const double one = plan->target[i] == diagonal ? 1.0 : 0.0;
        tacro_wide *out = (tacro_wide *)ROW(c, plan->target[i]);
        for (size_t w = 0; w < WIDES; w += UNROLL) {
            tacro_wide sum[UNROLL];
            dot(pair, n, a, b, w, sum);
            for (size_t u = 0; u < UNROLL; u++) {
                out[w + u] = sum[u] * factor + one;
            }
        }
    }
}

#define node tacro_gauss_node
#define weight tacro_gauss_weight

/* Weights minus those of the rule of degree 3 on nodes 0, 2 and 4. */
static const double difference[TACRO_NODES] = {
    -0.08450099601988866780, 0.23931433524968323402, -0.30962667845958913243,
    0.23931433524968323402, -0.08450099601988866780};

/* Lagrange polynomials on the nodes: coefficient of x^m of the j-th. */
static const double lagrange[TACRO_NODES][TACRO_NODES] = {
    {1.5514080490943130128, -13.470284501194871061, 38.644499055344195701,
     -44.988985055878997767, 18.339721114431173015},
    {-0.89315839200007173733, 22.924333555723729738, -88.222810828162886050,
     117.86341512664701356, -51.939721114431173015},
    {0.53333333333333333333, -14.933333333333333333, 82.133333333333333333, -134.4,
     67.2},
    {-0.26794165222338750930, 7.6899271783856937563, -46.270892134808883474,
     89.895469331077678505, -51.939721114431173015},
    {0.076358661795812900484, -2.2106428995812190995, 13.715870574294240490,
     -28.369899401845694293, 18.339721114431173015}};

static const double factorial[TACRO_NODES + 1] = {1.0, 1.0, 2.0, 6.0, 24.0, 120.0};

/* Below, the series for phi_5 and the recurrence down are exact; above, the one up. */
#define SERIES_LIMIT 2.0
#define SERIES_TERMS 20

/* phi[k] = integral over s in [0, 1] of exp(-v (1 - s)) s^(k-1) / (k-1)!, k = 1..5. */
static void phi_functions(const double *restrict v, const double *restrict decay,
                          double (*restrict phi)[TACRO_LANES])
{
    double up[TACRO_LANES];
    double down[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        down[l] = 1.0;
        up[l] = decay[l];
    }
    for (int j = SERIES_TERMS; j > 0; j--) {
        const double f = 1.0 / (j + TACRO_NODES);
        TACRO_EACH_LANE(l) {
            down[l] = 1.0 - down[l] * v[l] * f;
        }
    }
    TACRO_EACH_LANE(l) {
        down[l] /= factorial[TACRO_NODES];
        phi[TACRO_NODES][l] = down[l];
    }
    for (size_t k = TACRO_NODES; k-- > 1;) {
        TACRO_EACH_LANE(l) {
            down[l] = 1.0 / factorial[k] - v[l] * down[l];
            phi[k][l] = down[l];
        }
    }
    for (size_t k = 1; k <= TACRO_NODES; k++) {
        TACRO_EACH_LANE(l) {
            up[l] = (1.0 / factorial[k - 1] - up[l]) / v[l];
            phi[k][l] = v[l] > SERIES_LIMIT ? up[l] : phi[k][l];
        }
    }
}

void K(filter_weights)(const double *z, double *w)
{
    for (size_t i = 0; i < TACRO_POINTS; i++) {
        const double c = i < TACRO_NODES ? node[i] : 1.0;
        double *decay = ROW(w, i * TACRO_POINTS);
        double phi[TACRO_POINTS][TACRO_LANES] __attribute__((aligned(64)));
        double v[TACRO_LANES] __attribute__((aligned(64)));
        double power[TACRO_NODES];
        TACRO_EACH_LANE(l) {
            v[l] = -c * z[l];
        }
        tacro_lanes_exp(v, decay);
        TACRO_EACH_LANE(l) {
            v[l] = -v[l];
        }
        phi_functions(v, decay, phi);
        power[0] = c;
        for (size_t m = 1; m < TACRO_NODES; m++) {
            power[m] = power[m - 1] * c;
        }
        for (size_t j = 0; j < TACRO_NODES; j++) {
            double *restrict out = ROW(w, i * TACRO_POINTS + 1 + j);
            TACRO_EACH_LANE(l) {
                out[l] = 0.0;
            }
            for (size_t m = 0; m < TACRO_NODES; m++) {
                const double f = lagrange[j][m] * power[m] * factorial[m];
                TACRO_EACH_LANE(l) {
                    out[l] += f * phi[m + 1][l] * z[l];
                }
            }
        }
    }
}

/* Integrals of the Lagrange polynomials from 0 to node i. */
static const double to_node[TACRO_NODES][TACRO_NODES] = {
    {0.05923172126404727188, -0.01957036435907603749, 0.01125440081864295555,
     -0.00559379366081218488, 0.00158811296786599854},
    {0.12815100567004528350, 0.11965716762484161701, -0.02459211461964220039,
     0.01031828067068335741, -0.00276899439876960304},
    {0.11377628800422460253, 0.26000465168064151859, 0.14222222222222222222,
     -0.02069031643095828457, 0.00468715452386994123},
    {0.12123243692686414680, 0.22899605457899987661, 0.30903655906408664483,
     0.11965716762484161701, -0.00968756314195073974},
    {0.11687532956022854522, 0.24490812891049541890, 0.27319004362580148889,
     0.25888469960875927151, 0.05923172126404727188}};

static void gauss_sum(const double *x0, const double *h, const double *f,
                      const double *b, double *x1)
{
    TACRO_EACH_LANE(l) {
        double sum = b[0] * f[l];
        sum += b[1] * ROW(f, 1)[l];
        sum += b[2] * ROW(f, 2)[l];
        sum += b[3] * ROW(f, 3)[l];
        sum += b[4] * ROW(f, 4)[l];
        x1[l] = x0[l] + h[l] * sum;
    }
}

void K(gauss)(const double *x0, const double *h, const double *f, double *x1,
              double *nodes)
{
    gauss_sum(x0, h, f, weight, x1);
    for (size_t i = 0; nodes != NULL && i < TACRO_NODES; i++) {
        gauss_sum(x0, h, f, to_node[i], ROW(nodes, i));
    }
}

/*
 * The rule of degree 9 is far better than its difference d from the one of degree 3
 * says: relative to the panel its error is about the square of d's. A filter much
 * faster than the panel keeps only what interpolation gives, which d measures itself.
 */
#define ERROR_FACTOR 6.0

double K(panel_error)(const double *f, const double *scale, const double *stiffness,
                      const double *x1, double rtol, double atol)
{
    double ratio[TACRO_LANES] __attribute__((aligned(64)));
    double worst = 0.0;
    TACRO_EACH_LANE(l) {
        double low = 0.0;
        double size = 0.0;
        for (size_t i = 0; i < TACRO_NODES; i++) {
            low += difference[i] * f[i * TACRO_LANES + l];
            size += weight[i] * fabs(f[i * TACRO_LANES + l]);
        }
        const double d = ERROR_FACTOR * fabs(low) / (size + 1e-300);
        const double share = d * d + stiffness[l] * d;
        ratio[l] = share * size * scale[l] / (rtol * fabs(x1[l]) + atol);
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        /* a NaN fails the comparison and must not vanish in the maximum */
        worst = ratio[l] <= worst ? worst : ratio[l];
        if (!isfinite(worst)) {
            return INFINITY;
        }
    }
    return worst;
}

void K(integral_polynomial)(const double *x0, const double *h, const double *f,
                            double *c)
{
    memcpy(c, x0, TACRO_LANES * sizeof *c);
    for (size_t m = 0; m < TACRO_NODES; m++) {
        double *restrict row = ROW(c, m + 1);
        const double inverse = 1.0 / (double)(m + 1);
        TACRO_EACH_LANE(l) {
            row[l] = 0.0;
        }
        for (size_t j = 0; j < TACRO_NODES; j++) {
            const double factor = lagrange[j][m] * inverse;
            const double *restrict fj = ROW(f, j);
            TACRO_EACH_LANE(l) {
                row[l] += factor * h[l] * fj[l];
            }
        }
    }
}

static void value_at(size_t degree, const double *c, const double *restrict u,
                     double *restrict value)
{
    TACRO_EACH_LANE(l) {
        value[l] = c[degree * TACRO_LANES + l];
    }
    for (size_t m = degree; m-- > 0;) {
        const double *restrict row = ROW(c, m);
        TACRO_EACH_LANE(l) {
            value[l] = value[l] * u[l] + row[l];
        }
    }
}

/* Halvings of the bracket: to the last bit of it. */
#define HALVINGS 54

/* The same at one lane. */
static double lane_value_at(size_t degree, const double *c, size_t l, double u)
{
    double value = c[degree * TACRO_LANES + l];
    for (size_t m = degree; m-- > 0;) {
        value = value * u + c[m * TACRO_LANES + l];
    }
    return value;
}

/* Events are rare: the lanes without one, nearly all, are spared the halvings. */
void K(crossing)(size_t degree, const double *c, double low, double high,
                 const double *level, double *at)
{
    double end[TACRO_LANES] __attribute__((aligned(64)));
    double value[TACRO_LANES] __attribute__((aligned(64)));
    TACRO_EACH_LANE(l) {
        end[l] = low;
    }
    value_at(degree, c, end, value);
    TACRO_EACH_LANE(l) {
        at[l] = value[l] > level[l] ? (double)INFINITY : 0.0;
        end[l] = high;
    }
    value_at(degree, c, end, value);
    TACRO_EACH_LANE(l) {
        at[l] = value[l] < level[l] ? (double)INFINITY : at[l];
    }
    for (size_t l = 0; l < TACRO_LANES; l++) {
        double from = low;
        double to = high;
        for (int k = 0; k < HALVINGS && at[l] == 0.0; k++) {
            const double middle = 0.5 * (from + to);
            if (lane_value_at(degree, c, l, middle) < level[l]) {
                from = middle;
            } else {
                to = middle;
            }
        }
        at[l] += to;
    }
}
