"""check.py RULES_CLI N: how the cost of the search for paths grows from N/2 to N and to 2N principals."""

import json
import os
import re
import subprocess
import sys
import tempfile

ACCOUNT = "111122223333"
MOST = 2.3


def arn(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def statement(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def inline(*statements):
    return [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]


def user(name, statements, attached=(), tags=(), boundary=None):
    record = {"Path": "/", "UserName": name, "UserId": f"AIDA{name.upper()}", "Arn": arn("user", name),
              "CreateDate": "2026-01-01T00:00:00Z", "UserPolicyList": inline(*statements) if statements else [],
              "GroupList": [], "AttachedManagedPolicies": [attachment(policy) for policy in attached],
              "Tags": [{"Key": key, "Value": value} for key, value in tags]}
    return bounded(record, boundary)


def role(name, principal, statements, attached=(), boundary=None):
    trust = {"Version": "2012-10-17",
             "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    record = {"Path": "/", "RoleName": name, "RoleId": f"AROA{name.upper()}", "Arn": arn("role", name),
              "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
              "RolePolicyList": inline(*statements) if statements else [], "Tags": [],
              "AttachedManagedPolicies": [attachment(policy) for policy in attached]}
    return bounded(record, boundary)


def bounded(record, boundary):
    if boundary:
        record["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy",
                                         "PermissionsBoundaryArn": arn("policy", boundary)}
    return record


def attachment(policy):
    return {"PolicyName": policy, "PolicyArn": arn("policy", policy)}


def managed(name, *statements):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"PolicyName": name, "PolicyId": f"ANPA{name.upper()}", "Arn": arn("policy", name), "Path": "/",
            "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": True,
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}]}


OWN = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
EVERYTHING = statement("*")


def shapes(count):
    """Accounts of `count` users, by name: users, roles and policies."""
    users, half = range(count), range(count // 2)
    yield "keys of all users", [user(f"u{i}", [statement("iam:CreateAccessKey", arn("user", "*"))]) for i in users], [], []
    assume = statement("sts:AssumeRole")
    yield ("roles for all principals", [user(f"u{i}", [assume]) for i in users], [role(f"r{i}", OWN, [assume]) for i in half], [])
    chain = [role(f"r{i}", OWN, [statement("sts:AssumeRole", arn("role", f"r{i + 1}"))]) for i in half]
    chain.append(role(f"r{count // 2}", OWN, [EVERYTHING]))
    yield "a chain of roles", [user(f"u{i}", [statement("sts:AssumeRole", arn("role", "r0"))]) for i in users], chain, []
    run = [statement("iam:PassRole"), statement("lambda:*")]
    service = {"Service": "lambda.amazonaws.com"}
    yield "roles to pass", [user(f"u{i}", run) for i in users], [role(f"r{i}", service, run) for i in half], []
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    yield ("everything but IAM", [user(f"u{i}", [EVERYTHING, deny]) for i in users], [role(f"r{i}", OWN, [assume]) for i in half], [])
    named = {"Condition": {"ArnLike": {"iam:PolicyARN": arn("policy", "team-*")}}}
    attach = statement(["iam:AttachUserPolicy", "iam:AttachRolePolicy"], **named)
    yield ("policies of some names", [user(f"u{i}", [attach, assume]) for i in users],
           [role(f"r{i}", OWN, [], [f"team-{i}"]) for i in half],
           [managed(f"team-{i}", assume, statement("s3:GetObject", f"arn:aws:s3:::b{i}/*")) for i in users])
    alike = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}
    abac = managed("abac", statement(["iam:CreateAccessKey", "iam:TagUser"], arn("user", "*"), **alike))
    yield "tags", [user(f"u{i}", [], ["abac"], [("team", f"t{i % 50}")]) for i in users], [], [abac]
    within = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": arn("policy", "fence")}}}
    create = statement(["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"], arn("role", "app-*"), **within)
    fence = managed("fence", statement(["s3:*", "lambda:*", "iam:PassRole", "iam:CreateRole", "iam:PutRolePolicy",
                                        "iam:AttachRolePolicy"]))
    yield ("delegated administration", [user(f"u{i}", [create, *run], boundary="fence") for i in users],
           [role(f"app-{i}", service, [], boundary="fence") for i in half], [fence])


def instructions(cli, account):
    with tempfile.TemporaryDirectory() as folder:
        names = ["UserDetailList", "RoleDetailList", "Policies"]
        details = {**dict(zip(names, account)), "GroupDetailList": [], "IsTruncated": False}
        with open(os.path.join(folder, "account-authorization-details.json"), "w", encoding="utf-8") as file:
            json.dump(details, file)
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", cli, "evaluate", "--input", folder,
                   "--rule", "no-privilege-escalation", "--format", "ndjson"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        counted = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode not in (0, 1, 2) or counted is None or done.stdout.count("\n") < len(account[0]):
            sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
        return int(counted.group(1))


def main():
    cli, middle = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    sizes = [middle // 2, middle, 2 * middle]
    # The work for an empty account is not part of the growth.
    nothing = instructions(cli, ([user("u0", [])], [], []))
    failed = False
    for name, *_ in shapes(1):
        accounts = [next(account for this, *account in shapes(size) if this == name) for size in sizes]
        counts = [instructions(cli, account) - nothing for account in accounts]
        growth = max(later / max(earlier, 1) for earlier, later in zip(counts, counts[1:]))
        failed |= growth > MOST
        millions = ", ".join(f"{size}: {count / 1e6:.0f} M" for size, count in zip(sizes, counts))
        print(f"{'grows too fast: ' if growth > MOST else ''}{name}: {millions}; at most {growth:.2f} times when doubled")
    sys.exit(failed)


if __name__ == "__main__":
    main()
