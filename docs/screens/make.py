#!/usr/bin/env python3
"""Draws recorded screens of the console (tests/console/golden/*.txt: text and attributes) as pictures.

    docs/screens/make.py tests/console/golden/histogram-80x24.txt docs/screens/histogram.png

Writes SVG, which rsvg-convert (librsvg2-bin) turns into PNG; with a name that ends in .svg it leaves it at that.  The golden screens are what the tests compare, so the pictures show what the program draws.
"""
import re
import shutil
import subprocess
import sys
import unicodedata
from html import escape

CELL_W, CELL_H, SIZE, MARGIN = 8.4, 17, 14, 10
INK, PAPER = "#d8dee9", "#1b1f27"
PALETTE = ["#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
           "#7f8a9d", "#ff8a93", "#b5e08f", "#ffd78a", "#8cc8ff", "#dd9bf0", "#7fd8e4", "#ffffff"]


def colour(word):
    """The colour of fg4, bg4, or fg#rrggbb."""
    return word if word.startswith("#") else PALETTE[int(word) % 16]


def read(path):
    """The lines of text, and for each row its spans: first column, last column, words."""
    lines, spans = [], {}
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n"):
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
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{CELL_W + 0.2:.1f}" height="{CELL_H}" fill="{paper}"/>')
            if char.strip():
                out.append(f'<text x="{x:.1f}" y="{y + SIZE}" fill="{ink}"{style}>{escape(char)}</text>')
    return "\n".join(out + ["</g></svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    svg = draw(*read(source))
    if target.endswith(".svg"):
        with open(target, "w", encoding="utf-8") as file:
            file.write(svg)
        return
    if not shutil.which("rsvg-convert"):
        sys.exit("make.py: rsvg-convert is not installed (package librsvg2-bin)")
    subprocess.run(["rsvg-convert", "-o", target], input=svg.encode(), check=True)


main()
