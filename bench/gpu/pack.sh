#!/usr/bin/env bash
# Packs what a GPU machine needs to test and measure this project, without .NET and without a network: the command line,
# the benchmark and the kernel tests for linux-x64, one runtime for the three, and run.sh.
#
#   bench/gpu/pack.sh [FILE]      FILE: artifacts/gpuperceptron-gpu.tar.xz
#
# Prints the file and its size. The sources are copied first, since a restore for one platform would change their lock files.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

limit=60000000
programs=(src/GpuPerceptron.Cli bench/GpuPerceptron.Bench tests/GpuPerceptron.Kernels.Tests)
archive=$(realpath -m "${1:-artifacts/gpuperceptron-gpu.tar.xz}")
commit=$(git describe --always --dirty)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bundle=$scratch/gpuperceptron-gpu

mkdir -p "$scratch/source" "$bundle/bin" "$(dirname "$archive")"
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$scratch/source"
cd "$scratch/source"

for program in "${programs[@]}"; do
	folder=$bundle/bin/$(basename "$program")
	echo "publishing $program" >&2
	dotnet publish "$program" -c Release -r linux-x64 --self-contained -p:PackAsTool=false -p:PublishDocumentationFiles=false \
		-o "$folder" -m:1 >"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
	# What an earlier program brought too, the runtime above all, is stored once: a hard link.
	for earlier in "$bundle"/bin/*/; do
		[ "$earlier" = "$folder/" ] && continue
		(cd "$folder" && find . -type f) | while read -r file; do
			if cmp -s "$earlier$file" "$folder/$file"; then ln -f "$earlier$file" "$folder/$file"; fi
		done
	done
done

# The tests look for these as in the repository, whose root is where the solution lies.
cp --parents GpuPerceptron.sln docs/kernels.md samples/data/*.csv tests/GpuPerceptron.Testing/data/*.json "$bundle"
cp bench/gpu/run.sh bench/gpu/README.md LICENSE "$bundle"
echo "$commit" >"$bundle/COMMIT"

tar -C "$scratch" -c --owner=0 --group=0 gpuperceptron-gpu | xz -T0 -6 >"$archive"
size=$(stat -c %s "$archive")
echo "$archive: $((size / 1000000)) MB, $(du -sm "$bundle" | cut -f1) MiB unpacked"
if [ "$size" -ge $limit ]; then
	echo "the bundle is to stay below $((limit / 1000000)) MB" >&2
	exit 1
fi
