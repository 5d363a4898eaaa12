using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>The engines against the naive float64 pass, over sizes around every lane, chunk and tile.</summary>
[Collection(Devices.Collection)]
public sealed class EnginesAgreeWithTheReference
{
    private static readonly int[] RowCounts = [0, 1, 2, 31, 32, 33, 257, 1000];
    private static readonly int[] NarrowFeatureCounts = [1, 3, 4, 5, 8, 9, 28, 31, 32, 33, 127, 128, 129];
    private static readonly int[] WideFeatureCounts = [1000, 1024, 1025, 2050, 8192, 8197, 16385];
    private static readonly int[] HalfFeatureCounts = [1, 7, 8, 9, 28, 100, 784, 1000, 1025, 4096];

    public static MatrixTheoryData<string, int, bool> DevicesAndRowCounts => new(Devices.All, RowCounts, [false, true]);

    public static MatrixTheoryData<string, int> DevicesAndHalfFeatureCounts => new(Devices.All, HalfFeatureCounts);

    public static MatrixTheoryData<string, int> DevicesAndWideFeatureCounts => new(Devices.All, WideFeatureCounts);

    [Theory]
    [MemberData(nameof(DevicesAndRowCounts))]
    public void Narrow_rows(string device, int rows, bool weighted)
    {
        foreach (int features in NarrowFeatureCounts)
            AgreesAt(device, rows, features, weighted);
    }

    [Theory]
    [MemberData(nameof(DevicesAndWideFeatureCounts))]
    public void Wide_rows(string device, int features)
    {
        // On the emulator each lane is a thread and each barrier costs: a few rows have to do.
        foreach (int rows in device == "emulator" ? [5] : RowCounts.Where(rows => rows * features <= 1_100_000))
            AgreesAt(device, rows, features, weighted: features % 2 == 1);
    }

    [Theory]
    [MemberData(nameof(DevicesAndHalfFeatureCounts))]
    public void Features_in_float16(string device, int features)
    {
        foreach (int rows in device == "emulator" && features > 128 ? [5] : RowCounts)
        {
            using var data = new HalfData(rows, features, weighted: features % 2 == 1);
            using var engine = Devices.Open(device, data.Stored);
            Agreement.Holds(engine, data.Widened, SyntheticData.Parameters(features));
        }
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Features_too_small_for_a_normal_float16_keep_their_value(string device)
    {
        // Below 2⁻¹⁴ = 6.1e-5 float16 has fewer digits, and its bits mean something else.
        using var data = new HalfData(257, 9, scale: 5e-5);
        using var engine = Devices.Open(device, data.Stored);
        Agreement.Holds(engine, data.Widened, SyntheticData.Parameters(9, scale: 1e4));
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Logits_of_ten_thousand_overflow_nothing(string device)
    {
        using var dataset = SyntheticData.Create(300, 6);
        using var engine = Devices.Open(device, dataset);
        Agreement.Holds(engine, dataset, SyntheticData.Parameters(6, scale: 1e4));
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Samples_fitted_to_a_millionth_keep_their_digits(string device)
    {
        // One feature that is the label's sign, with a margin of 14: losses and residuals near e⁻¹⁴, relative to which
        // σ(v) − y and log(1 + e⁻¹⁴), computed as they are written, would have lost all but one digit.
        float[] labels = [.. Enumerable.Range(0, 100).Select(i => i % 2f)];
        float[] features = [.. labels.Select(label => 2 * label - 1)];
        using var dataset = Data.Dataset.FromRows(features, labels, 1);
        using var engine = Devices.Open(device, dataset);
        double[] gradient = new double[2];
        double loss = engine.Pass(PassLoss.Logistic, [14, 0], gradient);
        double e = Math.Exp(-14);
        Assert.Equal(1, loss / (100 * (e - e * e / 2)), 1e-5);
        Assert.Equal(1, gradient[0] / (-100 * e / (1 + e)), 1e-5);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Sums_over_many_rows_keep_six_digits(string device)
    {
        using var dataset = SyntheticData.Create(100_000, 3);
        using var engine = Devices.Open(device, dataset);
        Agreement.Holds(engine, dataset, SyntheticData.Parameters(3), tolerance: 1e-6);
    }

    [Fact]
    public void Samples_that_no_single_buffer_holds_are_split_among_several()
    {
        using var dataset = SyntheticData.Create(4200, 1021, weighted: true);
        Assert.Equal(2, dataset.Blocks.Count);
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(2, Environment.ProcessorCount, maximumBufferBytes: 1), dataset, PassGeometry.For);
        Agreement.Holds(engine, dataset, SyntheticData.Parameters(1021));
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void The_same_pass_gives_the_same_bits(string device)
    {
        using var dataset = SyntheticData.Create(1000, 19, weighted: true);
        double[] parameters = SyntheticData.Parameters(19);
        double[] first = new double[20], second = new double[20], again = new double[20];
        using var engine = Devices.Open(device, dataset);
        using var other = Devices.Open(device, dataset);
        double loss = engine.Pass(PassLoss.Logistic, parameters, first);
        Assert.Equal(loss, engine.Pass(PassLoss.Logistic, parameters, second));
        Assert.Equal(loss, other.Pass(PassLoss.Logistic, parameters, again));
        Assert.Equal(first, second);
        Assert.Equal(first, again);
        Assert.Equal(2, engine.Passes);
    }

    public static TheoryData<string> EveryDevice => [.. Devices.All];

    private static void AgreesAt(string device, int rows, int features, bool weighted)
    {
        using var dataset = SyntheticData.Create(rows, features, weighted: weighted);
        using var engine = Devices.Open(device, dataset);
        Agreement.Holds(engine, dataset, SyntheticData.Parameters(features));
    }
}
