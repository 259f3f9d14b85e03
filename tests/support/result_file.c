#include "result_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NQUANTILES 3

static const char *const labels[TEST_NREGIMENS] = {"continue", "hält_an"};
static const double quantiles[NQUANTILES] = {0.05, 0.5, 0.95};
static const double weights[NQUANTILES] = {0.1, 1.0, 10.0};
static const int days[TEST_NDAYS] = {0, 1};
static double times[TEST_NTIMES];

static const struct tacro_named outcomes[] = {{"pres", "1", "new PRES"},
                                              {"rejection", "1", "treated rejection"}};
static const struct tacro_named outputs[] = {
    {"unbound", "pg/mL", "unbound tacrolimus"}};
static const struct tacro_named columns[] = {{"weight", "kg", "body weight"},
                                             {"CL", "L/h", "clearance."}};

static const struct tacro_named drawn[] = {{"pres_H0", "1/h", "H0 of pres_lung"}};
static const struct tacro_fields_setup setup = {.noutcomes = 2,
                                                .outcome = outcomes,
                                                .noutputs = 1,
                                                .output = outputs,
                                                .ncolumns = 2,
                                                .column = columns,
                                                .ndrawn = 1,
                                                .drawn = drawn,
                                                .has_death = true};

int test_place_create(void **state)
{
    struct test_place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->folder, sizeof place->folder, "/tmp/tacro_store_XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/x.h5", place->folder);
    for (size_t i = 0; i < TEST_NTIMES; i++) {
        times[i] = (double)i;
    }
    assert_int_equal(tacro_fields_create(&setup, &place->fields, &place->err),
                     TACRO_OK);
    *state = place;
    return 0;
}

size_t test_place_count(const struct test_place *place)
{
    size_t n = 0;
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        n += entry->d_name[0] != '.';
    }
    closedir(folder);
    return n;
}

int test_place_free(void **state)
{
    struct test_place *place = *state;
    unlink(place->path);
    bool is_clean = rmdir(place->folder) == 0;
    tacro_fields_free(place->fields);
    free(place);
    return is_clean ? 0 : -1;
}

/* -- a small result --------------------------------------------------------------- */

float test_level(size_t regimen, size_t subject, size_t time)
{
    return (float)(10.0 * (double)regimen + 0.01 * (double)subject +
                   0.1 * (double)time);
}

struct tacro_axes test_axes(void)
{
    return (struct tacro_axes){.nregimens = TEST_NREGIMENS,
                               .regimen = labels,
                               .ndraws = TEST_NDRAWS,
                               .nsubjects = TEST_NSUBJECTS,
                               .first_subject = 0,
                               .per_draw = TEST_NSUBJECTS / TEST_NDRAWS,
                               .ntimes = TEST_NTIMES,
                               .time = times,
                               .ndays = TEST_NDAYS,
                               .day = days,
                               .nquantiles = NQUANTILES,
                               .quantile = quantiles,
                               .nweights = NQUANTILES,
                               .weight = weights};
}

enum tacro_status test_create(struct test_place *place, bool force,
                              struct tacro_writer **out)
{
    const struct tacro_axes axes = test_axes();
    return tacro_writer_create(place->path, force, &axes, place->fields, out,
                               &place->err);
}

enum tacro_status test_write_rows(struct tacro_writer *writer, size_t field,
                                  size_t regimen, size_t first, size_t n,
                                  const void *data, struct tacro_error *err)
{
    struct tacro_batch *batch = NULL;
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(tacro_batch_create(&batch, err));
    TACRO_TRY(tacro_writer_pack(writer, field, regimen, first, n, data, batch, err));
    TACRO_TRY(tacro_writer_commit(writer, batch, err));
done:
    tacro_batch_free(batch);
    return st;
}

static enum tacro_status write_group(struct test_place *place,
                                     struct tacro_writer *writer, size_t regimen,
                                     size_t first, size_t n)
{
    static float rows[512][TEST_NTIMES];
    static double weight[512];
    for (size_t i = 0; i < n; i++) {
        weight[i] = 50.0 + (double)(first + i);
        for (size_t k = 0; k < TEST_NTIMES; k++) {
            rows[i][k] = test_level(regimen, first + i, k);
        }
    }
    enum tacro_status st = test_write_rows(writer, TACRO_FIELD_CONCENTRATION, regimen,
                                           first, n, rows, &place->err);
    if (st != TACRO_OK) {
        return st;
    }
    return test_write_rows(writer, place->fields->column, regimen, first, n, weight,
                           &place->err);
}

static enum tacro_status write_rest(struct test_place *place,
                                    struct tacro_writer *writer, const char *host)
{
    enum tacro_status st = TACRO_OK;
    struct tacro_error *err = &place->err;
    const double risk[TEST_NREGIMENS][TEST_NDRAWS][TEST_NDAYS] = {
        {{NAN, 0.1}, {NAN, 0.2}}, {{NAN, 0.3}, {NAN, 0.4}}};
    const double range[2] = {9.0, 15.0};
    TACRO_TRY(tacro_writer_whole(writer, place->fields->outcome, risk, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/", "title", "a test", err));
    TACRO_TRY(tacro_writer_attribute(writer, "/", "note", "", err));
    TACRO_TRY(tacro_writer_number(writer, "/", "landmark", 72.0, err));
    TACRO_TRY(tacro_writer_numbers(writer, "/", "range", range, 2, err));
    TACRO_TRY(tacro_writer_numbers(writer, "/", "nothing", range, 0, err));
    TACRO_TRY(tacro_writer_integer(writer, "/", "seed", 20260322, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "host", host, err));
    TACRO_TRY(tacro_writer_attribute(writer, "/provenance", "time", "now", err));
    TACRO_TRY(
        tacro_writer_text(writer, "input/scenario", "title: µ\n", "the scenario", err));
    TACRO_TRY(
        tacro_writer_text(writer, "input/risk/pres", "", "an empty risk file", err));
done:
    return st;
}

/* All groups, in one order or the other. */
enum tacro_status test_write_all(struct test_place *place, struct tacro_writer *writer,
                                 bool is_backward, const char *host)
{
    static const struct {
        size_t regimen;
        size_t first;
        size_t n;
    } groups[] = {{0, 0, 512}, {0, 512, 88}, {1, 0, 512}, {1, 512, 88}};
    for (size_t i = 0; i < 4; i++) {
        size_t g = is_backward ? 3 - i : i;
        enum tacro_status st =
            write_group(place, writer, groups[g].regimen, groups[g].first, groups[g].n);
        if (st != TACRO_OK) {
            return st;
        }
    }
    return write_rest(place, writer, host);
}

enum tacro_status test_write_file(struct test_place *place, bool is_backward,
                                  const char *host, char hash[65])
{
    struct tacro_writer *writer = NULL;
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(test_create(place, true, &writer));
    TACRO_TRY(test_write_all(place, writer, is_backward, host));
    TACRO_TRY(tacro_writer_finish(writer, hash, &place->err));
done:
    tacro_writer_free(writer);
    return st;
}
