/** Progress of a run on stderr: a bar on a terminal, else one line a minute. */
#ifndef TACRO_CLI_PROGRESS_H
#define TACRO_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct tacro_cli_progress {
    bool is_silent;
    bool is_bar;
    bool is_styled;
    bool is_shown;  /**< a bar stands on the terminal */
    double started; /**< s */
    double last;    /**< s, when something was printed last */
};

/** Start the clock. */
struct tacro_cli_progress tacro_cli_progress_start(bool is_silent);

/** Print if it is time to. */
void tacro_cli_progress_show(struct tacro_cli_progress *progress, uint64_t done,
                             uint64_t total);

/** Remove the bar. */
void tacro_cli_progress_end(struct tacro_cli_progress *progress);

#endif
