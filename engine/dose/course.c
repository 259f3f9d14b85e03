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

void tacro_course_free(struct tacro_course *course)
{
    free(course->segment);
    free(course->action);
    free(course->running);
    tacro_ledger_free(&course->ledger);
    memset(course, 0, sizeof *course);
}

void tacro_course_clear(struct tacro_course *course)
{
    course->n = 0;
    course->nactions = 0;
    course->nrunning = 0;
    course->ledger.n = 0;
}

/* Room for n elements in an array that doubles; NULL: memory is out. */
static void *grow(void *array, size_t n, size_t *capacity, size_t size)
{
    size_t wanted = *capacity == 0 ? 32 : *capacity;
    void *bigger;
    if (n <= *capacity) {
        return array;
    }
    while (wanted < n) {
        wanted *= 2;
    }
    bigger = realloc(array, wanted * size);
    if (bigger != NULL) {
        *capacity = wanted;
    }
    return bigger;
}

bool tacro_course_add_segment(struct tacro_course *course,
                              const struct tacro_segment *segment)
{
    struct tacro_segment *to =
        grow(course->segment, course->n + 1, &course->capacity, sizeof *segment);
    if (to == NULL) {
        return false;
    }
    course->segment = to;
    to[course->n++] = *segment;
    return true;
}

bool tacro_course_add_action(struct tacro_course *course,
                             const struct tacro_action *action)
{
    struct tacro_action *to = grow(course->action, course->nactions + 1,
                                   &course->action_capacity, sizeof *action);
    if (to == NULL) {
        return false;
    }
    course->action = to;
    to[course->nactions++] = *action;
    return true;
}

bool tacro_course_add_running(struct tacro_course *course,
                              const struct tacro_entry *entry)
{
    struct tacro_entry *to = grow(course->running, course->nrunning + 1,
                                  &course->running_capacity, sizeof *entry);
    if (to == NULL) {
        return false;
    }
    course->running = to;
    to[course->nrunning++] = *entry;
    return true;
}

bool tacro_course_copy(const struct tacro_course *from, struct tacro_course *to)
{
    bool ok = true;
    tacro_course_clear(to);
    for (size_t i = 0; ok && i < from->n; i++) {
        ok = tacro_course_add_segment(to, &from->segment[i]);
    }
    for (size_t i = 0; ok && i < from->nactions; i++) {
        ok = tacro_course_add_action(to, &from->action[i]);
    }
    for (size_t i = 0; ok && i < from->nrunning; i++) {
        ok = tacro_course_add_running(to, &from->running[i]);
    }
    return ok && tacro_ledger_copy(&from->ledger, &to->ledger);
}
