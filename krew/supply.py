"""What a release is made of: its list of parts (CycloneDX) and their licences.

    python3 krew/supply.py TARGET    both on standard output

Only what the binary of the target has in it: no tools, no tests. It needs cargo and nothing else; a
licence that has not been looked at is an error.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
ACCEPTED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-3-Clause", "CDLA-Permissive-2.0",
    "ISC", "MIT", "Unicode-3.0", "Unlicense", "Zlib",
}  # fmt: skip
# Crates whose data build.rs packs into the binary, though they are not linked.
PACKED = {"unidecode"}
TEXTS = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")


def run(*command: str) -> str:
    cargo = [os.environ.get("CARGO", "cargo"), *command[1:]] if command[0] == "cargo" else command
    done = subprocess.run(cargo, cwd=HERE.parent, capture_output=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout


def linked(target: str) -> set[tuple[str, str]]:
    """Names and versions of the crates that the binary has in it, without our own."""
    found = set()
    for edges, only in (("normal,no-proc-macro", None), ("build", PACKED)):
        tree = run("cargo", "tree", "--locked", "--edges", edges, "--target", target,
                   "--prefix", "none", "--no-dedupe", "--format", "{p}")  # fmt: skip
        for line in tree.splitlines():
            name, version = line.split()[:2]
            if name != "kubectl-prefect" and (only is None or name in only):
                found.add((name, version.removeprefix("v")))
    return found


def packages(target: str) -> tuple[dict, list[dict]]:
    """Our own package, and those that it has in it, as cargo describes them."""
    metadata = json.loads(
        run("cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target)
    )
    own = next(it for it in metadata["packages"] if it["id"] == metadata["resolve"]["root"])
    wanted = linked(target)
    found = [it for it in metadata["packages"] if (it["name"], it["version"]) in wanted]
    if len(found) != len(wanted):
        sys.exit("cargo tree and cargo metadata do not agree")
    return own, sorted(found, key=lambda it: (it["name"], it["version"]))


def is_accepted(expression: str) -> bool:
    """Whether a licence expression (SPDX, or the older form with slashes) can be complied with."""
    expression = expression.replace(" / ", " OR ").replace("/", " OR ")
    expression = expression.replace("(", " ").replace(")", " ")
    every = (part.strip() for part in expression.split(" AND "))
    return all(any(one.strip() in ACCEPTED for one in part.split(" OR ")) for part in every)


def system_parts(target: str) -> list[dict]:
    """What comes with the compiler and is in the binary, too."""
    release = next(
        line.split()[1] for line in run("rustc", "-vV").splitlines() if line.startswith("release:")
    )
    parts = [{"name": "rust-std", "version": release, "license": "MIT OR Apache-2.0"}]
    if target.endswith("-musl"):
        parts.append({"name": "musl", "version": None, "license": "MIT"})
    elif target.endswith("-gnu") and "linux" in target:
        sys.exit("a binary with glibc in it needs more than this list; build for musl")
    return parts


def component(package: dict, purl: str | None) -> dict:
    name, version = package["name"], package["version"]
    found = {
        "type": "library",
        "bom-ref": purl or name,
        "name": name,
        "version": version,
        "licenses": [{"expression": package["license"].replace(" / ", "/").replace("/", " OR ")}],
        "purl": purl,
    }
    return {key: value for key, value in found.items() if value}


def purl(package: dict) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def bill(own: dict, crates: list[dict], system: list[dict]) -> str:
    components = [component(it, purl(it)) for it in crates]
    components += [component(it, None) for it in system]
    digest = hashlib.sha256(json.dumps(components).encode()).digest()
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same parts give the same list.
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}",
        "version": 1,
        "metadata": {"component": {**component(own, purl(own)), "type": "application"}},
        "components": components,
    }
    return json.dumps(document, indent=2) + "\n"


def texts(crates: list[dict], system: list[dict]) -> str:
    """Each part with its licence, then each text once with the parts that carry it."""
    lines = ["kubectl-prefect has these parts of others in it:", ""]
    carried: dict[str, list[str]] = {}
    for package in crates:
        name = f"{package['name']} {package['version']}"
        lines.append(f"{name}: {package['license']}")
        folder = pathlib.Path(package["manifest_path"]).parent
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.name.upper().startswith(TEXTS):
                text = file.read_text(encoding="utf-8", errors="replace").strip()
                carried.setdefault(text, []).append(name)
    for part in system:
        name = " ".join(filter(None, (part["name"], part["version"])))
        lines.append(f"{name}: {part['license']}")
        notice = HERE / "notices" / f"{part['name']}.txt"
        carried.setdefault(notice.read_text(encoding="utf-8").strip(), []).append(name)
    for text, names in sorted(carried.items(), key=lambda item: item[1]):
        lines += ["", "=" * 80, ", ".join(dict.fromkeys(names)), "-" * 80, text]
    return "\n".join(lines) + "\n"


def of(target: str) -> tuple[str, str]:
    """The list of parts and the licences of the binary for a target."""
    own, crates = packages(target)
    system = system_parts(target)
    refused = [
        f"{it['name']} {it['version']}: {it['license']}"
        for it in crates
        if not it["license"] or not is_accepted(it["license"])
    ]
    if refused:
        sys.exit("licences that have not been looked at: " + "; ".join(refused))
    return bill(own, crates, system), texts(crates, system)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    print("\n".join(of(sys.argv[1])), end="")
