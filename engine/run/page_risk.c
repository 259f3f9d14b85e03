/* Sections of a risk file. */
#include "run/page.h"
#include "run/reference_text.h"

static struct tacro_model_row number_row(const char *name,
                                         const struct tacro_number *number,
                                         const char *value, const char *doc)
{
    struct tacro_model_row row =
        tacro_page_row(name, value, tacro_mark_name(number->mark), doc);
    row.uncertainty = number->uncertainty.text;
    return row;
}

/** What a risk file says beside its parameters: anchor, after, draws. */
void tacro_page_risk(struct tacro_page *page, const struct tacro_paramset *set)
{
    struct tacro_texts *texts = page->texts;
    page->section = "OUTCOME";
    if (set->anchor.is_given) {
        const struct tacro_number *n = &set->anchor.incidence;
        tacro_page_add(
            page,
            number_row("anchor", n,
                       tacro_texts_make(texts, "%s in %g d", n->text,
                                        set->anchor.within / 24.0),
                       tacro_texts_make(texts, "incidence that %s reproduces; %s",
                                        set->theta[set->anchor.solves].name, n->from)));
    }
    for (size_t i = 0; i < TACRO_NAFTER; i++) {
        const struct tacro_number *n = &set->after[i];
        const enum tacro_after_id id = (enum tacro_after_id)i;
        if (n->text != NULL) {
            tacro_page_add(
                page,
                number_row(
                    tacro_texts_make(texts, "after.%s", tacro_after_name(id)), n,
                    n->text,
                    tacro_texts_make(texts, "%s; %s", tacro_after_doc(id), n->from)));
        }
    }
    if (set->draws != NULL) {
        tacro_page_add(
            page, tacro_page_row(
                      "draws", tacro_texts_make(texts, "%zu", set->draws->n),
                      tacro_mark_name(TACRO_MARK_C),
                      tacro_texts_make(
                          texts, "joint draws of the uncertain numbers, made by `%s`",
                          set->draws->command)));
    }
}

/** A line per covariate of the reference population, and where it was read. */
void tacro_page_reference(struct tacro_page *page, const struct tacro_paramset *set)
{
    const struct tacro_node *map = tacro_node_get(&set->yaml->root, "reference");
    page->section = "REFERENCE POPULATION";
    for (size_t i = 0; i < TACRO_NCOVARIATES; i++) {
        const enum tacro_covariate_id id = (enum tacro_covariate_id)i;
        const char *name = tacro_covariate_info(id)->name;
        char value[128];
        if (set->reference[i].distribution == TACRO_ABSENT) {
            continue;
        }
        tacro_reference_text(&set->reference[i], id, value, sizeof value);
        tacro_page_add(
            page,
            tacro_page_row(tacro_texts_make(page->texts, "reference.%s", name),
                           tacro_texts_make(page->texts, "%s", value),
                           tacro_mark_name(set->reference_mark[i]),
                           tacro_node_get(tacro_node_get(map, name), "from")->text));
    }
}
