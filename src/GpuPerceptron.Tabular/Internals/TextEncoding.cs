using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>What is said of a file whose text is not UTF-8.</summary>
internal static class TextEncoding
{
    /// <summary>The fault, and what to do.</summary>
    /// <param name="encoding">What it seems to be.</param>
    /// <param name="file">The file, if it is one.</param>
    public static string Fault(string encoding, string file) => "it is no text in UTF-8; save it so"
        + (File.Exists(file) && !FileSet.IsCompressed(file) ? $", such as by iconv -f {encoding} -t utf-8 {ShellText.Argument(file)} > utf8.csv" : "");
}
