using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuPerceptron.Cli.Commands;

/// <summary>
/// A file of numbers: one a line, or separated by commas, semicolons or white space; a JSON array; a row of CSV with or
/// without its names above; or CSV whose last column holds them, with or without a heading and the features' names before
/// them. Brackets, and what PyTorch and NumPy print around numbers, count as white space.
/// </summary>
/// <param name="Values">The numbers, in the file's order.</param>
/// <param name="Rounding">Half a unit of each number's last digit; 0 where all digits are there.</param>
/// <param name="Names">The name before each number; null where there are none.</param>
internal sealed partial record NumberFile(IReadOnlyList<double> Values, IReadOnlyList<double> Rounding, IReadOnlyList<string>? Names)
{
    private const int AllDigits = 8;    // float32 has no more, and float64 printed in full has twice as many
    private const int RoundedDigits = 4; // who writes fewer writes a whole number, or a half
    private const long LargestBytes = 1L << 30;

    private static readonly char[] Gaps = [',', ';', ' ', '\t', '\r'];
    private static readonly char[] Separators = [.. Gaps, '[', ']', '(', ')'];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PerceptronException">It cannot be read, holds no number, or something else than numbers.</exception>
    public static NumberFile Read(string path)
    {
        string[] lines = Lines(path);
        var tokens = new List<string>();
        var names = new List<string>();
        string? headline = null;
        int columns = 0; // of the first row of numbers
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Split(Separators, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (headline is null)
            {
                bool heading = !words.Any(IsNumber) && words.Any(IsHeading); // a name may begin with a digit
                headline = heading ? lines[i] : "";
                if (heading) continue;
            }

            // A name may hold what separates others; of a line that starts with one, the last word counts.
            if (!IsNumber(words[0]) && words.Length > 1 && IsNumber(words[^1]))
            {
                names.Add(NameIn(lines[i]));
                words = [words[^1]];
            }

            if (columns == 0) columns = words.Length;
            foreach (string word in words)
            {
                if (!IsNumber(word))
                    throw new PerceptronException(Fault.Data,
                        $"{path}, line {i + 1}: '{word}' is not a number; give numbers separated by commas, spaces or lines");
                tokens.Add(word);
            }
        }

        if (tokens.Count == 0)
            throw new PerceptronException(Fault.Data, $"{path} holds no number; write a value for each feature, then the bias's, one a line");
        if (names.Count > 0 && names.Count != tokens.Count)
            throw new PerceptronException(Fault.Data,
                $"{path}: some numbers have a name before them and some have none; name all of them, or none");
        if (names.Count == 0) names = NamesAbove(path, headline!, columns, tokens.Count);
        return new NumberFile([.. tokens.Select(Parse)], RoundingOf(tokens), names.Count > 0 ? names : null);
    }

    /// <summary>The numbers in the order of the table's features, the bias last.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="features">The features' names, in order.</param>
    /// <exception cref="PerceptronException">A name is none of the features', or one is there twice or lacks.</exception>
    public NumberFile InOrderOf(string path, IReadOnlyList<string> features)
    {
        if (Names is null) return this;
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Names.Count; i++)
        {
            string name = IsBias(Names[i], features) ? "" : Names[i];
            if (name.Length > 0 && !features.Contains(name))
                throw new PerceptronException(Fault.Data,
                    $"{path}: '{name}' is no feature of the table; the features are {string.Join(", ", features)}");
            if (!places.TryAdd(name, i))
                throw new PerceptronException(Fault.Data, $"{path}: '{Names[i]}' is there twice");
        }

        if (features.FirstOrDefault(feature => !places.ContainsKey(feature)) is { } missing)
            throw new PerceptronException(Fault.Data, $"{path}: there is no value for the feature {missing}");
        int[] order = [.. features.Append("").Where(places.ContainsKey).Select(name => places[name])];
        return new NumberFile([.. order.Select(i => Values[i])], [.. order.Select(i => Rounding[i])], null);
    }

    /// <summary>The names in a heading that stand above the numbers, a column each; none where it is only a title.</summary>
    private static List<string> NamesAbove(string path, string headline, int columns, int numbers)
    {
        bool isCsv = headline.AsSpan().IndexOfAny(',', ';', '\t') >= 0;
        List<string> names = [.. (isCsv ? CsvCell() : Word()).Matches(headline).Select(cell => Unquoted(cell.Value))];
        if (names.Count < 2 || columns == 1 || (!isCsv && names.Count != columns)) return [];
        return names.Count == numbers ? names : throw new PerceptronException(Fault.Data,
            $"{path}: its heading names {names.Count} columns, and there {(numbers == 1 ? "is 1 number" : $"are {numbers} numbers")}; "
            + "write one number below each name, or a name and its number a line");
    }

    private static bool IsBias(string name, IReadOnlyList<string> features) =>
        !features.Contains(name) && name.Trim('(', ')').ToLowerInvariant() is "bias" or "intercept" or "b";

    private static string[] Lines(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new PerceptronException(Fault.Data, $"{path} is a folder; name a file of numbers");
            if (!File.Exists(path))
                throw new PerceptronException(Fault.Data, $"{path}: there is no such file");
            if (new FileInfo(path).Length > LargestBytes)
                throw new PerceptronException(Fault.Data, $"{path} is too large for a file of numbers, one a feature");
            string[] lines = File.ReadAllLines(path);
            return lines.Any(Printed().IsMatch)
                ? [.. lines.Select(line => PrintedAttribute().Replace(Printed().Replace(line, " "), " "))]
                : lines;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PerceptronException(Fault.Data, $"cannot read {path}: {SystemMessage.Of(failure)}", failure);
        }
    }

    private static bool IsHeading(string word) => !IsNumber(word) && !char.IsAsciiDigit(word.TrimStart('+', '-', '.').FirstOrDefault('0'));

    private static string NameIn(string line)
    {
        string text = line.TrimEnd(Gaps);
        return Unquoted(text[..text.LastIndexOfAny(Gaps)]);
    }

    private static string Unquoted(string name) => name.Trim(Gaps).Trim('"').Replace("\"\"", "\"", StringComparison.Ordinal);

    [GeneratedRegex("""("[^"]*")+|[^,;\t]+""")]
    private static partial Regex CsvCell();

    [GeneratedRegex("""("[^"]*")+|\S+""")]
    private static partial Regex Word();

    /// <summary>As tensor([…]), array([…]) and np.float64(…) begin.</summary>
    [GeneratedRegex(@"\b([\w.]*tensor|[\w.]*array|np\.float\d+)\(", RegexOptions.IgnoreCase)]
    private static partial Regex Printed();

    /// <summary>What stands behind the numbers there.</summary>
    [GeneratedRegex(@"\b(dtype|device|grad_fn|requires_grad|shape)=('[^']*'|<[^>]*>|\([^)]*\)|[\w.]+)")]
    private static partial Regex PrintedAttribute();

    private static bool IsNumber(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || NotFinite(word) is not null;

    private static double Parse(string word) => NotFinite(word) ?? double.Parse(word, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>What other languages print for a number that is not finite.</summary>
    private static double? NotFinite(string word) => word.TrimStart('+', '-').ToLowerInvariant() switch
    {
        "nan" or "null" or "na" => double.NaN,
        "inf" or "infinity" => word[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
        _ => null,
    };

    /// <summary>
    /// Half a unit of each number's last digit, where digits were cut: none were where any number has all of them, nor where
    /// there are but a few. A 0 is as precise as the most precise of the others.
    /// </summary>
    private static double[] RoundingOf(List<string> tokens)
    {
        var digits = tokens.Select(Digits).ToArray();
        int significant = digits.Max(each => each.Significant);
        if (Math.Max(significant, -digits.Min(each => each.LastPlace)) < RoundedDigits || significant >= AllDigits)
            return new double[tokens.Count];
        int finest = digits.Where(each => each.Significant > 0).Select(each => each.LastPlace).DefaultIfEmpty(int.MinValue).Min();
        return
        [
            .. digits.Select(each =>
                (each.Significant > 0 ? each.LastPlace : finest) is var place && place < 0 && place > int.MinValue ? 0.5 * Math.Pow(10, place) : 0),
        ];
    }

    /// <summary>How many significant digits a number is written with, and the power of ten of the last one.</summary>
    private static (int Significant, int LastPlace) Digits(string word)
    {
        if (NotFinite(word) is not null) return (0, 0);
        string[] parts = word.ToLowerInvariant().Split('e');
        string mantissa = parts[0].TrimStart('+', '-');
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int decimals = point < 0 ? 0 : mantissa.Length - 1 - point;
        int significant = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0').Length;
        int exponent = 0;
        if (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return (AllDigits, 0);
        return (significant, exponent - decimals);
    }
}
