/** Saturable binding in red cells: whole blood to unbound and to total plasma. */
#include "models/part.h"

#include <math.h>

#define PARAMS(X)                                                                      \
    X(BMAX, "ng/mL", "binding capacity of red cells, per volume of red cells")         \
    X(KD, "ng/mL", "dissociation constant, unbound")                                   \
    X(NPLASMA, "1", "total plasma over unbound concentration")                         \
    X(HCT, "1", "hematocrit, fraction")
TACRO_PARAM_TABLE(PARAMS)

/* pk-models.md 9.4: the map is used below 0.9 of the capacity only. */
#define LARGEST_OCCUPANCY 0.9

/* ng/mL; NaN where whole blood comes too near to the capacity. */
static void unbound_ng(const struct tacro_view *view, const double *restrict x,
                       double *restrict y)
{
    TACRO_EACH_LANE(l) {
        const double capacity = view->coef[P_BMAX][l] * view->coef[P_HCT][l];
        const double u = x[l] * view->coef[P_KD][l] / (capacity - x[l]);
        y[l] = x[l] < LARGEST_OCCUPANCY * capacity ? u : (double)NAN;
    }
}

static void unbound(const struct tacro_view *view, const double *restrict x,
                    double *restrict y,
                    double *restrict dy) /* NOLINT: the contract's type */
{
    (void)dy;
    unbound_ng(view, x, y);
    TACRO_EACH_LANE(l) {
        y[l] *= 1000.0;
    }
}

static void plasma(const struct tacro_view *view, const double *restrict x,
                   double *restrict y,
                   double *restrict dy) /* NOLINT: the contract's type */
{
    (void)dy;
    unbound_ng(view, x, y);
    TACRO_EACH_LANE(l) {
        y[l] *= view->coef[P_NPLASMA][l];
    }
}

static const struct tacro_output outputs[] = {
    {.name = "unbound",
     .unit = "pg/mL",
     .doc = "unbound concentration in plasma water",
     .source = TACRO_SIGNAL(TACRO_CONC),
     .f = unbound},
    {.name = "plasma",
     .unit = "ng/mL",
     .doc = "total plasma concentration",
     .source = TACRO_SIGNAL(TACRO_CONC),
     .f = plasma},
};

TACRO_PART(binding_rbc) = {
    .name = "rbc",
    .role = TACRO_BINDING,
    .doc = "UNBOUND = 1000*CONC*KD/(BMAX*HCT - CONC) in pg/mL\n"
           "PLASMA = NPLASMA*CONC*KD/(BMAX*HCT - CONC)",
    .source = "Sikma 2020, Clin Pharmacokinet 59:771, doi 10.1007/s40262-019-00854-1",
    TACRO_TABLE(params, params),
    TACRO_TABLE(outputs, outputs),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
