//! Our side: the same values, texts and expressions.

use kubectl_prefect::{
    error::Result,
    install::{
        render,
        tree::{Node, Place},
        values::{Given, Request, Resolved, given, resolve},
        yaml,
    },
};
use serde_json::Value;

/// A set of values.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    pub release: String,
    pub namespace: String,
    pub beyond: bool,
    /// With what is needed besides.
    pub values: Value,
}

/// What a set has unless it is bare.
pub const NEEDED: &str = "worker: {config: {workPool: my-pool}, cloudApiConfig: {accountId: account, workspaceId: workspace}}";

/// The sets of `cases.yaml`.
pub fn cases() -> Vec<Case> {
    let all = tree(include_str!("cases.yaml")).to_json();
    let text =
        |case: &Value, key: &str, usual: &str| case[key].as_str().unwrap_or(usual).to_owned();
    all["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            name: text(case, "name", ""),
            release: text(case, "release", "test"),
            namespace: text(case, "namespace", "prefect"),
            beyond: case["beyond"] == true,
            values: if case["bare"] == true {
                case["values"].clone()
            } else {
                with_needed(&case["values"])
            },
        })
        .collect()
}

/// Values laid over what is needed.
pub fn with_needed(values: &Value) -> Value {
    let mut all = tree(NEEDED);
    all.merge(Node::from_json(values.clone(), &Place::of_source("case")));
    all.to_json()
}

fn tree(text: &str) -> Node {
    let read = yaml::read(text.as_bytes(), "cases.yaml").unwrap();
    assert_eq!(read.notes, Vec::<String>::new());
    read.values
}

/// Resolves the values of a case.
pub fn resolved(values: &Value) -> Result<Resolved> {
    resolve(Given {
        values: Node::from_json(values.clone(), &Place::of_source("case")),
        notes: Vec::new(),
    })
}

/// Renders a case.
pub fn objects(case: &Case) -> Result<Vec<Value>> {
    let rendered = render::render(&case.release, &case.namespace, &resolved(&case.values)?)?;
    Ok(rendered.objects)
}

/// Reads a text of YAML.
pub fn read(text: &str) -> Result<Value> {
    yaml::read(text.as_bytes(), "text").map(|read| read.values.to_json())
}

/// Reads an expression of `--set` or one of its relatives.
pub fn set(how: &str, expression: &str) -> Result<Value> {
    let mut request = Request::default();
    let list = match how {
        "typed" => &mut request.typed,
        "text" => &mut request.text,
        "json" => &mut request.json,
        _ => &mut request.literal,
    };
    list.push(expression.to_owned());
    given::read(&request, &mut |_| unreachable!("no file is named"))
        .map(|given| given.values.to_json())
}
