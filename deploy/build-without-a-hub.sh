#!/usr/bin/env bash
# Build the image where no hub can be reached and no daemon runs: the base comes from Debian's packages.
# As root, on Debian or Ubuntu: apt-get install mmdebstrap buildah
#
#   deploy/build-without-a-hub.sh TAG [buildah arguments ...]
#
# A machine whose pip has a configuration of its own hands it in, for the build alone:
#   deploy/build-without-a-hub.sh otklik -v /etc/pip.conf:/etc/pip.conf:ro
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:?the name of the image to build}
shift
suite=${SUITE:-bookworm}
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=chroot

if ! buildah inspect --type image "otklik-base:$suite" >/dev/null 2>&1; then
  context=$(mktemp -d)
  trap 'rm -rf "$context"' EXIT
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3,python3-venv "$suite" "$context/root.tar"
  printf 'FROM scratch\nADD root.tar /\n' >"$context/Dockerfile"
  buildah bud --quiet --tag "otklik-base:$suite" "$context"
fi
buildah bud --format docker --build-arg "BASE=otklik-base:$suite" --tag "$tag" "$@" .
