//! Tables as kubectl prints them: columns aligned by spaces, headings in capitals.

use std::io::Write;

use tabwriter::TabWriter;

use super::tame_line;

/// A table of text cells.
#[derive(Debug, Clone)]
pub struct Table {
    text: String,
}

impl Table {
    /// A table with the given headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let mut table = Self {
            text: String::new(),
        };
        table.row(headings.iter().map(|heading| (*heading).to_owned()));
        table
    }

    /// Adds a row. Tabs, line breaks and whatever else steers a terminal become spaces.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) -> &mut Self {
        let cells: Vec<String> = cells.into_iter().map(|cell| tame_line(&cell)).collect();
        self.text.push_str(&cells.join("\t"));
        self.text.push('\n');
        self
    }

    /// The aligned lines, without trailing spaces.
    #[must_use]
    pub fn render(&self) -> String {
        let mut writer = TabWriter::new(Vec::new()).padding(3).minwidth(0);
        // Writing to memory cannot fail; on the impossible the raw text is still readable.
        if writer.write_all(self.text.as_bytes()).is_err() {
            return self.text.clone();
        }
        let aligned = writer
            .into_inner()
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        aligned
            .unwrap_or_else(|| self.text.clone())
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_by_their_width_on_the_screen() {
        let mut table = Table::new(&["NAME", "STATE"]);
        table.row(["größe".into(), "Running".into()]);
        table.row(["名前".into(), "Pending".into()]);
        table.row(["a\tb\u{9b}c".into(), String::new()]);
        assert_eq!(
            table.render(),
            "NAME    STATE\ngröße   Running\n名前    Pending\na b c\n"
        );
    }
}
