"""PyTorch's pass over the samples that MadeSamples.cs makes: X@w, sigmoid, residuals, X.T@r.

    python3 torch_pass.py DEVICE REPEATS FEATURES:SAMPLES:STORAGE...

Prints one JSON object, and one more a shape: the median time of a pass, by CUDA events on a GPU, and the mean loss, which
shows that the samples are the same. Exit code 3: PyTorch, or the device, is not there.
"""
import json
import math
import sys
import time

try:
    import torch
except ImportError as error:
    print(f"there is no PyTorch for this python3 ({error})", file=sys.stderr)
    sys.exit(3)

MULTIPLIER = 2654435761
WARM_UP_SECONDS = 0.25


def hashes(first, count, device):
    return (torch.arange(first, first + count, dtype=torch.int64, device=device) * MULTIPLIER) & 0xFFFFFFFF


def make_samples(samples, features, storage, device):
    x = torch.empty(samples, features, dtype=storage, device=device)
    rows = max(1, (1 << 25) // features)
    for first in range(0, samples, rows):
        count = min(rows, samples - first)
        values = (hashes(first * features, count * features, device) >> 8).float() * (1 / (1 << 24)) * 3.46 - 1.73
        x[first:first + count] = values.view(count, features).to(storage)
    y = (hashes(0, samples, device) >> 31).to(storage)
    return x, y


def make_parameters(features, storage, device):
    w = [0.3 / math.sqrt(features) * ((37 * j % 101 - 50) / 50) for j in range(features)]
    return torch.tensor(w, dtype=storage, device=device), torch.tensor(0.1, dtype=storage, device=device)


def one_pass(x, y, w, b):
    residuals = torch.sigmoid(x @ w + b) - y
    return x.T @ residuals, residuals.sum()


def milliseconds(action, on_gpu):
    if not on_gpu:
        start = time.perf_counter()
        action()
        return 1000 * (time.perf_counter() - start)
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    action()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def median_milliseconds(action, repeats, on_gpu):
    end = time.perf_counter() + WARM_UP_SECONDS
    action()
    while time.perf_counter() < end:
        milliseconds(action, on_gpu)
    times = sorted(milliseconds(action, on_gpu) for _ in range(repeats))
    return (times[(repeats - 1) // 2] + times[repeats // 2]) / 2


def main():
    device, repeats, shapes = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    on_gpu = device != "cpu"
    if on_gpu and not torch.cuda.is_available():
        print(f"PyTorch {torch.__version__} sees no GPU", file=sys.stderr)
        sys.exit(3)
    name = torch.cuda.get_device_name(device) if on_gpu else "the host"
    print(json.dumps({"version": torch.__version__, "device": name}), flush=True)
    for shape in shapes:
        features, samples, storage = shape.split(":")
        features, samples, dtype = int(features), int(samples), getattr(torch, storage)
        x, y = make_samples(samples, features, dtype, device)
        w, b = make_parameters(features, dtype, device)
        loss = torch.nn.functional.binary_cross_entropy_with_logits((x @ w + b).float(), y.float()).item()
        median = median_milliseconds(lambda: one_pass(x, y, w, b), repeats, on_gpu)
        print(json.dumps({
            "features": features, "samples": samples, "storage": storage, "pass_ms": median, "mean_loss": loss,
        }), flush=True)
        del x, y
        if on_gpu:
            torch.cuda.empty_cache()


with torch.inference_mode():
    main()
