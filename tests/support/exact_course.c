#include "tests/support/exact_course.h"

#include "tests/support/expm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { DEPOT, CENTRAL, PERIPHERAL, AUC, CE, CA, NSTATES };

#define NG_PER_ML 1000.0L /* mg/L to ng/mL */
#define HOURS_PER_DAY 24.0L

/*
 * A panel is at most as long as the time since its segment began, because S(Ce) has a
 * branch point near a dose into an empty system; the first panel is PANEL_FIRST. It is
 * at most PANEL_LONGEST, and at most PANEL_STIFF over the fastest rate.
 */
#define PANEL_FIRST 0x1p-20L /* h */
#define PANEL_LONGEST 1.0L   /* h */
#define PANEL_STIFF 6.0L

#define NOUTER 10 /* nodes of a panel, for the hazards */
#define NINNER 5  /* nodes between two of them, for the convolution */
#define NSERIES 160
#define NEGLIGIBLE 1e-22L

/* Gauss-Legendre nodes and weights on [0, 1]. */
struct rule {
    long double node[NOUTER];
    long double weight[NOUTER];
};

/* Ce and Ca within a panel: exp(-shift * s) times power series in s / length. */
struct signal {
    long double length;
    long double shift;
    size_t nterms;
    long double ce[NSERIES];
    long double ca[NSERIES];
};

struct walker {
    const struct test_course *course;
    const struct test_segment *segment;
    struct rule outer;
    struct rule inner;
    long double a[NSTATES * NSTATES]; /* dx/dt = a x in this segment, nothing < 0 off */
    long double shift;                /* largest -a[i][i] */
    long double s_ref;                /* s(Cref) */
    long double rho_ref;              /* rho(rho_ref) */
    long double x[NSTATES];
    long double e;
    long double hp;
    long double hr;
    long double time;
};

static void rule_fill(int n, struct rule *rule)
{
    const long double pi = acosl(-1.0L);

    assert(n <= NOUTER);
    for (int i = 0; i < n; i++) {
        long double z = -cosl(pi * ((long double)i + 0.75L) / ((long double)n + 0.5L));
        long double slope = 0.0L;

        /* Newton on the Legendre polynomial of degree n; converges in five. */
        for (int k = 0; k < 8; k++) {
            long double p = 1.0L;
            long double before = 0.0L;

            for (int j = 1; j <= n; j++) {
                const long double m = (long double)j;
                const long double next =
                    ((2.0L * m - 1.0L) * z * p - (m - 1.0L) * before) / m;

                before = p;
                p = next;
            }
            slope = (long double)n * (z * p - before) / (z * z - 1.0L);
            z -= p / slope;
        }
        rule->node[i] = (1.0L + z) / 2.0L;
        rule->weight[i] = 1.0L / ((1.0L - z * z) * slope * slope);
    }
}

/* x^n / (half^n + x^n) */
static long double hill(long double x, long double half, long double n)
{
    long double r = 0.0L;

    if (x <= 0.0L) {
        return 0.0L;
    }
    r = powl(x / half, n);
    return isinf(r) ? 1.0L : r / (1.0L + r);
}

/* hP at t, per hour. */
static long double pres_hazard(const struct walker *w, long double t)
{
    const struct test_pres *p = &w->course->pres;
    const long double day = w->course->day0 + t / HOURS_PER_DAY;
    const long double b = p->wP + (1.0L - p->wP) * expl(-day / p->tauP);

    return p->h0 / HOURS_PER_DAY * w->segment->multP * b * w->e;
}

static long double protection(const struct test_rejection *r, long double c)
{
    return 1.0L - r->Imax * hill(c, r->IC50, r->gR);
}

/* hR at t, per hour. */
static long double rejection_hazard(const struct walker *w, long double t,
                                    long double ca)
{
    const struct test_rejection *r = &w->course->rejection;
    const long double day = w->course->day0 + t / HOURS_PER_DAY;
    const long double square = (day / r->onset) * (day / r->onset);
    const long double rise = square / (1.0L + square);
    const long double decline = r->wR + (1.0L - r->wR) * expl(-day / r->tauR);
    const long double rho = protection(r, r->phi * ca) / w->rho_ref;

    return r->lam / HOURS_PER_DAY * w->segment->multR * rise * decline * rho;
}

/* Take the segment's parameters and its dose. */
static void walker_enter(struct walker *w, const struct test_segment *s)
{
    const long double k10 = (long double)s->CL / s->V1;
    const long double k12 = (long double)s->Q / s->V1;
    const long double k21 = (long double)s->Q / s->V2;
    const long double ke0 = w->course->pres.ke0;
    const long double kI = w->course->rejection.kI;
    long double(*a)[NSTATES] = (long double(*)[NSTATES])w->a;

    w->segment = s;
    memset(w->a, 0, sizeof w->a);
    a[DEPOT][DEPOT] = -(long double)s->KA;
    a[CENTRAL][DEPOT] = s->KA;
    a[CENTRAL][CENTRAL] = -(k10 + k12);
    a[CENTRAL][PERIPHERAL] = k21;
    a[PERIPHERAL][CENTRAL] = k12;
    a[PERIPHERAL][PERIPHERAL] = -k21;
    a[AUC][CENTRAL] = NG_PER_ML / s->V1;
    a[CE][CENTRAL] = ke0 * NG_PER_ML / s->V1;
    a[CE][CE] = -ke0;
    a[CA][CENTRAL] = kI * NG_PER_ML / s->V1;
    a[CA][CA] = -kI;
    w->shift = 0.0L;
    for (size_t i = 0; i < NSTATES; i++) {
        w->shift = fmaxl(w->shift, -a[i][i]);
    }
    w->x[DEPOT] += s->amount;
}

/*
 * Series of exp(-shift s) exp((a + shift I) s) x for a panel, and x at its end. Every
 * term is >= 0, so nothing cancels.
 */
static void signal_fill(const struct walker *w, long double length, long double *x,
                        struct signal *sig)
{
    long double term[NSTATES];
    long double sum[NSTATES];

    memcpy(term, x, sizeof term);
    memcpy(sum, x, sizeof sum);
    sig->length = length;
    sig->shift = w->shift;
    for (size_t k = 0;; k++) {
        long double next[NSTATES];
        const long double step = length / (long double)(k + 1);

        sig->ce[k] = term[CE];
        sig->ca[k] = term[CA];
        sig->nterms = k + 1;
        if (sig->nterms == NSERIES ||
            (k >= 8 && (long double)k > 2.0L * w->shift * length &&
             term[CE] <= NEGLIGIBLE * sum[CE] && term[CA] <= NEGLIGIBLE * sum[CA])) {
            break;
        }
        for (size_t i = 0; i < NSTATES; i++) {
            next[i] = w->shift * term[i];
            for (size_t j = 0; j < NSTATES; j++) {
                next[i] += w->a[i * NSTATES + j] * term[j];
            }
        }
        for (size_t i = 0; i < NSTATES; i++) {
            term[i] = next[i] * step;
            sum[i] += term[i];
        }
    }
    for (size_t i = 0; i < NSTATES; i++) {
        x[i] = sum[i] * expl(-w->shift * length);
    }
}

static long double signal_at(const struct signal *sig, const long double *coef,
                             long double s)
{
    const long double z = s / sig->length;
    long double sum = 0.0L;

    for (size_t k = sig->nterms; k-- > 0;) {
        sum = sum * z + coef[k];
    }
    return sum * expl(-sig->shift * s);
}

/* E at panel time s1 from its value at s0: decay plus convolution with S(Ce). */
static long double stress_advance(const struct walker *w, const struct signal *sig,
                                  long double s0, long double s1, long double e)
{
    const struct test_pres *p = &w->course->pres;
    long double sum = 0.0L;

    for (int j = 0; j < NINNER; j++) {
        const long double s = s0 + (s1 - s0) * w->inner.node[j];
        const long double ce = signal_at(sig, sig->ce, s);

        sum += w->inner.weight[j] * expl(-p->kE * (s1 - s)) * hill(ce, p->EC50, p->g);
    }
    return e * expl(-p->kE * (s1 - s0)) + p->kE * (s1 - s0) * sum / w->s_ref;
}

/* E, HP and HR over one panel. */
static void walker_panel(struct walker *w, const struct signal *sig)
{
    long double before = 0.0L;

    for (int i = 0; i < NOUTER; i++) {
        const long double s = sig->length * w->outer.node[i];
        const long double weight = sig->length * w->outer.weight[i];
        const long double t = w->time + s;

        w->e = stress_advance(w, sig, before, s, w->e);
        w->hp += weight * pres_hazard(w, t);
        w->hr += weight * rejection_hazard(w, t, signal_at(sig, sig->ca, s));
        before = s;
    }
    w->e = stress_advance(w, sig, before, sig->length, w->e);
}

static long double panel_length(const struct walker *w, long double t1)
{
    const long double since = w->time - w->segment->t0;
    long double length = fminl(fmaxl(since, PANEL_FIRST), PANEL_LONGEST);

    if (w->shift > 0.0L) {
        length = fminl(length, PANEL_STIFF / w->shift);
    }
    length = ldexpl(length, -(int)w->course->refine);
    return fminl(length, t1 - w->time);
}

/* Move to t1, within the segment. */
static void walker_advance(struct walker *w, long double t1)
{
    const long double t0 = w->time;
    long double exact[NSTATES] = {0.0L};
    long double e[NSTATES * NSTATES];
    struct signal sig;

    if (t1 <= t0) {
        return;
    }
    test_expm(NSTATES, w->a, t1 - t0, e);
    for (size_t i = 0; i < NSTATES; i++) {
        for (size_t j = 0; j < NSTATES; j++) {
            exact[i] += e[i * NSTATES + j] * w->x[j];
        }
    }
    while (w->time < t1) {
        const long double length = panel_length(w, t1);

        signal_fill(w, length, w->x, &sig);
        walker_panel(w, &sig);
        w->time = length < t1 - w->time ? w->time + length : t1;
    }
    memcpy(w->x, exact, sizeof w->x);
}

static void walker_report(const struct walker *w, double time, struct test_point *out)
{
    *out = (struct test_point){
        .time = time,
        .depot = (double)w->x[DEPOT],
        .central = (double)w->x[CENTRAL],
        .peripheral = (double)w->x[PERIPHERAL],
        .C = (double)(NG_PER_ML * w->x[CENTRAL] / w->segment->V1),
        .AUC = (double)w->x[AUC],
        .Ce = (double)w->x[CE],
        .E = (double)w->e,
        .HP = (double)w->hp,
        .Ca = (double)w->x[CA],
        .HR = (double)w->hr,
    };
}

/* Written so that a NaN is refused too. */
static bool course_is_valid(const struct test_course *c, size_t ntimes,
                            const double *time)
{
    if (c->nsegments == 0) {
        return false;
    }
    for (size_t k = 0; k < c->nsegments; k++) {
        const struct test_segment *s = &c->segment[k];
        const bool is_joined = k == 0 || s->t0 == c->segment[k - 1].t1;

        if (!is_joined || !(s->t1 >= s->t0) || !(s->CL >= 0.0) || !(s->V1 > 0.0) ||
            !(s->Q >= 0.0) || !(s->V2 > 0.0) || !(s->KA >= 0.0) ||
            !(s->amount >= 0.0)) {
            return false;
        }
    }
    for (size_t i = 0; i < ntimes; i++) {
        const double first = i == 0 ? c->segment[0].t0 : time[i - 1];

        if (!(time[i] >= first) || !(time[i] <= c->segment[c->nsegments - 1].t1)) {
            return false;
        }
    }
    return true;
}

bool test_course_run(const struct test_course *course, size_t ntimes,
                     const double *time, struct test_point *out)
{
    struct walker w = {.course = course};
    size_t i = 0;

    if (!course_is_valid(course, ntimes, time)) {
        return false;
    }
    w.s_ref = hill(course->pres.Cref, course->pres.EC50, course->pres.g);
    w.rho_ref = protection(&course->rejection, course->rejection.rho_ref);
    rule_fill(NOUTER, &w.outer);
    rule_fill(NINNER, &w.inner);
    w.segment = course->segment;
    w.time = course->segment[0].t0;
    for (; i < ntimes && time[i] <= course->segment[0].t0; i++) {
        walker_report(&w, time[i], &out[i]);
    }
    for (size_t k = 0; k < course->nsegments; k++) {
        const struct test_segment *s = &course->segment[k];

        walker_enter(&w, s);
        for (; i < ntimes && time[i] <= s->t1; i++) {
            walker_advance(&w, time[i]);
            walker_report(&w, time[i], &out[i]);
        }
        walker_advance(&w, s->t1);
    }
    return true;
}
