// "My gradient descent does not converge. Are these derivatives correct?" - the derivative as it was asked, then mended slip
// by slip, on a small table, with the losses side by side; and what the library makes of each. docs/math.md derives the right one.
// Run it with: dotnet run -c Release --project samples/the-question
//
//   weights W = (w1 ... wM), a row; X is M x N, one sample a column; targets Y, a row; V = W X, Z = sigma(V)
//   L = -(1/N) sum y log z + (1 - y) log(1 - z)
//   as asked: dL/dW = [ -(1/N) (Y (1/z)^T + (1_N - Y)(1_N - 1/(z - 1))^T) ] sigma'(V) X
using System.Globalization;
using GpuPerceptron;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Gradients;
using GpuPerceptron.Models;

// Made numbers: hours of study, the score of an entry test, and whether the exam was passed; ten of either.
double[,] X =
{
    { 0.5, 1.0, 1.2, 1.5, 2.0, 2.2, 2.8, 3.0, 3.6, 4.4, 1.4, 2.1, 2.5, 2.9, 3.2, 3.5, 3.9, 4.2, 4.6, 5.2 },
    { 110, 95, 140, 120, 88, 130, 105, 90, 100, 120, 150, 160, 125, 145, 118, 150, 130, 115, 155, 108 },
};
double[] Y = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
int M = X.GetLength(0), N = X.GetLength(1);

// The right answer, from the library: the optimum, and L, the largest curvature, of raw and of standardised features.
float[] features = [.. from k in Enumerable.Range(0, N) from j in Enumerable.Range(0, M) select (float)X[j, k]];
float[] labels = [.. Y.Select(y => (float)y)];
TrainingResult optimum = Train(standardize: true);
double lipschitz = optimum.Model.Training.LipschitzBound;
double lipschitzRaw = Train(standardize: false, epochs: 1).Model.Training.LipschitzBound;
Console.WriteLine($"N = {N} samples, {Y.Sum()} of them 1; M = {M} features; the optimum's loss is {Text(optimum.Model.Training.MeanLogLoss)}");
Console.WriteLine($"L = {lipschitzRaw:g4} for the features as they are, {lipschitz:g4} for standardised ones; "
    + $"descent is sure below 2/L: {2 / lipschitzRaw:g3} and {2 / lipschitz:g3}");
Console.WriteLine();

double[,] raw = X, scaled = Standardized(X);
(string Name, double[,] X, bool Bias, double Rate, Func<double[,], double[], double[]> Gradient)[] variants =
[
    // sigma'(V) X is (1 x N)(M x N) and cannot be computed at all; every variant has the transpose.
    ("as asked, X^T", raw, false, 1 / lipschitzRaw, AsAsked),
    ("1/(z-1)", raw, false, 1 / lipschitzRaw, SecondSlipMended),
    ("elementwise", raw, false, 1 / lipschitzRaw, FirstSlipMended),
    ("both: (Z-Y)X^T", raw, false, 1 / lipschitzRaw, Right),
    ("and a bias", raw, true, 1 / lipschitzRaw, Right),
    ("rate 0.1", raw, true, 0.1, Right),
    ("standardised", scaled, true, 1 / lipschitz, Right),
];

int[] shown = [0, 1, 10, 100, 1_000, 10_000, 100_000];
double[][] losses = [.. variants.Select(variant => Descend(variant.X, variant.Bias, variant.Rate, variant.Gradient))];
Console.WriteLine($"{"epoch",7}{string.Concat(variants.Select(variant => $"{variant.Name,16}"))}");
for (int row = 0; row < shown.Length; row++)
    Console.WriteLine($"{shown[row],7}{string.Concat(losses.Select(column => $"{Text(column[row]),16}"))}");
Console.WriteLine();

Console.WriteLine($"{"",-16}{"gradient at W = 0",-28}by gradcheck");
foreach (var variant in variants)
    Console.WriteLine($"{variant.Name,-16}{AtZero(variant.X, variant.Bias, variant.Gradient),-28}{Verdict(variant.X, variant.Bias, variant.Gradient)}");

// ---- the derivative, as asked and mended; W X includes the bias where X has a row of ones

// [ -(1/N) (Y (1/z)^T + (1 - Y)(1 - 1/(z - 1))^T) ]: a row times a column, so the brackets hold one number.
double[] AsAsked(double[,] x, double[] w)
{
    double[] z = Outputs(x, w);
    double number = 0;
    for (int k = 0; k < N; k++)
        number += Y[k] * (1 / z[k]) + (1 - Y[k]) * (1 - 1 / (z[k] - 1));
    return TimesTransposed(x, k => -number / N * z[k] * (1 - z[k]));
}

// d/dz log(1 - z) = 1/(z - 1). At w = 0 each term is 2 or -2: ten of either make 0, and nothing moves.
double[] SecondSlipMended(double[,] x, double[] w)
{
    double[] z = Outputs(x, w);
    double number = 0;
    for (int k = 0; k < N; k++)
        number += Y[k] * (1 / z[k]) + (1 - Y[k]) * (1 / (z[k] - 1));
    return TimesTransposed(x, k => -number / N * z[k] * (1 - z[k]));
}

// Elementwise, each sample's dL/dz with its own sigma', summed last; but still with 1 - 1/(z - 1).
double[] FirstSlipMended(double[,] x, double[] w)
{
    double[] z = Outputs(x, w);
    return TimesTransposed(x, k => -(Y[k] / z[k] + (1 - Y[k]) * (1 - 1 / (z[k] - 1))) / N * z[k] * (1 - z[k]));
}

// Both: dL/dz sigma'(v) = (z - y)/(N z (1 - z)) z (1 - z), in which the slope cancels. (1/N)(Z - Y) X^T.
double[] Right(double[,] x, double[] w)
{
    double[] z = Outputs(x, w);
    return TimesTransposed(x, k => (z[k] - Y[k]) / N);
}

// ---- what all of them use

double[] Logits(double[,] x, double[] w) =>
    [.. Enumerable.Range(0, N).Select(k => Enumerable.Range(0, w.Length).Sum(j => w[j] * x[j, k]))];

double[] Outputs(double[,] x, double[] w) => [.. Logits(x, w).Select(v => 1 / (1 + Math.Exp(-v)))];

double[] TimesTransposed(double[,] x, Func<int, double> row) =>
    [.. Enumerable.Range(0, x.GetLength(0)).Select(j => Enumerable.Range(0, N).Sum(k => row(k) * x[j, k]))];

// From the logit, so that it stays finite where z rounds to 0 or 1: log(1 + e^-m), m = v for y = 1 and -v for y = 0.
double Loss(double[,] x, double[] w) => Logits(x, w).Zip(Y, (v, y) => y == 1 ? v : -v)
    .Average(margin => Math.Max(-margin, 0) + Math.Log(1 + Math.Exp(-Math.Abs(margin))));

double[] Descend(double[,] x, bool bias, double rate, Func<double[,], double[], double[]> gradient)
{
    if (bias) x = WithOnes(x);
    double[] w = new double[x.GetLength(0)];
    var result = new List<double>();
    for (int epoch = 0; epoch <= shown[^1]; epoch++)
    {
        if (shown.Contains(epoch)) result.Add(Loss(x, w));
        double[] step = gradient(x, w);
        for (int j = 0; j < w.Length; j++)
            w[j] -= rate * step[j];
    }

    return [.. result];
}

string AtZero(double[,] x, bool bias, Func<double[,], double[], double[]> gradient)
{
    if (bias) x = WithOnes(x);
    var values = gradient(x, new double[x.GetLength(0)]).Select(value => Math.Round(value, 6).ToString("0.######", CultureInfo.InvariantCulture));
    return $"({string.Join(", ", values)})";
}

double[,] WithOnes(double[,] x)
{
    double[,] extended = new double[x.GetLength(0) + 1, N];
    for (int k = 0; k < N; k++)
    {
        for (int j = 0; j < x.GetLength(0); j++)
            extended[j, k] = x[j, k];
        extended[x.GetLength(0), k] = 1;
    }

    return extended;
}

double[,] Standardized(double[,] x)
{
    double[,] result = new double[M, N];
    for (int j = 0; j < M; j++)
    {
        double mean = Enumerable.Range(0, N).Average(k => x[j, k]);
        double deviation = Math.Sqrt(Enumerable.Range(0, N).Average(k => (x[j, k] - mean) * (x[j, k] - mean)));
        for (int k = 0; k < N; k++)
            result[j, k] = (x[j, k] - mean) / deviation;
    }

    return result;
}

// ---- the library

TrainingResult Train(bool standardize, int? epochs = null)
{
    using var dataset = Dataset.FromRows(features, labels, M);
    var schema = NumericSchema.Fit(dataset, new LabelSchema("passed", "0", "1"), ["hours", "score"], standardize);
    return Trainer.Train(dataset, schema, new TrainingOptions { Epochs = epochs, Tolerance = 1e-7 });
}

// What gradcheck says of a gradient, at weights where its mistakes show.
string Verdict(double[,] x, bool bias, Func<double[,], double[], double[]> gradient)
{
    using var dataset = Dataset.FromRows(features, labels, M);
    var schema = NumericSchema.Fit(dataset, new LabelSchema("passed", "0", "1"), ["hours", "score"], standardize: false);
    double[] w = bias ? [0.2, -0.003, 0.1] : [0.2, -0.003];
    var judgement = GradientJudge.Judge(dataset, schema, new GradientClaim { Gradient = gradient(bias ? WithOnes(x) : x, w), Weights = w });
    string units = $" (features {judgement.Units})";
    var codes = judgement.Findings.Select(finding => finding.Code);
    return (judgement.Verdict == GradientVerdict.Right ? "right" : string.Join(", ", codes)) + units;
}

static string Text(double loss) => loss.ToString(loss < 1000 ? "f6" : "e2", CultureInfo.InvariantCulture);
