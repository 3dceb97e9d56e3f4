//! Cases from a seed: wilder than anybody would write, the same on every run.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::cases::complete;

const NAMES: [&str; 8] = [
    "name",
    "image",
    "namespace",
    "n",
    "list",
    "map",
    "missing",
    "command",
];

/// Whole cases: templates with changes, job variables, an environment.
pub fn cases(seed: u64, count: usize) -> Vec<Value> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(|number| case(&mut rng, number)).collect()
}

fn case(rng: &mut Rng, number: usize) -> Value {
    let mut case = json!({
        "name": format!("generated {number}"),
        "job_variables": job_variables(rng),
        "flow_run_variables": if rng.bool() { job_variables(rng) } else { json!({}) },
        "base_environment": [["PREFECT_API_URL", "http://api"], ["PREFECT_API_KEY", "key"]],
        "flow_run_name": format!("x{}", text(rng)),
        // No object: Python puts the same one in twice, and writes labels into both.
        "variables": {"n": scalar(rng), "map": [{"k": value(rng, 1)}]},
        "blocks": [
            {"type": "json", "name": "b", "data": {"value": value(rng, 2)}},
            {"type": "json", "name": "c", "data": {"k": value(rng, 1), "value": scalar(rng)}},
        ],
        "process_env": {"PARITY": "from the environment"},
    });
    let mut set = Map::new();
    for _ in 0..rng.usize(0..4) {
        set.insert(rng.choice(PLACES).unwrap().to_owned(), template_value(rng));
    }
    case["set"] = Value::Object(set);
    if rng.u8(..) < 40 {
        case["settings"] = json!({"STORE_ENV_AS_SECRET": true, "CREATE_SECRET_FOR_API_KEY": true});
    }
    complete(&case)
}

/// Where templates are changed.
const PLACES: [&str; 17] = [
    "/job_configuration/name",
    "/job_configuration/env",
    "/job_configuration/namespace",
    "/job_configuration/labels",
    "/job_configuration/job_manifest/metadata/name",
    "/job_configuration/job_manifest/metadata/generateName",
    "/job_configuration/job_manifest/metadata/labels",
    "/job_configuration/job_manifest/metadata/annotations",
    "/job_configuration/job_manifest/metadata/x",
    "/job_configuration/job_manifest/spec/backoffLimit",
    "/job_configuration/job_manifest/spec/completions",
    "/job_configuration/job_manifest/spec/template/metadata",
    "/job_configuration/job_manifest/spec/template/spec/volumes",
    "/job_configuration/job_manifest/spec/template/spec/containers/0/env",
    "/job_configuration/job_manifest/spec/template/spec/containers/0/args",
    "/job_configuration/job_manifest/spec/template/spec/containers/0/image",
    "/variables/properties/env/default",
];

fn job_variables(rng: &mut Rng) -> Value {
    let mut variables = Map::new();
    for _ in 0..rng.usize(0..4) {
        match rng.u8(0..9) {
            0 => variables.insert("env".into(), env(rng)),
            1 => variables.insert(format!("env.{}", letters(rng)), value(rng, 1)),
            2 => variables.insert("labels".into(), strings(rng)),
            3 => variables.insert("annotations".into(), strings(rng)),
            4 => variables.insert("backoff_limit".into(), json!(rng.u8(0..3))),
            5 => variables.insert("name".into(), text(rng).into()),
            6 => variables.insert("command".into(), line(rng).into()),
            7 => variables.insert(format!("map.{}", letters(rng)), value(rng, 1)),
            _ => variables.insert(
                rng.choice(["n", "list", "map"]).unwrap().into(),
                value(rng, 2),
            ),
        };
    }
    Value::Object(variables)
}

fn env(rng: &mut Rng) -> Value {
    if rng.u8(..) < 80 {
        let entries = (0..rng.usize(0..4)).map(|_| {
            let name = letters(rng);
            if rng.bool() {
                json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": "x"}}})
            } else {
                json!({"name": name, "value": text(rng)})
            }
        });
        return entries.collect();
    }
    let members = (0..rng.usize(0..4)).map(|_| (letters(rng), value(rng, 1)));
    Value::Object(members.collect())
}

fn strings(rng: &mut Rng) -> Value {
    let members = (0..rng.usize(0..4)).map(|_| (text(rng), text(rng).into()));
    Value::Object(members.collect())
}

/// A value with placeholders in its texts.
fn template_value(rng: &mut Rng) -> Value {
    match rng.u8(0..8) {
        0 => value(rng, 2),
        1 => (0..rng.usize(0..3)).map(|_| template_value(rng)).collect(),
        2 => {
            let members = (0..rng.usize(0..3)).map(|_| (letters(rng), template_value(rng)));
            Value::Object(members.collect())
        }
        3 => strings(rng),
        4 | 5 => placeholder(rng).into(),
        _ => {
            // One placeholder more often than two: Python replaces several in no fixed order.
            let (before, after) = (letters(rng), letters(rng));
            format!("{before}{}-{after}", placeholder(rng)).into()
        }
    }
}

fn placeholder(rng: &mut Rng) -> String {
    let step = |rng: &mut Rng| match rng.u8(0..6) {
        0 => format!("[{}]", rng.i8(-2..3)),
        1 => format!(".{}", rng.u8(0..3)),
        2 => ".k".to_owned(),
        _ => String::new(),
    };
    let name = match rng.u8(0..10) {
        0 => "$PARITY".to_owned(),
        1 => "$MISSING".to_owned(),
        2 => format!("prefect.blocks.json.b{}", step(rng)),
        3 => format!("prefect.blocks.json.c{}", step(rng)),
        4 => "prefect.variables.n".to_owned(),
        5 => "prefect.variables.map".to_owned(),
        _ => {
            let name = rng.choice(NAMES).unwrap();
            format!("{name}{}{}", step(rng), step(rng))
        }
    };
    let space = rng.choice(["", " ", "  "]).unwrap();
    format!("{{{{{space}{name}{space}}}}}")
}

/// JSON values of all kinds, for their texts.
pub fn values(seed: u64, count: usize) -> Vec<Value> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(|_| value(&mut rng, 3)).collect()
}

fn value(rng: &mut Rng, depth: u8) -> Value {
    if depth == 0 || rng.u8(..) < 150 {
        return scalar(rng);
    }
    let length = rng.usize(0..4);
    if rng.bool() {
        (0..length).map(|_| value(rng, depth - 1)).collect()
    } else {
        let members = (0..length).map(|_| (text(rng), value(rng, depth - 1)));
        Value::Object(members.collect())
    }
}

fn scalar(rng: &mut Rng) -> Value {
    match rng.u8(0..8) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => rng.i8(..).into(),
        3 => rng.i64(..).into(),
        4 => (f64::from(rng.i16(..)) / 100.0).into(),
        5 => loop {
            // Any bits that are a number, and no zero below nought: JSON loses its sign.
            let float = f64::from_bits(rng.u64(..));
            if float.is_finite() && float != 0.0 {
                break float.into();
            }
        },
        _ => text(rng).into(),
    }
}

/// Texts for slugs: letters of many scripts, separators, references, quotes.
pub fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    (0..count)
        .map(|_| (0..rng.usize(1..5)).map(|_| text(&mut rng)).collect())
        .collect()
}

fn text(rng: &mut Rng) -> String {
    const PIECES: [&str; 24] = [
        "a",
        "B7",
        "-",
        "--",
        "_",
        ".",
        "/",
        " ",
        "'",
        "\"",
        "\\",
        "1,000",
        "&amp;",
        "&#65;",
        "&#x3b1;",
        "&#55296;",
        "&bogus;",
        "é",
        "Straße",
        "北京",
        "\u{1f600}",
        "\n",
        "ﬁ",
        "xyz-0123456789-abcdefghij",
    ];
    let mut text = String::new();
    for _ in 0..rng.usize(0..6) {
        if rng.u8(..) < 30 {
            text.push(rng.char('\u{20}'..='\u{52f}'));
        } else {
            text.push_str(rng.choice(PIECES).unwrap());
        }
    }
    text
}

fn letters(rng: &mut Rng) -> String {
    (0..rng.usize(1..3)).map(|_| rng.char('A'..='D')).collect()
}

/// Command lines, many with quotes left open.
pub fn lines(seed: u64, count: usize) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(|_| line(&mut rng)).collect()
}

fn line(rng: &mut Rng) -> String {
    const PIECES: [&str; 14] = [
        "a", "b c", " ", "\t", "\n", "'", "\"", "\\", "#", "''", "\"x y\"", "é", "\u{a0}", "$x;",
    ];
    (0..rng.usize(0..8))
        .map(|_| rng.choice(PIECES).unwrap())
        .collect()
}

/// Manifests that lack something, have something else, or have it elsewhere. They have metadata as
/// the worker completes it, and are either short of something or wrong, so that one list is empty.
pub fn manifests(seed: u64, count: usize) -> Vec<Value> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(|_| manifest(&mut rng)).collect()
}

fn manifest(rng: &mut Rng) -> Value {
    let mut job = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"annotations": {}, "labels": {}, "namespace": "n"},
        "spec": {"template": {"spec": {
            "parallelism": 1,
            "completions": 1,
            "restartPolicy": "Never",
            "containers": [{"name": "prefect-job", "image": "i"}],
        }}},
    });
    const PLACES: [&str; 8] = [
        "",
        "/metadata",
        "/metadata/labels",
        "/metadata/annotations",
        "/spec",
        "/spec/template",
        "/spec/template/spec",
        "/spec/template/spec/containers/0",
    ];
    const KEYS: [&str; 10] = [
        "apiVersion",
        "kind",
        "spec",
        "template",
        "parallelism",
        "completions",
        "restartPolicy",
        "containers",
        "name",
        "backoffLimit",
    ];
    let is_wrong = rng.bool();
    for _ in 0..rng.usize(0..5) {
        let moved = moved_value(rng);
        let Some(Value::Object(place)) = job.pointer_mut(rng.choice(PLACES).unwrap()) else {
            continue;
        };
        let key = *rng.choice(&KEYS).unwrap();
        match rng.u8(0..3) {
            0 if !is_wrong => {
                place.shift_remove(key);
            }
            1 if is_wrong && place.contains_key(key) => {
                place.insert(key.to_owned(), moved);
            }
            _ if !place.contains_key(key) => {
                place.insert(key.to_owned(), moved);
            }
            _ => {}
        }
    }
    job
}

fn moved_value(rng: &mut Rng) -> Value {
    let container = json!({"name": "prefect-job"});
    let other = json!({"name": "other"});
    rng.choice([
        json!(1),
        json!(1.0),
        json!(true),
        json!("Never"),
        json!("Job"),
        json!("batch/v1"),
        json!("prefect-job"),
        json!(null),
        json!([]),
        json!({}),
        json!([container]),
        json!([other, container]),
        json!([[], container]),
        json!(["x"]),
        json!([other]),
        container,
    ])
    .unwrap()
}
