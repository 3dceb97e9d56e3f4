//! Which build of the program this is. Commit and date are told by `make release`; a build by cargo
//! alone has neither, and is not made anew for each commit.

use serde::Serialize;

use crate::template::PREFECT_VERSION;

/// The build, as `version` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// The version of the program.
    pub version: &'static str,
    /// The commit that it was built from; ends with `-dirty` when files had been changed.
    pub commit: Option<&'static str>,
    /// When that commit was made, in UTC.
    pub date: Option<&'static str>,
    /// The version of Prefect whose worker it does the work of.
    pub prefect: &'static str,
    /// Operating system and machine, as Rust names them.
    pub platform: (&'static str, &'static str),
}

/// This very build.
pub const THIS: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: filled(option_env!("KUBECTL_PREFECT_COMMIT")),
    date: filled(option_env!("KUBECTL_PREFECT_DATE")),
    prefect: PREFECT_VERSION,
    platform: (std::env::consts::OS, std::env::consts::ARCH),
};

/// A checkout without Git leaves the variables empty.
const fn filled(value: Option<&'static str>) -> Option<&'static str> {
    match value {
        Some(value) if !value.is_empty() => Some(value),
        _ => None,
    }
}

impl Build {
    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let commit = self.commit.map(|commit| {
            let (hash, changed) = match commit.strip_suffix("-dirty") {
                Some(hash) => (hash, " with changes"),
                None => (commit, ""),
            };
            format!("commit {}{changed}", hash.get(..12).unwrap_or(hash))
        });
        let date = self.date.map(|date| date.get(..10).unwrap_or(date));
        let of: Vec<&str> = commit.as_deref().into_iter().chain(date).collect();
        let of = match of.is_empty() {
            true => String::new(),
            false => format!(" ({})", of.join(", ")),
        };
        format!(
            "kubectl-prefect {}{of}, does the work of Prefect {}",
            self.version, self.prefect
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_is_known() {
        let build = |commit, date| Build {
            version: "1.2.3",
            commit: filled(commit),
            date: filled(date),
            prefect: "3.8.8",
            ..THIS
        };
        let commit = "182743eeb9321eb3726f0ba59ed01459b4bb07a6";
        let changed = "182743eeb9321eb3726f0ba59ed01459b4bb07a6-dirty";
        let date = Some("2026-11-23T02:27:16Z");
        for (build, expected) in [
            (
                build(Some(commit), date),
                " (commit 182743eeb932, 2026-11-23)",
            ),
            (
                build(Some(changed), None),
                " (commit 182743eeb932 with changes)",
            ),
            (build(Some("abc"), Some("")), " (commit abc)"),
            (build(Some(""), None), ""),
        ] {
            let line = format!("kubectl-prefect 1.2.3{expected}, does the work of Prefect 3.8.8");
            assert_eq!(build.line(), line);
        }
    }
}
