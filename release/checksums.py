"""Writes the SHA-256 of each of these files beside it, in a file that `sha256sum --check` reads, and prints them.

checksums.py FOLDER NAME...
"""

import hashlib
import sys
from pathlib import Path


def main() -> None:
    folder, *names = sys.argv[1:]
    for name in names:
        line = f"{hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()}  {name}\n"
        Path(folder, f"{name}.sha256").write_bytes(line.encode())
        print(line, end="")


if __name__ == "__main__":
    main()
