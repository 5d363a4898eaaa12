using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

/// <summary>Sparse samples in a file are to be worth the same as in memory.</summary>
public sealed class StreamedSparseTests
{
    private const int Rows = 40_000; // three blocks

    [Theory]
    [InlineData(1, 3, false), InlineData(300, 40, true), InlineData(Rows, 60, true), InlineData(Rows, 700, false)]
    public void Passes_give_the_same_bits(int rows, int features, bool weighted)
    {
        var (resident, streamed) = Create(rows, features, weighted);
        using var _ = resident;
        using var __ = streamed;
        Assert.True(streamed.IsStreamed);
        Assert.Equal(FeatureStorage.Sparse, streamed.Storage);
        Assert.Equal(
            (resident.Samples, resident.Positives, resident.TotalWeight, resident.NonZeros, resident.FeatureBytes),
            (streamed.Samples, streamed.Positives, streamed.TotalWeight, streamed.NonZeros, streamed.FeatureBytes));
        Assert.Equal((resident.FeatureBytes, 0L), (resident.ResidentBytes, streamed.ResidentBytes));
        Assert.Equal(Cut(resident), Cut(streamed));
        foreach (int threads in (int[])[1, 2])
            Assert.Equal(SumsOf(resident, 1), SumsOf(streamed, threads));
    }

    [Fact]
    public unsafe void Rows_are_the_same_through_a_map_of_the_file_and_by_copies()
    {
        var (resident, streamed) = Create(Rows, 60, weighted: true);
        using var _ = resident;
        using var __ = streamed;
        using var reader = new RowReader(streamed);
        var file = streamed.Blocks[0].Stored!.File;
        long most = file.MostMapped;
        foreach (long mapped in (long[])[most, 0, most]) // 0: nothing can be had so, and everything is copied
        {
            file.MostMapped = mapped;
            var way = default(FasterWay);
            for (int trial = 0; trial < 4; trial++)
            {
                way.Took(isSecond: false, 1);
                way.Took(isSecond: true, 0.1);
            }

            way.IsSecondNext(); // the trial of the slower one
            var places = new HashSet<nint>();
            SparseRun[] expected = PiecesOf(resident), stored = PiecesOf(streamed);
            Assert.Equal(expected.Select(piece => (piece.First, piece.Count, piece.Place)), stored.Select(piece => (piece.First, piece.Count, piece.Place)));
            for (int i = 0; i < stored.Length; i++)
            {
                var (block, first, count, place) = reader.LoadNext(stored[i], ref way);
                places.Add((nint)block.Sparse!.Columns);
                Assert.Equal((0, stored[i].Count, stored[i].Place), (first, count, place));
                for (int row = 0; row < count; row++)
                {
                    Assert.True(block.Sparse.ColumnsOf(row).SequenceEqual(expected[i].Block.Sparse!.ColumnsOf(expected[i].First + row)));
                    Assert.True(block.Sparse.ValuesOf(row).SequenceEqual(expected[i].Block.Sparse!.ValuesOf(expected[i].First + row)));
                }

                Assert.True(block.Labels.SequenceEqual(expected[i].Block.Labels.Slice(expected[i].First, count)));
                Assert.True(block.SampleWeights.SequenceEqual(expected[i].Block.SampleWeights.Slice(expected[i].First, count)));
                if (i % 4 == 3) reader.Load(stored[i]); // by a copy, in between
            }

            if (OperatingSystem.IsLinux()) Assert.Equal(mapped > 0, places.Count > 4);
        }

        static SparseRun[] PiecesOf(Dataset dataset) => [.. SparseUnits.Cut(dataset).SelectMany(unit => unit).SelectMany(run => run.Pieces())];
    }

    [Fact]
    public void A_copy_of_the_first_features_is_as_if_the_others_had_no_weight()
    {
        var (resident, streamed) = Create(Rows, 60, weighted: true);
        using var _ = resident;
        using var __ = streamed;
        double[] parameters = [.. SyntheticData.Parameters(60).Select((weight, j) => j is < 20 or 60 ? weight : 0)];
        double[] all = GradientOf(resident, parameters), first = [.. all[..20], all[60]];
        foreach (var dataset in (Dataset[])[resident, streamed])
        {
            using var copy = SparseDataset.CopyFirstFeatures(dataset, 20);
            Assert.Equal((resident.Samples, 20, false), (copy.Samples, copy.Features, copy.IsStreamed));
            double[] gradient = GradientOf(copy, [.. parameters[..20], parameters[60]]);
            Assert.All(Enumerable.Range(0, 21), j => Assert.Equal(first[j], gradient[j], 1e-6 * resident.Samples));
        }

        static double[] GradientOf(Dataset dataset, double[] parameters)
        {
            using var engine = new SparseCpuEngine(dataset);
            double[] gradient = new double[parameters.Length];
            engine.Pass(PassLoss.Logistic, parameters, gradient);
            return gradient;
        }
    }

    [Fact]
    public void Statistics_weights_samples_and_columns_are_the_same()
    {
        var (resident, streamed) = Create(Rows, 60, weighted: true);
        using var _ = resident;
        using var __ = streamed;
        using (var some = RowCopies.Draw(resident, 20_000, 3))
        using (var alike = RowCopies.Draw(streamed, 20_000, 3))
        {
            Assert.False(alike.IsStreamed);
            Assert.Equal(SumsOf(some, 1), SumsOf(alike, 1));
        }

        using (var balanced = resident.Balanced())
        using (var like = streamed.Balanced())
            Assert.Equal(SumsOf(balanced, 1), SumsOf(like, 2));

        var (indices, constant) = SparseColumns.Number(resident, null);
        var (same, left) = SparseColumns.Number(streamed, null);
        Assert.Equal(indices, same);
        Assert.Equal(constant, left);
        // The order of columns is known of one, and found of the other.
        using (var copy = SparseDataset.CopyRows(resident, Rows, place => place))
        {
            Assert.Equal((true, false), (resident.HasFrequentColumnsFirst, copy.HasFrequentColumnsFirst));
            Assert.Equal(SumsOf(resident, 1), SumsOf(copy, 1));
        }

        // The last column is left out, so that blocks shrink.
        var map = IndexMap.PlacesOf([.. Enumerable.Range(0, 59)]);
        resident.Renumber(map, 59);
        streamed.Renumber(map, 59);
        Assert.Equal(resident.NonZeros, streamed.NonZeros);
        double[] scales = SparseColumns.RootMeanSquares(resident);
        Assert.Equal(scales, SparseColumns.RootMeanSquares(streamed));
        resident.Scale(scales);
        streamed.Scale(scales);
        Assert.Equal(SumsOf(resident, 1), SumsOf(streamed, 1));

        Assert.InRange(streamed.Load(resident.FeatureBytes / 2), 1, resident.FeatureBytes / 2);
        Assert.InRange(streamed.ResidentBytes, 1, resident.FeatureBytes / 2);
        Assert.Equal(SumsOf(resident, 1), SumsOf(streamed, 2)); // some blocks here, some there
        streamed.Load(long.MaxValue);
        Assert.False(streamed.IsStreamed);
        Assert.Equal(SumsOf(resident, 1), SumsOf(streamed, 2));
    }

    [Fact]
    public void Samples_that_are_set_aside_go_to_the_same_file()
    {
        var (resident, streamed) = Create(Rows, 60, weighted: true);
        var (kept, aside) = SparseDataset.Split(resident, place => place % 7 == 2);
        var (keptThere, asideThere) = SparseDataset.Split(streamed, place => place % 7 == 2);
        Assert.Equal((Rows - Rows / 7, Rows / 7), (kept.Samples, aside.Samples));
        Assert.True(keptThere.IsStreamed && asideThere.IsStreamed);
        string file = keptThere.Blocks[0].Stored!.File.Path;
        Assert.Equal(SumsOf(kept, 1), SumsOf(keptThere, 1));
        Assert.Equal(SumsOf(aside, 1), SumsOf(asideThere, 1));
        foreach (var part in (Dataset[])[kept, aside, keptThere, asideThere])
        {
            Assert.Equal(part == asideThere || File.Exists(file), File.Exists(file));
            part.Dispose();
        }

        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData(SolverKind.TruncatedNewton, 0), InlineData(SolverKind.Newton, 0), InlineData(SolverKind.Lbfgs, 0), InlineData(SolverKind.Lbfgs, 1e-3),
        InlineData(SolverKind.TruncatedNewton, 1e-3)]
    public void A_training_ends_with_the_same_model_and_proof(SolverKind solver, double l1)
    {
        var (resident, streamed) = Create(Rows, 60, weighted: false);
        using var _ = resident;
        using var __ = streamed;
        var options = new TrainingOptions { Device = DeviceRequest.Parse("cpu"), Solver = solver, L1 = l1, L2 = 1e-4 };
        var schema = NumericSchema.Fit(resident, new LabelSchema("y", "0", "1"), standardize: false);
        var (a, b) = (Trainer.Train(resident, schema, options, resident), Trainer.Train(streamed, schema, options, streamed));
        Assert.True(a.Model.Training.Converged);
        Assert.Equal(a.Model.Weights, b.Model.Weights);
        Assert.Equal(a.Model.Training.Certificate, b.Model.Training.Certificate);
        Assert.Equal(a.Validation, b.Validation);
        var (folds, same) = (CrossValidation.Run(resident, options, [0.1], 3), CrossValidation.Run(streamed, options, [0.1], 3));
        Assert.Equal(folds.Penalties[0].LogLoss, same.Penalties[0].LogLoss, 1e-6);
    }

    [Fact]
    public void Blocks_may_come_in_any_order()
    {
        var (resident, streamed) = Create(Rows, 60, weighted: false);
        using var _ = streamed;
        double[] expected = SumsOf(resident, 1);
        string path = Path.GetTempFileName();
        File.Delete(path);
        long room = resident.Blocks[0].ByteCount + 1; // for one of the three
        using var spill = new SampleSpill(room, () => SampleFile.Create(path));
        using var collector = new SparseCollector(spill);
        foreach (int i in (int[])[2, 0, 1])
            collector.Add(i, resident.Blocks[i]);
        using var collected = new Dataset(60, hasSampleWeights: false, collector.Take());
        Assert.All(collected.Blocks, block => Assert.NotNull(block.Stored));
        Assert.Equal(expected, SumsOf(collected, 2));
    }

    private static (Dataset Resident, Dataset Streamed) Create(int rows, int features, bool weighted)
    {
        var (dense, sparse) = SparseData.Create(rows, features, density: Math.Min(0.3, 20.0 / features), weighted: weighted);
        dense.Dispose();
        return (sparse, StreamedData.CopyOf(sparse));
    }

    private static (int, int, long)[][] Cut(Dataset dataset) =>
        [.. SparseUnits.Cut(dataset).Select(runs => runs.Select(run => (run.First, run.Count, run.Place)).ToArray())];

    /// <summary>All that an engine computes.</summary>
    private static double[] SumsOf(Dataset dataset, int threads)
    {
        using var engine = new SparseCpuEngine(dataset, threads);
        double[] parameters = SyntheticData.Parameters(dataset.Features);
        double[] gradient = new double[parameters.Length], diagonal = new double[parameters.Length], product = new double[parameters.Length];
        double[] hessian = new double[parameters.Length * parameters.Length];
        double loss = engine.HessianPass(parameters, gradient, hessian);
        engine.HoldCurvatures(diagonal);
        engine.HessianTimes(parameters, product);
        return [loss, .. gradient, .. diagonal, .. product, .. hessian];
    }
}
