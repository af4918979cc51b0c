/* container: what is meant when `reckon serve` is started with nothing said, as a container of Amazon SageMaker is.
 *
 * There the model is unpacked to /opt/ml/model, read-only, the port is 8080 or $SAGEMAKER_BIND_TO_PORT, and whoever
 * gets through to the container has been asked who they are.  A workspace that is given (--workspace,
 * $RECKON_WORKSPACE) always wins. */
#ifndef RECKON_SERVE_CONTAINER_H
#define RECKON_SERVE_CONTAINER_H

#include <stdbool.h>

#include "command/app.h"

struct container {
    bool found;
    char workspace[4096]; /* /opt/ml/model, or $SM_MODEL_DIR */
    char listen[40];
};

/* E_NOT_FOUND: it is such a container, and no package lies where the model should be; E_USAGE: a port that is none. */
int container_look(struct container *out, const struct app *app, struct error *err);

/* A batch transform job, which waits longer for an answer than somebody who looks at a page. */
bool container_is_batch(void);

#endif
