#ifndef TEST_EXACT_COURSE_H
#define TEST_EXACT_COURSE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * One patient's exact course: two compartments with first-order absorption, the PRES
 * states Ce, E, HP and the rejection states Ca, HR.
 *
 *   dAd/dt = -KA Ad                                  dAUC/dt = C = 1000 A1/V1
 *   dA1/dt = KA Ad - (CL + Q)/V1 A1 + Q/V2 A2        dCe/dt  = ke0 (C - Ce)
 *   dA2/dt = Q/V1 A1 - Q/V2 A2                       dCa/dt  = kI (C - Ca)
 *   dE/dt  = kE (S(Ce) - E),  S(x) = s(x)/s(Cref),  s(x) = x^g / (EC50^g + x^g)
 *   dHP/dt = h0/24 multP b(d) E,  b(d) = wP + (1 - wP) exp(-d/tauP)
 *   dHR/dt = lam/24 multR r(d) rho(phi Ca)/rho(rho_ref)
 *            r(d) = (d/onset)^2/(1 + (d/onset)^2) (wR + (1 - wR) exp(-d/tauR))
 *            rho(c) = 1 - Imax c^gR / (IC50^gR + c^gR)
 *
 * with d = day0 + t/24 days since transplantation. Everything starts at zero. Amounts,
 * AUC, Ce and Ca come from matrix exponentials; E from its convolution integral and HP,
 * HR from their integrals, all by Gauss-Legendre quadrature in long double. Relative
 * error of every output below 1e-12.
 */

/** Stretch of constant parameters, which may begin with a dose. */
struct test_segment {
    double t0;     /* begin [h] */
    double t1;     /* end [h], >= t0, the next segment's t0 */
    double CL;     /* [L/h], >= 0 */
    double V1;     /* central [L], > 0 */
    double Q;      /* [L/h], >= 0 */
    double V2;     /* peripheral [L], > 0 */
    double KA;     /* [1/h], >= 0 */
    double amount; /* put into the depot at t0, after bioavailability [mg], >= 0 */
    double multP;  /* factor on the PRES hazard */
    double multR;  /* factor on the rejection hazard */
};

/** PRES hazard. */
struct test_pres {
    double ke0;  /* [1/h] */
    double kE;   /* [1/h] */
    double g;    /* exponent, > 0 */
    double EC50; /* [ng/mL], > 0 */
    double Cref; /* concentration at which S = 1 [ng/mL], > 0 */
    double h0;   /* [1/day] */
    double tauP; /* [day], > 0 */
    double wP;   /* fraction */
};

/** Rejection hazard. */
struct test_rejection {
    double kI;      /* [1/h] */
    double phi;     /* trough over mean concentration */
    double Imax;    /* fraction, < 1 */
    double IC50;    /* [ng/mL], > 0 */
    double gR;      /* exponent, > 0 */
    double rho_ref; /* trough at which the relative hazard is 1 [ng/mL] */
    double lam;     /* [1/day] */
    double wR;      /* fraction */
    double tauR;    /* [day], > 0 */
    double onset;   /* [day], > 0 */
};

struct test_course {
    const struct test_segment *segment; /* [nsegments], borrowed */
    size_t nsegments;
    struct test_pres pres;
    struct test_rejection rejection;
    double day0;     /* days since transplantation at t = 0 */
    unsigned refine; /* quadrature panels are halved this many times; 0 is enough */
};

/** State at one time, the limit from before it: a dose at that time is not yet in. */
struct test_point {
    double time;       /* [h] */
    double depot;      /* [mg] */
    double central;    /* [mg] */
    double peripheral; /* [mg] */
    double C;          /* [ng/mL], with V1 of the segment that ends here */
    double AUC;        /* [ng h/mL] from the first segment's t0 */
    double Ce;         /* [ng/mL] */
    double E;
    double HP;
    double Ca; /* [ng/mL] */
    double HR;
};

/**
 * Compute the course at the given times.
 *
 * time   [ntimes] ascending [h], within the segments
 * out    [ntimes]
 * return false, with out untouched, when segments or times do not fit the above
 */
bool test_course_run(const struct test_course *course, size_t ntimes,
                     const double *time, struct test_point *out);

#endif
