# NNNN-name.sql files -> a C table of struct migration.
BEGIN { print "/* Made from store/schema; do not edit. */\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n#include <stddef.h>\n\n#include \"store/migrate.h\"\n\nconst struct migration store_migrations[] = {" }
FNR == 1 {
    if (open) print "    },"
    name = FILENAME; sub(/.*\//, "", name); sub(/\.sql$/, "", name)
    number = substr(name, 1, 4) + 0
    printf "    {%d, \"%s\",\n", number, substr(name, 6)
    open = 1
}
/^--/ || /^[ \t]*$/ { next }
{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "     \"%s\\n\"\n", $0 }
END { if (open) print "    },"; print "    {0, NULL, NULL},\n};" }
