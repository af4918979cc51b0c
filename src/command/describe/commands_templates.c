/* describe templates list | show | set | history | rollback | remove | example. */
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "command/documents_command.h"
#include "describe/describe.h"

#define NAME_PARAM {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_TEMPLATE, NULL, 0, 0, NULL, "the template"}

static int add_template(void *context, const struct document *d)
{
    struct result *out = context;
    struct template *t = NULL;
    struct str fields;
    str_init(&fields, 256);
    result_add_text(out, d->name);
    result_add_int(out, d->version);
    if (template_parse(&t, d->name, d->name, d->version, d->body, strlen(d->body), NULL) == 0) {
        for (int i = 0; i < TEMPLATE_OF_ALL; i++)
            if (t->fields[i])
                str_printf(&fields, "%s%s", fields.len > 0 ? ", " : "", template_field_name((enum template_field)i));
        result_add_text(out, str_text(&fields));
        result_add_text(out, t->language != NULL ? t->language : "en");
        result_add_text(out, t->channel != NULL ? t->channel : "web");
        result_add_int(out, t->words);
        template_free(t);
    } else {
        for (int i = 0; i < 4; i++)
            result_add_null(out);
    }
    result_add_time(out, d->created);
    result_add_text(out, d->author);
    result_add_text(out, d->comment);
    str_release(&fields);
    return 0;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    result_add_column(out, "template", CELL_TEXT, "", "", 0);
    result_add_column(out, "version", CELL_INT, "", "", 0);
    result_add_column(out, "writes", CELL_TEXT, "", "", 0);
    result_add_column(out, "language", CELL_TEXT, "", "", 0);
    result_add_column(out, "channel", CELL_TEXT, "", "", 0);
    result_add_column(out, "words", CELL_INT, "", "at most, of the description", 0);
    result_add_column(out, "at", CELL_TIME, "", "", 0);
    result_add_column(out, "by", CELL_TEXT, "", "", 0);
    result_add_column(out, "comment", CELL_TEXT, "", "", 0);
    int rc = documents_each(app->store, DOCUMENT_TEMPLATE, add_template, out, err);
    if (rc == 0 && out->n_rows == 0)
        result_note(out, "There are none. Next: reckon describe templates example >web.txt; "
                         "reckon describe templates set web web.txt");
    return rc;
}

const struct command command_templates_list = {
    .name = "describe templates list",
    .summary = "show how products are to be described",
    .description = "",
    .examples = "  reckon describe templates list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_show(app, args, DOCUMENT_TEMPLATE, out, err);
}

static const struct command_param show_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_TEMPLATE, NULL, 0, 0, NULL,
     "NAME, or NAME@VERSION of an older version"},
    {0},
};

const struct command command_templates_show = {
    .name = "describe templates show",
    .summary = "show a template as it was written",
    .description = "",
    .examples = "  reckon describe templates show web\n  reckon describe templates show web@2\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

static int run_example(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app, (void)args, (void)err;
    result_set_document(out, template_example);
    return 0;
}

const struct command command_templates_example = {
    .name = "describe templates example",
    .summary = "write a template that works for any shop, to begin with",
    .description = "",
    .examples = "  reckon describe templates example >web.txt\n",
    .run = run_example,
};

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *path = args_text(args, "file"), *name = args_text(args, "name"), *source = documents_file_name(path);
    struct template *template = NULL;
    char *text;
    size_t n;
    int rc = documents_read_file(path, &text, &n, err);
    if (rc != 0)
        return rc;
    rc = template_parse(&template, source, name, 0, text, n, err);
    if (rc == 0) {
        rc = describe_check_template(app->store, source, template, err);
        template_free(template);
    }
    if (rc == 0)
        rc = documents_command_put(app, args, DOCUMENT_TEMPLATE, name, text, out, err);
    if (rc == 0)
        result_note(out, "See what would be said, and what it would cost: reckon describe preview ITEM --template %s", name);
    mem_free(text);
    return rc;
}

static const struct command_param set_params[] = {
    NAME_PARAM,
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the text; - is standard input"},
    DOCUMENTS_COMMENT_PARAM, DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_templates_set = {
    .name = "describe templates set",
    .summary = "say how products are to be described",
    .description = "The file has a head of settings (language, channel, audience, tone, words, fields, banned, max-tokens, "
                   "temperature), a line of three dashes, and what is said to whoever writes. In braces stands what is "
                   "filled in: {facts}, which must be there, {title}, {item}, {language}, {channel}, {audience}, {tone}, "
                   "{words}, {neighbours}, {reviews}, or the name of an attribute; what comes from the catalogue is fenced "
                   "as data. A name that no item has is an error. Every set is a new version; the last one is in force.",
    .examples = "  reckon describe templates example >web.txt\n"
                "  reckon describe templates set web web.txt --comment 'shorter'\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};

static int run_history(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_history(app, args, DOCUMENT_TEMPLATE, out, err);
}

static const struct command_param name_params[] = {NAME_PARAM, {0}};

const struct command command_templates_history = {
    .name = "describe templates history",
    .summary = "show who changed a template, when and what for",
    .description = "",
    .examples = "  reckon describe templates history web\n",
    .params = name_params,
    .flags = CF_WORKSPACE,
    .run = run_history,
};

static int run_rollback(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_rollback(app, args, DOCUMENT_TEMPLATE, out, err);
}

static const struct command_param rollback_params[] = {
    NAME_PARAM,
    {"to", PT_INT, 0, NULL, 1, 1e9, NULL, "the version; default: the one before that in force"},
    DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_templates_rollback = {
    .name = "describe templates rollback",
    .summary = "bring an earlier version of a template back into force",
    .description = "",
    .examples = "  reckon describe templates rollback web\n",
    .params = rollback_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_rollback,
};

static int run_remove(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_remove(app, args, DOCUMENT_TEMPLATE, out, err);
}

static const struct command_param remove_params[] = {NAME_PARAM, DOCUMENTS_BY_PARAM, {0}};

const struct command command_templates_remove = {
    .name = "describe templates remove",
    .summary = "take a template out of force",
    .description = "Its versions stay readable, and it can be brought back by rollback.",
    .examples = "  reckon describe templates remove web\n",
    .params = remove_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_remove,
};
