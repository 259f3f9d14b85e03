/** What happened to one patient under one regimen: every record that cut a segment. */
#ifndef TACRO_DOSE_LEDGER_H
#define TACRO_DOSE_LEDGER_H

#include "core/status.h"
#include "input/record.h"

#include <stdbool.h>

/** name, meaning. Append-only: the index is stored in result files. */
#define TACRO_LEDGER_KIND_LIST(X)                                                      \
    X(DOSE, "dose given")                                                              \
    X(MISSED, "dose planned and not taken")                                            \
    X(RESET, "compartments emptied")                                                   \
    X(SAMPLE, "blood drawn")                                                           \
    X(RESULT, "measured level known")                                                  \
    X(DECISION, "dose changed by adjust")                                              \
    X(EVENT, "outcome happened")                                                       \
    X(SWITCH, "rule switched the plan")                                                \
    X(RESUME, "plan resumed")                                                          \
    X(CUT, "time at which a course was looked at")

#define TACRO_LEDGER_NAME(name, text) TACRO_LEDGER_##name,
enum tacro_ledger_kind {
    TACRO_LEDGER_KIND_LIST(TACRO_LEDGER_NAME) TACRO_NLEDGER_KINDS
};
#undef TACRO_LEDGER_NAME

/** One entry, in the order in which things happened. */
struct tacro_ledger_row {
    double time; /**< h from start */
    double
        amount;  /**< DOSE, MISSED: mg before F1; RESULT: ng/mL as measured, NaN: below
                        LLOQ; DECISION: mg per dose from now on; EVENT: index of the
                        outcome; SWITCH: index of the trigger; else 0 */
    double rate; /**< DOSE: as in struct tacro_record */
    double duration;  /**< DOSE: h, as in struct tacro_record: 0 where `rate` says it */
    double ii;        /**< DOSE with ss: h */
    uint8_t kind;     /**< enum tacro_ledger_kind */
    uint8_t route;    /**< DOSE, MISSED: port (paramset.h) */
    uint8_t ss;       /**< DOSE: as in struct tacro_record; TACRO_SS_BEFORE: it stands
                           for what was given before the start, no dose of its own */
    int32_t occasion; /**< DOSE, MISSED: slot of its kappas; else 0 */
};

/** Rows of one patient; grows. Zero-initialise; freed with tacro_ledger_free. */
struct tacro_ledger {
    size_t n;
    size_t capacity;
    struct tacro_ledger_row *row;
};

/** Append a row; false when memory is out. */
bool tacro_ledger_add(struct tacro_ledger *ledger, const struct tacro_ledger_row *row);

/** Make `to`, zero-initialised or in use, a copy; false when memory is out. */
bool tacro_ledger_copy(const struct tacro_ledger *from, struct tacro_ledger *to);
void tacro_ledger_free(struct tacro_ledger *ledger);

#endif
