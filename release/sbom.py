"""Writes the bill of materials of a program: the crates that are in its binary, as CycloneDX 1.6.

    sbom.py PACKAGE BINARY SBOM

Made from what cargo says itself, and without time, serial number and folders, so that the same commit gives the same
bytes. What is only needed to build, such as macros, is not in it. The result is checked against the format's schema.
"""

import hashlib
import json
import sys

from crates import Crate, checksums, tree
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def purl(crate: Crate) -> str:
    return f"pkg:cargo/{crate[0]}@{crate[1]}"


def component(crate: Crate, licence: str, checksum: str | None) -> dict:
    described = {"type": "library", "bom-ref": purl(crate), "name": crate[0], "version": crate[1], "purl": purl(crate)}
    if licence:
        described["licenses"] = [{"expression": licence}]
    if checksum:
        described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return described


def bill(package: str, binary: bytes) -> dict:
    licences, edges = tree(package)
    locked = checksums()
    [program] = [crate for crate in licences if crate[0] == package]
    itself = component(program, licences[program], hashlib.sha256(binary).hexdigest()) | {"type": "application"}
    others = sorted(crate for crate in licences if crate != program)
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
    package, binary, target = sys.argv[1:4]
    with open(binary, "rb") as file:
        text = json.dumps(bill(package, file.read()), indent=1) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        sys.exit(f"the bill of materials breaks its schema: {error}")
    with open(target, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


if __name__ == "__main__":
    main()
