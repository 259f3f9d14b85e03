#include "dose/ledger.h"

#include <stdlib.h>

#define FIRST_ROWS 64

bool tacro_ledger_add(struct tacro_ledger *ledger, const struct tacro_ledger_row *row)
{
    if (ledger->n == ledger->capacity) {
        const size_t capacity =
            ledger->capacity == 0 ? FIRST_ROWS : 2 * ledger->capacity;
        struct tacro_ledger_row *grown = realloc(ledger->row, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        ledger->row = grown;
        ledger->capacity = capacity;
    }
    ledger->row[ledger->n++] = *row;
    return true;
}

bool tacro_ledger_copy(const struct tacro_ledger *from, struct tacro_ledger *to)
{
    bool ok = true;
    to->n = 0;
    for (size_t i = 0; ok && i < from->n; i++) {
        ok = tacro_ledger_add(to, &from->row[i]);
    }
    return ok;
}

void tacro_ledger_free(struct tacro_ledger *ledger)
{
    free(ledger->row);
    *ledger = (struct tacro_ledger){0};
}
