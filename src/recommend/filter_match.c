/* The meaning of a filter: fields and types, and which items it lets through. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "recommend/filter.h"
#include "recommend/filter_private.h"

/* Binding. */

static const char *type_word(enum filter_type type)
{
    static const char *const words[] = {
        [FILTER_NUMBER] = "a number", [FILTER_TEXT] = "text", [FILTER_BOOLEAN] = "true or false",
        [FILTER_LIST] = "a list of texts"};
    return words[type];
}

enum { NEAREST = 5, NAMES_SHOWN = 12 };

/* Names at a small distance first, then as many others as are worth showing. */
static void hint_fields(const struct filter_schema *schema, const char *typed, struct error *err)
{
    struct str hint;
    str_init(&hint, 300);
    size_t shown = 0;
    for (size_t limit = 0; limit <= 2 && shown < NEAREST; limit++)
        for (size_t i = 0; shown < NEAREST; i++) {
            const char *name = schema->name(schema->context, i);
            if (name == NULL)
                break;
            if (text_distance(name, typed, limit) == limit)
                str_printf(&hint, "%s%s", shown++ == 0 ? "perhaps " : ", ", name);
        }
    if (shown == 0)
        for (size_t i = 0; shown < NAMES_SHOWN; i++) {
            const char *name = schema->name(schema->context, i);
            if (name == NULL)
                break;
            str_printf(&hint, "%s%s", shown++ == 0 ? "the fields are " : ", ", name);
        }
    error_hint(err, E_USAGE, "%s%s", str_text(&hint), shown == NAMES_SHOWN ? ", \xE2\x80\xA6" : "");
    str_release(&hint);
}

/* The schema's spelling of the field: as typed, or the only one that differs in case. */
static const char *field_name(const struct filter_schema *schema, const char *typed)
{
    const char *other = NULL;
    size_t others = 0;
    for (size_t i = 0;; i++) {
        const char *name = schema->name(schema->context, i);
        if (name == NULL)
            return others == 1 ? other : NULL;
        if (strcmp(name, typed) == 0)
            return name;
        if (text_equal_nocase(name, typed)) {
            other = name;
            others++;
        }
    }
}

int filter_field(const struct filter_schema *schema, const char *typed, struct filter_column *out, struct error *err)
{
    const char *name = field_name(schema, typed);
    if (name != NULL)
        return schema->column(schema->context, name, out, err);
    error_set(err, E_USAGE, typed, "there is no field of this name");
    hint_fields(schema, typed, err);
    return E_USAGE;
}

/* Lower case of letters that have the same number of bytes in both cases: Latin, Greek and Cyrillic ones. */
static uint32_t fold(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) ||
        (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if (((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177)) && c % 2 == 0)
        return c + 1;
    if (((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) && c % 2 == 1)
        return c + 1;
    return c;
}

/* Folds in place; bytes that are not UTF-8 stay. */
static void fold_text(char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        size_t len = text_utf8_decode(text + i, n - i, &c);
        uint32_t low = len == 0 ? c : fold(c);
        if (len == 1)
            text[i] = (char)low;
        else if (len == 2 && low != c) {
            text[i] = (char)(0xC0 | low >> 6);
            text[i + 1] = (char)(0x80 | (low & 0x3F));
        }
        i += len == 0 ? 1 : len;
    }
}

static void set_bit(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= UINT64_C(1) << i % 64;
}

static bool get_bit(const uint64_t *bits, uint64_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

static int truth_contains(struct filter_node *node, const char *value, struct error *err)
{
    size_t n = strlen(value), cap = 0;
    char *needle = mem_strdup(value), *word = NULL;
    int rc = needle == NULL ? error_nomem(err, "filter") : 0;
    if (rc == 0)
        fold_text(needle, n);
    for (uint32_t w = 0; w < node->column.n_words && rc == 0; w++) {
        size_t len = strlen(node->column.words[w]);
        if (len < n)
            continue;
        if (mem_grow((void **)&word, &cap, len + 1, 1) != 0) {
            rc = error_nomem(err, "filter");
            break;
        }
        memcpy(word, node->column.words[w], len);
        fold_text(word, len);
        if (n == 0 || memmem(word, len, needle, n) != NULL)
            set_bit(node->truth, w);
    }
    mem_free(needle);
    mem_free(word);
    return rc;
}

static bool order_holds(enum filter_op op, int order)
{
    return op == FILTER_OP_LESS            ? order < 0
           : op == FILTER_OP_LESS_EQUAL    ? order <= 0
           : op == FILTER_OP_GREATER       ? order > 0
                                           : order >= 0;
}

/* A value that nothing equals may be a slip: says so, with the word that it may have been meant to be.  Of what is
 * the same for all items, says what it is. */
static void note_absent(struct filter *self, const struct filter_node *node, const struct filter_value *value)
{
    const char *near = NULL;
    size_t best = 3;
    if (self->note[0] != '\0')
        return;
    if (node->column.constant) {
        bool known = node->column.n_words > 0;
        snprintf(self->note, sizeof self->note, "%s is the user's%s%.100s, not '%.100s'", node->field,
                 known ? ": " : " and not known", known ? node->column.words[0] : "", value->text);
        return;
    }
    for (uint32_t w = 0; w < node->column.n_words && best > 0; w++) {
        size_t d = text_equal_nocase(node->column.words[w], value->text)
                       ? 0
                       : text_distance(node->column.words[w], value->text, best - 1);
        if (d < best && (d == 0 || d * 3 <= strlen(value->text))) {
            best = d;
            near = node->column.words[w];
        }
    }
    int len = snprintf(self->note, sizeof self->note, "no item has %s '%s'%s%s%s", node->field, value->text,
                       near != NULL ? " (perhaps '" : "", near != NULL ? near : "", near != NULL ? "')" : "");
    if (len >= (int)sizeof self->note)
        text_ellipsize(self->note, sizeof self->note);
}

static int bind_words(struct filter *self, struct filter_node *node, struct error *err)
{
    struct filter_value *values = self->values + node->first_value;
    mem_free(node->truth);
    node->truth = mem_zalloc((size_t)node->column.n_words / 64 + 1, sizeof *node->truth);
    if (node->truth == NULL)
        return error_nomem(err, "filter");
    if (node->op == FILTER_OP_CONTAINS)
        return truth_contains(node, values[0].text, err);
    for (uint32_t v = 0; v < node->n_values; v++) {
        bool found = false;
        for (uint32_t w = 0; w < node->column.n_words; w++) {
            int order = strcmp(node->column.words[w], values[v].text);
            if (node->op == FILTER_OP_IN ? order == 0 : order_holds(node->op, order)) {
                set_bit(node->truth, w);
                found = true;
            }
        }
        if (!found && node->op == FILTER_OP_IN)
            note_absent(self, node, &values[v]);
    }
    return 0;
}

static bool boolean_value(const char *text, double *out)
{
    static const char *const words[] = {"false", "true", "no", "yes", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_equal_nocase(text, words[i])) {
            *out = (double)(i % 2);
            return true;
        }
    return false;
}

static int bind_numbers(struct filter *self, struct filter_node *node, struct error *err)
{
    for (uint32_t v = 0; v < node->n_values; v++) {
        struct filter_value *value = &self->values[node->first_value + v];
        bool ok = node->column.type == FILTER_BOOLEAN
                      ? boolean_value(value->text, &value->number)
                      : text_to_double(value->text, strlen(value->text), &value->number);
        if (!ok)
            return filter_error(self, err, value->at, "%s is %s, '%s' is not", node->field,
                                type_word(node->column.type), value->text);
    }
    return 0;
}

/* E_USAGE when the operator has no meaning for the column's type. */
static int check_operator(const struct filter *self, const struct filter_node *node, struct error *err)
{
    enum filter_type type = node->column.type;
    bool words = type == FILTER_TEXT || type == FILTER_LIST;
    switch (node->op) {
    case FILTER_OP_CONTAINS:
        if (!words) {
            filter_error(self, err, node->operator_at, "%s is %s: it contains nothing", node->field, type_word(type));
            return error_hint(err, E_USAGE, "compare it by = or in");
        }
        return 0;
    case FILTER_OP_LESS:
    case FILTER_OP_LESS_EQUAL:
    case FILTER_OP_GREATER:
    case FILTER_OP_GREATER_EQUAL:
        if (type == FILTER_LIST || type == FILTER_BOOLEAN) {
            filter_error(self, err, node->operator_at, "%s is %s: it has no order", node->field, type_word(type));
            return error_hint(err, E_USAGE, "compare it by = or in");
        }
        return 0;
    case FILTER_OP_TRUE:
        if (type != FILTER_BOOLEAN) {
            filter_error(self, err, node->at, "%s is %s: what about it?", node->field, type_word(type));
            return error_hint(err, E_USAGE, "compare it, as in %s=…, or write has %s", node->field, node->field);
        }
        return 0;
    default:
        return 0;
    }
}

int filter_bind(struct filter *self, const struct filter_schema *schema, struct error *err)
{
    self->note[0] = '\0';
    for (size_t i = 0; i < self->n_nodes; i++) {
        struct filter_node *node = &self->nodes[i];
        if (node->op >= FILTER_OP_NOT)
            continue;
        const char *name = field_name(schema, node->field);
        if (name == NULL) {
            filter_error(self, err, node->at, "unknown field '%s'", node->field);
            hint_fields(schema, node->field, err);
            return E_USAGE;
        }
        int rc = schema->column(schema->context, name, &node->column, err);
        rc = rc != 0 ? rc : check_operator(self, node, err);
        if (rc == 0 && node->op != FILTER_OP_NULL)
            rc = node->column.type == FILTER_TEXT || node->column.type == FILTER_LIST ? bind_words(self, node, err)
                                                                                      : bind_numbers(self, node, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

const char *filter_note(const struct filter *self)
{
    return self->note;
}

/* Matching: blocks of items, one bit each; two bits an item say true, false, or neither (missing). */

enum { BLOCK_WORDS = 8 };

struct bits {
    uint64_t yes[BLOCK_WORDS], no[BLOCK_WORDS];
};

static bool number_holds(const struct filter *self, const struct filter_node *node, double x)
{
    if (node->op == FILTER_OP_TRUE)
        return x > 0;
    const struct filter_value *v = self->values + node->first_value;
    switch (node->op) {
    case FILTER_OP_LESS: return x < v->number;
    case FILTER_OP_LESS_EQUAL: return x <= v->number;
    case FILTER_OP_GREATER: return x > v->number;
    case FILTER_OP_GREATER_EQUAL: return x >= v->number;
    default:
        for (uint32_t i = 0; i < node->n_values; i++)
            if (x >= v[i].number && x <= v[i].number)
                return true;
        return false;
    }
}

static void match_numbers(const struct filter *self, const struct filter_node *node, uint32_t first, uint32_t n,
                          struct bits *out)
{
    const double *x = node->column.number + first;
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        uint64_t holds = number_holds(self, node, x[i]);
        out->yes[i / 64] |= holds << i % 64;
        out->no[i / 64] |= (holds ^ 1) << i % 64;
    }
}

static void match_texts(const struct filter_node *node, uint32_t first, uint32_t n, struct bits *out)
{
    const uint32_t *code = node->column.code + first;
    for (uint32_t i = 0; i < n; i++) {
        if (code[i] == FILTER_MISSING)
            continue;
        uint64_t holds = get_bit(node->truth, code[i]);
        out->yes[i / 64] |= holds << i % 64;
        out->no[i / 64] |= (holds ^ 1) << i % 64;
    }
}

static void match_lists(const struct filter_node *node, uint32_t first, uint32_t n, struct bits *out)
{
    const uint64_t *start = node->column.start + first;
    for (uint32_t i = 0; i < n; i++) {
        bool holds = false;
        for (uint64_t e = start[i]; e < start[i + 1] && !holds; e++)
            holds = get_bit(node->truth, node->column.code[e]);
        if (start[i] < start[i + 1])
            set_bit(holds ? out->yes : out->no, i);
    }
}

static void match_nulls(const struct filter_node *node, uint32_t first, uint32_t n, struct bits *out)
{
    const struct filter_column *c = &node->column;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t item = first + i;
        bool null = c->type == FILTER_TEXT   ? c->code[item] == FILTER_MISSING
                    : c->type == FILTER_LIST ? c->start[item] == c->start[item + 1]
                                             : (bool)isnan(c->number[item]);
        set_bit(null ? out->yes : out->no, i);
    }
}

static void combine(enum filter_op op, struct bits *a, const struct bits *b)
{
    for (size_t w = 0; w < BLOCK_WORDS; w++) {
        uint64_t yes = a->yes[w], no = a->no[w];
        switch (op) {
        case FILTER_OP_AND: a->yes[w] = yes & b->yes[w], a->no[w] = no | b->no[w]; break;
        case FILTER_OP_OR: a->yes[w] = yes | b->yes[w], a->no[w] = no & b->no[w]; break;
        default: a->yes[w] = no, a->no[w] = yes; break;
        }
    }
}

static void match_column(const struct filter *self, const struct filter_node *node, uint32_t first, uint32_t n,
                         struct bits *out)
{
    if (node->op == FILTER_OP_NULL)
        match_nulls(node, first, n, out);
    else if (node->column.type == FILTER_TEXT)
        match_texts(node, first, n, out);
    else if (node->column.type == FILTER_LIST)
        match_lists(node, first, n, out);
    else
        match_numbers(self, node, first, n, out);
}

/* What holds for item 0 holds for all. */
static void match_constant(const struct filter *self, const struct filter_node *node, struct bits *out)
{
    match_column(self, node, 0, 1, out);
    for (size_t w = BLOCK_WORDS; w-- > 0;) {
        out->yes[w] = out->yes[0] & 1 ? UINT64_MAX : 0;
        out->no[w] = out->no[0] & 1 ? UINT64_MAX : 0;
    }
}

/* Runs steps [from, to) for the items [first, first + n), n <= BLOCK_WORDS * 64; the result is in *out. */
static void match(const struct filter *self, size_t from, size_t to, uint32_t first, uint32_t n, struct bits *out)
{
    struct bits stack[FILTER_STACK_MAX];
    size_t top = 0;
    for (size_t i = from; i < to; i++) {
        const struct filter_node *node = &self->nodes[i];
        if (node->op == FILTER_OP_NOT) {
            combine(node->op, &stack[top - 1], NULL);
            continue;
        }
        if (node->op > FILTER_OP_NOT) {
            top--;
            combine(node->op, &stack[top - 1], &stack[top]);
            continue;
        }
        struct bits *bits = &stack[top++];
        memset(bits, 0, sizeof *bits);
        if (node->column.constant)
            match_constant(self, node, bits);
        else
            match_column(self, node, first, n, bits);
    }
    *out = stack[0];
}

bool filter_is_personal(const struct filter *self)
{
    for (size_t i = 0; i < self->n_nodes; i++)
        if (self->nodes[i].op < FILTER_OP_NOT && self->nodes[i].column.constant)
            return true;
    return false;
}

void filter_exclude(const struct filter *self, uint32_t n_items, uint64_t *excluded)
{
    const uint32_t block = BLOCK_WORDS * 64;
    for (uint32_t first = 0; first < n_items; first += block) {
        uint32_t n = n_items - first < block ? n_items - first : block;
        struct bits bits;
        match(self, 0, self->n_nodes, first, n, &bits);
        for (uint32_t w = 0; w * 64 < n; w++) {
            uint64_t there = n - w * 64 >= 64 ? UINT64_MAX : (UINT64_C(1) << (n - w * 64)) - 1;
            excluded[first / 64 + w] |= ~bits.yes[w] & there;
        }
    }
}

bool filter_failed(const struct filter *self, uint32_t item, const char **term, size_t *n)
{
    for (size_t t = 0; t < self->n_terms; t++) {
        struct bits bits;
        match(self, self->terms[t].first_node, self->terms[t].end_node, item, 1, &bits);
        if (bits.yes[0] & 1)
            continue;
        *term = self->text + self->terms[t].begin;
        *n = self->terms[t].end - self->terms[t].begin;
        return true;
    }
    return false;
}
