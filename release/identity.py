"""Refuses a release whose tag, version, changelog and repository do not agree.

identity.py TAG REPOSITORY_URL
"""

import json
import re
import subprocess
import sys
from pathlib import Path

# What a release carries.
RELEASED = ["rules-core", "rules-cli", "rules-lambda"]


def disagreements(tag: str, url: str) -> list[str]:
    metadata = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], check=True, capture_output=True, text=True
    ).stdout
    packages = {package["name"]: package for package in json.loads(metadata)["packages"]}
    found = []
    for name in RELEASED:
        package = packages[name]
        if tag != f"v{package['version']}":
            found.append(f"the tag is {tag}, and {name} has version {package['version']}")
        if package["repository"] != url:
            found.append(f"the release is one of {url}, and {name} names {package['repository']} as its repository")
    version = re.escape(tag.removeprefix("v"))
    if not re.search(rf"^## \[{version}\] - \d{{4}}-\d\d-\d\d$", Path("CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE):
        found.append(f"CHANGELOG.md has no heading for {tag}, with its date")
    return found


def main() -> None:
    found = disagreements(*sys.argv[1:3])
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
