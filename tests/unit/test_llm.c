/* llm: streams cut anywhere, answers of many servers, and the gate in front of a provider. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "check_main.h"
#include "llm/chat.h"
#include "llm/gate.h"

static const char stream[] =
    "\xef\xbb\xbf: hello\r\n\r\n"
    "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Gr\xc3\xbc\"},\"finish_reason\":null}]}\n\n"
    "event: x\rdata: {\"choices\":[{\"delta\":\r"
    "data: {\"content\":\"\xc3\x9f""e\"},\"finish_reason\":\"stop\"}]}\r\r"
    "data:{\"choices\":null,\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":9}}}\n\n"
    "data: [DONE]\n\n";

static int read_stream(const char *text, size_t n, size_t cut, size_t step, struct chat_reply *reply, struct error *err)
{
    struct chat_stream s;
    int rc = 0;
    chat_reply_init(reply);
    chat_stream_init(&s, reply);
    for (size_t at = 0; rc == 0 && at < n;) {
        size_t piece = at == 0 && cut > 0 ? cut : step;
        piece = piece > n - at ? n - at : piece;
        char *copy = mem_dup(text + at, piece); /* so that reading past it is seen */
        rc = chat_stream_feed(&s, copy, piece, err);
        mem_free(copy);
        at += piece;
    }
    rc = rc != 0 ? rc : chat_stream_end(&s, err);
    chat_stream_release(&s);
    return rc;
}

START_TEST(a_stream_reads_the_same_wherever_it_is_cut)
{
    size_t n = sizeof stream - 1;
    for (size_t cut = 1; cut <= n; cut++)
        for (size_t step = 1; step <= n; step += n - 1) {
            struct chat_reply reply;
            struct error err = {0};
            ck_assert_msg(read_stream(stream, n, cut, step, &reply, &err) == 0, "cut %zu: %s", cut, err.why);
            ck_assert_str_eq(str_text(&reply.text), "Gr\xc3\xbc\xc3\x9f""e");
            ck_assert_int_eq(reply.finish, CHAT_STOP);
            ck_assert(reply.usage.told);
            ck_assert_int_eq(reply.usage.prompt, 7);
            ck_assert_int_eq(reply.usage.cached, 7); /* never more than there are */
            ck_assert_int_eq(reply.usage.completion, 2);
            ck_assert_str_eq(reply.model, "m");
            chat_reply_release(&reply);
        }
}
END_TEST

START_TEST(a_stream_without_its_last_lines_is_still_read)
{
    static const char text[] = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}";
    struct chat_reply reply;
    ck_assert_int_eq(read_stream(text, sizeof text - 1, 0, 5, &reply, NULL), 0);
    ck_assert_int_eq(reply.finish, CHAT_LENGTH);
    ck_assert(!reply.usage.told);
    chat_reply_release(&reply);
}
END_TEST

START_TEST(a_broken_stream_is_an_error)
{
    static const struct { const char *text; int rc; const char *why; } cases[] = {
        {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", E_BAD_DATA, "in the middle"},
        {"data: {\"choices\":[{\"delta\":{\"cont\n\n", E_BAD_DATA, "not a JSON object"},
        {"data: {\"error\":{\"message\":\"over\\u001bloaded\",\"code\":503}}\n\n", E_IO, "broke off: over\\x1bloaded"},
        {"data: [1]\n\n", E_BAD_DATA, "not a JSON object"},
        {"", E_BAD_DATA, "in the middle"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chat_reply reply;
        struct error err = {0};
        ck_assert_int_eq(read_stream(cases[i].text, strlen(cases[i].text), 0, 3, &reply, &err), cases[i].rc);
        ck_assert_msg(strstr(err.why, cases[i].why) != NULL, "'%s'", err.why);
        chat_reply_release(&reply);
    }
}
END_TEST

START_TEST(errors_are_read_in_every_form)
{
    static const char *const cases[][3] = {
        {"{\"error\":{\"message\":\"no\",\"type\":\"t\",\"code\":\"c\"}}", "no", "c"},
        {"{\"error\":{\"message\":\"no\",\"type\":\"t\",\"code\":401}}", "no", "t"},
        {"{\"error\":\"plain\"}", "plain", ""},
        {"{\"detail\":\"what\"}", "what", ""},
        {"<html>", "", ""},
        {"{\"error\":{\"message\":7}}", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64], code[64];
        chat_error_text(cases[i][0], strlen(cases[i][0]), text, sizeof text, code, sizeof code);
        ck_assert_str_eq(text, cases[i][1]);
        ck_assert_str_eq(code, cases[i][2]);
    }
}
END_TEST

START_TEST(an_object_is_found_in_what_was_written)
{
    static const char *const good[] = {"{\"a\":1}", "```json\n{\"a\": 1}\n```", "Sure! {x} Here: {\"a\":1, \"b\":\"}\\\"{\"} bye"};
    static const char *const bad[] = {"", "a", "{", "{\"a\":1", "{{{{{{{{{", "{\"a\":\"}", "{\"a\":\"\\"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *o = chat_object(good[i], strlen(good[i]));
        ck_assert_int_eq(json_integer_value(json_object_get(o, "a")), 1);
        json_decref(o);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *copy = mem_dup(bad[i], strlen(bad[i]));
        ck_assert_ptr_null(chat_object(copy, strlen(bad[i])));
        mem_free(copy);
    }
}
END_TEST

START_TEST(embeddings_must_be_whole)
{
    static const char good[] = "{\"data\":[{\"index\":0,\"embedding\":[1,2.5]},{\"embedding\":[3,4]}],\"usage\":{\"prompt_tokens\":3}}";
    static const char *const bad[] = {
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}", "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1]}]}",
        "{\"data\":[{\"index\":1,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
        "{\"data\":[{\"embedding\":[]},{\"embedding\":[]}]}", "{\"data\":[{\"embedding\":[1]},{\"embedding\":[\"x\"]}]}", "[]"};
    float *rows = NULL;
    size_t dim = 0;
    struct chat_usage usage = {0};
    ck_assert_int_eq(embeddings_parse(good, sizeof good - 1, 2, &rows, &dim, &usage, NULL), 0);
    ck_assert_uint_eq(dim, 2);
    ck_assert(rows[1] == 2.5f && rows[2] == 3);
    ck_assert_int_eq(usage.prompt, 3);
    mem_free(rows);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(embeddings_parse(bad[i], strlen(bad[i]), 2, &rows, &dim, &usage, NULL), E_BAD_DATA);
        ck_assert_ptr_null(rows);
    }
}
END_TEST

#define SECOND INT64_C(1000000)

START_TEST(the_gate_keeps_its_rates)
{
    struct provider p = {.in_flight = 1000, .requests_per_minute = 60, .tokens_per_minute = 6000};
    struct gate gate;
    int64_t now = 5 * SECOND;
    unsigned gone = 0;
    gate_init(&gate, &p, now);
    for (int64_t end = now + 600 * SECOND; now < end;) { /* ten minutes as fast as it lets */
        int64_t when = gate_opens(&gate, &p, 10, now);
        if (when == 0) {
            gate_enter(&gate, &p, 10);
            gate_leave(&gate, &p, 0, GATE_GOOD, now);
            gone++;
        } else {
            ck_assert_int_gt(when, now);
            now = when;
        }
    }
    ck_assert_uint_ge(gone, 600);
    ck_assert_uint_le(gone, 600 + 6 + 1);
    /* what a call did not use is given back */
    gate_init(&gate, &p, now);
    gate_enter(&gate, &p, 600);
    ck_assert_int_eq(gate_opens(&gate, &p, 100, now), now + SECOND);
    gate_leave(&gate, &p, 500, GATE_GOOD, now);
    ck_assert_int_eq(gate_opens(&gate, &p, 100, now), 0);
}
END_TEST

START_TEST(the_breaker_opens_tries_once_and_closes)
{
    struct provider p = {.in_flight = 8};
    struct gate gate;
    int64_t now = SECOND;
    gate_init(&gate, &p, now);
    for (int i = 0; i < GATE_BREAK_AFTER; i++) {
        ck_assert_int_eq(gate_opens(&gate, &p, 1, now), 0);
        gate_enter(&gate, &p, 1);
        gate_leave(&gate, &p, 0, GATE_FAILED, now);
    }
    ck_assert(gate_is_broken(&gate, now));
    int64_t later = gate_opens(&gate, &p, 1, now);
    ck_assert_int_eq(later, now + GATE_BREAK_SECONDS * SECOND);
    ck_assert_int_eq(gate_opens(&gate, &p, 1, later), 0);
    gate_enter(&gate, &p, 1);
    ck_assert_int_eq(gate_opens(&gate, &p, 1, later), INT64_MAX); /* only one */
    gate_leave(&gate, &p, 0, GATE_FAILED, later);
    ck_assert(gate_is_broken(&gate, later));
    now = later + GATE_BREAK_SECONDS * SECOND;
    gate_enter(&gate, &p, 1);
    gate_leave(&gate, &p, 0, GATE_GOOD, now);
    ck_assert_int_eq(gate_opens(&gate, &p, 1, now), 0);
    gate.shut = true;
    ck_assert_int_eq(gate_opens(&gate, &p, 1, now), INT64_MAX);
}
END_TEST

START_TEST(a_prompt_is_never_longer_than_said)
{
    struct chat_message messages[] = {{"system", "abc"}, {"user", "\xc3\xbc"}};
    struct chat_request r = {.messages = messages, .n_messages = 2};
    ck_assert_int_ge(chat_prompt_at_most(&r), 5);
    struct provider p = {.input_price = 0.15, .output_price = 0.6, .cached_price = -1};
    ck_assert_int_eq(provider_cost(&p, 1000000, 0, 0), 150000);
    ck_assert_int_eq(provider_cost(&p, 1, 0, 0), 1); /* rounded up */
    ck_assert_int_eq(provider_cost(&p, 0, 0, 0), 0);
    p.cached_price = 0;
    ck_assert_int_eq(provider_cost(&p, 100, 100, 10), 6);
}
END_TEST

CHECK_MAIN("llm", a_stream_reads_the_same_wherever_it_is_cut, a_stream_without_its_last_lines_is_still_read,
           a_broken_stream_is_an_error, errors_are_read_in_every_form, an_object_is_found_in_what_was_written,
           embeddings_must_be_whole, the_gate_keeps_its_rates, the_breaker_opens_tries_once_and_closes,
           a_prompt_is_never_longer_than_said)
