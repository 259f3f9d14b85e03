/**
 * Event tables: NONMEM-style CSV with doses, observations and covariates of patients.
 */
#ifndef TACRO_INPUT_DATASET_H
#define TACRO_INPUT_DATASET_H

#include "input/covariate.h"
#include "input/record.h"

/**
 * Values of one covariate of one patient, each from its time on. The first is from
 * -INFINITY on; each differs from the one before, so that n > 1 means a change.
 */
struct tacro_column {
    size_t n; /**< 0: the table has no such column, or no value of this patient */
    struct tacro_covariate_step *step; /**< owned */
};

struct tacro_dataset_patient {
    char *id;    /**< owned, as in the table */
    size_t line; /**< of its first record */
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

#define TACRO_DATASET_RECORDS 100000 /* at most */

/**
 * Read a table (format: params/scenario/README.md); every fault of it at once.
 *
 * Times are h from start, or dates, one form in all of the table. Of dates, the day of
 * the first record of the file at the scenario's start_clock is t = 0: with start_clock
 * 8 and a first TIME of 2026-03-01T09:30, t = 0 is 2026-03-01 08:00 and that record is
 * at 1.5 h. Each day has 24 h: no daylight saving, no time zone. EVID 3 and 4 do not
 * reset the clock.
 *
 * A missing covariate value is the last one of the patient (before its first value: the
 * first). NOCB: a record's value holds from the record before it on; LOCF: from its own
 * time on. At one time the later record counts. DV and MDV are checked, not kept.
 *
 * out     freed with tacro_dataset_free
 * errors  TACRO_EINPUT with the faults in notes as file:line:column of the field, the
 *         first hundred by name; TACRO_ENOINPUT, TACRO_EIO, TACRO_ENOMEM
 */
enum tacro_status tacro_dataset_read(const char *path,
                                     const struct tacro_dataset_frame *frame,
                                     struct tacro_notes *notes,
                                     struct tacro_dataset **out,
                                     struct tacro_error *err) TACRO_MUST_USE;
void tacro_dataset_free(struct tacro_dataset *dataset);

/** Index of a patient by ID, or n. */
size_t tacro_dataset_find(const struct tacro_dataset *dataset, const char *id);

#endif
