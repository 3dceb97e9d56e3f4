//! The table of all settings that Prefect and prefect-kubernetes know: names, kinds, limits.
//!
//! `table.txt` is written by `tests/settings_parity/table.py` from the Python packages.

/// The lines of the generated table.
const TABLE: &str = include_str!("table.txt");

/// The group of settings that belong to prefect-kubernetes; they never reach a Job.
const INTEGRATIONS: &str = "integrations.";

/// The settings of prefect-kubernetes; unlike an inner group, JSON cannot set it as a whole.
pub(super) const KUBERNETES: &str = "integrations.kubernetes";

/// One setting that Prefect knows.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// The dotted path, for example `api.url`; also its place in `prefect.toml`.
    pub path: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// Whether a JSON `null` is a value.
    pub optional: bool,
    /// Bounds of a number, or of a duration in seconds.
    pub limits: Vec<Limit>,
    /// Names of environment variables from older versions, best first.
    pub older_names: Vec<&'static str>,
}

/// Which values a setting takes, named after what Prefect does with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    Str,
    Secret,
    /// A path, normalised as Python's `Path`.
    Path,
    /// `home`: a path in which `~` is the user's home folder.
    Home,
    /// `profiles_path`: a path in which `$PREFECT_HOME` is `home`.
    ProfilesPath,
    /// A log level in any case.
    Level,
    /// One of the words, separated by `|`.
    Choice(&'static str),
    /// ISO 8601, `HH:MM:SS` or `N days, HH:MM:SS`.
    Duration,
    /// As a duration, and a bare number is seconds.
    Seconds,
    /// A set of strings, separated by commas.
    Names,
    /// A set of HTTP status codes, separated by commas.
    StatusCodes,
    /// A JSON object of strings, also as a JSON string that holds one.
    Headers,
    /// `key=value` pairs, separated by commas.
    Labels,
    /// Seconds or a JSON list of seconds.
    FlowDelay,
    /// Seconds or seconds separated by commas.
    TaskDelay,
    /// A set of vacuum types or a boolean.
    Vacuum,
    /// A JSON object of durations.
    Retention,
    /// Anything.
    Any,
}

impl Kind {
    fn named(word: &'static str) -> Option<Self> {
        Some(match word {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "str" => Self::Str,
            "secret" => Self::Secret,
            "path" => Self::Path,
            "home" => Self::Home,
            "profiles_path" => Self::ProfilesPath,
            "level" => Self::Level,
            "duration" => Self::Duration,
            "seconds" => Self::Seconds,
            "names" => Self::Names,
            "status_codes" => Self::StatusCodes,
            "headers" => Self::Headers,
            "labels" => Self::Labels,
            "flow_delay" => Self::FlowDelay,
            "task_delay" => Self::TaskDelay,
            "vacuum" => Self::Vacuum,
            "retention" => Self::Retention,
            "any" => Self::Any,
            other => Self::Choice(other.strip_prefix("choice:")?),
        })
    }

    /// How pydantic-settings treats the text of an environment variable of this kind.
    pub(super) const fn json(self) -> Json {
        match self {
            Self::Headers | Self::Retention => Json::Always,
            Self::Names
            | Self::StatusCodes
            | Self::Labels
            | Self::FlowDelay
            | Self::TaskDelay
            | Self::Vacuum => Json::WhenItParses,
            _ => Json::Never,
        }
    }
}

/// Whether text is decoded as JSON before it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Json {
    Never,
    WhenItParses,
    Always,
}

/// A bound of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    AtLeast(f64),
    MoreThan(f64),
    AtMost(f64),
}

impl Limit {
    fn parse(word: &str) -> Option<Self> {
        let (name, bound) = word.split_once('=')?;
        let bound = bound.parse().ok()?;
        match name {
            "ge" => Some(Self::AtLeast(bound)),
            "gt" => Some(Self::MoreThan(bound)),
            "le" => Some(Self::AtMost(bound)),
            _ => None,
        }
    }

    /// Whether a number keeps to this bound; a NaN keeps to none.
    pub(super) fn holds(self, number: f64) -> bool {
        match self {
            Self::AtLeast(bound) => number >= bound,
            Self::MoreThan(bound) => number > bound,
            Self::AtMost(bound) => number <= bound,
        }
    }
}

impl Setting {
    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let path = words.next()?;
        let kind = words.next()?;
        let (kind, optional) = match kind.strip_suffix('?') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let (limits, older_names): (Vec<_>, Vec<_>) = words.partition(|word| word.contains('='));
        Some(Self {
            path,
            kind: Kind::named(kind)?,
            optional,
            limits: limits.into_iter().filter_map(Limit::parse).collect(),
            older_names,
        })
    }

    /// The name of its environment variable, for example `PREFECT_API_URL`.
    pub(super) fn env_name(&self) -> String {
        env_name(self.path)
    }

    /// The names of its environment variable, the present one first.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.env_name())
            .chain(self.older_names.iter().map(|name| (*name).to_owned()))
    }

    /// The name within its group: the last part of the path.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The dotted path of its group; empty for the root.
    pub(super) fn group(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(group, _)| group)
    }
}

/// The name of the environment variable of a setting or of a group of settings.
pub(super) fn env_name(path: &str) -> String {
    format!("PREFECT_{}", path.to_ascii_uppercase().replace('.', "_"))
}

/// Whether Prefect hands a setting to the environment of a Job.
pub(super) fn reaches_jobs(path: &str) -> bool {
    !path.starts_with(INTEGRATIONS)
}

/// All settings, in the order in which Prefect writes them into an environment.
pub(super) fn all() -> Vec<Setting> {
    TABLE.lines().filter_map(Setting::parse).collect()
}

/// The dotted paths of the groups of settings, outer groups before the inner ones.
pub(super) fn groups(settings: &[Setting]) -> Vec<&'static str> {
    let mut groups: Vec<&'static str> = Vec::new();
    for setting in settings {
        for (end, _) in setting.path.match_indices('.') {
            let group = &setting.path[..end];
            // `integrations` is the place of packages, not a group with a model of its own.
            if group != "integrations" && !groups.contains(&group) {
                groups.push(group);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let settings = all();
        assert_eq!(settings.len(), TABLE.lines().count());
        let words = TABLE
            .split_whitespace()
            .filter(|word| word.contains('='))
            .count();
        let limits: usize = settings.iter().map(|setting| setting.limits.len()).sum();
        assert_eq!(limits, words);
    }

    #[test]
    fn names_follow_the_path() {
        let settings = all();
        let setting = settings
            .iter()
            .find(|setting| setting.path == "client.metrics.enabled")
            .unwrap();
        assert_eq!(setting.env_name(), "PREFECT_CLIENT_METRICS_ENABLED");
        assert_eq!(
            (setting.group(), setting.name()),
            ("client.metrics", "enabled")
        );
        assert_eq!(setting.older_names, ["PREFECT_CLIENT_ENABLE_METRICS"]);
    }

    #[test]
    fn outer_groups_come_first() {
        let groups = groups(&all());
        let place = |name| groups.iter().position(|group| *group == name).unwrap();
        assert!(place("server") < place("server.database"));
        assert!(place("integrations.kubernetes") < place("integrations.kubernetes.worker"));
        assert!(!groups.contains(&"integrations"));
    }
}
