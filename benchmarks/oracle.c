#include "benchmarks/oracle.h"

#include "tests/support/expm.h"

#include <math.h>
#include <string.h>

enum { DEPOT, TRANSIT1, TRANSIT2, TRANSIT3, CENTRAL, PERIPHERAL, CE, NSTATES };

#define STEP 0.25L /* h; divides all times without rounding */
#define NNODES 10
#define NG_PER_ML 1000.0L /* mg/L to ng/mL */

struct rule {
    long double node[NNODES]; /* on [0, 1] */
    long double weight[NNODES];
};

struct oracle {
    struct rule rule;
    long double step[NSTATES * NSTATES];          /* exp(A STEP) */
    long double inner[NNODES][NSTATES * NSTATES]; /* exp(A STEP node) */
    long double x[NSTATES];
    long double hazard[2];
};

static void rule_fill(struct rule *rule)
{
    const long double pi = acosl(-1.0L);
    const long double n = NNODES;
    for (int i = 0; i < NNODES; i++) {
        long double z = cosl(pi * ((long double)i + 0.75L) / (n + 0.5L));
        long double slope = 1.0L;
        for (int k = 0; k < 8; k++) { /* Newton; converges in five */
            long double before = 1.0L;
            long double p = z;
            for (int j = 2; j <= NNODES; j++) {
                const long double m = (long double)j;
                const long double next =
                    ((2.0L * m - 1.0L) * z * p - (m - 1.0L) * before) / m;
                before = p;
                p = next;
            }
            slope = n * (z * p - before) / (z * z - 1.0L);
            z -= p / slope;
        }
        rule->node[i] = (1.0L + z) / 2.0L;
        rule->weight[i] = 1.0L / ((1.0L - z * z) * slope * slope);
    }
}

static void matrix_fill(const struct bench_patient *p, long double *a)
{
    const long double v1 = p->V1;
    memset(a, 0, sizeof(long double) * NSTATES * NSTATES);
    for (int s = DEPOT; s <= TRANSIT3; s++) {
        a[s * NSTATES + s] = -(long double)p->KTR;
        a[(s + 1) * NSTATES + s] = p->KTR;
    }
    a[CENTRAL * NSTATES + CENTRAL] = -((long double)p->CL + p->Q) / v1;
    a[CENTRAL * NSTATES + PERIPHERAL] = (long double)p->Q / p->V2;
    a[PERIPHERAL * NSTATES + CENTRAL] = p->Q / v1;
    a[PERIPHERAL * NSTATES + PERIPHERAL] = -(long double)p->Q / p->V2;
    a[CE * NSTATES + CENTRAL] = p->KE0 * NG_PER_ML / v1;
    a[CE * NSTATES + CE] = -(long double)p->KE0;
}

static void begin(const struct bench_patient *patient, struct oracle *o)
{
    long double a[NSTATES * NSTATES];
    memset(o, 0, sizeof *o);
    rule_fill(&o->rule);
    matrix_fill(patient, a);
    test_expm(NSTATES, a, STEP, o->step);
    for (int i = 0; i < NNODES; i++) {
        test_expm(NSTATES, a, STEP * o->rule.node[i], o->inner[i]);
    }
}

static long double row_times(const long double *row, const long double *x)
{
    long double sum = 0.0L;
    for (int j = 0; j < NSTATES; j++) {
        sum += row[j] * x[j];
    }
    return sum;
}

static void advance(const struct bench_patient *p, struct oracle *o)
{
    long double next[NSTATES];
    for (int i = 0; p->KE0 > 0.0 && i < NNODES; i++) {
        const long double ce = row_times(o->inner[i] + (size_t)CE * NSTATES, o->x);
        const long double weight = STEP * o->rule.weight[i];
        o->hazard[0] += weight * p->H0 * expl(p->BETA * ce);
        o->hazard[1] += weight * p->R0 / (1.0L + powl(ce / p->EC50, p->G));
    }
    for (int s = 0; s < NSTATES; s++) {
        next[s] = row_times(o->step + (size_t)s * NSTATES, o->x);
    }
    memcpy(o->x, next, sizeof next);
}

void bench_oracle(const struct bench_patient *patient, size_t ndoses,
                  const struct bench_dose *dose, size_t ntimes, const double *time,
                  double (*out)[BENCH_NQUANTITIES])
{
    struct oracle o;
    double t = 0.0;
    size_t next = 0;
    begin(patient, &o);
    for (size_t i = 0; i < ntimes; i++) {
        while (t < time[i]) {
            for (; next < ndoses && dose[next].time <= t; next++) {
                o.x[DEPOT] += (long double)patient->F1 * dose[next].amount;
            }
            advance(patient, &o);
            t += (double)STEP;
        }
        out[i][BENCH_C] = (double)(o.x[CENTRAL] * NG_PER_ML / patient->V1);
        out[i][BENCH_CE] = (double)o.x[CE];
        out[i][BENCH_HEXP] = (double)o.hazard[0];
        out[i][BENCH_HEMAX] = (double)o.hazard[1];
    }
}
