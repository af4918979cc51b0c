/* key: what a person types, as numbers and as words.
 *
 * A key is a Unicode character, a control character (ctrl-a is 1 ... ctrl-z is 26, so that tab is ctrl-i and enter
 * is ctrl-m), or one of the named keys below; KEY_ALT is added when alt (or meta) was held.  The words are what
 * people write in reckon.toml and read on the key bar: "q", "ctrl-p", "F1", "space", "page-down", "alt-x".  Pure. */
#ifndef RECKON_UI_KEY_H
#define RECKON_UI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*    id           word */
#define NAMED_KEYS(X)                                                                                               \
    X(UP, "up") X(DOWN, "down") X(LEFT, "left") X(RIGHT, "right") X(PAGE_UP, "page-up") X(PAGE_DOWN, "page-down")    \
    X(HOME, "home") X(END, "end") X(INSERT, "insert") X(DELETE, "delete") X(BACK_TAB, "shift-tab")                   \
    X(F1, "F1") X(F2, "F2") X(F3, "F3") X(F4, "F4") X(F5, "F5") X(F6, "F6") X(F7, "F7") X(F8, "F8") X(F9, "F9")      \
    X(F10, "F10") X(F11, "F11") X(F12, "F12")

enum {
    K_TAB = 9,
    K_ENTER = 13,
    K_ESCAPE = 27,
    K_SPACE = 32,
    K_BACKSPACE = 127,
    K_NAMED = 0x200000,
#define X(id, word) K_##id,
    NAMED_KEYS(X)
#undef X
    K_NAMED_END,
    K_ALT = 0x400000
};

#define K_CTRL(letter) ((letter) - 'a' + 1)

typedef uint32_t key_code;

enum event_type {
    EVENT_KEY,
    EVENT_PASTE,  /* text, as one piece: never taken for commands */
    EVENT_CLICK, EVENT_DOUBLE_CLICK, EVENT_WHEEL_UP, EVENT_WHEEL_DOWN,
    EVENT_RESIZE, /* the terminal has another size now */
    EVENT_HANG_UP /* it is gone */
};

struct event {
    enum event_type type;
    key_code key;
    int row, col;     /* of the mouse, or rows and columns of EVENT_RESIZE */
    const char *text; /* of EVENT_PASTE; borrowed until the next event */
};

enum { KEY_WORD_MAX = 24 };
const char *key_word(key_code key, char out[KEY_WORD_MAX]); /* "ctrl-p"; returns out */
/* The same with arrows and signs where they are shorter, for the key bar. */
const char *key_sign(key_code key, char out[KEY_WORD_MAX], bool ascii);
bool key_parse(const char *word, size_t n, key_code *out);

/* A text that the key stands for, when it is a printable character without alt; false else. */
bool key_text(key_code key, char out[5]);

#endif
