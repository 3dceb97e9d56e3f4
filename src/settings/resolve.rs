//! Finds the value of every setting: each source in its turn, the strongest last.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use super::{
    coerce::{self, Context},
    files::{TomlFile, WorkingFolder},
    problem::Problems,
    profiles::ActiveProfile,
    raw::Raw,
    source::Source,
    table::{self, Json, Kind, Setting},
    value::Value,
};
use crate::env_vars::Environment;

/// Where the group `plugins` stood in older versions; files may still have it there.
const OLD_PLUGINS: &str = "experiments.plugins";

/// Where values come from, all read.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub env: &'a Environment,
    pub folder: &'a WorkingFolder,
    pub profile: &'a ActiveProfile,
    /// Values of flags by the path of the setting.
    pub flags: Vec<(&'static str, &'static str, Raw)>,
}

/// A setting that has a value.
#[derive(Debug)]
pub(super) struct Entry {
    /// The path of the setting.
    pub path: &'static str,
    /// Its value.
    pub value: Value,
    /// The strongest source that gave it.
    pub source: Source,
    /// Whether Prefect counts it as set, and hands it on.
    pub set: bool,
}

/// A raw value and its place.
type Found = (Raw, Source);

/// Resolves all settings, in the order of the table.
pub(super) fn resolve(
    settings: &[Setting],
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Vec<Entry> {
    let resolver = Resolver {
        env: by_lower_case(sources.env),
        nested: HashMap::new(),
        sources,
    };
    resolver.run(settings, problems)
}

/// Names in any case; of two that differ only in case the last one in order wins.
fn by_lower_case(env: &Environment) -> BTreeMap<String, (&str, &str)> {
    env.iter()
        .map(|(name, value)| (name.to_lowercase(), (name, value)))
        .filter(|(name, _)| name.starts_with("prefect_"))
        .collect()
}

struct Resolver<'a> {
    sources: &'a Sources<'a>,
    env: BTreeMap<String, (&'a str, &'a str)>,
    /// Values from JSON that sets a whole group: they are stronger than the group's own variables.
    nested: HashMap<&'static str, Found>,
}

impl Resolver<'_> {
    fn run(mut self, settings: &[Setting], problems: &mut Problems) -> Vec<Entry> {
        let groups = table::groups(settings);
        for group in groups.iter().chain(&[OLD_PLUGINS]) {
            self.check_tables(group, problems);
        }
        // Inner groups first, so that the outer ones win.
        for group in groups
            .iter()
            .rev()
            .filter(|group| **group != table::KUBERNETES)
        {
            self.read_group(group, settings, problems);
        }
        let user_home = self.sources.env.home().and_then(Path::to_str);
        let mut prefect_home = default_home(user_home);
        let mut entries = Vec::new();
        for setting in settings {
            let Some((raw, source)) = self.strongest(setting, problems) else {
                continue;
            };
            let context = Context {
                user_home,
                prefect_home: prefect_home.as_deref(),
            };
            match coerce::coerce(setting, &raw, context) {
                Ok(value) => {
                    if let (Kind::Home, Value::Text(home)) = (setting.kind, &value) {
                        prefect_home = Some(home.clone());
                    }
                    entries.push(Entry {
                        path: setting.path,
                        value,
                        source,
                        set: true,
                    });
                }
                Err(expected) => {
                    if setting.kind == Kind::Home {
                        prefect_home = None;
                    }
                    problems.bad_value(setting, &raw, &source, &expected);
                }
            }
        }
        entries
    }

    /// Lays the sources over one another, the weakest first.
    fn strongest(&self, setting: &Setting, problems: &mut Problems) -> Option<Found> {
        let mut layers: Vec<Option<Found>> = Vec::new();
        let folder = self.sources.folder;
        if setting.group() == "plugins" {
            for file in [&folder.pyproject, &folder.prefect] {
                layers.push(self.in_toml(file, setting, OLD_PLUGINS, problems));
            }
        }
        layers.push(self.in_profile(setting, problems));
        for file in [&folder.pyproject, &folder.prefect] {
            layers.push(self.in_toml(file, setting, setting.group(), problems));
        }
        layers.push(self.in_dotenv(setting, problems));
        layers.push(self.in_environment(setting, problems));
        layers.push(self.nested.get(setting.path).cloned());
        layers.push(self.in_flags(setting));
        layers
            .into_iter()
            .flatten()
            .reduce(|(under, _), (over, source)| (under.overlaid(over), source))
    }

    fn in_flags(&self, setting: &Setting) -> Option<Found> {
        let (_, flag, raw) = self
            .sources
            .flags
            .iter()
            .find(|(path, _, _)| *path == setting.path)?;
        Some((raw.clone(), Source::Flag(flag)))
    }

    fn in_environment(&self, setting: &Setting, problems: &mut Problems) -> Option<Found> {
        let (name, value) = setting
            .names()
            .find_map(|name| self.env.get(&name.to_lowercase()))?;
        let source = Source::Environment((*name).to_owned());
        decoded(setting, value, source, problems)
    }

    fn in_dotenv(&self, setting: &Setting, problems: &mut Problems) -> Option<Found> {
        let folder = self.sources.folder;
        let (name, value) = setting
            .names()
            .find_map(|name| folder.dotenv.get(&name.to_lowercase()))?;
        decoded(setting, value, self.dotenv_source(name), problems)
    }

    fn dotenv_source(&self, name: &str) -> Source {
        Source::DotEnv {
            path: self.sources.folder.dotenv_path.clone(),
            name: name.to_owned(),
        }
    }

    fn in_profile(&self, setting: &Setting, problems: &mut Problems) -> Option<Found> {
        let profile = self.sources.profile;
        let value = setting
            .names()
            .find_map(|name| profile.settings.get(&name))?;
        from_toml(setting, value, profile.source.clone(), problems)
    }

    fn in_toml(
        &self,
        file: &TomlFile,
        setting: &Setting,
        group: &str,
        problems: &mut Problems,
    ) -> Option<Found> {
        let value = file.group(group).ok().flatten()?.get(setting.name())?;
        let source = Source::Toml {
            path: file.path.clone(),
            key: file.key(setting.path),
        };
        if value.is_table() {
            // A table is a group of settings, unless the setting itself is an object.
            return (setting.kind.json() == Json::Always).then(|| (Raw::from(value), source));
        }
        from_toml(setting, value, source, problems)
    }

    fn check_tables(&self, group: &str, problems: &mut Problems) {
        let folder = self.sources.folder;
        for file in [&folder.prefect, &folder.pyproject] {
            if let Err(key) = file.group(group) {
                problems.add(format!("{key} in {} must be a table", file.path.display()));
            }
        }
    }

    /// Reads JSON that sets a whole group: `PREFECT_API='{"url": "..."}'`.
    fn read_group(&mut self, group: &'static str, settings: &[Setting], problems: &mut Problems) {
        let name = table::env_name(group);
        let lower = name.to_lowercase();
        let mut texts = Vec::new();
        if let Some(value) = self.sources.profile.settings.get(&name) {
            texts.push((
                value.as_str().map(str::to_owned),
                self.sources.profile.source.clone(),
            ));
        }
        if let Some((name, value)) = self.sources.folder.dotenv.get(&lower) {
            texts.push((Some(value.clone()), self.dotenv_source(name)));
        }
        if let Some((name, value)) = self.env.get(&lower) {
            texts.push((
                Some((*value).to_owned()),
                Source::Environment((*name).to_owned()),
            ));
        }
        for (text, source) in texts {
            match text.as_deref().and_then(Raw::from_json) {
                Some(Raw::Null) => {}
                Some(Raw::Map(entries)) => {
                    self.read_nested(group, &entries, &source, settings, problems);
                }
                _ => problems.add(format!(
                    "{name} ({source}): expected a JSON object of the settings {group}.*"
                )),
            }
        }
    }

    fn read_nested(
        &mut self,
        group: &str,
        entries: &[(String, Raw)],
        source: &Source,
        settings: &[Setting],
        problems: &mut Problems,
    ) {
        for (key, value) in entries {
            let key = key.to_lowercase();
            let inner = format!("{group}.{key}");
            let moved = if inner == OLD_PLUGINS {
                "plugins"
            } else {
                &inner
            };
            let prefix = format!("{moved}.");
            if settings
                .iter()
                .any(|setting| setting.path.starts_with(&prefix))
            {
                match value {
                    Raw::Map(entries) => {
                        self.read_nested(moved, entries, source, settings, problems)
                    }
                    _ => problems.add(format!("{inner} ({source}): expected a JSON object")),
                }
                continue;
            }
            let setting = settings
                .iter()
                .filter(|setting| setting.group() == group)
                .find(|setting| {
                    setting.name() == key
                        || (!setting.older_names.is_empty()
                            && setting.names().any(|name| name.to_lowercase() == key))
                });
            if let Some(setting) = setting {
                let under = self
                    .nested
                    .remove(setting.path)
                    .map_or(Raw::Null, |(raw, _)| raw);
                let found = (under.overlaid(value.clone()), source.clone());
                self.nested.insert(setting.path, found);
            }
        }
    }
}

/// Text of an environment variable, decoded where the kind of the setting asks for JSON.
fn decoded(
    setting: &Setting,
    text: &str,
    source: Source,
    problems: &mut Problems,
) -> Option<Found> {
    let plain = || Raw::Str(text.to_owned());
    let raw = match setting.kind.json() {
        Json::Never => plain(),
        Json::WhenItParses => Raw::from_json(text).unwrap_or_else(plain),
        Json::Always => match Raw::from_json(text) {
            Some(raw) => raw,
            None => {
                problems.bad_value(setting, &plain(), &source, "a JSON object");
                return None;
            }
        },
    };
    (raw != Raw::Null).then_some((raw, source))
}

/// A value of a TOML file: only text of objects is decoded.
fn from_toml(
    setting: &Setting,
    value: &toml::Value,
    source: Source,
    problems: &mut Problems,
) -> Option<Found> {
    if setting.kind.json() != Json::Always {
        return Some((Raw::from(value), source));
    }
    match value.as_str().and_then(Raw::from_json) {
        Some(raw) => Some((raw, source)),
        None => {
            problems.bad_value(
                setting,
                &Raw::from(value),
                &source,
                "a JSON object as a string",
            );
            None
        }
    }
}

/// Prefect's folder when nobody sets it.
pub(super) fn default_home(user_home: Option<&str>) -> Option<String> {
    Some(coerce::python_path(&format!("{}/.prefect", user_home?)))
}
