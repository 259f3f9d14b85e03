/**
 * The models of tacro: their pages, what a params file holds, and whether it reproduces
 * the figures that were published about it. The second installed header.
 */
#ifndef TACRO_MODELS_H
#define TACRO_MODELS_H

#include "tacro.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- pages ------------------------------------------------------------------------- */

/** A parameter, or a state of a part; a relation, an interval, a figure of a file. */
struct tacro_model_row {
    const char *section; /**< its heading; rows of one section follow each other */
    const char *name;
    const char *unit;
    const char *value;       /**< as read, "" for a part */
    const char *spread;      /**< IIV and IOV in words, "" if none */
    const char *uncertainty; /**< of the value, "log sd 0.6"; "" if it is fixed */
    const char *mark;        /**< P T A C ASSUMED UNVERIFIED, "" for a part */
    const char *doc;         /**< meaning, or where the number was read */
};

/** A page about one part, PK file or risk file. */
struct tacro_model {
    const char *name;
    const char *family; /**< of a part of several that differ in a number: "erlang_N" */
    const char *kind;   /**< "part", "pk", "risk" */
    const char *doc;    /**< one line */
    const char *source;
    const char *population;
    const char *days; /**< calibrated days since transplantation, "" if not stated */
    size_t nequations;
    const char *const *equation;
    size_t nrows;
    struct tacro_model_row *row;
};

struct tacro_library;

/**
 * Read all models under params_dir; a broken file becomes notes, the others are listed.
 */
TACRO_API enum tacro_status tacro_library_open(const char *params_dir,
                                               struct tacro_notes *notes,
                                               struct tacro_library **out,
                                               struct tacro_error *err);

/**
 * The page of one params file, wherever it is.
 *
 * errors  TACRO_EINPUT with its faults in notes; TACRO_ENOINPUT
 */
TACRO_API enum tacro_status tacro_library_open_file(const char *path,
                                                    struct tacro_notes *notes,
                                                    struct tacro_library **out,
                                                    struct tacro_error *err);
TACRO_API size_t tacro_library_size(const struct tacro_library *library);
TACRO_API const struct tacro_model *
tacro_library_model(const struct tacro_library *library, size_t i);
TACRO_API void tacro_library_free(struct tacro_library *library);

/* -- files ------------------------------------------------------------------------- */

/** Is a file a model, by its keys (`parts`, `theta`), and no scenario? */
TACRO_API bool tacro_is_params_file(const char *path);

/** What a params file holds. */
struct tacro_params_summary {
    char *name;
    const char *kind; /**< "pk", "risk" */
    char *title;
    char *parts;  /**< "first_order, 2cmt" */
    char *ranges; /**< "weight 46-122 kg, ...", "" without */
    size_t nparts;
    size_t nparameters;
    size_t nuncertain; /**< numbers with a law of their own */
    size_t nbetween;   /**< parameters that differ between patients */
    size_t nwithin;    /**< between occasions or days of a patient */
    size_t nrelations; /**< covariate relations */
    size_t nranges;
    size_t nchecks;
};

/**
 * Check a params file alone: everything that a scenario would say of it, and that each
 * of its `checks` is a scenario that can be run.
 *
 * out     freed with tacro_params_file_free
 * errors  TACRO_EINPUT with all faults in notes; TACRO_ENOINPUT
 */
TACRO_API enum tacro_status tacro_params_file_check(const char *path,
                                                    struct tacro_notes *notes,
                                                    struct tacro_params_summary **out,
                                                    struct tacro_error *err);
TACRO_API void tacro_params_file_free(struct tacro_params_summary *params);

/* -- published figures ------------------------------------------------------------- */

enum tacro_verdict {
    TACRO_VERDICT_MATCHES,      /**< within the tolerance */
    TACRO_VERDICT_DIFFERS,      /**< as the file says it does */
    TACRO_VERDICT_NO_MATCH,     /**< though it should */
    TACRO_VERDICT_NOT_COMPUTED, /**< `reason` says why */
    TACRO_NVERDICTS
};

/** One published figure and what the model makes of it, in the unit of the paper. */
struct tacro_figure {
    const char *figure;   /**< in words */
    const char *quantity; /**< "conc at 12 h", "geometric mean of CL, 1000 subjects" */
    const char *unit;     /**< "" for a number */
    double ours;          /**< NaN if it was not computed */
    double published;     /**< NaN if nothing is to be compared */
    const char *text;     /**< as published, with its unit and all its digits */
    double tolerance;     /**< how far a figure may be that matches */
    enum tacro_verdict verdict;
    const char *reason; /**< why it differs or was not computed; NULL: nothing to say */
    const char *mark;
    const char *from;
};

/** The figures of one PK file. */
struct tacro_qualification {
    const char *name;
    const char *title;
    const char *source;
    size_t nfigures;
    struct tacro_figure *figure;        /**< [nfigures] in the order of the file */
    struct tacro_figure trough_to_mean; /**< `published` NaN: the file has none */
    size_t nverdicts[TACRO_NVERDICTS];  /**< of all, trough_to_mean included if the file
                                             has one */
};

/**
 * Compute the published figures (`checks`) of a PK file with the equations of a run.
 *
 * notes   receives the faults
 * errors  TACRO_EINPUT: faults; TACRO_ENOINPUT; TACRO_ENOMEM. A figure that cannot be
 *         computed or does not match is no error.
 */
TACRO_API enum tacro_status tacro_qualify(const char *path, struct tacro_notes *notes,
                                          struct tacro_qualification **out,
                                          struct tacro_error *err);
TACRO_API void tacro_qualification_free(struct tacro_qualification *qualification);

#ifdef __cplusplus
}
#endif

#endif
