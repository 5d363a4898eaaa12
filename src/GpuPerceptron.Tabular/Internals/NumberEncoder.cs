using GpuPerceptron.Diagnostics.Findings;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Encodes a column of numbers (a truth value, date or time is one by now) as one feature.</summary>
/// <param name="name">The column's name.</param>
/// <param name="feature">Its feature in a row.</param>
/// <param name="code">How values are stored; null to take the offset from the first values seen.</param>
/// <param name="source">The table's name, for messages.</param>
/// <param name="missingNaN">Whether a NaN counts as missing.</param>
internal sealed unsafe class NumberEncoder(string name, int feature, FeatureCode? code, string source, bool missingNaN)
    : ColumnEncoder(name, feature)
{
    private readonly bool _isTraining = code is null;
    private bool _settled = code is not null;

    /// <summary>How values are stored.</summary>
    public FeatureCode Code { get; private set; } = code ?? FeatureCode.Provisional;

    /// <summary>
    /// Fixes a provisional offset at the median of the first chunk with a value, so that a column far from zero, such as
    /// seconds since 1970, keeps in float32 the digits that tell its values apart. An outlier does not move a median.
    /// </summary>
    public void Settle(in Cells cells, int rows)
    {
        if (_settled) return;
        var values = new List<double>(rows);
        for (int row = 0; row < rows; row++)
        {
            if (cells.IsValid(row) && Math.Abs(cells.Numbers[row]) <= float.MaxValue) values.Add(cells.Numbers[row]);
        }

        if (values.Count == 0) return;
        values.Sort();
        Code = Code with { Offset = values[(values.Count - 1) / 2] };
        _settled = true;
    }

    public override void Encode(in Cells cells, in RowRange range, long firstRow)
    {
        float* target = range.Feature(FirstFeature);
        for (int row = range.First; row < range.First + range.Count; row++, target += range.Stride)
        {
            if (!cells.IsValid(row))
            {
                *target = Code.Missing;
                continue;
            }

            float value = Code.Encode(cells.Numbers[row]);
            *target = float.IsFinite(value) ? value : Replace(cells.Numbers[row], firstRow + row + 1);
        }
    }

    private float Replace(double value, long row)
    {
        if (double.IsNaN(value) && missingNaN) return Code.Missing;
        string orElse = _isTraining ? $", or leave it out ({FeatureNames.Exclude([Name])})" : " (--sql)";
        string fault = double.IsNaN(value) ? "NaN; leave the cell empty, or count NaN as missing (--nan missing)"
            : double.IsInfinity(value) ? "an infinity; leave the cell empty, or put a number there"
            : $"{value}, too large for single precision; divide the column by a power of ten{orElse}";
        throw new PerceptronException(Fault.Data, $"{source}: column \"{Name}\", data row {row} holds {fault}");
    }
}
