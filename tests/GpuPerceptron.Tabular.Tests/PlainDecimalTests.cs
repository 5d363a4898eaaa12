using System.Globalization;
using System.Text;
using GpuPerceptron.Tabular.Internals;

namespace GpuPerceptron.Tabular.Tests;

public sealed unsafe class PlainDecimalTests
{
    private const int Many = 200_000;

    [Theory]
    [InlineData("0"), InlineData("-0"), InlineData("7"), InlineData("-7"), InlineData("007"), InlineData("5."), InlineData(".5"), InlineData("-.5")]
    [InlineData("123456789012345"), InlineData("-12345678901234"), InlineData("12345678.9012345"), InlineData("0.00000000000001")]
    [InlineData("1234567890123456"), InlineData("-1234567890123456"), InlineData("1234567890123456."), InlineData("0.1234567890123456")]
    [InlineData("0.03133451683171687"), InlineData("-0.00031334516831716869"), InlineData("123.03133451683171"), InlineData("+1.5")]
    [InlineData("0000000000000000000000001.5"), InlineData("0.00000000000000000000"), InlineData("1234567890123456789")]
    [InlineData("1e5"), InlineData("-1.5E-05"), InlineData("2.e3"), InlineData("0e0"), InlineData("1.234567890123456789e+00"), InlineData("-9.87654321012345678e-12")]
    [InlineData("3.4028234663852886e+38"), InlineData("1.17549435082228750e-38")]
    public void Numbers_are_read(string text)
    {
        Assert.True(TryParse(text, out double value));
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(value));
    }

    [Theory]
    [InlineData(""), InlineData("-"), InlineData("."), InlineData("-."), InlineData("--1"), InlineData("1-"), InlineData("1..2"), InlineData("1.2.3")]
    [InlineData("1e"), InlineData("1e+"), InlineData("1e-"), InlineData("1e5.5"), InlineData("e5"), InlineData("1e400"), InlineData("1x"), InlineData(" 1"), InlineData("1 "), InlineData("nan"), InlineData("1,5"), InlineData("/5"), InlineData(":5")]
    [InlineData("0.1234567890123456x"), InlineData("123456789012345x.5"), InlineData("1234567890.123456.5")]
    [InlineData("0.123456789012345678901234"), InlineData("12345678901234567890"), InlineData("................"), InlineData("-----------------")]
    public void Whatever_else_there_is_is_left_alone(string text) => Assert.False(TryParse(text, out _));

    [Fact]
    public void Halves_between_two_numbers_are_rounded_rightly_or_left_alone()
    {
        for (long whole = (1L << 52) - 50; whole < (1L << 52) + 50; whole++)
        {
            foreach (string text in new[] { $"{whole}.5", $"{whole}.25", $"{whole}.500", $"{2 * whole + 1}", $"{whole / 10}.{whole % 10}5", $"0.{whole}5" })
                AssertRight(text);
        }
    }

    /// <summary>Digits as they come: the shortest that tell a number from all others, and any.</summary>
    [Fact]
    public void Numbers_of_many_digits_are_rounded_rightly()
    {
        var random = new Random(3);
        int left = 0;
        for (int i = 0; i < Many; i++)
        {
            double value = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-30, 30));
            string shortest = value.ToString("R", CultureInfo.InvariantCulture);
            left += AssertRight(shortest) ? 0 : 1;
            left += AssertRight(value.ToString("E18", CultureInfo.InvariantCulture)) ? 0 : 1;
            string digits = random.NextInt64(1_000_000_000_000_000_000).ToString(CultureInfo.InvariantCulture);
            int point = random.Next(digits.Length + 1);
            left += AssertRight($"{(i % 2 == 0 ? "-" : "")}{digits[..point]}.{digits[point..]}") ? 0 : 1;
        }

        Assert.InRange(left, 0, Many / 1000);
    }

    private static bool AssertRight(string text)
    {
        bool isRead = TryParse(text, out double value);
        double expected = double.Parse(text, CultureInfo.InvariantCulture);
        if (isRead) Assert.True(expected.Equals(value), $"{text} is {expected:R}, not {value:R}");
        return isRead;
    }

    /// <summary>With a field after it, and at the end of what may be read.</summary>
    private static bool TryParse(string text, out double value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + ",1.5,-2.25,3.75,4.5");
        fixed (byte* p = bytes)
        {
            bool isRead = PlainDecimal.Parse(p, p + bytes.Length, out value) == p + text.Length;
            Assert.Equal(isRead, PlainDecimal.Parse(p, p + text.Length, out double last) == p + text.Length);
            if (isRead) Assert.Equal(value, last);
            return isRead;
        }
    }
}
