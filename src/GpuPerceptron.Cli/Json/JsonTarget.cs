using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Json;

/// <summary>Where <c>--json</c> writes.</summary>
/// <param name="Path">A file, or "-" for stdout.</param>
internal sealed record JsonTarget(string Path)
{
    public bool IsStdout => Path == "-";

    /// <inheritdoc cref="AtomicFile.EnsureWritable"/>
    public void EnsureWritable()
    {
        if (!IsStdout) AtomicFile.EnsureWritable(Path);
    }

    /// <summary>Writes a report.</summary>
    public void Write<T>(Terminal terminal, T report, JsonTypeInfo<T> type)
    {
        if (IsStdout)
            terminal.Out.WriteLine(JsonSerializer.Serialize(report, type));
        else
            AtomicFile.Write(Path, stream => JsonSerializer.Serialize(stream, report, type));
    }
}
