# W1 and W2 in rxode2, on the parameters of the engine's own subjects.
#
# Usage: tacro_bench --dump-parameters --subjects N >parameters.csv
#        Rscript benchmarks/peers/rxode2.R parameters.csv [reps] [rtol] [method] [threads]
#
# Prints the rows of tacro_bench, scope solve: parameters and doses in memory to curves in
# memory. Methods are those of rxode2: liblsoda (its default), lsoda, dop853.

args <- commandArgs(trailingOnly = TRUE)
if (!requireNamespace("rxode2", quietly = TRUE)) {
  message("rxode2 is not installed: nothing measured")
  quit(status = 0)
}
if (length(args) < 1) stop("usage: rxode2.R parameters.csv [reps] [rtol] [method] [threads]")
reps <- if (length(args) > 1) as.integer(args[2]) else 5L
rtol <- if (length(args) > 2) as.numeric(args[3]) else 1e-6
method <- if (length(args) > 3) args[4] else "liblsoda"
threads <- if (length(args) > 4) as.integer(args[5]) else 1L

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1])), "workloads.R"))
suppressPackageStartupMessages(library(rxode2))
setRxThreads(threads)

common <- "
d/dt(depot) = -KTR * depot
f(depot) = BIO
d/dt(transit1) = KTR * (depot - transit1)
d/dt(transit2) = KTR * (transit1 - transit2)
d/dt(transit3) = KTR * (transit2 - transit3)
d/dt(central) = KTR * transit3 - (CL + Q) / V1 * central + Q / V2 * peripheral
d/dt(peripheral) = Q / V1 * central - Q / V2 * peripheral
conc = 1000 * central / V1
"
hazards <- "
d/dt(ce) = 0.1 * (1000 * central / V1 - ce)
d/dt(h1) = 1e-5 * exp(0.12 * ce)
d/dt(h2) = 1e-3 / (1 + (ce / 6)^2)
"
models <- list(W1 = common, W2 = paste0(common, hazards))

subjects <- read.csv(args[1])
names(subjects)[names(subjects) == "F1"] <- "BIO"
for (workload in names(models)) {
  model <- rxode2(models[[workload]])
  doses <- workload_doses()
  events <- et(amountUnits = "mg", timeUnits = "h")
  for (i in seq_along(doses$time)) events <- et(events, amt = doses$amount[i], time = doses$time[i], cmt = "depot")
  events <- et(events, workload_times(workload))
  solve <- function() {
    rxSolve(model, subjects[-1], events,
      method = method, rtol = rtol, atol = 1e-9, maxsteps = 50000, cores = threads,
      returnType = "data.frame", addDosing = FALSE
    )
  }
  print_row(workload, paste0("rxode2-", method), nrow(subjects), measure(solve, reps), threads)
}
