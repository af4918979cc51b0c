/* dialect_sagemaker: what the files of this dialect share; private to them.
 *
 * The contract between Amazon SageMaker and a container that serves: GET /ping, POST /invocations, and for batch
 * transform GET /execution-parameters.  The platform asks who calls and lets nobody else through, so these three, and
 * nothing else, answer without a key.
 *
 * /invocations takes records, one or many, as a JSON object, {"instances": […]}, JSON Lines or CSV without a header (a
 * line: user, items of the history), and gives as many answers in their order, as Accept says, else in the same form.
 * Either all are answered or none.  The payload is at most 25 MiB, an answer comes within 60 s or not at all. */
#ifndef RECKON_SERVE_DIALECT_SAGEMAKER_H
#define RECKON_SERVE_DIALECT_SAGEMAKER_H

#include "serve/handlers.h"

HANDLER(dialect_sagemaker_invoke);

/* A record and its answer, for the document. */
extern const struct shape dialect_sagemaker_body[], dialect_sagemaker_answer[];

#endif
