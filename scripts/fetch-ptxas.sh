#!/usr/bin/env bash
# Fetches the CUDA tools that check the kernels where there is no GPU: ptxas and nvdisasm, from Debian's package
# nvidia-cuda-toolkit (non-free, some 80 MB to download). Nothing is installed and the machine's package sources stay as
# they are: apt runs with a configuration of its own, made from the Debian mirror that the machine already uses.
#
#   scripts/fetch-ptxas.sh [FOLDER]      FOLDER: ${XDG_CACHE_HOME:-~/.cache}/gpuperceptron/cuda-tools
#
# Prints where the tools are. Where they cannot be had: one line that says why, and exit code 1.
set -euo pipefail

tools=(ptxas nvdisasm)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/gpuperceptron/cuda-tools}

cannot() {
	echo "the CUDA tools cannot be fetched: $1" >&2
	exit 1
}

runs() {
	local tool
	for tool in "${tools[@]}"; do
		"$1/$tool" --version >/dev/null 2>&1 || return 1
	done
}

if runs "$folder"; then
	echo "$folder"
	exit
fi

for command in apt-get dpkg-deb; do
	command -v "$command" >/dev/null || cannot "there is no $command here"
done

# The archive that holds Debian's own packages of this release.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
	awk -v release="$codename" '$1 == release && $2 == "main" { print $3; exit }') || true
[ -n "$mirror" ] || cannot "apt has no archive of a Debian release"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial" "$scratch/package"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename non-free" >"$scratch/sources.list"
private_apt() {
	apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o APT::Sandbox::User="$(id -un)" -o Dir::State::lists="$scratch/lists" -o Dir::Cache="$scratch/cache" \
		-o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=/dev/null "$@" >"$scratch/log" 2>&1
}
private_apt update || cannot "$(head -n 1 "$scratch/log")"
(cd "$scratch" && private_apt download nvidia-cuda-toolkit) || cannot "$(head -n 1 "$scratch/log")"
dpkg-deb -x "$scratch"/nvidia-cuda-toolkit_*.deb "$scratch/package" || cannot "the package cannot be unpacked"

mkdir -p "$folder" 2>/dev/null || cannot "$folder cannot be written"
for tool in "${tools[@]}"; do
	found=$(find "$scratch/package" -type f -name "$tool" | head -n 1)
	[ -n "$found" ] || cannot "the package of $codename holds no $tool"
	cp "$found" "$folder/$tool.$$" && mv "$folder/$tool.$$" "$folder/$tool" || cannot "$folder cannot be written"
done
runs "$folder" || cannot "the tools in $folder do not run"
echo "$folder"
