//! Runs on a live account, as a person at a terminal and a job of CI see them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rules_tests::account::Account;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::fake_aws::FakeAws;
use rules_tests::fault::Fault;
use rules_tests::http::{Answer, Response, Server, Wire};
use rules_tests::{binaries, canary};
use serde_json::json;

/// Longer than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

const EVALUATE: [&str; 3] = ["evaluate", "--rule", "root-no-access-keys"];

fn aws() -> FakeAws {
    let account = json!({ "summary": { "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0 }, "report": { "root": ["password", "mfa"] } });
    let account: Account = serde_json::from_value(account).unwrap();
    FakeAws::start(&account)
}

/// The program with these arguments, on this account.
fn command(program: &mut Command, aws: &FakeAws, variables: &[(&str, &str)]) -> Child {
    program
        .args(["--endpoint-url", &aws.url(), "--region", "eu-west-1"])
        .env_clear()
        .envs(canary::CREDENTIALS)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("TERM", "xterm")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The program on a terminal. What it prints comes out of the standard output of the child.
fn on_a_terminal(aws: &FakeAws, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut python = Command::new("python3");
    python.args(["-c", script]).arg(binaries::path("rules-cli")).args(arguments);
    command(&mut python, aws, variables)
}

/// Holds back the answer to this call until the sender is used or dropped.
fn hold(aws: &FakeAws, action: &'static str, until: Receiver<()>) {
    aws.schedule(move |call| {
        if call.action == action {
            let _ = until.recv_timeout(PATIENCE);
        }
        None
    });
}

/// Reads until the text has come, and gives everything that was read.
fn read_until(child: &mut Child, text: &str) -> String {
    let stdout = child.stdout.as_mut().unwrap();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        let mut bytes = [0; 1024];
        let length = stdout.read(&mut bytes).unwrap();
        assert_ne!(length, 0, "the program ended after {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&bytes[..length]);
    }
    String::from_utf8_lossy(&read).into_owned()
}

#[test]
fn a_terminal_shows_the_identity_then_the_calls_and_the_end() {
    let aws = aws();
    let (answer, until) = channel();
    hold(&aws, "GetAccountSummary", until);
    let mut child = on_a_terminal(&aws, &EVALUATE, &[]);
    let before = read_until(&mut child, "iam:GetAccountSummary");
    let identity = before.find("note: running as arn:aws:sts::111122223333:").unwrap();
    assert!(identity < before.find("iam:GetAccountSummary").unwrap(), "{before}");
    answer.send(()).unwrap();
    let after = read_until(&mut child, "note: read the account with 4 calls in ");
    // The line is cleared before anything else is printed.
    let cleared = after.rfind("\u{1b}[2K").unwrap();
    assert!(cleared < after.rfind("note: read").unwrap(), "{after:?}");
    let mut rest = after[after.rfind("note: read").unwrap()..].to_owned();
    child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
    assert!(rest.contains("root-no-access-keys"), "{rest}");
    assert!(!rest.contains("iam:GetAccountSummary"), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn there_is_no_progress_for_who_does_not_watch_or_wants_plain_text() {
    for (arguments, variables, expects_identity) in
        [(&["-q"][..], &[][..], false), (&[], &[("NO_COLOR", "1")], true), (&[], &[("TERM", "dumb")], true)]
    {
        let aws = aws();
        let child = on_a_terminal(&aws, &[&EVALUATE, arguments].concat(), variables);
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert_eq!(shown.contains("running as"), expects_identity, "{shown}");
        assert!(!shown.contains("iam:GetAccountSummary") && !shown.contains("read the account"), "{shown}");
        assert!(!shown.contains("\u{1b}[2K"), "{shown:?}");
        assert_eq!(output.status.code(), Some(0));
    }
    let aws = aws();
    let mut program = Command::new(binaries::path("rules-cli"));
    let output = command(program.args(EVALUATE), &aws, &[]).wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn each_call_is_a_detail() {
    let aws = aws();
    let url = aws.url();
    let arguments = [&EVALUATE[..], &["-v", "--endpoint-url", &url, "--region", "eu-west-1"]].concat();
    let finished = rules_cli(arguments, &[]);
    assert!(finished.stderr.contains("detail: iam:GetAccountSummary\n"), "{}", finished.stderr);
}

#[test]
fn ctrl_c_ends_with_130_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snapshot.json");
    let aws = aws();
    let (arrived, has_arrived) = channel();
    let (answer, until) = channel::<()>();
    aws.schedule(move |call| {
        if call.action != "GetCallerIdentity" {
            arrived.send(()).unwrap();
            let _ = until.recv_timeout(PATIENCE);
        }
        None
    });
    let mut program = Command::new(binaries::path("rules-cli"));
    let child = command(program.args(["collect", "--output"]).arg(&file), &aws, &[]);
    has_arrived.recv_timeout(PATIENCE).unwrap();
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(answer);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// What the program says without an answer, which it must within 3 seconds.
fn soon(arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    let began = Instant::now();
    let finished = rules_cli([&EVALUATE[..], arguments].concat(), variables);
    let seconds = began.elapsed().as_secs_f32();
    assert!(seconds < 3.0, "{seconds} seconds");
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{}", finished.stderr);
    finished
}

#[test]
fn a_refused_connection_fails_at_once_with_the_next_step() {
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let live = ["--endpoint-url", &refused, "--region", "eu-west-1"];
    let role = ["--role-arn", "arn:aws:iam::444455556666:role/audit"];
    for arguments in [&live[..], &[&live[..], &role].concat()] {
        let finished = soon(arguments, &[]);
        assert!(finished.stderr.contains("AWS cannot be reached: check the network"), "{}", finished.stderr);
        assert!(finished.stderr.contains("no connection: Connection refused"), "{}", finished.stderr);
    }
}

#[test]
fn missing_credentials_fail_at_once_with_the_next_step() {
    let silent = Server::start(|_| Some(Answer { response: Response::new(200, "text/plain", ""), wire: Wire::Silent }));
    let nothing = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_SESSION_TOKEN", "")];
    let unreachable = silent.url();
    let instance = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &unreachable)];
    for variables in [&nothing[..], &[&nothing[..], &instance].concat()] {
        let finished = soon(&[], variables);
        assert!(finished.stderr.contains("no valid credentials were found: sign in"), "{}", finished.stderr);
    }
}

#[test]
fn an_expired_session_is_an_error_with_the_next_step() {
    let aws = aws();
    aws.fail("GetCallerIdentity", Fault::ExpiredToken);
    let finished = soon(&["--endpoint-url", &aws.url(), "--region", "eu-west-1"], &[]);
    assert!(finished.stderr.contains("sign in"), "{}", finished.stderr);
}
