#include "tests/support/regimen_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct tacro_theta thetas[] = {{.name = "CL"}, {.name = "FABS"}};
static struct tacro_paramset model = {
    .name = "model",
    .nformulations = 2,
    .formulation = {{.name = "LCP"}, {.name = "XR"}},
    .nthetas = 2,
    .theta = thetas,
};

struct tacro_protocol_frame test_frame(void)
{
    static const char *const outcomes[] = {"pres", "rejection"};
    return (struct tacro_protocol_frame){.horizon = TEST_HORIZON,
                                         .noutcomes = 2,
                                         .outcome = outcomes,
                                         .has_all_outcomes = true,
                                         .has_target = true,
                                         .has_weight = true,
                                         .pk = &model};
}

struct test_regimen test_regimen_read(const char *body,
                                      const struct tacro_protocol_frame *frame)
{
    struct test_regimen r = {.ok = false};
    struct tacro_error err;
    char path[] = "/tmp/tacro_regimen_XXXXXX";
    const int fd = mkstemp(path);
    struct tacro_reader reader = {.file = path, .notes = &r.notes};
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "r:\n  %s\n", body) > 0);
    close(fd);
    assert_int_equal(tacro_yaml_read(path, &r.notes, &r.yaml, &err), TACRO_OK);
    r.ok = tacro_regimen_read(&reader, tacro_node_get(&r.yaml->root, "r"), frame,
                              &r.regimen);
    unlink(path);
    return r;
}

void test_regimen_free(struct test_regimen *regimen)
{
    tacro_regimen_free(&regimen->regimen);
    tacro_yaml_free(regimen->yaml);
    tacro_notes_free(&regimen->notes);
}

const char *test_first_note(const struct tacro_notes *notes,
                            enum tacro_severity severity)
{
    static char text[1024];
    text[0] = '\0';
    for (size_t i = 0; i < notes->n && text[0] == '\0'; i++) {
        const struct tacro_note *note = &notes->note[i];
        if (note->severity == severity) {
            snprintf(text, sizeof text, "%zu:%zu: %s", note->line, note->column,
                     note->text);
        }
    }
    return text;
}
