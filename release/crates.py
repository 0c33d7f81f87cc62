"""The crates that are in a program: what cargo says of them. What is only needed to build, such as macros, is left out."""

import json
import subprocess
import tomllib
from pathlib import Path

Crate = tuple[str, str]


def cargo(*arguments: str) -> str:
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True, encoding="utf-8").stdout


def tree(package: str) -> tuple[dict[Crate, str], dict[Crate, set[Crate]]]:
    """The licences of all crates in the binary of a package, and what each of them depends on."""
    lines = cargo(
        "tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro", "--prefix", "depth",
        "--format", "|{p}|{l}",
    )  # fmt: skip
    licences: dict[Crate, str] = {}
    edges: dict[Crate, set[Crate]] = {}
    path: list[Crate] = []
    for line in lines.splitlines():
        depth, crate, licence = line.split("|")
        name, version = crate.split()[:2]
        crate = (name, version.removeprefix("v"))
        # Older manifests separate alternatives by a slash.
        licences[crate] = licence.removesuffix(" (*)").strip().replace(" / ", "/").replace("/", " OR ")
        del path[int(depth) :]
        if path:
            edges.setdefault(path[-1], set()).add(crate)
        path.append(crate)
    return licences, edges


def checksums() -> dict[Crate, str]:
    """What the lock file says the registry's crates must be. The workspace's own have none."""
    with open("Cargo.lock", "rb") as file:
        packages = tomllib.load(file)["package"]
    return {(one["name"], one["version"]): one["checksum"] for one in packages if "checksum" in one}


def folders() -> dict[Crate, Path]:
    """Where the sources of each crate are."""
    packages = json.loads(cargo("metadata", "--locked", "--format-version", "1"))["packages"]
    return {(one["name"], one["version"]): Path(one["manifest_path"]).parent for one in packages}
