#!/usr/bin/env bash
# The image has every library that the program is linked with: what the linker noted is in a package that the Containerfile
# installs.  (An image cannot be built in a test; this is what made one fail.)
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
for p in readelf ldconfig dpkg; do
    PATH=$PATH:/sbin command -v $p >/dev/null || skip "needs $p"
done
file="$RECKON_SOURCE/deploy/sagemaker/Containerfile"
installed=$(sed -n '/^RUN apt-get/,/rm -rf/p' "$file" | tr -s ' \\\n' '   ')
seen=0
for library in $(readelf -d "$RECKON" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    case $library in libc.so.*|libm.so.*|libasan.so.*|libubsan.so.*|libtsan.so.*|libgcc_s.so.*|libpthread.so.*) continue ;; esac
    path=$(PATH=$PATH:/sbin ldconfig -p | awk -v l="$library" '$1 == l { print $NF; exit }')
    package=$(dpkg -S "$(readlink -f "$path")" 2>/dev/null || dpkg -S "$path" 2>/dev/null) || continue
    package=${package%%:*}
    case " $installed " in
        *" $package "*) seen=$((seen + 1)) ;;
        *) fail "$library is in the package $package, which $file does not install" ;;
    esac
done
[ "$seen" -ge 8 ] || fail "only $seen libraries were looked at"
finish
