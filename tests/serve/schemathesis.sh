#!/usr/bin/env bash
# schemathesis against /openapi.json: no answer that is not documented, none of 5xx, and what the document forbids is
# refused.  RECKON_EXAMPLES: examples for each operation (6).
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
python=${RECKON_PYTHON:-$RECKON_SOURCE/.venv/bin/python}
"$python" -c 'import schemathesis' 2>/dev/null ||
    skip "schemathesis is not there: python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt"
make_shop
token=$(reckon keys create all --roles serve,ingest,admin,privacy --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["summary"]["token"])')
openssl req -x509 -newkey rsa:2048 -nodes -keyout dsr.key -out dsr.pem -days 2 -subj /CN=dsr.shop.example 2>/dev/null || skip "needs openssl"
settings "opendsr-certificate = \"$scratch/dsr.pem\"
opendsr-key = \"$scratch/dsr.key\""
serve --demo --dialects tfserving,sagemaker,opendsr
ask 200 GET /openapi.json
# each path is there once: a JSON object with a name twice would lose one
same "$(python3 -c 'import json,sys; json.load(open(sys.argv[1]), object_pairs_hook=lambda p: 1/(len(p)==len(dict(p))) and dict(p)); print("good")' "$scratch/out")" good "names are unique"
checks=$((checks + 1))
# commands that take long, or put the store under the test away, are left out
"$python" -m schemathesis.cli run "$url/openapi.json" -H "Authorization: Bearer $token" --no-color --seed 1 \
    --phases coverage,fuzzing --max-examples "${RECKON_EXAMPLES:-6}" --generation-deterministic --warnings off \
    --exclude-path-regex '^/admin/v1/(train|evaluate|compare|simulate|import|restore|backup|init|quarantine|serve|keys|doctor)' \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method,negative_data_rejection,ignored_auth,missing_required_header \
    >report 2>&1 || { fail "schemathesis"; tail -n 80 report; }
grep -E 'Tested|generated' report
# the dialects, each by its own document: theirs are other servers' rules for wrong methods and types of a body
for dialect in tfserving sagemaker opendsr; do
    checks=$((checks + 1))
    "$python" -m schemathesis.cli run "$url/openapi/$dialect.json" -H "Authorization: Bearer $token" --no-color --seed 1 \
        --phases coverage,fuzzing --max-examples "${RECKON_EXAMPLES:-6}" --generation-deterministic --warnings off \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        >report 2>&1 || { fail "schemathesis: $dialect"; tail -n 80 report; }
    grep -E 'Tested|generated' report
done
checks=$((checks + 1)); grep -q '"status":5' "$scratch/log" && { fail "5xx"; grep '"status":5' "$scratch/log" | head -3; }
stop
finish
