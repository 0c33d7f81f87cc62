"""Writes the managed policies of AWS that moto carries into a folder, one document per file."""

import ast
import importlib.util
import json
import pathlib
import sys


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    # Found, not imported: the package around the data takes a second to load.
    package = importlib.util.find_spec("moto")
    data = pathlib.Path(package.origin).parent / "iam" / "aws_managed_policies.py"
    tree = ast.parse(data.read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    policies = json.loads(max(texts, key=len))
    for name, policy in policies.items():
        text = json.dumps(policy["Document"], indent=4) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    print(f"{len(policies)} managed policies in {folder}")


if __name__ == "__main__":
    main()
