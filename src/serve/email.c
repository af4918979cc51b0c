#include "serve/email.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "serve/html.h"
#include "serve/money.h"

/* Neither black nor white: clients that invert colours for the dark invert these well. */
#define INK "#1f2328"
#define PAPER "#fdfdfc"
#define LINE "#d9d9d4"
#define TILE "#efeeea"
#define FONT "font-family:Arial,Helvetica,sans-serif;"
#define TABLE "<table role=\"presentation\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\""

enum { GAP = 12, ADDRESS_MAX = 1 << 18 /* a template of nothing but {item} */ };

static const char *title_of(const struct email_item *item)
{
    return item->title[0] != '\0' ? item->title : item->item;
}

/* The address of an item's page, as text. */
static void put_address(struct str *out, const struct email *self, size_t i)
{
    const struct html_address a = {self->items[i].item, self->slate, i};
    const char *fragment = strchr(self->url, '#');
    size_t n = fragment != NULL ? (size_t)(fragment - self->url) : strlen(self->url);
    struct str path;
    str_init(&path, 4096);
    str_append(&path, self->url, n);
    html_url(out, str_text(&path), &a);
    if (strstr(self->url, "{slate}") == NULL) {
        str_printf(out, "%c", memchr(self->url, '?', n) != NULL ? '&' : '?');
        html_url_part(out, self->tracking);
        str_putc(out, '=');
        html_url_part(out, self->slate);
    }
    if (fragment != NULL)
        html_url(out, fragment, &a);
    str_release(&path);
}

static void put_picture_address(struct str *out, const struct email *self, size_t i)
{
    const struct html_address a = {self->items[i].item, self->slate, i};
    const char *own = self->items[i].image;
    if (self->image[0] != '\0')
        html_url(out, self->image, &a);
    else if (own != NULL && html_is_web(own))
        str_puts(out, own);
}

static bool has_pictures(const struct email *self)
{
    bool any = self->image[0] != '\0';
    for (size_t i = 0; i < self->n && !any; i++)
        any = self->items[i].image != NULL && html_is_web(self->items[i].image);
    return any;
}

static void put_price(struct str *out, const struct email *self, const struct email_item *item)
{
    if (item->priced)
        money_put(out, item->price, self->currency, self->locale);
}

/* White or ink, whichever can be read on the accent colour (its luminance by Rec. 709). */
static const char *on_accent(const char *accent)
{
    unsigned long rgb = strtoul(accent + 1, NULL, 16);
    double light = 0.2126 * (double)(rgb >> 16 & 255) + 0.7152 * (double)(rgb >> 8 & 255) + 0.0722 * (double)(rgb & 255);
    return light > 140 ? INK : PAPER;
}

static void put_picture(struct str *out, const struct email *self, size_t i, const char *href, size_t width)
{
    const char *title = title_of(&self->items[i]);
    struct str src, initials;
    str_init(&src, ADDRESS_MAX);
    str_init(&initials, 64);
    put_picture_address(&src, self, i);
    if (src.len > 0) {
        str_printf(out, "\n<tr><td><a href=\"%s\" target=\"_blank\"><img src=\"", href);
        html_text(out, str_text(&src));
        str_puts(out, "\" alt=\"");
        html_text(out, title);
        str_printf(out,
                   "\" width=\"%zu\" border=\"0\" style=\"display:block;width:100%%;max-width:%zupx;height:auto;border:0;"
                   "border-radius:6px;" FONT "font-size:14px;color:" INK ";\"></a></td></tr>",
                   width, width);
    } else { /* the others have one: hold its place */
        html_initials(&initials, title);
        str_printf(out,
                   "\n<tr><td height=\"%zu\" align=\"center\" valign=\"middle\" bgcolor=\"" TILE "\" style=\"height:%zupx;"
                   "border-radius:6px;" FONT "font-size:32px;font-weight:bold;color:#6a6f76;\">",
                   width, width);
        html_text(out, str_text(&initials));
        str_puts(out, "</td></tr>");
    }
    str_release(&src);
    str_release(&initials);
}

/* A table that is a button: its colour shows where padding of links does not. */
static void put_button(struct str *out, const struct email *self, const char *title, const char *href)
{
    if (self->button[0] == '\0')
        return;
    str_printf(out,
               "\n<tr><td style=\"padding:10px 0 0 0;\">" TABLE "><tr><td align=\"center\" bgcolor=\"%s\" "
               "style=\"border-radius:6px;mso-padding-alt:9px 16px;\"><a href=\"%s\" target=\"_blank\" aria-label=\"",
               self->accent, href);
    html_text(out, self->button);
    str_puts(out, ": ");
    html_text(out, title);
    str_printf(out,
               "\" style=\"display:inline-block;padding:9px 16px;border-radius:6px;" FONT
               "font-size:14px;line-height:18px;font-weight:bold;color:%s;text-decoration:none;\">",
               on_accent(self->accent));
    html_text(out, self->button);
    str_puts(out, "</a></td></tr></table></td></tr>");
}

static void put_card(struct str *out, const struct email *self, size_t i, bool pictures, size_t width)
{
    const struct email_item *item = &self->items[i];
    struct str address, href, price;
    str_init(&address, ADDRESS_MAX);
    str_init(&href, 6 * ADDRESS_MAX);
    str_init(&price, 128);
    put_address(&address, self, i);
    html_text(&href, str_text(&address));
    put_price(&price, self, item);
    str_puts(out, TABLE " width=\"100%\">");
    if (pictures)
        put_picture(out, self, i, str_text(&href), width);
    str_printf(out,
               "\n<tr><td style=\"padding:10px 0 0 0;" FONT "font-size:15px;line-height:20px;word-break:break-word;"
               "color:" INK ";\"><a href=\"%s\" target=\"_blank\" style=\"color:" INK ";text-decoration:none;\"><span style=\"color:" INK ";\">",
               str_text(&href));
    html_text(out, title_of(item));
    str_puts(out, "</span></a></td></tr>");
    if (price.len > 0) {
        str_puts(out, "\n<tr><td style=\"padding:4px 0 0 0;" FONT
                      "font-size:15px;line-height:20px;font-weight:bold;color:" INK ";\">");
        html_text(out, str_text(&price));
        str_puts(out, "</td></tr>");
    }
    put_button(out, self, title_of(item), str_text(&href));
    str_puts(out, "</table>");
    str_release(&address);
    str_release(&href);
    str_release(&price);
}

static void put_row(struct str *out, const struct email *self, size_t first, bool pictures)
{
    size_t columns = self->columns, share = 100 / columns, width = EMAIL_WIDTH / columns - 2 * GAP;
    str_puts(out, "\n<tr>");
    for (size_t c = 0; c < columns; c++) {
        str_printf(out,
                   "<td width=\"%zu%%\" valign=\"top\" style=\"width:%zu%%;padding:%dpx;border-top:1px solid " LINE ";\">",
                   share, share, GAP);
        if (first + c < self->n)
            put_card(out, self, first + c, pictures, width);
        else
            str_puts(out, "&nbsp;");
        str_puts(out, "</td>");
    }
    str_puts(out, "</tr>");
}

void email_html(struct str *out, const struct email *self)
{
    bool pictures = has_pictures(self);
    if (self->n == 0)
        return;
    str_printf(out,
               TABLE " width=\"100%%\" dir=\"%s\" lang=\"%s\"><tr><td align=\"center\">"
               "<!--[if mso]>" TABLE " width=\"%d\" align=\"center\"><tr><td><![endif]-->" TABLE
               " width=\"100%%\" align=\"center\" bgcolor=\"" PAPER "\" style=\"width:100%%;max-width:%dpx;table-layout:fixed;margin:0 auto;"
               "background-color:" PAPER ";border-radius:8px;\">",
               money_is_rtl(self->locale) ? "rtl" : "ltr", self->locale, EMAIL_WIDTH, EMAIL_WIDTH);
    if (self->headline[0] != '\0') {
        str_printf(out,
                   "\n<tr><td colspan=\"%zu\" style=\"padding:20px %dpx 14px %dpx;" FONT
                   "font-size:22px;line-height:28px;font-weight:bold;color:" INK ";\"><h2 style=\"margin:0;font-size:22px;"
                   "line-height:28px;font-weight:bold;color:" INK ";\">",
                   self->columns, GAP, GAP);
        html_text(out, self->headline);
        str_puts(out, "</h2></td></tr>");
    }
    for (size_t i = 0; i < self->n; i += self->columns)
        put_row(out, self, i, pictures);
    str_puts(out, "</table><!--[if mso]></td></tr></table><![endif]--></td></tr></table>");
}

/* Breaks at blanks; a word that is longer than a line stands alone. */
static void put_wrapped(struct str *out, const char *text, size_t indent, size_t column)
{
    bool first = true;
    for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " "), width = text_width(p, n);
        if (!first && column + 1 + width > EMAIL_COLUMNS) {
            str_putc(out, '\n');
            str_pad(out, ' ', indent);
            column = indent;
        } else if (!first) {
            str_putc(out, ' ');
            column++;
        }
        str_append(out, p, n);
        column += width;
        first = false;
        p += n;
    }
    str_putc(out, '\n');
}

static void put_line(struct str *out, const char *text, size_t indent, size_t column)
{
    struct str plain;
    str_init(&plain, 16384);
    html_plain(&plain, text);
    put_wrapped(out, str_text(&plain), indent, column);
    str_release(&plain);
}

void email_text(struct str *out, const struct email *self)
{
    if (self->n == 0)
        return;
    if (self->headline[0] != '\0') {
        put_line(out, self->headline, 0, 0);
        str_putc(out, '\n');
    }
    for (size_t i = 0; i < self->n; i++) {
        struct str line, price;
        str_init(&line, 16384);
        str_init(&price, 128);
        put_price(&price, self, &self->items[i]);
        str_puts(&line, title_of(&self->items[i]));
        if (price.len > 0)
            str_printf(&line, " (%s)", str_text(&price));
        size_t before = out->len;
        str_printf(out, "%s* ", i > 0 ? "\n" : "");
        put_line(out, str_text(&line), 2, out->len - before - (i > 0));
        str_puts(out, "  ");
        put_address(out, self, i);
        str_putc(out, '\n');
        str_release(&line);
        str_release(&price);
    }
}

void email_subject(struct str *out, const struct email *self, const char *template)
{
    const char *title = self->n > 0 ? title_of(&self->items[0]) : "";
    for (const char *p = template, *at; *p != '\0'; p = at + strlen("{title}")) {
        struct str before;
        at = strstr(p, "{title}");
        str_init(&before, 4096);
        str_append(&before, p, at != NULL ? (size_t)(at - p) : strlen(p));
        html_plain(out, str_text(&before));
        str_release(&before);
        if (at == NULL)
            return;
        html_plain(out, title);
    }
}
