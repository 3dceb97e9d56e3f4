//! The JSON schema of job variables: whether it is one, and whether a value fits it.
//!
//! What pydantic writes into templates, and no more: other keywords are let pass. Prefect's server
//! reads them as JSON Schema 2020-12, with `definitions` for `$defs`.

mod fit;
mod flaws;

use std::cell::Cell;

use serde_json::{Map, Value};

use super::Path;

/// The types of JSON Schema.
const TYPES: [&str; 7] = [
    "string", "number", "integer", "boolean", "object", "array", "null",
];
/// Keywords with schemas in a list.
const ALTERNATIVES: [&str; 3] = ["anyOf", "oneOf", "allOf"];
/// Schemas refer to one another no deeper than this; deeper is a circle.
const DEEPEST: usize = 64;
/// Steps that a check may take: schemas that refer to themselves twice would take for ever.
const MOST_STEPS: usize = 200_000;

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// What, as a fragment.
    pub message: String,
}

/// The schemas that others refer to stand in this one.
#[derive(Debug)]
pub struct Schemas<'a> {
    root: &'a Map<String, Value>,
    steps: Cell<usize>,
}

impl<'a> Schemas<'a> {
    /// The schemas of a template's `variables`.
    #[must_use]
    pub const fn new(variables: &'a Map<String, Value>) -> Self {
        Self {
            root: variables,
            steps: Cell::new(0),
        }
    }

    /// What is wrong with a schema as such: unknown types, references that lead nowhere or in a
    /// circle, keywords of the wrong type.
    #[must_use]
    pub fn flaws(&self, schema: &Value, path: &Path) -> Vec<Problem> {
        let mut found = Vec::new();
        self.look_for_flaws(schema, path, &mut found);
        found
    }

    /// What is wrong with a value by a schema; empty when it fits.
    #[must_use]
    pub fn misfits(&self, value: &Value, schema: &Value, path: &Path) -> Vec<Problem> {
        let mut found = Vec::new();
        self.steps.set(0);
        self.check(value, schema, path, 0, &mut found);
        found
    }

    /// The schema that a reference names.
    fn target(&self, reference: &str) -> Option<&'a Value> {
        let pointer = reference.strip_prefix("#/")?;
        let mut steps = pointer
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"));
        let first = self.root.get(&steps.next()?)?;
        steps.try_fold(first, |schema, step| schema.get(&step))
    }
}

#[cfg(test)]
mod tests;
