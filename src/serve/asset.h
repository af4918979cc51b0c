/* asset: files that are built into the program and given out as they are: the widget, the demo shop's script and
 * style.  The table is made by assets.sh from src/serve/assets. */
#ifndef RECKON_SERVE_ASSET_H
#define RECKON_SERVE_ASSET_H

#include <stddef.h>

struct asset {
    const char *name;                 /* the last part of its path */
    const char *type;
    const char *tag, *gzip_tag;       /* for ETag, quoted */
    const unsigned char *plain;
    size_t n_plain;
    const unsigned char *gzip;
    size_t n_gzip;
};

extern const struct asset asset_table[];
extern const size_t asset_count;

#endif
