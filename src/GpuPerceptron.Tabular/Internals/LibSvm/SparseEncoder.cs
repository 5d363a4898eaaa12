using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.LibSvm;

/// <summary>Turns the indices and values of files into those of a model's matrix.</summary>
internal sealed class SparseEncoder
{
    private readonly TableSource _source;
    private readonly IndexMap _columns;
    private readonly double[] _factors;
    private readonly int _firstIndex;
    private readonly int _features;
    private volatile bool _hasIndex0;

    /// <param name="source">The files.</param>
    /// <param name="schema">A model's schema.</param>
    /// <exception cref="PerceptronException">The model was not trained on a LIBSVM file.</exception>
    public SparseEncoder(TableSource source, Schema schema)
    {
        var features = schema.Sparse is { Table: null } sparse ? sparse : throw new PerceptronException(Fault.Data,
            $"{source}: the model was trained on a table with named columns, and does not take LIBSVM files; give it such "
                + "a table");
        _source = source;
        _features = schema.FeatureCount;
        _columns = features.ColumnByIndex();
        _factors = schema.Standardized ? [.. features.Scales.ToArray().Select(scale => 1 / scale)] : [];
        _firstIndex = features.FirstIndex;
    }

    /// <summary>Encodes a chunk in place; indices without a feature are dropped. Safe for concurrent use.</summary>
    /// <exception cref="PerceptronException">Indices begin at another number than in training.</exception>
    public void Encode(ParsedLines part)
    {
        if (part.LeastIndex == 0) _hasIndex0 = true;
        if (part.LeastIndex == 0 && _firstIndex == 1)
            throw new PerceptronException(Fault.Data,
                $"{part.Path}: there is an index 0, but the model was trained on indices from 1; number the features as in "
                    + "training");
        part.Samples.Sparse!.Renumber(_columns);
        if (_factors.Length > 0) part.Samples.Sparse.Scale(_factors);
        part.Samples.Sparse.Trim(); // the model may know few of the indices
        part.Samples.Features = _features;
    }

    /// <summary>Tells, when all was encoded, of indices that seem to begin at another number than in training.</summary>
    public void Tell(Action<string>? note)
    {
        if (_firstIndex == 0 && !_hasIndex0)
            note?.Invoke($"{_source} has no index 0, and the model was trained on indices from 0: if these begin at 1, each is taken for its neighbour; number them as in training");
    }
}
