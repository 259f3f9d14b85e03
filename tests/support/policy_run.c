#include "tests/support/policy_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct tacro_clock morning = {
    .start_day = 0.0, .start_clock = 8.0, .trough_clock = 8.0, .occasion = 12.0};

static struct tacro_input input;
static struct tacro_rules rules;

static double level_at(const struct test_script *s, double t)
{
    double level = 12.0;
    for (size_t i = 0; i < s->nlevels && s->level[i].from < t; i++) {
        level = s->level[i].value;
    }
    return level;
}

static void take_doses(struct test_policy *r, double t)
{
    while (r->policy.planner.next.time <= t + TACRO_SAME_TIME) {
        assert_true(r->ndoses < COUNT(r->dose));
        r->dose[r->ndoses++] = (struct test_given){r->policy.planner.next.time,
                                                   tacro_policy_amount(&r->policy)};
        tacro_policy_pass(&r->policy);
    }
}

/* The instants are doses, what the policy waits for, and outcomes. */
struct test_policy *test_policy_follow(const struct test_script *s)
{
    static struct test_policy run;
    struct test_policy *r = &run;
    const struct tacro_protocol_frame frame = test_frame();
    size_t event = 0;
    double t = 0.0;
    memset(r, 0, sizeof *r);
    memset(&input, 0, sizeof input);
    memset(&rules, 0, sizeof rules);
    input.seed = 11;
    rules.input = &input;
    r->text = test_regimen_read(s->regimen, &frame);
    if (!r->text.ok) {
        fail_msg("%s", test_first_note(&r->text.notes, TACRO_FAULT));
    }
    r->subject.patient = s->patient;
    r->subject.covariate[TACRO_COV_weight] = 62.0;
    r->setup = (struct tacro_policy_setup){
        .rules = &rules,
        .regimen = &r->text.regimen,
        .clock = s->clock == NULL ? &morning : s->clock,
        .horizon = s->horizon > 0.0 ? s->horizon : TEST_HORIZON,
        .ntargets = s->ntargets,
        .target = s->target};
    tacro_policy_begin(&r->policy, &r->setup, &r->subject);
    while (t < r->setup.horizon) {
        double next;
        for (; event < s->nevents && s->event[event].time <= t; event++) {
            assert_true(tacro_policy_event(&r->policy, s->event[event].outcome,
                                           s->event[event].time, &r->ledger));
        }
        assert_true(tacro_policy_act(&r->policy, t, level_at(s, t), &r->ledger));
        take_doses(r, t);
        next = fmin(r->policy.planner.next.time, tacro_policy_next(&r->policy));
        next = fmin(next, event < s->nevents ? s->event[event].time : (double)INFINITY);
        assert_true(next > t);
        t = next;
    }
    return r;
}

void test_policy_free(struct test_policy *r)
{
    test_regimen_free(&r->text);
    tacro_ledger_free(&r->ledger);
}

/* All rows of a kind: times, and amounts where `amount` is given. */
void test_policy_check(const struct test_policy *r, enum tacro_ledger_kind kind,
                       const double *time, const double *amount, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < r->ledger.n; i++) {
        const struct tacro_ledger_row *row = &r->ledger.row[i];
        if (row->kind != kind) {
            continue;
        }
        if (found == n || !(fabs(row->time - time[found]) < 1e-9)) {
            fail_msg("row %zu of kind %d at %.12g h, expected %.12g", found, (int)kind,
                     row->time, found == n ? NAN : time[found]);
        }
        if (amount != NULL &&
            !(isnan(amount[found]) ? isnan(row->amount)
                                   : fabs(row->amount - amount[found]) < 1e-12)) {
            fail_msg("row of kind %d at %g h: %.12g, expected %.12g", (int)kind,
                     row->time, row->amount, amount[found]);
        }
        found++;
    }
    assert_int_equal(found, n);
}

size_t test_policy_count(const struct test_policy *r, enum tacro_ledger_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < r->ledger.n; i++) {
        n += r->ledger.row[i].kind == kind ? 1 : 0;
    }
    return n;
}

/* mg of the dose at t; 0: none. */
double test_policy_dose(const struct test_policy *r, double t)
{
    for (size_t i = 0; i < r->ndoses; i++) {
        if (fabs(r->dose[i].time - t) < 1e-9) {
            return r->dose[i].amount;
        }
    }
    return 0.0;
}

size_t test_policy_doses(const struct test_policy *r, double since, double until)
{
    size_t n = 0;
    for (size_t i = 0; i < r->ndoses; i++) {
        n += r->dose[i].time >= since && r->dose[i].time < until ? 1 : 0;
    }
    return n;
}

const struct tacro_rules *test_policy_rules(void)
{
    return &rules;
}
