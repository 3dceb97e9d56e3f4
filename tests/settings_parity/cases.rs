//! Names, precedence within the environment, JSON for whole groups, and rules between settings.

use super::Case;

const CLOUD: &str = "https://api.prefect.cloud/api/accounts/a/workspaces/w";
const URL: &str = "PREFECT_API_URL";

pub fn all() -> Vec<Case> {
    [names(), groups(), derived(), kubernetes()]
        .into_iter()
        .flatten()
        .collect()
}

fn names() -> Vec<Case> {
    vec![
        Case::new("nothing set"),
        Case::new("names in lower case")
            .env("prefect_api_url", "http://h/api")
            .env("Prefect_Api_Key", "k"),
        Case::new("names without a prefix")
            .env("url", "http://h/api")
            .env("enabled", "1")
            .env("home", "/x"),
        Case::new("unknown names")
            .env("PREFECT_API_URI", "x")
            .env("PREFECT_LOG_LEVEL", "loud")
            .env("PREFECTAPI_URL", "x"),
        Case::new("reserved names")
            .env("PREFECT__FLOW_RUN_ID", "x")
            .env("PREFECT_PROFILE", "")
            .env("PREFECT_VERSION", "1"),
        Case::new("older name beside the present one")
            .env("PREFECT_UI_ENABLED", "no")
            .env("PREFECT_SERVER_UI_ENABLED", "yes"),
        Case::new("plugins by their older names")
            .env("PREFECT_EXPERIMENTS_PLUGINS_ENABLED", "1")
            .env("PREFECT_EXPERIMENTS_PLUGINS_DENY", "b,a"),
        Case::new("order does not follow the names")
            .env("PREFECT_WORKER_QUERY_SECONDS", "5")
            .env("PREFECT_UI_URL", "u")
            .env(URL, "http://h/api")
            .env("PREFECT_HOME", "/none"),
        Case::new("api without a scheme").env(URL, "h:4200/api"),
        Case::new("api of the web pages")
            .env(URL, "https://app.prefect.cloud/account/a/workspace/w"),
        Case::new("api with a password")
            .env(URL, "http://h:4200/api")
            .env("PREFECT_API_AUTH_STRING", "a:b"),
        Case::new("empty strings")
            .env(URL, "")
            .env("PREFECT_API_KEY", "")
            .env("PREFECT_UI_URL", "")
            .env("PREFECT_CLOUD_UI_URL", ""),
        Case::new("references are not resolved in the environment")
            .env("PREFECT_API_KEY", "${HOME}"),
        Case::new("no key of lower case without prefix").env("prefect_url", "x"),
    ]
}

fn groups() -> Vec<Case> {
    let api = |value: &str| Case::new(format!("PREFECT_API={value}")).env("PREFECT_API", value);
    let mut cases: Vec<Case> = [
        r#"{"url":"http://x/api","key":"k"}"#,
        r#"{"URL":"http://x/api"}"#,
        r#"{"prefect_api_url":"http://x/api"}"#,
        r#"{"unknown":1}"#,
        r#"{"request_timeout":5}"#,
        r#"{"request_timeout":"x"}"#,
        r#"{"key":null}"#,
        r#"{"key":5}"#,
        "{}",
        "null",
        "x",
        "",
        "5",
        "[]",
        "\"x\"",
    ]
    .into_iter()
    .map(api)
    .collect();
    cases.extend([
        Case::new("a group's JSON beats its variables")
            .env("PREFECT_API", r#"{"url":"http://json/api"}"#)
            .env(URL, "http://plain/api"),
        Case::new("outer JSON beats inner JSON")
            .env(
                "PREFECT_SERVER",
                r#"{"database":{"host":"a"},"ui":{"prefect_ui_api_url":"z"}}"#,
            )
            .env("PREFECT_SERVER_DATABASE", r#"{"host":"b","user":"u"}"#),
        Case::new("JSON of an inner group that is no object")
            .env("PREFECT_SERVER", r#"{"database":5}"#),
        Case::new("JSON of objects is merged")
            .env("PREFECT_CLIENT", r#"{"custom_headers":{"a":"1"}}"#)
            .env("PREFECT_CLIENT_CUSTOM_HEADERS", r#"{"a":"2","b":"3"}"#),
        Case::new("plugins below experiments")
            .env(
                "PREFECT_EXPERIMENTS",
                r#"{"plugins":{"enabled":true,"deny":["x"]}}"#,
            )
            .env("PREFECT_PLUGINS_STRICT", "1"),
        Case::new("JSON of names").env(
            "PREFECT_PLUGINS",
            r#"{"allow":["b","a"],"setup_timeout_seconds":3}"#,
        ),
        Case::new("JSON from .env and from the environment")
            .dotenv("PREFECT_WORKER={\"query_seconds\":1,\"prefetch_seconds\":2}\n")
            .env("PREFECT_WORKER", r#"{"query_seconds":3}"#),
        Case::new("JSON in a profile")
            .profiles("active='p'\n[profiles.p]\nPREFECT_WORKER='{\"query_seconds\": 4}'\n"),
        Case::new("a table in a profile")
            .profiles("active='p'\n[profiles.p]\nPREFECT_WORKER={query_seconds=4}\n"),
        Case::new("JSON of the Kubernetes observer").env(
            "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER",
            r#"{"enabled":false,"namespaces":["b","a"]}"#,
        ),
        Case::new("JSON of all of Kubernetes is not read")
            .env("PREFECT_INTEGRATIONS_KUBERNETES", "x"),
        Case::new("JSON of integrations is not read").env("PREFECT_INTEGRATIONS", "x"),
    ]);
    cases
}

fn derived() -> Vec<Case> {
    let database = "PREFECT_SERVER_DATABASE_";
    let url = |text: &str| {
        Case::new(format!("database {text}")).env(format!("{database}CONNECTION_URL"), text)
    };
    let at = |text: &str| Case::new(format!("api at {text}")).env(URL, text);
    vec![
        at(CLOUD),
        at(CLOUD).env("PREFECT_LOGGING_TO_API_MAX_LOG_SIZE", "5"),
        at(CLOUD).env("PREFECT_LOGGING_TO_API_MAX_LOG_SIZE", "25_001"),
        at(CLOUD).env("PREFECT_CLOUD_MAX_LOG_SIZE", "7"),
        at(CLOUD).env("PREFECT_CLOUD_API_URL", "https://other/api"),
        at("https://other/api/accounts/a/workspaces/w")
            .env("PREFECT_CLOUD_API_URL", "https://other/api"),
        at("https://api.stg.prefect.dev/api/accounts/a/workspaces/w")
            .env("PREFECT_CLOUD_API_URL", "https://api.stg.prefect.dev/api"),
        at("https://api-x.prefect.dev/api")
            .env("PREFECT_CLOUD_API_URL", "https://api-x.prefect.dev/api"),
        at("https://apixprefect.dev/api")
            .env("PREFECT_CLOUD_API_URL", "https://apixprefect.dev/api"),
        at("https://api.prefect.cloud").env("PREFECT_CLOUD_API_URL", "https://api.prefect.cloud"),
        at(CLOUD).env("PREFECT_CLOUD_API_URL", ""),
        at(CLOUD).env("PREFECT_CLOUD_UI_URL", "https://ui/x"),
        at("http://h:4200/api"),
        at("http://h:4200/api/v2"),
        at("http://h/x/accounts/y/workspaces/z"),
        at("http://h/api").env("PREFECT_UI_URL", "http://ui"),
        Case::new("debug mode hides the level")
            .env("PREFECT_DEBUG_MODE", "1")
            .env("PREFECT_LOGGING_LEVEL", "error"),
        Case::new("debug mode off")
            .env("PREFECT_DEBUG_MODE", "0")
            .env("PREFECT_LOGGING_LEVEL", "error"),
        Case::new("worker debug mode")
            .env("PREFECT_WORKER_DEBUG_MODE", "1")
            .env("PREFECT_LOGGING_LEVEL", "error"),
        Case::new("test mode")
            .env("PREFECT_TEST_MODE", "1")
            .env("PREFECT_LOGGING_LEVEL", "error"),
        Case::new("test mode off switches profiles off")
            .env("PREFECT_TEST_MODE", "0")
            .profiles("active='p'\n[profiles.p]\nPREFECT_API_URL='x'\n"),
        Case::new("unit test mode").env("PREFECT_TESTING_UNIT_TEST_MODE", "false"),
        Case::new("test mode in small letters").env("prefect_test_mode", "1"),
        Case::new("internal level by its older name").env("PREFECT_LOGGING_INTERNAL_LEVEL", "info"),
        Case::new("batch smaller than a log").env("PREFECT_LOGGING_TO_API_BATCH_SIZE", "5"),
        Case::new("batch as large as a log")
            .env("PREFECT_LOGGING_TO_API_BATCH_SIZE", "5")
            .env("PREFECT_LOGGING_TO_API_MAX_LOG_SIZE", "5"),
        url("sqlite+aiosqlite:////tmp/x.db"),
        url(""),
        url("postgresql+asyncpg://u:${PREFECT_API_DATABASE_PASSWORD}@h/d"),
        url("postgresql+asyncpg://u:${PREFECT_SERVER_DATABASE_PASSWORD}@h/d")
            .env(format!("{database}PASSWORD"), "p"),
        url("postgresql+asyncpg://u:p@h/d").env("PREFECT_API_DATABASE_PASSWORD", "p"),
        Case::new("database without a host")
            .env(format!("{database}DRIVER"), "postgresql+asyncpg")
            .env(format!("{database}USER"), "u"),
        Case::new("database in parts")
            .env(format!("{database}DRIVER"), "postgresql+asyncpg")
            .env("PREFECT_API_DATABASE_USER", "u")
            .env(format!("{database}HOST"), "")
            .env(format!("{database}NAME"), "n"),
        Case::new("home and the paths in it")
            .env("PREFECT_HOME", "~/x")
            .env("PREFECT_PROFILES_PATH", "$PREFECT_HOME/p.toml"),
        Case::new("server ui of an api").env("PREFECT_SERVER_UI_API_URL", "http://x"),
    ]
}

fn kubernetes() -> Vec<Case> {
    let observer = |name: &str, value: &str| {
        let name = format!("PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_{name}");
        Case::new(format!("{name}={value}")).env(name, value)
    };
    vec![
        observer("NAMESPACES", "b, a,"),
        observer("NAMESPACES", "[\"a\"]"),
        observer("NAMESPACES", "123"),
        observer("ENABLED", "perhaps"),
        observer("ADDITIONAL_LABEL_FILTERS", "a=b,c=d"),
        observer("ADDITIONAL_LABEL_FILTERS", "a"),
        observer("STARTUP_EVENT_CONCURRENCY", "3"),
        observer("FORWARD_CRASHED_RUN_LOGS_TAIL_LINES", "0"),
        Case::new("cluster uid by its older name").env("PREFECT_KUBERNETES_CLUSTER_UID", "uid"),
        Case::new("both cluster uids").env("PREFECT_KUBERNETES_CLUSTER_UID", "old").env("PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID", "new"),
        Case::new("worker by older names").env("PREFECT_KUBERNETES_WORKER_STORE_PREFECT_API_IN_SECRET", "1").env("PREFECT_KUBERNETES_WORKER_ADD_TCP_KEEPALIVE", "0"),
        Case::new("kubernetes in toml").prefect_toml("[integrations.kubernetes]\ncluster_uid='u'\n[integrations.kubernetes.observer]\nnamespaces=['b','a']\nadditional_label_filters='x=y'\n[integrations.kubernetes.worker.create_job_retry]\nmax_retries=7\n"),
        Case::new("label filters as a table are not read").prefect_toml("[integrations.kubernetes.observer.additional_label_filters]\na='b'\n"),
        Case::new("kubernetes in a profile").profiles("active='p'\n[profiles.p]\nPREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES='x,y'\nPREFECT_KUBERNETES_CLUSTER_UID='u'\n"),
        Case::new("namespaces in .env").dotenv("PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES=x\n"),
    ]
}
