#include "shop.h"

#include <stdio.h>

#include "driver.h"

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
    driver_reckon(path, "privacy cases open u0003 --type access --identity-checked --quiet");
    driver_reckon(path, "privacy hold u0004 --reason 'a claim in court' --until 2025-01-01 --quiet");
    driver_reckon(path, "privacy erase u0005 --yes --confirm u0005 --quiet");
    return path;
}
