//! Settings as the rest of the program takes them: typed, with Prefect's defaults filled in.

use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::{
    derive::{BATCH_SIZE, CLOUD_API_URL, MAX_LOG_SIZE, find},
    problem::Problems,
    resolve::Entry,
    table,
    value::Value,
};

/// How to reach the Prefect API (`PREFECT_API_*`).
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The key of Prefect Cloud; never empty.
    pub key: Option<SecretString>,
    /// `user:password` of a server with basic authentication; never empty.
    pub auth_string: Option<SecretString>,
    /// A file of certificate authorities; `SSL_CERT_FILE` when the setting is not set.
    pub ssl_cert_file: Option<PathBuf>,
    /// Whether the server's certificate is taken unseen.
    pub tls_insecure_skip_verify: bool,
    /// Whether HTTP/2 may be spoken.
    pub enable_http2: bool,
    /// How long a request may take.
    pub request_timeout: Duration,
}

/// How the client behaves (`PREFECT_CLIENT_*`).
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// How often a failed request is tried again; 0 switches retries off.
    pub max_retries: u32,
    /// How much jitter retries have; 0 is none.
    pub retry_jitter_factor: f64,
    /// Status codes that are retried besides 429, 502, 503.
    pub retry_extra_codes: Vec<u16>,
    /// Whether the client gets CSRF tokens and sends them.
    pub csrf_support_enabled: bool,
    /// Headers of every request; values may be secret.
    pub custom_headers: Vec<(String, SecretString)>,
    /// Whether a worker compares the server's version with its own when it starts.
    pub server_version_check_enabled: bool,
}

/// Prefect Cloud (`PREFECT_CLOUD_*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudSettings {
    /// The API's address.
    pub api_url: String,
    /// The address for people, derived from `api_url` when not set.
    pub ui_url: String,
}

/// The worker (`PREFECT_WORKER_*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Debug logging of the worker alone; flow runs do not inherit it.
    pub debug_mode: bool,
    /// Time between heartbeats.
    pub heartbeat: Duration,
    /// Time between polls for scheduled runs.
    pub query: Duration,
    /// How far ahead of its time a scheduled run is taken.
    pub prefetch: Duration,
    /// Whether the worker itself cancels runs that have not started yet, if that is said
    /// (Prefect's own default: no).
    pub enable_cancellation: Option<bool>,
    /// Time between polls for runs to cancel, if it is said (Prefect's own default: 120 s, beside
    /// events that tell at once).
    pub cancellation_poll: Option<Duration>,
    /// The address of the health server.
    pub webserver_host: String,
    /// The port of the health server.
    pub webserver_port: u16,
}

/// A log level of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// 10
    Debug,
    /// 20
    Info,
    /// 30
    Warning,
    /// 40
    Error,
    /// 50
    Critical,
}

impl LogLevel {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "DEBUG" => Self::Debug,
            "INFO" => Self::Info,
            "WARNING" => Self::Warning,
            "ERROR" => Self::Error,
            "CRITICAL" => Self::Critical,
            _ => return None,
        })
    }

    /// The number that Prefect stores with a log line.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Debug => 10,
            Self::Info => 20,
            Self::Warning => 30,
            Self::Error => 40,
            Self::Critical => 50,
        }
    }
}

/// What happens to a log line that belongs to no flow run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenMissingFlow {
    /// Warn.
    Warn,
    /// Fail.
    Error,
    /// Drop it.
    Ignore,
}

/// Logging (`PREFECT_LOGGING_*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggingSettings {
    /// The level of Prefect's loggers; DEBUG in debug mode.
    pub level: LogLevel,
    /// The level of what lies below them; here that of libraries.
    pub internal_level: LogLevel,
    /// Whether the log may have colours.
    pub colors: bool,
    /// Whether log lines go to the API.
    pub to_api: bool,
    /// Time between batches of log lines.
    pub batch_interval: Duration,
    /// The most bytes in a batch.
    pub batch_size: usize,
    /// The most characters of one log line; Prefect Cloud's limit is already applied.
    pub max_log_size: usize,
    /// What happens to a log line that belongs to no flow run.
    pub when_missing_flow: WhenMissingFlow,
}

/// Reads typed values out of resolved entries, noting what we cannot use.
pub(super) struct Reader<'e> {
    pub entries: &'e [Entry],
    pub problems: &'e mut Problems,
}

impl Reader<'_> {
    pub(super) fn bool(&self, path: &str, default: bool) -> bool {
        self.given_bool(path).unwrap_or(default)
    }

    fn given_bool(&self, path: &str) -> Option<bool> {
        match find(self.entries, path) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        match find(self.entries, path) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn non_empty(&self, path: &str) -> Option<String> {
        self.text(path).filter(|text| !text.is_empty())
    }

    pub(super) fn secret(&self, path: &str) -> Option<SecretString> {
        match find(self.entries, path) {
            Some(Value::Secret(secret)) if !secret.expose_secret().is_empty() => {
                Some(secret.clone())
            }
            _ => None,
        }
    }

    /// A whole number that fits its type.
    pub(super) fn int<T: TryFrom<i128>>(&mut self, path: &str, default: T) -> T {
        let Some(Value::Int(number)) = find(self.entries, path) else {
            return default;
        };
        T::try_from(*number).unwrap_or_else(|_| {
            let problem = format!("{}: {number} is out of range", table::env_name(path));
            self.problems.add(problem);
            default
        })
    }

    fn float(&self, path: &str, default: f64) -> f64 {
        match find(self.entries, path) {
            Some(Value::Float(number)) => *number,
            _ => default,
        }
    }

    /// A number of seconds, none below zero; infinity is the longest time there is.
    pub(super) fn seconds(&mut self, path: &str, default: f64) -> Duration {
        let seconds = self.float(path, default);
        if seconds.is_nan() || seconds < 0.0 {
            let problem = format!(
                "{}: expected a number of seconds that is not negative, got {seconds}",
                table::env_name(path)
            );
            self.problems.add(problem);
        }
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn given_seconds(&mut self, path: &str) -> Option<Duration> {
        let is_given = matches!(find(self.entries, path), Some(Value::Float(_)));
        is_given.then(|| self.seconds(path, 0.0))
    }

    pub(super) fn names(&self, path: &str) -> Vec<String> {
        match find(self.entries, path) {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Value::Text(name) => Some(name.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn pairs(&self, path: &str) -> Vec<(String, String)> {
        match find(self.entries, path) {
            Some(Value::Map(entries)) => entries
                .iter()
                .filter_map(|(key, value)| match value {
                    Value::Text(text) => Some((key.clone(), text.clone())),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn api(&mut self, default_cert_file: Option<&str>) -> ApiSettings {
        ApiSettings {
            key: self.secret("api.key"),
            auth_string: self.secret("api.auth_string"),
            ssl_cert_file: self
                .text("api.ssl_cert_file")
                .or_else(|| default_cert_file.map(str::to_owned))
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            tls_insecure_skip_verify: self.bool("api.tls_insecure_skip_verify", false),
            enable_http2: self.bool("api.enable_http2", false),
            request_timeout: self.seconds("api.request_timeout", 60.0),
        }
    }

    pub(super) fn client(&mut self) -> ClientSettings {
        let retry_extra_codes = match find(self.entries, "client.retry_extra_codes") {
            Some(Value::List(codes)) => codes
                .iter()
                .filter_map(|code| match code {
                    Value::Int(code) => u16::try_from(*code).ok(),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let retry_jitter_factor = self.float("client.retry_jitter_factor", 0.2);
        if !retry_jitter_factor.is_finite() {
            self.problems
                .add("PREFECT_CLIENT_RETRY_JITTER_FACTOR: expected a finite number".to_owned());
        }
        ClientSettings {
            max_retries: self.int("client.max_retries", 5),
            retry_jitter_factor,
            retry_extra_codes,
            csrf_support_enabled: self.bool("client.csrf_support_enabled", true),
            custom_headers: self
                .pairs("client.custom_headers")
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
            server_version_check_enabled: self.bool("client.server_version_check_enabled", true),
        }
    }

    pub(super) fn cloud(&self) -> CloudSettings {
        let api_url = self
            .text("cloud.api_url")
            .unwrap_or_else(|| CLOUD_API_URL.to_owned());
        let ui_url = self
            .text("cloud.ui_url")
            .unwrap_or_else(|| super::urls::cloud_ui_url(&api_url));
        CloudSettings { api_url, ui_url }
    }

    pub(super) fn worker(&mut self) -> WorkerSettings {
        WorkerSettings {
            debug_mode: self.bool("worker.debug_mode", false),
            heartbeat: self.seconds("worker.heartbeat_seconds", 30.0),
            query: self.seconds("worker.query_seconds", 10.0),
            prefetch: self.seconds("worker.prefetch_seconds", 10.0),
            enable_cancellation: self.given_bool("worker.enable_cancellation"),
            cancellation_poll: self.given_seconds("worker.cancellation_poll_seconds"),
            webserver_host: self
                .text("worker.webserver.host")
                .unwrap_or_else(|| "0.0.0.0".to_owned()),
            webserver_port: self.int("worker.webserver.port", 8080),
        }
    }

    pub(super) fn logging(&mut self) -> LoggingSettings {
        let level = |path: &str| LogLevel::parse(&self.text(path)?);
        let internal_level = level("internal.logging_level").unwrap_or(LogLevel::Error);
        let level = level("logging.level").unwrap_or(LogLevel::Info);
        let when_missing_flow = match self.text("logging.to_api.when_missing_flow").as_deref() {
            Some("error") => WhenMissingFlow::Error,
            Some("ignore") => WhenMissingFlow::Ignore,
            _ => WhenMissingFlow::Warn,
        };
        let size = |number: i128| usize::try_from(number).unwrap_or(usize::MAX);
        LoggingSettings {
            level,
            internal_level,
            colors: self.bool("logging.colors", true),
            to_api: self.bool("logging.to_api.enabled", true),
            batch_interval: self.seconds("logging.to_api.batch_interval", 2.0),
            batch_size: self.int("logging.to_api.batch_size", size(BATCH_SIZE)),
            max_log_size: self.int("logging.to_api.max_log_size", size(MAX_LOG_SIZE)),
            when_missing_flow,
        }
    }
}
