//! Amounts as Kubernetes writes them: `500m`, `1Gi`, `2e3`
//! (k8s.io/apimachinery/pkg/api/resource/quantity.go), to compare one with another.

/// An amount.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantity(f64);

/// Suffixes and what they stand for; two letters first.
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

impl Quantity {
    /// Reads an amount.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<f64>() {
            return number.is_finite().then_some(Self(number));
        }
        let (number, factor) = SUFFIXES
            .iter()
            .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, factor)))?;
        let number: f64 = number.parse().ok()?;
        Some(Self(number * factor))
    }

    /// How much of a limit this is, in percent. A limit of nothing is used up.
    #[must_use]
    pub fn percent_of(self, limit: Self) -> f64 {
        if limit.0 <= 0.0 {
            return 100.0;
        }
        self.0 / limit.0 * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_every_form() {
        for (text, amount) in [
            ("0", Some(0.0)),
            ("500m", Some(0.5)),
            ("1.5", Some(1.5)),
            ("2Gi", Some(2_147_483_648.0)),
            ("2G", Some(2e9)),
            ("1e3", Some(1000.0)),
            ("3E", Some(3e18)),
            ("100u", Some(1e-4)),
            ("", None),
            ("Gi", None),
            ("NaN", None),
            ("1x", None),
        ] {
            let found = Quantity::parse(text).map(|quantity| quantity.0);
            match (found, amount) {
                (Some(found), Some(amount)) => {
                    assert!((found - amount).abs() <= amount * 1e-12, "{text}: {found}");
                }
                (found, amount) => assert_eq!(found, amount, "{text}"),
            }
        }
    }
}
