"""Serves moto's IAM, STS and so on from one process on a free port of loopback, until standard input is closed.

    moto_server.py ROOT

ROOT is a JSON object of what the root user has, which no API can tell moto: {"password", "mfa", "access_keys"}. The first
line of output is the port. Where moto's answers lack something that AWS delivers, it is added here.
"""

import datetime
import io
import json
import os
import sys

import cbor2

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import conformance_packs  # noqa: E402
from moto.cloudformation import parsing  # noqa: E402
from moto.cloudformation.models import ChangeSet  # noqa: E402
from moto.config.models import ConfigRecorderStatus  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.iam import models, responses  # noqa: E402
from moto.moto_server import threaded_moto_server  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

MADE = "2023-01-01T00:00:00+00:00"


def name_policies() -> None:
    """GetAccountAuthorizationDetails of moto has neither names nor ids of managed policies."""
    models.ManagedPolicy.policy_name = property(lambda policy: policy.name)
    models.ManagedPolicy.policy_id = property(lambda policy: policy.id)


def bound_users() -> None:
    """moto does not know PutUserPermissionsBoundary."""

    def put_user_permissions_boundary(self):
        user = self.backend.get_user(self._get_param("UserName"))
        arn = self._get_param("PermissionsBoundary")
        user.permissions_boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        return responses.EmptyResult()

    responses.IamResponse.put_user_permissions_boundary = put_user_permissions_boundary


def give_root(root: dict) -> None:
    """moto has no root user: neither in the account's summary nor in the credential report."""
    flag = {True: "true", False: "false"}
    keys = root.get("access_keys", 0)
    summary = models.AccountSummary
    summary_map = summary.summary_map.fget

    def with_root(self):
        return {
            **summary_map(self),
            "AccountMFAEnabled": int(root["mfa"]),
            "AccountPasswordPresent": int(root["password"]),
            "AccountAccessKeysPresent": int(keys > 0),
        }

    summary.summary_map = property(with_root)
    report = models.IAMBackend.get_credential_report

    def report_with_root(backend) -> str:
        header, rows = report(backend).split("\n", 1)
        cells = dict.fromkeys(header.split(","), "N/A")
        cells.update(
            user="<root_account>",
            arn=f"arn:{backend.partition}:iam::{backend.account_id}:root",
            user_creation_time=MADE,
            password_enabled=flag[root["password"]],
            password_last_used="no_information" if root["password"] else "N/A",
            mfa_active=flag[root["mfa"]],
            cert_1_active="false",
            cert_2_active="false",
        )
        for number in (1, 2):
            cells[f"access_key_{number}_active"] = flag[keys >= number]
            if keys >= number:
                cells[f"access_key_{number}_last_rotated"] = MADE
        return "\n".join([header, ",".join(cells.values()), rows])

    models.IAMBackend.get_credential_report = report_with_root


def deliver_configuration() -> None:
    """A recorder of moto never gets beyond PENDING."""
    start = ConfigRecorderStatus.start

    def start_and_deliver(status) -> None:
        start(status)
        status.last_status = "SUCCESS"

    ConfigRecorderStatus.start = start_and_deliver


class InCbor:
    """moto knows CloudWatch's JSON; this speaks CBOR around it."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        service, _, operation = environ["PATH_INFO"].removeprefix("/service/").partition("/operation/")
        if not operation:
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        text = json.dumps(cbor2.loads(body)).encode()
        environ.update(
            {
                "PATH_INFO": "/",
                "RAW_URI": "/",
                "REQUEST_URI": "/",
                "CONTENT_TYPE": "application/x-amz-json-1.0",
                "CONTENT_LENGTH": str(len(text)),
                "HTTP_X_AMZ_TARGET": f"{service}.{operation}",
                "wsgi.input": io.BytesIO(text),
            }
        )
        answered = {}

        def keep(status, headers, exc_info=None) -> None:
            answered["status"] = status

        answer = b"".join(self.app(environ, keep))
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        start_response(answered["status"], headers)
        return [cbor2.dumps(self.tagged(json.loads(answer)))]

    def tagged(self, value, name=""):
        """Moments are marked as such in CBOR."""
        if isinstance(value, dict):
            return {name: self.tagged(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.tagged(item) for item in value]
        return cbor2.CBORTag(1, value) if name.endswith("Timestamp") else value


def speak_cbor() -> None:
    application = threaded_moto_server.DomainDispatcherApplication
    threaded_moto_server.DomainDispatcherApplication = lambda create: InCbor(application(create))


def date_reports() -> None:
    """moto says of every credential report that it was made in 2015."""

    def get_credential_report(self):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        report = {"Content": self.backend.get_credential_report(), "ReportFormat": "text/csv", "GeneratedTime": now}
        return ActionResult(report)

    responses.IamResponse.get_credential_report = get_credential_report


def write_policies_of_stacks() -> None:
    """moto keeps the inline policies of a role that a stack makes as Python has them, which no answer can hold."""
    put = models.Role.put_policy

    def put_policy(self, policy_name: str, policy_json) -> None:
        put(self, policy_name, policy_json if isinstance(policy_json, str) else json.dumps(policy_json))

    models.Role.put_policy = put_policy


def update_only_what_there_is() -> None:
    """moto updates the resources whose condition does not hold as well."""
    update = parsing.parse_and_update_resource

    def parse_and_update_resource(logical_id: str, resource_json: dict, resources_map, **where):
        if resources_map[logical_id] is None:
            return None
        return update(logical_id, resource_json, resources_map, **where)

    parsing.parse_and_update_resource = parse_and_update_resource


def output_after_change_sets() -> None:
    """moto works out a stack's outputs when it makes the stack, which is before a change set gives it resources."""
    apply = ChangeSet.apply

    def apply_and_output(self) -> None:
        apply(self)
        self.stack.template_dict = self.template_dict
        self.stack.output_map = self.stack._create_output_map()

    ChangeSet.apply = apply_and_output


def main() -> None:
    name_policies()
    deliver_configuration()
    speak_cbor()
    bound_users()
    date_reports()
    write_policies_of_stacks()
    update_only_what_there_is()
    output_after_change_sets()
    conformance_packs.install()
    give_root(json.loads(sys.argv[1]))
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    # Whoever started this process holds the other end, and lets go of it however it ends.
    sys.stdin.read()


if __name__ == "__main__":
    main()
