/** Records written out, against a slow reading of the rules that shares no code. */
#include "dose/records.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 4096

/* -- the rules once more ----------------------------------------------------------- */

/** Whether record i stops what earlier records have pending. */
static int stops(const struct tacro_record *r)
{
    return r->evid == 3 || r->evid == 4 || (r->evid == 1 && r->ss == 1);
}

/**
 * Walk along the table: before each record, give the further doses that are due up to
 * its time, the earliest first; of those at one time, that of the earlier record.
 */
static size_t write_out_slowly(size_t n, const struct tacro_record *table,
                               double horizon, struct tacro_record *out)
{
    uint32_t given[64] = {0}; /* further doses of each record */
    int is_pending[64] = {0};
    size_t nout = 0;
    for (size_t next = 0; next <= n; next++) {
        const double until = next < n ? table[next].time : horizon;
        for (;;) {
            size_t first = n;
            double due = until;
            for (size_t i = 0; i < next; i++) {
                const double time = table[i].time + (given[i] + 1) * table[i].ii;
                if (is_pending[i] && given[i] < table[i].addl &&
                    (first == n ? time <= due : time < due)) {
                    first = i;
                    due = time;
                }
            }
            if (first == n || due >= horizon) {
                break;
            }
            given[first]++;
            out[nout] = table[first];
            out[nout].time = due;
            out[nout].evid = TACRO_EVID_DOSE;
            out[nout].addl = 0;
            out[nout].ss = 0;
            out[nout++].ii = 0.0;
        }
        if (next == n) {
            break;
        }
        if (stops(&table[next])) {
            memset(is_pending, 0, sizeof is_pending);
        }
        is_pending[next] = 1;
        if (table[next].evid == 0 ? table[next].time <= horizon
                                  : table[next].time < horizon) {
            out[nout] = table[next];
            out[nout].addl = 0;
            out[nout].ii = table[next].ss > 0 ? table[next].ii : 0.0;
            nout++;
        }
    }
    return nout;
}

static void show(const char *what, size_t n, const struct tacro_record *r)
{
    for (size_t i = 0; i < n; i++) {
        print_error("%s %zu: t %.17g evid %d amt %g ii %g addl %u ss %u line %zu\n",
                    what, i, r[i].time, (int)r[i].evid, r[i].amount, r[i].ii,
                    (unsigned)r[i].addl, r[i].ss, r[i].line);
    }
}

static int is_same(const struct tacro_record *a, const struct tacro_record *b)
{
    return a->time == b->time && a->evid == b->evid && a->port == b->port &&
           a->amount == b->amount && a->rate == b->rate && a->duration == b->duration &&
           a->ii == b->ii && a->addl == b->addl && a->ss == b->ss &&
           a->occasion == b->occasion && a->line == b->line;
}

static void check(size_t n, const struct tacro_record *table, double horizon)
{
    static struct tacro_record want[MANY];
    struct tacro_record *out;
    size_t nout;
    const size_t nwant = write_out_slowly(n, table, horizon, want);
    assert_int_equal(tacro_records_expand(n, table, horizon, &nout, &out, NULL),
                     TACRO_OK);
    int is_good = nout == nwant;
    for (size_t i = 0; is_good && i < nout; i++) {
        is_good = is_same(&out[i], &want[i]);
    }
    if (!is_good) {
        show("table", n, table);
        show("given", nout, out);
        show("want", nwant, want);
        fail_msg("horizon %g", horizon);
    }
    free(out);
}

static struct tacro_record dose(double time, double amount, double ii, uint32_t addl,
                                unsigned ss)
{
    return (struct tacro_record){.time = time,
                                 .evid = TACRO_EVID_DOSE,
                                 .amount = amount,
                                 .ii = ii,
                                 .addl = addl,
                                 .ss = ss,
                                 .occasion = TACRO_NO_OCCASION};
}

/* SS x ADDL x II x EVID x where the last record stands, with and without dose items. */
static void test_records_cross_product_is_the_slow_reading(void **state)
{
    static const uint32_t addls[] = {0, 1, 3, 40};
    static const double iis[] = {6.0, 12.0, 7.5};
    static const double positions[] = {0.0, 3.0, 12.0, 24.0, 24.5, 95.0, 96.0, 97.0};
    size_t ncases = 0;
    (void)state;
    for (unsigned ss = 0; ss < 3; ss++) {
        for (size_t a = 0; a < 4; a++) {
            for (size_t i = 0; i < 3; i++) {
                for (unsigned evid = 0; evid < 5; evid++) {
                    for (size_t p = 0; p < 8; p++) {
                        for (unsigned last_ss = 0; last_ss < 3; last_ss++) {
                            struct tacro_record table[4] = {
                                dose(0.0, 1.0, iis[i], addls[a], ss),
                                dose(0.0, 2.0, 12.0, 2, 0),
                                dose(positions[p], 3.0, iis[2 - i], addls[3 - a],
                                     last_ss),
                                dose(positions[p], 4.0, 12.0, 1, 0)};
                            table[2].evid = (enum tacro_evid)evid;
                            if (evid != 1 && evid != 4) {
                                table[2].amount = table[2].ii = 0.0;
                                table[2].addl = table[2].ss = 0;
                            }
                            for (size_t k = 0; k < 4; k++) {
                                table[k].line = k + 2;
                            }
                            check(3, table, 96.0);
                            check(4, table, 96.0);
                            check(2, table + 2, 96.0);
                            ncases += 3;
                        }
                    }
                }
            }
        }
    }
    assert_int_equal(ncases, 3 * 3 * 4 * 3 * 5 * 8 * 3);
}

static void test_records_further_dose_comes_before_a_record_at_its_time(void **state)
{
    const struct tacro_record table[] = {dose(0.0, 1.0, 12.0, 3, 0),
                                         dose(12.0 - 1e-9, 2.0, 0.0, 0, 0),
                                         dose(24.0 + 1e-9, 3.0, 0.0, 0, 0)};
    static const double amounts[] = {1, 1, 2, 1, 3, 1};
    static const double times[] = {0,           12.0 - 1e-9, 12.0 - 1e-9,
                                   24.0 + 1e-9, 24.0 + 1e-9, 36};
    struct tacro_record *out;
    size_t n;
    (void)state;
    assert_int_equal(tacro_records_expand(3, table, 48.0, &n, &out, NULL), TACRO_OK);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_true(out[i].amount == amounts[i]);
        assert_true(out[i].time == times[i]);
    }
    free(out);
}

/* At the reset's own time the dose still comes first; after it none. */
static void test_records_reset_ends_pending_further_doses(void **state)
{
    struct tacro_record table[] = {dose(0.0, 1.0, 12.0, 9, 0),
                                   dose(24.0, 0.0, 0.0, 0, 0)};
    struct tacro_record *out;
    size_t n;
    (void)state;
    table[1].evid = TACRO_EVID_RESET;
    assert_int_equal(tacro_records_expand(2, table, 96.0, &n, &out, NULL), TACRO_OK);
    assert_int_equal(n, 4);
    assert_true(out[2].time == 24.0 && out[2].evid == TACRO_EVID_DOSE);
    assert_true(out[3].time == 24.0 && out[3].evid == TACRO_EVID_RESET);
    free(out);
}

static void test_records_dose_at_the_horizon_is_not_given(void **state)
{
    struct tacro_record table[] = {
        dose(0.0, 1.0, 12.0, 9, 0), dose(48.0 - 1e-8, 2.0, 0.0, 0, 0),
        dose(48.0, 0.0, 0.0, 0, 0), dose(48.5, 0.0, 0.0, 0, 0)};
    struct tacro_record *out;
    size_t n;
    (void)state;
    table[2].evid = TACRO_EVID_OBSERVATION;
    table[3].evid = TACRO_EVID_OBSERVATION;
    assert_int_equal(tacro_records_expand(4, table, 48.0, &n, &out, NULL), TACRO_OK);
    assert_int_equal(n, 5);
    assert_true(out[3].time == 36.0);
    assert_int_equal(out[4].evid, TACRO_EVID_OBSERVATION);
    free(out);
}

static void test_records_further_doses_have_the_record_s_occasion(void **state)
{
    struct tacro_record table[] = {dose(0.0, 1.0, 12.0, 1, 1),
                                   dose(6.0, 2.0, 12.0, 1, 0)};
    struct tacro_record *out;
    size_t n;
    (void)state;
    table[1].occasion = 7;
    table[1].port = 2;
    table[1].rate = 0.5;
    table[1].line = 3;
    assert_int_equal(tacro_records_expand(2, table, 48.0, &n, &out, NULL), TACRO_OK);
    assert_int_equal(n, 4);
    assert_int_equal(out[0].ss, 1);
    assert_true(out[0].ii == 12.0);
    assert_int_equal(out[2].ss, 0);
    assert_int_equal(out[2].occasion, TACRO_NO_OCCASION);
    assert_int_equal(out[3].occasion, 7);
    assert_int_equal(out[3].port, 2);
    assert_int_equal(out[3].line, 3);
    assert_true(out[3].rate == 0.5 && out[3].time == 18.0);
    free(out);
}

static void test_records_none_or_too_many(void **state)
{
    const struct tacro_record late = dose(50.0, 1.0, 0.0, 0, 0);
    struct tacro_record many[101];
    struct tacro_record *out = many;
    struct tacro_error err;
    size_t n = 1;
    (void)state;
    assert_int_equal(tacro_records_expand(0, NULL, 48.0, &n, &out, NULL), TACRO_OK);
    assert_true(n == 0 && out == NULL);
    assert_int_equal(tacro_records_expand(1, &late, 48.0, &n, &out, NULL), TACRO_OK);
    assert_true(n == 0 && out == NULL);
    for (size_t i = 0; i < 101; i++) {
        many[i] = dose(0.0, 1.0, 0.5, 10000, 0);
        many[i].line = i + 2;
    }
    assert_int_equal(tacro_records_expand(101, many, 87600.0, &n, &out, &err),
                     TACRO_EINPUT);
    assert_true(n == 0 && out == NULL);
    assert_string_equal(err.text, "line 101: ADDL 10000 each 0.5 h gives more than "
                                  "1000000 events of a patient, the limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_cross_product_is_the_slow_reading),
        cmocka_unit_test(test_records_further_dose_comes_before_a_record_at_its_time),
        cmocka_unit_test(test_records_reset_ends_pending_further_doses),
        cmocka_unit_test(test_records_dose_at_the_horizon_is_not_given),
        cmocka_unit_test(test_records_further_doses_have_the_record_s_occasion),
        cmocka_unit_test(test_records_none_or_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
