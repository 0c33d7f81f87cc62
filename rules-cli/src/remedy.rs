//! The remediation of a finding, as data: steps with the names of the account.
//!
//! The page of a rule describes the remediation for every account; these are the commands for this account. An unknown
//! value, such as the name of a bucket, is a placeholder in capitals.

mod audit;
mod shell;

use rules_core::config::{EvaluatedResource, Finding, FindingCode};
use rules_core::text::is_hidden;

pub(crate) use self::shell::ShellCommand;

/// How to fix something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// The change in a few words, such as `Give user ada an MFA device`.
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
}

/// One step of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// What to do by hand.
    Do(String),
    /// A command to run.
    Run(ShellCommand),
}

/// Where the change is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) partition: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) resource: &'a EvaluatedResource,
    pub(crate) finding: &'a Finding,
}

impl Remedy {
    /// How to fix a finding; none for a code that this program does not know.
    pub(crate) fn of(target: Target<'_>) -> Option<Self> {
        audit::remedy(target).or_else(|| of_iam(target))
    }

    fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), steps: Vec::new() }
    }

    fn step(mut self, step: impl Into<String>) -> Self {
        self.steps.push(Step::Do(step.into()));
        self
    }

    /// A command, unless a word of it has characters that a terminal does not show: the reader could not check it.
    fn run<const N: usize>(mut self, words: [&str; N]) -> Self {
        let is_plain = words.iter().all(|word| !word.chars().any(is_hidden));
        self.steps.push(match is_plain {
            true => Step::Run(ShellCommand::new(words)),
            false => Step::Do("A name contains invisible characters: make this change in the console.".to_owned()),
        });
        self
    }
}

impl Target<'_> {
    /// `user ada`.
    fn label(&self) -> String {
        format!("{} {}", self.kind(), self.name())
    }

    /// `user`.
    fn kind(&self) -> String {
        self.resource.resource_type.rsplit("::").next().unwrap_or_default().to_lowercase()
    }

    fn name(&self) -> &str {
        self.resource.name.as_deref().unwrap_or(&self.resource.id)
    }

    fn policy(&self) -> &str {
        self.finding.policy.as_deref().unwrap_or("POLICY")
    }

    /// The group that the policy comes from, where it comes from one.
    fn group(&self) -> Option<&str> {
        match self.finding.path.as_slice() {
            [_, group, _] => Some(group),
            _ => None,
        }
    }
}

fn of_iam(target: Target<'_>) -> Option<Remedy> {
    let name = target.name();
    let remedy = match target.finding.code {
        FindingCode::RootMfaOff => Remedy::new("Assign a hardware MFA device or passkey to the root user")
            .step(format!(
                "Sign in as the root user of account {}. Under Security credentials, choose Assign MFA device. Register a \
                 passkey or security key, and a second one that you keep in another place.",
                target.account
            ))
            .step("In a member account of an organization, remove the root user's credentials instead:")
            .run(["aws", "iam", "enable-organizations-root-credentials-management"]),
        FindingCode::RootVirtualMfa => Remedy::new("Replace the root user's virtual MFA device by a hardware device or passkey").step(
            format!(
                "Sign in as the root user of account {}. Under Security credentials, assign a passkey or security key, then \
                 remove the virtual device.",
                target.account
            ),
        ),
        FindingCode::RootCredentialExists => Remedy::new("Remove the root user's credentials")
            .step("From the management account or the delegated administrator of IAM, in a privileged root session:")
            .run([
                "aws",
                "sts",
                "assume-root",
                "--target-principal",
                target.account,
                "--task-policy-arn",
                "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials",
            ])
            .step("With that session:")
            .run(["aws", "iam", "delete-login-profile"]),
        FindingCode::RootAccessKey => Remedy::new("Delete the root user's access keys")
            .step("First replace the key by a role or another user. Then, as the root user, deactivate the key, wait, and delete it:")
            .run(["aws", "iam", "list-access-keys"])
            .run(["aws", "iam", "update-access-key", "--status", "Inactive", "--access-key-id", "KEY_ID"])
            .run(["aws", "iam", "delete-access-key", "--access-key-id", "KEY_ID"]),
        FindingCode::RootSigningCertificate => Remedy::new("Delete the root user's signing certificate")
            .step("As the root user:")
            .run(["aws", "iam", "list-signing-certificates"])
            .run(["aws", "iam", "delete-signing-certificate", "--certificate-id", "CERTIFICATE_ID"]),
        FindingCode::RootUsed => Remedy::new("Use a role for the task of the root user")
            .step("Find out who used the root user, and for what:")
            .run([
                "aws",
                "cloudtrail",
                "lookup-events",
                "--region",
                target.region,
                "--lookup-attributes",
                "AttributeKey=Username,AttributeValue=root",
            ])
            .step("Perform the task with a role that has only the permissions it needs. The verdict changes when the window has passed."),
        FindingCode::NoAdministrator => Remedy::new("Create an administrator")
            .step("Use IAM Identity Center if possible. In the account itself, create a role that people of a trusted account assume with MFA:")
            .run([
                "aws",
                "iam",
                "attach-role-policy",
                "--role-name",
                "ROLE",
                "--policy-arn",
                &format!("arn:{}:iam::aws:policy/AdministratorAccess", target.partition),
            ]),
        FindingCode::AdminWithoutMfa => Remedy::new(format!("Assign an MFA device to user {name}"))
            .run([
                "aws",
                "iam",
                "create-virtual-mfa-device",
                "--virtual-mfa-device-name",
                name,
                "--bootstrap-method",
                "QRCodePNG",
                "--outfile",
                "qr.png",
            ])
            .run([
                "aws",
                "iam",
                "enable-mfa-device",
                "--user-name",
                name,
                "--serial-number",
                &format!("arn:{}:iam::{}:mfa/{name}", target.partition, target.account),
                "--authentication-code1",
                "CODE1",
                "--authentication-code2",
                "CODE2",
            ])
            .step("Or remove the administrator permissions of the user:")
            .without_policy(target),
        FindingCode::AdminWithVirtualMfa => Remedy::new(format!("Assign a hardware MFA device or passkey to user {name}"))
            .step(format!("In the console: IAM, Users, {name}, Security credentials, Assign MFA device. Then remove the virtual device:"))
            .run(["aws", "iam", "list-mfa-devices", "--user-name", name])
            .run(["aws", "iam", "deactivate-mfa-device", "--user-name", name, "--serial-number", "SERIAL_NUMBER"]),
        FindingCode::ScoreBelowMinimum | FindingCode::PrincipalScoreBelowMinimum => narrower(target),
        FindingCode::CanBecomeAdministrator | FindingCode::CanBecomeAdministratorUncertain => {
            let way = target.finding.path.join(", then ");
            Remedy::new(format!("Close the escalation path of {}", target.label()))
                .step(format!("The path: {way}. To close it, deny one of its steps."))
                .without_policy(target)
        }
        _ => return None,
    };
    Some(remedy)
}

/// A policy that allows too much.
fn narrower(target: Target<'_>) -> Remedy {
    let policy = target.policy();
    let is_managed = target.kind() == "policy";
    let title = match target.finding.statement.as_deref() {
        Some(statement) => format!("Narrow statement {statement} of policy {policy}"),
        None => format!("Narrow policy {policy}"),
    };
    let remedy = Remedy::new(title).step(
        "Write a new policy with the actions that are used, on the resources that need them, and score it before it \
         is deployed:",
    );
    let remedy = remedy.run(["rules-cli", "score", "policy.json"]);
    match &target.resource.arn {
        Some(arn) if is_managed => remedy.run([
            "aws",
            "iam",
            "create-policy-version",
            "--policy-arn",
            arn.as_str(),
            "--set-as-default",
            "--policy-document",
            "file://policy.json",
        ]),
        _ if target.finding.code == FindingCode::ScoreBelowMinimum => {
            let (kind, name) = (target.kind(), target.name());
            let (command, option) = (format!("put-{kind}-policy"), format!("--{kind}-name"));
            let document = "file://policy.json";
            remedy.run(["aws", "iam", &command, &option, name, "--policy-name", policy, "--policy-document", document])
        }
        _ => remedy.step(match target.group() {
            Some(group) => {
                format!("The policy comes from group {group}: a change affects all members of the group.")
            }
            None => {
                format!(
                    "You cannot change an AWS managed policy: attach a customer managed policy to {} instead.",
                    target.label()
                )
            }
        }),
    }
}

impl Remedy {
    /// What takes the policy of the finding away.
    fn without_policy(self, target: Target<'_>) -> Self {
        let Some(policy) = target.finding.policy.as_deref() else { return self };
        match target.group() {
            Some(group) if target.kind() == "user" => {
                self.run(["aws", "iam", "remove-user-from-group", "--user-name", target.name(), "--group-name", group])
            }
            _ => self.step(format!(
                "Detach policy {policy} from {}, or remove the statement that the finding names.",
                target.label()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use rules_core::config::{EvaluatedResource, Finding, FindingCode};

    use super::{Remedy, Step, Target};

    fn remedy(code: FindingCode, name: &str) -> Option<Remedy> {
        let resource = EvaluatedResource {
            resource_type: "AWS::IAM::User".to_owned(),
            id: "AIDAADA".to_owned(),
            name: Some(name.to_owned()),
            arn: None,
        };
        let path = [name, "admins", "everything"].map(str::to_owned).into();
        let mut finding = Finding::new(code, "wrong");
        (finding.policy, finding.path) = (Some("everything".to_owned()), path);
        let target = Target {
            partition: "aws",
            account: "111122223333",
            region: "us-east-1",
            resource: &resource,
            finding: &finding,
        };
        Remedy::of(target)
    }

    #[test]
    fn every_finding_has_a_remedy() {
        for code in FindingCode::ALL {
            let remedy = remedy(*code, "ada").unwrap_or_else(|| panic!("{code}"));
            assert!(!remedy.title.is_empty() && !remedy.steps.is_empty(), "{code}");
        }
        assert_eq!(remedy(FindingCode::Custom("unheard-of"), "ada"), None);
    }

    #[test]
    fn commands_have_the_accounts_own_names() {
        let remedy = remedy(FindingCode::AdminWithoutMfa, "o'neil $(x)").unwrap();
        let commands: Vec<String> = remedy
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Run(command) => Some(command.to_string()),
                Step::Do(_) => None,
            })
            .collect();
        assert!(commands.iter().all(|command| command.contains(r"'o'\''neil $(x)'")), "{commands:?}");
        assert!(commands[1].contains(r"'arn:aws:iam::111122223333:mfa/o'\''neil $(x)'"), "{commands:?}");
    }

    #[test]
    fn no_command_has_characters_that_do_not_show() {
        let remedy = remedy(FindingCode::AdminWithoutMfa, "a\u{1b}[2J").unwrap();
        assert!(remedy.steps.iter().all(|step| matches!(step, Step::Do(_))), "{remedy:?}");
    }
}
