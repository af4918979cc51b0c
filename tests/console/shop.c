#include "shop.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "store/descriptions.h"
#include "store/items.h"
#include "store/ledger.h"

const char *shop_empty(const char *name)
{
    static char path[160];
    char line[400];
    snprintf(path, sizeof path, "%s/%s", driver_scratch(), name);
    snprintf(line, sizeof line, "init '%s' --quiet", path);
    driver_reckon("/", line);
    snprintf(line, sizeof line, "%s/reckon.toml", path);
    FILE *out = fopen(line, "a");
    fputs("[serve]\nlisten = \"127.0.0.1:1\"\n", out); /* where nothing listens */
    fclose(out);
    return path;
}

static void import(const char *path, const char *what, const char *file)
{
    char line[400];
    snprintf(line, sizeof line, "%s '%s/%s' --quiet", what, driver_scratch(), file);
    driver_reckon(path, line);
}

/* 1200 people in two arms; of five, `of_five` are in the first. */
static void write_exposures(const char *name, int of_five)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s.csv", driver_scratch(), name);
    FILE *out = fopen(path, "w");
    fputs("user,variant,time\n", out);
    for (int i = 0; i < 1200; i++) {
        bool control = of_five == 0 ? i % 2 == 0 : i % 5 < of_five;
        fprintf(out, "u%04d,%s,2024-01-%02dT10:00:00Z\n", i, control ? "control" : "treatment", 5 + i % 10);
    }
    fclose(out);
}

/* What the people of the experiment did when they were there: of those in the treatment more buy. */
static void write_visits(void)
{
    char path[200];
    snprintf(path, sizeof path, "%s/visits.csv", driver_scratch());
    FILE *out = fopen(path, "w");
    fputs("user,item,kind,time,price\n", out);
    for (int i = 0; i < 1200; i++) {
        int day = 5 + i % 10, luck = i * 7919 % 100;
        for (int k = 0; k < 3 + i * 31 % 3; k++)
            fprintf(out, "u%04d,i%03d,view,2024-01-%02dT11:%02d:00Z,\n", i, (i * 13 + k * 7) % 150, day, k);
        if (luck < (i % 2 == 0 ? 24 : 36))
            fprintf(out, "u%04d,i%03d,purchase,2024-01-%02dT12:00:00Z,%d.50\n", i, i * 13 % 150, day, 5 + i % 40);
    }
    fclose(out);
}

enum { TEXTS_AT = 1706700000 }; /* s: in January 2024 */

struct text {
    const char *content, *claim; /* claim: the words of the description that the checks found; NULL: nothing */
    enum description_state state;
};

/* What a call cost. */
static int64_t charge(struct store *store)
{
    struct charge_scope scope = {"local", "gemma", "", "", "describe"};
    struct charge_amount most = {200, 0, 400, 900}, was = {180, 0, 60, 240};
    int64_t charge;
    ck_assert_int_eq(ledger_reserve(store, &scope, &most, 0, TEXTS_AT * 1000LL, &charge, NULL), 0);
    ck_assert_int_eq(ledger_settle(store, charge, CHARGE_SETTLED, &was, NULL), 0);
    return charge;
}

static void add_text(struct store *store, const char *item, const struct text *t, int number)
{
    char findings[400] = "[]";
    const char *description = strstr(t->content, ":\"") + 2;
    if (t->claim != NULL)
        snprintf(findings, sizeof findings,
                 "[{\"kind\":\"claim\",\"field\":\"description\",\"from\":%d,\"bytes\":%zu,\"grave\":true,"
                 "\"why\":\"the material '%s' is not in the facts\"},{\"kind\":\"duplicate\",\"field\":\"description\","
                 "\"from\":0,\"bytes\":0,\"grave\":true,\"why\":\"near-duplicate of i042 (91 %% alike)\"}]",
                 (int)(strstr(description, t->claim) - description), strlen(t->claim), t->claim);
    struct description d = {
        .collection = "default", .content = t->content, .template = "web", .version = 1, .language = "en", .channel = "web",
        .provider = "local", .model = "gemma", .digest = "d", .findings = findings, .charge = charge(store),
        .prompt = "[{\"role\":\"system\",\"content\":\"You write texts for a shop about its products.\"},"
                  "{\"role\":\"user\",\"content\":\"Describe this product.\"}]",
        .created = (TEXTS_AT + 60 * number) * 1000LL, .state = t->state};
    d.decided = t->state == DESCRIPTION_REVIEW ? 0 : d.created;
    ck_assert_int_eq(items_find(store, item, &d.item, NULL), 0);
    ck_assert_int_eq(store_begin(store, NULL), 0);
    ck_assert_int_eq(store_end(store, descriptions_add(store, &d, NULL), NULL), 0);
}

void shop_texts(const char *path, const char *const items[4])
{
    static const struct text texts[] = {
        {"{\"description\":\"Made with care: it lights up every evening, stands firmly on a foot of solid oak, and asks for nothing "
         "but a place to be seen.\",\"caption\":\"A light for the evening\"}", "oak", DESCRIPTION_REVIEW},
        {"{\"description\":\"A plain thing, as it should be.\",\"caption\":\"Plain\"}", NULL, DESCRIPTION_APPROVED},
        {"{\"description\":\"It is what it is, and it stays so.\",\"caption\":\"As it is\"}", NULL, DESCRIPTION_PUBLISHED},
        {"{\"description\":\"A thing of pure gold for a song.\",\"caption\":\"Gold\"}", "gold", DESCRIPTION_REVIEW},
    };
    char line[400], file[200];
    struct store *store;
    snprintf(file, sizeof file, "%s/web.txt", driver_scratch());
    FILE *out = fopen(file, "w");
    fputs("fields = \"description, caption\"\n---\nDescribe this product.\n{facts}\n", out);
    fclose(out);
    snprintf(line, sizeof line, "describe templates set web '%s' --by anna --quiet", file);
    driver_reckon(path, line);
    ck_assert_int_eq(store_open(&store, path, true, NULL), 0);
    for (int i = 0; i < 4; i++)
        add_text(store, items[i], &texts[i], i);
    store_close(store);
    driver_reckon(path, "describe budget set all --hard-tokens 15000 --soft-cost 2 --quiet");
}

const char *shop_full(const char *name)
{
    const char *path = shop_empty(name);
    import(path, "simulate --users 1200 --items 150 --events 12000 --seed 7 --start 2023-09-01 --days 150 --out", "sim");
    import(path, "import items", "sim/items.csv");
    import(path, "import users", "sim/users.csv");
    import(path, "import events", "sim/events.csv");
    write_visits();
    import(path, "import events", "visits.csv");
    driver_reckon(path, "train popular --quiet");
    driver_reckon(path, "train ease --quiet");
    driver_reckon(path, "models promote popular@1 --quiet");
    driver_reckon(path, "experiment design checkout --metric conversion --effect 0.3 --share 1 --secondary revenue "
                        "--guardrail count:view=0.1 --quiet");
    driver_reckon(path, "experiment design banner --metric conversion --effect 0.2 --share 1 --quiet");
    write_exposures("checkout", 0);
    write_exposures("banner", 2);
    for (const char *const *e = (const char *const[]){"checkout", "banner", NULL}; *e != NULL; e++) {
        char line[100], file[100];
        snprintf(line, sizeof line, "experiment start %s --quiet", *e);
        driver_reckon(path, line);
        snprintf(line, sizeof line, "experiment import %s", *e);
        snprintf(file, sizeof file, "%s.csv", *e);
        import(path, line, file);
    }
    shop_texts(path, (const char *const[]){"i003", "i014", "i025", "i036"});
    driver_reckon(path, "privacy cases open u0003 --type access --identity-checked --quiet");
    driver_reckon(path, "privacy hold u0004 --reason 'a claim in court' --until 2025-01-01 --quiet");
    driver_reckon(path, "privacy erase u0005 --yes --confirm u0005 --quiet");
    return path;
}
