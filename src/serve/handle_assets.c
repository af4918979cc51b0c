/* GET /widget.js and the other files that are built in. */
#include <string.h>

#include "serve/asset.h"
#include "serve/handlers.h"
#include "serve/server.h"

static const struct asset *find(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    for (size_t i = 0; i < asset_count; i++)
        if (strcmp(asset_table[i].name, name) == 0)
            return &asset_table[i];
    return NULL;
}

/* Does If-None-Match name this tag, weak or not?  (RFC 9110, 13.1.2) */
static bool names_tag(const char *list, const char *tag)
{
    if (list == NULL)
        return false;
    return strcmp(list, "*") == 0 || strstr(list, tag) != NULL;
}

int asset_answer(struct call *call, const char *cache_control, struct error *err)
{
    const struct asset *a = find(call->route->path);
    struct str body;
    if (a == NULL)
        return error_set(err, E_FAILED, call->route->path, "was not built in");
    call->tag = call->takes_gzip ? a->gzip_tag : a->tag;
    call->cache_control = cache_control;
    call->varies = true;
    if (names_tag(call->known_tags, call->tag)) {
        call_answer_empty(call, 304);
        return 0;
    }
    str_init(&body, a->n_plain + 1);
    str_append(&body, (const char *)(call->takes_gzip ? a->gzip : a->plain),
               call->takes_gzip ? a->n_gzip : a->n_plain);
    call->gzipped = call->takes_gzip;
    call_answer(call, 200, a->type, &body);
    str_release(&body);
    return 0;
}

/* Pages of other origins load it; a shop that was told of a new version within the hour has it within the hour. */
HANDLER(handle_widget)
{
    (void)server, (void)desk;
    return asset_answer(call, "public, max-age=3600", err);
}
