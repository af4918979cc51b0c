/* The keys of the server's callers: keys create, list, revoke. */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "command/commands.h"
#include "store/keys.h"

static int check_label(const char *label, struct error *err)
{
    size_t n = strlen(label);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)label[i] < 0x20 || label[i] == 0x7F)
            return error_set(err, E_USAGE, "LABEL", "holds a control character");
    if (n >= 1 && n <= KEY_LABEL_MAX)
        return 0;
    return error_set(err, E_USAGE, "LABEL", "has %zu bytes; it may have 1 to %d", n, KEY_LABEL_MAX);
}

static int add_key(struct app *app, const struct key_info *info, int64_t *key, struct error *err)
{
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = keys_create(app->store, info, key, err);
    return store_end(app->store, rc, err);
}

static int run_create(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    unsigned char secret[KEY_HASH];
    char token[KEY_TOKEN_MAX];
    int64_t key, days = args_int(args, "days");
    struct key_info info = {.label = args_text(args, "label"), .created = clock_now_ms()};
    info.expires = days > 0 ? info.created + days * CLOCK_DAY_MS : 0;
    int rc = check_label(info.label, err);
    if (rc == 0)
        rc = keys_parse_roles(args_text(args, "roles"), &info.roles, err);
    if (rc == 0 && (info.roles & KEY_BROWSER) != 0 && info.roles != KEY_BROWSER)
        rc = error_set(err, E_USAGE, "roles", "a key for browsers is public, so it can have no other role");
    if (rc != 0)
        return rc;
    keys_secret(secret, info.hash);
    rc = add_key(app, &info, &key, err);
    if (rc == 0) {
        keys_token(key, secret, token);
        result_fact_text(out, "label", info.label);
        result_fact_text(out, "token", token);
        result_fact_text(out, "roles", args_text(args, "roles"));
        if (info.expires != 0)
            result_fact_time(out, "expires", info.expires);
        result_note(out,
                    "The token is shown this once and kept nowhere. Callers send it as: Authorization: Bearer TOKEN");
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(token, sizeof token);
    return rc;
}

static const struct command_param create_params[] = {
    {"label", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL,
     "what the key is for, as it will stand in lists and logs"},
    {"roles", PT_TEXT, 0, "serve", 0, 0, NULL, "what it may do: serve, ingest, admin, privacy, several with commas; or browser"},
    {"days", PT_INT, 0, "0", 0, 36500, NULL, "it ends after so many days; 0: never"},
    {0},
};

const struct command command_keys_create = {
    .name = "keys create",
    .summary = "make a key for a caller of the server; its token is shown once",
    .description =
        "serve: ask for recommendations. ingest: post events, put items and users. admin: run every command. "
        "privacy: read what is known of a person. browser: stand in a page, where everybody can read it: ask "
        "for one visitor at a time without reasons, and tell views, impressions and clicks. Only a hash of the token's secret is stored. As soon as there "
        "is a key, the server wants one from everybody.",
    .examples = "  reckon keys create web --roles serve,ingest\n  reckon keys create page --roles browser\n  reckon keys create ops --roles admin --days 90\n",
    .params = create_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_create,
};

struct listing {
    struct result *out;
    int64_t now, active;
};

static int list_key(void *context, const struct key_info *k)
{
    struct listing *l = context;
    struct str roles;
    str_init(&roles, 256);
    keys_put_roles(&roles, k->roles);
    bool expired = k->expires != 0 && k->expires <= l->now;
    const char *state = k->revoked != 0 ? "revoked" : expired ? "expired" : "active";
    l->active += k->revoked == 0 && !expired;
    result_add_text(l->out, k->label);
    result_add_text(l->out, str_text(&roles));
    result_add_text(l->out, state);
    result_add_time(l->out, k->created);
    if (k->expires != 0)
        result_add_time(l->out, k->expires);
    else
        result_add_null(l->out);
    result_add_int(l->out, k->key);
    str_release(&roles);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    struct listing l = {.out = out, .now = clock_now_ms()};
    result_add_column(out, "label", CELL_TEXT, "", "", 0);
    result_add_column(out, "roles", CELL_TEXT, "", "", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    result_add_column(out, "created", CELL_TIME, "", "", 0);
    result_add_column(out, "expires", CELL_TIME, "", "", 0);
    result_add_column(out, "number", CELL_INT, "", "as in the access log", 0);
    int rc = keys_each(app->store, list_key, &l, err);
    if (rc == 0)
        result_fact_int(out, "active", l.active, "keys");
    if (rc == 0 && l.active == 0)
        result_note(out,
                    "Without keys the server listens on this machine only, and nobody may run commands through it.");
    return rc;
}

const struct command command_keys_list = {
    .name = "keys list",
    .summary = "show the keys of the server's callers",
    .description = "",
    .examples = "  reckon keys list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

static int run_revoke(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *label = args_text(args, "label");
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = keys_revoke(app->store, label, clock_now_ms(), err);
    rc = store_end(app->store, rc, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "revoked", label);
    result_note(out, "A running server refuses it from now on, without a restart.");
    return 0;
}

static const struct command_param revoke_params[] = {
    {"label", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_API_KEY, NULL, 0, 0, NULL, "as `reckon keys list` shows it"},
    {0},
};

const struct command command_keys_revoke = {
    .name = "keys revoke",
    .summary = "end a key at once",
    .description = "",
    .examples = "  reckon keys revoke web\n",
    .params = revoke_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_revoke,
};
