/**
 * Saturable binding in red cells where plasma is the state: total plasma to whole
 * blood.
 */
#include "models/part.h"

#define PARAMS(X)                                                                      \
    X(BMAX, "ng/mL", "binding capacity of red cells, per volume of red cells")         \
    X(KD, "ng/mL", "dissociation constant, total plasma")                              \
    X(HCT, "1", "hematocrit, fraction")
TACRO_PARAM_TABLE(PARAMS)

/* Cp*(1 + BMAX*HCT/(Cp + KD)); its slope is 1 + BMAX*HCT*KD/(Cp + KD)^2. */
static void whole_blood(const struct tacro_view *view, const double *restrict x,
                        double *restrict y, double *restrict dy)
{
    const double *bmax = view->coef[P_BMAX];
    const double *kd = view->coef[P_KD];
    const double *hct = view->coef[P_HCT];
    double bound[TACRO_LANES];
    TACRO_EACH_LANE(l) {
        bound[l] = bmax[l] * hct[l] / (x[l] + kd[l]);
        y[l] = x[l] * (1.0 + bound[l]);
    }
    if (dy != NULL) {
        TACRO_EACH_LANE(l) {
            dy[l] = 1.0 + bound[l] * kd[l] / (x[l] + kd[l]);
        }
    }
}

static void plasma(const struct tacro_view *view, const double *restrict x,
                   double *restrict y,
                   double *restrict dy) /* NOLINT: the contract's type */
{
    (void)view;
    (void)dy;
    TACRO_EACH_LANE(l) {
        y[l] = x[l];
    }
}

static const struct tacro_map maps[] = {
    {.signal = TACRO_CONC, .source = TACRO_CENTRAL, .f = whole_blood},
};

static const struct tacro_output outputs[] = {
    {.name = "plasma",
     .unit = "ng/mL",
     .doc = "total plasma concentration",
     .source = TACRO_SIGNAL(TACRO_CENTRAL),
     .f = plasma},
};

TACRO_PART(binding_blood) = {
    .name = "blood",
    .role = TACRO_BINDING,
    .doc = "CONC = CENTRAL*(1 + BMAX*HCT/(CENTRAL + KD)), CENTRAL: plasma in ng/mL\n"
           "PLASMA = CENTRAL",
    .source = "Storset et al. 2014, Br J Clin Pharmacol 78:509, doi 10.1111/bcp.12361",
    TACRO_TABLE(params, params),
    TACRO_TABLE(maps, maps),
    TACRO_TABLE(outputs, outputs),
    .dose_state = TACRO_NONE,
    .hazard_state = TACRO_NONE,
};
