//! The formats of verdicts and scores, and when tables have colours.

use clap::ValueEnum;

/// How verdicts are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML, for CI systems
    Junit,
    /// One row per finding, for spreadsheets
    Csv,
    /// For pull requests and job summaries
    Markdown,
    /// One page for a browser
    Html,
    /// OCSF 1.5 Compliance Findings, an array
    Ocsf,
    /// Findings for Security Hub's BatchImportFindings, an array
    Asff,
    /// Annotations of GitHub Actions
    Github,
}

impl ReportFormat {
    /// Whether the format says in which file and line something is.
    pub(crate) fn shows_places(self) -> bool {
        match self {
            Self::Json | Self::Ndjson | Self::Sarif | Self::Junit | Self::Csv | Self::Markdown | Self::Github => true,
            Self::Table | Self::Html | Self::Ocsf | Self::Asff => false,
        }
    }
}

/// How scores are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScoreFormat {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML, for CI systems
    Junit,
    /// For pull requests and job summaries
    Markdown,
    /// Annotations of GitHub Actions
    Github,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// In tables, wherever they go
    Always,
    /// Nowhere
    Never,
}
