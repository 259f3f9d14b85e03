/**
 * Optional endpoints (`endpoints` of a scenario): how each follows from levels and
 * covariates is engine/run/endpoints.c, its numbers are a file in params/endpoint/.
 */
#ifndef TACRO_INPUT_ENDPOINT_H
#define TACRO_INPUT_ENDPOINT_H

#include "input/paramset.h"

/** In the order of the names below; the file of each is <name>.yaml. */
enum tacro_endpoint_id {
    TACRO_AKI_WEEK1,       /**< "aki_week1" */
    TACRO_INFECTION_YEAR1, /**< "infection_year1" */
    TACRO_DM_FLARE,        /**< "dm_flare" */
    TACRO_NENDPOINTS
};

#define TACRO_MAX_ENDPOINT_NUMBERS 6

/** Numbers of aki_week1: a logit and log odds ratios, and a share of patients. */
enum {
    TACRO_AKI_INTERCEPT,
    TACRO_AKI_SUPRATHERAPEUTIC,
    TACRO_AKI_NEPHROTOXIC,
    TACRO_AKI_INFECTION,
    TACRO_AKI_CYSTIC_FIBROSIS,
    TACRO_AKI_NEPHROTOXIC_SHARE
};

/** Numbers of infection_year1. */
enum { TACRO_INFECTION_LOG_RR, TACRO_INFECTION_LIMIT /**< ng/mL */ };

/** Numbers of dm_flare: probabilities by which cases are counted. */
enum { TACRO_FLARE_1_OF_11, TACRO_FLARE_2_OF_13 };

struct tacro_endpoint {
    enum tacro_endpoint_id id;
    const char *name;
    const char *title;      /**< what the probability is of */
    const char *population; /**< whom the numbers are about */
    size_t nnumbers;
    struct tacro_number number[TACRO_MAX_ENDPOINT_NUMBERS];
    double baseline;     /**< infection_year1: risk without a high level, a fraction */
    size_t cases;        /**< dm_flare: number that holds */
    bool has_high_titre; /**< dm_flare: anti-MDA5 persistently high, shown as a flag */
    struct tacro_yaml *yaml; /**< owned: texts above point into it */
};

/** Name of a number in its file. */
const char *tacro_endpoint_number(enum tacro_endpoint_id id, size_t number);

struct tacro_input;

/**
 * Read `endpoints: [aki_week1, {infection_year1: {baseline: 12 %}}]` into in->endpoint.
 *
 * params_dir  NULL: the folder above the scenario's
 * errors      TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_endpoints_read(struct tacro_reader *reader,
                                       const struct tacro_node *root,
                                       const char *params_dir, struct tacro_input *in,
                                       struct tacro_error *err) TACRO_MUST_USE;

/** Whether times, targets and covariates serve the endpoints; all have been read. */
void tacro_endpoints_check(struct tacro_reader *reader, const struct tacro_node *root,
                           const struct tacro_input *in);

#endif
