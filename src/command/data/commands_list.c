/* events | items | users | imports | attributes list: what is in the workspace, row by row. */
#include "command/commands.h"
#include "command/data/listing.h"

#define FILTER_TEXT                                                                                                   \
    "The filter: terms with blanks between them, which must all hold. column=value, also != < <= > >=, ~ (the text "    \
    "occurs in it) and ~~ (its letters do, in this order: title~~blstmug); a word alone occurs in some column of text "   \
    "that is shown without --columns, ~word its letters; ! before a term means that it does not hold. Values "            \
    "with blanks stand in quotes. Times are dates (all of the day) or RFC 3339. A missing value fits no comparison; "     \
    "column= finds it.\n\nA page costs the same however long the table is, in the table's own order; sorted otherwise, "  \
    "the table is read once. --by counts how often each value of a column occurs; with --bins, a column of numbers or "  \
    "times as a histogram."

#define LIST_COMMAND(noun, what, order, example)                                                                      \
    static int run_##noun(struct app *app, const struct args *args, struct result *out, struct error *err)            \
    {                                                                                                                 \
        return listing_run(app, args, #noun, out, err);                                                               \
    }                                                                                                                 \
    const struct command command_##noun##_list = {                                                                    \
        .name = #noun " list",                                                                                        \
        .summary = what,                                                                                              \
        .description = order "\n\n" FILTER_TEXT,                                                                       \
        .examples = example,                                                                                          \
        .params = listing_params,                                                                                     \
        .flags = CF_WORKSPACE,                                                                                        \
        .run = run_##noun,                                                                                            \
    };

LIST_COMMAND(events, "list what people did: filtered, sorted, or counted by a column",
             "Events by user, and the events of one by time.",
             "  reckon events list --where 'user=12347 time>2011-06-01'\n"
             "  reckon events list --where 'price>100' --sort time --descending --columns time,user,item,price\n"
             "  reckon events list --by kind\n  reckon events list --by time --bins 50\n")
LIST_COMMAND(items, "list the items with their attributes: filtered, sorted, or counted by a column",
             "Items in the order in which they were first seen, with how many events they have.",
             "  reckon items list --where 'title~mug events>100' --sort events --descending\n"
             "  reckon items list --by country\n")
LIST_COMMAND(users, "list the users with their attributes: filtered, sorted, or counted by a column",
             "People in the order in which they were first seen, with how many events they have.",
             "  reckon users list --sort events --descending --limit 10\n  reckon users list --where 'last<2011-03-01'\n")
LIST_COMMAND(imports, "list what was imported, newest first", "One row for each import, with what became of its rows.",
             "  reckon imports list\n  reckon imports list --where 'bad>0'\n")
LIST_COMMAND(attributes, "list what is known about items and users", "One row for each attribute.",
             "  reckon attributes list --where entity=item\n")
