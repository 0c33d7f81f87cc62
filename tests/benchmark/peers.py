"""Asks another program about policies or accounts: peers.py PEER, the questions as JSON on standard input, the answers as JSON in
the last line of standard output. Runs in the peer's own environment."""
import collections
import collections.abc
import json
import logging
import sys
from pathlib import Path

logging.disable(logging.CRITICAL)


def cloudsplaining(documents):
    """How many findings of each kind every document has."""
    from cloudsplaining.scan.policy_document import PolicyDocument
    kinds = {
        "privilege_escalation": "allows_privilege_escalation",
        "data_exfiltration": "allows_data_exfiltration_actions",
        "resource_exposure": "permissions_management_without_constraints",
        "credentials_exposure": "credentials_exposure",
        "infrastructure_modification": "infrastructure_modification",
        "service_wildcard": "service_wildcard",
    }
    answers = {}
    for name, document in documents.items():
        policy = PolicyDocument(document)
        answers[name] = {kind: len(getattr(policy, attribute)) for kind, attribute in kinds.items()}
    return answers


def pmapper(accounts):
    """Whether a principal of an account is an administrator or can become one."""
    # The package was written for versions of Python that had these here.
    for name in ("Mapping", "MutableMapping", "OrderedDict"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    from principalmapper.graphing.gathering import create_graph
    from principalmapper.querying.presets.privesc import can_privesc
    answers = {}
    for name, (folder, principal) in accounts.items():
        details = json.loads((Path(folder) / "account-authorization-details.json").read_text())
        graph = create_graph(Session(details), ["iam", "sts", "lambda", "ec2", "cloudformation", "codebuild", "sagemaker", "ssm",
                                                "autoscaling"], region_allow_list=["us-east-1"])
        nodes = [node for node in graph.nodes if node.searchable_name().split("/")[-1] == principal]
        answers[name] = any(node.is_admin or can_privesc(graph, node)[0] for node in nodes)
    return answers


class Session:
    """An account of which only the authorization details are known."""

    def __init__(self, details):
        self.details = details

    def create_client(self, service, **_):
        return Client(service, self.details)

    def get_available_regions(self, *_, **__):
        return ["us-east-1"]


class Client:
    def __init__(self, service, details):
        self.service, self.details = service, details
        self.meta = collections.namedtuple("Meta", "endpoint_url region_name")("file", "us-east-1")

    def get_paginator(self, operation):
        client = self
        class Paginator:
            def paginate(self, **_):
                return [client.details if operation == "get_account_authorization_details" else Empty()]
        return Paginator()

    def get_caller_identity(self):
        return {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:root"}

    def __getattr__(self, _):
        return lambda **__: Empty()


class Empty(dict):
    """An answer in which every list is empty."""

    def __missing__(self, _):
        return []


def prowler(documents):
    """How many ways to escalate every document has by Prowler's list."""
    from prowler.providers.aws.services.iam.lib.privilege_escalation import check_privilege_escalation
    return {name: len(list(filter(None, check_privilege_escalation(document).split(", ")))) for name, document in documents.items()}


if __name__ == "__main__":
    ask = {"cloudsplaining": cloudsplaining, "pmapper": pmapper, "prowler": prowler}[sys.argv[1]]
    print(json.dumps(ask(json.load(sys.stdin))))
