using System.Diagnostics;
using GpuPerceptron.Data;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace GpuPerceptron.Bench;

/// <summary>ML.NET's L-BFGS without penalties, on the same samples and as many threads.</summary>
/// <param name="dataset">The samples; they must outlive this.</param>
/// <param name="threads">Threads.</param>
internal sealed class MlNetLbfgs(Dataset dataset, int threads)
{
    /// <summary>The tolerance that its users have where they set none.</summary>
    public const float DefaultTolerance = 1e-7f;

    /// <param name="Seconds">The whole of Fit.</param>
    /// <param name="CopySeconds">The part until it had copied the samples into memory of its own.</param>
    /// <param name="Parameters">M weights, then the bias.</param>
    public sealed record Result(double Seconds, double CopySeconds, double[] Parameters);

    public static string Version => Machine.Version(typeof(LbfgsLogisticRegressionBinaryTrainer));

    /// <param name="tolerance">It stops when the last five iterations lowered the loss by less than this part on average.</param>
    /// <param name="maximumIterations">It stops after so many, 6 at least.</param>
    public Result Fit(float tolerance, int maximumIterations = int.MaxValue)
    {
        var context = new MLContext(seed: 1);
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options
        {
            L1Regularization = 0,
            L2Regularization = 0,
            OptimizationTolerance = tolerance,
            MaximumNumberOfIterations = maximumIterations,
            NumberOfThreads = threads,
        };
        var trainer = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options);
        double copySeconds = 0;
        var clock = Stopwatch.StartNew();
        var view = new DatasetView(dataset) { ReadToTheEnd = () => copySeconds = clock.Elapsed.TotalSeconds };
        var model = trainer.Fit(view).Model.SubModel;
        return new Result(clock.Elapsed.TotalSeconds, copySeconds, [.. model.Weights.Select(w => (double)w), model.Bias]);
    }
}
