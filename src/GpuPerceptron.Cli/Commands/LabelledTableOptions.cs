using System.CommandLine;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>The arguments and options that say which table is learned from, and what becomes of it.</summary>
/// <param name="takesSparse">Whether the command learns from sparse features, too; else its help does not offer them.</param>
internal sealed class LabelledTableOptions(bool takesSparse = true)
{
    private readonly Argument<string?> _data = CommonOptions.Data(takesSparse);
    private readonly Option<string?> _sql = CommonOptions.Sql();
    private readonly Option<string> _format = CommonOptions.Format();

    private readonly Option<string?> _label = new("--label")
    {
        Description = "The column to predict; it holds two values. "
            + $"[default of NumPy's arrays: {CommonOptions.ArrayLabel}{(takesSparse ? "; lines of LIBSVM files begin with it" : "")}]",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _labels = CommonOptions.Labels();

    private readonly Option<string?> _positive = new("--positive")
    {
        Description = "The label whose probability is learned; by default the one that sorts last.",
        HelpName = "VALUE",
    };

    private readonly Option<string[]> _features = CommonOptions.Names("--features", "Columns to learn from; all but the label by default.");
    private readonly Option<string[]> _exclude = CommonOptions.Names("--exclude", "Columns not to learn from.");
    private readonly ReadingOptions _reading = new(caches: true);

    private readonly Option<string> _standardize = CommonOptions.Choice(
        "--standardize", "Whether features become (x - mean) / deviation.", "true", "false");

    private readonly Option<int?> _maxLevels = CommonOptions.OptionalNumber<int>("--max-levels", "Levels of a text column that are told apart. [default: 100]");

    private readonly Option<int?> _hash = CommonOptions.OptionalNumber<int>(
        "--hash", "Hashes texts to so many bits, 18 to 24, in place of a feature a level; features become sparse.");

    public void AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_label);
        command.Add(_labels);
        command.Add(_positive);
        command.Add(_features);
        command.Add(_exclude);
        command.Add(_sql);
        command.Add(_format);
        _reading.AddTo(command);
        command.Add(_standardize);
        command.Add(_maxLevels);
        command.Add(_hash);
        // Where they are given all the same, what is said is why they cannot be had.
        _format.Hidden = _hash.Hidden = !takesSparse;

        // Found here, it points to the command's help; found by SourceFrom, as of other commands, it does not.
        command.Validators.Add(result =>
        {
            if (result.GetValue(_data) is null && result.GetValue(_sql) is null) result.AddError(CommonOptions.NoData);
        });
    }

    /// <summary>The table.</summary>
    /// <exception cref="PerceptronException">None is given, or two.</exception>
    public TableSource SourceFrom(ParseResult arguments) => CommonOptions.Source(
        arguments.GetValue(_data), arguments.GetValue(_sql), arguments.GetValue(_labels), arguments.GetValue(_label) ?? CommonOptions.ArrayLabel,
        arguments.GetValue(_format));

    /// <summary>The table, for a command that looks at columns one by one.</summary>
    /// <exception cref="PerceptronException">None is given, or two, or it is sparse.</exception>
    public TableSource DenseSourceFrom(ParseResult arguments)
    {
        var source = SourceFrom(arguments);
        return !source.IsLibSvm && arguments.GetValue(_hash) is null ? source : throw new PerceptronException(Fault.Options,
            $"{source}: this command is for tables with named columns, not for sparse features; 'train' proves how near the "
                + "optimum it ended");
    }

    /// <summary>What becomes of it; no sample is set aside.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="source">The table.</param>
    /// <exception cref="PerceptronException">The number of threads is out of its range, or no label is named.</exception>
    public TableOptions TableFrom(ParseResult arguments, TableSource source)
    {
        var table = new TableOptions
        {
            Label = LabelFrom(arguments, source),
            Positive = arguments.GetValue(_positive),
            Features = arguments.GetValue(_features) is { Length: > 0 } features ? features : null,
            Exclude = arguments.GetValue(_exclude) ?? [],
            Standardize = arguments.GetRequiredValue(_standardize) == "true",
            HashBits = arguments.GetValue(_hash),
            Reading = _reading.From(arguments),
        };
        return arguments.GetValue(_maxLevels) is { } levels ? table with { MaxLevels = levels } : table;
    }

    /// <summary>Whether --standardize was given, or only its default holds.</summary>
    public bool SaysStandardize(ParseResult arguments) => arguments.GetResult(_standardize) is { Implicit: false };

    private string LabelFrom(ParseResult arguments, TableSource source)
    {
        if (source.IsLibSvm)
        {
            return arguments.GetValue(_label) is null ? "label"
                : throw new PerceptronException(Fault.Options, $"lines of {source} begin with their label; drop --label");
        }

        if (arguments.GetValue(_label) is { } label) return label;
        if (source.IsArchive || source.Labels is not null) return CommonOptions.ArrayLabel;
        throw new PerceptronException(Fault.Options, source.IsArray
            ? $"no labels: name their file with --labels, or the column of {source} that holds them with --label"
            : "no label: name the column to predict with --label");
    }
}
