#!/usr/bin/env python3
"""Says which scores of AWS's managed policies have moved since a revision, and why.

    moved_scores.py REVISION     build the command line of REVISION and that of the working tree, and compare
    moved_scores.py --before CLI CATALOGUE --after CLI CATALOGUE --policies FOLDER
                                 compare two builds that are there, each with the catalogue that it was built with

A policy is listed with its scores, with the actions that it names and that the catalogue has added, removed or changed,
and with the losses that are not the same. The policies are those that moto carries, from `.venv`, which `tests/run` sets
up; or a folder of JSON files. Exits with 0 when no score has moved, 1 when one has, and 2 when something went wrong.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUE = Path("rules-core/data/catalogue.txt")
WORK = REPOSITORY / "target" / "moved-scores"

# As many of a policy's changed actions as are listed.
SHOWN = 12

# Fields of an action's line, by what they are called in the output.
FACTS = ["access level and classes", "resource types", "condition keys"]


class Wrong(Exception):
    """What keeps the scores from being compared."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", nargs="?", help="the revision to compare with")
    parser.add_argument("--before", nargs=2, type=Path, metavar=("CLI", "CATALOGUE"))
    parser.add_argument("--after", nargs=2, type=Path, metavar=("CLI", "CATALOGUE"))
    parser.add_argument("--policies", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    try:
        if not options.revision and None in (options.before, options.after):
            parser.error("give a revision, or --before and --after")
        before = options.before or of(options.revision)
        after = options.after or working_tree()
        policies = options.policies or managed_policies()
        moved = report(before, after, policies)
    except (Wrong, OSError, subprocess.CalledProcessError) as error:
        print(f"moved_scores.py: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(1 if moved else 0)


def of(revision):
    """The command line of a revision, and its catalogue."""
    source = WORK / "source"
    if source.exists():
        subprocess.run(["git", "worktree", "remove", "--force", source], cwd=REPOSITORY, check=True)
    subprocess.run(
        ["git", "worktree", "add", "--quiet", "--detach", source, revision], cwd=REPOSITORY, check=True
    )
    return build(source, WORK / "before"), source / CATALOGUE


def working_tree():
    return build(REPOSITORY, WORK / "after"), REPOSITORY / CATALOGUE


def build(source, target):
    """Builds without access to AWS, which takes a fraction of the time and scores the same."""
    command = ["cargo", "build", "--quiet", "--package", "rules-cli", "--no-default-features", "--target-dir", target]
    subprocess.run(command, cwd=source, check=True)
    return target / "debug" / "rules-cli"


def managed_policies():
    folder = WORK / "policies"
    script = REPOSITORY / "tests" / "aws" / "managed_policies.py"
    subprocess.run(
        [REPOSITORY / ".venv" / "bin" / "python", script, folder], check=True, stdout=subprocess.DEVNULL
    )
    return folder


def report(before, after, policies):
    """Prints what has moved, and returns how many scores have."""
    old_scores, new_scores = (scores(cli, policies) for cli, _ in (before, after))
    changes = changed_actions(*(actions(catalogue) for _, catalogue in (before, after)))
    added, removed = (list(changes.values()).count(kind) for kind in ("added", "removed"))
    print(f"actions: {added} added, {removed} removed, {len(changes) - added - removed} changed")
    versions = [sorted({row["score_version"] for row in rows.values()}) for rows in (old_scores, new_scores)]
    if versions[0] != versions[1]:
        print(f"score_version {versions[0]} -> {versions[1]}: scores move without any change of the catalogue")
    moved = 0
    for name in sorted(old_scores.keys() | new_scores.keys()):
        old, new = old_scores.get(name), new_scores.get(name)
        if old is None or new is None:
            print(f"{name}: scored only {'after' if old is None else 'before'}")
            moved += 1
        elif old["score"] != new["score"]:
            moved += 1
            print(f"{name}: {old['score']} {old['grade']} -> {new['score']} {new['grade']}")
            for line in reasons(policies / f"{name}.json", changes, old, new):
                print(f"  {line}")
    print(f"{moved} of {len(old_scores.keys() | new_scores.keys())} scores have moved")
    return moved


def scores(cli, policies):
    """What the program says of every policy in the folder, by name."""
    done = subprocess.run([cli, "score", policies, "--format", "ndjson"], stdout=subprocess.PIPE, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if not rows:
        raise Wrong(f"{cli} has scored nothing in {policies}")
    # Newer versions tell the path where older ones tell the name.
    return {Path(row["policy"]).name.removesuffix(".json"): row for row in rows if "score" in row}


def actions(catalogue):
    """The facts about every action: `service:name` -> (letters, resource types with their ARNs, condition keys)."""
    facts, prefix, keys, sets, types = {}, "", [], [], {}
    for line in catalogue.read_text(encoding="utf-8").splitlines():
        kind, *fields = line.split("\t")
        match kind:
            case "S":
                prefix, keys, sets, types = fields[0], [], [], {}
            case "K":
                keys.append(fields[0])
            case "C":
                sets.append([keys[int(number)] for number in " ".join(fields).split()])
            case "T":
                types[fields[0]] = fields[1]
            case "A":
                name, letters, key_set, *used = fields
                used = [name for name in "".join(used).split(",") if name]
                arns = sorted(f"{name} {types.get(name.rstrip('!^'), '')}" for name in used)
                facts[f"{prefix}:{name}"] = (letters, arns, sets[int(key_set)])
    return facts


def changed_actions(old, new):
    """What has become of each action that is not the same."""
    changes = {}
    for action in sorted(old.keys() | new.keys()):
        if action not in old or action not in new:
            changes[action] = "added" if action in new else "removed"
        elif old[action] != new[action]:
            pairs = zip(FACTS, old[action], new[action])
            changes[action] = ", ".join(
                f"{fact} {before} -> {after}" if isinstance(before, str) else fact
                for fact, before, after in pairs
                if before != after
            )
    return changes


def reasons(policy, changes, old, new):
    """The lines that explain why a score is another one."""
    named = [action for action in changes if matches(action, patterns(policy))]
    for action in named[:SHOWN]:
        yield f"{action}: {changes[action]}"
    if len(named) > SHOWN:
        yield f"and {len(named) - SHOWN} more actions"
    if not named:
        yield "no action that it names has changed: the score judges it otherwise"
    losses = [{loss_in_words(loss) for loss in row.get("losses", [])} for row in (old, new)]
    yield from (f"lost before: {loss}" for loss in sorted(losses[0] - losses[1]))
    yield from (f"lost after: {loss}" for loss in sorted(losses[1] - losses[0]))


def loss_in_words(loss):
    return f"{loss.get('points')} for {', '.join(loss.get('actions', []))} on {loss.get('reach')}"


def patterns(policy):
    """The action patterns of a policy, as regular expressions, with whether they are those of NotAction."""
    statements = json.loads(policy.read_text(encoding="utf-8"))["Statement"]
    found = []
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Action", "NotAction"):
            texts = statement.get(element, [])
            for text in [texts] if isinstance(texts, str) else texts:
                spelled = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
                found.append((re.compile(spelled, re.IGNORECASE), element == "NotAction"))
    return found


def matches(action, patterns):
    """Whether the policy may be about the action. What NotAction leaves out it is about as well."""
    return any(negated or pattern.fullmatch(action) for pattern, negated in patterns)


if __name__ == "__main__":
    main()
