using System.IO.Enumeration;

namespace GpuPerceptron.Cli.Commands;

/// <summary>The files that a command reads, which nothing that it writes may replace.</summary>
/// <param name="paths">Files, or patterns of files.</param>
internal sealed class InputFiles(params string?[] paths)
{
    /// <summary>Fails where an output is one of the inputs, by whatever spelling or link.</summary>
    /// <param name="output">The file to be written; null or "-" for none.</param>
    /// <exception cref="PerceptronException">It is.</exception>
    public void Protect(string? output)
    {
        if (output is null or "" or "-") return;
        string target = Resolve(output);
        foreach (string? input in paths)
        {
            if (!string.IsNullOrEmpty(input) && (Resolve(input) == target || Matches(input, target)))
                throw new PerceptronException(Fault.Options, $"{output} is read by this command and would be overwritten; choose another file to write");
        }
    }

    private static string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        return new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
    }

    private static bool Matches(string pattern, string file) =>
        FileSystemName.MatchesSimpleExpression(Path.GetFileName(pattern), Path.GetFileName(file), ignoreCase: false)
        && Path.GetDirectoryName(Path.GetFullPath(pattern)) == Path.GetDirectoryName(file);
}
