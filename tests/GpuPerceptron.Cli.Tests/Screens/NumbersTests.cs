using GpuPerceptron.Cli.Screens;
using Xunit;

namespace GpuPerceptron.Cli.Tests.Screens;

public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0.000 s"), InlineData(0.0123, "0.012 s"), InlineData(3.14, "3.1 s"), InlineData(59.96, "1 min 0 s")]
    [InlineData(125, "2 min 5 s"), InlineData(3599.6, "1 h 0 min"), InlineData(3780, "1 h 3 min")]
    public void Durations(double seconds, string text) => Assert.Equal(text, Numbers.Duration(seconds));

    [Theory]
    [InlineData(0, "0 B"), InlineData(999, "999 B"), InlineData(1234, "1.23 kB"), InlineData(999_600, "1.00 MB"), InlineData(52.8e6, "52.8 MB")]
    [InlineData(141e9, "141 GB")]
    public void Bytes(double bytes, string text) => Assert.Equal(text, Numbers.Bytes(bytes));

    [Theory, InlineData(1, "1 epoch"), InlineData(0, "0 epochs"), InlineData(12345, "12,345 epochs")]
    public void Counts(long value, string text) => Assert.Equal(text, Numbers.Count(value, "epoch"));
}
