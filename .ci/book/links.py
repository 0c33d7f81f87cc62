"""Looks at every link and picture of the built book: the file that it names is there, and so is the place in it.

links.py FOLDER
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if name in ("href", "src") and value:
                self.links.append(value)


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    pages = {file: Page(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.html"))}
    broken, seen = [], 0
    for file, page in pages.items():
        if file.name in ("print.html", "toc.html", "404.html"):
            continue
        for link in page.links:
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            seen += 1
            path, anchor = urldefrag(unquote(link))
            target = (file.parent / path).resolve() if path else file
            if not target.exists():
                broken.append(f"{file.relative_to(folder)}: {link}: the file does not exist")
            elif anchor and target in pages and anchor not in pages[target].ids:
                broken.append(f"{file.relative_to(folder)}: {link}: the heading does not exist")
    if broken:
        sys.exit("\n".join(broken))
    print(f"{len(pages)} pages, {seen} links, none broken")


if __name__ == "__main__":
    main()
