"""Writes the bill of materials of the function: the crates that are in its binary, as CycloneDX 1.6.

    sbom.py BINARY SBOM

Made from what cargo says itself, and without time, serial number and folders, so that the same commit gives the same
bytes. What is only needed to build, such as macros, is not in it. The result is checked against the format's schema.
"""

import hashlib
import json
import subprocess
import sys
import tomllib

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

PACKAGE = "rules-lambda"

Crate = tuple[str, str]


def cargo(*arguments: str) -> str:
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


def tree() -> tuple[dict[Crate, str], dict[Crate, set[Crate]]]:
    """The licences of all crates in the binary, and what each of them depends on."""
    lines = cargo(
        "tree", "--locked", "--package", PACKAGE, "--edges", "normal,no-proc-macro", "--prefix", "depth",
        "--format", "|{p}|{l}",
    )  # fmt: skip
    licences: dict[Crate, str] = {}
    edges: dict[Crate, set[Crate]] = {}
    path: list[Crate] = []
    for line in lines.splitlines():
        depth, crate, licence = line.split("|")
        name, version = crate.split()[:2]
        crate = (name, version.removeprefix("v"))
        licences[crate] = licence.removesuffix(" (*)").strip()
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


def purl(crate: Crate) -> str:
    return f"pkg:cargo/{crate[0]}@{crate[1]}"


def component(crate: Crate, licence: str, checksum: str | None) -> dict:
    described = {"type": "library", "bom-ref": purl(crate), "name": crate[0], "version": crate[1], "purl": purl(crate)}
    if licence:
        # Older manifests separate alternatives by a slash.
        described["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    if checksum:
        described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return described


def bill(binary: bytes) -> dict:
    licences, edges = tree()
    locked = checksums()
    [function] = [crate for crate in licences if crate[0] == PACKAGE]
    itself = component(function, licences[function], hashlib.sha256(binary).hexdigest()) | {"type": "application"}
    others = sorted(crate for crate in licences if crate != function)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself},
        "components": [component(crate, licences[crate], locked.get(crate)) for crate in others],
        "dependencies": [
            {"ref": purl(crate), "dependsOn": sorted(map(purl, edges.get(crate, ())))} for crate in sorted(licences)
        ],
    }


def main() -> None:
    binary, target = sys.argv[1:3]
    with open(binary, "rb") as file:
        text = json.dumps(bill(file.read()), indent=1) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        sys.exit(f"the bill of materials breaks its schema: {error}")
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
