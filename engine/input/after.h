/** What follows an event: recovery, recurrence, outcome; numbers of a risk file. */
#ifndef TACRO_INPUT_AFTER_H
#define TACRO_INPUT_AFTER_H

#include "input/uncertainty.h"

/** name, dimension, meaning. A risk file gives all of them or none. */
#define TACRO_AFTER_LIST(X)                                                            \
    X(RECURRENCE, NUMBER, "factor of the hazard after recovery")                       \
    X(RECOVERY, TIME, "median time to clinical recovery at low exposure")              \
    X(RECOVERY_SD, NUMBER, "log sd of the time to recovery between patients")          \
    X(EXPOSURE_SLOPE, NUMBER, "log factor of that time per unit of stress")            \
    X(EXPOSURE_FREE, NUMBER, "mean stress up to which exposure costs no time")         \
    X(EXPOSURE_WINDOW, TIME, "time after onset over which the stress is averaged")     \
    X(IMAGING, NUMBER, "probability of complete recovery in imaging")                  \
    X(IMAGING_TIME, TIME, "median time to it")                                         \
    X(IMAGING_SD, NUMBER, "log sd of that time")                                       \
    X(UNFAVOURABLE, NUMBER, "logit of an unfavourable outcome without any factor")     \
    X(UNFAVOURABLE_COMA, NUMBER, "log odds ratio of coma or impaired consciousness")   \
    X(UNFAVOURABLE_SEPSIS, NUMBER, "log odds ratio of sepsis")                         \
    X(UNFAVOURABLE_AKI, NUMBER, "log odds ratio of acute kidney injury")               \
    X(MORTALITY, NUMBER, "hospital mortality after the event")

#define TACRO_AFTER_ID(name, ...) TACRO_AFTER_##name,
enum tacro_after_id { TACRO_AFTER_LIST(TACRO_AFTER_ID) TACRO_NAFTER };
#undef TACRO_AFTER_ID

const char *tacro_after_name(enum tacro_after_id id);
const char *tacro_after_doc(enum tacro_after_id id);
const char *tacro_after_unit(enum tacro_after_id id); /**< canonical: "1", "h" */

#endif
