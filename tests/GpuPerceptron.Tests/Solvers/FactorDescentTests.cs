using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Solvers;

/// <summary>lbfgs on features that factors rule, of which no Hessian need be formed.</summary>
public sealed class FactorDescentTests
{
    private const int Samples = 20_000, Features = 600, Factors = 20;
    private const double Penalty = 1e-3;

    private static readonly FactorData Data = new(Features, Factors);

    [Fact]
    public void Few_reads_lead_to_the_optimum_and_no_hessian_is_formed()
    {
        using var samples = Data.Draw(Samples, Data.Parameters(2));
        var (result, work) = Minimize(new Lbfgs(), samples);
        var (newton, _) = Minimize(new Newton(), samples, hasProducts: false); // by Hessians alone
        Assert.Equal(0, work.Hessians);
        Assert.InRange(work.Products, 3, 5); // two for the model, and one to move it
        Assert.InRange(result.Epochs, 1, 12);
        Assert.Equal(newton.Objective, result.Objective, 1e-8);
    }

    [Fact]
    public void Where_features_are_near_copies_a_samples_hessian_takes_over()
    {
        using var samples = Data.Draw(Samples, Data.Parameters(2), copies: 40, difference: 0.02);
        var (result, work) = Minimize(new Lbfgs(), samples);
        var (newton, _) = Minimize(new Newton(), samples, hasProducts: false); // by Hessians alone
        Assert.Equal(1, work.Hessians);
        Assert.InRange(result.Epochs, 1, 30); // the model alone takes some 40
        Assert.Equal(newton.Objective, result.Objective, 1e-8);
    }

    [Fact]
    public void Where_there_is_no_model_a_samples_hessian_is_formed()
    {
        using var samples = Data.Draw(Samples, Data.Parameters(2));
        var (result, work) = Minimize(new Lbfgs(), samples, hasProducts: false);
        Assert.Equal(0, work.Products);
        Assert.InRange(work.Hessians, 1, 3);
        Assert.InRange(result.Epochs, 1, 15);
    }

    private static (SolverResult Result, Work Work) Minimize(ISolver solver, Dataset samples, bool hasProducts = true)
    {
        var work = new Work();
        using var engine = new CountingEngine(new CpuEngine(samples), work, hasProducts);
        var objective = new DatasetObjective(engine, samples, Penalty);
        var result = solver.Minimize(objective, new double[Features + 1], new SolverOptions { Tolerance = 3e-7 });
        Assert.Equal(StopReason.Converged, result.StopReason);
        return (result, work);
    }

    /// <summary>What was asked for, of samples too.</summary>
    private sealed class Work
    {
        public int Hessians { get; set; }

        public int Products { get; set; }
    }

    private sealed class CountingEngine(IEngine engine, Work work, bool hasProducts) : IEngine, IDirectionProducts
    {
        public string Device => engine.Device;

        public string Description => engine.Description;

        public int Threads => engine.Threads;

        public int Features => engine.Features;

        public int MaximumHessianFeatures => engine.MaximumHessianFeatures;

        public long Passes => engine.Passes;

        public bool HasDirectionProducts => hasProducts && ((IDirectionProducts)engine).HasDirectionProducts;

        public double Pass(PassLoss loss, ReadOnlySpan<double> parameters, Span<double> gradient) => engine.Pass(loss, parameters, gradient);

        public double HessianPass(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
        {
            work.Hessians++;
            return engine.HessianPass(parameters, gradient, hessian);
        }

        public double HessianTimes(
            ReadOnlySpan<double> parameters, double part, int count, ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal)
        {
            work.Products++;
            return ((IDirectionProducts)engine).HessianTimes(parameters, part, count, directions, products, diagonal);
        }

        public IEngine Over(Dataset dataset) => new CountingEngine(engine.Over(dataset), work, hasProducts);

        public IMiniBatches MiniBatches(MiniBatchOptions options, double totalWeight, double l2, ReadOnlySpan<double> parameters) =>
            engine.MiniBatches(options, totalWeight, l2, parameters);

        public void Dispose() => engine.Dispose();
    }
}
