/* GET /demo/…: a small shop over the workspace's items, to see the widget and the API at work.  Off unless it is
 * asked for: it shows items and a few customers' identifiers to whoever can reach the server.
 *
 * The pages are made here, as a shop's own server would make them; what they show of recommendations comes from the
 * public API by way of /widget.js. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "serve/demo_page.h"
#include "serve/handlers.h"
#include "serve/html.h"
#include "serve/item_json.h"
#include "serve/money.h"
#include "serve/server.h"
#include "store/items.h"

enum { PAGE_MAX = 1 << 22, FOUND = 48, CHIPS = 10, POPULAR = 120, WORD_MIN = 4, LIST_SHOWN = 8 };

static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                             "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
                             "require-trusted-types-for 'script'";

/* False: the demo is off, and the call has its answer. */
static bool is_on(struct server *server, struct call *call)
{
    if (server->demo || strcmp(settings_text(&call->view->settings, SETTING_ID_DEMO), "on") == 0)
        return true;
    call_problem(call, 404, "not_found", "the demo shop is off; `reckon serve --demo` or the setting serve.demo turns it on");
    return false;
}

static int open_page(struct str *out, struct desk *desk, struct call *call, const char *title, const char *query,
                     struct error *err)
{
    const struct demo_page page = {title, settings_text(&call->view->settings, SETTING_ID_DEMO_KEY), query};
    str_init(out, PAGE_MAX);
    return demo_page_begin(out, desk->store, &page, err);
}

/* Answers with the page, unless something went wrong. */
static int close_page(struct str *page, struct call *call, int rc)
{
    demo_page_end(page);
    if (rc == 0 && call->status == 0) {
        call->policy = policy;
        call_answer(call, 200, "text/html; charset=utf-8", page);
    }
    str_release(page);
    return rc;
}

/* What the recommender would give somebody unknown: popular items, by a filter.  The shop looks its shelves up by it, and
 * recommends nothing: no slate is recorded.  *out: json_decref; NULL when the
 * call has its answer. */
static int popular(struct server *server, struct desk *desk, struct call *call, const char *filter, size_t n,
                   json_t **out, struct error *err)
{
    struct str text;
    *out = NULL;
    json_decref(call->json);
    call->json = json_pack("{s:[], s:I, s:b, s:s*, s:[s,s,s,s]}", "items", "n", (json_int_t)n, "reasons", 0, "filter",
                           filter, "attributes", "price", "category", "genre", "genres");
    if (call->json == NULL)
        return error_nomem(err, "demo");
    str_init(&text, PAGE_MAX);
    int rc = recommend_text(server, desk, call, false, &text, err);
    if (rc == 0 && call->status == 0) {
        *out = json_loadb(str_text(&text), text.len, 0, NULL);
        rc = *out == NULL ? error_nomem(err, "demo") : 0;
    }
    str_release(&text);
    return rc;
}

/* Chips: values of a category attribute, or words of the titles, of what is popular. */

struct tally_entry {
    char word[64];
    unsigned n;
};

struct tally {
    struct tally_entry entries[512];
    size_t n;
};

static void tally_add(struct tally *self, const char *word, size_t n)
{
    size_t i = 0;
    if (n == 0 || n >= sizeof self->entries[0].word)
        return;
    while (i < self->n && (strlen(self->entries[i].word) != n || memcmp(self->entries[i].word, word, n) != 0))
        i++;
    if (i == sizeof self->entries / sizeof *self->entries)
        return;
    if (i == self->n) {
        memcpy(self->entries[i].word, word, n);
        self->entries[i].word[n] = '\0';
        self->n++;
    }
    self->entries[i].n++;
}

static const char *category_of(const json_t *items)
{
    static const char *const names[] = {"category", "genre", "genres"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        for (size_t i = 0; i < json_array_size(items); i++)
            if (json_object_get(json_object_get(json_array_get(items, i), "attributes"), names[k]) != NULL)
                return names[k];
    return NULL;
}

static void tally_value(struct tally *t, const json_t *value)
{
    if (json_is_string(value))
        tally_add(t, json_string_value(value), json_string_length(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        tally_value(t, json_array_get(value, i));
}

static void tally_title(struct tally *t, const char *title)
{
    while (*title != '\0') {
        size_t n = 0;
        while (isalpha((unsigned char)title[n]))
            n++;
        if (n >= WORD_MIN)
            tally_add(t, title, n);
        title += n > 0 ? n : 1;
    }
}

static int by_count(const void *a, const void *b)
{
    const struct tally_entry *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : strcmp(x->word, y->word);
}

static int put_chips(struct str *out, const json_t *items, struct error *err)
{
    struct tally *t = mem_zalloc(1, sizeof *t);
    const char *category = category_of(items);
    if (t == NULL)
        return error_nomem(err, "demo");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        if (category != NULL)
            tally_value(t, json_object_get(json_object_get(item, "attributes"), category));
        else
            tally_title(t, call_text(item, "title"));
    }
    qsort(t->entries, t->n, sizeof t->entries[0], by_count);
    str_puts(out, "<nav aria-label=\"Categories\"><ul class=\"chips\" role=\"list\">");
    for (size_t i = 0; i < t->n && i < CHIPS; i++)
        demo_page_chip(out, category != NULL ? category : "q", t->entries[i].word);
    str_puts(out, "</ul></nav>");
    mem_free(t);
    return 0;
}

/* Pages. */

HANDLER(handle_demo_home)
{
    struct str page;
    json_t *answer = NULL;
    if (!is_on(server, call))
        return 0;
    int rc = open_page(&page, desk, call, "Welcome", "", err);
    str_puts(&page, "<h1>Found for you</h1>");
    if (rc == 0)
        rc = popular(server, desk, call, NULL, POPULAR, &answer, err);
    if (rc == 0 && answer != NULL)
        rc = put_chips(&page, json_object_get(answer, "items"), err);
    json_decref(answer);
    demo_page_carousel(&page, "home", "For you", NULL);
    demo_page_carousel(&page, "popular", "What others like", NULL);
    return close_page(&page, call, rc);
}

/* field OPERATOR 'value', with the value as the language of filters quotes it. */
static void put_term(struct str *filter, const char *field, const char *operator, const char *value)
{
    str_printf(filter, "%s %s '", field, operator);
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            str_putc(filter, '\\');
        str_putc(filter, *value);
    }
    str_putc(filter, '\'');
}

static int put_found(struct str *page, struct server *server, struct desk *desk, struct call *call, const char *filter,
                     struct error *err)
{
    json_t *answer;
    int rc = popular(server, desk, call, filter, FOUND, &answer, err);
    const json_t *items = json_object_get(answer, "items");
    if (rc != 0 || answer == NULL)
        return rc;
    size_t all = (size_t)call_int(answer, "eligible", 0);
    if (json_array_size(items) == 0)
        str_puts(page, "<p>Nothing was found. Another word may help.</p>");
    else if (all > json_array_size(items))
        str_printf(page, "<p>%zu items; these are bought most.</p>", all);
    else
        str_printf(page, "<p>%zu item%s.</p>", all, all == 1 ? "" : "s");
    demo_page_grid(page, items);
    json_decref(answer);
    return 0;
}

HANDLER(handle_demo_search)
{
    struct str page, filter;
    json_t *query = json_incref(call->query); /* its texts are used while the call's body is made */
    static const char *const fields[] = {"category", "genre", "genres"};
    const char *what = call_text(query, "q"), *shown = what;
    if (!is_on(server, call)) {
        json_decref(query);
        return 0;
    }
    str_init(&filter, 4096);
    if (what != NULL && what[0] != '\0')
        put_term(&filter, "title", "~", what);
    for (size_t i = 0; what == NULL && i < sizeof fields / sizeof *fields; i++)
        if (filter.len == 0 && call_text(query, fields[i]) != NULL)
            put_term(&filter, fields[i], "=", shown = call_text(query, fields[i]));
    int rc = open_page(&page, desk, call, "Search", what != NULL ? what : "", err);
    str_puts(&page, "<h1>");
    html_text(&page, shown != NULL && shown[0] != '\0' ? shown : "Everything");
    str_puts(&page, "</h1>");
    if (rc == 0)
        rc = put_found(&page, server, desk, call, filter.len > 0 ? str_text(&filter) : NULL, err);
    demo_page_carousel(&page, "home", "For you", NULL);
    str_release(&filter);
    json_decref(query);
    return close_page(&page, call, rc);
}

static void put_value(struct str *out, const json_t *v)
{
    if (json_is_string(v))
        html_text(out, json_string_value(v));
    else if (json_is_number(v))
        item_json_number(out, json_number_value(v));
    else if (json_is_boolean(v))
        str_puts(out, json_is_true(v) ? "yes" : "no");
    for (size_t i = 0; i < json_array_size(v) && i < LIST_SHOWN; i++) {
        str_puts(out, i > 0 ? ", " : "");
        put_value(out, json_array_get(v, i));
    }
    if (json_array_size(v) > LIST_SHOWN)
        str_puts(out, " \xE2\x80\xA6");
}

static void put_facts(struct str *out, json_t *attributes)
{
    const char *name;
    json_t *value;
    str_puts(out, "<dl>");
    json_object_foreach (attributes, name, value) {
        if (strcmp(name, "price") == 0 || strcmp(name, "image") == 0)
            continue;
        str_puts(out, "<div><dt>");
        html_text(out, name);
        str_puts(out, "</dt><dd>");
        put_value(out, value);
        str_puts(out, "</dd></div>");
    }
    str_puts(out, "</dl>");
}

static void put_product(struct str *out, const char *identifier, const char *title, json_t *attributes)
{
    const json_t *price = json_object_get(attributes, "price");
    str_puts(out, "<article class=\"product\"><img alt=\"\" width=\"200\" height=\"200\" src=\"/demo/pictures/");
    html_url_part(out, identifier);
    str_puts(out, "\"><div><h1>");
    html_text(out, title);
    str_puts(out, "</h1>");
    if (json_is_number(price)) {
        str_puts(out, "<p class=\"price\">");
        money_put(out, json_number_value(price), "", "en");
        str_puts(out, "</p>");
    }
    str_puts(out, "<button type=\"button\" id=\"add\" data-id=\"");
    html_text(out, identifier);
    str_puts(out, "\" data-name=\"");
    html_text(out, title);
    str_printf(out, "\" data-price=\"%.2f\">Add to cart</button>", json_number_value(price));
    put_facts(out, attributes);
    str_puts(out, "</div></article>");
}

/* Finds the item of the path, and its title (its identifier when it has none), and shows it. */
static int show_item(struct server *server, struct desk *desk, struct call *call,
                     int (*show)(struct desk *, struct call *, int64_t item, const char *title, struct error *),
                     struct error *err)
{
    struct str title;
    int64_t item;
    if (!is_on(server, call))
        return 0;
    str_init(&title, 8192);
    int rc = items_lookup(desk->store, call->param[0], &item, err);
    if (rc == 0 && item == 0)
        call_problem(call, 404, "not_found", "there is no such item");
    if (rc == 0 && item != 0)
        rc = items_name(desk->store, item, NULL, &title, err);
    if (rc == 0 && item != 0)
        rc = show(desk, call, item, title.len > 0 ? str_text(&title) : call->param[0], err);
    str_release(&title);
    return rc;
}

static int put_item_page(struct str *page, struct desk *desk, const char *identifier, int64_t item, const char *title,
                         struct error *err)
{
    struct str text;
    str_init(&text, PAGE_MAX);
    str_putc(&text, '{');
    int rc = item_json_attributes(&text, desk->store, ATTRIBUTE_OF_ITEM, item, NULL, 0, err);
    str_putc(&text, '}');
    json_t *attributes = rc == 0 ? json_loadb(str_text(&text), text.len, 0, NULL) : NULL;
    put_product(page, identifier, title, attributes);
    json_decref(attributes);
    str_release(&text);
    demo_page_carousel(page, "product", "Others also bought", identifier);
    demo_page_carousel(page, "similar", "Like this", identifier);
    return rc;
}

static int show_page(struct desk *desk, struct call *call, int64_t item, const char *title, struct error *err)
{
    struct str page;
    int rc = open_page(&page, desk, call, title, "", err);
    if (rc == 0)
        rc = put_item_page(&page, desk, call->param[0], item, title, err);
    return close_page(&page, call, rc);
}

HANDLER(handle_demo_item)
{
    return show_item(server, desk, call, show_page, err);
}

HANDLER(handle_demo_cart)
{
    struct str page;
    if (!is_on(server, call))
        return 0;
    int rc = open_page(&page, desk, call, "Your cart", "", err);
    str_puts(&page, "<h1>Your cart</h1><p id=\"empty\">It is empty.</p><ul id=\"rows\" class=\"rows\" role=\"list\"></ul>"
                    "<p id=\"sum\" class=\"price\"></p>");
    demo_page_carousel(&page, "cart", "Goes with it", NULL);
    return close_page(&page, call, rc);
}

static int show_picture(struct desk *desk, struct call *call, int64_t item, const char *title, struct error *err)
{
    struct str picture;
    (void)desk, (void)item, (void)err;
    str_init(&picture, 8192);
    demo_picture(&picture, call->param[0], title);
    call->cache_control = "public, max-age=3600";
    call->policy = "default-src 'none'";
    call_answer(call, 200, "image/svg+xml", &picture);
    str_release(&picture);
    return 0;
}

HANDLER(handle_demo_picture)
{
    return show_item(server, desk, call, show_picture, err);
}

HANDLER(handle_demo_asset)
{
    (void)desk;
    return is_on(server, call) ? asset_answer(call, "no-cache", err) : 0;
}

HANDLER(handle_demo_door)
{
    (void)desk, (void)err;
    if (!is_on(server, call))
        return 0;
    call_answer_empty(call, 308);
    snprintf(call->location, sizeof call->location, "/demo/");
    return 0;
}
