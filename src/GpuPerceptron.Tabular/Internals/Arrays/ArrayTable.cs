using System.IO.Compression;
using DuckDB.NET.Native;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.Arrays;

/// <summary>
/// NumPy's arrays as a table: the columns of the two-dimensional one are x0, x1 …; each vector, of labels or of weights, is a
/// column of its own name.
/// </summary>
internal sealed class ArrayTable : ITable
{
    private const string Features = "X";
    private const string Extension = ".npy";

    private readonly List<NpyArray> _arrays = [];
    private readonly Dictionary<string, (NpyArray Array, long Column)> _places = [];
    private readonly CancellationToken _cancellation;
    private readonly long _rowLimit;
    private readonly ZipArchive? _archive;
    private readonly NpyArray _features;

    /// <param name="source">The arrays.</param>
    /// <param name="rowLimit">Rows to read at most; null for all.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public ArrayTable(TableSource source, int? rowLimit, CancellationToken cancellation)
    {
        _rowLimit = rowLimit ?? long.MaxValue;
        Source = source;
        _cancellation = cancellation;
        try
        {
            if (source.IsArchive)
            {
                _archive = OpenArchive(source.Name);
                _features = OpenEntries(_archive);
            }
            else
            {
                _features = Opened(NpyArray.Open(source.Name));
            }

            if (_features.Header.IsVector)
                throw NpyHeader.Unusable(_features.Name, "has one dimension; it must have two, samples × features: save X.reshape(-1, 1)");
            for (long j = 0; j < _features.Header.Columns; j++)
                _places[$"x{j}"] = (_features, j);
            if (source.Labels is { } labels) AddLabels(Opened(NpyArray.Open(labels)), source.LabelName);
            Columns = [.. _places.Keys.Select(name => new TableColumn(name, DuckDBType.Double))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TableSource Source { get; }

    public IReadOnlyList<string> Files => Source.Labels is { } labels ? [Source.Name, labels] : [Source.Name];

    public IReadOnlyList<TableColumn> Columns { get; }

    public bool LacksNames => false;

    public long? CountRows() => _features.Header.Rows;

    public long? RowsBeforehand() => CountRows();

    public bool IsEmpty() => _features.Header.Rows == 0;

    public Dictionary<string, CategoryLevels> CountLevels(IReadOnlyList<ColumnRequest> features, int maxLevels) => [];

    public IChunks Read(IReadOnlyList<ColumnRequest> columns)
    {
        foreach (var column in columns)
        {
            if (column.Kind is not (ColumnKind.Number or ColumnKind.Boolean))
                throw new PerceptronException(Fault.Data,
                    $"{Source}: column \"{column.Name}\" is of numbers, but the model was trained on one of kind {column.Kind}");
            var array = _places[column.Name].Array;
            if (array.Header.Rows != _features.Header.Rows)
                throw new PerceptronException(Fault.Data,
                    $"{_features.Name} has {_features.Header.Rows:N0} rows but {array.Name} {array.Header.Rows:N0}; they must be of the same samples");
        }

        return new ArrayChunks([.. columns.Select(column => _places[column.Name])], Math.Min(_features.Header.Rows, _rowLimit), _cancellation);
    }

    public void ThrowIfDamaged()
    {
        // Lengths were compared with headers before anything was read.
    }

    public void Dispose()
    {
        _arrays.ForEach(array => array.Dispose());
        _archive?.Dispose();
    }

    private static ZipArchive OpenArchive(string path)
    {
        if (!File.Exists(path)) throw new PerceptronException(Fault.Data, $"{path}: there is no such file");
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException error)
        {
            throw new PerceptronException(Fault.Data, $"{path} is damaged or no NPZ file; write it with numpy.savez, or fetch it again", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data, $"{path}: the file cannot be read ({SystemMessage.Of(error)})", error);
        }
    }

    private NpyArray OpenEntries(ZipArchive archive)
    {
        var matrices = new List<(string Name, NpyArray Array)>();
        foreach (var entry in archive.Entries.Where(entry => entry.Name.EndsWith(Extension, StringComparison.Ordinal)))
        {
            string name = entry.FullName[..^Extension.Length];
            var array = Opened(OpenEntry(entry, $"{Source}: array \"{name}\""));
            if (array.Header.IsVector) _places[name] = (array, 0);
            else matrices.Add((name, array));
        }

        string[] names = [.. matrices.Select(matrix => matrix.Name)];
        return matrices switch
        {
            [var only] => only.Array,
            [] => throw new PerceptronException(Fault.Data, $"{Source}: no array in it has two dimensions, samples × features"),
            _ => matrices.FirstOrDefault(matrix => matrix.Name == Features).Array ?? throw new PerceptronException(Fault.Data,
                $"{Source}: several arrays have two dimensions ({string.Join(", ", names)}); name the features' one {Features}, or save it alone with its labels"),
        };
    }

    private static NpyArray OpenEntry(ZipArchiveEntry entry, string name)
    {
        try
        {
            return NpyArray.Open(entry, name);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new PerceptronException(Fault.Data, $"{name} is damaged ({SystemMessage.Of(error)}); write or fetch it again", error);
        }
    }

    private void AddLabels(NpyArray labels, string name)
    {
        if (labels.Header.Columns != 1)
            throw NpyHeader.Unusable(labels.Name, $"has {labels.Header.Columns} columns; labels are one value a sample");
        if (!_places.TryAdd(name, (labels, 0)))
            throw new PerceptronException(Fault.Options, $"{Source} has a column \"{name}\" already; give the labels of {labels.Name} another name with --label");
    }

    private NpyArray Opened(NpyArray array)
    {
        _arrays.Add(array);
        return array;
    }
}
