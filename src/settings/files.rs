//! The files in the working folder that Prefect reads: `.env`, `prefect.toml`, `pyproject.toml`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::dotenv;
use crate::{
    env_vars::Environment,
    error::{Error, Result},
};

/// What stands in the files of the working folder.
#[derive(Debug, Default)]
pub(super) struct WorkingFolder {
    /// Variables of `.env` by their name in lower case, with the name as it was written.
    pub dotenv: BTreeMap<String, (String, String)>,
    /// `PREFECT_PROFILES_PATH` of `.env`, spelled exactly so.
    pub dotenv_profiles_path: Option<String>,
    /// The `.env` file's path.
    pub dotenv_path: PathBuf,
    /// `prefect.toml`.
    pub prefect: TomlFile,
    /// The table `tool.prefect` of `pyproject.toml`.
    pub pyproject: TomlFile,
}

/// A TOML file with settings.
#[derive(Debug, Default)]
pub(super) struct TomlFile {
    /// The file.
    pub path: PathBuf,
    /// The dotted key under which settings stand; empty for the whole file.
    pub prefix: &'static str,
    /// The settings; none when there is no such file or table.
    pub table: Option<toml::Table>,
}

impl WorkingFolder {
    /// Reads the files that exist.
    ///
    /// # Errors
    /// A file cannot be read, is not UTF-8 or is not TOML.
    pub(super) fn read(folder: &Path, env: &Environment) -> Result<Self> {
        let dotenv_path = folder.join(".env");
        let mut dotenv = BTreeMap::new();
        let mut dotenv_profiles_path = None;
        if let Some(text) = read_if_file(&dotenv_path)? {
            for (name, value) in dotenv::parse(&text, |name| env.get(name)) {
                if name == "PREFECT_PROFILES_PATH" {
                    dotenv_profiles_path.clone_from(&value);
                }
                match value {
                    Some(value) => dotenv.insert(name.to_lowercase(), (name, value)),
                    // A name without a value hides the same name in other letters above it.
                    None => dotenv.remove(&name.to_lowercase()),
                };
            }
        }
        Ok(Self {
            dotenv,
            dotenv_profiles_path: dotenv_profiles_path.filter(|path| !path.is_empty()),
            dotenv_path,
            prefect: TomlFile::read(folder.join("prefect.toml"), &[])?,
            pyproject: TomlFile::read(folder.join("pyproject.toml"), &["tool", "prefect"])?,
        })
    }

    /// The profiles file that the files name, first those of higher precedence.
    pub(super) fn profiles_path(&self) -> Option<&str> {
        self.dotenv_profiles_path
            .as_deref()
            .or_else(|| self.prefect.profiles_path())
            .or_else(|| self.pyproject.profiles_path())
    }
}

impl TomlFile {
    fn read(path: PathBuf, keys: &[&str]) -> Result<Self> {
        let mut table = read_toml(&path)?;
        for key in keys {
            table = match table.as_mut().and_then(|table| table.remove(*key)) {
                None => None,
                Some(toml::Value::Table(inner)) => Some(inner),
                Some(_) => {
                    return Err(Error::usage(format!(
                        "{}: {} must be a table",
                        path.display(),
                        keys.join(".")
                    )));
                }
            };
        }
        Ok(Self {
            path,
            prefix: if keys.is_empty() { "" } else { "tool.prefect" },
            table,
        })
    }

    /// The table of a group of settings; none when it is not there.
    ///
    /// # Errors
    /// The group is there but is no table: its dotted key.
    pub(super) fn group(&self, group: &str) -> Result<Option<&toml::Table>, String> {
        let Some(mut table) = self.table.as_ref() else {
            return Ok(None);
        };
        for key in group.split('.').filter(|key| !key.is_empty()) {
            table = match table.get(key) {
                None => return Ok(None),
                Some(toml::Value::Table(inner)) => inner,
                Some(_) => return Err(self.key(group)),
            };
        }
        Ok(Some(table))
    }

    /// The dotted key of a setting in this file.
    pub(super) fn key(&self, path: &str) -> String {
        if self.prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{}.{path}", self.prefix)
        }
    }

    fn profiles_path(&self) -> Option<&str> {
        let path = self.table.as_ref()?.get("profiles_path")?.as_str()?;
        (!path.is_empty()).then_some(path)
    }
}

/// Reads a TOML file; none when there is no such file.
fn read_toml(path: &Path) -> Result<Option<toml::Table>> {
    let Some(text) = read_if_file(path)? else {
        return Ok(None);
    };
    parse_toml(path, &text).map(Some)
}

/// Parses TOML; the error shows the place but never the text, which may hold a secret.
pub(super) fn parse_toml(path: &Path, text: &str) -> Result<toml::Table> {
    if text.starts_with('\u{feff}') {
        return Err(
            Error::usage(format!("{} is not valid TOML", path.display()))
                .cause("it begins with a byte order mark")
                .hint("Save the file as UTF-8 without a byte order mark."),
        );
    }
    text.parse::<toml::Table>().map_err(|error| {
        let place = error.span().map_or_else(String::new, |span| {
            let before = text.get(..span.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            format!(" at line {line}")
        });
        Error::usage(format!("{} is not valid TOML{place}", path.display()))
            .cause(error.message().to_owned())
    })
}

/// The text of a file; none when there is none.
fn read_if_file(path: &Path) -> Result<Option<String>> {
    path.is_file().then(|| read(path)).transpose()
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::usage(format!("failed to read {}", path.display())).because(&error))
}
