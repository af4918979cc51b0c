#include "serve/opendsr.h"

#include <inttypes.h>
#include <string.h>

#include "serve/item_json.h"
#include "serve/rights.h"

bool opendsr_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        const char *allowed = form[i] == 'x' ? "0123456789abcdef" : form[i] == 'y' ? "89ab" : NULL;
        if (allowed != NULL ? strchr(allowed, text[i]) == NULL : text[i] != form[i])
            return false;
    }
    return true;
}

const char *opendsr_state(const struct case_record *r)
{
    static const struct {
        const char *state, *said;
    } states[] = {{CASE_PLANNED, "pending"}, {"open", "pending"}, {"dropped", "cancelled"}, {"refused", "cancelled"},
                  {CASE_CERTIFIED, "completed"}, {"done", "completed"}};
    if (rights_has_archive(r))
        return "completed"; /* it is there for the asking */
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].state, r->state) == 0)
            return states[i].said;
    return "in_progress";
}

bool opendsr_is_over(const char *state)
{
    return strcmp(state, "completed") == 0 || strcmp(state, "cancelled") == 0;
}

int opendsr_put_status(struct str *out, const struct opendsr_signer *signer, const struct case_record *r,
                       const char *controller, const char *request, const char *url)
{
    str_puts(out, "{\"controller_id\":");
    item_json_text(out, controller);
    str_puts(out, ",\"expected_completion_time\":");
    item_json_time(out, r->due);
    if (url != NULL) {
        str_puts(out, ",\"status_callback_url\":");
        item_json_text(out, url);
    }
    str_puts(out, ",\"subject_request_id\":");
    item_json_text(out, request);
    str_printf(out, ",\"request_status\":\"%s\",\"api_version\":\"" OPENDSR_VERSION "\"", opendsr_state(r));
    if (rights_has_archive(r))
        str_printf(out, ",\"results_url\":\"https://%s" RIGHTS_REQUESTS "/%" PRId64 "/archive\"",
                   opendsr_signer_domain(signer), r->number);
    return str_putc(out, '}');
}
