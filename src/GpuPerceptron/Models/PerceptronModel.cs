using System.Buffers.Binary;
using System.Security.Cryptography;
using GpuPerceptron.Data;

namespace GpuPerceptron.Models;

/// <summary>
/// A trained perceptron: P(positive | x) = σ(w·x̂ + b), with x̂ the features as the schema encodes them. Immutable, and
/// safe for concurrent use.
/// </summary>
/// <param name="schema">How a table becomes features, and the labels' names.</param>
/// <param name="weights">w, one a feature, of features as the schema encodes them (standardised unless switched off).</param>
/// <param name="bias">b, in the same units.</param>
/// <param name="training">How the model came about.</param>
public sealed class PerceptronModel(Schema schema, IReadOnlyList<double> weights, double bias, TrainingRecord training)
{
    private RawParameters? _raw;

    /// <summary>How a table becomes features, and the labels' names.</summary>
    public Schema Schema { get; } = schema;

    /// <summary>w, one a feature, of features as the schema encodes them.</summary>
    public IReadOnlyList<double> Weights { get; } = weights;

    /// <summary>b, in the same units.</summary>
    public double Bias { get; } = bias;

    /// <summary>How the model came about.</summary>
    public TrainingRecord Training { get; } = training;

    /// <summary>The parameters' standard errors, where the training could tell them.</summary>
    public StandardErrors? StandardErrors { get; init; }

    /// <summary>How well the samples held each weight by itself; null with a penalty, and where the training could not tell.</summary>
    public Conditioning? Conditioning { get; init; }

    /// <summary>The same model in the table's own units: σ(Σ wⱼ xⱼ + b).</summary>
    /// <remarks>Of standardised features w·(x − mean)/sd + b = (w/sd)·x + (b − Σ w mean/sd).</remarks>
    public RawParameters Raw => _raw ??= ToRawUnits();

    /// <summary>SHA-256 over the parameters' float64 bits, to see at a glance whether two trainings agree to the last bit.</summary>
    public string WeightsHash
    {
        get
        {
            byte[] bytes = new byte[(Weights.Count + 1) * sizeof(double)];
            for (int j = 0; j <= Weights.Count; j++)
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(j * sizeof(double)), j < Weights.Count ? Weights[j] : Bias);
            return Convert.ToHexStringLower(SHA256.HashData(bytes));
        }
    }

    /// <summary>P(positive) for one sample in raw units.</summary>
    /// <param name="features">One value a feature, in the order of the schema's features; NaN counts as missing.</param>
    /// <returns>From 0 to 1.</returns>
    /// <exception cref="PerceptronException">The number of features is not the model's.</exception>
    public double Probability(ReadOnlySpan<float> features)
    {
        if (features.Length != Weights.Count)
            throw new PerceptronException(Fault.Data, $"the model takes {Weights.Count} features, but the sample has {features.Length}");
        double logit = Raw.Bias;
        int j = 0;
        foreach (var feature in Schema.Features)
        {
            logit += Raw.Weights[j] * (float.IsNaN(features[j]) ? feature.Mean : features[j]);
            j++;
        }

        return Sigmoid(logit);
    }

    /// <summary>The logits of samples that this model's schema encoded, in float64.</summary>
    /// <param name="block">The samples.</param>
    /// <param name="logits">One a sample; overwritten.</param>
    public void Logits(SampleBlock block, Span<double> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(block.Features, Weights.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, block.Rows);
        double[] weights = [.. Weights];
        if (block.Sparse is { } rows)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                var columns = rows.ColumnsOf(i);
                var values = rows.ValuesOf(i);
                double logit = Bias;
                for (int k = 0; k < columns.Length; k++)
                    logit += weights[columns[k]] * values[k];
                logits[i] = logit;
            }

            return;
        }

        for (int i = 0; i < block.Rows; i++)
        {
            double logit = Bias;
            var row = block.Row(i);
            for (int j = 0; j < row.Length; j++)
                logit += weights[j] * row[j];
            logits[i] = logit;
        }
    }

    /// <summary>σ(v) = 1/(1 + e⁻ᵛ), without overflow.</summary>
    /// <param name="logit">v.</param>
    public static double Sigmoid(double logit)
    {
        double e = Math.Exp(-Math.Abs(logit));
        return (logit >= 0 ? 1 : e) / (1 + e);
    }

    /// <summary>The same model of features as they are in the table.</summary>
    internal PerceptronModel InTableUnits() =>
        new(Schema with { Standardized = false, Centered = false, Scaled = false }, Raw.Weights, Raw.Bias, Training)
        {
            StandardErrors = StandardErrors,
            Conditioning = Conditioning,
        };

    /// <summary>
    /// The same model of centred features (<see cref="Schema.Centered"/>), where they are not standardised: in float32, of tables that are read for
    /// it, less is lost.
    /// </summary>
    internal PerceptronModel Centered()
    {
        if (Schema.Standardized || Schema.Sparse is not null) return this;
        var schema = Schema with { Centered = true };
        double[] encoded = AffineUnits.Of(schema).Encode([.. Raw.Weights, Raw.Bias]);
        return new PerceptronModel(schema, encoded[..^1], encoded[^1], Training)
        {
            StandardErrors = StandardErrors,
            Conditioning = Conditioning,
        };
    }

    private RawParameters ToRawUnits()
    {
        if (Schema is { Standardized: false, Centered: false, Scaled: false }) return new RawParameters(Weights, Bias);
        double[] raw = AffineUnits.Of(Schema).Decode([.. Weights, Bias]);
        return new RawParameters(raw[..^1], raw[^1]);
    }
}

/// <summary>A model's parameters in the table's own units.</summary>
/// <param name="Weights">One a feature, in 1 / the feature's unit.</param>
/// <param name="Bias">The logit of a sample whose features are all 0.</param>
public sealed record RawParameters(IReadOnlyList<double> Weights, double Bias);
