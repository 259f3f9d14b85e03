/** The columns of an event table, and its rows as values checked one by one. */
#ifndef TACRO_INPUT_TABLE_H
#define TACRO_INPUT_TABLE_H

#include "core/notes.h"
#include "input/csv.h"
#include "input/dataset.h"

#define TACRO_ITEM_LIST(X)                                                             \
    X(ID)                                                                              \
    X(TIME)                                                                            \
    X(EVID)                                                                            \
    X(AMT)                                                                             \
    X(CMT)                                                                             \
    X(RATE)                                                                            \
    X(II)                                                                              \
    X(ADDL)                                                                            \
    X(SS)                                                                              \
    X(DV)                                                                              \
    X(MDV)                                                                             \
    X(OCC)

/** A column is an item, or TACRO_NITEMS + the covariate. */
#define TACRO_ITEM_NAME(name) TACRO_ITEM_##name,
enum tacro_item { TACRO_ITEM_LIST(TACRO_ITEM_NAME) TACRO_NITEMS };
#undef TACRO_ITEM_NAME
#define TACRO_NCOLUMNS ((size_t)TACRO_NITEMS + (size_t)TACRO_NCOVARIATES)

#define TACRO_TABLE_FAULTS 100 /* more are counted, not named */
#define TACRO_COLUMN_TEXT 64

/** A table while it is read. */
struct tacro_table {
    const char *path;
    const struct tacro_dataset_frame *frame;
    struct tacro_notes *notes;
    size_t nfaults; /**< those not named included */
    size_t unnamed_line;
    size_t unnamed_column;
    size_t n;                  /**< columns of the header */
    size_t at[TACRO_NCOLUMNS]; /**< index in a row, or TACRO_CSV_FIELDS: none */
    char name[TACRO_CSV_FIELDS][TACRO_COLUMN_TEXT]; /**< as the header writes them */
    bool was_warned[TACRO_NCOLUMNS]; /**< of a value outside its calibrated range */
    size_t
        time_line; /**< of the first TIME, which fixes the form of all; 0: none yet */
    bool is_date;
    double first_date; /**< d, whole, of the first TIME if it is a date */
};

/** A row's values. */
struct tacro_event {
    const char *id; /**< borrowed from the row */
    struct tacro_record record;
    double covariate[TACRO_NCOVARIATES]; /**< NaN: missing */
};

/** Note a fault or warning about a column of a row as `NAME: text`. */
void tacro_table_note(struct tacro_table *table, enum tacro_severity severity,
                      const struct tacro_csv_row *row, size_t column,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

/** Note a fault at a place of its own. */
void tacro_table_fault(struct tacro_table *table, size_t line, size_t column,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Say how many faults have not been named. */
void tacro_table_end(struct tacro_table *table);

/** Read the header. False if no row can be read: ID or TIME is missing. */
bool tacro_table_header(struct tacro_table *table, const struct tacro_csv_row *row);

/**
 * Read a row of values. False after a fault; `id` (NULL) and `record.time` (NaN) say
 * whether these could be read all the same.
 */
bool tacro_table_row(struct tacro_table *table, const struct tacro_csv_row *row,
                     struct tacro_event *out);

#endif
