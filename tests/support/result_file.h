/** A small result file in a folder of its own, for the tests of store/. */
#ifndef TEST_SUPPORT_RESULT_FILE_H
#define TEST_SUPPORT_RESULT_FILE_H

#include "store/writer.h"

#define TEST_NREGIMENS 2
#define TEST_NDRAWS 2
#define TEST_NSUBJECTS 600 /* one whole group and a part of one */
#define TEST_NTIMES 25
#define TEST_NDAYS 2

/** A folder that must be empty again in the end, and the path of a result in it. */
struct test_place {
    char folder[64];
    char path[128];
    struct tacro_fields *fields;
    struct tacro_error err;
};

/** Set-up and teardown of cmocka; *state is a struct test_place. */
int test_place_create(void **state);
int test_place_free(void **state);

/** Files in the folder. */
size_t test_place_count(const struct test_place *place);

struct tacro_axes test_axes(void);

/** The level that the file holds [ng/mL]. */
float test_level(size_t regimen, size_t subject, size_t time);

enum tacro_status test_create(struct test_place *place, bool force,
                              struct tacro_writer **out);

/** Encode and write rows of one field. */
enum tacro_status test_write_rows(struct tacro_writer *writer, size_t field,
                                  size_t regimen, size_t first, size_t n,
                                  const void *data, struct tacro_error *err);

/** Write levels, weights, a risk, attributes, texts; groups forward or backward. */
enum tacro_status test_write_all(struct test_place *place, struct tacro_writer *writer,
                                 bool is_backward, const char *host);

/** A whole file, made with force. */
enum tacro_status test_write_file(struct test_place *place, bool is_backward,
                                  const char *host, char hash[65]);

#endif
