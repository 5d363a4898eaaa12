using System.Globalization;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Findings;

/// <summary>Names of features and columns, as messages and options list them.</summary>
internal sealed class FeatureNames
{
    private const int Shown = 6;

    private readonly string[] _features;
    private readonly string[] _columns;

    public FeatureNames(Schema schema)
    {
        _features = [.. schema.Features.Select(feature => feature.Name)];
        _columns = [.. schema.Columns.SelectMany(column => column.Features.Select(_ => column.Name))];
    }

    /// <summary>A feature: its column, for a category "column=level".</summary>
    public string this[int feature] => _features[feature];

    /// <summary>"a, b and c", or "a, b, c, d, e, f and 7 more".</summary>
    public string List(IEnumerable<int> features) => List([.. features.Select(j => _features[j])]);

    /// <inheritdoc cref="List(IEnumerable{int})"/>
    public static string List(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "",
        1 => names[0],
        <= Shown => $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}",
        _ => $"{string.Join(", ", names.Take(Shown))} and {names.Count - Shown} more",
    };

    /// <summary>The option that leaves the features' columns out.</summary>
    public string Exclude(IEnumerable<int> features) => Exclude(features.Select(j => _columns[j]));

    /// <inheritdoc cref="Exclude(IEnumerable{int})"/>
    public static string Exclude(IEnumerable<string> columns) =>
        $"--exclude {ShellText.Argument(NameList.Join(columns.Distinct()))}";

    /// <summary>Four digits.</summary>
    public static string Number(double value) => value.ToString("g4", CultureInfo.InvariantCulture);
}
