//! A live table under a scrolling log, drawn on a terminal's stderr.
//!
//! Away from a terminal nothing is drawn and lines are written as they come.

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The screen that log lines and the live table share. Clones are the same screen.
#[derive(Debug, Clone)]
pub struct Live {
    bars: Option<MultiProgress>,
    rows: Arc<Mutex<Vec<ProgressBar>>>,
    /// The terminal's width when the table was last drawn.
    width: Arc<AtomicUsize>,
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
            width: Arc::default(),
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
        let width = usize::from(width);
        let lines = fit(lines, room, width);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let old_width = self.width.swap(width, Ordering::Relaxed);
        if old_width != width {
            erase_reflowed(bars, rows.len(), reflowed(rows.len(), old_width, width));
        }
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

/// Takes the table off a terminal that has changed its width. It lays out anew what stands on it,
/// and the table has then another number of rows than indicatif, which drew it, goes back over: in
/// a narrower one some would stay, in a wider one lines of the log would go.
fn erase_reflowed(bars: &MultiProgress, drawn: usize, now: usize) {
    let write = |text: &str| {
        let mut stderr = io::stderr().lock();
        // A closed stderr has nothing on it to take away.
        let _ = stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush());
    };
    write(&"\n".repeat(drawn.saturating_sub(now)));
    bars.suspend(|| match now.saturating_sub(drawn) {
        0 => {}
        more => write(&format!("\x1b[{more}A\r\x1b[J")),
    });
}

/// How many rows a drawn table has after a change of the terminal's width: indicatif fills each
/// line up to the old width, so that all of it is one long line to the terminal.
fn reflowed(drawn: usize, old_width: usize, width: usize) -> usize {
    (drawn * old_width).div_ceil(width.max(1))
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
    use super::{fit, reflowed};

    fn lines(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("line {number}")).collect()
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(fit(&lines(3), 3, 80), lines(3));
        assert_eq!(fit(&lines(5), 3, 80), ["line 0", "line 1", "… and 3 more"]);
    }

    #[test]
    fn a_terminal_of_another_width_makes_other_rows() {
        for (drawn, old_width, width, rows) in [
            (5, 80, 80, 5),
            (5, 80, 79, 6),
            (5, 80, 40, 10),
            (5, 40, 80, 3),
            (5, 40, 1000, 1),
            (0, 80, 40, 0),
            (0, 0, 80, 0),
        ] {
            assert_eq!(
                reflowed(drawn, old_width, width),
                rows,
                "{old_width} {width}"
            );
        }
    }

    #[test]
    fn long_lines_are_cut_at_the_terminals_width() {
        assert_eq!(
            fit(&["x".repeat(50)], 3, 20),
            [format!("{}…", "x".repeat(19))]
        );
    }
}
