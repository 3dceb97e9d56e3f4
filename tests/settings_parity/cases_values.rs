//! Every setting under every name with good and bad values, and the corners of each kind.

use super::{
    Case, TABLE,
    samples::{corners, good},
};

/// One setting of the table.
struct Line {
    name: String,
    kind: &'static str,
    /// The kind with its limits.
    rules: &'static str,
    older_names: Vec<&'static str>,
}

fn table() -> Vec<Line> {
    TABLE
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let rules = words[1..]
                .iter()
                .take_while(|word| !word.starts_with("PREFECT_"));
            let length = rules.map(|word| word.len() + 1).sum::<usize>();
            let start = words[0].len() + 1;
            Line {
                rules: line[start..]
                    .get(..length)
                    .unwrap_or(&line[start..])
                    .trim_end(),
                name: format!("PREFECT_{}", words[0].to_uppercase().replace('.', "_")),
                kind: words[1].trim_end_matches('?'),
                older_names: words[2..]
                    .iter()
                    .filter(|word| !word.contains('='))
                    .copied()
                    .collect(),
            }
        })
        .collect()
}

/// Values that Python takes and that mean nothing for a setting that we use: we refuse them.
const MEANINGLESS: [(&str, &[&str]); 7] = [
    ("PREFECT_API_REQUEST_TIMEOUT", &["nan", "-Infinity", "-1"]),
    ("PREFECT_CLIENT_MAX_RETRIES", &["99999999999999999999"]),
    ("PREFECT_CLIENT_RETRY_JITTER_FACTOR", &["inf", "1e400"]),
    (
        "PREFECT_EVENTS_WORKER_MAX_QUEUE_SIZE",
        &["99999999999999999999"],
    ),
    (
        "PREFECT_WORKER_QUERY_SECONDS",
        &["nan", "-Infinity", "-0.5"],
    ),
    ("PREFECT_WORKER_WEBSERVER_PORT", &["65536", "-1"]),
    (
        "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_STARTUP_EVENT_CONCURRENCY",
        &["0", "-1"],
    ),
];

pub fn all() -> Vec<Case> {
    let table = table();
    let mut now = Case::new("every setting at once");
    let mut older = [0, 1, 2].map(|age| Case::new(format!("every setting by older name {age}")));
    let mut both = Case::new("every setting by all its names");
    let mut in_dotenv = String::new();
    let mut in_profile = String::from("active = 'p'\n[profiles.p]\n");
    // This one would move the profiles file, which has cases of its own.
    for line in table.iter().filter(|line| line.kind != "profiles_path") {
        let value = good(line.kind);
        now = now.env(&line.name, value);
        both = both.env(&line.name, value);
        in_dotenv.push_str(&format!("{}='{value}'\n", line.name));
        in_profile.push_str(&format!("{} = '{value}'\n", line.name));
        for (age, name) in line.older_names.iter().enumerate() {
            both = both.env(*name, "no such thing, most likely");
            older[age].env.push(((*name).to_owned(), value.to_owned()));
        }
    }
    let mut cases = vec![
        now,
        both,
        Case::new("every setting in .env").dotenv(&in_dotenv),
        Case::new("every setting in a profile").profiles(&in_profile),
    ];
    cases.extend(older);
    for (name, values) in MEANINGLESS {
        cases.extend(values.iter().map(|value| {
            Case::new(format!("{name}={value:?}"))
                .env(name, *value)
                .refused_by_us()
        }));
    }
    let mut seen: Vec<&str> = Vec::new();
    for line in &table {
        if seen.contains(&line.rules) {
            continue;
        }
        seen.push(line.rules);
        let refused = MEANINGLESS.iter().find(|(name, _)| *name == line.name);
        for value in corners(line.kind) {
            if refused.is_some_and(|(_, values)| values.contains(value)) {
                continue;
            }
            cases.push(Case::new(format!("{}={value:?}", line.name)).env(&line.name, *value));
        }
    }
    cases
}
