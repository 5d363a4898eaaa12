using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Eight lanes: AVX2.</summary>
internal readonly unsafe struct Simd256(Vector256<float> value) : ISimd<Simd256>
{
    private readonly Vector256<float> _value = value;

    /// <summary>The register itself.</summary>
    public Vector256<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<float>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Load(float* address) => new(Vector256.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LoadBytes(byte* address) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(address)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LoadScaled(Half* address)
    {
        var bits = Avx2.ConvertToVector256Int32(Vector128.Load((short*)address));
        return new(((bits << 13) & Vector256.Create(ScaledHalves.Bits)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LowerHalves(Simd256 pairs) => new(LowerHalf(pairs._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 UpperHalves(Simd256 pairs) => new(UpperHalf(pairs._value));

    /// <summary>The halves in the upper 16 bits of each lane, times 2⁻¹¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> UpperHalf(Vector256<float> halves) =>
        ((halves.AsInt32() >> 3) & Vector256.Create(ScaledHalves.Bits)).AsSingle();

    /// <summary>The halves in the lower 16 bits of each lane, times 2⁻¹¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LowerHalf(Vector256<float> halves) =>
        (Avx2.MultiplyAddAdjacent(halves.AsInt16(), Vector256.Create(1 << 13).AsInt16()) & Vector256.Create(ScaledHalves.Bits)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address) => _value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator +(Simd256 a, Simd256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator -(Simd256 a, Simd256 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator -(Simd256 a) => new(-a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator *(Simd256 a, Simd256 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 operator /(Simd256 a, Simd256 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 MultiplyAdd(Simd256 a, Simd256 b, Simd256 c) =>
        new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 MultiplyAdd(float* a, Simd256 b, Simd256 c) =>
        new(Vector256.MultiplyAddEstimate(Vector256.Load(a), b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Abs(Simd256 a) => new(Vector256.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Sqrt(Simd256 a) => new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Max(Simd256 a, Simd256 b) => new(Vector256.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Min(Simd256 a, Simd256 b) => new(Vector256.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 ScaleByPowerOfTwo(Simd256 a, Simd256 n) =>
        new((a._value.AsInt32() + (n._value.AsInt32() << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 ExpOfMinusAbsolute(Simd256 a) => VectorMath.ExpOfMinus(Abs(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 SelectIfAtLeast(Simd256 a, Simd256 b, Simd256 whenTrue, Simd256 whenFalse) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(a._value, b._value), whenTrue._value, whenFalse._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Simd256 a, Simd256 b, Simd256 c, Simd256 d) => SumOfFours(SumsInFours(a, b, c, d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 InFours(float* values) => new(Vector256.Create(Vector128.Load(values)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 SumsInFours(Simd256 a, Simd256 b, Simd256 c, Simd256 d)
    {
        var ab = Avx.UnpackLow(a._value, b._value) + Avx.UnpackHigh(a._value, b._value);
        var cd = Avx.UnpackLow(c._value, d._value) + Avx.UnpackHigh(c._value, d._value);
        return new(Avx.Shuffle(ab, cd, 0b01_00_01_00) + Avx.Shuffle(ab, cd, 0b11_10_11_10));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 SumsOfParts(Simd256 a, Simd256 b) =>
        new(Avx.Permute2x128(a._value, b._value, 0x20) + Avx.Permute2x128(a._value, b._value, 0x31));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 SpreadInFours(Simd256 a, [ConstantExpected] byte k) => new(k switch
    {
        0 => Avx.Permute(a._value, 0b00_00_00_00),
        1 => Avx.Permute(a._value, 0b01_01_01_01),
        2 => Avx.Permute(a._value, 0b10_10_10_10),
        _ => Avx.Permute(a._value, 0b11_11_11_11),
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumOfFours(Simd256 a) => a._value.GetLower() + a._value.GetUpper();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LoadTurned(float* values) => Turned(Load(values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LoadBytesTurned(byte* values) => Turned(LoadBytes(values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd256 Turned(Simd256 values) => new(Avx2.PermuteVar8x32(values._value, Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Simd256 a)
    {
        var (lower, upper) = Vector256.Widen(a._value);
        return Vector256.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double OddsInDouble(Simd256 e)
    {
        var (lower, upper) = Vector256.Widen(e._value);
        return Odds.Product(Odds.Product(lower, upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(double* sums, Simd256 a)
    {
        var (lower, upper) = Vector256.Widen(a._value);
        (Vector256.Load(sums) + lower).Store(sums);
        (Vector256.Load(sums + Vector256<double>.Count) + upper).Store(sums + Vector256<double>.Count);
    }
}
