using System.Text.RegularExpressions;

namespace GpuPerceptron;

/// <summary>What the system says of a failure, to be put into a message of one line that names the file itself.</summary>
internal static partial class SystemMessage
{
    /// <summary>The first line, without the path or the parameter's name that may follow it, and without a full stop.</summary>
    /// <param name="failure">The failure.</param>
    public static string Of(Exception failure) => Tail().Replace(failure.Message.Split('\n')[0].TrimEnd('\r'), "").TrimEnd('.');

    /// <summary>Whether the system would not do something with a file: a file longer than it allows (EFBIG) is, to .NET, an argument out of range.</summary>
    /// <param name="failure">The failure.</param>
    public static bool IsOfFiles(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    [GeneratedRegex(@"\s*: '/.*'\.?$|\s*: '[A-Z]:\\.*'\.?$|\s*\(Parameter '\w+'\)$")]
    private static partial Regex Tail();
}
