/* privacy record: the record of processing (GDPR article 30), from the map and the settings as they are. */
#include <string.h>

#include "base/clock.h"
#include "command/commands.h"
#include "store/consents.h"
#include "store/personal_data.h"
#include "store/publications.h"
#include "store/retention.h"
#include "store/users.h"

enum { RECORD_MAX = 1 << 20 };

static void put_purposes(struct str *out, const struct consent_policy *policy)
{
    static const char *const modes[] = {"allowed unless refused", "only with consent", "allowed unless refused"};
    str_puts(out, "\n## Purposes\n\n| purpose | what it is | unless a person said otherwise |\n|---|---|---|\n");
    for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++)
        str_printf(out, "| %s | %s | %s |\n", consent_purpose_name((enum consent_purpose)i),
                   consent_purpose_help((enum consent_purpose)i),
                   i < CONSENT_SALE ? modes[policy->mode] : "allowed unless refused");
    for (int i = 0; i < policy->n_regions; i++)
        str_printf(out, "%sIn %s: %s.\n", i == 0 ? "\n" : "", policy->regions[i].name, modes[policy->regions[i].mode]);
    if (policy->age_gate > 0)
        str_printf(out, "\nBelow %ld years only what a guardian granted.\n", policy->age_gate);
}

static void put_data(struct str *out)
{
    str_puts(out, "\n## Categories of data\n\n| place | holds | found by | note |\n|---|---|---|---|\n");
    for (const struct personal_column *c = personal_data_columns; c->table != NULL; c++)
        if (c->holds != PERSONAL_NONE)
            str_printf(out, "| %s.%s | %s | %s | %s |\n", c->table, c->column, personal_class_name(c->holds),
                       personal_reach_name(c->reach), c->note);
    for (const struct personal_file *f = personal_data_files; f->pattern != NULL; f++)
        if (f->holds != PERSONAL_NONE)
            str_printf(out, "| `%s` | %s | %s | %s |\n", f->pattern, personal_class_name(f->holds),
                       personal_reach_name(f->reach), f->note);
}

static int put_rule(void *context, const struct retention_rule *rule)
{
    struct str *out = context;
    str_printf(out, "- events of kind %s: %lld days%s\n", rule->kind[0] != '\0' ? rule->kind : "(all others)",
               (long long)rule->days, rule->count ? ", then only counts of a day" : "");
    return 0;
}

static int put_publication(void *context, const struct publication_record *r)
{
    char at[40];
    str_printf(context, "\nAnonymised data set %lld, of %s, %s: %lld people, in classes of at least %lld.\n",
               (long long)r->publication, r->data_set, clock_format_date(r->at, at, sizeof at), (long long)r->people,
               (long long)r->k);
    return 0;
}

static int write_record(struct app *app, struct str *out, struct error *err)
{
    const struct consent_policy *policy;
    char now[40];
    int64_t people = 0;
    int rc = consents_policy(app->store, &policy, err);
    rc = rc != 0 ? rc : users_count(app->store, &people, err);
    if (rc != 0)
        return rc;
    str_printf(out, "# Record of processing\n\nAs of %s, of a workspace with %lld people. Controller, representative and data "
                    "protection officer: to be filled in by the shop.\n", clock_format(clock_now_ms(), now, sizeof now),
               (long long)people);
    put_purposes(out, policy);
    str_puts(out, "\n## Categories of people\n\nCustomers and visitors of the shop.\n");
    put_data(out);
    str_puts(out, "\n## Recipients, transfers\n\nNobody: the program hands no data of people to others by itself.\n");
    rc = publications_each(app->store, put_publication, out, err);
    str_puts(out, "\n## Time limits\n\n");
    size_t before = out->len;
    rc = rc != 0 ? rc : retention_each(app->store, put_rule, out, err);
    if (rc == 0 && out->len == before)
        str_puts(out, "- no rule is set: data are kept until they are erased on request\n");
    str_puts(out, "\n## Measures\n\n- direct identifiers in one place, everything else by integers that are never used again\n"
                  "- addresses and numbers as keyed hashes; keys apart from the database and from backups\n"
                  "- deleted bytes are overwritten, erasures are searched for remnants, certified and signed\n"
                  "- an append-only, hash-chained log of whatever changed the workspace\n"
                  "- roles of keys of the server; nobody is named in its logs\n");
    return rc != 0 ? rc : out->failed ? error_nomem(err, "the record") : 0;
}

static int run_record(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct str text;
    (void)args;
    str_init(&text, RECORD_MAX);
    int rc = write_record(app, &text, err);
    if (rc == 0)
        result_set_document(out, str_text(&text));
    str_release(&text);
    return rc;
}

const struct command command_privacy_record = {
    .name = "privacy record",
    .summary = "write the record of processing (GDPR article 30) in Markdown",
    .description = "From the map of personal data, the settings and the rules of retention as they are; who the shop is it "
                   "cannot know.",
    .examples = "  reckon privacy record > record.md\n",
    .flags = CF_WORKSPACE,
    .run = run_record,
};
