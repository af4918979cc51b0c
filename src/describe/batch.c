#include "describe/batch_private.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum { ITEMS_A_TRANSACTION = 100, FILE_MAX = 90 << 20, POLL_MAX = 60 };

static const char endpoint[] = "/v1/chat/completions";

/* ---- one batch that is worked on ------------------------------------------------------------------------- */

static int copy_batch(void *context, const struct batch *b)
{
    struct working *self = context;
    const char *const texts[] = {b->provider, b->model, b->template, b->collection, b->note, b->token, b->remote, b->state};
    self->batch = *b;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mem_free(self->owned[i]);
        self->owned[i] = texts[i] != NULL ? mem_strdup(texts[i]) : NULL;
        if (texts[i] != NULL && self->owned[i] == NULL)
            return E_NOMEM;
    }
    self->batch.provider = self->owned[0];
    self->batch.model = self->owned[1];
    self->batch.template = self->owned[2];
    self->batch.collection = self->owned[3];
    self->batch.note = self->owned[4];
    self->batch.token = self->owned[5];
    self->batch.remote = self->owned[6];
    self->batch.state = self->owned[7];
    self->batch.remote_state = self->batch.why = "";
    self->keeping.collection = self->batch.collection;
    self->keeping.note = self->batch.note;
    self->keeping.publish = b->publish;
    return 0;
}

static int read_batch(struct working *self, int64_t batch, struct error *err)
{
    int rc = batches_find(self->store, batch, copy_batch, self, err);
    return rc == E_NOMEM ? error_nomem(err, "a batch") : rc;
}

static void working_release(struct working *self)
{
    for (size_t i = 0; i < sizeof self->owned / sizeof *self->owned; i++)
        mem_free(self->owned[i]);
    facts_free_brands(self->keeping.brands, self->keeping.n_brands);
    near_free(self->keeping.near);
    surroundings_free(self->surroundings);
    mem_free(self->seen);
    remote_free(self->remote);
}

/* What the checks and the provider need. */
static int get_ready(struct working *self, const char *collection, double duplicates, size_t n, struct error *err)
{
    struct keeping *k = &self->keeping;
    int rc = facts_brands(self->store, &k->brands, &k->n_brands, err);
    rc = rc != 0 ? rc : surroundings_new(&self->surroundings, self->store, self->template, self->job, err);
    rc = rc != 0 ? rc : near_new(&k->near, self->store, collection, duplicates, n, self->job, err);
    return rc != 0 ? rc : remote_new(&self->remote, self->provider, err);
}

/* ---- sending --------------------------------------------------------------------------------------------- */

struct lines {
    const struct working *working;
    struct str text;
};

static int put_line(void *context, const struct batch_request *r)
{
    struct lines *self = context;
    return str_printf(&self->text, "{\"custom_id\":\"%s-%lld\",\"method\":\"POST\",\"url\":\"%s\",\"body\":%s}\n",
                      self->working->batch.token, (long long)r->request, endpoint, r->body) != 0 ? E_NOMEM : 0;
}

/* What the provider says of it; E_BAD_DATA. */
static int take_remote(struct working *self, const json_t *o, struct error *err)
{
    const char *id = remote_id(o, "id"), *status = json_string_value(json_object_get(o, "status"));
    if (id == NULL || status == NULL)
        return error_set(err, E_BAD_DATA, self->provider->name, "what it says of the batch has no name or no status");
    int rc = batches_sent(self->store, self->batch.batch, id, status, err);
    return rc != 0 ? rc : read_batch(self, self->batch.batch, err);
}

/* Looks for a batch with our word; *out NULL: they have none. */
static int find_ours(struct working *self, json_t **out, struct error *err)
{
    return remote_find(self->remote, "/batches", self->batch.token, out, self->job, err);
}

/* *theirs: they have begun it, whatever is wrong with what they say of it. */
static int create(struct working *self, const char *file, bool *theirs, struct error *err)
{
    json_t *out = NULL, *body = json_pack("{s:s, s:s, s:s, s:{s:s}}", "input_file_id", file, "endpoint", endpoint,
                                          "completion_window", "24h", "metadata", REMOTE_WORD, self->batch.token);
    const struct remote_ask ask = {.method = "POST", .path = "/batches", .body = body};
    int rc = body == NULL ? error_nomem(err, "a batch") : remote_ask(self->remote, &ask, &out, self->job, err);
    if (rc == E_CONFLICT) { /* did they get it? */
        struct error lost;
        int found = find_ours(self, &out, &lost);
        if (found == 0 && out == NULL)
            rc = remote_ask(self->remote, &ask, &out, self->job, err);
        else if (found == 0)
            rc = 0;
    }
    *theirs = rc == 0;
    rc = rc != 0 ? rc : take_remote(self, out, err);
    json_decref(out);
    json_decref(body);
    return rc;
}

static int end_batch(struct working *self, const char *why, struct error *err)
{
    int rc = store_begin(self->store, err);
    if (rc == 0)
        rc = store_end(self->store, batches_end(self->store, self->batch.batch, why, clock_now_ms(), err), err);
    self->sums->ended += rc == 0;
    return rc;
}

static int none_offered(const struct provider *p, struct error *err)
{
    error_set(err, E_REFUSED, p->name, "it offers no batch interface");
    return error_hint(err, E_REFUSED, "without --batch the same texts are asked for one by one");
}

/* It did not get it for good: what was reserved is free again.  What may go better next time is left as it is. */
static int not_sent(struct working *self, int rc, struct error *err)
{
    struct error why;
    if (rc == E_NOT_FOUND)
        rc = none_offered(self->provider, err);
    if (rc != E_REFUSED && rc != E_IO && rc != E_BAD_DATA)
        return rc;
    char reason[300];
    snprintf(reason, sizeof reason, "it was not sent: %.250s", err != NULL ? err->why : "");
    int given = batch_give_up(self, false, reason, &why);
    given = given != 0 ? given : end_batch(self, reason, &why);
    if (given != 0 && err != NULL)
        *err = why;
    return given != 0 ? given : rc;
}

/* again: it may have been sent before. */
static int send(struct working *self, bool again, struct error *err)
{
    struct lines lines = {.working = self};
    char file[REMOTE_ID_MAX];
    json_t *found = NULL;
    bool theirs = false;
    int rc = again ? find_ours(self, &found, err) : 0;
    if (rc == 0 && found != NULL)
        rc = take_remote(self, found, err);
    json_decref(found);
    if (rc != 0 || found != NULL)
        return rc;
    str_init(&lines.text, REMOTE_FILE_MAX);
    rc = batches_each_request(self->store, self->batch.batch, "open", put_line, &lines, err);
    if (rc == E_NOMEM)
        rc = error_nomem(err, "a batch");
    rc = rc != 0 ? rc : remote_upload(self->remote, "requests.jsonl", "batch", str_text(&lines.text), lines.text.len, file,
                                      self->job, err);
    str_release(&lines.text);
    rc = rc != 0 ? rc : create(self, file, &theirs, err);
    if (theirs || rc == E_CONFLICT)
        return rc != 0 ? error_hint(err, rc, "`reckon describe batch resume` goes on with it") : 0;
    return rc != 0 ? not_sent(self, rc, err) : 0;
}

/* ---- following ------------------------------------------------------------------------------------------- */

static bool is_terminal(const char *status)
{
    return text_is_among(status, "completed|failed|expired|cancelled", '|', false);
}

/* Why they refused the whole of it. */
static void take_reason(struct working *self, const json_t *o)
{
    const json_t *first = json_array_get(json_object_get(json_object_get(o, "errors"), "data"), 0);
    const char *message = json_string_value(json_object_get(first, "message"));
    json_int_t line = json_integer_value(json_object_get(first, "line"));
    if (message != NULL && line > 0)
        snprintf(self->reason, sizeof self->reason, "line %lld: %.250s", (long long)line, message);
    else
        snprintf(self->reason, sizeof self->reason, "%.280s", message != NULL ? message : "");
}

static int ask_state(struct working *self, json_t **out, struct error *err)
{
    char path[REMOTE_ID_MAX + 32];
    snprintf(path, sizeof path, "/batches/%s", self->batch.remote);
    const struct remote_ask ask = {.method = "GET", .path = path, .repeatable = true};
    int rc = remote_ask(self->remote, &ask, out, self->job, err);
    const char *status = rc == 0 ? json_string_value(json_object_get(*out, "status")) : NULL;
    if (rc == 0 && status == NULL) {
        json_decref(*out);
        return error_set(err, E_BAD_DATA, self->provider->name, "what it says of the batch has no status");
    }
    if (rc != 0)
        return rc;
    const json_t *counts = json_object_get(*out, "request_counts"), *done = json_object_get(counts, "completed");
    self->completed = json_is_integer(done) ? json_integer_value(done) : -1;
    take_reason(self, *out);
    rc = batches_told(self->store, self->batch.batch, status, err);
    if (rc != 0)
        json_decref(*out);
    return rc;
}

static int take_named_file(struct working *self, const json_t *o, const char *key, struct error *err)
{
    const char *id = remote_id(o, key);
    struct str text;
    if (id == NULL)
        return 0;
    str_init(&text, REMOTE_FILE_MAX);
    int rc = remote_download(self->remote, id, &text, self->job, err);
    rc = rc != 0 ? rc : batch_take_file(self, str_text(&text), text.len, err);
    str_release(&text);
    return rc;
}

static int take_files(struct working *self, const json_t *o, struct error *err)
{
    int rc = take_named_file(self, o, "output_file_id", err);
    return rc != 0 ? rc : take_named_file(self, o, "error_file_id", err);
}

/* It has come to its end: everything that is known of it is read, and the rest is given up. */
static int finish(struct working *self, const json_t *o, struct error *err)
{
    const char *status = json_string_value(json_object_get(o, "status"));
    char why[400];
    const struct batch_sums before = *self->sums;
    size_t bytes = (size_t)self->batch.requests / 8 + 1;
    int rc = 0;
    self->seen = mem_zalloc(bytes, 1);
    if (self->seen == NULL)
        return error_nomem(err, "a batch");
    for (unsigned tries = 0; rc == 0; tries++) { /* a file that is cut may be whole the next time */
        memset(self->seen, 0, bytes);
        self->answered = 0;
        self->sums->unknown = before.unknown;
        self->sums->twice = before.twice;
        self->sums->broken = before.broken;
        rc = take_files(self, o, err);
        if (rc != 0 || self->answered >= self->completed || tries >= self->provider->retries)
            break;
        rc = remote_wait(ldexp(self->provider->backoff_seconds, (int)tries), "batch", 0, 0, self->job, err);
    }
    if (rc != 0)
        return rc;
    bool lost = strcmp(status, "failed") != 0 &&
                (self->completed < 0 ? strcmp(status, "completed") == 0 : self->answered < self->completed);
    if (strcmp(status, "failed") == 0)
        snprintf(why, sizeof why, "the batch was refused: %s", self->reason[0] != '\0' ? self->reason : "no reason was given");
    else if (lost)
        snprintf(why, sizeof why, "its answer was not in the provider's file (%s)", status);
    else
        snprintf(why, sizeof why, "the batch %s before it was answered", strcmp(status, "completed") == 0 ? "ended" : status);
    rc = batch_give_up(self, lost, why, err);
    return rc != 0 ? rc : end_batch(self, strcmp(status, "completed") == 0 ? "" : why, err);
}

/* Whose they know nothing of any more. */
static int forget(struct working *self, struct error *err)
{
    static const char why[] = "the provider knows nothing of this batch any more";
    int rc = batch_give_up(self, true, why, err);
    return rc != 0 ? rc : end_batch(self, why, err);
}

static int follow(struct working *self, bool wait, struct error *err)
{
    double pause = fmax(self->provider->backoff_seconds, 0.01);
    for (;;) {
        json_t *o = NULL;
        int rc = ask_state(self, &o, err);
        if (rc == E_NOT_FOUND)
            return forget(self, err);
        if (rc != 0)
            return rc;
        bool over = is_terminal(json_string_value(json_object_get(o, "status")));
        if (over)
            rc = finish(self, o, err);
        json_decref(o);
        if (rc != 0 || over)
            return rc;
        if (!wait) {
            self->sums->waiting++;
            return 0;
        }
        double done = self->completed > 0 ? (double)self->completed : 0;
        if ((rc = remote_wait(pause, "batch", done, (double)self->batch.requests, self->job, err)) != 0)
            return rc;
        pause = fmin(2 * pause, POLL_MAX);
    }
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

struct making {
    struct working working;
    const struct describe_wish *wish;
    size_t limit, bytes;
    int64_t *made; /* batches that were sent */
    size_t n_made, cap_made;
    int rc;        /* what the budget said: no more */
    struct error refused;
};

static int begin_batch(struct making *self, struct error *err)
{
    struct working *w = &self->working;
    const struct describe_wish *wish = self->wish;
    unsigned char word[8];
    char token[BATCH_TOKEN_MAX];
    randombytes_buf(word, sizeof word);
    sodium_bin2hex(token, sizeof token, word, sizeof word);
    w->batch = (struct batch){.provider = w->provider->name, .model = w->provider->model, .token = token, .job = wish->job,
                              .template = wish->template->name, .version = wish->template->version,
                              .collection = wish->collection, .note = wish->note, .publish = wish->publish,
                              .created = clock_now_ms()};
    self->bytes = 0;
    int rc = batches_add(w->store, &w->batch, err);
    return rc != 0 ? rc : read_batch(w, w->batch.batch, err);
}

/* Reserves and stores one request. */
static int add_request(struct making *self, const struct prompt *prompt, const struct facts *facts, struct error *err)
{
    struct working *w = &self->working;
    const struct provider *p = w->provider;
    const struct describe_wish *wish = self->wish;
    int64_t most = chat_prompt_at_most(&prompt->request), charge = 0;
    const struct charge_scope scope = {p->name, p->model, wish->team, wish->phase, "describe"};
    const struct charge_amount amount = {most, 0, prompt->request.max_tokens,
                                         batch_cost(p, most, 0, prompt->request.max_tokens)};
    struct str body;
    int rc = ledger_hold(w->store, &scope, &amount, clock_now_ms(), &charge, &self->refused);
    if (rc == E_REFUSED || rc == E_CONFLICT) {
        self->rc = rc;
        return 0;
    }
    if (rc != 0) {
        if (err != NULL)
            *err = self->refused;
        return rc;
    }
    rc = w->batch.batch == 0 ? begin_batch(self, err) : 0;
    str_init(&body, CHAT_ANSWER_MAX);
    rc = rc != 0 ? rc : chat_body(p, &prompt->request, &body, err);
    const struct batch_request r = {.batch = w->batch.batch, .request = ++w->batch.requests, .item = facts->item,
                                    .charge = charge, .digest = prompt->digest, .body = str_text(&body)};
    rc = rc != 0 ? rc : batches_add_request(w->store, &r, err);
    self->bytes += body.len + 128;
    w->sums->asked += rc == 0;
    str_release(&body);
    return rc;
}

static int add_item(struct making *self, int64_t item, struct error *err)
{
    struct working *w = &self->working;
    const struct describe_wish *wish = self->wish;
    struct prompt_extras extras = {.note = wish->note, .audience = wish->audience};
    struct facts facts = {0};
    struct prompt prompt = {0};
    struct error why = {0};
    int64_t same = 0, batch = 0;
    int rc = surroundings_facts(w->surroundings, item, &facts, &why);
    bool known = rc == 0;
    rc = rc != 0 ? rc : prompt_make(&prompt, wish->template, &facts, &extras, w->provider->model, &why);
    if (rc == E_BAD_DATA) {
        batch_tell(w, &facts, known ? DESCRIBE_FAILED : DESCRIBE_NO_FACTS, 0, 0, &why);
        facts_release(&facts);
        return 0;
    }
    if (rc != 0 && err != NULL)
        *err = why;
    if (rc == 0 && !wish->again)
        rc = descriptions_same(w->store, item, wish->collection, prompt.digest, &same, err);
    rc = rc != 0 ? rc : batches_under_way(w->store, item, wish->collection, prompt.digest, &batch, err);
    if (rc == 0 && (same != 0 || batch != 0))
        batch_tell(w, &facts, same != 0 ? DESCRIBE_SAME : DESCRIBE_UNDER_WAY, same, 0, NULL);
    else if (rc == 0)
        rc = add_request(self, &prompt, &facts, err);
    prompt_release(&prompt);
    facts_release(&facts);
    return rc;
}

static int send_made(struct making *self, struct error *err)
{
    struct working *w = &self->working;
    if (w->batch.batch == 0)
        return 0;
    if (mem_grow((void **)&self->made, &self->cap_made, self->n_made + 1, sizeof *self->made) != 0)
        return error_nomem(err, "a batch");
    int rc = send(w, false, err);
    if (rc == 0) {
        self->made[self->n_made++] = w->batch.batch;
        w->sums->made++;
    }
    w->batch = (struct batch){0};
    return rc;
}

/* Some items in one transaction; *next moves on. */
static int add_some(struct making *self, const int64_t *items, size_t n, size_t *next, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && self->rc == 0 && i < ITEMS_A_TRANSACTION && *next < n; i++) {
        rc = add_item(self, items[*next], err);
        *next += self->rc == 0;
        if ((size_t)self->working.batch.requests >= self->limit || self->bytes >= FILE_MAX)
            break;
    }
    return rc;
}

static int make_all(struct making *self, const int64_t *items, size_t n, size_t *next, struct error *err)
{
    struct working *w = &self->working;
    int rc = 0;
    while (rc == 0 && self->rc == 0 && *next < n) {
        if (job_step(w->job, "asking", (double)*next, (double)n, "products"))
            return job_error_cancelled(err, "describe");
        rc = store_begin(w->store, err);
        if (rc == 0)
            rc = store_end(w->store, add_some(self, items, n, next, err), err);
        if (rc == 0 && ((size_t)w->batch.requests >= self->limit || self->bytes >= FILE_MAX))
            rc = send_made(self, err);
    }
    return rc != 0 ? rc : send_made(self, err);
}

/* Is there such an interface at all?  Asked before anything is reserved. */
static int probe(struct working *self, struct error *err)
{
    json_t *out = NULL;
    const struct remote_ask ask = {.method = "GET", .path = "/batches?limit=1", .repeatable = true};
    int rc = remote_ask(self->remote, &ask, &out, self->job, err);
    json_decref(out);
    return rc == E_NOT_FOUND ? none_offered(self->provider, err) : rc;
}

static int follow_made(struct making *self, bool wait, struct error *err)
{
    struct working *w = &self->working;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < self->n_made; i++) {
        rc = read_batch(w, self->made[i], err);
        rc = rc != 0 ? rc : follow(w, wait, err);
        mem_free(w->seen);
        w->seen = NULL;
    }
    w->batch = (struct batch){0}; /* the next request begins another */
    return rc;
}

/* What the budget has only reserved for our own batches is free for more as soon as they have ended. */
static int make_and_follow(struct making *self, const int64_t *items, size_t n, bool wait, struct error *err)
{
    size_t next = 0;
    bool more;
    int rc;
    do {
        self->rc = 0;
        self->n_made = 0;
        rc = make_all(self, items, n, &next, err);
        rc = rc != 0 ? rc : follow_made(self, wait, err);
        more = rc == 0 && wait && self->rc == E_CONFLICT && self->n_made > 0;
    } while (more);
    if (rc == 0 && self->rc != 0 && err != NULL)
        *err = self->refused;
    return rc != 0 ? rc : self->rc;
}

static int say_how_to_go_on(int rc, struct error *err)
{
    return rc == E_CANCELLED ? error_hint(err, rc, "what the provider has goes on there; `reckon describe batch resume` takes it up")
                             : rc;
}

int batch_run(struct store *store, const struct describe_wish *wish, const int64_t *items, size_t n, size_t requests,
              bool wait, struct batch_sums *sums, describe_fn fn, void *context, struct job *job, struct error *err)
{
    struct making self = {
        .wish = wish, .limit = requests,
        .working = {.store = store, .provider = &wish->providers->list[0], .sums = sums, .fn = fn, .context = context,
                    .job = job, .template = wish->template,
                    .keeping = {.store = store, .template = wish->template}}};
    struct working *w = &self.working;
    int64_t orphans;
    memset(sums, 0, sizeof *sums);
    int rc = describe_check_note(store, wish->note, err);
    rc = rc != 0 ? rc : ledger_recover(store, &orphans, err);
    rc = rc != 0 ? rc : get_ready(w, wish->collection, wish->duplicates, n, err);
    rc = rc != 0 ? rc : probe(w, err);
    rc = rc != 0 ? rc : make_and_follow(&self, items, n, wait, err);
    working_release(w);
    mem_free(self.made);
    return say_how_to_go_on(rc, err);
}

/* ---- taking one up --------------------------------------------------------------------------------------- */

static int ask_to_cancel(struct working *self, struct error *err)
{
    char path[REMOTE_ID_MAX + 32];
    json_t *out = NULL;
    snprintf(path, sizeof path, "/batches/%s/cancel", self->batch.remote);
    const struct remote_ask ask = {.method = "POST", .path = path, .repeatable = true};
    int rc = remote_ask(self->remote, &ask, &out, self->job, err);
    json_decref(out);
    return rc == E_NOT_FOUND || rc == E_IO ? 0 : rc; /* what has ended meanwhile cannot be cancelled: its end is read */
}

/* It was prepared, and perhaps sent. */
static int go_on_sending(struct working *self, bool cancel, struct error *err)
{
    json_t *found = NULL;
    if (!cancel)
        return send(self, true, err);
    int rc = find_ours(self, &found, err);
    if (rc == 0 && found != NULL) {
        rc = take_remote(self, found, err);
        json_decref(found);
        return rc;
    }
    rc = rc != 0 ? rc : batch_give_up(self, false, "the batch was cancelled before it was sent", err);
    return rc != 0 ? rc : end_batch(self, "cancelled before it was sent", err);
}

static int take_up(struct working *self, const struct batch_taking *taking, struct template **template, struct error *err)
{
    char spec[160];
    int rc = read_batch(self, taking->batch, err);
    if (rc == 0 && strcmp(self->batch.state, "ended") == 0)
        return error_set(err, E_CONFLICT, "batches", "batch %lld has ended", (long long)taking->batch);
    rc = rc != 0 ? rc : providers_find(taking->providers, self->batch.provider, &self->provider, err);
    rc = rc != 0 ? rc : batches_claim(self->store, taking->batch, taking->job, err);
    if (rc != 0)
        return rc;
    snprintf(spec, sizeof spec, "%s@%lld", self->batch.template, (long long)self->batch.version);
    rc = describe_template(self->store, spec, template, err);
    self->template = self->keeping.template = *template;
    rc = rc != 0 ? rc : get_ready(self, self->batch.collection, taking->duplicates, (size_t)self->batch.requests, err);
    if (rc == 0 && strcmp(self->batch.state, "preparing") == 0) {
        rc = go_on_sending(self, taking->cancel, err);
        if (rc != 0 || self->batch.remote == NULL)
            return rc;
    }
    rc = rc == 0 && taking->cancel ? ask_to_cancel(self, err) : rc;
    return rc != 0 ? rc : follow(self, taking->wait, err);
}

int batch_resume(const struct batch_taking *taking, struct batch_sums *sums, describe_fn fn, void *context,
                 struct job *job, struct error *err)
{
    struct working self = {.store = taking->store, .sums = sums, .fn = fn, .context = context, .job = job,
                           .keeping = {.store = taking->store}};
    struct template *template = NULL;
    int rc = take_up(&self, taking, &template, err);
    working_release(&self);
    template_free(template);
    return say_how_to_go_on(rc, err);
}
