#include "input/table.h"

#include "core/units.h"
#include "input/date.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LONGEST (3650.0 * 24.0) /* h, pk-models.md 9.4 (POD) */
#define SMALLEST_RATE 1e-6      /* mg/h; slower ones never end */
#define LARGEST_RATE 1e6

#define NONE TACRO_CSV_FIELDS /* no such column */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ITEM_TEXT(name) #name,
static const char *const item_names[] = {TACRO_ITEM_LIST(ITEM_TEXT)};
#undef ITEM_TEXT

static const struct {
    const char *name;
    enum tacro_covariate_id id;
} aliases[] = {{"WT", TACRO_COV_weight},
               {"HT", TACRO_COV_height},
               {"HCT", TACRO_COV_hematocrit},
               {"ALB", TACRO_COV_albumin},
               {"CREAT", TACRO_COV_creatinine}};

/** Limits of the items that are numbers; dose as in steps.c, pk-models.md 9.4. */
static const struct limits {
    double min;
    double max;
    bool is_whole;
    const char *expected;
} limits[TACRO_NITEMS] = {
    [TACRO_ITEM_EVID] = {0, 4, true, "a whole number from 0 to 4"},
    [TACRO_ITEM_AMT] = {0, 30, false, "0 to 30 mg"},
    [TACRO_ITEM_RATE] = {-2, LARGEST_RATE, false,
                         "0, -1 (R1), -2 (D1) or 1e-06 to 1e+06 mg/h"},
    [TACRO_ITEM_II] = {0, LONGEST, false, "0 or 0.5 to 87600 h"},
    [TACRO_ITEM_ADDL] = {0, 10000, true, "a whole number from 0 to 10000"},
    [TACRO_ITEM_SS] = {0, 2, true, "0, 1 or 2"},
    [TACRO_ITEM_DV] = {0, 1000, false, "0 to 1000 ng/mL"},
    [TACRO_ITEM_MDV] = {0, 1, true, "0 or 1"},
    [TACRO_ITEM_OCC] = {0, 1e6, true, "a whole number from 0 to 1000000"},
};

/** Those that must be 0 where no dose is given. */
static const enum tacro_item dose_items[] = {
    TACRO_ITEM_AMT, TACRO_ITEM_RATE, TACRO_ITEM_II, TACRO_ITEM_ADDL, TACRO_ITEM_SS};

/* -- notes ------------------------------------------------------------------------- */

static void add_note(struct tacro_table *t, enum tacro_severity severity, size_t line,
                     size_t column, const char *text)
{
    if (severity != TACRO_FAULT || t->nfaults < TACRO_TABLE_FAULTS) {
        tacro_notes_add(t->notes, severity, t->path, line, column, "%s", text);
    } else if (t->nfaults == TACRO_TABLE_FAULTS) {
        t->unnamed_line = line;
        t->unnamed_column = column;
    }
    t->nfaults += severity == TACRO_FAULT;
}

void tacro_table_note(struct tacro_table *table, enum tacro_severity severity,
                      const struct tacro_csv_row *row, size_t column,
                      const char *format, ...)
{
    char text[512];
    const size_t at = table->at[column] == NONE ? 0 : table->at[column];
    va_list args;
    const int n = snprintf(text, sizeof text, "%s: ",
                           table->at[column] != NONE ? table->name[at]
                           : column < TACRO_NITEMS   ? item_names[column]
                                                     : "");
    va_start(args, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    va_end(args);
    add_note(table, severity, row->field[at].line, row->field[at].column, text);
}

void tacro_table_fault(struct tacro_table *table, size_t line, size_t column,
                       const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add_note(table, TACRO_FAULT, line, column, text);
}

void tacro_table_end(struct tacro_table *table)
{
    if (table->nfaults > TACRO_TABLE_FAULTS) {
        const size_t n = table->nfaults - TACRO_TABLE_FAULTS;
        tacro_notes_add(table->notes, TACRO_FAULT, table->path, table->unnamed_line,
                        table->unnamed_column, "and %zu more fault%s from here on", n,
                        n == 1 ? "" : "s");
    }
}

/* -- header ------------------------------------------------------------------------ */

static size_t column_of(const char *name)
{
    for (size_t i = 0; i < TACRO_NITEMS; i++) {
        if (strcasecmp(name, item_names[i]) == 0) {
            return i;
        }
    }
    for (size_t i = 0; i < COUNT(aliases); i++) {
        if (strcasecmp(name, aliases[i].name) == 0) {
            return TACRO_NITEMS + (size_t)aliases[i].id;
        }
    }
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        if (strcasecmp(name, tacro_covariate_info(id)->name) == 0) {
            return TACRO_NITEMS + i;
        }
    }
    return TACRO_NCOLUMNS;
}

static void copy_as(int (*change)(int), const char *from, char *to, size_t size)
{
    size_t i = 0;
    for (; from[i] != '\0' && i + 1 < size; i++) {
        to[i] = (char)change((unsigned char)from[i]);
    }
    to[i] = '\0';
}

/** A column of another name, with the nearest known one. */
static void refuse_column(struct tacro_table *t, const struct tacro_csv_field *field)
{
    const char *names[TACRO_NCOLUMNS + COUNT(aliases)];
    char upper[TACRO_COLUMN_TEXT];
    char lower[TACRO_COLUMN_TEXT];
    const char *item;
    const char *nearest;
    size_t n = 0;
    for (size_t i = 0; i < TACRO_NITEMS; i++) {
        names[n++] = item_names[i];
    }
    for (size_t i = 0; i < COUNT(aliases); i++) {
        names[n++] = aliases[i].name;
    }
    copy_as(tolower, field->text, lower, sizeof lower);
    copy_as(toupper, field->text, upper, sizeof upper);
    item = tacro_schema_nearest(upper, names, n);
    for (n = 0; n < TACRO_NCOVARIATES; n++) {
        names[n] = tacro_covariate_info((enum tacro_covariate_id)n)->name;
    }
    nearest = tacro_schema_nearest(lower, names, n);
    if (item != NULL) {
        copy_as(tolower, item, upper, sizeof upper); /* nearer than the covariate? */
        names[0] = upper;
        names[1] = nearest;
        n = nearest == NULL ? 1 : 2;
        nearest = tacro_schema_nearest(lower, names, n) == upper ? item : nearest;
    }
    if (field->text[0] == '\0') {
        tacro_table_fault(t, field->line, field->column,
                          "a column without a name, expected a header such as "
                          "ID,TIME,EVID,AMT");
    } else if (nearest != NULL) {
        tacro_table_fault(t, field->line, field->column,
                          "%s: unknown column, did you mean `%s`?",
                          tacro_excerpt(field->text).s, nearest);
    } else {
        tacro_table_fault(t, field->line, field->column,
                          "%s: unknown column, expected ID, TIME, EVID, AMT, CMT, "
                          "RATE, II, ADDL, SS, DV, MDV, OCC or a covariate",
                          tacro_excerpt(field->text).s);
    }
}

bool tacro_table_header(struct tacro_table *table, const struct tacro_csv_row *row)
{
    bool is_complete = true;
    table->n = row->n;
    for (size_t c = 0; c < TACRO_NCOLUMNS; c++) {
        table->at[c] = NONE;
    }
    if (row->n > TACRO_CSV_FIELDS) {
        tacro_table_fault(table, row->line, row->end_column,
                          "%zu columns, expected at most %d", row->n, TACRO_CSV_FIELDS);
        return false;
    }
    for (size_t i = 0; i < row->n; i++) {
        const struct tacro_csv_field *field = &row->field[i];
        const size_t column = column_of(field->text);
        snprintf(table->name[i], TACRO_COLUMN_TEXT, "%s", tacro_excerpt(field->text).s);
        if (column == TACRO_NCOLUMNS) {
            refuse_column(table, field);
        } else if (table->at[column] != NONE) {
            tacro_table_fault(table, field->line, field->column,
                              "%s: given twice, first as column %zu (%s)",
                              table->name[i], table->at[column] + 1,
                              table->name[table->at[column]]);
        } else {
            table->at[column] = i;
        }
    }
    for (size_t c = TACRO_ITEM_ID; c <= TACRO_ITEM_TIME; c++) {
        if (table->at[c] == NONE) {
            tacro_table_fault(table, row->line, 1,
                              "%s: no such column, expected a header with ID and TIME",
                              item_names[c]);
            is_complete = false;
        }
    }
    return is_complete;
}

/* -- values ------------------------------------------------------------------------ */

/** Text of a value, NULL if it is missing. */
static const char *text_at(const struct tacro_table *t, const struct tacro_csv_row *row,
                           size_t column)
{
    const char *text = t->at[column] == NONE ? "" : row->field[t->at[column]].text;
    return *text == '\0' || strcmp(text, ".") == 0 ? NULL : text;
}

/** Whether the text is a plain decimal number, without a unit or a percent sign. */
static bool is_number(const char *text, double *value)
{
    return text[strspn(text, "0123456789+-.eE")] == '\0' &&
           tacro_units_parse(text, TACRO_NUMBER, value, NULL) == TACRO_OK;
}

/** Read an item that is a number; 0 if it is missing. False after a fault. */
static bool read_item(struct tacro_table *t, const struct tacro_csv_row *row,
                      enum tacro_item item, double *value)
{
    const struct limits *l = &limits[item];
    const char *text = text_at(t, row, item);
    double x = 0.0;
    bool ok = text == NULL || is_number(text, &x);
    ok = ok && x >= l->min && x <= l->max && !(l->is_whole && x != floor(x));
    if (item == TACRO_ITEM_RATE) {
        ok = ok && (x >= SMALLEST_RATE || x == 0.0 || x == TACRO_RATE_R1 ||
                    x == TACRO_RATE_D1);
    } else if (item == TACRO_ITEM_II) {
        ok = ok && (x >= 0.5 || x == 0.0);
    }
    if (!ok) {
        tacro_table_note(t, TACRO_FAULT, row, item, "%s: expected %s",
                         tacro_excerpt(text).s, l->expected);
        return false;
    }
    *value = x;
    return true;
}

static bool read_port(struct tacro_table *t, const struct tacro_csv_row *row,
                      size_t *port)
{
    const struct tacro_dataset_frame *frame = t->frame;
    const char *text = text_at(t, row, TACRO_ITEM_CMT);
    char expected[256] = "";
    size_t used = 0;
    double x = 0.0;
    *port = 0;
    if (text == NULL) {
        return true;
    }
    for (size_t i = 0; i < frame->nports; i++) {
        if (strcasecmp(text, frame->port[i]) == 0) {
            *port = i;
            return true;
        }
    }
    if (is_number(text, &x) && x == floor(x) && x >= 0.0 &&
        x <= (double)frame->nports) {
        *port = x > 0.0 ? (size_t)x - 1 : 0;
        return true;
    }
    for (size_t i = 0; i < frame->nports && used < sizeof expected; i++) {
        used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%zu (%s)",
                                 i > 0 ? ", " : "", i + 1, frame->port[i]);
    }
    tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_CMT, "%s: expected %s",
                     tacro_excerpt(text).s, expected);
    return false;
}

/* -- time -------------------------------------------------------------------------- */

/** The first TIME fixes the form of all, and the day of t = 0 if it is a date. */
static bool check_form(struct tacro_table *t, const struct tacro_csv_row *row,
                       const char *text, bool is_date, double days)
{
    if (t->time_line == 0) {
        t->time_line = row->line;
        t->is_date = is_date;
        t->first_date = floor(days);
    } else if (t->is_date != is_date) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_TIME,
                         "%s: expected %s as in line %zu, one form in all of the table",
                         text, t->is_date ? "a date" : "hours", t->time_line);
        return false;
    }
    return true;
}

static bool read_time(struct tacro_table *t, const struct tacro_csv_row *row,
                      double *time)
{
    static const char expected[] = "expected hours from the start such as 12.5, or a "
                                   "date such as 2026-03-01T08:00";
    const char *text = text_at(t, row, TACRO_ITEM_TIME);
    const struct tacro_excerpt shown = tacro_excerpt(text == NULL ? "" : text);
    double days = 0.0;
    double hours = 0.0;
    const bool is_date = text != NULL && tacro_date_parse(text, &days, &hours);
    if (text == NULL) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_TIME, "missing, %s", expected);
        return false;
    }
    if (!is_date && !is_number(text, &hours)) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_TIME, "%s: %s", shown.s,
                         expected);
        return false;
    }
    if (!check_form(t, row, shown.s, is_date, days)) {
        return false;
    }
    if (is_date) {
        hours += 24.0 * (days - t->first_date) - t->frame->start_clock;
    }
    if (hours < 0.0 || hours > LONGEST) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_TIME,
                         "%s: %g h from the start, expected 0 to %g h", shown.s, hours,
                         LONGEST);
        return false;
    }
    *time = hours;
    return true;
}

/* -- covariates -------------------------------------------------------------------- */

static bool read_level(const char *text, const struct tacro_covariate_info *info,
                       double *value)
{
    for (size_t i = 0; i < info->nlevels; i++) {
        if (strcasecmp(text, info->level[i]) == 0) {
            *value = (double)i;
            return true;
        }
    }
    return is_number(text, value) &&
           (info->type == TACRO_COVARIATE_NUMBER || *value == floor(*value));
}

static void refuse_covariate(struct tacro_table *t, const struct tacro_csv_row *row,
                             size_t column, const struct tacro_covariate_info *info,
                             const char *text, double value)
{
    const struct tacro_quantity *q = &info->quantity;
    const struct tacro_excerpt shown = tacro_excerpt(text);
    if (info->type == TACRO_COVARIATE_CHOICE) {
        char expected[128] = "";
        size_t n = 0;
        for (size_t i = 0; i < info->nlevels && n < sizeof expected; i++) {
            n += (size_t)snprintf(expected + n, sizeof expected - n, "%s%s (%zu)",
                                  i == 0                   ? ""
                                  : i + 1 == info->nlevels ? " or "
                                                           : ", ",
                                  info->level[i], i);
        }
        tacro_table_note(t, TACRO_FAULT, row, column,
                         "%s: expected %s, the name or the number", shown.s, expected);
    } else if (info->type == TACRO_COVARIATE_FLAG) {
        tacro_table_note(t, TACRO_FAULT, row, column, "%s: expected 0 or 1", shown.s);
    } else if (q->hard_max < 1.0 && value >= 100.0 * q->hard_min &&
               value <= 100.0 * q->hard_max) {
        tacro_table_note(t, TACRO_FAULT, row, column,
                         "%s: expected a fraction from %g to %g, %g %% is %g", shown.s,
                         q->hard_min, q->hard_max, value, value / 100.0);
    } else {
        const bool is_plain = q->dimension == TACRO_NUMBER;
        tacro_table_note(t, TACRO_FAULT, row, column, "%s: expected %g to %g%s%s%s",
                         shown.s, q->hard_min, q->hard_max, is_plain ? "" : " ",
                         is_plain ? "" : tacro_dimension_unit(q->dimension),
                         tacro_covariate_scale(info, value).s);
    }
}

static bool read_covariate(struct tacro_table *t, const struct tacro_csv_row *row,
                           enum tacro_covariate_id id, double *value)
{
    const struct tacro_covariate_info *info = tacro_covariate_info(id);
    const struct tacro_quantity *q = &info->quantity;
    const size_t column = TACRO_NITEMS + (size_t)id;
    const char *text = text_at(t, row, column);
    double x = NAN;
    *value = NAN;
    if (text == NULL) {
        return true;
    }
    if (!read_level(text, info, &x) || !tacro_covariate_is_value(info, x)) {
        refuse_covariate(t, row, column, info, text, x);
        return false;
    }
    if ((x < q->calibrated_min || x > q->calibrated_max) && !t->was_warned[column]) {
        t->was_warned[column] = true;
        tacro_table_note(
            t, TACRO_WARNING, row, column,
            "%s is outside the calibrated range, %g to %g%s%s; more such "
            "values are not named",
            tacro_excerpt(text).s, q->calibrated_min, q->calibrated_max,
            q->dimension == TACRO_NUMBER ? "" : " ",
            q->dimension == TACRO_NUMBER ? "" : tacro_dimension_unit(q->dimension));
    }
    *value = x;
    return true;
}

/* -- what one row's items say together --------------------------------------------- */

/**
 * An item that is not above 0 where another needs it; the fault is at the other's place
 * if the table lacks the item.
 */
static void refuse_zero(struct tacro_table *t, const struct tacro_csv_row *row,
                        enum tacro_item item, const char *unit, enum tacro_item other,
                        double needs, const char *expected)
{
    if (t->at[item] != NONE) {
        tacro_table_note(t, TACRO_FAULT, row, item, "0 %s with %s %g: expected %s",
                         unit, item_names[other], needs, expected);
    } else {
        tacro_table_note(t, TACRO_FAULT, row, other, "%g without %s: expected %s",
                         needs, item_names[item], expected);
    }
}

/** EVID 0, 2 and 3 give nothing. */
static bool check_no_dose(struct tacro_table *t, const struct tacro_csv_row *row,
                          const double *x, int evid)
{
    const size_t before = t->nfaults;
    for (size_t i = 0; i < COUNT(dose_items); i++) {
        if (x[dose_items[i]] != 0.0) {
            tacro_table_note(t, TACRO_FAULT, row, dose_items[i],
                             "%g at EVID %d: expected 0 or ., only EVID 1 and 4 give a "
                             "dose",
                             x[dose_items[i]], evid);
        }
    }
    return t->nfaults == before;
}

/** SS with AMT 0: an infusion that has always run, and ends now. */
static bool check_constant_infusion(struct tacro_table *t,
                                    const struct tacro_csv_row *row, const double *x)
{
    static const char what[] = "with SS and AMT 0, a constant infusion: expected";
    const size_t before = t->nfaults;
    if (x[TACRO_ITEM_RATE] < 0.0) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_RATE, "%g %s > 0 mg/h",
                         x[TACRO_ITEM_RATE], what);
    }
    if (x[TACRO_ITEM_II] > 0.0) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_II, "%g h %s 0",
                         x[TACRO_ITEM_II], what);
    }
    if (x[TACRO_ITEM_ADDL] > 0.0) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_ADDL, "%g %s 0",
                         x[TACRO_ITEM_ADDL], what);
    }
    return t->nfaults == before;
}

/** EVID 1 and 4. */
static bool check_dose(struct tacro_table *t, const struct tacro_csv_row *row,
                       const double *x, size_t port, int evid)
{
    const size_t before = t->nfaults;
    const bool is_constant = !(x[TACRO_ITEM_AMT] > 0.0) && x[TACRO_ITEM_SS] > 0.0 &&
                             x[TACRO_ITEM_RATE] != 0.0;
    if (is_constant) {
        return check_constant_infusion(t, row, x);
    }
    if (!(x[TACRO_ITEM_AMT] > 0.0)) {
        refuse_zero(t, row, TACRO_ITEM_AMT, "mg", TACRO_ITEM_EVID, evid,
                    "AMT > 0 mg, or SS and RATE > 0 for a constant infusion");
    }
    if (x[TACRO_ITEM_RATE] < 0.0 && port > 0) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_RATE,
                         "%g into %s: expected 0 or > 0 mg/h, R1 and D1 are those of "
                         "CMT 1",
                         x[TACRO_ITEM_RATE], t->frame->port[port]);
    }
    if (!(x[TACRO_ITEM_II] > 0.0) && x[TACRO_ITEM_ADDL] > 0.0) {
        refuse_zero(t, row, TACRO_ITEM_II, "h", TACRO_ITEM_ADDL, x[TACRO_ITEM_ADDL],
                    "II > 0 h");
    } else if (!(x[TACRO_ITEM_II] > 0.0) && x[TACRO_ITEM_SS] > 0.0) {
        refuse_zero(t, row, TACRO_ITEM_II, "h", TACRO_ITEM_SS, x[TACRO_ITEM_SS],
                    "II > 0 h");
    } else if (x[TACRO_ITEM_II] > 0.0 && !(x[TACRO_ITEM_ADDL] > 0.0) &&
               !(x[TACRO_ITEM_SS] > 0.0) && !t->was_warned[TACRO_ITEM_II]) {
        t->was_warned[TACRO_ITEM_II] = true;
        tacro_table_note(t, TACRO_WARNING, row, TACRO_ITEM_II,
                         "%g h without ADDL or SS: no effect; more such rows are not "
                         "named",
                         x[TACRO_ITEM_II]);
    }
    return t->nfaults == before;
}

/** A level and its MDV belong to an observation. */
static bool check_level(struct tacro_table *t, const struct tacro_csv_row *row,
                        const double *x, int evid)
{
    const size_t before = t->nfaults;
    if (evid != TACRO_EVID_OBSERVATION && x[TACRO_ITEM_DV] != 0.0) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_DV,
                         "%g ng/mL at EVID %d: expected ., only EVID 0 has a level",
                         x[TACRO_ITEM_DV], evid);
    }
    if (evid != TACRO_EVID_OBSERVATION && text_at(t, row, TACRO_ITEM_MDV) != NULL &&
        x[TACRO_ITEM_MDV] == 0.0) {
        tacro_table_note(t, TACRO_FAULT, row, TACRO_ITEM_MDV,
                         "0 at EVID %d: expected 1 or ., only EVID 0 has a level",
                         evid);
    }
    return t->nfaults == before;
}

static bool read_items(struct tacro_table *t, const struct tacro_csv_row *row,
                       struct tacro_record *out)
{
    double x[TACRO_NITEMS] = {0.0};
    bool ok = read_port(t, row, &out->port);
    for (size_t i = TACRO_ITEM_EVID; i < TACRO_NITEMS; i++) {
        if (i != TACRO_ITEM_CMT) {
            ok = read_item(t, row, (enum tacro_item)i, &x[i]) && ok;
        }
    }
    if (!ok) {
        return false;
    }
    if (text_at(t, row, TACRO_ITEM_EVID) == NULL) {
        x[TACRO_ITEM_EVID] = x[TACRO_ITEM_AMT] > 0.0 || x[TACRO_ITEM_RATE] > 0.0;
    }
    const int evid = (int)x[TACRO_ITEM_EVID];
    const bool is_dose = evid == TACRO_EVID_DOSE || evid == TACRO_EVID_RESET_AND_DOSE;
    ok = is_dose ? check_dose(t, row, x, out->port, evid)
                 : check_no_dose(t, row, x, evid);
    ok = check_level(t, row, x, evid) && ok;
    out->evid = (enum tacro_evid)evid;
    out->amount = x[TACRO_ITEM_AMT];
    out->rate = x[TACRO_ITEM_RATE];
    out->ii = x[TACRO_ITEM_II];
    out->addl = (uint32_t)x[TACRO_ITEM_ADDL];
    out->ss = (unsigned)x[TACRO_ITEM_SS];
    out->occasion = text_at(t, row, TACRO_ITEM_OCC) == NULL
                        ? TACRO_NO_OCCASION
                        : (int32_t)x[TACRO_ITEM_OCC];
    return ok;
}

bool tacro_table_row(struct tacro_table *table, const struct tacro_csv_row *row,
                     struct tacro_event *out)
{
    bool ok = true;
    *out = (struct tacro_event){.record = {.time = NAN, .line = row->line}};
    if (row->n != table->n) {
        const bool has_extra = row->n > table->n && table->n < TACRO_CSV_FIELDS;
        tacro_table_fault(table, row->line,
                          has_extra ? row->field[table->n].column : row->end_column,
                          "%zu field%s, expected %zu as in the header", row->n,
                          row->n == 1 ? "" : "s", table->n);
        return false;
    }
    out->id = text_at(table, row, TACRO_ITEM_ID);
    if (out->id == NULL) {
        tacro_table_note(table, TACRO_FAULT, row, TACRO_ITEM_ID,
                         "missing, expected the patient of the row");
        ok = false;
    }
    ok = read_time(table, row, &out->record.time) && ok;
    ok = read_items(table, row, &out->record) && ok;
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        ok = read_covariate(table, row, id, &out->covariate[i]) && ok;
    }
    return ok;
}
