/* The form of a filter: text to steps of a stack machine, by recursive descent. */
#include "recommend/filter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "recommend/filter_private.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_STRING,
    TOKEN_FIELD, /* in backquotes */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_OPERATOR
};

struct token {
    enum token_kind kind;
    const char *text; /* decoded */
    uint32_t at, end;
};

struct parser {
    struct filter *out;
    struct error *err;
    struct token token; /* the one looked at */
    uint32_t last_end;  /* of the one before it */
    unsigned depth, n_comparisons;
    bool or_at_top;
};

static size_t back_characters(const char *text, size_t at, size_t count)
{
    for (; count > 0 && at > 0; count--)
        while (--at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
            ;
    return at;
}

int filter_error(const struct filter *self, struct error *err, size_t at, const char *fmt, ...)
{
    char why[300];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    if (len >= (int)sizeof why)
        text_ellipsize(why, sizeof why);
    size_t character = 1, from = back_characters(self->text, at, 30);
    for (size_t i = 0; i < at; i++)
        character += ((unsigned char)self->text[i] & 0xC0) != 0x80;
    size_t to = at;
    for (size_t i = 0; i < 30 && to < self->n; i++)
        while (++to < self->n && ((unsigned char)self->text[to] & 0xC0) == 0x80)
            ;
    return error_set(err, E_USAGE, "filter", "%s, at character %zu: %s%.*s\xE2\x96\xB8%.*s%s", why, character,
                     from > 0 ? "\xE2\x80\xA6" : "", (int)(at - from), self->text + from, (int)(to - at),
                     self->text + at, to < self->n ? "\xE2\x80\xA6" : "");
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_word(char c)
{
    return is_blank(c) || strchr("()=<>!~,'\"`", c) != NULL; /* also the NUL at the end */
}

/* Decoded strings are never longer than what they came from, and each has at least one byte of text before its
 * NUL or two quotes around it: 2 * n + 2 bytes are enough. */
static char *pool_begin(struct filter *self)
{
    return self->pool + self->pool_used;
}

static int read_quoted(struct parser *self, char quote)
{
    struct filter *f = self->out;
    char *out = pool_begin(f);
    size_t n = 0, i = self->token.at + 1;
    for (; i < f->n && f->text[i] != quote; i++) {
        if (f->text[i] == '\\' && i + 1 < f->n && (f->text[i + 1] == quote || f->text[i + 1] == '\\'))
            i++;
        out[n++] = f->text[i];
    }
    if (i == f->n)
        return filter_error(f, self->err, self->token.at, "the closing %c is missing", quote);
    out[n++] = '\0';
    f->pool_used += n;
    self->token.kind = quote == '`' ? TOKEN_FIELD : TOKEN_STRING;
    self->token.text = out;
    self->token.end = (uint32_t)i + 1;
    return 0;
}

static int read_operator(struct parser *self)
{
    static const char *const operators[] = {"==", "!=", "<>", "<=", ">=", "!~", "=", "<", ">", "~"};
    struct filter *f = self->out;
    const char *p = f->text + self->token.at;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strncmp(p, operators[i], strlen(operators[i])) == 0) {
            self->token.kind = TOKEN_OPERATOR;
            self->token.text = operators[i];
            self->token.end = self->token.at + (uint32_t)strlen(operators[i]);
            return 0;
        }
    return filter_error(f, self->err, self->token.at, "'!' stands alone (write \"not\", != or !~)");
}

static int next(struct parser *self)
{
    struct filter *f = self->out;
    size_t at = self->token.end;
    self->last_end = self->token.end;
    while (at < f->n && is_blank(f->text[at]))
        at++;
    self->token = (struct token){.kind = TOKEN_END, .text = "the end", .at = (uint32_t)at, .end = (uint32_t)at};
    if (at == f->n)
        return 0;
    char c = f->text[at];
    if (c == '\'' || c == '"' || c == '`')
        return read_quoted(self, c);
    if (c == '(' || c == ')' || c == ',') {
        self->token.kind = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_COMMA;
        self->token.text = c == '(' ? "(" : c == ')' ? ")" : ",";
        self->token.end = (uint32_t)at + 1;
        return 0;
    }
    if (ends_word(c))
        return read_operator(self);
    char *out = pool_begin(f);
    size_t n = 0;
    while (at < f->n && !ends_word(f->text[at]))
        out[n++] = f->text[at++];
    out[n++] = '\0';
    f->pool_used += n;
    self->token = (struct token){TOKEN_WORD, out, self->token.at, (uint32_t)at};
    return 0;
}

static bool is_keyword(const struct parser *self, const char *word)
{
    return self->token.kind == TOKEN_WORD && text_equal_nocase(self->token.text, word);
}

/* Words that are neither a field nor a value unless quoted. */
static bool is_reserved(const struct parser *self)
{
    static const char *const words[] = {"and", "or", "not", "in", "contains", "is", "null", "has"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_keyword(self, words[i]))
            return true;
    return false;
}

static int expected(struct parser *self, const char *what)
{
    int rc = filter_error(self->out, self->err, self->token.at, "expected %s, found %s%s%s", what,
                          self->token.kind == TOKEN_END ? "" : "'", self->token.text,
                          self->token.kind == TOKEN_END ? "" : "'");
    if (self->err != NULL && self->token.kind == TOKEN_WORD && is_reserved(self))
        error_hint(self->err, rc, "put a value in quotes, or a field in backquotes, if '%s' is meant as one",
                   self->token.text);
    return rc;
}

static int push(struct parser *self, struct filter_node node)
{
    struct filter *f = self->out;
    if (mem_grow((void **)&f->nodes, &f->cap_nodes, f->n_nodes + 1, sizeof *f->nodes) != 0)
        return error_nomem(self->err, "filter");
    f->nodes[f->n_nodes++] = node;
    return 0;
}

static int push_op(struct parser *self, enum filter_op op)
{
    return push(self, (struct filter_node){.op = op});
}

/* A comparison that is complete but for its values, which are the last n_values. */
static int push_comparison(struct parser *self, struct filter_node node, uint32_t n_values, bool negated)
{
    if (++self->n_comparisons > FILTER_TERMS_MAX)
        return filter_error(self->out, self->err, node.at, "more than %d comparisons", FILTER_TERMS_MAX);
    node.n_values = n_values;
    node.first_value = (uint32_t)self->out->n_values - n_values;
    int rc = push(self, node);
    return rc == 0 && negated ? push_op(self, FILTER_OP_NOT) : rc;
}

static int take_value(struct parser *self)
{
    struct filter *f = self->out;
    if (is_keyword(self, "null")) {
        filter_error(f, self->err, self->token.at, "nothing equals null");
        return error_hint(self->err, E_USAGE, "write FIELD is null, or FIELD is not null");
    }
    if (self->token.kind != TOKEN_STRING && (self->token.kind != TOKEN_WORD || is_reserved(self)))
        return expected(self, "a value");
    if (mem_grow((void **)&f->values, &f->cap_values, f->n_values + 1, sizeof *f->values) != 0)
        return error_nomem(self->err, "filter");
    f->values[f->n_values++] = (struct filter_value){.text = self->token.text, .at = self->token.at};
    return next(self);
}

static int take(struct parser *self, enum token_kind kind, const char *what)
{
    return self->token.kind == kind ? next(self) : expected(self, what);
}

static int parse_in(struct parser *self, struct filter_node node, bool negated)
{
    uint32_t n = 0;
    node.op = FILTER_OP_IN;
    int rc = next(self);
    rc = rc != 0 ? rc : take(self, TOKEN_OPEN, "'('");
    while (rc == 0) {
        rc = take_value(self);
        n++;
        if (rc != 0 || self->token.kind != TOKEN_COMMA)
            break;
        rc = next(self);
    }
    rc = rc != 0 ? rc : take(self, TOKEN_CLOSE, "',' or ')'");
    return rc != 0 ? rc : push_comparison(self, node, n, negated);
}

static int parse_is(struct parser *self, struct filter_node node)
{
    node.op = FILTER_OP_NULL;
    bool negated = false;
    int rc = next(self);
    if (rc == 0 && is_keyword(self, "not")) {
        negated = true;
        rc = next(self);
    }
    if (rc != 0)
        return rc;
    if (!is_keyword(self, "null"))
        return expected(self, "null");
    rc = next(self);
    return rc != 0 ? rc : push_comparison(self, node, 0, negated);
}

static int parse_operator(struct parser *self, struct filter_node node)
{
    static const struct {
        const char *text;
        enum filter_op op;
        bool negated;
    } operators[] = {
        {"=", FILTER_OP_IN, false},       {"==", FILTER_OP_IN, false},         {"!=", FILTER_OP_IN, true},
        {"<>", FILTER_OP_IN, true},       {"<", FILTER_OP_LESS, false},        {"<=", FILTER_OP_LESS_EQUAL, false},
        {">", FILTER_OP_GREATER, false},  {">=", FILTER_OP_GREATER_EQUAL, false},
        {"~", FILTER_OP_CONTAINS, false}, {"!~", FILTER_OP_CONTAINS, true},
    };
    size_t i = 0;
    while (strcmp(operators[i].text, self->token.text) != 0)
        i++;
    node.op = operators[i].op;
    int rc = next(self);
    rc = rc != 0 ? rc : take_value(self);
    return rc != 0 ? rc : push_comparison(self, node, 1, operators[i].negated);
}

static int take_field(struct parser *self, struct filter_node *node)
{
    if (self->token.kind == TOKEN_STRING) {
        int rc = expected(self, "a field");
        return error_hint(self->err, rc, "a field with blanks in its name is written in backquotes: `%s`",
                          self->token.text);
    }
    if (self->token.kind != TOKEN_FIELD && (self->token.kind != TOKEN_WORD || is_reserved(self)))
        return expected(self, "a field");
    *node = (struct filter_node){.field = self->token.text, .at = self->token.at, .operator_at = self->token.at};
    return next(self);
}

static int parse_comparison(struct parser *self)
{
    struct filter_node node = {0};
    int rc = take_field(self, &node);
    if (rc != 0)
        return rc;
    bool negated = false;
    if (self->token.kind != TOKEN_END)
        node.operator_at = self->token.at;
    if (is_keyword(self, "not")) {
        negated = true;
        rc = next(self);
        if (rc != 0)
            return rc;
        if (!is_keyword(self, "in") && !is_keyword(self, "contains"))
            return expected(self, "in or contains");
    }
    if (self->token.kind == TOKEN_OPERATOR)
        return parse_operator(self, node);
    if (is_keyword(self, "in"))
        return parse_in(self, node, negated);
    if (is_keyword(self, "is"))
        return parse_is(self, node);
    if (is_keyword(self, "contains")) {
        node.op = FILTER_OP_CONTAINS;
        rc = next(self);
        rc = rc != 0 ? rc : take_value(self);
        return rc != 0 ? rc : push_comparison(self, node, 1, negated);
    }
    node.op = FILTER_OP_TRUE;
    return push_comparison(self, node, 0, false);
}

static int parse_or(struct parser *self);

static int enter(struct parser *self)
{
    if (++self->depth > FILTER_DEPTH_MAX)
        return filter_error(self->out, self->err, self->token.at, "nested more than %d deep", FILTER_DEPTH_MAX);
    return next(self);
}

static int parse_term(struct parser *self)
{
    int rc;
    if (is_keyword(self, "not")) {
        rc = enter(self);
        rc = rc != 0 ? rc : parse_term(self);
        self->depth--;
        return rc != 0 ? rc : push_op(self, FILTER_OP_NOT);
    }
    if (self->token.kind == TOKEN_OPEN) {
        rc = enter(self);
        rc = rc != 0 ? rc : parse_or(self);
        self->depth--;
        return rc != 0 ? rc : take(self, TOKEN_CLOSE, "'and', 'or' or ')'");
    }
    if (is_keyword(self, "has")) {
        struct filter_node node = {0};
        rc = next(self);
        rc = rc != 0 ? rc : take_field(self, &node);
        node.op = FILTER_OP_NULL;
        return rc != 0 ? rc : push_comparison(self, node, 0, true);
    }
    return parse_comparison(self);
}

/* Terms at the top are noted down: filter_failed names them. */
static int note_term(struct parser *self, uint32_t begin, size_t first_node)
{
    struct filter *f = self->out;
    if (self->depth > 0)
        return 0;
    if (mem_grow((void **)&f->terms, &f->cap_terms, f->n_terms + 1, sizeof *f->terms) != 0)
        return error_nomem(self->err, "filter");
    f->terms[f->n_terms++] = (struct filter_term){begin, self->last_end, (uint32_t)first_node, (uint32_t)f->n_nodes};
    return 0;
}

static int parse_and(struct parser *self)
{
    for (bool first = true;; first = false) {
        size_t node = self->out->n_nodes;
        uint32_t begin = self->token.at;
        int rc = parse_term(self);
        rc = rc != 0 ? rc : note_term(self, begin, node);
        if (rc == 0 && !first)
            rc = push_op(self, FILTER_OP_AND);
        if (rc != 0 || !is_keyword(self, "and"))
            return rc;
        rc = next(self);
        if (rc != 0)
            return rc;
    }
}

static int parse_or(struct parser *self)
{
    for (bool first = true;; first = false) {
        int rc = parse_and(self);
        if (rc == 0 && !first)
            rc = push_op(self, FILTER_OP_OR);
        if (rc != 0 || !is_keyword(self, "or"))
            return rc;
        self->or_at_top |= self->depth == 0;
        rc = next(self);
        if (rc != 0)
            return rc;
    }
}

static int parse_all(struct parser *self)
{
    struct filter *f = self->out;
    int rc = next(self);
    if (rc != 0)
        return rc;
    if (self->token.kind == TOKEN_END)
        return filter_error(f, self->err, 0, "it is empty");
    rc = parse_or(self);
    if (rc != 0)
        return rc;
    if (self->token.kind != TOKEN_END) {
        rc = expected(self, "'and' or 'or'");
        if (self->token.kind == TOKEN_WORD)
            error_hint(self->err, rc, "a value of several words is put in quotes: country='United Kingdom'");
        return rc;
    }
    if (self->or_at_top) { /* then the whole is one term; there is room: it had two */
        f->terms[0] = (struct filter_term){f->terms[0].begin, self->last_end, 0, (uint32_t)f->n_nodes};
        f->n_terms = 1;
    }
    return 0;
}

int filter_parse(struct filter **out, const char *text, size_t n, struct error *err)
{
    if (n > FILTER_TEXT_MAX)
        return error_set(err, E_USAGE, "filter", "is longer than %d bytes", FILTER_TEXT_MAX);
    if (!text_utf8_valid(text, n) || memchr(text, '\0', n) != NULL)
        return error_set(err, E_USAGE, "filter", "is not UTF-8 text");
    struct filter *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "filter");
    self->n = n;
    self->text = mem_strndup(text, n);
    self->pool = mem_alloc(2 * n + 2, 1);
    struct parser parser = {.out = self, .err = err};
    int rc = self->text == NULL || self->pool == NULL ? error_nomem(err, "filter") : parse_all(&parser);
    if (rc != 0) {
        filter_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void filter_free(struct filter *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_nodes; i++)
        mem_free(self->nodes[i].truth);
    mem_free(self->nodes);
    mem_free(self->values);
    mem_free(self->terms);
    mem_free(self->pool);
    mem_free(self->text);
    mem_free(self);
}
