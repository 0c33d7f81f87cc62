"""Writes the pictures of terminals: what the program prints, with its colours, as SVG for light and dark pages.

    make.py PROGRAM [--check]

With --check nothing is written, and a picture that is out of date ends the run with 1.
"""

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

# The policy that the tutorial begins with.
POLICY = re.search(r"reports\.json <<'END'\n(.*?)\nEND\n", HERE.joinpath("../tutorial.md").read_text("utf-8"), re.DOTALL)[1]

# Each picture: its file, and the arguments. At most so many lines are shown.
PICTURES = {
    "score.svg": ["score", "policies", "--min-score", "60"],
    "evaluate.svg": ["evaluate", "--sample", "--rule", "root-mfa-enabled", "--rule", "admin-user-mfa-enabled"],
}
LINES = 24

CELL, LINE, MARGIN = 8.4, 19, 16

STYLE = """
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #1f2328; white-space: pre }
  rect { fill: #f6f8fa; stroke: #d1d9e0 } .bold { font-weight: bold } .dim { fill: #59636e }
  .red { fill: #b91c1c } .green { fill: #116329 } .yellow { fill: #7d4e00 } .blue { fill: #0550ae }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } rect { fill: #0d1117; stroke: #3d444d } .dim { fill: #9198a1 }
    .red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 } .blue { fill: #79c0ff }
  }
"""

COLOURS = {"9": "red", "1": "red", "10": "green", "2": "green", "11": "yellow", "3": "yellow", "12": "blue", "4": "blue"}


def after(classes: set[str], code: str) -> set[str]:
    """The classes in force after a sequence that selects how characters look."""
    if code in ("", "0"):
        return set()
    if code == "1":
        return classes | {"bold"}
    if code == "2":
        return classes | {"dim"}
    plain = classes - set(COLOURS.values())
    if code == "39":
        return plain
    colour = COLOURS.get(code.removeprefix("38;5;"))
    return plain | {colour} if colour else classes


def spans(line: str) -> str:
    """One line, with an element for every run of characters that look alike."""
    parts, classes, column = [], set(), 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            classes = after(classes, part[2:-1])
        elif part:
            look = f' class="{" ".join(sorted(classes))}"' if classes else ""
            parts.append(f'<tspan x="{MARGIN + column * CELL:.1f}"{look}>{html.escape(part, quote=False)}</tspan>')
            column += len(part)
    return "".join(parts)


def drawn(command: str, output: str) -> str:
    lines = [f"\x1b[2m$ {command}\x1b[0m", *(line.rstrip() for line in output.rstrip("\n").split("\n"))]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], "\x1b[2m…\x1b[0m"]
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in lines]
    width, height = MARGIN * 2 + max(map(len, bare)) * CELL, MARGIN * 2 + len(lines) * LINE
    texts = "\n".join(
        f'<text y="{MARGIN + 14 + number * LINE}">{spans(line)}</text>' for number, line in enumerate(lines) if line
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" role="img">\n'
        f"<title>{html.escape(command)}</title>\n<style>{STYLE}</style>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="6"/>\n{texts}\n</svg>\n'
    )


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "policies").mkdir()
        Path(folder, "policies/reports.json").write_text(POLICY, encoding="utf-8")
        for name, arguments in PICTURES.items():
            run = subprocess.run(
                [program, *arguments, "--color", "always"], cwd=folder, env={}, capture_output=True, encoding="utf-8"
            )
            picture = drawn(f"rules-cli {' '.join(arguments)}", run.stdout)
            file = HERE / name
            if "--check" not in sys.argv:
                file.write_text(picture, encoding="utf-8")
            elif not file.exists() or file.read_text(encoding="utf-8") != picture:
                stale.append(name)
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}: run docs/update")


if __name__ == "__main__":
    main()
