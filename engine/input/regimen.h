/** A regimen: its steps and its rules, or a table of events in place of both. */
#ifndef TACRO_INPUT_REGIMEN_H
#define TACRO_INPUT_REGIMEN_H

#include "input/dataset.h"
#include "input/protocol.h"

/** Induction therapy that a regimen gives, whatever the patients have before. */
struct tacro_cover {
    bool is_given;
    double from;  /**< h from start */
    double level; /**< of TACRO_COV_induction */
};

struct tacro_regimen {
    char *label; /**< owned; of the plan */
    char *arm;   /**< owned; `plan@model`, NULL: the scenario has one PK model */
    struct tacro_sequence plan;     /**< its own steps; none with a table */
    struct tacro_protocol protocol; /**< empty with a table */
    char *table; /**< owned; path from the scenario's folder, or NULL: no table */
    struct tacro_dataset *dataset; /**< owned; what the table holds, or NULL */
    struct tacro_cover induction;
    bool is_locf; /**< the table's covariates hold forward, not backward (NOCB) */
    size_t line;
    size_t column;
};

/**
 * Read one regimen {steps: [...], monitor, adjust, when} or {file, covariates}, each
 * also with `induction: basiliximab` or `{drug: basiliximab, from: 3 d}`.
 *
 * out     freed with tacro_regimen_free; empty after a fault, which has been noted
 */
bool tacro_regimen_read(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_protocol_frame *frame,
                        struct tacro_regimen *out);
void tacro_regimen_free(struct tacro_regimen *regimen);

/** What it is called in results: the label, or `plan@model`. */
const char *tacro_regimen_name(const struct tacro_regimen *regimen);

/** Ports through which it gives doses, as bits. */
unsigned tacro_regimen_ports(const struct tacro_regimen *regimen);

/** True if a dose of the steps or of a rule's steps goes by the patient's weight. */
bool tacro_regimen_is_per_kg(const struct tacro_regimen *regimen);

#endif
