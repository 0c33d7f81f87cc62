"""Checks what the manifest of the command line tells installers: every file of the Debian package is made by the release's build or
is in the sources, and every archive that cargo binstall may ask for is one that the release builds."""

import sys
import tomllib
from pathlib import Path

PARTS = "../target/dist/rules-cli-parts/"


def main() -> None:
    manifest = tomllib.loads(Path("rules-cli/Cargo.toml").read_text(encoding="utf-8"))["package"]
    build = Path("rules-cli/release/build").read_text(encoding="utf-8")
    workflow = Path(".github/workflows/release.yml").read_text(encoding="utf-8")
    wrong = []

    for source, *_ in manifest["metadata"]["deb"]["assets"]:
        if source.startswith(PARTS):
            there = f'"$parts/{source.removeprefix(PARTS)}"' in build
        else:
            there = source == "target/release/rules-cli" or Path("rules-cli", source).exists()
        if not there:
            wrong.append(f"nothing makes {source} for the Debian package")

    targets = [line.split("target: ")[1] for line in workflow.splitlines() if "- target: " in line]
    installer = manifest["metadata"]["binstall"]
    archives = {target: (installer | installer["overrides"].get(target, {}))["pkg-url"] for target in targets}
    archives |= {target: override["pkg-url"] for target, override in installer["overrides"].items()}
    released = {f"rules-cli-{target}.{'zip' if 'windows' in target else 'tar.gz'}" for target in targets}
    for target, url in archives.items():
        archive = url.rsplit("/", 1)[1].replace("{ target }", target)
        if archive not in released:
            wrong.append(f"cargo binstall asks for {archive} on {target}, which no release has")

    if not targets or wrong:
        sys.exit("\n".join(wrong or ["the release builds for no target"]))


if __name__ == "__main__":
    main()
