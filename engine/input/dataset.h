/** Event tables: NONMEM-style CSV with doses, observations and covariates of patients. */
#ifndef TACRO_INPUT_DATASET_H
#define TACRO_INPUT_DATASET_H

#include "input/covariate.h"
#include "input/record.h"

/** Values of one covariate of one patient, ascending; carried to later times. */
struct tacro_column {
    size_t n; /**< 0: the table has no such column, or no value of this patient */
    struct tacro_covariate_step *step; /**< owned */
};

struct tacro_dataset_patient {
    char *id; /**< owned, as in the table */
    size_t nrecords;
    struct tacro_record *record; /**< owned; EVID 1 to 4, and 0 as samples */
    struct tacro_column covariate[TACRO_NCOVARIATES];
};

struct tacro_dataset {
    char *path; /**< owned */
    size_t n;
    struct tacro_dataset_patient *patient; /**< owned, in the order of the table */
    bool has_covariate[TACRO_NCOVARIATES];
    size_t size; /**< bytes of the file, and its text: kept for the result */
    char *text;
};

/** What a table is read against. */
struct tacro_dataset_frame {
    size_t nports;
    const char *const
        *port;          /**< names of the compartments: DEPOT, CENTRAL, DEPOT_LCP */
    double start_clock; /**< h since midnight at t = 0 */
    double start_day;   /**< POD of t = 0 */
    double horizon;     /**< h from start; NaN if not known */
    bool is_locf; /**< covariate values hold until the next record, else from the record
                       before (NOCB, as NONMEM takes them) */
};

/**
 * Read a table (format: params/scenario/README.md); every fault of it at once.
 *
 * Times are h from start, or ISO dates, where the first date of the file with the
 * scenario's start_clock is t = 0 on start_day. Hours are counted, no daylight saving.
 * out     freed with tacro_dataset_free
 * errors  TACRO_EINPUT with the faults in notes as file:line:column of the field;
 *         TACRO_ENOINPUT
 */
enum tacro_status tacro_dataset_read(const char *path,
                                     const struct tacro_dataset_frame *frame,
                                     struct tacro_notes *notes,
                                     struct tacro_dataset **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_dataset_free(struct tacro_dataset *dataset);

#endif
