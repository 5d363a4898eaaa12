using System.CommandLine;
using System.Globalization;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;

namespace GpuPerceptron.Cli.Commands;

/// <summary>The arguments and options of <c>train</c>, which <c>plan</c> takes, too, and what is asked for with them.</summary>
internal sealed class TrainArguments
{
    private const long DriverBytes = 250_000_000; // of PoCL, with its compiler: measured

    private const int UsualFolds = 5;
    private static readonly TrainingOptions Usual = new();

    private readonly LabelledTableOptions _table = new();
    private readonly Option<string> _solver = CommonOptions.Choice("--solver", "The method.", SolverFactory.Names);

    private readonly Option<NumberOrWord> _learningRate = CommonOptions.NumberOrWord(
        "--learning-rate", "The step size; auto finds one that suits data and solver: 1/L for full batches.", word: "auto", otherwise: null);

    private readonly Option<int?> _epochs = CommonOptions.OptionalNumber<int>(
        "--epochs", $"Epochs at most. [default: {TrainingOptions.DefaultEpochs}; of sgd and adam 20 to 1000]");

    private readonly Option<int?> _batchSize = CommonOptions.OptionalNumber<int>(
        "--batch-size", "Samples a mini-batch, for sgd and adam. [default: up to 4096]");

    private readonly Option<double?> _momentum = CommonOptions.OptionalNumber<double>(
        "--momentum", "Of sgd, from 0 to below 1. [default: 0.9]");

    private readonly Option<string?> _schedule = CommonOptions.OptionalChoice(
        "--schedule", "How the learning rate of sgd and adam falls; inverse and 1/t are the same. [default: cosine]", LearningRateSchedule.Names);

    private readonly Option<double?> _warmUp = CommonOptions.OptionalNumber<double>(
        "--warmup", "Epochs in which the learning rate of sgd and adam first rises from 0. [default: 0]");

    private readonly Option<double> _l1 = CommonOptions.Number<double>("--l1", "Weight of the penalty L1 |w|_1; it makes weights 0. [default: 0]");

    private readonly Option<NumberOrWord> _l2 = CommonOptions.NumberOrWord(
        "--l2", "Weight of the penalty L2/2 |w|^2; path takes the best of a descending path by cross-validation.", word: "path", otherwise: 0);

    private readonly Option<int?> _folds = CommonOptions.OptionalNumber<int>(
        "--folds", $"Cross-validates with so many folds. [default with --l2 path: {UsualFolds}]");

    private readonly Option<double?> _tolerance = CommonOptions.OptionalNumber<double>(
        "--tolerance", $"The gradient norm, of standardised features, at which training ends. [default: {Usual.Tolerance.ToString("g", CultureInfo.InvariantCulture)}]");

    private readonly Option<string> _classWeight = CommonOptions.Choice(
        "--class-weight", "balanced gives both classes the same weight, whatever their numbers and --weight.", "none", "balanced");

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

    private readonly Option<string?> _validationLabels = new("--validation-labels")
    {
        Description = "The labels of --validation, if that is an array of features alone: y.npy.",
        HelpName = "FILE",
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

    public void AddTo(Command command)
    {
        _table.AddTo(command);
        command.Add(_solver);
        command.Add(_learningRate);
        command.Add(_epochs);
        command.Add(_batchSize);
        command.Add(_momentum);
        command.Add(_schedule);
        command.Add(_warmUp);
        command.Add(_l1);
        command.Add(_l2);
        command.Add(_folds);
        command.Add(_classWeight);
        command.Add(_tolerance);
        command.Add(_start);
        command.Add(_validation);
        command.Add(_validationLabels);
        command.Add(_earlyStopping);
        command.Add(_device);
        command.Add(_storage);
        command.Add(_seed);
        command.Add(_output);
        command.Add(_json);
        command.Add(_quiet);
    }

    /// <summary>What is asked for.</summary>
    /// <exception cref="PerceptronException">An option cannot be used, or the model to start from cannot be read.</exception>
    public TrainRequest RequestFrom(ParseResult arguments)
    {
        double? l2 = arguments.GetValue(_l2).Number;
        ulong seed = arguments.GetValue(_seed);
        var (fraction, file) = ValidationFrom(arguments.GetValue(_validation));
        var source = _table.SourceFrom(arguments);
        var device = arguments.GetValue(_device);
        var table = _table.TableFrom(arguments, source) with { ValidationFraction = fraction, Seed = seed };
        if (device.Kind is DeviceKind.Cuda or DeviceKind.OpenCL)
            table = table with { Reading = table.Reading with { DriverBytes = DriverBytes } };
        return TrainingUnits.Chosen(new TrainRequest
        {
            Source = source,
            Table = table,
            ValidationFile = file,
            ValidationLabels = arguments.GetValue(_validationLabels),
            Training = new TrainingOptions
            {
                Device = device,
                Threads = table.Reading.Threads,
                Memory = table.Reading.Memory ?? MemoryBudget.Usual,
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
        });
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
