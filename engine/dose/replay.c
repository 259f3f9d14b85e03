#include "dose/replay.h"

#include <stdlib.h>
#include <string.h>

static struct tacro_record record_of(const struct tacro_ledger_row *row)
{
    return (struct tacro_record){
        .time = row->time,
        .evid = row->kind == TACRO_LEDGER_RESET ? TACRO_EVID_RESET : TACRO_EVID_DOSE,
        .port = row->route,
        .amount = row->amount,
        .rate = row->rate,
        .duration = row->duration,
        .ii = row->ii,
        .ss = row->ss,
        .occasion = row->occasion};
}

enum tacro_status tacro_replay_create(const struct tacro_ledger *ledger,
                                      struct tacro_replay *out, struct tacro_error *err)
{
    memset(out, 0, sizeof *out);
    out->record = calloc(ledger->n + 1, sizeof *out->record);
    out->cut = calloc(ledger->n + 1, sizeof *out->cut);
    if (out->record == NULL || out->cut == NULL) {
        tacro_replay_free(out);
        return tacro_fail(err, TACRO_ENOMEM, "replay of %zu entries", ledger->n);
    }
    for (size_t i = 0; i < ledger->n; i++) {
        const struct tacro_ledger_row *row = &ledger->row[i];
        if (row->kind == TACRO_LEDGER_DOSE || row->kind == TACRO_LEDGER_RESET) {
            out->record[out->nrecords++] = record_of(row);
        } else if (row->kind != TACRO_LEDGER_EVENT) { /* falls inside a segment */
            out->cut[out->ncuts++] = row->time;
        }
    }
    return TACRO_OK;
}

void tacro_replay_free(struct tacro_replay *replay)
{
    free(replay->record);
    free(replay->cut);
    memset(replay, 0, sizeof *replay);
}
