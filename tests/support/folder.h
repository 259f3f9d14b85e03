#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

/** A folder of its own for the files of a test program. */

extern char test_folder[32];
extern char test_path[48]; /* x.yaml in it */

/** Group set-up and tear-down; the tear-down removes test_path and the folder. */
int test_folder_make(void **state);
int test_folder_drop(void **state);

#endif
