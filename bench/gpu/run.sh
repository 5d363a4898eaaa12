#!/usr/bin/env bash
# Tests and measures this project on a GPU machine. Needs the GPU's driver and this bundle, neither .NET nor a network.
#
#   ./run.sh [--device cuda:0] [--seconds 420] [--results results] [OPTION...]
#
# Other options go to the benchmark (bin/GpuPerceptron.Bench/GpuPerceptron.Bench gpu --help): --gigabytes 4,
# --features 28,100,784,1000,4096, --csv-megabytes 300, --python python3.
#
# All kernel tests on the device first, then its passes and a training from file to model. What was measured when the
# seconds are over is kept. Exit code 0 only where the kernel tests ran on the device and passed.
set -uo pipefail
bundle=$(cd "$(dirname "$0")" && pwd)
program() { echo "$bundle/bin/$1/$1"; }
device=cuda:0 seconds=420 results=results options=()
while [ $# -gt 0 ]; do
	case $1 in
	--device) device=$2 && shift 2 ;;
	--seconds) seconds=$2 && shift 2 ;;
	--results) results=$2 && shift 2 ;;
	-h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" && exit ;;
	*) options+=("$1") && shift ;;
	esac
done
case $device in cuda | opencl) device=$device:0 ;; esac
mkdir -p "$results" && results=$(cd "$results" && pwd) || exit 2
export DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export GPUPERCEPTRON_TEST_DEVICE=$device
left() { echo $((seconds - SECONDS > 0 ? seconds - SECONDS : 0)); }
say() { echo "$*" | tee -a "$results/summary.txt"; }
# A program that ignores the end of its time is killed ten seconds later.
limited() { timeout -k 10 "$@"; }
rm -f "$results"/{summary.txt,kernel-tests.txt,passes.json,passes.md,progress.txt}

{
	date -u +%FT%TZ
	uname -srm
	sed -n 's/^model name.*: //p' /proc/cpuinfo | sort | uniq -c
	sed -n '/^MemTotal/p' /proc/meminfo
	limited 20 nvidia-smi || echo "there is no nvidia-smi"
	limited 30 python3 -c 'import torch; print("PyTorch", torch.__version__)' 2>&1 | tail -n 1
} >"$results/machine.txt" 2>&1
limited 60 "$(program GpuPerceptron.Cli)" devices >"$results/devices.txt" 2>&1

say "GpuPerceptron $(cat "$bundle/COMMIT") on $device, $(sed -n "s/^$device  *//p" "$results/devices.txt")"
if ! grep -q "^$device " "$results/devices.txt"; then
	say "NOTHING RAN: this machine has no $device. It has:"
	say "$(cat "$results/devices.txt")"
	exit 2
fi

# One test at a time: that they are quick on a GPU is not what is tested, that they are right is.
budget=$(($(left) * 2 / 3))
limited "$budget" "$(program GpuPerceptron.Kernels.Tests)" -noColor -noLogo -parallelMode none \
	>"$results/kernel-tests.txt" 2>&1
tests=$?
say "Kernel tests, exit code $tests after $SECONDS s:" \
	"$(sed -n 's/^ *GpuPerceptron.Kernels.Tests *\(Total\)/\1/p' "$results/kernel-tests.txt")"
if [ $tests -ge 124 ]; then say "NOT ALL RAN: the tests were ended after $budget s"; fi
sed -n '/\[FAIL\]/p' "$results/kernel-tests.txt" | sort -u | head -n 20 | tee -a "$results/summary.txt"
sed -n '/\[SKIP\]/{n;s/^ */Skipped: /p}' "$results/kernel-tests.txt" | sort | uniq -c | tee -a "$results/summary.txt"

# The benchmark minds the time by itself, and has a little more before it is ended.
limited "$(($(left) + 20))" "$(program GpuPerceptron.Bench)" gpu --device "$device" --seconds "$(left)" \
	--command-line "$(program GpuPerceptron.Cli)" --json "$results/passes.json" "${options[@]}" \
	>"$results/passes.md" 2>"$results/progress.txt"
bench=$?
cat "$results/passes.md"
case $bench in
0) ;;
1) say "WRONG: a pass differs from the cpu engine's, see passes.md" ;;
124 | 137) say "NOT ALL MEASURED: the benchmark was ended; passes.json has what it had, progress.txt the passes' times" ;;
*) say "NOT MEASURED: the benchmark ended with exit code $bench: $(tail -n 1 "$results/progress.txt")" ;;
esac
sed -n '/^Left out/p' "$results/passes.md" >>"$results/summary.txt"
say "$SECONDS s in all; results in $results"
[ $tests = 0 ]
