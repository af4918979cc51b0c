#!/usr/bin/env python3
"""Prints src/base/width_table.h from Python's Unicode data: run it when a newer Unicode is wanted.

Two columns: East Asian Width W and F (UAX #11).  None: marks (Mn, Me), format characters (Cf, but not the soft
hyphen, which terminals draw) and the vowels and finals of Hangul that join the letter before them."""
import sys
import unicodedata


def ranges(test):
    out, start = [], None
    for c in range(0x110001):
        inside = c <= 0x10FFFF and test(chr(c))
        if inside and start is None:
            start = c
        elif not inside and start is not None:
            out.append((start, c - 1))
            start = None
    return out


def none(c):
    return (unicodedata.category(c) in ("Mn", "Me", "Cf") and c != "\u00ad") or 0x1160 <= ord(c) <= 0x11FF


def wide(c):
    return unicodedata.east_asian_width(c) in "WF" and not none(c)


def table(name, comment, test):
    print(f"/* {comment} */\nstatic const struct width_range {name}[] = {{")
    line = "   "
    for a, b in ranges(test):
        item = f" {{0x{a:X}, 0x{b:X}}},"
        if len(line) + len(item) > 118:
            print(line)
            line = "   "
        line += item
    print(line + "\n};\n")


print(f"""/* width_table: which characters take two columns of a terminal, and which none; Unicode {unicodedata.unidata_version}.
 * Made by src/base/width_table.py; only base/text.c includes it. */
#ifndef RECKON_BASE_WIDTH_TABLE_H
#define RECKON_BASE_WIDTH_TABLE_H

#include <stdint.h>

struct width_range {{
    uint32_t first, last;
}};
""")
table("width_none", "They stand on the character before them, or are not drawn at all.", none)
table("width_two", "Wide and full-width characters, and emoji.", wide)
print("#endif")
