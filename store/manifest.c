#include "store/manifest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/store.h"

enum { FORMAT = 1, MANIFEST_MAX = 16 << 20 };

bool manifest_name_allowed(const char *path)
{
    if (strcmp(path, STORE_FILE) == 0 || strcmp(path, STORE_SETTINGS) == 0)
        return true;
    size_t n = strlen(STORE_MODELS "/");
    if (strncmp(path, STORE_MODELS "/", n) != 0 || path[n] == '.' || path[n] == '\0' || strlen(path) >= 160)
        return false;
    for (const char *p = path + n; *p != '\0'; p++)
        if (*p == '/' || (unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return text_utf8_valid(path, strlen(path));
}

int manifest_add(struct manifest *self, const struct manifest_file *file, struct error *err)
{
    if (mem_grow((void **)&self->files, &self->cap, self->n + 1, sizeof *self->files) != 0)
        return error_nomem(err, MANIFEST_FILE);
    self->files[self->n++] = *file;
    return 0;
}

const struct manifest_file *manifest_find(const struct manifest *self, const char *path)
{
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->files[i].path, path) == 0)
            return &self->files[i];
    return NULL;
}

static json_t *to_json(const struct manifest *self)
{
    char created[40];
    json_t *files = json_array();
    for (size_t i = 0; i < self->n; i++)
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "path", self->files[i].path, "bytes",
                                               (json_int_t)self->files[i].bytes,
                                               "sha256", self->files[i].sha256));
    return json_pack("{s:i, s:s, s:s, s:i, s:I, s:I, s:I, s:s, s:o}", "format", FORMAT, "created",
                     clock_format(self->created, created, sizeof created), "reckon", PACKAGE_VERSION, "schema",
                     self->schema, "events", (json_int_t)self->events, "users", (json_int_t)self->users, "items",
                     (json_int_t)self->items,
                     "keys", "not included", "files", files);
}

int manifest_write_as(const struct manifest *self, const char *path, struct error *err)
{
    json_t *object = to_json(self);
    char *text = object != NULL ? json_dumps(object, JSON_INDENT(1)) : NULL;
    int rc = text == NULL ? error_nomem(err, MANIFEST_FILE) : fs_write_all(path, text, strlen(text), 0600, err);
    json_decref(object);
    free(text);
    return rc;
}

int manifest_write(const struct manifest *self, const char *dir, struct error *err)
{
    char path[FS_PATH_MAX];
    if (fs_join(path, sizeof path, dir, MANIFEST_FILE) != 0)
        return error_set(err, E_USAGE, dir, "the path is too long");
    return manifest_write_as(self, path, err);
}

static int not_understood(const char *path, const char *why, struct error *err)
{
    error_set(err, E_CORRUPT, path, "%s", why);
    return error_hint(err, E_CORRUPT, "use another backup; nothing was changed");
}

static int take_file(struct manifest *self, json_t *value, const char *path, struct error *err)
{
    struct manifest_file file = {0};
    const char *name, *sha256;
    json_int_t bytes;
    if (json_unpack(value, "{s:s, s:I, s:s}", "path", &name, "bytes", &bytes, "sha256", &sha256) != 0 || bytes < 0 ||
        strlen(sha256) != 64)
        return not_understood(path, "an entry of its files is not understood", err);
    if (!manifest_name_allowed(name) || manifest_find(self, name) != NULL)
        return not_understood(path, "it names a file that is no part of a backup, or one twice", err);
    strcpy(file.path, name);
    strcpy(file.sha256, sha256);
    file.bytes = bytes;
    return manifest_add(self, &file, err);
}

static int from_json(struct manifest *self, json_t *object, const char *path, struct error *err)
{
    const char *created;
    json_t *files, *value;
    json_int_t events, users, items;
    size_t i;
    int format, rc = 0;
    if (json_unpack(object, "{s:i, s:s, s:i, s:I, s:I, s:I, s:o}", "format", &format, "created", &created, "schema",
                    &self->schema, "events", &events, "users", &users, "items", &items, "files", &files) != 0 ||
        !json_is_array(files) ||
        !clock_parse(created, strlen(created), &self->created))
        return not_understood(path, "it is not a manifest of a backup", err);
    if (format > FORMAT || self->schema > store_schema_version()) {
        error_set(err, E_CONFLICT, path, "the backup was made by a newer version of reckon");
        return error_hint(err, E_CONFLICT, "install that version or a later one; nothing was changed");
    }
    self->events = events;
    self->users = users;
    self->items = items;
    json_array_foreach(files, i, value)
        if (rc == 0)
            rc = take_file(self, value, path, err);
    if (rc == 0 && manifest_find(self, STORE_FILE) == NULL)
        rc = not_understood(path, "it lists no database", err);
    return rc;
}

int manifest_read(struct manifest *self, const char *dir, struct error *err)
{
    char path[FS_PATH_MAX], *text;
    size_t n;
    *self = (struct manifest){0};
    if (fs_join(path, sizeof path, dir, MANIFEST_FILE) != 0)
        return error_set(err, E_USAGE, dir, "the path is too long");
    if (!fs_exists(path)) {
        error_set(err, E_NOT_FOUND, dir, "is no backup: it has no " MANIFEST_FILE);
        return error_hint(err, E_NOT_FOUND, "give the directory that `reckon backup` made");
    }
    int rc = fs_read_all(path, MANIFEST_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    mem_free(text);
    rc = object == NULL ? not_understood(path, "it is damaged: it is no JSON", err)
                        : from_json(self, object, path, err);
    json_decref(object);
    if (rc != 0)
        manifest_release(self);
    return rc;
}

void manifest_release(struct manifest *self)
{
    mem_free(self->files);
    *self = (struct manifest){0};
}
