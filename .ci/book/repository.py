"""A preprocessor of mdBook: adds the rules' pages, which are in rules-core, below the chapter on rules, and turns links to files
that are no chapters into links to the repository. A link to a file that is not there ends the build."""

import json
import os
import posixpath
import re
import sys
import tomllib
from pathlib import Path

DOCS = "docs"
RULES = "rules-core/src/rules"

LINK = re.compile(r"(\]\()([^)\s]+)(\))")
FENCE = re.compile(r"^\s*```")


def pages() -> dict[str, str]:
    """The rules' pages, by the chapters that they become."""
    return {f"{RULES}/{name}": f"rules/{name}" for name in sorted(os.listdir(RULES)) if name.endswith(".md")}


class Links:
    def __init__(self, url: str) -> None:
        self.url = url
        self.rules = pages()
        self.missing: list[str] = []

    def in_book(self, target: str, source: str, chapter: str) -> str:
        """Where a link on the page `source` leads in the book, whose chapter is at `chapter`."""
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return target
        path, _, anchor = target.partition("#")
        anchor = f"#{anchor}" if anchor else ""
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if not os.path.exists(file):
            self.missing.append(f"{source}: {target}")
            return target
        if file.startswith(f"{DOCS}/") and file.endswith(".md"):
            place = file.removeprefix(f"{DOCS}/")
        elif file in self.rules:
            place = self.rules[file]
        else:
            return f"{self.url}/{'tree' if os.path.isdir(file) else 'blob'}/main/{file}{anchor}"
        return posixpath.relpath(place, posixpath.dirname(chapter) or ".") + anchor

    def replaced(self, text: str, source: str, chapter: str) -> str:
        lines, inside = [], False
        for line in text.split("\n"):
            inside ^= bool(FENCE.match(line))
            if not inside:
                line = LINK.sub(lambda link: link[1] + self.in_book(link[2], source, chapter) + link[3], line)
            lines.append(line)
        return "\n".join(lines)


def rule_chapters(links: Links, parent: dict) -> list[dict]:
    chapters = []
    for source, chapter in links.rules.items():
        text = Path(source).read_text(encoding="utf-8")
        title = text.split("\n", 1)[0].removeprefix("# ")
        number = [*(parent["number"] or []), len(chapters) + 1]
        content = links.replaced(text, source, chapter)
        chapters.append({"Chapter": {
            "name": title, "content": content, "number": number, "sub_items": [], "path": chapter,
            "source_path": None, "parent_names": [parent["name"]],
        }})  # fmt: skip
    return chapters


def walk(items: list, links: Links) -> None:
    for item in items:
        if "Chapter" not in item:
            continue
        chapter = item["Chapter"]
        walk(chapter["sub_items"], links)
        path = chapter["path"]
        chapter["content"] = links.replaced(chapter["content"], f"{DOCS}/{path}", path)
        if path == "rules.md":
            chapter["sub_items"].extend(rule_chapters(links, chapter))


def main() -> None:
    if sys.argv[1:2] == ["supports"]:
        return
    _, book = json.load(sys.stdin)
    with open("Cargo.toml", "rb") as file:
        links = Links(tomllib.load(file)["workspace"]["package"]["repository"])
    walk(book["items"], links)
    if links.missing:
        sys.exit("\n".join(["links lead nowhere:", *links.missing]))
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
