//! Durations, by the parser that pydantic itself uses.

use speedate::{Duration, MicrosecondsPrecisionOverflowBehavior, TimeConfig};

use super::{Raw, number};

const MICROSECONDS: f64 = 1e6;
const DAY: u64 = 86_400;
/// Python's `timedelta` reaches no further.
const MOST_DAYS: f64 = 999_999_999.0;

/// A duration; a bare number is one only where it is not text.
pub(super) fn duration(raw: &Raw) -> Result<Duration, String> {
    let found = match raw {
        Raw::Str(text) => parse(text),
        other => number::float(other).and_then(of_seconds),
    };
    found.ok_or_else(|| "a duration such as PT5M, 00:05:00 or 1 day".to_owned())
}

/// A duration; a bare number is seconds, as text too.
pub(super) fn seconds(raw: &Raw) -> Result<Duration, String> {
    if let Raw::Str(text) = raw
        && let Some(number) = number::float_text(text)
        && !number.is_nan()
    {
        return of_seconds(number)
            .ok_or_else(|| "a number of seconds that is not too large".to_owned());
    }
    duration(raw).map_err(|_| "a number of seconds, or a duration such as PT5M".to_owned())
}

/// Digits after the microseconds are cut off, as pydantic does.
fn parse(text: &str) -> Option<Duration> {
    let config = TimeConfig {
        microseconds_precision_overflow_behavior: MicrosecondsPrecisionOverflowBehavior::Truncate,
        unix_timestamp_offset: None,
    };
    Duration::parse_bytes_with_config(text.as_bytes(), &config).ok()
}

/// The duration in seconds, with its sign.
pub(super) fn in_seconds(duration: &Duration) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "limits are small whole numbers")]
    let whole = duration.signed_total_seconds() as f64;
    whole + f64::from(duration.signed_microseconds()) / MICROSECONDS
}

fn of_seconds(seconds: f64) -> Option<Duration> {
    let size = seconds.abs();
    if !size.is_finite() || size / 86_400.0 > MOST_DAYS {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and checked to be small enough"
    )]
    let (mut whole, mut micro) = (
        size.trunc() as u64,
        (size.fract() * MICROSECONDS).round_ties_even() as u32,
    );
    if micro == 1_000_000 {
        (whole, micro) = (whole + 1, 0);
    }
    let days = u32::try_from(whole / DAY).ok()?;
    let rest = u32::try_from(whole % DAY).ok()?;
    Duration::new(seconds >= 0.0, days, rest, micro).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_iso_8601() {
        let cases = [
            ("02:00", "PT2H"),
            ("1 day, 1:00:00", "P1DT1H"),
            ("-1 day, 23:00:00", "-P1DT23H"),
            ("P1Y", "P1Y"),
            ("P0D", "PT0S"),
            ("12:30:15.1234567", "PT12H30M15.123456S"),
        ];
        for (from, to) in cases {
            assert_eq!(
                duration(&Raw::Str(from.into())).unwrap().to_string(),
                to,
                "{from}"
            );
        }
        for bad in ["", "60", "1:00", "02:00:60", "P", "pt1h", "1.5 days"] {
            assert!(duration(&Raw::Str(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn seconds_may_be_bare() {
        let cases = [
            ("60.5", "PT1M0.5S"),
            ("-1", "-PT1S"),
            (" 7200 ", "PT2H"),
            ("1e5", "P1DT3H46M40S"),
            ("PT5M", "PT5M"),
        ];
        for (from, to) in cases {
            assert_eq!(
                seconds(&Raw::Str(from.into())).unwrap().to_string(),
                to,
                "{from}"
            );
        }
        for bad in ["", "abc", "inf", "nan", "99999999999999"] {
            assert!(seconds(&Raw::Str(bad.into())).is_err(), "{bad}");
        }
    }
}
