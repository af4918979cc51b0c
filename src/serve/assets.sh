#!/bin/sh
# Makes a C table of the files that the server gives out as they are: assets.sh DIRECTORY NAME…
# Each is there plain and gzipped, with a tag that changes with its bytes.
set -eu
dir=$1
shift
echo '/* Made by assets.sh. */'
echo '#include "serve/asset.h"'
bytes() { od -An -v -tu1 | sed 's/[^0-9][^0-9]*/,/g; s/^,//; s/$/,/'; }
i=0
for name in "$@"; do
    echo "static const unsigned char plain_$i[] = {"
    bytes <"$dir/$name"
    echo '};'
    echo "static const unsigned char gzip_$i[] = {"
    gzip -9nc "$dir/$name" | bytes
    echo '};'
    i=$((i + 1))
done
echo 'const struct asset asset_table[] = {'
i=0
for name in "$@"; do
    case $name in
    *.js) type='text/javascript; charset=utf-8' ;;
    *.css) type='text/css; charset=utf-8' ;;
    *) echo "assets.sh: $name: no type is known for it" >&2; exit 1 ;;
    esac
    tag=$(sha256sum <"$dir/$name" | cut -c1-16)
    printf '    {"%s", "%s", "\\"%s\\"", "\\"%s-gzip\\"", plain_%d, sizeof plain_%d, gzip_%d, sizeof gzip_%d},\n' \
        "$name" "$type" "$tag" "$tag" $i $i $i $i
    i=$((i + 1))
done
echo '};'
echo 'const size_t asset_count = sizeof asset_table / sizeof *asset_table;'
