using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Data;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>One run of <c>train</c>: table → dataset → training → model → report.</summary>
/// <param name="request">What to do.</param>
/// <param name="terminal">Where to tell of it.</param>
internal sealed class TrainRun(TrainRequest request, Terminal terminal)
{
    private readonly CommandOutput _output = new(terminal, request.Json, request.Quiet);
    private readonly long _start = terminal.Clock.GetTimestamp();
    private Placement _placement;

    /// <summary>Runs it.</summary>
    /// <param name="cancellation">While reading: ends it with nothing written. Later: with the model reached so far.</param>
    public ExitCode Execute(CancellationToken cancellation)
    {
        request.Validate();

        using var table = Read(cancellation);
        double read = Elapsed();
        TrainHeader.WriteData(_output.Messages, request.Source.Name, table, read);

        var validated = CrossValidate(table, cancellation);
        double validate = validated is null ? 0 : Elapsed() - read;
        var options = validated is null ? request.Training : request.Training with { L2 = validated.Best.L2 };
        var result = Train(table, options, cancellation);
        bool diverged = result.StopReason == StopReason.Diverged;
        if (!diverged) ModelFile.Save(result.Model, request.ModelPath);

        var seconds = new StageSeconds(read, validate, result.Seconds.Prepare, result.Seconds.Train, result.Seconds.Certify, Elapsed());
        _output.WriteJson(
            () => TrainReport.From(result, diverged ? null : request.ModelPath, [.. table.Notes, .. CertificateText.Notes(result.Model.Training)], validated, seconds, _placement), json => json.TrainReport);
        if (validated is not null) CrossValidationScreen.Write(_output.Results, validated);
        if (!diverged) TrainSummary.Write(_output.Results, result, request.ModelPath);

        var code = ExitCodes.For(result.StopReason, epochsGiven: request.Training.Epochs is not null);
        if (code != ExitCode.Done) ErrorReport.Write(terminal, result.Explanation);
        else if (result is { StopReason: StopReason.Converged, Explanation.Length: > 0 }) new Facts().Add("note", result.Explanation).WriteTo(_output.Messages);
        if (code != ExitCode.Done || result.StopReason == StopReason.Converged) WriteAdvice(result);
        return code;
    }

    /// <summary>What may explain an end short of the optimum, and the command that should fare better.</summary>
    private void WriteAdvice(TrainingResult result)
    {
        FindingList.Write(_output.Messages, result.Findings);
        if (result.Remedy.Count > 0)
            new Facts().Add("try", request.Command.With(result.Remedy)).WriteTo(_output.Messages);
    }

    private TrainingTable Read(CancellationToken cancellation)
    {
        TrainingTable table;
        using (var line = new ReadingLine(terminal, request.Quiet, request.Source))
            table = TableReader.ReadTraining(request.Source, request.Table with { Reading = line.Follow(request.Table.Reading) }, cancellation);
        if (request.ValidationFile is not { } file) return table;
        var source = request.ValidationLabels is { } labels ? TableSource.Array(file, labels, table.Schema.Label.Column)
            : request.Source.IsLibSvm ? TableSource.LibSvm(file) : TableSource.File(file);
        return table with { Validation = ReadValidation(table, source, cancellation) };
    }

    private Dataset ReadValidation(TrainingTable table, TableSource file, CancellationToken cancellation)
    {
        try
        {
            using var line = new ReadingLine(terminal, request.Quiet, file);
            var notes = new List<string>();
            var samples = TableReader.ReadLabelled(file, table.Schema, line.Follow(request.Table.Reading) with { Note = notes.Add }, cancellation);
            line.Dispose();
            _output.WriteNotes(notes);
            return samples;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private CrossValidationResult? CrossValidate(TrainingTable table, CancellationToken cancellation)
    {
        if (request.Folds is not { } folds) return null;
        var line = new LiveLine(terminal, request.Quiet);
        try
        {
            return CrossValidation.Run(
                table.Training, request.Training, request.Penalties, folds,
                (fold, l2) =>
                {
                    if (line.IsDue) line.Show($"fold {fold} of {folds}, l2 {Numbers.Short(l2)} ...");
                },
                table.Schema, cancellation);
        }
        finally
        {
            line.Clear();
        }
    }

    private TrainingResult Train(TrainingTable table, TrainingOptions options, CancellationToken cancellation)
    {
        using var progress = new TrainProgress(terminal, request.Quiet, options.Tolerance, table.Training);
        var events = progress.Events(setup =>
        {
            TrainHeader.WriteSetup(_output.Messages, options, table, setup);
            _placement = TrainHeader.PlacementOf(table.Training, setup);
        });
        return Trainer.Train(table.Training, table.Schema, options, table.Validation, events, cancellation);
    }

    private double Elapsed() => terminal.Clock.GetElapsedTime(_start).TotalSeconds;
}
