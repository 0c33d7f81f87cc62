//! The commands of `docs/install.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rules_tests::binaries;
use rules_tests::canary;
use rules_tests::moto::Moto;
use serde_json::Value;

/// A block of commands under a heading.
struct Block {
    section: String,
    kind: Kind,
    commands: String,
    /// The paragraph before.
    introduction: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Run by the test here.
    Run,
    /// Needs AWS itself.
    RealAccount,
    /// Run by the continuous integration, since it takes minutes.
    Ci,
}

/// The AWS CLI finds the variable with the endpoint for every service but SQS.
const AWS: &str = "aws() { command aws --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }\n";

pub(super) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every block of the guide, in order.
fn blocks() -> Vec<Block> {
    let guide = std::fs::read_to_string(repository().join("docs/install.md")).unwrap();
    let lines: Vec<&str> = guide.lines().collect();
    let mut blocks = Vec::new();
    let mut section = "";
    let mut inside: Option<(Kind, usize)> = None;
    for (number, line) in lines.iter().enumerate() {
        match (line.strip_prefix("```"), inside) {
            (Some(_), Some((kind, start))) => {
                let commands = lines[start + 1..number].iter().map(|line| format!("{line}\n")).collect();
                let introduction = paragraph_before(&lines[..start]);
                blocks.push(Block { section: section.to_owned(), kind, commands, introduction });
                inside = None;
            }
            (Some(info), None) => inside = Some((Kind::of(info), number)),
            (None, Some(_)) => {}
            (None, None) => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    blocks
}

impl Kind {
    fn of(info: &str) -> Self {
        match info {
            "sh" => Self::Run,
            "sh real-account" => Self::RealAccount,
            "sh ci" => Self::Ci,
            other => panic!("a block of `{other}`: is it run, and by whom?"),
        }
    }
}

fn paragraph_before(lines: &[&str]) -> String {
    let rest = lines.iter().rev().skip_while(|line| line.is_empty());
    let mut paragraph: Vec<&str> = rest.take_while(|line| !line.is_empty()).copied().collect();
    paragraph.reverse();
    paragraph.join(" ")
}

#[test]
fn every_command_is_run_or_says_what_it_needs() {
    let ci = std::fs::read_to_string(repository().join(".ci/run")).unwrap();
    for block in blocks() {
        let marked = |mark: &str| block.introduction.contains(mark);
        match block.kind {
            Kind::Run => assert!(!marked("(real account)") && !marked("(run by CI)"), "{}", block.commands),
            Kind::RealAccount => assert!(marked("*(real account)*"), "{}", block.commands),
            Kind::Ci => {
                assert!(marked("*(run by CI)*"), "{}", block.commands);
                assert!(ci.contains(block.commands.trim()), "CI does not run {}", block.commands);
            }
        }
    }
}

/// A folder in which the guide is followed.
pub(super) struct Follower<'a> {
    moto: &'a Moto,
    folder: tempfile::TempDir,
    /// What has been run, since later commands use variables of earlier ones.
    variables: BTreeMap<String, String>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(moto: &'a Moto) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dist = folder.path().join("target/dist");
        std::fs::create_dir_all(&dist).unwrap();
        // Nothing runs it in moto; building the real one takes minutes.
        std::fs::write(dist.join("rules-lambda-x86_64.zip"), "a zip file").unwrap();
        std::os::unix::fs::symlink(repository().join("conformance-pack"), folder.path().join("conformance-pack"))
            .unwrap();
        let follower = Self { moto, folder, variables: BTreeMap::new() };
        follower.script("aws s3 mb s3://my-artifacts");
        follower
    }

    /// Runs the commands of a section.
    pub(super) fn follow(&mut self, section: &str) {
        let of_section = |block: &&Block| block.section == section && block.kind == Kind::Run;
        let blocks = blocks();
        let commands: Vec<&str> = blocks.iter().filter(of_section).map(|block| block.commands.as_str()).collect();
        assert!(!commands.is_empty(), "section `{section}` has no commands to run");
        // Of the variables those that the guide sets, not those of the environment.
        let declared = "declare -p | grep '^declare -- '";
        let output = self.script(&format!("{}\nprintf '\\n===\\n'\n{declared}", commands.join("\n")));
        let (_, declared) = output.rsplit_once("\n===\n").unwrap();
        // declare -- name="value"
        for line in declared.lines() {
            let variable = line.strip_prefix("declare -- ").and_then(|declared| declared.split_once('='));
            if let Some((name, value)) =
                variable.filter(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Makes a stack of the function's with these parameters besides the place of its code.
    pub(super) fn deploy(&self, stack: &str, parameters: &[(&str, &str)]) {
        let own = [("CodeBucket", "$bucket"), ("CodeKey", "rules-lambda/$version.zip")];
        let parameters = own.iter().chain(parameters);
        // Without quotes of its own, the AWS CLI takes a value with a comma for a list.
        let parameters: String =
            parameters.map(|(name, value)| format!(" ParameterKey={name},ParameterValue=\\\"{value}\\\"")).collect();
        self.script(&format!(
            "aws cloudformation create-stack --stack-name {stack} --capabilities CAPABILITY_IAM \
             --template-body file://conformance-pack/function.yaml --parameters{parameters}"
        ));
    }

    /// What a command of the AWS CLI answers.
    pub(super) fn aws(&self, arguments: &str) -> Value {
        let answer = self.script(&format!("aws --output json {arguments}"));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error} in {answer}"))
    }

    fn script(&self, commands: &str) -> String {
        let variables: String = self.variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        let programs = binaries::path("rules-cli");
        let programs = programs.parent().unwrap().display();
        let python = repository().join(".venv/bin");
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("{AWS}{variables}{commands}")])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:{programs}:/usr/local/bin:/usr/bin:/bin", python.display()))
            .env("HOME", self.folder.path())
            .env("AWS_ENDPOINT_URL", self.moto.url())
            .envs(canary::CREDENTIALS)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for stream in [&output.stdout, &output.stderr] {
            canary::assert_absent(commands, &text(stream));
        }
        assert!(
            output.status.success(),
            "{commands}\nends with {}:\n{}{}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        );
        text(&output.stdout)
    }
}
