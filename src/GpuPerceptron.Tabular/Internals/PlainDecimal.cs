using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Reads numbers as most tables write them: a sign perhaps, digits, a point and digits perhaps.</summary>
/// <remarks>
/// Up to 2⁵³ and with a power of ten up to 22 both digits and power are exact, so that one division rounds rightly (Clinger, "How to
/// read floating point numbers accurately", 1990). Whatever else there is, exponents among it, is left to who asks.
/// </remarks>
internal static unsafe class PlainDecimal
{
    private const ulong LargestExact = 1UL << 53;
    private const int MostDigits = 19; // of 64 bits
    private const int LargestPower = 22;
    private const int Lanes = 16;

    private static readonly double[] PowersOfTen =
        [.. Enumerable.Range(0, LargestPower + 1).Select(n => double.Parse($"1e{n}", CultureInfo.InvariantCulture))];

    // For a sign, so many bytes before the point, and so many in all: where to take sixteen digits from, zeros first.
    private static readonly Vector128<byte>[] DigitPlaces =
        [.. Enumerable.Range(0, 2 * Lanes * Lanes).Select(i => Places(i / (Lanes * Lanes), i / Lanes % Lanes, i % Lanes))];

    /// <summary>Reads a number.</summary>
    /// <param name="text">Where it begins.</param>
    /// <param name="end">After the last byte that may be read.</param>
    /// <param name="value">The number, rightly rounded.</param>
    /// <returns>The byte after it; null where what stands there is no such number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Parse(byte* text, byte* end, out double value)
    {
        if (!Ssse3.IsSupported || end - text <= Lanes) return ParseByByte(text, end, out value);

        // Lengths differ from number to number, so that a branch for each byte would often be foretold wrongly: sixteen bytes at once.
        var bytes = Vector128.Load(text);
        var digits = bytes - Vector128.Create((byte)'0');
        uint others = Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits() | (1u << Lanes);
        uint negative = *text == (byte)'-' ? 1u : 0u;
        others ^= others & negative;
        uint points = Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        uint after = others ^ (others & (0 - others) & points); // without the first, if it is a point
        int whole = BitOperations.TrailingZeroCount(others), length = BitOperations.TrailingZeroCount(after);
        int fraction = Math.Max(0, length - whole - 1);
        int count = whole + fraction - (int)negative;
        if (length == Lanes || count == 0 || (text[length] | 0x20) == 'e') return ParseByByte(text, end, out value);

        var pairs = Ssse3.MultiplyAddAdjacent(Ssse3.Shuffle(digits, DigitPlaces[((int)negative * Lanes + whole) * Lanes + length]), TensAndOnes);
        var fours = Sse2.MultiplyAddAdjacent(pairs, HundredsAndOnes);
        var eights = Sse2.MultiplyAddAdjacent(Sse2.PackSignedSaturate(fours, fours), TenThousandsAndOnes).AsUInt64();
        ulong both = eights.ToScalar();
        double magnitude = (long)((both & uint.MaxValue) * 100_000_000 + (both >> 32)) / PowersOfTen[fraction];
        value = BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(magnitude) | ((ulong)negative << 63));
        return text + length;
    }

    private static Vector128<sbyte> TensAndOnes => Vector128.Create((short)(10 | (1 << 8))).AsSByte();

    private static Vector128<short> HundredsAndOnes => Vector128.Create(100 | (1 << 16)).AsInt16();

    private static Vector128<short> TenThousandsAndOnes => Vector128.Create(10_000 | (1 << 16)).AsInt16();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* ParseByByte(byte* text, byte* end, out double value)
    {
        byte* p = text;
        bool negative = p < end && *p == (byte)'-';
        if (p < end && *p is (byte)'-' or (byte)'+') p++;
        ulong mantissa = 0;
        byte* digits = p;
        for (; p < end && (uint)(*p - '0') <= 9; p++)
            mantissa = 10 * mantissa + (uint)(*p - '0');
        int count = (int)(p - digits), fraction = 0;
        if (p < end && *p == (byte)'.')
        {
            byte* point = ++p;
            for (; p < end && (uint)(*p - '0') <= 9; p++)
                mantissa = 10 * mantissa + (uint)(*p - '0');
            fraction = (int)(p - point);
            count += fraction;
        }

        bool isPlain = count is > 0 and <= MostDigits && fraction <= LargestPower && mantissa <= LargestExact
            && !(p < end && *p is (byte)'e' or (byte)'E');
        value = 0;
        if (!isPlain) return null;
        value = fraction == 0 ? mantissa : mantissa / PowersOfTen[fraction];
        if (negative) value = -value;
        return p;
    }

    private static Vector128<byte> Places(int sign, int whole, int length)
    {
        const byte Zero = 0x80;
        int[] digits = [.. Enumerable.Range(0, length).Where(i => i >= sign && i != whole)];
        return Vector128.Create([.. Enumerable.Repeat(Zero, Lanes - digits.Length), .. digits.Select(i => (byte)i)]);
    }
}
