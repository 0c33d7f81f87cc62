"""Accounts to look at in a browser: files as the AWS CLI writes them."""

import csv
import json
from pathlib import Path

ACCOUNT = "111122223333"
HOSTILE = ['"><script>alert(1)</script>', "=cmd()", "\u001b[2J\u001b]0;x\u0007", "\u202enosj", "a\u2028b", "<!--", "]]>", "&lt;b&gt;",
           "javascript:alert(1)", "' onmouseover='alert(1)"]
COLUMNS = ("user arn user_creation_time password_enabled password_last_used password_last_changed password_next_rotation "
           "mfa_active access_key_1_active access_key_1_last_rotated access_key_1_last_used_date access_key_1_last_used_region "
           "access_key_1_last_used_service access_key_2_active access_key_2_last_rotated access_key_2_last_used_date "
           "access_key_2_last_used_region access_key_2_last_used_service cert_1_active cert_1_last_rotated cert_2_active "
           "cert_2_last_rotated").split()


def user(name, number, statement):
    policies = [{"PolicyName": name if name in HOSTILE else f"inline-{number % 50}",
                 "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]
    return {"Path": "/", "UserName": name, "UserId": f"AIDA{number:016}", "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
            "CreateDate": "2024-01-01T00:00:00Z", "UserPolicyList": policies, "GroupList": [], "AttachedManagedPolicies": [],
            "Tags": []}


def statement(number, name):
    if name in HOSTILE:
        return {"Sid": name, "Effect": "Allow", "Action": "*", "Resource": "*"}
    if number % 50 == 0:
        return {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if number % 10 < 7:
        return {"Sid": "Wide", "Effect": "Allow", "Action": ["iam:*", "s3:*", "ec2:Describe*"], "Resource": "*"}
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::bucket-{number}/report.csv"}


def write(folder, users):
    """An account in which most users ask for a look, those with hostile names among them."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = HOSTILE + [f"user-{number:05}" for number in range(users - len(HOSTILE))]
    records = [user(name, number, statement(number, name)) for number, name in enumerate(names)]
    details = {"UserDetailList": records, "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    (folder / "account-authorization-details.json").write_text(json.dumps(details))
    summary = {"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1, "AccountPasswordPresent": 1}}
    (folder / "account-summary.json").write_text(json.dumps(summary))
    rest = ["N/A", "N/A", "N/A", "N/A", "false", "N/A", "N/A", "N/A", "N/A", "false", "N/A", "false", "N/A"]
    with open(folder / "credential-report.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerow(["<root_account>", f"arn:aws:iam::{ACCOUNT}:root", "2020-01-01T00:00:00+00:00", "not_supported",
                       "2026-01-30T00:00:00+00:00", "not_supported", "not_supported", "false", "true", *rest])
        for name in names[len(HOSTILE):]:
            rows.writerow([name, f"arn:aws:iam::{ACCOUNT}:user/{name}", "2024-01-01T00:00:00+00:00", "true", "no_information",
                           "2025-09-01T00:00:00+00:00", "N/A", "false", "false", *rest])
