#include "run/risk_report.h"

#include "run/monte_carlo.h"
#include "run/over_draws.h"

#include <math.h>
#include <string.h>

static const double spread_quantile[3] = {0.05, 0.5, 0.95};

/* -- spread between patients ------------------------------------------------------- */

/* Of event_free the bins are of 1 - p: its smallest values stand last. */
static double spread_of_draw(const uint32_t *count, double q, bool is_complement)
{
    uint64_t all = 0;
    uint64_t seen = 0;
    for (size_t i = 0; i < TACRO_NSPREAD; i++) {
        all += count[i];
    }
    for (size_t i = 0; i < TACRO_NSPREAD; i++) {
        const size_t bin = is_complement ? TACRO_NSPREAD - 1 - i : i;
        const double value = tacro_tally_spread_value(bin);
        seen += count[bin];
        if (all > 0 && (double)seen >= q * (double)all) {
            return is_complement ? 1.0 - value : value;
        }
    }
    return NAN;
}

/* A simulated outcome happened or not: its patients have no probability to spread. */
static struct tacro_band spread(const struct tacro_scenario *s,
                                const struct tacro_regimen_tally *t,
                                const struct tacro_compare *c, size_t k,
                                bool is_simulated)
{
    double value[3] = {NAN, NAN, NAN};
    for (size_t i = 0; i < 3 && t->spread != NULL && !is_simulated; i++) {
        for (size_t m = 0; m < c->ndraws; m++) {
            c->scratch[m] = spread_of_draw(
                t->spread + (k * s->input->ndraws + c->draw[m]) * TACRO_NSPREAD,
                spread_quantile[i], k == c->noutcomes);
        }
        value[i] = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
    }
    return (struct tacro_band){value[0], value[1], value[2]};
}

/* -- a risk ------------------------------------------------------------------------ */

/* Patient averages of sums [ndraws of the run]. */
static void first_events(const struct tacro_regimen_tally *t,
                         const struct tacro_compare *c, const uint64_t *sum,
                         struct tacro_risk_summary *out)
{
    out->first = NAN;
    out->first_interval = (struct tacro_interval){NAN, NAN, NAN};
    if (sum != NULL) {
        for (size_t m = 0; m < c->ndraws; m++) {
            c->scratch[m] = tacro_tally_mean(sum[c->draw[m]], t->n[c->draw[m]]);
        }
        out->first = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
        out->first_interval = tacro_order_interval(c->scratch, c->ndraws);
    }
}

static void copy_values(const struct tacro_compare *c, size_t measure, size_t regimen)
{
    memcpy(c->scratch, tacro_compare_values(c, measure, regimen),
           c->ndraws * sizeof *c->scratch);
}

static double patients_per_draw(const struct tacro_regimen_tally *t,
                                const struct tacro_compare *c)
{
    double sum = 0.0;
    for (size_t m = 0; m < c->ndraws; m++) {
        sum += (double)t->n[c->draw[m]];
    }
    return sum / (double)c->ndraws;
}

static void fill_risk(const struct tacro_scenario *s,
                      const struct tacro_regimen_tally *t,
                      const struct tacro_compare *c, size_t regimen, size_t k,
                      struct tacro_risk_summary *out)
{
    const size_t reference = tacro_compare_reference(c, regimen);
    copy_values(c, k, regimen);
    out->probability = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
    out->interval = tacro_order_interval(c->scratch, c->ndraws);
    tacro_compare_difference(c, k, regimen, reference, c->scratch);
    out->difference = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
    out->difference_interval = tacro_order_interval(c->scratch, c->ndraws);
    out->lower = tacro_compare_lower(c, k, regimen, reference);
    out->patients = spread(s, t, c, k, out->is_simulated);
    out->standard_error = c->error[k * c->nregimens + regimen];
    out->needed = tacro_patients_needed(out->standard_error, out->interval,
                                        patients_per_draw(t, c), c->ndraws);
}

static void fill_days(const struct tacro_regimen_tally *t,
                      const struct tacro_compare *c, size_t regimen,
                      struct tacro_regimen_summary *out)
{
    const size_t days = c->noutcomes + 1;
    copy_values(c, days, regimen);
    out->days_in_range = tacro_order_statistic(c->scratch, c->ndraws, 0.5);
    out->days_in_range_interval = tacro_order_interval(c->scratch, c->ndraws);
    for (size_t m = 0; m < c->ndraws && t->target_days != NULL; m++) {
        c->scratch[m] = (double)t->target_days[c->draw[m]] / (double)t->n[c->draw[m]];
    }
    out->days_with_target = t->target_days == NULL
                                ? (double)NAN
                                : tacro_order_statistic(c->scratch, c->ndraws, 0.5);
}

void tacro_risk_report(const struct tacro_scenario *scenario,
                       const struct tacro_tally *tally,
                       const struct tacro_compare *compare, size_t regimen,
                       struct tacro_regimen_summary *out)
{
    const struct tacro_regimen_tally *t = &tally->regimen[regimen];
    const size_t draws = scenario->input->ndraws;
    for (size_t k = 0; k < compare->noutcomes; k++) {
        out->risk[k].is_simulated = scenario->arm[regimen].reacts[k];
        out->event_free.is_simulated |= out->risk[k].is_simulated;
        fill_risk(scenario, t, compare, regimen, k, &out->risk[k]);
        first_events(t, compare,
                     t->first_horizon == NULL ? NULL : t->first_horizon + k * draws,
                     &out->risk[k]);
    }
    fill_risk(scenario, t, compare, regimen, compare->noutcomes, &out->event_free);
    first_events(t, compare, t->death_horizon, &out->event_free);
    fill_days(t, compare, regimen, out);
}
