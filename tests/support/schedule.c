#include "tests/support/schedule.h"

#include <math.h>

#define DOSE_FIRST 8.0 /* 08:00 of day 0 [h] */
#define II 12.0        /* [h] */

const struct test_oral2 test_sikma = {
    .CL = 20.9, .V1 = 220.0, .Q = 72.0, .V2 = 469.0, .KA = 0.579};

const struct test_oral2 test_rounded = {
    .CL = 19.6, .V1 = 231.0, .Q = 72.0, .V2 = 521.0, .KA = 0.579};

const double test_plan_time[TEST_PLAN_NTIMES] = {104.0, 176.0, 336.0,
                                                 344.0, 720.0, 728.0};

/* clang-format off */
const struct test_plan_row test_plan_rows[TEST_PLAN_NROWS] = {
    {"continue 3 mg", {3.0, 3.0, 3.0, 3.0, 3.0},
     "9.0586", "9.9612", "10.1713", "0.59040", "0.75086", "12.4543",
     "7.5972e-4", "1.22296e-3", "0.16407", "0.26684"},
    {"hold, then 3 mg", {3.0, 0.0, 3.0, 3.0, 3.0},
     "4.6975", "9.1423", "10.1539", "0.35920", "0.60882", "12.2107",
     "6.4683e-4", "1.10968e-3", "0.18371", "0.28682"},
    {"hold, then 1.5 mg", {3.0, 0.0, 1.5, 1.5, 1.5},
     "4.6975", "5.0224", "5.0865", "0.35920", "0.25323", "6.3023",
     "3.5008e-4", "5.0232e-4", "0.26345", "0.46164"},
    {"hold, then 1, 0.5, 0.25 mg", {3.0, 0.0, 1.0, 0.5, 0.25},
     "4.6975", "2.1490", "0.8757", "0.35920", "0.09557", "1.5004",
     "2.1513e-4", "2.2167e-4", "0.39282", "0.79506"},
    {"hold, then 0.25 mg", {3.0, 0.0, 0.25, 0.25, 0.25},
     "4.6975", "1.5892", "0.8638", "0.35920", "0.05708", "1.3786",
     "1.9762e-4", "2.0410e-4", "0.41076", "0.81339"},
    {"stop", {3.0, 0.0, 0.0, 0.0, 0.0},
     "4.6975", "0.9026", "0.0192", "0.35920", "0.03482", "0.3938",
     "1.8480e-4", "1.8481e-4", "0.42623", "0.83230"},
};
/* clang-format on */

struct test_pres test_pres_typical(void)
{
    return (struct test_pres){.ke0 = log(2.0) / 6.0,
                              .kE = log(2.0) / 12.0,
                              .g = 1.8,
                              .EC50 = 30.0,
                              .Cref = 15.0,
                              .h0 = 1.6e-4,
                              .tauP = 14.0,
                              .wP = 0.012};
}

struct test_rejection test_rejection_typical(void)
{
    return (struct test_rejection){.kI = log(2.0) / 48.0,
                                   .phi = 0.78,
                                   .Imax = 0.80,
                                   .IC50 = 4.10,
                                   .gR = 3.0,
                                   .rho_ref = 12.0,
                                   .lam = 0.032,
                                   .wR = 0.006,
                                   .tauR = 13.0,
                                   .onset = 6.0};
}

struct test_course test_course_typical(size_t nsegments,
                                       const struct test_segment *segment)
{
    return (struct test_course){.segment = segment,
                                .nsegments = nsegments,
                                .pres = test_pres_typical(),
                                .rejection = test_rejection_typical()};
}

struct test_segment test_segment_of(const struct test_oral2 *par, double t0, double t1,
                                    double amount)
{
    return (struct test_segment){.t0 = t0,
                                 .t1 = t1,
                                 .CL = par->CL,
                                 .V1 = par->V1,
                                 .Q = par->Q,
                                 .V2 = par->V2,
                                 .KA = par->KA,
                                 .amount = amount,
                                 .multP = 1.0,
                                 .multR = 1.0};
}

static double plan_amount(const struct test_plan *plan, int day)
{
    switch (day) {
    case 0:
    case 1:
    case 2:
        return plan->first;
    case 3:
        return plan->day3;
    case 4:
        return plan->day4;
    case 5:
        return plan->day5;
    default:
        return plan->later;
    }
}

void test_plan_fill(const struct test_plan *plan, const struct test_oral2 *par,
                    struct test_segment *segment)
{
    segment[0] = test_segment_of(par, 0.0, DOSE_FIRST, 0.0);
    for (int k = 0; k + 1 < TEST_PLAN_NSEGMENTS; k++) {
        const double t0 = DOSE_FIRST + II * k;

        segment[k + 1] = test_segment_of(par, t0, t0 + II, plan_amount(plan, k / 2));
    }
}
