#!/usr/bin/env bash
# Each floor includes only itself and those below; SQL stays in store/; banned functions stay out.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
cd "$RECKON_SOURCE" || exit 1

# floor FOLDER ALLOWED…: what its sources may include of ours
floor() {
    local folder=$1 bad
    shift
    checks=$((checks + 1))
    bad=$(grep -rnE '^#include "[a-z]+/' "$folder" --include='*.c' --include='*.h' 2>/dev/null |
        grep -vE "#include \"($(IFS='|'; echo "$*"))/") && fail "$folder looks up: $bad"
}
floor src/base base
floor src/engine base engine
floor src/stats base stats
floor src/disclosure base disclosure
floor store base store
floor src/ingest base ingest store
floor src/train base engine store train
floor src/recommend base engine store train recommend
floor src/experiment base engine stats store train recommend experiment
floor src/vectors base stats vectors
floor src/scan base scan
floor src/privacy base engine disclosure scan store ingest train recommend privacy
floor src/http base http
floor src/llm base http llm
floor src/describe base stats http llm store recommend describe
floor src/command base describe engine disclosure http llm scan store ingest train recommend experiment vectors privacy command
floor src/serve base engine http llm store ingest train recommend describe experiment privacy command serve
floor ui base store command ui
floor src/cli base command cli
floor src/shell base store command cli shell
floor src/main base scan command serve cli shell ui main

checks=$((checks + 1))
bad=$(grep -rnE 'sqlite3_|<sqlite3\.h>' src ui --include='*.c' --include='*.h') && fail "SQL outside store/: $bad"
checks=$((checks + 1))
bad=$(grep -rnE '\b(fopen|open|time|clock_gettime|getenv|printf|rand|srand)\(' src/engine src/stats src/disclosure --include='*.c') &&
    fail "files, clock or output in pure maths: $bad"
checks=$((checks + 1))
bad=$(grep -rnE '\b(sprintf|strcat|strtok|atoi|atof|gets|localtime|gmtime|system|alloca)\(' src store ui --include='*.c' |
    grep -v 'strcat(name, ".1")' | grep -v 'strcat(what, name)') && fail "banned function: $bad"
checks=$((checks + 1))
bad=$(grep -rnE '\b(malloc|calloc|realloc|strdup)\(' src store ui --include='*.c' | grep -v '^src/base/mem.c') &&
    fail "allocation past base/mem.h: $bad"
checks=$((checks + 1))
bad=$(grep -rnE '\b(printf|puts|putchar)\(|stdout|stderr' src store ui --include='*.c' | grep -vE '^src/(cli|shell|main)/|^ui/run.c|\b(str_printf|str_puts)\(') &&
    fail "output outside src/cli: $bad"
checks=$((checks + 1))
bad=$(grep -nE '#include "store/(users|subjects|person|events|consents|cases|slates|extract|browse)' src/describe/*.[ch]) &&
    fail "what writes texts cannot read people: $bad"
checks=$((checks + 1))
bad=$(awk 'FNR == 1 { inside = 0 } /^libreckon_a_SOURCES/ { inside = 1 }
           inside { for (i = 1; i <= NF; i++) if ($i ~ /\.[ch]$/ && seen[$i]++) print FILENAME ": " $i }
           !/\\$/ { inside = 0 }' $(find src store ui -name local.am)) && [ -n "$bad" ] && fail "a source is listed twice: $bad"
checks=$((checks + 1))
bad=$(sed -n 's/^SCHEMA_STEPS +=//p' store/local.am | tr ' ' '\n' | grep . | sort -C || echo "not in order") && [ -n "$bad" ] &&
    fail "steps of the schema are passed over where a later one was taken: $bad"
checks=$((checks + 1))
bad=$(grep -rlE '^(<<<<<<<|>>>>>>>) ' --include='*.c' --include='*.h' --include='*.am' --include='*.md' --include='*.sh' src store ui tests docs *.md) &&
    fail "a merge was left undone: $bad"
finish
