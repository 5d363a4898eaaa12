#!/usr/bin/env python3
"""Seconds until scikit-learn and PyTorch are within 1e-6 of the optimum, on the samples that `train --export FOLDER` wrote.

    peers.py FOLDER [--threads 2] [--repeats 5] [--solvers newton-cholesky,lbfgs]

The clock is the one of `train`: it stops at the first iterate whose mean log-loss is within 1e-6 of the optimum in
optimum.json. PyTorch's closure sees every loss; scikit-learn has no such observer, so it is given the fewest iterations
that bring it there. No penalty, default settings otherwise. Needs numpy, scikit-learn and torch (Debian: python3-sklearn,
python3-torch).
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import time
import warnings

NEARNESS = 1e-6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--solvers", default="newton-cholesky,lbfgs", help="of scikit-learn")
    arguments = parser.parse_args()
    for library in ("OMP", "OPENBLAS", "MKL"):  # read when numpy is imported, so numpy is imported below
        os.environ[library + "_NUM_THREADS"] = str(arguments.threads)
    warnings.filterwarnings("ignore")  # that a few iterations were too few is what is looked for

    import numpy
    import sklearn
    import torch
    torch.set_num_threads(arguments.threads)
    features = numpy.load(arguments.folder / "X.npy")
    labels = numpy.load(arguments.folder / "y.npy")
    optimum = json.loads((arguments.folder / "optimum.json").read_text())["objective"]

    def gap(weights, bias):
        loss, rows = 0.0, 10_000
        for start in range(0, len(labels), rows):
            logits = features[start:start + rows].astype(numpy.float64) @ weights + bias
            loss += (numpy.logaddexp(0, logits) - labels[start:start + rows] * logits).sum()
        return loss / len(labels) - optimum

    print(f"scikit-learn {sklearn.__version__}, PyTorch {torch.__version__}, NumPy {numpy.__version__}, "
          f"Python {platform.python_version()}, {arguments.threads} threads, medians of {arguments.repeats} trainings\n")
    print("| trainer | seconds | iterations | evaluations | above the optimum |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for solver in arguments.solvers.split(","):
        seconds, iterations, above = scikit(solver, features, labels, gap, arguments.repeats)
        print(f"| scikit-learn {solver} | {seconds:.3f} | {iterations} | | {above:.1e} |", flush=True)
    seconds, evaluations, above = pytorch(features, labels, gap, optimum + NEARNESS, arguments.repeats)
    print(f"| PyTorch L-BFGS | {seconds:.3f} | | {evaluations} | {above:.1e} |")


def scikit(solver, features, labels, gap, repeats):
    """Median seconds, iterations and the gap, at the fewest iterations that come within NEARNESS."""
    from sklearn.linear_model import LogisticRegression

    def fit(iterations):
        model = LogisticRegression(penalty=None, solver=solver, tol=1e-12, max_iter=iterations)
        start = time.perf_counter()
        model.fit(features, labels)
        return time.perf_counter() - start, gap(model.coef_.ravel().astype(float), float(model.intercept_[0]))

    too_few, enough = 0, 1
    while fit(enough)[1] > NEARNESS:
        too_few, enough = enough, 2 * enough
        if enough > 1024:
            raise SystemExit(f"scikit-learn's {solver} does not come within {NEARNESS}")
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if fit(middle)[1] <= NEARNESS:
            enough = middle
        else:
            too_few = middle
    runs = [fit(enough) for _ in range(repeats)]
    return statistics.median(seconds for seconds, _ in runs), enough, runs[0][1]


def pytorch(features, labels, gap, target, repeats):
    """Median seconds, evaluations of loss and gradient, and the gap, at the first loss that is at most the target."""
    import torch
    x, y = torch.from_numpy(features), torch.from_numpy(labels)
    loss_function = torch.nn.BCEWithLogitsLoss()

    class Near(Exception):
        pass

    def train():
        weights, bias = torch.zeros(x.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.LBFGS([weights, bias], max_iter=1000, tolerance_grad=0, tolerance_change=0,
                                      line_search_fn="strong_wolfe")
        evaluations = 0

        def closure():
            nonlocal evaluations
            evaluations += 1
            optimizer.zero_grad()
            loss = loss_function(x @ weights + bias, y)
            if loss.item() <= target:
                raise Near
            loss.backward()
            return loss

        start = time.perf_counter()
        try:
            optimizer.step(closure)
            raise SystemExit("PyTorch's L-BFGS stopped before it was near enough")
        except Near:
            seconds = time.perf_counter() - start
        return seconds, evaluations, gap(weights.detach().numpy().astype(float), float(bias))

    train()  # not counted
    runs = [train() for _ in range(repeats)]
    return statistics.median(run[0] for run in runs), runs[0][1], runs[0][2]


if __name__ == "__main__":
    main()
