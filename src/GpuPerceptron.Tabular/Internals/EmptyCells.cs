using System.IO.Compression;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Which of the texts that say that a cell is empty delimited files hold.</summary>
internal static class EmptyCells
{
    private const int MostLooked = 16 << 20; // characters: this is for a message

    /// <summary>Those found, in the order of <see cref="Relation.EmptyTexts"/>, without the empty text; all of them where there is too much to look through.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="delimiter">What stands between their cells.</param>
    public static IReadOnlyList<string> In(IReadOnlyList<string> paths, char delimiter)
    {
        string[] all = [.. Relation.EmptyTexts.Where(text => text.Length > 0)];
        var missing = all.ToList();
        int looked = 0;
        try
        {
            foreach (string line in paths.SelectMany(Lines))
            {
                if (missing.Count == 0 || (looked += line.Length + 1) > MostLooked) return all;
                foreach (var range in line.AsSpan().Split(delimiter))
                {
                    var cell = line.AsSpan(range).Trim('"');
                    if (cell.Length is > 0 and <= 4) missing.Remove(cell.ToString());
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // What was read of it will do.
        }

        return [.. all.Except(missing)];
    }

    private static IEnumerable<string> Lines(string path)
    {
        using Stream file = File.OpenRead(path);
        using var content = FileSet.IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(content);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
