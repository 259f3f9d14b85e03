#include "run/reference_text.h"

#include <math.h>
#include <stdio.h>

static void put_normal(const struct tacro_covariate *c,
                       const struct tacro_covariate_info *info, char *text, size_t size)
{
    const bool is_plain = info->quantity.dimension == TACRO_NUMBER;
    const char *unit = is_plain ? "" : tacro_dimension_unit(info->quantity.dimension);
    const char *gap = is_plain ? "" : " ";
    snprintf(text, size, "mean %g%s%s, SD %g%s%s, %s %g to %g%s%s", c->mean, gap, unit,
             c->sd, gap, unit,
             c->distribution == TACRO_CLIPPED ? "clipped to" : "truncated to", c->min,
             c->max, gap, unit);
}

static void put_bernoulli(const struct tacro_covariate *c,
                          const struct tacro_covariate_info *info, char *text,
                          size_t size)
{
    char below[64] = "";
    char without[64] = "";
    char what[64] = "";
    if (isfinite(c->below_age)) {
        snprintf(below, sizeof below, " below %g y", c->below_age);
    }
    if (c->has_absent_with) {
        snprintf(without, sizeof without, ", none with %s",
                 tacro_covariate_info(c->absent_with)->name);
    }
    if (info->nlevels > 0) {
        snprintf(what, sizeof what, " %s", info->level[1]);
    } else if (info->type == TACRO_COVARIATE_NUMBER) {
        snprintf(what, sizeof what, " %g, else 0", c->value);
    }
    snprintf(text, size, "%g %%%s%s%s", 100.0 * c->probability, what, below, without);
}

void tacro_reference_text(const struct tacro_covariate *reference,
                          enum tacro_covariate_id id, char *text, size_t size)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(id);
    text[0] = '\0';
    switch (reference->distribution) {
    case TACRO_NORMAL:
    case TACRO_CLIPPED:
        put_normal(reference, info, text, size);
        break;
    case TACRO_BERNOULLI:
        put_bernoulli(reference, info, text, size);
        break;
    case TACRO_STEPS:
        snprintf(text, size, "%s",
                 info->nlevels > 0 ? info->level[(size_t)reference->step[0].value]
                 : reference->step[0].value != 0.0 ? "true"
                                                   : "false");
        break;
    case TACRO_ABSENT:
    case TACRO_UNKNOWN:
    case TACRO_TABLE:
        break;
    }
}
