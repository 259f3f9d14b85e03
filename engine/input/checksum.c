#include "input/checksum.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"title",    "population", "source",
                                    "endpoint", "evidence",   "draws",
                                    "mark",     "ranges",     "checks"};

/* A key whose value is an explanation, a name, or no part of the equations. */
static bool is_explanation(const struct tacro_node *node)
{
    for (size_t i = 0; node->key != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(node->key, words[i]) == 0) {
            return true;
        }
    }
    return node->key != NULL && strcmp(node->key, "from") == 0 &&
           tacro_node_get(node->parent, "mark") != NULL;
}

/* {key:value,...} [value,...] "value": lengths keep different trees apart. */
static void print_node(FILE *out, const struct tacro_node *node)
{
    if (node->kind == TACRO_SCALAR) {
        fprintf(out, "%zu\"%s\"", strlen(node->text), node->text);
        return;
    }
    fputc(node->kind == TACRO_MAP ? '{' : '[', out);
    for (size_t i = 0; i < node->n; i++) {
        if (!is_explanation(&node->item[i])) {
            fprintf(out, "%s:", node->item[i].key == NULL ? "" : node->item[i].key);
            print_node(out, &node->item[i]);
            fputc(',', out);
        }
    }
    fputc(node->kind == TACRO_MAP ? '}' : ']', out);
}

enum tacro_status tacro_text_hash(const char *text, size_t length, char hex[65],
                                  struct tacro_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(text, length, digest, &n, EVP_sha256(), NULL) != 1 || n != 32) {
        return tacro_fail(err, TACRO_EBUG, "SHA-256 failed");
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return TACRO_OK;
}

static enum tacro_status hash_trees(const struct tacro_node *const *root, size_t n,
                                    char hex[65], struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "checksum of the input files");
    }
    for (size_t i = 0; i < n; i++) {
        print_node(out, root[i]);
    }
    if (fclose(out) != 0) {
        st = tacro_fail(err, TACRO_ENOMEM, "checksum of the input files");
        goto done;
    }
    TACRO_TRY(tacro_text_hash(text, size, hex, err));
done:
    free(text);
    return st;
}

enum tacro_status tacro_values_hash(const struct tacro_paramset *set, char hex[65],
                                    struct tacro_error *err)
{
    const struct tacro_node *const root[] = {&set->yaml->root};
    return hash_trees(root, 1, hex, err);
}

enum tacro_status tacro_inputs_hash(const struct tacro_input *input,
                                    const struct tacro_paramset *risk, char hex[65],
                                    struct tacro_error *err)
{
    const struct tacro_node *const root[] = {&input->yaml->root, &input->pk->yaml->root,
                                             &risk->yaml->root};
    return hash_trees(root, 3, hex, err);
}
