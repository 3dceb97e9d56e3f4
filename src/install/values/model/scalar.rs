//! Values that may be written in more than one way.

use super::{Deserialize, JsonSchema, Serialize};

/// Text that may also be written as a number or a boolean; it is always passed on as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Scalar {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A boolean.
    Bool(bool),
}

impl Scalar {
    /// The text that it stands for.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(integer) => integer.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// Whether a template would take it for nothing: an empty text, zero, false.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Integer(integer) => *integer == 0,
            Self::Number(number) => *number == 0.0,
            Self::Bool(value) => !value,
        }
    }
}

/// A quantity of Kubernetes, such as `500m` or `1Gi`; a plain number is one too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Quantity {
    /// With a unit.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
}

/// A number of pods, or a share of them such as `50%`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum IntOrPercent {
    /// A number of pods.
    Int(i64),
    /// A share of them.
    Percent(String),
}

impl IntOrPercent {
    /// How many of `pods` this is, rounded up as the disruption controller does; none when it is
    /// neither a number nor a percentage.
    #[must_use]
    pub fn of(&self, pods: i64) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Percent(text) => {
                let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
                let share = percent.checked_mul(pods)?;
                Some(share.div_euclid(100) + i64::from(share.rem_euclid(100) > 0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_up() {
        for (text, pods, expected) in [
            ("50%", 3, Some(2)),
            ("0%", 3, Some(0)),
            ("100%", 3, Some(3)),
            ("1%", 1, Some(1)),
            ("half", 3, None),
            ("3", 3, None),
        ] {
            assert_eq!(
                IntOrPercent::Percent(text.to_owned()).of(pods),
                expected,
                "{text}"
            );
        }
        assert_eq!(IntOrPercent::Int(2).of(5), Some(2));
    }

    #[test]
    fn scalars_keep_their_text() {
        for (json, text, empty) in [
            ("\"007\"", "007", false),
            ("2", "2", false),
            ("0", "0", true),
            ("0.5", "0.5", false),
            ("true", "true", false),
            ("false", "false", true),
            ("\"\"", "", true),
        ] {
            let scalar: Scalar = serde_json::from_str(json).unwrap();
            assert_eq!((scalar.text().as_str(), scalar.is_empty()), (text, empty));
        }
    }
}
