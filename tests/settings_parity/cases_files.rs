//! `.env`, `prefect.toml`, `pyproject.toml` and profiles: what is read, what wins, what breaks.

use super::Case;

pub fn all() -> Vec<Case> {
    [dotenv(), toml(), profiles(), precedence()]
        .into_iter()
        .flatten()
        .collect()
}

fn dotenv() -> Vec<Case> {
    let texts = [
        "PREFECT_API_URL=http://h/api\n",
        "PREFECT_API_URL=http://h/api",
        "\u{feff}PREFECT_API_URL=http://h/api\r\nPREFECT_API_KEY=k\r\n",
        "export PREFECT_API_URL=http://h/api\n  export\tPREFECT_API_KEY = k \n",
        "exportPREFECT_API_URL=x\n",
        "PREFECT_API_KEY=a b # c\n",
        "PREFECT_API_KEY=a#b\n",
        "PREFECT_API_KEY= # c\n",
        "PREFECT_API_KEY=#b\n",
        "PREFECT_API_KEY='a # b' # c\n",
        "PREFECT_API_KEY='a\\'b\\n'\n",
        "PREFECT_API_KEY=\"a\\n\\\"b\\t\\x\\\\\"\n",
        "PREFECT_API_KEY=\"a\nb\"\nPREFECT_API_URL=u\n",
        "PREFECT_API_KEY='a' b\nPREFECT_API_URL=u\n",
        "PREFECT_API_KEY=\"open\nPREFECT_API_URL=u\n",
        "'PREFECT_API_KEY'=k\n",
        "\"PREFECT_API_KEY\"=k\n",
        "PREFECT_API_KEY\nPREFECT_API_URL=u\n",
        "PREFECT_API_KEY=1\nPREFECT_API_KEY=2\n",
        "PREFECT_API_KEY=1\nPREFECT_API_KEY\n",
        "prefect_api_key=low\n",
        "PREFECT_API_KEY=high\nprefect_api_key=low\n",
        "PREFECT_API_KEY=high\nprefect_api_key\n",
        "A=1\nPREFECT_API_KEY=${A}-${B:-two}-${B}-$A-${HOME_NOT}\n",
        "PREFECT_API_KEY='${OUTER}'\n",
        "OUTER=inner\nPREFECT_API_KEY=${OUTER}\n",
        "PREFECT_API_KEY=${A:-}x${:-y}${A:B}\n",
        "=x\nPREFECT_API_KEY=k\n",
        "# comment\n\n   # another\nPREFECT_API_KEY=k",
        "PREFECT_API_KEY = spaced value  \n",
        "PREFECT_API_KEY=a\u{a0}# b\n",
        "PREFECT API_KEY=x\nPREFECT_API_KEY=k\n",
        "PREFECT_WORKER_QUERY_SECONDS=soon\n",
        "PREFECT_WORKER_QUERY_SECONDS=\n",
        "url=x\nhome=/y\nenabled=1\n",
        "PREFECT_CLIENT_CUSTOM_HEADERS={\"a\": \"b\"}\n",
        "PREFECT_CLIENT_CUSTOM_HEADERS={a\n",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES=429,502\n",
        "PREFECT_FLOW_DEFAULT_RETRIES=3\n",
        "PREFECT_FLOW_DEFAULT_RETRIES=3\nPREFECT_FLOWS_DEFAULT_RETRIES=4\n",
        "PREFECT_EXPERIMENTS_PLUGINS=x\nPREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE=7\n",
        "PREFECT_PROFILE=p\n",
        "PREFECT_HOME=/none\n",
        "PREFECT_TEST_MODE=1\nPREFECT_LOGGING_LEVEL=info\n",
        "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_ENABLED=0\n",
        "",
    ];
    let mut cases: Vec<Case> = texts
        .iter()
        .map(|text| {
            Case::new(format!(".env {text:?}"))
                .dotenv(text)
                .env("OUTER", "out")
                .profiles("active='q'\n[profiles.p]\nPREFECT_UI_URL='p'\n[profiles.q]\nPREFECT_UI_URL='q'\n")
        })
        .collect();
    cases.push(Case::new(".env that is not UTF-8").file(".env", b"PREFECT_API_KEY=\xff\n"));
    cases.push(Case::new(".env that is a folder").file(".env/x", ""));
    cases
}

fn toml() -> Vec<Case> {
    let texts = [
        "debug_mode = true\n[api]\nurl = 'http://h/api'\nrequest_timeout = 5\n",
        "[worker]\nquery_seconds = '5'\n[worker.webserver]\nport = 8081\n",
        "[worker]\nquery_seconds = true\n",
        "[worker]\nquery_seconds = []\n",
        "[worker.webserver]\nport = 8081.0\n",
        "[worker.webserver]\nport = 8081.5\n",
        "[worker.webserver]\nhost = 5\n",
        "[api]\nurl = 5\n",
        "[api]\nkey = 5\n",
        "[api]\ntls_insecure_skip_verify = 1\n",
        "[api]\ntls_insecure_skip_verify = 2\n",
        "[api]\ntls_insecure_skip_verify = 'yes'\n",
        "[api]\nssl_cert_file = 2024-01-01\n",
        "[logging]\nlevel = 'debug'\nextra_loggers = ['b', 'a']\nlog_prints = 'on'\n",
        "[logging]\nlevel = 10\n",
        "[logging]\nextra_loggers = 'b,a'\n",
        "[logging]\nextra_loggers = 5\n",
        "[logging]\nconfig_path = 'x//y'\n",
        "[logging]\nconfig_path = 5\n",
        "[client]\nretry_extra_codes = [502, 429]\n",
        "[client]\nretry_extra_codes = '502,429'\n",
        "[client]\nretry_extra_codes = 429\n",
        "[client]\ncustom_headers = '{\"a\": \"b\"}'\n",
        "[client]\ncustom_headers = 'x'\n",
        "[client]\ncustom_headers = 5\n",
        "[client.custom_headers]\na = 'b'\n",
        "[client.custom_headers]\na = 5\n",
        "[server.services.db_vacuum.event_retention_overrides]\na = 5\nb = 'PT1H'\n",
        "[server.services.db_vacuum]\nenabled = ['events']\nretention_period = 7200\n",
        "[server.services.db_vacuum]\nenabled = true\nretention_period = '7200'\n",
        "[server.services.late_runs]\nafter_seconds = 00:05:00\n",
        "[server.services.late_runs]\nafter_seconds = 1.5\n",
        "[server.api]\ncsrf_token_expiration = 90\n",
        "[server.api]\ncsrf_token_expiration = 90.0000015\n",
        "[server.api]\ncsrf_token_expiration = 'PT90S'\n",
        "[server.api]\ncsrf_token_expiration = true\n",
        "[flows]\ndefault_retry_delay_seconds = [1, 2.5]\n",
        "[flows]\ndefault_retry_delay_seconds = '3.0'\n",
        "[tasks]\ndefault_retry_delay_seconds = '1,2'\n",
        "[tasks]\ndefault_retry_delay_seconds = 4\n",
        "[tasks]\ndefault_retry_delay_seconds = true\n",
        "[flows]\nheartbeat_frequency = 29\n",
        "[flows]\nheartbeat_frequency = 30\n",
        "[testing]\ntest_setting = 5\n",
        "[testing]\ntest_setting = ['b', 'a']\n",
        "[testing.test_setting]\na = 1\n",
        "[plugins]\nallow = ['b', 'a']\n",
        "[experiments.plugins]\nenabled = true\nallow = 'b,a'\n",
        "[experiments.plugins]\nenabled = true\n[plugins]\nenabled = false\n",
        "[experiments]\nwarn = false\nplugins = 5\n",
        "[unknown]\nx = 1\n[api]\nunknown = 1\n",
        "[api]\nprefect_api_url = 'x'\nURL = 'y'\n",
        "PREFECT_API_URL = 'x'\n",
        "[client.metrics]\nenabled = 'on'\nenable_metrics = true\n",
        "home = '~/x'\n",
        "home = 5\n",
        "profiles_path = 5\n",
        "api = 'x'\n",
        "api = '{\"url\": \"x\"}'\n",
        "[[api]]\nurl = 'x'\n",
        "worker = 5\n",
        "[server]\ndatabase = 5\n",
        "[server]\ndatabase = {host = 'h'}\n",
        "[worker]\nquery_seconds = inf\n",
        "[worker]\nprefetch_seconds = 1e3\n",
        "[events]\nworker_max_queue_size = -1\n",
        "[api\n",
        "[api]\nurl = unquoted\n",
        "\u{feff}[api]\nurl = 'x'\n",
        "",
    ];
    let mut cases: Vec<Case> = texts
        .iter()
        .map(|text| Case::new(format!("prefect.toml {text:?}")).prefect_toml(text))
        .collect();
    cases.extend([
        Case::new("prefect.toml that is not UTF-8").file("prefect.toml", b"# \xff\n"),
        Case::new("pyproject of another tool").pyproject("[tool.ruff]\nx=1\n"),
        Case::new("pyproject")
            .pyproject("[tool.prefect]\ndebug_mode=true\n[tool.prefect.api]\nurl='http://h/api'\n"),
        Case::new("pyproject with tool as text").pyproject("tool='x'\n"),
        Case::new("pyproject with prefect as text").pyproject("[tool]\nprefect='x'\n"),
        Case::new("pyproject with api as text").pyproject("[tool.prefect]\napi='x'\n"),
        Case::new("broken pyproject").pyproject("[tool.prefect\n"),
        Case::new("pyproject with plugins below experiments")
            .pyproject("[tool.prefect.experiments.plugins]\nstrict=true\n"),
        Case::new("plugins below experiments in both")
            .pyproject("[tool.prefect.experiments.plugins]\nstrict=true\nsafe_mode=true\n")
            .prefect_toml("[experiments.plugins]\nstrict=false\n"),
    ]);
    cases
}

fn profiles() -> Vec<Case> {
    let texts = [
        "active = 'p'\n[profiles.p]\nPREFECT_API_URL = 'http://p/api'\n",
        "[profiles.p]\nPREFECT_API_URL = 'http://p/api'\n",
        "active = 'gone'\n[profiles.p]\nPREFECT_API_URL = 'http://p/api'\n",
        "active = ''\n[profiles.p]\nPREFECT_API_URL = 'http://p/api'\n",
        "active = 'local'\n",
        "active = 'local'\n[profiles.local]\nPREFECT_API_URL = 'http://own/api'\n",
        "active = 'cloud'\n[profiles.cloud]\n",
        "active = 'ephemeral'\n[profiles.ephemeral]\nPREFECT_UI_URL = 'own'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_UNKNOWN = 'x'\nPREFECT_UI_URL = 'u'\nother = 5\n",
        "active = 'p'\n[profiles.p]\nprefect_ui_url = 'u'\n",
        "active = 'p'\n[profiles.p]\n\"api.url\" = 'u'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_UI_ENABLED = 'no'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_UI_ENABLED = 'no'\nPREFECT_SERVER_UI_ENABLED = 'yes'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_WORKER_QUERY_SECONDS = 5\nPREFECT_DEBUG_MODE = true\n",
        "active = 'p'\n[profiles.p]\nPREFECT_WORKER_QUERY_SECONDS = 'soon'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_CLIENT_CUSTOM_HEADERS = '{\"a\": \"b\"}'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_CLIENT_CUSTOM_HEADERS = {a = 'b'}\n",
        "active = 'p'\n[profiles.p]\nPREFECT_CLIENT_RETRY_EXTRA_CODES = '429,502'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_CLIENT_RETRY_EXTRA_CODES = [429, 502]\n",
        "active = 'p'\n[profiles.p]\nPREFECT_API_KEY = 5\n",
        "active = 'p'\n[profiles.p]\nPREFECT_HOME = '/none'\nPREFECT_PROFILES_PATH = '/none/x'\n",
        "active = 'p'\n[profiles.p]\nPREFECT_TESTING_TEST_SETTING = {a = [1, 'é']}\n",
        "active = 'p'\nprofiles = 5\n",
        "active = 'p'\n[profiles]\np = 5\n",
        "active = 'p'\n[profiles.p]\n[profiles]\n",
        "active = 'p'\n[profiles]\nq = 5\n[profiles.p]\nPREFECT_UI_URL = 'u'\n",
        "active = 5\n[profiles.p]\nPREFECT_UI_URL = 'u'\n",
        "active = 'p'\n[profiles.p\n",
        "active = 'p'\n[profiles.p]\nPREFECT_API_URL = $HOME\n",
        "",
    ];
    let mut cases: Vec<Case> = texts
        .iter()
        .map(|text| Case::new(format!("profiles.toml {text:?}")).profiles(text))
        .collect();
    let two = "active='a'\n[profiles.a]\nPREFECT_UI_URL='a'\n[profiles.b]\nPREFECT_UI_URL='b'\n";
    let broken = "[profiles";
    let at = |name: &str, path: &'static str| Case::new(name).file(path, two);
    cases.extend([
        at("PREFECT_PROFILE", "../home/.prefect/profiles.toml").env("PREFECT_PROFILE", "b"),
        at("PREFECT_PROFILE of none", "../home/.prefect/profiles.toml").env("PREFECT_PROFILE", "c"),
        at("empty PREFECT_PROFILE", "../home/.prefect/profiles.toml").env("PREFECT_PROFILE", ""),
        at(
            "PREFECT_PROFILE in small letters",
            "../home/.prefect/profiles.toml",
        )
        .env("prefect_profile", "b"),
        Case::new("PREFECT_PROFILE without a file").env("PREFECT_PROFILE", "local"),
        at("PREFECT_PROFILES_PATH", "p.toml").env("PREFECT_PROFILES_PATH", "p.toml"),
        at("PREFECT_PROFILES_PATH of none", "p.toml").env("PREFECT_PROFILES_PATH", "q.toml"),
        at("PREFECT_PROFILES_PATH in small letters", "p.toml")
            .env("prefect_profiles_path", "p.toml"),
        at("PREFECT_PROFILES_PATH with a tilde", "../home/p.toml")
            .env("PREFECT_PROFILES_PATH", "~/p.toml"),
        at("PREFECT_PROFILES_PATH in PREFECT_HOME", "h/p.toml")
            .env("PREFECT_HOME", "h")
            .env("PREFECT_PROFILES_PATH", "$PREFECT_HOME/p.toml"),
        at("PREFECT_HOME", "h/profiles.toml").env("PREFECT_HOME", "h"),
        at("PREFECT_HOME with a tilde", "../home/h/profiles.toml").env("PREFECT_HOME", "~/h"),
        at("PREFECT_HOME in .env", "h/profiles.toml").dotenv("PREFECT_HOME=h\n"),
        at("PREFECT_PROFILES_PATH in .env", "p.toml").dotenv("PREFECT_PROFILES_PATH=p.toml\n"),
        at("PREFECT_PROFILES_PATH in .env in small letters", "p.toml")
            .dotenv("prefect_profiles_path=p.toml\n"),
        at("profiles_path in prefect.toml beats PREFECT_HOME", "p.toml")
            .prefect_toml("profiles_path='p.toml'\n")
            .env("PREFECT_HOME", "h"),
        at("profiles_path in pyproject.toml", "p.toml")
            .pyproject("[tool.prefect]\nprofiles_path='p.toml'\n"),
        at("empty profiles_path in prefect.toml", "p.toml")
            .prefect_toml("profiles_path=''\n")
            .pyproject("[tool.prefect]\nprofiles_path='p.toml'\n"),
        Case::new("broken profiles elsewhere")
            .file("h/profiles.toml", broken)
            .env("PREFECT_HOME", "h"),
        Case::new("broken profiles that only home in .env names")
            .file("h/profiles.toml", broken)
            .dotenv("PREFECT_HOME=h\n"),
        Case::new("broken profiles that only a substituted path names")
            .file("h/p.toml", broken)
            .env("PREFECT_HOME", "h")
            .env("PREFECT_PROFILES_PATH", "$PREFECT_HOME/p.toml"),
        Case::new("profiles in test mode")
            .profiles(two)
            .env("PREFECT_UNIT_TEST_MODE", "1"),
        Case::new("broken profiles in test mode")
            .profiles(broken)
            .env("PREFECT_UNIT_TEST_MODE", "1"),
        Case::new("profiles that are a folder")
            .file("h/profiles.toml/x", "")
            .env("PREFECT_HOME", "h"),
        Case::new("profiles that are not UTF-8")
            .file("h/profiles.toml", b"# \xff\n")
            .env("PREFECT_HOME", "h"),
    ]);
    cases
}

fn precedence() -> Vec<Case> {
    let layers: [fn(Case) -> Case; 5] = [
        |case| case.env("PREFECT_UI_URL", "env"),
        |case| case.dotenv("PREFECT_UI_URL=dotenv\n"),
        |case| case.prefect_toml("ui_url='prefect'\n"),
        |case| case.pyproject("[tool.prefect]\nui_url='pyproject'\n"),
        |case| case.profiles("active='p'\n[profiles.p]\nPREFECT_UI_URL='profile'\n"),
    ];
    let mut cases: Vec<Case> = (0..1_u32 << layers.len())
        .map(|mask| {
            let case = Case::new(format!("sources {mask:05b}"));
            (0..layers.len())
                .filter(|layer| mask >> layer & 1 == 1)
                .fold(case, |case, layer| layers[layer](case))
        })
        .collect();
    // Older names do not weaken a source.
    let older: [fn(Case) -> Case; 4] = [
        |case| case.env("PREFECT_FLOW_DEFAULT_RETRIES", "1"),
        |case| case.dotenv("PREFECT_FLOW_DEFAULT_RETRIES=2\n"),
        |case| case.prefect_toml("[flows]\ndefault_retries=3\n"),
        |case| {
            case.profiles("active='p'\n[profiles.p]\nPREFECT_FLOW_DEFAULT_RETRIES=4\nPREFECT_FLOWS_DEFAULT_RETRIES=5\n")
        },
    ];
    cases.extend((0..1_u32 << older.len()).map(|mask| {
        let case = Case::new(format!("older names {mask:04b}"));
        (0..older.len())
            .filter(|layer| mask >> layer & 1 == 1)
            .fold(case, |case, layer| older[layer](case))
    }));
    let headers =
        |name: &str| Case::new(name).env("PREFECT_CLIENT_CUSTOM_HEADERS", r#"{"a":"env"}"#);
    cases.extend([
        headers("headers of .env are merged")
            .dotenv("PREFECT_CLIENT_CUSTOM_HEADERS={\"a\":\"x\",\"b\":\"dotenv\"}\n"),
        headers("headers of toml are merged")
            .prefect_toml("[client.custom_headers]\nb='toml'\na='x'\n"),
        headers("headers of a profile are merged").profiles(
            "active='p'\n[profiles.p]\nPREFECT_CLIENT_CUSTOM_HEADERS='{\"c\":\"profile\"}'\n",
        ),
        headers("broken headers of a weaker source").dotenv("PREFECT_CLIENT_CUSTOM_HEADERS=x\n"),
        headers("wrong headers of a weaker source").prefect_toml("[client.custom_headers]\nb=5\n"),
        Case::new("a bad value of a weaker source is not looked at")
            .env("PREFECT_WORKER_QUERY_SECONDS", "5")
            .dotenv("PREFECT_WORKER_QUERY_SECONDS=soon\n"),
    ]);
    cases
}
