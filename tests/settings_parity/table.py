"""Prints the table of all settings that Prefect and prefect-kubernetes know.

One line a setting, in the order in which Prefect writes its environment:
the path, the kind with its limits, and the older names, canonical name left out.
`src/settings/table.txt` is this output; the test `settings_parity` notices when they differ.
"""

import inspect
import warnings
from datetime import timedelta

warnings.simplefilter("ignore")

import annotated_types
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from prefect.settings import Settings
from prefect.settings.base import PrefectBaseSettings
from prefect_kubernetes.settings import KubernetesSettings

NAMED = {
    "home": "home",
    "profiles_path": "profiles_path",
    "client.custom_headers": "headers",
    "client.retry_extra_codes": "status_codes",
    "flows.default_retry_delay_seconds": "flow_delay",
    "tasks.default_retry_delay_seconds": "task_delay?",
    "logging.extra_loggers": "names?",
    "plugins.allow": "names?",
    "plugins.deny": "names?",
    "integrations.kubernetes.observer.namespaces": "names?",
    "integrations.kubernetes.observer.additional_label_filters": "labels?",
    "server.services.db_vacuum.enabled": "vacuum?",
    "server.services.db_vacuum.event_retention_overrides": "retention",
    "server.services.db_vacuum.retention_period": "seconds",
    "server.services.late_runs.after_seconds": "seconds",
    "testing.test_setting": "any?",
}
PLAIN = {
    "<class 'bool'>": "bool",
    "<class 'int'>": "int",
    "<class 'float'>": "float",
    "<class 'str'>": "str",
    "<class 'pathlib.Path'>": "path",
    "<class 'datetime.timedelta'>": "duration",
    "typing.Optional[bool]": "bool?",
    "typing.Optional[int]": "int?",
    "typing.Optional[float]": "float?",
    "float | None": "float?",
    "typing.Optional[str]": "str?",
    "typing.Optional[pydantic.types.SecretStr]": "secret?",
    "typing.Literal['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']": "level",
    "typing.Literal['warn', 'error', 'ignore']": "choice:warn|error|ignore",
    "typing.Optional[typing.Literal['postgresql+asyncpg', 'sqlite+aiosqlite']]": "choice:postgresql+asyncpg|sqlite+aiosqlite?",
}


def kind(path: str, field: FieldInfo) -> str:
    return NAMED.get(path) or PLAIN[str(field.annotation)]


def limits(field: FieldInfo) -> list[str]:
    found = []
    for item in field.metadata:
        for word in ("ge", "gt", "le", "lt"):
            if isinstance(item, getattr(annotated_types, word.capitalize())):
                limit = getattr(item, word)
                if isinstance(limit, timedelta):
                    limit = limit.total_seconds()
                found.append(f"{word}={limit:g}")
    return found


def older_names(field: FieldInfo, canonical: str) -> list[str]:
    if field.validation_alias is None:
        return []
    assert isinstance(field.validation_alias, AliasChoices)
    names = [name for name in field.validation_alias.choices if isinstance(name, str)]
    assert names[0].upper() == canonical, (names, canonical)
    return [name.upper() for name in names[1:]]


def walk(model: type[PrefectBaseSettings], path: tuple[str, ...]) -> None:
    prefix = "_".join(("PREFECT", *path)).upper() + "_"
    assert model.model_config["env_prefix"] == prefix, (model, prefix)
    assert tuple(model.model_config["prefect_toml_table_header"]) == path, model
    for name, field in model.model_fields.items():
        inner = field.annotation
        if inspect.isclass(inner) and issubclass(inner, PrefectBaseSettings):
            walk(inner, (*path, name))
            continue
        dotted = ".".join((*path, name))
        words = [dotted, kind(dotted, field), *limits(field)]
        words += older_names(field, prefix + name.upper())
        print(" ".join(words))


walk(Settings, ())
walk(KubernetesSettings, ("integrations", "kubernetes"))
