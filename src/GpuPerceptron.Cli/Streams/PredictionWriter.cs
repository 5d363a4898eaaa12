using System.Buffers;
using System.Globalization;
using System.Text;
using GpuPerceptron.Data;
using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Streams;

/// <summary>Writes predictions as CSV, without an allocation a row.</summary>
internal sealed class PredictionWriter
{
    private const int BufferSize = 1 << 16;
    private const int LongestProbability = 32;

    /// <summary>Enough to tell any two float32 values apart, which is as exact as the features are.</summary>
    private const string ProbabilityFormat = "G9";

    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",\"\r\n");

    private readonly Stream _stream;
    private readonly PerceptronModel _model;
    private readonly byte[] _positive, _negative; // what follows the probability
    private readonly byte[] _buffer;
    private double[] _logits = [];
    private int _used;

    /// <summary>Begins with the header.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="model">Whose predictions.</param>
    public PredictionWriter(Stream stream, PerceptronModel model)
    {
        _stream = stream;
        _model = model;
        _positive = RestOfLine(model.Schema.Label.Positive);
        _negative = RestOfLine(model.Schema.Label.Negative);
        _buffer = new byte[BufferSize + LongestProbability + Math.Max(_positive.Length, _negative.Length)];
        Append("probability,prediction\n"u8);
    }

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Writes a line for each sample.</summary>
    /// <param name="block">Samples that the model's schema encoded.</param>
    public void Write(SampleBlock block)
    {
        if (_logits.Length < block.Rows) _logits = new double[block.Rows];
        var logits = _logits.AsSpan(0, block.Rows);
        _model.Logits(block, logits);
        foreach (double logit in logits)
        {
            double probability = PerceptronModel.Sigmoid(logit);
            probability.TryFormat(_buffer.AsSpan(_used), out int written, ProbabilityFormat, CultureInfo.InvariantCulture);
            _used += written;
            Append(logit >= 0 ? _positive : _negative);
            if (_used >= BufferSize) Flush();
        }

        Rows += block.Rows;
    }

    /// <summary>Writes what is still in the buffer.</summary>
    public void Flush()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_used));
        _used += text.Length;
    }

    private static byte[] RestOfLine(string label)
    {
        bool quoted = label.Length == 0 || label.AsSpan().ContainsAny(NeedQuotes);
        return Encoding.UTF8.GetBytes($",{(quoted ? $"\"{label.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : label)}\n");
    }
}
