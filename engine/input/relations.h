/** What a params file says beside its typical values: variability and covariates. */
#ifndef TACRO_INPUT_RELATIONS_H
#define TACRO_INPUT_RELATIONS_H

#include "input/paramset.h"

/**
 * Read `omega`, `kappa` and `wander` into set->effect, in the order of set->theta.
 *
 * cv is the coefficient of variation of a log-normal: omega^2 = ln(1 + cv^2).
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_effects_read(struct tacro_reader *reader,
                                     const struct tacro_node *root,
                                     struct tacro_paramset *set,
                                     struct tacro_error *err) TACRO_MUST_USE;

/** Size of a random effect. */
struct tacro_spread {
    double log_sd;    /**< on the log scale, > 0 */
    const char *text; /**< "42.1 %", "log sd 0.7", "omega^2 0.29" */
    struct tacro_uncertainty law;
};

/**
 * Read the one of `cv`, `log_sd` and `variance` that an entry gives, with `ci` and
 * `rse`. False after a fault.
 */
bool tacro_spread_read(struct tacro_reader *reader, const struct tacro_node *item,
                       struct tacro_paramset *set, struct tacro_spread *out);

/**
 * Read `covariates` into set->relation.
 *
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_relations_read(struct tacro_reader *reader,
                                       const struct tacro_node *root,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err) TACRO_MUST_USE;

/** Unit of the coefficient of a relation: "1", "1/y", "1/mmHg". */
const char *tacro_relation_unit(const struct tacro_relation *relation);

#define TACRO_RELATION_NAME 160

/**
 * What a relation is about: "H0:age", with a level "M_ORG:organ:liver", of a flag
 * "CL:azole:true", with days "CL:bilateral:days_1_3", with a route "F1:diarrhea:oral".
 */
void tacro_relation_key(const struct tacro_paramset *set,
                        const struct tacro_relation *relation, char *text, size_t size);

/**
 * Column of a relation's coefficient in a draw table: its key, of a random effect
 * "CL:azole:true:eta".
 */
void tacro_relation_name(const struct tacro_paramset *set,
                         const struct tacro_relation *relation, char *text,
                         size_t size);

/**
 * Read `reference` of a risk file into set->reference, after its relations: each
 * covariate that they name must have an entry.
 */
void tacro_reference_read(struct tacro_reader *reader, const struct tacro_node *root,
                          struct tacro_paramset *set);

#endif
