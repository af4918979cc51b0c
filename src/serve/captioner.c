#include "serve/captioner.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "describe/captions.h"
#include "serve/item_json.h"
#include "serve/server.h"
#include "store/events.h"
#include "store/items.h"

enum { BATCH = 32, WAIT_MS = 500, PAUSE_MS = 2000, PAUSE_MAX_MS = 60000, LANGUAGE_MAX = 32 };

struct captioner {
    struct server *server;
    struct caption_board *board;
    pthread_t threads[CAPTION_LINES];
    struct job job;
    int64_t pause_ms, resume_ms; /* of the line CAPTION_WRITE: monotonic; its thread's */
    int64_t said_ms;
};

/* One of the two threads. */
struct clerk {
    struct captioner *captioner;
    enum caption_line line;
    struct store *store;
    unsigned epoch;
};

/* ---- answers --------------------------------------------------------------------------------------------- */

static bool is_on(const struct settings *settings)
{
    return strcmp(settings_text(settings, SETTING_ID_CAPTIONS), "on") == 0;
}

static struct caption_stamp stamp_now(const struct server *server, const struct settings *settings)
{
    return (struct caption_stamp){.data = atomic_load(&server->data_generation),
                                  .items = item_changes_now(&server->item_changes),
                                  .epoch = atomic_load(&server->epoch), .on = is_on(settings)};
}

void caption_wishes_read(struct caption_wishes *out, struct call *call)
{
    const json_t *asked = json_object_get(call->json, "captions");
    *out = (struct caption_wishes){.wanted = asked != NULL, .language = call_text(asked, "language"), .server = call->server,
                                   .settings = &call->view->settings, .unsettled = &call->unsettled};
}

static void language_of(const struct caption_wishes *w, char out[LANGUAGE_MAX])
{
    const char *all = settings_text(w->settings, SETTING_ID_CAPTION_LANGUAGES);
    if (w->language != NULL)
        snprintf(out, LANGUAGE_MAX, "%s", w->language);
    else
        snprintf(out, LANGUAGE_MAX, "%.*s", (int)strcspn(all, " "), all[0] != '\0' ? all : "en");
}

static enum caption_said ask(const struct caption_wishes *w, const struct caption_key *key, struct str *caption)
{
    struct server *server = w->server;
    struct caption_stamp now = stamp_now(server, w->settings);
    bool dropped;
    if (!text_is_among(key->language, settings_text(w->settings, SETTING_ID_CAPTION_LANGUAGES), ' ', true))
        return CAPTION_NONE;
    enum caption_said said = caption_board_ask(server->captioner->board, key, &now, clock_monotonic_ms(), caption, &dropped);
    meters_add(&server->meters.captions_dropped, dropped);
    return said;
}

void captioner_put(struct str *out, const struct caption_wishes *w, enum reason_kind kind, const char *item,
                   const char *because, const char *because_title)
{
    char language[LANGUAGE_MAX];
    struct str caption, text;
    if (because != NULL && because_title[0] == '\0') { /* nothing to call it by */
        kind = REASON_MODEL;
        because = NULL;
    }
    str_init(&caption, 8192);
    str_init(&text, 16384);
    language_of(w, language);
    const struct caption_key key = {kind, item, because != NULL ? because : "", language};
    enum caption_said said = ask(w, &key, &caption);
    bool written = said == CAPTION_SAID || said == CAPTION_SAID_ONCE;
    if (said == CAPTION_SAID_ONCE || said == CAPTION_WAITS)
        *w->unsettled = true;
    reason_fill(&text, written ? str_text(&caption) : reason_sentence(kind, language), because != NULL ? because_title : NULL);
    meters_add(written ? &w->server->meters.captions_written : &w->server->meters.captions_template, 1);
    str_puts(out, ",\"caption\":{\"text\":");
    item_json_text(out, str_text(&text));
    str_printf(out, ",\"source\":\"%s\"}", written ? "written" : "template");
    str_release(&caption);
    str_release(&text);
}

/* ---- clerks ---------------------------------------------------------------------------------------------- */

/* What a batch is asked as. */
struct batch {
    struct clerk *clerk;
    struct caption_waiting waiting[BATCH];
    struct caption_wish wishes[BATCH];
    size_t place[BATCH]; /* of each wish among the keys */
    bool ended[BATCH];   /* of each key */
    size_t n, n_wishes;
    struct caption_stamp stamp;
};

/* later_ms: so long from now on it is not asked for again; 0: as long as nothing changes. */
static void answer(struct batch *b, size_t key, const struct caption_wish *wish, const char *caption, int64_t later_ms)
{
    int64_t now = clock_monotonic_ms();
    struct caption_found found = {.caption = caption, .retry_ms = later_ms != 0 ? now + later_ms : 0};
    if (wish != NULL) {
        found.item = wish->item;
        found.because = wish->because;
    }
    caption_board_answer(b->clerk->captioner->board, &b->waiting[key].key, &b->stamp, &found, now);
    b->ended[key] = true;
}

/* May it be asked at all? */
static int is_askable(struct batch *b, const struct caption_key *key, struct caption_wish *out, bool *askable, struct error *err)
{
    struct store *store = b->clerk->store;
    int64_t people = CAPTION_PEOPLE;
    *out = (struct caption_wish){.kind = key->kind, .language = key->language};
    int rc = items_lookup(store, key->item, &out->item, err);
    if (rc == 0 && key->because[0] != '\0')
        rc = items_lookup(store, key->because, &out->because, err);
    if (rc == 0 && key->kind == REASON_HISTORY)
        rc = events_people_of_item(store, out->because, CAPTION_PEOPLE, &people, err);
    *askable = rc == 0 && out->item != 0 && (out->because != 0) == reason_names_other(key->kind) && people >= CAPTION_PEOPLE;
    return rc;
}

static int choose(struct batch *b, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < b->n && rc == 0; i++) {
        bool askable;
        rc = is_askable(b, &b->waiting[i].key, &b->wishes[b->n_wishes], &askable, err);
        if (rc == 0 && askable)
            b->place[b->n_wishes++] = i;
        else if (rc == 0)
            answer(b, i, &b->wishes[b->n_wishes], NULL, 0);
    }
    return rc;
}

static int take_news(void *context, const struct caption_news *news)
{
    struct batch *b = context;
    struct captioner *self = b->clerk->captioner;
    size_t key = b->place[news->wish];
    if (news->end != CAPTION_FAILED) {
        meters_add(&self->server->meters.captions_refused, b->clerk->line == CAPTION_WRITE && news->end == CAPTION_REFUSED);
        answer(b, key, &b->wishes[news->wish], news->caption, 0);
    } else if (b->clerk->line == CAPTION_WRITE) {
        meters_add(&self->server->meters.captions_failed, 1);
        answer(b, key, &b->wishes[news->wish], NULL, news->answered ? PAUSE_MAX_MS : PAUSE_MS); /* an answer is paid for each time */
    } else if (!b->stamp.on) { /* it is not there, and nobody writes */
        answer(b, key, &b->wishes[news->wish], NULL, 0);
    } else if (caption_board_put(self->board, CAPTION_WRITE, &b->waiting[key].key)) {
        b->ended[key] = true;
    } else {
        meters_add(&self->server->meters.captions_dropped, 1);
        answer(b, key, &b->wishes[news->wish], NULL, PAUSE_MS);
    }
    return 0;
}

static int write_by_writer(void *context, hand_fn fn, void *fn_context, struct error *err)
{
    struct server *server = context;
    return writer_run(server->writer, fn, fn_context, err);
}

static int carry_out(struct batch *b, struct captions_run *run, struct error *err)
{
    struct captioner *self = b->clerk->captioner;
    struct providers providers = {.n = 0};
    int rc = b->clerk->line == CAPTION_WRITE ? providers_load(&providers, self->server->workspace, err) : 0;
    if (rc == 0 && b->clerk->line == CAPTION_WRITE)
        run->providers = &providers;
    rc = rc != 0 ? rc : choose(b, err);
    rc = rc != 0 ? rc : captions_write(run, b->wishes, b->n_wishes, take_news, b, &self->job, err);
    providers_release(&providers);
    return rc;
}

/* Nobody could write: it is told now and then, and left alone for a while. */
static void rest(struct captioner *self, const char *what, const char *why)
{
    int64_t now = clock_monotonic_ms();
    self->pause_ms = self->pause_ms == 0 ? PAUSE_MS : 2 * self->pause_ms < PAUSE_MAX_MS ? 2 * self->pause_ms : PAUSE_MAX_MS;
    self->resume_ms = now + self->pause_ms;
    if (self->said_ms == 0 || now - self->said_ms > PAUSE_MAX_MS) {
        self->said_ms = now;
        journal_event(self->server->journal, "warning", "captions", "%s: %s; sentences of reckon's own are shown", what, why);
    }
}

static void work(struct clerk *clerk, struct batch *b)
{
    struct captioner *self = clerk->captioner;
    struct error err = {0};
    struct view *view = view_hold(&self->server->view);
    b->clerk = clerk;
    b->stamp = stamp_now(self->server, &view->settings);
    view_release(view);
    meters_add(&self->server->meters.captions_asked, clerk->line == CAPTION_LOOK ? b->n : 0);
    int rc = server_open_store(self->server, &clerk->store, &clerk->epoch, false, &err);
    struct hand hand = {.store = clerk->store, .context = self->server, .write = write_by_writer};
    struct captions_run run = {.hand = &hand, .team = "", .phase = "", .job = self->server->app->logged};
    rc = rc != 0 ? rc : carry_out(b, &run, &err);
    bool none = run.ends[CAPTION_FAILED] > 0 && run.ends[CAPTION_FAILED] == (int64_t)b->n_wishes;
    if (clerk->line == CAPTION_WRITE && rc != E_CANCELLED && (rc != 0 || none))
        rest(self, rc != 0 ? err.what : "providers.toml", rc != 0 ? err.why : "none of the services answers");
    else if (clerk->line == CAPTION_WRITE)
        self->pause_ms = 0;
    for (size_t i = 0; i < b->n; i++)
        if (!b->ended[i])
            answer(b, i, NULL, NULL, PAUSE_MS);
}

static bool is_resting(const struct clerk *clerk)
{
    return clerk->line == CAPTION_WRITE && clock_monotonic_ms() < clerk->captioner->resume_ms;
}

/* After a restore or an erasure nothing that was read before stays in memory, also when nobody asks for a caption. */
static void let_go(struct clerk *clerk)
{
    if (clerk->store == NULL || clerk->epoch == atomic_load(&clerk->captioner->server->epoch))
        return;
    store_close(clerk->store);
    clerk->store = NULL;
    mem_wipe_stack();
}

static void *run(void *context)
{
    struct clerk *clerk = context;
    struct captioner *self = clerk->captioner;
    bool over = false;
    while (!over) {
        struct batch b = {.n = 0};
        b.n = caption_board_take(self->board, clerk->line, b.waiting, is_resting(clerk) ? 0 : BATCH, WAIT_MS, &over);
        let_go(clerk);
        if (b.n > 0 && !over)
            work(clerk, &b);
        for (size_t i = 0; i < b.n; i++)
            mem_free(b.waiting[i].texts);
    }
    store_close(clerk->store);
    mem_free(clerk);
    return NULL;
}

static int start_clerk(struct captioner *self, enum caption_line line, struct error *err)
{
    struct clerk *clerk = mem_zalloc(1, sizeof *clerk);
    if (clerk == NULL)
        return error_nomem(err, "captions");
    *clerk = (struct clerk){.captioner = self, .line = line};
    if (pthread_create(&self->threads[line], NULL, run, clerk) == 0)
        return 0;
    mem_free(clerk);
    return error_set(err, E_FAILED, "captions", "no thread can be started");
}

int captioner_start(struct captioner **out, struct server *server, struct error *err)
{
    struct captioner *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "captions");
    self->server = server;
    job_init(&self->job, NULL, NULL);
    int rc = caption_board_new(&self->board, &server->item_changes, err);
    rc = rc != 0 ? rc : start_clerk(self, CAPTION_LOOK, err);
    if (rc == 0 && (rc = start_clerk(self, CAPTION_WRITE, err)) != 0) {
        caption_board_close(self->board);
        pthread_join(self->threads[CAPTION_LOOK], NULL);
    }
    if (rc == 0) {
        *out = self;
        return 0;
    }
    caption_board_free(self->board);
    mem_free(self);
    return rc;
}

void captioner_stop(struct captioner *self)
{
    if (self == NULL)
        return;
    job_cancel(&self->job);
    caption_board_close(self->board);
    for (int l = 0; l < CAPTION_LINES; l++)
        pthread_join(self->threads[l], NULL);
    caption_board_free(self->board);
    mem_free(self);
}
