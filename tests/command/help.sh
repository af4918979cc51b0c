#!/usr/bin/env bash
# Help, man pages and completion come from the command table and cover every command.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon --version
out_has "reckon "
run 0 reckon --help
out_has "Exit codes"
out_has "models "
run 0 reckon models --help
out_has "models rollback"
run 0 reckon help rules
out_has "rules try"
run 2 reckon model --help
err_has "models list"
commands=$(reckon completion bash | sed -n "/^  local commands='/,/^'/p" | sed "s/^  local commands='//; /^'/d")
same "$([ -n "$commands" ] && echo some)" some "commands listed"

run 0 reckon man "$scratch/man"
while IFS= read -r c; do
    # shellcheck disable=SC2086
    run 0 reckon $c --help
    out_has "Usage: reckon $c"
    checks=$((checks + 1))
    [ -s "$scratch/man/reckon-${c// /-}.1" ] || fail "no man page for $c"
done <<<"$commands"
if command -v man >/dev/null; then
    for page in "$scratch"/man/*.1; do
        warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
        same "$warnings" "" "roff warnings of ${page##*/}"
    done
fi

for shell in bash zsh fish; do
    run 0 reckon completion $shell
    out_has reckon
done
run 0 reckon completion bash
cp "$scratch/out" "$scratch/completion"
run 0 bash -n "$scratch/completion"
complete_bash() {
    bash -c '. "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _reckon; printf "%s\n" "${COMPREPLY[@]}"' - "$scratch/completion" "$@"
}
same "$(complete_bash reckon hel)" help "completion of a command"
same "$(complete_bash reckon help --js)" --json "completion of an option"

run 2 reckon hlep
err_has "perhaps \`help\`"
run 2 reckon help --jsn
err_has "--jsn"
run 2 reckon --json frobnicate
out_has '"code": "usage"'
run 2 reckon completion tcsh
err_has "bash|zsh|fish"
finish
