//! What can be wrong with a base job template, its variables or the Job they give.

use serde_json::Value;

use super::{python, shell::ShellError};
use crate::error::Error;

/// Why a flow run's configuration or Job cannot be made. No variant holds a value that could be a
/// secret: they name paths, placeholders and types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A part of a base job template is missing or of the wrong type.
    #[error("the base job template's {part} {problem}")]
    Template {
        /// The part, as a path.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Job variables that cannot be merged.
    #[error("the job variable {name:?} {problem}")]
    JobVariable {
        /// Its name, as given.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A placeholder that begins like a block's but names none.
    #[error(
        "the block placeholder {placeholder:?} is incomplete: \
         prefect.blocks.<block-type>.<block-name> is expected"
    )]
    IncompleteBlock {
        /// What stands between the braces.
        placeholder: String,
    },
    /// A reference that is no object.
    #[error("a $ref must be an object with block_document_id, not {found}")]
    NotAReference {
        /// The type that was found.
        found: &'static str,
    },
    /// The API has no such block.
    #[error(
        "block not found: {0}; the work pool, the deployment or the flow run refers to it, \
         and it may have been deleted"
    )]
    BlockNotFound(super::BlockReference),
    /// The block has no value at the path.
    #[error("the block placeholder {placeholder:?} leads to nothing: its block has no such value")]
    BlockPath {
        /// What stands between the braces.
        placeholder: String,
    },
    /// A block's object or list inside a longer text.
    #[error(
        "the block placeholder {placeholder:?} gives {found}, which cannot stand inside a longer \
         text: name one of its values, such as {placeholder}.value"
    )]
    BlockInText {
        /// What stands between the braces.
        placeholder: String,
        /// The type that was found.
        found: &'static str,
    },
    /// Settings of the wrong type.
    #[error("invalid job configuration: {}", join(.0))]
    Configuration(Vec<FieldProblem>),
    /// The manifest lacks what every Job of a worker has.
    #[error("the job manifest lacks required attributes at these paths: {}", .0.join(", "))]
    MissingPaths(Vec<String>),
    /// The manifest has other values than a worker's Jobs must have.
    #[error("the job manifest has incompatible values: {}", join(.0))]
    IncompatiblePaths(Vec<RequiredValue>),
    /// A part of the manifest or of `env` cannot be used.
    #[error("{path} {problem}")]
    Manifest {
        /// Where, from the root of the manifest or the configuration.
        path: String,
        /// What is wrong there.
        problem: String,
    },
    /// A command that cannot be split into arguments.
    #[error("the command cannot be split into arguments: {0}")]
    Command(#[from] ShellError),
}

/// One setting of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {expected} is expected, not {found}")]
pub struct FieldProblem {
    /// The setting's path.
    pub path: String,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub found: String,
}

/// A value that the manifest must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} must have value {}", python::repr(.value))]
pub struct RequiredValue {
    /// Where, as a JSON pointer.
    pub path: String,
    /// The value.
    pub value: Value,
}

impl TemplateError {
    /// A problem with a part of the manifest.
    pub(super) fn manifest(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Manifest {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// A part of the manifest that is not an object, a list or a text where one is needed.
    pub(super) fn wrong_type(path: &str, expected: &str, found: Option<&Value>) -> Self {
        let found = found.map_or("missing", python::type_name);
        Self::manifest(path, format!("must be {expected}, and is {found}"))
    }
}

fn join<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

impl From<TemplateError> for Error {
    fn from(error: TemplateError) -> Self {
        let hint = match &error {
            TemplateError::BlockNotFound(_) => {
                "create the block, or change the reference in the work pool's base job template \
                 or in the job variables"
            }
            TemplateError::MissingPaths(_) | TemplateError::IncompatiblePaths(_) => {
                "change job_configuration.job_manifest in the work pool's base job template"
            }
            _ => {
                "change the work pool's base job template, or the job variables of the deployment \
                 or of the flow run"
            }
        };
        Self::failed(error.to_string()).hint(hint)
    }
}
