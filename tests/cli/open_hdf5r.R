# Open a result in R and hold it to the contract: Rscript open_hdf5r.R RESULT.h5, of
# pres_lung_transplant.yaml; Rscript open_hdf5r.R ledger RESULT.h5, of a scenario with
# regimens that all share and such that nobody shares
suppressPackageStartupMessages(library(hdf5r))

# Its doses are those of dose_given, subject by subject; returns which regimens share rows.
check_ledger <- function(file) {
  ledger <- file[["ledger"]]
  size <- ledger[["row_size"]][, ]   # subject, regimen
  start <- ledger[["row_start"]][, ]
  stopifnot(
    identical(dim(size), c(length(file[["subject"]][]), length(file[["regimen"]][]))),
    identical(h5attr(ledger[["row_size"]], "sample_dimension"), "row"),
    identical(h5attr(ledger[["amount"]], "units"), "mg or ng/mL"),
    grepl("^dose missed ", h5attr(ledger[["kind"]], "flag_meanings"))
  )
  amount <- ledger[["amount"]][]
  given <- ledger[["kind"]][] == 0 & ledger[["ss"]][] != 3
  mg <- ifelse(given, amount, 0)
  dose <- file[["dose_given"]][, , ] # day, subject, regimen
  for (regimen in seq_len(ncol(size))) {
    for (subject in seq_len(nrow(size))) {
      rows <- start[subject, regimen] + seq_len(size[subject, regimen]) # counts from 1
      want <- sum(dose[, subject, regimen], na.rm = TRUE)
      stopifnot(want > 0, abs(sum(mg[rows]) - want) < 1e-9)
    }
  }
  apply(start, 2, function(x) all(x == x[1]))
}

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "ledger") {
  file <- H5File$new(arguments[2], mode = "r")
  is_shared <- check_ledger(file)
  stopifnot(any(is_shared), !all(is_shared))
  file$close_all()
  cat("ok", sum(is_shared), "of", length(is_shared), "regimens shared\n")
  quit(status = 0)
}

file <- H5File$new(arguments[1], mode = "r")
level <- file[["concentration"]]
regimen <- file[["regimen"]][]
time <- file[["time"]][]
subject <- file[["subject"]][]

# R turns the axes round: time, subject, regimen.
stopifnot(
  identical(level$dims, c(length(time), length(subject), length(regimen))),
  identical(h5attr(level, "units"), "ng/mL"),
  nzchar(h5attr(level, "long_name")),
  nzchar(h5attr(level, "description")),
  is.character(regimen), "continue" %in% regimen,
  identical(h5attr(file[["time"]], "units"), "h"),
  time[1] == 0,
  nchar(h5attr(file, "content_hash")) == 64,
  h5attr(file, "complete") == 1,
  grepl("regimens:", file[["input/scenario"]][]),
  all(file[["status"]][, ] == 0)
)

curve <- level[, 1, which(regimen == "continue")]
dose <- file[["dose_given"]][which(file[["day"]][] == 1), , which(regimen == "continue")]
stopifnot(all(is.finite(curve)), max(curve) > 1, all(dose == 6))
risk <- file[["rejection_risk"]][, 1, ]                   # day, regimen; one draw
middle <- file[["rejection_risk_quantile"]][, 4, ]        # the median
since <- file[["day"]][] > 3
stopifnot(
  identical(risk[since, ], middle[since, ]),
  identical(h5attr(file[["rejection_time"]], "units"), "h"),
  identical(dim(file[["rejection_time"]][, ]), c(length(subject), length(regimen)))
)
stopifnot(all(check_ledger(file)))
file$close_all()
cat("ok", length(regimen), length(subject), length(time), "\n")
