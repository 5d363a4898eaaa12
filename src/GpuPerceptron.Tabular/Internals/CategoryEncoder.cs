namespace GpuPerceptron.Tabular.Internals;

/// <summary>Encodes a column of texts: 1 in the feature of the cell's level, 0 in the column's others.</summary>
internal sealed unsafe class CategoryEncoder : ColumnEncoder
{
    private const int ReferenceLevel = -1;
    private const int MissingLevel = -2;

    private readonly Utf8Index _levels = new();
    private readonly int _unknownLevel;
    private readonly float[] _zeros, _ones, _missing;

    /// <param name="name">The column's name.</param>
    /// <param name="firstFeature">The first of the column's features in a row.</param>
    /// <param name="reference">The level that has no feature.</param>
    /// <param name="levels">The level of each feature; null for the one feature of all others.</param>
    /// <param name="codes">How each feature's 0 and 1 are stored.</param>
    public CategoryEncoder(
        string name, int firstFeature, string? reference, IReadOnlyList<string?> levels, IReadOnlyList<FeatureCode> codes)
        : base(name, firstFeature)
    {
        _unknownLevel = MissingLevel;
        if (reference is not null) _levels.Add(reference, ReferenceLevel);
        for (int i = 0; i < levels.Count; i++)
        {
            if (levels[i] is { } level) _levels.Add(level, i);
            else _unknownLevel = i;
        }

        _zeros = [.. codes.Select(code => code.Encode(0))];
        _ones = [.. codes.Select(code => code.Encode(1))];
        _missing = [.. codes.Select(code => code.Missing)];
    }

    public override void Encode(in Cells cells, in RowRange range, long firstRow)
    {
        float* target = range.Feature(FirstFeature);
        for (int row = range.First; row < range.First + range.Count; row++, target += range.Stride)
        {
            int level = LevelOf(cells, row);
            (level == MissingLevel ? _missing : _zeros).CopyTo(new Span<float>(target, _zeros.Length));
            if (level >= 0) target[level] = _ones[level];
        }
    }

    private int LevelOf(in Cells cells, int row)
    {
        if (!cells.IsValid(row)) return MissingLevel;
        return _levels.TryGetValue(cells.Text(row), out int level) ? level : _unknownLevel;
    }
}
