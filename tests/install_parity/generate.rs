//! Texts of YAML and expressions of `--set`, made by chance that is the same each time.

use serde_json::{Value, json};

/// A generator of numbers (Numerical Recipes' LCG); the tests need variety, not quality.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn text(&mut self, from: &[&str], longest: usize) -> String {
        (0..=self.below(longest)).map(|_| self.pick(from)).collect()
    }
}

/// Scalars of all kinds, and some structures.
pub fn texts() -> Vec<String> {
    let mut chance = Chance(7);
    let numbers = [
        "0", "1", "7", "8", "9", "x", "o", "b", "a", "F", "_", "+", "-", ".", "e", "E", ":",
    ];
    let words = [
        "y", "n", "yes", "No", "ON", "off", "True", "null", "~", "Null", "nan", ".", "'a'",
        "\"b\"", "a", " ",
    ];
    let mut texts = Vec::new();
    for _ in 0..3000 {
        texts.push(format!(
            "a: x{}\nb: {}\n",
            chance.text(&numbers, 6),
            plain(&chance.text(&numbers, 6))
        ));
    }
    for _ in 0..500 {
        texts.push(format!("a: {}\n", plain(&chance.text(&words, 2))));
    }
    for _ in 0..500 {
        texts.push(format!(
            "{}: 1\n{}: 2\n",
            plain(&chance.text(&words, 1)),
            plain(&chance.text(&numbers, 3))
        ));
    }
    texts.extend(
        [
            "a: &x {b: 1, d: 3}\nc:\n  d: 2\n  <<: *x\n",
            "a: &x {b: 1}\nz: &z {b: 2, e: 1}\nc:\n  <<: [*x, *z]\n",
            "a: !!binary aGk=\nb: !foo 5\nc: !!str 5\nd: !!int '5'\ne: !!float 1\n",
            "a: |\n  x\n\n  y\nb: >-\n  x\n  y\nc: |+\n  z\n\n",
            "a:\n- b\n- c: d\n  e: f\n",
            "a: [1, [2, {b: 3}], ]\n",
            "\u{feff}a: 1\n",
            "a: 'it''s'\nb: \"\\x41\\n\\u00e9\"\n",
        ]
        .map(str::to_owned),
    );
    texts
}

/// What begins a number with a sign and a blank, or a list, is another thing than a scalar.
fn plain(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.starts_with([':', '-']) && text.len() == 1 || text.ends_with(':') {
        return "0".to_owned();
    }
    text.to_owned()
}

/// Expressions, each with how it is read.
pub fn expressions() -> Vec<(&'static str, String)> {
    let mut chance = Chance(11);
    let parts = [
        "a", "b", ".", "=", ",", "[0]", "[1]", "{", "}", "\\,", "\\.", "1", "true", "null", "0",
        "07", " ", "-3",
    ];
    let paths = ["a", "a.b", "a[0]", "a[0].b", "a[1][0]", "a\\.b", "c"];
    let values = [
        "1", "x", "", "null", "true", "{1,x}", "{}", "007", "0", "a\\,b", "1.5", "x=y",
    ];
    let json = [
        "1",
        "\"x\"",
        "null",
        "{\"b\":[1,2]}",
        "[]",
        "",
        " 2 ",
        "1e3",
        "x",
    ];
    let mut expressions = Vec::new();
    for how in ["typed", "text"] {
        for _ in 0..1500 {
            expressions.push((how, chance.text(&parts, 8)));
        }
        for _ in 0..500 {
            expressions.push((how, several(&mut chance, &paths, &values)));
        }
    }
    for _ in 0..500 {
        expressions.push((
            "json",
            several(&mut chance, &["a", "b", "a.b", "c[0]"], &json),
        ));
    }
    for _ in 0..300 {
        let one = format!("{}={}", chance.pick(&paths), chance.pick(&values));
        expressions.push(("literal", one));
    }
    expressions
}

fn several(chance: &mut Chance, paths: &[&str], values: &[&str]) -> String {
    let count = 1 + chance.below(3);
    let all: Vec<String> = (0..count)
        .map(|_| format!("{}={}", chance.pick(paths), chance.pick(values)))
        .collect();
    all.join(",")
}

/// Values whose pod has an annotation `a` that is a template.
pub fn templates() -> Vec<Value> {
    let mut chance = Chance(13);
    let sources = [
        ".Values.team",
        ".Values.count",
        ".Values.zero",
        ".Values.on",
        ".Values.off",
        ".Values.none",
        ".Values.missing",
        ".Values.list",
        ".Values.map",
        ".Values.map.k",
        "$.Release.Name",
        ".Release.Namespace",
        "\"a-b\"",
        "`x`",
        "5",
        "1.5",
        "-3",
        "true",
        "(.Values.map).k",
        "(printf \"%s\" \"q\")",
        "(default \"z\" .Values.none)",
    ];
    let functions = [
        "upper",
        "lower",
        "trim",
        "toString",
        "b64enc",
        "sha256sum",
        "squote",
        "quote",
        "len",
        "int",
        "not",
        "empty",
        "toJson",
        "default \"d\"",
        "default .Values.team",
        "trimSuffix \"a\"",
        "trimPrefix \"D\"",
        "trunc 2",
        "trunc -2",
        "trunc 0",
        "contains \"a\"",
        "hasPrefix \"D\"",
        "hasSuffix \"a\"",
        "replace \"a\" \"o\"",
        "ternary \"t\" \"f\"",
        "printf \"%s!\"",
        "printf \"%v-%v\" \"w\"",
        "eq \"Data\"",
        "ne \"x\"",
        "eq \"x\" \"Data\"",
        "join \"-\"",
        "coalesce \"\"",
        "required \"needed\"",
        "cat \"c\"",
        "and \"q\"",
        "or \"\"",
        "and .Values.none",
        "list | join \"-\"",
        "printf \"%q\"",
    ];
    let mut out = Vec::new();
    for _ in 0..600 {
        let mut pipe = chance.pick(&sources).to_owned();
        for _ in 0..chance.below(3) {
            pipe = format!("{pipe} | {}", chance.pick(&functions));
        }
        let text = match chance.below(4) {
            0 => format!(
                "x{{{{ if {pipe} }}}}yes{{{{ else if .Values.on }}}}on{{{{ else }}}}no{{{{ end }}}}x"
            ),
            1 => format!("x {{{{- {pipe} -}}}} x"),
            _ => format!("x{{{{ {pipe} }}}}x"),
        };
        out.push(json!({
            "team": "Data", "count": 2, "zero": 0, "on": true, "off": false, "none": null,
            "list": ["a", "b"], "map": {"k": "v"},
            "worker": {"podAnnotations": {"a": text}},
        }));
    }
    out
}
