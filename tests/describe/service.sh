# Sourced by tests that have texts written: a service of the protocol that answers, or misbehaves, by a script.
service=
service_log=log # what it was asked; tests of the server, whose own log is there, name another
service_stop() { [ -z "$service" ] || kill "$service" 2>/dev/null; service=; }

# service WORD…: a new one, that answers by these words first; who writes is told of it
service() {
    service_stop
    rm -f port "$service_log"
    echo "$*" >script
    : >"$service_log"
    python3 "$RECKON_SOURCE/tests/describe/llm_server.py" port "$service_log" script &
    service=$!
    until [ -s port ]; do kill -0 $service 2>/dev/null || { fail "no service"; finish; }; done
    providers
}
# providers [LINE…]: of the one provider, beside its address
providers() {
    printf '%s\n' '[local]' "url = \"http://127.0.0.1:$(cat port)/v1\"" 'model = "m"' 'input-price = 1' 'output-price = 2' \
        'retries = 2' 'in-flight = 4' 'backoff-seconds = 0.01' "$@" >shop/providers.toml
}
# logged EXPRESSION: over d, the list of what the service was asked
logged() { python3 -c 'import json,sys; d=[json.loads(l) for l in open(sys.argv[2])]; print(eval(sys.argv[1]))' "$1" "$service_log"; }
