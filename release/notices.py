"""Writes the third-party notices of a program: each licence text that a crate in its binary brings along, once, under the
crates that have it.

    notices.py PACKAGE FILE

The same commit gives the same bytes on the same kind of machine.
"""

import re
import sys
from pathlib import Path

from crates import Crate, cargo, folders, tree

LICENCE_FILE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)

# Data that is compiled in.
DATA = {"the catalogue of AWS actions (rules-core/data/catalogue.txt)": Path("rules-core/data/LICENSE-iam-data.txt")}

RULE = "=" * 100


def own() -> set[str]:
    """The workspace's own crates, which are under the licence beside the notices."""
    lines = cargo("tree", "--locked", "--workspace", "--depth", "0", "--prefix", "none", "--format", "{p}")
    return {line.split()[0] for line in lines.splitlines() if line}


def texts(crate: Crate, licence: str, folder: Path) -> list[str]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and LICENCE_FILE.match(file.name))
    alternatives = licence.split(" OR ")
    if "Apache-2.0" in alternatives:
        # Of the alternatives this one is taken, where the crate has it in a file of its own. Most have the same text.
        apache = [file for file in files if "apache" in file.name.lower()]
        files = [*apache, *(file for file in files if file.name.lower().startswith("notice"))] if apache else files
    if files:
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]
    known = {"Apache-2.0": Path("LICENSE"), "MIT": Path("release/MIT.txt")}
    standing = [known[alternative] for alternative in alternatives if alternative in known]
    if not standing:
        sys.exit(f"{crate[0]} {crate[1]} ({licence}) brings no text of its licence")
    return [standing[0].read_text(encoding="utf-8")]


def main() -> None:
    package, target = sys.argv[1:3]
    licences, _ = tree(package)
    where, ours = folders(), own()
    of_text: dict[str, tuple[str, list[str]]] = {}

    def add(name: str, text: str) -> None:
        # What differs in its layout only is one text.
        _, names = of_text.setdefault(" ".join(text.split()), (text, []))
        if name not in names:
            names.append(name)

    for crate, licence in sorted(licences.items()):
        if crate[0] not in ours:
            for text in texts(crate, licence, where[crate]):
                add(f"{crate[0]} {crate[1]} ({licence})", text)
    for name, file in DATA.items():
        add(name, file.read_text(encoding="utf-8"))

    parts = [f"{package} contains the following software and data of others.\n"]
    for text, names in sorted(of_text.values(), key=lambda entry: entry[1]):
        lines = (line.rstrip() for line in text.strip("\r\n").splitlines())
        parts.append("\n".join([RULE, *names, RULE, "", *lines]) + "\n")
    with open(target, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n\n".join(parts))


if __name__ == "__main__":
    main()
