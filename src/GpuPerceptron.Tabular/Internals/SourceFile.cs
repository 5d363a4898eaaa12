using System.Runtime.InteropServices;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>What the system knows of a table's file: of the file itself, where its name or a folder on the way to it is a link.</summary>
internal static partial class SourceFile
{
    /// <summary>The file behind a path and all links; of what has no path of its own, such as a pipe, what the path itself says.</summary>
    public static FileInfo Of(string path)
    {
        if (!OperatingSystem.IsWindows()) return new FileInfo(RealPath(path) ?? path);
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

    /// <summary>Bytes of all files.</summary>
    public static long BytesOf(IEnumerable<string> paths) => paths.Sum(path => Of(path).Length);

    /// <summary>
    /// As the system follows links: ".." in one that lies in a linked folder is the parent of the folder itself, which .NET, going by names alone, does not find.
    /// </summary>
    private static string? RealPath(string path)
    {
        nint found = RealPath(path, 0);
        try
        {
            return Marshal.PtrToStringUTF8(found);
        }
        finally
        {
            Free(found);
        }
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, nint resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
