using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>The sparse engines against the naive float64 pass.</summary>
[Collection(Devices.Collection)]
public sealed class SparseEnginesAgreeWithTheReference
{
    public static TheoryData<string> EveryDevice => [.. Devices.All];

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Passes_and_products_agree_at_every_shape(string device)
    {
        foreach (int rows in device == "emulator" ? (int[])[0, 1, 33] : [0, 1, 2, 31, 32, 33, 257, 3000])
        {
            foreach (int features in (int[])[1, 7, 200])
            {
                var (dense, sparse) = SparseData.Create(rows, features, density: 0.3, seed: rows + features, weighted: rows % 2 == 1);
                using (dense)
                using (sparse)
                using (var engine = Devices.OpenSparse(device, sparse))
                {
                    Agreement.Holds(engine, dense, SyntheticData.Parameters(features));
                    if (features <= 7) Agreement.HessianHolds(engine, dense, SyntheticData.Parameters(features));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Columns_of_many_values_are_cut_and_the_bits_are_the_same_each_time(string device)
    {
        int rows = device == "emulator" ? 1500 : 20_000;
        var (dense, sparse) = SparseData.Create(rows, 3, density: 0.9);
        using var _ = dense;
        using var __ = sparse;
        using var engine = Devices.OpenSparse(device, sparse);
        double[] parameters = SyntheticData.Parameters(3), first = new double[4], second = new double[4];
        double loss = engine.Pass(PassLoss.Logistic, parameters, first);
        Assert.Equal(loss, engine.Pass(PassLoss.Logistic, parameters, second));
        Assert.Equal(first, second);
        Agreement.Holds(engine, dense, parameters);
    }

    [Theory]
    [MemberData(nameof(EveryDevice))]
    public void Truncated_newton_reaches_the_optimum(string device)
    {
        var (dense, sparse) = SparseData.Create(device == "emulator" ? 60 : 500, 12, density: 0.3);
        using var _ = sparse;
        double optimum = NaiveOptimum.Of(NaiveObjective.Of(dense, l2: 1e-2)).Objective;
        dense.Dispose();
        foreach (long? partBytes in (long?[])[null, SparsePartBuilder.BytesFor(sparse) / 3]) // in its memory, and streamed there
        {
            using var engine = Devices.OpenSparse(device, sparse, partBytes);
            var objective = new DatasetObjective(engine, sparse, l2: 1e-2);
            var result = new TruncatedNewton().Minimize(objective, new double[13], new SolverOptions { Tolerance = 1e-6 });
            Assert.Equal(StopReason.Converged, result.StopReason);
            Assert.Equal(optimum, result.Objective, 1e-6);
        }
    }
}
