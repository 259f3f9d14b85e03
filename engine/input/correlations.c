#include "input/correlations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pivot of a correlation matrix under this is one of a matrix that is singular. */
#define SMALLEST_PIVOT 1e-12

size_t tacro_cholesky(const double *matrix, size_t n, double *factor)
{
    memset(factor, 0, n * n * sizeof *factor);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= factor[i * n + k] * factor[j * n + k];
            }
            if (j < i) {
                factor[i * n + j] = sum / factor[j * n + j];
            } else if (sum > SMALLEST_PIVOT) {
                factor[i * n + i] = sqrt(sum);
            } else {
                return i;
            }
        }
    }
    return n;
}

static bool has_effect(const struct tacro_effect *effect, bool is_kappa)
{
    return (is_kappa ? effect->kappa : effect->omega) > 0.0;
}

/* Index among set->effect of the one that a name is about; false after a fault. */
static bool find_effect(struct tacro_reader *reader, const struct tacro_node *node,
                        const struct tacro_paramset *set, bool is_kappa, size_t *effect)
{
    const char *name = NULL;
    if (!tacro_schema_text(reader, node, &name)) {
        return false;
    }
    for (size_t i = 0; i < set->neffects; i++) {
        if (strcmp(set->theta[set->effect[i].theta].name, name) == 0 &&
            has_effect(&set->effect[i], is_kappa)) {
            *effect = i;
            return true;
        }
    }
    tacro_schema_note(reader, TACRO_FAULT, node, "%s has no spread in `%s`",
                      tacro_excerpt(name).s, is_kappa ? "kappa" : "omega");
    return false;
}

static bool find_pair(struct tacro_reader *reader, const struct tacro_node *node,
                      const struct tacro_paramset *set, bool is_kappa,
                      struct tacro_correlation *out)
{
    size_t of[2] = {0, 0};
    if (!tacro_schema_list(reader, node)) {
        return false;
    }
    if (node->n != 2) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%zu names, expected two, such as [CL, V1]", node->n);
        return false;
    }
    const bool has_first = find_effect(reader, &node->item[0], set, is_kappa, &of[0]);
    const bool has_second = find_effect(reader, &node->item[1], set, is_kappa, &of[1]);
    if (!has_first || !has_second) {
        return false;
    }
    if (of[0] == of[1]) {
        tacro_schema_note(reader, TACRO_FAULT, node,
                          "%s twice, expected two parameters", node->item[0].text);
        return false;
    }
    out->a = of[0] < of[1] ? of[0] : of[1];
    out->b = of[0] < of[1] ? of[1] : of[0];
    return true;
}

static void read_one(struct tacro_reader *reader, const struct tacro_node *item,
                     const struct tacro_paramset *set, bool is_kappa,
                     struct tacro_correlations *out)
{
    static const struct tacro_key keys[] = {
        {"between", TACRO_REQUIRED, "two parameters, such as [CL, V1]"},
        {"value", TACRO_REQUIRED, "the correlation of their log factors"},
        {"mark", TACRO_REQUIRED, "how the number was verified: P, T, A, C, ..."},
        {"from", TACRO_REQUIRED, "where the number was read, or why it is assumed"},
    };
    static const struct tacro_quantity q = {TACRO_NUMBER, -1.0, 1.0, -1.0, 1.0};
    const struct tacro_node *between = tacro_node_get(item, "between");
    const struct tacro_node *value = tacro_node_get(item, "value");
    struct tacro_correlation pair = {.text = value != NULL ? value->text : NULL};
    if (!tacro_schema_keys(reader, item, keys, sizeof keys / sizeof keys[0])) {
        return;
    }
    const bool has_mark = tacro_mark_read(reader, item, &pair.mark, &pair.from);
    const bool has_value = tacro_schema_number(reader, value, &q, &pair.value);
    if (!find_pair(reader, between, set, is_kappa, &pair) || !has_mark || !has_value) {
        return;
    }
    for (size_t i = 0; i < out->n; i++) {
        if (out->pair[i].a == pair.a && out->pair[i].b == pair.b) {
            tacro_schema_note(reader, TACRO_FAULT, between, "this pair is given twice");
            return;
        }
    }
    out->pair[out->n++] = pair;
}

/* "CL, V1, Q": the effects that are tied to one, itself included. */
static void name_block(const struct tacro_paramset *set,
                       const struct tacro_correlations *corr, size_t effect, char *text,
                       size_t size)
{
    bool is_tied[256] = {false};
    bool has_grown = true;
    size_t length = 0;
    text[0] = '\0';
    if (set->neffects > sizeof is_tied / sizeof is_tied[0]) {
        return;
    }
    is_tied[effect] = true;
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < corr->n; i++) {
            bool *a = &is_tied[corr->pair[i].a];
            bool *b = &is_tied[corr->pair[i].b];
            has_grown = has_grown || *a != *b;
            *a = *b = *a || *b;
        }
    }
    for (size_t i = 0; i < set->neffects && length < size; i++) {
        if (is_tied[i]) {
            length += (size_t)snprintf(text + length, size - length, "%s%s",
                                       length == 0 ? "" : ", ",
                                       set->theta[set->effect[i].theta].name);
        }
    }
}

static enum tacro_status factorize(struct tacro_reader *reader,
                                   const struct tacro_node *list,
                                   const struct tacro_paramset *set,
                                   struct tacro_correlations *corr,
                                   struct tacro_error *err)
{
    const size_t n = set->neffects;
    double *matrix = calloc(n * n, sizeof *matrix);
    char names[256];
    corr->factor = calloc(n * n, sizeof *corr->factor);
    if (matrix == NULL || corr->factor == NULL) {
        free(matrix);
        return tacro_fail(err, TACRO_ENOMEM, "correlations of a params file");
    }
    for (size_t i = 0; i < n; i++) {
        matrix[i * n + i] = 1.0;
    }
    for (size_t i = 0; i < corr->n; i++) {
        matrix[corr->pair[i].b * n + corr->pair[i].a] = corr->pair[i].value;
    }
    const size_t failed = tacro_cholesky(matrix, n, corr->factor);
    if (failed < n) {
        name_block(set, corr, failed, names, sizeof names);
        tacro_schema_note(reader, TACRO_FAULT, list,
                          "the correlation matrix of %s is not positive definite",
                          names);
    }
    free(matrix);
    return TACRO_OK;
}

static enum tacro_status read_list(struct tacro_reader *reader,
                                   const struct tacro_node *list,
                                   const struct tacro_paramset *set, bool is_kappa,
                                   struct tacro_correlations *out,
                                   struct tacro_error *err)
{
    const size_t nbefore = reader->notes->nfaults;
    if (list == NULL) {
        return TACRO_OK;
    }
    if (set->kind != TACRO_SET_PK) {
        tacro_schema_note(reader, TACRO_FAULT, list,
                          "expected in PK files alone: a hazard's factors are its own");
        return TACRO_OK;
    }
    if (!tacro_schema_list(reader, list)) {
        return TACRO_OK;
    }
    out->pair = calloc(list->n, sizeof *out->pair);
    if (out->pair == NULL) {
        return tacro_fail(err, TACRO_ENOMEM, "correlations of a params file");
    }
    for (size_t i = 0; i < list->n; i++) {
        read_one(reader, &list->item[i], set, is_kappa, out);
    }
    return reader->notes->nfaults == nbefore ? factorize(reader, list, set, out, err)
                                             : TACRO_OK;
}

enum tacro_status tacro_correlations_read(struct tacro_reader *reader,
                                          const struct tacro_node *root,
                                          struct tacro_paramset *set,
                                          struct tacro_error *err)
{
    enum tacro_status st = TACRO_OK;
    TACRO_TRY(read_list(reader, tacro_node_get(tacro_node_get(root, "omega"), "corr"),
                        set, false, &set->omega_corr, err));
    TACRO_TRY(read_list(reader, tacro_node_get(tacro_node_get(root, "kappa"), "corr"),
                        set, true, &set->kappa_corr, err));
done:
    return st;
}

void tacro_correlations_free(struct tacro_correlations *correlations)
{
    free(correlations->pair);
    free(correlations->factor);
}
