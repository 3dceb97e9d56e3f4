//! Three-way merge: what a new default brings, laid over what was changed since the old one.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Path,
    diff::{Keyed, is_set, same},
    path::Step,
};

/// Members of a schema that are for people: they change nothing about Jobs.
const PROSE: [&str; 3] = ["description", "title", "examples"];

/// What both sides changed, each in another way. None: it is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    /// Where.
    pub path: Path,
    /// In the old default.
    pub base: Option<Value>,
    /// In our template.
    pub ours: Option<Value>,
    /// In the new default.
    pub theirs: Option<Value>,
}

/// A side of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What is in our template stays.
    Ours,
    /// What the new default has is taken.
    Theirs,
}

/// What a merge gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The template.
    pub template: Value,
    /// What both sides changed, in the order of the paths, and the side that was taken.
    pub conflicts: Vec<(Conflict, Side)>,
    /// Descriptions and titles that both sides changed; ours stay.
    pub prose_kept: usize,
}

/// Merges what `theirs` changed since `base` into `ours`. `decide` takes a side in each conflict.
///
/// # Errors
/// Those of `decide`.
pub fn merge<E>(
    base: &Value,
    ours: &Value,
    theirs: &Value,
    decide: &mut dyn FnMut(&Conflict) -> Result<Side, E>,
) -> Result<Merged, E> {
    let mut merge = Merge {
        decide,
        conflicts: Vec::new(),
        prose_kept: 0,
    };
    let three = Three {
        base: Some(base),
        ours: Some(ours),
        theirs: Some(theirs),
    };
    let template = merge.value(&Path::default(), three)?;
    Ok(Merged {
        template: template.unwrap_or_else(|| ours.clone()),
        conflicts: merge.conflicts,
        prose_kept: merge.prose_kept,
    })
}

/// The same place in all three templates.
#[derive(Clone, Copy)]
struct Three<'a> {
    base: Option<&'a Value>,
    ours: Option<&'a Value>,
    theirs: Option<&'a Value>,
}

impl<'a> Three<'a> {
    /// The same step down in all of them.
    fn each(self, down: impl Fn(&'a Value) -> Option<&'a Value>) -> Self {
        Self {
            base: self.base.and_then(&down),
            ours: self.ours.and_then(&down),
            theirs: self.theirs.and_then(&down),
        }
    }
}

struct Merge<'d, E> {
    decide: &'d mut dyn FnMut(&Conflict) -> Result<Side, E>,
    conflicts: Vec<(Conflict, Side)>,
    prose_kept: usize,
}

impl<E> Merge<'_, E> {
    /// What stands at a path; none: nothing does.
    fn value(&mut self, path: &Path, three: Three<'_>) -> Result<Option<Value>, E> {
        let Three { base, ours, theirs } = three;
        let is_same = |one: Option<&Value>, other: Option<&Value>| match (one, other) {
            (Some(one), Some(other)) => same(one, other),
            (None, None) => true,
            _ => false,
        };
        if is_same(ours, theirs) || is_same(base, theirs) {
            return Ok(ours.cloned());
        }
        if is_same(base, ours) {
            return Ok(theirs.cloned());
        }
        match (ours, theirs) {
            (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
                return self.objects(path, three, ours, theirs).map(Some);
            }
            (Some(Value::Array(ours)), Some(Value::Array(theirs))) => {
                let base = base
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice);
                if let Some(keyed) = Keyed::of(path, &[base, ours, theirs]) {
                    return self.keyed(path, &keyed, [base, ours, theirs]).map(Some);
                }
                if is_set(path) {
                    return Ok(Some(sets(base, ours, theirs)));
                }
            }
            // One side took it away, and the other one only changed its words.
            (None, Some(theirs)) if base.is_some_and(|base| is_prose_alone(path, base, theirs)) => {
                return Ok(None);
            }
            (Some(ours), None) if base.is_some_and(|base| is_prose_alone(path, base, ours)) => {
                return Ok(None);
            }
            _ => {}
        }
        if is_prose(path) {
            self.prose_kept += 1;
            return Ok(ours.cloned());
        }
        self.conflict(path, three)
    }

    fn conflict(&mut self, path: &Path, three: Three<'_>) -> Result<Option<Value>, E> {
        let conflict = Conflict {
            path: path.clone(),
            base: three.base.cloned(),
            ours: three.ours.cloned(),
            theirs: three.theirs.cloned(),
        };
        let side = (self.decide)(&conflict)?;
        self.conflicts.push((conflict, side));
        Ok(match side {
            Side::Ours => three.ours.cloned(),
            Side::Theirs => three.theirs.cloned(),
        })
    }

    /// Members of both sides: ours in their order, then theirs.
    fn objects(
        &mut self,
        path: &Path,
        three: Three<'_>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Result<Value, E> {
        let come = theirs.keys().filter(|key| !ours.contains_key(*key));
        let mut merged = Map::new();
        for key in ours.keys().chain(come) {
            let three = three.each(|value| value.get(key));
            if let Some(value) = self.value(&path.key(key), three)? {
                merged.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(merged))
    }

    fn keyed(
        &mut self,
        path: &Path,
        keyed: &Keyed,
        [base, ours, theirs]: [&[Value]; 3],
    ) -> Result<Value, E> {
        let mut names: Vec<&str> = Vec::new();
        for item in ours.iter().chain(theirs) {
            if !names.contains(&keyed.name(item)) {
                names.push(keyed.name(item));
            }
        }
        let mut merged = Vec::new();
        for name in names {
            let three = Three {
                base: keyed.find(base, name),
                ours: keyed.find(ours, name),
                theirs: keyed.find(theirs, name),
            };
            merged.extend(self.value(&path.item(name), three)?);
        }
        Ok(Value::Array(merged))
    }
}

/// Ours with what theirs adds to the base, and without what theirs takes away.
fn sets(base: &[Value], ours: &[Value], theirs: &[Value]) -> Value {
    let is_in = |items: &[Value], item: &Value| items.iter().any(|other| same(item, other));
    let stay = ours
        .iter()
        .filter(|item| !is_in(base, item) || is_in(theirs, item));
    let come = theirs
        .iter()
        .filter(|item| !is_in(base, item) && !is_in(ours, item));
    stay.chain(come).cloned().collect()
}

/// Whether the path leads to words for people, which change nothing about Jobs.
#[must_use]
pub fn is_prose(path: &Path) -> bool {
    path.is_under("variables")
        && path.last_key().is_some_and(|key| PROSE.contains(&key))
        && !matches!(path.steps(), [.., Step::Key(parent), _] if parent == "properties")
}

/// Whether two values at a path differ by words for people alone.
fn is_prose_alone(path: &Path, one: &Value, other: &Value) -> bool {
    if is_prose(path) {
        return true;
    }
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            keys.into_iter()
                .all(|key| match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => is_prose_alone(&path.key(key), one, other),
                    _ => is_prose(&path.key(key)),
                })
        }
        _ => same(one, other),
    }
}

/// How much two templates differ, words for people aside: the number of differing places.
#[must_use]
pub fn distance(one: &Value, other: &Value) -> usize {
    super::diff(one, other)
        .iter()
        .filter(|difference| !is_prose(&difference.path))
        .count()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use serde_json::json;

    fn merged(
        base: &Value,
        ours: &Value,
        theirs: &Value,
        side: Side,
    ) -> (Value, Vec<String>, usize) {
        let merged = merge(base, ours, theirs, &mut |_| Ok::<_, Infallible>(side)).unwrap();
        let paths = merged.conflicts.iter();
        let paths = paths
            .map(|(conflict, _)| conflict.path.to_string())
            .collect();
        (merged.template, paths, merged.prose_kept)
    }

    #[test]
    fn changes_of_one_side_are_taken() {
        for (base, ours, theirs, expected) in [
            (
                json!({"a": 1}),
                json!({"a": 1, "b": 2}),
                json!({"a": 2}),
                json!({"a": 2, "b": 2}),
            ),
            (
                json!({"a": 1, "b": 1}),
                json!({"b": 1}),
                json!({"a": 1, "b": 2}),
                json!({"b": 2}),
            ),
            (
                json!({"a": 1, "b": 1}),
                json!({"a": 1, "b": 2}),
                json!({"b": 1}),
                json!({"b": 2}),
            ),
            (
                json!({"a": 1}),
                json!({"a": 2}),
                json!({"a": 2.0}),
                json!({"a": 2}),
            ),
            (
                json!({}),
                json!({"o": {"x": 1}}),
                json!({"o": {"y": 2}}),
                json!({"o": {"x": 1, "y": 2}}),
            ),
            (
                json!({"containers": [{"name": "a", "image": "1"}]}),
                json!({"containers": [{"name": "a", "image": "1", "args": []}, {"name": "b"}]}),
                json!({"containers": [{"name": "a", "image": "2"}]}),
                json!({"containers": [{"name": "a", "image": "2", "args": []}, {"name": "b"}]}),
            ),
            (
                json!({"variables": {"required": ["a", "b"]}}),
                json!({"variables": {"required": ["a", "b", "c"]}}),
                json!({"variables": {"required": ["b", "d"]}}),
                json!({"variables": {"required": ["b", "c", "d"]}}),
            ),
        ] {
            let (template, conflicts, prose) = merged(&base, &ours, &theirs, Side::Theirs);
            assert_eq!(template, expected, "{base} {ours} {theirs}");
            assert_eq!(
                (conflicts, prose),
                (Vec::new(), 0),
                "{base} {ours} {theirs}"
            );
        }
    }

    #[test]
    fn what_both_sides_changed_is_a_conflict() {
        for (base, ours, theirs, path) in [
            (json!({"a": 1}), json!({"a": 2}), json!({"a": 3}), "a"),
            (json!({"a": 1}), json!({}), json!({"a": 3}), "a"),
            (json!({"a": 1}), json!({"a": 3}), json!({}), "a"),
            (
                json!({}),
                json!({"a": {"b": 1}}),
                json!({"a": {"b": 2}}),
                "a.b",
            ),
            (
                json!({"a": [1]}),
                json!({"a": [1, 2]}),
                json!({"a": [0]}),
                "a",
            ),
            (
                json!({"a": {}}),
                json!({"a": 1}),
                json!({"a": {"b": 1}}),
                "a",
            ),
        ] {
            for (side, expected) in [(Side::Ours, &ours), (Side::Theirs, &theirs)] {
                let (template, conflicts, _) = merged(&base, &ours, &theirs, side);
                assert_eq!(conflicts, [path], "{base} {ours} {theirs}");
                assert_eq!(template, *expected, "{base} {ours} {theirs}");
            }
        }
    }

    #[test]
    fn words_for_people_are_no_conflict() {
        let with = |schema: Value| json!({"variables": {"properties": {"x": schema}}});
        let none = json!({"variables": {"properties": {}}});
        let described = |text: &str| with(json!({"type": "string", "description": text}));
        let (a, b, c) = (described("a"), described("b"), described("c"));
        assert_eq!(merged(&a, &b, &c, Side::Theirs), (b.clone(), vec![], 1));
        assert_eq!(merged(&a, &a, &c, Side::Theirs), (c.clone(), vec![], 0));
        // Gone from one side, and another in words on the other: it stays gone.
        assert_eq!(
            merged(&a, &none, &c, Side::Theirs),
            (none.clone(), vec![], 0)
        );
        assert_eq!(merged(&a, &b, &none, Side::Ours), (none.clone(), vec![], 0));
        let variable = |schema: Value| json!({"variables": {"properties": {"title": schema}}});
        let (a, b, c) = (variable(json!(1)), variable(json!(2)), variable(json!(3)));
        assert_eq!(
            merged(&a, &b, &c, Side::Ours).1,
            ["variables.properties.title"]
        );
        assert_eq!(distance(&described("a"), &described("b")), 0);
        assert_eq!(
            distance(&described("a"), &with(json!({"type": "integer"}))),
            1
        );
    }

    #[test]
    fn who_decides_may_give_up() {
        let one = |value: u8| json!({"a": value});
        let refused = merge(&one(1), &one(2), &one(3), &mut |_| Err("no"));
        assert_eq!(refused.err(), Some("no"));
    }
}
