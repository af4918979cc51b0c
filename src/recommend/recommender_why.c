/* Why an item is, or is not, recommended. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "recommend/recommender_private.h"
#include "store/items.h"

void why_release(struct why *self)
{
    slate_release(&self->slate);
    mem_free(self->reasons);
    mem_free(self->rules);
    *self = (struct why){0};
}

static int by_size(const void *a, const void *b)
{
    const struct recommender_reason *x = a, *y = b;
    double p = fabs(x->contribution), q = fabs(y->contribution);
    if (p > q || q > p)
        return p > q ? -1 : 1;
    return strcmp(x->item, y->item);
}

static int fill_reasons(struct recommender *self, const struct past *past, uint32_t item, struct why *out,
                        struct error *err)
{
    struct account account;
    int rc = account_init(&account, past, err);
    out->reasons = mem_zalloc(past->n_items, sizeof *out->reasons);
    if (rc == 0 && out->reasons == NULL)
        rc = error_nomem(err, "recommend");
    if (rc == 0 && past->n > 0) {
        account_ask(&account, self, past, &item, 1);
        account_take(&account, past, 0);
        out->rest = account.rest;
        for (uint32_t i = 0; i < past->n_items && rc == 0; i++)
            if (account.item[i] > 0 || account.item[i] < 0)
                rc = recommender_reason(self, &out->slate, past, &account, i, &out->reasons[out->n_reasons++], err);
    }
    account_release(&account);
    if (rc == 0 && out->n_reasons > 1)
        qsort(out->reasons, out->n_reasons, sizeof *out->reasons, by_size);
    return rc;
}

static bool is_seen(const struct past *past, uint32_t item)
{
    for (uint32_t i = 0; i < past->n_items; i++)
        if (past->items[i].item == item)
            return true;
    return false;
}

static bool is_excluded(const struct recommender_request *request, const char *identifier)
{
    for (uint32_t i = 0; i < request->n_exclude; i++)
        if (strcmp(request->exclude[i], identifier) == 0)
            return true;
    return false;
}

/* What becomes of the item when the slate is put together. */
static int judge_slate(struct recommender *self, const struct recommender_request *request, const struct past *past,
                       uint32_t item, struct why *out, struct error *err)
{
    struct ranking ranking = {.about = item};
    int rc = recommender_rank(self, request, past, &ranking, &out->slate, err);
    uint64_t acted = ranking.about_rules;
    for (uint32_t i = 0; rc == 0 && i < ranking.n; i++)
        if (ranking.picks[i].item == item) {
            out->place = i + 1;
            acted = ranking.picks[i].rules;
        }
    if (rc == 0)
        rc = slate_keep_rules(&out->slate, ranking.rules, acted, &out->rules, &out->n_rules, err);
    out->status = out->place > 0 ? WHY_SHOWN : WHY_RANK;
    if (ranking.hidden_by != 0) {
        char text[RULE_TEXT_MAX];
        out->status = WHY_HIDDEN;
        rule_text(ruleset_rule(ranking.rules, ranking.hidden_by - 1), text);
        snprintf(out->rule, sizeof out->rule, "%s", text);
    } else if (out->place == 0 && ranking.limited_by[0] != '\0') {
        out->status = WHY_LIMITED;
        snprintf(out->rule, sizeof out->rule, "%s", ranking.limited_by);
    }
    ranking_release(&ranking);
    return rc;
}

/* Keeps the item out of its own way: its rank is among the others that may be shown. */
static int judge(struct recommender *self, const struct recommender_request *request, const struct past *past,
                 const struct filter *filter, uint32_t item, const char *identifier, struct why *out, struct error *err)
{
    const char *term = "";
    size_t n = 0;
    if (item < self->n_scored) {
        out->score = self->scores[item];
        out->rank = topk_rank(self->scores, self->n_scored, self->excluded, item) + 1;
    }
    if (!request->repeat && is_seen(past, item)) {
        out->status = WHY_SEEN;
    } else if (is_excluded(request, identifier)) {
        out->status = WHY_EXCLUDED;
    } else if (filter != NULL && filter_failed(filter, item, &term, &n)) {
        out->status = WHY_FILTERED;
        if (snprintf(out->filter_term, sizeof out->filter_term, "%.*s", (int)n, term) >= (int)sizeof out->filter_term)
            text_ellipsize(out->filter_term, sizeof out->filter_term);
    } else {
        return judge_slate(self, request, past, item, out, err);
    }
    return 0;
}

static int title_of(struct recommender *self, const char *identifier, struct why *out, struct error *err)
{
    struct str title;
    int64_t item;
    str_init(&title, 4096);
    int rc = items_find(self->store, identifier, &item, err);
    if (rc == 0)
        rc = items_name(self->store, item, NULL, &title, err);
    if (rc == 0 && (out->title = slate_keep(&out->slate, str_text(&title))) == NULL)
        rc = error_nomem(err, "recommend");
    str_release(&title);
    return rc;
}

static int find_scores(struct recommender *self, const struct recommender_request *request, const struct past *past,
                       struct slate *out, struct error *err)
{
    bool found = false;
    recommender_count(past, out);
    int rc = past->n == 0 ? recommender_score_by_likeness(self, request, &found, out, err) : 0;
    return rc != 0 || found ? rc : recommender_score(self, past, out, err);
}

static int why(struct recommender *self, const struct recommender_request *request, const char *identifier,
               struct why *out, struct error *err)
{
    uint32_t item = ITEM_NOWHERE;
    struct past past = {0};
    struct recommender_filter filter = {0};
    int rc = recommender_past(self, request, &past, err);
    bool wants_new = rc == 0 && recommender_wants_new(request, &past);
    if (wants_new)
        rc = recommender_extend(self, request->placer, err);
    if (rc == 0)
        rc = recommender_find_item(self, identifier, &item, err);
    if (rc == 0)
        rc = title_of(self, identifier, out, err);
    if (rc == 0)
        rc = recommender_filter(self, request->filter, past.user, &filter, err);
    self->show_new = wants_new;
    if (rc == 0)
        rc = find_scores(self, request, &past, &out->slate, err);
    if (rc == 0)
        rc = recommender_exclude(self, &past, request, filter.filter, &out->slate, err);
    if (rc == 0)
        rc = recommender_hear(self, request, &past, err);
    out->status = WHY_UNKNOWN;
    if (rc == 0 && item != ITEM_NOWHERE) {
        rc = judge(self, request, &past, filter.filter, item, identifier, out, err);
        if (item >= self->core->opened.model->n_items && out->place == 0 && out->status == WHY_RANK)
            out->status = WHY_UNKNOWN;
        if (rc == 0 && item < self->core->opened.model->n_items)
            rc = fill_reasons(self, &past, item, out, err);
    }
    recommender_end_question(self);
    recommender_filter_release(&filter);
    recommender_past_release(&past);
    return rc;
}

int recommender_why(struct recommender *self, const struct recommender_request *request, const char *item,
                    struct why *out, struct error *err)
{
    *out = (struct why){0};
    int rc = store_begin_read(self->store, err);
    if (rc != 0)
        return rc;
    rc = why(self, request, item, out, err);
    store_end_read(self->store);
    if (rc != 0)
        why_release(out);
    return rc;
}
