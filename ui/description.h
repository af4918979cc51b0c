/* description: what the screen of one text and the dialog that edits it share. */
#ifndef RECKON_UI_DESCRIPTION_H
#define RECKON_UI_DESCRIPTION_H

#include "ui/verdict.h"

enum { DESCRIPTION_PARTS = 5, DESCRIPTION_PART_NAME = 24 };

struct description_part {
    char name[DESCRIPTION_PART_NAME]; /* as the command's option: "description", "bullets" (a line each) */
    const char *text;
};

/* The argument of screen_description_edit; its texts are copied. */
struct description_editing {
    int64_t text; /* its number */
    struct description_part parts[DESCRIPTION_PARTS];
    size_t n;
    struct verdict *verdict; /* that runs the command: of the screen below, which outlives the dialog */
};

#endif
