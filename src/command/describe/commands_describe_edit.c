/* describe edit | rewrite: a text made anew from another one, by hand or by whoever writes. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "describe/describe.h"
#include "describe/near.h"
#include "describe/surroundings.h"
#include "store/ledger.h"

/* ---- edit ------------------------------------------------------------------------------------------------ */

struct editing {
    struct app *app;
    const struct args *args;
    int64_t number;   /* of the new text */
    enum description_state before; /* of the old one */
    size_t findings;
    double duplicates; /* the setting */
    bool grave;
    struct error *err;
};

/* Its lines that hold something. */
static json_t *lines_of(const char *text)
{
    json_t *list = json_array();
    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        if (strspn(p, " \t\r") < n)
            json_array_append_new(list, json_stringn(p, n));
    }
    return list;
}

/* The old content with the fields that were given. */
static json_t *edited(const struct args *args, const char *content)
{
    json_t *o = json_loads(content, 0, NULL);
    for (int i = 0; i < TEMPLATE_OF_ALL; i++) {
        const char *name = template_field_name((enum template_field)i);
        bool list = i == TEMPLATE_OF_BULLETS || i == TEMPLATE_OF_KEYWORDS;
        if (args_given(args, name))
            json_object_set_new(o, name, list ? lines_of(args_text(args, name)) : json_string(args_text(args, name)));
    }
    return o;
}

static bool changes(const struct args *args)
{
    for (int i = 0; i < TEMPLATE_OF_ALL; i++)
        if (args_given(args, template_field_name((enum template_field)i)))
            return true;
    return false;
}

static int put_edited(void *context, const struct description *old)
{
    struct editing *self = context;
    struct app *app = self->app;
    struct error *err = self->err;
    char spec[160], name[64];
    struct template *template = NULL;
    struct surroundings *surroundings = NULL;
    struct near *near = NULL;
    struct facts facts = {0};
    struct checker_findings findings = {0};
    char **brands = NULL;
    size_t n_brands = 0;
    json_t *content = edited(self->args, old->content);
    snprintf(spec, sizeof spec, "%s@%lld", old->template, (long long)old->version);
    int rc = content == NULL ? error_nomem(err, "a text") : describe_template(app->store, spec, &template, err);
    rc = rc != 0 ? rc : surroundings_new(&surroundings, app->store, template, app->job, err);
    rc = rc != 0 ? rc : surroundings_facts(surroundings, old->item, &facts, err);
    rc = rc != 0 ? rc : facts_brands(app->store, &brands, &n_brands, err);
    rc = rc != 0 ? rc : checker_check(&facts, (const char *const *)brands, n_brands, template, content, &findings, err);
    rc = rc != 0 ? rc : near_new(&near, app->store, old->collection, self->duplicates, 1, app->job, err);
    rc = rc != 0 ? rc : near_check(near, old->item, content, &findings, err);
    json_t *found = rc == 0 ? checker_findings_json(&findings) : NULL;
    char *text = content != NULL ? json_dumps(content, JSON_COMPACT) : NULL;
    char *list = found != NULL ? json_dumps(found, JSON_COMPACT) : NULL;
    if (rc == 0 && (text == NULL || list == NULL))
        rc = error_nomem(err, "a text");
    if (rc == 0) {
        struct description d = *old;
        self->before = old->state;
        self->grave = checker_findings_are_grave(&findings);
        self->findings = findings.n;
        d.content = text;
        d.findings = list;
        d.parent = old->description;
        d.charge = 0;
        d.created = clock_now_ms();
        d.state = self->grave ? DESCRIPTION_REVIEW : DESCRIPTION_APPROVED;
        d.decided = self->grave ? 0 : d.created;
        d.editor = audited_actor(app, name).who;
        d.note = args_text(self->args, "note");
        rc = descriptions_add(app->store, &d, err);
        self->number = d.description;
    }
    json_decref(content);
    json_decref(found);
    free(text);
    free(list);
    checker_findings_release(&findings);
    facts_free_brands(brands, n_brands);
    facts_release(&facts);
    near_free(near);
    surroundings_free(surroundings);
    template_free(template);
    return rc;
}

/* A text that nobody published has had its day when there is one that was made from it: it waits for no editor. */
static int put_aside(struct app *app, int64_t number, enum description_state before, const char *what, int64_t now,
                     struct error *err)
{
    char note[64], name[64];
    if (before != DESCRIPTION_REVIEW && before != DESCRIPTION_APPROVED)
        return 0;
    snprintf(note, sizeof note, "%s: text %lld", what, (long long)now);
    return descriptions_decide(app->store, number, DESCRIPTION_REJECTED, audited_actor(app, name).who, note, clock_now_ms(),
                               err);
}

static int run_edit(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct editing self = {.app = app, .args = args, .err = err};
    int64_t number = args_int(args, "text");
    if (!changes(args))
        return error_hint(err, error_set(err, E_USAGE, "describe edit", "nothing is said that would be changed"), "%s",
                          "give --description, --title, --caption, --bullets or --keywords");
    struct settings settings;
    int rc = app_settings(app, &settings, err);
    if (rc != 0)
        return rc;
    self.duplicates = settings_real(&settings, SETTING_ID_DUPLICATES);
    rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : descriptions_find(app->store, number, put_edited, &self, err);
    rc = rc != 0 ? rc : put_aside(app, number, self.before, "edited", self.number, err);
    rc = audited_end(app, "describe.edit", json_pack("{s:I}", "text", (json_int_t)number), rc, err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "text", self.number, "");
    result_fact_text(out, "state", self.grave ? "review" : "approved");
    result_fact_int(out, "findings", (int64_t)self.findings, "");
    result_note(out, self.grave ? "The checks find something in it still: reckon describe show %lld"
                                : "Into the shop: reckon describe publish %lld", (long long)self.number);
    return 0;
}

static const struct command_param edit_params[] = {
    TEXT_PARAM,
    {"description", PT_TEXT, 0, NULL, 0, 0, NULL, "the new description"},
    {"title", PT_TEXT, 0, NULL, 0, 0, NULL, "the new title"},
    {"caption", PT_TEXT, 0, NULL, 0, 0, NULL, "the new caption"},
    {"bullets", PT_TEXT, 0, NULL, 0, 0, NULL, "the new bullets, a line each"},
    {"keywords", PT_TEXT, 0, NULL, 0, 0, NULL, "the new keywords, a line each"},
    NOTE_PARAM,
    {0},
};

const struct command command_describe_edit = {
    .name = "describe edit",
    .summary = "write a text anew by hand; it is checked as all others are",
    .description = "The old text stays readable; the new one says which it was made from, and by whom. An old one that was not "
                   "published is put aside.",
    .examples = "  reckon describe edit 12 --description 'A white heart of wood, to be hung up.'\n",
    .params = edit_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_edit,
};

/* ---- rewrite --------------------------------------------------------------------------------------------- */

/* What is needed of the old text. */
struct rewriting {
    int64_t item;
    enum description_state state;
    char template[128], collection[COLLECTION_NAME_MAX];
    struct describe_news news; /* what became of it */
    char why[512];
};

static int take_old(void *context, const struct description *d)
{
    struct rewriting *self = context;
    self->item = d->item;
    self->state = d->state;
    snprintf(self->template, sizeof self->template, "%s", d->template);
    snprintf(self->collection, sizeof self->collection, "%s", d->collection);
    return 0;
}

static int take_news(void *context, const struct describe_news *news)
{
    struct rewriting *self = context;
    self->news = *news;
    snprintf(self->why, sizeof self->why, "%s", news->error != NULL ? news->error->why : "");
    return 0;
}

/* The old one is put aside, in a transaction of its own: the new one was paid for and stays in any case. */
static int end_rewriting(struct app *app, int64_t number, const struct rewriting *self, struct error *err)
{
    int rc = store_begin(app->store, err);
    if (rc != 0)
        return rc;
    rc = put_aside(app, number, self->state, "written again", self->news.description, err);
    return audited_end(app, "describe.rewrite", json_pack("{s:I}", "text", (json_int_t)number), rc, err);
}

static int write_again(struct app *app, const struct args *args, struct rewriting *self, struct describe_sums *sums,
                       struct providers *providers, struct template *template, struct error *err)
{
    struct settings settings;
    int rc = app_settings(app, &settings, err);
    struct describe_wish wish = {
        .providers = providers, .template = template, .collection = self->collection, .team = args_text(args, "team"),
        .phase = args_text(args, "phase"), .note = args_text(args, "note"), .job = app->logged,
        .parent = args_int(args, "text"), .again = true, .duplicates = settings_real(&settings, SETTING_ID_DUPLICATES)};
    return rc != 0 ? rc : describe_items(app->store, &wish, &self->item, 1, sums, take_news, self, app->job, err);
}

static int run_rewrite(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct rewriting self = {0};
    struct describe_sums sums = {0};
    struct providers providers = {0};
    struct template *template = NULL;
    int64_t number = args_int(args, "text");
    int rc = descriptions_find(app->store, number, take_old, &self, err);
    rc = rc != 0 ? rc : describe_template(app->store, self.template, &template, err);
    rc = rc != 0 ? rc : providers_load(&providers, app->workspace, err);
    rc = rc != 0 ? rc : write_again(app, args, &self, &sums, &providers, template, err);
    if (rc == 0 && self.news.end != DESCRIBE_WRITTEN && self.news.end != DESCRIBE_REVIEW)
        rc = error_set(err, E_FAILED, "describe rewrite", "%s%s%s", describe_end_name(self.news.end),
                       self.why[0] != '\0' ? ": " : "", self.why);
    rc = rc != 0 ? rc : end_rewriting(app, number, &self, err);
    if (rc == 0) {
        result_fact_int(out, "text", self.news.description, "");
        result_fact_text(out, "state", self.news.end == DESCRIBE_REVIEW ? "review" : "approved");
        result_fact_int(out, "findings", (int64_t)self.news.findings, "");
        result_fact_int(out, "calls", sums.calls, "");
        result_fact_real(out, "cost", ledger_money(sums.cost), providers.currency);
        result_note(out, "Beside the facts: reckon describe show %lld", (long long)self.news.description);
    }
    template_free(template);
    providers_release(&providers);
    return rc;
}

static const struct command_param rewrite_params[] = {
    TEXT_PARAM,
    {"note", PT_TEXT, 0, NULL, 0, 0, NULL, "a word to whoever writes: what was wrong, what is wished for"},
    PAYING_PARAMS,
    {0},
};

const struct command command_describe_rewrite = {
    .name = "describe rewrite",
    .summary = "have a text written again, with a word to whoever writes",
    .description = "By the template of its name as it is now, into the same collection. The new text names the one that it "
                   "takes the place of, which is put aside unless it is published.",
    .examples = "  reckon describe rewrite 12 --note 'shorter, and leave the colour out'\n",
    .params = rewrite_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_rewrite,
};
