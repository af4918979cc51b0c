/* dialect_tfserving: what the files of this dialect share; private to them.
 *
 * TensorFlow Serving's REST protocol: a registered model is a model, its versions are versions, and its stages
 * production and staging are labels.  Without version or label the one in production answers, else the one in
 * staging, else the newest: where TensorFlow Serving takes the newest that it was given, what reckon trained is no
 * candidate for clients before somebody promoted it.
 *
 * The signature serving_default takes `user` (DT_STRING), `history` (DT_STRING, items, oldest first, filled up with ""
 * to one length) or both, and `n`; it gives `items` and `scores`, best first, filled up with "" and 0. */
#ifndef RECKON_SERVE_DIALECT_TFSERVING_H
#define RECKON_SERVE_DIALECT_TFSERVING_H

#include "serve/handlers.h"
#include "store/registry.h"

#define DIALECT_TFSERVING_SIGNATURE "serving_default"

/* "NAME@VERSION" of the model that the call's path names.  0 with an answered call when there is none. */
int dialect_tfserving_choose(struct desk *desk, struct call *call, char spec[96], struct error *err);

HANDLER(dialect_tfserving_predict);

/* The body of a predict request, for the document. */
extern const struct shape dialect_tfserving_body[], dialect_tfserving_answer[];

#endif
