using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// A register of float32 lanes, with what the fused pass and its mathematics need. Code over it is compiled once for each
/// width, with no calls left in it.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ISimd<TSelf>
    where TSelf : struct, ISimd<TSelf>
{
    /// <summary>Lanes: 4, 8 or 16.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes the same.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Loads <see cref="Count"/> floats; no alignment is asked for.</summary>
    static abstract TSelf Load(float* address);

    /// <summary>Loads <see cref="Count"/> halves.</summary>
    static abstract TSelf Load(Half* address);

    /// <summary>Stores <see cref="Count"/> floats.</summary>
    void Store(float* address);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, fused where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>The greater, lane by lane; b where it is NaN. In one instruction, which cannot promise the same of a.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The less, lane by lane; b where it is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>a·2ⁿ by n's addition to the exponent, n whole, in the lowest bits of a number: a and the result must be normal.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf a, TSelf n);

    /// <summary>Lane by lane: a ≥ b ? whenTrue : whenFalse; whenFalse for NaN.</summary>
    static abstract TSelf SelectIfAtLeast(TSelf a, TSelf b, TSelf whenTrue, TSelf whenFalse);

    /// <summary>The sums over the lanes of four registers, in a fixed order.</summary>
    static abstract Vector128<float> Sums(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>The sum over the lanes, in float64.</summary>
    static abstract double SumInDouble(TSelf a);

    /// <summary>Adds the lanes to <see cref="Count"/> float64 numbers.</summary>
    static abstract void AddTo(double* sums, TSelf a);
}
