using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Four lanes: SSE and Arm's AdvSimd, and in software whatever has neither.</summary>
internal readonly unsafe struct Simd128(Vector128<float> value) : ISimd<Simd128>
{
    private readonly Vector128<float> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<float>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Load(float* address) => new(Vector128.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LoadBytes(byte* address)
    {
        var bytes = Vector128.CreateScalar(*(uint*)address).AsByte();
        return new(Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LoadScaled(Half* address)
    {
        var bits = Vector128.WidenLower(Vector64.Load((short*)address).ToVector128());
        return new(((bits << 13) & Vector128.Create(ScaledHalves.Bits)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LowerHalves(Simd128 pairs) =>
        new((((pairs._value.AsInt32() << 16) >> 3) & Vector128.Create(ScaledHalves.Bits)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 UpperHalves(Simd128 pairs) => new(((pairs._value.AsInt32() >> 3) & Vector128.Create(ScaledHalves.Bits)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address) => _value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 operator +(Simd128 a, Simd128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 operator -(Simd128 a, Simd128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 operator -(Simd128 a) => new(-a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 operator *(Simd128 a, Simd128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 operator /(Simd128 a, Simd128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 MultiplyAdd(Simd128 a, Simd128 b, Simd128 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 MultiplyAdd(float* a, Simd128 b, Simd128 c) =>
        new(Vector128.MultiplyAddEstimate(Vector128.Load(a), b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Abs(Simd128 a) => new(Vector128.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Sqrt(Simd128 a) => new(Vector128.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Max(Simd128 a, Simd128 b) => new(Vector128.MaxNative(a._value, b._value));

    // Arm's plain minimum of a NaN and a number is the NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Min(Simd128 a, Simd128 b) =>
        new(AdvSimd.IsSupported ? AdvSimd.MinNumber(a._value, b._value) : Vector128.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 ScaleByPowerOfTwo(Simd128 a, Simd128 n) =>
        new((a._value.AsInt32() + (n._value.AsInt32() << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 ExpOfMinusAbsolute(Simd128 a) => VectorMath.ExpOfMinus(Abs(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 SelectIfAtLeast(Simd128 a, Simd128 b, Simd128 whenTrue, Simd128 whenFalse) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(a._value, b._value), whenTrue._value, whenFalse._value));

    // Each addition is of two registers' lanes, interleaved: first a₀+a₂, b₀+b₂, a₁+a₃, b₁+b₃, then their halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Simd128 a, Simd128 b, Simd128 c, Simd128 d)
    {
        if (Sse.IsSupported)
        {
            var ab = Sse.UnpackLow(a._value, b._value) + Sse.UnpackHigh(a._value, b._value);
            var cd = Sse.UnpackLow(c._value, d._value) + Sse.UnpackHigh(c._value, d._value);
            return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(
                AdvSimd.Arm64.AddPairwise(a._value, b._value), AdvSimd.Arm64.AddPairwise(c._value, d._value));
        }

        return Vector128.Create(Vector128.Sum(a._value), Vector128.Sum(b._value), Vector128.Sum(c._value), Vector128.Sum(d._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 InFours(float* values) => Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 SumsInFours(Simd128 a, Simd128 b, Simd128 c, Simd128 d) => new(Sums(a, b, c, d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 SumsOfParts(Simd128 a, Simd128 b) => a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 SpreadInFours(Simd128 a, [ConstantExpected] byte k) => new(Vector128.Shuffle(a._value, Vector128.Create((int)k)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumOfFours(Simd128 a) => a._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LoadTurned(float* values) => Load(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LoadBytesTurned(byte* values) => LoadBytes(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Simd128 a)
    {
        var (lower, upper) = Vector128.Widen(a._value);
        return Vector128.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double OddsInDouble(Simd128 e)
    {
        var (lower, upper) = Vector128.Widen(e._value);
        return Odds.Product(Vector256.Create(lower, upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(double* sums, Simd128 a)
    {
        var (lower, upper) = Vector128.Widen(a._value);
        (Vector128.Load(sums) + lower).Store(sums);
        (Vector128.Load(sums + Vector128<double>.Count) + upper).Store(sums + Vector128<double>.Count);
    }
}
