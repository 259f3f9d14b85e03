/** Doses on their way: taken late, in their lag, or running in. */
#ifndef TACRO_DOSE_QUEUE_H
#define TACRO_DOSE_QUEUE_H

#include "dose/course.h"

struct tacro_waiting {
    double time;     /**< h from start at which it enters, or ceases to run */
    double duration; /**< h that it will run in, 0: at once */
    struct tacro_entry entry;
    struct tacro_record record; /**< of a late dose, else unused */
};

/** Zero-initialise; freed with tacro_queue_free. */
struct tacro_queue {
    size_t n;
    size_t capacity;
    struct tacro_waiting
        *item; /**< ascending in time; of one time in order of arrival */
};

/** Put in its place; false when memory is out. */
bool tacro_queue_push(struct tacro_queue *queue, const struct tacro_waiting *item);

/** Take the first of a queue that is not empty. */
struct tacro_waiting tacro_queue_pop(struct tacro_queue *queue);

/** Whether there is one at or before t. */
bool tacro_queue_is_due(const struct tacro_queue *queue, double t);

/** Time of the first; INFINITY: there is none. */
double tacro_queue_next(const struct tacro_queue *queue);

void tacro_queue_free(struct tacro_queue *queue);

#endif
