# Writes the commit as a macro; the file changes only when the commit does.
# cmake -DSOURCE=<folder> -DOUTPUT=<file> -P commit.cmake
execute_process(
    COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET)
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define BENCH_COMMIT \"${commit}\"\n")
