/** Records of one patient, written out: every further dose of ADDL as its own. */
#ifndef TACRO_DOSE_RECORDS_H
#define TACRO_DOSE_RECORDS_H

#include "core/status.h"
#include "input/record.h"

#define TACRO_RECORDS_MAX 1000000U /* events of one patient, written out */

/**
 * Write out ADDL up to the horizon, in the order in which the events act.
 *
 * A further dose is EVID 1 with the record's AMT, RATE, duration, port, occasion and
 * line, and without SS. Those after (not at) the time of a later record with EVID 3, 4
 * or SS 1 are left out. At one instant further doses come first, then records, both in
 * the order of the table; a further dose within TACRO_SAME_TIME of a later record has
 * that record's time. Observations are kept up to and at the horizon, every other event
 * before it.
 *
 * record  [n], time ascending [h], borrowed
 * out     [*nout] by time, addl 0, ii 0 without SS; freed by the caller with free; NULL
 *         if there is none
 * errors  TACRO_EINPUT: more than TACRO_RECORDS_MAX events; TACRO_ENOMEM
 * source  NONMEM data items EVID, ADDL, II, SS
 */
enum tacro_status tacro_records_expand(size_t n, const struct tacro_record *record,
                                       double horizon, size_t *nout,
                                       struct tacro_record **out,
                                       struct tacro_error *err) TACRO_MUST_USE;

#endif
