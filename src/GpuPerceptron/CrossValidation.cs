using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Host;
using GpuPerceptron.Models;
using GpuPerceptron.Objectives;
using GpuPerceptron.Solvers;

namespace GpuPerceptron;

/// <summary>
/// Measures penalties λ₂ by k-fold cross-validation: each fold's samples are judged by a model that learned from all others.
/// </summary>
/// <remarks>
/// A fold's training samples are all samples with the held-out ones weighing 0: X is not copied. From one penalty to the next
/// smaller one, training starts where it was. Features stay as they were standardised, over all samples. On the host several
/// folds train side by side, and share their reads of X.
/// </remarks>
public static class CrossValidation
{
    private const long StreamedFoldsBytes = 16 << 20; // of what a budget leaves beside the samples
    private const long BuffersOfFold = 3 << 20;

    /// <summary>The penalties of a path, descending: 1 to 10⁻⁶, two a decade.</summary>
    public static IReadOnlyList<double> Path { get; } = [.. Enumerable.Range(0, 13).Select(step => Math.Pow(10, -step / 2.0))];

    /// <summary>Measures each penalty.</summary>
    /// <param name="dataset">The samples, as a schema encoded them.</param>
    /// <param name="options">How each model is trained; λ₂ and the start are not looked at.</param>
    /// <param name="penalties">λ₂ to be measured, at least one, each at least 0.</param>
    /// <param name="folds">From 2 to the number of samples of the rarer label: each fold has both.</param>
    /// <param name="onModel">Is told of each fold (from 1) and λ₂ before its training, one at a time, from any thread.</param>
    /// <param name="schema">How the samples were encoded: what it knows of the features makes solvers faster. Null where that is not known.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="PerceptronException">An option, the number of folds, the data or the device cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CrossValidationResult Run(
        Dataset dataset, TrainingOptions options, IReadOnlyList<double> penalties, int folds,
        Action<int, double>? onModel = null, Schema? schema = null, CancellationToken cancellation = default)
    {
        options.Validate();
        options.ValidateFor(dataset.IsSparse);
        CheckFolds(dataset, folds);
        double[] descending = [.. penalties.OrderDescending()];
        using var balanced = options.ClassWeight == ClassWeight.Balanced ? dataset.Balanced() : null;
        var samples = balanced ?? dataset;
        var fold = Folds.Assign(samples, folds, options.Seed);
        double[][] losses = new double[folds][];
        var onModelInTurn = InTurn(onModel);
        var sampleTurn = new Lock();
        double[]? meanSquares = schema?.MeanSquares();
        var units = schema is null ? null : StandardizedGradient.Of(schema);
        int atOnce = FoldsAtOnce(samples, options, folds);
        for (int first = 0; first < folds; first += atOnce)
        {
            int from = first, count = Math.Min(atOnce, folds - first);
            if (count == 1)
                losses[from] = Losses(from, null);
            else
                SharedReads.Run(count, (i, reads) => losses[from + i] = Losses(from + i, reads));
            MemoryBudget.Tidy(samples);
        }

        return new CrossValidationResult(folds, [.. descending.Select((l2, p) => PenaltyScore.From(l2, [.. losses.Select(fold => fold[p])]))]);

        double[] Losses(int k, SharedReads? reads) =>
            FoldLosses(samples, meanSquares, units, fold, k, options, descending, reads, sampleTurn, l2 => onModelInTurn(k + 1, l2), cancellation);
    }

    /// <summary>The mean loss of a fold's samples by models of all others, penalty by penalty.</summary>
    private static double[] FoldLosses(
        Dataset samples, double[]? meanSquares, StandardizedGradient? units, ushort[] fold, int k, TrainingOptions options, double[] penalties, SharedReads? reads, Lock sampleTurn,
        Action<double> onModel, CancellationToken cancellation)
    {
        using var training = samples.Reweighted((place, _, weight) => fold[place] == k ? 0f : weight);
        double heldOutWeight = samples.TotalWeight - training.TotalWeight;
        if (!(training.HasBothLabels && heldOutWeight > 0))
            throw new PerceptronException(Fault.Data, $"the samples of fold {k + 1}, or all others of one label, weigh 0; use fewer --folds");
        using var engine = reads is null
            ? EngineFactory.Create(options.Device, training, options.Threads)
            : reads.Engine(new CpuEngine(training, options.Threads));
        using var heldOut = reads is not null ? null
            // A copy is read faster, but memory may not hold it.
            : samples.IsStreamed ? samples.Reweighted((place, _, weight) => fold[place] == k ? weight : 0f)
            : RowCopies.Copy(samples, Folds.Members(fold, k));
        // Where reads are shared, the held-out samples' loss is that of all samples less that of the training ones.
        using var judge = reads is not null ? reads.Engine(new CpuEngine(samples, options.Threads))
            : heldOut is { IsSparse: true, IsStreamed: true } ? new SparseCpuEngine(heldOut, options.Threads) // one pass a penalty pays no copy
            : engine.Over(heldOut!);
        double[] parameters = new double[samples.Features + 1], gradient = new double[parameters.Length], losses = new double[penalties.Length];
        double? lipschitz = null;
        for (int p = 0; p < penalties.Length; p++)
        {
            cancellation.ThrowIfCancellationRequested();
            double l2 = penalties[p];
            onModel(l2);
            var solver = SolverFactory.Choose(options with { L2 = l2 }, samples.Features, training.Samples,
                samples.IsSparse).Solver;
            if (solver.TakesLearningRate && options.LearningRate is null)
                lipschitz ??= LipschitzBound.Estimate(engine, training.TotalWeight, l2: 0, options.Seed, cancellation: cancellation);
            double automatic = solver.AutomaticRate((lipschitz ?? 1) + l2, parameters.Length, training.Samples);
            var objective = new DatasetObjective(engine, training, l2, options.L1, options.Seed, meanSquares, Trainer.SolverBytes(samples, options));
            parameters = solver.Minimize(
                reads is null ? objective : new SamplesInTurn(sampleTurn, objective),
                parameters,
                new SolverOptions
                {
                    LearningRate = options.LearningRate ?? automatic,
                    Tolerance = options.Tolerance,
                    MaximumEpochs = options.Epochs ?? solver.DefaultEpochs(training.Samples),
                    Units = units,
                },
                (in EpochReport _, ReadOnlySpan<double> _) => cancellation.IsCancellationRequested ? StopReason.Interrupted : null).Parameters;
            double loss = judge.Pass(PassLoss.Logistic, parameters, gradient);
            if (reads is not null) loss -= engine.Pass(PassLoss.Logistic, parameters, gradient);
            losses[p] = loss / heldOutWeight;
        }

        return losses;
    }

    /// <summary>
    /// How many folds train side by side, so that X is read once for all of them: where it is read by passes of the host, and
    /// weights and solvers' matrices take no more memory than the copy of a fold's samples that they make needless.
    /// </summary>
    private static int FoldsAtOnce(Dataset samples, TrainingOptions options, int folds)
    {
        if (samples.IsSparse || options.Solver is SolverKind.StochasticGradient or SolverKind.Adam) return 1;
        var device = options.Device.Kind == DeviceKind.Auto ? EngineFactory.Choose(samples.FeatureBytes) : options.Device;
        if (device.Kind != DeviceKind.Cpu) return 1;
        long square = (long)samples.Features * samples.Features;
        long matrices = samples.Features > Newton.MaximumFeatures ? 0 : 3 * sizeof(double) * square;
        long weights = samples.IsStreamed ? BuffersOfFold : sizeof(float) * samples.Samples;
        long room = samples.IsStreamed ? StreamedFoldsBytes : samples.FeatureBytes / folds;
        return (int)Math.Clamp(room / (matrices + weights), 1, folds);
    }

    private static Action<int, double> InTurn(Action<int, double>? onModel)
    {
        var turn = new Lock();
        return (fold, l2) =>
        {
            lock (turn)
                onModel?.Invoke(fold, l2);
        };
    }

    private static void CheckFolds(Dataset dataset, int folds)
    {
        if (folds is < 2 or > Data.Folds.Most)
            throw new PerceptronException(Fault.Options, $"there are {folds} folds; there must be from 2 to {Data.Folds.Most:N0}");
        long rarer = Math.Min(dataset.Weighing(0), dataset.Weighing(1));
        string which = dataset.HasSampleWeights ? " of weight above 0" : "";
        if (rarer < folds)
            throw new PerceptronException(
                rarer < 2 ? Fault.Data : Fault.Options,
                $"the rarer label has {(rarer == 1 ? "1 sample" : $"{rarer} samples")}{which}, too few for {folds} folds that each need one"
                + (rarer < 2 ? "; add samples of it, or drop --folds" : $"; use --folds {rarer}"));
    }
}

/// <summary>What a cross-validation found.</summary>
/// <param name="Folds">Folds.</param>
/// <param name="Penalties">Each penalty's score, by descending λ₂.</param>
public sealed record CrossValidationResult(int Folds, IReadOnlyList<PenaltyScore> Penalties)
{
    /// <summary>The penalty with the lowest mean loss; of equals the largest.</summary>
    public PenaltyScore Best => Penalties.MinBy(score => score.LogLoss)!;

    /// <summary>
    /// The largest penalty whose mean loss is within one standard error of the best: the simplest model that the data do not
    /// tell from the best (Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984).
    /// </summary>
    public PenaltyScore WithinOneStandardError => Penalties.First(score => score.LogLoss <= Best.LogLoss + Best.StandardError);
}

/// <summary>How well a penalty did.</summary>
/// <param name="L2">λ₂.</param>
/// <param name="LogLoss">The mean over the folds of the mean log-loss of the held-out samples.</param>
/// <param name="StandardError">Of that mean: the folds' standard deviation over √folds.</param>
public sealed record PenaltyScore(double L2, double LogLoss, double StandardError)
{
    internal static PenaltyScore From(double l2, double[] losses)
    {
        double mean = losses.Average();
        double variance = losses.Sum(loss => (loss - mean) * (loss - mean)) / (losses.Length - 1);
        return new PenaltyScore(l2, mean, Math.Sqrt(variance / losses.Length));
    }
}
