#include "serve/demo_page.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "serve/html.h"
#include "serve/money.h"
#include "store/events.h"
#include "store/users.h"

enum { CUSTOMERS = 12, LOOKED_AT = 60, EVENTS_WANTED = 5 };

/* Customers. */

struct customers {
    struct str *out;
    struct store *store;
    size_t n, looked_at;
    struct error *err;
};

/* Those with some events, so that there is something to see; visitors that only the widget knows are passed over. */
static int put_customer(void *context, int64_t user, const char *identifier)
{
    struct customers *c = context;
    struct event_row *rows = NULL;
    size_t n = 0;
    if (c->n >= CUSTOMERS || c->looked_at >= LOOKED_AT)
        return 1;
    c->looked_at++;
    if (strncmp(identifier, "anon-", 5) == 0)
        return 0;
    int rc = events_history(c->store, user, INT64_MIN, INT64_MAX, EVENTS_WANTED, &rows, &n, c->err);
    mem_free(rows);
    if (rc != 0 || n < EVENTS_WANTED)
        return rc;
    str_puts(c->out, "<option value=\"");
    html_text(c->out, identifier);
    str_puts(c->out, "\">Customer ");
    html_text(c->out, identifier);
    str_puts(c->out, "</option>");
    c->n++;
    return 0;
}

static int put_customers(struct str *out, struct store *store, struct error *err)
{
    struct customers c = {out, store, 0, 0, err};
    str_puts(out, "<option value=\"\">Somebody new</option>");
    int rc = users_each(store, put_customer, &c, err);
    return rc < 0 ? rc : 0;
}

/* The frame. */

int demo_page_begin(struct str *out, struct store *store, const struct demo_page *page, struct error *err)
{
    str_puts(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                  "<meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\"><title>");
    html_text(out, page->title);
    str_puts(out, " \xC2\xB7 Demo shop</title><link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/demo/shop.css\">"
                  "<script src=\"/demo/shop.js\" defer></script><script src=\"/widget.js\" id=\"widget\" data-key=\"");
    html_text(out, page->key);
    str_puts(out, "\" data-url=\"/demo/items/{item}\" data-image=\"/demo/pictures/{item}\" defer></script></head><body>"
                  "<a class=\"skip\" href=\"#main\">To the content</a><header><div class=\"bar\">"
                  "<a class=\"brand\" href=\"/demo/\"><span aria-hidden=\"true\">r</span>Demo shop</a>"
                  "<form action=\"/demo/search\" role=\"search\"><label class=\"hidden\" for=\"q\">Search</label>"
                  "<input id=\"q\" name=\"q\" type=\"search\" maxlength=\"100\" placeholder=\"Search\" value=\"");
    html_text(out, page->query);
    str_puts(out, "\"></form><label class=\"visitor\"><span>You are</span><select id=\"visitor\">");
    int rc = put_customers(out, store, err);
    str_puts(out, "</select></label><a class=\"cart\" href=\"/demo/cart\">Cart <span id=\"count\">0</span></a></div>"
                  "</header><main id=\"main\">");
    return rc;
}

void demo_page_end(struct str *out)
{
    str_puts(out, "</main><footer><p>A demonstration: nothing here is for sale. The carousels are <code>/widget.js</code>; "
                  "what you see and click counts in the next answer, if you agree. "
                  "<button type=\"button\" id=\"again\">Change your mind</button></p></footer>"
                  "<section id=\"consent\" aria-label=\"Consent\" hidden><p>May this shop remember what you look at in this "
                  "tab, and recommend by it?</p><div><button type=\"button\" id=\"no\">No</button>"
                  "<button type=\"button\" id=\"yes\">Yes</button></div></section></body></html>");
}

void demo_page_carousel(struct str *out, const char *what, const char *title, const char *item)
{
    str_printf(out, "<div data-reckon=\"%s\" data-title=\"%s\"", what, title);
    if (item != NULL) {
        str_puts(out, " data-item=\"");
        html_text(out, item);
        str_putc(out, '"');
    }
    str_puts(out, "></div>");
}

static void put_card(struct str *out, const json_t *item)
{
    const char *id = json_string_value(json_object_get(item, "item")),
               *title = json_string_value(json_object_get(item, "title"));
    const json_t *price = json_object_get(json_object_get(item, "attributes"), "price");
    if (id == NULL || title == NULL)
        return;
    str_puts(out, "<li><a href=\"/demo/items/");
    html_url_part(out, id);
    str_puts(out, "\"><img alt=\"\" loading=\"lazy\" width=\"200\" height=\"200\" src=\"/demo/pictures/");
    html_url_part(out, id);
    str_puts(out, "\"><span class=\"title\">");
    html_text(out, title[0] != '\0' ? title : id);
    str_puts(out, "</span><span class=\"price\">");
    if (json_is_number(price))
        money_put(out, json_number_value(price), "", "en");
    str_puts(out, "</span></a></li>");
}

void demo_page_grid(struct str *out, const json_t *items)
{
    str_puts(out, "<ul class=\"grid\" role=\"list\">");
    for (size_t i = 0; i < json_array_size(items); i++)
        put_card(out, json_array_get(items, i));
    str_puts(out, "</ul>");
}

void demo_page_chip(struct str *out, const char *parameter, const char *value)
{
    str_printf(out, "<li><a href=\"/demo/search?%s=", parameter);
    html_url_part(out, value);
    str_puts(out, "\">");
    html_text(out, value);
    str_puts(out, "</a></li>");
}

/* Pictures. */

static unsigned draw(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

static void put_shape(struct str *out, uint64_t *seed, unsigned hue)
{
    unsigned x = draw(seed, 200), y = draw(seed, 200), size = 40 + draw(seed, 70);
    unsigned shade = (hue + draw(seed, 50)) % 360, light = 70 + draw(seed, 12);
    switch (draw(seed, 3)) {
    case 0: str_printf(out, "<circle cx=\"%u\" cy=\"%u\" r=\"%u\"", x, y, size); break;
    case 1:
        str_printf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"18\" transform=\"rotate(%u %u %u)\"", x, y,
                   size * 3 / 2, size, draw(seed, 90), x, y);
        break;
    default:
        str_printf(out, "<path d=\"M%u %u l%u %u l-%u %u z\"", x, y, size, size * 3 / 2, size * 2, size / 3);
        break;
    }
    str_printf(out, " fill=\"hsl(%u 55%% %u%%)\" fill-opacity=\".75\"/>", shade, light);
}

void demo_picture(struct str *out, const char *item, const char *title)
{
    uint64_t seed = rng_key(item, strlen(item));
    unsigned hue = draw(&seed, 360);
    str_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 200\" width=\"200\" height=\"200\">"
               "<rect width=\"200\" height=\"200\" fill=\"hsl(%u 48%% 90%%)\"/>",
               hue);
    for (int i = 0; i < 4; i++)
        put_shape(out, &seed, hue);
    str_printf(out,
               "<text x=\"100\" y=\"104\" text-anchor=\"middle\" dominant-baseline=\"middle\" font-family=\"Georgia,serif\" "
               "font-size=\"64\" fill=\"hsl(%u 45%% 26%%)\">",
               hue);
    struct str initials;
    str_init(&initials, 64);
    html_initials(&initials, title[0] != '\0' ? title : item);
    html_text(out, str_text(&initials));
    str_release(&initials);
    str_puts(out, "</text></svg>");
}
