//! Who changed last: the source that a pool is to follow, or the pool.

use jiff::Timestamp;

use super::Seen;
use crate::base_template::{Template, diff};

/// What is known of the times of both.
#[derive(Debug)]
pub struct Ages<'a> {
    /// When the source was last changed.
    pub source: Option<Timestamp>,
    /// When the pool was last changed: in any way, a change of its status included.
    pub pool: Option<Timestamp>,
    /// What was last fetched from the pool, or written to it, on this machine.
    pub seen: Option<&'a Seen>,
}

/// Which side changed, as a fragment. What was written last tells it; otherwise the times do, and
/// they may be wrong.
#[must_use]
pub fn who_is_newer(source: &Template, pool: &Template, ages: &Ages<'_>) -> &'static str {
    let is_as_seen = |template: &Template| {
        ages.seen
            .is_some_and(|seen| diff(&seen.template.to_value(), &template.to_value()).is_empty())
    };
    match (is_as_seen(source), is_as_seen(pool)) {
        (true, false) => "somebody changed the work pool",
        (false, true) => "the source is newer",
        _ if ages.seen.is_some() => match by_time(ages) {
            Some(true) => "both have changed, the source last by its time",
            Some(false) => "both have changed, the work pool last by its time",
            None => "both have changed",
        },
        _ => match by_time(ages) {
            Some(true) => "the source is newer by its time",
            Some(false) => "the work pool is newer by its time",
            None => "which of them is newer is not known",
        },
    }
}

/// Whether the source is newer.
fn by_time(ages: &Ages<'_>) -> Option<bool> {
    Some(ages.source? > ages.pool?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    #[test]
    fn what_was_seen_goes_before_times() {
        let template = |value: u8| Template::new(Map::from_iter([("a".to_owned(), json!(value))]));
        let at = |second: i64| Timestamp::from_second(second).ok();
        for (seen, source, pool, times, said) in [
            (Some(1), 1, 2, (9, 1), "somebody changed the work pool"),
            (Some(2), 1, 2, (1, 9), "the source is newer"),
            (
                Some(3),
                1,
                2,
                (1, 9),
                "both have changed, the work pool last by its time",
            ),
            (
                Some(3),
                1,
                2,
                (9, 1),
                "both have changed, the source last by its time",
            ),
            (None, 1, 2, (9, 1), "the source is newer by its time"),
            (None, 1, 2, (1, 9), "the work pool is newer by its time"),
        ] {
            let seen = seen.map(|value| Seen {
                at: Timestamp::UNIX_EPOCH,
                template: template(value),
                default: None,
            });
            let ages = Ages {
                source: at(times.0),
                pool: at(times.1),
                seen: seen.as_ref(),
            };
            assert_eq!(
                who_is_newer(&template(source), &template(pool), &ages),
                said
            );
        }
        let ages = Ages {
            source: None,
            pool: at(1),
            seen: None,
        };
        let said = who_is_newer(&template(1), &template(2), &ages);
        assert_eq!(said, "which of them is newer is not known");
    }
}
