"""Draws what `make demo` prints as a picture of a terminal: `make picture` writes docs/demo.svg.

    picture.py < OUTPUT > FILE.svg

Only what the demo's commands print is drawn; longer lines are cut at the terminal's edge.
"""

import re
import sys
from xml.sax.saxutils import escape

COLUMNS = 104
FONT, LINE, MARGIN = 12, 17, 16
WIDTH = round(COLUMNS * FONT * 0.602) + 2 * MARGIN
COLOURS = {"==": "#7dcfff", "$": "#ffffff", "worker |": "#9ece6a"}
NOISE = re.compile(r"(cluster: |CLUSTER=|VENV=|cargo |make|\s+(Compiling|Finished) )")


def drawn(text: str) -> list[str]:
    """The demo's lines, with one empty line at most between two others."""
    lines = [line.rstrip() for line in text.splitlines() if not NOISE.match(line)]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return kept[kept.index("") + 1 :] if kept and not kept[0] else kept


def cut(line: str) -> str:
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def row(number: int, line: str) -> str:
    colour = next((it for mark, it in COLOURS.items() if line.startswith(mark)), "#a9b1d6")
    y = MARGIN + (number + 1) * LINE
    return f'<text x="{MARGIN}" y="{y}" fill="{colour}" xml:space="preserve">{escape(cut(line))}</text>'


def main() -> None:
    lines = drawn(sys.stdin.read())
    if not any("COMPLETED" in line for line in lines):
        sys.exit("the demo did not end well: nothing is drawn")
    height = len(lines) * LINE + 3 * MARGIN
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="{FONT}">'
    )
    print("<title>Two flow runs become Jobs and end COMPLETED</title>")
    print(f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#1a1b26"/>')
    print("\n".join(row(number, line) for number, line in enumerate(lines) if line))
    print("</svg>")


if __name__ == "__main__":
    main()
