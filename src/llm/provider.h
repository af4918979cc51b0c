/* provider: a service that speaks the OpenAI protocol, as providers.toml of the workspace names it.
 *
 *   currency = "USD"                      # of all prices
 *
 *   [local]                               # in order of preference
 *   url = "http://localhost:8000/v1"
 *   model = "gemma-3-270m"
 *   schema = "flat"                       # how an answer's form is asked for: nested (OpenAI), flat (llama.cpp),
 *                                         # object (only "JSON"), none
 *   [openai]
 *   url = "https://api.openai.com/v1"
 *   model = "gpt-4o-mini"
 *   key-variable = "OPENAI_API_KEY"       # else keys/provider-openai.token, a file of mode 0600
 *   input-price = 0.15                    # of a million tokens
 *   output-price = 0.60
 *   requests-per-minute = 500
 *   tokens-per-minute = 200000
 *
 * Read once, immutable then.  Keys are kept in memory for as long as the list is, never written or logged. */
#ifndef RECKON_LLM_PROVIDER_H
#define RECKON_LLM_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { PROVIDERS_MAX = 16, PROVIDER_NAME_MAX = 32, PROVIDER_KEY_MAX = 512 };

enum provider_schema { PROVIDER_SCHEMA_NESTED, PROVIDER_SCHEMA_FLAT, PROVIDER_SCHEMA_OBJECT, PROVIDER_SCHEMA_NONE };

struct provider {
    char name[PROVIDER_NAME_MAX];
    char *url, *model;      /* owned; the url without '/' at its end */
    char *embedding_model;  /* owned; NULL: none */
    char *key_variable;     /* owned; NULL: not said */
    char *schema_name, *limit_name; /* owned: as written; "max_tokens" or "max_completion_tokens" */
    enum provider_schema schema;
    double input_price, output_price, cached_price, embedding_price; /* of a million tokens; cached: negative, as input */
    double batch_price;    /* what a token costs in a batch: its part of the price */
    double training_price; /* of a million tokens that are trained on */
    uint32_t in_flight, requests_per_minute, tokens_per_minute;     /* 0: no limit (of the latter two) */
    uint32_t retries;
    double timeout_seconds, idle_seconds;
    double backoff_seconds; /* before the second attempt, doubled before each further one */
    char key[PROVIDER_KEY_MAX]; /* "": none */
    char key_looked[256];       /* where a key was looked for, for errors */
};

struct providers {
    struct provider list[PROVIDERS_MAX];
    size_t n;
    char currency[8];
};

/* Reads providers.toml and the keys below `workspace`.  E_NOT_FOUND: there is no such file (with what to write);
 * E_BAD_DATA with its line; E_REFUSED: a key file that others may read. */
int providers_load(struct providers *out, const char *workspace, struct error *err);
void providers_release(struct providers *self); /* overwrites the keys */

/* The one of that name; E_NOT_FOUND names what there is. */
int providers_find(const struct providers *self, const char *name, const struct provider **out, struct error *err);

/* Money in millionths of the currency, rounded up. */
int64_t provider_cost(const struct provider *self, int64_t prompt, int64_t cached, int64_t completion);

#endif
