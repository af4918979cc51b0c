#include "llm/provider.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/toml_fields.h"
#include "base/words.h"
#include "http/client.h"

#define FILE_NAME "providers.toml"
enum { FILE_MAX = 1 << 20 };

enum {
    URL, MODEL, EMBEDDING_MODEL, KEY_VARIABLE, SCHEMA, LIMIT, INPUT_PRICE, OUTPUT_PRICE, CACHED_PRICE, EMBEDDING_PRICE, BATCH_PRICE, TRAINING_PRICE,
    IN_FLIGHT, REQUESTS, TOKENS, RETRIES, TIMEOUT, IDLE, BACKOFF, FIELDS
};

static const struct toml_field fields[FIELDS + 1] = {
    [URL] = {"url", TOML_FIELD_TEXT, offsetof(struct provider, url), 0, 0},
    [MODEL] = {"model", TOML_FIELD_TEXT, offsetof(struct provider, model), 0, 0},
    [EMBEDDING_MODEL] = {"embedding-model", TOML_FIELD_TEXT, offsetof(struct provider, embedding_model), 0, 0},
    [KEY_VARIABLE] = {"key-variable", TOML_FIELD_TEXT, offsetof(struct provider, key_variable), 0, 0},
    [SCHEMA] = {"schema", TOML_FIELD_TEXT, offsetof(struct provider, schema_name), 0, 0},
    [LIMIT] = {"limit-name", TOML_FIELD_TEXT, offsetof(struct provider, limit_name), 0, 0},
    [INPUT_PRICE] = {"input-price", TOML_FIELD_REAL, offsetof(struct provider, input_price), 0, 1e6},
    [OUTPUT_PRICE] = {"output-price", TOML_FIELD_REAL, offsetof(struct provider, output_price), 0, 1e6},
    [CACHED_PRICE] = {"cached-price", TOML_FIELD_REAL, offsetof(struct provider, cached_price), 0, 1e6},
    [EMBEDDING_PRICE] = {"embedding-price", TOML_FIELD_REAL, offsetof(struct provider, embedding_price), 0, 1e6},
    [BATCH_PRICE] = {"batch-price", TOML_FIELD_REAL, offsetof(struct provider, batch_price), 0, 1},
    [TRAINING_PRICE] = {"training-price", TOML_FIELD_REAL, offsetof(struct provider, training_price), 0, 1e6},
    [IN_FLIGHT] = {"in-flight", TOML_FIELD_WHOLE, offsetof(struct provider, in_flight), 1, 1000},
    [REQUESTS] = {"requests-per-minute", TOML_FIELD_WHOLE, offsetof(struct provider, requests_per_minute), 0, 1e8},
    [TOKENS] = {"tokens-per-minute", TOML_FIELD_WHOLE, offsetof(struct provider, tokens_per_minute), 0, 1e9},
    [RETRIES] = {"retries", TOML_FIELD_WHOLE, offsetof(struct provider, retries), 0, 20},
    [TIMEOUT] = {"timeout-seconds", TOML_FIELD_REAL, offsetof(struct provider, timeout_seconds), 0.1, 3600},
    [IDLE] = {"idle-seconds", TOML_FIELD_REAL, offsetof(struct provider, idle_seconds), 0, 3600},
    [BACKOFF] = {"backoff-seconds", TOML_FIELD_REAL, offsetof(struct provider, backoff_seconds), 0, 60},
    [FIELDS] = {0},
};

static const char *const schema_names[] = {"nested", "flat", "object", "none", NULL};

/* Reading the file: the table under way is the last of the list. */
struct reading {
    struct toml toml;
    struct providers *out;
    unsigned tables, lines[FIELDS];
};

static void provider_release(struct provider *self)
{
    mem_free(self->url);
    mem_free(self->model);
    mem_free(self->embedding_model);
    mem_free(self->key_variable);
    mem_free(self->schema_name);
    mem_free(self->limit_name);
    sodium_memzero(self, sizeof *self);
}

void providers_release(struct providers *self)
{
    for (size_t i = 0; i < self->n; i++)
        provider_release(&self->list[i]);
    self->n = 0;
}

static int check_words(struct reading *self, struct provider *p, struct error *err)
{
    if (p->schema_name != NULL) {
        int at = 0;
        while (schema_names[at] != NULL && strcmp(schema_names[at], p->schema_name) != 0)
            at++;
        if (schema_names[at] == NULL)
            return toml_bad(&self->toml, err, "'schema' of %s is one of nested, flat, object, none", p->name);
        p->schema = (enum provider_schema)at;
    }
    if (p->limit_name != NULL && strcmp(p->limit_name, "max_tokens") != 0 &&
        strcmp(p->limit_name, "max_completion_tokens") != 0)
        return toml_bad(&self->toml, err, "'limit-name' of %s is max_tokens or max_completion_tokens", p->name);
    return 0;
}

/* The table is over: is it whole? */
static int end_table(struct reading *self, struct error *err)
{
    if (self->out->n == 0)
        return 0;
    struct provider *p = &self->out->list[self->out->n - 1];
    struct error why = {0};
    if (p->url == NULL || p->model == NULL)
        return toml_bad(&self->toml, err, "%s lacks its '%s'", p->name, p->url == NULL ? "url" : "model");
    size_t n = strlen(p->url);
    while (n > 0 && p->url[n - 1] == '/')
        p->url[--n] = '\0';
    if (client_check_url(p->url, &why) != 0) {
        toml_bad(&self->toml, err, "the url of %s: %s", p->name, why.why);
        return error_hint(err, E_BAD_DATA, "%s", why.hint);
    }
    return check_words(self, p, err);
}

static int begin_table(struct reading *self, struct error *err)
{
    const char *name = self->toml.table;
    struct providers *out = self->out;
    int rc = end_table(self, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->list[i].name, name) == 0)
            return toml_bad(&self->toml, err, "there are two called %.32s", name);
    if (!text_is_name(name, PROVIDER_NAME_MAX))
        return toml_bad(&self->toml, err, "a provider's name has up to %d letters, digits, '-', '_' and '.'",
                        PROVIDER_NAME_MAX - 1);
    if (out->n == PROVIDERS_MAX)
        return toml_bad(&self->toml, err, "there are at most %d providers", PROVIDERS_MAX);
    struct provider *p = &out->list[out->n++];
    *p = (struct provider){.cached_price = -1, .batch_price = 1, .in_flight = 8, .retries = 4, .timeout_seconds = 120, .idle_seconds = 30,
                            .backoff_seconds = 0.5};
    snprintf(p->name, sizeof p->name, "%.*s", (int)sizeof p->name - 1, name);
    memset(self->lines, 0, sizeof self->lines);
    self->tables = self->toml.tables;
    return 0;
}

static int take_entry(struct reading *self, const struct toml_entry *entry, struct error *err)
{
    if (self->toml.tables == 0) {
        if (strcmp(entry->key, "currency") != 0)
            return toml_bad(&self->toml, err, "before the first [provider] only 'currency' may stand");
        if (!entry->quoted || strlen(entry->value) != 3)
            return toml_bad(&self->toml, err, "'currency' has three letters, as in \"EUR\"");
        snprintf(self->out->currency, sizeof self->out->currency, "%.3s", entry->value);
        return 0;
    }
    int rc = self->toml.tables != self->tables ? begin_table(self, err) : 0;
    if (rc != 0)
        return rc;
    return toml_fields_take(&self->toml, entry, fields, &self->out->list[self->out->n - 1], self->lines, err);
}

static int parse(struct providers *out, const char *text, size_t n, struct error *err)
{
    struct reading self = {.out = out};
    struct toml_entry entry;
    int rc;
    toml_init(&self.toml, FILE_NAME, text, n, NULL);
    while ((rc = toml_next(&self.toml, &entry, err)) == 1)
        if ((rc = take_entry(&self, &entry, err)) != 0)
            return rc;
    rc = rc == 0 ? end_table(&self, err) : rc;
    if (rc == 0 && out->n == 0)
        rc = error_set(err, E_BAD_DATA, FILE_NAME, "no provider is named in it");
    return rc;
}

/* $VARIABLE, else a file of its own. */
static int find_key(struct provider *self, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    const char *value = self->key_variable != NULL ? getenv(self->key_variable) : NULL;
    if (snprintf(path, sizeof path, "%s/keys/provider-%s.token", workspace, self->name) >= (int)sizeof path)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    snprintf(self->key_looked, sizeof self->key_looked, "%s%s%skeys/provider-%s.token",
             self->key_variable != NULL ? "$" : "", self->key_variable != NULL ? self->key_variable : "",
             self->key_variable != NULL ? " and " : "", self->name);
    if (value == NULL || value[0] == '\0') {
        int rc = keyfile_token(path, self->key, sizeof self->key, err);
        return rc == E_NOT_FOUND ? 0 : rc;
    }
    if (strlen(value) >= sizeof self->key || value[strcspn(value, "\r\n")] != '\0')
        return error_set(err, E_BAD_DATA, self->key_variable, "this is not a key: too long, or of several lines");
    memcpy(self->key, value, strlen(value) + 1);
    return 0;
}

int providers_load(struct providers *out, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX], *text = NULL;
    size_t n = 0;
    memset(out, 0, sizeof *out);
    snprintf(out->currency, sizeof out->currency, "USD");
    if (fs_join(path, sizeof path, workspace, FILE_NAME) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    int rc = fs_read_all(path, FILE_MAX, &text, &n, err);
    if (rc == E_NOT_FOUND) {
        error_set(err, E_NOT_FOUND, path, "nobody is named who would write texts");
        return error_hint(err, E_NOT_FOUND, "`reckon describe providers --example >%s`, then edit it", path);
    }
    rc = rc == 0 ? parse(out, text, n, err) : rc;
    for (size_t i = 0; rc == 0 && i < out->n; i++)
        rc = find_key(&out->list[i], workspace, err);
    mem_free(text);
    if (rc != 0)
        providers_release(out);
    return rc;
}

int providers_find(const struct providers *self, const char *name, const struct provider **out, struct error *err)
{
    const char *names[PROVIDERS_MAX + 1] = {0};
    for (size_t i = 0; i < self->n; i++) {
        names[i] = self->list[i].name;
        if (strcmp(names[i], name) == 0) {
            *out = &self->list[i];
            return 0;
        }
    }
    struct str hint;
    str_init(&hint, 300);
    words_nearest(&hint, names, name);
    error_set(err, E_NOT_FOUND, name, "no provider of that name is in " FILE_NAME);
    error_hint(err, E_NOT_FOUND, "%s", str_text(&hint));
    str_release(&hint);
    return E_NOT_FOUND;
}

int64_t provider_cost(const struct provider *self, int64_t prompt, int64_t cached, int64_t completion)
{
    double cheap = self->cached_price < 0 ? self->input_price : self->cached_price;
    double fresh = (double)(prompt - cached) * self->input_price;
    return (int64_t)ceil(fresh + (double)cached * cheap + (double)completion * self->output_price - 1e-9);
}
