"""Checks the templates, and that the checks would find what is wrong with broken copies of them.

    check.py CFN_LINT CFN_GUARD RULES_CLI

Every template passes cfn-lint, which holds it against the schemas of CloudFormation's resources, and the rules of the
*.guard files. So does every pack that the command line can write. Each copy of broken-copies.json is refused, and by what
it names.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TEMPLATES = ["function.yaml", "member-permissions.yaml", "member-role.yaml", "organization.yaml", "template.yaml"]
PROFILES = ["baseline", "full", "cis-3.0", "cis-7.0"]

# Where the templates are deployed: partitions differ in what they know.
REGIONS = ["us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1"]

# cfn-guard's exit code when a rule refuses a template.
REFUSED = 19


def lint(cfn_lint: str, *templates: Path) -> str:
    """What cfn-lint has to say; nothing when all is well."""
    command = [cfn_lint, "--regions", *REGIONS, "--", *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def refusals(cfn_guard: str, rules: Path, template: Path) -> set[str]:
    """The rules that refuse a template."""
    command = [cfn_guard, "validate", "-r", rules, "-d", template, "--structured", "-o", "json", "-S", "none"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, REFUSED):
        raise SystemExit(f"cfn-guard on {template}: {done.stdout}{done.stderr}")
    [report] = json.loads(done.stdout)
    names = {check["Rule"]["name"] for check in report["not_compliant"]}
    applied = names | set(report["compliant"])
    if not applied:
        raise SystemExit(f"no rule of {rules.name} is about {template}")
    return names


def rules_for(template: str) -> Path | None:
    """The organization's pack is one resource without choices."""
    return {"template.yaml": HERE / "pack.guard", "organization.yaml": None}.get(template, HERE / "templates.guard")


def check(cfn_lint: str, cfn_guard: str, rules_cli: str, folder: Path) -> list[str]:
    wrong = []
    packs = []
    for profile in PROFILES:
        for organization in ([], ["--organization"]):
            path = folder / f"{profile}{''.join(organization)}.yaml"
            command = [rules_cli, "pack", "--pack-profile", profile, *organization]
            path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
            packs.append(path)
    found = lint(cfn_lint, *(HERE / name for name in TEMPLATES), *packs)
    if found:
        wrong.append(found)
    checked = [(HERE / name, rules_for(name)) for name in TEMPLATES] + [(path, HERE / "pack.guard") for path in packs]
    for template, rules in checked:
        if rules and (names := refusals(cfn_guard, rules, template)):
            wrong.append(f"{template}: refused by {', '.join(sorted(names))}")
    copies = json.loads((HERE / "broken-copies.json").read_text())
    for number, copy in enumerate(copies):
        broken = try_copy(cfn_lint, cfn_guard, copy, folder / f"{number}.yaml")
        if broken:
            wrong.append(f"broken copy {number} of {copy['template']} ({copy['replace']!r}): {broken}")
    never = guard_rules() - {copy["refused_by"] for copy in copies}
    if never:
        wrong.append(f"no broken copy for {', '.join(sorted(never))}")
    print(f"{len(TEMPLATES) + len(packs)} templates checked, {len(copies)} broken copies tried")
    return wrong


def try_copy(cfn_lint: str, cfn_guard: str, copy: dict, path: Path) -> str:
    """What is wrong with the checks, seen by this copy; nothing when it was refused as it should be."""
    text = (HERE / copy["template"]).read_text()
    if copy["find"] not in text:
        return f"the template has no {copy['find']!r}"
    path.write_text(text.replace(copy["find"], copy["replace"]))
    if copy["refused_by"] == "cfn-lint":
        return "" if lint(cfn_lint, path) else "cfn-lint accepts it"
    names = refusals(cfn_guard, rules_for(copy["template"]), path)
    return "" if copy["refused_by"] in names else f"refused by {', '.join(sorted(names)) or 'nothing'}"


def guard_rules() -> set[str]:
    """The rules that are about a template by themselves: those without parameters."""
    lines = [line.split() for rules in HERE.glob("*.guard") for line in rules.read_text().splitlines()]
    return {words[1] for words in lines if words[:1] == ["rule"] and "(" not in words[1]}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wrong = check(*sys.argv[1:4], Path(folder))
    for message in wrong:
        print(message, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
