/* reckon-scan: the search for remnants as a program of its own.  It knows no workspace, no schema and no map: a
 * directory, and what to look for, one needle a line, from a file or standard input (never from the arguments,
 * which other people of the machine can read).
 *
 * Exit status: 0 nothing was found, 1 something was, 2 wrong usage, 3 no such directory, 4 other errors. */
#include <getopt.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "scan/scan.h"

enum { FOUND = 1, USAGE = 2, MISSING = 3, FAILED = 4, TREES_MAX = 64 };

static const char usage[] =
    "usage: reckon-scan [--json] [--all] [--products TABLE]... DIRECTORY NEEDLES\n"
    "\n"
    "Searches every byte under DIRECTORY for each line of the file NEEDLES (- is standard input), in every form that a\n"
    "program is likely to have written it in.  SQLite databases are taken apart by pages; compressed files are opened.\n"
    "What is found is told by place and count, never quoted.\n"
    "\n"
    "  --products TABLE  short numbers in this table or index mean products, not people (several times)\n"
    "  --all             list coincidences too\n"
    "  --json            one JSON object\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 nothing found, 1 something found, 2 wrong usage, 3 no such file, 4 another error.\n";

struct setup {
    const char *products[TREES_MAX];
    size_t n;
};

static bool is_of_people(void *context, const char *file, const char *tree, int field)
{
    const struct setup *s = context;
    (void)file, (void)field;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->products[i], tree) == 0)
            return false;
    return true;
}

static int read_needles(struct needles *out, const char *path, struct error *err)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    if (in == NULL)
        return error_set(err, E_NOT_FOUND, path, "cannot be opened");
    int rc = needles_init(out, err);
    while (rc == 0 && (n = getline(&line, &cap, in)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        rc = needles_add(out, line, (size_t)n, true, err);
    }
    if (line != NULL)
        sodium_memzero(line, cap);
    free(line);
    if (in != stdin)
        fclose(in);
    if (rc == 0 && out->n == 0)
        rc = error_set(err, E_USAGE, path, "holds nothing to look for");
    return rc != 0 ? rc : needles_ready(out, err);
}

static void put_safe(const char *text)
{
    struct str out;
    str_init(&out, 1 << 20);
    text_terminal_safe(&out, text, strlen(text));
    fputs(str_text(&out), stdout);
    str_release(&out);
}

static void print_lines(const char *label, const struct str *lines)
{
    for (const char *p = str_text(lines); *p != '\0';) {
        char line[4400];
        size_t n = strcspn(p, "\n");
        snprintf(line, sizeof line, "%s %.*s", label, (int)n, p);
        put_safe(line);
        putchar('\n');
        p += n + (p[n] == '\n');
    }
}

static void print_text(const struct scan_report *r, bool all)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct scan_finding *f = &r->findings[i];
        if (f->verdict == SCAN_COINCIDENCE && !all)
            continue;
        printf("%s: ", scan_verdict_name(f->verdict));
        put_safe(f->file);
        printf(": %s", scan_place_name(f->place));
        if (f->tree[0] != '\0') {
            printf(" of ");
            put_safe(f->tree);
        }
        if (f->field >= 0)
            printf(", field %d", f->field);
        printf(", %s, %" PRIu64 " times, first at ", needle_form_name(f->form), f->n);
        if (f->page > 0)
            printf("page %" PRIu64 " ", f->page);
        printf("offset %" PRIu64 "\n", f->offset);
    }
    printf("%s: %" PRIu64 " found, %" PRIu64 " possible, %" PRIu64 " coincidences in %" PRIu64 " files, %" PRIu64
           " bytes, %" PRIu64 " databases with %" PRIu64 " pages, %" PRIu64 " compressed files\n",
           r->found > 0 ? "FOUND" : "CLEAN", r->found, r->possible, r->coincidences, r->files, r->bytes, r->databases,
           r->pages, r->packed);
    print_lines("not seen:", &r->unseen);
}

static void put_json(struct str *out, const char *name, const char *text)
{
    str_printf(out, "\"%s\":", name);
    text_json_string(out, text, text_utf8_valid(text, strlen(text)) ? strlen(text) : 0);
}

static void print_json(const struct scan_report *r, bool all)
{
    struct str out;
    bool first = true;
    str_init(&out, 1 << 28);
    str_printf(&out, "{\"result\":\"%s\",\"found\":%" PRIu64 ",\"possible\":%" PRIu64 ",\"coincidences\":%" PRIu64
               ",\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"pages\":%" PRIu64 ",\"findings\":[",
               r->found > 0 ? "found" : "clean", r->found, r->possible, r->coincidences, r->files, r->bytes, r->pages);
    for (size_t i = 0; i < r->n; i++) {
        const struct scan_finding *f = &r->findings[i];
        if (f->verdict == SCAN_COINCIDENCE && !all)
            continue;
        str_puts(&out, first ? "{" : ",{");
        put_json(&out, "verdict", scan_verdict_name(f->verdict));
        str_putc(&out, ',');
        put_json(&out, "file", f->file);
        str_putc(&out, ',');
        put_json(&out, "place", scan_place_name(f->place));
        str_putc(&out, ',');
        put_json(&out, "tree", f->tree);
        str_putc(&out, ',');
        put_json(&out, "form", needle_form_name(f->form));
        str_printf(&out, ",\"field\":%d,\"n\":%" PRIu64 ",\"page\":%" PRIu64 ",\"offset\":%" PRIu64 "}", f->field, f->n,
                   f->page, f->offset);
        first = false;
    }
    str_puts(&out, "],");
    put_json(&out, "not_seen", str_text(&r->unseen));
    str_puts(&out, "}\n");
    fputs(str_text(&out), stdout);
    str_release(&out);
}

static int complain(const struct error *err)
{
    struct str out;
    str_init(&out, 8192);
    text_terminal_safe(&out, err->what, strlen(err->what));
    fprintf(stderr, "reckon-scan: %s: %s\n", str_text(&out), err->why);
    str_release(&out);
    return err->code == E_NOT_FOUND ? MISSING : err->code == E_USAGE ? USAGE : FAILED;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"all", no_argument, NULL, 'a'},
                                            {"products", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct setup setup = {.n = 0};
    struct needles needles = {0};
    struct scan_report report;
    struct error err = {0};
    bool json = false, all = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option == 'p' && setup.n < TREES_MAX)
            setup.products[setup.n++] = optarg;
        else if (option == 'j' || option == 'a')
            *(option == 'j' ? &json : &all) = true;
        else if (option != 'p')
            return USAGE;
    }
    if (argc - optind != 2) {
        fputs(usage, stderr);
        return USAGE;
    }
    if (sodium_init() < 0)
        return FAILED;
    int rc = read_needles(&needles, argv[optind + 1], &err);
    struct scan_options scan = {.root = argv[optind], .needles = &needles, .field_is_of_people = is_of_people,
                                .context = &setup};
    rc = rc != 0 ? rc : scan_run(&report, &scan, &err);
    needles_release(&needles);
    if (rc != 0)
        return complain(&err);
    if (json)
        print_json(&report, all);
    else
        print_text(&report, all);
    rc = report.found > 0 ? FOUND : 0;
    scan_report_release(&report);
    return rc;
}
