using System.CommandLine;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>The options that say how a table is read.</summary>
/// <param name="weighted">Whether the samples' weights matter to the command.</param>
internal sealed class ReadingOptions(bool weighted = true)
{
    private const string Missing = "missing";

    private readonly Option<string?>? _weight = weighted
        ? new("--weight") { Description = "A column that says how much each sample counts.", HelpName = "COLUMN" }
        : null;

    private readonly Option<string> _nan = CommonOptions.Choice("--nan", "What a NaN counts as.", "error", Missing);

    private readonly Option<int> _threads = CommonOptions.Number<int>("--threads", "Threads of the processor; all by default.");

    public void AddTo(Command command)
    {
        if (_weight is not null) command.Add(_weight);
        command.Add(_nan);
        command.Add(_threads);
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
        };
    }
}
