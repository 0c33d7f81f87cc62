"""Conformance packs for moto, which knows rules but no packs.

A pack's template becomes rules as AWS makes them of it: parameters are filled in, what is AWS::NoValue is left out, and the
name of every rule gets the pack's suffix. The rules go through moto's own PutConfigRule. Nothing evaluates them.
"""

import json

import yaml
from moto.config.exceptions import InvalidParameterValueException
from moto.config.models import config_backends
from moto.config.responses import ConfigResponse

SUFFIX = "-conformance-pack-abcdefghi"
LEFT_OUT = object()

# By account and Region, and then by name: the deployed names of the rules.
packs: dict[tuple[str, str], dict[str, list[str]]] = {}


class Template:
    def __init__(self, text: str, given: dict[str, str]) -> None:
        self.document = yaml.safe_load(text)
        declared = self.document.get("Parameters", {})
        if unknown := set(given) - set(declared):
            raise InvalidParameterValueException(f"unknown parameters: {', '.join(sorted(unknown))}")
        self.parameters = {name: given.get(name, declared[name].get("Default")) for name in declared}
        if missing := [name for name, value in self.parameters.items() if value is None]:
            raise InvalidParameterValueException(f"parameters without a value: {', '.join(missing)}")

    def rules(self) -> list[dict]:
        resources = self.document["Resources"].values()
        if any(resource["Type"] != "AWS::Config::ConfigRule" for resource in resources):
            raise InvalidParameterValueException("a pack takes rules only")
        return [self.resolve(resource["Properties"]) for resource in resources]

    def resolve(self, value):
        """The value with its intrinsic functions carried out, as far as packs of ours have any."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not LEFT_OUT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return LEFT_OUT if argument == "AWS::NoValue" else self.parameters[argument]
            if name == "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self.holds(self.document["Conditions"][condition]) else otherwise)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not LEFT_OUT}

    def holds(self, condition: dict) -> bool:
        [(name, arguments)] = condition.items()
        if name == "Fn::Not":
            return not self.holds(arguments[0])
        if name == "Fn::Equals":
            one, other = map(self.resolve, arguments)
            return one == other
        raise NotImplementedError(name)


def install() -> None:
    """Gives moto the operations."""

    def of(self) -> dict[str, list[str]]:
        return packs.setdefault((self.current_account, self.region), {})

    def answer(name):
        def operation(self):
            return json.dumps(globals()[name](self, of(self)))

        return operation

    for name in list(globals()):
        if name.startswith(("put_", "describe_", "get_", "delete_")):
            setattr(ConfigResponse, name, answer(name))


def put_conformance_pack(self, known: dict) -> dict:
    name = self._get_param("ConformancePackName")
    given = {item["ParameterName"]: item["ParameterValue"] for item in self._get_param("ConformancePackInputParameters") or []}
    template = Template(self._get_param("TemplateBody"), given)
    backend = config_backends[self.current_account][self.region]
    remove_rules(backend, known.pop(name, []))
    deployed = []
    for rule in template.rules():
        rule["ConfigRuleName"] += SUFFIX
        rule["InputParameters"] = json.dumps(rule["InputParameters"])
        backend.put_config_rule(rule)
        deployed.append(rule["ConfigRuleName"])
    known[name] = deployed
    return {"ConformancePackArn": arn(self, name)}


def arn(self, name: str) -> str:
    return f"arn:{self.partition}:config:{self.region}:{self.current_account}:conformance-pack/{name}/conformance-pack-a"


def describe_conformance_pack_status(self, known: dict) -> dict:
    details = [
        {
            "ConformancePackName": name,
            "ConformancePackId": "conformance-pack-a",
            "ConformancePackArn": arn(self, name),
            "ConformancePackState": "CREATE_COMPLETE",
            "StackArn": f"arn:{self.partition}:cloudformation:{self.region}:{self.current_account}:stack/awsconfigconforms-{name}/a",
            "LastUpdateRequestedTime": 0,
        }
        for name in known
    ]
    return {"ConformancePackStatusDetails": details}


def describe_conformance_pack_compliance(self, known: dict) -> dict:
    name = self._get_param("ConformancePackName")
    rules = [{"ConfigRuleName": rule, "ComplianceType": "INSUFFICIENT_DATA", "Controls": []} for rule in known[name]]
    return {"ConformancePackName": name, "ConformancePackRuleComplianceList": rules}


def get_conformance_pack_compliance_details(self, known: dict) -> dict:
    return {"ConformancePackName": self._get_param("ConformancePackName"), "ConformancePackRuleEvaluationResults": []}


def delete_conformance_pack(self, known: dict) -> dict:
    name = self._get_param("ConformancePackName")
    remove_rules(config_backends[self.current_account][self.region], known.pop(name))
    return {}


def remove_rules(backend, names: list[str]) -> None:
    for name in names:
        backend.config_rules.pop(name)
