class RulesCli < Formula
  desc "AWS Config rules for the root user, administrators and least privilege"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/rules-cli-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 aarch64-apple-darwin@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/rules-cli-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/rules-cli-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/rules-cli-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "rules-cli"
    man1.install "rules-cli.1"
    bash_completion.install "completions/rules-cli.bash" => "rules-cli"
    fish_completion.install "completions/rules-cli.fish"
    zsh_completion.install "completions/_rules-cli"
    doc.install "THIRD-PARTY-NOTICES.txt"
  end

  test do
    assert_match "root-mfa-enabled", shell_output("#{bin}/rules-cli evaluate --sample", 1)
  end
end
