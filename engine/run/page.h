/** The page of a part or of a params file: a list of sections, each rows. */
#ifndef TACRO_RUN_PAGE_H
#define TACRO_RUN_PAGE_H

#include "input/paramset.h"
#include "run/texts.h"
#include "tacro_models.h"

/** A page while it is made. */
struct tacro_page {
    struct tacro_texts *texts;
    struct tacro_model *model;
    const char *section; /**< of the rows that follow */
};

/** Append a row to the section; the texts are borrowed. */
void tacro_page_add(struct tacro_page *page, struct tacro_model_row row);

/** A row without unit, spread and uncertainty. */
struct tacro_model_row tacro_page_row(const char *name, const char *value,
                                      const char *mark, const char *doc);

/**
 * Fill the page of a part (index for tacro_parts_at) or of a params file; false, as
 * texts->is_out_of_memory, when memory is out. Freed with tacro_page_free.
 */
bool tacro_page_of_part(struct tacro_texts *texts, size_t part,
                        struct tacro_model *model);
bool tacro_page_of_set(struct tacro_texts *texts, const struct tacro_paramset *set,
                       struct tacro_model *model);
void tacro_page_free(struct tacro_model *model);

/** The equations of parts; set: theirs, for names of formulations, or NULL. */
bool tacro_page_equations(struct tacro_texts *texts, struct tacro_model *model,
                          const struct tacro_paramset *set, const size_t *part,
                          size_t nparts);

/* -- sections of a params file ----------------------------------------------------- */

/** omega, kappa and wander with intervals, marks and correlations (page_evidence.c). */
void tacro_page_random_effects(struct tacro_page *page,
                               const struct tacro_paramset *set);
void tacro_page_rhythms(struct tacro_page *page, const struct tacro_paramset *set);
void tacro_page_residual_error(struct tacro_page *page,
                               const struct tacro_paramset *set);
void tacro_page_switches(struct tacro_page *page, const struct tacro_paramset *set);
void tacro_page_ranges(struct tacro_page *page, const struct tacro_paramset *set);

/** trough_to_mean and `checks`: what it reproduces. */
void tacro_page_figures(struct tacro_page *page, const struct tacro_paramset *set);

/** Anchor, `after`, draws and reference population of a risk file (page_risk.c). */
void tacro_page_risk(struct tacro_page *page, const struct tacro_paramset *set);
void tacro_page_reference(struct tacro_page *page, const struct tacro_paramset *set);

#endif
