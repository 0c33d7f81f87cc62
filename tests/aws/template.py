"""Prints a CloudFormation template as JSON, with every intrinsic function in its long form.

    template.py TEMPLATE...

Several templates are a list, in their order.
"""

import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Reads YAML as CloudFormation does: no times, no duplicate keys, and tags are functions."""


def construct_tag(loader: Loader, suffix: str, node: yaml.Node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if name == "Fn::GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: construct_mapping(loader, node)}


def construct_mapping(loader: Loader, node: yaml.MappingNode) -> dict:
    keys = [key.value for key, _ in node.value]
    if len(set(keys)) < len(keys):
        raise ValueError(f"duplicate key{node.start_mark}")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


Loader.add_multi_constructor("!", construct_tag)
Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_mapping)
Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def main() -> None:
    templates = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            templates.append(yaml.load(file, Loader))
    json.dump(templates, sys.stdout)


if __name__ == "__main__":
    main()
