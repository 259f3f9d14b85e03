/** Bad event tables: one change to a good one gives one fault with its place. */
#include "input/dataset.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/check.h"
#include "tests/support/folder.h"

static const char *const good[] = {
    /* 1 */ "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OCC,WT,HCT,SEX,AKI",
    /* 2 */ "1,0,1,3,1,0,12,3,0,.,1,1,60,0.3,male,0",
    /* 3 */ "1,6,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0",
    /* 4 */ "1,48,4,2,CENTRAL,0.5,.,.,.,.,1,2,61,0.28,male,1",
    /* 5 */ "2,0,1,5,DEPOT_LCP,0,24,2,1,.,.,.,70,0.35,1,0",
    /* 6 */ "2,50,1,0,2,0.25,0,0,1,.,.,.,70,0.35,1,0",
    /* 7 */ "2,60,3,.,.,.,.,.,.,.,.,.,.,.,.,.",
};
#define NLINES (sizeof good / sizeof good[0])
#define NPORTS 3

static const char *const ports[NPORTS] = {"DEPOT", "CENTRAL", "DEPOT_LCP"};

static enum tacro_status read_bytes(const char *text, size_t length,
                                    struct tacro_notes *notes,
                                    struct tacro_dataset **out)
{
    const struct tacro_dataset_frame frame = {
        .nports = NPORTS, .port = ports, .start_clock = 8.0, .horizon = 336.0};
    FILE *file = fopen(test_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return tacro_dataset_read(test_path, &frame, notes, out, NULL);
}

/** The good table with `instead` in place of one line (NLINES + 1: behind the last). */
static size_t write_changed(char *text, size_t size, size_t line, const char *instead)
{
    size_t n = 0;
    for (size_t i = 1; i <= NLINES + 1; i++) {
        const char *s = i == line ? instead : (i <= NLINES ? good[i - 1] : NULL);
        if (s != NULL) {
            n += (size_t)snprintf(text + n, size - n, "%s\n", s);
        }
    }
    return n;
}

struct bad {
    size_t line; /**< of the good table; NLINES + 1: added at its end */
    const char *instead;
    size_t fault_line;
    size_t fault_column;
    const char *text;
};

static const struct bad bad_header[] = {
    {1, "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OCC,WT,HCT,SEX,AKII", 1, 60,
     "AKII: unknown column, did you mean `aki`?"},
    {1, "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OC,WT,HCT,SEX,AKI", 1, 45,
     "OC: unknown column, did you mean `OCC`?"},
    {1, "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OCC,BODYMASSINDEX,HCT,SEX,AKI", 1,
     49,
     "BODYMASSINDEX: unknown column, expected ID, TIME, EVID, AMT, CMT, RATE, II, "
     "ADDL, SS, DV, MDV, OCC or a covariate"},
    {1, "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OCC,WT,HCT,SEX,", 1, 60,
     "a column without a name, expected a header such as ID,TIME,EVID,AMT"},
    {1, "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OCC,WT,HCT,SEX,evid", 1, 60,
     "evid: given twice, first as column 3 (EVID)"},
    {1, "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,DV,MDV,OCC,WT,HCT,SEX,weight", 1, 60,
     "weight: given twice, first as column 13 (WT)"},
};

static const struct bad bad_form[] = {
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male", 3, 38,
     "15 fields, expected 16 as in the header"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0,7", 3, 41,
     "17 fields, expected 16 as in the header"},
    {3, "1", 3, 2, "1 field, expected 16 as in the header"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,1,60,\"0.3,male,0", 3, 30,
     "the quotes are not closed in this line"},
    {7, "2,60,3,.,.,.,.,.,.,.,.,.,.,.,.,\".", 7, 32,
     "the quotes are not closed in this line"},
    {3, "1,6,0,.,.,.,.,.,.,8\"5,0,1,60,0.3,male,0", 3, 20,
     "a quote inside a field, expected quotes around the whole field"},
    {3, "1,6,0,.,.,.,.,.,.,\"8\"5,0,1,60,0.3,male,0", 3, 22,
     "a quote inside a field, expected quotes around the whole field"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,1,60,0.3,m\xFFle,0", 3, 35, "byte 0xff is not UTF-8"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,1,60,0.3,m\x01le,0", 3, 35, "control character 0x01"},
};

static const struct bad bad_frame[] = {
    {3, ".,6,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 1,
     "ID: missing, expected the patient of the row"},
    {8, "1,70,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 8, 1,
     "ID: 1 comes again after ID 2, expected all rows of an ID together"},
    {3, "1,.,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 3,
     "TIME: missing, expected hours from the start such as 12.5, or a date such as "
     "2026-03-01T08:00"},
    {3, "1,noon,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 3,
     "TIME: noon: expected hours from the start such as 12.5, or a date such as "
     "2026-03-01T08:00"},
    {3, "1,2026-02-30T08:00,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 3,
     "TIME: 2026-02-30T08:00: expected hours from the start such as 12.5, or a date "
     "such as 2026-03-01T08:00"},
    {3, "1,2026-03-01T08:00Z,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 3,
     "TIME: 2026-03-01T08:00Z: expected hours from the start such as 12.5, or a date "
     "such as 2026-03-01T08:00"},
    {3, "1,2026-03-01T08:00,0,.,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 3,
     "TIME: 2026-03-01T08:00: expected hours as in line 2, one form in all of the "
     "table"},
    {2, "1,-1,1,3,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 3,
     "TIME: -1: -1 h from the start, expected 0 to 87600 h"},
    {7, "2,87601,3,.,.,.,.,.,.,.,.,.,.,.,.,.", 7, 3,
     "TIME: 87601: 87601 h from the start, expected 0 to 87600 h"},
    {4, "1,5,4,2,CENTRAL,0.5,.,.,.,.,1,2,61,0.28,male,1", 4, 3,
     "TIME: 5 h after 6 h of ID 1, expected times that do not go back (EVID 3 and 4 do "
     "not reset the clock)"},
};

static const struct bad bad_items[] = {
    {2, "1,0,5,3,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 5,
     "EVID: 5: expected a whole number from 0 to 4"},
    {2, "1,0,1.5,3,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 5,
     "EVID: 1.5: expected a whole number from 0 to 4"},
    {2, "1,0,dose,3,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 5,
     "EVID: dose: expected a whole number from 0 to 4"},
    {2, "1,0,1,-3,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: -3: expected 0 to 30 mg"},
    {2, "1,0,1,31,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 31: expected 0 to 30 mg"},
    {2, "1,0,1,3 mg,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 3 mg: expected 0 to 30 mg"},
    {2, "1,0,1,nan,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: nan: expected 0 to 30 mg"},
    {2, "1,0,1,1e999,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 1e999: expected 0 to 30 mg"},
    {2, "1,0,1,0x3,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 0x3: expected 0 to 30 mg"},
    {2, "1,0,1,\"3,5\",1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 3,5: expected 0 to 30 mg"},
    {2, "1,0,1,3,4,0,12,3,0,.,1,1,60,0.3,male,0", 2, 9,
     "CMT: 4: expected 1 (DEPOT), 2 (CENTRAL), 3 (DEPOT_LCP)"},
    {2, "1,0,1,3,-1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 9,
     "CMT: -1: expected 1 (DEPOT), 2 (CENTRAL), 3 (DEPOT_LCP)"},
    {2, "1,0,1,3,GUT,0,12,3,0,.,1,1,60,0.3,male,0", 2, 9,
     "CMT: GUT: expected 1 (DEPOT), 2 (CENTRAL), 3 (DEPOT_LCP)"},
    {2, "1,0,1,3,1,-1.5,12,3,0,.,1,1,60,0.3,male,0", 2, 11,
     "RATE: -1.5: expected 0, -1 (R1), -2 (D1) or 1e-06 to 1e+06 mg/h"},
    {2, "1,0,1,3,1,-3,12,3,0,.,1,1,60,0.3,male,0", 2, 11,
     "RATE: -3: expected 0, -1 (R1), -2 (D1) or 1e-06 to 1e+06 mg/h"},
    {2, "1,0,1,3,1,inf,12,3,0,.,1,1,60,0.3,male,0", 2, 11,
     "RATE: inf: expected 0, -1 (R1), -2 (D1) or 1e-06 to 1e+06 mg/h"},
    {2, "1,0,1,3,1,1e-9,12,3,0,.,1,1,60,0.3,male,0", 2, 11,
     "RATE: 1e-9: expected 0, -1 (R1), -2 (D1) or 1e-06 to 1e+06 mg/h"},
    {2, "1,0,1,3,1,0,-12,3,0,.,1,1,60,0.3,male,0", 2, 13,
     "II: -12: expected 0 or 0.5 to 87600 h"},
    {2, "1,0,1,3,1,0,0.1,3,0,.,1,1,60,0.3,male,0", 2, 13,
     "II: 0.1: expected 0 or 0.5 to 87600 h"},
    {2, "1,0,1,3,1,0,12,-3,0,.,1,1,60,0.3,male,0", 2, 16,
     "ADDL: -3: expected a whole number from 0 to 10000"},
    {2, "1,0,1,3,1,0,12,2.5,0,.,1,1,60,0.3,male,0", 2, 16,
     "ADDL: 2.5: expected a whole number from 0 to 10000"},
    {2, "1,0,1,3,1,0,12,10001,0,.,1,1,60,0.3,male,0", 2, 16,
     "ADDL: 10001: expected a whole number from 0 to 10000"},
    {2, "1,0,1,3,1,0,12,3,3,.,1,1,60,0.3,male,0", 2, 18, "SS: 3: expected 0, 1 or 2"},
    {3, "1,6,0,.,.,.,.,.,.,-8.5,0,1,60,0.3,male,0", 3, 19,
     "DV: -8.5: expected 0 to 1000 ng/mL"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,2,1,60,0.3,male,0", 3, 23, "MDV: 2: expected 0 or 1"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,0.5,60,0.3,male,0", 3, 25,
     "OCC: 0.5: expected a whole number from 0 to 1000000"},
    {3, "1,6,0,.,.,.,.,.,.,8.5,0,-1,60,0.3,male,0", 3, 25,
     "OCC: -1: expected a whole number from 0 to 1000000"},
};

static const struct bad bad_covariates[] = {
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,600,0.3,male,0", 2, 26,
     "WT: 600: expected 5 to 200 kg"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60 kg,0.3,male,0", 2, 26,
     "WT: 60 kg: expected 5 to 200 kg"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60,30,male,0", 2, 29,
     "HCT: 30: expected a fraction from 0.1 to 0.65, 30 % is 0.3"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60,0.9,male,0", 2, 29,
     "HCT: 0.9: expected 0.1 to 0.65"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60,0.3,man,0", 2, 33,
     "SEX: man: expected male (0) or female (1), the name or the number"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60,0.3,2,0", 2, 33,
     "SEX: 2: expected male (0) or female (1), the name or the number"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60,0.3,male,yes", 2, 38, "AKI: yes: expected 0 or 1"},
    {2, "1,0,1,3,1,0,12,3,0,.,1,1,60,0.3,male,0.5", 2, 38, "AKI: 0.5: expected 0 or 1"},
    {4, "1,48,4,2,CENTRAL,0.5,.,.,.,.,1,2,61,0.28,female,1", 4, 42,
     "SEX: 1 after 0 of ID 1, expected one value, sex does not change with time"},
};

static const struct bad bad_together[] = {
    {3, "1,6,0,5,.,.,.,.,.,8.5,0,1,60,0.3,male,0", 3, 7,
     "AMT: 5 at EVID 0: expected 0 or ., only EVID 1 and 4 give a dose"},
    {3, "1,6,2,.,.,-1,.,.,.,.,1,1,60,0.3,male,0", 3, 11,
     "RATE: -1 at EVID 2: expected 0 or ., only EVID 1 and 4 give a dose"},
    {3, "1,6,3,.,.,.,12,.,.,.,1,1,60,0.3,male,0", 3, 13,
     "II: 12 at EVID 3: expected 0 or ., only EVID 1 and 4 give a dose"},
    {3, "1,6,0,.,.,.,.,2,.,8.5,0,1,60,0.3,male,0", 3, 15,
     "ADDL: 2 at EVID 0: expected 0 or ., only EVID 1 and 4 give a dose"},
    {3, "1,6,.,.,.,.,.,.,1,8.5,0,1,60,0.3,male,0", 3, 17,
     "SS: 1 at EVID 0: expected 0 or ., only EVID 1 and 4 give a dose"},
    {2, "1,0,1,.,1,0,12,3,0,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 0 mg with EVID 1: expected AMT > 0 mg, or SS and RATE > 0 for a constant "
     "infusion"},
    {4, "1,48,4,0,CENTRAL,0.5,.,.,.,.,1,2,61,0.28,male,1", 4, 8,
     "AMT: 0 mg with EVID 4: expected AMT > 0 mg, or SS and RATE > 0 for a constant "
     "infusion"},
    {2, "1,0,1,0,1,0,12,0,1,.,1,1,60,0.3,male,0", 2, 7,
     "AMT: 0 mg with EVID 1: expected AMT > 0 mg, or SS and RATE > 0 for a constant "
     "infusion"},
    {2, "1,0,1,3,1,0,.,3,0,.,1,1,60,0.3,male,0", 2, 13,
     "II: 0 h with ADDL 3: expected II > 0 h"},
    {5, "2,0,1,5,DEPOT_LCP,0,0,0,1,.,.,.,70,0.35,1,0", 5, 21,
     "II: 0 h with SS 1: expected II > 0 h"},
    {4, "1,48,4,2,CENTRAL,-1,.,.,.,.,1,2,61,0.28,male,1", 4, 18,
     "RATE: -1 into CENTRAL: expected 0 or > 0 mg/h, R1 and D1 are those of CMT 1"},
    {5, "2,0,1,5,3,-2,24,2,1,.,.,.,70,0.35,1,0", 5, 11,
     "RATE: -2 into DEPOT_LCP: expected 0 or > 0 mg/h, R1 and D1 are those of CMT 1"},
    {6, "2,50,1,0,2,-1,0,0,1,.,.,.,70,0.35,1,0", 6, 12,
     "RATE: -1 with SS and AMT 0, a constant infusion: expected > 0 mg/h"},
    {6, "2,50,1,0,2,0.25,12,0,1,.,.,.,70,0.35,1,0", 6, 17,
     "II: 12 h with SS and AMT 0, a constant infusion: expected 0"},
    {6, "2,50,1,0,2,0.25,0,4,1,.,.,.,70,0.35,1,0", 6, 19,
     "ADDL: 4 with SS and AMT 0, a constant infusion: expected 0"},
    {2, "1,0,1,3,1,0,12,3,0,8.5,1,1,60,0.3,male,0", 2, 20,
     "DV: 8.5 ng/mL at EVID 1: expected ., only EVID 0 has a level"},
    {2, "1,0,1,3,1,0,12,3,0,.,0,1,60,0.3,male,0", 2, 22,
     "MDV: 0 at EVID 1: expected 1 or ., only EVID 0 has a level"},
};

static const struct tacro_note *fault_of(const struct tacro_notes *notes, size_t k)
{
    for (size_t i = 0; i < notes->n; i++) {
        if (notes->note[i].severity == TACRO_FAULT && k-- == 0) {
            return &notes->note[i];
        }
    }
    return NULL;
}

static void check_fault(const char *what, const struct tacro_note *note, size_t line,
                        size_t column, const char *text)
{
    if (note == NULL || note->line != line || note->column != column ||
        strcmp(note->text, text) != 0 || strcmp(note->file, test_path) != 0) {
        fail_msg("%s\n  %zu:%zu: %s, want\n  %zu:%zu: %s", what,
                 note == NULL ? 0 : note->line, note == NULL ? 0 : note->column,
                 note == NULL ? "no fault" : note->text, line, column, text);
    }
}

static void check_all(const struct bad *bad, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[4096];
        struct tacro_notes notes = {0};
        struct tacro_dataset *set;
        const size_t length =
            write_changed(text, sizeof text, bad[i].line, bad[i].instead);
        assert_int_equal(read_bytes(text, length, &notes, &set), TACRO_EINPUT);
        assert_null(set);
        check_fault(bad[i].instead, fault_of(&notes, 0), bad[i].fault_line,
                    bad[i].fault_column, bad[i].text);
        if (notes.nfaults != 1) {
            fail_msg("%s: %zu faults: %s", bad[i].instead, notes.nfaults,
                     fault_of(&notes, 1)->text);
        }
        tacro_notes_free(&notes);
    }
}

#define CHECK_ALL(table)                                                               \
    (void)state;                                                                       \
    check_all(table, sizeof(table) / sizeof((table)[0]))

static void test_dataset_good_table_has_no_note(void **state)
{
    char text[4096];
    struct tacro_notes notes = {0};
    struct tacro_dataset *set;
    const size_t length = write_changed(text, sizeof text, 0, NULL);
    (void)state;
    if (read_bytes(text, length, &notes, &set) != TACRO_OK || notes.n > 0) {
        fail_msg("%s", notes.n > 0 ? notes.note[0].text : "no note");
    }
    assert_int_equal(set->n, 2);
    tacro_dataset_free(set);
    tacro_notes_free(&notes);
}

static void test_dataset_bad_header_is_refused(void **state)
{
    CHECK_ALL(bad_header);
}

static void test_dataset_bad_form_is_refused(void **state)
{
    CHECK_ALL(bad_form);
}

static void test_dataset_bad_ids_and_times_are_refused(void **state)
{
    CHECK_ALL(bad_frame);
}

static void test_dataset_bad_items_are_refused(void **state)
{
    CHECK_ALL(bad_items);
}

static void test_dataset_bad_covariates_are_refused(void **state)
{
    CHECK_ALL(bad_covariates);
}

static void test_dataset_items_against_each_other_are_refused(void **state)
{
    CHECK_ALL(bad_together);
}

static void check_whole(const char *text, size_t length, size_t n,
                        const struct bad *want)
{
    struct tacro_notes notes = {0};
    struct tacro_dataset *set;
    assert_int_equal(read_bytes(text, length, &notes, &set), TACRO_EINPUT);
    assert_null(set);
    for (size_t i = 0; i < n; i++) {
        check_fault(text, fault_of(&notes, i), want[i].fault_line, want[i].fault_column,
                    want[i].text);
    }
    assert_int_equal(notes.nfaults, n);
    tacro_notes_free(&notes);
}

#define CHECK_WHOLE(text, ...)                                                         \
    do {                                                                               \
        const struct bad want[] = {__VA_ARGS__};                                       \
        check_whole(text, sizeof(text) - 1, sizeof want / sizeof want[0], want);       \
    } while (0)

static void test_dataset_whole_files_are_refused(void **state)
{
    (void)state;
    CHECK_WHOLE("", {0, NULL, 1, 1,
                     "no records, expected a header such as ID,TIME,EVID,AMT and rows "
                     "of values"});
    CHECK_WHOLE("ID,TIME\n\n", {0, NULL, 1, 1,
                                "no records, expected a header such as "
                                "ID,TIME,EVID,AMT and rows of values"});
    CHECK_WHOLE(
        "AMT\n3\n",
        {0, NULL, 1, 1, "ID: no such column, expected a header with ID and TIME"},
        {0, NULL, 1, 1, "TIME: no such column, expected a header with ID and TIME"});
    CHECK_WHOLE("ID,TIME\n1,0\n1,\0\n", {0, NULL, 3, 3, "control character 0x00"});
    CHECK_WHOLE("ID,TIME,EVID\n1,0,1\n",
                {0, NULL, 2, 5,
                 "EVID: 1 without AMT: expected AMT > 0 mg, or SS and RATE > 0 for a "
                 "constant infusion"});
    CHECK_WHOLE("ID,TIME,AMT,ADDL\n1,0,1,2\n",
                {0, NULL, 2, 7, "ADDL: 2 without II: expected II > 0 h"});
    CHECK_WHOLE("ID,TIME,AMT\n1,2026-03-01 07:59,1\n",
                {0, NULL, 2, 3,
                 "TIME: 2026-03-01 07:59: -0.0166667 h from the start, expected 0 to "
                 "87600 h"});
    CHECK_WHOLE("ID,TIME,AMT\n1,2026-03-01 08:00,1\n1,5,1\n",
                {0, NULL, 3, 3,
                 "TIME: 5: expected a date as in line 2, one form in all of the "
                 "table"});
}

/* Columns count characters, and blanks around a field are no part of it. */
static void test_dataset_faults_are_all_named_at_their_characters(void **state)
{
    (void)state;
    CHECK_WHOLE("\xEF\xBB\xBFID, TIME ,AMT,WT\r\n\r\n\"\xC3\xA4, b\",0, -1 ,999\r\n"
                "x,y\r\nz,1,2,  \"3\"\r\n",
                {0, NULL, 3, 11, "AMT: -1: expected 0 to 30 mg"},
                {0, NULL, 3, 15, "WT: 999: expected 5 to 200 kg"},
                {0, NULL, 4, 4, "2 fields, expected 4 as in the header"},
                {0, NULL, 5, 9, "WT: 3: expected 5 to 200 kg"});
}

static void test_dataset_faults_beyond_a_hundred_are_counted(void **state)
{
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof text, "ID,TIME,AMT\n");
    struct tacro_notes notes = {0};
    struct tacro_dataset *set;
    (void)state;
    for (size_t i = 0; i < 117; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "1,%zu,x\n", i);
    }
    assert_int_equal(read_bytes(text, n, &notes, &set), TACRO_EINPUT);
    assert_int_equal(notes.nfaults, 101);
    check_fault("first", fault_of(&notes, 0), 2, 5, "AMT: x: expected 0 to 30 mg");
    check_fault("last", fault_of(&notes, 100), 102, 7,
                "and 17 more faults from here on");
    tacro_notes_free(&notes);
}

static void test_dataset_more_records_than_the_limit_are_refused(void **state)
{
    const size_t room = 100002 * 4 + 10;
    char *text = malloc(room);
    size_t n;
    struct tacro_notes notes = {0};
    struct tacro_dataset *set;
    (void)state;
    assert_non_null(text);
    n = (size_t)snprintf(text, room, "ID,TIME\n");
    for (size_t i = 0; i < 100001; i++) {
        if (i == 100000) {
            assert_int_equal(read_bytes(text, n, &notes, &set), TACRO_OK);
            assert_int_equal(set->patient[0].nrecords, 100000);
            tacro_dataset_free(set);
        }
        n += (size_t)snprintf(text + n, room - n, "1,0\n");
    }
    assert_int_equal(read_bytes(text, n, &notes, &set), TACRO_EINPUT);
    check_fault("limit", fault_of(&notes, 0), 100002, 1,
                "more than 100000 records, the limit");
    tacro_notes_free(&notes);
    free(text);
}

static void test_dataset_larger_than_the_limit_or_missing_is_refused(void **state)
{
    const size_t length = (4U << 20) + 1;
    char *text = calloc(length, 1);
    const struct tacro_dataset_frame frame = {.nports = NPORTS, .port = ports};
    struct tacro_notes notes = {0};
    struct tacro_dataset *set;
    struct tacro_error err;
    (void)state;
    assert_non_null(text);
    memset(text, ',', length);
    assert_int_equal(read_bytes(text, length, &notes, &set), TACRO_EINPUT);
    check_fault("size", fault_of(&notes, 0), 0, 0,
                "the file is larger than 4 MiB, the limit");
    assert_null(set);
    assert_int_equal(tacro_dataset_read("/nowhere.csv", &frame, &notes, &set, &err),
                     TACRO_ENOINPUT);
    assert_string_equal(err.text, "/nowhere.csv: no such file");
    assert_int_equal(notes.nfaults, 1);
    tacro_notes_free(&notes);
    free(text);
}

/* -- whatever the bytes, no crash -------------------------------------------------- */

static void read_any(const char *text, size_t length)
{
    struct tacro_notes notes = {0};
    struct tacro_dataset *set;
    const enum tacro_status st = read_bytes(text, length, &notes, &set);
    assert_true(st == TACRO_OK || st == TACRO_EINPUT);
    assert_true((st == TACRO_OK) == (set != NULL));
    assert_true((st == TACRO_OK) == (notes.nfaults == 0));
    for (size_t i = 0; i < notes.n; i++) {
        assert_true(notes.note[i].line > 0 && notes.note[i].column > 0);
    }
    tacro_dataset_free(set);
    tacro_notes_free(&notes);
}

static void test_dataset_any_truncation_is_read_or_refused(void **state)
{
    char text[4096];
    const size_t length = write_changed(text, sizeof text, 0, NULL);
    (void)state;
    for (size_t n = 0; n <= length; n++) {
        read_any(text, n);
    }
}

static void test_dataset_random_bytes_are_read_or_refused(void **state)
{
    static const char likely[] = ",\n\r\".-+0123456789eE :TZx\xC3";
    char text[4096];
    uint64_t seed = 11;
    const size_t length = write_changed(text, sizeof text, 0, NULL);
    (void)state;
    for (size_t k = 0; k < 2000; k++) {
        char changed[4096];
        memcpy(changed, text, length);
        for (size_t i = 0; i < 1 + k % 5; i++) {
            const size_t at = (size_t)test_draw(&seed, 0.0, (double)length);
            const double byte = test_draw(&seed, 0.0, 256.0);
            const double is_likely = test_draw(&seed, 0.0, 1.0);
            if (is_likely < 0.7) {
                changed[at] =
                    likely[(size_t)(byte / 256.0 * (double)(sizeof likely - 1))];
            } else {
                changed[at] = (char)(byte - 128.0);
            }
        }
        read_any(changed, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dataset_good_table_has_no_note),
        cmocka_unit_test(test_dataset_bad_header_is_refused),
        cmocka_unit_test(test_dataset_bad_form_is_refused),
        cmocka_unit_test(test_dataset_bad_ids_and_times_are_refused),
        cmocka_unit_test(test_dataset_bad_items_are_refused),
        cmocka_unit_test(test_dataset_bad_covariates_are_refused),
        cmocka_unit_test(test_dataset_items_against_each_other_are_refused),
        cmocka_unit_test(test_dataset_whole_files_are_refused),
        cmocka_unit_test(test_dataset_faults_are_all_named_at_their_characters),
        cmocka_unit_test(test_dataset_faults_beyond_a_hundred_are_counted),
        cmocka_unit_test(test_dataset_more_records_than_the_limit_are_refused),
        cmocka_unit_test(test_dataset_larger_than_the_limit_or_missing_is_refused),
        cmocka_unit_test(test_dataset_any_truncation_is_read_or_refused),
        cmocka_unit_test(test_dataset_random_bytes_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_drop);
}
