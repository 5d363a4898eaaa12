using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Reads numbers as most tables write them: a sign perhaps, digits, a point and digits perhaps, an exponent perhaps.</summary>
/// <remarks>
/// The digits are a whole number w, so that the value is w·10ᵏ. Up to 2⁵³ and with k from −22 to 22 both factors are exact, and one operation
/// rounds rightly (Clinger, "How to read floating point numbers accurately", 1990). Beyond, up to nineteen digits, w is multiplied by 5ᵏ in
/// 128 bits, which say how to round unless the value is a number, or halfway between two, to the bit (Lemire, "Number parsing at a
/// gigabyte per second", 2021). With k below 0 that is where 5⁻ᵏ divides w. Whatever else there is is left to who asks.
/// </remarks>
internal static unsafe class PlainDecimal
{
    private const ulong LargestExact = 1UL << 53;
    private const int MostDigits = 19; // of 64 bits
    private const int LargestPower = 22;
    private const int Lanes = 16;
    private const int LeastPower = -64, GreatestPower = 36; // for which a power of five is kept

    private static readonly double[] PowersOfTen =
        [.. Enumerable.Range(0, LargestPower + 1).Select(n => double.Parse($"1e{n}", CultureInfo.InvariantCulture))];

    private static readonly ulong[] WholePowersOfTen = PowersOf(10, MostDigits + 1);

    // For a sign, so many bytes before the point, and so many in all: where to take sixteen digits from, zeros first.
    private static readonly Vector128<byte>[] DigitPlaces =
        [.. Enumerable.Range(0, 2 * Lanes * Lanes).Select(i => Places(i / (Lanes * Lanes), i / Lanes % Lanes, i % Lanes))];

    // The same for so many digits and nothing else.
    private static readonly Vector128<byte>[] LastPlaces = [.. Enumerable.Range(0, Lanes + 1).Select(count => Places(0, Lanes, count))];

    private static readonly ulong[] WholePowersOfFive = PowersOf(5, 28);

    /// <summary>Reads the number that a text begins with.</summary>
    /// <param name="text">Where it begins.</param>
    /// <param name="end">After the last byte that may be read.</param>
    /// <param name="value">The number, rightly rounded.</param>
    /// <returns>The byte after it; null where what stands there is no such number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Parse(byte* text, byte* end, out double value)
    {
        if (!Ssse3.IsSupported || end - text <= Lanes) return ParseLong(text, end, out value);

        // Lengths differ from number to number, so that a branch for each byte would often be foretold wrongly: sixteen bytes at once.
        var bytes = Vector128.Load(text);
        var digits = bytes - Vector128.Create((byte)'0');
        uint others = Others(digits) | (1u << Lanes);
        uint negative = *text == (byte)'-' ? 1u : 0u;
        others ^= others & negative;
        uint points = Points(bytes);
        uint after = others ^ (others & (0 - others) & points); // without the first, if it is a point
        int whole = BitOperations.TrailingZeroCount(others), length = BitOperations.TrailingZeroCount(after);
        int fraction = Math.Max(0, length - whole - 1);
        int count = whole + fraction - (int)negative;
        if (length == Lanes || count == 0 || (text[length] | 0x20) == 'e') return ParseLong(text, end, out value);
        value = Signed(Sixteen(digits, DigitPlaces[((int)negative * Lanes + whole) * Lanes + length]) / PowersOfTen[fraction], negative);
        return text + length;
    }

    /// <summary>The same of any length: numbers as programs write them that keep every bit, 0.03133451683171687.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static byte* ParseLong(byte* text, byte* end, out double value)
    {
        byte* p = text;
        uint negative = p < end && *p == (byte)'-' ? 1u : 0u;
        if (p < end && *p is (byte)'-' or (byte)'+') p++;
        ulong mantissa = 0;
        byte* digits = p;
        p = Append(p, end, ref mantissa);
        int count = (int)(p - digits), fraction = 0;
        if (p < end && *p == (byte)'.')
        {
            byte* point = ++p;
            if (Ssse3.IsSupported && end - p >= Lanes)
            {
                var next = Vector128.Load(p) - Vector128.Create((byte)'0');
                int more = BitOperations.TrailingZeroCount(Others(next) | (1u << Lanes));
                if (mantissa < WholePowersOfTen[MostDigits - more])
                {
                    mantissa = mantissa * WholePowersOfTen[more] + (ulong)Sixteen(next, LastPlaces[more]);
                    p += more;
                }
            }

            p = Append(p, end, ref mantissa);
            fraction = (int)(p - point);
            count += fraction;
        }

        value = 0;
        if (count == 0 || (p < end && IsDigit(*p))) return null;
        int power = -fraction;
        if (p < end && (*p | 0x20) == 'e')
        {
            p++;
            bool isSmall = p < end && *p == (byte)'-';
            if (p < end && *p is (byte)'-' or (byte)'+') p++;
            ulong exponent = 0;
            byte* first = p;
            p = Append(p, end, ref exponent);
            if (p == first || exponent > MostDigits - LeastPower) return null;
            power += isSmall ? -(int)exponent : (int)exponent;
        }

        return Scale(mantissa, power, negative, out value) ? p : null;
    }

    /// <summary>Appends digits, as long as there are some and they fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Append(byte* p, byte* end, ref ulong mantissa)
    {
        for (; p < end && IsDigit(*p) && mantissa < WholePowersOfTen[MostDigits - 1]; p++)
            mantissa = 10 * mantissa + (uint)(*p - '0');
        return p;
    }

    private static bool IsDigit(byte c) => (uint)(c - '0') <= 9;

    /// <summary>w·10ᵏ; false where that cannot be told here.</summary>
    private static bool Scale(ulong mantissa, int power, uint negative, out double value)
    {
        double magnitude = double.NaN;
        if (power == 0 || (mantissa <= LargestExact && Math.Abs(power) <= LargestPower))
            magnitude = power <= 0 ? mantissa / PowersOfTen[-power] : mantissa * PowersOfTen[power];
        else if (mantissa == 0)
            magnitude = 0;
        else if (power is >= LeastPower and <= GreatestPower && !FifthPower.All[power - LeastPower].TryMultiply(mantissa, out magnitude)
            && power < 0 && -power < WholePowersOfFive.Length && mantissa % WholePowersOfFive[-power] == 0)
            magnitude = mantissa / WholePowersOfFive[-power] * Math.ScaleB(1, power);
        value = Signed(magnitude, negative);
        return !double.IsNaN(magnitude);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Others(Vector128<byte> digits) => Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Points(Vector128<byte> bytes) => Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits();

    /// <summary>Sixteen digits, taken from some places: neighbours make pairs, these make fours, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Sixteen(Vector128<byte> digits, Vector128<byte> places)
    {
        var tensAndOnes = Vector128.Create((short)(10 | (1 << 8))).AsSByte();
        var hundredsAndOnes = Vector128.Create(100 | (1 << 16)).AsInt16();
        var tenThousandsAndOnes = Vector128.Create(10_000 | (1 << 16)).AsInt16();
        var pairs = Ssse3.MultiplyAddAdjacent(Ssse3.Shuffle(digits, places), tensAndOnes);
        var fours = Sse2.MultiplyAddAdjacent(pairs, hundredsAndOnes);
        ulong eights = Sse2.MultiplyAddAdjacent(Sse2.PackSignedSaturate(fours, fours), tenThousandsAndOnes).AsUInt64().ToScalar();
        return (long)((eights & uint.MaxValue) * 100_000_000 + (eights >> 32));
    }

    private static ulong[] PowersOf(ulong factor, int count)
    {
        ulong[] powers = new ulong[count];
        powers[0] = 1;
        for (int n = 1; n < count; n++)
            powers[n] = factor * powers[n - 1];
        return powers;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Signed(double magnitude, uint negative) =>
        BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(magnitude) | ((ulong)negative << 63));

    private static Vector128<byte> Places(int sign, int whole, int length)
    {
        const byte Zero = 0x80;
        int[] digits = [.. Enumerable.Range(0, length).Where(i => i >= sign && i != whole)];
        return Vector128.Create([.. Enumerable.Repeat(Zero, Lanes - digits.Length), .. digits.Select(i => (byte)i)]);
    }

    /// <summary>10ᵏ = 5ᵏ·2ᵏ = (u·2⁶⁴ + l)·2ˢ, rounded down to 128 bits of which the first is 1.</summary>
    private readonly record struct FifthPower(ulong Upper, ulong Lower, int Exponent, bool IsExact)
    {
        private const int Bits = 128;

        /// <summary>From <see cref="LeastPower"/> on; many tables need none of them.</summary>
        public static readonly FifthPower[] All = [.. Enumerable.Range(LeastPower, GreatestPower - LeastPower + 1).Select(Of)];

        private static FifthPower Of(int power)
        {
            var five = BigInteger.Pow(5, Math.Abs(power));
            int length = (int)five.GetBitLength();

            // 1/5ᵏ is between 2⁻ˡ and 2¹⁻ˡ, l the length, and 1 but for k = 0.
            int shift = power < 0 ? Bits - 1 + length : Bits - length;
            var bits = (UInt128)(power < 0 ? (BigInteger.One << shift) / five : shift > 0 ? five << shift : five >> -shift);
            return new FifthPower((ulong)(bits >> 64), (ulong)bits, power - shift, power >= 0 && shift >= 0);
        }

        /// <summary>w·10ᵏ.</summary>
        /// <param name="factor">w, above 0.</param>
        /// <param name="product">It, rightly rounded.</param>
        /// <returns>Whether 128 bits were enough.</returns>
        public bool TryMultiply(ulong factor, out double product)
        {
            // The product of 192 bits, u·w·2⁶⁴ + l·w, without its last 64: that and the rounding of 5ᵏ take less than 2 from it.
            int zeros = BitOperations.LeadingZeroCount(factor);
            factor <<= zeros;
            ulong carry = Math.BigMul(Lower, factor, out ulong last);
            ulong upper = Math.BigMul(Upper, factor, out ulong lower);
            lower += carry;
            if (lower < carry) upper++;
            product = double.NaN;
            if (!IsExact && lower + 2 < 4) return false;

            // Where there is more than 63 bits say, their last one, which is none of the 53, says so when they are rounded.
            double rounded = (long)((upper >> 1) | (upper & 1) | (lower != 0 || last != 0 ? 1UL : 0));
            product = rounded * BitConverter.Int64BitsToDouble((1023L + 65 + 64 - zeros + Exponent) << 52);
            return true;
        }
    }
}
