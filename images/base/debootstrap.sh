#!/usr/bin/env bash
# Writes Debian's smallest root file system to the tar file $1: what debian:trixie-slim is to a
# machine that reaches an image registry. The mirrors are the host's own, or debootstrap's default.
set -euo pipefail

suite=trixie
tar_file=$1
root=$(mktemp --directory)
trap 'rm -rf "$root"' EXIT

host_codename=$(sed --quiet 's/^VERSION_CODENAME=//p' /etc/os-release)
sources=()
mirror=()
while read -r uri release; do
  release=${release/#$host_codename/$suite}
  case $release in
    "$suite") mirror=("$uri") ;;
    "$suite"-updates | "$suite"-security) sources+=("deb $uri $release main") ;;
  esac
done < <(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE)" 'Origin: Debian' | sort --unique)

debootstrap --variant=minbase "$suite" "$root" "${mirror[@]}"
printf '%s\n' "${sources[@]}" >>"$root/etc/apt/sources.list"

find "$root/usr/share/doc" -type f ! -name copyright -delete
cd "$root"
rm -rf usr/share/{info,locale,man}/* var/cache/apt/* var/lib/apt/lists/* var/log/* dev/*
chmod 755 .
tar --create --file "$tar_file" --numeric-owner .
