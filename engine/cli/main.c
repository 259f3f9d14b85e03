/** The program: streams and signals first, then the verb. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "tacro.h"

/** A result file must never get the number of a closed standard stream. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd) {
            _exit(74);
        }
    }
}

/** Has the reader of stdout gone? */
static bool is_pipe_broken(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/**
 * Runs at exit: results that did not reach stdout are an error; a reader that stopped
 * reading (`| head`) knows.
 */
static void close_standard_output(void)
{
    int had_error = ferror(stdout);
    bool is_broken = is_pipe_broken();
    errno = 0;
    if (fclose(stdout) != 0 || had_error) {
        if (is_broken || errno == EPIPE) {
            _exit(tacro_status_exit_code(TACRO_EIO));
        }
        fprintf(stderr, "tacro: standard output: %s\n",
                errno != 0 ? strerror(errno) : "write error");
        _exit(tacro_status_exit_code(TACRO_EIO));
    }
}

int main(int argc, char **argv)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct tacro_cli_args args;
    open_standard_streams();
    sigemptyset(&ignore.sa_mask);
    /* a closed pipe or a file-size limit becomes a write error */
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    if (atexit(close_standard_output) != 0) {
        return tacro_status_exit_code(TACRO_EBUG);
    }
    return tacro_cli_args_parse(argc, argv, &args)(&args);
}
