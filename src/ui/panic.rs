//! What is said when the program panics: that it is our fault, where it happened, how to report it.
//!
//! Nothing of what it worked with is shown. A panic's message that was put together at run time may
//! hold anything (an index into a text shows the text), so only messages that stand in the source
//! are repeated.

use std::panic::{PanicHookInfo, set_hook};

use super::write_all;
use crate::this_build::THIS;

/// Where bugs are reported.
pub const BUGS: &str = "https://github.com/kubectl-prefect/kubectl-prefect/issues";

/// Tells of panics in words of our own.
pub fn tell_of_panics() {
    set_hook(Box::new(|panic| {
        write_all(&mut std::io::stderr().lock(), &words(panic));
    }));
}

fn words(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location();
    let place = place.map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    let why = match panic.payload().downcast_ref::<&'static str>() {
        Some(text) => format!("{text} ({place})"),
        None => format!("it panicked at {place}"),
    };
    format!(
        "error: this is a bug in kubectl-prefect\n  why: {why}\n\
         hint: Please report it at {BUGS}, with this:\n  \
         {why}\n  {}, {}/{}\n\
         hint: kubectl prefect report gathers more, without Secrets, if you can add it.\n",
        THIS.line(),
        THIS.platform.0,
        THIS.platform.1
    )
}
