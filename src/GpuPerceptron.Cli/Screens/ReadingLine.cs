using GpuPerceptron.Cli.Streams;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Screens;

/// <summary>Follows the reading of a table on stderr, until it is disposed.</summary>
internal sealed class ReadingLine : IDisposable
{
    private readonly LiveLine _line;
    private readonly TimeProvider _clock;
    private readonly string _source;
    private readonly bool _isHead;
    private readonly bool _isOnTerminal;
    private long _start; // of the stage
    private ReadStage _stage;

    /// <param name="terminal">Where to.</param>
    /// <param name="quiet">Shows nothing.</param>
    /// <param name="source">The table.</param>
    /// <param name="isHead">Whether its first rows alone are read.</param>
    public ReadingLine(Terminal terminal, bool quiet, TableSource source, bool isHead = false)
    {
        _line = new LiveLine(terminal, quiet);
        _clock = terminal.Clock;
        _source = isHead ? $"the first rows of {source.Name}" : source.Name;
        _isHead = isHead;
        _start = _clock.GetTimestamp();
        _isOnTerminal = terminal.Traits.ErrorIsTerminal;
        if (_isOnTerminal) _line.Show($"reading {_source} ...");
    }

    /// <summary>Options whose reading this line follows.</summary>
    public ReadOptions Follow(ReadOptions options) => options with { Progress = Report };

    /// <inheritdoc/>
    public void Dispose() => _line.Clear();

    private void Report(ReadProgress progress)
    {
        bool isNew = progress.Stage != _stage || progress is { Stage: not ReadStage.Read, Bytes: 0 }; // of other samples, perhaps
        if (isNew) (_stage, _start) = (progress.Stage, _clock.GetTimestamp());
        if (!(isNew && _isOnTerminal) && !_line.IsDue) return;
        string doing = progress.Stage switch
        {
            ReadStage.Encode => $"encoding {_source}",
            ReadStage.Keep => $"keeping {_source} as it was encoded",
            ReadStage.Copy => $"copying {_source} to a file",
            ReadStage.Check => $"checking {_source} as it was encoded",
            _ => $"reading {_source}",
        };
        _line.Show(isNew ? $"{doing} ..." : $"{doing}: {Describe(progress, _clock.GetElapsedTime(_start).TotalSeconds)}");
    }

    private string Describe(ReadProgress progress, double seconds)
    {
        string rows = progress.Rows > 0 ? Numbers.Count(progress.Rows, "row") : "";
        if (progress.Bytes is not { } bytes) return rows;
        string speed = $"{Numbers.Bytes(bytes / seconds)}/s", more = rows.Length > 0 ? $", {rows}" : "";
        bool hasEnd = progress.TotalBytes > 0 && !(_isHead && progress.Stage == ReadStage.Read); // the first rows end long before the whole
        if (!hasEnd) return $"{Numbers.Bytes(bytes)}, {speed}{more}";
        string amount = $"{Numbers.Bytes(bytes)} of {Numbers.Bytes(progress.TotalBytes)}, {speed}";
        if (progress.Part is not { } part) return amount;
        string left = part is > 0 and < 1 && seconds >= 1 && seconds / part - seconds is >= 1 and var guess ? $", {Numbers.Duration(Math.Ceiling(guess))} left" : "";
        return $"{Numbers.Percent(part)}, {amount}{left}{more}";
    }
}
