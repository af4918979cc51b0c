#include "describe/tune.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "describe/personal.h"
#include "describe/tune_private.h"
#include "llm/remote.h"
#include "store/ledger.h"

enum { EXAMPLE_MAX = 1 << 18, DIGEST = 65 };

/* ---- building -------------------------------------------------------------------------------------------- */

struct example {
    int64_t description;
    char digest[DIGEST]; /* of the body */
    char *body;
    bool held_out;
};

struct building {
    struct store *store;
    const struct tune_building *wish;
    struct tune_counts *counts;
    struct example *list;
    size_t n, cap;
    struct job *job;
    struct error *err;
};

/* The same product is always on the same side. */
static bool is_held_out(const char *identifier)
{
    char hex[DIGEST];
    unsigned value = 0;
    fs_sha256(identifier, strlen(identifier), hex);
    sscanf(hex, "%8x", &value);
    return value % 100 < TUNE_HELD_OUT_PERCENT;
}

/* The conversation: what was said, and the text as the answer.  NULL: it is none. */
static json_t *conversation(const struct tune_candidate *c)
{
    json_t *messages = json_loads(c->prompt, 0, NULL), *content = json_loads(c->content, 0, NULL), *one;
    size_t i, n = json_array_size(messages);
    bool good = n > 0 && json_is_object(content) && json_object_size(content) > 0;
    json_array_foreach (messages, i, one) {
        const char *role = json_string_value(json_object_get(one, "role"));
        const char *text = json_string_value(json_object_get(one, "content"));
        good = good && role != NULL && text != NULL && text[0] != '\0' &&
               (strcmp(role, "system") == 0 || strcmp(role, "user") == 0);
    }
    char *text = good ? json_dumps(content, JSON_COMPACT) : NULL;
    json_t *out = NULL;
    if (text != NULL && json_array_append_new(messages, json_pack("{s:s, s:s}", "role", "assistant", "content", text)) == 0)
        out = json_pack("{s:O}", "messages", messages);
    free(text);
    json_decref(content);
    json_decref(messages);
    return out;
}

/* Does any of its texts lead to a person? */
static int leads_to_person(struct building *self, const json_t *conversation, bool *yes)
{
    json_t *one;
    size_t i;
    int rc = 0;
    *yes = false;
    json_array_foreach (json_object_get(conversation, "messages"), i, one) {
        const char *why = NULL;
        if (rc == 0 && !*yes)
            rc = personal_is(self->store, json_string_value(json_object_get(one, "content")), &why, self->err);
        *yes = *yes || why != NULL;
    }
    return rc;
}

static int keep_example(struct building *self, const struct tune_candidate *c, const json_t *o)
{
    struct tune_counts *counts = self->counts;
    struct example e = {.description = c->description, .held_out = is_held_out(c->identifier)};
    char *body = json_dumps(o, JSON_COMPACT);
    size_t n = body != NULL ? strlen(body) : 0;
    if (body == NULL || mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0 ||
        (e.body = mem_strdup(body)) == NULL) {
        free(body);
        return error_nomem(self->err, "a tuning");
    }
    fs_sha256(body, n, e.digest);
    free(body);
    bool twice = false;
    for (size_t i = 0; i < self->n && !twice; i++)
        twice = memcmp(self->list[i].digest, e.digest, DIGEST) == 0;
    if (twice || n > EXAMPLE_MAX || !text_utf8_valid(e.body, n)) {
        counts->twice += twice;
        counts->malformed += !twice;
        mem_free(e.body);
        return 0;
    }
    counts->training += !e.held_out;
    counts->held_out += e.held_out;
    self->list[self->n++] = e;
    return 0;
}

static int take_candidate(void *context, const struct tune_candidate *c)
{
    struct building *self = context;
    bool personal = false;
    if (job_step(self->job, "tune", (double)++self->counts->seen, 0, "texts"))
        return job_error_cancelled(self->err, "tune");
    if (c->clicks < self->wish->clicks) {
        self->counts->unclicked++;
        return 0;
    }
    json_t *o = conversation(c);
    if (o == NULL) {
        self->counts->malformed++;
        return 0;
    }
    int rc = leads_to_person(self, o, &personal);
    self->counts->personal += personal;
    if (rc == 0 && !personal)
        rc = keep_example(self, c, o);
    json_decref(o);
    return rc;
}

static int by_description(const void *a, const void *b)
{
    const struct example *x = a, *y = b;
    return (x->description > y->description) - (x->description < y->description);
}

static int store_all(struct building *self, int64_t *tune)
{
    const struct tune_building *w = self->wish;
    struct str all;
    char digest[DIGEST], token[17], chosen[200];
    unsigned char word[8];
    randombytes_buf(word, sizeof word);
    sodium_bin2hex(token, sizeof token, word, sizeof word);
    snprintf(chosen, sizeof chosen, "%.64s, at least %lld clicks", w->collection != NULL ? w->collection : "all collections",
             (long long)w->clicks);
    str_init(&all, self->n * DIGEST + 1);
    qsort(self->list, self->n, sizeof *self->list, by_description);
    for (size_t i = 0; i < self->n; i++)
        str_append(&all, self->list[i].digest, DIGEST - 1);
    fs_sha256(str_text(&all), all.len, digest);
    str_release(&all);
    struct tune t = {.provider = w->provider->name, .model = w->provider->model, .token = token, .since = w->since,
                     .until = w->until, .chosen = chosen, .digest = digest, .epochs = w->epochs, .created = clock_now_ms()};
    int rc = tunes_add(self->store, &t, self->err);
    for (size_t i = 0; rc == 0 && i < self->n; i++)
        rc = tunes_add_example(self->store, t.tune, (int64_t)i + 1, self->list[i].held_out, self->list[i].description,
                               self->list[i].body, self->err);
    *tune = t.tune;
    return rc;
}

int tune_build(struct store *store, const struct tune_building *wish, int64_t *tune, struct tune_counts *counts,
               struct job *job, struct error *err)
{
    struct building self = {.store = store, .wish = wish, .counts = counts, .job = job, .err = err};
    const struct tune_wish w = {.collection = wish->collection, .since = wish->since, .until = wish->until, .kind = wish->kind};
    memset(counts, 0, sizeof *counts);
    int rc = tunes_candidates(store, &w, take_candidate, &self, err);
    if (rc == 0 && counts->training < TUNE_EXAMPLES_MIN) {
        error_set(err, E_BAD_DATA, "tune", "%lld texts to learn from, and at least %d are wanted", (long long)counts->training,
                  TUNE_EXAMPLES_MIN);
        rc = error_hint(err, E_BAD_DATA, "approve more, or look further back, or ask for fewer clicks (--min-clicks)");
    }
    rc = rc != 0 ? rc : store_begin(store, err);
    if (rc == 0)
        rc = store_end(store, store_all(&self, tune), err);
    for (size_t i = 0; i < self.n; i++)
        mem_free(self.list[i].body);
    mem_free(self.list);
    return rc;
}

/* ---- what it costs --------------------------------------------------------------------------------------- */

static int put_line(void *context, const struct tune_example *e)
{
    struct str *out = context;
    return str_puts(out, e->body) != 0 || str_putc(out, '\n') != 0 ? E_NOMEM : 0;
}

int tune_lines(struct store *store, int64_t tune, bool held_out, struct str *out, struct error *err)
{
    int rc = tunes_examples(store, tune, held_out, put_line, out, err);
    return rc == E_NOMEM ? error_nomem(err, "a tuning") : rc;
}

static int count_bytes(void *context, const struct tune_example *e)
{
    *(int64_t *)context += (int64_t)strlen(e->body);
    return 0;
}

static int64_t training_cost(const struct provider *p, int64_t tokens)
{
    return (int64_t)ceil((double)tokens * p->training_price - 1e-9);
}

int tune_copy(void *context, const struct tune *t)
{
    struct tune_copy *self = context;
    const char *const from[] = {t->provider, t->model, t->token, t->state, t->remote_state, t->why, t->evaluation,
                                t->remote, t->tuned};
    const char **const to[] = {&self->tune.provider, &self->tune.model, &self->tune.token, &self->tune.state,
                               &self->tune.remote_state, &self->tune.why, &self->tune.evaluation, &self->tune.remote,
                               &self->tune.tuned};
    self->tune = *t;
    self->tune.chosen = self->tune.digest = "";
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        char *text = from[i] != NULL ? mem_strdup(from[i]) : NULL;
        if (from[i] != NULL && text == NULL)
            return E_NOMEM;
        mem_free(self->owned[i]);
        self->owned[i] = text;
        *to[i] = text;
    }
    return 0;
}

void tune_copy_release(struct tune_copy *self)
{
    for (size_t i = 0; i < sizeof self->owned / sizeof *self->owned; i++)
        mem_free(self->owned[i]);
}

int tune_read(struct store *store, int64_t tune, struct tune_copy *out, struct error *err)
{
    memset(out, 0, sizeof *out);
    int rc = tunes_find(store, tune, tune_copy, out, err);
    return rc == E_NOMEM ? error_nomem(err, "a tuning") : rc;
}

int tune_write(struct store *store, const struct tune *t, struct error *err)
{
    int rc = store_begin(store, err);
    return rc != 0 ? rc : store_end(store, tunes_change(store, t, err), err);
}

int tune_estimate(struct store *store, const struct provider *provider, int64_t tune, struct tune_estimate *out,
                  struct error *err)
{
    struct tune_copy t;
    int64_t bytes = 0;
    int rc = tune_read(store, tune, &t, err);
    rc = rc != 0 ? rc : tunes_examples(store, tune, false, count_bytes, &bytes, err);
    *out = (struct tune_estimate){.tokens = bytes / 4 * t.tune.epochs, .tokens_most = bytes * t.tune.epochs};
    out->cost = ledger_money(training_cost(provider, out->tokens));
    out->cost_most = ledger_money(training_cost(provider, out->tokens_most));
    tune_copy_release(&t);
    return rc;
}

/* ---- sending --------------------------------------------------------------------------------------------- */

struct working {
    struct store *store;
    const struct tune_sending *sending;
    struct remote *remote;
    struct tune_copy copy;
    struct job *job;
};

static int none_offered(const struct provider *p, struct error *err)
{
    error_set(err, E_REFUSED, p->name, "it offers no fine-tuning");
    return error_hint(err, E_REFUSED, "`reckon describe tune build --out DIRECTORY` writes the sets, to be tuned elsewhere");
}

/* What they say of it, noted. */
static int take_remote(struct working *self, const json_t *o, struct error *err)
{
    struct tune t = self->copy.tune;
    t.remote = remote_id(o, "id");
    t.remote_state = json_string_value(json_object_get(o, "status"));
    if (t.remote == NULL || t.remote_state == NULL)
        return error_set(err, E_BAD_DATA, self->sending->provider->name, "what it says of the tuning has no name or no status");
    t.state = "sent";
    return tune_write(self->store, &t, err);
}

/* One that was begun with our word, whose answer was lost. */
static int find_ours(struct working *self, json_t **out, struct error *err)
{
    int rc = remote_find(self->remote, "/fine_tuning/jobs", self->copy.tune.token, out, self->job, err);
    return rc == E_NOT_FOUND ? none_offered(self->sending->provider, err) : rc;
}

static int upload(struct working *self, bool held_out, char id[REMOTE_ID_MAX], struct error *err)
{
    struct str text;
    id[0] = '\0';
    str_init(&text, REMOTE_FILE_MAX);
    int rc = tune_lines(self->store, self->copy.tune.tune, held_out, &text, err);
    if (rc == 0 && text.len > 0)
        rc = remote_upload(self->remote, held_out ? "held-out.jsonl" : "training.jsonl", "fine-tune", str_text(&text), text.len,
                           id, self->job, err);
    str_release(&text);
    return rc;
}

/* *theirs: they have begun it, whatever is wrong with what they say of it. */
static int create(struct working *self, bool *theirs, struct error *err)
{
    const struct tune *t = &self->copy.tune;
    char training[REMOTE_ID_MAX], held_out[REMOTE_ID_MAX];
    json_t *out = NULL;
    int rc = upload(self, false, training, err);
    rc = rc != 0 ? rc : upload(self, true, held_out, err);
    if (rc != 0)
        return rc;
    json_t *body = json_pack("{s:s, s:s, s:{s:s, s:{s:{s:I}}}, s:{s:s}}", "model", t->model, "training_file", training, "method",
                             "type", "supervised", "supervised", "hyperparameters", "n_epochs", (json_int_t)t->epochs,
                             "metadata", REMOTE_WORD, t->token);
    if (body != NULL && held_out[0] != '\0')
        json_object_set_new(body, "validation_file", json_string(held_out));
    if (body != NULL && self->sending->suffix != NULL)
        json_object_set_new(body, "suffix", json_string(self->sending->suffix));
    const struct remote_ask ask = {.method = "POST", .path = "/fine_tuning/jobs", .body = body};
    rc = body == NULL ? error_nomem(err, "a tuning") : remote_ask(self->remote, &ask, &out, self->job, err);
    if (rc == E_CONFLICT) { /* did they get it? */
        struct error lost;
        if (find_ours(self, &out, &lost) == 0 && out != NULL)
            rc = 0;
    }
    *theirs = rc == 0 || rc == E_CONFLICT;
    rc = rc != 0 ? rc : take_remote(self, out, err);
    json_decref(out);
    json_decref(body);
    return rc;
}

/* Reserves the most that it can come to, and notes that it may be there from now on. */
static int reserve(struct working *self, struct error *err)
{
    const struct tune_sending *s = self->sending;
    const struct provider *p = s->provider;
    struct tune *t = &self->copy.tune;
    struct tune_estimate e;
    int rc = tune_estimate(self->store, p, t->tune, &e, err);
    const struct charge_scope scope = {p->name, t->model, s->team, s->phase, "tune"};
    const struct charge_amount most = {e.tokens_most, 0, 0, training_cost(p, e.tokens_most)};
    rc = rc != 0 ? rc : store_begin(self->store, err);
    if (rc != 0)
        return rc;
    rc = ledger_hold(self->store, &scope, &most, clock_now_ms(), &t->charge, err);
    t->state = "starting";
    t->job = s->job;
    rc = rc != 0 ? rc : tunes_change(self->store, t, err);
    return store_end(self->store, rc, err);
}

/* It was not begun, for good: as it was before. */
static int take_back(struct working *self, int rc, struct error *err)
{
    struct tune *t = &self->copy.tune;
    struct error why;
    if (rc == E_NOT_FOUND)
        rc = none_offered(self->sending->provider, err);
    if (rc != E_REFUSED && rc != E_IO && rc != E_BAD_DATA)
        return rc;
    int back = store_begin(self->store, &why);
    if (back == 0) {
        back = ledger_settle_within(self->store, t->charge, CHARGE_RELEASED, NULL, &why);
        t->state = "built";
        t->charge = 0;
        back = store_end(self->store, back != 0 ? back : tunes_change(self->store, t, &why), &why);
    }
    if (back != 0 && err != NULL)
        *err = why;
    return back != 0 ? back : rc;
}

static int start(struct working *self, struct error *err)
{
    const char *state = self->copy.tune.state;
    json_t *found = NULL;
    if (strcmp(state, "built") != 0 && strcmp(state, "starting") != 0)
        return error_set(err, E_CONFLICT, "tune", "tuning %lld was begun before: it is %s", (long long)self->copy.tune.tune, state);
    int rc = find_ours(self, &found, err); /* also: is there such a thing at all? */
    if (rc != 0)
        return rc;
    if (found != NULL) {
        rc = take_remote(self, found, err);
        json_decref(found);
        return rc;
    }
    bool theirs = false;
    rc = strcmp(state, "built") == 0 ? reserve(self, err) : 0;
    if (rc != 0)
        return rc;
    rc = create(self, &theirs, err);
    if (rc != 0 && theirs)
        return error_hint(err, rc, "`reckon describe tune start %lld` looks for it there", (long long)self->copy.tune.tune);
    return rc != 0 ? take_back(self, rc, err) : 0;
}

static int begin(struct working *self, struct error *err)
{
    int rc = tune_read(self->store, self->sending->tune, &self->copy, err);
    return rc != 0 ? rc : remote_new(&self->remote, self->sending->provider, err);
}

static void end(struct working *self)
{
    remote_free(self->remote);
    tune_copy_release(&self->copy);
}

int tune_start(struct store *store, const struct tune_sending *sending, struct job *job, struct error *err)
{
    struct working self = {.store = store, .sending = sending, .job = job};
    int rc = tunes_claim(store, sending->tune, sending->job, err); /* before it is read: nobody else begins it now */
    rc = rc != 0 ? rc : begin(&self, err);
    rc = rc != 0 ? rc : start(&self, err);
    end(&self);
    return rc;
}

/* ---- following ------------------------------------------------------------------------------------------- */

/* The losses, in the order of their steps. */
static int take_events(struct working *self, double *train, double *valid, struct error *err)
{
    char path[REMOTE_ID_MAX + 64];
    json_t *list = NULL;
    double last[2] = {-1, -1};
    snprintf(path, sizeof path, "/fine_tuning/jobs/%s/events?limit=100", self->copy.tune.remote);
    const struct remote_ask ask = {.method = "GET", .path = path, .repeatable = true};
    int rc = remote_ask(self->remote, &ask, &list, self->job, err);
    const json_t *data = json_object_get(list, "data");
    for (size_t i = json_array_size(data); rc == 0 && i-- > 0;) { /* the newest comes first */
        const json_t *values = json_object_get(json_array_get(data, i), "data");
        const json_t *losses[2] = {json_object_get(values, "train_loss"), json_object_get(values, "valid_loss")};
        double step = json_number_value(json_object_get(values, "step"));
        for (int k = 0; k < 2; k++)
            if (json_is_number(losses[k]) && step > last[k]) {
                *(k == 0 ? train : valid) = json_number_value(losses[k]);
                last[k] = step;
                job_point(self->job, k == 0 ? "training: loss" : "held out: loss", "step", step, json_number_value(losses[k]));
            }
    }
    json_decref(list);
    return rc == E_NOT_FOUND ? 0 : rc; /* not every service tells them */
}

/* Ends it, and settles what it cost (NULL: nobody knows), in one transaction; nothing when somebody else did meanwhile. */
static int end_tune(struct working *self, struct tune *t, const struct charge_amount *amount, struct error *err)
{
    struct tune_copy now;
    int rc = store_begin(self->store, err);
    if (rc != 0)
        return rc;
    rc = tune_read(self->store, t->tune, &now, err);
    bool open = rc == 0 && strcmp(now.tune.state, "sent") == 0;
    tune_copy_release(&now);
    t->ended = clock_now_ms();
    if (open)
        rc = ledger_settle_within(self->store, t->charge, amount != NULL ? CHARGE_SETTLED : CHARGE_ESTIMATED, amount, err);
    if (open && rc == 0)
        rc = tunes_change(self->store, t, err);
    return store_end(self->store, rc, err);
}

/* What the tuned model is called, as a text of theirs that goes into requests and tables. */
static const char *model_name(const json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "fine_tuned_model"));
    size_t n = name != NULL ? strlen(name) : 0, plain = 0;
    while (plain < n && (unsigned char)name[plain] > ' ' && name[plain] != 0x7F)
        plain++;
    return n > 0 && n < REMOTE_ID_MAX && plain == n ? name : NULL; /* (JSON that jansson took is valid UTF-8) */
}

/* It has ended: what it cost, and what it is called. */
static int settle(struct working *self, const json_t *o, struct error *err)
{
    struct tune t = self->copy.tune;
    const json_t *trained = json_object_get(o, "trained_tokens");
    const char *message = json_string_value(json_object_get(json_object_get(o, "error"), "message"));
    bool good = strcmp(t.remote_state, "succeeded") == 0;
    bool billed = strcmp(t.remote_state, "failed") != 0; /* a failed one is not */
    t.tuned = good ? model_name(o) : NULL;
    t.state = good && t.tuned != NULL ? "succeeded" : strcmp(t.remote_state, "cancelled") == 0 ? "cancelled" : "failed";
    t.trained = json_integer_value(trained);
    t.why = message != NULL ? message : good && t.tuned == NULL ? "it tuned a model and does not say its name" : "";
    const struct charge_amount amount = {t.trained, 0, 0, training_cost(self->sending->provider, t.trained)};
    return end_tune(self, &t, json_is_integer(trained) || !billed ? &amount : NULL, err);
}

/* They do not know it any more. */
static int forget(struct working *self, struct error *err)
{
    struct tune t = self->copy.tune;
    t.state = "failed";
    t.why = "the provider does not know it any more";
    return end_tune(self, &t, NULL, err);
}

static int ask_state(struct working *self, const char *more, json_t **out, struct error *err)
{
    char path[REMOTE_ID_MAX + 64];
    snprintf(path, sizeof path, "/fine_tuning/jobs/%s%s", self->copy.tune.remote, more);
    const struct remote_ask ask = {.method = more[0] != '\0' ? "POST" : "GET", .path = path, .repeatable = true};
    return remote_ask(self->remote, &ask, out, self->job, err);
}

static int look(struct working *self, bool *over, struct error *err)
{
    struct tune *t = &self->copy.tune;
    json_t *o = NULL;
    int rc = ask_state(self, "", &o, err);
    if (rc == E_NOT_FOUND) {
        *over = true;
        return forget(self, err);
    }
    t->remote_state = json_string_value(json_object_get(o, "status"));
    if (rc == 0 && t->remote_state == NULL)
        rc = error_set(err, E_BAD_DATA, self->sending->provider->name, "what it says of the tuning has no status");
    *over = rc == 0 && text_is_among(t->remote_state, "succeeded|failed|cancelled", '|', false);
    if (rc == 0)
        rc = *over ? settle(self, o, err) : tunes_told(self->store, t->tune, t->remote_state, err);
    t->remote_state = "";
    json_decref(o);
    return rc;
}

static int follow(struct working *self, bool wait, bool cancel, double *train, double *valid, struct error *err)
{
    double pause = fmax(self->sending->provider->backoff_seconds, 0.01);
    json_t *out = NULL;
    bool over = false;
    int rc = cancel ? ask_state(self, "/cancel", &out, err) : 0;
    json_decref(out);
    rc = rc == E_IO || rc == E_NOT_FOUND ? 0 : rc; /* what has ended meanwhile cannot be cancelled: its end is read */
    while (rc == 0 && !over) {
        rc = look(self, &over, err);
        if (rc == 0 && (over || !(wait || cancel)))
            return take_events(self, train, valid, err);
        if (rc != 0)
            break;
        rc = remote_wait(pause, "tune", 0, 0, self->job, err);
        pause = fmin(2 * pause, 60);
    }
    return rc == E_CANCELLED ? error_hint(err, rc, "it goes on at the provider; `reckon describe tune status` takes it up") : rc;
}

int tune_follow(struct store *store, const struct tune_sending *sending, bool wait, bool cancel, double *train,
                double *valid, struct job *job, struct error *err)
{
    struct working self = {.store = store, .sending = sending, .job = job};
    *train = *valid = (double)NAN;
    int rc = begin(&self, err);
    if (rc == 0 && self.copy.tune.remote != NULL)
        rc = strcmp(self.copy.tune.state, "sent") == 0 ? follow(&self, wait, cancel, train, valid, err)
                                                       : take_events(&self, train, valid, err);
    end(&self);
    return rc;
}

int tune_register(struct store *store, int64_t tune, struct error *err)
{
    struct tune_copy copy;
    int rc = tune_read(store, tune, &copy, err);
    if (rc == 0 && copy.tune.tuned == NULL)
        rc = error_set(err, E_CONFLICT, "tune", "tuning %lld has no model: it is %s", (long long)tune, copy.tune.state);
    copy.tune.registered = clock_now_ms();
    rc = rc != 0 ? rc : tune_write(store, &copy.tune, err);
    tune_copy_release(&copy);
    return rc;
}
