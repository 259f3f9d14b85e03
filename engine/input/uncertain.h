/** The uncertain numbers of a params file by name, and the table of their draws. */
#ifndef TACRO_INPUT_UNCERTAIN_H
#define TACRO_INPUT_UNCERTAIN_H

#include "input/paramset.h"

enum tacro_uncertain_kind {
    TACRO_UNCERTAIN_THETA,       /**< index among set->theta */
    TACRO_UNCERTAIN_COEFFICIENT, /**< index among set->relation */
    TACRO_UNCERTAIN_AFTER,       /**< index is an enum tacro_after_id */
    TACRO_UNCERTAIN_OMEGA,       /**< index among set->effect; likewise ... */
    TACRO_UNCERTAIN_KAPPA,       /**< ... the spread between occasions */
    TACRO_UNCERTAIN_WANDER,      /**< ... and that between days */
    TACRO_UNCERTAIN_RHYTHM,      /**< relative amplitude; index among set->rhythm */
    TACRO_UNCERTAIN_INCIDENCE,   /**< of the anchor */
    TACRO_UNCERTAIN_SOLVED       /**< the THETA that the anchor solves */
};

struct tacro_uncertain {
    enum tacro_uncertain_kind kind;
    size_t index;
    const char *name; /**< its column in a draw table (draws.h); "omega.CL" */
    const char *unit; /**< canonical */
    double value;     /**< central */
    enum tacro_mark mark;
    const struct tacro_uncertainty
        *uncertainty; /**< borrowed; law NONE if solved, or set by a scenario */
    size_t theta;     /**< that it acts on, or nthetas */
    size_t column;    /**< of set->draws, if there is a table */
};

/**
 * List the numbers of the set that have a law into set->uncertain: THETAs, relations,
 * spreads, rhythms, `after`, each in the order of its table, the anchor's incidence,
 * and last the THETA that the anchor solves. Two of one name are a fault.
 *
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_uncertain_list(struct tacro_reader *reader,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err) TACRO_MUST_USE;

/**
 * Read `draws`, the name of a table beside the risk file, into set->draws. It must have
 * a column for each number listed, no other one, and the outcome of the file. If it was
 * made from other values than the file has, set->has_changed.
 *
 * node         NULL: there is none
 * is_complete  the file has no fault so far: else its columns are not compared
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_uncertain_read(struct tacro_reader *reader,
                                       const struct tacro_node *node, bool is_complete,
                                       struct tacro_paramset *set,
                                       struct tacro_error *err) TACRO_MUST_USE;

/**
 * Copy a law with its text, which the set keeps: "sd 0.02 1/y".
 *
 * unit    of the number
 * errors  TACRO_ENOMEM
 */
enum tacro_status tacro_uncertain_keep(struct tacro_paramset *set,
                                       const struct tacro_uncertainty *law,
                                       const char *unit, struct tacro_uncertainty *out,
                                       struct tacro_error *err) TACRO_MUST_USE;

#endif
