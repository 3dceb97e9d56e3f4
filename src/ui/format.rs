//! The formats of `-o`: one set of names for all commands, of which each takes those it has.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A format of `-o`, with kubectl's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// A table.
    Table,
    /// A table with more columns.
    Wide,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// Names alone, one a line.
    Name,
}

impl OutputFormat {
    const ALL: [Self; 5] = [Self::Table, Self::Wide, Self::Json, Self::Yaml, Self::Name];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Wide => "wide",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Name => "name",
        }
    }

    /// A parser for the formats that a command has.
    pub fn among(formats: &[Self]) -> impl TypedValueParser<Value = Self> + use<> {
        PossibleValuesParser::new(formats.iter().map(|format| format.name())).map(|name| {
            // The parser lets only names of formats pass.
            Self::ALL
                .into_iter()
                .find(|format| format.name() == name)
                .unwrap_or(Self::Table)
        })
    }
}
