using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// Compares the gradient of every engine on a user's own samples with central differences and a complex step in float64,
/// coordinate by coordinate.
/// </summary>
public static class EngineGradientCheck
{
    /// <summary>Errors up to this are float32's.</summary>
    public const double Tolerance = 1e-5;

    private const long ValuesCompared = 1 << 19; // each costs three losses in float64
    private const long RowsEmulated = 1000;

    /// <summary>Checks all engines that are there, or one.</summary>
    /// <param name="dataset">X (float32), y, s; a random sample of its rows is taken where it is large.</param>
    /// <param name="featureNames">One a feature.</param>
    /// <param name="options">What to check, and where.</param>
    /// <param name="cancellation">Stops it between engines.</param>
    /// <exception cref="PerceptronException">The one engine asked for is not there, or the weights do not fit.</exception>
    public static EngineGradientReport Run(
        Dataset dataset, IReadOnlyList<string> featureNames, EngineGradientOptions options, CancellationToken cancellation = default)
    {
        if (options.Parameters is { } given && (given.Count != dataset.Features + 1 || !given.All(double.IsFinite)))
            throw new PerceptronException(Fault.Data, $"the weights must be {dataset.Features + 1} finite numbers, the bias last");
        string[] names = [.. featureNames, "(bias)"];
        long rows = Math.Clamp(ValuesCompared / (dataset.Features + 1), Math.Min(64, dataset.Samples), dataset.Samples);
        using var large = RowSample.Take(dataset, rows, options.Seed);
        using var small = RowSample.Take(large, Math.Min(rows, RowsEmulated), options.Seed);
        // Engines take float32 parameters; rounded beforehand, only the arithmetic is compared.
        double[] parameters = [.. (options.Parameters ?? TestWeights.For(dataset, options.Seed)).Select(value => (double)(float)value)];

        var points = new Dictionary<Dataset, Point[]>();
        var checks = new List<EngineGradient>();
        var (requests, skipped) = Requests(options.Device);
        foreach (var request in requests)
        {
            cancellation.ThrowIfCancellationRequested();
            var samples = request.Kind == DeviceKind.Emulator ? small : large;
            if (!points.TryGetValue(samples, out var at))
            {
                points[samples] = at =
                [
                    new Point(samples, new double[parameters.Length], options.L2), new Point(samples, parameters, options.L2),
                ];
            }

            try
            {
                checks.Add(Check(request, samples, at, names, options));
            }
            catch (PerceptronException failure) when (failure.Fault == Fault.Device && options.Device is null)
            {
                skipped.Add(new SkippedEngine(request.ToString(), failure.Message));
            }
        }

        double disagreement = points.Values.SelectMany(each => each).Max(point => point.Disagreement);
        return new EngineGradientReport(rows, dataset.Samples, checks, skipped, disagreement);
    }

    private static (List<DeviceRequest> Requests, List<SkippedEngine> Skipped) Requests(DeviceRequest? one)
    {
        if (one is { Kind: not DeviceKind.Auto } request) return ([request], []);
        var skipped = new List<SkippedEngine>();
        var requests = new List<DeviceRequest> { new(DeviceKind.Cpu) };
        var devices = DeviceCatalog.List();
        requests.AddRange(devices.Select(device => DeviceRequest.Parse(device.Id)));
        if (!devices.Any(device => device.Kind == DeviceKind.Cuda)) skipped.Add(new SkippedEngine("cuda", "there is no CUDA device"));
        if (!devices.Any(device => device.Kind == DeviceKind.OpenCL)) skipped.Add(new SkippedEngine("opencl", "there is no OpenCL device"));
        return (requests, skipped);
    }

    private static EngineGradient Check(DeviceRequest request, Dataset samples, Point[] points, string[] names, EngineGradientOptions options)
    {
        using var engine = EngineFactory.Create(request, samples, options.Threads);
        var objective = new LogisticObjective(engine, samples.TotalWeight, options.L2);
        double[] gradient = new double[names.Length];
        var (error, worst) = (-1.0, 0);
        foreach (var point in points)
        {
            objective.Evaluate(point.Parameters, gradient);
            for (int j = 0; j < gradient.Length; j++)
            {
                double coordinate = point.ErrorOf(j, gradient[j]);
                if (coordinate > error) (error, worst) = (coordinate, j);
            }
        }

        return new EngineGradient(engine.Device, engine.Description, samples.Samples, error, names[worst]);
    }

    /// <summary>Parameters to compare at, and the gradient there.</summary>
    private sealed class Point
    {
        private readonly double[] _differences, _complexSteps, _magnitudes;

        public Point(Dataset samples, double[] parameters, double l2)
        {
            var reference = new ReferenceGradient(samples, parameters, l2);
            Parameters = parameters;
            (_differences, _complexSteps, _magnitudes) = (reference.CentralDifferences(), reference.ComplexSteps(), reference.Magnitudes());
        }

        public double[] Parameters { get; }

        /// <summary>How far the two references are apart.</summary>
        public double Disagreement => Enumerable.Range(0, _magnitudes.Length).Max(j => Relative(_differences[j] - _complexSteps[j], j));

        /// <summary>The error of a coordinate, by whichever reference it is further from.</summary>
        public double ErrorOf(int j, double value) => Math.Max(Relative(value - _differences[j], j), Relative(value - _complexSteps[j], j));

        private double Relative(double difference, int j)
        {
            if (double.IsNaN(difference)) return double.PositiveInfinity;
            return difference == 0 ? 0 : Math.Abs(difference) / _magnitudes[j];
        }
    }
}

/// <summary>What <see cref="EngineGradientCheck"/> is to check.</summary>
public sealed record EngineGradientOptions
{
    /// <summary>The one engine to check; null for all that are there.</summary>
    public DeviceRequest? Device { get; init; }

    /// <summary>θ, the bias last, in the dataset's units; null for random ones. Zeros are tried too, always.</summary>
    public IReadOnlyList<double>? Parameters { get; init; }

    /// <summary>λ₂.</summary>
    public double L2 { get; init; }

    /// <summary>Host threads; 0 for one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>Of the random weights, and of the rows drawn.</summary>
    public ulong Seed { get; init; }
}

/// <summary>What was found.</summary>
/// <param name="Compared">Rows compared on.</param>
/// <param name="Samples">Rows there are.</param>
/// <param name="Engines">The engines compared.</param>
/// <param name="Skipped">The engines not compared.</param>
/// <param name="ReferenceDisagreement">
/// How far central differences and complex step are apart, relative as in <see cref="EngineGradient.MaxRelativeError"/>.
/// </param>
public sealed record EngineGradientReport(
    long Compared, long Samples, IReadOnlyList<EngineGradient> Engines, IReadOnlyList<SkippedEngine> Skipped, double ReferenceDisagreement)
{
    /// <summary>Whether every engine's error is float32's.</summary>
    public bool AllRight => Engines.All(engine => engine.IsRight);
}

/// <summary>An engine's gradient beside the reference.</summary>
/// <param name="Device">The engine, as <c>--device</c> names it.</param>
/// <param name="Description">The engine in words.</param>
/// <param name="Samples">Rows compared on.</param>
/// <param name="MaxRelativeError">
/// The largest error of a coordinate, relative to the size of the terms that it is summed from, (1/Σs) Σ s |z − y| |x|.
/// </param>
/// <param name="WorstFeature">That coordinate's name.</param>
public sealed record EngineGradient(string Device, string Description, long Samples, double MaxRelativeError, string WorstFeature)
{
    /// <summary>Whether the error is float32's.</summary>
    public bool IsRight => MaxRelativeError <= EngineGradientCheck.Tolerance;
}

/// <summary>An engine that was not compared.</summary>
/// <param name="Device">The engine.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedEngine(string Device, string Reason);
