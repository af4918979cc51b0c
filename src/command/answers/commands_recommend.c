/* recommend, similar, why. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "command/commands.h"
#include "command/question.h"
#include "describe/texts.h"

/* "Regency Cakestand, 4 times, last 2011-12-07 (41 %)" */
static void describe(char *out, size_t size, const struct recommender_reason *r, bool itself)
{
    char date[32], times[32] = "once";
    clock_format_date(r->last, date, sizeof date);
    if (r->events > 1)
        snprintf(times, sizeof times, "%u times, last", r->events);
    const char *name = itself ? "the item itself" : r->title[0] != '\0' ? r->title : r->item;
    snprintf(out, size, "%.200s, %s %s (%.0f %%)", name, times, date, 100 * r->share);
}

static void join_rules(struct str *out, const char *const *rules, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        str_printf(out, "%s%s", i > 0 ? "; " : "", rules[i]);
}

/* What moved it, and who put it forward when it was not the model that was asked. */
static void add_rules(struct result *out, const struct recommender_item *item)
{
    struct str text;
    str_init(&text, 4096);
    join_rules(&text, item->rules, item->n_rules);
    if (item->propensity < 1)
        str_printf(&text, "%snew, drawn with propensity %.3g", text.len > 0 ? "; " : "", item->propensity);
    if (item->model != NULL)
        str_printf(&text, "%sby %s", text.len > 0 ? "; " : "", item->model);
    result_add_text(out, text.len > 0 ? str_text(&text) : NULL);
    str_release(&text);
}

static void add_rules_column(struct result *out)
{
    result_add_column(out, "rules", CELL_TEXT, "", "what moved it to its place, and which other model put it forward",
                      0);
}

static void add_item(struct result *out, uint32_t rank, const struct recommender_item *item, const struct slate *s,
                     bool ruled)
{
    char reason[320];
    const struct recommender_reason *r = &item->reason;
    result_add_int(out, rank);
    result_add_text(out, item->item);
    result_add_text(out, item->title);
    result_add_real(out, (double)item->score);
    if (ruled)
        add_rules(out, item);
    result_add_text(out, r->item);
    if (r->item == NULL) {
        result_add_null(out);
        result_add_text(out, s->fallback[0] != '\0' ? "popular" : "not from the user's history");
        return;
    }
    result_add_real(out, r->share);
    describe(reason, sizeof reason, r, strcmp(r->item, item->item) == 0);
    result_add_text(out, reason);
}

/* ---- published texts about the items ---------------------------------------------------------------------- */

struct texts_shown {
    struct texts *texts; /* NULL: nobody asked */
    int set;
};

static int texts_shown_begin(struct texts_shown *self, struct app *app, const struct args *args, struct error *err)
{
    const char *collection = args_text(args, "description");
    *self = (struct texts_shown){.set = -1};
    if (collection == NULL && (args_given(args, "language") || args_given(args, "channel")))
        return error_hint(err, error_set(err, E_USAGE, "language", "is that of a text, and none is asked for"),
                          "add --description %s", TEXTS_COLLECTION);
    int rc = collection != NULL ? texts_load(&self->texts, app->store, NULL, err) : 0;
    if (rc == 0 && collection != NULL)
        self->set = texts_choose(self->texts, collection, args_text(args, "language"), args_text(args, "channel"));
    return rc;
}

static void texts_shown_column(const struct texts_shown *self, const struct args *args, struct result *out)
{
    if (self->texts == NULL)
        return;
    result_add_column(out, "description", CELL_TEXT, "", "the published text", 0);
    if (self->set < 0)
        result_note(out, "No such text is published in the collection %s: `reckon describe list --state published` shows "
                         "what is.", args_text(args, "description"));
}

static void texts_shown_add(const struct texts_shown *self, struct result *out, const char *item)
{
    struct str json;
    if (self->texts == NULL)
        return;
    str_init(&json, 1 << 20);
    json_t *o = texts_put(self->texts, self->set, item, &json) ? json_loadb(str_text(&json), json.len, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(o, "text"));
    text = text != NULL ? text : json_string_value(json_object_get(o, "title"));
    result_add_text(out, text != NULL ? text : json_string_value(json_object_get(o, "caption")));
    json_decref(o);
    str_release(&json);
}

#define TEXTS_PARAMS                                                                                                     \
    {"description", PT_TEXT, 0, NULL, 0, 0, NULL, "show each item's published text of that collection, as in default"},  \
    {"language", PT_TEXT, 0, NULL, 0, 0, NULL, "of the text; default: that of most of them"},                            \
    {"channel", PT_TEXT, 0, NULL, 0, 0, NULL, "of the text, in the same way"}

static void add_slate_columns(struct result *out)
{
    result_add_column(out, "rank", CELL_INT, "", "", 0);
    result_add_column(out, "item", CELL_TEXT, "", "", 0);
    result_add_column(out, "title", CELL_TEXT, "", "", 0);
    result_add_column(out, "score", CELL_REAL, "", "of the model; only the order within one list means anything", -1);
}

static int run_recommend(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct question q = {0};
    struct texts_shown texts;
    struct slate s;
    if (args_text(args, "user") == NULL && args_count(args, "met") == 0) {
        error_set(err, E_USAGE, "recommend", "for whom? --user is missing");
        return error_hint(err, E_USAGE, "name one, or for a visitor of whom nothing is known the items that they look at: --met ITEM");
    }
    int rc = texts_shown_begin(&texts, app, args, err);
    rc = rc != 0 ? rc : question_begin(&q, app, args, false, err);
    if (rc != 0) {
        texts_release(texts.texts);
        return rc;
    }
    q.request.user = args_text(args, "user");
    rc = recommender_recommend(q.recommender, &q.request, &s, err);
    if (rc == 0) {
        result_set_title(out, "For %s", q.request.user != NULL ? q.request.user : "a visitor");
        bool ruled = q.request.rules != NULL || q.request.fresh > 0 || q.n_voices > 0;
        add_slate_columns(out);
        if (ruled)
            add_rules_column(out);
        result_add_column(out, "because", CELL_TEXT, "", "the item of the user's history that speaks most for it", 0);
        result_add_column(out, "share", CELL_REAL, "", "of all that speaks for it", 3);
        result_add_column(out, "reason", CELL_TEXT, "", "", 0);
        texts_shown_column(&texts, args, out);
        for (uint32_t i = 0; i < s.n; i++) {
            add_item(out, i + 1, &s.items[i], &s, ruled);
            texts_shown_add(&texts, out, s.items[i].item);
        }
        if (q.request.user != NULL)
            result_fact_text(out, "user", q.request.user);
        question_report_model(&q, out);
        result_fact_text(out, "mode", question_mode(&q));
        question_report_slate(&q, &s, out);
        if (s.n == 0)
            result_note(out, "No item may be shown%s.", q.request.filter != NULL ? " under this filter" : "");
        else if (s.n < q.request.n)
            result_note(out, "Only %u items may be shown%s.", s.n,
                        q.request.filter != NULL ? " under this filter" : "");
        if (s.n > 0 && q.request.user != NULL)
            result_note(out, "More about one of them: reckon why %s %s", q.request.user, s.items[0].item);
        slate_release(&s);
    }
    question_end(&q);
    texts_release(texts.texts);
    return rc;
}

#define FILTER_HELP                                                                                                   \
    "A filter compares fields of the items (item, title and every attribute) with =, !=, <, <=, >, >=, in (a, b), "   \
    "contains or ~, is null, has FIELD, and joins that with and, or, not and parentheses. Values of several words "   \
    "are put in quotes: country='United Kingdom'. A missing value matches nothing but is null."

static const struct command_param recommend_params[] = {
    {"user", PT_TEXT, PF_USER, NULL, 0, 0, NULL, "the user's identifier; a visitor of whom nothing is known has --met alone"},
    QUESTION_PARAMS, QUESTION_MODE_PARAM, QUESTION_PERSON_PARAMS, TEXTS_PARAMS,
    {0},
};

const struct command command_recommend = {
    .name = "recommend",
    .summary = "recommend items to a user, with reasons",
    .description = "Scores every item from the user's history as it is now, leaves out what may not be shown, and "
                   "names for each item which of the user's own items speaks most for it. A user without events gets "
                   "what is popular, and the answer says so.\n\n" FILTER_HELP,
    .examples = "  reckon recommend --user 12347\n"
                "  reckon recommend --met 22423 --met 85123A\n"
                "  reckon recommend --user 12347 --n 5 --mode repeat --filter 'price<5 and country=France'\n",
    .params = recommend_params,
    .flags = CF_WORKSPACE,
    .run = run_recommend,
};

static int run_similar(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct question q = {0};
    struct slate s;
    struct texts_shown texts;
    const char *item = args_text(args, "item");
    int rc = texts_shown_begin(&texts, app, args, err);
    rc = rc != 0 ? rc : question_begin(&q, app, args, true, err);
    if (rc != 0) {
        texts_release(texts.texts);
        return rc;
    }
    rc = recommender_similar(q.recommender, item, &q.request, &s, err);
    if (rc == E_NOT_FOUND && question_open_placer(&q, app, NULL) == 0 && q.placer != NULL)
        rc = recommender_similar(q.recommender, item, &q.request, &s, err);
    if (rc == 0) {
        bool ruled = q.request.rules != NULL;
        result_set_title(out, "Like %s", item);
        add_slate_columns(out);
        if (ruled)
            add_rules_column(out);
        texts_shown_column(&texts, args, out);
        for (uint32_t i = 0; i < s.n; i++) {
            result_add_int(out, i + 1);
            result_add_text(out, s.items[i].item);
            result_add_text(out, s.items[i].title);
            result_add_real(out, (double)s.items[i].score);
            if (ruled)
                add_rules(out, &s.items[i]);
            texts_shown_add(&texts, out, s.items[i].item);
        }
        result_fact_text(out, "item", item);
        question_report_model(&q, out);
        if (s.n > 0 && s.items[0].model != NULL) {
            result_fact_text(out, "by", s.items[0].model);
            result_note(out, "The model does not know this item yet: %s places it by its title and attributes.",
                        s.items[0].model);
        }
        question_report_rules(&q, &s, out);
        if (s.n < q.request.n)
            result_note(out, "The model knows %u items like it%s.", s.n,
                        q.request.filter != NULL ? " that pass the filter" : "");
        slate_release(&s);
    }
    question_end(&q);
    texts_release(texts.texts);
    return rc;
}

static const struct command_param similar_params[] = {
    {"item", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_ITEM, NULL, 0, 0, NULL, "the item's identifier"},
    QUESTION_PARAMS, QUESTION_RULE_PARAMS, TEXTS_PARAMS,
    {0},
};

const struct command command_similar = {
    .name = "similar",
    .summary = "list the items that are most like an item",
    .description = "By the model: items that the same people met, or that stand close to it among the model's factors. "
                   "When the model that would answer cannot tell, the newest one that can is used.\n\n" FILTER_HELP,
    .examples = "  reckon similar 85123A\n  reckon similar 85123A --n 5 --model knn --filter 'price<5'\n",
    .params = similar_params,
    .flags = CF_WORKSPACE,
    .run = run_similar,
};

static const char *status_word(enum why_status status)
{
    static const char *const words[] = {[WHY_SHOWN] = "shown", [WHY_SEEN] = "seen", [WHY_FILTERED] = "filtered",
                                        [WHY_EXCLUDED] = "excluded",
                                        [WHY_HIDDEN] = "hidden", [WHY_LIMITED] = "limited",
                                        [WHY_RANK] = "rank", [WHY_UNKNOWN] = "unknown"};
    return words[status];
}

/* One sentence. */
static void verdict(char *out, size_t size, const struct question *q, const struct why *w)
{
    const struct model_record *r = recommender_record(q->recommender);
    switch (w->status) {
    case WHY_SHOWN:
        if (w->rank == 0)
            snprintf(out, size, "shown at place %u, as a new item", w->place);
        else if (w->place == w->rank)
            snprintf(out, size, "shown, at rank %u of %u", w->rank, w->slate.eligible);
        else
            snprintf(out, size, "shown at place %u; by its score alone its rank is %u of %u", w->place, w->rank,
                     w->slate.eligible);
        break;
    case WHY_SEEN:
        snprintf(out, size,
                 "not shown: the user has it already (--mode repeat shows such items too; its rank would be %u)", w->rank);
        break;
    case WHY_EXCLUDED: snprintf(out, size, "not shown: --without names it (its rank would be %u)", w->rank); break;
    case WHY_FILTERED:
        snprintf(out, size, "not shown: filtered out by %s (its rank would be %u)", w->filter_term, w->rank);
        break;
    case WHY_HIDDEN:
        snprintf(out, size, "not shown: by the rule %s (its rank would be %u)", w->rule, w->rank);
        break;
    case WHY_LIMITED:
        snprintf(out, size, "not shown: %s, and others come first (its rank is %u)", w->rule, w->rank);
        break;
    case WHY_RANK:
        snprintf(out, size, "not shown: rank %u of %u, and %u are shown", w->rank, w->slate.eligible, q->request.n);
        break;
    case WHY_UNKNOWN:
        snprintf(out, size, "not shown: unknown to %s@%lld; nobody had met it when the model was trained%s", r->name,
                 (long long)r->version, 
                 q->request.fresh > 0 ? ", and it was not drawn" : " (--fresh shows such items)");
        break;
    }
}

static void add_reason(struct result *out, const struct recommender_reason *r)
{
    result_add_text(out, r->item);
    result_add_text(out, r->title);
    result_add_int(out, r->events);
    result_add_time(out, r->last);
    result_add_real(out, r->contribution);
    result_add_real(out, r->share);
}

static void report_why(struct result *out, const struct question *q, const char *item, const struct why *w)
{
    char text[480];
    verdict(text, sizeof text, q, w);
    result_set_title(out, "%s%s%s for %s: %s", item, w->title[0] != '\0' ? " " : "", w->title, q->request.user, text);
    result_add_column(out, "item", CELL_TEXT, "", "of the user's history", 0);
    result_add_column(out, "title", CELL_TEXT, "", "", 0);
    result_add_column(out, "events", CELL_INT, "", "", 0);
    result_add_column(out, "last", CELL_TIME, "", "", 0);
    result_add_column(out, "contribution", CELL_REAL, "", "what the item adds to the score", -1);
    result_add_column(out, "share", CELL_REAL, "", "of all that speaks for it", 3);
    enum { SHOWN = 20 };
    for (uint32_t i = 0; i < w->n_reasons && i < SHOWN; i++)
        add_reason(out, &w->reasons[i]);
    if (w->n_reasons > SHOWN)
        result_note(out, "%u smaller contributions are left out.", w->n_reasons - SHOWN);
    result_fact_text(out, "user", q->request.user);
    result_fact_text(out, "item", item);
    result_fact_text(out, "title", w->title);
    result_fact_text(out, "status", status_word(w->status));
    result_fact_text(out, "verdict", text);
    if (w->status != WHY_UNKNOWN) {
        if (w->rank > 0)
            result_fact_int(out, "rank", w->rank, "");
        if (w->place != 0 && w->place != w->rank)
            result_fact_int(out, "place", w->place, "");
        if (w->rule[0] != '\0')
            result_fact_text(out, "rule", w->rule);
        if (w->n_rules > 0) {
            struct str rules;
            str_init(&rules, 4096);
            join_rules(&rules, w->rules, w->n_rules);
            result_fact_text(out, "moved_by", str_text(&rules));
            str_release(&rules);
        }
        result_fact_real(out, "score", (double)w->score, "");
        if (w->slate.fallback[0] == '\0')
            result_fact_real(out, "score_not_from_history", w->rest, "");
    }
    question_report_model(q, out);
    result_fact_text(out, "mode", question_mode(q));
    question_report_slate(q, &w->slate, out);
    if (w->status != WHY_UNKNOWN && w->n_reasons == 0 && w->slate.fallback[0] == '\0')
        result_note(out, "Nothing in the user's history speaks for or against it.");
}

static int run_why(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct question q = {0};
    struct why w;
    const char *item = args_text(args, "item");
    int rc = question_begin(&q, app, args, false, err);
    if (rc != 0)
        return rc;
    q.request.user = args_text(args, "user");
    rc = recommender_why(q.recommender, &q.request, item, &w, err);
    if (rc == 0) {
        report_why(out, &q, item, &w);
        why_release(&w);
    }
    question_end(&q);
    return rc;
}

static const struct command_param why_params[] = {
    {"user", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "the user's identifier"},
    {"item", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_ITEM, NULL, 0, 0, NULL, "the item's identifier"},
    QUESTION_PARAMS, QUESTION_MODE_PARAM, QUESTION_PERSON_PARAMS,
    {0},
};

const struct command command_why = {
    .name = "why",
    .summary = "explain why an item is, or is not, recommended to a user",
    .description = "Says whether `reckon recommend` with the same options would show the item and at which rank; if not, "
                   "why not: the user has it already, the filter keeps it out (and which part of it), others come "
                   "first, or the model does not know it. Then what each item of the user's history adds to its score or takes from it.",
    .examples = "  reckon why 12347 22423\n  reckon why 12347 22423 --mode repeat --filter 'price<5'\n",
    .params = why_params,
    .flags = CF_WORKSPACE,
    .run = run_why,
};
