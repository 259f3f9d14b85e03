# W1 and W2 in mrgsolve, on the parameters of the engine's own subjects.
#
# Usage: tacro_bench --dump-parameters --subjects N >parameters.csv
#        Rscript benchmarks/peers/mrgsolve.R parameters.csv [reps] [rtol]
#
# Prints the rows of tacro_bench, scope solve, one thread: parameters and doses in memory to
# curves in memory. Needs the package mrgsolve, and a compiler, which it calls.

args <- commandArgs(trailingOnly = TRUE)
if (!requireNamespace("mrgsolve", quietly = TRUE)) {
  message("mrgsolve is not installed: nothing measured")
  quit(status = 0)
}
if (length(args) < 1) stop("usage: mrgsolve.R parameters.csv [reps] [rtol]")
reps <- if (length(args) > 1) as.integer(args[2]) else 5L
rtol <- if (length(args) > 2) as.numeric(args[3]) else 1e-6

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1])), "workloads.R"))
suppressPackageStartupMessages(library(mrgsolve))

common <- "
$PARAM CL = 19.6, V1 = 231, Q = 60, V2 = 521, KTR = 3, BIO = 1
$CMT DEPOT TRANSIT1 TRANSIT2 TRANSIT3 CENTRAL PERIPHERAL %s
$MAIN
F_DEPOT = BIO;
$ODE
dxdt_DEPOT = -KTR * DEPOT;
dxdt_TRANSIT1 = KTR * (DEPOT - TRANSIT1);
dxdt_TRANSIT2 = KTR * (TRANSIT1 - TRANSIT2);
dxdt_TRANSIT3 = KTR * (TRANSIT2 - TRANSIT3);
dxdt_CENTRAL = KTR * TRANSIT3 - (CL + Q) / V1 * CENTRAL + Q / V2 * PERIPHERAL;
dxdt_PERIPHERAL = Q / V1 * CENTRAL - Q / V2 * PERIPHERAL;
%s
$TABLE
double CONC = 1000 * CENTRAL / V1;
$CAPTURE CONC
"
hazards <- "
dxdt_CE = 0.1 * (1000 * CENTRAL / V1 - CE);
dxdt_H1 = 1e-5 * exp(0.12 * CE);
dxdt_H2 = 1e-3 / (1 + pow(CE / 6, 2));
"
models <- list(W1 = sprintf(common, "", ""), W2 = sprintf(common, "CE H1 H2", hazards))
requests <- list(W1 = "CONC", W2 = c("CONC", "CE", "H1", "H2"))

subjects <- read.csv(args[1])
names(subjects)[names(subjects) == "F1"] <- "BIO"
for (workload in names(models)) {
  model <- mcode(workload, models[[workload]], quiet = TRUE)
  model <- update(model, rtol = rtol, atol = 1e-9, maxsteps = 50000)
  doses <- workload_doses()
  # one set of doses for each subject, as records with the subject's parameters
  records <- merge(subjects, data.frame(time = doses$time, amt = doses$amount, evid = 1, cmt = 1), by = NULL)
  records <- records[order(records$ID, records$time), ]
  solve <- function() {
    mrgsim_d(model, records,
      tgrid = workload_times(workload), obsonly = TRUE, recsort = 1, # a level is read before the dose
      Request = requests[[workload]], output = "df"
    )
  }
  print_row(workload, "mrgsolve", nrow(subjects), measure(solve, reps))
}
