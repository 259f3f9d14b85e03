#include "tests/support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char test_folder[32];
char test_path[48];

int test_folder_make(void **state)
{
    (void)state;
    snprintf(test_folder, sizeof test_folder, "/tmp/tacro_test_XXXXXX");
    if (mkdtemp(test_folder) == NULL) {
        return -1;
    }
    snprintf(test_path, sizeof test_path, "%s/x.yaml", test_folder);
    return 0;
}

int test_folder_drop(void **state)
{
    (void)state;
    unlink(test_path);
    return rmdir(test_folder);
}
