using System.IO.Compression;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>How many lines files of text have, from their sizes and the lines of their first megabytes.</summary>
internal static class TextSize
{
    private const int HeadBytes = 4 << 20;
    private const int FilesLookedInto = 8;

    /// <summary>About how many lines all files have together.</summary>
    /// <param name="paths">The files, plain or compressed.</param>
    public static double LinesOf(IReadOnlyList<string> paths)
    {
        int stride = (paths.Count + FilesLookedInto - 1) / FilesLookedInto;
        double lines = 0, bytes = 0;
        for (int i = 0; i < paths.Count; i += stride)
        {
            var (head, length) = HeadOf(paths[i]);
            lines += head;
            bytes += length;
        }

        return bytes == 0 ? 0 : lines / bytes * SourceFile.BytesOf(paths);
    }

    /// <summary>Lines at a file's beginning, and the bytes of the file that they take there.</summary>
    private static (double Lines, double FileBytes) HeadOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 12);
        using Stream text = FileSet.IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
        byte[] head = new byte[HeadBytes];
        int length = text.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        int lines = head.AsSpan(0, length).Count((byte)'\n');
        bool isWhole = length < HeadBytes;
        if (isWhole && length > 0 && head[length - 1] != '\n') lines++;
        return (lines, isWhole ? file.Length : file.Position);
    }
}
