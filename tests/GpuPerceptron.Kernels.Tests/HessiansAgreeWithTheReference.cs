using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>The engines' Hessians against the naive float64 one, over sizes around every float4, stretch, tile and flush.</summary>
[Collection(Devices.Collection)]
public sealed class HessiansAgreeWithTheReference
{
    private static readonly int[] RowCounts = [0, 1, 33, 257];
    private static readonly int[] NarrowFeatureCounts = [1, 3, 4, 5, 12, 28, 31, 32, 63, 64];
    private static readonly int[] WideFeatureCounts = [127, 300, 1023, 1024];

    public static MatrixTheoryData<string, int, bool> DevicesAndRowCounts => new(Devices.All, RowCounts, [false, true]);

    // On the emulator each lane is a thread, and a pair of stretches a group of its own: fewer features have to do, and rows.
    public static TheoryData<string, int> DevicesAndWideFeatureCounts =>
        [.. Devices.All.SelectMany(device => WideFeatureCounts.Where(features => device != "emulator" || features <= 300).Select(features => (device, features)))];

    public static TheoryData<string> EveryDevice => [.. Devices.All];

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
        foreach (int rows in device == "emulator" ? [3] : RowCounts)
            AgreesAt(device, Math.Min(rows, 100_000 / features), features, weighted: features % 2 == 1);
    }

    [Theory]
    [MemberData(nameof(DevicesAndRowCounts))]
    public void Features_in_float16(string device, int rows, bool weighted)
    {
        foreach (int features in NarrowFeatureCounts)
        {
            using var data = new HalfData(rows, features, weighted);
            using var engine = Devices.Open(device, data.Stored);
            Agreement.HessianHolds(engine, data.Widened, SyntheticData.Parameters(features));
        }
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Sums_over_many_rows_keep_six_digits(string device)
    {
        using var dataset = SyntheticData.Create(30_000, 3);
        using var engine = Devices.Open(device, dataset);
        Agreement.HessianHolds(engine, dataset, SyntheticData.Parameters(3), tolerance: 1e-6);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Samples_fitted_to_a_millionth_keep_their_digits(string device)
    {
        // A margin of 14, right or wrong: z(1 − z) is near e⁻¹⁴, of which 1 − z, computed as it is written, keeps one digit.
        float[] features = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 1f : -1f)];
        using var dataset = Dataset.FromRows(features, new float[100], 1);
        using var engine = Devices.Open(device, dataset);
        double[] hessian = new double[4];
        engine.HessianPass([14, 0], new double[2], hessian);
        double e = Math.Exp(-14);
        Assert.Equal(1, hessian[0] / (100 * e / ((1 + e) * (1 + e))), 1e-5);
    }

    [Fact]
    public void Samples_that_no_single_buffer_holds_are_split_among_several()
    {
        using var whole = SyntheticData.Create(500, 9);
        var blocks = new List<SampleBlock>();
        foreach (var (first, count) in ((int, int)[])[(0, 300), (300, 200)])
        {
            var block = new SampleBlock(9, count);
            block.Append(count);
            for (int i = 0; i < count; i++)
            {
                whole.Blocks[0].Row(first + i).CopyTo(block.Row(i));
                block.Labels[i] = whole.Blocks[0].Labels[first + i];
            }

            blocks.Add(block);
        }

        using var dataset = new Dataset(9, hasSampleWeights: false, blocks);
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(2, Environment.ProcessorCount, maximumBufferBytes: 1), dataset, PassGeometry.For);
        Agreement.HessianHolds(engine, whole, SyntheticData.Parameters(9));
    }

    [Theory]
    [InlineData(37, 5, 4)] // stretches of 2 float4s
    [InlineData(5, 28, 64)] // of 8
    [InlineData(3, 69, 64)] // three of them
    public void Groups_of_many_lanes_agree_on_the_emulator(int rows, int features, int lanes)
    {
        using var dataset = SyntheticData.Create(rows, features, weighted: true);
        using var engine = IlgpuEngine.Create(IlgpuDevice.Emulate(2, 1, lanes / 2), dataset, PassGeometry.For);
        Agreement.HessianHolds(engine, dataset, SyntheticData.Parameters(features));
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void The_same_pass_gives_the_same_bits(string device)
    {
        using var dataset = SyntheticData.Create(1000, 19, weighted: true);
        double[] parameters = SyntheticData.Parameters(19);
        double[] gradient = new double[20], first = new double[400], second = new double[400], again = new double[400];
        using var engine = Devices.Open(device, dataset);
        using var other = Devices.Open(device, dataset);
        engine.HessianPass(parameters, gradient, first);
        engine.HessianPass(parameters, gradient, second);
        other.HessianPass(parameters, gradient, again);
        Assert.Equal(first, second);
        Assert.Equal(first, again);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void More_features_than_there_are_kernels_for_are_refused_with_the_remedy(string device)
    {
        using var dataset = SyntheticData.Create(2, 1025);
        using var engine = Devices.Open(device, dataset);
        Assert.Equal(1024, engine.MaximumHessianFeatures);
        var refusal = Assert.Throws<PerceptronException>(
            () => engine.HessianPass(new double[1026], new double[1026], new double[1026 * 1026]));
        Assert.Equal(Fault.Options, refusal.Fault);
        Assert.Contains("--solver lbfgs", refusal.Message, StringComparison.Ordinal);
    }

    private static void AgreesAt(string device, int rows, int features, bool weighted)
    {
        using var dataset = SyntheticData.Create(rows, features, weighted: weighted);
        using var engine = Devices.Open(device, dataset);
        Agreement.HessianHolds(engine, dataset, SyntheticData.Parameters(features));
    }
}
