using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>One read of a table, in order: chunks of columns in, rows of samples out.</summary>
internal sealed unsafe class TableScan : IDisposable
{
    private readonly IChunks _chunks;
    private readonly RowEncoder _features;
    private readonly LabelCodes? _labels;
    private readonly SampleWeights? _weights;
    private readonly int _labelColumn, _weightColumn;

    /// <param name="table">The table.</param>
    /// <param name="columns">What is read of it.</param>
    /// <param name="features">Lays out the features.</param>
    /// <param name="labels">Tells the labels apart; null where the table has none.</param>
    public TableScan(ITable table, ColumnSelection columns, RowEncoder features, LabelCodes? labels)
    {
        _features = features;
        _labels = labels;
        _weights = columns.Weight is { } weight ? new SampleWeights(weight.Name, table.Source) : null;
        _labelColumn = columns.Features.Count;
        _weightColumn = _labelColumn + (labels is null ? 0 : 1);
        _chunks = table.Read(columns.Requests);
    }

    /// <summary>Rows in the chunk.</summary>
    public int Rows => _chunks.Rows;

    /// <summary>The chunk's first row in the table, from 0.</summary>
    public long FirstRow => _chunks.FirstRow;

    /// <summary>Goes to the next chunk; false at the end.</summary>
    public bool Next()
    {
        if (!_chunks.Next()) return false;
        _features.Take(_chunks);
        return true;
    }

    /// <summary>Writes rows of the chunk.</summary>
    /// <param name="first">The first of them, in the chunk.</param>
    /// <param name="target">Where they go; its length says how many.</param>
    public void Write(int first, SampleRows target)
    {
        _features.Encode(new RowRange(first, target.Count, (nint)target.FeaturePointer, target.Stride), FirstRow);
        _labels?.Encode(_chunks.Column(_labelColumn), first, target.Labels, FirstRow);
        _weights?.Encode(_chunks.Column(_weightColumn), first, target.SampleWeights, FirstRow);
    }

    /// <summary>Adds all rows of the chunk.</summary>
    public void WriteTo(DatasetBuilder builder)
    {
        for (int done = 0; done < Rows;)
        {
            var target = builder.Reserve(Rows - done);
            Write(done, target);
            done += target.Count;
        }
    }

    public void Dispose() => _chunks.Dispose();
}
