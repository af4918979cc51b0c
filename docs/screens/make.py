#!/usr/bin/env python3
"""Draws recorded screens of the console (tests/console/golden: text and attributes) as pictures.

    docs/screens/make.py                                                          # all that the documentation shows
    docs/screens/make.py tests/console/golden/histogram-80x24.txt picture.png
    docs/screens/make.py tests/console/golden/screens/shop-home.txt@100x30 picture.png

Writes SVG, which rsvg-convert (librsvg2-bin) turns into PNG; with a name that ends in .svg it leaves it at that, and .txt is the text alone.  The golden screens are what the tests
compare, so the pictures show what the program draws.
"""
import collections
import os
import re
import shutil
import struct
import subprocess
import sys
import unicodedata
import zlib
from html import escape

CELL_W, CELL_H, SIZE, MARGIN = 8.4, 17, 14, 10
GOLDEN = "tests/console/golden"
PICTURES = {
    "home": "screens/shop-home.txt@100x30",
    "experiment": "screens/shop-experiment.txt@100x30",
    "experiment-broken": "screens/shop-experiment-broken.txt@80x24",
    "design": "screens/shop-experiment-design.txt@100x30",
    "explorer": "screens/shop-explorer-user.txt@100x30",
    "histogram": "histogram-80x24.txt",
}
TEXT_ALONE = {"experiment-broken"}
INK, PAPER = "#d8dee9", "#1b1f27"
PALETTE = ["#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
           "#7f8a9d", "#ff8a93", "#b5e08f", "#ffd78a", "#8cc8ff", "#dd9bf0", "#7fd8e4", "#ffffff"]


def colour(word):
    """The colour of fg4, bg4, or fg#rrggbb."""
    return word if word.startswith("#") else PALETTE[int(word) % 16]


def read(path):
    """The lines of text, and for each row its spans: first column, last column, words; of one size, where there are several."""
    lines, spans = [], {}
    path, _, size = path.partition("@")
    with open(path, encoding="utf-8") as file:
        text = file.read()
        if size:
            text = text.split(f"== {size}\n", 1)[1].split("-- mono\n", 1)[0]
        for line in text.split("\n"):
            if line.startswith("|"):
                lines.append(line[1:])
            elif match := re.match(r" *(\d+): (.*)", line):
                spans[int(match[1])] = [
                    (int(m[1]), int(m[2]), m[3].split())
                    for m in re.finditer(r"(\d+)-(\d+) ([^,]*)", match[2])]
    return lines, spans


def width(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(line, cols):
    """One text for each column; the right half of a wide one is empty."""
    out = []
    for char in line:
        if width(char) == 0 and out:
            out[-1] += char
            continue
        out.append(char)
        out += [""] * (width(char) - 1)
    return out + [" "] * (cols - len(out))


def look(words):
    ink, paper, style = INK, PAPER, ""
    for word in words:
        if word.startswith("fg"):
            ink = colour(word[2:])
        elif word.startswith("bg"):
            paper = colour(word[2:])
    if "reverse" in words:
        ink, paper = paper, ink
    if "bold" in words:
        style += ' font-weight="bold"'
    if "underline" in words:
        style += ' text-decoration="underline"'
    if "dim" in words:
        style += ' opacity="0.65"'
    return ink, paper, style


def draw(lines, spans):
    cols = max([sum(width(c) for c in line) for line in lines] + [80])
    total_w, total_h = cols * CELL_W + 2 * MARGIN, len(lines) * CELL_H + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_w:.0f}" height="{total_h:.0f}">',
           f'<rect width="100%" height="100%" fill="{PAPER}"/>',
           f'<g font-family="DejaVu Sans Mono" font-size="{SIZE}" xml:space="preserve">']
    for row, line in enumerate(lines):
        text = cells(line, cols)
        words = [[] for _ in text]
        for first, last, attributes in spans.get(row, []):
            for col in range(first, min(last + 1, len(words))):
                words[col] = attributes
        y = MARGIN + row * CELL_H
        for col, char in enumerate(text):
            ink, paper, style = look(words[col])
            x = MARGIN + col * CELL_W
            if paper != PAPER:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{CELL_W + 0.2:.1f}" height="{CELL_H}" fill="{paper}" shape-rendering="crispEdges"/>')
            if char.strip():
                out.append(f'<text x="{x:.1f}" y="{y + SIZE}" fill="{ink}"{style}>{escape(char)}</text>')
    return "\n".join(out + ["</g></svg>", ""])


def chunks(data):
    at = 8
    while at < len(data):
        n, = struct.unpack(">I", data[at:at + 4])
        yield data[at + 4:at + 8], data[at + 8:at + 8 + n]
        at += n + 12


def rows_of(data, width, height, bpp):
    """The unfiltered rows of an image of so many bytes by pixel (PNG specification, section 9)."""
    raw, before, stride = zlib.decompress(data), bytearray(width * bpp), width * bpp
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride if kind else 0):
            a, b, c = row[i - bpp] if i >= bpp else 0, before[i], before[i - bpp] if i >= bpp else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = row[i] + (0, a, b, (a + b) // 2, nearest)[kind] & 255
        yield row
        before = row


def shrink(path):
    """A palette of at most 256 colours instead of millions: a third of the bytes, and nobody sees it."""
    with open(path, "rb") as file:
        parts = list(chunks(file.read()))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    if depth != 8 or kind not in (2, 6):
        return
    bpp = 3 if kind == 2 else 4
    image = [[tuple(v & 0xF0 | v >> 4 for v in row[i:i + 3]) for i in range(0, bpp * width, bpp)]
             for row in rows_of(b"".join(d for name, d in parts if name == b"IDAT"), width, height, bpp)]
    counts = collections.Counter(pixel for row in image for pixel in row)
    palette = [colour for colour, _ in counts.most_common(256)]
    index = {colour: i for i, colour in enumerate(palette)}
    for colour in counts.keys() - index.keys():
        index[colour] = min(range(len(palette)), key=lambda i: sum((x - y) ** 2 for x, y in zip(palette[i], colour)))
    body = zlib.compress(b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in image), 9)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, data in ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
                           (b"PLTE", bytes(v for colour in palette for v in colour)), (b"IDAT", body), (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


def write(source, target):
    lines, spans = read(source)
    if target.endswith(".txt"):
        with open(target, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return
    svg = draw(lines, spans)
    if target.endswith(".svg"):
        with open(target, "w", encoding="utf-8") as file:
            file.write(svg)
        return
    if not shutil.which("rsvg-convert"):
        sys.exit("make.py: rsvg-convert is not installed (package librsvg2-bin)")
    subprocess.run(["rsvg-convert", "-o", target], input=svg.encode(), check=True)
    shrink(target)


def main():
    if len(sys.argv) == 1:
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        for name, source in PICTURES.items():
            for kind in ("txt",) if name in TEXT_ALONE else ("png", "txt"):
                write(f"{root}/{GOLDEN}/{source}", f"{root}/docs/screens/{name}.{kind}")
    elif len(sys.argv) == 3:
        write(*sys.argv[1:])
    else:
        sys.exit(__doc__)


main()
