/**
 * The draw table of a risk file: joint parameter draws, made by `tacro calibrate`.
 *
 * A CSV beside the risk file. Lines that start with `#` come first and say how it was
 * made, one `# key: value` each: `outcome`, `command`, `seed`, `cohort` (patients),
 * `inputs` (SHA-256 of the files it depends on), `risk` (of the risk file alone) and
 * `sha256`, of all that follows the line that says it. Then the names of the columns,
 * then one row a draw, canonical units, %.9g. Columns: `draw` (0, 1, ...), then each
 * uncertain number: a THETA by its name, the coefficient of a relation as
 * `THETA:covariate` (`THETA:covariate:level` with an `is`), a number of `after` as
 * `after.NAME`, `incidence` of the anchor, and last the THETA that the anchor solves.
 */
#ifndef TACRO_INPUT_DRAWS_H
#define TACRO_INPUT_DRAWS_H

#include "core/notes.h"
#include "core/status.h"

struct tacro_draws {
    size_t n;        /**< draws */
    size_t ncolumns; /**< without `draw` */
    char **name;     /**< [ncolumns] */
    double *value;   /**< [n][ncolumns] */
    size_t *line;    /**< [n] of the file */
    char *command;   /**< that made it */
    char *outcome;   /**< of the risk file that it is of */
    char sha256[65]; /**< of the rows, as written and as found */
    char inputs[65]; /**< of the files that it was made from */
    char risk[65];   /**< of the risk file among them (tacro_values_hash) */
};

/**
 * Read and check a table.
 *
 * errors  TACRO_EINPUT: not a table, wrong checksum, a number that is none, draws not
 *         counted from 0; TACRO_ENOINPUT, TACRO_ENOMEM. Faults in notes.
 */
enum tacro_status tacro_draws_read(const char *path, struct tacro_notes *notes,
                                   struct tacro_draws **out,
                                   struct tacro_error *err) TACRO_MUST_USE;
void tacro_draws_free(struct tacro_draws *draws);

/** Index of a column, or ncolumns. */
size_t tacro_draws_column(const struct tacro_draws *draws, const char *name);

/** A number of one draw. */
double tacro_draws_at(const struct tacro_draws *draws, size_t column, size_t draw);

#endif
