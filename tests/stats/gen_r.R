# Known answers from R, a third opinion beside SciPy and statsmodels.  Writes tests/stats/vectors/r.json.
#
#     apt-get install r-base-core r-cran-jsonlite r-cran-mvtnorm && Rscript tests/stats/gen_r.R
suppressMessages({library(jsonlite); library(mvtnorm)})
set.seed(1)
cases <- list()
add <- function(f, inputs, expected, rel = 1e-9, abs = 1e-300, by = "R") {
  cases[[length(cases) + 1]] <<- list(`function` = f, inputs = inputs, expected = expected,
                                      tolerance = list(rel = rel, abs = abs), computed_with = paste("R", getRversion(), by))
}
alternatives <- c("two-sided", "greater", "less")
theirs <- c("two-sided" = "two.sided", greater = "greater", less = "less")

for (x in c(-40, -8, -1.5, 0.25, 3, 12)) {
  add("norm_log_cdf", list(x = x), pnorm(x, log.p = TRUE), 1e-12, by = "pnorm")
  add("t_log_sf", list(x = x, df = 4.5), pt(x, 4.5, lower.tail = FALSE, log.p = TRUE), 1e-10, by = "pt")
}
for (p in c(1e-250, 1e-20, 0.01, 0.3, 0.9)) {
  add("norm_quantile", list(p = p), qnorm(p), 1e-12, by = "qnorm")
  add("beta_quantile", list(p = p, a = 7, b = 3.5), qbeta(p, 7, 3.5), 1e-8, by = "qbeta")
  add("gamma_quantile", list(p = p, shape = 2.5), qgamma(p, 2.5), 1e-8, by = "qgamma")
}
for (v in list(c(0.01, 3, 90), c(0.2, 500, 2500), c(1e-4, 0.3, 4), c(0.999, 80, 2))) {
  add("beta_log_cdf", list(x = v[1], a = v[2], b = v[3]), pbeta(v[1], v[2], v[3], log.p = TRUE), 1e-9, 1e-14, by = "pbeta")
  add("beta_log_sf", list(x = v[1], a = v[2], b = v[3]), pbeta(v[1], v[2], v[3], lower.tail = FALSE, log.p = TRUE), 1e-9, 1e-14,
      by = "pbeta")
}
for (v in list(c(3, 50, 10, 12), c(40, 1000, 100, 300)))
  add("hypergeometric_cdf", list(k = v[1], total = v[2], white = v[3], drawn = v[4]), phyper(v[1], v[3], v[2] - v[3], v[4]), 1e-10,
      by = "phyper")
for (v in list(c(3.5, 3, 20), c(4.2, 5, 60), c(2, 8, 120)))
  add("studentized_range_sf", list(q = v[1], k = v[2], df = v[3]), ptukey(v[1], v[2], v[3], lower.tail = FALSE), 1e-6, by = "ptukey")

for (n in c(5, 20, 64, 500)) for (d in c(0.2, 0.5, 1)) for (a in alternatives[1:2]) {
  r <- power.t.test(n, delta = d, alternative = if (a == "two-sided") "two.sided" else "one.sided", strict = a == "two-sided")
  add("power_two_means_t", list(cohen_d = d, n_a = n, n_b = n, alternative = a), list(power = r$power), 1e-6, 1e-9, by = "power.t.test")
}
for (d in c(0.1, 0.4, 1.2))
  add("sample_size_two_means_t", list(cohen_d = d, power = 0.9), list(n_a_real = power.t.test(delta = d, power = 0.9, strict = TRUE, tol = 1e-10)$n),
      1e-6, by = "power.t.test")
for (v in list(c(0.1, 0.12), c(0.02, 0.03), c(0.5, 0.4)))
  add("sample_size_two_proportions", list(p_a = v[1], p_b = v[2], power = 0.8, far_tail = "ignored"),
      list(n_b_real = power.prop.test(p1 = v[1], p2 = v[2], power = 0.8, tol = 1e-10)$n), 1e-7, by = "power.prop.test")

a <- round(rgamma(25, 1, 0.1), 3); b <- round(rgamma(30, 1.2, 0.1), 3)
ka <- rpois(30, 2); kb <- rpois(35, 2.6)
for (alt in alternatives) {
  r <- t.test(b, a, alternative = theirs[[alt]])
  ends <- ifelse(is.finite(r$conf.int), r$conf.int, NA)
  e <- list(t = unname(r$statistic), df = unname(r$parameter), p_value = r$p.value)
  if (!is.na(ends[1])) e$ci_low <- ends[1]
  if (!is.na(ends[2])) e$ci_high <- ends[2]
  add("welch_t_raw", list(a = a, b = b, alternative = alt), e, 1e-9, by = "t.test")
  r <- wilcox.test(a[1:9], b[1:8], alternative = theirs[[alt]], exact = TRUE)
  add("mann_whitney", list(a = a[1:9], b = b[1:8], alternative = alt, method = "exact"), list(u_a = unname(r$statistic), p_value = r$p.value),
      1e-9, by = "wilcox.test exact")
  r <- suppressWarnings(wilcox.test(ka, kb, alternative = theirs[[alt]], exact = FALSE))
  add("mann_whitney", list(a = ka, b = kb, alternative = alt, method = "asymptotic"), list(u_a = unname(r$statistic), p_value = r$p.value),
      1e-9, by = "wilcox.test with ties")
  for (t in list(c(8, 2, 1, 5), c(30, 170, 45, 155), c(0, 12, 3, 40))) {
    m <- matrix(t, 2, byrow = TRUE)
    add("fisher_exact", list(table = m, alternative = alt), list(p_value = fisher.test(m, alternative = theirs[[alt]])$p.value), 1e-7, by = "fisher.test")
  }
  r <- prop.test(c(235, 200), c(1000, 1000), alternative = theirs[[alt]], correct = TRUE)
  add("two_proportion_z", list(x_a = 200, n_a = 1000, x_b = 235, n_b = 1000, continuity = TRUE, alternative = alt), list(p_value = r$p.value), 1e-9,
      by = "prop.test with Yates' correction")
}
for (v in list(c(3, 20), c(0, 15), c(15, 15), c(120, 4000))) {
  ci <- binom.test(v[1], v[2])$conf.int
  add("proportion_ci", list(x = v[1], n = v[2], method = "clopper_pearson"), list(low = ci[1], high = ci[2]), 1e-8, 1e-12, by = "binom.test")
}
r <- chisq.test(c(1020, 950, 4030), p = c(1, 1, 4) / 6)
add("srm_chi2", list(observed = c(1020, 950, 4030), weights = c(1, 1, 4)), list(chi2 = unname(r$statistic), p_value = r$p.value), 1e-9, by = "chisq.test")
p <- c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.9)
for (m in c(holm = "holm", hochberg = "hochberg", bh = "BH", by = "BY", bonferroni = "bonferroni"))
  add("adjust_p_values", list(p = p, method = tolower(m)), list(adjusted = p.adjust(p, m)), 1e-12, by = "p.adjust")
for (q in c(0.05, 0.5, 0.93)) add("quantile", list(values = a, q = q), list(quantile = unname(quantile(a, q, type = 7))), 1e-12, by = "quantile type 7")

g <- factor(rep(c("a", "b", "c"), c(12, 15, 10)))
y <- round(c(rnorm(12, 5), rnorm(15, 5.8), rnorm(10, 6.3)), 4)
s <- list(n = as.vector(table(g)), mean = as.vector(tapply(y, g, mean)), sd = as.vector(tapply(y, g, sd)))
r <- TukeyHSD(aov(y ~ g))$g
add("tukey", s, list(effect = unname(r[c("b-a", "c-a", "c-b"), "diff"]), p_value = unname(r[c("b-a", "c-a", "c-b"), "p adj"]),
                     low = unname(r[c("b-a", "c-a", "c-b"), "lwr"]), high = unname(r[c("b-a", "c-a", "c-b"), "upr"])), 1e-6, by = "TukeyHSD")
for (t in c(1.5, 2.3, 3.1)) {
  lambda <- c(0.7, 0.6, 0.5)
  corr <- outer(lambda, lambda); diag(corr) <- 1
  sf <- 1 - pmvt(rep(-t, 3), rep(t, 3), df = 24, corr = corr, algorithm = GenzBretz(maxpts = 2e6, abseps = 1e-7))
  add("dunnett_sf", list(t = t, lambda = lambda, df = 24), as.numeric(sf), 1e-4, 2e-7, by = "mvtnorm pmvt")
  sf <- 1 - pmvnorm(rep(-Inf, 3), rep(t, 3), corr = corr, algorithm = TVPACK(1e-12))
  add("dunnett_sf", list(t = t, lambda = lambda, two_sided = FALSE), as.numeric(sf), 1e-9, 1e-12, by = "mvtnorm pmvnorm, TVPACK")
}
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
lines <- vapply(cases, function(c) toJSON(c, auto_unbox = TRUE, digits = 17), "")
writeLines(c('{', ' "format": "known-answer cases for the statistics of reckon; see reckon stats check --help",', ' "cases": [',
             paste0("  ", lines, c(rep(",", length(lines) - 1), "")), ' ]', '}'), file.path(folder, "vectors", "r.json"))
cat("r", length(cases), "\n")
