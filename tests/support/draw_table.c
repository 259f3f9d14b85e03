#include "tests/support/draw_table.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void test_sha256(const char *text, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    assert_int_equal(EVP_Digest(text, strlen(text), digest, &n, EVP_sha256(), NULL), 1);
    assert_int_equal(n, 32);
    for (size_t i = 0; i < n; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
}

void test_draw_table_write(const char *path, const char *outcome, const char *rows)
{
    char risk[65];
    snprintf(risk, sizeof risk, "%064d", 8);
    test_draw_table_write_of(path, outcome, risk, rows);
}

void test_draw_table_write_of(const char *path, const char *outcome, const char *risk,
                              const char *rows)
{
    FILE *file = fopen(path, "wb");
    char hex[65];
    assert_non_null(file);
    test_sha256(rows, hex);
    assert_true(fprintf(file,
                        "# outcome: %s\n# command: tacro calibrate test\n# seed: 1\n"
                        "# cohort: 2000\n# inputs: %064d\n# risk: %s\n"
                        "# sha256: %s\n%s",
                        outcome, 7, risk, hex, rows) > 0);
    assert_int_equal(fclose(file), 0);
}
