using System.CommandLine;
using GpuPerceptron.Data;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>The options that say how a table is read.</summary>
/// <param name="weighted">Whether the samples' weights matter to the command.</param>
/// <param name="keeps">Whether the command keeps the samples, in memory or in a file, and does not only let them pass.</param>
/// <param name="caches">Whether what it keeps in a file may stay there for the next time.</param>
internal sealed class ReadingOptions(bool weighted = true, bool keeps = true, bool caches = false)
{
    private const string Missing = "missing";

    private readonly Option<string?>? _weight = weighted
        ? new("--weight") { Description = "A column that says how much each sample counts.", HelpName = "COLUMN" }
        : null;

    private readonly Option<string> _nan = CommonOptions.Choice("--nan", "What a NaN counts as.", "error", Missing);

    private readonly Option<int> _threads = CommonOptions.Number<int>("--threads", "Threads of the processor; all by default.");

    private readonly Option<long?>? _memory = keeps
        ? new("--memory")
        {
            Description = "What the whole process may take, at least 256MB; samples that it does not hold are streamed from a file. "
                + "[default: 70% of what there is]",
            HelpName = "SIZE",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!ByteSize.TryParse(text, out long bytes))
                    result.AddError($"--memory is '{text}'; it must be an amount such as 400MB or 2GB");
                else if (bytes < MemoryBudget.Least)
                    result.AddError($"--memory is {text}; it must be at least {MemoryBudget.Least / 1_000_000}MB");
                return bytes;
            },
        }
        : null;

    private readonly Option<bool>? _noCache = caches
        ? new("--no-cache") { Description = "A table that does not fit into memory is encoded anew, not kept for the next training, and what was kept of it is removed." }
        : null;

    public void AddTo(Command command)
    {
        if (_weight is not null) command.Add(_weight);
        command.Add(_nan);
        command.Add(_threads);
        if (_memory is not null) command.Add(_memory);
        if (_noCache is not null) command.Add(_noCache);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="PerceptronException">The number of threads is out of its range.</exception>
    public ReadOptions From(ParseResult arguments)
    {
        int threads = arguments.GetValue(_threads);
        bool given = arguments.GetResult(_threads) is { Implicit: false };
        if (given && threads < 1)
            throw new PerceptronException(Fault.Options, $"threads are {threads}; they must be at least 1");
        return new ReadOptions
        {
            WeightColumn = _weight is null ? null : arguments.GetValue(_weight),
            MissingNaN = arguments.GetValue(_nan) == Missing,
            Threads = threads,
            Memory = _memory is not null && arguments.GetValue(_memory) is { } bytes ? new MemoryBudget(bytes) : null,
            NoCache = _noCache is null || arguments.GetValue(_noCache),
            RemoveKept = _noCache is not null && arguments.GetValue(_noCache),
        };
    }
}
