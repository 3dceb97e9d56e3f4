//! Differences of texts, as `diff -u` writes them; in colours on a terminal.

use similar::{ChangeTag, TextDiff};

use super::{Ui, tame_line};

/// Lines around a change.
const CONTEXT: usize = 3;

impl Ui {
    /// The difference of two texts with a name for each side; empty when they are the same.
    #[must_use]
    pub fn unified(&self, names: (&str, &str), before: &str, after: &str) -> String {
        let paint = |code: &str, text: &str| self.paint_data(code, text);
        let diff = TextDiff::from_lines(before, after);
        let mut out = String::new();
        for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
            if out.is_empty() {
                out.push_str(&paint("1", &format!("--- {}", tame_line(names.0))));
                out.push('\n');
                out.push_str(&paint("1", &format!("+++ {}", tame_line(names.1))));
                out.push('\n');
            }
            out.push_str(&paint("36", &hunk.header().to_string()));
            out.push('\n');
            for change in hunk.iter_changes() {
                let line = tame_line(change.value().trim_end_matches('\n'));
                let line = match change.tag() {
                    ChangeTag::Equal => format!(" {line}"),
                    ChangeTag::Delete => paint("31", &format!("-{line}")),
                    ChangeTag::Insert => paint("32", &format!("+{line}")),
                };
                out.push_str(&line);
                out.push('\n');
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        env_vars::Environment,
        ui::{ColorChoice, Ui},
    };

    #[test]
    fn changes_stand_between_what_is_around_them() {
        let ui = Ui::new(ColorChoice::Never, &Environment::default());
        let text = ui.unified(
            ("a", "b\x1b"),
            "1\n2\n3\n4\n5\n6\n",
            "1\n2\n3\n4\nfive\n6\n",
        );
        assert_eq!(
            text,
            "--- a\n+++ b \n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6\n"
        );
        assert_eq!(ui.unified(("a", "b"), "x\n", "x\n"), "");
        let ui = Ui::new(ColorChoice::Always, &Environment::default());
        let text = ui.unified(("a", "b"), "1\n", "");
        assert!(text.contains("\x1b[31m-1\x1b[0m"), "{text:?}");
    }
}
