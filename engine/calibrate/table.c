#include "calibrate/table.h"

#include "input/checksum.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *tacro_table_path(const char *folder, const struct tacro_paramset *set)
{
    const size_t room = strlen(folder) + strlen(set->name) + sizeof "/.draws.csv";
    char *path = malloc(room);
    if (path != NULL) {
        snprintf(path, room, "%s/%s.draws.csv", folder, set->name);
    }
    return path;
}

/* The names of the columns and the rows: what the checksum is of. */
static enum tacro_status print_rows(const struct tacro_table *table, char **text,
                                    size_t *size, struct tacro_error *err)
{
    const struct tacro_paramset *set = table->set;
    FILE *out = open_memstream(text, size);
    if (out == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "table of %zu draws", table->ndraws);
    }
    fprintf(out, "draw");
    for (size_t i = 0; i < set->nuncertain; i++) {
        fprintf(out, ",%s", set->uncertain[i].name);
    }
    fputc('\n', out);
    for (size_t m = 0; m < table->ndraws; m++) {
        fprintf(out, "%zu", m);
        for (size_t i = 0; i < set->nuncertain; i++) {
            fprintf(out, ",%.9g", table->value[m * set->nuncertain + i]);
        }
        fputc('\n', out);
    }
    return fclose(out) == 0
               ? TACRO_OK
               : tacro_fail(err, TACRO_ENOMEM, "table of %zu draws", table->ndraws);
}

static bool print_file(const struct tacro_table *table, const char *rows, size_t size,
                       const char *sha256, FILE *out)
{
    fprintf(out,
            "# outcome: %s\n# command: %s\n# seed: %" PRIu64 "\n# cohort: %" PRIu64
            "\n# inputs: %s\n# risk: %s\n# sha256: %s\n",
            table->set->outcome, table->command, table->seed, table->npatients,
            table->inputs, table->risk, sha256);
    return fwrite(rows, 1, size, out) == size && fflush(out) == 0 &&
           fsync(fileno(out)) == 0;
}

/* A name that is not there yet is taken by link(), which replaces nothing. */
static enum tacro_status move_to(const char *from, const char *path, bool force,
                                 struct tacro_error *err)
{
    if (force ? rename(from, path) == 0 : link(from, path) == 0) {
        return TACRO_OK;
    }
    return tacro_fail(err, TACRO_ECREATE, "%s: %s", path,
                      errno == EEXIST ? "exists; --force replaces a draw table"
                                      : strerror(errno));
}

enum tacro_status tacro_table_write(const struct tacro_table *table, const char *path,
                                    bool force, struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    const size_t room = strlen(path) + sizeof ".XXXXXX";
    char *draft = malloc(room);
    char *rows = NULL;
    char sha256[65];
    size_t size = 0;
    FILE *out = NULL;
    int fd = -1;
    if (draft == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "name of a draw table");
    }
    draft[0] = '\0';
    TACRO_TRY(print_rows(table, &rows, &size, err));
    TACRO_TRY(tacro_text_hash(rows, size, sha256, err));
    snprintf(draft, room, "%s.XXXXXX", path);
    fd = mkstemp(draft);
    if (fd < 0) {
        draft[0] = '\0';
    }
    out = fd < 0 ? NULL : fdopen(fd, "w");
    if (out == NULL || fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0) {
        st = tacro_fail(err, TACRO_ECREATE, "%s: %s", path, strerror(errno));
        goto done;
    }
    if (!print_file(table, rows, size, sha256, out)) {
        st = tacro_fail(err, TACRO_EIO, "%s: %s", path, strerror(errno));
        goto done;
    }
    TACRO_TRY(move_to(draft, path, force, err));
done:
    if (out != NULL) {
        fclose(out);
    } else if (fd >= 0) {
        close(fd);
    }
    if (draft[0] != '\0') {
        unlink(draft); /* its other name stays; after rename it has none */
    }
    free(draft);
    free(rows);
    return st;
}
