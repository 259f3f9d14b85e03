/** Where the sources of a PK file conflict: named options that replace its numbers. */
#ifndef TACRO_INPUT_SWITCHES_H
#define TACRO_INPUT_SWITCHES_H

#include "input/paramset.h"

/** An option that somebody chose, by names; one that a set does not have is ignored. */
struct tacro_choice {
    const char *name;
    const char *option;
};

struct tacro_choices {
    size_t n;
    const struct tacro_choice *choice;
};

/**
 * Read `switches` into set->switches and make set->root: the tree of the file, whose
 * entries of `theta`, `omega`, `kappa`, `sigma` and `rhythm` are replaced by key by
 * those of the options chosen, else of the defaults.
 *
 * choices  borrowed until the call returns; NULL: the defaults
 * errors   TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_switches_read(struct tacro_reader *reader,
                                      const struct tacro_choices *choices,
                                      struct tacro_paramset *set,
                                      struct tacro_error *err) TACRO_MUST_USE;
void tacro_switches_free(struct tacro_paramset *set);

/**
 * Apply `switch: {name: option}` of a scenario to its PK files, which are read anew
 * where another option than the default is chosen.
 *
 * A name applies to every file that has it. A name that none has, or an option that one
 * of these does not have, is a fault that lists what there is.
 *
 * node    NULL: nothing is chosen
 * pk      [n], NULL where a file could not be read; replaced
 * errors  TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_switches_choose(struct tacro_reader *reader,
                                        const struct tacro_node *node,
                                        struct tacro_paramset **pk, size_t n,
                                        struct tacro_error *err) TACRO_MUST_USE;

/**
 * The switches of PK files in words, of several with their names before; for free(),
 * NULL when memory is out.
 *
 * pk  [n]
 */
char *tacro_switches_words(struct tacro_paramset *const *pk, size_t n);

/** "iiv_scale: sd" of each switch that is not at its default, one a line. */
void tacro_switches_text(const struct tacro_paramset *set, char *text, size_t size);

#endif
