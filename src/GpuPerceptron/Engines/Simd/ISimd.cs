using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// A register of float32 lanes, with what the fused pass needs. Code over it is compiled once for each width, with no calls left in it.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ISimd<TSelf> : ILanes<TSelf>
    where TSelf : struct, ISimd<TSelf>
{
    /// <summary>a·b + c with a in memory, in one instruction: from a register of its own, the compiler takes three.</summary>
    static abstract TSelf MultiplyAdd(float* a, TSelf b, TSelf c);

    /// <summary>Loads as many halves as there are lanes, times 2⁻¹¹²: see <see cref="ScaledHalves"/>.</summary>
    static abstract TSelf LoadScaled(Half* address);

    /// <summary>The sums over the lanes of four registers, in a fixed order.</summary>
    static abstract Vector128<float> Sums(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>Adds the lanes to as many float64 numbers.</summary>
    static abstract void AddTo(double* sums, TSelf a);
}
