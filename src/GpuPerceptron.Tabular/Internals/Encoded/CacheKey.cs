using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GpuPerceptron.Tabular.Internals.Encoded;

/// <summary>What tells an encoded table from every other.</summary>
/// <param name="Name">Of the path or pattern of the table's files and the options that it was encoded by.</param>
/// <param name="State">Of these and of the files as they are now.</param>
internal sealed record CacheKey(string Name, string State)
{
    /// <summary>The key of a table.</summary>
    /// <param name="files">The table's files; none for a query or a stream, which may give something else each time.</param>
    /// <param name="source">The table.</param>
    /// <param name="options">What becomes of it.</param>
    /// <returns>Null where it has none.</returns>
    public static CacheKey? Of(IReadOnlyList<string> files, TableSource source, TableOptions options)
    {
        if (files.Count == 0) return null;
        var text = new StringBuilder();
        void Add(object? value) =>
            text.Append(Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\n", "\\n", StringComparison.Ordinal) ?? "-").Append('\n');

        Add(Manifest.CurrentVersion);
        Add(Path.GetFullPath(source.Text)); // a pattern names the same table when there are more files, or fewer
        Add(source.IsLibSvm);
        Add(source.Labels is { } labels ? Path.GetFullPath(labels) : null);
        Add(source.LabelName);
        Add(options.Label);
        Add(options.Positive);
        Add(options.Features is null ? null : string.Join('\n', options.Features.Order(StringComparer.Ordinal)));
        Add(string.Join('\n', options.Exclude.Order(StringComparer.Ordinal)));
        Add(options.Standardize);
        if (options.Center || options.Scale) Add((options.Center, options.Scale));
        Add(options.MaxLevels);
        Add(options.HashBits);
        Add(options.ValidationFraction);
        Add(options.ValidationFraction > 0 ? options.Seed : null);
        Add(options.Reading.WeightColumn);
        Add(options.Reading.MissingNaN);
        string name = HashOf(text);
        foreach (string path in files)
        {
            var file = SourceFile.Of(path);
            Add(Path.GetFullPath(path));
            Add(file.FullName); // a link may come to name another file
            Add(file.Length);
            Add(file.LastWriteTimeUtc.Ticks);
        }

        return new CacheKey(name, HashOf(text));
    }

    private static string HashOf(StringBuilder text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
}
