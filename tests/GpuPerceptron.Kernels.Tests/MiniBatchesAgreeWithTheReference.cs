using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Mini-batch steps on every device against the naive float64 ones, which take the same rows in the same order.</summary>
[Collection(Devices.Collection)]
public sealed class MiniBatchesAgreeWithTheReference
{
    public static TheoryData<string, MiniBatchMethod> DevicesAndMethods()
    {
        var data = new TheoryData<string, MiniBatchMethod>();
        foreach (string device in Devices.All)
        {
            data.Add(device, MiniBatchMethod.Momentum);
            data.Add(device, MiniBatchMethod.Adam);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(DevicesAndMethods))]
    public void Steps_of_any_shape(string device, MiniBatchMethod method)
    {
        foreach (var (rows, features, batch) in ((int, int, int)[])
            [(1, 1, 1), (7, 3, 2), (100, 5, 100), (100, 28, 32), (257, 33, 64), (1000, 9, 999), (2100, 4, 2048), (60, 300, 20)])
        {
            using var dataset = SyntheticData.Create(rows, features, weighted: rows % 2 == 0);
            Agrees(device, dataset, new MiniBatchOptions { BatchRows = batch, Method = method, Momentum = 0.8, Seed = 4 });
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndMethods))]
    public void Features_in_float16(string device, MiniBatchMethod method)
    {
        using var dataset = SyntheticData.Create(300, 13, weighted: true);
        dataset.Narrow();
        Agrees(device, dataset, new MiniBatchOptions { BatchRows = 70, Method = method, Momentum = 0.8, Seed = 4 });
    }

    [Fact]
    public void Rows_are_gathered_from_every_part_that_a_device_holds_the_samples_in()
    {
        using var dataset = SyntheticData.Create(4200, 1021, weighted: true);
        Assert.Equal(2, dataset.Blocks.Count);
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(2, Environment.ProcessorCount, maximumBufferBytes: 1), dataset, PassGeometry.For);
        Agrees(engine, dataset, new MiniBatchOptions { BatchRows = 2100, Method = MiniBatchMethod.Adam, Seed = 4 }, epochs: 1);
    }

    [Fact]
    public void The_kernels_in_registers_take_batches_too()
    {
        using var dataset = SyntheticData.Create(50, 13, weighted: true);
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(WarpSum.WarpSize, 1), dataset,
            (accelerator, shape, rows) => PassGeometry.InRegisters(
                shape, rows, 1, accelerator.MaxNumThreadsPerMultiprocessor, accelerator.MaxNumThreadsPerGroup));
        Agrees(engine, dataset, new MiniBatchOptions { BatchRows = 20, Method = MiniBatchMethod.Momentum, Momentum = 0.9 }, epochs: 1);
    }

    [Theory]
    [MemberData(nameof(DevicesAndMethods))]
    public void The_same_steps_give_the_same_bits(string device, MiniBatchMethod method)
    {
        using var dataset = SyntheticData.Create(500, 19);
        using var engine = Devices.Open(device, dataset);
        double[] Reach()
        {
            using var batches = engine.MiniBatches(
                new MiniBatchOptions { BatchRows = 64, Method = method, Momentum = 0.9 }, dataset.TotalWeight, 0.01, new double[20]);
            double[] reached = new double[20];
            batches.Run(0, _ => 0.05);
            batches.Run(1, _ => 0.05);
            batches.Read(reached);
            return reached;
        }

        Assert.Equal(Reach(), Reach());
        Assert.Equal(4, engine.Passes);
    }

    [Theory]
    [MemberData(nameof(DevicesAndMethods))]
    public void Passes_may_come_between_epochs(string device, MiniBatchMethod method)
    {
        using var dataset = SyntheticData.Create(200, 6);
        using var engine = Devices.Open(device, dataset);
        var options = new MiniBatchOptions { BatchRows = 50, Method = method, Momentum = 0.5 };
        double[] start = new double[7], reached = new double[7];
        using var batches = engine.MiniBatches(options, dataset.TotalWeight, 0, start);
        batches.Run(0, _ => 0.05);
        engine.Pass(PassLoss.Logistic, [9, 9, 9, 9, 9, 9, 9], new double[7]);
        batches.Run(1, _ => 0.05);
        batches.Read(reached);
        double[] expected = NaiveMiniBatches.Run(dataset, options, start, rate: 0.05, l2: 0, epochs: 2);
        Assert.All(expected.Zip(reached), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    private static void Agrees(string device, Data.Dataset dataset, MiniBatchOptions options)
    {
        using var engine = Devices.Open(device, dataset);
        Agrees(engine, dataset, options, epochs: 2);
    }

    private static void Agrees(IEngine engine, Data.Dataset dataset, MiniBatchOptions options, int epochs)
    {
        double rate = options.Method == MiniBatchMethod.Adam ? 0.01 : 0.5 / dataset.Features;
        double difference = NaiveMiniBatches.RelativeDifference(engine, dataset, options, rate, l2: 0.01, epochs);
        Assert.True(difference <= 1e-4,
            $"{dataset.Samples} × {dataset.Features} in batches of {options.BatchRows} on {engine.Description}: a relative difference of {difference:g3}");
    }
}
