using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Engines;

public sealed class SharedReadsTests
{
    private const int Trainings = 3;

    [Theory]
    [InlineData(100_000, 8, false)]
    [InlineData(28_000, 28, false)]
    [InlineData(28_000, 28, true)]
    [InlineData(330_000, 20, true)] // units of more than a piece, and these as well
    [InlineData(20_000, 1_000, false)]
    public void A_shared_pass_gives_each_training_the_bits_of_its_own(int rows, int features, bool streamed)
    {
        using var resident = SyntheticData.Create(rows, features);
        using var copy = streamed ? StreamedData.CopyOf(resident) : null;
        var samples = copy ?? resident;
        double[][] shared = new double[Trainings][], alone = new double[Trainings][];
        SharedReads.Run(Trainings, (i, reads) =>
        {
            using var weighted = Reweighted(samples, i);
            using var engine = reads.Engine(new CpuEngine(weighted ?? samples, threads: 2));
            shared[i] = Passes(engine, i);
        });
        for (int i = 0; i < Trainings; i++)
        {
            using var weighted = Reweighted(samples, i);
            using var engine = new CpuEngine(weighted ?? samples, threads: 2);
            alone[i] = Passes(engine, i);
        }

        Assert.Equal(alone, shared);
    }

    [Fact]
    public void Trainings_that_end_early_leave_the_others_to_go_on()
    {
        using var samples = SyntheticData.Create(rows: 1000, features: 4);
        long[] passes = new long[Trainings];
        SharedReads.Run(Trainings, (i, reads) =>
        {
            using var engine = reads.Engine(new CpuEngine(samples));
            double[] gradient = new double[5];
            for (int pass = 0; pass <= 5 * i; pass++)
                engine.Pass(PassLoss.Logistic, new double[5], gradient);
            passes[i] = engine.Passes;
        });
        Assert.Equal([1, 6, 11], passes);
    }

    [Fact]
    public void What_one_training_throws_ends_all()
    {
        using var samples = SyntheticData.Create(rows: 1000, features: 4);
        int passes = 0;
        var failure = Assert.Throws<PerceptronException>(() => SharedReads.Run(Trainings, (i, reads) =>
        {
            using var engine = reads.Engine(new CpuEngine(samples));
            double[] gradient = new double[5];
            while (true)
            {
                engine.Pass(PassLoss.Logistic, new double[5], gradient);
                if (i == 1 && ++passes == 10) throw new PerceptronException(Fault.Data, "the tenth");
            }
        }));
        Assert.Equal("the tenth", failure.Message);
        Assert.Equal(10, passes);
    }

    /// <summary>The first training has the samples as they are, without weights: null.</summary>
    private static Dataset? Reweighted(Dataset samples, int training) =>
        training == 0 ? null : samples.Reweighted((place, _, weight) => place % Trainings == training ? 0f : weight);

    /// <summary>Each training's own parameters, pass after pass, of either loss; of the last the loss and the gradient.</summary>
    private static double[] Passes(IEngine engine, int training)
    {
        double[] parameters = SyntheticData.Parameters(engine.Features), gradient = new double[engine.Features + 1];
        double loss = 0;
        for (int pass = 0; pass < 3 + training; pass++)
        {
            parameters[0] += 0.1 * (training + 1);
            loss = engine.Pass(pass % 2 == 0 ? PassLoss.Logistic : PassLoss.HalfSquare, parameters, gradient);
        }

        return [loss, .. gradient];
    }
}
