/** The draw table as a file (format: input/draws.h). */
#ifndef TACRO_CALIBRATE_TABLE_H
#define TACRO_CALIBRATE_TABLE_H

#include "calibrate/numbers.h"

/** What a table says about itself. */
struct tacro_table {
    const struct tacro_paramset *set;
    const char *command;
    uint64_t seed;
    uint64_t npatients;
    size_t ndraws;
    const double *value; /**< [ndraws][set->nuncertain] */
    char inputs[65];     /**< tacro_inputs_hash */
    char risk[65];       /**< tacro_values_hash */
};

/** `folder`/`risk`.draws.csv; freed by the caller, NULL without memory. */
char *tacro_table_path(const char *folder, const struct tacro_paramset *set);

/**
 * Write a table beside its name, then rename it.
 *
 * errors  TACRO_ECREATE: the file exists and force is not set, or cannot be created;
 *         TACRO_EIO, TACRO_ENOMEM
 */
enum tacro_status tacro_table_write(const struct tacro_table *table, const char *path,
                                    bool force, struct tacro_error *err) TACRO_MUST_USE;

#endif
