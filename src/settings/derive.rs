//! What Prefect makes of the settings once all of them are known.
//!
//! Each rule also decides whether a derived value counts as set, and so reaches a Job.

use secrecy::ExposeSecret;

use super::{problem::Problems, resolve::Entry, source::Source, table, value::Value};

/// The default of `cloud.api_url`.
pub(super) const CLOUD_API_URL: &str = "https://api.prefect.cloud/api";
/// The default of `cloud.max_log_size`, in characters.
const CLOUD_MAX_LOG_SIZE: i128 = 25_000;
/// The default of `logging.to_api.max_log_size`, in characters.
pub(super) const MAX_LOG_SIZE: i128 = 1_000_000;
/// The default of `logging.to_api.batch_size`, in characters.
pub(super) const BATCH_SIZE: i128 = 4_000_000;

/// Applies the rules between settings.
pub(super) fn derive(entries: &mut Vec<Entry>, problems: &mut Problems) {
    check_log_sizes(entries, problems);
    debug_level(entries);
    database_url(entries, problems);
    cloud_log_size(entries);
}

pub(super) fn find<'e>(entries: &'e [Entry], path: &str) -> Option<&'e Value> {
    entries
        .iter()
        .find(|entry| entry.path == path)
        .map(|entry| &entry.value)
}

fn int(entries: &[Entry], path: &str, default: i128) -> i128 {
    match find(entries, path) {
        Some(Value::Int(number)) => *number,
        _ => default,
    }
}

fn text<'e>(entries: &'e [Entry], path: &str) -> Option<&'e str> {
    match find(entries, path) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn is_true(entries: &[Entry], path: &str) -> bool {
    matches!(find(entries, path), Some(Value::Bool(true)))
}

fn check_log_sizes(entries: &[Entry], problems: &mut Problems) {
    let batch = int(entries, "logging.to_api.batch_size", BATCH_SIZE);
    let log = int(entries, "logging.to_api.max_log_size", MAX_LOG_SIZE);
    if batch < log {
        problems.add(format!(
            "PREFECT_LOGGING_TO_API_MAX_LOG_SIZE ({log}) must not be larger than \
             PREFECT_LOGGING_TO_API_BATCH_SIZE ({batch})"
        ));
    }
}

/// In debug mode the levels are DEBUG, whatever they were set to, and no longer count as set.
fn debug_level(entries: &mut Vec<Entry>) {
    let from = if is_true(entries, "debug_mode") {
        "PREFECT_DEBUG_MODE"
    } else if is_true(entries, "testing.test_mode") {
        "PREFECT_TESTING_TEST_MODE"
    } else {
        return;
    };
    for path in ["logging.level", "internal.logging_level"] {
        put(entries, path, Value::Text("DEBUG".to_owned()), from, false);
    }
}

/// A connection URL with the password's placeholder is filled in, and no longer counts as set.
fn database_url(entries: &mut [Entry], problems: &mut Problems) {
    const PATH: &str = "server.database.connection_url";
    let password = matches!(
        find(entries, "server.database.password"),
        Some(Value::Secret(_))
    );
    let url = entries.iter_mut().find(|entry| entry.path == PATH);
    if let Some(entry) = url
        && let Value::Secret(url) = &entry.value
    {
        let url = url.expose_secret();
        if [
            "PREFECT_API_DATABASE_PASSWORD",
            "PREFECT_SERVER_DATABASE_PASSWORD",
        ]
        .iter()
        .any(|placeholder| url.contains(placeholder))
        {
            entry.set = false;
            if !password {
                problems.add(
                    "PREFECT_SERVER_DATABASE_CONNECTION_URL refers to the password, but \
                     PREFECT_SERVER_DATABASE_PASSWORD is not set"
                        .to_owned(),
                );
            }
        }
        return;
    }
    if text(entries, "server.database.driver") != Some("postgresql+asyncpg") {
        return;
    }
    let missing: Vec<String> = ["host", "user", "name"]
        .iter()
        .map(|name| format!("server.database.{name}"))
        .filter(|path| text(entries, path).is_none())
        .map(|path| table::env_name(&path))
        .collect();
    if !missing.is_empty() {
        problems.add(format!(
            "PREFECT_SERVER_DATABASE_DRIVER is postgresql+asyncpg, but {} is not set",
            missing.join(", ")
        ));
    }
}

/// Prefect Cloud takes shorter logs; the smaller limit counts as set.
fn cloud_log_size(entries: &mut Vec<Entry>) {
    const PATH: &str = "logging.to_api.max_log_size";
    let cloud = text(entries, "cloud.api_url").unwrap_or(CLOUD_API_URL);
    let connected = !cloud.is_empty()
        && text(entries, "api.url").is_some_and(|url| !url.is_empty() && url.starts_with(cloud));
    if !connected {
        return;
    }
    let limit = int(entries, "cloud.max_log_size", CLOUD_MAX_LOG_SIZE);
    let size = int(entries, PATH, MAX_LOG_SIZE);
    if find(entries, PATH).is_none() || limit < size {
        put(
            entries,
            PATH,
            Value::Int(size.min(limit)),
            "PREFECT_CLOUD_MAX_LOG_SIZE",
            true,
        );
    }
}

fn put(entries: &mut Vec<Entry>, path: &'static str, value: Value, from: &'static str, set: bool) {
    let entry = Entry {
        path,
        value,
        source: Source::Derived(from),
        set,
    };
    match entries.iter_mut().find(|entry| entry.path == path) {
        Some(old) => *old = entry,
        None => entries.push(entry),
    }
}
