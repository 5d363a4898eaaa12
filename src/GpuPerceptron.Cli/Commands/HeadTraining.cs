using System.Diagnostics;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Data;
using GpuPerceptron.Solvers;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>
/// A training on the first rows, which tells solver and passes, and how long all rows would take: how many there are hardly matters to the passes, as long as there are many a feature.
/// </summary>
/// <param name="Solver">The solver.</param>
/// <param name="Passes">Passes.</param>
/// <param name="Samples">The first rows.</param>
/// <param name="Part">What part of their values it took.</param>
/// <param name="First">What it took.</param>
/// <param name="Again">What it took when everything was compiled.</param>
/// <param name="Validated">What the cross-validation took; 0 without.</param>
internal sealed record HeadTraining(string Solver, long Passes, long Samples, double Part, TrainingSeconds First, TrainingSeconds Again, double Validated)
{
    private const double Long = 2; // seconds, of which the compiler's would not be many

    /// <summary>Trains.</summary>
    /// <param name="estimate">The table.</param>
    /// <param name="request">The training of all of it.</param>
    /// <param name="follow">Follows a training on the samples.</param>
    /// <param name="wait">Says that folds are tried.</param>
    /// <param name="cancellation">Ends it.</param>
    public static HeadTraining Of(TableEstimate estimate, TrainRequest request, Func<Dataset, TrainProgress> follow, Func<WaitingLine> wait, CancellationToken cancellation)
    {
        var options = request.Training;
        var (data, schema) = (estimate.Head.Training, estimate.Head.Schema);
        int features = estimate.HeadFeatures;
        using var some = features < data.Features ? SparseDataset.CopyFirstFeatures(data, features) : null;
        if (some is not null)
        {
            MemoryBudget.Tidy(); // what the copying left
            var chosen = SolverFactory.Choose(options, data.Features, data.Samples, sparse: true).Solver; // as for all features
            if (options.Solver == SolverKind.Auto) options = options with { Solver = SolverFactory.Parse(chosen.Name) };
            (data, schema) = (some, schema.WithSparse(schema.Sparse!.First(some.Features)));
        }

        long samples = data.Samples;
        options = options with
        {
            Storage = FeatureStorage.Float32,
            EarlyStopping = null,
            Start = null,
            BatchSize = options.BatchSize > samples ? (int)samples : options.BatchSize,
        };
        var first = Train();
        var again = first.Seconds.Train > Long ? first : Train();
        var record = first.Model.Training;
        double part = some is null ? 1 : data.NonZeros / (double)estimate.Head.Training.NonZeros;
        return new HeadTraining(record.Solver, record.Passes, record.Samples, part, first.Seconds, again.Seconds, Validate());

        double Validate()
        {
            if (request.Folds is not { } folds) return 0;
            if (Math.Min(data.Weighing(0), data.Weighing(1)) < folds) return again.Seconds.Train * folds * request.Penalties.Count; // too few of a label to try it
            using var line = wait();
            long start = Stopwatch.GetTimestamp();
            CrossValidation.Run(data, options, request.Penalties, folds, schema: schema, cancellation: cancellation);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        TrainingResult Train()
        {
            using var progress = follow(data);
            var result = Trainer.Train(data, schema, options, events: progress.Events(), cancellation: cancellation);
            cancellation.ThrowIfCancellationRequested(); // what an interrupted training came to tells nothing of a whole one
            return result;
        }
    }

    /// <summary>Seconds of a training on all rows, of what goes before it, and of its proof.</summary>
    /// <param name="samples">All rows.</param>
    /// <param name="pass">Seconds of a pass over them.</param>
    /// <param name="inMemory">The same if they were in memory.</param>
    /// <param name="isDevice">Whether what a training on few rows takes is most of it a device's start, kernels and launches, which more rows leave as they are.</param>
    public (double CrossValidate, double Train, double Certify) SecondsFor(long samples, double pass, double inMemory, bool isDevice)
    {
        double rows = Math.Max(1, (double)samples / Samples / Part);
        double compiled = Math.Max(0, First.Train - Again.Train), certify = Again.Certify * rows;
        double validate = Validated * rows * pass / inMemory;
        if (isDevice) return (validate, Again.Prepare + First.Train + Passes * Math.Max(0, pass - inMemory / rows), certify);
        return (validate, compiled + (Again.Prepare + Again.Train) * rows * pass / inMemory, certify);
    }
}
