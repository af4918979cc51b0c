/* opendsr: what OpenDSR says of a case: its words for states, and the body of a status, which an answer and a callback have
 * in common. */
#ifndef RECKON_SERVE_OPENDSR_H
#define RECKON_SERVE_OPENDSR_H

#include "base/str.h"
#include "serve/opendsr_signer.h"
#include "store/cases.h"

#define OPENDSR_VERSION "3.0"

/* pending, in_progress, completed, cancelled. */
const char *opendsr_state(const struct case_record *record);
bool opendsr_is_over(const char *state);

/* url (NULL: none) is the address that is told. */
int opendsr_put_status(struct str *out, const struct opendsr_signer *signer, const struct case_record *record,
                       const char *controller, const char *request, const char *url);

/* A request for erasures of OpenDSR: a version 4 UUID in lower case. */
bool opendsr_is_uuid(const char *text);

#endif
