# What the peers share: doses and output times of W1 and W2, timing, the row of the table.

# 5 mg q12h 3 d, nothing 1 d, 2 mg q12h 2 d, 1 mg q12h 2 d, 0.5 mg q24h to day 28.
workload_doses <- function() {
  data.frame(
    time = c(seq(0, 60, 12), seq(96, 132, 12), seq(144, 180, 12), seq(192, 648, 24)),
    amount = rep(c(5, 2, 1, 0.5), c(6, 4, 4, 20))
  )
}

# W1 each hour, W2 each day.
workload_times <- function(workload) seq(0, 672, if (workload == "W1") 1 else 24)

# Seconds of each repetition, after one that is not counted.
measure <- function(solve, reps) {
  solve()
  vapply(seq_len(reps), function(i) system.time(solve(), gcFirst = TRUE)[["elapsed"]], numeric(1))
}

cpu_name <- function() {
  lines <- if (file.exists("/proc/cpuinfo")) readLines("/proc/cpuinfo") else character()
  names <- grep("^model name", lines, value = TRUE)
  if (length(names) > 0) sub("^model name\\s*:\\s*", "", names[1]) else ""
}

peak_mib <- function() {
  lines <- if (file.exists("/proc/self/status")) readLines("/proc/self/status") else character()
  peak <- grep("^VmHWM", lines, value = TRUE)
  if (length(peak) > 0) as.numeric(gsub("[^0-9]", "", peak[1])) / 1024 else NA
}

header_is_printed <- FALSE

print_row <- function(workload, solver, n, seconds, threads = 1L) {
  if (!header_is_printed) {
    cat("workload,scope,solver,threads,subjects,subjects_per_s,median_s,min_s,max_s,max_rel_error,rss_mib,commit,cpu\n")
    header_is_printed <<- TRUE
  }
  cat(sprintf(
    "%s,solve,%s,%d,%d,%.0f,%.6g,%.6g,%.6g,,%.1f,,\"%s\"\n", workload, solver, threads, n,
    n / median(seconds), median(seconds), min(seconds), max(seconds), peak_mib(), cpu_name()
  ))
}
