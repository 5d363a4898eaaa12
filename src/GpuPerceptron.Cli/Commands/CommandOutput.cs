using System.Text.Json.Serialization.Metadata;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Cli.Screens;
using GpuPerceptron.Cli.Streams;
using Spectre.Console;

namespace GpuPerceptron.Cli.Commands;

/// <summary>What goes where under --json and --quiet.</summary>
/// <param name="terminal">The streams.</param>
/// <param name="json">Where JSON goes; null for nowhere.</param>
/// <param name="quiet">Whether only errors and JSON are wanted.</param>
internal sealed class CommandOutput(Terminal terminal, JsonTarget? json, bool quiet)
{
    /// <summary>The result for people: stdout, unless JSON has it to itself.</summary>
    public IAnsiConsole Results { get; } = terminal.Console(quiet || json is { IsStdout: true } ? TextWriter.Null : terminal.Out);

    /// <summary>What else there is to say: stderr.</summary>
    public IAnsiConsole Messages { get; } = terminal.Console(quiet ? TextWriter.Null : terminal.Error);

    /// <summary>Fails now if the JSON could not be written later.</summary>
    public void EnsureWritable() => json?.EnsureWritable();

    /// <summary>Says what else should be known.</summary>
    /// <param name="notes">A sentence each.</param>
    public void WriteNotes(IReadOnlyCollection<string> notes)
    {
        var facts = new Facts();
        foreach (string note in notes)
            facts.Add("note", note);
        facts.WriteTo(Messages);
    }

    /// <summary>Writes the result for machines, if it is wanted. Both are functions, for gathering either takes 10 ms or more.</summary>
    /// <param name="report">Gathers the result.</param>
    /// <param name="type">How it becomes JSON.</param>
    public void WriteJson<T>(Func<T> report, Func<ReportJson, JsonTypeInfo<T>> type) => json?.Write(terminal, report(), type(ReportJson.Default));
}
