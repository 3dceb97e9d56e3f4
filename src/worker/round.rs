//! A round over many runs, of which one that cannot be seen to must not hide those behind it.

use std::ops::ControlFlow;

use crate::prefect::ApiError;

/// So many failures in a row are an outage, and no fault of the runs: the round ends.
const AN_OUTAGE: u32 = 3;

/// What failed in a round.
#[derive(Debug)]
pub struct Round<E = ApiError> {
    first: Option<E>,
    in_a_row: u32,
}

impl<E> Default for Round<E> {
    fn default() -> Self {
        Self {
            first: None,
            in_a_row: 0,
        }
    }
}

impl<E> Round<E> {
    /// Notes what came of one run. Breaks when the round is to end.
    pub fn note(&mut self, of_one: Result<(), E>) -> ControlFlow<()> {
        let Err(error) = of_one else {
            self.in_a_row = 0;
            return ControlFlow::Continue(());
        };
        self.first.get_or_insert(error);
        self.in_a_row += 1;
        if self.in_a_row >= AN_OUTAGE {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// What the round comes to.
    ///
    /// # Errors
    /// The first failure.
    pub fn end(self) -> Result<(), E> {
        self.first.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_that_cannot_be_read_does_not_end_the_round() {
        let (well, bad) = (Ok(()), Err("bad"));
        for (name, of_runs, seen, end) in [
            ("well", vec![well, well], 2, Ok(())),
            ("one is unreadable", vec![well, bad, well], 3, Err("bad")),
            ("two and two", vec![bad, bad, well, bad, bad], 5, Err("bad")),
            ("an outage", vec![bad, bad, bad, well], 3, Err("bad")),
        ] {
            let mut round = Round::default();
            let mut noted = 0;
            for of_run in of_runs {
                noted += 1;
                if round.note(of_run).is_break() {
                    break;
                }
            }
            assert_eq!((noted, round.end()), (seen, end), "{name}");
        }
    }
}
