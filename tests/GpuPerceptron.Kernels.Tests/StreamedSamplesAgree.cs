using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Samples that come to a device block by block, from memory or from a file, are to be worth the same as samples that stay.</summary>
[Collection(Devices.Collection)]
public sealed class StreamedSamplesAgree
{
    private const int Features = 6_000; // blocks of 640 rows

    public static TheoryData<string> EveryDevice => [.. Devices.All];

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Passes_over_several_blocks(string device)
    {
        using var resident = SyntheticData.Create(1_500, Features, weighted: true);
        using var stored = StreamedData.CopyOf(resident);
        Assert.Equal(3, stored.Blocks.Count);
        double[] parameters = SyntheticData.Parameters(Features, scale: 0.02);
        using var fromMemory = Devices.Open(device, resident, streams: true);
        using var fromFile = Devices.Open(device, stored, streams: true);
        Assert.True(((IlgpuEngine)fromFile).IsStreamed);
        foreach (var engine in (IEngine[])[fromMemory, fromFile])
        {
            Assert.InRange(PassComparison.RelativeDifference(engine, PassLoss.Logistic, resident, parameters), 0, 1e-5);
            Assert.InRange(PassComparison.RelativeDifference(engine, PassLoss.HalfSquare, resident, parameters), 0, 1e-5);
        }

        Assert.Equal(PassOf(fromMemory, parameters), PassOf(fromFile, parameters));
        Assert.Equal(PassOf(fromFile, parameters), PassOf(fromFile, parameters));
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Hessians_and_float16(string device)
    {
        using var resident = SyntheticData.Create(2_000, 28, weighted: true);
        using var stored = StreamedData.CopyOf(resident);
        double[] parameters = SyntheticData.Parameters(28);
        using (var engine = Devices.Open(device, stored, streams: true))
            Assert.InRange(PassComparison.HessianRelativeDifference(engine, resident, parameters), 0, 1e-5);
        resident.Narrow();
        stored.Narrow();
        using var halves = Devices.Open(device, stored, streams: true);
        Assert.InRange(PassComparison.RelativeDifference(halves, PassLoss.Logistic, resident, parameters), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Mini_batches_in_windows(string device)
    {
        using var resident = SyntheticData.Create(3_000, Features, weighted: true); // five blocks, three windows
        using var stored = StreamedData.CopyOf(resident);
        using var host = new CpuEngine(stored);
        double[] start = new double[Features + 1], expected = AfterEpoch(host, stored), actual, held;
        using (var engine = Devices.Open(device, stored, streams: true))
            actual = AfterEpoch(engine, stored);
        using (var engine = Devices.Open(device, resident))
            held = AfterEpoch(engine, resident);
        Assert.Equal(held, actual);
        double difference = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Zip(start, (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(difference, 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Sparse_passes_and_products_over_several_parts(string device)
    {
        var (dense, resident) = SparseData.Create(device == "emulator" ? 300 : 3_000, 40, density: 0.2, weighted: true);
        using var _ = dense;
        using var __ = resident;
        using var stored = StreamedData.CopyOf(resident);
        double[] parameters = SyntheticData.Parameters(40);
        long part = SparsePartBuilder.BytesFor(resident) / 5;
        using var fromMemory = Devices.OpenSparse(device, resident, part);
        using var fromFile = Devices.OpenSparse(device, stored, part);
        using var whole = Devices.OpenSparse(device, resident);
        Assert.True(fromFile.IsStreamed);
        Assert.False(whole.IsStreamed);
        foreach (var engine in (SparseIlgpuEngine[])[fromMemory, fromFile])
        {
            Agreement.Holds(engine, dense, parameters);
            Agreement.HessianHolds(engine, dense, parameters);
        }

        Assert.Equal(PassOf(fromMemory, parameters), PassOf(fromFile, parameters));
        Assert.Equal(PassOf(fromFile, parameters), PassOf(fromFile, parameters));
        Assert.InRange(PassOf(fromFile, parameters).Zip(PassOf(whole, parameters), (a, b) => Math.Abs(a - b) / (1 + Math.Abs(b))).Max(), 0, 1e-12);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void A_sparse_row_that_outweighs_a_part_and_more_parts_than_rows(string device)
    {
        const int Features = 300;
        int[] lengths = [.. Enumerable.Range(0, 40).Select(i => i == 10 ? Features : i == 20 ? 0 : 2)];
        int[] columns = [.. lengths.SelectMany(length => Enumerable.Range(0, length))];
        long[] starts = [0, .. lengths.Select((_, i) => (long)lengths.Take(i + 1).Sum())];
        using var samples = Dataset.FromSparseRows(
            starts, columns, [.. columns.Select(column => 1 + column % 3 / 2f)], [.. lengths.Select((_, i) => i % 2f)], Features);
        using var host = new SparseCpuEngine(samples);
        double[] parameters = SyntheticData.Parameters(Features, scale: 0.1), expected = PassOf(host, parameters);
        foreach (long part in (long[])[SparsePartBuilder.BytesFor(samples) / 8, 1])
        {
            using var engine = Devices.OpenSparse(device, samples, part);
            Assert.InRange(PassOf(engine, parameters).Zip(expected, (a, b) => Math.Abs(a - b) / (1 + Math.Abs(b))).Max(), 0, 1e-5);
        }
    }

    [Fact]
    public void Sparse_samples_are_streamed_where_the_devices_memory_is_too_small_and_leave_no_file()
    {
        var (dense, sparse) = SparseData.Create(600, 100, density: 0.5);
        using var _ = dense;
        using var __ = sparse;
        long samples = SparsePartBuilder.BytesFor(sparse), sums = 80_000;
        using (var large = IlgpuDevice.Emulate(2, 2, availableBytes: 2 * samples + sums))
        using (var engine = SparseIlgpuEngine.Create(large, sparse, ownsDevice: false))
            Assert.False(engine.IsStreamed);
        using (var manyBuffers = IlgpuDevice.Emulate(2, 2, availableBytes: 2 * samples + sums, maximumBufferBytes: samples / 3))
        using (var engine = SparseIlgpuEngine.Create(manyBuffers, sparse, ownsDevice: false))
        {
            Assert.False(engine.IsStreamed);
            Agreement.Holds(engine, dense, SyntheticData.Parameters(100));
        }

        string[] before = Files();
        using (var small = IlgpuDevice.Emulate(2, 2, availableBytes: samples))
        using (var engine = SparseIlgpuEngine.Create(small, sparse, ownsDevice: false))
        {
            Assert.True(engine.IsStreamed);
            Assert.Single(Files().Except(before));
            Agreement.Holds(engine, dense, SyntheticData.Parameters(100));
        }

        Assert.Empty(Files().Except(before));
        var failure = Assert.Throws<PerceptronException>(() =>
            SparseIlgpuEngine.Create(IlgpuDevice.Emulate(2, 2, availableBytes: 50_000), sparse, ownsDevice: true));
        Assert.Equal(Fault.Device, failure.Fault);

        static string[] Files() => Directory.Exists(CacheFolder.Path) ? Directory.GetFiles(CacheFolder.Path) : [];
    }

    private static double[] AfterEpoch(IEngine engine, Dataset dataset)
    {
        double[] parameters = new double[dataset.Features + 1];
        using var batches = engine.MiniBatches(
            new MiniBatchOptions { BatchRows = 200, Method = MiniBatchMethod.Momentum, Momentum = 0.5, Seed = 3 }, dataset.TotalWeight, l2: 0.01,
            parameters);
        batches.Run(0, _ => 0.001);
        batches.Read(parameters);
        return parameters;
    }

    private static double[] PassOf(IEngine engine, double[] parameters)
    {
        double[] gradient = new double[parameters.Length];
        double loss = engine.Pass(PassLoss.Logistic, parameters, gradient);
        return [loss, .. gradient];
    }
}
