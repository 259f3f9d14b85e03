#include "dose/queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool tacro_queue_push(struct tacro_queue *queue, const struct tacro_waiting *item)
{
    size_t at = queue->n;
    if (queue->n == queue->capacity) {
        const size_t capacity = queue->capacity == 0 ? 8 : 2 * queue->capacity;
        struct tacro_waiting *bigger = realloc(queue->item, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        queue->item = bigger;
        queue->capacity = capacity;
    }
    while (at > 0 && queue->item[at - 1].time > item->time) {
        queue->item[at] = queue->item[at - 1];
        at--;
    }
    queue->item[at] = *item;
    queue->n++;
    return true;
}

struct tacro_waiting tacro_queue_pop(struct tacro_queue *queue)
{
    const struct tacro_waiting first = queue->item[0];
    memmove(queue->item, queue->item + 1, --queue->n * sizeof *queue->item);
    return first;
}

bool tacro_queue_is_due(const struct tacro_queue *queue, double t)
{
    return queue->n > 0 && queue->item[0].time <= t + TACRO_SAME_TIME;
}

double tacro_queue_next(const struct tacro_queue *queue)
{
    return queue->n > 0 ? queue->item[0].time : (double)INFINITY;
}

void tacro_queue_free(struct tacro_queue *queue)
{
    free(queue->item);
    *queue = (struct tacro_queue){0};
}
