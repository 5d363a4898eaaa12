namespace GpuPerceptron.Tabular.Internals;

/// <summary>What the system knows of a table's file: of the file itself, where its name is a link.</summary>
internal static class SourceFile
{
    /// <summary>The file behind a path and any links.</summary>
    public static FileInfo Of(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

    /// <summary>Bytes of all files.</summary>
    public static long BytesOf(IEnumerable<string> paths) => paths.Sum(path => Of(path).Length);
}
