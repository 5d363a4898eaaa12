using System.CommandLine;
using System.Globalization;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Cli.Commands;

/// <summary><c>gpuperceptron train</c>: its options, and what is asked for with them.</summary>
internal sealed class TrainCommand : Command, IHasExamples
{
    private const int UsualFolds = 5;
    private static readonly TrainingOptions Usual = new();

    private readonly LabelledTableOptions _table = new();
    private readonly Option<string> _solver = CommonOptions.Choice("--solver", "The method.", SolverFactory.Names);

    private readonly Option<NumberOrWord> _learningRate = CommonOptions.NumberOrWord(
        "--learning-rate", "The step size; auto finds one that suits data and solver: 1/L for full batches. [default: auto]",
        word: "auto", otherwise: new NumberOrWord(null));

    private readonly Option<int?> _epochs = CommonOptions.OptionalNumber<int>(
        "--epochs", $"Epochs at most. [default: {TrainingOptions.DefaultEpochs}; of sgd and adam 20 to 1000]");

    private readonly Option<int?> _batchSize = CommonOptions.OptionalNumber<int>(
        "--batch-size", "Samples a mini-batch, for sgd and adam. [default: up to 4096]");

    private readonly Option<double?> _momentum = CommonOptions.OptionalNumber<double>(
        "--momentum", "Of sgd, from 0 to below 1. [default: 0.9]");

    private readonly Option<string?> _schedule = CommonOptions.OptionalChoice(
        "--schedule", "How the learning rate of sgd and adam falls; inverse is 1/t. [default: cosine]", LearningRateSchedule.Names);

    private readonly Option<double?> _warmUp = CommonOptions.OptionalNumber<double>(
        "--warmup", "Epochs in which the learning rate of sgd and adam first rises from 0. [default: 0]");

    private readonly Option<double> _l1 = CommonOptions.Number<double>("--l1", "Weight of the penalty L1 |w|_1; it makes weights 0. [default: 0]");

    private readonly Option<NumberOrWord> _l2 = CommonOptions.NumberOrWord(
        "--l2", "Weight of the penalty L2/2 |w|^2; path takes the best of a descending path by cross-validation. [default: 0]",
        word: "path", otherwise: new NumberOrWord(0));

    private readonly Option<int?> _folds = CommonOptions.OptionalNumber<int>(
        "--folds", $"Cross-validates with so many folds. [default with --l2 path: {UsualFolds}]");

    private readonly Option<double?> _tolerance = CommonOptions.OptionalNumber<double>(
        "--tolerance", $"The gradient norm at which training ends. [default: {Usual.Tolerance.ToString("g", CultureInfo.InvariantCulture)}]");

    private readonly Option<string> _classWeight = CommonOptions.Choice(
        "--class-weight", "balanced gives both classes the same weight, whatever their numbers.", "none", "balanced");

    private readonly Option<string?> _start = new("--start")
    {
        Description = "A model of the same columns to start from.",
        HelpName = "MODEL",
    };

    private readonly Option<string?> _validation = new("--validation")
    {
        Description = "A fraction of the samples to set aside, or a table, to measure the model on.",
        HelpName = "FRACTION|FILE",
    };

    private readonly Option<int?> _earlyStopping = CommonOptions.OptionalNumber<int>(
        "--early-stopping", "Ends when the validation loss has not fallen for so many epochs.");

    private readonly Option<DeviceRequest> _device = CommonOptions.Device();

    private readonly Option<string> _storage = CommonOptions.Choice(
        "--storage", "How features are kept; float16 takes half the bytes and keeps 3 digits.", "float32", "float16");

    private readonly Option<ulong> _seed = CommonOptions.Seed();

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The model file.",
        HelpName = "FILE",
        DefaultValueFactory = _ => "model.json",
    };

    private readonly Option<JsonTarget?> _json = CommonOptions.Json();
    private readonly Option<bool> _quiet = CommonOptions.Quiet();

    public TrainCommand(Terminal terminal, CancellationToken cancellation)
        : base("train", "Learns weights and a bias from a labelled table and writes a model.")
    {
        _table.AddTo(this);
        Add(_solver);
        Add(_learningRate);
        Add(_epochs);
        Add(_batchSize);
        Add(_momentum);
        Add(_schedule);
        Add(_warmUp);
        Add(_l1);
        Add(_l2);
        Add(_folds);
        Add(_classWeight);
        Add(_tolerance);
        Add(_start);
        Add(_validation);
        Add(_earlyStopping);
        Add(_device);
        Add(_storage);
        Add(_seed);
        Add(_output);
        Add(_json);
        Add(_quiet);
        SetAction(arguments => (int)new TrainRun(RequestFrom(arguments), terminal).Execute(cancellation));
    }

    public IReadOnlyList<string> Examples =>
    [
        "gpuperceptron train wdbc.csv --label diagnosis --positive M --l2 0.001",
        "gpuperceptron train 'part-*.parquet' --label clicked --exclude id,day --validation 0.1 -o clicks.json",
        "gpuperceptron train X.npy --labels y.npy --l2 0.001",
        "gpuperceptron train --sql \"SELECT * FROM 'all.parquet' WHERE year < 2024\" --label bought --json -",
    ];

    private TrainRequest RequestFrom(ParseResult arguments)
    {
        double? l2 = arguments.GetValue(_l2).Number;
        ulong seed = arguments.GetValue(_seed);
        var (fraction, file) = ValidationFrom(arguments.GetValue(_validation));
        var source = _table.SourceFrom(arguments);
        var table = _table.TableFrom(arguments, source) with { ValidationFraction = fraction, Seed = seed };
        return new TrainRequest
        {
            Source = source,
            Table = table,
            ValidationFile = file,
            Training = new TrainingOptions
            {
                Device = arguments.GetValue(_device),
                Threads = table.Reading.Threads,
                Storage = arguments.GetRequiredValue(_storage) == "float16" ? FeatureStorage.Float16 : FeatureStorage.Float32,
                Solver = SolverFactory.Parse(arguments.GetRequiredValue(_solver)),
                LearningRate = arguments.GetValue(_learningRate).Number,
                Epochs = arguments.GetValue(_epochs),
                BatchSize = arguments.GetValue(_batchSize),
                Momentum = arguments.GetValue(_momentum),
                Schedule = arguments.GetValue(_schedule) is { } schedule ? LearningRateSchedule.Parse(schedule) : null,
                WarmUpEpochs = arguments.GetValue(_warmUp),
                L1 = arguments.GetValue(_l1),
                L2 = l2 ?? 0,
                ClassWeight = arguments.GetRequiredValue(_classWeight) == "balanced" ? ClassWeight.Balanced : ClassWeight.None,
                Start = arguments.GetValue(_start) is { } start ? ModelFile.Load(start) : null,
                Tolerance = arguments.GetValue(_tolerance) ?? Usual.Tolerance,
                EarlyStopping = arguments.GetValue(_earlyStopping),
                Seed = seed,
            },
            Folds = arguments.GetValue(_folds) ?? (l2 is null ? UsualFolds : null),
            Penalties = l2 is { } one ? [one] : CrossValidation.Path,
            Command = CommandText.Of(arguments),
            ModelPath = arguments.GetRequiredValue(_output),
            Json = arguments.GetValue(_json),
            Quiet = arguments.GetValue(_quiet),
        };
    }

    private static (double Fraction, string? File) ValidationFrom(string? text)
    {
        if (text is null) return (0, null);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double fraction)) return (0, text);
        return fraction is > 0 and < 1
            ? (fraction, null)
            : throw new PerceptronException(Fault.Options, $"--validation is {text}; it must be a fraction between 0 and 1, or a file");
    }
}
