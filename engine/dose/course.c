#include "dose/course.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

size_t tacro_times_unique(double *time, size_t n, double horizon)
{
    size_t kept = 0;
    qsort(time, n, sizeof *time, ascending);
    for (size_t i = 0; i < n; i++) {
        const bool is_inside =
            time[i] >= -TACRO_SAME_TIME && time[i] <= horizon + TACRO_SAME_TIME;
        if (is_inside && (kept == 0 || time[i] > time[kept - 1] + TACRO_SAME_TIME)) {
            time[kept++] = time[i];
        }
    }
    return kept;
}

/* Slot starts inside the horizon, after those already in `time`. */
static size_t slot_starts(const struct tacro_clock *clock, double horizon, double *time,
                          size_t capacity)
{
    size_t n = 0;
    for (int32_t slot = tacro_clock_slot(clock, 0.0) + 1;; slot++) {
        const double t = tacro_clock_slot_start(clock, slot);
        if (t >= horizon) {
            return n;
        }
        if (n < capacity) {
            time[n] = t;
        }
        n++;
    }
}

static double dose_at(const struct tacro_doses *doses, size_t *next, double t)
{
    double amount = 0.0;
    while (*next < doses->n && doses->dose[*next].time <= t + TACRO_SAME_TIME) {
        amount += doses->dose[(*next)++].amount;
    }
    return amount;
}

static void fill(const double *boundary, size_t n, const struct tacro_doses *doses,
                 const struct tacro_clock *clock, const double *output, size_t noutputs,
                 struct tacro_course *course)
{
    size_t dose = 0;
    size_t o = 0;
    while (o < noutputs && output[o] <= TACRO_SAME_TIME) {
        o++; /* the initial state is written by its own */
    }
    for (size_t k = 0; k + 1 < n; k++) {
        struct tacro_segment *s = &course->segment[course->n++];
        s->t0 = boundary[k];
        s->t1 = boundary[k + 1];
        s->dose = dose_at(doses, &dose, s->t0);
        s->slot = tacro_clock_slot(clock, s->t0);
        s->infusion = (struct tacro_infusion){0.0, s->t0, s->slot};
        s->first_output = o;
        while (o < noutputs && output[o] <= s->t1 + TACRO_SAME_TIME) {
            o++;
        }
        s->end_output = o;
    }
}

enum tacro_status tacro_course_create(const struct tacro_doses *doses,
                                      const struct tacro_clock *clock, bool by_slot,
                                      double horizon, const double *cut, size_t ncuts,
                                      const double *output, size_t noutputs,
                                      struct tacro_course *out, struct tacro_error *err)
{
    const size_t nslots = by_slot ? slot_starts(clock, horizon, NULL, 0) : 0;
    size_t n = 0;
    double *time = malloc((doses->n + ncuts + nslots + 2) * sizeof *time);
    *out = (struct tacro_course){0, NULL};
    if (time == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "course of %zu doses", doses->n);
    }
    time[n++] = 0.0;
    time[n++] = horizon;
    for (size_t i = 0; i < doses->n; i++) {
        time[n++] = doses->dose[i].time;
    }
    if (ncuts > 0) {
        memcpy(time + n, cut, ncuts * sizeof *time);
        n += ncuts;
    }
    n += by_slot ? slot_starts(clock, horizon, time + n, nslots) : 0;
    n = tacro_times_unique(time, n, horizon);
    out->segment = malloc((n + 1) * sizeof *out->segment);
    if (out->segment == NULL) {
        free(time);
        return tacro_fail(err, TACRO_ENOMEM, "course of %zu segments", n);
    }
    fill(time, n, doses, clock, output, noutputs, out);
    free(time);
    return TACRO_OK;
}

void tacro_course_free(struct tacro_course *course)
{
    free(course->segment);
    *course = (struct tacro_course){0, NULL};
}
