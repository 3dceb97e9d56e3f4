"""Unpacks an archive by krew's rules (internal/download/downloader.go) and tells what was in it."""

import json
import pathlib
import sys
import tarfile

archive, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
found = []
with tarfile.open(archive, "r:gz") as entries:
    for entry in entries:
        name = entry.name
        assert ".." not in name and not name.startswith(("/", "\\")), f"suspicious path {name}"
        assert entry.isreg() or entry.isdir(), f"{name} is neither a file nor a folder"
        if entry.isreg():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entries.extractfile(entry).read())
            path.chmod(entry.mode)
        found.append(
            {"name": name, "mode": entry.mode, "mtime": entry.mtime, "owner": entry.uname}
        )
print(json.dumps(found))
