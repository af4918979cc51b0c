/* The privacy team's view: so far, the map of personal data. */
#include <stdio.h>
#include <string.h>

#include "command/commands.h"
#include "store/personal_data.h"

static void add_place(struct result *out, const char *place, enum personal_class holds, enum personal_reach reach,
                      const char *note)
{
    result_add_text(out, place);
    result_add_text(out, personal_class_name(holds));
    result_add_text(out, reach != REACH_NOTHING ? personal_reach_name(reach) : NULL);
    result_add_text(out, note[0] != '\0' ? note : NULL);
}

static bool is_wanted(const char *wanted, enum personal_class holds)
{
    return wanted == NULL || strcmp(wanted, personal_class_name(holds)) == 0;
}

static int run_map(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *wanted = args_text(args, "holds");
    int64_t columns = 0, files = 0;
    (void)app, (void)err;
    result_add_column(out, "place", CELL_TEXT, "", "table.column, or a file of the workspace", -1);
    result_add_column(out, "holds", CELL_TEXT, "",
                      "subject: says or may say who it is; personal: about a person, who is an integer; sensitive: the "
                      "same, of the kinds that need special protection; derived: computed from many people; none", -1);
    result_add_column(out, "reached", CELL_TEXT, "",
                      "how a person's part is found; user: rows of their integer; identifier: where the search begins; "
                      "content: their identifiers, looked for in the text; mention: those that can be nothing else; "
                      "unused: when nobody refers to it; retrain: made anew; tables: by its tables; remove: the file as a whole", -1);
    result_add_column(out, "note", CELL_TEXT, "", "", -1);
    for (const struct personal_column *c = personal_data_columns; c->table != NULL; c++) {
        char place[128];
        snprintf(place, sizeof place, "%s.%s", c->table, c->column);
        if (is_wanted(wanted, c->holds))
            add_place(out, place, c->holds, c->reach, c->note);
        columns += is_wanted(wanted, c->holds);
    }
    for (const struct personal_file *f = personal_data_files; f->pattern != NULL; f++) {
        if (is_wanted(wanted, f->holds))
            add_place(out, f->pattern, f->holds, f->reach, f->note);
        files += is_wanted(wanted, f->holds);
    }
    result_fact_int(out, "columns", columns, "");
    result_fact_int(out, "kinds_of_file", files, "");
    return 0;
}

static const struct command_param map_params[] = {
    {"holds", PT_CHOICE, 0, NULL, 0, 0, "subject|personal|sensitive|derived|none", "only places that hold this"},
    {0},
};

const struct command command_privacy_map = {
    .name = "privacy map",
    .summary = "show every place where data of people can be, and how it is found there",
    .description = "Every column of the database and every kind of file in a workspace, and what of people it holds. "
                   "Direct identifiers live in one place, identities.identifier; everything else knows a person as an "
                   "integer. The map is part of the program: a build in which a column or a file is missing from it "
                   "fails its tests. It needs no workspace.",
    .examples = "  reckon privacy map\n  reckon privacy map --holds subject\n",
    .params = map_params,
    .run = run_map,
};
