//! Lines that show what changed: coloured on a terminal, and readable without colours.

use super::{Ui, tame_line};

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing in particular.
    Plain,
    /// What the lines under it are about.
    Heading,
    /// Something new.
    Added,
    /// Something that is gone.
    Removed,
}

impl Mark {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Heading => Some("1"),
            Self::Added => Some("32"),
            Self::Removed => Some("31"),
        }
    }
}

impl Ui {
    /// Prints marked lines on stdout.
    pub fn data_marked(&self, lines: &[(Mark, String)]) {
        self.data(&painted(lines, self.color_of_data));
    }

    /// Says marked lines on stderr.
    pub fn say_marked(&self, lines: &[(Mark, String)]) {
        super::write_all(&mut std::io::stderr().lock(), &painted(lines, self.color));
    }
}

fn painted(lines: &[(Mark, String)], color: bool) -> String {
    let paint = |(mark, line): &(Mark, String)| {
        let line = tame_line(line);
        match mark.code().filter(|_| color) {
            Some(code) => format!("\x1b[{code}m{line}\x1b[0m\n"),
            None => format!("{line}\n"),
        }
    };
    lines.iter().map(paint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tamed_and_then_painted() {
        let lines = [
            (Mark::Plain, "a\x1b[2J".to_owned()),
            (Mark::Added, "+ b".to_owned()),
        ];
        assert_eq!(painted(&lines, false), "a [2J\n+ b\n");
        assert_eq!(painted(&lines, true), "a [2J\n\x1b[32m+ b\x1b[0m\n");
    }
}
