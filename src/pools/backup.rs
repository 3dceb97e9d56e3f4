//! Where the template goes that is about to be replaced.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Pool;
use crate::{
    error::{Error, Result},
    state::{self, StateFolder},
    template::slug,
};

/// Where a template is saved before another takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backup {
    /// Into this file, which must not be there yet.
    File(PathBuf),
    /// Into a file of its own in the state folder.
    In(StateFolder),
    /// Nowhere.
    None,
}

impl Backup {
    /// Saves the template of a pool; gives the file. A pool without a template has nothing to save.
    ///
    /// # Errors
    /// When the file is there already, or cannot be written.
    pub fn save(&self, pool: &Pool) -> Result<Option<PathBuf>> {
        if pool.template.is_empty() {
            return Ok(None);
        }
        let path = match self {
            Self::None => return Ok(None),
            Self::File(path) => path.clone(),
            Self::In(folder) => folder.path(&name(pool, Timestamp::now())),
        };
        let text = serde_json::to_string_pretty(pool.template.members())
            .map_err(|error| Error::failed("failed to write a template as JSON").because(&error))?;
        state::write_new(&path, format!("{text}\n").as_bytes()).map_err(|error| {
            let why = error.one_line();
            Error::failed("the template that is there could not be saved, so it stays")
                .cause(why)
                .hint("Name another file with --backup FILE, or do without with --no-backup.")
        })?;
        Ok(Some(path))
    }
}

/// The name of a file: pools of several servers may be called the same.
fn name(pool: &Pool, now: Timestamp) -> PathBuf {
    let slug = slug::name(pool.name.as_str()).unwrap_or_default();
    let moment = now.strftime("%Y%m%dT%H%M%S.%6fZ");
    PathBuf::from(format!("templates/{}/{slug}-{moment}.json", pool.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base_template::Template, prefect::WorkPoolId};
    use serde_json::{Map, json};

    fn pool(name: &str) -> Pool {
        Pool {
            id: WorkPoolId(uuid::Uuid::nil()),
            name: name.into(),
            kind: "kubernetes".to_owned(),
            template: Template::new(Map::from_iter([("a".to_owned(), json!(1))])),
            updated: None,
        }
    }

    #[test]
    fn any_pool_has_a_file_name() {
        let now = "2026-11-22T16:00:00.5Z".parse().unwrap();
        for (pool_name, file) in [
            ("my pool", "my-pool-20261122T160000.500000Z.json"),
            ("名", "ming-20261122T160000.500000Z.json"),
            ("...", "-20261122T160000.500000Z.json"),
        ] {
            let path = name(&pool(pool_name), now);
            assert_eq!(
                path.file_name().unwrap().to_str(),
                Some(file),
                "{pool_name}"
            );
        }
    }

    #[test]
    fn a_backup_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.json");
        let backup = Backup::File(file.clone());
        assert_eq!(backup.save(&pool("p")), Ok(Some(file.clone())));
        let error = backup.save(&pool("p")).unwrap_err();
        assert!(error.hints[0].contains("--no-backup"), "{error:?}");
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "{\n  \"a\": 1\n}\n"
        );
        let empty = Pool {
            template: Template::new(Map::new()),
            ..pool("p")
        };
        assert_eq!(backup.save(&empty), Ok(None));
        assert_eq!(Backup::None.save(&pool("p")), Ok(None));
    }
}
