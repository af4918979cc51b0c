#!/usr/bin/env bash
# The prompt: scripts, pipes, files, and a person at a terminal.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon simulate --out data --users 60 --items 40 --events 3000 --days 60
run 0 reckon init shop
cd shop || exit 1
run 0 reckon import events ../data/events.csv
run 0 reckon train own-frequency --no-evaluate

# a script: comments, quotes over two lines, pipes, files, formats
cat >script <<'END'
# what the night job asks
recommend --user u00 --n 2 --mode repeat --json > one.json
reckon models list --csv | grep -c own-frequency
format csv
kinds list >> kinds.csv
recommend --user u00 --mode repeat --filter "item != 'i01'
 and item != 'i02'" --n 1 > two.csv
END
run 0 reckon shell <script
same "$(cat "$scratch/out")" 1 "what the pipe counted"
same "$(python3 -c 'import json; print(len(json.load(open("one.json"))["rows"]))')" 2 "the answer in the file"
same "$(head -1 two.csv | cut -d, -f1)" rank "the format that was chosen"
same "$(grep -c purchase kinds.csv)" 1 "the kinds"

# it stops at the first line that fails, with its status
printf 'recommend --user nobody\nkinds list > never\n' >bad
run 3 reckon shell <bad
err_has "line 1: nobody: there is no user"
err_has "stopped at line 1"
[ ! -e never ] || fail "the script went on"
run 3 reckon shell --keep-going <bad
[ -s never ] || fail "the script did not go on"
printf "kinds list 'open\n" >open
run 2 reckon shell <open
err_has "begins at line 1"
printf 'kinds list >\n' | run 2 reckon shell
printf 'format xml\n' | run 2 reckon shell
printf 'use nowhere\n' | run 3 reckon shell
printf 'kinds list | false\n' | run 1 reckon shell
err_has "ended with status 1"
printf 'exit\nnonsense\n' | run 0 reckon shell
printf 'shell\n' | run 4 reckon shell
printf 'user,item,time,kind\nu00,i01,yesterday,view\n' >bad.csv
run 0 reckon import events bad.csv --max-bad 1
printf 'quarantine drop --all\n' >drop
run 4 reckon shell <drop
err_has "--yes"

# a person at a terminal
run 0 python3 "$RECKON_SOURCE/tests/command/shell_terminal.py"
out_has "all as a person expects"
same "$(stat -c %a shell-history)" 600 "who may read the history"
same "$(grep -c '^recommend --user u00 --n 1 --mode repeat *$' shell-history)" 1 "the history"
finish
