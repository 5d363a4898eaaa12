namespace GpuPerceptron.Tabular.Internals;

/// <summary>Reads a column of sample weights.</summary>
/// <param name="column">The column's name.</param>
/// <param name="source">The table, for messages.</param>
internal sealed unsafe class SampleWeights(string column, TableSource source)
{
    /// <summary>Copies weights, each of which must be finite and at least 0.</summary>
    public void Encode(in Cells cells, int first, Span<float> weights, long firstRow)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            int row = first + i;
            float weight = cells.IsValid(row) ? (float)cells.Numbers[row] : float.NaN;
            if (!(weight >= 0f && float.IsFinite(weight)))
                throw new PerceptronException(Fault.Data,
                    $"{source}: column \"{column}\", data row {firstRow + row + 1} holds "
                    + $"{(cells.IsValid(row) ? $"{cells.Numbers[row]}" : "nothing")}; a sample's weight is a number of at least 0");
            weights[i] = weight;
        }
    }
}
