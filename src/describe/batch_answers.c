/* What came of a batch, line by line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "describe/batch_private.h"
#include "store/items.h"

enum { LINES_A_TRANSACTION = 50, OPEN_A_TRANSACTION = 500 };

int64_t batch_cost(const struct provider *p, int64_t prompt, int64_t cached, int64_t completion)
{
    return (int64_t)ceil((double)provider_cost(p, prompt, cached, completion) * p->batch_price - 1e-9);
}

void batch_tell(struct working *self, const struct facts *facts, enum describe_end end, int64_t description,
                size_t findings, const struct error *error)
{
    const struct describe_news news = {.item = facts->item, .identifier = facts->identifier, .title = facts->title,
                                       .end = end, .description = description, .error = error, .left_out = "",
                                       .withheld = facts->withheld, .findings = findings};
    self->sums->texts.ends[end]++;
    if (self->fn != NULL)
        self->fn(self->context, &news);
}

/* An answer under way into the store. */
struct answer {
    int64_t request, item, charge;
    char digest[65];
    char *prompt;  /* JSON: the messages; free() */
    bool found, open;
};

static int take_request(void *context, const struct batch_request *r)
{
    struct answer *a = context;
    a->found = true;
    a->open = strcmp(r->state, "open") == 0;
    a->item = r->item;
    a->charge = r->charge;
    snprintf(a->digest, sizeof a->digest, "%s", r->digest);
    json_t *body = json_loads(r->body, 0, NULL);
    a->prompt = json_dumps(json_object_get(body, "messages"), JSON_COMPACT);
    json_decref(body);
    return 0;
}

/* "TOKEN-17" of this batch -> 17; 0: it is none of ours. */
static int64_t request_of(const struct working *self, const json_t *line)
{
    const char *id = json_string_value(json_object_get(line, "custom_id"));
    size_t n = strlen(self->batch.token);
    int64_t request = 0;
    if (id == NULL || strncmp(id, self->batch.token, n) != 0 || id[n] != '-' ||
        !text_to_int64(id + n + 1, strlen(id + n + 1), &request) || request < 1 || request > self->batch.requests)
        return 0;
    return request;
}

static int settle(struct working *self, const struct answer *a, const struct chat_usage *usage, struct error *err)
{
    const struct provider *p = self->provider;
    struct describe_sums *sums = &self->sums->texts;
    sums->calls++;
    if (!usage->told)
        return ledger_settle_within(self->store, a->charge, CHARGE_ESTIMATED, NULL, err);
    const struct charge_amount amount = {usage->prompt, usage->cached, usage->completion,
                                         batch_cost(p, usage->prompt, usage->cached, usage->completion)};
    sums->prompt += amount.prompt;
    sums->cached += amount.cached;
    sums->completion += amount.completion;
    sums->cost += amount.cost;
    return ledger_settle_within(self->store, a->charge, CHARGE_SETTLED, &amount, err);
}

static int fail(struct working *self, const struct answer *a, const struct facts *facts, struct error *why,
                struct error *err)
{
    batch_tell(self, facts, DESCRIBE_FAILED, 0, 0, why);
    return batches_request_ended(self->store, self->batch.batch, a->request, "failed", why->why, err);
}

/* It was answered: a text, or something else that is paid all the same. */
static int take_reply(struct working *self, const struct answer *a, const struct facts *facts, const json_t *body,
                      struct error *err)
{
    struct chat_reply reply;
    struct error why = {0};
    chat_reply_init(&reply);
    char *text = json_dumps(body, JSON_COMPACT);
    int rc = text == NULL ? E_NOMEM : chat_parse(text, strlen(text), &reply, &why);
    free(text);
    int settled = settle(self, a, &reply.usage, err);
    json_t *content = rc == 0 ? chat_object(str_text(&reply.text), reply.text.len) : NULL;
    const char *wrong = rc != 0 ? NULL : reply.refusal.len > 0 ? "it was refused" : keep_wrong_form(self->template, content);
    if (wrong != NULL)
        rc = error_set(&why, E_BAD_DATA, self->provider->name, "the answer cannot be used: %s", wrong);
    if (settled != 0) {
        rc = settled;
    } else if (rc != 0) {
        rc = fail(self, a, facts, &why, err);
    } else {
        struct kept kept = {.facts = facts, .provider = self->provider->name, .digest = a->digest, .prompt = a->prompt,
                            .model = reply.model[0] != '\0' ? reply.model : self->batch.model, .charge = a->charge};
        rc = keep_text(&self->keeping, content, &kept, err);
        rc = rc != 0 ? rc : batches_request_ended(self->store, self->batch.batch, a->request, "written", "", err);
        if (rc == 0)
            batch_tell(self, facts, kept.grave ? DESCRIBE_REVIEW : DESCRIBE_WRITTEN, kept.description, kept.findings, NULL);
    }
    json_decref(content);
    chat_reply_release(&reply);
    return rc;
}

/* It was not answered, and costs nothing. */
static int take_error(struct working *self, const struct answer *a, const struct facts *facts, const json_t *line,
                      struct error *err)
{
    const json_t *response = json_object_get(line, "response"), *error = json_object_get(line, "error");
    struct error why = {0};
    char text[256] = "", code[64] = "";
    if (json_is_object(error)) {
        const char *message = json_string_value(json_object_get(error, "message"));
        const char *word = json_string_value(json_object_get(error, "code"));
        snprintf(text, sizeof text, "%s", message != NULL ? message : "");
        snprintf(code, sizeof code, "%s", word != NULL ? word : "");
    } else {
        char *body = json_dumps(json_object_get(response, "body"), JSON_COMPACT | JSON_ENCODE_ANY);
        chat_error_text(body != NULL ? body : "", body != NULL ? strlen(body) : 0, text, sizeof text, code, sizeof code);
        free(body);
    }
    error_set(&why, E_IO, self->provider->name, "%s%s%s", code[0] != '\0' ? code : "status", code[0] != '\0' ? ": " : " ",
              text[0] != '\0' ? text : "it was not answered");
    int rc = ledger_settle_within(self->store, a->charge, CHARGE_RELEASED, NULL, err);
    return rc != 0 ? rc : fail(self, a, facts, &why, err);
}

static int take_answer(struct working *self, const json_t *line, struct answer *a, struct error *err)
{
    const json_t *response = json_object_get(line, "response");
    bool good = json_is_object(response) && !json_is_object(json_object_get(line, "error")) &&
                json_integer_value(json_object_get(response, "status_code")) / 100 == 2;
    size_t bit = (size_t)a->request;
    bool before = (self->seen[bit / 8] >> (bit % 8) & 1) != 0;
    if (good && !before) {
        self->seen[bit / 8] = (unsigned char)(self->seen[bit / 8] | 1u << (bit % 8));
        self->answered++;
    }
    if (!a->open) { /* of an earlier reading, or twice in this file */
        self->sums->twice += before;
        return 0;
    }
    struct facts facts = {0};
    int rc = surroundings_facts(self->surroundings, a->item, &facts, err);
    if (rc == 0 || rc == E_BAD_DATA)
        rc = good ? take_reply(self, a, &facts, json_object_get(response, "body"), err)
                  : take_error(self, a, &facts, line, err);
    facts_release(&facts);
    return rc;
}

static int take_line(struct working *self, const char *text, size_t n, struct error *err)
{
    json_t *line = json_loadb(text, n, 0, NULL);
    struct answer a = {.request = json_is_object(line) ? request_of(self, line) : 0};
    int rc = 0;
    if (!json_is_object(line))
        self->sums->broken++;
    else if (a.request == 0)
        self->sums->unknown++;
    else
        rc = batches_request(self->store, self->batch.batch, a.request, take_request, &a, err);
    if (rc == 0 && a.found)
        rc = take_answer(self, line, &a, err);
    free(a.prompt);
    json_decref(line);
    return rc;
}

/* Up to some lines; *text moves on. */
static int take_lines(struct working *self, const char **text, const char *end, struct error *err)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < LINES_A_TRANSACTION && *text < end; i++) {
        const char *stop = memchr(*text, '\n', (size_t)(end - *text));
        size_t n = stop != NULL ? (size_t)(stop - *text) : (size_t)(end - *text);
        if (n > 0)
            rc = take_line(self, *text, n, err);
        *text += n + (stop != NULL);
    }
    return rc;
}

int batch_take_file(struct working *self, const char *text, size_t n, struct error *err)
{
    const char *at = text;
    int rc = 0;
    while (rc == 0 && at < text + n) {
        if (job_step(self->job, "reading the batch", (double)(at - text), (double)n, "bytes"))
            return job_error_cancelled(err, "describe");
        rc = store_begin(self->store, err);
        if (rc == 0)
            rc = store_end(self->store, take_lines(self, &at, text + n, err), err);
    }
    return rc;
}

/* ---- what was never answered ----------------------------------------------------------------------------- */

struct open_list {
    struct answer *list;
    size_t n, cap;
};

static int take_open(void *context, const struct batch_request *r)
{
    struct open_list *self = context;
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return E_NOMEM;
    self->list[self->n++] = (struct answer){.request = r->request, .item = r->item, .charge = r->charge};
    return self->n == OPEN_A_TRANSACTION;
}

static int give_up_some(struct working *self, const struct open_list *open, bool spent, struct error *why, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < open->n; i++) {
        const struct answer *a = &open->list[i];
        struct facts facts = {.item = a->item}; /* its names are all that is told of it */
        struct str identifier, title;
        str_init(&identifier, 8192);
        str_init(&title, 8192);
        rc = items_name(self->store, a->item, &identifier, &title, err);
        facts.identifier = str_take(&identifier);
        facts.title = str_take(&title);
        if (rc == 0 && (facts.identifier == NULL || facts.title == NULL))
            rc = error_nomem(err, "a batch");
        if (rc == 0)
            rc = ledger_settle_within(self->store, a->charge, spent ? CHARGE_ESTIMATED : CHARGE_RELEASED, NULL, err);
        rc = rc != 0 ? rc : fail(self, a, &facts, why, err);
        str_release(&identifier);
        str_release(&title);
        facts_release(&facts);
    }
    return rc;
}

int batch_give_up(struct working *self, bool spent, const char *reason, struct error *err)
{
    struct open_list open = {0};
    struct error why = {0};
    int rc;
    error_set(&why, E_IO, self->provider->name, "%s", reason);
    do {
        open.n = 0;
        rc = batches_each_request(self->store, self->batch.batch, "open", take_open, &open, err);
        if (rc == E_NOMEM)
            rc = error_nomem(err, "a batch");
        if (rc >= 0 && open.n > 0 && (rc = store_begin(self->store, err)) == 0)
            rc = store_end(self->store, give_up_some(self, &open, spent, &why, err), err);
    } while (rc >= 0 && open.n > 0);
    mem_free(open.list);
    return rc < 0 ? rc : 0;
}
