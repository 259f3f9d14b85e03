#include "tests/support/event_cases.h"

#include <stdio.h>

#define AMOUNT 4.0 /* mg, of the dose that the case is about */
#define TIME 7.0   /* h, of its record */

const struct test_event_model test_events_model = {.KA = 0.6,
                                                   .CL = 20.0,
                                                   .V1 = 220.0,
                                                   .Q = 70.0,
                                                   .V2 = 470.0,
                                                   .F1 = 1.0,
                                                   .ALAG1 = 0.0,
                                                   .D1 = 3.0,
                                                   .R1 = 0.9,
                                                   .FABS = 1.0};

enum rate { RATE_NONE, RATE_SHORT, RATE_LONG, RATE_R1, RATE_D1 };
enum reset { RESET_NONE, RESET_RUNNING, RESET_PENDING, RESET_ENTERING };

struct properties {
    unsigned ss;
    uint32_t addl;
    double ii;
    double lag;
    double F;
    enum rate rate;
    enum reset reset;
};

static size_t take(size_t *i, size_t n)
{
    const size_t digit = *i % n;
    *i /= n;
    return digit;
}

static struct properties properties_of(size_t i)
{
    static const uint32_t addl[] = {0, 2, 5};
    static const double ii[] = {8.0, 12.0, 24.0};
    struct properties p;
    size_t lag;
    p.rate = (enum rate)take(&i, 5);
    p.ss = (unsigned)take(&i, 3);
    p.reset = (enum reset)take(&i, 4);
    p.addl = addl[take(&i, 3)];
    p.F = take(&i, 2) == 0 ? 1.0 : 0.37;
    lag = take(&i, 3);
    p.ii = ii[take(&i, 3)];
    p.lag = lag == 0 ? 0.0 : (lag == 1 ? 0.4 : p.ii + 1.5);
    return p;
}

/* Put a record behind those of its time and before it. */
static void insert(struct test_event_case *c, struct tacro_record record)
{
    size_t at = c->nrecords++;
    record.occasion = TACRO_NO_OCCASION;
    for (; at > 0 && c->record[at - 1].time > record.time; at--) {
        c->record[at] = c->record[at - 1];
    }
    c->record[at] = record;
}

/* True for one case in n, without regard to its properties; `what` chooses which. */
static bool is_turn(size_t i, size_t what, size_t n)
{
    const uint32_t mixed = ((uint32_t)i + 1U) * 2654435761U + (uint32_t)what * 40503U;
    return (mixed >> 12) % n == 0;
}

static double rate_of(const struct properties *p)
{
    switch (p->rate) {
    case RATE_NONE:
        return 0.0;
    case RATE_SHORT:
        return 2.0;
    case RATE_LONG:
        return p->F * AMOUNT / (1.3 * p->ii);
    case RATE_R1:
        return TACRO_RATE_R1;
    default:
        return TACRO_RATE_D1;
    }
}

static double duration_of(const struct properties *p, const struct test_event_model *m)
{
    switch (p->rate) {
    case RATE_NONE:
        return 0.0;
    case RATE_R1:
        return p->F * AMOUNT / m->R1;
    case RATE_D1:
        return m->D1;
    default:
        return p->F * AMOUNT / rate_of(p);
    }
}

/* While an infusion runs, before an entry is due, at the instant at which one is. */
static double reset_time(const struct properties *p, const struct test_event_model *m)
{
    switch (p->reset) {
    case RESET_RUNNING:
        return TIME + p->lag + 0.5 * (p->rate == RATE_NONE ? 2.0 : duration_of(p, m));
    case RESET_PENDING:
        return TIME + 0.5 * (p->lag > 0.0 ? p->lag : p->ii);
    default:
        return TIME + p->lag;
    }
}

static void add_surroundings(struct test_event_case *c, size_t i)
{
    insert(c, (struct tacro_record){
                  .evid = TACRO_EVID_DOSE, .amount = 3.0, .ii = 3.5, .addl = 3});
    insert(c, (struct tacro_record){.time = 2.0,
                                    .evid = TACRO_EVID_DOSE,
                                    .port = 1,
                                    .amount = 1.0,
                                    .rate = 0.1});
    insert(c, (struct tacro_record){.time = 5.0,
                                    .evid = is_turn(i, 0, 2) ? TACRO_EVID_OBSERVATION
                                                             : TACRO_EVID_OTHER});
    insert(c, (struct tacro_record){.time = 40.0,
                                    .evid = is_turn(i, 1, 5) ? TACRO_EVID_RESET_AND_DOSE
                                                             : TACRO_EVID_DOSE,
                                    .port = 1,
                                    .amount = 2.0});
    if (is_turn(i, 2, 4)) {
        insert(c, (struct tacro_record){.time = 55.0,
                                        .evid = TACRO_EVID_DOSE,
                                        .port = 1,
                                        .amount = 0.5,
                                        .duration = 1.5,
                                        .ii = 12.0,
                                        .addl = 1,
                                        .ss = 2});
    }
    if (is_turn(i, 3, 7)) {
        insert(c, (struct tacro_record){.time = 70.0,
                                        .evid = TACRO_EVID_DOSE,
                                        .port = 1,
                                        .rate = 0.05,
                                        .ss = is_turn(i, 4, 2) ? 1 : 2});
    }
}

void test_event_case_make(size_t i, struct test_event_case *out)
{
    const struct properties p = properties_of(i);
    struct test_event_case *c = out;
    *c = (struct test_event_case){.model = test_events_model};
    c->model.F1 = p.F;
    c->model.ALAG1 = p.lag;
    /* by lag: shorter than any II, longer than some, longer than all */
    c->model.D1 = p.lag == 0.0 ? 3.0 : (p.lag < 1.0 ? 11.0 : 30.0);
    c->model.R1 = p.lag == 0.0 ? 0.9 : (p.lag < 1.0 ? 0.3 : 0.05);
    add_surroundings(c, i);
    insert(c, (struct tacro_record){.time = TIME,
                                    .evid = is_turn(i, 5, 3) ? TACRO_EVID_RESET_AND_DOSE
                                                             : TACRO_EVID_DOSE,
                                    .amount = AMOUNT,
                                    .rate = rate_of(&p),
                                    .ii = p.ii,
                                    .addl = p.addl,
                                    .ss = p.ss});
    if (p.reset != RESET_NONE) {
        const bool is_alone = is_turn(i, 6, 2);
        insert(c, (struct tacro_record){.time = reset_time(&p, &c->model),
                                        .evid = is_alone ? TACRO_EVID_RESET
                                                         : TACRO_EVID_RESET_AND_DOSE,
                                        .amount = is_alone ? 0.0 : 1.0});
    }
    for (size_t k = 0; k < c->nrecords; k++) {
        c->record[k].line = k + 2;
    }
    snprintf(c->name, sizeof c->name,
             "case %zu: SS %u ADDL %u II %g lag %g RATE %g F %g reset %d", i, p.ss,
             (unsigned)p.addl, p.ii, p.lag, rate_of(&p), p.F, (int)p.reset);
}
