# Open a result in R and hold it to the contract: Rscript open_hdf5r.R RESULT.h5
suppressPackageStartupMessages(library(hdf5r))

file <- H5File$new(commandArgs(trailingOnly = TRUE)[1], mode = "r")
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
file$close_all()
cat("ok", length(regimen), length(subject), length(time), "\n")
