//! Writes the files of an account of any size, for measurements: `large-account USERS FOLDER`.
//!
//! Half as many roles as users, one group for a hundred users, managed policies of AWS attached throughout, an inline
//! policy for every third user and role, and a customer-managed policy for every tenth user. The same size gives the
//! same bytes.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::print_stderr, reason = "a tool of the tests")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, users, folder] = arguments.as_slice() else {
        eprintln!("usage: large-account USERS FOLDER");
        std::process::exit(2);
    };
    let users = users.parse().expect("a number of users");
    write(users, Path::new(folder)).expect("files can be written");
}

fn write(users: usize, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let managed: Vec<(String, Value)> = rules_tests::managed_policies::all()
        .into_iter()
        .map(|(name, text)| (name, serde_json::from_str(&text).expect("the setup wrote JSON")))
        .collect();
    let details = details(users, &managed);
    serde_json::to_writer(BufWriter::new(File::create(folder.join("account-authorization-details.json"))?), &details)?;
    let summary = json!({"SummaryMap": {
        "Users": users, "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0,
        "AccountSigningCertificatesPresent": 0, "AccountPasswordPresent": 1,
    }});
    serde_json::to_writer(File::create(folder.join("account-summary.json"))?, &summary)?;
    serde_json::to_writer(File::create(folder.join("virtual-mfa-devices.json"))?, &json!({"VirtualMFADevices": []}))?;
    let mut report = BufWriter::new(File::create(folder.join("credential-report.csv"))?);
    let row = |report: &mut BufWriter<File>, name: &str, arn: &str, mfa: bool| {
        writeln!(
            report,
            "{name},{arn},2023-01-01T00:00:00+00:00,true,2024-05-01T00:00:00+00:00,2024-04-01T00:00:00+00:00,N/A,{mfa},\
             false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        )
    };
    writeln!(report, "{}", HEADER)?;
    row(&mut report, "<root_account>", &format!("arn:aws:iam::{ACCOUNT}:root"), true)?;
    for user in 0..users {
        row(&mut report, &format!("user-{user}"), &format!("arn:aws:iam::{ACCOUNT}:user/user-{user}"), user % 4 != 0)?;
    }
    Ok(())
}

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn details(users: usize, managed: &[(String, Value)]) -> Value {
    let groups = users.div_ceil(100);
    let attached = |index: usize| {
        let name = &managed[index % managed.len()].0;
        json!({"PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")})
    };
    let inline = |index: usize, bucket: &str| match index % 3 {
        0 => json!([{"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:aws:s3:::{bucket}-{index}/*")},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{bucket}-{index}")},
        ]}}]),
        _ => json!([]),
    };
    let user = |index: usize| {
        let mut policies = vec![attached(index * 7)];
        if index.is_multiple_of(10) {
            policies.push(json!({"PolicyName": format!("own-{index}"), "PolicyArn": format!("arn:aws:iam::{ACCOUNT}:policy/own-{index}")}));
        }
        if index.is_multiple_of(50) {
            policies.push(json!({"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}));
        }
        json!({
            "Path": "/", "UserName": format!("user-{index}"), "UserId": format!("AIDAUSER{index:012}"),
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/user-{index}"), "CreateDate": "2023-01-01T00:00:00Z",
            "UserPolicyList": inline(index, "user"), "GroupList": [format!("group-{}", index % groups)],
            "AttachedManagedPolicies": policies,
        })
    };
    let group = |index: usize| {
        json!({
            "Path": "/", "GroupName": format!("group-{index}"), "GroupId": format!("AGPAGROUP{index:011}"),
            "Arn": format!("arn:aws:iam::{ACCOUNT}:group/group-{index}"), "CreateDate": "2023-01-01T00:00:00Z",
            "GroupPolicyList": [], "AttachedManagedPolicies": [attached(index * 11 + 3)],
        })
    };
    let role = |index: usize| {
        json!({
            "Path": "/", "RoleName": format!("role-{index}"), "RoleId": format!("AROAROLE{index:012}"),
            "Arn": format!("arn:aws:iam::{ACCOUNT}:role/role-{index}"), "CreateDate": "2023-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
            "RolePolicyList": inline(index, "role"), "AttachedManagedPolicies": [attached(index * 5 + 1)],
            "InstanceProfileList": [], "Tags": [],
        })
    };
    let policy = |name: &str, arn: String, document: &Value| {
        json!({
            "PolicyName": name, "PolicyId": format!("ANPA{name}"), "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
            "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
            "PolicyVersionList": [{"Document": document, "VersionId": "v1", "IsDefaultVersion": true}],
        })
    };
    let aws = managed.iter().map(|(name, document)| policy(name, format!("arn:aws:iam::aws:policy/{name}"), document));
    let own = (0..users).step_by(10).map(|index| {
        let name = format!("own-{index}");
        let document = &managed[(index * 3) % managed.len()].1;
        policy(&name, format!("arn:aws:iam::{ACCOUNT}:policy/{name}"), document)
    });
    json!({
        "UserDetailList": (0..users).map(user).collect::<Vec<_>>(),
        "GroupDetailList": (0..groups).map(group).collect::<Vec<_>>(),
        "RoleDetailList": (0..users / 2).map(role).collect::<Vec<_>>(),
        "Policies": aws.chain(own).collect::<Vec<_>>(),
    })
}
