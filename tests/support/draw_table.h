#ifndef TEST_DRAW_TABLE_H
#define TEST_DRAW_TABLE_H

/** Draw tables of a test, with the checksum of their rows. */

/**
 * Write a table.
 *
 * rows  what follows the head: the names of the columns and the rows, each with its \n
 */
void test_draw_table_write(const char *path, const char *outcome, const char *rows);

/** The same with the checksum of a risk file's values, 64 hexadecimal digits. */
void test_draw_table_write_of(const char *path, const char *outcome, const char *risk,
                              const char *rows);

/** SHA-256 of a text as 64 hexadecimal digits. */
void test_sha256(const char *text, char hex[65]);

#endif
