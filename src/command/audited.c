#include "command/audited.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store.h"

struct audit_actor audited_actor(const struct app *app, char name[64])
{
    const char *front = app->front != NULL ? app->front : "command line";
    if (app->caller != NULL) {
        snprintf(name, 64, "%s", app->caller);
        return (struct audit_actor){.who = name, .front = front};
    }
    struct passwd entry, *found = NULL;
    char buf[4096];
    if (getpwuid_r(geteuid(), &entry, buf, sizeof buf, &found) == 0 && found != NULL)
        snprintf(name, 64, "%s", found->pw_name);
    else
        snprintf(name, 64, "uid %ld", (long)geteuid());
    return (struct audit_actor){.who = name, .front = front};
}

int audited_end(struct app *app, const char *action, json_t *facts, int rc, struct error *err)
{
    char name[64];
    struct audit_actor actor = audited_actor(app, name);
    if (rc == 0)
        rc = audit_append(app->store, action, &actor, clock_now_ms(), facts, NULL, err);
    else
        json_decref(facts);
    return store_end(app->store, rc, err);
}

static void append(struct store *store, const struct app *app, const char *action, json_t *facts)
{
    char name[64];
    struct audit_actor actor = audited_actor(app, name);
    int rc = store_begin(store, NULL);
    if (rc == 0)
        rc = audit_append(store, action, &actor, clock_now_ms(), facts, NULL, NULL);
    else
        json_decref(facts);
    store_end(store, rc, NULL);
}

void audited_note(const struct app *app, const char *action, json_t *facts)
{
    struct store *store;
    if (store_open(&store, app->workspace, true, NULL) != 0) {
        json_decref(facts);
        return;
    }
    append(store, app, action, facts);
    store_close(store);
}

void audited_write(const struct command *command, struct app *app, int outcome)
{
    struct store *own = NULL;
    if (app->store == NULL && (app->workspace[0] == '\0' || store_open(&own, app->workspace, true, NULL) != 0))
        return;
    append(own != NULL ? own : app->store, app, "command",
           json_pack("{s:s, s:s}", "command", command->name, "outcome", outcome == 0 ? "done" : error_name(outcome)));
    store_close(own);
}
