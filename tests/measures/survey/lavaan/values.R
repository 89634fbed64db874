# Measurement invariance of waves.csv and groups.csv by lavaan; writes values.csv. Run in this folder: Rscript values.R
suppressMessages(library(lavaan))

told <- function(data, step, fit) {
  indices <- fitMeasures(fit, c("chisq", "df", "pvalue", "cfi", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr"))
  data.frame(data = data, step = step, t(as.numeric(indices)), coef = sum(abs(coef(fit))))
}

wide <- reshape(read.csv("waves.csv"), idvar = "person_id", timevar = "wave", direction = "wide", sep = "_")
items <- letters[1:5]
over_waves <- function(step) {
  loading <- if (step == "configural") rep("", 5) else paste0("l", 1:5, "*")
  factor <- function(wave) paste(wave, "=~", paste0(loading, items, "_", wave, collapse = " + "))
  lines <- c(factor("pre"), factor("post"), paste0(items, "_pre ~~ ", items, "_post"))
  if (step != "configural") lines <- c(lines, "post ~~ NA*post")
  if (step == "scalar") {
    equal <- outer(items, c("pre", "post"), function(item, wave) paste0(item, "_", wave, " ~ i_", item, "*1"))
    lines <- c(lines, equal, "post ~ NA*1")
  }
  lavaan(paste(lines, collapse = "\n"), wide, meanstructure = TRUE, std.lv = TRUE, auto.var = TRUE, auto.cov.lv.x = TRUE,
         int.ov.free = TRUE)
}

people <- read.csv("groups.csv")
between_groups <- function(step) {
  equal <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"))[[step]]
  cfa("f =~ a + b + c + d + e + f6", setNames(people, c("person_id", "group", letters[1:5], "f6")), std.lv = TRUE,
      group = "group", group.equal = equal, meanstructure = TRUE)
}

steps <- c("configural", "metric", "scalar")
rows <- rbind(
  do.call(rbind, lapply(steps, function(step) told("waves", step, over_waves(step)))),
  do.call(rbind, lapply(steps, function(step) told("groups", step, between_groups(step))))
)
names(rows) <- c("data", "step", "chi2", "df", "p_value", "cfi", "rmsea", "rmsea_lo90", "rmsea_hi90", "srmr", "size")
rows[-(1:2)] <- lapply(rows[-(1:2)], signif, digits = 9)
write.csv(rows, "values.csv", row.names = FALSE, quote = FALSE)
