"""Writes what a release is made of: sbom.cdx.json (CycloneDX) and THIRD-PARTY.txt (licences).

Only what the binary of the target is linked from, by `cargo metadata`: no tools, no tests.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import uuid

ACCEPTED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-3-Clause", "CDLA-Permissive-2.0",
    "ISC", "MIT", "Unicode-3.0", "Unlicense", "Zlib",
}  # fmt: skip


def linked(metadata: dict) -> list[dict]:
    """The packages that the binary is linked from, without our own."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    found, todo = set(), [root]
    while todo:
        for dependency in nodes[todo.pop()]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            is_macro = any(
                "proc-macro" in target["kind"] for target in packages[dependency["pkg"]]["targets"]
            )
            if None in kinds and not is_macro and dependency["pkg"] not in found:
                found.add(dependency["pkg"])
                todo.append(dependency["pkg"])
    return sorted((packages[id] for id in found), key=lambda it: (it["name"], it["version"]))


def is_accepted(expression: str) -> bool:
    """Whether a licence expression (SPDX, or the older form with slashes) can be complied with."""
    expression = expression.replace(" / ", " OR ").replace("/", " OR ")
    expression = expression.replace("(", " ").replace(")", " ")
    every = (part.strip() for part in expression.split(" AND "))
    return all(any(one.strip() in ACCEPTED for one in part.split(" OR ")) for part in every)


def component(package: dict) -> dict:
    purl = f"pkg:cargo/{package['name']}@{package['version']}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package["name"],
        "version": package["version"],
        "licenses": [{"expression": package["license"].replace("/", " OR ")}],
        "purl": purl,
    }


def bill(metadata: dict, packages: list[dict]) -> dict:
    own = next(it for it in metadata["packages"] if it["id"] == metadata["resolve"]["root"])
    components = [component(package) for package in packages]
    digest = hashlib.sha256(json.dumps(components).encode()).digest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same parts give the same list.
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}",
        "version": 1,
        "metadata": {"component": {**component(own), "type": "application"}},
        "components": components,
    }


def texts(packages: list[dict]) -> str:
    """Each package with its licence, then each text once with the packages that carry it."""
    lines = ["kubectl-prefect is linked from these packages:", ""]
    carried: dict[str, list[str]] = {}
    for package in packages:
        name = f"{package['name']} {package['version']}"
        lines.append(f"{name}: {package['license']}")
        folder = pathlib.Path(package["manifest_path"]).parent
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
                text = file.read_text(errors="replace").strip()
                carried.setdefault(text, []).append(name)
    for text, names in sorted(carried.items(), key=lambda item: item[1]):
        lines += ["", "=" * 80, ", ".join(dict.fromkeys(names)), "-" * 80, text]
    return "\n".join(lines) + "\n"


def main() -> None:
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    packages = linked(metadata)
    refused = [
        f"{it['name']} {it['version']}: {it['license']}"
        for it in packages
        if not it["license"] or not is_accepted(it["license"])
    ]
    if refused:
        sys.exit("licences that have not been looked at: " + "; ".join(refused))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sbom.cdx.json").write_text(json.dumps(bill(metadata, packages), indent=2) + "\n")
    (folder / "THIRD-PARTY.txt").write_text(texts(packages))
    print(f"{len(packages)} packages")


if __name__ == "__main__":
    main()
