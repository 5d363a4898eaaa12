using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics.Gradients;
using GpuPerceptron.Engines;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

public sealed class EngineGradientCheckTests
{
    private static readonly DeviceRequest Cpu = new(DeviceKind.Cpu);

    [Theory]
    [InlineData(false, 0.0)]
    [InlineData(true, 0.0)]
    [InlineData(true, 0.3)]
    public void The_references_agree_with_the_formula(bool weighted, double l2)
    {
        using var dataset = SyntheticData.Create(60, 5, weighted: weighted);
        double[] parameters = [.. SyntheticData.Parameters(5).Select(value => (double)(float)value)];
        double[] expected = new double[6];
        NaiveReference.Pass(PassLoss.Logistic, dataset, parameters, expected);
        for (int j = 0; j < 6; j++)
            expected[j] = expected[j] / dataset.TotalWeight + (j < 5 ? l2 * parameters[j] : 0);
        var reference = new ReferenceGradient(dataset, parameters, l2);
        Assert.All(expected.Zip(reference.CentralDifferences()), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.All(expected.Zip(reference.ComplexSteps()), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    [Theory]
    [InlineData(800.0)]
    [InlineData(-800.0)]
    [InlineData(38.0)]
    public void The_complex_step_neither_overflows_nor_cancels(double logit)
    {
        // Both labels at x = 1: the slopes are sigma(v) - 1 and sigma(v), and the one that is tiny must not be lost.
        foreach (float label in (float[])[0, 1])
        {
            using var dataset = Dataset.FromRows([1f], [label], 1);
            double[] gradient = new ReferenceGradient(dataset, [logit, 0], 0).ComplexSteps();
            double expected = label == 1 ? -NaiveReference.Sigmoid(-logit) : NaiveReference.Sigmoid(logit);
            Assert.Equal(expected, gradient[0], Math.Abs(expected) * 1e-12);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_engine_that_is_there_is_right_or_skipped_with_a_reason(bool standardize)
    {
        var (dataset, schema) = PlainTable.Pima.Encode(standardize);
        using (dataset)
        {
            var report = EngineGradientCheck.Run(dataset, [.. schema.Features.Select(feature => feature.Name)], new EngineGradientOptions { L2 = 0.01 });
            Assert.Equal(["cpu", "emulator"], report.Engines.Select(engine => engine.Device).Where(device => !device.Contains(':')));
            Assert.All(report.Engines, engine => Assert.InRange(engine.MaxRelativeError, 1e-12, EngineGradientCheck.Tolerance));
            Assert.True(report.AllRight);
            Assert.InRange(report.ReferenceDisagreement, 0, 1e-8);
            var devices = report.Engines.Select(engine => engine.Device).Concat(report.Skipped.Select(engine => engine.Device));
            string[] kinds = [.. devices.Select(device => device.Split(':')[0])];
            Assert.Superset(new SortedSet<string> { "cpu", "cuda", "emulator", "opencl" }, new SortedSet<string>(kinds));
            Assert.All(report.Skipped, engine => Assert.NotEmpty(engine.Reason));
        }
    }

    [Fact]
    public void A_large_table_is_compared_on_a_sample_of_its_rows()
    {
        using var dataset = SyntheticData.Logistic(300_000, 1);
        var report = EngineGradientCheck.Run(dataset, ["x"], new EngineGradientOptions { Device = Cpu });
        Assert.Equal((300_000, 1 << 18), (report.Samples, (int)report.Compared));
        Assert.Equal(1 << 18, Assert.Single(report.Engines).Samples);
        Assert.True(report.AllRight);
    }

    [Fact]
    public void Rows_are_drawn_evenly_and_keep_their_order()
    {
        using var dataset = Dataset.FromRows([.. Enumerable.Range(0, 1000).Select(i => (float)i)], [.. Enumerable.Range(0, 1000).Select(i => i % 2f)], 1);
        using var drawn = RowSample.Take(dataset, 400, seed: 5);
        float[] rows = [.. Enumerable.Range(0, 400).Select(i => drawn.Blocks[0].Row(i)[0])];
        Assert.Equal(400, drawn.Samples);
        Assert.Equal(rows.Order(), rows);
        Assert.Equal(rows.Length, rows.Distinct().Count());
        Assert.InRange(rows.Average(), 450, 550);
        Assert.All(Enumerable.Range(0, 400), i => Assert.Equal(rows[i] % 2, drawn.Blocks[0].Labels[i]));
    }

    [Fact]
    public void An_engine_that_was_asked_for_and_is_not_there_is_an_error()
    {
        using var dataset = SyntheticData.Create(10, 2);
        var failure = Assert.Throws<PerceptronException>(
            () => EngineGradientCheck.Run(dataset, ["a", "b"], new EngineGradientOptions { Device = new DeviceRequest(DeviceKind.Cuda, 9) }));
        Assert.Equal(Fault.Device, failure.Fault);
    }

    [Fact]
    public void Test_weights_saturate_nothing_in_either_units()
    {
        var (dataset, schema) = PlainTable.Pima.Encode();
        using (dataset)
        {
            double[] w = TestWeights.ForEitherUnits(dataset, schema, seed: 1);
            foreach (var table in (PlainTable[])[PlainTable.Pima, PlainTable.Pima.Standardized()])
                Assert.All(table.Samples, i => Assert.InRange(Math.Abs(table.Logit(i, w)), 0, 6));
            Assert.DoesNotContain(0.0, w);
        }
    }
}
