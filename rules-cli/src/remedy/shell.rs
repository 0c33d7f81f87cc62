//! Commands for a POSIX shell.

use std::fmt;

/// A command and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShellCommand(Vec<String>);

impl ShellCommand {
    pub(super) fn new<const N: usize>(words: [&str; N]) -> Self {
        Self(words.map(str::to_owned).into())
    }
}

/// The command as it can be pasted: words that a shell would take apart are quoted.
impl fmt::Display for ShellCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { " " } else { "" })?;
            f.write_str(&quoted(word))?;
        }
        Ok(())
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=,@+".contains(character);
    // Some shells do not read a word that begins with `=` as an argument.
    let is_safe = !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('=');
    if is_safe { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::ShellCommand;

    #[test]
    fn words_stay_words() {
        let command =
            ShellCommand::new(["aws", "--name", "a b", "", "it's", "=cmd()", "arn:aws:iam::1:user/x", "$HOME"]);
        assert_eq!(command.to_string(), r"aws --name 'a b' '' 'it'\''s' '=cmd()' arn:aws:iam::1:user/x '$HOME'");
    }
}
