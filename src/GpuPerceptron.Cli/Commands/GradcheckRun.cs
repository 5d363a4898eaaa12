using System.Globalization;
using System.Text;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Diagnostics.Gradients;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>One run of <c>gradcheck</c>.</summary>
/// <param name="request">What to do.</param>
/// <param name="terminal">Where to tell of it.</param>
internal sealed class GradcheckRun(GradcheckRequest request, Terminal terminal)
{
    private readonly CommandOutput _output = new(terminal, request.Json, request.Quiet);
    private readonly long _start = terminal.Clock.GetTimestamp();

    /// <summary>Runs it.</summary>
    public ExitCode Execute(CancellationToken cancellation)
    {
        request.Validate();
        // Numbers are read before the table, which may take long.
        var gradient = request.GradientPath is { } path ? NumberFile.Read(path) : null;
        var weights = request.WeightsPath is { } file ? WeightsFile.Read(file) : null;

        // A gradient of the user's is compared in the table's units and in standardised ones; engines see what train would show them.
        bool forEngines = gradient is null && request.WriteWeightsPath is null;
        var options = request.Table with { Standardize = forEngines && request.Table.Standardize };
        using var line = new ReadingLine(terminal, request.Quiet, request.Source);
        using var table = TableReader.ReadTraining(request.Source, options with { Reading = line.Follow(options.Reading) }, cancellation);
        line.Dispose();
        TrainHeader.WriteData(_output.Messages, request.Source.Name, table, terminal.Clock.GetElapsedTime(_start).TotalSeconds);
        if (request.WriteWeightsPath is { } target) return WriteWeights(table, target);
        return gradient is null ? CheckEngines(table, weights, cancellation) : Judge(table, gradient, weights, cancellation);
    }

    private ExitCode WriteWeights(TrainingTable table, string path)
    {
        double[] weights = TestWeights.ForEitherUnits(table.Training, table.Schema, request.Seed);
        string text = string.Join('\n', weights.Select(weight => weight.ToString("R", CultureInfo.InvariantCulture))) + "\n";
        if (path == "-")
        {
            terminal.Out.Write(text);
            return ExitCode.Done;
        }

        AtomicFile.Write(path, stream => stream.Write(Encoding.ASCII.GetBytes(text)));
        GradcheckScreen.WriteWeights(_output.Results, path, Names(table));
        return ExitCode.Done;
    }

    private ExitCode CheckEngines(TrainingTable table, WeightsFile? weights, CancellationToken cancellation)
    {
        using var waiting = new WaitingLine(terminal, request.Quiet, "comparing the engine's gradient with differences of the loss", table.Training);
        var report = EngineGradientCheck.Run(table.Training, Names(table), new EngineGradientOptions
        {
            Device = request.Device,
            Parameters = weights?.ParametersFor(table.Schema),
            L2 = request.L2,
            Threads = request.Table.Reading.Threads,
            Seed = request.Seed,
        }, cancellation);
        waiting.Dispose();
        GradcheckScreen.Write(_output.Results, report, request.WeightsPath);
        _output.WriteJson(() => GradcheckReport.From(report), json => json.GradcheckReport);
        if (report.AllRight) return ExitCode.Done;
        ErrorReport.Write(terminal, $"{GradcheckScreen.Explain(report)}; please report it with the command");
        return ExitCode.InternalError;
    }

    private ExitCode Judge(TrainingTable table, NumberFile gradient, WeightsFile? weights, CancellationToken cancellation)
    {
        string path = request.GradientPath!;
        gradient = gradient.InOrderOf(path, Names(table));
        using var waiting = new WaitingLine(terminal, request.Quiet, $"comparing {path} with the gradient in float64", table.Training);
        var judgement = WithNotes(table, () => GradientJudge.Judge(table.Training, table.Schema, new GradientClaim
        {
            Gradient = gradient.Values,
            Rounding = gradient.Rounding,
            Weights = weights?.NumbersFor(table.Schema) ?? [],
            Model = weights?.Model,
            L2 = request.L2,
            Standardized = request.SaysStandardize ? request.Table.Standardize : null,
            Name = path,
        }, cancellation));
        waiting.Dispose();
        GradcheckScreen.Write(_output.Results, judgement, path, request.WeightsPath);
        _output.WriteJson(() => GradcheckReport.From(judgement), json => json.GradcheckReport);
        if (judgement.Verdict == GradientVerdict.Right) return ExitCode.Done;
        ErrorReport.Write(terminal, $"{path}: the gradient is wrong: {GradcheckScreen.Explain(judgement)}");
        return ExitCode.Data;
    }

    /// <summary>Whoever counts the columns should know which were left out.</summary>
    private static GradientJudgement WithNotes(TrainingTable table, Func<GradientJudgement> judge)
    {
        try
        {
            return judge();
        }
        catch (PerceptronException failure) when (failure.Fault == Fault.Data && table.Notes.Count > 0)
        {
            throw new PerceptronException(failure.Fault, $"{failure.Message} ({string.Join("; ", table.Notes)})", failure);
        }
    }

    private static string[] Names(TrainingTable table) => [.. table.Schema.Features.Select(feature => feature.Name)];
}
