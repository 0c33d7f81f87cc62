"""Writes the Debian package of a static program: the same bytes for the same files, wherever and whenever.

    deb.py TARGET PROGRAM PARTS DEB

What is in it, and what it says of itself, is what rules-cli/Cargo.toml has for `cargo deb`. PARTS holds what the release's build
makes beside the program.
"""

import hashlib
import io
import sys
import tarfile
import tomllib
from pathlib import Path, PurePosixPath

from archive import gzip

PARTS = "../target/dist/rules-cli-parts/"
ARCHITECTURES = {"x86_64-unknown-linux-musl": "amd64", "aarch64-unknown-linux-musl": "arm64"}


def tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    """Files by name, each with its content and mode, and the folders that they are in."""
    packed = io.BytesIO()
    folders = {parent for name in files for parent in PurePosixPath(name).parents if parent.name}
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in sorted(folders):
            entry = tarfile.TarInfo(f"./{folder}/")
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            entry.uname = entry.gname = "root"
            archive.addfile(entry)
        for name, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(f"./{name}")
            entry.mode, entry.size = mode, len(content)
            entry.uname = entry.gname = "root"
            archive.addfile(entry, io.BytesIO(content))
    return gzip(packed.getvalue())


def ar(members: list[tuple[str, bytes]]) -> bytes:
    archive = b"!<arch>\n"
    for name, content in members:
        archive += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        archive += content + b"\n" * (len(content) % 2)
    return archive


def control(package: dict, version: str, architecture: str, size: int) -> str:
    described = package["metadata"]["deb"]
    # A static program needs no library.
    depends = [name for name in described["depends"].split(", ") if name != "$auto"]
    lines = {
        "Package": package["name"],
        "Version": version,
        "Architecture": architecture,
        "Maintainer": described["maintainer"],
        "Installed-Size": str((size + 1023) // 1024),
        "Depends": ", ".join(depends),
        "Section": described["section"],
        "Priority": described["priority"],
        "Description": f"{package['description']}\n {described['extended-description']}",
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def main() -> None:
    target, program, parts, deb = sys.argv[1:5]
    architecture = ARCHITECTURES.get(target) or sys.exit(f"no Debian package for {target}: only static programs have one")
    manifest = tomllib.loads(Path("rules-cli/Cargo.toml").read_text(encoding="utf-8"))
    package = manifest["package"]
    version = tomllib.loads(Path("Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]

    files = {"usr/share/doc/rules-cli/copyright": (Path("LICENSE").read_bytes(), 0o644)}
    for source, name, mode in package["metadata"]["deb"]["assets"]:
        if source.startswith(PARTS):
            file = Path(parts, source.removeprefix(PARTS))
        else:
            file = Path(program) if source == "target/release/rules-cli" else Path("rules-cli", source)
        files[name + PurePosixPath(source).name if name.endswith("/") else name] = (file.read_bytes(), int(mode, 8))

    sums = "".join(f"{hashlib.md5(content).hexdigest()}  {name}\n" for name, (content, _) in sorted(files.items()))
    size = sum(len(content) for content, _ in files.values())
    said = {"control": control(package, version, architecture, size), "md5sums": sums}
    members = [
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", tar({name: (text.encode(), 0o644) for name, text in said.items()})),
        ("data.tar.gz", tar(files)),
    ]
    Path(deb).write_bytes(ar(members))


if __name__ == "__main__":
    main()
