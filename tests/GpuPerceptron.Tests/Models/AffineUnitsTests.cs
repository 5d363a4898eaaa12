using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Models;
using Xunit;

namespace GpuPerceptron.Tests.Models;

/// <summary>The units that samples are encoded in, and the table's own.</summary>
public sealed class AffineUnitsTests
{
    private static readonly FeatureSchema[] Features =
        [new("year", 2000, 10), new("kelvin", -290, 8), new("amount", 7, 50), new("rain", 0.5, 0.5)];

    private static readonly Schema Raw = new(
        new LabelSchema("y", "0", "1"), [.. Features.Select(feature => new ColumnSchema(feature.Name, ColumnKind.Number, 0, [feature]))], false);

    private static readonly double[] Parameters = [0.08, -0.1, 0.05, 0.5, -190];

    public static TheoryData<bool, bool, bool> Encodings => new()
    {
        { false, false, false }, { true, false, false }, { false, true, false }, { false, false, true }, { false, true, true },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_logit_is_the_same_in_both(bool standardized, bool centered, bool scaled)
    {
        var (schema, units) = Of(standardized, centered, scaled);
        double[] offset = schema.Offsets(), factor = schema.Factors(), encoded = units.Encode(Parameters), x = [1987, -277, 3, 1];
        double[] xEncoded = [.. x.Select((value, j) => (value - offset[j]) * factor[j]), 1];
        Assert.Equal(Dot(Parameters, [.. x, 1]), Dot(encoded, xEncoded), 1e-10);
        Assert.All(units.Decode(encoded).Zip(Parameters), pair => Assert.Equal(pair.Second, pair.First, 1e-10));
        Assert.Equal(schema.MeanSquares(), Features.Select((feature, j) => factor[j] * factor[j]
            * (Math.Pow(feature.Mean - offset[j], 2) + Math.Pow(feature.StandardDeviation, 2))), (a, b) => Math.Abs(a - b) < 1e-9 * b);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void The_transpose_of_one_is_that_of_the_other(bool standardized, bool centered, bool scaled)
    {
        var (_, units) = Of(standardized, centered, scaled);
        double[] u = [1, -2, 3, 0.5, 4], v = [0.3, 2, -1, 5, 0.7], decoded = units.DecodeGradient(v);
        Assert.Equal(Dot(units.Encode(u), v), Dot(u, decoded), 1e-9);
        Assert.All(units.EncodeGradient(decoded).Zip(v), pair => Assert.Equal(pair.Second, pair.First, 1e-9));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Proofs_find_the_same_standardised_parameters(bool standardized, bool centered, bool scaled)
    {
        var (schema, units) = Of(standardized, centered, scaled);
        double[] expected = new StandardUnits(Raw).Standardize(Parameters);
        Assert.All(new StandardUnits(schema).Standardize(units.Encode(Parameters)).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-10));
    }

    [Fact]
    public void Only_means_further_from_0_than_the_deviation_are_taken() =>
        Assert.Equal([2000, -290, 0, 0], (Raw with { Centered = true }).Offsets());

    private static (Schema Schema, AffineUnits Units) Of(bool standardized, bool centered, bool scaled)
    {
        var schema = Raw with { Standardized = standardized, Centered = centered, Scaled = scaled };
        return (schema, AffineUnits.Of(schema));
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
