/**
 * What the PK models of a scenario have together in one result file: outputs, routes of
 * doses and drawn numbers. With one model, its own.
 */
#ifndef TACRO_RUN_PK_UNION_H
#define TACRO_RUN_PK_UNION_H

#include "run/plan.h"

#define TACRO_MAX_UNION_PORTS                                                          \
    (TACRO_PORT_FORMULATION + TACRO_MAX_FORMULATIONS * TACRO_MAX_PKS)
#define TACRO_MAX_UNION_OUTPUTS 64

struct tacro_pk_union {
    size_t noutputs;
    const struct tacro_output *output[TACRO_MAX_UNION_OUTPUTS]; /**< no name twice */
    size_t nports;
    const char *port[TACRO_MAX_UNION_PORTS]; /**< "oral", "iv", then formulations */
    uint8_t port_of[TACRO_MAX_PKS][TACRO_MAX_PORTS]; /**< place of a model's port */
};

/**
 * errors  TACRO_EINPUT: two models give one output in two units; more outputs than
 *         there is room for
 */
enum tacro_status tacro_pk_union_fill(const struct tacro_scenario *scenario,
                                      struct tacro_pk_union *out,
                                      struct tacro_error *err) TACRO_MUST_USE;

/** Output of a system with the name of an output, or TACRO_NONE. */
int tacro_pk_union_output(const struct tacro_system *system,
                          const struct tacro_output *output);

/** Whether the model's ports stand at their own numbers. */
bool tacro_pk_union_is_plain(const struct tacro_scenario *scenario,
                             const struct tacro_pk_union *all, size_t model);

/** A copy of a ledger of the model whose routes are those of the union. */
bool tacro_pk_union_ledger(const struct tacro_pk_union *all, size_t model,
                           const struct tacro_ledger *from, struct tacro_ledger *to);

/**
 * Drawn number i of the file: those of each PK file, then those of the risk files,
 * which all models share.
 *
 * model    receives the PK model it is of; of a risk file 0
 * returns  NULL: there are no more
 */
const struct tacro_drawn *tacro_pk_union_drawn(const struct tacro_scenario *scenario,
                                               size_t i, size_t *model);

#endif
