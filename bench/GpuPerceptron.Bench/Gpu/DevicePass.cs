using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Kernels;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>What a pass takes on a device.</summary>
/// <param name="Features">M.</param>
/// <param name="Samples">N.</param>
/// <param name="Storage">float32 or float16.</param>
/// <param name="Gigabytes">What a pass must read: X, padding included, and y.</param>
/// <param name="UploadGbPerS">Of X and y from the host's memory, allocation included.</param>
/// <param name="PassMs">Wall time of a pass, from the parameters on the host to the gradient on the host.</param>
/// <param name="GbPerS">Gigabytes over the time.</param>
/// <param name="ShareOfCopyRate">GB/s over the device's copy rate.</param>
/// <param name="FewRowsMs">Wall time of a pass over <see cref="FewRows"/> rows: what a pass costs however little it reads.</param>
/// <param name="DifferenceToCpu">The relative difference of loss and gradient to those of the cpu engine.</param>
/// <param name="MeanLoss">At the made parameters.</param>
/// <param name="TorchMs">PyTorch's pass over the same samples.</param>
/// <param name="TorchToPass">PyTorch's time over ours.</param>
internal sealed record DevicePass(
    int Features, long Samples, string Storage, double Gigabytes, double UploadGbPerS, double PassMs, double GbPerS,
    double? ShareOfCopyRate, double FewRowsMs, double DifferenceToCpu, double MeanLoss, double? TorchMs = null,
    double? TorchToPass = null)
{
    public const int FewRows = 1000;

    /// <summary>What engines may differ in.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>Measures passes over a dataset.</summary>
    /// <param name="device">Where.</param>
    /// <param name="dataset">X and y, as <see cref="MadeSamples"/> makes them.</param>
    /// <param name="copyRate">The device's, in GB/s; null where it is not known.</param>
    /// <param name="repeats">Passes, whose median it is.</param>
    public static DevicePass Measure(IlgpuDevice device, Dataset dataset, double? copyRate, int repeats)
    {
        double[] parameters = MadeSamples.Parameters(dataset.Features);
        double[] gradient = new double[parameters.Length];

        // Few rows come first and stay: that compiles the kernels and keeps them, so that the upload is timed without.
        using var fewSamples = MadeSamples.Create(dataset.Features, Math.Min(FewRows, dataset.Samples));
        if (dataset.Storage == FeatureStorage.Float16) fewSamples.Narrow();
        using var fewRows = IlgpuEngine.Create(device, fewSamples, PassGeometry.For, ownsDevice: false);
        double fewRowsMs = Repeated.Median(repeats, () => fewRows.Pass(PassLoss.Logistic, parameters, gradient));

        IlgpuEngine engine = null!;
        double uploadMs = Timing.Milliseconds(() =>
            engine = IlgpuEngine.Create(device, dataset, PassGeometry.For, ownsDevice: false));
        using (engine)
        {
            double loss = 0;
            double passMs = Repeated.Median(repeats, () => loss = engine.Pass(PassLoss.Logistic, parameters, gradient));
            double gigabytes = IlgpuSamples.BytesFor(dataset) / 1e9;
            double gbPerS = gigabytes / passMs * 1e3;
            return new DevicePass(
                dataset.Features, dataset.Samples, dataset.Storage == FeatureStorage.Float16 ? "float16" : "float32", gigabytes,
                gigabytes / uploadMs * 1e3, passMs, gbPerS, gbPerS / copyRate, fewRowsMs,
                DifferenceToCpuOf(dataset, parameters, loss, gradient), loss / dataset.Samples);
        }
    }

    private static double DifferenceToCpuOf(Dataset dataset, double[] parameters, double loss, double[] gradient)
    {
        using var cpu = new CpuEngine(dataset, Environment.ProcessorCount);
        double[] expected = new double[gradient.Length];
        double expectedLoss = cpu.Pass(PassLoss.Logistic, parameters, expected);
        return Math.Max(
            Math.Abs(loss - expectedLoss) / Math.Abs(expectedLoss),
            gradient.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs));
    }
}
