#include "cohort/occasion.h"

#include "models/part.h"

#include <math.h>
#include <stdlib.h>

#define DAY 24.0

/* Days of a wander that are computed at once. */
#define STRETCH 512
#define LONGEST (STRETCH + TACRO_MAX_WANDER_DAYS + TACRO_LANES)

/* The weights sqrt(1 - phi^2) phi^j. */
static enum tacro_status weigh(struct tacro_rule *rule,
                               const struct tacro_effect *effect,
                               struct tacro_error *err)
{
    const double phi = tacro_exp(-DAY / effect->correlation_time);
    const double scale = sqrt(1.0 - phi * phi);
    double power = 1.0;
    rule->wander_weight = calloc(TACRO_MAX_WANDER_DAYS, sizeof *rule->wander_weight);
    if (rule->wander_weight == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "wander of %s", rule->theta->name);
    }
    rule->wander_weight[rule->nwander++] = scale;
    while (!(power < TACRO_WANDER_CUT) && rule->nwander < TACRO_MAX_WANDER_DAYS) {
        power *= phi;
        rule->wander_weight[rule->nwander++] = scale * power;
    }
    return TACRO_OK;
}

enum tacro_status tacro_rule_set_occasions(struct tacro_rule *rule,
                                           const struct tacro_effect *effect,
                                           struct tacro_error *err)
{
    rule->effect = effect;
    rule->kappa = effect->kappa > 0.0 ? effect->kappa : effect->wander;
    rule->has_course = effect->kappas.n > 0 || effect->wander > 0.0;
    return effect->wander > 0.0 ? weigh(rule, effect, err) : TACRO_OK;
}

/* The day that a slot starts in; day 0 starts with slot 0. */
static int32_t day_of(const struct tacro_rules *rules, int32_t slot)
{
    return (int32_t)floor((slot * rules->input->pk->occasion + TACRO_SAME_TIME) / DAY);
}

/* The spread in a slot; `first` where it does not change. */
static double spread_at(const struct tacro_rules *rules,
                        const struct tacro_spreads *spreads, double first, int32_t slot)
{
    const struct tacro_input *input = rules->input;
    const double start = slot * input->pk->occasion + input->trough_clock;
    double log_sd = first;
    for (size_t i = 0;
         i < spreads->n && (i == 0 || spreads->step[i].from <= start + TACRO_SAME_TIME);
         i++) {
        log_sd = spreads->step[i].log_sd;
    }
    return log_sd;
}

/* A spread that does not change with the time, in a draw. */
static double spread_of(const struct tacro_rules *rules, int drawn, double central,
                        uint32_t draw)
{
    return drawn == TACRO_NONE ? central : rules->drawn[drawn].value[draw];
}

/* The number of a slot from its standard normal z and w of its day; w 0: no wander. */
static double combine(const struct tacro_rules *rules, const struct tacro_rule *rule,
                      uint32_t draw, int32_t slot, double z, double w)
{
    const struct tacro_effect *e = rule->effect;
    const double s = spread_of(rules, rule->drawn_kappa, e->kappa, draw);
    const double r = spread_of(rules, rule->drawn_wander, e->wander, draw);
    const double kappa = spread_at(rules, &e->kappas, s, slot) / rule->kappa;
    const double wander = spread_at(rules, &e->wanders, r, slot) / rule->kappa;
    return kappa * z + wander * w;
}

static double normal_of(const struct tacro_rules *rules, const struct tacro_rule *rule,
                        const struct tacro_subject *subject, enum tacro_stream stream,
                        int32_t occasion)
{
    const struct tacro_rng_key key =
        tacro_subject_key(rules, rule, subject, stream, occasion);
    return tacro_rng_normal(&key);
}

static double number_of(const struct tacro_rules *rules, const struct tacro_rule *rule,
                        const struct tacro_subject *subject, int32_t slot)
{
    const struct tacro_rng_key key =
        tacro_subject_key(rules, rule, subject, TACRO_STREAM_KAPPA, slot);
    const double z = tacro_mix_normal(&rule->kappa_mix, &key);
    const int32_t day = day_of(rules, slot);
    double w = 0.0;
    if (!rule->has_course) {
        return z;
    }
    for (size_t j = 0; j < rule->nwander; j++) {
        w += rule->wander_weight[j] *
             normal_of(rules, rule, subject, TACRO_STREAM_WANDER, day - (int32_t)j);
    }
    return combine(rules, rule, subject->parameter_draw, slot, z, w);
}

double tacro_subject_kappa(const struct tacro_rules *rules, size_t rule,
                           const struct tacro_subject *subject, int32_t slot)
{
    const struct tacro_rule *r = &rules->rule[rule];
    const int64_t at = (int64_t)slot - subject->first_slot;
    if (at >= 0 && (uint64_t)at < subject->nslots) {
        return subject->kappa[r->kappa_row * subject->nslots + (size_t)at];
    }
    return number_of(rules, r, subject, slot);
}

/*
 * w of up to STRETCH days, in rows of TACRO_LANES; what is beyond the last day in its
 * row means nothing. The terms of a day are added in the order of number_of.
 */
static void wander_of(const struct tacro_rules *rules,
                      const struct tacro_lane_math *math, const struct tacro_rule *rule,
                      const struct tacro_subject *subject, int32_t first, size_t n,
                      double *w)
{
    const size_t before = rule->nwander - 1;
    const struct tacro_rng_key key = tacro_subject_key(
        rules, rule, subject, TACRO_STREAM_WANDER, first - (int32_t)before);
    double y[LONGEST + TACRO_LANES];
    const size_t nrows = (n + TACRO_LANES - 1) / TACRO_LANES;
    const size_t needed = before + nrows * TACRO_LANES;
    tacro_rng_occasions(&key, before + n, y);
    for (size_t i = before + n; i < needed + TACRO_LANES; i++) {
        y[i] = 0.5;
    }
    for (size_t i = 0; i < needed; i += TACRO_LANES) {
        math->quantile(y + i, y + i);
    }
    for (size_t row = 0; row < nrows; row++) {
        const double *at = y + before + row * TACRO_LANES;
        double sum[TACRO_LANES] = {0.0};
        for (size_t j = 0; j < rule->nwander; j++) {
            const double *ago = at - j;
            const double weight = rule->wander_weight[j];
            TACRO_EACH_LANE(l) {
                sum[l] += weight * ago[l];
            }
        }
        TACRO_EACH_LANE(l) {
            w[row * TACRO_LANES + l] = sum[l];
        }
    }
}

/* Turn the standard normals of consecutive slots into their numbers. */
static void follow_course(const struct tacro_rules *rules,
                          const struct tacro_lane_math *math,
                          const struct tacro_rule *rule,
                          const struct tacro_subject *subject, int32_t first, size_t n,
                          double *number)
{
    const int64_t last = day_of(rules, first + (int32_t)n - 1);
    double w[STRETCH] = {0.0};
    int64_t from = 0; /* days of w: from .. end - 1 */
    int64_t end = 0;
    for (size_t s = 0; s < n; s++) {
        const int32_t slot = first + (int32_t)s;
        const int64_t day = day_of(rules, slot);
        if (s == 0 || day >= end) {
            from = day;
            end = last - day < STRETCH ? last + 1 : day + STRETCH;
            if (rule->nwander > 0) {
                wander_of(rules, math, rule, subject, (int32_t)from,
                          (size_t)(end - from), w);
            }
        }
        number[s] = combine(rules, rule, subject->parameter_draw, slot, number[s],
                            w[day - from]);
    }
}

/*
 * The same for all slots drawn ahead of a subject, [rules->nkappas][nslots]; those that
 * correlate take part as the sum that they are.
 */
static void follow_courses(const struct tacro_rules *rules,
                           const struct tacro_lane_math *math,
                           const struct tacro_subject *subject, double *number)
{
    for (size_t k = 0; k < rules->n; k++) {
        const struct tacro_rule *rule = &rules->rule[k];
        double *row = number + rule->kappa_row * subject->nslots;
        if (rule->kappa > 0.0 && rule->kappa_mix.n > 0) {
            const struct tacro_rng_key key = tacro_subject_key(
                rules, rule, subject, TACRO_STREAM_KAPPA, subject->first_slot);
            tacro_mix_occasions(&rule->kappa_mix, math, &key, subject->nslots, row);
        }
        if (rule->kappa > 0.0 && rule->has_course) {
            follow_course(rules, math, rule, subject, subject->first_slot,
                          subject->nslots, row);
        }
    }
}

void tacro_subjects_draw_kappas(const struct tacro_rules *rules,
                                const struct tacro_lane_math *math, int32_t first_slot,
                                size_t nslots, size_t n, struct tacro_subject *subject,
                                double *normal)
{
    double *to = normal;
    bool has_course = false;
    for (size_t i = 0; i < n; i++) {
        subject[i].first_slot = first_slot;
        subject[i].nslots = nslots;
        subject[i].kappa = to;
        for (size_t k = 0; k < rules->n; k++) {
            const struct tacro_rule *rule = &rules->rule[k];
            if (rule->kappa > 0.0) {
                const struct tacro_rng_key key = tacro_subject_key(
                    rules, rule, &subject[i], TACRO_STREAM_KAPPA, first_slot);
                tacro_rng_occasions(&key, nslots, to);
                to += nslots;
                has_course = has_course || rule->has_course || rule->kappa_mix.n > 0;
            }
        }
    }
    while ((size_t)(to - normal) % TACRO_LANES != 0) {
        *to++ = 0.5;
    }
    for (double *row = normal; row < to; row += TACRO_LANES) {
        math->quantile(row, row);
    }
    for (size_t i = 0; has_course && i < n; i++) {
        follow_courses(rules, math, &subject[i], normal + i * rules->nkappas * nslots);
    }
}
