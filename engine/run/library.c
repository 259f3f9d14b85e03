/* The models of a folder, or one file, as pages. */
#include "models/registry.h"
#include "run/page.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tacro_library {
    size_t nmodels;
    struct tacro_model *model; /**< room for parts and sets */
    size_t nsets;
    struct tacro_paramset **set; /**< what the pages borrow their words from */
    struct tacro_texts texts;
};

/* -- the folders ------------------------------------------------------------------- */

struct names {
    size_t n;
    char **name;
};

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->name[i]);
    }
    free(names->name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_yaml_name(const char *name)
{
    const size_t n = strlen(name);
    return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".yaml") == 0;
}

/**
 * Paths of the *.yaml files of a folder, by name; a folder that is not there has none.
 */
static enum tacro_status list_folder(const char *params_dir, const char *kind,
                                     struct names *names, bool *is_there,
                                     struct tacro_error *err)
{
    char folder[4096];
    const int length = snprintf(folder, sizeof folder, "%s/%s", params_dir, kind);
    DIR *dir = length < (int)sizeof folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    if (dir == NULL) {
        return TACRO_OK;
    }
    *is_there = true;
    while ((entry = readdir(dir)) != NULL) {
        if (!is_yaml_name(entry->d_name)) {
            continue;
        }
        char **grown = realloc(names->name, (names->n + 1) * sizeof *grown);
        const size_t size = strlen(folder) + strlen(entry->d_name) + 2;
        char *path = grown != NULL ? malloc(size) : NULL;
        names->name = grown != NULL ? grown : names->name;
        if (path == NULL) {
            closedir(dir);
            return tacro_fail(err, TACRO_ENOMEM, "%s: list of files", folder);
        }
        snprintf(path, size, "%s/%s", folder, entry->d_name);
        names->name[names->n++] = path;
    }
    closedir(dir);
    if (names->n > 0) {
        qsort(names->name, names->n, sizeof *names->name, compare_names);
    }
    return TACRO_OK;
}

/** Read the files; a broken one leaves its notes and no page. */
static enum tacro_status read_sets(struct tacro_library *library,
                                   const struct names *names, enum tacro_set_kind kind,
                                   struct tacro_notes *notes, struct tacro_error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        struct tacro_error why = {0};
        struct tacro_paramset *set = NULL;
        const size_t nbefore = notes->nfaults;
        const enum tacro_status st =
            tacro_paramset_read(names->name[i], kind, notes, &set, &why);
        if (st == TACRO_ENOMEM) {
            return tacro_fail(err, st, "%s", why.text);
        }
        if (st != TACRO_OK && notes->nfaults == nbefore) {
            const char *text =
                strstr(why.text, ": "); /* the note names the file itself */
            tacro_notes_add(notes, TACRO_FAULT, names->name[i], 0, 0, "%s",
                            text != NULL ? text + 2 : why.text);
        }
        if (st == TACRO_OK) {
            library->set[library->nsets++] = set;
        }
    }
    return TACRO_OK;
}

static bool make_pages(struct tacro_library *library, size_t nparts)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < library->nsets; i++) {
        is_good = tacro_page_of_set(&library->texts, library->set[i],
                                    &library->model[library->nmodels++]);
    }
    for (size_t i = 0; is_good && i < nparts; i++) {
        is_good =
            tacro_page_of_part(&library->texts, i, &library->model[library->nmodels++]);
    }
    return is_good;
}

static enum tacro_status build(struct tacro_library *library, const struct names *pk,
                               const struct names *risk, struct tacro_notes *notes,
                               struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    library->model =
        calloc(tacro_parts_count() + pk->n + risk->n, sizeof *library->model);
    library->set = calloc(pk->n + risk->n + 1, sizeof(struct tacro_paramset *));
    if (library->model == NULL || library->set == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "list of models");
        goto done;
    }
    TACRO_TRY(read_sets(library, pk, TACRO_SET_PK, notes, err));
    TACRO_TRY(read_sets(library, risk, TACRO_SET_RISK, notes, err));
    if (!make_pages(library, tacro_parts_count())) {
        st = tacro_fail(err, TACRO_ENOMEM, "pages of models");
    }
done:
    return st;
}

enum tacro_status tacro_library_open(const char *params_dir, struct tacro_notes *notes,
                                     struct tacro_library **out,
                                     struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    struct names pk = {0};
    struct names risk = {0};
    bool is_there = false;
    struct tacro_library *library = calloc(1, sizeof *library);
    *out = NULL;
    if (library == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "list of models");
        goto done;
    }
    TACRO_TRY(list_folder(params_dir, "pk", &pk, &is_there, err));
    TACRO_TRY(list_folder(params_dir, "risk", &risk, &is_there, err));
    if (!is_there) {
        st = tacro_fail(err, TACRO_ENOINPUT, "%s: no folder pk or risk in it",
                        params_dir);
        goto done;
    }
    TACRO_TRY(build(library, &pk, &risk, notes, err));
    tacro_notes_sort(notes);
    *out = library;
    library = NULL;
done:
    free_names(&pk);
    free_names(&risk);
    tacro_library_free(library);
    return st;
}

enum tacro_status tacro_library_open_file(const char *path, struct tacro_notes *notes,
                                          struct tacro_library **out,
                                          struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    enum tacro_set_kind kind = TACRO_SET_PK;
    struct tacro_library *library = calloc(1, sizeof *library);
    *out = NULL;
    if (library == NULL ||
        (library->model = calloc(1, sizeof *library->model)) == NULL ||
        (library->set = calloc(1, sizeof(struct tacro_paramset *))) == NULL) {
        st = tacro_fail(err, TACRO_ENOMEM, "page of %s", path);
        goto done;
    }
    tacro_paramset_kind(path, &kind);
    TACRO_TRY(tacro_paramset_read(path, kind, notes, &library->set[0], err));
    library->nsets = 1;
    if (!make_pages(library, 0)) {
        st = tacro_fail(err, TACRO_ENOMEM, "page of %s", path);
        goto done;
    }
    *out = library;
    library = NULL;
done:
    tacro_notes_sort(notes);
    tacro_library_free(library);
    return st;
}

size_t tacro_library_size(const struct tacro_library *library)
{
    return library->nmodels;
}

const struct tacro_model *tacro_library_model(const struct tacro_library *library,
                                              size_t i)
{
    return i < library->nmodels ? &library->model[i] : NULL;
}

void tacro_library_free(struct tacro_library *library)
{
    if (library == NULL) {
        return;
    }
    for (size_t i = 0; i < library->nmodels; i++) {
        tacro_page_free(&library->model[i]);
    }
    for (size_t i = 0; i < library->nsets; i++) {
        tacro_paramset_free(library->set[i]);
    }
    tacro_texts_free(&library->texts);
    free(library->model);
    free(library->set);
    free(library);
}
