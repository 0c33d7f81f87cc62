"""Writes the zip file that AWS Lambda takes: the same bytes for the same binary, wherever and whenever.

    zip.py BINARY ZIP

The binary is named `bootstrap`, as the runtime wants it. No time and nothing of this machine gets into the file. It is
compressed by a pinned zopfli, since the zlib of a machine is whichever it came with.
"""

import sys
import zipfile

import zopfli

# The first moment that the format knows.
MADE = (1980, 1, 1, 0, 0, 0)

# A regular file that everybody may read and run.
MODE = 0o100755

UNIX = 3


def main() -> None:
    binary, target = sys.argv[1:3]
    entry = zipfile.ZipInfo("bootstrap", MADE)
    entry.create_system = UNIX
    entry.external_attr = MODE << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with open(binary, "rb") as file, zopfli.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, file.read())


if __name__ == "__main__":
    main()
