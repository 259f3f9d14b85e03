#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/page.h"

static const double bar_period = 0.2;   /* s */
static const double line_period = 60.0; /* s */

static double seconds_now(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct tacro_cli_progress tacro_cli_progress_start(bool is_silent)
{
    const char *term = getenv("TERM");
    double now = seconds_now();
    return (struct tacro_cli_progress){
        .is_silent = is_silent,
        .is_bar =
            isatty(STDERR_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0,
        .is_styled = tacro_cli_is_styled(stderr),
        .started = now,
        .last = now,
    };
}

static int terminal_columns(void)
{
    struct winsize size = {0};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col;
}

/** "1 h 05 min", "3 min 20 s", "8 s". */
static void duration(char *out, size_t size, double seconds)
{
    long s = seconds < 1e8 ? (long)(seconds + 0.5) : 100000000L;
    if (s >= 3600) {
        snprintf(out, size, "%ld h %02ld min", s / 3600, s / 60 % 60);
    } else if (s >= 60) {
        snprintf(out, size, "%ld min %02ld s", s / 60, s % 60);
    } else {
        snprintf(out, size, "%ld s", s);
    }
}

static void bar_print(const struct tacro_cli_progress *progress, double fraction,
                      const char *text)
{
    static const char full[] = "########################################";
    static const char empty[] = "----------------------------------------";
    int room = terminal_columns() - (int)strlen(text) - 5;
    int width = room > 40 ? 40 : room;
    int filled = width > 0 ? (int)(fraction * width) : 0;
    fputc('\r', stderr);
    if (width >= 8) {
        fprintf(stderr, "[%s%.*s%s%.*s] ", progress->is_styled ? "\033[36m" : "",
                filled, full, progress->is_styled ? "\033[0m" : "", width - filled,
                empty);
    }
    fputs(text, stderr);
    fflush(stderr);
}

void tacro_cli_progress_show(struct tacro_cli_progress *progress, uint64_t done,
                             uint64_t total)
{
    char text[160];
    char count[96];
    char left[48] = "";
    double now = seconds_now();
    double period = progress->is_bar ? bar_period : line_period;
    if (progress->is_silent || total == 0 || now - progress->last < period) {
        return;
    }
    double fraction = done < total ? (double)done / (double)total : 1.0;
    if (done > 0) {
        duration(left, sizeof left, (now - progress->started) * (1 / fraction - 1));
    }
    snprintf(count, sizeof count, "%3.0f %%  %" PRIu64 "/%" PRIu64 " courses",
             100 * fraction, done, total);
    snprintf(text, sizeof text, "%s%s%s%s", count, done > 0 ? "  " : "", left,
             done > 0 ? " left" : "");
    progress->last = now;
    if (progress->is_bar) {
        /* one length, so that each print covers the one before */
        size_t used = strlen(text);
        if (used < 52) {
            memset(text + used, ' ', 52 - used);
            text[52] = '\0';
        }
        bar_print(progress, fraction, text);
        progress->is_shown = true;
    } else {
        fprintf(stderr, "tacro: %s\n", text);
    }
}

void tacro_cli_progress_end(struct tacro_cli_progress *progress)
{
    if (progress->is_shown) {
        fprintf(stderr, "\r%*s\r", terminal_columns() - 1, "");
        fflush(stderr);
        progress->is_shown = false;
    }
}
