//! Paths as Python's `pathlib` normalises them.

/// The text of `pathlib.PurePosixPath(text)`: no empty or `.` parts, no slash at the end.
pub(in super::super) fn python_path(text: &str) -> String {
    let root = match text.len() - text.trim_start_matches('/').len() {
        0 => "",
        // POSIX leaves the meaning of exactly two slashes open, and so pathlib keeps them.
        2 => "//",
        _ => "/",
    };
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    match (root, parts.is_empty()) {
        ("", true) => ".".to_owned(),
        (root, _) => format!("{root}{}", parts.join("/")),
    }
}

/// A path whose leading `~` stands for the user's home folder.
pub(in super::super) fn expand_home(text: &str, user_home: Option<&str>) -> Result<String, String> {
    let path = python_path(text);
    let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
    if !first.starts_with('~') {
        return Ok(path);
    }
    match user_home {
        Some(home) if first == "~" => Ok(python_path(&format!("{home}/{rest}"))),
        Some(_) => Err("a path without the home folder of another user".to_owned()),
        None => Err("a path without ~, because there is no HOME".to_owned()),
    }
}

/// A path in which `$PREFECT_HOME` stands for the setting of that name.
pub(super) fn with_prefect_home(text: &str, prefect_home: Option<&str>) -> Result<String, String> {
    if !text.contains("$PREFECT_HOME") {
        return Ok(python_path(text));
    }
    prefect_home
        .map(|home| python_path(&text.replace("$PREFECT_HOME", home)))
        .ok_or_else(|| "a path without $PREFECT_HOME, because PREFECT_HOME is not valid".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_python_does() {
        let cases = [
            ("a//b/./c/", "a/b/c"),
            ("//x", "//x"),
            ("///x", "/x"),
            ("", "."),
            (".", "."),
            ("a/../b", "a/../b"),
            ("/", "/"),
        ];
        for (from, to) in cases {
            assert_eq!(python_path(from), to, "{from}");
        }
    }

    #[test]
    fn home_folders() {
        assert_eq!(expand_home("~/x", Some("/home/a")).unwrap(), "/home/a/x");
        assert_eq!(expand_home("~", Some("/home/a")).unwrap(), "/home/a");
        assert_eq!(expand_home("/a/~", None).unwrap(), "/a/~");
        assert!(expand_home("~/x", None).is_err());
        assert!(expand_home("~b/x", Some("/home/a")).is_err());
        assert_eq!(
            with_prefect_home("$PREFECT_HOME/p//q", Some("/h")).unwrap(),
            "/h/p/q"
        );
    }
}
