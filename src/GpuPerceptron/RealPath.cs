using System.Runtime.InteropServices;

namespace GpuPerceptron;

/// <summary>The path behind links.</summary>
internal static partial class RealPath
{
    /// <summary>
    /// Where a path leads, by whatever links. The system is asked: ".." in a link that lies in a linked folder is the parent of the folder itself, which
    /// .NET, going by names alone, does not find.
    /// </summary>
    /// <param name="path">A path.</param>
    /// <returns>Null where it leads to nothing that has a path, such as to a pipe, or to nothing at all.</returns>
    public static string? Of(string path)
    {
        if (OperatingSystem.IsWindows())
            return new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        nint found = Resolve(path, 0);
        string? real = Marshal.PtrToStringUTF8(found);
        Free(found);
        return real;
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
