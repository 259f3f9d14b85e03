/** A ledger as records and cuts: the course once more, without rules or chance. */
#ifndef TACRO_DOSE_REPLAY_H
#define TACRO_DOSE_REPLAY_H

#include "dose/ledger.h"

/** Freed with tacro_replay_free. */
struct tacro_replay {
    size_t nrecords;
    struct tacro_record *record; /**< doses and resets, in their order */
    size_t ncuts;
    double *cut; /**< h from start, ascending: what else cut a segment */
};

/**
 * For tacro_agenda_take of an agenda without a regimen, with the same cuts of its own.
 *
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_replay_create(const struct tacro_ledger *ledger,
                                      struct tacro_replay *out,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_replay_free(struct tacro_replay *replay);

#endif
