using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using GpuPerceptron.Cli.Json;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Tabular;

namespace GpuPerceptron.Cli.Commands;

/// <summary>Arguments and options that several commands share, and the ways in which values are read.</summary>
internal static class CommonOptions
{
    /// <summary>The column that an array's labels are, where --label names none.</summary>
    public const string ArrayLabel = "y";

    /// <summary>What is said where a command lacks its table.</summary>
    public const string NoData = "no data: name a table, or give a query with --sql";

    public static Argument<string> Model() => new("MODEL") { Description = "A model file that 'train' wrote." };

    /// <summary>Reads the model of a command that also takes a table, which is then read for it.</summary>
    /// <exception cref="PerceptronException">It cannot be read, or the table was named first.</exception>
    public static PerceptronModel LoadModel(string path, TableSource source)
    {
        try
        {
            return ModelFile.Load(path).Centered();
        }
        catch (PerceptronException) when (File.Exists(path) && !ModelFile.IsModel(path) && ModelFile.IsModel(source.Name))
        {
            throw new PerceptronException(Fault.Options,
                $"{path} is not a model file, but {source.Name} is one: name the model first, then the table");
        }
    }

    /// <summary>The table.</summary>
    /// <param name="sparse">Whether it may have sparse features.</param>
    public static Argument<string?> Data(bool sparse = true) => new("DATA")
    {
        Description = $"A table: CSV, Parquet, JSON, NumPy's X.npy or XY.npz{(sparse ? ", LIBSVM's .svm" : "")}; 'part-*.csv' for several; - for CSV from stdin.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<string?> Sql() => new("--sql")
    {
        Description = "A query in place of DATA, e.g. \"SELECT * FROM 'a.parquet' WHERE year > 2020\".",
        HelpName = "QUERY",
    };

    public static Option<string> Format() =>
        Choice("--format", "How DATA is read: by its extension, or as LIBSVM's sparse lines, \"label index:value ...\".", "auto",
            "libsvm");

    public static Option<string?> Labels() => new("--labels")
    {
        Description = "The labels of DATA, if that is an array of features alone: y.npy.",
        HelpName = "FILE",
    };

    public static Option<DeviceRequest> Device() => new("--device")
    {
        Description = "auto, cpu, cuda, cuda:N, opencl, opencl:N or emulator. [default: auto]",
        HelpName = "DEVICE",
        CustomParser = result => DeviceRequest.Parse(result.Tokens[0].Value),
    };

    public static Option<double> L2() => Number<double>("--l2", "Weight of the penalty L2/2 |w|^2. [default: 0]");

    public static Option<ulong> Seed() => Number<ulong>("--seed", "Of whatever is random. [default: 0]");

    public static Option<bool> Quiet() => new("--quiet") { Description = "Nothing but errors, and the result of --json." };

    public static Option<JsonTarget?> Json() => new("--json")
    {
        Description = "Writes the result as JSON into a file, or to stdout with '-'.",
        HelpName = "FILE|-",
        CustomParser = result => new JsonTarget(result.Tokens.Count == 0 ? "-" : result.Tokens[0].Value),
    };

    /// <summary>An option that takes a number; anything else is an error that names the option.</summary>
    public static Option<T> Number<T>(string name, string description) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => ParseNumber<T>(result),
    };

    /// <inheritdoc cref="Number{T}"/>
    public static Option<T?> OptionalNumber<T>(string name, string description) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => ParseNumber<T>(result),
    };

    /// <summary>An option that takes a number or one word.</summary>
    public static Option<NumberOrWord> NumberOrWord(string name, string description, string word, double? otherwise) => new(name)
    {
        Description = description,
        HelpName = $"N|{word}",
        DefaultValueFactory = _ => new NumberOrWord(otherwise, word),
        CustomParser = result => new NumberOrWord(
            result.Tokens[0].Value == word ? null : ParseNumber<double>(result, orElse: $"'{word}' or "), word),
    };

    /// <summary>An option that takes one of a few words, the first by default.</summary>
    public static Option<string> Choice(string name, string description, params IReadOnlyList<string> words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        DefaultValueFactory = _ => words[0],
        CustomParser = result => ParseWord(result, name, words),
    };

    /// <summary>An option that takes one of a few words, and none by default.</summary>
    public static Option<string?> OptionalChoice(string name, string description, params IReadOnlyList<string> words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        CustomParser = result => ParseWord(result, name, words),
    };

    /// <summary>An option that takes names separated by commas, and may be repeated.</summary>
    public static Option<string[]> Names(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "A,B",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.SelectMany(token => NameList.Split(token.Value))],
    };

    /// <summary>The table that either DATA or --sql names; a usage error if it is both or neither.</summary>
    /// <param name="data">DATA.</param>
    /// <param name="sql">--sql.</param>
    /// <param name="labels">--labels.</param>
    /// <param name="labelName">The column that these become.</param>
    /// <param name="format">--format.</param>
    public static TableSource Source(string? data, string? sql, string? labels = null, string labelName = ArrayLabel, string? format = null) =>
        (data, sql) switch
        {
            ("-", null) when format == "libsvm" =>
                throw new PerceptronException(Fault.Options, "stdin is read as CSV alone; write the LIBSVM lines to a file, and name that"),
            ({ } path, null) when format == "libsvm" => TableSource.LibSvm(path),
            ({ } path, null) when labels is not null => TableSource.Array(path, labels, labelName),
            ("-", null) => TableSource.Csv(Console.OpenStandardInput(), "stdin"),
            ({ } path, null) => TableSource.File(path),
            (null, { }) when labels is not null =>
                throw new PerceptronException(Fault.Options, "--labels goes with an array; name the query's column of labels with --label"),
            (null, { } query) => TableSource.Query(query),
            (null, null) => throw new PerceptronException(Fault.Options, NoData),
            _ => throw new PerceptronException(Fault.Options, $"both the table {data} and --sql are given; use one of them"),
        };

    private static string ParseWord(ArgumentResult result, string name, IReadOnlyList<string> words)
    {
        string word = result.Tokens[0].Value;
        if (!words.Contains(word))
            result.AddError($"{name} is '{word}'; it must be {string.Join(" or ", words)}");
        return word;
    }

    /// <summary>Reads an option's value as a number.</summary>
    /// <param name="result">The value.</param>
    /// <param name="orElse">What else it may be, for the message.</param>
    private static T ParseNumber<T>(ArgumentResult result, string orElse = "") where T : struct, INumber<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) return value;
        string kind = typeof(T) == typeof(double) ? "number" : "whole number";
        result.AddError($"{((OptionResult)result.Parent!).Option.Name} is '{text}'; it must be {orElse}a {kind}");
        return default;
    }
}

/// <summary>A number, or the one word that an option takes in its place.</summary>
/// <param name="Number">The number; null where it is the word.</param>
/// <param name="Word">The word.</param>
internal readonly record struct NumberOrWord(double? Number, string Word)
{
    /// <summary>As it is written, and as the help shows a default.</summary>
    public override string ToString() => Number?.ToString(CultureInfo.InvariantCulture) ?? Word;
}
