using System.Diagnostics;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Diagnostics.Findings;
using GpuPerceptron.Engines;
using GpuPerceptron.Metrics;
using GpuPerceptron.Models;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;

namespace GpuPerceptron;

/// <summary>Trains a perceptron: dataset → pass → objective → solver → model.</summary>
public static class Trainer
{
    /// <summary>Trains on samples in managed memory.</summary>
    /// <param name="features">X in row-major order, in raw units: labels.Length × featureCount values.</param>
    /// <param name="labels">y, each 0 or 1; both must occur.</param>
    /// <param name="featureCount">Features a sample, at least 1.</param>
    /// <param name="options">What to do; null for the defaults.</param>
    /// <param name="featureNames">One name a feature; null for "x0", "x1", ….</param>
    /// <param name="cancellation">Ends the training after the current pass, with the model reached so far.</param>
    /// <exception cref="PerceptronException">The data, an option or the device cannot be used.</exception>
    public static TrainingResult Train(
        ReadOnlySpan<float> features, ReadOnlySpan<float> labels, int featureCount, TrainingOptions? options = null,
        IReadOnlyList<string>? featureNames = null, CancellationToken cancellation = default)
    {
        using var dataset = Dataset.FromRows(features, labels, featureCount);
        var schema = NumericSchema.Fit(dataset, new LabelSchema("label", "0", "1"), featureNames);
        return Train(dataset, schema, options ?? new TrainingOptions(), cancellation: cancellation);
    }

    /// <summary>Trains on a dataset that a schema encoded.</summary>
    /// <param name="dataset">X, y, s. Both labels must occur. Its features are rounded in place where the options ask for float16.</param>
    /// <param name="schema">How X was encoded; it goes into the model.</param>
    /// <param name="options">What to do.</param>
    /// <param name="validation">Samples, encoded likewise, that are only measured; early stopping needs them.</param>
    /// <param name="events">Is told of the progress.</param>
    /// <param name="cancellation">Ends the training after the current pass, with the model reached so far.</param>
    /// <exception cref="PerceptronException">The data, an option or the device cannot be used.</exception>
    public static TrainingResult Train(
        Dataset dataset, Schema schema, TrainingOptions options, Dataset? validation = null, TrainingEvents? events = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        options.ValidateFor(dataset.IsSparse);
        CheckData(dataset, options, validation);
        if (schema.Scaled && (options.L1 > 0 || options.L2 > 0))
            throw new PerceptronException(Fault.Options, "features are scaled for a training without a penalty; with one, read them without");
        var clock = Stopwatch.StartNew();

        events?.StageBegan?.Invoke(TrainingStage.Prepare);

        // The validation samples stay in float32: they measure the model as it will be applied.
        if (options.Storage == FeatureStorage.Float16)
            dataset.Narrow([.. schema.Features.Select(feature => feature.Name)]);
        double[] start = options.Start is null ? new double[dataset.Features + 1] : WarmStart.Parameters(options.Start, schema);
        using var balanced = options.ClassWeight == ClassWeight.Balanced ? dataset.Balanced() : null;
        var samples = balanced ?? dataset;
        samples.Meter = events?.Meter ?? samples.Meter;
        var ended = Minimize(samples, schema, options, start, validation, events, clock, cancellation);
        double[] parameters = ended.Result.Parameters;
        MemoryBudget.Tidy(samples, samples.Features); // the engine is gone, and the proof may have its memory

        var certifying = Stopwatch.StartNew();
        events?.StageBegan?.Invoke(TrainingStage.Certify);
        var end = Certifier.Certify(samples, schema, parameters, options.L2, options.L1, options.Threads, cancellation);
        double certified = certifying.Elapsed.TotalSeconds;
        var record = ended.Record with { Certificate = end.Certificate };
        var model = new PerceptronModel(schema, parameters[..^1], parameters[^1], record)
        {
            StandardErrors = options.ClassWeight == ClassWeight.None && !dataset.IsSparse ? end.StandardErrors : null,
            Conditioning = end.Conditioning,
        };
        if (validation is not null) events?.StageBegan?.Invoke(TrainingStage.Validate);
        IReadOnlyList<Finding> findings = dataset.IsSparse ? []
            : record.EndedEarly ? DataFindings.OfTraining(samples, schema, record, options.Threads, cancellation)
            : record.Converged && end.HasNoOptimum ? [.. SingleFeatures.Separating(samples, schema, ClassRanges.Of(samples))]
            : [];
        var explanation = StopExplanation.For(new TrainingEnd(
            record, schema, end.Separates, findings, ended.Result.FailedObjective, ended.StartNorm, ended.AutomaticRate));
        return new TrainingResult(
            schema.IsForTraining ? model.InTableUnits() : model,
            explanation.Text,
            explanation.Remedy,
            findings,
            validation is null ? null : BinaryMetrics.Evaluate(model, validation),
            ended.Threads,
            new TrainingSeconds(ended.Prepared, ended.Trained - ended.Prepared, certified));
    }

    /// <summary>The part of a training that takes an engine, which is gone at its end.</summary>
    private static Minimization Minimize(
        Dataset samples, Schema schema, TrainingOptions options, double[] start, Dataset? validation, TrainingEvents? events, Stopwatch clock,
        CancellationToken cancellation)
    {
        using var engine = EngineFactory.Create(options.Device, samples, options.Threads);
        var objective = new DatasetObjective(engine, samples, options.L2, options.L1, options.Seed, schema.MeanSquares(), SolverBytes(samples, options));
        var choice = SolverFactory.Choose(options, samples.Features, samples.Samples, samples.IsSparse);
        double? lipschitz = choice.Solver.TakesLearningRate ? Lipschitz() : null;
        double? automaticRate = lipschitz is { } curvature ? choice.Solver.AutomaticRate(curvature, objective.Dimension, samples.Samples) : null;
        double? learningRate = automaticRate is null ? null : options.LearningRate ?? automaticRate;
        int maximumEpochs = options.Epochs ?? choice.Solver.DefaultEpochs(samples.Samples);
        events?.Prepared?.Invoke(new TrainingSetup(
            choice.Solver.Name, choice.Reason, engine.Device, engine.Description, lipschitz, learningRate, maximumEpochs, samples.FeatureBytes)
        {
            StreamsToDevice = engine is IlgpuEngine { IsStreamed: true } or SparseIlgpuEngine { IsStreamed: true },
        });
        double prepared = clock.Elapsed.TotalSeconds;

        using var watch = options.EarlyStopping is { } patience
            ? new ValidationWatch(EngineFactory.Create(DeviceRequest.Parse(engine.Device), validation!, options.Threads), validation!.TotalWeight, patience)
            : null;
        long passesBefore = engine.Passes;
        double startNorm = double.NaN;
        var settings = new SolverOptions
        {
            LearningRate = learningRate ?? 1,
            Tolerance = options.Tolerance,
            MaximumEpochs = maximumEpochs,
            Units = StandardizedGradient.Of(schema),
        };
        var result = choice.Solver.Minimize(
            objective,
            start,
            settings,
            (in EpochReport epoch, ReadOnlySpan<double> parameters) =>
            {
                if (epoch.Epoch == 0) startNorm = epoch.GradientNorm;
                var stop = watch?.Observe(parameters);
                events?.EpochEnded?.Invoke(new TrainingProgress(
                    epoch.Epoch, engine.Passes - passesBefore, epoch.Objective, epoch.GradientNorm, watch?.LastLoss));
                return cancellation.IsCancellationRequested ? StopReason.Interrupted : stop;
            });
        if (result.StopReason == StopReason.EarlyStopping)
            result = At(watch!.BestParameters, objective, settings, result);
        long passes = engine.Passes;
        double trained = clock.Elapsed.TotalSeconds;
        var record = new TrainingRecord
        {
            Samples = samples.Samples,
            Features = samples.Features,
            Positives = samples.Positives,
            Solver = choice.Solver.Name,
            Device = engine.Device,
            Storage = samples.Storage,
            ClassWeight = options.ClassWeight,
            L1 = options.L1,
            L2 = options.L2,
            Tolerance = options.Tolerance,
            Seed = options.Seed,
            LearningRate = learningRate,
            MiniBatches = choice.MiniBatches,
            LipschitzBound = lipschitz ?? Lipschitz(), // only reported: not in the time of training
            Epochs = result.Epochs,
            Passes = passes,
            MeanLogLoss = result.Objective - objective.Penalty(result.Parameters),
            Objective = result.Objective,
            GradientNorm = result.GradientNorm,
            StopReason = result.StopReason,
        };
        return new Minimization(result, record, startNorm, automaticRate, engine.Threads, prepared, trained);

        double Lipschitz()
        {
            events?.StageBegan?.Invoke(TrainingStage.Curvature);
            var units = schema.IsForTraining ? AffineUnits.Of(schema) : null;
            return LipschitzBound.Estimate(engine, samples.TotalWeight, options.L2, options.Seed, units, cancellation: cancellation);
        }
    }

    /// <summary>Bytes for a solver's samples and what it makes of them.</summary>
    internal static long SolverBytes(Dataset samples, TrainingOptions options) => options.Memory?.SolverBytes(samples) ?? long.MaxValue;

    /// <summary>Fails where nothing can be learned from the samples.</summary>
    internal static void CheckSamples(Dataset dataset)
    {
        if (dataset.Samples == 0)
            throw new PerceptronException(Fault.Data, "there are no samples to train on");
        if (dataset.Positives == 0 || dataset.Positives == dataset.Samples)
            throw new PerceptronException(Fault.Data,
                $"all {dataset.Samples} training samples have the same label; training needs samples of both");
        if (!(dataset.TotalWeight > 0))
            throw new PerceptronException(Fault.Data, "the sample weights add up to 0; at least one must be above 0");
        if (!dataset.HasBothLabels)
            throw new PerceptronException(Fault.Data,
                $"all training samples with label {(dataset.Weighing(1) == 0 ? 1 : 0)} weigh 0; training needs samples of both that weigh more");
    }

    private static void CheckData(Dataset dataset, TrainingOptions options, Dataset? validation)
    {
        CheckSamples(dataset);
        if (validation is not null && validation.Features != dataset.Features)
            throw new PerceptronException(Fault.Data,
                $"the validation samples have {validation.Features} features, the training samples {dataset.Features}");
        if (validation is { Samples: 0 })
            throw new PerceptronException(Fault.Data, "there are no validation samples; use a larger --validation");
        if (options.EarlyStopping is not null && validation is null)
            throw new PerceptronException(Fault.Options, "early stopping watches the validation loss; add --validation 0.2");
    }

    /// <summary>The same result, at other parameters.</summary>
    private static SolverResult At(double[] parameters, LogisticObjective objective, SolverOptions settings, SolverResult result)
    {
        var point = new Iterate(parameters);
        point.Evaluate(objective);
        return result with { Parameters = parameters, Objective = point.Objective, GradientNorm = settings.NormOf(point.Subgradient) };
    }

    /// <summary>What came of the part of a training that takes an engine.</summary>
    /// <param name="Result">Where it ended.</param>
    /// <param name="Record">What there is to record of it but the certificate.</param>
    /// <param name="StartNorm">The gradient norm at the start.</param>
    /// <param name="AutomaticRate">η where nobody gives one; null where the solver takes none.</param>
    /// <param name="Threads">The engine's.</param>
    /// <param name="Prepared">Seconds until the solver began.</param>
    /// <param name="Trained">Seconds until it was over.</param>
    private sealed record Minimization(
        SolverResult Result, TrainingRecord Record, double StartNorm, double? AutomaticRate, int Threads, double Prepared, double Trained);

    /// <summary>Measures the validation loss once an epoch and keeps the parameters with the lowest.</summary>
    private sealed class ValidationWatch(IEngine engine, double totalWeight, int patience) : IDisposable
    {
        private readonly double[] _gradient = new double[engine.Features + 1];
        private double _bestLoss = double.PositiveInfinity;
        private int _epochsSinceBest;

        public double? LastLoss { get; private set; }

        public double[] BestParameters { get; private set; } = [];

        public StopReason? Observe(ReadOnlySpan<double> parameters)
        {
            double loss = engine.Pass(PassLoss.Logistic, parameters, _gradient) / totalWeight;
            LastLoss = loss;
            if (loss < _bestLoss)
            {
                _bestLoss = loss;
                BestParameters = parameters.ToArray();
                _epochsSinceBest = 0;
                return null;
            }

            return ++_epochsSinceBest >= patience ? StopReason.EarlyStopping : null;
        }

        public void Dispose() => engine.Dispose();
    }
}
