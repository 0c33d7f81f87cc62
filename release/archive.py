"""Writes an archive of files: the same bytes for the same files, wherever and whenever.

    archive.py ARCHIVE NAME=FILE...

A name that ends with .zip gives a zip file, .tar.gz a compressed tar file. What may be run here may be run there. No time and
nothing of this machine gets into the archive. It is compressed by a pinned zopfli, since the zlib of a machine is whichever it
came with.
"""

import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import zopfli

# The first moment that a zip file knows.
MADE = (1980, 1, 1, 0, 0, 0)

READABLE = 0o644
RUNNABLE = 0o755

UNIX = 3
REGULAR_FILE = 0o100000

Files = list[tuple[str, Path]]


def mode(file: Path) -> int:
    return RUNNABLE if os.access(file, os.X_OK) else READABLE


def write_zip(target: Path, files: Files) -> None:
    with zopfli.ZipFile(str(target), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files:
            entry = zipfile.ZipInfo(name, MADE)
            entry.create_system = UNIX
            entry.external_attr = (REGULAR_FILE | mode(file)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


def gzip(packed: bytes) -> bytes:
    # The default of fifteen rounds takes minutes for a program, and saves a hundredth more.
    compressor = zopfli.ZopfliCompressor(zopfli.ZOPFLI_FORMAT_GZIP, iterations=2)
    return compressor.compress(packed) + compressor.flush()


def write_tar(target: Path, files: Files) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, file in files:
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode(file), file.stat().st_size
            with open(file, "rb") as content:
                archive.addfile(entry, content)
    target.write_bytes(gzip(packed.getvalue()))


def main() -> None:
    target, *entries = sys.argv[1:]
    files = [(name, Path(file)) for name, _, file in (entry.partition("=") for entry in entries)]
    write = write_zip if target.endswith(".zip") else write_tar
    write(Path(target), files)


if __name__ == "__main__":
    main()
