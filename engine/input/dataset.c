#include "input/dataset.h"

#include "input/bytes.h"
#include "input/table.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/** A dataset while it is read. */
struct reading {
    struct tacro_table table;
    struct tacro_dataset *set;
    bool has_header;
    bool is_readable; /**< the header has ID and TIME */
    bool is_out_of_memory;
    size_t nrows;
    size_t npatients; /**< room of set->patient */
    void *ids;        /**< tree (tsearch) of the IDs, owned by the patients */
    size_t nrecords;  /**< room of the last patient's records and cells */
    double *cell;     /**< [record][TACRO_NCOVARIATES] of the last patient, NaN: none */
    double last_time; /**< of the last patient */
    double last_dose;
    size_t last_dose_line;
    size_t nafter; /**< observations after a dose at one time */
    size_t after_line;
    size_t after_column;
    size_t after_dose_line;
    bool has_late; /**< a dose at or after the horizon has been named */
};

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* -- a patient's covariates -------------------------------------------------------- */

/** Carry the last value forward; before the first value, the first one back. */
static bool fill(const struct reading *r, size_t n, size_t covariate, double *value)
{
    double last = NAN;
    size_t first = n;
    for (size_t i = 0; i < n; i++) {
        const double x = r->cell[i * TACRO_NCOVARIATES + covariate];
        first = first == n && !isnan(x) ? i : first;
        last = isnan(x) ? last : x;
        value[i] = last;
    }
    for (size_t i = 0; i < first && first < n; i++) {
        value[i] = value[first];
    }
    return first < n;
}

/**
 * A value from its time on; a later one at the same time replaces it. What comes before
 * the start is never looked at.
 */
static void add_step(struct tacro_column *column, double time, double value)
{
    struct tacro_covariate_step *last = column->step + column->n;
    const double from = time <= 0.0 ? -INFINITY : time;
    while (column->n > 0 && last[-1].from >= from) {
        last--;
        column->n--;
    }
    if (column->n == 0) {
        *last = (struct tacro_covariate_step){-INFINITY, value};
        column->n = 1;
    } else if (last[-1].value != value) {
        *last = (struct tacro_covariate_step){from, value};
        column->n++;
    }
}

static bool make_column(const struct reading *r,
                        const struct tacro_dataset_patient *patient, size_t covariate,
                        double *value, struct tacro_column *column)
{
    const struct tacro_record *record = patient->record;
    const size_t n = patient->nrecords;
    const bool is_locf = r->table.frame->is_locf;
    if (!fill(r, n, covariate, value)) {
        return true;
    }
    column->step = calloc(n, sizeof *column->step);
    if (column->step == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t since = is_locf || i == 0 ? i : i - 1;
        add_step(column, i == 0 ? -INFINITY : record[since].time, value[i]);
    }
    return true;
}

static void end_patient(struct reading *r)
{
    struct tacro_dataset_patient *patient;
    double *value;
    if (r->set->n == 0 || r->table.nfaults > 0) { /* a faulty table is not kept */
        return;
    }
    patient = &r->set->patient[r->set->n - 1];
    value = calloc(patient->nrecords + 1, sizeof *value);
    if (value == NULL) {
        r->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        if (r->set->has_covariate[i] &&
            !make_column(r, patient, i, value, &patient->covariate[i])) {
            r->is_out_of_memory = true;
        }
    }
    free(value);
}

/* -- patients and records ---------------------------------------------------------- */

static bool start_patient(struct reading *r, const char *id, size_t line)
{
    struct tacro_dataset *set = r->set;
    struct tacro_dataset_patient *patient;
    if (set->n == r->npatients) {
        const size_t room = 2 * r->npatients + 16;
        patient = realloc(set->patient, room * sizeof *patient);
        if (patient == NULL) {
            return false;
        }
        set->patient = patient;
        r->npatients = room;
    }
    patient = &set->patient[set->n];
    *patient = (struct tacro_dataset_patient){.id = strdup(id), .line = line};
    if (patient->id == NULL) {
        return false;
    }
    set->n++;
    r->nrecords = 0;
    r->last_time = -INFINITY;
    r->last_dose = NAN;
    return true;
}

/** Make the row's patient the last one. A patient that comes again is a fault. */
static void follow_id(struct reading *r, const struct tacro_csv_row *row,
                      const char *id)
{
    const size_t n = r->set->n;
    if (n > 0 && strcmp(r->set->patient[n - 1].id, id) == 0) {
        return;
    }
    end_patient(r);
    if (tfind(id, &r->ids, compare_ids) != NULL) {
        tacro_table_note(&r->table, TACRO_FAULT, row, TACRO_ITEM_ID,
                         "%s comes again after ID %s, expected all rows of an ID "
                         "together",
                         tacro_excerpt(id).s,
                         tacro_excerpt(r->set->patient[n - 1].id).s);
    }
    if (!start_patient(r, id, row->line) ||
        tsearch(r->set->patient[n].id, &r->ids, compare_ids) == NULL) {
        r->is_out_of_memory = true;
    }
}

static bool add_record(struct reading *r, const struct tacro_event *event)
{
    struct tacro_dataset_patient *patient = &r->set->patient[r->set->n - 1];
    if (patient->nrecords == r->nrecords) {
        const size_t room = 2 * r->nrecords + 16;
        struct tacro_record *record =
            realloc(patient->record, room * sizeof *patient->record);
        if (record == NULL) {
            return false;
        }
        patient->record = record;
        double *cell = realloc(r->cell, room * TACRO_NCOVARIATES * sizeof *cell);
        if (cell == NULL) {
            return false;
        }
        r->cell = cell;
        r->nrecords = room;
    }
    memcpy(r->cell + patient->nrecords * TACRO_NCOVARIATES, event->covariate,
           sizeof event->covariate);
    patient->record[patient->nrecords++] = event->record;
    return true;
}

/* -- what rows say together -------------------------------------------------------- */

static void check_order(struct reading *r, const struct tacro_csv_row *row,
                        const struct tacro_event *event)
{
    const double time = event->record.time;
    if (time < r->last_time) {
        tacro_table_note(&r->table, TACRO_FAULT, row, TACRO_ITEM_TIME,
                         "%g h after %g h of ID %s, expected times that do not go back "
                         "(EVID 3 and 4 do not reset the clock)",
                         time, r->last_time, tacro_excerpt(event->id).s);
    }
    r->last_time = time;
}

/** Age, sex and organ have one value, as in a scenario. */
static void check_constant(struct reading *r, const struct tacro_csv_row *row,
                           const struct tacro_event *event)
{
    static const enum tacro_covariate_id constant[] = {TACRO_COV_age, TACRO_COV_sex,
                                                       TACRO_COV_organ};
    const struct tacro_dataset_patient *patient = &r->set->patient[r->set->n - 1];
    for (size_t k = 0; k < sizeof constant / sizeof constant[0]; k++) {
        const double x = event->covariate[constant[k]];
        double before = NAN;
        for (size_t i = patient->nrecords; !isnan(x) && i > 0 && isnan(before); i--) {
            before = r->cell[(i - 1) * TACRO_NCOVARIATES + constant[k]];
        }
        if (!isnan(x) && !isnan(before) && x != before) {
            tacro_table_note(&r->table, TACRO_FAULT, row,
                             TACRO_NITEMS + (size_t)constant[k],
                             "%g after %g of ID %s, expected one value, %s does not "
                             "change with time",
                             x, before, tacro_excerpt(event->id).s,
                             tacro_covariate_info(constant[k])->name);
        }
    }
}

static void follow_doses(struct reading *r, const struct tacro_csv_row *row,
                         const struct tacro_record *record)
{
    const size_t at = r->table.at[TACRO_ITEM_TIME];
    if (tacro_record_is_dose(record)) {
        r->last_dose = record->time;
        r->last_dose_line = row->line;
        if (record->time >= r->table.frame->horizon - TACRO_SAME_TIME && !r->has_late) {
            r->has_late = true;
            tacro_table_note(&r->table, TACRO_WARNING, row, TACRO_ITEM_TIME,
                             "a dose at %g h, at or after the horizon of %g h: not "
                             "given; more such doses are not named",
                             record->time, r->table.frame->horizon);
        }
    } else if (record->evid == TACRO_EVID_OBSERVATION && record->time == r->last_dose) {
        if (r->nafter++ == 0) {
            r->after_line = row->field[at].line;
            r->after_column = row->field[at].column;
            r->after_dose_line = r->last_dose_line;
        }
    }
}

/* -- the whole --------------------------------------------------------------------- */

static void take_header(struct reading *r, const struct tacro_csv_row *row)
{
    r->has_header = true;
    r->is_readable = tacro_table_header(&r->table, row);
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        r->set->has_covariate[i] = r->table.at[TACRO_NITEMS + i] != TACRO_CSV_FIELDS;
    }
}

static bool take(void *data, const struct tacro_csv_row *row)
{
    struct reading *r = data;
    struct tacro_event event;
    if (!r->has_header) {
        take_header(r, row);
        return r->is_readable;
    }
    if (r->nrows++ == TACRO_DATASET_RECORDS) {
        tacro_table_fault(&r->table, row->line, 1, "more than %d records, the limit",
                          TACRO_DATASET_RECORDS);
        return false;
    }
    const bool is_good = tacro_table_row(&r->table, row, &event);
    if (event.id == NULL) {
        return true;
    }
    follow_id(r, row, event.id);
    if (r->is_out_of_memory) {
        return false;
    }
    if (!isnan(event.record.time)) {
        check_order(r, row, &event);
    }
    if (is_good) {
        check_constant(r, row, &event);
        follow_doses(r, row, &event.record);
        r->is_out_of_memory = !add_record(r, &event);
    }
    return !r->is_out_of_memory;
}

static void warn_after(const struct reading *r)
{
    if (r->nafter == 1) {
        tacro_notes_add(r->table.notes, TACRO_WARNING, r->table.path, r->after_line,
                        r->after_column,
                        "TIME: an observation after the dose of line %zu at one time: "
                        "its level is that after the dose",
                        r->after_dose_line);
    } else if (r->nafter > 1) {
        tacro_notes_add(r->table.notes, TACRO_WARNING, r->table.path, r->after_line,
                        r->after_column,
                        "TIME: an observation after the dose of line %zu at one time: "
                        "its level is that after the dose; %zu such rows in all",
                        r->after_dose_line, r->nafter);
    }
}

static enum tacro_status read_rows(struct reading *r, struct tacro_error *err)
{
    struct tacro_csv_fault fault;
    const enum tacro_status st =
        tacro_csv_read(r->set->text, r->set->size, take, r, &fault, err);
    if (st != TACRO_OK) {
        return st;
    }
    end_patient(r);
    if (r->is_out_of_memory) {
        return tacro_fail(err, TACRO_ENOMEM, "%s: %zu records", r->table.path,
                          r->nrows);
    }
    if (fault.line > 0) {
        tacro_table_fault(&r->table, fault.line, fault.column, "%s", fault.text);
    } else if (r->table.nfaults == 0 && r->nrows == 0) {
        tacro_table_fault(&r->table, 1, 1,
                          "no records, expected a header such as ID,TIME,EVID,AMT and "
                          "rows of values");
    }
    warn_after(r);
    tacro_table_end(&r->table);
    return TACRO_OK;
}

enum tacro_status tacro_dataset_read(const char *path,
                                     const struct tacro_dataset_frame *frame,
                                     struct tacro_notes *notes,
                                     struct tacro_dataset **out,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct reading *r = calloc(1, sizeof *r);
    *out = NULL;
    if (r == NULL || (r->set = calloc(1, sizeof *r->set)) == NULL ||
        (r->set->path = strdup(path)) == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "table %s", path);
        goto done;
    }
    r->table = (struct tacro_table){.path = path, .frame = frame, .notes = notes};
    TACRO_TRY(tacro_bytes_read(path, &r->set->text, &r->set->size, notes, err));
    TACRO_TRY(read_rows(r, err));
    if (r->table.nfaults > 0) {
        st = tacro_fail(err, TACRO_EINPUT, "%s: %zu fault%s", path, r->table.nfaults,
                        r->table.nfaults == 1 ? "" : "s");
        goto done;
    }
    *out = r->set;
    r->set = NULL;
done:
    tacro_notes_sort(notes);
    if (r != NULL) {
        while (r->ids != NULL) {
            tdelete(*(char **)r->ids, &r->ids, compare_ids);
        }
        tacro_dataset_free(r->set);
        free(r->cell);
        free(r);
    }
    return st;
}

void tacro_dataset_free(struct tacro_dataset *dataset)
{
    if (dataset == NULL) {
        return;
    }
    for (size_t i = 0; i < dataset->n; i++) {
        struct tacro_dataset_patient *patient = &dataset->patient[i];
        for (size_t k = 0; k < TACRO_NCOVARIATES; k++) {
            free(patient->covariate[k].step);
        }
        free(patient->id);
        free(patient->record);
    }
    free(dataset->patient);
    free(dataset->path);
    free(dataset->text);
    free(dataset);
}

size_t tacro_dataset_find(const struct tacro_dataset *dataset, const char *id)
{
    size_t i = 0;
    while (i < dataset->n && strcmp(dataset->patient[i].id, id) != 0) {
        i++;
    }
    return i;
}
