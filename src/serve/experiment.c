#include "serve/experiment.h"

#include <string.h>

#include "base/clock.h"
#include "experiment/arm_options.h"
#include "serve/consent.h"
#include "serve/handlers.h"
#include "serve/item_json.h"
#include "serve/server.h"
#include "store/users.h"

static int find_entry(const struct call *call, const json_t *asked, const struct book_entry **out, struct error *err)
{
    const char *name = call_text(asked, "experiment"), *place = call_text(asked, "scenario");
    *out = NULL;
    if (name != NULL)
        *out = book_find(&call->view->book, name);
    else if (place != NULL)
        *out = book_of_place(&call->view->book, place);
    if (name == NULL || *out != NULL)
        return 0;
    error_set(err, E_NOT_FOUND, name, "there is no such experiment, or it has not begun");
    return error_hint(err, E_NOT_FOUND, "reckon experiment list shows them");
}

/* Only a first exposure is written. */
static int note_exposure(struct call *call, struct desk *desk, const struct variant *v, const char *user, int64_t id,
                         struct error *err)
{
    bool known = false;
    int rc = 0;
    if (id != 0)
        rc = exposures_known(desk->store, v->entry->record.experiment, id, v->assignment.variant, &known, err);
    if (rc == 0 && !known) {
        call->exposure.experiment = v->entry->record.experiment;
        call->exposure.variant = v->assignment.variant;
        call->exposure.propensity = v->assignment.propensity;
        call->exposure.user = user;
    }
    return rc;
}

static const char *said(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void take_arm(struct variant *out, uint32_t variant)
{
    const struct design_arm *arm = &out->entry->design.arms[variant];
    out->model = said(arm->model);
    out->scenario = said(arm->scenario);
    out->rules = said(arm->rules);
    out->descriptions = said(arm->descriptions);
}

struct variant experiment_second(const struct variant *first)
{
    struct variant second = *first;
    take_arm(&second, 1);
    return second;
}

int experiment_choose(struct variant *out, struct desk *desk, struct call *call, const json_t *asked, struct error *err)
{
    const char *user = call_text(asked, "user");
    int64_t id = 0;
    *out = (struct variant){.entry = NULL};
    int rc = find_entry(call, asked, &out->entry, err);
    if (rc != 0 || out->entry == NULL)
        return rc;
    if (user == NULL) { /* several at once, or nobody: as if there were no experiment */
        out->entry = NULL;
        return 0;
    }
    bool refused;
    rc = consent_refused_by_browser(desk->store, call, &refused, err);
    if (rc != 0 || refused) {
        out->assignment.reason = BOOK_CONSENT;
        return rc;
    }
    rc = users_lookup(desk->store, user, &id, err);
    if (rc == 0)
        rc = book_assign(out->entry, call->view->book.holdout, desk->store, user, id, &out->assignment, err);
    if (rc != 0 || !out->assignment.in)
        return rc;
    out->mixed = out->entry->design.interleave;
    if (out->mixed) { /* everybody meets the same: one list of both */
        out->assignment.variant = 0;
        out->assignment.propensity = 1;
    } else {
        call->arm.experiment = out->entry->record.experiment;
        call->arm.variant = out->assignment.variant;
    }
    take_arm(out, out->assignment.variant);
    bool counts = out->assignment.counted && call_bool(asked, "expose", true);
    return counts ? note_exposure(call, desk, out, user, id, err) : 0;
}

struct options {
    struct str *out;
    const char *before;
};

static int put_option(void *context, const char *name, const char *value)
{
    struct options *o = context;
    str_puts(o->out, o->before);
    item_json_text(o->out, name);
    str_putc(o->out, ':');
    item_json_text(o->out, value);
    o->before = ",";
    return 0;
}

static void put_options(struct str *out, const char *widget)
{
    struct options o = {out, ""};
    if (widget[0] == '\0')
        return;
    str_puts(out, ",\"options\":{");
    arm_options_each(widget, put_option, &o);
    str_putc(out, '}');
}

void experiment_put(struct str *out, const struct variant *v)
{
    str_puts(out, "\"experiment\":{\"name\":");
    item_json_text(out, v->entry->record.name);
    if (v->assignment.in) {
        str_puts(out, ",\"variant\":");
        item_json_text(out, v->mixed ? "interleaved" : v->entry->design.arms[v->assignment.variant].name);
        str_printf(out, ",\"propensity\":%.6g", v->assignment.propensity);
        if (!v->mixed)
            put_options(out, v->entry->design.arms[v->assignment.variant].widget);
    }
    str_puts(out, ",\"why\":");
    item_json_text(out, book_reason_text(v->assignment.reason));
    str_putc(out, '}');
}

bool experiment_must_write(const struct call *call)
{
    return call->status == 200 && call->exposure.experiment != 0;
}

int experiment_write(struct store *store, const struct call *call, struct error *err)
{
    struct exposure e = {.experiment = call->exposure.experiment, .variant = call->exposure.variant,
                         .propensity = call->exposure.propensity, .time = clock_now_ms()};
    int rc = users_intern(store, call->exposure.user, strlen(call->exposure.user), &e.user, NULL, err);
    if (rc == E_REFUSED) /* of somebody who was erased: answered, and not written */
        return 0;
    return rc != 0 ? rc : exposures_add(store, &e, NULL, err);
}

HANDLER(handle_assign)
{
    struct variant variant;
    struct str body;
    (void)server;
    int rc = experiment_choose(&variant, desk, call, call->json, err);
    if (rc != 0)
        return rc;
    str_init(&body, 4096);
    str_puts(&body, "{\"user\":");
    item_json_text(&body, call_text(call->json, "user"));
    str_putc(&body, ',');
    experiment_put(&body, &variant);
    str_putc(&body, '}');
    call_answer_json(call, 200, &body);
    str_release(&body);
    return 0;
}
