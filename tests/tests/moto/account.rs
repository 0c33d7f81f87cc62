use aws_sdk_iam::Client;
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use rules_tests::canary::SECRET_ACCESS_KEY;
use rules_tests::moto::Moto;

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ALL_OF_IAM: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#;
const ALL_OF_S3: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const ONE_OBJECT: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/2026.csv"}}"#;
const EC2: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

pub(super) const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A client for the API of moto.
pub(super) fn client(moto: &Moto) -> Client {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(moto.url())
        .credentials_provider(Credentials::new("key", SECRET_ACCESS_KEY, None, None, "tests"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// A user who is an administrator as one should be: with a password and a device.
pub(super) async fn administrator(iam: &Client, name: &str) {
    iam.create_user().user_name(name).send().await.unwrap();
    attach(iam, name, ADMINISTRATOR_ACCESS).await;
    password(iam, name).await;
    device(iam, name).await;
}

/// Users who are administrators in every way, and some who are not.
pub(super) async fn build(iam: &Client) {
    administrator(iam, "ada").await;
    for name in ["bob", "cyd", "dan", "eve", "fay"] {
        iam.create_user().user_name(name).send().await.unwrap();
    }
    // bob: through a group, with a policy of the account's own.
    let everything = policy(iam, "everything", EVERYTHING).await;
    iam.create_group().group_name("admins").send().await.unwrap();
    iam.attach_group_policy().group_name("admins").policy_arn(everything).send().await.unwrap();
    iam.add_user_to_group().group_name("admins").user_name("bob").send().await.unwrap();
    password(iam, "bob").await;
    // cyd: by an inline policy, with an access key.
    put(iam, "cyd", "all", EVERYTHING).await;
    iam.create_access_key().user_name("cyd").send().await.unwrap();
    // dan: an administrator without credentials.
    attach(iam, "dan", ADMINISTRATOR_ACCESS).await;
    // eve: no administrator.
    put(iam, "eve", "read", ONE_OBJECT).await;
    password(iam, "eve").await;
    // fay: kept from being one by a boundary.
    attach(iam, "fay", ADMINISTRATOR_ACCESS).await;
    let fence = policy(iam, "fence", ALL_OF_S3).await;
    iam.put_user_permissions_boundary().user_name("fay").permissions_boundary(fence).send().await.unwrap();
    password(iam, "fay").await;
    let role = iam.create_role().role_name("app").assume_role_policy_document(EC2).send().await;
    role.unwrap();
    iam.put_role_policy().role_name("app").policy_name("iam").policy_document(ALL_OF_IAM).send().await.unwrap();
    iam.put_group_policy().group_name("admins").policy_name("read").policy_document(ONE_OBJECT).send().await.unwrap();
}

async fn policy(iam: &Client, name: &str, document: &str) -> String {
    let created = iam.create_policy().policy_name(name).policy_document(document).send().await.unwrap();
    created.policy().unwrap().arn().unwrap().to_owned()
}

async fn attach(iam: &Client, user: &str, policy: &str) {
    iam.attach_user_policy().user_name(user).policy_arn(policy).send().await.unwrap();
}

async fn put(iam: &Client, user: &str, name: &str, document: &str) {
    iam.put_user_policy().user_name(user).policy_name(name).policy_document(document).send().await.unwrap();
}

async fn password(iam: &Client, user: &str) {
    iam.create_login_profile().user_name(user).password("a password of moto's").send().await.unwrap();
}

async fn device(iam: &Client, user: &str) {
    let created = iam.create_virtual_mfa_device().virtual_mfa_device_name(user).send().await.unwrap();
    let serial = created.virtual_mfa_device().unwrap().serial_number().to_owned();
    let enable = iam.enable_mfa_device().user_name(user).serial_number(serial);
    enable.authentication_code1("123456").authentication_code2("654321").send().await.unwrap();
}

/// What is expected: rule, name and compliance. The account goes by its id.
pub(super) fn expected() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("admin-user-mfa-enabled", "ada", "COMPLIANT"),
        ("admin-user-mfa-enabled", "bob", "NON_COMPLIANT"),
        ("admin-user-mfa-enabled", "cyd", "NON_COMPLIANT"),
        ("admin-user-mfa-enabled", "dan", "NOT_APPLICABLE"),
        ("admin-user-mfa-enabled", "eve", "NOT_APPLICABLE"),
        ("admin-user-mfa-enabled", "fay", "NOT_APPLICABLE"),
        ("cloudtrail-enabled", "123456789012", "NON_COMPLIANT"),
        ("config-recorder-enabled", "123456789012", "NON_COMPLIANT"),
        ("no-privilege-escalation", "ada", "NOT_APPLICABLE"),
        ("no-privilege-escalation", "app", "NON_COMPLIANT"),
        ("no-privilege-escalation", "bob", "NOT_APPLICABLE"),
        ("no-privilege-escalation", "cyd", "NOT_APPLICABLE"),
        ("no-privilege-escalation", "dan", "NOT_APPLICABLE"),
        ("no-privilege-escalation", "eve", "COMPLIANT"),
        ("no-privilege-escalation", "fay", "COMPLIANT"),
        ("non-root-admin-exists", "123456789012", "COMPLIANT"),
        ("policy-least-privilege", "ada", "NOT_APPLICABLE"),
        ("policy-least-privilege", "admins", "COMPLIANT"),
        ("policy-least-privilege", "app", "NON_COMPLIANT"),
        ("policy-least-privilege", "bob", "NOT_APPLICABLE"),
        ("policy-least-privilege", "cyd", "NON_COMPLIANT"),
        ("policy-least-privilege", "dan", "NOT_APPLICABLE"),
        ("policy-least-privilege", "eve", "COMPLIANT"),
        ("policy-least-privilege", "everything", "NON_COMPLIANT"),
        ("policy-least-privilege", "fay", "NOT_APPLICABLE"),
        ("policy-least-privilege", "fence", "NON_COMPLIANT"),
        ("principal-least-privilege", "ada", "NON_COMPLIANT"),
        ("principal-least-privilege", "app", "NON_COMPLIANT"),
        ("principal-least-privilege", "bob", "NON_COMPLIANT"),
        ("principal-least-privilege", "cyd", "NON_COMPLIANT"),
        ("principal-least-privilege", "dan", "NON_COMPLIANT"),
        ("principal-least-privilege", "eve", "COMPLIANT"),
        // The boundary leaves all of S3: reading, destroying and publishing whatever there is.
        ("principal-least-privilege", "fay", "NON_COMPLIANT"),
        ("root-hardware-mfa-enabled", "123456789012", "NON_COMPLIANT"),
        ("root-mfa-enabled", "123456789012", "NON_COMPLIANT"),
        ("root-no-access-keys", "123456789012", "NON_COMPLIANT"),
        ("root-not-used-recently", "123456789012", "COMPLIANT"),
        ("root-usage-alarm-exists", "123456789012", "NON_COMPLIANT"),
    ]
}
