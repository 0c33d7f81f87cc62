"""Pictures of the report of the sample account."""

import subprocess
import sys
import tempfile
from pathlib import Path

from browser import Browser

PICTURES = Path(__file__).parents[2] / "docs/pictures"


def main(program, browser):
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Browser(browser) as running:
        path = Path(folder) / "report.html"
        subprocess.run([program, "evaluate", "--sample", "--format", "html", "--output", str(path)], check=False)
        page = running.page()
        for name, width, height, scheme, anchor in (("report", 1100, 1100, "light", "summary"),
                                                    ("report-dark", 1100, 1100, "dark", "administrators"),
                                                    ("report-narrow", 400, 900, "light", "summary")):
            page.size(width, height)
            page.scheme(scheme)
            page.open(path)
            if anchor != "summary":
                # The picture begins at the section.
                page.run(f""
                         f"[...document.querySelectorAll('header, nav, main > section')].filter(e => "
                         f"e.compareDocumentPosition(document.getElementById('{anchor}')) & 4).forEach(e => e.remove())")
            page.picture(PICTURES / f"{name}.png", height)
            print(PICTURES / f"{name}.png")


main(*sys.argv[1:])
