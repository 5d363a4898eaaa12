using System.IO.Enumeration;

namespace GpuPerceptron.Tabular.Internals.LibSvm;

/// <summary>The LIBSVM files that a path or a pattern names.</summary>
internal static class LibSvmFiles
{
    private static readonly string[] Extensions = [".libsvm", ".svm", ".svmlight"];

    /// <summary>Whether a name's extension says so.</summary>
    public static bool HasExtension(string path)
    {
        string name = FileSet.IsCompressed(path) ? path[..^3] : path;
        return Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The files, in the order of their names.</summary>
    /// <exception cref="PerceptronException">There is none.</exception>
    public static IReadOnlyList<string> Of(TableSource source)
    {
        string path = source.Text;
        if (File.Exists(path)) return [path];
        if (Directory.Exists(path))
            throw new PerceptronException(Fault.Data,
                $"{path}: this is a folder; name its files with a pattern, such as \"{Path.Combine(path, "*.svm")}\"");
        if (path.IndexOfAny(['*', '?']) < 0)
            throw new PerceptronException(Fault.Data, $"{path}: there is no such file");
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder).Where(file => FileSystemName.MatchesSimpleExpression(Path.GetFileName(path),
            Path.GetFileName(file), ignoreCase: false))]
            : [];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new PerceptronException(Fault.Data, $"{path}: no file matches this pattern");
    }
}
