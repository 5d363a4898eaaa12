using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Sixteen lanes: AVX-512.</summary>
internal readonly unsafe struct Simd512(Vector512<float> value) : ISimd<Simd512>
{
    private readonly Vector512<float> _value = value;

    /// <summary>The register itself.</summary>
    public Vector512<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<float>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Load(float* address) => new(Vector512.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LoadBytes(byte* address) =>
        new(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(address))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LoadScaled(Half* address)
    {
        var bits = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)address));
        return new(((bits << 13) & Vector512.Create(ScaledHalves.Bits)).AsSingle());
    }

    /// <summary>The halves in the upper 16 bits of each lane, times 2⁻¹¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> UpperHalf(Vector512<float> halves) =>
        ((halves.AsInt32() >> 3) & Vector512.Create(ScaledHalves.Bits)).AsSingle();

    /// <summary>The halves in the lower 16 bits of each lane, times 2⁻¹¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LowerHalf(Vector512<float> halves) =>
        (Avx512BW.MultiplyAddAdjacent(halves.AsInt16(), Vector512.Create(1 << 13).AsInt16()) & Vector512.Create(ScaledHalves.Bits)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LowerHalves(Simd512 pairs) => new(LowerHalf(pairs._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 UpperHalves(Simd512 pairs) => new(UpperHalf(pairs._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address) => _value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 operator +(Simd512 a, Simd512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 operator -(Simd512 a, Simd512 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 operator -(Simd512 a) => new(-a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 operator *(Simd512 a, Simd512 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 operator /(Simd512 a, Simd512 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 MultiplyAdd(Simd512 a, Simd512 b, Simd512 c) =>
        new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 MultiplyAdd(float* a, Simd512 b, Simd512 c) =>
        new(Vector512.MultiplyAddEstimate(Vector512.Load(a), b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Abs(Simd512 a) => new(Vector512.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Sqrt(Simd512 a) => new(Vector512.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Max(Simd512 a, Simd512 b) => new(Vector512.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Min(Simd512 a, Simd512 b) => new(Vector512.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 ScaleByPowerOfTwo(Simd512 a, Simd512 n) =>
        new((a._value.AsInt32() + (n._value.AsInt32() << 23)).AsSingle());

    /// <remarks>
    /// With n = −|a| / log 2, rounded to sixteenths, and r = |a| + n log 2, |r| ≤ log(2)/32, it is 2ⁿ e⁻ʳ: of 2ⁿ the fraction's power comes from a
    /// register of sixteen, the rest is added to the exponent, and e⁻ʳ is 1 − r + r²/2 − r³/6, right to 1e-8: two thirds of the operations of
    /// <see cref="VectorMath.ExpOfMinus"/>, which has no such instructions.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 ExpOfMinusAbsolute(Simd512 a)
    {
        const float Shift = 3 << 18; // from here on float32 holds sixteenths only, the lowest bits first
        const byte LeastWithoutSign = 0b10_10;
        var powers = Vector512.Create(
            1f, 1.0442737824f, 1.0905077327f, 1.1387886348f, 1.1892071150f, 1.2418578121f, 1.2968395547f, 1.3542555469f,
            1.4142135624f, 1.4768261459f, 1.5422108254f, 1.6104903319f, 1.6817928305f, 1.7562521604f, 1.8340080864f, 1.9152065614f);
        var x = Avx512DQ.Range(a._value, Vector512.Create(VectorMath.GreatestExponent), LeastWithoutSign);
        var shifted = Vector512.MultiplyAddEstimate(x, Vector512.Create(-1.44269504f), Vector512.Create(Shift));
        var n = shifted - Vector512.Create(Shift);
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(0.693359375f), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-2.12194440e-4f), r);
        var power = Avx512F.PermuteVar16x32(powers, shifted.AsInt32());
        var q = Vector512.MultiplyAddEstimate(r, Vector512.Create(-1f / 6), Vector512.Create(0.5f));
        q = Vector512.MultiplyAddEstimate(r, q, Vector512.Create(-1f));
        return new(Avx512F.Scale(Vector512.MultiplyAddEstimate(power * r, q, power), n));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 SelectIfAtLeast(Simd512 a, Simd512 b, Simd512 whenTrue, Simd512 whenFalse) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(a._value, b._value), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Simd512 a, Simd512 b, Simd512 c, Simd512 d) => SumOfFours(SumsInFours(a, b, c, d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 InFours(float* values) => new(Vector512.Create(Vector256.Create(Vector128.Load(values))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 SumsInFours(Simd512 a, Simd512 b, Simd512 c, Simd512 d) => new(QuarterSums(a._value, b._value, c._value, d._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 SumsOfParts(Simd512 a, Simd512 b) => new(SumsOfQuarters(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 SpreadInFours(Simd512 a, [ConstantExpected] byte k) => new(k switch
    {
        0 => Avx512F.Permute4x32(a._value, 0b00_00_00_00),
        1 => Avx512F.Permute4x32(a._value, 0b01_01_01_01),
        2 => Avx512F.Permute4x32(a._value, 0b10_10_10_10),
        _ => Avx512F.Permute4x32(a._value, 0b11_11_11_11),
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumOfFours(Simd512 a)
    {
        var halves = a._value.GetLower() + a._value.GetUpper();
        return halves.GetLower() + halves.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LoadTurned(float* values) => Turned(Load(values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LoadBytesTurned(byte* values) => Turned(LoadBytes(values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd512 Turned(Simd512 values) => new(Avx512F.PermuteVar16x32(
        values._value, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));

    /// <summary>Quarter by quarter, the sums of four registers' four values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> QuarterSums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);
        var cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        return Avx512F.Shuffle(ab, cd, 0b01_00_01_00) + Avx512F.Shuffle(ab, cd, 0b11_10_11_10);
    }

    /// <summary>Quarters: the sum of a's first two, of its last two, and b's likewise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumsOfQuarters(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle4x128(a, b, 0b10_00_10_00) + Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Simd512 a)
    {
        var (lower, upper) = Vector512.Widen(a._value);
        return Vector512.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double OddsInDouble(Simd512 e)
    {
        var (lower, upper) = Vector512.Widen(e._value);
        var both = Odds.Product(lower, upper);
        return Odds.Product(Odds.Product(both.GetLower(), both.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(double* sums, Simd512 a)
    {
        var (lower, upper) = Vector512.Widen(a._value);
        (Vector512.Load(sums) + lower).Store(sums);
        (Vector512.Load(sums + Vector512<double>.Count) + upper).Store(sums + Vector512<double>.Count);
    }

    /// <summary>Adds half a register to as many float64 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddHalfTo(double* sums, Vector256<float> half) =>
        (Vector512.Load(sums) + Avx512F.ConvertToVector512Double(half)).Store(sums);
}
