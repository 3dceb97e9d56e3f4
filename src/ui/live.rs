//! A live table under a scrolling log, drawn on a terminal's stderr.
//!
//! Away from a terminal nothing is drawn and lines are written as they come.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The screen that log lines and the live table share. Clones are the same screen.
#[derive(Debug, Clone)]
pub struct Live {
    bars: Option<MultiProgress>,
    rows: Arc<Mutex<Vec<ProgressBar>>>,
}

impl Live {
    /// A screen that draws when `live` says that there is a terminal to draw on.
    #[must_use]
    pub fn new(live: bool) -> Self {
        Self {
            // Few redraws a second: the table costs CPU on the laptop that also runs the flows.
            bars: live
                .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(4))),
            rows: Arc::default(),
        }
    }

    /// Whether a table is drawn at all.
    #[must_use]
    pub const fn is_drawn(&self) -> bool {
        self.bars.is_some()
    }

    /// Replaces the table by these lines, cut to the terminal's size.
    pub fn show(&self, lines: &[String]) {
        let Some(bars) = &self.bars else { return };
        let (height, width) = console::Term::stderr().size();
        let room = usize::from(height).saturating_sub(4).max(3);
        let lines = fit(lines, room, usize::from(width));
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        while rows.len() > lines.len() {
            if let Some(row) = rows.pop() {
                row.finish_and_clear();
                bars.remove(&row);
            }
        }
        while rows.len() < lines.len() {
            let row = bars.add(ProgressBar::new_spinner().with_style(plain()));
            rows.push(row);
        }
        for (row, line) in rows.iter().zip(lines) {
            if row.message() != line {
                row.set_message(line);
            }
        }
    }

    /// Takes the table off the screen.
    pub fn clear(&self) {
        self.show(&[]);
        if let Some(bars) = &self.bars {
            // A terminal that is gone needs no clearing.
            let _ = bars.clear();
        }
    }

    /// Writes bytes on stderr above the table.
    fn write_above(&self, bytes: &[u8]) -> io::Result<()> {
        let write = || {
            let mut stderr = io::stderr().lock();
            stderr.write_all(bytes).and_then(|()| stderr.flush())
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

/// The first lines that fit into `room`, each cut to `width`, and how many are not shown.
fn fit(lines: &[String], room: usize, width: usize) -> Vec<String> {
    let cut = |line: &String| console::truncate_str(line, width.max(10), "…").into_owned();
    if lines.len() <= room {
        return lines.iter().map(cut).collect();
    }
    let shown = room - 1;
    let mut fitted: Vec<String> = lines.iter().take(shown).map(cut).collect();
    fitted.push(cut(&format!("… and {} more", lines.len() - shown)));
    fitted
}

fn plain() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Lets the log's formatter write above the table, a whole line at a time.
impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Live {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line {
            live: self,
            bytes: Vec::new(),
        }
    }
}

/// One log line in the making; it is written when it is dropped.
#[derive(Debug)]
pub struct Line<'a> {
    live: &'a Live,
    bytes: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        // A closed stderr has nobody to tell.
        let _ = self.live.write_above(&self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    fn lines(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("line {number}")).collect()
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(fit(&lines(3), 3, 80), lines(3));
        assert_eq!(fit(&lines(5), 3, 80), ["line 0", "line 1", "… and 3 more"]);
    }

    #[test]
    fn long_lines_are_cut_at_the_terminals_width() {
        assert_eq!(
            fit(&["x".repeat(50)], 3, 20),
            [format!("{}…", "x".repeat(19))]
        );
    }
}
