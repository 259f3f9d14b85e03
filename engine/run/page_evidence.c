/* Sections that a params file has beside its equations' numbers. */
#include "input/rhythm.h"
#include "run/page.h"

#include <math.h>
#include <string.h>

/* They are shown as the file writes them, so they are read from its tree again. */

static const char *text_of(const struct tacro_node *map, const char *key)
{
    const struct tacro_node *node = tacro_node_get(map, key);
    return node != NULL && node->text != NULL ? node->text : "";
}

/* "55 % from 0 d, 30 % from 7 d", "CL, V1", or the text as it stands. */
static const char *value_text(struct tacro_texts *texts, const struct tacro_node *node)
{
    const char *text = "";
    if (node->kind == TACRO_SCALAR) {
        return node->text;
    }
    for (size_t i = 0; i < node->n; i++) {
        const struct tacro_node *item = &node->item[i];
        const char *comma = i == 0 ? "" : ", ";
        if (item->kind == TACRO_MAP) {
            text = tacro_texts_make(texts, "%s%s%s from %s", text, comma,
                                    text_of(item, "value"), text_of(item, "from"));
        } else if (item->kind == TACRO_SCALAR) {
            text = tacro_texts_make(texts, "%s%s%s", text, comma, item->text);
        }
    }
    return text;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Whether a key says how sure the number is. */
static bool is_interval(const char *key)
{
    return strcmp(key, "ci") == 0 || ends_with(key, "_ci") || ends_with(key, "rse");
}

/* "proportional 16.7 %, additive 0.5 ng/mL": the keys of an entry that are numbers, or
   with `intervals` those that say how sure they are. */
static const char *entry_text(struct tacro_texts *texts, const struct tacro_node *entry,
                              bool intervals)
{
    const char *text = "";
    for (size_t i = 0; i < entry->n; i++) {
        const struct tacro_node *item = &entry->item[i];
        if (strcmp(item->key, "mark") == 0 || strcmp(item->key, "from") == 0 ||
            strcmp(item->key, "assay") == 0 || is_interval(item->key) != intervals) {
            continue;
        }
        text = tacro_texts_make(texts, "%s%s%s %s", text, text[0] == '\0' ? "" : ", ",
                                item->key, value_text(texts, item));
    }
    return text;
}

static void add_entry(struct tacro_page *page, const char *name,
                      const struct tacro_node *entry)
{
    struct tacro_model_row row =
        tacro_page_row(name, entry_text(page->texts, entry, false),
                       text_of(entry, "mark"), text_of(entry, "from"));
    row.uncertainty = entry_text(page->texts, entry, true);
    tacro_page_add(page, row);
}

/* {between: [CL, V1], value: 0.43, mark, from} */
static void add_correlations(struct tacro_page *page, const char *section,
                             const struct tacro_node *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct tacro_node *item = &list->item[i];
        const struct tacro_node *between = tacro_node_get(item, "between");
        if (between != NULL) {
            tacro_page_add(
                page, tacro_page_row(tacro_texts_make(page->texts, "%s %s", section,
                                                      value_text(page->texts, between)),
                                     tacro_texts_make(page->texts, "correlation %s",
                                                      text_of(item, "value")),
                                     text_of(item, "mark"), text_of(item, "from")));
        }
    }
}

static void add_entries(struct tacro_page *page, const char *section,
                        const struct tacro_node *map)
{
    for (size_t i = 0; map != NULL && i < map->n; i++) {
        const struct tacro_node *item = &map->item[i];
        const char *name = tacro_texts_make(page->texts, "%s %s", section, item->key);
        if (strcmp(item->key, "corr") == 0) {
            add_correlations(page, section, item);
        } else if (item->kind == TACRO_MAP) {
            add_entry(page, name, item);
        }
        for (size_t k = 0;
             strcmp(item->key, "corr") != 0 && item->kind == TACRO_LIST && k < item->n;
             k++) {
            add_entry(page,
                      tacro_texts_make(page->texts, "%s %s", name,
                                       text_of(&item->item[k], "assay")),
                      &item->item[k]);
        }
    }
}

void tacro_page_random_effects(struct tacro_page *page,
                               const struct tacro_paramset *set)
{
    static const char *const keys[] = {"omega", "kappa", "wander"};
    static const char *const words[] = {"IIV", "IOV", "wander"};
    page->section = "RANDOM EFFECTS";
    for (size_t i = 0; i < 3; i++) {
        add_entries(page, words[i], tacro_node_get(&set->root, keys[i]));
    }
}

void tacro_page_residual_error(struct tacro_page *page,
                               const struct tacro_paramset *set)
{
    page->section = "RESIDUAL ERROR";
    add_entries(page, "error of", tacro_node_get(&set->root, "sigma"));
}

/* "28.74 % at 17:00" */
void tacro_page_rhythms(struct tacro_page *page, const struct tacro_paramset *set)
{
    page->section = "RHYTHMS";
    for (size_t i = 0; i < set->nrhythms; i++) {
        const struct tacro_rhythm *r = &set->rhythm[i];
        char words[64];
        tacro_rhythm_words(r, words, sizeof words);
        struct tacro_model_row row = tacro_page_row(
            tacro_texts_make(page->texts, "rhythm of %s", set->theta[r->theta].name),
            tacro_texts_make(page->texts, "%s", words), tacro_mark_name(r->mark),
            r->from);
        row.uncertainty = r->uncertainty.text;
        tacro_page_add(page, row);
    }
}

/* "variance; or sd" */
void tacro_page_switches(struct tacro_page *page, const struct tacro_paramset *set)
{
    page->section = "SWITCHES";
    for (size_t i = 0; i < set->nswitches; i++) {
        const struct tacro_switch *s = &set->switches[i];
        tacro_page_add(
            page, tacro_page_row(tacro_texts_make(page->texts, "switch %s", s->name),
                                 s->text, "", s->doc));
    }
}

void tacro_page_ranges(struct tacro_page *page, const struct tacro_paramset *set)
{
    page->section = "RANGES OF THE POPULATION";
    for (size_t i = 0; i < set->nranges; i++) {
        tacro_page_add(
            page, tacro_page_row(tacro_covariate_info(set->range[i].covariate)->name,
                                 set->range[i].text, "", "outside is extrapolation"));
    }
}

/* "geometric mean of auc, 1000 subjects: AUC of the first day; Table 2" */
static const char *figure_text(struct tacro_texts *texts, const struct tacro_check *c)
{
    const char *text = c->figure;
    if (c->subjects > 0) {
        text = tacro_texts_make(texts, "%s; %s of %llu subjects", text,
                                tacro_check_statistic_words(c->statistic),
                                (unsigned long long)c->subjects);
    }
    text = tacro_texts_make(texts, "%s; %s", text, c->from);
    return c->is_to_differ
               ? tacro_texts_make(texts, "%s. Known to differ: %s", text, c->reason)
               : text;
}

void tacro_page_figures(struct tacro_page *page, const struct tacro_paramset *set)
{
    const struct tacro_node *ratio = tacro_node_get(&set->root, "trough_to_mean");
    page->section = "PUBLISHED FIGURES";
    if (ratio != NULL) {
        tacro_page_add(page,
                       tacro_page_row("trough_to_mean", text_of(ratio, "value"),
                                      text_of(ratio, "mark"), text_of(ratio, "from")));
    }
    for (size_t i = 0; i < set->nchecks; i++) {
        const struct tacro_check *c = &set->check[i];
        tacro_page_add(page, tacro_page_row(c->name, c->text,
                                            tacro_mark_name((enum tacro_mark)c->mark),
                                            figure_text(page->texts, c)));
    }
}
