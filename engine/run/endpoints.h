/**
 * Optional endpoints: probabilities by formulas of levels and covariates, without a
 * part of the patient's course. Numbers: input/endpoint.h.
 */
#ifndef TACRO_RUN_ENDPOINTS_H
#define TACRO_RUN_ENDPOINTS_H

#include "run/tally.h"
#include "store/writer.h"

/** The numbers of an endpoint in one draw, or central with one draw. */
struct tacro_endpoint_numbers {
    double value[TACRO_MAX_ENDPOINT_NUMBERS];
};

/** Draw the numbers of all endpoints into scenario->endpoint_numbers. */
enum tacro_status tacro_endpoints_draw(struct tacro_scenario *scenario,
                                       struct tacro_error *err) TACRO_MUST_USE;

/**
 * Acute kidney injury in week 1: 1 / (1 + exp(-logit)).
 *
 * The others are 0 or 1, of a typical patient probabilities.
 */
double tacro_aki_probability(const struct tacro_endpoint_numbers *numbers,
                             bool is_supratherapeutic, double nephrotoxic,
                             double infection, double cystic_fibrosis);

/** Infection within a year; mean_trough of days 1 to 30, ng/mL. At most 1. */
double tacro_infection_probability(const struct tacro_endpoint_numbers *numbers,
                                   double baseline, double mean_trough);

/**
 * Fill gather->endpoint from its troughs, for a block's rows. After tacro_gather_block.
 *
 * subject [TACRO_LANES]; row [TACRO_LANES], copies may repeat a row
 */
void tacro_endpoints_gather(const struct tacro_scenario *scenario,
                            const struct tacro_subject *const *subject,
                            const size_t *row, struct tacro_gather *gather);

/** Add one row to t->endpoint. */
void tacro_endpoints_add(const struct tacro_scenario *scenario,
                         const struct tacro_gather *gather, size_t row, uint64_t draw,
                         struct tacro_regimen_tally *t);

/** Add <name>_probability of each endpoint. index [nendpoints] of the fields */
enum tacro_status tacro_endpoints_fields_add(const struct tacro_scenario *scenario,
                                             struct tacro_fields *fields, size_t *index,
                                             struct tacro_error *err) TACRO_MUST_USE;
enum tacro_status tacro_endpoints_write(const struct tacro_tally *tally,
                                        const size_t *index,
                                        struct tacro_writer *writer,
                                        struct tacro_error *err) TACRO_MUST_USE;

/** Fill summary->endpoint. errors  TACRO_ENOMEM */
enum tacro_status tacro_endpoints_summarise(const struct tacro_tally *tally,
                                            struct tacro_summary *summary,
                                            struct tacro_error *err) TACRO_MUST_USE;
void tacro_endpoints_summary_free(struct tacro_summary *summary);

#endif
