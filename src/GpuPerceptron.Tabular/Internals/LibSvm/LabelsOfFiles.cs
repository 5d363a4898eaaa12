using System.Globalization;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals.LibSvm;

/// <summary>Brings the labels of all chunks together: two numbers, of which one becomes 0 and the other 1.</summary>
internal static class LabelsOfFiles
{
    /// <summary>What a LIBSVM file's label is called.</summary>
    public const string Name = "label";

    /// <summary>Names the two labels found.</summary>
    /// <param name="source">The files.</param>
    /// <param name="parts">All chunks, in order.</param>
    /// <param name="positive">Which is 1; null for the greater one.</param>
    /// <param name="isHead">Whether only the first lines were read, which may hold one label where a file is sorted by it.</param>
    /// <exception cref="PerceptronException">There are not two labels, or the positive one is neither.</exception>
    public static LabelSchema Settle(TableSource source, IEnumerable<ParsedLines> parts, string? positive, bool isHead)
    {
        var found = new List<double>();
        foreach (var part in parts)
        {
            for (int i = 0; i < part.FoundLabels.Length; i++)
            {
                double label = part.FoundLabels[i];
                if (found.Contains(label)) continue;
                if (found.Count == 2) throw At(part, i, ThirdLabel(label, found[0], found[1]));
                found.Add(label);
            }
        }

        if (found.Count == 1 && isHead) return new LabelSchema(Name, Text(found[0]), LabelCodes.Unseen);
        if (found.Count == 1)
            throw new PerceptronException(Fault.Data, $"{source}: all lines have the label {Text(found[0])}; learning takes "
                + "samples of two");
        double chosen = found.Max();
        if (positive is not null
            && !(double.TryParse(positive, NumberStyles.Float, CultureInfo.InvariantCulture, out chosen)
            && found.Contains(chosen)))
            throw new PerceptronException(Fault.Options,
                $"the positive label \"{positive}\" is not in {source}, whose labels are {Text(found[0])} and {Text(found[1])}");
        return new LabelSchema(Name, Text(chosen == found[0] ? found[1] : found[0]), Text(chosen));
    }

    /// <summary>Puts 0 and 1 into the places of the chunk's own numbers.</summary>
    /// <param name="part">The chunk.</param>
    /// <param name="samples">Its samples, wherever they are now.</param>
    /// <param name="label">The two labels.</param>
    /// <exception cref="PerceptronException">The chunk has another one.</exception>
    public static void Encode(ParsedLines part, SampleBlock samples, LabelSchema label)
    {
        byte[] codes = new byte[2];
        for (int i = 0; i < part.FoundLabels.Length; i++)
        {
            string text = Text(part.FoundLabels[i]);
            codes[i] = text == label.Positive ? (byte)1 : text == label.Negative ? (byte)0
                : throw At(part, i, $"the label is {text}, but the model tells {label.Positive} from {label.Negative}");
        }

        samples.ChangeLabels(place => codes[place]);
    }

    /// <summary>What is wrong with a third label.</summary>
    public static string ThirdLabel(double third, double first, double second) =>
        $"the label {Text(third)} is a third one, beside {Text(first)} and {Text(second)}; a perceptron tells two apart: "
        + "give all lines one of two numbers";

    private static string Text(double label) => label.ToString(CultureInfo.InvariantCulture);

    private static PerceptronException At(ParsedLines part, int label, string text) =>
        new(Fault.Data, $"{part.Path}, line {part.LabelLines[label].ToString(CultureInfo.InvariantCulture)}: {text}");
}
