#include "command/experiment/experiment_report.h"

#include <stdio.h>

#include "base/clock.h"

static void add_value(struct result *out, bool known, double value)
{
    if (known)
        result_add_real(out, value);
    else
        result_add_null(out);
}

static void add_interval_columns(struct result *t, const char *of)
{
    result_add_column(t, "lift", CELL_REAL, "%", of, 2);
    result_add_column(t, "low", CELL_REAL, "%", "", 2);
    result_add_column(t, "high", CELL_REAL, "%", "", 2);
}

static void add_interval(struct result *t, bool known, double lift, double low, double high)
{
    add_value(t, known, 100 * lift);
    add_value(t, known, 100 * low);
    add_value(t, known, 100 * high);
}

static void plot_interval(struct result *t, const char *name, size_t row, double lift, double low, double high)
{
    result_begin_series(t, name, "lift %", "row");
    result_add_point(t, 100 * low, (double)row);
    result_add_point(t, 100 * lift, (double)row);
    result_add_point(t, 100 * high, (double)row);
}

static void add_money(struct result *out, const struct findings *f, const struct collected *c, const struct design *d)
{
    struct result *t = c->has_revenue ? result_add_table(out, "revenue") : NULL;
    if (t == NULL)
        return;
    result_set_title(t, "Revenue by arm: what users bought within %u days of their exposure, nothing cut", d->window_days);
    result_add_column(t, "arm", CELL_TEXT, "", "", 0);
    result_add_column(t, "users", CELL_INT, "", "", 0);
    result_add_column(t, "revenue", CELL_REAL, "", "", 2);
    result_add_column(t, "per_user", CELL_REAL, "", "", 4);
    result_add_column(t, "attributed", CELL_REAL, "", "what the arm's users brought beyond what control's would have", 2);
    result_add_column(t, "low", CELL_REAL, "", "", 2);
    result_add_column(t, "high", CELL_REAL, "", "", 2);
    for (size_t a = 0; a < d->n_arms; a++) {
        const struct findings_money *m = &f->money[a];
        result_add_text(t, d->arms[a].name);
        result_add_int(t, (int64_t)m->users);
        result_add_real(t, m->sum);
        result_add_real(t, m->each);
        add_value(t, m->compared, m->more);
        add_value(t, m->compared, m->low);
        add_value(t, m->compared, m->high);
    }
}

static const char *trend_words(const struct findings *f, const struct design *d, char *words, size_t size)
{
    const struct findings_trend *least = NULL;
    for (size_t i = 0; i < f->n_trend; i++)
        if (f->trend[i].known && (least == NULL || f->trend[i].p < least->p))
            least = &f->trend[i];
    if (least == NULL)
        snprintf(words, size, "too few users whose days are over to tell a trend");
    else if (least->adjusted > d->alpha)
        snprintf(words, size, "the effect is not shown to change with them (p %.3g)", least->adjusted);
    else
        snprintf(words, size, "THE EFFECT OF %s %s: it is done on day %.2f on average, in control on day %.2f (p %.3g)",
                 d->arms[least->arm].name, least->treatment < least->control ? "WEARS OFF" : "GROWS", least->treatment,
                 least->control, least->adjusted);
    return words;
}

static void add_days(struct result *out, const struct findings *f, const struct collected *c, const struct design *d)
{
    char words[200], name[EXPERIMENT_NAME_MAX + 40];
    int64_t width = c->days.width / CLOCK_DAY_MS;
    struct result *t = f->n_days > 0 ? result_add_table(out, "days") : NULL;
    if (t == NULL)
        return;
    result_set_title(t, "%s by days since the first exposure: %s", d->metrics[0].metric.name,
                     trend_words(f, d, words, sizeof words));
    result_add_column(t, "arm", CELL_TEXT, "", "", 0);
    result_add_column(t, "day", CELL_INT, "", width > 1 ? "the first one of a stretch" : "", 0);
    result_add_column(t, "users", CELL_INT, "", "of both arms whose day is over", 0);
    result_add_column(t, "control", CELL_REAL, "", "", -1);
    result_add_column(t, "treatment", CELL_REAL, "", "", -1);
    add_interval_columns(t, "");
    for (size_t i = 0; i < f->n_days; i++) {
        const struct findings_day *day = &f->days[i];
        int64_t number = (int64_t)day->bin * width + 1;
        result_add_text(t, d->arms[day->arm].name);
        result_add_int(t, number);
        result_add_int(t, (int64_t)day->users);
        add_value(t, day->users > 0, day->control);
        add_value(t, day->users > 0, day->treatment);
        add_interval(t, day->known, day->lift, day->low, day->high);
        snprintf(name, sizeof name, "day %lld: %s", (long long)number, d->arms[day->arm].name);
        if (day->known)
            plot_interval(t, name, i, day->lift, day->low, day->high);
    }
}

static void note_dimension(struct result *t, const struct findings_by *b, const struct collected *c,
                           const struct design *d)
{
    const char *name = c->by[b->by].dimension.name, *arm = d->arms[b->arm].name;
    if (!b->known)
        result_note(t, "%s, %s: fewer than two segments can be read.", name, arm);
    else if (b->adjusted > d->alpha)
        result_note(t, "%s, %s: the segments differ no more than chance does (p %.3g).", name, arm, b->adjusted);
    else
        result_note(t, "%s, %s: THE EFFECT IS NOT THE SAME in all segments (p %.3g; their true lifts spread by %.1f %%).",
                    name, arm, b->adjusted, 100 * b->tau);
}

static const char *segment_says(const struct findings_segment *s, const struct design *d)
{
    if (!s->line.known)
        return s->line.why;
    if (!s->line.significant)
        return "no difference shown";
    return (s->line.effect > 0) != d->metrics[0].metric.down ? "better" : "worse";
}

static void add_segments(struct result *out, const struct findings *f, const struct collected *c,
                         const struct design *d)
{
    char name[DIMENSION_NAME_MAX + DIMENSION_LABEL_MAX + EXPERIMENT_NAME_MAX + 8];
    struct result *t = f->n_segments > 0 ? result_add_table(out, "segments") : NULL;
    if (t == NULL)
        return;
    result_set_title(t, "%s by segments", d->metrics[0].metric.name);
    result_add_column(t, "by", CELL_TEXT, "", "", 0);
    result_add_column(t, "segment", CELL_TEXT, "", "", 0);
    result_add_column(t, "arm", CELL_TEXT, "", "", 0);
    result_add_column(t, "users", CELL_INT, "", "in the arm and in control", 0);
    add_interval_columns(t, "");
    result_add_column(t, "adjusted", CELL_REAL, "", "p after Holm over all segments that were looked at", -1);
    result_add_column(t, "shrunk", CELL_REAL, "%", "the lift, drawn to the other segments by as much as chance explains",
                      2);
    result_add_column(t, "shrunk_low", CELL_REAL, "%", "", 2);
    result_add_column(t, "shrunk_high", CELL_REAL, "%", "", 2);
    result_add_column(t, "says", CELL_TEXT, "", "", 0);
    for (size_t i = 0; i < f->n_segments; i++) {
        const struct findings_segment *s = &f->segments[i];
        const struct dimension *by = &c->by[s->by].dimension;
        bool lifted = s->line.known && s->line.bounded;
        result_add_text(t, by->name);
        result_add_text(t, by->label[s->level]);
        result_add_text(t, d->arms[s->arm].name);
        result_add_int(t, (int64_t)(s->users + s->control_users));
        add_interval(t, lifted, s->line.lift, s->line.low, s->line.high);
        add_value(t, s->line.known, s->line.adjusted);
        add_interval(t, s->is_shrunk, s->shrunk, s->shrunk_low, s->shrunk_high);
        result_add_text(t, segment_says(s, d));
        snprintf(name, sizeof name, "%s, %s: %s", by->name, by->label[s->level], d->arms[s->arm].name);
        if (s->is_shrunk)
            plot_interval(t, name, i, s->shrunk, s->shrunk_low, s->shrunk_high);
    }
    for (size_t i = 0; i < f->n_by; i++)
        note_dimension(t, &f->by[i], c, d);
    result_note(t, "Segments decide nothing: what differs here is a question for the next experiment.");
}

static void add_before(struct result *out, const struct findings *f, const struct design *d)
{
    struct result *t = f->n_before > 0 ? result_add_table(out, "before") : NULL;
    if (t == NULL)
        return;
    result_set_title(t, "The arms before their exposure (A/A check): %s",
                     f->unlike_before ? "THEY WERE NOT ALIKE: suspect the assignment, not the treatment"
                                      : "alike, as they should be");
    result_add_column(t, "metric", CELL_TEXT, "", "", 0);
    result_add_column(t, "arm", CELL_TEXT, "", "", 0);
    result_add_column(t, "control", CELL_REAL, "", "", -1);
    result_add_column(t, "treatment", CELL_REAL, "", "", -1);
    result_add_column(t, "p", CELL_REAL, "", "", -1);
    result_add_column(t, "adjusted", CELL_REAL, "", "p after Holm", -1);
    for (size_t i = 0; i < f->n_before; i++) {
        const struct findings_before *b = &f->before[i];
        result_add_text(t, d->metrics[b->metric].metric.name);
        result_add_text(t, d->arms[b->arm].name);
        result_add_real(t, b->control);
        result_add_real(t, b->treatment);
        add_value(t, b->known, b->p);
        add_value(t, b->known, b->adjusted);
    }
}

void experiment_report_findings(struct result *out, const struct findings *f, const struct collected *c,
                                const struct design *d)
{
    add_money(out, f, c, d);
    add_days(out, f, c, d);
    add_segments(out, f, c, d);
    add_before(out, f, d);
}
