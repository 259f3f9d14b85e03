/* The page of a params file. */
#include "run/page.h"
#include "run/relation_text.h"

#include <math.h>

static const char *spread_text(struct tacro_texts *texts,
                               const struct tacro_paramset *set, size_t theta)
{
    const char *text = "";
    for (size_t i = 0; i < set->neffects; i++) {
        const struct tacro_effect *e = &set->effect[i];
        if (e->theta != theta) {
            continue;
        }
        if (e->omega_text != NULL) {
            text = tacro_texts_make(texts, "IIV %s%s", e->omega_text,
                                    e->has_mean_one ? ", mean 1" : "");
        }
        if (e->kappa_text != NULL) {
            text = tacro_texts_make(texts, "%s%sIOV %s", text,
                                    text[0] == '\0' ? "" : ", ", e->kappa_text);
        }
        if (e->wander_text != NULL) {
            text = tacro_texts_make(texts, "%s%swander %s over %g h", text,
                                    text[0] == '\0' ? "" : ", ", e->wander_text,
                                    e->correlation_time);
        }
    }
    return text;
}

static struct tacro_model_row theta_row(struct tacro_texts *texts,
                                        const struct tacro_paramset *set, size_t theta)
{
    const struct tacro_theta *t = &set->theta[theta];
    struct tacro_model_row row =
        tacro_page_row(t->name, t->text, tacro_mark_name(t->mark), t->from);
    row.spread = spread_text(texts, set, theta);
    row.uncertainty = t->uncertainty.text;
    return row;
}

static void add_parameters(struct tacro_page *page, const struct tacro_paramset *set)
{
    page->section = "PARAMETERS";
    for (size_t i = 0; i < set->nthetas; i++) {
        tacro_page_add(page, theta_row(page->texts, set, i));
    }
}

static void add_relations(struct tacro_page *page, const struct tacro_paramset *set)
{
    page->section = "COVARIATE RELATIONS";
    for (size_t i = 0; i < set->nrelations; i++) {
        const struct tacro_relation *r = &set->relation[i];
        const char *theta = set->theta[r->theta].name;
        char effect[TACRO_RELATION_TEXT];
        tacro_relation_text(set, r, effect, sizeof effect);
        struct tacro_model_row row = tacro_page_row(
            tacro_texts_make(page->texts, "%s on %s",
                             tacro_covariate_info(r->covariate)->name, theta),
            tacro_texts_make(page->texts, "%s", effect), tacro_mark_name(r->mark),
            r->from);
        row.uncertainty = r->replaces
                              ? tacro_texts_make(page->texts, "%s of the product",
                                                 r->uncertainty.text)
                              : r->uncertainty.text;
        tacro_page_add(page, row);
    }
}

static const char *days_text(struct tacro_texts *texts,
                             const struct tacro_paramset *set)
{
    if (isnan(set->first_day)) {
        return "";
    }
    return tacro_texts_make(texts, "calibrated for days %g to %g after transplantation",
                            set->first_day, set->last_day);
}

bool tacro_page_of_set(struct tacro_texts *texts, const struct tacro_paramset *set,
                       struct tacro_model *model)
{
    static void (*const sections[])(struct tacro_page *,
                                    const struct tacro_paramset *) = {
        add_parameters,       tacro_page_random_effects, tacro_page_rhythms,
        add_relations,        tacro_page_residual_error, tacro_page_switches,
        tacro_page_ranges,    tacro_page_figures,        tacro_page_risk,
        tacro_page_reference,
    };
    struct tacro_page page = {texts, model, NULL};
    *model = (struct tacro_model){.name = set->name,
                                  .kind = set->kind == TACRO_SET_PK ? "pk" : "risk",
                                  .doc = set->title,
                                  .source = set->source,
                                  .population = set->population,
                                  .days = days_text(texts, set)};
    if (!tacro_page_equations(texts, model, set, set->part, set->nparts)) {
        return false;
    }
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        sections[i](&page, set);
    }
    return !texts->is_out_of_memory;
}
