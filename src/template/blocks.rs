//! The second phase: references to Prefect blocks, listed to be fetched, then replaced by what was
//! fetched. Fetching is somebody else's.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};

use super::{
    TemplateError,
    placeholder::{Placeholder, Source, for_each_text, lone, look_up_in, placeholders},
    python,
};

/// How a block document is referred to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockReference {
    /// `{"$ref": {"block_document_id": ...}}`: by its id, as given.
    Id(String),
    /// `{{ prefect.blocks.<type>.<name> }}`.
    Name {
        /// The slug of the block's type.
        block_type: String,
        /// The name of the block document.
        name: String,
    },
}

impl fmt::Display for BlockReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "the block with id {id:?}"),
            Self::Name { block_type, name } => {
                write!(f, "the block {name:?} of type {block_type:?}")
            }
        }
    }
}

/// The data of the block documents that exist; one that is not here was not found.
pub type Blocks = BTreeMap<BlockReference, Map<String, Value>>;

/// The blocks that a value refers to, each once, in the order in which they are met.
#[must_use]
pub fn block_references(value: &Value) -> Vec<BlockReference> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<BlockReference>) {
    let mut add = |reference: BlockReference| {
        if !found.contains(&reference) {
            found.push(reference);
        }
    };
    match value {
        Value::Object(members) => match document_id(members) {
            Ok(Some(id)) => add(BlockReference::Id(id)),
            Ok(None) => members.values().for_each(|member| collect(member, found)),
            Err(_) => {} // resolving says so
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        text => for_each_text(text, &mut |text| {
            for placeholder in placeholders(text) {
                if let Some(Ok(wanted)) = Wanted::of(&placeholder) {
                    add(wanted.reference);
                }
            }
        }),
    }
}

/// The id in `{"$ref": {"block_document_id": <id>}}`. An empty one is none.
fn document_id(members: &Map<String, Value>) -> Result<Option<String>, TemplateError> {
    match members.get("$ref") {
        None => Ok(None),
        Some(Value::Object(reference)) => Ok(reference
            .get("block_document_id")
            .filter(|id| python::is_truthy(id))
            .map(python::to_text)),
        Some(other) => Err(TemplateError::NotAReference {
            found: python::type_name(other),
        }),
    }
}

/// What a block placeholder asks for.
struct Wanted<'a> {
    placeholder: &'a str,
    reference: BlockReference,
    path: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// None: the placeholder is no block's.
    fn of(placeholder: &Placeholder<'a>) -> Option<Result<Self, TemplateError>> {
        let Source::Block { reference } = placeholder.source else {
            return None;
        };
        let mut parts = reference.splitn(3, '.');
        let wanted = match (parts.next(), parts.next()) {
            (Some(block_type), Some(name)) => Ok(Self {
                placeholder: placeholder.name,
                reference: BlockReference::Name {
                    block_type: block_type.to_owned(),
                    name: name.to_owned(),
                },
                path: parts.next(),
            }),
            _ => Err(TemplateError::IncompleteBlock {
                placeholder: placeholder.name.to_owned(),
            }),
        };
        Some(wanted)
    }

    /// The value in the block's data. Data that is only `value` is unwrapped unless the path
    /// begins with it.
    fn value(&self, blocks: &Blocks) -> Result<Value, TemplateError> {
        let data = blocks
            .get(&self.reference)
            .ok_or_else(|| TemplateError::BlockNotFound(self.reference.clone()))?;
        let only = data.get("value").filter(|_| data.len() == 1);
        let names_value = self.path.is_some_and(|path| {
            path.strip_prefix("value")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        let whole = match only {
            Some(value) if !names_value => value.clone(),
            _ => Value::Object(data.clone()),
        };
        match self.path {
            None => Ok(whole),
            Some(path) => look_up_in(&whole, path).ok_or_else(|| TemplateError::BlockPath {
                placeholder: self.placeholder.to_owned(),
            }),
        }
    }
}

/// Replaces all references to blocks by the blocks' data. What is put in is not searched again.
///
/// # Errors
/// A block that is not in `blocks`, a path that its data does not have, a placeholder that names no
/// block, and an object or a list inside a longer text.
pub fn resolve_blocks(mut value: Value, blocks: &Blocks) -> Result<Value, TemplateError> {
    resolve(&mut value, blocks)?;
    Ok(value)
}

/// In place: in most configurations nothing is replaced.
fn resolve(value: &mut Value, blocks: &Blocks) -> Result<(), TemplateError> {
    match value {
        Value::Object(members) => {
            if let Some(id) = document_id(members)? {
                let reference = BlockReference::Id(id);
                let Some(data) = blocks.get(&reference) else {
                    return Err(TemplateError::BlockNotFound(reference));
                };
                *value = Value::Object(data.clone());
                return Ok(());
            }
            members
                .values_mut()
                .try_for_each(|member| resolve(member, blocks))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| resolve(item, blocks)),
        Value::String(text) => {
            if let Some(resolved) = resolve_text(text, blocks)? {
                *value = resolved;
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// What a text becomes; `None`: it stays.
fn resolve_text(text: &str, blocks: &Blocks) -> Result<Option<Value>, TemplateError> {
    let found = placeholders(text);
    if found.is_empty() {
        return Ok(None);
    }
    if let Some(wanted) = lone(text, &found).and_then(|only| Wanted::of(&only)) {
        return wanted?.value(blocks).map(Some);
    }
    let mut resolved = text.to_owned();
    for placeholder in &found {
        let Some(wanted) = Wanted::of(placeholder) else {
            continue;
        };
        let value = wanted?.value(blocks)?;
        if value.is_object() || value.is_array() {
            return Err(TemplateError::BlockInText {
                placeholder: placeholder.name.to_owned(),
                found: python::type_name(&value),
            });
        }
        resolved = resolved.replace(placeholder.text, &python::to_text(&value));
    }
    Ok(Some(Value::String(resolved)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn name(block_type: &str, name: &str) -> BlockReference {
        BlockReference::Name {
            block_type: block_type.to_owned(),
            name: name.to_owned(),
        }
    }

    fn blocks() -> Blocks {
        [
            (name("secret", "token"), json!({"value": "hunter2"})),
            (name("json", "limits"), json!({"value": {"cpu": [1, 2], "value": 3}})),
            (name("aws", "keys"), json!({"id": "i", "values": {"a": null}, "again": "{{ prefect.blocks.secret.token }}"})),
            (BlockReference::Id("1-2".to_owned()), json!({"value": {"kept": true}})),
        ]
        .into_iter()
        .map(|(reference, data)| match data {
            Value::Object(data) => (reference, data),
            other => panic!("{other}"),
        })
        .collect()
    }

    #[test]
    fn references_are_listed_once_in_order() {
        let value = json!({
            "a": "{{ prefect.blocks.secret.token }} {{ prefect.blocks.json.limits.cpu }}",
            "b": [{"$ref": {"block_document_id": "1-2"}}, {"$ref": {"block_document_id": ""}, "c": "{{ prefect.blocks.secret.token.value }}"}],
            "{{ prefect.blocks.never.key }}": "{{ prefect.blocks.incomplete }} {{ prefect.variables.x }}",
            "d": {"$ref": "elsewhere"},
        });
        assert_eq!(
            block_references(&value),
            [
                name("secret", "token"),
                name("json", "limits"),
                BlockReference::Id("1-2".to_owned())
            ]
        );
    }

    #[test]
    fn references_are_replaced() {
        for (template, value) in [
            (json!("{{ prefect.blocks.secret.token }}"), json!("hunter2")),
            (
                json!("{{ prefect.blocks.secret.token.value }}"),
                json!("hunter2"),
            ),
            (
                json!("x-{{ prefect.blocks.secret.token }}-{{ n }}"),
                json!("x-hunter2-{{ n }}"),
            ),
            (
                json!("{{ prefect.blocks.json.limits }}"),
                json!({"cpu": [1, 2], "value": 3}),
            ),
            (json!("{{ prefect.blocks.json.limits.cpu[-1] }}"), json!(2)),
            (
                json!("{{ prefect.blocks.json.limits.value.value }}"),
                json!(3),
            ),
            (
                json!("{{ prefect.blocks.json.limits.value }}"),
                json!({"cpu": [1, 2], "value": 3}),
            ),
            (
                json!("{{ prefect.blocks.aws.keys.values.a }}!"),
                json!("None!"),
            ),
            (
                json!("{{ prefect.blocks.aws.keys.again }}"),
                json!("{{ prefect.blocks.secret.token }}"),
            ),
            (
                json!({"$ref": {"block_document_id": "1-2"}, "more": 1}),
                json!({"value": {"kept": true}}),
            ),
            (
                json!({"$ref": {"block_document_id": null}, "more": 1}),
                json!({"$ref": {"block_document_id": null}, "more": 1}),
            ),
            (
                json!("{{ prefect.variables.x }}{{ y }}"),
                json!("{{ prefect.variables.x }}{{ y }}"),
            ),
        ] {
            assert_eq!(
                resolve_blocks(template.clone(), &blocks()).unwrap(),
                value,
                "{template}"
            );
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_named() {
        for (template, message) in [
            (
                json!("{{ prefect.blocks.secret }}"),
                "\"prefect.blocks.secret\" is incomplete",
            ),
            (
                json!("{{ prefect.blocks.secret.gone }}"),
                "block not found: the block \"gone\" of type \"secret\"",
            ),
            (
                json!({"$ref": {"block_document_id": "9"}}),
                "block not found: the block with id \"9\"",
            ),
            (
                json!({"$ref": null}),
                "a $ref must be an object with block_document_id, not null",
            ),
            (
                json!("{{ prefect.blocks.secret.token.x }}"),
                "leads to nothing",
            ),
            (
                json!("a{{ prefect.blocks.json.limits }}"),
                "gives an object, which cannot stand inside a longer text",
            ),
            (
                json!("a{{ prefect.blocks.json.limits.cpu }}"),
                "gives a list",
            ),
        ] {
            let error = resolve_blocks(template.clone(), &blocks())
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{template}: {error}");
            assert!(!error.contains("hunter2"));
        }
    }
}
