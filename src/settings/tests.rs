//! Settings from a working folder and an environment to typed values; parity has its own test.

use super::*;

fn load_with(
    env: &[(&str, &str)],
    files: &[(&str, &str)],
    flags: &Flags,
) -> Result<PrefectSettings> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let home = folder.path().to_str().unwrap().to_owned();
    let mut variables = vec![("HOME".to_owned(), home)];
    variables.extend(
        env.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    load(flags, &variables.into_iter().collect(), folder.path())
}

const URL: &str = "PREFECT_API_URL";
const KEY: &str = "hunter2";

#[test]
fn flags_win_and_reach_jobs() {
    let flags = Flags {
        api_url: Some("http://flag/api".into()),
        api_key: Some(KEY.into()),
        profile: None,
    };
    let settings = load_with(
        &[(URL, "http://env/api"), ("PREFECT_API_KEY", "other")],
        &[],
        &flags,
    )
    .unwrap();
    assert_eq!(settings.api_url().unwrap().to_string(), "http://flag/api");
    assert_eq!(settings.source(URL), Source::Flag("--api-url"));
    assert_eq!(
        settings.job_environment(),
        [
            (URL.to_owned(), "http://flag/api".to_owned()),
            ("PREFECT_API_KEY".to_owned(), KEY.to_owned()),
            (
                "PREFECT_SERVER_EPHEMERAL_ENABLED".to_owned(),
                "True".to_owned()
            ),
        ]
    );
}

#[test]
fn the_order_of_sources() {
    let url = |name: &str| format!("url = \"http://{name}/api\"\n");
    let prefect = format!("[api]\n{}", url("prefect"));
    let pyproject = format!("[tool.prefect.api]\n{}", url("pyproject"));
    let profiles = "active = 'a'\n[profiles.a]\nPREFECT_API_URL = 'http://profile/api'\n";
    let files: [(&str, &str); 4] = [
        (".env", "PREFECT_API_URL=http://dotenv/api\n"),
        ("prefect.toml", &prefect),
        ("pyproject.toml", &pyproject),
        (".prefect/profiles.toml", profiles),
    ];
    for (from, expected) in ["dotenv", "prefect", "pyproject", "profile"]
        .into_iter()
        .enumerate()
    {
        let settings = load_with(&[], &files[from..], &Flags::default()).unwrap();
        assert_eq!(
            settings.api_url().unwrap().to_string(),
            format!("http://{expected}/api")
        );
    }
    let settings = load_with(&[(URL, "http://env/api")], &files, &Flags::default()).unwrap();
    assert_eq!(settings.source(URL), Source::Environment(URL.to_owned()));
    assert_eq!(settings.profile.as_deref(), Some("a"));
}

#[test]
fn every_bad_value_is_named_with_its_place() {
    let error = load_with(
        &[
            ("PREFECT_WORKER_QUERY_SECONDS", "soon"),
            ("PREFECT_CLIENT_CUSTOM_HEADERS", "hunter2"),
        ],
        &[("prefect.toml", "[logging]\nlevel = 'LOUD'\n")],
        &Flags::default(),
    )
    .unwrap_err();
    assert_eq!(error.kind, crate::error::Kind::Usage);
    let [headers, level, seconds] = error.causes.as_slice() else {
        panic!("{:?}", error.causes);
    };
    assert_eq!(
        headers,
        "PREFECT_CLIENT_CUSTOM_HEADERS (environment variable PREFECT_CLIENT_CUSTOM_HEADERS): \
         expected a JSON object, got a string"
    );
    assert!(level.ends_with(
        "prefect.toml): expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL, got \"LOUD\""
    ));
    assert!(seconds.ends_with("expected a number, got \"soon\""));
}

#[test]
fn no_secret_is_in_debug_or_in_errors() {
    let env = [
        (URL, "http://user:hunter2@host/api"),
        ("PREFECT_API_KEY", KEY),
        ("PREFECT_API_AUTH_STRING", "admin:hunter2"),
        ("PREFECT_CLIENT_CUSTOM_HEADERS", r#"{"x": "hunter2"}"#),
        ("PREFECT_SERVER_DATABASE_PASSWORD", KEY),
    ];
    let settings = load_with(&env, &[], &Flags::default()).unwrap();
    let text = format!(
        "{settings:?} {:?} {}",
        settings.api_url(),
        settings.api_url().unwrap()
    );
    assert!(!text.contains(KEY), "{text}");
    assert!(
        settings
            .job_environment()
            .iter()
            .any(|(_, value)| value == KEY)
    );
}

#[test]
fn without_an_address_the_error_says_what_to_do() {
    let error = load_with(&[], &[], &Flags::default())
        .unwrap()
        .api_url()
        .unwrap_err();
    assert_eq!(error.message, "no Prefect API URL is set");
    assert!(error.hints[0].starts_with("Give --api-url URL"));
    let error = load_with(&[(URL, "h:4200/api")], &[], &Flags::default())
        .unwrap()
        .api_url()
        .unwrap_err();
    assert_eq!(
        error.causes[1],
        "it comes from the environment variable PREFECT_API_URL"
    );
}

#[test]
fn a_profile_that_is_asked_for_must_exist() {
    let profiles = [(
        ".prefect/profiles.toml",
        "[profiles.a]\nPREFECT_API_URL = 'http://a/api'\n",
    )];
    let flags = |name: &str| Flags {
        profile: Some(name.to_owned()),
        ..Flags::default()
    };
    let settings = load_with(&[], &profiles, &flags("a")).unwrap();
    assert_eq!(settings.api_url().unwrap().to_string(), "http://a/api");
    let settings = load_with(&[], &profiles, &flags("local")).unwrap();
    assert_eq!(
        settings.api_url().unwrap().to_string(),
        "http://127.0.0.1:4200/api"
    );
    let error = load_with(&[], &profiles, &flags("b")).unwrap_err();
    assert_eq!(
        error.hints,
        ["Known profiles: a, cloud, ephemeral, local, test."]
    );
}

#[test]
fn a_missing_active_profile_is_a_warning() {
    let profiles = [(".prefect/profiles.toml", "active = 'gone'\n")];
    let settings = load_with(&[], &profiles, &Flags::default()).unwrap();
    assert_eq!(settings.warnings.len(), 1);
    assert!(settings.warnings[0].starts_with("the active profile \"gone\" is not in "));
    assert_eq!(settings.profile.as_deref(), Some("ephemeral"));
}

#[test]
fn broken_toml_is_named_without_its_text() {
    let error = load_with(
        &[],
        &[("prefect.toml", "[api]\nkey = hunter2\n")],
        &Flags::default(),
    )
    .unwrap_err();
    assert!(
        error
            .message
            .ends_with("prefect.toml is not valid TOML at line 2"),
        "{}",
        error.message
    );
    assert!(!format!("{error:?}").contains(KEY));
}

#[test]
fn odd_things_are_warned_about() {
    let profiles =
        "active = 'p'\n[profiles.p]\nPREFECT_API_URI = 'x'\nPREFECT_API_URL = 'http://h:4200'\n";
    let files = [(".prefect/profiles.toml", profiles)];
    let settings = load_with(&[], &files, &Flags::default()).unwrap();
    let [unknown, url] = settings.warnings.as_slice() else {
        panic!("{:?}", settings.warnings);
    };
    assert!(
        unknown.starts_with("PREFECT_API_URI in profile p in "),
        "{unknown}"
    );
    assert!(url.contains("does not end in /api"), "{url}");
    let silent = [("PREFECT_SILENCE_API_URL_MISCONFIGURATION", "1")];
    let settings = load_with(&silent, &files, &Flags::default()).unwrap();
    assert_eq!(settings.warnings.len(), 1);
}

#[test]
fn what_makes_no_sense_for_a_worker_is_refused() {
    for (name, value) in [
        ("PREFECT_WORKER_QUERY_SECONDS", "-1"),
        ("PREFECT_WORKER_WEBSERVER_PORT", "70000"),
        ("PREFECT_CLIENT_RETRY_JITTER_FACTOR", "inf"),
    ] {
        let error = load_with(&[(name, value)], &[], &Flags::default()).unwrap_err();
        assert!(error.causes[0].starts_with(name), "{:?}", error.causes);
    }
}

#[test]
fn what_steers_only_the_python_worker_is_told() {
    let told = |env: &[(&str, &str)]| {
        let settings = load_with(env, &[], &Flags::default()).unwrap();
        settings.without_effect
    };
    assert_eq!(told(&[]), [""; 0]);
    for (name, value) in [
        ("PREFECT_CLIENT_METRICS_ENABLED", "true"),
        ("PREFECT_LOGGING_CONFIG_PATH", "/etc/logging.yml"),
        ("PREFECT_PLUGINS_ENABLED", "1"),
        (
            "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_ADD_TCP_KEEPALIVE",
            "0",
        ),
    ] {
        let words = told(&[(name, value)]);
        assert!(
            words.len() == 1 && words[0].starts_with(name),
            "{name}: {words:?}"
        );
    }
}
