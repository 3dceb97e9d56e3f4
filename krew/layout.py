#!/usr/bin/env python3
"""Joins the images of several machines, as `make image` writes them, to one OCI layout.

    python3 krew/layout.py FOLDER ARCHIVE...

Its index is what a registry keeps for all of them under one name, so that each machine pulls its own:

    crane push --index FOLDER REGISTRY/NAME:TAG

The digest that is printed is the one that the registry has then.
"""

import json
import pathlib
import sys
import tarfile

import image


def read(archive: pathlib.Path) -> tuple[str, list[dict], dict[str, bytes]]:
    """What an archive is named, the images in it, and all its blobs."""
    with tarfile.open(archive) as tar:
        files = {it.name: tar.extractfile(it).read() for it in tar if it.isreg()}
    blobs = {name: data for name, data in files.items() if name.startswith("blobs/")}
    for name, data in blobs.items():
        if name != "blobs/" + image.digest(data).replace(":", "/"):
            sys.exit(f"{archive}: {name} is not what its name says")
    images = json.loads(files["index.json"])["manifests"]
    return images[0]["annotations"]["io.containerd.image.name"], images, blobs


def join(archives: list[pathlib.Path]) -> tuple[str, dict[str, bytes]]:
    """The name that the images have in common, and the files of the layout."""
    names, images, files = set(), [], {}
    for archive in archives:
        name, found, blobs = read(archive)
        names.add(name)
        # Where they lie is the registry's to say.
        images += [{key: it[key] for key in it if key != "annotations"} for it in found]
        files |= blobs
    machines = sorted(it["platform"]["architecture"] for it in images)
    if len(names) != 1:
        sys.exit(f"not of one release: {', '.join(sorted(names))}")
    if len(set(machines)) != len(machines):
        sys.exit(f"a machine has two images: {', '.join(machines)}")
    images.sort(key=lambda it: it["platform"]["architecture"])
    index = {"schemaVersion": 2, "mediaType": f"{image.OCI}.index.v1+json", "manifests": images}
    files["index.json"] = image.as_json(index)
    files["oci-layout"] = image.as_json({"imageLayoutVersion": "1.0.0"})
    return names.pop(), files


def main(words: list[str]) -> None:
    if len(words) < 2:
        sys.exit(__doc__.strip())
    folder = pathlib.Path(words[0])
    name, files = join([pathlib.Path(word) for word in words[1:]])
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    print(f"{folder}: {name}, {image.digest(files['index.json'])}")


if __name__ == "__main__":
    main(sys.argv[1:])
