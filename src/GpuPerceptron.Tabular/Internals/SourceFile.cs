namespace GpuPerceptron.Tabular.Internals;

/// <summary>What the system knows of a table's file: of the file itself, where its name or a folder on the way to it is a link.</summary>
internal static class SourceFile
{
    /// <summary>The file behind a path and all links; of what has no path of its own, such as a pipe, what the path itself says.</summary>
    public static FileInfo Of(string path) => new(RealPath.Of(path) ?? path);

    /// <summary>Bytes of all files.</summary>
    public static long BytesOf(IEnumerable<string> paths) => paths.Sum(path => Of(path).Length);
}
