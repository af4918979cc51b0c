/* progress_bar: how far a command is: a bar with rate and time left where the total is known, a counter where not. */
#ifndef RECKON_UI_PROGRESS_BAR_H
#define RECKON_UI_PROGRESS_BAR_H

#include "command/background.h"
#include "ui/canvas.h"

/* Two rows; the jobs' lock is held. */
void progress_bar_draw(const struct background_job *job, struct canvas *canvas, struct area area);

/* "850", "12.3k", "4.56M"; returns out. */
const char *progress_bar_number(double v, char out[16]);

#endif
