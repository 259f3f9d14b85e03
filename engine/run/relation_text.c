#include "run/relation_text.h"

#include "core/lanemath.h"
#include "input/relation_indicator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A piece of the text. */
struct piece {
    char s[128];
};

/* "50 y"; a number stands bare. */
static struct piece with_unit(const struct tacro_relation *r, double value)
{
    const enum tacro_dimension dimension =
        tacro_covariate_info(r->covariate)->quantity.dimension;
    const bool is_plain = dimension == TACRO_NUMBER;
    struct piece out;
    snprintf(out.s, sizeof out.s, "%g%s%s", value, is_plain ? "" : " ",
             is_plain ? "" : tacro_dimension_unit(dimension));
    return out;
}

/* "age within 18 to 72 y", "[female]", "[hla_mismatches >= 4]", "[organ: liver]" */
static struct piece moved_covariate(const struct tacro_relation *r)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(r->covariate);
    char level[32];
    struct piece out;
    if (r->is_indicator && info->type == TACRO_COVARIATE_CHOICE) {
        snprintf(out.s, sizeof out.s, "[%s]", info->level[(size_t)r->at_least]);
    } else if (r->is_level) {
        snprintf(out.s, sizeof out.s, "[%s: %s]", info->name,
                 tacro_relation_level(r, level, sizeof level));
    } else if (r->is_indicator) {
        snprintf(out.s, sizeof out.s, "[%s %s %g]", info->name,
                 r->is_above ? ">" : ">=", r->at_least);
    } else if (isfinite(r->clip_min)) {
        snprintf(out.s, sizeof out.s, "%.40s within %g to %.48s", info->name,
                 r->clip_min, with_unit(r, r->clip_max).s);
    } else {
        snprintf(out.s, sizeof out.s, "%s", info->name);
    }
    return out;
}

/* "(age within 18 to 72 y - 50 y)", "[female]", "([hla_mismatches >= 4] - 0.75)" */
static struct piece relation_variable(const struct tacro_relation *r)
{
    const struct piece x = moved_covariate(r);
    struct piece ref = with_unit(r, r->ref);
    struct piece out;
    if (r->ref == 0.0) {
        return x;
    }
    if (r->is_indicator || r->is_level) {
        snprintf(ref.s, sizeof ref.s, "%g", r->ref);
    }
    snprintf(out.s, sizeof out.s, "(%.80s - %.40s)", x.s, ref.s);
    return out;
}

/* "* (weight / 75 kg)^0.4", "* pod^0.67" */
static void power_text(const struct tacro_relation *r, char *text, size_t size)
{
    const struct piece x = moved_covariate(r);
    const struct tacro_quantity *q = &tacro_covariate_info(r->covariate)->quantity;
    if (q->dimension == TACRO_NUMBER && r->ref == 1.0) {
        snprintf(text, size, "* %s^%g", x.s, r->coefficient);
    } else {
        snprintf(text, size, "* (%s / %s)^%g", x.s, with_unit(r, r->ref).s,
                 r->coefficient);
    }
}

/* "* (1 + pod^2.54 / (3.81^2.54 + pod^2.54))" */
static void emax_text(const struct tacro_relation *r, char *text, size_t size)
{
    const struct piece x = moved_covariate(r);
    const struct piece half = with_unit(r, r->half);
    struct piece hill = {""};
    struct piece most = {""};
    if (r->hill != 1.0) {
        snprintf(hill.s, sizeof hill.s, "^%g", r->hill);
    }
    if (fabs(r->coefficient) != 1.0) {
        snprintf(most.s, sizeof most.s, "%g ", fabs(r->coefficient));
    }
    const bool is_wrapped = r->hill != 1.0 && strchr(half.s, ' ') != NULL;
    snprintf(text, size, "* (1 %s %s%s%s / (%s%s%s%s + %s%s))",
             r->coefficient < 0.0 ? "-" : "+", most.s, x.s, hill.s,
             is_wrapped ? "(" : "", half.s, is_wrapped ? ")" : "", hill.s, x.s, hill.s);
}

static void kind_text(const struct tacro_paramset *set, const struct tacro_relation *r,
                      char *text, size_t size)
{
    switch (r->kind) {
    case TACRO_RELATION_VALUE:
        snprintf(text, size, "%s = %s", set->theta[r->theta].name,
                 tacro_covariate_info(r->covariate)->name);
        break;
    case TACRO_RELATION_EXPONENTIAL:
        snprintf(text, size, "* exp(%g %s)", r->coefficient, relation_variable(r).s);
        break;
    case TACRO_RELATION_POWER:
        power_text(r, text, size);
        break;
    case TACRO_RELATION_FACTOR:
        snprintf(text, size, "* %g if %s", tacro_exp(r->coefficient),
                 relation_variable(r).s);
        break;
    case TACRO_RELATION_LINEAR:
        snprintf(text, size, "* (1 %s %g %s)", r->coefficient < 0.0 ? "-" : "+",
                 fabs(r->coefficient), relation_variable(r).s);
        break;
    case TACRO_RELATION_EMAX:
        emax_text(r, text, size);
        break;
    case TACRO_RELATION_ETA:
        snprintf(text, size, "IIV %s if %s", r->text, moved_covariate(r).s);
        break;
    }
}

/* When it acts, behind the rest. */
static void add(char *text, size_t size, const char *words)
{
    const size_t n = strlen(text);
    snprintf(text + n, size - n, ", %s", words);
}

void tacro_relation_text(const struct tacro_paramset *set,
                         const struct tacro_relation *relation, char *text, size_t size)
{
    const struct tacro_relation *r = relation;
    struct piece words;
    kind_text(set, r, text, size);
    if (r->has_days && isfinite(r->last_pod)) {
        snprintf(words.s, sizeof words.s, "days %g to %g", r->first_pod, r->last_pod);
        add(text, size, words.s);
    } else if (r->has_days) {
        snprintf(words.s, sizeof words.s, "from day %g", r->first_pod);
        add(text, size, words.s);
    }
    if (r->has_route) {
        add(text, size, r->route == 0.0 ? "of doses by mouth" : "of doses into a vein");
    }
    if (r->onset == r->offset && r->onset > 0.0) {
        snprintf(words.s, sizeof words.s, "%g h later", r->onset);
        add(text, size, words.s);
    } else if (r->onset > 0.0 || r->offset > 0.0) {
        snprintf(words.s, sizeof words.s, "begins %g h, ends %g h later", r->onset,
                 r->offset);
        add(text, size, words.s);
    }
}
