using System.CommandLine;
using System.CommandLine.Parsing;
using GpuPerceptron.Diagnostics;

namespace GpuPerceptron.Cli.Commands;

/// <summary>A command as it was typed, to be shown with other options.</summary>
internal sealed class CommandText
{
    private readonly (string Text, bool IsOption)[] _words;

    private CommandText((string, bool)[] words) => _words = words;

    /// <summary>Takes the words of a parsed command line.</summary>
    public static CommandText Of(ParseResult arguments) =>
        new([.. arguments.Tokens.Select(token => (token.Value, token.Type == TokenType.Option))]);

    /// <summary>The whole command line with options changed, left out or added, quoted for a shell.</summary>
    /// <param name="changes">What to change.</param>
    public string With(IReadOnlyList<OptionChange> changes)
    {
        var words = new List<string> { "gpuperceptron" };
        for (int i = 0; i < _words.Length; i++)
        {
            var (text, isOption) = _words[i];
            if (!isOption || !changes.Any(change => change.Option == text))
            {
                words.Add(text);
                continue;
            }

            if (i + 1 < _words.Length && !_words[i + 1].IsOption) i++; // its value
        }

        foreach (var change in changes)
        {
            if (change.Value is not null) words.AddRange([change.Option, change.Value]);
        }

        return string.Join(' ', words.Select(ShellText.Argument));
    }
}
