#include "tests/support/event_reference.h"

#include "core/units.h"
#include "tests/support/expm.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NG_PER_ML 1000.0L /* mg/L to ng/mL */

/* Past doses reach back until exp(-SETTLED) of one is left: 2e-22. */
#define SETTLED 50.0L

/* Rows of the state; the two inputs are constants of a stretch. */
enum { DEPOT, CENTRAL, PERIPHERAL, AUC, INTO_DEPOT, INTO_CENTRAL, NROWS };
enum { NAMOUNTS = AUC };

static bool is_before(long double a, long double b)
{
    return a < b - (long double)TACRO_SAME_TIME;
}

static bool is_same(long double a, long double b)
{
    return !is_before(a, b) && !is_before(b, a);
}

/* ---- what enters ---- */

/* One dose as its compartment sees it. */
struct input {
    int row;            /* DEPOT or CENTRAL */
    long double amount; /* mg at `start`, or 0 */
    long double rate;   /* mg/h from `start` to `end` */
    long double start;
    long double end;
    long double dies; /* from this reset on it counts for nothing */
};

struct inputs {
    size_t n;
    size_t capacity;
    struct input *item;
};

static bool add_input(struct inputs *inputs, const struct input *input)
{
    if (inputs->n == inputs->capacity) {
        const size_t capacity = 2 * inputs->capacity + 16;
        struct input *item = realloc(inputs->item, capacity * sizeof *item);
        if (item == NULL) {
            return false;
        }
        inputs->item = item;
        inputs->capacity = capacity;
    }
    inputs->item[inputs->n++] = *input;
    return true;
}

/* ---- one course, from nothing, through all instants ---- */

/* Compartments are emptied or not, and amounts are added, at one instant. */
struct jump {
    long double time;
    bool empties;
    long double add[NAMOUNTS];
};

struct course {
    const struct test_event_model *model;
    const struct inputs *inputs;
    size_t njumps;
    const struct jump *jump; /* in order */
    size_t ntimes;
    const double *time;
};

static long double clearance(const struct test_event_model *model, long double t)
{
    long double CL = model->CL;
    for (size_t i = 0; i < model->nchanges; i++) {
        if (!is_before(t, model->change[i].from)) {
            CL = model->change[i].CL;
        }
    }
    return CL;
}

static void stretch_matrix(const struct test_event_model *model, long double CL,
                           long double dt, long double e[NROWS * NROWS])
{
    const long double KA = model->KA;
    const long double k10 = CL / model->V1;
    const long double k12 = (long double)model->Q / model->V1;
    const long double k21 = (long double)model->Q / model->V2;
    long double a[NROWS * NROWS] = {0.0L};
    a[DEPOT * NROWS + DEPOT] = -KA;
    a[DEPOT * NROWS + INTO_DEPOT] = 1.0L;
    a[CENTRAL * NROWS + DEPOT] = KA;
    a[CENTRAL * NROWS + CENTRAL] = -(k10 + k12);
    a[CENTRAL * NROWS + PERIPHERAL] = k21;
    a[CENTRAL * NROWS + INTO_CENTRAL] = 1.0L;
    a[PERIPHERAL * NROWS + CENTRAL] = k12;
    a[PERIPHERAL * NROWS + PERIPHERAL] = -k21;
    a[AUC * NROWS + CENTRAL] = NG_PER_ML / model->V1;
    test_expm(NROWS, a, dt, e);
}

/* The last matrices: most stretches of a periodic regimen are alike. */
#define NMEMORY 12
struct memory {
    size_t next;
    struct {
        long double CL;
        long double dt;
        long double e[NROWS * NROWS];
    } item[NMEMORY];
};

static const long double *recall(struct memory *memory,
                                 const struct test_event_model *model, long double CL,
                                 long double dt)
{
    const size_t at = memory->next;
    for (size_t i = 0; i < NMEMORY; i++) {
        if (memory->item[i].CL == CL && memory->item[i].dt == dt) {
            return memory->item[i].e;
        }
    }
    memory->item[at].CL = CL;
    memory->item[at].dt = dt;
    stretch_matrix(model, CL, dt, memory->item[at].e);
    memory->next = (at + 1) % NMEMORY;
    return memory->item[at].e;
}

static int compare(const void *a, const void *b)
{
    const long double x = *(const long double *)a;
    const long double y = *(const long double *)b;
    return (x > y) - (x < y);
}

/* Every time at which anything happens or is asked for, once; NULL: memory is out. */
static long double *instants_of(const struct course *course, size_t *count)
{
    const struct test_event_model *model = course->model;
    const struct inputs *inputs = course->inputs;
    long double *t =
        calloc(3 * inputs->n + course->njumps + course->ntimes + model->nchanges + 1,
               sizeof *t);
    size_t n = 0;
    size_t kept = 0;
    if (t == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < inputs->n; i++) {
        t[n++] = inputs->item[i].start;
        t[n++] = inputs->item[i].end;
        t[n++] = inputs->item[i].dies;
    }
    for (size_t i = 0; i < course->njumps; i++) {
        t[n++] = course->jump[i].time;
    }
    for (size_t i = 0; i < course->ntimes; i++) {
        t[n++] = course->time[i];
    }
    for (size_t i = 0; i < model->nchanges; i++) {
        t[n++] = model->change[i].from;
    }
    qsort(t, n, sizeof *t, compare);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || is_before(t[kept - 1], t[i])) {
            t[kept++] = t[i];
        }
    }
    *count = kept;
    return t;
}

/* What happens at t: jumps, then amounts enter, and the inputs that go on from t. */
static void happen(const struct course *course, long double t, long double x[NROWS])
{
    for (size_t i = 0; i < course->njumps; i++) {
        if (!is_same(course->jump[i].time, t)) {
            continue;
        }
        for (int k = 0; k < NAMOUNTS; k++) {
            x[k] = (course->jump[i].empties ? 0.0L : x[k]) + course->jump[i].add[k];
        }
    }
    x[INTO_DEPOT] = 0.0L;
    x[INTO_CENTRAL] = 0.0L;
    for (size_t i = 0; i < course->inputs->n; i++) {
        const struct input *input = &course->inputs->item[i];
        if (!is_before(t, input->dies)) {
            continue;
        }
        if (is_same(input->start, t)) {
            x[input->row] += input->amount;
        }
        if (!is_before(t, input->start) && is_before(t, input->end)) {
            x[input->row == DEPOT ? INTO_DEPOT : INTO_CENTRAL] += input->rate;
        }
    }
}

static bool walk(const struct course *course, struct test_event_point *out)
{
    struct memory *memory = calloc(1, sizeof *memory);
    size_t n = 0;
    size_t next = 0;
    long double *instant = instants_of(course, &n);
    long double x[NROWS] = {0.0L};
    const bool is_ready = memory != NULL && instant != NULL;
    for (size_t i = 0; is_ready && i < n && next < course->ntimes; i++) {
        const long double t = instant[i];
        if (i > 0) {
            const long double *e =
                recall(memory, course->model, clearance(course->model, instant[i - 1]),
                       t - instant[i - 1]);
            long double y[NROWS] = {0.0L};
            for (int r = 0; r < NROWS; r++) {
                for (int c = 0; c < NROWS; c++) {
                    y[r] += e[r * NROWS + c] * x[c];
                }
            }
            memcpy(x, y, sizeof x);
        }
        for (; next < course->ntimes && is_same(course->time[next], t); next++) {
            out[next] =
                (struct test_event_point){x[DEPOT], x[CENTRAL], x[PERIPHERAL], x[AUC]};
        }
        happen(course, t, x);
    }
    free(instant);
    free(memory);
    return is_ready && next == course->ntimes;
}

/* ---- records ---- */

static bool is_dose(const struct tacro_record *record)
{
    return record->evid == TACRO_EVID_DOSE || record->evid == TACRO_EVID_RESET_AND_DOSE;
}

static bool is_reset(const struct tacro_record *record)
{
    return record->evid == TACRO_EVID_RESET ||
           record->evid == TACRO_EVID_RESET_AND_DOSE ||
           (record->evid == TACRO_EVID_DOSE && record->ss == 1);
}

static bool is_constant_infusion(const struct tacro_record *record)
{
    return record->ss != 0 && record->amount == 0.0 && record->rate > 0.0;
}

/* Time of the first reset by a later record; what a record has given ends there. */
static long double death(size_t nrecords, const struct tacro_record *record, size_t i)
{
    for (size_t k = i + 1; k < nrecords; k++) {
        if (is_reset(&record[k])) {
            return record[k].time;
        }
    }
    return INFINITY;
}

/* A dose of the record whose nominal time is t, as it enters; false: no meaning. */
static bool dose_at(const struct test_event_model *model,
                    const struct tacro_record *record, long double t, struct input *out)
{
    const bool is_oral = record->port == 0;
    const long double F = is_oral ? model->F1 : 1.0L;
    const long double scale = is_oral ? 1.0L : 1.0L / model->FABS;
    const long double amount = F * record->amount;
    long double duration = 0.0L;
    if (record->port > 1 || (!is_oral && record->duration <= 0.0 && record->rate < 0)) {
        return false;
    }
    if (record->duration > 0.0) {
        duration = record->duration;
    } else if (record->rate > 0.0) {
        duration = amount / record->rate;
    } else if (record->rate == TACRO_RATE_R1) {
        duration = amount / model->R1;
    } else if (record->rate == TACRO_RATE_D1) {
        duration = model->D1;
    } else if (record->rate != 0.0) {
        return false;
    }
    *out = (struct input){.row = is_oral ? DEPOT : CENTRAL, .dies = INFINITY};
    out->start = t + (is_oral ? (long double)model->ALAG1 : 0.0L);
    if (duration <= (long double)TACRO_SAME_TIME) {
        out->amount = scale * amount;
        out->end = out->start;
    } else {
        out->rate = scale * amount / duration;
        out->end = out->start + duration;
    }
    return true;
}

/* Hours in which what is in the system falls below exp(-SETTLED). */
static long double memory_of(const struct test_event_model *model, long double CL)
{
    const long double k10 = CL / model->V1;
    const long double k12 = (long double)model->Q / model->V1;
    const long double k21 = (long double)model->Q / model->V2;
    const long double sum = k10 + k12 + k21;
    const long double beta =
        2.0L * k10 * k21 / (sum + sqrtl(sum * sum - 4.0L * k10 * k21));
    return SETTLED / fminl(beta, model->KA);
}

/* The doses before a record with SS, the earliest first. */
static bool add_past(const struct test_event_model *model,
                     const struct tacro_record *record, struct inputs *past)
{
    const long double T = record->time;
    const long double span = memory_of(model, clearance(model, T));
    struct input input;
    long n = 0;
    if (is_constant_infusion(record)) {
        const long double scale = record->port == 0 ? 1.0L : 1.0L / model->FABS;
        input = (struct input){.row = record->port == 0 ? DEPOT : CENTRAL,
                               .rate = scale * record->rate,
                               .start = T - span,
                               .end = T,
                               .dies = INFINITY};
        return record->port <= 1 && add_input(past, &input);
    }
    if (!(record->ii > 0.0) || !dose_at(model, record, T, &input)) {
        return false;
    }
    n = (long)ceill((span + input.end - T) / record->ii);
    for (; n >= 1; n--) {
        if (!dose_at(model, record, T - (long double)n * record->ii, &input) ||
            !add_input(past, &input)) {
            return false;
        }
    }
    return true;
}

/* Amounts that the past doses have left at the record, just before anything there. */
static bool past_amounts(const struct test_event_model *model,
                         const struct tacro_record *record, const struct inputs *past,
                         long double amount[NAMOUNTS])
{
    struct test_event_model frozen = *model;
    struct test_event_point point;
    const struct course course = {
        .model = &frozen, .inputs = past, .ntimes = 1, .time = &record->time};
    frozen.CL = (double)clearance(model, record->time);
    frozen.nchanges = 0;
    if (!walk(&course, &point)) {
        return false;
    }
    amount[DEPOT] = point.depot;
    amount[CENTRAL] = point.central;
    amount[PERIPHERAL] = point.peripheral;
    return true;
}

/* The past of a record with SS: what it left, and what of it is still to come. */
static bool add_steady(const struct test_event_model *model,
                       const struct tacro_record *record, long double dies,
                       struct inputs *inputs, struct jump *jump)
{
    const long double T = record->time;
    struct inputs past = {0};
    bool is_done =
        add_past(model, record, &past) && past_amounts(model, record, &past, jump->add);
    for (size_t i = 0; is_done && i < past.n; i++) {
        struct input input = past.item[i];
        const bool is_pending = !is_before(input.start, T);
        if (is_pending || is_before(T, input.end)) {
            input.start = is_pending ? input.start : T;
            input.dies = dies;
            is_done = add_input(inputs, &input);
        }
    }
    free(past.item);
    return is_done;
}

static bool add_record(const struct test_event_model *model,
                       const struct tacro_record *record, long double dies,
                       struct inputs *inputs, struct jump *jump)
{
    *jump = (struct jump){.time = record->time, .empties = is_reset(record)};
    if (!is_dose(record)) {
        return true;
    }
    if (record->ss != 0 && !add_steady(model, record, dies, inputs, jump)) {
        return false;
    }
    for (uint32_t k = 0; k <= record->addl && !is_constant_infusion(record); k++) {
        const long double t = record->time + (long double)k * record->ii;
        struct input input;
        if (!dose_at(model, record, t, &input)) {
            return false;
        }
        input.dies = dies;
        /* an additional dose at the reset or after it has not been given */
        if (is_before(t, dies) && !add_input(inputs, &input)) {
            return false;
        }
    }
    return true;
}

bool test_event_reference(const struct test_event_model *model, size_t nrecords,
                          const struct tacro_record *record, size_t ntimes,
                          const double *time, struct test_event_point *out)
{
    struct jump *jump = calloc(nrecords + 1, sizeof *jump);
    struct inputs inputs = {0};
    bool is_done = jump != NULL;
    for (size_t i = 0; is_done && i < nrecords; i++) {
        is_done = add_record(model, &record[i], death(nrecords, record, i), &inputs,
                             &jump[i]);
    }
    is_done = is_done &&
              walk(&(struct course){model, &inputs, nrecords, jump, ntimes, time}, out);
    free(inputs.item);
    free(jump);
    return is_done;
}

long double test_event_concentration(const struct test_event_model *model,
                                     const struct test_event_point *point)
{
    return NG_PER_ML * point->central / model->V1;
}
