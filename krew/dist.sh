#!/bin/sh
# Packs the release binary of this machine and writes the krew manifest for what is in the folder of
# archives. `make dist` runs it; the release workflow runs it once for each platform, then again
# with all archives for the manifest.
#
#   krew/dist.sh pack BINARY OS ARCH FOLDER    an archive, and its checksum beside it
#   krew/dist.sh manifest FOLDER [BASE_URL]    prefect.yaml for the archives of the folder
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)

pack() {
	binary=$1 os=$2 arch=$3 folder=$4
	name=kubectl-prefect
	[ "$os" = windows ] && name=kubectl-prefect.exe
	stage=$(mktemp -d)
	trap 'rm -rf "$stage"' EXIT
	cp "$binary" "$stage/$name"
	chmod 755 "$stage/$name"
	cp "$root/LICENSE" "$root/README.md" "$root/CHANGELOG.md" "$stage/"
	cp "$folder/THIRD-PARTY.txt" "$folder/sbom.cdx.json" "$stage/"
	chmod 644 "$stage"/LICENSE "$stage"/*.md "$stage"/*.txt "$stage"/*.json
	archive=kubectl-prefect_v${version}_${os}_${arch}.tar.gz
	# The same input gives the same archive: names in order, no owners, one date.
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" \
		-C "$stage" -cf - . | gzip -9n >"$folder/$archive"
	(cd "$folder" && sha256sum "$archive" >"$archive.sha256")
	echo "$folder/$archive"
}

manifest() {
	folder=$1
	base=${2:-https://github.com/kubectl-prefect/kubectl-prefect/releases/download/v$version}
	{
		sed "s/@VERSION@/$version/" "$root/krew/prefect.yaml.in"
		for archive in "$folder"/kubectl-prefect_v"$version"_*.tar.gz; do
			file=$(basename "$archive")
			platform=${file#kubectl-prefect_v"${version}"_}
			platform=${platform%.tar.gz}
			os=${platform%_*} arch=${platform#*_}
			bin=kubectl-prefect
			[ "$os" = windows ] && bin=kubectl-prefect.exe
			cat <<-EOF
				    - selector:
				        matchLabels:
				          os: $os
				          arch: $arch
				      uri: $base/$file
				      sha256: "$(sha256sum "$archive" | cut -d' ' -f1)"
				      bin: $bin
			EOF
		done
	} >"$folder/prefect.yaml"
	echo "$folder/prefect.yaml"
}

case "${1:-}" in
pack | manifest) command=$1 && shift && "$command" "$@" ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
