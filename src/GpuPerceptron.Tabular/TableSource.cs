using GpuPerceptron.Tabular.Internals.LibSvm;

namespace GpuPerceptron.Tabular;

/// <summary>Where a table comes from: files, a query, a stream, or NumPy's arrays.</summary>
public sealed class TableSource
{
    private Stream? _content;
    private bool _isTaken;

    private TableSource(string name, string text)
    {
        Name = name;
        Text = text;
    }

    /// <summary>What messages call the table.</summary>
    public string Name { get; }

    /// <summary>Whether it is NumPy's arrays: its extension is .npy or .npz.</summary>
    public bool IsArray => IsArchive || Ends(".npy");

    /// <summary>Whether it is an archive of arrays: its extension is .npz.</summary>
    public bool IsArchive => Ends(".npz");

    /// <summary>The file of labels beside an array; null where there is none.</summary>
    public string? Labels { get; private init; }

    internal string LabelName { get; private init; } = "";

    internal string Text { get; private init; }

    internal bool IsQuery { get; private init; }

    internal bool IsStream => _content is not null;

    /// <summary>How DuckDB reads the files, once they are opened: its function, and the options that it would not guess; null before, and for a query.</summary>
    internal (string Function, Lazy<IReadOnlyList<string>> Options)? Reader { get; set; }

    /// <summary>Whether it is read as LIBSVM's sparse format, in which a line begins with its label and nothing has a
    /// name.</summary>
    public bool IsLibSvm { get; private init; }

    /// <summary>
    /// A file, or several by a pattern with *, ? or [a-z], read in the order of their names. The extension says the format:
    /// .csv, .tsv, .txt, .json, .jsonl, .ndjson, and sparse .libsvm, .svm, .svmlight (each also with .gz), .parquet; or .npy or
    /// .npz, see <see cref="Array"/>.
    /// </summary>
    /// <param name="pathOrGlob">The path; a file of exactly this name goes before a pattern.</param>
    public static TableSource File(string pathOrGlob) =>
        new(pathOrGlob, pathOrGlob) { IsLibSvm = LibSvmFiles.HasExtension(pathOrGlob) };

    /// <summary>One or several files in LIBSVM's sparse format, whatever their extension.</summary>
    /// <param name="pathOrGlob">The path, or a pattern with * or ?; a file of exactly this name goes before a pattern.</param>
    public static TableSource LibSvm(string pathOrGlob) => new(pathOrGlob, pathOrGlob) { IsLibSvm = true };

    /// <summary>
    /// NumPy's array of samples × features, whose columns are named x0, x1 …; in an archive (.npz) each vector is a column of its
    /// own name besides. Values are float16, 32 or 64, whole numbers or truth values, row by row or column by column.
    /// </summary>
    /// <param name="path">A .npy or .npz file, which is read some rows at a time.</param>
    /// <param name="labels">A .npy file of one label a sample; null where the labels are a column.</param>
    /// <param name="labelName">The name of the column that these labels become.</param>
    public static TableSource Array(string path, string? labels, string labelName = "y")
    {
        var source = new TableSource(path, path) { Labels = labels, LabelName = labelName };
        return source.IsArray ? source : throw new PerceptronException(Fault.Options,
            $"labels in a file of their own go with an array (.npy, .npz), not with {path}; name the column that holds its labels");
    }

    /// <summary>Delimited text, copied to a temporary file; it can be read once.</summary>
    /// <param name="content">The text, in UTF-8, the names of its columns first.</param>
    /// <param name="name">What messages call it.</param>
    public static TableSource Csv(Stream content, string name) => new(name, "") { _content = content };

    /// <summary>The result of a query in DuckDB's SQL, which may name files: <c>SELECT * FROM 'samples.parquet'</c>.</summary>
    /// <param name="sql">One SELECT statement.</param>
    public static TableSource Query(string sql) => new("the query", sql) { IsQuery = true };

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The same table, with the labels beside an array in a column of this name.</summary>
    internal TableSource WithLabelsAs(string name) => Labels is null ? this : Array(Name, Labels, name);

    /// <summary>The stream, to whoever asks first; null where the table is none.</summary>
    internal Stream? TakeContent()
    {
        if (_content is null) return null;
        if (_isTaken) throw new InvalidOperationException($"{Name} has been read already");
        _isTaken = true;
        return _content;
    }

    private bool Ends(string extension) => !IsQuery && Text.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
