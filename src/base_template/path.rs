//! Where something stands in a template, as people read it.

use std::fmt;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A member of an object.
    Key(String),
    /// A place in a list, from 0 on.
    Index(usize),
    /// The item of a list that is known by its name.
    Item(String),
}

/// A path from the root: `job_configuration.job_manifest.spec.template.spec.containers[0].image`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The path of these members of objects.
    #[must_use]
    pub fn of(keys: &[&str]) -> Self {
        Self(
            keys.iter()
                .map(|key| Step::Key((*key).to_owned()))
                .collect(),
        )
    }

    /// The path of a member.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The path of a place in a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The path of a named item of a list.
    #[must_use]
    pub fn item(&self, name: &str) -> Self {
        self.step(Step::Item(name.to_owned()))
    }

    /// The last step, if it is a member's name.
    #[must_use]
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Whether the path begins with this member of the root.
    #[must_use]
    pub fn is_under(&self, key: &str) -> bool {
        matches!(self.0.first(), Some(Step::Key(first)) if first == key)
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the template");
        }
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) => {
                    let dot = if position > 0 { "." } else { "" };
                    write!(f, "{dot}{key}")?;
                }
                Step::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Item(name) => write!(f, "[{name}]")?,
            }
        }
        Ok(())
    }
}

impl serde::Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a key needs no quotes.
fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_people_write_them() {
        let containers = Path::of(&["job_configuration", "containers"]);
        for (path, text) in [
            (Path::default(), "the template"),
            (
                containers.index(0).key("image"),
                "job_configuration.containers[0].image",
            ),
            (
                containers.item("prefect-job"),
                "job_configuration.containers[prefect-job]",
            ),
            (
                containers.key("a.b/c").key("d"),
                r#"job_configuration.containers["a.b/c"].d"#,
            ),
            (Path::of(&[""]), r#"[""]"#),
        ] {
            assert_eq!(path.to_string(), text);
        }
    }
}
