#include "cohort/dosing.h"

#include <math.h>

/* A rule's value, or `none` where the model has no such rule. */
static double value_of(const struct tacro_rules *rules, size_t rule,
                       const struct tacro_subject *subject, double t, int32_t slot,
                       double none)
{
    if (rule == rules->n) {
        return none;
    }
    return subject == NULL ? rules->rule[rule].typical
                           : tacro_subject_value(rules, rule, subject, t, slot);
}

/* A bioavailability, with what the amount of the dose does to it; 1: no such rule. */
static double share_of(const struct tacro_rules *rules, size_t rule,
                       const struct tacro_subject *subject, double amount, double t,
                       int32_t slot)
{
    const double share = value_of(rules, rule, subject, t, slot, 1.0);
    return rule < rules->n && rules->rule[rule].has_dose
               ? share * tacro_subject_dose_factor(rules, rule, subject, t, amount)
               : share;
}

size_t tacro_rules_lag(const struct tacro_rules *rules, size_t port)
{
    if (port == TACRO_PORT_IV) {
        return rules->n;
    }
    return port == TACRO_PORT_ORAL ? rules->lag
                                   : rules->flag[port - TACRO_PORT_FORMULATION];
}

void tacro_subject_dose(const struct tacro_rules *rules,
                        const struct tacro_subject *subject, size_t port, double amount,
                        double t, int32_t slot, struct tacro_dose_values *out)
{
    port = port >= TACRO_PORT_ZERO ? port - TACRO_PORT_ZERO : port;
    *out = (struct tacro_dose_values){1.0, 0.0, NAN, NAN};
    out->lag = value_of(rules, tacro_rules_lag(rules, port), subject, t, slot, 0.0);
    if (port == TACRO_PORT_ORAL) {
        out->d1 = value_of(rules, rules->d1, subject, t, slot, NAN);
        out->r1 = value_of(rules, rules->r1, subject, t, slot, NAN);
    }
    if (subject == NULL) {
        return;
    }
    if (port == TACRO_PORT_IV) {
        out->f = 1.0 / value_of(rules, rules->fabs, subject, t, slot, 1.0);
        return;
    }
    out->f = share_of(rules, rules->f1, subject, amount, t, slot);
    if (port >= TACRO_PORT_FORMULATION) {
        out->f *= share_of(rules, rules->frel[port - TACRO_PORT_FORMULATION], subject,
                           amount, t, slot);
    }
}

bool tacro_rules_mix(const struct tacro_rules *rules, size_t port)
{
    return rules->fzero[port] < rules->n;
}

struct tacro_dose_mix tacro_subject_mix(const struct tacro_rules *rules,
                                        const struct tacro_subject *subject,
                                        size_t port, double t, int32_t slot)
{
    const double share = value_of(rules, rules->fzero[port], subject, t, slot, 0.0);
    return (struct tacro_dose_mix){
        .share = fmin(fmax(share, 0.0), 1.0),
        .duration = value_of(rules, rules->dzero[port], subject, t, slot, 0.0)};
}

bool tacro_rules_vary(const struct tacro_rules *rules, size_t rule)
{
    const struct tacro_rule *r = &rules->rule[rule];
    return r->is_dynamic || r->omega > 0.0 || r->value_of != NULL ||
           r->nrelations > 0 || r->is_drawn;
}
