/* Captions: what a reason allows to say, and the board that answers never wait for. */
#include <check.h>
#include <stdio.h>

#include "base/mem.h"
#include "serve/caption_board.h"
#include "tests/unit/check_main.h"

START_TEST(test_what_a_reason_holds)
{
    static const struct {
        enum reason_kind kind;
        const char *caption;
        bool held;
    } cases[] = {
        {REASON_HISTORY, "You liked {because}: this is of wood, too.", true},
        {REASON_HISTORY, "A heart of wood.", false},
        {REASON_HISTORY, "Goes with {because} and {because}.", false},
        {REASON_HISTORY, "Since you bought {because}.", false},
        {REASON_HISTORY, "A bestseller beside {because}.", false},
        {REASON_SIMILAR, "Much like {because}.", true},
        {REASON_SIMILAR, "Because you looked at {because}.", false},
        {REASON_POPULAR, "Popular in the kitchen.", true},
        {REASON_POPULAR, "Popular since your last PURCHASE.", false},
        {REASON_POPULAR, "Popular with {because}.", false},
        {REASON_MODEL, "A mug for tea.", true},
        {REASON_MODEL, "Everybody has this mug.", false},
        {REASON_MODEL, "Because you viewed mugs.", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg((reason_overstated(cases[i].kind, cases[i].caption) == NULL) == cases[i].held, "%s", cases[i].caption);
}
END_TEST

START_TEST(test_sentences)
{
    static const char *const languages[] = {"en", "de", "de-AT", "fr", "es", "it", "nl", "pt-BR", "sv", "da", "xx", NULL};
    struct str text;
    for (size_t l = 0; l == 0 || languages[l - 1] != NULL; l++)
        for (int k = 0; k < REASON_COUNT; k++) {
            const char *s = reason_sentence((enum reason_kind)k, languages[l]);
            ck_assert_int_eq(strstr(s, REASON_SLOT) != NULL, reason_names_other((enum reason_kind)k));
        }
    ck_assert_str_eq(reason_sentence(REASON_SIMILAR, "xx"), reason_sentence(REASON_SIMILAR, "en"));
    ck_assert_str_eq(reason_sentence(REASON_SIMILAR, "de-AT"), "Ähnlich wie {because}");
    str_init(&text, 200);
    reason_fill(&text, "Like {because}!", "a {because} %s");
    ck_assert_str_eq(str_text(&text), "Like a {because} %s!");
    str_release(&text);
}
END_TEST

static struct caption_board *board;
static struct item_changes changes;
static char said[200];

#define NOW item_changes_now(&changes)

static enum caption_said ask_at(const char *item, uint64_t data, uint64_t items, int64_t ms)
{
    const struct caption_key key = {REASON_HISTORY, item, "other", "en"};
    const struct caption_stamp stamp = {.data = data, .items = items, .on = true};
    struct str out;
    bool dropped;
    str_init(&out, sizeof said);
    enum caption_said answer = caption_board_ask(board, &key, &stamp, ms, &out, &dropped);
    snprintf(said, sizeof said, "%s", str_text(&out));
    str_release(&out);
    return answer;
}

static void answer(const char *item, uint64_t data, const char *caption, int64_t ms, int64_t retry)
{
    const struct caption_key key = {REASON_HISTORY, item, "other", "en"};
    const struct caption_stamp stamp = {.data = data, .items = item_changes_now(&changes), .on = true};
    const struct caption_found found = {.item = 7, .because = 8, .caption = caption, .retry_ms = retry};
    caption_board_answer(board, &key, &stamp, &found, ms);
}

static size_t waiting(void)
{
    struct caption_waiting w[8];
    bool over;
    size_t n = caption_board_take(board, CAPTION_LOOK, w, 8, 0, &over);
    for (size_t i = 0; i < n; i++)
        mem_free(w[i].texts);
    return n;
}

START_TEST(test_the_board)
{
    item_changes_init(&changes);
    ck_assert_int_eq(caption_board_new(&board, &changes, NULL), 0);
    ck_assert_int_eq(ask_at("i", 1, NOW, 0), CAPTION_WAITS);
    ck_assert_int_eq(ask_at("i", 1, NOW, 1), CAPTION_WAITS);
    ck_assert_uint_eq(waiting(), 1); /* noted once */
    answer("i", 1, "with {because}", 2, 0);
    ck_assert_int_eq(ask_at("i", 1, NOW, 3), CAPTION_SAID);
    ck_assert_str_eq(said, "with {because}");
    ck_assert_uint_eq(waiting(), 0);
    /* others changed something: shown for a while, and looked at again */
    ck_assert_int_eq(ask_at("i", 2, NOW, 4), CAPTION_SAID_ONCE);
    ck_assert_int_eq(ask_at("i", 2, NOW, 20000), CAPTION_WAITS);
    ck_assert_uint_eq(waiting(), 1);
    answer("i", 2, "with {because}", 20001, 0);
    ck_assert_int_eq(ask_at("i", 2, NOW, 20002), CAPTION_SAID);
    /* another item changed: nothing to do with it; then the one that it speaks of: not shown */
    item_changes_add(&changes, 9);
    ck_assert_int_eq(ask_at("i", 2, item_changes_now(&changes), 20003), CAPTION_SAID);
    item_changes_add(&changes, 8);
    ck_assert_int_eq(ask_at("i", 2, item_changes_now(&changes), 20003), CAPTION_WAITS);
    ck_assert_str_eq(said, "");
    ck_assert_uint_eq(waiting(), 1);
    /* there is none; or not now */
    answer("i", 2, NULL, 20004, 0);
    ck_assert_int_eq(ask_at("i", 2, NOW, 20005), CAPTION_NONE);
    ck_assert_int_eq(ask_at("j", 2, NOW, 20006), CAPTION_WAITS);
    ck_assert_uint_eq(waiting(), 1);
    answer("j", 2, NULL, 20007, 30000);
    ck_assert_int_eq(ask_at("j", 2, NOW, 20008), CAPTION_WAITS);
    ck_assert_uint_eq(waiting(), 0);
    ck_assert_int_eq(ask_at("j", 2, NOW, 30000), CAPTION_WAITS);
    ck_assert_uint_eq(waiting(), 1);
    caption_board_free(board);
    item_changes_release(&changes);
}
END_TEST

START_TEST(test_the_board_is_bounded)
{
    char item[32];
    item_changes_init(&changes);
    ck_assert_int_eq(caption_board_new(&board, &changes, NULL), 0);
    for (int i = 0; i < 100000; i++) { /* three times as many as there are places */
        snprintf(item, sizeof item, "item%d", i);
        ask_at(item, 1, NOW, i);
        answer(item, 1, "x", i, 0);
        ck_assert_int_eq(ask_at(item, 1, NOW, i), CAPTION_SAID);
    }
    caption_board_free(board);
    item_changes_release(&changes);
}
END_TEST

CHECK_MAIN("captions", test_what_a_reason_holds, test_sentences, test_the_board, test_the_board_is_bounded)
