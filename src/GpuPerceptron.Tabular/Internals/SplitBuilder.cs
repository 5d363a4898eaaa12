using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Collects training samples, and beside them those set aside to validate on.</summary>
/// <param name="features">Features a sample.</param>
/// <param name="hasSampleWeights">Whether each sample has a weight of its own.</param>
/// <param name="split">Which samples are set aside.</param>
/// <param name="spill">Where samples go that memory does not hold.</param>
internal sealed class SplitBuilder(int features, bool hasSampleWeights, RowSplit split, SampleSpill spill) : IDisposable
{
    private readonly DatasetBuilder _training = new(features, hasSampleWeights, spill);
    private readonly DatasetBuilder _validation = new(features, hasSampleWeights, spill);

    /// <summary>Samples so far.</summary>
    public long Samples => _training.Samples + _validation.Samples;

    /// <summary>Reads the whole table.</summary>
    public void Fill(TableScan scan)
    {
        SampleBlock? chunk = null;
        while (scan.Next())
        {
            if (!split.SetsAside)
            {
                scan.WriteTo(_training);
                continue;
            }

            if (chunk is null || chunk.Capacity < scan.Rows)
            {
                chunk?.Dispose();
                chunk = new SampleBlock(features, scan.Rows, hasSampleWeights);
            }

            chunk.Clear();
            scan.Write(0, new SampleRows(chunk, chunk.Append(scan.Rows), scan.Rows));
            Deal(chunk, scan.FirstRow);
        }

        chunk?.Dispose();
    }

    /// <summary>Exchanges the labels 0 and 1.</summary>
    public void ExchangeLabels()
    {
        _training.ExchangeLabels();
        _validation.ExchangeLabels();
    }

    /// <summary>Hands the samples over; no validation samples where none were asked for.</summary>
    public (Dataset Training, Dataset? Validation) Build(TableSource source)
    {
        if (!split.SetsAside) return (_training.Build(), null);
        return _training.Samples > 0 && _validation.Samples > 0
            ? (_training.Build(), _validation.Build())
            : throw new PerceptronException(Fault.Data,
                $"{source}: of {Samples} samples {_validation.Samples} would be set aside to validate on; "
                + "choose another fraction, or another seed");
    }

    public void Dispose()
    {
        _training.Dispose();
        _validation.Dispose();
    }

    private void Deal(SampleBlock chunk, long firstRow)
    {
        for (int row = 0; row < chunk.Rows; row++)
        {
            var target = (split.IsSetAside(firstRow + row) ? _validation : _training).Reserve(1);
            chunk.Row(row).CopyTo(target.Row(0));
            target.Labels[0] = chunk.Labels[row];
            if (hasSampleWeights) target.SampleWeights[0] = chunk.SampleWeights[row];
        }
    }
}
