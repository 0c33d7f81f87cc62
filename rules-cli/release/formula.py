"""Prints the Homebrew formula of a release: rules-cli.rb with the version, the repository and the checksums filled in.

formula.py TAG REPOSITORY_URL DIST

DIST holds the checksums that rules-cli/release/build wrote.
"""

import re
import sys
from pathlib import Path

TEMPLATE = Path(__file__).with_name("rules-cli.rb")


def main() -> None:
    tag, url, dist = sys.argv[1:4]

    def checksum(found: re.Match[str]) -> str:
        archive = f"rules-cli-{found[1]}.tar.gz"
        value, name = Path(dist, f"{archive}.sha256").read_text(encoding="utf-8").split()
        if name != archive or not re.fullmatch("[0-9a-f]{64}", value):
            sys.exit(f"the checksum of {archive} is not one")
        return value

    text = TEMPLATE.read_text(encoding="utf-8")
    text = re.sub(r"@SHA256 (\S+)@", checksum, text)
    text = text.replace("@REPOSITORY@", url).replace("@VERSION@", tag.removeprefix("v"))
    print(text, end="")


if __name__ == "__main__":
    main()
