#include "dose/records.h"

#include "core/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/** An event and what its order hangs on. */
struct event {
    double time;
    bool is_record; /**< as the table has it; else a further dose */
    size_t index;   /**< of its record */
    uint32_t k;     /**< 0, or which further dose */
};

/** The written-out events, as they grow. */
struct expansion {
    size_t n;
    size_t room;
    struct event *event;
};

static bool add(struct expansion *x, const struct event *event)
{
    if (x->n == x->room) {
        const size_t room = 2 * x->room + 64;
        struct event *bigger = realloc(x->event, room * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        x->event = bigger;
        x->room = room;
    }
    x->event[x->n++] = *event;
    return true;
}

static int compare_events(const void *a, const void *b)
{
    const struct event *x = a;
    const struct event *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->is_record != y->is_record) {
        return x->is_record ? 1 : -1;
    }
    if (x->index != y->index) {
        return x->index < y->index ? -1 : 1;
    }
    return (x->k > y->k) - (x->k < y->k);
}

/** Whether the record ends what earlier ones have pending. */
static bool is_end(const struct tacro_record *record)
{
    return record->evid == TACRO_EVID_RESET ||
           record->evid == TACRO_EVID_RESET_AND_DOSE ||
           (record->evid == TACRO_EVID_DOSE && record->ss == 1);
}

static bool is_before_horizon(const struct tacro_record *record, double horizon)
{
    return record->evid == TACRO_EVID_OBSERVATION
               ? record->time <= horizon + TACRO_SAME_TIME
               : record->time < horizon - TACRO_SAME_TIME;
}

/**
 * Time of the first record after index `from` that is at least time - TACRO_SAME_TIME,
 * if it is the same instant; else the time itself. Times asked for ascend.
 */
static double same_as_record(size_t n, const struct tacro_record *record, size_t *from,
                             double time)
{
    while (*from < n && record[*from].time < time - TACRO_SAME_TIME) {
        ++*from;
    }
    return *from < n && record[*from].time <= time + TACRO_SAME_TIME
               ? record[*from].time
               : time;
}

/** The further doses of record i, up to the end of what it has pending. */
static enum tacro_status add_further(size_t n, const struct tacro_record *record,
                                     size_t i, double end, double horizon,
                                     struct expansion *x, struct tacro_error *err)
{
    size_t next = i + 1;
    for (uint32_t k = 1; k <= record[i].addl; k++) {
        const double time = record[i].time + (double)k * record[i].ii;
        const struct event event = {same_as_record(n, record, &next, time), false, i,
                                    k};
        if (event.time > end || !(time < horizon - TACRO_SAME_TIME)) {
            break;
        }
        if (x->n == TACRO_RECORDS_MAX) {
            return tacro_fail(
                err, TACRO_EINPUT,
                "line %zu: ADDL %u each %g h gives more than %u events of "
                "a patient, the limit",
                record[i].line, (unsigned)record[i].addl, record[i].ii,
                TACRO_RECORDS_MAX);
        }
        if (!add(x, &event)) {
            return tacro_fail(err, TACRO_ENOMEM, "%zu events", x->n);
        }
    }
    return TACRO_OK;
}

/** ends[i]: time of the first record behind i that ends what is pending. */
static void find_ends(size_t n, const struct tacro_record *record, double *ends)
{
    double end = INFINITY;
    for (size_t i = n; i > 0; i--) {
        ends[i - 1] = end;
        end = is_end(&record[i - 1]) ? record[i - 1].time : end;
    }
}

static struct tacro_record written_out(const struct tacro_record *record,
                                       const struct event *event)
{
    struct tacro_record out = *record;
    out.addl = 0;
    if (!event->is_record) {
        out.time = event->time;
        out.evid = TACRO_EVID_DOSE;
        out.ss = 0;
    }
    out.ii = out.ss > 0 ? out.ii : 0.0;
    return out;
}

enum tacro_status tacro_records_expand(size_t n, const struct tacro_record *record,
                                       double horizon, size_t *nout,
                                       struct tacro_record **out,
                                       struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct expansion x = {0};
    double *ends = malloc((n + 1) * sizeof *ends);
    *nout = 0;
    *out = NULL;
    if (ends == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "%zu records", n);
        goto done;
    }
    find_ends(n, record, ends);
    for (size_t i = 0; i < n; i++) {
        const struct event event = {record[i].time, true, i, 0};
        if (is_before_horizon(&record[i], horizon) && !add(&x, &event)) {
            st = tacro_fail(err, TACRO_ENOMEM, "%zu records", n);
            goto done;
        }
        TACRO_TRY(add_further(n, record, i, ends[i], horizon, &x, err));
    }
    if (x.n > 0) {
        qsort(x.event, x.n, sizeof *x.event, compare_events);
        *out = malloc(x.n * sizeof **out);
        if (*out == NULL) {
            st = tacro_fail(err, TACRO_ENOMEM, "%zu events", x.n);
            goto done;
        }
    }
    for (size_t i = 0; i < x.n; i++) {
        (*out)[i] = written_out(&record[x.event[i].index], &x.event[i]);
    }
    *nout = x.n;
done:
    free(x.event);
    free(ends);
    return st;
}
