using System.IO.Compression;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Which of the texts that say that a cell is empty a delimited file holds.</summary>
internal static class EmptyCells
{
    private const int Looked = 16 << 20; // characters at a file's beginning: this is for a message

    /// <summary>Those found, in the order of <see cref="Relation.EmptyTexts"/>; without the empty text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="delimiter">What stands between its cells.</param>
    public static IReadOnlyList<string> In(string path, char delimiter)
    {
        var missing = Relation.EmptyTexts.Where(text => text.Length > 0).ToList();
        var found = new HashSet<string>();
        try
        {
            using Stream file = File.OpenRead(path);
            using var content = FileSet.IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(content);
            int looked = 0;
            while (missing.Count > 0 && looked < Looked && reader.ReadLine() is { } line)
            {
                looked += line.Length + 1;
                foreach (var range in line.AsSpan().Split(delimiter))
                {
                    var cell = line.AsSpan(range).Trim('"');
                    if (cell.Length is 0 or > 4) continue;
                    int index = missing.IndexOf(cell.ToString());
                    if (index < 0) continue;
                    found.Add(missing[index]);
                    missing.RemoveAt(index);
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // What was read of it will do.
        }

        return [.. Relation.EmptyTexts.Where(found.Contains)];
    }
}
