/** The params files that a scenario names, and the typical values it changes. */
#ifndef TACRO_INPUT_SETS_H
#define TACRO_INPUT_SETS_H

#include "input/scenario.h"

/**
 * Read the params files under `pk` and `risk` of the scenario's root.
 *
 * A name stands for <params_dir>/pk/<name>.yaml or <params_dir>/risk/<name>.yaml; a
 * value with a slash or ending in .yaml is a path from the scenario's folder.
 *
 * params_dir   NULL: the folder above the scenario's
 * in           receives the PK models that can be read (`pk` NULL: none) and the risks
 * is_complete  whether every file named was read
 * errors       TACRO_ENOMEM; all else becomes notes
 */
enum tacro_status tacro_sets_read(struct tacro_reader *reader,
                                  const struct tacro_node *root, const char *params_dir,
                                  struct tacro_input *in, bool *is_complete,
                                  struct tacro_error *err) TACRO_MUST_USE;

/**
 * Where a params file is: <params_dir>/<folder>/<name>.yaml, or a path as it stands.
 *
 * scenario    path of the scenario, from whose folder paths go
 * params_dir  NULL: the folder above it
 * returns     for free(); NULL when memory is out
 */
char *tacro_sets_path(const char *scenario, const char *params_dir, const char *folder,
                      const char *name);

/**
 * Apply `parameters` to the PK models that have them and read `multiply` likewise; a
 * name that none has is a fault.
 *
 * A value set by the scenario carries the mark ASSUMED.
 */
void tacro_sets_change(struct tacro_reader *reader, const struct tacro_node *root,
                       struct tacro_input *in);

#endif
