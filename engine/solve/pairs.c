/*
 * What a regimen at steady state brings into a lane, part by part of an interval. A
 * dose of mixed input has two halves, which nonlinear filters have to see together.
 */
#include "solve/lane_state.h"

#include <math.h>
#include <string.h>

#define ROUNDING 1e-9 /* h, by which the lengths of two lists may differ */

/* The stretches of two actions, cut where either changes. */
static void pair_stretches(const struct tacro_stretch *a, const struct tacro_stretch *b,
                           struct tacro_stretch_pair *out)
{
    double left_a = a[0].length;
    double left_b = b[0].length;
    bool is_new_a = true;
    bool is_new_b = true;
    for (size_t i = 0, j = 0;
         i < TACRO_STRETCHES && j < TACRO_STRETCHES && left_a > 0.0 && left_b > 0.0;
         out++) {
        const double length = fmin(left_a, left_b);
        *out = (struct tacro_stretch_pair){
            .length = length,
            .bolus = {is_new_a ? a[i].bolus : 0.0, is_new_b ? b[j].bolus : 0.0},
            .rate = {a[i].rate, b[j].rate}};
        left_a -= length;
        left_b -= length;
        is_new_a = left_a <= ROUNDING;
        is_new_b = left_b <= ROUNDING;
        if (is_new_a) {
            i++;
            left_a = i < TACRO_STRETCHES ? a[i].length : 0.0;
        }
        if (is_new_b) {
            j++;
            left_b = j < TACRO_STRETCHES ? b[j].length : 0.0;
        }
    }
}

void tacro_block_pairs(const struct tacro_block *block, size_t l,
                       const struct tacro_action *action,
                       struct tacro_stretch_pair *out)
{
    struct tacro_stretch own[TACRO_STRETCHES];
    struct tacro_stretch other[TACRO_STRETCHES];
    memset(out, 0, TACRO_STRETCH_PAIRS * sizeof *out);
    tacro_steady_stretches(action, tacro_block_fraction(block, l, &action->entry), own);
    if (action->is_halved) {
        const struct tacro_action *half = action + 1;
        tacro_steady_stretches(half, tacro_block_fraction(block, l, &half->entry),
                               other);
        pair_stretches(own, other, out);
        return;
    }
    for (size_t k = 0; k < TACRO_STRETCHES; k++) {
        out[k] = (struct tacro_stretch_pair){
            .length = own[k].length, .bolus = {own[k].bolus}, .rate = {own[k].rate}};
    }
}
