/* chat: what is said to a service of the OpenAI protocol, and what it answers: chat completions, whole and streamed,
 * and embeddings.  Bytes in, structs out: no network here.
 *
 * Answers are distrusted: sizes are bounded, text must be UTF-8, and what a field may be, it is taken as by its type
 * (servers differ: `code` of an error is a number or a word; `choices` of the last chunk is [] or null or missing).
 * The protocol: OpenAI API reference, "Chat", "Embeddings"; llama.cpp, tools/server/README.md. */
#ifndef RECKON_LLM_CHAT_H
#define RECKON_LLM_CHAT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"
#include "http/event_stream.h"
#include "llm/provider.h"

enum { CHAT_ANSWER_MAX = 4 << 20 }; /* bytes of an answer over the wire */

struct chat_message {
    const char *role, *text; /* "system", "user", "assistant" */
};

struct chat_request {
    const struct chat_message *messages;
    size_t n_messages;
    uint32_t max_tokens;
    double temperature;      /* negative: not said */
    int64_t seed;            /* negative: not said */
    bool stream;
    const char *schema_name; /* NULL: free text */
    json_t *schema;          /* JSON Schema of the answer; borrowed */
};

struct chat_usage {
    int64_t prompt, cached, completion; /* tokens; cached are among those of the prompt */
    bool told;                          /* by the service; else nothing is known */
};

enum chat_finish { CHAT_STOP, CHAT_LENGTH, CHAT_FILTERED, CHAT_OTHER };

struct chat_reply {
    struct str text; /* what it wrote */
    struct str refusal;
    enum chat_finish finish;
    bool finished; /* a reason to stop was given: a stream without one was cut */
    struct chat_usage usage;
    char model[128];
};

void chat_reply_init(struct chat_reply *self);
void chat_reply_release(struct chat_reply *self);

/* The body of POST /chat/completions for that provider. */
int chat_body(const struct provider *provider, const struct chat_request *request, struct str *out, struct error *err);

/* At most so many tokens: no tokenizer makes more than one of a byte; and the frame of each message. */
int64_t chat_prompt_at_most(const struct chat_request *request);

/* A whole answer.  E_BAD_DATA: not what the protocol says. */
int chat_parse(const char *body, size_t n, struct chat_reply *out, struct error *err);

/* A streamed one, cut anywhere.  E_BAD_DATA; an error that comes in mid-stream is E_IO with its message. */
struct chat_stream {
    struct event_stream events;
    struct chat_reply *reply;
    bool done; /* "[DONE]" came */
};
void chat_stream_init(struct chat_stream *self, struct chat_reply *reply);
void chat_stream_release(struct chat_stream *self);
int chat_stream_feed(struct chat_stream *self, const char *bytes, size_t n, struct error *err);
int chat_stream_end(struct chat_stream *self, struct error *err); /* E_BAD_DATA: it was cut */

/* What an error's body says, made safe and short; "" when nothing.  `code` gets its code or type ("insufficient_quota"). */
void chat_error_text(const char *body, size_t n, char *text, size_t size, char *code, size_t code_size);

/* The JSON object in an answer: as it is, within a fence, or with words around it.  NULL: there is none that is whole. */
json_t *chat_object(const char *text, size_t n);

/* Embeddings: body, and rows of `dim` floats for n inputs in their order; *dim is set; mem_free(*rows). */
int embeddings_body(const struct provider *provider, const char *const *inputs, size_t n, struct str *out,
                    struct error *err);
int embeddings_parse(const char *body, size_t bytes, size_t n, float **rows, size_t *dim, struct chat_usage *usage,
                     struct error *err);

#endif
