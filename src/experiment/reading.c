#include "experiment/reading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "experiment/reading_private.h"
#include "stats/family.h"
#include "stats/multiple.h"
#include "stats/normal.h"
#include "stats/shrink.h"

enum { LEAST_PER_ARM = 100 }; /* below it no asymptotic sequence is to be trusted */

static const char *const verdicts[] = {
    [READING_NOBODY] = "nobody", [READING_BROKEN] = "broken", [READING_ONE_ARM] = "one_arm",
    [READING_TOO_EARLY] = "too_early", [READING_HARM] = "harm", [READING_BETTER] = "better",
    [READING_WORSE] = "worse", [READING_NOTHING] = "no_difference", [READING_OPEN] = "open"};

const char *reading_verdict_name(enum reading_verdict verdict)
{
    return verdicts[verdict];
}

int reading_shares(struct reading_shares *out, const double *users, const struct design *design, struct error *err)
{
    double weights[DESIGN_ARMS_MAX], all = 0;
    *out = (struct reading_shares){.srm.p = 1, .sequential = 1};
    for (size_t a = 0; a < design->n_arms; a++) {
        weights[a] = design->arms[a].weight;
        all += users[a];
    }
    if (all < 1 || design->interleave || design->bandit != DESIGN_BANDIT_NONE) /* whose shares change as it learns */
        return 0;
    out->known = true;
    int rc = srm_chi2(users, weights, design->n_arms, &out->srm, err);
    if (rc == 0)
        rc = srm_sequential(users, weights, design->n_arms, 0, 1, &out->sequential, err);
    double p = design->method == DESIGN_FIXED ? out->srm.p : out->sequential;
    out->broken = rc == 0 && (out->srm.stray || p < SRM_THRESHOLD);
    return rc;
}

static int compare_all(struct reading *r, const struct collected *c, const struct reading_rule *rule, struct error *err)
{
    int rc = 0;
    for (size_t m = 0; m < rule->design->n_metrics; m++)
        for (size_t a = 1; a < rule->design->n_arms && rc == 0; a++) {
            struct reading_line *line = &r->lines[r->n_lines++];
            *line = (struct reading_line){.metric = m, .arm = a};
            rc = reading_compare(line, c->sums, rule, err);
        }
    return rc;
}

/* Several arms of the primary that are read once: all against one control (Dunnett), with intervals to match. */
static int adjust_dunnett(struct reading_line *const *lines, size_t n, double alpha)
{
    double lambda[DESIGN_ARMS_MAX];
    for (size_t i = 0; i < n; i++) {
        lambda[i] = fmin(lines[i]->control_se / lines[i]->se, 1 - 1e-9);
        if (!(lambda[i] >= 0))
            return E_BAD_DATA;
    }
    double reach = family_dunnett_upper_quantile(alpha, lambda, n, (double)INFINITY, true);
    for (size_t i = 0; i < n; i++) {
        struct reading_line *line = lines[i];
        double z = line->p > 0 ? normal_upper_quantile(line->p / 2) : 40;
        line->adjusted = fmax(line->p, family_dunnett_sf(z, lambda, n, (double)INFINITY, true));
        reading_reach(line, reach);
    }
    return 0;
}

/* Over the lines of one role. */
static int adjust(struct reading *r, const struct design *d, enum design_role role, struct error *err)
{
    double p[READING_LINES_MAX] = {0}, adjusted[READING_LINES_MAX];
    struct reading_line *at[READING_LINES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < r->n_lines; i++)
        if (d->metrics[r->lines[i].metric].role == role && r->lines[i].known) {
            p[n] = r->lines[i].p;
            at[n++] = &r->lines[i];
        }
    bool dunnett = role == DESIGN_PRIMARY && d->method == DESIGN_FIXED && n > 1 && adjust_dunnett(at, n, d->alpha) == 0;
    enum multiple_method method = role == DESIGN_SECONDARY && d->correction == DESIGN_CORRECTION_BH ? MULTIPLE_BH
                                                                                                    : MULTIPLE_HOLM;
    int rc = dunnett ? 0 : multiple_adjust(p, n, method, d->alpha, adjusted, NULL, err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        at[i]->adjusted = dunnett ? at[i]->adjusted : adjusted[i];
        at[i]->significant = at[i]->adjusted <= d->alpha;
    }
    return rc;
}

/* What is looked at because it was significant was likely lucky: its estimate given that it was found.  How far it had
 * to be from zero is the reach of its interval. */
static int correct_winners(struct reading *r, const struct design *d, struct error *err)
{
    struct shrink_winner w;
    int rc = 0;
    for (size_t i = 0; i < r->n_lines && rc == 0; i++) {
        struct reading_line *line = &r->lines[i];
        bool guardrail = d->metrics[line->metric].role == DESIGN_GUARDRAIL;
        if (guardrail || !line->significant || !line->bounded || !(line->lift_se > 0))
            continue;
        double selected = fmin(fmax(2 * normal_sf(line->reach), 1e-15), 0.5);
        rc = shrink_winner(line->lift, line->lift_se, selected, false, d->alpha, &w, err);
        line->is_corrected = rc == 0;
        line->corrected = w.estimate;
        line->corrected_low = w.low;
        line->corrected_high = w.high;
    }
    return rc;
}

static void judge_guardrails(struct reading *r, const struct design *d)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        struct reading_line *line = &r->lines[i];
        const struct design_metric *m = &d->metrics[line->metric];
        if (m->role != DESIGN_GUARDRAIL)
            continue;
        line->adjusted = line->p;
        bool known = line->known && line->bounded;
        line->passed = known && (m->metric.down ? line->high < m->margin : line->low > -m->margin);
        line->significant = known && (m->metric.down ? line->low > m->margin : line->high < -m->margin);
    }
}

static bool is_good(const struct reading_line *line, const struct design *d)
{
    return (line->effect > 0) != d->metrics[line->metric].metric.down;
}

/* The significant line of the primary with the largest change for the better (or else for the worse); NULL. */
static const struct reading_line *strongest(const struct reading *r, const struct design *d)
{
    const struct reading_line *best = NULL;
    for (size_t i = 0; i < r->n_lines; i++) {
        const struct reading_line *line = &r->lines[i];
        if (line->metric != 0 || !line->significant)
            continue;
        if (best == NULL || (is_good(line, d) && (!is_good(best, d) || fabs(line->effect) > fabs(best->effect))))
            best = line;
    }
    return best;
}

static const struct reading_line *hurt_guardrail(const struct reading *r, const struct design *d)
{
    for (size_t i = 0; i < r->n_lines; i++)
        if (d->metrics[r->lines[i].metric].role == DESIGN_GUARDRAIL && r->lines[i].significant)
            return &r->lines[i];
    return NULL;
}

static const struct reading_line *open_guardrail(const struct reading *r, const struct design *d, size_t arm)
{
    for (size_t i = 0; i < r->n_lines; i++)
        if (d->metrics[r->lines[i].metric].role == DESIGN_GUARDRAIL && r->lines[i].arm == arm && !r->lines[i].passed)
            return &r->lines[i];
    return NULL;
}

static void say_change(char *out, size_t size, const struct reading_line *line)
{
    if (line->bounded)
        snprintf(out, size, "by %+.1f %% (between %+.1f %% and %+.1f %%)", 100 * line->lift, 100 * line->low,
                 100 * line->high);
    else
        snprintf(out, size, "from %g to %g", line->control, line->treatment);
}

static void conclude_from(struct reading *r, const struct design *d, const struct reading_line *line)
{
    const char *arm = d->arms[line->arm].name, *metric = d->metrics[0].metric.name;
    char change[120];
    say_change(change, sizeof change, line);
    const struct reading_line *open = is_good(line, d) ? open_guardrail(r, d, line->arm) : NULL;
    r->verdict = is_good(line, d) ? READING_BETTER : READING_WORSE;
    r->winner = is_good(line, d) ? (int)line->arm : -1;
    if (r->verdict == READING_WORSE)
        snprintf(r->sentence, sizeof r->sentence, "Keep %s: %s changes %s for the worse %s.", d->arms[0].name, arm,
                 metric,
                 change);
    else if (open != NULL)
        snprintf(r->sentence, sizeof r->sentence,
                 "%s changes %s for the better %s, but the guardrail %s is not cleared yet: it may have lost more than "
                 "its margin of %g %%. Let it run on.",
                 arm, metric, change, d->metrics[open->metric].metric.name, 100 * d->metrics[open->metric].margin);
    else
        snprintf(r->sentence, sizeof r->sentence, "%s wins: it changes %s for the better %s against %s.", arm, metric,
                 change, d->arms[0].name);
}

static void conclude_without(struct reading *r, const struct design *d)
{
    const struct reading_line *line = &r->lines[0];
    bool complete = r->planned > 0 && r->counted >= r->planned;
    char change[120];
    say_change(change, sizeof change, line);
    r->verdict = complete ? READING_NOTHING : READING_OPEN;
    if (!line->known)
        snprintf(r->sentence, sizeof r->sentence, "Nothing can be said of %s: %s.", d->metrics[0].metric.name,
                 line->why);
    else if (complete)
        snprintf(r->sentence, sizeof r->sentence,
                 "No difference in %s was shown with the planned users: %s changes it %s, so a change of %g %% or more "
                 "was to be found and was not.",
                 d->metrics[0].metric.name, d->arms[line->arm].name, change, 100 * fabs(d->effect));
    else if (r->planned == 0)
        snprintf(r->sentence, sizeof r->sentence,
                 "No difference in %s is shown yet: %s changes it %s. How many users it takes could not be planned.",
                 d->metrics[0].metric.name, d->arms[line->arm].name, change);
    else
        snprintf(r->sentence, sizeof r->sentence,
                 "No difference in %s is shown yet: %s changes it %s. %.0f of %.0f planned users have come; let it "
                 "run on.",
                 d->metrics[0].metric.name, d->arms[line->arm].name, change, r->counted, r->planned);
}

static void conclude(struct reading *r, const struct design *d)
{
    const struct reading_line *hurt = hurt_guardrail(r, d), *found = strongest(r, d);
    if (hurt != NULL) {
        char change[120];
        say_change(change, sizeof change, hurt);
        r->verdict = READING_HARM;
        snprintf(r->sentence, sizeof r->sentence, "Stop %s: the guardrail %s is hurt %s, beyond its margin of %g %%.",
                 d->arms[hurt->arm].name, d->metrics[hurt->metric].metric.name, change,
                 100 * d->metrics[hurt->metric].margin);
    } else if (found != NULL) {
        conclude_from(r, d, found);
    } else {
        conclude_without(r, d);
    }
}

static void say_too_early(struct reading *r, const struct design *d)
{
    r->verdict = READING_TOO_EARLY;
    if (d->method == DESIGN_ALWAYS_VALID)
        snprintf(r->sentence, sizeof r->sentence, "Too early: every arm needs %d users before anything is concluded.",
                 LEAST_PER_ARM);
    else if (d->method == DESIGN_FIXED)
        snprintf(r->sentence, sizeof r->sentence,
                 "Too early: this design is read once, when %.0f users have come, and %.0f have. Looking before, and "
                 "stopping on what one sees, would find differences that are none.",
                 r->planned, r->counted);
    else
        snprintf(r->sentence, sizeof r->sentence, "Too early: the first of %u planned looks is at %.0f users; %.0f "
                                                  "have come.",
                 d->looks, ceil(r->planned / d->looks), r->counted);
}

static bool is_readable(const struct reading *r, const struct collected *c, const struct design *d, uint32_t look)
{
    bool enough = true;
    for (size_t a = 0; a < d->n_arms; a++)
        enough = enough && c->sums->users[a] >= LEAST_PER_ARM;
    if (d->method == DESIGN_ALWAYS_VALID)
        return enough;
    return d->method == DESIGN_FIXED ? r->counted >= r->planned : look > 0;
}

static bool say_impossible(struct reading *r, const struct collected *c, const struct design *d)
{
    for (size_t a = 0; a < d->n_arms; a++)
        r->users += c->sums->users[a];
    r->counted = sums_counted(c->sums, 0);
    if (r->users == 0) {
        r->verdict = READING_NOBODY;
        snprintf(r->sentence, sizeof r->sentence, "%s",
                 c->exposed > 0 ? "Nothing can be said: everybody who was exposed met several arms."
                                : "Nobody has been exposed yet: nothing can be said.");
        return true;
    }
    for (size_t a = 0; a < d->n_arms; a++)
        if (c->sums->users[a] == r->users && r->users < LEAST_PER_ARM) {
            r->verdict = READING_ONE_ARM;
            snprintf(r->sentence, sizeof r->sentence,
                     "Nothing can be said: all %.0f users are in the arm %s, and there is nobody to compare them with.",
                     r->users, d->arms[a].name);
            return true;
        }
    return false;
}

static void say_broken(struct reading *r, const struct collected *c, const struct design *d)
{
    char shares[300] = "";
    size_t n = 0;
    for (size_t a = 0; a < d->n_arms && n < sizeof shares; a++)
        n += (size_t)snprintf(shares + n, sizeof shares - n, "%s%s has %.0f users (%.1f %%, planned %.1f %%)",
                              a > 0 ? ", " : "", d->arms[a].name, c->sums->users[a], 100 * c->sums->users[a] / r->users,
                              d->arms[a].weight / 100.0);
    r->verdict = READING_BROKEN;
    snprintf(r->sentence, sizeof r->sentence,
             "THE TEST IS BROKEN, and nothing may be concluded from it: %s. Chance does that once in %.3g tests. Look "
             "for "
             "users who are lost or assigned elsewhere, then begin anew with a copy.",
             shares, r->srm.p > 0 ? 1 / r->srm.p : 1e300);
}

int reading_make(struct reading *r, const struct collected *c, const struct design *d, struct error *err)
{
    struct reading_rule rule;
    *r = (struct reading){.planned = (double)d->users, .winner = -1, .srm_sequential = 1};
    bool impossible = say_impossible(r, c, d);
    struct reading_shares shares;
    int rc = reading_shares(&shares, c->sums->users, d, err);
    r->srm = shares.srm, r->srm_sequential = shares.sequential, r->srm_known = shares.known;
    if (rc != 0 || impossible)
        return rc;
    rc = reading_rule_make(&rule, d, r->counted, err);
    rule.strata = c->strata;
    if (rc == 0)
        rc = compare_all(r, c, &rule, err);
    if (rc == 0)
        rc = adjust(r, d, DESIGN_PRIMARY, err);
    if (rc == 0)
        rc = adjust(r, d, DESIGN_SECONDARY, err);
    if (rc == 0)
        rc = correct_winners(r, d, err);
    if (rc != 0)
        return rc;
    judge_guardrails(r, d);
    r->look = rule.look;
    r->readable = is_readable(r, c, d, rule.look);
    if (shares.broken)
        say_broken(r, c, d);
    else if (!r->readable)
        say_too_early(r, d);
    else
        conclude(r, d);
    return 0;
}
