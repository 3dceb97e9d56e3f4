//! Differences and conflicts as lines for people.

use serde_json::Value;

use crate::{
    base_template::{
        Difference,
        diff::What,
        merge::{Conflict, Side},
    },
    ui::Mark,
};

/// Lines, each with what it stands for.
pub type Lines = Vec<(Mark, String)>;

/// Differences: each path, and under it what was there and what is.
#[must_use]
pub fn differences(differences: &[Difference]) -> Lines {
    let mut lines = Lines::new();
    for Difference { path, what } in differences {
        lines.push((Mark::Heading, path.to_string()));
        match what {
            What::Add { new } => value(Mark::Added, new, &mut lines),
            What::Remove { old } => value(Mark::Removed, old, &mut lines),
            What::Replace { old, new } => {
                value(Mark::Removed, old, &mut lines);
                value(Mark::Added, new, &mut lines);
            }
            What::Reorder { old, new } => {
                lines.push((
                    Mark::Removed,
                    format!("  - in the order {}", old.join(", ")),
                ));
                lines.push((Mark::Added, format!("  + in the order {}", new.join(", "))));
            }
        }
    }
    lines
}

/// Conflicts: each path, what both sides have, and which was taken.
#[must_use]
pub fn conflicts(conflicts: &[(Conflict, Side)]) -> Lines {
    let mut lines = Lines::new();
    for (conflict, side) in conflicts {
        let taken = match side {
            Side::Ours => "yours stays",
            Side::Theirs => "the new default's is taken",
        };
        lines.push((Mark::Heading, format!("{}: {taken}", conflict.path)));
        sides(conflict, &mut lines);
    }
    lines
}

/// One conflict that is still open.
#[must_use]
pub fn conflict(conflict: &Conflict) -> Lines {
    let mut lines = vec![(Mark::Heading, conflict.path.to_string())];
    sides(conflict, &mut lines);
    lines
}

fn sides(conflict: &Conflict, lines: &mut Lines) {
    for (name, side) in [
        ("old default", &conflict.base),
        ("yours", &conflict.ours),
        ("new default", &conflict.theirs),
    ] {
        match side {
            None => lines.push((Mark::Plain, format!("  {name}: not there"))),
            Some(side) if is_short(side) => {
                lines.push((Mark::Plain, format!("  {name}: {side}")));
            }
            Some(side) => {
                lines.push((Mark::Plain, format!("  {name}:")));
                for line in pretty(side).lines() {
                    lines.push((Mark::Plain, format!("    {line}")));
                }
            }
        }
    }
}

fn value(mark: Mark, value: &Value, lines: &mut Lines) {
    let sign = if mark == Mark::Added { '+' } else { '-' };
    for line in pretty(value).lines() {
        lines.push((mark, format!("  {sign} {line}")));
    }
}

/// A value as it stands on one line, or on several where it is long.
fn pretty(value: &Value) -> String {
    let short = value.to_string();
    if is_short(value) {
        return short;
    }
    serde_json::to_string_pretty(value).unwrap_or(short)
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty() || value.to_string().len() <= 60,
        Value::Object(members) => members.is_empty() || value.to_string().len() <= 60,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_template::{Path, diff};
    use serde_json::json;

    fn text(lines: Lines) -> String {
        lines.iter().map(|(_, line)| format!("{line}\n")).collect()
    }

    #[test]
    fn differences_stand_under_their_paths() {
        let old =
            json!({"a": {"b": 1, "gone": true}, "containers": [{"name": "x"}, {"name": "y"}]});
        let new = json!({"a": {"b": null, "new": {"type": "string", "description": "a long text that takes its place"}},
            "containers": [{"name": "y"}, {"name": "x"}]});
        insta::assert_snapshot!(text(differences(&diff(&old, &new))), @r#"
        a.b
          - 1
          + null
        a.gone
          - true
        a.new
          + {
          +   "type": "string",
          +   "description": "a long text that takes its place"
          + }
        containers
          - in the order x, y
          + in the order y, x
        "#);
    }

    #[test]
    fn conflicts_show_all_sides() {
        let conflict = Conflict {
            path: Path::of(&["a"]),
            base: Some(json!(1)),
            ours: None,
            theirs: Some(
                json!({"x": "a text that is too long to stand on the line of its name, really"}),
            ),
        };
        insta::assert_snapshot!(text(conflicts(&[(conflict, Side::Ours)])), @r#"
        a: yours stays
          old default: 1
          yours: not there
          new default:
            {
              "x": "a text that is too long to stand on the line of its name, really"
            }
        "#);
    }
}
