/* The page of a person's copy: everything in words, in one file, without scripts and without the network. */
#include <string.h>

#include "privacy/access.h"

static const struct {
    const char *table, *title, *text;
} sections[] = {
    {"identities", "What you are called here", "The identifiers that lead to you."},
    {"user_values", "What is known of you", "Attributes that the shop keeps with your account."},
    {"events", "What you did", "Each view, click, purchase and so on."},
    {"event_context", "Around it", "What came with some of these: device, channel, rating, the page you came from."},
    {"sessions", "Visits", "Names that the shop gave to visits of yours."},
    {"consents", "What you agreed to, and refused", "Everything that was recorded, with its time and what shows it."},
    {"permissions", "The same as it stands", "Numbers that the program looks up; the list above is what they mean."},
    {"subjects", "Identifiers that are linked", "Why they are taken for the same person."},
    {"aliases", "Addresses and numbers", "Kept only as codes from which nobody can read them."},
    {"slates", "What you were recommended", "Lists that were shown to you, by which model; why, is said above for those of today."},
    {"experiment_overrides", "Experiments: set for you", "Variants that you always see."},
    {"exposures", "Experiments", "Which variants of the shop you saw."},
    {"quarantine", "Lines that could not be read", "They hold one of your identifiers, and are used for nothing."},
};

static void put_text(struct str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<': str_puts(out, "&lt;"); break;
        case '>': str_puts(out, "&gt;"); break;
        case '&': str_puts(out, "&amp;"); break;
        case '"': str_puts(out, "&quot;"); break;
        default: str_putc(out, (unsigned char)*text < 32 && *text != '\n' ? ' ' : *text);
        }
    }
}

static void put_value(struct str *out, const json_t *value)
{
    if (json_is_string(value))
        put_text(out, json_string_value(value));
    else if (json_is_integer(value))
        str_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        str_printf(out, "%.6g", json_real_value(value));
    else if (json_is_boolean(value))
        str_puts(out, json_is_true(value) ? "yes" : "no");
}

static void put_table(struct str *out, const json_t *rows)
{
    json_t *names = json_object(), *row, *value;
    const char *name;
    size_t i;
    json_array_foreach (rows, i, row)
        json_object_foreach (row, name, value)
            json_object_set_new(names, name, json_null());
    str_puts(out, "<div class=wide><table><thead><tr>");
    json_object_foreach (names, name, value) {
        str_puts(out, "<th scope=col>");
        put_text(out, name);
    }
    str_puts(out, "</thead><tbody>");
    json_array_foreach (rows, i, row) {
        str_puts(out, "<tr>");
        json_object_foreach (names, name, value) {
            str_puts(out, "<td>");
            put_value(out, json_object_get(row, name));
        }
        str_putc(out, '\n');
    }
    str_puts(out, "</tbody></table></div>");
    json_decref(names);
}

static void put_section(struct str *out, const char *title, const char *text, const json_t *rows)
{
    str_puts(out, "<section><h3>");
    put_text(out, title);
    str_printf(out, " <small>%zu</small></h3><p>", json_array_size(rows));
    put_text(out, text);
    str_puts(out, "</p>");
    if (json_array_size(rows) > 0)
        put_table(out, rows);
    str_puts(out, "</section>\n");
}

static bool is_told(const char *table)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(sections[i].table, table) == 0)
            return true;
    return false;
}

static const char *const uses_in_words[][2] = {
    {"analytics", "keeping and counting what you do"},
    {"personalisation", "recommendations from what you did, and learning from it"},
    {"experiments", "trying variants of the shop with you"},
    {"marketing", "mailings to you"},
    {"descriptions", "writing texts about products from what you said"},
    {"sale", "selling or sharing your data"},
    {"sensitive", "using what is known of you beside what you do"},
    {"processing", "anything but keeping it"},
};

static void put_use(struct str *out, const char *name)
{
    const char *words = name;
    for (size_t i = 0; i < sizeof uses_in_words / sizeof *uses_in_words; i++)
        if (strcmp(uses_in_words[i][0], name) == 0)
            words = uses_in_words[i][1];
    put_text(out, words);
}

static void put_uses(struct str *out, json_t *uses)
{
    const char *name;
    json_t *may;
    str_puts(out, "<section><h3>What your data may be used for now</h3><ul>");
    json_object_foreach (uses, name, may) {
        str_puts(out, "<li>");
        put_use(out, name);
        str_puts(out, json_is_true(may) ? ": yes" : ": <b>no</b>");
    }
    str_puts(out, "</ul></section>\n");
}

static void put_inferences(struct str *out, const json_t *history)
{
    const json_t *list = json_object_get(history, "inferences"), *one;
    const char *withheld = json_string_value(json_object_get(history, "withheld"));
    const char *fallback = json_string_value(json_object_get(history, "fallback"));
    size_t i;
    str_puts(out, "<section><h3>What is inferred</h3><p>No profile of you is stored: each time you are asked about, it is "
                  "computed from the events below, by a model that holds no row for any person. ");
    if (withheld != NULL) {
        str_puts(out, "At the moment nothing of yours is used for it: ");
        put_text(out, withheld);
        str_puts(out, ". ");
    } else if (fallback != NULL) {
        str_puts(out, "Your events say nothing to it; you see ");
        put_text(out, fallback);
        str_puts(out, ". ");
    }
    str_puts(out, json_array_size(list) > 0 ? "It takes you for somebody who would like:</p><ol>" : "</p>");
    json_array_foreach (list, i, one) {
        const char *because = json_string_value(json_object_get(one, "because_of_title"));
        const char *title = json_string_value(json_object_get(one, "title"));
        if (because != NULL && because[0] == '\0')
            because = json_string_value(json_object_get(one, "because_of"));
        str_puts(out, "<li>");
        put_text(out, title != NULL && title[0] != '\0' ? title : json_string_value(json_object_get(one, "item")));
        if (because != NULL) {
            str_puts(out, ", above all because of <i>");
            put_text(out, because);
            str_printf(out, "</i> (%.0f%% of the reasons)", 100 * json_real_value(json_object_get(one, "share")));
        }
    }
    str_puts(out, json_array_size(list) > 0 ? "</ol></section>\n" : "</section>\n");
}

static void put_history(struct str *out, const json_t *history)
{
    json_t *tables = json_object_get(history, "tables");
    json_t *rows;
    const char *table;
    str_puts(out, "<h2>");
    put_text(out, json_string_value(json_object_get(history, "identifier")));
    str_puts(out, "</h2>\n");
    put_uses(out, json_object_get(history, "may_be_used_for"));
    put_inferences(out, history);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        rows = json_object_get(tables, sections[i].table);
        if (rows != NULL)
            put_section(out, sections[i].title, sections[i].text, rows);
    }
    json_object_foreach (tables, table, rows)
        if (!is_told(table) && strcmp(table, "users") != 0 && json_array_size(rows) > 0)
            put_section(out, table, "Another table with rows of yours.", rows);
}

static void put_fact(struct str *out, const json_t *copy, const char *name, const char *title)
{
    str_puts(out, "<dt>");
    put_text(out, title);
    str_puts(out, "<dd>");
    put_text(out, json_string_value(json_object_get(copy, name)));
    str_putc(out, '\n');
}

int access_page(const json_t *copy, struct str *out)
{
    const json_t *history;
    size_t i;
    str_puts(out,
             "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
             "<title>What this shop knows of you</title><style>"
             ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
             "padding:0 1rem}h1{font-size:1.8rem}h2{margin-top:2.5rem;border-bottom:2px solid}h3 small{font-weight:400;"
             "opacity:.7}.wide{overflow:auto;max-height:24rem;border:1px solid #8886;border-radius:6px}"
             "table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;padding:.25rem .75rem;"
             "border-bottom:1px solid #8884;white-space:nowrap}thead th{position:sticky;top:0;background:Canvas}"
             "dt{font-weight:600}dd{margin:0 0 .75rem}</style>\n<h1>What this shop knows of you</h1>\n<p>This is a copy of "
             "everything, as it was at the moment named below. <code>about.json</code> beside this page has the same for "
             "programs, and the folder <code>csv</code> for spreadsheets.</p><dl>");
    put_fact(out, copy, "made", "As of");
    put_fact(out, copy, "logic", "How it is used");
    put_fact(out, copy, "recipients", "Who gets it");
    put_fact(out, copy, "retention", "How long it is kept");
    str_puts(out, "</dl>\n");
    json_array_foreach (json_object_get(copy, "histories"), i, history)
        put_history(out, history);
    str_puts(out, "</html>\n");
    return out->failed ? -1 : 0;
}
