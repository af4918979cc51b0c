# samples/presets/NAME.toml files -> a C table of struct preset.
BEGIN { print "/* Made from samples/presets; do not edit. */\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n#include <stddef.h>\n\n#include \"ingest/preset.h\"\n\nconst struct preset presets[] = {" }
FNR == 1 {
    if (open) print "    },"
    name = FILENAME; sub(/.*\//, "", name); sub(/\.toml$/, "", name)
    printf "    {\"%s\",\n", name
    open = 1
}
{ gsub(/\\/, "\\\\\\\\"); gsub(/"/, "\\\""); printf "     \"%s\\n\"\n", $0 }
END { if (open) print "    },"; print "    {NULL, NULL},\n};" }
